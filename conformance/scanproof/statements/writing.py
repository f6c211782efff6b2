"""Statement files as text: plain data in its order, with comments at places, as YAML that loads as the same data.

What is short stands on one line (``{scu: Y, scp: Y}``), what is long is broken at 120 columns where it can be. Codes
and UIDs are in quotes, and so is every text that a reader of YAML 1.1 or 1.2 would take for something else; Y and N are
not, as the form has them. The same data and comments give the same text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from scansim.files import write_atomically
from scansim.inputs import InputError, Location

#: Columns that a line has where it can.
WIDTH = 120

#: Text that needs no quotes: begins as a word does, and has nothing in it that means something to YAML.
_WORDS = re.compile(r"[^\W\d](?:[\w ./+()'*-]*[\w.+)*-])?")
#: Status codes, and classes of them.
_CODE = re.compile(r"(?=.{4}$)[0-9A-F]+x*")
#: Read as a number by some, though it begins as a word does; and what YAML 1.1 takes for a truth value.
_MISREAD = re.compile(r"(?:nan|inf|infinity|yes|no|on|off|true|false|null|none)", re.IGNORECASE)
_ESCAPES = {'"': r"\"", "\\": r"\\", "\n": r"\n", "\t": r"\t", "\r": r"\r"}


def written(
    data: Mapping[str, Any],
    behind: Mapping[Location, str] | None = None,
    above: Mapping[Location, str] | None = None,
    head: str = "",
) -> str:
    """Give the text of a statement file.

    Parameters
    ----------
    data : mapping
        Plain values, lists and mappings, in the order of the file.
    behind, above : mapping, optional
        Comments by the place that they belong to, keys and indices from the top as in `scansim.inputs.Document`. One
        ``behind`` stands at the end of the line, or above it where it has no room there. What has a comment inside
        is not put on one line.
    head : str
        A comment at the top of the file; may have several lines.

    Raises
    ------
    TypeError, ValueError
        For a value that a statement file cannot hold.
    """
    writer = _Writer(behind or {}, above or {})
    lines = [*(_comments(head, 0) if head else ()), *writer.mapping(data, (), 0)]
    return "\n".join(lines) + "\n"


def put(text: str, out: Path) -> None:
    """Write a statement file, whole or not at all; InputError when there is one already, or it cannot be written."""
    if out.exists() or out.is_symlink():
        raise InputError(f"{out}: there already; give another place with -o, or take it away first")
    write_atomically((out, text.encode()))


def scalar(value: Any) -> str:
    """Give one value as it stands in a file; text in quotes where it would be read as something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, str):
        return value if _is_plain(value) else _quoted(value)
    raise TypeError(f"{value!r}: a statement file has no {type(value).__name__}")


def _number(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number that a statement file can hold")
    text = repr(value)
    return text if "." in text else text.replace("e", ".0e")  # without a point it is text to YAML 1.1


@lru_cache(maxsize=8192)
def _is_plain(text: str) -> bool:
    if not _WORDS.fullmatch(text) or _CODE.fullmatch(text) or _MISREAD.fullmatch(text) or not text.isprintable():
        return False
    node = yaml.compose(text, yaml.SafeLoader)
    return node is not None and node.tag == "tag:yaml.org,2002:str"


def _quoted(text: str) -> str:
    return f'"{"".join(_escaped(character) for character in text)}"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _comments(text: str, indent: int) -> Iterator[str]:
    """A comment as lines of its own; what a terminal would obey is no part of it."""
    for line in text.split("\n"):
        shown = "".join(character if character.isprintable() else " " for character in line).rstrip()
        yield f"{' ' * indent}#{f' {shown}' if shown else ''}"


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _is_scalar(value: Any) -> bool:
    return not isinstance(value, Mapping) and not _is_list(value)


def _height(value: Any) -> int:
    """How deep it is: 0 for a value, 1 for a list or mapping of values."""
    if _is_scalar(value):
        return 0
    inside = value.values() if isinstance(value, Mapping) else value
    return 1 + max((_height(each) for each in inside), default=0)


def _flow(value: Any) -> str:
    """One line of it."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if _is_list(value):
        return "[" + ", ".join(_flow(each) for each in value) + "]"
    return scalar(value)


class _Writer:
    """Writes one file; knows the comments of each place, and which places have some inside."""

    def __init__(self, behind: Mapping[Location, str], above: Mapping[Location, str]) -> None:
        self._behind, self._above = behind, above
        self._around = {place[:depth] for place in (*behind, *above) for depth in range(len(place))}

    def mapping(self, data: Mapping[Any, Any], place: Location, indent: int) -> Iterator[str]:
        for key, value in data.items():
            yield from self._entry(f"{scalar(key)}:", value, (*place, str(key)), indent)

    def _items(self, data: Sequence[Any], place: Location, indent: int) -> Iterator[str]:
        for index, value in enumerate(data):
            yield from self._entry("-", value, (*place, index), indent)

    def _entry(self, start: str, value: Any, place: Location, indent: int) -> Iterator[str]:
        """A key with its value, or an item, with the comments of its place."""
        if place in self._above:
            yield from _comments(self._above[place], indent)
        lines = self._lines(start, value, place, indent)
        comment = self._behind.get(place)
        if comment is None:
            yield from lines
            return
        last = len(lines) - 1 if self._is_flow(value, place) else 0  # a broken list has it behind its end
        told = next(iter(_comments(comment, 0)))
        if "\n" in comment or len(f"{lines[last]}  {told}") > WIDTH:
            yield from _comments(comment, indent)
        else:
            lines[last] += f"  {told}"
        yield from lines

    def _is_flow(self, value: Any, place: Location) -> bool:
        """Whether it begins on the line of its key: values, lists of values, mappings without much in them."""
        if place in self._around:
            return not value
        if isinstance(value, Mapping):
            return _height(value) <= 2 and all(_height(each) <= 1 for each in value.values())
        return _height(value) <= 1

    def _lines(self, start: str, value: Any, place: Location, indent: int) -> list[str]:
        margin = " " * indent
        if self._is_flow(value, place):
            line = f"{margin}{start} {_flow(value)}"
            if len(line) <= WIDTH:
                return [line]
            if isinstance(value, str):
                return self._broken_text(f"{margin}{start} ", value, indent + 2)
            if _is_list(value):
                return self._broken_list(f"{margin}{start} [", value, indent + 2)
            if not value or _is_scalar(value):
                return [line]
        if isinstance(value, Mapping):
            return self._block(start, list(self.mapping(value, place, indent + 2)), indent)
        return self._block(start, list(self._items(value, place, indent + 2)), indent)

    def _block(self, start: str, inside: list[str], indent: int) -> list[str]:
        """Of an item the first key or item stands beside its dash, unless a comment or a broken line is there."""
        if start == "-" and not inside[0].lstrip().startswith("#"):
            return [f"{' ' * indent}- {inside[0].lstrip()}", *inside[1:]]
        return [f"{' ' * indent}{start}", *inside]

    def _broken_text(self, start: str, text: str, indent: int) -> list[str]:
        """Text in quotes, folded at single blanks: a line break between two words is read as one."""
        words = re.split(r"(?<=\S) (?=\S)", text)
        inside = [_quoted(word)[1:-1] for word in words]
        return _wrapped(f'{start}"', [f"{word} " for word in inside[:-1]] + [f'{inside[-1]}"'], indent)

    def _broken_list(self, start: str, items: Sequence[Any], indent: int) -> list[str]:
        shown = [scalar(each) for each in items]
        return _wrapped(start, [f"{each}, " for each in shown[:-1]] + [f"{shown[-1]}]"], indent)


def _wrapped(start: str, pieces: Sequence[str], indent: int) -> list[str]:
    """Pieces on as many lines as they need."""
    lines = [start]
    for piece in pieces:
        if len(lines[-1]) + len(piece.rstrip()) > WIDTH and lines[-1].strip() != start.strip():
            lines[-1] = lines[-1].rstrip()
            lines.append(" " * indent)
        lines[-1] += piece
    return lines
