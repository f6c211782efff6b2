"""The performed procedure step of an exam, as N-CREATE and N-SET carry it (PS3.4 Annex F)."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from datetime import datetime, timedelta

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from scansim.exam.state import Exam, Stopped, ledger_of, unscheduled
from scansim.identity.carried import (
    carried,
    character_set,
    date_time,
    performed_step,
    protocol_name,
    scheduled_step,
    study_uid,
)
from scansim.identity.ledger import Ledger
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import MPPS
from scansim.wire.dimse import Value
from scansim.wire.encoding import encode
from scansim.wire.stream import Message

#: Discontinuation reason of DCM's CID 9300 that fits every modality.
_DISCONTINUED = ("110501", "DCM", "Equipment failure")


def _carry(target: Dataset, source: Dataset, keyword: str, name: str = "", *, empty: bool = True) -> None:
    """Carry a value over (IHE RAD TF-2 Appendix A); an absent one becomes a zero-length Type 2 attribute."""
    element = carried(source, keyword, name)
    if element is not None:
        target[name or keyword] = element
    elif empty:
        setattr(target, name or keyword, None)


def _scheduled(ledger: Ledger) -> Dataset:
    """One item of Scheduled Step Attributes Sequence."""
    item, step = ledger.item, scheduled_step(ledger)
    scheduled = Dataset()
    scheduled["StudyInstanceUID"] = study_uid(ledger)
    _carry(scheduled, item, "ReferencedStudySequence")
    _carry(scheduled, item, "AccessionNumber")
    _carry(scheduled, item, "RequestedProcedureID")
    _carry(scheduled, item, "RequestedProcedureDescription")
    _carry(scheduled, item, "RequestedProcedureCodeSequence", empty=False)
    _carry(scheduled, step, "ScheduledProcedureStepID")
    _carry(scheduled, step, "ScheduledProcedureStepDescription")
    _carry(scheduled, step, "ScheduledProtocolCodeSequence")
    return scheduled


def create_dataset(ledger: Ledger) -> Dataset:
    """The N-CREATE attribute list: every Type 1 and 2 attribute of PS3.4 Table F.7.2-1."""
    item = ledger.item
    ds = Dataset()
    ds.SpecificCharacterSet = character_set(item)
    others = (replace(ledger, item=each, study_instance_uid=str(each.StudyInstanceUID)) for each in ledger.others)
    ds.ScheduledStepAttributesSequence = [_scheduled(each) for each in (ledger, *others)]
    for keyword in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "ReferencedPatientSequence"):
        _carry(ds, item, keyword)
    for keyword in ("IssuerOfPatientID", "AdmissionID"):
        _carry(ds, item, keyword, empty=False)
    ds.update(performed_step(ledger))
    if "PerformedProtocolCodeSequence" not in ds:
        ds.PerformedProtocolCodeSequence = []
    ds.PerformedStationAETitle = ledger.station_ae
    ds.PerformedStationName = ledger.station_ae
    ds.PerformedLocation = "TEST ROOM"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    _carry(ds, item, "RequestedProcedureDescription", "PerformedProcedureTypeDescription")
    _carry(ds, item, "RequestedProcedureCodeSequence", "ProcedureCodeSequence")
    ds.PerformedProcedureStepEndDate = ""
    ds.PerformedProcedureStepEndTime = ""
    # What an N-SET may set must have been created (F.7.2.1.2): the reason is empty until the step is discontinued.
    ds.PerformedProcedureStepDiscontinuationReasonCodeSequence = []
    ds.Modality = ledger.modality
    _carry(ds, item, "RequestedProcedureID", "StudyID")
    ds.PerformedSeriesSequence = []
    return ds


def performed_series(exam: Exam, ledger: Ledger) -> list[Dataset]:
    """Performed Series Sequence: each series with every instance that was made (Table F.7.2-1)."""
    series: dict[str, Dataset] = {}
    for instance in ledger.instances:
        of = exam.instances.series[instance.series_instance_uid]
        if of.uid not in series:
            series[of.uid] = series_item(exam, ledger, of.uid, of.description)
        reference = Dataset()
        reference.ReferencedSOPClassUID = instance.sop_class_uid
        reference.ReferencedSOPInstanceUID = instance.sop_instance_uid
        images, others = "ReferencedImageSequence", "ReferencedNonImageCompositeSOPInstanceSequence"
        series[of.uid][images if of.images else others].value.append(reference)
    # Discontinued before the first image: the final state wants at least one item all the same.
    return list(series.values()) or [series_item(exam, ledger, exam.identity.uid("series of no image"), "")]


def series_item(exam: Exam, ledger: Ledger, uid: str, description: str) -> Dataset:
    """One item of Performed Series Sequence, without its instances."""
    item = Dataset()
    _carry(item, scheduled_step(ledger), "ScheduledPerformingPhysicianName", "PerformingPhysicianName")
    item["ProtocolName"] = protocol_name(ledger)
    if exam.acquisition is not None:
        item["ProtocolName"] = DataElement("ProtocolName", "LO", exam.acquisition.title(uid))
    item.OperatorsName = "Synthetic-Operator^Otto"
    item.SeriesInstanceUID = uid
    item.SeriesDescription = description
    item.RetrieveAETitle = ""
    item.ReferencedImageSequence = []
    item.ReferencedNonImageCompositeSOPInstanceSequence = []
    return item


def _end(exam: Exam, ledger: Ledger) -> datetime:
    """When the step ended: after the last image, on the acquisition's clock."""
    return exam.acquisition.now if exam.acquisition is not None else ledger.begin + timedelta(minutes=1)


def set_dataset(exam: Exam, ledger: Ledger, status: str) -> Dataset:
    """The N-SET modification list for a status; a final one carries the end and the series."""
    ds = Dataset()
    ds.SpecificCharacterSet = character_set(ledger.item)
    ds.PerformedProcedureStepStatus = status
    if status != "IN PROGRESS":
        end_date, end_time = date_time(_end(exam, ledger))
        ds.PerformedProcedureStepEndDate = end_date
        ds.PerformedProcedureStepEndTime = end_time
    if status == "DISCONTINUED":
        reason = Dataset()
        reason.CodeValue, reason.CodingSchemeDesignator, reason.CodeMeaning = _DISCONTINUED
        ds.PerformedProcedureStepDiscontinuationReasonCodeSequence = [reason]
    if status != "IN PROGRESS" or ledger.instances:
        ds.PerformedSeriesSequence = performed_series(exam, ledger)
    return ds


def ask(exam: Exam, command: dict[str, Value], ds: Dataset, intent: Intent | None = None) -> Message:
    """Send one request to the MPPS manager, valid or with a deviation; Stopped when there is no way to."""
    with exam.use(services.MPPS, MPPS) as (association, agreed):
        exam.open_steps.asked(command, ds)
        answer = association.response(agreed, command, [encode(ds, agreed.transfer_syntax)], intent=intent)
        exam.open_steps.answered(command, ds, answer.command)
        return answer


def ledger_for(exam: Exam, orders: str | tuple[str, ...], name: str) -> Ledger:
    """The ledger of a performed step: of orders of the battery, or the exam's own.

    A step with a name has a ledger of its own. Orders that are not in the worklist make it an unscheduled one, with as
    many items of Scheduled Step Attributes Sequence.
    """
    names = (orders,) if isinstance(orders, str) and orders else tuple(orders)
    key = name or "+".join(names)
    if key in exam.ledgers:
        return exam.ledgers[key]
    found = [exam.ordered(each) for each in names]
    items = [item for item in found if item is not None]
    if items:
        address = exam.site.address(services.WORKLIST)
        station_ae = exam.site.calling(address) if address is not None else exam.site.calling_ae
        ledger = ledger_of(exam, items[0], scheduled=True, station_ae=station_ae)
        ledger.others = tuple(items[1:])
    elif key:
        ledger = unscheduled(exam)
        ledger.others = tuple(_another(exam, ledger.item, each) for each in names[1:])
    else:
        ledger = exam.known()
    if key:
        ledger.pps_id = f"PPS{exam.identity.number(8, 'pps', key)}"
        exam.ledgers[key] = ledger
    if not name or exam.ledger is None:
        exam.ledger = ledger
        exam.order = items[0] if items else exam.order
    return ledger


def _another(exam: Exam, item: Dataset, name: str) -> Dataset:
    """A second unscheduled procedure of the same patient."""
    other = copy(item)
    other.StudyInstanceUID = exam.identity.uid("study", name)
    return other


def created(exam: Exam, name: str) -> Ledger:
    """The ledger of a performed step that was created; Stopped when it was not."""
    ledger = exam.ledgers.get(name) if name else exam.known()
    if ledger is None or not ledger.mpps_uid:
        raise Stopped(f"no performed step{f' {name}' if name else ''} was created", Cause.NONE)
    return ledger


def told(answer: Message) -> str:
    """The status of an answer, with its comment."""
    comment = answer.command.text("ErrorComment")
    return shown(answer.command.status) + (f" ({comment})" if comment else "")
