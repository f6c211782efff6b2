"""Query/Retrieve, C-MOVE and C-GET in Patient Root and Study Root (PS3.4 C.4.2, C.4.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian
from pynetdicom.association import Association
from pynetdicom.presentation import PresentationContext, build_context

from scansim.reference import key_values
from scansim.reference.connection import Request, UndecodableError
from scansim.reference.hierarchy import check_above, check_retrieved, level_of
from scansim.reference.key_values import KeyValueError
from scansim.reference.query import selected
from scansim.reference.sending import Primitive, await_response, encode_dataset, is_gone, outgoing, send
from scansim.reference.skim import MalformedError, TooMuchError, Walk
from scansim.reference.state import Target
from scansim.reference.store import Instance

SUCCESS, PENDING, CANCEL, SOME_FAILED = 0x0000, 0xFF00, 0xFE00, 0xB000
CANNOT_PERFORM, UNKNOWN_DESTINATION, IDENTIFIER_DOES_NOT_MATCH, UNABLE_TO_PROCESS = 0xA702, 0xA801, 0xA900, 0xC000

_STORE_TIMEOUT = 30.0  # s, for the response to one sub-operation
_MOST_CONTEXTS = 128
_LONGEST_RECODED, _MOST_RECODED = 1 << 26, 250_000  # bytes, and elements and items

#: Sends one instance on a context; returns the response or None.
Sender = Callable[[int, dict[str, Any], bytes | BinaryIO], Primitive | None]


@dataclass
class _Progress:
    """Sub-operations of one retrieval (PS3.4 C.4.2.1.6 to C.4.2.1.9)."""

    remaining: int
    completed: int = 0
    warned: int = 0
    failed: list[str] = field(default_factory=list)

    def counts(self, *, remaining: bool) -> dict[str, Any]:
        """Command elements; the remaining ones only where they belong, in Pending and Cancel."""
        return {
            "NumberOfRemainingSuboperations": self.remaining if remaining else None,
            "NumberOfCompletedSuboperations": self.completed,
            "NumberOfFailedSuboperations": len(self.failed),
            "NumberOfWarningSuboperations": self.warned,
            "AffectedSOPInstanceUID": None,
        }

    def identifier(self) -> Dataset | None:
        """Identifier with the Failed SOP Instance UID List, None when nothing failed."""
        if not self.failed:
            return None
        ds = Dataset()
        ds.FailedSOPInstanceUIDList = self.failed
        return ds


def move(target: Target, request: Request) -> None:
    """Answer a C-MOVE: send the instances to the destination on an association of our own."""
    instances = _instances(target, request)
    if instances is None:
        return
    destination = str(request.message.MoveDestination).strip()
    address = target.config.peers.get(destination)
    if address is None:
        request.respond(UNKNOWN_DESTINATION, ErrorComment=f"no address known for AE {destination}")
        return
    progress = _Progress(len(instances))
    if instances:
        with outgoing(target.config.ae, destination, address, _contexts(instances), []) as association:
            if association is None:
                progress.failed = [instance.uid for instance in instances]
            else:
                originator = {
                    "MoveOriginatorApplicationEntityTitle": request.requester,
                    "MoveOriginatorMessageID": request.message.MessageID,
                }
                if _send_all(request, instances, progress, association, _sender(association, originator)):
                    return
    _finish(request, progress)


def get(target: Target, request: Request) -> None:
    """Answer a C-GET: send the instances on the association of the request, where the peer is the SCP of storage."""
    instances = _instances(target, request)
    if instances is None:
        return
    session = request.session

    def sender(context_id: int, command: dict[str, Any], data: bytes | BinaryIO) -> Primitive | None:
        return session.exchange(context_id, command, data, _STORE_TIMEOUT)

    progress = _Progress(len(instances))
    if not _send_all(request, instances, progress, session, sender):
        _finish(request, progress)


def _instances(target: Target, request: Request) -> list[Instance] | None:
    """Instances to send; None when the request was refused."""
    try:
        identifier = request.dataset()
        level = level_of(request.sop_class, identifier)
        key_values.check(identifier)
        check_above(request.sop_class, identifier, level)
        check_retrieved(identifier, level)
    except UndecodableError as error:
        request.respond(UNABLE_TO_PROCESS, ErrorComment=f"identifier: {error}")
    except KeyValueError as error:
        request.respond(IDENTIFIER_DOES_NOT_MATCH, OffendingElement=error.tag, ErrorComment=str(error))
    else:
        return selected(target, identifier, level)
    return None


def _contexts(instances: list[Instance]) -> list[PresentationContext]:
    """One context for each SOP class and transfer syntax; the default syntax too where the pixels allow it."""
    pairs: dict[tuple[str, str], None] = {}
    for instance in instances:
        pairs[instance.sop_class, instance.transfer_syntax] = None
        if not _is_compressed(instance):
            pairs[instance.sop_class, ImplicitVRLittleEndian] = None
    return [build_context(sop_class, syntax) for sop_class, syntax in list(pairs)[:_MOST_CONTEXTS]]


def _is_compressed(instance: Instance) -> bool:
    return UID(instance.transfer_syntax).is_encapsulated


def _fits(instance: Instance) -> bool:
    """Whether an instance can be encoded anew, for which it is read whole."""
    with instance.data() as file:
        walk = Walk(file, UID(instance.transfer_syntax), longest=_LONGEST_RECODED, most=_MOST_RECODED, whole=True)
        try:
            return all(True for _ in walk.elements(0))
        except (TooMuchError, MalformedError):
            return False


def _sender(association: Association, originator: dict[str, Any]) -> Sender:
    number = 0

    def sender(context_id: int, command: dict[str, Any], data: bytes | BinaryIO) -> Primitive | None:
        nonlocal number
        number = number % 65535 + 1
        send(association, context_id, {**command, **originator, "MessageID": number}, data)
        return await_response(association, number, _STORE_TIMEOUT, lambda message, cx: None)

    return sender


def _send_all(
    request: Request, instances: list[Instance], progress: _Progress, association: Association, sender: Sender
) -> bool:
    """Do the sub-operations with a Pending response after each; whether a C-CANCEL ended them, then answered."""
    contexts = [context for context in association.accepted_contexts if context.as_scu]
    for instance in instances:
        if request.cancelled:
            request.respond(CANCEL, progress.identifier(), **progress.counts(remaining=True))
            return True
        if is_gone(request.session):
            return True
        progress.remaining -= 1
        status = _send_one(instance, contexts, sender)
        if status is not None and status >> 12 == 0xB:
            progress.warned += 1
        elif status == SUCCESS:
            progress.completed += 1
        else:
            progress.failed.append(instance.uid)
        request.respond(PENDING, **progress.counts(remaining=True))
    return False


def _send_one(instance: Instance, contexts: Iterable[PresentationContext], sender: Sender) -> int | None:
    """Send one instance; its stored bytes where their transfer syntax was accepted. Returns the status."""
    command = {
        "AffectedSOPClassUID": instance.sop_class,
        "CommandField": 0x0001,
        "Priority": 0,
        "AffectedSOPInstanceUID": instance.uid,
    }
    offers = {str(cx.transfer_syntax[0]): cx for cx in contexts if cx.abstract_syntax == instance.sop_class}
    exact = offers.get(instance.transfer_syntax)
    try:
        if exact is not None:
            with instance.data() as file:
                response = sender(int(exact.context_id or 0), command, file)
        else:
            syntax = next(uid for uid in (ExplicitVRLittleEndian, ImplicitVRLittleEndian) if uid in offers)
            if _is_compressed(instance) or not _fits(instance):
                return None
            data = encode_dataset(dcmread(instance.path), syntax)
            response = sender(int(offers[syntax].context_id or 0), command, data)
    except (OSError, StopIteration, ValueError):
        return None
    return None if response is None else response.Status


def _finish(request: Request, progress: _Progress) -> None:
    if not progress.failed and not progress.warned:
        status = SUCCESS
    else:
        status = SOME_FAILED if progress.completed or progress.warned else CANNOT_PERFORM
    request.respond(status, progress.identifier(), **progress.counts(remaining=False))
