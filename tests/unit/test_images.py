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

from scansim.generate import generate
from scansim.ids import Identity
from scansim.images import SeriesPlan, acquire
from scansim.images.exam import character_set, performed_step, protocol_name
from scansim.ledger import Ledger
from scansim.orders import PROCEDURES, order

DAY = date(2026, 1, 2)
IDENTITY = Identity(1, DAY, "images")
BEGIN = datetime(2026, 1, 2, 23, 58, 30)  # the exam passes midnight
PLANS = (SeriesPlan("localizer", 1), SeriesPlan("axial", 4, "thin"))
NATIVE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def ledger(modality="MR", item=None, **changes):
    if item is None:
        item = order(IDENTITY, modality=modality, station_ae="SCAN1", start=BEGIN, procedure=PROCEDURES[modality])
    values = {"scheduled": True, "study_instance_uid": IDENTITY.uid("study"), "pps_id": "PPS1", "mpps_uid": "2.25.77"}
    return Ledger(modality, "SCAN1", BEGIN, item, **{**values, **changes})


def exam(modality="MR", plans=PLANS, identity=IDENTITY, **changes):
    return list(acquire(ledger(modality, **changes), plans, identity))


def decode(blob, implicit):
    return read_dataset(BytesIO(blob), implicit, True)


@pytest.fixture(scope="module", params=["CT", "MR"])
def images(request):
    return exam(request.param)


def test_series_are_numbered_and_share_one_study_and_frame_of_reference(images):
    assert [(i.dataset.SeriesNumber, i.dataset.InstanceNumber) for i in images] == [(1, 1)] + [
        (2, number) for number in (1, 2, 3, 4)
    ]
    assert len({i.sop_instance_uid for i in images}) == 5
    assert len({i.series_instance_uid for i in images}) == 2
    assert {i.dataset.StudyInstanceUID for i in images} == {IDENTITY.uid("study")}
    assert len({i.dataset.FrameOfReferenceUID for i in images}) == 1
    assert images[0].series_description.endswith("localizer")
    assert images[1].series_description == "thin"


def test_axial_slices_are_equidistant_along_their_normal_and_centred(images):
    axial = [i.dataset for i in images[1:]]
    orientation = np.array(axial[0].ImageOrientationPatient, dtype=float)
    normal = np.cross(orientation[:3], orientation[3:])
    assert normal.tolist() == [0, 0, 1]
    positions = np.array([ds.ImagePositionPatient for ds in axial], dtype=float)
    along = positions @ normal
    assert np.diff(along).tolist() == [-float(axial[0].SliceThickness)] * 3
    assert along.sum() == 0
    assert [float(ds.SliceLocation) for ds in axial] == along.tolist()
    centre = positions[0, :2] + (axial[0].Rows - 1) / 2 * float(axial[0].PixelSpacing[0])
    assert centre.tolist() == [0, 0]


def test_the_localizer_is_a_frontal_plane(images):
    ds = images[0].dataset
    assert [float(v) for v in ds.ImageOrientationPatient] == [1, 0, 0, 0, 0, -1]
    assert [float(v) for v in ds.ImagePositionPatient] == [
        -(ds.Columns - 1) / 2 * float(ds.PixelSpacing[1]),
        0,
        (ds.Rows - 1) / 2 * float(ds.PixelSpacing[0]),
    ]


@pytest.mark.parametrize(("count", "spacing"), [(80, 5.0), (81, 2.5), (400, 0.625), (2000, 0.625)])
def test_many_slices_are_thinner_not_farther(count, spacing):
    stream = acquire(ledger(), [SeriesPlan("axial", count)], IDENTITY)
    first, second = next(stream).dataset, next(stream).dataset
    assert float(first.SliceThickness) == spacing
    assert float(first.ImagePositionPatient[2]) - float(second.ImagePositionPatient[2]) == spacing
    assert float(first.ImagePositionPatient[2]) == (count - 1) / 2 * spacing


def test_times_move_forward_from_the_ledger_and_over_midnight(images):
    def moment(ds, what):
        text = ds[f"{what}Date"].value + ds[f"{what}Time"].value
        return datetime.strptime(text, "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S")

    previous = BEGIN
    for instance in images:
        ds = instance.dataset
        assert moment(ds, "Study") == BEGIN
        assert moment(ds, "PerformedProcedureStepStart") == BEGIN
        assert BEGIN < moment(ds, "Series") <= moment(ds, "Acquisition") < moment(ds, "Content")
        assert moment(ds, "Content") == moment(ds, "InstanceCreation")
        assert previous < moment(ds, "Acquisition")
        previous = moment(ds, "Acquisition")
    assert previous.date() == date(2026, 1, 3)


def test_ct_is_in_hounsfield_units():
    scout, *axial = exam("CT")
    assert list(scout.dataset.ImageType) == ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    assert list(axial[0].dataset.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    pixels = np.frombuffer(axial[1].pixels, "<i2").reshape(512, 512)
    assert abs(pixels[:60].mean() + 1000) < 1  # air
    assert pixels[:60].std() == pytest.approx(12, abs=1)
    assert abs(pixels[235:245, 330:345].mean() - 50) < 5  # muscle, on the left of the patient
    assert pixels.min() >= -1024


def test_mr_stays_within_its_stored_bits():
    for instance in exam("MR"):
        pixels = np.frombuffer(instance.pixels, "<u2")
        assert len(pixels) == 256 * 256
        assert pixels.max() < 1 << instance.dataset.BitsStored
        assert pixels.max() > 800


def test_noise_differs_from_slice_to_slice_and_seeds_give_the_same_bytes():
    first, again, other = exam(), exam(), exam(identity=Identity(2, DAY, "images"))
    assert [i.encode(ExplicitVRLittleEndian) for i in first] == [i.encode(ExplicitVRLittleEndian) for i in again]
    assert len({i.pixels for i in first}) == len(first)
    assert not {i.sop_instance_uid for i in first} & {i.sop_instance_uid for i in other}
    assert not {i.pixels for i in first} & {i.pixels for i in other}


def test_another_performed_step_of_the_study_has_other_uids():
    first, second = exam(), exam(pps_id="PPS2")
    assert not {i.sop_instance_uid for i in first} & {i.sop_instance_uid for i in second}


def test_worklist_values_are_carried_over(images):
    modality = images[0].dataset.Modality
    item = ledger(modality).item
    step = item.ScheduledProcedureStepSequence[0]
    for ds in (images[0].dataset, images[-1].dataset):
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
    ds = exam(item=item, plans=PLANS[:1])[0].dataset
    assert [i.ReferencedSOPInstanceUID for i in ds.ReferencedStudySequence] == ["2.25.5"]
    assert ds.OtherPatientIDsSequence[0] == other
    assert ds.IssuerOfAccessionNumberSequence[0] == issuer
    assert ds.PerformedProtocolCodeSequence[0].CodeMeaning == PROCEDURES["MR"].protocol_code
    assert "ProcedureCodeSequence" not in ds  # a code without its scheme means nothing


def test_an_unscheduled_exam_asks_for_nothing():
    ds = exam(scheduled=False, mpps_uid="", plans=PLANS[:1])[0].dataset
    assert "RequestAttributesSequence" not in ds
    assert "ReferencedPerformedProcedureStepSequence" not in ds


@pytest.mark.parametrize("modality", ["CT", "MR"])
@pytest.mark.parametrize("scheduled", [True, False])
def test_an_empty_item_gives_empty_type_2_attributes(modality, scheduled):
    instance = exam(modality, PLANS[:1], item=Dataset(), scheduled=scheduled)[0]
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
    ds = exam(item=decode(raw, True), plans=PLANS[:1])[0].dataset
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
        instance = next(acquire(ledger(item=item), PLANS[:1], IDENTITY))
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
    instance = exam(item=decode(buffer.getvalue(), True), plans=PLANS[:1])[0]
    ds = decode(instance.encode(ImplicitVRLittleEndian)[0] + instance.pixels, True)
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
    image = exam(plans=PLANS[:1])[0].dataset
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


def test_what_cannot_be_acquired_or_encoded_is_refused_by_name(images):
    with pytest.raises(ValueError, match=r"1\.2\.840\.10008\.1\.2\.2"):
        images[0].encode(ExplicitVRBigEndian)
    with pytest.raises(ValueError, match="allowed are CT, MR"):
        acquire(Ledger("US", "A", BEGIN, Dataset(), False, "2.25.1", "P"), PLANS, IDENTITY)
    with pytest.raises(ValueError, match="oblique"):
        SeriesPlan("oblique", 1)
    with pytest.raises(ValueError, match="at least 1"):
        SeriesPlan("axial", 0)


def test_images_are_streamed():
    stream = acquire(ledger(), [SeriesPlan("axial", 10**5)], IDENTITY)
    assert next(stream).dataset.InstanceNumber == 1


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_generated_files_are_readable_and_reproducible(tmp_path, modality):
    done = []
    paths = generate(modality, tmp_path / "a", instances=3, seed=4, day=DAY, progress=done.append)
    assert [path.name for path in paths] == ["IMG0001.dcm", "IMG0002.dcm", "IMG0003.dcm"]
    assert sorted((tmp_path / "a").iterdir()) == paths
    assert done == [1, 2, 3]
    again = generate(modality, tmp_path / "b", instances=3, seed=4, day=DAY)
    assert [p.read_bytes() for p in again] == [p.read_bytes() for p in paths]
    other = generate(modality, tmp_path / "c", instances=1, seed=5, day=DAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second, alone = (pydicom.dcmread(path) for path in (paths[0], paths[1], other[0]))
    assert first.file_meta.MediaStorageSOPInstanceUID == first.SOPInstanceUID
    assert second.pixel_array.shape == (second.Rows, second.Columns)
    assert first.StudyInstanceUID == second.StudyInstanceUID != alone.StudyInstanceUID
    assert first.PatientName.family_name.startswith("Synthetic-")
    assert alone.SliceLocation == 0


def test_a_folder_that_cannot_be_made_raises(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        generate("MR", tmp_path / "file", instances=1, seed=1, day=DAY)
    with pytest.raises(ValueError, match="at least 1"):
        generate("MR", tmp_path, instances=0, seed=1, day=DAY)
