"""Whether encapsulated Pixel Data are packed as their Transfer Syntax wants them, fragments and table (PS3.5 A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from scanproof.iod.encoded.encoding import UNDEFINED
from scanproof.iod.encoded.pixels import NATIVE, RLE_HEADER, Fragments, Pixels
from scanproof.iod.encoded.registry import registered
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword

_FRAGMENTS = "PS3.5 A.4 (2019d)"
RLE_LOSSLESS = "1.2.840.10008.1.2.5"
#: Transfer Syntaxes in which several frames are one stream: JPEG 2000 of many components, and video from MPEG-2 on.
_STREAMS = tuple(f"1.2.840.10008.1.2.4.{last}" for last in ("92", "93", "10"))


def _wrong(pixels: Pixels, text: str, clause: str = _FRAGMENTS, advice: str = "") -> IodFinding:
    return IodFinding("encapsulation", IodLevel.ERROR, keyword(pixels.tag), text, clause, pixels.at, advice=advice)


def judge_encapsulation(
    pixels: Pixels, transfer_syntax: str, frames: int, planes: int, little: bool = True
) -> Iterator[IodFinding]:
    """Judge how Pixel Data are packed.

    Parameters
    ----------
    pixels : Pixels
        As `read_pixels` found them.
    transfer_syntax : str
        Transfer Syntax UID; one that is not known says nothing.
    frames : int
        Number of frames; in a stream of several of them, none has to have a fragment of its own.
    planes : int
        Bytes per pixel, all samples together: the segments of an RLE frame; 0 when that is not known.
    little : bool
        Byte order of the Basic Offset Table.
    """
    known = registered(transfer_syntax) is not None
    encapsulated = pixels.length == UNDEFINED
    if not encapsulated:
        if known and transfer_syntax not in NATIVE:
            yield _wrong(pixels, "native Pixel Data, where the Transfer Syntax encapsulates them")
        return
    if transfer_syntax in NATIVE:
        yield _wrong(pixels, "encapsulated Pixel Data in a Transfer Syntax that has them native")
        return
    if pixels.vr != "OB" and known:
        text = f"encapsulated Pixel Data are OB, not {pixels.vr}"
        yield _wrong(pixels, text, advice="Write encapsulated Pixel Data with the VR OB, whatever Bits Allocated is.")
    fragments = pixels.fragments
    if fragments is None:
        return
    if fragments.problem:
        yield _wrong(pixels, fragments.problem)
        if not fragments.closed:
            return
    if known:
        counted = 0 if transfer_syntax.startswith(_STREAMS) else frames
        yield from _judge_fragments(pixels, fragments, transfer_syntax, counted, planes, little)


def _judge_fragments(
    pixels: Pixels, fragments: Fragments, transfer_syntax: str, frames: int, planes: int, little: bool
) -> Iterator[IodFinding]:
    """Judge fragments and table; `frames` is 0 where the number of frames says nothing about that of fragments."""
    places = fragments.places
    if not places:
        text = "no fragment follows the first item, which is the Basic Offset Table"
        yield _wrong(pixels, text)
        return
    odd = next((length for _, length in places if length % 2), None)
    if odd is not None:
        text = f"a fragment of {odd} bytes: each has an even number of them"
        yield _wrong(pixels, text, advice="Pad the last fragment of a frame with one byte of zero.")
    table = fragments.table or b""
    if table:
        starts = {at - 8 - (places[0][0] - 8) for at, _ in places}
        offsets = struct.unpack(f"{'<' if little else '>'}{len(table) // 4}I", table[: len(table) // 4 * 4])
        if len(table) % 4 or frames not in (0, len(offsets)):
            yield _wrong(pixels, f"the Basic Offset Table has {len(table)} bytes for {frames} frames of 4 each")
        elif offsets[0] != 0 or list(offsets) != sorted(set(offsets)) or not starts.issuperset(offsets):
            wrong = next((offset for offset in offsets if offset not in starts), offsets[0])
            yield _wrong(pixels, f"the Basic Offset Table points to byte {wrong}, where no fragment begins")
    if len(places) < frames:
        yield _wrong(pixels, f"{len(places)} fragments, fewer than the {frames} frames")
    if transfer_syntax != RLE_LOSSLESS:
        return
    if len(places) > frames:
        yield _wrong(
            pixels, f"{len(places)} fragments for Number of Frames {frames}: in RLE each is one", "PS3.5 A.4.2 (2024d)"
        )
    elif planes and len(pixels.head) >= RLE_HEADER and (segments := struct.unpack_from("<I", pixels.head)[0]) != planes:
        text = f"the RLE header announces {segments} segments, where a pixel has {planes} bytes"
        yield _wrong(pixels, text, "PS3.5 G.5 (2024d)")
