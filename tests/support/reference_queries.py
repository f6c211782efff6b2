"""Orders for the reference target, and queries for what it holds."""

from __future__ import annotations

from pydicom.dataset import Dataset

from scansim.reference.store import Store
from tests.support.reference_client import Running


def order(number: int, modality: str = "CT", character_set: str = "ISO_IR 192", **more: object) -> Dataset:
    step = Dataset()
    step.ScheduledStationAETitle, step.Modality = "SCANPROOF", modality
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260102", f"{8 + number:02}00"
    step.ScheduledProcedureStepID, step.ScheduledProcedureStepDescription = f"S{number}", "Abdomen"
    step.ScheduledPerformingPhysicianName = ""
    ds = Dataset()
    ds.SpecificCharacterSet = character_set.split("\\")
    ds.PatientName, ds.PatientID, ds.AccessionNumber = f"Synthetic-{number}^Jane", f"SYN-{number}", f"A{number}"
    ds.StudyInstanceUID, ds.RequestedProcedureID = f"2.25.{number + 100}", f"R{number}"
    ds.ScheduledProcedureStepSequence = [step]
    for keyword, value in more.items():
        setattr(ds, keyword, value)
    return ds


def query(step: dict[str, str] | None = None, **root: str) -> Dataset:
    ds = Dataset()
    for keyword in ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID"):
        setattr(ds, keyword, root.get(keyword, ""))
    item = Dataset()
    for keyword in ("Modality", "ScheduledProcedureStepID", "ScheduledProcedureStepStatus"):
        setattr(item, keyword, (step or {}).get(keyword, ""))
    ds.ScheduledProcedureStepSequence = [item]
    return ds


def add(running: Running, *orders: Dataset) -> None:
    """Put orders in as another process would: by a connection of its own."""
    store = Store(running.folder)
    for item in orders:
        store.add_order(item)
    store.close()


def level(name: str, **keys: str) -> Dataset:
    ds = Dataset()
    ds.QueryRetrieveLevel = name
    for keyword, value in keys.items():
        setattr(ds, keyword, value)
    return ds
