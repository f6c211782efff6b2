"""Attribute matching, PS3.4 C.2.2.2."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.identifier import Returns, project
from scansim.reference.matching import Matcher, any_of
from scansim.reference.wildcard import Pattern
from scansim.reference.worklist import RETURNS


def match_value(key: str, value: str, vr: str) -> bool:
    return any_of([key], vr)(value)


def matches(identifier: Dataset, entity: Dataset, *, unknown_matches: bool) -> bool:
    return Matcher(identifier, unknown_matches=unknown_matches).matches(entity)


@pytest.mark.parametrize(
    ("vr", "key", "value", "expected"),
    [
        ("CS", "CT", "CT", True),
        ("CS", "ct", "CT", False),
        ("LO", "abc", "ABC", False),
        ("LO", "A*C", "ABBC", True),
        ("LO", "A?C", "ABBC", False),
        ("SH", "A.C", "ABC", False),
        ("AE", "SCAN*", "SCANPROOF", True),
        ("PN", "doe^jane", "DOE^JANE", True),
        ("PN", "DOE^JANE^^^", "Doe^Jane", True),
        ("PN", "D?E*", "DOE^JANE", True),
        ("PN", "DOE", "DOE^JANE", False),
        ("PN", "山田^太郎", "Yamada^Tarou=山田^太郎=やまだ^たろう", True),
        ("PN", "yamada*=山田*", "Yamada^Tarou=山田^太郎", True),
        ("PN", "=鈴木*", "Yamada^Tarou=山田^太郎", False),
        ("UI", "1.2.*", "1.2.3", False),
        ("UI", "1.2.3", "1.2.3", True),
        ("DA", "20260102", "20260102", True),
        ("DA", "20260102-", "20260102", True),
        ("DA", "-20260102", "20260102", True),
        ("DA", "20260101-20260103", "20260102", True),
        ("DA", "20260103-", "20260102", False),
        ("DA", "-20260101", "20260102", False),
        ("DA", "2026*", "20260102", False),
        ("TM", "1030", "103000", True),
        ("TM", "10-11", "1030", True),
        ("TM", "1000-1100", "110000", True),
        ("TM", "1000-1100", "1101", False),
        ("TM", "103000.0000-", "1030", True),
        ("DT", "20260102-", "20260102103000+0100", True),
        ("DT", "2025-2026", "20260102", True),
        ("DT", "20260102103000-0500", "20260102103000", True),
        ("IS", "7", "007", True),
        ("DS", "1.50", "1.5", True),
    ],
)
def test_one_value(vr: str, key: str, value: str, expected: bool) -> None:
    assert match_value(key, value, vr) is expected


@given(st.text(st.characters(codec="ascii", exclude_characters="\\*?\0"), max_size=12), st.data())
def test_a_value_matches_itself_and_every_wild_card_of_it(value: str, data: st.DataObject) -> None:
    assert match_value(value, value, "LO")
    if value:
        at = data.draw(st.integers(0, len(value) - 1))
        assert match_value(value[:at] + "?" + value[at + 1 :], value, "LO")
        assert match_value(value[:at] + "*", value, "LO")


def _slowly(key: str, value: str) -> bool:
    """What wild cards mean, in so many words."""
    if not key:
        return not value
    if key[0] == "*":
        return any(_slowly(key[1:], value[at:]) for at in range(len(value) + 1))
    return bool(value) and key[0] in ("?", value[0]) and _slowly(key[1:], value[1:])


@given(st.text("ab*?.[", max_size=8), st.text("abA.[\n", max_size=8))
def test_wild_cards_match_as_they_are_defined(key: str, value: str) -> None:
    assert Pattern(key).matches(value) is _slowly(key, value)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("*a" * 200 + "*b", "a" * 60, False),
        ("*a" * 30 + "*", "a" * 60, True),
        ("*" + "a?" * 5000 + "*b", "a" * 100_000, False),
        ("*" + "?" * 5000 + "b*" * 3, "a" * 100_000, False),
        ("?" * 100_000, "a" * 100_000, True),
        ("*" * 100_000, "a", True),
    ],
)
def test_no_wild_card_takes_long(key: str, value: str, expected: bool) -> None:
    began = time.perf_counter()
    assert Pattern(key).matches(value) is expected
    assert time.perf_counter() - began < 1


def test_a_long_list_of_uids_is_no_loop_within_a_loop() -> None:
    listed = [f"2.25.{number}" for number in range(100_000)]
    began = time.perf_counter()
    test = any_of(listed, "UI")
    assert sum(test(f"2.25.{number}") for number in range(50_000, 150_000)) == 50_000
    assert time.perf_counter() - began < 1


def test_one_letter_of_a_name_is_one_letter() -> None:
    assert match_value("Sü?^Anna", "Süß^Anna", "PN")
    assert match_value("sÜß^ANNA", "Süß^Anna", "PN")


@given(st.dates(), st.dates(), st.dates())
def test_date_ranges_include_both_ends(one: object, other: object, day: object) -> None:
    low, high = sorted((f"{one:%Y%m%d}".rjust(8, "0"), f"{other:%Y%m%d}".rjust(8, "0")))
    value = f"{day:%Y%m%d}".rjust(8, "0")
    assert match_value(f"{low}-{high}", value, "DA") is (low <= value <= high)


def _item() -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.PatientName, ds.PatientID, ds.StudyInstanceUID = "Süß^Anna", "SYN-1", "2.25.1"
    ds.AccessionNumber = ds.ReferringPhysicianName = ""
    step = Dataset()
    step.ScheduledStationAETitle = ["CT1", "CT2"]
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260102", "0900"
    step.Modality, step.ScheduledProcedureStepID = "CT", "S1"
    step.ScheduledPerformingPhysicianName = ""
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "C", "99X", "meaning"
    step.ScheduledProtocolCodeSequence = [code]
    ds.ScheduledProcedureStepSequence = [step]
    return ds


def _query(step: dict[str, str] | None = None, **root: object) -> Dataset:
    ds = Dataset()
    for keyword, value in root.items():
        setattr(ds, keyword, value)
    if step is not None:
        item = Dataset()
        for keyword, text in step.items():
            setattr(item, keyword, text)
        ds.ScheduledProcedureStepSequence = [item]
    return ds


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (_query(), True),
        (_query(PatientName="", PatientID="*"), True),
        (_query(PatientName="süß*"), True),
        (_query(PatientID="OTHER"), False),
        (_query({"Modality": "MR"}), False),
        (_query({"ScheduledStationAETitle": "CT2", "Modality": "CT"}), True),
        (_query({"ScheduledStationAETitle": "CT3"}), False),
        (_query({}), True),
        # an empty required key of an item matches no key that has a value (K.2.2.1.1.1)
        (_query(AccessionNumber="A1"), False),
        (_query(AccessionNumber="*"), True),
        (_query({"ScheduledPerformingPhysicianName": "X*"}), False),
        (_query(StudyInstanceUID=["2.25.9", "2.25.1"]), True),
        # a combined range is one period, not a time of day on each day (Table K.6-1)
        (
            _query(
                {
                    "ScheduledProcedureStepStartDate": "20260101-20260103",
                    "ScheduledProcedureStepStartTime": "1000-1100",
                }
            ),
            True,
        ),
        (
            _query(
                {
                    "ScheduledProcedureStepStartDate": "20260102-20260103",
                    "ScheduledProcedureStepStartTime": "1000-1100",
                }
            ),
            False,
        ),
        (
            _query({"ScheduledProcedureStepStartDate": "20260102", "ScheduledProcedureStepStartTime": "1000-1100"}),
            False,
        ),
    ],
)
def test_worklist_items(query: Dataset, expected: bool) -> None:
    assert matches(query, _item(), unknown_matches=False) is expected


def test_query_retrieve_takes_an_unknown_value_for_a_match() -> None:
    assert matches(_query(AccessionNumber="A1"), _item(), unknown_matches=True)


def test_text_is_compared_decoded() -> None:
    query = _query(PatientName="Süß^Anna")
    query.SpecificCharacterSet = "ISO_IR 100"
    assert matches(query, _item(), unknown_matches=False)


def test_only_what_was_asked_for_is_returned() -> None:
    query = _query({"Modality": "", "ScheduledStationName": "", "CommentsOnTheScheduledProcedureStep": ""})
    query.PatientName = query.AccessionNumber = query.PatientComments = query.SpecialNeeds = ""
    query.ReferencedStudySequence = []
    answer = project(query, _item(), RETURNS)
    assert [element.keyword for element in answer] == [
        *("SpecificCharacterSet", "AccessionNumber", "ReferencedStudySequence", "PatientName", "SpecialNeeds"),
        "ScheduledProcedureStepSequence",
    ]
    assert [element.keyword for element in answer.ScheduledProcedureStepSequence[0]] == [
        "Modality",
        "ScheduledStationName",
    ]


@pytest.mark.parametrize("items", [[], [Dataset()]])
def test_an_empty_sequence_asks_for_all_of_it(items: list[Dataset]) -> None:
    query = Dataset()
    query.ScheduledProcedureStepSequence = items
    answer = project(query, _item(), RETURNS)
    assert answer.ScheduledProcedureStepSequence[0] == _item().ScheduledProcedureStepSequence[0]


def test_nested_sequences_are_cut_too() -> None:
    inner = Dataset()
    inner.CodeValue = ""
    query = _query({})
    query.ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence = [inner]
    code = project(query, _item(), Returns()).ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence[0]
    assert [element.tag for element in code] == [Tag("CodeValue")]
