"""Limits of the checker itself, none of which is a fault of the file: what is beyond is told of, and not judged."""

from __future__ import annotations

import zlib
from typing import NamedTuple

from scanproof.iod.finding import IodFinding, IodLevel

#: Elements and items that are read of one data set: 20,000 frames have 40 each.
MOST_ELEMENTS = 1_000_000
#: Bytes of an inflated data set that are kept. Of what is behind, the length alone counts, which pixels need no more.
MOST_KEPT = 1 << 26
#: Bytes that a deflated file may inflate to: a value of 32 bits of length, with as much before it as is kept.
MOST_INFLATED = (1 << 32) + MOST_KEPT
#: Codes of what the reader of data sets tells of its own limits.
CODES = ("too-deep", "too-many")
_PIECE = 1 << 20
_CLAUSE = "PS3.5 7.5 (2013), which sets no limit"
_DEFLATE = "PS3.5 A.5 (2013)"


def limit_finding(path: str, text: str, offset: int | None = None) -> IodFinding:
    """The note that something is beyond a limit, and not judged."""
    return IodFinding("checker-limit", IodLevel.INFO, path, f"{text}: not judged", _CLAUSE, offset)


class Inflated(NamedTuple):
    """The beginning of an inflated data set, the bytes behind it that were not kept, and what is to be told of it."""

    data: bytes
    elided: int
    finding: IodFinding | None = None


def inflate(data: bytes, start: int, most: int) -> Inflated:
    """Inflate the data set that begins at `start`: memory is bounded by MOST_KEPT, time by `most` bytes."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    kept: list[bytes] = []
    room, total, at = min(MOST_KEPT, most), 0, start
    wrong = "the deflated data end before their last block"
    try:
        while not inflater.eof and total <= most:
            packed = inflater.unconsumed_tail
            if not packed:
                packed = bytes(data[at : at + _PIECE])
                at += len(packed)
            piece = inflater.decompress(packed, _PIECE)
            if not piece and not packed:
                break
            total += len(piece)
            if room > 0:
                kept.append(piece[:room])
                room -= len(piece)
    except zlib.error as error:
        wrong = f"not a deflated data set: {error}"
    out = b"".join(kept)
    if inflater.eof and total <= most:
        return Inflated(out, total - len(out))
    if total > most:
        text = f"the data set inflates to more than {most} bytes; what is behind the first {len(out)}"
        return Inflated(out, 1 << 32, limit_finding("", text, len(out)))  # enough for pixels of any length
    # what is missing from broken data is not known to be pixels
    return Inflated(out, 0, IodFinding("deflate", IodLevel.ERROR, "", wrong, _DEFLATE, start))
