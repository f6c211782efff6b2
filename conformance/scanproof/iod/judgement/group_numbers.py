"""Numbers inside functional groups that have a sign or a least value, as those of a single-frame image have."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.places import first, real
from scansim.wire.dataset import DataSet, tag_of

_MEASURES, _WINDOW = tag_of("PixelMeasuresSequence"), tag_of("FrameVOILUTSequence")
#: Sequences whose items `number_findings` judges.
GROUPS = frozenset((_MEASURES, _WINDOW))


def number_findings(sequence: int, item: DataSet, here: str) -> Iterator[IodFinding]:
    """Judge the numbers of one item.

    Parameters
    ----------
    sequence : int
        Tag of its sequence, one of `GROUPS`.
    item : DataSet
        The item.
    here : str
        Path of what is in it, such as ``PixelMeasuresSequence[1] > ``.
    """
    if sequence == _MEASURES:
        between = real(item, "SpacingBetweenSlices")
        if between is not None and between < 0:
            text = f"{between:g} mm, where the distance between slices is not negative"
            yield _wrong("geometry-spacing", f"{here}SpacingBetweenSlices", text, "PS3.3 Table C.7.6.16-2 (2020)")
        return
    width = real(item, "WindowWidth")
    # of the other functions the width is only to be above 0
    linear = first(item, "VOILUTFunction") in ("", "LINEAR")
    if width is not None and (width < 1 if linear else width <= 0):
        text = f"{width:g}, where a window of this function has a width of {'1 or more' if linear else 'above 0'}"
        yield _wrong("geometry-window", f"{here}WindowWidth", text, "PS3.3 C.11.2.1.2 (2020a)")


def _wrong(rule: str, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, path, text, clause)
