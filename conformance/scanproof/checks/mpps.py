"""Checks of Modality Performed Procedure Step: what is accepted, what has to be refused (PS3.4 F.7)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import FRESH_UIDS, THERE_ALREADY, Observation, check, fail, inconclusive, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.finding import Level
from scanproof.standard import mpps_table as table
from scansim.vocabulary.status import SUCCESS

_OURS = "report this as a defect of scanproof: its own message was not complete"


def _of(evidence: Evidence, kind: Kind) -> Iterator[StepRequest]:
    return (request for request in evidence.step_requests if request.kind is kind)


def _accepted(request: StepRequest, what: str) -> Observation:
    if request.answer.command.status == SUCCESS:
        return ok(f"{what} was answered 0000H", request.answer)
    if request.done:
        text = f"{what} was answered {told(request.answer)}: not everything may have been taken over"
        return warn(text, request.answer)
    return fail(f"{what} was answered {told(request.answer)}", request.answer)


@check(
    "mpps.create-accepted",
    title="A performed procedure step can be created",
    clause="PS3.4 F.7.2.1.3 (2013); PS3.4 5.4.2.1 (2024d)",
    level=Level.SHALL,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log: which attribute or which value it could not take.",
)
def create_accepted(evidence: Evidence) -> Iterator[Observation]:
    """An SCP creates the step for an N-CREATE that carries every attribute of Type 1 and 2 and says IN PROGRESS.

    Without it the RIS does not know that the patient is on the table, and the images refer to a step that is nowhere.

    The first N-CREATE of each step is looked at; a warning is accepted, and shown. A refusal says nothing about the
    target when our own attribute list lacked something, nor 0111H when an earlier run may have made the same step.
    """
    for request in _of(evidence, Kind.CREATE):
        lacking = table.lacking_in_create(request.operation.request.dataset)
        if not request.done and lacking:
            text = f"N-CREATE was answered {told(request.answer)}; it lacked {', '.join(lacking)}"
            yield inconclusive(text, request.answer, hint=_OURS)
        elif request.answer.command.status == table.DUPLICATE_INSTANCE and evidence.repeated:
            text = f"N-CREATE was answered {told(request.answer)}: {THERE_ALREADY}"
            yield inconclusive(text, request.answer, hint=FRESH_UIDS)
        else:
            yield _accepted(request, "N-CREATE")


@check(
    "mpps.create-uid",
    title="The step is created under the UID that the modality gave it",
    clause="PS3.7 10.1.5.1.4 (2013); PS3.4 F.7.2.1.2 (2013)",
    level=Level.SHALL,
    service="mpps",
    expected="no SOP Instance UID in the response, or that of the request",
    hint="Take the Affected SOP Instance UID of the request; make one only when the request has none.",
)
def create_uid(evidence: Evidence) -> Iterator[Observation]:
    """The modality names the step. The response may repeat the UID and then repeats it unchanged; only when the
    request had none, a successful response has to give one.

    Images and N-SET use the modality's UID: under another one the step stays open for ever.

    The Affected SOP Instance UID of each successful N-CREATE response is compared with that of the request.
    """
    for request in evidence.step_requests:
        if request.kind not in (Kind.CREATE, Kind.CREATE_AGAIN) or not request.done:
            continue
        asked = request.operation.request.command.text("AffectedSOPInstanceUID")
        given = request.answer.command.text("AffectedSOPInstanceUID")
        if asked and given and asked != given:
            yield fail(f"the response names {given}", request.answer, expected=asked)
        elif not asked and not given:
            yield fail("neither request nor response has a SOP Instance UID", request.answer, expected="a new UID")
        else:
            yield ok("equal" if given else "not repeated", request.answer)


@check(
    "mpps.progress-accepted",
    title="A step in progress can be set without ending it",
    clause="PS3.4 F.7.2.2.3 (2024e)",
    level=Level.SHALL,
    service="mpps",
    expected="0000H, or a warning",
    hint="An N-SET is addressed by its Requested SOP Instance UID; it need not carry patient data, nor end the step.",
)
def progress_accepted(evidence: Evidence) -> Iterator[Observation]:
    """While a step is IN PROGRESS the SCP takes N-SETs, also such as leave it IN PROGRESS and carry no patient data.

    Modalities report each finished series this way; one that is refused mostly stops reporting.

    N-SETs on a step that was created and has not been ended by us are looked at. An SCP may have ended the step
    itself: when it says so by Error ID A710H, that is a warning.
    """
    for request in _of(evidence, Kind.PROGRESS):
        ended_by_target = request.answer.command.number("ErrorID") == table.NO_LONGER_UPDATABLE
        if request.answer.command.status == table.PROCESSING_FAILURE and ended_by_target:
            yield warn(f"the target had ended the step itself: {told(request.answer)}", request.answer)
        else:
            yield _accepted(request, "N-SET")


@check(
    "mpps.final-accepted",
    title="A step can be completed or discontinued",
    clause="PS3.4 F.7.2.2.3 (2024e)",
    level=Level.SHALL,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log for this N-SET.",
)
def final_accepted(evidence: Evidence) -> Iterator[Observation]:
    """An SCP takes the N-SET that ends a step which is in progress, with its series and instances.

    Without it the exam stays open in the RIS: nobody reads it, nobody bills it.

    The first N-SET to COMPLETED or DISCONTINUED on each step that exists is looked at. 0110H is a warning there, as
    an SCP may have ended the step itself.
    """
    for request in _of(evidence, Kind.FINAL):
        if request.answer.command.status == table.PROCESSING_FAILURE:
            text = f"N-SET {request.status} was answered {told(request.answer)}, though we had not ended the step"
            yield warn(text, request.answer)
        else:
            yield _accepted(request, f"N-SET {request.status}")


@check(
    "mpps.final-is-final",
    title="A step that has ended is not changed any more",
    clause="PS3.4 F.7.2.2.3 (2024e), F.7.2.2.4, Table F.7.2-2 (2013)",
    level=Level.SHALL,
    service="mpps",
    expected="0110H, with Error ID A710H and a comment",
    hint="Refuse N-SET once the step is COMPLETED or DISCONTINUED.",
)
def final_is_final(evidence: Evidence) -> Iterator[Observation]:
    """After COMPLETED or DISCONTINUED the SCP answers every N-SET with 0110H and changes nothing.

    What was reported as performed is what is read and billed; a late message must not rewrite it.

    N-SETs on a step that we had ended are looked at. A failure other than 0110H refuses too and is a warning, but
    A50xH is of another service.
    """
    for request in _of(evidence, Kind.AFTER_FINAL):
        status = request.answer.command.status or 0
        text = f"N-SET {request.status} on an ended step was answered {told(request.answer)}"
        if status == table.PROCESSING_FAILURE:
            yield ok(text, request.answer)
        elif request.done or status & 0xFFF0 == 0xA500:
            yield fail(text, request.answer)
        else:
            yield warn(text, request.answer)


@check(
    "mpps.final-error-detail",
    title="The refusal says that the step has ended",
    clause="PS3.4 F.7.2.2.4, Table F.7.2-2 (2013)",
    level=Level.SHOULD,
    service="mpps",
    expected="Error ID A710H and an Error Comment beside 0110H",
    hint="Send (0000,0903) and (0000,0902), which tell this refusal from any other failure.",
)
def final_error_detail(evidence: Evidence) -> Iterator[Observation]:
    """The 0110H for a step that has ended may come with Error ID A710H and a comment that says so.

    0110H alone is any failure: a modality that cannot tell tries again and again.

    Answers of 0110H to N-SETs on a step that we had ended are looked at for both.
    """
    for request in _of(evidence, Kind.AFTER_FINAL):
        command = request.answer.command
        if command.status != table.PROCESSING_FAILURE:
            continue
        lacking = [
            *([] if command.number("ErrorID") == table.NO_LONGER_UPDATABLE else ["Error ID A710H"]),
            *([] if command.text("ErrorComment") else ["Error Comment"]),
        ]
        if lacking:
            yield warn(f"0110H without {' and '.join(lacking)}", request.answer)
        else:
            yield ok(told(request.answer), request.answer)


@check(
    "mpps.duplicate-create",
    title="A step is not created twice",
    clause="PS3.7 10.1.5.1.6, C.5.8 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="0111H, duplicate SOP Instance",
    hint="Refuse an N-CREATE whose UID exists.",
)
def duplicate_create(evidence: Evidence) -> Iterator[Observation]:
    """A SOP Instance UID names one instance: an N-CREATE under a UID that exists is a duplicate and is refused.

    A modality that repeats an N-CREATE after a timeout would otherwise overwrite what has been reported since.

    The same N-CREATE once more is looked at. A failure other than 0111H refuses too and is a warning.
    """
    yield from _refused(evidence, Kind.CREATE_AGAIN, table.DUPLICATE_INSTANCE, "the repeated N-CREATE")


@check(
    "mpps.unknown-step",
    title="A step that nobody created cannot be set",
    clause="PS3.7 10.1.3.1.9, C.5.19 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="0112H, no such SOP Instance",
    hint="Refuse an N-SET whose Requested SOP Instance UID does not exist.",
)
def unknown_step(evidence: Evidence) -> Iterator[Observation]:
    """An N-SET changes an instance that exists; for any other UID the SCP answers that there is no such instance.

    A success for a step that is nowhere makes the modality throw its report away.

    An N-SET on a new UID is looked at. A failure other than 0112H refuses too and is a warning.
    """
    yield from _refused(evidence, Kind.UNKNOWN, table.NO_SUCH_INSTANCE, "the N-SET on an unknown step")


def _refused(evidence: Evidence, kind: Kind, wanted: int, what: str) -> Iterator[Observation]:
    for request in _of(evidence, kind):
        text = f"{what} was answered {told(request.answer)}"
        if request.answer.command.status == wanted:
            yield ok(text, request.answer)
        elif request.done:
            yield fail(text, request.answer)
        else:
            yield warn(text, request.answer)
