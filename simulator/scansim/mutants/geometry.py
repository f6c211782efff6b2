"""Mutants: geometry in one image: orientation, spacing, position."""

from __future__ import annotations

from scansim.mutants.facts import IMAGES, MR, Level, Mutant
from scansim.mutants.surgery import value

_ORIENTATION = "PS3.3 C.7.6.2.1.1 (2020a)"
_SPACING = "PS3.3 10.7.1.3 (2018-2024)"


def _geometry(
    name: str,
    rule: str,
    path: str,
    new: str,
    summary: str,
    clause: str,
    *,
    level: Level = "error",
    classes: tuple[str, ...] = IMAGES,
) -> Mutant:
    return Mutant(f"geometry-{name}", summary, f"geometry-{rule}", clause, level, path, value(path, new), classes)


MUTANTS = (
    _geometry(
        "orientation-row-length",
        "orientation",
        "ImageOrientationPatient",
        r"1.1\0\0\0\1\0",
        "the row direction is no unit vector",
        _ORIENTATION,
    ),
    _geometry(
        "orientation-column-length",
        "orientation",
        "ImageOrientationPatient",
        r"1\0\0\0\0.9\0",
        "the column direction is no unit vector",
        _ORIENTATION,
    ),
    _geometry(
        "orientation-not-orthogonal",
        "orientation",
        "ImageOrientationPatient",
        r"1\0\0\0.6\0.8\0",
        "row and column direction are not at right angles",
        _ORIENTATION,
    ),
    _geometry(
        "orientation-zero",
        "orientation",
        "ImageOrientationPatient",
        r"0\0\0\0\0\0",
        "both directions are zero",
        _ORIENTATION,
    ),
    _geometry(
        "orientation-equal",
        "orientation",
        "ImageOrientationPatient",
        r"1\0\0\1\0\0",
        "row and column direction are the same",
        _ORIENTATION,
    ),
    _geometry("spacing-zero", "spacing", "PixelSpacing", r"0\0", "Pixel Spacing is zero", _SPACING),
    _geometry("spacing-negative", "spacing", "PixelSpacing", r"-0.5\0.5", "Pixel Spacing is negative", _SPACING),
    _geometry(
        "spacing-slices-negative",
        "spacing",
        "SpacingBetweenSlices",
        "-5",
        "Spacing Between Slices is negative",
        "PS3.3 Table C.7-10 (2018-2024)",
        classes=(MR,),
    ),
    _geometry(
        "thickness-negative",
        "spacing",
        "SliceThickness",
        "-5",
        "Slice Thickness is negative",
        "PS3.3 Table C.7-10 (2026b)",
        level="warning",
    ),
    _geometry(
        "thickness-zero",
        "spacing",
        "SliceThickness",
        "0",
        "Slice Thickness is zero",
        "PS3.3 Table C.7-10 (2026b)",
        level="warning",
    ),
    _geometry(
        "window-width",
        "window",
        "WindowWidth",
        "0.5",
        "Window Width is less than 1",
        "PS3.3 C.11.2.1.2 (2020a)",
    ),
)
