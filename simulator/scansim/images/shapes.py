"""Ellipsoids, elliptic cylinders and boxes, and what planes cut of them.

Coordinates are the patient's (x left, y back, z head) in mm.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress
from math import cos, radians, sin, sqrt
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from scansim.images.geometry import Plane, Vector
from scansim.images.scratch import scratch
from scansim.images.tissue import INDEX

Image = NDArray[Any]
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
    tilt : float
        Degrees that the shape is turned about x: positive ones lower its front.
    """

    tissue: str
    centre: Vector
    axes: Vector
    form: Literal["ellipsoid", "cylinder", "box"] = "ellipsoid"
    tilt: float = 0.0


class View:
    """One shape as planes of one orientation and spacing cut it: everything that their position does not change.

    Parameters
    ----------
    shape : Shape
        What is cut.
    down, along : Vector
        Direction cosines of the planes, as in `Plane`.
    spacing : (float, float)
        Distance between rows and between columns in mm.
    """

    def __init__(self, shape: Shape, down: Vector, along: Vector, spacing: tuple[float, float]) -> None:
        self.tissue = INDEX[shape.tissue]
        self._centre = np.asarray(shape.centre)
        self._form = shape.form
        self._turn = turn(shape.tilt) / np.asarray(shape.axes)[:, None]
        self._steps = self._turn @ np.asarray(down) * spacing[0], self._turn @ np.asarray(along) * spacing[1]
        self._flat = 3 if shape.form == "ellipsoid" else 2  # a cylinder is an ellipse in x and y
        self._down, self._along = (step[: self._flat] for step in self._steps)
        self._goes_down, self._goes_along = bool(self._down.any()), bool(self._along.any())
        mixed = self._down @ self._along
        self._mixed = 2 * float(mixed)
        down_squared, along_squared = self._down @ self._down, self._along @ self._along
        self._down_squared, self._along_squared = np.float32(down_squared), np.float32(along_squared)
        matrix = np.array([[down_squared, mixed], [mixed, along_squared]])
        self._is_cut_lengthwise = bool(np.linalg.det(matrix) < 1e-18)  # a cylinder, cut along its axis
        if not self._is_cut_lengthwise:
            self._inverse: list[list[float]] = np.linalg.inv(matrix).tolist()

    def paint(self, image: Image, position: NDArray[np.float64], value: np.generic) -> None:
        """Give `value` to the pixels that lie in the shape; the first pixel of `image` is at `position`, in mm."""
        start = self._turn @ (position - self._centre)
        rows, columns = image.shape
        r, c = slice(0, rows), slice(0, columns)
        if self._form != "ellipsoid":
            r, c = self._between(2, start, r, c)
        if self._form == "box":
            for axis in (0, 1):
                r, c = self._between(axis, start, r, c)
        else:
            flat = start[: self._flat]
            square, down, along = (float(flat @ other) for other in (flat, self._down, self._along))
            r, c = self._reach(start, square, down, along, r, c)
        if r.start >= r.stop or c.start >= c.stop:
            return
        if self._form == "box":
            inside = np.abs(self._linear(0, start, r, c)) <= 1
            inside = inside & (np.abs(self._linear(1, start, r, c)) <= 1)
        else:
            distance = self._quadratic(square, down, along, r, c)
            inside = np.less_equal(distance, 1, out=scratch("inside", distance.shape, np.bool_))
        if self._form != "ellipsoid":
            between = np.abs(self._linear(2, start, r, c)) <= 1
            if between.size > 1 or not between.item():
                inside = inside & between
        np.copyto(image[r, c], value, where=inside)

    def _linear(self, axis: int, start: NDArray[np.float64], rows: slice, columns: slice) -> Field:
        """Coordinate of each pixel of a part of the plane; of one row or column where it does not change along them."""
        value: Field = np.full((1, 1), start[axis], dtype=np.float32)
        down, along = (step[axis] for step in self._steps)
        if down:
            value = value + _indices(rows)[0][:, None] * np.float32(down)
        if along:
            value = value + _indices(columns)[0] * np.float32(along)
        return value

    def _quadratic(self, square: float, down: float, along: float, rows: slice, columns: slice) -> Field:
        """Squared distance from the centre, in units of the axes, of each pixel of a part of the plane; in scratch.

        `square`, `down` and `along` are the products of the vector from the centre to the first pixel with itself and
        with the steps from row to row and from column to column.
        """
        value: Field = np.full((1, 1), square, dtype=np.float32)
        if self._goes_down:
            r, r_squared = _indices(rows)
            value = value + (r * np.float32(2 * down) + r_squared * self._down_squared)[:, None]
        if self._goes_along:
            c, c_squared = _indices(columns)
            across = c * np.float32(2 * along) + c_squared * self._along_squared
            value = np.add(value, across, out=scratch("distance", (len(value), len(across)), np.float32))
        if abs(self._mixed) > 1e-12:
            value = value + _indices(rows)[0][:, None] * _indices(columns)[0] * np.float32(self._mixed)
        return value

    def _between(self, axis: int, start: NDArray[np.float64], rows: slice, columns: slice) -> tuple[slice, slice]:
        """Part of the plane where a coordinate can be from -1 to 1: what is painted there alone costs less."""
        first, down, along = float(start[axis]), *(float(step[axis]) for step in self._steps)
        ends = [first + down * r + along * c for r in (rows.start, rows.stop) for c in (columns.start, columns.stop)]
        if min(ends) > 1 or max(ends) < -1:
            return slice(0, 0), slice(0, 0)
        if abs(down) > 1e-12 and abs(along) <= 1e-12:
            return _clipped(-first / down, 1 / abs(down), rows), columns
        if abs(along) > 1e-12 and abs(down) <= 1e-12:
            return rows, _clipped(-first / along, 1 / abs(along), columns)
        return rows, columns

    def _reach(
        self, start: NDArray[np.float64], square: float, down: float, along: float, rows: slice, columns: slice
    ) -> tuple[slice, slice]:
        """Part of the plane that an ellipse or ellipsoid can touch; empty when it touches none. See `_quadratic`."""
        if self._is_cut_lengthwise:
            for axis in (0, 1):
                rows, columns = self._between(axis, start, rows, columns)
            return rows, columns
        (a, b), (_, d) = self._inverse
        row, column = -(a * down + b * along), -(b * down + d * along)
        least = square + row * down + column * along
        if least >= 1:
            return slice(0, 0), slice(0, 0)
        half_down, half_along = sqrt((1 - least) * a), sqrt((1 - least) * d)
        return _clipped(row, half_down, rows), _clipped(column, half_along, columns)


class Scene:
    """Shapes in the order of painting, as planes of one orientation and spacing cut them; see `View`."""

    def __init__(
        self,
        shapes: tuple[Shape, ...],
        down: Vector,
        along: Vector,
        normal: Vector,
        spacing: tuple[float, float],
    ) -> None:
        self._views = [View(shape, down, along, spacing) for shape in shapes]
        self._centres = np.array([shape.centre for shape in shapes])
        self._normal = np.asarray(normal)
        vectors = np.array([np.asarray(shape.axes)[:, None] * turn(shape.tilt) for shape in shapes])
        # how much a shape's corners stick out of its ellipsoid
        corners = np.array([1.0 if shape.form == "ellipsoid" else 3**0.5 for shape in shapes])
        self._reach = np.linalg.norm(vectors @ self._normal, axis=1) * corners

    def cut(self, plane: Plane) -> Iterator[View]:
        """Give the shapes that the plane can cut: to look at each of them costs more than to paint the few."""
        distances = np.abs((self._centres - np.asarray(plane.centre)) @ self._normal)
        return compress(self._views, distances <= self._reach)


@lru_cache(maxsize=16)
def turn(tilt: float) -> NDArray[np.float64]:
    """Matrix from the patient's axes to those of a shape that is turned about x."""
    c, s = cos(radians(tilt)), sin(radians(tilt))
    return np.array([[1.0, 0.0, 0.0], [0.0, c, s], [0.0, -s, c]])


def _indices(part: slice) -> tuple[Field, Field]:
    """Index of each row or column of a part of the plane, and its square."""
    indices, squares = _ramp(part.stop + -part.stop % 1024)
    return indices[part], squares[part]


@lru_cache(maxsize=8)
def _ramp(count: int) -> tuple[Field, Field]:
    indices = np.arange(count, dtype=np.float32)
    return indices, indices * indices


def _clipped(middle: float, half: float, within: slice) -> slice:
    return slice(max(within.start, int(middle - half)), min(within.stop, int(middle + half) + 2))
