"""Where an attribute of a module stands in PS3.3, and which module or macro it is of: clauses of findings.

What is asked for is the path of an attribute inside a module (``Sequence>Keyword``). The tables of the standard say at
many places "Include Table …": Code Meaning is of the Code Sequence Macro wherever a coded entry stands. `origin` names
the module or macro whose table has the row, `type_clause` and `text_clause` give the table with its edition. The facts
are those of sections.zip (tools/sections.py).

>>> origin("general-study", "ProcedureCodeSequence>CodeMeaning")
'the Code Sequence Macro'
>>> text_clause("general-study", "StudyDate")
'PS3.3 Table C.7-3 (2020)'
"""

from __future__ import annotations

import importlib.resources
import json
import zipfile
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any

_PARTS = ("editions", "iods", "modules", "macros", "includes", "macro_includes", "rows", "changed", "homes")
#: So many tables are named of an attribute that stands in many.
_TOLD = 3
#: The module of which each IOD has its own selection of macros.
_GENERAL_GROUPS = "multi-frame-functional-groups"
_Includes = Mapping[str, Mapping[str, Sequence[str]]]
#: A row of a table: its kind (``module`` or ``macro``), the key, and the path of the attribute in that table.
Row = tuple[str, str, str]


class Facts:
    """Names and numbers of tables, what is included where, and which rows have changed since 2020."""

    def __init__(self, parts: Mapping[str, Any]) -> None:
        self.editions: Sequence[str] = parts["editions"]
        self.iods: Mapping[str, Sequence[str]] = parts["iods"]
        self.modules: Mapping[str, Sequence[str]] = parts["modules"]
        self.macros: Mapping[str, Sequence[str]] = parts["macros"]
        self.includes: _Includes = parts["includes"]
        self.macro_includes: _Includes = parts["macro_includes"]
        self.rows: Mapping[str, frozenset[str]] = {name: frozenset(rows) for name, rows in parts["rows"].items()}
        self.changed: Mapping[str, Mapping[str, Sequence[str]]] = parts["changed"]
        self.homes: Mapping[str, Sequence[str]] = parts["homes"]

    def source(self, module: str, path: str) -> Row:
        """The row of an attribute: in the table of the module, or of a macro that is included around it."""
        kind, key, inside = "module", module, ""
        for step in path.split(">") if path else ():
            while found := self._macro(kind, key, inside, step):
                kind, key, inside = "macro", found, ""
            inside = f"{inside}>{step}" if inside else step
        return kind, _GENERAL_GROUPS if key.endswith(f"-{_GENERAL_GROUPS}") else key, inside

    def _macro(self, kind: str, key: str, inside: str, keyword: str) -> str:
        """The macro that brings an attribute into a sequence of a table, or to its top; empty: it is a row itself."""
        names = (self.includes if kind == "module" else self.macro_includes).get(key, {}).get(inside, ())
        return next((name for name in names if keyword in self.rows[name]), "")

    def table(self, kind: str, key: str) -> Sequence[str]:
        """Name of a module or macro, then the numbers of its table by edition; a newer one has a name alone."""
        return (self.modules if kind == "module" else self.macros).get(key) or (_name(key),)


def _name(key: str) -> str:
    """Name of what is newer than the facts, made of its key: ``Montage Activation``."""
    return key.replace("-", " ").title()


@lru_cache(maxsize=1)
def facts() -> Facts:
    """The packaged facts, read once."""
    path = importlib.resources.files("scanproof.iod.tables") / "sections.zip"
    with zipfile.ZipFile(path.open("rb")) as archive:
        return Facts({name: json.loads(archive.read(f"{name}.json")) for name in _PARTS})


@lru_cache(maxsize=65536)
def source(module: str, path: str) -> Row:
    """The row of an attribute in the packaged tables, as `Facts.source` finds it."""
    return facts().source(module, path)


def origin(module: str, path: str = "") -> str:
    """The module or macro that an attribute is of, in words: ``the Code Sequence Macro``."""
    kind, key, _ = source(module, path)
    return f"the {facts().table(kind, key)[0]} {kind.capitalize()}"


@cache
def has_changed(row: Row) -> bool:
    """Whether a row is not the one of 2020: another type than in the structure's edition, a new row or a new table."""
    kind, key, inside = row
    if not facts().table(kind, key)[1:2] or not facts().table(kind, key)[1]:
        return True
    changed, steps = facts().changed.get(f"{kind} {key}", {}), inside.split(">")
    around = (changed.get(">".join(steps[:end]), ("x",)) for end in range(1, len(steps)))
    return inside in changed or any(not before for before, *_ in around)


def type_clause(module: str, path: str, edition: str) -> str:
    """Clause of an attribute's type: the table with the edition of its number, and that of the types."""
    number, read_in = _number(source(module, path), newest=True)
    if not number:
        return f"PS3.3 ({edition}), {origin(module, path).removeprefix('the ')}"
    return f"PS3.3 Table {number} ({read_in}; types of {edition})"


def text_clause(module: str, path: str = "") -> str:
    """Clause of an attribute's description, with the edition in which it was read."""
    row = source(module, path)
    changed = has_changed(row)
    number, read_in = _number(row, newest=changed)
    if not number:
        return f"PS3.3, {origin(module, path).removeprefix('the ')} (2026b; type alone read)"
    return f"PS3.3 Table {number} ({read_in}{'; type alone read' if changed else ''})"


def iod_clause(iod: str) -> str:
    """Clause of an IOD: the table of its modules, with the edition of its number."""
    _, *numbers = facts().iods.get(iod, ("",))
    known = [(number, edition) for number, edition in zip(numbers, facts().editions, strict=False) if number]
    return f"PS3.3 Table {known[-1][0]} ({known[-1][1]})" if known else "PS3.3 Annex A (2026b)"


def iod_named(iod: str) -> str:
    """Name of an IOD, such as ``Enhanced CT Image IOD``."""
    return f"{(facts().iods.get(iod) or (_name(iod),))[0]} IOD"


def keyword_clause(keyword: str) -> str:
    """Clause of an attribute wherever it stands: the tables that have it as a row, of very many the first."""
    homes = facts().homes.get(keyword, ())
    numbers = [_number((*home.split(" ", 1), keyword), newest=False) for home in homes]  # type: ignore[arg-type]
    told = list(dict.fromkeys(number for number, edition in numbers if edition == facts().editions[0]))
    if not told:
        return (
            f"PS3.3 Table {numbers[0][0]} ({numbers[0][1]})" if numbers and numbers[0][0] else "PS3.3 Annex C (2026b)"
        )
    more = " and others" if len(told) > _TOLD else ""
    return f"PS3.3 Table {', '.join(told[:_TOLD])}{more} ({facts().editions[0]})"


def _number(row: Row, *, newest: bool) -> tuple[str, str]:
    """Number of a table, and the edition that has it so: the oldest one, in which most was read, or the newest."""
    numbers = facts().table(*row[:2])[1:]
    known = [(number, edition) for number, edition in zip(numbers, facts().editions, strict=False) if number]
    return known[-1 if newest else 0] if known else ("", "")
