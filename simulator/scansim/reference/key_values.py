"""Which values a key may have: that of its VR, ranges and wild cards included (PS3.4 C.2.2.2, PS3.5 6.2).

A key that is malformed matches nothing by itself. Whoever asks with one must not be told that there is nothing: such
an identifier is refused, as one that does not match its SOP Class. Free text is left alone, its length too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from scansim.reference.matching import NOT_KEYS, RANGE_VRS, WILD_CARD_VRS, split_range, texts

#: Values of one key that need a look at each entity one by one; a list of plain values may have any length.
MOST_PATTERNS = 500
#: Characters of a key with wild cards.
LONGEST_PATTERN = 10240

_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_TITLE = re.compile(r"[ -\[\]-~]{1,16}")
_CODE = re.compile(r"[A-Z0-9 _]{1,16}")
_AGE = re.compile(r"\d{3}[DWMY]")
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)|(\d{4})\.(\d\d)\.(\d\d)")  # the second form until 1993 (PS3.5 6.2)
_TIME = re.compile(r"([01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?")
_OLD_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d{1,6})?)?")
_MOMENT = re.compile(
    r"\d{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)"
    r"(?:\.\d{1,6})?)?)?)?)?)?(?:[+~&-](?:0\d|1[0-4])[0-5]\d)?"
)


class KeyValueError(Exception):
    """An identifier does not fit its SOP Class; the text says why, ``tag`` which element is to blame."""

    def __init__(self, tag: BaseTag, text: str) -> None:
        super().__init__(text)
        self.tag = tag


def _is_date(text: str) -> bool:
    found = _DATE.fullmatch(text)
    if found is None:
        return False
    try:
        date(*(int(number) for number in found.groups() if number is not None))
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    return _TIME.fullmatch(text) is not None or _OLD_TIME.fullmatch(text) is not None


def _is_moment(text: str) -> bool:
    return _MOMENT.fullmatch(text) is not None


def _is_title(text: str) -> bool:
    return _TITLE.fullmatch(text) is not None


def _is_code(text: str) -> bool:
    return _CODE.fullmatch(text) is not None


_VALID: dict[str, Callable[[str], bool]] = {
    "AE": _is_title,
    "AS": lambda text: _AGE.fullmatch(text) is not None,
    "CS": _is_code,
    "DA": _is_date,
    "DT": _is_moment,
    "TM": _is_time,
    "UI": lambda text: len(text) <= 64 and _UID.fullmatch(text) is not None,
}


def _is_valid(value: str, vr: str) -> bool:
    if not value:
        return True
    if vr in RANGE_VRS:
        ends = split_range(value, vr)
        if ends is not None:
            return any(ends) and all(not end or _VALID[vr](end) for end in ends)
    if vr in WILD_CARD_VRS:  # a pattern stands for values: what its wild cards stand for is as long as it likes
        value = value.replace("*", "").replace("?", "X")
        if not value:
            return True
    return _VALID[vr](value)


def _check(element: DataElement) -> None:
    values = texts(element)
    if element.VR in _VALID:
        wrong = next((value for value in values if not _is_valid(value, element.VR)), None)
        if wrong is not None:
            shown = "".join(char if " " <= char <= "~" else "?" for char in wrong[:24])
            raise KeyValueError(element.tag, f"{element.keyword or element.tag}: {shown!r} is no {element.VR}")
    patterns = [value for value in values if element.VR in RANGE_VRS or "*" in value or "?" in value]
    if element.VR == "PN":
        patterns = values
    if len(patterns) > MOST_PATTERNS:
        raise KeyValueError(element.tag, f"{len(patterns)} values, {MOST_PATTERNS} are the most")
    if any(len(value) > LONGEST_PATTERN for value in patterns):
        raise KeyValueError(element.tag, f"a pattern of more than {LONGEST_PATTERN} characters")


def check(identifier: Dataset) -> None:
    """Look at all keys of an identifier, nested ones too; KeyValueError for the first whose value is malformed."""
    for element in identifier:
        if element.tag in NOT_KEYS or not element.tag.element or element.tag.is_private:
            continue
        if element.VR == "SQ":
            for item in element.value or ():
                check(item)
        else:
            _check(element)
