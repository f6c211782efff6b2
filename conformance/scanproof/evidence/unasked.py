"""What an answer to a query holds that nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scansim.wire.dataset import DataSet, keyword

_FIRST_GROUP, _LAST_GROUP = 0x0008, 0xFFFD


def is_of_no_data_set(tag: int) -> bool:
    """Whether a tag is of a group that no data set has: 0000 to 0007, and FFFF."""
    return not _FIRST_GROUP <= tag >> 16 <= _LAST_GROUP


def is_private(tag: int) -> bool:
    """Whether a tag is of an odd group."""
    return bool(tag >> 16 & 1)


def surplus(
    keys: DataSet,
    answer: DataSet,
    allowed: tuple[str, ...],
    companions: Mapping[str, tuple[str, ...]],
    nested: tuple[str, ...],
    path: str = "",
) -> Iterator[tuple[str, int]]:
    """Yield (path, tag) of each attribute of an answer that its query did not ask for.

    Parameters
    ----------
    keys, answer : DataSet
        Of the query, and of one answer. A sequence that was asked for without attributes was asked for as a whole.
    allowed, nested : tuple of str
        What may come unasked, at the root and in items.
    companions : mapping
        Keywords that come in place of another one that was asked for.
    path : str
        Of what is around.

    Group lengths, and groups that are in no data set, are left out; so is the creator of a private block that has
    attributes.
    """
    blocks: set[int] | None = None  # of private elements that are there, by the first three bytes of their tags
    for element in answer.elements.values():
        name, group, number = keyword(element.tag), element.tag >> 16, element.tag & 0xFFFF
        if name in allowed or not number or is_of_no_data_set(element.tag):
            continue
        key = keys.elements.get(element.tag)
        if key is None:
            together = any(name in others and asked in keys for asked, others in companions.items())
            reserves = is_private(element.tag) and 0x10 <= number <= 0xFF
            if reserves:
                blocks = {tag >> 8 for tag in answer.elements} if blocks is None else blocks
                reserves = group << 8 | number in blocks
            if not together and not reserves:
                yield path + name, element.tag
        elif key.items and key.items[0].elements:
            for position, item in enumerate(element.items or (), 1):
                inner = f"{path}{name}[{position}] > "
                yield from surplus(key.items[0], item, nested, companions, nested, inner)
