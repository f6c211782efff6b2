"""Points: of contours in a structure set, of graphics in a presentation state, of dose in a histogram or a grid."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.places import along, count, first, real, whole
from scanproof.iod.tables.logic import known_values
from scansim.wire.dataset import DataSet

_CONTOURS, _GRAPHICS = "PS3.3 C.8.8.6.1 (2020)", "PS3.3 C.10.5.1.2 (2020)"
_OFFSETS = "PS3.3 C.8.8.3.2 (2020)"
#: Points of the graphics that have a certain number.
_POINTS = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4}


def judge_points(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge the points of one data set; `iod` is the key of its IOD."""
    if iod == "rt-structure-set":
        yield from _contours(root)
    elif iod == "rt-dose":
        yield from _histograms(root)
        yield from _grid(root)
    elif iod.endswith("presentation-state"):
        yield from _graphics(root)


def _wrong(rule: str, here: str, text: str, clause: str, level: IodLevel = IodLevel.ERROR) -> IodFinding:
    return IodFinding(rule, level, here, text, clause)


def _contours(root: DataSet) -> Iterator[IodFinding]:
    for path, contour in along(root, "ROIContourSequence>ContourSequence"):
        found, stated = count(contour, "ContourData"), whole(contour, "NumberOfContourPoints")
        if found is None:
            continue
        here = f"{path}ContourData"
        kind = first(contour, "ContourGeometricType")
        if found % 3:
            yield _wrong("point-count", here, f"{found} coordinates are no triplets of x, y and z", _CONTOURS)
        elif stated is not None and found != 3 * stated:
            text = f"{found} coordinates are {found // 3} points, and Number of Contour Points is {stated}"
            yield _wrong("point-count", here, text, _CONTOURS)
        elif kind == "POINT" and found != 3:
            text = f"{found // 3} points, where Contour Geometric Type POINT is a single one"
            yield _wrong("point-count", here, text, _CONTOURS)
        elif kind == "CLOSED_PLANAR" and found < 9:
            text = f"{found // 3} points make no polygon, which CLOSED_PLANAR means"
            yield _wrong("point-count", here, text, _CONTOURS, IodLevel.WARNING)


def _graphics(root: DataSet) -> Iterator[IodFinding]:
    for path, graphic in along(root, "GraphicAnnotationSequence>GraphicObjectSequence"):
        found, stated = count(graphic, "GraphicData"), whole(graphic, "NumberOfGraphicPoints")
        if found is None:
            continue
        here, kind = f"{path}GraphicData", first(graphic, "GraphicType")
        if found % 2:
            yield _wrong("point-count", here, f"{found} coordinates are no pairs of column and row", _GRAPHICS)
        elif stated is not None and found != 2 * stated:
            text = f"{found} coordinates are {found // 2} points, and Number of Graphic Points is {stated}"
            yield _wrong("point-count", here, text, _GRAPHICS)
        elif kind in _POINTS and found != 2 * _POINTS[kind]:
            text = f"{found // 2} points, where a {kind} has {_POINTS[kind]}"
            yield _wrong("point-count", here, text, _GRAPHICS)


def _histograms(root: DataSet) -> Iterator[IodFinding]:
    for path, histogram in along(root, "DVHSequence"):
        found, bins = count(histogram, "DVHData"), whole(histogram, "DVHNumberOfBins")
        if found is not None and bins is not None and found != 2 * bins:
            text = f"{found} values, where {bins} bins have a width and a volume each"
            yield _wrong("point-count", f"{path}DVHData", text, "PS3.3 Table C.8-40 (2020)")


def _grid(root: DataSet) -> Iterator[IodFinding]:
    offsets, frames = known_values(root, "GridFrameOffsetVector"), whole(root, "NumberOfFrames")
    if not offsets:
        return
    if frames is not None and len(offsets) != frames:
        text = f"{len(offsets)} offsets, and Number of Frames is {frames}"
        yield _wrong("frame-count", "GridFrameOffsetVector", text, _OFFSETS)
    try:
        numbers = [float(value) for value in offsets]
    except ValueError:
        return
    steps = [after - before for before, after in itertools.pairwise(numbers)]
    if any(step > 0 for step in steps) and any(step < 0 for step in steps):
        text = "the offsets of the planes rise and fall, where they vary monotonically"
        yield _wrong("grid-offsets", "GridFrameOffsetVector", text, _OFFSETS)


def judge_beams(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge the control points of the beams of a plan: their order, their weights, and the leaves that they move."""
    for beams, points, devices in (
        ("BeamSequence", "ControlPointSequence", "BeamLimitingDeviceSequence"),
        ("IonBeamSequence", "IonControlPointSequence", "IonBeamLimitingDeviceSequence"),
    ):
        if iod not in ("rt-plan", "rt-ion-plan"):
            return
        for path, beam in along(root, beams):
            items = list(along(beam, points, path))
            yield from _order(items)
            yield from _weights(beam, items)
            yield from _leaves(beam, items, path, devices)


def _order(items: list[tuple[str, DataSet]]) -> Iterator[IodFinding]:
    for number, (here, point) in enumerate(items):
        index = whole(point, "ControlPointIndex")
        if index is not None and index != number:
            text = f"{index}, where control points count from 0 on: this is {number}"
            yield _wrong("identifier-order", f"{here}ControlPointIndex", text, "PS3.3 Table C.8-50 (2020)")
            return


def _weights(beam: DataSet, items: list[tuple[str, DataSet]]) -> Iterator[IodFinding]:
    clause = "PS3.3 C.8.8.14.1, C.8.8.14.5 (2020)"
    weights = [(here, real(point, "CumulativeMetersetWeight")) for here, point in items]
    known = [(f"{here}CumulativeMetersetWeight", weight) for here, weight in weights if weight is not None]
    if not known or len(known) != len(items):
        return  # what has no weight has no order
    if known[0][1] != 0:
        yield _wrong("meterset", known[0][0], f"{known[0][1]:g}, where the first control point has 0", clause)
    for (_, before), (here, after) in itertools.pairwise(known):
        if after < before:
            yield _wrong("meterset", here, f"{after:g} after {before:g}: weights are cumulative", clause)
            return
    final = real(beam, "FinalCumulativeMetersetWeight")
    here, last = known[-1]
    if final is not None and len(items) > 1 and abs(last - final) > 1e-3 * max(abs(final), 1e-9):
        text = f"{last:g} of the last control point, where Final Cumulative Meterset Weight is {final:g}"
        yield _wrong("meterset", here, text, clause)


def _leaves(beam: DataSet, items: list[tuple[str, DataSet]], path: str, devices: str) -> Iterator[IodFinding]:
    clause = "PS3.3 Table C.8-50 (2020)"
    pairs: dict[str, int] = {}
    for here, device in along(beam, devices, path):
        number, kind = whole(device, "NumberOfLeafJawPairs"), first(device, "RTBeamLimitingDeviceType")
        if number is None or not kind:
            continue
        pairs[kind] = number
        found = count(device, "LeafPositionBoundaries")
        if kind.startswith("MLC") and found is not None and found != number + 1:
            text = f"{found} boundaries, where {number} pairs of leaves have {number + 1}"
            yield _wrong("point-count", f"{here}LeafPositionBoundaries", text, clause)
    for at, point in items:
        for here, position in along(point, "BeamLimitingDevicePositionSequence", at):
            kind, found = first(position, "RTBeamLimitingDeviceType"), count(position, "LeafJawPositions")
            if found is not None and kind in pairs and found != 2 * pairs[kind]:
                text = f"{found} positions, where {pairs[kind]} pairs of {kind} have {2 * pairs[kind]}"
                yield _wrong("point-count", f"{here}LeafJawPositions", text, clause)
            elif kind and pairs and kind not in pairs:
                text = f"{kind!r} is no device of the beam, which has {', '.join(pairs)}"
                yield _wrong("reference-missing", f"{here}RTBeamLimitingDeviceType", text, clause)
