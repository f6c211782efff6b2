"""Dates, times and moments, single or as a range, by what they mean and not letter by letter (PS3.4 C.2.2.2.1, .5).

A moment that leaves out its last components (``0930``) begins a span: by its meaning it is the first instant of that
span, ``093000``; somebody may as well take it for the whole span. Where the two readings differ, nothing is decided.
Ranges are always matched by meaning; how a single value is matched is the implementation's affair, so that one which is
written otherwise is no more than expected (C.2.2.2.1.3 with notes 1 and 2).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from scanproof.evidence.oracle.outcome import BY_ZONE, Outcome

#: VRs whose keys may be ranges.
VRS = frozenset(("DA", "DT", "TM"))

_SECOND = 1_000_000
_MINUTE, _HOUR, _DAY = 60 * _SECOND, 3600 * _SECOND, 86400 * _SECOND
#: How far two time zones may be apart: from -12 to +14 hours.
_ZONES = 26 * _HOUR

_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)|(\d{4})\.(\d\d)\.(\d\d)")
_TIME = re.compile(r"(\d\d)(?:(:?)(\d\d)(?:\2(\d\d)(?:\.(\d{1,6}))?)?)?")
_MOMENT = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:\.(\d{1,6}))?([+-](?:0\d|1[0-4])[0-5]\d)?")

Judged = tuple[Outcome, str]
Judge = Callable[[str], Judged]

_MALFORMED: Judged = (Outcome.UNDECIDED, "the value is malformed")
_BAD_KEY: Judged = (Outcome.UNDECIDED, "the key is malformed")
_BACKWARDS: Judged = (Outcome.UNDECIDED, "the range ends before it begins")
_COARSE = "a value without its last components may stand for all of its span"
_WRITTEN = "it is the same by its meaning, and written otherwise"
_AT_AN_END = "it stands at an end of the period, which is part of it"
_FORMS = "how ranges of different forms make one period is not said"


class Span(NamedTuple):
    """From the first microsecond to the last; ``zoned`` when an offset from UTC is reckoned in."""

    first: int
    last: int
    zoned: bool = False


def _day(text: str) -> int | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    try:
        return date(*(int(part) for part in found.groups() if part is not None)).toordinal()
    except ValueError:
        return None


def date_of(text: str) -> Span | None:
    """A DA as a span; None when it is none."""
    day = _day(text)
    return None if day is None else Span(day * _DAY, (day + 1) * _DAY - 1)


def time_of(text: str) -> Span | None:
    """A TM as a span of a day; None when it is none."""
    found = _TIME.fullmatch(text)
    if found is None:
        return None
    hour, minute, second = (found[group] for group in (1, 3, 4))
    if int(hour) > 23 or int(minute or 0) > 59 or int(second or 0) > 60:
        return None
    first = int(hour) * _HOUR + int(minute or 0) * _MINUTE + int(second or 0) * _SECOND
    return _spanned(first, found[5], _SECOND if second else _MINUTE if minute else _HOUR)


def _spanned(first: int, fraction: str | None, size: int) -> Span:
    if not fraction:
        return Span(first, first + size - 1)
    first += int(fraction.ljust(6, "0"))
    return Span(first, first + 10 ** (6 - len(fraction)) - 1)


def moment_of(text: str) -> Span | None:
    """A DT as a span; None when it is none."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    try:
        begin = date(int(year), int(month or 1), int(day or 1))
        if day:
            after = begin.toordinal() + 1
        else:
            next_month = int(month) + 1 if month else 13
            after = date(int(year) + next_month // 13, next_month % 12 or 12, 1).toordinal()
            after = date(int(year) + 1, 1, 1).toordinal() if next_month == 13 else after
    except ValueError:
        return None
    if hour is None:
        span = Span(begin.toordinal() * _DAY, after * _DAY - 1)
    else:
        time = time_of(hour + (minute or "") + (second or "") + (f".{fraction}" if fraction else ""))
        if time is None:
            return None
        midnight = begin.toordinal() * _DAY
        span = Span(midnight + time.first, midnight + time.last)
    if offset is None:
        return span
    shift = int(offset[1:3]) * _HOUR + int(offset[3:]) * _MINUTE
    shift = -shift if offset[0] == "+" else shift
    return Span(span.first + shift, span.last + shift, True)


_READ: dict[str, Callable[[str], Span | None]] = {"DA": date_of, "TM": time_of, "DT": moment_of}


def ends(key: str, vr: str) -> tuple[str, str] | None:
    """The two ends of a range key, an open one empty; None for a single value.

    A hyphen in a DT that begins an offset from UTC makes no range.
    """
    if vr != "DT":
        low, hyphen, high = key.partition("-")
        return (low.strip(), high.strip()) if hyphen else None
    if _MOMENT.fullmatch(key):
        return None
    for at in (found.start() for found in re.finditer("-", key)):
        low, high = key[:at].strip(), key[at + 1 :].strip()
        if all(not end or _MOMENT.fullmatch(end) for end in (low, high)):
            return low, high
    return None


def is_range(key: str, vr: str) -> bool:
    """Whether a key is a range."""
    return vr in VRS and ends(key, vr) is not None


def _within(value: Span, low: Span | None, high: Span | None, slack: int = 0) -> Judged:
    """Hold a value against a range, whose ends are part of it; `slack` is what time zones may shift it by."""
    by_letter = (low is None or low.first <= value.first) and (high is None or value.first <= high.first)
    first, last = value.first - slack, value.last + slack
    whole = (low is None or low.first <= first) and (high is None or last <= high.last)
    touches = (low is None or last >= low.first) and (high is None or first <= high.last)
    if slack:
        if whole or not touches:
            return (Outcome.IN if whole else Outcome.OUT), ""
        inside = (low is None or value.last >= low.first) and (high is None or value.first <= high.last)
        return Outcome.UNDECIDED, "" if inside else BY_ZONE
    if by_letter and (whole or value.last - value.first < _HOUR - 1):
        return Outcome.IN, ""
    if not touches:
        return Outcome.OUT, ""
    return Outcome.UNDECIDED, _COARSE


def judge_of(key: str, vr: str, *, zoned: bool) -> Judge:
    """What judges values of a DA, TM or DT against one key; `zoned` when the query names its time zone."""
    read = _READ[vr]
    found = ends(key, vr)
    single, pair = found is None, found or (key, key)
    low, high = (read(end) if end else None for end in pair)
    if not any(pair) or any(end and span is None for end, span in zip(pair, (low, high), strict=True)):
        return lambda _: _BAD_KEY
    if low is not None and high is not None and low.first > high.last:
        return lambda _: _BACKWARDS

    def judge(text: str) -> Judged:
        value = read(text)
        if value is None:
            return _MALFORMED
        zones = {span.zoned for span in (value, low, high) if span is not None}
        slack = _ZONES if zoned or len(zones) == 2 else 0
        if vr == "TM" and zoned:  # a time without its date goes round the clock
            same = _within(value, low, high)[0] >= Outcome.UNDECIDED
            return Outcome.UNDECIDED, "" if same else BY_ZONE
        outcome, why = _within(value, low, high, slack)
        if single and outcome is Outcome.IN and text != key:
            return Outcome.LIKELY, _WRITTEN
        return outcome, why

    return judge


def period_judge(dates: str, times: str, *, zoned: bool) -> Callable[[str, str], Judged]:
    """What judges a date with its time, where both keys are ranges: one period from end to end (Table K.6-1).

    Where one range is open at an end and the other is not, it may be read otherwise: as a range of days, and on each
    of them one of times. What both readings agree on stands.
    """
    (first, last), (begin, end) = ends(dates, "DA") or ("", ""), ends(times, "TM") or ("", "")
    spans = [date_of(first), date_of(last), time_of(begin), time_of(end)]
    texts = (first, last, begin, end)
    if any(text and span is None for text, span in zip(texts, spans, strict=True)) or not (first or last):
        return lambda _day, _time: _BAD_KEY
    whole_day = Span(0, _DAY - 1)
    low = _joined(spans[0], spans[2] or Span(0, 0))
    high = _joined(spans[1], spans[3] or Span(_DAY - 1, _DAY - 1))
    if low is not None and high is not None and low.first > high.last:
        return lambda _day, _time: _BACKWARDS
    same_form = bool(first) == bool(begin) and bool(last) == bool(end)
    apart = judge_of(dates, "DA", zoned=False), judge_of(times, "TM", zoned=False)

    def judge(day: str, time: str) -> Judged:
        on = date_of(day)
        if on is None:
            return _MALFORMED
        at = time_of(time) if time else whole_day
        if at is None:
            return _MALFORMED
        value = Span(on.first + at.first, on.first + at.last)
        if not time:  # at any time of that day
            within = _within(value, low, high, 1)[0]
            return (Outcome.OUT if within is Outcome.OUT else Outcome.UNDECIDED), "the item has no time"
        found = _within(value, low, high, _ZONES if zoned else 0)
        if not same_form and not zoned and min(apart[0](day), apart[1](time))[0] is not found[0]:
            return Outcome.UNDECIDED, _FORMS
        at_an_end = (low is not None and value.first <= low.last) or (high is not None and value.last >= high.first)
        return (Outcome.LIKELY, _AT_AN_END) if found[0] is Outcome.IN and at_an_end else found

    return judge


def _joined(day: Span | None, time: Span) -> Span | None:
    return None if day is None else Span(day.first + time.first, day.first + time.last)
