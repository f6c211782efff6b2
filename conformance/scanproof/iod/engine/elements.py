"""What is known of single elements, by their bytes: decoded and judged once, then looked up.

Values that never come again (UIDs, numbers, positions, times) are most of what is new in an instance. For them a
shortcut is learned: when the full judgement found nothing wrong with one value of a tag, another value of the same tag
and shape (a UID, a decimal number, plain text of no more than 16 characters …) has nothing wrong either, provided that
no list of values and no condition looks at that tag.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, replace

from scanproof.iod.encoded.encoding import Encoding, dictionary_vrs, shown
from scanproof.iod.engine.memo import Memo
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement import values
from scanproof.iod.tables.listed import ANYWHERE
from scanproof.iod.tables.logic import is_empty
from scansim.wire import dataset as wire

_NESTING = "PS3.5 7.5.1 (2020a), 7.5.2 (2024c)"
_ORDER = "PS3.5 7.1 (2020a)"
_NO_MEMO = 1 << 16  # bytes: a longer element is not remembered, as it rarely comes again

_LEAST = 3  # elements of a block: fewer are found as fast one by one

#: Shapes of values in which nothing depends on the value; each is narrower than what its VR allows.
_SHAPES: Mapping[bytes, re.Pattern[bytes]] = {
    b"DA": re.compile(rb"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|1\d|2[0-8])"),
    b"DS": re.compile(rb"-?\d{1,6}(?:\.\d{1,8})?(?:\\-?\d{1,6}(?:\.\d{1,8})?)*"),
    b"IS": re.compile(rb"-?\d{1,9}"),
    b"LO": re.compile(rb"[A-Za-z0-9._-]{1,16}"),
    b"SH": re.compile(rb"[A-Za-z0-9._-]{1,16}"),
    b"TM": re.compile(rb"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d(?:\.\d{1,6})?"),
    b"UI": re.compile(rb"(?=.{1,64}$)[0-2](?:\.(?:0|[1-9]\d*))+"),
}
#: Groups of commands, files and nothing at all: none of them belongs into a data set (PS3.5 7.1).
_FORBIDDEN = (0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0006, 0x0007, 0xFFFF)
#: VRs of attributes that are one or the other by Pixel Representation.
_BY_SIGN = (b"US", b"SS")
_FIXED = (b"FD", b"FL", b"SL", b"SS", b"SV", b"UL", b"US", b"UV")
_PADDING = {b"UI": b"\0"}
_LISTED = frozenset(wire.tag_of(keyword) for keyword in ANYWHERE)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of one element's bytes.

    ``token`` is its place in the structure, ``findings`` what is wrong with it (offsets from its start), ``keyword``
    and ``value`` what cross-checks want of it. ``sign`` is the explicit VR of an attribute that is US or SS by Pixel
    Representation. ``plain`` says that nothing but the token counts.
    """

    token: object
    findings: tuple[IodFinding, ...]
    keyword: str
    value: bytes
    plain: bool
    sign: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    """Elements that stand behind each other in one instance as in the one before it, without a finding.

    ``tokens``, ``facts`` and ``signs`` are those of its elements, ``last`` is the tag of the last one, which begins
    `start` bytes behind the first.
    """

    raw: bytes
    size: int
    tokens: tuple[object, ...]
    facts: Mapping[str, bytes]
    signs: tuple[tuple[int, bytes], ...]
    last: int
    start: int


class Run:
    """Elements that were known already, one behind the other, until one comes that was not: they become a block."""

    def __init__(self) -> None:
        self.members: list[tuple[Known, int, int]] = []
        self._behind = -1

    def add(self, known: Known, tag: int, at: int, previous: int) -> None:
        """Add the element at `at`; `previous` is the tag before it."""
        if not self.members:
            self._behind = previous
        self.members.append((known, tag, at))

    def end(self, blocks: dict[int, Block], data: bytes, stop: int) -> None:
        """Make a block of what there is, to be found behind the tag before it."""
        members, self.members = self.members, []
        begin = members[0][2]
        if len(members) < _LEAST or stop - begin > _NO_MEMO:
            return
        blocks[self._behind] = Block(
            bytes(data[begin:stop]),
            stop - begin,
            tuple(known.token for known, _, _ in members),
            {known.keyword: known.value for known, _, _ in members if known.keyword},
            tuple((tag, known.sign) for known, tag, _ in members if known.sign),
            members[-1][1],
            members[-1][2] - begin,
        )


class Elements:
    """The memo of the elements of data sets in one encoding and character set, and of their blocks by the tag before.

    Parameters
    ----------
    encoding : Encoding
        How they are encoded.
    charset : bytes
        The element Specific Character Set before them, encoded; empty when there is none.
    controls : container of int
        Tags whose values some condition looks at.
    wanted : mapping of int to str
        Tags whose values cross-checks want, with their keywords.
    """

    def __init__(self, encoding: Encoding, charset: bytes, controls: Container[int], wanted: Mapping[int, str]) -> None:
        self.memo: Memo[bytes, Known] = Memo(20_000)
        self.blocks: dict[int, Block] = {}
        self._encoding = encoding
        self._charset = charset
        announced = wire.read(charset, encoding.transfer_syntax)
        self._encodings = announced.encodings
        self._terms = announced.values("SpecificCharacterSet")
        self._controls = controls
        self._wanted = wanted
        self._clean: set[tuple[int, bytes, int]] = set()

    def learn(self, raw: bytes, tag: int, vr: bytes, value_at: int) -> Known:
        """Look at an element that the memo's young generation does not have; `value_at` counts from its start."""
        known = self.memo.get(raw, len(raw))
        if known is not None:
            return known
        value = raw[value_at:]
        shape = self._shape(tag, vr, value)
        if shape in self._clean:
            known = self._known(tag, vr, value, tag, ())
        else:
            known = self._judge(raw, tag, vr, value_at)
            if shape is not None and not known.findings:
                self._clean.add(shape)
        if len(raw) <= _NO_MEMO:
            self.memo.put(raw, known, len(raw))
        return known

    def _shape(self, tag: int, vr: bytes, value: bytes) -> tuple[int, bytes, int] | None:
        """Tag, VR and number of values of a value of plain shape; None for every other."""
        if tag in self._controls or tag >> 16 & 1 or tag in _LISTED:
            return None
        if vr in _FIXED:
            return tag, vr, len(value)
        pattern = _SHAPES.get(vr)
        if pattern is None or not value or len(value) % 2:
            return None
        if value[-1:] == _PADDING.get(vr, b" "):
            value = value[:-1]
        return (tag, vr, value.count(b"\\")) if pattern.fullmatch(value) else None

    def _judge(self, raw: bytes, tag: int, vr: bytes, value_at: int) -> Known:
        """Decode an element leniently and judge it in full."""
        value = raw[value_at:]
        if vr == b"SQ" or raw[value_at - 4 : value_at] == b"\xff\xff\xff\xff":
            decoded = wire.read(self._charset + raw, self._encoding.transfer_syntax)
            element = decoded.elements.get(tag)
            if element is None:
                element = wire.Element(tag, "SQ", b"", 0, ())
            found = [*self._nested_problems(decoded, element), *values.judge_element(decoded, element)]
        else:
            element = wire.Element(tag, vr.decode("latin-1"), value, len(self._charset))
            decoded = wire.DataSet({tag: element}, (), self._encoding.little, self._encodings)
            found = list(values.judge_element(decoded, element, terms=self._terms))
        shift = len(self._charset)
        if tag >> 16 in _FORBIDDEN:
            text = f"elements of group {tag >> 16:04X}H do not stand in a data set"
            found = [IodFinding("group-forbidden", IodLevel.ERROR, shown(tag), text, _ORDER, shift)]
        findings = tuple(
            each if each.offset is None else replace(each, offset=max(0, each.offset - shift)) for each in found
        )
        return self._known(tag, vr, value, self._token(element), findings)

    def _known(self, tag: int, vr: bytes, value: bytes, token: object, findings: tuple[IodFinding, ...]) -> Known:
        keyword = self._wanted.get(tag, "")
        sign = vr if self._encoding.explicit and vr in _BY_SIGN and len(dictionary_vrs(tag)) > 1 else b""
        return Known(token, findings, keyword, value, not (findings or keyword or sign), sign)

    def _nested_problems(self, decoded: wire.DataSet, element: wire.Element) -> Iterator[IodFinding]:
        """What did not add up inside a sequence: the first of it, as the rest follows from that."""
        path = wire.keyword(element.tag)
        for problem in decoded.problems:
            if problem.code == "odd-length":
                continue  # judged with the element itself
            if problem.code == "element-order":
                rule = "element-twice" if "twice" in problem.text else "element-order"
                yield IodFinding(rule, IodLevel.ERROR, path, f"inside: {problem.text}", _ORDER, problem.offset)
                continue
            yield IodFinding("sequence-truncated", IodLevel.ERROR, path, problem.text, _NESTING, problem.offset)
            return

    def _token(self, element: wire.Element) -> object:
        """What the structure has to remember: tag, whether it is empty, and the value if a condition looks at it."""
        if element.items is not None:
            inner = repr(self._nested(element)).encode()
            return element.tag, hashlib.blake2b(inner, digest_size=16).digest()
        if element.tag in self._controls:
            return element.tag, element.value
        return -element.tag if is_empty(element) else element.tag

    def _nested(self, element: wire.Element) -> list[list[object]]:
        return [
            [
                (inner.tag, self._nested(inner)) if inner.items is not None else self._token(inner)
                for inner in item.elements.values()
            ]
            for item in element.items or ()
        ]
