"""Associations with Application Entities of a statement: what these say of themselves, and whom they turn away.

A request that a case described counts where its bytes are what was meant; of any other one nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.evidence.association_requests import requested
from scanproof.evidence.associations import called_ae, calling_ae, place_of
from scanproof.evidence.disturbances import Disturbed, disturbances
from scanproof.evidence.run import RunEvidence
from scanproof.evidence.scenario import Evidence
from scanproof.statements import ApplicationEntity
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.disturbances import DISTURBED, Way
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p

#: PS3.8 Table 9-21: a transient rejection because there is no room: congestion, or a local limit.
FULL = ((2, 3, 1), (2, 3, 2))


@dataclass(frozen=True)
class Announced:
    """What an Application Entity says of itself: in its A-ASSOCIATE-AC, or as requestor in its A-ASSOCIATE-RQ."""

    entity: ApplicationEntity
    association: AssociationRecord
    pdu: p.AssociateAC | p.AssociateRQ

    @property
    def as_acceptor(self) -> bool:
        """Whether it accepted."""
        return isinstance(self.pdu, p.AssociateAC)

    @property
    def request(self) -> p.AssociateRQ | None:
        """The A-ASSOCIATE-RQ of the association."""
        event = self.association.request
        return event.pdu if event is not None and isinstance(event.pdu, p.AssociateRQ) else None


@dataclass(frozen=True)
class Turned:
    """What became of one request of ours, which is a right one or deviates as it was meant to.

    ``deviation`` is empty for a right one; ``numbers`` are those of a rejection, None where it was accepted.
    """

    entity: ApplicationEntity
    association: AssociationRecord
    deviation: str
    numbers: tuple[int, int, int] | None

    @property
    def told(self) -> str:
        """The numbers of the rejection, as people write them."""
        return "accepted" if self.numbers is None else f"rejected with {written(self.numbers)}"


def written(numbers: Sequence[int]) -> str:
    """Result, source and reason as people write them."""
    return "/".join(map(str, numbers))


def announced(evidence: Evidence) -> Iterator[Announced]:
    """Yield what entities of a statement say of themselves, where our own request was a right one."""
    for association in evidence.associations:
        if association.ours:
            if association.accepted is not None and _is_right(association):
                entity = _called(evidence, association)
                if entity is not None:
                    yield Announced(entity, association, association.accepted)
            continue
        title = calling_ae(association)
        entity = evidence.declarations.entity(title) if title else None
        request = association.request.pdu if association.request is not None else None
        # one that calls itself by another title may be anybody
        if entity is not None and title in (entity.ae, *_titles(evidence)) and isinstance(request, p.AssociateRQ):
            yield Announced(entity, association, request)


def _titles(evidence: Evidence) -> tuple[str, ...]:
    return tuple(address.rpartition("@")[0] for address in evidence.declarations.site.values())


def _called(evidence: Evidence, association: AssociationRecord) -> ApplicationEntity | None:
    return evidence.declarations.entity(called_ae(association), place_of(association))


def _is_right(association: AssociationRecord) -> bool:
    """Whether our request is one that deviates in nothing."""
    found = requested(association)
    return found is not None and not found.deviation and not found.ours


def turned(evidence: Evidence) -> Iterator[Turned]:
    """Yield what became of our requests to entities of a statement, as far as they were accepted or rejected."""
    for association in evidence.associations:
        found = requested(association)
        entity = _called(evidence, association) if found is not None else None
        answer = association.answer.pdu if association.answer is not None else None
        if found is None or entity is None or found.ours or not isinstance(answer, p.AssociateAC | p.AssociateRJ):
            continue
        numbers = (answer.result, answer.source, answer.reason) if isinstance(answer, p.AssociateRJ) else None
        yield Turned(entity, association, found.deviation, numbers)


@dataclass(frozen=True)
class Room:
    """How many associations of ours an entity held at a time.

    ``held`` were open together, ``refused`` is the request that found no room then, None where there was room for all
    that was asked for; ``how`` says in what way it was refused.
    """

    entity: ApplicationEntity
    evidence: Evidence
    held: int
    association: AssociationRecord
    refused: AssociationRecord | None = None
    how: str = ""


def rooms(run: RunEvidence) -> Iterator[Room]:
    """Yield how many associations entities had room for: where some were held on purpose, and where one found none."""
    for evidence in run.scenarios:
        slots = [each for each in evidence.transcript.associations if each.facts.get(DISTURBED) == Way.SLOTS]
        first = [each for each in slots if each.facts.get("turn") == 1]
        for place in dict.fromkeys(map(place_of, first)):
            here = [each for each in first if place_of(each) == place]
            taken = [each for each in here if each.accepted is not None]
            entity = _called(evidence, here[0])
            without = next((each for each in here if each.accepted is None), None)
            if entity is None or not taken or (without is not None and not _is_for_want_of_room(without)):
                continue
            yield Room(entity, evidence, len(taken), taken[-1], without, _how(without) if without is not None else "")
    for admission in run.admissions:
        rejection = admission.rejection
        entity = _called(admission.evidence, admission.association)
        if rejection is None or entity is None:
            continue
        numbers = (rejection.result, rejection.source, rejection.reason)
        if numbers in FULL:
            association = admission.association
            text = f"rejected with {written(numbers)}"
            yield Room(entity, admission.evidence, admission.held, association, association, text)


def _is_for_want_of_room(association: AssociationRecord) -> bool:
    """Whether a request that was right found no room: rejected for that, or not answered at all."""
    answer = association.answer
    if answer is None:
        return not _interrupted(association)
    pdu = answer.pdu
    return isinstance(pdu, p.AssociateRJ) and (pdu.result, pdu.source, pdu.reason) in FULL


def _interrupted(association: AssociationRecord) -> bool:
    """Whether nothing of what came tells that the target did not answer: we broke it off ourselves."""
    events = (Happening.TIMEOUT, Happening.CONNECT_FAILED)
    return association.lost is None and all(association.event(name) is None for name in events)


def _how(association: AssociationRecord) -> str:
    answer = association.answer
    if answer is not None and isinstance(answer.pdu, p.AssociateRJ):
        return f"rejected with {written((answer.pdu.result, answer.pdu.source, answer.pdu.reason))}"
    if association.event(Happening.CONNECT_FAILED) is not None:
        return "no connection"
    return "closed without an answer" if association.lost is not None else "not answered"


@dataclass(frozen=True)
class Idle:
    """A connection on which we sent no whole A-ASSOCIATE-RQ: after how many s it was ended, or how long it was not."""

    entity: ApplicationEntity
    disturbed: Disturbed
    seconds: float
    ended: bool


def idle_connections(evidence: Evidence) -> Iterator[Idle]:
    """Yield connections to entities of a statement that waited for an A-ASSOCIATE-RQ (PS3.8 9.1.5, state 2)."""
    for each in disturbances(evidence.transcript.associations):
        entity = _called(evidence, each.association)
        if entity is None or each.way not in (Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST) or not each.shown:
            continue
        closed = each.association.closed_by_peer
        if closed is not None:
            yield Idle(entity, each, (closed.time - each.began.time) / 1e9, ended=True)
        elif each.silent is not None:
            yield Idle(entity, each, each.silent, ended=False)
