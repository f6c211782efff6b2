"""Presentation Contexts: what we proposed and the target proposed, what became of it, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

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
    def chosen(self) -> str:
        """The Transfer Syntax that was agreed on, if it is one of those proposed; else empty."""
        return self.agreed if self.agreed in self.proposed else ""

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
        worked = _worked(association, sent=True)
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


def _worked(association: AssociationRecord, *, sent: bool) -> dict[int, Exchange]:
    """The response of the first operation that succeeded of each context, of ours or of the target's."""
    worked: dict[int, Exchange] = {}
    for operation in association.operations:
        response = succeeded(operation) if operation.request.sent == sent else None
        if response is not None:
            worked.setdefault(operation.request.message.context_id, response)
    return worked


@dataclass(frozen=True)
class Located:
    """A context that we proposed, and the label of the scenario that it was seen in."""

    label: str
    context: ContextSeen

    @property
    def where(self) -> str:
        """Id of its association."""
        return self.context.association.id


@dataclass(frozen=True)
class Negotiated:
    """All contexts that were proposed to one Application Entity of a statement, in the order of the run."""

    entity: ApplicationEntity
    contexts: tuple[Located, ...]

    @cached_property
    def accepted(self) -> Mapping[tuple[str, str], Located]:
        """SOP Class and Transfer Syntax that were agreed on, each with the first time."""
        found: dict[tuple[str, str], Located] = {}
        for each in self.contexts:
            if each.context.chosen:
                found.setdefault((each.context.sop_class, each.context.chosen), each)
        return found

    @cached_property
    def _accepted_at(self) -> frozenset[tuple[str, str, str]]:
        taken = (each for each in self.contexts if each.context.chosen)
        return frozenset((each.label, each.where, each.context.sop_class) for each in taken)

    @cached_property
    def refused(self) -> Mapping[tuple[str, str], tuple[Located, ...]]:
        """SOP Class and Transfer Syntax of refused contexts, with each time that it was refused.

        Whoever takes one context of a SOP Class at a time has not refused what it takes the next time: that is left
        out where another context of the class was accepted beside it.
        """
        found: dict[tuple[str, str], list[Located]] = {}
        for each in self.contexts:
            context = each.context
            if not context.result:
                continue
            beside = (each.label, each.where, context.sop_class) in self._accepted_at
            for syntax in context.proposed:
                if not (beside and (context.sop_class, syntax) in self.accepted):
                    found.setdefault((context.sop_class, syntax), []).append(each)
        return {pair: tuple(each) for pair, each in found.items()}

    @cached_property
    def beyond(self) -> Mapping[str, tuple[str, ...]]:
        """SOP Classes that are accepted in Transfer Syntaxes that the statement does not list for it, with these."""
        found: dict[str, list[str]] = {}
        for sop_class, syntax in self.accepted:
            if syntax not in self.entity.transfer_syntaxes(sop_class):
                found.setdefault(sop_class, []).append(syntax)
        return {sop_class: tuple(syntaxes) for sop_class, syntaxes in found.items()}


def negotiated(scenarios: Iterable[tuple[str, Iterable[ContextSeen]]]) -> Iterator[Negotiated]:
    """Yield what was proposed to each Application Entity that a statement stands for, by the labels of scenarios."""
    found: dict[int, tuple[ApplicationEntity, list[Located]]] = {}
    for label, contexts in scenarios:
        for context in contexts:
            if context.entity is not None:
                found.setdefault(id(context.entity), (context.entity, []))[1].append(Located(label, context))
    yield from (Negotiated(entity, tuple(contexts)) for entity, contexts in found.values())


@dataclass(frozen=True)
class Acted:
    """A SOP Class and Transfer Syntax in which the target acted, or offered to, as a requestor does.

    ``role`` is the one that it acts in; ``worked`` our answer to its first request that we could carry out.
    """

    association: AssociationRecord
    entity: ApplicationEntity
    role: str
    sop_class: str
    transfer_syntax: str
    worked: Exchange | None

    @property
    def claim(self) -> str:
        """Id of the claim that this shows, if it is made."""
        return context_claim_id(self.entity.ae, self.role, self.sop_class, self.transfer_syntax)


def proposed_by_target(
    association: AssociationRecord, request: p.AssociateRQ, declarations: Declarations
) -> Iterator[Acted]:
    """Yield what the target proposed on an association that it opened to us.

    Its role is that of the SCU, unless it proposes another one (PS3.7 D.3.3.4).
    """
    entity = declarations.entity(request.calling_ae)
    if entity is None:
        return
    roles = {role.sop_class_uid: role for role in request.user.roles}
    results = association.accepted.contexts if association.accepted is not None else ()
    agreed = {each.context_id: each.transfer_syntax for each in results if each.result == 0}
    worked = _worked(association, sent=False)
    for context in request.contexts:
        selected = roles.get(context.abstract_syntax)
        acts = [("SCU", selected is None or selected.scu == 1), ("SCP", selected is not None and selected.scp == 1)]
        done = worked.get(context.context_id)
        for role in [name for name, so in acts if so]:
            for syntax in context.transfer_syntaxes:
                by = done if syntax == agreed.get(context.context_id) else None
                yield Acted(association, entity, role, context.abstract_syntax, syntax, by)


def acted_on_ours(associations: Iterable[AssociationRecord], declarations: Declarations) -> Iterator[Acted]:
    """Yield what the target did as SCU on associations of ours: the sub-operations of C-GET (PS3.4 C.4.3)."""
    for association in associations:
        request = association.request.pdu if association.request is not None else None
        if not association.ours or association.accepted is None or not isinstance(request, p.AssociateRQ):
            continue
        stored = [
            each for each in association.operations if not each.request.sent and each.request.name == "C-STORE-RQ"
        ]
        if not stored:
            continue
        entity = declarations.entity(called_ae(association), place_of(association))
        worked = _worked(association, sent=False)
        agreed = {each.context_id: each.transfer_syntax for each in association.accepted.contexts if each.result == 0}
        classes = {each.context_id: each.abstract_syntax for each in request.contexts}
        for context_id in dict.fromkeys(each.request.message.context_id for each in stored):
            syntax, done = agreed.get(context_id), worked.get(context_id)
            if entity is not None and syntax and done is not None and context_id in classes:
                yield Acted(association, entity, "SCU", classes[context_id], syntax, done)
