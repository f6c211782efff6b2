"""What becomes of claims about queries beside matching: return keys, C-CANCEL, extended negotiation, statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanproof.check import Kept, Observation, fail, ok, told
from scanproof.evidence import Evidence
from scanproof.evidence.associations import called_ae, place_of
from scanproof.evidence.cancels import cancelled
from scanproof.evidence.queries import Query
from scanproof.evidence.user_items import extended_information
from scanproof.finding import Verdict
from scanproof.statements import ApplicationEntity, Claim
from scanproof.statements.codes import fits
from scansim.network.transcript import AssociationRecord, Exchange, Operation
from scansim.vocabulary.status import CANCEL, SUCCESS, is_pending, shown
from scansim.vocabulary.uids import PATIENT_ROOT

Seen = Iterator[Observation | Kept]

#: Bytes of the service-class-application-information by what they are about (PS3.4 C.5.1.1; K.5.1, where the first two
#: are reserved and always 1).
OF_QUERIES = {"relational_queries": 0, "date_time_matching": 1, "fuzzy_matching": 2, "timezone_adjustment": 3}
OF_WORKLIST = {"fuzzy_matching": 2, "timezone_adjustment": 3}
#: Answers behind a C-CANCEL, and seconds until the last of them, that may have been under way.
_UNDER_WAY, _IN_TIME = 100, 1.0
#: So many things are named.
_NAMED = 6


def entity_of(evidence: Evidence, association: AssociationRecord) -> ApplicationEntity | None:
    """What a statement says of the AE at the other end of an association of ours."""
    return evidence.declarations.entity(called_ae(association), place_of(association))


# --- return keys ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Returned:
    """What one answer has for a return key, and what is known of it; None for what is not there, or not known."""

    label: str
    response: Exchange
    came: str | None
    known: str | None


def return_keys(found: Mapping[str, Sequence[Returned]], claims: Mapping[str, Claim]) -> Seen:
    """Judge return keys by all answers of a run: one that has the value, or none that has any.

    Parameters
    ----------
    found : mapping
        Answers to queries that asked for it, by its path.
    claims : mapping
        The claims by path.
    """
    lacking: list[tuple[Claim, Returned]] = []
    kept: list[Returned] = []
    for path, claim in claims.items():
        answers = found.get(path, ())
        good = next((each for each in answers if each.came and _same(each.came, each.known)), None)
        bad = next((each for each in answers if not each.came and each.known), None)
        if good is not None:
            yield Kept(claim.id, good.response, scenario=good.label)
            kept.append(good)
        elif bad is not None and not any(each.came for each in answers):
            yield Kept(claim.id, bad.response, scenario=bad.label, kept=False)
            lacking.append((claim, bad))
    if lacking:
        claim, first = lacking[0]
        names = [str(each.data["path"]) for each, _ in lacking]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        yield fail(
            f"no answer has {names[0]}, which is {first.known!r}",
            first.response,
            expected=f"answers return {', '.join(names[:_NAMED])}{more}",
            claim=claim.id,
            tag=names[0],
            scenario=first.label,
        )
    elif kept:
        yield ok(f"{len(kept)} stated return keys come back", kept[0].response, scenario=kept[0].label)


def _same(came: str, known: str | None) -> bool:
    """Whether a value is the one that is known, as far as one is: what archives write otherwise is another check's."""
    if known is None or came == known or came.strip() == known.strip():
        return True
    try:
        return float(came) == float(known)
    except ValueError:
        return bool(known) and came.rstrip("^ ") == known.rstrip("^ ")


# --- C-CANCEL ---------------------------------------------------------------------------------------------------------


def cancels(
    finds: Iterable[Operation], claim_for: Callable[[Operation], Claim | None], left_out: Callable[[Operation], int]
) -> Seen:
    """Judge whether C-CANCEL is honoured as stated.

    Many answers that come in a moment may have been on their way when a C-CANCEL came behind the first of them: they
    tell nothing then, only where it stood in front of all answers.

    Parameters
    ----------
    finds : iterable of Operation
        Queries.
    claim_for : callable
        The claim that is about one.
    left_out : callable
        How many matches that are known to be there did not come.
    """
    for seen in cancelled(finds):
        claim, final = claim_for(seen.operation), seen.operation.final
        if claim is None or not seen.in_time or final is None:
            continue
        honoured = bool(claim.data["honoured"])
        status = final.command.status
        many = seen.early and seen.further > _UNDER_WAY
        went_on = many or (seen.further > 0 and seen.seconds > _IN_TIME)
        text = f"{seen.further} more answers came behind the C-CANCEL; then {told(final)}"
        if status == CANCEL and not went_on:
            yield Kept(claim.id, final, kept=honoured)
            yield ok(text, final) if honoured else _fail(claim, text, final, "C-CANCEL is not honoured")
        elif status == SUCCESS and not left_out(seen.operation) and (went_on or not honoured) and seen.further:
            yield Kept(claim.id, final, kept=not honoured)
            yield _fail(claim, text, final, "C-CANCEL ends the query with FE00H") if honoured else ok(text, final)


def _fail(claim: Claim, text: str, exchange: Exchange, expected: str) -> Observation:
    return fail(text, exchange, expected=expected, claim=claim.id)


# --- extended negotiation ---------------------------------------------------------------------------------------------


def negotiation(
    evidence: Evidence,
    sop_class: str,
    places: Mapping[str, int],
    claims_of: Callable[[ApplicationEntity], Iterable[Claim]],
) -> Seen:
    """Judge what is answered to SOP Class Extended Negotiation (56H) of a query, where the class itself is accepted.

    A byte of 1 in the answer is support; 0, a shorter answer, or none is no support (PS3.4 C.5.1.1, K.5.1).
    """
    for association in evidence.associations:
        entity = entity_of(evidence, association) if association.ours and association.accepted is not None else None
        if entity is None:
            continue
        asked, answer = extended_information(association, sop_class)
        if asked is None or not any(
            each.association is association and each.sop_class == sop_class and each.agreed
            for each in evidence.contexts
        ):
            continue
        for claim in claims_of(entity):
            place = places.get(str(claim.data["aspect"]))
            if place is None or asked[place : place + 1] != b"\1":
                continue
            supported = answer is not None and answer[place : place + 1] == b"\1"
            kept = supported == bool(claim.data["supported"])
            yield Kept(claim.id, where=association.id, kept=kept)
            name = str(claim.data["aspect"]).replace("_", " ")
            said = f"answered {answer.hex(' ').upper()}H" if answer else "without an answer to it"
            text = f"{name} was proposed; it was accepted {said}"
            if kept:
                yield ok(f"{name}: {'supported' if supported else 'not supported'}", where=association.id)
            else:
                expected = f"{name}: {'supported' if claim.data['supported'] else 'not supported'}"
                yield fail(text, expected=expected, claim=claim.id, where=association.id)


# --- statuses ---------------------------------------------------------------------------------------------------------


def statuses(responses: Iterable[tuple[Exchange, ApplicationEntity | None]], kind: str, name: str) -> Seen:
    """Note each stated status that came, and once each that came and stands in no row, where rows are stated.

    A row is of one information model or operation where it says so.
    """
    unstated: set[tuple[int, int]] = set()
    for response, entity in responses:
        status = response.command.status
        rows = [claim for claim in entity.of(kind) if _is_of(claim, response)] if entity is not None else []
        if status is None or not rows:
            continue
        stated = [claim for claim in rows if fits(str(claim.data["code"]), status)]
        exact = [claim for claim in stated if len(str(claim.data["code"]).upper().replace("X", "")) == 4] or stated
        for claim in exact:
            yield Kept(claim.id, response)
        if exact:
            if not is_pending(status):
                yield ok(f"{shown(status)} is stated", response)
        elif (id(entity), status) not in unstated:
            unstated.add((id(entity), status))
            text = f"{name} was answered {shown(status)}, which is not stated"
            yield Observation(
                Verdict.NOT_DECLARED, text, response, because=response
            )  # of a fault it is the smaller part


def _is_of(claim: Claim, response: Exchange) -> bool:
    model = "patient_root" if response.abstract_syntax.startswith(PATIENT_ROOT) else "study_root"
    operation = response.name.removesuffix("-RSP")
    return claim.data.get("model") in (None, "", model) and claim.data.get("operation") in (None, "", operation)


def responses_of(
    evidence: Evidence, operations: Iterable[Operation]
) -> Iterator[tuple[Exchange, ApplicationEntity | None]]:
    """Every response of some operations of ours, with what is stated of whom it is of."""
    for operation in operations:
        entity = entity_of(evidence, operation.association)
        yield from ((response, entity) for response in operation.responses)


def model_of(query: Query) -> str:
    """The information model of a query of the archive, as claims name it."""
    return "patient_root" if query.patient_root else "study_root"
