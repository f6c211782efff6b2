"""Checks of the answers to a worklist query as a set: each once, the same when asked again, cut short by C-CANCEL."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.cancelling import after_cancel
from scanproof.check import Fact, Observation, Seen, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.known import Present, identity_of
from scanproof.evidence.oracle import Outcome, answered
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scansim.network.transcript import Exchange
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.dataset import DataSet


@check(
    "worklist.item-once",
    title="An item comes once",
    clause="PS3.4 K.4.1.3 (2018-2024)",
    level=Level.SHALL,
    service="worklist",
    expected="one response for each match",
    hint="See whether the worklist joins tables so that a step comes once for each of something else that it has.",
)
def item_once(evidence: Evidence) -> Iterator[Observation]:
    """An SCP sends a response for each match: one, whatever else there is more than one of in an order.

    The same step stands twice on the console; one is scanned, and the other stays open for somebody to scan again.

    Answers to one query that ended with Success are compared by Study Instance UID and Scheduled Procedure Step ID.
    One that was ordered by us once and comes twice is a deviation, when the answers are the same to the byte;
    otherwise the worklist may hold two of them, and it only warns. Where a run before had the same run id, it does.
    """
    if evidence.repeated:
        return
    ordered = {each.identity for each in evidence.known.items if each.placed}
    for query in (each for each in evidence.worklist_queries if each.succeeded):
        seen: dict[tuple[str, str], Exchange] = {}
        twice = 0
        for response, item in query.answers:
            study, step, accession = identity_of(item)
            if not study or not step:
                continue
            first = seen.setdefault((study, step), response)
            if first is response:
                continue
            twice += 1
            name = f"step {step} of accession {accession or 'none'}"
            if first.encoded == response.encoded and (study, step) in ordered:
                yield fail(f"{name} came already, as {first.id}", response)
            else:
                yield warn(f"{name} came already, as {first.id}; is it in the worklist twice?", response)
        if seen and not twice:
            yield ok(f"{len(seen)} items, none twice", query.operation.final)


@check(
    "worklist.same-items",
    title="Queries that ask the same bring the same items",
    clause="PS3.4 C.2.2.2.3 (2018-2024), C.2.2.2.4 note 1 (2024d), C.2.2.2.5, C.2.2.2.6 (2024e)",
    level=Level.SHOULD,
    service="worklist",
    expected="the same set of items, whichever way of asking for it",
    hint="A console can ask either way: see why the worklist takes them for different questions.",
)
def same_items(evidence: Evidence) -> Seen:
    """Some things can be asked in two ways: everything by zero length or by an asterisk, a day or the range of that
    day, a sequence with no item or with an empty one.

    Scanners of two makers at one worklist show different patients, and each maker blames the other.

    Where a scenario says of two queries that they ask the same, the items are compared that came to one and not to
    the other. An item that has to be in both answers and is known to be there, the check of completeness tells of;
    this one tells of those that may have been edited meanwhile, and of ways of asking that are the same by a note of
    the standard only. A difference that the standard leaves open is told as such.
    """
    queries = evidence.worklist_queries
    for query in queries:
        wanted = query.operation.request.purpose.get("compared_with")
        other = next((each for each in queries if wanted and _name(each) == wanted), None)
        if other is None or not all(each.succeeded and not is_cancelled(each.operation) for each in (query, other)):
            continue
        differences = [*_lacking(evidence, query, other), *_lacking(evidence, other, query)]
        yield from differences
        if not differences and len(query.answers) == len(other.answers):
            yield ok(f"{len(query.answers)} items, as {other.operation.request.id} brought", query.operation.final)


def _name(query: Query) -> str:
    return query.operation.request.purpose.get("query", "")


def _lacking(evidence: Evidence, query: Query, other: Query) -> Iterator[Observation | Fact]:
    """What to say of items that one query brought and another did not."""
    oracle = evidence.oracle(other)
    present = Present(other.answers)
    ordered = {each.identity: each for each in evidence.known.items if each.placed}
    lacking: dict[Outcome, list[tuple[Exchange, DataSet]]] = {}
    for response, item in query.answers:
        study, step, accession = identity_of(item)
        if present.strangers or present.has(study, step, accession) or not (study or step or accession):
            continue
        known = ordered.get((study, step))
        outcome = oracle.outcome(known.item if known is not None else answered(item))
        if known is None or outcome is not Outcome.IN:
            lacking.setdefault(outcome, []).append((response, item))
    final = other.operation.final
    for outcome, items in sorted(lacking.items(), reverse=True):
        first = identity_of(items[0][1])
        text = (
            f"{len(items)} items that {query.operation.request.id} brought are not here, such as accession {first[2]}"
        )
        if outcome is Outcome.IN:
            yield warn(f"{text}; edited meanwhile?", final)
        elif outcome is Outcome.LIKELY:
            yield warn(text, final)
        elif outcome >= Outcome.UNDECIDED:
            yield Fact(f"{text}; the standard leaves that open", final, "PS3.4 C.2.2.2 (2024d)")


@check(
    "worklist.cancel",
    title="A C-CANCEL ends the query, and one that comes late does nothing",
    clause="PS3.4 K.4.1.3, Table K.4-1 (2020); PS3.7 9.1.2.2, 9.3.2.3 (2013)",
    level=Level.SHALL,
    service="worklist",
    expected="FE00H soon after the C-CANCEL, or Success where all had been sent; nothing where the query was over",
    hint="Look for a C-CANCEL between two matches; drop one whose query has ended.",
)
def cancel(evidence: Evidence) -> Iterator[Observation]:
    """A C-CANCEL that comes before matching is done interrupts it, and the final response says Cancel; one that comes
    later is ignored.

    A technologist who asked for the whole hospital by mistake waits for it, or has to abort.

    What came behind each C-CANCEL of ours is looked at. Success is right where everything had been sent by then. Up to
    100 items, and any that come within a second, may have been under way; more of them warn, and so does Success
    although known matches were left out. A refusal before anything came is judged as that of any query. Whether the
    next request is served, the checks of answers tell.
    """
    finds = evidence.requests("C-FIND-RQ", WORKLIST)
    yield from after_cancel(finds, lambda request: _left_out(evidence, request), "items")


def _left_out(evidence: Evidence, request: Exchange) -> int:
    """How many of the items that have to be in an answer are not in it."""
    query = next((each for each in evidence.worklist_queries if each.operation.request is request), None)
    if query is None:
        return 0
    oracle, present = evidence.oracle(query), Present(query.answers)
    wanted = [each for each in evidence.known.steady(query) if oracle.outcome(each.item) is Outcome.IN]
    lacking = sum(not present.shows(each) for each in wanted)
    return lacking if lacking > present.strangers else 0
