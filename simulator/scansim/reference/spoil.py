"""Wrong behaviours that are a matter of content: of a worklist item, a study's answer or a commitment report."""

from __future__ import annotations

import copy
from collections.abc import Callable

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from scansim.reference import spoil_answers
from scansim.reference.given_wrong import GIVEN_WRONG
from scansim.reference.state import Target
from scansim.wire.encoding import decoded

SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"  # a class that no exam here sends

#: Keys that a defect leaves out of matching.
_IGNORED = {
    "worklist-ignores-modality": "Modality",
    "worklist-ignores-station": "ScheduledStationAETitle",
    "worklist-ignores-date": "ScheduledProcedureStepStartDate",
    "worklist-ignores-time": "ScheduledProcedureStepStartTime",
    "worklist-ignores-performer": "ScheduledPerformingPhysicianName",
    "worklist-ignores-patient-id": "PatientID",
    "worklist-ignores-patient-name": "PatientName",
}

_TYPE_2 = (
    *("ReferencedStudySequence", "RequestedProcedurePriority", "PatientTransportArrangements", "RequestingPhysician"),
    *("ReferringPhysicianName", "AdmissionID", "CurrentPatientLocation", "ReferencedPatientSequence", "PatientWeight"),
    *("PatientState", "ConfidentialityConstraintOnPatientDataDescription", "PregnancyStatus", "MedicalAlerts"),
    *("Allergies", "SpecialNeeds"),
)


def keys(target: Target, identifier: Dataset) -> Dataset:
    """Return the keys that are matched: all of them, but for those that a defect ignores."""
    for defect, keyword in _IGNORED.items():
        if target.planted(defect):
            identifier = copy.deepcopy(identifier)
            for level in (identifier, *(identifier.get("ScheduledProcedureStepSequence") or ())):
                if keyword in level:
                    del level[keyword]
    return identifier


def _drop(answer: Dataset, *keywords: str) -> None:
    for level in (answer, *(answer.get("ScheduledProcedureStepSequence") or ())):
        for keyword in keywords:
            if keyword in level:
                del level[keyword]


def _two_steps(answer: Dataset) -> None:
    if steps := answer.get("ScheduledProcedureStepSequence"):
        answer.ScheduledProcedureStepSequence = [steps[0], copy.deepcopy(steps[0])]


def _empty_procedure_id(answer: Dataset) -> None:
    if "RequestedProcedureID" in answer:
        answer.RequestedProcedureID = ""


def _flat(answer: Dataset) -> None:
    for step in answer.get("ScheduledProcedureStepSequence") or ():
        for element in step:
            answer.add(copy.deepcopy(element))


def _unrequested(answer: Dataset) -> None:
    answer.PatientComments = "planted defect: nobody asked for this"


def _put_anyway(level: Dataset, keyword: str, vr: str, value: str) -> None:
    """Set a value that its VR does not allow: under another VR first, since pydicom would refuse it."""
    level.add_new(Tag(keyword), "LO", value)
    level[keyword].VR = vr


def _dashed_date(answer: Dataset) -> None:
    for step in answer.get("ScheduledProcedureStepSequence") or ():
        if "ScheduledProcedureStepStartDate" in step:
            _put_anyway(step, "ScheduledProcedureStepStartDate", "DA", "2026-01-02")


def _undefined_character_set(answer: Dataset) -> None:
    answer.add_new(Tag("SpecificCharacterSet"), "CS", "ISO_IR 149")


def _bare_codes(answer: Dataset) -> None:
    for item in answer.get("RequestedProcedureCodeSequence") or ():
        if "CodingSchemeDesignator" in item:
            del item.CodingSchemeDesignator


def _latin_1(answer: Dataset, *terms: str) -> None:
    """Label the item otherwise, and put a value into it that is Latin-1 whatever the label says."""
    answer.SpecificCharacterSet = list(terms)
    if not terms:
        del answer.SpecificCharacterSet
    if "SpecialNeeds" in answer:
        answer[Tag("SpecialNeeds")] = RawDataElement(Tag("SpecialNeeds"), "LO", 4, b"Gr\xfcn", 0, False, True)


def _undeclared_character_set(answer: Dataset) -> None:
    if answer.get("SpecificCharacterSet") == "ISO_IR 100":  # its text stays as it is under both
        answer.SpecificCharacterSet = ["ISO 2022 IR 100", "ISO 2022 IR 101"]


def _unlisted_pregnancy(answer: Dataset) -> None:
    if "PregnancyStatus" in answer:
        answer.PregnancyStatus = 0


def _other_patient(answer: Dataset) -> None:
    if "PatientID" in answer:
        answer.PatientID = "PLANTED-OTHER-ID"
    if "PatientName" in answer:
        answer.PatientName = "Synthetic-Other^Planted"


def _relabelled(answer: Dataset) -> None:
    term = str(answer.get("SpecificCharacterSet") or "")
    if term.startswith("ISO_IR ") and term != "ISO_IR 192":  # of one byte a character: any of them is one of Latin-1
        answer.SpecificCharacterSet = "ISO_IR 100"


_ITEMS: dict[str, Callable[[Dataset], None]] = {
    "worklist-sps-missing": lambda answer: _drop(answer, "ScheduledProcedureStepSequence"),
    "worklist-sps-two-items": _two_steps,
    "worklist-sps-flat": _flat,
    "worklist-type1-missing": lambda answer: _drop(answer, "RequestedProcedureID"),
    "worklist-type1-empty": _empty_procedure_id,
    "worklist-code-bare": _bare_codes,
    "worklist-unlabelled-text": _latin_1,
    "worklist-mislabelled-text": lambda answer: _latin_1(answer, "ISO_IR 192"),
    "worklist-type2-missing": lambda answer: _drop(answer, *_TYPE_2),
    "worklist-type1c-missing": lambda answer: _drop(
        answer, "ScheduledProcedureStepDescription", "ScheduledProtocolCodeSequence"
    ),
    "worklist-unrequested": _unrequested,
    "worklist-bad-date": _dashed_date,
    "worklist-undefined-character-set": _undefined_character_set,
    "worklist-undeclared-character-set": _undeclared_character_set,
    "worklist-relabels": _relabelled,
    "worklist-unlisted-pregnancy": _unlisted_pregnancy,
    "worklist-other-patient": _other_patient,
    **{name: fault.change for name, fault in GIVEN_WRONG.items()},
}


def item(target: Target, answer: Dataset) -> None:
    """Spoil the identifier of a worklist response in place, when a defect wants it."""
    spoil_answers.item(target, answer)
    change = _ITEMS.get(target.config.defect or "")
    if change is not None:
        change(answer)
    if target.planted("worklist-unstable"):
        number = str(answer.get("AccessionNumber") or "")
        target.returned[number] += 1
        if target.returned[number] > 1 and number:
            answer.AccessionNumber = f"PLANTED{target.returned[number]}"


def found(target: Target, keys: Dataset) -> bool:
    """Whether a defect lets a query find anything: by one of them not when the name that is asked for is not ASCII."""
    return not target.planted("query-ascii-names") or str(keys.get("PatientName") or "").isascii()


def _name(target: Target, answer: Dataset) -> None:
    wanted = [Tag(name) for name in ("SpecificCharacterSet", "PatientName") if name in answer]
    name = str(decoded(Dataset({tag: answer.get_item(tag) for tag in wanted})).get("PatientName") or "")
    if not name.isascii() and target.planted("query-drops-letters"):
        answer.PatientName = name.encode("latin-1", "ignore").decode("latin-1")
    if not name.isascii() and target.planted("query-empty-name"):
        answer.PatientName = ""


def study(target: Target, answer: Dataset) -> None:
    """Spoil the identifier of a Query/Retrieve response in place, when a defect wants it."""
    _name(target, answer)
    spoil_answers.study(target, answer)
    if target.planted("query-other-patient"):
        _other_patient(answer)
    if target.planted("query-other-level"):
        answer.QueryRetrieveLevel = "PATIENT"
    if target.planted("query-dotted-date") and "StudyDate" in answer:
        _put_anyway(answer, "StudyDate", "DA", "2026.01.02")
    if target.planted("query-empty-accession") and "AccessionNumber" in answer:
        answer.AccessionNumber = ""
    if target.planted("query-empty-key") and "SOPInstanceUID" in answer:
        answer.SOPInstanceUID = ""
    if target.planted("query-other-class") and "SOPClassUID" in answer:
        answer.SOPClassUID = SECONDARY_CAPTURE
    if target.planted("query-other-series") and "SeriesInstanceUID" in answer:
        answer.SeriesInstanceUID = "2.25.333333333333333333333333333333333333333"


def retry(target: Target, information: Dataset) -> None:
    """Spoil a report that is sent again."""
    if target.planted("commitment-changes-its-mind"):
        for listed in information.get("FailedSOPSequence") or ():
            listed.FailureReason = 0x0110
    if target.planted("commitment-retries-as-another"):
        information.TransactionUID = "2.25.222222222222222222222222222222222222222"


def reported_instance(target: Target, uid: str) -> str:
    """Affected SOP Instance UID of a commitment report."""
    return f"{uid}.1" if target.planted("commitment-other-instance") else uid


def report(target: Target, event_type: int, information: Dataset) -> int:
    """Spoil Event Information in place, when a defect wants it; returns Event Type ID."""
    committed = list(information.get("ReferencedSOPSequence") or ())
    failed = list(information.get("FailedSOPSequence") or ())
    reason = None
    if target.planted("commitment-other-transaction"):
        information.TransactionUID = "2.25.111111111111111111111111111111111111111"
    elif target.planted("commitment-event-type"):
        return 3 - event_type
    elif target.planted("commitment-undefined-event"):
        return 3
    elif target.planted("commitment-commits-unknown"):
        while failed:
            committed.append(failed.pop())
            del committed[-1].FailureReason
    elif target.planted("commitment-drops-instance"):
        (committed or failed).pop()
    elif target.planted("commitment-overlap") and committed:
        failed.append(copy.deepcopy(committed[0]))
        failed[-1].FailureReason = 0x0110
    elif target.planted("commitment-undefined-reason") and committed:
        reason = 0xA700
    elif target.planted("commitment-fails-stored") and committed:
        reason = 0x0110
    elif target.planted("commitment-other-class"):
        for listed in (*committed, *failed):
            listed.ReferencedSOPClassUID = SECONDARY_CAPTURE
    elif target.planted("commitment-two-places"):
        for listed in committed:
            listed.RetrieveAETitle = target.config.ae
    elif target.planted("commitment-long-title"):
        _put_anyway(information, "RetrieveAETitle", "AE", "PLANTED-ARCHIVE-TITLE")
    elif target.planted("commitment-item-without-instance"):
        (committed or failed).append(Dataset())
    elif target.planted("commitment-wrong-reason") or target.planted("commitment-always-in-use"):
        for listed in failed:
            listed.FailureReason = 0x0119 if target.planted("commitment-wrong-reason") else 0x0131
    elif target.planted("commitment-empty-list"):
        for listed in committed:
            listed.FailureReason = 0x0213
        information.ReferencedSOPSequence, information.FailedSOPSequence = Sequence(), Sequence([*committed, *failed])
        return 2
    if reason is not None:
        committed[0].FailureReason = reason
        failed.append(committed.pop(0))
    for keyword, listed_items in (("ReferencedSOPSequence", committed), ("FailedSOPSequence", failed)):
        if listed_items:
            setattr(information, keyword, Sequence(listed_items))
        elif keyword in information:
            del information[keyword]
    return 2 if failed else 1
