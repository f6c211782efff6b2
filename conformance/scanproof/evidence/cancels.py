"""C-CANCELs of ours: of which operation, when, and what came after (PS3.7 9.3.2.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_pending


@dataclass(frozen=True)
class Cancelled:
    """An operation that we cancelled; ``in_time`` when its final response had not come by then.

    ``after`` are the responses that came behind the C-CANCEL, in order. ``early`` says that none had come before it: it
    was there before the target began to answer.
    """

    operation: Operation
    cancel: Exchange
    in_time: bool
    after: tuple[Exchange, ...]
    early: bool = False

    @property
    def further(self) -> int:
        """Pending responses behind the C-CANCEL."""
        return sum(is_pending(response.command.status) for response in self.after)

    @property
    def seconds(self) -> float:
        """From the C-CANCEL to the last Pending response behind it; 0 when there was none."""
        ends = [each.message.ended for each in self.after if is_pending(each.command.status)]
        return max(0.0, (max(ends) - self.cancel.message.ended) / 1e9) if ends else 0.0


def cancelled(operations: Iterable[Operation]) -> Iterator[Cancelled]:
    """Yield each of some operations of ours that a C-CANCEL names, with the first one that does."""
    for operation in operations:
        found = _cancel(operation)
        if found is not None:
            yield found


def is_cancelled(operation: Operation) -> bool:
    """Whether we sent a C-CANCEL for an operation before its final response had come."""
    found = _cancel(operation)
    return found is not None and found.in_time


def _cancel(operation: Operation) -> Cancelled | None:
    number = operation.request.command.number("MessageID")
    exchanges = operation.association.exchanges
    begun = next((at for at, each in enumerate(exchanges) if each is operation.request), len(exchanges))
    before: list[Exchange] = []
    for at, exchange in enumerate(exchanges[begun + 1 :], begun + 1):
        if exchange.sent and not exchange.command.is_response:
            if exchange.name != "C-CANCEL-RQ":
                return None  # the next request has begun
            if exchange.command.number("MessageIDBeingRespondedTo") == number:
                in_time = all(is_pending(each.command.status) for each in before)
                after = tuple(_answers(exchanges[at + 1 :], number))
                return Cancelled(operation, exchange, in_time, after, early=not before)
        elif not exchange.sent and exchange.command.is_response:
            before.append(exchange)
    return None


def _answers(exchanges: Sequence[Exchange], number: int | None) -> Iterator[Exchange]:
    """Responses to a request by its Message ID, also those that come behind the next request."""
    for exchange in exchanges:
        if exchange.sent:
            if exchange.command.number("MessageID") == number:
                return
        elif exchange.command.is_response and exchange.command.number("MessageIDBeingRespondedTo") == number:
            yield exchange
