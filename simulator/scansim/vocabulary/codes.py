"""Coded terms that several kinds of objects use (PS3.16)."""

from __future__ import annotations

from collections.abc import Mapping

#: Code Value, Coding Scheme Designator, Code Meaning (PS3.3 Table 8.8-1).
Code = tuple[str, str, str]

#: Anatomic Region (PS3.16 CID 4) of each Body Part Examined that we make images of.
REGIONS: Mapping[str, Code] = {
    "HEAD": ("69536005", "SCT", "Head"),
    "CHEST": ("816094009", "SCT", "Chest"),
    "ABDOMEN": ("818981001", "SCT", "Abdomen"),
    "PHANTOM": ("706342009", "SCT", "Phantom"),
}
