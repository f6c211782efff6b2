"""Commitment and query of the same instances: where they differ it is said who said what, once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scanproof.judge import judge
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, CT_IMAGE, STUDY_ROOT_FIND, Story, observe, verdict

CHECK = "commitment.agreement"
INSTANCES = list(exam.INSTANCES)


def items(uids: Sequence[str], reason: int | None = None) -> list[Dataset]:
    found = exam.action(instances=uids).ReferencedSOPSequence
    for item in found if reason is not None else ():
        item.FailureReason = reason
    return list(found)


def report(story: Story, good: Sequence[str], failed: Sequence[str] = (), reason: int = 0x0112) -> None:
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", exam.action())
    link.answer()
    ds = Dataset()
    ds.TransactionUID = exam.TRANSACTION_UID
    ds.ReferencedSOPSequence = items(good)
    if failed:
        ds.FailedSOPSequence = items(failed, reason)
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False, EventTypeID=2 if failed else 1)
    link.answer(sent=True)
    link.release()


def query(story: Story, found: Sequence[str]) -> None:
    keys = Dataset()
    keys.QueryRetrieveLevel = "IMAGE"
    keys.StudyInstanceUID, keys.SeriesInstanceUID = exam.ORDER.StudyInstanceUID, exam.SERIES_UID
    keys.SOPInstanceUID = ""
    link = story.associate(STUDY_ROOT_FIND, service="query")
    link.ask("C-FIND-RQ", keys)
    for uid in found:
        answer = Dataset()
        answer.QueryRetrieveLevel = "IMAGE"
        answer.StudyInstanceUID, answer.SeriesInstanceUID = exam.ORDER.StudyInstanceUID, exam.SERIES_UID
        answer.SOPInstanceUID = uid
        link.answer(0xFF00, answer)
    link.answer(0)
    link.release()


def both(
    folder: Path,
    good: Sequence[str],
    found: Sequence[str],
    failed: Sequence[str] = (),
    *,
    reason: int = 0x0112,
    status: int = 0,
    before: bool = False,
) -> Evidence:
    story = Story(folder)
    exam.store(story, dict.fromkeys(INSTANCES, status))
    if before:
        query(story, found)
    report(story, good, failed, reason)
    if not before:
        query(story, found)
    return story.evidence()


def test_who_agree(tmp_path: Path) -> None:
    assert verdict(CHECK, both(tmp_path / "a", INSTANCES, INSTANCES)) is Verdict.PASS
    assert verdict(CHECK, both(tmp_path / "b", INSTANCES[1:], INSTANCES[1:], INSTANCES[:1])) is Verdict.PASS


def test_what_was_committed_is_not_found(tmp_path: Path) -> None:
    evidence = both(tmp_path, INSTANCES, INSTANCES[1:])
    (seen,) = observe(CHECK, evidence)
    assert seen.verdict is Verdict.FAIL
    assert f"TARGET committed {len(INSTANCES)} instances" in seen.actual
    assert f"the query of TARGET has {len(INSTANCES) - 1} of them" in seen.actual
    assert seen.actual.endswith(f"{INSTANCES[0]} is missing")
    found = {finding.check: finding for finding in judge(evidence).findings if finding.verdict is Verdict.FAIL}
    assert found["storage.found"].exchange == found[CHECK].exchange  # which is where its root is


def test_what_is_found_was_reported_as_missing(tmp_path: Path) -> None:
    (seen,) = observe(CHECK, both(tmp_path, INSTANCES[1:], INSTANCES, INSTANCES[:1]))
    assert seen.verdict is Verdict.FAIL
    assert "TARGET reported 1 instances as not there" in seen.actual
    assert seen.because is seen.exchange  # commitment.committed tells of the same report


@pytest.mark.parametrize("status", [0xB000, 0xB007])
def test_what_was_stored_with_a_warning_nobody_else_looks_for(tmp_path: Path, status: int) -> None:
    (seen,) = observe(CHECK, both(tmp_path, INSTANCES, [], status=status))
    assert seen.verdict is Verdict.FAIL


def test_what_failed_for_another_reason_may_well_be_found(tmp_path: Path) -> None:
    for number, reason in enumerate((0x0110, 0x0213, 0x0122)):
        evidence = both(tmp_path / str(number), INSTANCES[1:], INSTANCES, INSTANCES[:1], reason=reason)
        assert verdict(CHECK, evidence) is Verdict.PASS


def test_a_query_before_the_report_says_nothing_of_it(tmp_path: Path) -> None:
    assert observe(CHECK, both(tmp_path, INSTANCES, INSTANCES[1:], before=True)) == []


# --- what comes back --------------------------------------------------------------------------------------------------

GET = "1.2.840.10008.5.1.4.1.2.2.3"


def back(folder: Path, good: Sequence[str], came: Sequence[str], *, status: int = 0, level: str = "STUDY") -> Evidence:
    """A report about all that was stored, and a C-GET behind it."""
    story = Story(folder)
    exam.store(story)
    report(story, good, [uid for uid in INSTANCES if uid not in good])
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = level, exam.ORDER.StudyInstanceUID
    if level == "IMAGE":
        keys.SeriesInstanceUID, keys.SOPInstanceUID = exam.SERIES_UID, INSTANCES[:1]
    link = story.associate(GET, CT_IMAGE, service="retrieve")
    link.ask("C-GET-RQ", keys)
    for uid in came:
        link.ask("C-STORE-RQ", exam.image(uid), sent=False, context=3, AffectedSOPInstanceUID=uid)
        link.answer(sent=True)
    link.answer(status)
    link.release()
    return story.evidence()


def test_what_was_committed_comes_back(tmp_path: Path) -> None:
    assert verdict(CHECK, back(tmp_path / "a", INSTANCES, INSTANCES)) is Verdict.PASS
    (seen,) = observe(CHECK, back(tmp_path / "b", INSTANCES, INSTANCES[:1]))
    assert seen.verdict is Verdict.FAIL
    assert "the C-GET of TARGET has 1 of them" in seen.actual
    (seen,) = observe(CHECK, back(tmp_path / "c", INSTANCES[:1], INSTANCES))
    assert "reported 1 instances as not there" in seen.actual


def test_a_retrieval_that_was_asked_for_again_is_the_last_one(tmp_path: Path) -> None:
    """An archive gets time to index: what the first C-GET did not bring, and the same one later did, is there."""
    story = Story(tmp_path)
    exam.store(story)
    report(story, INSTANCES)
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID = "STUDY", exam.ORDER.StudyInstanceUID
    for came in ((), INSTANCES):
        link = story.associate(GET, CT_IMAGE, service="retrieve")
        link.ask("C-GET-RQ", keys)
        for uid in came:
            link.ask("C-STORE-RQ", exam.image(uid), sent=False, context=3, AffectedSOPInstanceUID=uid)
            link.answer(sent=True)
        link.answer(0)
        link.release()
    assert verdict(CHECK, story.evidence()) is Verdict.PASS


def test_what_was_not_asked_for_or_not_sent_for_a_reason_says_nothing(tmp_path: Path) -> None:
    assert verdict(CHECK, back(tmp_path / "a", INSTANCES, INSTANCES[:1], level="IMAGE")) is Verdict.PASS
    for number, status in enumerate((0xB000, 0xA702, 0xFE00)):
        assert observe(CHECK, back(tmp_path / str(number), INSTANCES, INSTANCES[:1], status=status)) == []
