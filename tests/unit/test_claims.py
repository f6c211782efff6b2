"""Claims against transcripts, and the checks that compare the Conformance Statement with the wire."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from pydicom.dataset import Dataset

from scanproof.check import _CHECKS
from scanproof.checks import statement as _registered
from scanproof.checks import statement_contexts as _contexts
from scanproof.claims import evaluate
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.judge import judge, judge_run
from scanproof.results import ClaimOutcome
from scanproof.statements import Statement
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, VERIFICATION, WORKLIST, Story, claims_of, observe, stated

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.70"
BOTH = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)


def declare(
    *classes: str,
    syntaxes: tuple[str, ...] = BOTH,
    ae: str = "TARGET",
    role: str = "SCP",
    character_sets: Sequence[str] = (),
    **commitment: object,
) -> Statement:
    group = {"sop_classes": classes, "roles": [role], "transfer_syntaxes": syntaxes}
    entity = {"ae": ae, "presentation_contexts": [group], "character_sets": tuple(character_sets)}
    if commitment:
        entity["commitment"] = commitment
    return stated({"product": {"name": "P", "version": "1"}, "application_entities": [entity]})


def together(*statements: Statement) -> Statement:
    entities = [entity for each in statements for entity in each.application_entities]
    return replace(statements[0], application_entities=tuple(entities))


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def judged(story: Story, statement: Statement | None) -> dict[str, tuple[ClaimOutcome, str | None]]:
    """Id to outcome and evidence, after the checks of this module."""
    evidence = story.evidence(statement)
    checks = [_CHECKS[f"statement.{name}"] for name in CHECKS]
    run = RunEvidence((evidence,), evidence.declarations)
    alone, whole = judge(evidence, checks), judge_run(run, checks)
    claims = evaluate(run, [*alone.kept, *whole.kept], [*alone.findings, *whole.findings])
    return {claim.id: (claim.outcome, claim.evidence) for claim in claims}


def findings(name: str, evidence: Evidence):
    return judge_run(RunEvidence((evidence,), evidence.declarations), [_CHECKS[f"statement.{name}"]]).findings


CHECKS = (
    "context-accepted",
    "undeclared",
    "transfer-syntax",
    "commitment-delivery",
    "commitment-time",
    "character-set",
)


def said(name: str, story: Story, statement: Statement | None) -> list[tuple[Verdict, str | None]]:
    return [(seen.verdict, seen.claim) for seen in observe(f"statement.{name}", story.evidence(statement))]


def refuse(*results: int) -> dict[str, object]:
    return {"contexts": tuple(p.ContextResult(2 * i + 1, r, EXPLICIT_LITTLE) for i, r in enumerate(results))}


def echo(link) -> None:
    link.ask("C-ECHO-RQ")
    link.answer(0x0000)
    link.release()


# --- contexts ---------------------------------------------------------------------------------------------------------


def test_without_a_statement_there_is_nothing_to_say(story):
    echo(story.associate(VERIFICATION))
    assert judged(story, None) == {}
    assert [said(name, story, None) for name in CHECKS] == [[]] * len(CHECKS)


def test_a_claim_is_observed_when_its_context_was_accepted_and_worked(story):
    echo(story.associate(VERIFICATION))
    statement = declare(VERIFICATION)
    assert judged(story, statement) == {
        "TARGET.scp.Verification.ExplicitVRLittleEndian": (ClaimOutcome.OBSERVED, "unit/a01.r1"),
        # the acceptor chooses one of what is offered: the other says nothing against the claim (PS3.8 7.1.1.14)
        "TARGET.scp.Verification.ImplicitVRLittleEndian": (ClaimOutcome.NOT_TESTED, None),
    }
    assert said("context-accepted", story, statement) == [(Verdict.PASS, None)]
    assert said("undeclared", story, statement) == [(Verdict.PASS, None)]
    assert said("transfer-syntax", story, statement) == [(Verdict.PASS, None)]


@pytest.mark.parametrize("status", [0x0000, 0xB000, 0xB007])
def test_a_warning_is_a_success(story, status):
    link = story.associate(CT_IMAGE)
    link.ask("C-STORE-RQ", Dataset())
    link.answer(status)
    assert (
        judged(story, declare(CT_IMAGE))["TARGET.scp.CTImageStorage.ExplicitVRLittleEndian"][0] is ClaimOutcome.OBSERVED
    )


@pytest.mark.parametrize("status", [0xA700, 0x0110, 0xC000, 0xFF00, None])
def test_accepted_is_observed_as_negotiated_alone_when_nothing_succeeded(story, status):
    link = story.associate(CT_IMAGE)
    link.ask("C-STORE-RQ", Dataset())
    link.answer(status)
    evidence = story.evidence(declare(CT_IMAGE))
    claims = claims_of(RunEvidence((evidence,), evidence.declarations))
    told = {(claim.outcome, claim.depth, claim.evidence) for claim in claims}
    assert told == {(ClaimOutcome.OBSERVED, "negotiated", "unit/a01"), (ClaimOutcome.NOT_TESTED, "", None)}
    assert said("undeclared", story, declare(VERIFICATION)) == []


@pytest.mark.parametrize("result", [1, 2, 3, 4])
def test_a_refused_declared_class_contradicts_its_claims(story, result):
    story.associate(WORKLIST, VERIFICATION, ac=refuse(result, 0))
    statement = declare(WORKLIST)
    claims = judged(story, statement)
    name = "TARGET.scp.ModalityWorklistInformationModelFind"
    unstated = claims.pop("TARGET.scp.Verification")
    assert unstated == (ClaimOutcome.NOT_DECLARED, "unit/a01")
    assert claims.keys() == {f"{name}.ExplicitVRLittleEndian", f"{name}.ImplicitVRLittleEndian"}
    assert set(claims.values()) == {(ClaimOutcome.CONTRADICTED, "unit/a01")}
    assert said("context-accepted", story, statement) == [(Verdict.FAIL, next(iter(claims)))]
    (finding,) = findings("context-accepted", story.evidence(statement))
    assert (finding.exchange, finding.verdict) == ("a01", Verdict.FAIL)


@pytest.mark.parametrize(
    ("result", "meaning"),
    [
        (1, "user rejection"),
        (2, "no reason given"),
        (3, "abstract syntax not supported"),
        (4, "transfer syntaxes not supported"),
        (9, "result 9"),
    ],
)
def test_a_refusal_is_told_in_the_words_of_the_standard(story, result, meaning):
    story.associate(WORKLIST, ac=refuse(result))
    (seen,) = observe("statement.context-accepted", story.evidence(declare(WORKLIST)))
    assert meaning in seen.actual


def test_a_class_may_be_refused_when_only_undeclared_syntaxes_were_offered(story):
    story.associate(CT_IMAGE, ac=refuse(4))
    statement = declare(CT_IMAGE, syntaxes=(JPEG_LOSSLESS,))
    assert said("context-accepted", story, statement) == []
    assert set(judged(story, statement).values()) == {(ClaimOutcome.NOT_TESTED, None)}


def test_only_the_syntaxes_that_were_offered_are_contradicted(story):
    story.associate(CT_IMAGE, ac=refuse(4))
    outcomes = judged(story, declare(CT_IMAGE, syntaxes=(JPEG_LOSSLESS, IMPLICIT_LITTLE)))
    assert outcomes["TARGET.scp.CTImageStorage.JPEGLosslessSV1"][0] is ClaimOutcome.NOT_TESTED
    assert outcomes["TARGET.scp.CTImageStorage.ImplicitVRLittleEndian"][0] is ClaimOutcome.CONTRADICTED


def test_a_refusal_outweighs_what_was_observed_before(story):
    echo(story.associate(VERIFICATION))
    story.associate(VERIFICATION, ac=refuse(2))
    outcomes = judged(story, declare(VERIFICATION))
    assert outcomes["TARGET.scp.Verification.ExplicitVRLittleEndian"] == (ClaimOutcome.CONTRADICTED, "unit/a02")


def test_scenarios_are_merged(tmp_path):
    statement = declare(VERIFICATION, MPPS)
    idle, used = Story(tmp_path, id="idle"), Story(tmp_path, id="used")
    idle.associate(VERIFICATION, MPPS)
    echo(used.associate(VERIFICATION))
    scenarios = (idle.evidence(statement), used.evidence(statement))
    run = RunEvidence(scenarios, scenarios[0].declarations)
    results = claims_of(run)
    observed = [(claim.id, claim.evidence) for claim in results if claim.depth == "exchanged"]
    assert observed == [("TARGET.scp.Verification.ExplicitVRLittleEndian", "used/a01.r1")]
    assert len(results) == len(statement.claims())


@pytest.mark.parametrize("answer", [p.AssociateRJ(1, 1, 7), p.Abort(2, 0)], ids=["A-ASSOCIATE-RJ", "A-ABORT"])
def test_an_association_that_was_not_accepted_says_nothing_of_contexts(story, answer):
    story.associate(VERIFICATION, answer=answer)
    assert said("context-accepted", story, declare(VERIFICATION)) == []
    assert set(judged(story, declare(VERIFICATION)).values()) == {(ClaimOutcome.NOT_TESTED, None)}


def test_a_context_that_the_answer_leaves_out_is_left_to_the_association_checks(story):
    story.associate(WORKLIST, VERIFICATION, ac=refuse(0))
    assert said("context-accepted", story, declare(VERIFICATION)) == []


def test_what_works_undeclared_is_never_a_failure(story):
    link = story.associate(MPPS, VERIFICATION)
    link.ask("N-CREATE-RQ", Dataset(), AffectedSOPInstanceUID="1.2.3")
    link.answer(0x0000)
    statement = declare(VERIFICATION)
    ((verdict, claim),) = said("undeclared", story, statement)
    assert (verdict, claim) == (Verdict.NOT_DECLARED, None)
    evidence = story.evidence(statement)
    run = RunEvidence((evidence,), evidence.declarations)
    added = [claim for claim in claims_of(run) if claim.outcome is ClaimOutcome.NOT_DECLARED]
    name = "TARGET.scp.ModalityPerformedProcedureStep.ExplicitVRLittleEndian"
    assert [(claim.id, claim.evidence) for claim in added] == [(name, "unit/a01.r1")]


def test_what_is_declared_as_scu_only_is_undeclared_as_scp(story):
    echo(story.associate(VERIFICATION))
    statement = declare(VERIFICATION, role="SCU")
    assert said("undeclared", story, statement) == [(Verdict.NOT_DECLARED, None)]
    untested, added = (ClaimOutcome.NOT_TESTED, None), (ClaimOutcome.NOT_DECLARED, "unit/a01.r1")
    assert list(judged(story, statement).values()) == [untested, untested, added]


def test_an_undeclared_syntax_warns(story):
    echo(story.associate(VERIFICATION))
    statement = declare(VERIFICATION, syntaxes=(IMPLICIT_LITTLE,))
    assert said("transfer-syntax", story, statement) == [(Verdict.WARN, None)]
    assert said("undeclared", story, statement) == [(Verdict.PASS, None)]
    assert judged(story, statement) == {
        "TARGET.scp.Verification.ImplicitVRLittleEndian": (ClaimOutcome.NOT_TESTED, None),
        "TARGET.scp.Verification.ExplicitVRLittleEndian": (ClaimOutcome.NOT_DECLARED, "unit/a01.r1"),
    }


def test_several_entities_are_told_apart_by_the_called_title(story):
    story.associate(WORKLIST, rq={"called_ae": "RIS"}, ac=refuse(3))
    echo(story.associate(VERIFICATION, rq={"called_ae": "PACS"}))
    echo(story.associate(VERIFICATION, rq={"called_ae": "OTHER"}))
    statement = together(declare(WORKLIST, ae="PACS"), declare(VERIFICATION, ae="RIS"))
    # the RIS never claimed a worklist, the PACS no Verification, and the third is nowhere in the statement
    assert said("context-accepted", story, statement) == []
    told = observe("statement.undeclared", story.evidence(statement))
    assert [(seen.verdict, seen.actual) for seen in told] == [
        (Verdict.NOT_DECLARED, "Verification works at PACS, undeclared"),
    ]
    assert [seen.ae for seen in story.evidence(statement).contexts] == ["RIS", "PACS", "OTHER"]


def test_one_entity_is_behind_every_title(story):
    echo(story.associate(VERIFICATION, rq={"called_ae": "RENAMED"}))
    assert (ClaimOutcome.OBSERVED, "unit/a01.r1") in judged(story, declare(VERIFICATION)).values()


def test_the_targets_own_associations_are_no_claims_of_an_scp(story):
    story.associate(COMMITMENT, by_target=True, service="commitment")
    assert story.evidence(declare(COMMITMENT)).contexts == ()


def test_one_context_refused_on_many_associations_is_one_finding(story):
    for _ in range(3):
        story.associate(WORKLIST, VERIFICATION, ac=refuse(0, 3))
    (finding,) = findings("context-accepted", story.evidence(declare(VERIFICATION)))
    assert (finding.verdict, finding.count) == (Verdict.FAIL, 3)


# --- commitment -------------------------------------------------------------------------------------------------------


def transaction(uid: str = "1.2.3") -> Dataset:
    ds = Dataset()
    ds.TransactionUID = uid
    return ds


def requested(story: Story, uid: str = "1.2.3", status: int = 0x0000):
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", transaction(uid))
    link.answer(status)
    return link


def reported(link, uid: str = "1.2.3") -> None:
    link.ask("N-EVENT-REPORT-RQ", transaction(uid), sent=False)
    link.answer(0x0000, sent=True)


def on_same(story: Story, seconds: float = 0.0) -> None:
    link = requested(story)
    story.wait(seconds)
    reported(link)
    link.release()


def on_new(story: Story, seconds: float = 0.0, *, released: bool = False, uid: str = "1.2.3") -> None:
    link = requested(story)
    story.wait(seconds)
    if released:
        link.release()
    reverse = story.associate(COMMITMENT, by_target=True, service="commitment")
    reported(reverse, uid)
    reverse.release()
    if not released:
        link.release()


def never(story: Story, waited: float, cause: str = "target") -> None:
    requested(story).release()
    story.wait(waited)
    story.step("commit", "commitment", "stopped", "no N-EVENT-REPORT", cause, ["a01"])


@pytest.mark.parametrize(
    ("came", "declared", "verdict"),
    [
        (on_same, "same", Verdict.PASS),
        (on_same, "either", Verdict.PASS),
        (on_same, "new", Verdict.FAIL),
        (on_new, "new", Verdict.PASS),
        (on_new, "either", Verdict.PASS),
        (on_new, "same", Verdict.FAIL),
    ],
)
def test_delivery_is_held_against_the_declared_one(story, came, declared, verdict):
    came(story)
    statement = declare(COMMITMENT, delivery=declared)
    claim = "TARGET.commitment.delivery"
    assert said("commitment-delivery", story, statement) == [(verdict, claim if verdict is Verdict.FAIL else None)]
    outcome, evidence = judged(story, statement)[claim]
    assert outcome is (ClaimOutcome.OBSERVED if verdict is Verdict.PASS else ClaimOutcome.CONTRADICTED)
    assert evidence in ("unit/a01.r2", "unit/a02.r1")


def test_a_report_on_a_new_association_after_our_release_contradicts_nothing(story):
    on_new(story, released=True)
    statement = declare(COMMITMENT, delivery="same")
    assert said("commitment-delivery", story, statement) == [(Verdict.NOT_APPLICABLE, None)]
    assert judged(story, statement)["TARGET.commitment.delivery"] == (ClaimOutcome.NOT_TESTED, None)
    assert said("commitment-delivery", story, declare(COMMITMENT, delivery="new")) == [(Verdict.PASS, None)]


def test_a_refused_request_says_nothing_of_its_report(story):
    link = requested(story, status=0x0110)
    story.wait(60)
    reported(link)
    link.release()
    assert said("commitment-delivery", story, declare(COMMITMENT, delivery="new")) == []
    assert said("commitment-time", story, declare(COMMITMENT, delivery="new", max_seconds=1)) == []


def test_our_answer_to_a_report_is_no_operation_that_worked(story):
    link = requested(story, status=0x0110)
    reported(link)
    link.release()
    assert [seen.worked for seen in story.evidence(declare(COMMITMENT)).contexts] == [None]


def test_what_is_not_declared_is_not_compared(story):
    on_same(story, 100)
    assert said("commitment-delivery", story, declare(COMMITMENT)) == []
    assert said("commitment-time", story, declare(COMMITMENT, delivery="same")) == []


@pytest.mark.parametrize(("uid", "came"), [("1.2.3", "new"), ("9.9.9", None)], ids=["its own", "a foreign one"])
def test_a_report_that_nothing_ties_to_the_only_request_is_not_its(story, uid, came):
    on_new(story, uid=uid)
    (seen,) = story.evidence(declare(COMMITMENT)).transactions
    assert seen.came_on == came


def test_reports_are_told_apart_by_transaction(story):
    first, second = requested(story, "1.1"), requested(story, "1.2")
    reported(second, "1.1")
    reported(second, "1.2")
    first.release()
    assert [seen.came_on for seen in story.evidence(declare(COMMITMENT)).transactions] == [None, "same"]


@pytest.mark.parametrize(
    ("seconds", "declared", "verdict", "claim"),
    [
        (1, {"max_seconds": 5, "typical_seconds": 3}, Verdict.PASS, None),
        (4, {"max_seconds": 5, "typical_seconds": 3}, Verdict.WARN, "typical"),
        (6, {"max_seconds": 5, "typical_seconds": 3}, Verdict.FAIL, "maximum"),
        (6, {"max_seconds": 5}, Verdict.FAIL, "maximum"),
        # later than usual is no broken promise (PS3.2 N.5.2.6.2 asks for the typical time)
        (600, {"typical_seconds": 3}, Verdict.WARN, "typical"),
    ],
)
def test_time_is_held_against_the_declared_one(story, seconds, declared, verdict, claim):
    on_new(story, seconds)
    statement = declare(COMMITMENT, delivery="new", **declared)
    expected = f"TARGET.commitment.{claim}" if claim else None
    assert said("commitment-time", story, statement) == [(verdict, expected)]
    outcomes = judged(story, statement)
    for kind, limit in (("typical", "typical_seconds"), ("maximum", "max_seconds")):
        if limit in declared:
            broken = ClaimOutcome.CONTRADICTED if kind == "maximum" else ClaimOutcome.NOT_TESTED
            wanted = ClaimOutcome.OBSERVED if seconds < declared[limit] else broken
            assert outcomes[f"TARGET.commitment.{kind}"][0] is wanted


@pytest.mark.parametrize("declared", [{"max_seconds": 20}, {"max_seconds": 60}, {"typical_seconds": 20}])
def test_that_a_report_never_came_is_left_to_the_check_of_its_arrival(story, declared):
    never(story, 30)
    assert said("commitment-time", story, declare(COMMITMENT, delivery="new", **declared)) == []


def test_a_statement_without_any_time_is_told_so_when_no_report_came(story):
    never(story, 30)
    assert said("commitment-time", story, declare(COMMITMENT, delivery="new")) == [(Verdict.WARN, None)]


def test_a_wait_that_we_broke_off_ourselves_says_nothing(story):
    never(story, 30, cause="setup")
    assert said("commitment-time", story, declare(COMMITMENT, delivery="new", max_seconds=1)) == []


def test_commitment_is_not_judged_where_the_statement_does_not_offer_it(story):
    on_same(story)
    story.step("commit", "commitment", associations=["a01"])
    judgement = judge(story.evidence(declare(VERIFICATION)), [_CHECKS["statement.commitment-delivery"]])
    assert judgement.findings == ()


def test_every_check_of_the_module_is_proved_here():
    """Those of contexts that are not are in test_context_claims.py."""
    mine = {check.id for check in _CHECKS.values() if check.function.__module__ == _registered.__name__}
    contexts = {check.id for check in _CHECKS.values() if check.function.__module__ == _contexts.__name__}
    assert mine <= {f"statement.{name}" for name in CHECKS} <= mine | contexts


def spoken(story: Story, term: str | None, *, answered_in: str | None = None) -> None:
    """A worklist query in one character set, answered in another."""
    link = story.associate(WORKLIST)
    link.ask("C-FIND-RQ", in_set(term))
    link.answer(0xFF00, in_set(answered_in))
    link.answer(0x0000)
    link.release()


def in_set(term: str | None) -> Dataset:
    ds = Dataset()
    if term is not None:
        ds.SpecificCharacterSet = term
    ds.PatientName = "Synthetic-Name"
    return ds


@pytest.mark.parametrize(
    ("term", "answered_in", "verdicts"),
    [
        ("ISO_IR 100", "ISO_IR 100", [Verdict.PASS, Verdict.PASS]),
        ("ISO_IR 100", "ISO_IR 192", [Verdict.PASS, Verdict.NOT_DECLARED]),
        (None, "ISO_IR 144", [Verdict.NOT_DECLARED]),
        (None, None, []),
        (None, "ISO_IR 149", []),  # undefined: worklist.character-set tells
    ],
)
def test_text_is_held_against_the_declared_character_sets(story, term, answered_in, verdicts):
    spoken(story, term, answered_in=answered_in)
    statement = declare(WORKLIST, character_sets=["ISO_IR 100", "ISO_IR 13"])
    assert [verdict for verdict, _ in said("character-set", story, statement)] == verdicts
    outcomes = judged(story, statement)
    observed = ClaimOutcome.OBSERVED if "ISO_IR 100" in (term, answered_in) else ClaimOutcome.NOT_TESTED
    assert outcomes["TARGET.character-set.ISO_IR_100"][0] is observed
    assert outcomes["TARGET.character-set.ISO_IR_13"][0] is ClaimOutcome.NOT_TESTED


def test_a_statement_without_character_sets_says_nothing_of_them(story):
    spoken(story, None, answered_in="ISO_IR 100")
    assert said("character-set", story, declare(WORKLIST)) == []
