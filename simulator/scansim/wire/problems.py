"""What is malformed in one PDU, message, command set or data set: told as often as somebody may want to read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from scansim.wire.pdu import Grade, Problem

#: Problems of one code and grade that are told one by one; of the rest it is told how many there are.
MOST = 20


@dataclass(slots=True)
class Problems:
    """Problems as they are found; beyond the first of a code and grade, only what speaks of another item is kept."""

    _told: list[Problem] = field(default_factory=list)
    _counts: dict[tuple[str, Grade], int] = field(default_factory=dict)
    _more: dict[tuple[str, Grade], tuple[int, int, int | None]] = field(default_factory=dict)
    _items: set[tuple[str, int | None]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self._told)

    def append(self, problem: Problem) -> None:
        """Take one problem."""
        kind = (problem.code, problem.grade)
        count = self._counts[kind] = self._counts.get(kind, 0) + 1
        item = (problem.code, problem.item)
        if count <= MOST or (problem.item is not None and item not in self._items):
            self._items.add(item)
            self._told.append(problem)
        else:
            offset, more, of = self._more.get(kind, (problem.offset, 0, problem.item))
            self._more[kind] = (offset, more + 1, of if of == problem.item else None)

    def __iadd__(self, problems: Iterable[Problem]) -> Problems:
        for problem in problems:
            self.append(problem)
        return self

    def __iter__(self) -> Iterator[Problem]:
        return iter(self.told())

    def told(self) -> tuple[Problem, ...]:
        """The problems in the order in which they were found, and then how many more there were of each code."""
        more = (
            Problem(code, offset, f"{count} more like the {MOST} before: {code}", grade, item)
            for (code, grade), (offset, count, item) in self._more.items()
        )
        return (*self._told, *more)
