"""Data sets of a performed procedure step, as PS3.4 Table F.7.2-1 wants them."""

from __future__ import annotations

from pydicom.dataset import Dataset


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
