"""Memory to paint in, used again from image to image, and memory for pictures that are kept until nobody wants them."""

from __future__ import annotations

import mmap
import threading
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray


class _Memory(threading.local):
    """Each thread has its own."""

    def __init__(self) -> None:
        self.named: dict[str, NDArray[Any]] = {}


_MEMORY = _Memory()


def kept(shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """Return an array of zeros that is the system's again as soon as nobody holds it.

    What threads free otherwise stays with them, where nothing else of this process finds room in it.
    """
    return np.frombuffer(mmap.mmap(-1, prod(shape) * np.dtype(dtype).itemsize), dtype).reshape(shape)


def scratch(name: str, shape: tuple[int, ...], dtype: type[np.generic]) -> NDArray[Any]:
    """Return an array with anything in it, which this thread's next call with that name overwrites.

    Parameters
    ----------
    name : str
        Who uses it for what, with always the same `dtype`.
    shape : tuple of int
        Shape of the array; the largest of a name is what is kept.
    dtype : type
        Type of its elements.
    """
    count = prod(shape)
    memory = _MEMORY.named.get(name)
    if memory is None or len(memory) < count:
        memory = _MEMORY.named[name] = np.empty(count, dtype)
    return memory[:count].reshape(shape)
