"""Data that end too early: one finding tells of it, and what is missing behind the end is no fault of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from scanproof.iod.engine.walked import Walked
from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import keyword, tag_of

#: Rules that tell of an end that comes too early.
OF_THE_END = ("deflate", "element-truncated", "element-length", "sequence-truncated", "vr-unknown", "not-dicom")
_NO_PIXELS = "pixel-data-missing"
#: So many attributes that are missing from some place on are no accident; with the pixels of an image, it takes fewer.
_MANY, _FEW = 3, 2
_SHOWN = 3


def with_note_of_end(findings: Sequence[IodFinding], walked: Walked) -> list[IodFinding]:
    """Say that nothing behind the end was judged: in the finding that tells of the end, else in a note."""
    text = "what is missing behind that is not judged"
    for number in range(len(findings) - 1, -1, -1):
        if findings[number].rule in OF_THE_END:
            told = replace(findings[number], message=f"{findings[number].message}; {text}")
            return [*findings[:number], told, *findings[number + 1 :]]
    text = f"the bytes cannot be read to their end: {text}"
    return [*findings, IodFinding("truncated", IodLevel.INFO, "", text, "PS3.5 7.1 (2020a)", walked.at)]


def without_what_is_behind(findings: Sequence[IodFinding], walked: Walked) -> list[IodFinding]:
    """Make one finding of a file that ends between two elements, behind which all that its IOD wants is missing."""
    last = walked.previous
    # what is a warning or a note may be missing by right, such as the pixels of headers that were asked for alone
    behind = [finding for finding in findings if finding.level is IodLevel.ERROR and _top(finding) > last]
    lacking = sorted({_top(finding) for finding in behind})
    pixels = any(finding.rule == _NO_PIXELS for finding in behind)
    if len(lacking) < (_FEW if pixels else _MANY):
        return list(findings)
    names = [keyword(tag) for tag in lacking]
    shown = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
    text = f"the file ends behind {keyword(last)}, and what its IOD wants behind that is not there ({shown})"
    told = IodFinding(
        "truncated", IodLevel.ERROR, names[-1], f"{text}: it was probably cut off", "PS3.10 7.1 (2024d)", walked.at
    )
    return [*(finding for finding in findings if finding not in behind), told]


def _top(finding: IodFinding) -> int:
    """Tag of the attribute at the top of the data set that a finding is of or in; -1 when it is of none."""
    try:
        return tag_of(finding.tag.split(" > ")[0].split("[")[0])
    except (KeyError, ValueError):
        return -1
