"""Sending: messages in fragments, and associations of our own.

pynetdicom's ``send_*`` methods race with the thread that reads the association, so they are not used.
"""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from typing import Any, BinaryIO

from pydicom.dataset import Dataset
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_dataset
from pydicom.uid import UID
from pynetdicom import AE, evt
from pynetdicom.association import Association
from pynetdicom.pdu_primitives import A_ABORT, A_P_ABORT, P_DATA, SCP_SCU_RoleSelectionNegotiation
from pynetdicom.presentation import PresentationContext

from scansim.network.tap import Recording
from scansim.vocabulary.outcome import Initiator
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import encode

MAXIMUM_LENGTH = 131072  # bytes of one P-DATA-TF that we receive
SLOWEST = 30.0  # s that a peer may take for what was queued
_NO_DATASET = 0x0101
_COMMENT_LENGTH = 64  # characters of Error Comment, an LO
_PIECES = 64  # fragments that are queued before what was queued has to have left

#: A decoded message of pynetdicom, one of the classes of its dimse_primitives.
Primitive = Any


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


def send(association: Association, context_id: int, command: Mapping[str, Any], data: bytes | BinaryIO | None) -> None:
    """Queue one message, a file's data as they leave. Fragments are even and short enough (PS3.8 D.1, Annex E)."""
    ds = Dataset()
    for keyword, value in command.items():
        if value is not None:
            setattr(ds, keyword, _comment(value) if keyword == "ErrorComment" else value)
    ds.CommandDataSetType = _NO_DATASET if data is None else 0x0001
    body = _encode_command(ds)
    ds.CommandGroupLength = len(body)
    _send_part(association, context_id, 1, BytesIO(_encode_command(ds)))
    if data is not None:
        _send_part(association, context_id, 0, BytesIO(data) if isinstance(data, bytes) else data)


def _send_part(association: Association, context_id: int, flag: int, part: BinaryIO) -> None:
    """Queue a command set or a data set, the rest of a file."""
    room = (association.dimse.maximum_pdu_size or MAXIMUM_LENGTH) - 6 & ~1
    piece, more = part.read(room), True
    while more and not is_gone(association):
        following = part.read(room)
        more = bool(following)
        pdata = P_DATA()
        pdata.presentation_data_value_list.append((context_id, bytes((flag | (0 if more else 2),)) + piece))
        association.dul.send_pdu(pdata)
        piece = following
        if association.dul.to_provider_queue.qsize() > _PIECES:
            drain(association, SLOWEST)


def _comment(text: str) -> str:
    """An Error Comment, which has the default repertoire only (PS3.7 C)."""
    return "".join(char if " " <= char <= "~" and char != "\\" else "?" for char in text)[:_COMMENT_LENGTH]


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


def no_delay(event: evt.Event) -> None:
    """Switch Nagle's algorithm off: together with a peer's delayed ACK it costs 40 ms per message."""
    wrapper = event.assoc.dul.socket
    if wrapper is not None and wrapper.socket is not None:
        with suppress(OSError):
            wrapper.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _recorded(recording: Recording | None, calling: str, called: str, address: tuple[str, int]) -> list[Any]:
    """What has an association of our own recorded from its first byte on."""

    def tap(event: evt.Event) -> None:
        wrapper = event.assoc.dul.socket
        if recording is not None and wrapper is not None and wrapper.socket is not None:
            facts = {"host": address[0], "port": address[1], "calling_ae": calling, "called_ae": called}
            wrapper.socket = recording.tap(wrapper.socket, initiator=Initiator.HARNESS, **facts)

    return [(evt.EVT_CONN_OPEN, tap)] if recording is not None else []


@contextmanager
def outgoing(
    calling: str,
    called: str,
    address: tuple[str, int],
    contexts: list[PresentationContext],
    roles: list[SCP_SCU_RoleSelectionNegotiation],
    recording: Recording | None = None,
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
        evt_handlers=[(evt.EVT_CONN_OPEN, no_delay), *_recorded(recording, calling, called, address)],
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
