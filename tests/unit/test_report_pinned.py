"""The reports of one example, pinned: what changes in them is seen in review.

With SCANPROOF_PINNED=write in the environment they are written anew; read the difference before you commit.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from scanproof.finding import Verdict
from scanproof.report import html, junit
from scanproof.report.sequence import Mark, Picture, draw
from scanproof.report.terminal import summary
from scanproof.results import Results, ScenarioResult
from tests.support import report_example

PINNED = Path(__file__).parent / "pinned"


def pinned(name: str, text: str) -> None:
    path = PINNED / name
    if os.environ.get("SCANPROOF_PINNED") == "write":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path}: see the head of this file"


def example() -> Results:
    """The example with two images, and with a second check that could not judge for the same reason."""
    results = report_example.results(complete=False)
    stopped, routine = results.scenarios
    left_out = re.compile(r"a04\.[rs]([3-9]|[1-4][0-9])$")
    kept = [exchange for exchange in routine.exchanges if not left_out.match(exchange.id)]
    found = [
        finding for finding in routine.findings if not re.match(r"storage\.pass-(0[3-9]|[1-3][0-9])$", finding.check)
    ]
    other = stopped.findings[0].model_copy(update={"check": "storage.accepted", "title": "Each instance is stored"})
    scenarios = [
        stopped.model_copy(update={"findings": [*stopped.findings, other]}),
        routine.model_copy(update={"exchanges": kept, "findings": found}),
    ]
    return results.model_copy(update={"scenarios": scenarios})


def test_the_end_of_a_run_in_a_terminal() -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=90, force_terminal=True, color_system="standard")
    summary(example(), console, [Path("/out/results.json"), Path("/out/report.html")])
    pinned("summary.txt", stream.getvalue().replace("\x1b", "␛"))


def test_junit_xml() -> None:
    pinned("junit.xml", junit.render(example()).decode())


def test_report_html() -> None:
    page = re.sub(r"<style>.*?</style>", "<style/>", html.render(example()).decode(), flags=re.DOTALL)
    pinned("report.html", page)


def placed(picture: Picture | None) -> str:
    """Where everything in a picture is, a line for each part."""
    assert picture is not None
    lines = [
        f"{picture.width} x {picture.height}, top {picture.top}, harness {picture.harness_x}, badges {picture.badge_x}"
    ]
    lines += [f"lane {lane.x}: {' / '.join(lane.title)} at {' / '.join(lane.address)}" for lane in picture.lanes]
    for row in picture.rows:
        time = f" at {row.time:.3f} s" if row.time is not None else ""
        what = f"{row.kind} lane {row.lane} {'>' if row.outgoing else '<'} {' / '.join(row.lines)}"
        lines.append(f"{row.y:4} {what}{time}{' broken' if row.broken else ''} {row.badge}".rstrip())
    lines += [f"band of lane {band.lane}: {band.top} to {band.bottom}" for band in picture.bands]
    return "\n".join(lines) + "\n"


MARKS = {
    "a02.r2": [Mark(Verdict.WARN, number, "w") for number in (2, 3, 4)] + [Mark(Verdict.FAIL, 9, "f")],
    "a04.r40": [Mark(Verdict.PASS, 5, "p")],
    "a05": [Mark(Verdict.FAIL, 1, "f")],
}


def long_names(scenario: ScenarioResult) -> ScenarioResult:
    """An archive whose address and services do not fit a line, of an association that never ended."""
    (first,) = scenario.associations
    address = "archive-of-the-radiology.department.hospital.example:11112"
    return scenario.model_copy(
        update={
            "associations": [
                first.model_copy(update={"peer": address, "ended": ""}),
                first.model_copy(update={"id": "a02", "peer": address, "seconds": None, "service": "commitment"}),
                first.model_copy(update={"id": "a03", "peer": "10.0.0.1:104", "called_ae": "OTHER", "seconds": None}),
            ]
        }
    )


@pytest.mark.parametrize(
    ("name", "scenario", "marks"),
    [
        ("sequence-routine.txt", report_example.routine(), MARKS),
        ("sequence-stopped.txt", report_example.stopped(), {}),
        ("sequence-names.txt", long_names(report_example.stopped()), {}),
    ],
)
def test_the_picture_of_a_conversation(name: str, scenario: ScenarioResult, marks: dict[str, list[Mark]]) -> None:
    pinned(name, placed(draw(scenario, marks)))
