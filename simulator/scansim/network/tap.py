"""A recording: what clients send to the target and what it answers, byte by byte, as it passes the socket.

One folder::

    recording.json    what was recorded: the target's title and address, when, with which options; what was not kept
    a01.wire …        one association each, in the format of a transcript, "received" being the client's bytes

Whatever a client does is recorded within bounds. That a record cannot be written ends the target: one that serves on
without it has observed nothing.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from scansim.files import make_private, refused, write_atomically
from scansim.inputs import InputError
from scansim.network.headers import DIGEST, KEEP, HeadersOnly
from scansim.network.recording import Recorder
from scansim.vocabulary.outcome import Happening, Initiator
from scansim.vocabulary.recording import FACTS, FORMAT
from scansim.wire import pdu as p
from scansim.wire.stream import PduDecoder

_MIB = 1 << 20
#: Bytes that are kept of one association, with headers alone and with everything, and of all; associations.
_MOST_HEADERS, _MOST_WHOLE, _MOST_OF_ALL, _MOST_ASSOCIATIONS = 64 * _MIB, 4096 * _MIB, 1 << 36, 20_000
#: The same of what is no PDU.
_MOST_GARBAGE = _MIB


def _ours(error: InputError) -> InputError:
    """The error, naming the option that the folder was given with."""
    return InputError(str(error).replace("--out", "--record"))


class Recording:
    """A recording while it is made; several threads share it.

    Parameters
    ----------
    folder : pathlib.Path
        Where; it is made, or empty.
    facts : mapping
        What ``recording.json`` says of the target.
    whole : bool
        Whether Pixel Data are kept as well.
    ended : callable, optional
        Called with the record of each association that has ended, in the thread that served it.

    Attributes
    ----------
    error : InputError or None
        What could not be written.
    broken, told : callable or None
        Called once when something cannot be written, and when the target takes associations.
    """

    def __init__(
        self,
        folder: Path,
        facts: Mapping[str, Any],
        *,
        whole: bool = False,
        ended: Callable[[Path], None] | None = None,
    ) -> None:
        self.folder = folder
        self.whole = whole
        self.error: InputError | None = None
        self.broken: Callable[[], None] | None = None
        self.told: Callable[[], None] | None = None
        self.ended = ended
        self._began = time.perf_counter_ns()
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {"format": FORMAT, **facts, "whole": whole, "ended": "", "not_kept": 0}
        self._count = 0
        self._bytes = 0
        self._open: set[Tap] = set()
        try:
            make_private(folder, exist_ok=True)
            if any(folder.iterdir()):
                raise InputError(f"{folder}: is not empty; give another --record")
            self._write()
        except OSError as error:
            raise _ours(refused(folder, error)) from None
        except InputError as error:
            raise _ours(error) from None

    def _write(self) -> None:
        text = json.dumps(self._facts, indent=1, ensure_ascii=False) + "\n"
        write_atomically((self.folder / FACTS, text.encode(errors="backslashreplace")))

    def note(self, **facts: Any) -> None:
        """Say more of the target, such as where it listens."""
        with self._lock, self.guarded():
            self._facts.update(facts)
            self._write()

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Let nothing that cannot be written get in the way of whoever serves."""
        try:
            yield
        except InputError as error:
            if self.error is None:
                self.error = _ours(error)
                if self.broken is not None:
                    self.broken()

    def tap(self, sock: socket.socket, **facts: Any) -> Any:
        """Record what passes a socket from here on; `facts` say who opened it, and where the other end is.

        Returns
        -------
        Tap or socket.socket
            What is to be used in the socket's place; the socket itself when nothing more can be kept.
        """
        with self._lock:
            if self.error is not None:
                return sock
            if self._count >= _MOST_ASSOCIATIONS or self._bytes >= _MOST_OF_ALL:
                self._facts["not_kept"] += 1
                return sock
            self._count += 1
            path = self.folder / f"a{self._count:02d}.wire"
            with self.guarded():
                tap = Tap(sock, Recorder(path, self._began, facts), self)
                self._open.add(tap)
                return tap
        return sock

    def passed_over(self) -> None:
        """Count a connection that is not recorded."""
        with self._lock:
            self._facts["not_kept"] += 1

    def keeps(self, more: int) -> None:
        """Count bytes that were written."""
        with self._lock:
            self._bytes += more

    def has_ended(self, tap: Tap) -> None:
        """Take note of an association that is over."""
        with self._lock:
            self._open.discard(tap)
        if self.ended is not None and self.error is None:
            self.ended(tap.path)

    def close(self, ended: str) -> None:
        """End the recording, with what is still open; `ended` says when."""
        with self._lock:
            left = [*self._open]
        for tap in left:
            tap.end()
        self.note(ended=ended)


class Tap:
    """A socket whose bytes are recorded as they pass; what else is asked of it the socket does."""

    def __init__(self, sock: socket.socket, recorder: Recorder, recording: Recording) -> None:
        self._sock = sock
        self._recorder = recorder
        self._recording = recording
        self._agreed: dict[int, str] = {}
        self._looking = True  # for the A-ASSOCIATE-AC
        self._negotiating = {True: PduDecoder(), False: PduDecoder()}
        self._filters = {sent: HeadersOnly(self._agreed) for sent in (True, False)}
        self._kept = 0
        self._full = False
        self._over = False

    @property
    def path(self) -> Path:
        """Where its record is."""
        return self._recorder.path

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def recv(self, size: int, *flags: int) -> bytes:
        """Receive, and record it; also how the connection ended."""
        try:
            data = self._sock.recv(size, *flags)
        except (TimeoutError, BlockingIOError):
            raise
        except OSError as error:
            self.event(Happening.CONNECTION_LOST, reason=str(error), by_peer=isinstance(error, ConnectionResetError))
            raise
        if data:
            self._take(data, sent=False)
        else:
            self.event(Happening.CLOSED_BY_PEER)
        return data

    def send(self, data: bytes, *flags: int) -> int:
        """Send, and record what went."""
        count = self._sock.send(data, *flags)
        self._take(bytes(memoryview(data)[:count]), sent=True)
        return count

    def sendall(self, data: bytes, *flags: int) -> None:
        """Record and send: what it brings about is not to stand before it."""
        self._take(bytes(data), sent=True)
        self._sock.sendall(data, *flags)

    def shutdown(self, how: int) -> None:
        """Shut the socket down."""
        self._sock.shutdown(how)

    def close(self) -> None:
        """Close the socket, and its record."""
        with suppress(OSError):
            self._sock.close()
        self.end()

    def event(self, name: str, **facts: Any) -> None:
        """Record something that is not bytes, of a connection that is there."""
        if not self._over:
            with self._recording.guarded():
                self._recorder.event(name, **facts)

    def end(self) -> None:
        """Close the record."""
        if self._over:
            return
        self._over = True
        with self._recording.guarded():
            self._recorder.close()
        self._recording.has_ended(self)

    def _take(self, data: bytes, *, sent: bool) -> None:
        if self._full or self._over:
            return
        with self._recording.guarded():
            if self._looking:
                self._negotiate(data, sent)
            if self._recording.whole:
                self._keep(data, sent)
            else:
                for kind, piece in self._filters[sent].feed(data):
                    if kind == KEEP:
                        self._keep(piece, sent)
                    elif kind == DIGEST:
                        self._recorder.digest(piece, sent=sent)
                    else:
                        self._recorder.gap(piece, sent=sent)
            self._recorder.flush()

    def _negotiate(self, data: bytes, sent: bool) -> None:
        """Look for the A-ASSOCIATE-AC, whichever way it goes, until there are data."""
        for event in self._negotiating[sent].feed(data, 0):
            if isinstance(event.pdu, p.AssociateAC):
                accepted = (each for each in event.pdu.contexts if each.result == 0)
                self._agreed.update({each.context_id: each.transfer_syntax or "" for each in accepted})
            if not isinstance(event.pdu, p.AssociateRQ):
                self._looking = False
        if not self._looking or len(self._negotiating[sent].pending) > _MOST_GARBAGE:
            self._looking = False
            self._negotiating = {True: PduDecoder(), False: PduDecoder()}

    def _keep(self, data: Any, sent: bool) -> None:
        if self._full:
            return
        garbage = self._filters[sent].lost
        most = _MOST_GARBAGE if garbage else _MOST_WHOLE if self._recording.whole else _MOST_HEADERS
        self._kept += len(data)
        self._recording.keeps(len(data))
        if self._kept > most:
            self._full = True
            self._recorder.event(Happening.NOT_KEPT, limit=most)
        elif sent:
            self._recorder.sent([data])
        else:
            self._recorder.received(data)


def accepted(recording: Recording | None, sock: socket.socket, address: tuple[Any, ...]) -> Any:
    """The socket of a client's connection, recorded if there is a recording."""
    if recording is None:
        return sock
    return recording.tap(sock, initiator=Initiator.TARGET, host=str(address[0]), port=int(address[1]))
