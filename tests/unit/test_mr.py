"""Single-frame MR images: geometry, attributes that agree with the signal, maps, sizes, and how protocols are read."""

from __future__ import annotations

from datetime import date, datetime
from io import BytesIO

import numpy as np
import pytest
from pydantic import ValidationError
from pydicom.filereader import read_dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import mr
from scansim.images.acquisition import MAKERS, acquire
from scansim.images.anatomy import PHANTOMS
from scansim.images.geometry import Plane
from scansim.images.mr_scan import Series
from scansim.images.protocol import builtin_protocols, find_protocol
from scansim.images.template import pixel_data_header
from scansim.images.tissue import NAMES
from scansim.inputs import InputError
from scansim.wire.encoding import encode

IDENTITY = Identity(1, date(2026, 1, 2), "mr")
BEGIN = datetime(2026, 1, 2, 23, 58, 30)  # the exam passes midnight


def ledger():
    item = order(IDENTITY, modality="MR", station_ae="SCAN1", start=BEGIN, procedure=PROCEDURES["MR"])
    return Ledger("MR", "SCAN1", BEGIN, item, scheduled=True, study_instance_uid=IDENTITY.uid("study"), pps_id="PPS1")


def series(**changes):
    return Series.model_validate({"description": "x", "sequence": "spin-echo", "matrix": 32, **changes})


def images(*plans):
    protocol = find_protocol("mr-small", MAKERS).model_copy(update={"series": plans})
    return list(acquire(ledger(), protocol, IDENTITY))


def pixels(instance):
    ds = instance.dataset()
    return np.frombuffer(instance.pixels(), "<u2").reshape(ds.Rows, ds.Columns)


def mean(instance, tissue, phantom="head"):
    """Mean stored value of the pixels whose whole neighbourhood is one tissue, in the middle plane of the slice."""
    ds = instance.dataset()
    orientation = [float(v) for v in ds.ImageOrientationPatient]
    spacing = tuple(float(v) for v in ds.PixelSpacing)
    along, down = np.array(orientation[:3]), np.array(orientation[3:])
    corner = np.array([float(v) for v in ds.ImagePositionPatient])
    centre = corner + along * spacing[1] * (ds.Columns - 1) / 2 + down * spacing[0] * (ds.Rows - 1) / 2
    plane = Plane(tuple(centre), tuple(along), tuple(down), (ds.Rows, ds.Columns), spacing, float(ds.SliceThickness))
    mask = np.ones((ds.Rows, ds.Columns), dtype=bool)
    for distance in (-plane.thickness / 2, 0, plane.thickness / 2):
        labels = PHANTOMS[phantom].labels(plane.moved(distance)) == NAMES.index(tissue)
        for axis in (0, 1):
            for shift in (-1, 1):
                mask &= np.roll(labels, shift, axis)
        mask &= labels
    assert mask.sum() >= 3, f"no {tissue} in this slice"
    return pixels(instance)[mask].mean()


@pytest.fixture(scope="module")
def small():
    made = list(acquire(ledger(), find_protocol("mr-small", MAKERS), IDENTITY))
    by_name = {}
    for instance in made:
        by_name.setdefault(instance.series_description, []).append(instance)
    return by_name


def test_every_protocol_file_is_valid_and_mr_head_is_the_default():
    names = [name for name in builtin_protocols() if name.startswith("mr-")]
    assert {"mr-head", "mr-abdomen", "mr-head-oblique", "mr-multi-echo", "mr-small"} <= set(names)
    assert [name for name in names if find_protocol(name, MAKERS).default] == ["mr-head"]


def test_numbers_and_uids_are_those_of_one_exam(small):
    every = [instance.dataset() for made in small.values() for instance in made]
    assert len({ds.SOPInstanceUID for ds in every}) == len(every) == 27
    assert {ds.SOPClassUID for ds in every} == {MRImageStorage}
    assert len({ds.FrameOfReferenceUID for ds in every}) == len({ds.StudyInstanceUID for ds in every}) == 1
    for number, made in enumerate(small.values(), 1):
        numbers = [(ds.SeriesNumber, ds.InstanceNumber) for ds in (instance.dataset() for instance in made)]
        assert numbers == [(number, index) for index in range(1, len(made) + 1)]


def test_time_moves_forward_from_the_beginning_of_the_exam(small):
    acquired = []
    for made in small.values():
        created = []
        for ds in (instance.dataset() for instance in made):
            created.append(ds.ContentDate + ds.ContentTime.ljust(13, "."))
            assert ds.SeriesDate + ds.SeriesTime.ljust(13, ".") <= created[-1]
            if ds.ImageType[0] == "ORIGINAL":
                acquired.append((ds.AcquisitionDate + ds.AcquisitionTime.ljust(13, "."), ds.EchoNumbers))
                assert acquired[-1][0] < created[-1]
        if made[0].series_description != "T2":  # whose two echoes come of the same pass
            assert created == sorted(created)
    first_echoes = [at for at, echo in acquired if echo == 1]
    assert first_echoes == sorted(first_echoes)
    assert first_echoes[0] > BEGIN.strftime("%Y%m%d%H%M%S")


def test_the_localizer_has_three_planes_at_right_angles(small):
    normals = []
    for instance in small["Localizer"]:
        orientation = np.array(instance.dataset().ImageOrientationPatient, dtype=float)
        normals.append(np.cross(orientation[:3], orientation[3:]))
    assert np.allclose(np.abs(np.array(normals) @ np.array(normals).T), np.eye(3))


def test_fluid_is_dark_in_t1_bright_in_t2_dark_in_flair(small):
    t1, late, flair = small["T1"][2], small["T2"][3], small["FLAIR"][0]
    assert late.dataset().EchoTime == 96
    assert mean(flair, "fluid") < 0.35 * mean(flair, "white matter")
    assert mean(late, "fluid") > 2 * mean(late, "grey matter") > 2 * mean(late, "white matter")
    assert mean(t1, "white matter") > mean(t1, "grey matter")
    assert mean(flair, "stroke") > mean(flair, "grey matter") > mean(flair, "white matter")


def test_the_second_echo_is_the_first_one_decayed(small):
    first, second = (instance.dataset() for instance in (small["T2"][0], small["T2"][3]))
    assert (first.EchoNumbers, second.EchoNumbers) == (1, 2)
    assert first.ImagePositionPatient == second.ImagePositionPatient
    assert first.AcquisitionNumber == second.AcquisitionNumber
    decay = mean(small["T2"][3], "white matter") / mean(small["T2"][0], "white matter")
    assert decay == pytest.approx(np.exp(-(96 - 30) / 78), rel=0.03)


def test_a_stroke_is_bright_in_dwi_and_dark_in_adc(small):
    unweighted, weighted = small["DWI"][0], small["DWI"][2]
    assert unweighted.dataset().DiffusionBValue == 0
    assert "DiffusionGradientOrientation" not in unweighted.dataset()
    assert weighted.dataset().DiffusionBValue == 1000
    assert np.linalg.norm(weighted.dataset().DiffusionGradientOrientation) == pytest.approx(1)
    assert mean(weighted, "stroke") > 1.5 * mean(weighted, "white matter")
    assert mean(small["ADC"][0], "stroke") == pytest.approx(400, abs=30)  # 1e-6 mm2/s
    assert mean(small["ADC"][0], "white matter") == pytest.approx(750, abs=30)


def test_a_trace_image_lies_between_its_directions(small):
    directions = [mean(instance, "white matter") for instance in small["DWI"][2::2]]
    assert min(directions) * 0.98 < mean(small["TRACE"][0], "white matter") < max(directions) * 1.02


def test_maps_are_derived_and_name_their_sources(small):
    source = {instance.sop_instance_uid: instance.dataset() for instance in small["DWI"]}
    for name, count in (("ADC", 4), ("TRACE", 3)):
        for instance in small[name]:
            ds = instance.dataset()
            assert list(ds.ImageType)[:2] == ["DERIVED", "SECONDARY"]
            references = [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence]
            assert len(set(references)) == count
            assert {str(source[uid].ImagePositionPatient) for uid in references} == {str(ds.ImagePositionPatient)}
    assert (
        small["ADC"][0].dataset().RealWorldValueMappingSequence[0].MeasurementUnitsCodeSequence[0].CodeValue == "um2/s"
    )


@pytest.mark.parametrize("name", ["mr-head-oblique", "mr-abdomen"])
def test_slices_are_orthonormal_and_equidistant(name):
    stacks = {}
    for instance in acquire(ledger(), find_protocol(name, MAKERS), IDENTITY):
        ds = instance.dataset()
        stacks.setdefault((instance.series_instance_uid, str(ds.ImageOrientationPatient)), []).append(ds)
    for stack in stacks.values():
        along, down = np.array(stack[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
        assert abs(along @ along - 1) < 1e-6
        assert abs(down @ down - 1) < 1e-6
        assert abs(along @ down) < 1e-6
        normal = np.cross(along, down)
        places = np.array([ds.ImagePositionPatient for ds in stack], dtype=float)
        assert np.allclose(np.diff(places @ normal), float(stack[0].SpacingBetweenSlices), atol=1e-5)
        assert np.allclose(np.diff(places, axis=0) @ along, 0, atol=1e-5)
        assert np.allclose([float(ds.SliceLocation) for ds in stack], places @ normal, atol=1e-4)
        assert all(len(part) <= 16 for part in str(stack[0]["ImageOrientationPatient"].value).strip("[]").split(", "))


def test_attributes_say_what_was_played_out(small):
    gradient, spin, turbo, inversion, planar = (
        small[name][0].dataset() for name in ("Localizer", "T1", "T2", "FLAIR", "DWI")
    )
    assert [gradient.ScanningSequence, spin.ScanningSequence, turbo.ScanningSequence] == ["GR", "SE", "SE"]
    assert list(inversion.ScanningSequence) == ["SE", "IR"]
    assert list(planar.ScanningSequence) == ["SE", "EP"]
    assert [gradient.SequenceVariant, spin.SequenceVariant, turbo.SequenceVariant] == ["SP", "NONE", "SK"]
    assert inversion.InversionTime == 2370
    assert all("InversionTime" not in ds for ds in (gradient, spin, turbo, planar))
    assert [ds.EchoTrainLength for ds in (gradient, spin, turbo, planar)] == [1, 1, 16, 64]
    assert gradient.FlipAngle == 30
    assert planar.ScanOptions == "FS"
    assert float(spin.ImagingFrequency) == pytest.approx(42.577 * float(spin.MagneticFieldStrength))
    assert spin.AcquisitionMatrix == [64, 0, 0, 64]  # phase encoded in rows
    assert spin.InPlanePhaseEncodingDirection == "ROW"
    assert turbo.SAR > spin.SAR > gradient.SAR


def test_phase_encoding_along_columns_turns_the_acquisition_matrix():
    (instance,) = images(series(phase="column"))
    ds = instance.dataset()
    assert (ds.InPlanePhaseEncodingDirection, ds.AcquisitionMatrix) == ("COL", [0, 32, 32, 0])


def test_noise_falls_with_averages_and_thickness():
    def background(**changes):
        (instance,) = images(series(matrix=64, **changes))
        return pixels(instance)[:4].astype(float).mean()  # in front of the nose

    plain = background()
    assert background(averages=4) == pytest.approx(plain / 2, rel=0.1)
    assert background(thickness=10) == pytest.approx(plain / 2, rel=0.1)


def test_a_slice_at_the_edge_is_filled_in_part():
    top = max(shape.centre[2] + shape.axes[2] for shape in PHANTOMS["head"].shapes)  # mm
    (part,) = images(series(matrix=64, centre=(0, 0, top + 2), thickness=10))
    fat = 2400  # stored value of the brightest tissue, which fat is here; 3 of the slice's 10 mm are in it
    assert pixels(part)[31:33, 31:33].mean() == pytest.approx(0.3 * fat, rel=0.25)


@pytest.mark.parametrize("transfer_syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian])
def test_the_template_gives_the_bytes_that_pydicom_writes(small, transfer_syntax):
    implicit = transfer_syntax == ImplicitVRLittleEndian
    for made in small.values():
        head, data = made[-1].encode(transfer_syntax)
        slow = encode(made[-1].dataset(), transfer_syntax) + pixel_data_header(len(data), implicit, b"OW")
        assert head == slow
        ds = read_dataset(BytesIO(head + data), implicit, True)
        assert len(ds.PixelData) == ds.Rows * ds.Columns * 2


def test_the_same_exam_gives_the_same_bytes(small):
    again = list(acquire(ledger(), find_protocol("mr-small", MAKERS), IDENTITY))
    for made in (instance for group in small.values() for instance in group):
        assert made.encode(ExplicitVRLittleEndian) == again.pop(0).encode(ExplicitVRLittleEndian)


def test_stored_values_stay_within_their_bits(small):
    for made in small.values():
        for instance in made:
            assert pixels(instance).max() < 2 ** instance.dataset().BitsStored


@pytest.mark.parametrize("count", [1, 2, 26, 27, 28, 200, 1000])
def test_a_protocol_can_be_resized_to_any_number_of_images(count):
    plans = mr.resize(find_protocol("mr-small", MAKERS).series, count)
    total = sum(
        len(plan.orientations) * len(plan.te) * len(plan.weightings) * plan.slices
        if plan.sequence not in ("trace", "adc")
        else 2
        for plan in plans
    )
    assert total == count
    assert len({plan.description for plan in plans}) == len(plans)


def test_more_slices_cover_the_same_extent():
    (plan,) = mr.resize([series(slices=20, thickness=5, spacing=6)], 100)
    assert plan.step * plan.slices == pytest.approx(120)
    assert plan.thickness <= 5


def test_a_protocol_without_a_plain_stack_cannot_be_resized():
    with pytest.raises(InputError, match="one image per slice"):
        mr.resize([series(te=(10, 20))], 5)


def test_a_map_needs_its_source_before_it():
    with pytest.raises(InputError, match="no diffusion series 'DWI' before it"):
        images(series(), Series(description="ADC", sequence="adc", source="DWI"))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sequence": "inversion-recovery", "tr": 9000}, "needs a ti between 0 and tr, 9000"),
        ({"ti": 100}, "ti is for inversion-recovery only"),
        ({"b_values": [0, 1000]}, "b_values is for diffusion only"),
        ({"sequence": "diffusion", "b_values": [1000]}, "needs b_values with 0"),
        ({"echo_train": 4}, "echo_train is for turbo-spin-echo, inversion-recovery only"),
        ({"flip": 20}, "flip is for gradient-echo only"),
        ({"te": [20, 10]}, "te has to rise"),
        ({"te": [600]}, "below tr, 500 ms"),
        ({"sequence": "turbo-spin-echo", "echo_train": 64}, "at most matrix, 32"),
        ({"source": "DWI"}, "source is for maps only"),
        ({"sequence": "adc", "source": "DWI"}, "takes matrix from its source"),
        ({"thickness": 0.1}, "greater than or equal to 0.5"),
    ],
)
def test_a_series_that_no_scanner_could_play_is_refused(changes, message):
    with pytest.raises(ValidationError, match=message):
        series(**changes)
