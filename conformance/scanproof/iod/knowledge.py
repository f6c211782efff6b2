"""What the standard says of IODs: structure from the packaged tables, conditions and values written by hand."""

from __future__ import annotations

import importlib.resources
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydicom.datadict import tag_for_keyword

from scanproof.iod.conditions import ATTRIBUTES, MODULES, WRITTEN_FOR
from scanproof.iod.logic import Condition
from scansim.wire.dataset import tag_of


@dataclass(frozen=True)
class Node:
    """One attribute of a module: its type, the attributes of its items, and when a 1C or 2C one is required."""

    keyword: str
    type: str
    children: Mapping[str, Node]
    condition: Condition | None = None


@dataclass(frozen=True)
class Module:
    """One module of an IOD with its usage M, C or U; ``condition`` is that of usage C, where it is written."""

    key: str
    usage: str
    entity: str
    attributes: Mapping[str, Node]
    condition: Condition | None = None


@dataclass(frozen=True)
class Iod:
    """One IOD; ``conditions`` tells whether its conditions were written, so that silence means something."""

    key: str
    modules: tuple[Module, ...]
    conditions: bool
    owners: Mapping[str, tuple[str, ...]] = field(repr=False, default_factory=dict)


class Knowledge:
    """The tables, loaded module by module as they are needed.

    Attributes
    ----------
    edition : str
        Edition of the structure.
    controls : frozenset of int
        Tags whose values some condition or enumeration looks at.
    """

    def __init__(self) -> None:
        path = importlib.resources.files("scanproof.standard") / "iods.zip"
        self._archive = zipfile.ZipFile(path.open("rb"))
        index = json.loads(self._archive.read("index.json"))
        self.edition: str = index["edition"]
        self._sop_classes: dict[str, str] = index["sop_classes"]
        self._iods: dict[str, list[list[str]]] = index["iods"]
        self._modules: dict[str, dict[str, Node]] = {}
        self._loaded: dict[str, Iod] = {}
        conditions = [*ATTRIBUTES.values(), *MODULES.values()]
        self.controls: frozenset[int] = frozenset(tag for c in conditions for tag in c.required.tags) | {
            tag_of("SOPClassUID")
        }

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
        modules = tuple(
            Module(name, usage, entity, self._attributes(name), MODULES.get((key, name)) or MODULES.get(("*", name)))
            for name, usage, entity in self._iods[key]
        )
        owners: dict[str, tuple[str, ...]] = {}
        for module in modules:
            for keyword in module.attributes:
                owners[keyword] = (*owners.get(keyword, ()), module.key)
        return Iod(key, modules, key in WRITTEN_FOR, owners)

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
        if tag_for_keyword(keyword) is None:
            continue  # the repeating groups of overlays and curves have no single tag; newer keywords than pydicom's
        here = f"{path}{keyword}"
        condition = ATTRIBUTES.get((module, here)) or ATTRIBUTES.get(("*", keyword))
        nodes[keyword] = Node(keyword, kind, _nodes(children, module, f"{here}>"), condition)
    return nodes


@lru_cache(maxsize=1)
def load_knowledge() -> Knowledge:
    """The tables, opened once."""
    return Knowledge()
