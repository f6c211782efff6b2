"""What reading a statement leaves to be told: questions to its vendor, and mistakes that lint has to name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Question:
    """What a statement leaves to its vendor: a ``?``, by its place in the file."""

    place: str
    line: int


@dataclass(frozen=True)
class Mistake:
    """What is wrong in a file that could be read all the same; one of level error keeps a run from using it."""

    level: Literal["error", "warning", "note"]
    rule: str
    line: int
    text: str


class Mistakes:
    """Mistakes in the order in which they were found, each once."""

    def __init__(self) -> None:
        self._found: dict[Mistake, None] = {}

    def append(self, mistake: Mistake) -> None:
        """Note one, unless it is noted already."""
        self._found.setdefault(mistake)

    def __iter__(self) -> Iterator[Mistake]:
        return iter(self._found)
