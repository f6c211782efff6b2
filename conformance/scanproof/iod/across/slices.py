"""The geometry of a series: whether its slices make a volume (PS3.3 C.7.6.2.1.1).

The standard wants no volume of a series, so what is said here are warnings: a viewer that reconstructs one will not
agree with what was scanned.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from scanproof.iod.judgement.consistency import numbers

_PLANES = "PS3.3 C.7.6.2.1.1 (2020a)"
_IMAGE_PLANE = "PS3.3 Table C.7-10 (2026b)"
#: (rule, tag, what is wrong, clause)
Said = tuple[str, str, str, str]

#: Attributes by which images of one series make several volumes.
_FACETS = ("ImageType", "EchoNumbers", "EchoTime", "TemporalPositionIdentifier", "DiffusionBValue")
#: Attributes by which they may, when several lie at one position.
_PHASES = ("AcquisitionNumber", "TriggerTime")
_NO_NUMBER = -(2**40)
_MOST = 256
#: Millimetres by which a slice may be off the line of the others.
_OFF_LINE = 0.05


@dataclass
class _Stack:
    """Slices in one orientation: number, position (mm), and which phase, four and one each.

    ``tilted`` says that the gantry was not upright, so that the table moved across the slices at an angle.
    """

    spacing: tuple[float, ...]
    tilted: bool = False
    places: array[float] = field(default_factory=lambda: array("d"))
    phases: array[int] = field(default_factory=lambda: array("l"))


class Slices:
    """The slices of one series, given one by one; `judge` says what makes no volume of them."""

    def __init__(self) -> None:
        self._stacks: dict[tuple[object, ...], _Stack] = {}
        self._phases: dict[tuple[bytes | None, ...], int] = {}
        self._shapes: dict[str, dict[tuple[float, ...], int]] = {}

    def add(self, facts: Mapping[str, bytes], number: int | None) -> None:
        """Take note of an image; localizers and what has no plane are left out."""
        if b"LOCALIZER" in facts.get("ImageType", b"") or "ImagePositionPatient" not in facts:
            return
        orientation, position = numbers(facts, "ImageOrientationPatient"), numbers(facts, "ImagePositionPatient")
        if len(orientation) != 6 or len(position) != 3:
            return
        self._shape("ImageOrientationPatient", tuple(round(value, 4) + 0.0 for value in orientation))
        for name in ("Rows", "Columns"):
            self._shape(name, tuple(float(byte) for byte in facts.get(name, b"")[:2]))
        for name in ("PixelSpacing", "SliceThickness"):
            self._shape(name, numbers(facts, name))
        facets = tuple(facts.get(name) for name in _FACETS)
        key = (orientation, *facets)
        stack = self._stacks.get(key)
        if stack is None:
            if len(self._stacks) >= _MOST:
                return
            stack = self._stacks[key] = _Stack(
                numbers(facts, "SpacingBetweenSlices"), any(numbers(facts, "GantryDetectorTilt"))
            )
        phase = tuple(facts.get(name) for name in _PHASES)
        stack.phases.append(self._phases.setdefault(phase, len(self._phases)) if len(self._phases) < 4096 else 0)
        stack.places.extend((float(_NO_NUMBER if number is None else number), *position))

    def _shape(self, name: str, value: tuple[float, ...]) -> None:
        seen = self._shapes.setdefault(name, {})
        if value and (value in seen or len(seen) < _MOST):
            seen[value] = seen.get(value, 0) + 1

    def judge(self) -> Iterator[Said]:
        """Yield what is wrong with the series as a volume."""
        yield from self._mixed()
        said: set[str] = set()
        for (orientation, *_), stack in self._stacks.items():
            assert isinstance(orientation, tuple)
            for rule, tag, text, clause in _judge_stack(orientation, stack):
                if text not in said:
                    said.add(text)
                    yield rule, tag, text, clause

    def _mixed(self) -> Iterator[Said]:
        for name, rule, clause in (
            ("ImageOrientationPatient", "geometry-orientation", _PLANES),
            ("Rows", "mixed-matrix", "PS3.3 Table C.7-11c (2024e)"),
            ("Columns", "mixed-matrix", "PS3.3 Table C.7-11c (2024e)"),
            ("PixelSpacing", "geometry-spacing", _IMAGE_PLANE),
            ("SliceThickness", "geometry-spacing", _IMAGE_PLANE),
        ):
            seen = self._shapes.get(name, {})
            planes = name == "ImageOrientationPatient" and len(set(seen.values())) == 1  # a localizer of three planes
            if len(seen) > 1 and not planes:
                fewest = min(seen.values())
                text = f"{len(seen)} different values of {name}; the rarest stands in {fewest} of {sum(seen.values())}"
                yield rule, name, text, clause


def _judge_stack(orientation: Sequence[float], stack: _Stack) -> Iterator[Said]:
    places = [tuple(stack.places[at : at + 4]) for at in range(0, len(stack.places), 4)]
    normal = _cross_product(orientation[:3], orientation[3:])
    length = math.hypot(*normal)
    if len(places) < 3 or length < 0.5:
        return
    normal = tuple(value / length for value in normal)
    by_phase: dict[int, list[tuple[float, ...]]] = {0: places}
    if len(set(_depths(places, normal))) < len(places):
        by_phase = {}
        for place, phase in zip(places, stack.phases, strict=True):
            by_phase.setdefault(phase, []).append(place)
    for slices in by_phase.values():
        if len(slices) >= 3:
            yield from _judge_slices(slices, normal, stack)


def _depths(places: Sequence[Sequence[float]], normal: Sequence[float]) -> list[float]:
    """Distance of each slice along the normal, in mm to a thousandth."""
    return [round(sum(a * b for a, b in zip(place[1:], normal, strict=True)), 3) for place in places]


def _judge_slices(slices: Sequence[tuple[float, ...]], normal: Sequence[float], stack: _Stack) -> Iterator[Said]:
    tag, rule = "ImagePositionPatient", "geometry-slice-order"
    depths, stated = _depths(slices, normal), stack.spacing
    counts = _counts(depths)
    if max(counts) > 1 and len(set(counts)) == 1:
        return  # as many at each position: phases that no attribute tells apart
    if max(counts) > 1:
        yield rule, tag, f"{sum(count > 1 for count in counts)} positions hold several slices", _PLANES
    ordered = sorted(set(depths))
    steps = [after - before for before, after in pairwise(ordered)]
    if steps:
        usual = sorted(steps)[len(steps) // 2]
        margin = 0.02 + 0.01 * usual
        uneven = [step for step in steps if abs(step - usual) > margin]
        if uneven:
            gaps = [round(step / usual) - 1 for step in uneven if abs(step / usual - round(step / usual)) < 0.05]
            missing = sum(gap for gap in gaps if gap > 0)
            what = f"{missing} slices are missing" if len(gaps) == len(uneven) and missing else "the distances differ"
            text = f"{what}: {min(steps):g} to {max(steps):g} mm from slice to slice, mostly {usual:g}"
            yield rule, tag, text, _PLANES
        elif stated and abs(stated[0] - usual) > margin:
            text = f"it is stated as {stated[0]:g} mm, the positions are {usual:g} mm apart"
            yield "geometry-spacing", "SpacingBetweenSlices", text, _IMAGE_PLANE
    yield from _order_and_line(slices, depths, normal, stack.tilted)


def _counts(depths: Sequence[float]) -> list[int]:
    found: dict[float, int] = {}
    for depth in depths:
        found[depth] = found.get(depth, 0) + 1
    return list(found.values())


def _order_and_line(
    slices: Sequence[tuple[float, ...]], depths: Sequence[float], normal: Sequence[float], tilted: bool
) -> Iterator[Said]:
    tag, rule = "ImagePositionPatient", "geometry-slice-order"
    numbered = sorted((place[0], depth) for place, depth in zip(slices, depths, strict=True))
    in_order = [depth for number, depth in numbered if number != _NO_NUMBER]
    pairs = list(pairwise(in_order))
    rising, falling = sum(a < b for a, b in pairs), sum(a > b for a, b in pairs)
    if len({number for number, _ in numbered}) == len(numbered) and rising and falling:
        text = f"by Instance Number {min(rising, falling)} of {len(pairs)} steps go against the others"
        yield rule, tag, text, _PLANES
    feet = [
        tuple(value - depth * along for value, along in zip(place[1:], normal, strict=True))
        for place, depth in zip(slices, depths, strict=True)
    ]
    spread = max(max(foot[axis] for foot in feet) - min(foot[axis] for foot in feet) for axis in range(3))
    if spread > _OFF_LINE and not (tilted and _is_sheared(depths, feet)):
        text = f"the slices do not lie on a line along their normal: they are shifted by up to {spread:.3g} mm"
        yield rule, tag, text, _PLANES


def _is_sheared(depths: Sequence[float], feet: Sequence[Sequence[float]]) -> bool:
    """Whether slices lie on a line, though not along their normal: so they do where the gantry is tilted."""
    low, high = depths.index(min(depths)), depths.index(max(depths))
    span = depths[high] - depths[low]
    if not span:
        return False
    return all(
        abs(value - start - (stop - start) * (depth - depths[low]) / span) <= _OFF_LINE
        for depth, foot in zip(depths, feet, strict=True)
        for value, start, stop in zip(foot, feet[low], feet[high], strict=True)
    )


def _cross_product(a: Sequence[float], b: Sequence[float]) -> tuple[float, ...]:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
