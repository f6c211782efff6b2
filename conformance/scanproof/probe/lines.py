"""Lines of a draft: a value at its place in the statement, and the exchange or association that it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from scansim.inputs import Location

#: What nobody could find out: a question to the vendor.
UNKNOWN = "?"


@dataclass(frozen=True)
class Line:
    """One thing that a draft says.

    ``place`` are the keys from the top of the statement; an item of a list has its number as the last one. ``cites``
    are what it rests on, each as ``probe/called-title a01``; ``why`` says what cannot be seen from that, and of what
    is unknown why.
    """

    place: Location
    value: Any
    cites: tuple[str, ...] = ()
    why: str = ""

    @property
    def comment(self) -> str:
        """What stands behind it."""
        return "; ".join(filter(None, (_listed(self.cites), self.why)))


def unknown(place: Location, why: str, *cites: str) -> Line:
    """A question to the vendor."""
    return Line(place, UNKNOWN, cites, why)


def _listed(cites: Iterable[str]) -> str:
    """Citations with the name of each scenario once: ``probe/contexts a03, a04``."""
    by_case: dict[str, list[str]] = {}
    for cite in dict.fromkeys(cites):
        case, _, place = cite.partition(" ")
        by_case.setdefault(case, []).append(place)
    return ", ".join(f"{case} {', '.join(_shortened(places))}".strip() for case, places in by_case.items())


def _shortened(places: list[str]) -> list[str]:
    """Of many, the first and the last."""
    return places if len(places) <= _MOST else [f"{places[0]} to {places[-1]}"]


#: So many associations or exchanges are named behind a line.
_MOST = 3


@dataclass(frozen=True)
class Draft:
    """A statement as plain data in its order, with comments by their places; ``head`` stands at its top."""

    data: dict[str, Any] = field(default_factory=dict)
    comments: dict[Location, str] = field(default_factory=dict)
    head: str = ""


def assembled(lines: Iterable[Line], head: str = "") -> Draft:
    """Put lines together, each at its place, in their order."""
    draft = Draft(head=head)
    for line in lines:
        _put(draft.data, line.place, line.value)
        if line.comment:
            draft.comments[line.place] = line.comment
    return draft


def _put(data: Any, place: Location, value: Any) -> None:
    """Put a value at a place below `data`; lists grow by one item at a time."""
    for key, following in pairwise(place):
        inside: Any = [] if isinstance(following, int) else {}
        if isinstance(data, list):
            assert isinstance(key, int)
            if key == len(data):
                data.append(inside)
            data = data[key]
        else:
            data = data.setdefault(key, inside)
    last = place[-1]
    if isinstance(data, list):
        assert last == len(data), f"{place} is not the next item"
        data.append(value)
    else:
        assert last not in data, f"{place} is said twice"
        data[last] = value


def numbered(place: Location, lines: Iterable[Line]) -> Iterator[Line]:
    """Lines as the items of the list at a place; their own places are not looked at."""
    for number, line in enumerate(lines):
        yield Line((*place, number), line.value, line.cites, line.why)
