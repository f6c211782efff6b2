"""Values that another value, or the SOP Class, leaves no choice: bits by the kind of pixels, MIME types, dose signs."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.places import first
from scansim.wire.dataset import DataSet

_SEGMENT_BITS = "PS3.3 Table C.8.20-2 (2020)"
#: Bits Allocated, Bits Stored and High Bit by Segmentation Type.
_BITS = {"BINARY": ("1", "1", "0"), "FRACTIONAL": ("8", "8", "7")}
_BIT_NAMES = ("BitsAllocated", "BitsStored", "HighBit")
#: Bits Allocated of a parametric map by the attribute that has its pixels.
_PIXELS = {"PixelData": "16", "PixelDataProviderURL": "16", "FloatPixelData": "32", "DoubleFloatPixelData": "64"}
#: By IOD (PS3.3 A.45.1.4, A.45.2.4 and A.85, 2020).
_MIME = {
    "encapsulated-pdf": "application/pdf",
    "encapsulated-cda": "text/XML",
    "encapsulated-stl": "model/stl",
    "encapsulated-obj": "model/obj",
    "encapsulated-mtl": "model/mtl",
}


def judge_kinds(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge what the kind of an object says of its values; `iod` is the key of its IOD."""
    if iod == "segmentation":
        kind = first(root, "SegmentationType")
        for name, wanted in zip(_BIT_NAMES, _BITS.get(kind, ()), strict=False):
            yield from _wanted(root, name, wanted, f"Segmentation Type is {kind}", _SEGMENT_BITS)
    elif iod == "parametric-map":
        for name, wanted in _PIXELS.items():
            if name in root:
                yield from _wanted(root, "BitsAllocated", wanted, f"{name} is there", "PS3.3 Table C.8.32-2 (2020)")
    elif iod == "rt-dose":
        yield from _dose(root)
    elif iod in _MIME:
        found, wanted = first(root, "MIMETypeOfEncapsulatedDocument"), _MIME[iod]
        if found and found.lower() != wanted.lower():
            text = f"{found!r}, where the SOP Class means {wanted}"
            here = "MIMETypeOfEncapsulatedDocument"
            yield IodFinding("enumerated-value", IodLevel.ERROR, here, text, "PS3.3 A.45, A.85 (2020)")


def _dose(root: DataSet) -> Iterator[IodFinding]:
    allocated, kind = first(root, "BitsAllocated"), first(root, "DoseType")
    if allocated in ("16", "32"):
        yield from _wanted(root, "BitsStored", allocated, "it is Bits Allocated of a dose", "PS3.3 C.8.8.3.4.4 (2020)")
    if kind in ("PHYSICAL", "EFFECTIVE"):
        yield from _wanted(root, "PixelRepresentation", "0", f"Dose Type is {kind}", "PS3.3 C.8.8.3.4.6 (2020)")
    elif kind == "ERROR":
        yield from _wanted(root, "PixelRepresentation", "1", "Dose Type is ERROR", "PS3.3 C.8.8.3.4.6 (2020)")


def _wanted(root: DataSet, name: str, wanted: str, why: str, clause: str) -> Iterator[IodFinding]:
    found = first(root, name)
    if found and found != wanted:
        yield IodFinding("enumerated-value", IodLevel.ERROR, name, f"{found}, not {wanted}, as {why}", clause)
