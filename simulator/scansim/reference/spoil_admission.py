"""Wrong answers to an unusual A-ASSOCIATE-RQ, or to one that deviates, made by the proxy.

Each says what it answers in place of what the reference target does; two change the request on its way in, so that the
target behind takes what it would refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from scansim.reference.link import Link
from scansim.wire import pdu as p
from scansim.wire.items import NAMES
from scansim.wire.stream import Message

_OTHER_CONTEXT, _DICOM_CONTEXT = b"1.2.840.10008.3.1.1.2", p.APPLICATION_CONTEXT.encode()
_NOT_ACCEPTABLE, _NO_REASON = p.AssociateRJ(1, 2, 1), p.AssociateRJ(1, 1, 1)
_HANGS = b""
_ANY_VERSION, _ANY_CONTEXT_NAME = "admission-any-version", "admission-any-context-name"
_ODD_FRAGMENTS = "admission-odd-fragments"


def _is_unknown(request: p.AssociateRQ) -> bool:
    return any(kind not in NAMES for kind, _ in request.user.other)


def _no_class(request: p.AssociateRQ) -> bool:
    return not any(context.abstract_syntax.startswith("1.2.840.10008.") for context in request.contexts)


def _blank(request: p.AssociateRQ) -> bool:
    return not request.called_ae or not request.calling_ae


def _roles(request: p.AssociateRQ) -> bool:
    return bool(request.user.roles)


def _wrong_context(request: p.AssociateRQ) -> bool:
    return request.application_context != p.APPLICATION_CONTEXT


def _version(request: p.AssociateRQ) -> bool:
    return bool(request.protocol_version & 1) and request.protocol_version != 1


#: What an A-ASSOCIATE-AC or -RJ is replaced by, and for which requests; None closes the connection.
_INSTEAD: dict[str, tuple[Callable[[p.AssociateRQ], bool], p.PDU | bytes | None]] = {
    "admission-unknown-items": (_is_unknown, _NOT_ACCEPTABLE),
    "admission-reserved-tested": (lambda request: any(request.reserved), _NOT_ACCEPTABLE),
    "admission-versions-compared": (_version, p.AssociateRJ(1, 2, 2)),
    "admission-titles-untrimmed": (lambda request: request.titles.startswith(b" "), p.AssociateRJ(1, 1, 7)),
    "admission-window-aborts": (lambda request: request.user.async_window == (0, 0), p.Abort(0, 0)),
    "admission-few-contexts": (lambda request: len(request.contexts) > 32, _NOT_ACCEPTABLE),
    "admission-roles-rejected": (_roles, _NOT_ACCEPTABLE),
    "admission-window-closes": (lambda request: request.user.async_window is not None, None),
    "admission-unknown-class-hangs": (_no_class, _HANGS),
    "admission-other-reason": (_wrong_context, p.AssociateRJ(1, 1, 3)),
    "admission-blank-hangs": (_blank, _HANGS),
}
#: What any A-ASSOCIATE-RJ is replaced by.
_REJECTED: dict[str, p.PDU | None] = {
    "admission-no-reason": _NO_REASON,
    "admission-titles-closed": None,
    "admission-undefined-rejection": p.AssociateRJ(1, 1, 9),
}


def instead_of_admitting(defect: str, link: Link, pdu: p.PDU) -> bytes | None:
    """Return what is sent for the answer to an A-ASSOCIATE-RQ that is to be another one; else None."""
    request = link.request
    if request is None or not isinstance(pdu, p.AssociateAC | p.AssociateRJ):
        return None
    if defect in _INSTEAD and _INSTEAD[defect][0](request):
        return _sent(link, _INSTEAD[defect][1])
    if defect in _REJECTED and isinstance(pdu, p.AssociateRJ):
        return _sent(link, _REJECTED[defect])
    if defect == _ANY_CONTEXT_NAME and isinstance(pdu, p.AssociateAC):
        return p.encode(replace(pdu, application_context=request.application_context))
    if defect == "admission-identity-answered" and isinstance(pdu, p.AssociateAC):
        asked = any(kind == 0x58 for kind, _ in request.user.other)
        user = replace(pdu.user, other=(*pdu.user.other, (0x59, b"\0\0"))) if asked else pdu.user
        return p.encode(replace(pdu, user=user))
    return None


def _sent(link: Link, answer: p.PDU | bytes | None) -> bytes:
    """The bytes of an answer; behind one that is no A-ASSOCIATE-AC, and behind none, the connection ends."""
    if isinstance(answer, bytes):
        return answer
    link.closing = True
    return b"" if answer is None else p.encode(answer)


def forwarded(defect: str, data: bytes) -> bytes:
    """Return what the server gets for the first bytes of a connection."""
    if defect == _ANY_VERSION and data[:1] == bytes((p.ASSOCIATE_RQ,)) and len(data) > 8:
        return data[:6] + b"\0\1" + data[8:]
    if defect == _ANY_CONTEXT_NAME:
        return data.replace(_OTHER_CONTEXT, _DICOM_CONTEXT, 1)
    return data


def in_odd_fragments(defect: str, link: Link, message: Message) -> Iterator[bytes]:
    """P-DATA-TFs of a message without a data set, each as long as an odd Maximum Length lets it; else none."""
    room = link.max_length - 6
    if defect != _ODD_FRAGMENTS or room < 1 or room % 2 == 0 or message.dataset is not None:
        return
    data = message.command_bytes
    for at in range(0, len(data), room):
        last = at + room >= len(data)
        yield p.encode(p.PData((p.PDV(message.context_id, True, last, data[at : at + room]),)))
