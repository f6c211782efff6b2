"""Claims of Presentation Contexts against hand-made negotiations: what contradicts them, and what leaves them alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.check import Kept
from scanproof.checks import all_checks
from scanproof.claims import evaluate
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.judge import judge_run
from scanproof.results import ClaimOutcome, ClaimResult
from scanproof.statements import Claim, Statement
from scansim.vocabulary.uids import SOP_CLASSES, TRANSFER_SYNTAXES, is_storage_class
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, VERIFICATION, Story, facts, observe, stated

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
JPEG, RLE = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.5"
NATIVE = (EXPLICIT_LITTLE, IMPLICIT_LITTLE)
STORAGE = tuple(filter(is_storage_class, SOP_CLASSES))
FIRST, OWN = {"rule": "first_proposed"}, {"rule": "own_preference"}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def said(
    classes: Sequence[str] = (CT_IMAGE,), syntaxes: Sequence[str] = NATIVE, role: str = "SCP", **claims: Any
) -> Statement:
    """A statement of some contexts, and of more claims by their kinds with `_` for `-`, each with its data."""
    group = {"sop_classes": tuple(classes), "roles": (role,), "transfer_syntaxes": tuple(syntaxes)}
    entity = {"ae": "TARGET", "presentation_contexts": (group,)}
    statement = stated({"product": {"name": "P", "version": "1"}, "application_entities": (entity,)})
    (before,) = statement.application_entities
    more = []
    for name, data in claims.items():
        kind = name.replace("_", "-")
        of = str(data.get("role", "SCP"))
        facts_of = {key: value for key, value in data.items() if key != "role"}
        more.append(Claim(kind, kind, kind, "TARGET", of, facts_of))  # type: ignore[arg-type]
    return replace(statement, application_entities=(replace(before, said=(*before.said, *more)),))


def negotiate(
    story: Story, offers: Sequence[tuple[str, Sequence[str]]], taken: Mapping[tuple[str, str], int] | Sequence[str]
) -> None:
    """One association: of each context the first syntax that is taken, or the result of a refusal by its pair."""
    contexts = tuple(p.ProposedContext(2 * n + 1, uid, tuple(syntaxes)) for n, (uid, syntaxes) in enumerate(offers))
    answers = []
    for context in contexts:
        if isinstance(taken, Mapping):
            results = {syntax: taken.get((context.abstract_syntax, syntax), 0) for syntax in context.transfer_syntaxes}
        else:  # the target's own order
            own = sorted(set(context.transfer_syntaxes) & set(taken), key=[*taken].index)
            results = dict.fromkeys(own, 0) or dict.fromkeys(context.transfer_syntaxes, 4)
        chosen = next((syntax for syntax, result in results.items() if not result), None)
        result = 0 if chosen else next(iter(results.values()))
        answers.append(p.ContextResult(context.context_id, result, chosen or EXPLICIT_LITTLE))
    story.associate(VERIFICATION, rq={"contexts": contexts}, ac={"contexts": tuple(answers)}).release()


def each(classes: Sequence[str], syntaxes: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    return [(sop_class, (syntax,)) for sop_class in classes for syntax in syntaxes]


def verdicts(name: str, evidence: Evidence) -> list[Verdict]:
    return [seen.verdict for seen in observe(f"statement.{name}", evidence)]


def kept(name: str, evidence: Evidence) -> dict[str, bool]:
    """Claims that a check saw kept or broken."""
    run = RunEvidence((evidence,), evidence.declarations)
    seen = all_checks()[f"statement.{name}"].function(run)
    return {one.claim: one.kept for one in seen if isinstance(one, Kept)}


def outcomes(evidence: Evidence) -> list[ClaimResult]:
    run = RunEvidence((evidence,), evidence.declarations)
    checks = [check for check in all_checks().values() if check.id.startswith("statement.") and check.judges == "run"]
    judged = judge_run(run, checks)
    return evaluate(run, judged.kept, judged.findings)


# --- refused ----------------------------------------------------------------------------------------------------------


def test_250_pairs_that_are_refused_for_one_cause_are_one_entry(story: Story) -> None:
    classes, syntaxes = STORAGE[:50], (*NATIVE, JPEG, RLE, *(f"1.2.840.10008.1.2.4.{n}" for n in (51, 57, 70)))
    refused = {(uid, syntax): 4 for uid in classes for syntax in syntaxes[2:]}
    offers = each(classes, syntaxes)
    for start in range(0, len(offers), 120):
        negotiate(story, offers[start : start + 120], refused)
    evidence = story.evidence(said(classes, syntaxes))
    run = RunEvidence((evidence,), evidence.declarations)
    (finding,) = judge_run(run, [all_checks()["statement.context-accepted"]]).findings
    assert finding.verdict is Verdict.FAIL
    assert finding.count == len(refused) == 250
    assert "50 SOP Classes" in finding.actual
    told = outcomes(evidence)
    assert sum(claim.outcome is ClaimOutcome.CONTRADICTED for claim in told) == 250
    assert sum(claim.outcome is ClaimOutcome.OBSERVED for claim in told) == 100


def test_what_was_not_chosen_is_neither_contradicted_nor_decided(story: Story) -> None:
    negotiate(story, [(CT_IMAGE, (JPEG, *NATIVE))], (EXPLICIT_LITTLE,))
    evidence = story.evidence(said(syntaxes=(JPEG, *NATIVE)))
    assert kept("context-accepted", evidence) == {"TARGET.scp.CTImageStorage.ExplicitVRLittleEndian": True}


def test_a_class_that_is_taken_one_context_at_a_time_is_not_contradicted(story: Story) -> None:
    for wanted in (EXPLICIT_LITTLE, IMPLICIT_LITTLE):
        other = {(CT_IMAGE, syntax): 2 for syntax in NATIVE if syntax != wanted}
        negotiate(story, each([CT_IMAGE], NATIVE), other)
    evidence = story.evidence(said())
    assert set(kept("context-accepted", evidence).values()) == {True}
    assert Verdict.FAIL not in verdicts("context-accepted", evidence)


# --- not supported, closed --------------------------------------------------------------------------------------------


def test_what_is_not_supported_and_accepted_fails(story: Story) -> None:
    negotiate(story, [(MR_IMAGE, NATIVE)], NATIVE)
    evidence = story.evidence(said(not_supported={"sop_class": MR_IMAGE}))
    assert verdicts("not-supported", evidence) == [Verdict.FAIL]
    assert kept("not-supported", evidence) == {"not-supported": False}


def test_what_is_not_supported_and_refused_is_observed(story: Story) -> None:
    negotiate(story, [(MR_IMAGE, NATIVE), (CT_IMAGE, NATIVE)], {(MR_IMAGE, syntax): 3 for syntax in NATIVE})
    evidence = story.evidence(said(not_supported={"sop_class": MR_IMAGE}))
    assert kept("not-supported", evidence) == {"not-supported": True}
    assert verdicts("not-supported", evidence) == [Verdict.PASS]


def test_what_is_not_supported_as_scu_and_proposed_fails(story: Story) -> None:
    story.associate(CT_IMAGE, by_target=True, service="storage", rq={"calling_ae": "TARGET"}).release()
    wrong = story.evidence(said(not_supported={"sop_class": CT_IMAGE, "role": "SCU"}))
    assert kept("not-supported", wrong) == {"not-supported": False}
    served = story.evidence(said(not_supported={"sop_class": CT_IMAGE}))  # as SCP: that says nothing of it
    assert kept("not-supported", served) == {}


def test_a_closed_list_tells_what_goes_beyond_it_by_cause(story: Story) -> None:
    negotiate(story, each((CT_IMAGE, *STORAGE[:40]), (EXPLICIT_LITTLE, JPEG)), {})
    evidence = story.evidence(said(closed_list={}))
    told = [seen.actual for seen in observe("statement.closed-list", evidence)]
    assert len(told) == 2
    assert "which the statement does not list" in told[0]
    assert "CT Image Storage is accepted in JPEG Baseline (Process 1), beyond" in told[1]
    assert kept("closed-list", evidence) == {"closed-list": False}
    assert facts("statement.undeclared", evidence) == []  # once is enough


def test_an_open_list_is_not_contradicted_and_few_lines_are_told(story: Story) -> None:
    negotiate(story, each((CT_IMAGE, *STORAGE[:40]), (EXPLICIT_LITTLE, JPEG)), {})
    evidence = story.evidence(said())
    assert verdicts("closed-list", evidence) == []
    assert len(facts("statement.undeclared", evidence)) == 2
    assert verdicts("undeclared", evidence) == []
    assert set(verdicts("transfer-syntax", evidence)) == {Verdict.PASS}  # nothing declared was there to choose
    unstated = [claim for claim in outcomes(evidence) if claim.outcome is ClaimOutcome.NOT_DECLARED]
    assert len(unstated) == len({CT_IMAGE, *STORAGE[:40]})  # one a class


def test_a_list_is_seen_to_be_closed_only_when_all_that_it_leaves_out_was_refused(story: Story) -> None:
    others = [uid for uid in SOP_CLASSES if uid != CT_IMAGE]
    refused = {(uid, IMPLICIT_LITTLE): 3 for uid in others}
    for start in range(0, len(others) - 1, 120):
        negotiate(story, each([*others[start : start + 120]], (IMPLICIT_LITTLE,)), refused)
    assert kept("closed-list", story.evidence(said(closed_list={}))) == {"closed-list": True}


def test_one_class_that_was_not_offered_leaves_a_closed_list_open(story: Story) -> None:
    negotiate(story, each(STORAGE[:9], (IMPLICIT_LITTLE,)), {(uid, IMPLICIT_LITTLE): 3 for uid in STORAGE[:9]})
    assert kept("closed-list", story.evidence(said([VERIFICATION], closed_list={}))) == {}


# --- choice -----------------------------------------------------------------------------------------------------------

ORDERS = [(JPEG, EXPLICIT_LITTLE, IMPLICIT_LITTLE), (EXPLICIT_LITTLE, JPEG, IMPLICIT_LITTLE)]


@pytest.mark.parametrize(
    ("rule", "own", "expected"),
    [
        (FIRST, {}, True),
        (FIRST, (EXPLICIT_LITTLE, JPEG), False),
        (OWN, (EXPLICIT_LITTLE, JPEG), True),
        (OWN, {}, False),
        ({**OWN, "order": (EXPLICIT_LITTLE, JPEG)}, (EXPLICIT_LITTLE, JPEG), True),
        ({**OWN, "order": (JPEG, EXPLICIT_LITTLE)}, (EXPLICIT_LITTLE, JPEG), False),
        ({"rule": "by the moon"}, {}, None),
    ],
)
def test_the_choice_is_held_against_the_rule(story: Story, rule: Any, own: Any, expected: bool | None) -> None:
    negotiate(story, [*each([CT_IMAGE], ORDERS[0][:2]), *((CT_IMAGE, order) for order in ORDERS)], own)
    evidence = story.evidence(said(syntax_selection=rule))
    assert kept("syntax-selection", evidence) == ({} if expected is None else {"syntax-selection": expected})
    wanted = {None: [], True: [Verdict.PASS], False: [Verdict.FAIL]}
    assert verdicts("syntax-selection", evidence) == wanted[expected]


@pytest.mark.parametrize("rule", [FIRST, OWN])
def test_one_choice_fits_both_rules(story: Story, rule: Any) -> None:
    negotiate(story, [*each([CT_IMAGE], NATIVE), (CT_IMAGE, NATIVE)], {})
    assert kept("syntax-selection", story.evidence(said(syntax_selection=rule))) == {}


def test_what_stands_in_front_and_is_never_taken_contradicts_nothing(story: Story) -> None:
    refused = {(CT_IMAGE, JPEG): 4}
    negotiate(story, [(CT_IMAGE, (JPEG,)), *((CT_IMAGE, order) for order in ORDERS)], refused)
    assert kept("syntax-selection", story.evidence(said(syntax_selection=FIRST))) == {}


# --- as requestor -----------------------------------------------------------------------------------------------------


def test_a_claim_as_scu_is_observed_by_what_the_target_proposes(story: Story) -> None:
    link = story.associate(CT_IMAGE, by_target=True, service="storage", rq={"calling_ae": "TARGET"})
    link.ask("C-STORE-RQ", Dataset(), sent=False)
    link.answer(0x0000, sent=True)
    link.release()
    told = {claim.id: (claim.outcome, claim.depth) for claim in outcomes(story.evidence(said(role="SCU")))}
    assert told["TARGET.scu.CTImageStorage.ExplicitVRLittleEndian"] == (ClaimOutcome.OBSERVED, "exchanged")
    assert told["TARGET.scu.CTImageStorage.ImplicitVRLittleEndian"] == (ClaimOutcome.OBSERVED, "negotiated")


def test_what_it_proposes_and_does_not_state_is_a_note(story: Story) -> None:
    story.associate(MR_IMAGE, by_target=True, service="storage", rq={"calling_ae": "TARGET"}).release()
    evidence = story.evidence(said(role="SCU"))
    (note,) = facts("statement.requestor", evidence)
    assert note == "TARGET proposes MR Image Storage as SCU, which its statement does not say"
    assert verdicts("requestor", evidence) == []
    unstated = [claim.id for claim in outcomes(evidence) if claim.outcome is ClaimOutcome.NOT_DECLARED]
    assert unstated == ["TARGET.scu.MRImageStorage"]


def test_a_report_is_proposed_in_the_role_of_the_scp(story: Story) -> None:
    roles = {
        "calling_ae": "TARGET",
        "user": p.UserInformation(16384, "1.2.3", None, (p.RoleSelection(COMMITMENT, 0, 1),)),
    }
    story.associate(COMMITMENT, by_target=True, service="commitment", rq=roles).release()
    evidence = story.evidence(said([COMMITMENT]))
    assert set(kept("requestor", evidence)) == {
        "TARGET.scp.StorageCommitmentPushModel.ExplicitVRLittleEndian",
        "TARGET.scp.StorageCommitmentPushModel.ImplicitVRLittleEndian",
    }
    assert kept("requestor", story.evidence(said([COMMITMENT], role="SCU"))) == {}


@pytest.mark.long
def test_ten_thousand_claims_are_no_work(story: Story) -> None:
    classes = STORAGE[:150]
    syntaxes = TRANSFER_SYNTAXES
    negotiate(story, each([CT_IMAGE], NATIVE), {})
    told = outcomes(story.evidence(said(classes, syntaxes)))
    assert len([claim for claim in told if claim.outcome is ClaimOutcome.NOT_TESTED]) > 8000
