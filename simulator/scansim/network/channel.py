"""A TCP connection that carries PDUs and DIMSE messages, over the sans-IO codec, every byte recorded."""

from __future__ import annotations

import contextlib
import errno
import math
import select
import socket
import time
from collections.abc import Mapping, Sequence
from itertools import chain

from scansim.network.bounds import Bound, Bounds, Meter
from scansim.network.elided import Elided as Elided
from scansim.network.elided import Streamed
from scansim.network.failures import (
    Aborted,
    AssociationError,
    ConnectionLost,
    Endless,
    NotDicom,
    Silent,
)
from scansim.network.recording import Recorder
from scansim.network.sockets import behind, part_with, queued
from scansim.site import Timeouts
from scansim.stopping import GLANCE
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from scansim.wire.dimse import NO_DATASET, Buffer, Value, encode_command, fragments
from scansim.wire.stream import Message, MessageAssembler, PduDecoder

_QUICKACK = getattr(socket, "TCP_QUICKACK", None)
#: How long to read on when a connection breaks, in seconds.
_LAST_WORDS = 1.0
#: How much of that, in bytes.
_LAST_BYTES = 1 << 20
_CHUNK = 1 << 18
#: Bytes of a P-DATA-TF where even a small data set is to be several, and the bit of a fragment that is the last.
_SMALL, _LAST = 1024, 2
#: How long a PDU that is on its way may take when the run is to end, in seconds.
_FINISH = 1.0
#: What says that the peer itself ended the connection; anything else may be the network.
_BY_PEER = (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED)
#: The smallest Maximum Length with room for a fragment: 6 bytes of PDV header, 2 bytes of data (PS3.8 9.3.5.1, E.1).
_SMALLEST_LENGTH = 8


class Channel:
    """A TCP connection that sends and receives PDUs and messages, and records every byte.

    ``established`` says that there is an association: a P-DATA-TF that comes before has no place there. ``overran``
    that the peer went beyond a bound: nothing more is expected of it.
    """

    def __init__(
        self, sock: socket.socket, recorder: Recorder, timeouts: Timeouts, bounds: Bounds | None = None
    ) -> None:
        self._socket = sock
        self.recorder = recorder
        self.timeouts = timeouts
        self.bounds = bounds or Bounds()
        self._decoder = PduDecoder()
        self._assembler = MessageAssembler()
        self._arrived: list[Message] = []
        self._pdus: list[p.PDU] = []
        self._early: list[bytes] = []
        self._unsent: list[Buffer] = []
        self._finish_until = math.inf
        self.peer_max_length = 16384
        self.open = True
        self.established = False
        self.overran = False
        self.bytes_sent = 0
        self.meter = Meter.begin(self.bounds, "a PDU", timeouts.operation)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def begin(self, waiting: str, seconds: float | None = None, more: int = 0, more_bytes: int = 0) -> None:
        """Begin a wait with bounds of its own.

        Parameters
        ----------
        waiting : str
            What for, such as ``the final response to C-FIND-RQ``.
        seconds : float, optional
            Its absolute end; ``timeouts.operation`` when left out.
        more, more_bytes : int
            Messages and bytes that are to be expected, beyond those that everybody may send.
        """
        seconds = self.timeouts.operation if seconds is None else seconds
        self.meter = Meter.begin(self.bounds, waiting, seconds, more, more_bytes)

    # -- bytes ---------------------------------------------------------------------------------------------------------

    def send(self, parts: Sequence[Buffer], elided: Sequence[Buffer] = ()) -> None:
        """Send buffers without copying them; of those in `elided`, the record keeps only the length.

        What the peer sends meanwhile is read only as far as it hinders the sending, and is looked at afterwards. What
        is sent ends with a PDU: when the run is to end, this one may take a moment more, and none follows.
        """
        self.bounds.stop.check()
        self._unsent = [part for part in (*parts, *elided) if len(part)]
        kept = sum(len(part) for part in parts)
        gone, failure = 0, None
        try:
            while self._unsent:
                try:
                    sent = self._socket.sendmsg(self._unsent)
                except BlockingIOError:
                    self._until_writable()
                    continue
                gone += sent
                self._unsent = behind(self._unsent, sent)
        except OSError as error:
            failure = error
        finally:  # also after Ctrl-C: the peer has seen these bytes, whatever became of the others
            self.bytes_sent += gone
            if not self._unsent:
                self.recorder.sent(parts, gap=gone - kept)
            elif gone:
                self.recorder.sent([b"".join(parts)[:gone]], gap=max(0, gone - kept))
        if isinstance(failure, TimeoutError) and failure.errno is None:
            self.open = False  # in the middle of a PDU, nothing more can be said on this connection
            self.recorder.event(Happening.SEND_TIMEOUT, seconds=self.timeouts.response)
            raise Silent(f"the target took no more bytes for {self.timeouts.response:g} s")
        if failure is not None:
            self._lost(failure)

    def _until_writable(self) -> None:
        """Wait until the peer takes more, or has sent something: that is read, or both would wait for each other.

        There is room again only when much of the socket's buffer has gone; until then the peer may be slow, not silent.
        """
        before, flags = queued(self._socket), 0
        while not flags:
            try:
                flags = self._ready(select.POLLIN | select.POLLOUT, time.monotonic() + self.timeouts.response)
            except TimeoutError:
                still = queued(self._socket)
                if still >= before:
                    raise
                before = still
        if flags & select.POLLOUT and not flags & (select.POLLERR | select.POLLHUP):
            return
        data = self._socket.recv(_CHUNK)
        if not data:
            raise ConnectionAbortedError(errno.ECONNABORTED, "it was ended while we were sending")
        self._early.append(data)
        self.meter.bytes += len(data)
        self._bounded()

    def _ready(self, wanted: int, idle_until: float) -> int:
        """Wait for the socket; TimeoutError when nothing happens, Endless when enough has happened."""
        end = min(idle_until, self.meter.until)
        poll = select.poll()
        poll.register(self._socket, wanted)
        while True:
            self._end_when_wanted()
            left = end - time.monotonic()
            ready = poll.poll(max(0, math.ceil(min(left, GLANCE) * 1000)))
            if ready and left > 0:
                return ready[0][1]
            if left <= GLANCE:
                break
        if self.meter.until <= idle_until and (self.meter.step or self.meter.pdus or self._unsent):
            raise self.overrun(self.meter.time_bound)
        raise TimeoutError

    def _end_when_wanted(self) -> None:
        """KeyboardInterrupt when the run is to end; a PDU that is on its way gets a moment, for half of one is none."""
        if self.bounds.stop.is_set():
            self._finish_until = min(self._finish_until, time.monotonic() + _FINISH)
            if not self._unsent or time.monotonic() > self._finish_until:
                raise KeyboardInterrupt

    def _lost(self, error: OSError) -> None:
        """Read what the peer still said before the connection broke, then raise."""
        self.open = False
        until, most = time.monotonic() + _LAST_WORDS, _LAST_BYTES
        self._take_early()
        with contextlib.suppress(OSError, Endless):
            while most > 0 and self._ready(select.POLLIN, until) and (data := self._socket.recv(_CHUNK)):
                most -= len(data)
                self._take(data)
        if most <= 0:  # what is behind that may be the answer
            self.recorder.event(Happening.NOT_KEPT)
        by_peer = error.errno in _BY_PEER
        self.recorder.event(Happening.CONNECTION_LOST, reason=error.strerror or str(error), by_peer=by_peer)
        self._raise_if_aborted()
        how = "the target closed the connection" if by_peer else "the connection broke"
        raise ConnectionLost(f"{how}: {error.strerror or error}") from None

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for data in early:
            self.meter.bytes -= len(data)  # counted when it came
            self._take(data)

    def _take(self, data: bytes) -> None:
        self.recorder.received(data)
        self.bounds.budget.spend(len(data))
        self.meter.bytes += len(data)
        for event in self._decoder.feed(data, 0):
            self.meter.pdus += 1
            if self.established and isinstance(event.pdu, p.PData):
                self._arrived += self._assembler.feed(event)
            else:
                self._pdus.append(event.pdu)
        self._bounded()

    def _bounded(self) -> None:
        """Endless when the peer has sent more than it may."""
        bound = self.meter.flooded
        if bound is not None and not self.overran:
            raise self.overrun(bound)

    def overrun(self, bound: Bound) -> Endless:
        """Note that a bound was passed, and give what to raise."""
        meter = self.meter
        self.overran = True
        if bound is Bound.OPERATION:
            self.bounds.budget.note_overrun(self.bounds.peer)
        self.recorder.event(
            Happening.OVERRUN,
            waiting=meter.waiting,
            bound=bound,
            seconds=round(meter.seconds, 3),
            messages=meter.messages,
            pdus=meter.pdus,
            bytes=meter.bytes,
            limit=meter.limit(bound),
        )
        return Endless(f"{meter.told} in {meter.seconds:.1f} s, and not {meter.waiting}: {meter.reason(bound)}")

    def _raise_if_aborted(self) -> None:
        for pdu in self._pdus:
            if isinstance(pdu, p.Abort):
                self.open = False
                who = {0: "service user", 2: "service provider"}.get(pdu.source, f"source {pdu.source}")
                raise Aborted(f"the target aborted the association ({who}, reason {pdu.reason})")

    def _receive(self, deadline: float) -> None:
        """Read once; raises TimeoutError past `deadline`, AssociationError when the connection is gone."""
        if self._early:
            self._take_early()
            return
        if _QUICKACK is not None:
            # Without it a peer that leaves Nagle's algorithm on waits 40 ms for our delayed ACK, once per message.
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)
        self._ready(select.POLLIN, deadline)
        try:
            data = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
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
        """Wait for the next PDU that is no P-DATA-TF of an association."""
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
        self.meter.messages += 1
        return self._arrived.pop(0)

    @property
    def unread(self) -> tuple[Message, ...]:
        """Messages that came and that nobody waited for, such as what crossed our A-RELEASE-RQ."""
        return tuple(self._arrived)

    @property
    def unexpected(self) -> str:
        """Kind of the PDU that stands where a message was waited for; empty when there is none."""
        return p.name_of(self._pdus[0]) if self._pdus else ""

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
        self.established = self.established or isinstance(pdu, p.AssociateAC)

    def send_abort(self, abort: p.Abort) -> None:
        """Send A-ABORT if that can be: not in the middle of another PDU."""
        if not self.open or self._unsent:
            return
        if self.bounds.stop.is_set():
            self.open = False
            self.recorder.sent([part_with(self._socket, p.encode(abort))])
            return
        with contextlib.suppress(AssociationError):
            self.send_pdu(abort)

    def send_message(
        self,
        context_id: int,
        command: Mapping[str, Value],
        dataset: Sequence[Buffer] = (),
        elided: Elided | Streamed | None = None,
        pause: float = 0.0,
    ) -> None:
        """Send one message; what has come before the last fragment of its data set goes out is in the record before it.

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
        pause : float
            How long an answer is waited for before the last fragment goes out, in s; the fragments are small then.
        """
        if 0 < self.peer_max_length < _SMALLEST_LENGTH:
            raise AssociationError(
                f"the target takes P-DATA-TFs of {self.peer_max_length} bytes only, too few for a message"
            )
        has_dataset = bool(dataset) or elided is not None
        encoded = encode_command({**command, "CommandDataSetType": 0x0001 if has_dataset else NO_DATASET})
        of_command = fragments(context_id, True, [encoded], self.peer_max_length)
        pending = [part for head, views in of_command for part in (head, *views)]
        if not has_dataset:
            self.send(pending)
            return
        kept = sum(len(part) for part in dataset)
        parts = chain(dataset, elided.parts() if elided is not None else ())
        length, first = kept + (elided.length if elided is not None else 0), True
        most = min(self.peer_max_length or _SMALL, _SMALL) if pause else self.peer_max_length
        for head, views in fragments(context_id, False, parts, most, length):
            if head[-1] & _LAST and not first:
                self._glance(pause)
            first = False
            pending.append(head)
            hidden: list[Buffer] = []
            for view in views:
                (pending if kept > 0 else hidden).append(view)
                kept -= len(view)
            self.send(pending, hidden)
            pending = []
        if elided is not None:
            self.recorder.digest(*elided.digests)

    def _glance(self, seconds: float) -> None:
        """Take what has come by now, or comes within some time; the end of the connection is for whoever waits."""
        self._take_early()
        with contextlib.suppress(TimeoutError, BlockingIOError, OSError):
            if seconds:
                self._ready(select.POLLIN, time.monotonic() + seconds)
            if data := self._socket.recv(_CHUNK):
                self._take(data)

    def close(self) -> None:
        """Close the connection and its record."""
        self.open = False
        with contextlib.suppress(OSError):
            self._socket.close()
        self.recorder.close()
