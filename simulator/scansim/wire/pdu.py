"""The PDUs of PS3.8 9.3 as values, encoded exactly and decoded leniently."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

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


@dataclass(frozen=True)
class Problem:
    """Something malformed in received bytes.

    ``code`` is a stable word, ``offset`` counts bytes from the start of what was decoded.
    """

    code: str
    offset: int
    text: str


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
    """A-ASSOCIATE-RQ (PS3.8 9.3.2)."""

    called_ae: str
    calling_ae: str
    contexts: tuple[ProposedContext, ...]
    user: UserInformation = field(default_factory=UserInformation)
    application_context: str | None = APPLICATION_CONTEXT
    protocol_version: int = 1


@dataclass(frozen=True)
class AssociateAC:
    """A-ASSOCIATE-AC (PS3.8 9.3.3); the AE title fields are echoes that are not to be tested on receipt."""

    called_ae: str
    calling_ae: str
    contexts: tuple[ContextResult, ...]
    user: UserInformation = field(default_factory=UserInformation)
    application_context: str | None = APPLICATION_CONTEXT
    protocol_version: int = 1


@dataclass(frozen=True)
class AssociateRJ:
    """A-ASSOCIATE-RJ (PS3.8 9.3.4)."""

    result: int
    source: int
    reason: int


@dataclass(frozen=True)
class PDV:
    """Presentation Data Value item (PS3.8 9.3.5.1 and Annex E).

    ``elided`` counts bytes at the end of the fragment that a transcript did not keep.
    """

    context_id: int
    is_command: bool
    is_last: bool
    data: bytes
    elided: int = 0

    @property
    def length(self) -> int:
        """Length of the fragment in bytes, kept and elided."""
        return len(self.data) + self.elided


@dataclass(frozen=True)
class PData:
    """P-DATA-TF (PS3.8 9.3.5)."""

    pdvs: tuple[PDV, ...]


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


# --- encoding ---------------------------------------------------------------------------------------------------------


def _item(item_type: int, value: bytes) -> bytes:
    return struct.pack(">BxH", item_type, len(value)) + value


def _uid(value: str) -> bytes:
    return value.encode("ascii", "replace")


def encode_user(user: UserInformation) -> bytes:
    """Encode the User Information item with its sub-items in ascending order of type, as the tables list them."""
    parts: list[bytes] = []
    if user.max_length is not None:
        parts.append(_item(0x51, struct.pack(">I", user.max_length)))
    if user.implementation_class_uid is not None:
        parts.append(_item(0x52, _uid(user.implementation_class_uid)))
    if user.async_window is not None:
        parts.append(_item(0x53, struct.pack(">HH", *user.async_window)))
    for role in user.roles:
        uid = _uid(role.sop_class_uid)
        parts.append(_item(0x54, struct.pack(">H", len(uid)) + uid + bytes((role.scu, role.scp))))
    if user.implementation_version is not None:
        parts.append(_item(0x55, user.implementation_version.encode("ascii", "replace")))
    parts.extend(_item(kind, value) for kind, value in user.other)
    return _item(0x50, b"".join(parts))


def _proposed(context: ProposedContext) -> bytes:
    syntaxes = b"".join(_item(0x40, _uid(uid)) for uid in context.transfer_syntaxes)
    return _item(0x20, bytes((context.context_id, 0, 0, 0)) + _item(0x30, _uid(context.abstract_syntax)) + syntaxes)


def _result(context: ContextResult) -> bytes:
    syntax = b"" if context.transfer_syntax is None else _item(0x40, _uid(context.transfer_syntax))
    return _item(0x21, bytes((context.context_id, 0, context.result, 0)) + syntax)


def _associate(pdu: AssociateRQ | AssociateAC) -> bytes:
    head = struct.pack(
        ">H2x16s16s32x",
        pdu.protocol_version,
        pdu.called_ae.encode("ascii", "replace").ljust(16)[:16],
        pdu.calling_ae.encode("ascii", "replace").ljust(16)[:16],
    )
    context = b"" if pdu.application_context is None else _item(0x10, _uid(pdu.application_context))
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


# --- decoding ---------------------------------------------------------------------------------------------------------


def _text(value: bytes) -> str:
    return value.decode("latin-1").rstrip("\0").strip(" ")


def _items(body: bytes, offset: int, problems: list[Problem]) -> Iterator[tuple[int, bytes, int]]:
    """Walk items of (type, reserved, 2-byte length, value); yields (type, value, offset of the value)."""
    while offset < len(body):
        if offset + 4 > len(body):
            problems.append(Problem("item-header-truncated", offset, f"{len(body) - offset} bytes are no item header"))
            return
        kind, length = struct.unpack_from(">BxH", body, offset)
        offset += 4
        if offset + length > len(body):
            problems.append(
                Problem(
                    "item-length",
                    offset - 2,
                    f"item {kind:02X}H states {length} bytes, only {len(body) - offset} are left in the PDU",
                )
            )
            length = len(body) - offset
        yield kind, body[offset : offset + length], offset
        offset += length


def _role(value: bytes, at: int, problems: list[Problem]) -> RoleSelection | None:
    if len(value) >= 4:
        (length,) = struct.unpack_from(">H", value)
        if len(value) == length + 4:
            return RoleSelection(_text(value[2 : 2 + length]), value[-2], value[-1])
    problems.append(Problem("role-item", at, "SCP/SCU Role Selection sub-item whose lengths do not add up"))
    return None


def _decode_user(value: bytes, at: int, problems: list[Problem]) -> UserInformation:
    max_length: int | None = None
    class_uid: str | None = None
    version: str | None = None
    roles: list[RoleSelection] = []
    window: tuple[int, int] | None = None
    other: list[tuple[int, bytes]] = []
    found: list[Problem] = []
    for kind, sub, offset in _items(value, 0, found):
        if kind == 0x51 and len(sub) == 4:
            (max_length,) = struct.unpack(">I", sub)
        elif kind == 0x52:
            class_uid = _text(sub)
        elif kind == 0x53 and len(sub) == 4:
            invoked, performed = struct.unpack(">HH", sub)
            window = (invoked, performed)
        elif kind == 0x54:
            role = _role(sub, offset, found)
            if role is not None:
                roles.append(role)
        elif kind == 0x55:
            version = _text(sub)
        else:
            if kind in (0x51, 0x53):
                found.append(Problem("user-item-length", offset, f"sub-item {kind:02X}H has {len(sub)} bytes, not 4"))
            other.append((kind, sub))
    problems.extend(Problem(problem.code, problem.offset + at, problem.text) for problem in found)
    return UserInformation(max_length, class_uid, version, tuple(roles), window, tuple(other))


def _context_items(value: bytes, at: int, problems: list[Problem]) -> tuple[str | None, list[str]]:
    abstract: str | None = None
    transfer: list[str] = []
    found: list[Problem] = []
    for kind, sub, _ in _items(value, 4, found):
        if kind == 0x30:
            abstract = _text(sub)
        elif kind == 0x40:
            transfer.append(_text(sub))
    problems.extend(Problem(problem.code, problem.offset + at, problem.text) for problem in found)
    return abstract, transfer


def _decode_associate(kind: int, body: bytes, problems: list[Problem]) -> PDU:
    if len(body) < 68:
        problems.append(Problem("associate-truncated", 0, f"the fixed part has 68 bytes, here are {len(body)}"))
        return Unknown(kind, body)
    version, called, calling = struct.unpack_from(">H2x16s16s", body)
    application: str | None = None
    proposed: list[ProposedContext] = []
    results: list[ContextResult] = []
    user: UserInformation | None = None
    for item, value, at in _items(body, 68, problems):
        if item == 0x10:
            application = _text(value)
        elif item in (0x20, 0x21) and len(value) >= 4:
            abstract, transfer = _context_items(value, at, problems)
            if item == 0x20:
                proposed.append(ProposedContext(value[0], abstract or "", tuple(transfer)))
            else:
                results.append(ContextResult(value[0], value[2], transfer[0] if transfer else None))
        elif item == 0x50:
            user = _decode_user(value, at, problems)
        else:
            problems.append(Problem("item-unexpected", at - 4, f"item {item:02X}H of {len(value)} bytes"))
    if user is None:
        problems.append(Problem("user-information-missing", len(body), "no User Information item (50H)"))
        user = UserInformation(max_length=None)
    called_ae, calling_ae = _text(called), _text(calling)
    if kind == ASSOCIATE_RQ:
        return AssociateRQ(called_ae, calling_ae, tuple(proposed), user, application, version)
    return AssociateAC(called_ae, calling_ae, tuple(results), user, application, version)


def _decode_pdata(body: bytes, elided: int, problems: list[Problem]) -> PData:
    pdvs: list[PDV] = []
    offset, end = 0, len(body) + elided
    while offset < end:
        if offset + 6 > len(body):
            problems.append(Problem("pdv-header-truncated", offset, f"{end - offset} bytes are no PDV item"))
            break
        length, context_id, header = struct.unpack_from(">IBB", body, offset)
        if length < 2:
            problems.append(Problem("pdv-length", offset, f"PDV item length {length}; at least 2 is needed"))
            break
        start, stop = offset + 6, offset + 4 + length
        if stop > end:
            problems.append(
                Problem("pdv-length", offset, f"PDV item states {length} bytes, {end - offset - 4} are left in the PDU")
            )
            stop = end
        if header > 3:
            problems.append(
                Problem("pdv-header", offset + 5, f"message control header {header:02X}H has reserved bits")
            )
        data = body[start : min(stop, len(body))]
        missing = stop - start - len(data)
        pdvs.append(PDV(context_id, bool(header & 1), bool(header & 2), data, missing))
        offset = stop
    if not pdvs and not problems:
        problems.append(Problem("pdata-empty", 0, "P-DATA-TF without a PDV item"))
    return PData(tuple(pdvs))


def decode(pdu_type: int, body: bytes, elided: int = 0) -> tuple[PDU, tuple[Problem, ...]]:
    """Decode the body of one PDU.

    Parameters
    ----------
    pdu_type : int
        PDU-type field.
    body : bytes
        What follows the 6-byte header.
    elided : int
        Bytes at the end of a P-DATA-TF body that were not kept.

    Returns
    -------
    PDU, tuple of Problem
        Always a PDU, `Unknown` when nothing can be made of it; offsets of problems count from the start of `body`.
    """
    problems: list[Problem] = []
    pdu: PDU
    if pdu_type in (ASSOCIATE_RQ, ASSOCIATE_AC):
        pdu = _decode_associate(pdu_type, body, problems)
    elif pdu_type == P_DATA_TF:
        pdu = _decode_pdata(body, elided, problems)
    elif pdu_type in PDU_NAMES:
        if len(body) != 4:
            problems.append(Problem("pdu-length", 0, f"{PDU_NAMES[pdu_type]} has 4 bytes, here are {len(body)}"))
        fixed = body.ljust(4, b"\0")
        fixed_pdus: dict[int, PDU] = {
            ASSOCIATE_RJ: AssociateRJ(fixed[1], fixed[2], fixed[3]),
            RELEASE_RQ: ReleaseRQ(),
            RELEASE_RP: ReleaseRP(),
            ABORT: Abort(fixed[2], fixed[3]),
        }
        pdu = fixed_pdus[pdu_type]
    else:
        problems.append(Problem("pdu-type", 0, f"PDU type {pdu_type:02X}H is not defined"))
        pdu = Unknown(pdu_type, body)
    return pdu, tuple(problems)
