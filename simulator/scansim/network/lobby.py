"""Connections to our listener on which nothing has been said yet: each costs a file descriptor, and nothing else.

No thread waits for them, and no record is kept of them, so that a thousand of them keep nobody from being heard.
"""

from __future__ import annotations

import contextlib
import errno
import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scansim.inputs import InputError
from scansim.network.acceptor import plain_host
from scansim.site import ListenerAddress, endpoint

#: Where the calling AE title stands in an A-ASSOCIATE-RQ (PS3.8 Table 9-11), and where it ends.
_CALLING, _TITLE_END = 26, 42
#: What says that this machine has nothing left to take a connection with, and not that the connection is at fault.
_EXHAUSTED = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
#: What says that a connection was gone before it was taken.
_GONE = (errno.ECONNABORTED, errno.EPROTO, errno.ECONNRESET)
#: How long to take nothing when nothing could be taken, in seconds.
_PAUSE = 0.2
#: Connections that the system keeps for us.
_BACKLOG = 128
#: Connections to take in one go.
_AT_ONCE = 64


@dataclass(frozen=True)
class Visitor:
    """A connection that somebody opened; ``since`` as time.monotonic has it, ``calling_ae`` as far as it was seen."""

    sock: socket.socket
    host: str
    port: int
    since: float
    calling_ae: str = ""

    def __str__(self) -> str:
        who = endpoint(self.host, self.port)
        return f"{self.calling_ae}@{who}" if self.calling_ae else who


class Lobby:
    """Takes connections, and keeps them until something is said.

    Parameters
    ----------
    listening : socket
        Where they come from.
    patience : float
        How long one may be silent, in s.
    room : int
        How many there may be; the oldest goes when another one comes.
    turned_away : callable
        Told who was turned away, and why.
    """

    def __init__(
        self, listening: socket.socket, patience: float, room: int, turned_away: Callable[[str, str], None]
    ) -> None:
        self._listening = listening
        self._patience = patience
        self._room = room
        self._turned_away = turned_away
        self._waiting: dict[int, Visitor] = {}
        self._deaf_until = 0.0
        self._hears = True
        self._door: socket.socket | None = None
        self._selector = selectors.DefaultSelector()
        listening.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ)
        #: Times that no connection could be taken, and why the first one could not.
        self.troubles = 0
        self.trouble = ""

    def spoken(self, seconds: float) -> list[Visitor]:
        """Wait for something to be said, and return who said it; they are here no longer."""
        now = time.monotonic()
        self._listen(now >= self._deaf_until and self._door is None)
        found: list[Visitor] = []
        for key, _ in self._selector.select(seconds if self._hears else min(seconds, _PAUSE)):
            if key.data is None:
                self._take()
            elif (visitor := self._leave(key.fd)) is not None and (heard := self._heard(visitor)) is not None:
                found.append(heard)
        for visitor in [each for each in self._waiting.values() if now - each.since > self._patience]:
            self._drop(visitor, f"said nothing for {self._patience:g} s")
        return found

    def shut(self) -> None:
        """Close the port for a while: whoever calls now is refused. It stays ours, bound and not listened at."""
        if self._door is None:
            where, family = self._listening.getsockname(), self._listening.family
            self._listen(False)
            self._listening.close()
            self._door = bound(socket.AddressFamily(family), where)

    def open(self) -> None:
        """Listen again, at the same port."""
        if self._door is not None:
            self._door.listen(_BACKLOG)
            self._door.setblocking(False)
            self._listening, self._door = self._door, None

    def wake(self) -> None:
        """End the wait of whoever waits for something to be said, for good."""
        with contextlib.suppress(OSError):
            (self._door or self._listening).shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End everything that waits, and free the port."""
        for visitor in self._waiting.values():
            visitor.sock.close()
        self._waiting = {}
        self._selector.close()
        (self._door or self._listening).close()

    def _listen(self, wanted: bool) -> None:
        if wanted and not self._hears:
            self._selector.register(self._listening, selectors.EVENT_READ)
        elif self._hears and not wanted:
            self._selector.unregister(self._listening)
        self._hears = wanted

    def _take(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                sock, peer = self._listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno not in _GONE:
                    self._exhausted(error.strerror or str(error), error.errno in _EXHAUSTED)
                    return
                continue
            except MemoryError:
                self._exhausted("no memory", True)
                return
            visitor = Visitor(sock, plain_host(str(peer[0])), int(peer[1]), time.monotonic())
            if len(self._waiting) >= self._room:
                self._drop(next(iter(self._waiting.values())), "said nothing while others waited for the place")
            try:
                self._selector.register(sock, selectors.EVENT_READ, visitor)
            except (OSError, MemoryError) as error:
                sock.close()
                self._turned_away(str(visitor), f"was turned away: {error}")
                continue
            self._waiting[sock.fileno()] = visitor

    def _exhausted(self, reason: str, room_helps: bool) -> None:
        """Wait a little before the next try; whoever was silent longest makes room."""
        self.troubles += 1
        self.trouble = self.trouble or reason
        self._deaf_until = time.monotonic() + _PAUSE
        if room_helps and self._waiting:
            self._drop(next(iter(self._waiting.values())), f"said nothing, and had to make room: {reason}")

    def _leave(self, number: int) -> Visitor | None:
        visitor = self._waiting.pop(number, None)
        if visitor is not None:
            with contextlib.suppress(KeyError, ValueError, OSError):
                self._selector.unregister(visitor.sock)
        return visitor

    def _drop(self, visitor: Visitor, why: str) -> None:
        self._leave(visitor.sock.fileno())
        self._turned_away(str(visitor), why)
        visitor.sock.close()

    def _heard(self, visitor: Visitor) -> Visitor | None:
        """Look at what was said without taking it; None when that is the end of the connection."""
        try:
            said = visitor.sock.recv(_TITLE_END, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError as error:
            self._turned_away(str(visitor), f"broke the connection: {error.strerror or error}")
            visitor.sock.close()
            return None
        if not said:
            self._turned_away(str(visitor), "closed the connection without a word")
            visitor.sock.close()
            return None
        title = said[_CALLING:].decode("latin-1").strip(" \0") if said[0] == 1 and len(said) == _TITLE_END else ""
        shown = title if title.isprintable() else ""
        return Visitor(visitor.sock, visitor.host, visitor.port, visitor.since, shown)


def bound(family: socket.AddressFamily, where: Any) -> socket.socket:
    """A socket that has an address, and does not listen there; OSError when it cannot be had."""
    sock = socket.socket(family)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        sock.bind(where)
    except OSError:
        sock.close()
        raise
    return sock


def listen(address: ListenerAddress) -> socket.socket:
    """A socket that listens; one for IPv6 takes IPv4 as well where it listens everywhere.

    Raises
    ------
    InputError
        When the port cannot be had.
    """
    listening = None
    try:
        found = socket.getaddrinfo(address.host, address.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, where = min(found, key=lambda each: each[0] != socket.AF_INET)  # a name may have both
        listening = bound(socket.AddressFamily(family), where)
        listening.listen(_BACKLOG)
    except (OSError, UnicodeError) as error:
        if listening is not None:
            listening.close()
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"the listener cannot have {endpoint(address.host, address.port)}: {reason}; "
            "another program listens there? give listener.port another value (0: any free port)"
        ) from None
    return listening
