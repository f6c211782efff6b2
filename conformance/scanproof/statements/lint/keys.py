"""Rules about tables of keys: worklist, and Query/Retrieve."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydicom.datadict import dictionary_VR, keyword_for_tag

from scanproof.standard import mwl_table, query_table
from scanproof.statements.lint.rules import Found, Severity, Subject, plain, rule

_WORKLIST = ("basic_worklist_management", "scp", "keys")
_MODELS = {"study_root": "Study Root", "patient_root": "Patient Root"}

#: VRs whose keys a wild card or a range means something in (PS3.4 C.2.2.2.4, C.2.2.2.5).
_WILD_CARD_VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
_TAG = re.compile(r"[0-9A-Fa-f]{8}")
_RANGE_VRS = frozenset(("DA", "DT", "TM"))


@dataclass(frozen=True)
class Row:
    """One key of a table; ``matching`` is empty where nothing is said of it."""

    path: str
    matching: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Table:
    """One table of keys: what people call it, its place in the form, its rows, and where it begins."""

    name: str
    place: tuple[str, ...]
    line: int
    rows: tuple[Row, ...]

    @property
    def field(self) -> str:
        """Its path in the form."""
        return ".".join(self.place)

    @property
    def paths(self) -> set[str]:
        """Every key that it lists."""
        return {row.path for row in self.rows}


def _rows(subject: Subject, place: tuple[str | int, ...], around: str = "") -> Iterator[Row]:
    table = subject.at(*place)
    for index, row in enumerate(table if isinstance(table, list) else ()):
        here = (*place, index)
        row = plain(row)
        if not isinstance(row, dict):
            continue
        matching = _words(plain(row.get("matching")))
        for name in _words(plain(row.get("in"))):
            path = f"{around}{_keyword(name)}"
            yield Row(path, (*matching, "SEQUENCE"), subject.line(*here))
            yield from _rows(subject, (*here, "attributes"), f"{path}.")
        for name in _words(plain(row.get("attribute"))):
            yield Row(f"{around}{_keyword(name)}", matching, subject.line(*here))


def _keyword(written: str) -> str:
    """Keyword of an attribute that may be written as a tag: (0010,0020), 0010,0020 or 00100020."""
    digits = "".join(character for character in written if character not in "(), ")
    return (keyword_for_tag(digits) if _TAG.fullmatch(digits) else "") or written


def _words(value: Any) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(str(plain(each)) for each in listed if plain(each) not in (None, "?"))


def _chapters(subject: Subject) -> Iterator[tuple[str, ...]]:
    """Places of the chapters about services: the product's, and those that an AE has of its own."""
    yield ("services",)
    entities = subject.at("application_entities")
    for ae in entities if isinstance(entities, dict) else ():
        yield ("application_entities", str(ae), "own_services")


def _worklist(subject: Subject) -> Iterator[Table]:
    for chapter in _chapters(subject):
        place = (*chapter, *_WORKLIST)
        if isinstance(subject.at(*place), list):
            yield Table("the worklist's keys", place, subject.line(*place), tuple(_rows(subject, place)))


def _models(subject: Subject) -> Iterator[tuple[str, tuple[str, ...], dict[str, Any]]]:
    """Model, place and levels of each statement of Query/Retrieve keys."""
    for chapter in _chapters(subject):
        for model in _MODELS:
            place = (*chapter, "query_retrieve", model, "find_scp", "keys")
            levels = subject.at(*place)
            if isinstance(levels, dict):
                yield model, place, levels


def _query(subject: Subject) -> Iterator[tuple[str, str, Table]]:
    """Model, level and table of each table of Query/Retrieve keys."""
    for model, place, levels in _models(subject):
        for level in map(str, levels):
            here = (*place, level)
            if isinstance(subject.at(*here), list):
                title = f"the keys of {_MODELS[model]} at level {level}"
                yield model, level, Table(title, here, subject.line(*here), tuple(_rows(subject, here)))


def _required_of_worklist() -> tuple[str, ...]:
    steps = (f"{mwl_table.STEP}.{name}" for name in mwl_table.REQUIRED_STEP_KEYS)
    return (*mwl_table.REQUIRED_ROOT_KEYS, mwl_table.STEP, *steps)


def _required_of_query(model: str, level: str) -> tuple[str, ...]:
    required = query_table.required_keys(level, patient_root=model == "patient_root")
    return (query_table.UNIQUE_KEYS[level], *required) if level in query_table.UNIQUE_KEYS else ()


def _complete(subject: Subject) -> Iterator[tuple[Table, tuple[str, ...]]]:
    """Each table with the keys that the standard wants in it."""
    for table in _worklist(subject):
        yield table, _required_of_worklist()
    for model, level, table in _query(subject):
        yield table, _required_of_query(model, level)


@rule(
    "required-key",
    Severity.ERROR,
    what="A table of keys lists every key that the standard requires the SCP to match.",
    hint='Add the keys; one whose matching is not known has matching: "?". Of a part of a table say complete: N.',
    clause="PS3.4 K.2.2.1.1.1 (2024d) with Table K.6-1 (2018-2024); C.2.2.1 (2024c) with Tables C.6-1 to C.6-5 (2020)",
)
def required_keys(subject: Subject) -> Iterator[Found]:
    """A row that is not there says that the key is not supported, and these an SCP has to match; a scanner's query
    by station or by date would then bring every item of the hospital."""
    for table, required in _complete(subject):
        missing = [path for path in required if path not in table.paths]
        if missing and not _asks_for_key(subject, table):
            text = f"{table.name} lack {', '.join(missing)}, which an SCP has to match"
            yield from _of_complete(subject, table.place, text)
    for model, place, stated in _models(subject):
        levels = query_table.levels(patient_root=model == "patient_root")
        absent = [level for level in levels if level not in stated]
        if stated and absent:
            text = (
                f"the keys of {_MODELS[model]} have nothing of level {' and '.join(absent)}, whose unique and required"
            )
            yield from _of_complete(subject, place, f"{text} keys an SCP has to match")


def _asks_for_key(subject: Subject, table: Table) -> bool:
    """Whether one of its keys is a question: it may be the one that is missing."""
    places = (each.place.split(".") for each in subject.statement.questions if each.place.startswith(f"{table.field}."))
    return any(not {"matching", "case_sensitive", "tag"}.intersection(place) for place in places)


def _of_complete(subject: Subject, place: tuple[str, ...], text: str) -> Iterator[Found]:
    """The finding, unless the table is stated to be a part; where it is said to be whole, it rests on that word."""
    whole = (*place[: place.index("keys")], "complete")
    said = subject.at(*whole)
    if said in (None, "Y"):
        yield Found(subject.line(*place), text, ".".join(place if said is None else whole))


@rule(
    "required-key-returned",
    Severity.WARNING,
    what="A key that the standard requires is matched by more than universal matching.",
    hint="List the matching that it has (SINGLE_VALUE, RANGE, …); UNIVERSAL alone says that it is returned.",
    clause="PS3.4 K.2.2.1.1.1 (2024d) with Table K.6-1 (2018-2024); C.2.2.1 (2024c) with Tables C.6-1 to C.6-5 (2020)",
)
def required_keys_are_matched(subject: Subject) -> Iterator[Found]:
    """UNIVERSAL alone says that a key is returned and never matched. Annex N's own example gives even the Study
    Instance UID so, and that is hardly meant."""
    for table, required in _complete(subject):
        rows = [row for row in table.rows if row.path in required and set(row.matching) == {"UNIVERSAL"}]
        if rows:
            names = ", ".join(row.path for row in rows)
            yield Found(
                rows[0].line, f"{table.name}: UNIVERSAL alone for {names}, which an SCP has to match", table.field
            )


@rule(
    "matching-of-vr",
    Severity.WARNING,
    what="A key has a kind of matching that the standard defines for its VR.",
    hint="Take the term away, or say in a comment what the product does beyond the standard.",
    clause="PS3.4 C.2.2.2 (2020, 2024d)",
)
def matching_of_vr(subject: Subject) -> Iterator[Found]:
    """In a date, a number, a UID or a sequence an asterisk is no wild card, and there are ranges of dates and times
    alone. What is meant is often the items of the sequence, or that an empty key matches all."""
    tables = [*_worklist(subject), *(table for _, _, table in _query(subject))]
    for table in tables:
        wrong: dict[str, list[tuple[Row, str]]] = {}
        for row in table.rows:
            vr = _vr(row.path)
            for term in row.matching:
                if vr and not _defined(term, vr):
                    wrong.setdefault(term, []).append((row, vr))
        for term, rows in wrong.items():
            names = ", ".join(f"{row.path} ({vr})" for row, vr in rows)
            text = f"{table.name}: {term} for {names}: for such a VR the standard defines no such matching"
            yield Found(rows[0][0].line, text, table.field)


def _vr(path: str) -> str:
    try:
        return dictionary_VR(path.rsplit(".", 1)[-1])
    except (KeyError, ValueError):
        return ""


def _defined(term: str, vr: str) -> bool:
    return {
        "WILDCARD": vr in _WILD_CARD_VRS,
        "RANGE": vr in _RANGE_VRS,
        "UID": vr == "UI",
        "SEQUENCE": vr == "SQ",
        "SINGLE_VALUE": vr != "SQ",
    }.get(term, True)
