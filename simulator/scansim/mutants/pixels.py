"""Mutants: the description of pixels, the length of Pixel Data, and how they are encapsulated."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace

from scansim.mutants.bases import RLE_LOSSLESS, compressed, encapsulated
from scansim.mutants.facts import CT, IMAGES, MR, Mutant, unchanged
from scansim.mutants.surgery import Change, Element, File, delete, edit, number, value
from scansim.wire.dataset import EXPLICIT_LITTLE

_BITS = "PS3.5 8.1.1 (2020a)"
_DESCRIPTION = "PS3.3 Table C.7-11c (2024e)"
_LENGTH = "PS3.5 8.1.1 (2020a), PS3.3 C.7.6.3.1.4 (2020a)"
_FRAGMENTS = "PS3.5 A.4 (2019d)"


def _bits(name: str, path: str, new: int, summary: str, clause: str, classes: tuple[str, ...] = IMAGES) -> Mutant:
    return Mutant(f"bits-{name}", summary, "bits-contradiction", clause, "error", path, number(path, new), classes)


def _length(name: str, summary: str, how: Callable[[Element, int], bytes]) -> Mutant:
    """Change the bytes of Pixel Data; `how` gets the element and the length of a row in bytes."""

    def change(file: File) -> File:
        (columns,) = struct.unpack("<H", file.get("Columns").value)
        element = file.get("PixelData")
        return file.put("PixelData", replace(element, value=how(element, 2 * columns)))

    return Mutant(f"pixel-length-{name}", summary, "pixel-length", _LENGTH, "error", "PixelData", change)


def _fragments(
    name: str,
    summary: str,
    change: Change,
    *,
    touched: tuple[str, ...] = (),
    base: Change = compressed,
    clause: str = _FRAGMENTS,
) -> Mutant:
    return Mutant(
        f"encapsulation-{name}",
        summary,
        "encapsulation",
        clause,
        "error",
        "PixelData",
        change,
        touched=touched,
        base=base,
    )


def _of_frame(make: Callable[[bytes], Change]) -> Change:
    """Encapsulate anew what the RLE frame of the file's own fragments becomes by `make`."""

    def change(file: File) -> File:
        frame = file.get("PixelData").value[16:-8]  # after the empty offset table and the header, before the delimiter
        return make(frame)(file)

    return change


_END = b"\xfe\xff\xdd\xe0"


def _bare(frame: bytes) -> Change:
    """Encapsulated Pixel Data without an item for the Basic Offset Table."""
    return encapsulated(frame)


def _more_rows(file: File) -> File:
    (rows,) = struct.unpack("<H", file.get("Rows").value)
    return number("Rows", rows + 1)(file)


MUTANTS = (
    Mutant(
        "pixel-data-missing",
        "an image without Pixel Data",
        "pixel-data-missing",
        "PS3.3 Table C.7-11a (2020)",
        "error",
        "PixelData",
        delete("PixelData"),
    ),
    _bits("high-bit-low", "HighBit", 9, "High Bit is not one less than Bits Stored", _DESCRIPTION),
    _bits("high-bit-high", "HighBit", 15, "Bits Stored 12, High Bit 15", _DESCRIPTION, (MR,)),
    _bits("high-bit-out", "HighBit", 16, "High Bit lies outside Bits Allocated", _BITS),
    _bits("stored-large", "BitsStored", 17, "Bits Stored is larger than Bits Allocated", _BITS),
    _bits("stored-zero", "BitsStored", 0, "Bits Stored is 0", _BITS),
    _bits("stored-small", "BitsStored", 10, "Bits Stored 10, High Bit as before", _DESCRIPTION, (CT,)),
    _bits("allocated-odd", "BitsAllocated", 12, "Bits Allocated 12: neither 1 nor a multiple of 8", _DESCRIPTION),
    _bits("allocated-small", "BitsAllocated", 8, "Bits Allocated 8, smaller than Bits Stored", _BITS),
    _bits("samples", "SamplesPerPixel", 3, "three samples per pixel with MONOCHROME2", "PS3.3 Table C.7-11c (2024e)"),
    _length("short", "Pixel Data lack the last row", lambda element, row: element.value[:-row]),
    _length("long", "Pixel Data have a row too many", lambda element, row: element.value + bytes(row)),
    _length("one-word-long", "Pixel Data have two bytes too many", lambda element, row: element.value + bytes(2)),
    _length("empty", "Pixel Data have zero length", lambda element, row: b""),
    Mutant(
        "pixel-length-rows",
        "Rows is one more than Pixel Data have",
        "pixel-length",
        _LENGTH,
        "error",
        "PixelData",
        _more_rows,
        touched=("Rows",),
    ),
    *(
        Mutant(
            f"photometric-{photometric.lower().replace('_', '-')}-{where}",
            f"{photometric}, which {where} Pixel Data do not have",
            "photometric-by-syntax",
            clause,
            "error",
            "PhotometricInterpretation",
            value("PhotometricInterpretation", photometric),
            base=base,
        )
        for photometric, where, clause, base in (
            ("YBR_ICT", "native", "PS3.5 8.2 (2020)", unchanged),
            ("YBR_RCT", "native", "PS3.5 8.2 (2020)", unchanged),
            ("YBR_FULL_422", "rle", "PS3.5 8.2.2 (2020)", compressed),
        )
    ),
    _fragments(
        "native-under-rle",
        "Transfer Syntax RLE Lossless, Pixel Data are native",
        value("TransferSyntaxUID", RLE_LOSSLESS),
        touched=("TransferSyntaxUID",),
        base=unchanged,
    ),
    _fragments(
        "under-native",
        "Transfer Syntax Explicit VR Little Endian, Pixel Data are encapsulated",
        value("TransferSyntaxUID", EXPLICIT_LITTLE),
        touched=("TransferSyntaxUID",),
    ),
    _fragments(
        "no-delimiter",
        "no Sequence Delimitation Item after the fragments",
        _of_frame(lambda frame: encapsulated(b"", frame, end=b"")),
    ),
    _fragments(
        "delimiter-length",
        "the Sequence Delimitation Item has a length",
        _of_frame(lambda frame: encapsulated(b"", frame, end=_END + struct.pack("<I", 2) + bytes(2))),
    ),
    _fragments("no-offset-table", "no item for the Basic Offset Table", _of_frame(_bare)),
    _fragments(
        "offset-table-wrong",
        "the Basic Offset Table points into the first fragment",
        _of_frame(lambda frame: encapsulated(struct.pack("<I", 26), frame)),
    ),
    _fragments("no-fragment", "a Basic Offset Table and nothing else", _of_frame(lambda frame: encapsulated(b""))),
    _fragments("odd-fragment", "a fragment of odd length", _of_frame(lambda frame: encapsulated(b"", frame + b"\0"))),
    _fragments(
        "two-fragments",
        "one frame in two fragments, which RLE forbids",
        _of_frame(lambda frame: encapsulated(b"", frame[:4096], frame[4096:])),
        clause="PS3.5 A.4.2 (2024d)",
    ),
    _fragments(
        "segments",
        "the RLE header announces three segments for 16 bits of one sample",
        _of_frame(lambda frame: encapsulated(b"", struct.pack("<I", 3) + frame[4:])),
        clause="PS3.5 G.5 (2024d)",
    ),
    _fragments(
        "vr", "encapsulated Pixel Data with VR OW", edit("PixelData", lambda element: replace(element, vr="OW"))
    ),
)
