"""The groups of overlay planes, and which of their attributes the judgement looks at (PS3.5 7.6, PS3.3 C.9)."""

from __future__ import annotations

GROUPS = frozenset(range(0x6000, 0x6020, 2))
#: Overlay Data, of which the length alone counts.
DATA = 0x3000
#: Rows, Columns, Number of Frames in Overlay, Type, Bits Allocated and Bit Position.
_LOOKED_AT = frozenset((0x10, 0x11, 0x15, 0x40, 0x100, 0x102))


def is_looked_at(tag: int) -> bool:
    """Whether the value of an overlay's attribute decides what is said of the plane."""
    return tag & 0xFFFF in _LOOKED_AT and tag >> 16 in GROUPS


def is_overlay_data(tag: int) -> bool:
    """Whether a tag is that of Overlay Data."""
    return tag & 0xFFFF == DATA and tag >> 16 in GROUPS
