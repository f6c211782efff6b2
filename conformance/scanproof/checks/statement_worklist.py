"""What a Conformance Statement says of worklist queries, against what they bring (PS3.2 Annex N, tables of MWL SCP)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from scanproof.check import Kept, Observation, Proof, Scope, check, fail, ok
from scanproof.claimed_keys import Told, findings, judged
from scanproof.claimed_queries import (
    OF_WORKLIST,
    Returned,
    cancels,
    entity_of,
    negotiation,
    responses_of,
    return_keys,
    statuses,
)
from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.keys_shown import KeysAsked, QueryShown
from scanproof.evidence.known import Present
from scanproof.evidence.oracle import Kind, Outcome
from scanproof.evidence.queries import Query
from scanproof.finding import Level
from scanproof.statements import ApplicationEntity, Claim
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import WORKLIST

_CLAUSE = "PS3.2 N.5.2.1 (2024d), A.4.2 (2019d)"


def _asked(run: RunEvidence, *kinds: str) -> Iterator[tuple[Evidence, Query, ApplicationEntity]]:
    """Yield each worklist query to an entity that has claims of some kinds."""
    for evidence in run.scenarios:
        for query in evidence.worklist_queries:
            entity = entity_of(evidence, query.operation.association)
            if entity is not None and any(entity.of(kind) for kind in kinds):
                yield evidence, query, entity


def _claims(entity: ApplicationEntity) -> dict[tuple[str, str], Claim]:
    """Claims by key and matching; a date and a time as one range are matched so without negotiation (Table K.6-1)."""
    found = {(str(each.data["path"]), str(each.data["matching"])): each for each in entity.of("worklist-key")}
    for each in entity.of("worklist-negotiation"):
        if each.data["aspect"] == "date_time_matching" and each.data["supported"]:
            found["ScheduledProcedureStepSequence.ScheduledProcedureStepStartDate", Kind.PERIOD.value] = each
    return found


def _insensitive(entity: ApplicationEntity) -> frozenset[str]:
    said = entity.of("worklist-case-sensitive")
    return frozenset(str(each.data["path"]) for each in said if not each.data["sensitive"])


def _shown(run: RunEvidence, *kinds: str) -> dict[str, tuple[ApplicationEntity, list[Told]]]:
    """What queries of each entity show, by its title."""
    found: dict[str, tuple[ApplicationEntity, list[Told]]] = {}
    for evidence, query, entity in _asked(run, *kinds):
        shown: QueryShown | None = KeysAsked(evidence, query, frozenset(_claims(entity))).shown()
        if shown is not None:
            found.setdefault(entity.ae, (entity, []))[1].append(Told(evidence.label, shown))
    return found


@check(
    "statement.worklist-key",
    title="The worklist matches by the keys that are stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="worklist",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    expected="items that match by each key that the statement lists, in each way that it names, and no others",
    hint="correct the table of matching keys in the Conformance Statement, or the worklist's matching",
)
def worklist_key(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Each key of the statement's table filters worklist items, by each Matching Type that is named with it.

    A console is configured by that table: a key that does nothing brings other patients to it, and one that matches
    otherwise hides those who wait.

    The answers of all worklist queries are held against what is known to be in the worklist, each key as the statement
    has it, optional ones too. A claim is kept when items that match came and one that does not match by this key alone
    stayed away; it is broken when an item came that does not match, or when one did not come that matches, and no other
    key of the query can be the reason. Keys in letters beyond ISO 646, queries that were wrong themselves, and those
    with extended negotiation decide nothing; nor does a wild card in a name that lets too much through but not all.
    """
    for entity, told in _shown(run, "worklist-key", "worklist-negotiation").values():
        kept, broken = judged(told, _claims(entity), _insensitive(entity))
        yield from kept
        good = next((each for each in kept if each.kept), None)
        number = sum(each.kept for each in kept)
        yield from findings(broken, number, *((good.exchange, good.scenario) if good is not None else (None, "")))


@check(
    "statement.worklist-return-key",
    title="The worklist returns the attributes that are stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="worklist",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    expected="answers have each stated return key that is asked for, where the item has a value",
    hint="correct the table of return keys in the Conformance Statement, or let the worklist return them",
)
def worklist_return_key(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Each attribute that the statement lists as a return key comes back when it is asked for.

    What does not come to the console is typed in by hand, or is missing from the images.

    All answers to queries that asked for it are looked at: one that has the value of a known item is enough. It is
    broken when items are known to have a value, and no answer of the run has any.
    """
    told: dict[str, dict[str, list[Returned]]] = {}
    entities: dict[str, ApplicationEntity] = {}
    for evidence, query, entity in _asked(run, "worklist-return-key"):
        entities[entity.ae] = entity
        paths = [str(each.data["path"]) for each in entity.of("worklist-return-key")]
        for path, response, came, known in KeysAsked(evidence, query, frozenset()).returned(paths):
            its = told.setdefault(entity.ae, {}).setdefault(path, [])
            its.append(Returned(evidence.label, response, came, known))
    for ae, entity in entities.items():
        claims = {str(each.data["path"]): each for each in entity.of("worklist-return-key")}
        yield from return_keys(told.get(ae, {}), claims)


@check(
    "statement.worklist-case-sensitive",
    title="Case counts in worklist keys as it is stated",
    clause="PS3.4 C.2.2.2.1, C.2.2.2.1.1 (c. 2020)",
    level=Level.DECLARED,
    service="worklist",
    judges=Scope.RUN,
    proven_by=Proof.STATEMENTS,
    expected="names and other keys are matched whatever their case, or by it, as the statement says",
    hint="correct the Conformance Statement, or the worklist's matching",
)
def worklist_case_sensitive(run: RunEvidence) -> Iterator[Observation | Kept]:
    """Whether case counts in a key is as the statement says.

    Who types a name in capitals finds the patient at one hospital, and nobody at the next.

    Queries are looked at whose key differs from the value of a known item in nothing but case: the item came, or stayed
    away. Where both were seen nothing is decided.
    """
    for entity, told in _shown(run, "worklist-case-sensitive").values():
        for claim in entity.of("worklist-case-sensitive"):
            path, sensitive = str(claim.data["path"]), bool(claim.data["sensitive"])
            seen = [(each, each.shown.case[path]) for each in told if path in each.shown.case and each.shown.whole]
            if len({came for _, came in seen}) != 1:
                continue
            each, came = seen[0]
            text = f"an item whose {path} differs in case alone {'came' if came else 'did not come'}"
            yield Kept(claim.id, each.shown.at, scenario=each.label, kept=came is not sensitive)
            if came is sensitive:
                expected = f"case {'counts' if sensitive else 'does not count'} in {path}"
                yield fail(text, each.shown.at, expected=expected, claim=claim.id, tag=path, scenario=each.label)
            else:
                yield ok(text, each.shown.at, scenario=each.label)


@check(
    "statement.worklist-cancel",
    title="C-CANCEL of a worklist query is honoured as stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="worklist",
    proven_by=Proof.STATEMENTS,
    expected="FE00H behind a C-CANCEL, or all items where the statement says that it has no effect",
    hint="correct the Conformance Statement, or let the worklist look for a C-CANCEL between two items",
)
def worklist_cancel(evidence: Evidence) -> Iterator[Observation | Kept]:
    """A C-CANCEL ends a worklist query where the statement says so.

    A console that asked for too much counts on it.

    The end of each query that we cancelled in time is looked at: FE00H is honoured; Success behind all matches is not,
    but where few answers had been under way.
    """

    def claim_for(operation: Operation) -> Claim | None:
        entity = entity_of(evidence, operation.association)
        return entity.one("worklist-cancel") if entity is not None else None

    finds = [query.operation for query in evidence.worklist_queries]
    yield from cancels(finds, claim_for, lambda operation: _left_out(evidence, operation))


def _left_out(evidence: Evidence, operation: Operation) -> int:
    query = next(each for each in evidence.worklist_queries if each.operation is operation)
    oracle, present = evidence.oracle(query), Present(query.answers)
    known = (each for each in evidence.known.steady(query) if oracle.outcome(each.item) is Outcome.IN)
    return sum(not present.shows(each) for each in known)


@check(
    "statement.worklist-negotiation",
    title="Extended negotiation of the worklist is answered as stated",
    clause="PS3.4 K.5.1 (c. 2020)",
    level=Level.DECLARED,
    service="worklist",
    proven_by=Proof.STATEMENTS,
    expected="the answer to sub-item 56H has 1 for what the statement says is supported, and for nothing else of it",
    hint="correct the Conformance Statement, or the worklist's negotiation",
)
def worklist_negotiation(evidence: Evidence) -> Iterator[Observation | Kept]:
    """Fuzzy and date-time matching are negotiated as the statement says.

    A console that relies on it finds names by their sound in one hospital and nobody in another.

    Each answer to an A-ASSOCIATE-RQ of ours that proposed it is looked at, byte by byte of sub-item 56H.
    """
    yield from negotiation(evidence, WORKLIST, OF_WORKLIST, lambda entity: entity.of("worklist-negotiation"))


@check(
    "statement.worklist-status",
    title="Statuses of worklist queries are stated",
    clause=_CLAUSE,
    level=Level.DECLARED,
    service="worklist",
    proven_by=Proof.STATEMENTS,
    expected="statuses of the table of the Conformance Statement",
    hint="add the status to the table, with its meaning",
)
def worklist_status(evidence: Evidence) -> Iterator[Observation | Kept]:
    """The statuses that worklist queries are answered with stand in the statement's table.

    What a console shows of a failure is programmed by that table.

    Each response is looked up. One that is not there is told as not declared, which is no fault; under which condition
    a status came is not for a test to say.
    """
    finds: Any = (query.operation for query in evidence.worklist_queries)
    yield from statuses(responses_of(evidence, finds), "worklist-status", "a worklist query")
