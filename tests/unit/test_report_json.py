from __future__ import annotations

import json

import jsonschema

from scanproof.finding import SEVERITY
from scanproof.report.json_report import ordered, render
from scanproof.results import FORMAT, Results, json_schema
from tests.support import report_example


def test_it_fits_its_schema() -> None:
    data = json.loads(render(report_example.results()))
    jsonschema.Draft202012Validator(json_schema()).validate(data)
    assert data["format"] == FORMAT


def test_it_is_indented_utf8_with_a_line_feed_at_the_end() -> None:
    content = render(report_example.results())
    assert content.startswith(b'{\n  "format": "scanproof-results/1",\n  "tool": {\n    "name": "scanproof",\n')
    assert content.endswith(b"}\n")
    assert "山田^太郎".encode() in content


def test_it_reads_back_as_the_same_results() -> None:
    results = ordered(report_example.results())
    assert Results.model_validate_json(render(results)) == results


def test_order_without_meaning_does_not_show() -> None:
    results = report_example.results()
    shuffled = results.model_copy(
        update={
            "summary": dict(reversed(results.summary.items())),
            "claims": results.claims[::-1],
            "scenarios": [
                scenario.model_copy(update={"findings": scenario.findings[::-1]}) for scenario in results.scenarios
            ],
        }
    )
    assert render(shuffled) == render(results)
    data = json.loads(render(shuffled))
    assert list(data["summary"]) == [verdict for verdict in SEVERITY if verdict in results.summary]
    assert [scenario["id"] for scenario in data["scenarios"]] == ["mr-unscheduled", "ct-routine"]
    assert [step["number"] for step in data["scenarios"][1]["steps"]] == list(range(1, 9))


def test_findings_of_one_check_stand_in_the_order_of_their_messages() -> None:
    results = report_example.results()
    scenario = results.scenarios[1]
    two, ten = (scenario.findings[0].model_copy(update={"exchange": f"a02.r{number}"}) for number in (2, 10))
    update = {"findings": [ten, two]}
    sorted_ = ordered(results.model_copy(update={"scenarios": [scenario.model_copy(update=update)]}))
    assert [finding.exchange for finding in sorted_.scenarios[0].findings] == ["a02.r2", "a02.r10"]


def test_a_lone_surrogate_survives() -> None:
    results = report_example.results().model_copy(update={"notes": ["odd \ud800 text"]})
    assert json.loads(render(results).decode("utf-8"))["notes"] == ["odd \ud800 text"]
