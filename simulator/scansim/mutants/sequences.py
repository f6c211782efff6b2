"""Mutants: items and sequences that are empty, cut off, or do not add up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scansim.mutants.bases import with_open_procedure, with_other_ids, with_procedure, with_references
from scansim.mutants.facts import Mutant
from scansim.mutants.surgery import Change, Element, Item, edit

_NESTING = "PS3.5 7.5.1 (2020a)"
_DELIMITING = "PS3.5 7.5.2 (2024c)"


def _sequence(
    name: str,
    rule: str,
    summary: str,
    how: Callable[[Element], Element],
    *,
    path: str = "ProcedureCodeSequence",
    base: Change = with_procedure,
    clause: str = _DELIMITING,
) -> Mutant:
    return Mutant(name, summary, rule, clause, "error", path, edit(path, how), base=base)


def _items(how: Callable[[Item], Item]) -> Callable[[Element], Element]:
    """Change each item."""
    return lambda element: replace(element, items=tuple(how(item) for item in element.items or ()))


def _size(element: Element) -> int:
    return len(element.encode(True)) - 12


def _item_size(item: Item) -> int:
    return len(item.encode(True)) - 8


def _cut_item(item: Item) -> Item:
    """Let the last element of the item state more than the item has."""
    last = item.elements[-1]
    return Item((*item.elements[:-1], replace(last, stated=len(last.value) + 40)))


def _other_marker(element: Element) -> Element:
    """The bytes of the sequence with an Item Delimitation tag where the item tag belongs."""
    raw = replace(element, vr="OB").encode(True)[12:]
    return Element(element.tag, "SQ", raw.replace(b"\xfe\xff\x00\xe0", b"\xfe\xff\x0d\xe0", 1))


def _no_marker(element: Element) -> Element:
    """The elements of the first item without an item around them."""
    return Element(element.tag, "SQ", replace(element, vr="OB").encode(True)[20:])


def _emptied(element: Element) -> Element:
    return replace(element, items=(Item(()),))


MUTANTS = (
    _sequence(
        "item-empty-code",
        "item-empty",
        "a coded concept without any element: one finding",
        _emptied,
        clause="PS3.3 Table 8.8-1 (2026b)",
    ),
    _sequence(
        "item-empty-other-ids",
        "item-empty",
        "an item of Other Patient IDs Sequence without any element",
        _emptied,
        path="OtherPatientIDsSequence",
        base=with_other_ids,
        clause="PS3.3 Table C.7-1 (2026b)",
    ),
    _sequence(
        "item-empty-reference",
        "item-empty",
        "an item of Referenced Image Sequence without any element",
        _emptied,
        path="ReferencedImageSequence",
        base=with_references,
        clause="PS3.3 Table 10-11 (2024e)",
    ),
    _sequence(
        "item-empty-nested",
        "item-empty",
        "an item inside an item without any element",
        _emptied,
        path="ReferencedImageSequence[1] > PurposeOfReferenceCodeSequence",
        base=with_references,
        clause="PS3.3 Table 8.8-1 (2026b)",
    ),
    _sequence(
        "sequence-too-long",
        "sequence-truncated",
        "the sequence states eight bytes more than its items have",
        lambda element: replace(element, stated=_size(element) + 8),
    ),
    _sequence(
        "sequence-too-short",
        "sequence-truncated",
        "the sequence states eight bytes fewer than its items have",
        lambda element: replace(element, stated=_size(element) - 8),
    ),
    _sequence(
        "sequence-beyond-end",
        "sequence-truncated",
        "the sequence states more bytes than the file has",
        lambda element: replace(element, stated=0x00FFFFFE),
    ),
    _sequence(
        "item-too-long",
        "sequence-truncated",
        "the item states more bytes than its sequence has",
        _items(lambda item: replace(item, stated=_item_size(item) + 16)),
    ),
    _sequence(
        "item-too-short",
        "sequence-truncated",
        "the item states fewer bytes than its elements have",
        _items(lambda item: replace(item, stated=_item_size(item) - 4)),
    ),
    _sequence(
        "item-element-too-long",
        "sequence-truncated",
        "an element in the item states more bytes than the item has",
        _items(_cut_item),
    ),
    _sequence(
        "sequence-not-closed",
        "sequence-truncated",
        "a sequence of undefined length without its delimiter",
        lambda element: replace(element, closed=False),
        base=with_open_procedure,
    ),
    _sequence(
        "item-not-closed",
        "sequence-truncated",
        "an item of undefined length without its delimiter",
        _items(lambda item: replace(item, closed=False)),
        base=with_open_procedure,
        clause=_NESTING,
    ),
    _sequence(
        "item-marker",
        "sequence-truncated",
        "an Item Delimitation tag where an item belongs",
        _other_marker,
        clause=_NESTING,
    ),
    _sequence(
        "item-missing", "sequence-truncated", "elements in the sequence without an item", _no_marker, clause=_NESTING
    ),
    _sequence(
        "sequence-open-defined",
        "sequence-truncated",
        "a sequence of stated length, closed by a delimiter all the same",
        lambda element: Element(
            element.tag, "SQ", replace(element, vr="OB").encode(True)[12:] + b"\xfe\xff\xdd\xe0" + bytes(4)
        ),
    ),
)
