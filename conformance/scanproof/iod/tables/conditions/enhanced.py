"""Conditions of Enhanced CT and Enhanced MR outside their functional groups, and of the groups themselves."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.tables.conditions.frames import NOT_CONVERTED, not_legacy
from scanproof.iod.tables.conditions.groups import SEQUENCES, of_root
from scanproof.iod.tables.logic import (
    ALWAYS,
    Condition,
    Expression,
    Scope,
    Truth,
    in_item,
    present,
    required_if,
    value_is,
)
from scansim.wire.dataset import DataSet, tag_of

_original = value_is("ImageType", "ORIGINAL", "MIXED", index=1, anywhere=True)
_gated = value_is("CardiacSynchronizationTechnique", "PROSPECTIVE", "RETROSPECTIVE", anywhere=True)
_synchronized = ~value_is("CardiacSynchronizationTechnique", "NONE", anywhere=True)
_compensated = ~value_is("RespiratoryMotionCompensationTechnique", "NONE", anywhere=True)
_triggered = ~value_is("RespiratoryMotionCompensationTechnique", "NONE", "REALTIME", "BREATH_HOLD", anywhere=True)
_volume = value_is("MRAcquisitionType", "3D")
_of_originals = required_if(_original, ALWAYS)
_acquired = required_if(_original & not_legacy, ALWAYS)
#: Where the attributes stand that a conversion found no place for: no functional groups of the image that it made.
_UNASSIGNED = tuple(
    map(tag_of, ("UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence"))
)


def _groups(root: DataSet) -> Iterator[DataSet]:
    """Items of the functional groups, shared ones and those of frames, each group's items in turn."""
    for name in SEQUENCES:
        for group in root.items(name):
            yield group
            for tag, element in group.elements.items():
                if tag not in _UNASSIGNED:
                    yield from element.items or ()


def _referenced(sequence: str) -> Expression:
    """Whether a sequence of references has an item, at the top or in a functional group."""

    def decide(scope: Scope) -> Truth:
        root = scope[-1]
        return any(level.items(sequence) for level in (root, *_groups(root)))

    return Expression(decide, frozenset(), f"{sequence} has items")


def _points_into_group(scope: Scope) -> Truth:
    """Whether a Dimension Index Pointer names an attribute that stands in a functional group of this data set."""
    pointer = scope[0].text("DimensionIndexPointer")
    tags = {f"({tag >> 16:04X},{tag & 0xFFFF:04X})" for level in _groups(scope[-1]) for tag in level.elements}
    return True if pointer in tags else None


def _when(expression: Expression) -> Condition:
    return required_if(_original & expression, ~_original & expression)


def _each(module: str, condition: Condition, *keywords: str) -> dict[tuple[str, str], Condition]:
    return {(module, keyword): condition for keyword in keywords}


ENHANCED: dict[tuple[str, str], Condition] = {
    ("multi-frame-dimension", "DimensionIndexSequence>FunctionalGroupPointer"): required_if(
        Expression(_points_into_group, frozenset(), "Dimension Index Pointer names an attribute of a functional group"),
        ALWAYS,
    ),
    ("multi-frame-dimension", "DimensionIndexSequence"): required_if(
        ~present("DimensionOrganizationType") | ~value_is("DimensionOrganizationType", "TILED_FULL"), ALWAYS
    ),
    **_each(
        "cardiac-synchronization",
        _when(_synchronized),
        "CardiacRRIntervalSpecified",
        "CardiacSignalSource",
        "IntervalsAcquired",
        "IntervalsRejected",
    ),
    **_each("cardiac-synchronization", _when(_gated), "CardiacBeatRejectionTechnique", "HighRRValue", "LowRRValue"),
    **_each("cardiac-synchronization", _of_originals, "CardiacSynchronizationTechnique"),
    **_each("respiratory-synchronization", _of_originals, "RespiratoryMotionCompensationTechnique"),
    **_each("respiratory-synchronization", _when(_compensated), "RespiratorySignalSource"),
    **_each(
        "respiratory-synchronization", required_if(_original & _triggered, ALWAYS), "RespiratoryTriggerDelayThreshold"
    ),
    **_each("bulk-motion-synchronization", _of_originals, "BulkMotionCompensationTechnique"),
    **_each(
        "bulk-motion-synchronization",
        _when(~value_is("BulkMotionCompensationTechnique", "NONE")),
        "BulkMotionSignalSource",
    ),
    **_each("enhanced-ct-image", _acquired, "AcquisitionDateTime", "AcquisitionDuration"),
    **_each("enhanced-ct-image", NOT_CONVERTED, "BurnedInAnnotation", "ContentQualification", "LossyImageCompression"),
    **_each(
        "enhanced-pet-image",
        required_if(value_is("ImageType", "ORIGINAL", index=1) & not_legacy, ALWAYS),
        "AcquisitionDateTime",
        "AcquisitionDuration",
    ),
    **_each("enhanced-pet-image", NOT_CONVERTED, "BurnedInAnnotation", "LossyImageCompression"),
    **_each(
        "enhanced-mr-image",
        _acquired,
        "AcquisitionDateTime",
        "AcquisitionDuration",
        "KSpaceFiltering",
        "MagneticFieldStrength",
        "ResonantNucleus",
    ),
    **_each(
        "enhanced-mr-image",
        NOT_CONVERTED,
        "ApplicableSafetyStandardAgency",
        "BurnedInAnnotation",
        "ContentQualification",
        "LossyImageCompression",
        "AcquisitionContrast",
        "ComplexImageComponent",
    ),
    **_each(
        "enhanced-mr-image",
        required_if(value_is("PhotometricInterpretation", "MONOCHROME2"), ALWAYS),
        "PresentationLUTShape",
    ),
    **{
        (module, keyword): required_if(value_is("LossyImageCompression", "01"))
        for module in ("enhanced-ct-image", "enhanced-mr-image", "enhanced-pet-image", "x-ray-3d-image")
        for keyword in ("LossyImageCompressionRatio", "LossyImageCompressionMethod")
    },
    **{
        (f"enhanced-{kind}-image", keyword): required_if(condition, ALWAYS)
        for kind in ("ct", "mr")
        for keyword, condition in (
            ("ReferencedImageEvidenceSequence", _referenced("ReferencedImageSequence")),
            ("SourceImageEvidenceSequence", _referenced("SourceImageSequence")),
        )
    },
    **_each(
        "mr-pulse-sequence",
        _of_originals,
        "EchoPlanarPulseSequence",
        "EchoPulseSequence",
        "GeometryOfKSpaceTraversal",
        "MRAcquisitionType",
        "MultiPlanarExcitation",
        "NumberOfKSpaceTrajectories",
        "OversamplingPhase",
        "PhaseContrast",
        "PulseSequenceName",
        "SaturationRecovery",
        "SegmentedKSpaceTraversal",
        "SpectrallySelectedSuppression",
        "SteadyStatePulseSequence",
        "TimeOfFlightContrast",
    ),
    **_each("mr-pulse-sequence", _when(_volume), "CoverageOfKSpace"),
    **_each("mr-pulse-sequence", _when(value_is("EchoPulseSequence", "SPIN", "BOTH")), "MultipleSpinEcho"),
    **_each(
        "mr-pulse-sequence",
        _when(value_is("GeometryOfKSpaceTraversal", "RECTILINEAR")),
        "RectilinearPhaseEncodeReordering",
    ),
    **_each(
        "mr-pulse-sequence", required_if(value_is("ImageType", "ASL", index=3), ALWAYS), "ArterialSpinLabelingContrast"
    ),
    **_each(
        "mr-pulse-sequence",
        required_if(value_is("PhaseContrast", "YES"), ALWAYS),
        "VelocityEncodingAcquisitionSequence",
    ),
}

_colored = required_if(value_is("PixelPresentation", "COLOR", "MIXED"), ALWAYS)
#: Modules of usage C, by IOD.
ENHANCED_MODULES: dict[tuple[str, str], Condition] = {
    ("enhanced-ct-image", "supplemental-palette-color-lookup-table"): _colored,
    ("enhanced-mr-image", "supplemental-palette-color-lookup-table"): _colored,
    ("enhanced-mr-image", "mr-pulse-sequence"): _of_originals,
    ("enhanced-ct-image", "enhanced-multi-energy-ct-acquisition"): required_if(
        value_is("MultienergyCTAcquisition", "YES"), ALWAYS
    ),
}


def _any_frame(macro: str, keyword: str, value: str) -> Expression:
    """Whether some frame, shared or its own groups, has a value."""

    def decide(root: DataSet) -> Truth:
        groups = (group for name in SEQUENCES for group in root.items(name))
        return any(value in item.values(keyword) for group in groups for item in group.items(macro))

    return Expression(of_root(decide), frozenset((tag_of(keyword),)), f"{keyword} is {value} in a frame")


_mandatory = required_if(ALWAYS)
_COMMON = {
    **dict.fromkeys(
        (
            *("PixelMeasuresSequence", "FrameContentSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
            "FrameAnatomySequence",
        ),
        _mandatory,
    ),
    "CardiacSynchronizationSequence": required_if(_original & _synchronized, ALWAYS),
    "RespiratorySynchronizationSequence": required_if(_original & _triggered, ALWAYS),
    "ContrastBolusUsageSequence": required_if(present("ContrastBolusAgentSequence", anywhere=True), ALWAYS),
}
_constant_angle = in_item(("CTAcquisitionTypeSequence",), value_is("AcquisitionType", "CONSTANT_ANGLE"))

#: When a functional group has to be there for a frame, by IOD and macro (PS3.3 Tables A.36-2 and A.38-2, 2020).
ENHANCED_GROUPS: dict[str, dict[str, Condition]] = {
    "enhanced-ct-image": {
        **_COMMON,
        **dict.fromkeys(
            ("IrradiationEventIdentificationSequence", "CTImageFrameTypeSequence", "PixelValueTransformationSequence"),
            _mandatory,
        ),
        **dict.fromkeys(
            (
                *("CTAcquisitionTypeSequence", "CTAcquisitionDetailsSequence", "CTTableDynamicsSequence"),
                *("CTPositionSequence", "CTGeometrySequence", "CTExposureSequence", "CTXRayDetailsSequence"),
            ),
            _of_originals,
        ),
        "CTReconstructionSequence": required_if(_original & ~_constant_angle, ALWAYS),
        "RealWorldValueMappingSequence": required_if(
            value_is("MultienergyCTAcquisition", "YES", anywhere=True), ALWAYS
        ),
    },
    "enhanced-mr-image": {
        **_COMMON,
        "MRImageFrameTypeSequence": _mandatory,
        "PixelValueTransformationSequence": required_if(
            value_is("PhotometricInterpretation", "MONOCHROME2", anywhere=True), ALWAYS
        ),
        **dict.fromkeys(
            (
                *("MRTimingAndRelatedParametersSequence", "MREchoSequence", "MRModifierSequence"),
                *("MRImagingModifierSequence", "MRReceiveCoilSequence", "MRTransmitCoilSequence"),
                "MRAveragesSequence",
            ),
            _of_originals,
        ),
        "MRFOVGeometrySequence": required_if(
            _original & value_is("GeometryOfKSpaceTraversal", "RECTILINEAR", anywhere=True), ALWAYS
        ),
        "MRDiffusionSequence": required_if(
            _original & _any_frame("MRImageFrameTypeSequence", "AcquisitionContrast", "DIFFUSION"), ALWAYS
        ),
        "MRSpatialSaturationSequence": required_if(
            _original & _any_frame("MRModifierSequence", "SpatialPresaturation", "SLAB"), ALWAYS
        ),
        "MRMetaboliteMapSequence": required_if(value_is("ImageType", "METABOLITE_MAP", index=3, anywhere=True), ALWAYS),
        "MRVelocityEncodingSequence": required_if(_original & value_is("PhaseContrast", "YES", anywhere=True), ALWAYS),
        "MRArterialSpinLabelingSequence": required_if(value_is("ImageType", "ASL", index=3, anywhere=True), ALWAYS),
    },
}
