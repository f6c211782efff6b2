"""Functional groups of multi-frame images: each frame is judged on the shared groups and its own, merged (C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.attributes import Judge
from scanproof.iod.tables.knowledge import Node
from scanproof.iod.tables.logic import is_empty
from scansim.wire.dataset import DataSet, Element, keyword

SHARED, PER_FRAME = SEQUENCES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_CLAUSE = "PS3.3 C.7.6.16 (2020)"


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
    if judge.complete:
        yield from _lacking(lacking, len(frames))


def _group(judge: Judge, node: Node, element: Element, merged: DataSet, here: str, module: str) -> Iterator[IodFinding]:
    if node.type == "1" and is_empty(element):
        text = f"the functional group of module {module} is empty"
        yield IodFinding("type1-empty", IodLevel.ERROR, here, text, _CLAUSE)
    yield from judge.items(node, element, (merged, judge.dataset), here, module)


def _is_lacking(judge: Judge, name: str, merged: DataSet) -> bool:
    condition = judge.iod.groups.get(name)
    return condition is not None and condition.required.decide((merged, judge.dataset)) is True


def _lacking(lacking: Mapping[str, list[int]], count: int) -> Iterator[IodFinding]:
    for name, numbers in lacking.items():
        which = "every frame" if len(numbers) >= count else f"{len(numbers)} of {count} frames, first of {numbers[0]}"
        here = f"{PER_FRAME}[{numbers[0]}] > {name}"
        text = f"the functional group is missing for {which}: neither shared nor of the frame"
        yield IodFinding("functional-group-missing", IodLevel.ERROR, here, text, "PS3.3 Tables A.36-2, A.38-2 (2020)")


def _presence(judge: Judge, root: DataSet, module: str) -> Iterator[IodFinding]:
    if SHARED not in root and judge.complete:
        text = f"Type 1 of module {module}, and absent"
        yield IodFinding("type1-missing", IodLevel.ERROR, SHARED, text, _CLAUSE)
    elif SHARED in root and not root.items(SHARED):
        text = f"Type 1 of module {module}, and empty"
        yield IodFinding("type1-empty", IodLevel.ERROR, SHARED, text, _CLAUSE)
    yield from _dimensions(root)
    stated, frames = root.values("NumberOfFrames"), root.items(PER_FRAME)
    if judge.complete and frames and stated and stated[0].isdigit() and int(stated[0]) != len(frames):
        text = f"{len(frames)} items, and Number of Frames is {stated[0]}"
        yield IodFinding("frame-count", IodLevel.ERROR, PER_FRAME, text, _CLAUSE)


def _dimensions(root: DataSet) -> Iterator[IodFinding]:
    """Each frame has as many index values as there are dimensions (C.7.6.17)."""
    wanted = len(root.items("DimensionIndexSequence"))
    for number, frame in enumerate(root.items(PER_FRAME), 1):
        for content in frame.items("FrameContentSequence")[:1]:
            found = len(content.values("DimensionIndexValues"))
            if found and wanted != found:
                here = f"{PER_FRAME}[{number}] > FrameContentSequence[1] > DimensionIndexValues"
                text = f"{found} values, and Dimension Index Sequence has {wanted} items"
                yield IodFinding("dimension-count", IodLevel.ERROR, here, text, "PS3.3 C.7.6.17.1 (2020)")
