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


# --- classes, reasons, and what was not stored by then ----------------------------------------------------------------

OTHER = "1.2.840.10008.5.1.4.1.1.7"
CLASS, FITS = "commitment.wrong-class", "commitment.reason-fits"


def course(
    folder: Path,
    *,
    named: str = CT_IMAGE,
    reason: int | None = None,
    early: bool = False,
    again: int | None = None,
) -> Evidence:
    """One instance that is stored, before or behind the request for its commitment; `reason` None: it is committed.

    `again` is the reason of a second report, to a request with the same Transaction UID; None: there is no such one.
    """
    story = Story(folder)

    def store() -> None:
        ds = Dataset()
        ds.SOPInstanceUID = STORED[0]
        link = story.associate(CT_IMAGE, service="storage")
        link.ask("C-STORE-RQ", ds, AffectedSOPInstanceUID=STORED[0])
        link.answer()
        link.release()

    if not early:
        store()
    for why in (reason, *([again] if again is not None else [])):
        item = reference(STORED[0])
        item.ReferencedSOPClassUID = named
        ds = Dataset()
        ds.TransactionUID, ds.ReferencedSOPSequence = "2.25.111", [item]
        link = story.associate(COMMITMENT, service="commitment")
        link.ask("N-ACTION-RQ", ds)
        link.answer()
        told = reference(STORED[0], why)
        told.ReferencedSOPClassUID = named
        ds = Dataset()
        ds.TransactionUID = "2.25.111"
        setattr(ds, "ReferencedSOPSequence" if why is None else "FailedSOPSequence", [told])
        link.ask("N-EVENT-REPORT-RQ", ds, sent=False, EventTypeID=1 if why is None else 2)
        link.answer(sent=True)
        link.release()
    if early:
        store()
    return story.evidence()


def test_another_class_than_it_was_stored_with(tmp_path: Path) -> None:
    assert verdict(CLASS, course(tmp_path / "a", named=OTHER)) is WARN
    assert verdict(CLASS, course(tmp_path / "b", named=OTHER, reason=0x0119)) is PASS
    assert verdict(CLASS, course(tmp_path / "c")) is NOT_APPLICABLE


def test_a_stored_instance_that_was_asked_for_by_another_class_need_not_be_committed(tmp_path: Path) -> None:
    for number, reason in enumerate((0x0119, 0x0112)):
        assert verdict(COMMITTED, course(tmp_path / str(number), named=OTHER, reason=reason)) is NOT_APPLICABLE
    assert verdict(COMMITTED, course(tmp_path / "right", reason=0x0119)) is FAIL


@pytest.mark.parametrize(
    ("named", "reason", "expected"),
    [
        (OTHER, 0x0119, PASS),
        (OTHER, 0x0112, PASS),
        (OTHER, 0x0110, PASS),
        (OTHER, 0x0122, PASS),  # nobody knows whether it supports that one
        (OTHER, 0x0131, WARN),
        (CT_IMAGE, 0x0112, NOT_APPLICABLE),  # that it fails at all is told elsewhere
    ],
)
def test_the_reason_fits_the_class(tmp_path: Path, named: str, reason: int, expected: Verdict) -> None:
    assert verdict(FITS, course(tmp_path, named=named, reason=reason)) is expected


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(0x0112, PASS), (0x0110, PASS), (0x0119, WARN), (0x0131, WARN), (0x0213, WARN), (0x0122, WARN), (0xA700, None)],
)
def test_the_reason_fits_what_was_never_sent(tmp_path: Path, reason: int, expected: Verdict | None) -> None:
    evidence = reported(tmp_path, STORED, [UNKNOWN], reason=reason)
    assert verdict(FITS, evidence) is (expected or NOT_APPLICABLE)


def test_what_was_refused_for_lack_of_room_may_fail_for_it(tmp_path: Path) -> None:
    statuses = [(STORED[0], 0), (STORED[1], 0xA700)]
    assert verdict(FITS, reported(tmp_path, STORED[:1], STORED[1:], statuses=statuses, reason=0x0213)) is PASS


@pytest.mark.parametrize(
    ("first", "again", "verdicts"),
    [
        (None, 0x0131, (PASS, PASS)),
        (None, 0x0112, (PASS, WARN)),  # it was there a moment ago
        (0x0112, 0x0112, (FAIL, NOT_APPLICABLE)),  # that it is lost is told of the first report
    ],
)
def test_what_is_lost_is_told_once_where_the_transaction_uid_is_used_again(
    tmp_path: Path, first: int | None, again: int, verdicts: tuple[Verdict, Verdict]
) -> None:
    evidence = course(tmp_path, reason=first, again=again)
    assert (verdict(COMMITTED, evidence), verdict(FITS, evidence)) == verdicts


def test_what_is_stored_later_was_not_there(tmp_path: Path) -> None:
    early = course(tmp_path / "a", early=True)
    assert (verdict(NEVER, early), verdict(COMMITTED, early)) == (FAIL, NOT_APPLICABLE)
    right = course(tmp_path / "b", early=True, reason=0x0112)
    assert (verdict(NEVER, right), verdict(COMMITTED, right), verdict(FITS, right)) == (PASS, NOT_APPLICABLE, PASS)
