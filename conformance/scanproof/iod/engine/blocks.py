"""Elements that stand behind each other in one instance as in the one before it: found and stepped over at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scanproof.iod.finding import Findings

_LEAST = 3  # elements of a block: fewer are found as fast one by one
_LONGEST = 1 << 16  # bytes


@dataclass(slots=True)  # not frozen, which would take four times as long to make
class Known:
    """What is known of one element's bytes.

    ``token`` is its place in the structure, ``findings`` what is wrong with it (offsets from its start), ``keyword``
    and ``value`` what cross-checks want of it. ``sign`` is the explicit VR of an attribute that is US or SS by Pixel
    Representation. ``plain`` says that nothing but the token counts.
    """

    token: object
    findings: Findings
    keyword: str
    value: bytes
    plain: bool
    sign: bytes = b""


@dataclass(frozen=True, slots=True)
class Block:
    """Elements that stand behind each other in one instance as in the one before it, without a finding.

    ``tokens``, ``facts`` and ``signs`` are those of its elements, ``last`` is the tag of the last one, which begins
    `start` bytes behind the first.
    """

    raw: bytes
    size: int
    tokens: tuple[object, ...]
    facts: Mapping[str, bytes]
    signs: tuple[tuple[int, bytes], ...]
    last: int
    start: int


class Run:
    """Elements that were known already, one behind the other, until one comes that was not: they become a block."""

    def __init__(self) -> None:
        self.members: list[tuple[Known, int, int]] = []
        self._behind = -1

    def add(self, known: Known, tag: int, at: int, previous: int) -> None:
        """Add the element at `at`; `previous` is the tag before it."""
        if not self.members:
            self._behind = previous
        self.members.append((known, tag, at))

    def end(self, blocks: dict[int, Block], data: bytes, stop: int) -> None:
        """Make a block of its members, if that is worth it, to be found behind the tag before them."""
        members, self.members = self.members, []
        begin = members[0][2]
        if len(members) < _LEAST or stop - begin > _LONGEST:
            return
        blocks[self._behind] = Block(
            bytes(data[begin:stop]),
            stop - begin,
            tuple(known.token for known, _, _ in members),
            {known.keyword: known.value for known, _, _ in members if known.keyword},
            tuple((tag, known.sign) for known, tag, _ in members if known.sign),
            members[-1][1],
            members[-1][2] - begin,
        )
