"""Conditions of X-ray images: XA, XRF, mammography, tomosynthesis, intra-oral (PS3.3 C.8.7, C.8.11, C.8.21, C.8.31)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.images import shapes
from scanproof.iod.tables.logic import (
    ALWAYS,
    UNKNOWN,
    Condition,
    filled,
    in_any_item,
    number,
    present,
    required_if,
    value_is,
)

_several_frames = number("NumberOfFrames", lambda value: value > 1, "is more than 1")
_dynamic = present("PositionerMotion") & value_is("PositionerMotion", "DYNAMIC")
_table_moves = value_is("TableMotion", "DYNAMIC")
_lossy = required_if(value_is("LossyImageCompression", "01"), ALWAYS)
_lossy_alone = required_if(value_is("LossyImageCompression", "01"))
_mammography = value_is("Modality", "MG", anywhere=True)
#: In mammography always, else if the contributing instances have it, which nobody sees here.
_of_mammography = required_if(_mammography | UNKNOWN)

_ACQUISITION = "breast-tomosynthesis-acquisition", "XRay3DAcquisitionSequence"
_PROJECTION = f"{_ACQUISITION[1]}>PerProjectionAcquisitionSequence"
_SPECIMENS = ("119376003", "127457009")
_EXPOSURE = {
    "Exposure": ("ExposureTime", "XRayTubeCurrent"),
    "ExposureInmAs": ("ExposureTimeInms", "XRayTubeCurrentInmA"),
}


def _exposures(module: str, product: str) -> dict[tuple[str, str], Condition]:
    """Exposure, or the time and the current that make it up."""
    time, current = _EXPOSURE[product]
    return {
        (module, product): required_if(~present(time) | ~present(current), ALWAYS),
        (module, time): required_if(~present(product), ALWAYS),
        (module, current): required_if(~present(product), ALWAYS),
    }


XRAY: dict[tuple[str, str], Condition] = {
    # --- XA and XRF ---
    ("x-ray-image", "FrameIncrementPointer"): required_if(_several_frames, filled("NumberOfFrames")),
    ("x-ray-image", "ReferencedImageSequence"): required_if(
        value_is("ImageType", "BIPLANE A", "BIPLANE B", index=3), ALWAYS
    ),
    **_exposures("x-ray-acquisition", "Exposure"),
    **{
        ("x-ray-table", f"Table{direction}Increment"): required_if(_table_moves)
        for direction in ("Vertical", "Longitudinal", "Lateral")
    },
    ("xa-positioner", "PositionerMotion"): required_if(_several_frames, ALWAYS),
    ("xa-positioner", "PositionerPrimaryAngleIncrement"): required_if(_dynamic),
    ("xa-positioner", "PositionerSecondaryAngleIncrement"): required_if(_dynamic),
    # --- Enhanced XA and XRF ---
    ("enhanced-xa-xrf-image", "PlaneIdentification"): required_if(~value_is("PlanesInAcquisition", "UNDEFINED")),
    ("enhanced-xa-xrf-image", "LossyImageCompressionRatio"): _lossy_alone,
    ("enhanced-xa-xrf-image", "LossyImageCompressionMethod"): _lossy_alone,
    # --- mask: of Enhanced XA and XRF as well ---
    ("mask", "MaskSubtractionSequence>ApplicableFrameRange"): required_if(value_is("MaskOperation", "REV_TID"), ALWAYS),
    ("mask", "MaskSubtractionSequence>MaskFrameNumbers"): required_if(value_is("MaskOperation", "AVG_SUB")),
    ("mask", "MaskSubtractionSequence>TIDOffset"): required_if(value_is("MaskOperation", "TID", "REV_TID")),
    # --- mammography and tomosynthesis ---
    **_exposures("enhanced-mammography-image", "ExposureInmAs"),
    ("enhanced-mammography-image", "LossyImageCompressionRatio"): _lossy,
    ("enhanced-mammography-image", "LossyImageCompressionMethod"): _lossy,
    ("enhanced-mammography-image", "PatientOrientation"): required_if(
        in_any_item("ViewCodeSequence", ~value_is("CodeValue", *_SPECIMENS)), ALWAYS
    ),
    ("breast-view", "BreastImplantPresent"): required_if(_mammography, ALWAYS),
    ("breast-view", "PartialViewCodeSequence"): required_if(value_is("PartialView", "YES")),
    **{
        ("breast-tomosynthesis-contributing-sources", f"ContributingSourcesSequence>{keyword}"): _lossy
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod")
    },
    **{
        (_ACQUISITION[0], f"{_ACQUISITION[1]}>{keyword}"): _of_mammography
        for keyword in (
            *("FieldOfViewDimensionsInFloat", "Grid", "KVP", "XRayTubeCurrentInmA", "ExposureTimeInms"),
            *("ExposureInmAs", "PrimaryPositionerScanArc", "PrimaryPositionerScanStartAngle"),
        )
    },
    (_ACQUISITION[0], f"{_ACQUISITION[1]}>FieldOfViewOrigin"): required_if(
        value_is("XRayReceptorType", "DIGITAL_DETECTOR")
    ),
    (_ACQUISITION[0], f"{_PROJECTION}>KVP"): _of_mammography,
    (_ACQUISITION[0], f"{_PROJECTION}>XRayTubeCurrentInmA"): _of_mammography,
    **shapes(_ACQUISITION[0], "Collimator", f"{_PROJECTION}>"),
    # --- intra-oral ---
    ("intra-oral-image", "PrimaryAnatomicStructureSequence"): required_if(
        in_any_item("AnatomicRegionSequence", ~present("AnatomicRegionModifierSequence")), ALWAYS
    ),
}

_MULTI_FRAME = required_if(_several_frames, ALWAYS)
_presented = required_if(value_is("PresentationIntentType", "FOR PRESENTATION"))
#: Modules of usage C, by IOD (PS3.3 Tables A.14-1, A.16-1, A.27-1, A.28-1).
XRAY_MODULES: dict[tuple[str, str], Condition] = {
    **{
        (iod, module): condition
        for iod in ("x-ray-angiographic-image", "x-ray-radiofluoroscopic-image")
        for module, condition in (
            ("cine", _MULTI_FRAME),
            ("multi-frame", _MULTI_FRAME),
            ("modality-lut", required_if(value_is("PixelIntensityRelationship", "LOG"), ALWAYS)),
        )
    },
    ("x-ray-radiofluoroscopic-image", "x-ray-tomography-acquisition"): required_if(
        value_is("ScanOptions", "TOMO"), ALWAYS
    ),
    ("digital-mammography-x-ray-image", "voi-lut"): _presented,
    ("digital-intra-oral-x-ray-image", "voi-lut"): _presented,
}

_mandatory = required_if(ALWAYS)
#: Functional groups (PS3.3 Table A.55-2).
XRAY_GROUPS: dict[str, dict[str, Condition]] = {
    "breast-tomosynthesis-image": {
        **dict.fromkeys(
            (
                *("PixelMeasuresSequence", "FrameContentSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
                *("FrameAnatomySequence", "PixelValueTransformationSequence", "FrameVOILUTSequence"),
                "XRay3DFrameTypeSequence",
            ),
            _mandatory,
        ),
        "DerivationImageSequence": required_if(value_is("ImageType", "DERIVED", index=1, anywhere=True), ALWAYS),
        "ContrastBolusUsageSequence": required_if(present("ContrastBolusAgentSequence", anywhere=True), ALWAYS),
    },
}
