"""Encapsulated Pixel Data: its fragments as they stand in the value (PS3.5 A.4)."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass

_HEAD = struct.Struct("<HHI")
_ITEM, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE0DD


@dataclass(frozen=True)
class Encapsulated:
    """A value taken apart.

    Parameters
    ----------
    table : bytes
        The Basic Offset Table; empty when it has no value.
    fragments : tuple of memoryview
        The fragments behind it.
    offsets : tuple of int
        Of each fragment the offset of its item, as the Basic Offset Table counts: from behind that table.
    whole : bool
        Whether nothing but items stands there, up to the sequence delimiter.
    """

    table: bytes
    fragments: tuple[memoryview, ...]
    offsets: tuple[int, ...]
    whole: bool

    def digest(self) -> bytes:
        """SHA-256 of the fragments as one stream: however they are cut, and whatever the offset table says."""
        digest = hashlib.sha256()
        for fragment in self.fragments:
            digest.update(fragment)
        return digest.digest()


def taken_apart(value: bytes | memoryview) -> Encapsulated:
    """Take encapsulated Pixel Data apart, as far as it is readable; what stands behind its delimiter is left."""
    view, at, found, begins = memoryview(value), 0, list[memoryview](), list[int]()
    whole = False
    while at + 8 <= len(view):
        group, element, length = _HEAD.unpack_from(view, at)
        tag = group << 16 | element
        if tag == _SEQUENCE_END:
            whole = True
            break
        if tag != _ITEM or at + 8 + length > len(view):
            break
        found.append(view[at + 8 : at + 8 + length])
        begins.append(at)
        at += 8 + length
    behind = begins[1] if len(begins) > 1 else 0
    table = bytes(found[0]) if found else b""
    return Encapsulated(table, tuple(found[1:]), tuple(begin - behind for begin in begins[1:]), whole)
