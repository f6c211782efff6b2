"""A whole identifier against whole items: every key with its path, and what they come to together (PS3.4 K.2.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from scanproof.evidence.ledger import Held
from scanproof.evidence.oracle import moments, wild_cards
from scanproof.evidence.oracle.kinds import Judge, Setting, judge_of, kind_of
from scanproof.evidence.oracle.outcome import KeySeen, Kind, Outcome
from scanproof.standard import mwl_table as table
from scansim.wire.dataset import DataSet, Element, keyword

#: Elements of an identifier that are no keys: they say how the others are to be read (Table K.6-1a).
_NO_KEYS = ("SpecificCharacterSet", "TimezoneOffsetFromUTC")
_DATE, _TIME = "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"
_REQUIRED = frozenset(
    (*(f"{table.STEP}>{name}" for name in table.REQUIRED_STEP_KEYS), *table.REQUIRED_ROOT_KEYS, table.STEP)
)

_OPTIONAL = "an SCP need not match by this key"
_MATCHED_WHOLE = "an SCP that matches by this key does so in each of its ways, and one that does not leaves it out"
_CREATOR = "a private creator says whose a block is, and is nothing to match"
_NOT_RETURNED = "the item came without it"
_UNKNOWN = "a value that is not known matches no key"
_RETURN_ONLY = "the key is asked for with zero length only"
_MANY_ITEMS = "a key sequence has one item"


class Item(Protocol):
    """One level of an item. What is absent from an answer is None, what is known to have no value is empty."""

    def values(self, name: str) -> tuple[str, ...] | None:
        """Values of an attribute, without padding."""

    def items(self, name: str) -> tuple[Item, ...] | None:
        """Items of a sequence."""


@dataclass(frozen=True, slots=True)
class _Answered:
    level: DataSet

    def values(self, name: str) -> tuple[str, ...] | None:
        return self.level.values(name) if name in self.level else None

    def items(self, name: str) -> tuple[Item, ...] | None:
        return tuple(map(_Answered, self.level.items(name))) or None


@dataclass(frozen=True, slots=True)
class _Known:
    level: Held
    whole: bool

    def values(self, name: str) -> tuple[str, ...] | None:
        return self.level.values.get(name, () if self.whole else None)

    def items(self, name: str) -> tuple[Item, ...] | None:
        held = self.level.items.get(name)
        return (() if self.whole else None) if held is None else tuple(_Known(each, self.whole) for each in held)


def answered(item: DataSet) -> Item:
    """An item as an answer has it: what is absent was not told."""
    return _Answered(item)


def known(item: Held, *, whole: bool) -> Item:
    """An item as it is known; `whole` when what is absent has no value, and not just was not asked for."""
    return _Known(item, whole)


#: Yields what a key, or the keys in a sequence, come to; of the item's level and the path to it.
_Holding = Callable[[Item, str], Iterator[KeySeen]]


class Oracle:
    """All keys of an identifier, read once and held against many items.

    Universal keys are met by every item and left out; so is a sequence in whose item all keys are: each of them asks
    for something to be returned, which is no reason to leave out an item that has none (K.2.2.1.2).

    Parameters
    ----------
    keys : DataSet
        The identifier of the request.
    negotiated : bool
        Whether extended negotiation lets the SCP match names as it likes.
    unread : bool
        Whether its text is in a character set that nobody declares.
    promised : frozenset of str
        Keys, their path joined by ``>``, that the SCP says it matches by, whatever the standard asks of them.
    """

    def __init__(
        self,
        keys: DataSet,
        *,
        negotiated: bool = False,
        unread: bool = False,
        promised: frozenset[str] = frozenset(),
    ) -> None:
        zoned = bool(keys.text("TimezoneOffsetFromUTC"))
        self._setting = Setting(negotiated=negotiated, unread=unread, zoned=zoned)
        self._promised = promised
        self._due = _REQUIRED | promised
        self._holding = self._level(keys, "")

    def account(self, item: Item) -> list[KeySeen]:
        """Each key that is not universal, with what the item holds for it and what comes of that."""
        return [seen for hold in self._holding for seen in hold(item, "")]

    def outcome(self, item: Item) -> Outcome:
        """Whether the item is in the answer."""
        least = Outcome.IN
        for hold in self._holding:
            for seen in hold(item, ""):
                least = min(least, seen.outcome)
                if least is Outcome.OUT:
                    return least
        return least

    @property
    def universal(self) -> bool:
        """Whether every item matches."""
        return not self._holding

    def _level(self, keys: DataSet, path: str) -> list[_Holding]:
        found: list[_Holding] = []
        period = self._period(keys, path)
        for element in keys.elements.values():
            name = keyword(element.tag)
            here = f"{path}>{name}" if path else name
            if name in _NO_KEYS or element.tag >> 16 < 8 or not element.tag & 0xFFFF:
                continue
            if period is not None and name in (_DATE, _TIME):
                found += [period] if name == _DATE else []
            elif element.tag >> 16 & 1:
                if not element.is_empty:
                    found.append(_private(name, element, keys))
            elif element.items is not None or element.vr == "SQ":
                found += self._sequence(name, here, element)
            elif wanted := keys.values_of(element):
                found.append(self._key(name, here, element.vr, wanted))
        return found

    def _period(self, keys: DataSet, path: str) -> _Period | None:
        dates, times = (keys.values(name) for name in (_DATE, _TIME))
        if len(dates) != 1 or len(times) != 1 or path != table.STEP:
            return None
        if not (moments.is_range(dates[0], "DA") and moments.is_range(times[0], "TM")):
            return None
        return _Period(dates[0], times[0], moments.period_judge(dates[0], times[0], zoned=self._setting.zoned))

    def _key(self, name: str, path: str, vr: str, wanted: tuple[str, ...]) -> _Holding:
        judge = judge_of(
            vr, wanted, self._setting, single_only=path in table.SINGLE_VALUE and path not in self._promised
        )
        kind, shown = kind_of(vr, wanted), "\\".join(wanted)
        if any(path == each or path.startswith(f"{each}>") for each in table.RETURN_ONLY):
            return _Key(name, kind, shown, lambda _: (Outcome.UNDECIDED, _RETURN_ONLY), required=False)
        lone = vr in wild_cards.VRS and len(wanted) == 1 and wild_cards.is_lone_star(wanted[0])
        return _Key(name, kind, shown, judge, required=path in self._due, lone_star=lone)

    def _sequence(self, name: str, path: str, element: Element) -> list[_Holding]:
        """The keys in a sequence; none of no item, or of one without elements, which is universal (C.2.2.2.6)."""
        items = element.items or ()
        if len(items) > 1:
            many = f"{len(items)} items"
            return [_told(name, many, Kind.SEQUENCE, Outcome.UNDECIDED, _MANY_ITEMS, required=path in self._due)]
        if not items or not items[0].elements:
            return []
        inner = self._level(items[0], path)
        return [_Sequence(name, tuple(inner), required=path in self._due)] if inner else []


def _told(name: str, wanted: str, kind: Kind, outcome: Outcome, why: str, *, required: bool = False) -> _Holding:
    """A key that comes to the same whatever an item holds."""

    def hold(_: Item, at: str) -> Iterator[KeySeen]:
        yield KeySeen(at + name, wanted, "", kind, outcome, why, required)

    return hold


def _private(name: str, element: Element, keys: DataSet) -> _Holding:
    """A private key; an element that only says whose a block is comes to no more than an expectation."""
    wanted = "\\".join(keys.values_of(element) or ("items",))
    if element.tag & 0xFFFF <= 0xFF:
        return _told(name, wanted, Kind.PRIVATE, Outcome.LIKELY, _CREATOR)
    return _told(name, wanted, Kind.PRIVATE, Outcome.FREE, _OPTIONAL)


@dataclass(frozen=True)
class _Key:
    """One attribute with a value."""

    name: str
    kind: Kind
    wanted: str
    judge: Judge
    required: bool
    lone_star: bool = False

    def __call__(self, level: Item, at: str) -> Iterator[KeySeen]:
        values = level.values(self.name)
        if values is None:
            outcome, why = Outcome.UNDECIDED, _NOT_RETURNED
        elif values:
            outcome, why = self.judge(values)
        elif self.lone_star:
            outcome, why = max(self.judge(("",))[0], Outcome.FREE), ""
        else:
            outcome, why = Outcome.OUT, _UNKNOWN
        if not self.required:
            outcome, why = _at_will(outcome, why, plain=self.kind is Kind.SINGLE and len(values or ()) == 1)
        held = "\\".join(values or ())
        yield KeySeen(at + self.name, self.wanted, held, self.kind, outcome, why, self.required)


def _at_will(outcome: Outcome, why: str, *, plain: bool) -> tuple[Outcome, str]:
    """What a key comes to that an SCP may leave out of matching; if not, it is matched as a required one.

    Where it is more than one `plain` value against one, some statements name less, and it is no more than expected.
    """
    if outcome < Outcome.LIKELY:
        return Outcome.FREE, why or _OPTIONAL
    return (outcome, why) if plain else (Outcome.LIKELY, why or _MATCHED_WHOLE)


@dataclass(frozen=True)
class _Period:
    """Start date and time as one."""

    dates: str
    times: str
    judge: Callable[[str, str], tuple[Outcome, str]]

    def __call__(self, level: Item, at: str) -> Iterator[KeySeen]:
        day, time = level.values(_DATE), level.values(_TIME)
        if day is None or time is None:
            outcome, why = Outcome.UNDECIDED, _NOT_RETURNED
        elif not day:
            outcome, why = Outcome.OUT, _UNKNOWN
        else:
            outcome, why = self.judge(day[0], time[0] if time else "")
        held = " at ".join(each[0] for each in (day, time) if each)
        yield KeySeen(at + _DATE, f"{self.dates} at {self.times}", held, Kind.PERIOD, outcome, why)


@dataclass(frozen=True)
class _Sequence:
    """Keys that one item of a sequence has to match, all of them; one at least is not universal."""

    name: str
    inner: tuple[_Holding, ...]
    required: bool

    def __call__(self, level: Item, at: str) -> Iterator[KeySeen]:
        items = level.items(self.name)
        if not items:
            outcome, why = (Outcome.UNDECIDED, _NOT_RETURNED) if items is None else (Outcome.OUT, _UNKNOWN)
            if not self.required:
                outcome, why = _at_will(outcome, why, plain=False)
            yield KeySeen(at + self.name, "one item", "", Kind.SEQUENCE, outcome, why, self.required)
            return
        if len(items) == 1:  # as nearly all are: whoever has heard enough need not go on
            for hold in self.inner:
                yield from hold(items[0], f"{at}{self.name}[1] > ")
            return
        found = [
            [seen for hold in self.inner for seen in hold(item, f"{at}{self.name}[{number}] > ")]
            for number, item in enumerate(items, 1)
        ]
        best = max(found, key=lambda seen: min((each.outcome for each in seen), default=Outcome.IN))
        yield from best
