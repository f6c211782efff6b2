"""MPPS and Storage Commitment by pynetdicom, which DCMTK has no client for.

``python -m tests.support.pynetdicom_scu AE PORT`` asks an SCP on loopback and prints its answers as JSON.
"""

from __future__ import annotations

import json
import queue
import sys
import time
from datetime import date
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage
from pynetdicom import AE, build_role, evt
from pynetdicom.association import Association
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ModalityPerformedProcedureStep,
    StorageCommitmentPushModel,
)

from scansim.identity.ids import Identity

IDENTITY = Identity(1, date(2026, 1, 2), "peers")
COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"


def paused(assoc: Association) -> Association:
    """Return `assoc` with its own thread at rest.

    In pynetdicom 3.0.4 that thread can take away the response to a ``send_*`` call that began while it was still busy.
    """
    assoc._reactor_checkpoint.clear()
    time.sleep(0.02)
    return assoc


def performed_step() -> Dataset:
    """The N-CREATE of a performed procedure step with its Type 1 and 2 attributes (PS3.4 Table F.7.2-1)."""
    ds = Dataset()
    ds.PatientName, ds.PatientID = "SYNTHETIC^PEER", "SYN-1"
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.PerformedProcedureStepID, ds.PerformedStationAETitle, ds.Modality = "PPS-1", "SCANPROOF", "CT"
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = "20260102", "101112"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.PerformedStationName = ds.PerformedLocation = ds.StudyID = ""
    ds.PerformedProcedureStepDescription = ds.PerformedProcedureTypeDescription = ""
    ds.PerformedProcedureStepEndDate = ds.PerformedProcedureStepEndTime = ""
    ds.ReferencedPatientSequence = ds.ProcedureCodeSequence = []
    ds.PerformedProtocolCodeSequence = ds.PerformedSeriesSequence = []
    scheduled = Dataset()
    scheduled.StudyInstanceUID = IDENTITY.uid("study")
    scheduled.ReferencedStudySequence = scheduled.ScheduledProtocolCodeSequence = []
    scheduled.AccessionNumber = scheduled.RequestedProcedureID = scheduled.RequestedProcedureDescription = ""
    scheduled.ScheduledProcedureStepID = scheduled.ScheduledProcedureStepDescription = ""
    ds.ScheduledStepAttributesSequence = [scheduled]
    return ds


def completed() -> Dataset:
    ds = Dataset()
    ds.PerformedProcedureStepStatus = "COMPLETED"
    ds.PerformedProcedureStepEndDate, ds.PerformedProcedureStepEndTime = "20260102", "101212"
    series = Dataset()
    series.SeriesInstanceUID, series.ProtocolName = IDENTITY.uid("series"), "CT HEAD"
    series.PerformingPhysicianName = series.OperatorsName = series.SeriesDescription = series.RetrieveAETitle = ""
    series.ReferencedImageSequence = series.ReferencedNonImageCompositeSOPInstanceSequence = []
    ds.PerformedSeriesSequence = [series]
    return ds


def commitment_request(*uids: str) -> Dataset:
    ds = Dataset()
    ds.TransactionUID = IDENTITY.uid("transaction", *uids)
    ds.ReferencedSOPSequence = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CTImageStorage, uid
        ds.ReferencedSOPSequence.append(item)
    return ds


def scu(called: str, port: int) -> None:
    """Print as JSON what an SCP answers to MPPS (when it accepts that) and Storage Commitment.

    Instances: the one that was stored before, then that one and an unknown one.
    """
    reports: queue.Queue[dict[str, object]] = queue.Queue()

    def on_report(event: evt.Event) -> tuple[int, None]:
        ds = event.event_information
        failed = [item.FailureReason for item in ds.get("FailedSOPSequence") or []]
        reports.put(
            {
                "event": event.event_type,
                "transaction": ds.TransactionUID,
                "committed": len(ds.get("ReferencedSOPSequence") or []),
                "failed": failed,
                "same association": event.assoc.is_requestor,
            }
        )
        return 0x0000, None

    handlers: list[Any] = [(evt.EVT_N_EVENT_REPORT, on_report)]
    listener = AE("SCANPROOF")
    listener.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    listening = listener.start_server(("127.0.0.1", 11113), block=False, evt_handlers=handlers)

    ae = AE("SCANPROOF")
    ae.acse_timeout = ae.dimse_timeout = 5
    for sop_class in (ModalityPerformedProcedureStep, StorageCommitmentPushModel):
        ae.add_requested_context(sop_class)
    role = build_role(StorageCommitmentPushModel, scu_role=True)
    assoc = ae.associate("127.0.0.1", port, ae_title=called, ext_neg=[role], evt_handlers=handlers)
    assert assoc.is_established
    mpps = ModalityPerformedProcedureStep
    answers: dict[str, object] = {}
    if any(context.abstract_syntax == mpps for context in assoc.accepted_contexts):
        uid, unknown = IDENTITY.uid("mpps"), IDENTITY.uid("another mpps")
        answers["mpps"] = [
            paused(assoc).send_n_create(performed_step(), mpps, uid)[0].Status,
            paused(assoc).send_n_create(performed_step(), mpps, uid)[0].Status,
            paused(assoc).send_n_create(completed(), mpps, unknown)[0].Status,
            paused(assoc).send_n_set(completed(), mpps, unknown)[0].Status,
            paused(assoc).send_n_set(completed(), mpps, uid)[0].Status,
            paused(assoc).send_n_set(completed(), mpps, uid)[0].Status,
        ]
    stored, unknown = IDENTITY.uid("instance"), IDENTITY.uid("another instance")
    results = []
    for request in (commitment_request(stored), commitment_request(stored, unknown)):
        status, _ = paused(assoc).send_n_action(request, 1, StorageCommitmentPushModel, COMMITMENT_INSTANCE)
        result = reports.get(timeout=5)
        result["transaction"] = result["transaction"] == request.TransactionUID
        results.append({"status": status.Status, **result})
    answers["commitment"] = results
    assoc.release()
    assert listening is not None
    listening.shutdown()
    print(json.dumps(answers))


if __name__ == "__main__":
    scu(sys.argv[1], int(sys.argv[2]))
