"""query-worklist: C-FIND of the Modality Worklist as a console sends it (PS3.4 Annex K)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped, text_of
from scansim.exam.step import Step, Thing
from scansim.exam.worklist import find
from scansim.identity.carried import carried, character_set
from scansim.identity.names import wildcard
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, shown
from scansim.vocabulary.uids import WORKLIST


class QueryWorklist(Step):
    """C-FIND of the Modality Worklist as a console sends it."""

    verb = "query-worklist"
    service = services.WORKLIST
    gives = (Thing.ITEMS,)

    station: Literal["ours", "any"] = Field(
        "ours", description="Scheduled Station AE Title: our AE title, or universal"
    )
    day: Literal["today", "any"] = Field(
        "today", description="Scheduled Procedure Step Start Date: the run's date, or universal"
    )
    modality: Literal["ours", "any"] = Field("ours", description="Modality: the scenario's, or universal")
    patient: Literal["any", "id", "name", "wildcard", "ordered"] = Field(
        "any",
        description="Patient ID or Patient's Name of the item that was chosen; wildcard: the family name of that with "
        "an asterisk behind it; ordered: Patient ID of the order that "
        "was placed, or else of the patient that was chosen for the exam; or universal",
    )


# Asked for by every console that follows IHE Scheduled Workflow (RAD TF-2, RAD-5): the Type 1 and 2 return keys of
# PS3.4 Table K.6-1 that reach images and MPPS, and the code sequences of procedure and protocol.
_ROOT_KEYS = (
    "AccessionNumber",
    "ReferringPhysicianName",
    "ReferencedStudySequence",
    "ReferencedPatientSequence",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "StudyInstanceUID",
    "RequestingPhysician",
    "RequestedProcedureDescription",
    "RequestedProcedureCodeSequence",
    "AdmissionID",
    "SpecialNeeds",
    "CurrentPatientLocation",
    "PatientState",
    "RequestedProcedureID",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "ConfidentialityConstraintOnPatientDataDescription",
)
_STEP_KEYS = (
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepDescription",
    "ScheduledProtocolCodeSequence",
    "ScheduledProcedureStepID",
    "ScheduledStationName",
    "ScheduledProcedureStepLocation",
)
_CODE_KEYS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_CODE_SEQUENCES = ("RequestedProcedureCodeSequence", "ScheduledProtocolCodeSequence")
_REFERENCE_SEQUENCES = ("ReferencedStudySequence", "ReferencedPatientSequence")
_REFERENCE_KEYS = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")


def _empty(keywords: tuple[str, ...]) -> Dataset:
    keys = Dataset()
    for keyword in keywords:
        if keyword in _CODE_SEQUENCES:
            setattr(keys, keyword, [_empty(_CODE_KEYS)])
        elif keyword in _REFERENCE_SEQUENCES:
            setattr(keys, keyword, [_empty(_REFERENCE_KEYS)])
        else:
            setattr(keys, keyword, None)
    return keys


def query_keys(exam: Exam, step: QueryWorklist) -> Dataset:
    """The C-FIND identifier: station, date and modality as matching keys, everything else as return keys."""
    address = exam.address(services.WORKLIST)
    keys = _empty(_ROOT_KEYS)
    scheduled = _empty(_STEP_KEYS)
    scheduled.ScheduledStationAETitle = exam.site.calling(address) if step.station == "ours" else ""
    scheduled.ScheduledProcedureStepStartDate = exam.day.strftime("%Y%m%d") if step.day == "today" else ""
    scheduled.Modality = exam.scenario.modality if step.modality == "ours" else ""
    keys.ScheduledProcedureStepSequence = [scheduled]
    if step.patient == "ordered":
        if exam.order is not None:
            keys.PatientID = exam.order.PatientID
        elif exam.patient is not None:
            keys.PatientID = exam.patient(exam.identity).patient_id
    elif step.patient != "any":
        item = exam.known().item
        keyword = "PatientID" if step.patient == "id" else "PatientName"
        element = carried(item, keyword)
        if element is not None:
            keys.SpecificCharacterSet = character_set(item)
            keys[keyword] = element
            if step.patient == "wildcard" and (family := wildcard(text_of(item, keyword))):
                keys.PatientName = family
    return keys


@step(QueryWorklist)
def query_worklist(exam: Exam, step: QueryWorklist) -> str:
    """C-FIND; the items that can be read become the exam's choice."""
    address = exam.address(services.WORKLIST)
    with exam.use(services.WORKLIST, WORKLIST) as (association, agreed):
        items, brought_by, unreadable, status = find(association, agreed, query_keys(exam, step))
    if status != SUCCESS:
        raise Stopped(f"{address} ended the worklist query with {shown(status)}", Cause.TARGET)
    exam.items, exam.brought_by = items, brought_by
    return f"{len(items)} items" + (f", {unreadable} that cannot be read" if unreadable else "")
