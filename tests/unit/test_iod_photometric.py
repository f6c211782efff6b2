"""Photometric Interpretation against the transfer syntax and the JPEG stream: the tables of PS3.5 8.2."""

from __future__ import annotations

import struct

import pytest

from scanproof.iod import Checker
from scanproof.iod.encoded.pixels import NATIVE
from scanproof.iod.judgement.photometric import jfif_findings, photometric_findings
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.iod_data import GOOD, SC, encode

GRAY, PALETTE = {"MONOCHROME1", "MONOCHROME2"}, {"PALETTE COLOR"}
STANDARD = GRAY | PALETTE | {"RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"}
LOSSLESS = GRAY | PALETTE | {"YBR_FULL", "RGB"}
NATIVE_VALUES = LOSSLESS | {"YBR_FULL_422"}
JPEG = "1.2.840.10008.1.2.4.50"
#: Transfer Syntax to the values that it has, written down apart from the checker's table.
TABLE = {
    **dict.fromkeys(sorted(NATIVE), NATIVE_VALUES),
    JPEG: GRAY | {"YBR_FULL_422", "RGB"},
    "1.2.840.10008.1.2.4.51": GRAY,
    "1.2.840.10008.1.2.4.57": LOSSLESS,
    "1.2.840.10008.1.2.4.70": LOSSLESS,
    "1.2.840.10008.1.2.5": LOSSLESS,
    "1.2.840.10008.1.2.4.80": LOSSLESS,
    "1.2.840.10008.1.2.4.81": LOSSLESS - PALETTE,
    "1.2.840.10008.1.2.4.90": LOSSLESS | {"YBR_RCT"},
    "1.2.840.10008.1.2.4.91": LOSSLESS - PALETTE | {"YBR_RCT", "YBR_ICT"},
}
#: Said to be allowed by editions after those that were read.
LATER = [("YBR_FULL_422", "1.2.840.10008.1.2.4.90"), ("YBR_FULL_422", "1.2.840.10008.1.2.4.91")]


@pytest.mark.parametrize(("syntax", "values"), TABLE.items())
def test_the_table(syntax, values):
    found = {value for value in STANDARD if any(photometric_findings(value, syntax, 8))}
    assert found == STANDARD - values
    for value in found:
        (finding,) = photometric_findings(value, syntax, 8)
        level = "warning" if (value, syntax) in LATER else "error"
        assert (finding.rule, finding.level, finding.tag) == (
            "photometric-by-syntax",
            level,
            "PhotometricInterpretation",
        )
        assert value in finding.message


@pytest.mark.parametrize("value", ["ACME_LAB", "HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "XYB", ""])
@pytest.mark.parametrize("syntax", TABLE)
def test_what_the_tables_do_not_speak_of_escapes_them(syntax, value):
    assert not list(photometric_findings(value, syntax, 8))


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.102", "2.25.1"]
)
def test_a_transfer_syntax_whose_table_was_not_read_says_nothing(syntax):
    assert not [value for value in STANDARD if any(photometric_findings(value, syntax, 8))]


@pytest.mark.parametrize(("allocated", "wrong"), [(8, False), (16, True), (None, False)])
def test_ybr_full_in_rle_has_8_bits(allocated, wrong):
    assert any(photometric_findings("YBR_FULL", "1.2.840.10008.1.2.5", allocated)) is wrong
    assert not any(photometric_findings("RGB", "1.2.840.10008.1.2.5", allocated))
    assert not any(photometric_findings("YBR_FULL", "1.2.840.10008.1.2.4.70", allocated))


# --- the JPEG stream --------------------------------------------------------------------------------------------------


def segment(marker, body):
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def stream(*, jfif=False, factors=(0x11, 0x11, 0x11)):
    parts = segment(0xE0, b"JFIF\0\1\1\0\0\1\0\1\0\0") if jfif else b""
    tables = segment(0xDB, bytes(65)) + segment(0xDB, bytes(65))
    components = b"".join(bytes((number, factor, 0)) for number, factor in enumerate(factors, 1))
    frame = segment(0xC0, struct.pack(">BHHB", 8, 4, 4, len(factors)) + components)
    return b"\xff\xd8" + parts + tables + frame + segment(0xDA, bytes(10))


@pytest.mark.parametrize(
    ("photometric", "how", "level"),
    [
        ("RGB", {}, None),
        ("RGB", {"jfif": True}, "warning"),  # never an error: RGB is a value of the table
        ("RGB", {"factors": (0x22, 0x11, 0x11)}, "warning"),
        ("RGB", {"jfif": True, "factors": (0x21, 0x11, 0x11)}, "warning"),
        ("RGB", {"factors": (0x22, 0x22, 0x22)}, None),
        ("YBR_FULL_422", {"factors": (0x21, 0x11, 0x11)}, None),
        ("YBR_FULL_422", {"jfif": True, "factors": (0x21, 0x11, 0x11)}, "info"),
        ("MONOCHROME2", {"jfif": True, "factors": (0x11,)}, "info"),
    ],
)
def test_rgb_and_what_the_stream_looks_like(photometric, how, level):
    found = [finding.level.value for finding in jfif_findings(photometric, stream(**how))]
    assert found == ([level] if level else [])


@pytest.mark.parametrize("length", range(0, 200, 7))
def test_a_stream_that_ends_early_raises_nothing(length):
    for each in (stream(jfif=True), b"\xff\xd8" + b"\xff" * 200, b"\xff\xd8\xff\xe0\0\0" * 30):
        list(jfif_findings("RGB", each[:length]))


# --- through the checker ----------------------------------------------------------------------------------------------


def item(data):
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data


def check(photometric, syntax, pixels=b""):
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": photometric, "PlanarConfiguration": 0}
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
    data = encode({name: value for name, value in (GOOD[SC] | colour | bits).items() if name != "PixelData"})
    data += b"\xe0\x7f\x10\x00OB\0\0\xff\xff\xff\xff" + item(b"") + item(pixels) + b"\xfe\xff\xdd\xe0" + bytes(4)
    found = Checker().check_dataset(data, syntax).findings
    return [(f.rule, f.level.value) for f in found if f.rule.startswith("photometric")]


def test_a_data_set_is_held_against_its_transfer_syntax():
    assert check("YBR_ICT", JPEG, stream()) == [("photometric-by-syntax", "error")]
    assert check("YBR_ICT", "1.2.840.10008.1.2.4.90", b"ab") == [("photometric-by-syntax", "error")]
    assert check("YBR_FULL_422", "1.2.840.10008.1.2.5", b"ab") == [("photometric-by-syntax", "error")]
    assert check("YBR_FULL_422", JPEG, stream()) == []
    assert check("RGB", JPEG, stream(jfif=True)) == [("photometric-jfif", "warning")]
    assert check("RGB", JPEG, stream()) == []
    assert check("RGB", "1.2.840.10008.1.2.4.90", stream(jfif=True)) == []


def test_native_pixels_have_no_value_of_a_compression():
    for value, said in (("YBR_ICT", "error"), ("YBR_RCT", "error"), ("YBR_FULL", None), ("RGB", None)):
        found = Checker().check_dataset(encode(GOOD[SC] | {"PhotometricInterpretation": value}), EXPLICIT_LITTLE)
        assert [f.level for f in found.findings if f.rule == "photometric-by-syntax"] == ([said] if said else [])


def test_a_private_value_is_no_error():
    found = Checker().check_dataset(encode(GOOD[SC] | {"PhotometricInterpretation": "ACME_LAB"}), EXPLICIT_LITTLE)
    assert [f for f in found.errors if f.tag == "PhotometricInterpretation"] == []
