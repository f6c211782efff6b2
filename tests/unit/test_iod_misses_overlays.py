"""Overlay planes: each group is judged by its own rows, columns, bits and data; curves are retired."""

from __future__ import annotations

import pytest

from scanproof.iod import Checker
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, encode, errors, warned

GOOD_PLANE = {
    0x10: ("US", 4),
    0x11: ("US", 4),
    0x40: ("CS", "G"),
    0x50: ("SS", [1, 1]),
    0x100: ("US", 1),
    0x102: ("US", 0),
    0x3000: ("OW", bytes(2)),
}


def plane(group=0x6000, **changes):
    rows = GOOD_PLANE | {int(name[1:], 16): value for name, value in changes.items()}
    return {f"({group:04X},{low:04X})": value for low, value in rows.items() if value is not None}


def check(attributes, checker=None):
    return (checker or Checker()).check_dataset(encode(GOOD[CT] | attributes), EXPLICIT_LITTLE).findings


def test_a_good_plane_says_nothing():
    found = check(plane() | plane(0x601E))
    assert errors(found) + warned(found) == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"_10": None}, ("type1-missing", "OverlayRows")),
        ({"_40": None}, ("type1-missing", "OverlayType")),
        ({"_50": None}, ("type1-missing", "OverlayOrigin")),
        ({"_3000": None}, ("type1-missing", "OverlayData")),
        ({"_40": ("CS", "")}, ("type1-empty", "OverlayType")),
        ({"_3000": ("OW", b"")}, ("type1-empty", "OverlayData")),
        ({"_40": ("CS", "ROI")}, ("enumerated-value", "OverlayType")),
        ({"_100": ("US", 16), "_3000": None}, ("enumerated-value", "OverlayBitsAllocated")),
        ({"_102": ("US", 12)}, ("enumerated-value", "OverlayBitPosition")),
        ({"_10": ("US", 5)}, ("overlay-length", "OverlayData")),
        ({"_15": ("IS", 2)}, ("overlay-length", "OverlayData")),
        ({"_50": ("SS", [1])}, ("vm", "OverlayOrigin")),
        ({"_50": ("US", [1, 1])}, ("vr-mismatch", "OverlayOrigin")),
    ],
)
def test_what_is_wrong_with_a_plane(changes, found):
    assert errors(check(plane(**changes))) == [found]
    rule, name = found
    path = f"{name}(6002,{next(low for low in NAMES if NAMES[low] == name):04X})"
    assert errors(check(plane() | plane(0x6002, **changes))) == [(rule, path)]


NAMES = {0x10: "OverlayRows", 0x40: "OverlayType", 0x50: "OverlayOrigin", 0x3000: "OverlayData"}
NAMES |= {0x100: "OverlayBitsAllocated", 0x102: "OverlayBitPosition"}


def test_what_is_too_long_can_be_shown():
    found = check(plane(_3000=("OW", bytes(4))))
    assert (errors(found), warned(found)) == ([], [("overlay-length", "OverlayData")])


@pytest.mark.parametrize(
    "changes",
    [
        {"_15": ("IS", 3), "_3000": ("OW", bytes(6))},
        {"_10": ("US", 5), "_3000": ("OB", bytes(4))},
        {"_40": ("CS", "R"), "_1301": ("IS", 4), "_22": ("LO", "MASK")},
        {"_50": ("SS", [-3, 0])},
    ],
)
def test_what_a_plane_may_be(changes):
    assert errors(check(plane(**changes))) == []


def test_a_lone_description_is_no_plane():
    assert errors(check({"(6000,0022)": ("LO", "MASK")})) == []
    assert errors(check({"(6000,1500)": ("LO", "MASK")})) == []


def test_the_length_of_the_data_is_remembered_and_not_the_data():
    checker = Checker()
    for data, found in (
        (bytes(2), []),
        (b"\xff\xff", []),
        (bytes(1000), []),
        (b"\0", [("odd-length", "OverlayData"), ("overlay-length", "OverlayData")]),
    ):
        assert [each for each in errors(check(plane(_3000=("OB", data)), checker)) if each not in found] == []
    assert errors(check(plane(_10=("US", 8)), checker)) == [("overlay-length", "OverlayData")]
    assert errors(check(plane(), checker)) == []


def test_curves_are_retired_and_judged_by_their_grammar():
    found = check({"(5000,0020)": ("CS", "ecg"), "(5002,0005)": ("US", 1)})
    assert ("vr-grammar-cs", "TypeOfData") in errors(found)
    assert ("attribute-retired", "CurveDimensions(5002,0005)") in warned(found)


@pytest.mark.parametrize("syntax", [IMPLICIT_LITTLE, EXPLICIT_BIG])
def test_other_encodings(syntax):
    from pydicom.dataset import Dataset

    dataset = Dataset()
    for low, (vr, value) in GOOD_PLANE.items():
        dataset.add_new((0x6000, low), vr, value)
    dataset.add_new((0x6000, 0x10), "US", 5)
    dataset.file_meta = Dataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    found = Checker().check_pydicom(dataset).findings
    assert [each for each in errors(found) if "Overlay" in each[1]] == [("overlay-length", "OverlayData")]
