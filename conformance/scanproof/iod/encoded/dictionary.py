"""The data dictionary (PS3.6 6) by tag, each entry read once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pydicom.datadict import dictionary_is_retired, dictionary_VM, dictionary_VR

from scansim.wire.dataset import keyword


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of the dictionary.

    ``keyword`` is its name, or its tag where it has none; ``vrs`` are the VRs that it may have, ``vm`` its Value
    Multiplicity as it is written: `fewest` values, `most` (0 is any number), and always a multiple of `step`.
    """

    keyword: str
    vrs: tuple[str, ...]
    retired: bool
    vm: str
    fewest: int
    most: int
    step: int

    def may_have(self, count: int) -> bool:
        """Whether it may have so many values."""
        return self.fewest <= count and (not self.most or count <= self.most) and count % self.step == 0


@lru_cache(maxsize=8192)
def attribute_of(tag: int) -> Attribute | None:
    """The attribute of a tag, one of a repeating group too; None of a private one and where the dictionary has none."""
    if tag >> 16 & 1:
        return None
    try:
        vm = dictionary_VM(tag)
    except KeyError:
        return None
    low, _, high = vm.partition("-")
    fewest, most, step = int(low), 0, 1
    if high.endswith("n"):
        step = int(high[:-1] or 1)
    else:
        most = int(high or low)
    vrs = tuple(dictionary_VR(tag).split(" or "))
    return Attribute(keyword(tag), vrs, dictionary_is_retired(tag), vm, fewest, most, step)


@lru_cache(maxsize=8192)
def vrs_of(tag: int) -> tuple[bytes, ...]:
    """VRs as they are encoded, of a repeating group's attribute too; none when the dictionary does not know the tag."""
    try:
        return tuple(vr.encode() for vr in dictionary_VR(tag).split(" or "))
    except KeyError:
        return ()


@lru_cache(maxsize=8192)
def implicit_vr(tag: int) -> bytes:
    """VR of a tag without an explicit one: by the dictionary, LO for private creators, else UN (PS3.5 7.8.1)."""
    if not tag & 0xFFFF:
        return b"UL"
    found = vrs_of(tag)
    if found:
        return found[0]
    return b"LO" if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF else b"UN"


def shown(tag: int) -> str:
    """A tag as ``(gggg,eeee)``."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"
