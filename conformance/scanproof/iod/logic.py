"""Conditions in three-valued logic: true, false, or not to be decided from the data set alone.

A condition is built of small expressions, so that it can say which attributes it looks at: `tags` are what the
structure memo has to remember.

    Condition(value_is("Modality", "CT") & ~present("PixelData"), otherwise="forbidden")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from scansim.wire.dataset import DataSet, tag_of

Truth = bool | None
#: The data set that holds the attribute, then those around it up to the root.
Scope = tuple[DataSet, ...]


@dataclass(frozen=True)
class Expression:
    """A predicate of a data set, and the tags that decide it."""

    decide: Callable[[Scope], Truth]
    tags: frozenset[int]
    text: str

    def __and__(self, other: Expression) -> Expression:
        return _both(self, other, lambda a, b: _and(a, b), f"{self.text} and {other.text}")

    def __or__(self, other: Expression) -> Expression:
        return _both(self, other, lambda a, b: _not(_and(_not(a), _not(b))), f"({self.text} or {other.text})")

    def __invert__(self) -> Expression:
        return Expression(lambda scope: _not(self.decide(scope)), self.tags, f"not {self.text}")


def _and(a: Truth, b: Truth) -> Truth:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Truth) -> Truth:
    return None if a is None else not a


def _both(left: Expression, right: Expression, combine: Callable[[Truth, Truth], Truth], text: str) -> Expression:
    return Expression(lambda scope: combine(left.decide(scope), right.decide(scope)), left.tags | right.tags, text)


def _find(scope: Scope, keyword: str) -> DataSet | None:
    """The nearest data set around an attribute that has `keyword`."""
    return next((level for level in scope if keyword in level), None)


def present(keyword: str, *, anywhere: bool = True) -> Expression:
    """Whether an attribute is there, here or (``anywhere``) around here."""

    def decide(scope: Scope) -> Truth:
        return _find(scope if anywhere else scope[:1], keyword) is not None

    return Expression(decide, frozenset((tag_of(keyword),)), f"{keyword} is present")


def filled(keyword: str) -> Expression:
    """Whether an attribute is there and has a value or an item."""

    def decide(scope: Scope) -> Truth:
        level = _find(scope, keyword)
        return level is not None and not level.is_empty(keyword)

    return Expression(decide, frozenset((tag_of(keyword),)), f"{keyword} has a value")


def value_is(keyword: str, *values: str, index: int | None = None) -> Expression:
    """Whether an attribute (value number `index` from 1, else any of its values) is one of `values`.

    An absent or empty attribute does not decide: None.
    """

    def decide(scope: Scope) -> Truth:
        level = _find(scope, keyword)
        found = level.values(keyword) if level is not None else ()
        if index is not None:
            return found[index - 1] in values if len(found) >= index else None
        return any(value in values for value in found) if found else None

    which = f"value {index} of {keyword}" if index is not None else keyword
    return Expression(decide, frozenset((tag_of(keyword),)), f"{which} is {' or '.join(values)}")


def number(keyword: str, test: Callable[[float], bool], text: str) -> Expression:
    """Whether the first value of a numeric attribute passes a test; absent, empty or no number: None."""

    def decide(scope: Scope) -> Truth:
        level = _find(scope, keyword)
        found = level.values(keyword) if level is not None else ()
        try:
            return test(float(found[0])) if found else None
        except ValueError:
            return None

    return Expression(decide, frozenset((tag_of(keyword),)), f"{keyword} {text}")


def count(keyword: str, test: Callable[[int], bool], text: str) -> Expression:
    """Whether the number of values or items of an attribute passes a test; an absent one has 0."""

    def decide(scope: Scope) -> Truth:
        level = _find(scope, keyword)
        if level is None:
            return test(0)
        return test(len(level.items(keyword)) or len(level.values(keyword)))

    return Expression(decide, frozenset((tag_of(keyword),)), f"{keyword} {text}")


#: What no data set can tell: "if known", "if contrast media was used".
UNKNOWN = Expression(lambda scope: None, frozenset(), "not decidable from the data set")
ALWAYS = Expression(lambda scope: True, frozenset(), "always")


@dataclass(frozen=True)
class Condition:
    """When a Type 1C or 2C attribute, or a module of usage C, is required.

    ``otherwise`` is ``allowed`` when the text says that it may be present otherwise, else ``forbidden`` (PS3.5 7.4.2,
    7.4.4): then presence where the condition is false is an error.
    """

    required: Expression
    otherwise: Literal["allowed", "forbidden"] = "forbidden"
    clause: str = ""
