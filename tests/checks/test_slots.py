"""Checks of who is let in over a whole run: slots that are not given back, and titles that are forgotten."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import scanproof.checks.slots as module
from scanproof.check import _CHECKS
from scanproof.evidence import RunEvidence
from scanproof.finding import Verdict
from scansim.wire import pdu as p
from tests.support.building import VERIFICATION, WORKLIST, Story, observe, verdict

PASS, FAIL, WARN, NOT_APPLICABLE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOT_APPLICABLE
SLOTS, AGAIN = "association.slots-given-back", "association.admitted-again"


def ended(story: Story, count: int = 1, **how) -> None:
    for _ in range(count):
        story.associate(WORKLIST, VERIFICATION, **how).release()
        story.wait(1)


def rejected(story: Story, *numbers: int, **how) -> None:
    classes = how.pop("classes", (WORKLIST, VERIFICATION))
    story.associate(*classes, answer=p.AssociateRJ(*numbers), **how).event("closed-by-peer")
    story.wait(1)


def while_open(story: Story) -> None:
    link = story.associate(WORKLIST)
    rejected(story, 2, 3, 2)
    link.release()


#: What happens, and what the two checks say of it.
CASES: dict[str, tuple[Callable[[Story], object], Verdict, Verdict]] = {
    "all let in": (lambda s: ended(s, 3), PASS, PASS),
    "one alone": (ended, PASS, PASS),
    "full from the fifth on": (lambda s: (ended(s, 4), rejected(s, 2, 3, 2), rejected(s, 2, 3, 2)), WARN, PASS),
    "congested once": (lambda s: (ended(s), rejected(s, 2, 3, 1), ended(s)), WARN, PASS),
    "full from the first on": (lambda s: rejected(s, 2, 3, 2), NOT_APPLICABLE, NOT_APPLICABLE),
    "full while we hold one": (while_open, PASS, PASS),
    "full at another address": (lambda s: (ended(s), rejected(s, 2, 3, 2, port=105)), PASS, PASS),
    "turned away for the moment for another reason": (lambda s: (ended(s), rejected(s, 2, 1, 1)), PASS, PASS),
    "titles forgotten, ours": (lambda s: (ended(s), rejected(s, 1, 1, 3)), PASS, FAIL),
    "titles forgotten, its own": (lambda s: (ended(s), rejected(s, 1, 1, 7)), PASS, FAIL),
    "titles never known": (lambda s: rejected(s, 1, 1, 3), NOT_APPLICABLE, NOT_APPLICABLE),
    "another title of ours": (
        lambda s: (ended(s), rejected(s, 1, 1, 3, rq={"calling_ae": "STRANGER"})),
        PASS,
        PASS,
    ),
    "the same at another address": (lambda s: (ended(s), rejected(s, 1, 1, 3, port=105)), PASS, PASS),
    "the very same request rejected for good": (lambda s: (ended(s), rejected(s, 1, 1, 1)), PASS, FAIL),
    "nothing that it takes among what was proposed": (
        lambda s: (ended(s), rejected(s, 1, 1, 1, classes=(WORKLIST,))),
        PASS,
        PASS,
    ),
    "another application context": (
        lambda s: (ended(s), rejected(s, 1, 1, 2, rq={"application_context": "1.2.3"})),
        PASS,
        PASS,
    ),
}


def test_each_check_has_a_case():
    assert {check.id for check in _CHECKS.values() if check.function.__module__ == module.__name__} == {SLOTS, AGAIN}


@pytest.mark.parametrize("what", CASES)
def test_who_is_let_in(tmp_path, what):
    build, slots, again = CASES[what]
    story = Story(tmp_path)
    build(story)
    evidence = story.evidence()
    assert (verdict(SLOTS, evidence), verdict(AGAIN, evidence)) == (slots, again)


def test_the_cause_is_named_with_its_numbers(tmp_path):
    story = Story(tmp_path)
    ended(story, 4)
    for _ in range(3):
        rejected(story, 2, 3, 2)
    (seen,) = observe(SLOTS, story.evidence())
    assert seen.actual == "rejected with 2/3/2 from the 5th association on; 3 in all; none was open"
    assert (seen.scenario, seen.where) == ("unit", "a05")


def test_it_is_the_run_that_is_judged(tmp_path):
    first = Story(tmp_path, id="first", started="2026-01-02T10:00:00+00:00")
    ended(first, 2)
    second = Story(tmp_path, id="second", started="2026-01-02T10:05:00+00:00")
    rejected(second, 2, 3, 2)
    run = RunEvidence((second.evidence(), first.evidence()))  # in the order of time, not in that of the scenarios
    (seen,) = _CHECKS[SLOTS].function(run)
    assert (seen.verdict, seen.scenario) == (WARN, "second")
    assert "from the 3rd association on" in seen.actual


def test_an_exam_at_the_same_time_may_have_held_one(tmp_path):
    stories = [Story(tmp_path, id=f"exam-{n}", started=f"2026-01-02T10:00:0{n}+00:00") for n in (0, 1)]
    ended(stories[1])
    stories[1].wait(5)
    link = stories[0].associate(WORKLIST)
    rejected(stories[1], 2, 3, 2)
    stories[0].wait(10)
    link.release()
    evidence = RunEvidence(tuple(story.evidence() for story in stories))
    assert [each.verdict for each in _CHECKS[SLOTS].function(evidence)] == [PASS]


def test_a_clock_that_was_put_back_accuses_nobody(tmp_path):
    """Rejected first, let in afterwards; by the clock on the wall it is the other way round, and no title forgotten."""
    first = Story(tmp_path, id="first", started="2026-01-02T10:00:00+00:00", began_ns=0)
    rejected(first, 1, 1, 3)
    second = Story(tmp_path, id="second", started="2026-01-01T10:00:00+00:00", began_ns=5_000_000_000)
    ended(second, 2)
    run = RunEvidence((first.evidence(), second.evidence()))
    assert FAIL not in [each.verdict for each in _CHECKS[AGAIN].function(run)]
    # in older transcripts the wall is all there is
    older = Story(tmp_path, id="older", started="2026-01-02T10:00:00+00:00")
    rejected(older, 1, 1, 3)
    before = Story(tmp_path, id="before", started="2026-01-01T10:00:00+00:00")
    ended(before, 2)
    of_older = RunEvidence((older.evidence(), before.evidence()))
    assert FAIL in [each.verdict for each in _CHECKS[AGAIN].function(of_older)]
