"""Judge a transcript: run the checks, and turn what they saw into findings. What they did not see: `coverage`."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from scanproof.check import Check, Fact, Observation, Scope, Seen
from scanproof.checks import all_checks
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.parties import address_of
from scanproof.finding import Finding, Level, Note, Verdict
from scansim.network.transcript import Exchange


@dataclass(frozen=True)
class Judged:
    """One finding with what it takes to find its root.

    ``label`` is the scenario's, or the case's; empty for a finding of no scenario. ``because`` is the message whose own
    finding explains this one; ``step`` the number of the step that is to blame for what was not tested, else 0;
    ``associations`` are all that it was seen on, ``exchanges`` all messages.
    """

    finding: Finding
    label: str = ""
    because: Exchange | None = None
    step: int = 0
    associations: frozenset[str] = frozenset()
    exchanges: frozenset[str] = frozenset()

    @property
    def places(self) -> frozenset[str]:
        """Every message that the finding rests on; it names the first."""
        return self.exchanges | ({self.finding.exchange} if self.finding.exchange else set())


@dataclass(frozen=True)
class Judgement:
    """What the checks said of one scenario, or of the run.

    ``notes`` are told beside the verdicts, by the label of the scenario that they are of; ``crashed`` names the checks
    that failed themselves, ``silent`` are those that saw nothing.
    """

    judged: tuple[Judged, ...]
    notes: tuple[tuple[str, Note], ...] = ()
    crashed: tuple[str, ...] = ()
    silent: tuple[Check, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings in the order of the checks."""
        return tuple(each.finding for each in self.judged)


def judge(evidence: Evidence, checks: Iterable[Check] | None = None) -> Judgement:
    """Judge one scenario.

    Parameters
    ----------
    evidence : Evidence
        What was recorded, and what the target's Conformance Statements declare.
    checks : iterable of Check, optional
        All of them when left out; those that judge the run are not asked.

    Returns
    -------
    Judgement
        Findings in the order of the checks' ids; a pure function of the arguments.
    """
    return _judge(Scope.SCENARIO, evidence, (evidence,), checks)


def judge_run(run: RunEvidence, checks: Iterable[Check] | None = None) -> Judgement:
    """Judge what only all scenarios together show, by the checks that judge the run; else as `judge` does."""
    return _judge(Scope.RUN, run, run.scenarios, checks)


def _judge(
    scope: Scope,
    evidence: Evidence | RunEvidence,
    scenarios: tuple[Evidence, ...],
    checks: Iterable[Check] | None,
) -> Judgement:
    judged: list[Judged] = []
    notes: list[tuple[str, Note]] = []
    crashed: list[str] = []
    silent: list[Check] = []
    by_label = {each.label: each for each in scenarios}
    alone = scenarios[0] if scope is Scope.SCENARIO else None
    for check in all_checks().values() if checks is None else checks:
        if check.judges is not scope:
            continue
        if check.level is Level.DECLARED and evidence.declarations.silent(check.service):
            silent.append(check)
            continue
        try:
            seen = list(_run(check, evidence))
        except Exception as error:  # a check's own failure is a harness error, never a verdict on the target
            crashed.append(check.id)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            text = f"the check itself failed: {type(error).__name__}: {error} ({where})"
            seen = [Observation(Verdict.INCONCLUSIVE, text, hint="report this as a defect of scanproof")]
        observations = [
            _explained(check, each, alone or by_label.get(each.scenario))
            for each in seen
            if isinstance(each, Observation)
        ]
        for fact in (each for each in seen if isinstance(each, Fact)):
            of = alone or by_label.get(fact.scenario)
            notes.append((of.label if of is not None else "", _note(fact, of)))
        if not observations:
            silent.append(check)
        for group in _groups([_Seen(each, alone or by_label.get(each.scenario)) for each in observations]):
            here = [each for each in group if each.label == group[0].label]
            judged.append(
                Judged(
                    _finding(check, group),
                    group[0].label,
                    group[0].observation.because,
                    associations=frozenset(each.place.partition(".")[0] for each in here),
                    exchanges=frozenset(each.place for each in here if "." in each.place),
                )
            )
    return Judgement(tuple(judged), tuple(notes), tuple(crashed), tuple(silent))


@dataclass(frozen=True)
class _Seen:
    """An observation with the scenario that it is of."""

    observation: Observation
    of: Evidence | None

    @property
    def label(self) -> str:
        return self.of.label if self.of is not None else ""

    @property
    def place(self) -> str:
        return self.observation.exchange.id if self.observation.exchange is not None else self.observation.where

    @property
    def party(self) -> str:
        return self.observation.party or (self.of.party(self.place) if self.of is not None else "")


#: Checks of an association that ends without an answer: what was asked may have been at fault by another's doing.
_ENDINGS = (
    "association.no-abort",
    "association.closed-with-a-word",
    "dimse.operation-ends",
    "dimse.response-received",
)


def _explained(check: Check, seen: Observation, of: Evidence | None) -> Observation:
    """The observation, with the message that explains why an association ended if there is one."""
    if check.id not in _ENDINGS or seen.verdict is Verdict.PASS or seen.because is not None or of is None:
        return seen
    place = seen.exchange.association if seen.exchange is not None else seen.where
    association = next((each for each in of.associations if each.id == place), None)
    return replace(seen, because=of.provoked(association)) if association is not None else seen


def _run(check: Check, evidence: Evidence | RunEvidence) -> Seen:
    function: Callable[..., Seen] = check.function
    return function(evidence)


def _note(fact: Fact, of: Evidence | None) -> Note:
    exchange = fact.exchange.id if fact.exchange is not None else None
    party = fact.party or (of.party(exchange) if of is not None else "")
    return Note(text=fact.text, exchange=exchange, party=party, clause=fact.clause)


def _groups(observations: list[_Seen]) -> list[list[_Seen]]:
    """All passes as one, and each different deviation with every time that it was seen; no pass beside a deviation."""
    groups: dict[tuple[object, ...], list[_Seen]] = {}
    for each in observations:
        seen = each.observation
        if seen.verdict is Verdict.PASS:
            key: tuple[object, ...] = (seen.verdict, seen.claim)
        else:
            because = seen.because.id if seen.because is not None else ""
            key = (seen.verdict, seen.level, seen.expected, seen.actual, seen.tag, seen.claim, because)
            key = (*key, address_of(each.party))
        groups.setdefault(key, []).append(each)
    deviations = [group for key, group in groups.items() if key[0] is not Verdict.PASS]
    return deviations or list(groups.values())


def _finding(check: Check, group: list[_Seen]) -> Finding:
    first, of = group[0].observation, group[0].of
    deviation = first.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    level = first.level or check.level
    # a pass may be of several parties, which are told together; a deviation is of one
    parties = dict.fromkeys(each.party for each in group if each.party) if not deviation else {group[0].party: None}
    addresses = {address_of(party): party for party in reversed(parties)}
    return Finding(
        check=check.id,
        verdict=first.verdict,
        level=level,
        clause=(first.clause or check.clause) if level.cites else "",
        title=check.title,
        expected=first.expected or check.expected,
        actual=first.actual,
        scenario=of.scenario if of is not None else first.scenario,
        case=of.case if of is not None else "",
        party="; ".join(reversed(addresses.values())),
        exchange=group[0].place or None,
        tag=first.tag,
        claim=first.claim,
        hint=(first.hint or check.hint) if deviation else "",
        count=len(group),
    )
