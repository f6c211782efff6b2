"""What a walk over a data set has found, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from scanproof.iod.encoded.pixels import Pixels
from scanproof.iod.engine.blocks import Known
from scanproof.iod.finding import IodFinding


@dataclass(slots=True)
class Walked:
    """What one walk gave, and where it stands.

    ``tokens`` make the structure, ``facts`` are raw values by keyword, ``signs`` the explicit VRs of attributes that
    are US or SS by Pixel Representation. ``broken`` are tags whose value could not be read, ``gaps`` the bytes that
    were left out. ``complete`` is False when attributes may stand behind the end. ``start`` is where the element
    ``previous`` begins; ``before`` counts the findings before the element at ``judged``.
    """

    at: int
    start: int
    tokens: list[object] = field(default_factory=list)
    findings: list[IodFinding] = field(default_factory=list)
    facts: dict[str, bytes] = field(default_factory=dict)
    signs: list[tuple[int, bytes]] = field(default_factory=list)
    pixels: Pixels | None = None
    broken: list[int] = field(default_factory=list)
    gaps: list[tuple[int, int]] = field(default_factory=list)
    complete: bool = True
    charset: bytes = b""
    previous: int = -1
    judged: int = -1
    before: int = 0

    def take(self, known: Known, tag: int, at: int) -> None:
        """Take what counts of an element beside its token."""
        self.judged, self.before = at, len(self.findings)
        for finding in known.findings:
            self.findings.append(finding if finding.offset is None else replace(finding, offset=finding.offset + at))
        if known.keyword:
            self.facts[known.keyword] = known.value
        if known.sign:
            self.signs.append((tag, known.sign))

    def take_broken(self, tag: int) -> None:
        """Take note of an attribute that stands here, whatever its value was to be."""
        self.tokens.append((tag, None))
        self.broken.append(tag)
        self.previous, self.start = tag, self.at
        self.judged, self.before = self.at, len(self.findings)
