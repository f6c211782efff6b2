"""What is known of single elements, by their bytes: decoded and judged once, then looked up.

Values that never come again (UIDs, numbers, positions, times) are most of what is new in an instance: those that are
surely right are not even decoded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace

from scanproof.iod.encoded.dictionary import shown, vrs_of
from scanproof.iod.encoded.encoding import Encoding
from scanproof.iod.encoded.unknown import known_element, known_inside
from scanproof.iod.engine.blocks import Block, Known
from scanproof.iod.engine.limits import CODES, MOST_ELEMENTS
from scanproof.iod.engine.memo import Memo
from scanproof.iod.finding import Findings, IodFinding, IodLevel
from scanproof.iod.judgement import values
from scanproof.iod.judgement.frame_values import frame_findings
from scanproof.iod.tables.logic import is_empty
from scanproof.iod.tables.overlays import is_overlay_data
from scanproof.iod.tables.sized import SIZED
from scansim.wire import dataset as wire

_NESTING = "PS3.5 7.5.1 (2020a), 7.5.2 (2024c)"
_ORDER = "PS3.5 7.1 (2020a)"
_NO_MEMO = 1 << 16  # bytes: a longer element is not remembered, as it rarely comes again

#: Groups of commands, files and nothing at all: none of them belongs into a data set (PS3.5 7.1).
_FORBIDDEN = (0x0000, 0x0001, 0x0002, 0x0003, 0x0005, 0x0006, 0x0007, 0xFFFF)
#: VRs of attributes that are one or the other by Pixel Representation.
_BY_SIGN = (b"US", b"SS")


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

    def learn(self, raw: bytes, tag: int, vr: bytes, value_at: int) -> Known:
        """Look at an element that the memo's young generation does not have; `value_at` counts from its start."""
        known = self.memo.get(raw, len(raw))
        if known is not None:
            return known
        value = raw[value_at:]
        nested = vr == b"SQ" or raw[value_at - 4 : value_at] == b"\xff\xff\xff\xff"
        if not nested and tag >> 16 not in _FORBIDDEN and values.is_surely_right(tag, vr, value):
            token: object = tag if value else -tag
            if tag in self._controls:
                token = (tag, value)
            elif tag in SIZED:
                token = (tag, len(value))
            known = self._known(tag, vr, value, token, ())
        else:
            known = self._judge(raw, tag, vr, value, nested)
        if len(raw) <= _NO_MEMO:
            self.memo.put(raw, known, len(raw))
        return known

    def _judge(self, raw: bytes, tag: int, vr: bytes, value: bytes, nested: bool) -> Known:
        """Decode an element leniently and judge it in full."""
        if nested:
            decoded = wire.read(self._charset + raw, self._encoding.transfer_syntax, MOST_ELEMENTS)
            element = decoded.elements.get(tag)
            if element is None:
                element = wire.Element(tag, "SQ", b"", 0, ())
            found = [*self._nested_problems(decoded, element), *values.judge_element(decoded, element)]
            found += frame_findings(decoded)
        else:
            element = wire.Element(tag, vr.decode("latin-1"), value, len(self._charset))
            decoded = wire.DataSet({tag: element}, (), self._encoding.little, self._encodings)
            element = known_element(element, decoded)
            value = element.value if element.items is None else value
            found = list(values.judge_element(decoded, element, terms=self._terms))
        shift = len(self._charset)
        if tag >> 16 in _FORBIDDEN:
            text = f"elements of group {tag >> 16:04X}H do not stand in a data set"
            found = [IodFinding("group-forbidden", IodLevel.ERROR, shown(tag), text, _ORDER, shift)]
        findings = [
            each if each.offset is None else replace(each, offset=max(0, each.offset - shift)) for each in found
        ]
        return self._known(tag, vr, value, self._token(element), tuple(findings))

    def _known(self, tag: int, vr: bytes, value: bytes, token: object, findings: Findings) -> Known:
        keyword = self._wanted.get(tag, "")
        sign = vr if self._encoding.explicit and vr in _BY_SIGN and len(vrs_of(tag)) > 1 else b""
        return Known(token, findings, keyword, value, not (findings or keyword or sign), sign)

    def _nested_problems(self, decoded: wire.DataSet, element: wire.Element) -> Iterator[IodFinding]:
        """What did not add up inside a sequence: the first of it, as the rest follows from that."""
        path = wire.keyword(element.tag)
        for problem in decoded.problems:
            if problem.code == "odd-length" or problem.code in CODES:
                continue  # judged with the element itself, or told of with the structure
            if problem.code == "element-order":
                rule = "element-twice" if "twice" in problem.text else "element-order"
                yield IodFinding(rule, IodLevel.ERROR, path, f"inside: {problem.text}", _ORDER, problem.offset)
                continue
            text = problem.text.removeprefix(f"{path.rpartition(' > ')[2]}: ")  # which is the path's to say
            yield IodFinding("sequence-truncated", IodLevel.ERROR, path, text, _NESTING, problem.offset)
            return

    def _token(self, element: wire.Element) -> object:
        """What the structure has to remember: tag, whether it is empty, and the value if a condition looks at it."""
        if element.items is not None:
            inner = repr(self._nested(known_inside(element))).encode()
            return element.tag, hashlib.blake2b(inner, digest_size=16).digest()
        if element.tag in self._controls:
            return element.tag, element.value
        if is_overlay_data(element.tag) or element.tag in SIZED:
            return element.tag, len(element.value)
        return -element.tag if is_empty(element) else element.tag

    def _nested(self, element: wire.Element) -> list[list[object]]:
        return [
            [
                (inner.tag, self._nested(inner)) if inner.items is not None else self._token(inner)
                for inner in item.elements.values()
            ]
            for item in element.items or ()
        ]
