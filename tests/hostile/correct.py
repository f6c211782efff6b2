"""What a correct peer answers: a worklist of one item, a store that it forgets nothing of, its commitment reports."""

from __future__ import annotations

import copy
from datetime import date, datetime
from functools import cache
from typing import Any

from pydicom.dataset import Dataset

from scansim.identity.ids import Identity
from scansim.identity.orders import Procedure, order
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE, STUDY_ROOT_FIND, WORKLIST
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import decode, encode
from scansim.wire.stream import Message
from tests.hostile.peers import Line, answer, message

DAY = date(2026, 3, 4)
PENDING = 0xFF00


def item() -> Dataset:
    """The one worklist item that there is, to do with as one likes."""
    return copy.deepcopy(_item())


@cache
def _item() -> Dataset:
    return order(
        Identity(1, DAY, "hostile"),
        modality="CT",
        station_ae="SCANPROOF",
        start=datetime(2026, 3, 4, 9, 30),
        procedure=Procedure("CTABD", "99SCANPROOF", "CT abdomen", "CT abdomen", "CTABD-N", "CT abdomen native"),
    )


def asked_of(line: Line, request: Message) -> Dataset:
    """The data set of a request."""
    return decode(request.dataset or b"", line.syntax(request.context_id))


def projected(keys: Dataset, whole: Dataset) -> Dataset:
    """Of an item, what was asked for."""
    found = Dataset()
    for element in whole:
        if element.tag == 0x00080005 or element.tag not in keys:
            if element.tag == 0x00080005:
                found.add(element)
        elif element.VR == "SQ" and len(wanted := keys[element.tag].value or []):
            setattr(found, element.keyword, [projected(wanted[0], each) for each in element.value])
        else:
            found.add(element)
    return found


def worklist_item(line: Line, request: Message, **changes: Any) -> bytes:
    """The item as an answer to a query, with some of its attributes changed; None leaves one out."""
    found = projected(asked_of(line, request), item())
    for keyword, value in changes.items():
        if value is None:
            delattr(found, keyword)
        else:
            setattr(found, keyword, value)
    return encode(found, line.syntax(request.context_id))


def study_answer(line: Line, request: Message) -> bytes | None:
    """What a correct archive answers to the query, None for nothing."""
    keys = asked_of(line, request)
    wanted = str(keys.get("StudyInstanceUID") or "")
    stored = [each for each in line.peer.reports.get("stored", []) if wanted in ("", each.StudyInstanceUID)]
    if not stored:
        return None
    found = Dataset()
    for element in keys:
        if element.tag == 0x00080005:
            continue
        value = element.value or stored[-1].get(element.keyword, "")
        setattr(found, element.keyword, value)
    if charset := stored[-1].get("SpecificCharacterSet"):
        found.SpecificCharacterSet = charset
    if "NumberOfStudyRelatedInstances" in keys:
        found.NumberOfStudyRelatedInstances = str(len(stored))
        found.NumberOfStudyRelatedSeries = str(len({each.SeriesInstanceUID for each in stored}))
    return encode(found, line.syntax(request.context_id))


def report_dataset(action: Dataset, stored: set[str], **changes: Any) -> Dataset:
    """The content of the report on an N-ACTION."""
    report = Dataset()
    report.TransactionUID = action.TransactionUID
    good = [each for each in action.ReferencedSOPSequence if each.ReferencedSOPInstanceUID in stored]
    bad = [each for each in action.ReferencedSOPSequence if each.ReferencedSOPInstanceUID not in stored]
    for each in bad:
        each.FailureReason = 0x0112
    if good:
        report.ReferencedSOPSequence = good
    if bad:
        report.FailedSOPSequence = bad
    for keyword, value in changes.items():
        setattr(report, keyword, value)
    return report


def report(line: Line, request: Message, number: int = 1, **changes: Any) -> bytes:
    """The N-EVENT-REPORT-RQ on an N-ACTION; `changes` to what it says."""
    content = report_dataset(asked_of(line, request), set(line.peer.stored), **changes)
    values = {
        "AffectedSOPClassUID": COMMITMENT,
        "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
        "CommandField": FIELD_OF["N-EVENT-REPORT-RQ"],
        "MessageID": number,
        "EventTypeID": 2 if "FailedSOPSequence" in content else 1,
    }
    return message(request.context_id, values, encode(content, line.syntax(request.context_id)))


def right(line: Line, request: Message) -> None:
    """Answer a request as a correct peer does."""
    name = request.command.name
    if name == "C-FIND-RQ":
        found = None
        if request.command.sop_class_uid == WORKLIST:
            found = worklist_item(line, request)
        elif request.command.sop_class_uid == STUDY_ROOT_FIND:
            found = study_answer(line, request)
        line.say(*([answer(request, PENDING, found)] if found is not None else []), answer(request))
    elif name == "C-STORE-RQ":
        ds = asked_of(line, request)
        line.peer.stored[ds.SOPInstanceUID] = ds.SOPClassUID
        line.peer.reports.setdefault("stored", []).append(ds)
        line.say(answer(request))
    elif name == "N-ACTION-RQ":
        line.say(answer(request), report(line, request))
    elif name != "C-CANCEL-RQ" and not request.command.is_response:
        line.say(answer(request))
