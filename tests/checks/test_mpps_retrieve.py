"""Checks of N-GET, and of what a refusal left behind: silent on right steps, exact on spoiled ones."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.mpps
import scanproof.checks.mpps_refusals
import scanproof.checks.mpps_retrieve  # noqa: F401 - importing registers
from scanproof.check import registered
from tests.support import exam_messages as exam
from tests.support.building import Story, deviations, facts, observe

CREATE, SET = "N-CREATE-RQ", "N-SET-RQ"
ENDED: dict[str, Any] = {"ErrorID": 0xA710, "ErrorComment": "no longer"}


def found(story: Story) -> dict[str, list[tuple[str, str | None]]]:
    """What MPPS checks find fault with."""
    evidence = story.evidence()
    mpps = [check for check in registered() if check.startswith("mpps.")]
    return {check: seen for check in mpps if (seen := deviations(check, evidence))}


def created(folder: Path, *changes: Callable[[Dataset], Any]) -> Story:
    story = Story(folder)
    exam.mpps(story, CREATE, exam.performed(*changes))
    return story


def held(*modifications: Dataset, change: Callable[[Dataset], Any] = lambda ds: None) -> Dataset:
    """What the step holds after some N-SETs, spoiled by `change`."""
    ds = exam.performed()
    for each in modifications:
        for element in copy.deepcopy(each):
            ds[element.tag] = element
    change(ds)
    return ds


def other_id(ds: Dataset) -> None:
    ds.PatientID = "OTHER"


def without_end(ds: Dataset) -> Dataset:
    del ds.PerformedProcedureStepEndDate
    return ds


PROGRESS, FINAL = exam.modification("IN PROGRESS"), exam.modification("COMPLETED")


def test_a_step_that_is_read_as_it_was_told(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.get(story, held())
    exam.mpps(story, SET, PROGRESS)
    exam.get(story, held(PROGRESS))
    exam.mpps(story, SET, FINAL)
    exam.get(story, held(PROGRESS, FINAL))
    assert found(story) == {}
    checks = ("mpps.get-accepted", "mpps.get-attributes", "mpps.get-values")
    assert [len(observe(check, story.evidence())) for check in checks] == [3, 3, 3]


def in_utf8(ds: Dataset) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"


def padded_name(ds: Dataset) -> None:
    ds.PatientName = f"{ds.PatientName}^^"


def more_in_items(ds: Dataset) -> None:
    scheduled = ds.ScheduledStepAttributesSequence[0]
    scheduled.RequestedProcedureCodeSequence, scheduled.RequestedProcedureDescription = [], "known by now"


def with_fraction(ds: Dataset) -> None:
    ds.PerformedProcedureStepStartTime = "093000.000"


def with_optional(ds: Dataset) -> None:
    ds.CommentsOnThePerformedProcedureStep = "ours"


@pytest.mark.parametrize("change", [in_utf8, padded_name, more_in_items, with_fraction, with_optional])
def test_another_way_to_say_the_same(tmp_path: Path, change: Callable[[Dataset], None]) -> None:
    story = created(tmp_path)
    exam.get(story, held(change=change))
    assert found(story) == {}


def test_text_is_compared_in_its_own_character_set(tmp_path: Path) -> None:
    def latin(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 100", "Süß^Jane"

    def utf8(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 192", "Süß^Jane"

    story = created(tmp_path, latin)
    exam.get(story, held(change=utf8))
    assert found(story) == {}


def no_station(ds: Dataset) -> None:
    del ds.PerformedStationAETitle


def no_location(ds: Dataset) -> None:
    del ds.PerformedLocation  # which had no value


def somewhere(ds: Dataset) -> None:
    ds.PerformedLocation = "ROOM 1"


def other_procedure(ds: Dataset) -> None:
    ds.ScheduledStepAttributesSequence[0].StudyInstanceUID = "2.25.9"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (no_station, {"mpps.get-attributes": [("FAIL", "PerformedStationAETitle")]}),
        (no_location, {"mpps.get-attributes": [("WARN", "PerformedLocation")]}),
        (other_id, {"mpps.get-values": [("FAIL", "PatientID")]}),
        (somewhere, {"mpps.get-values": [("WARN", "PerformedLocation")]}),
        (other_procedure, {"mpps.get-values": [("FAIL", "ScheduledStepAttributesSequence")]}),
    ],
)
def test_what_is_missing_or_another_while_the_step_is_in_progress(
    tmp_path: Path, change: Callable[[Dataset], None], expected: dict[str, Any]
) -> None:
    story = created(tmp_path)
    exam.get(story, held(change=change))
    assert found(story) == expected


def test_only_what_was_asked_for_is_looked_up(tmp_path: Path) -> None:
    story = created(tmp_path)
    some = Dataset()
    some.PatientID = exam.ORDER.PatientID
    exam.get(story, some, attributes=["PatientID", "CommentsOnThePerformedProcedureStep"])
    assert found(story) == {}
    exam.get(story, some, attributes=["PatientID", "StudyID"])
    assert found(story) == {"mpps.get-attributes": [("FAIL", "StudyID")]}


def test_after_the_end_the_scp_may_correct(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, FINAL)
    exam.get(story, held(FINAL, change=other_id))
    assert found(story) == {}
    assert len(facts("mpps.get-values", story.evidence())) == 1


def test_a_step_that_has_ended_is_in_progress_no_more(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, FINAL)
    exam.get(story, held(FINAL, change=lambda ds: setattr(ds, "PerformedProcedureStepStatus", "IN PROGRESS")))
    assert found(story) == {"mpps.get-values": [("FAIL", "PerformedProcedureStepStatus")]}


def test_the_scp_may_have_ended_it_itself(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.get(story, held(change=lambda ds: setattr(ds, "PerformedProcedureStepStatus", "DISCONTINUED")))
    assert found(story) == {"mpps.get-values": [("WARN", "PerformedProcedureStepStatus")]}


@pytest.mark.parametrize(
    ("status", "attributes", "ends", "expected"),
    [
        (0x0110, (), False, ["FAIL"]),
        (0x0112, (), False, ["FAIL"]),
        (0x0112, (), True, ["WARN"]),  # how long it is kept is the SCP's affair
        (0x0106, ("CommentsOnThePerformedProcedureStep",), False, []),
        (0x0106, ("PatientID",), False, ["FAIL"]),
        (0x0211, (), False, ["FAIL"]),
    ],
)
def test_a_step_that_is_not_read(
    tmp_path: Path, status: int, attributes: tuple[str, ...], ends: bool, expected: list[str]
) -> None:
    story = created(tmp_path)
    if ends:
        exam.mpps(story, SET, FINAL)
    exam.get(story, None, status, attributes=attributes)
    assert [verdict for verdict, _ in deviations("mpps.get-accepted", story.evidence())] == expected


def test_a_success_has_a_data_set(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.get(story, None)
    assert found(story) == {"mpps.get-attributes": [("FAIL", None)]}


def test_what_a_warning_leaves_open_is_not_compared(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), 0x0107)
    exam.get(story, held(change=other_id))
    assert found(story) == {"mpps.create-accepted": [("WARN", None)]}


def test_nothing_is_known_of_a_step_that_was_set_without_an_answer(tmp_path: Path) -> None:
    story = created(tmp_path)
    link = story.associate(exam.MPPS, service="mpps")
    link.ask(SET, FINAL, RequestedSOPInstanceUID=exam.MPPS_UID)
    link.event("timeout", waiting="the response", seconds=5)
    exam.get(story, held(change=other_id))
    exam.get(story, None, 0x0112)
    assert found(story) == {}


# --- what was refused -------------------------------------------------------------------------------------------------


def refused_end(folder: Path) -> Story:
    story = created(folder)
    intent = "mpps.set-final-incomplete"
    exam.mpps(story, SET, without_end(exam.modification("COMPLETED")), 0x0106, intent=intent)
    return story


def test_a_refused_end_leaves_the_step_in_progress(tmp_path: Path) -> None:
    story = refused_end(tmp_path)
    exam.get(story, held())
    exam.mpps(story, SET, FINAL)
    assert found(story) == {}
    assert len(observe("mpps.refused-unchanged", story.evidence())) == 2


def test_a_refused_end_that_was_done_shows_in_what_is_read(tmp_path: Path) -> None:
    story = refused_end(tmp_path)
    exam.get(story, held(without_end(exam.modification("COMPLETED"))))
    names = ("PerformedProcedureStepEndTime", "PerformedProcedureStepStatus", "PerformedSeriesSequence")
    assert sorted(str(tag) for _, tag in found(story)["mpps.refused-unchanged"]) == [*names]
    assert set(found(story)) == {"mpps.refused-unchanged"}


def test_a_refused_end_that_was_done_shows_in_the_next_answer(tmp_path: Path) -> None:
    story = refused_end(tmp_path)
    exam.mpps(story, SET, FINAL, 0x0110, **ENDED)
    assert found(story) == {"mpps.refused-unchanged": [("WARN", None)]}


def test_an_end_that_was_refused_because_it_had_ended_is_another_matter(tmp_path: Path) -> None:
    story = created(tmp_path)
    for _ in range(2):
        exam.mpps(story, SET, FINAL, 0x0110, **ENDED)
    assert found(story) == {"mpps.final-accepted": [("WARN", None), ("WARN", None)]}


@pytest.mark.parametrize(
    ("value", "expected"), [(None, {}), ("OTHER", {"mpps.refused-unchanged": [("FAIL", "PatientID")]})]
)
def test_a_patient_whose_change_was_refused(tmp_path: Path, value: str | None, expected: dict[str, Any]) -> None:
    story = created(tmp_path)
    ds = exam.modification("IN PROGRESS", [])
    del ds.PerformedSeriesSequence
    other_id(ds)
    exam.mpps(story, SET, ds, 0x0105, intent="mpps.set-not-allowed")
    exam.get(story, held(change=other_id if value else lambda ds: None))
    assert found(story) == expected


@pytest.mark.parametrize(("value", "expected"), [(None, {}), ("OTHER", {"mpps.not-allowed": [("WARN", "PatientID")]})])
def test_a_patient_whose_change_was_taken(tmp_path: Path, value: str | None, expected: dict[str, Any]) -> None:
    story = created(tmp_path)
    ds = exam.modification("IN PROGRESS")
    other_id(ds)
    exam.mpps(story, SET, ds, intent="mpps.set-not-allowed")
    exam.get(story, held(PROGRESS, change=other_id if value else lambda ds: None))
    assert found(story) == expected
    assert len(facts("mpps.not-allowed", story.evidence())) == 1


def another(ds: Dataset) -> None:
    ds.PerformedProcedureStepDescription = "another"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda ds: None, {}),
        (another, {"mpps.refused-unchanged": [("FAIL", "PerformedProcedureStepDescription")]}),
    ],
)
def test_a_duplicate_that_was_refused(
    tmp_path: Path, change: Callable[[Dataset], None], expected: dict[str, Any]
) -> None:
    story = created(tmp_path)
    exam.mpps(story, CREATE, exam.performed(another), 0x0111, intent="mpps.create-again")
    exam.get(story, held(change=change))
    assert found(story) == expected


@pytest.mark.parametrize(
    ("refusal", "later", "expected"), [(0x0120, 0, "FAIL"), (0x0120, 0x0112, "PASS"), (0x0111, 0, None)]
)
@pytest.mark.parametrize("read", [True, False])
def test_a_step_whose_creation_was_refused(
    tmp_path: Path, refusal: int, later: int, expected: str | None, read: bool
) -> None:
    """0111H says that it is there already, of an earlier run."""
    story = Story(tmp_path, repeated=refusal == 0x0111)

    def no_sex(ds: Dataset) -> None:
        del ds.PatientSex

    lacking = refusal == 0x0120
    changes = [no_sex] if lacking else []
    intent = "mpps.create-lacks-mandatory" if lacking else ""
    exam.mpps(story, CREATE, exam.performed(*changes), refusal, intent=intent)
    if read:
        exam.get(story, held() if not later else None, later)
    else:
        exam.mpps(story, SET, PROGRESS, later)
    seen = observe("mpps.refused-unchanged", story.evidence())
    assert [each.verdict.value for each in seen] == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0x0000, {}),
        (0x0111, {"mpps.refused-unchanged": [("FAIL", None)]}),
        (0x0110, {"mpps.create-accepted": [("FAIL", None)]}),
    ],
)
def test_an_n_create_that_was_mended_after_its_refusal(tmp_path: Path, status: int, expected: dict[str, Any]) -> None:
    def no_sex(ds: Dataset) -> None:
        del ds.PatientSex

    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(no_sex), 0x0120, intent="mpps.create-lacks-mandatory")
    exam.mpps(story, CREATE, exam.performed(), status)
    assert found(story) == expected


def test_a_step_that_another_n_create_made_after_a_refusal(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), 0x0213)
    exam.mpps(story, CREATE, exam.performed())
    exam.mpps(story, SET, FINAL)
    assert set(found(story)) == {"mpps.create-accepted"}
