"""Checks of Modality Performed Procedure Step: what is accepted, and what has ended (PS3.4 F.7)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, blamed, check, fail, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.fault import Whose
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.evidence.performed_steps import PerformedStep
from scanproof.finding import Level, Verdict
from scanproof.standard import mpps_table as table
from scansim.vocabulary.status import SUCCESS, shown

#: What binds the modality alone: an answer to it is told, and is nobody's fault.
_FOR_THE_SCU = {
    "mpps.set-not-created": "of '{where}', which was not created,",
    "mpps.set-empty-value": "with no value in '{where}'",
    "mpps.set-final-incomplete": "without '{where}', which the final state needs,",
    "mpps.set-other-character-set": "in another character set than the N-CREATE",
}


def _of(evidence: Evidence, kind: Kind) -> Iterator[tuple[StepRequest, PerformedStep]]:
    return ((request, held) for request, held in evidence.performed_steps if request.kind is kind)


def _accepted(evidence: Evidence, request: StepRequest, held: PerformedStep, what: str) -> Iterator[Observation | Fact]:
    asked = evidence.asked(request.operation)
    if request.kind in (Kind.FINAL, Kind.PROGRESS) and request.ended_already:
        if held.refused_end is None:  # else it did what it had refused, as it seems
            text = f"the target had ended the step itself: {what} was answered {told(request.answer)}"
            yield warn(text, request.answer, level=Level.INFO, clause="PS3.4 F.7.2.2.3 note 2 (c. 2020, 2024e)")
        return
    if held.never_created is not None and request.answer.command.status == table.DUPLICATE_INSTANCE:
        return  # it did what it had refused
    if asked.deviation in _FOR_THE_SCU:
        where = next((fault.path for fault in asked.of(Whose.INTENDED) if fault.path), "")
        seen = deviating(asked, f"{what} {_FOR_THE_SCU[asked.deviation].format(where=where)}")
        if isinstance(seen, Fact) or (seen is not None and seen.verdict is Verdict.INCONCLUSIVE):
            yield seen
        return
    there = evidence.repeated and request.answer.command.status == table.DUPLICATE_INSTANCE
    judged = acceptance(asked, what, there_already=there)
    if judged is None:
        return
    if judged.verdict is Verdict.PASS and request.done and request.answer.command.status != SUCCESS:
        part = warn(f"{judged.actual}: not everything may have been taken over", request.answer)
        yield blamed(part, asked.because)
    else:
        yield judged


@check(
    "mpps.create-accepted",
    title="A performed procedure step can be created",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log: which attribute or which value it could not take.",
)
def create_accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An SCP creates the step for an N-CREATE that carries every attribute of Type 1 and 2 and says IN PROGRESS, also
    of several scheduled steps, of one that was performed before, or of none. No text forces it to: that a valid one is
    refused is against the purpose of the test.

    Without it the RIS does not know that the patient is on the table, and the images refer to a step that is nowhere.

    The first N-CREATE of each step is looked at; a warning is accepted, and shown. A refusal says nothing about the
    target when something was wrong with the attribute list, by us or by whoever gave us the value.
    """
    for request, held in _of(evidence, Kind.CREATE):
        yield from _accepted(evidence, request, held, "N-CREATE")


@check(
    "mpps.create-uid",
    title="The step is created under the UID that the modality gave it",
    clause="PS3.7 10.1.5.1.4 (2013); PS3.4 F.7.2.1.2 (2013)",
    level=Level.SHALL,
    service="mpps",
    expected="no SOP Instance UID in the response, or that of the request",
    hint="Take the Affected SOP Instance UID of the request; make one only when the request has none.",
)
def create_uid(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The modality names the step. The response may repeat the UID and then repeats it unchanged; only when the
    request had none, a successful response has to give one.

    Images and N-SET use the modality's UID: under another one the step stays open for ever.

    The Affected SOP Instance UID of each successful N-CREATE response is compared with that of the request. One that
    came without a UID may be refused as well.
    """
    for request in evidence.step_requests:
        if request.kind not in (Kind.CREATE, Kind.CREATE_AGAIN):
            continue
        asked = request.operation.request.command.text("AffectedSOPInstanceUID")
        given = request.answer.command.text("AffectedSOPInstanceUID")
        if not request.done:
            seen = None if asked else deviating(evidence.asked(request.operation), "N-CREATE without a UID")
            if seen is not None:
                yield seen
        elif asked and given and asked != given:
            yield fail(f"the response names {given}", request.answer, expected=asked)
        elif not asked and not given:
            yield fail("neither request nor response has a SOP Instance UID", request.answer, expected="a new UID")
        else:
            yield ok("equal" if asked and given else "a new UID" if given else "not repeated", request.answer)


@check(
    "mpps.progress-accepted",
    title="A step in progress can be set without ending it",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="An N-SET is addressed by its Requested SOP Instance UID; it need not carry patient data, nor end the step.",
)
def progress_accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """While a step is IN PROGRESS the SCP takes N-SETs, also such as leave it IN PROGRESS and carry no patient data.

    Modalities report each finished series this way; one that is refused mostly stops reporting.

    N-SETs on a step that was created and has not been ended by us are looked at. An SCP may have ended the step
    itself: when it says so by Error ID A710H or in its comment, that is a warning. What only the modality is bound to,
    such as to set nothing that it did not create, it may take and may refuse: that is told.
    """
    for request, held in _of(evidence, Kind.PROGRESS):
        yield from _accepted(evidence, request, held, "N-SET")


@check(
    "mpps.final-accepted",
    title="A step can be completed or discontinued",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log for this N-SET.",
)
def final_accepted(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An SCP takes the N-SET that ends a step which is in progress, with its series and instances, or with series that
    hold none.

    Without it the exam stays open in the RIS: nobody reads it, nobody bills it.

    The first N-SET to COMPLETED or DISCONTINUED on each step that exists is looked at. A refusal is a warning where
    Error ID A710H or the comment says that the SCP had ended the step itself; 0110H alone says nothing of the kind.
    An end without what the final state needs is the modality's fault, taken or refused: how it was answered is told.
    """
    for request, held in _of(evidence, Kind.FINAL):
        yield from _accepted(evidence, request, held, f"N-SET {request.status}")


@check(
    "mpps.final-is-final",
    title="A step that has ended is not changed any more",
    clause="PS3.4 F.7.2.2.3 (c. 2020, 2024e)",
    level=Level.SHALL,
    service="mpps",
    expected="0110H, with Error ID A710H and a comment",
    hint="Refuse N-SET once the step is COMPLETED or DISCONTINUED.",
)
def final_is_final(evidence: Evidence) -> Iterator[Observation | Fact]:
    """After COMPLETED or DISCONTINUED the SCP answers every N-SET with 0110H and changes nothing.

    What was reported as performed is what is read and billed; a late message must not rewrite it.

    N-SETs on a step that we had ended are looked at. A failure other than 0110H refuses too and is a warning.
    """
    for request, _ in _of(evidence, Kind.AFTER_FINAL):
        seen = deviating(evidence.asked(request.operation), f"N-SET {request.status} on an ended step")
        if seen is not None:
            yield seen


@check(
    "mpps.final-error-detail",
    title="The refusal says that the step has ended",
    clause="PS3.4 F.7.2.2.3 (c. 2020, 2024e), F.7.2.2.4, Table F.7.2-2 (2013)",
    level=Level.SHOULD,
    service="mpps",
    expected="an Error Comment that says so beside 0110H; Error ID A710H may be there as well",
    hint="Send (0000,0902), which tells this refusal from any other failure, and (0000,0903).",
)
def final_error_detail(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The 0110H for a step that has ended comes with a comment that says so, and may come with Error ID A710H.

    0110H alone is any failure: a modality that cannot tell tries again and again.

    Answers of 0110H to N-SETs on a step that we had ended are looked at for both. That the Error ID is missing, or is
    another one, is told.
    """
    for request, _ in _of(evidence, Kind.AFTER_FINAL):
        command = request.answer.command
        if command.status != table.PROCESSING_FAILURE:
            continue
        if not command.text("ErrorComment"):
            yield warn("0110H without Error Comment", request.answer)
            continue
        yield ok(told(request.answer), request.answer)
        error_id = command.number("ErrorID")
        if error_id != table.NO_LONGER_UPDATABLE:
            other = "without Error ID A710H" if error_id is None else f"with Error ID {shown(error_id)}, not A710H"
            yield Fact(
                f"0110H to a step that has ended {other}, which may be sent",
                request.answer,
                "PS3.4 F.7.2.2.4, Table F.7.2-2 (2013)",
            )
