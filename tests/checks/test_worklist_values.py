"""Checks of the values in worklist items: matching, syntax, character sets."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.finding import Verdict
from scanproof.standard.value_grammar import character_set_mistakes, mistakes
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.pdu import UserInformation
from tests.support import exam_messages as exam
from tests.support.building import WORKLIST, Story, deviations, encode, observe, verdict

STEP = f"{exam.STEP}[1] > "


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
        ({TIME: "09"}, None),  # the hour, or its first instant
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
    if matches is False:
        # of a period that is not met, the date is named
        wrong = DATE if {DATE, TIME} <= wanted.keys() else next(iter(wanted))
        assert deviations("worklist.matches-keys", story.evidence()) == [("FAIL", f"{STEP}{wrong}")]


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


@pytest.mark.parametrize(
    ("key", "name", "seen"),
    [
        ("Müller^Eva", "Muller^Eva^^", Verdict.PASS),
        ("Muller^Eva^^", "MÜLLER^EVA", Verdict.PASS),
        ("Muller  Eva", "Muller Eva ", Verdict.PASS),
        ("Muller^Eva=", "Muller^Eva", Verdict.PASS),
        ("山田^太郎", "Yamada^Tarou=山田^太郎", Verdict.PASS),
        ("Yamada^Tarou=山田", "Yamada^Tarou", Verdict.NOT_APPLICABLE),
        ("Muller", "Muller^Eva", Verdict.NOT_APPLICABLE),
        ("Eva", "Muller^Eva", Verdict.FAIL),
        ("MullerEva", "Muller Eva", Verdict.FAIL),
        ("Muller^?va", "Muller^Eva", Verdict.PASS),
        ("Muller^?", "Muller^Eva", Verdict.WARN),  # how wild cards in names are taken is the implementation's affair
        ("Müller*", "Smith^Bob", Verdict.WARN),
        ("Meyer^Eva", "Maier^Eva", Verdict.WARN),  # it only sounds alike, and nothing was negotiated
        ("Eva^Muller", "Muller^Eva", Verdict.PASS),
        ("Mueller^Eva", "Müller^Eva", Verdict.PASS),
    ],
)
def test_names_that_match_do_not_match_or_may(tmp_path: Path, key: str, name: str, seen: Verdict) -> None:
    identifier, item = exam.keys(), exam.item()
    step = identifier.ScheduledProcedureStepSequence[0]
    step.ScheduledStationAETitle = step.ScheduledProcedureStepStartDate = step.Modality = ""
    identifier.SpecificCharacterSet = item.SpecificCharacterSet = "ISO_IR 192"
    identifier.PatientName, item.PatientName = key, name
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item], identifier=identifier)
    assert verdict("worklist.matches-keys", story.evidence()) is seen


@pytest.mark.parametrize(("held", "expected"), [("P-1", []), ("P-2", ["FAIL"]), ("p-1", ["FAIL"]), ("", ["FAIL"])])
def test_matching_of_the_patients_id(tmp_path: Path, held: str, expected: list[str]) -> None:
    identifier = exam.keys()
    identifier.PatientID = "P-1"
    evidence = exam.judged(tmp_path, exam.put("PatientID", held), identifier=identifier)
    assert [found for found, _ in deviations("worklist.matches-keys", evidence)] == expected


FUZZY = (0x56, struct.pack(">H", len(WORKLIST)) + WORKLIST.encode() + b"\1\1\1")


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [((), (), "FAIL"), ((), (FUZZY,), "FAIL"), ((FUZZY,), (), "FAIL"), ((FUZZY,), (FUZZY,), "")],
)
def test_names_are_compared_unless_we_asked_for_extended_negotiation_and_got_it(
    tmp_path: Path, asked: tuple[Any, ...], answered: tuple[Any, ...], expected: str
) -> None:
    """An item in the answer that nobody asked for switches nothing off: three patients of another name are three."""
    identifier = exam.keys()
    identifier.PatientName = "Smith^Bob"
    users = [{"user": UserInformation(16384, "2.25.1", other=other)} for other in (asked, answered)]
    story = Story(tmp_path, ledger=exam.ledger())
    link = story.associate(WORKLIST, service="worklist", rq=users[0], ac=users[1])
    link.ask("C-FIND-RQ", identifier)
    for _ in range(3):
        link.answer(0xFF00, exam.item())
    link.answer()
    found = [verdict for verdict, _ in deviations("worklist.matches-keys", story.evidence())]
    assert found == ([expected] * 3 if expected else [])


def test_time_zones_leave_dates_open(tmp_path: Path) -> None:
    identifier = exam.keys()
    identifier.TimezoneOffsetFromUTC = "+0900"
    evidence = exam.judged(tmp_path, exam.put(DATE, "20260101"), identifier=identifier)
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
        ("AE", "SCÄNNER"),
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

    assert deviations("worklist.value-syntax", exam.judged(tmp_path, change)) == [("FAIL", "PatientID")]


@pytest.mark.parametrize(
    ("keyword", "value", "surely"),
    [
        ("PatientID", "P" * 65, "FAIL"),
        ("PatientName", "DOE^JANE\x07", "FAIL"),
        ("RequestedProcedureDescription", "D" * 65, "FAIL"),
        ("PatientBirthDate", "1980-01-01", "FAIL"),
        ("Modality", "ct", "FAIL"),
    ],
)
def test_ill_formed_values_of_an_item(tmp_path: Path, keyword: str, value: str, surely: str) -> None:
    found = deviations("worklist.value-syntax", exam.judged(tmp_path, exam.put(keyword, value)))
    assert [(verdict, tag.rpartition(" ")[2]) for verdict, tag in found] == [(surely, keyword)]


def test_private_attributes_are_not_looked_at(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item.add_new(0x00090010, "LO", "ACME")
        item.add_new(0x00091001, "DA", "never")

    assert deviations("worklist.value-syntax", exam.judged(tmp_path, change)) == []


def test_of_another_vr_nothing_more_is_said(tmp_path: Path) -> None:
    def change(item: Dataset) -> None:
        item.add_new("PatientBirthDate", "LO", "x" * 70)

    assert deviations("worklist.value-syntax", exam.judged(tmp_path, change)) == [("FAIL", "PatientBirthDate")]


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

    encoded = exam.judged(tmp_path, change)
    assert deviations("worklist.value-syntax", encoded) == []
    item = exam.item()
    change(item)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encode(item, EXPLICIT_LITTLE).replace(b"ISO_IR 192", b"ISO_IR 999")])
    assert deviations("worklist.value-syntax", story.evidence()) == []


def test_length_is_counted_in_characters_where_the_set_is_known(tmp_path: Path) -> None:
    for length, expected in ((64, []), (65, [("FAIL", "AdmissionID")])):
        found = exam.judged(tmp_path, exam.put("AdmissionID", "ü" * length))
        assert deviations("worklist.value-syntax", found) == expected


def test_kanji_with_a_delimiter_byte(tmp_path: Path) -> None:
    """3DH, 5EH and 5CH inside JIS X 0208 are no delimiters (CHR-02)."""

    def change(item: Dataset) -> None:
        item.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
        item.PatientName = "Yamada^Tarou=出^十=やまだ^たろう"

    evidence = exam.judged(tmp_path, change)
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
        (("ISO_IR 149",), r"'\ISO 2022 IR 149' is the nearest"),
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
    told = [seen.actual for seen in observe("worklist.character-set", story.evidence())]
    assert [text.partition(" as Latin-1")[0] for text in told] == [
        "bytes above 7FH, 'Müller^Eva'",
        "bytes above 7FH, 'Süd'",
    ]
    assert deviations("worklist.character-set", exam.judged(tmp_path, change)) == []


def test_latin_1_under_utf_8(tmp_path: Path) -> None:
    item = exam.item()
    item.PatientName = "Müller^Eva"
    encoded = encode(item, EXPLICIT_LITTLE).replace(b"ISO_IR 100", b"ISO_IR 192")
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encoded])
    assert deviations("worklist.character-set", story.evidence()) == [("FAIL", "PatientName")]


def _named(tmp_path: Path, terms: str, name: bytes) -> list[tuple[str, str]]:
    """Deviations from the rules of character sets of an item with a Patient's Name in given bytes."""
    item = exam.item()
    item.SpecificCharacterSet = terms
    item.PatientName = "X" * (len(name) + len(name) % 2)
    encoded = encode(item, EXPLICIT_LITTLE).replace(b"X" * len(item.PatientName), name.ljust(len(item.PatientName)))
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encoded])
    assert deviations("worklist.value-syntax", story.evidence()) == []
    return deviations("worklist.character-set", story.evidence())


KANJI, KOREAN, LATIN = r"\ISO 2022 IR 87", r"\ISO 2022 IR 149", r"ISO 2022 IR 100\ISO 2022 IR 144"


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        (KANJI, b"Yamada^Taro=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),
        (KANJI, b"Haruki^Juji=\x1b$B=UEV\x1b(B^\x1b$B==<!\x1b(B"),  # 3DH
        (KANJI, b"Yamamoto^Jun=\x1b$B;3K\\\x1b(B^\x1b$B=\\\x1b(B"),  # 5CH
        (KANJI, b"Kasai^Goro=\x1b$B3^0f\x1b(B^\x1b$B8^O:\x1b(B"),  # 5EH
        # G1 under an empty value 1 stays designated (PS3.5 K.3)
        (KOREAN, b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf"),
        ("GB18030", b"Wang^Guan=\xcd\xf5^\xd3\x5e"),
        (LATIN, b"Muller=M\xfcller^\x1b-L\xb8\xd2\xd0\xdd\x1b-A"),
    ],
)
def test_escape_sequences_as_they_belong(tmp_path: Path, terms: str, name: bytes) -> None:
    assert _named(tmp_path, terms, name) == []


@pytest.mark.parametrize(
    ("terms", "name"),
    [
        (KANJI, b"Yamada^Taro=\x1b$B;3ED^\x1b$BB@O:\x1b(B"),  # no way back before ^
        (KANJI, b"Yamada^Taro=\x1b$B;3ED\x1b(B^\x1b$BB@O:"),  # ... nor at the end
        (LATIN, b"Muller=M\xfcller^\x1b-L\xb8\xd2\xd0\xdd"),  # G1 of value 1 is not restored
        (KOREAN, b"Hong^Gildong=\x1b$)C\xfb\xf3^\xd1\xce\xd4\xd7"),  # not designated again
        (KANJI, b"\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B"),  # in the first component group
        (KOREAN, b"Yamada^Taro=\x1b$B;3ED\x1b(B"),  # not declared
        ("GB18030", b"Wang^Guan=\xcd\xff"),
    ],
)
def test_escape_sequences_that_are_missing_or_out_of_place(tmp_path: Path, terms: str, name: bytes) -> None:
    assert _named(tmp_path, terms, name) == [("FAIL", "PatientName")]


def test_terms_are_read_without_their_padding(tmp_path: Path) -> None:
    assert (
        _named(tmp_path, r"ISO 2022 IR 100 \ ISO 2022 IR 144", b"Muller=M\xfcller^\x1b-L\xb8\xd2\xd0\xdd\x1b-A") == []
    )


def test_text_is_not_judged_under_terms_that_are_not_legal(tmp_path: Path) -> None:
    assert _named(tmp_path, "ISO_IR 149", b"\xc8\xab^\xb1\xe6") == []


def test_bytes_above_7f_where_no_character_set_applies_are_no_matter_of_character_sets(tmp_path: Path) -> None:
    item = encode(exam.item(), EXPLICIT_LITTLE)
    assert item.count(b"AE\x08\0SCANNER ") == 1
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item.replace(b"AE\x08\0SCANNER ", b"AE\x08\0SC\xc4NNER ")])
    assert deviations("worklist.character-set", story.evidence()) == []


def test_an_ae_title_is_in_the_default_repertoire(tmp_path: Path) -> None:
    """No character set applies to AE: above 7FH there is nothing, whatever (0008,0005) says (PS3.5 6.2)."""
    item = encode(exam.item(), EXPLICIT_LITTLE).replace(b"AE\x08\0SCANNER ", b"AE\x08\0SC\xc4NNER ")
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [item])
    assert deviations("worklist.value-syntax", story.evidence()) == [("FAIL", f"{STEP}ScheduledStationAETitle")]


def test_greek_without_a_character_set(tmp_path: Path) -> None:
    """R2-05: nothing says that these bytes are Greek."""
    greek = "Παπαδοπούλου".encode("iso8859-7")
    item = exam.item()
    del item.SpecificCharacterSet
    item.PatientName = "X" * len(greek)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.worklist(story, [encode(item, EXPLICIT_LITTLE).replace(b"X" * len(greek), greek)])
    assert deviations("worklist.character-set", story.evidence()) == [("FAIL", "PatientName")]


def test_an_integer_with_a_decimal_point(tmp_path: Path) -> None:
    """R2-06, in a worklist item: an attribute of VR IS that somebody asked for."""
    assert [surely for surely, _ in mistakes("IS", "3.0")] == [True]


def test_letters_in_a_uid_of_an_item(tmp_path: Path) -> None:
    """R2-04: the RIS made it."""
    found = exam.judged(tmp_path, exam.put("StudyInstanceUID", "Series.1.2.3"))
    assert deviations("worklist.value-syntax", found) == [("FAIL", "StudyInstanceUID")]


def test_utf_8_under_its_term_is_right(tmp_path: Path) -> None:
    assert _named(tmp_path, "ISO_IR 192", "Müller^Jörg".encode()) == []
    assert _named(tmp_path, "ISO_IR 192", "山田^太郎".encode()) == []
