"""Text: what travelled in which character set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanproof.declarations import Declarations
from scanproof.evidence.associations import called_ae, place_of, succeeded
from scanproof.statements import ApplicationEntity
from scansim.network.transcript import AssociationRecord, Exchange
from scansim.wire.dataset import DataSet


@dataclass(frozen=True)
class TextSeen:
    """A data set with a Specific Character Set that the target sent, or took with success."""

    entity: ApplicationEntity
    exchange: Exchange
    terms: tuple[str, ...]


def undeclared_terms(keys: DataSet, association: AssociationRecord, declarations: Declarations) -> tuple[str, ...]:
    """Terms of the character set of a query's keys of which no statement says that the target supports them.

    None when the keys need no more than ISO 646, whatever they announce.
    """
    if all(element.items is not None or _is_plain(element.value) for _, _, element in keys.walk()):
        return ()
    entity = declarations.entity(called_ae(association), place_of(association))
    declared = entity.character_sets if entity is not None else ()
    return tuple(term for term in keys.values("SpecificCharacterSet") if term and term not in declared)


def _is_plain(value: bytes) -> bool:
    return value.isascii() and b"\x1b" not in value


def texts_seen(associations: Iterable[AssociationRecord], declarations: Declarations) -> Iterator[TextSeen]:
    """Yield what travelled in an announced character set on associations that we opened to a declared entity."""
    for association in associations:
        entity = declarations.entity(called_ae(association), place_of(association)) if association.ours else None
        if entity is None:
            continue
        for operation in association.operations:
            taken = [operation.request] if operation.request.sent and succeeded(operation) is not None else []
            for exchange in (*taken, *(response for response in operation.responses if not response.sent)):
                terms = exchange.dataset.values("SpecificCharacterSet") if exchange.dataset is not None else ()
                if any(terms):
                    yield TextSeen(entity, exchange, tuple(filter(None, terms)))
