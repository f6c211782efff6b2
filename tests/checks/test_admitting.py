"""Requests for an association that are unusual or deviate: each row of the table, and what other checks do not say.

The judge believes the bytes: an edit that changed nothing, and what is wrong though nobody said so, are our defects.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import scanproof.checks.admitting
import scanproof.checks.answered
import scanproof.checks.association
import scanproof.checks.endings
import scanproof.checks.negotiation
import scanproof.checks.site
import scanproof.checks.slots  # noqa: F401 - importing registers
from scanproof.evidence import Evidence
from scanproof.evidence.association_faults import association_faults
from scanproof.evidence.association_requests import requested
from scanproof.standard.association_answers import ADMITTING
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import AssociationRecord
from scansim.steps.associate import Associate
from scansim.vocabulary.deviations import ASSOCIATIONS, LEGAL_ASSOCIATIONS, Intent
from scansim.vocabulary.outcome import Happening
from scansim.wire import parse
from scansim.wire import pdu as p
from tests.support.building import Story, facts, observe

DEVIATING, VALID = "association.deviating-request", "association.valid-request"
HANG, MEANT, PROPERLY = "association.no-hang", "association.request-as-meant", "association.answered-properly"
FORM = "association.pdu-well-formed"
PASS, WARN, FAIL, INCONCLUSIVE, NOTE, NOTHING = "PASS", "WARN", "FAIL", "INCONCLUSIVE", "note", "nothing"

#: What may stand in the place of an answer.
ACCEPTED, CLOSED, SILENT, ABORTED = "accepted", "closed", "silent", p.Abort(2, 6)


def accepted(request: p.AssociateRQ, **fields: Any) -> p.AssociateAC:
    results = tuple(p.ContextResult(each.context_id, 0, "1.2.840.10008.1.2") for each in request.contexts)
    user = p.UserInformation(16384, "2.25.1", "TEST")
    return p.AssociateAC(request.called_ae, request.calling_ae, results, user, **fields)


def asked(
    tmp_path: Path, step: Associate, answer: p.PDU | str = ACCEPTED, *, means: str = "", let_in: bool = True
) -> Evidence:
    """A scenario in which a scanner's request was answered first, if it was let in, and then the step's one."""
    story = Story(tmp_path)
    if let_in:
        story.associate("1.2.840.10008.1.1", rq={"called_ae": "TARGET", "calling_ae": "SCANNER"})
    body = step.body("TARGET", "SCANNER")
    assert body is not None
    request, _ = parse.decode(p.ASSOCIATE_RQ, body)
    assert isinstance(request, p.AssociateRQ)
    recorder = story.writer.recorder(
        initiator="harness",
        service="verification",
        host="127.0.0.1",
        port=104,
        called_ae="TARGET",
        calling_ae="SCANNER",
        edited=step.is_edited,
    )
    if means := means or (step.means if step.means not in (None, "valid") else ""):
        recorder.event(Happening.INTENT, **Intent.of(means).facts)
    recorder.sent([p.encode(p.Unknown(p.ASSOCIATE_RQ, body))])
    if answer == CLOSED:
        recorder.event(Happening.CLOSED_BY_PEER)
    elif answer == SILENT:
        recorder.event(Happening.TIMEOUT, waiting="A-ASSOCIATE-AC or A-ASSOCIATE-RJ", seconds=10.0)
    else:
        recorder.received(p.encode(accepted(request) if isinstance(answer, str) else answer))
    recorder.close()
    return story.evidence()


def said(check: str, evidence: Evidence) -> str:
    """What a check says of the last association."""
    last = evidence.associations[-1].id
    seen = [each.verdict.value for each in observe(check, evidence) if each.where == last]
    return seen[-1] if seen else NOTE if facts(check, evidence) else NOTHING


# --- the cases of the battery -----------------------------------------------------------------------------------------


@functools.cache
def the_battery() -> Scenario:
    return find_scenarios(["association-battery"])[0]


@pytest.fixture(scope="module")
def battery() -> Scenario:
    return the_battery()


def described(battery: Scenario) -> Iterator[tuple[str, Associate]]:
    for case in battery.cases:
        yield from ((case.id, step) for step in case.steps if isinstance(step, Associate))


def test_each_case_is_in_its_bytes_what_it_means_to_be_and_nothing_else(tmp_path: Path, battery: Scenario) -> None:
    for name, step in described(battery):
        folder = tmp_path / name
        folder.mkdir()
        found = requested(asked(folder, step, let_in=False).associations[-1])
        assert found is not None
        assert found.ours == (), name
        assert found.deviation == (step.means if step.means in ASSOCIATIONS else ""), name


def test_each_deviation_has_its_case(battery: Scenario) -> None:
    assert {step.means for _, step in described(battery)} - {None, "valid"} == {*ASSOCIATIONS}


def test_what_no_scanner_sends_is_odd_and_what_is_legal_is_not(battery: Scenario) -> None:
    for name, step in described(battery):
        legal = step.means in ("valid", *LEGAL_ASSOCIATIONS) or not step.is_edited
        assert step.odd is not legal, name


# --- rows -------------------------------------------------------------------------------------------------------------


def first(deviation: str) -> Associate:
    return next(step for _, step in described(the_battery()) if step.means == deviation)


#: What is said of an answer: (accepted, rejected as listed, rejected otherwise, aborted, closed); and of silence.
FITTING = {
    "association.called-title": (p.AssociateRJ(1, 1, 7), (NOTE, PASS, WARN, WARN, FAIL), WARN),
    "association.calling-title": (p.AssociateRJ(2, 1, 3), (NOTE, PASS, WARN, WARN, FAIL), WARN),
    "association.malformed-title": (p.AssociateRJ(1, 1, 7), (NOTE, PASS, PASS, WARN, WARN), WARN),
    "association.protocol-version": (p.AssociateRJ(1, 2, 2), (WARN, PASS, WARN, WARN, FAIL), WARN),
    "association.application-context": (p.AssociateRJ(1, 1, 2), (PASS, PASS, WARN, WARN, FAIL), WARN),
    "association.no-room": (p.AssociateRJ(1, 2, 1), (PASS, PASS, PASS, WARN, WARN), WARN),
    "association.unknown-classes": (p.AssociateRJ(1, 2, 1), (NOTE, NOTE, NOTE, WARN, FAIL), FAIL),
    "association.unknown-user": (p.AssociateRJ(1, 2, 1), (PASS, PASS, PASS, WARN, FAIL), FAIL),
    **dict.fromkeys(
        ("association.context-ids", "association.context-incomplete"),
        (p.AssociateRJ(1, 2, 1), (NOTE, PASS, PASS, PASS, WARN), WARN),
    ),
    **dict.fromkeys(
        ("association.item-order", "association.malformed"),
        (p.AssociateRJ(1, 2, 1), (NOTE, PASS, PASS, PASS, WARN), WARN),
    ),
    **dict.fromkeys(
        (
            "association.malformed-uid",
            "association.user-information",
            "association.version-name",
            "association.role-value",
            "association.user-identity",
        ),
        (p.AssociateRJ(1, 2, 1), (PASS, PASS, PASS, PASS, WARN), WARN),
    ),
}


def test_each_row_is_tried() -> None:
    assert FITTING.keys() == ADMITTING.keys() == {*ASSOCIATIONS}


@pytest.mark.parametrize("deviation", FITTING)
def test_a_row(tmp_path: Path, deviation: str) -> None:
    fitting, expected, silence = FITTING[deviation]
    step = first(deviation)
    answers = (ACCEPTED, fitting, p.AssociateRJ(1, 1, 1), ABORTED, CLOSED)
    assert tuple(said(DEVIATING, asked(tmp_path, step, each)) for each in answers) == expected
    silent = asked(tmp_path, step, SILENT)
    assert (said(HANG, silent), said(DEVIATING, silent)) == (silence, NOTHING)


@pytest.mark.parametrize("deviation", FITTING)
@pytest.mark.parametrize("answer", [ACCEPTED, p.AssociateRJ(1, 1, 1), ABORTED, CLOSED, SILENT])
def test_what_was_asked_wrongly_on_purpose_no_other_check_blames(
    tmp_path: Path, deviation: str, answer: p.PDU | str
) -> None:
    evidence = asked(tmp_path, first(deviation), answer)
    wrong = (WARN, FAIL, INCONCLUSIVE)
    others = (PROPERLY, VALID, MEANT, "site.association-accepted", "association.no-abort")
    assert [check for check in others if said(check, evidence) in wrong] == []
    run = ("association.admitted-again", "association.slots-given-back")
    assert [check for check in run if [each for each in observe(check, evidence) if each.verdict != PASS]] == []


@pytest.mark.parametrize("triplet", [(1, 1, 9), (1, 3, 0), (3, 1, 1)])
def test_a_reason_that_no_table_has_is_a_deviation_whatever_was_asked(
    tmp_path: Path, triplet: tuple[int, int, int]
) -> None:
    evidence = asked(tmp_path, first("association.called-title"), p.AssociateRJ(*triplet))
    assert (said(PROPERLY, evidence), said(DEVIATING, evidence)) == (FAIL, NOTHING)


def test_no_room_at_the_target_says_nothing_of_the_request(tmp_path: Path) -> None:
    assert said(DEVIATING, asked(tmp_path, first("association.called-title"), p.AssociateRJ(2, 3, 2))) == NOTHING


def test_an_application_context_is_accepted_under_another_name_or_not_at_all(tmp_path: Path) -> None:
    step = first("association.application-context")
    request, _ = parse.decode(p.ASSOCIATE_RQ, step.body("T", "S") or b"")
    assert isinstance(request, p.AssociateRQ)
    same = accepted(request, application_context=step.application_context)
    assert said(DEVIATING, asked(tmp_path, step, same)) == WARN


# --- what breaks no rule ----------------------------------------------------------------------------------------------

#: Requests that break no rule, and whether a text says so plainly that a refusal goes against it.
RIGHT = {
    "version": (Associate(protocol_version=3, means="valid"), True),
    "spaces": (Associate(called={"before": 2}, means="valid"), True),
    "reserved": (Associate(reserved="FF", means="valid"), True),
    "later": (Associate(user={"add": [{"type": "5AH"}]}, means="valid"), True),
    "window": (Associate(user={"async_window": [0, 0]}, means="valid"), False),
}


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_request_is_accepted(tmp_path: Path, name: str) -> None:
    step, by_text = RIGHT[name]
    answers = (ACCEPTED, p.AssociateRJ(1, 1, 1), ABORTED, p.AssociateRJ(2, 3, 1))
    assert [said(VALID, asked(tmp_path, step, each)) for each in answers] == [PASS, FAIL, FAIL, INCONCLUSIVE]
    (refused,) = observe(VALID, asked(tmp_path, step, p.AssociateRJ(1, 2, 1)))
    assert bool(refused.clause) is by_text


def test_a_right_request_that_is_not_answered_is_one_finding(tmp_path: Path) -> None:
    step, _ = RIGHT["window"]
    silent, closed = asked(tmp_path, step, SILENT), asked(tmp_path, step, CLOSED)
    assert (said(HANG, silent), said(PROPERLY, silent), said(VALID, silent)) == (FAIL, NOTHING, NOTHING)
    assert (said(HANG, closed), said(PROPERLY, closed), said(VALID, closed)) == (PASS, FAIL, NOTHING)


def test_where_nobody_of_that_title_is_let_in_a_refusal_says_nothing_new(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(answer=p.AssociateRJ(1, 1, 3))
    story.associate(answer=p.AssociateRJ(1, 1, 3), edited=True)
    assert observe(VALID, story.evidence()) == []


def test_what_a_scanner_sends_is_for_the_other_checks(tmp_path: Path) -> None:
    evidence = asked(tmp_path, Associate(), p.AssociateRJ(1, 1, 3), let_in=False)
    assert [said(check, evidence) for check in (DEVIATING, VALID, HANG, MEANT)] == [NOTHING] * 4
    assert said("site.association-accepted", evidence) == INCONCLUSIVE


# --- what we did not mean ---------------------------------------------------------------------------------------------

#: Edits that are not what they say, with what is meant.
UNMEANT = {
    "nothing changed": (Associate(called="TARGET", then="abort", reserved="00"), "association.called-title"),
    "another fault": (Associate(protocol_version=2), "association.called-title"),
    "nobody said so": (Associate(protocol_version=2), ""),
    "one more fault": (Associate(protocol_version=2, called="X"), "association.called-title"),
}


@pytest.mark.parametrize("name", UNMEANT)
def test_what_nobody_meant_is_our_defect_and_accuses_nobody(tmp_path: Path, name: str) -> None:
    step, means = UNMEANT[name]
    for answer in (ACCEPTED, p.AssociateRJ(1, 1, 7), CLOSED, SILENT):
        evidence = asked(tmp_path, step, answer, means=means)
        assert said(MEANT, evidence) == INCONCLUSIVE
        others = (DEVIATING, VALID, HANG, PROPERLY, "site.association-accepted")
        assert {said(check, evidence) for check in others} <= {NOTHING, PASS}


def test_a_deviation_that_is_legal_needs_no_saying(tmp_path: Path) -> None:
    step = Associate(user={"identity": {"type": 2}}, means="valid")
    found = requested(asked(tmp_path, step).associations[-1])
    assert found is not None
    assert (found.deviation, found.ours) == ("association.unknown-user", ())
    assert said(VALID, asked(tmp_path, step, p.AssociateRJ(1, 2, 1))) == NOTHING


def test_an_answer_to_a_role_that_was_proposed_twice_may_be_given_twice(tmp_path: Path) -> None:
    twice = Associate(user={"roles": [{}, {"scp": 1}]}, means="association.user-information")
    request, _ = parse.decode(p.ASSOCIATE_RQ, twice.body("TARGET", "SCANNER") or b"")
    assert isinstance(request, p.AssociateRQ)
    answer = accepted(request)
    answer = replace(answer, user=replace(answer.user, roles=request.user.roles))
    assert said(FORM, asked(tmp_path, twice, answer)) == PASS
    once = Associate(user={"roles": [{}]}, means="valid")
    assert said(FORM, asked(tmp_path, once, answer)) == FAIL


# --- faults -----------------------------------------------------------------------------------------------------------


def test_a_right_request_has_no_faults_whoever_sent_it() -> None:
    body = Associate().body("TARGET", "SCANNER")
    assert body is not None
    request, problems = parse.decode(p.ASSOCIATE_RQ, body)
    assert isinstance(request, p.AssociateRQ)
    assert [*association_faults(request, problems)] == []
    (other,) = association_faults(request, problems, called="ELSEWHERE", calling="SCANNER")
    assert (other.path, other.deviation) == ("Called-AE-title", "association.called-title")


def test_a_request_that_was_not_decoded_has_no_padding_to_judge() -> None:
    made = p.AssociateRQ("TARGET", "SCANNER", (p.ProposedContext(1, "1.2.840.10008.1.1", ("1.2.840.10008.1.2",)),))
    assert [*association_faults(made, ())] == []


def test_an_intent_before_the_request_is_not_that_of_the_first_message(tmp_path: Path) -> None:
    record: AssociationRecord = asked(tmp_path, first("association.unknown-user")).associations[-1]
    assert record.intent == Intent.of("association.unknown-user")
    assert record.exchanges == ()
