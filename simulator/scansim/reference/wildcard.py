"""Wild card matching (PS3.4 C.2.2.2.4): time grows with the length of the value, whatever the key."""

from __future__ import annotations


class Pattern:
    """A key with ``*`` for any characters, none among them, and ``?`` for exactly one.

    Between its stars a key is a row of pieces, which have to come in this order, the first at the beginning and the
    last at the end. Taking each piece where it comes first is never wrong, so nothing is ever tried again.
    """

    def __init__(self, key: str) -> None:
        self._first, *rest = key.split("*")
        self._last = rest.pop() if rest else None
        self._between = [_finder(piece) for piece in rest if piece]
        self._shortest = len(key) - key.count("*")

    def matches(self, value: str) -> bool:
        """Whether the whole of a value matches."""
        if len(value) < self._shortest:
            return False
        if self._last is None:
            return len(value) == self._shortest and _stands_at(self._first, value, 0)
        at, end = len(self._first), len(value) - len(self._last)
        if not _stands_at(self._first, value, 0) or not _stands_at(self._last, value, end):
            return False
        for piece in self._between:
            at = piece.after(value, at, end)
            if at < 0:
                return False
        return True


def _stands_at(piece: str, value: str, at: int) -> bool:
    if "?" not in piece:
        return value.startswith(piece, at)
    return all(wanted in ("?", value[at + offset]) for offset, wanted in enumerate(piece))


class _Plain:
    """A piece without ``?``."""

    def __init__(self, piece: str) -> None:
        self._piece = piece

    def after(self, value: str, at: int, end: int) -> int:
        """Where the first occurrence in ``value[at:end]`` ends, -1 when there is none."""
        found = value.find(self._piece, at, end)
        return -1 if found < 0 else found + len(self._piece)


class _Holes:
    """A piece with ``?``, looked for at all places at once: bit i says that its first i + 1 characters stand here."""

    def __init__(self, piece: str) -> None:
        anything = sum(1 << bit for bit, wanted in enumerate(piece) if wanted == "?")
        self._fits: dict[str, int] = {}
        for bit, wanted in enumerate(piece):
            if wanted != "?":
                self._fits[wanted] = self._fits.get(wanted, anything) | 1 << bit
        self._anything = anything
        self._whole = 1 << len(piece) - 1

    def after(self, value: str, at: int, end: int) -> int:
        """Where the first occurrence in ``value[at:end]`` ends, -1 when there is none."""
        standing = 0
        for here in range(at, end):
            standing = (standing << 1 | 1) & self._fits.get(value[here], self._anything)
            if standing & self._whole:
                return here + 1
        return -1


def _finder(piece: str) -> _Plain | _Holes:
    return _Holes(piece) if "?" in piece else _Plain(piece)
