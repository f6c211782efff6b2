"""Conditions of Enhanced US Volume outside its functional groups (PS3.3 C.8.24, C.7.6.23)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import (
    ALWAYS,
    Condition,
    Expression,
    Scope,
    Truth,
    present,
    required_if,
    value_is,
)

_frame, _image, _palette = "ultrasound-frame-of-reference", "enhanced-us-image", "enhanced-palette-color-lookup-table"
_placed = present("ImagePositionPatient") | present("ImageOrientationPatient")
_lossy = required_if(value_is("LossyImageCompression", "01"))
_staged = required_if(present("PerformedProtocolType") & value_is("PerformedProtocolType", "STAGED"))


def _blended(scope: Scope) -> Truth:
    """Whether a data frame takes another path than that of P-Values."""
    paths = [item.text("DataPathAssignment") for item in scope[-1].items("DataFrameAssignmentSequence")]
    return any(path != "PRIMARY_PVALUES" for path in paths if path)


_colors = required_if(Expression(_blended, frozenset(), "a data path is other than PRIMARY_PVALUES"), ALWAYS)
_tables = "EnhancedPaletteColorLookupTableSequence"

ULTRASOUND_VOLUME: dict[tuple[str, str], Condition] = {
    **of(_frame, required_if(value_is("UltrasoundAcquisitionGeometry", "APEX"), ALWAYS), "ApexPosition"),
    **of(_frame, required_if(_placed), "PatientFrameOfReferenceSource"),
    **of(
        _frame,
        required_if(present("PatientFrameOfReferenceSource") & value_is("PatientFrameOfReferenceSource", "TABLE")),
        "TableFrameOfReferenceUID",
        "VolumeToTableMappingMatrix",
    ),
    **of(
        _image,
        required_if(
            value_is("VolumetricProperties", "VOLUME") & value_is("VolumeBasedCalculationTechnique", "NONE"), ALWAYS
        ),
        "PositionMeasuringDeviceUsed",
    ),
    **of(_image, _lossy, "LossyImageCompressionRatio", "LossyImageCompressionMethod"),
    **of(_image, _staged, "NumberOfStages", "StageNumber"),
    **of("enhanced-us-series", required_if(present("PerformedProtocolCodeSequence")), "PerformedProtocolType"),
    **of(_image, required_if(value_is("ImageType", "DERIVED", index=1), ALWAYS), "SourceImageSequence"),
    **of(_palette, _colors, "BlendingLUT1Sequence", "BlendingLUT2Sequence", _tables, "ICCProfile"),
    **{
        (_palette, f"{sequence}>{keyword}"): required_if(value_is(function, value), ALWAYS)
        for sequence, function in (
            ("BlendingLUT1Sequence", "BlendingLUT1TransferFunction"),
            ("BlendingLUT2Sequence", "BlendingLUT2TransferFunction"),
        )
        for value, keyword in (
            ("CONSTANT", "BlendingWeightConstant"),
            ("TABLE", "BlendingLookupTableDescriptor"),
            ("TABLE", "BlendingLookupTableData"),
        )
    },
    **{
        (_palette, f"{_tables}>{color}PaletteColorLookupTable{part}"): required_if(
            value_is("AlphaLUTTransferFunction" if color == "Alpha" else "RGBLUTTransferFunction", "TABLE"), ALWAYS
        )
        for color in ("Red", "Green", "Blue", "Alpha")
        for part in ("Descriptor", "Data")
    },
    **of("ivus-image", required_if(value_is("IVUSAcquisition", "MOTOR_PULLBACK"), ALWAYS), "IVUSPullbackRate"),
    **of("ivus-image", required_if(value_is("IVUSAcquisition", "GATED_PULLBACK"), ALWAYS), "IVUSGatedRate"),
    **of(
        "ivus-image",
        required_if(value_is("IVUSAcquisition", "MOTOR_PULLBACK", "GATED_PULLBACK"), ALWAYS),
        "IVUSPullbackStartFrameNumber",
        "IVUSPullbackStopFrameNumber",
    ),
}

#: Modules of usage C, by IOD.
ULTRASOUND_VOLUME_MODULES: dict[tuple[str, str], Condition] = {
    ("enhanced-us-volume", "ivus-image"): required_if(value_is("Modality", "IVUS"), ALWAYS),
}
