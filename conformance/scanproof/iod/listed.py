"""Enumerated values and defined terms of attributes, wherever these stand (PS3.3).

An enumerated value outside its list is an error, a term outside the defined ones a warning: they may be extended.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scanproof.iod.finding import IodFinding, IodLevel
from scansim.wire.dataset import Element, keyword


@dataclass(frozen=True)
class Listed:
    """The values of one attribute.

    Parameters
    ----------
    values : frozenset of str
        For every value; empty when `by_index` says all.
    enumerated : bool
        True for enumerated values, False for defined terms.
    by_index : mapping of int to frozenset
        Values of value number 1, 2, …
    clause : str
        Where the list stands.
    """

    values: frozenset[str] = frozenset()
    enumerated: bool = True
    by_index: Mapping[int, frozenset[str]] = field(default_factory=dict)
    clause: str = "PS3.3"


LISTED: dict[str, Listed] = {
    "PatientSex": Listed(frozenset(("M", "F", "O")), clause="PS3.3 C.7.1.1"),
}


def _same(value: str, allowed: frozenset[str], vr: str) -> bool:
    if value in allowed:
        return True
    if vr in ("DS", "IS"):
        try:
            return any(float(value) == float(other) for other in allowed)
        except ValueError:
            return False
    return False


def listed_findings(element: Element, values: Sequence[str], here: str) -> Iterator[IodFinding]:
    """Findings of the values that are not on their list."""
    listed = LISTED.get(keyword(element.tag))
    if listed is None:
        return
    for number, value in enumerate(values, 1):
        allowed = listed.by_index.get(number, listed.values)
        if not allowed or not value or _same(value, allowed, element.vr):
            continue
        rule, level = ("enumerated-value", IodLevel.ERROR) if listed.enumerated else ("defined-term", IodLevel.WARNING)
        shown = ", ".join(sorted(allowed)[:12])
        yield IodFinding(rule, level, here, f"value {number} is {value!r}, not one of {shown}", listed.clause)
