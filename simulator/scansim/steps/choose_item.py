"""choose-item: the operator's choice of a Scheduled Procedure Step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field
from pydicom.dataset import Dataset

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped, Unscheduled, ledger_of, text_of, unscheduled
from scansim.exam.step import Step, Thing
from scansim.exam.worklist import keys_in_words, wider_query
from scansim.identity.carried import character_set_note
from scansim.vocabulary import services
from scansim.vocabulary.outcome import Cause


class ChooseItem(Step):
    """The operator picks the Scheduled Procedure Step; where there is none to pick, the exam goes on unscheduled.

    When no item fits that is to be there already, one wider query (station, date and modality universal, at most 500
    items) finds out what keeps it out.
    """

    verb = "choose-item"
    service = services.WORKLIST
    without = (Thing.ITEMS,)

    take: Literal["only", "first"] = Field(
        "only", description="what to do when several items match and none is named: take none, or the first"
    )
    order: str = Field("", description="of a battery: the order whose item is taken, where it is in the worklist")
    otherwise: Literal["unscheduled", "stop"] = Field(
        "unscheduled",
        description="what to do when there is no item to take: go on unscheduled, or stop the exam",
    )

    def needs(self) -> tuple[Thing, ...]:
        """What there is to choose from."""
        return (Thing.ITEMS,)

    def orders_needed(self) -> Iterator[str]:
        """Yield the order whose item is taken."""
        yield from filter(None, (self.order,))


def _scheduled(item: Dataset) -> Dataset:
    sequence = item.get("ScheduledProcedureStepSequence")
    return sequence[0] if sequence else Dataset()


def _label(item: Dataset) -> str:
    accession, step_id = text_of(item, "AccessionNumber"), text_of(_scheduled(item), "ScheduledProcedureStepID")
    return f"{accession or 'no accession'} ({step_id})"


def _choose(exam: Exam, step: ChooseItem) -> Dataset | Unscheduled:
    """The item that is meant, or why there is none."""
    if exam.patient is not None and exam.order is None:
        return _of_patient(exam, exam.patient(exam.identity).patient_id)
    asked = keys_in_words(exam)
    ours = exam.order is not None
    wanted = exam.site.orders.accession if exam.order is None else str(exam.order.AccessionNumber)
    named = [item for item in exam.items if not wanted or text_of(item, "AccessionNumber") == wanted]
    if exam.order is not None:  # a run before with this seed had the same number for another study
        study = str(exam.order.StudyInstanceUID)
        named.sort(key=lambda item: text_of(item, "StudyInstanceUID") != study)
    held = ", ".join(map(_label, exam.items[:5]))
    if not named:
        of = f" with Accession Number {wanted}" if wanted else ""
        text = f"the worklist holds no item{of} for {asked}"
        text += f"; it holds {held}" if held else ""
        if not ours:
            text += wider_query(exam, wanted or "")
        return Unscheduled(text, Cause.TARGET if ours else Cause.SETUP, exam.number)
    if len(named) > 1 and not wanted and step.take == "only":
        text = f"{len(named)} items match {asked}, and none is named by --accession or the site file: {held}"
        return Unscheduled(text, Cause.NONE, 0)
    return named[0]


def _of_patient(exam: Exam, patient_id: str) -> Dataset | Unscheduled:
    """The first item of the patient that was chosen, of the accession that the site file names if it names one."""
    accession = exam.site.orders.accession
    for item in exam.items if patient_id else ():
        if text_of(item, "PatientID") == patient_id and accession in (None, "", text_of(item, "AccessionNumber")):
            return item
    text = f"the worklist holds no item of the chosen patient, Patient ID {patient_id!r}, for {keys_in_words(exam)}"
    return Unscheduled(text, Cause.NONE, 0)


@step(ChooseItem)
def choose_item(exam: Exam, step: ChooseItem) -> str:
    """Choose the item; where there is none, register a made-up patient for an unscheduled exam, and say why."""
    if step.order and (ordered := exam.ordered(step.order)) is not None:
        exam.order = ordered
    others = exam.book is not None and exam.order is None and not exam.site.orders.accession
    if exam.site.address(services.WORKLIST) is None:
        chosen: Dataset | Unscheduled = Unscheduled("the site names no worklist", Cause.NOT_OFFERED, 0)
    elif others:  # what nobody ordered for this, and nobody named, is somebody's: no case of a battery performs it
        chosen = Unscheduled("no order of this battery was to be taken", Cause.NONE, 0)
    elif (giver := exam.missing.get(Thing.ITEMS)) is not None:
        chosen = Unscheduled("the worklist query did not come about", Cause.BLOCKED, giver)
    else:
        chosen = _choose(exam, step)
    if isinstance(chosen, Dataset):
        station_ae = exam.site.calling(exam.address(services.WORKLIST))
        exam.ledger = ledger_of(exam, chosen, scheduled=True, station_ae=station_ae)
        return "; ".join(filter(None, (_label(chosen), character_set_note(chosen))))
    if step.otherwise == "stop":
        exam.ended = exam.number
        raise Stopped(chosen.reason, chosen.cause or Cause.SETUP, chosen.step if chosen.step != exam.number else 0)
    exam.unscheduled = chosen
    exam.ledger = unscheduled(exam)
    return f"unscheduled exam: {chosen.reason}"
