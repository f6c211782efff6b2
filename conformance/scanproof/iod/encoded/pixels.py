"""Pixel Data as it stands in the bytes: native or encapsulated, and whether its fragments add up (PS3.5 A.4)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from scanproof.iod.encoded.encoding import ITEM, SEQUENCE_END, UNDEFINED, Encoding, shown
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword

_FRAGMENTS = "PS3.5 A.4 (2019d)"
PIXEL_DATA = 0x7FE00010
RLE_LOSSLESS = "1.2.840.10008.1.2.5"
_RLE_HEADER = 64
#: Uncompressed Transfer Syntaxes: implicit, explicit, deflated and big endian (PS3.5 A.1 to A.3, A.5).
NATIVE = frozenset(f"1.2.840.10008.1.2{last}" for last in ("", ".1", ".1.99", ".1.98", ".2"))


@dataclass(frozen=True)
class Fragments:
    """Items of encapsulated Pixel Data: the Basic Offset Table, then (offset, length) of each fragment."""

    table: bytes | None
    places: tuple[tuple[int, int], ...]
    stop: int
    problem: str = ""
    closed: bool = True


@dataclass(frozen=True)
class Pixels:
    """Where Pixel Data stand: tag, VR, offset, stated length, bytes that are there, and the offset behind them."""

    tag: int
    vr: str
    at: int
    length: int
    there: int
    stop: int
    fragments: Fragments | None = None
    head: bytes = b""

    @property
    def cut(self) -> int:
        """Bytes of native Pixel Data that are stated and not there."""
        return 0 if self.length == UNDEFINED else self.length - self.there


def read_pixels(
    data: bytes, at: int, tag: int, vr: bytes, length: int, value_at: int, end: int, elided: int, encoding: Encoding
) -> Pixels:
    """Step over Pixel Data; the last `elided` bytes of the data set were not kept and are taken to be right."""
    name = vr.decode("latin-1")
    if length != UNDEFINED:
        there = min(length, end - value_at + elided)
        return Pixels(tag, name, at, length, there, min(end, value_at + length))
    if elided:
        return Pixels(tag, name, at, length, end - value_at + elided, end)
    fragments = _read_fragments(data, value_at, end, encoding)
    head = b""
    if fragments.places:
        first, size = fragments.places[0]
        head = bytes(data[first : first + min(size, _RLE_HEADER)])
    return Pixels(tag, name, at, length, fragments.stop - value_at, fragments.stop, fragments, head)


def _read_fragments(data: bytes, at: int, end: int, encoding: Encoding) -> Fragments:
    table: bytes | None = None
    places: list[tuple[int, int]] = []

    def ended(stop: int, problem: str, closed: bool = False) -> Fragments:
        return Fragments(table, tuple(places), stop, problem, closed)

    while True:
        if at + 8 > end:
            return ended(end, "the data end where a fragment or the Sequence Delimitation Item belongs")
        group, number, length = encoding.implicit_head(data, at)
        tag = group << 16 | number
        if tag == SEQUENCE_END:
            if length:
                return ended(min(end, at + 8 + length), f"the Sequence Delimitation Item states {length} bytes", True)
            return ended(at + 8, "", True)
        if tag != ITEM:
            return ended(at, f"{shown(tag)} where a fragment belongs")
        if length == UNDEFINED or at + 8 + length > end:
            return ended(end, f"a fragment states {length} bytes, {end - at - 8} are left")
        if table is None:
            table = bytes(data[at + 8 : at + 8 + length])
        else:
            places.append((at + 8, length))
        at += 8 + length


def _wrong(pixels: Pixels, text: str, clause: str = _FRAGMENTS) -> IodFinding:
    return IodFinding("encapsulation", IodLevel.ERROR, keyword(pixels.tag), text, clause, pixels.at)


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
        Number of frames.
    planes : int
        Bytes per pixel, all samples together: the segments of an RLE frame; 0 when that is not known.
    little : bool
        Byte order of the Basic Offset Table.
    """
    registered = transfer_syntax.startswith("1.2.840.10008.1.2")
    encapsulated = pixels.length == UNDEFINED
    if not encapsulated:
        if registered and transfer_syntax not in NATIVE:
            yield _wrong(pixels, "native Pixel Data, where the Transfer Syntax encapsulates them")
        return
    if transfer_syntax in NATIVE:
        yield _wrong(pixels, "encapsulated Pixel Data in a Transfer Syntax that has them native")
        return
    if pixels.vr != "OB":
        yield _wrong(pixels, f"encapsulated Pixel Data are OB, not {pixels.vr}")
    fragments = pixels.fragments
    if fragments is None:
        return
    if fragments.problem:
        yield _wrong(pixels, fragments.problem)
        if not fragments.closed:
            return
    yield from _judge_fragments(pixels, fragments, transfer_syntax, frames, planes, little)


def _judge_fragments(
    pixels: Pixels, fragments: Fragments, transfer_syntax: str, frames: int, planes: int, little: bool
) -> Iterator[IodFinding]:
    places = fragments.places
    if not places:
        text = "no fragment follows the first item, which is the Basic Offset Table"
        yield _wrong(pixels, text)
        return
    odd = next((length for _, length in places if length % 2), None)
    if odd is not None:
        yield _wrong(pixels, f"a fragment of {odd} bytes: each has an even number of them")
    table = fragments.table or b""
    if table:
        starts = {at - 8 - (places[0][0] - 8) for at, _ in places}
        offsets = struct.unpack(f"{'<' if little else '>'}{len(table) // 4}I", table[: len(table) // 4 * 4])
        if len(table) % 4 or len(offsets) != frames:
            yield _wrong(pixels, f"the Basic Offset Table has {len(table)} bytes for {frames} frames of 4 each")
        elif offsets[0] != 0 or list(offsets) != sorted(set(offsets)) or not starts.issuperset(offsets):
            wrong = next((offset for offset in offsets if offset not in starts), offsets[0])
            yield _wrong(pixels, f"the Basic Offset Table points to byte {wrong}, where no fragment begins")
    if len(places) < frames:
        yield _wrong(pixels, f"{len(places)} fragments, fewer than the {frames} frames")
    if transfer_syntax != RLE_LOSSLESS:
        return
    if len(places) > frames:
        yield _wrong(pixels, f"{len(places)} fragments for {frames} RLE frames: each is one", "PS3.5 A.4.2 (2024d)")
    elif (
        planes and len(pixels.head) == _RLE_HEADER and (segments := struct.unpack_from("<I", pixels.head)[0]) != planes
    ):
        text = f"the RLE header announces {segments} segments, where a pixel has {planes} bytes"
        yield _wrong(pixels, text, "PS3.5 G.5 (2024d)")
