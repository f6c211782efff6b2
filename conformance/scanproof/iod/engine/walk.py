"""The walk over the top-level elements of a data set: one pass over its bytes, from the first element to the last."""

from __future__ import annotations

from collections.abc import Container, Mapping

from scanproof.iod.encoded.dictionary import shown
from scanproof.iod.encoded.encoding import UNDEFINED, Broken, Encoding
from scanproof.iod.encoded.pixels import Pixels, read_pixels
from scanproof.iod.engine.blocks import Run
from scanproof.iod.engine.elements import Elements
from scanproof.iod.engine.resume import resume
from scanproof.iod.engine.walked import Walked
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword

_ELEMENTS = "PS3.5 7.1 (2020a)"
#: From here on stand the pixels, and what belongs into no data set.
_PIXEL_GROUP, _ITEM_GROUP = 0x7FE00000, 0xFFFE0000
#: Float, Double Float, and Pixel Data.
_PIXEL_TAGS = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_CHARACTER_SET = 0x00080005
_MOST_BLOCKS = 500
_MOST_CHARACTER_SETS = 32


class Walker:
    """Walks data sets in one encoding, with a memory of elements for each character set.

    Parameters
    ----------
    encoding : Encoding
        How the data sets are encoded.
    controls : container of int
        Tags whose values some condition looks at.
    wanted : mapping of int to str
        Tags whose values cross-checks want, with their keywords.
    """

    def __init__(self, encoding: Encoding, controls: Container[int], wanted: Mapping[int, str]) -> None:
        self._encoding = encoding
        self._controls = controls
        self._wanted = wanted
        self._known: dict[bytes, Elements] = {}

    def walk(self, data: bytes, at: int, end: int, elided: int = 0) -> Walked:
        """Walk the data set between two offsets; the last `elided` bytes of it, behind `end`, were not kept."""
        self._turn()
        walked = Walked(at, at)
        while walked.at < end:
            try:
                self._forward(walked, data, end, elided)
            except Broken as error:
                if elided:
                    walked.complete = False
                    break
                resume(walked, data, end, self._encoding, error)
        return walked

    def _turn(self) -> None:
        """Keep the memory bounded: some sender makes up character sets, and another one tags."""
        if len(self._known) > _MOST_CHARACTER_SETS:
            self._known.clear()
        for elements in self._known.values():
            elements.memo.turn()
            if len(elements.blocks) > _MOST_BLOCKS:
                elements.blocks.clear()

    def _elements(self, charset: bytes) -> Elements:
        found = self._known.get(charset)
        if found is None:
            found = self._known[charset] = Elements(self._encoding, charset, self._controls, self._wanted)
        return found

    def _forward(self, walked: Walked, data: bytes, end: int, elided: int) -> None:
        """Walk until the end; Broken where there is no element."""
        head, end_of = self._encoding.element, self._encoding.end_of
        elements = self._elements(walked.charset)
        known_of, blocks, run = elements.memo.young.get, elements.blocks, Run()
        tokens, facts = walked.tokens, walked.facts
        at, previous, start = walked.at, walked.previous, walked.start
        try:
            while at < end:
                # 1. many elements at once, as they stood behind the same tag in an instance before
                block = blocks.get(previous)
                if block is not None and data[at : at + block.size] == block.raw:
                    if run.members:
                        run.end(blocks, data, at)
                    tokens += block.tokens
                    facts.update(block.facts)
                    walked.signs += block.signs
                    previous, start, at = block.last, at + block.start, at + block.size
                    continue
                # 2. where the next element ends, which for pixels is all that is looked at
                tag, vr, length, value_at = head(data, at, end)
                if tag >= _ITEM_GROUP and tag >> 16 == 0xFFFE:
                    raise Broken(at, f"{shown(tag)} stands where an element belongs")
                if tag >= _PIXEL_GROUP and tag in _PIXEL_TAGS and vr != b"SQ":
                    if run.members:
                        run.end(blocks, data, at)
                    pixels = read_pixels(data, at, tag, vr, length, value_at, end, elided, self._encoding)
                    _take_pixels(walked, pixels, previous)
                    previous, start, at = tag, at, pixels.stop
                    continue
                stop = value_at + length if length != UNDEFINED else end_of(data, at, end)
                if stop > end:
                    raise Broken(at, f"it states {length} bytes, {end - value_at} are left")
                # 3. what is known of its bytes, or is learned now
                raw = data[at:stop]
                known = known_of(raw)
                if known is not None and tag > previous and not known.findings and tag != _CHARACTER_SET:
                    run.add(known, tag, at, previous)
                else:
                    if run.members:
                        run.end(blocks, data, at)
                    if known is None:
                        known = elements.learn(raw, tag, vr, value_at - at)
                # 4. what of it counts
                if tag <= previous:
                    walked.findings.append(_order(tag, previous, at))
                tokens.append(known.token)
                if not known.plain:
                    walked.take(known, tag, at)
                previous, start, at = tag, at, stop
                if tag == _CHARACTER_SET:
                    walked.charset = raw
                    elements = self._elements(raw)
                    known_of, blocks = elements.memo.young.get, elements.blocks
        finally:
            walked.at, walked.previous, walked.start = at, previous, start


def _take_pixels(walked: Walked, pixels: Pixels, previous: int) -> None:
    walked.pixels = pixels
    walked.tokens.append(pixels.tag if pixels.length else -pixels.tag)
    if pixels.tag <= previous:
        walked.findings.append(_order(pixels.tag, previous, pixels.at))
    if pixels.cut:
        text = f"{pixels.length} bytes are stated, {pixels.there} are left"
        walked.findings.append(_error("element-truncated", pixels.tag, text, pixels.at))


def _order(tag: int, previous: int, at: int) -> IodFinding:
    if tag == previous:
        return _error("element-twice", tag, "the element stands twice", at)
    return _error("element-order", tag, f"it stands behind {keyword(previous)}: tags have to ascend", at)


def _error(rule: str, tag: int, text: str, offset: int) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, keyword(tag), text, _ELEMENTS, offset)
