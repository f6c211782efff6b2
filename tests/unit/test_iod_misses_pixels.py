"""Where the pixels of an image are: Pixel Data, Float or Double Float Pixel Data, a URL, or nowhere."""

from __future__ import annotations

import struct

import pytest

from scanproof.iod import Checker
from scanproof.iod.command import Options, check_paths
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.iod_data import CT, GOOD, MR, SC, encode, errors

PARAMETRIC_MAP, DOSE, SPECTROSCOPY = (
    *("1.2.840.10008.5.1.4.1.1.30", "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.4.2"),
)
RULES = (
    "frames-of-single",
    "pixel-data-missing",
    "pixel-data-place",
    "pixel-length",
    "bits-contradiction",
    "condition-forbidden",
)
JPIP = "1.2.840.10008.1.2.4.94"
INTEGERS = ("BitsStored", "HighBit", "PixelRepresentation")


def check(attributes, syntax=EXPLICIT_LITTLE, without=(), *, headers=False, elided=0, behind=b""):
    kept = {name: value for name, value in attributes.items() if name not in ("PixelData", *without)}
    checker = Checker(headers=headers)
    found = errors(checker.check_dataset(encode(kept) + behind, syntax, elided=elided).findings)
    return [each for each in found if each[0] in RULES]


def pixels(element, vr, length):
    return struct.pack("<HH2sHI", 0x7FE0, element, vr, 0, length) + bytes(length)


FLOAT, DOUBLE, INTEGER = pixels(8, b"OF", 4), pixels(9, b"OD", 8), pixels(0x10, b"OW", 2)
MISSING = ("pixel-data-missing", "PixelData")


@pytest.mark.parametrize("sop_class", [CT, MR, SC])
def test_an_image_without_pixels(sop_class):
    assert check(GOOD[sop_class]) == [MISSING]
    assert check(GOOD[sop_class], headers=True) == []
    assert check(GOOD[sop_class], elided=2) == []
    assert check(GOOD[sop_class], behind=INTEGER) == []


@pytest.mark.parametrize(
    ("behind", "bits", "without", "found"),
    [
        (b"", 16, (), [("pixel-data-missing", "PixelData")]),
        (INTEGER, 16, (), []),
        (FLOAT, 32, INTEGERS, []),
        (DOUBLE, 64, INTEGERS, []),
        (FLOAT, 64, INTEGERS, [("bits-contradiction", "BitsAllocated")]),
        (FLOAT, 32, INTEGERS[1:], [("condition-forbidden", "BitsStored")]),
        (pixels(8, b"OF", 8), 32, INTEGERS, [("pixel-length", "FloatPixelData")]),
        (FLOAT + DOUBLE, 64, INTEGERS, [("pixel-data-place", "DoubleFloatPixelData")]),
    ],
)
def test_a_parametric_map_has_one_of_three(behind, bits, without, found):
    attributes = GOOD[CT] | {"SOPClassUID": PARAMETRIC_MAP, "BitsAllocated": bits}
    assert check(attributes, without=without, behind=behind) == found


def test_float_pixels_are_of_no_other_class():
    attributes = GOOD[CT] | {"BitsAllocated": 32}
    assert MISSING in check(attributes, without=INTEGERS, behind=FLOAT)


@pytest.mark.parametrize(
    ("syntax", "url", "behind", "found"),
    [
        (JPIP, "https://example.org/1", b"", []),
        (JPIP, None, b"", [("pixel-data-missing", "PixelDataProviderURL")]),
        (JPIP, None, INTEGER, [("pixel-data-missing", "PixelDataProviderURL")]),
        (JPIP, "https://example.org/1", INTEGER, [("pixel-data-place", "PixelDataProviderURL")]),
        (EXPLICIT_LITTLE, "https://example.org/1", b"", [("pixel-data-place", "PixelDataProviderURL")]),
        (EXPLICIT_LITTLE, "https://example.org/1", INTEGER, [("pixel-data-place", "PixelDataProviderURL")]),
    ],
)
def test_a_url_goes_with_jpip(syntax, url, behind, found):
    attributes = GOOD[CT] | ({"PixelDataProviderURL": url} if url else {})
    assert check(attributes, syntax, behind=behind) == found


def test_a_dose_of_histograms_needs_no_grid():
    histograms = {name: value for name, value in GOOD[CT].items() if name not in ("Rows", "Columns")}
    without = ("SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", *INTEGERS)
    assert check(histograms | {"SOPClassUID": DOSE}, without=without) == []
    assert check(GOOD[CT] | {"SOPClassUID": DOSE}) == [MISSING]


def test_spectra_are_no_pixels():
    assert check({"SOPClassUID": SPECTROSCOPY}) == []


def test_errors_only_tells_what_was_not_judged(tmp_path):
    (tmp_path / "dose.dcm").write_bytes(encode(GOOD[CT] | {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.77.1.5.1"}))
    (tmp_path / "own.dcm").write_bytes(encode(GOOD[CT] | {"SOPClassUID": "1.2.3.4"}))
    (tmp_path / "head.dcm").write_bytes(encode({name: GOOD[CT][name] for name in GOOD[CT] if name != "PixelData"}))
    out = []
    check_paths([tmp_path], Options(errors_only=True, headers=True, fail_on=None), out.append, out.append)
    said = "".join(out)
    for rule in ("conditions-not-checked", "iod-not-checked", "header-only"):
        assert rule in said
    assert "no-part10" not in said
    assert "WARNING" not in said


@pytest.mark.parametrize(
    ("sop_class", "frames", "wrong"),
    [
        (SC, "2", True),
        (CT, "2", True),
        (SC, "1", False),
        (SC, "", False),
        ("1.2.840.10008.5.1.4.1.1.7.2", "2", False),
        ("1.2.840.10008.5.1.4.1.1.3.1", "2", False),
        (DOSE, "2", False),
    ],
)
def test_frames_of_classes_that_have_one(sop_class, frames, wrong):
    found = check(GOOD[CT] | {"SOPClassUID": sop_class, "NumberOfFrames": frames}, behind=pixels(0x10, b"OW", 4))
    assert [rule for rule, path in found if path == "NumberOfFrames"] == ["frames-of-single"] * wrong
