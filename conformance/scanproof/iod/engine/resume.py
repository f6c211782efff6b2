"""How the walk goes on behind bytes that are broken: what is blamed, and where the next element stands."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.iod.encoded.dictionary import vrs_of
from scanproof.iod.encoded.encoding import CUT_HEAD, ITEM, UNDEFINED, Broken, Encoding
from scanproof.iod.engine.walked import Walked
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword

_ELEMENTS = "PS3.5 7.1 (2020a)"
_NESTING = "PS3.5 7.5.1 (2020a), 7.5.2 (2024c)"
_PIXEL_GROUP = 0x7FE0
#: Broken places that are walked around; what has more of them is not worth the time.
_MOST_GAPS = 24


def resume(walked: Walked, data: bytes, end: int, encoding: Encoding, error: Broken) -> None:
    """Say what is broken where the walk stands, leave it out, and move the walk behind it."""
    after = _Break(walked, data, end, encoding, error).behind()
    if len(walked.gaps) >= _MOST_GAPS:
        walked.complete, after = False, end
    walked.gaps.append((walked.at, after))
    walked.at = after


@dataclass(frozen=True)
class _Break:
    """A place where the walk broke off."""

    walked: Walked
    data: bytes
    end: int
    encoding: Encoding
    error: Broken

    def behind(self) -> int:
        """Say what is broken, and where the walk goes on: `end` if nowhere."""
        walked, at, error = self.walked, self.walked.at, self.error
        if at + 8 > self.end:
            return self._cut_header()
        tag = self._tag(at)
        known = bool(vrs_of(tag))
        try:
            _, vr, length, value_at = self.encoding.head(self.data, at, self.end)
        except Broken:
            if at + 12 > self.end and self.error.text == CUT_HEAD:
                return self._cut_header()
            behind = self._behind_unknown_vr(at, tag)
            if tag <= walked.previous or not (known or (tag >> 16 & 1 and behind is not None)):
                return self._blame_previous()
            walked.take_broken(tag)
            self._say("vr-unknown", tag, error.text, _ELEMENTS, error.offset)
            return self._search(at + 8 if behind is None else behind, tag)
        if tag <= walked.previous or not (known or tag >> 16 & 1):
            return self._blame_previous()
        walked.take_broken(tag)
        if vr == b"SQ" or length == UNDEFINED:
            self._say("sequence-truncated", tag, error.text, _NESTING, error.offset)
            behind = error.offset if length == UNDEFINED else self._behind_items(value_at)
            # what is in the items would be taken for attributes; a sequence that is not closed is not the last element
            if behind is None or behind >= self.end:
                walked.complete = False
                return self.end
            return self._search(behind, tag)
        found = self._search(value_at, tag)
        self._say("element-truncated" if found == self.end else "element-length", tag, error.text, _ELEMENTS, at)
        walked.complete = walked.complete and (found < self.end or tag >> 16 >= _PIXEL_GROUP)
        return found

    def _cut_header(self) -> int:
        """The data end in the header of an element; of pixels, nothing stands behind them."""
        walked, at = self.walked, self.walked.at
        tag = self._tag(at) if at + 4 <= self.end else -1
        self._say("element-truncated", tag if tag > walked.previous else -1, self.error.text, _ELEMENTS, at)
        walked.complete = tag >> 16 == _PIXEL_GROUP
        if walked.complete:
            walked.take_broken(tag)
        return self.end

    def _blame_previous(self) -> int:
        """What stands here is no element: the one before did not have the length that it states."""
        walked, error = self.walked, self.error
        previous = walked.previous
        if previous < 0:
            self._say("not-dicom", -1, f"no element: {error.text}", _ELEMENTS, error.offset)
            walked.complete = False
            return self.end
        mine = walked.findings[walked.before :] if walked.judged == walked.start else []
        if not any(finding.rule in ("sequence-truncated", "element-length", "vr-unknown") for finding in mine):
            if mine:
                del walked.findings[walked.before :]  # of a value that was cut in the wrong place
            text = f"behind it stands no element ({error.text}): its length is wrong"
            self._say("element-length", previous, text, _ELEMENTS, walked.start)
        if previous not in walked.broken:
            walked.broken.append(previous)
        behind = self._search(walked.start + 8, previous)
        walked.at = walked.start  # all of it is left out
        return behind

    def _behind_unknown_vr(self, at: int, tag: int) -> int | None:
        """Offset behind an element whose VR is unknown: 32 bits of length in place of the VR, 16 behind it, or 32."""
        data, encoding, end = self.data, self.encoding, self.end
        candidates = [at + 8 + encoding.long(data, at + 4)[0], at + 8 + encoding.short_head(data, at)[3]]
        if at + 12 <= end:
            candidates.append(at + 12 + encoding.long(data, at + 8)[0])
        fitting = (each for each in candidates if each == end or encoding.is_plausible(data, each, end, tag))
        return next(fitting, None)

    def _behind_items(self, at: int) -> int | None:
        """Offset where no item follows any more; None when the data end inside an item."""
        while at + 8 <= self.end:
            group, number, length = self.encoding.implicit_head(self.data, at)
            if group << 16 | number != ITEM:
                return at
            at += 8 + length
        return None

    def _search(self, at: int, previous: int) -> int:
        """Offset of the next element; `end` when there is none, and then attributes may be missing."""
        found = self.end if at >= self.end else self.encoding.next_element(self.data, at, self.end, previous)
        if found is None:
            self.walked.complete = False
            return self.end
        return found

    def _tag(self, at: int) -> int:
        group, number = self.encoding.tag(self.data, at)
        return int(group) << 16 | int(number)

    def _say(self, rule: str, tag: int, text: str, clause: str, offset: int) -> None:
        """Add a finding of an attribute; a tag below 0 is none."""
        path = keyword(tag) if tag >= 0 else ""
        self.walked.findings.append(IodFinding(rule, IodLevel.ERROR, path, text, clause, offset))
