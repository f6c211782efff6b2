"""What the run says of each claim of the Conformance Statement: observed, contradicted, untested, or undeclared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scanproof.finding import Finding, Verdict
from scanproof.results import ClaimOutcome, ClaimResult
from scanproof.statement import (
    ApplicationEntity,
    Delivery,
    Statement,
    character_set_claim_id,
    commitment_claim_id,
    context_claim_id,
)
from scansim.network.transcript import AssociationRecord, Exchange, Operation, Transcript
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import COMMITMENT, uid_name
from scansim.wire import pdu as p


@dataclass(frozen=True)
class ContextSeen:
    """One Presentation Context that we proposed, and what became of it.

    ``entity`` is what the statement says of the called Application Entity, None when it does not know that title.
    ``result`` is that of the A-ASSOCIATE-AC, None when it left the context out; ``agreed`` the Transfer Syntax of an
    accepted one; ``worked`` the response of its first operation that succeeded.
    """

    association: AssociationRecord
    entity: ApplicationEntity | None
    sop_class: str
    proposed: tuple[str, ...]
    result: int | None
    agreed: str
    worked: Exchange | None

    @property
    def declared(self) -> tuple[str, ...]:
        """Transfer Syntaxes that the statement claims for this SOP Class as SCP."""
        return self.entity.transfer_syntaxes(self.sop_class) if self.entity is not None else ()

    @property
    def ae(self) -> str:
        """AE title as the statement has it, or the one that was called."""
        return self.entity.ae if self.entity is not None else _called(self.association)

    def claim(self, transfer_syntax: str) -> str:
        """Id of the claim that this context is about, for one of its Transfer Syntaxes."""
        return context_claim_id(self.ae, "SCP", self.sop_class, transfer_syntax)


@dataclass(frozen=True)
class CommitmentSeen:
    """One N-ACTION that was accepted, and the N-EVENT-REPORT that belongs to it, if one came.

    ``seconds`` runs from the end of the request to the report, or to the end of the wait for it; None when nobody
    waited to the end.
    """

    entity: ApplicationEntity | None
    action: Operation
    report: Operation | None
    seconds: float | None

    @property
    def came_on(self) -> Delivery | None:
        """Whether the report came on the ``same`` association or a ``new`` one; None without a report."""
        if self.report is None:
            return None
        return "same" if self.report.association.id == self.action.association.id else "new"

    def delivered_as(self, declared: Delivery) -> bool | None:
        """Whether the report came as declared.

        None when that cannot be said: no report, or one on a new association after we had released the one that it was
        declared for, which leaves the target no other way (PS3.4 J.3.3.1.2).
        """
        if self.report is None:
            return None
        if declared in ("either", self.came_on):
            return True
        opened = self.report.association.request
        if declared == "same" and (opened is None or opened.began >= _given_up(self.action.association)):
            return None
        return False


def _called(association: AssociationRecord) -> str:
    return str(association.facts.get("called_ae", ""))


def _given_up(association: AssociationRecord) -> int:
    """When we asked for the association's end, in ns, or when it was last heard of."""
    asked = [event.began for event in association.sent if isinstance(event.pdu, p.ReleaseRQ | p.Abort)]
    passed = [event.ended for event in (*association.sent, *association.received)]
    return min(asked) if asked else max(passed, default=0)


def succeeded(operation: Operation) -> Exchange | None:
    """The final response of an operation that was carried out, if need be with a warning."""
    final = operation.final
    return final if final is not None and is_success(final.command.status) else None


def contexts(transcript: Transcript, statement: Statement) -> Iterator[ContextSeen]:
    """Yield every Presentation Context that we proposed on an association which was accepted."""
    for association in transcript.associations:
        request = association.request.pdu if association.request is not None else None
        if not association.ours or association.accepted is None or not isinstance(request, p.AssociateRQ):
            continue
        results = {result.context_id: result for result in association.accepted.contexts}
        worked: dict[int, Exchange] = {}
        for operation in association.operations:
            response = succeeded(operation) if operation.request.sent else None
            if response is not None:
                worked.setdefault(operation.request.message.context_id, response)
        entity = statement.entity(_called(association))
        for proposed in request.contexts:
            answer = results.get(proposed.context_id)
            yield ContextSeen(
                association,
                entity,
                proposed.abstract_syntax,
                proposed.transfer_syntaxes,
                answer.result if answer is not None else None,
                (answer.transfer_syntax or "") if answer is not None and answer.result == 0 else "",
                worked.get(proposed.context_id),
            )


def commitments(transcript: Transcript, statement: Statement) -> Iterator[CommitmentSeen]:
    """Yield every accepted commitment request with the first report that belongs to it."""
    actions = [
        operation
        for operation in transcript.operations
        if operation.request.sent
        and operation.request.name == "N-ACTION-RQ"
        and operation.request.abstract_syntax == COMMITMENT
        and succeeded(operation) is not None
    ]
    reports = [
        operation
        for operation in transcript.operations
        if not operation.request.sent and operation.request.name == "N-EVENT-REPORT-RQ"
    ]
    reports.sort(key=lambda report: report.request.message.ended)
    for action in actions:
        transaction = _transaction(action)
        mine = [report for report in reports if _transaction(report) == transaction]
        if not mine and len(actions) == 1:
            mine = reports  # with another Transaction UID, which is for another check to say
        ended = mine[0].request.message.ended / 1e9 if mine else _waited_until(transcript, action)
        began = action.request.message.ended / 1e9
        yield CommitmentSeen(
            statement.entity(_called(action.association)),
            action,
            mine[0] if mine else None,
            None if ended is None else ended - began,
        )


def _transaction(operation: Operation) -> str:
    dataset = operation.request.dataset
    return dataset.text("TransactionUID") if dataset is not None else ""


def _waited_until(transcript: Transcript, action: Operation) -> float | None:
    """When the step of a request ended because nothing came, in s on the transcript's clock."""
    for step in transcript.steps:
        if action.association.id in step.associations:
            return step.ended if step.cause is Cause.TARGET else None
    return None


@dataclass(frozen=True)
class TextSeen:
    """A data set with a Specific Character Set that the target sent, or took with success."""

    entity: ApplicationEntity
    exchange: Exchange
    terms: tuple[str, ...]


def texts(transcript: Transcript, statement: Statement) -> Iterator[TextSeen]:
    """Yield what travelled in an announced character set on associations that we opened."""
    for association in transcript.associations:
        entity = statement.entity(_called(association)) if association.ours else None
        for operation in association.operations if entity is not None else ():
            taken = [operation.request] if operation.request.sent and succeeded(operation) is not None else []
            for exchange in (*taken, *(response for response in operation.responses if not response.sent)):
                terms = exchange.dataset.values("SpecificCharacterSet") if exchange.dataset is not None else ()
                if any(terms) and entity is not None:
                    yield TextSeen(entity, exchange, tuple(filter(None, terms)))


def evaluate(
    statement: Statement | None, transcripts: Sequence[Transcript], findings: Iterable[Finding]
) -> list[ClaimResult]:
    """Say of each claim what the run showed, and of each thing that works unclaimed that it does.

    Parameters
    ----------
    statement : Statement or None
        Without one there are no claims.
    transcripts : sequence of Transcript
        One per scenario.
    findings : iterable of Finding
        Of all scenarios; a FAIL that names a claim contradicts it.

    Returns
    -------
    list of ClaimResult
        The claims in the order of the statement, then what is undeclared. One contradiction outweighs every
        observation. A Transfer Syntax that was offered beside the one that the target chose is untested: the choice is
        the acceptor's (PS3.8 7.1.1.14).
    """
    if statement is None:
        return []
    seen: dict[tuple[str, ClaimOutcome], str] = {}
    undeclared: dict[str, ClaimResult] = {}
    for transcript in transcripts:
        scenario = str(transcript.scenario["id"])
        for context in contexts(transcript, statement):
            for claim_id, outcome, evidence in _of_context(context):
                seen.setdefault((claim_id, outcome), f"{scenario}/{evidence}")
            if context.worked is not None and context.agreed not in context.declared:
                result = _undeclared(context, f"{scenario}/{context.worked.id}")
                undeclared.setdefault(result.id, result)
        for commitment in commitments(transcript, statement):
            for claim_id, report in _kept_by(commitment):
                seen.setdefault((claim_id, ClaimOutcome.OBSERVED), f"{scenario}/{report.id}")
        for text in texts(transcript, statement):
            for term in text.terms:
                claim_id = character_set_claim_id(text.entity.ae, term)
                seen.setdefault((claim_id, ClaimOutcome.OBSERVED), f"{scenario}/{text.exchange.id}")
    for finding in findings:
        if finding.verdict is Verdict.FAIL and finding.claim is not None:
            evidence = f"{finding.scenario}/{finding.exchange}" if finding.exchange else finding.scenario
            seen.setdefault((finding.claim, ClaimOutcome.CONTRADICTED), evidence)
    results = []
    for claim in statement.claims():
        outcomes = [each for each in (ClaimOutcome.CONTRADICTED, ClaimOutcome.OBSERVED) if (claim.id, each) in seen]
        outcome = outcomes[0] if outcomes else ClaimOutcome.UNTESTED
        results.append(
            ClaimResult(id=claim.id, text=claim.text, outcome=outcome, evidence=seen.get((claim.id, outcome)))
        )
    return results + [undeclared[key] for key in sorted(undeclared)]


def _of_context(context: ContextSeen) -> Iterator[tuple[str, ClaimOutcome, str]]:
    """Yield claim, outcome and evidence of one context."""
    if context.result == 0:
        if context.worked is not None and context.agreed in context.declared:
            yield context.claim(context.agreed), ClaimOutcome.OBSERVED, context.worked.id
    elif context.result is not None:
        for syntax in context.proposed:  # those that nobody claims are no claim's id
            yield context.claim(syntax), ClaimOutcome.CONTRADICTED, context.association.id


def _undeclared(context: ContextSeen, evidence: str) -> ClaimResult:
    text = f"{context.ae} works as SCP of {uid_name(context.sop_class)} in {uid_name(context.agreed)}, unclaimed"
    return ClaimResult(id=context.claim(context.agreed), text=text, outcome=ClaimOutcome.UNDECLARED, evidence=evidence)


def _kept_by(commitment: CommitmentSeen) -> Iterator[tuple[str, Exchange]]:
    """Yield the id of each claim about commitment results that a report has kept, and the report."""
    declared = commitment.entity.commitment if commitment.entity is not None else None
    if declared is None or commitment.entity is None or commitment.report is None or commitment.seconds is None:
        return
    ae, report = commitment.entity.ae, commitment.report.request
    if commitment.delivered_as(declared.delivery):
        yield commitment_claim_id(ae, "delivery"), report
    if declared.typical_seconds is not None and commitment.seconds <= declared.typical_seconds:
        yield commitment_claim_id(ae, "typical"), report
    if declared.max_seconds is not None and commitment.seconds <= declared.max_seconds:
        yield commitment_claim_id(ae, "maximum"), report
