"""Whether Photometric Interpretation goes with the Transfer Syntax, and with the JPEG stream (PS3.5 8.2)."""

from __future__ import annotations

from collections.abc import Iterator

from pydicom.uid import UID

from scanproof.iod.encoded.pixels import NATIVE
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.encapsulation import RLE_LOSSLESS

_NATIVE = "PS3.5 8.2 (2020)"
_JPEG = "PS3.5 8.2.1 (2020)"
_JFIF = "PS3.5 8.2.1 note 3 (2020)"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"

_GRAY = frozenset(("MONOCHROME1", "MONOCHROME2"))
_PLAIN = _GRAY | {"PALETTE COLOR", "YBR_FULL", "RGB"}
#: Values that the standard has today: no other one is held against the table, be it retired or of a maker's own.
_STANDARD = _PLAIN | {"YBR_FULL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"}
#: Not in native Pixel Data: they come of a compression.
_COMPRESSED_ONLY = frozenset(("YBR_RCT", "YBR_ICT", "YBR_PARTIAL_420"))

#: Values by the last numbers of a Transfer Syntax UID, and where they stand. Others have tables that were not read.
_TABLE = {
    "4.50": (_GRAY | {"YBR_FULL_422", "RGB"}, _JPEG),
    "4.51": (_GRAY, _JPEG),
    "4.57": (_PLAIN, _JPEG),
    "4.70": (_PLAIN, _JPEG),
    "5": (_PLAIN, "PS3.5 8.2.2 (2020)"),
    "4.80": (_PLAIN, "PS3.5 8.2.3 (2020)"),
    "4.81": (_PLAIN - {"PALETTE COLOR"}, "PS3.5 8.2.3 (2020)"),
    "4.90": (_PLAIN | {"YBR_RCT"}, "PS3.5 8.2.4 (2020; 2024d)"),
    "4.91": (_PLAIN - {"PALETTE COLOR"} | {"YBR_RCT", "YBR_ICT"}, "PS3.5 8.2.4 (2020; 2024d)"),
}
_BY_SYNTAX = {
    **{f"1.2.840.10008.1.2.{last}": row for last, row in _TABLE.items()},
    **dict.fromkeys(NATIVE, (_STANDARD - _COMPRESSED_ONLY, _NATIVE)),
}
#: Told of as added by a later edition, which was not read: a warning.
_LATER = {("YBR_FULL_422", f"1.2.840.10008.1.2.4.{last}") for last in (90, 91)}
_TAG = "PhotometricInterpretation"


def photometric_findings(photometric: str, transfer_syntax: str, allocated: int | None) -> Iterator[IodFinding]:
    """Judge a Photometric Interpretation by the table of its Transfer Syntax.

    Parameters
    ----------
    photometric : str
        The value.
    transfer_syntax : str
        Transfer Syntax UID; one that has no table here says nothing.
    allocated : int or None
        Bits Allocated.
    """
    values, clause = _BY_SYNTAX.get(transfer_syntax, (_STANDARD, ""))
    if photometric in _STANDARD - values:
        level = IodLevel.WARNING if (photometric, transfer_syntax) in _LATER else IodLevel.ERROR
        text = f"{photometric} in {UID(transfer_syntax).name}, which has {', '.join(sorted(values))}"
        yield IodFinding("photometric-by-syntax", level, _TAG, text, clause)
    elif photometric == "YBR_FULL" and transfer_syntax == RLE_LOSSLESS and allocated not in (None, 8):
        text = f"YBR_FULL with {allocated} bits allocated: in RLE it has 8"
        yield IodFinding("photometric-by-syntax", IodLevel.ERROR, _TAG, text, clause)


def jfif_findings(photometric: str, stream: bytes) -> Iterator[IodFinding]:
    """Judge the beginning of a JPEG Baseline stream: a JFIF header says YCbCr, and RGB is legal beside it all the same.

    Parameters
    ----------
    photometric : str
        The value.
    stream : bytes
        The first bytes of the first frame.
    """
    jfif, halved = _jpeg_facts(stream)
    if photometric == "RGB" and halved:
        text = "RGB, and the JPEG stream has its second and third component at a lower resolution, as YCbCr has"
        yield IodFinding("photometric-jfif", IodLevel.WARNING, _TAG, text, _JPEG)
    elif photometric == "RGB" and jfif:
        text = "RGB, and the JPEG stream has a JFIF header, by which many readers take its components for YCbCr"
        yield IodFinding("photometric-jfif", IodLevel.WARNING, _TAG, text, _JFIF)
    elif jfif:
        text = "the JPEG stream has a JFIF header, which is better left out"
        yield IodFinding("photometric-jfif", IodLevel.INFO, "PixelData", text, _JFIF)


def _jpeg_facts(stream: bytes) -> tuple[bool, bool]:
    """Whether there is a JFIF header, and whether colour has fewer samples than brightness (ISO 10918-1 B.2)."""
    jfif, at = False, 2
    if stream[:2] != b"\xff\xd8":
        return False, False
    while at + 4 <= len(stream) and stream[at] == 0xFF:
        marker, length = stream[at + 1], int.from_bytes(stream[at + 2 : at + 4], "big")
        body = stream[at + 4 : at + 2 + length]
        if marker == 0xE0 and body.startswith(b"JFIF\0"):
            jfif = True
        elif marker == 0xC0:  # the frame header: precision, lines, samples, then three bytes a component
            count = body[5] if len(body) > 5 else 0
            factors = [body[7 + 3 * number] for number in range(count) if 7 + 3 * number < len(body)]
            return jfif, count == 3 and len(factors) == 3 and factors[0] != factors[1] == factors[2]
        elif marker == 0xDA or length < 2:
            break
        at += 2 + length
    return jfif, False
