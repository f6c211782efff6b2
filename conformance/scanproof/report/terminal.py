"""The end of a run in a terminal or a log: words first, colours only on top."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from scanproof.again import parts_of
from scanproof.finding import SEVERITY, Verdict
from scanproof.report import words
from scanproof.report.groups import groups
from scanproof.report.tables import times_in_lines
from scanproof.results import Results

if TYPE_CHECKING:
    from rich.console import Console

COLOURS = {
    Verdict.FAIL: "bold red",
    Verdict.INCONCLUSIVE: "bold magenta",
    Verdict.WARN: "bold yellow",
    Verdict.NOT_DECLARED: "cyan",
    Verdict.PASS: "green",
    Verdict.NOT_TESTED: "blue",
    Verdict.NOT_APPLICABLE: "dim",
}

#: Columns of the names of a finding's parts.
_NAME = 12


def _wrapped(first: str, rest: str, text: str, width: int) -> list[str]:
    """Lines of `text` after `first`, the later ones after `rest`; a word (a UID) is never broken or cut."""
    lines: list[str] = []
    for line in words.printable(text).replace("\t", " ").split("\n") or [""]:
        lines += textwrap.wrap(
            line,
            max(width, 40),
            initial_indent=first if not lines else rest,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        ) or [first.rstrip() if not lines else ""]
    return lines


def _command(first: str, rest: str, command: str, width: int) -> list[str]:
    """Lines of a command after `first`, the later ones after `rest`, that a shell takes as they are."""
    lines, parts = [], [first]
    for word in parts_of(words.printable(command)):
        if len(parts) > 1 and len(" ".join(parts)) + len(word) + 3 > width:
            lines.append(f"{parts[0]}{' '.join(parts[1:])} \\")
            parts = [rest]
        parts.append(word)
    return [*lines, f"{parts[0]}{' '.join(parts[1:])}"]


def summary(results: Results, console: Console, reports: Sequence[Path] = ()) -> None:
    """Print what a run found: a line per scenario, what to do, the times, the counts, where the reports are.

    Parameters
    ----------
    results : Results
        The results.
    console : rich.console.Console
        Where to; its width is kept, but words longer than that run over instead of being cut.
    reports : sequence of Path
        The files that `scanproof.report.write_reports` wrote.
    """
    from rich.text import Text  # not at start: --help has to answer fast

    def put(lines: Sequence[str], verdict: Verdict | None = None, mark: str = "") -> None:
        for index, line in enumerate(lines):
            text = Text(line)
            if verdict is not None and index == 0 and mark:
                at = line.find(mark)
                text.stylize(COLOURS[verdict], at, at + len(mark))
            console.print(text, soft_wrap=True, highlight=False)

    width = console.width
    for group in groups(results):
        if group.folded:
            mark = words.word(group.verdict)
            put(_wrapped(f"{mark:<15}", " " * 15, f"{group.name}: {group.told}", width), group.verdict, mark)
        for scenario in group.shown if group.folded else group.scenarios:
            mark = words.word(scenario.verdict)
            line = f"{scenario.label}: {scenario.title}; {words.steps_in_words(scenario)}"
            begin = f"  {mark:<15}" if group.folded else f"{mark:<15}"
            put(_wrapped(begin, " " * len(begin), line, width), scenario.verdict, mark)
        for mark, line in group.quiet if group.folded else ():
            put(_wrapped(f"  {mark:<15}", " " * 17, line, width))

    to_do = words.to_do(results)
    told_again: dict[str, int] = {}
    if any(entry.scenario is None for entry in to_do):
        verdict = words.of_the_run(results)
        mark = words.word(verdict)
        put(_wrapped(f"{mark:<15}", " " * 15, "the run: what only all scenarios together show", width), verdict, mark)

    for entry in to_do:
        finding = entry.finding
        mark = words.word(finding.verdict)
        times = f" (seen {entry.times} times)" if entry.times > 1 else ""
        put([""])
        put(_wrapped("", "    ", f"{mark} {entry.number}. {finding.title}{times}", width), finding.verdict, mark)
        parts = {
            "party": finding.party,
            "where": words.place(finding),
            "check": finding.check,
            "attribute": finding.tag,
            "expected": finding.expected,
            "actual": finding.actual,
            "also": words.seen_elsewhere(entry),
            "clause": finding.clause or words.BASIS[finding.level],
            "explains": words.explained(entry),
            "hint": finding.hint,
        }
        for name, value in parts.items():
            if value:
                put(_wrapped(f"    {name + ':':<{_NAME}}", " " * (4 + _NAME), value, width))
        for line in finding.again:
            first = told_again.setdefault(line, entry.number)
            if first == entry.number:
                put(_command(f"    {'again:':<{_NAME}}", " " * (4 + _NAME), line, width))
            elif parts_of(line)[0] != "scanproof":  # the line of a query is long
                put([f"    {'again:':<{_NAME}}as {parts_of(line)[0]} of {first}"])

    if results.scenarios:
        put([""])
    for scenario in results.scenarios:
        for step in scenario.left_open:
            put(_wrapped("left open: ", "           ", f"{scenario.label}: {words.left_open(step)}", width))
    for line in times_in_lines(results):
        put(_wrapped("times: ", "       ", line, width))
    for told in results.times.notes:
        put(_wrapped("times: ", "       ", told.text, width))
    for line in words.contradicted(results, to_do):
        put(_wrapped("claims: ", "        ", line, width))
    for note in results.notes:
        put(_wrapped("note: ", "      ", note, width))
    verdict = words.overall(results)
    mark = words.word(verdict)
    put(_wrapped(f"{mark}: ", "    ", words.headline(results), width), verdict, mark)
    counts = ", ".join(f"{results.summary.get(each, 0)} {words.word(each)}" for each in SEVERITY)
    counts += f", {results.consequences} consequences" if results.consequences else ""
    put(_wrapped("findings: ", "          ", counts, width))
    for path in reports:
        put([words.printable(f"report: {path}")])
