"""Walk over an encoded data set element by element, from a stream, without making anything of it.

A data set that is received can be longer than memory, and deflate packs a thousandfold: nothing here is held but the
bytes of elements that are short, and nothing is called again for what is nested.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

from pydicom.datadict import dictionary_VR
from pydicom.uid import UID

_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT_VRS = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"),
        *(b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_PIXEL_DATA = 0x7FE00010
_DEEPEST = 64  # sequences within sequences
_CHUNK = 1 << 16  # bytes


class MalformedError(Exception):
    """The bytes are no data set; the text says where and why."""


class TooMuchError(Exception):
    """The data set holds more than is taken; the text says of what."""


class _Source:
    """Bytes of a data set in the order in which they stand, inflated where they were deflated."""

    def __init__(self, stream: BinaryIO, deflated: bool, longest: int) -> None:
        self._stream = stream
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS) if deflated else None
        self._ready = b""
        self._longest = longest
        here = stream.tell()
        self._size = stream.seek(0, os.SEEK_END) - here
        stream.seek(here)
        self.at = 0
        self.kept: bytearray | None = None
        self._keep = 0

    def keep(self, most: int) -> None:
        """Keep what comes from here on, unless it becomes more than `most` bytes."""
        self.kept = bytearray()
        self._keep = most

    def _chunk(self, most: int) -> bytes:
        if self._inflater is None:
            return self._stream.read(most)
        while not self._ready:
            packed = self._inflater.unconsumed_tail or self._stream.read(_CHUNK)
            try:
                self._ready = self._inflater.decompress(packed, _CHUNK)
            except zlib.error as error:
                raise MalformedError(f"not deflated: {error}") from None
            if self._inflater.eof:
                break
            if not packed and not self._ready:
                raise MalformedError("the deflated data end before their last block")
        data, self._ready = self._ready[:most], self._ready[most:]
        return data

    def take(self, length: int) -> bytes:
        """The next `length` bytes, fewer only at the end."""
        data = self._chunk(length)
        if len(data) < length:
            parts = [data]
            left = length - len(data)
            while left and parts[-1]:
                parts.append(self._chunk(left))
                left -= len(parts[-1])
            data = b"".join(parts)
        self.at += len(data)
        if self.at > self._longest:
            raise TooMuchError(f"more than {self._longest} bytes")
        if self.kept is not None:
            if len(self.kept) + len(data) > self._keep:
                self.kept = None
            else:
                self.kept += data
        return data

    def skip(self, length: int) -> None:
        """Go on by `length` bytes."""
        if self._inflater is None and length > _CHUNK and (self.kept is None or length > self._keep):
            if self.at + length > self._size:
                raise MalformedError(f"{length} bytes are stated, {self._size - self.at} are left")
            self._stream.seek(length, os.SEEK_CUR)
            self.at += length
            self.kept = None
            return
        left = length
        while left:
            data = self.take(min(left, _CHUNK))
            if not data:
                raise MalformedError(f"{length} bytes are stated, {length - left} are left")
            left -= len(data)


class _Frame(NamedTuple):
    """Whether items come next, or elements; how they are encoded, where they end, and whether items are just bytes."""

    items: bool
    explicit: bool
    order: str
    end: int | None = None
    raw: bool = False


class Walk:
    """The elements of a data set, one after the other.

    Parameters
    ----------
    stream : binary file
        The encoded data set, from where it stands.
    syntax : UID
        Its transfer syntax.
    longest, most : int
        Bytes, inflated ones where they were deflated, and elements and items at any depth that may be walked over;
        TooMuchError beyond.
    whole : bool
        Whether sequences and items whose length is stated are walked over too, and not passed over.
    """

    def __init__(self, stream: BinaryIO, syntax: UID, *, longest: int, most: int, whole: bool = False) -> None:
        self._source = _Source(stream, syntax.is_deflated, longest)
        self._order = "<" if syntax.is_little_endian else ">"
        self._explicit = not syntax.is_implicit_VR
        self._pads = syntax.is_deflated
        self._left = most
        self._whole = whole

    def elements(self, keep: int) -> Iterator[tuple[int, bytes | None]]:
        """Yield tag and encoded bytes of each element at the root, None for one of more than `keep` bytes.

        Raises
        ------
        MalformedError
            Also when the data do not end with an element's end.
        """
        while True:
            self._source.keep(keep)
            head = self._source.take(8)
            if not head or (self._pads and head == b"\0"):  # deflated data may be followed by one NUL (PS3.5 A.5)
                return
            tag = self._element(head, self._explicit, self._order)
            if tag >> 16 == 0xFFFE:
                raise MalformedError(f"{_shown(tag)} where an element belongs")
            kept = self._source.kept
            yield tag, None if kept is None else bytes(kept)

    def _element(self, head: bytes, explicit: bool, order: str) -> int:
        """Go over one element with all that is in it; returns its tag, at once for delimiters."""
        tag, vr, length = self._header(head, explicit, order)
        if tag >> 16 != 0xFFFE:
            frame = self._inside(tag, vr, length, _Frame(False, explicit, order))
            if frame is None:
                self._source.skip(length)
            else:
                self._nested(frame)
        return tag

    def _inside(self, tag: int, vr: bytes, length: int, outside: _Frame) -> _Frame | None:
        """What an element or item is for what stands in it; None when it is passed over as it is."""
        if not length:
            return None
        end = None if length == _UNDEFINED else self._source.at + length
        if outside.items:
            if end is not None and (outside.raw or not self._whole):
                return None
            return _Frame(False, outside.explicit, outside.order, end)
        if end is not None and not (self._whole and _is_sequence(tag, vr)):
            return None
        if vr == b"UN":  # its items are in Implicit VR Little Endian (PS3.5 6.2.2)
            return _Frame(True, False, "<", end)
        raw = vr in (b"OB", b"OW") or tag == _PIXEL_DATA
        return _Frame(True, outside.explicit, outside.order, end, raw)

    def _header(self, head: bytes, explicit: bool, order: str) -> tuple[int, bytes, int]:
        self._left -= 1
        if self._left < 0:
            raise TooMuchError("too many elements and items")
        if len(head) < 8:
            raise MalformedError(f"{len(head)} bytes at the end are no element")
        group, number = struct.unpack_from(order + "HH", head)
        tag = group << 16 | number
        if not explicit or group == 0xFFFE:
            return tag, b"", struct.unpack_from(order + "I", head, 4)[0]
        vr = head[4:6]
        if vr in _SHORT_VRS:
            return tag, vr, struct.unpack_from(order + "H", head, 6)[0]
        if vr not in _LONG_VRS:
            raise MalformedError(f"{_shown(tag)}: no VR")
        rest = self._source.take(4)
        if len(rest) < 4:
            raise MalformedError(f"{_shown(tag)} is cut off")
        return tag, vr, struct.unpack(order + "I", rest)[0]

    def _nested(self, frame: _Frame) -> None:
        """Go over a sequence or encapsulated pixels, whatever its depth."""
        stack = [frame]
        while stack:
            frame = stack[-1]
            if frame.end is not None and self._source.at >= frame.end:
                if self._source.at > frame.end:
                    raise MalformedError("an element goes beyond the end of its item or sequence")
                stack.pop()
                continue
            tag, vr, length = self._header(self._source.take(8), frame.explicit and not frame.items, frame.order)
            if tag == (_SEQUENCE_END if frame.items else _ITEM_END) and frame.end is None:
                stack.pop()
                continue
            if frame.items != (tag == _ITEM) or (not frame.items and tag >> 16 == 0xFFFE):
                raise MalformedError(f"{_shown(tag)} where an {'item' if frame.items else 'element'} belongs")
            inside = self._inside(tag, vr, length, frame)
            if inside is None:
                self._source.skip(length)
            elif len(stack) >= 2 * _DEEPEST:
                raise MalformedError(f"sequences are nested more than {_DEEPEST} levels deep")
            else:
                stack.append(inside)


def _is_sequence(tag: int, vr: bytes) -> bool:
    """Whether an element whose length is stated is a sequence; the dictionary knows of those without VR."""
    if vr not in (b"", b"UN"):
        return vr == b"SQ"
    try:
        return dictionary_VR(tag) == "SQ"
    except KeyError:
        return False


def _shown(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
