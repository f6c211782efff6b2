"""Checks of the set-up, each with a set-up that it finds fault with and one that is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.check import Proof
from scanproof.checks import all_checks
from scanproof.finding import Level, Verdict
from scansim.vocabulary.outcome import Cause, Happening
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import CT_IMAGE, MPPS, VERIFICATION, WORKLIST, Story, observe

AT = {"ae": "TARGET", "host": "127.0.0.1", "port": 104}
SITE = {"worklist": AT, "mpps": AT, "storage": AT}
#: What is promised, by whom, and on what a broken promise rests then.
PROMISES = {"site": Level.SITE, "option": Level.SITE, "scenario": Level.EXPECTED}

CHECKS = {
    "site.reachable",
    "site.association-accepted",
    "site.service-offered",
    "site.worklist-item",
    "site.steps",
    "site.chain",
}


def story(tmp_path: Path, promised: str = "site", **ledger: object) -> Story:
    by = dict.fromkeys(SITE, promised) if promised else {}
    return Story(tmp_path, site=SITE, promised=by, services=[*SITE], ledger=ledger)


def refuse(*refused: int) -> dict[str, object]:
    """An A-ASSOCIATE-AC that refuses some of the contexts 1, 3, 5."""
    results = tuple(p.ContextResult(number, 3 if number in refused else 0, IMPLICIT_LITTLE) for number in (1, 3))
    return {"contexts": results}


# --- site.reachable ---------------------------------------------------------------------------------------------------


def test_a_host_that_cannot_be_reached_decides_nothing(tmp_path: Path) -> None:
    told = story(tmp_path)
    link = told.associate(WORKLIST, service="worklist", answered=False)
    link.recorder.event(Happening.CONNECT_FAILED, reason="Connection refused")
    (seen,) = observe("site.reachable", told.evidence())
    assert (seen.verdict, seen.actual) == (
        Verdict.INCONCLUSIVE,
        "no connection to 127.0.0.1:104: Connection refused",
    )
    told.associate(WORKLIST, service="worklist").release()
    assert [each.verdict for each in observe("site.reachable", told.evidence())] == [
        Verdict.INCONCLUSIVE,
        Verdict.PASS,
    ]


# --- site.association-accepted ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("promised", "verdict"),
    [
        ("site", Verdict.FAIL),
        ("option", Verdict.FAIL),
        ("scenario", Verdict.INCONCLUSIVE),
        ("", Verdict.INCONCLUSIVE),
    ],
)
@pytest.mark.parametrize("reason", [3, 7])
def test_an_association_that_is_rejected(tmp_path: Path, promised: str, verdict: Verdict, reason: int) -> None:
    told = story(tmp_path, promised)
    told.associate(VERIFICATION, service="verification", answer=p.AssociateRJ(1, 1, reason))
    told.associate(WORKLIST, service="worklist", answer=p.AssociateRJ(1, 1, reason))
    seen = observe("site.association-accepted", told.evidence())
    assert {each.verdict for each in seen} == {verdict}
    assert len({each.actual for each in seen}) == 1  # one cause has one wording


def test_a_rejection_for_the_moment_is_asked_for_again(tmp_path: Path) -> None:
    told = story(tmp_path)
    told.associate(WORKLIST, service="worklist", answer=p.AssociateRJ(2, 3, 1))
    told.associate(WORKLIST, service="worklist").release()
    assert [each.verdict for each in observe("site.association-accepted", told.evidence())] == [Verdict.PASS]
    told = story(tmp_path)
    for _ in range(2):
        told.associate(WORKLIST, service="worklist", answer=p.AssociateRJ(2, 3, 1))
    assert [each.verdict for each in observe("site.association-accepted", told.evidence())] == [Verdict.INCONCLUSIVE]


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (p.AssociateRJ(1, 1, 3), "Register SCANNER with this machine's address at the target"),
        (p.AssociateRJ(1, 1, 7), "Ask for the AE title of what listens at 127.0.0.1:104: TARGET is none of its own."),
        (p.AssociateRJ(1, 1, 2), ""),
        (p.AssociateRJ(2, 3, 2), "It says that it cannot take more now"),
        (p.Abort(2, 0), "Our AE title SCANNER may have to be registered at the target"),
    ],
)
def test_what_to_do_fits_how_it_was_refused(tmp_path: Path, answer: p.PDU, hint: str) -> None:
    told = story(tmp_path)
    told.associate(WORKLIST, service="worklist", answer=answer)
    (seen,) = observe("site.association-accepted", told.evidence())
    assert seen.hint.startswith(hint)
    assert bool(seen.hint) == bool(hint)


def test_an_abort_in_the_place_of_an_answer_decides_nothing(tmp_path: Path) -> None:
    told = story(tmp_path)
    told.associate(VERIFICATION, service="verification").release()
    told.associate(WORKLIST, service="worklist", answer=p.Abort(0, 0))
    _, seen = observe("site.association-accepted", told.evidence())
    assert (seen.verdict, seen.hint) == (Verdict.INCONCLUSIVE, "")  # it knows us: it let us in before


def test_a_rejection_that_is_not_defined_is_told_elsewhere(tmp_path: Path) -> None:
    told = story(tmp_path)
    told.associate(WORKLIST, service="worklist", answer=p.AssociateRJ(1, 1, 5))
    assert observe("site.association-accepted", told.evidence()) == []


# --- site.service-offered ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("promised", PROMISES)
@pytest.mark.parametrize(("service", "sop_class"), [("worklist", WORKLIST), ("mpps", MPPS), ("storage", CT_IMAGE)])
def test_a_service_that_was_promised_and_is_refused(
    tmp_path: Path, promised: str, service: str, sop_class: str
) -> None:
    told = story(tmp_path, promised)
    told.associate(sop_class, VERIFICATION, service=service, ac=refuse(1)).release()
    (seen,) = observe("site.service-offered", told.evidence())
    assert (seen.verdict, seen.level) == (Verdict.FAIL, PROMISES[promised])
    assert "TARGET refuses" in seen.actual
    assert "(result 3)" in seen.actual


def test_a_service_that_nobody_promised_may_be_refused(tmp_path: Path) -> None:
    told = story(tmp_path, "")
    told.associate(WORKLIST, VERIFICATION, service="worklist", ac=refuse(1)).release()
    assert observe("site.service-offered", told.evidence()) == []


def test_what_is_promised_is_seen_to_be_there(tmp_path: Path) -> None:
    told = story(tmp_path)
    told.associate(WORKLIST, VERIFICATION, service="worklist", ac=refuse(3)).release()  # Verification is no promise
    assert [each.verdict for each in observe("site.service-offered", told.evidence())] == [Verdict.PASS]


# --- site.worklist-item -----------------------------------------------------------------------------------------------


def unscheduled(cause: Cause) -> dict[str, object]:
    return {"unscheduled": {"reason": "no item for station X", "cause": cause, "step": 3}, "scheduled": False}


@pytest.mark.parametrize(
    ("ledger", "verdicts"),
    [
        (unscheduled(Cause.SETUP), [Verdict.INCONCLUSIVE]),
        (unscheduled(Cause.TARGET), []),  # an order that this run placed is judged by worklist.order-returned
        (unscheduled(Cause.BLOCKED), []),  # the query did not come about
        (unscheduled(Cause.NOT_OFFERED), []),
        ({"scheduled": True}, [Verdict.PASS]),
        ({}, []),
    ],
)
def test_an_item_for_the_exam(tmp_path: Path, ledger: dict[str, object], verdicts: list[Verdict]) -> None:
    assert [each.verdict for each in observe("site.worklist-item", story(tmp_path, **ledger).evidence())] == verdicts


def test_several_items_of_which_none_is_named_are_a_fact(tmp_path: Path) -> None:
    evidence = story(tmp_path, **unscheduled(Cause.NONE)).evidence()
    (fact,) = all_checks()["site.worklist-item"].function(evidence)  # type: ignore[arg-type]
    assert fact.text == "the exam is unscheduled: no item for station X"  # type: ignore[union-attr]


# --- site.steps -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "verdicts"),
    [
        ("done", [Verdict.PASS]),
        ("stopped", [Verdict.INCONCLUSIVE]),
        ("blocked", []),  # told where it was blocked
        ("refused", []),  # told by site.service-offered, or out of scope
        ("not-offered", []),
    ],
)
def test_a_step_that_stopped(tmp_path: Path, outcome: str, verdicts: list[Verdict]) -> None:
    told = story(tmp_path)
    told.step("store", "storage", outcome=outcome, cause="target", detail="it went so", associations=["a01"])
    assert [each.verdict for each in observe("site.steps", told.evidence())] == verdicts


def test_our_own_failure_is_never_the_targets(tmp_path: Path) -> None:
    told = story(tmp_path)
    told.step("store", "storage", outcome="stopped", cause="harness", detail="KeyError")
    (seen,) = observe("site.steps", told.evidence())
    assert seen.party == "scanproof"
    assert "defect of scanproof" in seen.hint


# --- site.chain -------------------------------------------------------------------------------------------------------

GATEWAY, ARCHIVE = {"ae": "GATEWAY", "host": "127.0.0.1", "port": 1}, {"ae": "ARCHIVE", "host": "127.0.0.1", "port": 2}
CHAIN = {"storage": GATEWAY, "query": ARCHIVE, "commitment": ARCHIVE}


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ((), "GATEWAY acknowledged 2 instances, ARCHIVE has none (queries find 0)"),
        (exam.INSTANCES[:1], "GATEWAY acknowledged 2 instances, ARCHIVE has 1 of them (queries find 1, "),
    ],
)
def test_a_router_that_loses_images_breaks_no_clause(tmp_path: Path, found: tuple[str, ...], text: str) -> None:
    told = Story(tmp_path, site=CHAIN)
    exam.store(told)
    exam.find(told, [exam.image_answer(uid) for uid in found], "IMAGE")
    evidence = told.evidence()
    (seen,) = observe("site.chain", evidence)
    assert (seen.verdict, seen.party) == (Verdict.FAIL, "site")
    assert seen.actual.startswith(text)
    assert observe("storage.found", evidence) == []  # neither AE is accused


def test_images_that_arrive_are_a_chain(tmp_path: Path) -> None:
    told = Story(tmp_path, site=CHAIN)
    exam.store(told)
    exam.find(told, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    assert [each.verdict for each in observe("site.chain", told.evidence())] == [Verdict.PASS]


def test_one_ae_is_no_chain_and_has_to_find_what_it_stored(tmp_path: Path) -> None:
    told = Story(tmp_path, site=dict.fromkeys(CHAIN, ARCHIVE))
    exam.store(told)
    exam.find(told, [], "IMAGE")
    evidence = told.evidence()
    assert [each.verdict for each in observe("site.chain", evidence)] == [Verdict.NOT_APPLICABLE]
    assert [each.verdict for each in observe("storage.found", evidence)] == [Verdict.FAIL]


def test_what_is_found_late_is_told_with_the_seconds(tmp_path: Path) -> None:
    told = Story(tmp_path, site=dict.fromkeys(CHAIN, ARCHIVE))
    exam.store(told)
    exam.find(told, [], "IMAGE")
    exam.find(told, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    evidence = told.evidence()
    (seen,) = observe("query.found-at-once", evidence)
    assert seen.verdict is Verdict.WARN
    assert "s after the first query for it" in seen.actual
    assert {each.verdict for each in observe("storage.found", evidence)} == {Verdict.PASS}


def test_a_query_that_was_cancelled_found_nothing_late(tmp_path: Path) -> None:
    told = Story(tmp_path, site=dict.fromkeys(CHAIN, ARCHIVE))
    exam.store(told)
    exam.find(told, [exam.image_answer(exam.INSTANCES[0])], "IMAGE", 0xFE00)
    exam.find(told, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    assert [each.verdict for each in observe("query.found-at-once", told.evidence())] == [Verdict.PASS]


def test_what_is_asked_for_twice_and_found_both_times_was_there_at_once(tmp_path: Path) -> None:
    told = Story(tmp_path, site=dict.fromkeys(CHAIN, ARCHIVE))
    exam.store(told)
    for _ in range(2):
        exam.find(told, [exam.image_answer(uid) for uid in exam.INSTANCES], "IMAGE")
    assert [each.verdict for each in observe("query.found-at-once", told.evidence())] == [Verdict.PASS]


def test_each_check_that_a_set_up_proves_is_proved_here() -> None:
    assert {check.id for check in all_checks().values() if check.proven_by is Proof.SET_UP} <= CHECKS
