"""PS3.4 F.7.2 as far as the checks need it: what an N-CREATE has to carry, and statuses that F.7.2 prescribes.

Types from Table F.7.2-1 in the editions 2018 to 2024, every row confirmed by two texts or more; those that only one
text gave are left out, so that a request without them is not taken for an incomplete one.
"""

from __future__ import annotations

from scansim.wire.dataset import DataSet

IN_PROGRESS = "IN PROGRESS"
FINAL_STATES = ("COMPLETED", "DISCONTINUED")

#: Type 1 of an N-CREATE, SCU side: present with a value. Paths are keywords joined by ``>``.
CREATE_TYPE_1 = (
    "ScheduledStepAttributesSequence",
    "ScheduledStepAttributesSequence>StudyInstanceUID",
    "PerformedProcedureStepID",
    "PerformedStationAETitle",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "PerformedProcedureStepStatus",
    "Modality",
)

#: Type 2 of an N-CREATE, SCU side: present, empty when nothing is known.
CREATE_TYPE_2 = (
    "ScheduledStepAttributesSequence>ReferencedStudySequence",
    "ScheduledStepAttributesSequence>AccessionNumber",
    "ScheduledStepAttributesSequence>RequestedProcedureID",
    "ScheduledStepAttributesSequence>RequestedProcedureDescription",
    "ScheduledStepAttributesSequence>ScheduledProcedureStepID",
    "ScheduledStepAttributesSequence>ScheduledProcedureStepDescription",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "ReferencedPatientSequence",
    "PerformedStationName",
    "PerformedLocation",
    "PerformedProcedureStepDescription",
    "PerformedProcedureTypeDescription",
    "ProcedureCodeSequence",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepEndTime",
    "StudyID",
    "PerformedSeriesSequence",
)

#: Statuses: PS3.7 C.5.6 to C.5.8, and the Error ID of Table F.7.2-2.
PROCESSING_FAILURE, DUPLICATE_INSTANCE, NO_SUCH_INSTANCE = 0x0110, 0x0111, 0x0112
NO_LONGER_UPDATABLE = 0xA710

#: Attributes that Table F.7.2-1 allows in an N-CREATE and not in an N-SET.
NOT_IN_SET = (
    "ScheduledStepAttributesSequence",
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientSex",
    "ReferencedPatientSequence",
    "PerformedProcedureStepID",
    "PerformedStationAETitle",
    "PerformedStationName",
    "PerformedLocation",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "Modality",
    "StudyID",
)

#: Types in the items that are sent, in an N-CREATE and an N-SET.
IN_ITEMS = {
    "ScheduledStepAttributesSequence>ReferencedStudySequence>ReferencedSOPClassUID": "1",
    "ScheduledStepAttributesSequence>ReferencedStudySequence>ReferencedSOPInstanceUID": "1",
    "ReferencedPatientSequence>ReferencedSOPClassUID": "1",
    "ReferencedPatientSequence>ReferencedSOPInstanceUID": "1",
    "PerformedSeriesSequence>SeriesInstanceUID": "1",
    "PerformedSeriesSequence>ReferencedImageSequence>ReferencedSOPClassUID": "1",
    "PerformedSeriesSequence>ReferencedImageSequence>ReferencedSOPInstanceUID": "1",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence>ReferencedSOPClassUID": "1",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence>ReferencedSOPInstanceUID": "1",
}

#: Types in the final state, by N-CREATE and all N-SETs together (the table's last column).
FINAL = {
    "PerformedProcedureStepEndDate": "1",
    "PerformedProcedureStepEndTime": "1",
    "PerformedSeriesSequence": "1",
    "PerformedSeriesSequence>PerformingPhysicianName": "2",
    "PerformedSeriesSequence>ProtocolName": "1",
    "PerformedSeriesSequence>OperatorsName": "2",
    "PerformedSeriesSequence>SeriesInstanceUID": "1",
    "PerformedSeriesSequence>SeriesDescription": "2",
    "PerformedSeriesSequence>RetrieveAETitle": "2",
    "PerformedSeriesSequence>ReferencedImageSequence": "2",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence": "2",
}


def lacking_in_create(dataset: DataSet | None) -> list[str]:
    """Attributes of Type 1 and 2 that an N-CREATE lacks."""
    if dataset is None:
        return ["the attribute list"]
    return [
        path
        for path in (*CREATE_TYPE_1, *CREATE_TYPE_2)
        for level in _levels(dataset, path)
        if (name := path.rpartition(">")[2]) not in level or (path in CREATE_TYPE_1 and level.is_empty(name))
    ]


def _levels(dataset: DataSet, path: str) -> tuple[DataSet, ...]:
    sequence, nested, _ = path.rpartition(">")
    return dataset.items(sequence) if nested else (dataset,)
