"""Mutants: File Meta Information against the data set, UIDs, SOP Classes and dates."""

from __future__ import annotations

import struct
from dataclasses import replace

from scansim.mutants.facts import Level, Mutant
from scansim.mutants.surgery import Change, Element, File, both, delete, insert, value
from scansim.wire.dataset import IMPLICIT_LITTLE

_META = "PS3.10 Table 7.1-1 (2024d)"
_UIDS = "PS3.5 9 (2024e)"
_OTHER_UID = "2.25.90018273645566473829"
_ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"


def _meta(name: str, rule: str, summary: str, path: str, change: Change) -> Mutant:
    return Mutant(f"meta-{name}", summary, rule, _META, "error", path, change)


def _missing(path: str, name: str) -> Mutant:
    return _meta(f"missing-{name}", "type1-missing", f"{path}, Type 1, is not there", path, delete(path))


def _uid(name: str, path: str, source: str, summary: str) -> Mutant:
    def change(file: File) -> File:
        return value(path, file.get(source).value)(file)

    return Mutant(f"uid-reuse-{name}", summary, "uid-reuse", _UIDS, "error", path, change)


def _sop_class(name: str, uid: str, rule: str, level: Level, summary: str, clause: str) -> Mutant:
    return Mutant(
        f"sop-class-{name}",
        summary,
        rule,
        clause,
        level,
        "SOPClassUID",
        both(value("SOPClassUID", uid), value("MediaStorageSOPClassUID", uid)),
        touched=("SOPClassUID", "MediaStorageSOPClassUID"),
    )


def _head(offset: int, new: bytes) -> Change:
    return lambda file: replace(file, head=file.head[:offset] + new + file.head[offset + len(new) :])


def _longer(file: File) -> File:
    (length,) = struct.unpack("<I", file.get("FileMetaInformationGroupLength").value)
    return value("FileMetaInformationGroupLength", struct.pack("<I", length + 2))(file)


def _instance(file: File) -> File:
    """Give the Series Instance UID to the instance too, in the data set and in the File Meta Information."""
    uid = file.get("SeriesInstanceUID").value
    return both(value("SOPInstanceUID", uid), value("MediaStorageSOPInstanceUID", uid))(file)


def _meta_inside(file: File) -> File:
    """Put Source Application Entity Title, which belongs to the File Meta Information, behind SOP Class UID."""
    at = next(number for number, element in enumerate(file.elements) if element.tag == 0x00080018)
    extra = Element(0x00020016, "AE", b"SCANSIM ")
    return replace(file, elements=(*file.elements[:at], extra, *file.elements[at:]))


MUTANTS = (
    _meta(
        "sop-instance",
        "meta-mismatch",
        "Media Storage SOP Instance UID is another than SOP Instance UID",
        "MediaStorageSOPInstanceUID",
        value("MediaStorageSOPInstanceUID", _OTHER_UID),
    ),
    _meta(
        "sop-class",
        "meta-mismatch",
        "Media Storage SOP Class UID is another than SOP Class UID",
        "MediaStorageSOPClassUID",
        value("MediaStorageSOPClassUID", _ENHANCED_CT),
    ),
    _meta(
        "transfer-syntax",
        "meta-mismatch",
        "Transfer Syntax UID says implicit VR, the data set has explicit",
        "TransferSyntaxUID",
        value("TransferSyntaxUID", IMPLICIT_LITTLE),
    ),
    _meta(
        "transfer-syntax-unknown",
        "transfer-syntax-unknown",
        "Transfer Syntax UID is of no Transfer Syntax",
        "TransferSyntaxUID",
        value("TransferSyntaxUID", _ENHANCED_CT),
    ),
    _meta(
        "group-length",
        "meta-group-length",
        "the group length is two bytes too many",
        "FileMetaInformationGroupLength",
        _longer,
    ),
    _missing("FileMetaInformationGroupLength", "group-length"),
    _missing("FileMetaInformationVersion", "version"),
    _missing("MediaStorageSOPClassUID", "sop-class"),
    _missing("MediaStorageSOPInstanceUID", "sop-instance"),
    _missing("TransferSyntaxUID", "transfer-syntax"),
    _missing("ImplementationClassUID", "implementation-class"),
    _meta(
        "version",
        "meta-version",
        "bit 0 of the version is not set",
        "FileMetaInformationVersion",
        value("FileMetaInformationVersion", b"\0\2"),
    ),
    _meta("prefix", "meta-prefix", "the prefix is dicm, not DICM", "(prefix)", _head(128, b"dicm")),
    _meta(
        "implementation-class-grammar",
        "uid-grammar",
        "Implementation Class UID has a leading zero",
        "ImplementationClassUID",
        value("ImplementationClassUID", "1.2.03.4"),
    ),
    Mutant(
        "meta-in-data-set",
        "an element of group 0002H stands in the data set",
        "group-forbidden",
        "PS3.5 7.1 (2020a)",
        "error",
        "(0002,0016)",
        _meta_inside,
    ),
    _uid("study-series", "SeriesInstanceUID", "StudyInstanceUID", "the series has the UID of its study"),
    _uid(
        "study-frame-of-reference",
        "FrameOfReferenceUID",
        "StudyInstanceUID",
        "the frame of reference has the UID of the study",
    ),
    _uid("instance-series", "SeriesInstanceUID", "SOPInstanceUID", "the series has the UID of the instance"),
    _uid(
        "instance-frame-of-reference",
        "FrameOfReferenceUID",
        "SOPInstanceUID",
        "the frame of reference has the UID of the instance",
    ),
    _uid("class-study", "StudyInstanceUID", "SOPClassUID", "the study has the UID of the SOP Class"),
    _uid(
        "class-frame-of-reference",
        "FrameOfReferenceUID",
        "SOPClassUID",
        "the frame of reference has the UID of the SOP Class",
    ),
    _sop_class(
        "retired",
        "1.2.840.10008.5.1.4.1.1.6",
        "sop-class-retired",
        "warning",
        "the SOP Class is retired: Ultrasound Image Storage of 1993",
        "PS3.6 A (2024c)",
    ),
    _sop_class(
        "transfer-syntax",
        "1.2.840.10008.1.2.1",
        "sop-class-unknown",
        "error",
        "the SOP Class UID is that of a Transfer Syntax",
        "PS3.6 A (2024c)",
    ),
    Mutant(
        "attribute-retired",
        "a retired attribute, Study Comments of 1993's Image Identifying group",
        "attribute-retired",
        "PS3.6 6 (2024c)",
        "warning",
        "StudyComments",
        insert("StudyComments", "retired"),
    ),
    Mutant(
        "dates-birth-after-study",
        "the patient is born after the study",
        "dates",
        "PS3.3 Table C.7-1 (2026b)",
        "warning",
        "PatientBirthDate",
        value("PatientBirthDate", "20991231"),
    ),
    Mutant(
        "dates-series-before-study",
        "Series Date is a year before Study Date",
        "dates",
        "PS3.3 Table C.7-3 (2026b)",
        "warning",
        "SeriesDate",
        value("SeriesDate", "20250102"),
    ),
    Mutant(
        "age-against-birth-date",
        "Patient's Age is 3 years, the dates say otherwise",
        "dates",
        "PS3.3 Table C.7-4a (2026b)",
        "warning",
        "PatientAge",
        insert("PatientAge", "003Y"),
    ),
    Mutant(
        "uid-reuse-series-instance",
        "the instance has the UID of its series",
        "uid-reuse",
        _UIDS,
        "error",
        "SOPInstanceUID",
        _instance,
        touched=("SOPInstanceUID", "MediaStorageSOPInstanceUID"),
    ),
)
