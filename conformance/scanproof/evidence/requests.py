"""What is wrong with each request of ours, and whose doing it is: the one place that says so.

Read from the request's own bytes, by the tables of PS3.4 and the IOD checker; its intent and the origin of its values
only say whose it is. An intent that is not found in the bytes is a fault of ours; so is whatever nobody meant and no
source had.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanproof.evidence.associations import succeeded
from scanproof.evidence.commitment_faults import commitment_faults
from scanproof.evidence.fault import Fault, Found, Whose
from scanproof.evidence.mpps import Kind, concerns_steps, kinds
from scanproof.evidence.mpps_faults import StepFaults
from scanproof.evidence.query_faults import FINDS, query_faults
from scanproof.evidence.retrieve_faults import finds_nothing, retrieval_faults
from scanproof.evidence.retrieves import GET, MOVE
from scanproof.evidence.source import Source, plain
from scanproof.evidence.store_faults import STORAGE, is_own_file, of_own_file, store_faults
from scanproof.iod import Checked
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.uids import COMMITMENT, MPPS
from scansim.wire.dataset import DataSet


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of ours; ``deviation`` is the one that its bytes have, empty for a request that means nothing odd."""

    operation: Operation
    deviation: str = ""
    faults: tuple[Fault, ...] = ()

    def of(self, whose: Whose) -> tuple[Fault, ...]:
        """Faults of one doing."""
        return tuple(fault for fault in self.faults if fault.whose is whose)

    @property
    def because(self) -> Exchange | None:
        """The message that explains what is wrong; None when nothing is, or when we are to blame."""
        if self.of(Whose.OURS):
            return None
        return next((fault.source for fault in self.of(Whose.CARRIED)), None)

    def told(self, whose: Whose) -> str:
        """The first faults of one doing in words."""
        faults = self.of(whose)
        more = f", and {len(faults) - 3} more" if len(faults) > 3 else ""
        return "; ".join(map(str, faults[:3])) + more


_NOT_CREATED = "mpps.set-not-created"
#: Deviations that no fault of the bytes is: each is legal by itself, and odd after what came before.
_BY_STATE = {
    Kind.UNKNOWN: "mpps.set-unknown-step",
    Kind.AFTER_FINAL: "mpps.set-after-final",
    Kind.GET_UNKNOWN: "mpps.get-unknown-step",
}


@dataclass
class Requests:
    """All requests of ours in one scenario.

    ``titles`` are our AE titles, empty when nobody says. ``capture`` says that they are somebody else's, who says
    nothing of intents: then a deviation in the bytes counts as meant.
    """

    operations: Iterable[Operation]
    source: Source | None
    checked: Callable[[Exchange], Checked | None]
    capture: bool = False
    titles: frozenset[str] = frozenset()
    _asked: dict[str, Asked] = field(default_factory=dict)
    _steps: StepFaults = field(default_factory=StepFaults)
    _created: dict[str, Exchange] = field(default_factory=dict)
    _stored: dict[str, Exchange] = field(default_factory=dict)
    _sent: set[str] = field(default_factory=set)
    _classes: dict[str, str] = field(default_factory=dict)
    _transactions: set[str] = field(default_factory=set)
    _odd_steps: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        mine = [each for each in self.operations if each.request.sent]
        steps = filter(concerns_steps, mine)
        self._kinds: Mapping[str, Kind] = {operation.request.id: kind for kind, operation, _ in kinds(steps)}
        self._sent.update(each.request.command.sop_instance_uid or "" for each in mine if _is_store(each))
        for operation in mine:
            self._asked[operation.request.id] = self._judge(operation)

    def of(self, operation: Operation) -> Asked:
        """What one of them is; a request of the target is not judged here."""
        return self._asked.get(operation.request.id) or Asked(operation)

    def _judge(self, operation: Operation) -> Asked:
        request, intent = operation.request, operation.request.intent
        found = list(self._wrong(operation))
        meant = self._state(operation)
        uid = request.command.sop_instance_uid or ""
        if request.name == "N-CREATE-RQ" and intent is not None and succeeded(operation) is not None:
            self._odd_steps.add(uid)
        if intent is None and uid in self._odd_steps and any(each.deviation == _NOT_CREATED for each in found):
            deviation, intended = _NOT_CREATED, {_NOT_CREATED}  # it follows from what was left out on purpose
        elif intent is not None and meant.startswith(intent.deviation):
            deviation, intended = meant, set[str]()
        elif is_own_file(request):
            deviation, intended = of_own_file(found), {each.deviation for each in found}
        elif intent is not None and intent.deviation in (names := {each.deviation for each in found} & STORAGE):
            deviation, intended = intent.deviation, names  # one that contradicts itself fits no IOD either
        elif intent is not None:
            deviation, intended = intent.deviation, {intent.deviation}
            if not any(each.deviation == deviation for each in found):
                unsure = self._kinds.get(request.id) is Kind.UNSURE
                found += [] if unsure else [Found("", f"meant to be {deviation}, and its bytes are not", "intent")]
                deviation = ""
        elif meant or not self.capture:
            deviation, intended = meant, set()
        else:
            intended = {each.deviation for each in found if each.deviation}
            deviation = next((each.deviation for each in found if each.deviation), "")
        return Asked(operation, deviation, tuple(self._fault(request, each, intended) for each in found))

    def _fault(self, request: Exchange, found: Found, intended: set[str]) -> Fault:
        whose, by = Whose.OURS, None
        source = self.source
        if found.deviation and found.deviation in intended:
            whose = Whose.INTENDED
        elif source is not None and source.explains(request.name, found.path, found.rule, found.what):
            whose, by = Whose.CARRIED, source.exchange
        return Fault(found.path, found.what, whose, by, found.rule, found.deviation)

    def _state(self, operation: Operation) -> str:
        """The deviation that a request is after those before it, which are noted here."""
        request = operation.request
        uid = request.command.sop_instance_uid or ""
        kind = self._kinds.get(request.id)
        if kind in _BY_STATE:
            malformed = kind is Kind.UNKNOWN and not is_uid(uid)
            return _BY_STATE[kind] + ("-malformed" if malformed else "")
        if kind is Kind.CREATE_AGAIN:
            first = self._created.get(uid)
            return "mpps.create-again" if first is None or _equal(first, request) else "mpps.create-again-changed"
        if kind is Kind.CREATE:
            self._created[uid] = request
        elif _is_store(operation):
            self._classes.setdefault(uid, request.command.sop_class_uid or "")
            again = uid in self._stored
            if succeeded(operation) is not None:
                self._stored.setdefault(uid, request)
            return "storage.same-instance-again" if again else ""
        elif request.name in (MOVE, GET) and request.dataset is not None:
            return "retrieve.never-stored" if finds_nothing(request.dataset, self._stored.values()) else ""
        elif request.name == "N-ACTION-RQ" and request.dataset is not None:
            named = [item.text("ReferencedSOPInstanceUID") for item in request.dataset.items("ReferencedSOPSequence")]
            # what a capture has later may have been sent before; of ours the order is known
            sent = self._sent if request.intent is None else self._classes
            return "commitment.unknown-instance" if any(uid not in sent for uid in named) else ""
        return ""

    def _wrong(self, operation: Operation) -> Iterator[Found]:
        request = operation.request
        name, syntax = request.name, request.abstract_syntax
        if name == "C-STORE-RQ":
            yield from self._store(operation)
        elif (dataset := request.dataset) is None:
            if name in (MOVE, GET) or (name, syntax) in (
                *(("N-CREATE-RQ", MPPS), ("N-SET-RQ", MPPS), ("N-ACTION-RQ", COMMITMENT)),
            ):
                yield Found("", "there is no data set")
        elif name in (MOVE, GET):
            yield from retrieval_faults(request, dataset, self.titles)
        elif name == "C-FIND-RQ" and syntax in FINDS:
            yield from query_faults(dataset, syntax)
        elif name in ("N-CREATE-RQ", "N-SET-RQ") and syntax == MPPS:
            yield from self._steps.of(operation, dataset)
        elif name == "N-ACTION-RQ" and syntax == COMMITMENT:
            yield from self._action(operation, dataset)

    def _store(self, operation: Operation) -> Iterator[Found]:
        request = operation.request
        yield from store_faults(request, self.checked(request))
        first = self._stored.get(request.command.sop_instance_uid or "")
        if first is not None and not _equal(first, request):
            yield Found("SOPInstanceUID", "stored before with another content", deviation="storage.changed-again")

    def _action(self, operation: Operation, dataset: DataSet) -> Iterator[Found]:
        yield from commitment_faults(operation, dataset, self._classes, self._transactions, self.titles)


def _is_store(operation: Operation) -> bool:
    return operation.request.name == "C-STORE-RQ"


def _equal(first: Exchange, second: Exchange) -> bool:
    """Whether two requests say the same; pixels that were not kept are compared by their digest."""
    if first.message.elided or second.message.elided:
        if first.transfer_syntax != second.transfer_syntax:
            return True  # the same pixels in another encoding have another digest
        return (first.encoded, first.digest) == (second.encoded, second.digest)
    one, other = (_content(exchange) for exchange in (first, second))
    return one == other


def _content(exchange: Exchange) -> list[tuple[str, bytes]]:
    dataset = exchange.dataset
    return [(plain(path), element.value) for path, _, element in dataset.walk()] if dataset is not None else []
