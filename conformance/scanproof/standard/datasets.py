"""What is wrong with a data set of a PS3.4 service, by the grammar of values and the rules of keys.

Attributes that no table has, as newer editions add them, are never wrong.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from scanproof.iod import IodFinding, IodLevel, judge_element, private_findings
from scanproof.standard.value_grammar import mistakes
from scansim.wire.dataset import DataSet, Element, keyword

#: Rules about the bytes, which the check of well-formed data sets judges, and such as only inform.
BYTES = ("odd-length", "group-length", "attribute-retired", "attribute-unknown")
#: VRs whose keys may have wild cards (PS3.4 C.2.2.2.4), and ranges (C.2.2.2.5).
_WILD = ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT")
_RANGES = ("DA", "TM", "DT")

#: Path of an attribute, and what is wrong with it.
Wrong = tuple[str, str]


def value_findings(
    dataset: DataSet, without: tuple[str, ...] = BYTES, *, warnings: bool = False
) -> Iterator[IodFinding]:
    """Errors of elements and private blocks; rules that begin with one of `without` are left out."""
    levels = (IodLevel.ERROR, IodLevel.WARNING) if warnings else (IodLevel.ERROR,)
    for element in dataset.elements.values():
        for finding in judge_element(dataset, element):
            if finding.level in levels and not finding.rule.startswith(without):
                yield finding
    yield from private_findings(dataset)


def illegal_keys(
    keys: DataSet, return_only: tuple[str, ...] = (), single: tuple[str, ...] = (), path: str = ""
) -> Iterator[Wrong]:
    """Yield (tag, what) of each key that no query may have: values, ranges, wild cards, lists, items."""
    for element in keys.elements.values():
        here = path + keyword(element.tag)
        if element.items is not None:
            if len(element.items) > 1:
                yield here, f"{len(element.items)} items, where a sequence key has one"
            for item in element.items:
                if here in return_only:
                    yield from _not_empty(item, here)
                else:
                    yield from illegal_keys(item, return_only, single, f"{here}>")
        elif element.tag != 0x00080005:
            yield from ((here, what) for what in _illegal_values(keys, element, here in single))


def _not_empty(item: DataSet, path: str) -> Iterator[Wrong]:
    for tag, _, element in item.walk(f"{path}>"):
        if not element.is_empty and element.items is None:
            yield tag, "a value, where the table has no matching"


def _illegal_values(keys: DataSet, element: Element, single: bool) -> Iterator[str]:
    values, vr = keys.values_of(element), element.vr
    if len(values) > 1 and vr != "UI":
        yield f"{len(values)} values, where only UIDs are asked for in lists"
        return
    for value in values:
        wild = re.search(r"[*?]", value) is not None
        if wild and (vr not in _WILD or single):
            yield f"{value!r} has wild cards, which do not match here"
        elif vr in _RANGES and "-" in value:
            first, _, last = value.partition("-")
            parts = [part.strip() for part in (first, last) if part.strip()]
            if not parts:
                yield f"{value!r} is a range without an end"
            yield from (what for part in parts for _, what in mistakes(vr, part))
        elif not wild:
            yield from (what for sure, what in mistakes(vr, value) if sure)
