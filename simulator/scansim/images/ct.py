"""CT Image Storage (PS3.3 A.3): localizers, axial series and reformats of them, in Hounsfield units."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from scansim.identity import carried as exam
from scansim.images import ct_plan
from scansim.images.ct_plan import Axial, Localizer, Reconstruction, Reformat, Series, Technique
from scansim.images.geometry import Plane, Stack
from scansim.images.instance import Slice, SliceSeries
from scansim.images.noise import NoiseBank
from scansim.images.protocol import Acquisition, Maker, SeriesRecord
from scansim.images.scratch import scratch
from scansim.images.sections import MOST_SLICES, Pixels, hounsfield, projection, section
from scansim.inputs import InputError
from scansim.vocabulary.values import decimal

#: Distances in mm from the source to the detector and to the centre of rotation.
SOURCE_TO_DETECTOR, SOURCE_TO_CENTRE = 1040, 570
DATA_COLLECTION_DIAMETER = 500  # mm
TABLE_HEIGHT = 150  # mm

#: A slice, and what its Image Position (Patient) and Slice Location say.
Place = tuple[Plane, str, str]

RECONSTRUCTION = timedelta(seconds=2)  # from acquisition to image
PAUSE = timedelta(seconds=20)  # between series
_RECONSTRUCTING = timedelta(seconds=15)  # for a series of reformats

_UNSIGNED_OFFSET = 1024  # stored value of 0 HU when the stored values are unsigned
_LOCALIZER_OFFSET = 1000  # stored value of a ray that meets nothing: scouts keep away from 0
_LOCALIZER_NOISE = 4.0
_RAYS = 480.0  # mm that a localizer's rays go through: whatever lies on the table


def make(acquisition: Acquisition, series: Series) -> Iterator[Slice]:
    """Make the images of one series."""
    return iter(slices(acquisition, series))


def slices(acquisition: Acquisition, series: Series) -> SliceSeries:
    """Acquire or reconstruct one series; the acquisition's clock is at its end then."""
    if series.localizer is not None:
        return _localizer(acquisition, series.localizer)
    if series.axial is not None:
        return _axial(acquisition, series.axial)
    if series.reconstruction is not None:
        return _reconstructed(acquisition, series.reconstruction)
    assert series.reformat is not None
    return _reformat(acquisition, series.reformat)


def _common(acquisition: Acquisition, description: str) -> Dataset:
    common = acquisition.common(CTImageStorage, description)
    if acquisition.phantom.body_part == "PHANTOM":
        common.ImageLaterality = "U"  # of what is no listed body part one cannot know that it is not paired
    return common


def _localizer(acquisition: Acquisition, plan: Localizer) -> SliceSeries:
    plane, technique = plan.plane, plan.technique
    common = _common(acquisition, plan.description)
    common.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    common.ScanOptions = "SCOUT MODE"
    common.AcquisitionNumber = str(acquisition.number)
    common.IrradiationEventUID = acquisition.irradiation_uid(acquisition.number)
    common.update(exposure(technique, acquisition.phantom.body_part))
    common.TableSpeed = plan.table_speed
    common.ConvolutionKernel = "SCOUT"
    common.update(picture(plane, signed=False, rescale_type="US", intercept=0))
    common.WindowCenter, common.WindowWidth = str(_LOCALIZER_OFFSET + 250), "600"
    noise = _noise(acquisition, plane.shape, _LOCALIZER_NOISE, 0)
    start, phantom = acquisition.now, acquisition.phantom.name
    acquisition.now += timedelta(seconds=technique.seconds) + RECONSTRUCTION + PAUSE

    def pixels(index: int) -> bytes:
        depths = projection(phantom, hounsfield("native"), plane, _RAYS)
        return stored(depths + np.int16(_LOCALIZER_OFFSET), noise.stretch(index), True)

    made = [start + RECONSTRUCTION]
    return SliceSeries(common, _differing(acquisition, (_place(plane),), made, [start]), pixels, 1)


def _axial(acquisition: Acquisition, plan: Axial) -> SliceSeries:
    if plan.phase != "native":
        inject(acquisition, plan.phase)
    common = _acquired(acquisition, plan, acquisition.number)
    start = acquisition.now
    acquisition.now += timedelta(seconds=plan.seconds) + RECONSTRUCTION + PAUSE
    acquired = _times(plan, plan, start)
    return _slices(acquisition, common, plan, plan.stack, [time + RECONSTRUCTION for time in acquired], acquired)


def _reconstructed(acquisition: Acquisition, reconstruction: Reconstruction) -> SliceSeries:
    """Reconstruct other slices of what was acquired: number, time and irradiation are those of the acquisition."""
    record, source = acquired_series(acquisition)
    plan = reconstruction.of(source)
    if plan.coverage > source.coverage + plan.thickness:
        raise InputError(
            f"protocol {acquisition.protocol.id}: {plan.description}: its slices cover {plan.coverage:g} mm, the axial "
            f"series before it {source.coverage:g} mm"
        )
    common = _acquired(acquisition, plan, record.number)
    start = acquisition.now
    acquisition.now += _RECONSTRUCTING + PAUSE
    pace = _RECONSTRUCTING / plan.slices
    made = [start + (index + 1) * pace for index in range(plan.slices)]
    return _slices(acquisition, common, plan, plan.stack, made, _times(plan, source, _began(record)))


def _times(plan: Axial, source: Axial, start: datetime) -> list[datetime]:
    """When each slice was acquired, of a scan that began at `start`."""
    ends = [plan.top - index * plan.step for index in range(plan.slices)]
    return [start + timedelta(seconds=source.reached(z)) for z in ends]


def _began(record: SeriesRecord) -> datetime:
    """When a finished series began to be acquired."""
    whole = record.first.get("AcquisitionDateTime")
    if whole is None:
        whole = str(record.first.AcquisitionDate) + str(record.first.AcquisitionTime)
    return _moment(str(whole))


def _acquired(acquisition: Acquisition, plan: Axial, number: int) -> Dataset:
    """What the slices of an acquisition share; series of one `number` were acquired at once."""
    common = _common(acquisition, plan.description)
    common.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    common.ScanOptions = "HELICAL MODE" if plan.pitch else "AXIAL MODE"
    common.AcquisitionNumber = str(number)
    common.IrradiationEventUID = acquisition.irradiation_uid(number)
    common.update(exposure(plan.technique, acquisition.phantom.body_part))
    common.GantryDetectorTilt = decimal(plan.tilt)
    common.RevolutionTime = plan.rotation
    common.SingleCollimationWidth = plan.collimation / plan.rows
    common.TotalCollimationWidth = plan.collimation
    if plan.pitch:
        common.SpiralPitchFactor = plan.pitch
        common.TableFeedPerRotation = plan.feed
        common.TableSpeed = plan.feed / plan.rotation
    if plan.phase != "native":
        common.update(contrast(acquisition))
    common.update(_reconstruction(plan, plan.stack.plane(0)))
    return common


def _reformat(acquisition: Acquisition, plan: Reformat) -> SliceSeries:
    record, source = source_series(acquisition)
    stack = plan.stack(source)
    common = _common(acquisition, plan.description)
    # any cross-section is AXIAL in the sense of PS3.3 C.8.2.1.1.1
    common.ImageType = ["DERIVED", "SECONDARY", "AXIAL"]
    common.DerivationDescription = f"Multiplanar reformatting, {plan.orientation}"
    common.DerivationCodeSequence = [code("113072", "DCM", "Multiplanar reformatting")]
    common.SourceImageSequence = [_source(*reference) for reference in record.instances]
    common.AcquisitionNumber = str(record.first.AcquisitionNumber)
    common.IrradiationEventUID = acquisition.irradiation_uid(int(record.first.AcquisitionNumber))
    common.update(exposure(source.technique, acquisition.phantom.body_part))
    common.GantryDetectorTilt = decimal(source.tilt)
    if source.phase != "native":
        common.update(contrast(acquisition))
    common.update(_reconstruction(source, stack.plane(0)))
    start = acquisition.now
    acquisition.now += _RECONSTRUCTING + PAUSE
    pace = _RECONSTRUCTING / len(stack)
    made = [start + index * pace for index in range(len(stack))]
    return _slices(acquisition, common, source, stack, made, None)


def acquired_series(acquisition: Acquisition) -> tuple[SeriesRecord, Axial]:
    """Return the last axial series: what was acquired last."""
    for record in reversed(acquisition.finished):
        if isinstance(record.plan, Series) and record.plan.axial is not None:
            return record, record.plan.axial
    raise InputError(
        f"protocol {acquisition.protocol.id}: a reconstruction or reformat needs an axial series before it"
    )


def plan_of(acquisition: Acquisition, series: Series) -> Axial:
    """Return what the slices across the patient of a series are: acquired so, or reconstructed of what was."""
    if series.axial is not None:
        return series.axial
    assert series.reconstruction is not None
    return series.reconstruction.of(acquired_series(acquisition)[1])


def source_series(acquisition: Acquisition) -> tuple[SeriesRecord, Axial]:
    """Return the last series of slices across the patient, which reformats are computed of."""
    acquired, plan = acquired_series(acquisition)
    for record in reversed(acquisition.finished):
        if isinstance(record.plan, Series) and record.plan.reconstruction is not None:
            return record, record.plan.reconstruction.of(plan)
        if record is acquired:
            break
    return acquired, plan


def _slices(
    acquisition: Acquisition,
    common: Dataset,
    plan: Axial,
    stack: Stack,
    made: Sequence[datetime],
    acquired: Sequence[datetime] | None,
) -> SliceSeries:
    places = _places(stack)
    planes = [plane for plane, _, _ in places]
    phantom, kernel, unsigned = acquisition.phantom, ct_plan.KERNELS[plan.kernel], plan.bits == 12
    values, offset = hounsfield(plan.phase), _UNSIGNED_OFFSET if unsigned else 0
    deviation = plan.technique.noise(phantom.body_part, planes[0].thickness) * kernel.noise
    noise = _noise(acquisition, planes[0].shape, deviation, kernel.blur)

    def pixels(index: int) -> bytes:
        clean = section(phantom.name, values, planes[index], kernel.blur, offset, couch=True)
        return stored(clean, noise.stretch(index), unsigned)

    return SliceSeries(common, _differing(acquisition, places, made, acquired), pixels, len(places))


def _noise(acquisition: Acquisition, shape: tuple[int, int], deviation: float, blur: float) -> NoiseBank:
    skip = (acquisition.number - 1) * MOST_SLICES
    return NoiseBank(acquisition.identity, acquisition.uid("noise"), shape, deviation, blur, skip)


@lru_cache(maxsize=16)
def _places(stack: Stack) -> tuple[Place, ...]:
    return tuple(_place(stack.plane(index)) for index in range(len(stack)))


def _place(plane: Plane) -> Place:
    return plane, "\\".join(map(decimal, plane.position)), decimal(plane.location)


def _differing(
    acquisition: Acquisition, places: Sequence[Place], made: Sequence[datetime], acquired: Sequence[datetime] | None
) -> Callable[[int], Mapping[str, str]]:
    """What tells one image of the series from the next: number, place and times; a reformat was not acquired."""
    number = acquisition.number

    def differing(index: int) -> Mapping[str, str]:
        created, at = exam.date_time(made[index])
        _, position, location = places[index]
        values = {
            "InstanceCreationDate": created,
            "InstanceCreationTime": at,
            "SOPInstanceUID": acquisition.instance_uid(index, number),
            "ContentDate": created,
            "ContentTime": at,
            "InstanceNumber": str(index + 1),
            "ImagePositionPatient": position,
            "SliceLocation": location,
        }
        if acquired is not None:
            values["AcquisitionDate"], values["AcquisitionTime"] = exam.date_time(acquired[index])
        return values

    return differing


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S")


def stored(clean: Pixels, noise: Pixels, unsigned: bool) -> bytes:
    """Add noise to what a slice shows and return the stored values, little endian; 0 is the lowest unsigned one."""
    total: Pixels = np.add(clean, noise, out=scratch("stored values", clean.shape, np.int16))
    if unsigned:
        np.maximum(total, 0, out=total)
    return total.astype("<i2", copy=False).tobytes()


def picture(plane: Plane, *, signed: bool, rescale_type: str, intercept: int) -> Dataset:
    """Image Pixel, Image Plane and Modality LUT attributes that a series' images share."""
    ds_ = Dataset()
    ds_.PatientPosition = "HFS"
    ds_.Rows, ds_.Columns = plane.shape
    ds_.SamplesPerPixel = 1
    ds_.PhotometricInterpretation = "MONOCHROME2"
    ds_.BitsAllocated = 16
    ds_.BitsStored, ds_.HighBit = (16, 15) if signed else (12, 11)
    ds_.PixelRepresentation = int(signed)
    ds_.PixelSpacing = [decimal(value) for value in plane.spacing]
    ds_.ImageOrientationPatient = [decimal(cosine) for cosine in plane.orientation]
    ds_.SliceThickness = decimal(plane.thickness)
    ds_.RescaleIntercept, ds_.RescaleSlope, ds_.RescaleType = str(intercept), "1", rescale_type
    ds_.BurnedInAnnotation = "NO"
    ds_.LossyImageCompression = "00"
    return ds_


def exposure(technique: Technique, body_part: str) -> Dataset:
    """CT Image attributes of the technique; time, current and exposure agree to the last digit."""
    common = Dataset()
    common.KVP = decimal(technique.kvp)
    common.XRayTubeCurrent = str(technique.current)
    common.ExposureTime = str(technique.milliseconds)
    common.Exposure = str(round(technique.microampere_seconds / 1000))
    common.ExposureInuAs = str(technique.microampere_seconds)
    common.GeneratorPower = str(round(technique.kvp * technique.current / 1000))
    common.FocalSpots = "1.2" if technique.current > 150 else "0.7"
    common.FilterType = "HEAD FILTER" if body_part == "HEAD" else "BODY FILTER"
    common.DataCollectionDiameter = str(DATA_COLLECTION_DIAMETER)
    common.DistanceSourceToDetector = str(SOURCE_TO_DETECTOR)
    common.DistanceSourceToPatient = str(SOURCE_TO_CENTRE)
    common.TableHeight = str(TABLE_HEIGHT)
    common.GantryDetectorTilt = "0"
    common.RotationDirection = "CW"
    common.ExposureModulationType = "NONE"
    if technique.rotating:
        common.CTDIvol = technique.ctdi(body_part)
        common.CTDIPhantomTypeCodeSequence = [code(*ct_plan.dosimetry_phantom(body_part))]
    return common


def inject(acquisition: Acquisition, phase: str) -> None:
    """Give the contrast agent unless it was given before, and wait for the phase."""
    if acquisition.injected is None:
        acquisition.injected = acquisition.now
    acquisition.now = max(acquisition.now, acquisition.injected + timedelta(seconds=ct_plan.DELAYS[phase]))


def contrast(acquisition: Acquisition) -> Dataset:
    """Contrast/Bolus attributes (PS3.3 C.7.6.4): volume, flow and times agree."""
    assert acquisition.injected is not None
    agent = Dataset()
    agent.ContrastBolusAgent = "SYNTHETIC IOHEXOL 350"
    agent.ContrastBolusRoute = "IV"
    agent.ContrastBolusVolume = "80"  # ml
    agent.ContrastBolusStartTime = exam.date_time(acquisition.injected)[1]
    agent.ContrastBolusStopTime = exam.date_time(acquisition.injected + timedelta(seconds=20))[1]
    agent.ContrastFlowRate = "4"  # ml/s
    agent.ContrastFlowDuration = "20"  # s
    agent.ContrastBolusIngredient = "IODINE"
    agent.ContrastBolusIngredientConcentration = "350"  # mg/ml
    return agent


def _reconstruction(plan: Axial, plane: Plane) -> Dataset:
    signed = plan.bits == 16
    common = picture(plane, signed=signed, rescale_type="HU", intercept=0 if signed else -_UNSIGNED_OFFSET)
    common.ReconstructionDiameter = decimal(plan.field_of_view)
    common.ConvolutionKernel = ct_plan.KERNELS[plan.kernel].name
    common.WindowCenter, common.WindowWidth = (decimal(value) for value in plan.window)
    return common


def _source(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    item.SpatialLocationsPreserved = "YES"
    item.PurposeOfReferenceCodeSequence = [code("121322", "DCM", "Source image for image processing operation")]
    return item


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return the item of a code sequence (PS3.3 Table 8.8-1)."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


MAKER = Maker(object="ct", modality="CT", model=Series, make=make, resize=ct_plan.resize)
