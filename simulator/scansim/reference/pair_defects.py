"""Planted defects of Storage that a SOP Class or a Transfer Syntax has by itself: accepted, and then not stored."""

from __future__ import annotations

from scansim.reference.defect import Defect

_CHECKS = ("storage.accepted",)
_CASES = ("storage-battery/each-kind",)

PAIR_DEFECTS: tuple[Defect, ...] = (
    Defect(
        "storage-refuses-class",
        "instances of MR Image Storage are refused with C000H, though the Presentation Context was accepted",
        _CHECKS,
        cases=_CASES,
    ),
    Defect(
        "storage-refuses-syntax",
        "instances in JPEG-LS Lossless are refused with C002H, though the Presentation Context was accepted",
        _CHECKS,
        cases=_CASES,
    ),
)
