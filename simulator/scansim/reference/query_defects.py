"""Planted defects of queries of the archive: what matches and does not come, comes and does not match, wrong counts."""

from __future__ import annotations

from scansim.reference.defect import Defect

_KEYS, _COMPLETE, _COUNTS = "query.matches-keys", "query.matches-complete", "query.counts"


def _of(name: str, checks: str | tuple[str, ...], summary: str, *cases: str) -> Defect:
    named = (checks,) if isinstance(checks, str) else checks
    return Defect(name, summary, named, cases=tuple(f"query-battery/{case}" for case in cases))


QUERY_DEFECTS = (
    # --- ranges ---
    _of("query-range-end-ignored", _KEYS, "a range of dates or times is taken without its end", "date-range[from-to]"),
    _of("query-range-end-excluded", _COMPLETE, "the end of a range is no part of it", "date-range[from-to]"),
    _of(
        "query-open-range",
        _COMPLETE,
        "a range that is open at one end is taken for the date or time at its other end",
        "date-range[from]",
    ),
    _of("query-times-as-text", _COMPLETE, "times are compared letter by letter", "time-range[short]"),
    _of(
        "query-dates-and-times-together",
        _KEYS,
        "a range of Study Dates and one of Study Times are matched as one span, which nobody negotiated",
        "date-and-time",
    ),
    # --- keys ---
    _of("query-ignores-accession", _KEYS, "Accession Number is not matched", "other-value[AccessionNumber]"),
    _of("query-ignores-time", _KEYS, "Study Time is not matched", "other-value[StudyTime]"),
    _of("query-ignores-name", _KEYS, "Patient's Name is not matched", "other-value[PatientName]"),
    _of("query-ignores-modality", _KEYS, "Modality is not matched in series", "required-key-below[Modality]"),
    _of("query-ignores-instance-number", _KEYS, "Instance Number is not matched", "required-key-below[InstanceNumber]"),
    _of("query-uid-list", _COMPLETE, "of a list of UIDs only the first is looked for", "uid-list[image]"),
    _of(
        "query-unknown-matches-none",
        "query.unknown-matches",
        "what has no value matches no key, as in a worklist",
        "unknown-value[AccessionNumber]",
    ),
    _of(
        "query-zero-length",
        _COMPLETE,
        "Study ID of zero length as key matches studies without one only",
        "date-range-of-patient",
    ),
    _of(
        "query-lone-star",
        "query.same-answers",
        "a lone asterisk as Patient's Name matches nothing, zero length everything",
        "universal[PatientName]",
    ),
    _of(
        "query-first-modality",
        _COMPLETE,
        "of the Modalities in Study only the first is matched",
        "optional-key[ModalitiesInStudy]",
    ),
    # --- values ---
    _of("query-by-beginning", _KEYS, "identifiers that begin with the key match it", "whole-value[AccessionNumber]"),
    _of("query-other-case", _KEYS, "case does not count in identifiers", "other-case[AccessionNumber]"),
    _of("query-wild-cards-as-letters", _COMPLETE, "wild cards are taken for themselves", "wildcard-one[PatientID]"),
    _of("query-question-mark", _KEYS, "a question mark stands for any letters", "wildcard-one[StudyID]"),
    _of("query-names-to-the-letter", _COMPLETE, "wild cards in a name are taken for themselves", "wildcard-name[any]"),
    _of("query-by-sound", _KEYS, "names are matched by their sound, unasked", "name-sound"),
    # --- entities ---
    _of(
        "query-patient-per-study",
        ("query.each-once", _COUNTS),
        "a patient comes once for each of his studies",
        "unique-key[patient]",
    ),
    _of(
        "query-ignores-level", (_COMPLETE, _COUNTS), "at SERIES level there is one answer for a study", "below[series]"
    ),
    _of(
        "query-twice",
        ("query.each-once", "storage.stored-once"),  # of the studies' own images as well, when they are looked for
        "each match is sent twice",
        "required-key[AccessionNumber]",
    ),
    # --- what answers say ---
    _of("query-index-stale", _COUNTS, "counts are those from before the last image", "counts"),
    _of(
        "query-mixes-up",
        "query.values",
        "from the second answer on, Accession Number is that of the answer before",
        "below[studies-of-patient]",
    ),
    _of(
        "query-birth-date-lost",
        "query.values",
        "answers have no value of Patient's Birth Date",
        "required-key[StudyID]",
    ),
    _of("query-relabels", "query.values", "text in answers is labelled ISO_IR 100", "letters-returned[cyrillic]"),
    _of("query-odd-availability", "query.where", "Instance Availability of answers is SOMETIMES", "unique-key[study]"),
    # --- C-CANCEL ---
    _of("query-cancel-ignored", "query.cancel", "C-CANCEL has no effect, and matches go on slowly", "cancel-late"),
    _of("query-cancel-refused", "query.cancel", "C-CANCEL is answered with A700H", "cancel-late"),
    _of(
        "query-cancel-success",
        "query.cancel",
        "a cancelled query ends with Success, though matches are left",
        "cancel-late",
    ),
    _of(
        "query-cancel-answered",
        ("query.cancel", "dimse.one-final-response"),
        "a C-CANCEL behind the final response gets an answer of its own, FE00H",
        "cancel-after",
    ),
)
