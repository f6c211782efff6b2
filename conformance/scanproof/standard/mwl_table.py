"""PS3.4 Table K.6-1 as far as the checks need it: return key types, required matching keys, pairs of alternatives.

Paths are keywords joined by ``>``. Types come from the editions 2018 to 2024; where only one text gave a row, or
another one differed, the path stands in `UNSURE` and its absence fails nobody.
"""

from __future__ import annotations

STEP = "ScheduledProcedureStepSequence"

_REFERENCES = ("ReferencedStudySequence", "ReferencedPatientSequence")

#: Return keys of Type 1: present with a value when they were asked for.
TYPE_1 = frozenset(
    (
        STEP,
        f"{STEP}>ScheduledStationAETitle",
        f"{STEP}>ScheduledProcedureStepStartDate",
        f"{STEP}>ScheduledProcedureStepStartTime",
        f"{STEP}>Modality",
        f"{STEP}>ScheduledProcedureStepID",
        "RequestedProcedureID",
        "StudyInstanceUID",
        "PatientName",
        "PatientID",
        # within each item that is sent
        *(f"{name}>ReferencedSOPClassUID" for name in _REFERENCES),
        *(f"{name}>ReferencedSOPInstanceUID" for name in _REFERENCES),
    )
)

#: Return keys of Type 2: present when they were asked for, with zero length when nothing is known.
TYPE_2 = frozenset(
    (
        f"{STEP}>ScheduledPerformingPhysicianName",
        f"{STEP}>ScheduledStationName",
        f"{STEP}>ScheduledProcedureStepLocation",
        "ReferencedStudySequence",
        "RequestedProcedurePriority",
        "PatientTransportArrangements",
        "AccessionNumber",
        "RequestingPhysician",
        "ReferringPhysicianName",
        "AdmissionID",
        "CurrentPatientLocation",
        "ReferencedPatientSequence",
        "PatientBirthDate",
        "PatientSex",
        "PatientWeight",
        "ConfidentialityConstraintOnPatientDataDescription",
        "PatientState",
        "PregnancyStatus",
        "MedicalAlerts",
        "Allergies",
        "SpecialNeeds",
    )
)

#: Type 2 in one text, 2C or 3 in another.
UNSURE = frozenset(("ReferencedStudySequence", "AdmissionID"))

#: Type 1C: the SCP supports one of the two, or both.
ALTERNATIVES = (
    (f"{STEP}>ScheduledProcedureStepDescription", f"{STEP}>ScheduledProtocolCodeSequence"),
    ("RequestedProcedureDescription", "RequestedProcedureCodeSequence"),
)

#: The sequences whose items are codes (Table 8-2b): exactly one of the three values, a designator with the first two.
CODE_SEQUENCES = (f"{STEP}>ScheduledProtocolCodeSequence", "RequestedProcedureCodeSequence")
CODE_VALUES = ("CodeValue", "LongCodeValue", "URNCodeValue")

#: What comes in place of a key that was asked for: a code has one of its three values.
COMPANIONS = {"CodeValue": CODE_VALUES}

#: Required matching keys inside the Scheduled Procedure Step Sequence, and at the root.
REQUIRED_STEP_KEYS = (
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "Modality",
    "ScheduledPerformingPhysicianName",
)
REQUIRED_ROOT_KEYS = ("PatientName", "PatientID")

#: Attributes that belong into the Scheduled Procedure Step Sequence and nowhere else in an item.
STEP_ONLY = (
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

#: Table K.6-1a: may come along unasked.
UNASKED = ("SpecificCharacterSet", "TimezoneOffsetFromUTC", "HL7StructuredDocumentReferenceSequence")

#: Types of attributes in the items of sequences that an SCP need not return, and that no other constant names: they
#: bind in each item that it sends, as far as they were asked for.
IN_ITEMS = {
    f"{STEP}>ReferencedDefinedProtocolSequence>ReferencedSOPClassUID": "1",
    f"{STEP}>ReferencedDefinedProtocolSequence>ReferencedSOPInstanceUID": "1",
    f"{STEP}>ReferencedPerformedProtocolSequence>ReferencedSOPClassUID": "1",
    f"{STEP}>ReferencedPerformedProtocolSequence>ReferencedSOPInstanceUID": "1",
    f"{STEP}>ScheduledProtocolCodeSequence>ProtocolContextSequence>ValueType": "1",
    f"{STEP}>ScheduledProtocolCodeSequence>ProtocolContextSequence>ConceptNameCodeSequence": "1",
    "ScheduledSpecimenSequence>ContainerIdentifier": "1",
    "ScheduledSpecimenSequence>SpecimenDescriptionSequence": "1",
    "ScheduledSpecimenSequence>SpecimenDescriptionSequence>SpecimenIdentifier": "1",
    "ScheduledSpecimenSequence>SpecimenDescriptionSequence>SpecimenUID": "1",
    "PertinentDocumentsSequence>ReferencedSOPClassUID": "1",
    "PertinentDocumentsSequence>ReferencedSOPInstanceUID": "1",
    "PertinentDocumentsSequence>PurposeOfReferenceCodeSequence": "2",
    "PertinentDocumentsSequence>DocumentTitle": "2",
    "HL7StructuredDocumentReferenceSequence>ReferencedSOPClassUID": "1",
    "HL7StructuredDocumentReferenceSequence>ReferencedSOPInstanceUID": "1",
    "HL7StructuredDocumentReferenceSequence>HL7InstanceIdentifier": "1",
}

#: Keys that no value may be matched with: they are asked for with zero length.
RETURN_ONLY = (
    f"{STEP}>ScheduledProtocolCodeSequence>ProtocolContextSequence",
    "PertinentDocumentsSequence",
    "HL7StructuredDocumentReferenceSequence",
)

#: Keys that match by single value: neither range nor wild card.
SINGLE_VALUE = (f"{STEP}>ScheduledStationAETitle", f"{STEP}>Modality", "PatientID")
