"""Conditions in three-valued logic: true, false, or not to be decided from the data set alone.

A condition is built of small expressions, so that it can say which attributes it looks at: `tags` are what the
structure memo has to remember. An expression looks at the data set that holds the attribute; with ``anywhere`` also at
those around it, up to the root.

    required_if(value_is("Modality", "IVUS"))               # Type 1C, and forbidden otherwise
    required_if(value_is("Modality", "IVUS"), ALWAYS)       # and allowed otherwise
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from scansim.wire.dataset import DataSet, Element, tag_of

Truth = bool | None
#: The data set that holds the attribute, then those around it up to the root.
Scope = tuple[DataSet, ...]


#: VRs whose padding is no value; a binary zero is one.
_PADDED = frozenset(
    (
        *("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"),
        "UN",
    )
)


def is_empty(element: Element) -> bool:
    """Whether an element has no value: zero length, nothing but padding, or no item."""
    if element.items is not None:
        return not element.items
    return not (element.value.strip(b" \0") if element.vr in _PADDED else element.value)


def has_no_value(level: DataSet, keyword: str) -> bool:
    """Whether an attribute is there without a value; False when it is absent."""
    element = level.element(keyword)
    return element is not None and is_empty(element)


@dataclass(frozen=True)
class Expression:
    """A predicate of a data set, the tags that decide it, and its words."""

    decide: Callable[[Scope], Truth]
    tags: frozenset[int]
    text: str

    def __and__(self, other: Expression) -> Expression:
        return _both(self, other, _and, f"{self.text} and {other.text}")

    def __or__(self, other: Expression) -> Expression:
        return _both(self, other, lambda a, b: _not(_and(_not(a), _not(b))), f"({self.text} or {other.text})")

    def __invert__(self) -> Expression:
        return Expression(lambda scope: _not(self.decide(scope)), self.tags, f"not ({self.text})")


def _and(a: Truth, b: Truth) -> Truth:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Truth) -> Truth:
    return None if a is None else not a


def _both(left: Expression, right: Expression, combine: Callable[[Truth, Truth], Truth], text: str) -> Expression:
    return Expression(lambda scope: combine(left.decide(scope), right.decide(scope)), left.tags | right.tags, text)


def _find(scope: Scope, tag: int, anywhere: bool) -> Element | None:
    """The element of the nearest data set that has it, of all or of the first alone."""
    if not anywhere:
        return scope[0].elements.get(tag)
    return next((level.elements[tag] for level in scope if tag in level.elements), None)


def _values(scope: Scope, tag: int, anywhere: bool) -> Sequence[str]:
    for level in scope if anywhere else scope[:1]:
        element = level.elements.get(tag)
        if element is not None:
            return _known(level, element)
    return ()


def _known(level: DataSet, element: Element) -> Sequence[str]:
    return () if element.vr == "UN" else level.values_of(element)


def known_values(level: DataSet, keyword: str) -> Sequence[str]:
    """Values of an attribute; none when its VR is UN and nobody knows what the bytes mean (PS3.5 6.2.2)."""
    element = level.element(keyword)
    return () if element is None else _known(level, element)


def present(keyword: str, *, anywhere: bool = False) -> Expression:
    """Whether an attribute is there, with or without a value."""
    tag = tag_of(keyword)
    # presence is in the structure memo of every attribute: no tag has to be remembered for it
    return Expression(lambda scope: _find(scope, tag, anywhere) is not None, frozenset(), f"{keyword} is present")


def filled(keyword: str, *, anywhere: bool = False) -> Expression:
    """Whether an attribute is there and has a value or an item."""
    tag = tag_of(keyword)

    def decide(scope: Scope) -> Truth:
        element = _find(scope, tag, anywhere)
        return element is not None and not is_empty(element)

    return Expression(decide, frozenset(), f"{keyword} has a value")


def value_is(keyword: str, *values: str, index: int | None = None, anywhere: bool = False) -> Expression:
    """Whether an attribute (value number `index` from 1, else any of its values) is one of `values`.

    An absent or empty attribute, or one without a value of that number, does not decide: None.
    """
    tag = tag_of(keyword)

    def decide(scope: Scope) -> Truth:
        found = _values(scope, tag, anywhere)
        if index is not None:
            return found[index - 1] in values if len(found) >= index else None
        return any(value in values for value in found) if found else None

    which = f"value {index} of {keyword}" if index is not None else keyword
    return Expression(decide, frozenset((tag,)), f"{which} is {' or '.join(values)}")


def number(keyword: str, test: Callable[[float], bool], text: str, *, anywhere: bool = False) -> Expression:
    """Whether the first value of a numeric attribute passes a test; absent, empty or no number: None."""
    tag = tag_of(keyword)

    def decide(scope: Scope) -> Truth:
        found = _values(scope, tag, anywhere)
        try:
            return test(float(found[0])) if found else None
        except ValueError:
            return None

    return Expression(decide, frozenset((tag,)), f"{keyword} {text}")


def in_item(sequences: Sequence[str], inner: Expression) -> Expression:
    """Evaluate `inner` in the first item of whichever sequence is found, here or around; None when there is none."""

    def decide(scope: Scope) -> Truth:
        for level in scope:
            for name in sequences:
                items = level.items(name)
                if items:
                    return inner.decide((items[0], *scope))
        return None

    return Expression(decide, inner.tags, inner.text)


#: What no data set can tell: "if known", "if contrast media was used".
UNKNOWN = Expression(lambda scope: None, frozenset(), "not decidable from the data set")
ALWAYS = Expression(lambda scope: True, frozenset(), "always")
NEVER = Expression(lambda scope: False, frozenset(), "never")


@dataclass(frozen=True)
class Condition:
    """When a Type 1C or 2C attribute, or a module of usage C, is required, and when it may be there besides.

    Where neither `required` nor `allowed` holds, presence is an error (PS3.5 7.4.2, 7.4.4): the text says so by not
    saying "may be present otherwise".
    """

    required: Expression
    allowed: Expression = NEVER
    clause: str = ""

    @property
    def tags(self) -> frozenset[int]:
        """Tags whose values decide it."""
        return self.required.tags | self.allowed.tags

    def forbids(self, scope: Scope) -> bool:
        """Whether the attribute is surely not to be there."""
        return self.required.decide(scope) is False and self.allowed.decide(scope) is False


def required_if(required: Expression, allowed: Expression = NEVER, clause: str = "") -> Condition:
    """Write a condition in the order of the standard's words: required if …, may be present otherwise if …."""
    return Condition(required, allowed, clause)
