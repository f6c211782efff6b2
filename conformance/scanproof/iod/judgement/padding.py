"""How values are filled up to an even length: blanks in text, one NUL in UIDs (PS3.5 6.2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.standard.value_grammar import TEXT_VRS

CLAUSE = "PS3.5 6.2 (2020)"
NUL_PADDING = "nul-padding"
#: VRs made of characters, UI aside: blanks fill them up.
_BLANKS = frozenset((*TEXT_VRS, "AE", "AS", "CS", "DA", "DS", "DT", "IS", "TM", "UR"))


def padding_mistakes(vr: str, raw: bytes) -> Iterator[tuple[str, IodLevel, str]]:
    """Yield (rule, level, what) of the padding of a value, which its decoded values do not show any more."""
    if vr == "UI":
        if raw.rstrip(b"\0").endswith(b" "):
            yield "vr-grammar-ui", IodLevel.WARNING, "padded with a blank, where UI has a NUL"
        elif raw.endswith(b"\0\0") and raw.strip(b"\0"):
            yield "vr-grammar-ui", IodLevel.WARNING, "padded with more than one NUL"
    elif vr in _BLANKS:
        if raw.endswith(b"\0") or raw.rstrip(b" ").endswith(b"\0"):
            yield NUL_PADDING, IodLevel.ERROR, f"padded with NUL, where {vr} is padded with blanks"
        elif vr == "AE" and not raw.strip(b" "):
            yield "vr-grammar-ae", IodLevel.ERROR, "an AE title of blanks alone"


def inner_nul(vr: str, raw: bytes, values: Iterable[str]) -> str:
    """What is to be said of a NUL between values, or in text without a grammar of its own; empty if nothing is."""
    if vr not in _BLANKS and vr != "UI":
        return ""
    inside = b"\0" in raw.rstrip(b"\0 ")
    told = vr not in ("UC", "UR") and any("\0" in value for value in values)
    return "a NUL stands inside the value" if inside and not told else ""


def gathered(findings: Iterable[IodFinding]) -> list[IodFinding]:
    """Make one finding of all values that are padded with NUL: it is the habit of one writer."""
    found: list[IodFinding] = []
    padded: list[IodFinding] = []
    for finding in findings:
        (padded if finding.rule == NUL_PADDING else found).append(finding)
        if finding.rule == NUL_PADDING and len(padded) == 1:
            found.append(finding)
    if len(padded) < 2:
        return found
    first = padded[0]
    text = f"{len(padded)} values are padded with NUL, where blanks pad text; the first is {first.tag}"
    return [replace(first, message=text) if finding is first else finding for finding in found]
