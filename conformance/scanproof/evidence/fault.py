"""One thing that is wrong with a request of ours: as it was found in the bytes, and with whose doing it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from scansim.network.transcript import Exchange


@dataclass(frozen=True)
class Found:
    """What is wrong, before it is asked whose it is; ``deviation`` is what it is called when somebody means it.

    ``rule`` is that of the IOD checker; ``type`` for an attribute of a table that is absent or has no value, empty for
    a key that no query may have.
    """

    path: str
    what: str
    rule: str = "table"
    deviation: str = ""


class Whose(StrEnum):
    """Whose doing a fault of a request is."""

    INTENDED = "intended"
    CARRIED = "carried over"
    OURS = "ours"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request; ``source`` is the message that a value which was carried over is of.

    ``rule`` and ``deviation`` are those of what was found.
    """

    path: str
    what: str
    whose: Whose
    source: Exchange | None = None
    rule: str = ""
    deviation: str = ""

    def __str__(self) -> str:
        return ": ".join(part for part in (self.path, self.what) if part)
