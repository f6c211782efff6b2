"""Field cases (docs/cases.md): each with its right verdict, and nobody accused for another's fault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.check import Fact, Observation
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.judge import judge
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, CT_IMAGE, STUDY_ROOT_FIND, Story, deviations, encode, facts

Change = Callable[[Dataset], Any]
LETTERS = "Series.1.2.3"


def failed(evidence: Evidence) -> dict[str, str | None]:
    """Checks that fail a conversation, with their tags; all checks of scenarios are asked."""
    judgement = judge(evidence)
    assert judgement.crashed == ()
    return {each.check: each.tag for each in judgement.findings if each.verdict is Verdict.FAIL}


def put(keyword: str, value: Any) -> Change:
    """Set a value that its VR may not allow."""

    def change(ds: Dataset) -> None:
        vr = ds[keyword].VR
        ds.add_new(ds[keyword].tag, "LO", value)
        ds[keyword].VR = vr

    return change


def image_query(story: Story, answer: Dataset | bytes, series: str | None = None) -> None:
    """An IMAGE query without a key of the series, or with one."""
    link = story.associate(STUDY_ROOT_FIND, service="query")
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "IMAGE", exam.ORDER.StudyInstanceUID
    keys.SOPInstanceUID = keys.SOPClassUID = keys.InstanceNumber = None
    if series is None:
        keys.SeriesInstanceUID = None
    else:
        put("SeriesInstanceUID", series)(_with_series(keys))
    link.ask("C-FIND-RQ", keys)
    link.answer(0xFF00, answer)
    link.answer()
    link.release()


def _with_series(keys: Dataset) -> Dataset:
    keys.SeriesInstanceUID = "1.2"
    return keys


def query_findings(evidence: Evidence) -> list[Observation | Fact]:
    found = all_checks()["dataset.query-response"].function(evidence)
    return [each for each in found if not (isinstance(each, Observation) and each.verdict is Verdict.PASS)]


# --- R2-04: letters in a UID ------------------------------------------------------------------------------------------


def test_letters_in_a_uid_that_the_archive_made(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story)
    answer = exam.image_answer(exam.INSTANCES[0], lambda ds: setattr(ds, "InstanceNumber", 1))
    put("SeriesInstanceUID", LETTERS)(answer)
    image_query(story, answer)
    (seen,) = query_findings(story.evidence())
    assert isinstance(seen, Observation)
    assert (seen.verdict, seen.tag, seen.because) == (Verdict.FAIL, "SeriesInstanceUID", None)


def test_letters_in_a_uid_that_a_worklist_item_brought(tmp_path: Path) -> None:
    """The RIS made it: the archive that returns what it was sent is not accused, its finding is a consequence."""
    story = Story(tmp_path, ledger=exam.ledger(study_instance_uid=LETTERS))
    item = exam.item()
    put("StudyInstanceUID", LETTERS)(item)
    exam.worklist(story, [item])
    exam.store(story, None, put("StudyInstanceUID", LETTERS))
    exam.find(story, [exam.study_answer(put("StudyInstanceUID", LETTERS))], "STUDY")
    evidence = story.evidence()
    source = evidence.worklist_queries[0].answers.messages[0]
    (seen,) = query_findings(evidence)
    assert isinstance(seen, Observation)
    assert (seen.tag, seen.because) == ("StudyInstanceUID", source)
    assert deviations("worklist.value-syntax", evidence) == [("FAIL", "StudyInstanceUID")]


def test_letters_in_a_uid_that_we_stored(tmp_path: Path) -> None:
    """Without an item that had it, it is ours: told, and no finding of the archive."""
    story = Story(tmp_path)
    exam.store(story, None, put("SeriesInstanceUID", LETTERS))
    answer = exam.image_answer(exam.INSTANCES[0], lambda ds: setattr(ds, "InstanceNumber", 1))
    put("SeriesInstanceUID", LETTERS)(answer)
    image_query(story, answer, LETTERS)
    evidence = story.evidence()
    assert deviations("dataset.query-response", evidence) == []
    (told,) = facts("dataset.query-response", evidence)
    assert told.startswith("SeriesInstanceUID comes back as it was stored")


# --- R2-05, R2-06: text and numbers -----------------------------------------------------------------------------------


def test_text_in_another_alphabet_and_no_character_set_in_an_answer(tmp_path: Path) -> None:
    greek = "Παπαδοπούλου".encode("iso8859-7")
    answer = encode(exam.study_answer(lambda ds: setattr(ds, "PatientName", "X" * len(greek))), EXPLICIT_LITTLE)
    story = Story(tmp_path)
    exam.find(story, [answer.replace(b"X" * len(greek), greek)], "STUDY")
    assert deviations("dataset.query-response", story.evidence()) == [("FAIL", "PatientName")]


def test_an_integer_string_with_a_decimal_point(tmp_path: Path) -> None:
    answer = exam.image_answer(exam.INSTANCES[0])
    answer.InstanceNumber = 3
    put("InstanceNumber", "3.0")(answer)
    story = Story(tmp_path)
    image_query(story, answer)
    assert deviations("dataset.query-response", story.evidence()) == [("FAIL", "InstanceNumber")]


@pytest.mark.parametrize(("keyword", "absent"), [("SpecificCharacterSet", False), ("SpecificCharacterSet", True)])
def test_an_empty_character_set_and_none(tmp_path: Path, keyword: str, absent: bool) -> None:
    answer, item = exam.study_answer(), exam.item()
    for ds in (answer, item):
        setattr(ds, keyword, "")
        if absent:
            delattr(ds, keyword)
    story = Story(tmp_path, ledger=exam.ledger())
    exam.find(story, [answer], "STUDY")
    exam.worklist(story, [item])
    expected = [] if absent else [("FAIL", keyword)]
    for check in ("query.no-empty-character-set", "worklist.no-empty-character-set"):
        assert deviations(check, story.evidence()) == expected


# --- R2-13: a private failure code ------------------------------------------------------------------------------------


def test_a_refusal_for_the_patient_with_a_code_of_resources(tmp_path: Path) -> None:
    """The comment leads; the code is a warning, the refusal itself is judged by storage.accepted."""
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    uid = exam.INSTANCES[0]
    link.ask("C-STORE-RQ", exam.image(uid), elided=100, AffectedSOPInstanceUID=uid)
    link.answer(0xA779, ErrorComment="patient differs")
    assert deviations("storage.refusal-meaning", story.evidence()) == [("WARN", None)]
    assert deviations("dimse.status-legal", story.evidence()) == []


# --- R2-19, R2-20: private blocks, and a wrong VR ---------------------------------------------------------------------


def last_block(ds: Dataset) -> None:
    ds.add_new(0x000900FF, "LO", "SCANPROOF TEST")
    ds.add_new(0x0009FF00, "LO", "first of its block")
    ds.add_new(0x0009FFFF, "LO", "last of its block")


def without_creator(ds: Dataset) -> None:
    ds.add_new(0x000911FF, "LO", "reserved by nobody")


@pytest.mark.parametrize(
    ("change", "expected"), [(last_block, []), (without_creator, [("FAIL", "(0009,11FF)")])], ids=["00FF", "11FF"]
)
def test_the_last_element_of_a_private_block(tmp_path: Path, change: Change, expected: list[tuple[str, str]]) -> None:
    """(gggg,00FF) reserves FF00 to FFFF."""
    story = Story(tmp_path, ledger=exam.ledger())
    exam.find(story, [exam.study_answer(change)], "STUDY")
    item = exam.item()
    change(item)
    exam.worklist(story, [item])
    evidence = story.evidence()
    assert deviations("dataset.query-response", evidence) == expected
    assert deviations("dataset.worklist-response", evidence) == expected


def test_patients_name_with_another_vr(tmp_path: Path) -> None:
    def change(ds: Dataset) -> None:
        ds.add_new("PatientName", "CS", "SYNTHETIC_NAME")

    story = Story(tmp_path, ledger=exam.ledger())
    exam.find(story, [exam.study_answer(change)], "STUDY")
    item = exam.item()
    change(item)
    exam.worklist(story, [item])
    evidence = story.evidence()
    assert deviations("dataset.query-response", evidence) == [("FAIL", "PatientName")]
    assert deviations("worklist.value-syntax", evidence) == [("FAIL", "PatientName")]


# --- what must not fail -----------------------------------------------------------------------------------------------


def test_a_worklist_that_folds_names_matches(tmp_path: Path) -> None:
    """Case, accents and wild cards of names are the SCP's own affair (C.2.2.2.1.1, C.2.2.2.4)."""
    identifier = exam.keys()
    identifier.PatientName = str(exam.ORDER.PatientName).upper()
    evidence = exam.judged(tmp_path, identifier=identifier)
    assert failed(evidence) == {}


@pytest.mark.parametrize("pending", [0xFF00, 0xFF01])
def test_a_missing_optional_key_goes_with_either_pending_status(tmp_path: Path, pending: int) -> None:
    evidence = exam.judged(tmp_path, lambda item: delattr(item, "IssuerOfPatientID"), pending=pending)
    assert failed(evidence) == {}


def test_an_item_that_goes_when_its_step_begins(tmp_path: Path) -> None:
    """R2-07: kept or dropped, both are right."""
    for after in ([], [exam.item()]):
        story = Story(tmp_path, ledger=exam.ledger())
        exam.worklist(story, [exam.item()])
        exam.mpps(story, "N-CREATE-RQ", exam.performed())
        exam.worklist(story, after)
        found = failed(story.evidence())
        assert {check for check in found if check.partition(".")[0] in ("worklist", "identity")} == set()


# --- disputed points: what our own request lacks is no fault of the target, whatever it answers ----------------------


@pytest.mark.parametrize("status", [0x0000, 0x0106, 0x0110, 0x0121])
@pytest.mark.parametrize("ends", ["COMPLETED", "DISCONTINUED"])
@pytest.mark.parametrize("lacks", ["PerformedSeriesSequence", "PerformedProcedureStepEndDate"])
@pytest.mark.parametrize("capture", [True, False])
def test_a_step_that_ends_without_what_its_end_needs(
    tmp_path: Path, status: int, ends: str, lacks: str, capture: bool
) -> None:
    """All of it binds the SCU: no text obliges the SCP to refuse (PS3.4 F.7.2.2.2). Of a capture nobody knows what was
    meant; what nobody meant of ours is our own defect.
    """
    story = Story(tmp_path, ledger=exam.ledger(), capture=capture)
    exam.mpps(story, "N-CREATE-RQ", exam.performed())
    ds = exam.modification(ends)
    ds[lacks].value = [] if lacks == "PerformedSeriesSequence" else ""
    exam.mpps(story, "N-SET-RQ", ds, status)
    assert failed(story.evidence()) == {}
    ours = [] if capture else [("INCONCLUSIVE", None)]
    assert deviations("dataset.mpps-request", story.evidence()) == ours


@pytest.mark.parametrize(("status", "warned"), [(0x0000, []), (0x0110, []), (0x0131, [("WARN", None)])])
def test_a_transaction_uid_that_was_used_before(tmp_path: Path, status: int, warned: list[tuple[str, None]]) -> None:
    """Not to use it again is for the SCU (PS3.4 J.3.2.1.2); 0131H is a Failure Reason, and no status of N-ACTION."""
    story = Story(tmp_path, ledger=exam.ledger())
    exam.store(story)
    exam.commit(story)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", exam.action())
    link.answer(status)
    link.release()
    evidence = story.evidence()
    assert failed(evidence) == {}
    assert deviations("dataset.commitment-request", evidence) == [("INCONCLUSIVE", None)]
    assert deviations("dimse.status-legal", evidence) == warned
