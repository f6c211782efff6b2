"""verify: C-ECHO to every AE of the site (PS3.4 Annex A)."""

from __future__ import annotations

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.network.association import Proposal
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import TRANSFER_SYNTAXES


class Verify(Step):
    """C-ECHO to each AE of the site; also shows afterwards whether the target is still there.

    In a battery only the AEs of the services that the case uses are asked, and one that does not answer once more.
    """

    verb = "verify"
    service = services.VERIFICATION


@step(Verify)
def verify(exam: Exam, _step: Verify) -> str:
    """C-ECHO to each distinct AE; an AE that does not offer Verification but takes the association is alive too."""
    told: list[str] = []
    failed: list[Stopped] = []
    used = exam.scenario.services if exam.book is not None else ()
    offered = exam.site.offered().items()
    addresses = {str(address): address for service, address in offered if not used or service in used}
    for name, address in addresses.items():
        try:
            told.append(f"{name} {_is_there(exam, address)}")
        except Stopped as error:
            failed.append(error)
    if failed:
        raise Stopped("; ".join([*map(str, failed), *told]), failed[0].cause)
    return "; ".join(told)


def _is_there(exam: Exam, address: Address) -> str:
    """Ask once, and in a battery once more: one that was busy, or begins anew, is there all the same.

    One that answered before in this exam and now ends two associations before it answers is as good as gone.
    """
    where = (address.host, address.port)
    exam.down.pop(where, None)
    before = where in exam.answered
    try:
        told = _echo(exam, address)
    except Stopped as error:
        if exam.book is None or not (error.cause is Cause.UNREACHABLE or (before and error.cause is Cause.TARGET)):
            raise
    else:
        exam.answered.add(where)
        return told
    exam.stop.sleep(address.timeouts.again)
    exam.down.pop(where, None)
    try:
        return f"does not answer at first, then {_echo(exam, address)}"
    except Stopped as error:
        if before and error.cause is Cause.TARGET:
            exam.down[where] = str(error), exam.number
        raise


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
