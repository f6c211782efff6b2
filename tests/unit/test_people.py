"""Synthetic patients: reproducible, plausible, in every script, and never to be taken for real ones."""

from __future__ import annotations

import random
from datetime import date

import faker
import numpy as np
import pytest
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.valuerep import PersonName

from scansim.identity.ids import Identity
from scansim.identity.names import LOCALES, MARKERS
from scansim.identity.people import FAMILY_PREFIX, ISSUER, SPECIAL, Person, faker_version, patient_for, person
from scansim.wire.charsets import CHARACTER_SETS, CharacterSetError, decode, encode

IDENTITY = Identity(1, date(2026, 1, 2), "people")
GROUPS = {"ja_JP": 3, "ko_KR": 3, "zh_CN": 2, "zh_TW": 2}
#: A stretch of Unicode that the names of a locale must come from, beside the marker in Latin letters.
SCRIPTS = {
    "ar_SA": ("\u0600", "\u06ff"),
    "el_GR": ("\u0370", "\u03ff"),
    "he_IL": ("\u0590", "\u05ff"),
    "hi_IN": ("\u0900", "\u097f"),
    "hy_AM": ("\u0530", "\u058f"),
    "ka_GE": ("\u10a0", "\u10ff"),
    "ru_RU": ("\u0400", "\u04ff"),
    "th_TH": ("\u0e00", "\u0e7f"),
    "uk_UA": ("\u0400", "\u04ff"),
}


def assert_marked(someone: Person) -> None:
    groups = someone.name.split("=")
    assert groups[0].startswith(FAMILY_PREFIX)
    assert someone.latin_name.startswith(FAMILY_PREFIX)
    assert someone.latin_name.isascii()
    assert all(group.startswith(tuple(MARKERS.values())) for group in groups[1:])
    assert someone.issuer == ISSUER
    assert someone.patient_id.startswith("SP") or not someone.patient_id


def assert_held(someone: Person) -> None:
    """The patient's character set holds the name, and both decoders give it back."""
    data = encode(someone.name, "PN", someone.charset)
    assert decode(data, "PN", someone.charset) == someone.name
    if "ISO_IR 203" in someone.charset or "ISO 2022 IR 203" in someone.charset:
        return  # pydicom 3.0 does not know Latin alphabet No. 9
    read = str(PersonName(data).decode(convert_encodings(list(someone.charset) or [""])))
    # pydicom 3.0 leaves the escape sequence of ISO-IR 58 in the text.
    assert read.replace("\x1b$)A", "") == someone.name


def test_same_key_same_person_and_other_key_other_person():
    assert person(IDENTITY, "a") == person(Identity(1, date(2026, 1, 2), "people"), "a")
    assert person(IDENTITY, "a") != person(IDENTITY, "b")
    assert person(IDENTITY, "a") != person(Identity(2, date(2026, 1, 2), "people"), "a")
    assert person(IDENTITY, "a", locale="th_TH") == person(IDENTITY, "a", locale="th_TH")


def test_people_are_obviously_synthetic_and_legal():
    people = [person(IDENTITY, index) for index in range(60)]
    for someone in people:
        assert_marked(someone)
        family, given = someone.name.split("^")
        assert family != FAMILY_PREFIX
        assert given
        assert len(someone.name) <= 64
        assert not set(someone.name) & set("=\\")
        assert someone.patient_id[2:].isdigit()
        assert len(someone.patient_id) <= 16
        assert someone.birth_date is not None
        assert 18 <= (IDENTITY.day - someone.birth_date).days / 365.25 <= 90
        assert 1.5 <= someone.size_m <= 1.95
        assert 18 < someone.weight_kg / someone.size_m**2 < 33
    assert {someone.sex for someone in people} >= {"M", "F"}
    assert len({someone.patient_id for someone in people}) == len(people)


@pytest.mark.parametrize("locale", LOCALES)
def test_names_of_every_locale_are_marked_and_fit_its_character_set(locale):
    people = [person(IDENTITY, index, locale=locale) for index in range(6)]
    assert len({someone.name for someone in people}) > 1
    for someone in people:
        assert_marked(someone)
        assert_held(someone)
        assert someone.charset == CHARACTER_SETS[LOCALES[locale]].terms
        groups = someone.name.split("=")
        assert len(groups) == GROUPS.get(locale, 1)
        assert all(len(group) <= 63 and all(group.split("^")) for group in groups)
        if locale in SCRIPTS:
            low, high = SCRIPTS[locale]
            assert all(low <= char <= high for char in groups[0].removeprefix(FAMILY_PREFIX) if char != "^")
            assert someone.latin_name != someone.name


def test_there_are_many_locales_and_every_script_that_dicom_has_a_set_for():
    assert len(LOCALES) >= 20
    assert {chosen.locale for chosen in CHARACTER_SETS.values()} <= set(LOCALES)


def test_japanese_names_are_one_name_in_three_scripts():
    someone = person(IDENTITY, locale="ja_JP")
    assert someone.group(1) == someone.latin_name
    assert someone.group(2).startswith("合成")
    assert all("゠" <= char <= "ヿ" for char in someone.group(3) if char != "^")
    assert someone.group(4) == ""


def test_a_locale_without_names_is_refused_by_name():
    with pytest.raises(ValueError, match="'xx_XX'"):
        person(IDENTITY, locale="xx_XX")


@pytest.mark.parametrize("name", CHARACTER_SETS)
def test_a_patient_for_every_character_set(name):
    chosen = CHARACTER_SETS[name]
    someone = patient_for(name if chosen.terms else "", IDENTITY, "set")
    assert someone.charset == chosen.terms
    assert_marked(someone)
    assert_held(someone)
    # Written as the locale writes it, unless the set is for the alphabetic group alone.
    if someone.charset and not name.endswith("IR 13") and chosen.locale != "ja_JP":
        assert someone.name == person(IDENTITY, "set", locale=chosen.locale).name


def test_value_1_with_katakana_has_half_width_katakana_in_the_first_component_group():
    someone = patient_for(r"ISO 2022 IR 13\ISO 2022 IR 87", IDENTITY)
    usual = patient_for(r"\ISO 2022 IR 87", IDENTITY)
    assert all("\uff61" <= char <= "\uff9f" for char in someone.group(1).removeprefix(FAMILY_PREFIX) if char != "^")
    assert someone.name.split("=")[1:] == usual.name.split("=")[1:]
    assert patient_for("ISO_IR 13", IDENTITY).name == someone.group(1)


def test_a_name_that_does_not_fit_is_given_with_fewer_groups_or_in_latin_letters():
    japanese = person(IDENTITY, locale="ja_JP")
    assert patient_for("ISO_IR 100", IDENTITY, locale="ja_JP").name == japanese.latin_name
    russian = person(IDENTITY, locale="ru_RU")
    assert patient_for("", IDENTITY, locale="ru_RU").name == russian.latin_name
    assert patient_for(r"\ISO 2022 IR 87", IDENTITY, locale="ru_RU").name == russian.latin_name
    assert patient_for("ISO_IR 192", IDENTITY, locale="ru_RU").name == russian.name


def test_illegal_values_of_specific_character_set_are_refused():
    with pytest.raises(CharacterSetError, match="ISO_IR 149"):
        patient_for("ISO_IR 149", IDENTITY)


@pytest.mark.parametrize("key", SPECIAL)
def test_special_patients_are_reproducible_marked_and_fit_their_character_set(key):
    someone = SPECIAL[key](IDENTITY)
    assert someone == SPECIAL[key](Identity(1, date(2026, 1, 2), "people"))
    assert_marked(someone)
    data = encode(someone.name, "PN", someone.charset)
    assert decode(data, "PN", someone.charset) == someone.name
    # Not PersonName, which divides the bytes before it decodes them and so misreads the names made for that.
    assert decode_bytes(data, convert_encodings(list(someone.charset) or [""]), set(b"\\^=")) == someone.name
    assert decode(encode(someone.allergies, "LO", someone.charset), "LO", someone.charset) == someone.allergies


@pytest.mark.parametrize(("key", "byte"), [("kanji-3d", 0x3D), ("kanji-5c", 0x5C), ("kanji-5e", 0x5E)])
def test_kanji_hold_bytes_of_delimiters(key, byte):
    someone = SPECIAL[key](IDENTITY)
    assert someone.charset == ("", "ISO 2022 IR 87")
    data = encode(someone.name, "PN", someone.charset)
    runs = [run.partition(b"\x1b(B")[0] for run in data.split(b"\x1b$B")[1:]]
    assert len(runs) == 4
    assert all(byte in run for run in runs[:2])  # family and given name in kanji
    assert data.count(byte) > someone.name.count(chr(byte))


@pytest.mark.parametrize(("key", "code"), [("hanzi-5c", b"\xd5\x5c"), ("hanzi-5e", b"\xd3\x5e")])
def test_hanzi_hold_bytes_of_delimiters(key, code):
    someone = SPECIAL[key](IDENTITY)
    assert encode(someone.name, "PN", "GB18030").endswith(code)
    assert encode(someone.name, "PN", "GBK").endswith(code)


@pytest.mark.parametrize("length", [63, 64])
def test_component_groups_at_the_limit(length):
    groups = SPECIAL[f"name-{length}"](IDENTITY).name.split("=")
    assert [len(group) for group in groups] == [length] * 3
    assert all(group.count("^") == 1 for group in groups)


def test_text_and_identifier_at_the_limit():
    someone = SPECIAL["text-64-kanji"](IDENTITY)
    assert len(someone.allergies) == 64
    assert len(encode(someone.allergies, "LO", someone.charset)) == 3 + 128 + 3
    assert len(someone.allergies.encode()) == 192
    assert len(SPECIAL["id-64"](IDENTITY).patient_id) == 64


def test_special_patients_are_what_their_keys_say():
    made = {key: make(IDENTITY) for key, make in SPECIAL.items()}
    assert made["no-id"].patient_id == ""
    assert made["no-birth-date"].birth_date is None
    assert made["no-birth-date"].dicom_birth_date == ""
    one, two = made["twin-1"], made["twin-2"]
    assert (one.name, one.birth_date, one.sex) == (two.name, two.birth_date, two.sex)
    assert one.patient_id != two.patient_id
    assert "^" not in made["single-name"].name
    assert [bool(part) for part in made["five-components"].name.split("^")] == [True] * 5
    assert {"'", "-"} <= set(made["punctuation"].name.removeprefix(FAMILY_PREFIX))
    assert made["trailing-empty"].name.endswith("^^^")
    assert made["sex-other"].sex == "O"
    assert made["age-0"].birth_date == IDENTITY.day
    assert made["age-105"].birth_date == date(1921, 1, 2)
    assert SPECIAL["age-105"](Identity(1, date(2028, 2, 29), "leap")).birth_date == date(1923, 2, 28)
    assert made["age-105"].dicom_birth_date == "19210102"


def test_release_of_faker_is_recorded():
    assert faker_version() == faker.VERSION


def test_global_random_state_is_left_alone():
    random.seed(5)
    np.random.seed(5)
    before = random.getstate(), np.random.get_state()[1].tobytes()
    person(IDENTITY, "a")
    person(IDENTITY, "a", locale="ko_KR")
    assert (random.getstate(), np.random.get_state()[1].tobytes()) == before
