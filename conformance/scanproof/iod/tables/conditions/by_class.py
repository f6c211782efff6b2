"""Conditions whose words name SOP Classes, of the data set or of what is referenced, outside of functional groups."""

from __future__ import annotations

from scanproof.iod.tables.logic import ALWAYS, Condition, required_if, value_is

_STORAGE = "1.2.840.10008.5.1.4.1.1"
_ENHANCED_XA, _ENHANCED_XRF = f"{_STORAGE}.12.1.1", f"{_STORAGE}.12.2.1"
_STRUCTURES, _PERFORMED_CT_PROTOCOL = f"{_STORAGE}.481.3", f"{_STORAGE}.200.2"

_of_performed = required_if(value_is("SOPClassUID", _PERFORMED_CT_PROTOCOL, anywhere=True))

BY_CLASS: dict[tuple[str, str], Condition] = {
    ("mask", "MaskSubtractionSequence>SubtractionItemID"): required_if(
        value_is("SOPClassUID", _ENHANCED_XA, _ENHANCED_XRF, anywhere=True), ALWAYS
    ),
    ("instructions", "InstructionSequence>InstructionPerformedFlag"): _of_performed,
    ("patient-positioning", "PatientPositioningInstructionSequence>InstructionPerformedFlag"): _of_performed,
    (
        "spatial-fiducials",
        "FiducialSetSequence>FiducialSequence>DefinitionSourceSequence>ReferencedROINumber",
    ): required_if(value_is("ReferencedSOPClassUID", _STRUCTURES)),
}
