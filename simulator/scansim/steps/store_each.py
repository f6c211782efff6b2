"""store-each: C-STORE of one small instance in each pair of SOP Class and transfer syntax (PS3.4 Annex B)."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from scansim.exam.proposing import EVERYTHING, ROOM, Proposed, each_alone, in_associations
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.identity import carried
from scansim.identity.ledger import InstanceRecord
from scansim.images import minimal
from scansim.images.coding import encoded
from scansim.images.instance import Whole
from scansim.network.association import Agreed, Association, Proposal
from scansim.network.elided import Elided
from scansim.network.failures import AssociationError
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.vocabulary.uids import is_storage_class, uid_name
from scansim.wire.dimse import FIELD_OF, Value

_BY_UID = {syntax.uid: syntax for syntax in SYNTAXES.values()}
#: Associations in a row that are lost, or do not come about, until no more is tried.
_ENOUGH = 3
#: So many pairs are named of which no instance is made.
_MOST_NAMED = 3
#: So many small instances are made and stored in a second at a target that answers at once (measured).
_A_SECOND = 40


class StoreEach(Step):
    """One small synthetic instance of each SOP Class is stored in each transfer syntax, each in a context of its own.

    What we make no instance of, and what a transfer syntax cannot hold, is told and left out, and so is whatever
    context the target refuses. As many associations as are needed, one after the other.
    """

    verb = "store-each"
    service = services.STORAGE

    contexts: Literal["all"] | Annotated[tuple[Proposed, ...], Field(min_length=1)] = Field(
        description="pairs to store, each entry with sop_classes and transfer_syntaxes; or all that we can make"
    )

    @cached_property
    def wanted(self) -> tuple[Proposal, ...]:
        """Every pair that is named, a storage class with one transfer syntax, whether it can be made or not."""
        groups = (EVERYTHING,) if self.contexts == "all" else self.contexts
        return tuple(each for each in each_alone(groups) if is_storage_class(each.abstract_syntax) or _made(each))

    @cached_property
    def pairs(self) -> tuple[Proposal, ...]:
        """Of these the ones that an instance is made of."""
        return tuple(each for each in self.wanted if not _obstacle(each))

    @property
    def seconds(self) -> float:
        """By the number of instances."""
        return self.takes + len(self.pairs) / _A_SECOND

    @property
    def leaves(self) -> str:
        """How many instances it stores."""
        count = len(self.pairs)
        return f"study of {count} small instances" if count > 1 else "small instance" if count else ""


def _made(pair: Proposal) -> bool:
    return pair.abstract_syntax in minimal.sop_classes()


def _obstacle(pair: Proposal) -> str:
    return minimal.obstacle(pair.abstract_syntax, pair.transfer_syntaxes[0])


@dataclass
class _Told:
    """What became of the pairs."""

    answers: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    failed: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = [f"{count} instances answered {status}" for status, count in self.answers.items()]
        if self.refused:
            parts.append(f"{self.refused} not sent, for want of a context")
        if self.failed:
            parts.append(f"{len(self.failed)} associations failed: {'; '.join(dict.fromkeys(self.failed))}")
        return ", ".join(parts) or "nothing to send"


@step(StoreEach)
def store_each(exam: Exam, step: StoreEach) -> str:
    """Send an instance of each pair whose context is accepted; with a lost association one instance is lost."""
    address = exam.address(services.STORAGE)
    left_out = "" if step.contexts == "all" else _left_out(step.wanted)
    if not step.pairs:
        raise Stopped(f"no instance can be made of what is named: {left_out}", Cause.SETUP)
    sending = _Sending(exam, address, step.pairs)
    sending.all()
    if not sending.told.answers and sending.told.failed:
        raise Stopped(str(sending.told), sending.cause)
    return "; ".join(filter(None, (str(sending.told), left_out)))


def _left_out(wanted: Sequence[Proposal]) -> str:
    """Of how many pairs no instance is made, and why."""
    reasons: dict[str, list[Proposal]] = {}
    for pair in wanted:
        if why := _obstacle(pair):
            reasons.setdefault(why, []).append(pair)
    told = []
    for why, pairs in reasons.items():
        names = [f"{uid_name(each.abstract_syntax)} in {uid_name(each.transfer_syntaxes[0])}" for each in pairs]
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        told.append(f"{', '.join(names[:_MOST_NAMED])}{more}: {why}")
    return f"not encodable are {sum(map(len, reasons.values()))} pairs: {'; '.join(told)}" if told else ""


class _Sending:
    """One step at work: the pairs that are still to be sent, and what was answered."""

    def __init__(self, exam: Exam, address: Address, pairs: Sequence[Proposal]) -> None:
        self._exam, self._address, self._pairs = exam, address, pairs
        self._numbers = {pair: number for number, pair in enumerate(pairs, 1)}
        self._series = {
            uid: number for number, uid in enumerate(dict.fromkeys(each.abstract_syntax for each in pairs), 1)
        }
        self._shared = carried.attributes(exam.known())
        self.told = _Told()
        self.cause = Cause.TARGET

    def all(self) -> None:
        """Send everything, in as many associations as it takes."""
        waiting = deque(in_associations(self._pairs, ROOM))
        in_a_row = 0
        while waiting and in_a_row < _ENOUGH:
            batch = waiting.popleft()
            todo = deque(each for each in batch if each in self._numbers)
            try:
                with self._exam.association(
                    self._address, services.STORAGE, batch, optional=[each.abstract_syntax for each in batch]
                ) as association:
                    self._send(association, todo)
                in_a_row = 0
            except Stopped as error:
                self.told.failed.append(str(error))
                self.cause = error.cause
                in_a_row += 1
                self._exam.down.pop((self._address.host, self._address.port), None)
                if todo:
                    waiting.extendleft(reversed([*in_associations([*todo], ROOM)]))

    def _send(self, association: Association, todo: deque[Proposal]) -> None:
        """Send what is to do on an association; what was sent is taken off before it is answered."""
        agreed = {(each.abstract_syntax, each.transfer_syntax): each for each in association.accepted}
        while todo:
            pair = todo.popleft()
            context = agreed.get((pair.abstract_syntax, pair.transfer_syntaxes[0]))
            if context is None:
                self.told.refused += 1
                continue
            try:
                self._store(association, context, pair)
            except AssociationError as error:
                what = f"{uid_name(pair.abstract_syntax)} in {uid_name(pair.transfer_syntaxes[0])}"
                raise Stopped(f"{self._address}: with {what}: {error}", error.cause) from None

    def _store(self, association: Association, context: Agreed, pair: Proposal) -> None:
        instance = self._instance(pair)
        head, pixels = encoded(instance, _BY_UID[context.transfer_syntax])
        command: dict[str, Value] = {
            "CommandField": FIELD_OF["C-STORE-RQ"],
            "AffectedSOPClassUID": instance.sop_class_uid,
            "AffectedSOPInstanceUID": instance.sop_instance_uid,
            "Priority": 0,
        }
        elided = Elided.of(pixels, None) if pixels else None
        status = association.response(context, command, [head], elided, purpose={"minimal": "each"}).command.status
        self._exam.known().instances.append(
            InstanceRecord(instance.sop_class_uid, instance.sop_instance_uid, instance.series_instance_uid, status)
        )
        self.told.answers[shown(status)] += 1
        if is_success(status):
            self._exam.note_stored(context.abstract_syntax, context.transfer_syntax)
        self._exam.progress("store-each", self._numbers[pair], len(self._pairs))

    def _instance(self, pair: Proposal) -> Whole:
        sop_class, number = pair.abstract_syntax, self._numbers[pair]
        own = ("minimal", self._exam.known().study_instance_uid, sop_class)

        def uid(name: str) -> str:
            return self._exam.identity.uid(*own, name, *((number,) if name == "SOPInstanceUID" else ()))

        made = {**minimal.content(sop_class)}
        made |= {
            name: value
            for name, value in (("InstanceNumber", number), ("SeriesNumber", self._series[sop_class]))
            if name in made
        }
        return minimal.instance(made, self._shared, uid)
