"""What a C-CANCEL of a query comes to: one table for the worklist and for the archive (PS3.7 9.1.2.2, 9.3.2.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from scanproof.check import Observation, fail, ok, told, warn
from scanproof.evidence.cancels import cancelled
from scansim.network.transcript import Exchange, Operation
from scansim.vocabulary.status import CANCEL, SUCCESS, is_listed, is_pending, shown

#: Answers behind a C-CANCEL, and seconds until the last of them, that may have been under way.
_UNDER_WAY, _IN_TIME = 100, 1.0


def after_cancel(
    finds: Iterable[Operation], left_out: Callable[[Exchange], int], answers: str
) -> Iterator[Observation]:
    """Judge what came behind each C-CANCEL of ours.

    Parameters
    ----------
    finds : iterable of Operation
        The queries.
    left_out : callable
        How many of the matches that have to be in the answer to a request are not in it.
    answers : str
        What answers are called.
    """
    for seen in cancelled(finds):
        final = seen.operation.final
        if not seen.in_time:
            if seen.after:
                late = seen.after[0]
                yield fail(f"{told(late)} came behind the end of the query", late)
            else:
                yield ok("ignored behind the end of the query", seen.cancel)
            continue
        if final is None or is_pending(final.command.status) or final.command.status is None:
            continue
        status = final.command.status
        if status not in (CANCEL, SUCCESS):
            if seen.operation.pending and is_listed(final.name, status):
                yield fail(f"the query ended with {shown(status)}", final)
        elif seen.further > _UNDER_WAY or seen.seconds > _IN_TIME:
            took = f"{seen.further} more {answers} came, the last after {seen.seconds:.1f} s"
            yield warn(f"{took}; then {shown(status)}", final)
        elif status == SUCCESS and (lacking := left_out(seen.operation.request)):
            yield warn(f"Success, though {lacking} known matches were not sent", final)
        else:
            yield ok(f"{shown(status)} after {seen.further} more {answers}", final)
