"""Pixel Data that are sent and not kept: what the record holds in their place."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

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

    @property
    def length(self) -> int:
        """Bytes of it."""
        return len(self.value)

    def parts(self) -> Iterable[Buffer]:
        """What is sent."""
        return (self.value,)

    @property
    def digests(self) -> tuple[bytes, ...]:
        """What the record holds of it."""
        return (self.sha256, self.pixels, self.stream)


@dataclass(frozen=True)
class Streamed:
    """The same of what is too long to be held: its chunks are made as they leave, and digested then."""

    length: int
    chunks: Callable[[], Iterator[Buffer]]
    _digest: Any = field(default_factory=hashlib.sha256, repr=False, compare=False)

    def parts(self) -> Iterator[Buffer]:
        """What is sent, once."""
        for chunk in self.chunks():
            self._digest.update(chunk)
            yield chunk

    @property
    def digests(self) -> tuple[bytes, ...]:
        """What the record holds of it when it has been sent."""
        return (self._digest.digest(),)
