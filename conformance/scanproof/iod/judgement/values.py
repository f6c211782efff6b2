"""Judgement of one element by itself: VR, VM, length, grammar of values, character set, items, listed values."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydicom.datadict import dictionary_has_tag, dictionary_is_retired, dictionary_VM, dictionary_VR

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.listed import listed_findings
from scanproof.standard.value_grammar import TEXT_VRS, character_set_mistakes, mistakes
from scansim.wire import charsets
from scansim.wire.dataset import DataSet, Element, keyword
from scansim.wire.text import UNANNOUNCED

_GRAMMAR = "PS3.5 6.2 (2013)"
_CHARACTERS = "PS3.5 6.1.2.3, 6.1.2.5.3 (2013)"
_CREATORS = "PS3.5 7.8.1 (2025a)"
#: Lengths in bytes of values of fixed form (PS3.5 Table 6.2-1).
_LONGEST = {"AS": 4, "CS": 16, "DA": 8, "DT": 26, "TM": 16}
_TOO_LONG = re.compile(r"has \d+ (?:bytes|characters), more than")
_TEXT_LINES = ("LT", "ST", "UT")
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_BINARY_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "AT": 4, "SV": 8, "UV": 8}
_SPECIFIC_CHARACTER_SET = 0x00080005
_ONE_VALUE_VRS = ("ST", "LT", "UT", "UR", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "SQ")


def judge_element(
    dataset: DataSet, element: Element, path: str = "", terms: tuple[str, ...] | None = None
) -> Iterator[IodFinding]:
    """Judge one element, and those in its items.

    Parameters
    ----------
    dataset : DataSet
        What holds it; its character set is that of the text.
    element : Element
        The element.
    path : str
        Path of what is around it, such as ``Sequence[1] > ``.
    terms : tuple of str, optional
        Specific Character Set of what is around, where `dataset` has none of its own; by default what it is
        read by.
    """
    here = f"{path}{keyword(element.tag)}"
    own = dataset.elements.get(_SPECIFIC_CHARACTER_SET)
    if own is not None:
        terms = dataset.values_of(own)
    elif terms is None:
        terms = () if dataset.encodings == UNANNOUNCED else dataset.encodings
    known = not element.tag >> 16 & 1 and dictionary_has_tag(element.tag)
    yield from _tag(dataset, element, here, known)
    if known:
        yield from _vr(element, here)
    if element.items is not None:
        for number, item in enumerate(element.items, 1):
            if not item.elements and not known:
                text = "an item without a single attribute"
                yield IodFinding("item-empty", IodLevel.WARNING, f"{here}[{number}]", text, "PS3.5 7.5 (2013)")
            for inner in item.elements.values():
                yield from judge_element(item, inner, f"{here}[{number}] > ", terms)
        return
    if len(element.value) % 2:
        text = f"the value has {len(element.value)} bytes"
        yield IodFinding("odd-length", IodLevel.ERROR, here, text, "PS3.5 7.1.1 (2013)", element.offset)
    yield from _values(dataset, element, here, known, terms)


def _tag(dataset: DataSet, element: Element, here: str, known: bool) -> Iterator[IodFinding]:
    """Judge where an element may stand, and the form of a private creator."""
    group, low = element.tag >> 16, element.tag & 0xFFFF
    if known and low and dictionary_is_retired(element.tag):
        yield IodFinding("attribute-retired", IodLevel.WARNING, here, "the attribute is retired", "PS3.6 6 (2024e)")
    elif not low:
        yield IodFinding("group-length", IodLevel.INFO, here, "group lengths are retired", "PS3.5 7.2 (2020a)")
    elif not group & 1 and not known:
        text = "no attribute of the dictionary"
        yield IodFinding("attribute-unknown", IodLevel.INFO, here, text, "PS3.6 6")
    elif group & 1 and 0x10 <= low <= 0xFF:
        yield from _creator(dataset, element, here)


def _creator(dataset: DataSet, element: Element, here: str) -> Iterator[IodFinding]:
    if element.vr not in ("LO", "UN"):
        text = f"a Private Creator with VR {element.vr}, where LO is wanted"
        yield IodFinding("private-creator-vr", IodLevel.ERROR, here, text, _CREATORS, element.offset)
    elif b"\\" in element.value:
        text = f"{len(dataset.values_of(element))} values of a Private Creator, which has one"
        yield IodFinding("vm", IodLevel.ERROR, here, text, _CREATORS, element.offset)


def _vr(element: Element, here: str) -> Iterator[IodFinding]:
    allowed = dictionary_VR(element.tag).split(" or ")
    if element.vr in allowed or element.vr == "UN":
        return
    text = f"VR {element.vr}, where the dictionary has {' or '.join(allowed)}"
    yield IodFinding("vr-mismatch", IodLevel.ERROR, here, text, "PS3.6 6", element.offset)


def _values(dataset: DataSet, element: Element, here: str, known: bool, terms: tuple[str, ...]) -> Iterator[IodFinding]:
    vr, raw = element.vr, element.value
    size = _BINARY_SIZES.get(vr)
    if size is not None:
        if len(raw) % size:
            text = f"{len(raw)} bytes are no whole number of {vr} values of {size} bytes"
            yield IodFinding("value-length", IodLevel.ERROR, here, text, _GRAMMAR, element.offset)
        count = len(raw) // size
    elif vr in _ONE_VALUE_VRS:
        count = 1 if raw else 0
    else:
        count = 0 if not raw.strip(b" \0") else len(dataset.values_of(element)) or 1
    if known and count and vr != "UN":  # bytes of a VR that the sender did not know are not looked into (6.2.2)
        yield from _multiplicity(element, here, count)
        yield from listed_findings(element, dataset.values_of(element), here)
    if size is not None or not raw:
        return
    yield from _padding(element, here)
    if vr in TEXT_VRS:
        yield from _characters(element, here, terms)
    for value in dataset.values_of(element):
        for rule, level, text in _mistakes(vr, value):
            yield IodFinding(rule, level, here, text, _GRAMMAR, element.offset)
    if element.tag == _SPECIFIC_CHARACTER_SET:
        for sure, text in character_set_mistakes(dataset.values_of(element)):
            level = IodLevel.ERROR if sure else IodLevel.WARNING
            yield IodFinding("charset-term", level, here, text, "PS3.3 C.12.1.1.2 (2018-2024)")


def _mistakes(vr: str, value: str) -> Iterator[tuple[str, IodLevel, str]]:
    """Yield (rule, level, what) for one value; of one that is too long nothing else is said."""
    longest = _LONGEST.get(vr)
    if longest is not None and len(value) > longest and (vr != "DA" or value.isdigit()):
        yield "value-too-long", IodLevel.ERROR, f"{vr} {value!r} has {len(value)} bytes, more than {longest}"
        return
    for sure, text in mistakes(vr, value):
        rule = "value-too-long" if _TOO_LONG.search(text) else f"vr-grammar-{vr.lower()}"
        yield rule, IodLevel.ERROR if sure else IodLevel.WARNING, text


def _padding(element: Element, here: str) -> Iterator[IodFinding]:
    """What the values no longer show, as their padding is off."""
    vr, raw = element.vr, element.value
    text = ""
    if vr == "AE" and not raw.strip(b" "):
        text = "an AE title of blanks alone"
    elif vr == "UI" and raw.endswith(b" "):
        text = "padded with a blank, where UI has a NUL"
    elif vr in _TEXT_LINES and _CONTROLS.search(raw.rstrip(b"\0")):
        text = "a control character that is no line break, form feed, tabulator or escape"
    if text:
        yield IodFinding(f"vr-grammar-{vr.lower()}", IodLevel.ERROR, here, text, _GRAMMAR, element.offset)


def _multiplicity(element: Element, here: str, count: int) -> Iterator[IodFinding]:
    vm = dictionary_VM(element.tag)
    low, _, high = vm.partition("-")
    if not high:
        fits = count == int(low)
    elif high.endswith("n"):
        step = int(high[:-1] or 1)
        fits = count >= int(low) and count % step == 0 if step > 1 else count >= int(low)
    else:
        fits = int(low) <= count <= int(high)
    if not fits:
        text = f"{count} values, where VM is {vm}"
        yield IodFinding("vm", IodLevel.ERROR, here, text, "PS3.6 6; PS3.5 6.4 (2013)", element.offset)


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
        yield IodFinding("charset-bytes", IodLevel.ERROR, here, text, _CHARACTERS, element.offset)
