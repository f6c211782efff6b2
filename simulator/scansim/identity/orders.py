"""Orders: complete Modality Worklist items, as a RIS would schedule them, and worklist files made of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

from scansim.identity.ids import Identity
from scansim.identity.people import Person, person
from scansim.vocabulary.uids import WORKLIST
from scansim.wire import part10
from scansim.wire.encoding import encode

#: Coding Scheme Designator (0008,0102) of our own codes: 99 marks a private scheme (PS3.3 8.2).
CODING_SCHEME = "99SCANPROOF"


@dataclass(frozen=True)
class Procedure:
    """What is ordered.

    Parameters
    ----------
    code, scheme, meaning : str
        The Requested Procedure Code: Code Value, Coding Scheme Designator and Code Meaning.
    description : str
        Requested Procedure Description (0032,1060).
    protocol_code, protocol_meaning : str
        The Scheduled Protocol Code, of the same coding scheme; its meaning is the step's description as well.
    """

    code: str
    scheme: str
    meaning: str
    description: str
    protocol_code: str
    protocol_meaning: str


#: An ordinary procedure for each modality, for whoever needs one and does not care which.
PROCEDURES = {
    "CT": Procedure(
        "CTABD", CODING_SCHEME, "CT abdomen", "CT abdomen without contrast", "CTABD-N", "CT abdomen native"
    ),
    "MR": Procedure(
        "MRABD", CODING_SCHEME, "MR abdomen", "MR abdomen without contrast", "MRABD-N", "MR abdomen native"
    ),
}


def order(
    identity: Identity,
    *,
    modality: str,
    station_ae: str,
    start: datetime,
    procedure: Procedure,
    key: str = "order",
    patient: Person | None = None,
) -> Dataset:
    """Return one worklist item with every Type 1 and Type 2 return key of PS3.4 Table K.6-1.

    Parameters
    ----------
    identity : Identity
        Where identifiers and the patient come from.
    modality, station_ae : str
        Modality (0008,0060) and Scheduled Station AE Title (0040,0001) of the one scheduled procedure step.
    start : datetime.datetime
        When the step is scheduled to begin.
    procedure : Procedure
        What is ordered.
    key : str
        Tells the orders of one identity apart; another key gives another patient too.
    patient : Person, optional
        Whom the order is for: another one than `key` gives. The item is in the patient's character set.
    """
    patient = patient or person(identity, key)
    ds = Dataset()
    if patient.charset:
        ds.SpecificCharacterSet = list(patient.charset)
    ds.AccessionNumber = f"A{identity.number(10, key, 'accession')}"
    ds.ReferringPhysicianName = "Synthetic-Referrer^Rita"
    ds.ReferencedStudySequence = Sequence()
    ds.ReferencedPatientSequence = Sequence()
    ds.PatientName = patient.name
    ds.PatientID = patient.patient_id
    ds.IssuerOfPatientID = patient.issuer
    ds.PatientBirthDate = patient.dicom_birth_date
    ds.PatientSex = patient.sex
    ds.PatientSize = str(patient.size_m)
    ds.PatientWeight = str(patient.weight_kg)
    ds.MedicalAlerts = ""
    ds.Allergies = patient.allergies
    ds.PregnancyStatus = None
    ds.StudyInstanceUID = identity.uid(key, "study")
    ds.RequestingPhysician = "Synthetic-Requester^Ruth"
    ds.RequestedProcedureDescription = procedure.description
    ds.RequestedProcedureCodeSequence = [code(procedure.code, procedure.scheme, procedure.meaning)]
    ds.AdmissionID = f"V{identity.number(8, key, 'admission')}"
    ds.SpecialNeeds = ""
    ds.CurrentPatientLocation = "TEST WARD"
    ds.PatientState = ""
    ds.ScheduledProcedureStepSequence = [_step(identity, modality, station_ae, start, procedure, key)]
    ds.RequestedProcedureID = f"RP{identity.number(8, key, 'requested procedure')}"
    ds.RequestedProcedurePriority = "ROUTINE"
    ds.PatientTransportArrangements = ""
    ds.ConfidentialityConstraintOnPatientDataDescription = ""
    return ds


def _step(
    identity: Identity, modality: str, station_ae: str, start: datetime, procedure: Procedure, key: str
) -> Dataset:
    step = Dataset()
    step.Modality = modality
    step.ScheduledStationAETitle = station_ae
    step.ScheduledProcedureStepStartDate = start.strftime("%Y%m%d")
    step.ScheduledProcedureStepStartTime = start.strftime("%H%M%S")
    step.ScheduledPerformingPhysicianName = "Synthetic-Performer^Pia"
    step.ScheduledProcedureStepDescription = procedure.protocol_meaning
    step.ScheduledProtocolCodeSequence = [code(procedure.protocol_code, procedure.scheme, procedure.protocol_meaning)]
    step.ScheduledProcedureStepID = f"SPS{identity.number(8, key, 'scheduled step')}"
    step.ScheduledStationName = station_ae
    step.ScheduledProcedureStepLocation = "TEST ROOM"
    return step


def code(value: str, scheme: str, meaning: str) -> Dataset:
    """Return one item of a code sequence (PS3.3 Table 8.8-1)."""
    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def write_worklist_file(order: Dataset, folder: Path) -> Path:
    """Write `order` as ``<accession>.wl``, the form that DCMTK wlmscpfs and Orthanc's worklist plugin read.

    The file appears whole or not at all: both servers read the folder at query time. An order without an Accession
    Number is named by its Scheduled Procedure Step ID; characters that a file name cannot hold become ``_``.

    Returns
    -------
    pathlib.Path
        The file written.

    Raises
    ------
    CharacterSetError
        When the order's Specific Character Set cannot hold its text.
    """
    step_id = str(order.ScheduledProcedureStepSequence[0].get("ScheduledProcedureStepID") or "")
    accession = str(order.get("AccessionNumber") or "")
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", accession or step_id)
    if not name.strip("."):
        raise ValueError("a worklist file is named by Accession Number or Scheduled Procedure Step ID; both are empty")
    # An item has no SOP Instance UID of its own; one derived from its identifiers keeps the file reproducible.
    uid = Identity(0, date.min, "worklist file").uid(order.get("StudyInstanceUID"), step_id, accession)
    encoded = encode(order, ExplicitVRLittleEndian)
    meta = part10.preamble(WORKLIST, uid, ExplicitVRLittleEndian)
    path = folder / f"{name}.wl"
    part10.write(path, meta, encoded)
    return path
