"""An association, or a bare connection, that is disturbed on purpose: what is sent is no exchange of messages."""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable
from enum import StrEnum

from scansim.network.association import Association
from scansim.network.failures import AssociationError
from scansim.vocabulary.disturbances import WAYS, Way
from scansim.vocabulary.outcome import Happening


class Heard(StrEnum):
    """What became of a wait for what the target does."""

    ENOUGH = "what was waited for came"
    ENDED = "the connection ended"
    SILENT = "nothing more came"


class Provoked(Association):
    """A connection on which we say what has no place there, or nothing, or half of it."""

    def disturb(self, way: Way, **facts: object) -> None:
        """Say in the record what comes now."""
        self.recorder.event(Happening.DISTURBANCE, way=way, clause=WAYS[way].clause, **facts)

    def say(self, data: bytes) -> bool:
        """Send bytes as they are; False when the target has ended the connection before it took them."""
        try:
            self.send([data])
        except AssociationError:
            return False
        return True

    def hear(self, seconds: float, waiting: str, enough: Callable[[], bool] = lambda: False) -> Heard:
        """Take what comes until it is `enough`, the connection ends, or `seconds` have passed: the record then says so.

        Without `waiting` nothing is waited for: what still comes is read.
        Nothing that the target does here is an error.
        """
        if not self.open:
            return Heard.ENDED
        deadline = time.monotonic() + seconds
        self.begin(waiting, seconds + 1)
        try:
            while not enough():
                self._receive(deadline)
        except TimeoutError:
            if waiting:
                self.recorder.event(Happening.TIMEOUT, waiting=waiting, seconds=seconds)
            return Heard.SILENT
        except AssociationError:
            self.open = False
            return Heard.ENDED
        return Heard.ENOUGH

    def has_pdu(self) -> bool:
        """Whether a PDU that is no P-DATA-TF of the association has come."""
        return bool(self._pdus)

    def has_any(self) -> bool:
        """Whether a PDU or a message has come."""
        return bool(self._pdus or self._arrived)

    @property
    def answers(self) -> int:
        """How many messages have come."""
        return len(self._arrived)

    def close_half(self) -> None:
        """Close our sending half: the target reads an end, and we still hear it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self.recorder.event(Happening.CLOSED_BY_US, how="half")

    def cut(self, *, reset: bool = False) -> None:
        """Close the connection without a word; with `reset` it is reset, as by a host that lost power and came back."""
        if reset:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.recorder.event(Happening.CLOSED_BY_US, how="reset" if reset else "close")
        self.close()
