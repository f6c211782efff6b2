"""What is different between a data set that was sent and the one that came back, element by element.

Each is read in its own transfer syntax and by its own character set. No difference is what only the encoding makes:
padding, byte order, another form of the same number, a VR that Implicit VR or UN does not tell, group lengths, the
block that private elements stand in, an empty attribute of which nothing is left.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from scansim.vocabulary.values import normal
from scansim.wire import dataset as wire
from scansim.wire.charsets import MULTIPLE_VRS, TEXT_VRS, CharacterSetError, decode
from scansim.wire.dataset import DataSet, Element, keyword, tag_of
from scansim.wire.text import CHARSET_VRS, UNANNOUNCED, is_plain

#: Pixels, and where their frames begin: compared as what they are (`scanproof.evidence.pixels_back`).
PIXEL_TAGS = frozenset((0x7FE00001, 0x7FE00002, 0x7FE00003, 0x7FE00008, 0x7FE00009, 0x7FE00010))
#: The character set, which text is read by; the length to end and the padding, which are of the encoding.
_OF_THE_ENCODING = frozenset((0x00080001, 0x00080005, 0xFFFCFFFC))

_STRINGS = MULTIPLE_VRS | TEXT_VRS | {"AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UI", "UR"}
#: Bytes of one number of a VR, as they are swapped in big endian.
_WIDTHS = {
    **dict.fromkeys(("US", "SS", "OW", "AT"), 2),
    **dict.fromkeys(("UL", "SL", "FL", "OF", "OL"), 4),
    **dict.fromkeys(("FD", "OD", "OV", "SV", "UV"), 8),
}
#: Characters that tables of the same Japanese set map to one or the other.
_EITHER = str.maketrans("\uff5e\uff0d\u2225\u2015\uffe0\uffe1\uffe2", "\u301c\u2212\u2016\u2014\u00a2\u00a3\u00ac")
#: Items of a sequence that are looked for in another order.
_MOST_ITEMS = 64
#: Characters of a value that are told.
_LONGEST_SHOWN = 1000
#: Head of an element in Implicit VR Little Endian.
_IMPLICIT = struct.Struct("<HHI")
_SEQUENCE_END = b"\xfe\xff\xdd\xe0" + bytes(4)


class Kind(StrEnum):
    """What befell an attribute; ``FILLED`` is one that had no value, ``DROPPED`` one that is gone and had none."""

    LOST = "lost"
    EMPTIED = "emptied"
    CHANGED = "changed"
    ADDED = "added"
    FILLED = "filled"
    DROPPED = "dropped"
    ITEM_LOST = "item lost"
    ITEM_ADDED = "item added"
    ORDER = "items in another order"


#: What nobody loses anything by: an empty attribute says as much as an absent one of Type 3 (PS3.5 7.4.5).
SILENT = (Kind.DROPPED,)


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference; ``path`` as `DataSet.walk` gives it, ``wanted`` and ``got`` as text.

    ``top`` is the tag of the attribute at the top of the data set that it is in. ``swapped`` says that the bytes of
    each number are in reverse order, ``unreadable`` that its bytes are none of the character set that it came in.
    ``recorded`` says that the Original Attributes Sequence tells of it.
    """

    path: str
    tag: int
    top: int
    vr: str
    kind: Kind
    wanted: str = ""
    got: str = ""
    swapped: bool = False
    unreadable: bool = False
    recorded: bool = False

    @property
    def name(self) -> str:
        """Keyword of the attribute."""
        return keyword(self.tag)

    @property
    def is_told(self) -> bool:
        """Whether something that was sent is not there any more as it was, and nobody has said so."""
        quiet = (Kind.DROPPED, Kind.ADDED, Kind.FILLED, Kind.ITEM_ADDED)
        return self.kind not in quiet and not self.recorded

    @property
    def is_private(self) -> bool:
        """Whether it is a private element, or in one."""
        return bool(self.top >> 16 & 1 or self.tag >> 16 & 1)

    @property
    def is_text(self) -> bool:
        """Whether its value is text that a character set may govern, or a string of a few characters."""
        return self.vr in MULTIPLE_VRS | TEXT_VRS | {"AE", "CS"}


def differences(sent: DataSet, received: DataSet) -> tuple[Difference, ...]:
    """Compare two data sets; pixels are left out."""
    found = tuple(_of_level(sent, received, "", None))
    if not found:
        return ()
    known = _recorded(sent, received)
    return tuple(replace(each, recorded=True) if each.top in known else each for each in found)


def _of_level(sent: DataSet, received: DataSet, path: str, top: int | None) -> Iterator[Difference]:
    theirs = _Keys(received)
    seen: set[int] = set()
    own = _creators(sent)
    for tag, element in sent.elements.items():
        if _is_of_the_encoding(tag, top):
            continue
        other = theirs.find(tag, own)
        here = path + keyword(tag)
        if other is None:
            yield from _gone(sent, element, here, top)
            continue
        seen.add(other.tag)
        yield from _of_element(sent, element, received, other, here, top)
    for tag, element in received.elements.items():
        if tag not in seen and not _is_of_the_encoding(tag, top) and _has_value(element):
            kind = Kind.ADDED
            yield Difference(path + keyword(tag), tag, top or tag, element.vr, kind, got=_shown(received, element))


def _is_of_the_encoding(tag: int, top: int | None) -> bool:
    return tag in _OF_THE_ENCODING or not tag & 0xFFFF or tag >> 16 < 8 or (top is None and tag in PIXEL_TAGS)


def _gone(sent: DataSet, element: Element, here: str, top: int | None) -> Iterator[Difference]:
    kind = Kind.LOST if _has_value(element) else Kind.DROPPED
    yield Difference(here, element.tag, top or element.tag, element.vr, kind, wanted=_shown(sent, element))


def _of_element(
    sent: DataSet, element: Element, received: DataSet, other: Element, here: str, top: int | None
) -> Iterator[Difference]:
    if _is_alike(sent, element, received, other):
        return
    ours, its = _items(sent, element, other.items is not None), _items(received, other, element.items is not None)
    of = top or element.tag
    if ours is not None and its is not None:
        yield from _of_items(ours, its, here, element.tag, of)
        return
    vr = element.vr if element.vr != "UN" else other.vr
    one, two = _value(sent, element, vr), _value(received, other, vr)
    wanted, got = _shown(sent, element._replace(vr=vr)), _shown(received, other._replace(vr=vr))
    if one == two:
        if vr in CHARSET_VRS and _is_readable(sent, element, vr) and not _is_readable(received, other, vr):
            yield Difference(here, element.tag, of, vr, Kind.CHANGED, wanted, got, unreadable=True)
        return
    empty, emptied = not _has_value(element), not _has_value(other)
    kind = Kind.FILLED if empty else Kind.EMPTIED if emptied else Kind.CHANGED
    width = _WIDTHS.get(vr, 1)
    swapped = (
        kind is Kind.CHANGED and width > 1 and isinstance(one, bytes) and isinstance(two, bytes)
        and _swapped(one, width) == two
    )  # fmt: skip
    yield Difference(here, element.tag, of, vr, kind, wanted, got, swapped)


def _is_readable(dataset: DataSet, element: Element, vr: str) -> bool:
    """Whether the bytes of a text are of the character set that its data set announces."""
    raw = element.value
    if dataset.encodings == UNANNOUNCED or is_plain(raw, dataset.encodings):
        return is_plain(raw, UNANNOUNCED)
    try:
        decode(raw, vr, dataset.encodings)
    except CharacterSetError:
        return False
    return True


def _has_value(element: Element) -> bool:
    if element.items is not None:
        return bool(element.items)
    return bool(element.value.strip(b"\0 ")) if element.vr in _STRINGS else bool(element.value)


def _is_alike(sent: DataSet, element: Element, received: DataSet, other: Element) -> bool:
    """Whether the very bytes are the same and mean the same, as nearly all do."""
    return (
        element.items is None
        and element.value == other.value
        and element.vr == other.vr
        and sent.little == received.little
        and (sent.encodings == received.encodings or (element.value.isascii() and b"\x1b" not in element.value))
    )


# --- items ------------------------------------------------------------------------------------------------------------


def _items(dataset: DataSet, element: Element, wanted: bool) -> tuple[DataSet, ...] | None:
    """Items of a sequence, of one as well that came as UN; None for what is none."""
    if element.items is not None:
        return element.items
    if not wanted and element.vr != "UN":
        return None
    if not element.value:
        return () if wanted else None
    if element.value[:4] != b"\xfe\xff\x00\xe0":
        return None
    # a sequence that is sent as UN is Implicit VR Little Endian inside (PS3.5 6.2.2)
    terms = b"" if dataset.encodings == UNANNOUNCED else "\\".join(dataset.encodings).encode("latin-1")
    whole = _IMPLICIT.pack(0x0008, 0x0005, len(terms)) + terms
    whole += _IMPLICIT.pack(element.tag >> 16, element.tag & 0xFFFF, 0xFFFFFFFF) + element.value + _SEQUENCE_END
    read = wire.read(whole, wire.IMPLICIT_LITTLE)
    found = read.elements.get(element.tag)
    return found.items if found is not None else None


def _of_items(
    ours: tuple[DataSet, ...], theirs: tuple[DataSet, ...], here: str, tag: int, top: int
) -> Iterator[Difference]:
    if len(ours) == len(theirs):
        pairs = [
            tuple(_of_level(one, other, f"{here}[{number}] > ", top))
            for number, (one, other) in enumerate(zip(ours, theirs, strict=True), 1)
        ]
        if len(ours) > 1 and any(pairs) and not _unmatched(ours, theirs)[0]:
            yield Difference(here, tag, top, "SQ", Kind.ORDER)
            return
        for found in pairs:
            yield from found
        return
    if not theirs:
        yield Difference(here, tag, top, "SQ", Kind.EMPTIED, wanted=f"{len(ours)} items")
        return
    if not ours:
        yield Difference(here, tag, top, "SQ", Kind.FILLED, got=f"{len(theirs)} items")
        return
    left, more = _unmatched(ours, theirs)
    for one, other in zip(left, more, strict=False):
        yield from _of_level(ours[one], theirs[other], f"{here}[{one + 1}] > ", top)
    for one in left[len(more) :]:
        yield Difference(f"{here}[{one + 1}]", tag, top, "SQ", Kind.ITEM_LOST, wanted=f"{len(ours)} items",
                         got=f"{len(theirs)} items")  # fmt: skip
    for other in more[len(left) :]:
        yield Difference(f"{here}[{other + 1}]", tag, top, "SQ", Kind.ITEM_ADDED, wanted=f"{len(ours)} items",
                         got=f"{len(theirs)} items")  # fmt: skip


def _unmatched(ours: tuple[DataSet, ...], theirs: tuple[DataSet, ...]) -> tuple[list[int], list[int]]:
    """Items of each side that have no equal on the other one, by their positions from 0."""
    if max(len(ours), len(theirs)) > _MOST_ITEMS:
        same = [number for number, (one, other) in enumerate(zip(ours, theirs, strict=False)) if _equal(one, other)]
        return (
            [number for number in range(len(ours)) if number not in same],
            [number for number in range(len(theirs)) if number not in same],
        )
    more = list(range(len(theirs)))
    left = []
    for number, one in enumerate(ours):
        match = next((other for other in more if _equal(one, theirs[other])), None)
        if match is None:
            left.append(number)
        else:
            more.remove(match)
    return left, more


def _equal(one: DataSet, other: DataSet) -> bool:
    return all(each.kind in SILENT for each in _of_level(one, other, "", 0))


# --- values -----------------------------------------------------------------------------------------------------------


def _value(dataset: DataSet, element: Element, vr: str) -> tuple[str, ...] | bytes:
    """A value in a form in which equal ones are equal."""
    if vr in _STRINGS and len(element.value) <= wire.LONGEST_VALUE:
        values = dataset.values_of(element._replace(vr=vr))
        return tuple(unicodedata.normalize("NFC", normal(vr, value)).translate(_EITHER) for value in values)
    width = _WIDTHS.get(element.vr if element.vr != "UN" else vr, 1)
    value = element.value if dataset.little or element.vr == "UN" else _swapped(element.value, width)
    return value.rstrip(b"\0 ") if vr in ("UN", "OB") or vr in _STRINGS else value


def _swapped(value: bytes, width: int) -> bytes:
    """Bytes of each number in reverse order."""
    whole = len(value) - len(value) % width
    swapped = bytearray(value)
    for byte in range(width):
        swapped[byte:whole:width] = value[width - 1 - byte : whole : width]
    return bytes(swapped)


def _shown(dataset: DataSet, element: Element) -> str:
    if element.items is not None:
        return f"{len(element.items)} items"
    values = dataset.values_of(element)
    text = "\\".join(values)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"


# --- private elements -------------------------------------------------------------------------------------------------


def _creators(dataset: DataSet) -> Mapping[int, str]:
    """Private creators by group and block, as ``gggg00bb`` (PS3.5 7.8.1)."""
    found = {}
    for tag, element in dataset.elements.items():
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF:
            text = element.value.decode("latin-1").strip("\0 ")
            if text:
                found[tag] = text
    return found


class _Keys:
    """Elements of a data set; private ones by their creator, who may have got another block."""

    def __init__(self, dataset: DataSet) -> None:
        self._elements = dataset.elements
        self._blocks = {(tag >> 16, name): tag & 0xFF for tag, name in reversed([*_creators(dataset).items()])}

    def find(self, tag: int, creators: Mapping[int, str]) -> Element | None:
        """The element that is what one of the other data set is, by the tag that it has there."""
        group, number = tag >> 16, tag & 0xFFFF
        if not group & 1:
            return self._elements.get(tag)
        if number <= 0xFF:
            block = self._blocks.get((group, creators.get(tag, "")))
            return self._elements.get(group << 16 | block) if block is not None else None
        name = creators.get(group << 16 | number >> 8)
        block = self._blocks.get((group, name)) if name is not None else None
        if block is None:  # nobody's, or of a creator who is gone, which is told of by itself
            return self._elements.get(tag)
        return self._elements.get(group << 16 | block << 8 | number & 0xFF)


# --- what the archive says that it changed ----------------------------------------------------------------------------


def _recorded(sent: DataSet, received: DataSet) -> frozenset[int]:
    """Top-level tags of which Original Attributes Sequence has the value that was sent, or none (PS3.3 C.12.1.1.9)."""
    found = {tag_of("OriginalAttributesSequence")}
    before = len(sent.items("OriginalAttributesSequence"))
    items = received.items("OriginalAttributesSequence")
    for item in items[: len(items) - before] + items[before:]:
        for modified in item.items("ModifiedAttributesSequence"):
            for tag, element in modified.elements.items():
                own = sent.elements.get(tag)
                kept = (
                    own is None or not _has_value(element) or not [*_of_element(sent, own, modified, element, "", None)]
                )
                if kept:
                    found.add(tag)
    return frozenset(found)
