"""Functional groups of multi-frame images: each frame is judged on the shared groups and its own, merged (C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.attributes import Judge
from scanproof.iod.judgement.places import whole
from scanproof.iod.tables.clauses import iod_clause, iod_named, origin, text_clause
from scanproof.iod.tables.group_places import PLACES
from scanproof.iod.tables.knowledge import Node
from scanproof.iod.tables.logic import is_empty
from scansim.wire.dataset import DataSet, Element, keyword

SHARED, PER_FRAME = SEQUENCES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_CLAUSE = "PS3.3 C.7.6.16 (2020)"
_DIMENSIONS = "PS3.3 C.7.6.17.1 (2020)"
_CONTENT = "FrameContentSequence"


def judge_groups(judge: Judge, nodes: Mapping[str, Node], module: str) -> Iterator[IodFinding]:
    """Judge both sequences of a module that has them.

    Parameters
    ----------
    judge : Judge
        The judgement of the whole data set.
    nodes : mapping of str to Node
        Attributes of the module.
    module : str
        Its key.
    """
    root = judge.dataset
    shared_items, frames = root.items(SHARED), root.items(PER_FRAME)
    yield from _presence(judge, root, module)
    yield from _places(judge, root)
    shared = shared_items[0] if shared_items else DataSet({})
    macros = nodes[PER_FRAME].children
    # "Twice" is said of functional groups alone. Private creators and group lengths have to stand in each item that has
    # private elements or counts (PS3.5 7.8.1, 7.2), and what a private sequence means is its maker's affair.
    once = {node.tag for name in SEQUENCES if name in nodes for node in nodes[name].children.values()}
    once &= shared.elements.keys()
    lacking: dict[str, list[int]] = {}
    for number, frame in enumerate(frames or (DataSet({}),), 1):
        merged = DataSet({**shared.elements, **frame.elements}, (), root.little, root.encodings)
        for tag in sorted(once & frame.elements.keys()):
            here = f"{PER_FRAME}[{number}] > {keyword(tag)}"
            text = "the functional group stands in the shared ones as well"
            yield IodFinding("functional-group-twice", IodLevel.ERROR, here, text, _CLAUSE)
        for node in macros.values():
            element = merged.elements.get(node.tag)
            if element is None:
                if _is_lacking(judge, node.keyword, merged):
                    lacking.setdefault(node.keyword, []).append(number)
                continue
            where = f"{PER_FRAME}[{number}]" if node.tag in frame.elements else f"{SHARED}[1]"
            yield from _group(judge, node, element, merged, f"{where} > {node.keyword}", module)
    if judge.complete and not _is_told(judge):
        yield from _lacking(lacking, len(frames), judge.iod.key)


def _group(judge: Judge, node: Node, element: Element, merged: DataSet, here: str, module: str) -> Iterator[IodFinding]:
    if node.type == "1" and is_empty(element):
        text = f"empty; {origin(module, node.path)} wants an item (Type 1)"
        yield IodFinding("type1-empty", IodLevel.ERROR, here, text, text_clause(module, node.path))
    yield from judge.items(node, element, (merged, judge.dataset), here, module)


def _is_told(judge: Judge) -> bool:
    """Whether shared or per-frame groups are missing as a whole, which says that each group in them is."""
    root, places = judge.dataset, PLACES.get(judge.iod.key)
    if not root.items(SHARED) or (PER_FRAME in root and not root.items(PER_FRAME)):
        return True
    return PER_FRAME not in root and places is not None and places.every_frame


def _is_lacking(judge: Judge, name: str, merged: DataSet) -> bool:
    condition = judge.iod.groups.get(name)
    return condition is not None and condition.required.decide((merged, judge.dataset)) is True


def _lacking(lacking: Mapping[str, list[int]], count: int, iod: str) -> Iterator[IodFinding]:
    for name, numbers in lacking.items():
        which = "every frame" if len(numbers) >= count else f"{len(numbers)} of {count} frames, first of {numbers[0]}"
        here = f"{PER_FRAME}[{numbers[0]}] > {name}"
        text = f"missing for {which}: the {iod_named(iod)} wants this functional group, shared or in the frame"
        clause = f"{iod_clause(iod)} and its functional groups"
        yield IodFinding("functional-group-missing", IodLevel.ERROR, here, text, clause)


def _presence(judge: Judge, root: DataSet, module: str) -> Iterator[IodFinding]:
    """Judge whether both sequences are there, and how many items they have."""
    shared = root.items(SHARED)
    if SHARED not in root and judge.complete:
        text = f"absent; {origin(module, SHARED)} wants it with an item (Type 1)"
        yield IodFinding("type1-missing", IodLevel.ERROR, SHARED, text, _CLAUSE)
    elif SHARED in root and not shared:
        text = f"empty; {origin(module, SHARED)} wants an item (Type 1)"
        yield IodFinding("type1-empty", IodLevel.ERROR, SHARED, text, _CLAUSE)
    elif len(shared) > 1:
        text = f"{len(shared)} items, where one is allowed"
        yield IodFinding("item-count", IodLevel.ERROR, SHARED, text, _CLAUSE)
    if PER_FRAME in root and not root.items(PER_FRAME):
        text = f"empty; {origin(module, PER_FRAME)} wants an item for each frame when it is there (Type 1C)"
        yield IodFinding("type1-empty", IodLevel.ERROR, PER_FRAME, text, _CLAUSE)
    yield from _dimensions(root)
    stated, frames = whole(root, "NumberOfFrames"), root.items(PER_FRAME)
    if judge.complete and frames and stated is not None and 0 <= stated != len(frames):
        text = f"{len(frames)} items, and Number of Frames is {stated}"
        yield IodFinding("frame-count", IodLevel.ERROR, PER_FRAME, text, _CLAUSE)


def _places(judge: Judge, root: DataSet) -> Iterator[IodFinding]:
    """Groups that stand where the IOD does not have them, and frames that are not there at all."""
    places = PLACES.get(judge.iod.key)
    if places is None:
        return
    shared = {keyword(tag) for item in root.items(SHARED) for tag in item.elements}
    for name in sorted(places.frames & shared):
        text = "the functional group is of single frames, and stands in the shared ones"
        yield IodFinding("functional-group-place", IodLevel.ERROR, f"{SHARED}[1] > {name}", text, places.clause)
    for number, frame in enumerate(root.items(PER_FRAME), 1):
        for name in sorted(places.shared & {keyword(tag) for tag in frame.elements}):
            here, text = f"{PER_FRAME}[{number}] > {name}", "the functional group is shared, and stands in a frame"
            yield IodFinding("functional-group-place", IodLevel.ERROR, here, text, places.clause)
    tiled = root.text("DimensionOrganizationType") == "TILED_FULL"  # where each tile lies follows from its number
    if places.every_frame and not tiled and PER_FRAME not in root and _CONTENT not in shared and judge.complete:
        text = f"absent, while the {iod_named(judge.iod.key)} demands Frame Content of each frame"
        yield IodFinding("condition-missing", IodLevel.ERROR, PER_FRAME, text, places.clause)


def _dimensions(root: DataSet) -> Iterator[IodFinding]:
    """Each frame has as many index values as there are dimensions, and they count from one (C.7.6.17.1).

    Whoever writes them wrong does so in every frame: each of the two is said once, of the first.
    """
    wanted = len(root.items("DimensionIndexSequence"))
    faults: dict[str, list[tuple[int, str]]] = {}
    for number, frame in enumerate(root.items(PER_FRAME), 1):
        for content in frame.items(_CONTENT)[:1]:
            found = content.values("DimensionIndexValues")
            if found and wanted != len(found):
                text = f"{len(found)} values, and Dimension Index Sequence has {wanted} items"
                faults.setdefault("count", []).append((number, text))
            if "0" in found:
                text = f"value {found.index('0') + 1} is 0, where an index counts from 1"
                faults.setdefault("zero", []).append((number, text))
    for (number, text), *others in faults.values():
        here = f"{PER_FRAME}[{number}] > {_CONTENT}[1] > DimensionIndexValues"
        text += f" (and so in {len(others)} other frames)" if others else ""
        yield IodFinding("dimension-count", IodLevel.ERROR, here, text, _DIMENSIONS)
