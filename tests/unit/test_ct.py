"""CT: geometry, HU and noise that can be measured, dose that agrees with itself, phases and reformats."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from pydantic import ValidationError
from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.images import MAKERS, acquire, builtin_protocols, find_protocol, resized, shortened
from scansim.images.anatomy import QC_INSERTS
from scansim.images.ct_plan import Axial, Localizer, Series, Technique, resize
from scansim.images.sections import MOST_SLICES
from scansim.images.tissue import TISSUES
from scansim.inputs import InputError

IDENTITY = Identity(1, date(2026, 1, 2), "ct")
BEGIN = datetime(2026, 1, 2, 9, 30)


def acquired(protocol):
    ledger = Ledger("CT", "SCAN1", BEGIN, Dataset(), False, IDENTITY.uid("study"), "PPS1")
    return list(acquire(ledger, protocol, IDENTITY))


def protocol(*series, phantom="abdomen", extras=()):
    base = find_protocol("ct-abdomen", MAKERS)
    return base.model_copy(update={"series": series, "phantom": phantom, "extras": extras})


def axial(**changes):
    return Series(axial=Axial(**{"description": "A", "slices": 3, "thickness": 5, "step": 5, "matrix": 128, **changes}))


def hu(instance):
    ds = instance.view()
    kind = "<i2" if ds.PixelRepresentation else "<u2"
    values = np.frombuffer(instance.pixels(), kind).reshape(ds.Rows, ds.Columns)
    return values * float(ds.RescaleSlope) + float(ds.RescaleIntercept)


def region(instance, x, y, radius):
    """Values within `radius` mm of a place in patient coordinates, in an untilted axial slice."""
    ds, image = instance.view(), hu(instance)
    left, top = (float(value) for value in ds.ImagePositionPatient[:2])
    row, column = float(ds.PixelSpacing[0]), float(ds.PixelSpacing[1])
    ys = top + np.arange(ds.Rows)[:, None] * row
    xs = left + np.arange(ds.Columns)[None, :] * column
    return image[(xs - x) ** 2 + (ys - y) ** 2 <= radius**2]


def positions(images):
    return np.array([image.view().ImagePositionPatient for image in images], dtype=float)


def test_slices_are_equidistant_along_their_normal_and_centred():
    images = acquired(protocol(axial(slices=5, step=4, thickness=3)))
    views = [image.view() for image in images]
    where = positions(images)
    assert np.diff(where[:, 2]).tolist() == [-4] * 4  # head first
    assert where[:, 2].sum() == 0
    assert [float(view.SliceLocation) for view in views] == where[:, 2].tolist()
    middle = where[0, :2] + (views[0].Rows - 1) / 2 * float(views[0].PixelSpacing[0])
    assert middle.tolist() == [0, 0]
    assert list(views[0].ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]


def test_a_tilted_gantry_shears_the_stack_because_the_table_travels_along_z():
    images = acquired(protocol(axial(slices=4, step=6, tilt=18, pitch=0), phantom="head"))
    view = images[0].view()
    along, down = np.split(np.array(view.ImageOrientationPatient, dtype=float), 2)
    normal = np.cross(along, down)
    tilt = np.degrees(np.arccos(normal[2]))
    assert tilt == pytest.approx(18, abs=1e-3)
    assert float(view.GantryDetectorTilt) == 18
    assert normal[1] < 0 < down[2]  # the top of the gantry leans towards the feet, where the table comes in
    steps = np.diff(positions(images), axis=0)
    assert steps == pytest.approx(np.array([[0, 0, -6]] * 3), abs=1e-4)
    locations = np.array([float(image.view().SliceLocation) for image in images])
    assert np.diff(locations) == pytest.approx(-6 * np.cos(np.radians(18)), abs=1e-3)
    with pytest.raises(ValidationError, match="needs pitch: 0"):
        axial(tilt=5)


def test_heads_are_tilted_so_that_the_eyes_are_spared():
    """Negative: the gantry's top leans away from the table, so that the front of a slice is nearer to the vertex."""
    plan = find_protocol("ct-head-tilt", MAKERS).series[1].axial
    assert plan.tilt < 0 == plan.pitch
    few = plan.model_copy(update={"matrix": 64})
    images = acquired(protocol(Series(axial=few), phantom="head", extras=("dose-report",)))
    slices, report = images[:-1], images[-1].view()
    along, down = np.split(np.array(slices[-1].view().ImageOrientationPatient, dtype=float), 2)
    assert down[2] < 0 < np.cross(along, down)[1]
    lowest = np.array(slices[-1].view().ImagePositionPatient, dtype=float)
    eye = np.array([31.0, -76.0, -28.0 + 12])  # the upper end of one
    assert (lowest - eye) @ np.cross(along, down) > -plan.thickness
    assert float(np.linalg.norm(np.cross(along, down))) == pytest.approx(1, abs=1e-6)
    # the report tells where the middle of the slices lies on the table, not their first pixels
    acquisition = next(i for i in report.ContentSequence if i.ConceptNameCodeSequence[0].CodeValue == "113819")
    parameters = next(i for i in acquisition.ContentSequence if i.ConceptNameCodeSequence[0].CodeValue == "113822")
    told = {i.ConceptNameCodeSequence[0].CodeValue: i for i in parameters.ContentSequence if i.ValueType == "NUM"}
    top, bottom = (float(told[code].MeasuredValueSequence[0].NumericValue) for code in ("113895", "113896"))
    assert (top, bottom) == pytest.approx((plan.top, plan.top - plan.coverage), abs=0.01)


@pytest.mark.parametrize(("view", "orientation"), [("frontal", [1, 0, 0, 0, 0, -1]), ("lateral", [0, 1, 0, 0, 0, -1])])
def test_localizers_are_projections_along_their_normal(view, orientation):
    image = acquired(protocol(Series(localizer=Localizer(view=view, length=128, width=500, centre=-30))))[0]
    ds = image.view()
    assert list(ds.ImageType) == ["ORIGINAL", "PRIMARY", "LOCALIZER"]
    assert [float(value) for value in ds.ImageOrientationPatient] == orientation
    assert (ds.Rows, ds.Columns, ds.RescaleType) == (128, 500, "US")
    assert float(ds.ImagePositionPatient[2]) == 63.5 - 30
    assert "CTDIvol" not in ds
    values = np.frombuffer(image.pixels(), "<u2").reshape(128, 500).astype(float)
    assert values[:, :5].mean() == pytest.approx(1000, abs=3)  # air
    assert values[64, 220:280].mean() > 1150  # the body


def test_the_qc_phantom_holds_what_it_says_where_it_says():
    images = acquired(protocol(axial(slices=1, field_of_view=250, matrix=256, current=800, bits=16), phantom="qc"))
    for tissue, (x, y) in QC_INSERTS.items():
        assert region(images[0], x, y, 8).mean() == pytest.approx(TISSUES[tissue].hu, abs=1.5), tissue
    assert region(images[0], 0, 0, 20).mean() == pytest.approx(0, abs=1)
    ds = images[0].view()
    assert (ds.BitsStored, ds.PixelRepresentation, ds.RescaleIntercept, ds.RescaleType) == (16, 1, 0, "HU")


def test_noise_falls_with_the_root_of_dose_and_thickness():
    def noise(**changes):
        plan = axial(slices=1, field_of_view=250, matrix=256, bits=16, **changes)
        return region(acquired(protocol(plan, phantom="qc"))[0], 0, 0, 30).std()

    base = noise(current=100)
    assert noise(current=400) == pytest.approx(base / 2, rel=0.1)
    assert noise(current=100, pitch=2) == pytest.approx(base * 2**0.5, rel=0.1)
    assert noise(current=100, thickness=1.25) == pytest.approx(base * 2, rel=0.1)
    assert noise(current=100, kernel="bone") > 2 * base > 2 * noise(current=100, kernel="soft")


def test_stored_values_may_be_unsigned_with_an_intercept_and_stop_at_air():
    image = acquired(protocol(axial(slices=1)))[0]
    ds = image.view()
    assert (ds.BitsStored, ds.PixelRepresentation, ds.RescaleIntercept) == (12, 0, -1024)
    assert hu(image).min() >= -1024
    assert region(image, 0, -180, 8).mean() == pytest.approx(-1000, abs=6)


def test_a_slice_half_filled_shows_the_mean():
    """The QC phantom's water ends at 75 mm: a slice of 10 mm around that plane holds half of it, and half acrylic."""
    plan = axial(slices=1, thickness=10, step=10, centre=(0, 0, 75), field_of_view=250, current=1500, bits=16)
    inside = region(acquired(protocol(plan, phantom="qc"))[0], 0, 20, 5).mean()
    assert inside == pytest.approx((TISSUES["water"].hu + TISSUES["acrylic"].hu) / 2, abs=12)
    end = axial(slices=1, thickness=10, step=10, centre=(0, 0, 80), field_of_view=250, current=1500, bits=16)
    outside = region(acquired(protocol(end, phantom="qc"))[0], 0, 20, 5).mean()
    assert outside == pytest.approx((TISSUES["acrylic"].hu + TISSUES["air"].hu) / 2, abs=60)


@pytest.mark.parametrize("pitch", [0, 0.8, 1.4])
def test_dose_attributes_agree_with_each_other(pitch):
    ds = acquired(protocol(axial(pitch=pitch, current=220, rotation=0.5, collimation=38.4, rows=64)))[0].view()
    milliseconds = 500 / pitch if pitch else 500
    assert ds.ExposureTime == round(milliseconds)
    assert ds.ExposureInuAs == ds.XRayTubeCurrent * ds.ExposureTime
    assert ds.Exposure == round(ds.ExposureInuAs / 1000)
    assert ds.CTDIvol == pytest.approx(7 * ds.ExposureInuAs / 1e5, abs=0.01)
    assert ds.CTDIPhantomTypeCodeSequence[0].CodeValue == "113691"
    assert ds.TotalCollimationWidth == pytest.approx(64 * ds.SingleCollimationWidth)
    assert ds.ScanOptions == ("HELICAL MODE" if pitch else "AXIAL MODE")
    assert ("SpiralPitchFactor" in ds) == bool(pitch)
    if pitch:
        assert ds.TableFeedPerRotation == pytest.approx(ds.SpiralPitchFactor * ds.TotalCollimationWidth)
        assert ds.TableSpeed == pytest.approx(ds.TableFeedPerRotation / ds.RevolutionTime)
        times = [float(image.view().AcquisitionTime) for image in acquired(protocol(axial(pitch=pitch, slices=9)))]
        assert times == sorted(set(times))


def test_voltage_raises_dose_and_lowers_noise():
    low, high = Technique(80, 200, 0.5), Technique(140, 200, 0.5)
    assert low.ctdi("HEAD") < high.ctdi("HEAD") > high.ctdi("ABDOMEN")
    assert low.noise("ABDOMEN", 5) > high.noise("ABDOMEN", 5)


def test_contrast_comes_in_phases_after_one_injection():
    phases = ("native", "arterial", "venous", "delayed")
    images = acquired(protocol(*(axial(slices=1, phase=phase, current=1500) for phase in phases)))
    aorta = [region(image, 12, 36, 6).mean() for image in images]
    assert np.argsort(aorta).tolist() == [0, 3, 2, 1]
    assert aorta[1] - aorta[0] == pytest.approx(TISSUES["blood"].enhancement["arterial"], abs=15)
    views = [image.view() for image in images]
    assert "ContrastBolusAgent" not in views[0]
    assert len({view.ContrastBolusStartTime for view in views[1:]}) == 1

    def seconds(text):
        return int(text[:2]) * 3600 + int(text[2:4]) * 60 + float(text[4:])

    for view, delay in zip(views[1:], (30, 70, 240), strict=True):
        waited = seconds(view.AcquisitionTime) - seconds(view.ContrastBolusStartTime)
        assert delay <= waited < delay + 30
        assert float(view.ContrastBolusVolume) == float(view.ContrastFlowRate) * float(view.ContrastFlowDuration)
        assert seconds(view.ContrastBolusStopTime) - seconds(view.ContrastBolusStartTime) == 20


@pytest.mark.parametrize(
    ("orientation", "angle", "along"),
    [("coronal", 0, (1, 0, 0)), ("sagittal", 0, (0, 1, 0)), ("oblique", 30, (0.866025, 0.5, 0))],
)
def test_reformats_are_derived_of_the_axial_series_and_show_the_same(orientation, angle, along):
    source = axial(slices=40, thickness=4, step=4, current=1500)
    reformat = {"description": "R", "orientation": orientation, "angle": angle, "slices": 3, "step": 5}
    images = acquired(protocol(source, Series.model_validate({"reformat": reformat})))
    slices, planes = images[:40], images[40:]
    ds = planes[1].view()
    assert list(ds.ImageType) == ["DERIVED", "SECONDARY", "AXIAL"]
    assert ds.DerivationCodeSequence[0].CodeValue == "113072"
    assert [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence] == [i.sop_instance_uid for i in slices]
    assert ds.FrameOfReferenceUID == slices[0].view().FrameOfReferenceUID
    assert ds.AcquisitionNumber == slices[0].view().AcquisitionNumber
    assert "AcquisitionTime" not in ds
    assert tuple(float(value) for value in ds.ImageOrientationPatient) == (*along, 0, 0, -1)
    assert ds.Rows * float(ds.PixelSpacing[0]) == pytest.approx(160, abs=5)  # what the slices cover
    # the middle row of the middle plane, and the same line in the slice at that height
    origin, row = np.array(ds.ImagePositionPatient, dtype=float), ds.Rows // 2
    z = origin[2] - row * float(ds.PixelSpacing[0])
    at = slices[int(np.argmin([abs(float(i.view().SliceLocation) - z) for i in slices]))].view()
    image = hu(slices[at.InstanceNumber - 1])
    line = origin[:2] + np.outer(np.arange(ds.Columns) * float(ds.PixelSpacing[1]), along[:2])
    indices = np.rint((line - np.array(at.ImagePositionPatient[:2], dtype=float)) / float(at.PixelSpacing[0])).astype(
        int
    )
    inside = ((indices >= 0) & (indices < 128)).all(axis=1)
    same = np.abs(hu(planes[1])[row][inside] - image[indices[inside, 1], indices[inside, 0]]) < 40
    assert same.mean() > 0.85


def bone(**changes):
    return Series.model_validate(
        {"reconstruction": {"description": "B", "slices": 10, "thickness": 1, "step": 1, "kernel": "bone", **changes}}
    )


@pytest.mark.parametrize("pitch", [0, 0.8])
def test_a_reconstruction_is_of_the_acquisition_before_it(pitch):
    changes = {"slices": 4, "thickness": 3, "step": 3, "pitch": pitch, "collimation": 6, "phase": "venous"}
    plans = (axial(), axial(kernel="soft", **changes), bone(bits=16, window=(500, 2500), slices=12))
    images = acquired(protocol(*plans, extras=("dose-report",)))
    other, soft, sharp = images[:3], images[3:7], images[7:19]
    first, same = soft[0].view(), sharp[0].view()
    assert {view.view().SeriesInstanceUID for view in (*soft, *sharp)} == {
        first.SeriesInstanceUID,
        same.SeriesInstanceUID,
    }
    for keyword in ("AcquisitionNumber", "IrradiationEventUID"):
        assert same[keyword] == first[keyword] != other[0].view()[keyword], keyword
    for keyword in ("ExposureInuAs", "CTDIvol", "ContrastBolusStartTime", "RevolutionTime", "FrameOfReferenceUID"):
        assert same[keyword] == first[keyword], keyword
    assert list(same.ImageType) == ["ORIGINAL", "PRIMARY", "AXIAL"]
    assert (same.ConvolutionKernel, same.WindowCenter, same.SliceThickness, same.BitsStored) == ("BONE", 500, 1, 16)
    assert same.AcquisitionTime == first.AcquisitionTime
    assert same.ContentTime > soft[-1].view().ContentTime
    times = [float(image.view().AcquisitionTime) for image in (*soft, *sharp)]
    took = 12 / (pitch * 6) * 0.5 if pitch else 2 * 1.5
    assert times[0] == min(times)
    assert max(times) < times[0] + took  # while the table was moving
    assert sorted(times[4:]) == times[4:]
    content = images[19].view().ContentSequence
    events = [item for item in content if item.ConceptNameCodeSequence[0].CodeValue == "113819"]
    assert len(events) == 2


def test_reformats_are_computed_of_the_last_reconstruction():
    reformat = Series.model_validate(
        {"reformat": {"description": "R", "orientation": "coronal", "slices": 2, "step": 5}}
    )
    images = acquired(protocol(axial(), bone(), reformat))
    ds = images[-1].view()
    assert [item.ReferencedSOPInstanceUID for item in ds.SourceImageSequence] == [
        i.sop_instance_uid for i in images[3:13]
    ]
    assert ds.AcquisitionNumber == images[0].view().AcquisitionNumber
    assert ds.IrradiationEventUID == images[0].view().IrradiationEventUID


def test_a_reconstruction_of_what_was_not_acquired_is_refused():
    with pytest.raises(InputError, match="its slices cover 40 mm, the axial series before it 15 mm"):
        acquired(protocol(axial(), bone(slices=40)))
    with pytest.raises(InputError, match="needs an axial series before it"):
        acquired(protocol(bone(), axial()))


@pytest.mark.parametrize("name", [name for name in builtin_protocols() if "ct-" in name])
def test_built_in_exams_are_contiguous_and_lie_on_their_scouts(name):
    """Spacing is the thickness, or less where slices overlap; and what a clinic scans shows on the scout before it."""
    chosen = find_protocol(name, MAKERS)
    scouts = [plan.localizer for plan in chosen.series if plan.localizer is not None]
    acquired_ = None
    for plan in chosen.series:
        if plan.crosses:
            acquired_ = plan.axial or acquired_
            made = plan.axial or plan.reconstruction.of(acquired_)
            assert 0.5 * made.thickness <= made.step <= made.thickness
            assert made.coverage <= acquired_.coverage
            assert name == "ct-qc" or 30 <= made.slices <= 200
            for scout in scouts:
                assert scout.centre + scout.length / 2 >= made.top
                assert scout.centre - scout.length / 2 <= made.top - made.coverage
    if chosen.short is not None:
        few = shortened(chosen)
        assert sum(plan.instances for plan in few.series) == chosen.short <= 26
        whole = {plan.axial.description: plan.axial for plan in chosen.series if plan.axial is not None}
        for plan in few.series:
            if plan.axial is not None:  # neighbours, as they were
                was = whole[plan.axial.description]
                assert (plan.axial.step, plan.axial.thickness, plan.axial.centre) == (
                    was.step,
                    was.thickness,
                    was.centre,
                )
                assert plan.axial.slices <= was.slices


@pytest.mark.parametrize("name", ["ct-head", "ct-thorax", "ct-abdomen-contrast"])
def test_an_image_fewer_or_more_leaves_the_exam_as_it_is(name):
    """Reformats give way first, and no series becomes thinner or shorter for the sake of another one."""
    whole = find_protocol(name, MAKERS)
    total = sum(plan.instances for plan in whole.series)
    for count in (total - 1, total, total + 1):
        made = resized(whole, count).series
        assert sum(plan.instances for plan in made) == count
        other = [before for before, after in zip(whole.series, made, strict=True) if before != after]
        assert len(other) == abs(count - total)
        assert all((plan.reformat if count < total else plan.axial) is not None for plan in other)
    few = resized(whole, total // 4).series
    same = {plan.step for plan in (each.axial or each.reconstruction for each in few) if plan is not None}
    assert same <= {plan.step for plan in (each.axial or each.reconstruction for each in whole.series) if plan}


def test_neighbours_show_almost_the_same_and_have_other_noise():
    plan = find_protocol("ct-abdomen", MAKERS).series[1].axial
    images = acquired(protocol(Series(axial=plan.model_copy(update={"matrix": 128, "slices": 24}))))
    shown = np.array([hu(image) for image in images])
    steps = np.abs(np.diff(shown, axis=0))
    assert np.median(steps.max(axis=(1, 2))) > 0
    assert (np.abs(np.diff(shown[:, 40:90, 40:90], axis=0)) > 150).mean() < 0.04  # organs change smoothly
    assert (steps[:, 64, 64] != 0).any()
    assert min(step.mean() for step in steps) > 5  # no two slices have one noise


def test_a_rotation_without_pitch_gives_several_slices_at_once():
    images = acquired(protocol(axial(slices=8, thickness=5, step=5, pitch=0, collimation=20, rotation=1)))
    times = [float(image.view().AcquisitionTime) for image in images]
    assert times[:4] == [times[0]] * 4
    assert times[4:] == [times[0] + 2] * 4


def test_a_reformat_of_nothing_is_refused():
    reformat = Series.model_validate(
        {"reformat": {"description": "R", "orientation": "coronal", "slices": 1, "step": 5}}
    )
    with pytest.raises(InputError, match="needs an axial series before it"):
        acquired(protocol(reformat))


@pytest.mark.parametrize(
    "text", [{}, {"localizer": {}, "axial": {"description": "A", "slices": 1, "thickness": 1, "step": 1}}]
)
def test_a_series_is_one_thing(text):
    with pytest.raises(ValidationError, match="one of localizer, axial, reconstruction and reformat"):
        Series.model_validate(text)


@pytest.mark.parametrize("name", ["ct-abdomen", "ct-abdomen-contrast", "ct-head", "ct-scout", "ct-qc"])
@pytest.mark.parametrize("count", [1, 2, 3, 13, 40, 309, 310, 1000, 5001])
def test_resizing_gives_exactly_as_many(name, count):
    series = resize(find_protocol(name, MAKERS).series, count)
    assert sum(plan.instances for plan in series) == count
    assert all(1 <= plan.instances <= MOST_SLICES for plan in series)


def test_more_slices_are_thinner_and_cover_the_same():
    base = find_protocol("ct-abdomen", MAKERS).series[1].axial
    more = resized(find_protocol("ct-abdomen", MAKERS), 121).series[1].axial
    assert (more.slices, more.step, more.thickness) == (120, 3.5, 3.5)
    assert more.slices * more.step == base.slices * base.step
