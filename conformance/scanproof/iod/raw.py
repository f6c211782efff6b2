"""Elements of an encoded data set as slices of its bytes: the fast walk that the checker's memos stand on."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import lru_cache

from pydicom.datadict import dictionary_VR

from scansim.wire.dataset import EXPLICIT_BIG, IMPLICIT_LITTLE

LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
SHORT_VRS = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"),
        *(b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)
UNDEFINED = 0xFFFFFFFF
PIXEL_GROUP = 0x7FE0
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_DEEPEST = 64


class Broken(Exception):
    """The bytes cannot be walked from here on; ``offset`` and ``text`` say where and why."""

    def __init__(self, offset: int, text: str) -> None:
        super().__init__(text)
        self.offset = offset
        self.text = text


@lru_cache(maxsize=8192)
def implicit_vr(tag: int) -> bytes:
    """VR of a tag by the dictionary; UN when it has none, UL for a group length."""
    if not tag & 0xFFFF:
        return b"UL"
    try:
        return dictionary_VR(tag)[:2].encode()
    except KeyError:
        return b"UN"


class Encoding:
    """How the elements of a data set are encoded: explicit or implicit VR, little or big endian."""

    def __init__(self, transfer_syntax: str) -> None:
        self.explicit = transfer_syntax != IMPLICIT_LITTLE
        self.little = transfer_syntax != EXPLICIT_BIG
        order = "<" if self.little else ">"
        self.tag = struct.Struct(order + "HH").unpack_from
        self.short = struct.Struct(order + "H").unpack_from
        self.long = struct.Struct(order + "I").unpack_from

    def head(self, data: bytes, at: int, end: int) -> tuple[int, bytes, int, int]:
        """(tag, VR, length, offset of the value) of the element at `at`; Broken when it is none."""
        if at + 8 > end:
            raise Broken(at, f"{end - at} bytes are no element header")
        group, number = self.tag(data, at)
        tag = group << 16 | number
        if group == 0xFFFE or not self.explicit:
            return tag, b"" if group == 0xFFFE else implicit_vr(tag), self.long(data, at + 4)[0], at + 8
        vr = data[at + 4 : at + 6]
        if vr in SHORT_VRS:
            return tag, vr, self.short(data, at + 6)[0], at + 8
        if vr not in LONG_VRS:
            raise Broken(at + 4, f"({group:04X},{number:04X}): the bytes {vr!r} are no VR")
        if at + 12 > end:
            raise Broken(at, f"({group:04X},{number:04X}): the header is cut off")
        return tag, vr, self.long(data, at + 8)[0], at + 12

    def end_of(self, data: bytes, at: int, end: int, depth: int = 0) -> int:
        """Offset behind the element at `at`, walking sequences of undefined length; Broken when it does not end."""
        tag, _, length, value_at = self.head(data, at, end)
        if length != UNDEFINED:
            if value_at + length > end:
                group, number = tag >> 16, tag & 0xFFFF
                raise Broken(at, f"({group:04X},{number:04X}) states {length} bytes, {end - value_at} are left")
            return value_at + length
        if depth > _DEEPEST:
            raise Broken(at, f"sequences nested more than {_DEEPEST} deep")
        return self._end_of_items(data, value_at, end, depth)

    def _end_of_items(self, data: bytes, at: int, end: int, depth: int) -> int:
        while True:
            tag, _, length, value_at = self.head(data, at, end)
            if tag == _SEQUENCE_END:
                return value_at
            if tag != _ITEM:
                raise Broken(at, f"({tag >> 16:04X},{tag & 0xFFFF:04X}) where an item belongs")
            if length != UNDEFINED:
                at = value_at + length
                if at > end:
                    raise Broken(value_at, f"an item states {length} bytes, {end - value_at} are left")
                continue
            at = value_at
            while True:
                inner, _, _, inner_value = self.head(data, at, end)
                if inner == _ITEM_END:
                    at = inner_value
                    break
                at = self.end_of(data, at, end, depth + 1)

    def elements(self, data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Yield (tag, start, stop) of each top-level element between two offsets; Broken where it cannot go on."""
        while at < end:
            tag = self.head(data, at, end)[0]
            stop = self.end_of(data, at, end)
            yield tag, at, stop
            at = stop
