"""Enhanced CT Image Storage (PS3.3 A.38): a series of a CT protocol as one multi-frame image.

Localizers stay single-frame CT images: they are projections, to which the units and the reconstruction of the enhanced
object do not apply.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from scansim.images import ct, ct_plan
from scansim.images.ct import code
from scansim.images.ct_plan import Axial
from scansim.images.instance import Instance, SliceSeries, Whole
from scansim.images.protocol import Acquisition, Maker, SeriesRecord
from scansim.vocabulary.codes import REGIONS
from scansim.vocabulary.values import decimal

Layout = Literal["shared", "per-frame"]


class EnhancedSeries(ct_plan.Series):
    """One series of an Enhanced CT protocol: one multi-frame image, or a localizer."""

    layout: Layout = Field(
        "shared", description="where the macros stand that say how frames were acquired, which are the same for all"
    )


_FRAME_CONTENT = 0x00209111
#: Attributes that index the frames (PS3.3 C.7.6.17).
_DIMENSIONS = ((0x00209056, "Stack ID"), (0x00209057, "In-Stack Position Number"))
#: Convolution Kernel Group (0018,9316).
_KERNEL_GROUPS = {"soft": "SOFT_TISSUE", "standard": "SOFT_TISSUE", "lung": "LUNG", "bone": "BONE"}
#: Contrast/Bolus Agent Phase (0018,9344).
_PHASES = {"arterial": "DYNAMIC", "venous": "DYNAMIC", "delayed": "STEADY_STATE"}

#: General attributes that the single-frame images of a series and its multi-frame image have alike.
_ALIKE = (
    "SeriesDate",
    "SeriesTime",
    "AcquisitionNumber",
    "PatientPosition",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "BurnedInAnnotation",
    "LossyImageCompression",
)


def item(**elements: Any) -> Dataset:
    """Return a data set of these elements, by keyword."""
    made = Dataset()
    for keyword, value in elements.items():
        setattr(made, keyword, value)
    return made


def make(acquisition: Acquisition, series: EnhancedSeries) -> Iterator[Instance]:
    """Make the multi-frame image of one series, or a localizer."""
    if series.localizer is not None:
        return ct.make(acquisition, series)
    return _multi_frame(acquisition, series)


def _multi_frame(acquisition: Acquisition, series: EnhancedSeries) -> Iterator[Instance]:
    single = ct.slices(acquisition, series)
    data = _image(acquisition, single)
    frames = [_frame(single, index) for index in range(single.count)]
    if series.reformat is None:
        before = ct.acquired_series(acquisition) if series.reconstruction is not None else None
        plan = ct.plan_of(acquisition, series)
        shared = _shared(acquisition, single.common, plan.spacing)
        data.ImageType = ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
        _acquired(data, single, plan, before)
        if plan.phase != "native":
            data.ContrastBolusAgentSequence = [_contrast(single.common)]
            shared.ContrastBolusUsageSequence = [_usage(plan.phase)]
        macros = _macros(single.common, plan)
        for index, groups in enumerate(frames):
            groups.CTPositionSequence = [_position(single, index)]
            if series.layout == "per-frame":
                groups.update(macros)
        if series.layout == "shared":
            shared.update(macros)
    else:
        shared = _shared(acquisition, single.common, series.reformat.step)
        data.ImageType = ["DERIVED", "PRIMARY", "VOLUME", "RESAMPLED"]
        source, plan = ct.source_series(acquisition)
        data.SourceImageEvidenceSequence = [_evidence(data, source)]
        derivation = _derivation(source, plan)
        for groups in frames:
            groups.DerivationImageSequence = [derivation]
    kind = item(
        PixelPresentation="MONOCHROME",
        VolumetricProperties="VOLUME",
        VolumeBasedCalculationTechnique="NONE" if series.crosses else "MPR",
    )
    data.update(kind)
    kind.FrameType = list(data.ImageType)
    shared.CTImageFrameTypeSequence = [kind]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = frames
    yield Whole(data, lambda: b"".join(single.pixels(index) for index in range(single.count)))


def _image(acquisition: Acquisition, single: SliceSeries) -> Dataset:
    """Return what is not in functional groups, but for the image type and how it was acquired."""
    data = acquisition.common(EnhancedCTImageStorage, str(single.common.SeriesDescription))
    for keyword in _ALIKE:
        data[keyword] = single.common[keyword]
    last = single.differing(single.count - 1)
    data.SOPInstanceUID = acquisition.instance_uid(0)
    data.InstanceNumber = "1"
    data.ContentDate, data.ContentTime = last["ContentDate"], last["ContentTime"]
    data.InstanceCreationDate, data.InstanceCreationTime = data.ContentDate, data.ContentTime
    data.NumberOfFrames = str(single.count)
    data.PresentationLUTShape = "IDENTITY"
    data.ContentQualification = "PRODUCT"
    data.AcquisitionContextSequence = []
    uid = acquisition.uid("dimensions", acquisition.number)
    data.DimensionOrganizationType = "3D"
    data.DimensionOrganizationSequence = [item(DimensionOrganizationUID=uid)]
    data.DimensionIndexSequence = [
        item(
            DimensionOrganizationUID=uid,
            DimensionIndexPointer=attribute,
            FunctionalGroupPointer=_FRAME_CONTENT,
            DimensionDescriptionLabel=label,
        )
        for attribute, label in _DIMENSIONS
    ]
    return data


def _acquired(data: Dataset, single: SliceSeries, plan: Axial, source: tuple[SeriesRecord, Axial] | None) -> None:
    """Say when an original image was acquired: of its own, or with an earlier one of the same `source`."""
    if source is None:
        first = single.differing(0)
        data.AcquisitionDateTime = first["AcquisitionDate"] + first["AcquisitionTime"]
        data.AcquisitionDuration = plan.seconds
    else:
        data.AcquisitionDateTime = source[0].first.AcquisitionDateTime
        data.AcquisitionDuration = source[1].seconds


def _shared(acquisition: Acquisition, common: Dataset, spacing: float) -> Dataset:
    """Return the functional groups that are the same for all frames of every image."""
    region = REGIONS[acquisition.phantom.body_part]
    return item(
        PixelMeasuresSequence=[
            item(
                PixelSpacing=common.PixelSpacing,
                SliceThickness=common.SliceThickness,
                SpacingBetweenSlices=decimal(spacing),
            )
        ],
        PlaneOrientationSequence=[item(ImageOrientationPatient=common.ImageOrientationPatient)],
        FrameAnatomySequence=[item(FrameLaterality="U", AnatomicRegionSequence=[code(*region)])],
        FrameVOILUTSequence=[item(WindowCenter=common.WindowCenter, WindowWidth=common.WindowWidth)],
        IrradiationEventIdentificationSequence=[item(IrradiationEventUID=common.IrradiationEventUID)],
        PixelValueTransformationSequence=[
            item(
                RescaleIntercept=common.RescaleIntercept,
                RescaleSlope=common.RescaleSlope,
                RescaleType=common.RescaleType,
            )
        ],
    )


def _frame(single: SliceSeries, index: int) -> Dataset:
    """Return one frame's place, time and indices."""
    differing = single.differing(index)
    acquired = "AcquisitionDate" in differing
    when = "Acquisition" if acquired else "Content"
    moment = differing[f"{when}Date"] + differing[f"{when}Time"]
    content = item(
        FrameReferenceDateTime=moment,
        StackID="1",
        InStackPositionNumber=index + 1,
        DimensionIndexValues=[1, index + 1],
    )
    if acquired:
        content.FrameAcquisitionNumber = 1
        content.FrameAcquisitionDateTime = moment
        content.FrameAcquisitionDuration = float(single.common.ExposureTime)
    return item(
        FrameContentSequence=[content],
        PlanePositionSequence=[item(ImagePositionPatient=differing["ImagePositionPatient"].split("\\"))],
    )


def _centre(single: SliceSeries, index: int) -> list[float]:
    """Middle of a frame in mm."""
    common = single.common
    corner = [float(value) for value in single.differing(index)["ImagePositionPatient"].split("\\")]
    along, down = common.ImageOrientationPatient[:3], common.ImageOrientationPatient[3:]
    right = (common.Columns - 1) / 2 * float(common.PixelSpacing[1])
    below = (common.Rows - 1) / 2 * float(common.PixelSpacing[0])
    return [round(c + float(a) * right + float(d) * below, 4) for c, a, d in zip(corner, along, down, strict=True)]


def _position(single: SliceSeries, index: int) -> Dataset:
    centre = _centre(single, index)
    return item(
        TablePosition=centre[2],  # the further the table is in the gantry, the more negative (PS3.3 C.8.15.3.5 (2024d))
        DataCollectionCenterPatient=[0.0, 0.0, centre[2]],
        ReconstructionTargetCenterPatient=centre,
    )


def _macros(common: Dataset, plan: Axial) -> Dataset:
    """Return the functional groups that say how frames were acquired (PS3.3 C.8.15.3): `EnhancedSeries.layout`."""
    details, moves = Dataset(), Dataset()
    for keyword in (
        "TableHeight",
        "GantryDetectorTilt",
        "DataCollectionDiameter",
        "RotationDirection",
        "RevolutionTime",
        "SingleCollimationWidth",
        "TotalCollimationWidth",
    ):
        details[keyword] = common[keyword]
    for keyword in ("TableSpeed", "TableFeedPerRotation", "SpiralPitchFactor"):
        if keyword in common:
            moves[keyword] = common[keyword]
    kind = item(AcquisitionType="SPIRAL" if plan.pitch else "SEQUENCED", ConstantVolumeFlag="NO", FluoroscopyFlag="NO")
    geometry = item(
        DistanceSourceToDetector=common.DistanceSourceToDetector,
        DistanceSourceToDataCollectionCenter=float(common.DistanceSourceToPatient),
    )
    reconstruction = item(
        ReconstructionAlgorithm="FILTER_BACK_PROJ",
        ConvolutionKernel=common.ConvolutionKernel,
        ConvolutionKernelGroup=_KERNEL_GROUPS[plan.kernel],
        ReconstructionDiameter=common.ReconstructionDiameter,
        ReconstructionPixelSpacing=[float(value) for value in common.PixelSpacing],
        ReconstructionAngle=360.0,
        ImageFilter="NONE",
    )
    exposure = item(
        ExposureTimeInms=float(common.ExposureTime),
        XRayTubeCurrentInmA=float(common.XRayTubeCurrent),
        ExposureInmAs=int(common.ExposureInuAs) / 1000,
        ExposureModulationType=common.ExposureModulationType,
        CTDIvol=common.CTDIvol,
        CTDIPhantomTypeCodeSequence=common.CTDIPhantomTypeCodeSequence,
    )
    tube = item(KVP=common.KVP, FocalSpots=[float(common.FocalSpots)], FilterType="WEDGE", FilterMaterial="ALUMINUM")
    return item(
        CTAcquisitionTypeSequence=[kind],
        CTAcquisitionDetailsSequence=[details],
        CTTableDynamicsSequence=[moves],
        CTGeometrySequence=[geometry],
        CTReconstructionSequence=[reconstruction],
        CTExposureSequence=[exposure],
        CTXRayDetailsSequence=[tube],
    )


def _contrast(common: Dataset) -> Dataset:
    """Return the item of the Enhanced Contrast/Bolus Module (PS3.3 C.7.6.4b)."""
    agent = code("109218004", "SCT", "Iohexol")
    agent.ContrastBolusAgentNumber = 1
    agent.ContrastBolusAdministrationRouteSequence = [code("47625008", "SCT", "Intravenous route")]
    agent.ContrastBolusIngredientCodeSequence = [code("44588005", "SCT", "Iodine")]
    agent.ContrastBolusVolume = common.ContrastBolusVolume
    agent.ContrastBolusIngredientConcentration = float(common.ContrastBolusIngredientConcentration)
    profile = item(ContrastBolusVolume=common.ContrastBolusVolume)
    profile.ContrastBolusStartTime = common.ContrastBolusStartTime
    profile.ContrastBolusStopTime = common.ContrastBolusStopTime
    profile.ContrastFlowRate = common.ContrastFlowRate
    profile.ContrastFlowDuration = common.ContrastFlowDuration
    agent.ContrastAdministrationProfileSequence = [profile]
    return agent


def _usage(phase: str) -> Dataset:
    return item(
        ContrastBolusAgentNumber=1,
        ContrastBolusAgentAdministered="YES",
        ContrastBolusAgentDetected="YES",
        ContrastBolusAgentPhase=_PHASES[phase],
    )


def _evidence(data: Dataset, source: SeriesRecord) -> Dataset:
    """Return the item that lists what a reformat refers to, by study and series."""
    sop_class_uid, sop_instance_uid = source.instances[0]
    reference = item(ReferencedSOPClassUID=sop_class_uid, ReferencedSOPInstanceUID=sop_instance_uid)
    series = item(SeriesInstanceUID=source.uid, ReferencedSOPSequence=[reference])
    return item(StudyInstanceUID=data.StudyInstanceUID, ReferencedSeriesSequence=[series])


def _derivation(source: SeriesRecord, plan: Axial) -> Dataset:
    """Return the item that refers to all frames of the image that a reformat was computed of."""
    sop_class_uid, sop_instance_uid = source.instances[0]
    reference = item(
        ReferencedSOPClassUID=sop_class_uid,
        ReferencedSOPInstanceUID=sop_instance_uid,
        ReferencedFrameNumber=list(range(1, plan.slices + 1)),
        SpatialLocationsPreserved="YES",
        PurposeOfReferenceCodeSequence=[code("121322", "DCM", "Source image for image processing operation")],
    )
    return item(
        DerivationDescription="Multiplanar reformatting",
        DerivationCodeSequence=[code("113072", "DCM", "Multiplanar reformatting")],
        SourceImageSequence=[reference],
    )


def resize(plans: Sequence[EnhancedSeries], count: int) -> Sequence[EnhancedSeries]:
    """Change a protocol's series so that they make `count` images in all: the first ones, over and over."""
    return [plans[index % len(plans)] for index in range(count)]


MAKER = Maker(
    object="enhanced-ct", modality="CT", model=EnhancedSeries, make=make, resize=resize, shorten=ct_plan.resize
)
