"""Checks of Storage: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

from pathlib import Path

import pytest

import scanproof.checks.iod
import scanproof.checks.storage  # noqa: F401 - importing registers
from scanproof.finding import Level, Verdict
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
    exam.send(link, "1.2.3")
    link.answer(0xA700, ErrorComment="disk full")
    (seen,) = observe("storage.accepted", story.evidence())
    assert seen.actual == "C-STORE was answered A700H (disk full): it is out of resources, it says"


@pytest.mark.parametrize("status", [None, "silence"])
def test_no_status_is_not_judged_here(tmp_path: Path, status: str | None) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    exam.send(link, "1.2.3")
    if status is None:
        link.answer(None)
    evidence = story.evidence()
    assert {verdict(check, evidence) for check in CHECKS} == {Verdict.NOT_APPLICABLE}


def test_an_instance_that_was_stored_may_be_refused_when_it_comes_again(tmp_path: Path) -> None:
    """It stays stored; the refusal is told."""
    story = Story(tmp_path)
    exam.store(story)
    exam.store(story, {exam.INSTANCES[0]: 0x0111})
    evidence = story.evidence()
    assert deviations("storage.accepted", evidence) == []
    assert len(observe("storage.accepted", evidence)) == 4


def test_an_instance_that_was_refused_is_to_be_taken_when_it_comes_again(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[0]: 0x0110})
    exam.store(story, {exam.INSTANCES[0]: 0xA700})
    assert deviations("storage.accepted", story.evidence()) == [("FAIL", None)] * 2


def test_other_content_under_the_uid_of_what_was_stored_is_ours(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story)
    exam.store(story, {exam.INSTANCES[0]: 0x0110}, exam.put("PatientID", "OTHER"), instances=exam.INSTANCES[:1])
    assert deviations("storage.accepted", story.evidence()) == [("INCONCLUSIVE", None)]  # whatever an SCP does with it
    wrong = [seen for seen in observe("iod.ours", story.evidence()) if seen.verdict is not Verdict.PASS]
    assert [seen.verdict for seen in wrong] == [Verdict.INCONCLUSIVE]
    assert "stored before with another content" in wrong[0].actual


def test_an_image_of_ours_that_does_not_conform_decides_nothing(tmp_path: Path) -> None:
    for status in (0x0000, 0xA900):
        story = Story(tmp_path)
        exam.store(story, dict.fromkeys(exam.INSTANCES, status), exam.put("PatientPosition", "hfs"))
        assert verdict("storage.accepted", story.evidence()) is Verdict.INCONCLUSIVE


def test_a_refusal_of_a_valid_instance_is_against_the_test_and_cites_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[0]: 0x0122})
    (seen, _) = observe("storage.accepted", story.evidence())
    assert (seen.verdict, seen.level, seen.clause) == (Verdict.FAIL, Level.EXPECTED, "")
    assert seen.actual == "C-STORE was answered 0122H: it does not support the SOP Class"


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
