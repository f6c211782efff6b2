"""Claims about associations against the wire: what contradicts each of them, and what must not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import scanproof.checks.statement_acceptance as acceptance
import scanproof.checks.statement_association as association
from scanproof.check import _CHECKS, Proof
from scanproof.finding import Verdict
from scanproof.statements.conditions import rejection_condition
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.disturbances import Way
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION, WORKLIST, Story, facts
from tests.support.saying import saying, seen

#: Check to what it is about.
CHECKS = {
    "statement.application-context": {"application-context": {"uid": "1.2.840.10008.3.1.1.1"}},
    "statement.implementation": {
        "implementation-class-uid": {"uid": "2.25.1"},
        "implementation-version-name": {"name": "TEST"},
    },
    "statement.maximum-pdu": {"maximum-pdu": {"bytes": 16384}},
    "statement.asynchronous-window": {"asynchronous-window": {"invoked": 1, "performed": 1}},
    "statement.titles-checked": {
        "called-title-checked": {"checked": True},
        "calling-title-checked": {"checked": False},
    },
    "statement.rejection": {
        "rejection": {"result": 1, "source": 1, "reason": 7, "condition": "unknown called AE title"}
    },
    "statement.maximum-associations": {"maximum-associations": {"count": 3}},
    "statement.artim": {"artim-timeout": {"seconds": 10}},
}


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def outcome(story: Story, check: str, **claims: Any) -> tuple[list[Verdict], list[tuple[str, bool]]]:
    return seen(check, story.evidence(saying(**(claims or {**CHECKS[check]}))))


def test_each_check_is_proven_here():
    modules = (association.__name__, acceptance.__name__)
    assert {each.id for each in _CHECKS.values() if each.function.__module__ in modules} == set(CHECKS)
    assert {_CHECKS[name].proven_by for name in CHECKS} == {Proof.STATEMENTS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_claim(story, check):
    story.associate(VERIFICATION).release()
    rejected(story, (1, 1, 7), "association.called-title", called="NOBODY")
    assert seen(check, story.evidence(saying())) == ([], [])
    assert seen(check, story.evidence()) == ([], [])


# --- what an entity says of itself ------------------------------------------------------------------------------------


def user(**fields: Any) -> p.UserInformation:
    return p.UserInformation(**{"max_length": 16384, "implementation_class_uid": "2.25.1",
                                "implementation_version": "TEST", **fields})  # fmt: skip


SAID: dict[str, tuple[str, dict[str, Any], str]] = {
    "another application context": (
        "statement.application-context", {"application_context": "1.2.3"}, "application-context"),
    "another class": (
        "statement.implementation", {"user": user(implementation_class_uid="1.2.3")}, "implementation-class-uid"),
    "another version": (
        "statement.implementation", {"user": user(implementation_version="OTHER")}, "implementation-version-name"),
    "a smaller length": ("statement.maximum-pdu", {"user": user(max_length=4096)}, "maximum-pdu"),
    "no limit": ("statement.maximum-pdu", {"user": user(max_length=0)}, "maximum-pdu"),
}  # fmt: skip


@pytest.mark.parametrize("what", SAID)
def test_what_an_entity_says_of_itself(story, what):
    check, ac, kind = SAID[what]
    story.associate(VERIFICATION, ac=ac).release()
    verdicts, kept = outcome(story, check)
    assert verdicts == [Verdict.FAIL]
    assert (kind, False) in kept


@pytest.mark.parametrize("check", sorted({check for check, _, _ in SAID.values()}))
def test_what_an_entity_says_of_itself_and_stated(story, check):
    story.associate(VERIFICATION).release()
    verdicts, kept = outcome(story, check)
    assert verdicts == []
    assert kept == [(kind, True) for kind in CHECKS[check]]


def test_the_target_as_requestor_is_looked_at_as_well(story):
    story.associate(VERIFICATION).release()
    story.associate(VERIFICATION, by_target=True, rq={"user": user(implementation_class_uid="1.2.3")}).release()
    verdicts, kept = outcome(story, "statement.implementation")
    assert verdicts == [Verdict.FAIL]
    assert ("implementation-class-uid", True) in kept
    assert ("implementation-class-uid", False) in kept


def test_a_stranger_says_nothing_of_the_target(story):
    story.associate(VERIFICATION).release()
    rq = {"calling_ae": "STRANGER", "user": user(implementation_class_uid="1.2.3")}
    story.associate(VERIFICATION, by_target=True, rq=rq).release()
    assert outcome(story, "statement.implementation")[0] == []


def test_no_limit_is_announced_as_zero(story):
    story.associate(VERIFICATION, ac={"user": user(max_length=0)}).release()
    assert outcome(story, "statement.maximum-pdu", **{"maximum-pdu": {"bytes": None}}) == ([], [("maximum-pdu", True)])


def test_what_is_left_out_says_nothing(story):
    bare = user(max_length=None, implementation_version=None)
    story.associate(VERIFICATION, ac={"user": bare}).release()
    assert outcome(story, "statement.maximum-pdu") == ([], [])
    assert outcome(story, "statement.implementation") == ([], [("implementation-class-uid", True)])


def window(story: Story, offered: tuple[int, int] | None, answered: tuple[int, int] | None) -> None:
    rq, ac = ({"user": user(async_window=each)} for each in (offered, answered))
    story.associate(VERIFICATION, rq=rq, ac=ac, edited=True).release()


#: Stated, offered, answered: None where it decides nothing.
WINDOWS = {
    "one at a time": ((1, 1), (8, 8), None, True),
    "one at a time, said so": ((1, 1), (8, 8), (1, 1), True),
    "stated one, agreed more": ((1, 1), (8, 8), (4, 4), False),
    "stated more, agreed one": ((8, 8), (8, 8), None, False),
    "as stated": ((4, 2), (8, 8), (4, 2), True),
    "as stated, seen from the other side": ((4, 2), (8, 8), (2, 4), True),
    "as much as was offered": ((8, 8), (2, 2), (2, 2), True),
    "without a limit, as stated": ((8, 8), (0, 0), (8, 8), True),
    "not offered": ((8, 8), None, None, None),
    "offered one": ((8, 8), (1, 1), None, None),
}


@pytest.mark.parametrize("what", WINDOWS)
def test_the_window(story, what):
    stated, offered, answered, kept = WINDOWS[what]
    window(story, offered, answered)
    claim = {"asynchronous-window": {"invoked": stated[0], "performed": stated[1]}}
    verdicts, found = outcome(story, "statement.asynchronous-window", **claim)
    assert found == ([] if kept is None else [("asynchronous-window", kept)])
    assert verdicts == ([Verdict.FAIL] if kept is False else [])


# --- whom it lets in --------------------------------------------------------------------------------------------------


def asked(story: Story, deviation: str, called: str = "", calling: str = "", **how: Any):
    """A request that deviates: the record has the titles that were meant, the bytes those that were sent."""
    recorder = story.writer.recorder(
        initiator="harness", service="verification", host="127.0.0.1", port=104, called_ae="TARGET",
        calling_ae="SCANNER", edited=True)  # fmt: skip
    story.called.append("TARGET@127.0.0.1:104")
    if deviation:
        recorder.event("intent", **Intent.of(deviation).facts)
    contexts = (p.ProposedContext(1, VERIFICATION, ("1.2.840.10008.1.2",)),)
    request = p.AssociateRQ(called or "TARGET", calling or "SCANNER", contexts, user(), **how)
    recorder.sent([p.encode(request)])
    return recorder


def rejected(story: Story, numbers: tuple[int, int, int], deviation: str = "", called="", calling="", **how) -> None:
    recorder = asked(story, deviation, called, calling, **how)
    recorder.received(p.encode(p.AssociateRJ(*numbers)))
    recorder.close()


def accepted(story: Story, deviation: str, called: str = "", calling: str = "", **how: Any) -> None:
    recorder = asked(story, deviation, called, calling, **how)
    answer = p.AssociateAC(called or "TARGET", calling or "SCANNER", (p.ContextResult(1, 0, "1.2.840.10008.1.2"),))
    recorder.received(p.encode(answer))
    recorder.close()


CALLED, CALLING = "association.called-title", "association.calling-title"
#: What happens, whether the title is stated to be checked, and what is seen of that.
TITLES: dict[str, tuple[Callable[[Story], None], str, bool, bool | None]] = {
    "called, checked": (lambda s: rejected(s, (1, 1, 7), CALLED, called="NOBODY"), "called", True, True),
    "called, checked, no reason": (lambda s: rejected(s, (1, 1, 1), CALLED, called="NOBODY"), "called", True, True),
    "called, accepted": (lambda s: accepted(s, CALLED, called="NOBODY"), "called", True, False),
    "called, not checked": (lambda s: accepted(s, CALLED, called="NOBODY"), "called", False, True),
    "called, rejected": (lambda s: rejected(s, (1, 1, 7), CALLED, called="NOBODY"), "called", False, False),
    "called, for the caller": (lambda s: rejected(s, (1, 1, 3), CALLED, called="NOBODY"), "called", False, None),
    "called, no room": (lambda s: rejected(s, (2, 3, 2), CALLED, called="NOBODY"), "called", True, None),
    "called in lower case, accepted": (lambda s: accepted(s, CALLED, called="target"), "called", True, None),
    "called in lower case, rejected": (lambda s: rejected(s, (1, 1, 7), CALLED, called="target"), "called", True, True),
    "calling, checked": (lambda s: rejected(s, (1, 1, 3), CALLING, calling="NOBODY"), "calling", True, True),
    "calling, accepted": (lambda s: accepted(s, CALLING, calling="NOBODY"), "calling", True, False),
    "calling, not checked": (lambda s: accepted(s, CALLING, calling="NOBODY"), "calling", False, True),
    "ours, rejected": (lambda s: rejected(s, (1, 1, 3)), "calling", False, False),
    "ours, rejected as stated": (lambda s: rejected(s, (1, 1, 3)), "calling", True, None),
}


@pytest.mark.parametrize("what", TITLES)
def test_titles(story, what):
    happens, which, checked, kept = TITLES[what]
    happens(story)
    verdicts, found = outcome(story, "statement.titles-checked", **{f"{which}-title-checked": {"checked": checked}})
    assert found == ([] if kept is None else [(f"{which}-title-checked", kept)])
    assert verdicts == ([Verdict.FAIL] if kept is False else [])


def stated(*numbers: int, condition: str) -> dict[str, Any]:
    return dict(zip(("result", "source", "reason"), numbers, strict=True), condition=condition)


def test_conditions_of_rejections_are_read_where_their_words_leave_no_doubt():
    read = {
        "unknown called AE title": CALLED,
        "Calling AE Title not recognized": CALLING,
        "unknown called or calling AE title": "",
        "20 associations open": "full",
        "local limit exceeded": "full",
        "unsupported application context name": "association.application-context",
        "protocol version not supported": "association.protocol-version",
        "under maintenance": "",
    }
    assert {text: rejection_condition(text) for text in read} == read


#: What happens, the numbers and condition that are stated, and what is seen of that.
REJECTIONS: dict[str, tuple[Callable[[Story], None], dict[str, Any], bool | None]] = {
    "as stated": (
        lambda s: rejected(s, (1, 1, 7), CALLED, called="NOBODY"), stated(1, 1, 7, condition="called"), True),
    "otherwise": (
        lambda s: rejected(s, (1, 1, 1), CALLED, called="NOBODY"), stated(1, 1, 7, condition="called"), False),
    "not at all": (lambda s: accepted(s, CALLED, called="NOBODY"), stated(1, 1, 7, condition="called"), False),
    "another condition": (
        lambda s: rejected(s, (1, 1, 7), CALLED, called="NOBODY"), stated(1, 1, 7, condition="calling"), None),
    "a condition that nobody reads": (
        lambda s: rejected(s, (1, 1, 7), CALLED, called="NOBODY"), stated(1, 1, 7, condition="at night"), True),
    "application context": (
        lambda s: rejected(s, (1, 1, 2), "association.application-context", application_context="1.2.3.4"),
        stated(1, 1, 2, condition="application context"), True),
    "protocol version": (
        lambda s: rejected(s, (1, 1, 1), "association.protocol-version", protocol_version=2),
        stated(1, 2, 2, condition="protocol version"), False),
    "protocol version, not at all": (
        lambda s: accepted(s, "association.protocol-version", protocol_version=2),
        stated(1, 2, 2, condition="protocol version"),
        False,
    ),
    "no room": (lambda s: rejected(s, (2, 3, 2)), stated(2, 3, 2, condition="20 associations open"), True),
    "no room, otherwise": (lambda s: rejected(s, (2, 3, 1)), stated(2, 3, 2, condition="too many"), False),
}  # fmt: skip


@pytest.mark.parametrize("what", REJECTIONS)
def test_rejections(story, what):
    happens, claim, kept = REJECTIONS[what]
    happens(story)
    verdicts, found = outcome(story, "statement.rejection", rejection=claim)
    assert found == ([] if kept is None else [("rejection", kept)])
    assert verdicts == ([Verdict.FAIL] if kept is False else [])


def test_a_rejection_that_is_not_stated_is_a_note(story):
    rejected(story, (1, 1, 7), CALLED, called="NOBODY")
    evidence = story.evidence(saying(rejection=stated(2, 3, 2, condition="too many")))
    assert facts("statement.rejection", evidence) == ["seen, not stated: an association rejected with 1/1/7 (a01)"]


def test_one_cause_is_one_finding_where_the_title_is_stated_to_be_checked(story):
    accepted(story, CALLED, called="NOBODY")
    claims = {"rejection": stated(1, 1, 7, condition="called"), "called-title-checked": {"checked": True}}
    verdicts, kept = outcome(story, "statement.rejection", **claims)
    assert (verdicts, kept) == ([], [("rejection", False)])
    assert outcome(story, "statement.titles-checked", **claims)[0] == [Verdict.FAIL]


# --- how many, and for how long ---------------------------------------------------------------------------------------


def held(story: Story, taken: int, refusal: p.PDU | str | None) -> None:
    """As many associations at a time as are taken, and then one that is not, in one way or another."""
    facts = {"disturbance": Way.SLOTS, "turn": 1, "service": "verification"}
    links = [story.associate(VERIFICATION, **facts) for _ in range(taken)]
    if isinstance(refusal, str):
        story.associate(VERIFICATION, answered=False, **facts).event(refusal, waiting="an answer", seconds=5)
    elif refusal is not None:
        story.associate(VERIFICATION, answer=refusal, **facts)
    for link in links:
        link.event("disturbance", way=Way.SLOTS, turn=1, ended_by="release")
        link.release()


FULL, UNKNOWN = p.AssociateRJ(2, 3, 2), p.AssociateRJ(1, 1, 3)
#: How many are taken, what becomes of the next one, how many are stated, what is seen of that, and what is said.
ROOMS: dict[str, tuple[int, p.PDU | str | None, int | None, bool | None, list[Verdict]]] = {
    "as many as stated": (3, FULL, 3, True, []),
    "fewer": (2, FULL, 3, False, [Verdict.FAIL]),
    "fewer, without an answer": (1, "timeout", 3, False, [Verdict.FAIL]),
    "more": (4, None, 3, True, [Verdict.WARN]),
    "more, and no room then": (5, FULL, 3, True, [Verdict.WARN]),
    "fewer were tried": (2, None, 3, None, []),
    "a title that is not known": (2, UNKNOWN, 3, None, []),
    "we broke it off": (2, "interrupted", 3, None, []),
    "no limit, all taken": (9, None, None, None, []),
    "no limit, and soon no room": (3, FULL, None, False, [Verdict.FAIL]),
    "no limit, and at last no room": (9, FULL, None, None, []),
}


@pytest.mark.parametrize("what", ROOMS)
def test_how_many_at_a_time(story, what):
    taken, refusal, count, kept, verdicts = ROOMS[what]
    held(story, taken, refusal)
    found = outcome(story, "statement.maximum-associations", **{"maximum-associations": {"count": count}})
    assert found == (verdicts, [] if kept is None else [("maximum-associations", kept)])


def test_no_room_in_an_ordinary_exam_contradicts_the_number(story):
    link = story.associate(WORKLIST)
    story.associate(WORKLIST, answer=FULL)
    link.release()
    claim = {"maximum-associations": {"count": 3}}
    assert outcome(story, "statement.maximum-associations", **claim)[0] == [Verdict.FAIL]
    assert outcome(story, "statement.maximum-associations", **{"maximum-associations": {"count": 1}})[0] == []


def idle(story: Story, seconds: float, ended: bool) -> None:
    recorder = story.writer.recorder(
        initiator="harness", service="verification", host="127.0.0.1", port=104, called_ae="TARGET",
        calling_ae="SCANNER", disturbance=Way.IDLE_BEFORE_REQUEST)  # fmt: skip
    story.called.append("TARGET@127.0.0.1:104")
    recorder.event("disturbance", way=Way.IDLE_BEFORE_REQUEST, wait=seconds)
    recorder._began -= int(seconds * 1e9)
    if ended:
        recorder.event("closed-by-peer")
    else:
        recorder.event("timeout", waiting="the end of an idle connection", seconds=seconds)
    recorder.close()


#: After how many s it is closed, or is not, and what is seen of 10 s and said.
TIMERS: dict[str, tuple[float, bool, bool | None, list[Verdict]]] = {
    "about that time": (12, True, True, []),
    "at once": (1, True, None, [Verdict.WARN]),
    "much later": (40, True, None, [Verdict.WARN]),
    "not while we waited": (5, False, None, []),
    "not for a long time": (40, False, None, [Verdict.WARN]),
}


@pytest.mark.parametrize("what", TIMERS)
def test_artim(story, what):
    seconds, ended, kept, verdicts = TIMERS[what]
    idle(story, seconds, ended)
    found = outcome(story, "statement.artim")
    assert found == (verdicts, [] if kept is None else [("artim-timeout", kept)])
