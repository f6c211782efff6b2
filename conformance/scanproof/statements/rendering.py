"""A statement as tables for people: of its file as it stands, every chapter, also those that nothing here tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from textwrap import wrap
from typing import Any

from scanproof.statements.writing import WIDTH
from scansim.inputs import Document

#: Keys of the top to where Annex N has them.
_CHAPTERS = {
    "conformance_statement": "Form",
    "template": "Template",
    "cover_page": "Cover page",
    "configuration_of_record": "Configuration that it holds for",
    "overview": "1 Overview",
    "application_entities": "Application Entities (4.1, 5.1, 7.2)",
    "services": "5 Service and Interoperability Description",
    "configuration": "6 Configuration",
    "network": "7 Network and Media Communication Details",
    "security": "8 Security",
    "iods": "9 Information Object Definitions",
}
_SHORT = {
    **{
        word: word.upper() for word in ("ae", "sop", "uid", "scu", "scp", "pdu", "dimse", "tls", "artim", "mpps", "ups")
    },
    "iods": "IODs",
    "sr": "SR",
    "id": "ID",
    "n": "N",
    "c": "C",
}
#: Columns are not made narrower than this.
_NARROW = 10
_AROUND = ("ref", "comment", "option")
#: Rows inside a row: keys of a table inside a sequence.
_INSIDE = ("in", "attributes")


@dataclass(frozen=True)
class Section:
    """A heading, how deep it is, and the table under it, which may have nothing in it."""

    title: str
    depth: int
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def sections(document: Document) -> Iterator[Section]:
    """Yield the sections of a statement in the order of its file."""
    data = document.data if isinstance(document.data, Mapping) else {}
    for key, value in data.items():
        yield from _sections(_CHAPTERS.get(str(key), _title(str(key))), value, 0)


def _title(key: str) -> str:
    text = " ".join(_SHORT.get(word, word) for word in key.replace("_", " ").split())
    return text[:1].upper() + text[1:] if key == key.lower() else text


def _sections(title: str, value: Any, depth: int) -> Iterator[Section]:
    value, beside = _cell(value)
    named = f"{title} ({beside})" if beside else title
    if isinstance(value, Mapping) and value:
        short = {key: each for key, each in value.items() if _is_short(each)}
        yield Section(
            named, depth, ("", "") if short else (), tuple((_title(str(k)), _text(v)) for k, v in short.items())
        )
        for key, inside in value.items():
            if key not in short:
                yield from _sections(_title(str(key)), inside, depth + 1)
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        yield from _of_rows(named, value, depth)
    else:
        yield Section(named, depth, ("",), ((_text(value),),))


def _of_rows(title: str, rows: Sequence[Any], depth: int) -> Iterator[Section]:
    """A table of rows; what is too long for a cell stands under it."""
    listed = [row if isinstance(row, Mapping) else {"": row} for row in _unfolded(rows)]
    columns = tuple(dict.fromkeys(str(key) for row in listed for key, each in row.items() if _is_short(each)))
    cells = tuple(tuple(_text(row.get(column)) if column in row else "" for column in columns) for row in listed)
    yield Section(title, depth, tuple(_title(column) for column in columns), cells)
    for row in listed:
        for key, each in row.items():
            if not _is_short(each):
                name = next((_text(inside) for inside in row.values() if _is_short(inside)), "")
                yield from _sections(f"{name}: {_title(str(key))}" if name else _title(str(key)), each, depth + 1)


def _unfolded(rows: Sequence[Any], around: str = "") -> Iterator[Any]:
    """Rows with those inside a sequence after it, called by their path."""
    for row in rows:
        row = _cell(row)[0]
        if isinstance(row, Mapping) and isinstance(row.get("attributes"), list) and "in" in row:
            path = f"{around}{_text(row['in'])}"
            rest = {key: value for key, value in row.items() if key not in _INSIDE}
            yield {"attribute": path, **rest}
            yield from _unfolded(row["attributes"], f"{path} > ")
        elif around and isinstance(row, Mapping) and "attribute" in row:
            names = row["attribute"] if isinstance(row["attribute"], list) else [row["attribute"]]
            yield {**row, "attribute": [f"{around}{_text(name)}" for name in names]}
        else:
            yield row


def _cell(value: Any) -> tuple[Any, str]:
    """A value, and what stands beside it."""
    if isinstance(value, Mapping) and "value" in value and value.keys() <= {"value", *_AROUND}:
        beside = [f"Table {value['ref']}" if "ref" in value else "", str(value.get("comment", ""))]
        option = f"with {value['option']}" if "option" in value else ""
        return value["value"], "; ".join(filter(None, (*beside, option)))
    return value, ""


def _is_short(value: Any) -> bool:
    """Whether a value has room in a cell."""
    value = _cell(value)[0]
    if isinstance(value, Mapping):
        return len(value) <= 4 and all(not isinstance(_cell(each)[0], Mapping | list) for each in value.values())
    if isinstance(value, list):
        return all(not isinstance(_cell(each)[0], Mapping | list) for each in value)
    return True


def _text(value: Any) -> str:
    """A value as it stands in a cell."""
    value, beside = _cell(value)
    if isinstance(value, Mapping):
        text = ", ".join(f"{str(key).replace('_', ' ')} {_text(each)}" for key, each in value.items()) or "none"
    elif isinstance(value, list):
        text = ", ".join(map(_text, value)) or "none"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    else:
        text = "?" if value is None else str(value)
    text = "".join(character if character.isprintable() else " " for character in text)
    return f"{text} ({beside})" if beside else text


def as_text(document: Document) -> str:
    """The statement as plain text."""
    lines: list[str] = []
    for section in sections(document):
        lines += ["", section.title]
        if section.depth < 2:
            lines.append("=-"[section.depth] * min(len(section.title), WIDTH))
        lines += _table(section.columns, section.rows)
    return "\n".join(lines[1:]) + "\n"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Lines of a table; cells that are too wide are broken."""
    headed = any(columns)
    cells = [columns, *rows] if headed else rows
    widths = _widths([max((len(row[index]) for row in cells), default=0) for index in range(len(columns))])
    for number, row in enumerate(cells):
        broken = [wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for line in zip_longest(*broken, fillvalue=""):
            shown = "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            yield f"  {shown}".rstrip()
        if headed and not number:
            yield f"  {'-' * (sum(widths) + 2 * len(widths) - 2)}"


def _widths(wanted: list[int]) -> list[int]:
    """Widths of columns that have room together; the widest give way first."""
    room = WIDTH - 2 - 2 * (len(wanted) - 1)
    widths = [max(width, 1) for width in wanted]
    while sum(widths) > room and max(widths) > _NARROW:
        widest = widths.index(max(widths))
        widths[widest] -= min(sum(widths) - room, max(1, widths[widest] - sorted(widths)[-2])) if len(widths) > 1 else 1
        widths[widest] = max(widths[widest], _NARROW)
    return widths


_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:75em;padding:0 1em}"
    "table{border-collapse:collapse;margin:.5em 0 1.5em}td,th{border:1px solid #bbb;padding:.2em .6em;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}th{background:#eee}@media(prefers-color-scheme:dark){body{background:#111;"
    "color:#ddd}th{background:#333}td,th{border-color:#555}}"
)


def as_html(document: Document, title: str) -> str:
    """The statement as a page of its own, which loads nothing."""
    parts = [
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>',
        f"<style>{_STYLE}</style></head><body>\n<h1>{escape(title)}</h1>",
    ]
    for section in sections(document):
        level = min(section.depth + 2, 6)
        parts.append(f"<h{level}>{escape(section.title)}</h{level}>")
        if section.columns:
            parts.append(f"<table>{_head(section.columns)}{''.join(map(_row, section.rows))}</table>")
    return "\n".join([*parts, "</body></html>\n"])


def _head(columns: Sequence[str]) -> str:
    cells = "".join(f'<th scope="col">{escape(column)}</th>' for column in columns)
    return f"<tr>{cells}</tr>" if any(columns) else ""


def _row(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>\n"
