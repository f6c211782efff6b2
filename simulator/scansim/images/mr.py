"""MR Image Storage (PS3.3 A.4): the single-frame images of an MR protocol, acquired and calculated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial

from pydicom.dataset import Dataset
from pydicom.uid import MRImageStorage

from scansim.identity import carried as exam
from scansim.images import mr_signal
from scansim.images.geometry import Plane
from scansim.images.instance import Instance, SliceSeries, Whole
from scansim.images.mr_scan import THINNEST, Block, Map, Scan, Series, calculate, source_scan
from scansim.images.protocol import Acquisition, Maker
from scansim.images.sections import KEPT_SLICES
from scansim.inputs import InputError
from scansim.vocabulary.values import decimal

#: Time before a series, and from the end of an acquisition to its images.
PREPARATION, RECONSTRUCTION = timedelta(seconds=8), timedelta(seconds=2)

#: Scanning Sequence (0018,0020), Sequence Variant (0018,0021) and the stem of Sequence Name (0018,0024).
_SEQUENCES = {
    "spin-echo": (["SE"], "NONE", "se"),
    "turbo-spin-echo": (["SE"], "SK", "tse"),
    "gradient-echo": (["GR"], "SP", "fl"),
    "inversion-recovery": (["SE", "IR"], ["SK", "MP"], "tir"),
    "diffusion": (["SE", "EP"], "NONE", "ep_b"),
}
#: What dB/dt (0018,1318) reaches in T/s: echo planar read-outs switch gradients fastest.
DB_DT = {
    "spin-echo": 18.0,
    "turbo-spin-echo": 20.0,
    "gradient-echo": 24.0,
    "inversion-recovery": 20.0,
    "diffusion": 42.0,
}
#: Window Width of an ADC map in 1e-6 mm2/s.
ADC_WINDOW = 2600

#: Image Type (0008,0008) values 3 and 4 of a map.
_MAPS: Mapping[Map, tuple[str, str]] = {"adc": ("DIFFUSION MAP", "ADC"), "trace": ("OTHER", "TRACEW")}


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return one item of a code sequence."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def derivation() -> Dataset:
    """Return the derivation code of a diffusion map (PS3.16 CID 7203)."""
    return code("129105", "DCM", "Diffusion image analysis")


def absorption_rate(series: Series) -> float:
    """SAR (0018,1316) of a series in W/kg."""
    return mr_signal.absorption_rate(series.tr, min(series.slices, series.per_pass), series.pulses)


def _describe(series: Series) -> Dataset:
    """Return the attributes of the MR Image Module (PS3.3 C.8.3.1) that all images of a series share."""
    sequence, variant, name = _SEQUENCES[series.sequence]
    size = series.matrix
    data = Dataset()
    data.PatientPosition = "HFS"
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.Rows = data.Columns = size
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.BurnedInAnnotation, data.LossyImageCompression = "NO", "00"
    data.ScanningSequence, data.SequenceVariant = sequence, variant
    data.ScanOptions = "FS" if series.fat_saturation else ""
    data.SequenceName = f"{name}2d{series.train}" if series.sequence != "diffusion" else name
    data.MRAcquisitionType, data.AngioFlag = "2D", "N"
    data.RepetitionTime = decimal(series.tr)
    data.EchoTrainLength = str(series.train)
    if series.sequence == "inversion-recovery":
        data.InversionTime = decimal(series.ti)
    data.FlipAngle, data.VariableFlipAngleFlag = decimal(series.flip), "N"
    data.NumberOfAverages = str(series.averages)
    data.ImagedNucleus = "1H"
    data.MagneticFieldStrength = decimal(mr_signal.FIELD)
    data.ImagingFrequency = decimal(mr_signal.FIELD * mr_signal.LARMOR)
    data.NumberOfPhaseEncodingSteps = str(size)
    data.PercentSampling = data.PercentPhaseFieldOfView = "100"
    data.PixelBandwidth = decimal(series.bandwidth)
    data.ReceiveCoilName, data.TransmitCoilName = "PHANTOM-8", "BODY"
    # Frequency rows, frequency columns, phase rows, phase columns (PS3.3 C.8.3.1): phase encoded in rows has its
    # steps along the columns' index.
    data.AcquisitionMatrix = [size, 0, 0, size] if series.phase == "row" else [0, size, size, 0]
    data.InPlanePhaseEncodingDirection = "ROW" if series.phase == "row" else "COL"
    data.ReconstructionDiameter = decimal(series.field_of_view)
    data.SAR = decimal(absorption_rate(series), 3)
    data.dBdt = decimal(DB_DT[series.sequence])
    data.PixelSpacing = [decimal(series.field_of_view / size)] * 2
    data.SliceThickness, data.SpacingBetweenSlices = decimal(series.thickness), decimal(series.step)
    return data


def _window(target: Dataset, width: int) -> None:
    target.WindowCenter, target.WindowWidth = str(width // 2), str(width)


def _place(plane: Plane) -> dict[str, str]:
    return {
        "ImagePositionPatient": "\\".join(decimal(value) for value in plane.position),
        "SliceLocation": decimal(plane.location),
    }


def _created(moment: datetime) -> dict[str, str]:
    date, time = exam.date_time(moment)
    return {
        "ContentDate": date,
        "ContentTime": time,
        "InstanceCreationDate": date,
        "InstanceCreationTime": time,
    }


def _block_images(scan: Scan, block: Block, shared: Dataset, begin: datetime) -> SliceSeries:
    """Return the images of one block, whose pass begins at `begin`."""
    count = len(block.stack)
    pace = scan.series.duration / count
    common = deepcopy(shared)  # pydicom assigns to an element in place: it must not be that of the other blocks
    # OTHER: a plain magnitude image is none of the listed kinds (PS3.3 C.8.3.1.1.1).
    common.ImageType = ["ORIGINAL", "PRIMARY", "OTHER"]
    common.AcquisitionNumber = str(block.pass_number)
    common.EchoTime, common.EchoNumbers = decimal(block.te), str(block.echo)
    common.ImageOrientationPatient = [decimal(value, 10) for value in block.stack.middle.orientation]
    _window(common, block.window)
    if scan.series.sequence == "diffusion":
        common.SequenceName = f"ep_b{block.b:g}"
        # Of the enhanced object, in a Standard Extended SOP Class (PS3.2): the module has no other place for them, and
        # viewers read them here.
        common.DiffusionBValue = block.b
        if block.direction is not None:
            common.DiffusionGradientOrientation = list(block.direction)

    def differing(index: int) -> Mapping[str, str]:
        date, time = exam.date_time(begin + index * pace)
        return {
            "SOPInstanceUID": scan.sop_instance_uid(block, index),
            "InstanceNumber": str(block.number * count + index + 1),
            "AcquisitionDate": date,
            "AcquisitionTime": time,
            **_place(block.stack.plane(index)),
            **_created(begin + (index + 1) * pace + RECONSTRUCTION),
        }

    return SliceSeries(common, differing, lambda index: scan.values(block, index).tobytes(), count)


def _acquire(acquisition: Acquisition, series: Series) -> Iterator[Instance]:
    scan = Scan(acquisition, acquisition.protocol.phantom, acquisition.number, series)
    acquisition.now += PREPARATION
    shared = acquisition.common(MRImageStorage, series.description)
    shared.update(_describe(series))
    begin = acquisition.now
    for block in scan.blocks:
        done = block.pass_number * series.duration
        acquisition.now = begin + done + RECONSTRUCTION
        yield from _block_images(scan, block, shared, begin + done - series.duration)


def _calculate(acquisition: Acquisition, series: Series, kind: Map) -> Iterator[Instance]:
    """Make a map, slice by slice, out of an earlier series."""
    scan = source_scan(acquisition, series)
    acquisition.now += RECONSTRUCTION
    number = 0
    for b in [0.0] if kind == "adc" else sorted({b for b in scan.series.b_values if b > 0}):
        shared = acquisition.common(MRImageStorage, series.description)
        shared.update(_describe(scan.series))
        shared.update(_derivation(kind, b))
        for orientation in scan.series.orientations:
            stack = [block for block in scan.blocks if block.orientation == orientation]
            sources = [block for block in stack if kind == "adc" or block.b == b]
            for index in range(scan.series.slices):
                number += 1
                image = _map_image(shared, scan, sources, index, acquisition.now)
                image.SOPInstanceUID = acquisition.instance_uid(number)
                image.InstanceNumber = str(number)
                yield Whole(image, partial(_map_pixels, scan, kind, sources, index))


def _derivation(kind: Map, b: float) -> Dataset:
    """Return what the images of a map say of how they came to be."""
    data = Dataset()
    data.ImageType = ["DERIVED", "SECONDARY", *_MAPS[kind]]
    data.DerivationCodeSequence = [derivation()]
    if kind == "adc":
        data.DerivationDescription = "Mono-exponential fit; stored values in 1e-6 mm2/s"
        data.RealWorldValueMappingSequence = [diffusion_units()]
        _window(data, ADC_WINDOW)
    else:
        data.DerivationDescription = f"Geometric mean of the directions at b = {b:g} s/mm2"
        data.DiffusionBValue = b
    return data


def diffusion_units() -> Dataset:
    """Return the item of Real World Value Mapping Sequence that gives an ADC map quantity and unit."""
    item = Dataset()
    item.RealWorldValueFirstValueMapped, item.RealWorldValueLastValueMapped = 0, mr_signal.STORED_MAXIMUM
    item.RealWorldValueIntercept, item.RealWorldValueSlope = 0.0, 1.0
    item.LUTExplanation, item.LUTLabel = "Apparent diffusion coefficient", "ADC"
    item.MeasurementUnitsCodeSequence = [code("um2/s", "UCUM", "um2/s")]
    quantity = Dataset()
    quantity.ValueType = "CODE"
    quantity.ConceptNameCodeSequence = [code("246205007", "SCT", "Quantity")]
    quantity.ConceptCodeSequence = [code("113041", "DCM", "Apparent Diffusion Coefficient")]
    item.QuantityDefinitionSequence = [quantity]
    return item


def _map_image(shared: Dataset, scan: Scan, sources: Sequence[Block], index: int, created: datetime) -> Dataset:
    """Return one slice of a map: place, time, and the images that it comes from."""
    plane = sources[0].stack.plane(index)
    image = Dataset()
    image.update(shared)
    image.AcquisitionNumber = str(sources[0].pass_number)
    image.EchoTime, image.EchoNumbers = decimal(sources[0].te), str(sources[0].echo)
    image.ImageOrientationPatient = [decimal(value, 10) for value in plane.orientation]
    for keyword, text in (_place(plane) | _created(created)).items():
        setattr(image, keyword, text.split("\\") if "\\" in text else text)
    image.SourceImageSequence = []
    for block in sources:
        source = Dataset()
        source.ReferencedSOPClassUID = MRImageStorage
        source.ReferencedSOPInstanceUID = scan.sop_instance_uid(block, index)
        source.PurposeOfReferenceCodeSequence = [code("121322", "DCM", "Source image for image processing operation")]
        image.SourceImageSequence.append(source)
    if "WindowWidth" not in image:
        _window(image, max(block.window for block in sources))
    return image


def _map_pixels(scan: Scan, kind: Map, sources: Sequence[Block], index: int) -> bytes:
    return calculate(scan, kind, sources, index).tobytes()


def make(acquisition: Acquisition, series: Series) -> Iterator[Instance]:
    """Make the images of one series of an MR protocol."""
    if series.sequence == "adc" or series.sequence == "trace":
        return _calculate(acquisition, series, series.sequence)
    return _acquire(acquisition, series)


def _images(series: Series, plans: Sequence[Series]) -> int:
    """How many images a series of a protocol has."""
    if series.sequence in ("adc", "trace"):
        source = next((plan for plan in plans if plan.description == series.source), series)
        times = len({b for b in source.b_values if b > 0}) if series.sequence == "trace" else 1
        return times * source.slices * len(source.orientations)
    return series.slices * len(series.orientations) * len(series.te) * len(series.weightings)


def resize(plans: Sequence[Series], count: int) -> Sequence[Series]:
    """Change a protocol's series so that they make `count` images in all.

    The last plain stack of slices gets as many as are wanted, thinner over the same extent, and is repeated where one
    series would be too long; when there is no room for the others, they are left out from the end.

    Raises
    ------
    InputError
        When every series has several images per slice.
    """
    plain = [plan for plan in plans if plan.sequence not in ("adc", "trace") and _images(plan, plans) == plan.slices]
    if not plain:
        raise InputError("no series of the protocol has one image per slice: its number of images cannot be chosen")
    elastic, others = plain[-1], [plan for plan in plans if plan is not plain[-1]]
    while others and sum(_images(plan, plans) for plan in others) >= count:
        others.pop()
    rest = count - sum(_images(plan, plans) for plan in others)
    lengths = [KEPT_SLICES] * (rest // KEPT_SLICES) + [rest % KEPT_SLICES] * (rest % KEPT_SLICES > 0)
    return [
        resized
        for plan in plans
        for resized in (_stretched(elastic, lengths) if plan is elastic else [plan])
        if plan is elastic or plan in others
    ]


def _stretched(series: Series, lengths: Sequence[int]) -> list[Series]:
    """Return a stack again and again with these numbers of slices; of more than it has, over the same extent."""
    stretched = []
    for time, slices in enumerate(lengths, 1):
        step = min(series.step, max(THINNEST, round(series.step * series.slices / lengths[0], 3)))
        changes: dict[str, object] = {
            "slices": slices,
            "spacing": step,
            "thickness": min(series.thickness, max(THINNEST, step)),
        }
        if time > 1:  # as time points of a dynamic examination
            changes["description"] = f"{series.description[:54]} t{time}"
        stretched.append(series.model_copy(update=changes))
    return stretched


MAKER = Maker(object="mr", modality="MR", model=Series, make=make, resize=resize)
