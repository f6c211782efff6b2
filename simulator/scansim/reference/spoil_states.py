"""Wrong behaviours of the state machine, at the places where the upper layer acts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from scansim.wire import pdu as p

_SOON, _LATER, _PROBED, _HALF = 0.5, 1.0, 2.0, 2.5  # s
_PLACES, _AT_A_TIME = 4, 2  # associations: at most, and so many that nobody notices one that was lost
_SMALL = 4  # bytes


class Layer(Protocol):
    """What is spoiled: the upper layer of one association."""

    rejection: p.AssociateRJ | None

    @property
    def begun(self) -> bool:
        """Whether a PDU has begun to come, and has no end yet."""

    def put(self, pdu: p.PDU) -> None:
        """Send a PDU."""

    def close(self) -> None:
        """End the connection without a word."""


class Spoiled:
    """What a defect of the state machine does, of all associations of one target; `end` ends that."""

    def __init__(self, defect: str | None, end: Callable[[], None] = lambda: None) -> None:
        self._end = end
        self._defect = defect if defect is not None and defect.startswith("state-") else ""
        self._lock = threading.Lock()
        self._not_before = 0.0
        self._open = self._kept = 0
        self._places: set[int] = set()

    def planted(self, name: str) -> bool:
        """Whether a behaviour is the one that is planted."""
        return self._defect == name

    def instead(self, dul: Layer, event: str, action: str | None, state: str) -> bool:
        """Act on an event in place of the state machine; False where that is to act."""
        if not self._defect or action is None:
            return False
        if event == "Evt6" and dul.rejection is not None and self.planted("state-ends-after-rejection"):
            self._end()
        if event == "Evt17":
            return self._ended(dul, action, state)
        unexpected = event not in ("Evt16", "Evt19") and (action == "AA-8" or (action == "AA-1" and event != "Evt15"))
        if unexpected and self.planted("state-unexpected-answered"):
            dul.put(p.ReleaseRP())
            return True
        if unexpected and self.planted("state-unexpected-ignored"):
            return True
        if unexpected and action == "AA-8" and self.planted("state-abort-undefined"):
            dul.put(p.Abort(1, 3))
            dul.close()
            return True
        if event == "Evt19" and action == "AA-8" and self.planted("state-invalid-closed"):
            dul.close()
            return True
        if action == "AA-3" and self.planted("state-abort-answered"):
            dul.put(p.ReleaseRP())
        elif action == "AA-3" and self.planted("state-abort-ignored"):
            return True
        elif action in ("AA-6", "AA-8") and event == "Evt12" and self.planted("state-released-twice"):
            dul.put(p.ReleaseRP())
            return True
        elif action == "AE-6" and self._hanging("state-hangs-after-half-request"):
            return True
        return False

    def _ended(self, dul: Layer, action: str, state: str) -> bool:
        """The connection has ended."""
        if action == "AA-4" and self.planted("state-close-answered"):
            dul.put(p.ReleaseRQ())
        if state == "Sta2" and not dul.begun and self.planted("state-late-after-probe"):
            self._not_before = time.monotonic() + _PROBED
        return False

    def _hanging(self, name: str) -> bool:
        return self.planted(name) and time.monotonic() < self._not_before

    def idle(self, dul: Layer, state: str, seconds: float) -> bool:
        """Act when nothing has come for some time; whether it did."""
        if state == "Sta2" and seconds > _SOON and self.planted("state-idle-answered"):
            dul.put(p.AssociateRJ(2, 1, 1))
            dul.close()
            return True
        if state == "Sta2" and dul.begun and seconds > _SOON and self.planted("state-ends-after-half-request"):
            self._end()
        if state == "Sta2" and dul.begun and self.planted("state-hangs-after-half-request"):
            self._not_before = time.monotonic() + _HALF
        if state == "Sta6" and seconds > _LATER and self.planted("state-idle-dropped"):
            dul.put(p.Abort(2, 0))
            dul.close()
            return True
        return False

    def refused(self, pdvs: Sequence[p.PDV]) -> bool:
        """Whether a P-DATA-TF is taken for an invalid one."""
        return len(pdvs) > 1 and self.planted("state-one-fragment-each")

    def unread(self, pdvs: Sequence[p.PDV]) -> bool:
        """Whether a P-DATA-TF gets lost."""
        return self.planted("state-small-fragments-unread") and all(pdv.length < _SMALL for pdv in pdvs)

    # --- places -------------------------------------------------------------------------------------------------------

    def admits(self, session: int) -> bool:
        """Whether there is a place for one more association."""
        with self._lock:
            if self._hanging("state-late-after-probe"):
                return False
            if not self.planted("state-places-kept"):
                return True
            if len(self._places) + self._kept >= _PLACES:
                return False
            self._places.add(session)
            return True

    def gone(self, session: int, *, released: bool) -> None:
        """An association has ended."""
        with self._lock:
            if session in self._places:
                crowded = len(self._places) > _AT_A_TIME
                self._places.remove(session)
                self._kept += not released and crowded
