"""Checks of the worklist: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import exam
import pytest
import scanproof.checks.worklist
import scanproof.checks.worklist_values  # noqa: F401 - importing registers
from building import WORKLIST, Story, deviations, encode, observe, verdict
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName
from scanproof.check import Evidence
from scanproof.finding import Verdict
from scanproof.standard.value_grammar import character_set_mistakes, mistakes
from scansim.wire.dataset import EXPLICIT_LITTLE

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
    "worklist.character-set",
)
STEP = f"{exam.STEP}[1] > "


def judged(folder: Path, *changes: Callable[[Dataset], Any], **how: Any) -> Evidence:
    """One query whose only item was changed."""
    item = exam.item()
    for change in changes:
        change(item)
    story = Story(folder, ledger=exam.ledger())
    exam.worklist(story, [item], **how)
    return story.evidence()


def all_deviations(evidence: Evidence) -> dict[str, list[tuple[str, str | None]]]:
    return {check: found for check in CHECKS if (found := deviations(check, evidence))}


def drop(*keywords: str) -> Callable[[Dataset], None]:
    def change(item: Dataset) -> None:
        for level in (item, *item.get(exam.STEP, ())):
            for keyword in keywords:
                if keyword in level:
                    del level[keyword]

    return change


def put(keyword: str, value: Any) -> Callable[[Dataset], None]:
    """Set an attribute where it is, in the item or its step, unvalidated."""

    def change(item: Dataset) -> None:
        level = item if keyword in item else item[exam.STEP][0]
        level[keyword]._value = PersonName(value) if level[keyword].VR == "PN" else value

    return change


def add(keyword: str, value: Any) -> Callable[[Dataset], None]:
    return lambda item: setattr(item, keyword, value)


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    assert {seen.verdict for seen in observe(check, judged(tmp_path))} == {Verdict.PASS}


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
    "type 1 empty": (put("PatientName", ""), {"worklist.return-type1": [("FAIL", "PatientName")]}),
    "nested type 1 empty": (
        put("ScheduledProcedureStepID", ""),
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
    "type 2 empty": (put("AdmissionID", ""), {}),
    "type 3 absent": (drop("IssuerOfPatientID", "PatientSize"), {}),
    "one of a pair": (drop("RequestedProcedureCodeSequence", "ScheduledProcedureStepDescription"), {}),
    "none of a pair": (
        drop("RequestedProcedureCodeSequence", "RequestedProcedureDescription"),
        {"worklist.return-type1c": [("WARN", "RequestedProcedureDescription")]},
    ),
    "both of a pair empty": (
        lambda item: (put("ScheduledProtocolCodeSequence", [])(item), put("ScheduledProcedureStepDescription", "")(item)),
        {"worklist.return-type1c": [("WARN", f"{STEP}ScheduledProcedureStepDescription")]},
    ),
    "unrequested": (add("PatientComments", "more"), {"worklist.only-requested": [("WARN", "PatientComments")]}),
    "unrequested private": (
        private,
        {"worklist.only-requested": [("WARN", "(0009,0010)"), ("WARN", "(0009,1001)")]},
    ),
    "time zone unasked": (add("TimezoneOffsetFromUTC", "+0100"), {}),
    "other station": (
        put("ScheduledStationAETitle", "OTHER"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")]},
    ),
    "several stations": (put("ScheduledStationAETitle", ["OTHER", "SCANNER"]), {}),
    "padded station": (put("ScheduledStationAETitle", " SCANNER  "), {}),
    "station in lower case": (
        put("ScheduledStationAETitle", "scanner"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")]},
    ),
    "station empty": (
        put("ScheduledStationAETitle", ""),
        {
            "worklist.matches-keys": [("FAIL", f"{STEP}ScheduledStationAETitle")],
            "worklist.return-type1": [("FAIL", f"{STEP}ScheduledStationAETitle")],
        },
    ),
    "other day": (
        put("ScheduledProcedureStepStartDate", "20260103"),
        {"worklist.matches-keys": [("FAIL", f"{STEP}ScheduledProcedureStepStartDate")]},
    ),
    "other modality": (put("Modality", "MR"), {"worklist.matches-keys": [("FAIL", f"{STEP}Modality")]}),
    "dashed date": (
        put("ScheduledProcedureStepStartDate", "2026-01-02"),
        {"worklist.value-syntax": [("FAIL", f"{STEP}ScheduledProcedureStepStartDate")]},
    ),
    "two UIDs": (
        put("StudyInstanceUID", ["1.2.3", "1.2.4"]),
        {"worklist.value-syntax": [("FAIL", "StudyInstanceUID")]},
    ),
    "an asterisk in a name": (put("PatientName", "DOE*"), {}),
    "sex in lower case": (put("PatientSex", "m"), {"worklist.value-syntax": [("FAIL", "PatientSex")]}),
    "undefined character set": (
        put("SpecificCharacterSet", "ISO_IR 149"),
        {"worklist.character-set": [("FAIL", "SpecificCharacterSet")]},
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_item(tmp_path: Path, case: str) -> None:
    change, expected = SPOILED[case]
    assert all_deviations(judged(tmp_path, change)) == expected


# --- the conversation itself ------------------------------------------------------------------------------------------


def test_refusal_shows_what_the_target_said(tmp_path: Path) -> None:
    evidence = judged(
        tmp_path, status=0xA900, ErrorComment="two items", OffendingElement=(0x00400100,)
    )
    (seen,) = [seen for seen in observe("worklist.query-accepted", evidence) if seen.verdict is Verdict.FAIL]
    assert "A900H (two items; Offending Element ScheduledProcedureStepSequence)" in seen.actual
    assert set(all_deviations(evidence)) == {"worklist.query-accepted"}


def test_order_of_a_refused_query_is_inconclusive(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [], status=0xA700)
    assert all_deviations(story.evidence()) == {
        "worklist.query-accepted": [("FAIL", None)],
        "worklist.order-returned": [("INCONCLUSIVE", None)],
    }


def test_order_not_returned(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [])
    assert all_deviations(story.evidence()) == {"worklist.order-returned": [("FAIL", None)]}


def test_order_is_known_by_its_step_too(tmp_path: Path) -> None:
    assert all_deviations(judged(tmp_path, put("AccessionNumber", ""))) == {}


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
    assert all_deviations(judged(tmp_path, final=exam.item())) == {"worklist.final-no-identifier": [("FAIL", None)]}


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
    assert all_deviations(judged(tmp_path, pending=0xFF01)) == {}


def test_cancel_that_nobody_asked_for(tmp_path: Path) -> None:
    found = all_deviations(judged(tmp_path, status=0xFE00))
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


# --- matching ---------------------------------------------------------------------------------------------------------

DATE, TIME = "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        ({DATE: "20260102"}, True),
        ({DATE: "20260102-20260102"}, True),
        ({DATE: "20260102-"}, True),
        ({DATE: "-20260102"}, True),
        ({DATE: "20260101-20260103"}, True),
        ({DATE: ""}, True),
        ({DATE: "20260103-"}, False),
        ({DATE: "-20260101"}, False),
        ({TIME: "0930"}, True),
        ({TIME: "09"}, True),
        ({TIME: "093000.000000"}, True),
        ({TIME: "0900-1000"}, True),
        ({TIME: "1000-"}, False),
        ({TIME: "-0929"}, False),
        # both ranges: one period from the first moment to the last
        ({DATE: "20260101-20260103", TIME: "2200-0500"}, True),
        ({DATE: "20260102-20260103", TIME: "1000-0500"}, False),
        ({DATE: "20260101-20260102", TIME: "2200-0900"}, False),
        ({"Modality": "MR"}, False),
        ({"Modality": "C*"}, None),
        ({"ScheduledPerformingPhysicianName": "synthetic-performer^PIA"}, True),
        ({"ScheduledPerformingPhysicianName": "Synthetic-P*"}, True),
        ({"ScheduledPerformingPhysicianName": "Synthetic-Performer"}, None),
        ({"ScheduledPerformingPhysicianName": "Müller*"}, False),
    ],
)
def test_matching_of_a_key(tmp_path: Path, wanted: dict[str, str], matches: bool | None) -> None:
    identifier = exam.keys()
    step = identifier.ScheduledProcedureStepSequence[0]
    step.ScheduledStationAETitle = step.ScheduledProcedureStepStartDate = step.Modality = ""
    for keyword, value in wanted.items():
        step[keyword]._value = PersonName(value) if step[keyword].VR == "PN" else value
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [exam.item()], identifier=identifier)
    seen = verdict("worklist.matches-keys", story.evidence())
    universal = not any(wanted.values())
    expected = {True: Verdict.PASS, False: Verdict.FAIL, None: Verdict.NOT_APPLICABLE}[matches]
    assert seen is (Verdict.NOT_APPLICABLE if universal else expected)


@pytest.mark.parametrize(
    ("key", "name", "matches"),
    [
        ("MULLER^EVA", "Müller^Eva", True),
        ("Müller^Eva", "Muller^Eva^^", True),
        ("山田^太郎", "Yamada^Tarou=山田^太郎", True),
        ("D?E*", "Doe^Jane", True),
        ("DOE^JANE", "Smith^Bob", False),
    ],
)
def test_matching_of_the_patients_name(tmp_path: Path, key: str, name: str, matches: bool) -> None:
    identifier, item = exam.keys(), exam.item()
    identifier.SpecificCharacterSet = item.SpecificCharacterSet = "ISO_IR 192"
    identifier.PatientName, item.PatientName = key, name
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item], identifier=identifier)
    expected = [] if matches else [("FAIL", "PatientName")]
    assert deviations("worklist.matches-keys", story.evidence()) == expected


def test_time_zones_leave_dates_open(tmp_path: Path) -> None:
    identifier = exam.keys()
    identifier.TimezoneOffsetFromUTC = "+0900"
    evidence = judged(tmp_path, put(DATE, "20260101"), identifier=identifier)
    assert [found for found, _ in deviations("worklist.matches-keys", evidence)] == ["INCONCLUSIVE"]


# --- values -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DA", "20240229"),
        ("TM", "235960"),
        ("TM", "09"),
        ("TM", "093000.123456"),
        ("DT", "20260102093000.5+0100"),
        ("DT", "2026"),
        ("DT", "202601+0100"),
        ("UI", "1.2.840.0.10008"),
        ("IS", "-12"),
        ("DS", "1.5E-3"),
        ("DS", "70."),
        ("AE", "MyScanner *"),
        ("AS", "018M"),
        ("CS", "ISO_IR 100"),
        ("SH", "1" * 16),
        ("LO", "漢" * 64),
        ("LO", "DOE*?"),
        ("PN", "=".join(("a" * 63, "b" * 63, "c" * 64))),
        ("PN", "Adams^John Robert Quincy^^Rev.^B.A. M.Div."),
        ("DA", ""),
        ("UT", "anything\nat all"),
    ],
)
def test_well_formed_value(vr: str, value: str) -> None:
    assert list(mistakes(vr, value)) == []


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("DA", "20260229"),
        ("DA", "2026.01.02"),
        ("DA", "20260102-"),
        ("DA", "20260101-20260102"),
        ("TM", "24"),
        ("TM", "09:30:00"),
        ("TM", "1000-"),
        ("TM", "093000."),
        ("DT", "20261301"),
        ("UI", "1.2.03"),
        ("UI", "1.2."),
        ("UI", "1." + "2" * 63),
        ("IS", "1.5"),
        ("IS", "2147483648"),
        ("DS", "NaN"),
        ("DS", "1.23456789012345678"),
        ("AE", "A" * 17),
        ("AS", "18M"),
        ("CS", "ct"),
        ("CS", "C*"),
        ("SH", "1" * 17),
        ("LO", "漢" * 65),
        ("LO", "a\tb"),
        ("PN", "a" * 65),
        ("PN", "a=b=c=d"),
        ("PN", "a^b^c^d^e^f"),
    ],
)
def test_ill_formed_value(vr: str, value: str) -> None:
    assert [surely for surely, _ in mistakes(vr, value)] == [True]


def test_three_groups_of_64_are_a_matter_of_reading() -> None:
    assert [surely for surely, _ in mistakes("PN", "=".join("abc"[n] * 64 for n in range(3)))] == [False, False]


def test_vr_of_the_dictionary(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item["PatientID"].VR = "SH"

    assert deviations("worklist.value-syntax", judged(tmp_path, change)) == [("FAIL", "PatientID")]


def test_uid_padded_with_a_blank(tmp_path: Path) -> None:
    item = encode(exam.item(), EXPLICIT_LITTLE)
    uid = exam.ORDER.StudyInstanceUID.encode()
    assert item.count(uid) == 1
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item.replace(uid, uid[:-1] + b" ")])
    assert deviations("worklist.value-syntax", story.evidence()) == [("WARN", "StudyInstanceUID")]


def test_length_is_not_counted_in_an_unknown_character_set(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item.SpecificCharacterSet = "ISO_IR 192"
        item.AdmissionID = "漢" * 60
        item.RequestedProcedureID = "漢" * 16

    encoded = judged(tmp_path, change)
    assert deviations("worklist.value-syntax", encoded) == []
    item = exam.item()
    change(item)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encode(item, EXPLICIT_LITTLE).replace(b"ISO_IR 192", b"ISO_IR 999")])
    assert deviations("worklist.value-syntax", story.evidence()) == []


def test_kanji_with_a_delimiter_byte(tmp_path: Path) -> None:
    """3DH, 5EH and 5CH inside JIS X 0208 are no delimiters (CHR-02)."""

    def change(item: Dataset) -> None:
        item.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        item.PatientName = "Yamada^Tarou=出^十=やまだ^たろう"

    evidence = judged(tmp_path, change)
    assert b"=P" in (evidence.associations[0].exchanges[1].message.dataset or b"")  # 3D50H is one character
    assert deviations("worklist.value-syntax", evidence) == []
    assert deviations("worklist.character-set", evidence) == []


# --- character sets ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "terms",
    [
        (),
        ("",),
        ("ISO_IR 100",),
        ("ISO_IR 203",),
        ("ISO_IR 192",),
        ("GB18030",),
        ("GBK",),
        ("", "ISO 2022 IR 87"),
        ("", "ISO 2022 IR 149"),
        ("ISO 2022 IR 13", "ISO 2022 IR 87"),
        ("ISO 2022 IR 6", "ISO 2022 IR 203"),
    ],
)
def test_legal_character_sets(terms: tuple[str, ...]) -> None:
    assert list(character_set_mistakes(terms)) == []


@pytest.mark.parametrize(
    ("terms", "nearest"),
    [
        (("ISO_IR 149",), r"\\ISO 2022 IR 149' is the nearest"),
        (("ISO IR 192",), "ISO_IR 192"),
        (("UTF8",), "ISO_IR 192"),
        (("ISO-IR 100",), "ISO_IR 100"),
        (("gb18030",), "GB18030"),
        (("GB18030", "ISO_IR 192"), ""),
        (("ISO_IR 13", "ISO 2022 IR 87"), "ISO 2022 IR 13"),
        (("ISO 2022 IR 87", "ISO 2022 IR 6"), ""),
        (("ISO 2022 IR 149",), ""),
    ],
)
def test_illegal_character_sets(terms: tuple[str, ...], nearest: str) -> None:
    found = list(character_set_mistakes(terms))
    assert found
    assert all(surely for surely, _ in found)
    assert nearest in found[0][1]


@pytest.mark.parametrize("terms", [("ISO_IR 6",), ("ISO 2022 IR 100",), ("", "ISO 2022 IR 87", "")])
def test_doubtful_character_sets(terms: tuple[str, ...]) -> None:
    assert [surely for surely, _ in character_set_mistakes(terms)] == [False]


def test_bytes_above_7f_without_a_character_set(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item.PatientName = "Müller^Eva"
        item.ScheduledProcedureStepSequence[0].ScheduledStationName = "Süd"

    item = exam.item()
    change(item)
    named = encode(item, EXPLICIT_LITTLE)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [named[8 + len("ISO_IR 100") :]])  # it is the first element
    found = deviations("worklist.character-set", story.evidence())
    assert found == [("FAIL", "PatientName"), ("FAIL", f"{STEP}ScheduledStationName")]
    assert deviations("worklist.character-set", judged(tmp_path, change)) == []


def test_latin_1_under_utf_8(tmp_path: Path) -> None:
    item = exam.item()
    item.PatientName = "Müller^Eva"
    encoded = encode(item, EXPLICIT_LITTLE).replace(b"ISO_IR 100", b"ISO_IR 192")
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encoded])
    assert deviations("worklist.character-set", story.evidence()) == [("FAIL", "PatientName")]
