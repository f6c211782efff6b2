"""Wrong behaviours of `answer_defects`, in the identifiers of worklist and Query/Retrieve responses."""

from __future__ import annotations

import re
from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.state import Target
from scansim.wire.dataset import EXPLICIT_LITTLE

_ERROR_COMMENT, _TRANSFER_SYNTAX = Tag(0x0000, 0x0902), Tag(0x0002, 0x0010)
_PRIVATE_GROUP = 0x0009


def _private(answer: Dataset) -> None:
    answer.private_block(_PRIVATE_GROUP, "PLANTED DEFECT", create=True).add_new(0x01, "LO", "nobody asked")


def _without_creator(answer: Dataset) -> None:
    answer.add_new(Tag(_PRIVATE_GROUP, 0x1001), "LO", "nobody asked")


def comment(text: str) -> Dataset:
    """A data set of a command set's Error Comment."""
    ds = Dataset()
    ds.add_new(_ERROR_COMMENT, "LO", text)
    return ds


def _drop(answer: Dataset, *keywords: str) -> None:
    for keyword in keywords:
        if keyword in answer:
            del answer[keyword]


def _set(answer: Dataset, keyword: str, value: str) -> None:
    """Set what was asked for, under another VR first, since pydicom would refuse some."""
    if keyword in answer:
        element = answer[keyword]
        answer.add_new(element.tag, "LO", value)
        answer[keyword].VR = element.VR


def _rename(answer: Dataset, change: Callable[[str], str]) -> None:
    if answer.get("PatientName"):
        answer.PatientName = change(str(answer.PatientName))


_CHANGES: dict[str, Callable[[Dataset], None]] = {
    "worklist-comment-in-item": lambda answer: answer.update(comment("planted defect")),
    "worklist-empty-character-set": lambda answer: setattr(answer, "SpecificCharacterSet", ""),
    "worklist-empty-time-zone": lambda answer: setattr(answer, "TimezoneOffsetFromUTC", ""),
    "worklist-private": _private,
    "worklist-private-without-creator": _without_creator,
    "worklist-upper-names": lambda answer: _rename(answer, str.upper),
    "query-file-group": lambda answer: answer.add_new(_TRANSFER_SYNTAX, "UI", EXPLICIT_LITTLE),
    "query-empty-character-set": lambda answer: setattr(answer, "SpecificCharacterSet", ""),
    "query-unrequested": lambda answer: setattr(answer, "PatientComments", "planted defect: nobody asked for this"),
    "query-private": _private,
    "query-private-without-creator": _without_creator,
    "query-required-missing": lambda answer: _drop(answer, "StudyID", "InstanceNumber"),
    "query-empty-series": lambda answer: _set(answer, "SeriesInstanceUID", ""),
    "query-decimal-number": lambda answer: _set(answer, "InstanceNumber", "3.0"),
    "query-question-marks": lambda answer: _rename(answer, lambda name: re.sub(r"(?<=[^\W_])[^\W_]", "?", name)),
    "query-cuts-ids": lambda answer: _set(answer, "PatientID", str(answer.get("PatientID") or "")[:3]),
    "query-other-accession": lambda answer: _set(answer, "AccessionNumber", "PLANTED"),
}


def item(target: Target, answer: Dataset) -> None:
    """Spoil the identifier of a worklist response in place, when a defect wants it."""
    _spoil(target, answer, "worklist-")
    if target.planted("worklist-new-procedure"):
        number = str(answer.get("AccessionNumber") or "")
        target.returned[number] += 1
        if target.returned[number] > 1:
            _set(answer, "RequestedProcedureID", f"PLANTED{target.returned[number]}")


def study(target: Target, answer: Dataset) -> None:
    """Spoil the identifier of a Query/Retrieve response in place, when a defect wants it."""
    _spoil(target, answer, "query-")


def _spoil(target: Target, answer: Dataset, service: str) -> None:
    name = target.config.defect or ""
    change = _CHANGES.get(name) if name.startswith(service) else None
    if change is not None:
        change(answer)
