"""PS3.4 F.7.2 and F.8.2 as far as the checks need them: types of attributes, and statuses that F.7.2 prescribes.

Types from Table F.7.2-1 in the editions 2018 to 2024, every row confirmed by two texts or more; those that only one
text gave are left out, so that a request without them is not taken for an incomplete one.
"""

from __future__ import annotations

IN_PROGRESS = "IN PROGRESS"
FINAL_STATES = ("COMPLETED", "DISCONTINUED")
STATES = (IN_PROGRESS, *FINAL_STATES)

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
    "ScheduledStepAttributesSequence>ScheduledProtocolCodeSequence": "2",
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
    "PerformedProtocolCodeSequence": "2",
    "PerformedSeriesSequence": "2",
}

#: Statuses: PS3.7 C.4.2, C.4.3, C.5.8 to C.5.21, and the Error ID of Table F.7.2-2.
NO_SUCH_ATTRIBUTE, INVALID_VALUE, ATTRIBUTE_LIST_ERROR = 0x0105, 0x0106, 0x0107
PROCESSING_FAILURE, DUPLICATE_INSTANCE, NO_SUCH_INSTANCE = 0x0110, 0x0111, 0x0112
OUT_OF_RANGE, MISSING_ATTRIBUTE, MISSING_VALUE = 0x0116, 0x0120, 0x0121
NO_LONGER_UPDATABLE = 0xA710

#: Attributes that Table F.7.2-1 allows in an N-CREATE and not in an N-SET.
NOT_IN_SET = (
    "ScheduledStepAttributesSequence",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "IssuerOfPatientIDQualifiersSequence",
    "OtherPatientIDsSequence",
    "PatientBirthDate",
    "PatientSex",
    "ReferencedPatientSequence",
    "AdmissionID",
    "IssuerOfAdmissionIDSequence",
    "ServiceEpisodeID",
    "IssuerOfServiceEpisodeIDSequence",
    "ServiceEpisodeDescription",
    "PerformedProcedureStepID",
    "PerformedStationAETitle",
    "PerformedStationName",
    "PerformedLocation",
    "PerformedProcedureStepStartDate",
    "PerformedProcedureStepStartTime",
    "Modality",
    "StudyID",
)

#: What an N-SET, if it has it, has with a value: usage 3/1.
NOT_EMPTY_IN_SET = (
    "PerformedProcedureStepStatus",
    "PerformedProcedureStepEndDate",
    "PerformedProcedureStepEndTime",
    "PerformedSeriesSequence",
)

#: Types in the items that are sent, in an N-CREATE and an N-SET.
IN_ITEMS = {
    "ScheduledStepAttributesSequence>ReferencedStudySequence>ReferencedSOPClassUID": "1",
    "ScheduledStepAttributesSequence>ReferencedStudySequence>ReferencedSOPInstanceUID": "1",
    "ReferencedPatientSequence>ReferencedSOPClassUID": "1",
    "ReferencedPatientSequence>ReferencedSOPInstanceUID": "1",
    "PerformedSeriesSequence>PerformingPhysicianName": "2",
    "PerformedSeriesSequence>ProtocolName": "1",
    "PerformedSeriesSequence>OperatorsName": "2",
    "PerformedSeriesSequence>SeriesInstanceUID": "1",
    "PerformedSeriesSequence>SeriesDescription": "2",
    "PerformedSeriesSequence>RetrieveAETitle": "2",
    "PerformedSeriesSequence>ReferencedImageSequence": "2",
    "PerformedSeriesSequence>ReferencedImageSequence>ReferencedSOPClassUID": "1",
    "PerformedSeriesSequence>ReferencedImageSequence>ReferencedSOPInstanceUID": "1",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence": "2",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence>ReferencedSOPClassUID": "1",
    "PerformedSeriesSequence>ReferencedNonImageCompositeSOPInstanceSequence>ReferencedSOPInstanceUID": "1",
}

#: Types in the final state, by N-CREATE and all N-SETs together (the table's last column).
FINAL = {
    "PerformedProcedureStepEndDate": "1",
    "PerformedProcedureStepEndTime": "1",
    "PerformedSeriesSequence": "1",
}

#: What an SCP of N-GET has to be able to give back: Type 1 and 2 of Table F.8.2-1 (2018-2024), but for the patient's
#: birth date, which that prints with the tag of the birth time.
RETRIEVED = frozenset(
    (
        "ScheduledStepAttributesSequence",
        "PatientName",
        "PatientID",
        "PatientSex",
        "ReferencedPatientSequence",
        "PerformedStationAETitle",
        "PerformedStationName",
        "PerformedLocation",
        "PerformedProcedureStepStartDate",
        "PerformedProcedureStepStartTime",
        "PerformedProcedureStepID",
        "PerformedProcedureStepStatus",
        "PerformedProcedureStepEndDate",
        "PerformedProcedureStepEndTime",
        "PerformedProcedureStepDescription",
        "PerformedProcedureTypeDescription",
        "ProcedureCodeSequence",
        "PerformedProcedureStepDiscontinuationReasonCodeSequence",
        "PerformedSeriesSequence",
        "Modality",
        "StudyID",
        "PerformedProtocolCodeSequence",
    )
)
