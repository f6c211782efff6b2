"""Checks of the command sets that the target sends (PS3.7 6.3, 9.3, 10.3, Annex C and E)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.breaks import closed_midway
from scanproof.evidence.overruns import broken_off_operations
from scanproof.finding import Level
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import CANCEL, GENERAL, SEVERAL_RESPONSES, is_listed, is_pending, shown, within
from scansim.wire.pdu import Problem

_COMMENT_LENGTH = 64

#: Element that each received command set must have (PS3.7 9.3 and 10.3), beside Command Field.
_RESPONSE_ELEMENTS = ("MessageIDBeingRespondedTo", "CommandDataSetType", "Status")


def _answers(evidence: Evidence) -> Iterator[tuple[Operation, Exchange]]:
    """Every response of the target with the operation that it stands behind."""
    for operation in evidence.operations:
        if operation.request.sent:
            for response in operation.responses:
                yield operation, response


def _hex(value: int | None) -> str:
    return "absent" if value is None else shown(value)


@check(
    "dimse.command-set-encoding",
    title="Command sets are encoded as PS3.7 says: Implicit VR Little Endian, in order, with their group length",
    clause="PS3.7 6.3.1, Annex E (2013)",
    level=Level.SHALL,
    expected="elements of group 0000 in ascending order, lengths that add up, Command Group Length = what follows",
    hint="The command set is always Implicit VR Little Endian, whatever the transfer syntax of the context.",
)
def command_set_encoding(evidence: Evidence) -> Iterator[Observation]:
    """A command set is encoded in Implicit VR Little Endian in ascending order of tags; Command Group Length counts the
    bytes from behind its own value to the end.

    A strict peer cuts the command set where the group length says, and reads a wrong status or none.

    The bytes of each received command set are walked; whatever does not add up is shown with its offset. An odd value
    length counts, an element that PS3.7 does not know does not.
    """
    for exchange in evidence.received:
        if not exchange.message.command_bytes:
            continue  # data set fragments without a command set: dimse.data-set-type tells
        explicit = exchange.message.command_bytes[4:6] == b"UL"
        for problem in _as_far_as_read(exchange.command.problems):
            text = f"byte {problem.offset}: {problem.text}"
            yield fail(f"{text}: this is Explicit VR" if explicit else text, exchange)
        if not exchange.command.problems:
            yield ok("well formed", exchange)


def _as_far_as_read(problems: Sequence[Problem]) -> Iterator[Problem]:
    """What is wrong up to where a length leads nowhere: what comes behind that follows from it."""
    for problem in problems:
        yield problem
        if problem.code == "element-length":
            return


@check(
    "dimse.command-field",
    title="The response's Command Field is that of the request",
    clause="PS3.7 9.3, 10.3, Annex E (2013)",
    level=Level.SHALL,
    expected="the Command Field of the request with bit 15 set",
    hint="Answer a request with the response of the same operation.",
)
def command_field(evidence: Evidence) -> Iterator[Observation]:
    """A response carries the Command Field of its request with bit 15 set.

    A requestor that finds another operation's response does not know whether its own was done.

    Each response is compared with the request before it on the same association; associations are synchronous here.
    """
    for operation, response in _answers(evidence):
        wanted = (operation.request.command.number("CommandField") or 0) | 0x8000
        got = response.command.number("CommandField")
        if got == wanted:
            yield ok(response.name, response)
        else:
            yield fail(f"{response.name} ({_hex(got)}) to {operation.request.name}", response)


@check(
    "dimse.message-id",
    title="Message ID Being Responded To is the Message ID of the request",
    clause="PS3.7 9.1 and 10.1 tables, Annex E (2013)",
    level=Level.SHALL,
    expected="the Message ID of the request",
    hint="Copy (0000,0110) of the request into (0000,0120) of each of its responses.",
)
def message_id(evidence: Evidence) -> Iterator[Observation]:
    """Each response names the Message ID of its request in Message ID Being Responded To.

    With several operations under way it is the only thing that tells which image was stored.

    (0000,0120) of each response is compared with (0000,0110) of the request before it. Where nothing but responses to
    others came, and no end of them, dimse.operation-ends tells.
    """
    broken_off = broken_off_operations(evidence.associations)
    of_others = {each for each, overrun in broken_off.items() if overrun.endless and overrun.only_elsewhere}
    for operation, response in _answers(evidence):
        if operation.request.id in of_others:
            continue
        wanted = operation.request.command.number("MessageID")
        got = response.command.number("MessageIDBeingRespondedTo")
        if got == wanted:
            yield ok(f"{got}", response)
        else:
            shown = "absent" if got is None else got
            yield fail(f"{response.name}: {shown}", response, expected=f"Message ID {wanted}")


@check(
    "dimse.affected-sop-class",
    title="Affected SOP Class UID in a response, if present, is that of the request",
    clause="PS3.7 9.1.1.1.3, 10.1 tables (2013; 2024d)",
    level=Level.SHALL,
    expected="absent, or equal to the request's SOP Class UID",
    hint="Copy the SOP Class UID of the request, or leave it out of the response.",
)
def affected_sop_class(evidence: Evidence) -> Iterator[Observation]:
    """The response may name the SOP Class; if it does, it is that of the request. The tables of message fields list it,
    but do not make it mandatory.

    A modality that compares it takes the image for not stored, and sends it again and again.

    (0000,0002) of each response is compared with the Affected or Requested SOP Class UID of the request.
    """
    yield from _compare(evidence, "AffectedSOPClassUID", lambda request: request.command.sop_class_uid)


@check(
    "dimse.affected-sop-instance",
    title="Affected SOP Instance UID in a response, if present, is that of the request",
    clause="PS3.7 9.1.1.1.4, 10.1.3.1, 10.1.5.1.4 (2013; 2024d)",
    level=Level.SHALL,
    expected="absent, or equal to the request's SOP Instance UID",
    hint="Copy the SOP Instance UID of the request, or leave it out of the response.",
)
def affected_sop_instance(evidence: Evidence) -> Iterator[Observation]:
    """The response may name the SOP Instance; if it does and the request named one, they are equal.

    The sender books the answer to another image: one is deleted that was not stored.

    (0000,1000) of each response is compared with the Affected or Requested SOP Instance UID of the request.
    """
    yield from _compare(evidence, "AffectedSOPInstanceUID", lambda request: request.command.sop_instance_uid)


def _compare(evidence: Evidence, keyword: str, wanted_of: Callable[[Exchange], str | None]) -> Iterator[Observation]:
    for operation, response in _answers(evidence):
        wanted, got = wanted_of(operation.request), response.command.text(keyword)
        if wanted is None:
            continue
        if got is None or got == wanted:
            yield ok(got or "absent", response)
        else:
            yield fail(f"{response.name}: {got or 'empty'}", response, expected=f"absent, or {wanted}")


@check(
    "dimse.required-elements",
    title="A response has the elements that every response has",
    clause="PS3.7 9.3, 10.3, Annex E (2013)",
    level=Level.SHALL,
    expected="Message ID Being Responded To, Command Data Set Type and Status",
    hint="Send these three elements in every response.",
)
def required_elements(evidence: Evidence) -> Iterator[Observation]:
    """Every response carries Command Field, Message ID Being Responded To, Command Data Set Type and Status.

    Without Status nobody knows what became of the image; without the data set type the stream is lost.

    Each received response is searched for the elements.
    """
    for exchange in evidence.received:
        if not exchange.command.is_response:
            continue
        missing = [name for name in _RESPONSE_ELEMENTS if exchange.command.number(name) is None]
        if missing:
            yield fail(f"{exchange.name} without {', '.join(missing)}", exchange)
        else:
            yield ok("all there", exchange)


#: Responses that never have a data set.
_BARE = ("C-STORE-RSP", "C-ECHO-RSP")


@check(
    "dimse.data-set-type",
    title="Command Data Set Type says whether a data set follows",
    clause="PS3.7 6.3.1, Annex E (2013)",
    level=Level.SHALL,
    expected="0101H exactly when no data set follows",
    hint="Set (0000,0800) to 0101H when the message has no data set, to anything else when it has one.",
)
def data_set_type(evidence: Evidence) -> Iterator[Observation]:
    """Command Data Set Type is 0101H when the message has no data set, and another value when one follows.

    The peer waits for a data set that never comes, or takes a stray one for the next command: the association hangs.

    For each received message the announcement is compared with the fragments that followed. The responses to C-STORE
    and C-ECHO have none at all.
    """
    for exchange in evidence.received:
        problems = [p for p in exchange.message.problems if p.code in ("stray-dataset", "dataset-missing")]
        announced = exchange.command.has_dataset
        if problems:
            yield fail(f"{exchange.name}: {problems[0].text}", exchange)
        elif announced and exchange.message.dataset is None:
            yield fail(f"{exchange.name} announces a data set that did not come", exchange)
        elif announced and exchange.name in _BARE:
            yield fail(f"{exchange.name} with a data set", exchange, clause="PS3.7 9.3 (2024d, in part)")
        else:
            yield ok("agrees", exchange)
    for association in evidence.associations:
        if association.unfinished and closed_midway(association):
            yield fail("the last message announced a data set that did not come to its end", where=association.id)


@check(
    "dimse.status-legal",
    title="The Status of a response is one that its service may answer",
    clause="PS3.7 Annex C and 9.1, 10.1; PS3.4 B.2.3, C.4.1.1.4, K.4.1.1.4, F.7.2, J.3 (2018-2024)",
    level=Level.SHALL,
    expected="a status listed for the service; never one outside the ranges of PS3.7 Annex C",
    hint="Take the status from the service class's table in PS3.4, or a general one of PS3.7 Annex C.",
)
def status_legal(evidence: Evidence) -> Iterator[Observation]:
    """Status codes come from the ranges of PS3.7 Annex C; Pending and Cancel belong to operations with several
    responses only; each service class lists what it answers.

    A console maps codes to messages and to retries; with an unknown one it does neither.

    The status of each response is looked up. Outside all ranges, or Pending where one response is all there is, is a
    deviation; a general code that the service does not list only warns, because the lists do not forbid others. Pending
    that never ended dimse.operation-ends tells.
    """
    broken_off = broken_off_operations(evidence.associations)
    without_end = {each for each, overrun in broken_off.items() if overrun.endless}
    for operation, response in _answers(evidence):
        status = response.command.status
        if status is None or (is_pending(status) and operation.request.id in without_end):
            continue
        if not within(status, GENERAL):
            yield fail(f"{response.name} with {_hex(status)}, outside the ranges of PS3.7 Annex C", response)
        elif (status == CANCEL or is_pending(status)) and response.name not in SEVERAL_RESPONSES:
            yield fail(f"{response.name} with {_hex(status)}: Pending or Cancel for a single response", response)
        elif is_listed(response.name, status) is False:
            yield warn(f"{response.name} with {_hex(status)}, which is not listed for it", response)
        else:
            yield ok(_hex(status), response)


@check(
    "dimse.error-comment",
    title="Error Comment has 64 characters of the default repertoire at most",
    clause="PS3.7 C.4.1 (2025a), C.5 (2013)",
    level=Level.SHOULD,
    expected="absent, or at most 64 characters of ISO 646",
    hint="Cut the comment to 64 ASCII characters before sending it.",
)
def error_comment(evidence: Evidence) -> Iterator[Observation]:
    """Error Comment is a LO of 64 characters, in the default repertoire, as a command set has no character set.

    The text that would tell the technician what to do is cut, garbled, or makes the console's parser fail.

    (0000,0902) of each response is measured, and absence is fine; a longer or non-ASCII one warns.
    """
    for _, response in _answers(evidence):
        comment = response.command.text("ErrorComment") or ""
        if len(comment) > _COMMENT_LENGTH:
            yield warn(f"{len(comment)} characters: {comment[:80]}", response)
        elif not comment.isascii():
            yield warn(f"not ISO 646: {comment}", response)
        else:
            yield ok(comment or "absent", response)
