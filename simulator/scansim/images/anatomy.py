"""Phantoms built analytically of ellipsoids, elliptic cylinders and boxes, and cut by any plane.

Coordinates are the patient's (x left, y back, z head) in mm, with the origin in the middle of the phantom.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sin
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from scansim.images.geometry import Plane, Vector
from scansim.images.shapes import Scene, Shape
from scansim.images.tissue import INDEX

Labels = NDArray[np.uint8]
Value = TypeVar("Value", bound=np.generic)

_INDICES: Labels = np.arange(len(INDEX), dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Phantom:
    """A phantom: its shapes in the order of painting, and its Body Part Examined.

    ``couch`` is what it lies on: CT sees it, no other modality does.
    """

    name: str
    shapes: tuple[Shape, ...]
    body_part: str
    couch: tuple[Shape, ...] = ()

    def labels(self, plane: Plane, *, couch: bool = False) -> Labels:
        """Tissue index of each pixel of an infinitely thin `plane`, shape (rows, columns)."""
        return self.painted(_INDICES, plane, couch=couch)

    def painted(
        self, values: NDArray[Value], plane: Plane, *, couch: bool = False, out: NDArray[Value] | None = None
    ) -> NDArray[Value]:
        """Value of the tissue at each pixel of an infinitely thin `plane`, shape (rows, columns).

        Parameters
        ----------
        values : numpy.ndarray
            Value of each tissue, in the order of `tissue.NAMES`.
        plane : Plane
            Where.
        couch : bool
            Whether the couch shows.
        out : numpy.ndarray, optional
            What to paint into.
        """
        image = np.empty(plane.shape, dtype=values.dtype) if out is None else out
        image.fill(values[INDEX["air"]])
        position = np.asarray(plane.position)
        for view in _scene(self, couch, plane.down, plane.along, plane.normal, plane.spacing).cut(plane):
            view.paint(image, position, values[view.tissue])
        return image


@lru_cache(maxsize=16)
def _scene(
    phantom: Phantom, couch: bool, down: Vector, along: Vector, normal: Vector, spacing: tuple[float, float]
) -> Scene:
    return Scene((*phantom.couch, *phantom.shapes) if couch else phantom.shapes, down, along, normal, spacing)


def _couch(top: float, width: float) -> tuple[Shape, ...]:
    """A table whose top is `top` mm behind the middle: a shell filled with foam."""
    return (
        Shape("couch", (0, top + 12, 0), (width, 16, 1000), "cylinder"),
        Shape("foam", (0, top + 12, 0), (width - 3, 13, 1000), "cylinder"),
    )


_RIB = 6.0  # mm


def _ribs(count: int, top: float, across: float, deep: float, tilt: float, *, narrow: bool) -> tuple[Shape, ...]:
    """Ribs that are lower in front, so that an axial slice cuts several of them.

    Each is bone at the back and at the sides and thins out to the front, where cartilage is: no closed ring. Where they
    are `narrow`, the first ones are shorter.
    """
    ribs: list[Shape] = []
    c, s = cos(radians(tilt)), sin(radians(tilt))
    for number in range(count):
        size = (0.74, 0.86, 0.94, 0.98)[number] if narrow and number < 4 else 1.0
        x, y, z = 0.0, 4.0, top - 27.0 * number
        half, back = across * size, deep * size
        ribs.append(Shape("bone", (x, y, z), (half, back / c, 5.5), "cylinder", tilt))
        inner = (x, y - _RIB * c, z - _RIB * s)
        ribs.append(Shape("muscle", inner, (half - _RIB, (back - _RIB) / c, 6.5), "cylinder", tilt))
    return tuple(ribs)


def _spine(middle: float, half: float, width: float) -> tuple[Shape, ...]:
    """Vertebral bodies with discs between them, arches, spinous processes and the canal, along the whole phantom."""
    shapes: list[Shape] = [Shape("muscle", (0, middle + 2, 0), (width - 3, width - 5, half), "cylinder")]
    for number in range(int(2 * half // 32)):
        z = half - 16 - 32 * number
        shapes.append(Shape("bone", (0, middle, z), (width, width - 3, 13), "cylinder"))
        shapes.append(Shape("spongy bone", (0, middle, z), (width - 3, width - 6, 12), "cylinder"))
        shapes.append(Shape("bone", (0, middle + 20, z), (width + 10, 7, 7)))
        shapes.append(Shape("bone", (0, middle + 30, z - 6), (5, 16, 9)))
    shapes.append(Shape("fluid", (0, middle + 18, 0), (9, 7, half), "cylinder"))
    return tuple(shapes)


_HEAD = (
    Shape("muscle", (0, 10, -125), (62, 66, 60), "cylinder"),
    Shape("fat", (0, 0, 0), (78, 98, 112)),
    Shape("muscle", (0, -44, -84), (56, 44, 46)),
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
    Shape("bone", (0, -30, -62), (60, 34, 7)),
    Shape("muscle", (0, -68, -60), (50, 26, 24)),
    Shape("bone", (-38, -58, -58), (5, 24, 22)),
    Shape("bone", (38, -58, -58), (5, 24, 22)),
    Shape("bone", (0, -66, -94), (34, 22, 7)),
    Shape("bone", (0, -56, -116), (42, 36, 9)),
    Shape("muscle", (0, -50, -116), (33, 30, 10)),
    Shape("gas", (0, -66, -64), (9, 20, 18)),
    Shape("gas", (-24, -64, -72), (11, 15, 13)),
    Shape("gas", (24, -64, -72), (11, 15, 13)),
    Shape("gas", (0, -30, -125), (9, 8, 45), "cylinder"),
    Shape("fat", (-31, -72, -30), (18, 20, 16)),
    Shape("fat", (31, -72, -30), (18, 20, 16)),
    Shape("eye", (-31, -76, -28), (12, 12, 12)),
    Shape("eye", (31, -76, -28), (12, 12, 12)),
    Shape("spongy bone", (0, 44, -130), (18, 18, 55), "cylinder"),
    Shape("fluid", (0, 46, -130), (7, 6, 55), "cylinder"),
)
_THORAX = (
    Shape("fat", (0, 0, 0), (178, 120, 330), "cylinder"),
    Shape("muscle", (0, 0, 0), (166, 108, 330), "cylinder"),
    *_ribs(11, 158, 157, 98, 24, narrow=True),
    Shape("lung", (-76, 2, 20), (68, 84, 150)),
    Shape("lung", (76, 2, 20), (66, 84, 148)),
    Shape("fat", (0, -58, 70), (26, 22, 60)),
    Shape("muscle", (12, -30, -20), (56, 42, 66)),
    Shape("blood", (24, -30, -26), (30, 28, 44)),
    Shape("blood", (-14, -22, -14), (22, 24, 40)),
    Shape("blood", (-8, -18, 62), (16, 16, 60), "cylinder"),
    Shape("blood", (22, 40, 10), (13, 13, 240), "cylinder"),
    Shape("gas", (0, 8, 110), (9, 9, 70), "cylinder"),
    Shape("gas", (-24, 6, 36), (20, 6, 6)),
    Shape("gas", (24, 6, 36), (20, 6, 6)),
    Shape("blood", (-52, 8, 14), (26, 5, 5)),
    Shape("blood", (58, 8, 12), (26, 5, 5)),
    Shape("lesion", (-92, 12, 56), (9, 9, 9)),
    *_spine(72, 330, 21),
    Shape("bone", (0, -96, 30), (16, 5, 90), "box"),
    Shape("liver", (-60, -6, -190), (84, 72, 74)),
    Shape("gas", (70, -30, -170), (34, 30, 28)),
)
_ABDOMEN = (
    Shape("fat", (0, 0, 0), (174, 118, 330), "cylinder"),
    Shape("muscle", (0, 0, 0), (156, 100, 330), "cylinder"),
    Shape("fat", (0, -14, 0), (140, 80, 320), "cylinder"),
    *_ribs(4, 218, 152, 96, 24, narrow=False),
    Shape("fat", (0, -14, 150), (130, 74, 90)),
    Shape("liver", (-66, -14, 52), (74, 70, 84)),
    Shape("blood", (-60, -6, 60), (44, 5, 5)),
    Shape("lesion", (-88, 4, 66), (13, 13, 13)),
    Shape("fluid", (-40, -50, 14), (13, 20, 16)),
    Shape("spleen", (88, 24, 70), (34, 44, 52)),
    Shape("muscle", (40, -40, 60), (44, 34, 34)),
    Shape("gas", (42, -58, 60), (26, 12, 20)),
    Shape("muscle", (10, 2, 18), (58, 10, 12)),
    Shape("kidney", (-66, 48, -14), (29, 24, 58)),
    Shape("kidney", (66, 48, -10), (29, 24, 58)),
    Shape("fluid", (-60, 48, -14), (9, 8, 20)),
    Shape("fluid", (60, 48, -10), (9, 8, 20)),
    Shape("blood", (12, 36, 0), (11, 11, 270), "cylinder"),
    Shape("blood", (-16, 36, 0), (13, 10, 270), "cylinder"),
    Shape("muscle", (-44, 62, -60), (26, 22, 130)),
    Shape("muscle", (44, 62, -60), (26, 22, 130)),
    Shape("muscle", (-96, -30, -70), (27, 25, 70)),
    Shape("gas", (-92, -34, -70), (22, 20, 50)),
    Shape("muscle", (90, -26, -80), (23, 23, 76)),
    Shape("gas", (86, -30, -80), (18, 18, 60)),
    *(
        Shape("muscle", (x, -42 + 14 * (number % 2), z), (27, 19, 15))
        for z in (-40, -68, -96, -124, -152)
        for number, x in enumerate((-44, -2, 40))
    ),
    *(Shape("gas", (x, -52, z), (12, 7, 7)) for x, z in ((-44, -40), (40, -68), (-2, -124))),
    Shape("fluid", (0, -30, -205), (42, 34, 30)),
    *_spine(70, 330, 23),
    *(
        shape
        for side in (-1, 1)
        for shape in (
            Shape("bone", (side * 84, 44, -190), (42, 12, 66), "ellipsoid", -18),
            Shape("spongy bone", (side * 84, 44, -190), (38, 8, 62), "ellipsoid", -18),
        )
    ),
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
    "head": Phantom("head", _HEAD, "HEAD", _couch(100, 90)),
    "thorax": Phantom("thorax", _THORAX, "CHEST", _couch(118, 200)),
    "abdomen": Phantom("abdomen", _ABDOMEN, "ABDOMEN", _couch(116, 200)),
    "qc": Phantom("qc", _QC, "PHANTOM"),
}
