"""Lenient decoding of PDUs: what is wrong becomes a `Problem`, never an exception."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from scansim.wire.pdu import (
    ABORT,
    ASSOCIATE_AC,
    ASSOCIATE_RJ,
    ASSOCIATE_RQ,
    P_DATA_TF,
    PDU,
    PDU_NAMES,
    PDV,
    RELEASE_RP,
    RELEASE_RQ,
    Abort,
    AssociateAC,
    AssociateRJ,
    AssociateRQ,
    ContextResult,
    PData,
    Problem,
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
    RoleSelection,
    Unknown,
    UserInformation,
)


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
