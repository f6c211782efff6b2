"""The walk over the top-level elements of a data set, and how it goes on behind bytes that are broken."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, field, replace

from scanproof.iod.encoded.encoding import (
    ITEM,
    LONG_VRS,
    SHORT_VRS,
    UNDEFINED,
    Broken,
    Encoding,
    dictionary_vrs,
    implicit_vr,
    shown,
)
from scanproof.iod.encoded.pixels import Pixels, read_pixels
from scanproof.iod.engine.elements import Elements, Run
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword

_ELEMENTS = "PS3.5 7.1 (2020a)"
_NESTING = "PS3.5 7.5.1 (2020a), 7.5.2 (2024c)"
_PIXEL_GROUP = 0x7FE0
#: Float, Double Float, and Pixel Data.
_PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_CHARACTER_SET = 0x00080005
#: Broken places that are walked around; what has more of them is not worth the time.
_MOST_GAPS = 24
_MOST_BLOCKS = 500


@dataclass
class Walked:
    """What one walk gave, and where it stands.

    ``tokens`` make the structure, ``facts`` are raw values by keyword, ``signs`` the explicit VRs of attributes that
    are US or SS by Pixel Representation. ``broken`` are tags whose value could not be read, ``gaps`` the bytes that
    were left out. ``complete`` is False when attributes may stand behind the end. ``start`` is where the element
    ``previous`` begins; ``before`` counts the findings before the element at ``judged``.
    """

    tokens: list[object] = field(default_factory=list)
    findings: list[IodFinding] = field(default_factory=list)
    facts: dict[str, bytes] = field(default_factory=dict)
    signs: list[tuple[int, bytes]] = field(default_factory=list)
    pixels: Pixels | None = None
    broken: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    complete: bool = True
    charset: bytes = b""
    at: int = 0
    previous: int = -1
    start: int = 0
    judged: int = -1
    before: int = 0


class Walker:
    """Walks data sets in one encoding, with a memo of elements for each character set."""

    def __init__(self, encoding: Encoding, controls: Container[int], wanted: Mapping[int, str]) -> None:
        self._encoding = encoding
        self._controls = controls
        self._wanted = wanted
        self._memos: dict[bytes, Elements] = {}

    def turn(self) -> None:
        """Keep the memory bounded; call it between data sets."""
        if len(self._memos) > 32:  # character sets that somebody makes up
            self._memos.clear()
        for elements in self._memos.values():
            elements.memo.turn()
            if len(elements.blocks) > _MOST_BLOCKS:  # tags that somebody makes up
                elements.blocks.clear()

    def _elements(self, charset: bytes) -> Elements:
        found = self._memos.get(charset)
        if found is None:
            found = self._memos[charset] = Elements(self._encoding, charset, self._controls, self._wanted)
        return found

    def walk(self, data: bytes, at: int, end: int, elided: int = 0) -> Walked:
        """Walk the data set between two offsets; the last `elided` bytes of it, behind `end`, were not kept."""
        walked = Walked(at=at, start=at)
        while walked.at < end:
            try:
                self._run(walked, data, end, elided)
            except Broken as error:
                if elided:
                    walked.complete = False
                    break
                after = self._go_on(walked, data, error, end)
                if len(walked.gaps) >= _MOST_GAPS:
                    walked.complete, after = False, end
                walked.gaps.append((walked.at, after))
                walked.at = after
        return walked

    def _run(self, walked: Walked, data: bytes, end: int, elided: int) -> None:
        """Walk until the end, or until something breaks."""
        encoding = self._encoding
        explicit, short_head, implicit_head = encoding.explicit, encoding.short_head, encoding.implicit_head
        long, end_of = encoding.long, encoding.end_of
        tokens, findings, facts = walked.tokens, walked.findings, walked.facts
        elements = self._elements(walked.charset)
        young, learn = elements.memo.young, elements.learn
        blocks, run = elements.blocks, Run()
        at, previous, start = walked.at, walked.previous, walked.start
        judged, before = walked.judged, walked.before
        try:
            while at < end:
                block = blocks.get(previous)
                if block is not None and data[at : at + block.size] == block.raw:
                    if run.members:
                        run.end(blocks, data, at)
                    tokens += block.tokens
                    facts.update(block.facts)
                    walked.signs += block.signs
                    previous, start, at = block.last, at + block.start, at + block.size
                    continue
                if at + 8 > end:
                    raise Broken(at, f"{end - at} bytes are no element header")
                if explicit:
                    group, number, vr, length = short_head(data, at)
                    if vr in SHORT_VRS:
                        value_at = at + 8
                    elif vr in LONG_VRS:
                        value_at = at + 12
                        if value_at > end:
                            raise Broken(at, "the header is cut off")
                        length = long(data, at + 8)[0]
                    else:
                        raise Broken(at + 4, f"the bytes {vr!r} are no VR")
                    tag = group << 16 | number
                else:
                    group, number, length = implicit_head(data, at)
                    tag = group << 16 | number
                    vr = implicit_vr(tag)
                    value_at = at + 8
                if group >= _PIXEL_GROUP:
                    if group == 0xFFFE:
                        raise Broken(at, f"{shown(tag)} where an element belongs")
                    if tag in _PIXEL_TAGS and vr != b"SQ":
                        if run.members:
                            run.end(blocks, data, at)
                        pixels = read_pixels(data, at, tag, vr, length, value_at, end, elided, encoding)
                        self._pixels(walked, pixels, previous)
                        previous, start, at = tag, at, pixels.stop
                        continue
                stop = value_at + length if length != UNDEFINED else end_of(data, at, end)
                if stop > end:
                    raise Broken(at, f"it states {length} bytes, {end - value_at} are left")
                raw = data[at:stop]
                known = young.get(raw)
                if known is not None and tag > previous and not known.findings and tag != _CHARACTER_SET:
                    run.add(known, tag, at, previous)
                elif run.members:
                    run.end(blocks, data, at)
                if known is None:
                    known = learn(raw, tag, vr, value_at - at)
                if tag <= previous:
                    findings.append(_order(tag, previous, at))
                tokens.append(known.token)
                if not known.plain:
                    judged, before = at, len(findings)
                    if known.findings:
                        findings += [_moved(finding, at) for finding in known.findings]
                    if known.keyword:
                        facts[known.keyword] = known.value
                    if known.sign:
                        walked.signs.append((tag, known.sign))
                    if tag == _CHARACTER_SET:
                        walked.charset = raw
                        elements = self._elements(raw)
                        young, learn, blocks = elements.memo.young, elements.learn, elements.blocks
                previous, start, at = tag, at, stop
        finally:
            walked.at, walked.previous, walked.start = at, previous, start
            walked.judged, walked.before = judged, before

    def _pixels(self, walked: Walked, pixels: Pixels, previous: int) -> None:
        walked.pixels = pixels
        walked.tokens.append(pixels.tag if pixels.length else -pixels.tag)
        if pixels.tag <= previous:
            walked.findings.append(_order(pixels.tag, previous, pixels.at))
        if pixels.cut:
            text = f"{pixels.length} bytes are stated, {pixels.there} are left"
            walked.findings.append(_error("element-truncated", keyword(pixels.tag), text, _ELEMENTS, pixels.at))

    # -- behind broken bytes -------------------------------------------------------------------------------------------

    def _go_on(self, walked: Walked, data: bytes, error: Broken, end: int) -> int:
        """Say what is broken, and where the walk goes on: `end` if nowhere."""
        at, previous, encoding = walked.at, walked.previous, self._encoding
        if at + 8 > end:
            known = _tag_at(encoding, data, at) if at + 4 <= end else -1
            path = keyword(known) if known > previous else ""
            walked.findings.append(_error("element-truncated", path, error.text, _ELEMENTS, at))
            walked.complete = known >> 16 == _PIXEL_GROUP
            if walked.complete:
                self._present(walked, known)
            return end
        tag = _tag_at(encoding, data, at)
        behind: int | None
        try:
            _, vr, length, value_at = encoding.head(data, at, end)
        except Broken:
            behind = self._behind_unknown_vr(data, at, end, tag)
            if tag <= previous or not (dictionary_vrs(tag) or (tag >> 16 & 1 and behind is not None)):
                return self._blame_previous(walked, data, error, end)
            self._present(walked, tag)
            walked.findings.append(_error("vr-unknown", keyword(tag), error.text, _ELEMENTS, error.offset))
            return self._search(walked, data, at + 8 if behind is None else behind, end, tag)
        if tag <= previous or not (dictionary_vrs(tag) or tag >> 16 & 1):
            return self._blame_previous(walked, data, error, end)
        self._present(walked, tag)
        if vr == b"SQ" or length == UNDEFINED:
            walked.findings.append(_error("sequence-truncated", keyword(tag), error.text, _NESTING, error.offset))
            behind = error.offset if length == UNDEFINED else self._behind_items(data, value_at, end)
            if behind is None:  # what stands in the items would be taken for attributes of the data set
                walked.complete = False
                return end
            return self._search(walked, data, behind, end, tag)
        behind = self._search(walked, data, value_at, end, tag)
        rule = "element-truncated" if behind == end else "element-length"
        walked.findings.append(_error(rule, keyword(tag), error.text, _ELEMENTS, at))
        return behind

    def _blame_previous(self, walked: Walked, data: bytes, error: Broken, end: int) -> int:
        """What stands here is no element: the one before did not have the length that it states."""
        previous = walked.previous
        if previous < 0:
            walked.findings.append(_error("not-dicom", "", f"no element: {error.text}", _ELEMENTS, error.offset))
            walked.complete = False
            return end
        mine = walked.findings[walked.before :] if walked.judged == walked.start else []
        if not any(finding.rule in ("sequence-truncated", "element-length", "vr-unknown") for finding in mine):
            if mine:
                del walked.findings[walked.before :]  # of a value that was cut in the wrong place
            text = f"behind it stands no element ({error.text}): its length is wrong"
            walked.findings.append(_error("element-length", keyword(previous), text, _ELEMENTS, walked.start))
        if previous not in walked.broken:
            walked.broken.append(previous)
        behind = self._search(walked, data, walked.start + 8, end, previous)
        walked.at = walked.start  # all of it is left out
        return behind

    def _behind_unknown_vr(self, data: bytes, at: int, end: int, tag: int) -> int | None:
        """Offset behind an element whose VR is unknown: 32 bits of length in place of the VR, 16 behind it, or 32."""
        long = self._encoding.long
        candidates = [at + 8 + long(data, at + 4)[0], at + 8 + self._encoding.short_head(data, at)[3]]
        if at + 12 <= end:
            candidates.append(at + 12 + long(data, at + 8)[0])
        fitting = (each for each in candidates if each == end or self._encoding.is_plausible(data, each, end, tag))
        return next(fitting, None)

    def _behind_items(self, data: bytes, at: int, end: int) -> int | None:
        """Offset where no item follows any more; None when the data end inside an item."""
        while at + 8 <= end:
            group, number, length = self._encoding.implicit_head(data, at)
            if group << 16 | number != ITEM:
                return at
            at += 8 + length
        return None

    def _search(self, walked: Walked, data: bytes, at: int, end: int, previous: int) -> int:
        """Offset of the next element; `end` when there is none, and then attributes may be missing."""
        found = end if at >= end else self._encoding.next_element(data, at, end, previous)
        if found is None:
            walked.complete = False
            return end
        return found

    def _present(self, walked: Walked, tag: int) -> None:
        """Take note of an attribute that is there, whatever its value was to be."""
        walked.tokens.append((tag, None))
        walked.broken.append(tag)
        walked.previous, walked.start = tag, walked.at
        walked.judged, walked.before = walked.at, len(walked.findings)


def _tag_at(encoding: Encoding, data: bytes, at: int) -> int:
    group, number = encoding.tag(data, at)
    return int(group) << 16 | int(number)


def _error(rule: str, path: str, text: str, clause: str, offset: int) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, path, text, clause, offset)


def _order(tag: int, previous: int, at: int) -> IodFinding:
    if tag == previous:
        return _error("element-twice", keyword(tag), "the element stands twice", _ELEMENTS, at)
    text = f"it stands behind {keyword(previous)}: tags ascend"
    return _error("element-order", keyword(tag), text, _ELEMENTS, at)


def _moved(finding: IodFinding, at: int) -> IodFinding:
    """The same finding of an element that stands elsewhere."""
    return finding if finding.offset is None else replace(finding, offset=finding.offset + at)
