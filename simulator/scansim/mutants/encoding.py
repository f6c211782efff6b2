"""Mutants: the encoding of elements: odd lengths, VRs, their order, and data that end too early."""

from __future__ import annotations

import struct
from dataclasses import replace

from scansim.mutants.bases import with_procedure
from scansim.mutants.facts import CT, IMAGES, MR, Mutant, unchanged
from scansim.mutants.surgery import Change, Element, File, edit, insert, value

_ODD = "PS3.5 7.1.1 (2020a)"
_ELEMENTS = "PS3.5 7.1 (2020a)"
_DICTIONARY = "PS3.5 6.2 (2024e), PS3.6 6 (2024c)"
_BY_PIXELS = "PS3.5 6.2 (2024e), PS3.3 Table C.7-11c (2024e)"


def _vr(name: str, path: str, vr: str, summary: str, *, raw: bytes | None = None, base: Change = unchanged) -> Mutant:
    def other(element: Element) -> Element:
        return replace(element, vr=vr, value=element.value if raw is None else raw, items=None)

    return Mutant(name, summary, "vr-mismatch", _DICTIONARY, "error", path, edit(path, other), base=base)


def _other_sign(path: str, raw: bytes = bytes(2)) -> Change:
    """Put the element in with the VR that Pixel Representation does not allow."""

    def change(file: File) -> File:
        signed = file.get("PixelRepresentation").value == b"\1\0"
        return insert(path, raw, "US" if signed else "SS")(file)

    return change


def _structure(
    name: str,
    rule: str,
    summary: str,
    path: str,
    change: Change,
    *,
    base: Change = unchanged,
    touched: tuple[str, ...] = (),
    clause: str = _ELEMENTS,
) -> Mutant:
    return Mutant(name, summary, rule, clause, "error", path, change, IMAGES, touched=touched, base=base)


def _swap(file: File) -> File:
    numbers = [number for number, element in enumerate(file.elements) if element.tag in (0x00100010, 0x00100020)]
    elements = list(file.elements)
    first, second = numbers
    elements[first], elements[second] = elements[second], elements[first]
    return replace(file, elements=tuple(elements))


def _cut(keep: int) -> Change:
    """End the file `keep` bytes after the beginning of Pixel Data."""

    def change(file: File) -> File:
        pixels = file.get("PixelData").encode(file.explicit)
        return replace(file, elements=file.elements[:-1], tail=pixels[:keep])

    return change


def _implicit_inside(file: File) -> File:
    """Encode one element without its VR, in a data set where the others have theirs."""
    element = file.get("PatientID")
    raw = element.encode(explicit=False)
    # the length field of 32 bits is read as a VR and a length of 16 bits: the same bytes, seen from the other side
    return file.put("PatientID", replace(element, vr=raw[4:6].decode("latin-1"), stated=0))


MUTANTS = (
    *(
        Mutant(
            f"odd-length-{vr.lower()}",
            f"{vr} {path}: {len(new)} bytes, an odd number",
            "odd-length",
            _ODD,
            "error",
            path,
            value(path, new, pad=False),
            IMAGES,
        )
        for vr, path, new in (
            ("DS", "SliceThickness", "5.0"),
            ("LO", "PatientID", "SP1234567"),
            ("UI", "FrameOfReferenceUID", "2.25.1234"),
            ("PN", "PatientName", "Synthetic^Odd"),
            ("CS", "PatientSex", "M"),
        )
    ),
    _structure(
        "odd-length-nested",
        "odd-length",
        "LO in an item: an odd number of bytes",
        "ProcedureCodeSequence[1] > CodeMeaning",
        value("ProcedureCodeSequence[1] > CodeMeaning", "Odd", pad=False),
        base=with_procedure,
        clause=_ODD,
    ),
    _vr("vr-mismatch-patient-id", "PatientID", "SH", "Patient ID as SH, the dictionary says LO"),
    _vr("vr-mismatch-study-date", "StudyDate", "LO", "Study Date as LO, the dictionary says DA"),
    _vr("vr-mismatch-slice-thickness", "SliceThickness", "FL", "Slice Thickness as FL", raw=struct.pack("<f", 5)),
    _vr("vr-mismatch-rows", "Rows", "UL", "Rows as UL, the dictionary says US", raw=struct.pack("<I", 512)),
    _vr(
        "vr-mismatch-sequence",
        "ProcedureCodeSequence",
        "LO",
        "Procedure Code Sequence as LO",
        raw=b"P1",
        base=with_procedure,
    ),
    _vr("vr-mismatch-pixel-data", "PixelData", "OB", "Pixel Data of 16 bits allocated as OB, and not encapsulated"),
    _structure(
        "vr-unknown",
        "vr-unknown",
        "the VR of Station Name is ZZ",
        "StationName",
        edit("StationName", lambda element: replace(element, vr="ZZ")),
    ),
    *(
        Mutant(
            f"vr-by-pixel-representation-{name}",
            f"{path} is {wrong}, Pixel Representation says {right}",
            "vr-by-pixel-representation",
            _BY_PIXELS,
            "error",
            path,
            _other_sign(path, raw),
            (sop_class,),
        )
        for sop_class, wrong, right in ((CT, "US", "SS"), (MR, "SS", "US"))
        for path, name, raw in (
            ("PixelPaddingValue", f"padding-{wrong.lower()}", bytes(2)),
            ("SmallestImagePixelValue", f"smallest-{wrong.lower()}", bytes(2)),
        )
    ),
    _structure(
        "element-order",
        "element-order",
        "Patient ID stands before Patient's Name",
        "PatientName",
        _swap,
        touched=("PatientName", "PatientID"),
    ),
    _structure(
        "element-twice",
        "element-twice",
        "Patient ID stands twice",
        "PatientID",
        edit("PatientID", lambda element: (element, element)),
    ),
    _structure(
        "length-beyond-end",
        "element-truncated",
        "Pixel Data state more bytes than there are",
        "PixelData",
        edit("PixelData", lambda element: replace(element, stated=len(element.value) + 512)),
    ),
    _structure(
        "length-too-short",
        "element-length",
        "Patient ID states two bytes fewer than it has",
        "PatientID",
        edit("PatientID", lambda element: replace(element, stated=len(element.value) - 2)),
    ),
    _structure(
        "length-too-long",
        "element-length",
        "Patient ID states two bytes more than it has",
        "PatientID",
        edit("PatientID", lambda element: replace(element, stated=len(element.value) + 2)),
    ),
    _structure("cut-in-value", "element-truncated", "the file ends inside Pixel Data", "PixelData", _cut(5000)),
    _structure("cut-in-header", "element-truncated", "the file ends inside an element header", "PixelData", _cut(6)),
    _structure(
        "implicit-among-explicit",
        "vr-unknown",
        "Patient ID is encoded without its VR, the others have theirs",
        "PatientID",
        _implicit_inside,
        clause="PS3.5 7.1 (2020a)",
    ),
    _structure(
        "command-group",
        "group-forbidden",
        "an element of group 0000H, which is for commands",
        "(0000,0002)",
        insert("(0000,0002)", "1.2.840.10008.5.1.4.1.1.2", "UI"),
    ),
)
