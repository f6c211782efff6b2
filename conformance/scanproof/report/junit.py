"""junit.xml: the findings for a build server; one testsuite per scenario, one testcase per finding."""

from __future__ import annotations

from datetime import datetime
from xml.etree import ElementTree as ET

from scanproof.finding import SEVERITY, Finding, Level, Verdict
from scanproof.report import words
from scanproof.report.words import printable, steps_in_words, word
from scanproof.results import Results, ScenarioResult


def _set(element: ET.Element, **attributes: object) -> None:
    for name, value in attributes.items():
        element.set(name, printable(str(value)))


def _text(finding: Finding, suite: str) -> str:
    lines = [
        ("expected", finding.expected),
        ("actual", finding.actual),
        ("clause", finding.clause),
        ("level", finding.level.value),
        ("hint", finding.hint),
        ("exchange", finding.exchange if finding.scenario == suite else words.place(finding)),
        ("tag", finding.tag),
        ("claim", finding.claim),
        ("count", str(finding.count) if finding.count > 1 else ""),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


def _case(parent: ET.Element, suite: str, finding: Finding) -> None:
    case = ET.SubElement(parent, "testcase")
    _set(case, classname=suite, name=finding.check, time="0")
    text = printable(_text(finding, suite))
    if finding.verdict is Verdict.NOT_APPLICABLE:
        _set(ET.SubElement(case, "skipped"), message=finding.actual or finding.title)
    elif finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
        told = ET.SubElement(case, "failure" if finding.verdict is Verdict.FAIL else "error")
        _set(told, type=finding.verdict.value, message=finding.title)
        told.text = text
    elif finding.verdict is not Verdict.PASS:
        ET.SubElement(case, "system-out").text = printable(f"{word(finding.verdict)}: {finding.title}\n{text}")


def _of_the_run(scenario: str, check: str, verdict: Verdict, title: str, expected: str, actual: str) -> Finding:
    return Finding(
        check=check,
        verdict=verdict,
        level=Level.INFO,
        clause="",
        title=title,
        expected=expected,
        actual=actual,
        scenario=scenario,
    )


def _findings(scenario: ScenarioResult) -> list[Finding]:
    """Findings, worst first: some servers keep just the first of several testcases of one name.

    A scenario whose own verdict none of its findings has (nothing was judged; the harness gave up) gets a testcase that
    says so, because an empty testsuite looks like success.
    """
    findings = sorted(scenario.findings, key=lambda finding: SEVERITY.index(finding.verdict))
    if all(finding.verdict is not scenario.verdict for finding in findings):
        title = f"The scenario as a whole: {word(scenario.verdict)}"
        actual = f"no finding of this verdict; {steps_in_words(scenario)}"
        own = _of_the_run(scenario.id, "scenario", scenario.verdict, title, "at least one finding", actual)
        findings.insert(0, own)
    return findings


def _suite(parent: ET.Element, name: str, started: str, seconds: float, findings: list[Finding]) -> ET.Element:
    suite = ET.SubElement(parent, "testsuite")
    verdicts = [finding.verdict for finding in findings]
    _set(
        suite,
        name=name,
        tests=len(findings),
        failures=verdicts.count(Verdict.FAIL),
        errors=verdicts.count(Verdict.INCONCLUSIVE),
        skipped=verdicts.count(Verdict.NOT_APPLICABLE),
        time=f"{seconds:.3f}",
        timestamp=started,
    )
    return suite


def render(results: Results) -> bytes:
    """Return junit.xml.

    FAIL is a failure, INCONCLUSIVE an error, NOT_APPLICABLE a skip; WARN and NOT_DECLARED pass and say so in
    system-out. What was judged of the whole run is one more testsuite, ``scanproof``; a run that was interrupted has
    an error there: a part is not a pass.
    """
    root = ET.Element("testsuites", name="scanproof")
    started = _without_zone(results.started)
    groups: list[tuple[str, str, float, list[Finding]]] = [
        (scenario.id, scenario.title, sum(step.seconds for step in scenario.steps), _findings(scenario))
        for scenario in results.scenarios
    ]
    run = sorted(results.findings, key=lambda finding: SEVERITY.index(finding.verdict))
    if not results.complete:
        title = "The run was interrupted: these results are partial"
        actual = "\n".join(results.notes) or "the run was interrupted"
        partial = _of_the_run(
            "scanproof", "complete", Verdict.INCONCLUSIVE, title, "every scenario run to its end", actual
        )
        run.insert(0, partial)
    if not results.scenarios and not run:
        title = "No scenario was run"
        nothing = _of_the_run("scanproof", "complete", Verdict.NOT_APPLICABLE, title, "at least one scenario", "none")
        run.append(nothing)
    if run:
        groups.append(("scanproof", "The run itself", 0.0, run))
    facts = {
        "target": "; ".join(results.target),
        "statement": results.statement or "none",
        "seed": results.seed,
        "date": results.date,
        "edition": results.tool.edition,
        "version": results.tool.version,
    }
    for name, title, seconds, findings in groups:
        suite = _suite(root, name, started, seconds, findings)
        properties = ET.SubElement(suite, "properties")
        for key, value in {"title": title, **facts}.items():
            _set(ET.SubElement(properties, "property"), name=key, value=value)
        for finding in findings:
            _case(suite, name, finding)
    for total in ("tests", "failures", "errors", "skipped"):
        _set(root, **{total: sum(int(suite.attrib[total]) for suite in root)})
    _set(root, time=f"{sum(group[2] for group in groups):.3f}")
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _without_zone(started: str) -> str:
    """Local date and time without fraction and zone, as the JUnit schema wants it; left alone when it is no date."""
    try:
        return datetime.fromisoformat(started).replace(tzinfo=None).isoformat(timespec="seconds")
    except ValueError:
        return started
