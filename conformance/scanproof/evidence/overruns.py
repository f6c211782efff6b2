"""What we ended because it never came to its end: what was waited for, and what came instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from scansim.network.transcript import AssociationRecord, Event, Exchange, Operation
from scansim.vocabulary.status import SEVERAL_RESPONSES
from scansim.wire import pdu as p

#: The bound that is our own patience for a scenario's step: it says nothing of the target.
STEP = "step"
#: Bounds that count what comes, whatever it is.
COUNTED = ("bytes", "pdus")
#: Where the first Message Control Header of a P-DATA-TF stands (PS3.8 9.3.5.1).
_CONTROL_HEADER = 11


class Phase(StrEnum):
    """What was going on."""

    NEGOTIATION = "negotiation"  #: our A-ASSOCIATE-RQ was not answered
    OPERATION = "operation"  #: a request of ours was not answered for good
    RELEASE = "release"  #: our A-RELEASE-RQ was not answered
    IDLE = "idle"  #: nothing of ours was under way


@dataclass(frozen=True)
class Overrun:
    """Where we ended what did not come to its end, by one of our bounds.

    ``operation`` is the one that was under way, None in every other phase; ``ended`` its final response that came
    after all, when we had given up; ``cancelled`` says that we had sent C-CANCEL for it.
    """

    association: AssociationRecord
    event: Event
    phase: Phase
    operation: Operation | None
    ended: Exchange | None
    cancelled: bool

    @property
    def bound(self) -> str:
        """Which bound it was: operation, step, answers, bytes or pdus."""
        return str(self.event.facts.get("bound", ""))

    @property
    def seconds(self) -> float:
        """How long it had gone on, in s."""
        return _number(self.event.facts.get("seconds"))

    @property
    def messages(self) -> int:
        """How many messages had come."""
        return int(_number(self.event.facts.get("messages")))

    @property
    def pdus(self) -> int:
        """How many PDUs had come."""
        return int(_number(self.event.facts.get("pdus")))

    @property
    def bytes(self) -> int:
        """How many bytes had come."""
        return int(_number(self.event.facts.get("bytes")))

    @property
    def waiting(self) -> str:
        """What was waited for."""
        return str(self.event.facts.get("waiting") or "an answer")

    @property
    def endless(self) -> bool:
        """Whether an operation never came to its end, and not only our patience with its step did."""
        return self.operation is not None and self.ended is None and self.bound != STEP

    @property
    def given_up(self) -> bool:
        """Whether we aborted: what we had cancelled did not end, whatever of it the record keeps."""
        return any(each.began >= self.event.time for each in self.association.went(p.Abort))

    @property
    def several(self) -> bool:
        """Whether the operation is one that may have several responses, which C-CANCEL ends."""
        return self.operation is not None and response_name(self.operation) in SEVERAL_RESPONSES

    @property
    def requests(self) -> Counter[str]:
        """How often the target asked for something itself since our request."""
        if self.operation is None:
            return Counter()
        began = self.operation.request.message.ended
        own = (each for each in self.association.exchanges if not each.sent and not each.command.is_response)
        return Counter(each.name for each in own if each.message.ended >= began)

    @property
    def elsewhere(self) -> Sequence[Exchange]:
        """Responses of the operation that name another Message ID than its request has."""
        if self.operation is None:
            return ()
        wanted = self.operation.request.command.number("MessageID")
        return [
            each
            for each in self.operation.responses
            if each.command.number("MessageIDBeingRespondedTo") not in (wanted, None)
        ]

    @property
    def only_elsewhere(self) -> bool:
        """Whether there were responses, and none of them to this operation."""
        return self.operation is not None and 0 < len(self.operation.responses) == len(self.elsewhere)

    @property
    def in_one_message(self) -> str:
        """Which part of one message most of it was, ``command set`` or ``data set``; empty when it was none."""
        fragments = sorted(self.association.came(p.PData), key=lambda event: event.last_offset)
        begun = self.association.unparsed
        whole = max((each.message.end for each in self.association.exchanges if not each.sent), default=0)
        end = max((event.last_offset + event.length for event in fragments), default=0) + len(begun)
        if end <= whole or 2 * (end - whole) < self.bytes:
            return ""
        if len(begun) > _CONTROL_HEADER and begun[0] == p.P_DATA_TF:
            is_command = bool(begun[_CONTROL_HEADER] & 1)
        else:
            pdvs = (event.pdu.pdvs for event in reversed(fragments) if isinstance(event.pdu, p.PData))
            is_command = next((each[-1].is_command for each in pdvs if each), False)
        return "command set" if is_command else "data set"


def response_name(operation: Operation) -> str:
    """Name of the response that answers an operation."""
    return operation.request.name.removesuffix("RQ") + "RSP"


def overrun_of(association: AssociationRecord) -> Overrun | None:
    """Say what we ended on an association; None when it came to its end by itself."""
    event = association.overrun
    if event is None:
        return None
    released = any(each.began <= event.time for each in association.went(p.ReleaseRQ))
    if association.ours and association.answer is None:
        return Overrun(association, event, Phase.NEGOTIATION, None, None, cancelled=False)
    if released:
        return Overrun(association, event, Phase.RELEASE, None, None, cancelled=False)
    asked = (each for each in reversed(association.operations) if each.request.sent and not _is_cancel(each.request))
    last = next((each for each in asked if each.request.message.began <= event.time), None)
    final = last.final if last is not None else None
    if last is None or (final is not None and final.message.ended <= event.time):
        return Overrun(association, event, Phase.IDLE, None, None, cancelled=False)
    sent = (each for each in association.exchanges if each.sent and _is_cancel(each))
    cancelled = any(each.message.began >= last.request.message.ended for each in sent)
    return Overrun(association, event, Phase.OPERATION, last, final, cancelled)


def broken_off_operations(associations: Iterable[AssociationRecord]) -> dict[str, Overrun]:
    """Operations of ours that we broke off by a bound, by the id of the request."""
    found = (overrun_of(association) for association in associations if association.overrun is not None)
    return {each.operation.request.id: each for each in found if each is not None and each.operation is not None}


def _is_cancel(exchange: Exchange) -> bool:
    return exchange.name == "C-CANCEL-RQ"


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0
