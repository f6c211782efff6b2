"""What a Conformance Statement says of queries of the archive, against what they bring (PS3.2 Table N.5-18)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Kept, Observation, Proof, Scope, check
from scanproof.claimed_keys import Broken, Told, findings, judged
from scanproof.claimed_queries import (
    OF_QUERIES,
    Returned,
    cancels,
    entity_of,
    model_of,
    negotiation,
    responses_of,
    return_keys,
    statuses,
)
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.keys_shown import KeysAsked
from scanproof.evidence.oracle import Outcome
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scanproof.standard import query_table as table
from scanproof.statements import ApplicationEntity, Claim
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_FIND

_CLAUSE = "PS3.2 Table N.5-18 (2024d), A.4.2 (2019d)"
_MODELS = {"study_root": STUDY_ROOT_FIND, "patient_root": PATIENT_ROOT_FIND}

#: Title of an entity, information model and level: claims are made of each.
_At = tuple[str, str, str]


def _asked(run: RunEvidence, kind: str) -> Iterator[tuple[_At, Evidence, Query, dict[tuple[str, str], Claim]]]:
    """Yield each query of the archive of whose model and level something of a kind is claimed, with those claims."""
    for evidence in run.scenarios:
        for query in evidence.archive_queries:
            entity = entity_of(evidence, query.operation.association)
            model, level = model_of(query), query.level
            claims = _claims(entity, kind, model, level) if entity is not None else {}
            if entity is not None and claims:
                yield (entity.ae, model, level), evidence, query, claims


def _claims(entity: ApplicationEntity, kind: str, model: str, level: str) -> dict[tuple[str, str], Claim]:
    return {
        (str(each.data["path"]), str(each.data.get("matching", ""))): each
        for each in entity.of(kind)
        if (each.data["model"], each.data["level"]) == (model, level)
    }


@check(
    "statement.query-key",
    title="The archive matches by the keys that are stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="query",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    expected="entities that match by each key that the statement lists, in each way that it names, and no others",
    hint="correct the table of matching keys in the Conformance Statement, or the archive's matching",
)
def query_key(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Each key of the statement's table for an information model and level filters what is found, by each Matching
    Type that is named with it.

    A workstation is configured by that table: a key that does nothing brings the whole archive, and one that matches
    otherwise hides prior studies.

    The answers of all queries are held against what this run stored, each key as the statement has it, optional ones
    too. A claim is kept when an entity that matches came and one that does not match by this key alone stayed away; it
    is broken when one came that does not match, or one did not that matches, and no other key of the query can be the
    reason. What has no value for a key decides nothing, nor do keys in letters beyond ISO 646, queries that were wrong
    themselves, and those with extended negotiation.
    """
    asked: dict[_At, tuple[dict[tuple[str, str], Claim], list[Told]]] = {}
    for at, evidence, query, claims in _asked(run, "query-key"):
        shown = KeysAsked(evidence, query, frozenset(claims)).shown()
        if shown is not None:
            asked.setdefault(at, (claims, []))[1].append(Told(evidence.label, shown))
    by_entity: dict[str, tuple[list[Kept], list[Broken]]] = {}
    for (ae, _, _), (claims, told) in asked.items():
        kept, broken = judged(told, claims, frozenset())
        mine = by_entity.setdefault(ae, ([], []))
        mine[0].extend(kept)
        mine[1].extend(broken)
    for kept, broken in by_entity.values():
        yield from kept
        good = next((each for each in kept if each.kept), None)
        number = sum(each.kept for each in kept)
        yield from findings(broken, number, *((good.exchange, good.scenario) if good is not None else (None, "")))


@check(
    "statement.query-return-key",
    title="The archive returns the attributes that are stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="query",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    expected="answers have each stated return key that is asked for, where the entity has a value",
    hint="correct the table of return keys in the Conformance Statement, or let the archive return them",
)
def query_return_key(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Each attribute that the statement lists as a return key of a level comes back when it is asked for.

    A worklist of reading that is sorted by what never comes is not sorted.

    All answers to queries that asked for it are looked at: one that has the value that was stored is enough, and any
    value of what is counted. It is broken when what was stored has a value, and no answer of the run has any.
    """
    told: dict[_At, dict[str, list[Returned]]] = {}
    claimed: dict[_At, dict[str, Claim]] = {}
    for at, evidence, query, claims in _asked(run, "query-return-key"):
        claimed[at] = {path: claim for (path, _), claim in claims.items()}
        counted = (*table.COUNTED.get(query.level, ()), *table.GATHERED)
        for path, response, came, known in KeysAsked(evidence, query, frozenset()).returned(claimed[at]):
            known = came if came and path in counted else known
            told.setdefault(at, {}).setdefault(path, []).append(Returned(evidence.label, response, came, known))
    for at, claims_of in claimed.items():
        yield from return_keys(told.get(at, {}), claims_of)


@check(
    "statement.query-cancel",
    title="C-CANCEL of a query of the archive is honoured as stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="query",
    proven_by=Proof.STATEMENTS,
    expected="FE00H behind a C-CANCEL, or all matches where the statement says that it has no effect",
    hint="correct the Conformance Statement, or let the archive look for a C-CANCEL between two matches",
)
def query_cancel(evidence: Evidence) -> Iterator[Observation | Kept]:
    """A C-CANCEL ends a query of the archive where the statement says so.

    A workstation that asked for too much counts on it.

    The end of each query that we cancelled in time is looked at: FE00H is honoured; Success behind all matches is not,
    but where few answers had been under way.
    """
    queries = {query.operation.request.id: query for query in evidence.archive_queries}

    def claim_for(operation: Operation) -> Claim | None:
        entity, model = entity_of(evidence, operation.association), model_of(queries[operation.request.id])
        said = entity.of("query-cancel") if entity is not None else ()
        return next((each for each in said if each.data["model"] == model), None)

    def left_out(operation: Operation) -> int:
        query = queries[operation.request.id]
        oracle, name = evidence.entity_oracle(query), table.UNIQUE_KEYS.get(query.level, "")
        present = {answer.text(name) for _, answer in query.answers}
        known = evidence.archive.entities(query)
        return sum(each.key not in present and oracle.outcome(each.item) is Outcome.IN for each in known)

    yield from cancels((query.operation for query in queries.values()), claim_for, left_out)


@check(
    "statement.query-negotiation",
    title="Extended negotiation of queries is answered as stated",
    clause="PS3.4 C.5.1.1 (c. 2020)",
    level=Level.DECLARED,
    service="query",
    proven_by=Proof.STATEMENTS,
    expected="the answer to sub-item 56H has 1 for what the statement says is supported, and for nothing else of it",
    hint="correct the Conformance Statement, or the archive's negotiation",
)
def query_negotiation(evidence: Evidence) -> Iterator[Observation | Kept]:
    """Relational queries, fuzzy and date-time matching are negotiated as the statement says.

    A workstation that counts on relational queries asks for images without their series, and is refused.

    Each answer to an A-ASSOCIATE-RQ of ours that proposed it is looked at, byte by byte of sub-item 56H.
    """
    for model, sop_class in _MODELS.items():

        def of_model(entity: ApplicationEntity, model: str = model) -> list[Claim]:
            return [each for each in entity.of("query-negotiation") if each.data["model"] == model]

        yield from negotiation(evidence, sop_class, OF_QUERIES, of_model)


@check(
    "statement.query-status",
    title="Statuses of queries of the archive are stated",
    clause="PS3.2 N.7.3 (2024d), A.4.2 (2019d)",
    level=Level.DECLARED,
    service="query",
    proven_by=Proof.STATEMENTS,
    expected="statuses of the table of the Conformance Statement",
    hint="add the status to the table, with its meaning",
)
def query_status(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The statuses that queries of the archive are answered with stand in the statement's table.

    What a workstation shows of a failure is programmed by that table.

    Each response is looked up. One that is not there is told as not declared, which is no fault; under which condition
    a status came is not for a test to say.
    """
    finds = (query.operation for query in evidence.archive_queries)
    yield from statuses(responses_of(evidence, finds), "query-status", "a query of the archive")
