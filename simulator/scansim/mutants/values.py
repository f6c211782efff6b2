"""Mutants: values that an enumeration does not have, and wrong numbers of values."""

from __future__ import annotations

from dataclasses import replace

from scansim.mutants.bases import code
from scansim.mutants.facts import CT, IMAGES, MR, Level, Mutant, kebab, unchanged
from scansim.mutants.surgery import Change, Element, edit, insert, insert_element, number, value

_PATIENT = "PS3.3 Table C.7-1 (2026b)"
_PLANE = "PS3.3 Table C.7-10 (2026b)"
_IMAGE_TYPE = "PS3.3 C.7.6.1.1.2 (2018-2024)"
_CT_IMAGE = "PS3.3 Table C.8-3 (2026b)"
_MR_IMAGE = "PS3.3 Table C.8-4 (2024e)"
_VM = "PS3.6 6 (2024c)"


def _value(
    path: str,
    new: str,
    clause: str,
    classes: tuple[str, ...] = IMAGES,
    *,
    name: str = "",
    change: Change | None = None,
    level: Level = "error",
    rule: str = "enumerated-value",
) -> Mutant:
    return Mutant(
        name or f"{rule}-{kebab(path)}",
        f"{path} is {new}",
        rule,
        clause,
        level,
        path,
        change or value(path, new),
        classes,
    )


def _vm(
    path: str,
    summary: str,
    change: Change,
    classes: tuple[str, ...] = IMAGES,
    *,
    name: str = "",
    clause: str = _VM,
    base: Change = unchanged,
    rule: str = "vm",
) -> Mutant:
    return Mutant(name or f"{rule}-{kebab(path)}", summary, rule, clause, "error", path, change, classes, base=base)


def _twice(element: Element) -> Element:
    return replace(element, value=element.value * 2)


def _two_items(element: Element) -> Element:
    return replace(element, items=(element.items or ()) * 2)


_REGION = code("AnatomicRegionSequence", "818981001", "SCT", "Abdomen")

MUTANTS = (
    _value("PatientSex", "X", _PATIENT),
    _value(
        "PatientIdentityRemoved",
        "TRUE",
        _PATIENT,
        change=insert("PatientIdentityRemoved", "TRUE"),
    ),
    _value("ImageType", r"FRESH\PRIMARY\AXIAL", _IMAGE_TYPE, name="enumerated-value-image-type-1"),
    _value("ImageType", r"ORIGINAL\TERTIARY\AXIAL", _IMAGE_TYPE, name="enumerated-value-image-type-2"),
    _value("BurnedInAnnotation", "MAYBE", "PS3.3 Table C.7-9 (2026b)"),
    _value("LossyImageCompression", "02", "PS3.3 Table C.7-9 (2026b)"),
    _value("RotationDirection", "LEFT", _CT_IMAGE, (CT,)),
    _value("ScanningSequence", "XX", _MR_IMAGE, (MR,)),
    _value("ScanningSequence", r"SE\XX", _MR_IMAGE, (MR,), name="enumerated-value-scanning-sequence-second"),
    _value("MRAcquisitionType", "4D", _MR_IMAGE, (MR,)),
    _value("InPlanePhaseEncodingDirection", "DIAGONAL", _MR_IMAGE, (MR,)),
    _value("Laterality", "X", "PS3.3 Table C.7-5a (2024e)", change=insert("Laterality", "X")),
    _value(
        "PixelRepresentation",
        "2",
        "PS3.3 Table C.7-11c (2024e)",
        change=number("PixelRepresentation", 2),
    ),
    _value(
        "PhotometricInterpretation",
        "RGB, with one sample per pixel",
        "PS3.3 Table C.7-11c (2024e)",
        change=value("PhotometricInterpretation", "RGB"),
    ),
    _value("SamplesPerPixel", "2", "PS3.3 Table C.7-11c (2024e)", change=number("SamplesPerPixel", 2)),
    # --- defined terms: others may be used ---
    _value("PatientPosition", "HFX", "PS3.3 Table C.7-5a (2024e)", level="warning", rule="defined-term"),
    _value("SequenceVariant", "XX", _MR_IMAGE, (MR,), level="warning", rule="defined-term"),
    _value("RescaleType", "XX", "PS3.3 Table C.8-3 (2026b)", (CT,), level="warning", rule="defined-term"),
    # --- modality ---
    _value("Modality", "PT", "PS3.3 Table C.7-5a (2024e)", rule="modality-sop-class", name="modality-other"),
    _value("Modality", "XYZ", "PS3.3 Table C.7-5a (2024e)", rule="modality-sop-class", name="modality-undefined"),
    # --- number of values ---
    _vm("PixelSpacing", "Pixel Spacing has one value", value("PixelSpacing", "0.5")),
    _vm("PixelSpacing", "Pixel Spacing has three values", value("PixelSpacing", r"1\1\1"), name="vm-pixel-spacing-3"),
    _vm(
        "ImageOrientationPatient",
        "Image Orientation has five values",
        value("ImageOrientationPatient", r"1\0\0\0\1"),
    ),
    _vm("ImagePositionPatient", "Image Position has two values", value("ImagePositionPatient", r"1\2")),
    _vm("PatientSex", "two values of Patient's Sex", value("PatientSex", r"M\F")),
    _vm("PatientID", "a backslash in Patient ID: two values", value("PatientID", r"SP\1234")),
    _vm("AccessionNumber", "a backslash in Accession Number", value("AccessionNumber", r"A\1")),
    _vm("FrameOfReferenceUID", "two Frame of Reference UIDs", value("FrameOfReferenceUID", r"2.25.1\2.25.2")),
    _vm("Rows", "two values of Rows", edit("Rows", _twice)),
    _vm(
        "ImageType",
        "Image Type has one value",
        value("ImageType", "ORIGINAL"),
        clause=_IMAGE_TYPE,
        name="vm-image-type-1",
    ),
    _vm(
        "ImageType",
        "Image Type of a CT image has no third value",
        value("ImageType", r"ORIGINAL\PRIMARY"),
        (CT,),
        clause="PS3.3 C.8.2.1.1.1 (unmarked, before 2013)",
        name="vm-image-type-2",
    ),
    _vm("AcquisitionMatrix", "Acquisition Matrix has three values", number("AcquisitionMatrix", 0, 256, 256), (MR,)),
    _vm("StudyDate", "two Study Dates", value("StudyDate", r"20260102\20260103")),
    _vm(
        "WindowCenter",
        "two Window Centers, one Window Width",
        value("WindowCenter", r"40\400"),
        clause="PS3.3 C.11.2.1.2 (2020a)",
        rule="vm-pair",
        name="vm-pair-window",
    ),
    _vm(
        "AnatomicRegionSequence",
        "two items in Anatomic Region Sequence, which may have one",
        edit("AnatomicRegionSequence", _two_items),
        clause="PS3.3 Table 10-5 (2026b)",
        rule="item-count",
        name="item-count-anatomic-region",
        base=insert_element("AnatomicRegionSequence", _REGION),
    ),
)
