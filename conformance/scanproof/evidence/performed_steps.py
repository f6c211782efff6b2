"""What each performed procedure step holds, by what its manager said that it did, and what N-GET gives back of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from scanproof.evidence.mpps import Kind, StepRequest, answered, kinds, step_uid
from scanproof.standard.mpps_table import DUPLICATE_INSTANCE, FINAL_STATES, NOT_IN_SET, RETRIEVED
from scansim.network.transcript import Operation
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dataset import DataSet, Element, keyword, tag_of

_CHARACTER_SET = 0x00080005
#: Refused requests of one step that are remembered: those that were sent last.
_MOST_REFUSED = 100
_FIXED = frozenset(map(tag_of, NOT_IN_SET))

Value = tuple[DataSet, Element]


@dataclass
class PerformedStep:
    """One step as its manager's answers tell.

    ``values`` are what it was given; ``doubtful`` those of them that an answer leaves open, such as a warning;
    ``refused`` what was not done since; ``overreached`` what was done though it set what an N-SET may not.
    ``never_created`` is the N-CREATE that was refused, while no other one was taken.
    """

    values: dict[int, Value] = field(default_factory=dict)
    doubtful: set[int] = field(default_factory=set)
    refused: list[StepRequest] = field(default_factory=list)
    overreached: list[StepRequest] = field(default_factory=list)
    never_created: StepRequest | None = None

    @property
    def ended(self) -> bool:
        """Whether it was set to a final state."""
        return self._status() in FINAL_STATES

    @property
    def refused_end(self) -> StepRequest | None:
        """The N-SET that would have ended it and was refused, for no reason of its state."""
        ends = (each for each in self.refused if each.kind is Kind.FINAL and not each.ended_already)
        return next(ends, None)

    def _status(self) -> str:
        dataset, element = self.values.get(tag_of("PerformedProcedureStepStatus"), (None, None))
        return "".join(dataset.values_of(element)) if dataset is not None and element is not None else ""

    def now(self) -> PerformedStep:
        """As it is, whatever is asked later."""
        return PerformedStep(
            dict(self.values), set(self.doubtful), [*self.refused], [*self.overreached], self.never_created
        )

    def take(self, request: StepRequest) -> None:
        """Note what came of a request."""
        dataset = request.operation.request.dataset
        elements = dataset.elements if dataset is not None else {}
        if dataset is None or not request.done:
            self.refused.append(request)
            del self.refused[:-_MOST_REFUSED]
            return
        if request.kind in (Kind.CREATE, Kind.PROGRESS, Kind.FINAL):
            overreach = set() if request.kind is Kind.CREATE else {tag for tag in elements if tag in _FIXED}
            self.overreached += [request] if overreach else []
            self.doubtful |= {tag for tag in elements if request.kind is not Kind.CREATE and tag not in self.values}
            self.values.update((tag, (dataset, each)) for tag, each in elements.items() if tag not in overreach)
            self.doubtful |= set(elements) if request.answer.command.status != SUCCESS else set()
        else:  # it should not have been done: what it left behind nobody can say
            self.doubtful |= set(elements)


def followed(operations: Iterable[Operation]) -> Iterator[tuple[StepRequest, PerformedStep]]:
    """Yield each answered request of ours with what its step held before; an unanswered one leaves nothing sure."""
    steps: dict[str, PerformedStep] = {}
    for kind, operation, status in kinds(operations):
        uid = step_uid(operation)
        request = answered(kind, operation, status)
        if request is None:
            steps[uid] = PerformedStep()
            continue
        held = steps.get(uid, PerformedStep())
        yield request, held.now()
        if kind in (Kind.GET, Kind.GET_UNKNOWN) or operation.request.name == "N-GET-RQ":
            continue
        if kind is Kind.CREATE and not request.done:
            there = request.answer.command.status == DUPLICATE_INSTANCE
            steps[uid] = PerformedStep() if there else PerformedStep(never_created=request)
        elif kind is Kind.CREATE:
            steps[uid or request.answer.command.sop_instance_uid or ""] = held = PerformedStep()
            held.take(request)
        elif kind is not Kind.UNKNOWN:
            steps[uid] = held
            held.take(request)


# --- what N-GET gives back --------------------------------------------------------------------------------------------


class Seen(StrEnum):
    """What an attribute that was asked for is like in the answer."""

    EQUAL = "equal"
    ABSENT = "absent"
    OTHER = "other"
    REFUSED = "refused"
    OVERREACHED = "overreached"


@dataclass(frozen=True)
class Compared:
    """One attribute of an N-GET's answer beside what the step holds; ``by`` is the request that set what came."""

    name: str
    seen: Seen
    held: str = ""
    got: str = ""
    by: StepRequest | None = None


def asked_for(operation: Operation) -> frozenset[int] | None:
    """Tags of the Attribute Identifier List of an N-GET; None for all that there is (PS3.7 10.1.2.1.5)."""
    tags = operation.request.command.values.get("AttributeIdentifierList")
    if tags is None or tags == ():
        return None
    return frozenset(map(int, tags)) if isinstance(tags, tuple) else frozenset((int(str(tags)),))


def compared(request: StepRequest, held: PerformedStep) -> Iterator[Compared]:
    """Compare what an N-GET gave back with what its step holds; nothing is said of what is not sure."""
    answer, wanted = request.answer.dataset, asked_for(request.operation)
    if answer is None:
        return
    tags = {*held.values, *(tag for each in held.refused for tag in _elements(each))} - {_CHARACTER_SET}
    for tag in sorted(tags if wanted is None else tags & wanted):
        one = held.values.get(tag)
        came = answer.elements.get(tag)
        got = None if came is None else (answer, came)
        name = keyword(tag)
        if got is not None and not came_empty(got) and (one is None or not same(one, got)):
            for seen, requests in ((Seen.REFUSED, held.refused), (Seen.OVERREACHED, held.overreached)):
                by = next((each for each in requests if _set_by(each, tag, got)), None)
                if by is not None:
                    yield Compared(name, seen, _shown(one), _shown(got), by)
                    break
            else:
                if one is not None and tag not in held.doubtful:
                    yield Compared(name, Seen.OTHER, _shown(one), _shown(got))
        elif one is None or tag in held.doubtful:
            continue
        elif got is None:
            if name in RETRIEVED:
                yield Compared(name, Seen.ABSENT, _shown(one))
        else:
            yield Compared(name, Seen.EQUAL if same(one, got) else Seen.OTHER, _shown(one), _shown(got))


def _elements(request: StepRequest) -> dict[int, Element]:
    dataset = request.operation.request.dataset
    return dataset.elements if dataset is not None else {}


def _set_by(request: StepRequest, tag: int, got: Value) -> bool:
    dataset = request.operation.request.dataset
    element = dataset.elements.get(tag) if dataset is not None else None
    return dataset is not None and element is not None and same((dataset, element), got)


def came_empty(value: Value) -> bool:
    """Whether a value is none."""
    return value[1].is_empty


def same(one: Value, other: Value) -> bool:
    """Whether the second element says what the first does, each in its own character set; what an item of the first
    leaves out or empty does not matter.
    """
    (here, first), (there, second) = one, other
    if first.items is not None or second.items is not None:
        items, others = first.items or (), second.items or ()
        return len(items) == len(others) and all(map(_same_item, items, others))
    return _plain(here, first) == _plain(there, second)


def _same_item(one: DataSet, other: DataSet) -> bool:
    for tag, element in one.elements.items():
        beside = other.elements.get(tag)
        if element.is_empty:  # where nothing was known, something may be known by now
            continue
        if beside is None or not same((one, element), (other, beside)):
            return False
    return True


def _plain(dataset: DataSet, element: Element) -> tuple[str, ...]:
    """Values without what VRs leave open: trailing delimiters of names, and a fraction of a second of zeros."""
    values = dataset.values_of(element)
    if element.vr == "PN":
        return tuple("=".join(group.rstrip("^ ") for group in value.split("=")).rstrip("=") for value in values)
    if element.vr == "TM":
        return tuple(value.rstrip("0").removesuffix(".") if "." in value else value for value in values)
    return values


def _shown(value: Value | None) -> str:
    if value is None:
        return "nothing"
    dataset, element = value
    if element.items is not None:
        return f"{len(element.items)} items"
    return "\\".join(dataset.values_of(element)) or "no value"
