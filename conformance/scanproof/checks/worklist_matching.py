"""Checks of which items a worklist query gets: all that match its keys, and no others (PS3.4 K.2.2, K.4.1.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from scanproof.check import Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.known import KnownItem, Present, identity_of
from scanproof.evidence.oracle import BY_ZONE, KeySeen, Kind, Outcome, answered
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scansim.wire.dataset import DataSet

#: So many items are named.
_NAMED = 3


@check(
    "worklist.matches-keys",
    title="Only items that match the keys come back",
    clause="PS3.4 K.2.2.1.1.1, K.2.2.3 (2024d), C.2.2.2.5 (2024e), Table K.6-1 (2018-2024)",
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
    several stations is enough; dates and times by what they mean, together when both are ranges; names whatever their
    case, accents and order, by any component group, and not at all when we asked for extended negotiation and got it.
    A name that only sounds alike, and one that a wild card does not stand for, warn. Letters of a character set that
    no statement declares may be taken for wild cards (PS3.4 C.2.2.2, 2020). An absent attribute is judged by the
    check of Type 1, an ill-formed value by that of syntax, an order of ours whose letters were lost by that of what
    was ordered.
    """
    for query in evidence.worklist_queries:
        oracle = evidence.oracle(query)
        for response, item in query.answers:
            kept = 0
            account = [
                seen
                for seen in oracle.account(answered(item))
                if seen.required and not _lost_letters(evidence, query, item, seen)
            ]
            for seen in account:
                held = repr(seen.held) if seen.held else "no value"
                text = f"{seen.wanted!r} was asked for, {held} came"
                if seen.outcome is Outcome.OUT:
                    yield fail(text, response, expected=seen.wanted, tag=seen.path)
                elif seen.outcome is Outcome.UNLIKELY:
                    yield warn(f"{text}: {seen.why}", response, tag=seen.path, level=Level.SHOULD)
                elif seen.why == BY_ZONE:
                    yield inconclusive(f"{text}; {seen.why}", response)
                kept += seen.outcome >= Outcome.FREE
            if kept and not any(seen.outcome < Outcome.UNDECIDED or seen.why == BY_ZONE for seen in account):
                yield ok(f"{kept} keys match", response)


def _lost_letters(evidence: Evidence, query: Query, item: DataSet, seen: KeySeen) -> bool:
    """Whether an answer is an order of ours that matches a key in letters beyond ISO 646, and came without them."""
    if seen.outcome >= Outcome.UNDECIDED or seen.wanted.isascii():
        return False
    identity = identity_of(item)[:2]
    ordered = next((each for each in evidence.known.items if each.placed and each.identity == identity), None)
    account = evidence.oracle(query).account(ordered.item) if ordered is not None else ()
    return any(each.path == seen.path and each.outcome >= Outcome.FREE for each in account)


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
    Step ID with the study, among the answers to the first query, when its keys are such that it has to be there.
    """
    order, query = evidence.order, next(iter(evidence.worklist_queries), None)
    if order is None or query is None or evidence.known.own is None or is_cancelled(query.operation):
        return
    final = query.operation.final
    ours = next((response for response, _ in order.among(query.answers)), None)
    if ours is not None:
        yield ok("returned", ours)
    elif evidence.oracle(query).outcome(evidence.known.own.item) is not Outcome.IN:
        return
    elif not query.succeeded:
        at = final or query.operation.request
        text = "the query did not end with Success, so not every match need have been sent"
        yield inconclusive(text, at, because=at)
    else:
        yield fail(f"accession {order.accession or 'none'} is not among {len(query.answers)} items", final)


@check(
    "worklist.matches-complete",
    title="Every item that matches the keys comes back",
    clause="PS3.4 K.4.1.3, C.2.2.2.3 (2018-2024), K.2.2.1.1.1, K.2.2.3 (2024d), C.2.2.2.5, C.2.2.2.6 (2024e)",
    level=Level.SHALL,
    service="worklist",
    expected="each item that is in the worklist and matches all keys",
    hint="See which of the keys the worklist matches otherwise than they are meant.",
)
def matches_complete(evidence: Evidence) -> Iterator[Observation]:
    """Success says that a response was sent for each match that the SCP knows. A key of zero length, and a sequence
    of no item or an empty one, match everything; both ends of a range are part of it; of several values one is enough.

    A patient whom one query shows and another hides is looked for in vain, and registered a second time.

    What each query that ended with Success has to bring is computed from its keys and what is known to be in the
    worklist: the orders that were placed, and items that other queries of the case or its survey brought. Those may
    have been edited meanwhile, so that a missing one only warns; so it does where everybody expects a match that no
    sentence demands, as of a wild card in a name. An optional key may be left out of matching. What a performed step
    of ours was created for may have left the list, and the exam's own order is missed once, by the check of it.
    """
    sets = [_set_of(evidence, query) for query in evidence.worklist_queries if _demands(evidence, query)]
    for each in sets:
        query, lacking, final = each.query, each.lacking, each.query.operation.final
        if not lacking:
            known = len([*evidence.known.steady(query)])
            if each.came:
                yield ok(f"{each.came} known items match, and came", final)
            elif known and not len(query.answers):
                yield ok(f"none of {known} known items matches{_by_key(evidence, query)}", final)
            continue
        surely = [item for item, outcome in lacking if outcome is Outcome.IN and item.placed]
        shown = surely or [item for item, _ in lacking]
        names = ", ".join(_with_keys(evidence, query, item) for item in shown[:_NAMED])
        more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
        text = f"not among {len(query.answers)} items: {names}{more}"
        if not len(query.answers):
            text += _by_key(evidence, query)
        suspect, tag = _suspect(evidence, each, sets)
        hint = f"See first how the worklist matches {suspect}." if suspect else ""
        if surely:
            yield fail(text, final, hint=hint, tag=tag)
        elif any(outcome is Outcome.IN for _, outcome in lacking):
            yield warn(f"{text}; edited meanwhile?", final, hint=hint, tag=tag)
        else:
            why = _why(evidence, query, shown[0])
            yield warn(f"{text}; {why}", final, hint=hint, tag=tag, level=Level.SHOULD)


def _demands(evidence: Evidence, query: Query) -> bool:
    """Whether a query has to bring every match: it is as it should be, and nothing but its own end ended it."""
    asked = evidence.asked(query.operation)
    return query.succeeded and not is_cancelled(query.operation) and not asked.deviation and not asked.faults


@dataclass(frozen=True)
class _Set:
    """What an answer has of the items that it has to have, or that everybody expects in it."""

    query: Query
    came: int
    lacking: list[tuple[KnownItem, Outcome]]


def _set_of(evidence: Evidence, query: Query) -> _Set:
    """Look for each known item that matches; those that answers may be which do not say so are not missed."""
    oracle, present = evidence.oracle(query), Present(query.answers)
    judged = [(item, oracle.outcome(item.item)) for item in evidence.known.steady(query)]
    expected = [(item, outcome) for item, outcome in judged if outcome >= Outcome.LIKELY]
    compared = bool(query.operation.request.purpose.get("compared_with"))
    absent = [(item, outcome) for item, outcome in expected if not present.shows(item)]
    lacking = [
        (item, outcome)
        for item, outcome in absent
        if not (compared and outcome is Outcome.LIKELY) and not _is_missed_elsewhere(evidence, query, item)
    ]
    unsaid = present.strangers + len(query.operation.pending) - len(query.answers)
    return _Set(query, len(expected) - len(absent), lacking if len(lacking) > unsaid else [])


def _is_missed_elsewhere(evidence: Evidence, query: Query, item: KnownItem) -> bool:
    """Whether an item is the exam's own order, and was not in the first answer, which is a matter of its own."""
    own, first = evidence.known.own, evidence.worklist_queries[0]
    if own is None or item.identity != own.identity:
        return False
    return query is first or not Present(first.answers).shows(own)


def _with_keys(evidence: Evidence, query: Query, item: KnownItem) -> str:
    """An item with the keys that it matches, first those by more than a single value."""
    account = sorted(evidence.oracle(query).account(item.item), key=lambda seen: seen.kind is Kind.SINGLE)
    name = f"the order {item.name}" if item.placed else item.name
    keys = ", ".join(
        f"{_short(seen.path)} {seen.held or 'none'}" + (f" for {seen.wanted}" if seen.wanted != seen.held else "")
        for seen in account[:_NAMED]
    )
    return f"{name} ({keys})" if keys else name


def _short(path: str) -> str:
    return path.rpartition(" > ")[2]


def _why(evidence: Evidence, query: Query, item: KnownItem) -> str:
    account = evidence.oracle(query).account(item.item)
    return next((seen.why for seen in account if seen.outcome is Outcome.LIKELY and seen.why), "it is expected there")


def _by_key(evidence: Evidence, query: Query) -> str:
    """Of each key by itself, how many known items match it; empty when every key is universal."""
    known = [*evidence.known.steady(query)]
    counts: Counter[tuple[str, str]] = Counter()
    for item in known:
        for seen in evidence.oracle(query).account(item.item):
            counts[_short(seen.path), seen.wanted] += seen.outcome >= Outcome.LIKELY
    told = "; ".join(
        f"{name} {wanted}: {f'{count} of {len(known)} known items' if count else 'none'}"
        for (name, wanted), count in counts.items()
    )
    return f"; {told}" if told else ""


def _suspect(evidence: Evidence, missing: _Set, sets: Sequence[_Set]) -> tuple[str, str | None]:
    """The one key, or kind of key, that sets a query which misses items apart from those that miss none.

    Where there are none of those, the one that is matched by more than a single value; empty when there is not one.
    Beside it stands the attribute, or the first of those of one kind, by which findings of one cause are one entry.
    """
    mine = _keys(evidence, missing.query)
    right = [_keys(evidence, each.query) for each in sets if not each.lacking]
    left = mine.difference(*right) if right else {(name, kind) for name, kind in mine if kind is not Kind.SINGLE}
    kinds = {kind for _, kind in left}
    if len(left) == 1:
        name, kind = next(iter(left))
        return f"{name} ({kind})", name
    return (f"by {next(iter(kinds))}", min(name for name, _ in left)) if len(kinds) == 1 else ("", None)


def _keys(evidence: Evidence, query: Query) -> set[tuple[str, Kind]]:
    any_item = evidence.known.items[0].item
    return {(_short(seen.path), seen.kind) for seen in evidence.oracle(query).account(any_item)}
