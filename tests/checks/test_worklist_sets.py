"""Checks of worklist answers as sets: complete, each item once, the same when asked again, cut short by C-CANCEL."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.vocabulary.deviations import DEVIATIONS, Intent
from tests.support import exam_messages as exam
from tests.support.building import (
    MPPS,
    VERIFICATION,
    WORKLIST,
    Link,
    Story,
    deviations,
    facts,
    observe,
    stated,
    verdict,
)

COMPLETE, ONCE, SAME, CANCEL = (
    "worklist.matches-complete",
    "worklist.item-once",
    "worklist.same-items",
    "worklist.cancel",
)
DATE = "ScheduledProcedureStepStartDate"


def an_order(number: int, **values: Any) -> Dataset:
    """An order like that of the exam, with numbers of its own."""
    made = exam.item()
    numbers = {"StudyInstanceUID": f"1.2.3.{number}", "AccessionNumber": f"ACC{number}", "PatientID": f"PAT{number}"}
    for keyword, value in {**numbers, "ScheduledProcedureStepID": f"SPS{number}", **values}.items():
        exam.put(keyword, value)(made)
    return made


def everything() -> Dataset:
    keys = exam.keys()
    step = keys.ScheduledProcedureStepSequence[0]
    step.ScheduledStationAETitle = step.ScheduledProcedureStepStartDate = step.Modality = ""
    return keys


def keys(**values: Any) -> Dataset:
    made = everything()
    for keyword, value in values.items():
        exam.put(keyword, value)(made)
    return made


def place(folder: Path, *orders: Dataset, placed: bool = True) -> None:
    """Write the orders of the battery, whose case is beside them."""
    held = [
        {"id": f"order-{number}", "placed": placed, "item": each.to_json_dict()}
        for number, each in enumerate(orders, 1)
    ]
    (folder / "orders.json").write_text(json.dumps({"orders": held}))


def ask(
    story: Story,
    identifier: Dataset,
    items: Sequence[Dataset | None] = (),
    status: int = 0,
    intent: Intent | None = None,
    **purpose: str,
) -> None:
    link = story.associate(WORKLIST, service="worklist")
    if purpose:
        link.event("purpose", **purpose)
    link.ask("C-FIND-RQ", identifier, intent=intent)
    for each in items:
        link.answer(0xFF00, each)
    link.answer(status)
    link.release()


def judged(folder: Path, identifier: Dataset, items: Sequence[Dataset | None] = (), **how: Any) -> Evidence:
    """One query of a case of a battery."""
    story = Story(folder, orders=True)
    ask(story, identifier, items, **how)
    return story.evidence()


# --- complete ---------------------------------------------------------------------------------------------------------


def test_an_order_that_matches_and_does_not_come(tmp_path: Path) -> None:
    orders = an_order(1), an_order(2, Modality="MR"), an_order(3, ScheduledProcedureStepStartDate="20260103")
    place(tmp_path, *orders)
    identifier = keys(Modality="CT", ScheduledProcedureStepStartDate="20260102-20260103")
    assert verdict(COMPLETE, judged(tmp_path, identifier, [orders[0], orders[2]])) is Verdict.PASS
    (seen,) = observe(COMPLETE, judged(tmp_path, identifier, [orders[0]]))
    assert seen.verdict is Verdict.FAIL
    assert seen.actual == f"not among 1 items: the order order-3 ({DATE} 20260103 for 20260102-20260103, Modality CT)"
    assert seen.hint == f"See first how the worklist matches {DATE} (range)."


def test_an_empty_answer_says_of_each_key_what_would_have_matched(tmp_path: Path) -> None:
    place(tmp_path, an_order(1), an_order(2, Modality="MR"), an_order(3))
    (seen,) = observe(COMPLETE, judged(tmp_path, keys(Modality="CT", ScheduledProcedureStepStartDate="20260102")))
    assert seen.verdict is Verdict.FAIL
    told = f"{DATE} 20260102: 3 of 3 known items"
    assert seen.actual.startswith("not among 0 items: the order order-1 (Modality CT, ")
    assert "Modality CT: 2 of 3 known items" in seen.actual
    assert told in seen.actual
    (right,) = observe(COMPLETE, judged(tmp_path, keys(Modality="ES", ScheduledProcedureStepStartDate="20260102")))
    assert right.verdict is Verdict.PASS
    assert right.actual == f"none of 3 known items matches; Modality ES: none; {told}"


def test_of_many_the_first_are_named(tmp_path: Path) -> None:
    place(tmp_path, *(an_order(number) for number in range(12)))
    (seen,) = observe(COMPLETE, judged(tmp_path, everything()))
    assert seen.actual == "not among 0 items: the order order-1, the order order-2, the order order-3 and 9 more"


def test_the_key_that_sets_a_query_apart_is_named(tmp_path: Path) -> None:
    place(tmp_path, an_order(1))
    story = Story(tmp_path, orders=True)
    ask(story, keys(Modality="CT"), [an_order(1)])
    ask(story, keys(Modality="CT", PatientID="PAT1"))
    right, wrong = observe(COMPLETE, story.evidence())
    assert (right.verdict, wrong.verdict) == (Verdict.PASS, Verdict.FAIL)
    assert wrong.hint == "See first how the worklist matches PatientID (single value)."


NOT_DEMANDED: dict[str, tuple[Dataset, dict[str, Any]]] = {
    "a refusal": (everything(), {"status": 0xA700}),
    "another end": (everything(), {"status": 0xFE00}),
    "an optional key": (keys(AccessionNumber="OTHER"), {}),
    "a wild card where there are none": (keys(Modality="C*"), {}),
    "several values": (keys(PatientID=["PAT1", "PAT2"]), {}),
    "a name in capitals": (keys(PatientName=str(exam.ORDER.PatientName).upper()), {}),
    "items that do not say which they are": (everything(), {"items": [Dataset()]}),
    "a Pending without an item": (everything(), {"items": [None]}),
}


@pytest.mark.parametrize("case", NOT_DEMANDED)
def test_what_does_not_have_to_come(tmp_path: Path, case: str) -> None:
    identifier, how = NOT_DEMANDED[case]
    for each in how.get("items", ()):
        if each is not None:
            each.PatientName = "Doe"
    place(tmp_path, an_order(1))
    assert deviations(COMPLETE, judged(tmp_path, identifier, **how)) == []


def test_a_wild_card_in_a_name_is_expected_and_not_demanded(tmp_path: Path) -> None:
    place(tmp_path, an_order(1))
    (seen,) = observe(COMPLETE, judged(tmp_path, keys(PatientName=f"{str(exam.ORDER.PatientName)[:5]}*")))
    assert seen.verdict is Verdict.WARN
    assert "the implementation's affair" in seen.actual


def test_orders_that_were_not_placed_are_not_known(tmp_path: Path) -> None:
    place(tmp_path, an_order(1), placed=False)
    assert observe(COMPLETE, judged(tmp_path, everything())) == []
    (tmp_path / "orders.json").write_text("{")
    assert observe(COMPLETE, judged(tmp_path, everything())) == []


def test_an_item_of_another_query_may_have_been_edited(tmp_path: Path) -> None:
    story = Story(tmp_path)
    ask(story, everything(), [an_order(1), an_order(2)])
    ask(story, keys(PatientID="PAT2"))
    assert observe(COMPLETE, story.evidence()) == []  # another scanner may have performed it


def test_an_item_that_came_before_and_after_was_there(tmp_path: Path) -> None:
    story = Story(tmp_path)
    ask(story, everything(), [an_order(1), an_order(2)])
    ask(story, keys(PatientID="PAT2"))
    ask(story, everything(), [an_order(1), an_order(2)])
    seen = [each for each in observe(COMPLETE, story.evidence()) if each.verdict is not Verdict.PASS]
    assert [each.verdict for each in seen] == [Verdict.WARN]
    assert "edited meanwhile?" in seen[0].actual
    assert observe(COMPLETE, judged(tmp_path, everything(), [an_order(1)])) == []


def test_an_item_of_the_survey(tmp_path: Path) -> None:
    survey = Story(tmp_path)
    ask(survey, everything(), [an_order(1), an_order(2)])
    survey.transcript()
    survey.writer.folder.rename(tmp_path / "survey")
    assert deviations(COMPLETE, judged(tmp_path, keys(PatientID="PAT2"))) == [("WARN", None)]
    assert deviations(COMPLETE, judged(tmp_path, keys(PatientID="PAT3"))) == []


def test_an_order_is_known_as_the_worklist_shows_it(tmp_path: Path) -> None:
    """What the site makes of an order on its way into the worklist is no matter of matching."""
    place(tmp_path, an_order(1))
    story = Story(tmp_path, orders=True)
    ask(story, everything(), [an_order(1, Modality="MR")])
    ask(story, keys(Modality="CT"))
    ask(story, keys(Modality="MR"))
    assert [seen.verdict for seen in observe(COMPLETE, story.evidence())] == [Verdict.PASS, Verdict.PASS, Verdict.FAIL]


def create(story: Story, study: str) -> None:
    link = story.associate(MPPS, service="mpps")
    performed = exam.performed()
    performed.ScheduledStepAttributesSequence[0].StudyInstanceUID = study
    link.ask("N-CREATE-RQ", performed, AffectedSOPInstanceUID=exam.MPPS_UID)
    link.answer()
    link.release()


def test_what_is_performed_may_leave_the_list(tmp_path: Path) -> None:
    place(tmp_path, an_order(1), an_order(2))
    story = Story(tmp_path, orders=True)
    create(story, "1.2.3.1")
    ask(story, everything(), [an_order(2)])
    create(story, "1.2.3.2")
    ask(story, everything())
    assert deviations(COMPLETE, story.evidence()) == []


def test_what_comes_before_it_is_performed_has_to_come(tmp_path: Path) -> None:
    place(tmp_path, an_order(1))
    story = Story(tmp_path, orders=True)
    ask(story, everything())
    create(story, "1.2.3.1")
    assert deviations(COMPLETE, story.evidence()) == [("FAIL", None)]


@pytest.mark.parametrize(("began", "expected"), [(1_000, []), (60_000_000_000, [("FAIL", None)])])
def test_what_another_case_performed_may_have_left_the_list(
    tmp_path: Path, began: int, expected: list[tuple[str, str | None]]
) -> None:
    place(tmp_path, an_order(1))
    other = Story(tmp_path, orders=True, began_ns=began)
    other.ledger = {"performed": {"1.1": [{"study_instance_uid": "", "item": an_order(1).to_json_dict()}]}}
    other.step("create-mpps", "mpps")
    other.transcript()
    story = Story(tmp_path, orders=True, began_ns=2_000)
    ask(story, everything())
    os.utime(tmp_path)
    assert deviations(COMPLETE, story.evidence()) == expected


def test_the_order_of_an_exam_is_missed_once(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [])
    ask(story, keys(PatientID=exam.ORDER.PatientID))
    assert deviations(COMPLETE, story.evidence()) == []
    assert deviations("worklist.order-returned", story.evidence()) == [("FAIL", None)]


def test_the_order_of_an_exam_that_came_has_to_come_again(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    ask(story, keys(PatientID=exam.ORDER.PatientID))
    assert deviations(COMPLETE, story.evidence()) == [("FAIL", "PatientID")]


def test_an_order_that_the_first_query_does_not_ask_for_is_not_missed(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [], identifier=keys(Modality="MR"))
    assert observe("worklist.order-returned", story.evidence()) == []


def test_a_query_that_was_meant_to_be_odd_demands_nothing(tmp_path: Path) -> None:
    name = next(iter(DEVIATIONS))
    place(tmp_path, an_order(1))
    assert deviations(COMPLETE, judged(tmp_path, everything(), intent=Intent.of(name))) == []


# --- each once --------------------------------------------------------------------------------------------------------


def test_an_item_that_comes_twice(tmp_path: Path) -> None:
    place(tmp_path, an_order(1))
    assert verdict(ONCE, judged(tmp_path, everything(), [an_order(1), an_order(2)])) is Verdict.PASS
    assert deviations(ONCE, judged(tmp_path, everything(), [an_order(1)] * 3)) == [("FAIL", None)] * 2
    assert deviations(ONCE, judged(tmp_path, everything(), [an_order(2)] * 2)) == [("WARN", None)]
    changed = an_order(1, Modality="MR")
    assert deviations(ONCE, judged(tmp_path, everything(), [an_order(1), changed])) == [("WARN", None)]


def test_two_steps_of_one_study_are_two_items(tmp_path: Path) -> None:
    other = an_order(1, ScheduledProcedureStepID="SPS9")
    assert verdict(ONCE, judged(tmp_path, everything(), [an_order(1), other])) is Verdict.PASS
    unnamed = copy.deepcopy(an_order(1))
    del unnamed.StudyInstanceUID
    assert observe(ONCE, judged(tmp_path, everything(), [unnamed, unnamed])) == []
    assert observe(ONCE, judged(tmp_path, everything(), [an_order(1)] * 2, status=0xC000)) == []


# --- asked in two ways ------------------------------------------------------------------------------------------------


def compared(folder: Path, other: Dataset, first: Sequence[Dataset], second: Sequence[Dataset], status: int = 0) -> Any:
    story = Story(folder, orders=True)
    ask(story, everything(), first, query="one")
    ask(story, other, second, status, compared_with="one")
    evidence = story.evidence()
    return deviations(SAME, evidence), facts(SAME, evidence)


def test_the_same_items(tmp_path: Path) -> None:
    story = Story(tmp_path)
    ask(story, everything(), [an_order(1), an_order(2)], query="one")
    ask(story, everything(), [an_order(2), an_order(1)], compared_with="one")
    assert verdict(SAME, story.evidence()) is Verdict.PASS
    assert compared(tmp_path, everything(), [an_order(1)], [], status=0xA700) == ([], [])


def test_other_items(tmp_path: Path) -> None:
    items = [an_order(1), an_order(2)]
    star = keys(PatientName="*")
    assert compared(tmp_path, star, items, items[:1]) == ([("WARN", None)], [])
    assert compared(tmp_path, everything(), items, items[:1]) == ([("WARN", None)], [])
    assert compared(tmp_path, everything(), items[:1], items) == ([("WARN", None)], [])
    found, told = compared(tmp_path, keys(AccessionNumber="OTHER"), items, [])
    assert found == []
    assert "the standard leaves that open" in told[0]
    assert compared(tmp_path, keys(Modality="MR"), items, []) == ([], [])  # they do not ask the same


def test_an_order_that_has_to_come_is_for_the_check_of_completeness(tmp_path: Path) -> None:
    place(tmp_path, an_order(1))
    assert compared(tmp_path, everything(), [an_order(1)], []) == ([], [])
    assert compared(tmp_path, keys(PatientName="*"), [an_order(1)], []) == ([("WARN", None)], [])
    story = Story(tmp_path, orders=True)
    ask(story, everything(), [an_order(1)], query="one")
    ask(story, keys(PatientName="*"), compared_with="one")
    assert deviations(COMPLETE, story.evidence()) == []


def test_items_are_compared_by_what_was_asked_for(tmp_path: Path) -> None:
    item = an_order(1)
    bare = copy.deepcopy(item)
    del bare.StudyInstanceUID, bare.AccessionNumber
    other = everything()
    del other.StudyInstanceUID, other.AccessionNumber
    assert compared(tmp_path, other, [item], [bare]) == ([], [])


# --- C-CANCEL ---------------------------------------------------------------------------------------------------------


def cancelled(folder: Path, *, before: int = 1, after: int = 0, status: int = 0xFE00, wait: float = 0) -> Evidence:
    story = Story(folder, orders=True)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", everything())
    for number in range(before + after):
        if number == before:
            link.ask("C-CANCEL-RQ")
            story.wait(wait)
        link.answer(0xFF00, an_order(number))
    if not after:
        link.ask("C-CANCEL-RQ")
    link.answer(status)
    link.release()
    return story.evidence()


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, None),
        ({"status": 0}, None),  # all had been sent
        ({"before": 0}, None),
        ({"after": 20}, None),
        ({"after": 101}, Verdict.WARN),
        ({"after": 2, "wait": 3}, Verdict.WARN),
        ({"status": 0xA700}, Verdict.FAIL),
        ({"status": 0xC001}, Verdict.FAIL),
    ],
)
def test_cancel(tmp_path: Path, how: dict[str, Any], expected: Verdict | None) -> None:
    place(tmp_path, an_order(0))
    evidence = cancelled(tmp_path, **how)
    assert verdict(CANCEL, evidence) is (expected or Verdict.PASS)
    assert deviations("worklist.query-accepted", evidence) == []
    assert deviations(COMPLETE, evidence) == []


def test_success_though_matches_were_left_out(tmp_path: Path) -> None:
    place(tmp_path, an_order(0), an_order(1))
    assert deviations(CANCEL, cancelled(tmp_path, status=0)) == [("WARN", None)]
    assert deviations(CANCEL, cancelled(tmp_path, before=2, status=0)) == []


def late(folder: Path) -> tuple[Story, Link]:
    story = Story(folder)
    link = story.associate(WORKLIST, VERIFICATION, service="worklist")
    link.ask("C-FIND-RQ", everything())
    link.answer()
    link.ask("C-CANCEL-RQ")
    return story, link


@pytest.mark.parametrize("how", [{"before": 0, "status": 0xA700}, {"status": 0x7777}])
def test_what_other_checks_tell_of_a_query_that_was_cancelled(tmp_path: Path, how: dict[str, Any]) -> None:
    place(tmp_path, an_order(0))
    assert deviations(CANCEL, cancelled(tmp_path, **how)) == []


def test_a_late_cancel_is_ignored(tmp_path: Path) -> None:
    story, link = late(tmp_path)
    link.ask("C-ECHO-RQ", context=3)
    link.answer()
    link.release()
    assert verdict(CANCEL, story.evidence()) is Verdict.PASS


@pytest.mark.parametrize("behind", [False, True])
def test_a_late_cancel_that_is_answered(tmp_path: Path, behind: bool) -> None:
    story, link = late(tmp_path)
    if behind:
        link.ask("C-ECHO-RQ", context=3)
    link.answer(0xFE00, CommandField=0x8020, MessageIDBeingRespondedTo=1)
    link.release()
    assert deviations(CANCEL, story.evidence()) == [("FAIL", None)]


def test_no_cancel(tmp_path: Path) -> None:
    story = Story(tmp_path)
    ask(story, everything(), [an_order(1)])
    assert observe(CANCEL, story.evidence()) == []


# --- matched, and spoiled on its way ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "expected"), [(1, []), (2, [("FAIL", "PatientName")])])
def test_an_order_that_lost_its_letters_was_matched_all_the_same(
    tmp_path: Path, number: int, expected: list[tuple[str, str | None]]
) -> None:
    """What is left of the name is a matter of what was ordered; of an item that nobody knows it is all there is."""
    ordered = an_order(1, PatientName="Иванов^Иван")
    ordered.SpecificCharacterSet = "ISO_IR 192"
    place(tmp_path, ordered)
    identifier = keys(PatientName="Иванов^Иван")
    identifier.SpecificCharacterSet = "ISO_IR 192"
    story = Story(tmp_path, orders=True)
    ask(story, identifier, [an_order(number, PatientName="??????^????")])
    entity = {
        "ae": "TARGET",
        "presentation_contexts": [
            {"sop_classes": ["ModalityWorklistInformationModelFind"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
        ],
        "character_sets": ["ISO_IR 192"],
    }
    product = {"name": "RIS", "version": "1"}
    statement = stated({"product": product, "application_entities": [entity]})
    assert deviations("worklist.matches-keys", story.evidence(statement)) == expected
