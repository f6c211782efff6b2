"""associate: request an association with an A-ASSOCIATE-RQ that a case describes (PS3.8 9.3.2; PS3.7 D.3.3)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from scansim.exam.associating import RequestEdits
from scansim.exam.edited import VALID
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step
from scansim.inputs import did_you_mean
from scansim.network.association import Association
from scansim.network.bounds import Bounds
from scansim.network.failures import AssociationError, Unreachable
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.deviations import ASSOCIATIONS, LEGAL_ASSOCIATIONS, Intent
from scansim.vocabulary.outcome import Cause, Initiator
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import VERIFICATION
from scansim.wire import parse
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF

#: The smallest Maximum Length that a C-ECHO-RSP fits in: a fragment of two bytes (PS3.8 9.3.5.1, E.1).
_ROOM = 8


def _meant(name: str) -> str:
    if name != VALID and name not in ASSOCIATIONS:
        hint = did_you_mean(name, ASSOCIATIONS) or ";"
        raise ValueError(f"no deviation {name!r} of an association{hint} allowed: {VALID}, {', '.join(ASSOCIATIONS)}")
    return name


class Associate(Step, RequestEdits):
    """An association that is requested in another way than scanners do; what becomes of it is for the judge.

    Whatever the answer is, accepted or not, the step has done its part: only an AE that takes no connection stops it.
    """

    verb = "associate"
    service = services.VERIFICATION
    only_asks = True

    at: Literal[*services.ADDRESSED] | None = Field(  # type: ignore[valid-type]
        None, description="the service whose AE is asked; left out: each AE that the site names, once"
    )
    then: Literal["release", "echo", "abort", "nothing"] = Field(
        "release",
        description="what is done with an association that comes about: release, echo (C-ECHO, then release), abort, "
        "or nothing (the connection is closed)",
    )
    means: Annotated[str, AfterValidator(_meant)] | None = Field(
        None, description="what the request is meant to be: valid, or a deviation of associations; left out: valid"
    )

    @model_validator(mode="after")
    def _answerable(self) -> Self:
        room = self.user.max_length if self.user is not None else 0
        if self.then == "echo" and room is not None and 0 < room < _ROOM:
            raise ValueError(f"then: echo cannot be answered within a max_length of {room}; say then: release")
        return self

    @property
    def odd(self) -> bool:
        """Whether it is edited and neither said to be right all the same, nor legal by itself."""
        return self.is_edited and self.means not in (VALID, *LEGAL_ASSOCIATIONS)

    @property
    def alone(self) -> bool:
        """Whether other exams are kept away: who ended a target, or took its places, is to be told."""
        return self.is_edited


@step(Associate)
def associate(exam: Exam, step: Associate) -> str:
    """Request it of each distinct AE, and do with it what is wanted."""
    named = exam.site.offered().items()
    wanted = {str(address): address for service, address in named if step.at in (None, service)}
    if not wanted:
        raise Stopped(f"the site names no {step.at} service", Cause.NOT_OFFERED)
    told, failed, done = [], [], 0
    for name, address in wanted.items():
        body = step.body(address.ae, exam.site.calling(address))
        if body is None:
            told.append(f"{name} cannot be asked so: the AE titles of the site leave no room for it, or are so anyway")
            continue
        done += 1
        try:
            told.append(f"{name} {_request(exam, step, address, body)}")
        except Stopped as error:
            failed.append(error)
    if failed:
        raise Stopped("; ".join([*map(str, failed), *told]), failed[0].cause)
    if not done:
        raise Stopped("; ".join(told), Cause.SETUP)
    return "; ".join(told)


def _request(exam: Exam, step: Associate, address: Address, body: bytes) -> str:
    calling = exam.site.calling(address)
    recorder = exam.writer.recorder(
        initiator=Initiator.HARNESS,
        service=services.VERIFICATION.name,
        host=address.host,
        port=address.port,
        called_ae=address.ae,
        calling_ae=calling,
        edited=step.is_edited,
    )
    exam.opened.append(recorder.name)
    intent = Intent.of(step.means) if step.means not in (None, VALID) else None
    readable, _ = parse.decode(p.ASSOCIATE_RQ, body)
    assert isinstance(readable, p.AssociateRQ)  # its fixed part is there
    bounds = Bounds(exam.budget, exam.step_began + address.timeouts.step, str(address), exam.stop)
    sent_as = p.Unknown(p.ASSOCIATE_RQ, body)
    try:
        association = Association.request(
            address.host, address.port, readable, recorder, address.timeouts, bounds, sent_as, intent
        )
    except Unreachable as error:
        raise Stopped(f"{address}: {error}", Cause.UNREACHABLE) from None
    except AssociationError as error:
        return f"did not accept: {error}"
    return f"accepted; {_then(association, step.then)}"


def _then(association: Association, wanted: str) -> str:
    """Do with an association what is wanted, and say how that went."""
    if wanted == "abort":
        association.abort()
        return "aborted"
    if wanted == "nothing":
        association.close()
        return "the connection was closed"
    told = ""
    try:
        if wanted == "echo":
            told = f"{_echo(association)}, "
    except AssociationError as error:
        return f"{error}"
    finally:
        association.release()
    return f"{told}released"


def _echo(association: Association) -> str:
    agreed = association.contexts.get(VERIFICATION)
    if agreed is None:
        return "not for C-ECHO"
    answer = association.response(agreed, {"CommandField": FIELD_OF["C-ECHO-RQ"], "AffectedSOPClassUID": VERIFICATION})
    return f"C-ECHO answered {shown(answer.command.status)}"
