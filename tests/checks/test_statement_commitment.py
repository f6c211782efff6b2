"""Claims about Storage Commitment against the wire: what contradicts each of them, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.statement_commitment as module
from scanproof.check import _CHECKS, Proof
from scanproof.finding import Verdict
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from tests.support.building import COMMITMENT, CT_IMAGE, Story, facts
from tests.support.exam_messages import INSTANCES, ledger, store
from tests.support.saying import result, said, saying

REQUESTERS, RETRIES, REASONS, RETRIEVE, STATUS = CHECKS = (
    "statement.commitment-requesters",
    "statement.commitment-retries",
    "statement.commitment-reasons",
    "statement.commitment-retrieve-ae",
    "statement.commitment-status",
)
TRANSACTION, NEVER, MR = "2.25.111", "1.2.3.9", "1.2.840.10008.5.1.4.1.1.4"
STRANGER = {"rq": {"calling_ae": "WHOISTHIS"}, "calling_ae": "WHOISTHIS"}
WITH_ROLE = p.UserInformation(16384, "2.25.1", "TEST", roles=(p.RoleSelection(COMMITMENT, 0, 1),))
SITE = {"commitment": {"ae": "TARGET", "host": "127.0.0.1", "port": 104, "commitment": 30}}
FAIL = Verdict.FAIL


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path, ledger=ledger(), site=SITE, listener={"ae": "SCANNER", "titles": ["SCANNER"]})


def content(*good: str, failed: dict[str, int] | None = None, sop_class: str = CT_IMAGE, retrieve: str = "") -> Dataset:
    """Action or Event Information; ``retrieve`` is where Retrieve AE Title stands: root, items, or the first one."""
    ds = Dataset()
    ds.TransactionUID = TRANSACTION
    for name, uids in (("ReferencedSOPSequence", good), ("FailedSOPSequence", failed or {})):
        items = []
        for uid in uids:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
            if name == "FailedSOPSequence":
                item.FailureReason = (failed or {})[uid]
            elif retrieve == "items" or (retrieve == "first" and not items):
                item.RetrieveAETitle = "ARCHIVE"
            items.append(item)
        if items:
            setattr(ds, name, items)
    if retrieve == "root":
        ds.RetrieveAETitle = "ARCHIVE"
    return ds


def action(
    story: Story, *uids: str, status: int = 0, listener: str = "", deviation: str = "", sop_class: str = CT_IMAGE, **how
) -> None:
    link = story.associate(COMMITMENT, service="commitment", **how)
    if listener:
        link.event(Happening.PURPOSE, listener=listener, lasts="1")
    intent = Intent.of(deviation) if deviation else None
    link.ask("N-ACTION-RQ", content(*(uids or (NEVER,)), sop_class=sop_class), intent=intent)
    link.answer(status)
    link.release()


def report(story: Story, ds: Dataset, answer: int | None = 0) -> None:
    link = story.associate(COMMITMENT, service="commitment", by_target=True, rq={"user": WITH_ROLE})
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False, EventTypeID=2 if "FailedSOPSequence" in ds else 1)
    if answer is None:
        link.pdu(p.Abort(0, 0), sent=True)
        return
    link.answer(answer, sent=True)
    link.release()


def test_each_check_is_proven_here():
    assert {each.id for each in _CHECKS.values() if each.function.__module__ == module.__name__} == set(CHECKS)
    assert {_CHECKS[name].proven_by for name in CHECKS} == {Proof.STATEMENTS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_claim(story, check):
    action(story)
    report(story, content(failed={NEVER: 0x0112}))
    action(story, deviation="commitment.unknown-requester", status=0x0110, **STRANGER)
    assert said(story, check) == ([], [])


# --- for whom ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("only", [True, False])
@pytest.mark.parametrize("status", [0x0000, 0x0110, 0x0124])
def test_a_requester_that_nobody_knows(story, status, only):
    store(story)
    action(story, INSTANCES[0], status=status, deviation="commitment.unknown-requester", **STRANGER)
    found = said(story, REQUESTERS, commitment_known_requesters={"only": only})
    assert found == result("commitment-known-requesters", bool(status) == only)


def test_a_requester_that_is_rejected_is_refused(story):
    action(story)
    story.associate(COMMITMENT, service="commitment", answer=p.AssociateRJ(1, 1, 3), **STRANGER)
    found = said(story, REQUESTERS, commitment_known_requesters={"only": True})
    assert found == result("commitment-known-requesters", True)


@pytest.mark.parametrize(("only", "kept"), [(True, True), (False, None)])
def test_a_requester_that_is_aborted_is_not_taken(story, only, kept):
    store(story)
    link = story.associate(COMMITMENT, service="commitment", **STRANGER)
    link.ask("N-ACTION-RQ", content(INSTANCES[0]), intent=Intent.of("commitment.unknown-requester"))
    link.abort()
    found = said(story, REQUESTERS, commitment_known_requesters={"only": only})
    assert found == result("commitment-known-requesters", kept)


def test_our_own_title_says_nothing_of_strangers(story):
    action(story, status=0x0110)
    assert said(story, REQUESTERS, commitment_known_requesters={"only": False}) == ([], [])


# --- how often --------------------------------------------------------------------------------------------------------

FAILED = content(failed={NEVER: 0x0112})
#: How our listener is, whether the report comes again, after how many s, the number that is stated, the interval, and
#: what is seen of each.
TRIES: dict[str, tuple[str, float | None, int | None, float | None, bool | None, bool | None]] = {
    "soon enough": ("silent", 4, 1, 5, True, True),
    "nobody sees how many more would come": ("silent", 4, 3, 5, None, True),
    "much sooner than stated": ("silent", 4, 1, 600, True, None),
    "much too late": ("silent", 60, 1, 5, True, False),
    "a little late": ("silent", 8, 1, 5, True, True),
    "never": ("silent", None, 3, 5, False, False),
    "never, and nobody says how soon": ("silent", None, 3, None, None, None),
    "never, and we did not wait as long": ("silent", None, 3, 500, None, None),
    "never, as stated": ("silent", None, 0, None, True, None),
    "again, against what is stated": ("silent", 4, 0, None, False, None),
    "down, and it comes": ("down-then-up", 4, 3, 5, None, True),
    "down, and it comes at last": ("down-then-up", 4, 0, None, None, None),
    "nothing was in its way": ("", 4, 3, 5, None, None),
}


@pytest.mark.parametrize("what", TRIES)
def test_tries(story, what):
    listener, seconds, count, interval, of_count, of_interval = TRIES[what]
    action(story, listener=listener)
    if listener == "silent":
        report(story, FAILED, None)
    if seconds is not None:
        story.wait(seconds)
        report(story, FAILED)
    _, kept = said(story, RETRIES, commitment_retries={"count": count}, commitment_retry_interval={"seconds": interval})
    wanted = [("commitment-retries", of_count), ("commitment-retry-interval", of_interval)]
    assert sorted(kept) == [each for each in wanted if each[1] is not None]


@pytest.mark.parametrize(("seconds", "count", "verdicts"), [(60, 3, [FAIL]), (4, 0, [FAIL]), (4, 3, [])])
def test_what_contradicts_tries_is_a_finding(story, seconds, count, verdicts):
    action(story, listener="silent")
    report(story, FAILED, None)
    story.wait(seconds)
    report(story, FAILED)
    claims = {"commitment_retries": {"count": count}, "commitment_retry_interval": {"seconds": 5}}
    assert said(story, RETRIES, **claims)[0] == verdicts


# --- with which reasons -----------------------------------------------------------------------------------------------


def never(reason: int) -> Callable[[Story], None]:
    return lambda story: (action(story), report(story, content(failed={NEVER: reason})))


def conflict(reason: int | None) -> Callable[[Story], None]:
    """An instance is asked for under another class: it fails, or is committed all the same."""
    uid = INSTANCES[0]
    listed = content(uid, sop_class=MR) if reason is None else content(failed={uid: reason}, sop_class=MR)
    return lambda story: (
        store(story),
        action(story, uid, sop_class=MR, deviation="commitment.wrong-class"),
        report(story, listed),
    )


def code(code: str, supported: bool = True) -> dict[str, Any]:
    return {"code": code, "condition": "", "supported": supported}


#: What happens, the code that is stated, and what is seen of that.
CODES: dict[str, tuple[Callable[[Story], None], dict[str, Any], bool | None]] = {
    "never sent, as stated": (never(0x0112), code("0112"), True),
    "never sent, another reason": (never(0x0110), code("0112"), False),
    "never sent, not supported, and it comes": (never(0x0112), code("0112", supported=False), False),
    "never sent, not supported": (never(0x0110), code("0112", supported=False), None),
    "any other reason": (never(0x0110), code("0110"), True),
    "one that does not come": (never(0x0112), code("0213"), None),
    "another class, as stated": (conflict(0x0119), code("0119"), True),
    "another class, and it is committed": (conflict(None), code("0119"), False),
    "another class, another reason": (conflict(0x0112), code("0119"), False),
    "another class, committed, and nothing is stated": (conflict(None), code("0112"), None),
}


@pytest.mark.parametrize("what", CODES)
def test_reasons(story, what):
    happens, claim, kept = CODES[what]
    happens(story)
    assert said(story, REASONS, commitment_failure=claim) == result("commitment-failure", kept)


def test_a_reason_that_is_not_stated_is_a_note(story):
    never(0x0110)(story)
    evidence = story.evidence(saying(**{"commitment-failure": code("0213")}))
    assert facts(REASONS, evidence) == ["seen, not stated: Failure Reason 0110H"]


# --- from where -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize(("place", "there"), [("root", True), ("items", True), ("", False), ("first", None)])
def test_where_to_retrieve_from(story, place, there, present):
    store(story)
    action(story, *INSTANCES)
    report(story, content(*INSTANCES, retrieve=place))
    kept = None if there is None else there == present
    found = said(story, RETRIEVE, commitment_retrieve_ae={"present": present})
    assert found == result("commitment-retrieve-ae", kept)


def test_where_nothing_is_committed_there_is_nothing_to_retrieve(story):
    never(0x0112)(story)
    assert said(story, RETRIEVE, commitment_retrieve_ae={"present": True}) == ([], [])


# --- statuses ---------------------------------------------------------------------------------------------------------

UNKNOWN = "commitment.unknown-requester"
#: Status of a stranger's request, what is stated, and what is seen of that.
ROWS: dict[str, tuple[int, tuple[str, str], bool | None]] = {
    "as stated": (0x0124, ("0124", "unknown requester"), True),
    "another failure": (0x0110, ("0124", "unknown requester"), False),
    "another failure, and nobody knows for what": (0x0110, ("0124", "not authorized"), None),
}


@pytest.mark.parametrize("what", ROWS)
def test_statuses(story, what):
    status, (stated, condition), kept = ROWS[what]
    store(story)
    action(story, INSTANCES[0], status=status, deviation=UNKNOWN, **STRANGER)
    row = {"operation": "N-ACTION", "status": "Failure", "code": stated, "condition": condition}
    assert said(story, STATUS, commitment_status=row) == result("commitment-status", kept)
