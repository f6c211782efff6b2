"""Conditions of Segmentation, Surface Segmentation and Parametric Map (PS3.3 C.8.20, C.8.23, C.8.32, C.27)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.groups import in_groups, in_no_group
from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import ALWAYS, Condition, present, required_if, value_is

_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
_integers = present("PixelData") | present("PixelDataProviderURL")
_floating = present("FloatPixelData") | present("DoubleFloatPixelData")
_fractional = required_if(value_is("SegmentationType", "FRACTIONAL"))
_by_algorithm = required_if(value_is("SegmentAlgorithmType", "AUTOMATIC", "SEMIAUTOMATIC"), ALWAYS)
_of_structures = required_if(value_is("ReferencedSOPClassUID", _STRUCTURE_SET), ALWAYS)
_on_slide = required_if(in_groups("PlanePositionSlideSequence"), ALWAYS)
_colored = present("PixelPresentation") & value_is("PixelPresentation", "COLOR_RANGE")
_palette = present("RedPaletteColorLookupTableDescriptor")
_processed = required_if(value_is("SurfaceProcessing", "YES"), ALWAYS)

SEGMENTATION: dict[tuple[str, str], Condition] = {
    **of("segmentation-image", _fractional, "SegmentationFractionalType", "MaximumFractionalValue"),
    **of("segmentation-image", _by_algorithm, "SegmentSequence>SegmentAlgorithmName"),
    **of("segmentation-image", _on_slide, "ImageOrientationSlide"),
    **of("segmentation-image", _of_structures, "SegmentSequence>DefinitionSourceSequence>ReferencedROINumber"),
    **of("surface-segmentation", _of_structures, "SegmentSequence>DefinitionSourceSequence>ReferencedROINumber"),
    **of("surface-mesh", _processed, "SurfaceSequence>SurfaceProcessingRatio"),
    **of("surface-mesh", _processed, "SurfaceSequence>SurfaceProcessingAlgorithmIdentificationSequence"),
    **of(
        "surface-mesh",
        required_if(present("AxisOfRotation"), ALWAYS),
        "SurfaceSequence>SurfacePointsSequence>CenterOfRotation",
    ),
    # of a header alone nothing is known: it is numbers of floating point that have none of these
    **of("parametric-map-image", required_if(_integers, ~_floating), "BitsStored", "HighBit"),
    **of("parametric-map-image", _on_slide, "ImageOrientationSlide"),
    **of("parametric-map-image", required_if(_colored & ~_palette, _colored), "PaletteColorLookupTableUID"),
    **of("parametric-map-image", required_if(_colored), "ICCProfile"),
    **of(
        "floating-point-image-pixel",
        required_if(present("FloatPixelPaddingValue")),
        "FloatPixelPaddingRangeLimit",
    ),
    **of(
        "double-floating-point-image-pixel",
        required_if(present("DoubleFloatPixelPaddingValue")),
        "DoubleFloatPixelPaddingRangeLimit",
    ),
}

#: Each of the two asks for the other, in segments, surfaces and graphic objects.
TRACKING: dict[str, Condition] = {
    "TrackingID": required_if(present("TrackingUID"), ALWAYS),
    "TrackingUID": required_if(present("TrackingID"), ALWAYS),
}

#: Modules of usage C, by IOD.
SEGMENTATION_MODULES: dict[tuple[str, str], Condition] = {
    ("segmentation", "frame-of-reference"): required_if(in_no_group("DerivationImageSequence"), ALWAYS),
    ("segmentation", "common-instance-reference"): required_if(in_groups("DerivationImageSequence"), ALWAYS),
    ("segmentation", "palette-color-lookup-table"): required_if(
        value_is("PhotometricInterpretation", "PALETTE COLOR"), ALWAYS
    ),
    ("parametric-map", "image-pixel"): required_if(_integers, ALWAYS),
    ("parametric-map", "floating-point-image-pixel"): required_if(present("FloatPixelData"), ALWAYS),
    ("parametric-map", "double-floating-point-image-pixel"): required_if(present("DoubleFloatPixelData"), ALWAYS),
    ("parametric-map", "common-instance-reference"): required_if(
        in_groups("DerivationImageSequence") | in_groups("ReferencedImageSequence"), ALWAYS
    ),
}
