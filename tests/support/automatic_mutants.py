"""Mutants that nobody thought of: each attribute of a file, at any depth, deleted, emptied, garbled and so on."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import replace

from pydicom.datadict import dictionary_VR

from scanproof.iod.tables.knowledge import Iod
from scansim.mutants.surgery import Element, File, parse
from scansim.wire.dataset import PIXEL_DATA, keyword

_TEXT = ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
#: A well-formed value of each VR; of those that are not here two bytes do.
_SAMPLES = {
    **dict.fromkeys(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT"), b"ZZZ "),
    **dict.fromkeys(("DS", "IS"), b"1 "),
    **dict.fromkeys(("DA", "DT"), b"20200101"),
    **dict.fromkeys(("OD", "OV", "SV", "UV"), bytes(8)),
    **dict.fromkeys(("OF", "OL"), bytes(4)),
    **dict.fromkeys(("SL", "UL"), b"\1\0\0\0"),
    "AS": b"030Y",
    "AT": b"\x18\0\x63\x10",
    "FD": struct.pack("<d", 1),
    "FL": struct.pack("<f", 1),
    "TM": b"1010",
    "UI": b"1.2.3.4\0",
    "UR": b"http://x",
}
#: How an integer is packed: its value is raised by one.
_INTEGERS = {"US": "<H", "SS": "<H", "UL": "<I", "SL": "<I"}


def _even(value: bytes, vr: str) -> bytes:
    return value + (b"\0" if vr == "UI" else b" ") * (len(value) % 2)


def _emptied(element: Element) -> Element:
    return replace(element, value=b"", items=None if element.items is None else ())


def _garbled(element: Element) -> Element:
    if element.items is not None:
        return element
    if element.vr in _TEXT:
        return replace(element, value=_even(b"?" + element.value.rstrip(b" \0")[1:] + b"~", element.vr))
    return replace(element, value=bytes(byte ^ 0xFF for byte in element.value))


def _doubled(element: Element) -> Element:
    if element.items is not None:
        return replace(element, items=element.items * 2)
    if element.vr in _TEXT:
        value = element.value.rstrip(b" \0")
        return replace(element, value=_even(value + b"\\" + value, element.vr))
    return replace(element, value=element.value * 2)


def _other(element: Element) -> Element:
    """Another value that is well formed: a term that nobody defined, a number that is not that."""
    value = element.value
    if element.items is not None or not value:
        return element
    if element.vr == "CS":
        return replace(element, value=_even(b"\\".join([b"ZZZ"] * (1 + value.count(b"\\"))), "CS"))
    if element.vr in ("IS", "DS"):
        return replace(element, value=b"-7")
    if element.vr in _INTEGERS:
        packing = struct.Struct(_INTEGERS[element.vr])
        first = (packing.unpack(value[: packing.size])[0] + 1) % 256**packing.size
        return replace(element, value=packing.pack(first) + value[packing.size :])
    return replace(element, value=_SAMPLES.get(element.vr, value))


CHANGES: dict[str, Callable[[Element], Element | None]] = {
    "deleted": lambda element: None,
    "emptied": _emptied,
    "garbled": _garbled,
    "doubled": _doubled,
    "other": _other,
}


def changed(elements: tuple[Element, ...], kind: str, path: str = "") -> Iterator[tuple[str, tuple[Element, ...]]]:
    """Yield (path, elements) of each attribute changed, at this level and in the first item of each sequence."""
    for number, element in enumerate(elements):
        before, after = elements[:number], elements[number + 1 :]
        new = CHANGES[kind](element)
        if new != element and not (element.tag == PIXEL_DATA and kind in ("garbled", "other")):  # as good as before
            yield f"{path}{keyword(element.tag)}", (*before, *(() if new is None else (new,)), *after)
        if element.items:
            first, *more = element.items
            for inner, inside in changed(first.elements, kind, f"{path}{keyword(element.tag)} > "):
                items = (replace(first, elements=inside), *more)
                yield inner, (*before, replace(element, items=items), *after)


def added(elements: tuple[Element, ...], iod: Iod) -> Iterator[tuple[str, tuple[Element, ...]]]:
    """Yield (keyword, elements) of each attribute of the IOD's modules that is not there, put in at the top."""
    have = {element.tag for element in elements}
    for module in iod.modules:
        for node in module.attributes.values():
            vr = dictionary_VR(node.tag)[:2]
            if node.tag in have or vr == "SQ":
                continue
            have.add(node.tag)
            new = Element(node.tag, vr, _SAMPLES.get(vr, b"\1\0"))
            yield node.keyword, tuple(sorted((*elements, new), key=lambda element: element.tag))


def cases(data: bytes, iod: Iod) -> Iterator[tuple[str, File]]:
    """Yield (what was done, the file): ``deleted Rows``, ``other ViewCodeSequence > CodeValue``, ``added KVP``."""
    file = parse(data)
    for kind in CHANGES:
        for path, elements in changed(file.elements, kind):
            yield f"{kind} {path}", replace(file, elements=elements)
    for name, elements in added(file.elements, iod):
        yield f"added {name}", replace(file, elements=elements)


def small(data: bytes) -> bytes:
    """The file with native pixels of 16 x 16: it is told many times."""
    file = parse(data)
    pixels, frames = file.find("PixelData"), file.find("NumberOfFrames")
    if pixels is None or pixels.undefined:
        return data
    count = 256 * int(frames.value) if frames is not None else 256
    for name in ("SamplesPerPixel", "BitsAllocated"):
        count *= struct.unpack("<H", file.get(name).value)[0]
    for name in ("Rows", "Columns"):
        file = file.put(name, replace(file.get(name), value=struct.pack("<H", 16)))
    return file.put("PixelData", replace(pixels, value=bytes(count // 8))).encode()
