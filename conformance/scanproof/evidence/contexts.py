"""Presentation Contexts: what we proposed, what became of it, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanproof.declarations import Declarations
from scanproof.evidence.associations import called_ae, place_of, succeeded
from scanproof.statements import ApplicationEntity, context_claim_id
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.wire import pdu as p


@dataclass(frozen=True)
class ContextSeen:
    """One Presentation Context that we proposed, and what became of it.

    ``entity`` is what a statement says of the called Application Entity, None when none stands for it.
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
        return self.entity.ae if self.entity is not None else called_ae(self.association)

    def claim(self, transfer_syntax: str) -> str:
        """Id of the claim that this context is about, for one of its Transfer Syntaxes."""
        return context_claim_id(self.ae, "SCP", self.sop_class, transfer_syntax)


def contexts_seen(associations: Iterable[AssociationRecord], declarations: Declarations) -> Iterator[ContextSeen]:
    """Yield every Presentation Context in which we asked to be served, on an association which was accepted."""
    for association in associations:
        request = association.request.pdu if association.request is not None else None
        if not association.ours or association.accepted is None or not isinstance(request, p.AssociateRQ):
            continue
        results = {result.context_id: result for result in association.accepted.contexts}
        worked: dict[int, Exchange] = {}
        for operation in association.operations:
            response = succeeded(operation) if operation.request.sent else None
            if response is not None:
                worked.setdefault(operation.request.message.context_id, response)
        entity = declarations.entity(called_ae(association), place_of(association))
        not_user = {role.sop_class_uid for role in request.user.roles if not role.scu}
        for proposed in request.contexts:
            if proposed.abstract_syntax in not_user:
                continue  # we offer to serve it, and ask for nothing
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
