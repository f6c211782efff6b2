"""Functional group objects without their sequences, with too many items, or with groups where they do not belong."""

from __future__ import annotations

import pytest

from scanproof.iod.tables.group_places import PLACES
from scanproof.iod.tables.knowledge import load_knowledge
from tests.support.iod_data import errors, structure

CLASSES = {load_knowledge().iod(uid).key: uid for uid in load_knowledge()._sop_classes}
SHARED, PER_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
TIME = {"FrameAcquisitionDateTime": "20260102"}
WITHOUT_DEMANDS = [
    "multi-frame-true-color-secondary-capture-image",
    "vl-whole-slide-microscopy-image",
]


def check(iod, **groups):
    found = errors(structure({"SOPClassUID": CLASSES[iod], "NumberOfFrames": 1, **groups}))
    return [each for each in found if "FunctionalGroups" in each[1] and each[1].count(">") < 2]


def of(found, path):
    return [rule for rule, where in found if where == path]


@pytest.mark.parametrize("iod", [key for key, places in PLACES.items() if places.every_frame])
def test_frames_that_are_missing(iod):
    assert of(check(iod, **{SHARED: [{}]}), PER_FRAME) == ["condition-missing"]
    assert of(check(iod, **{PER_FRAME: [{"FrameContentSequence": [TIME]}]}), SHARED) == ["type1-missing"]
    assert of(check(iod), SHARED) == ["type1-missing"]


@pytest.mark.parametrize("iod", WITHOUT_DEMANDS)
def test_where_frames_need_not_have_groups(iod):
    assert of(check(iod, **{SHARED: [{}]}), PER_FRAME) == []
    mandatory = "slide" in iod  # the groups of multi-frame secondary captures are optional as a whole
    assert of(check(iod), SHARED) == ["type1-missing"] * mandatory


def test_what_is_missing_as_a_whole_is_told_once():
    assert check("enhanced-ct-image", **{SHARED: [{}]}) == [("condition-missing", PER_FRAME)]


@pytest.mark.parametrize("iod", ["enhanced-mr-image", *WITHOUT_DEMANDS])
def test_numbers_of_items(iod):
    frame = {"FrameContentSequence": [TIME]}
    assert of(check(iod, **{SHARED: [{}, {}], PER_FRAME: [frame]}), SHARED) == ["item-count"]
    assert of(check(iod, **{SHARED: [], PER_FRAME: [frame]}), SHARED) == ["type1-empty"]
    assert of(check(iod, **{SHARED: [{}], PER_FRAME: []}), PER_FRAME) == ["type1-empty"]
    assert of(check(iod, **{SHARED: [{}], PER_FRAME: [frame, frame]}), PER_FRAME) == ["frame-count"]
    assert of(check(iod, **{SHARED: [{}], PER_FRAME: [frame]}), PER_FRAME) == []


@pytest.mark.parametrize(
    ("iod", "shared", "frame", "found"),
    [
        ("enhanced-ct-image", "FrameContentSequence", "", f"{SHARED}[1] > FrameContentSequence"),
        ("segmentation", "FrameContentSequence", "", ""),
        ("enhanced-us-volume", "", "USImageDescriptionSequence", f"{PER_FRAME}[1] > USImageDescriptionSequence"),
        ("enhanced-us-volume", "USImageDescriptionSequence", "PlanePositionVolumeSequence", ""),
        (
            *("legacy-converted-enhanced-ct-image", "", "UnassignedSharedConvertedAttributesSequence"),
            f"{PER_FRAME}[1] > UnassignedSharedConvertedAttributesSequence",
        ),
        ("enhanced-ct-image", "", "FrameContentSequence", ""),
    ],
)
def test_groups_stand_where_the_iod_has_them(iod, shared, frame, found):
    groups = {SHARED: [{shared: [{}]} if shared else {}], PER_FRAME: [{frame: [{}]} if frame else {}]}
    said = [path for rule, path in check(iod, **groups) if rule == "functional-group-place"]
    assert said == ([found] if found else [])


@pytest.mark.parametrize("iod", ["segmentation", "parametric-map"])
def test_tiles_that_fill_their_matrix_need_no_frames(iod):
    full = {SHARED: [{}], "DimensionOrganizationType": "TILED_FULL"}
    assert of(check(iod, **full), PER_FRAME) == []
    assert of(check(iod, **full | {"DimensionOrganizationType": "TILED_SPARSE"}), PER_FRAME) == ["condition-missing"]


def test_what_a_cut_file_lacks_is_not_missing():
    found = structure({"SOPClassUID": CLASSES["enhanced-ct-image"]}, complete=False)
    assert [each for each in errors(found) if "FunctionalGroups" in each[1]] == []
