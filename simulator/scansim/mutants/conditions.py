"""Mutants: conditional attributes that are missing, or present where the condition forbids them."""

from __future__ import annotations

from scansim.mutants.bases import with_procedure
from scansim.mutants.facts import IMAGES, MR, Mutant, kebab, unchanged
from scansim.mutants.surgery import Change, File, both, delete, insert, value

_PIXEL = "PS3.3 Table C.7-11c (2024e)"
_MR_IMAGE = "PS3.3 Table C.8-4 (2024e)"
_PATIENT = "PS3.3 Table C.7-1 (2026b)"
_CODES = "PS3.3 Table 8.8-1 (2026b)"


def _required(
    path: str,
    summary: str,
    clause: str,
    change: Change,
    *,
    base: Change = unchanged,
    classes: tuple[str, ...] = IMAGES,
) -> Mutant:
    return Mutant(
        f"condition-missing-{kebab(path)}",
        summary,
        "condition-missing",
        clause,
        "error",
        path,
        change,
        classes,
        base=base,
    )


def _forbidden(path: str, summary: str, clause: str, new: bytes | str) -> Mutant:
    return Mutant(
        f"condition-forbidden-{kebab(path)}",
        summary,
        "condition-forbidden",
        clause,
        "error",
        path,
        insert(path, new),
    )


def _signed(file: File) -> str:
    """VR of the attributes that are US or SS by Pixel Representation (PS3.5 6.2)."""
    return "SS" if file.get("PixelRepresentation").value == b"\1\0" else "US"


MUTANTS = (
    _required(
        "WindowWidth", "Window Center without Window Width", "PS3.3 Table C.11-2b (2026b)", delete("WindowWidth")
    ),
    _required(
        "RepetitionTime",
        "Scanning Sequence is not EP, Repetition Time is not there",
        _MR_IMAGE,
        delete("RepetitionTime"),
        classes=(MR,),
    ),
    _required(
        "InversionTime",
        "Scanning Sequence IR, Inversion Time is not there",
        _MR_IMAGE,
        delete("InversionTime"),
        base=both(value("ScanningSequence", "IR"), insert("InversionTime", "150")),
        classes=(MR,),
    ),
    _required(
        "TriggerTime",
        "Scan Options CG (cardiac gating), Trigger Time is not there",
        _MR_IMAGE,
        delete("TriggerTime"),
        base=both(value("ScanOptions", "CG"), insert("TriggerTime", "40")),
        classes=(MR,),
    ),
    _required(
        "PatientPosition",
        "Patient Position is not there, nor a Patient Orientation Code Sequence",
        "PS3.3 Table C.7-5a (2024e)",
        delete("PatientPosition"),
    ),
    _required(
        "PixelPaddingValue",
        "Pixel Padding Range Limit without Pixel Padding Value",
        "PS3.3 Table C.7-8 (2026b)",
        delete("PixelPaddingValue"),
        base=lambda file: both(
            insert("PixelPaddingValue", bytes(2), _signed(file)),
            insert("PixelPaddingRangeLimit", b"\1\0", _signed(file)),
        )(file),
    ),
    _required(
        "ResponsiblePersonRole",
        "Responsible Person has a value, the role is not there",
        _PATIENT,
        delete("ResponsiblePersonRole"),
        base=both(insert("ResponsiblePerson", "Synthetic^Owner"), insert("ResponsiblePersonRole", "OWNER")),
    ),
    _required(
        "DeidentificationMethod",
        "Patient Identity Removed is YES, no method is given",
        _PATIENT,
        delete("DeidentificationMethod"),
        base=both(insert("PatientIdentityRemoved", "YES"), insert("DeidentificationMethod", "synthetic")),
    ),
    _required(
        "PatientAlternativeCalendar",
        "Birth date in an alternative calendar, which calendar is not said",
        _PATIENT,
        delete("PatientAlternativeCalendar"),
        base=both(
            insert("PatientBirthDateInAlternativeCalendar", "S45.1.2"), insert("PatientAlternativeCalendar", "JAPANESE")
        ),
    ),
    _required(
        "ProcedureCodeSequence[1] > CodeValue",
        "a coded concept with none of Code Value, Long Code Value and URN Code Value: one finding, not three",
        _CODES,
        delete("ProcedureCodeSequence[1] > CodeValue"),
        base=with_procedure,
    ),
    _required(
        "ProcedureCodeSequence[1] > CodingSchemeDesignator",
        "Code Value without Coding Scheme Designator",
        _CODES,
        delete("ProcedureCodeSequence[1] > CodingSchemeDesignator"),
        base=with_procedure,
    ),
    _forbidden("PlanarConfiguration", "Planar Configuration with one sample per pixel", _PIXEL, bytes(2)),
    _forbidden("PixelAspectRatio", "Pixel Aspect Ratio beside Pixel Spacing", _PIXEL, "1\\1"),
    _forbidden(
        "RedPaletteColorLookupTableDescriptor",
        "a palette descriptor with MONOCHROME2",
        "PS3.3 Table C.7-11b (2026b)",
        b"\0\1\0\0\x10\0",
    ),
    _forbidden("ResponsiblePersonRole", "a role of no Responsible Person", _PATIENT, "OWNER"),
)
