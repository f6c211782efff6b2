"""Attribute matching of C-FIND (PS3.4 C.2.2.2), the one place where a key meets a value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag, Tag

#: VRs whose keys may hold wild cards (C.2.2.2.4); in all others ``*`` and ``?`` are plain characters.
WILD_CARD_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
_RANGE_VRS = frozenset(("DA", "DT", "TM"))
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


@lru_cache(maxsize=1024)
def _pattern(key: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(char, re.escape(char)) for char in key), re.DOTALL)


def _wild(key: str, value: str) -> bool:
    return _pattern(key).fullmatch(value) is not None


def _person(name: str) -> list[str]:
    """Component groups of a name, folded: case does not count, nor do delimiters at the end (PS3.5 6.2.1)."""
    folded = unicodedata.normalize("NFC", name).casefold()
    return [group.strip().rstrip("^ ") for group in folded.split("=")]


def _match_person(key: str, value: str) -> bool:
    """Match a name: a key of one group against any group of the value, one of several groups group by group."""
    keys, groups = _person(key), _person(value)
    if len(keys) == 1:
        return any(_wild(keys[0], group) for group in groups if group)
    groups += [""] * (len(keys) - len(groups))
    return all(_wild(wanted, group) for wanted, group in zip(keys, groups, strict=False) if wanted)


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


def _split_range(key: str, vr: str) -> tuple[str, str] | None:
    """Ends of a range key (C.2.2.2.5), open ones empty; None when it is a single value."""
    if vr == "DT":
        key = _DT_OFFSET.sub("~", key)
    if "-" not in key:
        return None
    low, _, high = key.partition("-")
    return low.strip(), high.strip()


def _match_moment(key: str, value: str, vr: str) -> bool:
    """Match a DA, TM or DT; both ends of a range are included."""
    ends = _split_range(key, vr)
    moment = _digits(value, vr, "0")
    if ends is None:
        return _digits(key, vr, "0") == moment
    low, high = ends
    return (not low or _digits(low, vr, "0") <= moment) and (not high or moment <= _digits(high, vr, "9"))


def match_value(key: str, value: str, vr: str) -> bool:
    """Match one value of a key against one value of an entity."""
    if vr in _RANGE_VRS:
        return _match_moment(key, value, vr)
    if vr == "PN":
        return _match_person(key, value)
    if vr in WILD_CARD_VRS:
        return _wild(unicodedata.normalize("NFC", key), unicodedata.normalize("NFC", value))
    if vr in _NUMBER_VRS:
        return _number(key) == _number(value)
    return key == value


def _is_universal(keys: Iterable[str], vr: str) -> bool:
    keys = list(keys)
    return not keys or (vr in WILD_CARD_VRS and all(key and not key.strip("*") for key in keys))


def match_element(key: DataElement, held: DataElement | None, *, unknown_matches: bool) -> bool:
    """Match one element of an identifier against what an entity holds.

    Parameters
    ----------
    key : DataElement
        The key. Zero length, a lone ``*``, and a sequence with no item or an empty one match everything. Several
        values mean any of them, as for a list of UIDs (C.2.2.2.2).
    held : DataElement or None
        The entity's element. One that holds several values matches when one of them does (K.2.2.3).
    unknown_matches : bool
        Whether an entity without a value matches a key that has one: yes in Query/Retrieve (C.2.2.1.2), no in a
        worklist (K.2.2.1.1.1).
    """
    if key.VR == "SQ":
        if not key.value or not len(key.value[0]):
            return True
        items = held.value if held is not None and held.VR == "SQ" else []
        if not items:
            return _asks_nothing(key.value[0]) or unknown_matches
        return any(matches(key.value[0], item, unknown_matches=unknown_matches) for item in items)
    keys = texts(key)
    if _is_universal(keys, key.VR):
        return True
    values = texts(held)
    if not values:
        return unknown_matches
    return any(match_value(one, value, key.VR) for one in keys for value in values)


def _asks_nothing(item: Dataset) -> bool:
    """Whether all keys of a sequence item are universal."""
    return all(
        match_element(element, None, unknown_matches=False)
        for element in item
        if element.tag not in NOT_KEYS and element.tag.element
    )


def _combined(identifier: Dataset) -> tuple[str, str] | None:
    """One range over date and time, when the identifier gives both as ranges (PS3.4 Table K.6-1)."""
    ranges = []
    for tag, vr in zip(COMBINED, ("DA", "TM"), strict=True):
        keys = texts(identifier.get(tag))
        ends = _split_range(keys[0], vr) if len(keys) == 1 else None
        if ends is None:
            return None
        ranges.append(ends)
    (first, last), (begin, end) = ranges
    low = _digits(first, "DA", "0") + _digits(begin, "TM", "0") if first else ""
    high = _digits(last, "DA", "9") + _digits(end, "TM", "9") if last else ""
    return low, high


def matches(
    identifier: Dataset, entity: Dataset, *, unknown_matches: bool, ignore: frozenset[BaseTag] = frozenset()
) -> bool:
    """Whether an entity matches every key of an identifier (PS3.4 C.2.2.2).

    Parameters
    ----------
    identifier, entity : pydicom.dataset.Dataset
        Each in its own character set; text is compared decoded.
    unknown_matches : bool
        See `match_element`.
    ignore : frozenset of tags
        Keys that are not to be matched at this level of nesting.
    """
    period = _combined(identifier)
    for key in identifier:
        if key.tag in NOT_KEYS or key.tag in ignore or not key.tag.element:
            continue
        if period is not None and key.tag in COMBINED:
            continue
        if not match_element(key, entity.get(key.tag), unknown_matches=unknown_matches):
            return False
    if period is None or any(tag in ignore for tag in COMBINED):
        return True
    date, time = (texts(entity.get(tag)) for tag in COMBINED)
    if not date:
        return unknown_matches
    moment = _digits(date[0], "DA", "0") + _digits(time[0] if time else "", "TM", "0")
    return (not period[0] or period[0] <= moment) and (not period[1] or moment <= period[1])
