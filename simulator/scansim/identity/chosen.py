"""Whom exams are for, when that is not to be anybody: patient, character set and locale, as they were chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Protocol

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WrapValidator

from scansim.inputs import InputError, Strict, did_you_mean
from scansim.wire import charsets

if TYPE_CHECKING:
    from scansim.identity.ids import Identity
    from scansim.identity.people import Person

_DRAWS = 40  # names of most locales have such letters in every third one
_LONGEST = 64  # characters of an LO, and of a component group of a PN (PS3.5 6.2)


def _text(value: Any) -> Any:
    """Take a number for the text that it was written as: 12345 is a Patient ID like any other."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _long_string(value: str) -> str:
    if len(value) > _LONGEST or "\\" in value or any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in value):
        raise ValueError(f"{value!r} is no LO: at most 64 characters, no backslash, no control characters (PS3.5 6.2)")
    if value and not value.strip(" "):
        raise ValueError(f"{value!r} has nothing but spaces")
    return value


def _person_name(value: str) -> str:
    groups = value.split("=")
    wrong = (
        "has a backslash"
        if "\\" in value
        else "has control characters"
        if any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in value)
        else "has more than three component groups"
        if len(groups) > 3
        else "has more than five components in a group"
        if any(group.count("^") > 4 for group in groups)
        else "has a group of more than 64 characters"
        if any(len(group) > _LONGEST for group in groups)
        else "names nobody"
        if not value.strip("^= ")
        else ""
    )
    if wrong:
        form = "Family^Given^Middle^Prefix^Suffix, in up to three groups divided by ="
        raise ValueError(f"{value!r} is no PN (PS3.5 6.2): it {wrong}; the form is {form}")
    return value


def _date(value: str) -> str:
    try:
        right = not value or bool(re.fullmatch("[0-9]{8}", value) and date.fromisoformat(value))
    except ValueError:
        right = False
    if not right:
        raise ValueError(f"{value!r} is no DA: the form is YYYYMMDD (PS3.5 6.2)")
    return value


#: YAML reads digits without quotes as a number.
_NUMBER_TOO: dict[str, Any] = {"type": ["string", "integer"]}

LongString = Annotated[str, BeforeValidator(_text), AfterValidator(_long_string)]


class Prescribed(Strict):
    """A patient given in full, such as the test patient that a hospital prescribes."""

    name: Annotated[str, AfterValidator(_person_name)] = Field(description="Patient's Name (0010,0010), a PN value")
    id: LongString = Field("", description="Patient ID (0010,0020)", json_schema_extra=_NUMBER_TOO)
    issuer: LongString = Field("", description="Issuer of Patient ID (0010,0021)", json_schema_extra=_NUMBER_TOO)
    birth_date: Annotated[str, BeforeValidator(_text), AfterValidator(_date)] = Field(
        "", description="Patient's Birth Date (0010,0030), YYYYMMDD", json_schema_extra=_NUMBER_TOO
    )
    sex: Literal["", "M", "F", "O"] = Field("", description="Patient's Sex (0010,0040)")


def _patient(value: Any, otherwise: Callable[[Any], Any]) -> Any:
    """Take a mapping for a patient given in full, so that a mistake in it is told as such, and text for a key."""
    from scansim.identity.people import SPECIAL

    if isinstance(value, dict):
        return Prescribed.model_validate(value)
    if isinstance(value, str) and value not in SPECIAL:
        hint = did_you_mean(value, SPECIAL) or ";"
        raise ValueError(f"no special patient {value!r}{hint} there are: {', '.join(SPECIAL)}")
    return otherwise(value)


def check_character_set(value: str) -> str:
    """Return values of Specific Character Set, or a name of CHARACTER_SETS; ValueError for what is neither."""
    if value in charsets.CHARACTER_SETS:
        return value
    try:
        charsets.check(value)
    except charsets.CharacterSetError as error:
        hint = did_you_mean(value, charsets.CHARACTER_SETS)
        raise ValueError(f"{error} (PS3.3 C.12.1.1.2){hint}") from None
    return value


def _locale(value: str) -> str:
    from scansim.identity.names import LOCALES

    if value not in LOCALES:
        hint = did_you_mean(value, LOCALES) or ";"
        raise ValueError(f"locale {value!r} has no names here{hint} there are {', '.join(sorted(LOCALES))}")
    return value


def _schema(add: Callable[[], list[str]]) -> Callable[[dict[str, Any]], None]:
    def change(schema: dict[str, Any]) -> None:
        for option in schema.get("anyOf", [schema]):
            if option.get("type") == "string":
                option["enum"] = add()

    return change


def _special_keys() -> list[str]:
    from scansim.identity.people import SPECIAL

    return list(SPECIAL)


def _locales() -> list[str]:
    from scansim.identity.names import LOCALES

    return sorted(LOCALES)


PatientKey = Annotated[
    Annotated[str | Prescribed, WrapValidator(_patient)] | None,
    Field(
        description="whom exams are for: the key of a special patient, or {name, id, issuer, birth_date, sex}",
        json_schema_extra=_schema(_special_keys),
    ),
]
CharacterSetKey = Annotated[
    Annotated[str, AfterValidator(check_character_set)] | None,
    Field(
        description="Specific Character Set of orders, and with them of MPPS, images and queries; several values with "
        r"backslashes between them, such as \ISO 2022 IR 87; ISO_IR 6 is the default repertoire"
    ),
]
LocaleKey = Annotated[
    Annotated[str, AfterValidator(_locale)] | None,
    Field(description="whose names made-up patients have, such as ja_JP or uk_UA", json_schema_extra=_schema(_locales)),
]


class Chooses(Protocol):
    """Whatever says who the patient is: a scenario, a site file, the command line."""

    @property
    def patient(self) -> str | Prescribed | None:
        """A key of SPECIAL, or a patient given in full."""

    @property
    def character_set(self) -> str | None:
        """Values of Specific Character Set with backslashes between them, or a name of CHARACTER_SETS."""

    @property
    def locale(self) -> str | None:
        """One of LOCALES."""


class Choice(Strict):
    """What was chosen; each part may be left open."""

    patient: PatientKey = None
    character_set: CharacterSetKey = None
    locale: LocaleKey = None

    def refused(self) -> str:
        """Why this cannot be had, such as a name that the character set cannot hold; empty when it can."""
        from scansim.identity.ids import Identity

        make = self.maker()
        try:
            if make is not None and self.patient is not None:
                make(Identity(0, date(2000, 1, 1), "choice"))  # what cannot be held is so for each identity
        except charsets.CharacterSetError as error:
            who = self.patient if isinstance(self.patient, str) else "this patient"
            return f"{who} cannot be written in {self.character_set}: {error}"
        return ""

    def maker(self) -> Callable[[Identity], Person] | None:
        """What gives the patient of an exam by its identity; None when nothing was chosen and it may be anybody."""
        if self == Choice():
            return None
        return self._make

    def _make(self, identity: Identity) -> Person:
        from scansim.identity.people import SPECIAL, patient_for, person

        terms = None if self.character_set is None else _terms(self.character_set)
        if self.patient is None:
            if terms is not None:
                return _telling(terms, lambda *key: patient_for(terms, identity, "chosen", *key, locale=self.locale))
            return person(identity, "chosen", locale=self.locale or "en_US")
        if isinstance(self.patient, str):
            made = SPECIAL[self.patient](identity)
            return made if terms is None else replace(made, charset=_held(made, terms))
        return _prescribed(self.patient, identity, terms)


def merged(*layers: Chooses) -> Choice:
    """Put choices together: of each part the first that a layer makes. Where a patient was chosen, no locale counts."""
    patient = next((layer.patient for layer in layers if layer.patient is not None), None)
    character_set = next((layer.character_set for layer in layers if layer.character_set is not None), None)
    locale = next((layer.locale for layer in layers if layer.locale is not None), None)
    return Choice.model_construct(patient=patient, character_set=character_set, locale=locale)


def conflict(layer: Chooses, *, synthetic: bool) -> tuple[tuple[str, ...], str] | None:
    """What is wrong with the choice that one file makes: the key, and why; None when nothing is.

    With `synthetic`, a patient whose name does not show that nobody is meant is refused: only the user of a target
    decides that, in his site file or on the command line.
    """
    from scansim.identity.people import FAMILY_PREFIX

    patient = layer.patient
    if patient is not None and layer.locale is not None:
        return ("locale",), "locale: it names made-up patients; beside patient there is none"
    if synthetic and isinstance(patient, Prescribed) and not patient.name.startswith(FAMILY_PREFIX):
        return ("patient", "name"), (
            f"patient.name: in a scenario it begins with {FAMILY_PREFIX!r}, so that nobody takes it for a real one; "
            "another patient is given in the site file or with --patient"
        )
    why = merged(layer).refused()
    return (("patient",), f"patient: {why}") if why else None


def from_command_line(patient: str | None, character_set: str | None, locale: str | None, prefix: str = "--") -> Choice:
    """Read the options; InputError names the option and what is allowed.

    `patient` is the key of a special one, or ``name=…,id=…,issuer=…,birth_date=…,sex=…``.
    """
    given: dict[str, Any] = {"character_set": character_set, "locale": locale, "patient": patient}
    if patient is not None and "=" in patient.partition(",")[0]:
        parts = [part.partition("=") for part in re.split(r",(?=[a-z_]+=)", patient)]
        names = [name for name, _, _ in parts]
        if len(set(names)) < len(names):
            raise InputError(f"{prefix}patient {patient!r}: a part stands twice")
        given["patient"] = {name: value for name, _, value in parts}
    try:
        choice = Choice.model_validate(given)
    except ValidationError as error:
        told = []
        for detail in error.errors(include_url=False):
            key, *inner = map(str, detail["loc"])
            text = detail["msg"].removeprefix("Value error, ")
            if detail["type"] == "extra_forbidden":
                text = f"unknown part; allowed: {', '.join(Prescribed.model_fields)}"
            elif detail["type"] == "missing":
                text = "required, but not there"
            told.append(": ".join([f"{prefix}{key.replace('_', '-')}", *inner, text]))
        raise InputError("\n".join(told)) from None
    found = conflict(choice, synthetic=False)
    if found is not None:
        raise InputError(f"{prefix}{found[1]}")
    return choice


def _terms(character_set: str) -> tuple[str, ...]:
    known = charsets.CHARACTER_SETS.get(character_set)
    return known.terms if known is not None else charsets.check(character_set)


def _telling(terms: tuple[str, ...], draw: Callable[..., Person]) -> Person:
    """The first patient whose name shows whether the set is understood: it has letters that no more common set has."""
    beyond = "ascii" if set(terms) <= {"ISO_IR 100"} else "latin-1"
    drawn = [draw()]
    while terms and len(drawn) < _DRAWS:
        if drawn[-1].name.encode(beyond, "ignore").decode(beyond) != drawn[-1].name:
            return drawn[-1]
        drawn.append(draw(len(drawn)))
    return next((each for each in drawn if not each.name.isascii()), drawn[0])


def _held(person: Person, terms: tuple[str, ...]) -> tuple[str, ...]:
    """The values, when they hold the patient's text; CharacterSetError when they do not."""
    texts = {"PN": (person.name,), "LO": (person.patient_id, person.issuer, person.allergies)}
    for vr, values in texts.items():
        for value in values:
            charsets.encode(value, vr, terms)
    return terms


def _prescribed(given: Prescribed, identity: Identity, terms: tuple[str, ...] | None) -> Person:
    """The prescribed patient; weight and size, which nobody prescribes, are made up."""
    from scansim.identity.people import person

    made = replace(
        person(identity, "chosen"),
        name=given.name,
        latin_name=given.name.split("=")[0],
        patient_id=given.id,
        issuer=given.issuer,
        birth_date=date.fromisoformat(given.birth_date) if given.birth_date else None,
        sex=given.sex,
    )
    if terms is not None:
        return replace(made, charset=_held(made, terms))
    for candidate in (("ISO_IR 100",), ("ISO_IR 192",)):
        try:
            return replace(made, charset=_held(made, candidate))
        except charsets.CharacterSetError:
            continue
    raise InputError(f"patient {given.name!r} cannot be written in any character set")  # such as a lone surrogate
