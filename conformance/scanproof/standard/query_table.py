"""PS3.4 C.6.1 and C.6.2 as far as the checks need them: the keys of each level, and what an answer may add (2018-2020).

Optional keys are never due: an SCP that does not support one shall not return it (C.2.2.1.3). They are listed for the
level that they belong to, since a hierarchical query has no other key of the levels above than the unique ones.
"""

from __future__ import annotations

#: Unique key of each level, from the top (C.6.1.1, C.6.2.1); Study Root begins with STUDY.
UNIQUE_KEYS = {
    "PATIENT": "PatientID",
    "STUDY": "StudyInstanceUID",
    "SERIES": "SeriesInstanceUID",
    "IMAGE": "SOPInstanceUID",
}

#: Required keys of each level of Patient Root (Tables C.6-1 to C.6-4).
_PATIENT_ROOT = {
    "PATIENT": ("PatientName",),
    "STUDY": ("StudyDate", "StudyTime", "AccessionNumber", "StudyID"),
    "SERIES": ("Modality", "SeriesNumber"),
    "IMAGE": ("InstanceNumber",),
}
#: Of Study Root, which has what is known of the patient at its STUDY level (Table C.6-5).
_STUDY_ROOT = {
    **_PATIENT_ROOT,
    "PATIENT": (),
    "STUDY": ("StudyDate", "StudyTime", "AccessionNumber", "PatientName", "PatientID", "StudyID"),
}

_OF_PATIENT = (
    *("PatientName", "PatientID", "IssuerOfPatientID", "ReferencedPatientSequence", "PatientBirthDate"),
    *("PatientBirthTime", "PatientSex", "OtherPatientIDs", "OtherPatientIDsSequence", "OtherPatientNames"),
    *("EthnicGroup", "PatientComments", "NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries"),
    "NumberOfPatientRelatedInstances",
)
_OF_STUDY = (
    *("StudyDate", "StudyTime", "AccessionNumber", "StudyID", "StudyInstanceUID", "ModalitiesInStudy"),
    *("SOPClassesInStudy", "AnatomicRegionsInStudyCodeSequence", "ReferringPhysicianName", "StudyDescription"),
    *("ProcedureCodeSequence", "NameOfPhysiciansReadingStudy", "AdmittingDiagnosesDescription"),
    *("ReferencedStudySequence", "PatientAge", "PatientSize", "PatientWeight", "Occupation"),
    *("AdditionalPatientHistory", "OtherStudyNumbers", "NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
)
_OF_SERIES = ("Modality", "SeriesNumber", "SeriesInstanceUID", "SeriesDescription", "NumberOfSeriesRelatedInstances")
_OF_IMAGE = ("InstanceNumber", "SOPInstanceUID", "SOPClassUID")
_ATTRIBUTES = {"PATIENT": _OF_PATIENT, "STUDY": _OF_STUDY, "SERIES": _OF_SERIES, "IMAGE": _OF_IMAGE}

#: What an answer has beside the keys of its query (C.4.1.1.3.2).
UNASKED = (
    "SpecificCharacterSet",
    "TimezoneOffsetFromUTC",
    "QueryRetrieveLevel",
    "RetrieveAETitle",
    "StorageMediaFileSetID",
    "StorageMediaFileSetUID",
    "InstanceAvailability",
)

#: What is no key (C.4.1.1.3.1).
NO_KEYS = ("SpecificCharacterSet", "TimezoneOffsetFromUTC", "QueryRetrieveLevel", "QueryRetrieveView")

#: What is counted or gathered of what is below an entity (C.3.4).
COUNTED = {
    "PATIENT": (
        *("NumberOfPatientRelatedStudies", "NumberOfPatientRelatedSeries"),
        "NumberOfPatientRelatedInstances",
    ),
    "STUDY": ("NumberOfStudyRelatedSeries", "NumberOfStudyRelatedInstances"),
    "SERIES": ("NumberOfSeriesRelatedInstances",),
    "IMAGE": (),
}
GATHERED = ("ModalitiesInStudy", "SOPClassesInStudy")


def levels(*, patient_root: bool) -> tuple[str, ...]:
    """Levels of an information model from the top."""
    return tuple(UNIQUE_KEYS)[0 if patient_root else 1 :]


def required_keys(level: str, *, patient_root: bool) -> tuple[str, ...]:
    """Required keys of a level; none of one that there is not."""
    return (_PATIENT_ROOT if patient_root else _STUDY_ROOT).get(level, ())


def unique_keys_above(level: str, *, patient_root: bool = False) -> tuple[str, ...]:
    """Unique keys of the levels above one."""
    known = levels(patient_root=patient_root)
    return tuple(UNIQUE_KEYS[name] for name in known[: known.index(level)]) if level in known else ()


def other_keys_above(level: str, *, patient_root: bool) -> frozenset[str]:
    """Attributes of the levels above one but for their unique keys: none of them belongs into a hierarchical query."""
    known = levels(patient_root=patient_root)
    above = known[: known.index(level)] if level in known else ()
    listed = [name for each in above for name in _ATTRIBUTES[each]]
    if above and not patient_root:
        listed += _OF_PATIENT  # belongs to the study
    return frozenset(listed) - set(unique_keys_above(level, patient_root=patient_root))


def keys_below(level: str) -> frozenset[str]:
    """Attributes of the levels below one, which mean nothing there."""
    known = tuple(_ATTRIBUTES)
    below = known[known.index(level) + 1 :] if level in known else ()
    return frozenset(name for each in below for name in _ATTRIBUTES[each])
