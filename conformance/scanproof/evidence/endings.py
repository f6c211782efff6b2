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
    ours = [event.began for event in association.sent if isinstance(event.pdu, p.Abort)]
    aborts = [event for event in association.received if isinstance(event.pdu, p.Abort)]
    abort = aborts[0] if aborts and not any(began <= aborts[0].began for began in ours) else None
    release_asked = any(isinstance(event.pdu, p.ReleaseRQ) for event in association.sent)
    cut_off = _cut_off(association)
    owed = _unanswered(association) or ("a message that was being sent" if cut_off else "")
    return Ending(association, abort, owed, cut_off, release_asked)


def _unanswered(association: AssociationRecord) -> str:
    """The request of ours that has no final response; empty when there is none."""
    asked = (each for each in association.operations if each.request.sent and each.request.name != "C-CANCEL-RQ")
    return next((each.request.name for each in asked if each.final is None), "")


def _cut_off(association: AssociationRecord) -> bool:
    """Whether fragments of ours stand behind our last whole message."""
    sent = [each for each in association.exchanges if each.sent]
    whole = sent[-1].message.end if sent else 0
    return any(isinstance(event.pdu, p.PData) and event.offset >= whole for event in association.sent)


def after_release(association: AssociationRecord) -> tuple[PduEvent, ...]:
    """What the target sent behind its A-RELEASE-RP, unless we had said something behind it too."""
    answer = next((event for event in association.received if isinstance(event.pdu, p.ReleaseRP)), None)
    if answer is None or any(event.began > answer.ended for event in association.sent):
        return ()
    return association.received[association.received.index(answer) + 1 :]


def instead_of_answer(association: AssociationRecord, request: Exchange) -> PduEvent | None:
    """The first PDU of the target that has no place where a request of ours was to be answered.

    None where we had given up before it came. A-RELEASE-RQ counts when it came behind the request: before, the target
    may well have asked for it. P-DATA-TF and A-ABORT have a place there; bytes that are no PDU are told elsewhere.
    """
    gave_up = [event.began for event in association.sent if isinstance(event.pdu, p.ReleaseRQ | p.Abort)]
    fitting = (p.PData, p.Abort, p.Unknown)
    asked = request.message.ended
    others = (event for event in association.received if not isinstance(event.pdu, fitting))
    there = (event for event in others if event is not association.answer and event is not association.request)
    other = next((event for event in there if event.ended >= asked or not isinstance(event.pdu, p.ReleaseRQ)), None)
    return None if other is None or any(began < other.began for began in gave_up) else other


def instead_of_release(association: AssociationRecord) -> PduEvent | None:
    """The first PDU of the target behind our A-RELEASE-RQ that has no place there.

    A-RELEASE-RQ has one when both ask for release at once (PS3.8 7.2.2), P-DATA-TF and A-ABORT always.
    """
    asked = next((event for event in association.sent if isinstance(event.pdu, p.ReleaseRQ)), None)
    if asked is None:
        return None
    behind = [event for event in association.received if event.began >= asked.began]
    fitting = (p.PData, p.ReleaseRP, p.Abort, p.Unknown)
    crossed = next((event for event in behind if isinstance(event.pdu, p.ReleaseRQ)), None)
    return next((event for event in behind if event is not crossed and not isinstance(event.pdu, fitting)), None)
