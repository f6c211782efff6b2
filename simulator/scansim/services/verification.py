"""Verification (PS3.4 Annex A): C-ECHO to every AE of the site."""

from __future__ import annotations

from scansim.association import Proposal
from scansim.channel import AssociationError
from scansim.encoding import TRANSFER_SYNTAXES
from scansim.exam import Exam, Stopped
from scansim.listener import VERIFICATION_CLASS_UID
from scansim.scenario import Verify
from scansim.wire.dimse import FIELD_OF


def verify(exam: Exam, _step: Verify) -> str:
    """C-ECHO to each distinct AE; an AE that does not offer Verification but takes the association is alive too."""
    told, failed = [], []
    addresses = {str(address): address for address in exam.site.offered().values()}
    for name, address in addresses.items():
        exam.down.pop((address.host, address.port), None)
        try:
            association = exam.associate(address, "verification", [Proposal(VERIFICATION_CLASS_UID, TRANSFER_SYNTAXES)])
        except Stopped as error:
            failed.append(error)
            continue
        try:
            agreed = association.contexts.get(VERIFICATION_CLASS_UID)
            if agreed is None:
                told.append(f"{name} takes associations, not C-ECHO")
                continue
            answer = association.response(
                agreed, {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION_CLASS_UID}
            )
            told.append(f"{name} answers {answer.command.status or 0:04X}H")
        except AssociationError as error:
            failed.append(Stopped(f"{name}: {error}", error.cause))
        finally:
            association.release()
    if failed:
        raise Stopped("; ".join([*map(str, failed), *told]), failed[0].cause)
    return "; ".join(told)
