"""Requests about performed procedure steps, each with what it means given the state of its step."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scanproof.standard.mpps_table import FINAL_STATES
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_success


class Kind(StrEnum):
    """What a request means, given what was answered before it."""

    CREATE = "create"
    CREATE_AGAIN = "create again"
    PROGRESS = "progress"
    FINAL = "final"
    AFTER_FINAL = "after final"
    UNKNOWN = "unknown step"
    UNSURE = "unsure"


class _State(StrEnum):
    OPEN = "open"
    ENDED = "ended"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class StepRequest:
    """One answered N-CREATE or N-SET; ``status`` is the Performed Procedure Step Status that it set."""

    kind: Kind
    operation: Operation
    answer: Exchange
    status: str

    @property
    def done(self) -> bool:
        """Whether the answer says that it was done, with or without warning."""
        return is_success(self.answer.command.status)


def step_requests(operations: Iterable[Operation]) -> Iterator[StepRequest]:
    """Yield our answered N-CREATEs and N-SETs in order, told apart by what came before."""
    for kind, operation, status in kinds(operations):
        answer = operation.final
        if answer is not None and answer.command.status is not None:
            yield StepRequest(kind, operation, answer, status)


def kinds(operations: Iterable[Operation]) -> Iterator[tuple[Kind, Operation, str]]:
    """Yield N-CREATEs and N-SETs in order, answered or not, with their kind and the status that they set.

    A step whose N-CREATE was refused or not answered may or may not exist, so that what is asked of it later proves
    nothing; the same after an N-SET that was not answered.
    """
    states: dict[str, _State] = {}
    for operation in operations:
        request, answer = operation.request, operation.final
        if request.name not in ("N-CREATE-RQ", "N-SET-RQ"):
            continue
        uid = request.command.sop_instance_uid or ""
        status = request.dataset.text("PerformedProcedureStepStatus") if request.dataset is not None else ""
        kind = _kind(request.name == "N-CREATE-RQ", states.get(uid), status in FINAL_STATES)
        yield kind, operation, status
        if answer is None or answer.command.status is None:
            states[uid] = _State.UNSURE
        elif kind is Kind.CREATE:
            done = is_success(answer.command.status)
            states[uid or answer.command.sop_instance_uid or ""] = _State.OPEN if done else _State.REFUSED
        elif kind is Kind.FINAL and is_success(answer.command.status):
            states[uid] = _State.ENDED


def _kind(creates: bool, before: _State | None, final: bool) -> Kind:
    if before is _State.UNSURE:
        return Kind.UNSURE
    if creates:
        return Kind.CREATE if before in (None, _State.REFUSED) else Kind.CREATE_AGAIN
    match before:
        case None:
            return Kind.UNKNOWN
        case _State.OPEN:
            return Kind.FINAL if final else Kind.PROGRESS
        case _State.ENDED:
            return Kind.AFTER_FINAL
    return Kind.UNSURE
