"""Overlay planes, each in a group of its own (60xx): the Overlay Plane and Multi-frame Overlay modules (PS3.3 C.9)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.logic import is_empty
from scanproof.iod.tables.overlays import DATA, GROUPS
from scansim.wire.dataset import DataSet, keyword

_CLAUSE = "PS3.3 Table C.9-2 (2020)"
_LENGTH = "PS3.5 8.1.2 (2020); PS3.3 Table C.9-2 (2020)"
_ROWS, _COLUMNS, _FRAMES, _TYPE, _ORIGIN, _ALLOCATED, _POSITION = 0x10, 0x11, 0x15, 0x40, 0x50, 0x100, 0x102
_TYPE_1 = (_ROWS, _COLUMNS, _TYPE, _ORIGIN, _ALLOCATED, _POSITION, DATA)
_RETIRED = "; overlays in unused bits of the pixels are retired"
_FIXED = ((_ALLOCATED, "1", _RETIRED), (_POSITION, "0", _RETIRED))


def overlay_findings(root: DataSet, *, complete: bool) -> Iterator[IodFinding]:
    """Judge each group that has an attribute of Type 1; of others, one alone proves no overlay.

    Parameters
    ----------
    root : DataSet
        The data set.
    complete : bool
        False when the bytes end early: what is missing then is not judged.
    """
    for group in sorted({tag >> 16 for tag in root.elements if tag >> 16 in GROUPS}):
        if any(group << 16 | low in root.elements for low in _TYPE_1):
            yield from _plane(root, group << 16, complete)


def _plane(root: DataSet, group: int, complete: bool) -> Iterator[IodFinding]:
    elements = root.elements
    embedded = _value(root, group | _ALLOCATED) not in ("", "1")
    for low in _TYPE_1:
        element = elements.get(group | low)
        if element is None:
            if complete and not (low == DATA and embedded):  # which is said of the bits then
                text = "absent; the Overlay Plane Module wants it with a value (Type 1)"
                yield IodFinding("type1-missing", IodLevel.ERROR, keyword(group | low), text, _CLAUSE)
        elif is_empty(element):
            text = "empty; the Overlay Plane Module wants a value (Type 1)"
            yield IodFinding("type1-empty", IodLevel.ERROR, keyword(group | low), text, _CLAUSE)
    for low, wanted, why in _FIXED:
        value = _value(root, group | low)
        if value not in ("", wanted):
            text = f"{value}, where {wanted} is wanted{why}"
            yield IodFinding("enumerated-value", IodLevel.ERROR, keyword(group | low), text, _CLAUSE)
    kind = _value(root, group | _TYPE)
    if kind not in ("", "G", "R"):
        text = f"value 1 is {kind!r}, not one of G, R"
        yield IodFinding("enumerated-value", IodLevel.ERROR, keyword(group | _TYPE), text, _CLAUSE)
    if not embedded:
        yield from _length(root, group)


def _length(root: DataSet, group: int) -> Iterator[IodFinding]:
    """As many bits as rows, columns and frames make, in an even number of bytes."""
    data = root.elements.get(group | DATA)
    rows, columns = _value(root, group | _ROWS), _value(root, group | _COLUMNS)
    frames = _value(root, group | _FRAMES) or "1"
    numbers = (rows, columns, frames)
    if data is None or data.items is not None or not data.value or not all(map(str.isdigit, numbers)):
        return
    wanted = (int(rows) * int(columns) * int(frames) + 7) // 8
    wanted += wanted % 2
    found = len(data.value)
    if wanted and found != wanted:
        # what is too long can be shown; by what it is, some writers differ
        level = IodLevel.ERROR if found < wanted else IodLevel.WARNING
        text = f"{found} bytes, where rows, columns and frames of the overlay make {wanted}"
        yield IodFinding("overlay-length", level, keyword(group | DATA), text, _LENGTH)


def _value(root: DataSet, tag: int) -> str:
    """First value of an attribute; empty when there is none."""
    element = root.elements.get(tag)
    values = () if element is None or element.vr == "UN" else root.values_of(element)
    return values[0] if values else ""
