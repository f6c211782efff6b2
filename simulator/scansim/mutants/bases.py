"""Good files that have what a defect needs: sequences, other character sets, compressed pixels, implicit VR."""

from __future__ import annotations

import struct
from dataclasses import replace

from scansim.mutants.surgery import Change, Element, File, both, insert, insert_element, sequence, value
from scansim.wire.dataset import IMPLICIT_LITTLE, PIXEL_DATA

RLE_LOSSLESS = "1.2.840.10008.1.2.5"
_ITEM, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"

REFERENCED_CLASS, REFERENCED_INSTANCE = "1.2.840.10008.5.1.4.1.1.2", "2.25.166540389187432810123"


def code(name: str, value_: str, scheme: str, meaning: str, undefined: bool = False) -> Element:
    """A sequence of one coded concept."""
    item: dict[str, str | Element] = {
        "CodeValue": value_,
        "CodingSchemeDesignator": scheme,
        "CodeMeaning": meaning,
    }
    return sequence(name, item, undefined=undefined)


PURPOSE = code("PurposeOfReferenceCodeSequence", "121311", "DCM", "Localizer")

with_references = insert_element(
    "ReferencedImageSequence",
    sequence(
        "ReferencedImageSequence",
        {
            "ReferencedSOPClassUID": REFERENCED_CLASS,
            "ReferencedSOPInstanceUID": REFERENCED_INSTANCE,
            "PurposeOfReferenceCodeSequence": PURPOSE,
        },
    ),
)
with_procedure = insert_element("ProcedureCodeSequence", code("ProcedureCodeSequence", "P1", "99SCANSIM", "Phantom"))
with_open_procedure = insert_element(
    "ProcedureCodeSequence", code("ProcedureCodeSequence", "P1", "99SCANSIM", "Phantom", undefined=True)
)
with_other_ids = insert_element(
    "OtherPatientIDsSequence",
    sequence("OtherPatientIDsSequence", {"PatientID": "SP-OTHER", "TypeOfPatientID": "TEXT"}),
)
with_private = both(
    insert("(0009,0010)", "SCANSIM TEST", "LO"),
    insert("(0009,1001)", "private text", "LO"),
)


def character_set(terms: str, name: bytes | None = None) -> Change:
    """Another Specific Character Set, and a name of the patient in it."""
    change = value("SpecificCharacterSet", terms)
    return change if name is None else both(change, value("PatientName", name))


def implicit(file: File) -> File:
    """The file in Implicit VR Little Endian."""
    return replace(value("TransferSyntaxUID", IMPLICIT_LITTLE)(file), explicit=False)


def fragments(*items: bytes, end: bytes = _SEQUENCE_END + bytes(4)) -> bytes:
    """Encapsulated Pixel Data of these items, the Basic Offset Table being the first (PS3.5 A.4)."""
    return b"".join(_ITEM + struct.pack("<I", len(item)) + item for item in items) + end


def rle_frame(file: File) -> bytes:
    """The single frame of 16-bit pixels as RLE of literal runs alone: legal, though it saves nothing (PS3.5 G)."""
    (columns,) = struct.unpack("<H", file.get("Columns").value)
    pixels = file.get("PixelData").value
    segments = []
    for plane in (pixels[1::2], pixels[0::2]):  # the most significant bytes come first
        rows = (plane[at : at + columns] for at in range(0, len(plane), columns))
        runs = (row[at : at + 128] for row in rows for at in range(0, columns, 128))
        segment = b"".join(bytes((len(run) - 1,)) + run for run in runs)
        segments.append(segment + bytes(len(segment) % 2))
    return struct.pack("<16I", 2, 64, 64 + len(segments[0]), *[0] * 13) + b"".join(segments)


def encapsulated(*items: bytes, end: bytes = _SEQUENCE_END + bytes(4)) -> Change:
    """Pixel Data made of these items."""
    return lambda file: file.put("PixelData", Element(PIXEL_DATA, "OB", fragments(*items, end=end), undefined=True))


def compressed(file: File) -> File:
    """The file in RLE Lossless."""
    return encapsulated(b"", rle_frame(file))(value("TransferSyntaxUID", RLE_LOSSLESS)(file))
