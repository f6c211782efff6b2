"""What the archive says of what we stored: compared with the C-STORE, decoded by the character set of each side."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.stored_identity  # noqa: F401 - importing registers
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Level, Verdict
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import STUDY_ROOT_FIND, Story, deviations, encode, observe, verdict

COERCION, TEXT, STUDY = CHECKS = ("storage.coercion-announced", "identity.text-kept", "identity.study")
CYRILLIC, KANJI = "Люксембург^Роза", "Yamada^Tarou=山田^太郎"

Found = dict[str, list[tuple[str, str | None]]]
Change = Callable[[Dataset], None]


def put(keyword: str, value: Any) -> Change:
    def change(ds: Dataset) -> None:
        if value is None:
            del ds[keyword]
        else:
            setattr(ds, keyword, value)

    return change


def said(evidence: Evidence) -> Found:
    return {check: found for check in CHECKS if (found := deviations(check, evidence))}


def asked(folder: Path, answer: Dataset | bytes, *stored: Change, status: int = 0x0000, **rq: str) -> Evidence:
    """Two images that were stored, and one answer about their study."""
    story = Story(folder)
    exam.store(story, {exam.INSTANCES[0]: status}, *stored)
    link = story.associate(STUDY_ROOT_FIND, service="query", rq=rq)
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", exam.ORDER.StudyInstanceUID
    keys.AccessionNumber = keys.PatientName = keys.PatientID = keys.StudyID = keys.IssuerOfPatientID = None
    link.ask("C-FIND-RQ", keys)
    link.answer(0xFF00, answer)
    link.answer()
    link.release()
    return story.evidence()


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    assert verdict(check, asked(tmp_path, exam.study_answer())) is Verdict.PASS


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_of_nothing(tmp_path: Path, check: str) -> None:
    assert verdict(check, Story(tmp_path).evidence()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("keyword", "value", "status", "expected"),
    [
        ("PatientID", "OTHER", 0x0000, {COERCION: [("FAIL", "PatientID")]}),
        ("PatientID", exam.ORDER.PatientID[:3], 0x0000, {COERCION: [("FAIL", "PatientID")]}),
        ("PatientID", "OTHER", 0xB000, {STUDY: [("WARN", "PatientID")]}),
        ("PatientID", "OTHER", 0xB006, {STUDY: [("WARN", "PatientID")]}),
        ("PatientID", f"{exam.ORDER.PatientID}  ", 0x0000, {}),
        ("PatientID", "", 0x0000, {TEXT: [("FAIL", "PatientID")]}),
        ("PatientName", "Synthetic-Other^Planted", 0x0000, {STUDY: [("WARN", "PatientName")]}),
        ("PatientName", f"{exam.ORDER.PatientName}^^", 0x0000, {}),
        ("PatientName", str(exam.ORDER.PatientName).upper(), 0x0000, {STUDY: [("WARN", "PatientName")]}),
        ("PatientName", str(exam.ORDER.PatientName)[:4], 0x0000, {TEXT: [("FAIL", "PatientName")]}),
        ("PatientName", str(exam.ORDER.PatientName)[:4], 0xB000, {TEXT: [("WARN", "PatientName")]}),
        ("PatientName", "", 0x0000, {TEXT: [("FAIL", "PatientName")]}),
        ("AccessionNumber", "", 0x0000, {TEXT: [("FAIL", "AccessionNumber")]}),
        ("AccessionNumber", "OTHER", 0x0000, {STUDY: [("WARN", "AccessionNumber")]}),
        ("StudyID", None, 0x0000, {}),  # query.required-keys tells
        ("StudyInstanceUID", "2.25.1", 0x0000, {}),  # query.unique-keys tells
    ],
)
def test_answers(tmp_path: Path, keyword: str, value: str | None, status: int, expected: Found) -> None:
    evidence = asked(tmp_path, exam.study_answer(put(keyword, value)), status=status)
    assert said(evidence) == expected


def test_what_was_damaged_rests_on_the_purpose_of_the_test() -> None:
    assert [_CHECKS[check].level for check in CHECKS] == [Level.SHALL, Level.EXPECTED, Level.SHOULD]


def test_an_image_that_has_no_value_is_not_compared(tmp_path: Path) -> None:
    answer = exam.study_answer(put("IssuerOfPatientID", "HOSPITAL"))
    assert said(asked(tmp_path, answer, lambda ds: ds.pop("IssuerOfPatientID", None))) == {}
    coerced = asked(tmp_path, answer, put("IssuerOfPatientID", "WARD"))
    assert said(coerced) == {COERCION: [("FAIL", "IssuerOfPatientID")]}


def test_a_study_is_not_compared_with_an_image_that_was_refused(tmp_path: Path) -> None:
    """The study came from elsewhere: the archive has none of our images, and nothing of ours to be like."""
    story = Story(tmp_path)
    exam.store(story, dict.fromkeys(exam.INSTANCES, 0xA700))
    exam.find(story, [exam.study_answer(put("PatientID", "OTHER"))], "STUDY")
    assert said(story.evidence()) == {}
    assert observe(STUDY, story.evidence()) == []


def test_images_that_went_to_another_ae_are_not_held_against_the_one_that_was_asked(tmp_path: Path) -> None:
    """R2-08: a gateway may have changed them, and nobody saw what it sent."""
    evidence = asked(tmp_path, exam.study_answer(put("PatientID", "OTHER")), called_ae="ARCHIVE")
    assert said(evidence) == {STUDY: [("WARN", "PatientID")]}


# --- character sets ---------------------------------------------------------------------------------------------------


def named(charset: str | list[str], name: str) -> Change:
    def change(ds: Dataset) -> None:
        ds.SpecificCharacterSet, ds.PatientName = charset, name

    return change


@pytest.mark.parametrize(
    ("ours", "theirs", "name"),
    [
        ("ISO_IR 144", "ISO_IR 192", CYRILLIC),
        ("ISO_IR 192", "ISO_IR 144", CYRILLIC),
        (["", "ISO 2022 IR 87"], "ISO_IR 192", KANJI),
        ("ISO_IR 192", "GB18030", KANJI),
        ("ISO_IR 100", "ISO_IR 192", "Müller^Eva"),
    ],
)
def test_the_same_text_in_another_character_set(tmp_path: Path, ours: Any, theirs: Any, name: str) -> None:
    evidence = asked(tmp_path, exam.study_answer(named(theirs, name)), named(ours, name))
    assert said(evidence) == {}
    assert verdict(TEXT, evidence) is Verdict.PASS


@pytest.mark.parametrize(
    ("name", "got"),
    [(CYRILLIC, "????"), (CYRILLIC, "^"), (CYRILLIC, ""), (KANJI, "Yamada^Tarou=??^??"), (KANJI, "Yamada^Tarou")],
)
def test_letters_that_are_lost(tmp_path: Path, name: str, got: str) -> None:
    evidence = asked(tmp_path, exam.study_answer(put("PatientName", got)), named("ISO_IR 192", name))
    assert said(evidence) == {TEXT: [("FAIL", "PatientName")]}


def test_text_in_no_legal_character_set_is_for_another_check(tmp_path: Path) -> None:
    """R2-05: Greek bytes without Specific Character Set fail there, once."""
    greek = "Παπαδοπούλου".encode("iso8859-7")
    answer = encode(exam.study_answer(put("PatientName", "X" * len(greek))), EXPLICIT_LITTLE)
    changed = named("ISO_IR 126", "Παπαδοπούλου")
    evidence = asked(tmp_path, answer.replace(b"X" * len(greek), greek), changed)
    assert said(evidence) == {}
    assert deviations("dataset.query-response", evidence) == [("FAIL", "PatientName")]


# --- whose fault ------------------------------------------------------------------------------------------------------

LONG = "A-20-CHARACTER-NUMBE"


@pytest.mark.parametrize("got", [LONG, LONG[:16], ""])
def test_what_was_at_fault_when_it_was_stored_is_not_the_archives(tmp_path: Path, got: str) -> None:
    """It comes back as it was, or mended, or not at all: each is a consequence of the fault before."""
    evidence = asked(tmp_path, exam.study_answer(put("AccessionNumber", got)), put("AccessionNumber", LONG))
    assert said(evidence) == {}


def test_uids_that_the_query_did_not_name(tmp_path: Path) -> None:
    """Asked by SOP Instance UID alone, the archive says under which series it has the image."""
    story = Story(tmp_path)
    exam.store(story)
    uid = exam.INSTANCES[0]
    link = story.associate(STUDY_ROOT_FIND, service="query")
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.SOPInstanceUID, keys.SeriesInstanceUID = "IMAGE", uid, None
    link.ask("C-FIND-RQ", keys)
    link.answer(0xFF00, exam.image_answer(uid, put("SeriesInstanceUID", "2.25.1")))
    link.answer()
    assert said(story.evidence()) == {COERCION: [("FAIL", "SeriesInstanceUID")]}


@pytest.mark.parametrize(
    ("counted", "expected"),
    [
        *((counted, {COERCION: [("FAIL", "PatientID")]}) for counted in ("2", "1", "", "x")),
        *((counted, {STUDY: [("WARN", "PatientID")]}) for counted in ("3", "40")),
    ],
)
def test_a_study_that_the_archive_had_before(counted: str, expected: Found, tmp_path: Path) -> None:
    """It counts more instances than the two that we stored: somebody may have edited the order since."""

    def other(ds: Dataset) -> None:
        ds.PatientID = "OTHER"
        ds.add_new("NumberOfStudyRelatedInstances", "LO", counted)  # a text, so that it need not be a number

    assert said(asked(tmp_path, exam.study_answer(other))) == expected
