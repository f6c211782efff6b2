"""The model of a battery: orders that its cases are about, and the cases, each a few steps with one deviation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SerializeAsAny

from scansim.exam import edits
from scansim.exam.edits import AnyValue, Path
from scansim.exam.step import Step
from scansim.identity.chosen import CharacterSetKey, LocaleKey, PatientKey
from scansim.inputs import Strict

#: Steps that a scenario makes of one table, at most.
MOST_CASES = 500

_WORDS = r"[a-z0-9]+(-[a-z0-9]+)*"


def _order_id(name: str) -> str:
    if not re.fullmatch(f"[a-z](?:{_WORDS})?", name) or name in edits.WORDS:
        raise ValueError(f"{name!r}: lower case words joined by hyphens, and none of {', '.join(edits.WORDS)}")
    return name


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
    time: str | None = Field(
        None, pattern=r"^([01]\d|2[0-3])[0-5]\d[0-5]\d$", description="when its step begins, HHMMSS; left out: made up"
    )
    patient: PatientKey = Field(None, description="the same one for every order that names it so")
    character_set: CharacterSetKey = None
    locale: LocaleKey = None
    remove: tuple[Path, ...] = Field((), description="paths of what the order lacks")
    empty: tuple[Path, ...] = Field((), description="paths of what has no value")
    set: Mapping[Path, AnyValue] = Field({}, description="path to value of what is to be so")

    @property
    def plain(self) -> bool:
        """Whether any item of a worklist will do as well."""
        return not self.model_fields_set - {"id"}


class BatteryCase(Strict):
    """One case, of a table one row."""

    id: str = Field(description="lower case words joined by hyphens, of a table the row's value in brackets behind")
    title: str = Field(min_length=1, max_length=200)
    odd: bool = Field(
        False, description="true: it sends what no scanner should; only with --odd-data or odd_data: true"
    )
    heavy: bool = Field(False, description="true: it is large or long; only with --heavy")
    leaves: str = Field("", description="what it leaves at the target")
    character_set: Literal["claimed"] | str | None = Field(None, description="that of the exam")
    steps: tuple[SerializeAsAny[Step], ...] = Field(min_length=1)

    @property
    def needs_orders(self) -> Iterator[str]:
        """Yield the id of each order without which it means nothing."""
        for step in self.steps:
            yield from step.orders_needed()


def substituted(raw: Any, row: Mapping[str, Any]) -> Any:
    """Raw steps with each ``$name`` of a table's row replaced: the whole text by the value as it is."""
    if isinstance(raw, Mapping):
        return {substituted(key, row): substituted(value, row) for key, value in raw.items()}
    if isinstance(raw, list):
        return [substituted(one, row) for one in raw]
    if isinstance(raw, str):
        for name, value in row.items():
            if raw == f"${name}":
                return value
        names = "|".join(sorted(map(re.escape, row), key=len, reverse=True))
        return re.sub(rf"\$({names})(?![A-Za-z0-9_.-])", lambda match: str(row[match[1]]), raw) if names else raw
    return raw


def row_name(row: Mapping[str, Any]) -> str:
    """What stands in the brackets of a case's id: the row's ``id``, or its values."""
    values = [row["id"]] if "id" in row else [value for value in row.values() if not isinstance(value, Mapping | list)]
    text = "+".join("none" if value is None else str(value) or "empty" for value in values)
    return re.sub(r"[^A-Za-z0-9_.*?+-]", "_", text.replace("\\", "+")).replace("*", "any").replace("?", "one")[:80]
