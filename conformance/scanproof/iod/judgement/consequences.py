"""What a data set lacks is said once: not by each module that asks for it, nor of what counts it or points to it."""

from __future__ import annotations

from collections.abc import Iterable

from scanproof.iod.finding import IodFinding

#: Rules of what is absent: the reason first, then the stricter Type.
_ABSENT = ("condition-missing", "type1-missing", "type2-missing")
_LACKING = (*_ABSENT, "type1-empty")
#: Rule and attribute of a finding that follows when one of these other attributes is lacking.
_FOLLOWS = {
    ("dimension-count", "DimensionIndexValues"): ("DimensionIndexSequence",),
    ("reference-missing", "ReferencedSegmentNumber"): ("SegmentSequence",),
    ("reference-missing", "ReferencedSurfaceNumber"): ("SurfaceSequence",),
    ("sr-evidence", "ReferencedSOPInstanceUID"): ("CurrentRequestedProcedureEvidenceSequence",),
    ("condition-forbidden", "FrameIncrementPointer"): ("NumberOfFrames",),
    ("pointer", "FrameIncrementPointer"): (
        *("FrameTime", "FrameTimeVector", "SliceLocationVector", "GridFrameOffsetVector", "EnergyWindowVector"),
        *("DetectorVector", "PhaseVector", "RotationVector", "RRIntervalVector", "TimeSlotVector", "SliceVector"),
        *("AngularViewVector", "TimeSliceVector"),
    ),
}


def once(findings: Iterable[IodFinding]) -> tuple[IodFinding, ...]:
    """Findings of a structure, each attribute at fault once, without what follows from others of them."""
    # an attribute of several modules is at fault once; where they differ, the last one says the same of it
    found = tuple({(finding.rule, finding.tag): finding for finding in reversed(tuple(findings))}.values())[::-1]
    if len(found) < 2:
        return found
    lacking = {finding.tag for finding in found if finding.rule in _LACKING}
    absent: dict[str, IodFinding] = {}
    for finding in found:
        if finding.rule in _ABSENT:
            known = absent.setdefault(finding.tag, finding)
            if _rank(finding) < _rank(known):
                absent[finding.tag] = finding
    return tuple(
        finding
        for finding in found
        if (finding.rule not in _ABSENT or absent[finding.tag] is finding)
        and lacking.isdisjoint(_FOLLOWS.get((finding.rule, finding.tag.rpartition(" > ")[2]), ()))
    )


def _rank(finding: IodFinding) -> tuple[bool, int]:
    """The lower, the more it says: what is sure, and tells the reason or is of the stricter Type."""
    return finding.level != "error", _ABSENT.index(finding.rule)
