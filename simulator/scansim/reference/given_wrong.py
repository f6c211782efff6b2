"""Values of worklist items that are at fault, and that a scanner carries over into MPPS, images and queries.

Whoever is asked to take them afterwards is innocent, whatever it answers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag


@dataclass(frozen=True)
class GivenWrong:
    """One such value: the check that notices it in the item, what the target does then, and how."""

    check: str
    summary: str
    change: Callable[[Dataset], None]


def _put(keyword: str, vr: str, value: bytes) -> Callable[[Dataset], None]:
    """Give an attribute that is asked for a value as bytes, whatever its VR allows."""
    padded = value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2)

    def change(answer: Dataset) -> None:
        if keyword in answer:
            answer[Tag(keyword)] = RawDataElement(Tag(keyword), vr, len(padded), padded, 0, False, True)

    return change


def _latin_1_under_utf_8(answer: Dataset) -> None:
    answer.SpecificCharacterSet = "ISO_IR 192"
    _put("PatientName", "PN", b"Synthetic-Planted^Gr\xfcn")(answer)


GIVEN_WRONG = {
    "worklist-long-procedure-id": GivenWrong(
        "worklist.value-syntax",
        "Requested Procedure ID, an SH, has 20 characters",
        _put("RequestedProcedureID", "SH", b"PLANTED-0123456789AB"),
    ),
    "worklist-study-letters": GivenWrong(
        "worklist.value-syntax",
        "Study Instance UID begins with a word",
        _put("StudyInstanceUID", "UI", b"STUDY.1.2.826.0.1.3680043"),
    ),
    "worklist-study-too-long": GivenWrong(
        "worklist.value-syntax",
        "Study Instance UID has 65 characters",
        _put("StudyInstanceUID", "UI", b"1.2.826.0.1.3680043." + b"1" * 45),
    ),
    "worklist-study-leading-zero": GivenWrong(
        "worklist.value-syntax",
        "a component of Study Instance UID has a leading zero",
        _put("StudyInstanceUID", "UI", b"1.2.826.0.1.3680043.007"),
    ),
    "worklist-study-empty": GivenWrong(
        "worklist.return-type1", "Study Instance UID has no value", _put("StudyInstanceUID", "UI", b"")
    ),
    "worklist-sex-x": GivenWrong(
        "dataset.worklist-response",
        "Patient's Sex is X, which is none of its values",
        _put("PatientSex", "CS", b"X"),
    ),
    "worklist-name-outside-set": GivenWrong(
        "worklist.character-set", "Patient's Name is Latin-1 under ISO_IR 192, which is UTF-8", _latin_1_under_utf_8
    ),
}
