"""Private elements and those who reserve their blocks (PS3.5 7.8.1), in every data set and item."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.logic import is_empty
from scansim.wire.dataset import DataSet, Element, keyword

_CLAUSE = "PS3.5 7.8.1 (2025a)"
#: That a Private Creator stands once in a group is said in 2020, and not in 2013: who followed that is not wrong.
_ONCE = "PS3.5 7.8.1 (2020; not yet in 2013)"


def private_findings(dataset: DataSet, path: str = "") -> Iterator[IodFinding]:
    """Judge the private elements of a data set; an item has blocks of its own."""
    creators: dict[int, set[int]] = {}
    reserved: dict[tuple[int, str], int] = {}
    lacking: dict[int, list[Element]] = {}
    for tag, element in dataset.elements.items():
        for number, item in enumerate(element.items or (), 1):
            yield from private_findings(item, f"{path}{keyword(tag)}[{number}] > ")
        group, low = tag >> 16, tag & 0xFFFF
        if not group & 1 or group < 9 or group == 0xFFFF or not low:
            continue
        here = f"{path}{keyword(tag)}"
        if low < 0x10:
            text = "private elements begin at (gggg,0010)"
            yield IodFinding("private-element-low", IodLevel.ERROR, here, text, _CLAUSE, element.offset)
        elif low <= 0xFF:
            creators.setdefault(group, set()).add(low)
            if is_empty(element):
                text = "a Private Creator without a value reserves nothing"
                yield IodFinding("private-creator-empty", IodLevel.ERROR, here, text, _CLAUSE, element.offset)
            else:
                yield from _twice(reserved, group, low, "\\".join(dataset.values_of(element)), here)
        elif low >> 8 not in creators.get(group, ()):
            lacking.setdefault(tag >> 8, []).append(element)
    for block, elements in lacking.items():  # one fault of a block, however many elements stand in it
        first, more = elements[0], len(elements) - 1
        text = f"no Private Creator at ({block >> 8:04X},{block & 0xFF:04X}) reserves its block"
        text += f" ({more} more of its elements are there)" if more else ""
        here = f"{path}{keyword(first.tag)}"
        yield IodFinding("private-creator-missing", IodLevel.ERROR, here, text, _CLAUSE, first.offset)


def _twice(reserved: dict[tuple[int, str], int], group: int, low: int, creator: str, here: str) -> Iterator[IodFinding]:
    first = reserved.setdefault((group, creator), low)
    if first != low:
        text = f"{creator!r} reserves block {first:02X}H of this group already"
        yield IodFinding("private-creator-twice", IodLevel.WARNING, here, text, _ONCE)
