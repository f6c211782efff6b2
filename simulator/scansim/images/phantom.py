"""The phantom: ellipsoids in patient coordinates, cut by a plane, with noise from a bank."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scansim.ids import Identity

Kind = Literal["localizer", "axial"]
Pixels = NDArray[np.int16]


@dataclass(frozen=True)
class Plane:
    """One image's place in the patient coordinate system (PS3.3 C.7.6.2), which is centred on the phantom.

    An axial plane is seen from the feet, a localizer is a frontal plane seen from the front.

    Parameters
    ----------
    kind : str
        ``axial`` or ``localizer``.
    size : int
        Rows and columns.
    spacing : float
        Pixel Spacing in mm.
    thickness, step : float
        Slice Thickness, and the distance from plane to plane, in mm.
    offset : float
        Where the plane cuts its normal axis, in mm: z of an axial plane, y of a frontal one.
    """

    kind: Kind
    size: int
    spacing: float
    thickness: float
    step: float
    offset: float

    @property
    def orientation(self) -> tuple[float, ...]:
        """Image Orientation (Patient): direction cosines of the rows, then of the columns."""
        return (1, 0, 0, 0, 1, 0) if self.kind == "axial" else (1, 0, 0, 0, 0, -1)

    @property
    def position(self) -> tuple[float, float, float]:
        """Image Position (Patient) in mm: the centre of the first pixel."""
        edge = (self.size - 1) / 2 * self.spacing
        return (-edge, -edge, self.offset) if self.kind == "axial" else (-edge, self.offset, edge)


@dataclass(frozen=True)
class Ellipsoid:
    """One organ: centre and semi-axes in mm along x (left), y (back) and z (head), CT value in HU and MR signal."""

    centre: tuple[float, float, float]
    axes: tuple[float, float, float]
    hu: int
    signal: int


#: The abdomen, painted in this order: a later organ covers an earlier one.
ORGANS = (
    Ellipsoid((0, 0, 0), (170, 110, 230), -90, 900),  # skin and fat
    Ellipsoid((0, 0, 0), (150, 92, 225), 50, 350),  # muscle
    Ellipsoid((-70, -10, 30), (70, 65, 80), 65, 480),  # liver
    Ellipsoid((70, -5, 60), (40, 45, 50), 45, 620),  # spleen
    Ellipsoid((-65, 45, -30), (28, 22, 55), 35, 700),  # right kidney
    Ellipsoid((65, 45, -30), (28, 22, 55), 35, 700),  # left kidney
    Ellipsoid((0, 62, 0), (22, 22, 210), 420, 220),  # spine
    Ellipsoid((10, 30, 0), (12, 12, 205), 180, 60),  # aorta
    Ellipsoid((20, -55, -70), (30, 22, 40), -900, 10),  # gas
)


def section(plane: Plane, values: tuple[int, ...], background: int) -> Pixels:
    """Return the phantom in `plane`, shape (rows, columns), an organ's pixels holding its entry of `values`."""
    image = np.full((plane.size, plane.size), background, dtype=np.int16)
    across: NDArray[np.float64] = (np.arange(plane.size, dtype=np.float64) - (plane.size - 1) / 2) * plane.spacing
    for organ, value in zip(ORGANS, values, strict=True):
        (cx, cy, cz), (ax, ay, az) = organ.centre, organ.axes
        # Down the image: y in an axial plane, falling z in a frontal one.
        (cv, av), (cw, aw) = ((cy, ay), (cz, az)) if plane.kind == "axial" else ((-cz, az), (cy, ay))
        rest = 1 - ((plane.offset - cw) / aw) ** 2
        if rest <= 0:
            continue
        columns = _covered(across, cx, ax * rest**0.5)
        rows = _covered(across, cv, av * rest**0.5)
        u = ((across[columns] - cx) / ax) ** 2
        v = rest - ((across[rows] - cv) / av) ** 2
        np.copyto(image[rows, columns], np.int16(value), where=u[np.newaxis, :] <= v[:, np.newaxis])
    return image


def _covered(across: NDArray[np.float64], centre: float, half: float) -> slice:
    """Return the indices that ``centre +/- half`` mm covers: an organ is painted in its box, not in the whole image."""
    low, high = np.searchsorted(across, (centre - half, centre + half))
    return slice(int(low), int(high))


class Noise:
    """A bank of Gaussian noise, drawn once for an exam: an image takes a stretch of it (40 us instead of 2 ms).

    Parameters
    ----------
    identity : Identity
        Where the noise comes from.
    size : int
        Rows and columns of the images.
    deviation : float
        Standard deviation in stored values.
    """

    _SPARE = 1 << 16  # this many different places where an image's stretch may begin

    def __init__(self, identity: Identity, size: int, deviation: float) -> None:
        normal = identity.rng("noise bank").standard_normal(size * size + self._SPARE, dtype=np.float32)
        self._bank = np.rint(normal * deviation).astype(np.int16)
        self._size = size
        self._starts = identity.rng("noise starts")

    def next(self) -> Pixels:
        """Return the noise of the next image, shape (rows, columns)."""
        start = int(self._starts.integers(self._SPARE))
        stretch: Pixels = self._bank[start : start + self._size * self._size]
        return stretch.reshape(self._size, self._size)
