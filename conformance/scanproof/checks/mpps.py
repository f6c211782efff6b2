"""Checks of Modality Performed Procedure Step: what is accepted, what has to be refused (PS3.4 F.7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.acceptance import acceptance, deviating
from scanproof.check import Fact, Observation, Proof, blamed, check, fail, ok, told, warn
from scanproof.evidence import Evidence
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.finding import Level, Verdict
from scanproof.standard import mpps_table as table
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import SUCCESS

#: Words of an Error Comment by which the target had ended the step before (PS3.4 F.7.2.2.3 note 2).
_ENDED_ALREADY = re.compile(
    r"no longer|already|not in progress|(is|was|has been) (ended|complete|discontinued|closed|final)", re.IGNORECASE
)


def _of(evidence: Evidence, kind: Kind) -> Iterator[StepRequest]:
    return (request for request in evidence.step_requests if request.kind is kind)


def _accepted(evidence: Evidence, request: StepRequest, what: str) -> Iterator[Observation]:
    if request.kind in (Kind.FINAL, Kind.PROGRESS) and _had_ended(request.answer):
        text = f"the target had ended the step itself: {what} was answered {told(request.answer)}"
        yield warn(text, request.answer, level=Level.INFO, clause="PS3.4 F.7.2.2.3 note 2 (c. 2020, 2024e)")
        return
    there = evidence.repeated and request.answer.command.status == table.DUPLICATE_INSTANCE
    seen = acceptance(evidence.asked(request.operation), what, there_already=there)
    if seen is None:
        return
    if seen.verdict is Verdict.PASS and request.done and request.answer.command.status != SUCCESS:
        part = warn(f"{seen.actual}: not everything may have been taken over", request.answer)
        yield blamed(part, evidence.asked(request.operation).because)
    else:
        yield seen


def _had_ended(answer: Exchange) -> bool:
    """Whether a refusal says that the step had ended: 0110H is any failure, so that it is for ID or comment to say."""
    command = answer.command
    if command.status != table.PROCESSING_FAILURE:
        return False
    comment = command.text("ErrorComment") or ""
    return command.number("ErrorID") == table.NO_LONGER_UPDATABLE or _ENDED_ALREADY.search(comment) is not None


@check(
    "mpps.create-accepted",
    title="A performed procedure step can be created",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log: which attribute or which value it could not take.",
)
def create_accepted(evidence: Evidence) -> Iterator[Observation]:
    """An SCP creates the step for an N-CREATE that carries every attribute of Type 1 and 2 and says IN PROGRESS. No
    text forces it to: that a valid one is refused is against the purpose of the test.

    Without it the RIS does not know that the patient is on the table, and the images refer to a step that is nowhere.

    The first N-CREATE of each step is looked at; a warning is accepted, and shown. A refusal says nothing about the
    target when something was wrong with the attribute list, by us or by whoever gave us the value.
    """
    for request in _of(evidence, Kind.CREATE):
        yield from _accepted(evidence, request, "N-CREATE")


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
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="An N-SET is addressed by its Requested SOP Instance UID; it need not carry patient data, nor end the step.",
)
def progress_accepted(evidence: Evidence) -> Iterator[Observation]:
    """While a step is IN PROGRESS the SCP takes N-SETs, also such as leave it IN PROGRESS and carry no patient data.

    Modalities report each finished series this way; one that is refused mostly stops reporting.

    N-SETs on a step that was created and has not been ended by us are looked at. An SCP may have ended the step
    itself: when it says so by Error ID A710H or in its comment, that is a warning.
    """
    for request in _of(evidence, Kind.PROGRESS):
        yield from _accepted(evidence, request, "N-SET")


@check(
    "mpps.final-accepted",
    title="A step can be completed or discontinued",
    clause="",
    level=Level.EXPECTED,
    service="mpps",
    expected="0000H, or a warning",
    hint="Look into the MPPS manager's log for this N-SET.",
)
def final_accepted(evidence: Evidence) -> Iterator[Observation]:
    """An SCP takes the N-SET that ends a step which is in progress, with its series and instances.

    Without it the exam stays open in the RIS: nobody reads it, nobody bills it.

    The first N-SET to COMPLETED or DISCONTINUED on each step that exists is looked at. A refusal is a warning where
    Error ID A710H or the comment says that the SCP had ended the step itself; 0110H alone says nothing of the kind.
    """
    for request in _of(evidence, Kind.FINAL):
        yield from _accepted(evidence, request, f"N-SET {request.status}")


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
    for request in _of(evidence, Kind.AFTER_FINAL):
        yield from _deviating(evidence, request, f"N-SET {request.status} on an ended step")


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

    Answers of 0110H to N-SETs on a step that we had ended are looked at for both; without the Error ID, that is told.
    """
    for request in _of(evidence, Kind.AFTER_FINAL):
        command = request.answer.command
        if command.status != table.PROCESSING_FAILURE:
            continue
        if not command.text("ErrorComment"):
            yield warn("0110H without Error Comment", request.answer)
            continue
        yield ok(told(request.answer), request.answer)
        if command.number("ErrorID") != table.NO_LONGER_UPDATABLE:
            yield Fact(
                "0110H to a step that has ended without Error ID A710H, which may be sent",
                request.answer,
                "PS3.4 F.7.2.2.4, Table F.7.2-2 (2013)",
            )


@check(
    "mpps.duplicate-create",
    title="A step is not created twice",
    clause="PS3.7 10.1.5.1.6, C.5.8 (2018-2024)",
    level=Level.SHOULD,
    service="mpps",
    expected="0111H, duplicate SOP Instance",
    hint="Refuse an N-CREATE whose UID exists.",
)
def duplicate_create(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A SOP Instance UID names one instance: an N-CREATE under a UID that exists is a duplicate. Which answer it gets
    is described and not demanded, but values of a step change by N-SET alone.

    A modality that repeats an N-CREATE after a timeout would otherwise overwrite what has been reported since.

    N-CREATEs under the UID of a step that exists are looked at. The same one once more is not lost when it succeeds,
    which warns; one with other content overwrites the step, which fails. Another failure than 0111H refuses too.
    """
    for request in _of(evidence, Kind.CREATE_AGAIN):
        changed = evidence.asked(request.operation).deviation.endswith("-changed")
        yield from _deviating(
            evidence, request, "N-CREATE with other content under the same UID" if changed else "the repeated N-CREATE"
        )


@check(
    "mpps.unknown-step",
    title="A step that nobody created cannot be set",
    clause="PS3.7 10.1.3.1.9, C.5.19 (2018-2024); PS3.4 F.7.2.2.3 (2024e)",
    level=Level.SHALL,
    service="mpps",
    expected="0112H, no such SOP Instance",
    hint="Refuse an N-SET whose Requested SOP Instance UID does not exist.",
)
def unknown_step(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An N-SET changes an instance that exists; for any other UID the SCP answers that there is no such instance.

    A success for a step that is nowhere makes the modality throw its report away.

    An N-SET on a new UID is looked at. A failure other than 0112H refuses too and is a warning.
    """
    for request in _of(evidence, Kind.UNKNOWN):
        yield from _deviating(evidence, request, "the N-SET on an unknown step")


@check(
    "mpps.invalid-request",
    title="An N-CREATE or N-SET that is not valid is refused",
    clause="PS3.4 5.4.2.1 (c. 2020; 2024d, 2026b in part), F.7.2.1.3 (c. 2020)",
    level=Level.SHALL,
    service="mpps",
    expected="0120H for an attribute that is missing, 0121H for an empty one, 0106H for another state than IN PROGRESS",
    hint="Check the attribute list against PS3.4 Table F.7.2-1 before the step is created.",
    proven_by=Proof.NOT_PROVOKED,
)
def invalid_request(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An N-CREATE that lacks a mandatory attribute, has no value where one is needed, or begins in another state than
    IN PROGRESS is refused with the status that says so.

    A step without study or patient is in the RIS and belongs to nobody.

    Requests that were meant to deviate so, and do, are looked at. Another failure refuses too and is a warning; where
    no text obliges the SCP, as with an item without attributes or one that an N-SET may not set, nothing fails.
    """
    for request in evidence.step_requests:
        if request.kind in (Kind.CREATE, Kind.PROGRESS, Kind.FINAL):
            what = request.operation.request.name.removesuffix("-RQ")
            deviation = evidence.asked(request.operation).deviation
            yield from _deviating(evidence, request, f"{what} ({deviation})") if deviation else ()


def _deviating(evidence: Evidence, request: StepRequest, what: str) -> Iterator[Observation | Fact]:
    seen = deviating(evidence.asked(request.operation), what)
    if seen is not None:
        yield seen
