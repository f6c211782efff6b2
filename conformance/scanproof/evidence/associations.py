"""Facts of one association, and of one operation on it."""

from __future__ import annotations

from scansim.network.transcript import AssociationRecord, Exchange, Operation
from scansim.site import endpoint
from scansim.vocabulary.status import is_success
from scansim.wire import pdu as p


def called_ae(association: AssociationRecord) -> str:
    """AE title that was called."""
    return str(association.facts.get("called_ae", ""))


def calling_ae(association: AssociationRecord) -> str:
    """AE title that called, as its A-ASSOCIATE-RQ has it; empty without one."""
    request = association.request.pdu if association.request is not None else None
    return request.calling_ae if isinstance(request, p.AssociateRQ) else ""


def place_of(association: AssociationRecord) -> str:
    """HOST:PORT of the other end, as the record has them, an IPv6 address in brackets."""
    return endpoint(association.facts.get("host", ""), association.facts.get("port", ""))


def given_up(association: AssociationRecord) -> int:
    """When we asked for the association's end, in ns, or when it was last heard of."""
    asked = [event.began for event in association.went(p.ReleaseRQ, p.Abort)]
    passed = [event.ended for event in (*association.sent, *association.received)]
    return min(asked) if asked else max(passed, default=0)


def succeeded(operation: Operation) -> Exchange | None:
    """The final response of an operation that was carried out, if need be with a warning; else None."""
    final = operation.final
    return final if final is not None and is_success(final.command.status) else None
