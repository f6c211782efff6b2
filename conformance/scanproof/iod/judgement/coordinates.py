"""Spatial and temporal coordinates in content trees: how many points a shape has, and where they may be (C.18.6-9)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import LONGEST_VALUE, DataSet

_PLANE, _SPACE, _TIME = "PS3.3 C.18.6.1 (2020)", "PS3.3 C.18.9.1 (2020)", "PS3.3 C.18.7.1 (2020)"
#: Value Type, then Graphic Type to the numbers of points that it may have; 0 behind the fewest is any more.
_SHAPES = {
    "SCOORD": {"POINT": (1, 1), "MULTIPOINT": (1, 0), "POLYLINE": (2, 0), "CIRCLE": (2, 2), "ELLIPSE": (4, 4)},
    "SCOORD3D": {
        "POINT": (1, 1),
        "MULTIPOINT": (1, 0),
        "POLYLINE": (2, 0),
        "POLYGON": (3, 0),
        "ELLIPSE": (4, 4),
        "ELLIPSOID": (6, 6),
    },
}
_RANGES = {"POINT": 1, "MULTIPOINT": 0, "SEGMENT": 2, "MULTISEGMENT": 0, "BEGIN": 1, "END": 1}
_TIMES = ("ReferencedSamplePositions", "ReferencedTimeOffsets", "ReferencedDateTime")


def coordinate_findings(item: DataSet, path: str, value_type: str) -> Iterator[IodFinding]:
    """Judge the coordinates of a content item; nothing for one of another Value Type."""
    if value_type in _SHAPES:
        yield from _shape(item, path, value_type)
    elif value_type == "TCOORD":
        yield from _range(item, path)


def _error(rule: str, here: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, here, text, clause)


def _shape(item: DataSet, path: str, value_type: str) -> Iterator[IodFinding]:
    shape, element = item.text("GraphicType"), item.element("GraphicData")
    clause, here = (_PLANE if value_type == "SCOORD" else _SPACE), f"{path}GraphicData"
    if shape and shape not in _SHAPES[value_type]:
        text = f"{shape!r}, not one of {', '.join(_SHAPES[value_type])}"
        yield _error("enumerated-value", f"{path}GraphicType", text, clause)
        return
    if element is None or element.vr != "FL" or not element.value:
        return
    size = 2 if value_type == "SCOORD" else 3
    count = len(element.value) // 4
    if count % size:
        yield _error("sr-coordinates", here, f"{count} values, which are no whole points of {size}", clause)
        return
    if shape:
        fewest, most = _SHAPES[value_type][shape]
        if not fewest <= count // size <= (most or count):
            wanted = f"{fewest}" if most else f"{fewest} or more"
            text = f"{count // size} points for {shape}, which has {wanted}"
            # two points make the first segment, three the first polygon: no sentence says so
            level = IodLevel.ERROR if most else IodLevel.WARNING
            yield IodFinding("sr-coordinates", level, here, text, clause)
    if len(element.value) <= LONGEST_VALUE:
        values = list(map(float, item.values_of(element)))
        if value_type == "SCOORD" and min(values) < 0:
            yield _error("sr-coordinates", here, f"{min(values):g}: positions in an image begin at 0", clause)
        if shape == "POLYGON" and values[:3] != values[-3:]:
            yield _error("sr-coordinates", here, "the first and the last point of a POLYGON are the same", clause)


def _range(item: DataSet, path: str) -> Iterator[IodFinding]:
    kind = item.text("TemporalRangeType")
    if kind and kind not in _RANGES:
        text = f"{kind!r}, not one of {', '.join(_RANGES)}"
        yield _error("enumerated-value", f"{path}TemporalRangeType", text, _TIME)
        return
    there = [name for name in _TIMES if name in item]
    for name in there[1:]:
        text = f"present beside {there[0]}; a TCOORD has positions, offsets or times"
        yield _error("condition-forbidden", f"{path}{name}", text, "PS3.3 Table C.18.7-1 (2020)")
    for name in there[:1]:
        count = len(item.values(name))
        if kind and count and count != (_RANGES[kind] or count):
            text = f"{count} values for {kind}, which has {_RANGES[kind]}"
            yield _error("sr-coordinates", f"{path}{name}", text, _TIME)
        elif kind == "MULTISEGMENT" and count % 2:
            yield _error("sr-coordinates", f"{path}{name}", f"{count} values: a segment has two", _TIME)
