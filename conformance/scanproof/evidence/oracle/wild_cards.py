"""Wild cards: ``*`` for any characters, also none, and ``?`` for exactly one (PS3.4 C.2.2.2.4)."""

from __future__ import annotations

#: VRs whose keys may hold them; in all others ``*`` and ``?`` mean nothing.
VRS = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))


def has_any(key: str) -> bool:
    """Whether a key has one."""
    return "*" in key or "?" in key


def is_lone_star(key: str) -> bool:
    """Whether a key is nothing but asterisks, which is the same as universal matching (C.2.2.2.4 note 1)."""
    return bool(key) and not key.strip("*")


def fits(key: str, value: str) -> bool:
    """Whether the whole of a value fits a key.

    Only the last asterisk is ever taken anew, so the time is that of both lengths multiplied, whatever the key.
    """
    at, here, star, mark = 0, 0, -1, 0
    while here < len(value):
        if at < len(key) and key[at] == "*":
            star, mark, at = at, here, at + 1
        elif at < len(key) and key[at] in ("?", value[here]):
            at, here = at + 1, here + 1
        elif star >= 0:
            mark += 1
            at, here = star + 1, mark
        else:
            return False
    return not key[at:].strip("*")
