"""Synthetic patients: plausible values that nobody can take for a real person's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from faker import Faker

from scansim.ids import Identity

Sex = Literal["M", "F", "O"]

#: Issuer of Patient ID (0010,0021) of every synthetic patient.
ISSUER = "SCANPROOF-TEST"

#: Every family name begins so: a synthetic patient is told from a real one wherever only the name is shown.
FAMILY_PREFIX = "Synthetic-"

_YOUNGEST, _OLDEST = 18, 90  # years


@dataclass(frozen=True)
class Person:
    """A synthetic patient.

    Parameters
    ----------
    name : str
        Alphabetic component group of a PN value, ``Family^Given`` (PS3.5 6.2.1).
    patient_id : str
        Patient ID (0010,0020), at most 16 characters.
    issuer : str
        Issuer of Patient ID (0010,0021).
    birth_date : datetime.date
        Patient's Birth Date (0010,0030).
    sex : str
        Patient's Sex (0010,0040): M, F or O.
    weight_kg : float
        Patient's Weight (0010,1030) in kg.
    size_m : float
        Patient's Size (0010,1020) in m.
    """

    name: str
    patient_id: str
    issuer: str
    birth_date: date
    sex: Sex
    weight_kg: float
    size_m: float


def person(identity: Identity, *key: object, locale: str = "en_US") -> Person:
    """Return the patient that `key` names: the same one for the same identity, key, locale and release of Faker.

    Parameters
    ----------
    identity : Identity
        Where every choice comes from; ages count from its day, never from the wall clock.
    *key : object
        What tells this patient from the others of the run.
    locale : str
        A Faker locale whose names are written in Latin letters, or have a Latin transcription (``ja_JP``).

    Raises
    ------
    ValueError
        If Faker has no names in Latin letters for `locale`.
    """
    # The person provider alone: building every provider of a locale takes ten times as long.
    fake = Faker(locale, providers=["faker.providers.person"])
    fake.seed_instance(int(identity.number(12, "faker", *key)))
    rng = identity.rng("person", *key)
    sex: Sex = ("M", "F", "O")[int(rng.choice(3, p=(0.48, 0.48, 0.04)))]
    age = timedelta(days=int(rng.integers(_YOUNGEST * 366, _OLDEST * 365)))
    size_m = round(float(rng.uniform(1.5, 1.95)), 2)
    weight_kg = round(float(rng.uniform(19, 32)) * size_m**2, 1)
    family, given = _names(fake, sex)
    name = f"{FAMILY_PREFIX}{family}^{given}"
    try:
        name.encode("latin-1")
    except UnicodeEncodeError:
        raise ValueError(f"locale {locale!r} has no names in Latin letters") from None
    return Person(
        name=name,
        patient_id=f"SP{identity.number(10, 'patient id', *key)}",
        issuer=ISSUER,
        birth_date=identity.day - age,
        sex=sex,
        weight_kg=weight_kg,
        size_m=size_m,
    )


def _names(fake: Faker, sex: Sex) -> tuple[str, str]:
    """Return family and given name, in the Latin transcription where the locale's provider has one."""
    suffix = {"M": "_male", "F": "_female", "O": ""}[sex]
    if not hasattr(fake, "last_romanized_name"):
        return str(fake.last_name()), str(getattr(fake, f"first_name{suffix}")())
    # Chinese transcriptions are neutral only, Japanese ones gendered only.
    methods = (f"first_romanized_name{suffix}", "first_romanized_name", "first_romanized_name_female")
    given = next(getattr(fake, method) for method in methods if hasattr(fake, method))
    return str(fake.last_romanized_name()), str(given())
