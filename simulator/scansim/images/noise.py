"""Noise from a bank: drawn once, and an image takes a stretch of it (40 us instead of 2 ms)."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from scansim.identity.ids import Identity
from scansim.images.scratch import scratch

Pixels = NDArray[np.int16]

#: Places where an image's stretch may begin; prime, so that a stride visits every one of them before it repeats.
_PLACES = 65_521
_STRIDE = 40_503  # about _PLACES / golden ratio: neighbours in a series begin far from each other


def blurred(image: NDArray[np.float32], weight: float, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """Blur an image with the separable kernel (w, 1 - 2w, w), its edges repeated: the scanner's point spread.

    `out` may be the image itself; an image that is not to be blurred is returned as it is.
    """
    if weight == 0:
        return image
    neighbours = scratch("neighbours", image.shape, np.float32)
    for axis in (0, 1):
        there, total = (image, neighbours) if axis == 0 else (image.T, neighbours.T)
        np.add(there[:-2], there[2:], out=total[1:-1])
        np.add(there[0], there[1], out=total[0])
        np.add(there[-2], there[-1], out=total[-1])
        neighbours *= np.float32(weight)
        image = np.multiply(image, np.float32(1 - 2 * weight), out=out if axis == 0 else image)
        image += neighbours
    return image


@lru_cache(maxsize=8)
def _bank(seed: int, shape: tuple[int, int], deviation: float, blur: float) -> Pixels:
    """Noise for an image of `shape` and all places where its stretch may begin, in one row."""
    rows, columns = shape
    more = -(-_PLACES // columns)
    normal = np.random.default_rng(seed).standard_normal((rows + more, columns), dtype=np.float32)
    texture = blurred(normal, blur)
    scaled: Pixels = np.rint(texture * np.float32(deviation / float(texture.std()))).astype(np.int16).reshape(-1)
    scaled.setflags(write=False)
    return scaled


class NoiseBank:
    """Gaussian noise, rounded to whole stored values.

    Parameters
    ----------
    identity : Identity
        Where the noise comes from: series that are alike share their bank.
    key : str
        Another exam has another key, and takes its stretches elsewhere.
    shape : (int, int)
        Rows and columns of the images.
    deviation : float
        Standard deviation in stored values.
    blur : float
        Weight of a neighbour in the reconstruction's kernel, 0 to 1/3: neighbours are alike the more the higher it is.
    skip : int
        Images of the exam before this series: with it, 65,521 images in a row differ from each other.
    """

    def __init__(
        self,
        identity: Identity,
        key: str,
        shape: tuple[int, int],
        deviation: float,
        blur: float = 0,
        skip: int = 0,
    ) -> None:
        self._shape = shape
        self._drawn = partial(_bank, int(identity.number(18, "noise bank")), shape, deviation, blur)
        self._first = int(identity.rng("noise start", key).integers(_PLACES)) + skip * _STRIDE

    def stretch(self, index: int) -> Pixels:
        """Return the noise of image `index` of the series, shape (rows, columns); read-only, it is shared."""
        rows, columns = self._shape
        start = (self._first + index * _STRIDE) % _PLACES
        stretch: Pixels = self._drawn()[start : start + rows * columns]
        return stretch.reshape(rows, columns)
