"""PS3.4 F.7.2 as far as the checks need it: what an N-CREATE has to carry, and statuses that F.7.2 prescribes.

Types from Table F.7.2-1 in the editions 2018 to 2024, every row confirmed by two texts or more; those that only one
text gave are left out, so that a request without them is not taken for an incomplete one.
"""

from __future__ import annotations

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
