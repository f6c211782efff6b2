"""The checker: walks raw bytes, remembers what it has learned of elements and structures, and cross-checks each time.

Three layers, each cheaper than the one below it because it is asked less often:

1. every element is a slice of bytes; what is known of a slice is looked up (91 to 98 % of a series is known already);
2. the list of tags, with the values that conditions look at, is the structure; what is known of it is looked up;
3. a dozen cross-checks (file meta against data set, bits, pixel length) are made each time.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scanproof.iod import cross, values
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.knowledge import Knowledge, load_knowledge
from scanproof.iod.part10 import FileHeader, read_header
from scanproof.iod.raw import PIXEL_GROUP, UNDEFINED, Broken, Encoding
from scanproof.iod.structure import judge_structure
from scansim.wire import dataset as ds

#: How many elements and structures are remembered at most; then it starts again.
_REMEMBERED = 200_000

Findings = tuple[IodFinding, ...]


@dataclass(frozen=True)
class _Known:
    """What is known of one element's bytes: its place in the structure, what is wrong, and what cross-checks want."""

    token: object
    findings: Findings
    keyword: str


@dataclass
class _Walked:
    """What one walk gave."""

    tokens: list[object] = field(default_factory=list)
    findings: list[IodFinding] = field(default_factory=list)
    facts: dict[str, bytes] = field(default_factory=dict)
    pixels: cross.Pixels | None = None
    complete: bool = True


@dataclass(frozen=True)
class Checked:
    """One checked data set: its SOP Class, findings, and the values that checks across instances need."""

    sop_class: str
    findings: Findings
    facts: dict[str, bytes]


class Checker:
    """Checks data sets; what it learns of one helps with the next.

    Not safe for several threads at once: give each its own.
    """

    def __init__(self) -> None:
        self._knowledge: Knowledge = load_knowledge()
        self._encodings: dict[str, Encoding] = {}
        self._elements: dict[tuple[str, bytes], dict[bytes, _Known]] = {}
        self._structures: dict[tuple[object, ...], Findings] = {}
        self._remembered = 0

    # -- entry points --------------------------------------------------------------------------------------------------

    def check_file(self, path: Path | str) -> Checked:
        """Check a Part 10 file, or a data set without file meta information. OSError passes."""
        return self.check_bytes(Path(path).read_bytes())

    def check_bytes(self, data: bytes) -> Checked:
        """Check the bytes of a Part 10 file, or of a bare data set in a transfer syntax that is guessed."""
        header = read_header(data)
        return self._check(data, header)

    def check_dataset(self, data: bytes, transfer_syntax: str, *, elided: int = 0) -> Checked:
        """Check an encoded data set, as it travels on an association; the last `elided` bytes were not kept."""
        return self._check(data, FileHeader(0, transfer_syntax), elided)

    # -- inside --------------------------------------------------------------------------------------------------------

    def _check(self, data: bytes, header: FileHeader, elided: int = 0) -> Checked:
        start, transfer_syntax = header.dataset_at, header.transfer_syntax
        findings = list(header.findings)
        if transfer_syntax == ds.DEFLATED_LITTLE:
            try:
                data, start = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data[start:]), 0
            except zlib.error as error:
                findings.append(
                    IodFinding("deflate", IodLevel.ERROR, "", f"not a deflated data set: {error}", "PS3.5 A.5 (2013)")
                )
                return Checked("", tuple(findings), {})
        encoding = self._encodings.get(transfer_syntax)
        if encoding is None:
            encoding = self._encodings[transfer_syntax] = Encoding(transfer_syntax)
        walked = self._walk(data, start, len(data), transfer_syntax, encoding, elided)
        findings += walked.findings
        sop_class = walked.facts.get("SOPClassUID", b"").rstrip(b"\0 ").decode("latin-1")
        key = (sop_class, transfer_syntax == ds.IMPLICIT_LITTLE, walked.complete, *walked.tokens)
        structure = self._structures.get(key)
        if structure is None:
            structure = judge_structure(
                self._knowledge, sop_class, ds.read(data[start:], transfer_syntax), complete=walked.complete
            )
            self._remember()
            self._structures[key] = structure
        findings += structure
        findings += cross.check(walked.facts, walked.pixels, header)
        return Checked(sop_class, tuple(findings), walked.facts)

    def _remember(self) -> None:
        self._remembered += 1
        if self._remembered > _REMEMBERED:
            self._elements.clear()
            self._structures.clear()
            self._remembered = 0

    def _walk(self, data: bytes, at: int, end: int, transfer_syntax: str, encoding: Encoding, elided: int) -> _Walked:
        walked = _Walked()
        memo = self._elements.setdefault((transfer_syntax, b""), {})
        tokens, findings, facts = walked.tokens, walked.findings, walked.facts
        previous = -1
        head, end_of = encoding.head, encoding.end_of
        charset = b""
        try:
            while at < end:
                tag, vr, length, value_at = head(data, at, end)
                if tag >> 16 == PIXEL_GROUP and vr != b"SQ":
                    walked.pixels = cross.pixels_at(data, at, tag, vr, length, value_at, end, elided, encoding)
                    tokens.append(tag)
                    at = walked.pixels.stop
                    previous = tag
                    continue
                stop = value_at + length if length != UNDEFINED else end_of(data, at, end)
                if stop > end:
                    end_of(data, at, end)  # raises with what is wrong
                raw = data[at:stop]
                known = memo.get(raw)
                if known is None:
                    known = self._learn(raw, transfer_syntax, charset)
                    memo[raw] = known
                    self._remember()
                if tag <= previous:
                    findings.append(values.order_finding(tag, at))
                previous = tag
                tokens.append(known.token)
                if known.findings:
                    findings += known.findings
                if known.keyword:
                    facts[known.keyword] = raw[value_at - at :]
                    if known.keyword == "SpecificCharacterSet":
                        charset = raw
                        memo = self._elements.setdefault((transfer_syntax, charset), {})
                at = stop
        except Broken as error:
            walked.complete = False
            findings.append(values.broken_finding(error, previous, end, truncated=bool(elided)))
        return walked

    def _learn(self, raw: bytes, transfer_syntax: str, charset: bytes) -> _Known:
        """Look at an element for the first time: decode it leniently and judge its value."""
        decoded = ds.read(charset + raw if charset else raw, transfer_syntax)
        element = next(reversed(decoded.elements.values()), None)
        if element is None:
            return _Known(raw, (), "")
        findings = tuple(values.judge_element(decoded, element))
        token = self._token(element)
        keyword = ds.keyword(element.tag)
        return _Known(token, findings, keyword if keyword in cross.WANTED else "")

    def _token(self, element: ds.Element) -> object:
        """What the structure has to remember: tag, whether it is empty, and the value if a condition looks at it."""
        if element.items is not None:
            items: Sequence[tuple[object, ...]] = [
                tuple(self._token(inner) for inner in item.elements.values()) for item in element.items
            ]
            return element.tag, tuple(items)
        if element.tag in self._knowledge.controls:
            return element.tag, element.value
        return -element.tag if element.is_empty else element.tag
