"""What a run comes to: every finding with its root, the verdict of each scenario, what was not tested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanproof.again import see_again
from scanproof.causes import attributed
from scanproof.checks import all_checks
from scanproof.coverage import EXERCISED, unexercised
from scanproof.evidence import Evidence
from scanproof.evidence.promises import named, promised
from scanproof.exercised import tests_most
from scanproof.finding import Finding, Verdict, worst
from scanproof.judge import Judgement
from scanproof.results import Coverage, Results, ServiceResult, ServiceState
from scansim.site import endpoint
from scansim.vocabulary.outcome import Outcome
from scansim.vocabulary.services import SERVICES, VERIFICATION


@dataclass(frozen=True)
class Conclusion:
    """What the checks said, put together.

    ``of_scenario`` holds the findings of each scenario by its label, ``of_run`` those of the run; ``verdicts`` the
    verdict of each scenario by its label. ``summary`` counts entries by verdict, without the ``consequences``.
    """

    of_scenario: Mapping[str, list[Finding]]
    of_run: list[Finding]
    verdicts: Mapping[str, Verdict]
    summary: dict[Verdict, int]
    consequences: int
    services: list[ServiceResult]
    coverage: Coverage


def conclude(
    scenarios: Sequence[tuple[Evidence, Judgement]], of_run: Judgement, commands: Mapping[str, str] | None = None
) -> Conclusion:
    """Put together what was said of each scenario, and of the run; a pure function.

    `commands` holds the command that runs each scenario again by its label, and the one that runs all by none.
    """
    silent = list(unexercised(all_checks().values(), scenarios, of_run))
    everything = [
        *((judged, evidence.label) for evidence, judgement in scenarios for judged in judgement.judged),
        *((judged, "") for judged in of_run.judged),
        *((judged, judged.label) for judged in silent),
    ]
    found = attributed([judged for judged, _ in everything], [evidence for evidence, _ in scenarios])
    by_scenario: dict[str, list[Finding]] = {evidence.label: [] for evidence, _ in scenarios}
    run: list[Finding] = []
    by_label = {evidence.label: evidence for evidence, _ in scenarios}
    findings = []
    for judged, (_, label) in zip(found, everything, strict=True):
        finding = judged.finding
        if lines := see_again(finding, by_label.get(finding.label), commands or {}):
            finding = finding.model_copy(update={"again": lines})
        findings.append(finding)
        (by_scenario[label] if label else run).append(finding)
    entries = {(each.group, each.verdict) for each in findings if each.root is None}
    counts = Counter(verdict for _, verdict in entries)
    services = _services([evidence for evidence, _ in scenarios], findings)
    return Conclusion(
        by_scenario,
        run,
        {evidence.label: verdict_of(evidence, by_scenario[evidence.label]) for evidence, _ in scenarios},
        {verdict: counts[verdict] for verdict in Verdict},
        sum(each.root is not None for each in findings),
        services,
        _coverage([evidence for evidence, _ in scenarios], findings, services),
    )


def verdict_of(evidence: Evidence, findings: Sequence[Finding]) -> Verdict:
    """Verdict of one scenario: the worst of its roots; no PASS when nothing of what it proves was exercised.

    An exam that proves services of which the site names none stands for what else it exercised: it takes whatever is
    there. A case of a battery does not: what it does of other services is there for its question.
    """
    found = worst([finding.verdict for finding in findings if finding.root is None])
    if found not in (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE):
        return found
    scenario = evidence.transcript.scenario
    proves = [str(each) for each in scenario.get("proves") or scenario.get("services") or (VERIFICATION.name,)]
    exercised = {finding.check for finding in findings if finding.verdict in EXERCISED}
    wanted = {check.id for check in all_checks().values() if check.id in proves or check.service in proves}
    if exercised & wanted:
        return found
    services = {all_checks()[name].service if name in all_checks() else name for name in proves} - {""}
    there = services & set(named(scenario))
    refused = {step.service for step in evidence.steps.begun if step.outcome is Outcome.REFUSED}
    if there - refused:
        return Verdict.NOT_TESTED
    others = any(all_checks()[check].service not in ("", VERIFICATION.name) for check in exercised)
    if others and all(name in SERVICES for name in proves) and not scenario.get("orders"):
        return found
    return Verdict.NOT_APPLICABLE


def _services(scenarios: Sequence[Evidence], findings: Sequence[Finding]) -> list[ServiceResult]:
    """What became of each service that the site names or that was asked for."""
    looked_at = {all_checks()[each.check].service for each in findings if each.verdict in EXERCISED}
    found = []
    for service in SERVICES.values():
        steps = [step for evidence in scenarios for step in evidence.steps.of_service(service.name)]
        where = {name[service.name] for evidence in scenarios if service.name in (name := _where(evidence))}
        by = [each[service.name] for evidence in scenarios if service.name in (each := promised(_facts(evidence)))]
        if service.addressed and not where:
            continue
        outcomes = {step.outcome for step in steps}
        served = not outcomes or bool(outcomes & {Outcome.DONE, Outcome.STOPPED})
        if service.name in looked_at and (served or Outcome.REFUSED not in outcomes):
            state = ServiceState.EXERCISED
        elif Outcome.REFUSED in outcomes:  # what was said of it is of its negotiation
            state = ServiceState.REFUSED
        else:
            state = ServiceState.NOT_EXERCISED
        at = ", ".join(sorted(where))
        promise = by[0].value if by else ""
        found.append(ServiceResult(name=service.name, title=service.title, state=state, at=at, promised_by=promise))
    return found


def _facts(evidence: Evidence) -> Mapping[str, object]:
    return evidence.transcript.scenario


def _where(evidence: Evidence) -> dict[str, str]:
    return {name: f"{ae}@{endpoint(host, port)}" for name, (ae, host, port) in named(_facts(evidence)).items()}


def _coverage(
    scenarios: Sequence[Evidence], findings: Sequence[Finding], services: Sequence[ServiceResult]
) -> Coverage:
    """What was not tested although it applies, and the built-in scenarios that test most of it."""
    untested = {each.check for each in findings if each.verdict is Verdict.NOT_TESTED and each.root is None}
    blocked = {each.check for each in findings if each.verdict is Verdict.NOT_TESTED and each.root is not None}
    named_services = {each.name for each in services}
    more, tests = tests_most(untested, [evidence.scenario for evidence in scenarios], named_services)
    uses_more = any(evidence.transcript.scenario.get("services") for evidence in scenarios)
    tested = {each.name for each in services if each.state is ServiceState.EXERCISED}
    return Coverage(
        not_tested=len(untested),
        blocked=len(blocked - untested),
        only_verification=uses_more and tested <= {VERIFICATION.name},
        try_scenarios=more,
        would_test=tests,
    )


def exit_code(results: Results, fail_on: str) -> int:
    """Exit code of a run: 1 for findings at or above `fail_on`, else 3 for what could not be tested, else 0.

    What could not be tested is what is INCONCLUSIVE, a run that did not come to its end, and one that exercised nothing
    but Verification.
    """
    worse = [Verdict.FAIL]
    bad = {
        "never": [],
        "fail": worse,
        "warn": [*worse, Verdict.WARN, Verdict.NOT_DECLARED],
        "not-tested": [*worse, Verdict.WARN, Verdict.NOT_DECLARED, Verdict.NOT_TESTED],
    }[fail_on]
    not_run = any(scenario.not_run for scenario in results.scenarios)
    if any(results.summary.get(verdict) for verdict in bad) or (not_run and Verdict.NOT_TESTED in bad):
        return 1
    if results.summary.get(Verdict.INCONCLUSIVE) or not results.complete or not results.exercised:
        return 3
    return 0
