"""acquire: the images are made; nothing is sent."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field

from scansim.exam.registry import step
from scansim.exam.state import Exam
from scansim.exam.step import Step, Thing
from scansim.identity.carried import scheduled_protocol_codes
from scansim.identity.ledger import InstanceRecord, Ledger
from scansim.images import (
    MAKERS,
    Protocol,
    begin,
    builtin_protocols,
    choose_protocol,
    find_protocol,
    resized,
    shortened,
)
from scansim.inputs import Document, Location, did_you_mean

_MOST = 100_000
HowMany = Annotated[int, Field(ge=1, le=_MOST)] | Literal["all"]


def _how_many(value: object) -> object:
    """Refuse in one sentence what is neither a number nor all."""
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _MOST
    if not number and value not in ("all", None):
        raise ValueError(f"allowed are 1 to {_MOST}, or all")
    return value


class Acquire(Step):
    """Make the images; nothing is sent."""

    verb = "acquire"
    gives = (Thing.INSTANCES,)

    protocol: str | None = Field(
        None,
        min_length=1,
        description="id of a built-in protocol, or a protocol file beside the scenario; left out: the one that the "
        "worklist item's Scheduled Protocol Codes name, else the modality's default",
    )
    instances: Annotated[HowMany | None, BeforeValidator(_how_many)] = Field(
        None,
        description="how many images, or all: the protocol as a clinic makes it; left out: the few that the protocol "
        "calls short, neighbouring slices in the middle of its series",
    )

    def resolved(self, document: Document, at: Location, modality: object) -> Self:
        """Find the protocol: a built-in one by its id, or a file, named as seen from the scenario."""
        if self.protocol is None:
            return self
        found, name = self.protocol, (*at, "protocol")
        if found not in builtin_protocols():
            beside = document.path.parent / found
            if not beside.is_file():
                hint = did_you_mean(found, builtin_protocols()) or ";"
                built_in = ", ".join(builtin_protocols())
                raise document.error(name, f"{found}: no such protocol or file{hint} built in: {built_in}")
            found = str(beside)
        made = MAKERS[find_protocol(found, MAKERS).object].modality
        if isinstance(modality, str) and made != modality:
            raise document.error(name, f"protocol {found} is for {made}, the scenario for {modality}")
        return self.model_copy(update={"protocol": found})


@step(Acquire)
def acquire_images(exam: Exam, step: Acquire) -> str:
    """Make every instance of the protocol and note it in the ledger; nothing is sent."""
    ledger = exam.known()
    protocol = _protocol(ledger, step)
    if exam.acquisition is None:
        exam.acquisition = begin(ledger, exam.identity, protocol)
    else:
        exam.acquisition.go_on(protocol)
    made, before = 0, len(exam.instances.series)
    wanted = step.instances if isinstance(step.instances, int) else 0
    for made, instance in enumerate(exam.instances.acquire(exam.acquisition), 1):
        ledger.instances.append(
            InstanceRecord(instance.sop_class_uid, instance.sop_instance_uid, instance.series_instance_uid)
        )
        exam.progress("acquire", made, max(made, wanted))
    return f"{made} instances in {len(exam.instances.series) - before} series by protocol {protocol.id}"


def _protocol(ledger: Ledger, step: Acquire) -> Protocol:
    """The step's protocol; else the one that the worklist item's protocol codes name, else the modality's default."""
    if step.protocol is not None:
        protocol = find_protocol(step.protocol, MAKERS)
    else:
        protocol = choose_protocol(ledger.modality, scheduled_protocol_codes(ledger), MAKERS)
    if step.instances is None:
        return shortened(protocol)
    return protocol if step.instances == "all" else resized(protocol, step.instances)
