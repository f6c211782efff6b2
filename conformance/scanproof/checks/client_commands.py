"""Checks of the command sets that a client sends as requests (PS3.7 6.3, 9.1, 9.3, 10.1, 10.3).

Their encoding, and those of its responses, the checks of command sets judge of clients too.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

from scanproof.check import Observation, Proof, Scope, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.finding import Level
from scanproof.standard import command_table
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.uids import COMMITMENT, uid_name
from scansim.wire.dimse import ELEMENTS

#: Elements that every command set has; what is wrong with them other checks tell.
_ALWAYS = ("CommandGroupLength", "CommandField", "CommandDataSetType")


def _requests(client: ClientEvidence) -> Iterator[Exchange]:
    """Requests of the client that PS3.7 knows, C-CANCEL among them."""
    for exchange in client.received.received:
        if not exchange.command.is_response and exchange.name in command_table.REQUIRED:
            yield exchange


#: Each UID, and the one that stands in its place where Affected and Requested are confused.
_OTHER_SIDE = {
    f"{side}SOP{what}UID": f"{other}SOP{what}UID"
    for what in ("Class", "Instance")
    for side, other in (("Affected", "Requested"), ("Requested", "Affected"))
}
#: Problems behind which nothing of a command set can be read.
_CUT_SHORT = ("element-truncated", "element-length")


def _is_value(exchange: Exchange, name: str) -> bool:
    return exchange.command.values.get(name) not in (None, "")


@check(
    "client.required-fields",
    title="A request of the client has the fields that it must have",
    clause="PS3.7 9.1, 9.3 (2020; 2024c in part), 10.1, 10.3 (2020)",
    level=Level.SHALL,
    expected="Message ID and SOP Class in each request, and what its own table asks for, each with a value",
    hint="Send the fields of the table of this request, Affected and Requested UIDs where each of them belongs.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def required_fields(client: ClientEvidence) -> Iterator[Observation]:
    """Each request has a table of the fields that it has to have: C-ECHO its Affected SOP Class UID, C-STORE its
    Priority and both UIDs, C-MOVE its destination, N-SET and N-ACTION the Requested UIDs where others have the
    Affected ones.

    One server answers a C-ECHO without SOP Class, the next one aborts: the same scanner "works" at one site only.

    The command set of each request is compared with its table of PS3.7; a field without a value counts as missing. One
    whose value cannot be read, as it has an impossible length, the check of encoding tells of. A Command Field that is
    absent, or that PS3.7 does not know, says nothing of what is wanted.
    """
    for exchange in client.received.received:
        if exchange.command.is_response or not exchange.message.command_bytes:
            continue
        unread = {problem.text.split(" ")[0] for problem in exchange.command.problems if problem.code == "value-length"}
        fields = (*command_table.REQUIRED.get(exchange.name, ()), "CommandDataSetType")
        missing = [name for name in fields if not _is_value(exchange, name) and name not in unread]
        if any(problem.code in _CUT_SHORT for problem in exchange.command.problems):
            continue  # nobody can tell what stands behind it
        if exchange.name not in command_table.REQUIRED:
            if "CommandField" not in unread:
                yield fail(f"{exchange.name}, which is no request", exchange)
        elif missing:
            instead = [_OTHER_SIDE[name] for name in missing if _is_value(exchange, _OTHER_SIDE.get(name, ""))]
            more = f", and with {', '.join(instead)}" if instead else ""
            yield fail(f"{exchange.name} without {', '.join(missing)}{more}", exchange)
        else:
            yield ok("all there", exchange)


@check(
    "client.field-values",
    title="Fields of the client's requests have values that they may have",
    clause="PS3.7 9.1, 9.3 (2020; 2024c in part), 10.3 (2020), Annex E (2013); PS3.5 6.2, 9.1 (2013)",
    level=Level.SHALL,
    expected="Priority 0, 1 or 2; UIDs and AE titles by the rules of PS3.5",
    hint="Correct the value of the field where the client makes it.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def field_values(client: ClientEvidence) -> Iterator[Observation]:
    """Priority is low, medium or high, 2, 0 or 1; UIDs are made as PS3.5 says, AE titles have 16 characters at most.

    A UID with letters in it is refused by one archive and stored by another, where no viewer finds it again.

    Priority, UIDs and AE titles of each request's command set are read.
    """
    for exchange in _requests(client):
        command, wrong = exchange.command, []
        priority = command.number("Priority")
        if priority is not None and priority not in command_table.PRIORITIES:
            wrong.append(f"Priority {priority}")
        for name in command_table.UIDS:
            uid = command.text(name)
            if uid and not is_uid(uid):
                wrong.append(f"{name} {uid!r}")
        for name in command_table.AE_TITLES:
            title = command.text(name)
            if title and not (len(title) <= 16 and title.isascii() and title.isprintable() and "\\" not in title):
                wrong.append(f"{name} {title!r}")
        padded = [] if wrong else [*_padded_with_blanks(exchange.message.command_bytes)]
        if wrong:
            yield fail(f"{exchange.name}: {', '.join(wrong)}", exchange)
        elif padded:
            yield warn(f"{exchange.name}: {', '.join(padded)} padded with a blank, where UI has a NUL", exchange)
        else:
            yield ok("as they may be", exchange)


def _padded_with_blanks(command: bytes) -> Iterator[str]:
    """UIDs of a command set that end with a blank."""
    at = 0
    while at + 8 <= len(command):
        group, element, length = struct.unpack_from("<HHI", command, at)
        keyword, vr = ELEMENTS.get(group << 16 | element, ("", ""))
        if vr == "UI" and command[at + 8 : at + 8 + length].endswith(b" "):
            yield keyword
        at += 8 + length


@check(
    "client.action-type",
    title="A commitment request of the client asks for the action that there is",
    clause="PS3.4 J.3.2 (2013; 2020)",
    level=Level.SHALL,
    service="commitment",
    expected="Action Type ID 1",
    hint="Send Action Type ID (0000,1008) 1, Request Storage Commitment.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def action_type(client: ClientEvidence) -> Iterator[Observation]:
    """Storage Commitment has one action, Request Storage Commitment, number 1.

    An archive that looks at the number answers "no such action", and the images are never committed.

    Action Type ID of each N-ACTION for Storage Commitment is read. An absent one the check of required fields tells of.
    """
    for exchange in _requests(client):
        action = exchange.command.number("ActionTypeID")
        if exchange.name == "N-ACTION-RQ" and exchange.abstract_syntax == COMMITMENT and action is not None:
            yield (ok if action == 1 else fail)(f"Action Type ID {action}", exchange)


@check(
    "client.other-fields",
    title="Requests of the client have no fields that are none of theirs",
    clause="PS3.7 6.3.1, 9.3 (2020; 2024c in part), 10.3 (2020), Annex E (2013)",
    level=Level.SHALL,
    expected="the fields of the table of each request",
    hint="Leave out what belongs to other messages, and what is retired.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def other_fields(client: ClientEvidence) -> Iterator[Observation]:
    """A command set consists of the fields of its message: a request has no Status, a C-STORE both fields of a C-MOVE
    behind it or neither.

    Strict toolkits refuse what they do not know; others act on it, as on an Affected UID that contradicts the Requested
    one.

    The elements of each request's command set are compared with its table. No text forbids others in so many words,
    and retired ones are still sent, so that this only warns.
    """
    for exchange in _requests(client):
        name = exchange.name
        known = (*_ALWAYS, *command_table.REQUIRED[name], *command_table.OPTIONAL.get(name, ()))
        more = [field for field in exchange.command.values if field not in known and not _is_told(exchange, field)]
        origin = [field for field in command_table.OPTIONAL["C-STORE-RQ"] if field in exchange.command.values]
        if more:
            yield warn(f"{name} with {', '.join(more)}", exchange)
        elif name == "C-STORE-RQ" and len(origin) == 1:
            yield warn(f"{name} with {origin[0]} alone", exchange)
        else:
            yield ok("its own fields", exchange)


def _is_told(exchange: Exchange, field: str) -> bool:
    """Whether another check tells of an element: it stands for the UID that is missing, or is of another group."""
    if field.startswith("("):
        return not field.startswith("(0000,") or any(each.code in _CUT_SHORT for each in exchange.command.problems)
    instead = _OTHER_SIDE.get(field, "")
    missing = instead in command_table.REQUIRED[exchange.name] and not _is_value(exchange, instead)
    return missing or (bool(instead) and _confuses(exchange))


def _confuses(exchange: Exchange) -> bool:
    """Whether a request has Requested UIDs where Affected ones belong, or the other way round."""
    required = command_table.REQUIRED[exchange.name]
    return any(name in required and not _is_value(exchange, name) for name in _OTHER_SIDE)


@check(
    "client.data-set",
    title="Requests of the client have a data set exactly where they need one",
    clause="PS3.7 9.3 (2020; 2024c in part), 10.3 (2020)",
    level=Level.SHALL,
    expected="a data set with C-STORE, C-FIND, C-GET, C-MOVE and N-SET; none with C-ECHO, C-CANCEL, N-GET and N-DELETE",
    hint="Set Command Data Set Type to 0101H where no data set belongs, and to anything else where one does.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def data_set(client: ClientEvidence) -> Iterator[Observation]:
    """What is stored, asked for or changed is in the data set; an echo, a cancel and a reading have none.

    A server that takes the fields at their word waits for a data set that never comes, or meets one that it has no
    place for.

    Each request is looked at for what it announces. That what was announced came, too, dimse.data-set-type tells.
    """
    behind = _followed(client.received.received)
    for exchange in _requests(client):
        announced = exchange.command.has_dataset
        if exchange.command.number("CommandDataSetType") is None:
            continue
        if announced and exchange.name in command_table.WITHOUT_DATA_SET:
            yield fail(f"{exchange.name} with a data set", exchange)
        elif not announced and exchange.name in command_table.WITH_DATA_SET:
            stray = behind.get(exchange.id)  # it comes, and is not announced
            yield fail(f"{exchange.name} without a data set", exchange, because=stray)
        else:
            yield ok("as it should be", exchange)


def _followed(received: Sequence[Exchange]) -> dict[str, Exchange]:
    """Messages behind which a data set came without a command set, by their ids."""
    return {
        one.id: other
        for one, other in pairwise(received)
        if one.association == other.association and not other.message.command_bytes and other.message.dataset
    }


@check(
    "client.sop-class-of-context",
    title="The SOP Class of a client's request is that of its Presentation Context",
    clause="PS3.7 9.1.1.1.3, 10.1 (2013; 2024d); PS3.8 7.1.1.13 (2013)",
    level=Level.SHALL,
    expected="the abstract syntax of the Presentation Context that the request came on",
    hint="Send each object on a context that was negotiated for its own SOP Class.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def sop_class_of_context(client: ClientEvidence) -> Iterator[Observation]:
    """What a message is about, and in which encoding, was agreed for one abstract syntax; the message is of that class.

    An archive files the image by the class of the context, and as CT what is a report; or refuses it.

    The Affected or Requested SOP Class UID of each request is compared with the abstract syntax of its context, for
    the services that are tested here. Meta SOP Classes, such as those of printing, have others by right; of commitment
    requests a check of their own tells.
    """
    for exchange in _requests(client):
        named, agreed = exchange.command.sop_class_uid, exchange.abstract_syntax
        if not named or not agreed or not exchange.transfer_syntax or agreed == COMMITMENT:
            continue
        if named == agreed:
            yield ok(uid_name(named), exchange)
        elif any(service.has(agreed) for service in SERVICES.values()):
            text = f"{exchange.name} for {uid_name(named)} on a context for {uid_name(agreed)}"
            yield fail(text, exchange)


@check(
    "client.operation",
    title="A client asks for operations that the SOP Class has",
    clause="PS3.4 A.3, B.2, C.4, F.7.1, F.7.2, J.3, K.4 (2013; 2024d)",
    level=Level.SHALL,
    expected="C-ECHO, C-STORE, C-FIND, C-MOVE, C-GET, N-CREATE and N-SET, or N-ACTION, each for its own SOP Class",
    hint="Look up which operations PS3.4 gives the SOP Class, and which class has the one that is wanted.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def operation(client: ClientEvidence) -> Iterator[Observation]:
    """Each service class of DICOM says which operations its SOP Classes have: a performed step is created and set, and
    neither read nor deleted; an image is stored.

    A server answers "unrecognized operation", or aborts; what was to be done is not done.

    Each request on the context of its own SOP Class is compared with the operations of the services that are tested
    here.
    """
    for exchange in _requests(client):
        agreed = exchange.abstract_syntax
        service = next((name for name, each in SERVICES.items() if each.has(agreed)), "")
        if exchange.name == "C-CANCEL-RQ":
            continue  # client.cancel tells
        if not service or not exchange.transfer_syntax or exchange.command.sop_class_uid not in (None, "", agreed):
            continue
        if exchange.name in command_table.operations_of(service, agreed):
            yield ok(exchange.name, exchange)
        else:
            yield fail(f"{exchange.name} for {uid_name(agreed)}", exchange)
