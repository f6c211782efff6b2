"""Conditions of whole slide microscopy and of ophthalmic photography (PS3.3 C.8.12.4, C.8.12.5, C.8.17.2, 2020)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import ALWAYS, Condition, present, required_if, value_is

_SLIDE = "whole-slide-microscopy-image"
_PHOTOGRAPH = "ophthalmic-photography-image"
_PATHS = "OpticalPathSequence"
_tiled = value_is("DimensionOrganizationType", "TILED_FULL")
_lossy = value_is("LossyImageCompression", "01")
_gray = value_is("PhotometricInterpretation", "MONOCHROME2")
_extended = value_is("ExtendedDepthOfField", "YES")

MICROSCOPY: dict[tuple[str, str], Condition] = {
    **of(_SLIDE, required_if(_gray), "PresentationLUTShape", "RescaleIntercept", "RescaleSlope"),
    **of(_SLIDE, required_if(_lossy), "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    **of(_SLIDE, required_if(_extended), "NumberOfFocalPlanes", "DistanceBetweenFocalPlanes"),
    **of("optical-path", required_if(_tiled, ALWAYS), "NumberOfOpticalPaths"),
    # in 2020 an attribute of the slide's module itself
    **of(
        "microscope-slide-layer-tile-organization",
        required_if(_tiled, ALWAYS, clause="PS3.3 C.8.12.14 (2024e)"),
        "TotalPixelMatrixFocalPlanes",
    ),
    # of two alternatives the first alone is asked for: one fault, one finding
    **of(
        "optical-path",
        required_if(~present("IlluminationColorCodeSequence"), ALWAYS),
        f"{_PATHS}>IlluminationWaveLength",
    ),
    **of(_PHOTOGRAPH, required_if(_gray), "PresentationLUTShape"),
    **of(_PHOTOGRAPH, required_if(_lossy), "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    **of(_PHOTOGRAPH, required_if(value_is("ImageType", "ORIGINAL", index=1), ALWAYS), "AcquisitionDateTime"),
}
