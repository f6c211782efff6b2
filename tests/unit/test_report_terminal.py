from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console
from rich.style import Style

from scanproof.finding import Verdict
from scanproof.report.terminal import COLOURS, summary
from tests.support import report_example


def printed(width: int = 100, complete: bool = True, colours: bool = False) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=colours, color_system="standard" if colours else None)
    summary(report_example.results(complete), console, [Path("/out/results.json"), Path("/out/report.html")])
    return stream.getvalue()


def test_scenarios_then_findings_then_counts_then_reports() -> None:
    lines = printed(width=120).splitlines()
    assert lines[0].startswith(
        "INCONCLUSIVE   mr-unscheduled: Emergency MR of the head, not scheduled; 1 of 4 steps done"
    )
    assert lines[2] == "FAIL           ct-routine: Routine CT of the abdomen, scheduled; 8 of 8 steps done"
    start = lines.index("FAIL 1. An N-SET on a step that is COMPLETED is refused")
    assert lines[start + 1 : start + 9] == [
        "    party:      mpps RIS_WORKLIST01@ris.radiology.hospital.example:11112",
        "    where:      ct-routine/a05.r2",
        "    check:      mpps.set-after-completed",
        "    expected:   status 0110H (Processing Failure), Error ID A710H",
        "    actual:     status 0000H (Success)",
        "    clause:     PS3.4 F.7.2.2.3 (2026b)",
        "    explains:   1 not tested behind it",
        "    hint:       Have the MPPS SCP refuse changes of a step that is COMPLETED or DISCONTINUED.",
    ]
    told = "2 requirements not met in 1 of 2 scenarios; 2 could not be judged; 2 gave a warning; the AE as"
    assert "claims: 1 claim contradicted, told by 2 above" in lines
    assert lines[-5:] == [
        f"FAIL: The target failed: {told}",
        "    a whole: 2 of 3 claims decided (66 %).",
        "findings: 2 FAIL, 2 INCONCLUSIVE, 2 WARN, 1 NOT DECLARED, 30 PASS, 1 NOT TESTED, 1 NOT APPLICABLE",
        "report: /out/results.json",
        "report: /out/report.html",
    ]


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_uid_is_cut_or_broken(width: int) -> None:
    text = printed(width)
    assert f"{report_example.STUDY_UID}.1," in text
    assert f"{report_example.STUDY_UID}.2" in text
    assert "…" not in text


def test_lines_keep_the_width_where_words_allow() -> None:
    long = [line for line in printed(60).splitlines() if len(line) > 60]
    assert [line for line in long if " " in line.strip() and not re.search(r"\S{44}", line)] == []


def test_a_log_gets_no_control_characters() -> None:
    text = printed()
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", text) is None
    assert "DOE^JANE\ufffd[2J" in text


def test_colours_are_only_on_top() -> None:
    coloured = printed(colours=True)
    assert "\x1b[1;31mFAIL\x1b[0m 1. An N-SET" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == printed()


def test_markup_of_rich_is_text() -> None:
    results = report_example.results()
    stream = io.StringIO()
    summary(results.model_copy(update={"notes": ["[bold]not[/bold] :smile: [/]"]}), Console(file=stream, width=80))
    assert "note: [bold]not[/bold] :smile: [/]\n" in stream.getvalue()


def test_an_interrupted_run_says_so() -> None:
    text = printed(width=200, complete=False)
    assert "FAIL: Partial result, the run was interrupted. The target failed" in text
    assert "note: Interrupted by the user at 08:16:02, in ct-routine." in text


def test_every_verdict_has_a_colour_of_its_own() -> None:
    styles = [Style.parse(COLOURS[verdict]) for verdict in Verdict]
    assert all(styles)
    assert len(set(styles)) == len(Verdict)


def test_a_command_is_told_once_and_a_long_query_by_the_number_of_its_first_entry() -> None:
    results = report_example.results()
    (routine,) = (each for each in results.scenarios if each.id == "ct-routine")
    first = next(each for each in routine.findings if len(each.again) == 2)
    second = first.model_copy(
        update={"check": "worklist.other", "title": "Another fault of the same query", "group": "x"}
    )
    more = routine.model_copy(update={"findings": [*routine.findings, second]})
    changed = results.model_copy(update={"scenarios": [more]})
    stream = io.StringIO()
    summary(changed, Console(file=stream, width=100))
    text = stream.getvalue()
    assert text.count(report_example.COMMAND) == 1
    assert text.count("findscu -W") == 1
    assert re.search(r"Another fault of the same query(?s:.*)again:      as findscu of \d\n", text)
