"""PS3.4 F.7.2 as far as the checks need it: what an N-CREATE has to carry, and statuses that F.7.2 prescribes.

Types from Table F.7.2-1 in the editions 2018 to 2024, every row confirmed by two texts or more; those that only one
text gave are left out, so that a request without them is not taken for an incomplete one.
"""

from __future__ import annotations

IN_PROGRESS = "IN PROGRESS"
FINAL_STATES = ("COMPLETED", "DISCONTINUED")

#: Types of an N-CREATE, SCU side; both are mandatory, Type 2 is empty when nothing is known. Paths are keywords joined
#: by ``>``.
CREATE = {
    "ScheduledStepAttributesSequence": "1",
    "ScheduledStepAttributesSequence>StudyInstanceUID": "1",
    "PerformedProcedureStepID": "1",
    "PerformedStationAETitle": "1",
    "PerformedProcedureStepStartDate": "1",
    "PerformedProcedureStepStartTime": "1",
    "PerformedProcedureStepStatus": "1",
    "Modality": "1",
    "ScheduledStepAttributesSequence>ReferencedStudySequence": "2",
    "ScheduledStepAttributesSequence>AccessionNumber": "2",
    "ScheduledStepAttributesSequence>RequestedProcedureID": "2",
    "ScheduledStepAttributesSequence>RequestedProcedureDescription": "2",
    "ScheduledStepAttributesSequence>ScheduledProcedureStepID": "2",
    "ScheduledStepAttributesSequence>ScheduledProcedureStepDescription": "2",
    "PatientName": "2",
    "PatientID": "2",
    "PatientBirthDate": "2",
    "PatientSex": "2",
    "ReferencedPatientSequence": "2",
    "PerformedStationName": "2",
    "PerformedLocation": "2",
    "PerformedProcedureStepDescription": "2",
    "PerformedProcedureTypeDescription": "2",
    "ProcedureCodeSequence": "2",
    "PerformedProcedureStepEndDate": "2",
    "PerformedProcedureStepEndTime": "2",
    "StudyID": "2",
    "PerformedSeriesSequence": "2",
}

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
