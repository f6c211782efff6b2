"""The worklist oracle: whether an item has to be in the answer to a query, may be, or may not be (PS3.4 C.2.2.2, K.2).

It computes from the keys of the query and the item alone, by the matching rules of the standard, with what they leave
open. It shares nothing with the matching of the reference target, so that each can be held against the other.

Rooms, each using those before it: `outcome` (what a key may come to), `wild_cards`, `moments` (dates, times, ranges),
`names`, `kinds` (one key and one value), `keys` (a whole identifier and a whole item).
"""

from scanproof.evidence.oracle.keys import Item, Oracle, answered, known
from scanproof.evidence.oracle.outcome import BY_ZONE, KeySeen, Kind, Outcome

__all__ = ["BY_ZONE", "Item", "KeySeen", "Kind", "Oracle", "Outcome", "answered", "known"]
