"""Small pictures of images, as PNG: what somebody sees at a glance of what was sent and what came back."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Rows and columns that a picture has at most.
SIZE = 96
_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def thumbnail(samples: NDArray[Any], *, inverted: bool = False) -> bytes:
    """Draw one frame.

    Parameters
    ----------
    samples : numpy.ndarray
        (rows, columns), from the darkest to the lightest but for one sample in a hundred, or (rows, columns, 3) of
        eight bits each.
    inverted : bool
        Whether the lowest value is white, as in MONOCHROME1.

    Returns
    -------
    bytes
        A PNG file of at most `SIZE` rows and columns; the same samples give the same bytes.
    """
    step = -(-max(samples.shape[:2]) // SIZE)
    small = samples[step // 2 :: step, step // 2 :: step]
    if not small.size:
        small = samples[:1, :1]
    if small.ndim == 3:
        return png(small.clip(0, 255).astype(np.uint8))
    low, high = np.percentile(small, (0.5, 99.5))
    scaled = (small.astype(np.float64) - low) * (255 / max(float(high - low), 1.0))
    drawn = scaled.clip(0, 255).astype(np.uint8)
    return png(255 - drawn if inverted else drawn)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Write 8-bit pixels, (rows, columns) grey or (rows, columns, 3) RGB, as a PNG file."""
    rows, columns = pixels.shape[:2]
    header = struct.pack(">2I5B", columns, rows, 8, 2 if pixels.ndim == 3 else 0, 0, 0, 0)
    lines = b"".join(b"\0" + row.tobytes() for row in pixels)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )
