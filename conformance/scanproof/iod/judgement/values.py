"""Judgement of one element by itself: VR, VM, length, grammar of values, character set, items, listed values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scanproof.iod.encoded.dictionary import Attribute, attribute_of, vrs_of
from scanproof.iod.encoded.unknown import known_element
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.charset_hint import likely_set
from scanproof.iod.judgement.meant import rewritten
from scanproof.iod.judgement.padding import CLAUSE as PADDING
from scanproof.iod.judgement.padding import inner_nul, padding_mistakes
from scanproof.iod.tables.listed import LISTED, TOO_FEW, counted, is_closed, listed_findings
from scanproof.standard.value_grammar import (
    TEXT_VRS,
    character_set_mistakes,
    mistakes,
    offset_mistakes,
    uid_root_mistake,
)
from scansim.wire import charsets
from scansim.wire.dataset import LONGEST_VALUE, DataSet, Element, keyword
from scansim.wire.text import CHARSET_VRS, UNANNOUNCED

_GRAMMAR = "PS3.5 6.2 (2013)"
_CHARACTERS = "PS3.5 6.1.2.3, 6.1.2.5.3 (2013)"
_ROOTS = "PS3.5 9, 9.2 (2020); ISO/IEC 9834-1"
_CREATORS = "PS3.5 7.8.1 (2025a)"
#: Lengths in bytes of values of fixed form (PS3.5 Table 6.2-1).
_LONGEST = {"AS": 4, "CS": 16, "DA": 8, "DT": 26, "TM": 16}
_OF_GRAMMAR = ("vr-grammar-", "value-too-long")
_TOO_LONG = re.compile(r"has \d+ (?:bytes|characters), more than")
_TEXT_LINES = ("LT", "ST", "UT")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "AT": 4, "SV": 8, "UV": 8}
_SIZES = {vr.encode(): size for vr, size in _BINARY_SIZES.items() if vr != "AT"}
_TIME = rb"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\.\d{1,6})?"
#: A decimal number of 16 bytes at most, with the blanks around it.
_DECIMAL = rb"(?=[^\\]{1,16}(?:\\|\Z)) *[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)? *"
#: Shapes of values in which nothing depends on the value; each is narrower than what its VR allows.
_SHAPES: Mapping[bytes, re.Pattern[bytes]] = {
    b"CS": re.compile(rb"[A-Z0-9_][A-Z0-9_ ]{0,15}(?:\\[A-Z0-9_][A-Z0-9_ ]{0,15})*"),
    b"DA": re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"),
    b"DS": re.compile(rb"%s(?:\\%s)*" % (_DECIMAL, _DECIMAL)),
    b"DT": re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])(?:%s)?" % _TIME),
    b"IS": re.compile(rb"-?\d{1,9}(?:\\-?\d{1,9})*"),
    b"LO": re.compile(rb"[!-\[\]-~][ -\[\]-~]{0,63}"),
    b"PN": re.compile(rb"(?=.{1,63}$)[A-Za-z][A-Za-z-]*(?:\^[A-Za-z-]+){0,4}"),
    b"SH": re.compile(rb"[!-\[\]-~][ -\[\]-~]{0,15}"),
    b"TM": re.compile(_TIME),
    b"UI": re.compile(rb"(?=.{1,64}$)(?:1\.[0-3]|2\.(?:0|[1-9]\d*))(?:\.(?:0|[1-9]\d*))*"),
}
_SPECIFIC_CHARACTER_SET, _OFFSET_FROM_UTC = 0x00080005, 0x00080201
#: VRs whose values only trailing blanks pad, by what the standard says of each.
_NOT_LEADING = ("DT", "TM", "UI")
_ONE_VALUE_VRS = ("ST", "LT", "UT", "UR", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "SQ")


def is_surely_right(tag: int, vr: bytes, value: bytes) -> bool:
    """Whether `judge_element` has nothing to say of a value, seen without decoding it; False when that is not sure.

    The attribute has this VR and so many values, no list names them, and each is of the plainest shape: a UID, a
    decimal number, a date, ASCII text without delimiters. Nothing else about the value matters then.
    """
    attribute = attribute_of(tag)
    if attribute is None or attribute.retired or tag in LISTED or vr not in vrs_of(tag):
        return False
    if tag in (_SPECIFIC_CHARACTER_SET, _OFFSET_FROM_UTC) or not tag & 0xFFFF:  # of which rules of their own tell
        return False
    if not value:
        return vr in _SIZES or vr in _SHAPES
    size = _SIZES.get(vr)
    if size is not None:
        return len(value) % size == 0 and attribute.may_have(len(value) // size)
    pattern = _SHAPES.get(vr)
    if pattern is None or len(value) % 2:
        return False
    if value[-1:] == (b"\0" if vr == b"UI" else b" "):
        value = value[:-1]
    return pattern.fullmatch(value) is not None and attribute.may_have(value.count(b"\\") + 1)


def judge_element(
    dataset: DataSet, element: Element, path: str = "", terms: tuple[str, ...] | None = None
) -> Iterator[IodFinding]:
    """Judge one element, and those in its items.

    Parameters
    ----------
    dataset : DataSet
        What holds it; its character set is that of the text.
    element : Element
        The element; of VR UN, it is judged by what the dictionary has for it.
    path : str
        Path of what is around it, such as ``Sequence[1] > ``.
    terms : tuple of str, optional
        Specific Character Set of what is around, where `dataset` has none of its own; by default what it is
        read by.
    """
    element = known_element(element, dataset)
    tag, attribute = element.tag, attribute_of(element.tag)
    here = f"{path}{keyword(tag) if attribute is None else attribute.keyword}"
    own = dataset.elements.get(_SPECIFIC_CHARACTER_SET)
    if own is not None:
        terms = dataset.values_of(own)
    elif terms is None:
        terms = () if dataset.encodings == UNANNOUNCED else dataset.encodings
    if attribute is None or attribute.retired or not tag & 0xFFFF:
        yield from _tag(dataset, element, here, attribute)
    strange = attribute is not None and element.vr not in attribute.vrs and element.vr != "UN"
    if strange and attribute is not None:
        text = f"VR {element.vr}, where the dictionary has {' or '.join(attribute.vrs)}"
        yield IodFinding("vr-mismatch", IodLevel.ERROR, here, text, "PS3.6 6 (2024e)", element.offset)
    if element.items is not None:
        for number, item in enumerate(element.items, 1):
            if not item.elements and attribute is None:
                text = "an item without a single attribute"
                yield IodFinding("item-empty", IodLevel.WARNING, f"{here}[{number}]", text, "PS3.5 7.5 (2013)")
            for inner in item.elements.values():
                if inner.items is not None or not is_surely_right(inner.tag, inner.vr.encode(), inner.value):
                    yield from judge_element(item, inner, f"{here}[{number}] > ", terms)
        return
    if len(element.value) % 2:
        text = f"the value has {len(element.value)} bytes, where their number is even"
        yield IodFinding("odd-length", IodLevel.ERROR, here, text, "PS3.5 7.1.1 (2013)", element.offset)
    if element.vr in _BINARY_SIZES:
        yield from _binary(dataset, element, here, attribute)
    elif element.value:
        found = _values(dataset, element, here, attribute, terms)
        # the grammar of a VR that is wrong says nothing of the value
        yield from (each for each in found if not (strange and each.rule.startswith(_OF_GRAMMAR)))


def _tag(dataset: DataSet, element: Element, here: str, attribute: Attribute | None) -> Iterator[IodFinding]:
    """Judge where an element may stand, and the form of a private creator."""
    group, low = element.tag >> 16, element.tag & 0xFFFF
    if not low:
        yield IodFinding("group-length", IodLevel.INFO, here, "the group length is retired", "PS3.5 7.2 (2020a)")
    elif attribute is not None:
        if attribute.retired:
            yield IodFinding("attribute-retired", IodLevel.WARNING, here, "the attribute is retired", "PS3.6 6 (2024e)")
    elif not group & 1:
        text = "the dictionary has no such attribute"
        yield IodFinding("attribute-unknown", IodLevel.INFO, here, text, "PS3.6 6 (2024e)")
    elif 0x10 <= low <= 0xFF:
        yield from _creator(dataset, element, here)


def _creator(dataset: DataSet, element: Element, here: str) -> Iterator[IodFinding]:
    if element.vr not in ("LO", "UN"):
        text = f"a Private Creator with VR {element.vr}, where LO is wanted"
        yield IodFinding("private-creator-vr", IodLevel.ERROR, here, text, _CREATORS, element.offset)
    elif b"\\" in element.value:
        text = f"{len(dataset.values_of(element))} values of a Private Creator, which has one"
        yield IodFinding("vm", IodLevel.ERROR, here, text, _CREATORS, element.offset)
    elif element.vr == "UN":
        text = "a Private Creator with VR UN, where LO is wanted"
        yield IodFinding("private-creator-vr", IodLevel.WARNING, here, text, "PS3.5 6.2.2 (2020)", element.offset)


def _binary(dataset: DataSet, element: Element, here: str, attribute: Attribute | None) -> Iterator[IodFinding]:
    """Judge values of a fixed number of bytes each: how many there are, and lists."""
    size = _BINARY_SIZES[element.vr]
    count, rest = divmod(len(element.value), size)
    if rest and not rest % 2:  # of an odd number of bytes that is said already
        text = f"{len(element.value)} bytes are no whole number of {element.vr} values of {size} bytes"
        yield IodFinding("value-length", IodLevel.ERROR, here, text, _GRAMMAR, element.offset)
    if attribute is not None and count:
        if not attribute.may_have(count):
            yield _multiplicity(element, here, count, attribute)
        if element.tag in LISTED:
            yield from listed_findings(element, dataset.values_of(element), here)


def _values(
    dataset: DataSet, element: Element, here: str, attribute: Attribute | None, terms: tuple[str, ...]
) -> Iterator[IodFinding]:
    """Judge values of text, and bytes that are nothing else: how many there are, lists, characters and grammar."""
    vr, raw = element.vr, element.value
    values = dataset.values_of(element)
    if len(raw) > LONGEST_VALUE and vr not in CHARSET_VRS:  # of which no more than the beginning was split
        values = tuple(value.strip("\0 ") for value in raw.decode("latin-1").split("\\"))
    count = 1
    if vr not in _ONE_VALUE_VRS:
        count = (len(values) or 1) if raw.strip(b" \0") else 0
    if attribute is not None and count:
        if not attribute.may_have(count):
            yield _multiplicity(element, here, count, attribute)
        if element.tag in LISTED:
            yield from listed_findings(element, values, here)
    for rule, level, text in padding_mistakes(vr, raw):
        advice = "Pad the UID with a NUL." if vr == "UI" else ""
        yield IodFinding(rule, level, here, text, PADDING, element.offset, advice=advice)
    character = _forbidden_character(vr, raw, values)
    if character:
        yield IodFinding(f"vr-grammar-{vr.lower()}", IodLevel.ERROR, here, character, _GRAMMAR, element.offset)
    if vr in TEXT_VRS:
        yield from _characters(element, here, terms)
    for value in values:
        # where only so many values are allowed, what is none of them is wrong once
        for rule, level, text in () if is_closed(element.tag) else _mistakes(vr, value):
            advice = _advice(rule, vr, value)
            yield IodFinding(rule, level, here, text, _GRAMMAR, element.offset, advice=advice)
        if vr == "UI" and (root := uid_root_mistake(value)):
            yield IodFinding("uid-root", IodLevel.ERROR, here, root, _ROOTS, element.offset)
    if vr in _NOT_LEADING and any(part.startswith(b" ") and part.strip() for part in raw.split(b"\\")):
        text = f"a value begins with a blank, where {vr} has none but at its end"
        yield IodFinding(f"vr-grammar-{vr.lower()}", IodLevel.ERROR, here, text, "PS3.5 6.2 (2020)", element.offset)
    if element.tag == _OFFSET_FROM_UTC:
        for sure, text in offset_mistakes(raw.decode("latin-1").rstrip("\0 ")):
            level = IodLevel.ERROR if sure else IodLevel.WARNING
            yield IodFinding("vr-grammar-sh", level, here, text, "PS3.3 C.12.1.1.8 (2020)", element.offset)
    if element.tag == _SPECIFIC_CHARACTER_SET:
        for sure, text in character_set_mistakes(values):
            level = IodLevel.ERROR if sure else IodLevel.WARNING
            yield IodFinding("charset-term", level, here, text, "PS3.3 C.12.1.1.2 (2018-2024)")


def _advice(rule: str, vr: str, value: str) -> str:
    """What to do about one value, where more can be said than its rule says."""
    if rule == "value-too-long":
        return "Round the number to what 16 characters hold." if vr == "DS" else ""
    return rewritten(vr, value)


def _multiplicity(element: Element, here: str, count: int, attribute: Attribute) -> IodFinding:
    text = f"{counted(count)}, where VM is {attribute.vm}"
    few = TOO_FEW if count < int(attribute.vm.partition("-")[0]) else ""
    return IodFinding("vm", IodLevel.ERROR, here, text, "PS3.6 6 (2024e); PS3.5 6.4 (2013)", element.offset, advice=few)


def _mistakes(vr: str, value: str) -> Iterator[tuple[str, IodLevel, str]]:
    """Yield (rule, level, what) for one value; of one that is too long nothing else is said."""
    longest = _LONGEST.get(vr)
    if longest is not None and len(value) > longest and (vr != "DA" or value.isdigit()):
        yield "value-too-long", IodLevel.ERROR, f"{vr} {value!r} has {len(value)} bytes, more than {longest}"
        return
    for sure, text in mistakes(vr, value):
        rule = "value-too-long" if _TOO_LONG.search(text) else f"vr-grammar-{vr.lower()}"
        yield rule, IodLevel.ERROR if sure else IodLevel.WARNING, text


def _forbidden_character(vr: str, raw: bytes, values: Sequence[str]) -> str:
    """What single values do not show: a control character in text of many lines, a NUL between values."""
    if vr in _TEXT_LINES and _CONTROLS.search(raw.rstrip(b"\0 ")):
        return "a control character that is no line break, form feed, tabulator or escape"
    return "" if vr in _TEXT_LINES else inner_nul(vr, raw, values)


def _characters(element: Element, here: str, terms: tuple[str, ...]) -> Iterator[IodFinding]:
    """Judge the bytes of text against Specific Character Set; terms that are wrong themselves are reported there."""
    raw = element.value.rstrip(b"\0 ")
    if raw.isascii() and b"\x1b" not in raw:
        return
    if element.tag >> 16 & 1 and 0x10 <= element.tag & 0xFFFF <= 0xFF:
        terms = ()  # a Private Creator is in the default repertoire (PS3.5 7.8.1)
    if terms == ("ISO_IR 6",):
        terms = ()
    try:
        charsets.check(terms)
    except charsets.CharacterSetError:
        return
    try:
        charsets.decode(raw, element.vr, terms)
    except charsets.CharacterSetError as error:
        declared = "\\".join(terms) or "none, which is the default repertoire"
        text = f"{error} (Specific Character Set: {declared})"
        advice = likely_set(raw, element.vr, terms)
        yield IodFinding("charset-bytes", IodLevel.ERROR, here, text, _CHARACTERS, element.offset, advice=advice)
