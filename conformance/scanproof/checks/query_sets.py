"""Checks of the answers to a query of the archive as a set: each once, the same when asked again, cut short."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.cancelling import after_cancel
from scanproof.check import Fact, Observation, Seen, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.oracle import Outcome, answered
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scanproof.standard import query_table as table
from scansim.network.transcript import Exchange
from scansim.wire.dataset import DataSet


@check(
    "query.each-once",
    title="Each match comes once",
    clause="PS3.4 C.2.2.1.1, C.4.1.3.1 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="one response for each match, and no value of the unique key twice",
    hint="See whether the archive answers once for each of something below the level that was asked for.",
)
def each_once(evidence: Evidence) -> Iterator[Observation]:
    """A response is sent for each match, and a value of the unique key stands for one entity of its level.

    A patient who is listed once for each study, or a study once for each series, is taken for several.

    The unique keys of the answers to each query are compared, at every level. In Patient Root one Patient ID may stand
    for the patients of two issuers: there a second answer only warns, unless it is the same to the byte. A study of the
    exam that its own UID finds twice is told by the check of stored studies, and an instance of ours by that of stored
    instances. Nothing is said of a query that was wrong itself: nobody knows which level was answered.
    """
    own = {image.instance for image in evidence.stored}
    for query in evidence.archive_queries:
        asked = evidence.asked(query.operation)
        if _is_of_own_study(evidence, query) or asked.deviation or asked.faults:
            continue
        name, seen, twice = table.UNIQUE_KEYS.get(query.level, ""), dict[str, Exchange](), 0
        for response, answer in query.answers:
            key = answer.text(name)
            first = seen.setdefault(key, response) if key else response
            if first is response or (query.level == "IMAGE" and key in own):
                continue
            twice += 1
            text = f"{key} came already, as {first.id}"
            if query.level == "PATIENT" and first.encoded != response.encoded:
                yield warn(f"{text}; are they patients of two issuers?", response, tag=name)
            else:
                yield fail(text, response, tag=name)
        if seen and not twice:
            yield ok(f"{len(seen)} answers, none twice", query.operation.final)


def _is_of_own_study(evidence: Evidence, query: Query) -> bool:
    wanted = query.keys.values("StudyInstanceUID")
    return query.level == "STUDY" and len(wanted) == 1 and wanted[0] in {each.study for each in evidence.stored}


@check(
    "query.same-answers",
    title="Queries that ask the same bring the same",
    clause="PS3.4 C.2.2.2.3, C.2.2.2.4, C.2.2.2.5 (c. 2020)",
    level=Level.SHOULD,
    service="query",
    expected="the same entities, whichever way of asking for them",
    hint="A workstation can ask either way: see why the archive takes them for different questions.",
)
def same_answers(evidence: Evidence) -> Seen:
    """Some things can be asked in two ways: everything by zero length or by an asterisk, a day or the range of that
    day, the studies of a patient in either information model. And what was asked twice is the same as before.

    Two workstations at one archive show different prior studies, and each maker blames the other.

    Where a scenario says of two queries that they ask the same, the entities are compared that came to one and not to
    the other. What has to be in both answers, and was stored by this run, the check of completeness tells of. A
    difference that the standard leaves open is told as such.
    """
    queries = evidence.archive_queries
    named = {each.name: each for each in reversed(queries) if each.name}
    for query in queries:
        other = named.get(query.compared_with)
        if other is None or not all(each.succeeded and not is_cancelled(each.operation) for each in (query, other)):
            continue
        differences = [*_lacking(evidence, query, other), *_lacking(evidence, other, query)]
        yield from differences
        if not differences and len(query.answers) == len(other.answers):
            yield ok(f"{len(query.answers)} answers, as {other.operation.request.id} brought", query.operation.final)


def _lacking(evidence: Evidence, query: Query, other: Query) -> Iterator[Observation | Fact]:
    """What to say of entities that one query brought and another did not."""
    oracle, name = evidence.entity_oracle(other), table.UNIQUE_KEYS.get(other.level, "")
    present = {answer.text(name) for _, answer in other.answers}
    known = {each.key: each for each in evidence.archive.entities(other)}
    lacking: dict[Outcome, list[tuple[Exchange, DataSet]]] = {}
    for response, answer in query.answers if "" not in present else ():
        key = answer.text(name)
        if not key or key in present:
            continue
        outcome = oracle.outcome(known[key].item if key in known else answered(answer))
        if key not in known or outcome is not Outcome.IN:
            lacking.setdefault(outcome, []).append((response, answer))
    final = other.operation.final
    for outcome, found in sorted(lacking.items(), reverse=True):
        first = found[0][1].text(name)
        text = f"{len(found)} answers that {query.operation.request.id} brought are not here, such as {first}"
        if outcome >= Outcome.LIKELY:
            yield warn(text, final)
        elif outcome >= Outcome.UNDECIDED:
            yield Fact(f"{text}; the standard leaves that open", final, "PS3.4 C.2.2.2 (c. 2020)")


@check(
    "query.cancel",
    title="A C-CANCEL ends a query of the archive, and one that comes late does nothing",
    clause="PS3.4 C.4.1.3.1, Table C.4-1 (c. 2020); PS3.7 9.1.2.2, 9.3.2.3 (2013)",
    level=Level.SHALL,
    service="query",
    expected="FE00H soon after the C-CANCEL, or Success where all had been sent; nothing where the query was over",
    hint="Look for a C-CANCEL between two matches; drop one whose query has ended.",
)
def cancel(evidence: Evidence) -> Iterator[Observation]:
    """A C-CANCEL that comes before matching is done interrupts it, and the final response says Cancel; one that comes
    later is ignored.

    Who asked for too much waits for all of it, or has to abort, and the next query is answered with the rest of it.

    What came behind each C-CANCEL of ours is looked at. Success is right where everything had been sent by then. Up to
    100 answers, and any that come within a second, may have been under way; more of them warn, and so does Success
    although known matches were left out. A refusal before anything came is judged as that of any query.
    """
    finds = (query.operation for query in evidence.archive_queries)
    yield from after_cancel(finds, lambda request: _left_out(evidence, request), "answers")


def _left_out(evidence: Evidence, request: Exchange) -> int:
    """How many of the entities that have to be in an answer are not in it."""
    query = next((each for each in evidence.archive_queries if each.operation.request is request), None)
    if query is None:
        return 0
    oracle, name = evidence.entity_oracle(query), table.UNIQUE_KEYS.get(query.level, "")
    present = {answer.text(name) for _, answer in query.answers}
    known = evidence.archive.entities(query) if "" not in present else ()
    return sum(each.key not in present and oracle.outcome(each.item) is Outcome.IN for each in known)
