"""Memory that does not grow: what was not asked for in a while is forgotten."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Memo(Generic[Key, Value]):
    """A mapping of two generations: when the young one is full it becomes the old one, and the old one is dropped.

    `young` may be read directly, which is the fast way; what is not in it is asked for with `get`, which finds it in
    the old generation too and keeps it.

    Parameters
    ----------
    entries : int
        Entries of a generation at most.
    size : int
        Sum of the sizes that were given to `put`, in bytes, of a generation at most.
    """

    def __init__(self, entries: int, size: int = 1 << 24) -> None:
        self.young: dict[Key, Value] = {}
        self._old: dict[Key, Value] = {}
        self._entries = entries
        self._size = size
        self._kept = 0

    def get(self, key: Key, size: int = 0) -> Value | None:
        """What is remembered of a key, or None."""
        found = self.young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found, size)
        return found

    def put(self, key: Key, value: Value, size: int = 0) -> None:
        """Remember."""
        self.young[key] = value
        self._kept += size

    def turn(self) -> None:
        """Drop the old generation if the young one is full; call it between data sets."""
        if len(self.young) > self._entries or self._kept > self._size:
            self._old, self.young, self._kept = self.young, {}, 0

    def __len__(self) -> int:
        return len(self.young) + len(self._old)
