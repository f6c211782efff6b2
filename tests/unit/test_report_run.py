"""What only the whole run shows: judged, kept and told beside the scenarios."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console

from scanproof.conclude import exit_code
from scanproof.finding import Finding, Verdict
from scanproof.report import html, json_report, junit, words
from scanproof.report.terminal import summary
from scanproof.results import Results, json_schema
from scanproof.session import collect
from tests.support import exam_messages as exam
from tests.support import report_example
from tests.support.building import Story

CHECK = "identity.item-stable"


def of_the_run(verdict: Verdict = Verdict.FAIL, scenario: str = "ct-routine", **more: object) -> Finding:
    facts = {"exchange": "a02.r1", "hint": "Store it.", **more}
    return report_example.finding(CHECK, verdict, scenario, "One identity", "as before", "another one", **facts)


def example(*findings: Finding) -> Results:
    """A run whose scenarios all passed, with findings of the run."""
    results = report_example.results()
    scenarios = [
        scenario.model_copy(
            update={
                "findings": [each for each in scenario.findings if each.verdict is Verdict.PASS],
                "verdict": Verdict.PASS,
            }
        )
        for scenario in results.scenarios
    ]
    mine = results.model_copy(update={"scenarios": scenarios, "findings": list(findings)})
    verdicts = [finding.verdict for finding in mine.all_findings]
    return mine.model_copy(update={"summary": {verdict: verdicts.count(verdict) for verdict in Verdict}})


def terminal(results: Results) -> str:
    console = Console(file=io.StringIO(), width=200)
    summary(results, console)
    return console.file.getvalue()


def test_it_counts_for_the_verdict_of_the_run_and_for_the_exit_code() -> None:
    assert words.overall(example()) is Verdict.PASS
    failed = example(of_the_run())
    assert words.overall(failed) is Verdict.FAIL
    assert (exit_code(failed, "fail"), exit_code(example(of_the_run(Verdict.INCONCLUSIVE)), "fail")) == (1, 3)
    assert words.headline(failed).startswith("The target failed: 1 requirement not met in 1 of 2 scenarios; ")
    of_none = words.headline(example(of_the_run(scenario="", exchange=None)))
    assert of_none.startswith("The target failed: 1 requirement not met; ")


def test_the_terminal_tells_it_with_its_place() -> None:
    text = terminal(example(of_the_run()))
    assert re.search(r"^FAIL +the run: ", text, re.MULTILINE)
    assert "1. One identity" in text
    assert re.search(r"where: +ct-routine/a02\.r1$", text, re.MULTILINE)
    assert "the run" not in terminal(example(of_the_run(Verdict.PASS)))
    assert re.search(r"where: +the run$", terminal(example(of_the_run(scenario="", exchange=None))), re.MULTILINE)


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.NOT_DECLARED, Verdict.NOT_APPLICABLE])
def test_the_page_folds_a_finding_of_the_run_away_once(verdict: Verdict) -> None:
    page = html.render(example(of_the_run(verdict))).decode()
    assert page.count(f'id="finding_run_{CHECK}') == 1


def test_the_page_leads_from_a_finding_of_the_run_to_its_claim() -> None:
    page = html.render(example(of_the_run(claim="worklist.find"))).decode()
    card = page[page.index(f'id="finding_run_{CHECK}"') :]
    assert 'href="#claim_worklist.find"' in card[: card.index("</article>")]


def test_the_page_tells_it_and_leads_to_its_message() -> None:
    page = html.render(example(of_the_run())).decode()
    (link,) = re.findall(r'<dt>Message</dt><dd><a href="#([^"]+)">ct-routine/a02\.r1</a>', page)
    assert f'id="{link}"' in page
    assert page.count(f'href="#finding_run_{CHECK}"') == 1  # marked in the picture of the conversation
    assert f'<article class="card fail" id="finding_run_{CHECK}">' in page
    folded = html.render(example(of_the_run(Verdict.PASS))).decode()
    assert re.search(r"<h3>the run .*\n.*\n<table>(.*\n)+?.*identity\.item-stable", folded)
    assert "what only all scenarios together show" not in html.render(example()).decode()


def test_junit_has_a_suite_for_it() -> None:
    results = example(of_the_run(), of_the_run(Verdict.PASS, count=3))
    suite = ET.fromstring(junit.render(results)).find("testsuite[@name='scanproof']")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    failed, passed = suite.findall("testcase")
    assert {case.get("classname") for case in (failed, passed)} == {"scanproof"}
    assert "exchange: ct-routine/a02.r1" in (failed.findtext("failure") or "")
    assert list(passed) == []
    names = [case.get("name") for case in suite.findall("testcase")]
    assert names == [CHECK, f"{CHECK} (2)"]  # no two of one class and name
    partial = ET.fromstring(junit.render(results.model_copy(update={"complete": False})))
    cases = partial.findall("testsuite[@name='scanproof']/testcase")
    assert [case.get("name") for case in cases] == ["complete", CHECK, f"{CHECK} (2)"]


def test_an_entry_that_is_of_the_run_too_is_one_entry() -> None:
    of_run = of_the_run(Verdict.INCONCLUSIVE, exchange=None, group="x#1")
    results = example(of_run)
    own = of_run.model_copy(update={"check": "worklist.query-accepted"})
    update = {"findings": [own], "verdict": Verdict.INCONCLUSIVE}
    scenario = results.scenarios[1].model_copy(update=update)
    both = results.model_copy(update={"scenarios": [results.scenarios[0], scenario]})
    (entry,) = words.to_do(both)
    assert (entry.finding.check, [each.check for each in entry.others]) == (own.check, [CHECK])
    (alone,) = words.to_do(results)
    assert (alone.scenario, alone.finding.check) == (None, CHECK)


def test_the_json_has_it_in_order_and_reads_results_that_have_none() -> None:
    results = example(of_the_run(exchange="a02.r10"), of_the_run(exchange="a02.r2"))
    data = json.loads(json_report.render(results))
    Draft202012Validator(json_schema()).validate(data)
    assert [finding["exchange"] for finding in data["findings"]] == ["a02.r2", "a02.r10"]
    del data["findings"]  # as it was before
    assert Results.model_validate(data).findings == []


# --- from the transcripts ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two scenarios in which one step has two studies; each asks for it once."""
    changed = exam.item()
    exam.put("StudyInstanceUID", "2.25.1")(changed)
    for number, item in enumerate((exam.item(), changed)):
        story = Story(tmp_path, id=f"story{number}", ledger=exam.ledger())
        exam.worklist(story, [item])
        story.step("query-worklist", "worklist", associations=["a01"])
        story.transcript()
    facts = {"seed": 1, "date": "2026-01-02", "started": "2026-01-02T09:30:00", "scenarios": ["story0", "story1"]}
    facts |= {"target": [], "complete": True, "notes": []}
    (tmp_path / "run.json").write_text(json.dumps(facts))
    return tmp_path


def test_a_run_is_judged_once_and_its_message_is_kept_for_the_reader(folder: Path) -> None:
    results = collect(folder)
    (finding,) = [each for each in results.findings if each.verdict is not Verdict.NOT_TESTED and each.check == CHECK]
    assert (finding.check, finding.verdict, finding.tag) == (CHECK, Verdict.FAIL, "StudyInstanceUID")
    assert (finding.scenario, finding.exchange) == ("story1", "a01.r1")
    assert all(each.check != CHECK for scenario in results.scenarios for each in scenario.findings)
    entries = {each.group for each in results.all_findings if each.verdict is Verdict.FAIL and each.root is None}
    assert results.summary[Verdict.FAIL] == len(entries)
    shown = {exchange.id: exchange for exchange in results.scenarios[1].exchanges}
    assert any("StudyInstanceUID: 2.25.1" in line for line in shown["a01.r1"].dataset)
