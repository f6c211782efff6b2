"""Items of nested sequences, each with its path."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.tables.logic import known_values
from scansim.wire.dataset import DataSet


def along(level: DataSet, path: str, here: str = "") -> Iterator[tuple[str, DataSet]]:
    """Yield the items at a path such as ``BeamSequence>ControlPointSequence``, with the path of each.

    An empty path yields the level itself.
    """
    if not path:
        yield here, level
        return
    name, _, rest = path.partition(">")
    for number, item in enumerate(level.items(name), 1):
        yield from along(item, rest, f"{here}{name}[{number}] > ")


def first(level: DataSet, keyword: str) -> str:
    """First value of an attribute as text; empty when there is none that is known."""
    return next(iter(known_values(level, keyword)), "")


def whole(level: DataSet, keyword: str) -> int | None:
    """First value of an attribute as an integer; None when it is none, which is said elsewhere."""
    try:
        return int(first(level, keyword))
    except ValueError:
        return None


def real(level: DataSet, keyword: str) -> float | None:
    """First value of an attribute as a number; None when it is none, which is said elsewhere."""
    try:
        return float(first(level, keyword))
    except ValueError:
        return None


def count(level: DataSet, keyword: str) -> int | None:
    """Number of values of a text attribute, or of 32-bit numbers; None when it is absent, empty or unknown."""
    element = level.element(keyword)
    if element is None or element.vr not in ("DS", "IS", "FL") or not element.value.strip(b" \0"):
        return None
    return len(element.value) // 4 if element.vr == "FL" else element.value.count(b"\\") + 1
