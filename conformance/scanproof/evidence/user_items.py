"""User Information of A-ASSOCIATE PDUs: what was asked for, and what was answered (PS3.7 D.3.3)."""

from __future__ import annotations

from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p
from scansim.wire.items import Item, fields

#: Sub-items of which PDUs keep type and value only.
EXTENDED, IDENTITY, IDENTITY_ANSWER = 0x56, 0x58, 0x59


def extended_classes(user: p.UserInformation) -> tuple[str, ...]:
    """SOP Classes of the SOP Class Extended Negotiation sub-items (56H); of a malformed one, an empty UID."""
    found = []
    for kind, value in user.other:
        if kind == EXTENDED:
            parts = fields(Item(kind, value, 0))
            found.append(parts[0].decode("latin-1").strip("\0 ") if parts else "")
    return tuple(found)


def has_item(user: p.UserInformation, kind: int) -> bool:
    """Whether a sub-item of a type is there."""
    return any(kind == each for each, _ in user.other)


def identity_wants_answer(user: p.UserInformation) -> bool:
    """Whether a User Identity sub-item (58H) asked for a positive response (PS3.7 D.3.3.7.1)."""
    return any(kind == IDENTITY and value[1:2] == b"\1" for kind, value in user.other)


def extension_agreed(association: AssociationRecord, sop_class: str) -> bool:
    """Whether extended negotiation was proposed for a class and answered; an answer alone is no agreement."""
    request = association.request.pdu if association.request is not None else None
    if not isinstance(request, p.AssociateRQ) or association.accepted is None:
        return False
    return all(sop_class in extended_classes(user) for user in (request.user, association.accepted.user))


def extended_information(association: AssociationRecord, sop_class: str) -> tuple[bytes | None, bytes | None]:
    """Service-class-application-information of a class (PS3.7 D.3.3.5), as proposed and as answered; None for none."""
    request = association.request.pdu if association.request is not None else None
    asked = _information(request.user, sop_class) if isinstance(request, p.AssociateRQ) else None
    accepted = association.accepted
    return asked, _information(accepted.user, sop_class) if accepted is not None else None


def _information(user: p.UserInformation, sop_class: str) -> bytes | None:
    for kind, value in user.other:
        length = int.from_bytes(value[:2], "big")
        if kind == EXTENDED and value[2 : 2 + length].decode("latin-1").strip("\0 ") == sop_class:
            return value[2 + length :]
    return None
