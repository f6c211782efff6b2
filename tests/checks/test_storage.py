"""Checks of Storage: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

from pathlib import Path

import pytest

import scanproof.checks.storage  # noqa: F401 - importing registers
from scanproof.finding import Verdict
from tests.support import exam_messages as exam
from tests.support.building import CT_IMAGE, Story, deviations, observe, verdict

CHECKS = ("storage.accepted", "storage.warning")


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    story = Story(tmp_path)
    exam.store(story)
    assert [seen.verdict for seen in observe(check, story.evidence())] == [Verdict.PASS] * 2


@pytest.mark.parametrize(
    ("status", "accepted", "warning"),
    [
        (0x0000, [], []),
        (0xB000, [], [("WARN", None)]),
        (0xB006, [], [("WARN", None)]),
        (0xB007, [], [("WARN", None)]),
        (0xB123, [], [("WARN", None)]),
        (0xA700, [("FAIL", None)], []),
        (0xA900, [("FAIL", None)], []),
        (0xC123, [("FAIL", None)], []),
        (0x0110, [("FAIL", None)], []),
    ],
)
def test_status(
    tmp_path: Path, status: int, accepted: list[tuple[str, str | None]], warning: list[tuple[str, str | None]]
) -> None:
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[1]: status})
    evidence = story.evidence()
    assert deviations("storage.accepted", evidence) == accepted
    assert deviations("storage.warning", evidence) == warning


def test_warning_is_named(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[0]: 0xB006, exam.INSTANCES[1]: 0xB123})
    named = [seen.actual for seen in observe("storage.warning", story.evidence())]
    assert named == ["B006H, elements were discarded", "B123H, a warning that Table B.2-1 does not list"]


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (0xB000, "B000H, elements were coerced"),
        (0xB006, "B006H, elements were discarded"),
        (0xB007, "B007H, SOP Class mismatch"),
    ],
)
def test_each_warning_of_the_table_is_named(tmp_path: Path, status: int, meaning: str) -> None:
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[0]: status})
    assert [seen.actual for seen in observe("storage.warning", story.evidence())] == [meaning, "0000H"]


def test_refusal_shows_what_the_target_said(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    link.ask("C-STORE-RQ", exam.image("1.2.3"), elided=100, AffectedSOPInstanceUID="1.2.3")
    link.answer(0xA700, ErrorComment="disk full")
    (seen,) = observe("storage.accepted", story.evidence())
    assert seen.actual == "C-STORE was answered A700H (disk full)"


@pytest.mark.parametrize("status", [None, "silence"])
def test_no_status_is_not_judged_here(tmp_path: Path, status: str | None) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    link.ask("C-STORE-RQ", exam.image("1.2.3"), elided=100, AffectedSOPInstanceUID="1.2.3")
    if status is None:
        link.answer(None)
    evidence = story.evidence()
    assert {verdict(check, evidence) for check in CHECKS} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize(
    ("status", "told"),
    [(0x0111, "INCONCLUSIVE"), (0x0110, "INCONCLUSIVE"), (0xC001, "INCONCLUSIVE"), (0xA700, "FAIL"), (0xA900, "FAIL")],
)
def test_what_an_earlier_run_may_have_stored_is_refused_by_nobodys_fault(
    status: int, told: str, tmp_path: Path
) -> None:
    story = Story(tmp_path, repeated=True)
    exam.store(story, {exam.INSTANCES[1]: status})
    assert deviations("storage.accepted", story.evidence()) == [(told, None)]
