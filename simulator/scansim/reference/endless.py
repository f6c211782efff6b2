"""Defects of whole conversations: answers that are none, and what never comes to its end."""

from __future__ import annotations

import struct

from scansim.reference.link import Link
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, Value, encode_command
from scansim.wire.stream import Message

#: Between two of a kind, in s.
_PAUSE = 0.02


def instead_of_accepting(defect: str, link: Link, accept: bytes) -> bytes | None:
    """Return what is sent for an A-ASSOCIATE-AC that is to be none; else None."""
    match defect:
        case "association-ac-empty":
            return struct.pack(">BxI", p.ASSOCIATE_AC, 0)
        case "association-ac-false-length":
            return struct.pack(">BxI", p.ASSOCIATE_AC, len(accept) + 1000) + accept[6:]
        case "association-ac-cut":
            link.closing = True
            return accept[: len(accept) // 2]
        case "association-ac-release":
            return p.encode(p.ReleaseRQ())
    return None


def instead_of_releasing(defect: str, link: Link) -> bytes | None:
    """Return what is sent for an A-RELEASE-RP that is to be none; else None."""
    if defect == "association-release-asked-back":
        link.repeated = (p.encode(p.ReleaseRQ()), _PAUSE)
        return b""
    return None


def instead_of_ending(defect: str, link: Link, message: Message, encoded: bytes) -> bytes | None:
    """Return what is sent for a response that is to end nothing, once in a run; else None."""
    name, status = message.command.name, message.command.status
    if name == "C-FIND-RSP" and status in (0xFF00, 0xFF01):
        link.pending = encoded
        return None
    if defect in link.spent:
        return None
    again: bytes | None = None
    match defect:
        case "dimse-pending-for-ever" if name == "C-FIND-RSP" and link.pending:
            again = link.pending
        case "dimse-store-pending" if name == "C-STORE-RSP":
            command = encode_command({**message.command.values, "Status": 0xFF00})
            again = p.encode(p.PData((p.PDV(message.context_id, True, True, command),)))
        case "dimse-requests-instead" if name == "C-FIND-RSP" and (context := link.context(VERIFICATION)) is not None:
            again = p.encode(p.PData((p.PDV(context, True, True, encode_command(_ECHO)),)))
        case "dimse-release-instead" if name == "C-FIND-RSP":
            link.closing = True
            link.spent.add(defect)
            return p.encode(p.ReleaseRQ())
    if again is None:
        return None
    link.repeated = (again, _PAUSE)
    link.spent.add(defect)
    return b""


_ECHO: dict[str, Value] = {
    "AffectedSOPClassUID": VERIFICATION,
    "CommandField": FIELD_OF["C-ECHO-RQ"],
    "MessageID": 1,
    "CommandDataSetType": NO_DATASET,
}
