"""How our listener treats who brings a commitment report while a step wants it to be no good one.

A scanner's listener is not always there: it is switched off, busy, slow, out of order. Each manner is shown once, to
the first association or report of the exam that it is for; after that everything is taken as always, so that whoever
tries again gets through.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum

from scansim.network.reports import Expectation
from scansim.vocabulary.status import SUCCESS
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p

#: Status of a report that we do not take (PS3.7 10.1.1.1.8): processing failure.
PROCESSING_FAILURE = 0x0110
#: Rejected for the moment, by the presentation part of the service provider: temporary congestion (PS3.8 Table 9-21).
_REJECTION = p.AssociateRJ(2, 3, 1)


class Way(StrEnum):
    """What is wrong with the listener."""

    UP = "up"
    DOWN_THEN_UP = "down-then-up"  #: its port is closed for a while
    REJECTING = "rejecting"  #: the first association is rejected, for the moment
    SLOW = "slow"  #: the response to the first report takes a while
    FAILING = "failing"  #: the first report is answered with a failure
    SILENT = "silent"  #: the first report is not answered, and after a while its association is aborted
    NO_ROLE = "no-role"  #: the answer to the first association has no role item


@dataclass
class Manner:
    """One way for one exam: for how long, in s, where it lasts; ``shown`` is set when it has been seen."""

    way: Way
    seconds: float
    expectation: Expectation
    shown: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, way: Way) -> bool:
        """Whether it is this way's turn: the first time that somebody comes across it."""
        with self._lock:
            if self.way is not way or self.shown.is_set():
                return False
            self.shown.set()
            return True

    def rejection(self, rq: p.AssociateRQ) -> p.AssociateRJ | None:
        """How a request is rejected that we would take; None to take it."""
        return _REJECTION if _wants_to_report(rq) and self.begins(Way.REJECTING) else None

    def acceptance(self, rq: p.AssociateRQ, answer: p.AssociateAC) -> p.AssociateAC | None:
        """The A-ASSOCIATE-AC without what it says of Storage Commitment's roles; None to send it as it is."""
        if not _wants_to_report(rq) or not self.begins(Way.NO_ROLE):
            return None
        kept = tuple(role for role in answer.user.roles if role.sop_class_uid != COMMITMENT)
        return replace(answer, user=replace(answer.user, roles=kept))

    def status(self, expectation: Expectation | None) -> int:
        """Status that a report of an exam is answered with."""
        return PROCESSING_FAILURE if expectation is self.expectation and self.begins(Way.FAILING) else SUCCESS

    def delay(self, expectation: Expectation | None) -> float:
        """How long a report of an exam waits for its response, in s."""
        return self.seconds if expectation is self.expectation and self.begins(Way.SLOW) else 0.0

    def is_silent(self, expectation: Expectation | None) -> bool:
        """Whether a report of an exam gets no response."""
        return expectation is self.expectation and self.begins(Way.SILENT)


def _wants_to_report(rq: p.AssociateRQ) -> bool:
    return any(context.abstract_syntax == COMMITMENT for context in rq.contexts)
