"""Generate an exam as files, without a target: to look at, or to feed to another tool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian

from scansim.ids import Identity
from scansim.images import SeriesPlan, acquire, part10
from scansim.ledger import Ledger
from scansim.people import person


def generate(
    modality: Literal["CT", "MR"],
    out: Path,
    *,
    instances: int,
    seed: int,
    day: date,
    progress: Callable[[int], None] | None = None,
) -> list[Path]:
    """Write an unscheduled exam as DICOM files ``<out>/IMG0001.dcm`` and so on, in the order of acquisition.

    The same arguments give the same bytes. `out` is created if need be.

    Parameters
    ----------
    modality : str
        CT or MR.
    out : pathlib.Path
        Folder for the files; files of the same names are replaced.
    instances : int
        How many in all: a localizer and axial slices, or one axial slice alone.
    seed : int
        The seed of everything.
    day : datetime.date
        The day of the exam.
    progress : callable, optional
        Called with the number of files written, after each.

    Returns
    -------
    list of pathlib.Path
        The files written.

    Raises
    ------
    ValueError
        If `instances` is less than 1, or `modality` is another.
    OSError
        If the folder cannot be made or written to.
    """
    if instances < 1:
        raise ValueError(f"{instances} instances: at least 1 is allowed")
    identity = Identity(seed, day, f"generate {modality}")
    plans = [SeriesPlan("localizer", 1)] if instances > 1 else []
    plans.append(SeriesPlan("axial", max(1, instances - 1)))
    acquired = acquire(_unscheduled(modality, identity), plans, identity)
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for number, instance in enumerate(acquired, 1):
        path = out / f"IMG{number:04}.dcm"
        meta = part10.preamble(instance.sop_class_uid, instance.sop_instance_uid, ExplicitVRLittleEndian)
        part10.write(path, meta, *instance.encode(ExplicitVRLittleEndian))
        paths.append(path)
        if progress is not None:
            progress(number)
    return paths


def _unscheduled(modality: str, identity: Identity) -> Ledger:
    patient = person(identity, "patient")
    item = Dataset()
    item.SpecificCharacterSet = "ISO_IR 100"
    item.AccessionNumber = ""
    item.PatientName = patient.name
    item.PatientID = patient.patient_id
    item.IssuerOfPatientID = patient.issuer
    item.PatientBirthDate = patient.birth_date.strftime("%Y%m%d")
    item.PatientSex = patient.sex
    item.PatientSize = str(patient.size_m)
    item.PatientWeight = str(patient.weight_kg)
    item.StudyInstanceUID = identity.uid("study")
    opening = datetime.combine(identity.day, time(8))
    return Ledger(
        modality=modality,
        station_ae=f"SCANSIM_{modality}",
        begin=opening + timedelta(seconds=int(identity.rng("begin").integers(8 * 3600))),
        item=item,
        scheduled=False,
        study_instance_uid=item.StudyInstanceUID,
        pps_id=f"PPS{identity.number(8, 'performed step')}",
    )
