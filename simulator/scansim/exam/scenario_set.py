"""Sets of scenarios: one name for several of them, and how long they may take together. Files: `scenario_files`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from scansim.inputs import Strict

#: How the reason of whatever a time limit kept from being run begins.
NOT_BEGUN = "not begun: "
_UNITS = {"s": (1, "second"), "min": (60, "minute"), "h": (3600, "hour")}
_TIME = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(?: ?(s|min|h))?")


@dataclass(frozen=True)
class Span:
    """A length of time as somebody wrote it, such as ``10 min``; a bare number is of minutes."""

    number: float
    unit: str = "min"

    @property
    def seconds(self) -> float:
        """The same in s."""
        return self.number * _UNITS[self.unit][0]

    @property
    def told(self) -> str:
        """In words, such as ``10 minutes``."""
        return f"{self.number:g} {_UNITS[self.unit][1]}{'' if self.number == 1 else 's'}"


def span(written: Any) -> Span:
    """Read a length of time; ValueError for what is none, or nothing at all."""
    found = _TIME.fullmatch(str(written).strip()) if isinstance(written, str | int | float) else None
    if found is None or isinstance(written, bool) or not float(found[1]):
        raise ValueError(f"a time such as '10 min', '90 s' or '1 h', or a number of minutes, not {written!r}")
    return Span(float(found[1]), found[2] or "min")


_WITHIN_SCHEMA = {
    "anyOf": [
        {"type": "string", "pattern": "^[0-9]{1,6}(\\.[0-9]{1,3})?( ?(s|min|h))?$"},
        {"type": "number", "exclusiveMinimum": 0},
        {"type": "null"},
    ]
}


class ScenarioSet(Strict):
    """One file of a set of scenarios."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower case words joined by hyphens; the file's name"
    )
    title: str = Field(min_length=1, max_length=200)
    scenarios: tuple[str, ...] = Field(
        min_length=1,
        description="what is run, in this order: ids of built-in scenarios, files beside this one, or other sets; what "
        "tells most goes first",
    )
    within: Annotated[
        Span | None,
        BeforeValidator(lambda written: None if written is None else span(written)),
        WithJsonSchema(_WITHIN_SCHEMA),
    ] = Field(
        None,
        description="how long they may take together, such as '10 min': what has not begun then is NOT TESTED; nothing "
        "is cut off in its middle",
    )
    only: tuple[str, ...] = Field(
        (), description="ids of cases, as --only takes them: of a scenario that has some of these, they are run alone"
    )
    made: tuple[dict[str, Any], ...] = Field(
        (),
        description="scenarios of its own, as their files have them, each with an id that stands in scenarios; a set "
        "with some may have another name than its id",
    )


@dataclass
class Limit:
    """How long some scenarios may take together, counted from when the first of them begins.

    One that several runs have counts through all of them. ``scenarios`` are ids; None is whatever is run.
    """

    name: str
    span: Span
    scenarios: frozenset[str] | None = None
    _since: float | None = field(default=None, repr=False)

    @property
    def told(self) -> str:
        """In words, such as ``the 10 minutes of full``."""
        return f"the {self.span.told} of {self.name}"

    def holds(self, scenario: str) -> bool:
        """Whether it is about this scenario."""
        return self.scenarios is None or scenario in self.scenarios

    def over(self, scenario: str, now: float) -> str:
        """Why a scenario, or a case of it, is not begun any more at `now`, in s of a monotonic clock; else empty."""
        if not self.holds(scenario):
            return ""
        if self._since is None:
            self._since = now
        verb = "was" if self.span.number == 1 else "were"
        return f"{NOT_BEGUN}{self.told} {verb} over" if now - self._since >= self.span.seconds else ""
