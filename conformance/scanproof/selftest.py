"""Proof of the checks: one planted defect at a time, and exactly the checks that claim it notice it."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import Any

from scanproof.check import Proof
from scanproof.checks import all_checks
from scanproof.finding import Verdict
from scanproof.session import Progress, collect, fresh_seed, open_session
from scanproof.signals import taking_signals
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.files import temporary_folder
from scansim.identity.chosen import from_command_line
from scansim.inputs import InputError
from scansim.reference.defects import DEFECTS
from scansim.site import Timeouts

#: The battery that asks a service all there is to ask.
BATTERIES = {
    "worklist": "worklist-battery",
    "mpps": "mpps-battery",
    "storage": "storage-battery",
    "commitment": "commitment-battery",
    "query": "query-battery",
    "retrieve": "retrieve-battery",
}
#: One exam that comes across every behaviour of the reference target.
SCENARIO = "refusals"

_TIMEOUTS = Timeouts(connect=5, associate=3, response=4, commitment=6, hold=0.5, settle=0.6, again=0.1, operation=7)
#: In place of `settle` where a whole battery is run: nothing of the reference target is found later than at once, but
#: for the defects of just that, and hundreds of cases would each wait for what a target has lost.
_SETTLE_IN_BATTERIES = 0.05
#: Of the cases of a scenario for each character set, the one that comes across every defect.
_ONE_SET = "ISO_IR 144"
_NOTICED = (Verdict.FAIL, Verdict.WARN, Verdict.NOT_DECLARED)


@dataclass(frozen=True)
class Row:
    """What one defect led to: ``noticed`` are the checks that deviate, ``claimed`` those that had to."""

    defect: str
    claimed: tuple[str, ...]
    noticed: tuple[str, ...]
    inconclusive: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether exactly the claiming checks noticed."""
        return set(self.claimed) == set(self.noticed)

    def as_dict(self) -> dict[str, Any]:
        """Return the row for JSON."""
        return {**asdict(self), "proved": self.proved}


#: A defect breaks what the reference target's statement claims, too; of these checks other things are the proof.
_OF_STATEMENTS = {check.id for check in all_checks().values() if check.proven_by is Proof.STATEMENTS}


@cache
def _loaded(*names: str) -> Sequence[Scenario]:
    """Scenarios by name: to read a battery takes as long as to run a case of it, and each defect would read it."""
    return tuple(find_scenarios(names))


def batteries_of(name: str) -> list[str]:
    """Batteries of the services that the checks of a defect are of."""
    services = dict.fromkeys(check.partition(".")[0] for check in DEFECTS[name].checks)
    return [BATTERIES[service] for service in services if service in BATTERIES]


def try_defect(name: str | None, *, whole: bool = False) -> Row:
    """Run what comes across a defect against the embedded target with it, or all of that without any.

    `whole` runs the batteries of its services, with every case, in place of what the defect names.
    """
    tried = [DEFECTS[name]] if name is not None else [*DEFECTS.values()]
    scenarios = list(dict.fromkeys(scenario for each in tried for scenario in each.scenarios))
    only = tuple(dict.fromkeys(case for each in tried for case in each.cases or (each.scenario,)))
    timeouts = _TIMEOUTS
    if whole and name is not None:
        scenarios, only = batteries_of(name), ()
        timeouts = _TIMEOUTS.model_copy(update={"settle": _SETTLE_IN_BATTERIES})
    statement = builtin_folder() / "statements" / "reference.yaml"
    with temporary_folder("scanproof-selftest-") as temporary, taking_signals() as signals:
        folder = temporary / "transcript"
        with open_session(None, defect=name, timeouts=timeouts, stop=signals.stop) as session:
            session.run(
                _loaded(*scenarios),
                folder,
                seed=fresh_seed(),
                day=date.today(),
                statements=[statement],
                choice=from_command_line(None, _ONE_SET, None) if scenarios == ["names"] else None,
                selection=Selection(only, odd=True),
            )
        findings = collect(folder).all_findings
    seen = {
        verdicts: tuple(sorted({each.check for each in findings if each.verdict in verdicts and each.root is None}))
        for verdicts in (_NOTICED, (Verdict.INCONCLUSIVE,))
    }
    claimed = tuple(sorted(DEFECTS[name].checks)) if name is not None else ()
    beside = _OF_STATEMENTS - set(claimed) if name is not None else set()
    noticed = tuple(check for check in seen[_NOTICED] if check not in beside)
    return Row(name or "(none)", claimed, noticed, seen[(Verdict.INCONCLUSIVE,)])


def matrix(names: Sequence[str] | None, *, jobs: int, progress: Progress | None = None) -> list[Row]:
    """Try each defect, and first the correct target, `jobs` at a time.

    Raises
    ------
    InputError
        For a name that is no defect's.
    """
    unknown = [name for name in names or () if name not in DEFECTS]
    if unknown:
        raise InputError(f"no such defect: {', '.join(unknown)}; there are: {', '.join(DEFECTS)}")
    wanted: list[str | None] = [None, *(names or DEFECTS)]
    rows = []
    with ThreadPoolExecutor(jobs) as pool:
        for row in pool.map(try_defect, wanted):
            rows.append(row)
            if progress is not None:
                progress("selftest", row.defect, len(rows), len(wanted))
    return rows


def show(rows: Sequence[Row]) -> str:
    """Return the matrix as text."""
    width = max(len(row.defect) for row in rows)
    lines = []
    for row in rows:
        missed, others = set(row.claimed) - set(row.noticed), set(row.noticed) - set(row.claimed)
        parts = [f"caught by {', '.join(row.claimed)}" if row.proved and row.claimed else ""]
        parts.append("nothing noticed, as it should be" if row.proved and not row.claimed else "")
        parts.append(f"MISSED by {', '.join(sorted(missed))}" if missed else "")
        parts.append(f"ALSO noticed by {', '.join(sorted(others))}" if others else "")
        lines.append(f"{'ok  ' if row.proved else 'FAIL'} {row.defect:<{width}}  {'; '.join(filter(None, parts))}")
    planted = [row for row in rows if row.claimed]
    caught = [row for row in planted if row.proved]
    lines.append(f"{len(caught)} of {len(planted)} defects caught by exactly the checks that claim them")
    by_defects = {check.id for check in all_checks().values() if check.proven_by is Proof.DEFECTS}
    proven = by_defects & {check for row in caught for check in row.claimed}
    transcripts = len(all_checks()) - len(by_defects)
    lines.append(
        f"{len(proven)} of {len(by_defects)} checks proven by defects, {transcripts} others by mutated transcripts"
    )
    return "\n".join(lines)
