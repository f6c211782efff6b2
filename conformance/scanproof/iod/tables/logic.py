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

from scanproof.iod.tables.words import joined, named, one_of
from scansim.wire.dataset import DataSet, Element, tag_of

Truth = bool | None
_SOP_CLASS = 0x00080016
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
    """A predicate of a data set, the tags that decide it, and its words.

    ``text`` says it, ``denied`` the contrary ("it is not so that …" where nobody wrote it). ``parts`` are those of an
    `and` (``every`` is true) or an `or`; ``seen`` says what was found of an attribute, better than `text` or `denied`.
    """

    decide: Callable[[Scope], Truth]
    tags: frozenset[int]
    text: str
    denied: str = ""
    parts: tuple[Expression, ...] = ()
    every: bool = True
    seen: Callable[[Scope], str] | None = None

    def __and__(self, other: Expression) -> Expression:
        return _joined(True, self, other)

    def __or__(self, other: Expression) -> Expression:
        return _joined(False, self, other)

    def __invert__(self) -> Expression:
        turned = tuple(~part for part in self.parts)
        decide = self.decide
        return Expression(
            lambda scope: _not(decide(scope)), self.tags, self.contrary, self.text, turned, not self.every, self.seen
        )

    @property
    def contrary(self) -> str:
        """What is so when it is false; empty where there are no words at all."""
        return self.denied or (f"it is not so that {self.text}" if self.text else "")

    def reasons(self, scope: Scope) -> tuple[str, ...]:
        """Why it is true, or false, of a data set: the parts that made it so, in words; none when it is not decided."""
        truth = self.decide(scope)
        if truth is None:
            return ()
        if self.parts:
            # of an `and` that is true each part counts, of one that is false those that are; of an `or` the reverse
            told = dict.fromkeys(
                reason for part in self.parts if part.decide(scope) is truth for reason in part.reasons(scope)
            )
            return tuple(told) if truth is self.every else tuple(told)[:1]
        if self.seen is not None:
            return (self.seen(scope),)
        return (self.text if truth else self.contrary,)


def _joined(every: bool, left: Expression, right: Expression) -> Expression:
    """Both of two expressions, or either; those that are joined likewise are taken apart again."""
    parts: tuple[Expression, ...] = ()
    for one in (left, right):
        parts += one.parts if one.parts and one.every is every else (one,)
    told = [part for part in parts if part.text]
    inner = [f"either {part.text}" if every and part.parts and not part.every else part.text for part in told]
    outer = [f"either {part.contrary}" if not every and part.parts and part.every else part.contrary for part in told]

    def decide(scope: Scope) -> Truth:
        a = left.decide(scope)
        if a is (not every):  # which decides it
            return a
        b = right.decide(scope)
        return _and(a, b) if every else _not(_and(_not(a), _not(b)))

    return Expression(
        decide,
        left.tags | right.tags,
        joined(inner, "and" if every else "or") if inner else "",
        joined(outer, "or" if every else "and") if outer else "",
        parts,
        every,
    )


def _and(a: Truth, b: Truth) -> Truth:
    if a is False or b is False:
        return False
    return None if a is None or b is None else True


def _not(a: Truth) -> Truth:
    return None if a is None else not a


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
    tag, name = tag_of(keyword), named(keyword)
    # presence is in the structure memo of every attribute: no tag has to be remembered for it
    return Expression(
        lambda scope: _find(scope, tag, anywhere) is not None, frozenset(), f"{name} is present", f"{name} is absent"
    )


def filled(keyword: str, *, anywhere: bool = False) -> Expression:
    """Whether an attribute is there and has a value or an item."""
    tag, name = tag_of(keyword), named(keyword)

    def decide(scope: Scope) -> Truth:
        element = _find(scope, tag, anywhere)
        return element is not None and not is_empty(element)

    return Expression(decide, frozenset(), f"{name} has a value", f"{name} has no value")


def value_is(keyword: str, *values: str, index: int | None = None, anywhere: bool = False) -> Expression:
    """Whether an attribute (value number `index` from 1, else any of its values) is one of `values`.

    An absent or empty attribute, or one without a value of that number, does not decide: None.
    """
    tag, name = tag_of(keyword), named(keyword)
    if tag == _SOP_CLASS:
        name = "the SOP Class"
    which = f"value {index} of {name}" if index is not None else name

    def decide(scope: Scope) -> Truth:
        found = _values(scope, tag, anywhere)
        if index is not None:
            return found[index - 1] in values if len(found) >= index else None
        return any(value in values for value in found) if found else None

    def seen(scope: Scope) -> str:
        found = _values(scope, tag, anywhere)
        found = found[index - 1 : index] if index is not None else found
        hit = [value for value in found if value in values]
        if hit or tag == _SOP_CLASS:
            return f"{which} is {one_of(hit or found, 'and')}"
        return f"{which} is {one_of(found, 'and')}, not {one_of(values)}"

    text, denied = f"{which} is {one_of(values)}", f"{which} is not {one_of(values)}"
    return Expression(decide, frozenset((tag,)), text, denied, seen=seen)


def all_values_are(keyword: str, *values: str) -> Expression:
    """Whether each value of an attribute is one of `values`; None when it has none."""
    tag, name = tag_of(keyword), named(keyword)

    def decide(scope: Scope) -> Truth:
        found = _values(scope, tag, anywhere=False)
        return all(value in values for value in found) if found else None

    text, denied = f"each value of {name} is {one_of(values)}", f"{name} is not {one_of(values)} alone"
    return Expression(decide, frozenset((tag,)), text, denied)


def points_to(keyword: str) -> Expression:
    """Whether Frame Increment Pointer names an attribute; None when the pointer is absent or empty."""
    tag, name = tag_of(keyword), named(keyword)
    pointed = value_is("FrameIncrementPointer", f"({tag >> 16:04X},{tag & 0xFFFF:04X})")
    text, denied = (f"{named('FrameIncrementPointer')} {verb} {name}" for verb in ("names", "does not name"))
    return Expression(pointed.decide, pointed.tags, text, denied)


def number(keyword: str, test: Callable[[float], bool], text: str, *, anywhere: bool = False) -> Expression:
    """Whether the first value of a numeric attribute passes a test; absent, empty or no number: None.

    ``text`` says the test after the name of the attribute, such as "is more than 1".
    """
    tag, name = tag_of(keyword), named(keyword)

    def decide(scope: Scope) -> Truth:
        found = _values(scope, tag, anywhere)
        try:
            return test(float(found[0])) if found else None
        except ValueError:
            return None

    def seen(scope: Scope) -> str:
        value = _values(scope, tag, anywhere)[0]
        return f"{name} is {value}" if decide(scope) else f"{name} is {value}, {denied.removeprefix('is ')}"

    denied = f"is not {text.removeprefix('is ')}" if text.startswith("is ") else f"not {text}"
    return Expression(decide, frozenset((tag,)), f"{name} {text}", f"{name} {denied}", seen=seen)


def in_item(sequences: Sequence[str], inner: Expression) -> Expression:
    """Evaluate `inner` in the first item of whichever sequence is found, here or around; None when there is none."""

    def of_item(scope: Scope) -> tuple[Scope, str] | None:
        for level in scope:
            for name in sequences:
                items = level.items(name)
                if items:
                    return (items[0], *scope), name
        return None

    def decide(scope: Scope) -> Truth:
        found = of_item(scope)
        return None if found is None else inner.decide(found[0])

    def seen(scope: Scope) -> str:
        found = of_item(scope)
        return f"{joined(inner.reasons(found[0]))} in {named(found[1])}" if found is not None else ""

    where = f" in {one_of([named(name) for name in sequences])}"
    return Expression(decide, inner.tags, f"{inner.text}{where}", f"{inner.contrary}{where}", seen=seen)


def in_any_item(sequence: str, inner: Expression) -> Expression:
    """Whether `inner` holds in some item of a sequence that stands here; None when there is no item."""

    def decide(scope: Scope) -> Truth:
        found = [inner.decide((item, *scope)) for item in scope[0].items(sequence)]
        if True in found:
            return True
        return None if None in found or not found else False

    name = named(sequence)
    return Expression(decide, inner.tags, f"in {name} {inner.text}", f"in no item of {name} {inner.text}")


#: What no data set can tell: "if known", "if contrast media was used".
UNKNOWN = Expression(lambda scope: None, frozenset(), "")
ALWAYS = Expression(lambda scope: True, frozenset(), "always")
NEVER = Expression(lambda scope: False, frozenset(), "never", "no case of this object asks for it")


@dataclass(frozen=True)
class Condition:
    """When a Type 1C or 2C attribute, or a module of usage C, is required, and when it may be there besides.

    Where neither `required` nor `allowed` holds, presence is an error (PS3.5 7.4.2, 7.4.4): the text says so by not
    saying "may be present otherwise".
    """

    required: Expression
    allowed: Expression = NEVER
    clause: str = ""

    def why(self, scope: Scope) -> str:
        """Why the attribute is required of a data set, or forbidden in it: what was found there, in words."""
        reasons = self.required.reasons(scope)
        if self.required.decide(scope) is False:
            # what forbids it must hold for the second part too, which often has the same words
            more = [reason for reason in self.allowed.reasons(scope) if self.allowed is not NEVER]
            reasons += tuple(reason for reason in more if reason not in reasons)
        return joined(reasons) if reasons else ""

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
