"""Checks of how a client takes what our target sends: reports, and images that it asked for (PS3.4 J, C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from scanproof.check import Observation, Proof, Scope, check, fail, ok, told, warn
from scanproof.evidence import ClientEvidence
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord, Operation
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p


def _reporting(client: ClientEvidence) -> Iterator[tuple[AssociationRecord, p.AssociateRQ]]:
    """Associations that our target opened to the client for Storage Commitment, with its request."""
    for association in client.received.associations:
        request = association.request.pdu if association.request is not None else None
        if not association.ours or not isinstance(request, p.AssociateRQ):
            continue
        if any(context.abstract_syntax == COMMITMENT for context in request.contexts):
            yield association, request


@check(
    "client.confirms-scp-role",
    title="The client confirms the SCP role of whoever brings a commitment report",
    clause="PS3.4 J.2.1 (2020); PS3.7 D.3.3.4 (2020; 2024e)",
    level=Level.SHALL,
    service="commitment",
    expected=f"a role item for {COMMITMENT} with SCP role 1 in the A-ASSOCIATE-AC",
    hint="Answer the role item of the request with a role item of its own: the archive may not report without it.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def confirms_scp_role(client: ClientEvidence) -> Iterator[Observation]:
    """Support of role selection is mandatory for Storage Commitment. The archive opens the association and proposes to
    be SCP on it; without an item in the answer it is SCU, and an SCU sends no report.

    A strict archive ends the association without a word. The scanner waits for its report, and keeps the images.

    The answer to each association that our target opened for a report with the SCP role, where its Presentation Context
    was accepted.
    """
    for association, request in _reporting(client):
        accept = association.accepted
        mine = {context.context_id for context in request.contexts if context.abstract_syntax == COMMITMENT}
        proposed = any(role.sop_class_uid == COMMITMENT and role.scp == 1 for role in request.user.roles)
        taken = accept is not None and any(each.context_id in mine and each.result == 0 for each in accept.contexts)
        if accept is None or not proposed or not taken:
            continue
        roles = [role for role in accept.user.roles if role.sop_class_uid == COMMITMENT]
        shown = f"SCU {roles[0].scu}, SCP {roles[0].scp}" if roles else "no role item"
        if roles and roles[0].scp == 1:
            yield ok(shown, where=association.id)
        else:
            yield fail(shown, where=association.id)


@check(
    "client.takes-reports",
    title="The client takes the association that brings a commitment report",
    clause="PS3.4 J.3.3.1.2 (2020)",
    level=Level.SHALL,
    service="commitment",
    expected="A-ASSOCIATE-AC with an accepted Presentation Context for Storage Commitment",
    hint="Register the archive's AE title at the client, and let its listener take Storage Commitment.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def takes_reports(client: ClientEvidence) -> Iterator[Observation]:
    """An SCU of Storage Commitment has to be able to receive the report on another association than it asked on.

    The report is lost, however often the archive tries; the scanner never frees its disk.

    Each association that our target opened to the client for a report. As something else may listen at the address
    that our target was given, a rejection, and a context that is refused, only warn. Where nothing answered, nothing is
    said.
    """
    for association, request in _reporting(client):
        answer, accept = association.answer, association.accepted
        if answer is not None and isinstance(answer.pdu, p.AssociateRJ):
            yield warn(f"rejected: {p.describe_rejection(answer.pdu)}", where=association.id)
        if accept is None:
            continue
        mine = {context.context_id for context in request.contexts if context.abstract_syntax == COMMITMENT}
        results = [each.result for each in accept.contexts if each.context_id in mine]
        if 0 in results:
            yield ok("taken", where=association.id)
        elif results:
            yield warn(f"the Presentation Context was refused with result {results[0]}", where=association.id)


@check(
    "client.answers-well",
    title="The client takes the reports and images that it asked for",
    clause="",
    level=Level.EXPECTED,
    expected="Success, or a warning, in answer to N-EVENT-REPORT and C-STORE of our target",
    hint="See in the client's log what it did not like about the message.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def answers_well(client: ClientEvidence) -> Iterator[Observation]:
    """Whoever asks for a commitment or an image takes what he gets; no text obliges him to.

    A report that is refused is sent again, or never; an image that is refused counts as a failed sub-operation.

    The status of each response of the client. A failure warns, as it may be right: what our target sent is not judged
    here. An Event Type ID that is another one than that of the report is a deviation.
    """
    for association in client.received.associations:
        for operation in association.operations:
            if operation.request.sent and operation.request.name in ("N-EVENT-REPORT-RQ", "C-STORE-RQ"):
                yield from _answer(operation)


def _answer(operation: Operation) -> Iterator[Observation]:
    final = operation.final
    if final is None or final.command.status is None:
        return
    event, asked = (each.command.number("EventTypeID") for each in (final, operation.request))
    if event is not None and asked is not None and event != asked:
        text = f"{final.name} with Event Type ID {event} to {asked}"
        yield fail(text, final, level=Level.SHALL, clause="PS3.7 10.1.1, 10.3.1 (2013)")
    elif is_success(final.command.status):
        yield ok(told(final), final)
    else:
        # a status that there is not is told as that
        yield replace(warn(f"{final.name} with {told(final)}", final), because=final)


@check(
    "client.answers-asked",
    title="The client answers what it was asked, and nothing else",
    clause="PS3.7 7.5.3, 9.1, 10.1 (2013)",
    level=Level.SHALL,
    expected="responses to requests of our target alone",
    hint="Look for a message that was answered twice, or sent on the wrong association.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def answers_asked(client: ClientEvidence) -> Iterator[Observation]:
    """A response is that of a request which came on the same association.

    Whoever waits for another answer takes it for that: an image counts as stored which nobody has looked at.

    Responses of the client on associations on which our target had asked for nothing before. What is wrong with those
    to its requests other checks tell.
    """
    for association in client.received.associations:
        was_asked = False
        for exchange in association.exchanges:
            was_asked |= exchange.sent and not exchange.command.is_response
            if exchange.sent or not exchange.command.is_response:
                continue
            if was_asked:
                yield ok(exchange.name, exchange)
            else:
                yield fail(f"{exchange.name}, and our target had asked for nothing", exchange)
