"""Enumerated values and defined terms (PS3.3): lists by keyword, and narrower ones by module or by SOP Class.

An enumerated value outside its list is an error, a term outside the defined ones a warning: they may be extended.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.clauses import keyword_clause, text_clause
from scanproof.iod.tables.listed.anywhere import ANYWHERE as _IMAGES_ANYWHERE
from scanproof.iod.tables.listed.elsewhere import ELSEWHERE, ELSEWHERE_MODULES
from scanproof.iod.tables.listed.images import IMAGES
from scanproof.iod.tables.listed.lists import Listed
from scanproof.iod.tables.listed.modality import modality_finding
from scanproof.iod.tables.listed.modules import COMMON
from scanproof.iod.tables.logic import known_values
from scanproof.standard.value_grammar import is_malformed
from scansim.wire.dataset import DataSet, Element, keyword, tag_of

__all__ = [
    "ANYWHERE",
    "LISTED",
    "MODULES",
    "Listed",
    "is_closed",
    "listed_findings",
    "modality_finding",
    "module_findings",
]

ANYWHERE: dict[str, Listed] = {**_IMAGES_ANYWHERE, **ELSEWHERE}
MODULES: dict[tuple[str, str], Listed] = {
    **COMMON,
    **IMAGES,
    **ELSEWHERE_MODULES,
}
_ANYWHERE = {tag_of(name): listed for name, listed in ANYWHERE.items()}
#: What to do where values are missing.
TOO_FEW = "Write the values that are missing, with backslashes between values."
#: Tags of the attributes that have a list wherever they stand.
LISTED = frozenset(_ANYWHERE)


def is_closed(tag: int) -> bool:
    """Whether every value of an attribute is on a list that is complete, so that a malformed one cannot be."""
    listed = _ANYWHERE.get(tag)
    return listed is not None and listed.enumerated and bool(listed.values) and not listed.by_index


def listed_findings(element: Element, values: Sequence[str], here: str) -> Iterator[IodFinding]:
    """Findings of the values that are not on the list of their attribute, which is one of `LISTED`.

    A malformed value is on no list: where that is complete it is said here, else by the grammar of the VR alone.
    """
    listed = _ANYWHERE[element.tag]
    closed = is_closed(element.tag)
    told = () if closed else frozenset(value for value in values if is_malformed(element.vr, value))
    for finding in _judge(listed, element, values, here, listed.clause, told):
        yield finding if finding.clause else replace(finding, clause=keyword_clause(keyword(element.tag)))


def module_findings(
    listed: Listed, level: DataSet, element: Element, here: str, module: str, path: str
) -> Iterator[IodFinding]:
    """Findings of the values that are not on the list of a module; what `listed_findings` says is not said again.

    ``module`` and ``path``, that of the attribute inside it, are cited where the list names no clause. Of a value that
    breaks the grammar of its VR that is said already.
    """
    values = known_values(level, keyword(element.tag))
    wider = _ANYWHERE.get(element.tag)
    if wider is None or not wider.enumerated or not any(_judge(wider, element, values, here, "")):
        told = frozenset(value for value in values if is_malformed(element.vr, value))
        for finding in _judge(listed, element, values, here, listed.clause, told):
            yield finding if finding.clause else replace(finding, clause=text_clause(module, path))


def _judge(
    listed: Listed,
    element: Element,
    values: Sequence[str],
    here: str,
    clause: str,
    told: Container[str] = (),
) -> Iterator[IodFinding]:
    if values and len(values) < listed.at_least:
        text = f"{counted(len(values))}, where at least {listed.at_least} are wanted"
        yield IodFinding("vm", IodLevel.ERROR, here, text, clause, element.offset, advice=TOO_FEW)
    if listed.at_most and len(values) > listed.at_most:
        text = f"{counted(len(values))}, where at most {listed.at_most} are allowed"
        yield IodFinding("vm", IodLevel.ERROR, here, text, clause, element.offset)
    for number, value in enumerate(values, 1):
        allowed = listed.by_index.get(number, listed.values)
        if listed.bits is not None:
            yield from _unknown_bits(listed.bits, value, here, clause)
        if not allowed or value in told or _same(value, allowed, element.vr):
            continue
        enumerated = listed.enumerated and (not listed.by_index or number in listed.enumerated_at)
        if not value and not enumerated:
            continue  # of terms beyond the enumerated ones each may be empty (C.7.6.1.1.2)
        rule, level = ("enumerated-value", IodLevel.ERROR) if enumerated else ("defined-term", IodLevel.WARNING)
        shown = ", ".join(term or "an empty value" for term in sorted(allowed)[:12])
        more = f" and {len(allowed) - 12} more" if len(allowed) > 12 else ""
        said = f"value {number} is {value!r}" if value else f"value {number} of {len(values)} is empty"
        wanted = f"not one of {shown}{more}" if len(allowed) > 1 else f"where {shown} is wanted"
        text, advice = f"{said}, {wanted}", _nearest(value, allowed) or _number(element.vr, here)
        yield IodFinding(rule, level, here, text, clause, element.offset, advice=advice)


def counted(number: int) -> str:
    """Number of values, in words."""
    return "1 value" if number == 1 else f"{number} values"


def _number(vr: str, here: str) -> str:
    """What to do about a number that is not on the list: its letters are no matter; empty for text."""
    if vr in ("DS", "IS", "US", "SS", "UL", "SL", "FL", "FD"):
        return f"Write {here.rpartition(' > ')[2]} with a value of the message, and with it whatever it describes."
    return ""


def _nearest(value: str, allowed: frozenset[str]) -> str:
    """Which of the values was probably meant; empty when none is like it."""
    squeezed = {re.sub(r"\W|_", "", each).upper(): each for each in allowed}
    plain = re.sub(r"\W|_", "", value).upper()
    near = [plain] if plain in squeezed else difflib.get_close_matches(plain, list(squeezed), 1, 0.8)
    if not near or not plain:
        return ""
    return f"If {squeezed[near[0]]} is meant, write just that."


def _same(value: str, allowed: frozenset[str], vr: str) -> bool:
    if value in allowed:
        return True
    if vr in ("DS", "IS"):
        try:
            return any(float(value) == float(other) for other in allowed)
        except ValueError:
            return False
    return False


def _unknown_bits(bits: int, value: str, here: str, clause: str) -> Iterator[IodFinding]:
    if value.isdigit() and int(value) & ~bits:
        text = f"bits {int(value) & ~bits:08X}H are reserved"
        yield IodFinding("defined-term", IodLevel.WARNING, here, text, clause)
