"""What never comes to its end: told once, of whom it is, and no fault where our own bound may have been too low."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.overruns as module
from scanproof.check import _CHECKS
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.finding import Level, Verdict
from scansim.wire import pdu as p
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, WORKLIST, Link, Story, observe, verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
CHECK = "dimse.operation-ends"
FINAL = "the final response to "


def keys() -> Dataset:
    ds = Dataset()
    ds.PatientID = ""
    return ds


def asked(story: Story, name: str = "C-FIND-RQ", sop_class: str = WORKLIST) -> Link:
    link = story.associate(sop_class, VERIFICATION)
    dataset = None if name == "C-ECHO-RQ" else keys()
    link.ask(name, dataset, **({"AffectedSOPInstanceUID": "1.2.3"} if name == "C-STORE-RQ" else {}))
    return link


def overran(link: Link, bound: str = "operation", **facts: object) -> None:
    known = {"waiting": FINAL + "a request", "seconds": 60.0, "messages": 30_000, "pdus": 60_000, "bytes": 4_000_000}
    link.event("overrun", **{**known, "bound": bound, "limit": 60.0, **facts})


def pending(
    story: Story, bound: str = "operation", *, cancel: bool = True, after: int | None = None, **facts: object
) -> Link:
    """Pending responses to a query without end, C-CANCEL, and what came then."""
    link = asked(story)
    for _ in range(3):
        link.answer(0xFF00, keys())
    overran(link, bound, **facts)
    if cancel:
        link.ask("C-CANCEL-RQ")
        link.answer(0xFF00, keys())
    if after is not None:
        link.answer(after)
        link.release()
    else:
        link.pdu(p.Abort(0, 0), sent=True)
    return link


def single(story: Story, name: str, sop_class: str, **command: int) -> None:
    """Pending in answer to what has one response."""
    link = asked(story, name, sop_class)
    for _ in range(3):
        link.answer(0xFF00, **command)
    overran(link)
    link.pdu(p.Abort(0, 0), sent=True)


def requests(story: Story, name: str, to: str = "C-FIND-RQ", sop_class: str = WORKLIST) -> None:
    """Requests of the target in place of its answer."""
    link = asked(story, to, sop_class)
    for _ in range(3):
        link.ask(name, keys() if name == "N-EVENT-REPORT-RQ" else None, sent=False)
    overran(link)
    link.pdu(p.Abort(0, 0), sent=True)


def one_message(story: Story, bound: str, *, command: bool) -> None:
    """Fragments of one message, none of them the last."""
    link = asked(story)
    if not command:
        link.answer(0xFF00, keys())
    for _ in range(3):
        if command:
            link.pdu(p.PData((p.PDV(1, True, False, bytes(2000)),)), sent=False)
        else:
            link.pdu(p.PData((p.PDV(1, False, False, bytes(2000)),)), sent=False)
    overran(link, bound, messages=int(not command), pdus=4, bytes=6200)
    link.pdu(p.Abort(0, 0), sent=True)


def half_sent(story: Story) -> None:
    """A reader that takes a little now and then."""
    link = asked(story)
    link.answer(0)
    link.pdu(p.PData((p.PDV(1, True, False, b"ab"),)), sent=True)
    overran(link, messages=0, pdus=0, bytes=0)


def gone(story: Story, reason: str) -> None:
    """The network, or the program, that is not there any more when we ask again."""
    recorder = story.writer.recorder(initiator="harness", host="127.0.0.1", port=104)
    recorder.event("connect-failed", reason=reason)
    recorder.close()


def idle(story: Story) -> None:
    """Requests of the target while its report is waited for."""
    link = asked(story, "N-ACTION-RQ", COMMITMENT)
    link.answer(0)
    link.ask("C-ECHO-RQ", sent=False)
    overran(link, "pdus", waiting="the N-EVENT-REPORT")
    link.pdu(p.Abort(0, 0), sent=True)


RIGHT: dict[str, Callable[[Story], object]] = {
    "a query that ends": lambda s: ((link := asked(s)).answer(0xFF00, keys()), link.answer(0), link.release()),
    "a query that was cancelled": lambda s: (
        (link := asked(s)).answer(0xFF00, keys()),
        link.ask("C-CANCEL-RQ"),
        link.answer(0xFE00),
        link.release(),
    ),
    "an echo": lambda s: ((link := asked(s, "C-ECHO-RQ", VERIFICATION)).answer(0), link.release()),
}

#: What is told of whom: the verdict, what stands in the text, and the hint's.
TOLD: dict[str, tuple[Verdict, str, str, Callable[[Story], object]]] = {
    "matches for ever": (
        FAIL,
        "30,000 messages in 60 s, 500 a second, and never a final C-FIND-RSP, not even after C-CANCEL",
        "",
        pending,
    ),
    "one match a second": (
        FAIL,
        "60 messages in 60 s, one every 1 s, and never a final C-FIND-RSP, not even after C-CANCEL",
        "",
        lambda s: pending(s, messages=60),
    ),
    "a big answer that C-CANCEL ended": (
        INCONCLUSIVE,
        "C-FIND-RQ ended with FE00H when we broke it off",
        "limits.answers",
        lambda s: pending(s, "answers", after=0xFE00),
    ),
    "a slow answer that ended by itself when it was cancelled": (
        INCONCLUSIVE,
        "C-FIND-RQ ended with 0000H",
        "timeouts.operation",
        lambda s: pending(s, after=0),
    ),
    "matches until our step was over": (
        INCONCLUSIVE,
        "the time for the whole step was over",
        "timeouts.step",
        lambda s: pending(s, "step"),
    ),
    "matches that we could not cancel": (
        INCONCLUSIVE,
        "C-FIND-RQ was not answered by then",
        "timeouts.operation",
        lambda s: pending(s, cancel=False),
    ),
    "Pending to C-STORE": (
        FAIL,
        "C-STORE-RSP with FF00H, which is no status of it, and never a final one",
        "",
        lambda s: single(s, "C-STORE-RQ", CT_IMAGE),
    ),
    "Pending to C-ECHO": (FAIL, "C-ECHO-RSP with FF00H", "", lambda s: single(s, "C-ECHO-RQ", VERIFICATION)),
    "Pending to N-ACTION": (FAIL, "N-ACTION-RSP with FF00H", "", lambda s: single(s, "N-ACTION-RQ", COMMITMENT)),
    "responses to others": (
        FAIL,
        "responses to other Message IDs than 1, and no C-STORE-RSP",
        "",
        lambda s: single(s, "C-STORE-RQ", CT_IMAGE, MessageIDBeingRespondedTo=7),
    ),
    "C-ECHO-RQs": (FAIL, "500 a second: C-ECHO-RQ instead of C-FIND-RSP", "", lambda s: requests(s, "C-ECHO-RQ")),
    "reports before the response": (
        FAIL,
        "N-EVENT-REPORT-RQ instead of N-ACTION-RSP",
        "",
        lambda s: requests(s, "N-EVENT-REPORT-RQ", "N-ACTION-RQ", COMMITMENT),
    ),
    "a command set without end": (
        FAIL,
        "4 PDUs, 6,200 bytes in 60 s of one command set, which did not end",
        "",
        lambda s: one_message(s, "bytes", command=True),
    ),
    "a data set without end": (
        INCONCLUSIVE,
        "4 PDUs, 6,200 bytes in 60 s, and C-FIND-RQ was not answered by then",
        "limits.operation",
        lambda s: one_message(s, "bytes", command=False),
    ),
    "a slow message": (
        INCONCLUSIVE,
        "C-FIND-RQ was not answered by then",
        "timeouts.operation",
        lambda s: one_message(s, "operation", command=True),
    ),
    "a slow reader": (INCONCLUSIVE, "in 60 s no message of ours went out whole", "timeouts.operation", half_sent),
    "requests while nothing was under way": (
        INCONCLUSIVE,
        "while the N-EVENT-REPORT was waited for",
        "limits.answers",
        idle,
    ),
    "a network that went away": (
        INCONCLUSIVE,
        "then there was no connection to 127.0.0.1:104 (timed out)",
        "network",
        lambda s: (pending(s), gone(s, "timed out")),
    ),
}


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


def test_this_is_all_that_the_module_checks():
    assert [check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__] == [CHECK]


@pytest.mark.parametrize("what", RIGHT)
def test_what_ends_passes(tmp_path, what):
    assert verdict(CHECK, evidence(tmp_path, RIGHT[what])) is PASS


@pytest.mark.parametrize("what", TOLD)
def test_what_does_not_end_is_told_once(tmp_path, what):
    wanted, text, hint, build = TOLD[what]
    found = evidence(tmp_path, build)
    seen = [each for each in observe(CHECK, found) if each.verdict is not PASS]
    assert [(each.verdict, text in each.actual, hint in each.hint) for each in seen] == [(wanted, True, True)]
    others = [check for check in all_checks() if check.startswith(("association.", "dimse.")) and check != CHECK]
    assert [check for check in others if verdict(check, found) in (FAIL, Verdict.WARN)] == []


def test_a_target_that_closes_the_connection_when_it_is_cancelled(tmp_path):
    def build(story: Story) -> None:
        link = asked(story)
        link.answer(0xFF00, keys())
        overran(link)
        link.ask("C-CANCEL-RQ")
        link.event("closed-by-peer")

    found = evidence(tmp_path, build)
    (seen,) = observe(CHECK, found)
    assert seen.verdict is FAIL
    assert "after C-CANCEL the target closed the connection without a final C-FIND-RSP" in seen.actual
    assert verdict("dimse.response-received", found) is Verdict.NOT_APPLICABLE


def test_a_target_that_aborts_when_it_is_cancelled_is_told_by_the_check_of_aborts(tmp_path):
    def build(story: Story) -> None:
        link = asked(story)
        link.answer(0xFF00, keys())
        overran(link)
        link.ask("C-CANCEL-RQ")
        link.abort()

    found = evidence(tmp_path, build)
    assert verdict(CHECK, found) is INCONCLUSIVE
    assert verdict("association.no-abort", found) is FAIL


def test_a_record_that_is_cut_short_accuses_nobody(tmp_path):
    def build(story: Story) -> None:
        link = asked(story)
        link.event("not-kept")
        link.event("timeout", waiting="the response", seconds=1)
        link.pdu(p.ReleaseRQ(), sent=True)
        link.event("timeout", waiting="A-RELEASE-RP", seconds=1)

    found = evidence(tmp_path, build)
    assert verdict("dimse.response-received", found) is INCONCLUSIVE
    assert verdict("association.release", found) is Verdict.NOT_APPLICABLE


def test_a_big_answer_and_our_own_patience_rest_on_no_clause(tmp_path):
    for bound in ("answers", "step"):
        (seen,) = observe(CHECK, evidence(tmp_path, lambda s, bound=bound: pending(s, bound, after=0xFE00)))
        assert seen.level is Level.EXPECTED


def test_a_program_that_is_gone_afterwards_excuses_nothing(tmp_path):
    found = evidence(tmp_path, lambda s: (pending(s), gone(s, "Connection refused")))
    assert verdict(CHECK, found) is FAIL


def test_an_association_of_the_target_that_went_on_and_on_decides_nothing(tmp_path):
    def build(story: Story) -> None:
        link = story.associate(COMMITMENT, by_target=True)
        link.ask("N-EVENT-REPORT-RQ", keys(), sent=False)
        overran(link, "pdus", waiting="the next message")

    assert verdict(CHECK, evidence(tmp_path, build)) is INCONCLUSIVE
