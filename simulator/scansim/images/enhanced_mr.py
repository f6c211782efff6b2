"""Enhanced MR Image Storage (PS3.3 A.36.2): a series of an MR protocol as one multi-frame image."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Literal

from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedMRImageStorage

from scansim.identity import carried as exam
from scansim.images import mr_signal
from scansim.images.geometry import Plane
from scansim.images.instance import Instance, Whole
from scansim.images.mr import (
    ADC_WINDOW,
    PREPARATION,
    RECONSTRUCTION,
    code,
    derivation,
    diffusion_units,
)
from scansim.images.mr_macros import (
    acquisition_macros,
    characteristics,
    contrast,
    diffusion,
    frame_type,
    item,
    pulse_sequence,
)
from scansim.images.mr_scan import Block, Map, Scan, Series, calculate, source_scan
from scansim.images.protocol import Acquisition, Maker
from scansim.vocabulary.codes import REGIONS
from scansim.vocabulary.values import decimal


class EnhancedSeries(Series):
    """One series of an Enhanced MR protocol: one multi-frame image."""

    layout: Literal["shared", "per-frame"] = Field(
        "shared", description="where the macros stand that say how frames were acquired, which are the same for all"
    )


_FRAME_CONTENT, _ECHO, _DIFFUSION = 0x00209111, 0x00189114, 0x00189117
#: Attribute and functional group that index the frames (PS3.3 C.7.6.17).
_STACK = ((0x00209056, _FRAME_CONTENT, "Stack ID"), (0x00209057, _FRAME_CONTENT, "In-Stack Position Number"))
_ECHO_TIME = (0x00189082, _ECHO, "Effective Echo Time")
_B_VALUE = (0x00189087, _DIFFUSION, "Diffusion b-value")
_PASS = (0x00209156, _FRAME_CONTENT, "Frame Acquisition Number")


def _date_time(moment: datetime) -> str:
    return "".join(exam.date_time(moment))


def _image(acquisition: Acquisition, series: Series, plan: Series, frames: int, created: datetime) -> Dataset:
    """Return what is not in functional groups, but for image type, dimensions and how it was acquired.

    ``series`` is the one that is made, ``plan`` the one that was acquired for it.
    """
    data = acquisition.common(EnhancedMRImageStorage, series.description)
    data.SOPInstanceUID = acquisition.instance_uid(0)
    data.InstanceNumber = "1"
    data.ContentDate, data.ContentTime = exam.date_time(created)
    data.InstanceCreationDate, data.InstanceCreationTime = data.ContentDate, data.ContentTime
    data.PatientPosition = "HFS"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = plan.matrix
    data.NumberOfFrames = str(frames)
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.BurnedInAnnotation, data.LossyImageCompression, data.PresentationLUTShape = "NO", "00", "IDENTITY"
    data.ContentQualification = "PRODUCT"
    data.AcquisitionContextSequence = []
    data.ResonantNucleus, data.KSpaceFiltering = "1H", "NONE"
    data.MagneticFieldStrength = decimal(mr_signal.FIELD)
    data.ApplicableSafetyStandardAgency = "IEC"
    data.ApplicableSafetyStandardDescription = "IEC 60601-2-33"
    return data


def _dimensions(acquisition: Acquisition, data: Dataset, pointers: Sequence[tuple[int, int, str]]) -> None:
    uid = acquisition.uid("dimensions", acquisition.number)
    data.DimensionOrganizationSequence = [item(DimensionOrganizationUID=uid)]
    data.DimensionIndexSequence = [
        item(
            DimensionOrganizationUID=uid,
            DimensionIndexPointer=attribute,
            FunctionalGroupPointer=group,
            DimensionDescriptionLabel=label,
        )
        for attribute, group, label in pointers
    ]


def _shared(acquisition: Acquisition, plan: Series) -> Dataset:
    """Return the functional groups that are the same for all frames of every image."""
    region = REGIONS[acquisition.phantom.body_part]
    pixel = decimal(plan.field_of_view / plan.matrix)
    return item(
        PixelMeasuresSequence=[
            item(
                PixelSpacing=[pixel, pixel],
                SliceThickness=decimal(plan.thickness),
                SpacingBetweenSlices=decimal(plan.step),
            )
        ],
        FrameAnatomySequence=[item(FrameLaterality="U", AnatomicRegionSequence=[code(*region)])],
        PixelValueTransformationSequence=[item(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")],
    )


def _frame(plane: Plane, orientation: int, index: int, content: Dataset, values: Sequence[int]) -> Dataset:
    """Return one frame's place and indices; ``orientation`` and ``index`` count from 0."""
    content.StackID = str(orientation + 1)
    content.InStackPositionNumber = index + 1
    content.DimensionIndexValues = [orientation + 1, index + 1, *values]
    return item(
        FrameContentSequence=[content],
        PlanePositionSequence=[item(ImagePositionPatient=[decimal(value) for value in plane.position])],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[decimal(value, 10) for value in plane.orientation])],
    )


def _window(group: Dataset, width: int) -> None:
    group.FrameVOILUTSequence = [item(WindowCenter=str(width // 2), WindowWidth=str(width))]


def _acquire(acquisition: Acquisition, series: EnhancedSeries) -> Iterator[Instance]:
    scan = Scan(acquisition, acquisition.protocol.phantom, acquisition.number, series)
    acquisition.now += PREPARATION
    begin, duration = acquisition.now, series.duration * scan.blocks[-1].pass_number
    frames = [(block, index) for block in scan.blocks for index in range(series.slices)]
    data = _image(acquisition, series, series, len(frames), begin + duration + RECONSTRUCTION)
    contrasts = [contrast(series, block) for block in scan.blocks]
    # Value 3 sums the image up, so it is never MIXED (PS3.3 C.8.16.1.3).
    data.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER" if len(series.orientations) > 1 else contrasts[-1], "NONE"]
    data.update(item(**characteristics(contrasts[0] if len(set(contrasts)) == 1 else "MIXED")))
    data.update(pulse_sequence(series))
    data.AcquisitionNumber, data.AcquisitionDateTime = "1", _date_time(begin)
    data.AcquisitionDuration = duration.total_seconds()
    more = (_B_VALUE, _PASS) if series.b_values else (_ECHO_TIME,) if len(series.te) > 1 else ()
    _dimensions(acquisition, data, (*_STACK, *more))

    shared = _shared(acquisition, series)
    if series.layout == "shared":
        shared.update(_macros(series))
    elif len(set(contrasts)) == 1:
        shared.MRImageFrameTypeSequence = [frame_type(list(data.ImageType), contrasts[0])]
    if len(series.te) == 1:
        shared.MREchoSequence = [item(EffectiveEchoTime=series.te[0])]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [
        _acquired_frame(series, block, index, begin, shared, list(data.ImageType)) for block, index in frames
    ]
    acquisition.now = begin + duration + RECONSTRUCTION
    yield Whole(data, partial(_pixels, scan, frames))


def _macros(series: EnhancedSeries) -> Dataset:
    return item(**{keyword: [macro] for keyword, macro in acquisition_macros(series).items()})


def _acquired_frame(
    series: EnhancedSeries, block: Block, index: int, begin: datetime, shared: Dataset, image_type: Sequence[str]
) -> Dataset:
    """Return the functional groups of one acquired frame: those that are not in ``shared``."""
    pace = series.duration / series.slices
    start = begin + (block.pass_number - 1) * series.duration + index * pace
    content = item(
        FrameAcquisitionNumber=block.pass_number,
        FrameReferenceDateTime=_date_time(start),
        FrameAcquisitionDateTime=_date_time(start),
        FrameAcquisitionDuration=pace.total_seconds() * 1000,
    )
    values = [block.echo] if len(series.te) > 1 else []
    if series.b_values:
        values = [sorted(set(series.b_values)).index(block.b) + 1, block.pass_number]
    group = _frame(block.stack.plane(index), series.orientations.index(block.orientation), index, content, values)
    _window(group, block.window)
    if "MRImageFrameTypeSequence" not in shared:
        group.MRImageFrameTypeSequence = [frame_type(image_type, contrast(series, block))]
    if "MREchoSequence" not in shared:
        group.MREchoSequence = [item(EffectiveEchoTime=block.te)]
    if series.b_values:
        group.MRDiffusionSequence = [diffusion(block)]
    if series.layout == "per-frame":
        group.update(_macros(series))
    return group


def _pixels(scan: Scan, frames: Sequence[tuple[Block, int]]) -> bytes:
    return b"".join(scan.values(block, index).tobytes() for block, index in frames)


#: Value 4 of Image Type (0008,0008) of a map: C.8.16.1.3 has DIFFUSION as its example.
_MAPS: Mapping[Map, str] = {"adc": "ADC", "trace": "DIFFUSION"}


def _calculate(acquisition: Acquisition, series: EnhancedSeries, kind: Map) -> Iterator[Instance]:
    """Make a map as one image: its frames refer to the frames of the series that they come from."""
    scan = source_scan(acquisition, series)
    plan = scan.series
    source = next(record for record in acquisition.finished if record.number == scan.number)
    acquisition.now += RECONSTRUCTION
    frames = []
    for b in [0.0] if kind == "adc" else sorted({b for b in plan.b_values if b > 0}):
        for orientation in plan.orientations:
            stack = [block for block in scan.blocks if block.orientation == orientation]
            blocks = [block for block in stack if kind == "adc" or block.b == b]
            frames += [(blocks, index) for index in range(plan.slices)]
    data = _image(acquisition, series, plan, len(frames), acquisition.now)
    data.ImageType = ["DERIVED", "PRIMARY", "DIFFUSION", _MAPS[kind]]
    data.update(item(**characteristics("DIFFUSION")))
    reference = item(ReferencedSOPClassUID=EnhancedMRImageStorage, ReferencedSOPInstanceUID=source.instances[0][1])
    evidence = item(SeriesInstanceUID=source.uid, ReferencedSOPSequence=[reference])
    data.SourceImageEvidenceSequence = [
        item(StudyInstanceUID=data.StudyInstanceUID, ReferencedSeriesSequence=[evidence])
    ]
    _dimensions(acquisition, data, (*_STACK, _B_VALUE) if kind == "trace" else _STACK)
    shared = _shared(acquisition, plan)
    shared.MRImageFrameTypeSequence = [frame_type(list(data.ImageType), "DIFFUSION")]
    if kind == "adc":
        shared.RealWorldValueMappingSequence = [diffusion_units()]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [
        _map_frame(plan, kind, blocks, index, reference, acquisition.now) for blocks, index in frames
    ]
    yield Whole(data, partial(_map_pixels, scan, kind, frames))


def _map_frame(
    plan: Series, kind: Map, blocks: Sequence[Block], index: int, reference: Dataset, created: datetime
) -> Dataset:
    """Return the functional groups of one frame of a map, calculated from a slice of ``blocks``."""
    first = blocks[0]
    content = item(FrameAcquisitionNumber=first.pass_number, FrameReferenceDateTime=_date_time(created))
    values = [sorted({b for b in plan.b_values if b > 0}).index(first.b) + 1] if kind == "trace" else []
    group = _frame(first.stack.plane(index), plan.orientations.index(first.orientation), index, content, values)
    if kind == "trace":
        group.MRDiffusionSequence = [item(DiffusionBValue=first.b, DiffusionDirectionality="ISOTROPIC")]
    _window(group, ADC_WINDOW if kind == "adc" else max(block.window for block in blocks))
    source = item(
        ReferencedFrameNumber=[block.number * plan.slices + index + 1 for block in blocks],
        PurposeOfReferenceCodeSequence=[code("121322", "DCM", "Source image for image processing operation")],
    )
    source.update(reference)
    group.DerivationImageSequence = [item(DerivationCodeSequence=[derivation()], SourceImageSequence=[source])]
    return group


def _map_pixels(scan: Scan, kind: Map, frames: Sequence[tuple[Sequence[Block], int]]) -> bytes:
    return b"".join(calculate(scan, kind, sources, index).tobytes() for sources, index in frames)


def make(acquisition: Acquisition, series: EnhancedSeries) -> Iterator[Instance]:
    """Make the multi-frame image of one series of an Enhanced MR protocol."""
    if series.sequence == "adc" or series.sequence == "trace":
        return _calculate(acquisition, series, series.sequence)
    return _acquire(acquisition, series)


def resize(plans: Sequence[EnhancedSeries], count: int) -> Sequence[EnhancedSeries]:
    """Change a protocol's series so that they make `count` images in all: the first ones, over and over."""
    return [plans[index % len(plans)] for index in range(count)]


MAKER = Maker(object="enhanced-mr", modality="MR", model=EnhancedSeries, make=make, resize=resize)
