"""Judge a transcript: run the checks, turn observations into findings, say what was not observed and why."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from scanproof.check import Check, Fact, Observation, Scope, Seen, inconclusive
from scanproof.checks import all_checks
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import SEVERITY, Finding, Level, Note, Verdict
from scanproof.statement import Statement
from scansim.network.transcript import StepRecord
from scansim.vocabulary.outcome import Cause, Outcome
from scansim.vocabulary.services import SERVICES


@dataclass(frozen=True)
class Judgement:
    """What the checks said of one scenario, or of the run.

    ``notes`` are told beside the verdicts, by the label of the scenario that they are of; ``crashed`` names the checks
    that failed themselves.
    """

    findings: tuple[Finding, ...]
    notes: tuple[tuple[str, Note], ...] = ()
    crashed: tuple[str, ...] = ()


def judge(evidence: Evidence, checks: Iterable[Check] | None = None) -> Judgement:
    """Judge one scenario.

    Parameters
    ----------
    evidence : Evidence
        What was recorded, with the target's Conformance Statement if there is one.
    checks : iterable of Check, optional
        All of them when left out; those that judge the run are not asked.

    Returns
    -------
    Judgement
        Findings in the order of the checks' ids; a pure function of the arguments.
    """
    return _judge(Scope.SCENARIO, evidence, (evidence,), evidence.statement, checks)


def judge_run(run: RunEvidence, checks: Iterable[Check] | None = None) -> Judgement:
    """Judge what only all scenarios together show, by the checks that judge the run; else as `judge` does."""
    return _judge(Scope.RUN, run, run.scenarios, run.statement, checks)


def _judge(
    scope: Scope,
    evidence: Evidence | RunEvidence,
    scenarios: tuple[Evidence, ...],
    statement: Statement | None,
    checks: Iterable[Check] | None,
) -> Judgement:
    findings: list[Finding] = []
    notes: list[tuple[str, Note]] = []
    crashed: list[str] = []
    by_label = {each.label: each for each in scenarios}
    alone = scenarios[0] if scope is Scope.SCENARIO else None
    for check in all_checks().values() if checks is None else checks:
        if check.judges is not scope:
            continue
        try:
            seen = list(_run(check, evidence))
        except Exception as error:  # a check's own failure is a harness error, never a verdict on the target
            crashed.append(check.id)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(place.filename).name}:{place.lineno}"
            text = f"the check itself failed: {type(error).__name__}: {error} ({where})"
            seen = [Observation(Verdict.INCONCLUSIVE, text, hint="report this as a defect of scanproof")]
        observations = [each for each in seen if isinstance(each, Observation)]
        for fact in (each for each in seen if isinstance(each, Fact)):
            of = alone or by_label.get(fact.scenario)
            notes.append((of.label if of is not None else "", _note(fact, of)))
        undeclared = _undeclared(check, statement)
        if undeclared and check.id not in crashed:
            concerns = any(_concerns(check, each) for each in scenarios)
            findings += [_finding(check, alone, [undeclared])] if concerns else []
            continue
        for group in _groups(observations or _unobserved(check, scenarios)):
            findings.append(_finding(check, alone or by_label.get(group[0].scenario), group))
    return Judgement(tuple(findings), tuple(notes), tuple(crashed))


def _run(check: Check, evidence: Evidence | RunEvidence) -> Seen:
    function: Callable[..., Seen] = check.function
    return function(evidence)


def _note(fact: Fact, of: Evidence | None) -> Note:
    exchange = fact.exchange.id if fact.exchange is not None else None
    party = fact.party or (of.party(exchange) if of is not None else "")
    return Note(text=fact.text, exchange=exchange, party=party, clause=fact.clause)


def _concerns(check: Check, evidence: Evidence) -> bool:
    return not check.service or any(step.service == check.service for step in evidence.steps.begun)


def _undeclared(check: Check, statement: Statement | None) -> Observation | None:
    """Judge nothing of a service that the statement does not offer: undeclared is not non-conformant."""
    if statement is None:
        if check.level is Level.DECLARED:
            return Observation(Verdict.NOT_APPLICABLE, "no Conformance Statement was given")
        return None
    if not check.service or not SERVICES[check.service].addressed or statement.offers(check.service):
        return None
    return Observation(
        Verdict.NOT_APPLICABLE, f"the Conformance Statement does not offer {check.service}, so it is not judged"
    )


def _unobserved(check: Check, scenarios: Iterable[Evidence]) -> list[Observation]:
    """Say why a check saw nothing: of several scenarios, the worst reason."""
    reasons = [reason for evidence in scenarios if (reason := _unobserved_in(check, evidence)) is not None]
    return sorted(reasons, key=lambda reason: SEVERITY.index(reason.verdict))[:1]


def _unobserved_in(check: Check, evidence: Evidence) -> Observation | None:
    steps = evidence.steps.of_service(check.service)
    if not steps:
        if check.service and check.service in evidence.transcript.scenario.get("services", ()):
            return inconclusive("the run ended before it came to this", scenario=evidence.label)
        return None
    for step in steps:
        if step.outcome is Outcome.STOPPED or (step.outcome is Outcome.BLOCKED and check.service):
            text = f"step {step.number}, {step.verb}: {step.detail}"
            return inconclusive(text, hint=_remedy(step), scenario=evidence.label)
    for step in steps:
        if check.service and step.outcome is Outcome.NOT_OFFERED:
            return Observation(Verdict.NOT_APPLICABLE, f"not offered: {step.detail}")
    return Observation(Verdict.NOT_APPLICABLE, f"nothing of the kind came up in this {check.judges.value}")


def _remedy(step: StepRecord) -> str:
    return {
        Cause.UNREACHABLE: "check host, port and firewall, and that the service is running; then run again",
        Cause.REJECTED: "check the called and calling AE titles in the site file and in the target's configuration",
        Cause.SETUP: "arrange what the message says, then run again",
        Cause.HARNESS: "report this as a defect of scanproof, with the transcript folder",
        Cause.BLOCKED: "mend the step that it needs, then run again",
        Cause.INTERRUPTED: "run again, to the end",
    }.get(step.cause, "mend what stopped this step, then run again")


def _groups(observations: list[Observation]) -> list[list[Observation]]:
    """All passes as one, and each different deviation with every time that it was seen; no pass beside a deviation."""
    groups: dict[tuple[object, ...], list[Observation]] = {}
    for seen in observations:
        key: tuple[object, ...] = (seen.verdict, seen.expected, seen.actual, seen.tag, seen.claim, seen.party)
        if seen.verdict is Verdict.PASS:
            key = (seen.verdict, seen.claim)
        groups.setdefault(key, []).append(seen)
    deviations = [group for key, group in groups.items() if key[0] is not Verdict.PASS]
    return deviations or list(groups.values())


def _finding(check: Check, of: Evidence | None, group: list[Observation]) -> Finding:
    first = group[0]
    deviation = first.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)
    level = first.level or check.level
    place = first.exchange.id if first.exchange is not None else (first.where or None)
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
        party=first.party or (of.party(place) if of is not None else ""),
        exchange=place,
        tag=first.tag,
        claim=first.claim,
        hint=(first.hint or check.hint) if deviation else "",
        count=len(group),
    )
