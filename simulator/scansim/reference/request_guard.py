"""Which A-ASSOCIATE-RQ the upper layer takes, before pynetdicom sees it (PS3.8 7.1.1, 9.3.2).

One that cannot be read is no PDU: A-ABORT (Table 9-10, event 19). One that can be read, and is not as it has to be, is
not acceptable to the service provider: A-ASSOCIATE-RJ (action AE-6). What receivers have to skip is taken out, and what
is odd and does no harm is put right.
"""

from __future__ import annotations

from dataclasses import replace

from pynetdicom.pdu import A_ASSOCIATE_RQ

from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.items import NAMES

#: Nothing more fitting is defined (Table 9-21): rejected-permanent, by the ACSE provider, no reason given.
NOT_ACCEPTABLE = p.AssociateRJ(1, 2, 1)
_APPLICATION_CONTEXT, _CALLING, _CALLED = p.AssociateRJ(1, 1, 2), p.AssociateRJ(1, 1, 3), p.AssociateRJ(1, 1, 7)

_UNREADABLE = frozenset(("associate-truncated", "item-header-truncated", "item-length", "item-fields"))
_NEEDED = frozenset((0x10, 0x20, 0x30, 0x40, 0x50))
_ONCE = frozenset((0x10, 0x30, 0x50))
_USER = range(0x51, 0x60)
_SMALLEST_PDU = 8  # bytes of Maximum Length that hold a fragment of two


def look_at(body: bytes) -> A_ASSOCIATE_RQ | p.AssociateRJ | p.Abort:
    """Look at the body of an A-ASSOCIATE-RQ.

    Returns
    -------
    A_ASSOCIATE_RQ, AssociateRJ or Abort
        The PDU as pynetdicom is to see it, or what it is answered with.
    """
    pdu, problems = parse.decode(p.ASSOCIATE_RQ, body)
    if not isinstance(pdu, p.AssociateRQ) or any(problem.code in _UNREADABLE for problem in problems):
        return p.Abort(0, 0)  # action AA-1
    if pdu.protocol_version & 1:  # others are rejected for that, by pynetdicom
        if pdu.application_context not in (None, p.APPLICATION_CONTEXT):
            return _APPLICATION_CONTEXT
        if not pdu.called_ae or not pdu.calling_ae:  # blanks are no title (Table 9-11)
            return _CALLING if pdu.called_ae else _CALLED
        if any(map(_is_unacceptable, problems)) or not _has_room(pdu) or not _has_good_ids(pdu):
            return NOT_ACCEPTABLE
    encoded = p.encode(_cleaned(pdu)) if problems else p.encode(p.Unknown(p.ASSOCIATE_RQ, body))
    try:
        decoded = A_ASSOCIATE_RQ()
        decoded.decode(encoded)
        if pdu.protocol_version & 1:
            decoded.protocol_version = 1  # the other bits are not to be tested (9.3.2); pynetdicom compares them all
        decoded.to_primitive()
    except Exception:  # pynetdicom checks values, and raises what comes to its mind
        return NOT_ACCEPTABLE
    return decoded


def _is_unacceptable(problem: p.Problem) -> bool:
    if problem.grade is not p.Grade.FAULT:
        return False
    if problem.code == "item-missing":
        return problem.item in _NEEDED
    if problem.code == "item-doubled":
        return problem.item in _ONCE
    return problem.code == "item-unexpected" and problem.item not in _USER


def _has_good_ids(pdu: p.AssociateRQ) -> bool:
    """Whether Presentation Context IDs are odd, and each stands once (7.1.1.13, 9.3.2.2)."""
    ids = [context.context_id for context in pdu.contexts]
    return all(number % 2 for number in ids) and len(set(ids)) == len(ids)


def _has_room(pdu: p.AssociateRQ) -> bool:
    """Whether a fragment of two bytes fits into what the requestor takes; 0 is no limit (D.1)."""
    return not 0 < (pdu.user.max_length or 0) < _SMALLEST_PDU


def _cleaned(pdu: p.AssociateRQ) -> p.AssociateRQ:
    """Without sub-items that are not defined, which are skipped (9.3.1)."""
    other = tuple(item for item in pdu.user.other if item[0] in NAMES)
    return replace(pdu, user=replace(pdu.user, other=other, max_length=pdu.user.max_length or 0))
