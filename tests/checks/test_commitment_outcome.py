"""What was stored is committed, what was never stored is not, what lost elements need not be: each by itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from tests.support.building import COMMITMENT, CT_IMAGE, Story, deviations, verdict

PASS, FAIL, WARN, NOT_APPLICABLE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOT_APPLICABLE
COMMITTED, NEVER, DISCARDED, EMPTY = CHECKS = (
    *("commitment.committed", "commitment.never-sent", "commitment.discarded"),
    "commitment.no-empty-list",
)
STORED, UNKNOWN = ("1.2.3.1", "1.2.3.2"), "1.2.3.9"


def reference(uid: str, reason: int | None = None) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = CT_IMAGE, uid
    if reason is not None:
        ds.FailureReason = reason
    return ds


def reported(
    folder: Path,
    good: Sequence[str] | None,
    failed: Sequence[str] = (),
    *,
    statuses: Sequence[tuple[str, int]] = tuple((uid, 0) for uid in STORED),
    reason: int = 0x0112,
) -> Evidence:
    """C-STOREs with their statuses, the request for all that the report names, and the report; None: no list at all."""
    story = Story(folder)
    link = story.associate(CT_IMAGE, service="storage")
    for uid, status in statuses:
        ds = Dataset()
        ds.SOPInstanceUID = uid
        link.ask("C-STORE-RQ", ds, AffectedSOPInstanceUID=uid)
        link.answer(status)
    link.release()
    link = story.associate(COMMITMENT, service="commitment")
    ds = Dataset()
    ds.TransactionUID = "2.25.111"
    ds.ReferencedSOPSequence = [reference(uid) for uid in (*(good or ()), *failed)]
    link.ask("N-ACTION-RQ", ds)
    link.answer()
    ds = Dataset()
    ds.TransactionUID = "2.25.111"
    if good is not None:
        ds.ReferencedSOPSequence = [reference(uid) for uid in good]
    if failed:
        ds.FailedSOPSequence = [reference(uid, reason) for uid in failed]
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False, EventTypeID=2 if failed else 1)
    link.answer(sent=True)
    link.release()
    return story.evidence()


def said(evidence: Evidence) -> tuple[Verdict, ...]:
    return tuple(verdict(check, evidence) for check in CHECKS)


def test_each_check_passes_only_for_what_was_looked_at(tmp_path: Path) -> None:
    """A run that asks for no unknown instance has not shown that none is committed, and the reverse."""
    none = NOT_APPLICABLE
    assert said(reported(tmp_path, STORED)) == (PASS, none, PASS, PASS)
    assert said(reported(tmp_path, STORED, [UNKNOWN])) == (PASS, PASS, PASS, PASS)
    assert said(reported(tmp_path, None, [UNKNOWN], statuses=())) == (none, PASS, none, PASS)
    assert said(Story(tmp_path).evidence()) == (none,) * 4


def test_what_was_never_sent_is_committed(tmp_path: Path) -> None:
    assert said(reported(tmp_path, [*STORED, UNKNOWN])) == (PASS, FAIL, PASS, PASS)


@pytest.mark.parametrize("status", [0xA700, 0x0110, 0xC001])
def test_an_image_that_was_refused_is_not_to_be_committed(tmp_path: Path, status: int) -> None:
    """What C-STORE did not take, the target does not have: committed, it is lost; failed, it is told rightly."""
    statuses = [(STORED[0], status), (STORED[1], 0)]
    assert said(reported(tmp_path, STORED, statuses=statuses))[:2] == (PASS, FAIL)
    assert said(reported(tmp_path, STORED[1:], STORED[:1], statuses=statuses))[:2] == (PASS, PASS)


@pytest.mark.parametrize("status", [0x0000, 0xB000, 0xB007, 0xB006])
def test_what_lost_elements_need_not_be_committed(tmp_path: Path, status: int) -> None:
    """B006H fits storage of Level 0 and 1, and commitment takes Level 2: one failed and one committed is consistent."""
    statuses = [(STORED[0], status), (STORED[1], 0)]
    committed = reported(tmp_path, STORED, statuses=statuses)
    failed = reported(tmp_path, STORED[1:], STORED[:1], statuses=statuses)
    lost = status == 0xB006
    assert (verdict(DISCARDED, committed), verdict(DISCARDED, failed)) == (WARN if lost else PASS, PASS)
    assert verdict(COMMITTED, failed) is (PASS if lost else FAIL)


def test_an_instance_that_was_taken_stays_stored_whatever_a_repeat_is_answered(tmp_path: Path) -> None:
    statuses = [(STORED[0], 0x0000), (STORED[1], 0x0000), (STORED[0], 0x0111)]
    assert said(reported(tmp_path, STORED, statuses=statuses))[:2] == (PASS, NOT_APPLICABLE)


def test_an_empty_list_of_committed_instances_is_a_warning(tmp_path: Path) -> None:
    found = reported(tmp_path, [], [UNKNOWN])
    assert deviations(EMPTY, found) == [("WARN", "ReferencedSOPSequence")]
    assert verdict(NEVER, found) is PASS
