"""What a query of the archive brings as a set: all that matches, nothing else, each once, with its own values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.uids import PATIENT_ROOT_FIND
from tests.support import exam_messages as exam
from tests.support.building import STUDY_ROOT_FIND, Story, deviations, facts, observe, verdict

KEYS, COMPLETE, ONCE = "query.matches-keys", "query.matches-complete", "query.each-once"
SAME, COUNTS, WHERE = "query.same-answers", "query.counts", "query.where"
ALL = (KEYS, COMPLETE, ONCE, SAME, COUNTS, WHERE, "query.unknown-matches", "query.unique-keys", "query.accepted")
STUDY, PATIENT = str(exam.ORDER.StudyInstanceUID), str(exam.ORDER.PatientID)
ACCESSION = str(exam.ORDER.AccessionNumber)

Change = Callable[[Dataset], Any]
Found = dict[str, list[tuple[str, str | None]]]


def put(keyword: str, value: Any) -> Change:
    return lambda ds: setattr(ds, keyword, value)


def asked(level: str = "STUDY", **values: Any) -> Dataset:
    """Keys of a level, with the values of some."""
    ds = Dataset()
    ds.QueryRetrieveLevel = level
    if level == "STUDY":
        ds.AccessionNumber = ds.PatientName = ds.PatientID = ds.StudyID = ds.StudyInstanceUID = None
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def query(
    story: Story,
    keys: Dataset,
    answers: Sequence[Dataset],
    status: int = 0,
    *,
    model: str = STUDY_ROOT_FIND,
    intent: str = "",
    **purpose: str,
) -> None:
    link = story.associate(model, service="query")
    if purpose:
        link.event("purpose", **purpose)
    link.ask("C-FIND-RQ", keys, intent=Intent.of(intent) if intent else None)
    for answer in answers:
        link.answer(0xFF00, answer)
    link.answer(status)
    link.release()


def one(folder: Path, keys: Dataset, answers: Sequence[Dataset], status: int = 0, **how: Any) -> Evidence:
    """The exam's images were stored, and their study was found; then one query."""
    story = Story(folder)
    exam.store(story)
    exam.find(story, [exam.study_answer()], "STUDY")
    query(story, keys, answers, status, **how)
    return story.evidence()


def said(evidence: Evidence) -> Found:
    return {check: found for check in ALL if (found := deviations(check, evidence))}


def other(*changes: Change) -> Dataset:
    """Another study, that the archive has beside ours."""
    ours = (put("StudyInstanceUID", "2.25.99"), put("PatientID", "OTHER"), put("AccessionNumber", "A9"))
    return exam.study_answer(*ours, *changes)


BY_ACCESSION = {"AccessionNumber": ACCESSION, "PatientID": PATIENT}


def test_what_matches_and_came(tmp_path: Path) -> None:
    assert said(one(tmp_path, asked(**BY_ACCESSION), [exam.study_answer()])) == {}
    evidence = one(tmp_path / "two", asked(AccessionNumber=ACCESSION, StudyID="S*"), [])
    assert [each.verdict.value for each in observe(COMPLETE, evidence)] == ["PASS"]  # none of what is known matches


def test_what_matches_and_did_not_come(tmp_path: Path) -> None:
    evidence = one(tmp_path, asked(**BY_ACCESSION), [])
    assert said(evidence) == {COMPLETE: [("FAIL", "AccessionNumber")]}
    (seen,) = observe(COMPLETE, evidence)
    assert STUDY in seen.actual


@pytest.mark.parametrize(
    ("keys", "status", "how"),
    [
        (asked(**BY_ACCESSION), 0xA700, {}),  # it did not end with Success
        (asked(**BY_ACCESSION, PatientName="Nobody^Else"), 0, {}),
        (asked(**BY_ACCESSION, StudyDescription="ANYTHING"), 0, {}),  # optional
        (asked(PatientID=PATIENT), 0, {}),  # query.found-by-patient
        (asked(StudyInstanceUID=STUDY), 0, {}),  # query.study-found
    ],
)
def test_what_need_not_come_or_is_told_elsewhere(tmp_path: Path, keys: Dataset, status: int, how: Any) -> None:
    assert deviations(COMPLETE, one(tmp_path, keys, [], status, **how)) == []


def test_what_no_answer_has_shown_yet_may_come_later(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story)
    query(story, asked(**BY_ACCESSION), [])
    assert said(story.evidence()) == {COMPLETE: [("WARN", "AccessionNumber")]}


def test_a_wild_card_in_a_name_is_expected_and_no_more(tmp_path: Path) -> None:
    family = str(exam.ORDER.PatientName).partition("^")[0]
    evidence = one(tmp_path, asked(PatientName=f"{family}*", AccessionNumber=ACCESSION), [])
    assert said(evidence) == {COMPLETE: [("WARN", "PatientName")]}


def test_what_was_stored_with_a_warning_or_afterwards_is_not_reckoned_with(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story, dict.fromkeys(exam.INSTANCES, 0xB000))
    query(story, asked(**BY_ACCESSION), [])
    assert said(story.evidence()) == {}
    later = Story(tmp_path / "later")
    query(later, asked(**BY_ACCESSION), [])
    exam.store(later)
    assert said(later.evidence()) == {}


def test_what_does_not_match_and_came(tmp_path: Path) -> None:
    evidence = one(tmp_path, asked(AccessionNumber=ACCESSION), [exam.study_answer(), other()])
    assert said(evidence) == {KEYS: [("FAIL", "AccessionNumber")]}
    for change in (put("AccessionNumber", ACCESSION), put("AccessionNumber", "")):  # what is not known matches
        assert (
            said(one(tmp_path / str(change), asked(AccessionNumber=ACCESSION), [exam.study_answer(), other(change)]))
            == {}
        )


def test_case_counts_in_a_number_and_not_in_a_name(tmp_path: Path) -> None:
    lower = other(put("AccessionNumber", ACCESSION.lower()))
    assert said(one(tmp_path, asked(AccessionNumber=ACCESSION), [exam.study_answer(), lower])) == {
        KEYS: [("FAIL", "AccessionNumber")]
    }
    name = str(exam.ORDER.PatientName)
    upper = other(put("PatientName", name.upper()))
    assert said(one(tmp_path / "name", asked(PatientName=name), [exam.study_answer(), upper])) == {}


def test_an_optional_key_need_not_be_matched(tmp_path: Path) -> None:
    answers = [exam.study_answer(put("StudyDescription", "KNEE"))]
    assert said(one(tmp_path, asked(AccessionNumber=ACCESSION, StudyDescription="HEAD"), answers)) == {}


def test_an_entity_that_was_stored_with_another_value_and_does_not_say_so(tmp_path: Path) -> None:
    """The answer leaves the key out, or the archive lost it: what was stored is known."""

    def without(ds: Dataset) -> None:
        del ds.AccessionNumber

    evidence = one(tmp_path, asked(AccessionNumber="OTHER"), [exam.study_answer(without)])
    assert deviations(KEYS, evidence) == [("FAIL", "AccessionNumber")]


def test_a_patient_in_patient_root(tmp_path: Path) -> None:
    keys = asked("PATIENT", PatientID=PATIENT, PatientName=None)

    def patient(*changes: Change) -> Dataset:
        ds = Dataset()
        ds.QueryRetrieveLevel, ds.PatientID, ds.PatientName = "PATIENT", PATIENT, exam.ORDER.PatientName
        for change in changes:
            change(ds)
        return ds

    found = {
        "right": ([patient()], {}),
        "twice": ([patient(), patient()], {ONCE: [("FAIL", "PatientID")]}),
        "issuers": ([patient(), patient(put("PatientName", "Other^One"))], {ONCE: [("WARN", "PatientID")]}),
        "another": ([patient(), patient(put("PatientID", "X"))], {"query.unique-keys": [("FAIL", "PatientID")]}),
        "without": ([patient(put("PatientID", ""))], {"query.unique-keys": [("FAIL", "PatientID")]}),
    }
    for name, (answers, expected) in found.items():
        assert said(one(tmp_path / name, keys, answers, model=PATIENT_ROOT_FIND)) == expected, name


def test_a_study_twice(tmp_path: Path) -> None:
    answers = [exam.study_answer(), exam.study_answer()]
    assert said(one(tmp_path, asked(**BY_ACCESSION), answers)) == {ONCE: [("FAIL", "StudyInstanceUID")]}
    assert ONCE not in said(one(tmp_path / "uid", asked(StudyInstanceUID=STUDY), answers))  # query.study-found


def test_what_is_asked_in_two_ways(tmp_path: Path) -> None:
    def twice(folder: str, first: Sequence[Dataset], second: Sequence[Dataset], **keys: Any) -> Evidence:
        story = Story(tmp_path / folder)
        query(story, asked(AccessionNumber="A9"), first, query="first")
        query(story, asked(AccessionNumber="A9", **keys), second, compared_with="first")
        return story.evidence()

    assert said(twice("same", [other()], [other()])) == {}
    assert said(twice("less", [other()], [])) == {SAME: [("WARN", None)]}
    assert said(twice("more", [], [other()])) == {SAME: [("WARN", None)]}
    open_ = twice("open", [other()], [], StudyDescription="HEAD")
    assert (said(open_), len(facts(SAME, open_))) == ({}, 1)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("NumberOfStudyRelatedInstances", "2", []),
        ("NumberOfStudyRelatedInstances", "1", ["WARN"]),  # the others are counted a moment later
        ("NumberOfStudyRelatedInstances", "3", []),  # of an exam before, perhaps
        ("NumberOfStudyRelatedInstances", None, []),
        ("NumberOfStudyRelatedSeries", "1", []),
        ("NumberOfStudyRelatedSeries", "0", ["WARN"]),
        ("ModalitiesInStudy", "CT", []),
        ("ModalitiesInStudy", ["CT", "SR"], []),
        ("ModalitiesInStudy", "MR", ["FAIL"]),
        ("SOPClassesInStudy", "1.2.3", ["FAIL"]),
    ],
)
def test_counts(tmp_path: Path, name: str, value: Any, expected: list[str]) -> None:
    evidence = one(tmp_path, asked(**BY_ACCESSION, **{name: None}), [exam.study_answer(put(name, value))])
    assert said(evidence) == ({COUNTS: [(verdict, name) for verdict in expected]} if expected else {})


def test_an_optional_count_may_be_absent(tmp_path: Path) -> None:
    evidence = one(tmp_path, asked(**BY_ACCESSION, NumberOfStudyRelatedInstances=None), [exam.study_answer()])
    assert observe(COUNTS, evidence) == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("RetrieveAETitle", "ARCHIVE", []),
        ("RetrieveAETitle", ["ONE", "TWO"], []),
        ("InstanceAvailability", "SOMETIMES", [("FAIL", "InstanceAvailability")]),
        ("InstanceAvailability", "", [("FAIL", "InstanceAvailability")]),
        ("RetrieveAETitle", "", [("FAIL", "RetrieveAETitle")]),
    ],
)
def test_where_it_is_to_be_had(tmp_path: Path, name: str, value: Any, expected: Any) -> None:
    story = Story(tmp_path)
    answer = exam.image_answer(exam.INSTANCES[0], put("RetrieveAETitle", "A"), put(name, value))
    exam.find(story, [answer], "IMAGE")
    assert deviations(WHERE, story.evidence()) == expected


def test_that_no_place_is_told_is_a_note(tmp_path: Path) -> None:
    evidence = one(tmp_path, asked(**BY_ACCESSION), [exam.study_answer()])
    assert (deviations(WHERE, evidence), len(facts(WHERE, evidence))) == ([], 2)


def test_nothing_is_said_of_what_a_wrong_query_brought(tmp_path: Path) -> None:
    keys = asked("SERIES", SeriesInstanceUID=None, Modality="MR")
    answer = Dataset()
    answer.QueryRetrieveLevel, answer.SeriesInstanceUID, answer.Modality = "SERIES", "2.25.5", "CT"
    assert said(one(tmp_path, keys, [answer], intent="query.no-unique-key")) == {}


# --- what a battery stored for its cases ------------------------------------------------------------------------------


def beside(folder: Path, keys: Dataset, answers: Sequence[Dataset], *, found: int = 2, status: int = 0) -> Evidence:
    """A case of a battery whose images were stored before, of which so many were found then."""
    before = Story(folder, orders=True)
    exam.store(before, dict.fromkeys(exam.INSTANCES, status))
    exam.find(before, [exam.image_answer(uid) for uid in exam.INSTANCES[:found]], "IMAGE")
    before.transcript()
    before.writer.folder.rename(folder / "stored")
    case = Story(folder, orders=True)
    query(case, keys, answers)
    return case.evidence()


VALUES = "query.values"


def test_what_the_battery_stored_has_to_come(tmp_path: Path) -> None:
    for name, keys in (("uid", asked(StudyInstanceUID=STUDY)), ("accession", asked(**BY_ACCESSION))):
        assert COMPLETE in said(beside(tmp_path / name, keys, [])), name
    assert said(beside(tmp_path / "came", asked(StudyInstanceUID=STUDY), [exam.study_answer()])) == {}


def test_what_was_not_found_when_it_was_stored_is_missed_no_more(tmp_path: Path) -> None:
    """Nor has an empty answer shown anything then, other than that of a query for nobody."""
    lost = beside(tmp_path / "lost", asked(StudyInstanceUID=STUDY), [], found=0)
    assert said(lost) == {}
    assert verdict(COMPLETE, lost) is Verdict.NOT_APPLICABLE
    (told,) = facts(COMPLETE, lost)
    assert "1 that would were not found" in told
    assert verdict(COMPLETE, beside(tmp_path / "nobody", asked(AccessionNumber="NOBODY"), [])) is Verdict.PASS
    assert facts(COMPLETE, beside(tmp_path / "neither", asked(AccessionNumber="NOBODY"), [], found=0)) == []
    assert said(beside(tmp_path / "warned", asked(StudyInstanceUID=STUDY), [], status=0xB000)) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ((), []),
        ((put("PatientName", f"{exam.ORDER.PatientName}^^"),), []),
        ((put("AccessionNumber", "A9"),), [("WARN", "AccessionNumber")]),
        ((put("AccessionNumber", ""),), [("FAIL", "AccessionNumber")]),  # its text is gone
        ((put("PatientName", "Synth"),), [("FAIL", "PatientName")]),  # cut
        ((put("PatientName", str(exam.ORDER.PatientName).upper()),), [("WARN", "PatientName")]),
    ],
)
def test_values_are_those_that_were_stored(tmp_path: Path, changes: tuple[Change, ...], expected: Any) -> None:
    evidence = beside(tmp_path, asked(StudyInstanceUID=STUDY), [exam.study_answer(*changes)])
    assert deviations(VALUES, evidence) == expected


def test_an_optional_key_without_its_value(tmp_path: Path) -> None:
    """Who does not support it has to leave it out (C.2.2.1.3); many return it empty all the same."""
    keys = asked(StudyInstanceUID=STUDY, PatientSex=None)
    for change, expected in ((put("PatientSex", ""), [("WARN", "PatientSex")]), (put("PatientComments", ""), [])):
        evidence = beside(tmp_path / str(len(expected)), keys, [exam.study_answer(change)])
        assert deviations(VALUES, evidence) == expected


def test_what_comes_behind_the_end_is_no_answer(tmp_path: Path) -> None:
    """The same answer behind Success is no second match: what it is, another check tells."""
    story = Story(tmp_path)
    exam.store(story)
    link = story.associate(STUDY_ROOT_FIND, service="query")
    link.ask("C-FIND-RQ", asked(**BY_ACCESSION))
    for status in (0xFF00, 0x0000, 0xFF00):
        link.answer(status, exam.study_answer() if status else None)
    evidence = story.evidence()
    assert said(evidence) == {}
    assert verdict("dimse.one-final-response", evidence) is Verdict.FAIL


def test_of_what_the_exam_stored_other_checks_compare_the_values(tmp_path: Path) -> None:
    evidence = one(tmp_path, asked(StudyInstanceUID=STUDY), [exam.study_answer(put("AccessionNumber", "A9"))])
    assert observe(VALUES, evidence) == []
