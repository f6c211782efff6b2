"""The services that a target may offer: what site files, steps, checks and statements call them.

This is the one place of a new service; steps and checks name it from here on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from scansim.vocabulary import uids


@dataclass(frozen=True)
class Service:
    """One service of DICOM as scanproof speaks of it.

    Parameters
    ----------
    name : str
        What site files, checks, transcripts and results call it.
    title : str
        What people call it.
    has : callable
        Whether a SOP Class, by its UID, belongs to the service.
    addressed : bool
        Whether a site file says where it is. Verification is not: every AE is asked for it.
    """

    name: str
    title: str
    has: Callable[[str], bool]
    addressed: bool = True


VERIFICATION = Service("verification", "Verification", (uids.VERIFICATION,).__contains__, addressed=False)
WORKLIST = Service("worklist", "Modality Worklist", (uids.WORKLIST,).__contains__)
MPPS = Service("mpps", "Modality Performed Procedure Step", (uids.MPPS,).__contains__)
STORAGE = Service("storage", "Storage", uids.is_storage_class)
COMMITMENT = Service("commitment", "Storage Commitment", (uids.COMMITMENT,).__contains__)
QUERY = Service("query", "Query", (uids.PATIENT_ROOT_FIND, uids.STUDY_ROOT_FIND).__contains__)
RETRIEVE = Service(
    "retrieve",
    "Retrieve",
    (uids.PATIENT_ROOT_MOVE, uids.STUDY_ROOT_MOVE, uids.PATIENT_ROOT_GET, uids.STUDY_ROOT_GET).__contains__,
)

#: Every service by its name, in the order of an exam.
SERVICES = {service.name: service for service in (VERIFICATION, WORKLIST, MPPS, STORAGE, COMMITMENT, QUERY, RETRIEVE)}
#: Names of those that a site file says the address of.
ADDRESSED = tuple(service.name for service in SERVICES.values() if service.addressed)
