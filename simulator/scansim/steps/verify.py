"""verify: C-ECHO to every AE of the site (PS3.4 Annex A)."""

from __future__ import annotations

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.network.association import Proposal
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import TRANSFER_SYNTAXES


class Verify(Step):
    """C-ECHO to each AE of the site; also shows afterwards whether the target is still there."""

    verb = "verify"
    service = services.VERIFICATION


@step(Verify)
def verify(exam: Exam, _step: Verify) -> str:
    """C-ECHO to each distinct AE; an AE that does not offer Verification but takes the association is alive too."""
    told: list[str] = []
    failed: list[Stopped] = []
    addresses = {str(address): address for address in exam.site.offered().values()}
    for name, address in addresses.items():
        exam.down.pop((address.host, address.port), None)
        try:
            told.append(f"{name} {_echo(exam, address)}")
        except Stopped as error:
            failed.append(error)
    if failed:
        raise Stopped("; ".join([*map(str, failed), *told]), failed[0].cause)
    return "; ".join(told)


def _echo(exam: Exam, address: Address) -> str:
    proposals = [Proposal(VERIFICATION, TRANSFER_SYNTAXES)]
    with exam.association(address, services.VERIFICATION, proposals) as association:
        agreed = association.contexts.get(VERIFICATION)
        if agreed is None:
            return "takes associations, not C-ECHO"
        answer = association.response(
            agreed, {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION}
        )
    return f"answers {shown(answer.command.status)}"
