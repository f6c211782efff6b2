"""Statements made of single claims, and what checks see of them in a run at the reference target."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from scanproof.check import Kept
from scanproof.checks import all_checks
from scanproof.declarations import Bound, Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Finding
from scanproof.judge import judge, judge_run
from scanproof.session import open_session
from scanproof.statements import ApplicationEntity, Claim, Statement, context_claim_id
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.network.transcript import load_transcript
from scansim.site import Timeouts
from scansim.wire.dataset import EXPLICIT_LITTLE

_TIMEOUTS = Timeouts(connect=5, associate=3, response=4, commitment=6, hold=0.5, settle=0.6, again=0.1, operation=7)


def stated(claims: Iterable[tuple[str, Mapping[str, Any]]], *sop_classes: str, ae: str = "REFERENCE") -> Statement:
    """A statement of one AE: contexts of SOP Classes as SCP, and claims of kinds, called by kind and facts."""
    said = [
        Claim(
            context_claim_id(ae, "SCP", uid, EXPLICIT_LITTLE),
            uid,
            "context",
            ae,
            "SCP",
            {"sop_class": uid, "transfer_syntax": EXPLICIT_LITTLE},
        )
        for uid in sop_classes
    ]
    said += [Claim(f"{kind} {' '.join(map(str, data.values()))}", kind, kind, ae, "SCP", data) for kind, data in claims]
    return Statement("test", "1", (ApplicationEntity(ae, tuple(said)),))


@dataclass(frozen=True)
class Outcome:
    """What some checks saw: claims kept and broken by their ids, and findings that deviate."""

    kept: frozenset[str]
    broken: frozenset[str]
    fails: tuple[Finding, ...]


def outcome(run: RunEvidence, prefix: str) -> Outcome:
    """What the checks whose ids begin so see in a run."""
    checks = [check for name, check in all_checks().items() if name.startswith(prefix)]
    judged = [judge(evidence, checks) for evidence in run.scenarios] + [judge_run(run, checks)]
    assert not [each for one in judged for each in one.crashed]
    seen: list[Kept] = [each for one in judged for _, each in one.kept]
    broken = frozenset(each.claim for each in seen if not each.kept)
    kept = frozenset(each.claim for each in seen if each.kept) - broken
    deviating = (each for one in judged for each in one.findings if each.verdict.value not in ("PASS",))
    return Outcome(kept, broken, tuple(deviating))


@contextmanager
def recorded(folder: Path, battery: str, only: Sequence[str], defect: str | None = None) -> Iterator[list[Path]]:
    """Run cases of a battery at the reference target with a defect; yields the folders of what was recorded."""
    with open_session(None, defect=defect, timeouts=_TIMEOUTS) as session:
        names = tuple(f"{battery}/{case}" for case in only)
        session.run(
            find_scenarios([battery]), folder, seed=1, day=date(2026, 1, 2), selection=Selection(names, odd=True)
        )
    yield sorted(path.parent for path in folder.rglob("scenario.json"))


def run_of(folders: Iterable[Path], statement: Statement, services: Iterable[str]) -> RunEvidence:
    """The evidence of what was recorded, with a statement that stands for the only AE."""
    transcripts = [load_transcript(folder) for folder in folders]
    ae = statement.application_entities[0].ae
    declarations = Declarations((Bound(statement),), dict.fromkeys(services, f"{ae}@127.0.0.1:104"))
    return RunEvidence(tuple(Evidence(each, declarations) for each in transcripts), declarations)
