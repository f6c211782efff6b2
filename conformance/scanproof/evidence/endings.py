"""How an association ended: what the target owed when it did, and what it sent at the end."""

from __future__ import annotations

from dataclasses import dataclass

from scansim.network.transcript import AssociationRecord, Exchange
from scansim.wire import pdu as p
from scansim.wire.stream import PduEvent


@dataclass(frozen=True)
class Ending:
    """The end of one association as the target's PDUs tell it.

    ``abort`` is the first A-ABORT of the target, None when it sent none or we had aborted before. ``owed`` says what
    the target had not answered when it came, empty for nothing; ``cut_off`` that we were still sending;
    ``release_asked`` that we had asked for release.
    """

    association: AssociationRecord
    abort: PduEvent | None
    owed: str
    cut_off: bool
    release_asked: bool

    @property
    def last_sent(self) -> Exchange | None:
        """Our last whole message."""
        return next((each for each in reversed(self.association.exchanges) if each.sent), None)


def ending_of(association: AssociationRecord) -> Ending:
    """Say how an association ended."""
    ours, aborts = association.went(p.Abort), association.came(p.Abort)
    abort = aborts[0] if aborts and not any(event.began <= aborts[0].began for event in ours) else None
    release_asked = bool(association.went(p.ReleaseRQ))
    cut_off = _cut_off(association)
    owed = _unanswered(association) or ("a message that was being sent" if cut_off else "")
    return Ending(association, abort, owed, cut_off, release_asked)


def _unanswered(association: AssociationRecord) -> str:
    """The request of ours that has no final response; empty when there is none."""
    asked = (each for each in association.operations if each.request.sent and each.request.name != "C-CANCEL-RQ")
    return next((each.request.name for each in asked if each.final is None), "")


def _cut_off(association: AssociationRecord) -> bool:
    """Whether fragments of ours stand behind our last whole message."""
    last = next((each for each in reversed(association.exchanges) if each.sent), None)
    whole = last.message.end if last is not None else 0
    return any(event.last_offset >= whole for event in association.went(p.PData))


def after_release(association: AssociationRecord) -> tuple[PduEvent, ...]:
    """What the target sent behind its A-RELEASE-RP, unless we had said something behind it too."""
    answer = next(iter(association.came(p.ReleaseRP)), None)
    if answer is None or any(event.ended > answer.ended for event in association.sent):
        return ()
    at = next(at for at, event in enumerate(association.received, 1) if event is answer)
    return association.received[at:]


def instead_of_answer(association: AssociationRecord, request: Exchange) -> PduEvent | None:
    """The first PDU of the target that has no place where a request of ours was to be answered.

    None where we had given up before it came. A-RELEASE-RQ counts when it came behind the request: before, the target
    may well have asked for it. P-DATA-TF and A-ABORT have a place there; bytes that are no PDU are told elsewhere.
    """
    kinds = (p.AssociateRQ, p.AssociateAC, p.AssociateRJ, p.ReleaseRP)
    released = [event for event in association.came(p.ReleaseRQ) if event.ended >= request.message.ended]
    others = (event for event in association.came(*kinds) if event not in (association.answer, association.request))
    other = min((*others, *released), key=lambda event: event.offset, default=None)
    gave_up = association.went(p.ReleaseRQ, p.Abort)
    return None if other is None or any(event.began < other.began for event in gave_up) else other


def instead_of_release(association: AssociationRecord) -> PduEvent | None:
    """The first PDU of the target behind our A-RELEASE-RQ that has no place there.

    A-RELEASE-RQ has one when both ask for release at once (PS3.8 7.2.2), P-DATA-TF and A-ABORT always.
    """
    asked = next(iter(association.went(p.ReleaseRQ)), None)
    if asked is None:
        return None
    kinds = (p.AssociateRQ, p.AssociateAC, p.AssociateRJ)
    misplaced = [event for event in association.came(*kinds) if event.began >= asked.began]
    repeated = [event for event in association.came(p.ReleaseRQ) if event.began >= asked.began][1:]
    return min((*misplaced, *repeated), key=lambda event: event.offset, default=None)
