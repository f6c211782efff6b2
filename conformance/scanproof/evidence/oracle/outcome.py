"""What a key may come to when it is held against an item."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Outcome(IntEnum):
    """Whether an item is in the answer, as far as the standard says; of several keys the least counts.

    ``OUT`` and ``IN`` are what it wants. ``UNLIKELY`` and ``LIKELY`` are what everybody expects and no sentence
    demands, ``FREE`` what is expressly the implementation's affair, ``UNDECIDED`` what cannot be told from here.
    """

    OUT = 0
    UNLIKELY = 1
    UNDECIDED = 2
    FREE = 3
    LIKELY = 4
    IN = 5


class Kind(StrEnum):
    """How a key is matched (PS3.4 C.2.2.2)."""

    SINGLE = "single value"
    UIDS = "list of UIDs"
    UNIVERSAL = "universal"
    WILD_CARD = "wild card"
    RANGE = "range"
    PERIOD = "date and time as one range"
    SEQUENCE = "sequence"
    SEVERAL = "several values"
    PRIVATE = "private key"


#: Why a date or time that differs by the letter decides nothing.
BY_ZONE = "dates and times are in time zones of their own"


@dataclass(frozen=True, slots=True)
class KeySeen:
    """One key and what an item holds for it; ``why`` says what the standard leaves open, where it does.

    ``path`` is that of the item, such as ``ScheduledProcedureStepSequence[1] > Modality``. ``required`` says that
    every SCP matches by this key.
    """

    path: str
    wanted: str
    held: str
    kind: Kind
    outcome: Outcome
    why: str = ""
    required: bool = True
