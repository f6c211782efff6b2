"""One association that somebody opened to us: what it may cost, and what ends it."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import NoReturn

from scansim.network.bounds import Bound, Bounds, Budget
from scansim.network.channel import Channel
from scansim.network.failures import AssociationError
from scansim.network.lobby import Visitor
from scansim.network.recording import Recorder
from scansim.site import Limits, Timeouts
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p
from scansim.wire.stream import Message

#: How often to look whether it is to end, in seconds.
GLANCE = 0.25
#: Bytes before there is an association: 128 contexts, each with many transfer syntaxes, are less.
_OPENING = 1 << 20
_MIB = 1 << 20
#: PDUs that somebody may send who brought nothing of ours.
_MOST_PDUS = 2_000


class Ended(AssociationError):
    """We end the association, for a reason that is ours."""


class Purse:
    """Bytes that all callers together may have sent on what is open; who spent most ends first when it is empty."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._spent: dict[Call, int] = {}

    def take(self, call: Call, count: int) -> int:
        """Spend `count` bytes; returns how many the caller has spent by now."""
        with self._lock:
            self._spent[call] = self._spent.get(call, 0) + count
            if sum(self._spent.values()) > self._most:
                most = max(self._spent, key=lambda each: self._spent[each])
                most.leave("sent more than there is room for")
            return self._spent[call]

    def allow(self, count: int) -> None:
        """Let `count` bytes more, or less, be sent."""
        with self._lock:
            self._most += count

    def give_back(self, call: Call) -> None:
        """Forget a caller that has gone."""
        with self._lock:
            self._spent.pop(call, None)


class Call(Channel):
    """An association that somebody opened to us, or is about to.

    ``unwanted`` says why it is to end, ``leave_by`` until when it may do so itself; ``brought`` that it brought what an
    exam waited for; ``known`` that it comes from who is to report; ``request`` is its A-ASSOCIATE-RQ, once that is
    here; ``pdus`` and ``bytes`` are how many have come, ``allowed`` how many of these may come beyond what everybody
    may send.
    """

    def __init__(
        self,
        visitor: Visitor,
        recorder: Recorder,
        timeouts: Timeouts,
        limits: Limits,
        purse: Purse,
        closing: threading.Event,
    ) -> None:
        super().__init__(visitor.sock, recorder, timeouts, Bounds(Budget(limits)))
        self.visitor = visitor
        self.began = time.monotonic()
        self.unwanted = ""
        self.leave_by = 0.0
        self.brought = False
        self.known = False
        self.request: p.AssociateRQ | None = None
        self.pdus = 0
        self.bytes = 0
        self.allowed = 0
        self._messages = 0
        self._limits = limits
        self._purse = purse
        self._closing = closing

    @property
    def rank(self) -> tuple[bool, bool, float]:
        """Who has to go first when others want the place: the smallest."""
        return self.request is not None, self.known, self.began

    def opening(self, seconds: float) -> p.PDU:
        """Wait for the first PDU, `seconds` at most however slowly it comes."""
        until = self._until("A-ASSOCIATE-RQ", seconds)
        while not self._pdus:
            if time.monotonic() >= until:
                self.recorder.event(Happening.TIMEOUT, waiting="A-ASSOCIATE-RQ", seconds=seconds)
                raise Ended(f"brought no A-ASSOCIATE-RQ within {seconds:g} s")
            self._look(until)
        return self._pdus.pop(0)

    def message(self, seconds: float) -> Message | None:
        """Wait for a whole message; None when something else came."""
        until = self._until("a message", seconds)
        while not self._arrived and not self._pdus:
            if time.monotonic() >= until:
                raise Ended(f"brought no whole message for {seconds:g} s")
            self._look(until)
        if not self._arrived:
            self._raise_if_aborted()
            return None
        self._messages += 1
        if self._messages > self._limits.answers:
            self._end(Bound.ANSWERS, self._limits.answers, f"brought more than {self._limits.answers} messages")
        return self._arrived.pop(0)

    def allow(self, count: int) -> None:
        """Let `count` bytes more come: what was asked for."""
        self.allowed += count
        self._purse.allow(count)

    def outgrow(self, limit: int) -> NoReturn:
        """End it because it has brought more than `limit` bytes, which is what the run may still keep."""
        self._end(Bound.BYTES, limit, "sent more than may still be kept")

    def pause(self, seconds: float) -> None:
        """Let time pass, `seconds` or until something comes; AssociationError when that is the end of it."""
        until = self._until("the end of a pause", seconds)
        while not self._arrived and not self._pdus and time.monotonic() < until:
            self._look(until)
        if not self._arrived:
            self._raise_if_aborted()

    def close(self) -> None:
        """Close the connection and its record."""
        self._purse.give_back(self)
        self._purse.allow(-self.allowed)
        super().close()

    @property
    def age(self) -> float:
        """How long it has been served, in s."""
        return time.monotonic() - self.began

    def leave(self, why: str) -> None:
        """Ask it to end, at the next look."""
        self.unwanted = self.unwanted or why
        self.leave_by = time.monotonic() + 4 * GLANCE

    def cut(self) -> None:
        """End the connection under whoever is still at it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _until(self, waiting: str, seconds: float) -> float:
        """Begin a wait; its end, before which what is measured has none."""
        self.begin(waiting, seconds + 1, more_bytes=self.allowed)
        return time.monotonic() + seconds

    def _look(self, until: float) -> None:
        """Read what is there, for a moment."""
        if self._closing.is_set():
            raise Ended("was open at the end of the run")
        self._stay()
        with contextlib.suppress(TimeoutError):
            self._receive(min(until, time.monotonic() + GLANCE))

    def _stay(self) -> None:
        """End it when it is to go."""
        if self.unwanted and not self.overran:
            self.overran = True
            self.recorder.event(Happening.TURNED_AWAY, reason=self.unwanted)
            raise Ended(self.unwanted)

    def _take(self, data: bytes) -> None:
        self.bytes = self._purse.take(self, len(data))
        most = self._most
        self._stay()
        if self.bytes > most:
            self._end(Bound.BYTES, most, f"sent more than {most // 1024} KiB")
        before = self.meter.pdus
        try:
            super()._take(data)
        finally:
            self.pdus += self.meter.pdus - before
        if self.pdus > _MOST_PDUS and not (self.known or self.brought):
            self._end(Bound.PDUS, _MOST_PDUS, f"sent more than {_MOST_PDUS} PDUs")

    @property
    def _most(self) -> int:
        """Bytes that it may send: a report of many thousand instances has some megabytes."""
        if self.request is None:
            return _OPENING
        return self._limits.operation * _MIB // (1 if self.known or self.brought else 8) + self.allowed

    def _end(self, bound: Bound, limit: int, reason: str) -> NoReturn:
        self.overran = True
        self.recorder.event(
            Happening.OVERRUN,
            waiting=self.meter.waiting,
            bound=bound,
            seconds=round(time.monotonic() - self.began, 3),
            messages=self._messages,
            pdus=self.pdus,
            bytes=self.bytes,
            limit=limit,
        )
        raise Ended(reason)
