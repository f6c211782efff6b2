"""Checks of whole messages: response, final response, context, data set (STO-12, MWL-13)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.messages as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, WORKLIST, Link, Story, deviations, verdict

PASS, FAIL, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.INCONCLUSIVE
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)


def match(name: str = "SYNTH^ANNA") -> Dataset:
    ds = Dataset()
    ds.PatientName = name
    item = Dataset()
    item.ScheduledStationAETitle = "CT1"
    ds.ScheduledProcedureStepSequence = [item]
    return ds


def query(story: Story, *answers: int, syntax: str = EXPLICIT_LITTLE) -> Link:
    link = story.associate(WORKLIST, VERIFICATION, transfer_syntax=syntax)
    link.ask("C-FIND-RQ", match())
    for status in answers:
        link.answer(status, match() if status in (0xFF00, 0xFF01) else None)
    return link


def released(story: Story, *answers: int, syntax: str = EXPLICIT_LITTLE) -> None:
    query(story, *answers, syntax=syntax).release()


def undefined_lengths(story: Story) -> None:
    ds = match()
    ds["ScheduledProcedureStepSequence"].is_undefined_length = True
    ds.ScheduledProcedureStepSequence[0].is_undefined_length_sequence_item = True
    link = query(story)
    link.answer(0xFF00, ds)
    link.answer(0)
    link.release()


def cancelled(story: Story, *after: int) -> Link:
    link = query(story, 0xFF00)
    link.ask("C-CANCEL-RQ")
    for status in after:
        link.answer(status, match() if status == 0xFF00 else None)
    return link


def waited(link: Link, waiting: str = "the response") -> None:
    link.event("timeout", waiting=waiting, seconds=30)


def slow(story: Story, seconds: int) -> None:
    """Half an answer, so long before our time is over."""
    link = query(story)
    link.raw(b"\x04\0\0\0\x10\0ab", sent=False)
    story.wait(seconds)
    waited(link)


def gone(story: Story, reason: str, **facts: str | int) -> None:
    """We ask again, and there is nobody."""
    recorder = story.writer.recorder(**{"initiator": "harness", "host": "127.0.0.1", "port": 104, **facts})
    recorder.event("connect-failed", reason=reason)
    recorder.close()


def cut_off(story: Story, event: str, *, aborted: bool = False) -> None:
    """An image of which the first fragment went out, behind one that was answered."""
    link = query(story, 0)
    link.pdu(p.PData((p.PDV(1, True, False, b"ab"),)), sent=True)
    if aborted:
        link.pdu(p.Abort(0, 0), sent=False)
    link.event(event)


def report_first(story: Story, *, answered: bool = True) -> None:
    link = story.associate(COMMITMENT)
    link.ask("N-ACTION-RQ", match())
    link.ask("N-EVENT-REPORT-RQ", match(), sent=False)
    if answered:
        link.answer(0)
        link.answer(0, sent=True)
        link.release()
    else:
        waited(link)


def report(story: Story, context: int | None = None) -> None:
    link = story.associate(COMMITMENT, by_target=True)
    link.ask("N-EVENT-REPORT-RQ", match(), sent=False, context=context)
    link.answer(0, sent=True)
    link.release()


def data(story: Story, data: bytes, syntax: str = EXPLICIT_LITTLE) -> None:
    link = query(story, syntax=syntax)
    link.answer(0xFF00, data)
    link.answer(0)
    link.release()


def after_answered(story: Story) -> None:
    """Every request answered, and then the release is waited for in vain."""
    link = query(story, 0)
    waited(link, "A-RELEASE-RP")


def by(end: Callable[[Link], object]) -> Callable[[Story], object]:
    return lambda story: end(query(story))


NAME = b"\x10\0\x10\0PN\x04\0A^TE"
RIGHT: dict[str, Callable[[Story], object]] = {
    "matches": lambda s: released(s, 0xFF00, 0xFF01, 0),
    "no match": lambda s: released(s, 0),
    "a failure": lambda s: released(s, 0xA900),
    "implicit": lambda s: released(s, 0xFF00, 0, syntax=IMPLICIT_LITTLE),
    "big endian": lambda s: released(s, 0xFF00, 0, syntax=EXPLICIT_BIG),
    "undefined lengths": undefined_lengths,
    "an empty data set": lambda s: data(s, b""),
    "private elements": lambda s: data(s, b"\x09\0\x10\0LO\x04\0ACME\x09\0\x01\x10UN\0\0\x02\0\0\0ab"),
    "group lengths": lambda s: data(s, b"\x10\0\0\0UL\x04\0\x0c\0\0\0" + NAME),
    "cancelled": lambda s: cancelled(s, 0xFE00).release(),
    "cancelled, some more matches": lambda s: cancelled(s, 0xFF00, 0xFE00).release(),
    "finished in spite of the cancel": lambda s: cancelled(s, 0).release(),
    "a report": report,
    "a report before the response": report_first,
    "the release waited for in vain": after_answered,
    "aborted by the target (told elsewhere)": by(lambda link: link.abort()),
    "aborted in the middle of a request (told elsewhere)": lambda s: cut_off(s, "connection-lost", aborted=True),
    "no Status (told elsewhere)": by(lambda link: (link.answer(None), link.release())),
}

OTHER_PDUS = (
    *(p.ReleaseRQ(), p.ReleaseRP(), p.AssociateRJ(1, 1, 1), p.AssociateRQ("A", "B", ()), p.AssociateAC("A", "B", ())),
)
WRONG: list[tuple[str, str, Verdict, Callable[[Story], object]]] = [
    ("dimse.response-received", "silence", FAIL, by(waited)),
    ("dimse.response-received", "silence after a match", FAIL, lambda s: waited(query(s, 0xFF00))),
    ("dimse.response-received", "silence after a cancel", FAIL, lambda s: waited(cancelled(s))),
    ("dimse.response-received", "silence after a cancel and a match", FAIL, lambda s: waited(cancelled(s, 0xFF00))),
    ("dimse.response-received", "a report, no response", FAIL, lambda s: report_first(s, answered=False)),
    ("dimse.response-received", "no more bytes taken", FAIL, lambda s: (
        (link := s.associate(CT_IMAGE)).raw(b"\x04\0\0\0\0\x63\0", sent=True), link.event("send-timeout", seconds=30))),
    ("dimse.response-received", "closed", FAIL, by(lambda link: link.event("closed-by-peer"))),
    ("dimse.response-received", "reset", FAIL, by(lambda link: link.event("connection-lost", by_peer=True))),
    ("dimse.response-received", "broken", INCONCLUSIVE, by(lambda link: link.event("connection-lost"))),
    ("dimse.response-received", "closed after a match", FAIL, lambda s: query(s, 0xFF00).event("closed-by-peer")),
    ("dimse.response-received", "closed in the middle of a request", FAIL, lambda s: cut_off(s, "closed-by-peer")),
    ("dimse.response-received", "we aborted", INCONCLUSIVE, by(lambda link: link.abort(sent=True))),
    *[("dimse.response-received", f"{type(pdu).__name__} instead", FAIL, by(
        lambda link, pdu=pdu: link.pdu(pdu, sent=False))) for pdu in OTHER_PDUS],
    ("dimse.response-received", "Pending to one that has one response, then silence", INCONCLUSIVE, lambda s: (
        (link := s.associate(VERIFICATION)).ask("C-ECHO-RQ"), link.answer(0xFF00), waited(link))),
    ("dimse.response-received", "an answer that was still coming", INCONCLUSIVE, lambda s: slow(s, 1)),
    ("dimse.response-received", "an answer when we had given up", INCONCLUSIVE, lambda s: (
        waited(link := query(s)), link.answer(0))),
    ("dimse.response-received", "half an answer, and then silence", FAIL, lambda s: slow(s, 30)),
    ("dimse.response-received", "silence, and the network is gone", INCONCLUSIVE, lambda s: (
        waited(query(s)), gone(s, "No route to host"))),
    ("dimse.response-received", "silence, and the program is gone", FAIL, lambda s: (
        waited(query(s)), gone(s, "Connection refused"))),
    ("dimse.response-received", "no more bytes taken, and the network is gone", INCONCLUSIVE, lambda s: (
        (link := s.associate(CT_IMAGE)).raw(b"\x04\0\0\0\0\x63\0", sent=True), link.event("send-timeout", seconds=30),
        gone(s, "Network is unreachable"))),
    ("dimse.response-received", "silence, and another port there is out of reach", INCONCLUSIVE, lambda s: (
        waited(query(s)), gone(s, "No route to host", port=105))),
    ("dimse.response-received", "silence, and later it is there", FAIL, lambda s: (
        waited(query(s)), gone(s, "No route to host", port=105), released(s, 0))),
    ("dimse.response-received", "closed by the target, and then the network is gone", FAIL, lambda s: (
        query(s).event("closed-by-peer"), gone(s, "No route to host"))),
    ("dimse.response-received", "silence, and another host is gone", FAIL, lambda s: (
        waited(query(s)), gone(s, "No route to host", host="10.0.0.9"))),
    ("dimse.one-final-response", "two", FAIL, lambda s: released(s, 0xFF00, 0, 0)),
    ("dimse.one-final-response", "a match behind it", FAIL, lambda s: released(s, 0, 0xFF00)),
    ("dimse.one-final-response", "two after a cancel", FAIL, lambda s: cancelled(s, 0xFE00, 0).release()),
    ("dimse.presentation-context", "another one", FAIL, by(lambda link: (link.answer(0, context=3), link.release()))),
    ("dimse.presentation-context", "one that is none", FAIL, by(
        lambda link: (link.answer(0, context=77), link.release()))),
    ("dimse.presentation-context", "a report on none", FAIL, lambda s: report(s, context=9)),
    ("dimse.dataset-well-formed", "the other syntax", FAIL, lambda s: data(s, NAME, IMPLICIT_LITTLE)),
    ("dimse.dataset-well-formed", "a length too long", FAIL, lambda s: data(s, b"\x10\0\x10\0PN\x06\0A^TE")),
    ("dimse.dataset-well-formed", "an odd length", FAIL, lambda s: data(s, b"\x10\0\x10\0PN\x03\0A^T")),
    ("dimse.dataset-well-formed", "order", FAIL, lambda s: data(s, b"\x10\0\x20\0LO\x02\0AB" + NAME)),
    ("dimse.dataset-well-formed", "one element twice", FAIL, lambda s: data(s, NAME * 2)),
    ("dimse.dataset-well-formed", "a sequence without its end", FAIL, lambda s: data(
        s, b"\x40\0\0\x01SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0")),
]  # fmt: skip


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_conversations_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found) for check in IDS} == {check: [] for check in IDS}


def test_the_ordinary_conversation_gives_every_check_something_to_see(tmp_path):
    found = evidence(tmp_path, RIGHT["matches"])
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_conversations_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_a_conversation_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)
