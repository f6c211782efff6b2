"""Wrong ways to answer a query of the archive: how keys and values meet, what is an entity, counts, C-CANCEL."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.connection import Request
from scansim.reference.matching import WILD_CARD_VRS, Matcher, Test, any_of, split_range, texts
from scansim.reference.state import Target
from scansim.reference.store import Instance
from scansim.reference.wrong_matching import (
    as_one_moment,
    by_sound,
    first_uid,
    last_day_left_out,
    names_to_the_letter,
    times_as_text,
    without_ends,
)

_SUCCESS, _CANCEL, _OUT_OF_RESOURCES = 0x0000, 0xFE00, 0xA700


# --- keys, before they are matched ------------------------------------------------------------------------------------


def _universal(*keywords: str) -> Callable[[DataElement], None]:
    def change(element: DataElement) -> None:
        if element.keyword in keywords:
            element.value = None

    return change


_KEYS: dict[str, Callable[[DataElement], None]] = {
    "query-range-end-ignored": without_ends,
    "query-open-range": as_one_moment,
    "query-uid-list": first_uid,
    "query-ignores-accession": _universal("AccessionNumber"),
    "query-ignores-time": _universal("StudyTime"),
    "query-ignores-modality": _universal("Modality"),
    "query-ignores-instance-number": _universal("InstanceNumber"),
    "query-ignores-name": _universal("PatientName"),
}


def _changed(keys: Dataset, change: Callable[[DataElement], None]) -> Dataset:
    changed = copy.deepcopy(keys)
    for element in changed:
        change(element)
    return changed


# --- values, as they are tested ---------------------------------------------------------------------------------------


def _wild_cards_as_letters(keys: Sequence[str], vr: str) -> Test:
    return frozenset(keys).__contains__ if vr in WILD_CARD_VRS and vr != "PN" else any_of(keys, vr)


def _question_mark_as_star(keys: Sequence[str], vr: str) -> Test:
    return any_of([key.replace("?", "*") for key in keys] if vr in WILD_CARD_VRS else keys, vr)


def _without_case(keys: Sequence[str], vr: str) -> Test:
    if vr not in ("LO", "SH"):
        return any_of(keys, vr)
    folded = any_of([key.casefold() for key in keys], vr)
    return lambda value: folded(value.casefold())


def _by_their_beginning(keys: Sequence[str], vr: str) -> Test:
    return any_of([f"{key}*" for key in keys] if vr in ("LO", "SH") else keys, vr)


_VALUES: dict[str, Callable[[Sequence[str], str], Test]] = {
    "query-range-end-excluded": last_day_left_out,
    "query-times-as-text": times_as_text,
    "query-wild-cards-as-letters": _wild_cards_as_letters,
    "query-question-mark": _question_mark_as_star,
    "query-names-to-the-letter": names_to_the_letter,
    "query-other-case": _without_case,
    "query-by-beginning": _by_their_beginning,
    "query-by-sound": by_sound,
}


# --- matches that are held back, or come too many ---------------------------------------------------------------------


def _has_study_id(keys: Dataset, entity: Dataset) -> bool:
    key = keys.get("StudyID")
    return key is not None and not str(key) and bool(entity.get("StudyID"))


def _named_by_a_star(keys: Dataset, _: Dataset) -> bool:
    return str(keys.get("PatientName") or "") == "*"


def _second_modality(keys: Dataset, entity: Dataset) -> bool:
    wanted, held = (texts(each.get(Tag("ModalitiesInStudy"))) for each in (keys, entity))
    return bool(wanted) and len(held) > 1 and held[0] not in wanted


_HELD_BACK: dict[str, Callable[[Dataset, Dataset], bool]] = {
    "query-zero-length": _has_study_id,
    "query-lone-star": _named_by_a_star,
    "query-first-modality": _second_modality,
}


def _spans(keys: Dataset) -> tuple[str, str, str, str] | None:
    """Ends of a range of Study Dates and one of Study Times."""
    found = [split_range(text, vr) for name, vr in (("StudyDate", "DA"), ("StudyTime", "TM"))
             for text in texts(keys.get(Tag(name)))]  # fmt: skip
    return (*found[0], *found[1]) if len(found) == 2 and found[0] and found[1] else None


def _together(keys: Dataset) -> Callable[[Dataset], bool]:
    """The test of date and time as one span, which nobody negotiated."""
    spans = _spans(keys)
    if spans is None:
        return Matcher(keys, unknown_matches=True).matches
    first, last, begin, end = spans
    others = Matcher(_changed(keys, _universal("StudyDate", "StudyTime")), unknown_matches=True)

    def test(entity: Dataset) -> bool:
        date, at = (texts(entity.get(Tag(name))) for name in ("StudyDate", "StudyTime"))
        return others.matches(entity) and not (date and at and not first + begin <= date[0] + at[0] <= last + end)

    return test


def test_of(target: Target, keys: Dataset) -> Callable[[Dataset], bool]:
    """Make the test of whether an entity matches, as the defect of a target has it."""
    defect = target.config.defect or ""
    if defect == "query-dates-and-times-together":
        return _together(keys)
    matcher = Matcher(
        _changed(keys, _KEYS[defect]) if defect in _KEYS else keys,
        unknown_matches=not target.planted("query-unknown-matches-none"),
        values=_VALUES.get(defect, any_of),
    )
    held_back = _HELD_BACK.get(defect)
    return lambda entity: matcher.matches(entity) and not (held_back is not None and held_back(keys, entity))


# --- entities, counts, values -----------------------------------------------------------------------------------------


def column(target: Target, of_level: str) -> str:
    """The column by which images are one entity; `of_level` is that of the level."""
    if target.planted("query-patient-per-study") and of_level == "patient":
        return "study"
    return "study" if target.planted("query-ignores-level") and of_level == "series" else of_level


def counted(target: Target, group: list[Instance]) -> list[Instance]:
    """The images of an entity that are counted."""
    return group[:-1] if target.planted("query-index-stale") and len(group) > 1 else group


def spoil(target: Target, answer: Dataset, before: Dataset | None) -> None:
    """Spoil an answer in place, when a defect wants it; `before` is the one that was sent before it."""
    if target.planted("query-mixes-up") and before is not None and "AccessionNumber" in before:
        answer.AccessionNumber = before.AccessionNumber
    if target.planted("query-odd-availability"):
        answer.InstanceAvailability = "SOMETIMES"
    if target.planted("query-relabels") and "SpecificCharacterSet" in answer:
        answer.SpecificCharacterSet = "ISO_IR 100"
    if target.planted("query-birth-date-lost") and "PatientBirthDate" in answer:
        answer.PatientBirthDate = ""


# --- C-CANCEL, and what is sent once more -----------------------------------------------------------------------------


def times(target: Target, request: Request) -> Iterator[None]:
    """Yield once for each time that a match is sent."""
    if target.planted("query-cancel-ignored") and request.cancelled:
        time.sleep(0.15)  # for each match: it takes its time
    yield None
    if target.planted("query-twice"):
        yield None


def interrupted(target: Target, request: Request) -> bool:
    """What a C-CANCEL that came is answered with; False when the query goes on."""
    if target.planted("query-cancel-ignored"):
        return False
    status = _OUT_OF_RESOURCES if target.planted("query-cancel-refused") else _CANCEL
    request.respond(_SUCCESS if target.planted("query-cancel-success") else status)
    return True


def late_answer(target: Target, request: Request) -> Callable[[], None]:
    """Make what answers a C-CANCEL behind the final response; it is made before that is sent."""
    cancels = request.session.dimse.cancel_req  # the next request gets one of its own

    def answer() -> None:
        until = time.monotonic() + 0.5
        while target.planted("query-cancel-answered") and time.monotonic() < until:
            if request.message.MessageID in cancels:
                request.respond(_CANCEL)
                return
            time.sleep(0.02)

    return answer
