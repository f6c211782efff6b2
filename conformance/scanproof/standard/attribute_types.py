"""Types of attributes (PS3.5 7.4) held against a data set: what is absent, and what has no value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scansim.wire.dataset import DataSet


def lacking(dataset: DataSet, types: Mapping[str, str], keys: DataSet | None = None) -> Iterator[tuple[str, str]]:
    """Yield (tag, what) of each attribute that is not as its type wants it, in every item that holds it.

    With `keys` only what they ask for counts; a sequence key without item asks for everything in it.
    """
    for path, kind in types.items():
        *around, name = path.split(">")
        for prefix, level, asked in _levels(dataset, around, "", keys):
            if keys is not None and not (asked is None or name in asked):
                continue
            if name not in level:
                yield prefix + name, "absent"
            elif kind == "1" and level.is_empty(name):
                yield prefix + name, "present without a value"


def _levels(
    dataset: DataSet, around: list[str], prefix: str, keys: DataSet | None
) -> Iterator[tuple[str, DataSet, DataSet | None]]:
    """Each item that a path leads to, with its tag prefix and the keys of that place; None: all was asked for."""
    if not around:
        yield prefix, dataset, keys
        return
    name, *inner = around
    asked: DataSet | None = None
    if keys is not None:
        items = keys.items(name)
        if items:
            asked = items[0]
        elif name not in keys:
            asked = DataSet({})
    for number, item in enumerate(dataset.items(name), 1):
        yield from _levels(item, inner, f"{prefix}{name}[{number}] > ", asked)
