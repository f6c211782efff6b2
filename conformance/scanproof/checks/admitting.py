"""Checks of what an acceptor makes of an A-ASSOCIATE-RQ that is unusual, or that deviates (PS3.8 9.2, 9.3.2, 9.3.4)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import OUR_DEFECT, Fact, Observation, Proof, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.association_requests import Requested, requested
from scanproof.evidence.next_served import followed
from scanproof.evidence.unusual_requests import unusual
from scanproof.finding import Level
from scanproof.standard.association_answers import ADMITTING, Admitting
from scanproof.standard.deviations import Answer
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import uid_name
from scansim.wire import pdu as p

#: PS3.8 Table 9-21: the result that says, not now.
_TRANSIENT = 2
#: And the source that says, there is no room: it is not about the request.
_NO_ROOM = 3


def _requested(evidence: Evidence) -> Iterator[Requested]:
    """A-ASSOCIATE-RQs of ours that a case described, and that went out as they were meant."""
    for association in evidence.associations:
        found = requested(association)
        if found is not None and found.edited and not found.ours:
            yield found


@check(
    "association.deviating-request",
    title="An A-ASSOCIATE-RQ that deviates is accepted or refused as the standard leaves it",
    clause="PS3.8 9.2.2, 9.2.3 (2013; 2020), 9.3.2 Table 9-11 (2019a), 9.3.4 Table 9-21 (2024e)",
    level=Level.SHALL,
    expected="A-ASSOCIATE-AC, A-ASSOCIATE-RJ with the reason that fits, or A-ABORT, as the deviation's row says",
    hint="Answer what cannot be accepted with A-ASSOCIATE-RJ, and with the reason of Table 9-21 that says why.",
)
def deviating_request(evidence: Evidence) -> Iterator[Observation | Fact]:
    """What an acceptor cannot take it rejects, with the reason that the table has for it: the wrong AE title, an
    application context or a version of the protocol that it does not know. What cannot be read at all it aborts. Much
    binds the requestor alone: an acceptor may take that, and may refuse it.

    A scanner with one wrong digit in its set-up shows that reason and nothing else; where it is the wrong one, or the
    connection just ends, the visit of a service engineer is for nothing.

    The answer to each A-ASSOCIATE-RQ that was meant to deviate, and does so by its bytes, is held against the row of
    its deviation. A reason that says less than it could, or another one, warns; acceptance of a title that nobody was
    told of is the site's affair, and a note. Reasons that no table has association.answered-properly tells, silence
    association.no-hang, and the end of a target that serves nobody any more association.served-after.
    """
    lost = {one.association.id for one in followed(evidence.associations) if one.unserved}
    for each in _requested(evidence):
        row = ADMITTING.get(each.deviation)
        if each.association.id in lost and each.association.answer is None:
            continue
        if row is not None and (seen := _answer(each, row)) is not None:
            yield seen


def _answer(each: Requested, row: Admitting) -> Observation | Fact | None:
    association = each.association
    answer = association.answer.pdu if association.answer is not None else None
    if isinstance(answer, p.AssociateAC):
        return _accepted(each, row, answer)
    if isinstance(answer, p.AssociateRJ):
        defined = answer.result in (1, 2) and (answer.source, answer.reason) in p.REJECTIONS
        if not defined or answer.source == _NO_ROOM:
            return None
        return _seen(each, row, row.rejection(answer.source, answer.reason), _refused(answer))
    if isinstance(answer, p.Abort):
        return _seen(each, row, row.aborted, _refused(answer))
    if answer is None and association.lost is not None and not association.unparsed:
        return _seen(each, row, row.closed, "the connection was closed without a PDU")
    return None


def _refused(answer: p.AssociateRJ | p.Abort) -> str:
    if isinstance(answer, p.Abort):
        return f"A-ABORT (source {answer.source}, reason {answer.reason})"
    return f"A-ASSOCIATE-RJ, {p.describe_rejection(answer)}"


def _accepted(each: Requested, row: Admitting, answer: p.AssociateAC) -> Observation | Fact:
    what = "A-ASSOCIATE-AC"
    request = each.association.request.pdu if each.association.request is not None else None
    if each.deviation == "association.application-context" and isinstance(request, p.AssociateRQ):
        named = answer.application_context
        other = named != request.application_context
        return _seen(each, row, Answer.RIGHT if other else row.accepted, f"{what} that names {named}")
    if each.deviation == "association.unknown-classes" and isinstance(request, p.AssociateRQ):
        taken = {context.context_id for context in answer.contexts if context.result == 0}
        names = [uid_name(each.abstract_syntax) for each in request.contexts if each.context_id in taken]
        if names:
            text = f"{what} that accepts {', '.join(names)}, which is no SOP Class of DICOM's"
            return Fact(f"{text}, {_to(each)}", None, row.clause)
    return _seen(each, row, row.accepted, what)


def _case(each: Requested) -> str:
    return f"{each.deviation} ({each.told})"


def _to(each: Requested) -> str:
    """What was asked, in double quotes, so that one answer to many of a kind is one entry."""
    told = each.told.replace('"', "'")
    return f'to an A-ASSOCIATE-RQ with "{told}" ({each.deviation})'


def _seen(each: Requested, row: Admitting, answer: Answer, what: str) -> Observation | Fact:
    text, where = f"{what}, {_to(each)}", each.association.id
    if answer is Answer.RIGHT:
        return ok(text, where=where)
    if answer is Answer.NOTE:
        return Fact(text, None, row.clause)
    if answer is Answer.TOLERABLE:
        return warn(text, where=where, expected=row.wanted, level=Level.SHOULD)
    return fail(text, where=where, expected=row.wanted, level=row.level)


@check(
    "association.valid-request",
    title="An A-ASSOCIATE-RQ that breaks no rule is accepted, whatever is unusual in it",
    clause="",
    level=Level.EXPECTED,
    expected="A-ASSOCIATE-AC",
    hint="Skip items that are not supported, and answer what is; refuse only what the association cannot do without.",
)
def valid_request(evidence: Evidence) -> Iterator[Observation]:
    """Whatever a requestor may offer, an acceptor that does not support it leaves it out of the answer, and accepts the
    association all the same: user identity, asynchronous operations, extended negotiation, items of later editions.

    The next software of the scanner offers one item more, and from that day on no study arrives.

    The answer to each A-ASSOCIATE-RQ that a case describes, and that breaks no rule by its bytes, is looked at, where
    the AE takes associations of these titles at all. A transient rejection decides nothing. Silence and a closed
    connection other checks tell.
    """
    for each in _requested(evidence):
        association = each.association
        answer = association.answer.pdu if association.answer is not None else None
        if each.deviation or not _is_let_in(evidence, association):
            continue
        where = association.id
        if isinstance(answer, p.AssociateAC):
            yield ok("accepted", where=where)
        elif isinstance(answer, p.AssociateRJ) and (answer.result == _TRANSIENT or answer.source == _NO_ROOM):
            yield inconclusive(f"{_refused(answer)}; it cannot take it now, it says", where=where)
        elif isinstance(answer, p.AssociateRJ | p.Abort):
            text = _refused(answer)
            why, clause = _unusual(association)
            level = Level.SHALL if clause else None
            yield fail(f"{text}, to {why}" if why else text, where=where, level=level, clause=clause)


def _unusual(association: AssociationRecord) -> tuple[str, str]:
    """What of a request no acceptor is to mind, and the clause that says so; empty where no text says it so plainly."""
    event = association.request
    if event is None or not isinstance(event.pdu, p.AssociateRQ):
        return "", ""
    request = event.pdu
    if any(title.startswith(b" ") for title in (request.titles[:16], request.titles[16:])):
        return "AE titles with spaces before them, which are not significant", "PS3.8 9.3.2 Table 9-11 (2019a)"
    if request.protocol_version != 1:
        text = f'Protocol-version "{request.protocol_version:04X}H", of which only bit 0 is tested'
        return text, "PS3.8 9.3.2 Table 9-11 (2019a)"
    if any(request.reserved):
        return "reserved bytes that are not zero, which are not tested", "PS3.8 9.3.2 Table 9-11 (2019a)"
    if any(problem.code == "item-undefined" for problem in event.problems):
        return "an item that is not defined, which is skipped", "PS3.8 9.3.1 (2013; 2024d), D.2 (2020)"
    what = unusual(association)
    return f'"{what}"' if what else "", ""


def _is_let_in(evidence: Evidence, association: AssociationRecord) -> bool:
    """Whether what a scanner would send was accepted at the same address in the same scenario, or never tried."""
    others = [each for each in evidence.associations if each.ours and each.facts.get("edited") is not True]
    here = [each for each in others if _address(each) == _address(association)]
    return not here or any(each.accepted is not None for each in here)


def _address(association: AssociationRecord) -> tuple[object, ...]:
    return tuple(association.facts.get(name) for name in ("called_ae", "calling_ae", "host", "port"))


@check(
    "association.no-hang",
    title="An A-ASSOCIATE-RQ is not left without any answer",
    clause="PS3.8 9.2.2, 9.2.3 Table 9-10 (2013; 2020)",
    level=Level.SHALL,
    expected="an answer, or the end of the connection, within the time that the site file gives",
    hint="Look in the target's log for this association: it waits for something, and its place stays taken meanwhile.",
)
def no_hang(evidence: Evidence) -> Iterator[Observation]:
    """An acceptor answers each A-ASSOCIATE-RQ. No text says within which time, so that silence to a request which
    deviates is no deviation itself.

    What hangs holds a place: a port scanner that comes by each night takes one more, until no scanner is let in.

    A-ASSOCIATE-RQs that a case describes, to which neither a PDU nor the end of the connection came in the time. It is
    a deviation when the request breaks no rule, else it warns.
    """
    for each in _requested(evidence):
        association = each.association
        waited = association.event(Happening.TIMEOUT)
        if association.answer is not None or association.lost is not None:
            yield ok("it was answered, or the connection was closed", where=association.id)
        elif waited is not None and association.overrun is None and not association.unparsed:
            row = ADMITTING.get(each.deviation)
            text = f"it hangs: neither an answer nor the end of the connection in {waited.facts.get('seconds'):g} s"
            if row is None or row.silent is Answer.WRONG:
                why = each.told or _unusual(association)[0]
                asked = f": {why}" if why else ""
                yield fail(f"{text}, and the request breaks no rule{asked}", where=association.id)
            else:
                yield warn(f"{text}, {_to(each)}", where=association.id, level=Level.SHOULD)


@check(
    "association.request-as-meant",
    title="Our A-ASSOCIATE-RQs are what they were meant to be",
    clause="PS3.8 9.3.2 (2019a); PS3.7 D.3.3 (2020)",
    level=Level.INFO,
    expected="a right request, or the deviation that was meant",
    hint=OUR_DEFECT,
    proven_by=Proof.OURSELVES,
)
def request_as_meant(evidence: Evidence) -> Iterator[Observation]:
    """What we send is right, or wrong in what the case means it to be, and in nothing else.

    A target that refuses what we spoiled without wanting it would be blamed for it.

    The bytes of each A-ASSOCIATE-RQ of ours are looked at. One that is wrong though nobody meant it, and one that is
    right though it was meant to be wrong, are our defects, or those of whoever wrote the case.
    """
    for association in evidence.associations:
        found = requested(association)
        if found is None or evidence.transcript.scenario.get("capture"):
            continue
        if found.ours:
            hint = _TELL if found.edited else OUR_DEFECT
            yield inconclusive(f"the request was wrong: {found.told_ours}", where=association.id, hint=hint)
        elif found.edited:
            yield ok(_case(found) if found.deviation else "a right one", where=association.id)


_TELL = "Say by means what the request is meant to be, if the case is yours; else report this as a defect of scanproof."
