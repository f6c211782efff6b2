"""Modality Performed Procedure Step: N-CREATE and N-SET (PS3.4 F.7), and N-GET (F.8)."""

from __future__ import annotations

import re

from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import generate_uid

from scansim.reference.connection import Request, UndecodableError
from scansim.reference.mpps_table import CREATE, FINAL, NOT_IN_SET, SET, lacking
from scansim.reference.state import Target

SUCCESS, NO_SUCH_ATTRIBUTE, INVALID_VALUE, PROCESSING_FAILURE, DUPLICATE_INSTANCE = (
    0x0000,
    0x0105,
    0x0106,
    0x0110,
    0x0111,
)
NO_SUCH_INSTANCE, INVALID_INSTANCE, MISSING_ATTRIBUTE, MISSING_VALUE = 0x0112, 0x0117, 0x0120, 0x0121

#: Error ID (0000,0903) and Error Comment of an N-SET on a step that has ended (PS3.4 Table F.7.2-2).
NO_LONGER_UPDATABLE = 0xA710
_NO_LONGER_UPDATABLE_TEXT = "Performed Procedure Step Object may no longer be updated"

#: What every step has, so that it is never what is missing.
_OTHER_ATTRIBUTE = Tag("PerformedStationAETitle")
_CHARACTER_SET = Tag("SpecificCharacterSet")

IN_PROGRESS = "IN PROGRESS"
ENDED = ("COMPLETED", "DISCONTINUED")

_UID = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))+")


def is_uid(text: str) -> bool:
    """Whether a text is a UID (PS3.5 9.1)."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


def _refuse_lacking(target: Target, request: Request, absent: list[int], empty: list[int]) -> bool:
    """Answer 0120H or 0121H when something is lacking (PS3.4 5.4.2.1); whether it did."""
    if target.planted("mpps-missing-accepted" if request.name == "N_CREATE" else "mpps-item-missing-accepted"):
        absent = []
    if target.planted("mpps-empty-accepted" if request.name == "N_CREATE" else "mpps-item-empty-accepted"):
        empty = []
    if absent:
        named = [_OTHER_ATTRIBUTE] if target.planted("mpps-list-names-another") else absent
        request.respond(MISSING_ATTRIBUTE, AttributeIdentifierList=named)
        return True
    if empty:
        request.respond(MISSING_VALUE)
        return True
    return False


def _refuse_status(target: Target, request: Request, ds: Dataset, allowed: tuple[str, ...]) -> bool:
    """Answer 0106H when the status is none of `allowed` (F.7.2.1.3); whether it did."""
    status = ds.get("PerformedProcedureStepStatus")
    if status is None or status in allowed:
        return False
    values = Dataset()
    values.PerformedProcedureStepStatus = status
    if target.planted("mpps-invalid-names-another"):
        values = Dataset()
        values.Modality = ds.get("Modality", "CT")
    request.respond(INVALID_VALUE, values)
    return True


def _has_empty_item(ds: Dataset) -> bool:
    """Whether an item, at any depth, has no attribute."""
    items = [item for element in ds if element.VR == "SQ" for item in element.value or ()]
    return any(not len(item) or _has_empty_item(item) for item in items)


def _is_to_be_refused(step: Dataset) -> bool:
    """Whether a step with a status cannot be created as it is."""
    status = step.get("PerformedProcedureStepStatus")
    return bool(status) and (any(lacking(step, CREATE)) or _has_empty_item(step) or status != IN_PROGRESS)


def create(target: Target, request: Request) -> None:
    """Answer an N-CREATE: a new step, IN PROGRESS."""
    asked = str(request.message.AffectedSOPInstanceUID or "")
    uid = asked or str(generate_uid(prefix=None))
    if target.planted("mpps-create-refused"):
        return request.respond(PROCESSING_FAILURE, ErrorComment="planted defect: no steps today")
    if not is_uid(uid) and not target.planted("mpps-any-uid-accepted"):
        return request.respond(INVALID_INSTANCE)
    try:
        step = request.dataset()
    except UndecodableError as error:
        return request.respond(PROCESSING_FAILURE, ErrorComment=f"attribute list: {error}")
    if target.planted("mpps-refused-create-done") and _is_to_be_refused(step):
        target.store.add_step(uid, step)
    if _refuse_lacking(target, request, *lacking(step, CREATE)):
        return None
    if _has_empty_item(step) and not target.planted("mpps-empty-item-accepted"):
        return request.respond(PROCESSING_FAILURE, ErrorComment="attribute list: an item has no attribute")
    allowed = (IN_PROGRESS, *ENDED) if target.planted("mpps-first-status-accepted") else (IN_PROGRESS,)
    if _refuse_status(target, request, step, allowed):
        return None
    _in_utf8(step)
    if not target.store.add_step(uid, step) and not target.planted("mpps-duplicate-create-accepted"):
        if target.planted("mpps-duplicate-overwrites"):
            target.store.set_step(uid, step)
        return request.respond(DUPLICATE_INSTANCE)
    if target.planted("mpps-create-other-uid"):
        return request.respond(SUCCESS, AffectedSOPInstanceUID=generate_uid(prefix=None) if asked else None)
    return request.respond(SUCCESS, AffectedSOPInstanceUID=uid)


def change(target: Target, request: Request) -> None:
    """Answer an N-SET: what the message holds replaces what the step held, whole sequences included (F.7.2.2.2)."""
    uid = str(request.message.RequestedSOPInstanceUID)
    try:
        changes = request.dataset()
    except UndecodableError as error:
        return request.respond(PROCESSING_FAILURE, ErrorComment=f"modification list: {error}")
    with target.store.transaction():
        step = target.store.step(uid)
        if step is None:
            if target.planted("mpps-unknown-step-failure"):
                return request.respond(PROCESSING_FAILURE)
            return request.respond(SUCCESS if target.planted("mpps-unknown-step-accepted") else NO_SUCH_INSTANCE)
        if step.PerformedProcedureStepStatus in ENDED and not target.planted("mpps-final-not-final"):
            if target.planted("mpps-final-without-detail"):
                return request.respond(PROCESSING_FAILURE)
            return request.respond(
                PROCESSING_FAILURE, ErrorID=NO_LONGER_UPDATABLE, ErrorComment=_NO_LONGER_UPDATABLE_TEXT
            )
        if _refuses(target, request, step, changes):
            return None
        ends = changes.get("PerformedProcedureStepStatus") in ENDED
        if target.planted("mpps-final-refused" if ends else "mpps-progress-refused"):
            return request.respond(PROCESSING_FAILURE, ErrorComment="planted defect: nothing may change")
        _merge(step, changes)
        if target.planted("mpps-mixes-character-sets"):
            _in_ascii(step)
        lacks = _refuse_lacking(target, request, *lacking(step, FINAL)) if ends else False
        if not lacks or target.planted("mpps-refused-end-done"):
            target.store.set_step(uid, step)
    return None if lacks else request.respond(SUCCESS)


def _refuses(target: Target, request: Request, step: Dataset, changes: Dataset) -> bool:
    """Answer an N-SET that sets what it may not, or as it may not; whether it did."""
    forbidden = [element.tag for element in changes if element.tag in NOT_IN_SET]
    known = {_CHARACTER_SET, *forbidden, *(element.tag for element in step)}
    unknown = [element.tag for element in changes if element.tag not in known]
    taken = target.planted("mpps-patient-changed")
    if unknown or (forbidden and not taken):
        if target.planted("mpps-refused-patient-changed"):
            _merge(step, changes)
            target.store.set_step(str(request.message.RequestedSOPInstanceUID), step)
        request.respond(NO_SUCH_ATTRIBUTE, AttributeIdentifierList=[*forbidden, *unknown])
        return True
    if not target.planted("mpps-any-status-accepted") and _refuse_status(
        target, request, changes, (IN_PROGRESS, *ENDED)
    ):
        return True
    return _refuse_lacking(target, request, *lacking(changes, SET, partial=True))


def get(target: Target, request: Request) -> None:
    """Answer an N-GET: what the step holds of the attributes that are asked for, or all (F.8.2.1.3)."""
    step = target.store.step(str(request.message.RequestedSOPInstanceUID))
    if target.planted("mpps-get-refused"):
        return request.respond(PROCESSING_FAILURE, ErrorComment="planted defect: nobody may read")
    if step is None and target.planted("mpps-get-unknown"):
        step = Dataset()
        step.PerformedProcedureStepStatus = IN_PROGRESS
    if step is None:
        return request.respond(NO_SUCH_INSTANCE)
    wanted = {int(tag) for tag in request.message.AttributeIdentifierList or ()}
    given = Dataset()
    for element in step:
        if not wanted or element.tag in wanted or element.tag == _CHARACTER_SET:
            given[element.tag] = element
    if target.planted("mpps-get-leaves-out"):
        given.pop(_OTHER_ATTRIBUTE, None)
    if target.planted("mpps-get-other-value") and "PatientID" in given:
        given.PatientID = f"{given.PatientID}-2"
    return request.respond(SUCCESS, given)


def _merge(step: Dataset, changes: Dataset) -> None:
    """Take over what is set."""
    for element in changes:
        step[element.tag] = element
    _in_utf8(step)


def _in_ascii(step: Dataset) -> None:
    """Lose the letters of a description, as who keeps the bytes of two character sets does."""
    text = str(step.get("PerformedProcedureStepDescription", ""))
    step.PerformedProcedureStepDescription = text.encode("ascii", "replace").decode("ascii")


def _in_utf8(step: Dataset) -> None:
    """Keep a step in UTF-8: N-CREATE and N-SET may be in other character sets, and those need not be legal."""
    for element in step:
        for item in element.value if element.VR == "SQ" else ():
            _in_utf8(item)
    step.SpecificCharacterSet = "ISO_IR 192"
