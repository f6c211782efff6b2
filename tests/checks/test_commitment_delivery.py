"""How a report gets to a listener that is not at its best: tried again, the same again, once, and with its role."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.finding import Level, Verdict
from scanproof.judge import judge
from scansim.vocabulary.outcome import Cause, Happening, Outcome
from scansim.wire import pdu as p
from tests.support.building import COMMITMENT, CT_IMAGE, Story, facts, observe, stated, verdict

PASS, FAIL, WARN, NOTHING = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.NOT_APPLICABLE
ROLE, AGAIN, ONCE, SAME = CHECKS = (
    "commitment.role-confirmed",
    "commitment.sent-again",
    "commitment.reported-once",
    "commitment.same-report",
)
TRANSACTION, NEVER = "2.25.111", "1.2.3.9"
#: What our A-ASSOCIATE-AC has when it confirms no role.
WITHOUT_ROLE = {"user": p.UserInformation(16384, "2.25.1", "TEST")}
#: What it has when it turns the role down (PS3.7 D.3.3.4).
TURNED_DOWN = {"user": p.UserInformation(16384, "2.25.1", "TEST", roles=(p.RoleSelection(COMMITMENT, 0, 0),))}
WITH_ROLE = p.UserInformation(16384, "2.25.1", "TEST", roles=(p.RoleSelection(COMMITMENT, 0, 1),))


def content(reason: int | None = None, transaction: str = TRANSACTION) -> Dataset:
    """Action or Event Information about one instance that was never sent."""
    ds, item = Dataset(), Dataset()
    ds.TransactionUID = transaction
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_IMAGE, NEVER
    if reason is not None:
        item.FailureReason = reason
    setattr(ds, "ReferencedSOPSequence" if reason is None else "FailedSOPSequence", [item])
    return ds


def action(story: Story, listener: str = "") -> None:
    """The N-ACTION, while our listener behaves in some way."""
    link = story.associate(COMMITMENT, service="commitment")
    if listener:
        link.event(Happening.PURPOSE, listener=listener, lasts="1")
    link.ask("N-ACTION-RQ", content())
    link.answer()
    link.release()


def report(story: Story, answer: int | None = 0, reason: int = 0x0112, *, ac: dict[str, Any] | None = None) -> None:
    """A report on an association of the target's own; `answer` None: it is aborted without one."""
    link = story.associate(COMMITMENT, service="commitment", by_target=True, rq={"user": WITH_ROLE}, ac=ac)
    link.ask("N-EVENT-REPORT-RQ", content(reason), sent=False, EventTypeID=2)
    if answer is None:
        link.pdu(p.Abort(0, 0), sent=True)
        return
    link.answer(answer, sent=True)
    link.release()


def rejected(story: Story) -> None:
    story.associate(COMMITMENT, by_target=True, rq={"user": WITH_ROLE}, answer=p.AssociateRJ(2, 3, 1))


def without_role(story: Story) -> None:
    """The target opens an association, gets no role, and goes."""
    story.associate(COMMITMENT, by_target=True, rq={"user": WITH_ROLE}, ac=WITHOUT_ROLE).release()


def told(folder: Path, *acts: Callable[[Story], Any], listener: str = "") -> Evidence:
    story = Story(folder)
    action(story, listener)
    for act in acts:
        story.wait(1.5)
        act(story)
    return story.evidence()


def wrongs(evidence: Evidence) -> set[str]:
    """What any check of commitment finds fault with."""
    found = {each.check for each in judge(evidence).findings if each.verdict in (FAIL, WARN)}
    return {check for check in found if check.startswith(("commitment.", "statement.commitment"))}


def silent(story: Story) -> None:
    report(story, None)


def other_reason(story: Story) -> None:
    report(story, reason=0x0110)


#: How our listener is, what the target does, and what the four checks say.
COURSES: dict[str, tuple[str, tuple[Callable[[Story], Any], ...], tuple[Verdict, ...]]] = {
    "nothing special": ("", (report,), (PASS, NOTHING, PASS, NOTHING)),
    "down, and it comes": ("down-then-up", (report,), (PASS, PASS, PASS, NOTHING)),
    "down, and it does not": ("down-then-up", (), (NOTHING, WARN, NOTHING, NOTHING)),
    "rejected, and it comes": ("rejecting", (rejected, report), (PASS, PASS, PASS, NOTHING)),
    "rejected, and it does not": ("rejecting", (rejected,), (NOTHING, WARN, NOTHING, NOTHING)),
    "nobody called": ("rejecting", (), (NOTHING,) * 4),
    "no role, and it comes later": ("no-role", (without_role, report), (PASS, PASS, PASS, NOTHING)),
    "no role, and it does not": ("no-role", (without_role,), (NOTHING, WARN, NOTHING, NOTHING)),
    "not answered, and it comes again": ("silent", (silent, report), (PASS, PASS, PASS, PASS)),
    "not answered, and it does not": ("silent", (silent,), (PASS, WARN, NOTHING, NOTHING)),
    "not answered, and another one comes": ("silent", (silent, other_reason), (PASS, PASS, PASS, WARN)),
    "slow": ("slow", (report,), (PASS, NOTHING, PASS, NOTHING)),
    "taken, and it comes again": ("", (report, report), (PASS, NOTHING, WARN, PASS)),
    "taken, and another one comes": ("", (report, other_reason), (PASS, NOTHING, WARN, WARN)),
}


@pytest.mark.parametrize("name", COURSES)
def test_a_course(name: str, tmp_path: Path) -> None:
    listener, acts, expected = COURSES[name]
    evidence = told(tmp_path, *acts, listener=listener)
    assert tuple(verdict(check, evidence) for check in CHECKS) == expected
    wrong = {check for check, found in zip(CHECKS, expected, strict=True) if found is WARN}
    assert wrongs(evidence) == wrong


def test_a_run_that_was_broken_off_has_not_waited(tmp_path: Path) -> None:
    """The site file's time has not passed: what would have come nobody knows."""
    story = Story(tmp_path)
    action(story, "down-then-up")
    story.step("commit", "commitment", Outcome.STOPPED, cause=Cause.INTERRUPTED, associations=["a01"])
    (seen,) = observe(AGAIN, story.evidence())
    assert (seen.verdict, "broken off" in seen.actual) == (Verdict.INCONCLUSIVE, True)


@pytest.mark.parametrize(("ac", "expected"), [(WITHOUT_ROLE, WARN), (TURNED_DOWN, FAIL)], ids=["absent", "0"])
def test_a_report_without_the_role_that_was_proposed(ac: dict[str, Any], expected: Verdict, tmp_path: Path) -> None:
    """Who turns it down is in the right; who returns nothing does not support what PS3.4 J.2.1 makes mandatory."""
    evidence = told(tmp_path, lambda story: report(story, ac=ac), listener="no-role")
    (seen,) = observe(ROLE, evidence)
    assert (seen.verdict, seen.level, seen.exchange is not None) == (expected, None, True)
    assert verdict(AGAIN, evidence) is PASS  # it got through: whether it may is another question


def test_what_is_sent_again_has_its_transaction_its_role_and_its_titles(tmp_path: Path) -> None:
    """Each retry by itself: the first report was right, and was not answered."""

    def bare(story: Story, transaction: str = TRANSACTION, **rq: Any) -> None:
        link = story.associate(COMMITMENT, service="commitment", by_target=True, rq=rq)
        link.ask("N-EVENT-REPORT-RQ", content(0x0112, transaction), sent=False, EventTypeID=2)
        link.answer(sent=True)
        link.release()

    for name, retry, check in (
        ("role", bare, "commitment.role-selection"),
        ("title", lambda story: bare(story, user=WITH_ROLE, calling_ae="SOMEONE"), "commitment.calling-ae"),
        ("uid", lambda story: bare(story, "2.25.999", user=WITH_ROLE), "commitment.transaction-uid"),
    ):
        (tmp_path / name).mkdir()
        assert wrongs(told(tmp_path / name, silent, retry, listener="silent")) == {check}


def test_a_report_of_another_transaction_about_the_same_instance_is_no_retry_that_we_provoked(tmp_path: Path) -> None:
    """An earlier run may have asked for the same instance, and be reported now."""

    def foreign(story: Story) -> None:
        link = story.associate(COMMITMENT, service="commitment", by_target=True, rq={"user": WITH_ROLE})
        link.ask("N-EVENT-REPORT-RQ", content(0x0112, "2.25.999"), sent=False, EventTypeID=2)
        link.answer(sent=True)
        link.release()

    assert wrongs(told(tmp_path, report, foreign)) == set()


def test_where_no_role_was_proposed_another_check_tells(tmp_path: Path) -> None:
    def bare(story: Story) -> None:
        link = story.associate(COMMITMENT, service="commitment", by_target=True)
        link.ask("N-EVENT-REPORT-RQ", content(0x0112), sent=False, EventTypeID=2)
        link.answer(sent=True)
        link.release()

    evidence = told(tmp_path, bare)
    assert verdict(ROLE, evidence) is NOTHING
    assert verdict("commitment.role-selection", evidence) is FAIL


@pytest.mark.parametrize(
    ("acts", "text"),
    [
        ((lambda story: report(story, 0x0110),), "did not come again"),
        ((lambda story: report(story, 0x0110), report), "it came again, and was taken"),
    ],
)
def test_what_comes_of_a_report_that_we_refused_is_told_and_no_more(tmp_path: Path, acts: Any, text: str) -> None:
    evidence = told(tmp_path, *acts, listener="failing")
    (fact,) = facts(AGAIN, evidence)
    assert fact.startswith("a report was answered 0110H")
    assert text in fact
    assert wrongs(evidence) == set()


@pytest.mark.parametrize(
    ("declared", "expected"),
    [(None, WARN), (2, FAIL), (9, FAIL), (10, Verdict.INCONCLUSIVE), (600, Verdict.INCONCLUSIVE)],
)
def test_who_promises_to_try_again_has_to(tmp_path: Path, declared: float | None, expected: Verdict) -> None:
    """Of the 10 s that we wait our port is closed for the first one."""
    story = Story(tmp_path, site={"commitment": {"commitment": 10}})
    action(story, "down-then-up")
    said = {"delivery": "new", "retry_seconds": declared}
    contexts = [{"sop_classes": ["StorageCommitmentPushModel"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}]
    entity = {"ae": "TARGET", "presentation_contexts": contexts, "commitment": said}
    statement = stated({"product": {"name": "A", "version": "1"}, "application_entities": [entity]})
    (seen,) = observe(AGAIN, story.evidence(statement))
    assert seen.verdict is expected
    assert (seen.level is Level.DECLARED) is (expected is FAIL)


def test_a_report_that_our_listener_kept_out_is_no_missing_and_no_late_one(tmp_path: Path) -> None:
    contexts = [{"sop_classes": ["StorageCommitmentPushModel"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}]
    entity = {"ae": "TARGET", "presentation_contexts": contexts, "commitment": {"delivery": "new", "max_seconds": 1}}
    statement = stated({"product": {"name": "A", "version": "1"}, "application_entities": [entity]})
    for number, acts in enumerate(((), (rejected, report))):
        (tmp_path / str(number)).mkdir()
        story = Story(tmp_path / str(number), site={"commitment": {"commitment": 2}})
        action(story, "rejecting" if acts else "down-then-up")
        for act in acts:
            story.wait(1.5)
            act(story)
        evidence = story.evidence(statement)
        assert wrongs(evidence) == (set() if acts else {AGAIN})
        assert not observe("statement.commitment-time", evidence)


def test_the_same_association_brings_it_whatever_our_port_does(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(COMMITMENT, service="commitment")
    link.event(Happening.PURPOSE, listener="down-then-up", lasts="1")
    link.ask("N-ACTION-RQ", content())
    link.answer()
    link.ask("N-EVENT-REPORT-RQ", content(0x0112), sent=False, EventTypeID=2)
    link.answer(sent=True)
    link.release()
    evidence = story.evidence()
    assert (verdict(AGAIN, evidence), verdict(ONCE, evidence)) == (NOTHING, PASS)


@pytest.mark.parametrize(("title", "told_of"), [("WHOISTHIS", False), ("SCANNER", True)])
def test_whom_nobody_was_told_of_may_be_turned_away(tmp_path: Path, title: str, told_of: bool) -> None:
    """The site file promises that our own titles are let in, and no other."""
    story = Story(
        tmp_path,
        listener={"ae": "SCANNER", "titles": ["SCANNER"]},
        promised={"commitment": "site"},
        site={"commitment": {"ae": "TARGET", "host": "127.0.0.1", "port": 104}},
    )
    rejection = p.AssociateRJ(1, 1, 3)
    story.associate(COMMITMENT, service="commitment", rq={"calling_ae": title}, answer=rejection)
    found = verdict("site.association-accepted", story.evidence())
    assert found is (FAIL if told_of else NOTHING)
    assert bool(facts("site.association-accepted", story.evidence())) is not told_of
