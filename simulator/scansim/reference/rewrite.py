"""Defects that are made by changing PDUs and messages on their way out, over the project's own codec."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import replace

from scansim.reference.endless import instead_of_accepting, instead_of_ending, instead_of_releasing
from scansim.reference.link import Link
from scansim.reference.spoil_admission import in_odd_fragments, instead_of_admitting
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION, WORKLIST
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, encode_command, fragments
from scansim.wire.stream import Message

_NOT_OFFERED = "1.2.840.10008.1.2.4.106"  # a video syntax that no modality offers
_OTHER_CLASS, _OTHER_INSTANCE = "1.2.840.10008.5.1.4.1.1.7", "2.25.222222222222222222222222222222222222222"
_PENDING = (0xFF00, 0xFF01)


# --- whole PDUs -------------------------------------------------------------------------------------------------------


def _each_rejected(ac: p.AssociateAC, change: Callable[[p.ContextResult], p.ContextResult]) -> p.AssociateAC:
    """Change the rejected contexts, or the last one when none is rejected."""
    if any(context.result for context in ac.contexts):
        return replace(ac, contexts=tuple(change(one) if one.result else one for one in ac.contexts))
    return replace(ac, contexts=(*ac.contexts[:-1], *map(change, ac.contexts[-1:])))


def _other_syntax(link: Link, ac: p.AssociateAC) -> p.AssociateAC:
    last = [replace(one, result=0, transfer_syntax=_NOT_OFFERED) for one in ac.contexts[-1:]]
    return replace(ac, contexts=(*ac.contexts[:-1], *last))


def _wide_window(link: Link, ac: p.AssociateAC) -> p.AssociateAC:
    offered = link.request.user.async_window if link.request is not None else None
    window = (1, 1) if offered is None else (offered[0] + 1, offered[1] + 1)
    return replace(ac, user=replace(ac.user, async_window=window))


def _role(link: Link, ac: p.AssociateAC) -> p.AssociateAC:
    proposed = {role.sop_class_uid for role in link.request.user.roles} if link.request is not None else set()
    uid = next(uid for uid in (VERIFICATION, _OTHER_CLASS, WORKLIST) if uid not in proposed)
    return replace(ac, user=replace(ac.user, roles=(*ac.user.roles, p.RoleSelection(uid, 1, 1))))


def _named(sop_class: str, more: bytes) -> bytes:
    """Value of a sub-item that begins with the length of a SOP Class UID and the UID."""
    return struct.pack(">H", len(sop_class)) + sop_class.encode() + more


def _with_item(ac: p.AssociateAC, kind: int, value: bytes) -> p.AssociateAC:
    return replace(ac, user=replace(ac.user, other=(*ac.user.other, (kind, value))))


#: Changes of the A-ASSOCIATE-AC that leave it an A-ASSOCIATE-AC.
_ACCEPTS: dict[str, Callable[[Link, p.AssociateAC], p.AssociateAC]] = {
    "association-context-dropped": lambda link, ac: replace(ac, contexts=ac.contexts[:-1]),
    "association-context-doubled": lambda link, ac: replace(ac, contexts=(*ac.contexts, *ac.contexts[-1:])),
    "association-syntax-not-offered": _other_syntax,
    "association-rejected-item-bare": lambda link, ac: _each_rejected(
        ac, lambda context: replace(context, result=context.result or 3, transfer_syntax=None)
    ),
    "association-undefined-result": lambda link, ac: _each_rejected(ac, lambda context: replace(context, result=7)),
    "association-no-implementation-class": lambda link, ac: replace(
        ac, user=replace(ac.user, implementation_class_uid=None)
    ),
    "association-long-version": lambda link, ac: replace(
        ac, user=replace(ac.user, implementation_version="PLANTED_DEFECT_VERSION")
    ),
    "association-no-max-length": lambda link, ac: replace(ac, user=replace(ac.user, max_length=None)),
    "association-async-unasked": _wide_window,
    "association-role-unasked": _role,
    "association-extended-unasked": lambda link, ac: _with_item(ac, 0x56, _named(WORKLIST, b"\1\1\1")),
    "association-identity-unasked": lambda link, ac: _with_item(ac, 0x59, b"\0\0"),
    "commitment-extended-answered": lambda link, ac: _with_item(ac, 0x56, _named(COMMITMENT, b"\1")),
    "association-max-length-2": lambda link, ac: replace(ac, user=replace(ac.user, max_length=2)),
    "association-version-2": lambda link, ac: replace(ac, protocol_version=2),
    "association-titles-not-echoed": lambda link, ac: replace(ac, called_ae="", calling_ae=""),
    "association-default-syntax-refused": lambda link, ac: replace(
        ac, contexts=(*ac.contexts[:-1], *(replace(one, result=4) for one in ac.contexts[-1:]))
    ),
    "association-other-application-context": lambda link, ac: replace(ac, application_context="1.2.840.10008.3.1.1.2"),
}


# --- items of the A-ASSOCIATE-AC, byte by byte ------------------------------------------------------------------------


def _split(data: bytes) -> list[bytes]:
    """Cut encoded items apart (PS3.8 9.3.1)."""
    found = []
    while data:
        length = 4 + int.from_bytes(data[2:4])
        found.append(data[:length])
        data = data[length:]
    return found


def _into(item: bytes, *more: bytes) -> bytes:
    """The item with more sub-items at its end."""
    return p.encode_item(item[0], item[4:] + b"".join(more))


def _into_accepted(items: list[bytes], kind: int, uid: str) -> list[bytes]:
    """The items with one more sub-item in the first result of an accepted context."""
    at = next((at for at, item in enumerate(items) if item[0] == 0x21 and item[6] == 0), None)
    if at is None:
        return items
    return [*items[:at], _into(items[at], p.encode_item(kind, uid.encode())), *items[at + 1 :]]


def _twice(item: bytes, kind: int) -> bytes:
    """The item with a second sub-item of a type after the first one."""
    return p.encode_item(item[0], b"".join(sub * (1 + (sub[0] == kind)) for sub in _split(item[4:])))


def _proposal() -> bytes:
    syntaxes = p.encode_item(0x30, VERIFICATION.encode()) + p.encode_item(0x40, IMPLICIT_LITTLE.encode())
    return p.encode_item(0x20, b"\1\0\0\0" + syntaxes)


def _common(sop_class: str) -> bytes:
    """SOP Class Common Extended Negotiation of a class of the Storage Service Class (PS3.7 D.3.3.6.1)."""
    uids = (sop_class.encode(), b"1.2.840.10008.4.2", b"")
    return p.encode_item(0x57, b"".join(struct.pack(">H", len(uid)) + uid for uid in uids))


#: Changes of its items: Application Context first, then the results, User Information last.
_ITEMS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "association-two-transfer-syntaxes": lambda items: _into_accepted(items, 0x40, _NOT_OFFERED),
    "association-abstract-syntax-answered": lambda items: _into_accepted(items, 0x30, VERIFICATION),
    "association-two-application-contexts": lambda items: [items[0], *items],
    "association-context-proposed-back": lambda items: [items[0], _proposal(), *items[1:]],
    "association-two-user-informations": lambda items: [*items, items[-1]],
    "association-items-out-of-order": lambda items: [items[0], items[-1], *items[1:-1]],
    "association-two-max-lengths": lambda items: [*items[:-1], _twice(items[-1], 0x51)],
    "association-common-negotiation-answered": lambda items: [*items[:-1], _into(items[-1], _common(_OTHER_CLASS))],
}


def _with_items(ac: p.AssociateAC, items: Iterable[bytes]) -> bytes:
    body = p.encode(ac)[6:74] + b"".join(items)
    return struct.pack(">BxI", p.ASSOCIATE_AC, len(body)) + body


#: What is sent for an A-RELEASE-RP.
_RELEASED = {
    "association-release-unanswered": b"",
    "association-aborts-release": p.encode(p.Abort(0, 0)),
    "association-aborts-undefined": p.encode(p.Abort(1, 3)),
    "association-aborts-after-release": p.encode(p.ReleaseRP()) + p.encode(p.Abort(0, 0)),
}


def rewrite_pdu(defect: str, link: Link, pdu: p.PDU) -> bytes:
    """Return what is sent for a PDU that is no P-DATA-TF."""
    if (answer := instead_of_admitting(defect, link, pdu)) is not None:
        return answer
    if isinstance(pdu, p.AssociateAC):
        link.accepted = tuple(context.context_id for context in pdu.contexts if not context.result)
        if defect in _ACCEPTS:
            return p.encode(_ACCEPTS[defect](link, pdu))
        if defect == "association-undefined-rejection":
            link.closing = True
            return p.encode(p.AssociateRJ(1, 1, 5))
        if (other := instead_of_accepting(defect, link, p.encode(pdu))) is not None:
            return other
        items = _split(p.encode(pdu)[74:])
        if defect in _ITEMS:
            return _with_items(pdu, _ITEMS[defect](items))
        if defect == "association-malformed":
            return _with_items(pdu, [*items, b"\x21\0\0"])
    if isinstance(pdu, p.ReleaseRP):
        if (other := instead_of_releasing(defect, link)) is not None:
            return other
        return _RELEASED.get(defect, p.encode(pdu))
    return p.encode(pdu)


# --- messages ---------------------------------------------------------------------------------------------------------


def _pieces(link: Link, message: Message, limit: int | None = None) -> Iterable[bytes]:
    """P-DATA-TF PDUs of a message, each part cut at the peer's limit or at another one."""
    longest = link.max_length if limit is None else limit
    parts = [(message.command_bytes, True)] + ([(message.dataset, False)] if message.dataset is not None else [])
    for data, is_command in parts:
        for header, views in fragments(message.context_id, is_command, [data or b""], longest):
            yield header + b"".join(views)


def encode_message(link: Link, message: Message) -> bytes:
    """Encode a message as it stands."""
    return b"".join(_pieces(link, message))


def _with(message: Message, **values: int | str) -> Message:
    """The message with other values in its command set."""
    return replace(message, command_bytes=encode_command({**message.command.values, **values}))


def _without(message: Message, keyword: str) -> Message:
    """The message without one element of its command set."""
    kept = {name: value for name, value in message.command.values.items() if name != keyword}
    return replace(message, command_bytes=encode_command(kept))


def _is_final(message: Message) -> bool:
    return message.command.is_response and message.command.status not in _PENDING


def _wrong_group_length(message: Message) -> Message:
    raw = message.command_bytes
    (length,) = struct.unpack_from("<I", raw, 8)
    return replace(message, command_bytes=raw[:8] + struct.pack("<I", length + 2) + raw[12:])


def _wrong_order(message: Message) -> Message:
    raw, at, starts = message.command_bytes, 0, []
    while at < len(raw):
        starts.append(at)
        at += 8 + struct.unpack_from("<I", raw, at + 4)[0]
    a, b = starts[-2:]
    return replace(message, command_bytes=raw[:a] + raw[b:] + raw[a:b])


def _other_field(message: Message) -> Message:
    names = ("C-FIND-RSP", "C-ECHO-RSP")
    return _with(message, CommandField=FIELD_OF[names[message.command.name == names[0]]])


def _other_context(link: Link, message: Message) -> Message:
    others = [number for number in link.accepted if number != message.context_id]
    return replace(message, context_id=others[0] if others else (message.context_id + 2) % 256)


def _is(message: Message, *names: str) -> bool:
    return message.command.name in names and _is_final(message)


#: Changes of one message to another one: the defect, when it applies, and what it does.
_CHANGES: dict[str, tuple[Callable[[Message], bool], Callable[[Link, Message], Message]]] = {
    "dimse-group-length": (_is_final, lambda link, message: _wrong_group_length(message)),
    "dimse-order": (_is_final, lambda link, message: _wrong_order(message)),
    "dimse-command-field": (lambda message: message.command.status == 0, lambda link, message: _other_field(message)),
    "dimse-message-id": (
        _is_final,
        lambda link, message: _with(
            message,
            MessageIDBeingRespondedTo=((message.command.number("MessageIDBeingRespondedTo") or 0) + 1) % 65536,
        ),
    ),
    "dimse-no-message-id": (
        lambda message: message.command.is_response,
        lambda link, message: _without(message, "MessageIDBeingRespondedTo"),
    ),
    "dimse-sop-class": (
        lambda message: "AffectedSOPClassUID" in message.command.values and message.command.is_response,
        lambda link, message: _with(message, AffectedSOPClassUID="1.2.840.10008.5.1.4.1.1.7.99"),
    ),
    "dimse-sop-instance": (
        lambda message: (
            "AffectedSOPInstanceUID" in message.command.values
            and message.command.is_response
            and message.command.name != "N-CREATE-RSP"
        ),
        lambda link, message: _with(message, AffectedSOPInstanceUID=_OTHER_INSTANCE),
    ),
    "dimse-dataset-type": (
        lambda message: _is(message, "C-STORE-RSP"),
        # the response as it stands, and an empty Accession Number after it
        lambda link, message: replace(message, dataset=struct.pack("<HH2sH", 0x0008, 0x0050, b"SH", 0)),
    ),
    "dimse-undefined-status": (
        lambda message: _is(message, "C-FIND-RSP"),
        lambda link, message: _with(message, Status=0x7777),
    ),
    "dimse-long-comment": (_is_final, lambda link, message: _with(message, ErrorComment="planted defect " * 6 + "end")),
    "dimse-other-context": (_is_final, _other_context),
    "dimse-dataset-cut": (
        lambda message: message.command.is_response and message.dataset is not None,
        lambda link, message: replace(message, dataset=(message.dataset or b"") + struct.pack("<HH", 0xFFFC, 0xFFFC)),
    ),
}


def _padded(link: Link, message: Message) -> bytes:
    """One PDU longer than the peer's limit, by a retired element at the end of the command set (PS3.7 E.2)."""
    size = link.max_length + link.max_length % 2
    raw = message.command_bytes + struct.pack("<HHI", 0x0000, 0x51B0, size) + bytes(size)
    longer = replace(message, command_bytes=raw[:8] + struct.pack("<I", len(raw) - 12) + raw[12:])
    return b"".join(_pieces(link, longer, limit=0))


def _mixed(link: Link, message: Message) -> bytes:
    """Hold a Pending response back until the next message, and send both in one P-DATA-TF."""
    pdvs = [p.PDV(message.context_id, True, True, message.command_bytes)]
    if message.dataset is not None:
        pdvs.append(p.PDV(message.context_id, False, True, message.dataset))
    if message.command.is_response and not _is_final(message) and not link.held:
        link.held = pdvs
        return b""
    held, link.held = link.held, []
    together = p.encode(p.PData((*held, *pdvs)))
    if link.max_length and len(together) - 6 > link.max_length:
        return p.encode(p.PData(tuple(held))) + encode_message(link, message)
    return together


def _odd(link: Link, message: Message) -> bytes:
    first = p.PDV(message.context_id, True, False, message.command_bytes[:1])
    rest = replace(message, command_bytes=message.command_bytes[1:])
    return p.encode(p.PData((first,))) + b"".join(_pieces(link, rest, limit=0))


def _ended(link: Link, message: Message, by: bytes) -> bytes:
    """Send the message, and behind a final response what ends the association."""
    link.closing = _is_final(message)
    return encode_message(link, message) + (by if link.closing else b"")


def rewrite_message(defect: str, link: Link, message: Message) -> bytes:
    """Return the PDUs that are sent for a message of the target."""
    if defect in _CHANGES:
        applies, change = _CHANGES[defect]
        return encode_message(link, change(link, message) if applies(message) else message)
    if (other := instead_of_ending(defect, link, message, encode_message(link, message))) is not None:
        return other
    if pieces := b"".join(in_odd_fragments(defect, link, message)):
        return pieces
    match defect:
        case "association-pdu-too-long" if link.max_length:
            return _padded(link, message)
        case "association-pdu-mixes-messages":
            return _mixed(link, message)
        case "association-empty-pdv":
            empty = p.PDV(message.context_id, True, False, b"")
            return p.encode(p.PData((empty,))) + encode_message(link, message)
        case "association-odd-pdv":
            return _odd(link, message)
        case "association-aborts":
            return _ended(link, message, p.encode(p.Abort(0, 0)))
        case "association-aborts-owing" if _is(message, "C-ECHO-RSP"):
            link.closing = True
            return p.encode(p.Abort(0, 0))
        case "commitment-closes-idle" if _is(message, "N-ACTION-RSP"):
            return _ended(link, message, b"")
        case "association-closes":
            return _ended(link, message, b"")
        case "dimse-two-finals" if _is(message, "C-FIND-RSP", "C-STORE-RSP"):
            return encode_message(link, message) * 2
        case "dimse-silent" if _is(message, "C-FIND-RSP"):
            return b""
    return encode_message(link, message)
