"""Requests about performed procedure steps, each with what it means given the state of its step."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from scanproof.standard.mpps_table import FINAL_STATES, NO_LONGER_UPDATABLE, PROCESSING_FAILURE, STATES
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS, MPPS_RETRIEVE

#: Words of an Error Comment by which the target had ended the step before (PS3.4 F.7.2.2.3 note 2).
_ENDED_ALREADY = re.compile(
    r"no longer|already|not in progress|(is|was|has been) (ended|complete|discontinued|closed|final)", re.IGNORECASE
)


class Kind(StrEnum):
    """What a request means, given what was answered before it."""

    CREATE = "create"
    CREATE_AGAIN = "create again"
    PROGRESS = "progress"
    FINAL = "final"
    AFTER_FINAL = "after final"
    UNKNOWN = "unknown step"
    GET = "get"
    GET_UNKNOWN = "get unknown step"
    UNSURE = "unsure"


class _State(StrEnum):
    OPEN = "open"
    ENDED = "ended"
    REFUSED = "refused"
    UNSURE = "unsure"


@dataclass(frozen=True)
class StepRequest:
    """One answered N-CREATE, N-SET or N-GET; ``status`` is the Performed Procedure Step Status that it set."""

    kind: Kind
    operation: Operation
    answer: Exchange
    status: str

    @property
    def done(self) -> bool:
        """Whether the answer says that it was done, with or without warning."""
        return is_success(self.answer.command.status)

    @property
    def ended_already(self) -> bool:
        """Whether a refusal says that the step had ended: 0110H is any failure, so that ID or comment has to say it."""
        command = self.answer.command
        if command.status != PROCESSING_FAILURE:
            return False
        comment = command.text("ErrorComment") or ""
        return command.number("ErrorID") == NO_LONGER_UPDATABLE or _ENDED_ALREADY.search(comment) is not None


def concerns_steps(operation: Operation) -> bool:
    """Whether a request of ours is about a performed procedure step."""
    return operation.request.sent and operation.request.abstract_syntax in (MPPS, MPPS_RETRIEVE)


def answered(kind: Kind, operation: Operation, status: str) -> StepRequest | None:
    """A request with its answer; None when it was not answered."""
    answer = operation.final
    if answer is None or answer.command.status is None:
        return None
    return StepRequest(kind, operation, answer, status)


def kinds(operations: Iterable[Operation]) -> Iterator[tuple[Kind, Operation, str]]:
    """Yield requests in the order of time, answered or not, with their kind and the status that they set.

    A step whose N-CREATE was refused or not answered may or may not exist, so that what is asked of it later proves
    nothing; the same after an N-SET that was not answered, after one that was taken with a status that no step has, and
    after a second N-CREATE that was taken with another status than the step had.
    """
    states: dict[str, _State] = {}
    for operation in sorted(operations, key=lambda each: each.request.message.ended):
        request, answer = operation.request, operation.final
        if request.name not in ("N-CREATE-RQ", "N-SET-RQ", "N-GET-RQ"):
            continue
        uid = step_uid(operation)
        status = request.dataset.text("PerformedProcedureStepStatus") if request.dataset is not None else ""
        kind = _kind(request.name, states.get(uid), status in FINAL_STATES)
        yield kind, operation, status
        if kind in (Kind.GET, Kind.GET_UNKNOWN) or request.name == "N-GET-RQ":
            continue
        if answer is None or answer.command.status is None:
            states[uid] = _State.UNSURE
        elif kind is Kind.CREATE:
            done = is_success(answer.command.status)
            states[uid or answer.command.sop_instance_uid or ""] = _taken(status) if done else _State.REFUSED
        elif kind is Kind.CREATE_AGAIN and is_success(answer.command.status):
            if states[uid] is not _taken(status):  # which of the two it is now, only the target knows
                states[uid] = _State.UNSURE
        elif kind in (Kind.PROGRESS, Kind.FINAL) and is_success(answer.command.status):
            states[uid] = _taken(status)


def _taken(status: str) -> _State:
    """What a step is after a request with a Performed Procedure Step Status, empty for none, was taken."""
    if status in FINAL_STATES:
        return _State.ENDED
    return _State.OPEN if status in ("", *STATES) else _State.UNSURE


def step_uid(operation: Operation) -> str:
    """UID of the step that a request is about; empty where the SCP is to choose it."""
    return operation.request.command.sop_instance_uid or ""


def _kind(name: str, before: _State | None, final: bool) -> Kind:
    if before is _State.UNSURE:
        return Kind.UNSURE
    if name == "N-CREATE-RQ":
        return Kind.CREATE if before in (None, _State.REFUSED) else Kind.CREATE_AGAIN
    if name == "N-GET-RQ":
        return {None: Kind.GET_UNKNOWN, _State.REFUSED: Kind.UNSURE}.get(before, Kind.GET)
    match before:
        case None:
            return Kind.UNKNOWN
        case _State.OPEN:
            return Kind.FINAL if final else Kind.PROGRESS
        case _State.ENDED:
            return Kind.AFTER_FINAL
    return Kind.UNSURE
