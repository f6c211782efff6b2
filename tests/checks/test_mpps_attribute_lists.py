"""The check of what MPPS responses name: silent on right and absent lists, exact on wrong ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.tag import Tag

import scanproof.checks.mpps_attribute_lists  # noqa: F401 - importing registers
from scanproof.finding import Verdict
from tests.support import exam_messages as exam
from tests.support.building import Story, observe

CREATE, SET = "N-CREATE-RQ", "N-SET-RQ"
LACKS, FIRST = "mpps.create-lacks-mandatory", "mpps.create-not-in-progress"


def tags(*keywords: str) -> tuple[int, ...]:
    return tuple(int(Tag(name)) for name in keywords)


def no_sex(ds: Dataset) -> None:
    del ds.PatientSex


def no_study(ds: Dataset) -> None:
    del ds.ScheduledStepAttributesSequence[0].StudyInstanceUID


def empty_modality(ds: Dataset) -> None:
    ds.Modality = ""


def completed(ds: Dataset) -> None:
    ds.PerformedProcedureStepStatus = "COMPLETED"


def hollow(ds: Dataset) -> None:
    ds.ReferencedPatientSequence = [Dataset()]


def as_it_is(ds: Dataset) -> None:
    pass


def told(story: Story) -> list[str]:
    return [seen.verdict.value for seen in observe("mpps.attribute-list", story.evidence())]


@pytest.mark.parametrize(
    ("change", "intent", "status", "named", "expected"),
    [
        (no_sex, LACKS, 0x0120, ("PatientSex",), ["PASS"]),
        (no_sex, LACKS, 0x0120, (), []),
        (no_sex, LACKS, 0x0110, ("PatientName",), []),  # no text says what a list beside it is
        (no_sex, LACKS, 0x0120, ("PatientSex", "PatientName"), ["WARN"]),
        (no_sex, LACKS, 0x0120, ("PatientName",), ["WARN"]),
        (no_sex, LACKS, 0x0120, ("ReferringPhysicianName",), ["WARN"]),  # missing as well, and not what was wrong
        (no_sex, LACKS, 0x0120, ("PatientSex", "ReferringPhysicianName"), ["PASS"]),  # more than the table wants
        (no_study, LACKS, 0x0120, ("StudyInstanceUID",), ["PASS"]),
        (no_study, LACKS, 0x0120, ("ScheduledStepAttributesSequence",), ["PASS"]),  # where it is missing
        (no_study, LACKS, 0x0120, ("AccessionNumber",), ["WARN"]),
        (as_it_is, "", 0x0120, ("PatientSex",), ["WARN"]),
        (as_it_is, "", 0x0120, ("ReferringPhysicianName",), ["PASS"]),  # refused for something that is not there
        (as_it_is, "", 0x0107, ("PerformedLocation",), ["PASS"]),
        (as_it_is, "", 0x0107, ("ReferringPhysicianName",), ["WARN"]),
        (hollow, "mpps.create-empty-item", 0x0120, ("ReferencedSOPInstanceUID",), []),
    ],
)
def test_attribute_identifier_list(
    tmp_path: Path,
    change: Callable[[Dataset], None],
    intent: str,
    status: int,
    named: tuple[str, ...],
    expected: list[str],
) -> None:
    story = Story(tmp_path)
    answer: dict[str, Any] = {"AttributeIdentifierList": tags(*named)} if named else {}
    exam.mpps(story, CREATE, exam.performed(change), status, intent=intent, **answer)
    assert told(story) == expected


@pytest.mark.parametrize(
    ("named", "expected"),
    [(("PatientID",), "PASS"), (("PatientName",), "WARN"), (("PerformedSeriesSequence",), "WARN")],
)
def test_what_is_not_recognized_was_sent(tmp_path: Path, named: tuple[str, ...], expected: str) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed())
    ds = exam.modification("IN PROGRESS")
    ds.PatientID = "OTHER"
    exam.mpps(story, SET, ds, 0x0105, intent="mpps.set-not-allowed", AttributeIdentifierList=tags(*named))
    assert told(story) == [expected]


def values(**what: str) -> Dataset:
    ds = Dataset()
    for name, value in what.items():
        setattr(ds, name, value)
    return ds


@pytest.mark.parametrize(
    ("change", "intent", "status", "came", "expected"),
    [
        (completed, FIRST, 0x0106, None, []),
        (completed, FIRST, 0x0106, values(PerformedProcedureStepStatus="COMPLETED"), ["PASS"]),
        (completed, FIRST, 0x0106, values(PerformedProcedureStepStatus="IN PROGRESS"), ["WARN"]),
        (completed, FIRST, 0x0106, values(Modality="CT"), ["WARN"]),
        (empty_modality, "mpps.create-empty-mandatory", 0x0121, values(Modality=""), ["PASS"]),
        (empty_modality, "mpps.create-empty-mandatory", 0x0121, values(PatientID=""), ["WARN"]),
        (as_it_is, "", 0x0106, values(PatientBirthDate="18990101"), ["WARN"]),  # not what was sent
        (as_it_is, "", 0x0116, exam.performed(), ["PASS"]),  # which values are out of its range is the target's affair
    ],
)
def test_values_that_come_back(
    tmp_path: Path,
    change: Callable[[Dataset], None],
    intent: str,
    status: int,
    came: Dataset | None,
    expected: list[str],
) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(change), status, intent=intent, values=came)
    assert told(story) == expected


@pytest.mark.parametrize(
    ("asked", "named", "expected"),
    [
        (("PatientID", "StudyID"), ("StudyID",), ["PASS"]),
        (("PatientID",), ("StudyID",), ["WARN"]),
        ((), ("StudyID",), ["PASS"]),
    ],
)
def test_what_n_get_does_not_recognize_was_asked_for(
    tmp_path: Path, asked: tuple[str, ...], named: tuple[str, ...], expected: list[str]
) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed())
    exam.get(story, Dataset(), 0x0107, attributes=asked, AttributeIdentifierList=tags(*named))
    assert told(story) == expected


def test_nothing_is_said_of_a_right_exam(tmp_path: Path) -> None:
    assert not [
        seen
        for seen in observe("mpps.attribute-list", exam.whole(tmp_path).evidence())
        if seen.verdict is not Verdict.PASS
    ]
