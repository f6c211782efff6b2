"""A lenient reader of data sets: every element with its raw bytes, nothing repaired, malformed bytes as problems.

It exists beside pydicom because a judge must see what was sent: pydicom raises on some malformed values and repairs
others.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from pydicom._dicom_dict import RepeatersDictionary
from pydicom.datadict import dictionary_VR, keyword_for_tag, tag_for_keyword

from scansim.wire.pdu import Grade, Problem
from scansim.wire.problems import Problems
from scansim.wire.text import CHARSET_VRS, UNANNOUNCED, encodings_of, read_text

__all__ = [
    *("DEFLATED_LITTLE", "EXPLICIT_BIG", "EXPLICIT_LITTLE", "IMPLICIT_LITTLE", "LONGEST_INFLATED", "PIXEL_DATA"),
    *("DataSet", "Element", "encodings_of", "keyword", "read", "tag_of"),
]

IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
DEFLATED_LITTLE = "1.2.840.10008.1.2.1.99"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"

_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_SHORT_VRS = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"),
        *(b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)
_NAMES = {vr: vr.decode() for vr in _LONG_VRS | _SHORT_VRS}
_SINGLE_VALUED_VRS = frozenset(("ST", "LT", "UT", "UR"))
_NUMBER_FORMATS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "FL": "f", "FD": "d", "SV": "q", "UV": "Q"}
_NUMBER_SIZES = {number: struct.calcsize(number) for number in _NUMBER_FORMATS.values()}
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_UNDEFINED = 0xFFFFFFFF
_DEEPEST = 64
#: Bytes that a deflated data set may inflate to; what goes beyond is not read, as deflate packs a thousandfold.
LONGEST_INFLATED = 1 << 27
#: Elements and items of one data set that are read, and bytes of one value that are read as text or numbers.
MOST_ELEMENTS, LONGEST_VALUE = 250_000, 1 << 18
_SPECIFIC_CHARACTER_SET = 0x00080005
PIXEL_DATA = 0x7FE00010
_TAG = re.compile(r"\([0-9A-F]{4},[0-9A-F]{4}\)\Z")
#: Keywords of the attributes of repeating groups (PS3.6 6), with their tags in the first group.
_REPEATING = {row[4]: int(mask.replace("x", "0"), 16) for mask, row in RepeatersDictionary.items()}


@lru_cache(maxsize=8192)
def keyword(tag: int) -> str:
    """Keyword of a tag, or ``(gggg,eeee)`` when the dictionary has none.

    The attributes of repeating groups (PS3.5 7.6) share their keywords: all but those of the first group have the tag
    behind it, ``OverlayRows(6002,0010)``.
    """
    known = (
        "" if tag >> 16 & 1 else keyword_for_tag(tag)
    )  # no private one is in the dictionary, which is slow to say so
    if known and _REPEATING.get(known, tag) == tag:
        return known
    return f"{known}({tag >> 16:04X},{tag & 0xFFFF:04X})"


@lru_cache(maxsize=8192)
def tag_of(name: str) -> int:
    """Tag of what `keyword` gives; KeyError when there is none. Of a repeating group's keyword alone, the first."""
    if name[-1:] == ")":
        shown = _TAG.search(name)
        if shown is not None:
            return int(shown[0][1:5] + shown[0][6:10], 16)
    tag = tag_for_keyword(name)
    return _REPEATING[name] if tag is None else tag


@lru_cache(maxsize=4096)
def _implicit_vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)[:2]
    except KeyError:
        if not tag & 0xFFFF:
            return "UL"
        return "LO" if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF else "UN"  # private creators, PS3.5 7.8.1


class Element(NamedTuple):
    """One element as it was encoded: ``value`` raw bytes, ``items`` the decoded items of a sequence.

    ``offset`` counts from the start of the data set (inflated, when it was deflated).
    """

    tag: int
    vr: str
    value: bytes
    offset: int
    items: tuple[DataSet, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether the element has zero length, just padding, or no item."""
        return not self.items if self.items is not None else not self.value.strip(b" \0")


@dataclass(frozen=True, slots=True, weakref_slot=True)
class DataSet:
    """A decoded data set, tag to element, with what was malformed in it (nested problems at the root only)."""

    elements: dict[int, Element]
    problems: tuple[Problem, ...] = ()
    little: bool = True
    encodings: tuple[str, ...] = field(default=UNANNOUNCED, repr=False)

    def __contains__(self, name: str) -> bool:
        return tag_of(name) in self.elements

    def element(self, name: str) -> Element | None:
        """Element of a keyword, or None."""
        return self.elements.get(tag_of(name))

    def is_empty(self, name: str) -> bool:
        """Whether the attribute is present with zero length; False when it is absent."""
        element = self.element(name)
        return element is not None and element.is_empty

    def items(self, name: str) -> tuple[DataSet, ...]:
        """Items of a sequence attribute; none when it is absent or not a sequence."""
        element = self.element(name)
        return element.items or () if element is not None else ()

    def values(self, name: str) -> tuple[str, ...]:
        """Values as text, padding removed; none when absent or empty."""
        element = self.element(name)
        return () if element is None else self.values_of(element)

    def text(self, name: str) -> str:
        """All values joined by a backslash; empty when absent or empty."""
        return "\\".join(self.values(name))

    def values_of(self, element: Element) -> tuple[str, ...]:
        """Values of an element as text, in its character set; bytes that do not decode become U+FFFD."""
        raw, vr = element.value, element.vr
        if element.items is not None or not raw:
            return ()
        if len(raw) > LONGEST_VALUE:
            raw = raw[:LONGEST_VALUE]
        number = _NUMBER_FORMATS.get(vr)
        if number is not None:
            whole = len(raw) // _NUMBER_SIZES[number]
            values = struct.unpack_from(f"{'<' if self.little else '>'}{whole}{number}", raw)
            return tuple(map(str, values))
        if vr == "AT":
            pairs = struct.unpack(f"{'<' if self.little else '>'}{len(raw) // 4 * 2}H", raw[: len(raw) // 4 * 4])
            return tuple(f"({pairs[i]:04X},{pairs[i + 1]:04X})" for i in range(0, len(pairs), 2))
        if vr in ("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"):
            return (raw[:32].hex() + ("…" if len(raw) > 32 else ""),)
        # decoded whole, then split: inside a multi-byte character, 5CH is no delimiter (PS3.5 6.1.2.5.3, 2013)
        text = read_text(raw, vr, self.encodings) if vr in CHARSET_VRS else raw.decode("latin-1")
        if vr not in _SINGLE_VALUED_VRS and "\\" in text:
            return tuple([part.strip("\0 ") for part in text.split("\\")])
        value = text.rstrip("\0 ") if vr in _SINGLE_VALUED_VRS else text.strip("\0 ")
        return (value,) if value else ()

    def walk(self, path: str = "") -> Iterator[tuple[str, DataSet, Element]]:
        """Yield (path, data set, element) of every element, nested ones too, such as ``Sequence[1] > Keyword``."""
        for element in self.elements.values():
            here = path + keyword(element.tag)
            yield here, self, element
            for number, item in enumerate(element.items or (), 1):
                yield from item.walk(f"{here}[{number}] > ")


#: Head of an element in Implicit VR, of an item also, and in Explicit VR; little endian, or not.
_HEADS = {
    little: (struct.Struct(order + "HHI"), struct.Struct(order + "HH2sH"))
    for little, order in ((True, "<"), (False, ">"))
}


class _Reader:
    def __init__(self, data: bytes, explicit: bool, little: bool, most: int) -> None:
        self.data = data
        self.problems = Problems()
        self.most = self.left = most
        self._encoding(explicit, little)

    def _encoding(self, explicit: bool, little: bool) -> None:
        self.explicit = explicit
        self.little = little
        self.order = "<" if little else ">"
        self.implicit_head, self.explicit_head = _HEADS[little]

    def problem(self, code: str, offset: int, text: str) -> None:
        self.problems.append(Problem(code, offset, text))

    def full(self, at: int) -> bool:
        """Count one more element or item, and say whether it is one too many, which ends the reading everywhere."""
        self.left -= 1
        if self.left == -1:
            text = f"more than {self.most} elements and items; what is beyond was not read"
            self.problems.append(Problem("too-many", at, text, Grade.NOTE))
        return self.left < 0

    def header(self, at: int, end: int) -> tuple[int, str, int, int] | None:
        """(tag, VR, length, offset of the value) of the element at `at`, or None when it is truncated."""
        if at + 8 > end:
            self.problem("element-truncated", at, f"{end - at} bytes are no element header")
            return None
        if self.explicit:
            group, number, vr, length = self.explicit_head.unpack_from(self.data, at)
            tag: int = group << 16 | number
            if group != 0xFFFE:
                if vr in _SHORT_VRS:
                    return tag, _NAMES[vr], length, at + 8
                return self._long(tag, vr, at, end)
        group, number, length = self.implicit_head.unpack_from(self.data, at)
        tag = group << 16 | number
        return tag, _implicit_vr(tag), length, at + 8

    def _long(self, tag: int, vr: bytes, at: int, end: int) -> tuple[int, str, int, int] | None:
        """A header with 4 bytes of length, or none."""
        if vr not in _LONG_VRS:
            self.problem("vr-unknown", at + 4, f"{keyword(tag)}: the bytes {vr!r} are no VR")
            return None
        if at + 12 > end:
            self.problem("element-truncated", at, f"{keyword(tag)}: the header is cut off")
            return None
        (length,) = struct.unpack_from(self.order + "I", self.data, at + 8)
        return tag, _NAMES[vr], length, at + 12

    def dataset(
        self, at: int, end: int, encodings: tuple[str, ...], depth: int, delimited: bool
    ) -> tuple[DataSet, int]:
        """Read elements up to `end`, or up to an Item Delimitation Item when `delimited`."""
        elements: dict[int, Element] = {}
        previous = -1
        while at < end:
            head = self.header(at, end)
            if head is None or self.full(at):
                at = end
                break
            tag, vr, length, value_at = head
            if tag == _ITEM_END and delimited:
                return DataSet(elements, (), self.little, encodings), value_at
            if tag >> 16 == 0xFFFE:
                self.problem(
                    "delimiter-unexpected", at, f"({tag >> 16:04X},{tag & 0xFFFF:04X}) where an element belongs"
                )
                at = end
                break
            if tag <= previous:
                what = "twice" if tag in elements else "out of ascending order"
                self.problem("element-order", at, f"{keyword(tag)} stands {what}")
            previous = tag
            after = value_at + length
            if vr != "SQ" and after <= end and not length & 1:  # the plain case, which is nearly all; FFFFFFFFH is odd
                elements[tag] = Element(tag, vr, self.data[value_at:after], at)
                at = after
            else:
                elements[tag], at = self.element(tag, vr, length, at, value_at, end, encodings, depth)
            if tag == _SPECIFIC_CHARACTER_SET:
                terms = elements[tag].value.decode("latin-1").split("\\")
                encodings = encodings_of(tuple(term.strip("\0 ") for term in terms))
        else:
            if delimited:
                self.problem("item-not-closed", at, "the data end inside an item of undefined length")
        return DataSet(elements, (), self.little, encodings), at

    def element(
        self, tag: int, vr: str, length: int, at: int, value_at: int, end: int, encodings: tuple[str, ...], depth: int
    ) -> tuple[Element, int]:
        unknown = vr == "UN"
        if length == _UNDEFINED and tag != PIXEL_DATA:
            vr = "SQ"
        elif length == _UNDEFINED:
            return Element(tag, vr, self.data[value_at:end], at), end
        elif value_at + length > end:
            if tag != PIXEL_DATA:  # a transcript may end there on purpose
                self.problem("element-length", at, f"{keyword(tag)} states {length} bytes, {end - value_at} are left")
            length = end - value_at
        elif length % 2:
            self.problem("odd-length", at, f"{keyword(tag)} has odd length {length}")
        if vr != "SQ":
            return Element(tag, vr, self.data[value_at : value_at + length], at), value_at + length
        stop = end if length == _UNDEFINED else value_at + length
        outside = self.explicit, self.little
        if unknown and self.explicit:  # PS3.5 6.2.2: a sequence sent as UN is Implicit VR Little Endian inside
            self._encoding(explicit=False, little=True)
        if depth >= _DEEPEST:
            text = f"{keyword(tag)} is nested more than {_DEEPEST} levels deep; what is in it was not read"
            self.problems.append(Problem("too-deep", at, text, Grade.NOTE))
            after = self.behind(value_at, end) if length == _UNDEFINED else stop
            self._encoding(*outside)
            return Element(tag, vr, self.data[value_at:after], at), after
        items, after = self.sequence(tag, value_at, stop, length == _UNDEFINED, encodings, depth)
        self._encoding(*outside)
        return Element(tag, vr, b"", at, tuple(items)), after

    def sequence(
        self, tag: int, at: int, end: int, delimited: bool, encodings: tuple[str, ...], depth: int
    ) -> tuple[list[DataSet], int]:
        items: list[DataSet] = []
        while at < end:
            if at + 8 > end:
                self.problem("item-truncated", at, f"{keyword(tag)}: {end - at} bytes are no item header")
                return items, end
            group, number, length = self.implicit_head.unpack_from(self.data, at)
            marker = group << 16 | number
            if marker == _SEQUENCE_END and delimited:
                return items, at + 8
            if marker != _ITEM:
                self.problem("item-expected", at, f"{keyword(tag)}: ({group:04X},{number:04X}) where an item belongs")
                return items, end
            if self.full(at):
                return items, end
            stop = end if length == _UNDEFINED else at + 8 + length
            if stop > end:
                self.problem("item-length", at, f"{keyword(tag)}: an item states {length} bytes, {end - at - 8} left")
                stop = end
            item, after = self.dataset(at + 8, stop, encodings, depth + 1, length == _UNDEFINED)
            items.append(item)
            at = after if length == _UNDEFINED else stop
        if delimited and self.left >= 0:
            self.problem("sequence-not-closed", at, f"{keyword(tag)}: the data end inside the sequence")
        return items, at

    def behind(self, at: int, end: int) -> int:
        """Offset behind a sequence of undefined length whose items begin at `at`, however deep; `end` when it is open.

        What is in it has no say but by its lengths.
        """
        open_ = 1  # sequences and items that are not closed yet
        while open_ and at + 8 <= end:
            group, number, length = self.implicit_head.unpack_from(self.data, at)
            value_at = at + 8
            if group == 0xFFFE:
                tag = group << 16 | number
                if tag in (_ITEM_END, _SEQUENCE_END):
                    open_ -= 1
                elif length == _UNDEFINED:
                    open_ += 1
                else:
                    value_at += length
            else:
                head = self.header(at, end)
                if head is None:
                    return end
                _, _, length, value_at = head
                if length == _UNDEFINED:
                    open_ += 1
                else:
                    value_at += length
            at = value_at
        return end if open_ else min(at, end)


def read(data: bytes, transfer_syntax: str, most: int | None = None) -> DataSet:
    """Read an encoded data set without file meta information.

    Encapsulated transfer syntaxes are read as Explicit VR Little Endian (PS3.5 A.4), with Pixel Data kept raw. Of
    elements and items, `most` are read, MOST_ELEMENTS by default. What is beyond a limit of the reader is told of by a
    problem of grade NOTE: it is no fault of the data set.
    """
    problems: list[Problem] = []
    if transfer_syntax == DEFLATED_LITTLE:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            data = inflater.decompress(data, LONGEST_INFLATED)
        except zlib.error as error:
            return DataSet({}, (Problem("deflate", 0, f"not a deflated data set: {error}"),))
        if len(data) == LONGEST_INFLATED and not inflater.eof:
            text = f"inflates to more than {LONGEST_INFLATED} bytes; what is beyond was not read"
            problems.append(Problem("deflate-too-long", LONGEST_INFLATED, text))
        elif not inflater.eof:
            problems.append(Problem("deflate-truncated", len(data), "the deflated data end before their last block"))
    reader = _Reader(data, transfer_syntax != IMPLICIT_LITTLE, transfer_syntax != EXPLICIT_BIG, most or MOST_ELEMENTS)
    dataset, _ = reader.dataset(0, len(data), UNANNOUNCED, 0, delimited=False)
    problems += reader.problems.told()
    return DataSet(dataset.elements, tuple(problems), reader.little, dataset.encodings)
