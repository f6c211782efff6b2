"""Phantoms built analytically of ellipsoids, elliptic cylinders and boxes, and cut by any plane.

Coordinates are the patient's (x left, y back, z head) in mm, with the origin in the middle of the phantom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scansim.images.geometry import Plane, Vector
from scansim.images.tissue import INDEX

Labels = NDArray[np.uint8]
Field = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Shape:
    """One part of a phantom.

    Parameters
    ----------
    tissue : str
        Its name in `tissue.TISSUES`.
    centre, axes : Vector
        Centre, and half of the extent along x, y and z, in mm.
    form : str
        ``ellipsoid``; ``cylinder`` (elliptic, along z); ``box``.
    """

    tissue: str
    centre: Vector
    axes: Vector
    form: Literal["ellipsoid", "cylinder", "box"] = "ellipsoid"

    def paint(self, labels: Labels, plane: Plane) -> None:
        """Paint the shape's label where `plane` cuts it; shape of `labels`: (rows, columns)."""
        axes = np.asarray(self.axes)
        start = (np.asarray(plane.position) - np.asarray(self.centre)) / axes
        down = np.asarray(plane.down) * plane.spacing[0] / axes
        along = np.asarray(plane.along) * plane.spacing[1] / axes
        rows, columns = labels.shape
        r, c = slice(0, rows), slice(0, columns)
        flat = 3 if self.form == "ellipsoid" else 2  # a cylinder is an ellipse in x and y
        if self.form != "box":
            box = _reach(start[:flat], down[:flat], along[:flat], rows, columns)
            if box is None:
                return
            r, c = box
            inside = _quadratic(start[:flat], down[:flat], along[:flat], r, c) <= 1
        else:
            inside = np.abs(_linear(start[0], down[0], along[0], r, c)) <= 1
            inside = inside & (np.abs(_linear(start[1], down[1], along[1], r, c)) <= 1)
        if self.form != "ellipsoid":
            inside = inside & (np.abs(_linear(start[2], down[2], along[2], r, c)) <= 1)
        np.copyto(labels[r, c], np.uint8(INDEX[self.tissue]), where=inside)


def _linear(start: float, down: float, along: float, rows: slice, columns: slice) -> Field:
    """Coordinate of each pixel of a part of the plane; along an axis of the image that does not change it, of one."""
    value: Field = np.full((1, 1), start, dtype=np.float32)
    if down:
        value = value + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None] * np.float32(down)
    if along:
        value = value + np.arange(columns.start, columns.stop, dtype=np.float32)[None, :] * np.float32(along)
    return value


def _quadratic(
    start: NDArray[np.float64], down: NDArray[np.float64], along: NDArray[np.float64], rows: slice, columns: slice
) -> Field:
    """Squared distance from the centre, in units of the axes, of each pixel of a part of the plane; see `_linear`."""
    r = np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
    c = np.arange(columns.start, columns.stop, dtype=np.float32)[None, :]
    value: Field = np.full((1, 1), float(start @ start), dtype=np.float32)
    if down.any():
        value = value + (r * np.float32(2 * float(start @ down)) + r * r * np.float32(down @ down))
    if along.any():
        value = value + (c * np.float32(2 * float(start @ along)) + c * c * np.float32(along @ along))
    mixed = 2 * float(down @ along)
    if abs(mixed) > 1e-12:
        value = value + r * c * np.float32(mixed)
    return value


def _reach(
    start: NDArray[np.float64], down: NDArray[np.float64], along: NDArray[np.float64], rows: int, columns: int
) -> tuple[slice, slice] | None:
    """Rows and columns that an ellipsoid can touch, or None: it is painted in its box, not in the whole image."""
    matrix = np.array([[down @ down, down @ along], [down @ along, along @ along]])
    if np.linalg.det(matrix) < 1e-18:  # a cylinder, cut along its axis
        return slice(0, rows), slice(0, columns)
    inverse = np.linalg.inv(matrix)
    middle = -inverse @ np.array([down @ start, along @ start])
    least = float(start @ start) - float(middle @ matrix @ middle)
    if least >= 1:
        return None
    half_rows, half_columns = np.sqrt((1 - least) * np.diag(inverse))
    r = slice(max(0, int(middle[0] - half_rows)), min(rows, int(middle[0] + half_rows) + 2))
    c = slice(max(0, int(middle[1] - half_columns)), min(columns, int(middle[1] + half_columns) + 2))
    return (r, c) if r.start < r.stop and c.start < c.stop else None


@dataclass(frozen=True)
class Phantom:
    """A phantom: its shapes in the order of painting, its extent along z in mm, and its Body Part Examined."""

    name: str
    shapes: tuple[Shape, ...]
    extent: float
    body_part: str

    def labels(self, plane: Plane) -> Labels:
        """Tissue index of each pixel of an infinitely thin `plane`, shape (rows, columns)."""
        labels = np.full(plane.shape, INDEX["air"], dtype=np.uint8)
        for shape in self.shapes:
            shape.paint(labels, plane)
        return labels


_HEAD = (
    Shape("muscle", (0, 10, -125), (62, 66, 60), "cylinder"),
    Shape("fat", (0, 0, 0), (78, 98, 112)),
    Shape("bone", (0, 0, 2), (73, 93, 107)),
    Shape("fluid", (0, 0, 2), (66, 86, 100)),
    Shape("grey matter", (0, 0, 3), (64, 83, 97)),
    Shape("white matter", (-24, -4, 8), (31, 66, 72)),
    Shape("white matter", (24, -4, 8), (31, 66, 72)),
    Shape("white matter", (0, 48, -48), (40, 26, 26)),
    Shape("fluid", (-11, -8, 14), (7, 26, 13)),
    Shape("fluid", (11, -8, 14), (7, 26, 13)),
    Shape("fluid", (0, 6, -2), (3, 13, 9)),
    Shape("grey matter", (-17, 4, 6), (8, 15, 10)),
    Shape("grey matter", (17, 4, 6), (8, 15, 10)),
    Shape("stroke", (34, 14, 22), (12, 15, 13)),
    Shape("lesion", (-30, 26, 34), (8, 8, 8)),
    Shape("white matter", (0, 24, -62), (12, 12, 34)),
    Shape("bone", (0, -52, -56), (58, 26, 20)),
    Shape("gas", (0, -70, -58), (12, 16, 16)),
    Shape("eye", (-31, -76, -28), (12, 12, 12)),
    Shape("eye", (31, -76, -28), (12, 12, 12)),
    Shape("spongy bone", (0, 44, -130), (18, 18, 55), "cylinder"),
    Shape("fluid", (0, 46, -130), (7, 6, 55), "cylinder"),
)
_THORAX = (
    Shape("fat", (0, 0, 0), (190, 125, 330)),
    Shape("muscle", (0, 0, 0), (174, 110, 325)),
    Shape("bone", (0, 4, 20), (158, 99, 190)),
    Shape("muscle", (0, 4, 20), (153, 94, 186)),
    Shape("lung", (-76, 2, 20), (68, 84, 150)),
    Shape("lung", (76, 2, 20), (66, 84, 148)),
    Shape("muscle", (12, -30, -20), (56, 42, 66)),
    Shape("blood", (24, -30, -26), (30, 28, 44)),
    Shape("blood", (-14, -22, -14), (22, 24, 40)),
    Shape("blood", (-8, -18, 62), (16, 16, 60), "cylinder"),
    Shape("blood", (22, 40, 10), (13, 13, 240), "cylinder"),
    Shape("gas", (0, 8, 110), (9, 9, 70), "cylinder"),
    Shape("lesion", (-92, 12, 56), (9, 9, 9)),
    Shape("spongy bone", (0, 72, 0), (22, 20, 320), "cylinder"),
    Shape("bone", (0, 92, 0), (6, 14, 320), "cylinder"),
    Shape("fluid", (0, 80, 0), (8, 6, 320), "cylinder"),
    Shape("bone", (0, -96, 30), (16, 5, 90), "box"),
    Shape("liver", (-60, -6, -190), (84, 72, 74)),
)
_ABDOMEN = (
    Shape("fat", (0, 0, 0), (178, 120, 290)),
    Shape("muscle", (0, 0, 0), (158, 101, 284)),
    Shape("fat", (0, -14, 0), (136, 78, 276)),
    Shape("liver", (-66, -14, 52), (74, 70, 84)),
    Shape("lesion", (-88, 4, 66), (13, 13, 13)),
    Shape("spleen", (88, 24, 70), (34, 44, 52)),
    Shape("muscle", (40, -40, 60), (44, 34, 34)),
    Shape("gas", (42, -58, 60), (26, 12, 20)),
    Shape("kidney", (-66, 48, -14), (29, 24, 58)),
    Shape("kidney", (66, 48, -10), (29, 24, 58)),
    Shape("fluid", (-60, 48, -14), (9, 8, 20)),
    Shape("fluid", (60, 48, -10), (9, 8, 20)),
    Shape("blood", (12, 36, 0), (11, 11, 270), "cylinder"),
    Shape("blood", (-16, 36, 0), (13, 10, 270), "cylinder"),
    Shape("muscle", (-44, 62, -60), (26, 22, 130)),
    Shape("muscle", (44, 62, -60), (26, 22, 130)),
    Shape("gas", (-92, -34, -70), (22, 20, 50)),
    Shape("gas", (86, -30, -80), (18, 18, 60)),
    Shape("muscle", (0, -40, -90), (60, 30, 60)),
    Shape("spongy bone", (0, 70, 0), (24, 21, 280), "cylinder"),
    Shape("bone", (0, 94, 0), (7, 14, 280), "cylinder"),
    Shape("fluid", (0, 80, 0), (9, 6, 280), "cylinder"),
    Shape("bone", (-84, 44, -190), (36, 30, 46)),
    Shape("bone", (84, 44, -190), (36, 30, 46)),
)

#: Inserts of the QC phantom: tissue (for its HU) and centre (x, y) in mm; each is a cylinder of 12 mm radius.
QC_INSERTS: Mapping[str, tuple[float, float]] = {
    "teflon": (0.0, -60.0),
    "acrylic": (60.0, 0.0),
    "polystyrene": (42.0, 42.0),
    "polyethylene": (0.0, 60.0),
    "gas": (-60.0, 0.0),
    "lung": (-42.0, -42.0),
}
QC_INSERT_RADIUS = 12.0
_QC = (
    Shape("acrylic", (0, 0, 0), (105, 105, 80), "cylinder"),
    Shape("water", (0, 0, 0), (100, 100, 75), "cylinder"),
    *(
        Shape(tissue, (x, y, 0), (QC_INSERT_RADIUS, QC_INSERT_RADIUS, 75), "cylinder")
        for tissue, (x, y) in QC_INSERTS.items()
    ),
)

PHANTOMS: Mapping[str, Phantom] = {
    "head": Phantom("head", _HEAD, 240.0, "HEAD"),
    "thorax": Phantom("thorax", _THORAX, 400.0, "CHEST"),
    "abdomen": Phantom("abdomen", _ABDOMEN, 400.0, "ABDOMEN"),
    "qc": Phantom("qc", _QC, 160.0, "PHANTOM"),
}
