"""Pixel Data that are sent and not kept: what the record holds in their place."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from scansim.wire.dimse import Buffer
from scansim.wire.encapsulated import taken_apart

#: What encapsulated Pixel Data begins with, little endian.
_ITEM = b"\xfe\xff\x00\xe0"


@dataclass(frozen=True)
class Elided:
    """The end of a data set, Pixel Data's value, of which the record keeps length and digests only.

    ``sha256`` is of the value as it is sent. Where that is compressed, ``pixels`` is of the same pixels as they would
    be sent in Explicit VR Little Endian, empty where nobody knows them, and ``stream`` of its fragments as one, without
    the offset table: what comes back from an archive may be encoded anew.

    The digest takes as long as the sending, so whoever has the bytes makes it before they are due.
    """

    value: Buffer
    sha256: bytes
    pixels: bytes = b""
    stream: bytes = b""

    @classmethod
    def of(cls, value: Buffer, native: Buffer | None = None) -> Elided:
        """Digest what is to be sent; `native` are its pixels before they were compressed without loss."""
        digest = hashlib.sha256(value).digest()
        if value[:4] != _ITEM:
            return cls(value, digest)
        pixels = hashlib.sha256(native).digest() if native is not None else b""
        return cls(value, digest, pixels, taken_apart(memoryview(value)).digest())
