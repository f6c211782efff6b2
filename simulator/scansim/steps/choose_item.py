"""choose-item: the operator's choice of a Scheduled Procedure Step."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Literal

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.identity.carried import character_set_note
from scansim.identity.ledger import Ledger
from scansim.identity.people import person
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause


class ChooseItem(Step):
    """The operator picks the Scheduled Procedure Step; without a worklist the exam is unscheduled."""

    verb = "choose-item"
    service = services.WORKLIST
    gives = (Thing.PATIENT,)
    without = (Thing.ITEMS,)

    take: Literal["only", "first"] = Field(
        "only", description="what to do when several items match: stop, or take the first"
    )

    def needs(self) -> tuple[Thing, ...]:
        """What there is to choose from."""
        return (Thing.ITEMS,)


def _text(item: Dataset, keyword: str) -> str:
    try:
        return str(item.get(keyword) or "")
    except Exception:  # a value that pydicom cannot decode raises a dozen kinds; it identifies nothing
        return ""


def _scheduled(item: Dataset) -> Dataset:
    sequence = item.get("ScheduledProcedureStepSequence")
    return sequence[0] if sequence else Dataset()


def _label(item: Dataset) -> str:
    return f"{_text(item, 'AccessionNumber') or 'no accession'} ({_text(_scheduled(item), 'ScheduledProcedureStepID')})"


def _choose(exam: Exam, step: ChooseItem) -> Dataset:
    address = exam.address(services.WORKLIST)
    asked = (
        f"station {exam.site.calling(address)}, modality {exam.scenario.modality}, date {exam.day:%Y-%m-%d} "
        f"at {address}"
    )
    if not exam.items:
        raise Stopped(
            f"the worklist holds no item for {asked}: schedule one for this station, date and modality, "
            "or let the site file's orders put one there",
            Cause.TARGET if exam.order is not None else Cause.SETUP,
        )
    wanted = exam.site.orders.accession if exam.order is None else str(exam.order.AccessionNumber)
    if wanted:
        ours = [item for item in exam.items if _text(item, "AccessionNumber") == wanted]
        if not ours:
            held = ", ".join(map(_label, exam.items[:5]))
            cause = Cause.TARGET if exam.order is not None else Cause.SETUP
            raise Stopped(f"Accession Number {wanted} is not among the items for {asked}: {held}", cause)
        return ours[0]
    if len(exam.items) > 1 and step.take == "only":
        held = ", ".join(map(_label, exam.items[:5]))
        raise Stopped(
            f"{len(exam.items)} items match {asked}: {held}; name one in the site file "
            "(orders: {existing: true, accession: …}) or set 'choose-item: {take: first}'",
            Cause.SETUP,
        )
    return exam.items[0]


@step(ChooseItem)
def choose_item(exam: Exam, step: ChooseItem) -> str:
    """Choose the item; without a worklist service, register a made-up patient for an unscheduled exam."""
    station_ae = exam.site.calling_ae
    begin = datetime.combine(exam.day, time(8)) + timedelta(
        seconds=int(exam.identity.rng("begin").integers(0, 8 * 3600))
    )
    if exam.site.address(services.WORKLIST) is None or services.WORKLIST in exam.not_offered:
        patient = exam.patient(exam.identity) if exam.patient is not None else person(exam.identity, "unscheduled")
        item = Dataset()
        if patient.charset:
            item.SpecificCharacterSet = list(patient.charset)
        item.PatientName = patient.name
        item.PatientID = patient.patient_id
        item.IssuerOfPatientID = patient.issuer
        item.PatientBirthDate = patient.dicom_birth_date
        item.PatientSex = patient.sex
        item.AccessionNumber = ""
        item.StudyInstanceUID = exam.identity.uid("study")
        scheduled, chosen = False, "unscheduled exam, as no worklist is offered"
    else:
        item = _choose(exam, step)
        scheduled, chosen = True, "; ".join(filter(None, (_label(item), character_set_note(item))))
        station_ae = exam.site.calling(exam.address(services.WORKLIST))
    exam.ledger = Ledger(
        modality=exam.scenario.modality,
        station_ae=station_ae,
        begin=begin,
        item=item,
        scheduled=scheduled,
        # An item without Study Instance UID breaks Type 1; the exam goes on with its own so that the rest is seen.
        study_instance_uid=_text(item, "StudyInstanceUID") or exam.identity.uid("study"),
        pps_id=f"PPS{exam.identity.number(8, 'pps')}",
        order=exam.order,
    )
    return chosen
