"""Planted defects of negotiation: Presentation Contexts that are refused though the target's statement has them."""

from __future__ import annotations

from scansim.reference.defect import Defect

_REFUSED = ("statement.context-accepted",)

CONTEXT_DEFECTS: tuple[Defect, ...] = (
    Defect(
        "context-syntax-refused",
        "no SOP Class is accepted in RLE Lossless, against the statement of the target",
        _REFUSED,
        cases=("storage-battery/syntax[rle]", "storage-battery/syntax[j2k]"),
    ),
    Defect(
        "context-uncompressed-only",
        "no SOP Class is accepted in a compressed Transfer Syntax, against the statement of the target",
        _REFUSED,
        cases=("storage-battery/syntax[rle]", "storage-battery/syntax[j2k]"),
    ),
    Defect(
        "context-class-refused",
        "Patient Root Query/Retrieve Information Model - FIND is refused with result 3, against the statement of the "
        "target",
        (*_REFUSED, "site.service-offered"),
        cases=("query-battery/both-models",),
    ),
)
