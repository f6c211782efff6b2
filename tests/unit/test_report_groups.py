"""Cases of one scenario: told together, and one by one where somebody has to look."""

from __future__ import annotations

import io
import re

from rich.console import Console

from scanproof.finding import Verdict
from scanproof.report import html, words
from scanproof.report.groups import groups
from scanproof.report.tables import bar, took
from scanproof.report.terminal import summary
from scanproof.results import Results, ScenarioResult
from tests.support import report_example

REASON = "odd data, which --odd-data allows"


def case(name: str, verdict: Verdict = Verdict.PASS, not_run: str = "") -> ScenarioResult:
    finding = report_example.finding("mpps.unit", verdict, "mpps-battery", "A rule", "right", "seen", case=name)
    return ScenarioResult(
        id="mpps-battery",
        case=name,
        title=f"what {name} is",
        verdict=Verdict.NOT_TESTED if not_run else verdict,
        not_run=not_run,
        steps=[],
        findings=[] if not_run else [finding],
    )


def battery(*others: ScenarioResult) -> Results:
    cases = [case(f"mpps-battery/right-{number}") for number in range(1, 21)]
    example = report_example.results()
    scenarios = [*cases, *example.scenarios, *others]
    return example.model_copy(update={"scenarios": scenarios, "claims": []})


def terminal(results: Results) -> str:
    console = Console(file=io.StringIO(), width=200)
    summary(results, console)
    return console.file.getvalue()


FAULTY = (
    case("mpps-battery/wrong", Verdict.FAIL),
    case("mpps-battery/odd-1", not_run=REASON),
    case("mpps-battery/odd-2", not_run=REASON),
)


def test_cases_stand_together_in_the_place_of_the_first() -> None:
    found = groups(battery(*FAULTY))
    assert [each.name for each in found] == ["mpps-battery", "mr-unscheduled", "ct-routine"]
    assert [each.folded for each in found] == [True, False, False]
    assert found[0].told == "23 cases: 1 FAIL, 20 PASS, 2 not run"
    assert found[0].verdict is Verdict.FAIL
    assert found[0].quiet == [("not run", f"2 cases, such as mpps-battery/odd-1: {REASON}")]


def test_one_case_is_told_as_it_is() -> None:
    example = report_example.results().model_copy(update={"scenarios": [case("mpps-battery/alone")]})
    (group,) = groups(example)
    assert (group.name, group.folded) == ("mpps-battery/alone", False)


def test_a_battery_of_which_nothing_was_run_is_not_tested() -> None:
    cases = [case(f"mpps-battery/odd-{number}", not_run=REASON) for number in (1, 2)]
    (group,) = groups(report_example.results().model_copy(update={"scenarios": cases}))
    assert (group.verdict, group.told) == (Verdict.NOT_TESTED, "2 cases: 2 not run")


def test_a_terminal_names_the_cases_that_are_not_right() -> None:
    text = terminal(battery(*FAULTY))
    lines = text.splitlines()
    assert lines[0] == "FAIL           mpps-battery: 23 cases: 1 FAIL, 20 PASS, 2 not run"
    assert lines[1].startswith("  FAIL           mpps-battery/wrong: what mpps-battery/wrong is")
    assert lines[2] == f"  not run        2 cases, such as mpps-battery/odd-1: {REASON}"
    assert "mpps-battery/right" not in text


def test_cases_that_showed_nothing_are_told_by_their_reason() -> None:
    quiet = [case(f"mpps-battery/away-{number}", Verdict.NOT_APPLICABLE) for number in range(3)]
    text = terminal(battery(*quiet))
    assert "  NOT APPLICABLE 3 cases, such as mpps-battery/away-0: 0 of 0 steps done" in text
    assert "away-1" not in text


def test_a_page_folds_cases_that_are_all_right() -> None:
    page = html.render(battery()).decode()
    assert re.search(r'<details class="fold"><summary>The cases of mpps-battery', page)
    assert page.count('<details class="fold cases"><summary>') == 2  # steps, findings; they said nothing to each other
    assert page.count("mpps-battery/right-7</a>") == 1


def test_a_page_is_open_where_there_is_something_to_see() -> None:
    page = html.render(battery(*FAULTY)).decode()
    assert re.findall(r'<details class="fold"( open)?><summary>(Cases to look at|The other cases)', page) == [
        (" open", "Cases to look at"),
        ("", "The other cases"),
    ]
    loud = page.partition("<summary>Cases to look at<")[2].partition("<summary>The other cases")[0]
    assert "FAIL" in loud
    assert "Not run" not in loud
    assert '<details class="fold cases" open><summary>' in page
    assert page.count(f'Not run: <span class="own" dir="auto">{REASON}') == 2
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)


def test_very_many_cases_to_look_at_are_folded() -> None:
    """What is to be done about them stands below, and is not to be looked for behind a hundred lines."""
    wrong = [case(f"mpps-battery/wrong-{number}", Verdict.FAIL) for number in range(13)]
    page = html.render(battery(*wrong)).decode()
    assert '<details class="fold"><summary>Cases to look at: 13<' in page


def test_the_headline_says_how_many_cases_were_not_run() -> None:
    results = battery(*FAULTY)
    left_out = sum(bool(each.not_run) for each in results.scenarios)
    assert left_out
    told = words.headline(results)
    assert f"{words.plural(left_out, 'case')} not run" in told
    assert f" of {words.plural(len(results.scenarios) - left_out, 'exam')}" in told


def test_times_in_words_and_bars() -> None:
    assert [took(each) for each in (0.00042, 0.0099, 0.00996, 0.0123, 0.4, 1.0, 12.34, 99.96, 250)] == (
        ["0.42 ms", "9.9 ms", "10 ms", "12 ms", "400 ms", "1 s", "12.3 s", "100 s", "250 s"]
    )
    assert [bar(each) for each in (0.0, 0.0001, 0.1, 100, 1000)] == [0, 0, 50, 100, 100]
