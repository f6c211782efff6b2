"""Attributes that are known, sent with VR UN: judged as if their VR had been there (PS3.5 6.2.2)."""

from __future__ import annotations

import struct

import pytest
from pydicom.datadict import tag_for_keyword

from scanproof.iod import Checker
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE
from tests.support.iod_data import CT, ENHANCED_CT, GOOD, MR, encode, errors

ITEM, END_ITEM, END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0" + bytes(4), b"\xfe\xff\xdd\xe0" + bytes(4)


def implicit(keyword, value):
    tag = tag_for_keyword(keyword)
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def item(*elements, undefined=False):
    body = b"".join(elements)
    return ITEM + b"\xff" * 4 + body + END_ITEM if undefined else ITEM + struct.pack("<I", len(body)) + body


def unknown(attributes, keyword, value, *, length=None, big=False):
    """Encoded attributes, one of them in VR UN with these bytes."""
    tag = tag_for_keyword(keyword)
    order = ">" if big else "<"
    head = struct.pack(f"{order}HH", tag >> 16, tag & 0xFFFF) + b"UN\0\0"
    mine = head + struct.pack(f"{order}I", len(value) if length is None else length) + value
    parts = {name: element(name, each, big) for name, each in attributes.items()}
    parts[keyword] = mine
    return b"".join(parts[name] for name in sorted(parts, key=tag_for_keyword))


def element(keyword, value, big):
    """One encoded element; only its head and US depend on the byte order."""
    if keyword == "PixelData":
        return struct.pack(">HH2sHI" if big else "<HH2sHI", 0x7FE0, 0x10, b"OW", 0, len(value)) + value
    little = encode({keyword: value})
    if not big:
        return little
    group, number, vr, length = struct.unpack_from("<HH2sH", little)
    body = little[:7:-1] if vr == b"US" else little[8:]
    return struct.pack(">HH2sH", group, number, vr, length) + body


def check(data, syntax=EXPLICIT_LITTLE):
    return errors(Checker().check_dataset(data, syntax).findings)


@pytest.mark.parametrize(
    ("keyword", "value", "found"),
    [
        ("PatientSex", b"X ", ("enumerated-value", "PatientSex")),
        ("StudyDate", b"2026-1-2", ("vr-grammar-da", "StudyDate")),
        ("PixelSpacing", b"1\\1\\1 ", ("vm", "PixelSpacing")),
        ("PixelSpacing", b"a\\1 ", ("vr-grammar-ds", "PixelSpacing")),
        ("ImageType", b"FRESH\\PRIMARY\\AXIAL ", ("enumerated-value", "ImageType")),
        ("Modality", b"PT", ("modality-sop-class", "Modality")),
        ("KVP", b"100\0", ("nul-padding", "KVP")),
        ("SeriesInstanceUID", b"9.1 ", ("uid-root", "SeriesInstanceUID")),
        ("Rows", b"\1\0\1", ("odd-length", "Rows")),
        ("SamplesPerPixel", b"\3\0", ("bits-contradiction", "SamplesPerPixel")),
        ("RescaleSlope", b"", ("type1-empty", "RescaleSlope")),
        ("SOPInstanceUID", b"2.25.2", ("uid-reuse", "SeriesInstanceUID")),
    ],
)
def test_values_are_judged_by_the_dictionary(keyword, value, found):
    assert found in check(unknown(GOOD[CT], keyword, value))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        *(("PatientSex", b"O "), ("KVP", b"100 "), ("Rows", b"\1\0"), ("StudyInstanceUID", b"2.25.1")),
        ("ContourData", b"\\".join([b"1.25"] * 15_000) + b" "),  # longer than the 65534 bytes that DS has room for
    ],
)
def test_right_ones_say_nothing(keyword, value):
    assert check(unknown(GOOD[CT], keyword, value)) == []


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize(
    ("code", "found"),
    [
        (b"T-D4000 ", []),
        (b"far too long for SH ", [("value-too-long", "AnatomicRegionSequence[1] > CodeValue")]),
        (b"", [("type1-empty", "AnatomicRegionSequence[1] > CodeValue")]),
    ],
)
def test_sequences_of_defined_and_undefined_length(undefined, code, found):
    inner = (implicit("CodeValue", code), implicit("CodingSchemeDesignator", b"SRT "), implicit("CodeMeaning", b"x "))
    value = item(*inner, undefined=undefined) + (END if undefined else b"")
    data = unknown(GOOD[CT], "AnatomicRegionSequence", value, length=0xFFFFFFFF if undefined else None)
    assert check(data) == found


def test_a_sequence_whose_bytes_are_no_items_may_mean_anything():
    assert check(unknown(GOOD[CT], "AnatomicRegionSequence", b"\1\2\3\4\5\6\7\x08")) == []


def test_items_are_in_the_character_set_of_what_is_around():
    inner = (implicit("CodeValue", b"x "), implicit("CodingSchemeDesignator", b"99"), implicit("CodeMeaning", b"\xe4 "))
    data = unknown(GOOD[CT] | {"SpecificCharacterSet": "ISO_IR 100"}, "AnatomicRegionSequence", item(*inner))
    assert check(data) == []
    assert check(data.replace(b"ISO_IR 100", b"ISO_IR 192")) == [
        ("charset-bytes", "AnatomicRegionSequence[1] > CodeMeaning")
    ]


def test_conditions_see_the_values():
    good = {name: value for name, value in GOOD[MR].items() if name != "RepetitionTime"}
    assert ("condition-missing", "RepetitionTime") in check(unknown(good, "ScanningSequence", b"SE"))
    assert ("condition-missing", "RepetitionTime") not in check(unknown(good, "ScanningSequence", b"EP"))


def test_the_same_attributes_with_other_bytes_are_judged_anew():
    checker = Checker()
    good = {name: value for name, value in GOOD[MR].items() if name != "RepetitionTime"}
    found = [
        ("condition-missing", "RepetitionTime")
        in errors(checker.check_dataset(unknown(good, "ScanningSequence", value), EXPLICIT_LITTLE).findings)
        for value in (b"SE", b"EP", b"SE")
    ]
    assert found == [True, False, True]


def test_bytes_are_little_endian_in_a_big_endian_data_set():
    good = GOOD[CT] | {"Columns": 2, "PixelData": bytes(4)}
    assert check(unknown(good, "Columns", b"\2\0", big=True), EXPLICIT_BIG) == []
    assert check(unknown(good, "Columns", b"\0\2", big=True), EXPLICIT_BIG) == [("pixel-length", "PixelData")]


@pytest.mark.parametrize("keyword", ["SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"])
def test_functional_groups_are_looked_into(keyword):
    good = GOOD[CT] | {"SOPClassUID": ENHANCED_CT, "NumberOfFrames": 1}
    pixel = implicit("PixelSpacing", b"far ")
    group = implicit("PixelMeasuresSequence", item(pixel))
    found = check(unknown(good, keyword, item(group)))
    assert ("vr-grammar-ds", f"{keyword}[1] > PixelMeasuresSequence[1] > PixelSpacing") in found


def test_private_ones_and_those_that_nobody_knows_stay_opaque():
    data = encode(GOOD[CT] | {"(0009,0010)": ("LO", "SCANSIM"), "(0009,1001)": ("UN", b"\0\1\2\3")})
    assert check(data) == []
    creator = encode(GOOD[CT] | {"(0009,0010)": ("UN", b"SCANSIM ")})
    found = Checker().check_dataset(creator, EXPLICIT_LITTLE).findings
    assert [(each.rule, each.level) for each in found] == [("private-creator-vr", "warning")]


def test_offsets_of_items_are_those_of_the_data_set():
    inner = (implicit("CodeValue", b"x "), implicit("CodingSchemeDesignator", b"99"), implicit("CodeMeaning", b"a\1"))
    data = unknown(GOOD[CT], "AnatomicRegionSequence", item(*inner))
    (finding,) = [each for each in Checker().check_dataset(data, EXPLICIT_LITTLE).findings if each.level == "error"]
    assert data[finding.offset : finding.offset + 4] == b"\x08\x00\x04\x01"
