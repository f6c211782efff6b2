"""What each A-ASSOCIATE-RQ of ours was meant to be, and what is wrong with it by its bytes, which alone count."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.evidence.association_faults import LEGAL, association_faults
from scanproof.evidence.fault import Found
from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p


@dataclass(frozen=True)
class Requested:
    """One A-ASSOCIATE-RQ of ours.

    ``deviation`` is the one that was meant and that its bytes have, empty for a request that is to be right;
    ``intended`` are the faults that it consists of, ``ours`` what nobody meant. ``edited`` says that a case described
    it, so that it is no request which a scanner would send.
    """

    association: AssociationRecord
    edited: bool = False
    deviation: str = ""
    intended: tuple[Found, ...] = ()
    ours: tuple[Found, ...] = ()

    @property
    def told(self) -> str:
        """What was meant, in words."""
        return _words(self.intended)

    @property
    def told_ours(self) -> str:
        """What nobody meant, in words."""
        return _words(self.ours)


def _words(faults: tuple[Found, ...]) -> str:
    return "; ".join(": ".join(filter(None, (each.path, each.what))) for each in faults[:3])


def requested(association: AssociationRecord) -> Requested | None:
    """What an A-ASSOCIATE-RQ of ours is; None where none went out, or it is another's."""
    event = association.request
    if not association.ours or event is None or not isinstance(event.pdu, p.AssociateRQ):
        return None
    called, calling = (str(association.facts.get(name) or "") for name in ("called_ae", "calling_ae"))
    found = [*association_faults(event.pdu, event.problems, called=called, calling=calling)]
    meant = association.intent.deviation if association.intent is not None else ""
    legal = next((each.deviation for each in found if each.deviation in LEGAL), "")
    deviation = meant or legal
    intended = tuple(each for each in found if deviation and each.deviation == deviation)
    ours = tuple(each for each in found if each.deviation != deviation and each.deviation not in LEGAL)
    if meant and not intended:
        ours = (*ours, Found("", f"meant to be {meant}, and its bytes are not", "intent"))
    return Requested(association, is_edited(association), deviation if intended else "", intended, ours)


def is_edited(association: AssociationRecord) -> bool:
    """Whether a case described the A-ASSOCIATE-RQ of an association of ours."""
    return association.ours and association.facts.get("edited") is True


def deviates(association: AssociationRecord) -> str:
    """The deviation of an A-ASSOCIATE-RQ that a case described, ``unmeant`` for what nobody meant; empty for none."""
    found = requested(association) if is_edited(association) else None
    return "" if found is None else found.deviation or ("unmeant" if found.ours else "")
