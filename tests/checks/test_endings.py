"""Checks of how associations end against hand-made conversations: what is permitted is no fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.endings as module
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Level, Verdict
from scansim.wire import pdu as p
from tests.support.building import COMMITMENT, WORKLIST, Link, Story, deviations, observe, verdict

PASS, FAIL, WARN, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE
IDS = sorted(check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__)


def asked(story: Story) -> Link:
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", Dataset())
    return link


def ended(story: Story, *pdus: p.PDU, events: tuple[str, ...] = (), release: bool = True) -> None:
    """An answered query, after which the target does this in place of A-RELEASE-RP."""
    link = asked(story)
    link.answer(0)
    if release:
        link.pdu(p.ReleaseRQ(), sent=True)
    for pdu in pdus:
        link.pdu(pdu, sent=False)
    for event in events:
        link.event(event)


def reset(story: Story, *, release: bool = False) -> None:
    """An answered query, and an RST."""
    link = asked(story)
    link.answer(0)
    if release:
        link.pdu(p.ReleaseRQ(), sent=True)
    link.event("connection-lost", reason="Connection reset by peer", by_peer=True)


def overran(story: Story, *, bound: str) -> None:
    """Messages in place of A-RELEASE-RP, until a bound of ours."""
    link = asked(story)
    link.answer(0)
    link.pdu(p.ReleaseRQ(), sent=True)
    for _ in range(3):
        link.answer(0xFF00, Dataset())
    link.event("overrun", waiting="A-RELEASE-RP", bound=bound, seconds=10.0, messages=3, bytes=300, limit=10.0)
    link.pdu(p.Abort(0, 0), sent=True)


def cancelled(story: Story) -> None:
    """A cancelled query that ended, and an abort while nothing is under way."""
    link = asked(story)
    link.ask("C-CANCEL-RQ")
    link.answer(0xFE00)
    link.abort()


def half(story: Story, *events: str) -> Link:
    """A first fragment of ours behind an answered query."""
    link = asked(story)
    link.answer(0)
    link.pdu(p.PData((p.PDV(1, True, False, b"ab"),)), sent=True)
    for event in events:
        link.event(event)
    return link


def collision(story: Story) -> None:
    link = asked(story)
    link.answer(0)
    for sent in (True, False):
        link.pdu(p.ReleaseRQ(), sent=sent)
    for sent in (True, False):
        link.pdu(p.ReleaseRP(), sent=sent)


def released_by_target(story: Story) -> None:
    link = asked(story)
    link.answer(0)
    link.pdu(p.ReleaseRQ(), sent=False)
    link.pdu(p.ReleaseRP(), sent=True)
    link.event("closed-by-peer")


def gave_up(story: Story) -> None:
    """We abort: no fault of the target by itself, also when it answers in kind."""
    link = asked(story)
    link.event("timeout", waiting="the response", seconds=1)
    link.pdu(p.Abort(0, 0), sent=True)
    link.pdu(p.Abort(0, 0), sent=False)


def spoke_behind(story: Story) -> None:
    """We send something behind A-RELEASE-RP, which calls for an abort (PS3.8 9.2, Sta13)."""
    link = asked(story)
    link.answer(0)
    link.pdu(p.ReleaseRQ(), sent=True)
    link.pdu(p.ReleaseRP(), sent=False)
    link.pdu(p.AssociateRQ("A", "B", ()), sent=True)
    link.pdu(p.Abort(2, 2), sent=False)


def reported(story: Story, *, source: int) -> None:
    """The target reports, takes our answer, and aborts."""
    link = story.associate(COMMITMENT, by_target=True)
    link.ask("N-EVENT-REPORT-RQ", Dataset(), sent=False)
    link.answer(0, sent=True)
    link.abort(source=source)


RP, RQ = p.ReleaseRP(), p.ReleaseRQ()
RIGHT: dict[str, Callable[[Story], object]] = {
    "ordinary": lambda s: ended(s, RP),
    "closed at once after the release": lambda s: ended(s, RP, events=("closed-by-peer",)),
    "both release at once": collision,
    "the target releases": released_by_target,
    "we give up": gave_up,
    "an abort that we brought about behind the release": spoke_behind,
    "closed after a rejection": lambda s: s.associate(WORKLIST, answer=p.AssociateRJ(1, 1, 3)).event("closed-by-peer"),
    "closed while an answer was owed (told elsewhere)": lambda s: asked(s).event("closed-by-peer"),
    "closed while we were sending (told elsewhere)": lambda s: half(s, "connection-lost"),
    "our step was over while the release was waited for": lambda s: overran(s, bound="step"),
}

WRONG: list[tuple[str, str, Verdict, Callable[[Story], object]]] = [
    ("association.release", "nothing came", FAIL, lambda s: ended(s, events=("timeout",))),
    ("association.release", "closed", FAIL, lambda s: ended(s, events=("closed-by-peer",))),
    ("association.release", "reset", FAIL, lambda s: reset(s, release=True)),
    ("association.release", "broken", INCONCLUSIVE, lambda s: ended(s, events=("connection-lost",))),
    ("association.release", "a request for an association", FAIL, lambda s: ended(s, p.AssociateRQ("A", "B", ()))),
    ("association.release", "its own request, again and again", FAIL, lambda s: ended(s, RQ, RQ, RQ)),
    ("association.release", "messages without end", FAIL, lambda s: overran(s, bound="operation")),
    ("association.nothing-after-release", "abort by the user", FAIL, lambda s: ended(s, RP, p.Abort(0, 0))),
    ("association.nothing-after-release", "abort by the provider", FAIL, lambda s: ended(s, RP, p.Abort(2, 2))),
    ("association.nothing-after-release", "a second answer", FAIL, lambda s: ended(s, RP, RP)),
    ("association.no-abort", "in answer to the release", WARN, lambda s: ended(s, p.Abort(0, 0))),
    ("association.no-abort", "in answer to the release, by the provider", WARN, lambda s: ended(s, p.Abort(2, 0))),
    ("association.no-abort", "while idle", WARN, lambda s: ended(s, p.Abort(0, 0), release=False)),
    ("association.no-abort", "while idle after a cancel", WARN, cancelled),
    ("association.no-abort", "after our answer to a report", WARN, lambda s: reported(s, source=2)),
    ("association.no-abort", "with an answer owed", FAIL, lambda s: asked(s).abort(source=2, reason=6)),
    ("association.no-abort", "before our message was whole", FAIL, lambda s: half(s).abort()),
    ("association.abort-defined", "source 1", FAIL, lambda s: asked(s).abort(source=1, reason=3)),
    ("association.abort-defined", "reason 3", FAIL, lambda s: asked(s).abort(source=2, reason=3)),
    ("association.abort-defined", "no association yet", FAIL, lambda s: s.associate(answer=p.Abort(3, 0))),
    ("association.abort-defined", "a reason of the user", WARN, lambda s: asked(s).abort(source=0, reason=2)),
    (
        "association.closed-with-a-word",
        "closed while idle",
        WARN,
        lambda s: ended(s, events=("closed-by-peer",), release=False),
    ),
    (
        "association.closed-with-a-word",
        "reset while idle",
        WARN,
        reset,
    ),
    (
        "association.closed-with-a-word",
        "broken while idle",
        INCONCLUSIVE,
        lambda s: ended(s, events=("connection-lost",), release=False),
    ),
]


def evidence(tmp_path, build: Callable[[Story], object]) -> Evidence:
    story = Story(tmp_path)
    build(story)
    return story.evidence()


@pytest.mark.parametrize("what", RIGHT)
def test_right_endings_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found) for check in IDS} == {check: [] for check in IDS}


def test_the_ordinary_ending_gives_every_check_something_to_see(tmp_path):
    found = evidence(tmp_path, RIGHT["ordinary"])
    assert {check: verdict(check, found) for check in IDS} == dict.fromkeys(IDS, PASS)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_endings_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_an_ending_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


def test_an_abort_in_answer_to_the_release_is_permitted(tmp_path):
    """R2-10, PS3.8 7.2.2.2: WARN of one check, and the release itself is no fault."""
    found = evidence(tmp_path, lambda s: ended(s, p.Abort(0, 0)))
    assert {check: seen for check in IDS if (seen := deviations(check, found))} == {
        "association.no-abort": [("WARN", None)]
    }
    (seen,) = observe("association.no-abort", found)
    assert (seen.actual, seen.level) == ("A-ABORT, source 0, reason 0, in answer to A-RELEASE-RQ", Level.SHOULD)


def test_an_abort_of_the_first_request_says_that_we_may_have_to_be_registered(tmp_path):
    """Orthanc drops a commitment request of an AE title that it has no address for (targets.md, 3)."""
    (seen,) = observe("association.no-abort", evidence(tmp_path, lambda s: asked(s).abort(source=0, reason=0)))
    assert "SCANNER may have to be registered at the target" in seen.hint

    def later(story):
        link = asked(story)
        link.answer(0x0000)
        link.ask("C-ECHO-RQ")
        link.abort(source=0, reason=0)

    (seen,) = [each for each in observe("association.no-abort", evidence(tmp_path, later)) if each.verdict is FAIL]
    assert seen.hint == ""  # it knows us: it has answered before


def test_a_lost_answer_is_one_deviation(tmp_path):
    """Aborted, the check of aborts tells; closed, the check of responses."""
    told = ("association.no-abort", "association.closed-with-a-word", "dimse.response-received")
    aborted = evidence(tmp_path, lambda s: asked(s).abort())
    assert [len(deviations(check, aborted)) for check in told] == [1, 0, 0]
    closed = evidence(tmp_path, lambda s: asked(s).event("closed-by-peer"))
    assert [len(deviations(check, closed)) for check in told] == [0, 0, 1]


@pytest.mark.parametrize(
    ("source", "reason", "wanted"),
    [
        (0, 0, PASS),
        *[(0, reason, WARN) for reason in (1, 9)],  # not significant of a service user
        *[(2, reason, PASS) for reason in (0, 1, 2, 4, 5, 6)],
        *[(2, reason, FAIL) for reason in (3, 7)],
        *[(source, 0, FAIL) for source in (1, 3)],
    ],
)
def test_the_numbers_of_an_abort(tmp_path, source, reason, wanted):
    """PS3.8 Table 9-26."""
    found = evidence(tmp_path, lambda s: asked(s).abort(source=source, reason=reason))
    assert verdict("association.abort-defined", found) is wanted
