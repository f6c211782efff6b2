"""Which character set bytes of text are probably in, by what they look like; an honest word where they cannot tell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scansim.wire import charsets

_HIGH_RUNS = re.compile(rb"[\x80-\xff]+")
#: Two bytes of Shift JIS, of which the second may be below 80H.
_SHIFT_JIS = re.compile(rb"(?:[\x00-\x7f\xa1-\xdf]|[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc])*")
_SHIFT_JIS_PAIR = re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]")
_NO_SINGLE = re.compile(rb"[\x80-\x9f]")
_LETTERS = re.compile(rb"[A-Za-z]")
_SINGLE = (
    "ISO_IR 144 is Cyrillic, 126 Greek, 127 Arabic, 138 Hebrew, 166 Thai, 13 half-width Katakana, 100 West and 101 "
    "East European"
)


def likely_set(raw: bytes, vr: str, declared: Sequence[str]) -> str:
    """What to announce for bytes that do not fit what is declared, in a sentence or two.

    Parameters
    ----------
    raw : bytes
        The value as it is encoded, with a byte above 7FH or an escape sequence.
    vr : str
        Its VR.
    declared : sequence of str
        Values of Specific Character Set.
    """
    if b"\x1b" in raw:
        return _by_escapes(raw, vr, declared)
    if _decodes(raw, "utf-8"):
        return "The bytes are valid UTF-8: announce ISO_IR 192, if they are meant so."
    runs = _HIGH_RUNS.findall(raw)
    high = sum(map(len, runs))
    if (
        _SHIFT_JIS.fullmatch(raw)
        and _NO_SINGLE.search(raw)
        and _decodes(raw, "cp932")
        and len(_SHIFT_JIS_PAIR.findall(raw)) * 4 >= high
    ):
        return (
            "The bytes look like Shift JIS, which DICOM does not have: write the text with the escape sequences of "
            "ISO 2022 IR 87, or in UTF-8 and announce ISO_IR 192."
        )
    if _NO_SINGLE.search(raw):
        chinese = ", or be GB18030 or GBK if the text is Chinese" if _decodes(raw, "gb18030") else ""
        return (
            "Bytes from 80H to 9FH are characters in no single-byte set of DICOM; they may come from a code page of "
            f"Windows{chinese}: announce what fits, or write the text in UTF-8 and announce ISO_IR 192."
        )
    if max(map(len, runs)) <= 2 and len(_LETTERS.findall(raw)) > high and "ISO_IR 100" not in declared:
        return (
            "Single bytes among ASCII letters: announce ISO_IR 100 if the language is West European, ISO_IR 101 if it "
            "is East European."
        )
    if all(len(run) % 2 == 0 for run in runs) and max(map(len, runs)) >= 4:
        return f"{_in_pairs(raw)} The bytes alone do not tell: ask where the text was written."
    return f"The bytes alone do not tell the set: {_SINGLE}."


def _by_escapes(raw: bytes, vr: str, declared: Sequence[str]) -> str:
    """Bytes with escape sequences: the terms whose they are, or that they are none of DICOM's."""
    found = [
        name
        for name, term in charsets.TERMS.items()
        if name.startswith("ISO 2022")
        and any(element.number != 6 and element.escape in raw for element in term.elements)
    ]
    if not found:
        return "An escape sequence of none of the defined terms: take it out, or write the text in UTF-8."
    sets = " and ".join(found)
    if set(found) <= set(declared) or (_is_right(raw, "LO", found) and not _is_right(raw, vr, found)):
        return (
            f"The escape sequences are those of {sets}: write the text anew by the rules of code extension; the first "
            "component group of a name has none, and each value ends in the set that it began with."
        )
    if not _is_right(raw, vr, found):
        return f"The escape sequences are those of {sets}, and the bytes behind them are not."
    return f"The escape sequences are those of {sets}: announce {_announced(found)!r}."


def _announced(found: Sequence[str]) -> str:
    """Specific Character Set of text with the escape sequences of these sets."""
    return "\\".join(found if "ISO 2022 IR 13" in found else ("", *found))


def _is_right(raw: bytes, vr: str, found: Sequence[str]) -> bool:
    try:
        charsets.decode(raw, vr, charsets.check(_announced(found)))
    except charsets.CharacterSetError:
        return False
    return True


def _in_pairs(raw: bytes) -> str:
    """Bytes above A0H in pairs, as several sets of East Asia have them."""
    codecs = {
        "euc_kr": "\\ISO 2022 IR 149 (Korean)",
        "gb2312": "\\ISO 2022 IR 58 (Chinese)",
        "gb18030": "GB18030 or GBK (Chinese)",
        "euc_jp": "EUC-JP (Japanese, which DICOM does not have)",
    }
    fitting = [name for codec, name in codecs.items() if _decodes(raw, codec)]
    pairs = f"The bytes come in pairs, as in {', '.join(fitting)}" if fitting else "The bytes come in pairs"
    return f"{pairs}, or are single ones: {_SINGLE}."


def _decodes(raw: bytes, codec: str) -> bool:
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return False
    return True
