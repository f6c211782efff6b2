"""Checks across services: silent on a right exam, exact on a spoiled one; our own defects are nobody's fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.identity  # noqa: F401 - importing registers
from scanproof.check import _CHECKS
from scanproof.checks.identity import normal
from scanproof.evidence import RunEvidence
from scanproof.evidence.ledger import from_json
from scanproof.finding import Verdict
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, Story, deviations, observe, verdict

CHECKS = ("identity.order-item", "identity.item-stable", "identity.study", "identity.sent")
STEP = f"{exam.STEP}[1] > "

Change = Callable[[Dataset], Any]


@pytest.mark.parametrize("check", CHECKS)
def test_right_exam_passes(tmp_path: Path, check: str) -> None:
    assert {seen.verdict for seen in observe(check, exam.whole(tmp_path).evidence())} == {Verdict.PASS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_of_nothing(tmp_path: Path, check: str) -> None:
    assert verdict(check, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE


# --- order and item ---------------------------------------------------------------------------------------------------


def other_code(item: Dataset) -> None:
    item.RequestedProcedureCodeSequence[0].CodeValue = "OTHER"


def more_codes(item: Dataset) -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator = "MORE", "99X"
    item.RequestedProcedureCodeSequence.append(code)


def no_codes(item: Dataset) -> None:
    item.RequestedProcedureCodeSequence = []


def other_meaning(item: Dataset) -> None:
    item.RequestedProcedureCodeSequence[0].CodeMeaning = "something else"


def absent(item: Dataset) -> None:
    del item.IssuerOfPatientID, item.RequestedProcedureDescription


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (exam.put("PatientID", "OTHER"), [("FAIL", "PatientID")]),
        (exam.put("PatientID", f"{exam.ORDER.PatientID}  "), []),
        (exam.put("PatientName", f"{exam.ORDER.PatientName}^^^"), []),
        (exam.put("PatientName", str(exam.ORDER.PatientName).upper()), [("FAIL", "PatientName")]),
        (exam.put("PatientID", ""), [("FAIL", "PatientID")]),
        (exam.put("AdmissionID", ""), [("WARN", "AdmissionID")]),
        (exam.put("PatientWeight", f"{exam.ORDER.PatientWeight}00"), []),
        (exam.put("ScheduledProcedureStepStartTime", exam.ORDER[exam.STEP][0].ScheduledProcedureStepStartTime[:4]), []),
        (exam.put("ScheduledProcedureStepStartTime", "101500"), [("FAIL", f"{STEP}ScheduledProcedureStepStartTime")]),
        (exam.put("ScheduledProcedureStepDescription", "cut"), [("FAIL", f"{STEP}ScheduledProcedureStepDescription")]),
        (exam.put("MedicalAlerts", "added by the target"), []),
        (other_code, [("FAIL", "RequestedProcedureCodeSequence")]),
        (more_codes, []),
        (no_codes, [("WARN", "RequestedProcedureCodeSequence")]),
        (other_meaning, []),
        (absent, []),
    ],
)
def test_item_against_order(tmp_path: Path, change: Change, expected: list[tuple[str, str]]) -> None:
    assert deviations("identity.order-item", exam.judged(tmp_path, change)) == expected


def test_other_items_are_not_the_order(tmp_path: Path) -> None:
    other = exam.item()
    other.AccessionNumber, other.PatientID, other.StudyInstanceUID = "A1", "P1", "2.25.1"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [other, exam.item()])
    assert [seen.verdict for seen in observe("identity.order-item", story.evidence())] == [Verdict.PASS]


def test_what_was_not_asked_for_is_not_compared(tmp_path: Path) -> None:
    identifier = exam.keys()
    del identifier.AdmissionID
    evidence = exam.judged(tmp_path, exam.put("AdmissionID", "other"), identifier=identifier)
    assert deviations("identity.order-item", evidence) == []


def test_json_as_text() -> None:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientWeight, ds.AdmissionID = "Yamada^Tarou=山田^太郎", "70.50", None
    held = from_json({**ds.to_json_dict(), "unreadable": "no element"})
    assert held.values["PatientName"] == ("Yamada^Tarou=山田^太郎",)
    assert held.values["AdmissionID"] == ()
    assert normal("PatientWeight", held.values["PatientWeight"]) == normal("PatientWeight", ("70.500",))


# --- the same step in several queries ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("AccessionNumber", "PLANTED2", [("FAIL", "AccessionNumber")]),
        ("StudyInstanceUID", "2.25.1", [("FAIL", "StudyInstanceUID")]),
        ("PatientID", "OTHER", [("FAIL", "PatientID")]),
        ("PatientName", f"{exam.ORDER.PatientName}^", []),
        ("PatientWeight", "99", []),
        ("PatientID", "", []),
    ],
)
def test_second_query(tmp_path: Path, keyword: str, value: str, expected: list[tuple[str, str]]) -> None:
    changed = exam.item()
    exam.put(keyword, value)(changed)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    exam.worklist(story, [changed])
    assert deviations("identity.item-stable", story.evidence()) == expected


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("AccessionNumber", "A1", [("WARN", "'A1': edited meanwhile?")]),
        ("PatientID", "OTHER", [("WARN", "'OTHER': edited meanwhile?")]),
        ("StudyInstanceUID", "2.25.1", [("FAIL", "'2.25.1'")]),
        ("RequestedProcedureID", "RP1", [("FAIL", "'RP1'")]),
        ("PatientWeight", "99", []),
    ],
)
def test_a_later_scenario(tmp_path: Path, keyword: str, value: str, expected: list[tuple[str, str]]) -> None:
    """A RIS that makes a new study for each query is found out although each scenario asks once."""
    changed = exam.item()
    exam.put(keyword, value)(changed)
    stories = [Story(tmp_path, id=name, ledger=exam.ledger()) for name in ("first", "second")]
    exam.worklist(stories[0], [exam.item()])
    exam.worklist(stories[1], [changed])
    run = RunEvidence(tuple(story.evidence() for story in stories))
    seen = list(_CHECKS["identity.item-stable"].function(run))
    assert [(one.verdict.value, one.actual) for one in seen if one.verdict is not Verdict.PASS] == expected
    assert {one.scenario for one in seen} == {"second"}
    assert all(one.expected.endswith("as in first") for one in seen if one.verdict is not Verdict.PASS)


def test_two_steps_of_one_number_are_two(tmp_path: Path) -> None:
    """Step IDs count within an order in many systems: only with study or procedure do they tell steps apart."""
    other = exam.item()
    other.AccessionNumber, other.StudyInstanceUID, other.RequestedProcedureID = "A1", "2.25.1", "RP1"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    exam.worklist(story, [other])
    assert verdict("identity.item-stable", story.evidence()) is Verdict.NOT_APPLICABLE


def test_an_order_of_an_earlier_run_with_the_same_numbers_is_another_step(tmp_path: Path) -> None:
    """It is returned as it was, beside ours, whose study is new."""
    earlier = exam.item()
    earlier.StudyInstanceUID = "2.25.1"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [earlier])
    exam.worklist(story, [earlier, exam.item()])
    assert deviations("identity.item-stable", story.evidence()) == []
    assert deviations("identity.order-item", story.evidence()) == [("FAIL", "StudyInstanceUID")]  # of the first query
    alone = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(alone, [earlier, exam.item()])
    assert verdict("identity.order-item", alone.evidence()) is Verdict.PASS


# --- the archive ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("keyword", "value", "stored", "expected"),
    [
        ("PatientID", "OTHER", 0x0000, [("FAIL", "PatientID")]),
        ("PatientName", "Synthetic-Other^Planted", 0x0000, [("FAIL", "PatientName")]),
        ("PatientName", f"{exam.ORDER.PatientName}^^", 0x0000, []),
        ("PatientID", "OTHER", 0xB000, [("WARN", "PatientID")]),
        ("PatientID", "OTHER", 0xB006, [("FAIL", "PatientID")]),
        ("AccessionNumber", "", 0x0000, [("WARN", "AccessionNumber")]),
        ("StudyID", None, 0x0000, [("WARN", "StudyID")]),
        ("StudyInstanceUID", "2.25.1", 0x0000, []),
    ],
)
def test_study(tmp_path: Path, keyword: str, value: str | None, stored: int, expected: list[tuple[str, str]]) -> None:
    answer = exam.study_answer(lambda ds: delattr(ds, keyword) if value is None else setattr(ds, keyword, value))
    story = Story(tmp_path)
    exam.store(story, {exam.INSTANCES[0]: stored})
    exam.find(story, [answer], "STUDY")
    assert deviations("identity.study", story.evidence()) == expected


@pytest.mark.parametrize(
    ("counted", "expected"),
    [("2", "FAIL"), ("1", "FAIL"), ("", "FAIL"), ("x", "FAIL"), ("3", "WARN"), ("40", "WARN")],
)
def test_a_study_that_the_archive_had_before(counted: str, expected: str, tmp_path: Path) -> None:
    """It counts more instances than the two that we stored: somebody may have edited the order since."""

    def other(ds: Dataset) -> None:
        ds.PatientID = "OTHER"
        ds.add_new("NumberOfStudyRelatedInstances", "LO", counted)  # a text, so that it need not be a number

    answer = exam.study_answer(other)
    story = Story(tmp_path)
    exam.store(story)
    exam.find(story, [answer], "STUDY")
    assert deviations("identity.study", story.evidence()) == [(expected, "PatientID")]


def test_a_study_is_not_compared_with_an_image_that_was_refused(tmp_path: Path) -> None:
    """The study came from elsewhere: the archive has none of our images, and nothing of ours to be like."""
    story = Story(tmp_path)
    exam.store(story, dict.fromkeys(exam.INSTANCES, 0xA700))
    exam.find(story, [exam.study_answer(lambda ds: setattr(ds, "PatientID", "OTHER"))], "STUDY")
    assert observe("identity.study", story.evidence()) == []


# --- ourselves --------------------------------------------------------------------------------------------------------


def said(story: Story) -> list[str]:
    seen = observe("identity.sent", story.evidence())
    assert {one.verdict for one in seen} <= {Verdict.PASS, Verdict.INCONCLUSIVE}
    assert all("scanproof" in one.hint for one in seen if one.verdict is Verdict.INCONCLUSIVE)
    return [one.actual for one in seen if one.verdict is Verdict.INCONCLUSIVE]


def prepared(folder: Path, **more: Any) -> Story:
    story = Story(folder, ledger=exam.ledger(**more))
    for verb in exam.STEPS:
        story.step(verb)
    return story


def no_reference(ds: Dataset) -> None:
    del ds.ReferencedPerformedProcedureStepSequence


def other_reference(ds: Dataset) -> None:
    ds.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID = "2.25.1"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda ds: setattr(ds, "StudyInstanceUID", "2.25.1"), "Study Instance UID"),
        (lambda ds: setattr(ds, "AccessionNumber", "A1"), "AccessionNumber"),
        (lambda ds: setattr(ds, "PatientID", "P1"), "PatientID"),
        (no_reference, "performed step"),
        (other_reference, "performed step"),
    ],
)
def test_images_of_ours(tmp_path: Path, change: Change, word: str) -> None:
    story = prepared(tmp_path)
    exam.store(story, None, change)
    found = said(story)
    assert len(found) == 2
    assert all(word in text for text in found)


def test_images_before_the_step_need_no_reference(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    for verb in ("acquire", "create-mpps", "store"):
        story.step(verb)
    exam.store(story, None, no_reference)
    assert said(story) == []


def test_images_need_no_reference_when_nothing_says_that_the_step_came_first(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    story.step("create-mpps")
    exam.store(story, None, no_reference)
    assert said(story) == []


def test_other_messages_of_ours_say_nothing_of_the_exam(tmp_path: Path) -> None:
    story = prepared(tmp_path)
    exam.worklist(story, [exam.item()])
    exam.find(story, [exam.study_answer()], "STUDY")
    link = story.associate(COMMITMENT, service="commitment", by_target=True)
    link.ask("N-EVENT-REPORT-RQ", exam.modification("COMPLETED"), sent=False)
    link.answer(sent=True)
    assert observe("identity.sent", story.evidence()) == []


def test_instance_that_the_ledger_does_not_know(tmp_path: Path) -> None:
    story = prepared(tmp_path)
    exam.store(story, instances=(*exam.INSTANCES, "2.25.1"))
    assert said(story) == ["C-STORE-RQ: SOP Instance UID 2.25.1"]


def test_step_of_ours(tmp_path: Path) -> None:
    story = prepared(tmp_path)
    exam.mpps(story, "N-CREATE-RQ", exam.performed(exam_of_another), uid="2.25.1")
    (text,) = said(story)
    assert "Study Instance UID 2.25.5" in text
    assert "SOP Instance UID 2.25.1" in text


def exam_of_another(ds: Dataset) -> None:
    ds.ScheduledStepAttributesSequence[0].StudyInstanceUID = "2.25.5"


@pytest.mark.parametrize(
    ("status", "instances", "count"),
    [
        ("COMPLETED", exam.INSTANCES, 0),
        ("COMPLETED", exam.INSTANCES[:1], 1),
        ("DISCONTINUED", (), 1),
        ("IN PROGRESS", (), 0),
        ("IN PROGRESS", ("2.25.1",), 1),
    ],
)
def test_instances_of_the_step(tmp_path: Path, status: str, instances: tuple[str, ...], count: int) -> None:
    story = prepared(tmp_path)
    exam.store(story)
    exam.mpps(story, "N-SET-RQ", exam.modification(status, instances))
    assert len(said(story)) == count


def test_commitment_of_ours(tmp_path: Path) -> None:
    story = prepared(tmp_path)
    exam.store(story, {exam.INSTANCES[1]: 0xA700})
    exam.commit(story, (exam.INSTANCES[0], "2.25.424242"))
    exam.commit(story, exam.INSTANCES[1:])
    assert said(story) == [f"N-ACTION-RQ: stored instance {exam.INSTANCES[0]} is not named"]


def test_item_that_could_not_be_read(tmp_path: Path) -> None:
    story = prepared(tmp_path, item={"unreadable": "ValueError"})
    exam.store(story)
    assert said(story) == []
