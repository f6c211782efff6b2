"""The shape of a list of values, and its short notation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_NONE: Mapping[int, frozenset[str]] = {}


@dataclass(frozen=True)
class Listed:
    """The values that one attribute may have.

    Parameters
    ----------
    values : frozenset of str
        For every value; empty when `by_index` says all, or when any will do.
    enumerated : bool
        True for enumerated values, False for defined terms.
    by_index : mapping of int to frozenset
        Values of value number 1, 2, …
    enumerated_at : frozenset of int
        Which of the numbers in `by_index` have enumerated values; of the others they are defined terms.
    at_least, at_most : int
        Number of values that must and may be there; at most 0 is any.
    bits : int or None
        The bits that may be set, of an attribute that is a bit field.
    clause : str
        Where the list stands; empty for the table that has the attribute.
    """

    values: frozenset[str] = frozenset()
    enumerated: bool = True
    by_index: Mapping[int, frozenset[str]] = field(default_factory=lambda: _NONE)
    enumerated_at: frozenset[int] = frozenset((1, 2))
    at_least: int = 0
    at_most: int = 0
    bits: int | None = None
    clause: str = ""


def one_of(*values: str, clause: str = "") -> Listed:
    """A list of enumerated values."""
    return Listed(frozenset(values), clause=clause)


def numbers(*values: int, clause: str = "") -> Listed:
    """A list of enumerated values that are numbers."""
    return one_of(*(str(value) for value in values), clause=clause)


def terms(*values: str, clause: str = "") -> Listed:
    """A list of defined terms."""
    return Listed(frozenset(values), enumerated=False, clause=clause)


def parse(text: str, *, enumerated: bool, clause: str = "") -> dict[str, Listed]:
    """Read lists: a line has keywords, a colon, and values between bars; an indented line goes on with the last."""
    lists: dict[str, Listed] = {}
    for line in text.replace("\n  ", " ").strip().splitlines():
        keywords, values = line.split(":", 1)
        listed = Listed(frozenset(value.strip() for value in values.split("|")), enumerated, clause=clause)
        lists |= dict.fromkeys(keywords.split(), listed)
    return lists
