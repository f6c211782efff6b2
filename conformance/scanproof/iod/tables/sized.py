"""Attributes whose length counts, whatever their value: the entries of lookup tables."""

from __future__ import annotations

from scansim.wire.dataset import tag_of

PALETTES = ("Red", "Green", "Blue")
SIZED = frozenset(
    (
        *(tag_of(f"{color}PaletteColorLookupTableData") for color in PALETTES),
        tag_of("LUTData"),
    )
)
#: What says how many entries there are, and of how many bits.
DESCRIPTORS = (*(f"{color}PaletteColorLookupTableDescriptor" for color in PALETTES), "LUTDescriptor")
