"""Orders: complete worklist items, and files that a worklist server can read."""

from __future__ import annotations

from datetime import date, datetime

import pydicom
import pytest

from scansim.identity.ids import Identity
from scansim.identity.orders import CODING_SCHEME, PROCEDURES, order, write_worklist_file
from scansim.identity.people import person

IDENTITY = Identity(1, date(2026, 1, 2), "orders")
START = datetime(2026, 1, 2, 9, 30)

# PS3.4 Table K.6-1: Type 1 and Type 2 return keys, and the 1C ones that we always support.
TYPE_1 = [
    "ScheduledProcedureStepSequence",
    "RequestedProcedureID",
    "RequestedProcedureDescription",
    "RequestedProcedureCodeSequence",
    "StudyInstanceUID",
    "PatientName",
    "PatientID",
]
TYPE_2 = [
    "ReferencedStudySequence",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "AccessionNumber",
    "RequestingPhysician",
    "ReferringPhysicianName",
    "AdmissionID",
    "CurrentPatientLocation",
    "ReferencedPatientSequence",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "ConfidentialityConstraintOnPatientDataDescription",
    "PatientState",
    "PregnancyStatus",
    "MedicalAlerts",
    "Allergies",
    "SpecialNeeds",
]
STEP_TYPE_1 = [
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "Modality",
    "ScheduledProcedureStepDescription",
    "ScheduledProtocolCodeSequence",
    "ScheduledProcedureStepID",
]
STEP_TYPE_2 = [
    "ScheduledPerformingPhysicianName",
    "ScheduledStationName",
    "ScheduledProcedureStepLocation",
]


def ct_order(**changes):
    arguments = {"modality": "CT", "station_ae": "SCAN1", "start": START, "procedure": PROCEDURES["CT"]}
    return order(IDENTITY, **{**arguments, **changes})


def test_every_type_1_and_type_2_attribute_is_there():
    item = ct_order()
    assert len(item.ScheduledProcedureStepSequence) == 1
    step = item.ScheduledProcedureStepSequence[0]
    assert [k for k in TYPE_1 if not item.get(k)] == []
    assert [k for k in TYPE_2 if k not in item] == []
    assert [k for k in STEP_TYPE_1 if not step.get(k)] == []
    assert [k for k in STEP_TYPE_2 if k not in step] == []


def test_values_are_those_asked_for_and_fit_their_vr():
    item = ct_order()
    step = item.ScheduledProcedureStepSequence[0]
    assert (step.Modality, step.ScheduledStationAETitle) == ("CT", "SCAN1")
    assert (step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime) == ("20260102", "093000")
    code = item.RequestedProcedureCodeSequence[0]
    assert (code.CodeValue, code.CodingSchemeDesignator) == (PROCEDURES["CT"].code, CODING_SCHEME)
    assert step.ScheduledProtocolCodeSequence[0].CodeMeaning == PROCEDURES["CT"].protocol_meaning
    for value in (item.AccessionNumber, item.RequestedProcedureID, step.ScheduledProcedureStepID, code.CodeValue):
        assert 0 < len(value) <= 16
    assert item.PatientName.family_name.startswith("Synthetic-")


def test_orders_are_reproducible_and_keys_tell_them_apart():
    assert ct_order() == ct_order()
    first, second = ct_order(), ct_order(key="second")
    for keyword in ("AccessionNumber", "StudyInstanceUID", "RequestedProcedureID", "PatientID"):
        assert first[keyword].value != second[keyword].value


def test_orders_may_share_a_patient():
    patient = person(IDENTITY, "shared")
    first, second = ct_order(patient=patient), ct_order(patient=patient, key="second")
    assert first.PatientID == second.PatientID == patient.patient_id
    assert first.AccessionNumber != second.AccessionNumber


def test_the_worklist_file_is_a_dicom_file_holding_the_order(tmp_path):
    item = ct_order()
    path = write_worklist_file(item, tmp_path)
    assert path == tmp_path / f"{item.AccessionNumber}.wl"
    assert list(tmp_path.iterdir()) == [path]
    ds = pydicom.dcmread(path)
    assert ds.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.5.1.4.31"
    assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian
    assert ds.file_meta.MediaStorageSOPInstanceUID.is_valid
    assert ds == item
    before = path.read_bytes()
    assert write_worklist_file(item, tmp_path).read_bytes() == before


def test_the_file_name_is_safe_and_falls_back_to_the_step(tmp_path):
    item = ct_order()
    item.AccessionNumber = "../A 1"
    assert write_worklist_file(item, tmp_path).name == ".._A_1.wl"
    item.AccessionNumber = ""
    step_id = item.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID
    assert write_worklist_file(item, tmp_path) == tmp_path / f"{step_id}.wl"
    item.ScheduledProcedureStepSequence[0].ScheduledProcedureStepID = ""
    with pytest.raises(ValueError, match="Accession Number"):
        write_worklist_file(item, tmp_path)


def test_a_folder_that_cannot_be_written_raises_and_leaves_nothing(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_worklist_file(ct_order(), tmp_path / "absent")
    assert list(tmp_path.iterdir()) == []
