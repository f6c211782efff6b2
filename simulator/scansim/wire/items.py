"""What may stand where in an A-ASSOCIATE PDU, how often, and of what it consists (PS3.8 9.3, D.1; PS3.7 D.3.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scansim.wire.pdu import ASSOCIATE_AC, ASSOCIATE_RQ, Grade, Problem

#: Items and sub-items by type; another type is to be ignored and skipped (PS3.8 9.3, D.2).
NAMES = {
    0x10: "Application Context item",
    0x20: "Presentation Context item",
    0x21: "Presentation Context item",
    0x30: "Abstract Syntax sub-item",
    0x40: "Transfer Syntax sub-item",
    0x50: "User Information item",
    0x51: "Maximum Length sub-item",
    0x52: "Implementation Class UID sub-item",
    0x53: "Asynchronous Operations Window sub-item",
    0x54: "SCP/SCU Role Selection sub-item",
    0x55: "Implementation Version Name sub-item",
    0x56: "SOP Class Extended Negotiation sub-item",
    0x57: "SOP Class Common Extended Negotiation sub-item",
    0x58: "User Identity sub-item",
    0x59: "User Identity sub-item",
}


@dataclass(frozen=True)
class Allowed:
    """How often an item stands in its container: once, or as often as it likes (``many``).

    With ``per_class`` it is once for each SOP Class UID, with which such sub-items begin.
    """

    required: bool = False
    many: bool = False
    per_class: bool = False


@dataclass(frozen=True)
class Container:
    """What has items in it: a PDU or an item, with what may stand there; ``ordered`` by type where that is required."""

    name: str
    allowed: Mapping[int, Allowed]
    ordered: bool = True


_ONE, _SOME = Allowed(required=True), Allowed(required=True, many=True)
_OPTIONAL, _PER_CLASS = Allowed(), Allowed(per_class=True)

#: The variable field of the PDU (PS3.8 9.3.2, 9.3.3), in increasing order of type (9.3.1).
PDUS = {
    ASSOCIATE_RQ: Container("the A-ASSOCIATE-RQ", {0x10: _ONE, 0x20: _SOME, 0x50: _ONE}),
    ASSOCIATE_AC: Container("the A-ASSOCIATE-AC", {0x10: _ONE, 0x21: _SOME, 0x50: _ONE}),
}
#: Presentation Context items (PS3.8 9.3.2.2, 9.3.3.2): the Abstract Syntax is followed by its Transfer Syntaxes.
CONTEXTS = {
    ASSOCIATE_RQ: Container("a proposed Presentation Context", {0x30: _ONE, 0x40: _SOME}),
    ASSOCIATE_AC: Container("a Presentation Context result", {0x40: _ONE}),
}
_BOTH_WAYS = {
    0x51: _ONE,  # PS3.8 D.1.1, D.1.2
    0x52: _ONE,  # PS3.7 D.3.3.2.1, D.3.3.2.2
    0x53: _OPTIONAL,  # D.3.3.3.1, D.3.3.3.2
    0x54: _PER_CLASS,  # D.3.3.4
    0x55: _OPTIONAL,  # D.3.3.2.3, D.3.3.2.4
    0x56: _PER_CLASS,  # D.3.3.5.1, D.3.3.5.2
}
#: The User Information item: sub-items in any order (PS3.8 9.3.2.3, 9.3.3.3); 57H is never answered (PS3.7 D.3.3.6).
USER_INFORMATION = {
    ASSOCIATE_RQ: Container(
        "the User Information of an A-ASSOCIATE-RQ", {**_BOTH_WAYS, 0x57: _PER_CLASS, 0x58: _OPTIONAL}, ordered=False
    ),
    ASSOCIATE_AC: Container(
        "the User Information of an A-ASSOCIATE-AC", {**_BOTH_WAYS, 0x59: _OPTIONAL}, ordered=False
    ),
}

_COUNTED, _REST = -1, -2
#: Fields of items: so many bytes; two bytes of length and as many bytes as these say; or whatever is left.
_FIELDS = {
    0x20: (4, _REST),
    0x21: (4, _REST),
    0x51: (4,),
    0x53: (4,),
    0x54: (_COUNTED, 2),
    0x56: (_COUNTED, _REST),
    0x57: (_COUNTED, _COUNTED, _COUNTED, _REST),  # later versions of the sub-item have more fields
    0x58: (2, _COUNTED, _COUNTED),
    0x59: (_COUNTED,),
}


@dataclass(frozen=True)
class Item:
    """One item: its type, its value, and where the value begins, in bytes from the start of the PDU's body.

    ``whole`` is False when the PDU ends before the item does.
    """

    kind: int
    value: bytes
    at: int
    whole: bool = True


def named(kind: int) -> str:
    """Name and type of an item, such as ``Maximum Length sub-item (51H)``."""
    return f"{NAMES[kind]} ({kind:02X}H)" if kind in NAMES else f"item {kind:02X}H"


def fields(item: Item) -> list[bytes] | None:
    """Values of the fields of an item; None when they do not fill it exactly."""
    found: list[bytes] = []
    rest = item.value
    for size in _FIELDS.get(item.kind, (_REST,)):
        if size == _COUNTED:
            if len(rest) < 2:
                return None
            (size,) = struct.unpack_from(">H", rest)
            rest = rest[2:]
        elif size == _REST:
            size = len(rest)
        if len(rest) < size:
            return None
        found.append(rest[:size])
        rest = rest[size:]
    return None if rest else found


def place_problems(container: Container, items: Sequence[Item], end: int, *, whole: bool) -> Iterator[Problem]:
    """Say which items of a container are undefined, misplaced, out of order, too many or missing.

    `end` is where the container ends, in bytes from the start of the PDU's body. Nothing is missing from one that was
    cut short (`whole` is False): that is told already.
    """
    counts: dict[tuple[int, bytes], list[Item]] = {}
    before: Item | None = None
    for item in items:
        at, what = item.at - 4, named(item.kind)
        allowed = container.allowed.get(item.kind)
        if item.kind not in NAMES:
            text = f"{what} of {len(item.value)} bytes is not defined"
            yield Problem("item-undefined", at, text, Grade.NOTE, item.kind)
            continue
        if allowed is None:
            yield Problem("item-unexpected", at, f"{what} has no place in {container.name}", item=item.kind)
            continue
        parts = fields(item)
        if parts is None:
            if item.whole:
                text = f"{what} of {len(item.value)} bytes, which its fields do not fill exactly"
                yield Problem("item-fields", item.at, text, item=item.kind)
            if allowed.per_class:
                continue  # it cannot be said of which class it is
        same = counts.setdefault((item.kind, parts[0].rstrip(b"\0 ") if allowed.per_class and parts else b""), [])
        same.append(item)
        if len(same) > 1 and not allowed.many:
            continue  # told below; where it stands is no second fault
        if container.ordered and before is not None and item.kind < before.kind:
            text = f"{what} stands after {named(before.kind)}; the order is that of the types"
            yield Problem("item-order", at, text, item=item.kind)
        before = item
    for (kind, sop_class), same in counts.items():
        if len(same) > 1 and not container.allowed[kind].many:
            of_class = f" for {sop_class.decode('latin-1')}" if sop_class else ""
            text = f"{named(kind)}{of_class} stands {len(same)} times in {container.name}; once is allowed"
            yield Problem("item-doubled", same[1].at - 4, text, item=kind)
    present = {item.kind for item in items}
    for kind, allowed in container.allowed.items():
        if allowed.required and kind not in present and whole:
            yield Problem("item-missing", end, f"no {named(kind)} in {container.name}", item=kind)
