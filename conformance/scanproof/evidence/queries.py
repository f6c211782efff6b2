"""Queries of the worklist and of the archive with their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import SUCCESS, is_pending
from scansim.vocabulary.uids import PATIENT_ROOT_FIND
from scansim.wire.dataset import DataSet


@dataclass(frozen=True)
class Answers:
    """Answers of a query, each with its message, decoded as they are walked through: there may be very many."""

    messages: tuple[Exchange, ...]

    def __len__(self) -> int:
        return len(self.messages)

    def __iter__(self) -> Iterator[tuple[Exchange, DataSet]]:
        for message in self.messages:
            if message.dataset is not None:
                yield message, message.dataset

    def where(self, fits: Callable[[DataSet], bool]) -> Answers:
        """Those of which something is true."""
        return Answers(tuple(message for message, answer in self if fits(answer)))


@dataclass(frozen=True)
class Query:
    """One C-FIND: what was asked for, and each answer with its message; in a worklist an answer is an item."""

    operation: Operation
    keys: DataSet
    answers: Answers

    @property
    def level(self) -> str:
        """Query/Retrieve Level (0008,0052); a worklist query has none."""
        return self.keys.text("QueryRetrieveLevel")

    @property
    def patient_root(self) -> bool:
        """Whether it asks the Patient Root model."""
        return self.operation.request.abstract_syntax == PATIENT_ROOT_FIND

    @property
    def name(self) -> str:
        """What its scenario calls it; empty for nothing."""
        return self.operation.request.purpose.get("query", "")

    @property
    def compared_with(self) -> str:
        """What its scenario calls the query that has to bring the same."""
        return self.operation.request.purpose.get("compared_with", "")

    @property
    def succeeded(self) -> bool:
        """Whether the final response was Success: only then every match has been sent."""
        return self.operation.final is not None and self.operation.final.command.status == SUCCESS


#: What says how a data set is to be read, and is absent where there is nothing to say.
_SAYS_HOW = ("SpecificCharacterSet", "TimezoneOffsetFromUTC")


def says_nothing_how(answer: DataSet) -> list[str]:
    """Attributes that say how an answer is to be read and came with zero length."""
    return [name for name in _SAYS_HOW if answer.is_empty(name)]


def settled(asked: Iterable[Query]) -> tuple[Query, ...]:
    """The queries without those that were asked again later with the same keys: an archive gets time to index."""
    last: dict[tuple[str, bytes], Query] = {}
    for query in asked:
        request = query.operation.request
        key = (request.abstract_syntax, request.encoded or b"")
        last.pop(key, None)
        last[key] = query
    return tuple(last.values())


def queries(finds: Iterable[Operation]) -> Iterator[Query]:
    """Yield each C-FIND that has keys, in order; what comes behind its end is no answer any more."""
    for operation in finds:
        if operation.request.dataset is not None:
            pending = takewhile(lambda response: is_pending(response.command.status), operation.responses)
            answers = tuple(each for each in pending if each.message.dataset is not None)
            yield Query(operation, operation.request.dataset, Answers(answers))
