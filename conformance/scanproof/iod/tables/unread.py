"""Rows that are not the ones of 2020, and have a condition or a list here though their newer words could not be had.

tests/unit/test_iod_sections.py compares these with what sections.zip says has changed since 2020 (`has_changed`), so
that nothing is cited by words that no longer stand there: of such a row a condition or list names the edition in which
it was read in its ``clause``, or it stands here and its clause says that the type alone was read.
"""

from __future__ import annotations

_Row = tuple[str, str, str]

#: Row (kind, key of the module or macro, path in its table) to what the condition rests on.
UNREAD: dict[_Row, str] = {
    ("module", "rt-beams", "BeamSequence>BeamLimitingDeviceSequence"): (
        "Type 1 in 2020; the enhanced sequence, which is new, is the alternative of Type 1C"
    ),
    **dict.fromkeys(
        (
            ("module", module, keyword)
            for module in ("dermoscopic-image", "cutaneous-confocal-microscopy-image-acquisition-parameters")
            for keyword in ("TrackingID", "TrackingUID")
        ),
        "the words of the Segmentation Macro (2020), which go in pairs everywhere; these modules are newer",
    ),
}  # fmt: skip
