"""Headers alone of what passes: one direction's bytes, of which Pixel Data are kept by length and digest only.

Nothing of a message is held: bytes are looked at as they come, and what cannot be followed is kept as it is.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from scansim.wire import pdu as p
from scansim.wire.dataset import DEFLATED_LITTLE, EXPLICIT_BIG, IMPLICIT_LITTLE, PIXEL_DATA
from scansim.wire.stream import LONGEST_PDU

_LONG_VRS = frozenset((b"OB", b"OD", b"OF", b"OL", b"OV", b"OW", b"SQ", b"SV", b"UC", b"UN", b"UR", b"UT", b"UV"))
_ITEM, _ITEM_END, _SEQUENCE_END, _UNDEFINED = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD, 0xFFFFFFFF
_DEEPEST = 64  # sequences within sequences


class _Walk:
    """Looks for the value of Pixel Data at the root of one data set whose bytes come in pieces."""

    def __init__(self, syntax: str) -> None:
        self.inside = False  # Pixel Data have begun: all that follows is theirs
        self._lost = syntax == DEFLATED_LITTLE
        self._head = bytearray()
        self._skip = 0
        self._explicit = [syntax != IMPLICIT_LITTLE]  # of each data set or sequence that is open
        self._order = ">" if syntax == EXPLICIT_BIG else "<"

    def before_pixels(self, data: memoryview) -> int:
        """How many of these bytes stand before the value of Pixel Data."""
        at, end = 0, len(data)
        while not self.inside and not self._lost and at < end:
            if self._skip:
                passed = min(self._skip, end - at)
                self._skip -= passed
                at += passed
                continue
            need = self._needed()
            taken = data[at : at + need - len(self._head)]
            self._head += taken
            at += len(taken)
            if len(self._head) == self._needed():
                self._element()
        return at if self.inside else end

    def _needed(self) -> int:
        """Bytes of the header that has begun, as far as that is known."""
        long = len(self._head) >= 8 and self._is_explicit() and bytes(self._head[4:6]) in _LONG_VRS
        return 12 if long else 8

    def _is_explicit(self) -> bool:
        return self._explicit[-1] and struct.unpack_from(self._order + "H", self._head)[0] != 0xFFFE

    def _element(self) -> None:
        """Take a header that is whole."""
        head, order = bytes(self._head), self._order
        self._head.clear()
        group, number = struct.unpack_from(order + "HH", head)
        tag, vr = group << 16 | number, head[4:6] if self._explicit[-1] and group != 0xFFFE else b""
        if vr and not vr.isalpha():
            self._lost = True
            return
        short = bool(vr) and len(head) == 8
        length = struct.unpack_from(order + ("H" if short else "I"), head, 6 if short else len(head) - 4)[0]
        if tag in (_ITEM_END, _SEQUENCE_END):
            if len(self._explicit) > 1:
                self._explicit.pop()
        elif tag == PIXEL_DATA and len(self._explicit) == 1:
            self.inside = True
        elif length != _UNDEFINED:
            self._skip = length
        elif len(self._explicit) > _DEEPEST:
            self._lost = True
        else:  # what stands in a sequence that is sent as UN is Implicit VR (PS3.5 6.2.2)
            self._explicit.append(self._explicit[-1] and vr != b"UN")


#: What becomes of bytes: they are kept, left out by their number, or told by the digest of what was left out.
Piece = tuple[str, Any]
KEEP, GAP, DIGEST = "keep", "gap", "digest"


class HeadersOnly:
    """One direction of an association; ``agreed`` has the transfer syntax of each accepted Presentation Context.

    Bytes are left out at the end of a P-DATA-TF alone, as the record wants it: of one that carries several fragments
    only the last is.
    """

    def __init__(self, agreed: Mapping[int, str]) -> None:
        self._agreed = agreed
        self._head = bytearray()
        self._pdu = 0  # bytes of the PDU that are still to come
        self._pdv = 0  # and of its fragment
        self._is_data = False
        self._is_last = False
        self._fragments = False
        self._walk: _Walk | None = None
        self._digest = hashlib.sha256()
        self.lost = False  # no PDU can be told from the next

    def feed(self, data: bytes) -> Iterator[Piece]:
        """Take bytes as they pass, and yield what is to be kept of them, in order."""
        view, at, kept = memoryview(data), 0, 0
        while at < len(view):
            taken, left_out, ended = self._take(view[at:])
            at += taken
            if left_out:
                if at - left_out > kept:
                    yield KEEP, view[kept : at - left_out]
                yield GAP, left_out
                kept = at
            if ended:
                if at > kept:
                    yield KEEP, view[kept:at]
                    kept = at
                yield DIGEST, self._digest.digest()
        if at > kept:
            yield KEEP, view[kept:at]

    def _take(self, view: memoryview) -> tuple[int, int, bool]:
        """Take the next bytes: how many, how many at their end are left out, whether a message of such has ended."""
        if self.lost:
            return len(view), 0, False
        if self._pdv:
            return self._fragment(view[: self._pdv])
        if self._pdu and not self._fragments:
            passed = min(self._pdu, len(view))
            self._pdu -= passed
            return passed, 0, False
        return self._header(view), 0, False

    def _fragment(self, piece: memoryview) -> tuple[int, int, bool]:
        """Take bytes of a fragment, or the rest of it."""
        walk, left_out = self._walk if self._is_data else None, 0
        if walk is not None:
            before = 0 if walk.inside else walk.before_pixels(piece)
            if walk.inside and self._pdv == self._pdu:
                left_out = len(piece) - before
                self._digest.update(piece[before:])
        self._pdu -= len(piece)
        self._pdv -= len(piece)
        ended = walk is not None and walk.inside and self._is_last and not self._pdv
        return len(piece), left_out, ended

    def _header(self, view: memoryview) -> int:
        """Take bytes of a header, of a PDU or of a fragment; how many."""
        taken = view[: 6 - len(self._head)]
        self._head += taken
        if len(self._head) < 6:
            return len(taken)
        head = bytes(self._head)
        self._head.clear()
        if not self._pdu:
            kind, length = struct.unpack(">BxI", head)
            self._fragments, self._pdu = kind == p.P_DATA_TF, length
            self.lost = kind not in p.PDU_NAMES or length > LONGEST_PDU or (self._fragments and 0 < length < 6)
            return len(taken)
        length, context, control = struct.unpack(">IBB", head)
        self._pdu -= 6
        self._pdv = length - 2
        if length < 2 or self._pdv > self._pdu or 0 < self._pdu - self._pdv < 6:
            self.lost = True
            return len(taken)
        begins = self._is_last or not self._is_data
        self._is_data, self._is_last = not control & 1, bool(control & 2)
        if self._is_data and begins:
            self._walk = _Walk(self._agreed[context]) if context in self._agreed else None
            self._digest = hashlib.sha256()
        return len(taken)
