"""What the beginning of a compressed frame says of itself: JPEG, JPEG-LS (ISO 10918-1 B, 14495-1 C) and JPEG 2000."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_SOF = frozenset((*range(0xC0, 0xD0), 0xF7)) - {0xC4, 0xC8, 0xCC}
_JP2 = b"\0\0\0\x0cjP  "
_SOC = b"\xff\x4f\xff\x51"


@dataclass(frozen=True)
class Stream:
    """A frame's own description; 0 or None where it does not say.

    ``process`` is the last byte of the frame header's marker, 51H of JPEG 2000. ``halved`` says that colour has fewer
    samples than brightness, ``near`` is the loss of JPEG-LS, ``predictor`` that of lossless JPEG. ``transformed`` tells
    of the multi-component transformation of JPEG 2000, ``reversible`` of its wavelets.
    """

    process: int = 0
    rows: int = 0
    columns: int = 0
    samples: int = 0
    bits: int = 0
    jfif: bool = False
    halved: bool = False
    near: int | None = None
    predictor: int | None = None
    transformed: bool | None = None
    reversible: bool | None = None
    boxed: bool = False


def read_stream(head: bytes) -> Stream:
    """Read the first bytes of a frame; what is not there, or not known, says nothing."""
    try:
        if head.startswith(_JP2):
            return Stream(0x51, boxed=True)
        if head.startswith(_SOC):
            return _jpeg_2000(head)
        return _jpeg(head) if head[:2] == b"\xff\xd8" else Stream()
    except (struct.error, IndexError):
        return Stream()


def _jpeg(head: bytes) -> Stream:
    at, jfif, frame = 2, False, Stream()
    while at + 4 <= len(head) and head[at] == 0xFF:
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        body = head[at + 4 : at + 2 + length]
        if marker == 0xE0 and body.startswith(b"JFIF\0"):
            jfif = True
        elif marker in _SOF and len(body) > 5:
            bits, rows, columns, count = struct.unpack_from(">BHHB", body)
            # then three bytes a component
            factors = [body[7 + 3 * number] for number in range(count) if 7 + 3 * number < len(body)]
            halved = count == 3 and len(factors) == 3 and factors[0] != factors[1] == factors[2]
            frame = Stream(marker, rows, columns, count, bits, jfif, halved)
        elif marker == 0xDA or length < 2:
            return _with_scan(frame, body) if marker == 0xDA and body else frame
        at += 2 + length
    return frame if frame.process else Stream(jfif=jfif)


def _with_scan(frame: Stream, body: bytes) -> Stream:
    """The frame with what its first scan says: how many components, two bytes each, then its first parameter."""
    at = 1 + 2 * body[0]
    parameter = body[at] if at < len(body) else None
    near = parameter if frame.process == 0xF7 else None
    predictor = parameter if frame.process == 0xC3 else None
    return Stream(
        frame.process, frame.rows, frame.columns, frame.samples, frame.bits, frame.jfif, frame.halved, near, predictor
    )


def _jpeg_2000(head: bytes) -> Stream:
    length, _, right, lower, left, upper = struct.unpack_from(">HHIIII", head, 4)
    count, size = struct.unpack_from(">HB", head, 40)
    transformed = reversible = None
    at = 4 + length
    while at + 4 <= len(head) and head[at] == 0xFF and head[at + 1] not in (0x90, 0xD9):
        if head[at + 1] == 0x52:  # COD: style, progression, layers, transformation, then what the wavelets are
            transformed, reversible = bool(head[at + 8]), head[at + 13] == 1
            break
        at += 2 + int.from_bytes(head[at + 2 : at + 4], "big")
    bits = (size & 0x7F) + 1
    return Stream(0x51, lower - upper, right - left, count, bits, transformed=transformed, reversible=reversible)
