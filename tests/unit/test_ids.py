"""Identity: reproducible, collision-free between seeds, days and names, and legal as DICOM UIDs."""

from __future__ import annotations

import re
from datetime import date

import pytest

from scansim.identity.ids import UID_LENGTH, Identity

DAY = date(2026, 1, 2)
BASE = Identity(1, DAY, "exam")


def test_same_seed_day_and_name_give_the_same_values():
    again = Identity(1, DAY, "exam")
    assert again.uid("study") == BASE.uid("study")
    assert again.number(8, "accession") == BASE.number(8, "accession")
    assert again.rng("noise").integers(1 << 60) == BASE.rng("noise").integers(1 << 60)


@pytest.mark.parametrize(
    "other",
    [Identity(2, DAY, "exam"), Identity(1, date(2026, 1, 3), "exam"), Identity(1, DAY, "other")],
    ids=["seed", "day", "name"],
)
def test_another_seed_day_or_name_gives_other_values(other):
    assert other.uid("study") != BASE.uid("study")
    assert other.number(12, "accession") != BASE.number(12, "accession")
    assert other.rng("noise").integers(1 << 60) != BASE.rng("noise").integers(1 << 60)


def test_parts_are_told_apart_however_they_are_split():
    assert BASE.uid("ab", "c") != BASE.uid("a", "bc") != BASE.uid("abc")


def test_uids_are_legal_and_of_one_length():
    uids = [BASE.uid("instance", index) for index in range(500)]
    assert len(set(uids)) == 500
    for uid in uids:
        assert len(uid) == UID_LENGTH
        assert re.fullmatch(r"2\.25\.[1-9][0-9]{38}", uid)
        assert int(uid.removeprefix("2.25.")) < 2**128  # PS3.5 B.2: the decimal form of a UUID


@pytest.mark.parametrize("digits", [1, 8, 16])
def test_numbers_have_the_digits_asked_for(digits):
    numbers = {BASE.number(digits, index) for index in range(200)}
    assert all(re.fullmatch(f"[1-9][0-9]{{{digits - 1}}}", number) for number in numbers)


# --- run ids ----------------------------------------------------------------------------------------------------------


def test_a_run_id_gives_other_uids_and_the_same_of_everything_else():
    one, two, again = (Identity(1, DAY, "exam", run) for run in ("a", "b", "a"))
    assert len({each.uid("study") for each in (BASE, one, two)}) == 3
    assert again.uid("study") == one.uid("study")
    for each in (one, two):
        assert each.number(8, "accession") == BASE.number(8, "accession")
        assert each.rng("noise").integers(1 << 60) == BASE.rng("noise").integers(1 << 60)
        assert len(each.uid("study")) == UID_LENGTH


def test_what_is_drawn_for_a_uid_is_the_same_in_any_run():
    drawn = set()
    for run in ("", "a", "b"):
        identity = Identity(1, DAY, "exam", run)
        image = identity.uid("image", identity.uid("study"), 1)  # a UID that is made of another one
        drawn.add((int(identity.rng("pixels", image).integers(1 << 60)), identity.number(12, image)))
    assert len(drawn) == 1
