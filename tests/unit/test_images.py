"""Images: geometry, times, what is carried over from the worklist, encoding, and files."""

from __future__ import annotations

import tracemalloc
from datetime import date, datetime
from io import BytesIO

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.filebase import DicomIO
from pydicom.filereader import read_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from scansim.identity.carried import character_set, performed_step, protocol_name
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import MAKERS, Acquired, acquire, begin, builtin_protocols, find_protocol, instances, resized
from scansim.images.instance import Whole
from scansim.inputs import InputError
from tests.support.sample import sample

DAY = date(2026, 1, 2)
IDENTITY = Identity(1, DAY, "images")
BEGIN = datetime(2026, 1, 2, 23, 58, 30)  # the exam passes midnight
PROTOCOLS = {name: resized(find_protocol(f"{name.lower()}-abdomen", MAKERS), 5) for name in ("CT", "MR")}
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
        assert instance.dataset()[keyword].is_empty, keyword
    assert not any(element.VR == "SQ" and not element.value for element in instance.dataset())
    assert "RequestAttributesSequence" not in instance.dataset()
    assert instance.dataset().ProtocolName == PROTOCOLS[modality].title
    assert instance.encode(ExplicitVRLittleEndian)[0]


@pytest.mark.parametrize(("given", "sent"), [("M", "M"), ("F", "F"), ("O", "O"), ("", ""), ("X", ""), ("m", "")])
def test_patients_sex_is_carried_when_it_is_one_of_the_enumerated_values(given, sent):
    """M, F and O (PS3.3 C.7.1.1); another value would make our own images wrong."""
    item = ledger().item
    item["PatientSex"]._value = given
    assert first(item=item).PatientSex == sent


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


@pytest.mark.long
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
    assert protocol_name(exam_ledger).value == image.ProtocolName


# --- what holds of every protocol -------------------------------------------------------------------------------------


def small(name):
    """The protocol with few images: all its kinds of series that fit, and its extras."""
    protocol = find_protocol(name, MAKERS)
    if protocol.object not in ("ct", "enhanced-ct"):
        return protocol
    series = []
    for plan in protocol.series:
        kind = next(
            kind for kind in ("localizer", "axial", "reconstruction", "reformat") if getattr(plan, kind) is not None
        )
        few = {"axial": {"slices": 3, "matrix": 64}, "localizer": {}}.get(kind, {"slices": 2})
        series.append(plan.model_copy(update={kind: getattr(plan, kind).model_copy(update=few)}))
    return protocol.model_copy(update={"series": tuple(series)})


def object_of(name):
    return find_protocol(name, MAKERS).object


@pytest.fixture(scope="module", params=sample(builtin_protocols(), kind=object_of))
def made(request):
    protocol = small(request.param)
    acquisition = begin(ledger_for(protocol), IDENTITY, protocol)
    return acquisition, list(instances(acquisition))


def ledger_for(protocol):
    modality = MAKERS[protocol.object].modality
    procedure = PROCEDURES.get(modality, PROCEDURES["CT"])
    item = order(IDENTITY, modality=modality, station_ae="SCAN1", start=BEGIN, procedure=procedure)
    return ledger(modality, item)


def moment(ds, what):
    text = ds[f"{what}Date"].value + ds[f"{what}Time"].value
    return datetime.strptime(text, "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S")


def test_identity_holds_together(made):
    acquisition, exam_ = made
    uids = [instance.sop_instance_uid for instance in exam_]
    assert len(set(uids)) == len(uids)
    assert {len(uid) for uid in uids} == {44}
    views = [instance.view() for instance in exam_]
    assert {view.StudyInstanceUID for view in views} == {IDENTITY.uid("study")}
    frames = {view.FrameOfReferenceUID for view in views if "FrameOfReferenceUID" in view}
    assert len(frames) <= 1
    numbers = [int(view.SeriesNumber) for view in views]
    assert numbers == sorted(numbers)
    series = {}
    for view in views:
        series.setdefault(view.SeriesInstanceUID, []).append(int(view.InstanceNumber))
    assert len(series) == len(set(numbers))
    for each in series.values():
        assert each == list(range(1, len(each) + 1))
    assert [record.uid for record in acquisition.finished] == list(series)
    assert [uid for record in acquisition.finished for _, uid in record.instances] == uids


def test_an_instance_says_the_same_when_the_exam_has_gone_on(made):
    acquisition, exam_ = made
    again = begin(ledger_for(acquisition.protocol), IDENTITY, acquisition.protocol)
    at_once = [instance.dataset() for instance in instances(again)]
    assert at_once == [instance.view() for instance in exam_]


def test_a_finished_exam_is_made_again_byte_for_byte():
    first, second = (find_protocol(name, MAKERS) for name in ("ct-abdomen-contrast", "enhanced-ct-head"))
    kept = ledger("CT", mpps_uid="")
    acquisition, acquired = begin(kept, IDENTITY, resized(first, 4)), Acquired()

    def encoded(some):
        return [(each.sop_instance_uid, each.encode(ExplicitVRLittleEndian)[0]) for each in some]

    at_once = encoded(acquired.acquire(acquisition))
    kept.mpps_uid = "2.25.77"  # a step that is created later: the images were made without
    acquisition.go_on(resized(second, 1))
    at_once += encoded(acquired.acquire(acquisition))
    assert len(acquired) == len(at_once) > 5
    assert encoded(acquired) == encoded(acquired) == at_once
    assert [uid for uid, _ in at_once] == [uid for record in acquisition.finished for _, uid in record.instances]
    assert list(acquired.series) == [record.uid for record in acquisition.finished]
    assert {of.description for of in acquired.series.values() if not of.images} == {"Dose report", "Rejected images"}
    assert sum(1 for each in acquired if each.is_image) < len(acquired)


def test_of_an_instance_no_more_is_kept_than_its_name():
    count, some = 60, find_protocol("dx-chest", MAKERS)
    acquisition, acquired = begin(ledger_for(some), IDENTITY, resized(some, count)), Acquired()
    tracemalloc.start()
    assert sum(1 for _ in acquired.acquire(acquisition)) == count
    held, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 400_000  # bytes; so many data sets take three times as many
    assert most < 1_500_000


def test_of_an_exam_that_was_broken_off_no_more_is_made_again_than_there_was():
    acquisition, acquired = begin(ledger("CT"), IDENTITY, PROTOCOLS["CT"]), Acquired()
    uids = [instance.sop_instance_uid for instance, _ in zip(acquired.acquire(acquisition), range(2), strict=False)]
    assert [instance.sop_instance_uid for instance in acquired][:2] == uids
    assert len(acquired) == len(list(acquired)) < 5


def test_times_move_forward_and_end_before_the_step_ends(made):
    acquisition, exam_ = made
    previous = BEGIN
    for instance in exam_:
        ds = instance.view()
        assert moment(ds, "Study") == moment_of(ds, "PerformedProcedureStepStart", BEGIN) == BEGIN
        assert moment_of(ds, "Series", previous) > BEGIN
        content = moment(ds, "Content")
        assert BEGIN < content < acquisition.now
        if ds.get("AcquisitionTime"):
            assert BEGIN < moment(ds, "Acquisition") <= content
        previous = content
    assert acquisition.now.date() == date(2026, 1, 3)


def moment_of(ds, what, otherwise):
    return moment(ds, what) if f"{what}Time" in ds else otherwise


@pytest.mark.long
@pytest.mark.parametrize("syntax", NATIVE)
def test_bytes_are_those_that_pydicom_writes(made, syntax):
    for instance in made[1]:
        ds = instance.dataset()
        if instance.is_image:
            vr = "OW" if ds.BitsAllocated > 8 or syntax.is_implicit_VR else "OB"
            ds.add_new("PixelData", vr, instance.pixels())
        buffer = BytesIO()
        stream = DicomIO(buffer)
        stream.is_implicit_VR, stream.is_little_endian = syntax.is_implicit_VR, True
        pydicom.filewriter.write_dataset(stream, ds)
        assert b"".join(instance.encode(syntax)) == buffer.getvalue()
        assert decode(buffer.getvalue(), syntax.is_implicit_VR) == ds


@pytest.mark.long
def test_pixels_are_as_many_as_the_attributes_say_and_fit_their_bits(made):
    for instance in made[1]:
        ds, pixels = instance.view(), instance.pixels()
        assert instance.is_image == bool(pixels)
        if not instance.is_image:
            assert isinstance(instance, Whole)
            continue
        samples = ds.Rows * ds.Columns * int(ds.get("NumberOfFrames", 1)) * ds.SamplesPerPixel
        assert len(pixels) == samples * ds.BitsAllocated // 8
        values = np.frombuffer(pixels, f"<{'i' if ds.PixelRepresentation else 'u'}{ds.BitsAllocated // 8}")
        low = -(1 << ds.BitsStored - 1) if ds.PixelRepresentation else 0
        assert low <= values.min() < values.max() < low + (1 << ds.BitsStored)


def test_a_seed_gives_the_same_bytes_and_another_one_nothing_alike():
    one, again, other = exam("CT"), exam("CT"), exam("CT", Identity(2, DAY, "images"))
    assert [i.encode(NATIVE[1]) for i in one] == [i.encode(NATIVE[1]) for i in again]
    assert len({i.pixels() for i in one}) == len(one)
    assert not {i.sop_instance_uid for i in one} & {i.sop_instance_uid for i in other}
    assert not {i.pixels() for i in one} & {i.pixels() for i in other}


def test_what_does_not_fit_is_refused_by_name():
    with pytest.raises(InputError, match="protocol ct-abdomen is for CT, the exam is for MR"):
        acquire(ledger("MR"), PROTOCOLS["CT"], IDENTITY)


def test_a_second_protocol_goes_on_with_numbers_and_clock():
    acquisition = begin(ledger("CT"), IDENTITY, small("ct-scout"))
    before = list(instances(acquisition))
    now = acquisition.now
    acquisition.go_on(PROTOCOLS["CT"])
    after = list(instances(acquisition))
    assert [int(i.view().SeriesNumber) for i in before] == [1, 2]
    assert {int(i.view().SeriesNumber) for i in after} == {3, 4}
    assert moment(after[0].view(), "Acquisition") >= now
    assert acquisition.title(before[0].series_instance_uid) == "CT scout"
    assert acquisition.title(after[0].series_instance_uid) == "CT abdomen native"
