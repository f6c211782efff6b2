"""How long, and how much: what a peer may bring before a conversation is ended.

Every wait has two ends: an idle one, which each message sets back, and an absolute one, which nothing does.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from scansim.site import Limits
from scansim.stopping import Flag

_MIB = 1 << 20
#: What an operation may bring when nothing of the run's budget is left, in bytes.
_LEAST = 1 << 18
#: P-DATA-TFs and other PDUs that one message may need on the average; a peer may cut its messages small.
_PDUS_EACH = 4
#: How long an operation may last in any case, in s, when it may last longer at all.
_PATIENCE = 10.0


class Bound(StrEnum):
    """Which end was reached."""

    OPERATION = "operation"  #: the absolute time of a request and its responses, or of another wait
    STEP = "step"  #: the absolute time of a scenario's step, which is our own patience
    ANSWERS = "answers"
    PDUS = "pdus"
    BYTES = "bytes"


class Budget:
    """What peers may bring in a whole run, in bytes, and how patient it still is; several threads share it."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self._left = self.limits.transcript * _MIB
        self._lock = threading.Lock()
        self._overran: Counter[str] = Counter()

    def patience(self, peer: str, seconds: float) -> float:
        """How long an operation with a peer may last: half as long after each that had no end, but for the last 10 s.

        A peer that never ends anything would cost the whole time with each operation of the run.
        """
        with self._lock:
            return max(min(seconds, _PATIENCE), seconds / float(1 << min(self._overran[peer], 30)))

    def note_overrun(self, peer: str) -> None:
        """Note an operation of a peer that had no end."""
        with self._lock:
            self._overran[peer] += 1

    def share(self) -> int:
        """Bytes that one operation may bring: its limit, and no more than a quarter of what is left."""
        with self._lock:
            return max(_LEAST, min(self.limits.operation * _MIB, self._left // 4))

    def allow(self, count: int) -> None:
        """Let `count` bytes more come: what we have sent ourselves, and ask for."""
        with self._lock:
            self._left += count

    def spend(self, count: int) -> None:
        """Note `count` bytes that came."""
        with self._lock:
            self._left = max(0, self._left - count)


@dataclass(frozen=True)
class Bounds:
    """The bounds of an association with a peer: the run's budget, and when its step is to end (monotonic clock).

    ``stop`` ends every wait with KeyboardInterrupt.
    """

    budget: Budget = field(default_factory=Budget)
    until: float = math.inf
    peer: str = ""
    stop: Flag = field(default_factory=Flag)


@dataclass
class Meter:
    """What one wait has brought so far, and what it may bring.

    ``waiting`` says for what; ``until`` is its absolute end on the monotonic clock. ``asked`` is how long that is, in
    seconds; with the step's end before its own, ``step`` is set. ``answers`` bounds the messages.
    """

    waiting: str
    until: float
    asked: float
    step: bool
    answers: int
    most_bytes: int
    began: float = field(default_factory=time.monotonic)
    messages: int = 0
    pdus: int = 0
    bytes: int = 0

    @classmethod
    def begin(cls, bounds: Bounds, waiting: str, seconds: float, more: int = 0, more_bytes: int = 0) -> Meter:
        """Begin to measure a wait of `seconds` at most; `more` answers, `more_bytes` are expected beyond the limits."""
        budget = bounds.budget
        seconds = budget.patience(bounds.peer, seconds)
        until = time.monotonic() + seconds
        return cls(
            waiting,
            min(until, bounds.until),
            seconds,
            bounds.until < until,
            budget.limits.answers + more,
            budget.share() + more_bytes,
        )

    @property
    def seconds(self) -> float:
        """How long it has lasted."""
        return time.monotonic() - self.began

    @property
    def flooded(self) -> Bound | None:
        """The bound of size that was passed, if one was."""
        if self.pdus > _PDUS_EACH * self.answers:
            return Bound.PDUS
        return Bound.BYTES if self.bytes > self.most_bytes else None

    @property
    def time_bound(self) -> Bound:
        """Which time is the absolute end."""
        return Bound.STEP if self.step else Bound.OPERATION

    def limit(self, bound: Bound) -> float:
        """The figure of a bound: seconds, or a number."""
        return {
            Bound.ANSWERS: self.answers,
            Bound.PDUS: _PDUS_EACH * self.answers,
            Bound.BYTES: self.most_bytes,
        }.get(bound, round(self.until - self.began, 3))

    @property
    def told(self) -> str:
        """What came, in words."""
        count = f"{self.messages} messages" if self.messages else f"{self.pdus} PDUs"
        return f"{count}, {self.bytes} bytes"

    def reason(self, bound: Bound) -> str:
        """Why that is enough, in words."""
        limit = self.limit(bound)
        return {
            Bound.OPERATION: f"it may last {limit:g} s (timeouts.operation)",
            Bound.STEP: "the time of the step is over (timeouts.step)",
            Bound.ANSWERS: f"no more than {limit:g} are taken (limits.answers)",
            Bound.PDUS: f"no more than {limit:g} PDUs are taken (limits.answers)",
            Bound.BYTES: f"no more than {limit:g} bytes are taken (limits.operation, limits.transcript)",
        }[bound]
