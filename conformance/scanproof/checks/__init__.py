"""The checks, one module a service; importing this package registers all of them."""

from scanproof.checks import (
    association,
    commitment,
    commitment_delivery,
    datasets,
    dimse,
    identity,
    iod,
    messages,
    mpps,
    negotiation,
    query,
    statement,
    storage,
    verification,
    worklist,
    worklist_values,
)

__all__ = [
    "association",
    "commitment",
    "commitment_delivery",
    "datasets",
    "dimse",
    "identity",
    "iod",
    "messages",
    "mpps",
    "negotiation",
    "query",
    "statement",
    "storage",
    "verification",
    "worklist",
    "worklist_values",
]
