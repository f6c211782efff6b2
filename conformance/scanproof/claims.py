"""What the run says of each claim of the Conformance Statements: observed, contradicted, not tested, not declared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.commitment import Transaction
from scanproof.evidence.contexts import ContextSeen
from scanproof.finding import Finding, Verdict
from scanproof.results import ClaimOutcome, ClaimResult
from scanproof.statement import ApplicationEntity, Claim, character_set_claim_id, commitment_claim_id
from scansim.network.transcript import Exchange
from scansim.vocabulary.services import COMMITMENT, SERVICES
from scansim.vocabulary.uids import uid_name


def evaluate(run: RunEvidence, findings: Iterable[Finding]) -> list[ClaimResult]:
    """Say of each claim what the run showed, and of each thing that works unclaimed that it does.

    Parameters
    ----------
    run : RunEvidence
        Without a statement there are no claims. Only associations with the AE of a claim are evidence of it.
    findings : iterable of Finding
        Of all scenarios and of the run; a FAIL that names a claim contradicts it.

    Returns
    -------
    list of ClaimResult
        The claims in the order of the statements, then what is not declared. One contradiction outweighs every
        observation. A Transfer Syntax that was offered beside the one that the target chose is not tested: the choice
        is the acceptor's (PS3.8 7.1.1.14).
    """
    seen: dict[tuple[str, ClaimOutcome], str] = {}
    undeclared: dict[str, ClaimResult] = {}
    for evidence in run.scenarios:
        for claim_id, outcome, place in _shown_by(evidence):
            seen.setdefault((claim_id, outcome), f"{evidence.label}/{place}")
        for context in evidence.contexts:
            if context.entity is not None and context.worked is not None and context.agreed not in context.declared:
                result = _undeclared(context, f"{evidence.label}/{context.worked.id}")
                undeclared.setdefault(result.id, result)
    for finding in findings:
        if finding.verdict is Verdict.FAIL and finding.claim is not None:
            place = f"{finding.label}/{finding.exchange}" if finding.exchange else finding.label
            seen.setdefault((finding.claim, ClaimOutcome.CONTRADICTED), place)
    results = []
    contexts: dict[int, list[ContextSeen]] = {}
    for evidence in run.scenarios:
        for context in evidence.contexts:
            contexts.setdefault(id(context.entity), []).append(context)
    for entity, claim in run.declarations.claims():
        outcomes = [each for each in (ClaimOutcome.CONTRADICTED, ClaimOutcome.OBSERVED) if (claim.id, each) in seen]
        outcome = outcomes[0] if outcomes else ClaimOutcome.NOT_TESTED
        reason = "" if outcomes else _not_tested(run, entity, claim, contexts.get(id(entity), []))
        at = seen.get((claim.id, outcome))
        results.append(ClaimResult(id=claim.id, text=claim.text, outcome=outcome, evidence=at, reason=reason))
    return results + [undeclared[key] for key in sorted(undeclared)]


def _not_tested(run: RunEvidence, entity: ApplicationEntity, claim: Claim, seen: list[ContextSeen]) -> str:
    """Why nothing was observed of a claim."""
    declarations = run.declarations
    addresses = declarations.stands_for(entity)
    if declarations.site and not addresses:
        return f"the site names no AE that the statement's {entity.ae} stands for"
    sop_class = str(claim.data.get("sop_class", ""))
    if claim.kind == "context":
        service = next((name for name, each in SERVICES.items() if each.has(sop_class)), "")
    else:
        service = "" if claim.kind == "character-set" else COMMITMENT.name
    if service and SERVICES[service].addressed and declarations.site and declarations.of_service(service) is not entity:
        there = declarations.site.get(service)
        named = f"names {there.rpartition('@')[0]} for {service}" if there else f"names no AE for {service}"
        return f"the site {named}"
    if not seen:
        return f"no association with {entity.ae} came about in this run"
    return _not_shown(seen, sop_class, claim) if claim.kind == "context" else "nothing in this run showed it"


def _not_shown(seen: list[ContextSeen], sop_class: str, claim: Claim) -> str:
    """Why the contexts that were proposed to an entity say nothing of a claim about one."""
    if claim.data["role"] == "SCU":
        return "nothing in this run has the target as SCU of it"
    syntax = claim.data["transfer_syntax"]
    offered = [context for context in seen if context.sop_class == sop_class and syntax in context.proposed]
    if not offered:
        return "nothing in this run offered it"
    if any(context.agreed == syntax for context in offered):
        return "it was accepted, and nothing succeeded on it"
    chosen = next((context.agreed for context in offered if context.agreed), "")
    return f"offered, and the target chose {uid_name(chosen)}" if chosen else "no answer told of it"


def _shown_by(evidence: Evidence) -> Iterator[tuple[str, ClaimOutcome, str]]:
    """Yield claim, outcome and id of the message or association, for all that one scenario showed of claims."""
    for context in evidence.contexts:
        yield from _of_context(context)
    for transaction in evidence.transactions:
        for claim_id, report in _kept_by(transaction):
            yield claim_id, ClaimOutcome.OBSERVED, report.id
    for text in evidence.texts:
        for term in text.terms:
            yield character_set_claim_id(text.entity.ae, term), ClaimOutcome.OBSERVED, text.exchange.id


def _of_context(context: ContextSeen) -> Iterator[tuple[str, ClaimOutcome, str]]:
    if context.result == 0:
        if context.worked is not None and context.agreed in context.declared:
            yield context.claim(context.agreed), ClaimOutcome.OBSERVED, context.worked.id
    elif context.result is not None:
        for syntax in context.proposed:  # those that nobody claims are no claim's id
            yield context.claim(syntax), ClaimOutcome.CONTRADICTED, context.association.id


def _undeclared(context: ContextSeen, place: str) -> ClaimResult:
    text = f"{context.ae} works as SCP of {uid_name(context.sop_class)} in {uid_name(context.agreed)}, unclaimed"
    return ClaimResult(id=context.claim(context.agreed), text=text, outcome=ClaimOutcome.NOT_DECLARED, evidence=place)


def _kept_by(transaction: Transaction) -> Iterator[tuple[str, Exchange]]:
    """Yield the id of each claim about commitment results that a report has kept, and the report."""
    declared = transaction.entity.commitment if transaction.entity is not None else None
    if declared is None or transaction.entity is None or transaction.report is None or transaction.seconds is None:
        return
    ae, report = transaction.entity.ae, transaction.report.request
    if transaction.delivered_as(declared.delivery):
        yield commitment_claim_id(ae, "delivery"), report
    if declared.typical_seconds is not None and transaction.seconds <= declared.typical_seconds:
        yield commitment_claim_id(ae, "typical"), report
    if declared.max_seconds is not None and transaction.seconds <= declared.max_seconds:
        yield commitment_claim_id(ae, "maximum"), report
