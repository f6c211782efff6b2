"""Judgement of one element by itself: VR, VM, length, grammar of values, character set, items, listed values."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from pydicom.datadict import dictionary_has_tag, dictionary_VM, dictionary_VR

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.listed import listed_findings
from scanproof.iod.raw import Broken
from scanproof.standard.value_grammar import TEXT_VRS, character_set_mistakes, mistakes
from scansim.wire.dataset import DataSet, Element, keyword

_GRAMMAR = "PS3.5 6.2 (2013)"
_STRUCTURE = "PS3.5 7.1 (2013)"
_BINARY_SIZES = {"US": 2, "SS": 2, "UL": 4, "SL": 4, "FL": 4, "FD": 8, "AT": 4, "SV": 8, "UV": 8}
_ONE_VALUE_VRS = ("ST", "LT", "UT", "UR", "OB", "OD", "OF", "OL", "OV", "OW", "UN", "SQ")


def order_finding(tag: int, offset: int) -> IodFinding:
    """An element that stands twice or out of order."""
    text = "the element stands twice or out of ascending order"
    return IodFinding("element-order", IodLevel.ERROR, keyword(tag), text, _STRUCTURE, offset)


def broken_finding(error: Broken, after: int, end: int, *, truncated: bool) -> IodFinding:
    """Bytes that cannot be walked on; an end that a transcript left out on purpose is a note."""
    del end
    level = IodLevel.INFO if truncated else IodLevel.ERROR
    path = keyword(after) if after >= 0 else ""
    return IodFinding("broken", level, path, f"behind this element: {error.text}", _STRUCTURE, error.offset)


def judge_element(dataset: DataSet, element: Element, path: str = "") -> Iterator[IodFinding]:
    """Judge one element, and those in its items.

    Parameters
    ----------
    dataset : DataSet
        What holds it; its character set is that of the text.
    element : Element
        The element.
    path : str
        Path of what is around it, such as ``Sequence[1] > ``.
    """
    here = f"{path}{keyword(element.tag)}"
    private = element.tag >> 16 & 1
    known = not private and dictionary_has_tag(element.tag)
    if known:
        yield from _vr(element, here)
    if element.items is not None:
        for number, item in enumerate(element.items, 1):
            if not item.elements:
                text = "an item without a single attribute"
                yield IodFinding("item-empty", IodLevel.WARNING, f"{here}[{number}]", text, "PS3.5 7.5 (2013)")
            for inner in item.elements.values():
                yield from judge_element(item, inner, f"{here}[{number}] > ")
        return
    if len(element.value) % 2:
        text = f"the value has {len(element.value)} bytes"
        yield IodFinding("odd-length", IodLevel.ERROR, here, text, "PS3.5 7.1.1 (2013)", element.offset)
    yield from _values(dataset, element, here, known)


def _vr(element: Element, here: str) -> Iterator[IodFinding]:
    allowed = dictionary_VR(element.tag).split(" or ")
    if element.vr in allowed or element.vr == "UN":
        return
    text = f"VR {element.vr}, where the dictionary has {' or '.join(allowed)}"
    yield IodFinding("vr-mismatch", IodLevel.ERROR, here, text, "PS3.6 6", element.offset)


def _values(dataset: DataSet, element: Element, here: str, known: bool) -> Iterator[IodFinding]:
    vr, raw = element.vr, element.value
    size = _BINARY_SIZES.get(vr)
    if size is not None:
        if len(raw) % size:
            text = f"{len(raw)} bytes are no whole number of {vr} values of {size} bytes"
            yield IodFinding("binary-length", IodLevel.ERROR, here, text, _GRAMMAR, element.offset)
        count = len(raw) // size
    elif vr in _ONE_VALUE_VRS:
        count = 1 if raw else 0
    else:
        count = 0 if not raw.strip(b" \0") else len(dataset.values_of(element)) or 1
    if known and count:
        yield from _multiplicity(element, here, count)
    if size is not None or not raw:
        return
    if vr in TEXT_VRS:
        yield from _characters(dataset, element, here)
    for value in dataset.values_of(element):
        for sure, text in mistakes(vr, value):
            rule = "value-too-long" if "more than" in text else f"vr-grammar-{vr.lower()}"
            yield IodFinding(rule, IodLevel.ERROR if sure else IodLevel.WARNING, here, text, _GRAMMAR)
    if element.tag == 0x00080005:
        for sure, text in character_set_mistakes(dataset.values_of(element)):
            level = IodLevel.ERROR if sure else IodLevel.WARNING
            yield IodFinding("charset-term", level, here, text, "PS3.3 C.12.1.1.2 (2018-2024)")
    if known:
        yield from listed_findings(element, dataset.values_of(element), here)


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


def _characters(dataset: DataSet, element: Element, here: str) -> Iterator[IodFinding]:
    raw = element.value
    if raw.isascii() and b"\x1b" not in raw:
        return
    if dataset.encodings == ("iso8859",) and not raw.isascii():
        text = "bytes above 7FH, and no Specific Character Set announces them"
        yield IodFinding("charset-bytes", IodLevel.ERROR, here, text, "PS3.5 6.1.2 (2013)", element.offset)


def number_of(raw: bytes, little: bool = True) -> int | None:
    """Value of a US element's bytes, or None."""
    return int(struct.unpack("<H" if little else ">H", raw[:2])[0]) if len(raw) >= 2 else None
