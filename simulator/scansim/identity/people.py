"""Synthetic patients: plausible values that nobody can take for a real person's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Literal

from scansim.identity.ids import Identity
from scansim.identity.names import FAMILY_PREFIX, LOCALES, MARKERS, Name, Sex, draw
from scansim.wire.charsets import CHARACTER_SETS, CharacterSetError, check, encode, locale_for

__all__ = ["FAMILY_PREFIX", "ISSUER", "SPECIAL", "Person", "Sex", "faker_version", "patient_for", "person"]

#: Issuer of Patient ID (0010,0021) of every synthetic patient.
ISSUER = "SCANPROOF-TEST"

_YOUNGEST, _OLDEST = 18, 90  # years


@dataclass(frozen=True)
class Person:
    """A synthetic patient.

    Parameters
    ----------
    name : str
        Patient's Name (0010,0010): a PN value of one to three component groups (PS3.5 6.2.1), all marked as synthetic.
    latin_name : str
        The alphabetic component group in the letters of ISO 646.
    patient_id : str
        Patient ID (0010,0020); at most 16 characters unless a special patient is about that; empty for one without.
    issuer : str
        Issuer of Patient ID (0010,0021).
    birth_date : datetime.date or None
        Patient's Birth Date (0010,0030), None where it is unknown.
    sex : str
        Patient's Sex (0010,0040): M, F or O; empty where it is unknown.
    weight_kg : float
        Patient's Weight (0010,1030) in kg.
    size_m : float
        Patient's Size (0010,1020) in m.
    charset : tuple of str
        Values of Specific Character Set (0008,0005) that can hold the name; none for the default repertoire.
    allergies : str
        Allergies (0010,2110), an LO value; empty where nothing is known.
    """

    name: str
    latin_name: str
    patient_id: str
    issuer: str
    birth_date: date | None
    sex: Sex | Literal[""]
    weight_kg: float
    size_m: float
    charset: tuple[str, ...]
    allergies: str = ""

    @property
    def dicom_birth_date(self) -> str:
        """Patient's Birth Date as a DA value, of zero length where it is unknown."""
        return self.birth_date.strftime("%Y%m%d") if self.birth_date else ""

    def group(self, number: int) -> str:
        """Return component group 1 (alphabetic), 2 (ideographic) or 3 (phonetic) of the name, empty if it has none."""
        groups = self.name.split("=")
        return groups[number - 1] if number <= len(groups) else ""


def faker_version() -> str:
    """Return the release of Faker: with the seed and the day it decides every name in Latin letters and in Japanese."""
    import faker  # a run whose orders exist draws no name, and is spared its 50 modules

    return str(faker.VERSION)


def person(identity: Identity, *key: object, locale: str = "en_US") -> Person:
    """Return the patient that `key` names: the same one for the same identity, key, locale and release of Faker.

    Parameters
    ----------
    identity : Identity
        Where every choice comes from; ages count from its day, never from the wall clock.
    *key : object
        What tells this patient from the others of the run.
    locale : str
        One of LOCALES of :mod:`scansim.identity.names`; the name is in its script and fits the character
        set of its sites.

    Raises
    ------
    ValueError
        If there are no names for `locale`.
    """
    return _drawn(identity, key, locale)[0]


def patient_for(charset: str | Sequence[str], identity: Identity, *key: object, locale: str | None = None) -> Person:
    """Return the patient that `key` names, with a name that a Specific Character Set can hold.

    Parameters
    ----------
    charset : str or sequence of str
        Values of Specific Character Set (0008,0005); a string is split at backslashes.
    identity, *key
        As for `person`.
    locale : str, optional
        Whose names; otherwise one that the sets suit. A name that they cannot hold in its script, or not with all its
        component groups, is given with fewer of them or in Latin letters.

    Raises
    ------
    ValueError
        If the values are not legal together or there are no names for `locale`.
    """
    terms = check(charset)
    patient, name = _drawn(identity, key, locale or locale_for(terms))
    forms = ["=".join(name.groups), name.groups[0], name.latin]
    if name.half_width and terms and terms[0].endswith("IR 13"):
        # As in PS3.5 H.3.2 (2020a): where value 1 has katakana, the first component group is written in it.
        forms = ["=".join((name.half_width, *name.groups[1:])), name.half_width, *forms]
    return replace(patient, name=next(form for form in forms if _fits(form, terms)), charset=terms)


def _fits(name: str, terms: tuple[str, ...]) -> bool:
    try:
        encode(name, "PN", terms)
    except CharacterSetError:
        return False
    return True


def _drawn(identity: Identity, key: tuple[object, ...], locale: str) -> tuple[Person, Name]:
    rng = identity.rng("person", *key)
    sex: Sex = ("M", "F", "O")[int(rng.choice(3, p=(0.48, 0.48, 0.04)))]
    age = timedelta(days=int(rng.integers(_YOUNGEST * 366, _OLDEST * 365)))
    size_m = round(float(rng.uniform(1.5, 1.95)), 2)
    weight_kg = round(float(rng.uniform(19, 32)) * size_m**2, 1)
    name = draw(locale, sex, int(identity.number(12, "faker", *key)), rng)
    patient = Person(
        name="=".join(name.groups),
        latin_name=name.latin,
        patient_id=f"SP{identity.number(10, 'patient id', *key)}",
        issuer=ISSUER,
        birth_date=identity.day - age,
        sex=sex,
        weight_kg=weight_kg,
        size_m=size_m,
        charset=CHARACTER_SETS[LOCALES[locale]].terms,
    )
    return patient, name


def _named(patient: Person, name: str, *charset: str, allergies: str = "") -> Person:
    return replace(
        patient, name=name, latin_name=name.split("=")[0], charset=charset or patient.charset, allergies=allergies
    )


def _in_kanji(patient: Person, latin: str, kanji: str, kana: str) -> Person:
    name = f"{FAMILY_PREFIX}{latin}={MARKERS['hanzi']}{kanji}={MARKERS['katakana']}{kana}"
    return _named(patient, name, *_KANJI)


def _long(patient: Person, length: int) -> Person:
    """Return the patient with three component groups of `length` characters, the ``^`` counted."""
    fillers = ((FAMILY_PREFIX, "a", "^Anna"), (MARKERS["hanzi"], "山", "^太郎"), (MARKERS["katakana"], "ヤ", "^タロウ"))
    groups = (start + fill * (length - len(start + end)) + end for start, fill, end in fillers)
    return _named(patient, "=".join(groups), *_KANJI)


def _aged(patient: Person, day: date, years: int, weight_kg: float, size_m: float) -> Person:
    born = (day - timedelta(days=1) if (day.month, day.day) == (2, 29) else day).replace(year=day.year - years)
    return replace(patient, birth_date=born, weight_kg=weight_kg, size_m=size_m)


def _twin(patient: Person, identity: Identity) -> Person:
    return replace(person(identity, "special", "twin"), patient_id=patient.patient_id)


_KANJI = ("", "ISO 2022 IR 87")
_HANZI = f"={MARKERS['hanzi']}王^"

_CHANGES: dict[str, Callable[[Person, Identity], Person]] = {
    # Bytes of delimiters inside JIS X 0208: PS3.5 6.1.2.5.3 (2013) has delimiters count only in the set of value 1.
    # 春 is 3D55H and 十 3D3DH; 本 is 4B5CH and 旬 3D5CH; 笠 is 335EH and 五 385EH.
    "kanji-3d": lambda patient, _: _in_kanji(patient, "Haruki^Juji", "春木^十次", "ハルキ^ジュウジ"),
    "kanji-5c": lambda patient, _: _in_kanji(patient, "Yamamoto^Jun", "山本^旬", "ヤマモト^ジュン"),
    "kanji-5e": lambda patient, _: _in_kanji(patient, "Kasai^Goro", "笠井^五郎", "カサイ^ゴロウ"),
    # 誠 is D55CH and 觀 D35EH: second bytes of GB18030 and GBK where a byte-wise reader finds backslash and ^.
    "hanzi-5c": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}Wang^Cheng{_HANZI}誠", "GB18030"),
    "hanzi-5e": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}Wang^Guan{_HANZI}觀", "GB18030"),
    # 64 characters in a component group, or 63 and the ``=`` behind them, are both read out of PS3.5 6.2.1.2 (2013).
    "name-63": lambda patient, _: _long(patient, 63),
    "name-64": lambda patient, _: _long(patient, 64),
    "text-64-kanji": lambda patient, _: _named(patient, patient.name, *_KANJI, allergies=MARKERS["hanzi"] + "漢" * 62),
    "id-64": lambda patient, _: replace(patient, patient_id="SP" + "0123456789" * 6 + "AZ"),
    "no-id": lambda patient, _: replace(patient, patient_id=""),
    "no-birth-date": lambda patient, _: replace(patient, birth_date=None),
    "twin-1": _twin,
    "twin-2": _twin,
    "single-name": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}Mononym"),
    "five-components": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}Example^Anna^Maria Rosa^Dr.^MSc"),
    "punctuation": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}O'Brien-D'Arcy^Anne-Marie"),
    "trailing-empty": lambda patient, _: _named(patient, f"{FAMILY_PREFIX}Example^Kim^^^"),
    "sex-other": lambda patient, _: replace(patient, sex="O"),
    "age-0": lambda patient, identity: _aged(patient, identity.day, 0, 3.4, 0.51),
    "age-105": lambda patient, identity: _aged(patient, identity.day, 105, 48.0, 1.52),
}


def _special(key: str, identity: Identity) -> Person:
    return _CHANGES[key](person(identity, "special", key), identity)


#: Patients that trip software over, by what is special about them; each is the same for the same identity.
SPECIAL: dict[str, Callable[[Identity], Person]] = {key: partial(_special, key) for key in _CHANGES}
