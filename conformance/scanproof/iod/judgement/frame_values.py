"""What values of functional groups have to be: windows have a width, slices a distance.

They are judged with the element that they stand in, whose bytes the memo of elements has, and not with the structure,
whose memo would have to remember them.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.logic import known_values
from scansim.wire.dataset import DataSet

_SHARED, _PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
_WINDOW, _MEASURES = "FrameVOILUTSequence", "PixelMeasuresSequence"


def frame_findings(level: DataSet) -> Iterator[IodFinding]:
    """Judge values inside the functional groups, shared ones and those of frames, which stand at this level."""
    for name in (_SHARED, _PER_FRAME):
        for number, group in enumerate(level.items(name), 1):
            here = f"{name}[{number}] > "
            for window in group.items(_WINDOW)[:1]:
                yield from _window(window, f"{here}{_WINDOW}[1] > WindowWidth")
            for measures in group.items(_MEASURES)[:1]:
                yield from _measures(measures, f"{here}{_MEASURES}[1] > SpacingBetweenSlices")


def _numbers(level: DataSet, keyword: str) -> list[float]:
    found = []
    for value in known_values(level, keyword):
        try:
            found.append(float(value))
        except ValueError:  # told of where values are judged
            continue
    return found


def _window(window: DataSet, here: str) -> Iterator[IodFinding]:
    """A window has a width: of a linear function 1 or more, of the others above 0."""
    function = "".join(known_values(window, "VOILUTFunction")[:1])
    least = 1 if function in ("", "LINEAR") else 1e-9
    narrow = [width for width in _numbers(window, "WindowWidth") if width < least]
    if narrow:
        wanted = "1 or more" if least == 1 else "above 0"
        text = f"{narrow[0]:g}, where a window of this function has a width of {wanted}"
        yield IodFinding("geometry-window", IodLevel.ERROR, here, text, "PS3.3 C.11.2.1.2 (2020a)")


def _measures(measures: DataSet, here: str) -> Iterator[IodFinding]:
    below = [value for value in _numbers(measures, "SpacingBetweenSlices") if value < 0]
    if below:
        text = f"{below[0]:g} mm, where the distance between slices is not negative"
        yield IodFinding("geometry-spacing", IodLevel.ERROR, here, text, "PS3.3 Table C.7.6.16-2 (2020)")
