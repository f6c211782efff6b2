#!/usr/bin/env python3
"""Contact sheets of the built-in protocols, as PNG files in docs/contact-sheets.

    .venv/bin/python -m tests.bench.contact_sheets [PROTOCOL ...]

Each row is a series: up to eight of its images or frames, evenly chosen, in their own window.
"""

from __future__ import annotations

import struct
import sys
import zlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

ROOT = Path(__file__).parents[2]

TILE, COLUMNS = 128, 8
OUT = ROOT / "docs" / "contact-sheets"


def tiles(instances: list[object]) -> Iterator[NDArray[np.uint8]]:
    """Images and frames of one series that a row shows, each as RGB in a tile."""
    from scansim.images.coding import frames

    images = [instance for instance in instances if instance.is_image]  # type: ignore[attr-defined]
    places = [(image, n) for image in images for n in range(int(image.view().get("NumberOfFrames", 1)))]  # type: ignore[attr-defined]
    chosen = sorted({round(n) for n in np.linspace(0, len(places) - 1, min(COLUMNS, len(places)))})
    for index in chosen:
        image, number = places[index]
        ds = image.view()  # type: ignore[attr-defined]
        yield _tile(_shown(ds, number, frames(ds, image.pixels())[number]))  # type: ignore[attr-defined]


def _value(ds: Dataset, number: int, keyword: str, otherwise: float) -> float:
    places = [ds]
    if "PerFrameFunctionalGroupsSequence" in ds:
        for groups in (ds.PerFrameFunctionalGroupsSequence[number], ds.SharedFunctionalGroupsSequence[0]):
            places += [element.value[0] for element in groups if element.VR == "SQ"]
    found = next((place[keyword].value for place in places if keyword in place), otherwise)
    return float(found if isinstance(found, int | float | str) else found[0])


def _shown(ds: Dataset, number: int, samples: NDArray[np.generic]) -> NDArray[np.uint8]:
    if samples.ndim == 3:
        return samples.astype(np.uint8)
    values = samples * _value(ds, number, "RescaleSlope", 1) + _value(ds, number, "RescaleIntercept", 0)
    low, high = float(values.min()), float(values.max())
    centre, width = _value(ds, number, "WindowCenter", (low + high) / 2), _value(ds, number, "WindowWidth", high - low)
    grey = np.clip((values - centre) / max(width, 1) + 0.5, 0, 1) * 255
    if ds.PhotometricInterpretation == "MONOCHROME1":
        grey = 255 - grey
    return np.repeat(grey[:, :, None], 3, axis=2).astype(np.uint8)


def _tile(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shrink an image into a tile, by the mean of what falls into a pixel."""
    rows, columns = image.shape[:2]
    scale = max(rows, columns) / TILE
    height, width = max(1, int(rows / scale)), max(1, int(columns / scale))
    ys = np.unique((np.arange(height) * scale).astype(int))
    xs = np.unique((np.arange(width) * scale).astype(int))
    total = np.add.reduceat(np.add.reduceat(image.astype(np.float64), ys, axis=0), xs, axis=1)
    counts = np.diff([*ys, rows])[:, None] * np.diff([*xs, columns])[None, :]
    made = np.zeros((TILE, TILE, 3), np.uint8)
    made[: len(ys), : len(xs)] = total / counts[:, :, None]
    return made


def png(image: NDArray[np.uint8]) -> bytes:
    """Encode RGB as PNG."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows, columns = image.shape[:2]
    lines = np.concatenate([np.zeros((rows, 1), np.uint8), image.reshape(rows, columns * 3)], axis=1)
    head = struct.pack(">IIBBBBB", columns, rows, 8, 2, 0, 0, 0)
    body = zlib.compress(lines.tobytes(), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def sheet(name: str) -> bytes:
    """Contact sheet of one protocol."""
    from scansim.generate import Order, exam_instances
    from scansim.images import MAKERS, find_protocol

    series: dict[str, list[object]] = {}
    for instance in exam_instances(Order(find_protocol(name, MAKERS), seed=1, day=date(2026, 1, 2))):
        series.setdefault(instance.series_instance_uid, []).append(instance)
    rows = []
    for instances in series.values():
        row = list(tiles(instances))
        if row:
            rows.append(np.hstack([*row, *[np.zeros((TILE, TILE, 3), np.uint8)] * (COLUMNS - len(row))]))
    return png(np.vstack(rows))


def main() -> None:
    """Write the sheets of the named protocols, or of all."""
    from scansim.images import builtin_protocols

    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or builtin_protocols():
        (OUT / f"{name}.png").write_bytes(sheet(name))
        print(OUT / f"{name}.png")


if __name__ == "__main__":
    main()
