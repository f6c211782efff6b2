"""Levels of Query/Retrieve, and what an identifier may hold at each (PS3.4 C.4.1.2.1, C.4.2.2.1, C.6).

Relational queries and retrievals are not negotiated here, so that the baseline holds: one value of the unique key of
each level above, and no other key of those levels. C.4.1.3.1 has requests that cannot be processed refused.
"""

from __future__ import annotations

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag

from scansim.reference.key_values import KeyValueError
from scansim.reference.matching import texts
from scansim.vocabulary.uids import PATIENT_ROOT

#: Levels from the top with their unique keys (PS3.4 C.6.1.1, C.6.2.1), and the column that the store keeps them in.
LEVELS = {
    "PATIENT": ("PatientID", "patient"),
    "STUDY": ("StudyInstanceUID", "study"),
    "SERIES": ("SeriesInstanceUID", "series"),
    "IMAGE": ("SOPInstanceUID", "uid"),
}

#: Attributes of each level as the tables list them (C.6-1 to C.6-5), and what is counted at it (C.3.4).
_ATTRIBUTES = {
    "PATIENT": (
        *("PatientID", "PatientName", "IssuerOfPatientID", "ReferencedPatientSequence", "PatientBirthDate"),
        *("PatientBirthTime", "PatientSex", "OtherPatientIDs", "OtherPatientIDsSequence", "OtherPatientNames"),
        *("EthnicGroup", "PatientComments", "NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries"),
        "NumberOfPatientRelatedInstances",
    ),
    "STUDY": (
        *("StudyInstanceUID", "StudyID", "StudyDate", "StudyTime", "AccessionNumber", "StudyDescription"),
        *("IssuerOfAccessionNumberSequence", "ReferringPhysicianName", "ProcedureCodeSequence"),
        *("NameOfPhysiciansReadingStudy", "AdmittingDiagnosesDescription", "ReferencedStudySequence", "PatientAge"),
        *("PatientSize", "PatientWeight", "Occupation", "AdditionalPatientHistory", "OtherStudyNumbers"),
        *("ModalitiesInStudy", "SOPClassesInStudy", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
    ),
    "SERIES": (
        *("SeriesInstanceUID", "Modality", "SeriesNumber", "SeriesDescription", "NumberOfSeriesRelatedInstances"),
    ),
    "IMAGE": ("SOPInstanceUID", "SOPClassUID", "InstanceNumber"),
}
_ATTRIBUTE_TAGS = {level: frozenset(map(Tag, names)) for level, names in _ATTRIBUTES.items()}
_LEVEL = Tag("QueryRetrieveLevel")


def tags_below(level: str) -> frozenset[BaseTag]:
    """Attributes that mean nothing at a level: neither keys nor returned there."""
    order = list(LEVELS)
    return frozenset().union(*(_ATTRIBUTE_TAGS[name] for name in order[order.index(level) + 1 :]))


def level_of(sop_class: str, identifier: Dataset) -> str:
    """Query/Retrieve Level of an identifier; KeyValueError when the information model has no such level."""
    level = " ".join(texts(identifier.get(_LEVEL)))
    if level not in LEVELS:
        raise KeyValueError(_LEVEL, f"no Query/Retrieve Level {level}" if level else "no Query/Retrieve Level")
    if level == "PATIENT" and not sop_class.startswith(PATIENT_ROOT):
        raise KeyValueError(_LEVEL, "Study Root has no PATIENT level")
    return level


def _above(sop_class: str, level: str) -> list[str]:
    """Levels above one, in the model of a SOP class."""
    order = list(LEVELS) if sop_class.startswith(PATIENT_ROOT) else list(LEVELS)[1:]
    return order[: order.index(level)]


def check_above(sop_class: str, identifier: Dataset, level: str) -> None:
    """Look at the unique keys of the levels above; KeyValueError where one has not just one value."""
    for name in _above(sop_class, level):
        tag = Tag(LEVELS[name][0])
        values = [value for value in texts(identifier.get(tag)) if value]
        if len(values) != 1 or (name == "PATIENT" and any(char in values[0] for char in "*?")):
            raise KeyValueError(tag, f"one value of {LEVELS[name][0]} is needed at {level} level")


def check_no_key_above(sop_class: str, identifier: Dataset, level: str) -> None:
    """Look for other keys of the levels above, with or without value; KeyValueError when there is one."""
    above = _above(sop_class, level)
    unique = {Tag(LEVELS[name][0]) for name in above}
    if above and above[0] == "STUDY":
        above.append("PATIENT")  # in Study Root, what is known of the patient belongs to the study (C.6.2.1)
    for element in identifier:
        tag = element.tag
        if tag not in unique and any(tag in _ATTRIBUTE_TAGS[name] for name in above):
            raise KeyValueError(tag, f"no key of a level above may be in a {level} query")


def check_retrieved(identifier: Dataset, level: str) -> None:
    """Look at the unique key of a retrieval: one Patient ID, or any number of UIDs (C.4.2.2.1)."""
    keyword = LEVELS[level][0]
    values = [value for value in texts(identifier.get(Tag(keyword))) if value]
    if not values:
        raise KeyValueError(Tag(keyword), f"no value of {keyword} at {level} level")
    if level == "PATIENT" and (len(values) > 1 or any(char in values[0] for char in "*?")):
        raise KeyValueError(Tag(keyword), "one PatientID is retrieved at a time")
