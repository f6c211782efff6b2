"""Checks of command sets against hand-made conversations: STO-10, STO-12, MWL-13 and their kin."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.command_sets as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, VERIFICATION, WORKLIST, Link, Story, deviations, verdict

PASS, FAIL, WARN = Verdict.PASS, Verdict.FAIL, Verdict.WARN
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)
INSTANCE = "1.2.826.0.1.3680043.8.498.1"


def patient() -> Dataset:
    ds = Dataset()
    ds.PatientName = "SYNTH^ANNA"
    return ds


def stored(story: Story, status: int | None = 0, dataset: Dataset | None = None, **command) -> Link:
    link = story.associate(CT_IMAGE)
    link.ask("C-STORE-RQ", patient(), AffectedSOPInstanceUID=INSTANCE)
    link.answer(status, dataset, **command)
    link.release()
    return link


def asked(story: Story, name: str = "C-FIND-RQ", sop_class: str = WORKLIST) -> Link:
    link = story.associate(sop_class)
    link.ask(name, None if name == "C-ECHO-RQ" else patient())
    return link


def found(story: Story, *statuses: int, name: str = "C-FIND-RQ", sop_class: str = WORKLIST) -> None:
    link = asked(story, name, sop_class)
    for status in statuses:
        link.answer(status, patient() if status in (0xFF00, 0xFF01) else None)
    link.release()


def cancelled(story: Story, *after: int) -> None:
    link = asked(story)
    link.answer(0xFF00, patient())
    link.ask("C-CANCEL-RQ")
    for status in after:
        link.answer(status, patient() if status == 0xFF00 else None, CommandField=FIELD_OF["C-FIND-RSP"],
                    MessageIDBeingRespondedTo=1, AffectedSOPClassUID=WORKLIST)  # fmt: skip
    link.release()


def created(story: Story, status: int = 0, **command) -> None:
    link = story.associate(MPPS)
    link.ask("N-CREATE-RQ", patient(), AffectedSOPInstanceUID=INSTANCE)
    link.answer(status, **command)
    link.ask("N-SET-RQ", patient(), RequestedSOPInstanceUID=INSTANCE)
    link.answer(0)
    link.release()


def acted(story: Story) -> None:
    """A commitment request whose report comes before its response, on the same association."""
    link = story.associate(COMMITMENT)
    link.ask("N-ACTION-RQ", patient())
    link.ask("N-EVENT-REPORT-RQ", patient(), sent=False)
    link.answer(0)
    link.answer(0, sent=True)
    link.release()


def raw(story: Story, command: bytes) -> None:
    link = asked(story, "C-ECHO-RQ", VERIFICATION)
    link.message(1, command, None, sent=False)
    link.release()


def echo(**values) -> bytes:
    return encode_command({"CommandField": FIELD_OF["C-ECHO-RSP"], "MessageIDBeingRespondedTo": 1,
                           "CommandDataSetType": NO_DATASET, "Status": 0, **values})  # fmt: skip


def announced(story: Story, *events: str) -> None:
    """A match whose data set does not come."""
    link = asked(story)
    link.answer(0xFF00, None, CommandDataSetType=1)
    for event in events:
        link.event(event)


RIGHT: dict[str, Callable[[Story], object]] = {
    "stored": stored,
    "no Affected UIDs in the response": lambda s: stored(s, AffectedSOPClassUID=None, AffectedSOPInstanceUID=None),
    "stored with each warning": lambda s: [stored(s, status) for status in (0xB000, 0xB006, 0xB007)],
    "not stored for each reason": lambda s: [
        stored(s, status) for status in (0xA700, 0xA7FF, 0xA900, 0xA9FF, 0xC000, 0xCFFF, 0x0117, 0x0122, 0x0124, 0x0212)
    ],
    "a comment of 64 characters": lambda s: stored(s, 0xA700, ErrorComment="x" * 64),
    "a list of offending elements": lambda s: stored(s, 0xC000, OffendingElement=(0x00100010, 0x00100020), ErrorID=7),
    "matches of both kinds": lambda s: found(s, 0xFF00, 0xFF01, 0),
    "no match": lambda s: found(s, 0),
    "each failure of a query": lambda s: [found(s, status) for status in (0xA700, 0xA900, 0xC001, 0x0122, 0xFE00)],
    "a data set type that is neither 0 nor 1": lambda s: (
        (link := asked(s)).answer(0xFF00, patient(), CommandDataSetType=0x0102),
        link.answer(0),
        link.release(),
    ),
    "cancelled at once": lambda s: cancelled(s, 0xFE00),
    "cancelled after some more matches": lambda s: cancelled(s, 0xFF00, 0xFF00, 0xFE00),
    "finished in spite of the cancel": lambda s: cancelled(s, 0xFF00, 0),
    "MPPS": created,
    "MPPS refused": lambda s: created(s, 0x0111),
    "MPPS refused for an attribute": lambda s: created(s, 0x0120, AttributeIdentifierList=(0x00100010,)),
    "a report before the response": acted,
    "a private command element": lambda s: raw(s, private(echo())),
    "a connection that broke in mid-message": lambda s: announced(s, "connection-lost"),
    "a message that our own time-out cut off": lambda s: announced(s, "timeout"),
    "a run that was broken off in mid-message": announced,
}


def private(command: bytes) -> bytes:
    """A command set with an element that PS3.7 does not know, and its length mended."""
    body = command[12:] + bytes.fromhex("0000 1050 02000000 4142")
    return command[:8] + len(body).to_bytes(4, "little") + body


def shifted(command: bytes) -> bytes:
    """Command set with its last two elements (10 bytes each) in the other order."""
    return command[:-20] + command[-10:] + command[-20:-10]


WRONG: list[tuple[str, str, Verdict, Callable[[Story], object]]] = [
    ("dimse.command-set-encoding", "group length", FAIL, lambda s: raw(s, echo()[:8] + b"\x63\0\0\0" + echo()[12:])),
    ("dimse.command-set-encoding", "no group length", FAIL, lambda s: raw(s, echo()[12:])),
    ("dimse.command-set-encoding", "order", FAIL, lambda s: raw(s, shifted(echo()))),
    ("dimse.command-set-encoding", "cut off", FAIL, lambda s: raw(s, echo()[:-2])),
    ("dimse.command-set-encoding", "trailing bytes", FAIL, lambda s: raw(s, echo() + b"\0\0\0\0")),
    ("dimse.command-field", "another operation", FAIL, lambda s: stored(s, CommandField=FIELD_OF["C-ECHO-RSP"])),
    ("dimse.command-field", "none that is known", FAIL, lambda s: stored(s, CommandField=0x8765)),
    ("dimse.message-id", "another", FAIL, lambda s: stored(s, MessageIDBeingRespondedTo=77)),
    ("dimse.message-id", "absent", FAIL, lambda s: stored(s, MessageIDBeingRespondedTo=None)),
    ("dimse.message-id", "after a cancel", FAIL, lambda s: (
        (link := asked(s)).ask("C-CANCEL-RQ"), link.answer(0xFE00, MessageIDBeingRespondedTo=9), link.release())),
    ("dimse.affected-sop-class", "another", FAIL, lambda s: stored(s, AffectedSOPClassUID=MPPS)),
    ("dimse.affected-sop-class", "empty", FAIL, lambda s: stored(s, AffectedSOPClassUID="")),
    ("dimse.affected-sop-class", "of an N-CREATE", FAIL, lambda s: created(s, AffectedSOPClassUID=CT_IMAGE)),
    ("dimse.affected-sop-instance", "another", FAIL, lambda s: stored(s, AffectedSOPInstanceUID=INSTANCE + ".9")),
    ("dimse.affected-sop-instance", "of an N-CREATE", FAIL, lambda s: created(s, AffectedSOPInstanceUID="1.2")),
    ("dimse.required-elements", "no Status", FAIL, lambda s: stored(s, None)),
    ("dimse.required-elements", "no Message ID", FAIL, lambda s: stored(s, MessageIDBeingRespondedTo=None)),
    ("dimse.required-elements", "no data set type", FAIL, lambda s: stored(s, CommandDataSetType=None)),
    ("dimse.data-set-type", "a stray data set", FAIL, lambda s: (
        (link := asked(s)).answer(0, patient(), CommandDataSetType=NO_DATASET), link.release())),
    ("dimse.data-set-type", "announced, and the next response comes", FAIL, lambda s: (
        (link := asked(s)).answer(0xFF00, None, CommandDataSetType=1), link.answer(0), link.release())),
    ("dimse.data-set-type", "announced, then closed", FAIL, lambda s: announced(s, "closed-by-peer")),
    ("dimse.data-set-type", "with the answer to a C-STORE", FAIL, lambda s: stored(s, 0, patient())),
    ("dimse.status-legal", "outside all ranges", FAIL, lambda s: stored(s, 0x0300)),
    ("dimse.status-legal", "D000H", FAIL, lambda s: stored(s, 0xD000)),
    ("dimse.status-legal", "Pending to a C-STORE", FAIL, lambda s: stored(s, 0xFF00)),
    ("dimse.status-legal", "Cancel to an N-CREATE", FAIL, lambda s: created(s, 0xFE00)),
    ("dimse.status-legal", "a general one that is not listed", WARN, lambda s: stored(s, 0x0110)),
    ("dimse.status-legal", "a warning to a query", WARN, lambda s: found(s, 0xB000)),
    ("dimse.error-comment", "65 characters", WARN, lambda s: stored(s, 0xA700, ErrorComment="x" * 65)),
    ("dimse.error-comment", "not ISO 646", WARN, lambda s: stored(s, 0xA700, ErrorComment="Kein Platz für Bilder")),
]  # fmt: skip


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_conversations_pass(tmp_path, what):
    found_ = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found_) for check in IDS} == {check: [] for check in IDS}


def test_the_ordinary_conversation_gives_every_check_something_to_see(tmp_path):
    found_ = evidence(tmp_path, stored)
    assert {check: verdict(check, found_) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_conversations_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_a_conversation_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


def test_our_own_responses_are_not_judged(tmp_path):
    story = Story(tmp_path)
    link = story.associate(COMMITMENT, by_target=True)
    link.ask("N-EVENT-REPORT-RQ", patient(), sent=False)
    link.answer(0x0300, sent=True, MessageIDBeingRespondedTo=9, ErrorComment="x" * 99)
    link.pdu(p.ReleaseRQ(), sent=False)
    found_ = story.evidence()
    assert {check: deviations(check, found_) for check in IDS} == {check: [] for check in IDS}
