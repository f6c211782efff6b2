"""Reports that our listener did not take at once: when the target met what it did, and how long was waited for more."""

from __future__ import annotations

from scanproof.evidence.commitment import Transaction, answered
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p


def met_at(evidence: Evidence, transaction: Transaction) -> int | None:
    """When the target had met what our listener did, in ns; None when it has not, or nobody knows."""
    action = transaction.action
    if transaction.came_on == "same" and transaction.listener != "silent":
        return None
    if transaction.listener == "down-then-up":
        # who calls a closed port leaves no trace
        lasts = float(transaction.action.request.purpose.get("lasts", 0))
        return action.final.message.ended + int(lasts * 1e9) if action.final is not None else None
    if transaction.listener == "silent":
        first = transaction.report
        return first.request.message.ended if first is not None and answered(first) is None else None
    for association in evidence.associations:
        if association.ours or association.answer is None or association.answer.began < action.request.message.ended:
            continue
        if _shows(transaction.listener, association):
            return association.answer.ended
    return None


def _shows(listener: str, association: AssociationRecord) -> bool:
    """Whether an association of the target met a rejection, or an acceptance without the role that it proposed."""
    request = association.request.pdu if association.request is not None else None
    if listener == "rejecting":
        return association.answer is not None and isinstance(association.answer.pdu, p.AssociateRJ)
    accepted = association.accepted
    proposed = isinstance(request, p.AssociateRQ) and has_role(request.user)
    return proposed and accepted is not None and not has_role(accepted.user)


def has_role(user: p.UserInformation) -> bool:
    """Whether the SCP role of Storage Commitment stands in User Information."""
    return any(role.sop_class_uid == COMMITMENT and role.scp == 1 for role in user.roles)


def waited_since(evidence: Evidence, transaction: Transaction, met: int) -> float:
    """How long we waited, in s, for a report that we could take, since the target had met what our listener did."""
    asked = evidence.transcript.scenario.get("site", {}).get("commitment", {}).get("commitment", 0)
    final = transaction.action.final
    since = final.message.ended if final is not None else met
    return max(0.0, float(asked) - (met - since) / 1e9)
