"""get-mpps: N-GET of a performed procedure step (PS3.4 F.8.2), where the MPPS manager offers it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from scansim.exam.edits import parts
from scansim.exam.performed_step import created, told
from scansim.exam.registry import step
from scansim.exam.state import Exam
from scansim.exam.step import Step, Thing
from scansim.network.association import Proposal
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.uids import MPPS_RETRIEVE
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES


def _attribute(name: str) -> str:
    if len(parts(name)) > 1:
        raise ValueError(f"{name!r}: N-GET asks for attributes of the data set itself, not for those of items")
    return name


class GetMpps(Step):
    """MPPS N-GET, as the MPPS Retrieve SOP Class; where the target does not accept that, nothing is asked."""

    verb = "get-mpps"
    service = services.MPPS

    of: str = Field("", description="the name of the performed step, where a case has several")
    step: Literal["ours", "unknown"] = Field("ours", description="unknown: a step that nobody created")
    attributes: tuple[Annotated[str, AfterValidator(_attribute)], ...] = Field(
        (), description="Attribute Identifier List, by keywords; left out: all"
    )

    def needs(self) -> tuple[Thing, ...]:
        """The step that is read, unless that is one that nobody created."""
        return (Thing.PERFORMED_STEP,) if self.step == "ours" else ()

    @property
    def refers_to(self) -> str:
        """The performed step that it is about."""
        return self.of


@step(GetMpps)
def get_mpps(exam: Exam, step: GetMpps) -> str:
    """N-GET of a step of ours, or of one that nobody created."""
    unknown = step.step == "unknown"
    uid = exam.identity.uid("mpps that nobody created") if unknown else created(exam, step.of).mpps_uid
    address = exam.address(services.MPPS)
    with exam.association(address, services.MPPS, [Proposal(MPPS_RETRIEVE, TRANSFER_SYNTAXES)]) as association:
        agreed = association.contexts.get(MPPS_RETRIEVE)
        if agreed is None:
            return "the target does not accept MPPS Retrieve, and is asked nothing"
        command: dict[str, Value] = {
            "CommandField": FIELD_OF["N-GET-RQ"],
            "RequestedSOPClassUID": MPPS_RETRIEVE,
            "RequestedSOPInstanceUID": uid,
        }
        if step.attributes:
            command["AttributeIdentifierList"] = tuple(parts(name)[0].tag for name in step.attributes)
        answer = association.response(agreed, command, intent=Intent.of("mpps.get-unknown-step") if unknown else None)
    return f"N-GET was answered {told(answer)}"
