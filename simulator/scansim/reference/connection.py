"""One association of the reference target: requests in, responses and our own requests out.

pynetdicom does the negotiation, the sending side of the upper layer and the decoding of command sets; what comes in is
looked at by `upper_layer` and put together by `incoming` first. Requests are dispatched here and not by its service
classes, because those answer some requests with less than PS3.4 wants (no Attribute Identifier List, our own title as
Move Originator).
"""

from __future__ import annotations

import logging
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, BinaryIO

from pydicom.dataset import Dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.dimse_primitives import C_CANCEL
from pynetdicom.pdu_primitives import A_ASSOCIATE

from scansim.reference.incoming import LONGEST_IDENTIFIER, Limits, Received
from scansim.reference.sending import SLOWEST, Primitive, await_response, drain, encode_dataset, is_gone, send
from scansim.reference.skim import MalformedError, TooMuchError, Walk
from scansim.reference.upper_layer import UpperLayer
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decode

_LOG = logging.getLogger("scansim.reference")


#: Answers to what no service here takes on (PS3.7 Annex C).
SOP_CLASS_NOT_SUPPORTED, NO_SUCH_SOP_CLASS, UNRECOGNISED_OPERATION, MISTYPED_ARGUMENT = 0x0122, 0x0118, 0x0211, 0x0212
_PROCESSING_FAILURE, _UNABLE_TO_PROCESS = 0x0110, 0xC001

_COMMAND_FIELDS = {
    "C_STORE": 0x0001,
    "C_GET": 0x0010,
    "C_FIND": 0x0020,
    "C_MOVE": 0x0021,
    "C_ECHO": 0x0030,
    "N_EVENT_REPORT": 0x0100,
    "N_GET": 0x0110,
    "N_SET": 0x0120,
    "N_ACTION": 0x0130,
    "N_CREATE": 0x0140,
    "N_DELETE": 0x0150,
}
#: Status of a message whose data set could not be kept: out of resources, or what Annex C has for it.
_OUT_OF_RESOURCES = {"C_STORE": 0xA700, "C_FIND": 0xA700, "C_MOVE": 0xA701, "C_GET": 0xA701}
_RESOURCE_LIMITATION = 0x0213

_MOST_ELEMENTS, _MOST_VALUES = 150_000, 250_000  # of a data set that is read whole, items among the elements

_LOOK = 0.5  # s after which an association that nothing comes on looks after itself


class UndecodableError(Exception):
    """The data set of a request cannot be decoded in the negotiated transfer syntax."""


@dataclass(frozen=True)
class Request:
    """One request of a peer, and the way to answer it."""

    session: Session
    context_id: int
    sop_class: str
    transfer_syntax: UID
    message: Primitive

    @property
    def name(self) -> str:
        """Such as ``C_FIND``."""
        return type(self.message).__name__

    @property
    def requester(self) -> str:
        """AE title of the peer."""
        return str(self.session.requestor.ae_title).strip()

    @property
    def cancelled(self) -> bool:
        """Whether a C-CANCEL for this request has come (PS3.7 9.3.2.3).

        pynetdicom reads only when it has nothing to send, so what was sent before has to leave first; that also keeps
        a peer that reads slowly from filling our memory.
        """
        drain(self.session, SLOWEST)
        return self.message.MessageID in self.session.dimse.cancel_req

    @property
    def received(self) -> Received | None:
        """The encoded data set, None when none came."""
        received: Received | None = self.message.received
        return received

    def stream(self) -> BinaryIO:
        """The encoded data set from its beginning."""
        return BytesIO() if self.received is None else self.received.open()

    def dataset(self) -> Dataset:
        """Decode the data set whole; UndecodableError when that fails."""
        syntax = self.transfer_syntax
        try:
            walk = Walk(self.stream(), syntax, longest=LONGEST_IDENTIFIER, most=_MOST_ELEMENTS, whole=True)
            data = b"".join(raw or b"" for _, raw in walk.elements(LONGEST_IDENTIFIER))
            if data.count(b"\\") > _MOST_VALUES:
                raise TooMuchError("too many values")
            return decode(data, EXPLICIT_LITTLE if syntax.is_deflated else syntax)
        except (ValueError, MalformedError, TooMuchError) as error:
            raise UndecodableError(str(error)) from error

    def respond(self, status: int, dataset: Dataset | None = None, **fields: Any) -> None:
        """Send one response.

        Parameters
        ----------
        status : int
            Status (0000,0900).
        dataset : Dataset or None
            Encoded in the transfer syntax of the request's context.
        **fields
            Further command elements by keyword; None leaves out one that is sent otherwise.
        """
        message = self.message
        if self.received is not None and self.received.answered:
            return
        command: dict[str, Any] = {
            "AffectedSOPClassUID": self.sop_class,
            "CommandField": _COMMAND_FIELDS[self.name] | 0x8000,
            "MessageIDBeingRespondedTo": message.MessageID,
            "Status": status,
        }
        instance = getattr(message, "AffectedSOPInstanceUID", None) or getattr(message, "RequestedSOPInstanceUID", None)
        if instance is not None:
            command["AffectedSOPInstanceUID"] = instance
        command.update(fields)
        send(
            self.session,
            self.context_id,
            command,
            None if dataset is None else encode_dataset(dataset, self.transfer_syntax),
        )


#: What answers a request: name of the message and abstract syntax of its context.
Handlers = Mapping[tuple[str, str], Callable[[Request], None]]


@dataclass(frozen=True)
class _Post:
    """Something that the association's own thread is to do."""

    run: Callable[[], None]


class Session(Association):
    """An association that a peer has with the target.

    Its own thread does all reading and sending, so that no message comes between the fragments of another one.
    """

    def __init__(self, ae: AE, mode: str, handlers: Handlers, limits: Limits) -> None:
        super().__init__(ae, mode)
        self.dul: UpperLayer = UpperLayer(self, limits)
        self.acse_timeout = limits.artim
        self.network_timeout = ae.network_timeout
        self._longest_wait = limits.artim + 1
        self._handlers_by_request = handlers
        self._last_id = 0
        self._waiting: dict[int, Callable[[Primitive], None]] = {}

    def take_over(self, handlers: Handlers) -> None:
        """Answer more requests than the target does for everybody."""
        self._handlers_by_request = {**self._handlers_by_request, **handlers}

    def run_reactor(self) -> None:
        """Serve the association from its first byte to its last."""
        self.dul.start()
        self._started_dul = True
        self._dul_ready.wait()
        try:
            primitive = self.dul.receive_pdu(wait=True, timeout=self._longest_wait)
            if isinstance(primitive, A_ASSOCIATE):
                self.requestor.primitive = primitive
                evt.trigger(self, evt.EVT_REQUESTED, {})
                if not self.is_aborted and not self.is_rejected:
                    self.acse.negotiate_association()
                if self.is_established:
                    self._run_reactor()
        except Exception as error:
            _LOG.error("an association broke down: %s: %s", type(error).__name__, error)
            self.abort(block=False)
        self.kill()
        self.dul.spoiled.gone(id(self), released=self.is_released)
        self._forget_messages()

    def _run_reactor(self) -> None:
        """Serve messages as they come, until the association is released or gone."""
        while not self._kill:
            context_id, message = self._next_message()
            if message is not None:
                self._serve_request(message, context_id)
            elif self.acse.is_release_requested():
                self.acse.send_release(is_response=True)
                self.is_released, self.is_established = True, False
                return
            elif self.acse.is_aborted() or not self.dul.is_alive():
                self.is_aborted, self.is_established = True, False
                return
            elif self.dul.idle_timer_expired():
                self.dul.note_timeout("a request", float(self.network_timeout or 0))
                self.abort(block=False)
                return

    def _next_message(self) -> tuple[int, Primitive | None]:
        """The next message, None when there is something else to look at."""
        try:
            context_id, message = self.dimse.msg_queue.get(timeout=_LOOK)
        except queue.Empty:
            return 0, None
        return int(context_id or 0), message

    def _forget_messages(self) -> None:
        """Let go of the data sets of messages that nobody serves any more."""
        while not self.dimse.msg_queue.empty():
            received = getattr(self.dimse.msg_queue.get()[1], "received", None)
            if received is not None:
                received.close()

    def _serve_request(self, msg: Primitive, context_id: int) -> None:
        """Take one message from pynetdicom's loop over the association."""
        if isinstance(msg, _Post):
            msg.run()
            return
        try:
            if isinstance(msg, C_CANCEL):  # one more than are kept
                pass
            elif msg.is_response:
                self._take_response(msg)
            else:
                self._is_paused = True  # lets another thread abort the association meanwhile
                self._dispatch(msg, context_id)
                self._is_paused = False
        finally:
            if msg.received is not None:
                msg.received.close()

    def _take_response(self, message: Primitive) -> None:
        """Hand a response to whoever waits; one that comes too late is dropped, one that nobody asked for is not."""
        number = message.MessageIDBeingRespondedTo
        found = self._waiting.pop(number, None)
        if found is not None:
            found(message)
        elif not 0 < number <= self._last_id:
            self.abort(block=False)

    def _dispatch(self, message: Primitive, context_id: int) -> None:
        context = self._accepted_cx[context_id]
        syntax = str(context.abstract_syntax)
        named = getattr(message, "AffectedSOPClassUID", None) or getattr(message, "RequestedSOPClassUID", None)
        request = Request(self, context_id, str(named or syntax), context.transfer_syntax[0], message)
        handler = self._handlers_by_request.get((request.name, syntax))
        if request.received is not None and request.received.failed:
            request.respond(_OUT_OF_RESOURCES.get(request.name, _RESOURCE_LIMITATION))
        elif not message.is_valid_request:
            request.respond(MISTYPED_ARGUMENT)
        elif named != syntax:
            request.respond(SOP_CLASS_NOT_SUPPORTED if request.name.startswith("C") else NO_SUCH_SOP_CLASS)
        elif handler is None:
            request.respond(UNRECOGNISED_OPERATION)
        else:
            try:
                handler(request)
            except Exception as error:
                # every request gets its response (PS3.7 7.5.3), also when something here is broken
                _LOG.error("%s failed: %s: %s", request.name, type(error).__name__, error)
                request.respond(_UNABLE_TO_PROCESS if request.name.startswith("C") else _PROCESSING_FAILURE)

    def next_id(self) -> int:
        """Message ID for a request of ours."""
        self._last_id = self._last_id % 65535 + 1
        return self._last_id

    def exchange(
        self, context_id: int, command: dict[str, Any], data: bytes | BinaryIO, timeout: float
    ) -> Primitive | None:
        """Send a request of ours while a request of the peer is served, and wait for the response (C-GET)."""
        later: list[tuple[int, Primitive]] = []
        number = self.next_id()
        send(self, context_id, {**command, "MessageID": number}, data)
        response = await_response(self, number, timeout, lambda message, cx: later.append((cx, message)))
        for item in later:
            self.dimse.msg_queue.put(item)
        return response

    def post(self, context_id: int, command: dict[str, Any], data: bytes, arrived: Callable[[Primitive], None]) -> bool:
        """Have a request of ours sent when the association is free; False when the association has ended.

        Parameters
        ----------
        context_id, command, data
            The request; its Message ID is filled in.
        arrived : callable
            Called with the response, in the association's own thread.
        """

        def run() -> None:
            number = self.next_id()
            self._waiting[number] = arrived
            send(self, context_id, {**command, "MessageID": number}, data)

        if not self.is_established or is_gone(self):
            return False
        self.dimse.msg_queue.put((context_id, _Post(run)))  # type: ignore[arg-type]
        return True
