"""Seeded UIDs and numbers: the same seed and date give the same identity, another seed never does.

What a person, a picture or a number is depends on the seed alone, so that a run can be repeated; UIDs depend on the run
as well, for a target that kept the first run has to refuse the same UIDs a second time.
"""

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
    run : str
        Id of the run, on which UIDs depend and nothing else does; without one they depend on the seed alone.
    """

    def __init__(self, seed: int, day: date, name: str, run: str = "") -> None:
        self.seed = seed
        self.day = day
        self.name = name
        self.run = run
        self._of_seed: dict[str, str] = {}

    def _digest(self, *parts: object) -> int:
        text = "\x1f".join(str(part) for part in (self.seed, self.day.isoformat(), self.name, *parts))
        return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")

    def uid(self, *parts: object) -> str:
        """Return the UID of the thing that `parts` name, always the same one (PS3.5 9 and B.2).

        >>> Identity(1, date(2026, 1, 2), "x").uid("study") == Identity(1, date(2026, 1, 2), "x").uid("study")
        True
        """
        plain = self._uid("uid", *self._seeded(parts))
        if not self.run:
            return plain
        made = self._uid("uid of run", self.run, *parts)
        self._of_seed[made] = plain
        return made

    def _uid(self, *parts: object) -> str:
        return f"2.25.{_LOWEST + self._digest(*parts) % _SPAN}"

    def _seeded(self, parts: tuple[object, ...]) -> tuple[object, ...]:
        """Parts with each UID that was made here as it would be in any run."""
        return tuple(self._of_seed.get(part, part) if isinstance(part, str) else part for part in parts)

    def number(self, digits: int, *parts: object) -> str:
        """Return a decimal number of exactly `digits` digits, without a leading zero."""
        low = 10 ** (digits - 1)
        return str(low + self._digest("number", *self._seeded(parts)) % (9 * low))

    def rng(self, *parts: object) -> np.random.Generator:
        """Return a numpy generator that depends on seed, date, name and `parts` only, whatever the run."""
        return np.random.default_rng(self._digest("rng", *self._seeded(parts)) % 2**64)
