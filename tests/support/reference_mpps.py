"""Data sets of a performed procedure step, as PS3.4 Table F.7.2-1 wants them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import MPPS, MPPS_RETRIEVE


def step() -> Dataset:
    scheduled = Dataset()
    scheduled.StudyInstanceUID = "2.25.1"
    scheduled.ReferencedStudySequence = scheduled.ScheduledProtocolCodeSequence = []
    scheduled.AccessionNumber = scheduled.RequestedProcedureID = scheduled.RequestedProcedureDescription = ""
    scheduled.ScheduledProcedureStepID, scheduled.ScheduledProcedureStepDescription = "S1", ""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.ScheduledStepAttributesSequence = [scheduled]
    ds.PatientName, ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "Synthetic-Süß^Jane", "SYN-1", "", ""
    ds.ReferencedPatientSequence = ds.ProcedureCodeSequence = ds.PerformedProtocolCodeSequence = []
    ds.PerformedProcedureStepID, ds.PerformedStationAETitle = "P1", "SCANPROOF"
    ds.PerformedStationName = ds.PerformedLocation = ds.PerformedProcedureStepDescription = ""
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = "20260102", "103000"
    ds.PerformedProcedureStepStatus, ds.PerformedProcedureTypeDescription = "IN PROGRESS", ""
    ds.PerformedProcedureStepEndDate = ds.PerformedProcedureStepEndTime = ds.StudyID = ""
    ds.Modality, ds.PerformedSeriesSequence = "CT", []
    return ds


def series() -> Dataset:
    image = Dataset()
    image.ReferencedSOPClassUID, image.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.1001"
    ds = Dataset()
    ds.PerformingPhysicianName = ds.OperatorsName = ds.SeriesDescription = ds.RetrieveAETitle = ""
    ds.ProtocolName, ds.SeriesInstanceUID = "ABDOMEN", "2.25.2"
    ds.ReferencedImageSequence, ds.ReferencedNonImageCompositeSOPInstanceSequence = [image], []
    return ds


def change(status: str | None = None, **more: object) -> Dataset:
    ds = Dataset()
    if status is not None:
        ds.PerformedProcedureStepStatus = status
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def completed(status: str = "COMPLETED") -> Dataset:
    return change(
        status,
        PerformedProcedureStepEndDate="20260102",
        PerformedProcedureStepEndTime="104500",
        PerformedSeriesSequence=[series()],
    )


def deviate(ask: Callable[..., Any]) -> None:
    """Ask whatever an MPPS manager has to refuse, by name, and read what came of it."""
    lacks, empty, begun, hollow = step(), step(), step(), step()
    del lacks.PatientSex
    empty.Modality = ""
    begun.PerformedProcedureStepStatus = "COMPLETED"
    hollow.ProcedureCodeSequence = [Dataset()]
    for number, (name, ds) in enumerate(
        (("lacks", lacks), ("empty", empty), ("first status", begun), ("empty item", hollow), ("step", step())), 11
    ):
        ask(name, MPPS, "N-CREATE-RQ", ds, AffectedSOPInstanceUID=f"2.25.{number}")
    ask("mended", MPPS, "N-CREATE-RQ", step(), AffectedSOPInstanceUID="2.25.11")
    ask("no uid", MPPS, "N-CREATE-RQ", step(), AffectedSOPInstanceUID="1.02.3")
    other = step()
    other.PerformedProcedureStepDescription = "OTHER"
    ask("other content", MPPS, "N-CREATE-RQ", other, AffectedSOPInstanceUID="2.25.15")
    endless = completed()
    del endless.PerformedProcedureStepEndDate
    for name, ds in (("patient", change("IN PROGRESS", PatientID="OTHER")), ("no end", endless)):
        ask(name, MPPS, "N-SET-RQ", ds, RequestedSOPInstanceUID="2.25.15")
    for name, uid in (("read", "2.25.15"), ("read unknown", "2.25.99")):
        ask(name, MPPS_RETRIEVE, "N-GET-RQ", None, RequestedSOPInstanceUID=uid)
    ask("step", MPPS, "N-CREATE-RQ", step(), AffectedSOPInstanceUID="2.25.16")
    for name in ("no protocol", "empty protocol"):
        one = series()
        one.ProtocolName = ""
        if name == "no protocol":
            del one.ProtocolName
        ds = change("IN PROGRESS", PerformedSeriesSequence=[one])
        ask(name, MPPS, "N-SET-RQ", ds, RequestedSOPInstanceUID="2.25.16")
    late = change("IN PROGRESS", SpecificCharacterSet="ISO_IR 192", PerformedProcedureStepDescription="Проба")
    ask("other set", MPPS, "N-SET-RQ", late, RequestedSOPInstanceUID="2.25.16")
    ask("read text", MPPS_RETRIEVE, "N-GET-RQ", None, RequestedSOPInstanceUID="2.25.16")
    ask("status", MPPS, "N-SET-RQ", change("READY"), RequestedSOPInstanceUID="2.25.15")
