"""Whether a compressed frame is what its Transfer Syntax and the description of the pixels say (PS3.5 8.2.1, A.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from scanproof.iod.encoded.registry import name_of
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.streams import Stream

_ROOT = "1.2.840.10008.1.2.4."
_TAG = "PhotometricInterpretation"
_JPEG, _JFIF, _J2K = "PS3.5 8.2.1 (2020)", "PS3.5 8.2.1 note 3 (2020)", "PS3.5 8.2.4 (2020; 2024d)"
_PACKED = "PS3.5 A.4.1, A.4.3, A.4.4 (2020)"
#: The processes that a Transfer Syntax has, by the last byte of the frame header's marker.
_PROCESSES: Mapping[str, tuple[int, ...]] = {
    f"{_ROOT}50": (0xC0,),
    f"{_ROOT}51": (0xC0, 0xC1),
    **dict.fromkeys((f"{_ROOT}57", f"{_ROOT}70"), (0xC3,)),
    **dict.fromkeys((f"{_ROOT}80", f"{_ROOT}81"), (0xF7,)),
    **dict.fromkeys((f"{_ROOT}90", f"{_ROOT}91"), (0x51,)),
}
_NAMES = {0xC0: "JPEG baseline", 0xC1: "JPEG extended", 0xC2: "progressive JPEG", 0xC3: "lossless JPEG"}
_NAMES |= {0xF7: "JPEG-LS", 0x51: "JPEG 2000"}
_REVERSIBLE = tuple(f"{_ROOT}{last}" for last in (90, 201, 202))
_OF_JPEG_2000 = tuple(f"{_ROOT}{last}" for last in (90, 91, 201, 202, 203))
#: Of HTJ2K the clause was not read.
_READ = _OF_JPEG_2000[:2]
_FIRST_ORDER = f"{_ROOT}70"
_BOXED = "Write the JPEG 2000 codestream alone into the fragments, without the boxes of a JP2 file around it."
_BASELINE = f"{_ROOT}50"


def is_lossy(stream: Stream) -> bool:
    """Whether a stream says itself that it lost something."""
    return stream.reversible is False or bool(stream.near)


def stream_findings(
    stream: Stream, transfer_syntax: str, photometric: str, numbers: Mapping[str, int | None]
) -> Iterator[IodFinding]:
    """Judge the first frame's own description.

    Parameters
    ----------
    stream : Stream
        What its first bytes say.
    transfer_syntax : str
        Transfer Syntax UID.
    photometric : str
        Photometric Interpretation.
    numbers : mapping of str to int or None
        Rows, Columns, Samples per Pixel and Bits Stored.
    """
    name = name_of(transfer_syntax)
    processes = _PROCESSES.get(transfer_syntax, ())
    if processes and stream.process and stream.process not in processes:
        seen = _NAMES.get(stream.process, "another JPEG process")
        yield _error(
            "encapsulation", "PixelData", f"the stream is {seen}, where the Transfer Syntax is {name}", _PACKED
        )
        return
    if stream.boxed:
        text = "the stream begins with the header of a JP2 file, which is not to be included"
        yield replace(_error("encapsulation", "PixelData", text, "PS3.5 A.4.4 (2020)"), advice=_BOXED)
        return
    if transfer_syntax == _FIRST_ORDER and stream.predictor not in (None, 1):
        text = f"the stream has selection value {stream.predictor}, where the Transfer Syntax has 1"
        yield _error("encapsulation", "PixelData", text, "PS3.5 A.4.1 (2020)")
    if transfer_syntax in _REVERSIBLE and stream.reversible is False:
        text = f"the stream has irreversible wavelets, where {name} is lossless"
        yield _finding("encapsulation", transfer_syntax in _READ, "PixelData", text, "PS3.5 A.4.4 (2020)")
    if transfer_syntax == f"{_ROOT}80" and stream.near:
        text = f"the stream may be off by {stream.near}, where {name} loses nothing"
        yield _error("encapsulation", "PixelData", text, "PS3.5 A.4.3 (2020)")
    if processes and stream.process:
        yield from _description(stream, numbers)
    if transfer_syntax in _OF_JPEG_2000:
        yield from _transformation(stream, photometric, transfer_syntax in _READ)
    if transfer_syntax == _BASELINE:
        yield from jfif_findings(photometric, stream)


def _description(stream: Stream, numbers: Mapping[str, int | None]) -> Iterator[IodFinding]:
    pairs = (("Rows", stream.rows), ("Columns", stream.columns), ("SamplesPerPixel", stream.samples))
    for name, found in pairs:
        stated = numbers.get(name)
        if found and stated is not None and stated != found:
            text = f"{stated}, and the compressed frame has {found}"
            yield _error("stream-disagrees", name, text, "PS3.5 8.2.1, 8.2.3, 8.2.4 (2020)")
    stored = numbers.get("BitsStored")
    if stream.bits and stored is not None and stored > stream.bits:
        text = f"{stored}, and samples of the compressed frame have {stream.bits} bits"
        yield _finding("stream-disagrees", False, "BitsStored", text, "PS3.5 8.2.1, 8.2.3, 8.2.4 (2020)")


def _transformation(stream: Stream, photometric: str, sure: bool) -> Iterator[IodFinding]:
    """The multi-component transformation of JPEG 2000 goes with YBR_RCT or YBR_ICT, and only with these."""
    if stream.transformed is None:
        return
    wanted = "YBR_RCT" if stream.reversible else "YBR_ICT"
    if stream.transformed and photometric != wanted:
        text = f"{photometric}, and the stream has its components transformed, which is {wanted}"
        yield _finding("photometric-by-stream", sure, _TAG, text, _J2K)
    elif not stream.transformed and photometric in ("YBR_RCT", "YBR_ICT"):
        text = f"{photometric}, and the stream has its components as they are"
        yield _finding("photometric-by-stream", sure, _TAG, text, _J2K)


def jfif_findings(photometric: str, stream: Stream) -> Iterator[IodFinding]:
    """Judge a JPEG Baseline stream: a JFIF header says YCbCr, and RGB is legal beside it all the same.

    Parameters
    ----------
    photometric : str
        Photometric Interpretation.
    stream : Stream
        What the first frame says.
    """
    if photometric == "RGB" and stream.halved:
        text = "RGB, and the JPEG stream has its second and third component at a lower resolution, as YCbCr has"
        yield _finding("photometric-jfif", False, _TAG, text, _JPEG)
    elif photometric == "RGB" and stream.jfif:
        text = "RGB, and the JPEG stream has a JFIF header, by which many readers take its components for YCbCr"
        yield _finding("photometric-jfif", False, _TAG, text, _JFIF)
    elif stream.jfif:
        text = "the JPEG stream has a JFIF header, which is better left out"
        yield IodFinding("photometric-jfif", IodLevel.INFO, "PixelData", text, _JFIF)


def _error(rule: str, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, path, text, clause)


def _finding(rule: str, sure: bool, path: str, text: str, clause: str) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR if sure else IodLevel.WARNING, path, text, clause)
