"""Noise-free sections and projections of phantoms: each is rendered once, and a bounded number of them is kept."""

from __future__ import annotations

from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray

from scansim.images.anatomy import PHANTOMS
from scansim.images.geometry import Plane
from scansim.images.noise import blurred
from scansim.images.rays import doubled, halved, integrals
from scansim.images.scratch import kept, scratch
from scansim.images.tissue import TISSUES

Pixels = NDArray[np.int16]

#: Slices of one series at most.
MOST_SLICES = 256
#: Slices that are kept. An exam of more images than its protocol makes repeats no longer series than that, so that each
#: slice is painted once and memory stays flat; a longer series is painted slice by slice, and forgotten from its start.
KEPT_SLICES = 128

_SUBPLANE = 1.2  # mm: a slice is the mean of planes at most so far apart


def forget() -> None:
    """Give the memory of all sections back: who wants one later has it painted again, and it is the same."""
    section.cache_clear()


def hounsfield(phase: str) -> tuple[int, ...]:
    """CT values in HU of all tissues, in the order of label images, in a contrast phase."""
    return tuple(tissue.hu + tissue.enhancement.get(phase, 0) for tissue in TISSUES.values())


@lru_cache(maxsize=KEPT_SLICES + 32)
def section(
    phantom: str, values: tuple[int, ...], plane: Plane, blur: float, offset: int = 0, couch: bool = False
) -> Pixels:
    """Return what a slice of the plane's thickness shows, noise-free.

    A tissue that fills the slice in part counts in part: the slice is the mean of planes within its thickness.

    Parameters
    ----------
    phantom : str
        Name of the phantom.
    values : tuple of int
        Value of each tissue.
    plane : Plane
        The slice.
    blur : float
        Weight of a neighbour in the point spread.
    offset : int
        Added to every value.
    couch : bool
        Whether the table shows.

    Returns
    -------
    numpy.ndarray
        int16, shape (rows, columns), read-only: it is shared.
    """
    table = np.asarray(values, dtype=np.float32)
    count = ceil(plane.thickness / _SUBPLANE)
    count += count % 2 if count > 1 else 0  # as many on either side of the middle
    shown, other = (scratch(name, plane.shape, np.float32) for name in ("section", "plane"))
    for index in range(count):
        thin = plane.moved(((index + 0.5) / count - 0.5) * plane.thickness)
        painted = PHANTOMS[phantom].painted(table, thin, couch=couch, out=other if index else shown)
        if index:
            shown += painted
    if count > 1:
        shown /= np.float32(count)
    blurred(shown, blur, out=shown)
    shown += np.float32(offset)
    image: Pixels = kept(plane.shape, np.int16)
    np.copyto(image, np.rint(shown, out=shown), casting="unsafe")
    image.setflags(write=False)
    return image


@lru_cache(maxsize=8)
def projection(phantom: str, values: tuple[int, ...], plane: Plane, depth: float) -> Pixels:
    """Return water-equivalent path lengths in mm along the plane's normal, as a localizer's rays give them.

    Parameters
    ----------
    phantom : str
        Name of the phantom.
    values : tuple of int
        CT value of each tissue in HU.
    plane : Plane
        Through the middle of the phantom.
    depth : float
        How far in mm the rays go, half of it on each side of the plane.

    Returns
    -------
    numpy.ndarray
        int16, shape (rows, columns), read-only: it is shared.
    """
    table = np.asarray(values, dtype=np.float32) / np.float32(1000) + np.float32(1)  # relative to water
    coarse = integrals(PHANTOMS[phantom], table, halved(plane), depth, couch=True)
    image: Pixels = np.rint(doubled(coarse, plane.shape)).astype(np.int16)
    image.setflags(write=False)
    return image
