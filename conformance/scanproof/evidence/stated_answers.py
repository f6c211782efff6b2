"""Requests of ours to Application Entities of a statement that were answered with a status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from scanproof.evidence.associations import called_ae, place_of
from scanproof.evidence.fault import Fault
from scanproof.evidence.requests import Asked
from scanproof.evidence.scenario import Evidence
from scanproof.evidence.source import plain
from scanproof.statements import ApplicationEntity
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.uids import COMMITMENT, MPPS
from scansim.wire.dataset import DataSet, keyword


@dataclass(frozen=True, slots=True)
class Answered:
    """One of them; ``asked`` says what is wrong with it, and whose doing that is."""

    entity: ApplicationEntity
    operation: Operation
    answer: Exchange
    status: int
    asked: Asked

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is wrong with the request."""
        return self.asked.faults


def entity_of(evidence: Evidence, operation: Operation) -> ApplicationEntity | None:
    """What a statement says of the Application Entity that an operation of ours was asked of."""
    association = operation.association
    return evidence.declarations.entity(called_ae(association), place_of(association)) if association.ours else None


def answered(evidence: Evidence, name: str, abstract_syntax: str | None = None) -> Iterator[Answered]:
    """Yield requests of a name, such as ``C-STORE-RQ``, that entities of a statement answered."""
    for operation in evidence.requests(name, abstract_syntax):
        entity, final = entity_of(evidence, operation), operation.final
        if entity is not None and final is not None and final.command.status is not None:
            yield Answered(entity, operation, final, final.command.status, evidence.asked(operation))


def creates(evidence: Evidence) -> Iterator[Answered]:
    """N-CREATEs of performed procedure steps."""
    return answered(evidence, "N-CREATE-RQ", MPPS)


def sets(evidence: Evidence) -> Iterator[Answered]:
    """N-SETs of performed procedure steps."""
    return answered(evidence, "N-SET-RQ", MPPS)


def actions(evidence: Evidence) -> Iterator[Answered]:
    """N-ACTIONs of Storage Commitment."""
    return answered(evidence, "N-ACTION-RQ", COMMITMENT)


def stores(evidence: Evidence) -> Iterator[Answered]:
    """C-STOREs."""
    return answered(evidence, "C-STORE-RQ")


# --- attributes of a request ------------------------------------------------------------------------------------------


def lacks(dataset: DataSet, path: str) -> bool:
    """Whether an attribute is absent where it could stand: in the data set, or in an item of the sequences on its way.

    A sequence on the way that is not there, or that has no item, is no place.
    """
    *around, name = path.split(".")
    levels = [dataset]
    for sequence in around:
        levels = [item for level in levels for item in level.items(sequence)]
    return any(name not in level for level in levels)


def names(answer: Exchange, path: str) -> bool | None:
    """Whether an answer names an attribute as the one that it is about; None where it names none."""
    listed = answer.command.values.get("AttributeIdentifierList")
    tags = listed if isinstance(listed, tuple) else () if listed is None else (listed,)
    if not tags:
        return None
    wanted = path.rpartition(".")[2]
    from_tags = {keyword(int(str(tag))) for tag in tags}
    return wanted in from_tags or path.partition(".")[0] in from_tags


def faulty_paths(asked: Asked) -> frozenset[str]:
    """Paths of what is wrong with a request, keywords joined by dots."""
    return frozenset(plain(fault.path).replace(">", ".") for fault in asked.faults)
