"""Modality Worklist, C-FIND (PS3.4 Annex K)."""

from __future__ import annotations

from functools import lru_cache

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference import key_values, spoil, wrong_matching
from scansim.reference.connection import Request, UndecodableError
from scansim.reference.identifier import Returns, project
from scansim.reference.key_values import KeyValueError
from scansim.reference.matching import NOT_KEYS
from scansim.reference.state import Target
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.encoding import decoded, unread

SUCCESS, PENDING, CANCEL = 0x0000, 0xFF00, 0xFE00
OUT_OF_RESOURCES, IDENTIFIER_DOES_NOT_MATCH, UNABLE_TO_PROCESS = 0xA700, 0xA900, 0xC000


def _tags(*names: str) -> frozenset[Tag]:  # type: ignore[valid-type]
    return frozenset(Tag(name) for name in names)


_REFERENCE = Returns(_tags("ReferencedSOPClassUID", "ReferencedSOPInstanceUID"))

#: Return keys of Types 1 and 2 (PS3.4 Table K.6-1).
RETURNS = Returns(
    _tags(
        *("ScheduledProcedureStepSequence", "RequestedProcedureID", "StudyInstanceUID", "ReferencedStudySequence"),
        *("RequestedProcedurePriority", "PatientTransportArrangements", "AccessionNumber", "RequestingPhysician"),
        *("ReferringPhysicianName", "AdmissionID", "CurrentPatientLocation", "ReferencedPatientSequence"),
        *("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "PatientWeight", "PatientState"),
        *("ConfidentialityConstraintOnPatientDataDescription", "PregnancyStatus", "MedicalAlerts", "Allergies"),
        "SpecialNeeds",
    ),
    {
        Tag("ScheduledProcedureStepSequence"): Returns(
            _tags(
                *("ScheduledStationAETitle", "ScheduledProcedureStepStartDate", "ScheduledProcedureStepStartTime"),
                *("Modality", "ScheduledPerformingPhysicianName", "ScheduledStationName"),
                *("ScheduledProcedureStepLocation", "ScheduledProcedureStepID"),
            )
        ),
        Tag("ReferencedStudySequence"): _REFERENCE,
        Tag("ReferencedPatientSequence"): _REFERENCE,
    },
)

#: Scheduled Procedure Step Status (0040,0020) by Performed Procedure Step Status.
_STATUS = {"IN PROGRESS": "STARTED", "COMPLETED": "COMPLETED", "DISCONTINUED": "DISCONTINUED"}


def find(target: Target, request: Request) -> None:
    """Answer a worklist query.

    An item stays in the worklist when its step is performed: the standard leaves it to the SCP (PS3.4 F.7.2.1), and an
    item that is always there keeps one exam's queries comparable. Its Scheduled Procedure Step Status tells the state.
    """
    if target.planted("worklist-refuses"):
        return request.respond(OUT_OF_RESOURCES, ErrorComment="planted defect: no worklist today")
    try:
        identifier = request.dataset()
    except UndecodableError as error:
        return request.respond(UNABLE_TO_PROCESS, ErrorComment=f"identifier: {error}")
    if not any(key.tag not in NOT_KEYS for key in identifier):
        return request.respond(IDENTIFIER_DOES_NOT_MATCH, ErrorComment="identifier without keys")
    steps = identifier.get("ScheduledProcedureStepSequence")
    if steps is not None and len(steps) > 1:
        return request.respond(
            IDENTIFIER_DOES_NOT_MATCH,
            OffendingElement=Tag("ScheduledProcedureStepSequence"),
            ErrorComment="a key sequence holds one item (C.2.2.2.6)",
        )
    try:
        key_values.check(identifier)
    except KeyValueError as error:
        return request.respond(IDENTIFIER_DOES_NOT_MATCH, OffendingElement=error.tag, ErrorComment=str(error))
    matches = wrong_matching.test_of(target, spoil.keys(target, identifier))
    states = _states(target) if steps and "ScheduledProcedureStepStatus" in steps[0] else {}
    answer = None
    skip = target.planted("worklist-skips-a-match")
    for order in target.store.orders():
        if request.cancelled and wrong_matching.interrupted(target, request):
            return None
        if matches(decoded(_item(order, states)) if states else _known(order)):
            item = _item(order, states)
            if skip:
                skip = False
                continue
            answer = _answer(identifier, item)
            spoil.item(target, answer)
            for _ in wrong_matching.times(target, request):
                request.respond(PENDING, None if target.planted("worklist-pending-without-identifier") else answer)
    final = CANCEL if target.planted("worklist-unsolicited-cancel") else SUCCESS
    late = wrong_matching.late_answer(target, request)
    request.respond(final, answer if target.planted("worklist-final-with-identifier") else None)
    return late()


def _answer(identifier: Dataset, item: Dataset) -> Dataset:
    answer = project(identifier, item, RETURNS)
    # an identifier without any element could not be told from none
    return answer if len(answer) else project(identifier, item, Returns(every=True))


def _item(order: bytes, states: dict[tuple[str, str], str]) -> Dataset:
    """An item with its values as bytes, so that they are returned as they were given."""
    item = unread(order, EXPLICIT_LITTLE)
    if states:
        known = decoded(item).get("ScheduledProcedureStepSequence", ())
        for step, read in zip(item.get("ScheduledProcedureStepSequence", ()), known, strict=True):
            name = str(item.get("StudyInstanceUID", "")), str(read.get("ScheduledProcedureStepID", ""))
            step.ScheduledProcedureStepStatus = states.get(name, states[("", "")])
    return item


@lru_cache(maxsize=512)
def _known(order: bytes) -> Dataset:
    """An item as it is matched, and nothing else: each query would read each order anew."""
    return decoded(unread(order, EXPLICIT_LITTLE))


def _states(target: Target) -> dict[tuple[str, str], str]:
    """Status by Study Instance UID and Scheduled Procedure Step ID; that of all others under empty ones."""
    states = {("", ""): "SCHEDULED"}
    for step in target.store.steps():
        for scheduled in step.get("ScheduledStepAttributesSequence", ()):
            name = str(scheduled.get("StudyInstanceUID", "")), str(scheduled.get("ScheduledProcedureStepID", ""))
            if all(name):
                states[name] = _STATUS[step.PerformedProcedureStepStatus]
    return states
