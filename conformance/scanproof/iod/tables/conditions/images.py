"""Conditions of the modules of images of one frame: General Image, CT, MR, SC, CR, DX, US."""

from __future__ import annotations

from scanproof.iod.tables.logic import (
    ALWAYS,
    NEVER,
    UNKNOWN,
    Condition,
    Expression,
    all_values_are,
    filled,
    in_any_item,
    in_item,
    present,
    required_if,
    value_is,
)

# Secondary Capture, CR, US, XA, XRF: images whose IOD does not ask for a position and an orientation in space.
_UNPLACED = (
    *(f"1.2.840.10008.5.1.4.1.1.7.{kind}" for kind in range(1, 5)),
    *("1.2.840.10008.5.1.4.1.1.12.1", "1.2.840.10008.5.1.4.1.1.12.2"),
    *("1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.1"),
    *("1.2.840.10008.5.1.4.1.1.6.1", "1.2.840.10008.5.1.4.1.1.3.1", "1.2.840.10008.5.1.4.1.1.481.1"),
)

_SHAPES = {
    "CIRCULAR": ("CenterOfCircular{}", "RadiusOfCircular{}"),
    "RECTANGULAR": (
        *("{}LeftVerticalEdge", "{}RightVerticalEdge"),
        *("{}UpperHorizontalEdge", "{}LowerHorizontalEdge"),
    ),
    "POLYGONAL": ("VerticesOfThePolygonal{}",),
}


def shapes(module: str, what: str, path: str = "") -> dict[tuple[str, str], Condition]:
    """Attributes of a shutter's or collimator's shape, which may have several values; `path` is that of their item."""
    return {
        (module, path + pattern.format(what)): required_if(value_is(f"{what}Shape", shape))
        for shape, patterns in _SHAPES.items()
        for pattern in patterns
    }


_SPECIMENS = ("119376003", "127457009")
_bits, _ranges, _table, _codes = "0", "1", "2", "3"


def _component(keyword: str, *organizations: str) -> tuple[tuple[str, str], Condition]:
    wanted = value_is("PixelComponentOrganization", *organizations)
    if not organizations:
        wanted = present("PixelComponentOrganization")
    # without an organization there is no component: the condition is false
    condition = required_if(present("PixelComponentOrganization") & wanted)
    return ("us-region-calibration", f"SequenceOfUltrasoundRegions>{keyword}"), condition


_known_options = all_values_are("ScanOptions", "PER", "RG", "CG", "PPG", "FC", "PFF", "PFP", "SP", "FS")
_weighted = required_if(
    in_any_item("DerivationCodeSequence", value_is("CodeValue", "113097") & value_is("CodingSchemeDesignator", "DCM")),
    ALWAYS,
)
_energy_equivalent = required_if(value_is("ImageType", "VMI", index=4, anywhere=True), ALWAYS)
_DETECTOR = "MultienergyCTAcquisitionSequence>MultienergyCTXRayDetectorSequence"
_SOURCE = "MultienergyCTAcquisitionSequence>MultienergyCTXRaySourceSequence"
_counting = required_if(value_is("MultienergyDetectorType", "PHOTON_COUNTING"), ALWAYS)
# Whether there was a protocol in stages is told by whatever else speaks of one.
_staged = filled("StageName") | filled("StageNumber") | filled("StageCodeSequence")
_staged = _staged | filled("NumberOfStages") | filled("NumberOfViewsInStage")


def _pulled(*how: str) -> Expression:
    """Whether the catheter of an IVUS acquisition was pulled back in one of these ways; it was not where none is."""
    return present("IVUSAcquisition") & value_is("IVUSAcquisition", *how)


_presented = value_is("PresentationIntentType", "FOR PRESENTATION")

IMAGES: dict[tuple[str, str], Condition] = {
    ("general-image", "PatientOrientation"): required_if(
        value_is("SOPClassUID", *_UNPLACED)
        & ~present("ImageOrientationPatient")
        & ~present("SharedFunctionalGroupsSequence"),
        ALWAYS,
    ),
    # --- CT and MR ---
    ("ct-image", "RescaleType"): required_if(value_is("MultienergyCTAcquisition", "YES"), ALWAYS),
    ("ct-image", "WaterEquivalentDiameterCalculationMethodCodeSequence"): required_if(
        present("WaterEquivalentDiameter"), ALWAYS
    ),
    ("ct-image", "EnergyWeightingFactor"): _weighted,
    ("multi-energy-ct-image", "MultienergyCTCharacteristicsSequence"): _energy_equivalent,
    ("multi-energy-ct-image", f"{_DETECTOR}>NominalMaxEnergy"): _counting,
    ("multi-energy-ct-image", f"{_DETECTOR}>NominalMinEnergy"): _counting,
    ("multi-energy-ct-image", f"{_SOURCE}>SwitchingPhaseNumber"): required_if(
        value_is("MultienergySourceTechnique", "SWITCHING_SOURCE")
    ),
    ("mr-image", "InversionTime"): required_if(value_is("ScanningSequence", "IR")),
    ("mr-image", "RepetitionTime"): required_if(
        value_is("SequenceVariant", "SK") | ~value_is("ScanningSequence", "EP"), ALWAYS
    ),
    # The list of gating options in the text is open: only of those of the others it is sure that they gate no heart.
    ("mr-image", "TriggerTime"): required_if(value_is("ScanOptions", "CG", "PPG") | ~_known_options & UNKNOWN),
    # --- Modality LUT of SC and CR ---
    ("modality-lut", "ModalityLUTSequence"): required_if(~present("RescaleIntercept") & UNKNOWN),
    ("modality-lut", "RescaleIntercept"): required_if(~present("ModalityLUTSequence")),
    ("modality-lut", "RescaleSlope"): required_if(present("RescaleIntercept")),
    ("modality-lut", "RescaleType"): required_if(present("RescaleIntercept")),
    # --- CR and DX ---
    **shapes("display-shutter", "Shutter"),
    **shapes("x-ray-collimator", "Collimator"),
    ("dx-image", "LossyImageCompressionRatio"): required_if(value_is("LossyImageCompression", "01"), ALWAYS),
    ("dx-image", "PatientOrientation"): required_if(
        ~present("ViewCodeSequence") | in_item(("ViewCodeSequence",), ~value_is("CodeValue", *_SPECIMENS)), ALWAYS
    ),
    ("dx-image", "WindowCenter"): required_if(_presented & ~present("VOILUTSequence"), _presented),
    ("dx-image", "VOILUTSequence"): required_if(_presented & ~present("WindowCenter"), _presented),
    ("dx-detector", "FieldOfViewHorizontalFlip"): required_if(present("FieldOfViewRotation"), ALWAYS),
    ("dx-detector", "FieldOfViewRotation"): required_if(present("FieldOfViewHorizontalFlip"), ALWAYS),
    ("dx-detector", "FieldOfViewOrigin"): required_if(
        present("FieldOfViewRotation") | present("FieldOfViewHorizontalFlip"), ALWAYS
    ),
    # --- US ---
    ("us-image", "AcquisitionDateTime"): required_if(value_is("Modality", "IVUS"), ALWAYS),
    ("us-image", "IVUSAcquisition"): required_if(value_is("Modality", "IVUS")),
    ("us-image", "IVUSGatedRate"): required_if(_pulled("GATED_PULLBACK")),
    ("us-image", "IVUSPullbackRate"): required_if(_pulled("MOTOR_PULLBACK")),
    ("us-image", "IVUSPullbackStartFrameNumber"): required_if(_pulled("MOTOR_PULLBACK", "GATED_PULLBACK")),
    ("us-image", "IVUSPullbackStopFrameNumber"): required_if(_pulled("MOTOR_PULLBACK", "GATED_PULLBACK")),
    ("us-image", "NumberOfStages"): required_if(_staged | UNKNOWN),
    ("us-image", "NumberOfViewsInStage"): required_if(_staged | UNKNOWN),
    ("us-image", "FrameIncrementPointer"): required_if(filled("NumberOfFrames")),
    **dict(
        (
            _component("PixelComponentPhysicalUnits"),
            _component("PixelComponentDataType"),
            _component("PixelComponentMask", _bits),
            _component("PixelComponentRangeStart", _ranges),
            _component("PixelComponentRangeStop", _ranges),
            _component("NumberOfTableBreakPoints", _bits, _ranges),
            _component("TableOfXBreakPoints", _bits, _ranges),
            _component("TableOfYBreakPoints", _bits, _ranges),
            _component("NumberOfTableEntries", _table, _codes),
            _component("TableOfPixelValues", _table),
            _component("TableOfParameterValues", _table),
            _component("PixelValueMappingCodeSequence", _codes),
        )
    ),
}

#: Modules of usage C, by IOD.
IMAGE_MODULES: dict[tuple[str, str], Condition] = {
    ("ct-image", "multi-energy-ct-image"): required_if(value_is("MultienergyCTAcquisition", "YES"), NEVER),
    ("digital-x-ray-image", "voi-lut"): required_if(value_is("PresentationIntentType", "FOR PRESENTATION"), ALWAYS),
    ("ultrasound-image", "palette-color-lookup-table"): required_if(
        value_is("PhotometricInterpretation", "PALETTE COLOR"), ALWAYS
    ),
}
