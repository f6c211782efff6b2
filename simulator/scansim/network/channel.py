"""A TCP connection that carries PDUs and DIMSE messages, over the sans-IO codec, every byte recorded.

Exceptions::

    AssociationError              the conversation could not go on; ``cause`` says whose doing it was
    ├── Unreachable               no TCP connection
    ├── NotDicom                  the peer answered with bytes that are no PDU
    ├── Silent                    no answer within the configured time
    ├── Rejected                  A-ASSOCIATE-RJ
    ├── Aborted                   A-ABORT
    ├── ConnectionLost            TCP closed or reset without A-RELEASE or A-ABORT
    └── NotAccepted               no Presentation Context for what was to be sent

None of them is a verdict: the recorded bytes and events are what gets judged.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import socket
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from scansim.network.recording import Recorder
from scansim.site import Timeouts
from scansim.vocabulary.outcome import Cause, Happening
from scansim.wire import pdu as p
from scansim.wire.dimse import NO_DATASET, Buffer, Value, encode_command, fragments
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
#: How long to read on when a connection breaks, in seconds.
_LAST_WORDS = 1.0
#: What says that the peer itself ended the connection; anything else may be the network.
_BY_PEER = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)
#: The smallest Maximum Length with room for a fragment: 6 bytes of PDV header, 2 bytes of data (PS3.8 9.3.5.1, E.1).
_SMALLEST_LENGTH = 8


class AssociationError(Exception):
    """The conversation could not go on."""

    cause: ClassVar[Cause] = Cause.TARGET


class Unreachable(AssociationError):
    """No TCP connection."""

    cause = Cause.UNREACHABLE


class NotDicom(AssociationError):
    """Bytes that are no PDU."""


class Silent(AssociationError):
    """No answer in time."""


#: Result of an A-ASSOCIATE-RJ that says: not now (PS3.8 Table 9-21).
REJECTED_TRANSIENT = 2


class Rejected(AssociationError):
    """A-ASSOCIATE-RJ."""

    cause = Cause.REJECTED

    def __init__(self, pdu: p.AssociateRJ) -> None:
        super().__init__(f"the association was rejected: {p.describe_rejection(pdu)}")
        self.pdu = pdu


class Aborted(AssociationError):
    """A-ABORT."""


class ConnectionLost(AssociationError):
    """TCP closed or reset."""


class NotAccepted(AssociationError):
    """No accepted Presentation Context."""

    cause = Cause.REFUSED


def _behind(parts: list[Buffer], count: int) -> list[Buffer]:
    """What is left of some buffers behind their first `count` bytes."""
    for index, part in enumerate(parts):
        if count < len(part):
            return [memoryview(part)[count:], *parts[index + 1 :]]
        count -= len(part)
    return []


@dataclass(frozen=True)
class Elided:
    """The end of a data set, Pixel Data's value, of which the record keeps length and SHA-256 only.

    The digest takes as long as the sending, so whoever has the bytes makes it before they are due.
    """

    value: Buffer
    sha256: bytes

    @classmethod
    def of(cls, value: Buffer) -> Elided:
        """Digest what is to be sent."""
        return cls(value, hashlib.sha256(value).digest())


class Channel:
    """A TCP connection that sends and receives PDUs and messages, and records every byte."""

    def __init__(self, sock: socket.socket, recorder: Recorder, timeouts: Timeouts) -> None:
        self._socket = sock
        self.recorder = recorder
        self.timeouts = timeouts
        self._decoder = PduDecoder()
        self._assembler = MessageAssembler()
        self._arrived: list[Message] = []
        self._pdus: list[p.PDU] = []
        self.peer_max_length = 16384
        self.open = True
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    # -- bytes ---------------------------------------------------------------------------------------------------------

    def send(self, parts: Sequence[Buffer], elided: Sequence[Buffer] = ()) -> None:
        """Send buffers without copying them; of those in `elided`, the record keeps only the length."""
        left: list[Buffer] = [part for part in (*parts, *elided) if len(part)]
        gone, failure = 0, None
        try:
            self._socket.settimeout(self.timeouts.response)
            while left:
                sent = self._socket.sendmsg(left)
                gone += sent
                left = _behind(left, sent)
        except OSError as error:
            failure = error
        kept = sum(len(part) for part in parts)
        if failure is None:
            self.recorder.sent(parts, gap=gone - kept)
        elif gone:  # the peer has seen these bytes, whatever became of the others
            self.recorder.sent([b"".join(parts)[:gone]], gap=max(0, gone - kept))
        if isinstance(failure, TimeoutError):
            self.open = False  # in the middle of a PDU, nothing more can be said on this connection
            self.recorder.event(Happening.SEND_TIMEOUT, seconds=self.timeouts.response)
            raise Silent(f"the target took no more bytes for {self.timeouts.response:g} s")
        if failure is not None:
            self._lost(failure)

    def _lost(self, error: OSError) -> None:
        """Read what the peer still said before the connection broke, then raise."""
        self.open = False
        until = time.monotonic() + _LAST_WORDS
        with contextlib.suppress(OSError):
            self._socket.settimeout(0.2)
            while time.monotonic() < until and (data := self._socket.recv(1 << 16)):
                self._take(data)
        by_peer = error.errno in _BY_PEER
        self.recorder.event(Happening.CONNECTION_LOST, reason=error.strerror or str(error), by_peer=by_peer)
        self._raise_if_aborted()
        how = "the target closed the connection" if by_peer else "the connection broke"
        raise ConnectionLost(f"{how}: {error.strerror or error}") from None

    def _take(self, data: bytes) -> None:
        self.recorder.received(data)
        for event in self._decoder.feed(data, 0):
            if isinstance(event.pdu, p.PData):
                self._arrived += self._assembler.feed(event)
            else:
                self._pdus.append(event.pdu)

    def _raise_if_aborted(self) -> None:
        for pdu in self._pdus:
            if isinstance(pdu, p.Abort):
                self.open = False
                who = {0: "service user", 2: "service provider"}.get(pdu.source, f"source {pdu.source}")
                raise Aborted(f"the target aborted the association ({who}, reason {pdu.reason})")

    def _receive(self, deadline: float) -> None:
        """Read once; raises TimeoutError past `deadline`, AssociationError when the connection is gone."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        if _QUICKACK is not None:
            # Without it a peer that leaves Nagle's algorithm on waits 40 ms for our delayed ACK, once per message.
            self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        try:
            data = self._socket.recv(1 << 18)
        except TimeoutError:
            raise
        except OSError as error:
            self._lost(error)
            return
        if not data:
            self.open = False
            self.recorder.event(Happening.CLOSED_BY_PEER)
            self._raise_if_aborted()
            raise ConnectionLost("the target closed the connection without A-RELEASE or A-ABORT")
        self._take(data)
        if self._decoder.broken:
            self.open = False
            start = self._decoder.pending[:40]
            raise NotDicom(f"the target answered with bytes that are no DICOM PDU: {start!r}")

    def next_pdu(self, seconds: float, waiting_for: str) -> p.PDU:
        """Wait for the next PDU that is no P-DATA-TF."""
        deadline = time.monotonic() + seconds
        while not self._pdus:
            try:
                self._receive(deadline)
            except TimeoutError:
                self.recorder.event(Happening.TIMEOUT, waiting=waiting_for, seconds=seconds)
                raise Silent(f"no {waiting_for} within {seconds:g} s") from None
        return self._pdus.pop(0)

    def next_message(self, seconds: float) -> Message | None:
        """Wait for the next message; None when `seconds` have passed or the peer asks for release."""
        deadline = time.monotonic() + seconds
        while not self._arrived:
            if self._pdus:
                self._raise_if_aborted()
                return None
            try:
                self._receive(deadline)
            except TimeoutError:
                return None
        return self._arrived.pop(0)

    @property
    def unexpected(self) -> str:
        """Kind of the PDU that stands where a message was waited for; empty when there is none."""
        return type(self._pdus[0]).__name__ if self._pdus else ""

    @property
    def release_asked(self) -> bool:
        """Whether the peer has sent an A-RELEASE-RQ that is not answered yet."""
        return any(isinstance(pdu, p.ReleaseRQ) for pdu in self._pdus)

    # -- messages ------------------------------------------------------------------------------------------------------

    def name_of(self, message: Message) -> str:
        """What the transcript calls a message that was received, such as ``a03.r2``."""
        return f"{self.recorder.name}.r{message.number}"

    def send_pdu(self, pdu: p.PDU) -> None:
        """Send one PDU."""
        self.send([p.encode(pdu)])

    def send_message(
        self,
        context_id: int,
        command: Mapping[str, Value],
        dataset: Sequence[Buffer] = (),
        elided: Elided | None = None,
    ) -> None:
        """Send one message.

        Parameters
        ----------
        context_id : int
            Presentation Context ID.
        command : mapping
            Keyword to value; Command Data Set Type is filled in.
        dataset : sequence of buffers
            The encoded data set.
        elided : Elided, optional
            The end of the data set that is sent and not kept.
        """
        if 0 < self.peer_max_length < _SMALLEST_LENGTH:
            raise AssociationError(
                f"the target takes P-DATA-TFs of {self.peer_max_length} bytes only, too few for a message"
            )
        has_dataset = bool(dataset) or elided is not None
        encoded = encode_command({**command, "CommandDataSetType": 0x0001 if has_dataset else NO_DATASET})
        pending = [
            part
            for head, views in fragments(context_id, True, [encoded], self.peer_max_length)
            for part in (head, *views)
        ]
        if not has_dataset:
            self.send(pending)
            return
        parts = [*dataset, elided.value] if elided is not None else list(dataset)
        kept = sum(len(part) for part in dataset)
        for head, views in fragments(context_id, False, parts, self.peer_max_length):
            pending.append(head)
            hidden: list[Buffer] = []
            for view in views:
                (pending if kept > 0 else hidden).append(view)
                kept -= len(view)
            self.send(pending, hidden)
            pending = []
        if elided is not None:
            self.recorder.digest(elided.sha256)

    def close(self) -> None:
        """Close the connection and its record."""
        self.open = False
        with contextlib.suppress(OSError):
            self._socket.close()
        self.recorder.close()
