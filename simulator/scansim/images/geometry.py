"""Planes and stacks of planes in the patient coordinate system (PS3.3 C.7.6.2): x to the left, y to the back, z up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import cos, radians, sin

import numpy as np
from numpy.typing import NDArray

Vector = tuple[float, float, float]

#: Direction cosines of rows and columns: axial seen from the feet, coronal from the front, sagittal from the left.
ORIENTATIONS: Mapping[str, tuple[Vector, Vector]] = {
    "axial": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0)),
    "coronal": ((1.0, 0.0, 0.0), (0.0, 0.0, -1.0)),
    "sagittal": ((0.0, 1.0, 0.0), (0.0, 0.0, -1.0)),
}


def _array(vector: Vector) -> NDArray[np.float64]:
    return np.asarray(vector, dtype=np.float64)


def _vector(array: NDArray[np.float64]) -> Vector:
    x, y, z = (float(value) for value in array)
    return x, y, z


def turned(directions: tuple[Vector, Vector], axis: str, degrees: float) -> tuple[Vector, Vector]:
    """Turn both direction vectors about the ``x``, ``y`` or ``z`` axis, right-handed, by an angle in degrees."""
    c, s = cos(radians(degrees)), sin(radians(degrees))
    matrix = {
        "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
        "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
        "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
    }[axis]
    along, down = directions
    return _vector(matrix @ _array(along)), _vector(matrix @ _array(down))


@dataclass(frozen=True)
class Plane:
    """One image's place.

    Parameters
    ----------
    centre : Vector
        Middle of the image in mm.
    along, down : Vector
        Direction cosines of the rows (rising column index) and of the columns (rising row index).
    shape : (int, int)
        Rows and columns.
    spacing : (float, float)
        Distance between rows and between columns in mm: Pixel Spacing.
    thickness : float
        Slice Thickness in mm.
    """

    centre: Vector
    along: Vector
    down: Vector
    shape: tuple[int, int]
    spacing: tuple[float, float]
    thickness: float

    @cached_property
    def normal(self) -> Vector:
        """Unit vector from this plane to the next: rows x columns."""
        (a, b, c), (d, e, f) = self.along, self.down
        return b * f - c * e, c * d - a * f, a * e - b * d  # written out: numpy takes 60 us for it

    @cached_property
    def position(self) -> Vector:
        """Image Position (Patient): the centre of the first pixel, in mm."""
        rows, columns = self.shape
        corner = (
            _array(self.centre)
            - _array(self.down) * (rows - 1) / 2 * self.spacing[0]
            - _array(self.along) * (columns - 1) / 2 * self.spacing[1]
        )
        return _vector(corner)

    @property
    def orientation(self) -> tuple[float, ...]:
        """Image Orientation (Patient): six direction cosines."""
        return (*self.along, *self.down)

    @property
    def location(self) -> float:
        """Where the plane cuts its normal, in mm: Slice Location."""
        return float(np.dot(_array(self.normal), _array(self.centre)))

    def moved(self, distance: float) -> Plane:
        """Return the plane `distance` mm further along the normal."""
        return replace(self, centre=_vector(_array(self.centre) + _array(self.normal) * distance))


@dataclass(frozen=True)
class Stack:
    """Equidistant parallel planes.

    Parameters
    ----------
    middle : Plane
        The plane in the middle of the stack, which for an even count lies between two planes.
    step : float
        Distance from plane to plane in mm along the normal; negative to go the other way.
    count : int
        How many.
    travel : Vector, optional
        Direction in which the centres move when that is not the normal: the table's, under a tilted gantry. The stack
        is sheared then, and `step` is the way along `travel`.
    """

    middle: Plane
    step: float
    count: int
    travel: Vector | None = None

    def plane(self, index: int) -> Plane:
        """Plane number `index`, from 0."""
        distance = (index - (self.count - 1) / 2) * self.step
        if self.travel is None:
            return self.middle.moved(distance)
        return replace(self.middle, centre=_vector(_array(self.middle.centre) + _array(self.travel) * distance))

    def __len__(self) -> int:
        return self.count
