"""Walking over encoded data sets: what pydicom finds at the root, whatever is nested, and within bounds."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from io import BytesIO

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from scansim.reference.skim import MalformedError, TooMuchError, Walk
from scansim.wire.encoding import encode, unread

SEQUENCE_END, ITEM_END = struct.pack("<HHI", 0xFFFE, 0xE0DD, 0), struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
OPEN_ITEM = struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)


def _ds() -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodeMeaning = "C", "meaning"
    step = Dataset()
    step.Modality, step.ScheduledProtocolCodeSequence = "CT", [code, code]
    ds = Dataset()
    ds.PatientID, ds.PatientName, ds.Rows = "SYN-1", "Synthetic-Doe^Jane", 512
    ds.ScheduledProcedureStepSequence = [step, Dataset()]
    ds.add_new(0x7FE00010, "OW", bytes(100_000))
    return ds


def _open(tag: int, *items: bytes, vr: bytes = b"SQ") -> bytes:
    """A sequence of undefined length whose items are of undefined length too."""
    head = struct.pack("<HH2sHI", tag >> 16, tag & 0xFFFF, vr, 0, 0xFFFFFFFF)
    return head + b"".join(OPEN_ITEM + item + ITEM_END for item in items) + SEQUENCE_END


def _walk(
    data: bytes, syntax: str = ExplicitVRLittleEndian, keep: int = 1 << 20, most: int = 1000, whole: bool = False
) -> list[tuple[int, bytes]]:
    found = Walk(BytesIO(data), UID(syntax), longest=1 << 24, most=most, whole=whole).elements(keep)
    return [(tag, raw or b"") for tag, raw in found]


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian, ExplicitVRBigEndian])
def test_every_element_at_the_root_with_its_bytes(syntax: str, whole: bool) -> None:
    data = encode(_ds(), syntax)
    found = _walk(data, syntax, whole=whole)
    assert [tag for tag, _ in found] == list(map(int, unread(data, syntax).keys()))
    assert b"".join(raw for _, raw in found) == data


def test_what_is_long_is_not_kept() -> None:
    found = dict(_walk(encode(_ds(), ExplicitVRLittleEndian), keep=1000))
    assert found[0x7FE00010] == b""
    assert found[0x00100020] == b"\x10\0\x20\0LO\x06\0SYN-1 "


@pytest.mark.parametrize("whole", [True, False])
def test_sequences_of_undefined_length(whole: bool) -> None:
    inner = _open(0x00400008, encode(_ds(), ExplicitVRLittleEndian))
    implicit = OPEN_ITEM + encode(_ds(), ImplicitVRLittleEndian) + ITEM_END + SEQUENCE_END
    unknown = struct.pack("<HH2sHI", 0x0041, 0x1001, b"UN", 0, 0xFFFFFFFF) + implicit
    data = _open(0x00400100, inner, b"", inner) + unknown
    assert _walk(data, whole=whole) == [(0x00400100, data[: -len(unknown)]), (0x00411001, unknown)]


def test_encapsulated_pixels_are_no_data_set() -> None:
    fragments = b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(one)) + one for one in (b"", b"\xff" * 7000))
    pixels = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OB", 0, 0xFFFFFFFF) + fragments + SEQUENCE_END
    assert _walk(pixels, JPEGBaseline8Bit, whole=True) == [(0x7FE00010, pixels)]


def test_no_beginning_of_a_data_set_is_a_data_set() -> None:
    ds = _ds()
    del ds[0x7FE00010]
    explicit = encode(ds, ExplicitVRLittleEndian)
    data = explicit + _open(0x00400100, b"", encode(ds, ExplicitVRLittleEndian))
    ends = [0]
    for _, raw in _walk(data):
        ends.append(ends[-1] + len(raw))
    for length in range(len(data) + 1):
        if length in ends:
            _walk(data[:length])
        else:
            with pytest.raises(MalformedError):
                _walk(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        SEQUENCE_END,
        OPEN_ITEM + ITEM_END,
        struct.pack("<HH2sH", 0x0010, 0x0010, b"XX", 0),
        struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, 0xFFFFFFFF) + ITEM_END,
        _open(0x00400100, SEQUENCE_END),
        _open(0x00400100)[:-8] + encode(_ds(), ExplicitVRLittleEndian),
        (struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, 0xFFFFFFFF) + OPEN_ITEM) * 2000,
    ],
    ids=["delimiter", "item", "no VR", "item end", "sequence end in an item", "element for item", "nested without end"],
)
def test_what_is_malformed(data: bytes) -> None:
    for whole in (True, False):
        with pytest.raises(MalformedError):
            _walk(data, whole=whole, most=10_000)


def test_an_element_that_goes_beyond_its_item() -> None:
    item = struct.pack("<HHI", 0xFFFE, 0xE000, 8) + struct.pack("<HH2sH", 0x0010, 0x0020, b"LO", 4) + b"LONG"
    data = struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, len(item)) + item
    assert len(_walk(data)) == 1, "who passes over it does not see it"
    with pytest.raises(MalformedError):
        _walk(data, whole=True)


def test_how_much_is_taken() -> None:
    empty = struct.pack("<HHI", 0xFFFE, 0xE000, 0) * 500
    for data in (
        struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, len(empty)) + empty,
        struct.pack("<HH2sHI", 0x0040, 0x0100, b"SQ", 0, 0xFFFFFFFF) + empty + SEQUENCE_END,
        struct.pack("<HH2sHI", 0x0040, 0x0100, b"UN", 0, len(empty)) + empty,
    ):
        assert len(_walk(data, whole=True, most=502)) == 1
        with pytest.raises(TooMuchError):
            _walk(data, whole=True, most=499)


def test_deflated_data_are_inflated_as_they_are_walked_over() -> None:
    plain = encode(_ds(), ExplicitVRLittleEndian)
    deflated = zlib.compress(plain, 9, -zlib.MAX_WBITS)
    for data in (deflated, deflated + b"\0"):
        assert b"".join(raw for _, raw in _walk(data, DeflatedExplicitVRLittleEndian)) == plain
    for data in (deflated[:-3], b"", plain, zlib.compress(plain[:-2], 9, -zlib.MAX_WBITS)):
        with pytest.raises(MalformedError):
            _walk(data, DeflatedExplicitVRLittleEndian)
    head = struct.pack("<HH2sHI", 0x7FE0, 0x0010, b"OW", 0, 1 << 30)
    bomb = zlib.compress(head + bytes(40 << 20), 1, -zlib.MAX_WBITS)
    tracemalloc.start()
    with pytest.raises(TooMuchError):
        _walk(bomb, DeflatedExplicitVRLittleEndian)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 << 20
