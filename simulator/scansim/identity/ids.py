"""Seeded UIDs and numbers: the same seed and date give the same identity, another seed never does."""

from __future__ import annotations

import hashlib
from datetime import date

import numpy as np

#: Every UID is ``2.25.`` and 39 digits: 44 characters, so that an encoded instance can be patched in place (PS3.5 B.2).
UID_LENGTH = 44

_LOWEST = 10**38
_SPAN = 2**128 - _LOWEST


class Identity:
    """A stream of reproducible UIDs and random generators for one exam.

    Parameters
    ----------
    seed : int
        The run's seed.
    day : datetime.date
        The run's date; another day gives other UIDs.
    name : str
        What the stream is for, a scenario id; other names give other UIDs.
    """

    def __init__(self, seed: int, day: date, name: str) -> None:
        self.seed = seed
        self.day = day
        self.name = name

    def _digest(self, *parts: object) -> int:
        text = "\x1f".join(str(part) for part in (self.seed, self.day.isoformat(), self.name, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def uid(self, *parts: object) -> str:
        """Return the UID of the thing that `parts` name, always the same one (PS3.5 9 and B.2).

        >>> Identity(1, date(2026, 1, 2), "x").uid("study") == Identity(1, date(2026, 1, 2), "x").uid("study")
        True
        """
        return f"2.25.{_LOWEST + self._digest('uid', *parts) % _SPAN}"

    def number(self, digits: int, *parts: object) -> str:
        """Return a decimal number of exactly `digits` digits, without a leading zero."""
        low = 10 ** (digits - 1)
        return str(low + self._digest("number", *parts) % (9 * low))

    def rng(self, *parts: object) -> np.random.Generator:
        """Return a numpy generator that depends on seed, date, name and `parts` only."""
        return np.random.default_rng(self._digest("rng", *parts) % 2**64)
