"""Photometric Interpretation against the transfer syntax and the JPEG stream: the tables of PS3.5 8.2."""

from __future__ import annotations

import struct

import pytest

from scanproof.iod import Checker
from scanproof.iod.encoded.pixels import NATIVE
from scanproof.iod.judgement.photometric import lossy_findings, photometric_findings
from scanproof.iod.judgement.stream_findings import jfif_findings, stream_findings
from scanproof.iod.judgement.streams import Stream, read_stream
from scanproof.iod.tables.knowledge import load_knowledge
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.iod_data import GOOD, SC, US, encode

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
    "1.2.840.10008.1.2.1.98": NATIVE_VALUES,
    "1.2.840.10008.1.2.4.94": GRAY | {"YBR_ICT", "YBR_RCT"},
    "1.2.840.10008.1.2.4.100": {"YBR_PARTIAL_420"},
    "1.2.840.10008.1.2.4.101": {"YBR_PARTIAL_420", "MONOCHROME2"},
    **{f"1.2.840.10008.1.2.4.{last}": {"YBR_PARTIAL_420"} for last in (102, 103, 104, 105, 106, 107, 108)},
    "1.2.840.10008.1.2.4.101.1": {"YBR_PARTIAL_420", "MONOCHROME2"},
    "1.2.840.10008.1.2.4.201": LOSSLESS | {"YBR_RCT"},
    "1.2.840.10008.1.2.4.203": LOSSLESS - PALETTE | {"YBR_RCT", "YBR_ICT"},
}
#: Whose tables were not read: warnings.
UNREAD = ("1.2.840.10008.1.2.4.101.1", "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.203")
#: Said to be allowed by editions after those that were read.
LATER = [("YBR_FULL_422", "1.2.840.10008.1.2.4.90"), ("YBR_FULL_422", "1.2.840.10008.1.2.4.91")]
#: Free before the tables came, of which a file does not say whether it knows them.
EARLIER = [("YBR_FULL", JPEG), *((value, "1.2.840.10008.1.2.4.51") for value in ("YBR_FULL", "RGB", "YBR_FULL_422"))]


@pytest.mark.parametrize(("syntax", "values"), TABLE.items())
def test_the_table(syntax, values):
    found = {value for value in STANDARD if any(photometric_findings(value, syntax, {"BitsAllocated": 8}))}
    assert found == STANDARD - values
    for value in found:
        (finding,) = photometric_findings(value, syntax, {"BitsAllocated": 8})
        level = "warning" if (value, syntax) in LATER + EARLIER or syntax in UNREAD else "error"
        assert (finding.rule, finding.level, finding.tag) == (
            "photometric-by-syntax",
            level,
            "PhotometricInterpretation",
        )
        assert value in finding.message


@pytest.mark.parametrize("value", ["ACME_LAB", "HSV", "ARGB", "CMYK", "YBR_PARTIAL_422", "XYB", ""])
@pytest.mark.parametrize("syntax", TABLE)
def test_what_the_tables_do_not_speak_of_escapes_them(syntax, value):
    assert not list(photometric_findings(value, syntax, {"BitsAllocated": 8}))


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.8.1", "2.25.1"]
)
def test_a_transfer_syntax_whose_table_was_not_read_says_nothing(syntax):
    assert not [value for value in STANDARD if any(photometric_findings(value, syntax, {"BitsAllocated": 8}))]


@pytest.mark.parametrize(("allocated", "wrong"), [(8, False), (16, True), (None, False)])
def test_ybr_full_in_rle_has_8_bits(allocated, wrong):
    bits = {"BitsAllocated": allocated}
    assert any(photometric_findings("YBR_FULL", "1.2.840.10008.1.2.5", bits)) is wrong
    assert not any(photometric_findings("RGB", "1.2.840.10008.1.2.5", bits))
    assert not any(photometric_findings("YBR_FULL", "1.2.840.10008.1.2.4.70", bits))


ROOT = "1.2.840.10008.1.2"
VL, TRUE_COLOUR = "1.2.840.10008.5.1.4.1.1.77.1.4", "1.2.840.10008.5.1.4.1.1.7.4"


@pytest.mark.parametrize(
    ("sop_class", "value", "syntax", "wrong"),
    [
        (US, "YBR_FULL_422", ".1", "warning"),  # a value of editions before
        (US, "YBR_FULL", ".1", False),  # one section has it, and another has not
        (US, "YBR_FULL_422", ".4.50", False),
        (US, "YBR_FULL", ".5", False),
        (VL, "YBR_FULL_422", "", True),
        (VL, "YBR_FULL", ".5", True),
        (VL, "MONOCHROME2", ".1", False),
        (VL, "RGB", ".4.50", False),
        (TRUE_COLOUR, "YBR_FULL_422", ".2", True),
        (TRUE_COLOUR, "YBR_FULL", ".4.70", True),
        (SC, "YBR_FULL_422", ".1", False),  # no text of Secondary Capture forbids it
    ],
)
def test_classes_that_name_the_colours_of_untransformed_images(sop_class, value, syntax, wrong):
    level = "error" if wrong is True else wrong
    found = list(photometric_findings(value, ROOT + syntax, {}, load_knowledge().iod(sop_class)))
    assert [(each.rule, each.level.value) for each in found] == [("photometric-by-syntax", level)] * bool(wrong)


@pytest.mark.parametrize(
    ("value", "syntax", "numbers", "level"),
    [
        ("RGB", ".4.70", {"PlanarConfiguration": 1}, "warning"),
        ("RGB", ".4.50", {"PlanarConfiguration": 1}, "warning"),
        ("RGB", ".5", {"PlanarConfiguration": 1}, ""),
        ("RGB", ".1", {"PlanarConfiguration": 1}, ""),
        ("YBR_FULL_422", ".1", {"PlanarConfiguration": 1}, "error"),
        ("MONOCHROME2", ".4.50", {"BitsStored": 12}, "error"),
        ("MONOCHROME2", ".4.51", {"BitsStored": 12}, ""),
        ("MONOCHROME2", ".4.51", {"BitsStored": 16}, "error"),
        ("MONOCHROME2", ".4.90", {"BitsStored": 32}, ""),
        ("MONOCHROME2", ".5", {"BitsStored": 32}, ""),
        ("RGB", ".1", {"PixelRepresentation": 1}, "warning"),
        ("MONOCHROME2", ".4.70", {"PixelRepresentation": 1, "BitsStored": 16}, ""),
    ],
)
def test_the_rest_of_the_description(value, syntax, numbers, level):
    found = [each.level.value for each in photometric_findings(value, ROOT + syntax, numbers)]
    assert found == ([level] if level else [])


@pytest.mark.parametrize(
    ("flag", "syntax", "lost", "sop_class", "wrong"),
    [
        ("00", ".4.50", False, SC, True),
        ("01", ".4.50", False, SC, False),
        (None, ".4.50", False, SC, False),  # Type 3 of General Image
        (None, ".4.50", False, US, True),  # Type 1C
        ("00", ".4.91", False, SC, False),
        ("00", ".4.91", True, SC, True),
        ("00", ".4.90", False, SC, False),
        ("00", ".1", False, SC, False),
        ("00", ".4.102", False, VL, True),
    ],
)
def test_what_lost_something_says_so(flag, syntax, lost, sop_class, wrong):
    assert any(lossy_findings(flag, ROOT + syntax, lost, load_knowledge().iod(sop_class))) is wrong


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
    found = [finding.level.value for finding in jfif_findings(photometric, read_stream(stream(**how)))]
    assert found == ([level] if level else [])


@pytest.mark.parametrize("length", range(0, 200, 7))
def test_a_stream_that_ends_early_raises_nothing(length):
    for each in (stream(jfif=True), b"\xff\xd8" + b"\xff" * 200, b"\xff\xd8\xff\xe0\0\0" * 30):
        list(jfif_findings("RGB", read_stream(each[:length])))
    assert isinstance(read_stream(jpeg_2000()[:length]), Stream)


def jpeg_2000(*, transformed=False, reversible=True, samples=3, bits=8):
    size = struct.pack(">HIIIIIIIIH", 0, 4, 4, 0, 0, 4, 4, 0, 0, samples) + bytes((bits - 1, 1, 1)) * samples
    style = bytes((0, 0, 0, 1, transformed, 5, 4, 4, 0, reversible))
    return b"\xff\x4f" + segment(0x51, size) + segment(0x52, style) + b"\xff\x90\0\x0a"


def lossless(process=0xC3, selection=1):
    frame = segment(process, struct.pack(">BHHB", 16, 4, 4, 1) + b"\1\x11\0")
    return b"\xff\xd8" + frame + segment(0xDA, bytes((1, 1, 0, selection, 0, 0)))


SIZE = {"Rows": 4, "Columns": 4, "SamplesPerPixel": 3, "BitsStored": 8}
GRAY_SIZE = SIZE | {"SamplesPerPixel": 1, "BitsStored": 12}


@pytest.mark.parametrize(
    ("frame", "syntax", "value", "numbers", "said"),
    [
        (jpeg_2000(), ".4.90", "RGB", SIZE, []),
        (jpeg_2000(transformed=True), ".4.90", "YBR_RCT", SIZE, []),
        (jpeg_2000(transformed=True), ".4.90", "RGB", SIZE, [("photometric-by-stream", "error")]),
        (jpeg_2000(transformed=True), ".4.91", "YBR_ICT", SIZE, [("photometric-by-stream", "error")]),
        (jpeg_2000(transformed=True, reversible=False), ".4.91", "YBR_ICT", SIZE, []),
        (jpeg_2000(), ".4.91", "YBR_RCT", SIZE, [("photometric-by-stream", "error")]),
        (jpeg_2000(transformed=True), ".4.201", "RGB", SIZE, [("photometric-by-stream", "warning")]),
        (jpeg_2000(reversible=False), ".4.90", "RGB", SIZE, [("encapsulation", "error")]),
        (b"\0\0\0\x0cjP  " + bytes(40), ".4.90", "RGB", SIZE, [("encapsulation", "error")]),
        (jpeg_2000(), ".4.90", "RGB", SIZE | {"Rows": 5}, [("stream-disagrees", "error")]),
        (jpeg_2000(samples=1), ".4.90", "MONOCHROME2", GRAY_SIZE, [("stream-disagrees", "warning")]),
        (jpeg_2000(samples=1, bits=16), ".4.90", "MONOCHROME2", GRAY_SIZE, []),
        (lossless(), ".4.70", "MONOCHROME2", GRAY_SIZE, []),
        (lossless(selection=6), ".4.70", "MONOCHROME2", GRAY_SIZE, [("encapsulation", "error")]),
        (lossless(selection=6), ".4.57", "MONOCHROME2", GRAY_SIZE, []),
        (lossless(), ".4.50", "MONOCHROME2", GRAY_SIZE, [("encapsulation", "error")]),
        (lossless(0xF7, 2), ".4.80", "MONOCHROME2", GRAY_SIZE, [("encapsulation", "error")]),
        (lossless(0xF7, 2), ".4.81", "MONOCHROME2", GRAY_SIZE, []),
        (lossless(0xF7, 0), ".4.80", "MONOCHROME2", GRAY_SIZE, []),
        (stream(), ".4.50", "RGB", SIZE | {"Columns": 3}, [("stream-disagrees", "error")]),
        (stream(), ".5", "RGB", SIZE | {"Columns": 3}, []),
        (b"", ".4.90", "YBR_RCT", SIZE, []),
    ],
)
def test_the_first_frame_is_what_is_said_of_it(frame, syntax, value, numbers, said):
    found = stream_findings(read_stream(frame), ROOT + syntax, value, numbers)
    assert [(each.rule, each.level.value) for each in found] == said


# --- through the checker ----------------------------------------------------------------------------------------------


def item(data):
    return b"\xfe\xff\x00\xe0" + struct.pack("<I", len(data)) + data


def check(photometric, syntax, pixels=b""):
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": photometric, "PlanarConfiguration": 0}
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "Rows": 4, "Columns": 4}
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
    assert check("RGB", "1.2.840.10008.1.2.4.90", jpeg_2000()) == []
    assert check("RGB", "1.2.840.10008.1.2.4.90", jpeg_2000(transformed=True)) == [("photometric-by-stream", "error")]


def test_encapsulated_uncompressed_pixels_are_encapsulated():
    assert check("RGB", "1.2.840.10008.1.2.1.98", bytes(48)) == []
    assert check("YBR_ICT", "1.2.840.10008.1.2.1.98", bytes(48)) == [("photometric-by-syntax", "error")]
    found = Checker().check_dataset(encode(GOOD[SC]), "1.2.840.10008.1.2.1.98")
    assert [finding.rule for finding in found.errors] == ["encapsulation"]


def test_native_pixels_have_no_value_of_a_compression():
    for value, said in (("YBR_ICT", "error"), ("YBR_RCT", "error"), ("YBR_FULL", None), ("RGB", None)):
        found = Checker().check_dataset(encode(GOOD[SC] | {"PhotometricInterpretation": value}), EXPLICIT_LITTLE)
        assert [f.level for f in found.findings if f.rule == "photometric-by-syntax"] == ([said] if said else [])


def test_a_private_value_is_no_error():
    found = Checker().check_dataset(encode(GOOD[SC] | {"PhotometricInterpretation": "ACME_LAB"}), EXPLICIT_LITTLE)
    assert [f for f in found.errors if f.tag == "PhotometricInterpretation"] == []
