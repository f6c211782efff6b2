"""Checks of Query: silent on a right conversation, exact on a spoiled one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.query  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.vocabulary.uids import STUDY_ROOT_FIND
from tests.support import exam_messages as exam
from tests.support.building import Story, deviations, observe, verdict

CHECKS = ("query.accepted", "query.level", "query.unique-keys", "query.study-found", "storage.found")
BY_PATIENT = "query.found-by-patient"

Found = dict[str, list[tuple[str, str | None]]]


def all_deviations(evidence: Evidence) -> Found:
    return {check: found for check in CHECKS if (found := deviations(check, evidence))}


def asked(
    folder: Path,
    studies: list[Dataset] | None = None,
    images: list[Dataset] | None = None,
    *,
    stored: dict[str, int] | None = None,
    study_status: int = 0x0000,
    image_status: int = 0x0000,
) -> Evidence:
    story = Story(folder)
    exam.store(story, stored)
    exam.find(story, [exam.study_answer()] if studies is None else studies, "STUDY", study_status)
    both = [exam.image_answer(uid) for uid in exam.INSTANCES]
    exam.find(story, both if images is None else images, "IMAGE", image_status)
    return story.evidence()


def put(keyword: str, value: Any) -> Callable[[Dataset], None]:
    return lambda answer: setattr(answer, keyword, value)


def without(keyword: str) -> Callable[[Dataset], None]:
    return lambda answer: delattr(answer, keyword)


@pytest.mark.parametrize("check", CHECKS)
def test_right_conversation_passes(tmp_path: Path, check: str) -> None:
    assert {seen.verdict for seen in observe(check, asked(tmp_path))} == {Verdict.PASS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_query(tmp_path: Path, check: str) -> None:
    story = Story(tmp_path)
    exam.store(story)
    assert verdict(check, story.evidence()) is Verdict.NOT_APPLICABLE


OTHER = put("StudyInstanceUID", "2.25.1")


@pytest.mark.parametrize(
    ("studies", "expected"),
    [
        ([], {"query.study-found": [("FAIL", None)]}),
        ([exam.study_answer(), exam.study_answer()], {"query.study-found": [("FAIL", None)]}),
        ([exam.study_answer(), exam.study_answer(OTHER)], {"query.unique-keys": [("FAIL", "StudyInstanceUID")]}),
        (
            [exam.study_answer(without("StudyInstanceUID"))],
            {"query.unique-keys": [("FAIL", "StudyInstanceUID")], "query.study-found": [("FAIL", None)]},
        ),
        ([exam.study_answer(without("QueryRetrieveLevel"))], {"query.level": [("FAIL", "QueryRetrieveLevel")]}),
        ([exam.study_answer(put("QueryRetrieveLevel", "SERIES"))], {"query.level": [("FAIL", "QueryRetrieveLevel")]}),
    ],
)
def test_study_answers(tmp_path: Path, studies: list[Dataset], expected: Found) -> None:
    assert all_deviations(asked(tmp_path, studies)) == expected


FIRST, SECOND = exam.INSTANCES


@pytest.mark.parametrize(
    ("images", "expected"),
    [
        ([], {"storage.found": [("FAIL", "SOPInstanceUID")]}),
        ([exam.image_answer(FIRST)], {"storage.found": [("FAIL", "SOPInstanceUID")]}),
        (
            [exam.image_answer(FIRST, put("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7")), exam.image_answer(SECOND)],
            {"storage.found": [("FAIL", "SOPClassUID")]},
        ),
        ([exam.image_answer(FIRST, put("SOPClassUID", "")), exam.image_answer(SECOND)], {}),
        ([exam.image_answer(FIRST, without("StudyInstanceUID")), exam.image_answer(SECOND)], {}),
        (
            [exam.image_answer(FIRST, put("SeriesInstanceUID", "2.25.1")), exam.image_answer(SECOND)],
            {"query.unique-keys": [("FAIL", "SeriesInstanceUID")]},
        ),
    ],
)
def test_image_answers(tmp_path: Path, images: list[Dataset], expected: Found) -> None:
    assert all_deviations(asked(tmp_path, images=images)) == expected


@pytest.mark.parametrize("status", [0xA700, 0xB000])
def test_what_was_not_stored_as_it_is_need_not_be_found(tmp_path: Path, status: int) -> None:
    assert all_deviations(asked(tmp_path, images=[exam.image_answer(FIRST)], stored={SECOND: status})) == {}


def test_a_study_that_was_stored_with_warnings_may_be_another_one(tmp_path: Path) -> None:
    all_warned = asked(tmp_path, [], [], stored=dict.fromkeys(exam.INSTANCES, 0xB000))
    assert all_deviations(all_warned) == {"query.study-found": [("WARN", None)]}
    one_warned = asked(tmp_path, [], stored={SECOND: 0xB000})
    assert all_deviations(one_warned) == {"query.study-found": [("FAIL", None)]}


def test_nothing_stored_nothing_to_find(tmp_path: Path) -> None:
    evidence = asked(tmp_path, [], [], stored=dict.fromkeys(exam.INSTANCES, 0xA700))
    assert all_deviations(evidence) == {}


def test_failed_queries(tmp_path: Path) -> None:
    assert all_deviations(asked(tmp_path, [], [], study_status=0xA900, image_status=0xC000)) == {
        "query.accepted": [("FAIL", None), ("FAIL", None)],
        "storage.found": [("INCONCLUSIVE", None)],
    }


def test_an_instance_is_looked_for_where_the_query_asked(tmp_path: Path) -> None:
    """One of another series, and all but one in a query for just one instance, are not missing."""
    story = Story(tmp_path)
    exam.store(story)
    exam.store(story, None, put("SeriesInstanceUID", "2.25.8"), instances=("2.25.7999",))
    exam.store(story, None, put("StudyInstanceUID", "2.25.9"), instances=("2.25.7998",))
    exam.find(story, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    exam.find(story, [exam.image_answer(SECOND)], "IMAGE", key=SECOND)
    assert all_deviations(story.evidence()) == {}
    exam.find(story, [], "IMAGE", key=SECOND)
    assert all_deviations(story.evidence()) == {"storage.found": [("FAIL", "SOPInstanceUID")]}


# --- by the patient's name and ID -------------------------------------------------------------------------------------

NAMED = "Synthetic-Проба^Анна"


def cyrillic(ds: Dataset) -> None:
    ds.SpecificCharacterSet, ds.PatientName = "ISO_IR 144", NAMED


def by_patient(
    folder: Path, *answers: Dataset, by_uid: Dataset | None = None, status: int = 0x0000, **keys: str | None
) -> Evidence:
    """One study of a patient with a Cyrillic name, looked for by some keys and, before that, by its UID."""
    story = Story(folder)
    exam.store(story, None, cyrillic)
    if by_uid is not None:
        exam.find(story, [by_uid], "STUDY")
    link = story.associate(STUDY_ROOT_FIND, service="query")
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 144"
    ds.QueryRetrieveLevel = "STUDY"
    ds.StudyInstanceUID = ds.PatientID = ds.StudyDate = None
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    link.ask("C-FIND-RQ", ds)
    for answer in answers:
        link.answer(0xFF00, answer)
    link.answer(status)
    link.release()
    return story.evidence()


FOUND = exam.study_answer(cyrillic)


@pytest.mark.parametrize("keys", [{"PatientName": NAMED}, {"PatientID": str(FOUND.PatientID)}])
def test_a_study_is_found_by_its_patient(tmp_path: Path, keys: dict[str, str]) -> None:
    assert verdict(BY_PATIENT, by_patient(tmp_path / "found", FOUND, **keys)) is Verdict.PASS
    (keyword,) = keys
    found = deviations(BY_PATIENT, by_patient(tmp_path / "lost", exam.study_answer(OTHER), **keys))
    assert found == [("FAIL", keyword)]


@pytest.mark.parametrize(
    "keys",
    [
        {"PatientName": "Synthetic-Проба*"},  # wild cards in names are the SCP's own affair
        {"PatientName": "Synthetic-Другая^Анна"},  # somebody else
        {"PatientName": NAMED, "StudyDate": "20260102"},  # not the patient alone
        {"PatientName": None},
    ],
)
def test_other_questions_are_not_judged(tmp_path: Path, keys: dict[str, str | None]) -> None:
    assert verdict(BY_PATIENT, by_patient(tmp_path, **keys)) is Verdict.NOT_APPLICABLE


def test_a_query_that_failed_says_nothing_of_the_name(tmp_path: Path) -> None:
    assert verdict(BY_PATIENT, by_patient(tmp_path, status=0xA700, PatientName=NAMED)) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("by_uid", "explained"),
    [
        (FOUND, False),
        (exam.study_answer(cyrillic, put("PatientName", "Synthetic-^")), True),  # another name is the finding itself
        (exam.study_answer(OTHER), True),  # not there at all
    ],
)
def test_what_is_lost_anyway_is_told_once(tmp_path: Path, by_uid: Dataset, explained: bool) -> None:
    (seen,) = observe(BY_PATIENT, by_patient(tmp_path, by_uid=by_uid, PatientName=NAMED))
    assert seen.verdict is Verdict.FAIL
    assert (seen.because is not None) is explained
