"""What conditions ask of all functional groups of a multi-frame image, and the groups of the other multi-frame IODs."""

from __future__ import annotations

from collections.abc import Callable
from weakref import ref

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
from scansim.wire.dataset import DataSet

SEQUENCES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def of_root(decide: Callable[[DataSet], Truth]) -> Callable[[Scope], Truth]:
    """What the whole data set decides, looked for once: a condition of a functional group is asked for each frame."""
    last: tuple[Callable[[], DataSet | None], Truth] = (lambda: None, None)

    def remembered(scope: Scope) -> Truth:
        nonlocal last
        known, root = last, scope[-1]
        if known[0]() is not root:
            known = last = ref(root), decide(root)
        return known[1]

    return remembered


def in_groups(sequence: str) -> Expression:
    """Whether a functional group is there, shared or of any frame."""

    def decide(root: DataSet) -> Truth:
        return any(sequence in group for name in SEQUENCES for group in root.items(name))

    return Expression(of_root(decide), frozenset(), f"{sequence} is a functional group")


def in_no_group(sequence: str) -> Expression:
    """Whether a functional group is nowhere; without any groups nothing is decided."""

    def decide(root: DataSet) -> Truth:
        groups = [group for name in SEQUENCES for group in root.items(name)]
        return not any(sequence in group for group in groups) if groups else None

    return Expression(of_root(decide), frozenset(), f"{sequence} is no functional group")


def _all(condition: Condition, *sequences: str) -> dict[str, Condition]:
    return dict.fromkeys(sequences, condition)


_mandatory = required_if(ALWAYS)
_original_image = value_is("ImageType", "ORIGINAL", index=1, anywhere=True)
_of_originals = required_if(_original_image, ALWAYS)
_contrast = required_if(present("ContrastBolusAgentSequence", anywhere=True), ALWAYS)
# A slide has a total pixel matrix; what it has not is placed in a patient (A.51.5.1).
_of_slide = present("TotalPixelMatrixColumns", anywhere=True) | present("ImageOrientationSlide", anywhere=True)
_of_slide = _of_slide | present("PlanePositionSlideSequence")
_placed = required_if(~_of_slide, ALWAYS)
# Where frames are tiles in their natural order, what places them need not be said for each.
_listed = ~present("DimensionOrganizationType", anywhere=True) | ~value_is(
    "DimensionOrganizationType", "TILED_FULL", anywhere=True
)
_each_frame = required_if(_listed, ALWAYS)
_not_derived = required_if(~present("DerivationImageSequence") & ~_of_slide, ALWAYS)
_patient = required_if(value_is("UltrasoundAcquisitionGeometry", "PATIENT", anywhere=True), ALWAYS)
_moving = value_is("CArmPositionerTabletopRelationship", "YES", anywhere=True)
_digital = required_if(value_is("XRayReceptorType", "DIGITAL_DETECTOR", anywhere=True), ALWAYS)
_logarithmic = required_if(value_is("PixelIntensityRelationship", "LOG", anywhere=True), ALWAYS)

_X_RAY = {
    **_all(_mandatory, "FrameContentSequence", "FrameAnatomySequence", "FrameVOILUTSequence"),
    **_all(_mandatory, "IrradiationEventIdentificationSequence", "FramePixelDataPropertiesSequence"),
    **_all(_contrast, "ContrastBolusUsageSequence"),
    **_all(_digital, "FrameDetectorParametersSequence"),
}
_VOLUME = {
    **_all(_mandatory, "PixelMeasuresSequence", "FrameContentSequence", "PlanePositionSequence"),
    **_all(_mandatory, "PlaneOrientationSequence", "FrameAnatomySequence", "FrameVOILUTSequence"),
    **_all(_mandatory, "XRay3DFrameTypeSequence"),
    **_all(_contrast, "ContrastBolusUsageSequence"),
}

#: When a functional group has to be there for a frame, by IOD and macro (PS3.3 Annex A, 2020).
MORE_GROUPS: dict[str, dict[str, Condition]] = {
    "segmentation": {
        **_all(_each_frame, "FrameContentSequence"),
        **_all(_not_derived, "PixelMeasuresSequence", "PlanePositionSequence", "PlaneOrientationSequence"),
        # whether it may be there otherwise was not read
        **_all(
            required_if(_listed & ~value_is("SegmentationType", "LABELMAP", anywhere=True), ALWAYS),
            "SegmentIdentificationSequence",
        ),
    },
    # Frame Anatomy is mandatory too in 2020; no maker writes it, and newer editions were not read
    "parametric-map": {
        **_all(_mandatory, "PixelMeasuresSequence"),
        **_all(_each_frame, "FrameContentSequence"),
        **_all(_mandatory, "PixelValueTransformationSequence", "FrameVOILUTSequence", "RealWorldValueMappingSequence"),
        **_all(_mandatory, "ParametricMapFrameTypeSequence"),
        **_all(_placed, "PlanePositionSequence", "PlaneOrientationSequence"),
        **_all(
            required_if(value_is("PixelPresentation", "COLOR_RANGE", anywhere=True), ALWAYS),
            "StoredValueColorRangeSequence",
        ),
    },
    "enhanced-us-volume": {
        **_all(_mandatory, "PixelMeasuresSequence", "FrameContentSequence", "FrameVOILUTSequence"),
        **_all(_mandatory, "PlanePositionVolumeSequence", "PlaneOrientationVolumeSequence", "ImageDataTypeSequence"),
        **_all(_mandatory, "USImageDescriptionSequence"),
        **_all(_patient, "PlanePositionSequence", "PlaneOrientationSequence"),
        **_all(_contrast, "ContrastBolusUsageSequence"),
    },
    "enhanced-pet-image": {
        **_all(_mandatory, "PixelMeasuresSequence", "FrameContentSequence", "PlanePositionSequence"),
        **_all(_mandatory, "PlaneOrientationSequence", "FrameAnatomySequence", "PixelValueTransformationSequence"),
        **_all(_mandatory, "FrameVOILUTSequence", "RealWorldValueMappingSequence", "PETFrameTypeSequence"),
        **_all(_mandatory, "RadiopharmaceuticalUsageSequence"),
        **_all(_of_originals, "PETFrameAcquisitionSequence", "PETPositionSequence", "PETReconstructionSequence"),
        **_all(_of_originals, "PETFrameCorrectionFactorsSequence"),
        **_all(
            required_if(~value_is("CardiacSynchronizationTechnique", "NONE", anywhere=True), ALWAYS),
            "CardiacSynchronizationSequence",
        ),
        **_all(
            required_if(~value_is("RespiratoryMotionCompensationTechnique", "NONE", anywhere=True), ALWAYS),
            "RespiratorySynchronizationSequence",
        ),
        **_all(
            required_if(_original_image & ~value_is("TypeOfDetectorMotion", "STATIONARY", anywhere=True), ALWAYS),
            "PETDetectorMotionDetailsSequence",
        ),
        **_all(
            required_if(_original_image & value_is("TableMotion", "DYNAMIC", anywhere=True), ALWAYS),
            "PETTableDynamicsSequence",
        ),
    },
    "enhanced-xa-image": {
        **_X_RAY,
        **_all(_logarithmic, "PixelIntensityRelationshipLUTSequence"),
        **_all(required_if(present("IsocenterReferenceSystemSequence"), ALWAYS), "FieldOfViewSequence"),
        **_all(required_if(_moving, ALWAYS), "ProjectionPixelCalibrationSequence"),
        **_all(required_if(_original_image & _moving, ALWAYS), "PositionerPositionSequence", "TablePositionSequence"),
        **_all(_of_originals, "CollimatorShapeSequence"),
        **_all(required_if(present("ProjectionPixelCalibrationSequence"), ALWAYS), "XRayGeometrySequence"),
    },
    "enhanced-xrf-image": {**_X_RAY, **_all(_logarithmic, "PixelIntensityRelationshipLUTSequence")},
    "x-ray-3d-angiographic-image": _VOLUME,
    "x-ray-3d-craniofacial-image": _VOLUME,
}

#: Multi-frame images that may be concatenated (PS3.3 C.7.6.16): not the ophthalmic ones, which state parts of one.
_CONCATENATED = (
    *("enhanced-ct-image", "enhanced-mr-image", "enhanced-mr-color-image", "mr-spectroscopy", "enhanced-pet-image"),
    *("enhanced-xa-image", "enhanced-xrf-image", "enhanced-us-volume", "segmentation", "parametric-map"),
    *("x-ray-3d-angiographic-image", "x-ray-3d-craniofacial-image", "breast-tomosynthesis-image"),
)
_of_concatenation = required_if(present("ConcatenationUID"))
CONCATENATIONS: dict[tuple[str, str], Condition] = {
    **{
        (f"{iod}-multi-frame-functional-groups", keyword): _of_concatenation
        for iod in _CONCATENATED
        for keyword in (
            *("ConcatenationFrameOffsetNumber", "InConcatenationNumber", "SOPInstanceUIDOfConcatenationSource"),
        )
    },
}
