"""Lenient decoding of PDUs: what is wrong becomes a `Problem`, never an exception."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import overload

from scansim.wire.items import CONTEXTS, PDUS, USER_INFORMATION, Container, Item, fields, place_problems
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
    Grade,
    PData,
    Problem,
    ProposedContext,
    ReleaseRP,
    ReleaseRQ,
    RoleSelection,
    Unknown,
    UserInformation,
)
from scansim.wire.problems import Problems

#: Items of one container that are looked at, and PDVs of one P-DATA-TF that are held as objects.
MOST_ITEMS = 100_000
MOST_PDVS = 4096


def _text(value: bytes) -> str:
    return value.decode("latin-1").rstrip("\0").strip(" ")


def _items(body: bytes, start: int, base: int, problems: Problems) -> Iterator[Item]:
    """Walk items of (type, reserved, 2-byte length, value) from `start` on; `base` is where `body` lies in its PDU."""
    while start < len(body):
        left = len(body) - start - 4
        if left < 0:
            problems.append(Problem("item-header-truncated", base + start, f"{left + 4} bytes are no item header"))
            return
        kind, length = struct.unpack_from(">BxH", body, start)
        start += 4
        if length > left:
            text = f"item {kind:02X}H states {length} bytes, only {left} are left in the PDU"
            problems.append(Problem("item-length", base + start - 2, text, item=kind))
        yield Item(kind, body[start : start + length], base + start, length <= left)
        start += length


def _contents(
    container: Container, body: bytes, start: int, base: int, problems: Problems, *, whole: bool = True
) -> list[Item]:
    """Items of a container; what is wrong with their lengths or places goes to `problems`."""
    cut = Problems()
    walked = _items(body, start, base, cut)
    found = list(islice(walked, MOST_ITEMS))
    beyond = next(walked, None)
    if beyond is not None:
        text = f"more than {MOST_ITEMS} items in {container.name}; what is beyond was not read"
        problems.append(Problem("items-too-many", beyond.at - 4, text, Grade.NOTE))
    problems += cut
    whole = whole and not cut and beyond is None
    problems += place_problems(container, found, base + len(body), whole=whole)
    return found


def _first(items: Iterable[Item]) -> dict[int, Item]:
    """The first item of each type, which counts where one stands too often."""
    first: dict[int, Item] = {}
    for item in items:
        first.setdefault(item.kind, item)
    return first


def _value(item: Item | None) -> str | None:
    return None if item is None else _text(item.value)


def _decode_user(kind: int, user: Item, problems: Problems) -> UserInformation:
    max_length: int | None = None
    roles: list[RoleSelection] = []
    window: tuple[int, int] | None = None
    other: list[tuple[int, bytes]] = []
    items = _contents(USER_INFORMATION[kind], user.value, 0, user.at, problems, whole=user.whole)
    first = _first(items)
    for item in items:
        parts = fields(item)
        if item.kind == 0x51 and parts is not None:
            max_length = int.from_bytes(parts[0]) if max_length is None else max_length
        elif item.kind == 0x53 and parts is not None:
            window = window or struct.unpack(">HH", parts[0])
        elif item.kind == 0x54 and parts is not None:
            roles.append(RoleSelection(_text(parts[0]), *parts[1]))
        elif item.kind not in (0x52, 0x54, 0x55):
            other.append((item.kind, item.value))
    return UserInformation(
        max_length, _value(first.get(0x52)), _value(first.get(0x55)), tuple(roles), window, tuple(other)
    )


def _proposed(item: Item, problems: Problems) -> ProposedContext:
    found = _contents(CONTEXTS[ASSOCIATE_RQ], item.value, 4, item.at, problems, whole=item.whole)
    transfer = tuple(_text(each.value) for each in found if each.kind == 0x40)
    return ProposedContext(item.value[0], _value(_first(found).get(0x30)) or "", transfer)


def _result(item: Item, problems: Problems) -> ContextResult:
    inside = Problems()
    found = _contents(CONTEXTS[ASSOCIATE_AC], item.value, 4, item.at, inside, whole=item.whole)
    result = item.value[2]
    # What stands in the item of a rejected context is not significant, and not to be tested (PS3.8 9.3.3.2).
    problems += (replace(problem, grade=Grade.NOTE) for problem in inside) if result else inside
    return ContextResult(item.value[0], result, _value(_first(found).get(0x40)))


def _decode_associate(kind: int, body: bytes, problems: Problems) -> PDU:
    if len(body) < 68:
        problems.append(Problem("associate-truncated", 0, f"the fixed part has 68 bytes, here are {len(body)}"))
        return Unknown(kind, body)
    version, *titles, reserved = struct.unpack_from(">H2x16s16s32s", body)
    called, calling = map(_text, titles)
    items = _contents(PDUS[kind], body, 68, 0, problems)
    first = _first(items)
    application = _value(first.get(0x10))
    user = _decode_user(kind, first[0x50], problems) if 0x50 in first else UserInformation(max_length=None)
    contexts = [item for item in items if len(item.value) >= 4]  # a shorter one has no ID
    if kind == ASSOCIATE_RQ:
        proposed = tuple(_proposed(item, problems) for item in contexts if item.kind == 0x20)
        return AssociateRQ(called, calling, proposed, user, application, version, reserved, body[4:36])
    results = tuple(_result(item, problems) for item in contexts if item.kind == 0x21)
    return AssociateAC(called, calling, results, user, application, version, reserved)


def _pdvs(body: bytes, elided: int, problems: Problems) -> Iterator[PDV]:
    """Walk the PDV items of a P-DATA-TF, of which the last bytes may not have been kept."""
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
            text = f"message control header {header:02X}H has reserved bits, which receivers do not check"  # E.2
            problems.append(Problem("pdv-header", offset + 5, text, Grade.NOTE))
        data = body[start : min(stop, len(body))]
        missing = stop - start - len(data)
        yield PDV(context_id, bool(header & 1), bool(header & 2), data, missing)
        offset = stop


@dataclass(frozen=True)
class _Walked(Sequence[PDV]):
    """The PDVs of a P-DATA-TF that has very many: made anew each time that they are walked through."""

    body: bytes
    elided: int
    number: int

    def __len__(self) -> int:
        return self.number

    def __iter__(self) -> Iterator[PDV]:
        return _pdvs(self.body, self.elided, Problems())

    @overload
    def __getitem__(self, index: int) -> PDV: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[PDV]: ...

    def __getitem__(self, index: int | slice) -> PDV | Sequence[PDV]:
        if isinstance(index, slice):
            return tuple(islice(self, *index.indices(self.number)))
        at = range(self.number)[index]
        return next(islice(self, at, None))


def _decode_pdata(body: bytes, elided: int, problems: Problems) -> PData:
    walked = _pdvs(body, elided, problems)
    pdvs = tuple(islice(walked, MOST_PDVS))
    number = len(pdvs) + sum(1 for _ in walked)
    if not pdvs and not problems:
        problems.append(Problem("pdata-empty", 0, "P-DATA-TF without a PDV item"))
    return PData(pdvs if number == len(pdvs) else _Walked(body, elided, number))


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
    problems = Problems()
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
    return pdu, tuple(sorted(problems, key=lambda problem: problem.offset))
