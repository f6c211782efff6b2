"""Limits: how many associations a target lets in at once, and how long it waits for a peer that is silent."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.probe.asking import LIMITS, MOST_SILENCE
from scanproof.probe.lines import Line, unknown
from scanproof.probe.seen import Seen, cite
from scansim.inputs import Location
from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p

_HELD, _SILENT = f"{LIMITS}/associations", f"{LIMITS}/artim"
_NOT_ASKED = "not asked: --limits"


def _turn(seen: Seen) -> list[AssociationRecord]:
    """Associations of the first turn, in order; all of them were held while there was room."""
    return [each for each in seen.disturbed(_HELD) if each.facts.get("turn") == 1]


def _refused(seen: Seen) -> AssociationRecord | None:
    """The first one of those that was not let in."""
    return next((each for each in _turn(seen) if each.accepted is None), None)


def lines(seen: Seen, place: Location) -> Iterator[Line]:
    """Number of associations, and the ARTIM timer."""
    yield _most(seen, (*place, "maximum_associations", "acceptor"))
    yield _artim(seen, (*place, "artim_timeout_s"))


def _most(seen: Seen, place: Location) -> Line:
    held = _turn(seen)
    if not held:
        return unknown(place, _NOT_ASKED)
    refused = _refused(seen)
    if refused is None:
        return unknown(place, f"{len(held)} at once were accepted, and more not tried", cite(_HELD, held[-1]))
    count = sum(each.accepted is not None for each in held[: held.index(refused)])
    return Line(place, count, (cite(_HELD, refused),), "the next one was not let in")


def rejection(seen: Seen) -> Iterator[Line]:
    """How one association too many is rejected."""
    refused = _refused(seen)
    answer = refused.answer.pdu if refused is not None and refused.answer is not None else None
    if refused is not None and isinstance(answer, p.AssociateRJ):
        value = {"result": answer.result, "source": answer.source, "reason": answer.reason}
        yield Line((), {**value, "condition": "maximum number of associations"}, (cite(_HELD, refused),))


def _artim(seen: Seen, place: Location) -> Line:
    """When a connection without a request was ended, in s from its begin (PS3.8 9.1.5)."""
    silent = next(iter(seen.disturbed(_SILENT)), None)
    if silent is None:
        return unknown(place, _NOT_ASKED)
    ended = silent.closed_by_peer
    aborted = silent.came(p.Abort)
    moments = [event.ended for event in aborted] + ([ended.time] if ended is not None else [])
    if not moments:
        why = f"a connection without a request was still open after {MOST_SILENCE} s"
        return unknown(place, why, cite(_SILENT, silent))
    connected = silent.events[0].time if silent.events else 0
    return Line(place, max(1, round((min(moments) - connected) / 1e9)), (cite(_SILENT, silent),))
