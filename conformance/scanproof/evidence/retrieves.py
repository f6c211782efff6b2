"""Retrievals: each C-MOVE and C-GET of ours with its sub-operations, as we saw them.

A C-STORE-RQ of the target belongs to the C-GET before it on the same association, or else to the last C-MOVE or C-GET
that had been sent by then: ours follow each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.cancels import Cancelled, cancelled
from scanproof.evidence.storage import Stored
from scansim.network.transcript import AssociationRecord, Exchange, Operation
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.status import SUCCESS, is_warning
from scansim.vocabulary.uids import PATIENT_ROOT, is_storage_class
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, DataSet

MOVE, GET = "C-MOVE-RQ", "C-GET-RQ"
#: Unique keys by level, from the top (PS3.4 C.6.1, C.6.2).
KEYS = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}
NATIVE = (IMPLICIT_LITTLE, EXPLICIT_LITTLE, EXPLICIT_BIG)
#: Counts of sub-operations (PS3.7 9.3.3.2, 9.3.4.2), without what is before and after it.
COUNTS = ("Remaining", "Completed", "Failed", "Warning")


def counts(response: Exchange) -> dict[str, int]:
    """The numbers of sub-operations that a response has, by their short names."""
    found = {name: response.command.number(f"NumberOf{name}Suboperations") for name in COUNTS}
    return {name: number for name, number in found.items() if number is not None}


@dataclass(frozen=True)
class SubOperation:
    """One instance that the target sent, with our answer."""

    operation: Operation

    @property
    def request(self) -> Exchange:
        """The C-STORE-RQ."""
        return self.operation.request

    @property
    def uid(self) -> str:
        """SOP Instance UID of the command set."""
        return self.request.command.sop_instance_uid or ""

    @property
    def answer(self) -> Exchange | None:
        """Our C-STORE-RSP; None when the association ended before."""
        return self.operation.final

    @property
    def status(self) -> int | None:
        """What we answered; None for nothing."""
        return self.answer.command.status if self.answer is not None else None

    @property
    def kind(self) -> str:
        """Which count it belongs to."""
        if self.status == SUCCESS:
            return "Completed"
        return "Warning" if is_warning(self.status) else "Failed"

    def value(self, name: str) -> str:
        """Value of a unique key in its data set."""
        dataset = self.request.dataset
        return dataset.text(name) if dataset is not None else ""


@dataclass(frozen=True)
class Retrieval:
    """One C-MOVE or C-GET; ``subs`` are its sub-operations in order, ``cancel`` our C-CANCEL of it.

    ``wanted`` are the stored instances that its Identifier names, by UID; ``opened`` the associations that the target
    opened meanwhile; ``last`` says that the same was not asked again; ``watched`` that what is sent comes to us.
    """

    operation: Operation
    keys: DataSet
    subs: tuple[SubOperation, ...]
    wanted: Mapping[str, Stored]
    opened: tuple[AssociationRecord, ...] = ()
    cancel: Cancelled | None = None
    last: bool = True
    watched: bool = True

    @property
    def is_move(self) -> bool:
        """Whether it is a C-MOVE."""
        return self.operation.request.name == MOVE

    @property
    def name(self) -> str:
        """C-MOVE or C-GET."""
        return self.operation.request.name.removesuffix("-RQ")

    @property
    def destination(self) -> str:
        """Move Destination of a C-MOVE."""
        return self.operation.request.command.text("MoveDestination") or ""

    @property
    def level(self) -> str:
        """Query/Retrieve Level."""
        return self.keys.text("QueryRetrieveLevel")

    @property
    def final(self) -> Exchange | None:
        """The final response, when it has a status."""
        final = self.operation.final
        return final if final is not None and final.command.status is not None else None

    @property
    def status(self) -> int | None:
        """Status of the final response."""
        return self.final.command.status if self.final is not None else None

    def seen(self, kind: str) -> int:
        """How many sub-operations went so: Completed, Failed or Warning."""
        return self._kinds.get(kind, 0)

    @cached_property
    def _kinds(self) -> Mapping[str, int]:
        kinds = [sub.kind for sub in self.subs]
        return {kind: kinds.count(kind) for kind in set(kinds)}

    @cached_property
    def came(self) -> Mapping[str, tuple[SubOperation, ...]]:
        """Sub-operations by SOP Instance UID."""
        found: dict[str, list[SubOperation]] = {}
        for sub in self.subs:
            found.setdefault(sub.uid, []).append(sub)
        return {uid: tuple(subs) for uid, subs in found.items()}

    @property
    def is_cancelled(self) -> bool:
        """Whether we cancelled it before its final response had come."""
        return self.cancel is not None and self.cancel.in_time

    @cached_property
    def failed(self) -> frozenset[str]:
        """Instances that came, and that we never took."""
        return frozenset(uid for uid, subs in self.came.items() if all(each.kind == "Failed" for each in subs))

    @property
    def unsure(self) -> bool:
        """Whether we ended an association of it, or its record is cut short: what would have come nobody knows."""
        ours = (Happening.OVERRUN, Happening.NOT_KEPT, Happening.TURNED_AWAY)
        concerned = (self.operation.association, *self.opened)
        return any(each.event(event) is not None for each in concerned for event in ours)

    @cached_property
    def strangers(self) -> bool:
        """Whether it names something at its level that was not stored."""
        held = {"STUDY": "study", "SERIES": "series", "IMAGE": "instance"}.get(self.level)
        known = {getattr(stored, held) for stored in self.wanted.values()} if held else set()
        return held is not None and any(value not in known for value in self.keys.values(KEYS[self.level]))

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """Stored instances that were asked for and did not come."""
        return tuple(uid for uid in self.wanted if uid not in self.came)

    @cached_property
    def listed(self) -> tuple[str, ...]:
        """What the Failed SOP Instance UID List of the final response holds."""
        dataset = self.final.dataset if self.final is not None else None
        return tuple(uid for uid in (dataset.values("FailedSOPInstanceUIDList") if dataset is not None else ()) if uid)

    @cached_property
    def told_of_others(self) -> Exchange | None:
        """The final response when its list names what nobody asked for: then its numbers and status are of that too."""
        return self.final if self.wanted and set(self.listed) - {*self.came, *self.wanted} else None

    @cached_property
    def granted(self) -> Mapping[str, frozenset[str]]:
        """Of C-GET the transfer syntaxes by Storage SOP Class in which its requestor is the SCP on the association."""
        rq, accept = _negotiated(self.operation.association)
        if rq is None or accept is None:
            return {}
        scp = {role.sop_class_uid for role in accept.user.roles if role.scp == 1}
        return {uid: syntaxes for uid, syntaxes in _accepted(rq, accept).items() if uid in scp}

    @cached_property
    def hindered(self) -> frozenset[str]:
        """Instances of what is wanted that we do not take.

        There is no Presentation Context of their SOP Class, or not as its SCP; or they were stored compressed, and we
        do not take that, and nobody has to decompress.
        """
        return frozenset(uid for uid, stored in self.wanted.items() if self._is_hindered(stored))

    def _is_hindered(self, stored: Stored) -> bool:
        sop_class, syntax = stored.sop_class_uid, stored.operation.request.transfer_syntax
        compressed = syntax not in NATIVE
        if not self.is_move:
            taken = self.granted.get(sop_class)
            return taken is None or (compressed and syntax not in taken)
        for association in self.opened:
            rq, accept = _negotiated(association)
            if rq is None:
                continue
            offered = {each for cx in rq.contexts if cx.abstract_syntax == sop_class for each in cx.transfer_syntaxes}
            taken = _accepted(rq, accept).get(sop_class) if accept is not None else None
            if offered and (not taken or (compressed and syntax in offered and syntax not in taken)):
                return True
        return False

    def names(self, sub: SubOperation) -> bool:
        """Whether the Identifier names an instance that came: one that we stored, or by the UIDs in its data set."""
        if sub.uid in self.wanted:
            return True
        levels = list(KEYS)[: list(KEYS).index(self.level) + 1] if self.level in KEYS else list(KEYS)
        asked = [(KEYS[level], self.keys.values(KEYS[level])) for level in levels]
        named = [(key, values) for key, values in asked if any(values)]
        return bool(named) and all(sub.value(key) in values for key, values in named)


def _negotiated(association: AssociationRecord) -> tuple[p.AssociateRQ | None, p.AssociateAC | None]:
    rq = association.request.pdu if association.request is not None else None
    return (rq if isinstance(rq, p.AssociateRQ) else None), association.accepted


def _accepted(rq: p.AssociateRQ, accept: p.AssociateAC) -> dict[str, frozenset[str]]:
    """Transfer syntaxes that were accepted, by Storage SOP Class."""
    classes = {each.context_id: each.abstract_syntax for each in rq.contexts}
    found: dict[str, frozenset[str]] = {}
    for each in accept.contexts:
        sop_class = classes.get(each.context_id, "")
        if each.result == 0 and is_storage_class(sop_class):
            found[sop_class] = found.get(sop_class, frozenset()) | {each.transfer_syntax or ""}
    return found


def retrievals(
    operations: Sequence[Operation],
    associations: Iterable[AssociationRecord],
    stored: Iterable[Stored],
    titles: frozenset[str],
) -> tuple[Retrieval, ...]:
    """Every C-MOVE and C-GET of ours that has an Identifier, in order.

    Parameters
    ----------
    operations : sequence of Operation
        All of the scenario.
    associations : iterable of AssociationRecord
        Likewise.
    stored : iterable of Stored
        What the target said it stored.
    titles : frozenset of str
        Our AE titles.
    """
    ours = [each for each in operations if each.request.sent]
    asked = [each for each in ours if each.request.name in (MOVE, GET) and each.request.dataset is not None]
    asked.sort(key=_begun)
    sent = [each for each in operations if not each.request.sent and each.request.name == "C-STORE-RQ"]
    subs: dict[str, list[SubOperation]] = {}
    for operation in sorted(sent, key=lambda each: each.request.message.ended):
        owner = _at(asked, operation.request.message.ended)
        if owner is not None:
            subs.setdefault(owner.request.id, []).append(SubOperation(operation))
    opened: dict[str, list[AssociationRecord]] = {}
    for association in associations:
        if not association.ours and association.request is not None:
            owner = _at(asked, association.request.ended)
            if owner is not None:
                opened.setdefault(owner.request.id, []).append(association)
    kept = {each.sop_instance_uid: each for each in stored}
    found = []
    for number, operation in enumerate(asked):
        request, keys = operation.request, operation.request.dataset
        assert keys is not None
        same = [each for each in asked[number + 1 :] if _key(each) == _key(operation)]
        found.append(
            Retrieval(
                operation,
                keys,
                tuple(subs.get(request.id, ())),
                {uid: each for uid, each in kept.items() if _names(keys, request.abstract_syntax, each)},
                tuple(opened.get(request.id, ())),
                next(cancelled((operation,)), None),
                not same,
                request.name == GET or (request.command.text("MoveDestination") or "") in titles,
            )
        )
    return tuple(found)


def _begun(operation: Operation) -> int:
    """A moment before which nothing can have come of a request, in ns: when its association last brought something.

    The time of what we send is that of its record, which on a busy machine is written when an answer has come already.
    """
    before = operation.association.answer.ended if operation.association.answer is not None else 0
    for exchange in operation.association.exchanges:
        if exchange is operation.request:
            break
        before = exchange.message.ended if not exchange.sent else before
    return before


def _key(operation: Operation) -> tuple[str, bytes]:
    return operation.request.abstract_syntax, operation.request.encoded or b""


def _at(asked: Sequence[Operation], moment: int) -> Operation | None:
    """The retrieval that was sent last before a moment."""
    return next((each for each in reversed(asked) if _begun(each) <= moment), None)


def _names(keys: DataSet, sop_class: str, stored: Stored) -> bool:
    """Whether an Identifier names a stored instance: by each unique key from the top of its model to its level."""
    level = keys.text("QueryRetrieveLevel")
    if level not in KEYS:
        return False
    levels = list(KEYS)[: list(KEYS).index(level) + 1]
    if not sop_class.startswith(PATIENT_ROOT):
        levels = levels[1:]
    held = {"STUDY": stored.study, "SERIES": stored.series, "IMAGE": stored.instance}
    for each in levels:
        value = stored.dataset.text(KEYS[each]) if each == "PATIENT" else held[each]
        if value not in keys.values(KEYS[each]):
            return False
    return bool(levels)
