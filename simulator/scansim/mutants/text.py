"""Mutants: Specific Character Set, and bytes that it does not allow."""

from __future__ import annotations

from scansim.mutants.bases import character_set
from scansim.mutants.facts import Mutant, unchanged
from scansim.mutants.surgery import Change, delete, value

_TERMS = "PS3.3 C.12.1.1.2 (2018-2024)"
_BYTES = "PS3.5 6.1.2.3 (2013, 2020a)"
_EXTENSION = "PS3.5 6.1.2.4 (2013, 2020a), 6.1.2.5.4 (2020a)"
_SWITCHING = "PS3.5 6.1.2.5.3 (2013, 2024e)"

_KANJI, _ASCII, _KOREAN = b"\x1b$B", b"\x1b(B", b"\x1b$)C"
_JIS = "山田".encode("iso2022_jp").removeprefix(_KANJI).removesuffix(_ASCII)
_KS = "김".encode("euc_kr")
_TARO = "太郎".encode("iso2022_jp").removeprefix(_KANJI).removesuffix(_ASCII)


def _name(family: bytes, given: bytes) -> bytes:
    return b"Yamada^Tarou=" + family + b"^" + given


_GOOD_JAPANESE = _name(_KANJI + _JIS + _ASCII, _KANJI + _TARO + _ASCII)
_japanese = character_set(r"\ISO 2022 IR 87", _GOOD_JAPANESE)
_korean = character_set(r"\ISO 2022 IR 149", b"Kim^Min=" + _KOREAN + _KS + b"^" + _KOREAN + _KS)


def _term(name: str, new: str, summary: str, clause: str = _TERMS) -> Mutant:
    return Mutant(
        f"charset-term-{name}",
        summary,
        "charset-term",
        clause,
        "error",
        "SpecificCharacterSet",
        value("SpecificCharacterSet", new),
    )


def _bytes(name: str, new: bytes, summary: str, clause: str = _BYTES, *, base: Change = unchanged) -> Mutant:
    return Mutant(
        f"charset-bytes-{name}",
        summary,
        "charset-bytes",
        clause,
        "error",
        "PatientName",
        value("PatientName", new),
        base=base,
    )


MUTANTS = (
    _term("korean-single", "ISO_IR 149", "ISO_IR 149 is no defined term (cases.md CHR-01)"),
    _term("utf-8", "UTF8", "UTF8 is no defined term"),
    _term("blank-192", "ISO IR 192", "ISO IR 192, with a blank for the underscore"),
    _term("underscore-2022", "ISO_2022_IR_87", "ISO_2022_IR_87, with underscores for blanks"),
    _term("windows", "WINDOWS_1252", "a code page of Windows"),
    _term("mixed", r"ISO_IR 13\ISO 2022 IR 87", "a term without code extension beside one with", _EXTENSION),
    _term("multi-byte-first", "ISO 2022 IR 87", "a multi-byte set as value 1", _EXTENSION),
    _term("utf-8-beside", r"ISO_IR 192\ISO 2022 IR 87", "ISO_IR 192 beside another set", _EXTENSION),
    _term("gb18030-beside", r"GB18030\ISO_IR 192", "GB18030 beside another set", _EXTENSION),
    _bytes(
        "default",
        b"M\xfcller^Synthetic",
        "Latin-1 bytes, no Specific Character Set",
        base=delete("SpecificCharacterSet"),
    ),
    _bytes("utf-8-broken", b"M\xfcller^Synthetic", "Latin-1 bytes under ISO_IR 192", base=character_set("ISO_IR 192")),
    _bytes("utf-8-cut", b"Synthetic^M\xc3", "a character of UTF-8 is cut in two", base=character_set("ISO_IR 192")),
    _bytes("utf-8-overlong", b"Synthetic^A\xc1\x81", "an overlong form of UTF-8", base=character_set("ISO_IR 192")),
    _bytes("utf-8-under-latin", "Müller^Śynthetic".encode(), "UTF-8 under ISO_IR 100: 9AH is no character of it"),
    _bytes("c1", b"M\x9cller^Synthetic", "9CH, of a Windows code page, under ISO_IR 100"),
    _bytes("thai", b"Synthetic^\xfc", "FCH, no character of TIS 620", base=character_set("ISO_IR 166")),
    _bytes("greek", b"Synthetic^\xff", "FFH, no character of ISO 8859-7", base=character_set("ISO_IR 126")),
    _bytes(
        "gb18030", b"Synthetic^\x81\x20", "a lead byte of GB18030 without its trail byte", base=character_set("GB18030")
    ),
    _bytes(
        "escape-single",
        _GOOD_JAPANESE,
        "escape sequences, and Specific Character Set has one value",
        _EXTENSION,
    ),
    _bytes(
        "escape-undeclared",
        b"Kim^Min=" + _KOREAN + _KS + b"^" + _KOREAN + _KS,
        "the escape sequence of a set that is not declared",
        _SWITCHING,
        base=_japanese,
    ),
    _bytes(
        "no-return-delimiter",
        _name(_KANJI + _JIS, _TARO + _ASCII),
        "still in kanji at the ^",
        _SWITCHING,
        base=_japanese,
    ),
    _bytes(
        "no-return-end",
        _name(_KANJI + _JIS + _ASCII, _KANJI + _TARO),
        "still in kanji at the end of the value",
        _SWITCHING,
        base=_japanese,
    ),
    _bytes(
        "no-designation",
        b"Kim^Min=" + _KOREAN + _KS + b"^" + _KS,
        "the escape sequence is not repeated after the ^",
        _SWITCHING,
        base=_korean,
    ),
    _bytes(
        "odd-kanji",
        _name(_KANJI + _JIS[:-1] + _ASCII, _KANJI + _TARO + _ASCII),
        "half a kanji",
        _SWITCHING,
        base=_japanese,
    ),
    _bytes(
        "escape-alphabetic",
        _KANJI + _JIS + _ASCII + b"^Tarou=" + _KANJI + _JIS + _ASCII,
        "an escape sequence in the alphabetic group",
        "PS3.5 6.2.1.2 (2013)",
        base=_japanese,
    ),
)
