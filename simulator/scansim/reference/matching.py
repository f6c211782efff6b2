"""Attribute matching of C-FIND (PS3.4 C.2.2.2), the one place where a key meets a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import Tag

from scansim.reference.wildcard import Pattern

#: Says whether a value of an entity matches a key.
Test = Callable[[str], bool]
#: Makes the test of whether a value matches one of several values of a key of some VR.
Tests = Callable[[Sequence[str], str], Test]

#: VRs whose keys may hold wild cards (C.2.2.2.4); in all others ``*`` and ``?`` are plain characters.
WILD_CARD_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
#: VRs whose keys may be ranges (C.2.2.2.5).
RANGE_VRS = frozenset(("DA", "DT", "TM"))
#: A hyphen in a DT that begins a UTC offset (at most 14 hours) and not the upper end of a range.
_DT_OFFSET = re.compile(r"(?<=\d)-(?=(?:0\d|1[0-4])[0-5]\d(?:$|-))")
_NUMBER_VRS = frozenset(("DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"))

#: Elements of an identifier that are no keys: how it is encoded, and which level it asks (C.4.1.1.3, K.4.1.1.3).
NOT_KEYS = frozenset(Tag(name) for name in ("SpecificCharacterSet", "TimezoneOffsetFromUTC", "QueryRetrieveLevel"))

#: Date and time keys that make one continuous period when both are ranges (PS3.4 Table K.6-1).
COMBINED = (Tag("ScheduledProcedureStepStartDate"), Tag("ScheduledProcedureStepStartTime"))


def texts(element: DataElement | None) -> list[str]:
    """Values of a non-sequence element as text without padding; no values when it is absent or empty."""
    if element is None or element.VR == "SQ" or element.is_empty:
        return []
    value = element.value
    many = value if isinstance(value, MultiValue | list | tuple) else [value]
    if element.VR in ("ST", "LT", "UT", "UR"):
        return [str(one).rstrip(" \0") for one in many]
    return [str(one).strip(" \0") for one in many]


def _folded(name: str) -> list[str]:
    """Component groups of a name, folded: case does not count, nor do delimiters at the end (PS3.5 6.2.1).

    A letter stays one letter, so that a ``?`` of the key still stands for one.
    """
    folded = "".join(lower if len(lower := char.lower()) == 1 else char for char in unicodedata.normalize("NFC", name))
    return [group.strip().rstrip("^ ") for group in folded.split("=")]


def _person(key: str) -> Test:
    """Match a name: a key of one group against any group of the value, one of several groups group by group."""
    wanted = [Pattern(group) if group else None for group in _folded(key)]

    def test(value: str) -> bool:
        groups = _folded(value)
        if len(wanted) == 1:
            only = wanted[0] or Pattern("")
            return any(only.matches(group) for group in groups if group)
        groups += [""] * (len(wanted) - len(groups))
        return all(one is None or one.matches(group) for one, group in zip(wanted, groups, strict=False))

    return test


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _digits(text: str, vr: str, fill: str) -> str:
    """A date, time or date-time as comparable digits; what it leaves out is filled up with `fill`.

    Separators of the retired forms (``2026.01.02``, ``10:30``) are read too. A UTC offset is left out: no time zone
    is negotiated here, so both sides mean the target's own.
    """
    plain = re.sub(r"[&+~-]\d{4}$", "", text) if vr == "DT" else text
    digits = re.sub(r"[.:]", "", plain)
    width = {"DA": 8, "TM": 12, "DT": 20}[vr]
    return digits.ljust(width, fill)


def split_range(key: str, vr: str) -> tuple[str, str] | None:
    """Ends of a range key (C.2.2.2.5), open ones empty; None when it is a single value."""
    if vr == "DT":
        key = _DT_OFFSET.sub("~", key)
    if "-" not in key:
        return None
    low, _, high = key.partition("-")
    return low.strip(), high.strip()


def _moment(key: str, vr: str) -> Test:
    """Match a DA, TM or DT; both ends of a range are included."""
    ends = split_range(key, vr)
    if ends is None:
        only = _digits(key, vr, "0")
        return lambda value: _digits(value, vr, "0") == only
    low, high = _digits(ends[0], vr, "0") if ends[0] else "", _digits(ends[1], vr, "9") if ends[1] else ""

    def test(value: str) -> bool:
        moment = _digits(value, vr, "0")
        return (not low or low <= moment) and (not high or moment <= high)

    return test


def any_of(keys: Sequence[str], vr: str) -> Test:
    """Make the test of whether a value matches one of several values of a key (C.2.2.2.2)."""
    if vr in RANGE_VRS:
        tests = [_moment(key, vr) for key in keys]
    elif vr == "PN":
        tests = [_person(key) for key in keys]
    elif vr in WILD_CARD_VRS:
        normal = [unicodedata.normalize("NFC", key) for key in keys]
        exact = frozenset(key for key in normal if "*" not in key and "?" not in key)
        tests = [Pattern(key).matches for key in normal if key not in exact]
        return lambda value: _in_or_any(unicodedata.normalize("NFC", value), exact, tests)
    elif vr in _NUMBER_VRS:
        numbers = frozenset(map(_number, keys))
        return lambda value: _number(value) in numbers
    else:
        return frozenset(keys).__contains__
    return lambda value: any(test(value) for test in tests)


def _in_or_any(value: str, exact: frozenset[str], tests: Sequence[Test]) -> bool:
    return value in exact or any(test(value) for test in tests)


def _is_universal(keys: Sequence[str], vr: str) -> bool:
    return not keys or (vr in WILD_CARD_VRS and all(key and not key.strip("*") for key in keys))


class Key:
    """One element of an identifier, ready to be matched against what many entities hold.

    Zero length, a lone ``*``, and a sequence with no item or an empty one match everything.

    Parameters
    ----------
    element : DataElement
        The key.
    unknown_matches : bool
        Whether an entity without a value matches a key that has one: yes in Query/Retrieve (C.2.2.1.2), no in a
        worklist (K.2.2.1.1.1).
    values : callable
        What makes the test of values.
    combined : bool
        Whether date and time are one range where both are ranges.
    """

    def __init__(self, element: DataElement, *, unknown_matches: bool, values: Tests, combined: bool) -> None:
        self.tag = element.tag
        self._unknown_matches = unknown_matches
        self._item: Matcher | None = None
        self._test: Test | None = None
        if element.VR == "SQ":
            if element.value and len(element.value[0]):
                self._item = Matcher(
                    element.value[0], unknown_matches=unknown_matches, values=values, combined=combined
                )
            self.universal = self._item is None
            return
        keys = texts(element)
        self.universal = _is_universal(keys, element.VR)
        if not self.universal:
            self._test = values(keys, element.VR)

    def matches(self, held: DataElement | None) -> bool:
        """Whether an entity's element matches; one of several values is enough (K.2.2.3)."""
        if self._item is not None:
            items = held.value if held is not None and held.VR == "SQ" else []
            if not items:
                return self._item.asks_nothing or self._unknown_matches
            return any(map(self._item.matches, items))
        if self._test is None:
            return True
        values = texts(held)
        return any(map(self._test, values)) if values else self._unknown_matches


def _combined(identifier: Dataset) -> tuple[str, str] | None:
    """One range over date and time, when the identifier gives both as ranges (PS3.4 Table K.6-1)."""
    ranges = []
    for tag, vr in zip(COMBINED, ("DA", "TM"), strict=True):
        keys = texts(identifier.get(tag))
        ends = split_range(keys[0], vr) if len(keys) == 1 else None
        if ends is None:
            return None
        ranges.append(ends)
    (first, last), (begin, end) = ranges
    low = _digits(first, "DA", "0") + _digits(begin, "TM", "0") if first else ""
    high = _digits(last, "DA", "9") + _digits(end, "TM", "9") if last else ""
    return low, high


class Matcher:
    """All keys of an identifier, read once and matched against many entities (PS3.4 C.2.2.2).

    Parameters
    ----------
    identifier : pydicom.dataset.Dataset
        Text is compared decoded: neither its character set nor that of an entity counts.
    unknown_matches : bool
        See `Key`.
    values, combined
        See `Key`.
    """

    def __init__(
        self, identifier: Dataset, *, unknown_matches: bool, values: Tests = any_of, combined: bool = True
    ) -> None:
        self._unknown_matches = unknown_matches
        self._period = _combined(identifier) if combined else None
        keys = [
            Key(element, unknown_matches=unknown_matches, values=values, combined=combined)
            for element in identifier
            if element.tag not in NOT_KEYS
            and element.tag.element
            and not element.tag.is_private_creator
            and not (self._period is not None and element.tag in COMBINED)
        ]
        self._keys = [key for key in keys if not key.universal]

    @property
    def asks_nothing(self) -> bool:
        """Whether an entity that holds nothing at all matches."""
        return self._period is None and all(key._item is not None and key._item.asks_nothing for key in self._keys)

    def matches(self, entity: Dataset) -> bool:
        """Whether an entity matches every key."""
        if not all(key.matches(entity.get(key.tag)) for key in self._keys):
            return False
        if self._period is None:
            return True
        date, time = (texts(entity.get(tag)) for tag in COMBINED)
        if not date:
            return self._unknown_matches
        low, high = self._period
        moment = _digits(date[0], "DA", "0") + _digits(time[0] if time else "", "TM", "0")
        return (not low or low <= moment) and (not high or moment <= high)
