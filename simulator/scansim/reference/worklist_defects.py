"""Planted defects of worklist queries as sets: what matches and does not come, comes and does not match, or twice."""

from __future__ import annotations

from scansim.reference.defect import Defect

_KEYS, _COMPLETE = "worklist.matches-keys", "worklist.matches-complete"


def _of(name: str, checks: str | tuple[str, ...], summary: str, *cases: str) -> Defect:
    named = (checks,) if isinstance(checks, str) else checks
    return Defect(name, summary, named, cases=tuple(f"worklist-battery/{case}" for case in cases))


WORKLIST_DEFECTS = (
    _of(
        "worklist-range-end-ignored", _KEYS, "a range of dates or times is taken without its end", "date-range[from-to]"
    ),
    _of("worklist-range-end-excluded", _COMPLETE, "the end of a range is no part of it", "date-range[from-to]"),
    _of(
        "worklist-open-range",
        _COMPLETE,
        "a range that is open at one end is taken for the date or time at its other end",
        "time-range[from]",
    ),
    _of(
        "worklist-dates-and-times-apart",
        _COMPLETE,
        "a range of dates and one of times are matched apart, on each day the times",
        "range-combined[from-to]",
    ),
    _of(
        "worklist-times-as-text",
        _COMPLETE,
        "times are compared letter by letter, so that 1930 comes before 193000",
        "time-range[at-the-ends]",
    ),
    _of("worklist-ignores-time", _KEYS, "Scheduled Procedure Step Start Time is not matched", "time-range[from-to]"),
    _of(
        "worklist-ignores-performer",
        _KEYS,
        "Scheduled Performing Physician's Name is not matched",
        "single-value[ScheduledPerformingPhysicianName]",
    ),
    _of(
        "worklist-unknown-matches",
        _KEYS,
        "an item without a value matches every value, as in an archive",
        "unknown-value",
    ),
    _of("worklist-other-case", _KEYS, "case does not count in Patient ID", "other-case[PatientID]"),
    _of("worklist-question-mark", _KEYS, "a question mark in a name stands for any letters", "wildcard[PatientName]"),
    _of("worklist-by-sound", _KEYS, "names are matched by their sound, unasked", "name-sound"),
    _of(
        "worklist-names-to-the-letter",
        _COMPLETE,
        "an asterisk or a question mark in a name is taken for itself",
        "wildcard[PatientName]",
    ),
    _of(
        "worklist-first-station",
        _COMPLETE,
        "of several stations of a step only the first is matched",
        "one-of-several[ScheduledStationAETitle]",
    ),
    _of("worklist-uid-list", _COMPLETE, "of a list of UIDs only the first is looked for", "uid-list"),
    _of(
        "worklist-zero-length",
        _COMPLETE,
        "a key of zero length matches items without a value only (Accession Number)",
        "universal[AccessionNumber]",
    ),
    _of(
        "worklist-empty-item",
        _COMPLETE,
        "a step sequence with an empty item as key matches nothing",
        "sequence-universal",
    ),
    _of(
        "worklist-lone-star",
        "worklist.same-items",
        "a lone asterisk as Patient's Name matches nothing, zero length everything",
        "universal-star[PatientName]",
    ),
    _of("worklist-item-twice", "worklist.item-once", "each match is sent twice", "single-value[PatientID]"),
    _of("worklist-cancel-ignored", "worklist.cancel", "C-CANCEL has no effect, and items go on slowly", "cancel-late"),
    _of("worklist-cancel-refused", "worklist.cancel", "C-CANCEL is answered with A700H", "cancel-late"),
    _of(
        "worklist-cancel-success",
        "worklist.cancel",
        "a cancelled query ends with Success, though matches are left",
        "cancel-late",
    ),
    _of(
        "worklist-cancel-answered",
        ("worklist.cancel", "dimse.one-final-response"),
        "a C-CANCEL behind the final response gets an answer of its own, FE00H",
        "cancel-after",
    ),
)
