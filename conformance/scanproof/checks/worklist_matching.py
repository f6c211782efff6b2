"""Checks of which items a worklist query gets: those that match its keys, and the order among them (PS3.4 K.2.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok
from scanproof.evidence import Evidence
from scanproof.evidence.queries import Query
from scanproof.evidence.user_items import extension_agreed
from scanproof.finding import Level
from scanproof.standard import mwl_table as table
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.dataset import DataSet


@check(
    "worklist.matches-keys",
    title="Only items that match the keys come back",
    clause="PS3.4 K.2.2.1.1.1, K.2.2.3 (2024d), Table K.6-1 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="items whose required keys match those of the query",
    hint="Let the worklist filter by this key: the console lists patients of other scanners, or of other days.",
)
def matches_keys(evidence: Evidence) -> Iterator[Observation]:
    """An SCP matches every required key of the query: station, start date and time, modality, performing physician,
    patient's name and ID. An item without a value for one of them does not match a key that has one.

    What the filter lets through stands on the console: the wrong patient is one row away, and is scanned.

    Each returned item is compared with the keys that had a value: AE titles without their padding, where one of
    several stations is enough; dates and times by range, together when both are ranges; names whatever their case and
    accents, by any component group, and not at all when we asked for extended negotiation and got it. Letters of a
    character set that no statement declares may be taken for wild cards (PS3.4 C.2.2.2, 2020). An absent attribute is
    judged by the check of Type 1, an ill-formed value by that of syntax.
    """
    for query in evidence.worklist_queries:
        zone_agreed = bool(query.keys.text("TimezoneOffsetFromUTC"))
        negotiated = extension_agreed(query.operation.association, WORKLIST)
        undeclared = bool(evidence.undeclared_terms(query))
        for response, item in query.answers:
            compared = [
                seen for seen in _compared(query, item, undeclared) if not (negotiated and seen[0].endswith("Name"))
            ]
            contradictions = [seen for seen in compared if seen[2]]
            for tag, key, returned in contradictions:
                if zone_agreed and tag.endswith(("Date", "Time")):
                    yield inconclusive(f"{key} was asked for and {returned} came, in time zones of their own", response)
                else:
                    yield fail(f"{key} was asked for, {returned} came", response, expected=key, tag=tag)
            if compared and not contradictions:
                yield ok(f"{len(compared)} keys match", response)


def _compared(query: Query, item: DataSet, undeclared: bool) -> Iterator[tuple[str, str, str]]:
    """(tag, key, contradicting value or nothing) of each required key that had a value and came back."""
    keys = query.keys.items(table.STEP)[:1]
    for number, step in enumerate(item.items(table.STEP), 1):
        for level in keys:
            yield from _compared_level(level, step, table.REQUIRED_STEP_KEYS, undeclared, f"{table.STEP}[{number}] > ")
    yield from _compared_level(query.keys, item, table.REQUIRED_ROOT_KEYS, undeclared, "")


def _compared_level(
    keys: DataSet, item: DataSet, names: tuple[str, ...], undeclared: bool, tag: str
) -> Iterator[tuple[str, str, str]]:
    moment = _moment(keys, item)
    for name in names:
        wanted = keys.values(name)
        if len(wanted) != 1 or not wanted[0].strip("*") or name not in item:
            continue
        if moment is not None and name in _START:
            continue
        values = item.values(name)
        if not values:
            yield tag + name, repr(wanted[0]), "no value"
            continue
        matched = _matches(name, wanted[0], values)
        if undeclared and matched is False and name.endswith("Name"):
            matched = None if _matches_name(re.sub(r"[^\0-\x7f]+", "*", wanted[0]), values[0]) else False
        if matched is not None:
            yield tag + name, repr(wanted[0]), "" if matched else repr("\\".join(values))
    if moment is not None:
        yield tag + _START[0], moment[0], moment[1]


_START = ("ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime")


def _moment(keys: DataSet, item: DataSet) -> tuple[str, str] | None:
    """Date and time as one, when both keys are ranges (Table K.6-1): the period, and what lies outside of it."""
    dates, times = (keys.text(name) for name in _START)
    day, time = (item.text(name) for name in _START)
    if "-" not in dates or "-" not in times or not _is_date(day) or not _is_time(time):
        return None
    first, last = (part.strip() for part in dates.split("-", 1))
    begin, end = (part.strip() for part in times.split("-", 1))
    after = not first or (day, _padded(time)) >= (first, _padded(begin or "00"))
    before = not last or (day, _padded(time, "9")) <= (last, _padded(end or "235959.999999", "9"))
    return f"{dates} at {times}", "" if after and before else f"{day} at {time}"


def _matches(name: str, wanted: str, values: tuple[str, ...]) -> bool | None:
    """Whether a key matches; None when the key or the value does not allow to say."""
    if name == _START[0]:
        return _within(wanted, values[0]) if _is_date(values[0]) else None
    if name == _START[1]:
        return _within_time(wanted, values[0]) if _is_time(values[0]) else None
    if name.endswith("Name"):
        return _matches_name(wanted, "\\".join(values))
    if any(char in wanted for char in "*?"):
        return None  # single value matching only, so a wild card means what the target makes of it
    return wanted in values


def _is_date(value: str) -> bool:
    return re.fullmatch(r"\d{8}", value) is not None


def _is_time(value: str) -> bool:
    return re.fullmatch(r"\d{2}(\d{2}(\d{2}(\.\d+)?)?)?", value) is not None


def _within(wanted: str, value: str) -> bool | None:
    first, dash, last = (part.strip() for part in wanted.partition("-"))
    if not all(_is_date(part) for part in (first, last) if part):
        return None
    if not dash:
        return value == first
    return (not first or value >= first) and (not last or value <= last)


def _padded(time: str, digit: str = "0") -> str:
    """A time to the microsecond: the earliest that it may mean, or with 9 the latest."""
    whole, _, fraction = time.partition(".")
    return whole.ljust(6, digit) + fraction.ljust(6, digit)


def _within_time(wanted: str, value: str) -> bool | None:
    first, dash, last = (part.strip() for part in wanted.partition("-"))
    if not all(_is_time(part) for part in (first, last) if part):
        return None
    if not dash:
        last = first
    return (not first or _padded(value, "9") >= _padded(first)) and (not last or _padded(value) <= _padded(last, "9"))


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return re.sub(r"\s+", " ", re.sub(r"[\^= ]+(?==|$)", "", plain)).strip()


def _matches_name(wanted: str, value: str) -> bool | None:
    folded, key = _folded(value), _folded(wanted)
    groups = {folded, *folded.split("=")}
    if any(char in key for char in "*?"):
        pattern = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in key)
        return any(re.fullmatch(pattern, group) for group in groups)
    if any(group == key for group in groups):
        return True
    # Matching of names is up to the SCP in parts (C.2.2.2.4), and many complete what was typed
    return None if any(group.startswith(key) for group in groups) or "=" in key else False


@check(
    "worklist.order-returned",
    title="The order is in the worklist",
    clause="PS3.4 K.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="the order that was put into the worklist, among the items for its station, date and modality",
    hint="See whether the worklist reads orders from where the site file puts them, and when it takes them over.",
)
def order_returned(evidence: Evidence) -> Iterator[Observation]:
    """A response is sent for each match that the SCP knows; the order that was placed before matches the query.

    A patient who is not on the list is registered by hand, and the images find no order to belong to.

    Only where the harness placed an order itself: it is looked for by Accession Number, or by Scheduled Procedure
    Step ID with the study, among the answers to the first query. A later query may lack it, as the step has begun.
    """
    order, query = evidence.order, next(iter(evidence.worklist_queries), None)
    if order is None or query is None:
        return
    final = query.operation.final
    ours = next((response for response, _ in order.among(query.answers)), None)
    if ours is not None:
        yield ok("returned", ours)
    elif not query.succeeded:
        at = final or query.operation.request
        text = "the query did not end with Success, so not every match need have been sent"
        yield inconclusive(text, at, because=at)
    else:
        yield fail(f"accession {order.accession or 'none'} is not among {len(query.answers)} items", final)
