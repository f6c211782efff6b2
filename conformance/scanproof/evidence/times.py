"""How long a target took to answer, by service, kind of operation and party; from the record alone.

A time runs from when the last byte of a request was handed to the network to when the last byte of the response was
there. Whether the target itself took it is another matter. Where one side sends an answer in two small parts under
Nagle's algorithm, the second part waits for the acknowledgement of the first, which the other side's TCP holds back:
on Linux for 40 ms, mostly. Both sides are right by themselves. Two things betray it: parts of one answer that come 40
ms after each other, since hardly anybody has a reason to pause inside a message, and many answers that took just 40 ms.
Where nothing ever came sooner than that, it is the way to the target that is so long.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from statistics import median

from scanproof.evidence.parties import address_of
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import AssociationRecord, Operation, StepRecord
from scansim.vocabulary.services import SERVICES

#: What is no operation, in the order in which results tell of them.
OPENED, FIRST_ANSWER, REPORTED = "association", "C-FIND first answer", "N-EVENT-REPORT"

#: How long Linux holds an acknowledgement back, in s; how much less is seen, and how much more; of how many in a row.
_HELD, _LESS, _MORE, _IN_A_ROW = 0.040, 0.002, 0.005, 5
#: How much more on a busy machine, where other things tell as well that it is that.
_BUSY = 0.012
#: What is a pause between two parts of an answer, in s, and what comes at once.
_PAUSE, _AT_ONCE = 0.005, 0.020
#: So many answers, or so many pauses, are needed to say anything.
_FEWEST, _FEWEST_PAUSES = 8, 5


def _held(seconds: float, more: float = _MORE) -> int:
    """How many times in a row an acknowledgement was held back, by how long something took; 0 for none."""
    times = round(seconds / _HELD)
    return times if 1 <= times <= _IN_A_ROW and -_LESS <= seconds - times * _HELD <= more else 0


@dataclass(slots=True)
class Pattern:
    """How many answers and pauses there were, and how many of them were as long as an acknowledgement is held back.

    ``once`` of the ``answers`` took that long, ``several`` that or a multiple; ``held`` of the ``pauses``. ``fastest``
    is the shortest time to the first byte of an answer.
    """

    answers: int = 0
    once: int = 0
    several: int = 0
    pauses: int = 0
    held: int = 0
    fastest: float = math.inf

    def answered(self, seconds: float, first: float) -> None:
        """Take one answer that was whole after some time, and of which the first byte came before."""
        times = _held(seconds)
        self.answers += 1
        self.once += times == 1
        self.several += times > 0
        self.fastest = min(self.fastest, first)

    def paused(self, seconds: float) -> None:
        """Take the time between two parts of an answer."""
        self.pauses += seconds > _PAUSE
        self.held += _held(seconds, _BUSY) > 0

    def add(self, other: Pattern) -> None:
        """Take all that another one took."""
        self.answers += other.answers
        self.once += other.once
        self.several += other.several
        self.pauses += other.pauses
        self.held += other.held
        self.fastest = min(self.fastest, other.fastest)

    @property
    def inside(self) -> bool:
        """Whether answers paused in themselves so long, which hardly any work of a target explains."""
        return self.fastest < _AT_ONCE and self.held >= _FEWEST_PAUSES and self.held >= 0.75 * self.pauses

    @property
    def seen(self) -> bool:
        """Whether it looks like acknowledgements that are held back."""
        often = self.once >= 0.5 * self.answers or self.several >= 0.75 * self.answers
        return self.inside or (self.fastest < _AT_ONCE and self.answers >= _FEWEST and often)


@dataclass(slots=True)
class Times:
    """Every time of one kind, in s, and where the longest was: the scenario's label and the message."""

    seconds: array[float] = field(default_factory=lambda: array("d"))
    pattern: Pattern = field(default_factory=Pattern)
    worst: float = -1.0
    worst_at: tuple[str, str] = ("", "")

    def add(self, seconds: float, label: str, place: str) -> None:
        """Take one."""
        self.seconds.append(seconds)
        if seconds > self.worst:
            self.worst, self.worst_at = seconds, (label, place)

    @property
    def median(self) -> float:
        """Half of them took no longer."""
        return median(self.seconds)


@dataclass(slots=True)
class Sent:
    """Images of one step that were answered, from the first byte of the first request to the last answer, in ns."""

    label: str
    step: int
    address: str
    images: int = 0
    bytes: int = 0
    began: int = 0
    ended: int = 0

    def add(self, operation: Operation) -> None:
        """Take one C-STORE that was answered."""
        request, final = operation.request.message, operation.final
        assert final is not None
        self.began = min(self.began, request.began) if self.images else request.began
        self.ended = max(self.ended, final.message.ended)
        self.images += 1
        self.bytes += request.dataset_length

    @property
    def seconds(self) -> float:
        """How long all of them took."""
        return (self.ended - self.began) / 1e9


#: Service, kind of operation, AE title and address.
Kind = tuple[str, str, str]


@dataclass(frozen=True)
class Measured:
    """The times of a run."""

    scenarios: Sequence[Evidence]

    @cached_property
    def kinds(self) -> Mapping[Kind, Times]:
        """Times by their kind: services in the order of an exam, then as they came."""
        found: dict[Kind, Times] = {}
        for evidence in self.scenarios:
            for association in evidence.associations:
                _take(found, evidence, association)
            for transaction in evidence.transactions:
                if transaction.report is not None and transaction.waited is not None:
                    address = address_of(evidence.party(transaction.action.association.id))
                    times = found.setdefault((transaction.action.association.service, REPORTED, address), Times())
                    times.add(max(0.0, transaction.waited), evidence.label, transaction.report.request.id)
        order = {name: at for at, name in enumerate(SERVICES)}
        return dict(sorted(found.items(), key=lambda entry: order.get(entry[0][0], len(order))))

    @cached_property
    def patterns(self) -> Mapping[str, Pattern]:
        """What all answers of one AE look like together: an echo and a store have no work in common."""
        found: dict[str, Pattern] = {}
        for (_, operation, address), times in self.kinds.items():
            if operation != "C-FIND":  # its first answer is counted
                found.setdefault(address, Pattern()).add(times.pattern)
        return found

    def held_back(self, kind: Kind) -> bool:
        """Whether the times of a kind are not the target's own, as far as can be seen."""
        times, together = self.kinds[kind], self.patterns.get(kind[2], Pattern())
        if kind[1] == REPORTED or not (times.pattern.seen or together.seen):
            return False
        return times.pattern.seen or _held(times.median, _BUSY) > 0

    @cached_property
    def sent(self) -> tuple[Sent, ...]:
        """Steps that stored images, in order."""
        found: dict[tuple[str, int, str], Sent] = {}
        for evidence in self.scenarios:
            steps = _StepsByTime(evidence)
            for operation in evidence.stores:
                address = address_of(evidence.party(operation.association.id))
                key = (evidence.label, steps.of(operation), address)
                found.setdefault(key, Sent(*key)).add(operation)
        return tuple(found.values())


class _StepsByTime:
    """Which step an operation was of: the first of its association that had not ended when it was asked."""

    def __init__(self, evidence: Evidence) -> None:
        self._left: dict[str, list[StepRecord]] = {}
        for step in reversed(evidence.steps.begun):
            for association in step.associations:
                self._left.setdefault(association, []).append(step)

    def of(self, operation: Operation) -> int:
        """Number of the step; 0 when it did not come to its end. Operations of an association come in order."""
        left = self._left.get(operation.association.id, [])
        while len(left) > 1 and left[-1].ended < operation.request.message.ended / 1e9:
            left.pop()
        return left[-1].number if left else 0


def _take(found: dict[Kind, Times], evidence: Evidence, association: AssociationRecord) -> None:
    """Take the times of one association that we opened, or of the requests that we sent on another."""
    address, label = address_of(evidence.party(association.id)), evidence.label
    request, answer = association.request, association.answer
    if association.ours and association.accepted is not None and request is not None and answer is not None:
        times = found.setdefault((association.service, OPENED, address), Times())
        seconds = (answer.ended - request.ended) / 1e9
        times.add(seconds, label, association.id)
        times.pattern.answered(seconds, (answer.began - request.ended) / 1e9)
        times.pattern.paused((answer.ended - answer.began) / 1e9)
    operations = association.operations
    for operation, following in zip_longest(operations, operations[1:]):
        if not operation.request.sent or operation.final is None:
            continue
        name = operation.request.name.removesuffix("-RQ")
        service = _service(operation)
        asked, first, final = operation.request.message.ended, operation.responses[0], operation.final
        cancelled = following is not None and following.request.name == "C-CANCEL-RQ"
        ends = [(FIRST_ANSWER, first)] if name == "C-FIND" else []
        for kind, answer_to in [*ends, *([] if cancelled else [(name, final)])]:
            times = found.setdefault((service, kind, address), Times())
            seconds = (answer_to.message.ended - asked) / 1e9
            times.add(seconds, label, answer_to.id)
            times.pattern.answered(seconds, (first.message.began - asked) / 1e9)
            if not ends or kind == FIRST_ANSWER:
                for pause in _pauses(operation):
                    times.pattern.paused(pause)


def _service(operation: Operation) -> str:
    named = operation.request.abstract_syntax
    return next((name for name, service in SERVICES.items() if service.has(named)), operation.association.service)


def _pauses(operation: Operation) -> Iterator[float]:
    """Between the first and the last byte of each response, and between one response and the next."""
    before = None
    for response in operation.responses:
        message = response.message
        yield (message.ended - message.began) / 1e9
        if before is not None:
            yield (message.began - before) / 1e9
        before = message.ended
