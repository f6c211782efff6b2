"""What is to be done, in which order: one entry for one reason."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from scanproof.finding import Verdict
from scanproof.report import html, words
from scanproof.report.terminal import summary
from scanproof.results import Results
from scansim.vocabulary.outcome import Outcome
from tests.support import report_example

REASON = "step 1, verify: the association was rejected: called AE title not recognized"


def stopped_by(*checks: str, verdict: Verdict = Verdict.INCONCLUSIVE, actual: str = REASON) -> Results:
    """One scenario in which checks say the same."""
    example = report_example.results()
    scenario = example.scenarios[0]
    findings = [
        report_example.finding(
            check, verdict, scenario.id, f"Rule {check}", "right", actual, hint="check the AE titles"
        )
        for check in checks
    ]
    mine = scenario.model_copy(update={"findings": findings, "verdict": verdict})
    return example.model_copy(update={"scenarios": [mine], "summary": {verdict: len(checks)}})


def test_what_has_one_cause_is_one_entry():
    results = stopped_by("a.one", "a.two", "a.three", verdict=Verdict.FAIL)
    one, two, three = results.scenarios[0].findings
    findings = [
        one.model_copy(update={"group": "a.one#1", "tag": "PatientID"}),
        two.model_copy(update={"group": "a.one#1", "tag": "PatientName", "count": 3}),
        three.model_copy(update={"group": "a.three#1", "root": "a.one#1", "verdict": Verdict.NOT_TESTED}),
    ]
    scenario = results.scenarios[0].model_copy(update={"findings": findings})
    results = results.model_copy(update={"scenarios": [scenario]})
    (entry,) = words.to_do(results)
    assert (entry.number, entry.finding.check, entry.times) == (1, "a.one", 4)
    assert [each.check for each in (*entry.others, *entry.consequences)] == ["a.two", "a.three"]
    console = Console(file=io.StringIO(), width=200)
    summary(results, console)
    text = console.file.getvalue()
    assert text.count(REASON) == 1
    assert "also PatientName" in text
    assert "1 not tested behind it" in text
    page = html.render(results).decode()
    (entry_title,) = re.findall(r"<h4>(.*?)</h4>", page)
    assert "1. " in entry_title
    assert "It explains 1 not tested behind it" in page
    assert all(check in page for check in ("a.one", "a.three"))


def test_another_reason_is_another_entry():
    one, two = stopped_by("a.one"), stopped_by("a.two", actual="no report came")
    scenario = one.scenarios[0].model_copy(
        update={"findings": [*one.scenarios[0].findings, *two.scenarios[0].findings]}
    )
    entries = words.to_do(one.model_copy(update={"scenarios": [scenario]}))
    assert [(entry.number, entry.finding.check, entry.others) for entry in entries] == [
        (1, "a.one", ()),
        (2, "a.two", ()),
    ]


def test_faults_are_never_put_together():
    entries = words.to_do(stopped_by("a.one", "a.two", verdict=Verdict.FAIL))
    assert [entry.finding.check for entry in entries] == ["a.one", "a.two"]


@pytest.mark.parametrize("character", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_no_value_turns_the_direction_of_the_text_around_it(character):
    """With a bidirectional override in a name, a reader would see another name, and another verdict beside it."""
    assert words.printable(f"DOE{character}ENAJ") == "DOE\ufffdENAJ"


@pytest.mark.parametrize("text", ["a\tb\nc", "Müller^Jörg", "山田", "\u200eעברית\u200f", "\ufffd"])
def test_text_that_does_no_harm_stays_as_it_is(text):
    assert words.printable(text) == text


@pytest.mark.parametrize(
    "code", [0x00, 0x08, 0x0B, 0x0D, 0x1B, 0x1F, 0x7F, 0x80, 0x9F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF], ids=hex
)
def test_what_steers_a_terminal_or_breaks_xml_is_replaced(code):
    assert words.printable(f"a{chr(code)}b") == "a\ufffdb"


def test_a_line_ends_in_one_way():
    assert words.printable("one\r\ntwo") == "one\ntwo"


@pytest.mark.parametrize(
    ("cases", "counted"),
    [(("", "", ""), "2 of 3 scenarios; "), (("a", "b", "c"), "2 of 3 cases; "), (("", "b", "c"), "2 of 3 exams; ")],
)
def test_the_headline_counts_what_failed_by_what_it_is(cases, counted):
    example = report_example.results()
    failed, other = example.scenarios[1], example.scenarios[0]
    scenarios = [failed, failed.model_copy(update={"id": "ct-again"}), other]
    scenarios = [each.model_copy(update={"case": case}) for each, case in zip(scenarios, cases, strict=True)]
    text = words.headline(example.model_copy(update={"scenarios": scenarios}))
    assert text.startswith(f"The target failed: 2 requirements not met in {counted}")


@pytest.mark.parametrize(
    ("outcomes", "text"),
    [
        (["done", "done"], "2 of 2 steps done"),
        (["done"], "1 of 1 step done"),
        (["done", "blocked", "blocked"], "1 of 3 steps done, 2 blocked"),
        (["not-offered", "done"], "1 of 2 steps done, 1 out of scope"),
        (["done", "stopped", "blocked"], "1 of 3 steps done, 1 blocked; stopped at step 2 store: no room"),
    ],
)
def test_how_far_the_steps_got(outcomes, text):
    scenario = report_example.stopped()
    step = scenario.steps[0]
    steps = [
        step.model_copy(update={"number": number, "verb": "store", "outcome": Outcome(outcome), "detail": "no room"})
        for number, outcome in enumerate(outcomes, 1)
    ]
    assert words.steps_in_words(scenario.model_copy(update={"steps": steps})) == text


def test_a_step_that_stopped_without_a_reason_just_stopped():
    scenario = report_example.stopped()
    step = scenario.steps[1].model_copy(update={"detail": ""})
    assert words.steps_in_words(scenario.model_copy(update={"steps": [step]})) == (
        "0 of 1 step done; stopped at step 2 store"
    )
