"""create-mpps: N-CREATE of a performed procedure step (PS3.4 F.7.2.1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field

from scansim.exam.edited import Edited
from scansim.exam.performed_step import ask, create_dataset, ledger_for, told
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Thing
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success
from scansim.vocabulary.uids import MPPS
from scansim.wire.dimse import FIELD_OF, Value


class CreateMpps(Edited):
    """MPPS N-CREATE, IN PROGRESS, of the chosen item or of an order of the battery.

    One that deviates may be refused, and is then a step that nobody created.
    """

    verb = "create-mpps"
    service = services.MPPS
    gives = (Thing.PERFORMED_STEP,)
    writes = "performed procedure step"

    order: str | tuple[str, ...] = Field(
        "",
        description="the order that is performed; a list for one step that performs several; the step is unscheduled "
        "where the orders are not in the worklist; left out: the item that was chosen",
    )
    name: str = Field("", description="what later steps call it, where a case has several performed steps")
    again: Literal[False, True, "changed"] = Field(
        False, description="repeat the N-CREATE with the UID of the step that exists; changed: with other content"
    )
    uid: Literal["ours", "none", "malformed"] = Field(
        "ours", description="none: without Affected SOP Instance UID, so that the SCP makes one; malformed: no UID"
    )

    def needs(self) -> tuple[Thing, ...]:
        """The step that is created once more."""
        return (Thing.PERFORMED_STEP,) if self.again else ()

    def orders_named(self) -> Iterator[str]:
        """Yield the orders that it performs too; where they are not in the worklist, it is unscheduled."""
        yield from self.orders_needed()
        yield from filter(None, (self.order,) if isinstance(self.order, str) else self.order)

    @property
    def odd(self) -> bool:
        """Whether it is edited, or is to make another step of one that exists, or has no right UID."""
        return super().odd or self.again == "changed" or self.uid != "ours"

    @property
    def leaves(self) -> str:
        """A step, unless it is there already."""
        return "" if self.again else self.writes

    @property
    def named(self) -> str:
        """What later steps call it."""
        return self.name

    @property
    def refers_to(self) -> str:
        """The step that is created once more."""
        return self.name if self.again else ""

    @property
    def looks_like(self) -> str | None:
        """The deviation that the edits make of it."""
        status = self.set.get("PerformedProcedureStepStatus")
        if self.uid == "none":
            return "mpps.create-without-uid"
        if self.remove:
            return "mpps.create-lacks-mandatory"
        if self.empty:
            return "mpps.create-empty-mandatory"
        if {} in self.add.values() or [{}] in self.set.values():
            return "mpps.create-empty-item"
        return "mpps.create-not-in-progress" if status not in (None, "IN PROGRESS") else None


def _malformed(exam: Exam) -> str:
    """What no SCP may take for a UID: a component that begins with zero (PS3.5 9.1)."""
    return f"1.2.03.{exam.identity.number(9, 'malformed', exam.identity.run)}"


@step(CreateMpps)
def create_mpps(exam: Exam, step: CreateMpps) -> str:
    """N-CREATE; with ``again`` once more, whose answer is not needed to go on, as that of one that deviates."""
    ledger = ledger_for(exam, step.order, step.name)
    orders = (step.order,) if isinstance(step.order, str) else step.order
    told_apart = [key for key in (step.name, *orders) if key]
    ours = exam.identity.uid("mpps", *told_apart)
    uid = ledger.mpps_uid if step.again else ours
    command: dict[str, Value] = {"CommandField": FIELD_OF["N-CREATE-RQ"], "AffectedSOPClassUID": MPPS}
    if step.uid != "none":
        command["AffectedSOPInstanceUID"] = _malformed(exam) if step.uid == "malformed" else uid
    ds = create_dataset(ledger)
    if step.again == "changed":
        ds.PerformedProcedureStepDescription = "another step under the same UID"
    repeats = {True: "mpps.create-again", "changed": "mpps.create-again-changed"}.get(step.again)
    if uid == ledger.mpps_uid and repeats is None:
        repeats = "mpps.create-again"
    intent = step.intent(repeats or step.looks_like, step.first_path)
    ledger.asked_uid = uid
    answer = ask(exam, step.commanded(exam, command), step.edit(exam, ds), intent)
    if step.again:
        return f"the repeated N-CREATE was answered {told(answer)}"
    if is_success(answer.command.status):
        ledger.mpps_uid = uid if step.uid == "ours" else answer.command.text("AffectedSOPInstanceUID") or ""
    elif intent is None:
        raise Stopped(f"N-CREATE was answered {told(answer)}", Cause.TARGET)
    return f"N-CREATE was answered {told(answer)}"
