"""Checks across services: silent on a right exam, exact on a spoiled one; our own defects are nobody's fault."""

from __future__ import annotations

import copy
import json
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
from scanproof.finding import Level, Verdict
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, Story, deviations, facts, observe, verdict

CHECKS = ("identity.order-item", "identity.item-stable", "identity.sent")
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


def accented(name: str) -> str:
    return name.replace("e", "é")


def absent(item: Dataset) -> None:
    del item.IssuerOfPatientID, item.RequestedProcedureDescription


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (exam.put("PatientID", "OTHER"), [("FAIL", "PatientID")]),
        (exam.put("PatientID", f"{exam.ORDER.PatientID}  "), []),
        (exam.put("PatientName", f"{exam.ORDER.PatientName}^^^"), []),
        (exam.put("PatientName", str(exam.ORDER.PatientName).upper()), [("WARN", "PatientName")]),
        (exam.put("PatientName", accented(str(exam.ORDER.PatientName))), [("WARN", "PatientName")]),
        (exam.put("PatientName", f"{exam.ORDER.PatientName}X"), [("FAIL", "PatientName")]),
        (exam.put("ScheduledStationAETitle", ["OTHER", "SCANNER"]), []),
        (exam.put("ScheduledStationAETitle", ["OTHER", "ANOTHER"]), [("FAIL", f"{STEP}ScheduledStationAETitle")]),
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


@pytest.mark.parametrize(
    ("ordered", "returned", "level"),
    [
        ("Maślach^Ignacy", "Malach^Ignacy", Level.EXPECTED),  # ISO_IR 100 has no such letter
        ("Петров^Иван", "^", Level.EXPECTED),
        ("Петров^Иван", "??????^????", Level.EXPECTED),
        ("Maślach^Ignacy", "Kowalski^Ignacy", None),  # another patient, whatever the character set
        ("Maslach^Ignacy", "Malach^Ignacy", None),  # each worklist has an s
    ],
)
def test_letters_that_a_character_set_has_not_rest_on_no_clause(
    tmp_path: Path, ordered: str, returned: str, level: Level | None
) -> None:
    order = exam.item()
    order.SpecificCharacterSet, order.PatientName = "ISO_IR 192", ordered
    item = copy.deepcopy(order)
    item.PatientName = returned
    story = Story(tmp_path, ledger=exam.ledger(order=order.to_json_dict()))
    exam.worklist(story, [item])
    seen = [each for each in observe("identity.order-item", story.evidence()) if each.verdict is Verdict.FAIL]
    assert [(each.tag, each.level) for each in seen] == [("PatientName", level)]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda item: None, []),
        (exam.put("PatientName", "Synthetic-^"), [("FAIL", "PatientName")]),
        (exam.put("StudyInstanceUID", "2.25.1"), []),  # it is another item
    ],
    ids=["as ordered", "cut", "another"],
)
@pytest.mark.parametrize("placed", [True, False])
def test_items_that_a_battery_ordered_are_compared_with_its_orders(
    tmp_path: Path, change: Change, expected: list[tuple[str, str]], placed: bool
) -> None:
    other, returned = exam.item(), exam.item()
    other.StudyInstanceUID, other.PatientName = "2.25.2", "Synthetic-Other^Anna"
    held = [
        {"id": name, "placed": placed, "item": each.to_json_dict()} for name, each in (("o", other), ("p", exam.item()))
    ]
    (tmp_path / "orders.json").write_text(json.dumps({"orders": held}))
    change(returned)
    story = Story(tmp_path, orders=True)
    exam.worklist(story, [other, returned])
    assert deviations("identity.order-item", story.evidence()) == (expected if placed else [])


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
        ("AccessionNumber", "PLANTED2", [("WARN", "AccessionNumber")]),
        ("StudyInstanceUID", "2.25.1", [("FAIL", "StudyInstanceUID")]),
        ("RequestedProcedureID", "RP1", [("FAIL", "RequestedProcedureID")]),
        ("PatientID", "OTHER", [("WARN", "PatientID")]),
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


def test_what_changes_between_queries_rests_on_the_purpose_of_the_test(tmp_path: Path) -> None:
    """No clause says how long a value stays; a study that is another one each time is useless all the same."""
    check = _CHECKS["identity.item-stable"]
    assert (check.level, check.clause) == (Level.EXPECTED, "")


# --- two steps of one order -------------------------------------------------------------------------------------------


def second_step() -> Dataset:
    """Return another item of the same accession, study and procedure."""
    other = exam.item()
    step = other.ScheduledProcedureStepSequence[0]
    step.ScheduledProcedureStepID, step.ScheduledProcedureStepDescription = "S2", "second step"
    return other


def test_two_steps_of_one_accession_are_nobodys_fault(tmp_path: Path) -> None:
    """R2-16: the item of the ordered step is compared with the order, and the other one with nothing."""
    for items in ([exam.item(), second_step()], [second_step(), exam.item()]):
        story = Story(tmp_path, ledger=exam.ledger())
        for _ in range(2):
            exam.worklist(story, items)
        assert {check: deviations(check, story.evidence()) for check in CHECKS} == {check: [] for check in CHECKS}


def test_of_steps_that_were_numbered_anew_the_most_alike_is_compared(tmp_path: Path) -> None:
    first, other = exam.item(), second_step()
    first.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID = "S1"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [other, first])
    assert deviations("identity.order-item", story.evidence()) == [("FAIL", f"{STEP}ScheduledProcedureStepID")]


# --- who sees the item when -------------------------------------------------------------------------------------------


def started(folder: Path, after: list[Dataset], *, ends: bool = False, **keys: str) -> Story:
    """A query, N-CREATE, if need be the end of the step, and a query with other keys."""
    story = Story(folder, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    if ends:
        exam.mpps(story, "N-SET-RQ", exam.modification("COMPLETED"))
    identifier = exam.keys()
    for keyword, value in keys.items():
        exam.put(keyword, value)(identifier)
    exam.worklist(story, after, identifier=identifier)
    return story


@pytest.mark.parametrize(
    ("after", "ends", "expected"),
    [
        ([], False, "in the list before N-CREATE, not in the list after N-CREATE"),
        ([exam.item()], False, "in the list before N-CREATE, in the list after N-CREATE"),
        ([], True, "in the list before N-CREATE, not in the list after COMPLETED"),
    ],
)
def test_when_the_item_is_in_the_list_is_told(tmp_path: Path, after: list[Dataset], ends: bool, expected: str) -> None:
    """R2-07: kept or dropped, at any state, it is right (PS3.4 F.7.2.1 notes), and the user wants to know."""
    evidence = started(tmp_path, after, ends=ends).evidence()
    assert facts("identity.item-stable", evidence) == [f"the worklist item was {expected}"]
    assert deviations("identity.item-stable", evidence) == []


def test_a_query_for_others_does_not_miss_the_item(tmp_path: Path) -> None:
    for keys in ({"Modality": "MR"}, {"PatientID": "OTHER"}, {"ScheduledProcedureStepStartDate": "20260103-"}):
        assert facts("identity.item-stable", started(tmp_path, [], **keys).evidence()) == []


def test_without_a_step_between_nothing_is_told(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    exam.worklist(story, [])
    assert facts("identity.item-stable", story.evidence()) == []


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
