"""Lookup tables have as many entries, of as many bits, as their descriptor says (PS3.3 C.7.6.3.1.5, C.11.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.places import along
from scanproof.iod.tables.logic import known_values
from scanproof.iod.tables.sized import PALETTES
from scansim.wire.dataset import DataSet

_PALETTE, _LUT = "PS3.3 C.7.6.3.1.5, C.7.6.3.1.6 (2020)", "PS3.3 C.11.1.1, C.11.2.1.1 (2020)"
#: Sequences whose items are tables.
_SEQUENCES = ("ModalityLUTSequence", "VOILUTSequence")


def lut_findings(root: DataSet) -> Iterator[IodFinding]:
    """Judge the tables of one data set: palettes at its top, and those of Modality and VOI LUT."""
    for color in PALETTES:
        name = f"{color}PaletteColorLookupTable"
        yield from _bits(root, f"{name}Descriptor")
        yield from _length(root, f"{name}Descriptor", f"{name}Data", "", _PALETTE)
    for sequence in _SEQUENCES:
        for here, item in along(root, sequence):
            yield from _length(item, "LUTDescriptor", "LUTData", here, _LUT)


def _described(level: DataSet, descriptor: str) -> list[int]:
    """Entries, first value mapped, bits; nothing when these are not three numbers, which is said elsewhere."""
    try:
        found = [int(value) for value in known_values(level, descriptor)]
    except ValueError:
        return []
    return found if len(found) == 3 else []


def _bits(root: DataSet, descriptor: str) -> Iterator[IodFinding]:
    found = _described(root, descriptor)
    if found and found[2] not in (8, 16):
        text = f"value 3 is {found[2]}, not one of 8, 16: the bits of an entry of a palette"
        yield IodFinding("enumerated-value", IodLevel.ERROR, descriptor, text, _PALETTE)


def _length(level: DataSet, descriptor: str, data: str, here: str, clause: str) -> Iterator[IodFinding]:
    found, element = _described(level, descriptor), level.element(data)
    if not found or element is None or not element.value or element.items is not None:
        return
    entries = found[0] & 0xFFFF or 0x10000  # 0 stands for one more than 16 bits can say
    # entries of 8 bits stand in a byte each, or in a word each
    allowed = (2 * entries, entries + entries % 2) if found[2] <= 8 else (2 * entries,)
    if len(element.value) not in allowed:
        text = f"{len(element.value)} bytes, where {entries} entries of {found[2]} bits have {allowed[-1]}"
        yield IodFinding("lut-length", IodLevel.ERROR, f"{here}{data}", text, clause)
