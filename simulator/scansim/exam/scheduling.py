"""Orders of an exam: put into the worklist before it begins, where the site lets us."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

from pydicom.dataset import Dataset

from scansim.exam.scenario import Case
from scansim.exam.state import Exam
from scansim.identity.orders import order
from scansim.inputs import InputError
from scansim.vocabulary import services
from scansim.wire.charsets import CharacterSetError


def schedule(exam: Exam) -> None:
    """Put the exam's order into the worklist, with three others beside it that its query must not return.

    Cases are about something else than the matching of keys, and many in one worklist: theirs stand alone.

    Raises
    ------
    InputError
        When the order's character set cannot hold what the scenario orders, or no order can be placed.
    """
    if exam.orders is None or exam.site.address(services.WORKLIST) is None:
        return
    station_ae = exam.site.calling(exam.address(services.WORKLIST))
    start = datetime.combine(exam.day, time(9)) + timedelta(minutes=int(exam.identity.rng("start").integers(0, 480)))
    modality = exam.scenario.modality
    procedure = exam.procedure()
    patient = exam.patient(exam.identity) if exam.patient is not None else None
    exam.order = order(
        exam.identity, modality=modality, station_ae=station_ae, start=start, procedure=procedure, patient=patient
    )
    if isinstance(exam.scenario, Case):
        _with_two_values(exam.order)
        _place(exam, exam.order)
        return
    _place(exam, exam.order)
    others = {
        "other modality": ("US", station_ae, start),
        "other station": (modality, "OTHERSCANNER", start),
        "other day": (modality, station_ae, start + timedelta(days=1)),
    }
    for key, (other_modality, other_station, other_start) in others.items():
        _place(
            exam,
            order(
                exam.identity,
                modality=other_modality,
                station_ae=other_station,
                start=other_start,
                procedure=procedure,
                key=key,
            ),
        )


def _with_two_values(ordered: Dataset) -> None:
    """Text with two values in the script of the patient's name, where nothing else stands: each begins anew with code
    extension (PS3.5 6.1.2.5.3).
    """
    words = [word for word in re.split(r"[=^ -]+", str(ordered.PatientName)) if not word.isascii()]
    if words and not ordered.Allergies:
        ordered.Allergies = (words * 2)[-2:]


def _place(exam: Exam, placed: Dataset) -> None:
    assert exam.orders is not None
    try:
        exam.orders(placed)
    except CharacterSetError as error:
        raise InputError(f"scenario {exam.scenario.id}: the order cannot be written: {error}") from None
