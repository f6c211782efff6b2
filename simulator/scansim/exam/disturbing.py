"""What a disturb step says: in which way an association, or a connection, is disturbed."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from scansim.exam.step import Step
from scansim.site import ServiceName
from scansim.vocabulary import services
from scansim.vocabulary.disturbances import PDUS, WAYS, Way

#: Ways in which there is no association.
BARE = (Way.CLOSE_AT_ONCE, Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST, Way.UNEXPECTED_BEFORE)
#: Ways that come in the middle of a message.
MIDWAY = (Way.ABORT, Way.CLOSE, Way.RESET, Way.HALF_CLOSE)
_UNEXPECTED = (Way.UNEXPECTED_BEFORE, Way.UNEXPECTED)
#: PDUs that have a place: as the first, and on an association.
_IN_PLACE = {
    Way.UNEXPECTED_BEFORE: ("a-associate-rq",),
    Way.UNEXPECTED: ("p-data-tf", "a-release-rq", "a-release-rp", "a-abort"),
}


def _a_pdu(name: str) -> str:
    if name and name not in PDUS:
        raise ValueError(f"no PDU {name!r}; allowed: {', '.join(PDUS)}")
    return name


class Disturb(Step):
    """Disturb each AE of the site in one way, and look at once whether it serves the next association.

    What it does about it, and how long it takes until it serves again, is judged. What comes on a disturbed association
    itself is no other check's affair, but for the form of its PDUs. Ways that no scanner does are odd.
    """

    verb = "disturb"
    service = services.VERIFICATION
    takes = 0.5

    way: Annotated[Way, WithJsonSchema({"type": "string", "enum": [*map(str, Way)]})] = Field(
        description="; ".join(f"{way}: {kind.told}" for way, kind in WAYS.items())
    )
    pdu: Annotated[str, AfterValidator(_a_pdu)] = Field(
        "", description=f"which PDU comes unexpected: {', '.join(PDUS)}; unknown is of a type that there is none of"
    )
    inside: Literal["command", "data", "nothing"] = Field(
        "command",
        description="where abort, close, reset and half-close come: in the middle of a command set, of a data set, or "
        "while nothing is under way",
    )
    wait: float = Field(3.0, gt=0, le=600, description="how long those ways send nothing that are idle, in s")
    count: int = Field(4, ge=1, le=1000, description="how many associations slots holds at a time")
    ends: Literal["turned", "release"] = Field(
        "turned",
        description="how those that slots held are ended: turned, each in another way (release, abort, close, reset); "
        "or release, each as it should be",
    )
    at: ServiceName | None = Field(None, description="the AE of this service alone; left out: each AE of the site")

    @model_validator(mode="after")
    def _goes_together(self) -> Self:
        if (self.way in _UNEXPECTED) != bool(self.pdu):
            raise ValueError(f"pdu goes with way: {' or '.join(_UNEXPECTED)}")
        if self.inside != "command" and self.way not in MIDWAY:
            raise ValueError(f"inside goes with way: {', '.join(MIDWAY)}")
        if self.ends != "turned" and self.way is not Way.SLOTS:
            raise ValueError(f"ends goes with way: {Way.SLOTS}")
        if self.pdu in _IN_PLACE.get(self.way, ()):
            raise ValueError(f"{self.pdu} is not unexpected there, or is a way of its own")
        return self

    @property
    def seconds(self) -> float:
        """With the time that is kept silent, in those ways that are."""
        idle = (Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST, Way.IDLE_ESTABLISHED)
        return self.takes + (self.wait if self.way in idle else 0)

    @property
    def odd(self) -> bool:
        """Whether no scanner does it."""
        return WAYS[self.way].odd

    @property
    def alone(self) -> bool:
        """Whether other exams are kept away: who ended a target, or took its places, is to be told."""
        return True

    @property
    def leaves(self) -> str:
        """What is sent whole may be stored."""
        return "image" if self.way in (Way.BEYOND_MAXIMUM, Way.COMMAND_AND_DATA) else ""
