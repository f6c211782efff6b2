"""Text: what travelled in which character set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanproof.declarations import Declarations
from scanproof.evidence.associations import called_ae, place_of, succeeded
from scanproof.statement import ApplicationEntity
from scansim.network.transcript import AssociationRecord, Exchange


@dataclass(frozen=True)
class TextSeen:
    """A data set with a Specific Character Set that the target sent, or took with success."""

    entity: ApplicationEntity
    exchange: Exchange
    terms: tuple[str, ...]


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
