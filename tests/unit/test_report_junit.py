from __future__ import annotations

from xml.etree import ElementTree

import junitparser
import pytest

from scanproof.finding import Verdict
from scanproof.report.junit import render
from scanproof.results import Results
from tests.support import report_example


def read(results: Results) -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(render(results))


def outcome(case: junitparser.TestCase) -> str:
    return type(case.result[0]).__name__ if case.result else "passed"


def suites(results: Results) -> dict[str, junitparser.TestSuite]:
    return {suite.name: suite for suite in read(results)}


def test_one_suite_per_scenario_one_case_per_finding() -> None:
    results = report_example.results()
    found = suites(results)
    assert list(found) == ["mr-unscheduled", "ct-routine", "scanproof.claims"]
    suite = found["ct-routine"]
    assert (suite.tests, suite.failures, suite.errors, suite.skipped) == (38, 2, 1, 2)
    assert len(list(suite)) == suite.tests
    assert {case.classname for case in suite} == {"ct-routine"}
    assert {case.name for case in suite} == {finding.check for finding in results.scenarios[1].findings}
    assert suite.timestamp == "2026-11-25T08:15:30"
    assert {p.name: p.value for p in suite.properties()}["seed"] == "20261125"
    total = read(results)
    assert (total.tests, total.failures, total.errors, total.skipped) == (40, 2, 2, 3)


def test_the_root_has_the_totals_of_its_suites() -> None:
    """Read from the file itself: junitparser counts for itself, and some build servers read the root alone."""
    results = report_example.results()
    root = ElementTree.fromstring(render(results))
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "40",
        "failures": "2",
        "errors": "2",
        "skipped": "3",
    }
    seconds = sum(step.seconds for scenario in results.scenarios for step in scenario.steps)
    assert seconds > 0
    assert root.get("time") == f"{seconds:.3f}"
    assert sum(float(suite.get("time", "")) for suite in root) == pytest.approx(seconds, abs=0.002)


def test_each_verdict_has_its_outcome() -> None:
    cases = {case.name: case for case in suites(report_example.results())["ct-routine"]}
    assert outcome(cases["worklist.match-violated"]) == "Failure"
    assert outcome(cases["commitment.report-complete"]) == "Error"
    assert outcome(cases["worklist.cancel"]) == "Skipped"
    assert cases["worklist.cancel"].result[0].message == "NOT APPLICABLE: the scenario cancels no query"
    blocked = cases["mpps.set-accepted"]
    assert outcome(blocked) == "Skipped"
    assert blocked.result[0].message.startswith("NOT TESTED, explained by mpps.set-after-completed: ")
    for check, word in (("worklist.patient-name-charset", "WARN"), ("query.relational", "NOT DECLARED")):
        assert outcome(cases[check]) == "passed"
        assert cases[check].system_out.startswith(f"{word}: ")
    assert outcome(cases["storage.pass-07"]) == "passed"
    assert cases["storage.pass-07"].system_out is None


def test_a_failure_says_everything() -> None:
    cases = {case.name: case for case in suites(report_example.results())["ct-routine"]}
    failure = cases["worklist.match-violated"].result[0]
    assert failure.message == "Every returned item matches each required key of the query"
    assert failure.text.splitlines() == [
        "expected: ScheduledStationAETitle CT_SIM_01 in every item",
        "actual: ScheduledStationAETitle MR_OTHER in 2 of 3 items",
        "clause: PS3.4 K.2.2.1.1.1 (2026b)",
        "level: SHALL",
        "hint: Let the worklist filter by Scheduled Station AE Title, or the scanner's console lists other scanners' "
        "patients and an exam may be done on the wrong one.",
        "exchange: a02.r1",
        "tag: ScheduledProcedureStepSequence[1] > ScheduledStationAETitle",
        "claim: worklist.keys.station",
        "count: 2",
        f"again: {report_example.COMMAND}",
        f"again: {report_example.FINDSCU}",
    ]


def test_what_xml_forbids_is_replaced() -> None:
    cases = list(suites(report_example.results())["mr-unscheduled"])
    assert "patient DOE^JANE\ufffd[2J\ufffd\ufffd" in cases[0].result[0].text
    results = report_example.results()
    render(results.model_copy(update={"statement": "lone \ud800, \ufffe, \x0b"}))


def test_the_worst_of_several_cases_of_one_name_comes_first() -> None:
    results = report_example.results()
    scenario = results.scenarios[1]
    failed = scenario.findings[0]
    passed = failed.model_copy(update={"verdict": Verdict.PASS})
    scenario = scenario.model_copy(update={"findings": [passed, failed]})
    suite = suites(results.model_copy(update={"scenarios": [scenario]}))["ct-routine"]
    assert [outcome(case) for case in suite] == ["Failure", "passed"]


def test_an_interrupted_run_is_not_green() -> None:
    suite = suites(report_example.results(complete=False))["scanproof"]
    assert [outcome(case) for case in suite] == ["Error"]
    assert "Interrupted by the user at 08:16:02" in next(iter(suite)).result[0].text


def test_a_scenario_without_findings_is_a_skip_or_an_error_not_an_empty_suite() -> None:
    results = report_example.results()
    for verdict, wanted in ((Verdict.NOT_APPLICABLE, "Skipped"), (Verdict.INCONCLUSIVE, "Error")):
        scenario = results.scenarios[0].model_copy(update={"findings": [], "verdict": verdict})
        suite = suites(results.model_copy(update={"scenarios": [scenario]}))["mr-unscheduled"]
        assert [outcome(case) for case in suite] == [wanted]


def test_a_scenario_without_findings_is_named_in_its_case() -> None:
    scenario = report_example.results().scenarios[0].model_copy(update={"findings": []})
    (case,) = suites(report_example.results().model_copy(update={"scenarios": [scenario]}))["mr-unscheduled"]
    assert (case.classname, case.name) == ("mr-unscheduled", "scenario")
    assert case.result[0].message == "The scenario as a whole: INCONCLUSIVE"
    assert case.result[0].text.splitlines()[0] == "expected: at least one finding"


def test_a_run_without_scenarios_is_a_skip() -> None:
    suite = suites(report_example.results().model_copy(update={"scenarios": []}))["scanproof"]
    assert [outcome(case) for case in suite] == ["Skipped"]
