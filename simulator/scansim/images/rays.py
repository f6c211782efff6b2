"""Line integrals through phantoms, exact for every ray: what a localizer and a detector see of the shapes.

A ray meets a shape between two points. Sorted along the ray, these are where the painted scene changes; between two of
them the shape that was painted last is what is there. Adding up planes instead leaves contour lines where they cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from scansim.images.anatomy import Phantom
from scansim.images.geometry import Plane
from scansim.images.shapes import Shape, turn
from scansim.images.tissue import INDEX

Values = NDArray[np.float32]

_SHAPES = 6  # bits of a key that tell the shape, below those that tell the place
_FINE = 2.0**15  # steps of a place in a mm: 1 m of them fits into what is left of 32 bits
#: Shapes that one row of rays may meet: a float holds one bit for each.
MOST_SHAPES = 53
_TINY = 1e-12


def integrals(phantom: Phantom, values: Values, plane: Plane, depth: float, *, couch: bool = False) -> Values:
    """Integrate along the plane's normal through each of its pixels.

    Parameters
    ----------
    phantom : Phantom
        What the rays go through.
    values : numpy.ndarray
        Value of each tissue, in the order of `tissue.NAMES`.
    plane : Plane
        Through the middle of the phantom.
    depth : float
        How far in mm the rays go, half of it on each side of the plane.
    couch : bool
        Whether the table is there.

    Returns
    -------
    numpy.ndarray
        Values times mm, shape (rows, columns).
    """
    shapes = (*phantom.couch, *phantom.shapes) if couch else phantom.shapes
    air = values[INDEX["air"]]
    scene = _Scene(shapes, plane)
    tissues = np.array([INDEX[shape.tissue] for shape in shapes])
    more = values[tissues] - air
    image: Values = np.empty(plane.shape, np.float32)
    for row in range(len(image)):
        image[row] = scene.row(row, more, depth / 2)
    image += air * np.float32(depth)
    return image


class _Scene:
    """Shapes as the rays of one plane meet them: `_turn` of each takes it to the unit ball, cylinder or box."""

    def __init__(self, shapes: Sequence[Shape], plane: Plane) -> None:
        turns = np.array([turn(shape.tilt) for shape in shapes])
        axes, centres = np.array([shape.axes for shape in shapes]), np.array([shape.centre for shape in shapes])
        matrices = turns / axes[:, :, None]
        down = np.asarray(plane.down)
        self._places = (centres - np.asarray(plane.position)) @ down / plane.spacing[0]  # in rows
        corners = np.array([1.0 if shape.form == "ellipsoid" else 3**0.5 for shape in shapes])
        self._reach = np.linalg.norm((turns @ down) * axes, axis=1) * corners / plane.spacing[0]
        self._columns = np.arange(plane.shape[1])
        self._start = np.einsum("sij,sj->si", matrices, np.asarray(plane.position) - centres)
        self._down = matrices @ down * plane.spacing[0]
        self._along = matrices @ np.asarray(plane.along) * plane.spacing[1]
        self._ray = matrices @ np.asarray(plane.normal)
        round_axes = {"ellipsoid": (1.0, 1.0, 1.0), "cylinder": (1.0, 1.0, 0.0), "box": (0.0, 0.0, 0.0)}
        self._round = np.array([round_axes[shape.form] for shape in shapes])

    def row(self, row: int, values: Values, half: float) -> Values:
        """Integral of each ray of a row, of what the shapes have more than air."""
        chosen, enter, leave = self._met(row, half)
        if not len(chosen):
            return np.zeros(len(self._columns), np.float32)
        if len(chosen) > MOST_SHAPES:
            raise ValueError(f"{len(chosen)} shapes in one row of rays: {MOST_SHAPES} at most")
        numbers = np.arange(len(chosen))[:, None]
        places = np.rint(np.concatenate([enter, leave]) * _FINE).astype(np.int32)
        keys = np.ascontiguousarray((places << _SHAPES | np.concatenate([numbers, numbers])).T)
        keys.sort(axis=1)
        bits = np.left_shift(np.int64(1), keys & ((1 << _SHAPES) - 1))
        inside = np.bitwise_xor.accumulate(bits, axis=1)[:, :-1]
        last = np.frexp(inside.astype(np.float64))[1]  # 0 where no shape is, else one more than its number
        told = np.concatenate([[np.float32(0)], values[chosen]])[last]
        lengths = np.diff(keys >> _SHAPES, axis=1).astype(np.float32)
        total: Values = np.einsum("ij,ij->i", told, lengths, dtype=np.float32) / np.float32(_FINE)
        return total

    def _met(self, row: int, half: float) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64]]:
        """Which shapes the rays of a row meet, in the order of painting, and where each ray enters and leaves them."""
        near = np.flatnonzero(np.abs(self._places - row) <= self._reach)
        start, rays, rounded = self._start[near] + row * self._down[near], self._ray[near], self._round[near]
        points = start[:, :, None] + self._along[near][:, :, None] * self._columns  # shape, axis, column
        balls = points * rounded[:, :, None]
        mixed = np.einsum("sac,sa->sc", balls, rays)
        outside = np.einsum("sac,sac->sc", balls, points) - 1
        square = (rays**2 * rounded).sum(axis=1)[:, None]
        root, crossing = mixed * mixed - square * outside, square > _TINY
        within, middle = np.sqrt(np.maximum(root, 0)), -mixed
        scale = np.maximum(square, _TINY)
        missed = np.where(crossing, root <= 0, outside > 0)
        enter = np.maximum(-half, np.where(crossing, (middle - within) / scale, -half))
        leave = np.minimum(half, np.where(crossing, (middle + within) / scale, half))
        for axis in range(3):
            flat = np.flatnonzero(rounded[:, axis] == 0)
            ray, point = rays[flat, axis][:, None], points[flat, axis]
            crossing = np.abs(ray) > _TINY
            steps = np.where(crossing, ray, 1.0)
            ends = (-1 - point) / steps, (1 - point) / steps
            missed[flat] |= ~crossing & (np.abs(point) > 1)
            enter[flat] = np.maximum(enter[flat], np.where(crossing, np.minimum(*ends), -half))
            leave[flat] = np.minimum(leave[flat], np.where(crossing, np.maximum(*ends), half))
        missed |= leave <= enter
        enter[missed] = leave[missed] = 0.0
        there = np.flatnonzero(~missed.all(axis=1))
        return near[there], enter[there], leave[there]


@lru_cache(maxsize=8)
def _weights(count: int, size: int) -> tuple[NDArray[np.intp], Values]:
    places = np.clip((np.arange(size) - 0.5) / 2, 0, count - 1)
    below = np.minimum(places.astype(np.intp), max(count - 2, 0))
    return below, (places - below).astype(np.float32)


def halved(plane: Plane) -> Plane:
    """Return the same plane with pixels twice as wide and high: where its rays are enough, `doubled` fills in."""
    rows, columns = (-(-size // 2) for size in plane.shape)
    down, along = plane.spacing
    offset = (  # the first of the coarse pixels covers the first four
        (rows - plane.shape[0] / 2) * down,
        (columns - plane.shape[1] / 2) * along,
    )
    x, y, z = (
        centre + d * offset[0] + a * offset[1]
        for centre, d, a in zip(plane.centre, plane.down, plane.along, strict=True)
    )
    return Plane((x, y, z), plane.along, plane.down, (rows, columns), (2 * down, 2 * along), plane.thickness)


def doubled(coarse: Values, shape: tuple[int, int]) -> Values:
    """Return an image of `shape` with linear interpolation between the pixels of one as `halved` makes it."""
    for axis, size in enumerate(shape):
        if coarse.shape[axis] == 1:
            coarse = np.repeat(coarse, size, axis)
            continue
        below, part = _weights(coarse.shape[axis], size)
        lower, upper = coarse.take(below, axis), coarse.take(below + 1, axis)
        coarse = lower + (upper - lower) * (part[:, None] if axis == 0 else part)
    return coarse
