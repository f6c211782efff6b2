"""Checks of the worklist: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.statements import Statement
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import WORKLIST, Story, deviations, encode, observe, stated, verdict

CHECKS = (
    "worklist.query-accepted",
    "worklist.pending-has-identifier",
    "worklist.final-no-identifier",
    "worklist.no-unsolicited-cancel",
    "worklist.sps-sequence",
    "worklist.sps-not-flat",
    "worklist.return-type1",
    "worklist.return-type2",
    "worklist.return-type1c",
    "worklist.only-requested",
    "worklist.matches-keys",
    "worklist.order-returned",
    "worklist.value-syntax",
    "worklist.character-set-terms",
    "worklist.no-empty-character-set",
    "worklist.character-set",
)
STEP = f"{exam.STEP}[1] > "


def all_deviations(evidence: Evidence) -> dict[str, list[tuple[str, str | None]]]:
    return {check: found for check in CHECKS if (found := deviations(check, evidence))}


def drop(*keywords: str) -> Callable[[Dataset], None]:
    def change(item: Dataset) -> None:
        for level in (item, *item.get(exam.STEP, ())):
            for keyword in keywords:
                if keyword in level:
                    del level[keyword]

    return change


def add(keyword: str, value: Any) -> Callable[[Dataset], None]:
    return lambda item: setattr(item, keyword, value)


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    assert {seen.verdict for seen in observe(check, exam.judged(tmp_path))} == {Verdict.PASS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_query(tmp_path: Path, check: str) -> None:
    assert verdict(check, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE


# --- what one changed item makes of all the checks --------------------------------------------------------------------

FLAT = ("ScheduledStationAETitle", "ScheduledProcedureStepStartDate")


def two_steps(item: Dataset) -> None:
    item.ScheduledProcedureStepSequence.append(copy.deepcopy(item.ScheduledProcedureStepSequence[0]))


def flatten(item: Dataset) -> None:
    for keyword in FLAT:
        item[keyword] = item.ScheduledProcedureStepSequence[0][keyword]


def foreign_modality(item: Dataset) -> None:
    item.Modality = "CT"
    del item.ScheduledProcedureStepSequence[0].Modality


def designator_lost(item: Dataset) -> None:
    del item.RequestedProcedureCodeSequence[0].CodingSchemeDesignator


def long_code(item: Dataset) -> None:
    code = item.RequestedProcedureCodeSequence[0]
    del code.CodeValue
    code.LongCodeValue = "A-CODE-LONGER-THAN-SIXTEEN-CHARACTERS"


def empty_reference(item: Dataset) -> None:
    reference = Dataset()
    reference.ReferencedSOPClassUID = reference.ReferencedSOPInstanceUID = ""
    item.ReferencedStudySequence = [reference]


def undescribed(item: Dataset) -> None:
    step = item.ScheduledProcedureStepSequence[0]
    step.ScheduledProtocolCodeSequence, step.ScheduledProcedureStepDescription = [], ""


def private(item: Dataset) -> None:
    item.private_block(0x0009, "SCANPROOF TEST", create=True).add_new(0x01, "LO", "x")


SPOILED: dict[str, tuple[Callable[[Dataset], Any], dict[str, list[tuple[str, str | None]]]]] = {
    "no step": (drop(exam.STEP), {"worklist.sps-sequence": [("FAIL", exam.STEP)]}),
    "empty step sequence": (
        add(exam.STEP, []),
        {"worklist.sps-sequence": [("FAIL", exam.STEP)]},
    ),
    "two steps": (two_steps, {"worklist.sps-sequence": [("FAIL", exam.STEP)]}),
    "flat": (flatten, {"worklist.sps-not-flat": [("FAIL", keyword) for keyword in FLAT]}),
    "modality at the root only": (
        foreign_modality,
        {
            "worklist.sps-not-flat": [("FAIL", "Modality")],
            "worklist.return-type1": [("FAIL", f"{STEP}Modality")],
        },
    ),
    "modality at the root too": (add("Modality", "CT"), {"worklist.only-requested": [("WARN", "Modality")]}),
    "type 1 absent": (
        drop("RequestedProcedureID"),
        {"worklist.return-type1": [("FAIL", "RequestedProcedureID")]},
    ),
    "type 1 empty": (exam.put("PatientName", ""), {"worklist.return-type1": [("FAIL", "PatientName")]}),
    "nested type 1 empty": (
        exam.put("ScheduledProcedureStepID", ""),
        {"worklist.return-type1": [("FAIL", f"{STEP}ScheduledProcedureStepID")]},
    ),
    "reference without UIDs": (
        empty_reference,
        {
            "worklist.return-type1": [
                ("FAIL", "ReferencedStudySequence[1] > ReferencedSOPClassUID"),
                ("FAIL", "ReferencedStudySequence[1] > ReferencedSOPInstanceUID"),
            ]
        },
    ),
    "code without scheme": (
        designator_lost,
        {"worklist.return-type1": [("FAIL", "RequestedProcedureCodeSequence[1] > CodingSchemeDesignator")]},
    ),
    "long code": (long_code, {}),
    "type 2 absent": (
        drop("RequestingPhysician", "ReferringPhysicianName", "ScheduledStationName"),
        {
            "worklist.return-type2": [
                ("FAIL", "ReferringPhysicianName"),
                ("FAIL", "RequestingPhysician"),
                ("FAIL", f"{STEP}ScheduledStationName"),
            ]
        },
    ),
    "type 2 of doubt absent": (drop("AdmissionID"), {"worklist.return-type2": [("WARN", "AdmissionID")]}),
    "type 2 empty": (exam.put("AdmissionID", ""), {}),
    "type 3 absent": (drop("IssuerOfPatientID", "PatientSize"), {}),
    "one of a pair": (drop("RequestedProcedureCodeSequence", "ScheduledProcedureStepDescription"), {}),
    "none of a pair": (
        drop("RequestedProcedureCodeSequence", "RequestedProcedureDescription"),
        {"worklist.return-type1c": [("WARN", "RequestedProcedureDescription")]},
    ),
    "both of a pair empty": (
        lambda item: (
            exam.put("ScheduledProtocolCodeSequence", [])(item),
            exam.put("ScheduledProcedureStepDescription", "")(item),
        ),
        {"worklist.return-type1c": [("WARN", f"{STEP}ScheduledProcedureStepDescription")]},
    ),
    "unrequested": (add("PatientComments", "more"), {"worklist.only-requested": [("WARN", "PatientComments")]}),
    "unrequested private": (
        private,
        {"worklist.only-requested": [("FAIL", "(0009,1001)")]},
    ),
    "a creator and nothing else": (
        lambda item: item.private_block(0x0009, "SCANPROOF TEST", create=True),
        {"worklist.only-requested": [("FAIL", "(0009,0010)")]},
    ),
    "empty character set": (
        add("SpecificCharacterSet", ""),
        {"worklist.no-empty-character-set": [("FAIL", "SpecificCharacterSet")]},
    ),
    "no character set": (drop("SpecificCharacterSet"), {}),
    "empty time zone": (
        add("TimezoneOffsetFromUTC", ""),
        {"worklist.no-empty-character-set": [("FAIL", "TimezoneOffsetFromUTC")]},
    ),
    "time zone unasked": (add("TimezoneOffsetFromUTC", "+0100"), {}),
    "other station": (
        exam.put("ScheduledStationAETitle", "OTHER"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")]},
    ),
    "several stations": (exam.put("ScheduledStationAETitle", ["OTHER", "SCANNER"]), {}),
    "padded station": (exam.put("ScheduledStationAETitle", " SCANNER  "), {}),
    "station in lower case": (
        exam.put("ScheduledStationAETitle", "scanner"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")]},
    ),
    "station empty": (
        exam.put("ScheduledStationAETitle", ""),
        {
            "worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")],
            "worklist.return-type1": [("FAIL", f"{STEP}ScheduledStationAETitle")],
        },
    ),
    "other day": (
        exam.put("ScheduledProcedureStepStartDate", "20260103"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledProcedureStepStartDate")]},
    ),
    "other modality": (exam.put("Modality", "MR"), {"worklist.matches-keys": [("FAIL", f"{STEP}Modality")]}),
    "dashed date": (
        exam.put("ScheduledProcedureStepStartDate", "2026-01-02"),
        {"worklist.value-syntax": [("FAIL", f"{STEP}ScheduledProcedureStepStartDate")]},
    ),
    "two UIDs": (
        exam.put("StudyInstanceUID", ["1.2.3", "1.2.4"]),
        {"worklist.value-syntax": [("FAIL", "StudyInstanceUID")]},
    ),
    "an asterisk in a name": (exam.put("PatientName", "DOE*"), {}),
    "sex in lower case": (exam.put("PatientSex", "m"), {"worklist.value-syntax": [("FAIL", "PatientSex")]}),
    "undefined character set": (
        exam.put("SpecificCharacterSet", "ISO_IR 149"),
        {"worklist.character-set-terms": [("FAIL", "SpecificCharacterSet")]},
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_item(tmp_path: Path, case: str) -> None:
    change, expected = SPOILED[case]
    assert all_deviations(exam.judged(tmp_path, change)) == expected


# --- the conversation itself ------------------------------------------------------------------------------------------


def test_refusal_shows_what_the_target_said(tmp_path: Path) -> None:
    evidence = exam.judged(tmp_path, status=0xA900, ErrorComment="two items", OffendingElement=(0x00400100,))
    (seen,) = [seen for seen in observe("worklist.query-accepted", evidence) if seen.verdict is Verdict.FAIL]
    assert "A900H (two items; Offending Element ScheduledProcedureStepSequence)" in seen.actual
    assert set(all_deviations(evidence)) == {"worklist.query-accepted"}


# --- keys in a character set that nobody declares: how they match is undefined (PS3.4 C.2.2.2, 2020) ------------------


def by_name(name: str, term: str = "ISO_IR 144") -> Dataset:
    identifier = exam.keys()
    identifier.SpecificCharacterSet, identifier.PatientName = term, name
    return identifier


def a_statement(*terms: str) -> Statement:
    context = {"sop_classes": ["ModalityWorklistInformationModelFind"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
    entity = {"ae": "TARGET", "presentation_contexts": [context], "character_sets": list(terms)}
    product = {"name": "RIS", "version": "1"}
    return stated({"product": product, "application_entities": [entity]})


@pytest.mark.parametrize(
    ("name", "declared", "verdict"),
    [
        ("Петров^Иван", None, "INCONCLUSIVE"),
        ("Петров^Иван", ("ISO_IR 100",), "INCONCLUSIVE"),
        ("Петров^Иван", (), "INCONCLUSIVE"),
        ("Петров^Иван", ("ISO_IR 144",), "FAIL"),
        ("Petrov^Ivan", None, "FAIL"),  # what is in ISO 646 needs no character set
    ],
)
def test_refusal_of_keys_in_a_character_set(
    tmp_path: Path, name: str, declared: tuple[str, ...] | None, verdict: str
) -> None:
    story = Story(tmp_path)
    exam.worklist(story, [], status=0xA900, identifier=by_name(name))
    evidence = story.evidence(a_statement(*declared) if declared is not None else None)
    assert deviations("worklist.query-accepted", evidence) == [(verdict, None)]


def test_refusal_of_keys_with_escape_sequences(tmp_path: Path) -> None:
    story = Story(tmp_path)
    identifier = by_name("Yamada^Tarou=山田^太郎", "\\ISO 2022 IR 87")
    exam.worklist(story, [], status=0xA900, identifier=identifier, ErrorComment="Invalid Character Repertoire")
    (seen,) = observe("worklist.query-accepted", story.evidence())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert "the keys are in ISO 2022 IR 87, and no statement declares that" in seen.actual


@pytest.mark.parametrize(
    ("returned", "declared", "expected"),
    [
        ("Иванов^Иван", (), []),  # letters that it does not know may be wild cards
        ("Иванов^Иван", ("ISO_IR 144",), [("FAIL", "PatientName")]),
        ("Doe^Jane^Mary", (), [("FAIL", "PatientName")]),  # no wild card makes that of it
    ],
)
def test_items_of_another_name_in_a_character_set(
    tmp_path: Path, returned: str, declared: tuple[str, ...], expected: list[tuple[str, str | None]]
) -> None:
    item = exam.item()
    item.SpecificCharacterSet, item.PatientName = "ISO_IR 144", returned
    story = Story(tmp_path)
    exam.worklist(story, [item], identifier=by_name("Петров^Иван^X" if returned.isascii() else "Петров^Иван"))
    assert deviations("worklist.matches-keys", story.evidence(a_statement(*declared))) == expected


def test_order_of_a_refused_query_is_inconclusive(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [], status=0xA700)
    assert all_deviations(story.evidence()) == {
        "worklist.query-accepted": [("FAIL", None)],
        "worklist.order-returned": [("INCONCLUSIVE", None)],
    }
    (seen,) = observe("worklist.order-returned", story.evidence())
    assert seen.because is seen.exchange is not None  # the refusal tells why, and is one entry


def test_order_of_a_query_that_was_never_answered_is_a_consequence(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", exam.keys())
    link.abort(source=0, reason=0)
    (seen,) = observe("worklist.order-returned", story.evidence())
    assert (seen.verdict, seen.exchange is not None) == (Verdict.INCONCLUSIVE, True)
    assert seen.because is seen.exchange


def test_order_not_returned(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [])
    assert all_deviations(story.evidence()) == {"worklist.order-returned": [("FAIL", None)]}


def test_order_is_known_by_its_step_too(tmp_path: Path) -> None:
    assert all_deviations(exam.judged(tmp_path, exam.put("AccessionNumber", ""))) == {}


def test_later_query_may_lack_the_order(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()])
    exam.worklist(story, [])
    assert all_deviations(story.evidence()) == {}


def test_no_order_was_placed(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger(order=None))
    exam.worklist(story, [])
    assert verdict("worklist.order-returned", story.evidence()) is Verdict.NOT_APPLICABLE


def test_pending_without_identifier(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item(), None])
    assert all_deviations(story.evidence()) == {"worklist.pending-has-identifier": [("FAIL", None)]}


def test_final_with_identifier(tmp_path: Path) -> None:
    assert all_deviations(exam.judged(tmp_path, final=exam.item())) == {
        "worklist.final-no-identifier": [("FAIL", None)]
    }


def test_stray_data_set_behind_the_final_response(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", exam.keys())
    link.answer(0xFF00, exam.item())
    link.answer(0x0000)
    link._fragments(1, False, encode(exam.item(), EXPLICIT_LITTLE), False, 0)
    link.release()
    assert deviations("worklist.final-no-identifier", story.evidence()) == [("FAIL", None)]


def test_ff01_is_pending(tmp_path: Path) -> None:
    assert all_deviations(exam.judged(tmp_path, pending=0xFF01)) == {}


def test_cancel_that_nobody_asked_for(tmp_path: Path) -> None:
    found = all_deviations(exam.judged(tmp_path, status=0xFE00))
    assert found == {"worklist.no-unsolicited-cancel": [("FAIL", None)]}


def test_cancel_after_c_cancel(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", exam.keys())
    link.answer(0xFF00, exam.item())
    link.ask("C-CANCEL-RQ")
    link.answer(0xFE00)
    link.release()
    assert all_deviations(story.evidence()) == {}


def test_whole_sequence_asked_for(tmp_path: Path) -> None:
    """A sequence asked for with zero length asks for all of it: nothing in it is missing nor too much (MWL-09)."""
    identifier = exam.keys()
    identifier.ScheduledProcedureStepSequence = []
    item = exam.item()
    del item.ScheduledProcedureStepSequence[0].ScheduledStationName
    item.ScheduledProcedureStepSequence[0].CommentsOnTheScheduledProcedureStep = "more"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item], identifier=identifier)
    assert all_deviations(story.evidence()) == {}


def test_not_asked_for_is_not_missed(tmp_path: Path) -> None:
    identifier = exam.keys()
    del identifier.RequestedProcedureID, identifier.RequestingPhysician
    story = Story(tmp_path, ledger=exam.ledger())
    item = exam.item()
    del item.RequestedProcedureID, item.RequestingPhysician
    exam.worklist(story, [item], identifier=identifier)
    assert all_deviations(story.evidence()) == {}


def test_group_lengths_are_not_what_nobody_asked_for(tmp_path: Path) -> None:
    length = b"\x08\0\0\0UL\4\0\0\0\0\0"
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [length + encode(exam.item(), EXPLICIT_LITTLE)])
    assert deviations("worklist.only-requested", story.evidence()) == []


def test_what_nobody_asked_for_in_an_item_of_a_sequence(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item.ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence[0].MappingResource = "DCMR"

    found = deviations("worklist.only-requested", exam.judged(tmp_path, change))
    assert found == [("WARN", f"{STEP}ScheduledProtocolCodeSequence[1] > MappingResource")]
