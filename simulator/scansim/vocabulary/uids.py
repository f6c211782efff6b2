"""UIDs that both packages speak of (PS3.6 Annex A)."""

from __future__ import annotations

from pydicom._uid_dict import UID_dictionary

VERIFICATION = "1.2.840.10008.1.1"
#: Modality Worklist Information Model - FIND (PS3.4 K.6).
WORKLIST = "1.2.840.10008.5.1.4.31"
#: Modality Performed Procedure Step (PS3.4 F.7).
MPPS = "1.2.840.10008.3.1.2.3.3"
#: Modality Performed Procedure Step Retrieve (PS3.4 F.8), by which a step is read.
MPPS_RETRIEVE = "1.2.840.10008.3.1.2.3.4"
#: Storage Commitment Push Model (PS3.4 J.3), and its well-known SOP Instance (PS3.4 J.3.5).
COMMITMENT = "1.2.840.10008.1.20.1"
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
#: Query/Retrieve Information Models (PS3.4 C.6.1, C.6.2): what their SOP Classes begin with, and those for FIND.
PATIENT_ROOT, STUDY_ROOT = "1.2.840.10008.5.1.4.1.2.1.", "1.2.840.10008.5.1.4.1.2.2."
PATIENT_ROOT_FIND, STUDY_ROOT_FIND = f"{PATIENT_ROOT}1", f"{STUDY_ROOT}1"
PATIENT_ROOT_MOVE, STUDY_ROOT_MOVE = f"{PATIENT_ROOT}2", f"{STUDY_ROOT}2"
PATIENT_ROOT_GET, STUDY_ROOT_GET = f"{PATIENT_ROOT}3", f"{STUDY_ROOT}3"
#: Patient/Study Only Query/Retrieve Information Model - FIND, which was retired.
PATIENT_STUDY_ONLY_FIND = "1.2.840.10008.5.1.4.1.2.3.1"

#: Every SOP Class, those of Meta SOP Classes too, and every Transfer Syntax of PS3.6 Annex A, with what is retired.
SOP_CLASSES = tuple(uid for uid, entry in UID_dictionary.items() if entry[1] in ("SOP Class", "Meta SOP Class"))
TRANSFER_SYNTAXES = tuple(uid for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax")

#: A SOP Class and a transfer syntax of our own, which nobody else can know (PS3.5 9.2, 10).
PRIVATE_STORAGE = "2.25.182476391025746380917463528109374652811"
PRIVATE_SYNTAX = "2.25.182476391025746380917463528109374652812"

#: Classes that are called Storage, and that nobody sends by C-STORE: Media Storage Directory, Storage Commitment.
_NOT_STORED = ("1.2.840.10008.1.3.10", COMMITMENT, "1.2.840.10008.1.20.2")


def uid_name(uid: str) -> str:
    """Name of a UID in the standard, or the UID itself."""
    entry = UID_dictionary.get(uid)
    return (entry[0] if entry else "") or uid


def uid_keyword(uid: str) -> str:
    """Keyword of a UID in the standard, or the UID itself."""
    entry = UID_dictionary.get(uid)
    return (entry[4] if entry else "") or uid


def is_storage_class(uid: str) -> bool:
    """Whether a UID is a registered SOP Class of the Storage Service Class."""
    entry = UID_dictionary.get(uid)
    return entry is not None and entry[1] == "SOP Class" and "Storage" in entry[0] and uid not in _NOT_STORED
