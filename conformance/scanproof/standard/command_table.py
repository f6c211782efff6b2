"""The fields of requests (PS3.7 9.1, 9.3, 10.1 and 10.3, read in 2020): which have to be there, which may be.

Command Group Length, Command Field and Command Data Set Type, which every command set has, are in none of the lists.
"""

from __future__ import annotations

from scansim.vocabulary.uids import PATIENT_ROOT_MOVE, STUDY_ROOT_MOVE

#: What each request has, with a value.
REQUIRED: dict[str, tuple[str, ...]] = {
    "C-ECHO-RQ": ("MessageID", "AffectedSOPClassUID"),
    "C-STORE-RQ": ("MessageID", "AffectedSOPClassUID", "AffectedSOPInstanceUID", "Priority"),
    "C-FIND-RQ": ("MessageID", "AffectedSOPClassUID", "Priority"),
    "C-GET-RQ": ("MessageID", "AffectedSOPClassUID", "Priority"),
    "C-MOVE-RQ": ("MessageID", "AffectedSOPClassUID", "Priority", "MoveDestination"),
    "C-CANCEL-RQ": ("MessageIDBeingRespondedTo",),
    "N-EVENT-REPORT-RQ": ("MessageID", "AffectedSOPClassUID", "AffectedSOPInstanceUID", "EventTypeID"),
    "N-GET-RQ": ("MessageID", "RequestedSOPClassUID", "RequestedSOPInstanceUID"),
    "N-SET-RQ": ("MessageID", "RequestedSOPClassUID", "RequestedSOPInstanceUID"),
    "N-ACTION-RQ": ("MessageID", "RequestedSOPClassUID", "RequestedSOPInstanceUID", "ActionTypeID"),
    "N-CREATE-RQ": ("MessageID", "AffectedSOPClassUID"),
    "N-DELETE-RQ": ("MessageID", "RequestedSOPClassUID", "RequestedSOPInstanceUID"),
}

#: What it may have beside.
OPTIONAL: dict[str, tuple[str, ...]] = {
    "C-STORE-RQ": ("MoveOriginatorApplicationEntityTitle", "MoveOriginatorMessageID"),
    "N-GET-RQ": ("AttributeIdentifierList",),
    "N-CREATE-RQ": ("AffectedSOPInstanceUID",),
}

#: Requests that come with a data set, and those that have none. The others may have one.
WITH_DATA_SET = ("C-STORE-RQ", "C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ", "N-SET-RQ")
WITHOUT_DATA_SET = ("C-ECHO-RQ", "C-CANCEL-RQ", "N-GET-RQ", "N-DELETE-RQ")

#: Values of Priority: medium, high, low.
PRIORITIES = (0, 1, 2)

#: Elements that are UIDs, and such as are AE titles.
UIDS = ("AffectedSOPClassUID", "RequestedSOPClassUID", "AffectedSOPInstanceUID", "RequestedSOPInstanceUID")
AE_TITLES = ("MoveDestination", "MoveOriginatorApplicationEntityTitle")

#: Requests that C-CANCEL is for.
CANCELLED = ("C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ")

#: The requests of each service that is tested here, as services are called (PS3.4 A.3, B.2, C.4, F.7.2, J.3, K.4).
_OPERATIONS: dict[str, tuple[str, ...]] = {
    "verification": ("C-ECHO-RQ",),
    "worklist": ("C-FIND-RQ",),
    "mpps": ("N-CREATE-RQ", "N-SET-RQ"),
    "storage": ("C-STORE-RQ",),
    "commitment": ("N-ACTION-RQ", "N-EVENT-REPORT-RQ"),
    "query": ("C-FIND-RQ",),
}


def operations_of(service: str, sop_class: str) -> tuple[str, ...]:
    """The requests that there are for a SOP Class of a service, but for C-CANCEL."""
    if service == "retrieve":
        return ("C-MOVE-RQ" if sop_class in (PATIENT_ROOT_MOVE, STUDY_ROOT_MOVE) else "C-GET-RQ",)
    return _OPERATIONS[service]
