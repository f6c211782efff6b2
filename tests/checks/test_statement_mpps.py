"""Claims about an MPPS manager against the wire: what contradicts each of them, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.tag import Tag

import scanproof.checks.statement_mpps as module
from scanproof.check import _CHECKS, Proof
from scanproof.finding import Verdict
from scanproof.statements.conditions import status_conditions
from tests.support.building import Story, facts
from tests.support.exam_messages import modification, mpps, performed
from tests.support.saying import result, said, saying

ATTRIBUTES, AFTER, DUPLICATE, STATUS = CHECKS = (
    "statement.mpps-attributes",
    "statement.mpps-after-final",
    "statement.mpps-duplicate",
    "statement.mpps-status",
)
CREATE, SET = "N-CREATE-RQ", "N-SET-RQ"
LACKS, LACKS_IN_SET, AFTER_FINAL, INCOMPLETE = (
    "mpps.create-lacks-mandatory",
    "mpps.set-lacks-mandatory",
    "mpps.set-after-final",
    "mpps.set-final-incomplete",
)
FAIL = Verdict.FAIL
Change = Callable[[Dataset], object]


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def without(*names: str) -> Change:
    return lambda ds: [delattr(ds, name) for name in names]


def test_each_check_is_proven_here():
    assert {each.id for each in _CHECKS.values() if each.function.__module__ == module.__name__} == set(CHECKS)
    assert {_CHECKS[name].proven_by for name in CHECKS} == {Proof.STATEMENTS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_claim(story, check):
    mpps(story, CREATE, performed())
    mpps(story, CREATE, performed(), 0x0111)
    mpps(story, SET, modification("COMPLETED"))
    mpps(story, SET, modification("COMPLETED"), 0x0110, intent=AFTER_FINAL)
    assert said(story, check) == ([], [])


# --- attributes -------------------------------------------------------------------------------------------------------


def naming(*names: str) -> dict[str, Any]:
    return {"AttributeIdentifierList": tuple(int(Tag(name)) for name in names)}


def creates(*names: str, status: int = 0x0120, **answer: Any) -> Callable[[Story], None]:
    return lambda story: mpps(story, CREATE, performed(without(*names)), status, intent=LACKS, **answer)


#: What happens, the attribute, whether it is stated to be required, and what is seen of that.
LACKING: dict[str, tuple[Callable[[Story], None], str, bool, bool | None]] = {
    "refused, required": (creates("Modality", **naming("Modality")), "Modality", True, True),
    "refused, and not named": (creates("Modality"), "Modality", True, True),
    "taken, required": (creates("Modality", status=0), "Modality", True, False),
    "taken, not required": (creates("StudyID", status=0), "StudyID", False, True),
    "refused, not required": (creates("StudyID", **naming("StudyID")), "StudyID", False, False),
    "refused, not named, not required": (creates("StudyID"), "StudyID", False, False),
    "another is named": (creates("StudyID", **naming("Modality")), "StudyID", False, None),
    "two are lacking, and none is named": (creates("StudyID", "Modality"), "StudyID", False, None),
    "two are lacking, and it is named": (creates("StudyID", "Modality", **naming("StudyID")), "StudyID", False, False),
    "refused for something else": (creates("StudyID", status=0x0110), "StudyID", False, None),
    "it is there": (lambda s: mpps(s, CREATE, performed()), "Modality", True, None),
    "not sent at all, taken": (lambda s: mpps(s, CREATE, performed()), "Laterality", True, False),
    "not sent at all, not required": (lambda s: mpps(s, CREATE, performed()), "Laterality", False, True),
    "in a sequence without items": (
        lambda s: mpps(s, CREATE, performed()), "PerformedSeriesSequence.SeriesInstanceUID", True, None),
    "in an item": (
        lambda s: mpps(s, CREATE, performed(lambda ds: delattr(
            ds.ScheduledStepAttributesSequence[0], "AccessionNumber")), 0x0120, intent=LACKS),
        "ScheduledStepAttributesSequence.AccessionNumber", False, False),
}  # fmt: skip


@pytest.mark.parametrize("what", LACKING)
def test_attributes_of_an_n_create(story, what):
    happens, path, required, kept = LACKING[what]
    happens(story)
    claim = {"operation": "N-CREATE", "path": path, "required": required}
    assert said(story, ATTRIBUTES, mpps_required=claim) == result("mpps-required", kept)


def ends(story: Story, *names: str, status: int = 0x0000, **created: str) -> None:
    def make(ds: Dataset) -> None:
        for name, value in created.items():
            setattr(ds, name, value)

    mpps(story, CREATE, performed(without(*names), make))
    changes = modification("COMPLETED")
    without(*names)(changes)
    mpps(story, SET, changes, status, intent=INCOMPLETE if names else "")


TIME = "PerformedProcedureStepEndTime"


@pytest.mark.parametrize(
    ("status", "required", "kept"),
    [(0x0120, True, True), (0x0000, True, False), (0x0000, False, True), (0x0120, False, False), (0x0110, True, None)],
)
def test_attributes_of_the_end(story, status, required, kept):
    ends(story, TIME, status=status)
    claim = {"operation": "N-SET", "path": TIME, "required": required}
    assert said(story, ATTRIBUTES, mpps_required=claim) == result("mpps-required", kept)


def test_what_a_step_was_given_before_is_not_missing_at_its_end(story):
    mpps(story, CREATE, performed(lambda ds: setattr(ds, TIME, "094500")))
    changes = modification("COMPLETED")
    delattr(changes, TIME)
    mpps(story, SET, changes)
    claim = {"operation": "N-SET", "path": TIME, "required": True}
    assert said(story, ATTRIBUTES, mpps_required=claim) == ([], [])


def test_an_n_set_in_between_need_not_have_it(story):
    mpps(story, CREATE, performed())
    mpps(story, SET, modification("IN PROGRESS"))
    claim = {"operation": "N-SET", "path": TIME, "required": True}
    assert said(story, ATTRIBUTES, mpps_required=claim) == ([], [])


# --- one code ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "stated", "kept"),
    [(0x0110, "0110", True), (0x0112, "0110", False), (0x0000, "0110", False), (0x0110, None, None)],
)
def test_after_the_end(story, status, stated, kept):
    mpps(story, CREATE, performed())
    mpps(story, SET, modification("COMPLETED"))
    mpps(story, SET, modification("COMPLETED"), status, intent=AFTER_FINAL)
    found = said(story, AFTER, mpps_after_final={"code": stated})
    assert found == result("mpps-after-final", kept)


@pytest.mark.parametrize(("status", "kept"), [(0x0111, True), (0x0110, False), (0x0000, False)])
def test_created_twice(story, status, kept):
    mpps(story, CREATE, performed())
    mpps(story, CREATE, performed(), status)
    assert said(story, DUPLICATE, mpps_duplicate={"code": "0111"}) == result("mpps-duplicate", kept)


@pytest.mark.parametrize("check", [AFTER, DUPLICATE])
def test_a_step_by_itself_shows_neither(story, check):
    mpps(story, CREATE, performed())
    mpps(story, SET, modification("COMPLETED"), 0x0110)
    assert said(story, check, mpps_after_final={"code": "0112"}, mpps_duplicate={"code": "0112"}) == ([], [])


# --- statuses ---------------------------------------------------------------------------------------------------------


def row(operation: str, status: str, code: str, condition: str = "") -> dict[str, Any]:
    return {"operation": operation, "status": status, "code": code, "condition": condition}


def test_conditions_are_read_where_their_words_leave_no_doubt():
    read = {
        ("N-CREATE", "duplicate SOP Instance"): ("mpps.create-again", "mpps.create-again-changed"),
        ("N-CREATE", "missing attribute"): (LACKS,),
        ("N-CREATE", "missing attribute value"): ("mpps.create-empty-mandatory",),
        ("N-SET", "Performed Procedure Step Object may no longer be updated"): (AFTER_FINAL,),
        ("N-SET", "no such SOP Instance"): ("mpps.set-unknown-step",),
        ("N-SET", "database is down"): (),
        ("N-SET", "the step has ended"): (AFTER_FINAL,),
        ("N-SET", "an attribute of the final state is missing"): (),
        ("N-SET", "duplicate SOP Instance"): (),
    }
    assert {key: status_conditions("mpps-status", *key) for key in read} == read


def test_conditions_of_one_code_are_read_each():
    text = "a status other than IN PROGRESS; a step of that UID is there; database is down"
    wanted = ("mpps.create-not-in-progress", "mpps.create-again", "mpps.create-again-changed")
    assert status_conditions("mpps-status", "N-CREATE", text) == wanted


def test_conditions_of_other_services_are_read_as_well():
    read = {
        ("storage-status", "", "Data Set does not match SOP Class"): (),  # of the context, or of the data set?
        ("storage-status", "", "the data set cannot be read"): (),
        ("commitment-status", "N-ACTION", "another Action Type ID than 1"): ("commitment.wrong-action-type",),
        ("commitment-status", "N-ACTION", "another instance than the well-known one"): ("commitment.wrong-instance",),
        ("commitment-status", "N-ACTION", "an attribute of Type 1 is missing"): (),
    }
    assert {key: status_conditions(*key) for key in read} == read


#: The status of an N-CREATE of a step that exists, what is stated, and what is seen of that.
ROWS: dict[str, tuple[int, dict[str, Any], bool | None]] = {
    "as stated": (0x0111, row("N-CREATE", "Failure", "0111", "duplicate SOP Instance"), True),
    "another failure": (0x0110, row("N-CREATE", "Failure", "0111", "duplicate SOP Instance"), False),
    "another failure, and nobody knows for what": (0x0110, row("N-CREATE", "Failure", "0111", "at night"), None),
    "of another operation": (0x0111, row("N-SET", "Failure", "0111", "duplicate SOP Instance"), None),
    "taken": (0x0000, row("N-CREATE", "Failure", "0111", "duplicate SOP Instance"), None),
}


@pytest.mark.parametrize("what", ROWS)
def test_statuses(story, what):
    status, claim, kept = ROWS[what]
    mpps(story, CREATE, performed())
    mpps(story, CREATE, performed(), status)
    assert said(story, STATUS, mpps_status=claim) == result("mpps-status", kept)


def test_a_status_that_is_stated_for_another_condition_contradicts_as_well(story):
    mpps(story, SET, modification("COMPLETED"), 0x0110)
    rows = [row("N-SET", "Failure", "0112", "no such instance"), row("N-SET", "Failure", "0110", "already completed")]
    assert said(story, STATUS, mpps_status=rows) == result("mpps-status", False)
    rows[1] = row("N-SET", "Failure", "0110", "whatever else")
    assert said(story, STATUS, mpps_status=rows) == result("mpps-status#2", True)


def test_a_status_that_is_not_stated_is_a_note(story):
    mpps(story, CREATE, performed(), 0x0213)
    evidence = story.evidence(saying(**{"mpps-status": row("N-CREATE", "Success", "0000")}))
    assert facts(STATUS, evidence) == ["seen, not stated: N-CREATE-RQ answered 0213H"]
