"""Checks of negotiation against hand-made conversations: right ones pass, also unusual ones, and each fault is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import scanproof.checks.negotiation as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, WORKLIST, Story, deviations, observe, verdict

PASS, FAIL, WARN, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)
USER = p.UserInformation(16384, "1.2.3", "V1")


def user(**changes) -> dict[str, p.UserInformation]:
    return {"user": p.UserInformation(**{"max_length": 16384, "implementation_class_uid": "1.2.3", **changes})}


def contexts(*results: tuple[int, int, str | None]) -> dict[str, tuple[p.ContextResult, ...]]:
    return {"contexts": tuple(p.ContextResult(*result) for result in results)}


def talk(story: Story, *classes: str, **how) -> None:
    story.associate(*(classes or (WORKLIST, VERIFICATION)), **how).release()


def spoken(story: Story) -> None:
    """The peer has shown on an earlier association that it is a DICOM node."""
    talk(story)


def raw_answer(story: Story, data: bytes) -> None:
    story.associate(WORKLIST, answered=False).raw(data, sent=False)


def silent(story: Story, *events: str) -> None:
    link = story.associate(WORKLIST, answered=False)
    for event in events:
        link.event(event)


def explicit_only(*proposed: tuple[int, str]) -> dict[str, tuple[p.ProposedContext, ...]]:
    return {"contexts": tuple(p.ProposedContext(number, uid, (EXPLICIT_LITTLE,)) for number, uid in proposed)}


RIGHT: dict[str, Callable[[Story], None]] = {
    "ordinary": talk,
    "a refusal of each kind": lambda s: talk(
        s,
        *[WORKLIST, VERIFICATION, CT_IMAGE, COMMITMENT],
        ac=contexts((1, 1, IMPLICIT_LITTLE), (3, 2, IMPLICIT_LITTLE), (5, 3, ""), (7, 1, "1.2.3.4")),
    ),
    "results in another order": lambda s: talk(s, ac=contexts((3, 0, IMPLICIT_LITTLE), (1, 0, EXPLICIT_LITTLE))),
    "no limit": lambda s: talk(s, ac=user(max_length=0)),
    "a large limit": lambda s: talk(s, ac=user(max_length=2**32 - 1)),
    "the smallest limit": lambda s: talk(s, ac=user(max_length=8)),
    "no version name": lambda s: talk(s, ac=user(implementation_version=None)),
    "a UID of 64 characters": lambda s: talk(s, ac=user(implementation_class_uid="1." + "2" * 62)),
    "other sub-items": lambda s: talk(s, ac=user(other=((0x60, b"\0\0"),))),
    "result 4 where the default syntax was not among the proposed": lambda s: talk(
        s, rq=explicit_only((1, WORKLIST)), ac=contexts((1, 4, EXPLICIT_LITTLE))
    ),
    "result 4 for one context of a class of which another one was accepted": lambda s: talk(
        s, CT_IMAGE, CT_IMAGE, ac=contexts((1, 4, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE))
    ),
    "result 3 to one with the default syntax": lambda s: talk(
        s, ac=contexts((1, 3, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE))
    ),
    "a later protocol version": lambda s: talk(s, ac={"protocol_version": 3}),
    "an association of the target": lambda s: talk(s, COMMITMENT, by_target=True, rq=user(max_length=4)),
    **{
        f"rejected {numbers}": lambda s, numbers=numbers: talk(s, answer=p.AssociateRJ(*numbers))
        for numbers in [(1, 1, 2), (1, 1, 3), (1, 1, 7), (2, 1, 7), (1, 2, 1), (1, 2, 2), (2, 3, 1), (1, 3, 2)]
    },
}

WRONG: list[tuple[str, str, Verdict, Callable[[Story], None]]] = [
    ("association.application-context", "absent", FAIL, lambda s: talk(s, ac={"application_context": None})),
    ("association.application-context", "another", WARN, lambda s: talk(s, ac={"application_context": "1.2.3"})),
    ("association.context-results", "one missing", FAIL, lambda s: talk(s, ac=contexts((1, 0, EXPLICIT_LITTLE)))),
    (
        "association.context-results",
        "one twice",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 0, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE))),
    ),
    (
        "association.context-results",
        "one invented",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 0, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE), (5, 3, EXPLICIT_LITTLE))),
    ),
    (
        "association.context-result-defined",
        "five",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 5, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE))),
    ),
    (
        "association.accepted-syntax-offered",
        "another one",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 0, "1.2.840.10008.1.2.4.70"), (3, 0, EXPLICIT_LITTLE))),
    ),
    (
        "association.accepted-syntax-offered",
        "none",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 0, None), (3, 0, EXPLICIT_LITTLE))),
    ),
    (
        "association.rejected-context-item",
        "none",
        WARN,
        lambda s: talk(s, ac=contexts((1, 0, EXPLICIT_LITTLE), (3, 3, None))),
    ),
    (
        "association.implementation-class-uid",
        "a zero",
        FAIL,
        lambda s: talk(s, ac=user(implementation_class_uid="1.2.03")),
    ),
    ("association.implementation-class-uid", "absent", FAIL, lambda s: talk(s, ac=user(implementation_class_uid=None))),
    ("association.implementation-class-uid", "empty", FAIL, lambda s: talk(s, ac=user(implementation_class_uid=""))),
    ("association.implementation-class-uid", "words", FAIL, lambda s: talk(s, ac=user(implementation_class_uid="1.x"))),
    (
        "association.implementation-class-uid",
        "65 characters",
        FAIL,
        lambda s: talk(s, ac=user(implementation_class_uid="1." + "2" * 63)),
    ),
    ("association.max-length-item", "absent", FAIL, lambda s: talk(s, ac=user(max_length=None))),
    ("association.max-length-item", "no room", WARN, lambda s: talk(s, ac=user(max_length=7))),
    (
        "association.default-syntax-accepted",
        "result 4 to all that Implicit VR Little Endian was among",
        FAIL,
        lambda s: talk(s, ac=contexts((1, 4, EXPLICIT_LITTLE), (3, 0, EXPLICIT_LITTLE))),
    ),
    ("association.accepted-version", "version 2 alone", FAIL, lambda s: talk(s, ac={"protocol_version": 2})),
    (
        "association.default-syntax-accepted",
        "result 4 to Verification alone",
        FAIL,
        lambda s: talk(s, VERIFICATION, ac=contexts((1, 4, IMPLICIT_LITTLE))),
    ),
    *[
        (
            "association.echoed-fields",
            f"other {name}",
            WARN,
            lambda s, name=name, value=value: talk(s, ac={name: value}),
        )
        for name, value in [
            ("called_ae", ""),
            ("called_ae", "pacs"),
            ("calling_ae", "TARGET"),
            ("reserved", b"\1".ljust(32, b"\0")),
        ]
    ],
]


def evidence(tmp_path, build: Callable[[Story], None]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_conversations_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    for check in IDS:
        assert deviations(check, found) == []
    expected = Verdict.NOT_APPLICABLE if what == "an association of the target" else PASS
    assert verdict("association.answered-properly", found) is expected


def test_the_ordinary_conversation_gives_every_check_something_to_see(tmp_path):
    found = evidence(tmp_path, talk)
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_conversations_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_a_conversation_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


def test_a_connection_that_never_came_about_is_judged_by_nobody(tmp_path):
    story = Story(tmp_path)
    recorder = story.writer.recorder(initiator="harness", host="h", port=1)
    recorder.event("connect-failed", reason="refused")
    recorder.close()
    found = story.evidence()
    assert [verdict(check, found) for check in IDS] == [Verdict.NOT_APPLICABLE] * len(IDS)


def test_what_another_program_says_is_shown_from_its_first_byte(tmp_path):
    found = evidence(tmp_path, lambda s: raw_answer(s, b"HTTP/1.1 400 Bad Request"))
    (seen,) = observe("association.answered-properly", found)
    assert "HTTP/1.1 400 Bad Request" in seen.actual


def test_a_request_that_was_cut_off_by_the_end_of_the_run_says_nothing(tmp_path):
    story = Story(tmp_path)
    story.associate(VERIFICATION, answered=False)
    assert observe("association.answered-properly", story.evidence()) == []
