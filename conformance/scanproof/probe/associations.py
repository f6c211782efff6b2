"""Associations: what a target says of itself, whom it lets in, and how it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanproof.probe import contexts, limits
from scanproof.probe.asking import CONTACT
from scanproof.probe.lines import Line, numbered, unknown
from scanproof.probe.seen import Seen, cite
from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p

_PARAMETERS = ("network", "association_parameters")
_ACCEPTANCE = ("network", "association_acceptance")
_NOT_SENT = "not asked: --odd-data"
#: Sub-items of the User Information: what our request proposed, and no answer confirmed, is at its default.
_WINDOW = f"{CONTACT}/window"


def chapter(seen: Seen) -> Iterator[Line]:
    """Parameters of an A-ASSOCIATE-AC, and the rules by which a request is accepted."""
    yield from _parameters(seen)
    yield from limits.lines(seen, _PARAMETERS)
    yield from _titles(seen)
    yield contexts.selection(seen, (*_ACCEPTANCE, "transfer_syntax_selection"))
    yield from numbered((*_ACCEPTANCE, "rejections"), _rejections(seen))


def _accepted(seen: Seen, *labels: str) -> tuple[str, AssociationRecord, p.AssociateAC] | None:
    """The first accepted association of some cases."""
    for label in labels:
        for association in seen.associations(label):
            if association.accepted is not None:
                return label, association, association.accepted
    return None


def _parameters(seen: Seen) -> Iterator[Line]:
    found = _accepted(seen, f"{CONTACT}/verification", _WINDOW, f"{CONTACT}/contexts")
    if found is None:
        return
    label, association, answer = found
    told = (cite(label, association),)
    user = answer.user
    facts: tuple[tuple[str, Any], ...] = (
        ("application_context_name", answer.application_context),
        ("implementation_class_uid", user.implementation_class_uid),
        ("implementation_version_name", user.implementation_version),
    )
    for name, value in facts:
        if value:
            yield Line((*_PARAMETERS, name), value, told)
        else:
            yield unknown((*_PARAMETERS, name), "the A-ASSOCIATE-AC does not say", *told)
    place = (*_PARAMETERS, "maximum_pdu_length", "receive")
    if user.max_length is None:
        yield unknown(place, "the A-ASSOCIATE-AC does not say", *told)
    else:
        yield Line(place, user.max_length, told, "0: no limit" if user.max_length == 0 else "")
    yield _window(seen)


def _window(seen: Seen) -> Line:
    """The asynchronous window that an offer of eight operations gets; without an answer it is one (PS3.7 D.3.3.3)."""
    place = (*_PARAMETERS, "asynchronous_operations_window")
    found = _accepted(seen, _WINDOW)
    if found is None:
        return unknown(place, "an offer of eight operations was not accepted")
    label, association, answer = found
    invoked, performed = answer.user.async_window or (1, 1)
    why = "" if answer.user.async_window is not None else "eight were offered, and not answered"
    return Line(place, {"invoked": invoked, "performed": performed}, (cite(label, association),), why)


def _titles(seen: Seen) -> Iterator[Line]:
    for name, what in (("called", "a title that nobody has"), ("calling", "a caller that nobody told it")):
        label, place = f"{CONTACT}/{name}-title", (*_ACCEPTANCE, f"{name}_ae_title_checked")
        association = seen.first(label)
        if association is None or association.answer is None:
            sent = bool(seen.associations(label))
            yield unknown(place, f"{what} got no answer" if sent else _NOT_SENT)
        elif association.accepted is not None:
            yield Line(place, "N", (cite(label, association),), f"{what} was accepted")
        else:
            yield Line(place, "Y", (cite(label, association),), f"{what} was not let in")


_CONDITIONS = {
    "called-title": "unknown called AE title",
    "calling-title": "unknown calling AE title",
    "application-context": "application context name not supported",
    "protocol-version": "protocol version not supported",
}


def _rejections(seen: Seen) -> Iterator[Line]:
    for case, condition in _CONDITIONS.items():
        label = f"{CONTACT}/{case}"
        association = seen.first(label)
        answer = association.answer.pdu if association is not None and association.answer is not None else None
        if association is not None and isinstance(answer, p.AssociateRJ):
            value = {"result": answer.result, "source": answer.source, "reason": answer.reason, "condition": condition}
            yield Line((), value, (cite(label, association),))
    yield from limits.rejection(seen)
