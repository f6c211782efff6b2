"""What a query shows of how each of its keys is matched: what came by it, and what stayed away for its sake alone.

The worklist and the archive are one here: both have keys, answers, and things that are known to be there, and each has
an oracle of its own. Terms of matching are those of PS3.2 Annex N, as statements have them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from scanproof.evidence.archive import KnownEntity
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.fault import Whose
from scanproof.evidence.known import KnownItem, Present, identity_of
from scanproof.evidence.oracle import UNKNOWN, EntityOracle, Item, KeySeen, Kind, Oracle, Outcome, answered, wild_cards
from scanproof.evidence.queries import Query
from scanproof.evidence.scenario import Evidence
from scanproof.evidence.user_items import extension_agreed
from scanproof.standard import mwl_table, query_table
from scansim.network.transcript import Exchange
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.dataset import DataSet, keyword

SINGLE, UID, WILDCARD = "SINGLE_VALUE", "UID", "WILDCARD"
RANGE, SEQUENCE, UNIVERSAL = "RANGE", "SEQUENCE", "UNIVERSAL"
_TERMS = {Kind.SINGLE: SINGLE, Kind.UIDS: UID, Kind.WILD_CARD: WILDCARD, Kind.RANGE: RANGE, Kind.SEQUENCE: SEQUENCE}
#: What goes beyond the baseline of the standard, and is right where a statement says that it is matched so: a key of a
#: level above, a wild card in a key that a worklist need match by single value only.
_KEY_OF_LEVEL_ABOVE, _MALFORMED_KEY = "query.key-of-level-above", "worklist.malformed-key"

#: A key of a query: its path, keywords joined by dots, and how it is matched; a word of no statement for other ways.
Key = tuple[str, str]


@dataclass(frozen=True)
class Wrong:
    """An answer that does not match by one key.

    ``case_only`` when nothing but the case of letters differs, ``loose`` when the standard leaves the way of matching
    open, as of a wild card in a name; ``required`` when every SCP has to match by it.
    """

    response: Exchange
    wanted: str
    held: str
    case_only: bool
    loose: bool
    required: bool


@dataclass(frozen=True)
class Missing:
    """Something that is there, matches every key, and is not in the answer; ``required`` as every SCP has it.

    ``keys`` may be the reason: a key of zero length is none for what has no value of it.
    """

    name: str
    called: str
    required: bool
    keys: frozenset[Key]


@dataclass
class QueryShown:
    """One query: its keys, and what it shows of each.

    ``right`` has the first answer that matches by a key, ``left_out`` what is there and stayed away by that key alone,
    ``wrong`` answers that do not match by it, ``missing`` what matches all keys and did not come; ``came`` has what did
    or was found before, ``proven`` the keys by which something came that had to, and ``case`` by path whether what
    differs in case alone came.
    """

    query: Query
    keys: frozenset[Key]
    whole: bool
    right: dict[Key, Exchange] = field(default_factory=dict)
    left_out: dict[Key, list[str]] = field(default_factory=dict)
    wrong: dict[Key, list[Wrong]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    case: dict[str, bool] = field(default_factory=dict)
    came: set[str] = field(default_factory=set)
    proven: set[Key] = field(default_factory=set)

    @property
    def at(self) -> Exchange:
        """What tells of the query as a whole."""
        return self.query.operation.final or self.query.operation.request


@dataclass(frozen=True)
class _There:
    """Something that is known to be there: whether it came, and whether that is known for sure."""

    name: str
    called: str
    item: Item
    came: bool
    sure: bool


@dataclass(frozen=True)
class KeysAsked:
    """The keys of a query, and what a statement promises of them.

    Parameters
    ----------
    evidence : Evidence
        The scenario of the query.
    query : Query
        Of the worklist or of the archive.
    claimed : frozenset of tuple
        Keys that the statement claims, each with its matching.
    """

    evidence: Evidence
    query: Query
    claimed: frozenset[Key]

    @cached_property
    def _paths(self) -> Mapping[str, str]:
        """Path of each key with a value or without, and SEQUENCE, UNIVERSAL or nothing yet as its matching."""
        return dict(_walk(self.query.keys, ""))

    @cached_property
    def promised(self) -> frozenset[str]:
        """Paths that the statement says are matched, and those within a sequence of which it names no key."""
        named = {path for path, _ in self.claimed}
        whole = {
            path
            for path, matching in self.claimed
            if matching == SEQUENCE and not any(other.startswith(f"{path}.") for other in named)
        }
        inside = {path for path in self._paths if any(path.startswith(f"{each}.") for each in whole)}
        return frozenset(path.replace(".", ">") for path in named | inside)

    @cached_property
    def _is_worklist(self) -> bool:
        return self.query.operation.request.abstract_syntax == WORKLIST

    def _oracle(self, promised: frozenset[str]) -> Oracle | EntityOracle:
        unread = bool(self.evidence.undeclared_terms(self.query))
        if self._is_worklist:
            return Oracle(self.query.keys, unread=unread, promised=promised)
        return EntityOracle(self.query.keys, patient_root=self.query.patient_root, unread=unread, promised=promised)

    def shown(self) -> QueryShown | None:
        """What the query shows; None when it was no right one, or was read in a way that was negotiated."""
        operation = self.query.operation
        asked = self.evidence.asked(operation)
        text = [value for element in _elements(self.query.keys) for value in element]
        others = [fault for fault in asked.faults if fault.whose is not Whose.INTENDED]
        if others or (asked.deviation and not self._is_claimed(asked.deviation)) or not "".join(text).isascii():
            return None
        if extension_agreed(operation.association, operation.request.abstract_syntax):
            return None
        oracle, plain = self._oracle(self.promised), self._oracle(frozenset())
        found = QueryShown(
            self.query,
            frozenset((path, matching) for path, matching in self._keys(oracle)),
            self.query.succeeded and not is_cancelled(operation),
        )
        for response, item, there in self._answers():
            found.came.add(self._name_of(item))
            self._answer(found, oracle, plain, response, item, there)
        if found.whole:
            self._left(found, oracle, plain)
        return found

    def returned(self, paths: Iterable[str]) -> Iterator[tuple[str, Exchange, str | None, str | None]]:
        """Of each path that is asked for and each answer: the path, the answer, what it has there, and what is known.

        A sequence stands as ``items``; None is for what an answer has not, and for what nobody knows.
        """
        wanted = [path for path in paths if path in self._paths]
        for response, item, there in self._answers() if wanted else ():
            for path in wanted:
                yield path, response, value_at(answered(item), path), value_at(there, path) if there else None

    def _is_claimed(self, deviation: str) -> bool:
        """Whether it is the statement that makes a query right which goes beyond the standard."""
        if deviation == _KEY_OF_LEVEL_ABOVE:
            return True
        single = {(path.replace(">", "."), WILDCARD) for path in mwl_table.SINGLE_VALUE}
        values = self.query.keys
        return deviation == _MALFORMED_KEY and any(
            wild_cards.has_any("".join(_values_at(values, path))) for path, _ in single & self.claimed
        )

    def _keys(self, oracle: Oracle | EntityOracle) -> Iterator[Key]:
        nothing = answered(DataSet({}))
        values = {_path(seen): _term(seen) for seen in oracle.account(_Every(nothing))}
        for path, matching in self._paths.items():
            yield path, values.get(path, matching) or matching
        yield from values.items()

    def _answers(self) -> Iterator[tuple[Exchange, DataSet, Item | None]]:
        """Each answer with what is known of it from elsewhere."""
        known = self._known_by_name
        for response, item in self.query.answers:
            if self._is_worklist:
                study, step, accession = identity_of(item)
                names: Iterable[object] = ((study, step), accession)
            else:
                names = (item.text(query_table.UNIQUE_KEYS.get(self.query.level, "")),)
            yield response, item, next((known[name] for name in names if name in known), None)

    def _name_of(self, item: DataSet) -> str:
        if self._is_worklist:
            return "/".join(identity_of(item))
        return item.text(query_table.UNIQUE_KEYS.get(self.query.level, ""))

    @cached_property
    def _known_by_name(self) -> Mapping[object, Item]:
        found: dict[object, Item] = {}
        for each in self._things:
            if isinstance(each, KnownEntity):
                found[each.key] = each.item
            else:
                if all(each.identity):
                    found[each.identity] = each.item
                if each.accession:
                    found[each.accession] = each.item
        return found

    @cached_property
    def _things(self) -> Sequence[KnownItem | KnownEntity]:
        if self._is_worklist:
            return [*self.evidence.known.steady(self.query)]
        return self.evidence.archive.entities(self.query)

    def _there(self) -> Iterator[_There]:
        present = Present(self.query.answers)
        came = {answer.text(query_table.UNIQUE_KEYS.get(self.query.level, "")) for _, answer in self.query.answers}
        for each in self._things:
            if isinstance(each, KnownEntity):
                yield _There(each.key, each.name, each.item, each.key in came, not each.own)
            else:
                name = "/".join(each.identity) + f"/{each.accession}"
                yield _There(name, each.name, each.item, present.shows(each), each.placed)

    def _answer(
        self,
        found: QueryShown,
        oracle: Oracle | EntityOracle,
        plain: Oracle | EntityOracle,
        response: Exchange,
        item: DataSet,
        there: Item | None,
    ) -> None:
        """Note what one answer shows of each key: it matches as it came, or as it is known."""
        known = {_path(seen): seen for seen in oracle.account(there)} if there is not None else {}
        surely = {_path(seen): seen.outcome for seen in plain.account(answered(item))}
        for seen in oracle.account(answered(item)):
            path, other = _path(seen), known.get(_path(seen))
            told = other if other is not None and (seen.outcome is Outcome.UNDECIDED or _fits(other)) else seen
            key = (path, _term(told))
            if _fits(told):
                found.right.setdefault(key, response)
            elif _misses(told) and told.required:
                required = surely.get(path) is Outcome.OUT and told.outcome is Outcome.OUT
                wrong = Wrong(
                    response, told.wanted, told.held, _by_case(told), told.outcome is not Outcome.OUT, required
                )
                found.wrong.setdefault(key, []).append(wrong)
        for path, matching in found.keys:
            if matching == UNIVERSAL and (_has_value(item, path) or value_at(there, path)):
                found.right.setdefault((path, matching), response)

    def _left(self, found: QueryShown, oracle: Oracle | EntityOracle, plain: Oracle | EntityOracle) -> None:
        """Note what stayed away: for the sake of one key, or although it matches all of them."""
        for each in self._there():
            account = oracle.account(each.item)
            off = [seen for seen in account if not _fits(seen)]
            if len(off) == 1 and off[0].kind in (Kind.SINGLE, Kind.WILD_CARD) and _by_case(off[0]):
                found.case.setdefault(_path(off[0]), each.came)
            surely = not off and each.sure and all(_surely(seen) for seen in account)
            if each.came or (each.sure and not self._is_worklist):  # what is stored was found before
                found.came.add(each.name)
            if each.came:
                if surely:
                    found.proven |= _bearing(found, each.item)
                continue
            if len(off) == 1 and _misses(off[0]):
                found.left_out.setdefault((_path(off[0]), _term(off[0])), []).append(each.name)
            elif surely:
                required = all(seen.outcome is Outcome.IN for seen in plain.account(each.item))
                found.missing.append(Missing(each.name, each.called, required, _bearing(found, each.item)))


def _bearing(found: QueryShown, item: Item) -> frozenset[Key]:
    """Keys that an item has to do with: those that ask for something, and those of what it has."""
    return frozenset(key for key in found.keys if key[1] != UNIVERSAL or value_at(item, key[0]))


class _Every:
    """An item that has everything, and of which nothing is known: each key gives its account once."""

    def __init__(self, nothing: Item) -> None:
        self._nothing = nothing

    def values(self, name: str) -> tuple[str, ...] | None:
        """Nothing is known of a value."""
        return self._nothing.values(name)

    def items(self, name: str) -> tuple[Item, ...] | None:
        """One item of the same kind."""
        return (self,)


def _walk(level: DataSet, path: str) -> Iterator[Key]:
    for element in level.elements.values():
        name = keyword(element.tag)
        here = f"{path}.{name}" if path else name
        if (name in query_table.NO_KEYS and not path) or element.tag >> 16 < 8 or not element.tag & 0xFFFF:
            continue
        if element.items is None and element.vr != "SQ":
            yield here, UNIVERSAL if element.is_empty else ""
        elif element.items and element.items[0].elements:
            yield here, SEQUENCE
            yield from _walk(element.items[0], here)
        else:
            yield here, UNIVERSAL


def _elements(level: DataSet) -> Iterator[tuple[str, ...]]:
    """Values of all elements, nested ones too."""
    for element in level.elements.values():
        if element.items is not None:
            for item in element.items:
                yield from _elements(item)
        else:
            yield level.values_of(element)


def _values_at(level: DataSet, path: str) -> tuple[str, ...]:
    """Values of a key, in the first item of each sequence on the way."""
    name, _, rest = path.partition(".")
    if rest:
        return next((_values_at(item, rest) for item in level.items(name)), ())
    return level.values(name)


def _path(seen: KeySeen) -> str:
    return re.sub(r"\[\d+\]", "", seen.path).replace(" > ", ".")


def _term(seen: KeySeen) -> str:
    if seen.kind is Kind.WILD_CARD and wild_cards.is_lone_star(seen.wanted):
        return "asterisk"
    return _TERMS.get(seen.kind, seen.kind.value)


def _fits(seen: KeySeen) -> bool:
    """Whether something matches by a key, by a value that it has."""
    return bool(seen.held) and seen.outcome >= Outcome.LIKELY and seen.why != UNKNOWN


def _misses(seen: KeySeen) -> bool:
    """Whether something does not match by a key, by a value that it has."""
    unlikely = seen.outcome is Outcome.UNLIKELY and seen.kind is Kind.WILD_CARD
    return bool(seen.held) and (seen.outcome is Outcome.OUT or unlikely)


def _surely(seen: KeySeen) -> bool:
    return seen.required and (seen.outcome is Outcome.IN or seen.kind is Kind.WILD_CARD)


def _by_case(seen: KeySeen) -> bool:
    """Whether a value would match by a key but for the case of its letters."""
    wanted = seen.wanted.casefold()
    if not any(char.isalpha() for char in wanted) or seen.wanted == seen.held:
        return False
    held = [value.casefold() for value in seen.held.split("\\")]
    return any(wild_cards.fits(wanted, value) if seen.kind is Kind.WILD_CARD else wanted == value for value in held)


def value_at(level: Item | None, path: str) -> str | None:
    """What stands at a path, in the first item of each sequence on the way; None for what is not told."""
    name, _, rest = path.partition(".")
    items = level.items(name) if level is not None else None
    if rest:
        return value_at(items[0], rest) if items else None
    values = level.values(name) if level is not None else None
    if items:
        return "items"
    return None if values is None and items is None else "\\".join(values or ())


def _has_value(level: DataSet, path: str) -> bool:
    """Whether an answer has a value at a path; a sequence has one when it has an item."""
    name, _, rest = path.partition(".")
    if rest:
        return any(_has_value(item, rest) for item in level.items(name))
    return bool(level.items(name)) or any(level.values(name))
