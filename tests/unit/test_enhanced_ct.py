"""Enhanced CT: functional groups in both layouts, dimensions, and the same pixels as the single-frame series."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.images import MAKERS, acquire, find_protocol, shortened

IDENTITY = Identity(1, date(2026, 1, 2), "enhanced ct")
BEGIN = datetime(2026, 1, 2, 9, 30)

#: Functional groups that say how frames were acquired, which `layout` moves.
MODIFIERS = {
    "CTAcquisitionTypeSequence",
    "CTAcquisitionDetailsSequence",
    "CTTableDynamicsSequence",
    "CTGeometrySequence",
    "CTReconstructionSequence",
    "CTExposureSequence",
    "CTXRayDetailsSequence",
}
ALWAYS_SHARED = {
    "PixelMeasuresSequence",
    "PlaneOrientationSequence",
    "FrameAnatomySequence",
    "FrameVOILUTSequence",
    "PixelValueTransformationSequence",
    "CTImageFrameTypeSequence",
    "IrradiationEventIdentificationSequence",
}
ALWAYS_PER_FRAME = {"FrameContentSequence", "PlanePositionSequence"}


def acquired(name, change=lambda protocol: protocol):
    protocol = change(find_protocol(name, MAKERS))
    ledger = Ledger("CT", "SCAN1", BEGIN, Dataset(), False, IDENTITY.uid("study"), "PPS1")
    return list(acquire(ledger, protocol, IDENTITY)), protocol


@pytest.fixture(scope="module", params=["enhanced-ct-abdomen", "enhanced-ct-head"])
def exam(request):
    return acquired(request.param)


def groups(ds):
    shared = {element.keyword for element in ds.SharedFunctionalGroupsSequence[0]}
    per_frame = [{element.keyword for element in item} for item in ds.PerFrameFunctionalGroupsSequence]
    return shared, per_frame


def test_localizers_are_single_frame_and_all_else_is_one_image_per_series(exam):
    images, protocol = exam
    assert len(images) == len(protocol.series)
    for image, plan in zip(images, protocol.series, strict=True):
        ds = image.view()
        if plan.localizer is not None:
            assert ds.SOPClassUID.name == "CT Image Storage"
        else:
            assert ds.SOPClassUID.name == "Enhanced CT Image Storage"
            assert ds.NumberOfFrames == plan.instances == len(ds.PerFrameFunctionalGroupsSequence)


def test_every_macro_stands_where_the_layout_says_and_nowhere_else(exam):
    for image, plan in zip(*exam_of(exam), strict=True):
        if plan.localizer is not None:
            continue
        shared, per_frame = groups(image.view())
        assert shared >= ALWAYS_SHARED
        for frame in per_frame:
            assert frame >= ALWAYS_PER_FRAME
            assert not frame & shared
            everything = frame | shared
            if plan.crosses:
                assert everything >= MODIFIERS | {"CTPositionSequence"}
                assert (shared if plan.layout == "shared" else frame) >= MODIFIERS
            else:
                assert not everything & MODIFIERS
                assert "DerivationImageSequence" in frame
            assert ("ContrastBolusUsageSequence" in shared) == ("ContrastBolusAgentSequence" in image.view())


def exam_of(exam):
    images, protocol = exam
    return images, protocol.series


def test_dimensions_index_the_frames_in_order(exam):
    for image, plan in zip(*exam_of(exam), strict=True):
        if plan.localizer is not None:
            continue
        ds = image.view()
        organization = ds.DimensionOrganizationSequence[0].DimensionOrganizationUID
        assert {item.DimensionOrganizationUID for item in ds.DimensionIndexSequence} == {organization}
        contents = [frame.FrameContentSequence[0] for frame in ds.PerFrameFunctionalGroupsSequence]
        assert [content.DimensionIndexValues for content in contents] == [[1, n + 1] for n in range(len(contents))]
        assert [content.InStackPositionNumber for content in contents] == list(range(1, len(contents) + 1))
        times = [content.FrameReferenceDateTime for content in contents]
        assert times == sorted(times)


def test_the_exposure_agrees_with_time_current_and_pitch(exam):
    for image, plan in zip(*exam_of(exam), strict=True):
        if plan.axial is None:
            continue
        ds = image.view()
        macros = (
            ds.SharedFunctionalGroupsSequence[0] if plan.layout == "shared" else ds.PerFrameFunctionalGroupsSequence[-1]
        )
        exposure, details = macros.CTExposureSequence[0], macros.CTAcquisitionDetailsSequence[0]
        assert exposure.ExposureInmAs == pytest.approx(exposure.ExposureTimeInms * exposure.XRayTubeCurrentInmA / 1000)
        if plan.axial.pitch:
            moves = macros.CTTableDynamicsSequence[0]
            assert macros.CTAcquisitionTypeSequence[0].AcquisitionType == "SPIRAL"
            assert exposure.ExposureTimeInms == pytest.approx(
                1000 * details.RevolutionTime / moves.SpiralPitchFactor, abs=0.5
            )
        else:
            assert macros.CTAcquisitionTypeSequence[0].AcquisitionType == "SEQUENCED"


def test_frames_are_the_slices_of_the_single_frame_series():
    images, protocol = acquired("enhanced-ct-abdomen", shortened)
    plain = protocol.model_copy(update={"object": "ct"})
    ledger = Ledger("CT", "SCAN1", BEGIN, Dataset(), False, IDENTITY.uid("study"), "PPS1")
    singles = [image for image in acquire(ledger, plain, IDENTITY) if image.view().SeriesNumber == 2]
    multi = images[1]
    assert multi.pixels() == b"".join(image.pixels() for image in singles)
    ds = multi.view()
    for single, frame in zip(singles, ds.PerFrameFunctionalGroupsSequence, strict=True):
        view = single.view()
        assert frame.PlanePositionSequence[0].ImagePositionPatient == view.ImagePositionPatient
        centre = frame.CTPositionSequence[0].ReconstructionTargetCenterPatient
        assert np.array(centre) == pytest.approx([0, 0, float(view.SliceLocation)], abs=1e-3)
        acquired_at = view.AcquisitionDate + view.AcquisitionTime
        assert frame.FrameContentSequence[0].FrameAcquisitionDateTime == acquired_at


def test_a_reformat_refers_to_all_frames_of_its_source(exam):
    images, protocol = exam
    position = next(n for n, plan in enumerate(protocol.series) if plan.reformat is not None)
    ds, source = images[position].view(), images[position - 1].view()
    assert list(ds.ImageType) == ["DERIVED", "PRIMARY", "VOLUME", "RESAMPLED"]
    for frame in ds.PerFrameFunctionalGroupsSequence:
        reference = frame.DerivationImageSequence[0].SourceImageSequence[0]
        assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
        assert list(reference.ReferencedFrameNumber) == list(range(1, int(source.NumberOfFrames) + 1))
    evidence = ds.SourceImageEvidenceSequence[0].ReferencedSeriesSequence[0]
    assert evidence.SeriesInstanceUID == source.SeriesInstanceUID


@pytest.mark.parametrize("name", ["enhanced-ct-abdomen", "enhanced-ct-head"])
def test_a_run_makes_the_same_images_of_fewer_frames(name):
    whole = find_protocol(name, MAKERS)
    kept = [plan for plan in whole.series if plan.reformat is None]
    few = shortened(whole).series
    assert [(plan.layout, plan.instances < 20) for plan in few] == [(plan.layout, True) for plan in kept]
    assert sum(plan.instances for plan in few) == whole.short < sum(plan.instances for plan in kept) / 5


def test_brain_and_bone_are_one_acquisition_and_the_table_moves_in():
    images, protocol = acquired("enhanced-ct-head")
    brain, bone = (images[index].view() for index in (1, 3))
    for keyword in ("AcquisitionNumber", "AcquisitionDateTime", "AcquisitionDuration"):
        assert brain[keyword] == bone[keyword], keyword
    events = [ds.SharedFunctionalGroupsSequence[0].IrradiationEventIdentificationSequence for ds in (brain, bone)]
    assert events[0] == events[1]
    assert brain.SeriesInstanceUID != bone.SeriesInstanceUID
    for ds, plan in ((brain, protocol.series[1].axial), (bone, protocol.series[3].reconstruction)):
        frames = ds.PerFrameFunctionalGroupsSequence
        assert ds.SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0].SpacingBetweenSlices == plan.step
        table = [frame.CTPositionSequence[0].TablePosition for frame in frames]
        assert np.diff(table) == pytest.approx([-plan.step] * (len(table) - 1))  # into the gantry: more negative
    tilted = images[4].view().SharedFunctionalGroupsSequence[0].PixelMeasuresSequence[0]
    assert float(tilted.SpacingBetweenSlices) == pytest.approx(5 * np.cos(np.radians(15)), abs=1e-3)
