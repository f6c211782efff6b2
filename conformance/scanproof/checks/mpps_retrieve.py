"""Checks of MPPS by N-GET, and of what was refused: what a step holds in the end (PS3.4 F.7.2.2.3, F.8)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, Seen, check, fail, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.fault import Whose
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.evidence.performed_steps import Compared, PerformedStep, asked_for, compared
from scanproof.evidence.performed_steps import Seen as Came
from scanproof.finding import Level
from scanproof.standard import mpps_table as table
from scansim.wire.dataset import keyword

_STATUS = "PerformedProcedureStepStatus"
_PERSISTS = "PS3.4 F.7.4.2.1 (2018-2024)"
_NO_VALUE = ("no value", "0 items")


def _read(evidence: Evidence) -> Iterator[tuple[StepRequest, PerformedStep, list[Compared]]]:
    """N-GETs that gave a step back, which is there by its manager's own word."""
    for request, held in evidence.performed_steps:
        if request.kind is Kind.GET and request.done and request.answer.dataset is not None:
            yield request, held, list(compared(request, held))


@check(
    "mpps.get-accepted",
    title="A performed step can be read where that is offered",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="Whoever takes a context for MPPS Retrieve answers N-GET for every step that was created by MPPS.",
)
def get_accepted(evidence: Evidence) -> Seen:
    """An SCP of MPPS Retrieve gives back steps that were created by MPPS, under the same SOP Instance UID. How long it
    keeps one that has ended is its own affair, told in its statement.

    A workstation that cannot read the step shows an exam without its series, or none.

    N-GETs on steps that were created are looked at, where the target took a Presentation Context for them; one that
    did not is asked nothing. Of a list with optional attributes 0106H may be the answer.
    """
    for request, held in evidence.performed_steps:
        if request.kind is not Kind.GET:
            continue
        status, wanted = request.answer.command.status, asked_for(request.operation)
        text = f"N-GET was answered {told(request.answer)}"
        optional = wanted is not None and any(keyword(tag) not in table.RETRIEVED for tag in wanted)
        if status == table.NO_SUCH_INSTANCE and held.ended:
            yield warn(f"{text}, the step has ended", request.answer, level=Level.INFO, clause=_PERSISTS)
        elif status == table.INVALID_VALUE and optional:
            yield Fact(f"{text}: an optional attribute was asked for", request.answer, "PS3.4 5.4.2.2 (2018-2024)")
        elif (seen := acceptance(evidence.asked(request.operation), "N-GET")) is not None:
            yield seen


@check(
    "mpps.get-attributes",
    title="A step that is read has its attributes",
    clause="PS3.4 F.8.2.1.3, Table F.8.2-1 (2018-2024); PS3.7 10.1.2.1.8 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="every attribute of Type 1 and 2 that was asked for, those of Type 2 empty where nothing is known",
    hint="Keep what N-CREATE and N-SET brought, and give back what the Attribute Identifier List asks for, or all.",
)
def get_attributes(evidence: Evidence) -> Iterator[Observation]:
    """The response to an N-GET has the attributes that were asked for and that the SCP has to support, and all of them
    when no list came.

    What is missing here was told by the modality, and is lost to everybody who reads the step.

    Attributes of Type 1 and 2 of Table F.8.2-1 that were created or set, and asked for, are looked up. One that is
    absent fails; where it had no value it warns. Optional attributes may be absent.
    """
    for request, _ in evidence.performed_steps:
        if request.kind is Kind.GET and request.done and request.answer.dataset is None:
            yield fail("a success without a data set", request.answer)
    for request, _, seen in _read(evidence):
        absent = [each for each in seen if each.seen is Came.ABSENT]
        for each in absent:
            say = warn if each.held in _NO_VALUE else fail
            yield say(f"absent; it was created with '{each.held}'", request.answer, tag=each.name)
        if seen and not absent:
            yield ok(f"{len(seen)} attributes", request.answer)


@check(
    "mpps.get-values",
    title="A step that is read says what it was told",
    clause="PS3.4 F.7.2.2.3, 5.4.2 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="the values of N-CREATE and N-SET; another one only after the step has ended",
    hint="Change nothing in a step that is in progress; what is corrected is corrected after its end.",
)
def get_values(evidence: Evidence) -> Seen:
    """What an N-CREATE or N-SET brought is stored. The SCP may change attributes by itself only after the step is
    COMPLETED or DISCONTINUED, to correct a patient or a schedule, say.

    The RIS reads, bills and reconciles by these values.

    What N-GET gives back is compared with what was created and set, each in its own character set, but for what an
    answer left open. Another value while the step is in progress fails, as does a step that has ended and is in
    progress again; a value where there was none, and a step that the SCP seems to have ended itself, warn. Other
    changes after the end are told.
    """
    for request, held, seen in _read(evidence):
        other = [each for each in seen if each.seen is Came.OTHER]
        for each in other:
            text = f"'{each.got}', and it was '{each.held}'"
            if each.name == _STATUS and not held.ended and each.got in table.FINAL_STATES:
                clause = "PS3.4 F.7.2.2.3 note 2 (c. 2020, 2024e)"
                yield warn(f"{text}: the target has ended it itself", request.answer, tag=each.name, clause=clause)
            elif each.held in _NO_VALUE and not held.ended:
                yield warn(text, request.answer, tag=each.name)
            elif held.ended and each.name != _STATUS:
                yield Fact(f"{each.name} of a step that has ended is {text}", request.answer, "PS3.4 F.7.2.2.3 (2024e)")
            else:
                yield fail(text, request.answer, tag=each.name)
        if not other and any(each.seen is Came.EQUAL for each in seen):
            yield ok("as it was created and set", request.answer)


@check(
    "mpps.get-unknown",
    title="A step that nobody created cannot be read",
    clause="PS3.4 F.8.2.1.3; PS3.7 10.1.2.1.9, C.5.19 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="0112H, no such SOP Instance",
    hint="Answer N-GET for a UID that does not exist with a failure, and not with an empty data set.",
)
def get_unknown(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A failure says that no instance was retrieved: 0112H where there is none of that UID.

    A success for a step that is nowhere looks like an exam without content.

    An N-GET on a new UID is looked at. A failure other than 0112H refuses too, and is told.
    """
    for request, _ in evidence.performed_steps:
        if request.kind is Kind.GET_UNKNOWN:
            seen = deviating(evidence.asked(request.operation), "the N-GET of an unknown step")
            if seen is not None:
                yield seen


@check(
    "mpps.not-allowed",
    title="What an N-SET may not set is not changed",
    clause="PS3.4 Table F.7.2-1 (c. 2020, 2024d), 5.4.2.1 (2026b in part)",
    level=Level.SHOULD,
    service="mpps",
    expected="a failure, or a step that has kept what it was created with",
    hint="Refuse an N-SET with patient, schedule, start or station, or leave those attributes as they were created.",
)
def not_allowed(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The table allows some attributes in an N-CREATE only: the patient, what was scheduled, where and when the step
    began. The modality shall not set them; which status an SCP answers no edition read here says, and only a new one
    that it shall not support receiving them.

    By such an N-SET a step goes to another patient, past everybody who has read it.

    N-SETs with one of these attributes are looked at. Any failure is right, a success is told; where N-GET shows that
    the value was changed, it warns.
    """
    for request in evidence.step_requests:
        asked = evidence.asked(request.operation)
        if asked.deviation == "mpps.set-not-allowed" and request.kind in (Kind.PROGRESS, Kind.FINAL):
            where = next((fault.path for fault in asked.of(Whose.INTENDED) if fault.path), "")
            seen = deviating(asked, f"N-SET of '{where}'")
            if seen is not None:
                yield seen
    for request, held, came in _read(evidence):
        changed = [each for each in came if each.seen is Came.OVERREACHED]
        for each in changed:
            by = each.by.operation.request.id if each.by is not None else ""
            yield warn(f"'{each.got}' by the N-SET {by}, and it was '{each.held}'", request.answer, tag=each.name)
        if held.overreached and not changed:
            yield ok("as it was created", request.answer)


@check(
    "mpps.refused-unchanged",
    title="What was refused was not done",
    clause="PS3.7 C.5 (2018-2024); PS3.4 F.7.2.2.3 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="the step as it was before the request that was refused",
    hint="Check the whole request before anything of it is stored, and store all of it or nothing.",
)
def refused_unchanged(evidence: Evidence) -> Iterator[Observation]:
    """A failure says that the operation was not performed: a refused N-SET or repeated N-CREATE leaves the step as it
    was, a refused N-CREATE makes none.

    A modality that is told of a failure mends its message and sends it again: it must not meet a step that has changed.

    Where N-GET is offered, what it gives back is compared with what was refused. Without it the next N-SET tells: one
    that is right is taken; when it is refused because the step has ended, and the N-SET before that would have ended it
    was refused, that warns, as the SCP may have ended the step itself. A step whose N-CREATE was refused and that can
    be set or read fails, as does one that the next N-CREATE is a duplicate of.
    """
    for request, held in evidence.performed_steps:
        by = held.never_created
        if by is not None and request.kind is Kind.UNSURE:
            verb = request.operation.request.name.removesuffix("-RQ")
            text = f"N-CREATE {by.operation.request.id} was refused with '{told(by.answer)}'"
            if request.done:
                yield fail(f"{text}, and {verb} on the step is answered {told(request.answer)}", request.answer)
            else:
                yield ok(f"{text}, and there is no step", request.answer)
        elif by is not None and request.kind is Kind.CREATE:
            text = f"N-CREATE {by.operation.request.id} was refused with '{told(by.answer)}'"
            if request.answer.command.status == table.DUPLICATE_INSTANCE:
                yield fail(f"{text}, and the next one is a duplicate: {told(request.answer)}", request.answer)
            elif request.done:
                yield ok(f"{text}, and the next one is taken", request.answer)
        end = held.refused_end
        if request.kind not in (Kind.PROGRESS, Kind.FINAL) or end is None:
            continue
        text = f"N-SET {end.operation.request.id} to {end.status} was refused with {told(end.answer)}"
        if request.ended_already:
            yield warn(f"{text}, and now the step has ended: {told(request.answer)}", request.answer)
        elif request.done:
            yield ok(f"{text}, and the step is still in progress", request.answer)
    for request, held, came in _read(evidence):
        changed = [each for each in came if each.seen is Came.REFUSED and each.by is not None]
        for each in changed:
            if each.by is not None:
                by_id, why = each.by.operation.request.id, told(each.by.answer)
                text = f"'{each.got}' by {by_id}, which was refused with {why}; it was '{each.held}'"
                yield fail(text, request.answer, tag=each.name)
        if held.refused and not changed:
            yield ok("as before what was refused", request.answer)
