"""What the standard says of IODs: structure from the packaged tables, conditions and values written by hand."""

from __future__ import annotations

import importlib.resources
import json
import zipfile
from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import Any

from pydicom.datadict import tag_for_keyword

from scanproof.iod.tables.conditions import ALL, GROUPS, MODULES, WRITTEN_FOR, find
from scanproof.iod.tables.frame_vectors import LOOKED_AT as VECTORS
from scanproof.iod.tables.listed import MODULES as LISTS
from scanproof.iod.tables.listed import Listed
from scanproof.iod.tables.listed.narrowed import NARROWED
from scanproof.iod.tables.logic import Condition
from scanproof.iod.tables.overlays import is_looked_at
from scanproof.iod.tables.sized import DESCRIPTORS
from scansim.wire.dataset import tag_of

#: What code looks at beside conditions and lists: the class, the modality, content trees, the number of frames.
_LOOKED_AT = (
    *("SOPClassUID", "Modality", "NumberOfFrames", "ContextGroupExtensionFlag", "FrameIncrementPointer"),
    *("DimensionOrganizationType", "InConcatenationTotalNumber"),
    *("PatientOrientation", "AnatomicalOrientationType"),
    *("ValueType", "RelationshipType", "GraphicType", "DimensionIndexValues", "DimensionIndexPointer"),
    # judgement.kinds
    *("SegmentationType", "BitsAllocated", "BitsStored", "HighBit"),
    *("PixelRepresentation", "DoseType", "MIMETypeOfEncapsulatedDocument"),
)
#: IODs whose numbers, names and points are judged beside each other (judgement.references, judgement.drawn).
_RELATED = frozenset(
    (
        *("rt-dose", "rt-structure-set", "rt-plan", "rt-ion-plan", "segmentation", "surface-segmentation"),
        *("grayscale-softcopy-presentation-state", "color-softcopy-presentation-state"),
        *("pseudo-color-softcopy-presentation-state", "blending-softcopy-presentation-state"),
        *("xa-xrf-grayscale-softcopy-presentation-state", "variable-modality-lut-softcopy-presentation-state"),
        *("planar-mpr-volumetric-presentation-state", "volume-rendering-volumetric-presentation-state"),
        *("advanced-blending-presentation-state", "waveform-presentation-state"),
        "waveform-acquisition-presentation-state",
    )
)


_CONTENT = "sr-document-content"


@dataclass(frozen=True)
class Node:
    """One attribute of a module: its type, the attributes of its items, and when a 1C or 2C one is required.

    ``path`` is that inside the module, such as ``Sequence>Keyword``; ``asked_for`` says that its absence may be a
    finding: of Type 1 and 2, and of 1C and 2C where the condition is written. ``listed`` are the values that the module
    allows, where it names them.
    """

    keyword: str
    tag: int
    type: str
    path: str
    children: Mapping[str, Node]
    condition: Condition | None
    asked_for: bool
    listed: Listed | None

    @property
    def is_code(self) -> bool:
        """Whether its items are coded entries (PS3.3 8.8)."""
        return "URNCodeValue" in self.children


@dataclass(frozen=True)
class Module:
    """One module of an IOD with its usage M, C or U; ``condition`` is that of usage C, where it is written.

    ``own`` are the tags at its top that no other module of the IOD has, with their types.
    """

    key: str
    usage: str
    entity: str
    attributes: Mapping[str, Node]
    condition: Condition | None
    own: Mapping[int, str]


@dataclass(frozen=True)
class Iod:
    """One IOD; ``conditions`` tells whether its conditions were written, so that silence means something.

    ``tags`` are those that its modules have at their top; ``groups`` tells when a functional group has to be there;
    ``all_count`` says that more values count than `Knowledge.controls` has, such as those of a content tree or the
    numbers of beams: what was found of one data set says nothing of the next.
    """

    key: str
    modules: tuple[Module, ...]
    conditions: bool
    tags: frozenset[int] = field(repr=False)
    groups: Mapping[str, Condition] = field(repr=False)
    all_count: bool = False


#: Attributes whose type a module of the same IOD defines anew, "overriding" that of a more general one, by that module.
_OVERRIDDEN = {
    "sc-equipment": ("general-series", "Modality"),
    "sc-multi-frame-image": ("multi-frame", "FrameIncrementPointer"),
}


class Controls:
    """Tags whose values the judgement of the structure looks at, beside private creators and what overlays are."""

    def __init__(self, tags: frozenset[int]) -> None:
        self._tags = tags

    def __contains__(self, tag: object) -> bool:
        if tag in self._tags:
            return True
        return isinstance(tag, int) and ((tag >> 16 & 1 == 1 and 0x10 <= tag & 0xFFFF <= 0xFF) or is_looked_at(tag))


class Knowledge:
    """The tables, loaded module by module as they are needed.

    Attributes
    ----------
    edition : str
        Edition of the structure.
    controls : container of int
        Tags whose values some condition or enumeration looks at.
    """

    def __init__(self) -> None:
        path = importlib.resources.files("scanproof.iod.tables") / "iods.zip"
        # as bytes, not as an open file: forked processes would share its place, and read each other's modules
        self._archive = zipfile.ZipFile(BytesIO(path.read_bytes()))
        index = json.loads(self._archive.read("index.json"))
        self.edition: str = index["edition"]
        self._sop_classes: dict[str, str] = index["sop_classes"]
        self._iods: dict[str, list[list[str]]] = index["iods"]
        self._modules: dict[str, dict[str, Node]] = {}
        self._loaded: dict[str, Iod] = {}
        tags = frozenset(tag for condition in ALL for tag in condition.tags)
        tags |= {tag_of(path.rpartition(">")[2]) for _, path in LISTS}
        for narrowed in (each for of_iod in NARROWED.values() for each in of_iod):
            tags |= narrowed.when.tags | {tag_of(narrowed.keyword)}
        self.controls: Container[int] = Controls(tags | frozenset(map(tag_of, (*_LOOKED_AT, *VECTORS, *DESCRIPTORS))))

    def iod(self, sop_class: str) -> Iod | None:
        """IOD of a SOP Class; None when the tables do not know the class."""
        key = self._sop_classes.get(sop_class)
        if key is None:
            return None
        found = self._loaded.get(key)
        if found is None:
            found = self._loaded[key] = self._load(key)
        return found

    def _load(self, key: str) -> Iod:
        rows = self._iods[key]
        attributes = {name: self._attributes(name) for name, _, _ in rows}
        for name, (general, keyword) in _OVERRIDDEN.items():
            if name in attributes and general in attributes:
                attributes[general] = {key: node for key, node in attributes[general].items() if key != keyword}
        users = Counter(node.tag for nodes in attributes.values() for node in nodes.values())
        modules = tuple(
            Module(
                name,
                usage,
                entity,
                attributes[name],
                MODULES.get((key, name)) or MODULES.get(("*", name)),
                {node.tag: node.type for node in attributes[name].values() if users[node.tag] == 1},
            )
            for name, usage, entity in rows
        )
        all_count = key in _RELATED or _CONTENT in attributes
        return Iod(key, modules, key in WRITTEN_FOR, frozenset(users), GROUPS.get(key, {}), all_count)

    def _attributes(self, module: str) -> dict[str, Node]:
        found = self._modules.get(module)
        if found is None:
            try:
                tree = json.loads(self._archive.read(f"{module}.json"))
            except KeyError:  # a few modules are named by an IOD and not in the tables
                tree = {}
            found = self._modules[module] = _nodes(tree, module, "")
        return found


def _nodes(tree: Mapping[str, Any], module: str, path: str) -> dict[str, Node]:
    nodes = {}
    for keyword, (kind, children) in tree.items():
        tag = tag_for_keyword(keyword)
        if tag is None:
            continue  # the repeating groups of overlays and curves have no single tag; newer keywords than pydicom's
        here = f"{path}{keyword}"
        condition = find(module, here)
        asked_for = kind in ("1", "2") or (kind in ("1C", "2C") and condition is not None)
        inside = _nodes(children, module, f"{here}>")
        listed = LISTS.get((module, here))
        nodes[keyword] = Node(keyword, tag, kind, here, inside, condition, asked_for, listed)
    return nodes


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """The tables, opened once."""
    return Knowledge()
