"""Element headers of an encoded data set, found in its bytes: what the checker's fast walk and its memos stand on."""

from __future__ import annotations

import struct

from scanproof.iod.encoded.dictionary import implicit_vr, shown, vrs_of
from scansim.wire.dataset import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE

LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
SHORT_VRS = frozenset(
    (
        *(b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FD", b"FL", b"IS", b"LO", b"LT", b"PN", b"SH"),
        *(b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"),
    )
)
UNDEFINED = 0xFFFFFFFF
#: What is said of an element in whose header the data end.
CUT_HEAD = "the header is cut off"
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
#: No data set begins below group 0004H, that of a DICOMDIR.
_FIRST = 0x00040000
#: Whatever the object is, its data set begins with SOP Common; what is less than an object, with the patient at least.
_LAST_FIRST_GROUP = 0x0040
#: How far the walk looks for the next element behind bytes that it could not read.
_SEARCHED = 4096


def _hexadecimal(data: bytes) -> str:
    return " ".join(f"{byte:02X}H" for byte in data)


class Broken(Exception):
    """The bytes cannot be walked from here on; ``offset`` and ``text`` say where and why.

    ``tag`` is that of the element that stands there, of which the text says no more than what is wrong.
    """

    def __init__(self, offset: int, text: str, tag: int | None = None) -> None:
        super().__init__(text)
        self.offset = offset
        self.text = text
        self.tag = tag

    @property
    def named(self) -> str:
        """The text, with the tag before it."""
        return self.text if self.tag is None else f"{shown(self.tag)}: {self.text}"


class Encoding:
    """How the elements of a data set are encoded: explicit or implicit VR, little or big endian."""

    def __init__(self, explicit: bool, little: bool) -> None:
        self.explicit = explicit
        self.little = little
        order = "<" if little else ">"
        self.short_head = struct.Struct(order + "HH2sH").unpack_from
        self.implicit_head = struct.Struct(order + "HHI").unpack_from
        self.tag = struct.Struct(order + "HH").unpack_from
        self.long = struct.Struct(order + "I").unpack_from

    @property
    def transfer_syntax(self) -> str:
        """The uncompressed Transfer Syntax that is encoded like this."""
        if not self.explicit:
            return IMPLICIT_LITTLE
        return EXPLICIT_LITTLE if self.little else EXPLICIT_BIG

    def element(self, data: bytes, at: int, end: int) -> tuple[int, bytes, int, int]:
        """(tag, VR, length, offset of the value) of the element at `at`; Broken when it has no VR, or ends too early.

        With implicit VR, items and delimiters look like elements.
        """
        if at + 8 > end:
            raise Broken(at, f"{end - at} bytes are no element header")
        if not self.explicit:
            group, number, length = self.implicit_head(data, at)
            tag = group << 16 | number
            return tag, implicit_vr(tag), length, at + 8
        group, number, vr, length = self.short_head(data, at)
        if vr in SHORT_VRS:
            return group << 16 | number, vr, length, at + 8
        if vr not in LONG_VRS:
            raise Broken(at + 4, f"the bytes {_hexadecimal(vr)} are no VR", group << 16 | number)
        if at + 12 > end:
            raise Broken(at, CUT_HEAD, group << 16 | number)
        return group << 16 | number, vr, self.long(data, at + 8)[0], at + 12

    def head(self, data: bytes, at: int, end: int) -> tuple[int, bytes, int, int]:
        """The same of an element, an item or a delimiter, which have no VR; the text of Broken names the tag."""
        if at + 8 > end:
            return self.element(data, at, end)
        group, number, length = self.implicit_head(data, at)
        if group == 0xFFFE:
            return group << 16 | number, b"", length, at + 8
        try:
            return self.element(data, at, end)
        except Broken as error:
            raise Broken(error.offset, error.named) from None

    def end_of(self, data: bytes, at: int, end: int) -> int:
        """Offset behind the element at `at`, walking sequences of undefined length; Broken when it does not end."""
        tag, vr, length, value_at = self.head(data, at, end)
        if length != UNDEFINED:
            if value_at + length > end:
                raise Broken(at, f"{shown(tag)} states {length} bytes, {end - value_at} are left")
            return value_at + length
        # PS3.5 6.2.2: a sequence sent as UN is Implicit VR Little Endian inside
        inside = IMPLICIT if vr == b"UN" and self.explicit else self
        return inside.end_of_items(data, value_at, end)

    def end_of_items(self, data: bytes, at: int, end: int) -> int:
        """Offset behind the Sequence Delimitation Item of the items that begin at `at`, however deep they nest."""
        sequences = [self]  # those that are open, by the encoding inside; each but the last in an item that is open
        in_item = False
        while sequences:
            encoding = sequences[-1]
            tag, vr, length, value_at = encoding.head(data, at, end)
            if tag == (ITEM_END if in_item else SEQUENCE_END):
                if not in_item:
                    sequences.pop()
                in_item = not in_item
                at = value_at
                continue
            if in_item and tag >> 16 == 0xFFFE:
                raise Broken(at, f"{shown(tag)} inside an item that is not closed")
            if not in_item and tag != ITEM:
                raise Broken(at, f"{shown(tag)} where an item belongs")
            if length != UNDEFINED:
                if value_at + length > end:
                    what = shown(tag) if in_item else "an item"
                    raise Broken(at, f"{what} states {length} bytes, {end - value_at} are left")
                at = value_at + length
                continue
            if in_item:  # PS3.5 6.2.2: a sequence sent as UN is Implicit VR Little Endian inside
                sequences.append(IMPLICIT if vr == b"UN" and encoding.explicit else encoding)
            in_item = not in_item
            at = value_at
        return at

    # -- going on behind broken bytes ----------------------------------------------------------------------------------

    def is_plausible(self, data: bytes, at: int, end: int, previous: int) -> bool:
        """Whether a known element with a fitting length stands at `at`, of a tag above `previous`."""
        try:
            tag, vr, length, value_at = self.head(data, at, end)
        except Broken:
            return False
        private = tag >> 16 & 1
        if tag <= previous or not (private or not tag & 0xFFFF or vrs_of(tag)):
            return False
        if self.explicit and not private and tag & 0xFFFF and vr not in (*vrs_of(tag), b"UN"):
            return False
        if private and not (self.explicit and tag & 0xFFFF >= 0x10):
            return False
        return length == UNDEFINED or value_at + length <= end

    def next_element(self, data: bytes, at: int, end: int, previous: int) -> int | None:
        """Offset of the first element from `at` on that is plausible, and so is the one behind it; None if none is."""
        for offset in range(at, min(end, at + _SEARCHED)):
            if not self.is_plausible(data, offset, end, previous):
                continue
            tag, _, length, value_at = self.head(data, offset, end)
            after = value_at + length if length != UNDEFINED else end
            if after >= end or length == UNDEFINED or self.is_plausible(data, after, end, tag):
                return offset
        return None


EXPLICIT = Encoding(explicit=True, little=True)
IMPLICIT = Encoding(explicit=False, little=True)
BIG = Encoding(explicit=True, little=False)


def encoding_of(transfer_syntax: str) -> Encoding:
    """Encoding of a Transfer Syntax; what is not one of the uncompressed ones is Explicit VR Little Endian."""
    if transfer_syntax == IMPLICIT_LITTLE:
        return IMPLICIT
    return BIG if transfer_syntax == EXPLICIT_BIG else EXPLICIT


def guess(data: bytes, at: int = 0) -> Encoding | None:
    """Encoding of the data set that begins at `at`, by its first elements; None when it looks like none.

    A tag with its own VR behind it is no accident. Without VRs, any two numbers look like a tag and a length: a NIfTI
    file begins like a group length, and dark pixels like attributes of group 0018H. Where nothing before it says that
    this is DICOM, it takes an attribute that data sets begin with, and a second one behind it.
    """
    end = len(data)
    found: list[Encoding] = []
    for encoding in (EXPLICIT, BIG, IMPLICIT):
        if not encoding.is_plausible(data, at, end, -1):
            continue
        tag, _, length, value_at = encoding.head(data, at, end)
        sure = encoding.explicit or at > 0
        if tag < _FIRST or not (vrs_of(tag) or (not tag & 0xFFFF and length == 4)):
            continue
        after = value_at + length if length != UNDEFINED else end
        if after >= end or encoding.is_plausible(data, after, end, tag):
            if sure or tag >> 16 <= _LAST_FIRST_GROUP:
                return encoding
        elif sure:
            found.append(encoding)
    return found[0] if found else None
