"""Checks of what a query of the archive gets: all that matches its keys, and nothing else (PS3.4 C.2.2, C.4.1.3)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.archive import KnownEntity
from scanproof.evidence.cancels import is_cancelled
from scanproof.evidence.oracle import BY_ZONE, UNKNOWN, KeySeen, Kind, Outcome, answered
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scanproof.standard import query_table as table
from scansim.network.transcript import Exchange

#: So many entities are named.
_NAMED = 3
#: What another check compares whatever was asked for.
_UIDS = ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
_PATIENT_KEYS = ("PatientName", "PatientID")


@check(
    "query.matches-keys",
    title="Only what matches the keys comes back",
    clause="PS3.4 C.2.2.1.1, C.2.2.1.2, C.2.2.2, C.4.1.3.1.1 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="entities whose unique and required keys match those of the query",
    hint="Let the archive match by this key as PS3.4 C.2.2.2 has it; a workstation shows what it gets.",
)
def matches_keys(evidence: Evidence) -> Iterator[Observation]:
    """An SCP matches the unique and required keys of the level that is asked for: an entity with another value is not
    in the answer. One whose value is not known is.

    Another patient's study among the prior ones is opened, compared, and reported on.

    Each answer to a query is compared with the keys that had a value: to the letter, case included; dates and times by
    what they mean, each by itself; names whatever their case, accents and order. A name that only sounds alike, and one
    that a wild card does not stand for, warn. What an answer does not say of an entity that this run stored is looked
    up in what was stored. Unique keys have a check of their own, optional keys need not be matched, and
    nothing is said of a query that was wrong itself.
    """
    for query in evidence.archive_queries:
        asked = evidence.asked(query.operation)
        if asked.deviation or asked.faults:
            continue
        oracle, known = evidence.entity_oracle(query), _by_key(evidence, query)
        for response, answer in query.answers:
            entity = known.get(answer.text(table.UNIQUE_KEYS.get(query.level, "")))
            compared = oracle.unique if query.patient_root else _UIDS
            account = [seen for seen in oracle.account(answered(answer)) if seen.required and seen.path not in compared]
            stored = {seen.path: seen for seen in oracle.account(entity.item)} if entity is not None else {}
            yield from _judged(response, [(seen, stored.get(seen.path)) for seen in account])


def _judged(response: Exchange, account: list[tuple[KeySeen, KeySeen | None]]) -> Iterator[Observation]:
    kept, good = 0, True
    for seen, stored in account:
        told = seen
        if stored is not None and (seen.outcome is Outcome.UNDECIDED or stored.outcome >= Outcome.FREE):
            told = stored  # it matches as it was stored: what became of its value is told by other checks
        held = repr(told.held) if told.held else "no value"
        text = f"{told.wanted!r} was asked for, {held} {'was stored' if told is stored else 'came'}"
        if told.outcome is Outcome.OUT:
            yield fail(text, response, expected=told.wanted, tag=told.path)
        elif told.outcome is Outcome.UNLIKELY:
            yield warn(f"{text}: {told.why}", response, tag=told.path, level=Level.SHOULD)
        elif told.why == BY_ZONE:
            yield inconclusive(f"{text}; {told.why}", response)
        good = good and told.outcome >= Outcome.UNDECIDED and told.why != BY_ZONE
        kept += told.outcome >= Outcome.FREE
    if kept and good:
        yield ok(f"{kept} keys match", response)


def _by_key(evidence: Evidence, query: Query) -> dict[str, KnownEntity]:
    return {each.key: each for each in evidence.archive.entities(query)}


@check(
    "query.matches-complete",
    title="Everything that matches the keys comes back",
    clause="PS3.4 C.4.1.3.1, C.4.1.3.1.1, C.2.2.2, C.2.2.3 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="each entity that this run stored and that matches all keys",
    hint="See which of the keys the archive matches otherwise than they are meant.",
)
def matches_complete(evidence: Evidence) -> Iterator[Observation | Fact]:
    """Success says that a response was sent for each match that the SCP knows. A key of zero length matches everything,
    of a list of UIDs each one; both ends of a range are part of it; of several values one is enough.

    A prior study that one workstation finds and another does not is not compared with.

    What each query that ended with Success has to bring is computed from its keys and from what this run stored with
    Success before, in the exam or for its battery. What everybody expects and no sentence demands, as of a wild card in
    a name or of an optional key, only warns; so does what was stored just before, and no answer has shown yet. A study
    that its own Study Instance UID, or its patient's name or ID, does not find is told by other checks. What the
    battery stored and did not find then is no more missed; a query that nothing else matches shows nothing.
    """
    for query in evidence.archive_queries:
        if not _demands(evidence, query) or _is_found_by_patient(evidence, query):
            continue
        oracle = evidence.entity_oracle(query)
        expected, lacking = 0, list[tuple[KnownEntity, Outcome]]()
        known = [
            each
            for each in evidence.archive.entities(query)
            if not (each.own and (oracle.by_unique_keys or each.images[0].stored.study in _not_found(evidence)))
        ]
        for entity, outcome, unknown in _expected(evidence, query, known):
            if unknown:
                continue  # a check of its own
            if query.compared_with and outcome is Outcome.LIKELY:
                continue  # the check of what is asked in two ways tells
            expected += 1
            lacking += [(entity, outcome)] if _is_missing(entity, query) else []
        if len(lacking) <= _strangers(query):
            if expected:
                yield ok(f"{expected} known matches, and all came", query.operation.final)
            elif not len(query.answers):
                yield from _none(evidence, query, len(known))
            continue
        yield _lacking(evidence, query, lacking)


def _none(evidence: Evidence, query: Query, known: int) -> Iterator[Observation | Fact]:
    """What an answer without any match comes to, where none of the `known` entities matches."""
    oracle = evidence.entity_oracle(query)
    gone = [each for each in evidence.archive.lost(query) if oracle.outcome(each.item) >= Outcome.LIKELY]
    if gone:
        text = f"nothing is known to match: {len(gone)} that would were not found when the battery had stored them"
        yield Fact(text, query.operation.final)
    elif known:
        yield ok(f"none of {known} known entities matches", query.operation.final)


def _not_found(evidence: Evidence) -> frozenset[str]:
    """Studies that a query for their UID did not find, which another check tells of."""
    finds = (query for query in evidence.settled_queries if query.level == "STUDY" and query.succeeded)
    return frozenset(
        uid
        for query in finds
        for uid in query.keys.values("StudyInstanceUID")
        if all(answer.text("StudyInstanceUID") != uid for _, answer in query.answers)
    )


def _lacking(evidence: Evidence, query: Query, lacking: list[tuple[KnownEntity, Outcome]]) -> Observation:
    oracle, final = evidence.entity_oracle(query), query.operation.final
    surely = [entity for entity, outcome in lacking if outcome is Outcome.IN and _was_there(evidence, query, entity)]
    shown = surely or [entity for entity, _ in lacking]
    account = sorted(oracle.account(shown[0].item), key=lambda seen: seen.kind is Kind.SINGLE)
    tag = account[0].path if account else None
    keys = ", ".join(
        f"{seen.path} {seen.held or 'none'}" + (f" for {seen.wanted}" if seen.wanted != seen.held else "")
        for seen in account[:_NAMED]
    )
    names = ", ".join(each.name for each in shown[:_NAMED])
    more = f" and {len(shown) - _NAMED} more" if len(shown) > _NAMED else ""
    text = f"not among {len(query.answers)} answers: {names}{more}" + (f"; {keys}" if keys else "")
    if surely:
        return fail(text, final, tag=tag)
    late = "it was stored just before" if shown[0].own else "it is expected there"
    why = next((seen.why for seen in account if seen.outcome is Outcome.LIKELY and seen.why), late)
    return warn(f"{text}; {why}", final, tag=tag, level=Level.SHOULD)


def _was_there(evidence: Evidence, query: Query, entity: KnownEntity) -> bool:
    """Whether the archive had its time to index: a battery waits for that, in an exam an answer has shown it."""
    when, name = query.operation.request.message.ended, table.UNIQUE_KEYS[entity.level]
    return not entity.own or any(
        response.message.ended <= when and answer.text(name) == entity.key
        for before in evidence.archive_queries
        for response, answer in before.answers
    )


def _demands(evidence: Evidence, query: Query) -> bool:
    """Whether a query has to bring every match: it is as it should be, and nothing but its own end ended it."""
    asked = evidence.asked(query.operation)
    whole = query.succeeded and not is_cancelled(query.operation) and not asked.deviation and not asked.faults
    return whole and any(each is query for each in evidence.settled_queries)


def _expected(
    evidence: Evidence, query: Query, known: list[KnownEntity]
) -> Iterator[tuple[KnownEntity, Outcome, list[KeySeen]]]:
    """Entities that have to be in the answer, or are expected there, with the keys that match for want of a value."""
    oracle = evidence.entity_oracle(query)
    for entity in known:
        account = oracle.account(entity.item)
        outcome = min((seen.outcome for seen in account), default=Outcome.IN)
        if outcome >= Outcome.LIKELY:
            yield entity, outcome, [seen for seen in account if seen.why == UNKNOWN and seen.required]


def _is_missing(entity: KnownEntity, query: Query) -> bool:
    name = table.UNIQUE_KEYS[entity.level]
    return all(answer.text(name) != entity.key for _, answer in query.answers)


def _strangers(query: Query) -> int:
    """Answers that do not say of what they are."""
    name = table.UNIQUE_KEYS.get(query.level, "")
    unsaid = sum(not answer.text(name) for _, answer in query.answers)
    return unsaid + len(query.operation.pending) - len(query.answers)


def _is_found_by_patient(evidence: Evidence, query: Query) -> bool:
    """Whether the check of studies that are found by their patient judges a query."""
    matching = evidence.entity_oracle(query).matching
    if query.level != "STUDY" or len(matching) != 1 or matching[0] not in _PATIENT_KEYS:
        return False
    value, terms = query.keys.values(matching[0]), query.keys.values("SpecificCharacterSet")
    if len(value) != 1 or set("*?") & set(value[0]):
        return False
    known = (image.stored.dataset for each in evidence.archive.entities(query) for image in each.images[:1])
    return value[0].isascii() or any(each.values("SpecificCharacterSet") == terms for each in known)


#: Keys by whose value somebody means one entity, or those of one patient.
_NAMES = ("PatientID", "PatientName", "AccessionNumber", "StudyID", *_UIDS)


def _is_meant(evidence: Evidence, query: Query, entity: KnownEntity) -> bool:
    """Whether a query names an entity by a plain value that it has."""
    account = evidence.entity_oracle(query).account(entity.item)
    plain = (Kind.SINGLE, Kind.UIDS)
    return any(
        seen.path in _NAMES and seen.kind in plain and seen.held and seen.outcome is Outcome.IN for seen in account
    )


@check(
    "query.unknown-matches",
    title="What the archive does not know matches any key",
    clause="PS3.4 C.2.2.1.2 (c. 2020)",
    level=Level.SHALL,
    service="query",
    expected="the entity among the answers, though it has no value for a required key of the query",
    hint="Let an entity without a value match; in a worklist it does not (K.2.2.1.1.1), so each needs its own matcher. "
    "Where the archive cannot be changed, fill in what such studies lack, or have people ask by patient alone.",
)
def unknown_matches(evidence: Evidence) -> Iterator[Observation]:
    """An entity whose required key has no value matches any value of that key in a query of the archive. The rule of
    the worklist is the opposite one.

    The emergency patient's study, which has no accession yet, is found by nobody who asks by accession and patient.

    What was stored without a value of a required key is looked for among the answers to each query that ended with
    Success, that it matches but for that, and that names it by one value of another key, such as Patient ID or a unique
    key: it is what was meant. By the letter it belongs into many other answers as well, where nobody misses it. Single
    values, ranges and wild cards are looked at, at each level.
    """
    for query in evidence.archive_queries:
        if not _demands(evidence, query):
            continue
        for entity, outcome, unknown in _expected(evidence, query, [*evidence.archive.entities(query)]):
            if not unknown or outcome is not Outcome.IN or not _is_meant(evidence, query, entity):
                continue
            names = ", ".join(seen.path for seen in unknown)
            if not _is_missing(entity, query):
                yield ok(f"found without {names}", query.operation.final)
            elif not _strangers(query):
                # quoted: whichever attribute it is, it is one matcher and one entry
                text = f"what has no value of {names!r} is not among the answers: {entity.name!r}"
                yield fail(text, query.operation.final, tag=unknown[0].path)
