"""create-mpps: N-CREATE of a performed procedure step (PS3.4 F.7.2.1)."""

from __future__ import annotations

from pydantic import Field

from scansim.exam.performed_step import ask, create_dataset, told
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS
from scansim.wire.dimse import FIELD_OF


class CreateMpps(Step):
    """MPPS N-CREATE, IN PROGRESS; again: the same N-CREATE once more, which an SCP has to refuse."""

    verb = "create-mpps"
    service = services.MPPS
    gives = (Thing.PERFORMED_STEP,)

    again: bool = Field(False, description="repeat the N-CREATE with the UID of the step that exists")

    def needs(self) -> tuple[Thing, ...]:
        """The step that is created once more."""
        return (Thing.PERFORMED_STEP,) if self.again else ()


@step(CreateMpps)
def create_mpps(exam: Exam, step: CreateMpps) -> str:
    """N-CREATE; with ``again`` the same one once more, whose answer is not needed to go on."""
    ledger = exam.known()
    uid = ledger.mpps_uid if step.again else exam.identity.uid("mpps")
    answer = ask(
        exam,
        {
            "CommandField": FIELD_OF["N-CREATE-RQ"],
            "AffectedSOPClassUID": MPPS,
            "AffectedSOPInstanceUID": uid,
        },
        create_dataset(ledger),
        Intent.of("mpps.create-again") if uid == ledger.mpps_uid else None,
    )
    if step.again:
        return f"the repeated N-CREATE was answered {told(answer)}"
    if not is_success(answer.command.status):
        raise Stopped(f"N-CREATE was answered {told(answer)}", Cause.TARGET)
    ledger.mpps_uid = uid
    return f"N-CREATE was answered {told(answer)}"
