"""What a scanner adds to an exam: dose report, dose page and key object selection."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest
from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import ct, dose_page, dose_report, key_objects
from scansim.images.acquisition import instances
from scansim.images.protocol import Protocol, begin
from scansim.wire import part10
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.others import dicom3tools, require

IDENTITY = Identity(1, date(2026, 1, 2), "extras")
BEGIN = datetime(2026, 1, 2, 23, 58, 30)  # the exam passes midnight
ALL = ("dose-report", "dose-page", "key-objects")
SPIRAL = {"description": "Spiral", "slices": 4, "thickness": 5, "step": 5, "matrix": 64, "pitch": 0.9, "kvp": 100}
STEPS = {"description": "Steps", "slices": 3, "thickness": 5, "step": 20, "matrix": 64, "pitch": 0, "current": 120}
SERIES = (
    {"localizer": {"length": 64, "width": 64}},
    {"axial": SPIRAL},
    {"reformat": {"description": "Coronal", "orientation": "coronal", "slices": 2, "step": 8}},
    {"axial": STEPS},
)


def protocol(extras=ALL, phantom="thorax", series=SERIES):
    plans = tuple(ct.MAKER.model.model_validate(plan) for plan in series)
    return Protocol(id="ct-test", title="Test", object="ct", phantom=phantom, series=plans, extras=extras)


def exam(chosen=None, **changes):
    """An acquisition that has ended, and its instances."""
    item = order(IDENTITY, modality="CT", station_ae="SCAN1", start=BEGIN, procedure=PROCEDURES["CT"])
    values = {"scheduled": True, "study_instance_uid": IDENTITY.uid("study"), "pps_id": "P1", "mpps_uid": "2.25.77"}
    acquisition = begin(Ledger("CT", "SCAN1", BEGIN, item, **{**values, **changes}), IDENTITY, chosen or protocol())
    return acquisition, list(instances(acquisition))


@pytest.fixture(scope="module")
def finished():
    return exam()


@pytest.fixture(scope="module")
def report(finished):
    return finished[1][-3].dataset()


def name(item):
    return item.ConceptNameCodeSequence[0].CodeMeaning if "ConceptNameCodeSequence" in item else ""


def found(item, meaning):
    """All content items of a name, in a tree."""
    here = [child for child in item.get("ContentSequence", ()) if name(child) == meaning]
    return here + [deep for child in item.get("ContentSequence", ()) for deep in found(child, meaning)]


def numbers(item, meaning):
    return [float(child.MeasuredValueSequence[0].NumericValue) for child in found(item, meaning)]


def codes(item, meaning):
    return [child.ConceptCodeSequence[0].CodeMeaning for child in found(item, meaning)]


def moment(text):
    return datetime.strptime(text, "%Y%m%d%H%M%S.%f" if "." in text else "%Y%m%d%H%M%S")


def images(finished, description):
    return [i.dataset() for i in finished[1] if i.series_description == description]


def test_each_extra_is_a_series_of_its_own(finished):
    _, made = finished
    documents = [i.dataset() for i in made[-3:]]
    assert [(ds.Modality, ds.SeriesNumber) for ds in documents] == [("SR", 5), ("CT", 6), ("KO", 7)]
    assert len({i.series_instance_uid for i in made}) == 7
    assert len({i.sop_instance_uid for i in made}) == len(made)
    assert len({i.dataset().StudyInstanceUID for i in made}) == 1


def test_documents_are_made_after_the_images_and_the_clock_goes_on(finished):
    acquisition, made = finished
    times = [moment(f"{ds.ContentDate}{ds.ContentTime}") for ds in (i.dataset() for i in made[-3:])]
    last = images(finished, "Steps")[-1]
    assert moment(f"{last.ContentDate}{last.ContentTime}") < times[0] < times[1] < times[2] < acquisition.now


def test_report_is_of_the_ct_template_and_of_this_study(report):
    assert name(report) == "X-Ray Radiation Dose Report"
    assert report.ContentTemplateSequence[0].TemplateIdentifier == "10011"
    assert codes(report, "Procedure reported") == ["Computed Tomography X-Ray"]
    assert codes(report, "Has Intent") == ["Diagnostic Intent"]
    assert codes(report, "Scope of Accumulation") == ["Study"]
    assert [item.UID for item in found(report, "Study Instance UID")] == [IDENTITY.uid("study")]
    assert codes(report, "Source of Dose Information") == ["Automated Data Collection"]


def test_report_has_an_event_for_each_irradiation_and_none_for_reformats(report):
    assert numbers(report, "Total Number of Irradiation Events") == [3]
    assert [item.TextValue for item in found(report, "Acquisition Protocol")] == ["Localizer", "Spiral", "Steps"]
    assert codes(report, "CT Acquisition Type") == [
        "Constant Angle Acquisition",
        "Spiral Acquisition",
        "Sequenced Acquisition",
    ]
    assert len({item.UID for item in found(report, "Irradiation Event UID")}) == 3
    assert codes(report, "Target Region") == ["Chest"] * 3


def test_report_agrees_with_the_images(finished, report):
    for description, event in zip(("Localizer", "Spiral", "Steps"), found(report, "CT Acquisition"), strict=True):
        first = images(finished, description)[0]
        assert [item.UID for item in found(event, "Irradiation Event UID")] == [first.IrradiationEventUID]
        assert numbers(event, "KVP") == [float(first.KVP)]
        assert numbers(event, "X-Ray Tube Current") == [float(first.XRayTubeCurrent)]
        assert [item.DateTime for item in found(event, "DateTime Started")] == [
            first.AcquisitionDate + first.AcquisitionTime
        ]
        assert first.FrameOfReferenceUID == found(event, "Frame of Reference UID")[0].UID
        if description == "Localizer":
            assert not found(event, "CT Dose")
            assert numbers(event, "Exposure Time") == [float(first.ExposureTime) / 1000]
        else:
            assert numbers(event, "Mean CTDIvol") == [first.CTDIvol]
            assert numbers(event, "Exposure Time per Rotation") == [first.RevolutionTime]
            assert numbers(event, "Nominal Total Collimation Width") == [first.TotalCollimationWidth]
            assert codes(event, "CTDIw Phantom Type") == [first.CTDIPhantomTypeCodeSequence[0].CodeMeaning]


def test_lengths_follow_from_the_slices_and_doses_from_the_lengths(report):
    scout, spiral, steps = found(report, "CT Acquisition")
    assert numbers(scout, "Scanning Length") == [64]
    assert numbers(spiral, "Length of Reconstructable Volume") == [20]
    assert numbers(spiral, "Pitch Factor") == [0.9]
    # half a rotation more at either end: 0.9 times 40 mm
    assert numbers(spiral, "Scanning Length") == numbers(spiral, "Exposed Range") == [56]
    assert numbers(steps, "Length of Reconstructable Volume") == [45]
    assert numbers(steps, "Scanning Length") == [80]  # two rotations of 40 mm
    assert not found(steps, "Exposed Range")
    assert numbers(steps, "Pitch Factor") == [1]  # side by side
    doses = []
    for event in (spiral, steps):
        (dlp,) = numbers(event, "DLP")
        assert dlp == pytest.approx(
            numbers(event, "Mean CTDIvol")[0] * numbers(event, "Scanning Length")[0] / 10, abs=0.01
        )
        doses.append(dlp)
    assert numbers(report, "CT Dose Length Product Total") == [pytest.approx(sum(doses))]


def test_top_and_bottom_are_the_outer_edges(finished, report):
    spiral = found(report, "CT Acquisition")[1]
    heights = [float(ds.ImagePositionPatient[2]) for ds in images(finished, "Spiral")]
    assert numbers(spiral, "Top Z Location of Reconstructable Volume") == [max(heights) + 2.5]
    assert numbers(spiral, "Bottom Z Location of Reconstructable Volume") == [min(heights) - 2.5]


def test_irradiation_begins_with_the_first_event_and_ends_before_the_report(report):
    begun, ended = (
        moment(found(report, meaning)[0].DateTime)
        for meaning in ("Start of X-Ray Irradiation", "End of X-Ray Irradiation")
    )
    starts = [moment(item.DateTime) for item in found(report, "DateTime Started")]
    assert begun == starts[0] < starts[-1] < ended < moment(report.ContentDate + report.ContentTime)


def test_report_names_the_images_as_evidence(finished, report):
    _, made = finished
    (study,) = report.CurrentRequestedProcedureEvidenceSequence
    named = [
        sop.ReferencedSOPInstanceUID
        for series in study.ReferencedSeriesSequence
        for sop in series.ReferencedSOPSequence
    ]
    assert study.StudyInstanceUID == IDENTITY.uid("study")
    assert named == [i.sop_instance_uid for i in made[:-3]]


@pytest.mark.parametrize("scheduled", [True, False])
def test_documents_name_the_request_when_there_is_one(scheduled):
    _, made = exam(protocol(series=SERIES[:1]), scheduled=scheduled)
    for document in (made[-3].dataset(), made[-1].dataset()):
        assert ("ReferencedRequestSequence" in document) == scheduled
        if scheduled:
            (request,) = document.ReferencedRequestSequence
            assert request.AccessionNumber == document.AccessionNumber != ""
            assert request.RequestedProcedureID
            assert request.RequestedProcedureCodeSequence[0].CodeValue == "CTABD"


def test_a_document_has_nothing_of_an_image_series(report, finished):
    for ds in (report, finished[1][-1].dataset()):
        for keyword in ("ProtocolName", "FrameOfReferenceUID", "BodyPartExamined", "RequestAttributesSequence"):
            assert keyword not in ds
        assert ds.ReferencedPerformedProcedureStepSequence[0].ReferencedSOPInstanceUID == "2.25.77"


@pytest.mark.parametrize(
    ("phantom", "region", "intent", "dosimetry"),
    [
        ("head", "Head", "Diagnostic Intent", "IEC Head Dosimetry Phantom"),
        ("abdomen", "Abdomen", "Diagnostic Intent", "IEC Body Dosimetry Phantom"),
        ("qc", "Phantom", "Quality Control Intent", "IEC Body Dosimetry Phantom"),
    ],
)
def test_region_and_intent_follow_from_what_lies_on_the_table(phantom, region, intent, dosimetry):
    _, made = exam(protocol(("dose-report",), phantom, SERIES[1:2]))
    report = made[-1].dataset()
    assert codes(report, "Target Region") == [region]
    assert codes(report, "Has Intent") == [intent]
    assert codes(report, "CTDIw Phantom Type") == [dosimetry]


def item(**values):
    ds = Dataset()
    for keyword, value in values.items():
        setattr(ds, keyword, value)
    return ds


def test_technique_is_found_in_functional_groups_too():
    acquisition, _ = exam(protocol((), series=SERIES[1:2]))
    frames = [item(PlanePositionSequence=[item(ImagePositionPatient=[0, 0, z])]) for z in (50, 45, 40)]
    shared = item(
        CTAcquisitionTypeSequence=[item(AcquisitionType="SPIRAL")],
        CTTableDynamicsSequence=[item(SpiralPitchFactor=0.5)],
        CTAcquisitionDetailsSequence=[item(RevolutionTime=0.4, SingleCollimationWidth=1.0, TotalCollimationWidth=20.0)],
        CTXRayDetailsSequence=[item(KVP="140")],
        CTExposureSequence=[item(XRayTubeCurrentInmA=300.0, CTDIvol=10.0)],
        PixelMeasuresSequence=[item(SliceThickness="5", PixelSpacing=[1.0, 1.0])],
        PlaneOrientationSequence=[item(ImageOrientationPatient=[1.0, 0.0, 0.0, 0.0, 1.0, 0.0])],
        IrradiationEventIdentificationSequence=[item(IrradiationEventUID="2.25.5")],
    )
    enhanced = item(
        Modality="CT",
        ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"],
        AcquisitionDateTime="20260102235930.5",
        Rows=64,
        Columns=64,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=frames,
    )
    acquisition.finished = [replace(acquisition.finished[0], first=enhanced, last=enhanced)]
    (event,) = dose_report.events(acquisition)
    assert (event.uid, event.kvp, event.current, event.pitch, event.ctdi) == ("2.25.5", 140, 300, 0.5, 10)
    assert (event.edges, event.length, event.dlp) == ((52.5, 37.5), 25, 25)
    assert event.exposure_time == 1.0  # 25 mm at 10 mm a rotation of 0.4 s
    assert event.begin == datetime(2026, 1, 2, 23, 59, 30, 500_000)


@pytest.mark.parametrize("make", [dose_report.make, dose_page.make, key_objects.make])
def test_without_images_there_is_nothing_to_tell(make):
    acquisition, _ = exam(protocol((), series=SERIES[:1]))
    acquisition.finished.clear()
    assert list(make(acquisition)) == []


def test_an_exam_that_does_not_irradiate_has_no_dose(finished):
    acquisition, _ = exam(protocol((), series=SERIES[1:2]))
    (record,) = acquisition.finished
    magnetic = record.first
    magnetic.Modality = "MR"
    acquisition.finished = [replace(record, first=magnetic)]
    assert list(dose_report.make(acquisition)) == []
    assert list(dose_page.make(acquisition)) == []


def test_dose_page_is_a_burned_in_secondary_capture(finished):
    page = finished[1][-2]
    ds = page.dataset()
    assert (ds.ConversionType, ds.BurnedInAnnotation, ds.BitsAllocated) == ("WSD", "YES", 8)
    assert list(ds.ImageType)[:2] == ["DERIVED", "SECONDARY"]
    pixels = np.frombuffer(page.pixels(), np.uint8).reshape(ds.Rows, ds.Columns)
    assert set(np.unique(pixels)) == {16, 230}
    title = dose_page.draw(["SYNTHETIC TEST DATA - NOT A PATIENT"])
    assert (pixels[:44] == title[:44]).all()


def test_dose_page_has_a_line_for_each_event_and_the_total(finished):
    acquisition, _ = finished
    lines = dose_page._lines(acquisition, dose_report.events(acquisition))
    assert [line.split()[:2] for line in lines if line[:1].isdigit()] == [
        ["1", "Localizer"],
        ["2", "Spiral"],
        ["3", "Steps"],
    ]
    total = sum(event.dlp for event in dose_report.events(acquisition))
    assert any(line.startswith(f"Total DLP {total:.1f} mGy*cm") for line in lines)
    many = dose_page._lines(acquisition, dose_report.events(acquisition) * 20)
    assert len(many) <= 21
    assert "and 52 more" in many


def test_glyphs_differ_and_letters_without_one_become_a_box():
    shapes = {dose_page._glyph(character).tobytes() for character in dose_page._GLYPHS}
    assert len(shapes) == len(dose_page._GLYPHS)
    assert (dose_page.draw(["Größe É"]) == dose_page.draw(["GROSSE E"])).all()
    assert (dose_page.draw(["山"]) == dose_page.draw(["田"])).all()
    assert (dose_page.draw(["山"]) != dose_page.draw([" "])).any()


def test_key_objects_reject_the_last_images_and_name_just_them(finished):
    ds = finished[1][-1].dataset()
    steps = images(finished, "Steps")
    rejected = [sop.SOPInstanceUID for sop in steps[-2:]]
    assert name(ds) == "Rejected for Quality Reasons"
    assert ds.ContentTemplateSequence[0].TemplateIdentifier == "2010"
    assert codes(ds, "Document Title Modifier") == ["Motion blur"]
    shown = [item.ReferencedSOPSequence[0] for item in ds.ContentSequence if item.ValueType == "IMAGE"]
    assert [sop.ReferencedSOPInstanceUID for sop in shown] == rejected
    (study,) = ds.CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    assert series.SeriesInstanceUID == steps[0].SeriesInstanceUID
    assert [sop.ReferencedSOPInstanceUID for sop in series.ReferencedSOPSequence] == rejected


@pytest.mark.parametrize("syntax", [EXPLICIT_LITTLE, IMPLICIT_LITTLE])
def test_the_same_exam_gives_the_same_bytes(finished, syntax):
    _, again = exam()
    assert [i.encode(syntax) for i in finished[1][-3:]] == [i.encode(syntax) for i in again[-3:]]


def complaints(folder, made):
    """What dciodvfy says of instances, but for the names of their classes and our own coding scheme."""
    paths = []
    for number, instance in enumerate(made):
        paths.append(folder / f"{number}.dcm")
        meta = part10.preamble(instance.sop_class_uid, instance.sop_instance_uid, EXPLICIT_LITTLE)
        part10.write(paths[-1], meta, *instance.encode(EXPLICIT_LITTLE))
    said = []
    for path in paths:
        done = subprocess.run([dicom3tools("dciodvfy"), path], capture_output=True, text=True, timeout=20, check=False)
        said += [line for line in (done.stdout + done.stderr).splitlines() if line.startswith(("Error", "Warning"))]
    return [line for line in said if "<99SCANPROOF>" not in line]


@pytest.mark.parametrize("scheduled", [True, False])
def test_dciodvfy_finds_nothing(tmp_path, scheduled):
    _, made = exam(scheduled=scheduled)
    assert complaints(tmp_path, made[-3:]) == []


def test_dcmtk_reads_the_documents(tmp_path, finished):
    dsrdump = require("dsrdump", "dcmtk")
    complaints(tmp_path, [finished[1][-3], finished[1][-1]])  # writes the files
    for file, title in (("0.dcm", "X-Ray Radiation Dose Report"), ("1.dcm", "Rejected for Quality Reasons")):
        done = subprocess.run([dsrdump, tmp_path / file], capture_output=True, text=True, timeout=20, check=False)
        assert (done.returncode, title in done.stdout) == (0, True), done.stderr
