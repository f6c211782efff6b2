"""Checks of how a client uses an association: in turn, in its role, and to a proper end (PS3.7 A.4, D.3.3; PS3.8 7)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.client_course import (
    PATIENCE,
    asked_of_us,
    given_up,
    may_ask,
    open_before,
    outstanding,
    owed,
    window,
)
from scanproof.evidence.endings import ending_of
from scanproof.finding import Level
from scanproof.standard import command_table
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import is_storage_class, uid_name
from scansim.wire import pdu as p


def _established(client: ClientEvidence) -> Iterator[AssociationRecord]:
    return (association for association in client.received.associations if association.accepted is not None)


@check(
    "client.outstanding",
    title="The client has no more requests open than were agreed",
    clause="PS3.7 A.4 (2025b), D.3.3.3 (2013; 2024d)",
    level=Level.SHALL,
    expected="one request at a time, or as many as the asynchronous operations window allows",
    hint="Wait for the final response before the next request, or negotiate an asynchronous operations window.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def outstanding_requests(client: ClientEvidence) -> Iterator[Observation]:
    """Without an asynchronous operations window that was answered, whoever asks waits for the response before he asks
    again; with one, as many requests may be open as it says.

    A server that works one by one takes the second image for the rest of the first, or drops the association.

    For each request it is counted how many before it had no final response when its first byte came. C-CANCEL is none
    of them; one that our target did not answer for 5 s is not counted.
    """
    for association in _established(client):
        most = window(association)
        for asked, others, _ in open_before(asked_of_us(association)):
            if most and others >= most:
                text = f"{asked.request.name} while {others} before it had no answer, where {most} may be open"
                yield fail(text, asked.request)
            else:
                yield ok(f"{others} others open, {most or 'any number'} allowed", asked.request)


@check(
    "client.message-id",
    title="No two open requests of the client have one Message ID",
    clause="PS3.7 9.1.4.1.1 (2020a), 9.1 and 10.1 (2013)",
    level=Level.SHALL,
    expected="a Message ID that no other request without response has",
    hint="Count the Message IDs up.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def message_id(client: ClientEvidence) -> Iterator[Observation]:
    """The Message ID tells a request from all others that are under way. Once it is answered, its number may come
    again; that one association has each number once is only recommended.

    Of two requests with one number nobody knows which was answered: an image that was not stored is deleted.

    The Message ID of each request is compared with those of the requests before it that had no final response.
    """
    for association in _established(client):
        for asked, _, is_taken in open_before(asked_of_us(association)):
            if asked.number is None:
                continue
            if is_taken:
                yield fail(f"{asked.request.name} with Message ID {asked.number}, which is open", asked.request)
            else:
                yield ok(str(asked.number), asked.request)


@check(
    "client.cancel",
    title="C-CANCEL of the client names a request that can be cancelled",
    clause="PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3 (2013)",
    level=Level.SHALL,
    expected="the Message ID of a C-FIND, C-GET or C-MOVE of this association",
    hint="Copy the Message ID of the request that is to be cancelled into Message ID Being Responded To.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def cancel(client: ClientEvidence) -> Iterator[Observation]:
    """A C-CANCEL names the Message ID of the C-FIND, C-GET or C-MOVE that it is to end. Where the final response is on
    its way already, it comes too late, which is nobody's fault.

    A query that is not cancelled goes on, and the operator waits for ten thousand answers.

    The number in each C-CANCEL is looked up among the requests before it.
    """
    for association in _established(client):
        before: dict[int | None, str] = {}
        for exchange in association.exchanges:
            if exchange.sent or exchange.command.is_response:
                continue
            if exchange.name != "C-CANCEL-RQ":
                before[exchange.command.number("MessageID")] = exchange.name
                continue
            number = exchange.command.number("MessageIDBeingRespondedTo")
            if number is None:
                continue  # the check of required fields tells
            if before.get(number) in command_table.CANCELLED:
                yield ok(f"{number}, a {before[number]}", exchange)
            else:
                what = f"a {before[number]}" if number in before else "no request of this association"
                yield fail(f"C-CANCEL for Message ID {number}: {what}", exchange)


@check(
    "client.role",
    title="The client asks in a role that it has",
    clause="PS3.7 D.3.3.4 (2020; 2024e)",
    level=Level.SHALL,
    expected="operations as SCU, notifications as SCP, in roles that were proposed and confirmed, or the default ones",
    hint="Propose the role by a sub-item 54H, and do without where it is not confirmed.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def role(client: ClientEvidence) -> Iterator[Observation]:
    """Whoever opens the association is SCU of each SOP Class, the other side SCP, unless another role was proposed and
    confirmed. Operations are asked for by the SCU, notifications sent by the SCP.

    A peer that is strict ends the association at the first message in a role that nobody agreed to.

    Each request of the client on an accepted Presentation Context is compared with the roles of its abstract syntax. A
    C-GET without a Storage SOP Class of which the client proposed to be SCP is a warning.
    """
    for association in _established(client):
        for asked in asked_of_us(association):
            request = asked.request
            if not request.transfer_syntax or request.name not in command_table.REQUIRED:
                continue
            as_scp = request.name == "N-EVENT-REPORT-RQ"
            shown = f"{request.name} for {uid_name(request.abstract_syntax)} as {'SCP' if as_scp else 'SCU'}"
            if request.name == "C-GET-RQ" and not _takes_instances(association):
                text = "C-GET, and no Storage SOP Class was proposed in the role of SCP: no instance can come"
                yield warn(text, request)
            elif may_ask(association, request.abstract_syntax, as_scp=as_scp):
                yield ok(shown, request)
            else:
                yield fail(f"{shown}, a role that was not agreed", request)


def _takes_instances(association: AssociationRecord) -> bool:
    """Whether the client proposed to be SCP of something that can be stored."""
    rq = association.request.pdu if association.request is not None else None
    roles = rq.user.roles if isinstance(rq, p.AssociateRQ) else ()
    return any(role.scp == 1 and is_storage_class(role.sop_class_uid) for role in roles)


_IGNORED = {
    "titles": "PS3.8 9.3.3 Table 9-17 (2019a; 2020)",
    "roles": "PS3.7 D.3.3.4 (2020; 2024e)",
    "items": "PS3.8 9.3.1 (2013; 2024d), D.2",
}


@check(
    "client.ignores",
    title="The client goes on whatever stands in fields that it is not to look at",
    clause="PS3.8 9.3.1 (2013; 2024d), 9.3.3 Table 9-17 (2019a; 2020); PS3.7 D.3.3.4 (2020; 2024e)",
    level=Level.SHALL,
    expected="an association that is used, or released",
    hint="Do not compare bytes 11 to 74 of the A-ASSOCIATE-AC, and skip roles and items that were not asked for.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def ignores(client: ClientEvidence) -> Iterator[Observation]:
    """The AE titles and reserved bytes of an A-ASSOCIATE-AC shall not be tested, an answer to a role that was not
    proposed shall be ignored, and items of a type that is not defined are skipped.

    Gateways and clusters answer with a title of their own; a scanner that compares it cannot work with them.

    Associations that the client ended without a message, right behind an A-ASSOCIATE-AC that accepted everything and
    had nothing odd in it but such a field. Where it ends others in that way too, they are not the cause.
    """
    left = {each.association.id: each for each in given_up(client.received.associations)}
    for association in _established(client):
        gone = left.get(association.id)
        if gone is None:
            continue
        for kind, what in gone.odd.items():
            yield fail(f"{gone.how} behind A-ASSOCIATE-AC: {what}", where=association.id, clause=_IGNORED[kind])


@check(
    "client.no-abort",
    title="The client does not abort an association",
    clause="PS3.8 7.2.2.2, 7.3 (2020; 2024e); PS3.7 A.4 (2025b), A.6 (2020)",
    level=Level.SHALL,
    expected="associations that end by release",
    hint="The client's log should tell why it ended the association; nothing that our target sent calls for it.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def no_abort(client: ClientEvidence) -> Seen:
    """An association ends by release. An abort is a service that both sides have; what is asked and not answered yet
    fails with it, and every confirmed request is to be answered.

    A server keeps what it was doing for such a client until it finds out; reports and images do not reach it.

    Each established association is looked at for an A-ABORT of the client. It is a deviation where the client had not
    answered a request of our target. Otherwise it warns, as giving up one's own request is everybody's right; where our
    target had left it without an answer for 5 s, it is only told. Nothing is said where no Presentation Context was
    accepted, nor where the abort follows our own, or an answer to A-RELEASE-RQ that was late.
    """
    left = {each.association.id for each in given_up(client.received.associations)}
    for association in _established(client):
        if association.id in left or not _any_context(association):
            continue
        ending = ending_of(association)
        if ending.abort is None or not isinstance(ending.abort.pdu, p.Abort):
            if association.came(p.ReleaseRQ, p.ReleaseRP):
                yield ok("released", where=association.id)
            continue
        if association.came(p.ReleaseRQ, p.ReleaseRP):
            continue  # too late for our target's answer; behind its own, association.nothing-after-release tells
        yield _aborted(association, ending.abort.began, f"source {ending.abort.pdu.source}")


def _any_context(association: AssociationRecord) -> bool:
    accept = association.accepted
    return accept is not None and any(context.result == 0 for context in accept.contexts)


def _aborted(association: AssociationRecord, time: int, source: str) -> Observation | Fact:
    """What to say of an A-ABORT of the client."""
    ours, asked = owed(association, time), asked_of_us(association)
    open_one = outstanding(association, time)
    silent = next((each for each in reversed(asked) if each.answered is None), None)
    if ours is not None and open_one is None and silent is None:
        return fail(f"A-ABORT, {source}, before {ours.name} was answered", ours, where=association.id)
    if open_one is not None:
        text = f"A-ABORT, {source}, before our target had answered {open_one.request.name}"
        return warn(text, open_one.request, where=association.id, level=Level.SHOULD)
    if silent is not None:
        return Fact(f"A-ABORT, {source}, after {silent.request.name} had no answer for {PATIENCE:g} s", silent.request)
    if association.went(p.ReleaseRQ):
        return warn(f"A-ABORT, {source}, in answer to A-RELEASE-RQ", where=association.id, level=Level.SHOULD)
    if association.unfinished:
        text = f"A-ABORT, {source}, in the middle of a message of its own"
        return warn(text, where=association.id, level=Level.SHOULD)
    text = f"A-ABORT, {source}, while nothing was under way"
    return warn(text, where=association.id, level=Level.SHOULD)


@check(
    "client.release",
    title="The client releases an association when its requests are answered, and says nothing behind that",
    clause="PS3.8 7.2.2.1 (2024e); PS3.7 A.4 (2025b)",
    level=Level.SHALL,
    expected="A-RELEASE-RQ behind the last response, and no message after it",
    hint="Wait for the final response, then send A-RELEASE-RQ, and nothing but A-ABORT until A-RELEASE-RP comes.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def release(client: ClientEvidence) -> Iterator[Observation]:
    """Whoever asks for release issues no further primitive but an abort until it is confirmed. Every request is
    answered on the association that it came on, which the release ends.

    What stands behind the A-RELEASE-RQ is lost, and so may be the answer: the image counts as sent and is not stored.

    Each A-RELEASE-RQ of the client is looked at. A message behind it is a deviation; a request of its own without final
    response warns, as our target may still answer, unless the target had been silent for 5 s.
    """
    for association in _established(client):
        asked = next(iter(association.came(p.ReleaseRQ)), None)
        if asked is None or any(event.began < asked.began for event in association.went(p.Abort)):
            continue
        behind = [event for event in association.came(p.PData) if event.offset > asked.offset]
        open_one = outstanding(association, asked.began)
        if behind:
            yield fail(f"{len(behind)} P-DATA-TF behind A-RELEASE-RQ", where=association.id)
        elif open_one is not None:
            text = f"A-RELEASE-RQ before our target had answered {open_one.request.name}"
            yield warn(text, open_one.request, where=association.id, level=Level.SHOULD)
        else:
            yield ok("released behind the last response", where=association.id)


@check(
    "client.pdu-in-place",
    title="Each PDU of the client comes where it has a place",
    clause="PS3.8 9.2.3 Table 9-10 (2013; 2020), 7.2.2.4 (2024e)",
    level=Level.SHALL,
    expected="one A-ASSOCIATE-RQ, answers only to what was asked, and nothing behind a release that was confirmed",
    hint="The client's log may tell what it took the association for; after A-RELEASE-RP it closes the connection.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def pdu_in_place(client: ClientEvidence) -> Iterator[Observation]:
    """On an association that is established there are P-DATA-TFs, and its end. It is not asked for once more, nor
    answered when nobody asked; when its release is confirmed, it is over.

    A server aborts at such a PDU, and the images behind it are lost with the association.

    The PDUs of each established association of the client: a second A-ASSOCIATE-RQ or A-RELEASE-RQ, an A-ASSOCIATE-AC
    or -RJ of whoever asked, and an A-RELEASE-RP that nobody asked for are deviations. An A-ABORT a second behind our
    A-RELEASE-RP, when it can no longer cross it, warns. Messages behind a release client.release tells of.
    """
    for association in _established(client):
        mine = (association.request, association.answer)
        wrong = [each for each in association.came(p.AssociateRQ, p.AssociateAC, p.AssociateRJ) if each not in mine]
        if not association.went(p.ReleaseRQ):
            wrong += association.came(p.ReleaseRP)
        again = [*association.came(p.ReleaseRQ)][1:]
        confirmed = next(iter(association.went(p.ReleaseRP)), None)
        late = [each for each in association.came(p.Abort) if confirmed and each.began - confirmed.ended > _CROSSING]
        for event in wrong:
            yield fail(f"{event.name} on an association that is there", where=association.id)
        if again:
            yield fail("another A-RELEASE-RQ behind the first", where=association.id)
        if late and not wrong and not again:
            yield warn("A-ABORT behind our A-RELEASE-RP", where=association.id)
        elif not wrong and not again:
            yield ok("each where it belongs", where=association.id)


#: What comes later than this behind what we sent cannot have crossed it on its way, in ns.
_CROSSING = 1e9


#: How long an association has nothing on it before it counts as one that is not released, in s.
_IDLE = 20.0


@check(
    "client.releases",
    title="The client ends the associations that it opens",
    clause="",
    level=Level.EXPECTED,
    expected="A-RELEASE-RQ when nothing more is to be asked",
    hint="Release the association when the last request is answered; open another one for the next.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def releases(client: ClientEvidence) -> Iterator[Observation]:
    """Whoever opens an association releases it when he needs it no longer; no text says how long he may wait.

    Every server has a number of places. Scanners that keep theirs lock each other out.

    Associations that the client opened and that our target ended, as for 20 s nothing had come and nothing was due.
    """
    for association in _established(client):
        if association.ours:
            continue
        if association.came(p.ReleaseRQ):
            yield ok("released", where=association.id)
            continue
        ours = association.went(p.Abort, p.ReleaseRQ)
        if not ours or association.came(p.Abort) or association.lost is not None:
            continue
        ended = ours[0].began
        passed = [event.ended for event in (*association.sent, *association.received) if event is not ours[0]]
        idle = (ended - max(passed, default=ended)) / 1e9
        asked = asked_of_us(association)
        if idle >= _IDLE and all(each.answered is not None for each in asked) and owed(association, ended) is None:
            yield warn(f"nothing came for {idle:.0f} s, and no release", where=association.id)
