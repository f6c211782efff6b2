"""The PDUs of PS3.8 9.3 as values, and their exact encoding."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

APPLICATION_CONTEXT = "1.2.840.10008.3.1.1.1"

ASSOCIATE_RQ, ASSOCIATE_AC, ASSOCIATE_RJ, P_DATA_TF, RELEASE_RQ, RELEASE_RP, ABORT = range(1, 8)

PDU_NAMES = {
    ASSOCIATE_RQ: "A-ASSOCIATE-RQ",
    ASSOCIATE_AC: "A-ASSOCIATE-AC",
    ASSOCIATE_RJ: "A-ASSOCIATE-RJ",
    P_DATA_TF: "P-DATA-TF",
    RELEASE_RQ: "A-RELEASE-RQ",
    RELEASE_RP: "A-RELEASE-RP",
    ABORT: "A-ABORT",
}


class Grade(StrEnum):
    """How much a `Problem` weighs.

    A FAULT breaks a rule. A NOTE is something odd that the standard lets pass: what receivers have to skip, or are not
    to test.
    """

    FAULT = "fault"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something malformed in received bytes.

    ``code`` is a stable word, ``offset`` counts bytes from the start of what was decoded; ``item`` is the type of the
    item of an A-ASSOCIATE PDU that it is about.
    """

    code: str
    offset: int
    text: str
    grade: Grade = Grade.FAULT
    item: int | None = None


@dataclass(frozen=True)
class ProposedContext:
    """Presentation Context item of an A-ASSOCIATE-RQ (PS3.8 9.3.2.2)."""

    context_id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True)
class ContextResult:
    """Presentation Context item of an A-ASSOCIATE-AC (PS3.8 9.3.3.2).

    ``transfer_syntax`` is None when the item carried no Transfer Syntax sub-item.
    """

    context_id: int
    result: int
    transfer_syntax: str | None


@dataclass(frozen=True)
class RoleSelection:
    """SCP/SCU Role Selection sub-item 54H (PS3.7 D.3.3.4)."""

    sop_class_uid: str
    scu: int
    scp: int


@dataclass(frozen=True)
class UserInformation:
    """The User Information item 50H (PS3.8 D.1, PS3.7 D.3.3); None where a sub-item was absent.

    ``other`` holds (type, value) of each further sub-item; ``async_window`` is (invoked, performed).
    """

    max_length: int | None = 16384
    implementation_class_uid: str | None = None
    implementation_version: str | None = None
    roles: tuple[RoleSelection, ...] = ()
    async_window: tuple[int, int] | None = None
    other: tuple[tuple[int, bytes], ...] = ()


@dataclass(frozen=True)
class AssociateRQ:
    """A-ASSOCIATE-RQ (PS3.8 9.3.2); ``reserved`` are bytes 43 to 74.

    ``titles`` are bytes 11 to 42 as they came, with their padding; empty for one that was not decoded.
    """

    called_ae: str
    calling_ae: str
    contexts: tuple[ProposedContext, ...]
    user: UserInformation = field(default_factory=UserInformation)
    application_context: str | None = APPLICATION_CONTEXT
    protocol_version: int = 1
    reserved: bytes = bytes(32)
    titles: bytes = field(default=b"", compare=False)


@dataclass(frozen=True)
class AssociateAC:
    """A-ASSOCIATE-AC (PS3.8 9.3.3); AE titles and ``reserved`` bytes are echoes that no receiver is to test."""

    called_ae: str
    calling_ae: str
    contexts: tuple[ContextResult, ...]
    user: UserInformation = field(default_factory=UserInformation)
    application_context: str | None = APPLICATION_CONTEXT
    protocol_version: int = 1
    reserved: bytes = bytes(32)


@dataclass(frozen=True)
class AssociateRJ:
    """A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    result: int
    source: int
    reason: int


@dataclass(frozen=True, slots=True)
class PDV:
    """Presentation Data Value item (PS3.8 9.3.5.1 and Annex E).

    ``elided`` counts bytes at the end of the fragment that a transcript did not keep; ``times`` how many such items one
    P-DATA-TF has, where those that are alike are kept as one.
    """

    context_id: int
    is_command: bool
    is_last: bool
    data: bytes
    elided: int = 0
    times: int = 1

    @property
    def length(self) -> int:
        """Length of the fragment in bytes, kept and elided."""
        return len(self.data) + self.elided


@dataclass(frozen=True, slots=True)
class PData:
    """P-DATA-TF (PS3.8 9.3.5)."""

    pdvs: Sequence[PDV]


@dataclass(frozen=True)
class ReleaseRQ:
    """A-RELEASE-RQ (PS3.8 9.3.6)."""


@dataclass(frozen=True)
class ReleaseRP:
    """A-RELEASE-RP (PS3.8 9.3.7)."""


@dataclass(frozen=True)
class Abort:
    """A-ABORT (PS3.8 9.3.8)."""

    source: int
    reason: int


@dataclass(frozen=True)
class Unknown:
    """Bytes that are no PDU of PS3.8: the type field names none, or the body could not be read at all."""

    pdu_type: int
    body: bytes


PDU = AssociateRQ | AssociateAC | AssociateRJ | PData | ReleaseRQ | ReleaseRP | Abort | Unknown

_KINDS: dict[type, int] = {
    AssociateRQ: ASSOCIATE_RQ,
    AssociateAC: ASSOCIATE_AC,
    AssociateRJ: ASSOCIATE_RJ,
    PData: P_DATA_TF,
    ReleaseRQ: RELEASE_RQ,
    ReleaseRP: RELEASE_RP,
    Abort: ABORT,
}


def name_of(pdu: PDU) -> str:
    """Name of a PDU, such as ``A-ASSOCIATE-AC``; of one that could not be read, what its type says."""
    if isinstance(pdu, Unknown):
        name = PDU_NAMES.get(pdu.pdu_type)
        return f"{name} that cannot be read" if name else f"a PDU of type {pdu.pdu_type:02X}H"
    return PDU_NAMES[_KINDS[type(pdu)]]


# --- encoding ---------------------------------------------------------------------------------------------------------


def encode_item(item_type: int, value: bytes) -> bytes:
    """Encode an item or sub-item of an A-ASSOCIATE PDU."""
    return struct.pack(">BxH", item_type, len(value)) + value


def _uid(value: str) -> bytes:
    return value.encode("ascii", "replace")


def encode_user(user: UserInformation) -> bytes:
    """Encode the User Information item with its sub-items in ascending order of type, as the tables list them."""
    parts: list[bytes] = []
    if user.max_length is not None:
        parts.append(encode_item(0x51, struct.pack(">I", user.max_length)))
    if user.implementation_class_uid is not None:
        parts.append(encode_item(0x52, _uid(user.implementation_class_uid)))
    if user.async_window is not None:
        parts.append(encode_item(0x53, struct.pack(">HH", *user.async_window)))
    for role in user.roles:
        uid = _uid(role.sop_class_uid)
        parts.append(encode_item(0x54, struct.pack(">H", len(uid)) + uid + bytes((role.scu, role.scp))))
    if user.implementation_version is not None:
        parts.append(encode_item(0x55, user.implementation_version.encode("ascii", "replace")))
    parts.extend(encode_item(kind, value) for kind, value in user.other)
    return encode_item(0x50, b"".join(parts))


def _proposed(context: ProposedContext) -> bytes:
    syntaxes = b"".join(encode_item(0x40, _uid(uid)) for uid in context.transfer_syntaxes)
    return encode_item(
        0x20, bytes((context.context_id, 0, 0, 0)) + encode_item(0x30, _uid(context.abstract_syntax)) + syntaxes
    )


def _result(context: ContextResult) -> bytes:
    syntax = b"" if context.transfer_syntax is None else encode_item(0x40, _uid(context.transfer_syntax))
    return encode_item(0x21, bytes((context.context_id, 0, context.result, 0)) + syntax)


def _associate(pdu: AssociateRQ | AssociateAC) -> bytes:
    head = struct.pack(
        ">H2x16s16s32s",
        pdu.protocol_version,
        pdu.called_ae.encode("ascii", "replace").ljust(16)[:16],
        pdu.calling_ae.encode("ascii", "replace").ljust(16)[:16],
        pdu.reserved,
    )
    context = b"" if pdu.application_context is None else encode_item(0x10, _uid(pdu.application_context))
    if isinstance(pdu, AssociateRQ):
        items = b"".join(_proposed(item) for item in pdu.contexts)
    else:
        items = b"".join(_result(item) for item in pdu.contexts)
    return head + context + items + encode_user(pdu.user)


def encode(pdu: PDU) -> bytes:
    """Encode one PDU, header included.

    Elided bytes of a `PDV` cannot be encoded; that raises ValueError.
    """
    match pdu:
        case AssociateRQ():
            kind, body = ASSOCIATE_RQ, _associate(pdu)
        case AssociateAC():
            kind, body = ASSOCIATE_AC, _associate(pdu)
        case AssociateRJ():
            kind, body = ASSOCIATE_RJ, bytes((0, pdu.result, pdu.source, pdu.reason))
        case PData():
            kind, body = P_DATA_TF, b"".join(encode_pdv(pdv) for pdv in pdu.pdvs)
        case ReleaseRQ():
            kind, body = RELEASE_RQ, bytes(4)
        case ReleaseRP():
            kind, body = RELEASE_RP, bytes(4)
        case Abort():
            kind, body = ABORT, bytes((0, 0, pdu.source, pdu.reason))
        case Unknown():
            kind, body = pdu.pdu_type, pdu.body
    return struct.pack(">BxI", kind, len(body)) + body


def encode_pdv(pdv: PDV) -> bytes:
    """Encode one PDV item (PS3.8 9.3.5.1, E.2: bit 0 command, bit 1 last fragment)."""
    if pdv.elided:
        raise ValueError("a fragment whose bytes were not kept cannot be encoded")
    return struct.pack(">IBB", len(pdv.data) + 2, pdv.context_id, pdv.is_command | pdv.is_last << 1) + pdv.data


#: Meanings of PS3.8 Table 9-21, by source and reason.
REJECTIONS = {
    (1, 1): "no reason given",
    (1, 2): "application context name not supported",
    (1, 3): "calling AE title not recognized",
    (1, 7): "called AE title not recognized",
    (2, 1): "no reason given (ACSE)",
    (2, 2): "protocol version not supported",
    (3, 1): "temporary congestion",
    (3, 2): "local limit exceeded",
}


def describe_rejection(pdu: AssociateRJ) -> str:
    """Say a rejection in words with its numbers (PS3.8 Table 9-21)."""
    meaning = REJECTIONS.get((pdu.source, pdu.reason), "a source and reason that PS3.8 does not define")
    return f"{meaning} (result {pdu.result}, source {pdu.source}, reason {pdu.reason})"
