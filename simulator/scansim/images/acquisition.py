"""Acquire an exam: series after series, instance after instance, on the exam's own clock."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import numpy as np
from pydicom.dataset import Dataset

from scansim.ids import Identity
from scansim.images import ct, exam, mr
from scansim.images.phantom import Noise, Plane
from scansim.images.series import Instance, Scanner, SeriesPlan
from scansim.ledger import Ledger

#: A new modality is one file and one line here.
SCANNERS = {"CT": ct.SCANNER, "MR": mr.SCANNER}

_POSITIONING = timedelta(seconds=60)  # before each series
_RECONSTRUCTION = timedelta(seconds=2)  # from acquisition to image
_EXTENT = 400.0  # mm that axial slices cover at most, while slices are no thinner than _THINNEST
_THICKEST, _THINNEST = 5.0, 0.625  # mm
_LOCALIZER_STEP = 10.0  # mm


def acquire(ledger: Ledger, plans: Sequence[SeriesPlan], identity: Identity) -> Iterator[Instance]:
    """Acquire `plans` one after the other, one instance at a time: nothing is kept.

    The same ledger, plans and identity give the same bytes. UIDs depend on study and performed step as well, so one
    identity serves several exams; one performed step is acquired by one call.

    Raises
    ------
    ValueError
        If nothing here acquires the ledger's modality.
    """
    scanner = SCANNERS.get(ledger.modality)
    if scanner is None:
        raise ValueError(f"modality {ledger.modality!r}: allowed are {', '.join(sorted(SCANNERS))}")
    return _stream(scanner, ledger, plans, identity)


def _stream(scanner: Scanner, ledger: Ledger, plans: Sequence[SeriesPlan], identity: Identity) -> Iterator[Instance]:
    key = ("image", ledger.study_instance_uid, ledger.pps_id)
    shared = exam.attributes(ledger)
    shared.SOPClassUID = scanner.sop_class_uid
    shared.FrameOfReferenceUID = identity.uid(*key, "frame of reference")
    shared.PositionReferenceIndicator = ""
    shared.PatientPosition = "HFS"
    shared.BodyPartExamined = "ABDOMEN"
    noise = Noise(identity, scanner.size, scanner.noise)
    pace = timedelta(seconds=scanner.pace)
    start = ledger.begin + _POSITIONING
    for number, plan in enumerate(plans, 1):
        planes = _planes(scanner, plan)
        series = _series(shared, scanner, plan, number, planes[0], start)
        series.SeriesInstanceUID = identity.uid(*key, "series", number)
        for index, plane in enumerate(planes):
            ds = Dataset()
            ds.update(series)
            ds.SOPInstanceUID = identity.uid(*key, "instance", number, index)
            _place(ds, plane, index, start + index * pace)
            stored = np.maximum(scanner.render(plane) + noise.next(), scanner.lowest)
            yield Instance(ds, stored.astype("<i2").tobytes())
        start += len(planes) * pace + _POSITIONING


def _planes(scanner: Scanner, plan: SeriesPlan) -> list[Plane]:
    """Return equidistant planes, centred on the phantom: axial from head to feet, frontal from front to back."""
    count = plan.instances
    if plan.kind == "localizer":
        step, thickness, direction = _LOCALIZER_STEP, scanner.localizer_thickness, 1
    else:
        step, direction = _THICKEST, -1
        while step > _THINNEST and count * step > _EXTENT:
            step /= 2
        thickness = step
    first = -direction * (count - 1) / 2 * step
    return [
        Plane(plan.kind, scanner.size, scanner.spacing[plan.kind], thickness, step, first + direction * index * step)
        for index in range(count)
    ]


def _series(shared: Dataset, scanner: Scanner, plan: SeriesPlan, number: int, plane: Plane, start: datetime) -> Dataset:
    """Return what the instances of a series have in common."""
    ds = Dataset()
    ds.update(shared)
    ds.update(scanner.describe(plane))
    ds.SeriesNumber = str(number)
    ds.AcquisitionNumber = str(number)
    ds.SeriesDate, ds.SeriesTime = exam.date_time(start)
    ds.SeriesDescription = plan.description or f"{shared.Modality} {plan.kind}"
    ds.Rows = ds.Columns = scanner.size
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelSpacing = [_ds(plane.spacing)] * 2
    ds.SliceThickness = _ds(plane.thickness)
    ds.ImageOrientationPatient = [_ds(cosine) for cosine in plane.orientation]
    ds.BurnedInAnnotation = "NO"
    ds.LossyImageCompression = "00"
    return ds


def _place(ds: Dataset, plane: Plane, index: int, acquired: datetime) -> None:
    """Set what tells one instance of a series from the next: number, place and time."""
    ds.InstanceNumber = str(index + 1)
    ds.ImagePositionPatient = [_ds(coordinate) for coordinate in plane.position]
    ds.SliceLocation = _ds(plane.offset)
    ds.AcquisitionDate, ds.AcquisitionTime = exam.date_time(acquired)
    ds.ContentDate, ds.ContentTime = exam.date_time(acquired + _RECONSTRUCTION)
    ds.InstanceCreationDate, ds.InstanceCreationTime = ds.ContentDate, ds.ContentTime


def _ds(value: float) -> str:
    """Return `value` as a DS of at most 16 characters (PS3.5 6.2), without a negative zero."""
    return f"{round(value, 6) + 0.0:.12g}"
