"""Rows that are not the ones of 2020, and have a condition or a list of values here: in which edition they were read.

tests/unit/test_iod_sections.py compares these with what sections.zip says has changed since 2020 (`has_changed`), so
that nothing is cited by words that no longer stand there. A condition or list with a ``clause`` of its own names its
edition itself.
"""

from __future__ import annotations

_Row = tuple[str, str, str]

#: Row (kind, key of the module or macro, path in its table) to the edition in which its words were read.
EDITIONS: dict[_Row, str] = {}

#: Rows whose newer words could not be had, with what the condition rests on; their clauses say so.
UNREAD: dict[_Row, str] = {
    ("module", "rt-beams", "BeamSequence>BeamLimitingDeviceSequence"): (
        "Type 1 in 2020; the enhanced sequence, which is new, is the alternative of Type 1C"
    ),
    ("module", "rt-roi-observations", "RTROIObservationsSequence>ROIPhysicalPropertiesSequence>"
     "ROIElementalCompositionSequence"): "the description of 2020, in a sequence that has become of Type 3",
    **dict.fromkeys(
        (
            ("module", module, keyword)
            for module in ("dermoscopic-image", "cutaneous-confocal-microscopy-image-acquisition-parameters")
            for keyword in ("TrackingID", "TrackingUID")
        ),
        "the words of the Segmentation Macro (2020), which go in pairs everywhere; these modules are newer",
    ),
}  # fmt: skip
