"""Synthetic patients: reproducible, plausible, and never to be taken for real ones."""

from __future__ import annotations

import random
from datetime import date

import numpy as np
import pytest

from scansim.ids import Identity
from scansim.people import FAMILY_PREFIX, ISSUER, person

IDENTITY = Identity(1, date(2026, 1, 2), "people")


def test_same_key_same_person_and_other_key_other_person():
    assert person(IDENTITY, "a") == person(Identity(1, date(2026, 1, 2), "people"), "a")
    assert person(IDENTITY, "a") != person(IDENTITY, "b")
    assert person(IDENTITY, "a") != person(Identity(2, date(2026, 1, 2), "people"), "a")


def test_people_are_obviously_synthetic_and_legal():
    people = [person(IDENTITY, index) for index in range(60)]
    for someone in people:
        family, given = someone.name.split("^")
        assert family.startswith(FAMILY_PREFIX)
        assert given
        assert len(someone.name) <= 64
        assert not set(someone.name) & set("=\\")
        assert someone.issuer == ISSUER
        assert someone.patient_id.startswith("SP")
        assert someone.patient_id[2:].isdigit()
        assert len(someone.patient_id) <= 16
        assert 18 <= (IDENTITY.day - someone.birth_date).days / 365.25 <= 90
        assert 1.5 <= someone.size_m <= 1.95
        assert 18 < someone.weight_kg / someone.size_m**2 < 33
    assert {someone.sex for someone in people} >= {"M", "F"}
    assert len({someone.patient_id for someone in people}) == len(people)


@pytest.mark.parametrize("locale", ["de_DE", "fr_FR", "ja_JP", "zh_CN"])
def test_names_of_other_locales_are_in_latin_letters(locale):
    for index in range(20):
        assert person(IDENTITY, index, locale=locale).name.encode("latin-1")


def test_a_locale_without_latin_names_is_refused_by_name():
    with pytest.raises(ValueError, match="ru_RU"):
        person(IDENTITY, locale="ru_RU")


def test_global_random_state_is_left_alone():
    random.seed(5)
    np.random.seed(5)
    before = random.getstate(), np.random.get_state()[1].tobytes()
    person(IDENTITY, "a")
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before
