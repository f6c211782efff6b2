"""Judge a transcript: run the checks, and turn what they saw into findings. What they did not see: `coverage`."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from scanproof.check import Check, Fact, Kept, Observation, Scope, Seen
from scanproof.checks import all_checks
from scanproof.declarations import Declarations
from scanproof.evidence import ClientEvidence, Evidence, RunEvidence
from scanproof.finding import Finding, Level, Note, Verdict
from scanproof.gathered import MOST_ALIKE, Groups, Judged, cut, plain
from scanproof.profile import Profile, measured

__all__ = ["Judged", "Judgement", "judge", "judge_client", "judge_run"]

#: What a check is given, None for one that is not asked.
Given = Callable[[Check], ClientEvidence | Evidence | RunEvidence | None]


@dataclass(frozen=True)
class Judgement:
    """What the checks said of one scenario, or of the run.

    ``notes`` are told beside the verdicts, by the label of the scenario that they are of; ``crashed`` names the checks
    that failed themselves, ``silent`` are those that saw nothing. ``kept`` is what was seen of claims, each with the
    label of its scenario, the first of each claim and outcome.
    """

    judged: tuple[Judged, ...]
    notes: tuple[tuple[str, Note], ...] = ()
    crashed: tuple[str, ...] = ()
    silent: tuple[Check, ...] = ()
    kept: tuple[tuple[str, Kept], ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in the order of the checks."""
        return tuple(each.finding for each in self.judged)


def judge(evidence: Evidence, checks: Iterable[Check] | None = None, profile: Profile = Profile.DICOM) -> Judgement:
    """Judge one scenario.

    Parameters
    ----------
    evidence : Evidence
        What was recorded, and what the target's Conformance Statements declare.
    checks : iterable of Check, optional
        All of them when left out; those that judge the run are not asked.
    profile : Profile
        By which measure.

    Returns
    -------
    Judgement
        Findings in the order of the checks' ids; a pure function of the arguments.
    """
    return _judge(
        lambda check: evidence if check.judges is Scope.SCENARIO else None, evidence, (evidence,), checks, profile
    )


def judge_run(run: RunEvidence, checks: Iterable[Check] | None = None, profile: Profile = Profile.DICOM) -> Judgement:
    """Judge what only all scenarios together show, by the checks that judge the run; else as `judge` does."""
    return _judge(lambda check: run if check.judges is Scope.RUN else None, None, run.scenarios, checks, profile)


def judge_client(
    client: ClientEvidence,
    fits: Callable[[Check], bool],
    checks: Iterable[Check] | None = None,
    profile: Profile = Profile.DICOM,
) -> Judgement:
    """Judge what a client did at our target.

    By the checks of clients, and by those of scenarios and runs of which `fits` says that they are right of a client:
    what it sent is then what was received. Else as `judge` does.
    """
    received, run = client.received, RunEvidence((client.received,), client.received.declarations)

    def given(check: Check) -> ClientEvidence | Evidence | RunEvidence | None:
        if check.judges is Scope.CLIENT:
            return client
        if not fits(check):
            return None
        return received if check.judges is Scope.SCENARIO else run

    return _judge(given, received, (received,), checks, profile)


def _judge(
    given: Given,
    alone: Evidence | None,
    scenarios: tuple[Evidence, ...],
    checks: Iterable[Check] | None,
    profile: Profile,
) -> Judgement:
    judged: list[Judged] = []
    notes: list[tuple[str, Note]] = []
    crashed: list[str] = []
    silent: list[Check] = []
    kept: dict[tuple[str, bool, str], tuple[str, Kept]] = {}
    by_label = {each.label: each for each in scenarios}
    for check in all_checks().values() if checks is None else checks:
        evidence = given(check)
        if evidence is None:
            continue
        if check.level is Level.DECLARED and _declared(evidence).silent(check.service):
            silent.append(check)
            continue
        groups, told = Groups(check), _Told()
        try:
            of_claims = list(_gather(check, profile, evidence, alone, by_label, groups, told))
            for label, each in of_claims:
                kept.setdefault((each.claim, each.kept, each.depth), (label, each))
        except Exception as error:  # a check's own failure is a harness error, never a verdict on the target
            crashed.append(check.id)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            text = f"the check itself failed: {type(error).__name__}: {error} ({where})"
            groups, told = Groups(check), _Told()
            groups.add(Observation(Verdict.INCONCLUSIVE, text, hint="report this as a defect of scanproof"), alone)
        notes += told.notes()
        if not groups:
            silent.append(check)
        judged += groups.judged()
    return Judgement(tuple(judged), tuple(notes), tuple(crashed), tuple(silent), tuple(kept.values()))


def _declared(evidence: ClientEvidence | Evidence | RunEvidence) -> Declarations:
    return evidence.received.declarations if isinstance(evidence, ClientEvidence) else evidence.declarations


def _gather(
    check: Check,
    profile: Profile,
    evidence: ClientEvidence | Evidence | RunEvidence,
    alone: Evidence | None,
    by_label: Mapping[str, Evidence],
    groups: Groups,
    told: _Told,
) -> Iterator[tuple[str, Kept]]:
    """Run one check, and put away what it sees as it comes: it may be a lot. Yield what it sees of claims."""
    for each in _run(check, evidence):
        of = alone or by_label.get(each.scenario)
        if isinstance(each, Observation):
            groups.add(measured(profile, check, _explained(check, each, of)), of)
        elif isinstance(each, Kept):
            yield of.label if of is not None else each.scenario, each
        else:
            told.add(of.label if of is not None else "", _note(each, of))


class _Told:
    """The notes of one check: beyond the first of a kind it is told how many more there are."""

    def __init__(self) -> None:
        self._notes: list[tuple[str, Note]] = []
        self._counts: Counter[tuple[str, str, str]] = Counter()

    def add(self, label: str, note: Note) -> None:
        kind = (label, note.party, plain(note.text))
        self._counts[kind] += 1
        if self._counts[kind] <= MOST_ALIKE:
            self._notes.append((label, note))

    def notes(self) -> list[tuple[str, Note]]:
        more = [
            (label, Note(text=f"and {count - MOST_ALIKE} more of these: {text}", party=party))
            for (label, party, text), count in self._counts.items()
            if count > MOST_ALIKE
        ]
        return self._notes + more


#: Checks of an association that ends without an answer: what was asked may have been at fault by another's doing.
_ENDINGS = (
    "association.no-abort",
    "association.closed-with-a-word",
    "dimse.operation-ends",
    "dimse.response-received",
)
#: Checks of what did not come.
_AWAITED = (*_ENDINGS, "association.release")


def _explained(check: Check, seen: Observation, of: Evidence | None) -> Observation:
    """The observation, with the message that explains why an association ended if there is one.

    What did not come may stand behind the end of the record, unless we saw for ourselves that it came to no end.
    """
    if check.id not in _AWAITED or seen.verdict is Verdict.PASS or seen.because is not None or of is None:
        return seen
    place = seen.exchange.association if seen.exchange is not None else seen.where
    association = of.association(place)
    if association is None:
        return seen
    if association.not_kept is not None and association.overrun is None:
        text = f"{seen.actual}, as far as the record goes: not all that came was kept"
        return replace(seen, verdict=Verdict.INCONCLUSIVE, actual=text)
    return replace(seen, because=of.provoked(association)) if check.id in _ENDINGS else seen


def _run(check: Check, evidence: ClientEvidence | Evidence | RunEvidence) -> Seen:
    function: Callable[..., Seen] = check.function
    return function(evidence)


def _note(fact: Fact, of: Evidence | None) -> Note:
    exchange = fact.exchange.id if fact.exchange is not None else None
    party = fact.party or (of.party(exchange) if of is not None else "")
    return Note(text=cut(fact.text), exchange=exchange, party=party, clause=fact.clause)
