"""Enhanced MR images: functional groups, dimensions, both layouts, and the same pixels as the single-frame images."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pytest
from pydicom.uid import EnhancedMRImageStorage, ExplicitVRLittleEndian

from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import enhanced_mr
from scansim.images.acquisition import MAKERS, acquire
from scansim.images.mr_macros import MODIFIERS
from scansim.images.protocol import builtin_protocols, find_protocol
from scansim.wire.encoding import decode

IDENTITY = Identity(1, date(2026, 1, 2), "enhanced mr")
BEGIN = datetime(2026, 1, 2, 9)


def exam(name):
    item = order(IDENTITY, modality="MR", station_ae="SCAN1", start=BEGIN, procedure=PROCEDURES["MR"])
    study = IDENTITY.uid("study")
    ledger = Ledger("MR", "SCAN1", BEGIN, item, scheduled=True, study_instance_uid=study, pps_id="PPS1")
    return {
        instance.series_description: instance for instance in acquire(ledger, find_protocol(name, MAKERS), IDENTITY)
    }


@pytest.fixture(scope="module")
def small():
    return exam("enhanced-mr-small")


@pytest.fixture(scope="module")
def per_frame():
    return exam("enhanced-mr-per-frame")


def group(ds, index, keyword):
    """The item of a functional group of one frame; it is shared or per frame, never both (PS3.3 C.7.6.16)."""
    shared, own = ds.SharedFunctionalGroupsSequence[0], ds.PerFrameFunctionalGroupsSequence[index]
    assert (keyword in shared) != (keyword in own), keyword
    return (shared if keyword in shared else own)[keyword].value[0]


def test_the_protocols_are_there_and_one_is_the_default():
    names = [name for name in builtin_protocols() if name.startswith("enhanced-mr-")]
    assert [name for name in names if find_protocol(name, MAKERS).default] == ["enhanced-mr-head"]


def test_a_series_is_one_image(small):
    assert {instance.sop_class_uid for instance in small.values()} == {EnhancedMRImageStorage}
    assert len({instance.sop_instance_uid for instance in small.values()}) == len(small) == 7
    for instance in small.values():
        ds = instance.dataset()
        assert ds.NumberOfFrames == len(ds.PerFrameFunctionalGroupsSequence)
        assert len(instance.pixels()) == ds.NumberOfFrames * ds.Rows * ds.Columns * 2


@pytest.mark.parametrize("layout", ["small", "per_frame"])
def test_every_mandatory_macro_stands_once(layout, request):
    for name, instance in request.getfixturevalue(layout).items():
        ds = instance.dataset()
        wanted = {
            "PixelMeasuresSequence", "FrameContentSequence", "PlanePositionSequence", "PlaneOrientationSequence",
            "FrameAnatomySequence", "MRImageFrameTypeSequence",
        }  # fmt: skip
        if ds.ImageType[0] == "ORIGINAL":
            wanted |= {*MODIFIERS, "MREchoSequence"}
        if name == "DWI":
            wanted.add("MRDiffusionSequence")
        for index in range(ds.NumberOfFrames):
            for keyword in wanted:
                group(ds, index, keyword)


def test_the_shared_layout_has_modifiers_shared_and_frame_type_per_frame(small):
    ds = small["T1"].dataset()
    assert set(MODIFIERS) <= {element.keyword for element in ds.SharedFunctionalGroupsSequence[0]}
    assert "MRImageFrameTypeSequence" in ds.PerFrameFunctionalGroupsSequence[0]


def test_the_per_frame_layout_says_the_same_elsewhere(small, per_frame):
    for name, instance in per_frame.items():
        ds, other = instance.dataset(), small[name].dataset()
        assert all(keyword not in ds.SharedFunctionalGroupsSequence[0] for keyword in MODIFIERS)
        for index in range(ds.NumberOfFrames):
            assert set(MODIFIERS) <= {element.keyword for element in ds.PerFrameFunctionalGroupsSequence[index]}
            for keyword in (*MODIFIERS, "MRImageFrameTypeSequence", "MREchoSequence"):
                assert group(ds, index, keyword) == group(other, index, keyword)


def test_dimension_indices_tell_all_frames_apart(small):
    for instance in small.values():
        ds = instance.dataset()
        indices = [
            tuple(np.atleast_1d(frame.FrameContentSequence[0].DimensionIndexValues).tolist())
            for frame in ds.PerFrameFunctionalGroupsSequence
        ]
        assert len(set(indices)) == ds.NumberOfFrames
        assert {len(values) for values in indices} == {len(ds.DimensionIndexSequence)}
        for column in zip(*indices, strict=True):
            assert set(column) == set(range(1, max(column) + 1))
        for index, frame in enumerate(ds.PerFrameFunctionalGroupsSequence):
            for dimension in ds.DimensionIndexSequence:
                in_group = dimension.FunctionalGroupPointer
                owner = frame if in_group in frame else ds.SharedFunctionalGroupsSequence[0]
                assert dimension.DimensionIndexPointer in owner[in_group].value[0], index


def test_stacks_are_equidistant_in_the_order_of_their_positions(small):
    for instance in small.values():
        ds = instance.dataset()
        spacing = float(group(ds, 0, "PixelMeasuresSequence").SpacingBetweenSlices)
        stacks = {}
        for index in range(ds.NumberOfFrames):
            content = group(ds, index, "FrameContentSequence")
            orientation = np.array(group(ds, index, "PlaneOrientationSequence").ImageOrientationPatient, dtype=float)
            normal = np.cross(orientation[:3], orientation[3:])
            place = np.array(group(ds, index, "PlanePositionSequence").ImagePositionPatient, dtype=float) @ normal
            stacks.setdefault(content.StackID, {}).setdefault(content.InStackPositionNumber, set()).add(round(place, 4))
        for stack in stacks.values():
            assert all(len(places) == 1 for places in stack.values())  # a position is one place, whatever the echo
            places = [places.pop() for _, places in sorted(stack.items())]
            assert np.allclose(np.diff(places), spacing)


def test_frames_hold_what_their_macros_say(small):
    echo, diffusion, inversion = (small[name].dataset() for name in ("T2", "DWI", "FLAIR"))
    assert [group(echo, index, "MREchoSequence").EffectiveEchoTime for index in (0, 3)] == [30, 96]
    assert echo.AcquisitionContrast == "MIXED"
    contrasts = [group(echo, index, "MRImageFrameTypeSequence").AcquisitionContrast for index in (0, 3)]
    assert contrasts == ["PROTON_DENSITY", "T2"]
    first, last = (group(diffusion, index, "MRDiffusionSequence") for index in (0, 7))
    assert (first.DiffusionBValue, first.DiffusionDirectionality) == (0, "NONE")
    assert (last.DiffusionBValue, last.DiffusionDirectionality) == (1000, "DIRECTIONAL")
    assert "DiffusionGradientDirectionSequence" not in first
    modifier = group(inversion, 0, "MRModifierSequence")
    assert (modifier.InversionRecovery, modifier.InversionTimes) == ("YES", 2370)
    assert group(small["T1"].dataset(), 0, "MRModifierSequence").InversionRecovery == "NO"
    imaging = group(inversion, 0, "MRImagingModifierSequence")
    assert imaging.TransmitterFrequency == pytest.approx(42.577 * float(inversion.MagneticFieldStrength))


def test_frame_times_move_forward_within_the_acquisition(small):
    ds = small["DWI"].dataset()
    times = [frame.FrameContentSequence[0].FrameAcquisitionDateTime for frame in ds.PerFrameFunctionalGroupsSequence]
    assert times == sorted(times)
    assert times[0] == ds.AcquisitionDateTime
    paces = [frame.FrameContentSequence[0].FrameAcquisitionDuration for frame in ds.PerFrameFunctionalGroupsSequence]
    assert sum(paces) / 1000 == pytest.approx(ds.AcquisitionDuration)


def test_maps_refer_to_the_frames_they_come_from(small):
    source = small["DWI"].dataset()
    for name, count in (("ADC", 4), ("TRACE", 3)):
        ds = small[name].dataset()
        evidence = ds.SourceImageEvidenceSequence[0].ReferencedSeriesSequence[0]
        assert evidence.ReferencedSOPSequence[0].ReferencedSOPInstanceUID == source.SOPInstanceUID
        for index in range(ds.NumberOfFrames):
            reference = group(ds, index, "DerivationImageSequence").SourceImageSequence[0]
            assert reference.ReferencedSOPInstanceUID == source.SOPInstanceUID
            assert len(reference.ReferencedFrameNumber) == count
            here = group(ds, index, "PlanePositionSequence")
            for frame in reference.ReferencedFrameNumber:
                assert group(source, frame - 1, "PlanePositionSequence") == here


def test_adc_frames_have_a_unit_and_show_the_stroke(small):
    instance = small["ADC"]
    ds = instance.dataset()
    mapping = group(ds, 0, "RealWorldValueMappingSequence")
    assert mapping.MeasurementUnitsCodeSequence[0].CodeValue == "um2/s"
    values = np.frombuffer(instance.pixels(), "<u2").reshape(2, 64, 64)[0]
    inside = values[20:50, 20:50]
    assert inside[inside > 0].min() < 480  # 1e-6 mm2/s: nothing but a stroke restricts diffusion so


def test_it_is_written_and_read_again(small):
    for instance in small.values():
        head, pixels = instance.encode(ExplicitVRLittleEndian)
        ds = decode(head + pixels, ExplicitVRLittleEndian)
        assert ds.PixelData == pixels
        assert ds.NumberOfFrames == len(ds.PerFrameFunctionalGroupsSequence)


def test_a_protocol_can_be_resized():
    plans = find_protocol("enhanced-mr-small", MAKERS).series
    for count in (1, 7, 20):
        assert len(enhanced_mr.resize(plans, count)) == count
