"""One right exam as messages, to be spoiled by the tests: order, worklist, MPPS, images, commitment, query."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.valuerep import PersonName

from scanproof.evidence import Evidence
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.orders import PROCEDURES, order
from scansim.images import MAKERS, acquire, find_protocol
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.uids import MPPS_RETRIEVE
from scansim.wire.dataset import EXPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, STUDY_ROOT_FIND, WORKLIST, Link, Story, encode

STEP = "ScheduledProcedureStepSequence"
MPPS_UID, SERIES_UID, TRANSACTION_UID = "2.25.7001", "2.25.7002", "2.25.7003"
INSTANCES = ("2.25.7101", "2.25.7102")

ORDER = order(
    Identity(7, date(2026, 1, 2), "checks"),
    modality="CT",
    station_ae="SCANNER",
    start=datetime(2026, 1, 2, 9, 30),
    procedure=PROCEDURES["CT"],
)

Change = Callable[[Dataset], None]


def item() -> Dataset:
    """Return the worklist item of the order."""
    return copy.deepcopy(ORDER)


def _blank(level: Dataset) -> Dataset:
    keys = Dataset()
    for element in level:
        if element.keyword == "SpecificCharacterSet":
            continue
        if element.keyword in ("ReferencedStudySequence", "ReferencedPatientSequence"):
            reference = Dataset()
            reference.ReferencedSOPClassUID = reference.ReferencedSOPInstanceUID = None
            setattr(keys, element.keyword, [reference])
        elif element.VR == "SQ":
            setattr(keys, element.keyword, [_blank(nested) for nested in element.value])
        else:
            setattr(keys, element.keyword, None)
    return keys


def keys() -> Dataset:
    """Return the query of a console: everything that the order has, for our station, day and modality."""
    identifier = _blank(ORDER)
    step = identifier.ScheduledProcedureStepSequence[0]
    step.ScheduledStationAETitle, step.ScheduledProcedureStepStartDate, step.Modality = "SCANNER", "20260102", "CT"
    return identifier


def ledger(**more: Any) -> dict[str, Any]:
    """Return the ledger's facts as a run writes them."""
    return {
        "order": ORDER.to_json_dict(),
        "item": ORDER.to_json_dict(),
        "scheduled": True,
        "station_ae": "SCANNER",
        "study_instance_uid": ORDER.StudyInstanceUID,
        "mpps_uid": MPPS_UID,
        "pps_id": "PPS1",
        "transaction_uid": TRANSACTION_UID,
        "instances": [
            {"sop_class_uid": CT_IMAGE, "sop_instance_uid": uid, "series_instance_uid": SERIES_UID, "stored": 0}
            for uid in INSTANCES
        ],
        **more,
    }


def worklist(
    story: Story,
    items: Sequence[Dataset | bytes | None],
    *,
    status: int = 0x0000,
    identifier: Dataset | None = None,
    pending: int = 0xFF00,
    final: Dataset | None = None,
    **command: Any,
) -> None:
    """Record one worklist query with its items and its final response."""
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", identifier or keys())
    for returned in items:
        link.answer(pending, returned)
    link.answer(status, final, **command)
    link.release()


def judged(folder: Path, *changes: Callable[[Dataset], Any], **how: Any) -> Evidence:
    """One query whose only item was changed."""
    returned = item()
    for change in changes:
        change(returned)
    story = Story(folder, ledger=ledger())
    worklist(story, [returned], **how)
    return story.evidence()


def put(keyword: str, value: Any) -> Callable[[Dataset], None]:
    """Set an attribute where it is, in the item or its step, unvalidated."""

    def change(target: Dataset) -> None:
        level = target if keyword in target else target[STEP][0]
        level[keyword]._value = PersonName(value) if level[keyword].VR == "PN" else value

    return change


def performed(*changes: Change) -> Dataset:
    """Return the N-CREATE attribute list."""
    ds = Dataset()
    scheduled = Dataset()
    scheduled.StudyInstanceUID = ORDER.StudyInstanceUID
    scheduled.AccessionNumber = ORDER.AccessionNumber
    scheduled.ReferencedStudySequence = scheduled.ScheduledProtocolCodeSequence = []
    for keyword in (
        "RequestedProcedureID",
        "RequestedProcedureDescription",
        "ScheduledProcedureStepID",
        "ScheduledProcedureStepDescription",
    ):
        setattr(scheduled, keyword, "")
    ds.ScheduledStepAttributesSequence = [scheduled]
    ds.PatientName, ds.PatientID = ORDER.PatientName, ORDER.PatientID
    ds.PatientBirthDate, ds.PatientSex, ds.ReferencedPatientSequence = ORDER.PatientBirthDate, ORDER.PatientSex, []
    ds.PerformedProcedureStepID, ds.PerformedStationAETitle = "PPS1", "SCANNER"
    ds.PerformedStationName = ds.PerformedLocation = ""
    ds.PerformedProcedureStepStartDate, ds.PerformedProcedureStepStartTime = "20260102", "093000"
    ds.PerformedProcedureStepStatus = "IN PROGRESS"
    ds.PerformedProcedureStepDescription = ds.PerformedProcedureTypeDescription = ""
    ds.ProcedureCodeSequence = ds.PerformedProtocolCodeSequence = ds.PerformedSeriesSequence = []
    ds.PerformedProcedureStepEndDate = ds.PerformedProcedureStepEndTime = ""
    ds.Modality, ds.StudyID = "CT", ORDER.RequestedProcedureID
    for change in changes:
        change(ds)
    return ds


def modification(status: str, instances: Sequence[str] = INSTANCES) -> Dataset:
    """Return the N-SET modification list."""
    ds = Dataset()
    ds.PerformedProcedureStepStatus = status
    if status != "IN PROGRESS":
        ds.PerformedProcedureStepEndDate, ds.PerformedProcedureStepEndTime = "20260102", "094500"
    series = Dataset()
    series.SeriesInstanceUID, series.ProtocolName = SERIES_UID, "CT phantom"
    series.PerformingPhysicianName = series.OperatorsName = series.SeriesDescription = series.RetrieveAETitle = ""
    series.ReferencedImageSequence = [_reference(uid) for uid in instances]
    series.ReferencedNonImageCompositeSOPInstanceSequence = []
    ds.PerformedSeriesSequence = [series]
    return ds


def _reference(uid: str, sop_class: str = CT_IMAGE) -> Dataset:
    ds = Dataset()
    ds.ReferencedSOPClassUID, ds.ReferencedSOPInstanceUID = sop_class, uid
    return ds


def mpps(
    story: Story,
    name: str,
    dataset: Dataset,
    status: int = 0x0000,
    uid: str = MPPS_UID,
    intent: str = "",
    values: Dataset | None = None,
    **answer: Any,
) -> None:
    """Record one N-CREATE or N-SET on an association of its own, with its response; `intent` names a deviation.

    `values` is the data set of the response.
    """
    link = story.associate(MPPS, service="mpps")
    meant = Intent.of(intent) if intent else None
    if name == "N-SET-RQ":
        link.ask(name, dataset, RequestedSOPInstanceUID=uid, intent=meant)
    else:
        link.ask(name, dataset, AffectedSOPInstanceUID=uid or None, intent=meant)
    link.answer(status, values, **answer)
    link.release()


def get(
    story: Story,
    held: Dataset | None,
    status: int = 0x0000,
    uid: str = MPPS_UID,
    intent: str = "",
    attributes: Sequence[str] = (),
    **answer: Any,
) -> None:
    """Record one N-GET with its response; `held` is what comes back."""
    link = story.associate(MPPS_RETRIEVE, service="mpps")
    tags = {"AttributeIdentifierList": tuple(int(Tag(name)) for name in attributes)} if attributes else {}
    link.ask("N-GET-RQ", RequestedSOPInstanceUID=uid, intent=Intent.of(intent) if intent else None, **tags)
    link.answer(status, held, **answer)
    link.release()


@cache
def _slice() -> Dataset:
    """Return the first image of a CT exam, without its pixels."""
    whose = Ledger("CT", "SCANNER", datetime(2026, 1, 2, 9, 30), item(), True, ORDER.StudyInstanceUID, "PPS1", MPPS_UID)
    return next(acquire(whose, find_protocol("ct-qc", MAKERS), Identity(7, date(2026, 1, 2), "checks"))).dataset()


def image(uid: str, *changes: Change) -> Dataset:
    """Return the head of an image, up to Pixel Data; it conforms to its IOD."""
    ds = copy.deepcopy(_slice())
    ds.SOPClassUID, ds.SOPInstanceUID = CT_IMAGE, uid
    ds.AccessionNumber = ORDER.AccessionNumber
    ds.PatientName, ds.PatientID = ORDER.PatientName, ORDER.PatientID
    ds.StudyInstanceUID, ds.SeriesInstanceUID = ORDER.StudyInstanceUID, SERIES_UID
    ds.StudyID = ORDER.RequestedProcedureID
    ds.ReferencedPerformedProcedureStepSequence = [_reference(MPPS_UID, MPPS)]
    for change in changes:
        change(ds)
    return ds


def whole_image(uid: str, *changes: Change) -> Dataset:
    """Return a whole image, of as few pixels as there can be."""
    ds = image(uid)
    ds.Rows = ds.Columns = 4
    ds.add_new(0x7FE00010, "OW", bytes(32))
    for change in changes:
        change(ds)
    return ds


def send(link: Link, uid: str, *changes: Change) -> None:
    """Record the C-STORE-RQ of an image."""
    ds = image(uid, *changes)
    length = ds.Rows * ds.Columns * 2
    data = encode(ds, EXPLICIT_LITTLE) + b"\xe0\x7f\x10\x00OW\0\0" + length.to_bytes(4, "little")
    link.ask("C-STORE-RQ", data, elided=length, AffectedSOPInstanceUID=uid)


def store(
    story: Story, statuses: Mapping[str, int] | None = None, *changes: Change, instances: Sequence[str] = INSTANCES
) -> None:
    """Record the C-STORE of each instance; `statuses` are the answers that are not Success."""
    link = story.associate(CT_IMAGE, service="storage")
    for uid in instances:
        send(link, uid, *changes)
        link.answer((statuses or {}).get(uid, 0x0000))
    link.release()


def action(transaction: str = TRANSACTION_UID, instances: Sequence[str] = INSTANCES) -> Dataset:
    """Return the Action Information of a commitment request."""
    ds = Dataset()
    ds.TransactionUID = transaction
    ds.ReferencedSOPSequence = [_reference(uid) for uid in instances]
    return ds


def commit(story: Story, instances: Sequence[str] = INSTANCES) -> None:
    """Record the N-ACTION; the report is of no interest here."""
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", action(instances=instances))
    link.answer()
    link.release()


def study_answer(*changes: Change) -> Dataset:
    """Return the archive's answer at STUDY level."""
    ds = Dataset()
    ds.QueryRetrieveLevel = "STUDY"
    ds.AccessionNumber = ORDER.AccessionNumber
    ds.PatientName, ds.PatientID = ORDER.PatientName, ORDER.PatientID
    ds.StudyInstanceUID, ds.StudyID = ORDER.StudyInstanceUID, ORDER.RequestedProcedureID
    for change in changes:
        change(ds)
    return ds


def image_answer(uid: str, *changes: Change) -> Dataset:
    """Return the archive's answer at IMAGE level."""
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.SOPClassUID, ds.SOPInstanceUID = "IMAGE", CT_IMAGE, uid
    ds.StudyInstanceUID, ds.SeriesInstanceUID = ORDER.StudyInstanceUID, SERIES_UID
    for change in changes:
        change(ds)
    return ds


def find(
    story: Story,
    answers: Sequence[Dataset | bytes],
    level: str,
    status: int = 0x0000,
    key: str | None = None,
    **command: Any,
) -> None:
    """Record one Study Root query with its answers; `key` is the SOP Instance UID that is asked for."""
    link = story.associate(STUDY_ROOT_FIND, service="query")
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = level, ORDER.StudyInstanceUID
    if level == "STUDY":
        ds.AccessionNumber = ds.PatientName = ds.PatientID = ds.StudyID = None
    else:
        ds.SeriesInstanceUID = SERIES_UID
        ds.SOPClassUID, ds.SOPInstanceUID = None, key
    link.ask("C-FIND-RQ", ds)
    for answer in answers:
        link.answer(0xFF00, answer)
    link.answer(status, **command)
    link.release()


STEPS = ("query-worklist", "choose-item", "create-mpps", "acquire", "store", "set-mpps", "commit", "query-study")


def whole(folder: Path) -> Story:
    """Record a whole exam in which everything is right, as the routine scenario makes it."""
    story = Story(folder, ledger=ledger())
    for verb in STEPS:
        story.step(verb)
    worklist(story, [item()])
    mpps(story, "N-CREATE-RQ", performed())
    store(story)
    mpps(story, "N-SET-RQ", modification("IN PROGRESS"))
    mpps(story, "N-SET-RQ", modification("COMPLETED"))
    mpps(story, "N-SET-RQ", modification("COMPLETED"), 0x0110, ErrorID=0xA710, ErrorComment="no longer")
    mpps(story, "N-CREATE-RQ", performed(), 0x0111)
    mpps(story, "N-SET-RQ", modification("IN PROGRESS"), 0x0112, uid="2.25.9999")
    commit(story)
    find(story, [study_answer()], "STUDY")
    find(story, [image_answer(uid) for uid in INSTANCES], "IMAGE")
    worklist(story, [item()])
    return story
