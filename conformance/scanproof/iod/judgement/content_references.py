"""Content items by reference: they point to an item of the same tree, where the document allows it (C.17.3.2.5)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.tables.relationships import by_reference, no_loops
from scansim.wire.dataset import DataSet

_CLAUSE = "PS3.3 C.17.3.2.5 (2020)"
_BY_VALUE = "PS3.3 A.35, Relationship Constraints (2020)"


def reference_findings(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge every item by reference of a tree that is all there."""
    yield from _below(iod, root, root, (1,), "")


def _below(iod: str, root: DataSet, item: DataSet, place: tuple[int, ...], path: str) -> Iterator[IodFinding]:
    for number, child in enumerate(item.items("ContentSequence"), 1):
        inside = f"{path}ContentSequence[{number}] > "
        if "ReferencedContentItemIdentifier" in child:
            yield from _reference(iod, root, child, place, f"{inside}ReferencedContentItemIdentifier")
        yield from _below(iod, root, child, (*place, number), inside)


def _reference(iod: str, root: DataSet, child: DataSet, place: tuple[int, ...], here: str) -> Iterator[IodFinding]:
    relation = child.text("RelationshipType")
    if relation and not by_reference(iod, relation):
        text = f"{relation} by reference, where this document ({iod}) has it by value"
        yield IodFinding("sr-reference", IodLevel.ERROR, here, text, _BY_VALUE)
        return
    values = child.values("ReferencedContentItemIdentifier")
    if not values or not all(value.isdigit() for value in values):
        return
    target = tuple(map(int, values))
    if item_at(root, target) is None:
        text = f"{'.'.join(values)}: the tree has no content item there"
        yield IodFinding("sr-reference", IodLevel.ERROR, here, text, _CLAUSE)
    elif place[: len(target)] == target and no_loops(iod):
        text = f"{'.'.join(values)} is around the item that points to it: a loop"
        yield IodFinding("sr-reference", IodLevel.ERROR, here, text, _BY_VALUE)


def item_at(root: DataSet, place: tuple[int, ...]) -> DataSet | None:
    """The content item that a Referenced Content Item Identifier names, from the root, 1, on; None: there is none."""
    if place[:1] != (1,):
        return None
    for step in place[1:]:
        items = root.items("ContentSequence")
        if not 0 < step <= len(items):
            return None
        root = items[step - 1]
    return root
