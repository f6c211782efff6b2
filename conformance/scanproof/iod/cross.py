"""Cross-checks that are made each time: file meta against data set, bits against bits, length of the pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.part10 import FileHeader
from scanproof.iod.raw import UNDEFINED, Broken, Encoding

#: Attributes whose values cross-checks and checks across instances need.
WANTED = frozenset(
    (
        *("SpecificCharacterSet", "SOPClassUID", "SOPInstanceUID", "Modality", "PatientID", "PatientName"),
        *("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "InstanceNumber", "Rows", "Columns"),
        *("SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "NumberOfFrames"),
        *("PhotometricInterpretation", "ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing"),
        *("SliceThickness", "StudyID", "SeriesNumber", "ImageType", "AccessionNumber", "StudyDate", "Manufacturer"),
        *("PatientBirthDate", "PatientSex", "DeviceSerialNumber"),
    )
)
_PIXELS = "PS3.3 C.7.6.3 (2013); PS3.5 8"
_META = "PS3.10 7.1 (2018-2024)"


@dataclass(frozen=True)
class Pixels:
    """Where Pixel Data stands: its tag, VR, stated length, and the bytes that are there."""

    tag: int
    vr: str
    length: int
    there: int
    stop: int


def pixels_at(
    data: bytes,
    at: int,
    tag: int,
    vr: bytes,
    length: int,
    value_at: int,
    end: int,
    elided: int,
    encoding: Encoding,
) -> Pixels:
    """Step over Pixel Data without looking into it; Broken when encapsulated items do not end."""
    if length == UNDEFINED:
        stop = encoding.end_of(data, at, end) if not elided else end
        return Pixels(tag, vr.decode(), length, stop - value_at, stop)
    stop = min(end, value_at + length)
    if value_at + length > end + elided:
        raise Broken(at, f"Pixel Data states {length} bytes, {end - value_at} are left")
    return Pixels(tag, vr.decode(), length, stop - value_at, stop)


def _number(facts: Mapping[str, bytes], keyword: str) -> int | None:
    raw = facts.get(keyword)
    if raw is None or not raw:
        return None
    if keyword == "NumberOfFrames":
        text = raw.strip(b" \0").decode("latin-1")
        return int(text) if text.lstrip("+").isdigit() else None
    return int.from_bytes(raw[:2], "little") if len(raw) >= 2 else None


def check(facts: Mapping[str, bytes], pixels: Pixels | None, header: FileHeader) -> Iterator[IodFinding]:
    """Make the cross-checks of one data set."""
    yield from _meta(facts, header)
    yield from _bits(facts)
    if pixels is not None and pixels.tag == 0x7FE00010:
        yield from _pixel_length(facts, pixels)


def _meta(facts: Mapping[str, bytes], header: FileHeader) -> Iterator[IodFinding]:
    pairs = (("MediaStorageSOPClassUID", "SOPClassUID"), ("MediaStorageSOPInstanceUID", "SOPInstanceUID"))
    for meta, keyword in pairs:
        stated = header.meta.get(meta)
        value = facts.get(keyword, b"").rstrip(b"\0 ").decode("latin-1")
        if stated and value and stated != value:
            text = f"{stated} in File Meta Information, {value} in the data set"
            yield IodFinding("meta-mismatch", IodLevel.ERROR, keyword, text, _META)


def _bits(facts: Mapping[str, bytes]) -> Iterator[IodFinding]:
    allocated, stored, high = (_number(facts, name) for name in ("BitsAllocated", "BitsStored", "HighBit"))
    if allocated is not None and stored is not None and stored > allocated:
        text = f"{stored} bits stored of {allocated} allocated"
        yield IodFinding("bits-contradiction", IodLevel.ERROR, "BitsStored", text, _PIXELS)
    if high is not None and stored is not None and high != stored - 1:
        text = f"High Bit {high} with {stored} bits stored; {stored - 1} is wanted"
        yield IodFinding("bits-contradiction", IodLevel.ERROR, "HighBit", text, _PIXELS)


def _pixel_length(facts: Mapping[str, bytes], pixels: Pixels) -> Iterator[IodFinding]:
    if pixels.length == UNDEFINED:
        return
    rows, columns, samples, allocated = (
        _number(facts, name) for name in ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    )
    if rows is None or columns is None or allocated is None:
        return
    frames = _number(facts, "NumberOfFrames") or 1
    bits = rows * columns * (samples or 1) * allocated * frames
    photometric = facts.get("PhotometricInterpretation", b"").strip(b" \0")
    if photometric in (b"YBR_FULL_422", b"YBR_PARTIAL_422"):
        bits = bits * 2 // 3
    wanted = (bits + 7) // 8
    wanted += wanted % 2
    if pixels.length != wanted:
        text = f"{pixels.length} bytes, where rows, columns, samples, frames and bits make {wanted}"
        yield IodFinding("pixel-length", IodLevel.ERROR, "PixelData", text, _PIXELS)
