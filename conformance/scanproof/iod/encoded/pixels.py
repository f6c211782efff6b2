"""Pixel Data as it stands in the bytes: native, or encapsulated with its fragments (PS3.5 A.4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from scanproof.iod.encoded.dictionary import shown
from scanproof.iod.encoded.encoding import ITEM, SEQUENCE_END, UNDEFINED, Encoding

PIXEL_DATA = 0x7FE00010
#: Bytes of the header of an RLE frame (PS3.5 G.5).
RLE_HEADER = 64
#: Bytes of the first frame that are kept: an RLE header, or what stands before the pixels of most JPEG streams.
_HEAD = 2048
#: Uncompressed Transfer Syntaxes: implicit, explicit, deflated and big endian (PS3.5 A.1 to A.3, A.5).
NATIVE = frozenset(f"1.2.840.10008.1.2{last}" for last in ("", ".1", ".1.99", ".2"))
#: Transfer Syntaxes whose data set is deflated as a whole: the native one, and those of JPIP (PS3.5 A.5, A.7, A.9).
DEFLATED = frozenset(f"1.2.840.10008.1.2{last}" for last in (".1.99", ".4.95", ".4.205"))


@dataclass(frozen=True)
class Fragments:
    """Items of encapsulated Pixel Data: the Basic Offset Table, then (offset, length) of each fragment."""

    table: bytes | None
    places: tuple[tuple[int, int], ...]
    stop: int
    problem: str = ""
    closed: bool = True


class Pixels(NamedTuple):
    """Where Pixel Data stand: tag, VR, offset, stated length, bytes that are there, and the offset behind them.

    ``head`` are the first bytes of the first fragment, where the header of its stream stands.
    """

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
        head = bytes(data[first : first + min(size, _HEAD)])
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
