"""Cross-checks of one data set: pixels, UIDs, dates and geometry, by what contradicts what."""

from __future__ import annotations

import struct

import pytest

from scanproof.iod.encoded.encoding import EXPLICIT, UNDEFINED
from scanproof.iod.encoded.pixels import read_pixels
from scanproof.iod.engine.cross import Cross
from scanproof.iod.judgement.consistency import not_orthonormal
from scanproof.iod.judgement.encapsulation import RLE_LOSSLESS, judge_encapsulation
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.iod_data import CT, SC

JPEG = "1.2.840.10008.1.2.4.50"
BITS = {"BitsAllocated": 16, "BitsStored": 12, "HighBit": 11, "SamplesPerPixel": 1, "Rows": 4, "Columns": 4}


def check(texts=None, pixels=None, syntax=EXPLICIT_LITTLE, meta=None, signs=(), **numbers):
    facts = {name: struct.pack("<H", value) for name, value in numbers.items()}
    facts |= {name: value.encode() for name, value in (texts or {}).items()}
    cross = Cross(lambda uid: load_knowledge().iod(CT) if uid == CT else None)
    first = cross.check(facts, pixels, meta or {}, syntax, signs, True)
    assert cross.check(facts, pixels, meta or {}, syntax, signs, True) == first
    return [(finding.rule, finding.tag) for finding in first]


def native(length, vr=b"OW", there=None):
    data = bytes(12 + (length if there is None else there))
    return read_pixels(data, 0, 0x7FE00010, vr, length, 12, len(data), 0, EXPLICIT)


def test_nothing_is_said_of_nothing():
    assert check() == []


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, []),
        ({"HighBit": 15}, ["HighBit"]),
        ({"BitsStored": 17, "HighBit": 16}, ["BitsAllocated"]),
        ({"BitsStored": 17}, ["BitsStored", "BitsStored"]),
        ({"BitsStored": 0}, ["BitsStored"]),
        ({"BitsAllocated": 12}, ["BitsAllocated"]),
        ({"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}, []),
        ({"BitsAllocated": 0}, ["BitsAllocated", "BitsAllocated"]),
    ],
)
def test_bits(changes, found):
    assert check(**{**BITS, **changes}) == [("bits-contradiction", tag) for tag in found]


@pytest.mark.parametrize(
    ("photometric", "samples", "right"),
    [("MONOCHROME2", 1, True), ("MONOCHROME1", 3, False), ("RGB", 3, True), ("RGB", 1, False), ("YBR_FULL", 3, True),
     ("YBR_ICT", 1, False), ("PALETTE COLOR", 1, True), ("UNHEARD OF", 7, True)],
)  # fmt: skip
def test_samples(photometric, samples, right):
    found = check({"PhotometricInterpretation": photometric}, SamplesPerPixel=samples)
    assert found == ([] if right else [("bits-contradiction", "SamplesPerPixel")])


@pytest.mark.parametrize(
    ("numbers", "texts", "length", "right"),
    [
        (BITS, {}, 32, True),
        (BITS, {}, 34, False),
        (BITS, {}, 30, False),
        (BITS, {"NumberOfFrames": "3"}, 96, True),
        (BITS, {"NumberOfFrames": "many"}, 32, True),
        ({**BITS, "Rows": 3, "Columns": 3, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}, {}, 10, True),
        ({**BITS, "Rows": 3, "Columns": 3, "BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}, {}, 2, True),
        (
            {**BITS, "BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "SamplesPerPixel": 3},
            {"PhotometricInterpretation": "YBR_FULL_422"},
            32,
            True,
        ),
    ],
)
def test_length_of_pixels(numbers, texts, length, right):
    vr = b"OB" if numbers["BitsAllocated"] <= 8 else b"OW"
    found = check(texts, native(length, vr), **numbers)
    assert found == ([] if right else [("pixel-length", "PixelData")])


def test_pixels_that_are_cut_are_not_judged_by_their_length():
    assert check(pixels=native(32, there=10), **BITS) == []


def test_ob_of_more_than_eight_bits():
    assert check(pixels=native(32, b"OB"), **BITS) == [("vr-mismatch", "PixelData")]


@pytest.mark.parametrize(("representation", "vr", "right"), [(0, b"US", True), (0, b"SS", False), (1, b"SS", True),
                                                            (1, b"US", False), (7, b"US", True)])  # fmt: skip
def test_signs(representation, vr, right):
    found = check(signs=((0x00280120, vr),), PixelRepresentation=representation)
    assert found == ([] if right else [("vr-by-pixel-representation", "PixelPaddingValue")])
    assert check(signs=((0x00283002, vr),), PixelRepresentation=representation) == []


# --- encapsulation ----------------------------------------------------------------------------------------------------


def item(data):
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data


END = b"\xfe\xff\xdd\xe0" + bytes(4)


def wrong(*parts, syntax=JPEG, frames=1, planes=0, vr=b"OB", elided=0):
    data = b"".join(parts)
    pixels = read_pixels(data, 0, 0x7FE00010, vr, UNDEFINED, 0, len(data), elided, EXPLICIT)
    return [finding.message for finding in judge_encapsulation(pixels, syntax, frames, planes)]


def test_fragments_that_add_up():
    assert wrong(item(b""), item(b"1234"), END) == []
    assert wrong(item(b""), item(b"12"), item(b"34"), END) == [], "a frame may have several fragments"
    table = struct.pack("<2I", 0, 12)
    assert wrong(item(table), item(b"1234"), item(b"12"), END, frames=2) == []
    assert wrong(item(b""), item(struct.pack("<I", 2) + bytes(60)), END, syntax=RLE_LOSSLESS, planes=2) == []
    assert wrong(item(b"")[:8], elided=100) == [], "what was not kept is taken to be right"


@pytest.mark.parametrize(
    ("parts", "how", "words"),
    [
        ((item(b""), item(b"1234")), {}, "the data end"),
        ((item(b""), END), {}, "no fragment"),
        ((item(b"1234"), END), {}, "no fragment"),
        ((item(b""), item(b"123"), END), {}, "3 bytes"),
        ((item(struct.pack("<I", 4)), item(b"1234"), END), {}, "points to byte 4"),
        ((item(struct.pack("<2I", 0, 12)), item(b"1234"), item(b"12"), END), {}, "8 bytes for 1 frames"),
        ((item(b""), item(b"12"), END), {"frames": 2}, "fewer"),
        ((item(b""), item(b"12"), item(b"12"), END), {"syntax": RLE_LOSSLESS}, "each is one"),
        ((item(b""), item(struct.pack("<I", 3) + bytes(60)), END), {"syntax": RLE_LOSSLESS, "planes": 2}, "3 segments"),
        ((item(b""), item(b"12"), END[:4] + b"\2\0\0\0\0\0"), {}, "states 2 bytes"),
        ((item(b""), b"\xfe\xff\x00\xe0\xff\0\0\0"), {}, "states 255 bytes"),
        ((item(b""), b"\x08\0\x05\0\0\0\0\0"), {}, "where a fragment belongs"),
        ((item(b""), item(b"12"), END), {"vr": b"OW"}, "are OB"),
        ((item(b""), item(b"12"), END), {"syntax": EXPLICIT_LITTLE}, "has them native"),
    ],
)
def test_fragments_that_do_not(parts, how, words):
    found = wrong(*parts, **how)
    assert len(found) == 1
    assert words in found[0]


def test_native_pixels_in_a_compressed_transfer_syntax():
    assert [f.rule for f in judge_encapsulation(native(32), JPEG, 1, 2)] == ["encapsulation"]
    assert list(judge_encapsulation(native(32), "1.3.6.1.4.1.5962.300.2", 1, 2)) == [], "private: nobody knows"


# --- identity ---------------------------------------------------------------------------------------------------------


def test_uids_name_one_thing_each():
    uids = {"SOPClassUID": CT, "StudyInstanceUID": "1.2", "SeriesInstanceUID": "1.3", "SOPInstanceUID": "1.4\0"}
    assert check(uids) == []
    assert check({**uids, "SeriesInstanceUID": "1.2"}) == [("uid-reuse", "SeriesInstanceUID")]
    assert check({**uids, "FrameOfReferenceUID": "1.4\0"}) == [("uid-reuse", "FrameOfReferenceUID")]
    assert check({**uids, "FrameOfReferenceUID": ""}) == []


def test_file_and_data_set_name_the_same():
    meta = {"MediaStorageSOPClassUID": CT.encode(), "MediaStorageSOPInstanceUID": b"1.4"}
    assert check({"SOPClassUID": CT, "SOPInstanceUID": "1.4\0"}, meta=meta) == []
    assert check({"SOPClassUID": SC, "SOPInstanceUID": "1.4\0"}, meta=meta) == [
        ("meta-mismatch", "MediaStorageSOPClassUID")
    ]


@pytest.mark.parametrize(
    ("uid", "found"),
    [
        ("1.2.840.10008.5.1.4.1.1.6", ["sop-class-retired"]),
        ("1.2.840.10008.1.2", ["sop-class-unknown"]),
        ("1.2.840.10008.5.1.4.1.1.2.99", ["sop-class-unknown"]),
        ("1.3.6.1.4.1.5962.9", []),
        (CT, []),
    ],
)
def test_sop_classes(uid, found):
    assert [rule for rule, _ in check({"SOPClassUID": uid})] == found


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"PatientBirthDate": "19500101", "StudyDate": "20260101", "SeriesDate": "20260102"}, []),
        ({"PatientBirthDate": "20270101", "StudyDate": "20260101"}, ["PatientBirthDate"]),
        ({"StudyDate": "20260101", "SeriesDate": "20251231"}, ["SeriesDate"]),
        ({"PatientBirthDate": "19500101", "StudyDate": "20260101", "PatientAge": "076Y"}, []),
        ({"PatientBirthDate": "19500101", "StudyDate": "20260101", "PatientAge": "067Y"}, ["PatientAge"]),
        ({"PatientBirthDate": "20251201", "StudyDate": "20260101", "PatientAge": "004W"}, []),
        ({"PatientBirthDate": "20251201", "StudyDate": "20260101", "PatientAge": "031Y"}, ["PatientAge"]),
        ({"PatientBirthDate": "1950", "StudyDate": "2026-01-01", "PatientAge": "x"}, []),
    ],
)
def test_dates(texts, found):
    assert check(texts) == [("dates", tag) for tag in found]


# --- geometry ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        ({"ImageOrientationPatient": r"1\0\0\0\1\0", "PixelSpacing": r"0.5\0.5", "SliceThickness": "5"}, []),
        ({"ImageOrientationPatient": r"0.7071068\0.7071068\0\-0.7071068\0.7071068\0"}, []),
        ({"ImageOrientationPatient": r"1\0\0\0\2\0"}, ["geometry-orientation"]),
        ({"ImageOrientationPatient": r"1\0\0\1\0\0"}, ["geometry-orientation"]),
        ({"ImageOrientationPatient": r"1\0\0\0\nan\0"}, []),
        ({"PixelSpacing": r"0\0.5"}, ["geometry-spacing"]),
        ({"SpacingBetweenSlices": "-1"}, ["geometry-spacing"]),
        ({"SliceThickness": "0"}, ["geometry-spacing"]),
        ({"WindowCenter": r"1\2", "WindowWidth": "1"}, ["vm-pair"]),
        ({"WindowCenter": "1", "WindowWidth": "0.5"}, ["geometry-window"]),
        ({"WindowCenter": "1", "WindowWidth": "0.5", "VOILUTFunction": "SIGMOID"}, []),
        ({"WindowCenter": "1", "WindowWidth": "0", "VOILUTFunction": "LINEAR_EXACT"}, ["geometry-window"]),
    ],
)
def test_geometry(texts, found):
    assert [rule for rule, _ in check(texts)] == found


def test_words_of_an_orientation():
    assert not_orthonormal((1, 0, 0, 0, 1, 0)) == ""
    assert "row direction" in not_orthonormal((2, 0, 0, 0, 1, 0))
    assert "right angles" in not_orthonormal((1, 0, 0, 0.6, 0.8, 0))
