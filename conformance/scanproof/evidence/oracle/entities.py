"""A whole identifier of a query of the archive against whole entities of one level (PS3.4 C.2.2.1, C.4.1.3.1.1).

One key and one value are held against each other as in a worklist. What differs is what a value that is not known
comes to: it matches any value of a required key (C.2.2.1.2), and dates and times are matched apart (C.2.2.2.5.4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scanproof.evidence.oracle import wild_cards
from scanproof.evidence.oracle.keys import Item
from scanproof.evidence.oracle.kinds import Judge, Setting, judge_of, kind_of
from scanproof.evidence.oracle.outcome import KeySeen, Kind, Outcome
from scanproof.standard import query_table as table
from scansim.wire.dataset import DataSet, Element, keyword

UNKNOWN = "what is not known matches any value of a required key"

_OPTIONAL = "an SCP need not match by this key"
_MATCHED_WHOLE = "an SCP that matches by this key does so in each of its ways, and one that does not leaves it out"
_UNKNOWN_OPTIONAL = "an SCP that matches by this key takes what is not known for a match, and one that does not too"
_NOT_RETURNED = "the answer came without it"
_ELSEWHERE = "the key is of another level"
_NO_ENTITY = "what has no value of a unique key is no entity of the information model"
_MANY_ITEMS = "a key sequence has one item"

#: Yields what a key, or the keys in a sequence, come to; of the entity and the path to it.
_Holding = Callable[[Item, str], Iterator[KeySeen]]


class EntityOracle:
    """All keys of an identifier, read once and held against many entities of its level.

    Parameters
    ----------
    keys : DataSet
        The identifier of the request.
    patient_root : bool
        Whether it asks Patient Root, and not Study Root.
    negotiated, unread, promised
        As for the oracle of the worklist.
    """

    def __init__(
        self,
        keys: DataSet,
        *,
        patient_root: bool,
        negotiated: bool = False,
        unread: bool = False,
        promised: frozenset[str] = frozenset(),
    ) -> None:
        level = keys.text("QueryRetrieveLevel")
        zoned = bool(keys.text("TimezoneOffsetFromUTC"))
        self._setting = Setting(negotiated=negotiated, unread=unread, zoned=zoned)
        self.unique = (*table.unique_keys_above(level, patient_root=patient_root), table.UNIQUE_KEYS.get(level, ""))
        self._required = {*self.unique, *table.required_keys(level, patient_root=patient_root)}
        self._promised = promised
        above = table.other_keys_above(level, patient_root=patient_root) - promised
        self._elsewhere = above | table.keys_below(level)
        self.matching: list[str] = []
        self._holding = [hold for element in keys.elements.values() for hold in self._hold(keys, element, "")]

    def account(self, entity: Item) -> list[KeySeen]:
        """Each key that is not universal, with what the entity holds for it and what comes of that."""
        return [seen for hold in self._holding for seen in hold(entity, "")]

    def outcome(self, entity: Item) -> Outcome:
        """Whether the entity is in the answer."""
        return min((seen.outcome for hold in self._holding for seen in hold(entity, "")), default=Outcome.IN)

    @property
    def by_unique_keys(self) -> bool:
        """Whether nothing but unique keys says what is looked for."""
        return set(self.matching) <= set(self.unique)

    def _hold(self, keys: DataSet, element: Element, path: str) -> Iterator[_Holding]:
        name, group = keyword(element.tag), element.tag >> 16
        here = f"{path}>{name}" if path else name
        if (name in table.NO_KEYS and not path) or group < 8 or not element.tag & 0xFFFF or element.is_empty:
            return
        if element.items is not None or element.vr == "SQ":
            yield from self._sequence(here, element)
            return
        wanted = keys.values_of(element)
        if not wanted:
            return
        shown, kind = "\\".join(wanted), kind_of(element.vr, wanted)
        if not path:
            self.matching.append(name)
        if group & 1:
            yield _told(name, shown, Kind.PRIVATE, Outcome.FREE, _OPTIONAL)
        elif name in self._elsewhere and not path:
            yield _told(name, shown, kind, Outcome.UNDECIDED, _ELSEWHERE)
        else:
            judge = judge_of(element.vr, wanted, self._setting, single_only=False)
            lone = element.vr in wild_cards.VRS and len(wanted) == 1 and wild_cards.is_lone_star(wanted[0])
            due = here in self._required or here in self._promised
            yield _Key(name, kind, shown, judge, due, name in self.unique, lone)

    def _sequence(self, path: str, element: Element) -> Iterator[_Holding]:
        """The keys in a sequence; none of no item, or of one without elements, which is universal (C.2.2.2.6)."""
        name, items = keyword(element.tag), element.items or ()
        if path == name:
            self.matching.append(name)
        if len(items) > 1:
            yield _told(name, f"{len(items)} items", Kind.SEQUENCE, Outcome.UNDECIDED, _MANY_ITEMS)
        elif items:
            inner = [hold for each in items[0].elements.values() for hold in self._hold(items[0], each, path)]
            if inner:
                yield _Sequence(name, tuple(inner))


def _told(name: str, wanted: str, kind: Kind, outcome: Outcome, why: str) -> _Holding:
    """A key that comes to the same whatever an entity holds."""

    def hold(_: Item, at: str) -> Iterator[KeySeen]:
        yield KeySeen(at + name, wanted, "", kind, outcome, why, required=False)

    return hold


@dataclass(frozen=True)
class _Key:
    """One attribute with a value."""

    name: str
    kind: Kind
    wanted: str
    judge: Judge
    required: bool
    unique: bool
    lone_star: bool

    def __call__(self, entity: Item, at: str) -> Iterator[KeySeen]:
        values = entity.values(self.name)
        if values is None:
            outcome, why = Outcome.UNDECIDED, _NOT_RETURNED
        elif values:
            outcome, why = self.judge(values)
        elif self.unique:
            outcome, why = Outcome.UNDECIDED, _NO_ENTITY
        elif self.lone_star or self.required:
            outcome, why = Outcome.IN, UNKNOWN
        else:
            outcome, why = Outcome.LIKELY, _UNKNOWN_OPTIONAL
        if not self.required:
            outcome, why = _at_will(outcome, why, plain=self.kind is Kind.SINGLE and len(values or ()) == 1)
        yield KeySeen(at + self.name, self.wanted, "\\".join(values or ()), self.kind, outcome, why, self.required)


def _at_will(outcome: Outcome, why: str, *, plain: bool) -> tuple[Outcome, str]:
    """What a key comes to that an SCP may leave out of matching; if not, it is matched as a required one."""
    if outcome < Outcome.LIKELY:
        return Outcome.FREE, why or _OPTIONAL
    return (outcome, why) if plain else (Outcome.LIKELY, why or _MATCHED_WHOLE)


@dataclass(frozen=True)
class _Sequence:
    """Keys that one item of a sequence has to match, all of them; no sequence is a required key."""

    name: str
    inner: tuple[_Holding, ...]

    def __call__(self, entity: Item, at: str) -> Iterator[KeySeen]:
        items = entity.items(self.name)
        if not items:
            outcome, why = (Outcome.UNDECIDED, _NOT_RETURNED) if items is None else (Outcome.LIKELY, _UNKNOWN_OPTIONAL)
            outcome, why = _at_will(outcome, why, plain=False)
            yield KeySeen(at + self.name, "one item", "", Kind.SEQUENCE, outcome, why, required=False)
            return
        found = [
            [seen for hold in self.inner for seen in hold(item, f"{at}{self.name}[{number}] > ")]
            for number, item in enumerate(items, 1)
        ]
        yield from max(found, key=lambda seen: min((each.outcome for each in seen), default=Outcome.IN))
