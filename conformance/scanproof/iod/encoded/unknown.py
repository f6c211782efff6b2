"""Elements of VR UN whose attribute the dictionary knows: their value is implicit and little endian (PS3.5 6.2.2)."""

from __future__ import annotations

import struct

from scanproof.iod.encoded.dictionary import vrs_of
from scansim.wire.dataset import IMPLICIT_LITTLE, DataSet, Element, read

_SIZES = {"US": 2, "SS": 2, "AT": 2, "OW": 2, "UL": 4, "SL": 4, "FL": 4, "OF": 4, "OL": 4, "FD": 8, "OD": 8}
_SIZES |= {"SV": 8, "UV": 8, "OV": 8}


def known_element(element: Element, dataset: DataSet) -> Element:
    """The element as its attribute has it; as it is when its VR is not UN, or when nobody knows the attribute.

    Parameters
    ----------
    element : Element
        The element.
    dataset : DataSet
        What holds it: binary values are put into its byte order, and text in items is in its character set.

    A sequence that cannot be read stays what it was, as the bytes may still mean anything.
    """
    if element.vr != "UN" or element.items is not None or not element.tag & 0xFFFF or element.tag >> 16 & 1:
        return element
    vrs = vrs_of(element.tag)
    if not vrs:
        return element
    vr = vrs[0].decode()
    if vr == "SQ":
        return _sequence(element, dataset)
    size = _SIZES.get(vr, 1)
    value = element.value
    if not dataset.little and size > 1 and len(value) % size == 0:
        value = b"".join(value[at : at + size][::-1] for at in range(0, len(value), size))
    return element._replace(vr=vr, value=value)


def _sequence(element: Element, dataset: DataSet) -> Element:
    # the character set of the data set around goes before, so that the text of its items can be read
    charset = dataset.elements.get(0x00080005)
    before = _implicit(charset.tag, charset.value) if charset is not None and charset.tag < element.tag else b""
    decoded = read(before + _implicit(element.tag, element.value), IMPLICIT_LITTLE)
    found = decoded.elements.get(element.tag)
    if found is None or any(problem.code != "odd-length" for problem in decoded.problems):
        return element
    # the value begins 12 bytes behind the head of an element of VR UN, and 8 behind one without a VR
    shift = element.offset + 12 - len(before) - 8
    items = tuple(_placed(item, shift, dataset.encodings if charset is None else None) for item in found.items or ())
    return Element(element.tag, "SQ", b"", element.offset, items)


def _implicit(tag: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def _placed(item: DataSet, shift: int, encodings: tuple[str, ...] | None) -> DataSet:
    """An item with the offsets of the bytes that it stands in, and in the character set of what is around it."""
    if 0x00080005 in item.elements:
        encodings = None
    elements = {
        tag: element._replace(
            offset=element.offset + shift,
            items=None if element.items is None else tuple(_placed(inner, shift, encodings) for inner in element.items),
        )
        for tag, element in item.elements.items()
    }
    return DataSet(elements, item.problems, item.little, item.encodings if encodings is None else encodings)


def known_dataset(dataset: DataSet) -> DataSet:
    """A data set whose elements of VR UN, in items too, are as their attributes have them."""
    changed: dict[int, Element] = {}
    for tag, element in dataset.elements.items():
        if element.vr == "UN" or element.items:
            known = known_inside(known_element(element, dataset))
            if known is not element:
                changed[tag] = known
    if not changed:
        return dataset
    return DataSet({**dataset.elements, **changed}, dataset.problems, dataset.little, dataset.encodings)


def known_inside(element: Element) -> Element:
    """The element with what is in its items as `known_element` has it."""
    if not element.items:
        return element
    items = tuple(map(known_dataset, element.items))
    same = all(new is old for new, old in zip(items, element.items, strict=True))
    return element if same else element._replace(items=items)
