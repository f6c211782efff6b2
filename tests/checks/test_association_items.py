"""Items of A-ASSOCIATE PDUs that are doubled, missing or misplaced: each fault is told once, by one check."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import pytest

from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.pdu import encode_item
from tests.support.building import COMMITMENT, VERIFICATION, WORKLIST, Link, Story, observe

WELL_FORMED = "association.pdu-well-formed"
#: None of these requests of a target is followed by a message.
CHECKS = [each for each in all_checks() if each.startswith("association.") and each != "association.brings-something"]
HEAD = struct.pack(">H2x16s16s32x", 1, b"TARGET".ljust(16), b"SCANNER".ljust(16))

NAME = encode_item(0x10, p.APPLICATION_CONTEXT.encode())
EXPLICIT, IMPLICIT = (encode_item(0x40, uid.encode()) for uid in (EXPLICIT_LITTLE, IMPLICIT_LITTLE))
ABSTRACT = encode_item(0x30, WORKLIST.encode())
LENGTH, CLASS = encode_item(0x51, struct.pack(">I", 16384)), encode_item(0x52, b"2.25.1")
ROLE = encode_item(0x54, struct.pack(">H", len(COMMITMENT)) + COMMITMENT.encode() + b"\0\1")
EXTENDED = encode_item(0x56, struct.pack(">H", len(WORKLIST)) + WORKLIST.encode() + b"\1\1\1")
COMMON = encode_item(0x57, struct.pack(">H", len(WORKLIST)) + WORKLIST.encode() + b"\0\0\0\0")
VERSION, WINDOW = encode_item(0x55, b"TEST"), encode_item(0x53, b"\0\1\0\1")
IDENTITY_ASKED, IDENTITY = encode_item(0x58, b"\1\0\0\1a\0\0"), encode_item(0x59, b"\0\0")


def result(number: int, result: int, *inside: bytes) -> bytes:
    return encode_item(0x21, bytes((number, 0, result, 0)) + b"".join(inside))


def proposed(number: int, *inside: bytes) -> bytes:
    return encode_item(0x20, bytes((number, 0, 0, 0)) + b"".join(inside))


def user(*inside: bytes) -> bytes:
    return encode_item(0x50, b"".join(inside))


FIRST, SECOND, USER = result(1, 0, EXPLICIT), result(3, 0, EXPLICIT), user(LENGTH, CLASS)
OURS = p.UserInformation(
    16384,
    "2.25.1",
    None,
    (p.RoleSelection(COMMITMENT, 0, 1),),
    (1, 1),
    ((0x56, EXTENDED[4:]), (0x58, b"\1\1\0\1a\0\0")),
)


def answered(story: Story, items: Sequence[bytes]) -> None:
    """Our request for two contexts, answered by an A-ASSOCIATE-AC of these items, and a release."""
    answer = p.Unknown(p.ASSOCIATE_AC, HEAD + b"".join(items))
    story.associate(WORKLIST, VERIFICATION, rq={"user": OURS}, answer=answer).release()


def asked(story: Story, items: Sequence[bytes]) -> None:
    """A request of the target that consists of these items, our answer, and a release."""
    link = Link(story.writer.recorder(initiator="target", service="commitment", host="127.0.0.1", port=104), {}, False)
    story.links.append(link)
    link.raw(p.encode(p.Unknown(p.ASSOCIATE_RQ, HEAD + b"".join(items))), sent=False)
    link.pdu(p.AssociateAC("A", "B", (p.ContextResult(1, 0, IMPLICIT_LITTLE),), OURS), sent=True)
    link.release()


def told(evidence: Evidence) -> dict[str, int]:
    """How many deviations each check tells of."""
    counts = {check: [o for o in observe(check, evidence) if o.verdict is not Verdict.PASS] for check in CHECKS}
    return {check: len(found) for check, found in counts.items() if found}


CONTEXT = proposed(1, ABSTRACT, EXPLICIT, IMPLICIT)
RIGHT_ANSWERS = {
    "what has to be": [NAME, FIRST, SECOND, USER],
    "results in another order": [NAME, SECOND, FIRST, USER],
    "all that may be, in another order": [
        NAME, FIRST, SECOND, user(IDENTITY, EXTENDED, VERSION, ROLE, WINDOW, CLASS, LENGTH)
    ],
    "undefined items and sub-items": [
        encode_item(5, b""), NAME, FIRST, SECOND, user(LENGTH, CLASS, encode_item(0x60, b"?")), encode_item(0x99, b"?")
    ],
    "an undefined sub-item in a result": [NAME, result(1, 0, EXPLICIT, encode_item(0x41, b"?")), SECOND, USER],
    "two Transfer Syntaxes in a rejected result": [NAME, FIRST, result(3, 3, EXPLICIT, IMPLICIT), USER],
    "an Abstract Syntax in a rejected result": [NAME, FIRST, result(3, 3, ABSTRACT, EXPLICIT), USER],
    "rubbish in a rejected result": [NAME, FIRST, result(3, 1, EXPLICIT, b"\x40\0\0\x99"), USER],
}  # fmt: skip
WRONG_ANSWERS = {
    "two Transfer Syntaxes in a result": [NAME, result(1, 0, EXPLICIT, IMPLICIT), SECOND, USER],
    "the same Transfer Syntax twice": [NAME, FIRST, result(3, 0, EXPLICIT, EXPLICIT), USER],
    "an Abstract Syntax in a result": [NAME, result(1, 0, ABSTRACT, EXPLICIT), SECOND, USER],
    "a Maximum Length in a result": [NAME, result(1, 0, EXPLICIT, LENGTH), SECOND, USER],
    "two User Information items": [NAME, FIRST, SECOND, USER, USER],
    "no User Information item": [NAME, FIRST, SECOND],
    "two Application Context items": [NAME, NAME, FIRST, SECOND, USER],
    "a proposed context": [NAME, CONTEXT, FIRST, SECOND, USER],
    "two Maximum Lengths": [NAME, FIRST, SECOND, user(LENGTH, LENGTH, CLASS)],
    "two Implementation Class UIDs": [NAME, FIRST, SECOND, user(LENGTH, CLASS, CLASS)],
    "two windows": [NAME, FIRST, SECOND, user(LENGTH, CLASS, WINDOW, WINDOW)],
    "two version names": [NAME, FIRST, SECOND, user(LENGTH, CLASS, VERSION, VERSION)],
    "two roles of one SOP Class": [NAME, FIRST, SECOND, user(LENGTH, CLASS, ROLE, ROLE)],
    "two extended negotiations of one SOP Class": [NAME, FIRST, SECOND, user(LENGTH, CLASS, EXTENDED, EXTENDED)],
    "common extended negotiation": [NAME, FIRST, SECOND, user(LENGTH, CLASS, COMMON)],
    "a User Identity of a request": [NAME, FIRST, SECOND, user(LENGTH, CLASS, IDENTITY_ASKED)],
    "a Transfer Syntax in User Information": [NAME, FIRST, SECOND, user(LENGTH, CLASS, EXPLICIT)],
    "a Maximum Length outside": [NAME, FIRST, SECOND, USER, LENGTH],
    "a Transfer Syntax outside": [NAME, FIRST, SECOND, EXPLICIT, USER],
    "User Information before the results": [NAME, USER, FIRST, SECOND],
    "User Information between the results": [NAME, FIRST, USER, SECOND],
    "the name after the results": [FIRST, SECOND, NAME, USER],
    "a role of another length": [NAME, FIRST, SECOND, user(LENGTH, CLASS, encode_item(0x54, ROLE[4:-1]))],
    "a window of 3 bytes": [NAME, FIRST, SECOND, user(LENGTH, CLASS, encode_item(0x53, b"\0\1\0"))],
}
#: What is missing from an answer another check tells of, and it alone.
LACKING_ANSWERS = {
    "association.application-context": [FIRST, SECOND, USER],
    "association.context-results": [NAME, USER],
    "association.accepted-syntax-offered": [NAME, result(1, 0), SECOND, USER],
    "association.rejected-context-item": [NAME, FIRST, result(3, 3), USER],
    "association.max-length-item": [NAME, FIRST, SECOND, user(CLASS)],
    "association.implementation-class-uid": [NAME, FIRST, SECOND, user(LENGTH)],
}
RIGHT_REQUESTS = {
    "what has to be": [NAME, CONTEXT, USER],
    "all that may be": [
        NAME,
        CONTEXT,
        user(LENGTH, CLASS, WINDOW, ROLE, VERSION, EXTENDED, COMMON, IDENTITY_ASKED),
        encode_item(0x99, b"?"),
    ],
}
WRONG_REQUESTS = {
    "no Application Context": [CONTEXT, USER],
    "two Application Contexts": [NAME, NAME, CONTEXT, USER],
    "no context": [NAME, USER],
    "no Abstract Syntax": [NAME, proposed(1, EXPLICIT), USER],
    "two Abstract Syntaxes": [NAME, proposed(1, ABSTRACT, ABSTRACT, IMPLICIT), USER],
    "no Transfer Syntax": [NAME, proposed(1, ABSTRACT), USER],
    "the Abstract Syntax last": [NAME, proposed(1, IMPLICIT, ABSTRACT), USER],
    "a context too short for its ID": [NAME, CONTEXT, encode_item(0x20, b"\3\0\0"), USER],
    "a result": [NAME, CONTEXT, FIRST, USER],
    "no User Information": [NAME, CONTEXT],
    "no Maximum Length": [NAME, CONTEXT, user(CLASS)],
    "a Maximum Length of 2 bytes": [NAME, CONTEXT, user(encode_item(0x51, b"\x40\0"), CLASS)],
    "no Implementation Class UID": [NAME, CONTEXT, user(LENGTH)],
    "two roles of one SOP Class": [NAME, CONTEXT, user(LENGTH, CLASS, ROLE, ROLE)],
    "two identities": [NAME, CONTEXT, user(LENGTH, CLASS, IDENTITY_ASKED, IDENTITY_ASKED)],
    "an identity without its end": [NAME, CONTEXT, user(LENGTH, CLASS, encode_item(0x58, b"\1\0\0\1a"))],
    "the answer of an identity": [NAME, CONTEXT, user(LENGTH, CLASS, IDENTITY)],
    "User Information first": [USER, NAME, CONTEXT],
}


def built(tmp_path, build, items: Sequence[bytes]) -> Evidence:
    story = Story(tmp_path)
    build(story, items)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT_ANSWERS)
def test_right_answers_pass(tmp_path, what):
    assert told(built(tmp_path, answered, RIGHT_ANSWERS[what])) == {}


@pytest.mark.parametrize("what", WRONG_ANSWERS)
def test_wrong_answers_are_told_once(tmp_path, what):
    assert told(built(tmp_path, answered, WRONG_ANSWERS[what])) == {WELL_FORMED: 1}


@pytest.mark.parametrize("check", LACKING_ANSWERS)
def test_what_an_answer_lacks_is_told_once(tmp_path, check):
    assert told(built(tmp_path, answered, LACKING_ANSWERS[check])) == {check: 1}


def test_a_broken_maximum_length_of_an_answer_is_told_once(tmp_path):
    items = [NAME, FIRST, SECOND, user(encode_item(0x51, b"\x40\0"), CLASS)]
    assert told(built(tmp_path, answered, items)) == {"association.max-length-item": 1}


@pytest.mark.parametrize("what", RIGHT_REQUESTS)
def test_right_requests_of_the_target_pass(tmp_path, what):
    assert told(built(tmp_path, asked, RIGHT_REQUESTS[what])) == {}


@pytest.mark.parametrize("what", WRONG_REQUESTS)
def test_wrong_requests_of_the_target_are_told_once(tmp_path, what):
    assert told(built(tmp_path, asked, WRONG_REQUESTS[what])) == {WELL_FORMED: 1}


def test_two_faults_are_two_deviations(tmp_path):
    items = [NAME, NAME, FIRST, SECOND, user(LENGTH, LENGTH, CLASS)]
    assert told(built(tmp_path, answered, items)) == {WELL_FORMED: 2}


def test_a_second_answer_in_the_middle_of_an_association_is_judged_whole(tmp_path):
    """Other checks look at the first one only."""
    story = Story(tmp_path)
    link = story.associate(WORKLIST)
    link.raw(p.encode(p.Unknown(p.ASSOCIATE_AC, HEAD + FIRST + USER)), sent=False)
    link.release()
    assert told(story.evidence()) == {WELL_FORMED: 1}
