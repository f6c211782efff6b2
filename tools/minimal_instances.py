#!/usr/bin/env python3
"""Make simulator/scansim/images/minimal.zip: one small valid data set for each SOP Class whose IOD has structure.

    python -m tools.minimal_instances

Which attributes there have to be comes from the tables of the IOD checker (conformance/scanproof/iod), which scansim
must not import, and what they are from :mod:`tools.minimal_values`. What is left out of it is who and when: the
simulator puts patient, UIDs and dates of a run in. The archive is written reproducibly, and
tests/unit/test_minimal_instances.py makes it anew and compares.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydicom.datadict import dictionary_VM, dictionary_VR

from scanproof.iod.tables.knowledge import Module, Node, load_knowledge
from scanproof.iod.tables.listed import MODULES as LISTED
from scanproof.iod.tables.listed.anywhere import ANYWHERE
from tools import minimal_values as values
from tools.minimal_classes import BY_IOD

TARGET = Path(__file__).parents[1] / "simulator" / "scansim" / "images" / "minimal.zip"
_EPOCH = (1980, 1, 1, 0, 0, 0)
_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")

Content = dict[str, Any]


def sop_classes() -> tuple[str, ...]:
    """Every class whose IOD has structure, but those that nobody stores."""
    known = load_knowledge()
    return tuple(uid for uid in sorted(known._sop_classes) if uid not in values.NOT_STORED and known.iod(uid))


class Maker:
    """Fills the attributes that one SOP Class has to have."""

    def __init__(self, sop_class: str) -> None:
        iod = load_knowledge().iod(sop_class)
        assert iod is not None
        self.sop_class, self.iod = sop_class, iod
        own: dict[str, Any] = {}
        for row in (*_rows(iod.key), *_rows(sop_class)):
            own |= row
        more = own.get("modules", "").split()
        self._modules = tuple(each for each in iod.modules if each.usage == "M" or each.key in more)
        self._wanted: dict[str, Any] = {}
        for module in self._modules:
            self._wanted |= values.WITH_MODULE.get(module.key, {})
        self._wanted |= own

    def make(self) -> Content:
        """The content of an instance, by keyword."""
        made: Content = {}
        for module in self._modules:
            if module.key in values.BY_HAND:
                continue
            self._fill(made, module.attributes.values(), module, "")
        # a capture need not name the modality of what it shows, and is the better for it
        if "Modality" in made or any(module.key == "sc-equipment" for module in self._modules):
            made["Modality"] = values.MODALITY.get(self.iod.key, "OT")
        self._set(made)
        made["SOPClassUID"] = self.sop_class
        return {name: value for name, value in made.items() if value is not values.ABSENT}

    def _set(self, made: Content) -> None:
        """Put in what the class has by name, by paths."""
        for path, value in self._wanted.items():
            if path in ("modules", "shared", "frame"):
                continue
            *steps, last = path.split(">")
            level = made
            for step in steps:
                if not level.get(step):
                    level[step] = [{}]
                level = level[step][0]
            if value is values.FILLED:
                value = self._filled(path)
            if value is values.ABSENT:
                level.pop(last, None)
            elif value is values.TWICE:
                level[last] = level[last] * 2
            else:
                level[last] = value

    def _filled(self, path: str) -> Any:
        """The value of an attribute as its module's table has it, whatever its type."""
        steps = path.split(">")
        for module in self.iod.modules:
            node: Node | None = module.attributes.get(steps[0])
            for step in steps[1:]:
                node = node.children.get(step) if node is not None else None
            if node is not None:
                return self._value(node, module, path)
        return _plain(steps[-1], None)

    def _fill(self, made: Content, nodes: Iterable[Node], module: Module, path: str) -> None:
        for node in nodes:
            here = f"{path}{node.keyword}"
            if node.keyword in _GROUPS:
                self._fill_groups(made, node, module)
                continue
            if node.type == "1" and made.get(node.keyword) in (None, []):
                made[node.keyword] = self._value(node, module, here)
            elif node.type == "2":
                made.setdefault(node.keyword, [] if dictionary_VR(node.tag) == "SQ" else None)

    def _fill_groups(self, made: Content, node: Node, module: Module) -> None:
        """The functional groups that the class names, those of the one frame and those that are shared."""
        wanted = self._wanted.get("frame" if node.keyword == _GROUPS[1] else "shared", "")
        if not wanted and node.keyword == _GROUPS[1]:
            return
        item = made.setdefault(node.keyword, [{}])[0]
        for name in (f"{each}Sequence" for each in wanted.split()):
            item[name] = self._value(node.children[name], module, f"{node.keyword}>{name}")
            if name == "FrameContentSequence":
                has = any(each.key == "multi-frame-dimension" for each in self._modules)
                item[name][0] |= values.FRAME_CONTENT if has else {}

    def _value(self, node: Node, module: Module, here: str) -> Any:
        if node.keyword in values.BY_KEYWORD:
            return values.BY_KEYWORD[node.keyword]
        if dictionary_VR(node.tag) != "SQ":
            return _plain(node.keyword, module.key, node.path)
        if node.is_code:
            item: Content = values.code(*values.CODE)
        else:
            item = {}
        self._fill(item, (each for each in node.children.values() if each.keyword not in item), module, f"{here}>")
        return [item]


def _rows(key: str) -> Iterator[Mapping[str, Any]]:
    """What an IOD, or a SOP Class, has by itself."""
    return (row for names, row in BY_IOD if key in names.split())


def _plain(keyword: str, module: str | None, path: str = "") -> Any:
    """A value by lists of the standard, or by its VR."""
    if keyword in values.BY_KEYWORD:
        return values.BY_KEYWORD[keyword]
    listed = LISTED.get((module or "", path)) or ANYWHERE.get(keyword)
    vr = dictionary_VR(keyword)
    if listed is not None:
        numbers = vr in ("US", "SS", "UL", "SL")
        if listed.by_index:
            return [sorted(listed.by_index.get(n, {"NONE"}))[-1] for n in range(1, max(listed.by_index) + 1)]
        if listed.values:
            first = sorted(listed.values)[0]
            return int(first) if numbers else first
    vr = vr.split(" or ")[0]
    if vr == "UI":
        return values.uid(keyword)
    one = values.BY_VR[vr]
    least = dictionary_VM(keyword).split("-")[0]
    many = int(least) if least.isdigit() else 1
    return one if many == 1 else [one] * many


def build() -> dict[str, bytes]:
    """Entries of the archive by name: the SOP Class UID."""
    return {uid: json.dumps(Maker(uid).make(), separators=(",", ":"), sort_keys=True).encode() for uid in sop_classes()}


def write(entries: Mapping[str, bytes], target: Path) -> None:
    """Write the archive with fixed times and order."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, entries[name])


if __name__ == "__main__":
    made = build()
    write(made, TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, {len(made)} SOP Classes")
