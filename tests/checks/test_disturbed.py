"""What a target does about a disturbance: each check's right, tolerable and wrong answers, and what decides nothing."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

import scanproof.checks.disturbed as reactions
import scanproof.checks.served_after as after
from scanproof.check import _CHECKS
from scanproof.finding import Verdict
from scanproof.standard.disturbances import REACTIONS
from scansim.exam.provoking import echo_command, of_fragments, restated
from scansim.vocabulary.disturbances import DISTURBED, FOLLOWS, Way
from scansim.wire import pdu as p
from scansim.wire.encoding import EXPLICIT_LITTLE
from tests.support.building import VERIFICATION, WORKLIST, Link, Story, observe, verdict

PASS, FAIL, WARN, NOTHING = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOT_APPLICABLE
INCONCLUSIVE = Verdict.INCONCLUSIVE
REACTS = "association.reacts"
ECHO = echo_command(1)
ONE = of_fragments(1, (True, True, ECHO))
HALF = len(ECHO) // 4 * 2

Build = Callable[[Link], object]


def bare(story: Story, way: Way, **facts: object) -> Link:
    """A connection without an association, which is disturbed now."""
    served(story)
    recorder = story.writer.recorder(
        initiator="harness", service="verification", host="127.0.0.1", port=104, called_ae="TARGET", disturbance=way
    )
    link = Link(recorder, {1: (VERIFICATION, EXPLICIT_LITTLE)}, True)
    story.links.append(link)
    link.event("disturbance", way=way, **facts)
    return link


def on_one(story: Story, way: Way, **facts: object) -> Link:
    """An association that is disturbed now."""
    link = story.associate(VERIFICATION, WORKLIST, service="verification", **{DISTURBED: way})
    link.event("disturbance", way=way, **facts)
    return link


def served(story: Story, **facts: object) -> Link:
    """An association on which C-ECHO is answered."""
    link = story.associate(VERIFICATION, service="verification", **facts)
    link.ask("C-ECHO-RQ")
    link.answer()
    link.release()
    return link


def sends(data: bytes) -> Build:
    return lambda link: link.raw(data, sent=True)


def answers(times: int = 1) -> Build:
    def build(link: Link) -> None:
        for _ in range(times):
            link.answer(MessageIDBeingRespondedTo=1)

    return build


def aborts(source: int = 2, reason: int = 2) -> Build:
    return lambda link: link.pdu(p.Abort(source, reason), sent=False)


def comes(pdu: p.PDU) -> Build:
    return lambda link: link.pdu(pdu, sent=False)


def closes(link: Link) -> None:
    link.event("closed-by-peer")


def silent(link: Link) -> None:
    link.event("timeout", waiting="something", seconds=5)


def breaks(link: Link) -> None:
    link.event("connection-lost", reason="No route to host", by_peer=False)


SMALL = b"".join(of_fragments(1, (True, at + 2 >= len(ECHO), ECHO[at : at + 2])) for at in range(0, len(ECHO), 2))
TWO = of_fragments(1, (True, False, ECHO[:HALF]), (True, True, ECHO[HALF:]))
BEGUN = of_fragments(1, (True, False, ECHO[:20]))
RELEASE = p.encode(p.ReleaseRQ())

#: How a way looks in the bytes: with an association or without, its facts, and what is sent.
DONE: dict[str, tuple[Way, dict[str, object], bytes]] = {
    "idle": (Way.IDLE_BEFORE_REQUEST, {}, b""),
    "half": (Way.HALF_REQUEST, {}, b"\x01\x00\x00\x00\x00\xc8\x00\x01"),
    "data first": (Way.UNEXPECTED_BEFORE, {"pdu": "p-data-tf"}, ONE),
    "abort first": (Way.UNEXPECTED_BEFORE, {"pdu": "a-abort"}, p.encode(p.Abort(0, 0))),
    "unknown first": (Way.UNEXPECTED_BEFORE, {"pdu": "unknown"}, b"\x0b\x00\x00\x00\x00\x04" + bytes(4)),
    "rejection": (Way.UNEXPECTED, {"pdu": "a-associate-rj"}, p.encode(p.AssociateRJ(1, 1, 1))),
    "reply unasked": (Way.RELEASE_UNASKED, {}, p.encode(p.ReleaseRP())),
    "too long": (Way.FRAGMENT_TOO_LONG, {}, restated(ONE, fragment_by=100)),
    "too short": (Way.FRAGMENT_TOO_SHORT, {}, restated(ONE, fragment_by=-8)),
    "longer": (Way.LONGER_THAN_STATED, {}, restated(ONE, pdu_by=-8)),
    "shorter": (Way.SHORTER_THAN_STATED, {}, restated(ONE, pdu_by=100, fragment_by=100)),
    "other context": (Way.CONTEXT_NOT_ACCEPTED, {}, of_fragments(251, (True, True, ECHO))),
    "odd": (
        Way.ODD_FRAGMENTS,
        {},
        of_fragments(1, (True, False, ECHO[:21])) + of_fragments(1, (True, True, ECHO[21:])),
    ),
    "empty": (Way.EMPTY_FRAGMENT, {}, of_fragments(1, (True, False, b"")) + ONE),
    "two messages": (Way.TWO_MESSAGES, {}, of_fragments(1, (True, True, ECHO), (True, True, echo_command(2)))),
    "beyond": (Way.BEYOND_MAXIMUM, {}, of_fragments(1, (False, True, bytes(17_000)))),
    "in one": (Way.COMMAND_AND_DATA, {}, of_fragments(3, (True, True, ECHO), (False, True, bytes(8)))),
    "two fragments": (Way.TWO_FRAGMENTS, {}, TWO),
    "small": (Way.SMALL_FRAGMENTS, {}, SMALL),
    "abort": (Way.ABORT, {"inside": "command"}, BEGUN + p.encode(p.Abort(0, 0))),
    "outstanding": (Way.RELEASE_OUTSTANDING, {}, ONE + RELEASE),
    "twice": (Way.RELEASE_TWICE, {}, RELEASE + RELEASE),
}

UNEXPECTED, INVALID, TAKEN = "association.unexpected-pdu", "association.invalid-pdu", "association.fragments-taken"
IDLE, ABORT, CROSSED = "association.idle-connection", "association.abort-obeyed", "association.release-crossed"
RP, RQ = comes(p.ReleaseRP()), comes(p.ReleaseRQ())

#: What is done, what the target does, and what is said of it by which check.
CASES: list[tuple[str, list[Build], str, Verdict]] = [
    ("idle", [closes], IDLE, PASS),
    ("idle", [silent], IDLE, PASS),
    ("idle", [aborts(0, 0)], IDLE, WARN),
    ("idle", [comes(p.AssociateRJ(1, 1, 1))], IDLE, FAIL),
    ("idle", [breaks], IDLE, INCONCLUSIVE),
    ("half", [aborts()], IDLE, PASS),
    ("half", [closes], IDLE, PASS),
    ("half", [silent], IDLE, PASS),
    *(("data first", [aborts(source, 0)], UNEXPECTED, PASS) for source in (0, 2)),
    ("data first", [closes], UNEXPECTED, WARN),
    ("data first", [silent], REACTS, WARN),
    ("data first", [answers()], UNEXPECTED, FAIL),
    ("data first", [comes(p.AssociateRJ(1, 1, 1))], UNEXPECTED, FAIL),
    ("abort first", [closes], UNEXPECTED, PASS),
    ("abort first", [aborts()], UNEXPECTED, WARN),
    ("unknown first", [aborts(2, 1)], UNEXPECTED, PASS),
    *(("rejection", [aborts(2, reason)], UNEXPECTED, PASS) for reason in (0, 1, 2, 4, 5, 6)),
    ("rejection", [aborts(0, 0)], UNEXPECTED, WARN),
    ("rejection", [closes], UNEXPECTED, WARN),
    ("rejection", [silent], REACTS, WARN),
    ("rejection", [RQ], UNEXPECTED, FAIL),
    ("reply unasked", [aborts()], UNEXPECTED, PASS),
    ("reply unasked", [RP], UNEXPECTED, FAIL),
    *((what, [aborts()], INVALID, PASS) for what in ("too long", "too short", "longer", "other context", "shorter")),
    *((what, [aborts(0, 0)], INVALID, PASS) for what in ("too long", "odd", "other context", "two messages")),
    *((what, [closes], INVALID, WARN) for what in ("too long", "odd", "two messages", "beyond", "shorter")),
    *((what, [answers()], INVALID, PASS) for what in ("odd", "empty", "beyond")),
    *((what, [answers()], INVALID, WARN) for what in ("too long", "too short", "other context", "shorter")),
    ("too long", [RQ], INVALID, FAIL),
    ("shorter", [silent], INVALID, PASS),
    ("empty", [aborts()], INVALID, WARN),
    ("two messages", [answers(2)], INVALID, PASS),
    ("two messages", [answers(), silent], REACTS, WARN),
    ("two messages", [answers(), aborts()], INVALID, PASS),
    *((what, [answers()], TAKEN, PASS) for what in ("in one", "two fragments", "small")),
    *((what, [aborts()], TAKEN, FAIL) for what in ("in one", "two fragments", "small")),
    *((what, [closes], TAKEN, FAIL) for what in ("in one", "two fragments", "small")),
    *((what, [silent], REACTS, FAIL) for what in ("in one", "two fragments", "small")),
    ("small", [breaks], TAKEN, INCONCLUSIVE),
    ("abort", [closes], ABORT, PASS),
    ("abort", [aborts(0, 0)], ABORT, WARN),
    ("abort", [RP], ABORT, FAIL),
    ("abort", [answers()], ABORT, FAIL),
    ("abort", [silent], REACTS, WARN),
    ("outstanding", [answers(), RP], CROSSED, PASS),
    ("outstanding", [RP], CROSSED, PASS),
    ("outstanding", [aborts()], CROSSED, WARN),
    ("outstanding", [closes], CROSSED, WARN),
    ("outstanding", [RP, answers()], CROSSED, FAIL),
    ("outstanding", [RP, aborts(0, 0)], CROSSED, FAIL),
    ("outstanding", [silent], REACTS, WARN),
    ("twice", [RP], CROSSED, PASS),
    ("twice", [aborts()], CROSSED, PASS),
    ("twice", [RP, aborts()], CROSSED, WARN),
    ("twice", [RP, RP], CROSSED, FAIL),
]


def disturbed(story: Story, what: str) -> Link:
    way, facts, data = DONE[what]
    early = way in (Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST, Way.UNEXPECTED_BEFORE)
    link = bare(story, way, **facts) if early else on_one(story, way, **facts)
    if data:
        link.raw(data, sent=True)
    return link


@pytest.mark.parametrize(("what", "does", "check", "says"), CASES)
def test_a_reaction(tmp_path: Path, what: str, does: list[Build], check: str, says: Verdict) -> None:
    story = Story(tmp_path)
    link = disturbed(story, what)
    for each in does:
        each(link)
    evidence = story.evidence()
    assert verdict(check, evidence) is says
    others = {seen.verdict for name in REACTED if name != check for seen in observe(name, evidence)}
    assert others <= {PASS}, "one reaction, one finding"


REACTED = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == reactions.__name__)


def test_each_check_has_reactions() -> None:
    elsewhere = {"association.idle-kept", "association.close-noticed"}
    assert {check for _, _, check, _ in CASES} | elsewhere == set(REACTED)
    assert {DONE[what][0] for what in DONE} | {Way.IDLE_ESTABLISHED, Way.HALF_CLOSE} == set(REACTIONS)


@pytest.mark.parametrize("what", DONE)
def test_what_is_not_in_the_bytes_is_our_own_fault(tmp_path: Path, what: str) -> None:
    way, facts, _ = DONE[what]
    story = Story(tmp_path)
    link = on_one(story, way, **facts)
    link.ask("C-ECHO-RQ")
    link.answer()
    link.release()
    seen = [each for name in REACTED for each in observe(name, story.evidence())]
    assert [each.verdict for each in seen] == [INCONCLUSIVE]
    assert "defect of scanproof" in seen[0].hint


@pytest.mark.parametrize(
    ("does", "says"),
    [([closes], PASS), ([aborts(2, 0)], PASS), ([RQ], FAIL), ([answers()], FAIL), ([silent], NOTHING)],
)
def test_the_end_of_our_half(tmp_path: Path, does: list[Build], says: Verdict) -> None:
    story = Story(tmp_path)
    link = on_one(story, Way.HALF_CLOSE, inside="nothing")
    link.event("closed-by-us", how="half")
    for each in does:
        each(link)
    assert verdict("association.close-noticed", story.evidence()) is says


@pytest.mark.parametrize(
    ("idles", "does", "says", "hangs"),
    [
        (3, [sends(ONE), answers()], PASS, PASS),
        (3, [sends(ONE), aborts()], WARN, PASS),
        (3, [sends(ONE), closes], WARN, PASS),
        (3, [sends(ONE), silent], NOTHING, FAIL),
        (3, [sends(ONE), answers(), silent], PASS, PASS),  # it is the release that hangs
        (1, [aborts(2, 0)], WARN, PASS),
        (1, [closes], WARN, PASS),
        (1, [RQ], PASS, PASS),
        (0, [sends(ONE), answers()], INCONCLUSIVE, NOTHING),
    ],
)
def test_an_idle_association(tmp_path: Path, idles: int, does: list[Build], says: Verdict, hangs: Verdict) -> None:
    story = Story(tmp_path)
    link = on_one(story, Way.IDLE_ESTABLISHED, wait=3)
    story.wait(idles)
    if idles == 3:
        link.event("timeout", waiting="nothing", seconds=3)
    for each in does:
        each(link)
    evidence = story.evidence()
    assert verdict("association.idle-kept", evidence) is says
    assert verdict(REACTS, evidence) is hangs


# --- the next association ---------------------------------------------------------------------------------------------


AFTER, PLACES = "association.served-after", "association.places-again"


def refused(story: Story, reason: str = "Connection refused", host: str = "127.0.0.1") -> None:
    recorder = story.writer.recorder(initiator="harness", host=host, port=104, called_ae="TARGET", follows="a02")
    recorder.event("connect-failed", reason=reason)
    recorder.close()


def hangs(story: Story) -> None:
    link = story.associate(VERIFICATION, answered=False, **{FOLLOWS: "a02"})
    story.wait(5)
    link.event("timeout", waiting="A-ASSOCIATE-AC", seconds=5)


def rejects(story: Story, *numbers: int) -> None:
    story.associate(VERIFICATION, answer=p.AssociateRJ(*numbers), **{FOLLOWS: "a02"})
    story.wait(1.5)


def without_echo(story: Story) -> None:
    results = {"contexts": (p.ContextResult(1, 3, None),)}
    story.associate(VERIFICATION, ac=results, **{FOLLOWS: "a02"}).release()


def aborted(story: Story) -> None:
    link = story.associate(VERIFICATION, **{FOLLOWS: "a02"})
    link.ask("C-ECHO-RQ")
    link.abort()


def follows(story: Story) -> None:
    served(story, **{FOLLOWS: "a02"})


NEXT: dict[str, tuple[list[Callable[[Story], object]], Verdict, str]] = {
    "at once": ([follows], PASS, ""),
    "without C-ECHO": ([without_echo], PASS, ""),
    "rejected, then served": ([lambda s: rejects(s, 2, 3, 2), follows], WARN, "2/3/2"),
    "hangs, then serves": ([hangs, follows], WARN, "only after 5"),
    "rejected for want of room": ([lambda s: rejects(s, 2, 3, 2)] * 3, WARN, "places are not given back"),
    "rejected for good": ([lambda s: rejects(s, 1, 1, 7)] * 2, FAIL, "rejects whom it took before"),
    "hangs": ([hangs, hangs], FAIL, "hangs"),
    "ended": ([refused, refused], FAIL, "the target has ended"),
    "aborts": ([aborted], FAIL, "ends what it took before"),
}


@pytest.mark.parametrize("what", NEXT)
def test_the_next_association(tmp_path: Path, what: str) -> None:
    does, says, told = NEXT[what]
    story = Story(tmp_path)
    disturbed(story, "idle")
    for each in does:
        each(story)
    evidence = story.evidence()
    assert verdict(AFTER, evidence) is says
    assert all(told in seen.actual for seen in observe(AFTER, evidence))
    assert [each.id for each in evidence.associations] == ["a01"], "what follows is no exchange of the exam"


def test_a_target_that_served_nobody_before_is_not_to_blame(tmp_path: Path) -> None:
    story = Story(tmp_path)
    recorder = story.writer.recorder(initiator="harness", host="127.0.0.1", port=104, disturbance=Way.CLOSE_AT_ONCE)
    recorder.event("disturbance", way=Way.CLOSE_AT_ONCE)
    recorder.close()
    story.associate(VERIFICATION, answered=False, **{FOLLOWS: "a01"}).event("timeout", seconds=5)
    assert verdict(AFTER, story.evidence()) is NOTHING


def test_a_network_that_is_gone_decides_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(VERIFICATION, host="ris.example").release()
    link = story.associate(VERIFICATION, host="ris.example", **{DISTURBED: Way.RESET})
    link.event("disturbance", way=Way.RESET, inside="nothing")
    link.event("closed-by-us", how="reset")
    refused(story, "No route to host", "ris.example")
    assert verdict(AFTER, story.evidence()) is INCONCLUSIVE


@pytest.mark.parametrize(
    ("first", "second", "says"), [(4, 4, PASS), (4, 3, WARN), (4, 0, FAIL), (1, 1, PASS), (0, 0, NOTHING)]
)
def test_places(tmp_path: Path, first: int, second: int, says: Verdict) -> None:
    story = Story(tmp_path)
    for turn, taken in product((1, 2), range(4)):
        if taken >= (first if turn == 1 else second):
            story.associate(VERIFICATION, answer=p.AssociateRJ(2, 3, 2), **{DISTURBED: Way.SLOTS}, turn=turn)
            continue
        link = story.associate(VERIFICATION, **{DISTURBED: Way.SLOTS}, turn=turn)
        if turn == 1:
            link.event("disturbance", way=Way.SLOTS, turn=1, ended_by="abort")
    assert verdict(PLACES, story.evidence()) is says


def test_each_check_of_what_comes_after_has_cases() -> None:
    assert {check.id for check in _CHECKS.values() if check.function.__module__ == after.__name__} == {AFTER, PLACES}
