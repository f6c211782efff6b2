"""Oracles: whether an item, or an entity of the archive, has to be in the answer to a query, may be, or may not be.

They compute from the keys of the query and the item alone, by the matching rules of the standard, with what they leave
open: for a worklist those of PS3.4 K.2, for the archive those of C.2. They share nothing with the matching of the
reference target, so that each can be held against the other.

Rooms, each using those before it: `outcome` (what a key may come to), `wild_cards`, `moments` (dates, times, ranges),
`names`, `kinds` (one key and one value), `keys` (a whole identifier and a whole worklist item), `entities` (an
identifier and an entity of the archive).
"""

from scanproof.evidence.oracle.entities import UNKNOWN, EntityOracle
from scanproof.evidence.oracle.keys import Item, Oracle, answered, known
from scanproof.evidence.oracle.outcome import BY_ZONE, KeySeen, Kind, Outcome

__all__ = [
    "BY_ZONE",
    "UNKNOWN",
    "EntityOracle",
    "Item",
    "KeySeen",
    "Kind",
    "Oracle",
    "Outcome",
    "answered",
    "known",
]
