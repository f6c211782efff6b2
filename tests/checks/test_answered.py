"""What comes in answer to A-ASSOCIATE-RQ: a malformed answer is a finding, another program at the port is none."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

import scanproof.checks.answered as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.dimse import NO_DATASET, encode_command
from tests.support.building import VERIFICATION, WORKLIST, Link, Story, observe, verdict

PASS, FAIL, WARN, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE
CHECK = "association.answered-properly"

NONE = {"CommandDataSetType": NO_DATASET}
USER = p.UserInformation(16384, "1.2.3", "V1")
RESULTS = tuple(p.ContextResult(number, 0, EXPLICIT_LITTLE) for number in (1, 3))
AC = p.encode(p.AssociateAC("TARGET", "SCANNER", RESULTS, USER))
ECHO = encode_command({"CommandField": 0x0030, "MessageID": 1, "AffectedSOPClassUID": VERIFICATION, **NONE})
BODY, RJ = AC[6:], p.encode(p.AssociateRJ(1, 1, 3))


def accept(body: bytes, length: int | None = None) -> bytes:
    """An A-ASSOCIATE-AC with another body, and with another length than it has."""
    return struct.pack(">BxI", p.ASSOCIATE_AC, len(body) if length is None else length) + body


def answered(story: Story, data: bytes = b"", *events: str, **facts: object) -> Link:
    link = story.associate(WORKLIST, VERIFICATION, answered=False)
    if data:
        link.raw(data, sent=False)
    for event in events:
        if event == "timeout":
            story.wait(10)
        link.event(event, **{"seconds": 10, **facts})
    return link


def trickling(story: Story) -> None:
    """One byte a second."""
    link = story.associate(WORKLIST, VERIFICATION, answered=False)
    for at in range(10):
        story.wait(1)
        link.raw(AC[at : at + 1], sent=False)
    link.event("timeout", waiting="A-ASSOCIATE-AC", seconds=10)


def spoken(story: Story) -> None:
    """The peer has shown on an earlier association that it is a DICOM node."""
    story.associate(WORKLIST, VERIFICATION).release()


def rejected(story: Story, *numbers: int) -> None:
    story.associate(WORKLIST, answer=p.AssociateRJ(*numbers)).event("closed-by-peer")


def unreachable(story: Story, reason: str, **facts: object) -> None:
    """A connection that did not come about."""
    recorder = story.writer.recorder(**{"initiator": "harness", "host": "127.0.0.1", "port": 104, **facts})
    recorder.event("connect-failed", reason=reason)
    recorder.close()


def echoed(story: Story) -> None:
    """A port that sends back what it is sent."""
    request = p.AssociateRQ("TARGET", "SCANNER", (p.ProposedContext(1, WORKLIST, (EXPLICIT_LITTLE,)),))
    link = story.associate(WORKLIST, answer=request, rq={"contexts": request.contexts, "user": request.user})
    link.event("closed-by-peer")


RIGHT: dict[str, Callable[[Story], object]] = {
    "ordinary": spoken,
    "an answer in two parts": lambda s: answered(s, AC[:50]).raw(AC[50:], sent=False),
    **{
        f"rejected {numbers}": lambda s, numbers=numbers: rejected(s, *numbers)
        for numbers in [(1, 1, 2), (1, 1, 3), (1, 1, 7), (2, 1, 7), (1, 2, 1), (1, 2, 2), (2, 3, 1), (1, 3, 2)]
    },
}

#: What malformed answers there are, each as bytes and with what happened then; and what the finding says of it.
MALFORMED: dict[str, tuple[bytes, tuple[str, ...], str]] = {
    "no body": (accept(b""), (), "A-ASSOCIATE-AC that cannot be read: the fixed part has 68 bytes, here are 0"),
    "a body of two bytes": (accept(b"\0\1"), (), "here are 2"),
    "no body, closed": (accept(b""), ("closed-by-peer",), "here are 0"),
    "two bytes, closed": (b"\x02\0", ("closed-by-peer",), "in the middle of its answer; 2 bytes of a PDU had come"),
    "cut off, closed": (AC[:100], ("closed-by-peer",), f"; 100 of {len(AC)} bytes of an A-ASSOCIATE-AC had come"),
    "cut off, silence": (AC[:100], ("timeout",), f"no whole answer came in time; 100 of {len(AC)} bytes"),
    "a length too long": (
        accept(BODY, 5000),
        ("timeout",),
        f"its items end after {len(BODY)} bytes; {len(AC)} of 5,006",
    ),
    "a length beyond belief": (accept(BODY, 1 << 31), (), "A-ASSOCIATE-AC states 2147483648 bytes"),
    "a length of 1 GiB": (accept(BODY, 1 << 30), ("timeout",), "of 1,073,741,830 bytes of an A-ASSOCIATE-AC had come"),
    "a length too short for anything": (accept(BODY, 10), (), "the fixed part has 68 bytes, here are 10"),
    "a rejection cut off": (
        RJ[:8],
        ("closed-by-peer",),
        "8 of 10 bytes of an A-ASSOCIATE-RJ",
    ),
    "a release": (p.encode(p.ReleaseRQ()), (), "answered by A-RELEASE-RQ"),
    "an answer to a release": (p.encode(p.ReleaseRP()), (), "answered by A-RELEASE-RP"),
    "a message": (p.encode(p.PData((p.PDV(1, True, True, ECHO),))), (), "answered by P-DATA-TF"),
    "a request of its own": (p.encode(p.AssociateRQ("A", "B", ())), (), "answered by A-ASSOCIATE-RQ"),
    "a request of its own that cannot be read": (b"\x01\0\0\0\0\2\0\1", (), "A-ASSOCIATE-RQ that cannot be read"),
}

#: What other programs say to an A-ASSOCIATE-RQ.
OTHERS = {
    "HTTP": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "a TLS alert": b"\x15\x03\x01\0\x02\x02\x32",
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "Redis": b"-ERR unknown command\r\n",
    "RDP": b"\x03\0\0\x13\x0e\xd0\0\0\x124\0\x02\0\x08\0\x02\0\0\0",
    "SOCKS 5": b"\x05\xff",
    "SOCKS 4": b"\0\x5b\0\0\0\0\0\0",
    "one small number": b"\x02",
    "MySQL": b"\x4a\0\0\0\x0a8.0.36\0",
    "a small number, and what is no PDU": b"\x04\0\0\0\0\0",
    "a length that nobody can believe": b"\x01\0\xff\xff\xff\xffhello",
}

WRONG: list[tuple[str, Verdict, Callable[[Story], object]]] = [
    *[
        (f"rejected {numbers}", FAIL, lambda s, numbers=numbers: rejected(s, *numbers))
        for numbers in [
            *[(0, 1, 1), (3, 1, 1), (1, 0, 1), (1, 4, 1), (1, 1, 4), (1, 1, 8), (1, 2, 3), (2, 3, 0), (1, 3, 3)]
        ]
    ],
    ("no reason", WARN, lambda s: rejected(s, 1, 1, 1)),
    ("abort", WARN, lambda s: answered(s, p.encode(p.Abort(2, 0)))),
    ("silence", INCONCLUSIVE, lambda s: answered(s, b"", "timeout")),
    ("closed", INCONCLUSIVE, lambda s: answered(s, b"", "closed-by-peer")),
    ("an answer that was still coming", INCONCLUSIVE, trickling),
    ("our own request", INCONCLUSIVE, echoed),
    ("silence later", FAIL, lambda s: (spoken(s), answered(s, b"", "timeout"))),
    ("closed later", FAIL, lambda s: (spoken(s), answered(s, b"", "closed-by-peer"))),
    ("reset later", FAIL, lambda s: (spoken(s), answered(s, b"", "connection-lost", by_peer=True))),
    ("broken later", INCONCLUSIVE, lambda s: (spoken(s), answered(s, b"", "connection-lost"))),
    ("HTTP later", FAIL, lambda s: (spoken(s), answered(s, OTHERS["HTTP"]))),
    ("a network that is gone", INCONCLUSIVE, lambda s: (
        spoken(s), answered(s, b"", "timeout"), unreachable(s, "No route to host"))),
    ("a program that is gone", FAIL, lambda s: (
        spoken(s), answered(s, b"", "timeout"), unreachable(s, "Connection refused"))),
    ("bytes without end", FAIL, lambda s: answered(
        s, accept(BODY, 1 << 20), "overrun", bound="bytes", bytes=1 << 25, seconds=3.0)),
    ("the end of our step", INCONCLUSIVE, lambda s: (spoken(s), answered(s, b"", "overrun", bound="step"))),
    *[(name, INCONCLUSIVE, lambda s, data=data: answered(s, data, "closed-by-peer")) for name, data in OTHERS.items()],
    *[
        (f"malformed: {name}", FAIL, lambda s, data=data, events=events: answered(s, data, *events))
        for name, (data, events, _) in MALFORMED.items()
    ],
]  # fmt: skip


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


def test_this_is_all_that_the_module_checks():
    assert [check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__] == [CHECK]


@pytest.mark.parametrize("what", RIGHT)
def test_right_answers_pass(tmp_path, what):
    assert verdict(CHECK, evidence(tmp_path, RIGHT[what])) is PASS


@pytest.mark.parametrize(("what", "wanted", "build"), WRONG, ids=[each[0] for each in WRONG])
def test_wrong_answers_are_told(tmp_path, what, wanted, build):
    assert verdict(CHECK, evidence(tmp_path, build)) is wanted


@pytest.mark.parametrize("what", MALFORMED)
def test_a_malformed_answer_is_one_finding_that_says_what_came(tmp_path, what):
    """Issue 9: as a malformed A-ASSOCIATE-RJ is; the checks of PDUs and of the answer's items keep silent."""
    data, events, told = MALFORMED[what]
    found = evidence(tmp_path, lambda s: answered(s, data, *events))
    (seen,) = observe(CHECK, found)
    assert told in seen.actual
    others = [check.id for check in _CHECKS.values() if check.id.startswith(("association.", "dimse.", "site."))]
    failed = {check for check in others if verdict(check, found) in (FAIL, WARN, INCONCLUSIVE)}
    own = {"association.pdu-well-formed"} if what == "a request of its own" else set()
    assert failed - own == {CHECK}


def test_an_association_of_the_target_is_not_judged_here(tmp_path):
    found = evidence(tmp_path, lambda s: s.associate(WORKLIST, by_target=True).release())
    assert verdict(CHECK, found) is Verdict.NOT_APPLICABLE


def test_what_another_program_says_is_shown_from_its_first_byte(tmp_path):
    (seen,) = observe(CHECK, evidence(tmp_path, lambda s: answered(s, OTHERS["HTTP"])))
    assert "HTTP/1.1 400 Bad Request" in seen.actual


def test_a_request_that_was_cut_off_by_the_end_of_the_run_says_nothing(tmp_path):
    assert observe(CHECK, evidence(tmp_path, answered)) == []


def test_an_answer_whose_items_were_cut_is_one_finding(tmp_path):
    """What seems to be missing may have been in what was cut."""
    cut = BODY[: len(BODY) - 40]
    found = evidence(tmp_path, lambda s: answered(s, accept(cut)))
    told = {check.id for check in _CHECKS.values() if check.id.startswith(("association.", "site."))}
    failed = {check for check in told if verdict(check, found) in (FAIL, WARN)}
    assert failed == {"association.pdu-well-formed"}
