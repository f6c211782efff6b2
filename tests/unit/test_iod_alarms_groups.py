"""Multi-frame images: what may stand in shared and per-frame groups, and what is not asked of converted ones."""

from __future__ import annotations

from io import BytesIO

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from scanproof.iod import Checker
from tests.support.minimal_files import file_of, made

STORAGE = "1.2.840.10008.5.1.4.1.1"
LEGACY = {"CT": f"{STORAGE}.2.2", "MR": f"{STORAGE}.4.4", "PT": f"{STORAGE}.128.1"}
ENHANCED = {"CT": f"{STORAGE}.2.1", "MR": f"{STORAGE}.4.1", "PT": f"{STORAGE}.130"}


@pytest.fixture(scope="module")
def checker():
    return Checker()


def opened(uid):
    return dcmread(BytesIO(file_of(made(uid))))


def errors(checker, ds):
    return [(finding.rule, finding.tag) for finding in checker.check(ds).errors]


def groups(ds):
    return ds.SharedFunctionalGroupsSequence[0], ds.PerFrameFunctionalGroupsSequence[0]


def test_private_elements_and_group_lengths_stand_in_both(checker):
    ds = opened(ENHANCED["MR"])
    for item in groups(ds):
        block = item.private_block(0x2005, "SCANSIM MR", create=True)
        block.add_new(0x0E, "SQ", Sequence([Dataset()]))
        block.add_new(0x0F, "LO", "x")
        item.add_new((0x0018, 0x0000), "UL", 10)
        item.add_new((0x2005, 0x0000), "UL", 10)
    assert [error for error in errors(checker, ds) if error[0] == "functional-group-twice"] == []


def test_a_functional_group_in_both_is_twice_each(checker):
    ds = opened(ENHANCED["MR"])
    shared, frame = groups(ds)
    before = errors(checker, ds)
    twice = []
    for name in ("PixelMeasuresSequence", "FrameVOILUTSequence"):
        item = Dataset()
        item.PixelSpacing, item.SliceThickness = [1, 1], 1
        for group in (shared, frame):
            if name not in group:
                setattr(group, name, Sequence([item]))
        twice.append(("functional-group-twice", f"PerFrameFunctionalGroupsSequence[1] > {name}"))
    found = errors(checker, ds)
    assert set(twice) <= set(found)
    assert not set(twice) & set(before)


#: What is asked of an original image, by class and attribute; of a converted one none of it is.
OF_IMAGES = {
    "CT": ("AcquisitionDateTime", "AcquisitionDuration", "BurnedInAnnotation", "ContentQualification"),
    "MR": (
        "AcquisitionDateTime",
        "KSpaceFiltering",
        "MagneticFieldStrength",
        "ResonantNucleus",
        "ContentQualification",
    ),
    "PT": ("AcquisitionDateTime", "AcquisitionDuration", "BurnedInAnnotation"),
}


@pytest.mark.parametrize("kind", LEGACY)
def test_what_the_single_frames_did_not_have_is_not_asked_of_what_was_made_of_them(kind, checker):
    for uid, wanted in ((ENHANCED[kind], True), (LEGACY[kind], False)):
        ds = opened(uid)
        ds.ImageType = ["ORIGINAL", "PRIMARY", *ds.ImageType[2:]]
        before = errors(checker, ds)
        for name in (*OF_IMAGES[kind], "LossyImageCompression"):
            if name in ds:
                delattr(ds, name)
        found = errors(checker, ds)
        for name in OF_IMAGES[kind]:
            assert (("condition-missing", name) in found) is wanted, (uid, name)
        if not wanted:
            assert found == before


def test_nor_are_times_of_frames_and_purposes_of_references(checker):
    for uid, wanted in ((ENHANCED["CT"], True), (LEGACY["CT"], False)):
        ds = opened(uid)
        shared, frame = groups(ds)
        for group in (shared, frame):
            for kind in group.get("CTImageFrameTypeSequence", ()):
                kind.FrameType = ["ORIGINAL", "PRIMARY", *kind.FrameType[2:]]
        reference = Dataset()
        reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = ENHANCED["CT"], "2.25.8"
        shared.ReferencedImageSequence = Sequence([reference])
        for name in ("FrameAcquisitionDateTime", "FrameAcquisitionDuration", "FrameReferenceDateTime"):
            for content in frame.FrameContentSequence:
                content.pop(name, None)
        found = {tag for rule, tag in errors(checker, ds) if rule == "condition-missing"}
        content = "PerFrameFunctionalGroupsSequence[1] > FrameContentSequence[1] > FrameAcquisitionDateTime"
        purpose = "SharedFunctionalGroupsSequence[1] > ReferencedImageSequence[1] > PurposeOfReferenceCodeSequence"
        assert (content in found, purpose in found) == (wanted, wanted)
        assert "ReferencedImageEvidenceSequence" in found  # which no words exempt


def test_references_among_what_found_no_place_are_no_functional_group(checker):
    ds = opened(LEGACY["CT"])
    before = errors(checker, ds)
    reference, rest = Dataset(), Dataset()
    reference.ReferencedSOPClassUID, reference.ReferencedSOPInstanceUID = ENHANCED["CT"], "2.25.8"
    rest.ReferencedImageSequence = Sequence([reference])
    ds.SharedFunctionalGroupsSequence[0].UnassignedSharedConvertedAttributesSequence = Sequence([rest])
    assert errors(checker, ds) == before


def test_a_factor_of_spectroscopy_is_not_asked_of_images(checker):
    ds = opened(ENHANCED["MR"])
    ds.ImageType = ["ORIGINAL", *ds.ImageType[1:]]
    shared, frame = groups(ds)
    modifier = Dataset()
    modifier.ParallelAcquisition = "YES"
    shared.MRModifierSequence = Sequence([modifier])
    frame.pop("MRModifierSequence", None)
    for group in (shared, frame):
        for kind in group.get("MRImageFrameTypeSequence", ()):
            kind.FrameType = ["ORIGINAL", *kind.FrameType[1:]]
    found = {tag.rpartition(" > ")[2] for rule, tag in errors(checker, ds) if rule == "condition-missing"}
    assert "ParallelReductionFactorInPlane" in found
    assert "ParallelReductionFactorSecondInPlane" not in found


def test_positions_in_time_are_asked_of_enhanced_pet(checker):
    place = "PerFrameFunctionalGroupsSequence[1] > FrameContentSequence[1] > "
    for uid, wanted in ((ENHANCED["PT"], True), (LEGACY["PT"], False)):
        ds = opened(uid)
        content = ds.PerFrameFunctionalGroupsSequence[0].FrameContentSequence[0]
        for name in ("StackID", "InStackPositionNumber", "TemporalPositionIndex"):
            content.pop(name, None)
        found = {tag for rule, tag in errors(checker, ds) if rule == "condition-missing"}
        assert {place + "StackID" in found, place + "TemporalPositionIndex" in found} == {wanted}


@pytest.mark.parametrize(("uid", "wrong"), [(f"{STORAGE}.20", False), (f"{STORAGE}.4", True)])
def test_slices_of_nuclear_medicine_are_stacked_to_either_side(uid, wrong, checker):
    ds = opened(uid)
    ds.SpacingBetweenSlices = -4
    assert (("geometry-spacing", "SpacingBetweenSlices") in errors(checker, ds)) is wrong


def test_conditions_that_name_the_class_of_what_is_referenced(checker):
    ds = opened(f"{STORAGE}.66.4")
    source = Dataset()
    source.ReferencedSOPInstanceUID = "2.25.8"
    ds.SegmentSequence[0].DefinitionSourceSequence = Sequence([source])
    path = "SegmentSequence[1] > DefinitionSourceSequence[1] > ReferencedROINumber"
    for uid, wanted in ((f"{STORAGE}.481.3", True), (f"{STORAGE}.66.4", False)):
        source.ReferencedSOPClassUID = uid
        source.pop("ReferencedROINumber", None)
        assert (("condition-missing", path) in errors(checker, ds)) is wanted
