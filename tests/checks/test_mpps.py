"""Checks of MPPS: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.mpps
import scanproof.checks.mpps_attribute_lists
import scanproof.checks.mpps_refusals
import scanproof.checks.mpps_retrieve  # noqa: F401 - importing registers
from scanproof.finding import Verdict
from tests.support import exam_messages as exam
from tests.support.building import MPPS, Story, deviations, facts, observe, verdict

CREATE, SET = "N-CREATE-RQ", "N-SET-RQ"
CHECKS = (
    "mpps.create-accepted",
    "mpps.create-uid",
    "mpps.progress-accepted",
    "mpps.final-accepted",
    "mpps.final-is-final",
    "mpps.final-error-detail",
    "mpps.duplicate-create",
    "mpps.unknown-step",
)
DEVIATING = (
    "mpps.missing-attribute",
    "mpps.first-status",
    "mpps.set-status",
    "mpps.refused-unchanged",
    "mpps.attribute-list",
)
DETAIL: dict[str, Any] = {"ErrorID": 0xA710, "ErrorComment": "no longer"}


def all_deviations(story: Story) -> dict[str, list[str]]:
    evidence = story.evidence()
    return {
        check: [seen for seen, _ in found] for check in (*CHECKS, *DEVIATING) if (found := deviations(check, evidence))
    }


def created(folder: Path) -> Story:
    story = Story(folder)
    exam.mpps(story, CREATE, exam.performed())
    return story


def ended(folder: Path, status: str = "COMPLETED") -> Story:
    story = created(folder)
    exam.mpps(story, SET, exam.modification(status))
    return story


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    assert {seen.verdict for seen in observe(check, exam.whole(tmp_path).evidence())} == {Verdict.PASS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_mpps(tmp_path: Path, check: str) -> None:
    assert verdict(check, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("status", "expected"),
    [(0x0000, []), (0x0107, ["WARN"]), (0x0116, ["WARN"]), (0x0110, ["FAIL"]), (0x0120, ["FAIL"]), (0x0122, ["FAIL"])],
)
def test_create(tmp_path: Path, status: int, expected: list[str]) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), status)
    assert all_deviations(story) == ({"mpps.create-accepted": expected} if expected else {})


def test_refusal_of_our_own_incomplete_create_is_inconclusive(tmp_path: Path) -> None:
    def lacking(ds: Dataset) -> None:
        del ds.PatientSex
        ds.ScheduledStepAttributesSequence[0].StudyInstanceUID = ""

    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(lacking), 0x0120, AttributeIdentifierList=(0x00100040,))
    (seen,) = observe("mpps.create-accepted", story.evidence())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert "attributes PatientSex" in seen.actual
    assert "ScheduledStepAttributesSequence[1] > StudyInstanceUID: present without a value" in seen.actual
    assert "PatientSex: absent" in seen.actual


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        (exam.MPPS_UID, exam.MPPS_UID, []),
        (exam.MPPS_UID, None, []),
        (exam.MPPS_UID, "1.2.3", ["FAIL"]),
        ("", "1.2.3", []),
        ("", None, ["FAIL"]),
    ],
)
def test_uid_of_the_step(tmp_path: Path, asked: str, given: str | None, expected: list[str]) -> None:
    story = Story(tmp_path)
    intent = "" if asked else "mpps.create-without-uid"
    exam.mpps(story, CREATE, exam.performed(), uid=asked, intent=intent, AffectedSOPInstanceUID=given)
    assert all_deviations(story) == ({"mpps.create-uid": expected} if expected else {})


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [(0x0110, {}, ["FAIL"]), (0x0112, {}, ["FAIL"]), (0x0110, DETAIL, ["WARN"]), (0x0107, {}, ["WARN"])],
)
def test_progress(tmp_path: Path, status: int, detail: dict[str, Any], expected: list[str]) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), status, **detail)
    assert all_deviations(story) == {"mpps.progress-accepted": expected}


@pytest.mark.parametrize(("status", "expected"), [(0x0110, ["WARN"]), (0x0112, ["FAIL"]), (0x0106, ["FAIL"])])
def test_error_id_a710h_excuses_a_refusal_with_0110h_alone(tmp_path: Path, status: int, expected: list[str]) -> None:
    """A710H is an Error ID of 0110H (PS3.4 F.7.2.2.3): beside another status it means nothing."""
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), status, **DETAIL)
    assert all_deviations(story) == {"mpps.progress-accepted": expected}


def test_error_id_a710h_beside_success_is_success(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), 0x0000, **DETAIL)
    assert all_deviations(story) == {}


@pytest.mark.parametrize("status", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize(
    ("answer", "detail", "expected"),
    [
        (0x0110, {}, "FAIL"),
        (0x0110, {"ErrorComment": "database is down"}, "FAIL"),
        (0x0110, {"ErrorComment": "cannot be completed"}, "FAIL"),
        (0x0110, {"ErrorComment": "step was completed by timeout"}, "WARN"),
        (0x0110, {"ErrorComment": "Performed Procedure Step Object may no longer be updated"}, "WARN"),
        (0x0110, {"ErrorComment": "status is not IN PROGRESS any more: already discontinued"}, "WARN"),
        (0x0110, {"ErrorID": 0xA710}, "WARN"),
        (0x0106, DETAIL, "FAIL"),
        (0x0112, {}, "FAIL"),
    ],
)
def test_final(tmp_path: Path, status: str, answer: int, detail: dict[str, Any], expected: str) -> None:
    """0110H alone is any failure: only its comment or Error ID says that the SCP had ended the step itself."""
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification(status), answer, **detail)
    assert all_deviations(story) == {"mpps.final-accepted": [expected]}


def test_refused_final_leaves_the_step_open(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification("COMPLETED"), 0x0106)
    exam.mpps(story, SET, exam.modification("COMPLETED"))
    assert all_deviations(story) == {"mpps.final-accepted": ["FAIL"]}


@pytest.mark.parametrize(
    ("status", "detail", "expected"),
    [
        (0x0110, DETAIL, {}),
        (0x0110, {}, {"mpps.final-error-detail": ["WARN"]}),
        (0x0110, {"ErrorComment": "no longer"}, {}),
        (0x0110, {"ErrorID": 0xA710}, {"mpps.final-error-detail": ["WARN"]}),
        (0x0000, {}, {"mpps.final-is-final": ["FAIL"]}),
        (0x0107, {}, {"mpps.final-is-final": ["FAIL"]}),
        (0xA501, {}, {"mpps.final-is-final": ["WARN"]}),
        (0x0106, {}, {"mpps.final-is-final": ["WARN"]}),
    ],
)
@pytest.mark.parametrize("last", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("late", ["COMPLETED", "IN PROGRESS"])
def test_final_is_final(
    tmp_path: Path, last: str, late: str, status: int, detail: dict[str, Any], expected: dict[str, list[str]]
) -> None:
    story = ended(tmp_path, last)
    exam.mpps(story, SET, exam.modification(late), status, **detail)
    assert all_deviations(story) == expected


@pytest.mark.parametrize("later", [0x0000, 0x0110, 0x0112])
def test_nothing_is_known_of_a_step_that_was_set_to_what_no_step_is(tmp_path: Path, later: int) -> None:
    story = created(tmp_path)
    ready = exam.modification("IN PROGRESS")
    ready.PerformedProcedureStepStatus = "READY"
    exam.mpps(story, SET, ready, intent="mpps.set-status-unknown")
    exam.mpps(story, SET, exam.modification("COMPLETED"), later)
    assert all_deviations(story) == {"mpps.set-status": ["WARN"]}


@pytest.mark.parametrize(("begun", "detail"), [("COMPLETED", DETAIL), ("DISCONTINUED", DETAIL), ("READY", {})])
def test_a_step_that_was_created_in_another_state_is_not_set(
    tmp_path: Path, begun: str, detail: dict[str, Any]
) -> None:
    def begins(ds: Dataset) -> None:
        ds.PerformedProcedureStepStatus = begun

    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(begins), intent="mpps.create-not-in-progress")
    exam.mpps(story, SET, exam.modification("COMPLETED"), 0x0110, **detail)
    assert all_deviations(story) == {"mpps.first-status": ["FAIL"]}


@pytest.mark.parametrize(("status", "told"), [(0x0000, 1), (0x0110, 0)])
def test_an_end_without_what_it_needs_is_told_when_it_is_taken(tmp_path: Path, status: int, told: int) -> None:
    story = created(tmp_path)
    ds = exam.modification("COMPLETED")
    ds.PerformedSeriesSequence = []
    exam.mpps(story, SET, ds, status, intent="mpps.set-final-incomplete")
    assert all_deviations(story) == {}
    assert len(facts("mpps.final-accepted", story.evidence())) == told


def other_accession(ds: Dataset) -> None:
    ds.ScheduledStepAttributesSequence[0].AccessionNumber = "OTHER"


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ((), 0x0111, []),
        ((), 0x0110, []),
        ((), 0x0000, ["WARN"]),
        ((), 0x0107, ["WARN"]),
        ((other_accession,), 0x0111, []),
        ((other_accession,), 0x0110, ["WARN"]),
        ((other_accession,), 0x0000, ["FAIL"]),
        ((other_accession,), 0x0107, ["FAIL"]),
    ],
)
@pytest.mark.parametrize("intent", ["", "mpps.create-again"])
def test_duplicate(
    tmp_path: Path, changes: tuple[Callable[[Dataset], None], ...], status: int, expected: list[str], intent: str
) -> None:
    """That the same step is created twice loses nothing, that another one overwrites it does: the bytes tell which."""
    story = created(tmp_path)
    exam.mpps(story, CREATE, exam.performed(*changes), status, intent=intent)
    assert all_deviations(story) == ({"mpps.duplicate-create": expected} if expected else {})


def test_another_failure_of_the_same_create_is_told(tmp_path: Path) -> None:
    story = created(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), 0x0110)
    assert facts("mpps.duplicate-create", story.evidence()) == ["the repeated N-CREATE was answered 0110H"]


def test_error_id_that_may_be_sent_is_told_when_it_is_not(tmp_path: Path) -> None:
    story = ended(tmp_path)
    exam.mpps(story, SET, exam.modification("COMPLETED"), 0x0110, ErrorComment="no longer")
    (text,) = facts("mpps.final-error-detail", story.evidence())
    assert "without Error ID A710H" in text


def test_after_two_creates_that_were_taken_nobody_knows_the_state(tmp_path: Path) -> None:
    story = Story(tmp_path)
    first = exam.performed()
    first.PerformedProcedureStepStatus = "COMPLETED"
    exam.mpps(story, CREATE, first)
    exam.mpps(story, CREATE, exam.performed())
    exam.mpps(story, SET, exam.modification("COMPLETED"))
    assert "mpps.final-is-final" not in all_deviations(story)


def test_create_after_a_refused_one_is_no_duplicate(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), 0x0213)
    exam.mpps(story, CREATE, exam.performed())
    assert all_deviations(story) == {"mpps.create-accepted": ["FAIL"]}


@pytest.mark.parametrize(("status", "expected"), [(0x0112, []), (0x0110, ["WARN"]), (0x0000, ["FAIL"])])
def test_unknown_step(tmp_path: Path, status: int, expected: list[str]) -> None:
    story = created(tmp_path)
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), status, uid="2.25.9999")
    assert all_deviations(story) == ({"mpps.unknown-step": expected} if expected else {})


@pytest.mark.parametrize("status", [0x0000, 0x0112])
def test_nothing_is_known_of_a_step_whose_create_was_not_answered(tmp_path: Path, status: int) -> None:
    story = Story(tmp_path)
    link = story.associate(MPPS, service="mpps")
    link.ask(CREATE, exam.performed(), AffectedSOPInstanceUID=exam.MPPS_UID)
    link.event("timeout", waiting="the response", seconds=5)
    exam.mpps(story, SET, exam.modification("COMPLETED"), status)
    exam.mpps(story, CREATE, exam.performed(), 0x0111)
    evidence = story.evidence()
    assert {check: verdict(check, evidence) for check in CHECKS} == dict.fromkeys(CHECKS, Verdict.NOT_APPLICABLE)


@pytest.mark.parametrize(
    ("repeated", "status", "told"),
    [(True, 0x0111, "INCONCLUSIVE"), (True, 0x0110, "FAIL"), (False, 0x0111, "FAIL")],
)
def test_a_step_that_an_earlier_run_may_have_made(repeated: bool, status: int, told: str, tmp_path: Path) -> None:
    story = Story(tmp_path, repeated=repeated)
    exam.mpps(story, CREATE, exam.performed(), status)
    assert deviations("mpps.create-accepted", story.evidence()) == [(told, None)]


# --- what one request says of another ---------------------------------------------------------------------------------


def lacking_series() -> Dataset:
    ds = exam.performed()
    del ds.PerformedSeriesSequence
    return ds


@pytest.mark.parametrize(("status", "expected"), [(0x0120, []), (0x0110, ["WARN"])])
def test_a_refusal_proves_something_where_a_valid_one_is_taken(
    tmp_path: Path, status: int, expected: list[str]
) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, lacking_series(), status, intent="mpps.create-lacks-mandatory")
    exam.mpps(story, CREATE, exam.performed())
    assert all_deviations(story).get("mpps.missing-attribute", []) == expected


@pytest.mark.parametrize("status", [0x0120, 0x0110])
def test_a_refusal_proves_nothing_where_a_valid_one_is_refused_likewise(tmp_path: Path, status: int) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, lacking_series(), status, intent="mpps.create-lacks-mandatory")
    exam.mpps(story, CREATE, exam.performed(), status)
    evidence = story.evidence()
    assert [seen for seen, _ in deviations("mpps.create-accepted", evidence)] == ["FAIL"]
    seen = list(observe("mpps.missing-attribute", evidence))
    assert [each.verdict for each in seen] == [Verdict.INCONCLUSIVE]
    assert all(each.because is not None for each in seen)


@pytest.mark.parametrize("status", [0x0000, 0x0105, 0x0110])
def test_what_was_left_out_on_purpose_may_not_be_set_later(tmp_path: Path, status: int) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, lacking_series(), intent="mpps.create-lacks-mandatory")
    exam.mpps(story, SET, exam.modification("COMPLETED"), status)
    assert all_deviations(story) == {"mpps.missing-attribute": ["FAIL"]}
    assert Verdict.INCONCLUSIVE not in {each.verdict for each in observe("mpps.final-accepted", story.evidence())}
