"""Checks of PDUs, fragments and endings against hand-made conversations."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.association as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from tests.support.building import COMMITMENT, CT_IMAGE, WORKLIST, Link, Story, deviations, observe, verdict

PASS, FAIL, WARN = Verdict.PASS, Verdict.FAIL, Verdict.WARN
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)
LIMIT = 16384


def unfinished(story: Story, *events: str) -> None:
    """Half a P-DATA-TF in answer to a query, and then this."""
    link = asked(story)
    link.raw(struct.pack(">BxI", 4, 99), sent=False)
    for event in events:
        link.event(event)


def keys() -> Dataset:
    ds = Dataset()
    ds.PatientName = "SYNTH^ANNA"
    return ds


def command(status: int, dataset: bool = False) -> bytes:
    return encode_command(
        {
            "CommandField": FIELD_OF["C-FIND-RSP"],
            "MessageIDBeingRespondedTo": 1,
            "CommandDataSetType": 1 if dataset else NO_DATASET,
            "Status": status,
        }
    )


def asked(story: Story, **how) -> Link:
    link = story.associate(WORKLIST, service="worklist", **how)
    link.ask("C-FIND-RQ", keys())
    return link


def query(story: Story, *pdus: p.PDU | bytes, **how) -> None:
    """A query that is answered by these PDUs, and a release."""
    link = asked(story, **how)
    for pdu in pdus:
        link.raw(pdu if isinstance(pdu, bytes) else p.encode(pdu), sent=False)
    link.release()


def data(*pdvs: p.PDV) -> p.PData:
    return p.PData(pdvs)


FINAL = data(p.PDV(1, True, True, command(0)))
BIG = 200_000


def cut(dataset: bytes, limit: int) -> list[bytes]:
    return [head + b"".join(views) for head, views in fragments(1, False, [dataset], limit)]


def limit(value: int | None) -> dict[str, p.UserInformation]:
    return {"user": p.UserInformation(value, "1.2.3")}


def version(name: str | None) -> dict[str, dict[str, p.UserInformation]]:
    return {"ac": {"user": p.UserInformation(LIMIT, "1.2.3", name)}}


def report(story: Story, *, limit: int = LIMIT, size: int = 100) -> None:
    """A commitment report on an association that the target opened."""
    ours = {"user": p.UserInformation(limit, "1.2.3")}
    link = story.associate(COMMITMENT, by_target=True, ac=ours)
    link.max_length = 0
    link.ask("N-EVENT-REPORT-RQ", bytes(size), sent=False)
    link.answer(0, sent=True)
    link.release()


MATCH = p.PDV(1, True, True, command(0xFF00, True))
RIGHT: dict[str, Callable[[Story], None]] = {
    "ordinary": lambda s: query(s, FINAL),
    "command and data set of one message in one PDU": lambda s: query(
        s, data(MATCH, p.PDV(1, False, True, b"ab")), FINAL
    ),
    "a message in many PDVs of two PDUs": lambda s: query(
        s,
        data(p.PDV(1, True, False, command(0xFF00, True)[:20]), p.PDV(1, True, True, command(0xFF00, True)[20:])),
        data(p.PDV(1, False, False, b"ab"), p.PDV(1, False, False, b"cd"), p.PDV(1, False, True, b"ef")),
        FINAL,
    ),
    "P-DATA-TFs of exactly our limit": lambda s: query(s, data(MATCH), *cut(bytes(BIG), LIMIT), FINAL, rq=limit(LIMIT)),
    "P-DATA-TFs above the limit of the target": lambda s: query(
        s, data(MATCH), *cut(bytes(BIG), LIMIT), FINAL, rq=limit(LIMIT), ac=limit(100)
    ),
    "one P-DATA-TF for all, as we announced no limit": lambda s: query(
        s, data(MATCH), *cut(bytes(BIG), 0), FINAL, rq=limit(0)
    ),
    "no limit announced at all": lambda s: query(s, data(MATCH), *cut(bytes(BIG), 0), FINAL, rq=limit(None)),
    "a response whose data set never came, and the next one": lambda s: query(s, data(MATCH), FINAL),
    "a report of the target": report,
    "version name of 16 characters": lambda s: query(s, FINAL, **version("A" * 16)),
    "no version name": lambda s: query(s, FINAL, **version(None)),
    "a version name of one character": lambda s: query(s, FINAL, **version("1")),
    "a version name of 16 characters": lambda s: query(s, FINAL, **version("A" * 16)),
    "a rejection": lambda s: s.associate(WORKLIST, answer=p.AssociateRJ(1, 1, 3)).event("closed-by-peer"),
    "a run that was broken off in mid-PDU": unfinished,
    "half a PDU that our own time-out cut off": lambda s: unfinished(s, "timeout"),
    "half a PDU when the network was cut": lambda s: unfinished(s, "connection-lost"),
    "half a PDU that a bound of ours cut off": lambda s: unfinished(s, "overrun", "closed-by-peer"),
    "reserved bits of a Message Control Header, which receivers do not check": lambda s: query(
        s, bytes.fromhex("0400 0000003A 00000036 0187") + command(0)
    ),
}

WRONG: list[tuple[str, str, Verdict, Callable[[Story], None]]] = [
    (
        "association.pdu-well-formed",
        "a PDV that is longer than its PDU",
        FAIL,
        lambda s: query(s, bytes.fromhex("0400 00000008 00000063 0103 0000")),
    ),
    (
        "association.pdu-well-formed",
        "a release of 5 bytes",
        FAIL,
        lambda s: query(s, bytes.fromhex("0600 00000005 0000000000")),
    ),
    ("association.pdu-well-formed", "garbage", FAIL, lambda s: query(s, b"garbage in the stream")),
    ("association.pdu-well-formed", "a PDU without its end", FAIL, lambda s: unfinished(s, "closed-by-peer")),
    ("association.pdu-well-formed", "no PDV", FAIL, lambda s: query(s, data(), FINAL)),
    (
        "association.pdu-length-limit",
        "2 bytes too many",
        FAIL,
        lambda s: query(s, data(MATCH), *cut(bytes(BIG), LIMIT + 2), FINAL, rq=limit(LIMIT)),
    ),
    (
        "association.pdu-length-limit",
        "the limit of the target in place of ours",
        FAIL,
        lambda s: query(s, data(MATCH), *cut(bytes(BIG), 32768), FINAL, rq=limit(LIMIT), ac=limit(32768)),
    ),
    ("association.pdu-length-limit", "a report above our limit", FAIL, lambda s: report(s, limit=1000, size=2000)),
    (
        "association.pdata-one-message",
        "two responses in one PDU",
        FAIL,
        lambda s: query(s, data(MATCH, p.PDV(1, False, True, b"ab"), FINAL.pdvs[0])),
    ),
    (
        "association.pdata-one-message",
        "the next response begins in the PDU",
        FAIL,
        lambda s: query(
            s,
            data(MATCH, p.PDV(1, False, True, b"ab"), p.PDV(1, True, False, command(0)[:20])),
            data(p.PDV(1, True, True, command(0)[20:])),
        ),
    ),
    (
        "association.pdata-one-message",
        "two contexts in one message",
        FAIL,
        lambda s: query(s, data(MATCH), data(p.PDV(3, False, True, b"ab")), FINAL),
    ),
    (
        "association.pdv-not-empty",
        "an empty command fragment",
        FAIL,
        lambda s: query(s, data(p.PDV(1, True, False, b"")), FINAL),
    ),
    (
        "association.pdv-not-empty",
        "an empty last fragment",
        FAIL,
        lambda s: query(s, data(MATCH), data(p.PDV(1, False, False, b"ab")), data(p.PDV(1, False, True, b"")), FINAL),
    ),
    (
        "association.pdv-even",
        "an odd last fragment",
        FAIL,
        lambda s: query(s, data(MATCH), data(p.PDV(1, False, True, b"abc")), FINAL),
    ),
    (
        "association.pdv-even",
        "odd fragments that add up",
        FAIL,
        lambda s: query(s, data(MATCH), data(p.PDV(1, False, False, b"abc")), data(p.PDV(1, False, True, b"d")), FINAL),
    ),
    ("association.implementation-version", "17 characters", WARN, lambda s: query(s, FINAL, **version("A" * 17))),
    ("association.implementation-version", "empty", WARN, lambda s: query(s, FINAL, **version(""))),
]


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_conversations_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found) for check in IDS} == {check: [] for check in IDS}


def test_the_ordinary_conversation_gives_every_check_something_to_see(tmp_path):
    found = evidence(tmp_path, RIGHT["ordinary"])
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_conversations_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_a_conversation_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


def test_images_of_which_the_transcript_keeps_no_pixels_are_no_fault_of_the_target(tmp_path):
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE)
    link.ask("C-STORE-RQ", keys(), elided=100_000, AffectedSOPInstanceUID="1.2.3")
    link.answer(0)
    link.release()
    found = story.evidence()
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


def test_half_a_pdu_is_told_by_the_check_of_responses(tmp_path):
    story = Story(tmp_path)
    unfinished(story)
    story.wait(2)
    story.links[0].event("timeout", waiting="the response", seconds=2)
    found = story.evidence()
    (seen,) = observe("dimse.response-received", found)
    assert seen.verdict is FAIL
    assert seen.actual.endswith("; 6 of 105 bytes of a P-DATA-TF had come")
    found = evidence(tmp_path, lambda s: unfinished(s, "connection-lost"))
    assert verdict("dimse.response-received", found) is Verdict.INCONCLUSIVE


def test_another_program_behind_the_port_is_not_judged_here(tmp_path):
    found = evidence(tmp_path, lambda s: s.associate(WORKLIST, answered=False).raw(b"HTTP/1.1 400 Bad", sent=False))
    assert {verdict(check, found) for check in IDS} == {Verdict.NOT_APPLICABLE}


def test_on_an_association_of_the_target_its_own_version_name_counts(tmp_path):
    def build(story: Story, **how) -> None:
        story.associate(COMMITMENT, by_target=True, **how).release()

    ours = evidence(tmp_path, lambda s: build(s, ac=version("A" * 17)["ac"]))
    assert verdict("association.implementation-version", ours) is PASS
    theirs = evidence(tmp_path, lambda s: build(s, rq=version("A" * 17)["ac"]))
    assert verdict("association.implementation-version", theirs) is WARN
