"""set-mpps: N-SET of a performed procedure step (PS3.4 F.7.2.2)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scansim.exam.performed_step import ask, set_dataset, told
from scansim.exam.registry import step
from scansim.exam.state import Exam
from scansim.exam.step import Step, Thing
from scansim.identity.ledger import Ledger
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS
from scansim.wire.dimse import FIELD_OF


class SetMpps(Step):
    """MPPS N-SET."""

    verb = "set-mpps"
    service = services.MPPS

    status: Literal["IN PROGRESS", "COMPLETED", "DISCONTINUED"] = Field(description="Performed Procedure Step Status")
    step: Literal["ours", "unknown"] = Field(
        "ours", description="unknown: a step that nobody created, which an SCP has to refuse"
    )

    def needs(self) -> tuple[Thing, ...]:
        """The step that it sets, unless that is one that nobody created."""
        return (Thing.PERFORMED_STEP,) if self.step == "ours" else ()


@step(SetMpps)
def set_mpps(exam: Exam, step: SetMpps) -> str:
    """N-SET to a status, or to a step that nobody created."""
    ledger = exam.known()
    uid = ledger.mpps_uid if step.step == "ours" else exam.identity.uid("mpps that nobody created")
    answer = ask(
        exam,
        {
            "CommandField": FIELD_OF["N-SET-RQ"],
            "RequestedSOPClassUID": MPPS,
            "RequestedSOPInstanceUID": uid,
        },
        set_dataset(exam, ledger, step.status),
        _intent(ledger, step),
    )
    if step.step == "ours" and step.status != "IN PROGRESS" and is_success(answer.command.status):
        ledger.step_ended = True
    # The exam goes on whatever the answer: images are stored even when the RIS cannot take the report.
    return f"N-SET {step.status} was answered {told(answer)}"


def _intent(ledger: Ledger, step: SetMpps) -> Intent | None:
    if step.step == "unknown":
        return Intent.of("mpps.set-unknown-step")
    return Intent.of("mpps.set-after-final") if ledger.step_ended else None
