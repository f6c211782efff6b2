"""One association of the reference target: requests in, responses and our own requests out.

pynetdicom does the upper layer, the negotiation and the decoding of messages. Requests are dispatched here and not by
its service classes, because those answer some requests with less than PS3.4 wants (no Attribute Identifier List, our
own title as Move Originator), and because its ``send_*`` methods race with the thread that reads the association.
"""

from __future__ import annotations

import logging
import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from typing import Any

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ABORT, A_P_ABORT, P_DATA, SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext

from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decode, encode

_LOG = logging.getLogger("scansim.reference")

MAXIMUM_LENGTH = 131072  # bytes of one P-DATA-TF that we receive
_NO_DATASET = 0x0101
_COMMENT_LENGTH = 64  # characters of Error Comment, an LO

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
_DATASETS = {
    "C_STORE": "DataSet",
    "C_FIND": "Identifier",
    "C_MOVE": "Identifier",
    "C_GET": "Identifier",
    "N_SET": "ModificationList",
    "N_ACTION": "ActionInformation",
    "N_CREATE": "AttributeList",
}

#: A decoded message of pynetdicom, one of the classes of its dimse_primitives.
Primitive = Any


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
        drain(self.session, 30)
        return self.message.MessageID in self.session.dimse.cancel_req

    @cached_property
    def data(self) -> bytes:
        """The encoded data set, empty when there is none."""
        buffer: BytesIO | None = getattr(self.message, _DATASETS.get(self.name, ""), None)
        return buffer.getvalue() if buffer is not None else b""

    def dataset(self) -> Dataset:
        """Decode the data set whole; UndecodableError when that fails."""
        syntax = self.transfer_syntax
        try:
            if syntax.is_deflated:
                return decode(zlib.decompress(self.data, -zlib.MAX_WBITS), EXPLICIT_LITTLE)
            return decode(self.data, syntax)
        except (ValueError, zlib.error) as error:
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


def encode_dataset(ds: Dataset, syntax: UID) -> bytes:
    """Encode a data set in a transfer syntax; ValueError when that fails."""
    try:
        encoded = encode(ds, EXPLICIT_LITTLE if syntax.is_deflated else syntax)
    except Exception as error:  # pydicom raises a dozen kinds for values that cannot be written
        raise ValueError(f"the data set cannot be encoded in {syntax.name}: {error}") from error
    if not syntax.is_deflated:
        return encoded
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    deflated = packer.compress(encoded) + packer.flush()
    return deflated + b"\0" if len(deflated) % 2 else deflated  # PS3.5 A.5


#: What answers a request: name of the message and abstract syntax of its context.
Handlers = Mapping[tuple[str, str], Callable[[Request], None]]


def send(association: Association, context_id: int, command: Mapping[str, Any], data: bytes | None) -> None:
    """Queue one message. Fragments are even and within the peer's maximum length (PS3.8 D.1 and Annex E)."""
    ds = Dataset()
    for keyword, value in command.items():
        if value is not None:
            setattr(ds, keyword, value[:_COMMENT_LENGTH] if keyword == "ErrorComment" else value)
    ds.CommandDataSetType = _NO_DATASET if data is None else 0x0001
    body = _encode_command(ds)
    ds.CommandGroupLength = len(body)
    room = (association.dimse.maximum_pdu_size or MAXIMUM_LENGTH) - 6 & ~1
    for part, flag in ((_encode_command(ds), 1), (data, 0)):
        if part is None:
            continue
        for start in range(0, max(len(part), 1), room):
            last = 2 if start + room >= len(part) else 0
            pdata = P_DATA()
            pdata.presentation_data_value_list.append((context_id, bytes((flag | last,)) + part[start : start + room]))
            association.dul.send_pdu(pdata)


def _encode_command(ds: Dataset) -> bytes:
    buffer = DicomBytesIO()
    buffer.is_implicit_VR = buffer.is_little_endian = True
    write_dataset(buffer, ds)
    return buffer.getvalue()


def drain(association: Association, timeout: float) -> None:
    """Wait at most `timeout` s until what was queued has been sent."""
    deadline = time.monotonic() + timeout
    while association.dul.to_provider_queue.qsize() and time.monotonic() < deadline and not is_gone(association):
        time.sleep(0.0005)


def is_gone(association: Association) -> bool:
    """Whether the association was aborted or its connection lost."""
    return not association.dul.is_alive() or isinstance(association.dul.peek_next_pdu(), A_ABORT | A_P_ABORT)


def await_response(
    association: Association, message_id: int, timeout: float, other: Callable[[Primitive, int], None]
) -> Primitive | None:
    """Wait at most `timeout` s for the response to our request `message_id`; None when it does not come.

    Messages that are something else are handed to `other`. To be called by the one thread that reads the association.
    """
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline and not is_gone(association):
        try:
            context_id, message = association.dimse.msg_queue.get(timeout=0.05)
        except Exception:  # queue.Empty, or the queue's end
            continue
        if getattr(message, "MessageIDBeingRespondedTo", None) == message_id:
            return message
        if message is not None and context_id is not None:
            other(message, context_id)
    return None


@dataclass(frozen=True)
class _Post:
    """Something that the association's own thread is to do."""

    run: Callable[[], None]


class Session(Association):
    """An association that a peer has with the target.

    Its own thread does all reading and sending, so that no message comes between the fragments of another one.
    """

    def __init__(self, ae: AE, mode: str, handlers: Handlers) -> None:
        super().__init__(ae, mode)
        self._handlers_by_request = handlers
        self._last_id = 0
        self._waiting: dict[int, Callable[[Primitive], None]] = {}

    def _serve_request(self, msg: Primitive, context_id: int) -> None:
        """Take one message from pynetdicom's loop over the association."""
        if isinstance(msg, _Post):
            msg.run()
        elif getattr(msg, "MessageID", None) is None:  # a response; or one C-CANCEL more than pynetdicom keeps
            found = self._waiting.pop(msg.MessageIDBeingRespondedTo, None)
            if found is not None:
                found(msg)
        elif context_id not in self._accepted_cx:
            self.abort()
        else:
            self._is_paused = True  # lets another thread abort the association meanwhile
            self._dispatch(msg, context_id)
            self._is_paused = False

    def _dispatch(self, message: Primitive, context_id: int) -> None:
        context = self._accepted_cx[context_id]
        syntax = str(context.abstract_syntax)
        named = getattr(message, "AffectedSOPClassUID", None) or getattr(message, "RequestedSOPClassUID", None)
        request = Request(self, context_id, str(named or syntax), context.transfer_syntax[0], message)
        handler = self._handlers_by_request.get((request.name, syntax))
        if not message.is_valid_request:
            request.respond(MISTYPED_ARGUMENT)
        elif named != syntax:
            request.respond(SOP_CLASS_NOT_SUPPORTED if request.name.startswith("C") else NO_SUCH_SOP_CLASS)
        elif handler is None:
            request.respond(UNRECOGNISED_OPERATION)
        else:
            try:
                handler(request)
            except Exception:
                # every request gets its response (PS3.7 7.5.3), also when something here is broken
                _LOG.exception("%s failed", request.name)
                request.respond(_UNABLE_TO_PROCESS if request.name.startswith("C") else _PROCESSING_FAILURE)

    def next_id(self) -> int:
        """Message ID for a request of ours."""
        self._last_id = self._last_id % 65535 + 1
        return self._last_id

    def exchange(self, context_id: int, command: dict[str, Any], data: bytes, timeout: float) -> Primitive | None:
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


def no_delay(event: evt.Event) -> None:
    """Switch Nagle's algorithm off: together with a peer's delayed ACK it costs 40 ms per message."""
    wrapper = event.assoc.dul.socket
    if wrapper is not None and wrapper.socket is not None:
        with suppress(OSError):
            wrapper.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


@contextmanager
def outgoing(
    calling: str,
    called: str,
    address: tuple[str, int],
    contexts: list[PresentationContext],
    roles: list[SCP_SCU_RoleSelectionNegotiation],
) -> Iterator[Association | None]:
    """Open an association of our own, and release it at the end; None when it is not established.

    pynetdicom's reading thread is kept paused meanwhile, so that responses are ours alone to take (`await_response`).
    """
    ae = AE(calling)
    ae.acse_timeout = ae.dimse_timeout = ae.connection_timeout = 5
    association = ae.associate(
        *address,
        contexts,
        ae_title=called,
        max_pdu=MAXIMUM_LENGTH,
        ext_neg=list(roles),
        evt_handlers=[(evt.EVT_CONN_OPEN, no_delay)],
    )
    if not association.is_established:
        yield None
        return
    association._reactor_checkpoint.clear()
    time.sleep(0.01)  # a reactor that had passed its checkpoint just before has come back to it by now
    while not association._is_paused and not is_gone(association):
        time.sleep(0.001)
    try:
        yield association
    finally:
        if is_gone(association):
            association.abort()
        else:
            association.release()
