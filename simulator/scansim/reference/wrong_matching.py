"""Wrong ways to match a worklist query: what is made of its keys, what of values, and which matches are held back."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Callable, Iterator, Sequence

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from scansim.reference.connection import Request
from scansim.reference.matching import RANGE_VRS, Matcher, Test, any_of, split_range, texts
from scansim.reference.state import Target

_STEP = "ScheduledProcedureStepSequence"
_CANCEL, _OUT_OF_RESOURCES = 0xFE00, 0xA700


# --- keys, before they are matched ------------------------------------------------------------------------------------


def without_ends(element: DataElement) -> None:
    """Take the end of a range away."""
    ends = split_range(texts(element)[0], element.VR) if element.VR in RANGE_VRS and texts(element) else None
    if ends is not None and ends[1]:
        element.value = f"{ends[0]}-" if ends[0] else None


def as_one_moment(element: DataElement) -> None:
    """Take a range with one end for that moment."""
    ends = split_range(texts(element)[0], element.VR) if element.VR in RANGE_VRS and texts(element) else None
    if ends is not None and "" in ends:
        element.value = "".join(ends)


def first_uid(element: DataElement) -> None:
    """Leave the first one of a list of UIDs."""
    if element.VR == "UI" and len(texts(element)) > 1:
        element.value = texts(element)[0]


_KEYS: dict[str, Callable[[DataElement], None]] = {
    "worklist-range-end-ignored": without_ends,
    "worklist-open-range": as_one_moment,
    "worklist-uid-list": first_uid,
}


def _changed(identifier: Dataset, change: Callable[[DataElement], None]) -> Dataset:
    changed = copy.deepcopy(identifier)
    for level in (changed, *(changed.get(_STEP) or ())):
        for element in level:
            change(element)
    return changed


# --- values, as they are tested ---------------------------------------------------------------------------------------


def last_day_left_out(keys: Sequence[str], vr: str) -> Test:
    """Match a range without its end."""
    right = any_of(keys, vr)
    ends = split_range(keys[0], vr) if vr in RANGE_VRS else None
    return right if ends is None or ends[0] == ends[1] else lambda value: right(value) and value != ends[1]


def times_as_text(keys: Sequence[str], vr: str) -> Test:
    """Match times letter by letter."""
    low, high = (split_range(keys[0], vr) or (keys[0], keys[0])) if vr == "TM" else ("", "")
    if vr != "TM":
        return any_of(keys, vr)
    return lambda value: (not low or low <= value) and (not high or value <= high)


def _question_mark_as_star(keys: Sequence[str], vr: str) -> Test:
    return any_of([key.replace("?", "*") for key in keys] if vr == "PN" else keys, vr)


def names_to_the_letter(keys: Sequence[str], vr: str) -> Test:
    """Match names without wild cards."""
    return frozenset(keys).__contains__ if vr == "PN" else any_of(keys, vr)


def _without_case(keys: Sequence[str], vr: str) -> Test:
    if vr != "LO":
        return any_of(keys, vr)
    folded = any_of([key.casefold() for key in keys], vr)
    return lambda value: folded(value.casefold())


def by_sound(keys: Sequence[str], vr: str) -> Test:
    """Match names by their sound."""
    if vr != "PN" or any(char in key for key in keys for char in "*?"):
        return any_of(keys, vr)
    heard = [_heard(key) for key in keys]
    return lambda value: _heard(value) in heard


def _heard(name: str) -> str:
    return re.sub(r"(.)\1+", r"\1", re.sub("[aeiouyh]", "", name.casefold().replace("k", "c").replace("t", "d")))


_VALUES: dict[str, Callable[[Sequence[str], str], Test]] = {
    "worklist-range-end-excluded": last_day_left_out,
    "worklist-times-as-text": times_as_text,
    "worklist-question-mark": _question_mark_as_star,
    "worklist-names-to-the-letter": names_to_the_letter,
    "worklist-other-case": _without_case,
    "worklist-by-sound": by_sound,
}


# --- matches that are held back ---------------------------------------------------------------------------------------


def _has_accession(identifier: Dataset, item: Dataset) -> bool:
    key = identifier.get("AccessionNumber")
    return key is not None and not str(key) and bool(item.get("AccessionNumber"))


def _asked_by_an_empty_item(identifier: Dataset, _: Dataset) -> bool:
    steps = identifier.get(_STEP)
    return bool(steps) and not len(steps[0])


def _named_by_a_star(identifier: Dataset, _: Dataset) -> bool:
    return str(identifier.get("PatientName") or "") == "*"


def _titles(level: Dataset) -> list[str]:
    return [title for step in level.get(_STEP) or () for title in texts(step.get(Tag("ScheduledStationAETitle")))]


def _second_station(identifier: Dataset, item: Dataset) -> bool:
    wanted, held = _titles(identifier), _titles(item)
    return bool(wanted) and len(held) > 1 and held[0] not in wanted


_HELD_BACK: dict[str, Callable[[Dataset, Dataset], bool]] = {
    "worklist-zero-length": _has_accession,
    "worklist-empty-item": _asked_by_an_empty_item,
    "worklist-lone-star": _named_by_a_star,
    "worklist-first-station": _second_station,
}


def test_of(target: Target, identifier: Dataset) -> Callable[[Dataset], bool]:
    """Make the test of whether an item matches, as the defect of a target has it."""
    defect = target.config.defect or ""
    keys = _changed(identifier, _KEYS[defect]) if defect in _KEYS else identifier
    matcher = Matcher(
        keys,
        unknown_matches=target.planted("worklist-unknown-matches"),
        values=_VALUES.get(defect, any_of),
        combined=not target.planted("worklist-dates-and-times-apart"),
    )
    held_back = _HELD_BACK.get(defect)
    return lambda item: matcher.matches(item) and not (held_back is not None and held_back(identifier, item))


# --- C-CANCEL, and what is sent once more -----------------------------------------------------------------------------


def times(target: Target, request: Request) -> Iterator[bool]:
    """Yield once for each time that a match is sent: True for the first."""
    if target.planted("worklist-cancel-ignored") and request.cancelled:
        time.sleep(0.15)  # for each item: it takes its time
    yield True
    if target.planted("worklist-item-twice"):
        yield False


def interrupted(target: Target, request: Request) -> bool:
    """What a C-CANCEL that came is answered with; False when the query goes on."""
    if target.planted("worklist-cancel-ignored"):
        return False
    status = _OUT_OF_RESOURCES if target.planted("worklist-cancel-refused") else _CANCEL
    request.respond(0x0000 if target.planted("worklist-cancel-success") else status)
    return True


def late_answer(target: Target, request: Request) -> Callable[[], None]:
    """Make what answers a C-CANCEL behind the final response; it is made before that is sent."""
    cancels = request.session.dimse.cancel_req  # the next request gets one of its own

    def answer() -> None:
        until = time.monotonic() + 0.5
        while target.planted("worklist-cancel-answered") and time.monotonic() < until:
            if request.message.MessageID in cancels:
                request.respond(_CANCEL)
                return
            time.sleep(0.02)

    return answer
