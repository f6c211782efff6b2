"""Groups 0000 to 0007 in any data set of the target: told once, with the text, whatever message it is of."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.finding import Verdict
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, MPPS, STUDY_ROOT_FIND, WORKLIST, Story, deviations, observe, verdict

CHECK = "dataset.no-command-groups"
COMMENT = "requester unknown to this archive"


def comment() -> Dataset:
    ds = Dataset()
    ds.add_new(0x00000902, "LO", COMMENT)
    return ds


def with_comment(ds: Dataset) -> Dataset:
    ds.add_new(0x00000902, "LO", COMMENT)
    return ds


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE])
@pytest.mark.parametrize(
    ("sop_class", "request_name", "status"),
    [
        (COMMITMENT, "N-ACTION-RQ", 0x0110),
        (MPPS, "N-CREATE-RQ", 0x0110),
        (MPPS, "N-SET-RQ", 0x0110),
        (STUDY_ROOT_FIND, "C-FIND-RQ", 0xC001),
        (WORKLIST, "C-FIND-RQ", 0xA700),
    ],
)
def test_the_reason_for_a_refusal_stands_in_the_data_set(
    tmp_path: Path, sop_class: str, request_name: str, status: int, syntax: str
) -> None:
    """R2-09: it is at the wrong place, and it is what the user has to read."""
    story = Story(tmp_path)
    link = story.associate(sop_class, transfer_syntax=syntax)
    link.ask(request_name, exam.study_answer())
    link.answer(status, comment())
    (seen,) = observe(CHECK, story.evidence())
    assert (seen.verdict, seen.tag) == (Verdict.FAIL, "ErrorComment")
    assert seen.actual == f"in the data set of the {request_name.removesuffix('RQ')}RSP: {COMMENT}"


@pytest.mark.parametrize("tag", [0x00020010, 0x00040010, 0x00010010, 0x00070010, 0xFFFF0010])
def test_groups_of_files_and_of_nobody(tmp_path: Path, tag: int) -> None:
    def change(item: Dataset) -> None:
        item.add_new(tag, "LO", "x")

    assert [found for found, _ in deviations(CHECK, exam.judged(tmp_path, change))] == ["FAIL"]


def test_in_an_item_of_a_sequence(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        with_comment(item.ScheduledProcedureStepSequence[0])

    assert deviations(CHECK, exam.judged(tmp_path, change)) == [("FAIL", f"{exam.STEP}[1] > ErrorComment")]


def test_a_commitment_report(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(COMMITMENT, by_target=True)
    link.ask("N-EVENT-REPORT-RQ", comment(), sent=False)
    link.answer(sent=True)
    assert deviations(CHECK, story.evidence()) == [("FAIL", "ErrorComment")]


def test_it_is_told_once(tmp_path: Path) -> None:
    """Not as an attribute that nobody asked for, nor as one with a wrong value."""
    story = Story(tmp_path)
    exam.find(story, [with_comment(exam.study_answer())], "STUDY")
    exam.worklist(story, [with_comment(exam.item())])
    evidence = story.evidence()
    checks = ("query.only-requested", "dataset.query-response", "worklist.only-requested", "dataset.worklist-response")
    assert {check: deviations(check, evidence) for check in checks} == {check: [] for check in checks}
    assert deviations(CHECK, evidence) == [("FAIL", "ErrorComment")] * 2


def test_what_belongs_into_data_sets(tmp_path: Path) -> None:
    """Group 0008 and those after it, private ones, group lengths; and what we send ourselves is for others."""

    def change(item: Dataset) -> None:
        item.private_block(0x0009, "SCANPROOF TEST", create=True).add_new(0x01, "LO", "x")
        item.add_new(0x00080000, "UL", 0)

    evidence = exam.judged(tmp_path, change, identifier=with_comment(exam.keys()))
    assert deviations(CHECK, evidence) == []
    assert verdict(CHECK, evidence) is Verdict.PASS


def test_nothing_is_said_of_nothing(tmp_path: Path) -> None:
    assert verdict(CHECK, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE
