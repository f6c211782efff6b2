"""Specific Character Set (0008,0005): its defined terms, and an exact encoder and decoder for text.

pydicom's encoder picks one set for a whole value and escapes where PS3.5 6.1.2.5.3 (2013) does not want it, its decoder
forgives much; a simulator needs bytes that are right by the clause, and a checker needs to know whether they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

#: VRs of several values that Specific Character Set governs: 5CH stands between values.
MULTIPLE_VRS = frozenset({"LO", "PN", "SH", "UC"})
#: VRs of one value that Specific Character Set governs: backslash is text, and lines may be ended.
TEXT_VRS = frozenset({"LT", "ST", "UT"})

_ESC = 0x1B
_LINE_CONTROLS = "\t\n\f\r"  # PS3.5 6.1.3


class CharacterSetError(ValueError):
    """Terms that may not stand together, or text or bytes that they cannot hold."""


@dataclass(frozen=True)
class CodeElement:
    """One registered set of graphic characters, with its escape sequence (PS3.3 Tables C.12-3 and C.12-4).

    Parameters
    ----------
    number, width : int
        ISO-IR registration number; bytes for one character.
    area : str
        G0 (bytes below 80H) or G1 (bytes above).
    escape : bytes
        The escape sequence, from ESC to the final byte.
    codec : str
        The Python codec that knows the characters, at their G1 positions when `width` is 2.
    prefix : bytes
        What the codec wants before each character.
    absent : frozenset of bytes
        Positions that the codec has from a later edition and the registered set has not.
    other : tuple of (bytes, str)
        Positions where the set differs from the codec.
    """

    number: int
    area: Literal["G0", "G1"]
    width: Literal[1, 2]
    escape: bytes
    codec: str
    prefix: bytes = b""
    absent: frozenset[bytes] = frozenset()
    other: tuple[tuple[bytes, str], ...] = ()


@dataclass(frozen=True)
class Term:
    """What one value of Specific Character Set stands for: sets in G0 and G1, or a whole code of its own."""

    elements: tuple[CodeElement, ...] = ()
    codec: str = ""

    @property
    def multi_byte(self) -> bool:
        """True for the terms of PS3.3 Table C.12-4, which may not be value 1."""
        return any(element.width == 2 for element in self.elements)


def _later(*positions: int) -> frozenset[bytes]:
    return frozenset(position.to_bytes(1 if position < 256 else 2, "big") for position in positions)


_ASCII = CodeElement(6, "G0", 1, b"\x1b(B", "ascii")
_ROMAJI = CodeElement(14, "G0", 1, b"\x1b(J", "ascii", other=((b"\x5c", "¥"), (b"\x7e", "‾")))
_KATAKANA = CodeElement(13, "G1", 1, b"\x1b)I", "shift_jis")
_SINGLE_BYTE = (
    CodeElement(100, "G1", 1, b"\x1b-A", "latin_1"),
    CodeElement(101, "G1", 1, b"\x1b-B", "iso8859_2"),
    CodeElement(109, "G1", 1, b"\x1b-C", "iso8859_3"),
    CodeElement(110, "G1", 1, b"\x1b-D", "iso8859_4"),
    CodeElement(144, "G1", 1, b"\x1b-L", "iso8859_5"),
    CodeElement(127, "G1", 1, b"\x1b-G", "iso8859_6"),
    # Registration 126 is ISO 8859-7:1987: no euro, drachma and iota subscript.
    CodeElement(126, "G1", 1, b"\x1b-F", "iso8859_7", absent=_later(0xA4, 0xA5, 0xAA)),
    # Registration 138 is ISO 8859-8:1988: no direction marks.
    CodeElement(138, "G1", 1, b"\x1b-H", "iso8859_8", absent=_later(0xFD, 0xFE)),
    CodeElement(148, "G1", 1, b"\x1b-M", "iso8859_9"),
    CodeElement(203, "G1", 1, b"\x1b-b", "iso8859_15"),
    CodeElement(166, "G1", 1, b"\x1b-T", "tis_620"),
)
_MULTI_BYTE = (
    CodeElement(87, "G0", 2, b"\x1b$B", "euc_jp"),
    CodeElement(159, "G0", 2, b"\x1b$(D", "euc_jp", prefix=b"\x8f"),
    # Registration 149 is KS C 5601:1987: no euro and registered sign, but a filler that the codec keeps for itself.
    CodeElement(149, "G1", 2, b"\x1b$)C", "euc_kr", absent=_later(0xA2E6, 0xA2E7), other=((b"\xa4\xd4", "\u3164"),)),
    CodeElement(58, "G1", 2, b"\x1b$)A", "gb2312"),
)


def _defined_terms() -> dict[str, Term]:
    pairs = {element.number: (_ASCII, element) for element in _SINGLE_BYTE} | {13: (_ROMAJI, _KATAKANA)}
    return (
        {f"ISO_IR {number}": Term(elements) for number, elements in pairs.items()}
        | {"ISO 2022 IR 6": Term((_ASCII,))}
        | {f"ISO 2022 IR {number}": Term(elements) for number, elements in pairs.items()}
        | {f"ISO 2022 IR {element.number}": Term((element,)) for element in _MULTI_BYTE}
        | {"ISO_IR 192": Term(codec="utf-8"), "GB18030": Term(codec="gb18030"), "GBK": Term(codec="gbk")}
    )


#: Every defined term of PS3.3 Tables C.12-2 to C.12-5; the default repertoire has none.
TERMS = _defined_terms()


def check(terms: str | Sequence[str]) -> tuple[str, ...]:
    """Return the values of Specific Character Set, or raise for a combination that is not legal.

    Parameters
    ----------
    terms : str or sequence of str
        The values; a string is split at backslashes. No value, or one empty value, is the default repertoire: ``()``.

    Raises
    ------
    CharacterSetError
        For a term that is not defined, and by PS3.3 C.12.1.1.2 (2018-2024): with one value a term with code extension,
        with several one without; a multi-byte term as value 1; an empty value that is not value 1.
    """
    values = tuple(terms.split("\\")) if isinstance(terms, str) else tuple(terms)
    if values in ((), ("",)):
        return ()
    for place, term in enumerate(values, 1):
        if not term:
            if place > 1:
                raise CharacterSetError(f"value {place} of Specific Character Set is empty: only value 1 may be")
            continue
        if term not in TERMS:
            raise CharacterSetError(f"{term!r} is not a defined term of Specific Character Set")
        extension = term.startswith("ISO 2022")
        if extension and len(values) == 1:
            raise CharacterSetError(f"{term!r} is for code extension: it cannot be the only value")
        if not extension and len(values) > 1:
            raise CharacterSetError(f"{term!r} has no code extension: it must be the only value")
        if place == 1 and TERMS[term].multi_byte:
            raise CharacterSetError(f"{term!r} is multi-byte: it cannot be value 1")
    return values


def encode(text: str, vr: str, terms: str | Sequence[str]) -> bytes:
    """Encode text as PS3.5 6.1.2.5.3 (2013) wants it, without padding.

    An escape sequence precedes the first character of a set in each value, line, name component and component group.
    Before each of their delimiters and at the end, the sets of value 1 are designated again where another took their
    place; the default repertoire has no G1, so a set in G1 under an empty value 1 is left there (PS3.5 K.3, 2024e).
    ISO 2022 would sometimes allow fewer escapes within a component; readers that follow one set at a time need these.

    Parameters
    ----------
    text : str
        The value or, divided by backslashes, the values (LO, PN, SH, UC).
    vr : str
        One of LO, LT, PN, SH, ST, UC, UT.
    terms : str or sequence of str
        The values of Specific Character Set.

    Raises
    ------
    CharacterSetError
        Naming the first character that cannot be encoded: in the first component group of a PN only the sets of value 1
        are allowed, because no escape sequence may stand there (PS3.5 6.2.1.2, 2013).
    """
    values = check(terms)
    codec = _own_code(values, vr)
    _refuse_controls(text, vr)
    if codec:
        try:
            return text.encode(codec)
        except UnicodeEncodeError as error:
            raise _not_encodable(text[error.start], error.start, values[0]) from None
    encoder = _Encoder(values, vr)
    out, group = bytearray(), 0
    delimiters = re.escape(_delimiters(vr))
    for part in re.finditer(f"([^{delimiters}]*)([{delimiters}]?)", text):
        out += encoder.part(part[1], part.start(), alphabetic=vr == "PN" and group == 0)
        out += part[2].encode("ascii")
        group = _group_after(group, part[2])
    return bytes(out)


def decode(data: bytes, vr: str, terms: str | Sequence[str]) -> str:
    """Decode the bytes of a value, by the same rules that `encode` obeys; padding is kept.

    Raises
    ------
    CharacterSetError
        At the first byte that breaks a rule: an escape sequence that is unknown, not declared or in the first component
        group of a PN; a delimiter or the end while other sets than those of value 1 are designated; a byte that the
        designated set does not have.
    """
    values = check(terms)
    codec = _own_code(values, vr)
    if codec:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError as error:
            raise _not_decodable(data, error.start, f"not {values[0]}") from None
        _refuse_controls(text, vr)
        return text
    return "".join(_decoded(data, vr, values))


def _refuse_controls(text: str, vr: str) -> None:
    for index, char in enumerate(text):
        if (char < " " or "\x7f" <= char < "\xa0") and not (vr in TEXT_VRS and char in _LINE_CONTROLS):
            raise CharacterSetError(f"control character U+{ord(char):04X} at index {index} of VR {vr}")


def _delimiters(vr: str) -> str:
    return _LINE_CONTROLS if vr in TEXT_VRS else "\\^=" if vr == "PN" else "\\"


def _own_code(values: tuple[str, ...], vr: str) -> str:
    if vr not in MULTIPLE_VRS | TEXT_VRS:
        raise CharacterSetError(f"Specific Character Set has no effect on VR {vr!r}")
    return TERMS[values[0]].codec if values and values[0] else ""


def _group_after(group: int, delimiter: str) -> int:
    return {"=": group + 1, "\\": 0}.get(delimiter, group)


def _not_encodable(char: str, index: int, what: str) -> CharacterSetError:
    return CharacterSetError(f"{what} cannot encode {char!r} (U+{ord(char):04X}) at index {index}")


def _not_decodable(data: bytes, offset: int, why: str) -> CharacterSetError:
    at = f"byte {data[offset]:02X}H at offset {offset}" if offset < len(data) else "the end"
    return CharacterSetError(f"{at}: {why}")


@cache
def characters(element: CodeElement) -> dict[bytes, str]:
    """Return the characters of a set by their bytes."""
    found: dict[bytes, str] = {}
    if element.width == 1:
        span = range(0x20, 0x7F) if element.area == "G0" else range(0xA0, 0x100)
        codes = [bytes((byte,)) for byte in span]
    else:
        codes = [bytes((row, cell)) for row in range(0xA1, 0xFF) for cell in range(0xA1, 0xFF)]
    for code in codes:
        try:
            char = (element.prefix + code).decode(element.codec)
        except UnicodeDecodeError:
            continue
        if code not in element.absent:
            found[bytes(byte & 0x7F for byte in code) if element.area == "G0" else code] = char
    return found | dict(element.other)


@cache
def _codes(element: CodeElement) -> dict[str, bytes]:
    return {char: code for code, char in characters(element).items()}


class _Code:
    """The sets that the values of Specific Character Set declare, and those in force where nothing was designated."""

    def __init__(self, values: tuple[str, ...]) -> None:
        terms = [TERMS[term] if term else Term((_ASCII,)) for term in values or ("",)]
        self.name = "\\".join(values) or "the default repertoire"
        self.extension = len(terms) > 1
        self.elements = list(dict.fromkeys(element for term in terms for element in term.elements))
        self.g0 = next(element for element in terms[0].elements if element.area == "G0")
        self.g1 = next((element for element in terms[0].elements if element.area == "G1"), None)


class _Encoder(_Code):
    """Encodes the stretches between delimiters, each from the initial state to the initial state."""

    def __init__(self, values: tuple[str, ...], vr: str) -> None:
        super().__init__(values)
        self.delimiters = {delimiter.encode("ascii") for delimiter in _delimiters(vr)}

    def part(self, text: str, start: int, *, alphabetic: bool) -> bytes:
        out = bytearray()
        g0, g1, last = self.g0, self.g1, None
        for index, char in enumerate(text, start):
            # One set at a time: after an escape only its set, and for one in G1 the G0 beside it, are used as they are.
            usable = (self.g0, self.g1) if last is None else (last, self.g0 if last.area == "G1" else None)
            element = self._holding(char, usable)
            if element is None:
                element = self._holding(char, self.elements)
                if element is None or alphabetic or not self.extension:
                    first = "value 1, alone allowed in the first component group, of " if alphabetic and element else ""
                    raise _not_encodable(char, index, first + self.name)
                if element.area == "G1":
                    if g0 is not self.g0:
                        out += self.g0.escape
                    g0, g1 = self.g0, element
                else:
                    g0 = element
                out += element.escape
                last = element
            out += _codes(element)[char]
        if g0 is not self.g0:
            out += self.g0.escape
        if self.g1 is not None and g1 is not self.g1:
            out += self.g1.escape
        return bytes(out)

    def _holding(self, char: str, elements: Sequence[CodeElement | None]) -> CodeElement | None:
        # The yen sign of ISO-IR 14 is 5CH, which divides values in most VRs (PS3.5 H.1.1, 2024e).
        held = (element for element in elements if element and char in _codes(element))
        return next((element for element in held if _codes(element)[char] not in self.delimiters), None)


def _decoded(data: bytes, vr: str, values: tuple[str, ...]) -> Iterator[str]:
    code = _Code(values)
    delimiters = _delimiters(vr)
    g0, g1, offset, group = code.g0, code.g1, 0, 0

    def require_initial(before: str) -> None:
        if g0 is not code.g0:
            raise _not_decodable(data, offset, f"G0 still holds ISO-IR {g0.number} before {before}")
        if code.g1 is not None and g1 is not None and g1 is not code.g1:
            raise _not_decodable(data, offset, f"G1 still holds ISO-IR {g1.number} before {before}")

    while offset < len(data):
        byte = data[offset]
        if byte == _ESC:
            element = next((known for known in code.elements if data.startswith(known.escape, offset)), None)
            if element is None or not code.extension:
                raise _not_decodable(data, offset, f"no escape sequence that {code.name} declares")
            if vr == "PN" and group == 0:
                raise _not_decodable(data, offset, "escape sequence in the first component group")
            g0, g1 = (element, g1) if element.area == "G0" else (g0, element)
            offset += len(element.escape)
        elif chr(byte) in delimiters and (g0.width == 1 or byte < 0x20):
            require_initial(f"delimiter {byte:02X}H")
            yield chr(byte)
            g0, g1 = code.g0, code.g1
            group = _group_after(group, chr(byte))
            offset += 1
        elif byte == 0x20:  # SPACE, whatever 94-character set is in G0
            yield " "
            offset += 1
        else:
            holder = g0 if byte < 0x80 else g1
            if holder is None:
                raise _not_decodable(data, offset, "no set is designated to G1")
            char = characters(holder).get(data[offset : offset + holder.width])
            if char is None:
                raise _not_decodable(data, offset, f"no character of ISO-IR {holder.number}")
            yield char
            offset += holder.width
    require_initial("the end")


@dataclass(frozen=True)
class CharacterSet:
    """A legal value of Specific Character Set, with a locale whose names it can hold as they are written."""

    terms: tuple[str, ...]
    locale: str


_LOCALES = {
    "6": "en_US", "100": "de_DE", "101": "pl_PL", "109": "mt_MT", "110": "lv_LV", "144": "ru_RU", "127": "ar_SA",
    "126": "el_GR", "138": "he_IL", "148": "tr_TR", "203": "et_EE", "166": "th_TH", "13": "ja_JP", "87": "ja_JP",
    "159": "ja_JP", "149": "ko_KR", "58": "zh_CN", "192": "ja_JP", "GB18030": "zh_CN", "GBK": "zh_CN",
}  # fmt: skip


def locale_for(terms: str | Sequence[str]) -> str:
    """Return a locale whose names the sets can hold: that of the first multi-byte term, or else of value 1."""
    values = check(terms) or ("",)
    chosen = next((term for term in values if term and TERMS[term].multi_byte), values[0])
    return _LOCALES[chosen.rpartition(" ")[2] or "6"]


def _character_sets() -> dict[str, CharacterSet]:
    names = [term for term in TERMS if not term.startswith("ISO 2022")]
    single = [f"ISO 2022 IR {number}" for number in (*(element.number for element in _SINGLE_BYTE), 13)]
    names += [f"{term}\\ISO 2022 IR {101 if term.endswith(' 100') else 100}" for term in single]
    for one in ("", "ISO 2022 IR 6", "ISO 2022 IR 100"):
        names += [f"{one}\\ISO 2022 IR {number}" for number in (87, 149, 58)]
    names += [r"\ISO 2022 IR 87\ISO 2022 IR 159", r"\ISO 2022 IR 13\ISO 2022 IR 87", r"ISO 2022 IR 13\ISO 2022 IR 87"]
    names += [r"ISO 2022 IR 13\ISO 2022 IR 87\ISO 2022 IR 159", r"\ISO 2022 IR 87\ISO 2022 IR 149\ISO 2022 IR 58"]
    sets = {name: CharacterSet(check(name), locale_for(name)) for name in names}
    return {"ISO_IR 6": CharacterSet((), "en_US")} | sets


#: Values of Specific Character Set by name, as the attribute writes them; ``ISO_IR 6`` is the attribute left out.
CHARACTER_SETS = _character_sets()
