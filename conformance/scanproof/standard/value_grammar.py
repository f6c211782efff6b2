"""PS3.5 Table 6.2-1 and PS3.3 C.12.1.1.2 as code: what a value may look like, and which character sets there are.

Lengths of text count characters, not bytes, and no escape sequences (PS3.5 6.2).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

_TIME = r"(?:[01]\d|2[0-3])(?:[0-5]\d(?:(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?"
_PATTERNS = {
    "AS": (re.compile(r"\d{3}[DWMY]"), "three digits and one of D, W, M, Y"),
    "CS": (re.compile(r"[A-Z0-9 _]{1,16}"), "at most 16 of A-Z, 0-9, blank and underscore"),
    "DA": (re.compile(r"\d{8}"), "a date YYYYMMDD"),
    "DS": (re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"), "a decimal number"),
    "DT": (
        re.compile(rf"\d{{4}}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12]\d|3[01])(?:{_TIME})?)?)?(?:[+-]\d{{4}})?"),
        "a date and time YYYYMMDDHHMMSS.FFFFFF&ZZXX",
    ),
    "IS": (re.compile(r"[+-]?\d+"), "an integer"),
    "TM": (re.compile(_TIME), "a time HHMMSS.FFFFFF"),
    "UI": (re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*"), "numbers without leading zeros, joined by dots"),
}
_OFFSET = re.compile(r"[+-]\d{4}$")
_WEST, _EAST, _LAST_MINUTE = -1200, 1400, 59
_DAY = 8  # characters of a whole date
_LONGEST = {"AE": 16, "DS": 16, "IS": 12, "UI": 64}
_LONGEST_TEXT = {"SH": 16, "LO": 64, "ST": 1024, "LT": 10240}
_CONTROL = re.compile(r"[\x00-\x1a\x1c-\x1f\x7f]")  # all but ESC, which announces another character set
_GROUP_LENGTH, _GROUPS, _COMPONENTS = 64, 3, 5

#: VRs whose values are in the character set of Specific Character Set (0008,0005).
TEXT_VRS = ("SH", "LO", "ST", "LT", "UC", "UT", "PN")


def mistakes(vr: str, value: str) -> Iterator[tuple[bool, str]]:
    """Yield (surely wrong, what) of each rule that one value breaks; outer blanks are taken off already.

    Nothing is said of an empty value, nor of a VR without a grammar. `*` and `?` may really stand in text (PS3.4
    C.2.2.2.4 note, 2024d).
    """
    if not value:
        return
    shown = value if len(value) <= 70 else f"{value[:67]}..."
    pattern = _PATTERNS.get(vr)
    if pattern is not None and not pattern[0].fullmatch(value):
        yield True, f"{vr} {shown!r} is not {pattern[1]}"
    elif vr in ("DA", "DT") and len(value) >= _DAY and value[:_DAY].isdigit() and not _is_date(value[:_DAY]):
        yield True, f"{vr} {shown!r} is no day of the calendar"
    elif vr == "DT" and _OFFSET.search(value):
        yield from ((False, f"DT {shown!r}: {text}") for _, text in offset_mistakes(value[-5:]))
    elif vr == "IS" and not -(2**31) <= int(value) < 2**31:
        yield True, f"IS {shown!r} does not fit into 32 bits"
    if vr in _LONGEST and len(value) > _LONGEST[vr]:
        yield True, f"{vr} {shown!r} has {len(value)} bytes, more than {_LONGEST[vr]}"
    if vr in _LONGEST_TEXT and len(value) > _LONGEST_TEXT[vr]:
        yield True, f"{vr} {shown!r} has {len(value)} characters, more than {_LONGEST_TEXT[vr]}"
    if vr == "AE" and not value.isascii():
        yield True, f"AE {shown!r} has bytes above 7FH, and AE titles are in the default repertoire"
    if vr in ("AE", "SH", "LO", "PN") and _CONTROL.search(value):
        yield True, f"{vr} {shown!r} has control characters"
    if vr == "PN":
        yield from _name_mistakes(value, shown)


def offset_mistakes(value: str) -> Iterator[tuple[bool, str]]:
    """Yield (surely wrong, what) of an offset from UTC, +HHMM or -HHMM (PS3.5 6.2, PS3.3 C.12.1.1.8)."""
    if not _OFFSET.fullmatch(value):
        yield True, f"{value!r} is no offset from UTC, which is + or -, two digits of hours and two of minutes"
    elif value == "-0000":
        yield True, "-0000 is not used; UTC is +0000"
    elif int(value[3:]) > _LAST_MINUTE or not _WEST <= int(value) <= _EAST:
        yield False, f"the offset {value} is none from -1200 to +1400"


def is_malformed(vr: str, value: str) -> bool:
    """Whether a value surely breaks the grammar of its VR."""
    return any(surely for surely, _ in mistakes(vr, value))


def is_uid(text: str) -> bool:
    """Whether a text is made by the rules of UIDs (PS3.5 9.1); an empty one breaks none."""
    return not any(surely for surely, _ in mistakes("UI", text))


#: Arcs below ISO that ISO/IEC 9834-1 has given away; those below ITU-T and both together were given more of.
_OF_ISO = 3
#: Series of Recommendations, A to Z.
_LETTERS = 26
#: Below 0 and 1 there are no more arcs than these.
_LAST_OF_TWO = 39


def uid_root_mistake(uid: str) -> str:
    """Why nobody can have been given the root of a well-formed UID (PS3.5 9, ISO/IEC 8824-1); empty if it may be."""
    if not is_uid(uid) or not uid:
        return ""
    first, *others = map(int, uid.split("."))
    if first > 2:
        return f"UID {uid!r} begins with {first}; a UID begins with 0, 1 or 2"
    if not others:
        return f"UID {uid!r} is one number: a root without anything below it names nothing"
    if not any((first, *others)):
        return f"UID {uid!r} has zeros alone: nobody has such a root"
    if first < 2 and others[0] > _LAST_OF_TWO:
        return f"UID {uid!r}: below {first} the second number is at most {_LAST_OF_TWO}, not {others[0]}"
    if first == 0 and others[0] == 0 and not (len(others) > 1 and 0 < others[1] <= _LETTERS):
        return f"UID {uid!r}: below 0.0, Recommendations of the ITU, there are letters, 1 to {_LETTERS}"
    if first == 1 and others[0] > _OF_ISO:
        return f"UID {uid!r}: below 1 there are 1.0 to 1.{_OF_ISO}; nobody has been given 1.{others[0]}"
    return ""


def _name_mistakes(value: str, shown: str) -> Iterator[tuple[bool, str]]:
    groups = value.split("=")
    if len(groups) > _GROUPS:
        yield True, f"PN {shown!r} has {len(groups)} component groups, more than {_GROUPS}"
    for number, group in enumerate(groups, 1):
        if len(group) > _GROUP_LENGTH:
            yield True, f"PN {shown!r}: group {number} has {len(group)} characters, more than {_GROUP_LENGTH}"
        elif len(group) == _GROUP_LENGTH and number < len(groups):
            # 6.2.1.2 counts the delimiter of the group, Table 6.2-1 does not say so
            yield False, f"PN {shown!r}: group {number} has 64 characters without its delimiter"
        if group.count("^") >= _COMPONENTS:
            yield True, f"PN {shown!r}: group {number} has more than {_COMPONENTS} components"


def _is_date(value: str) -> bool:
    try:
        date(int(value[:4]), int(value[4:6]), int(value[6:]))
    except ValueError:
        return False
    return True


# --- character sets ---------------------------------------------------------------------------------------------------

_NUMBERS = ("100", "101", "109", "110", "144", "127", "126", "138", "148", "203", "13", "166")

#: Table C.12-2 and C.12-5: single values, without code extension.
SINGLE_TERMS = (*(f"ISO_IR {number}" for number in _NUMBERS), "ISO_IR 192", "GB18030", "GBK")
#: Table C.12-3: single-byte sets with code extension, at any place.
EXTENSION_TERMS = ("ISO 2022 IR 6", *(f"ISO 2022 IR {number}" for number in _NUMBERS))
#: Table C.12-4: multi-byte sets with code extension, from the second value on.
MULTI_BYTE_TERMS = ("ISO 2022 IR 87", "ISO 2022 IR 159", "ISO 2022 IR 149", "ISO 2022 IR 58")
#: Table C.12-5: never beside another.
ALONE = ("ISO_IR 192", "GB18030", "GBK")
TERMS = (*SINGLE_TERMS, *EXTENSION_TERMS, *MULTI_BYTE_TERMS)

#: In wide use though no table lists it: the default repertoire has no term (C.12-2).
_TOLERATED = ("ISO_IR 6",)


#: What other worlds call the sets of DICOM; Windows code pages are supersets of the sets named here.
_NAMES = {
    **dict.fromkeys(("ISO88591", "LATIN1", "WINDOWS1252", "CP1252"), "ISO_IR 100"),
    **dict.fromkeys(("ISO88592", "LATIN2", "WINDOWS1250", "CP1250"), "ISO_IR 101"),
    **dict.fromkeys(("ISO88595", "WINDOWS1251", "CP1251"), "ISO_IR 144"),
    **dict.fromkeys(("ISO88597", "WINDOWS1253"), "ISO_IR 126"),
    **dict.fromkeys(("ISO88599", "LATIN5", "WINDOWS1254"), "ISO_IR 148"),
    **dict.fromkeys(("ISO885915", "LATIN9"), "ISO_IR 203"),
    **dict.fromkeys(("SHIFTJIS", "SJIS", "EUCJP", "ISO2022JP"), "\\ISO 2022 IR 87"),
    **dict.fromkeys(("EUCKR", "CP949", "KSC5601"), "\\ISO 2022 IR 149"),
    **dict.fromkeys(("GB2312", "EUCCN"), "\\ISO 2022 IR 58"),
}


def nearest_term(term: str) -> str:
    """The defined term that was most likely meant: UTF-8's when nothing tells."""
    return like_term(term) or "ISO_IR 192"


def like_term(term: str) -> str:
    """The defined term that is like another word; empty when none is."""
    digits = re.sub(r"\D", "", term)
    if re.fullmatch(r"(?:[0-9a-fA-F]{2}){6,}", term) and len(digits) > 8:  # a term that was written in hexadecimal
        return like_term(bytes.fromhex(term).decode("latin-1").strip())
    if digits == "8" or "UTF" in term.upper():
        return "ISO_IR 192"
    named = _NAMES.get(re.sub(r"[\W_]", "", term).upper())
    if named:
        return named
    same = [known for known in TERMS if re.sub(r"\D", "", known.replace("2022", "")) == digits.removeprefix("2022")]
    if digits and same:
        extension = [known for known in same if known.startswith("ISO 2022") == ("2022" in term)]
        return f"\\{same[0]}" if same[0] in MULTI_BYTE_TERMS else (extension or same)[0]
    upper = term.upper().replace(" ", "")
    return next((known for known in ("GB18030", "GBK") if upper.startswith(known)), "")


def character_set_mistakes(terms: Sequence[str]) -> Iterator[tuple[bool, str]]:
    """Yield (surely wrong, what) of each rule of C.12.1.1.2 that the values of Specific Character Set break."""
    for term in terms:
        if term in _TOLERATED:
            yield False, f"{term!r}: the default repertoire has no defined term"
        elif term and term not in TERMS:
            like = like_term(term)
            yield True, f"{term!r} is no defined term" + (f"; '{like}' is the nearest one" if like else "")
    if len(terms) < 2:
        if terms and terms[0] in MULTI_BYTE_TERMS:
            yield True, f"{terms[0]!r} is the only value, and a multi-byte set stands at the second value or later"
        elif terms and terms[0] in EXTENSION_TERMS:
            yield False, f"{terms[0]!r} announces code extension, which a single value does not have"
        return
    for number, term in enumerate(terms, 1):
        if term in ALONE:
            yield True, f"{term!r} does not stand beside other character sets"
        elif term in SINGLE_TERMS:
            yield True, f"{term!r} beside others is to be '{nearest_term(term.replace('ISO_IR', 'ISO 2022 IR'))}'"
        elif number == 1 and term in MULTI_BYTE_TERMS:
            yield True, f"{term!r} is multi-byte and cannot be the first value"
        elif number > 1 and not term:
            yield False, f"value {number} is empty; only of the first it is said what that means"
