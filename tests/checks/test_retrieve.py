"""Checks of C-MOVE and C-GET: silent on right retrievals and where the standard leaves room, exact on spoiled ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.retrieve
import scanproof.checks.retrieve_counts
import scanproof.checks.retrieve_sent  # noqa: F401 - importing registers
from scanproof.check import registered
from scanproof.finding import Level, Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import CT_IMAGE, facts, observe
from tests.support.retrieval import STRANGE, UIDS, Retrieved, failed, identifier, image

BOTH = pytest.mark.parametrize("move", [False, True], ids=["get", "move"])
REFUSED, WARNED = 0xA700, 0xB000


def found(retrieved: Retrieved) -> dict[str, set[str]]:
    """What the checks of retrieval find fault with, and how grave it is."""
    evidence = retrieved.story.evidence()
    seen = {}
    for check in registered():
        if check.startswith("retrieve.") or check == "dataset.retrieve-request":
            verdicts = {each.verdict.value for each in observe(check, evidence)} - {"PASS"}
            if verdicts:
                seen[check] = verdicts
    return seen


def asked(folder: Path, *, move: bool, **how: Any) -> Retrieved:
    retrieved = Retrieved(folder, move=move, **how)
    retrieved.ask()
    return retrieved


@BOTH
def test_a_right_retrieval(tmp_path: Path, move: bool) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.all()
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {}
    evidence = retrieved.story.evidence()
    silent = {"retrieve.failed-list", "retrieve.list-character-set", "retrieve.cancel"}
    silent |= {"retrieve.unknown-destination", "retrieve.odd-identifier"}
    silent |= {"retrieve.role"} if move else {"retrieve.originator", "retrieve.default-syntax", "retrieve.final-counts"}
    mine = {check for check in registered() if check.startswith("retrieve.") and not observe(check, evidence)}
    ours = {check.id for check in registered().values() if check.function.__module__.startswith(_MODULES)}
    assert mine & ours == silent


_MODULES = ("scanproof.checks.retrieve", "scanproof.checks.retrieve_counts", "scanproof.checks.retrieve_sent")


@BOTH
@pytest.mark.parametrize(
    ("statuses", "final", "listed", "seen"),
    [
        # all failed: a failure is right, Success wrong, and B000H the table's own wording
        ((REFUSED,) * 3, 0xA702, UIDS, None),
        ((REFUSED,) * 3, 0xC001, UIDS, None),
        ((REFUSED,) * 3, 0x0000, (), "FAIL"),
        ((REFUSED,) * 3, 0xB000, UIDS, "WARN"),
        # some failed
        ((0, REFUSED, 0), 0xB000, UIDS[1:2], None),
        ((0, REFUSED, 0), 0x0000, (), "FAIL"),
        ((0, REFUSED, 0), 0xA702, UIDS[1:2], "WARN"),
        # warnings
        ((0, WARNED, 0), 0xB000, (), None),
        ((WARNED,) * 3, 0xB000, (), None),
        ((WARNED,) * 3, 0x0000, (), "FAIL"),
        # none
        ((0, 0, 0), 0xB000, (), "FAIL"),
        ((0, 0, 0), 0xA702, (), "FAIL"),
    ],
)
def test_the_final_status(
    tmp_path: Path, move: bool, statuses: tuple[int, ...], final: int, listed: tuple[str, ...], seen: str | None
) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.all(statuses)
    good, warned = statuses.count(0), statuses.count(WARNED)
    retrieved.tell(final, None, good, 3 - good - warned, warned, ds=failed(*listed) if listed else None)
    expected = {"retrieve.final-status": {seen}} if seen else {}
    if statuses == (0, 0, 0) and final == 0xA702:
        expected["retrieve.accepted"] = {"FAIL"}
    assert found(retrieved) == expected


@BOTH
def test_what_nobody_stored_is_a_note(tmp_path: Path, move: bool) -> None:
    for final in (0x0000, 0xA702, 0xC000):
        retrieved = Retrieved(tmp_path, move=move)
        retrieved.ask(identifier(StudyInstanceUID=STRANGE), meant="retrieve.never-stored")
        retrieved.tell(final)
        assert found(retrieved) == {}
        assert len(facts("retrieve.final-status", retrieved.story.evidence())) == 1


def test_a_destination_that_nobody_knows(tmp_path: Path) -> None:
    for final, seen in ((0xA801, None), (0xC000, "WARN"), (0x0000, "FAIL"), (0xB000, "FAIL")):
        retrieved = Retrieved(tmp_path, move=True)
        retrieved.ask(destination="NOBODY", meant="retrieve.unknown-destination")
        retrieved.tell(final)
        assert found(retrieved) == ({"retrieve.unknown-destination": {seen}} if seen else {})


def test_our_own_destination_unknown_decides_nothing(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=True)
    retrieved.tell(0xA801)
    evidence = retrieved.story.evidence()
    (seen,) = observe("retrieve.accepted", evidence)
    assert seen.verdict.value == "INCONCLUSIVE"
    assert "port 11113" in seen.hint
    assert found(retrieved) == {"retrieve.accepted": {"INCONCLUSIVE"}}


def test_our_own_destination_unknown_after_it_was_reached(tmp_path: Path) -> None:
    listener = {"ae": "SCANNER", "port": 1, "reached_by": ["TARGET"]}
    retrieved = asked(tmp_path, move=True, listener=listener)
    retrieved.tell(0xA801)
    assert found(retrieved) == {"retrieve.accepted": {"FAIL"}}


def test_a_refused_c_get(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    retrieved.tell(0xC000)
    assert found(retrieved) == {"retrieve.accepted": {"FAIL"}}


def test_the_refusal_of_a_list_with_one_unknown_warns(tmp_path: Path) -> None:
    retrieved = Retrieved(tmp_path)
    retrieved.ask(identifier(StudyInstanceUID=[identifier().StudyInstanceUID, STRANGE]))
    retrieved.tell(0xC000)
    assert found(retrieved) == {"retrieve.accepted": {"WARN"}}


@pytest.mark.parametrize(
    ("change", "meant"),
    [
        ({"QueryRetrieveLevel": None}, "retrieve.unknown-level"),
        ({"QueryRetrieveLevel": "PATIENT"}, "retrieve.unknown-level"),
        ({"StudyInstanceUID": None, "SeriesInstanceUID": "1.2"}, "retrieve.no-unique-key"),
    ],
)
def test_an_odd_identifier(tmp_path: Path, change: dict[str, str | None], meant: str) -> None:
    for final, seen in ((0xA900, None), (0xC000, None), (0x0000, {"WARN"})):
        retrieved = Retrieved(tmp_path)
        retrieved.ask(identifier(**change), meant=meant)
        retrieved.tell(final)
        assert found(retrieved) == ({"retrieve.odd-identifier": seen} if seen else {})


def test_an_odd_identifier_that_nobody_meant_is_our_defect(tmp_path: Path) -> None:
    retrieved = Retrieved(tmp_path)
    retrieved.ask(identifier(QueryRetrieveLevel="FRAME"))
    retrieved.tell(0xA900)
    assert found(retrieved)["dataset.retrieve-request"] == {"INCONCLUSIVE"}


# --- numbers ----------------------------------------------------------------------------------------------------------


@BOTH
def test_numbers(tmp_path: Path, move: bool) -> None:
    def told(*counts: int | None, pending: tuple[int | None, ...] = ()) -> dict[str, set[str]]:
        retrieved = asked(tmp_path, move=move)
        retrieved.send(UIDS[0])
        if pending:
            retrieved.tell(0xFF00, *pending)
        retrieved.send(UIDS[1])
        retrieved.send(UIDS[2])
        retrieved.tell(0x0000, *counts)
        return found(retrieved)

    right = (None, 3, 0, 0)
    assert told(*right) == {}
    assert told(*right, pending=(2, 1, 0, 0)) == {}
    assert told(*right, pending=(3, 0, 0, 0)) == {}  # a Pending response may be behind
    assert told(*right, pending=(1, 2, 0, 0)) == {"retrieve.counts-agree": {"FAIL"}}
    assert told(*right, pending=(None, 1, 0, 0)) == {"retrieve.pending-counts": {"FAIL"}}
    assert told(0, 3, 0, 0) == {"retrieve.final-remaining": {"WARN"}}
    assert told(None, 2, 1, 0) == {"retrieve.counts-agree": {"FAIL"}}
    assert told(None, 2, 0, 1) == {"retrieve.counts-agree": {"FAIL"}}
    lacking = {"retrieve.final-counts": {"WARN"}} if move else {}
    assert told() == lacking
    assert told(None, 3, None, 0) == lacking


@BOTH
def test_numbers_of_a_cancel_are_owed(tmp_path: Path, move: bool) -> None:
    wrong, lacking = {"retrieve.counts-agree": {"FAIL"}}, {"retrieve.final-counts": {"FAIL"}}
    # the last answer may have crossed it: 0 is right as well
    for counts, seen in (((2, 1, 0, 0), {}), ((3, 0, 0, 0), {}), ((1, 2, 0, 0), wrong), ((), lacking)):
        retrieved = asked(tmp_path, move=move)
        retrieved.send(UIDS[0])
        retrieved.asked.ask("C-CANCEL-RQ")
        retrieved.tell(0xFE00, *counts)
        assert found(retrieved) == seen


# --- C-CANCEL ---------------------------------------------------------------------------------------------------------


@BOTH
def test_cancel(tmp_path: Path, move: bool) -> None:
    def cancelled(before: int, after: int, final: int) -> tuple[dict[str, set[str]], int]:
        retrieved = asked(tmp_path, move=move)
        for uid in UIDS[:before]:
            retrieved.send(uid)
        retrieved.asked.ask("C-CANCEL-RQ")
        for uid in UIDS[before : before + after]:
            retrieved.send(uid)
        left = 3 - before - after
        retrieved.tell(final, left if final == 0xFE00 else None, before + after, 0, 0)
        return found(retrieved), len(facts("retrieve.cancel", retrieved.story.evidence()))

    assert cancelled(1, 0, 0xFE00) == ({}, 0)
    assert cancelled(1, 1, 0xFE00) == ({}, 0)
    assert cancelled(0, 2, 0xFE00) == ({}, 0)  # within a second
    assert cancelled(2, 1, 0x0000) == ({}, 1)  # it had all been sent
    # in C-GET our answer to the second comes behind the C-CANCEL, which has been read then
    assert cancelled(1, 2, 0x0000) == ({"retrieve.cancel": {"WARN" if move else "FAIL"}}, 0)
    assert cancelled(0, 3, 0x0000) == ({"retrieve.cancel": {"WARN"}}, 0)


@BOTH
@pytest.mark.parametrize(("final", "verdict"), [(0x0000, "FAIL"), (0xB000, "WARN")])
def test_what_was_interrupted_says_cancel(tmp_path: Path, move: bool, final: int, verdict: str) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.send(UIDS[0])
    retrieved.asked.ask("C-CANCEL-RQ")
    retrieved.tell(final, None, 1, 0, 0)
    seen = found(retrieved)
    assert seen.pop("retrieve.final-status", set()) <= {"FAIL"}
    assert seen == {"retrieve.cancel": {verdict}}


def test_a_cancel_that_nobody_asked_for(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    retrieved.all()
    retrieved.tell(0xFE00, 0, 3, 0, 0)
    assert found(retrieved) == {"retrieve.cancel": {"FAIL"}}


# --- the list ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "seen"),
    [
        (failed(UIDS[1]), {}),
        (None, {"retrieve.failed-list": {"FAIL"}}),
        (failed(), {"retrieve.failed-list": {"FAIL"}, "retrieve.no-data-set": {"FAIL"}}),
        (failed(UIDS[0]), {"retrieve.failed-list": {"FAIL"}}),
        (failed(*UIDS[:2]), {"retrieve.failed-list": {"FAIL"}}),
        (failed(UIDS[1], STRANGE), {"retrieve.failed-list": {"FAIL"}}),
        (failed(UIDS[1], SpecificCharacterSet="ISO_IR 100"), {"retrieve.list-character-set": {"FAIL"}}),
        (failed(UIDS[1], UIDS[1]), {"retrieve.failed-list": {"WARN"}}),
        (failed(UIDS[1], RetrieveAETitle="ARCHIVE"), {"retrieve.failed-list": {"WARN"}}),
    ],
    ids=["right", "none", "empty", "another", "one-too-many", "a-stranger", "character-set", "twice", "more"],
)
@BOTH
def test_the_list(tmp_path: Path, move: bool, listed: Dataset | None, seen: dict[str, set[str]]) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.all((0, REFUSED, 0))
    retrieved.tell(0xB000, None, 2, 1, 0, ds=listed)
    assert found(retrieved) == seen


def test_a_list_of_what_nobody_asked_for_is_one_entry(tmp_path: Path) -> None:
    """Status, numbers and data set are of instances of another study: that they are in the list says all of it."""
    retrieved = asked(tmp_path, move=False)
    retrieved.all()
    retrieved.tell(0xB000, None, 3, 1, 0, ds=failed(STRANGE))
    evidence = retrieved.story.evidence()
    told = {
        name: [each.because is None for each in observe(f"retrieve.{name}", evidence) if each.verdict is Verdict.FAIL]
        for name in ("failed-list", "final-status", "no-data-set", "counts-agree")
    }
    assert told.pop("failed-list") == [True]
    assert told == {name: [False] for name in told}


def test_no_data_set_with_pending_and_success(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    retrieved.send(UIDS[0], REFUSED)
    retrieved.tell(0xFF00, 2, 0, 1, 0, ds=failed(UIDS[0]))
    retrieved.send(UIDS[1])
    retrieved.send(UIDS[2])
    retrieved.tell(0xB000, None, 2, 1, 0, ds=failed(UIDS[0]))
    assert found(retrieved) == {"retrieve.no-data-set": {"FAIL"}}
    retrieved = asked(tmp_path, move=False)
    retrieved.all()
    retrieved.tell(0x0000, None, 3, 0, 0, ds=failed())
    assert found(retrieved) == {"retrieve.no-data-set": {"FAIL"}}


def test_what_we_do_not_take_is_failed(tmp_path: Path) -> None:
    for final, listed, seen in (
        (0xA702, failed(*UIDS), {}),
        (0xA702, None, {"retrieve.failed-list": {"FAIL"}}),
        (0xC000, None, {"retrieve.failed-list": {"WARN"}}),
        (0x0000, None, {"retrieve.final-status": {"FAIL"}}),
    ):
        retrieved = asked(tmp_path, move=False, role=False)
        retrieved.tell(final, None, 0, 3 if final else 0, 0, ds=listed)
        assert found(retrieved) == seen


RLE = "1.2.840.10008.1.2.5"


@pytest.mark.parametrize(("syntax", "seen"), [(RLE, {}), (EXPLICIT_LITTLE, {"retrieve.accepted": {"FAIL"}})])
def test_what_was_stored_compressed_and_is_not_taken_so(tmp_path: Path, syntax: str, seen: dict[str, set[str]]) -> None:
    """Nobody has to decompress; native images can be sent in whatever native syntax is taken."""
    retrieved = asked(tmp_path, move=False, stored_in=syntax)
    retrieved.tell(0xA702, None, 0, 3, 0, ds=failed(*UIDS))
    assert found(retrieved) == seen


# --- what is sent -----------------------------------------------------------------------------------------------------


@BOTH
def test_one_that_is_missing(tmp_path: Path, move: bool) -> None:
    retrieved = asked(tmp_path, move=move)
    for uid in UIDS[:2]:
        retrieved.send(uid)
    retrieved.tell(0x0000, None, 2, 0, 0)
    assert found(retrieved) == {"retrieve.complete": {"FAIL"}}


def test_what_is_lost_between_two_aes_is_the_sites(tmp_path: Path) -> None:
    site = {
        "storage": {"ae": "GATEWAY", "host": "127.0.0.1", "port": 104},
        "retrieve": {"ae": "ARCHIVE", "host": "127.0.0.1", "port": 105},
    }
    retrieved = asked(tmp_path, move=False, site=site)
    retrieved.tell(0x0000, None, 0, 0, 0)
    (lost,) = observe("retrieve.complete", retrieved.story.evidence())
    assert (lost.verdict.value, lost.level, lost.party) == ("FAIL", Level.SITE, "site")


def test_what_is_found_later_warns(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    retrieved.tell(0x0000, None, 0, 0, 0)
    retrieved.ask()
    retrieved.all()
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {"retrieve.complete": {"WARN"}}


@BOTH
def test_what_was_not_asked_for(tmp_path: Path, move: bool) -> None:
    retrieved = Retrieved(tmp_path, move=move)
    retrieved.ask(identifier("IMAGE", SeriesInstanceUID=image("1").SeriesInstanceUID, SOPInstanceUID=UIDS[0]))
    retrieved.send(UIDS[0])
    retrieved.send(UIDS[1])
    retrieved.tell(0x0000, None, 2, 0, 0)
    assert found(retrieved) == {"retrieve.only-asked": {"FAIL"}}


@BOTH
def test_an_image_of_the_study_that_somebody_else_stored(tmp_path: Path, move: bool) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.all()
    retrieved.send(STRANGE)
    retrieved.tell(0x0000, None, 4, 0, 0)
    assert found(retrieved) == {}


@BOTH
def test_an_image_of_another_study(tmp_path: Path, move: bool) -> None:
    retrieved = asked(tmp_path, move=move)
    retrieved.all()
    retrieved.send(STRANGE, ds=image(STRANGE, StudyInstanceUID="2.25.1"))
    retrieved.tell(0x0000, None, 4, 0, 0)
    assert found(retrieved) == {"retrieve.only-asked": {"FAIL"}}


def test_what_comes_for_an_identifier_that_does_not_say_what(tmp_path: Path) -> None:
    retrieved = Retrieved(tmp_path)
    retrieved.ask(identifier(StudyInstanceUID=None, SeriesInstanceUID="2.25.5"), meant="retrieve.no-unique-key")
    retrieved.send(STRANGE)
    retrieved.tell(0x0000, None, 1, 0, 0)
    assert found(retrieved) == {"retrieve.only-asked": {"WARN"}, "retrieve.odd-identifier": {"WARN"}}


def test_twice(tmp_path: Path) -> None:
    for first, seen in ((0, {"retrieve.once": {"WARN"}}), (REFUSED, {})):
        retrieved = asked(tmp_path, move=False)
        retrieved.send(UIDS[0], first)
        for uid in UIDS:
            retrieved.send(uid)
        retrieved.tell(0x0000 if first == 0 else 0xB000, None, 4 if first == 0 else 3, 0 if first == 0 else 1, 0)
        assert found(retrieved).get("retrieve.once") == seen.get("retrieve.once")


def test_what_was_stored_with_other_content_under_one_uid_comes_once_each(tmp_path: Path) -> None:
    """Orthanc keeps both, where the patient is another one."""
    for name, seen in (("each", set()), ("one of them twice", {"WARN"})):
        retrieved = Retrieved(tmp_path / name)
        store = retrieved.story.associate(CT_IMAGE, service="storage", transfer_syntax=EXPLICIT_LITTLE)
        store.ask("C-STORE-RQ", image(UIDS[0], SeriesDescription="OTHER"), AffectedSOPInstanceUID=UIDS[0])
        store.answer()
        store.release()
        retrieved.ask()
        retrieved.send(UIDS[0], ds=image(UIDS[0], SeriesDescription="OTHER"))
        same = image(UIDS[0], SeriesDescription="OTHER") if seen else image(UIDS[0])
        retrieved.send(UIDS[0], ds=same)
        for uid in UIDS[1:]:
            retrieved.send(uid)
        retrieved.tell(0x0000, None, 4, 0, 0)
        assert found(retrieved).get("retrieve.once", set()) == seen


@BOTH
def test_one_that_is_taken_when_it_is_sent_again_may_count_as_failed_or_not(tmp_path: Path, move: bool) -> None:
    for final, failures, seen in ((0x0000, 0, {}), (0xB000, 3, {"retrieve.counts-agree": {"FAIL"}})):
        retrieved = asked(tmp_path, move=move)
        retrieved.send(UIDS[0], REFUSED)
        for uid in UIDS:
            retrieved.send(uid)
        retrieved.tell(final, None, 3, failures, 0)
        loud = found(retrieved)
        assert {check: loud[check] for check in loud if check == "retrieve.counts-agree"} == seen


@BOTH
def test_what_was_stored_with_a_warning_may_be_elsewhere(tmp_path: Path, move: bool) -> None:
    retrieved = Retrieved(tmp_path, move=move, stored=WARNED)
    retrieved.ask()
    retrieved.tell(0x0000, None, 0, 0, 0)
    assert found(retrieved) == {"retrieve.complete": {"WARN"}}


def test_whom_the_association_calls(tmp_path: Path) -> None:
    for title, seen in (("SCANNER", {}), ("SOMEBODY", {"retrieve.association": {"WARN"}})):
        retrieved = asked(tmp_path, move=True)
        retrieved.open(rq={"called_ae": title})
        retrieved.all()
        retrieved.tell(0x0000, None, 3, 0, 0)
        assert found(retrieved) == seen


def test_the_association(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    elsewhere = retrieved.story.associate(CT_IMAGE, service="retrieve", by_target=True)
    retrieved.store_context = 1
    for uid in UIDS:
        retrieved.send(uid, link=elsewhere)
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {"retrieve.association": {"FAIL"}}
    retrieved = asked(tmp_path, move=True)
    for uid in UIDS:
        retrieved.send(uid, link=retrieved.asked)
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved)["retrieve.association"] == {"FAIL"}


@pytest.mark.parametrize(
    ("command", "seen"),
    [
        ({"MoveOriginatorMessageID": None}, "WARN"),
        ({"MoveOriginatorMessageID": None, "MoveOriginatorApplicationEntityTitle": None}, "WARN"),
        ({"MoveOriginatorMessageID": 7}, "FAIL"),
        ({"MoveOriginatorApplicationEntityTitle": "TARGET"}, "FAIL"),
    ],
)
def test_the_originator(tmp_path: Path, command: dict[str, Any], seen: str) -> None:
    retrieved = asked(tmp_path, move=True)
    for uid in UIDS:
        retrieved.send(uid, **command)
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {"retrieve.originator": {seen}}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda retrieved, uid: retrieved.send(uid, Priority=7),
        lambda retrieved, uid: retrieved.send(uid, Priority=None),
        lambda retrieved, uid: retrieved.send(uid, AffectedSOPClassUID="1.2.840.10008.5.1.4.1.1.4"),
        lambda retrieved, uid: retrieved.send(uid, ds=image(STRANGE)),
    ],
    ids=["priority", "no-priority", "class", "instance"],
)
@BOTH
def test_the_request(tmp_path: Path, move: bool, spoil: Callable[[Retrieved, str], None]) -> None:
    retrieved = asked(tmp_path, move=move)
    for uid in UIDS:
        spoil(retrieved, uid)
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {"retrieve.store-request": {"FAIL"}}


def test_priorities(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False)
    for number, uid in enumerate(UIDS):
        retrieved.send(uid, Priority=number % 2)
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {"retrieve.priority": {"FAIL"}}


def test_the_role(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=False, role=False)
    for uid in UIDS:
        retrieved.send(uid, 0x0122)
    retrieved.tell(0xA702, None, 0, 3, 0, ds=failed(*UIDS))
    assert found(retrieved) == {"retrieve.role": {"FAIL"}}


def test_the_default_syntax(tmp_path: Path) -> None:
    for syntaxes, seen in (
        ((EXPLICIT_LITTLE,), {"retrieve.default-syntax": {"FAIL"}}),
        ((EXPLICIT_LITTLE, IMPLICIT_LITTLE), {}),
    ):
        retrieved = asked(tmp_path, move=True)
        retrieved.open(rq={"contexts": (p.ProposedContext(1, CT_IMAGE, syntaxes),)})
        retrieved.all()
        retrieved.tell(0x0000, None, 3, 0, 0)
        assert found(retrieved) == seen


def test_what_we_ended_says_nothing_of_what_would_have_come(tmp_path: Path) -> None:
    retrieved = asked(tmp_path, move=True)
    link = retrieved.open()
    retrieved.send(UIDS[0])
    link.event("overrun", waiting="a message", bound="bytes", seconds=1, messages=1, pdus=1, bytes=1, limit=1)
    retrieved.tell(0xB000, None, 1, 2, 0)
    assert found(retrieved) == {"retrieve.complete": {"INCONCLUSIVE"}}


def test_a_c_move_to_somebody_else_in_a_capture(tmp_path: Path) -> None:
    retrieved = Retrieved(tmp_path, move=True, capture=True)
    retrieved.ask(destination="ARCHIVE2")
    retrieved.tell(0x0000, None, 3, 0, 0)
    assert found(retrieved) == {}
