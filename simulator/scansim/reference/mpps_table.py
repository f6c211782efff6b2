"""PS3.4 Table F.7.2-1 as far as an SCP needs it: what a step must hold, and what an N-SET may not touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pydicom.tag import Tag


@dataclass(frozen=True)
class Rule:
    """Type of an attribute for the SCP, and the rules for the items when it is a sequence."""

    type: int
    items: Mapping[str, Rule] | None = None


_ONE, _TWO, _OPTIONAL = Rule(1), Rule(2), 3
_REFERENCE = {"ReferencedSOPClassUID": _ONE, "ReferencedSOPInstanceUID": _ONE}
_CODE_WITH_MEANING = {"CodeMeaning": _ONE}

_SCHEDULED = {
    "StudyInstanceUID": _ONE,
    "ReferencedStudySequence": Rule(2, _REFERENCE),
    "AccessionNumber": _TWO,
    "RequestedProcedureID": _TWO,
    "RequestedProcedureCodeSequence": Rule(_OPTIONAL, _CODE_WITH_MEANING),
    "RequestedProcedureDescription": _TWO,
    "ScheduledProcedureStepID": _TWO,
    "ScheduledProcedureStepDescription": _TWO,
    "ScheduledProtocolCodeSequence": Rule(2, _CODE_WITH_MEANING),
}

_SERIES = {
    "PerformingPhysicianName": _TWO,
    "ProtocolName": _ONE,
    "OperatorsName": _TWO,
    "SeriesInstanceUID": _ONE,
    "SeriesDescription": _TWO,
    "RetrieveAETitle": _TWO,
    "ReferencedImageSequence": Rule(2, _REFERENCE),
    "ReferencedNonImageCompositeSOPInstanceSequence": Rule(2, _REFERENCE),
}

#: What an N-CREATE must hold.
CREATE: Mapping[str, Rule] = {
    "ScheduledStepAttributesSequence": Rule(1, _SCHEDULED),
    "PatientName": _TWO,
    "PatientID": _TWO,
    "PatientBirthDate": _TWO,
    "PatientSex": _TWO,
    "ReferencedPatientSequence": Rule(2, _REFERENCE),
    "PerformedProcedureStepID": _ONE,
    "PerformedStationAETitle": _ONE,
    "PerformedStationName": _TWO,
    "PerformedLocation": _TWO,
    "PerformedProcedureStepStartDate": _ONE,
    "PerformedProcedureStepStartTime": _ONE,
    "PerformedProcedureStepStatus": _ONE,
    "PerformedProcedureStepDescription": _TWO,
    "PerformedProcedureTypeDescription": _TWO,
    "ProcedureCodeSequence": _TWO,
    "PerformedProcedureStepEndDate": _TWO,
    "PerformedProcedureStepEndTime": _TWO,
    "Modality": _ONE,
    "StudyID": _TWO,
    "PerformedProtocolCodeSequence": _TWO,
    "PerformedSeriesSequence": Rule(2, _SERIES),
}

#: What each attribute of an N-SET must be like; none of them has to be there.
SET: Mapping[str, Rule] = {
    "PerformedProcedureStepStatus": _ONE,
    "PerformedSeriesSequence": Rule(2, _SERIES),
    "PerformedProcedureStepDiscontinuationReasonCodeSequence": Rule(2, _CODE_WITH_MEANING),
    "ReasonForPerformedProcedureCodeSequence": Rule(2, _CODE_WITH_MEANING),
}

#: What a step must hold to become COMPLETED or DISCONTINUED.
FINAL: Mapping[str, Rule] = {
    "PerformedProcedureStepEndDate": _ONE,
    "PerformedProcedureStepEndTime": _ONE,
    "PerformedSeriesSequence": Rule(1, _SERIES),
}

#: What may not be set after creation.
NOT_IN_SET = frozenset(
    Tag(name)
    for name in (
        *("ScheduledStepAttributesSequence", "PatientName", "PatientID", "IssuerOfPatientID"),
        *("IssuerOfPatientIDQualifiersSequence", "OtherPatientIDsSequence", "PatientBirthDate", "PatientSex"),
        *("ReferencedPatientSequence", "AdmissionID", "IssuerOfAdmissionIDSequence", "ServiceEpisodeID"),
        *("IssuerOfServiceEpisodeIDSequence", "ServiceEpisodeDescription", "PerformedProcedureStepID"),
        *("PerformedStationAETitle", "PerformedStationName", "PerformedLocation", "PerformedProcedureStepStartDate"),
        *("PerformedProcedureStepStartTime", "Modality", "StudyID"),
    )
)


def lacking(ds: Dataset, rules: Mapping[str, Rule], *, partial: bool = False) -> tuple[list[int], list[int]]:
    """Tags of the mandatory attributes that are absent, and of the Type 1 attributes without value, at any depth.

    With `partial`, attributes of the first level may be absent.
    """
    absent: list[int] = []
    empty: list[int] = []
    for keyword, rule in rules.items():
        element = ds.get(Tag(keyword))
        if element is None:
            if rule.type != _OPTIONAL and not partial:
                absent.append(Tag(keyword))
            continue
        if rule.type == 1 and element.is_empty:
            empty.append(Tag(keyword))
        for item in element.value or () if rule.items is not None and element.VR == "SQ" else ():
            more_absent, more_empty = lacking(item, rule.items or {})
            absent += more_absent
            empty += more_empty
    return list(dict.fromkeys(absent)), list(dict.fromkeys(empty))
