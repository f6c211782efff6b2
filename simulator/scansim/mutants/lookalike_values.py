"""What looks like a defect of a value and is none: unusual forms of the VRs, and character sets."""

from __future__ import annotations

from dataclasses import replace

from scansim.mutants.bases import character_set
from scansim.mutants.facts import IMAGES, Lookalike, right, unchanged
from scansim.mutants.surgery import Change, delete, edit, insert, padded, value

_VALUES = "PS3.5 Table 6.2-1 (2020a)"
_TERMS = "PS3.3 C.12.1.1.2 (2018-2024)"
_SWITCHING = "PS3.5 6.1.2.5.3 (2013, 2024e)"
_KANJI, _ASCII, _KOREAN = b"\x1b$B", b"\x1b(B", b"\x1b$)C"


def _kanji(text: str) -> bytes:
    return text.encode("iso2022_jp").removesuffix(_ASCII) + _ASCII


def _form(
    name: str,
    vr: str,
    path: str,
    new: str | bytes,
    why: str,
    *,
    base: Change = unchanged,
    false_alarm: str = "",
    classes: tuple[str, ...] = IMAGES,
) -> Lookalike:
    return right(
        f"{vr.lower()}-{name}",
        f"vr-grammar-{vr.lower()}",
        path,
        value(path, new),
        why,
        _VALUES,
        base=base,
        false_alarm=false_alarm,
        classes=classes,
    )


_datetime = insert("AcquisitionDateTime", "20260102111550")
_age = insert("PatientAge", "075Y")

LOOKALIKES = (
    _form("zero", "DS", "SliceLocation", "0.0", "0.0 is 0"),
    _form("plus", "DS", "SliceThickness", "+5.0", "a plus sign is allowed"),
    _form("exponent", "DS", "SliceThickness", "50e-1", "an exponent is allowed"),
    _form("no-integer-part", "DS", "SliceThickness", ".5E1", "digits before the point may be missing"),
    _form("blanks", "DS", "SliceThickness", "  5.0 ", "blanks may stand before and behind"),
    _form("sixteen", "DS", "SliceThickness", "5.00000000000000", "16 characters are allowed"),
    _form("leading-zeros", "IS", "InstanceNumber", "0002", "leading zeros mean nothing"),
    _form("plus", "IS", "InstanceNumber", "+2", "a plus sign is allowed"),
    _form("blanks", "IS", "InstanceNumber", " 2", "a leading blank is allowed"),
    _form("hour-alone", "TM", "StudyTime", "11", "minutes and seconds may be missing"),
    _form(
        "leap-second",
        "TM",
        "ContentTime",
        "235960",
        "second 60 is a leap second",
        false_alarm="it takes seconds to end at 59",
    ),
    _form("one-digit-fraction", "TM", "ContentTime", "111550.5", "a fraction has one to six digits"),
    _form("padded", "TM", "StudyTime", "111550  ", "trailing blanks are allowed"),
    _form("leap-day", "DA", "PatientBirthDate", "20240229", "29 February of a leap year"),
    _form("century", "DA", "PatientBirthDate", "18991231", "a birth date of the 19th century"),
    _form("year-alone", "DT", "AcquisitionDateTime", "2026", "trailing components may be missing", base=_datetime),
    _form("offset-utc", "DT", "AcquisitionDateTime", "20260102111550.5+0100", "an offset from UTC", base=_datetime),
    _form("day-old", "AS", "PatientAge", "000D", "a newborn", base=_age),
    right(
        "cs-blank-inside",
        "vr-grammar-cs",
        "ImageType",
        edit(
            "ImageType", lambda element: replace(element, value=padded("CS", element.value.rstrip() + b"\\MY_TERM 1"))
        ),
        "a blank, an underscore and digits are allowed, and further values of Image Type are free",
        _VALUES,
    ),
    _form("wildcards", "PN", "PatientName", "Syn*thetic^Wh?", "* and ? may really stand in a name"),
    _form("three-groups", "PN", "PatientName", "Synthetic^A=Synthetic^B=Synthetic^C", "three component groups"),
    _form("backslash", "LT", "PatientComments", "C:\\path\\file", "LT has one value: a backslash is text"),
    _form("line-break", "LT", "PatientComments", b"one\r\ntwo\x0c", "LT may have line breaks and a form feed"),
    _form("sex-other", "CS", "PatientSex", "O", "O is in the enumeration"),
    _form("empty-value", "DS", "SliceThickness", "", "Type 2, zero length"),
    right(
        "charset-absent",
        "charset-term",
        "SpecificCharacterSet",
        delete("SpecificCharacterSet"),
        "nothing leaves the default repertoire",
        _TERMS,
    ),
    right(
        "charset-ir-6",
        "charset-term",
        "SpecificCharacterSet",
        value("SpecificCharacterSet", "ISO_IR 6"),
        "the default repertoire has no term, yet this one is in wide use: a warning at most",
        _TERMS,
        level="warning",
    ),
    right(
        "charset-first-empty",
        "charset-term",
        "SpecificCharacterSet",
        value("SpecificCharacterSet", r"\ISO 2022 IR 87"),
        "an empty first value is the default repertoire (cases.md CHR-04)",
        _TERMS,
    ),
    right(
        "charset-latin-9",
        "charset-term",
        "SpecificCharacterSet",
        value("SpecificCharacterSet", "ISO_IR 203"),
        "Latin alphabet No. 9 is in recent editions (cases.md CHR-01)",
        _TERMS,
    ),
    right(
        "charset-latin",
        "charset-bytes",
        "PatientName",
        value("PatientName", "Müller^Synthetic".encode("latin-1")),
        "Latin-1 bytes under ISO_IR 100",
        "PS3.5 6.1.2.3 (2013, 2020a)",
    ),
    right(
        "charset-utf-8",
        "charset-bytes",
        "PatientName",
        value("PatientName", "Müller^Synthetic=山田^太郎".encode()),
        "UTF-8 under ISO_IR 192",
        "PS3.5 6.1.2.3 (2013, 2020a)",
        base=character_set("ISO_IR 192"),
    ),
    right(
        "charset-delimiter-bytes",
        "vr-grammar-pn",
        "PatientName",
        value("PatientName", b"Hyou^Kai=" + _kanji("表本") + b"^" + _kanji("折")),
        "the bytes of a kanji are no delimiters, though they are 3DH, 5CH and 5EH (cases.md CHR-02)",
        "PS3.5 6.1.2.5.3, 6.2.1.2 (2013)",
        false_alarm="it takes bytes of kanji for delimiters",
        base=character_set(r"\ISO 2022 IR 87"),
    ),
    right(
        "charset-korean-no-return",
        "charset-bytes",
        "PatientName",
        value("PatientName", b"Kim^Min=" + _KOREAN + "김".encode("euc_kr") + b"^" + _KOREAN + "민".encode("euc_kr")),
        "a set in G1 needs no escape sequence back (cases.md CHR-04)",
        _SWITCHING,
        base=character_set(r"\ISO 2022 IR 149"),
    ),
)
