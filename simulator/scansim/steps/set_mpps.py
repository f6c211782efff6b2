"""set-mpps: N-SET of a performed procedure step (PS3.4 F.7.2.2)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from scansim.exam.edited import Edited
from scansim.exam.performed_step import ask, created, set_dataset, told
from scansim.exam.registry import step
from scansim.exam.state import Exam
from scansim.exam.step import Thing
from scansim.vocabulary import services
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS
from scansim.wire.dimse import FIELD_OF, Value


class SetMpps(Edited):
    """MPPS N-SET."""

    verb = "set-mpps"
    service = services.MPPS

    status: Literal["IN PROGRESS", "COMPLETED", "DISCONTINUED"] = Field(description="Performed Procedure Step Status")
    of: str = Field("", description="the name of the performed step, where a case has several")
    step: Literal["ours", "unknown"] = Field(
        "ours", description="unknown: a step that nobody created, which an SCP has to refuse"
    )

    def needs(self) -> tuple[Thing, ...]:
        """The step that it sets, unless that is one that nobody created."""
        return (Thing.PERFORMED_STEP,) if self.step == "ours" else ()

    @property
    def refers_to(self) -> str:
        """The performed step that it is about."""
        return self.of


@step(SetMpps)
def set_mpps(exam: Exam, step: SetMpps) -> str:
    """N-SET to a status, or to a step that nobody created."""
    unknown = step.step == "unknown"
    ledger = exam.ledgers.get(step.of) or exam.known() if unknown else created(exam, step.of)
    looks_like = "mpps.set-unknown-step" if unknown else "mpps.set-after-final" if ledger.step_ended else None
    command: dict[str, Value] = {
        "CommandField": FIELD_OF["N-SET-RQ"],
        "RequestedSOPClassUID": MPPS,
        "RequestedSOPInstanceUID": exam.identity.uid("mpps that nobody created") if unknown else ledger.mpps_uid,
    }
    ds = step.edit(exam, set_dataset(exam, ledger, step.status))
    answer = ask(exam, step.commanded(exam, command), ds, step.intent(looks_like, step.first_path))
    final = str(ds.get("PerformedProcedureStepStatus")) in ("COMPLETED", "DISCONTINUED")
    if not unknown and final and is_success(answer.command.status):
        ledger.step_ended = True
    # The exam goes on whatever the answer: images are stored even when the RIS cannot take the report.
    return f"N-SET {step.status} was answered {told(answer)}"
