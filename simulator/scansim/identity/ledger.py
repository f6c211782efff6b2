"""One exam's identity: what every message of the exam must agree on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydicom.dataset import Dataset


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """One acquired instance, as the exam names it in MPPS and Storage Commitment.

    ``stored`` is the C-STORE status that the target answered, or None while it has not; ``study_instance_uid`` is that
    of a file of the user's own, empty where it is the exam's.
    """

    sop_class_uid: str
    sop_instance_uid: str
    series_instance_uid: str
    stored: int | None = None
    study_instance_uid: str = ""


@dataclass
class Ledger:
    """The identity of one exam.

    Parameters
    ----------
    modality : str
        Modality (0008,0060).
    station_ae : str
        The scanner's AE title.
    begin : datetime.datetime
        When the exam begins, on the exam's own seeded clock.
    item : pydicom.dataset.Dataset
        The worklist item that was chosen, as the target returned it; for an unscheduled exam a dataset of the same
        shape that holds just the patient, an Accession Number of zero length and the Study Instance UID that the
        scanner made.
    scheduled : bool
        Whether `item` came out of a worklist.
    study_instance_uid, mpps_uid, pps_id : str
        Study Instance UID; MPPS SOP Instance UID (empty when no MPPS is made); Performed Procedure Step ID.
    order : pydicom.dataset.Dataset or None
        The order that was put into the worklist beforehand, when the harness did that.
    source : str
        What the transcript calls the message that brought `item`, such as ``a02.r1``; empty when none did.
    asked_uid : str
        SOP Instance UID of the N-CREATE that was sent last, whatever it was answered.
    others : tuple of pydicom.dataset.Dataset
        More worklist items that the same performed step is of.
    step_ended : bool
        Whether the performed step was set to a final state, and that was accepted.
    """

    modality: str
    station_ae: str
    begin: datetime
    item: Dataset
    scheduled: bool
    study_instance_uid: str
    pps_id: str
    mpps_uid: str = ""
    order: Dataset | None = None
    transaction_uid: str = ""
    source: str = ""
    step_ended: bool = False
    asked_uid: str = ""
    others: tuple[Dataset, ...] = ()
    instances: list[InstanceRecord] = field(default_factory=list)

    @property
    def step(self) -> Dataset:
        """The item of the Scheduled Procedure Step Sequence, or an empty dataset for an unscheduled exam."""
        sequence = self.item.get("ScheduledProcedureStepSequence")
        return sequence[0] if sequence else Dataset()
