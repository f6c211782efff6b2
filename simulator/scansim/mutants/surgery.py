"""Surgery on encoded Part 10 files: take one element out, put one in, change its bytes, and nothing else.

pydicom repairs what it writes, and cannot hold some of what has to be written here. So a file is taken apart into
elements with their raw bytes, and put together again: lengths are computed on the way out, unless an element states
another one on purpose. `encode(parse(data))` is `data`, byte for byte.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from pydicom.datadict import dictionary_VR

from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, PIXEL_DATA, keyword, tag_of

UNDEFINED = 0xFFFFFFFF
#: Length fields of 32 bits after two reserved bytes (PS3.5 7.1.2).
LONG_VRS = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
_ITEM, _ITEM_END, _SEQUENCE_END = b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", b"\xfe\xff\xdd\xe0"
_GROUP_LENGTH, _TRANSFER_SYNTAX = 0x00020000, 0x00020010
_HEAD = 132


class SurgeryError(ValueError):
    """The source file is not what the operation needs."""


@dataclass(frozen=True)
class Item:
    """One item of a sequence; `stated` is the length that its header states when that is not the true one."""

    elements: tuple[Element, ...]
    undefined: bool = False
    stated: int | None = None
    closed: bool = True

    def encode(self, explicit: bool) -> bytes:
        """Bytes of the item, with its header and its delimiter."""
        body = b"".join(element.encode(explicit) for element in self.elements)
        length = UNDEFINED if self.undefined else len(body)
        end = _ITEM_END + bytes(4) if self.undefined and self.closed else b""
        return _ITEM + struct.pack("<I", length if self.stated is None else self.stated) + body + end


@dataclass(frozen=True)
class Element:
    """One element as it is encoded.

    Parameters
    ----------
    tag : int
        Group and element number.
    vr : str
        The two letters in the file; under implicit VR those of the dictionary, which are not written.
    value : bytes
        The raw value; of encapsulated Pixel Data everything after its header, the delimiter included.
    items : tuple of Item, optional
        The items of a sequence; None when the element is not one.
    undefined : bool
        Whether the length is undefined (FFFFFFFFH).
    stated : int, optional
        Length that the header states when that is not the true one.
    closed : bool
        Whether a sequence of undefined length has its delimiter.
    """

    tag: int
    vr: str
    value: bytes = b""
    items: tuple[Item, ...] | None = None
    undefined: bool = False
    stated: int | None = None
    closed: bool = True

    def encode(self, explicit: bool) -> bytes:
        """Bytes of the element, with its header."""
        body = self.value
        if self.items is not None:
            body = b"".join(item.encode(explicit) for item in self.items)
            if self.undefined and self.closed:
                body += _SEQUENCE_END + bytes(4)
        length = self.stated
        if length is None:
            length = UNDEFINED if self.undefined else len(body)
        head = struct.pack("<HH", self.tag >> 16, self.tag & 0xFFFF)
        if not explicit:
            return head + struct.pack("<I", length) + body
        if self.vr in LONG_VRS:
            return head + self.vr.encode("latin-1") + bytes(2) + struct.pack("<I", length) + body
        return head + self.vr.encode("latin-1") + struct.pack("<H", length) + body


#: What a mutant does to a file.
Change = Callable[["File"], "File"]


@dataclass(frozen=True)
class File:
    """A Part 10 file taken apart.

    `explicit` is how the data set is encoded, whatever its Transfer Syntax UID says; `tail` stands behind the data set.
    """

    head: bytes
    meta: tuple[Element, ...]
    elements: tuple[Element, ...]
    explicit: bool
    tail: bytes = b""

    def encode(self) -> bytes:
        """Bytes of the file."""
        meta = b"".join(element.encode(True) for element in self.meta)
        return self.head + meta + b"".join(element.encode(self.explicit) for element in self.elements) + self.tail

    def spans(self) -> Iterator[tuple[Element, int, int]]:
        """Yield each top-level element, File Meta Information first, with its first byte and the one after its last."""
        at = len(self.head)
        for number, element in enumerate((*self.meta, *self.elements)):
            end = at + len(element.encode(number < len(self.meta) or self.explicit))
            yield element, at, end
            at = end

    def find(self, path: str) -> Element | None:
        """Element at a path such as ``Modality`` or ``OtherPatientIDsSequence[1] > PatientID``, or None."""
        steps = _steps(path)
        elements = self.meta if steps[0][0] >> 16 == 2 else self.elements
        found: Element | None = None
        for tag, number in steps:
            found = next((element for element in elements if element.tag == tag), None)
            if found is None:
                return None
            if number:
                if found.items is None or number > len(found.items):
                    return None
                elements = found.items[number - 1].elements
        return found

    def get(self, path: str) -> Element:
        """Element at a path; SurgeryError when it is not there."""
        found = self.find(path)
        if found is None:
            raise SurgeryError(f"the file has no {path}")
        return found

    def put(self, path: str, *elements: Element) -> File:
        """Replace the element at a path by `elements`; one that is not there yet is inserted in its place by tag."""
        steps = _steps(path)
        if steps[0][0] >> 16 != 2:
            return replace(self, elements=_put(self.elements, steps, elements))
        meta = _put(self.meta, steps, elements)
        if steps[0][0] != _GROUP_LENGTH and meta and meta[0].tag == _GROUP_LENGTH:
            length = sum(len(element.encode(True)) for element in meta[1:])
            meta = (replace(meta[0], value=struct.pack("<I", length)), *meta[1:])
        return replace(self, meta=meta)


def _steps(path: str) -> list[tuple[int, int]]:
    steps = []
    for step in path.split(" > "):
        match = re.fullmatch(r"(?:\(([0-9A-F]{4}),([0-9A-F]{4})\)|(\w+))(?:\[(\d+)\])?", step)
        if match is None:
            raise SurgeryError(f"{path!r} is no path of an attribute")
        tag = tag_of(match[3]) if match[3] else int(match[1] + match[2], 16)
        steps.append((tag, int(match[4] or 0)))
    return steps


def _put(elements: tuple[Element, ...], steps: list[tuple[int, int]], new: tuple[Element, ...]) -> tuple[Element, ...]:
    tag, number = steps[0]
    at = next((n for n, element in enumerate(elements) if element.tag == tag), None)
    if len(steps) == 1:
        if at is not None:
            return elements[:at] + new + elements[at + 1 :]
        at = next((n for n, element in enumerate(elements) if element.tag > tag), len(elements))
        return elements[:at] + new + elements[at:]
    items = None if at is None else elements[at].items
    if at is None or items is None or not 1 <= number <= len(items):
        raise SurgeryError(f"the file has no {keyword(tag)}[{number}]")
    item = items[number - 1]
    item = replace(item, elements=_put(item.elements, steps[1:], new))
    changed = replace(elements[at], items=(*items[: number - 1], item, *items[number:]))
    return (*elements[:at], changed, *elements[at + 1 :])


# --- taking apart -----------------------------------------------------------------------------------------------------


class _Cutter:
    def __init__(self, data: bytes, explicit: bool) -> None:
        self.data = data
        self.explicit = explicit

    def _number(self, at: int, form: str) -> int:
        try:
            (number,) = struct.unpack_from(form, self.data, at)
        except struct.error:
            raise SurgeryError(f"the file ends inside an element header, at byte {at}") from None
        return int(number)

    def element(self, at: int) -> tuple[Element, int]:
        tag = self._number(at, "<H") << 16 | self._number(at + 2, "<H")
        if self.explicit:
            vr = self.data[at + 4 : at + 6].decode("latin-1")
            if vr in LONG_VRS:
                length, at = self._number(at + 8, "<I"), at + 12
            else:
                length, at = self._number(at + 6, "<H"), at + 8
        else:
            vr = vr_of(tag)
            length, at = self._number(at + 4, "<I"), at + 8
        if tag == PIXEL_DATA and length == UNDEFINED:
            return Element(tag, vr, self.data[at:], undefined=True), len(self.data)
        if vr == "SQ" or length == UNDEFINED:
            items, end = self._items(at, length)
            return Element(tag, vr, items=items, undefined=length == UNDEFINED), end
        if at + length > len(self.data):
            raise SurgeryError(f"{keyword(tag)} states {length} bytes, {len(self.data) - at} are left")
        return Element(tag, vr, self.data[at : at + length]), at + length

    def _items(self, at: int, length: int) -> tuple[tuple[Item, ...], int]:
        items: list[Item] = []
        end = len(self.data) if length == UNDEFINED else at + length
        while at < end:
            marker, size, at = self.data[at : at + 4], self._number(at + 4, "<I"), at + 8
            if marker == _SEQUENCE_END and length == UNDEFINED:
                return tuple(items), at
            if marker != _ITEM:
                raise SurgeryError(f"no item where one belongs, at byte {at - 8}")
            elements, at = self.elements(at, len(self.data) if size == UNDEFINED else at + size)
            items.append(Item(elements, undefined=size == UNDEFINED))
        if length == UNDEFINED:
            raise SurgeryError("a sequence of undefined length is not closed")
        return tuple(items), at

    def elements(self, at: int, end: int) -> tuple[tuple[Element, ...], int]:
        elements: list[Element] = []
        while at < end:
            if self.data[at : at + 4] == _ITEM_END:
                return tuple(elements), at + 8
            element, at = self.element(at)
            elements.append(element)
        return tuple(elements), at


def vr_of(tag: int) -> str:
    """VR of a tag by the dictionary (the first of several); UN when it has none."""
    if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
        return "LO"  # private creators, PS3.5 7.8.1
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        return "UN"


def parse(data: bytes) -> File:
    """Take a well-formed Part 10 file apart.

    Raises
    ------
    SurgeryError
        When the bytes are no Part 10 file in a little endian Transfer Syntax that is not deflated, or are malformed.
    """
    if data[128:_HEAD] != b"DICM":
        raise SurgeryError("not a DICOM file: no DICM after the preamble")
    cutter = _Cutter(data, explicit=True)
    meta = []
    at = _HEAD
    while data[at : at + 2] == b"\x02\x00":
        element, at = cutter.element(at)
        meta.append(element)
    syntax = next((e.value.rstrip(b"\0 ").decode("latin-1") for e in meta if e.tag == _TRANSFER_SYNTAX), "")
    if syntax in (DEFLATED_LITTLE, EXPLICIT_BIG, ""):
        raise SurgeryError(f"files in Transfer Syntax {syntax or '(none)'} are not cut")
    cutter.explicit = syntax != IMPLICIT_LITTLE
    elements, _ = cutter.elements(at, len(data))
    return File(data[:_HEAD], tuple(meta), elements, cutter.explicit)


# --- changes ----------------------------------------------------------------------------------------------------------


def padded(vr: str, value: bytes) -> bytes:
    """The value made even as its VR wants it (PS3.5 6.2)."""
    return value + (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)


def delete(path: str) -> Change:
    """Take the element out."""

    def change(file: File) -> File:
        file.get(path)
        return file.put(path)

    return change


def value(path: str, new: str | bytes, *, pad: bool = True) -> Change:
    """Give the element, which must be there, another value."""
    raw = new.encode("ascii") if isinstance(new, str) else new

    def change(file: File) -> File:
        element = file.get(path)
        return file.put(path, replace(element, value=padded(element.vr, raw) if pad else raw))

    return change


def number(path: str, *values: int) -> Change:
    """Give the element, of VR US or SS, another value."""
    return value(path, struct.pack(f"<{len(values)}H", *(n & 0xFFFF for n in values)))


def insert(path: str, new: str | bytes = b"", vr: str = "") -> Change:
    """Put an element in, or in the place of the one that is there, with the VR of the dictionary or `vr`."""
    tag = _steps(path)[-1][0]
    kind = vr or vr_of(tag)
    raw = new.encode("ascii") if isinstance(new, str) else new
    return insert_element(path, Element(tag, kind, padded(kind, raw)))


def insert_element(path: str, element: Element) -> Change:
    """Put `element` in, at the place that its tag gives it, or in the place of the one that is there."""
    return lambda file: file.put(path, element)


def edit(path: str, how: Callable[[Element], Element | tuple[Element, ...]]) -> Change:
    """Replace the element by what `how` makes of it."""

    def change(file: File) -> File:
        new = how(file.get(path))
        return file.put(path, *(new if isinstance(new, tuple) else (new,)))

    return change


def both(*changes: Change) -> Change:
    """Make several changes, one after the other."""

    def change(file: File) -> File:
        for one in changes:
            file = one(file)
        return file

    return change


def sequence(name: str, *items: dict[str, str | Element], undefined: bool = False) -> Element:
    """A sequence of items, each given as keyword and value: text, or an element made by this function."""
    made = []
    for item in items:
        elements = []
        for each, content in sorted(item.items(), key=lambda pair: tag_of(pair[0])):
            vr = vr_of(tag_of(each))
            if isinstance(content, str):
                content = Element(tag_of(each), vr, padded(vr, content.encode("ascii")))
            elements.append(content)
        made.append(Item(tuple(elements), undefined=undefined))
    return Element(tag_of(name), "SQ", items=tuple(made), undefined=undefined)
