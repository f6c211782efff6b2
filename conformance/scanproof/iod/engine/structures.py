"""Structures: which attributes a data set has, with the values that conditions look at. Each is judged once."""

from __future__ import annotations

from dataclasses import replace

from scanproof.iod.encoded.encoding import Encoding
from scanproof.iod.encoded.pixels import PIXEL_DATA
from scanproof.iod.encoded.unknown import known_dataset
from scanproof.iod.engine.limits import CODES, MOST_ELEMENTS, limit_finding
from scanproof.iod.engine.memo import Memo
from scanproof.iod.engine.walked import Walked
from scanproof.iod.finding import Findings
from scanproof.iod.judgement.pixel_presence import Carried
from scanproof.iod.judgement.structure import judge_structure
from scanproof.iod.tables.knowledge import Knowledge
from scansim.wire import dataset as wire


class Structures:
    """Judges structures, and remembers what was found."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._judged: Memo[tuple[object, ...], Findings] = Memo(2_000)

    def check(
        self,
        data: bytes,
        start: int,
        walked: Walked,
        encoding: Encoding,
        sop_class: str,
        elided: int,
        carried: Carried,
    ) -> Findings:
        """Judge the structure of a data set.

        Parameters
        ----------
        data : bytes
            What was walked.
        start : int
            Where in it the data set begins.
        walked : Walked
            What the walk has found.
        encoding : Encoding
            How the data set is encoded.
        sop_class : str
            SOP Class UID.
        elided : int
            Bytes at its end, of Pixel Data, that were not kept.
        carried : Carried
            How it came, as far as that decides where its pixels are.
        """
        iod = self._knowledge.iod(sop_class)
        if iod is not None and iod.all_count:  # no two of them have the same content: there is nothing to remember
            return self._judge(_decoded(data, start, walked, encoding, elided), walked, sop_class, carried)
        key = (sop_class, encoding, carried, walked.complete, elided > 0, tuple(walked.broken), *walked.tokens)
        found = self._judged.get(key)
        if found is None:
            found = self._judge(_decoded(data, start, walked, encoding, elided), walked, sop_class, carried)
            self._judged.turn()
            self._judged.put(key, found)
        return found

    def _judge(self, dataset: wire.DataSet, walked: Walked, sop_class: str, carried: Carried) -> Findings:
        broken = {wire.keyword(tag) for tag in walked.broken}
        complete = walked.complete and all(problem.code != "too-many" for problem in dataset.problems)
        limits = tuple(limit_finding("", problem.text) for problem in dataset.problems)
        return limits + tuple(
            replace(finding, offset=None)  # the same structure stands elsewhere in the next data set
            for finding in judge_structure(self._knowledge, sop_class, dataset, complete=complete, carried=carried)
            if finding.tag.split("[")[0] not in broken and (complete or not finding.rule.startswith("condition-"))
        )


def _decoded(data: bytes, start: int, walked: Walked, encoding: Encoding, elided: int) -> wire.DataSet:
    """The data set that was walked; the values of its pixels, and of what could not be read, are a stand-in."""
    gaps = list(walked.gaps)
    if walked.pixels is not None:
        gaps.append((walked.pixels.at, walked.pixels.stop))
    parts, at = [], start
    for begin, stop in sorted(gaps):
        parts.append(bytes(data[at:begin]))
        at = max(at, stop)
    parts.append(bytes(data[at : max(at, walked.at)]))
    decoded = wire.read(b"".join(parts), encoding.transfer_syntax, MOST_ELEMENTS)
    elements = dict(known_dataset(decoded).elements)
    for tag in walked.broken:
        elements[tag] = wire.Element(tag, "UN", b"?", 0)
    if walked.pixels is not None:
        pixels = walked.pixels
        elements[pixels.tag] = wire.Element(pixels.tag, pixels.vr, b"?" if pixels.length else b"", pixels.at)
    elif elided:  # they were sent and not kept
        elements.setdefault(PIXEL_DATA, wire.Element(PIXEL_DATA, "OW", b"?", 0))
    told = tuple(problem for problem in decoded.problems if problem.code in CODES)
    return wire.DataSet(dict(sorted(elements.items())), told, encoding.little, decoded.encodings)
