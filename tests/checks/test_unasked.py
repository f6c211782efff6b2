"""Checks of User Information in answers: what was asked for may be answered, what was not may not."""

from __future__ import annotations

import struct
from collections.abc import Callable

import pytest

import scanproof.checks.unasked as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from tests.support.building import COMMITMENT, STUDY_ROOT_FIND, VERIFICATION, WORKLIST, Story, deviations, verdict

PASS, FAIL, WARN = Verdict.PASS, Verdict.FAIL, Verdict.WARN
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)
ROLE = p.RoleSelection(COMMITMENT, 1, 0)


def user(**changes) -> dict[str, p.UserInformation]:
    return {"user": p.UserInformation(**{"max_length": 16384, "implementation_class_uid": "1.2.3", **changes})}


def extended(*classes: str) -> dict[str, p.UserInformation]:
    return user(other=tuple((0x56, struct.pack(">H", len(uid)) + uid.encode() + b"\1") for uid in classes))


def identity(wanted: int) -> dict[str, p.UserInformation]:
    return user(other=((0x58, bytes((1, wanted)) + b"\0\1a\0\0"),))


ANSWER = user(other=((0x59, b"\0\0"),))


def talk(story: Story, *classes: str, **how) -> None:
    story.associate(*(classes or (WORKLIST, COMMITMENT, VERIFICATION)), **how).release()


RIGHT: dict[str, Callable[[Story], None]] = {
    "ordinary": talk,
    "a window that was proposed": lambda s: talk(s, rq=user(async_window=(8, 8)), ac=user(async_window=(8, 1))),
    "a window answered to no limit": lambda s: talk(s, rq=user(async_window=(0, 0)), ac=user(async_window=(5, 0))),
    "a window not answered": lambda s: talk(s, rq=user(async_window=(0, 0))),
    "a role granted": lambda s: talk(s, COMMITMENT, rq=user(roles=(ROLE,)), ac=user(roles=(ROLE,))),
    "a role not answered": lambda s: talk(s, COMMITMENT, rq=user(roles=(ROLE,))),
    "a role refused": lambda s: talk(
        s, COMMITMENT, rq=user(roles=(ROLE,)), ac=user(roles=(p.RoleSelection(COMMITMENT, 0, 0),))
    ),
    "extended negotiation answered": lambda s: talk(s, rq=extended(WORKLIST), ac=extended(WORKLIST)),
    "extended negotiation not answered": lambda s: talk(s, rq=extended(WORKLIST)),
    "an identity answered": lambda s: talk(s, rq=identity(1), ac=ANSWER),
    "an identity not answered, as it is not supported": lambda s: talk(s, rq=identity(1)),
    "an unknown sub-item, which receivers skip": lambda s: talk(s, ac=user(other=((0x60, b"?"),))),
    "what a target proposes itself": lambda s: talk(
        s, WORKLIST, COMMITMENT, by_target=True, rq=extended(WORKLIST) | {"protocol_version": 1}
    ),
}

WRONG: list[tuple[str, str, Verdict, Callable[[Story], None]]] = [
    ("association.async-window", "not proposed", FAIL, lambda s: talk(s, ac=user(async_window=(1, 1)))),
    (
        "association.async-window",
        "above",
        FAIL,
        lambda s: talk(s, rq=user(async_window=(8, 8)), ac=user(async_window=(8, 9))),
    ),
    (
        "association.async-window",
        "no limit to a limit",
        FAIL,
        lambda s: talk(s, rq=user(async_window=(8, 8)), ac=user(async_window=(0, 8))),
    ),
    ("association.role-selection", "not proposed", FAIL, lambda s: talk(s, COMMITMENT, ac=user(roles=(ROLE,)))),
    (
        "association.role-selection",
        "none at all, though none was proposed",
        FAIL,
        lambda s: talk(s, COMMITMENT, ac=user(roles=(p.RoleSelection(COMMITMENT, 0, 0),))),
    ),
    (
        "association.role-selection",
        "another role",
        FAIL,
        lambda s: talk(s, COMMITMENT, rq=user(roles=(ROLE,)), ac=user(roles=(p.RoleSelection(COMMITMENT, 1, 1),))),
    ),
    (
        "association.role-selection",
        "a role for another class",
        FAIL,
        lambda s: talk(s, rq=user(roles=(ROLE,)), ac=user(roles=(ROLE, p.RoleSelection(WORKLIST, 1, 0)))),
    ),
    (
        "association.role-selection",
        "no role for another class",
        WARN,
        lambda s: talk(s, rq=user(roles=(ROLE,)), ac=user(roles=(ROLE, p.RoleSelection(WORKLIST, 0, 0)))),
    ),
    ("association.extended-negotiation", "not proposed", FAIL, lambda s: talk(s, ac=extended(WORKLIST))),
    ("association.extended-negotiation", "malformed", FAIL, lambda s: talk(s, ac=user(other=((0x56, b"fuzzy"),)))),
    (
        "association.extended-negotiation",
        "for another class",
        WARN,
        lambda s: talk(s, rq=extended(WORKLIST), ac=extended(WORKLIST, STUDY_ROOT_FIND)),
    ),
    ("commitment.extended-negotiation", "not proposed", FAIL, lambda s: talk(s, ac=extended(COMMITMENT))),
    (
        "commitment.extended-negotiation",
        "proposed by us",
        FAIL,
        lambda s: talk(s, rq=extended(COMMITMENT), ac=extended(COMMITMENT)),
    ),
    (
        "commitment.extended-negotiation",
        "proposed by the target",
        WARN,
        lambda s: talk(s, COMMITMENT, by_target=True, rq=extended(COMMITMENT)),
    ),
    ("association.user-identity", "not presented", FAIL, lambda s: talk(s, ac=ANSWER)),
    ("association.user-identity", "no response wanted", WARN, lambda s: talk(s, rq=identity(0), ac=ANSWER)),
]


def evidence(tmp_path, build: Callable[[Story], None]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_answers_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found) for check in IDS} == {check: [] for check in IDS}


def test_the_ordinary_answer_gives_every_check_something_to_see(tmp_path):
    found = evidence(tmp_path, talk)
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_answers_are_told_by_exactly_one_check(tmp_path, check, what, wanted, build):
    """R2-11 and its kind: each item by the check that is about it."""
    found = evidence(tmp_path, build)
    assert {
        each: verdict(each, found) for each in IDS if verdict(each, found) not in (PASS, Verdict.NOT_APPLICABLE)
    } == {check: wanted}


def test_every_check_has_an_answer_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)
