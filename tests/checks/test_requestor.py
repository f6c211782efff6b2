"""Checks of the target as requestor: what it opens to us, with and without a report of the run."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.requestor as module
from scanproof.check import _CHECKS, Observation
from scanproof.declarations import Declarations
from scanproof.evidence import RunEvidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, Link, Story

PASS, FAIL, WARN = Verdict.PASS, Verdict.FAIL, Verdict.WARN
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)
SITE = {"commitment": {"ae": "TARGET", "host": "127.0.0.1"}, "storage": {"ae": "OTHER", "host": "192.0.2.7"}}
ROLE = {"user": p.UserInformation(16384, "1.2.3", roles=(p.RoleSelection(COMMITMENT, 0, 1),))}
JPEG = "1.2.840.10008.1.2.4.50"


def proposing(*contexts: tuple[int, str, tuple[str, ...]], **more: Any) -> dict[str, Any]:
    return {**ROLE, "contexts": tuple(p.ProposedContext(*context) for context in contexts), **more}


def opened(story: Story, *classes: str, rq: dict[str, Any] | None = None, **how: Any) -> Link:
    return story.associate(
        *(classes or (COMMITMENT,)), service="commitment", by_target=True, rq=ROLE if rq is None else rq, **how
    )


def pinged(story: Story, rq: dict[str, Any] | None = None, **how: Any) -> None:
    link = opened(story, VERIFICATION, rq=rq, **how)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(0, sent=True)
    link.release()


def reported(story: Story, transaction: str | None = "2.25.9", rq: dict[str, Any] | None = None) -> None:
    ds = Dataset()
    if transaction is not None:
        ds.TransactionUID = transaction
    link = opened(story, rq=rq)
    link.ask("N-EVENT-REPORT-RQ", ds, sent=False)
    link.answer(0, sent=True)
    link.release()


def malformed(story: Story) -> None:
    """No context at all: its User Information follows the Application Context."""
    rq = p.AssociateRQ("SCANNER", "TARGET", (), p.UserInformation(16384, "1.2.3"))
    link = opened(story, rq={"contexts": ()}, answer=p.AssociateRJ(1, 2, 1))
    assert p.encode(rq)
    link.event("closed-by-peer")


ALONE = (COMMITMENT, VERIFICATION)
RIGHT: dict[str, Callable[[Story], object]] = {
    "no limit": lambda s: pinged(s, rq={"user": p.UserInformation(0, "1.2.3")}),
    "a ping": pinged,
    "a report of another run": reported,
    "both roles": lambda s: reported(
        s, rq={"user": p.UserInformation(16384, "1.2.3", roles=(p.RoleSelection(COMMITMENT, 1, 1),))}
    ),
    "a class in two contexts, the default in one": lambda s: pinged(
        s, rq=proposing((1, VERIFICATION, (EXPLICIT_LITTLE,)), (255, VERIFICATION, (IMPLICIT_LITTLE,)))
    ),
    "images, which we refuse": lambda s: opened(
        s, rq=proposing((1, CT_IMAGE, (JPEG,))), ac={"contexts": (p.ContextResult(1, 3, IMPLICIT_LITTLE),)}
    ).release(),
}
WRONG: list[tuple[str, str, Verdict, Callable[[Story], object]]] = [
    (
        "association.proposed-ids",
        "even",
        FAIL,
        lambda s: pinged(s, rq=proposing((2, VERIFICATION, (IMPLICIT_LITTLE,)))),
    ),
    (
        "association.proposed-ids",
        "zero",
        FAIL,
        lambda s: pinged(s, rq=proposing((0, VERIFICATION, (IMPLICIT_LITTLE,)))),
    ),
    (
        "association.proposed-ids",
        "twice",
        FAIL,
        lambda s: pinged(s, rq=proposing(*[(1, VERIFICATION, (IMPLICIT_LITTLE,))] * 2)),
    ),
    *[
        (
            "association.default-syntax-proposed",
            f"{uid} in {syntax} only",
            FAIL,
            lambda s, uid=uid, syntax=syntax: pinged(
                s, rq=proposing((1, uid, (syntax,)), (3, ALONE[uid == COMMITMENT], (IMPLICIT_LITTLE,)))
            ),
        )
        for uid in ALONE
        for syntax in (EXPLICIT_LITTLE, EXPLICIT_BIG, JPEG)
    ],
    (
        "association.room-for-answers",
        "none",
        WARN,
        lambda s: pinged(s, rq={"user": p.UserInformation(7, "1.2.3")}),
    ),
    ("association.stray-well-formed", "no context", FAIL, malformed),
    ("association.calls-our-title", "another", WARN, lambda s: pinged(s, rq={"called_ae": "SOMEBODY"})),
    ("association.calls-our-title", "none", WARN, lambda s: pinged(s, rq={"called_ae": ""})),
    (
        "commitment.stray-role",
        "a report without a role",
        FAIL,
        lambda s: reported(s, rq={"user": p.UserInformation(16384, "1.2.3")}),
    ),
    (
        "commitment.stray-role",
        "a report as SCU",
        FAIL,
        lambda s: reported(
            s, rq={"user": p.UserInformation(16384, "1.2.3", roles=(p.RoleSelection(COMMITMENT, 1, 0),))}
        ),
    ),
    (
        "commitment.stray-role",
        "nothing",
        WARN,
        lambda s: opened(s, rq={"user": p.UserInformation(16384, "1.2.3")}).release(),
    ),
    ("commitment.stray-transaction", "without", FAIL, lambda s: reported(s, None)),
    ("association.brings-something", "nothing", WARN, lambda s: opened(s).release()),
    ("association.brings-something", "an abort", WARN, lambda s: opened(s).abort()),
]


def run(tmp_path, build: Callable[[Story], object], *, stray: bool = True, **facts: Any) -> RunEvidence:
    exam = Story(tmp_path, site=SITE, listener={"ae": "LISTENER"})
    exam.associate(COMMITMENT, service="commitment").release()
    strays = Story(tmp_path, id="_strays", site=SITE, listener={"ae": "LISTENER"})
    build(strays if stray else exam)
    return RunEvidence((exam.evidence(),), Declarations(), strays.evidence() if stray else None)


def told(evidence: RunEvidence) -> dict[str, list[Observation]]:
    seen = {check: list(_CHECKS[check].function(evidence)) for check in IDS}
    return {check: wrong for check, found in seen.items() if (wrong := [o for o in found if o.verdict is not PASS])}


@pytest.mark.parametrize("what", RIGHT)
def test_right_associations_pass(tmp_path, what):
    assert told(run(tmp_path, RIGHT[what])) == {}


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_associations_are_told_by_one_check(tmp_path, check, what, wanted, build):
    found = told(run(tmp_path, build))
    assert {each: [o.verdict for o in seen] for each, seen in found.items()} == {check: [wanted]}
    (seen,) = found[check]
    assert seen.party == "commitment TARGET@127.0.0.1"
    assert (seen.scenario, seen.where) == ("", "_strays/a01")


def test_every_check_has_an_association_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


@pytest.mark.parametrize("build", [case[3] for case in WRONG], ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_a_stranger_is_charged_with_nothing(tmp_path, build):
    """On this machine anybody may call: nothing but the AE title says who it is."""

    def strange(story: Story) -> None:
        associate = story.associate
        story.associate = lambda *classes, rq=None, **how: associate(  # type: ignore[method-assign]
            *classes, rq={**(rq or {}), "calling_ae": "STRANGER"}, **how
        )
        build(story)

    assert told(run(tmp_path, strange)) == {}


def test_another_title_from_a_host_of_the_site_is_the_site(tmp_path):
    def build(story: Story) -> None:
        pinged(story, rq={"calling_ae": "X", "called_ae": "SOMEBODY"}, host="192.0.2.7")

    assert list(told(run(tmp_path, build))) == ["association.calls-our-title"]


def test_what_brought_a_report_is_judged_in_its_scenario(tmp_path):
    rq = proposing((1, COMMITMENT, (EXPLICIT_LITTLE,)), calling_ae="ANYBODY")
    found = told(run(tmp_path, lambda s: reported(s, rq=rq), stray=False))
    assert list(found) == ["association.default-syntax-proposed"]
    (seen,) = found["association.default-syntax-proposed"]
    assert (seen.verdict, seen.scenario, seen.where) == (FAIL, "unit", "a02")


def test_garbage_is_nobodys(tmp_path):
    def build(story: Story) -> None:
        link = Link(story.writer.recorder(initiator="target", host="127.0.0.1", port=1), {}, False)
        story.links.append(link)
        link.raw(b"GET / HTTP/1.0\r\n\r\n", sent=False)
        link.raw(struct.pack(">BxI", 1, 3), sent=False)

    assert told(run(tmp_path, build)) == {}


@pytest.mark.parametrize("event", ["overrun", "turned-away"])
def test_what_we_ended_could_bring_nothing_more(tmp_path, event):
    def build(story: Story) -> None:
        link = opened(story, rq={"user": p.UserInformation(16384, "1.2.3")})
        link.event(event)

    assert told(run(tmp_path, build)) == {}


def test_what_we_rejected_could_bring_nothing(tmp_path):
    def build(story: Story) -> None:
        opened(story, rq={"user": p.UserInformation(16384, "1.2.3")}, answer=p.AssociateRJ(1, 2, 2))

    assert told(run(tmp_path, build)) == {}


def test_each_of_our_titles_may_be_called(tmp_path):
    exam = Story(tmp_path, site=SITE, listener={"ae": "LISTENER", "titles": ["CT1", "LISTENER"]})
    exam.associate(COMMITMENT, service="commitment").release()
    strays = Story(tmp_path, id="_strays", site=SITE)
    pinged(strays, rq={"called_ae": "CT1"})
    assert told(RunEvidence((exam.evidence(),), Declarations(), strays.evidence())) == {}
