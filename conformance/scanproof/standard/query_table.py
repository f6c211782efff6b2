"""PS3.4 C.6.2 as far as the checks need it: keys of the levels of Study Root, and what an answer may add (2018-2020).

Optional keys are in no list: an SCP that does not support one shall not return it (C.2.2.1.3), so none is ever due.
"""

from __future__ import annotations

#: Unique key of each level, from the top (C.6.2.1).
UNIQUE_KEYS = {"STUDY": "StudyInstanceUID", "SERIES": "SeriesInstanceUID", "IMAGE": "SOPInstanceUID"}

#: Required keys of each level (Tables C.6-5, C.6-3 and C.6-4).
REQUIRED_KEYS = {
    "STUDY": ("StudyDate", "StudyTime", "AccessionNumber", "PatientName", "PatientID", "StudyID"),
    "SERIES": ("Modality", "SeriesNumber"),
    "IMAGE": ("InstanceNumber",),
}

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


def unique_keys_above(level: str) -> tuple[str, ...]:
    """Unique keys of the levels above one, which an answer may carry unasked."""
    levels = list(UNIQUE_KEYS)
    return tuple(UNIQUE_KEYS[name] for name in levels[: levels.index(level)]) if level in levels else ()
