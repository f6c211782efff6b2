"""Images against their worklist item and their performed step."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset

from scanproof.iod.across.item_and_step import against_item, against_step
from scansim.wire.dataset import EXPLICIT_LITTLE, read

CT = "1.2.840.10008.5.1.4.1.1.2"


def decoded(ds):
    buffer = DicomBytesIO()
    buffer.is_implicit_VR, buffer.is_little_endian = False, True
    write_dataset(buffer, ds)
    return read(buffer.getvalue(), EXPLICIT_LITTLE)


def image(**values):
    ds = Dataset()
    request = Dataset()
    request.RequestedProcedureID, request.ScheduledProcedureStepID = "R1", "S1"
    ds.PatientName, ds.PatientID, ds.ReferringPhysicianName = "Synthetic^Sam", "P1", ""
    ds.SOPClassUID, ds.SOPInstanceUID, ds.SeriesInstanceUID = CT, "1.4", "1.2"
    ds.RequestAttributesSequence = [request]
    for name, value in values.items():
        setattr(request if name in request else ds, name, value)
    return decoded(ds)


ITEM = {
    "PatientName": ("Synthetic^Sam^",),
    "PatientID": ("P1",),
    "ReferringPhysicianName": ("Synthetic-Doctor^Dora",),
    "RequestedProcedureID": ("R1",),
}
STEP = {"ScheduledProcedureStepID": ("S1",)}


@pytest.mark.parametrize(
    ("values", "tags"),
    [
        ({}, []),
        ({"PatientID": "P2"}, ["PatientID"]),
        ({"ReferringPhysicianName": "Synthetic-Doctor^Dan"}, ["ReferringPhysicianName"]),
        ({"RequestedProcedureID": "R2"}, ["RequestAttributesSequence[1] > RequestedProcedureID"]),
        ({"ScheduledProcedureStepID": "S2"}, ["RequestAttributesSequence[1] > ScheduledProcedureStepID"]),
        ({"PatientBirthDate": "19500101"}, []),
    ],
)
def test_an_image_is_compared_where_both_have_a_value(values, tags):
    found = list(against_item(image(**values), ITEM, STEP))
    assert [finding.tag for finding in found] == tags
    assert {finding.rule for finding in found} <= {"exam-item"}


def test_of_several_requests_each_is_of_another_item():
    ds = Dataset()
    ds.RequestAttributesSequence = [Dataset(), Dataset()]
    for number, request in enumerate(ds.RequestAttributesSequence):
        request.RequestedProcedureID = f"R{number}"
    assert list(against_item(decoded(ds), ITEM, STEP)) == []


def performed(series="1.2", instance="1.4", sop_class=CT):
    reference = Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = sop_class, instance
    item = Dataset()
    item.SeriesInstanceUID, item.ReferencedImageSequence = series, [reference]
    ds = Dataset()
    ds.PerformedSeriesSequence = [item]
    return decoded(ds)


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (performed(), []),
        (performed(series="1.9"), ["ReferencedSOPInstanceUID"]),
        (performed(sop_class="1.2.3"), ["ReferencedSOPClassUID"]),
        (performed(series="1.9", instance="1.7"), []),
    ],
)
def test_a_step_names_instances_under_their_series_and_class(step, names):
    found = list(against_step(step, [image()]))
    assert [finding.tag.rpartition(" > ")[2] for finding in found] == names
    assert {finding.rule for finding in found} <= {"exam-step"}
