"""The model of a battery: orders that its cases are about, and the cases, each a few steps with one deviation."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SerializeAsAny

from scansim.exam import edits
from scansim.exam.edits import Path, Values
from scansim.exam.step import Step
from scansim.identity.chosen import CharacterSetKey, LocaleKey, PatientKey, check_character_set
from scansim.inputs import Strict

#: In a table, and for a character set: what the target claims to support.
CLAIMED: Literal["claimed"] = "claimed"
#: Steps that a scenario makes of one table, at most.
MOST_CASES = 500
#: Name of the case that finds out what a worklist holds.
SURVEY = "survey"
#: Name of the case that stores the studies of a battery.
STORED = "stored"

#: Characters of the id of a case, of what stands in its brackets, and of that of an order: they are names of folders.
_LONGEST = 80
_WORDS = rf"(?=.{{1,{_LONGEST}}}$)[a-z0-9]+(-[a-z0-9]+)*"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def check_case_id(name: object) -> str:
    """Return the id of a case, without brackets; ValueError for what is none."""
    if not isinstance(name, str) or not re.fullmatch(_WORDS, name):
        raise ValueError(f"{name!r}: lower case words joined by hyphens, {_LONGEST} characters at most")
    if name == SURVEY:
        raise ValueError(f"{name!r} is what a case is called that finds out what a worklist holds")
    if name == STORED:
        raise ValueError(f"{name!r} is what the case is called that stores the studies of a battery")
    return name


def _order_id(name: str) -> str:
    if not re.fullmatch(f"(?=[a-z]){_WORDS}", name) or name in edits.WORDS:
        words = ", ".join(edits.WORDS)
        raise ValueError(f"{name!r}: lower case words joined by hyphens, that begin with a letter, and none of {words}")
    return name


def _refers_to_none(values: Values) -> Values:
    for reference in edits.references(values):
        if edits.order_of(reference):
            raise ValueError(f"{reference}: an order refers to no other one")
    return values


def _digits(value: Any) -> Any:
    """Take a number for the text that it was written as."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _character_set(value: str | None) -> str | None:
    return value if value in (None, CLAIMED) else check_character_set(str(value))


OrderId = Annotated[str, AfterValidator(_order_id)]


class BatteryOrder(Strict):
    """One order, or several alike: put into the worklist before the cases, where the site lets us.

    Where it does not, an order with nothing but its id stands for whatever the worklist holds; a case about any other
    one is not tested then.
    """

    id: OrderId = Field(description="what cases call it: $ID.Keyword is a value of it")
    count: int = Field(1, ge=1, le=5000, description="how many; $ID[3] is the third")
    station: str = Field("ours", description="Scheduled Station AE Title: ours, or another one")
    modality: str = Field("ours", description="Modality of its step: the scenario's, or another one")
    day: int = Field(0, ge=-3650, le=3650, description="days after the run's date, on which its step begins")
    time: Annotated[str | None, BeforeValidator(_digits)] = Field(
        None, pattern=r"^([01]\d|2[0-3])[0-5]\d[0-5]\d$", description="when its step begins, HHMMSS; left out: made up"
    )
    patient: PatientKey = Field(None, description="the same one for every order that names it so")
    character_set: CharacterSetKey = None
    locale: LocaleKey = None
    remove: tuple[Path, ...] = Field((), description="paths of what the order lacks")
    empty: tuple[Path, ...] = Field((), description="paths of what has no value")
    set: Annotated[Values, AfterValidator(_refers_to_none)] = Field(
        {}, description="path to value of what is to be so; of several, # in a text is the number of each"
    )

    @property
    def plain(self) -> bool:
        """Whether any item of a worklist will do as well."""
        return self.model_dump(exclude={"id"}) == _PLAIN


_PLAIN = BatteryOrder(id="plain").model_dump(exclude={"id"})


class BatteryStudy(Strict):
    """One study of small Secondary Capture images, stored once before the cases, that queries look for."""

    id: OrderId = Field(
        description="what cases call it: $ID.Keyword is a value of its first image, $ID[3].Keyword of its third"
    )
    series: tuple[Annotated[str, Field(pattern=r"^[A-Z]{2,16}$")], ...] = Field(
        ("OT",), min_length=1, max_length=20, description="Modality of each of its series"
    )
    instances: int = Field(1, ge=1, le=1000, description="how many images each of its series has")
    day: int = Field(0, ge=-3650, le=3650, description="days after the run's date: its Study Date")
    time: Annotated[str | None, BeforeValidator(_digits)] = Field(
        None, pattern=r"^([01]\d|2[0-3])[0-5]\d[0-5]\d$", description="Study Time, HHMMSS; left out: made up"
    )
    patient: PatientKey = Field(None, description="the same one for every study that names it so")
    character_set: CharacterSetKey = None
    locale: LocaleKey = None
    remove: tuple[Path, ...] = Field((), description="paths of what its images lack")
    empty: tuple[Path, ...] = Field((), description="paths of what has no value in them")
    set: Annotated[Values, AfterValidator(_refers_to_none)] = Field(
        {}, description="path to value of what is to be so in all of them"
    )

    @property
    def count(self) -> int:
        """How many images it has."""
        return len(self.series) * self.instances


class BatteryCase(Strict):
    """One case, of a table one row."""

    id: str = Field(description="lower case words joined by hyphens, of a table the row's value in brackets behind")
    title: str = Field(min_length=1, max_length=200)
    odd: bool = Field(
        False,
        description="true: it sends what no scanner should; only with --odd-data or odd_data: true; a request that is "
        "edited, and is not said to be valid, is so in any case",
    )
    heavy: bool = Field(False, description="true: it is large or long; only with --heavy")
    leaves: str = Field("", description="what it leaves at the target")
    needs: tuple[OrderId, ...] = Field(
        (), description="orders that it is about, beside those that its steps refer to: without them it is not tested"
    )
    character_set: Annotated[str | None, AfterValidator(_character_set)] = Field(
        None, description="that of the exam; claimed: a case for each that the statement claims, or for common ones"
    )
    steps: tuple[SerializeAsAny[Step], ...] = Field(min_length=1)

    @property
    def needs_orders(self) -> Iterator[str]:
        """Yield the id of each order without which it means nothing."""
        yield from self.needs
        for step in self.steps:
            yield from step.orders_needed()


class Row:
    """One row of a table: what ``$name`` stands for in the case that it makes."""

    def __init__(self, values: Mapping[str, Any], orders: Collection[str] = ()) -> None:
        self.values = values
        self._orders = orders
        self._names = "|".join(sorted(map(re.escape, values), key=len, reverse=True))

    def put_into(self, raw: Any) -> Any:
        """Return raw steps with each ``$name`` replaced: one that is a text whole by the value as it is.

        Before a path, the id of an order keeps its dollar sign: ``$order.PatientID`` becomes ``$plain.PatientID``.
        """
        if isinstance(raw, Mapping):
            return {self.put_into(key): self.put_into(value) for key, value in raw.items()}
        if isinstance(raw, list):
            return [self.put_into(one) for one in raw]
        if not isinstance(raw, str) or not self.values:
            return raw
        if (whole := re.fullmatch(rf"\$({self._names})", raw)) is not None:
            return self.values[whole[1]]
        return re.sub(rf"\$({self._names})(?![A-Za-z0-9_])", lambda match: self._inside(raw, match), raw)

    def _inside(self, text: str, match: re.Match[str]) -> str:
        value = _told(self.values[match[1]])
        of_order = re.match(r"(\[\d+\])?\.[A-Za-z(]", text[match.end() :]) and value.partition("[")[0] in self._orders
        return f"${value}" if of_order else value

    def unused(self, raw: Any) -> list[str]:
        """Names that stand nowhere in what the row is put into."""
        texts = [*_texts(raw)]
        return [
            name
            for name in self.values
            if name not in ("id", CHARACTER_SET)
            and not any(re.search(rf"\${re.escape(name)}(?![A-Za-z0-9_])", text) for text in texts)
        ]

    @property
    def name(self) -> str:
        """What stands in the brackets of the case's id: the row's ``id``, or its values; empty when it has none."""
        plain = [value for value in self.values.values() if not isinstance(value, Mapping | list)]
        values = [self.values["id"]] if "id" in self.values else plain
        text = "+".join("none" if value is None else _told(value) or "empty" for value in values)
        text = text.replace("\\", "+").replace("*", "any").replace("?", "one")
        return re.sub(r"[^A-Za-z0-9_.+-]", "_", text)[:_LONGEST]


#: Name of a table that gives the exam its character set.
CHARACTER_SET = "character_set"


def check_row_name(name: object, orders: Collection[str]) -> None:
    """ValueError for what ``$name`` cannot be, beside orders of these ids."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"{name!r}: a name of a table has letters, digits, - and _, and begins with a letter")
    taken = [each for each in (*edits.WORDS, *orders) if each == name or each.startswith(f"{name}-")]
    if taken:
        raise ValueError(f"${name} would be taken for ${taken[0]}: give the table another name")


def _told(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            yield from _texts(key)
            yield from _texts(value)
    elif isinstance(raw, list):
        for one in raw:
            yield from _texts(one)
    elif isinstance(raw, str):
        yield raw
