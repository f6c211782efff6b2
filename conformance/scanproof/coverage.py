"""What was not tested, and why: out of scope, blocked by what went wrong before, or nobody exercised it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanproof.check import Check, Scope
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.evidence.promises import named, promised
from scanproof.finding import Finding, Level, Verdict
from scanproof.judge import Judged, Judgement
from scansim.exam.scenario import Scenario
from scansim.inputs import InputError, did_you_mean
from scansim.network.transcript import StepRecord
from scansim.vocabulary.outcome import Outcome
from scansim.vocabulary.services import SERVICES

#: Verdicts of what was looked at.
EXERCISED = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.NOT_DECLARED, Verdict.PASS)


def refuse_unknown_proofs(scenarios: Iterable[Scenario]) -> None:
    """InputError for a scenario that is to prove a check which does not exist."""
    known = all_checks()
    for scenario in scenarios:
        for name in scenario.proves:
            if name not in SERVICES and name not in known:
                hint = did_you_mean(name, known) or "; 'scanproof list checks' shows them"
                raise InputError(f"scenario {scenario.id}: proves: no check {name!r}{hint}")


@dataclass(frozen=True)
class _Reason:
    verdict: Verdict
    text: str
    step: int = 0


def unexercised(
    checks: Iterable[Check], scenarios: Sequence[tuple[Evidence, Judgement]], of_run: Judgement
) -> Iterator[Judged]:
    """Say of each check that saw nothing why it did not.

    A check that saw nothing in any scenario is told of once, for the run; what a step that stopped has blocked is told
    in its scenario, and is a consequence of whatever stopped it.

    Parameters
    ----------
    checks : iterable of Check
        All that were asked.
    scenarios : sequence of tuple
        Each scenario's evidence with what the checks said of it.
    of_run : Judgement
        What the checks of the whole run said.
    """
    everything = [*(judgement for _, judgement in scenarios), of_run]
    looked_at = {
        finding.check
        for judgement in everything
        for finding in judgement.findings
        if finding.verdict in EXERCISED and finding.check not in judgement.crashed
    }
    told = {finding.check for judgement in everything for finding in judgement.findings}
    for check in checks:
        silent = [
            evidence for evidence, judgement in scenarios if check.judges is Scope.RUN or check in judgement.silent
        ]
        reasons = [(evidence, _reason(check, evidence)) for evidence in silent]
        blocked = [(evidence, reason) for evidence, reason in reasons if reason.step]
        if check.judges is Scope.RUN:
            blocked = blocked[:1] if check.id not in told else []
        yield from (_judged(check, reason, evidence) for evidence, reason in blocked)
        if check.id in looked_at or check.id in told or blocked:
            continue
        # where a scenario tried the service, what that came to; one that never did so knows nothing of it
        tried = [reason for evidence, reason in reasons if check.service and evidence.steps.of_service(check.service)]
        known = tried or [reason for _, reason in reasons]
        plain = [reason for reason in known if reason.verdict is Verdict.NOT_TESTED] or known
        if plain:
            yield _judged(check, plain[0], None)


def _judged(check: Check, reason: _Reason, evidence: Evidence | None) -> Judged:
    level = check.level
    finding = Finding(
        check=check.id,
        verdict=reason.verdict,
        level=level,
        clause=check.clause if level.cites else "",
        title=check.title,
        expected=check.expected,
        actual=reason.text,
        scenario=evidence.scenario if evidence is not None else "",
        case=evidence.case if evidence is not None else "",
    )
    return Judged(finding, evidence.label if evidence is not None else "", step=reason.step)


def _reason(check: Check, evidence: Evidence) -> _Reason:
    """Why a check saw nothing in one scenario."""
    if check.level is Level.DECLARED:
        what = evidence.declarations.silent(check.service) or "nothing that is declared came up"
        return _Reason(Verdict.NOT_APPLICABLE, what)
    steps = evidence.steps.begun
    if check.service:
        service = SERVICES[check.service]
        if service.addressed and check.service not in named(evidence.transcript.scenario):
            return _Reason(Verdict.NOT_APPLICABLE, f"the site names no {check.service} service")
        steps = evidence.steps.of_service(check.service)
        if not steps:
            planned = check.service in evidence.transcript.scenario.get("services", ())
            ended = planned and len(evidence.steps.begun) < evidence.steps.planned
            what = "the run ended before it came to this" if ended else "nothing in this run exercised it"
            return _Reason(Verdict.NOT_TESTED, what)
    elif any(association.accepted is not None for association in evidence.associations):
        return _Reason(Verdict.NOT_TESTED, "nothing in this run exercised it")
    for step in steps:
        if step.outcome is Outcome.NOT_OFFERED:
            continue
        root = _root(evidence, step)
        if root is not None and root.outcome is Outcome.REFUSED and not _is_promised(evidence, root):
            text = f"refused, and nobody promised it: {root.detail}"
            return _Reason(Verdict.NOT_APPLICABLE, text)
        if root is not None:
            return _Reason(Verdict.NOT_TESTED, f"step {root.number}, {root.verb}: {root.detail}", root.number)
    return _Reason(Verdict.NOT_TESTED, "nothing in this run exercised it")


def _root(evidence: Evidence, step: StepRecord) -> StepRecord | None:
    """The step that is to blame for what another one did not do; None when it was done whole."""
    return next((each for each in evidence.steps.begun if step.root and each.number == step.root), None)


def _is_promised(evidence: Evidence, step: StepRecord) -> bool:
    return step.service in promised(evidence.transcript.scenario)
