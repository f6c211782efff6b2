"""Conditions of multi-frame images without a plane of their own each: cine, multi-frame Secondary Capture, US."""

from __future__ import annotations

from scanproof.iod.tables.logic import (
    ALWAYS,
    Condition,
    Expression,
    Scope,
    Truth,
    number,
    points_to,
    present,
    required_if,
    value_is,
)

_several_frames = number("NumberOfFrames", lambda value: value > 1, "is more than 1")
_gray_levels = value_is("PhotometricInterpretation", "MONOCHROME2") & number(
    "BitsStored", lambda value: value > 1, "is more than 1"
)
_VECTORS = (
    *("FrameTimeVector", "PageNumberVector", "FrameLabelVector", "FramePrimaryAngleVector", "SliceLocationVector"),
    *("FrameSecondaryAngleVector", "DisplayWindowLabelVector"),
)

MULTI_FRAME: dict[tuple[str, str], Condition] = {
    ("cine", "FrameTime"): required_if(present("FrameIncrementPointer") & points_to("FrameTime")),
    ("cine", "FrameTimeVector"): required_if(present("FrameIncrementPointer") & points_to("FrameTimeVector")),
    **{
        ("sc-multi-frame-image", keyword): required_if(_gray_levels)
        for keyword in ("PresentationLUTShape", "RescaleIntercept", "RescaleSlope", "RescaleType")
    },
    ("sc-multi-frame-image", "FrameIncrementPointer"): required_if(_several_frames, ALWAYS),
    ("sc-multi-frame-image", "NominalScannedPixelSpacing"): required_if(
        value_is("ConversionType", "DF"), value_is("ConversionType", "SD", "SI")
    ),
    **{("sc-multi-frame-vector", keyword): required_if(points_to(keyword)) for keyword in _VECTORS},
}

_PLACED = ("PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence")


def _placed(scope: Scope) -> Truth:
    """Whether the frames have a place in space: one of three functional groups, shared or of a frame."""
    root = scope[-1]
    groups = (*root.items("SharedFunctionalGroupsSequence"), *root.items("PerFrameFunctionalGroupsSequence"))
    return any(name in group for group in groups for name in _PLACED)


_is_placed = Expression(_placed, frozenset(), "a functional group gives the frames a place")
_SINGLE_BIT = "multi-frame-single-bit-secondary-capture-image"
_LEVELS = tuple(
    f"multi-frame-{kind}-secondary-capture-image" for kind in ("grayscale-byte", "grayscale-word", "true-color")
)
_played = points_to("FrameTime") | points_to("FrameTimeVector")
_US = "ultrasound-multi-frame-image"

#: Modules of usage C, by IOD (PS3.3 A.7, A.8.2 to A.8.5).
MULTI_FRAME_MODULES: dict[tuple[str, str], Condition] = {
    **{(iod, "cine"): required_if(_played) for iod in (_SINGLE_BIT, *_LEVELS)},
    **{(iod, "sc-multi-frame-vector"): required_if(_several_frames, ALWAYS) for iod in (_SINGLE_BIT, *_LEVELS)},
    **{(iod, "frame-of-reference"): required_if(_is_placed, ALWAYS) for iod in _LEVELS},
    (_US, "palette-color-lookup-table"): required_if(value_is("PhotometricInterpretation", "PALETTE COLOR"), ALWAYS),
    (_US, "synchronization"): required_if(value_is("Modality", "IVUS"), ALWAYS),
}

#: Functional groups (PS3.3 Tables A.8-3b, A.8-4b, A.8-5b): of the three that place a frame, one asks for the others.
MULTI_FRAME_GROUPS: dict[str, dict[str, Condition]] = {
    iod: {
        "PixelMeasuresSequence": required_if(present("PlanePositionSequence") | present("PlaneOrientationSequence")),
        "PlanePositionSequence": required_if(present("PixelMeasuresSequence") | present("PlaneOrientationSequence")),
        "PlaneOrientationSequence": required_if(present("PixelMeasuresSequence") | present("PlanePositionSequence")),
    }
    for iod in _LEVELS
}
