"""Images: geometry, times, what is carried over from the worklist, encoding, and files."""

from __future__ import annotations

import warnings
from datetime import date, datetime
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filereader import read_dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from scansim.ids import Identity
from scansim.images import MAKERS, acquire, begin, builtin_protocols, find_protocol, instances, resized
from scansim.images.exam import character_set, performed_step, protocol_name
from scansim.images.instance import Whole
from scansim.inputs import InputError
from scansim.ledger import Ledger
from scansim.orders import PROCEDURES, order

DAY = date(2026, 1, 2)
IDENTITY = Identity(1, DAY, "images")
BEGIN = datetime(2026, 1, 2, 23, 58, 30)  # the exam passes midnight
PROTOCOLS = {"CT": resized(find_protocol("ct-abdomen", MAKERS), 5), "MR": resized(find_protocol("mr-abdomen", MAKERS), 5)}
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def ledger(modality="MR", item=None, **changes):
    if item is None:
        item = order(IDENTITY, modality=modality, station_ae="SCAN1", start=BEGIN, procedure=PROCEDURES[modality])
    values = {"scheduled": True, "study_instance_uid": IDENTITY.uid("study"), "pps_id": "PPS1", "mpps_uid": "2.25.77"}
    return Ledger(modality, "SCAN1", BEGIN, item, **{**values, **changes})


def exam(modality="MR", identity=IDENTITY, **changes):
    return list(acquire(ledger(modality, **changes), PROTOCOLS[modality], identity))


def first(modality="MR", **changes):
    """The first image's data set."""
    return next(acquire(ledger(modality, **changes), PROTOCOLS[modality], IDENTITY)).dataset()


def decode(blob, implicit):
    return read_dataset(BytesIO(blob), implicit, True)


@pytest.fixture(scope="module", params=["CT", "MR"])
def images(request):
    return exam(request.param)


def test_another_performed_step_of_the_study_has_other_uids():
    first, second = exam(), exam(pps_id="PPS2")
    assert not {i.sop_instance_uid for i in first} & {i.sop_instance_uid for i in second}


def test_worklist_values_are_carried_over(images):
    modality = images[0].dataset().Modality
    item = ledger(modality).item
    step = item.ScheduledProcedureStepSequence[0]
    for ds in (images[0].dataset(), images[-1].dataset()):
        for keyword in [
            "SpecificCharacterSet",
            "AccessionNumber",
            "ReferringPhysicianName",
            "PatientName",
            "PatientID",
            "IssuerOfPatientID",
            "PatientBirthDate",
            "PatientSex",
            "PatientWeight",
            "PatientSize",
        ]:
            assert ds[keyword].value == item[keyword].value, keyword
        assert ds.StudyID == item.RequestedProcedureID
        assert ds.StudyDescription == item.RequestedProcedureDescription
        assert ds.ProcedureCodeSequence == item.RequestedProcedureCodeSequence
        assert ds.PerformedProtocolCodeSequence == step.ScheduledProtocolCodeSequence
        assert ds.PerformedProcedureStepDescription == step.ScheduledProcedureStepDescription
        assert ds.PerformedProcedureStepID == "PPS1"
        assert ds.PerformingPhysicianName == step.ScheduledPerformingPhysicianName
        assert ds.StationName == "SCAN1"
        request = ds.RequestAttributesSequence[0]
        assert request.RequestedProcedureID == item.RequestedProcedureID
        assert request.RequestedProcedureDescription == item.RequestedProcedureDescription
        assert request.ScheduledProcedureStepID == step.ScheduledProcedureStepID
        assert request.ScheduledProcedureStepDescription == step.ScheduledProcedureStepDescription
        assert request.ScheduledProtocolCodeSequence == step.ScheduledProtocolCodeSequence
        reference = ds.ReferencedPerformedProcedureStepSequence[0]
        assert reference.ReferencedSOPClassUID == "1.2.840.10008.3.1.2.3.3"
        assert reference.ReferencedSOPInstanceUID == "2.25.77"
        assert "ReferencedStudySequence" not in ds  # empty in the order
        assert ds.ProtocolName == step.ScheduledProtocolCodeSequence[0].CodeMeaning
        assert "SYNTHETIC" in ds.PatientComments


def test_sequences_of_the_item_are_carried_over_when_usable():
    item = ledger().item
    whole, half, other, issuer = Dataset(), Dataset(), Dataset(), Dataset()
    half.ReferencedSOPClassUID = whole.ReferencedSOPClassUID = "1.2.840.10008.3.1.2.3.1"
    whole.ReferencedSOPInstanceUID = "2.25.5"
    other.PatientID, other.IssuerOfPatientID, other.TypeOfPatientID = "OTHER", "ELSEWHERE", "TEXT"
    issuer.LocalNamespaceEntityID = "RIS"
    item.ReferencedStudySequence = [whole, half]
    item.OtherPatientIDsSequence = [other]
    item.IssuerOfAccessionNumberSequence = [issuer]
    del item.ScheduledProcedureStepSequence[0].ScheduledProtocolCodeSequence[0].CodeMeaning
    item.RequestedProcedureCodeSequence[0].CodingSchemeDesignator = ""
    ds = first(item=item)
    assert [i.ReferencedSOPInstanceUID for i in ds.ReferencedStudySequence] == ["2.25.5"]
    assert ds.OtherPatientIDsSequence[0] == other
    assert ds.IssuerOfAccessionNumberSequence[0] == issuer
    assert ds.PerformedProtocolCodeSequence[0].CodeMeaning == PROCEDURES["MR"].protocol_code
    assert "ProcedureCodeSequence" not in ds  # a code without its scheme means nothing


def test_an_unscheduled_exam_asks_for_nothing():
    ds = first(scheduled=False, mpps_uid="")
    assert "RequestAttributesSequence" not in ds
    assert "ReferencedPerformedProcedureStepSequence" not in ds


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize("scheduled", [True, False])
def test_an_empty_item_gives_empty_type_2_attributes(modality, scheduled):
    instance = exam(modality, item=Dataset(), scheduled=scheduled)[0]
    for keyword in [
        "AccessionNumber",
        "ReferringPhysicianName",
        "PatientName",
        "PatientID",
        "PatientBirthDate",
        "PatientSex",
        "StudyID",
    ]:
        assert instance.dataset[keyword].is_empty, keyword
    assert not any(element.VR == "SQ" and not element.value for element in instance.dataset)
    assert "RequestAttributesSequence" not in instance.dataset
    assert instance.protocol_name == f"{modality} phantom"
    assert instance.encode(ExplicitVRLittleEndian)[0]


def test_ill_formed_values_are_dropped_where_no_scanner_could_use_them():
    raw = (
        b"\x10\x00\x30\x00\x0a\x00\x00\x001980-01-01"  # Patient's Birth Date
        b"\x10\x00\x40\x00\x02\x00\x00\x00X "  # Patient's Sex
        b"\x10\x00\x20\x10\x04\x00\x00\x00tall"  # Patient's Size
        b"\x10\x00\x30\x10\x04\x00\x00\x00nan "  # Patient's Weight
        b"\x40\x00\x00\x01\x02\x00\x00\x00ab"  # Scheduled Procedure Step Sequence
    )
    ds = first(item=decode(raw, True))
    assert (ds.PatientBirthDate, ds.PatientSex) == ("", "")
    assert "PatientSize" not in ds
    assert "PatientWeight" not in ds


@pytest.mark.filterwarnings("ignore")
def test_no_garbage_in_an_item_raises():
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR, stream.is_little_endian = True, True
    pydicom.filewriter.write_dataset(stream, ledger().item)
    clean, rng = buffer.getvalue(), IDENTITY.rng("garbage")
    used = 0
    for _ in range(150):
        blob = np.frombuffer(clean, np.uint8).copy()
        places = rng.integers(len(blob), size=12)
        blob[places] = rng.integers(256, size=12)
        try:
            item = decode(blob.tobytes(), True)
        except Exception:  # garbage that pydicom cannot even frame never becomes an item
            continue
        used += 1
        instance = next(acquire(ledger(item=item), PROTOCOLS["MR"], IDENTITY))
        for syntax in NATIVE:
            assert instance.encode(syntax)[0]
    assert used > 50


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("ISO_IR 192", "Synthetic-山田^太郎"),
        ("ISO_IR 100", "Synthetic-Müller^Änne"),
        (["", "ISO 2022 IR 87"], "Synthetic-Yamada^Tarou=山田^太郎=やまだ^たろう"),
    ],
)
def test_character_sets_survive(charset, name):
    item = Dataset()
    item.SpecificCharacterSet, item.PatientName = charset, name
    buffer = BytesIO()
    stream = DicomIO(buffer)
    stream.is_implicit_VR, stream.is_little_endian = True, True
    pydicom.filewriter.write_dataset(stream, item)
    instance = exam(item=decode(buffer.getvalue(), True))[0]
    ds = decode(b"".join(instance.encode(ImplicitVRLittleEndian)), True)
    assert ds.PatientName == name
    assert ds.SpecificCharacterSet == charset


def test_an_undefined_character_set_is_not_passed_on():
    item = Dataset()
    assert character_set(item) == ["ISO_IR 100"]
    item.SpecificCharacterSet = "ISO_IR 999"
    assert character_set(item) == ["ISO_IR 192"]


def test_performed_step_and_protocol_are_available_for_mpps():
    exam_ledger = ledger()
    step = performed_step(exam_ledger)
    image = first()
    assert len(step) == 5
    for element in step:
        assert image[element.tag] == element
    assert protocol_name(exam_ledger) == image.ProtocolName


def test_both_transfer_syntaxes_decode_to_the_same(images):
    instance = images[1]
    decoded = []
    for syntax in NATIVE:
        header, pixels = instance.encode(syntax)
        assert pixels is instance.pixels
        ds = decode(header + pixels, syntax.is_implicit_VR)
        assert ds.PixelData == pixels
        del ds.PixelData
        decoded.append(ds)
        assert ds == instance.dataset
    assert decoded[0] == decoded[1]
    assert instance.encode(NATIVE[1])[0].endswith(
        b"\xe0\x7f\x10\x00OW\0\0" + len(instance.pixels).to_bytes(4, "little")
    )


