"""What the run says of each claim of the Conformance Statement: observed, contradicted, untested, or undeclared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.commitment import Transaction
from scanproof.evidence.contexts import ContextSeen
from scanproof.finding import Finding, Verdict
from scanproof.results import ClaimOutcome, ClaimResult
from scanproof.statement import character_set_claim_id, commitment_claim_id
from scansim.network.transcript import Exchange
from scansim.vocabulary.uids import uid_name


def evaluate(run: RunEvidence, findings: Iterable[Finding]) -> list[ClaimResult]:
    """Say of each claim what the run showed, and of each thing that works unclaimed that it does.

    Parameters
    ----------
    run : RunEvidence
        Without a statement there are no claims.
    findings : iterable of Finding
        Of all scenarios and of the run; a FAIL that names a claim contradicts it.

    Returns
    -------
    list of ClaimResult
        The claims in the order of the statement, then what is undeclared. One contradiction outweighs every
        observation. A Transfer Syntax that was offered beside the one that the target chose is untested: the choice is
        the acceptor's (PS3.8 7.1.1.14).
    """
    if run.statement is None:
        return []
    seen: dict[tuple[str, ClaimOutcome], str] = {}
    undeclared: dict[str, ClaimResult] = {}
    for evidence in run.scenarios:
        for claim_id, outcome, place in _shown_by(evidence):
            seen.setdefault((claim_id, outcome), f"{evidence.label}/{place}")
        for context in evidence.contexts:
            if context.worked is not None and context.agreed not in context.declared:
                result = _undeclared(context, f"{evidence.label}/{context.worked.id}")
                undeclared.setdefault(result.id, result)
    for finding in findings:
        if finding.verdict is Verdict.FAIL and finding.claim is not None:
            place = f"{finding.label}/{finding.exchange}" if finding.exchange else finding.label
            seen.setdefault((finding.claim, ClaimOutcome.CONTRADICTED), place)
    results = []
    for claim in run.statement.claims():
        outcomes = [each for each in (ClaimOutcome.CONTRADICTED, ClaimOutcome.OBSERVED) if (claim.id, each) in seen]
        outcome = outcomes[0] if outcomes else ClaimOutcome.UNTESTED
        results.append(
            ClaimResult(id=claim.id, text=claim.text, outcome=outcome, evidence=seen.get((claim.id, outcome)))
        )
    return results + [undeclared[key] for key in sorted(undeclared)]


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
    return ClaimResult(id=context.claim(context.agreed), text=text, outcome=ClaimOutcome.UNDECLARED, evidence=place)


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
