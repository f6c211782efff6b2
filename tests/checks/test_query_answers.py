"""What an answer of the archive is made of: required keys, nothing unasked, nothing unknown left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.conclude import conclude
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.judge import judge, judge_run
from scanproof.standard.query_table import unique_keys_above
from tests.support import exam_messages as exam
from tests.support.building import STUDY_ROOT_FIND, Story, deviations, observe, verdict

ANSWERS = (
    "query.pending-has-identifier",
    "query.final-no-identifier",
    "query.required-keys",
    "query.only-requested",
    "query.no-empty-character-set",
    "dataset.query-response",
)
UNKNOWN = "query.unknown-matches"
FIRST = exam.INSTANCES[0]

Found = dict[str, list[tuple[str, str | None]]]
Change = Callable[[Dataset], Any]


def put(keyword: str, value: Any) -> Change:
    return lambda ds: setattr(ds, keyword, value)


def without(*keywords: str) -> Change:
    def change(ds: Dataset) -> None:
        for keyword in keywords:
            del ds[keyword]

    return change


def said(evidence: Evidence) -> Found:
    return {check: found for check in ANSWERS if (found := deviations(check, evidence))}


def study(folder: Path, *changes: Change) -> Evidence:
    story = Story(folder)
    exam.find(story, [exam.study_answer(*changes)], "STUDY")
    return story.evidence()


@pytest.mark.parametrize("check", ANSWERS)
def test_right_answers_pass(tmp_path: Path, check: str) -> None:
    assert verdict(check, study(tmp_path)) is Verdict.PASS


@pytest.mark.parametrize("check", [*ANSWERS, UNKNOWN])
def test_nothing_is_said_without_a_query(tmp_path: Path, check: str) -> None:
    assert verdict(check, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE


def test_identifiers_come_with_pending_only(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(STUDY_ROOT_FIND, service="query")
    for status in (0x0000, 0xA700, 0xC001):
        link.ask("C-FIND-RQ", exam.study_answer())
        link.answer(0xFF01)
        link.answer(status, exam.study_answer())
    found = said(story.evidence())
    assert found["query.pending-has-identifier"] == [("FAIL", None)] * 3
    assert found["query.final-no-identifier"] == [("FAIL", None)] * 3


def private(ds: Dataset) -> None:
    ds.private_block(0x0009, "SCANPROOF TEST", create=True).add_new(0x01, "LO", "x")


def last_element(ds: Dataset) -> None:
    ds.add_new(0x000900FF, "LO", "SCANPROOF TEST")
    ds.add_new(0x0009FF01, "LO", "x")


SPOILED: dict[str, tuple[tuple[Change, ...], Found]] = {
    "required keys absent": (
        (without("StudyID", "PatientName"),),
        {"query.required-keys": [("FAIL", "PatientName"), ("FAIL", "StudyID")]},
    ),
    "required keys empty": ((put("StudyID", ""), put("AccessionNumber", "")), {}),
    "unrequested": ((put("PatientComments", "more"),), {"query.only-requested": [("WARN", "PatientComments")]}),
    "what an answer may add": (
        (
            put("SpecificCharacterSet", "ISO_IR 100"),
            put("TimezoneOffsetFromUTC", "+0100"),
            put("RetrieveAETitle", "TARGET"),
            put("InstanceAvailability", "ONLINE"),
            put("StorageMediaFileSetID", "DISK1"),
            put("StorageMediaFileSetUID", "2.25.1"),
        ),
        {},
    ),
    "unrequested private": ((private,), {"query.only-requested": [("FAIL", "(0009,1001)")]}),
    "private without creator": (
        (lambda ds: ds.add_new(0x00091001, "LO", "x"),),
        {
            "query.only-requested": [("FAIL", "(0009,1001)")],
            "dataset.query-response": [("FAIL", "(0009,1001)")],
        },
    ),
    "empty character set": (
        (put("SpecificCharacterSet", ""),),
        {"query.no-empty-character-set": [("FAIL", "SpecificCharacterSet")]},
    ),
    "empty time zone": (
        (put("TimezoneOffsetFromUTC", ""),),
        {"query.no-empty-character-set": [("FAIL", "TimezoneOffsetFromUTC")]},
    ),
}


@pytest.mark.parametrize("case", SPOILED)
def test_spoiled_answer(tmp_path: Path, case: str) -> None:
    changes, expected = SPOILED[case]
    assert said(study(tmp_path, *changes)) == expected


def image(folder: Path, *changes: Change, keys: Change | None = None) -> Evidence:
    """An IMAGE query for Instance Number and class, with one answer."""
    story = Story(folder)
    link = story.associate(STUDY_ROOT_FIND, service="query")
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID, ds.SeriesInstanceUID = "IMAGE", exam.ORDER.StudyInstanceUID, "2.25.7002"
    ds.SOPInstanceUID = ds.SOPClassUID = ds.InstanceNumber = None
    if keys is not None:
        keys(ds)
    link.ask("C-FIND-RQ", ds)
    link.answer(0xFF00, exam.image_answer(FIRST, put("InstanceNumber", 1), *changes))
    link.answer()
    return story.evidence()


def test_an_optional_key_is_never_due(tmp_path: Path) -> None:
    """An SCP that does not support it shall leave it out (C.2.2.1.3): absent is right, and so is empty."""
    assert said(image(tmp_path, without("SOPClassUID"))) == {}
    assert said(image(tmp_path, put("SOPClassUID", ""))) == {}


def test_required_keys_of_the_image_level(tmp_path: Path) -> None:
    found = image(tmp_path, without("InstanceNumber"))
    assert said(found) == {"query.required-keys": [("FAIL", "InstanceNumber")]}
    assert deviations("query.required-keys", image(tmp_path, put("InstanceNumber", None))) == []


def test_what_was_not_asked_for_is_not_due(tmp_path: Path) -> None:
    assert said(image(tmp_path, without("InstanceNumber"), keys=without("InstanceNumber"))) == {}


def test_unique_keys_of_levels_above_come_unasked(tmp_path: Path) -> None:
    assert unique_keys_above("IMAGE") == ("StudyInstanceUID", "SeriesInstanceUID")
    assert unique_keys_above("STUDY") == unique_keys_above("elsewhere") == ()
    assert said(image(tmp_path, keys=without("StudyInstanceUID", "SeriesInstanceUID"))) == {}


def test_unique_keys_are_never_empty(tmp_path: Path) -> None:
    for keyword in ("SeriesInstanceUID", "SOPInstanceUID"):
        found = image(tmp_path, put(keyword, ""))
        assert deviations("query.unique-keys", found) == [("FAIL", keyword)]
    assert deviations("query.unique-keys", image(tmp_path, without("SeriesInstanceUID"))) == []


def test_what_hangs_below_a_whole_sequence_was_asked_for(tmp_path: Path) -> None:
    def procedure(ds: Dataset) -> None:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "CTHEAD", "99X", "CT head"
        ds.ProcedureCodeSequence = [item]

    assert said(image(tmp_path, procedure, keys=put("ProcedureCodeSequence", []))) == {}

    def only_value(ds: Dataset) -> None:
        item = Dataset()
        item.CodeValue = ""
        ds.ProcedureCodeSequence = [item]

    found = deviations("query.only-requested", image(tmp_path, procedure, keys=only_value))
    assert found == [
        ("WARN", "ProcedureCodeSequence[1] > CodingSchemeDesignator"),
        ("WARN", "ProcedureCodeSequence[1] > CodeMeaning"),
    ]


def test_a_private_attribute_that_was_asked_for_may_come(tmp_path: Path) -> None:
    assert said(image(tmp_path, private, keys=private)) == {}


# --- unknown values ---------------------------------------------------------------------------------------------------


def emergency(folder: Path, found: bool, status: int = 0, **wanted: str) -> Evidence:
    """A study without accession, asked for by values of its keys."""
    story = Story(folder)
    exam.store(story, None, put("AccessionNumber", ""))
    link = story.associate(STUDY_ROOT_FIND, service="query")
    ds = Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.StudyInstanceUID = ds.AccessionNumber = ds.PatientName = ds.PatientID = ds.StudyDescription = None
    for keyword, value in wanted.items():
        setattr(ds, keyword, value)
    link.ask("C-FIND-RQ", ds)
    if found:
        link.answer(0xFF00, exam.study_answer(put("AccessionNumber", "")))
    link.answer(status)
    return story.evidence()


PATIENT = {"PatientID": str(exam.ORDER.PatientID), "AccessionNumber": "A1"}


def test_an_entity_without_a_value_matches_any_key(tmp_path: Path) -> None:
    """In a worklist it matches none (K.2.2.1.1.1): worklist.matches-keys judges that."""
    assert verdict(UNKNOWN, emergency(tmp_path, True, **PATIENT)) is Verdict.PASS
    assert deviations(UNKNOWN, emergency(tmp_path, False, **PATIENT)) == [("FAIL", "AccessionNumber")]


def test_whichever_value_is_not_known_it_is_one_entry(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story, None, put("AccessionNumber", ""), put("StudyID", ""))
    for keyword in ("AccessionNumber", "StudyID"):
        link = story.associate(STUDY_ROOT_FIND, service="query")
        ds = Dataset()
        ds.QueryRetrieveLevel, ds.PatientID, ds.StudyInstanceUID = "STUDY", exam.ORDER.PatientID, None
        setattr(ds, keyword, "A1")
        link.ask("C-FIND-RQ", ds)
        link.answer(0x0000)
    evidence = story.evidence()
    concluded = conclude([(evidence, judge(evidence))], judge_run(RunEvidence((evidence,))))
    found = [each for each in concluded.of_scenario[evidence.label] if each.check == UNKNOWN]
    assert [each.verdict for each in found] == [Verdict.FAIL] * 2
    assert len({each.group for each in found}) == 1


@pytest.mark.parametrize(
    "wanted",
    [
        {"PatientID": str(exam.ORDER.PatientID)},  # nothing unknown is asked for
        {"PatientID": "OTHER", "AccessionNumber": "A1"},
        {"PatientName": "S*", "AccessionNumber": "A1"},
        {"StudyDescription": "CT", "AccessionNumber": "A1"},  # an optional key, which need not be supported
        {},
    ],
)
def test_of_other_queries_nothing_is_said(tmp_path: Path, wanted: dict[str, str]) -> None:
    assert observe(UNKNOWN, emergency(tmp_path, False, **wanted)) == []


def test_a_query_that_failed_need_not_have_found_it(tmp_path: Path) -> None:
    assert observe(UNKNOWN, emergency(tmp_path, False, 0xA700, **PATIENT)) == []
