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
from scansim.reference.retrieve_wrong import chosen, priority_of, spoiled_status
from scansim.reference.sending import Primitive, await_response, encode_dataset, is_gone, outgoing, send
from scansim.reference.skim import MalformedError, TooMuchError, Walk
from scansim.reference.spoil_readback import as_given, giving
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

    target: Target
    remaining: int
    completed: int = 0
    warned: int = 0
    failed: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def note(self, uid: str, status: int | None) -> None:
        """Note what became of a sub-operation."""
        self.remaining -= 1
        if status is not None and status >> 12 == 0xB:
            self.warned += 1
            self.taken.append(uid)
        elif status == SUCCESS:
            self.completed += 1
            self.taken.append(uid)
        else:
            self.failed.append(uid)

    def counts(self, status: int, *, is_move: bool) -> dict[str, Any]:
        """Command elements; the remaining ones only where they belong, in Pending and Cancel."""
        wrong = self.target.planted
        remaining = status in (PENDING, CANCEL) or wrong("retrieve-final-remaining")
        found = {
            "NumberOfRemainingSuboperations": self.remaining if remaining else None,
            "NumberOfCompletedSuboperations": self.completed,
            "NumberOfFailedSuboperations": len(self.failed),
            "NumberOfWarningSuboperations": self.warned,
            "AffectedSOPInstanceUID": None,
        }
        if status == PENDING and wrong("retrieve-pending-lacks-remaining"):
            found["NumberOfRemainingSuboperations"] = None
        if status == PENDING and self.remaining and wrong("retrieve-counts-ahead"):
            found["NumberOfCompletedSuboperations"] = self.completed + 1
            found["NumberOfRemainingSuboperations"] = self.remaining - 1
        if status != PENDING and wrong("retrieve-counts-failed-as-completed"):
            found["NumberOfCompletedSuboperations"] = self.completed + len(self.failed)
            found["NumberOfFailedSuboperations"] = 0
        lacking = "retrieve-final-lacks-counts" if status != CANCEL else "retrieve-cancel-lacks-counts"
        if status != PENDING and (is_move or status == CANCEL) and wrong(lacking):
            found = dict.fromkeys(found)
        return found

    def identifier(self, status: int) -> Dataset | None:
        """Identifier with the Failed SOP Instance UID List, None when nothing failed."""
        wrong = self.target.planted
        listed = self.failed
        if wrong("retrieve-list-of-the-others"):
            listed = self.taken
        if status == SUCCESS or (status == PENDING and not wrong("retrieve-list-in-pending")) or not listed:
            listed = []
        if wrong("retrieve-without-list"):
            listed = []
        if not listed and not (status == SUCCESS and wrong("retrieve-empty-list-in-success")):
            return None
        ds = Dataset()
        ds.FailedSOPInstanceUIDList = listed
        if wrong("retrieve-list-with-character-set"):
            ds.SpecificCharacterSet = "ISO_IR 100"
        return ds


def move(target: Target, request: Request) -> None:
    """Answer a C-MOVE: send the instances to the destination on an association of our own."""
    instances = _instances(target, request)
    if instances is None:
        return
    destination = str(request.message.MoveDestination).strip()
    address = target.config.peers.get(destination)
    if address is None:
        if target.planted("retrieve-unknown-destination-taken"):
            request.respond(SUCCESS, **_Progress(target, 0).counts(SUCCESS, is_move=True))
            return
        request.respond(UNKNOWN_DESTINATION, ErrorComment=f"no address known for AE {destination}")
        return
    _send_elsewhere(target, request, instances, destination, address)


def get(target: Target, request: Request) -> None:
    """Answer a C-GET: send the instances on the association of the request, where the peer is the SCP of storage."""
    instances = _instances(target, request)
    if instances is None:
        return
    session = request.session
    address = target.config.peers.get(request.requester)
    if target.planted("retrieve-get-elsewhere") and address is not None:
        _send_elsewhere(target, request, instances, request.requester, address)
        return

    def sender(context_id: int, command: dict[str, Any], data: bytes | BinaryIO) -> Primitive | None:
        return session.exchange(context_id, command, data, _STORE_TIMEOUT)

    progress = _Progress(target, len(instances))
    if not _send_all(request, instances, progress, session, sender):
        _finish(request, progress)


def _send_elsewhere(
    target: Target, request: Request, instances: list[Instance], destination: str, address: tuple[str, int]
) -> None:
    """Send instances on an association of our own, and answer."""
    progress = _Progress(target, len(instances))
    if instances:
        instances = as_given(target, instances)
        contexts = _contexts(instances, default=not target.planted("retrieve-explicit-only"))
        with outgoing(target.config.ae, destination, address, contexts, [], target.recording) as association:
            if association is None:
                progress.failed, progress.remaining = [instance.uid for instance in instances], 0
            else:
                sender = _sender(association, _originator(target, request))
                if _send_all(request, instances, progress, association, sender):
                    return
    _finish(request, progress)


def _originator(target: Target, request: Request) -> dict[str, Any]:
    """What a C-STORE-RQ says of the C-MOVE that it is for (PS3.7 9.1.1.1)."""
    if target.planted("retrieve-no-originator"):
        return {}
    wrong = target.planted("retrieve-another-originator")
    return {
        "MoveOriginatorApplicationEntityTitle": target.config.ae if wrong else request.requester,
        "MoveOriginatorMessageID": request.message.MessageID,
    }


def _instances(target: Target, request: Request) -> list[Instance] | None:
    """Instances to send; None when the request was refused."""
    if target.planted("retrieve-refused"):
        request.respond(UNABLE_TO_PROCESS, ErrorComment="planted defect: nothing is retrieved today")
        return None
    try:
        identifier = request.dataset()
        level = level_of(request.sop_class, identifier)
        key_values.check(identifier)
        check_above(request.sop_class, identifier, level)
        check_retrieved(identifier, level)
    except UndecodableError as error:
        request.respond(UNABLE_TO_PROCESS, ErrorComment=f"identifier: {error}")
    except KeyValueError as error:
        if target.planted("retrieve-odd-identifier-taken"):
            return []
        request.respond(IDENTIFIER_DOES_NOT_MATCH, OffendingElement=error.tag, ErrorComment=str(error))
    else:
        return chosen(target, identifier, level)
    return None


def _contexts(instances: list[Instance], *, default: bool) -> list[PresentationContext]:
    """One context for each SOP class and transfer syntax; the default syntax too where the pixels allow it."""
    pairs: dict[tuple[str, str], None] = {}
    for instance in instances:
        pairs[instance.sop_class, instance.transfer_syntax] = None
        if default and not _is_compressed(instance):
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
    target, is_move = progress.target, association is not request.session
    sender = giving(target, association, sender)
    anybody = target.planted("retrieve-role-ignored")
    contexts = [context for context in association.accepted_contexts if context.as_scu or anybody]
    for number, instance in enumerate(instances):
        if request.cancelled and not target.planted("retrieve-cancel-ignored"):
            request.respond(CANCEL, progress.identifier(CANCEL), **progress.counts(CANCEL, is_move=is_move))
            return True
        if is_gone(request.session):
            return True
        progress.note(instance.uid, _send_one(instance, contexts, sender, priority_of(target, number)))
        request.respond(PENDING, progress.identifier(PENDING), **progress.counts(PENDING, is_move=is_move))
    return False


def _send_one(instance: Instance, contexts: Iterable[PresentationContext], sender: Sender, priority: int) -> int | None:
    """Send one instance; its stored bytes where their transfer syntax was accepted. Returns the status."""
    command = {
        "AffectedSOPClassUID": instance.sop_class,
        "CommandField": 0x0001,
        "Priority": priority,
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
    mixed = SOME_FAILED if progress.taken else CANNOT_PERFORM
    status = mixed if progress.failed or progress.warned else SUCCESS
    status = spoiled_status(progress.target, status, progress.completed, progress.warned, len(progress.failed))
    is_move = request.name == "C_MOVE"
    request.respond(status, progress.identifier(status), **progress.counts(status, is_move=is_move))
