"""What has to agree within one data set: file meta and data set, bits and bits, pixels, UIDs, dates, geometry."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

from scanproof.iod.encoded.encoding import UNDEFINED
from scanproof.iod.encoded.pixels import NATIVE, PIXEL_DATA, Pixels
from scanproof.iod.encoded.registry import ROOT, registered, unlisted
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.photometric import photometric_findings
from scanproof.iod.judgement.pixel_presence import JPIP
from scanproof.iod.tables.knowledge import Iod
from scanproof.iod.tables.words import named
from scansim.wire.dataset import IMPLICIT_LITTLE, keyword

#: What names something, from the general to the special.
UIDS = ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID")
#: Attributes whose values mostly stay the same in a series.
STABLE = (
    *("SOPClassUID", "SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns", "BitsAllocated", "BitsStored"),
    *("HighBit", "PixelRepresentation", "NumberOfFrames", "PlanarConfiguration", "ImageOrientationPatient"),
    "LossyImageCompression",
    *("PixelSpacing", "SpacingBetweenSlices", "SliceThickness", "WindowCenter", "WindowWidth"),
    *("VOILUTFunction", "PatientBirthDate", "PatientAge", "StudyDate", "SeriesDate"),
)
_DESCRIPTION = (
    *("Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored", "PlanarConfiguration"),
    "PixelRepresentation",
)
_PIXELS = "PS3.3 Table C.7-11c (2024e)"
_BITS = "PS3.5 8.1.1 (2020a)"
_LENGTH = "PS3.5 8.1.1 (2020a), PS3.3 C.7.6.3.1.4 (2020a)"
_META = "PS3.10 Table 7.1-1 (2024d)"
_UID = "PS3.5 9 (2024e)"
_REGISTRY = "PS3.6 A (2024c)"
_NUCLEAR = "1.2.840.10008.5.1.4.1.1.20"
_TOLERANCE = 1e-3  # direction cosines are rounded to few characters

Facts = Mapping[str, bytes]


def stable_findings(
    facts: Facts,
    pixels: Pixels | None,
    transfer_syntax: str,
    signs: Sequence[tuple[int, bytes]],
    little: bool,
    iod_of: Callable[[str], Iod | None],
) -> Iterator[IodFinding]:
    """Judge what rests on the values of `STABLE`, and on the size and encoding of the pixels.

    Parameters
    ----------
    facts : mapping of str to bytes
        Raw values by keyword.
    pixels : Pixels or None
        Where Pixel Data stand.
    transfer_syntax : str
        Transfer Syntax UID.
    signs : sequence of (int, bytes)
        Tag and explicit VR of the attributes that are US or SS by Pixel Representation.
    little : bool
        Byte order of binary values.
    iod_of : callable
        The IOD of a SOP Class UID, if the tables have one.
    """
    sop_class = text_of(facts, "SOPClassUID")
    iod = iod_of(sop_class)
    yield from _sop_class(sop_class, iod is not None)
    yield from _bits(facts, little)
    if pixels is not None and pixels.tag == PIXEL_DATA:
        yield from _pixel_data(facts, pixels, transfer_syntax, little, iod)
    if pixels is not None and pixels.tag in _FLOATS and (iod is None or pixels.tag in iod.tags):
        yield from _float_pixels(facts, pixels, little, iod)
    if (pixels is not None and pixels.tag == PIXEL_DATA) or transfer_syntax in JPIP:
        photometric = text_of(facts, "PhotometricInterpretation")
        yield from photometric_findings(photometric, transfer_syntax, description_of(facts, little), iod)
    yield from _signs(facts, signs, little)
    yield from _dates(facts)
    yield from _geometry(facts)


def _error(rule: str, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, path, text, clause)


def _warning(rule: str, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.WARNING, path, text, clause)


def text_of(facts: Facts, name: str) -> str:
    """Value of an attribute as it stands, without padding."""
    return facts.get(name, b"").strip(b"\0 ").decode("latin-1")


def number(facts: Facts, name: str, little: bool = True) -> int | None:
    """First value of a US or IS attribute; None when there is none."""
    raw = facts.get(name)
    if not raw:
        return None
    if name == "NumberOfFrames":
        text = raw.strip(b" \0").decode("latin-1")
        return int(text) if text.lstrip("+").isdecimal() and len(text) <= 12 else None
    return int.from_bytes(raw[:2], "little" if little else "big") if len(raw) % 2 == 0 else None


def written(values: Sequence[float]) -> str:
    """Numbers as an element has them."""
    return "\\".join(f"{value:g}" for value in values)


def description_of(facts: Facts, little: bool) -> dict[str, int | None]:
    """The numbers that describe the pixels, by keyword."""
    return {name: number(facts, name, little) for name in _DESCRIPTION}


def numbers(facts: Facts, name: str) -> tuple[float, ...]:
    """Values of a DS attribute; none when one of them is no finite number."""
    try:
        found = tuple(float(part) for part in facts.get(name, b"").strip(b"\0 ").split(b"\\") if part.strip())
    except ValueError:
        return ()
    return found if all(map(math.isfinite, found)) else ()


# --- identity ---------------------------------------------------------------------------------------------------------


def meta_findings(facts: Facts, meta: Facts) -> Iterator[IodFinding]:
    """Judge the File Meta Information against the data set behind it."""
    pairs = (("MediaStorageSOPClassUID", "SOPClassUID"), ("MediaStorageSOPInstanceUID", "SOPInstanceUID"))
    for name, inside in pairs:
        stated, value = meta.get(name), facts.get(inside, b"").rstrip(b"\0 ")
        if stated and value and stated != value:
            text = f"{stated.decode('latin-1')}, where the data set has {inside} {value.decode('latin-1')}"
            yield _error("meta-mismatch", name, text, _META)


def reuse_findings(facts: Facts) -> Iterator[IodFinding]:
    """A UID names one thing: the same one for two entities is two things under one name."""
    seen: dict[str, str] = {}
    for name in UIDS:
        uid = text_of(facts, name)
        if not uid:
            continue
        if uid in seen:
            other = seen[uid]
            # the instance is the last to get its UID; the class cannot be what is wrong
            path = "SeriesInstanceUID" if (other, name) == ("SeriesInstanceUID", "SOPInstanceUID") else name
            path = other if (other, name) == ("FrameOfReferenceUID", "SOPInstanceUID") else path
            yield _error(
                "uid-reuse", path, f"{uid} is the {named(other)} and the {named(name)}: a UID names one thing", _UID
            )
        else:
            seen[uid] = name


def _sop_class(uid: str, known: bool) -> Iterator[IodFinding]:
    entry = registered(uid)
    if entry is None:
        if uid.startswith(ROOT) and not known:
            yield IodFinding("sop-class-unknown", IodLevel.INFO, "SOPClassUID", unlisted(uid), _REGISTRY)
    elif not entry.is_sop_class:
        text = f"{uid} is the {entry.kind} {entry.name!r}, no SOP Class"
        yield _error("sop-class-unknown", "SOPClassUID", text, _REGISTRY)
    elif entry.retired:
        yield _warning("sop-class-retired", "SOPClassUID", f"the class {entry.name} is retired", _REGISTRY)


# --- pixels -----------------------------------------------------------------------------------------------------------

_EXPLICIT = NATIVE - {IMPLICIT_LITTLE}
_SAMPLES = {"MONOCHROME1": 1, "MONOCHROME2": 1, "PALETTE COLOR": 1, "RGB": 3, "HSV": 3, "ARGB": 4, "CMYK": 4}


def _bits(facts: Facts, little: bool) -> Iterator[IodFinding]:
    names = ("BitsAllocated", "BitsStored", "HighBit", "SamplesPerPixel")
    allocated, stored, high, samples = (number(facts, name, little) for name in names)
    if allocated is not None and allocated != 1 and (allocated % 8 or not allocated):
        text = f"{allocated} bits allocated: neither 1 nor a multiple of 8"
        yield _error("bits-contradiction", "BitsAllocated", text, _PIXELS)
    if stored is not None:
        if not stored:
            yield _error("bits-contradiction", "BitsStored", "0 bits stored, where a sample has one at least", _BITS)
        elif allocated is not None and stored > allocated:
            # a small Bits Allocated is as likely as a large Bits Stored: High Bit sides with one of them
            path = "BitsAllocated" if high is not None and high == stored - 1 else "BitsStored"
            yield _error("bits-contradiction", path, f"{stored} bits stored of {allocated} allocated", _BITS)
        if stored and high is not None and high != stored - 1:
            path = "BitsStored" if allocated is not None and stored > allocated else "HighBit"
            text = f"High Bit {high} with {stored} bits stored; {stored - 1} is wanted"
            yield _error("bits-contradiction", path, text, _PIXELS)
    photometric = text_of(facts, "PhotometricInterpretation")
    wanted = _SAMPLES.get(photometric, 3 if photometric.startswith("YBR") else None)
    if samples is not None and wanted is not None and samples != wanted:
        text = f"{samples} samples per pixel, where {photometric} has {wanted}"
        yield _error("bits-contradiction", "SamplesPerPixel", text, _PIXELS)


def _pixel_data(
    facts: Facts, pixels: Pixels, transfer_syntax: str, little: bool, iod: Iod | None
) -> Iterator[IodFinding]:
    if pixels.length == UNDEFINED or pixels.cut:
        return
    names = ("Rows", "Columns", "SamplesPerPixel", "BitsAllocated")
    rows, columns, samples, allocated = (number(facts, name, little) for name in names)
    if allocated is not None and allocated > 8 and pixels.vr == "OB" and transfer_syntax in _EXPLICIT:
        text = f"VR OB with {allocated} bits allocated, and native: OW is wanted"
        yield _error("vr-mismatch", "PixelData", text, "PS3.5 A.2 (2013)")
    known = None not in (rows, columns, allocated, samples) and (facts.get("NumberOfFrames") or not _counts_frames(iod))
    if rows is None or columns is None or allocated is None or not known or transfer_syntax not in NATIVE:
        return  # what is to be encapsulated is told of as such, and what another Transfer Syntax wants is not known
    frames = number(facts, "NumberOfFrames", little) or 1
    bits = rows * columns * (samples or 1) * allocated * frames
    if text_of(facts, "PhotometricInterpretation") in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        bits = bits * 2 // 3
    wanted = (bits + 7) // 8
    wanted += wanted % 2
    if pixels.length != wanted:
        text = f"{pixels.length} bytes, where rows, columns, samples, frames and bits make {wanted}"
        yield _error("pixel-length", "PixelData", text, _LENGTH)


def _counts_frames(iod: Iod | None) -> bool:
    """Whether an IOD demands the number of frames, so that its absence is told of as such."""
    modules = () if iod is None else iod.modules
    return any(module.usage == "M" and "NumberOfFrames" in module.attributes for module in modules)


#: Float and Double Float Pixel Data, their keyword, VR and the bits of a pixel.
_FLOATS = {0x7FE00008: ("FloatPixelData", "OF", 32), 0x7FE00009: ("DoubleFloatPixelData", "OD", 64)}
_FLOAT = "PS3.5 8.2 (2020)"


def _float_pixels(facts: Facts, pixels: Pixels, little: bool, iod: Iod | None) -> Iterator[IodFinding]:
    """Pixels that are floating point numbers: native, of one size, and without what describes integers."""
    name, vr, bits = _FLOATS[pixels.tag]
    allocated = number(facts, "BitsAllocated", little)
    if allocated is not None and allocated != bits:
        text = f"{allocated} bits allocated, where {name} has {bits}"
        yield _error("bits-contradiction", "BitsAllocated", text, _FLOAT)
    for surplus in ("BitsStored", "HighBit", "PixelRepresentation"):
        if surplus in facts and not _has_condition(iod, surplus):
            text = f"{name} has none: it is of integers"
            yield _error("bits-contradiction", surplus, text, _FLOAT)
    if pixels.length == UNDEFINED:
        yield _error("encapsulation", name, f"{name} is native, and not encapsulated", _FLOAT)
        return
    if pixels.vr not in (vr, "UN"):
        yield _error("vr-mismatch", name, f"VR {pixels.vr}, where {vr} is wanted", _FLOAT)
    rows, columns = number(facts, "Rows", little), number(facts, "Columns", little)
    if rows and columns and not pixels.cut:
        wanted = rows * columns * bits // 8 * (number(facts, "NumberOfFrames", little) or 1)
        if pixels.length != wanted:
            text = f"{pixels.length} bytes, where rows, columns and frames make {wanted}"
            yield _error("pixel-length", name, text, _FLOAT)


def _has_condition(iod: Iod | None, name: str) -> bool:
    """Whether a module besides those of pixels says itself when an attribute may be there."""
    modules = () if iod is None else iod.modules
    return any(not module.key.endswith("image-pixel") and name in module.attributes for module in modules)


def _signs(facts: Facts, signs: Sequence[tuple[int, bytes]], little: bool) -> Iterator[IodFinding]:
    representation = number(facts, "PixelRepresentation", little)
    if representation not in (0, 1):
        return
    wanted = b"SS" if representation else b"US"
    for tag, vr in signs:
        if vr != wanted and tag not in _LUT_DESCRIPTORS:
            text = f"VR {vr.decode()}, where Pixel Representation {representation} makes it {wanted.decode()}"
            clause = "PS3.5 6.2 (2024e), PS3.3 Table C.7-11c (2024e)"
            yield _error("vr-by-pixel-representation", keyword(tag), text, clause)


#: Their second value depends on the input of the LUT, which need not be the stored pixels (PS3.3 C.11.1.1).
_LUT_DESCRIPTORS = (0x00281101, 0x00281102, 0x00281103, 0x00283002)

# --- dates and geometry -----------------------------------------------------------------------------------------------


def _date(facts: Facts, name: str) -> date | None:
    text = text_of(facts, name)
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:])) if len(text) == 8 and text.isdecimal() else None
    except ValueError:
        return None


def _dates(facts: Facts) -> Iterator[IodFinding]:
    birth, study, series = (_date(facts, name) for name in ("PatientBirthDate", "StudyDate", "SeriesDate"))
    if birth and study and birth > study:
        text = f"the patient is born on {birth}, after the study of {study}"
        yield _warning("dates", "PatientBirthDate", text, "PS3.3 Table C.7-1 (2026b)")
    elif birth and study:
        yield from _age(birth, study, text_of(facts, "PatientAge"))
    if study and series and series < study:
        text = f"the series is of {series}, the study of {study}"
        yield _warning("dates", "SeriesDate", text, "PS3.3 Table C.7-3 (2026b)")


def _age(birth: date, study: date, text: str) -> Iterator[IodFinding]:
    days_in = {"D": 1.0, "W": 7.0, "M": 30.44, "Y": 365.2425}
    if len(text) != 4 or not text[:3].isdecimal() or text[3] not in days_in:
        return
    days, unit = (study - birth).days, days_in[text[3]]
    # an age in years may be rounded up, and a study may last over a birthday
    if abs(int(text[:3]) - days / unit) > 2:
        shown = f"{text}, though a patient born on {birth} is {days / 365.2425:.0f} years old at the study of {study}"
        yield _warning("dates", "PatientAge", shown, "PS3.3 Table C.7-4a (2026b)")


def _geometry(facts: Facts) -> Iterator[IodFinding]:
    orientation = numbers(facts, "ImageOrientationPatient")
    if len(orientation) == 6 and (wrong := not_orthonormal(orientation)):
        yield _error("geometry-orientation", "ImageOrientationPatient", wrong, "PS3.3 C.7.6.2.1.1 (2020a)")
    spacing = numbers(facts, "PixelSpacing")
    rows_and_columns = {number(facts, "Rows"), number(facts, "Columns")}
    if any(value < 0 or (value == 0 and 1 not in rows_and_columns) for value in spacing):
        text = f"{written(spacing)} mm, where the distances of rows and of columns are above 0"
        yield _error("geometry-spacing", "PixelSpacing", text, "PS3.3 10.7.1.3 (2018-2024)")
    between = numbers(facts, "SpacingBetweenSlices")
    signed = text_of(facts, "SOPClassUID") == _NUCLEAR  # where the sign tells on which side the slices stand (C.8.4.15)
    if not signed and any(value < 0 for value in between):
        text = f"{written(between)} mm, where the distance between slices is not negative"
        yield _error("geometry-spacing", "SpacingBetweenSlices", text, "PS3.3 Table C.7-10 (2018-2024)")
    thickness = numbers(facts, "SliceThickness")
    if any(value <= 0 for value in thickness):
        text = f"{written(thickness)} mm, where a slice has a thickness above 0"
        yield _warning("geometry-spacing", "SliceThickness", text, "PS3.3 Table C.7-10 (2026b)")
    centers, widths = numbers(facts, "WindowCenter"), numbers(facts, "WindowWidth")
    if centers and widths and len(centers) != len(widths):
        text = f"{len(centers)} centers and {len(widths)} widths: they go in pairs"
        yield _error("vm-pair", "WindowCenter", text, "PS3.3 C.11.2.1.2 (2020a)")
    # of the other functions the width is only to be above 0
    least = 1 if text_of(facts, "VOILUTFunction") in ("", "LINEAR") else 1e-9
    if any(width < least for width in widths):
        wanted = "1 or more" if least == 1 else "above 0"
        text = f"{written(widths)}, where a window of this function has a width of {wanted}"
        yield _error("geometry-window", "WindowWidth", text, "PS3.3 C.11.2.1.2 (2020a)")


def not_orthonormal(orientation: Sequence[float]) -> str:
    """What is wrong with six direction cosines; empty when rows and columns are unit vectors at right angles."""
    row, column = orientation[:3], orientation[3:]
    for name, vector in (("row", row), ("column", column)):
        length = math.hypot(*vector)
        if abs(length - 1) > _TOLERANCE:
            return f"the {name} direction has length {length:.4g}, not 1"
    product = sum(a * b for a, b in zip(row, column, strict=True))
    if abs(product) > _TOLERANCE:
        return f"row and column direction are not at right angles: their product is {product:.4g}"
    return ""
