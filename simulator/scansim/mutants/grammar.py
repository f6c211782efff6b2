"""Mutants: values that break the grammar of their VR, or are too long for it."""

from __future__ import annotations

from scansim.mutants.facts import CT, IMAGES, Level, Mutant, unchanged
from scansim.mutants.surgery import Change, insert, value

_TABLE = "PS3.5 Table 6.2-1 (2020a)"
_UIDS = "PS3.5 9.1 (2024e)"
_ROOTS = "PS3.5 9, 9.2 (2020)"
_PADDING = "PS3.5 6.2 (2020)"
_NAMES = "PS3.5 6.2.1 (2013, 2020a)"


def _breaks(
    vr: str,
    name: str,
    path: str,
    new: str | bytes,
    summary: str,
    *,
    clause: str = _TABLE,
    base: Change = unchanged,
    classes: tuple[str, ...] = IMAGES,
    rule: str = "",
    level: Level = "error",
) -> Mutant:
    return Mutant(
        f"{vr.lower()}-{name}",
        f"{vr} {path}: {summary}",
        rule or f"vr-grammar-{vr.lower()}",
        clause,
        level,
        path,
        value(path, new),
        classes,
        base=base,
    )


def _long(vr: str, path: str, new: str, most: str, *, base: Change = unchanged) -> Mutant:
    return Mutant(
        f"too-long-{vr.lower()}",
        f"{vr} {path}: {len(new)} characters, {most} are allowed",
        "value-too-long",
        _TABLE,
        "error",
        path,
        value(path, new),
        base=base,
    )


_datetime = insert("AcquisitionDateTime", "20260102111550")
_age = insert("PatientAge", "075Y")
_ae = insert("RetrieveAETitle", "ARCHIVE")
_address = insert("InstitutionAddress", "Nowhere")

MUTANTS = (
    _breaks("DA", "dashes", "StudyDate", "2026-01-02", "2026-01-02 has dashes"),
    _breaks("DA", "dots", "SeriesDate", "2026.01.02", "the form of ACR-NEMA, 2026.01.02"),
    _breaks("DA", "no-such-day", "StudyDate", "20260230", "30 February"),
    _breaks("DA", "no-such-month", "PatientBirthDate", "19501301", "month 13"),
    _breaks("DA", "six-digits", "StudyDate", "202601", "202601 has no day"),
    _breaks("DA", "range", "StudyDate", "20260101-20260102", "a range, as queries have it"),
    _breaks("TM", "colons", "StudyTime", "11:15:50", "11:15:50 has colons"),
    _breaks("TM", "hour-24", "StudyTime", "240000", "hour 24"),
    _breaks("TM", "minute-60", "StudyTime", "116000", "minute 60"),
    _breaks("TM", "fraction-empty", "ContentTime", "111550.", "a point without a fraction"),
    _breaks("TM", "fraction-long", "ContentTime", "111550.1234567", "seven digits of a fraction"),
    _breaks("TM", "odd-digits", "StudyTime", "11155", "five digits"),
    _breaks("DT", "iso", "AcquisitionDateTime", "2026-01-02T11:15:50", "the form of ISO 8601", base=_datetime),
    _breaks("DT", "fraction-long", "AcquisitionDateTime", "20260102111550.1234567", "seven digits", base=_datetime),
    _breaks("DT", "offset", "AcquisitionDateTime", "20260102111550+01", "an offset of two digits", base=_datetime),
    _breaks("DT", "month-13", "AcquisitionDateTime", "20261302", "month 13", base=_datetime),
    _breaks("UI", "letters", "FrameOfReferenceUID", "1.2.x.4", "a letter", clause=_UIDS),
    _breaks("UI", "leading-zero", "FrameOfReferenceUID", "1.2.03.4", "a component with a leading zero", clause=_UIDS),
    _breaks("UI", "trailing-dot", "FrameOfReferenceUID", "1.2.3.", "it ends with a dot", clause=_UIDS),
    _breaks("UI", "empty-component", "FrameOfReferenceUID", "1.2..4", "an empty component", clause=_UIDS),
    _breaks(
        "UI",
        "blank-padding",
        "FrameOfReferenceUID",
        "1.2.3 ",
        "padded with a blank, not with NULL",
        clause=_UIDS,
        level="warning",
    ),
    *(
        _breaks("UI", f"root-{name}", "FrameOfReferenceUID", uid, summary, clause=_ROOTS, rule="uid-root")
        for name, uid, summary in (
            ("first", "3.2.840", "the first number is above 2"),
            ("second", "1.40.840", "the second number is above 39 below 1"),
            ("nobody", "1.4.840", "ISO has given nobody 1.4"),
            ("alone", "2", "one number"),
            ("zeros", "0.0.0", "zeros alone"),
        )
    ),
    *(
        _breaks(vr, "nul-padding", path, new, "padded with NUL", clause=_PADDING, rule="nul-padding")
        for vr, path, new in (
            ("CS", "BodyPartExamined", b"ABDOMEN\0"),
            ("DS", "SliceThickness", b"2.5\0"),
            ("IS", "InstanceNumber", b"2\0"),
            ("LO", "PatientID", b"PAT\0"),
            ("PN", "OperatorsName", b"Synthetic^Anna\0\0"),
            ("SH", "StationName", b"CT1 \0\0"),
            ("TM", "StudyTime", b"111550\0\0"),
            ("LT", "PatientComments", b"one\0"),
        )
    ),
    _breaks(
        "CS", "nul-inside", "ImageType", b"ORIGINAL\0\\PRIMARY\\AXIAL ", "a NUL between two values", clause=_PADDING
    ),
    _breaks("CS", "lower-case", "BodyPartExamined", "Abdomen", "lower case"),
    _breaks("CS", "hyphen", "BodyPartExamined", "T-SPINE", "a hyphen"),
    _breaks("CS", "not-ascii", "BodyPartExamined", b"SCH\xc4DEL", "a letter outside the default repertoire"),
    _breaks("DS", "letters", "SliceThickness", "five", "no number"),
    _breaks("DS", "comma", "SliceThickness", "2,5", "a decimal comma"),
    _breaks("DS", "unit", "SliceThickness", "5 mm", "a unit"),
    _breaks("DS", "nan", "SliceThickness", "NaN", "not a number"),
    _breaks("DS", "exponent-empty", "SliceThickness", "5E", "an exponent without digits"),
    _breaks("DS", "second-value", "PixelSpacing", "0.5\\0.5x", "the second value is no number"),
    _breaks("IS", "decimal", "InstanceNumber", "1.5", "a decimal point"),
    _breaks("IS", "letters", "InstanceNumber", "one", "no number"),
    _breaks("IS", "range", "InstanceNumber", "2147483648", "2^31"),
    _breaks("IS", "embedded-blank", "SeriesNumber", "1 2", "a blank inside"),
    _breaks("PN", "six-components", "PatientName", "A^B^C^D^E^F", "six components", clause=_NAMES),
    _breaks("PN", "four-groups", "PatientName", "A^B=C^D=E^F=G^H", "four component groups", clause=_NAMES),
    _breaks("PN", "control", "OperatorsName", b"Synthetic\n^Otto", "a line feed"),
    _breaks("AS", "two-digits", "PatientAge", "75Y", "two digits", base=_age),
    _breaks("AS", "no-unit", "PatientAge", "075", "no unit", base=_age),
    _breaks("AS", "unit", "PatientAge", "075X", "unit X", base=_age),
    _breaks("AS", "lower-case", "PatientAge", "075y", "a small letter", base=_age),
    _breaks("AE", "control", "RetrieveAETitle", b"ARCH\tIVE", "a tabulator", base=_ae),
    _breaks("AE", "blank", "RetrieveAETitle", "        ", "blanks alone", base=_ae),
    _breaks("LO", "control", "InstitutionName", b"Clinic\r\nWest", "a line break"),
    _breaks("SH", "control", "StationName", b"CT\t1", "a tabulator"),
    _breaks("LT", "control", "PatientComments", b"beep\7", "BEL"),
    _breaks("ST", "control", "InstitutionAddress", b"Nowhere\1", "01H", base=_address),
    _long("AE", "RetrieveAETitle", "A" * 18, "16", base=_ae),
    _long("AS", "PatientAge", "0075YY", "4", base=_age),
    _long("CS", "BodyPartExamined", "A" * 18, "16"),
    _long("DA", "StudyDate", "2026010200", "8"),
    _long("DS", "SliceThickness", "5.0000000000000000", "16"),
    _long("DT", "AcquisitionDateTime", "20260102111550.123456+010000", "26", base=_datetime),
    _long("IS", "InstanceNumber", "0000000000002", "12"),
    _long("LO", "PatientID", "P" * 66, "64"),
    _long("LT", "PatientComments", "c" * 10242, "10240"),
    _long("PN", "PatientName", "S" * 66, "64 in a component group"),
    _long("SH", "AccessionNumber", "A" * 18, "16"),
    _long("ST", "InstitutionAddress", "s" * 1026, "1024", base=_address),
    _long("UI", "FrameOfReferenceUID", "2.25." + "1" * 61, "64"),
    Mutant(
        "value-length-fd",
        "CTDIvol, FD, has six bytes: no whole number of values",
        "value-length",
        _TABLE,
        "error",
        "CTDIvol",
        value("CTDIvol", bytes(6)),
        (CT,),
        base=insert("CTDIvol", bytes(6) + b"\x24\x40"),
    ),
)
