"""Mutants: attributes that are not there, or have no value."""

from __future__ import annotations

from scansim.mutants.bases import with_other_ids, with_procedure, with_references
from scansim.mutants.facts import CT, IMAGES, MR, Mutant, kebab
from scansim.mutants.surgery import Change, delete, value

_PATIENT, _STUDY, _SERIES = "C.7-1", "C.7-3", "C.7-5a"
_REFERENCE, _EQUIPMENT, _IMAGE, _PLANE, _PIXEL = "C.7-6", "C.7-8", "C.7-9", "C.7-10", "C.7-11c"
_CT_IMAGE, _MR_IMAGE, _CT_MR_IMAGE, _COMMON = "C.8-3", "C.8-4", "C.8-3 and C.8-4", "C.12-1"

#: Attribute, table, the SOP Classes where it has the type.
_TYPE_1 = (
    ("SOPClassUID", _COMMON, IMAGES),
    ("SOPInstanceUID", _COMMON, IMAGES),
    ("StudyInstanceUID", _STUDY, IMAGES),
    ("SeriesInstanceUID", _SERIES, IMAGES),
    ("Modality", _SERIES, IMAGES),
    ("FrameOfReferenceUID", _REFERENCE, IMAGES),
    ("ImageType", _CT_MR_IMAGE, IMAGES),
    ("ScanningSequence", _MR_IMAGE, (MR,)),
    ("SequenceVariant", _MR_IMAGE, (MR,)),
    ("PixelSpacing", _PLANE, IMAGES),
    ("ImageOrientationPatient", _PLANE, IMAGES),
    ("ImagePositionPatient", _PLANE, IMAGES),
    ("SamplesPerPixel", _PIXEL, IMAGES),
    ("PhotometricInterpretation", _PIXEL, IMAGES),
    ("Rows", _PIXEL, IMAGES),
    ("Columns", _PIXEL, IMAGES),
    ("BitsAllocated", _PIXEL, IMAGES),
    ("BitsStored", _PIXEL, IMAGES),
    ("HighBit", _PIXEL, IMAGES),
    ("PixelRepresentation", _PIXEL, IMAGES),
    ("RescaleIntercept", _CT_IMAGE, (CT,)),
    ("RescaleSlope", _CT_IMAGE, (CT,)),
)
_TYPE_1_EMPTY = (
    ("SOPInstanceUID", _COMMON, IMAGES),
    ("StudyInstanceUID", _STUDY, IMAGES),
    ("SeriesInstanceUID", _SERIES, IMAGES),
    ("Modality", _SERIES, IMAGES),
    ("FrameOfReferenceUID", _REFERENCE, IMAGES),
    ("ImageType", _CT_MR_IMAGE, IMAGES),
    ("ScanningSequence", _MR_IMAGE, (MR,)),
    ("PixelSpacing", _PLANE, IMAGES),
    ("ImageOrientationPatient", _PLANE, IMAGES),
    ("Rows", _PIXEL, IMAGES),
    ("RescaleSlope", _CT_IMAGE, (CT,)),
)
_TYPE_2 = (
    ("PatientName", _PATIENT, IMAGES),
    ("PatientID", _PATIENT, IMAGES),
    ("PatientBirthDate", _PATIENT, IMAGES),
    ("PatientSex", _PATIENT, IMAGES),
    ("StudyDate", _STUDY, IMAGES),
    ("StudyTime", _STUDY, IMAGES),
    ("AccessionNumber", _STUDY, IMAGES),
    ("ReferringPhysicianName", _STUDY, IMAGES),
    ("StudyID", _STUDY, IMAGES),
    ("SeriesNumber", _SERIES, IMAGES),
    ("Manufacturer", _EQUIPMENT, IMAGES),
    ("PositionReferenceIndicator", _REFERENCE, IMAGES),
    ("InstanceNumber", _IMAGE, IMAGES),
    ("SliceThickness", _PLANE, IMAGES),
    ("KVP", _CT_IMAGE, (CT,)),
    ("AcquisitionNumber", _CT_IMAGE, (CT,)),
    ("ScanOptions", _MR_IMAGE, (MR,)),
    ("MRAcquisitionType", _MR_IMAGE, (MR,)),
    ("EchoTime", _MR_IMAGE, (MR,)),
    ("EchoTrainLength", _MR_IMAGE, (MR,)),
)


def _clause(table: str) -> str:
    return f"PS3.3 Table {table} (2026b)"


def _missing(kind: int, path: str, table: str, classes: tuple[str, ...]) -> Mutant:
    return Mutant(
        f"type{kind}-missing-{kebab(path)}",
        f"{path}, Type {kind}, is not there",
        f"type{kind}-missing",
        _clause(table),
        "error",
        path,
        delete(path),
        classes,
    )


def _empty(path: str, table: str, classes: tuple[str, ...]) -> Mutant:
    return Mutant(
        f"type1-empty-{kebab(path)}",
        f"{path}, Type 1, has zero length",
        "type1-empty",
        _clause(table),
        "error",
        path,
        value(path, b""),
        classes,
    )


def _nested(path: str, clause: str, base: Change, empty: bool = False) -> Mutant:
    return Mutant(
        f"type1-{'empty' if empty else 'missing'}-{kebab(path)}",
        f"{path}, Type 1, {'has zero length' if empty else 'is not in its item'}",
        "type1-empty" if empty else "type1-missing",
        clause,
        "error",
        path,
        value(path, b"") if empty else delete(path),
        base=base,
    )


_PURPOSE = "ReferencedImageSequence[1] > PurposeOfReferenceCodeSequence[1]"
_REFERENCES = "PS3.3 Table 10-11 (2024e)"
_CODES = "PS3.3 Table 8.8-1 (2026b)"

MUTANTS = (
    *(_missing(1, *row) for row in _TYPE_1),
    *(_empty(*row) for row in _TYPE_1_EMPTY),
    *(_missing(2, *row) for row in _TYPE_2),
    Mutant(
        "type1-empty-blank",
        "Modality, Type 1, holds nothing but padding",
        "type1-empty",
        _clause(_SERIES),
        "error",
        "Modality",
        value("Modality", "  "),
    ),
    _nested("ReferencedImageSequence[1] > ReferencedSOPInstanceUID", _REFERENCES, with_references),
    _nested("ReferencedImageSequence[1] > ReferencedSOPClassUID", _REFERENCES, with_references, empty=True),
    _nested("ProcedureCodeSequence[1] > CodeMeaning", _CODES, with_procedure),
    _nested(f"{_PURPOSE} > CodeMeaning", _CODES, with_references),
    _nested("OtherPatientIDsSequence[1] > TypeOfPatientID", _clause(_PATIENT), with_other_ids),
    _nested("OtherPatientIDsSequence[1] > PatientID", _clause(_PATIENT), with_other_ids, empty=True),
)
