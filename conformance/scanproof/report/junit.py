"""junit.xml: the findings for a build server; one testsuite per scenario, one testcase per finding."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from xml.etree import ElementTree as ET

from scanproof.claim_counts import role_of, section_of, stated
from scanproof.finding import SEVERITY, Finding, Level, Verdict
from scanproof.report import words
from scanproof.report.words import printable, steps_in_words, word
from scanproof.results import ClaimOutcome, ClaimResult, Results, ScenarioResult

#: Name of the testsuite of the claims of Conformance Statements.
CLAIMS = "scanproof.claims"


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
        ("party", finding.party),
        ("exchange", finding.exchange if finding.label == suite else words.place(finding)),
        ("tag", finding.tag),
        ("claim", finding.claim),
        ("count", str(finding.count) if finding.count > 1 else ""),
        *(("again", line) for line in finding.again),
    ]
    return "\n".join(f"{name}: {value}" for name, value in lines if value)


class _Cases:
    """Testcases of a run: one for an entry, each with a name that no other of its class has.

    A later finding of an entry, and one that another explains, are skips that say so: one cause fails once.
    """

    def __init__(self) -> None:
        self._told: dict[str, str] = {}
        self._names: set[tuple[str, str]] = set()

    def add(self, parent: ET.Element, suite: str, finding: Finding) -> None:
        name, number = finding.check, 1
        while (suite, name) in self._names:
            number += 1
            name = f"{finding.check} ({number})"
        self._names.add((suite, name))
        case = ET.SubElement(parent, "testcase")
        _set(case, classname=suite, name=name, time="0")
        verdict = _shown_as(finding)
        text = printable(_text(finding, suite))
        before = self._told.get(finding.group) if finding.group and finding.verdict is not Verdict.PASS else None
        if finding.verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN):
            self._told.setdefault(finding.group, suite)
        if finding.root is not None:
            message = f"{word(finding.verdict)}, explained by {finding.root.partition('#')[0]}: {finding.actual}"
            _set(ET.SubElement(case, "skipped"), message=message)
        elif before is not None:
            message = f"{word(finding.verdict)}, as told in {before}: {finding.actual}"
            _set(ET.SubElement(case, "skipped"), message=message)
        elif verdict == "skipped":
            _set(ET.SubElement(case, "skipped"), message=f"{word(finding.verdict)}: {finding.actual or finding.title}")
        elif verdict:
            told = ET.SubElement(case, verdict)
            _set(told, type=finding.verdict.value, message=finding.title)
            told.text = text
        elif finding.verdict is not Verdict.PASS:
            ET.SubElement(case, "system-out").text = printable(f"{word(finding.verdict)}: {finding.title}\n{text}")


def _shown_as(finding: Finding) -> str:
    """Element of JUnit for a verdict; empty for what passes."""
    return {
        Verdict.FAIL: "failure",
        Verdict.INCONCLUSIVE: "error",
        Verdict.NOT_TESTED: "skipped",
        Verdict.NOT_APPLICABLE: "skipped",
    }.get(finding.verdict, "")


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
    if all(finding.verdict is not scenario.verdict or finding.root is not None for finding in findings):
        title = f"The scenario as a whole: {word(scenario.verdict)}"
        actual = scenario.not_run or f"no finding of this verdict; {steps_in_words(scenario)}"
        own = _of_the_run(scenario.label, "scenario", scenario.verdict, title, "at least one finding", actual)
        findings.insert(0, own)
    return findings


def _suite(parent: ET.Element, name: str, started: str, seconds: float, findings: list[Finding], cases: _Cases) -> None:
    suite = ET.SubElement(parent, "testsuite")
    for finding in findings:
        cases.add(suite, name, finding)
    _set(
        suite,
        name=name,
        tests=len(findings),
        failures=len(suite.findall("testcase/failure")),
        errors=len(suite.findall("testcase/error")),
        skipped=len(suite.findall("testcase/skipped")),
        time=f"{seconds:.3f}",
        timestamp=started,
    )


def render(results: Results) -> bytes:
    """Return junit.xml.

    FAIL is a failure, INCONCLUSIVE an error, NOT_TESTED and NOT_APPLICABLE are skips; WARN and NOT_DECLARED pass and
    say so in system-out. One cause fails once: what it explains, and where else it was seen, are skips. What was judged
    of the whole run is one more testsuite, ``scanproof``; a run that was interrupted has an error there: a part is not
    a pass. What statements claim is told in ``scanproof.claims``.
    """
    root = ET.Element("testsuites", name="scanproof")
    started = _without_zone(results.started)
    groups: list[tuple[str, str, float, list[Finding]]] = [
        (scenario.label, scenario.title, sum(step.seconds for step in scenario.steps), _findings(scenario))
        for scenario in results.scenarios
    ]
    run = sorted(results.findings, key=lambda finding: SEVERITY.index(finding.verdict))
    if not results.complete:
        why = words.why_partial(results)
        title = f"{why[0].upper()}{why[1:]}: these results are partial"
        actual = "\n".join(results.notes) or why
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
        "profile": results.profile,
        "version": results.tool.version,
    }
    cases = _Cases()
    for name, title, seconds, findings in groups:
        _suite(root, name, started, seconds, findings, cases)
        properties = ET.Element("properties")
        root[-1].insert(0, properties)
        for key, value in {"title": title, **facts}.items():
            _set(ET.SubElement(properties, "property"), name=key, value=value)
    if results.claims:
        _claims(root, results, started)
    for total in ("tests", "failures", "errors", "skipped"):
        _set(root, **{total: sum(int(suite.attrib[total]) for suite in root)})
    _set(root, time=f"{sum(group[2] for group in groups):.3f}")
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _claims(root: ET.Element, results: Results, started: str) -> None:
    """A testsuite with one testcase for the claims of an AE in one role and section.

    What was contradicted fails as the finding that it is, in the suite of its scenario: one cause fails once. Here it
    is told which claims that concerns.
    """
    suite = ET.SubElement(root, "testsuite")
    several: dict[tuple[str, str, str], list[ClaimResult]] = {}
    for claim in stated(results.claims):
        several.setdefault((claim.ae, section_of(claim), role_of(claim)), []).append(claim)
    for (ae, section, role), claims in several.items():
        case = ET.SubElement(suite, "testcase")
        name = " ".join(filter(None, (f"{ae}:" if ae else "", section, f"as {role}" if role else "")))
        _set(case, classname=CLAIMS, name=name, time="0")
        counts = Counter(claim.outcome for claim in claims)
        told = ", ".join(f"{counts[each]:,} {each.value.replace('_', ' ')}" for each in ClaimOutcome if counts[each])
        if broken := [claim for claim in claims if claim.outcome is ClaimOutcome.CONTRADICTED]:
            message = f"{told}; the first, {broken[0].id}, at {broken[0].evidence or 'no place'}: told by its finding"
            _set(ET.SubElement(case, "skipped"), message=message)
        elif counts[ClaimOutcome.OBSERVED]:
            ET.SubElement(case, "system-out").text = printable(told)
        else:
            reasons = Counter(claim.reason for claim in claims).most_common(1)
            _set(ET.SubElement(case, "skipped"), message=f"{told}; mostly: {reasons[0][0] or 'no reason told'}")
    numbers = {"tests": len(several), "failures": 0, "errors": 0, "skipped": len(suite.findall("testcase/skipped"))}
    _set(suite, name=CLAIMS, time="0.000", timestamp=started, **numbers)


def _without_zone(started: str) -> str:
    """Local date and time without fraction and zone, as the JUnit schema wants it; left alone when it is no date."""
    try:
        return datetime.fromisoformat(started).replace(tzinfo=None).isoformat(timespec="seconds")
    except ValueError:
        return started
