"""Modality Worklist (PS3.4 Annex K): the query as a console sends it, and the operator's choice."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from pydicom.dataset import Dataset

from scansim.exam.scenario import ChooseItem, QueryWorklist
from scansim.exam.state import Exam, Stopped
from scansim.identity.carried import carried, character_set, character_set_note
from scansim.identity.ledger import Ledger
from scansim.identity.orders import order
from scansim.identity.people import person
from scansim.inputs import InputError
from scansim.network.association import Proposal
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, is_pending, shown
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.charsets import CharacterSetError
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import TRANSFER_SYNTAXES, decode, encode

# Asked for by every console that follows IHE Scheduled Workflow (RAD TF-2, RAD-5): the Type 1 and 2 return keys of
# PS3.4 Table K.6-1 that reach images and MPPS, and the code sequences of procedure and protocol.
_ROOT_KEYS = (
    "AccessionNumber",
    "ReferringPhysicianName",
    "ReferencedStudySequence",
    "ReferencedPatientSequence",
    "PatientName",
    "PatientID",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientSex",
    "PatientWeight",
    "MedicalAlerts",
    "Allergies",
    "PregnancyStatus",
    "StudyInstanceUID",
    "RequestingPhysician",
    "RequestedProcedureDescription",
    "RequestedProcedureCodeSequence",
    "AdmissionID",
    "SpecialNeeds",
    "CurrentPatientLocation",
    "PatientState",
    "RequestedProcedureID",
    "RequestedProcedurePriority",
    "PatientTransportArrangements",
    "ConfidentialityConstraintOnPatientDataDescription",
)
_STEP_KEYS = (
    "Modality",
    "ScheduledStationAETitle",
    "ScheduledProcedureStepStartDate",
    "ScheduledProcedureStepStartTime",
    "ScheduledPerformingPhysicianName",
    "ScheduledProcedureStepDescription",
    "ScheduledProtocolCodeSequence",
    "ScheduledProcedureStepID",
    "ScheduledStationName",
    "ScheduledProcedureStepLocation",
)
_CODE_KEYS = ("CodeValue", "CodingSchemeDesignator", "CodeMeaning")
_CODE_SEQUENCES = ("RequestedProcedureCodeSequence", "ScheduledProtocolCodeSequence")
_REFERENCE_SEQUENCES = ("ReferencedStudySequence", "ReferencedPatientSequence")
_REFERENCE_KEYS = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")


def _empty(keywords: tuple[str, ...]) -> Dataset:
    keys = Dataset()
    for keyword in keywords:
        if keyword in _CODE_SEQUENCES:
            setattr(keys, keyword, [_empty(_CODE_KEYS)])
        elif keyword in _REFERENCE_SEQUENCES:
            setattr(keys, keyword, [_empty(_REFERENCE_KEYS)])
        else:
            setattr(keys, keyword, None)
    return keys


def query_keys(exam: Exam, step: QueryWorklist) -> Dataset:
    """The C-FIND identifier: station, date and modality as matching keys, everything else as return keys."""
    address = exam.address("worklist")
    keys = _empty(_ROOT_KEYS)
    scheduled = _empty(_STEP_KEYS)
    scheduled.ScheduledStationAETitle = exam.site.calling(address) if step.station == "ours" else ""
    scheduled.ScheduledProcedureStepStartDate = exam.day.strftime("%Y%m%d") if step.day == "today" else ""
    scheduled.Modality = exam.scenario.modality if step.modality == "ours" else ""
    keys.ScheduledProcedureStepSequence = [scheduled]
    if step.patient != "any":
        item = exam.known().item
        keyword = "PatientID" if step.patient == "id" else "PatientName"
        element = carried(item, keyword)
        if element is not None:
            keys.SpecificCharacterSet = character_set(item)
            keys[keyword] = element
    return keys


def query_worklist(exam: Exam, step: QueryWorklist) -> str:
    """C-FIND; the items that can be read become the exam's choice."""
    address = exam.address("worklist")
    with exam.association(address, "worklist", [Proposal(WORKLIST, TRANSFER_SYNTAXES)]) as association:
        agreed = association.contexts.get(WORKLIST)
        if agreed is None:
            raise Stopped(f"{address} accepts no Presentation Context for Modality Worklist FIND", Cause.NOT_OFFERED)
        identifier = encode(query_keys(exam, step), agreed.transfer_syntax)
        items, unreadable, status = [], 0, None
        for message in association.operation(
            agreed,
            {"CommandField": FIELD_OF["C-FIND-RQ"], "AffectedSOPClassUID": WORKLIST, "Priority": 0},
            [identifier],
        ):
            status = message.command.status
            if is_pending(status) and message.dataset is not None:
                try:
                    items.append(decode(message.dataset, agreed.transfer_syntax))
                except ValueError:
                    unreadable += 1
    if status != SUCCESS:
        raise Stopped(f"{address} ended the worklist query with {shown(status)}", Cause.TARGET)
    exam.items = items
    return f"{len(items)} items" + (f", {unreadable} that cannot be read" if unreadable else "")


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
    address = exam.address("worklist")
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


def choose_item(exam: Exam, step: ChooseItem) -> str:
    """Choose the item; without a worklist service, register a made-up patient for an unscheduled exam."""
    station_ae = exam.site.calling_ae
    begin = datetime.combine(exam.day, time(8)) + timedelta(
        seconds=int(exam.identity.rng("begin").integers(0, 8 * 3600))
    )
    if exam.site.address("worklist") is None or "worklist" in exam.not_offered:
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
        station_ae = exam.site.calling(exam.address("worklist"))
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


def schedule(exam: Exam) -> None:
    """Put the exam's order into the worklist, with three others beside it that its query must not return.

    Raises
    ------
    InputError
        When the order's character set cannot hold what the scenario orders, or no order can be placed.
    """
    if exam.orders is None or exam.site.address("worklist") is None:
        return
    station_ae = exam.site.calling(exam.address("worklist"))
    start = datetime.combine(exam.day, time(9)) + timedelta(minutes=int(exam.identity.rng("start").integers(0, 480)))
    modality = exam.scenario.modality
    procedure = exam.procedure()
    patient = exam.patient(exam.identity) if exam.patient is not None else None
    exam.order = order(
        exam.identity, modality=modality, station_ae=station_ae, start=start, procedure=procedure, patient=patient
    )
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


def _place(exam: Exam, placed: Dataset) -> None:
    assert exam.orders is not None
    try:
        exam.orders(placed)
    except CharacterSetError as error:
        raise InputError(f"scenario {exam.scenario.id}: the order cannot be written: {error}") from None
