"""Rows of SR templates (PS3.16), and how they are written here: one line a row, its columns divided by ``|``.

    number | nesting, relationship and Value Type | concept | VM | requirement | values and condition

A concept is a code of DCM, or of the scheme before a colon (``SCT:370129005``); without one any concept goes, and where
the standard has an extensible context group of names (``CID 10001``) any concept goes too. Instead of a Value Type,
``INCLUDE 1204`` includes a template. Values are ``unit mm`` (of UCUM), ``= 113014`` (these codes alone) and
``CID 244``; only groups that are not extensible are judged (`GROUPS`); ``unnamed`` forbids a concept name. ``IF name``
and ``IFF name`` name a condition of the template; ``FOR name`` tells which of several rows with one concept an item
belongs to; ``later`` is said of a row that not every edition has, or asks for: a document may follow one without it.
Rows that the standard requires in cases that no document tells are U here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from scanproof.iod.tables.templates.codes import Code, code_of, concept_of
from scansim.wire.dataset import DataSet

Truth = bool | None


@dataclass(frozen=True)
class Level:
    """A content item, and those under it by their concept, which many rows ask for."""

    item: DataSet

    @cached_property
    def children(self) -> Mapping[Code, Sequence[DataSet]]:
        """The content items under it, by concept."""
        found: dict[Code, list[DataSet]] = {}
        for child in self.item.items("ContentSequence"):
            found.setdefault(concept_of(child), []).append(child)
        return found


@dataclass(frozen=True)
class Place:
    """Where a row stands: the content item whose children it describes, then those around it up to the root.

    ``document`` has every concept of the document with the values that it has there, empty for what is no CODE.
    """

    levels: tuple[Level, ...]
    document: Mapping[Code, Sequence[Code]]


@dataclass(frozen=True)
class When:
    """When a row is required, in three-valued logic, and the words for it and for its contrary."""

    decide: Callable[[Place], Truth]
    text: str
    contrary: str


@dataclass(frozen=True)
class Row:
    """One row: a content item, or with ``includes`` another template in its place.

    ``most`` is the largest number of items, 0 for any; ``need`` one of M, MC, U, UC; ``only`` says that the row is
    forbidden when its condition does not hold (IFF, XOR). ``values`` are the codes that it may have, none for any;
    ``bare`` says that it has no concept name, ``later`` that not all editions ask for it.
    """

    number: str
    relation: str
    value_type: str
    concept: Code
    most: int
    need: str
    unit: str = ""
    bare: bool = False
    values: tuple[Code, ...] = ()
    when: When | None = None
    only: bool = False
    belongs: Callable[[DataSet], bool] | None = None
    includes: str = ""
    rows: tuple[Row, ...] = ()
    later: bool = False


@dataclass(frozen=True)
class Template:
    """A template: its number, whether it may be extended, and its rows."""

    tid: str
    extensible: bool
    rows: tuple[Row, ...]


#: Context groups that are not extensible.
GROUPS: Mapping[str, tuple[Code, ...]] = {
    "230": ("SCT:373066001", "SCT:373067005", "SCT:373068000"),
    "244": ("SCT:24028007", "SCT:7771000", "SCT:51440002", "SCT:66459002"),
    "270": ("DCM:121006", "DCM:121007"),
    "271": ("DCM:121025", "DCM:121026", "DCM:121027", "DCM:121192"),
}


def template(
    tid: str,
    text: str,
    conditions: Mapping[str, When] | None = None,
    belongs: Mapping[str, Callable[[DataSet], bool]] | None = None,
    *,
    extensible: bool = True,
) -> Template:
    """Read a template from its lines."""
    lines = [[column.strip() for column in line.split("|")] for line in text.strip().splitlines()]
    rows, rest = _level(lines, 0, conditions or {}, belongs or {})
    if rest:
        raise ValueError(f"TID {tid}, row {rest[0][0]}: nested deeper than one level below the row before it")
    return Template(tid, extensible, rows)


def _level(
    lines: list[list[str]],
    depth: int,
    conditions: Mapping[str, When],
    belongs: Mapping[str, Callable[[DataSet], bool]],
) -> tuple[tuple[Row, ...], list[list[str]]]:
    rows: list[Row] = []
    while lines and lines[0][1].count(">") == depth:
        line, *lines = lines
        inner, lines = _level(lines, depth + 1, conditions, belongs)
        rows.append(_row(line, inner, conditions, belongs))
    return tuple(rows), lines


def _row(
    line: list[str],
    inner: tuple[Row, ...],
    conditions: Mapping[str, When],
    belongs: Mapping[str, Callable[[DataSet], bool]],
) -> Row:
    number, kind, concept, vm, need, *more = line
    relation, _, value_type = kind.lstrip("> ").rpartition(" ")
    includes = ""
    if relation.endswith("INCLUDE"):
        relation, value_type, includes = relation.removesuffix("INCLUDE").strip(), "", value_type
    high = vm.rpartition("-")[2]
    facts = {word: rest for word, _, rest in (each.partition(" ") for each in more)}
    listed = GROUPS.get(facts.get("CID", ""), ()) or tuple(code_of(code) for code in facts.get("=", "").split())
    name = facts.get("IF") or facts.get("IFF")
    return Row(
        number,
        relation,
        value_type,
        code_of(concept) if concept and not concept.startswith("CID") else "",
        0 if high == "n" else int(high),
        need,
        facts.get("unit", ""),
        "unnamed" in facts,
        listed,
        conditions[name] if name else None,
        "IFF" in facts,
        belongs[facts["FOR"]] if "FOR" in facts else None,
        includes,
        inner,
        "later" in facts,
    )
