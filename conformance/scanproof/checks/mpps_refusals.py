"""Checks of Modality Performed Procedure Step: what has to be refused, and with which status (PS3.4 F.7, 5.4.2.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.acceptance import deviating
from scanproof.check import Fact, Observation, check, consequence
from scanproof.evidence import Evidence
from scanproof.evidence.fault import Whose
from scanproof.evidence.mpps import Kind, StepRequest
from scanproof.finding import Level

_ON_A_STEP = (Kind.CREATE, Kind.PROGRESS, Kind.FINAL)


def _deviating(evidence: Evidence, how: str, *names: str) -> Iterator[Observation | Fact]:
    """How requests with one of some deviations were answered, on a step that was there for them.

    `how` says in what they deviate; what is in quotes does not tell causes apart. Where a valid request was refused
    likewise, the refusal of one that deviates follows from that.
    """
    for request in evidence.step_requests:
        asked = evidence.asked(request.operation)
        if request.kind not in _ON_A_STEP or asked.deviation not in names:
            continue
        where = next((fault.path for fault in asked.of(Whose.INTENDED) if fault.path), "")
        uid = request.operation.request.command.sop_instance_uid or ""
        said = how.format(where=where, status=request.status, uid=uid)
        seen = deviating(asked, f"{request.operation.request.name.removesuffix('-RQ')} {said}")
        valid = _refused_likewise(evidence, request)
        if isinstance(seen, Observation) and valid is not None:
            yield consequence(f"{seen.actual}, as was a valid one", request.answer, valid.answer)
        elif seen is not None:
            yield seen


def _refused_likewise(evidence: Evidence, request: StepRequest) -> StepRequest | None:
    """A valid request of the same kind that was refused with the same status: then a refusal proves nothing."""
    if request.done:
        return None
    for other in evidence.step_requests:
        same = other.kind is request.kind and other.answer.command.status == request.answer.command.status
        if same and not evidence.asked(other.operation).faults:
            return other
    return None


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
    for request in evidence.step_requests:
        if request.kind is Kind.CREATE_AGAIN:
            asked = evidence.asked(request.operation)
            other = asked.deviation.endswith("-changed")
            what = "N-CREATE with other content under the same UID" if other else "the repeated N-CREATE"
            seen = deviating(asked, what)
            if seen is not None:
                yield seen


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

    An N-SET on a new UID is looked at. A failure other than 0112H refuses too and is a warning; of what is no UID
    0117H says as much.
    """
    for request in evidence.step_requests:
        if request.kind is Kind.UNKNOWN:
            seen = deviating(evidence.asked(request.operation), "the N-SET on an unknown step")
            if seen is not None:
                yield seen


@check(
    "mpps.missing-attribute",
    title="A request that lacks a mandatory attribute is refused as such",
    clause="PS3.4 5.4.2.1 (c. 2020; 2024d, 2026b in part), Table F.7.2-1 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="0120H, missing attribute",
    hint="Check the attribute list against Table F.7.2-1, items included: Type 2 may be empty, and has to be there.",
)
def missing_attribute(evidence: Evidence) -> Iterator[Observation | Fact]:
    """What the table makes mandatory for the modality, Type 1 or 2, has to be in an N-CREATE, and in the items of an
    N-SET: where it is absent the SCP answers 0120H.

    A step without study or patient is in the RIS and belongs to nobody.

    Requests that were meant to lack one attribute, and do, are looked at, those whose items lack it too. Another
    failure refuses as well and is a warning; to an N-SET, for which PS3.7 does not list 0120H, 0121H is as good.
    """
    yield from _deviating(evidence, "without '{where}'", "mpps.create-lacks-mandatory", "mpps.set-lacks-mandatory")


@check(
    "mpps.empty-attribute",
    title="A mandatory attribute that needs a value and has none is refused as such",
    clause="PS3.4 5.4.2.1 (c. 2020; 2024d, 2026b in part), Table F.7.2-1 (2018-2024)",
    level=Level.SHALL,
    service="mpps",
    expected="0121H, missing attribute value",
    hint="Check Type 1 attributes for a value, a sequence for an item; Type 2 attributes may be empty.",
)
def empty_attribute(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An attribute of Type 1 has a value, a sequence an item: where it is there at zero length, the SCP answers 0121H.

    A Study Instance UID or a start without a value is as good as none, and an SCP that keeps it finds out too late.

    Requests that were meant to have one attribute of Type 1 empty, and do, are looked at, items included. Another
    failure refuses as well and is a warning; to an N-SET 0120H is as good.
    """
    yield from _deviating(
        evidence, "with no value in '{where}'", "mpps.create-empty-mandatory", "mpps.set-empty-mandatory"
    )


@check(
    "mpps.first-status",
    title="A step begins IN PROGRESS",
    clause="PS3.4 F.7.2.1.3 (c. 2020)",
    level=Level.SHALL,
    service="mpps",
    expected="0106H, invalid attribute value",
    hint="Refuse an N-CREATE whose Performed Procedure Step Status is not IN PROGRESS.",
)
def first_status(evidence: Evidence) -> Iterator[Observation | Fact]:
    """The SCP takes an N-CREATE only with IN PROGRESS; any other status, final or unknown, it answers with 0106H.

    A step that is created as COMPLETED can never be told its images.

    N-CREATEs that were meant to begin otherwise are looked at. Another failure refuses too and is a warning; whether
    the invalid value comes back with the refusal is free.
    """
    yield from _deviating(evidence, "that begins as '{status}'", "mpps.create-not-in-progress")


@check(
    "mpps.empty-item",
    title="An item without an attribute is not taken",
    clause="PS3.4 F.7.2.1.2 (2013, c. 2020)",
    level=Level.SHOULD,
    service="mpps",
    expected="a failure",
    hint="Refuse a sequence with an item of zero length, or leave it to the table: items have attributes of Type 1.",
)
def empty_item(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A modality does not create items at zero length: a sequence is empty, or its items say something. No text obliges
    the SCP to refuse them.

    A RIS that keeps a code or a study reference that is none fails later, in another program.

    N-CREATEs with such an item are looked at; that one is taken warns.
    """
    yield from _deviating(evidence, "with an item without attributes, '{where}',", "mpps.create-empty-item")


@check(
    "mpps.uid-rules",
    title="A step is not created under what is no UID",
    clause="PS3.7 10.1.5.1.6, C.5.12 (2018-2024)",
    level=Level.SHOULD,
    service="mpps",
    expected="0117H, invalid SOP Instance",
    hint="Check the Affected SOP Instance UID by the rules of PS3.5 9.1.",
)
def uid_rules(evidence: Evidence) -> Iterator[Observation | Fact]:
    """0117H is there for a SOP Instance UID that breaks the rules of UIDs, such as a component with a leading zero.
    Making UIDs by the rules is for the modality; the answer is described and not demanded.

    Such a UID is taken by one system and changed or refused by the next: the references of the images break.

    N-CREATEs with such a UID are looked at; that one is taken warns, another failure is told.
    """
    yield from _deviating(evidence, "under '{uid}', which is no UID,", "mpps.create-malformed-uid")


@check(
    "mpps.set-status",
    title="A step is not set to a status that does not exist",
    clause="PS3.7 10.1.3.1.9, C.4.3, C.5.11 (2018-2024); PS3.4 Table F.1-3 (2024e)",
    level=Level.SHOULD,
    service="mpps",
    expected="0106H, invalid attribute value, or 0116H, attribute value out of range",
    hint="Take IN PROGRESS, COMPLETED and DISCONTINUED; refuse every other Performed Procedure Step Status.",
)
def set_status(evidence: Evidence) -> Iterator[Observation | Fact]:
    """A performed procedure step is IN PROGRESS, COMPLETED or DISCONTINUED. For another value 0106H is there, or the
    warning 0116H; no text obliges the SCP to give it.

    A step in a state that nobody knows is neither worked on nor billed, and cannot be ended any more.

    N-SETs with another status are looked at; that one is taken without a word warns.
    """
    yield from _deviating(evidence, "to '{status}'", "mpps.set-status-unknown")
