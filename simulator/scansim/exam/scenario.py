"""The model of a scenario: what a virtual scanner does, step by step. Files of them: `scenario_files`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Annotated, Any, Literal

from pydantic import Field, SerializeAsAny, WrapValidator, field_validator, model_validator

from scansim.exam.battery import CLAIMED, BatteryCase, BatteryOrder, BatteryStudy
from scansim.exam.step import Step, Thing
from scansim.identity.chosen import CharacterSetKey, LocaleKey, PatientKey, check_character_set
from scansim.inputs import Strict, did_you_mean
from scansim.vocabulary.services import SERVICES

Modality = Literal["CT", "MR", "CR", "DX", "US"]


class ProcedureCodes(Strict):
    """What is ordered: the Requested Procedure and the protocol of its Scheduled Procedure Step."""

    code: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)
    protocol_code: str = Field(min_length=1, max_length=16)
    protocol_meaning: str = Field(min_length=1, max_length=64)


def _sets(value: Any, otherwise: Callable[[Any], Any]) -> Any:
    """Tell of a mistake what is allowed once, not once for each form."""
    if value != CLAIMED and (not isinstance(value, list | tuple) or not value):
        raise ValueError(f"{CLAIMED}, or a list of character sets such as [ISO_IR 100, ISO_IR 144], not {value!r}")
    found = value if value == CLAIMED else tuple(check_character_set(str(name)) for name in value)
    if len(set(found)) < len(found) and value != CLAIMED:
        raise ValueError("a character set stands twice")
    return otherwise(found)


class Each(Strict):
    """A table, as parametrized tests have one: the scenario is run once for each of its values, as a case."""

    character_set: Annotated[Literal["claimed"] | tuple[str, ...], WrapValidator(_sets)] = Field(
        description="claimed: the character sets that the statement claims for the site's AEs, or common ones when "
        "there is none; or a list of them"
    )


class Scenario(Strict):
    """One scenario file."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower case words joined by hyphens; the file's name"
    )
    title: str = Field(min_length=1, max_length=200)
    modality: Modality
    procedure: ProcedureCodes
    proves: tuple[str, ...] = Field(
        (),
        description="services, or ids of checks, that the scenario is there to prove; where none of them was exercised "
        "it is NOT_TESTED or NOT_APPLICABLE as a whole, never PASS; left out: every service that it uses",
    )
    steps: tuple[SerializeAsAny[Step], ...] = Field((), description="what the exam does; a battery has cases instead")
    leaves: str = Field("", description="what a run of it leaves at the target, for --plan")
    orders: tuple[BatteryOrder, ...] = Field((), description="orders that the cases of a battery are about")
    studies: tuple[BatteryStudy, ...] = Field(
        (), description="studies that the cases of a battery look for; they are stored once, before the cases"
    )
    between: tuple[SerializeAsAny[Step], ...] = Field(
        (), description="the sanity exchange before and after each case of a battery: verify, when left out"
    )
    cases: tuple[BatteryCase, ...] = Field((), description="what a battery is made of; each is an exam of its own")
    patient: PatientKey = None
    character_set: CharacterSetKey = None
    locale: LocaleKey = None
    each: Each | None = Field(None, description="what the cases of the scenario differ in; left out: it is one exam")

    @property
    def label(self) -> str:
        """What tells it from every other of a run."""
        return self.id

    @model_validator(mode="after")
    def _steps_or_cases(self) -> Scenario:
        if bool(self.steps) == bool(self.cases):
            raise ValueError("give either steps, or cases of which each has its own")
        if self.steps and (self.orders or self.between):
            raise ValueError("orders and between go with cases")
        if self.steps and self.studies:
            raise ValueError("studies go with cases")
        names = [*(order.id for order in self.orders), *(study.id for study in self.studies)]
        for study in self.studies:
            if names.count(study.id) > 1:
                raise ValueError(f"{study.id} stands twice among orders and studies")
        return self

    @field_validator("orders")
    @classmethod
    def _each_once(cls, orders: tuple[BatteryOrder, ...]) -> tuple[BatteryOrder, ...]:
        names = [order.id for order in orders]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"the order {name} stands twice")
        return orders

    @field_validator("proves")
    @classmethod
    def _known(cls, proves: tuple[str, ...]) -> tuple[str, ...]:
        for name in proves:
            if "." not in name and name not in SERVICES:
                hint = did_you_mean(name, SERVICES) or ";"
                raise ValueError(f"no service {name!r}{hint} allowed: {', '.join(SERVICES)}, or the id of a check")
        return proves

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, those of every case included."""
        return (*self.steps, *self.between, *(step for case in self.cases for step in case.steps))

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services that the steps find by the site file, in order of first use."""
        used = [step.service for step in self.all_steps if step.service is not None and step.service.addressed]
        return tuple(dict.fromkeys(service.name for service in used))

    @property
    def proven_services(self) -> tuple[str, ...]:
        """Names of the services among what the scenario proves."""
        return tuple(name for name in self.proves if name in SERVICES)

    @property
    def listens(self) -> bool:
        """Whether a step needs our listener."""
        return any(step.listens for step in self.all_steps)


class Case(Scenario):
    """One case of a scenario that has several: an exam of its own.

    ``of_battery`` says that it has orders of its battery's in place of its own; ``odd`` and ``heavy`` are as the file
    has them, ``needs`` the orders without which it means nothing; the ``first`` of its steps look whether the target is
    there. A ``survey`` finds out what the worklist holds, where orders cannot be placed; another case ``stores`` the
    studies of the battery.
    """

    case: str
    of_battery: bool = False
    first: int = 0
    odd: bool = False
    heavy: bool = False
    survey: bool = False
    stores: bool = False
    needs: tuple[str, ...] = ()

    @property
    def prepares(self) -> bool:
        """Whether it is there for the other cases of its battery, and goes before them."""
        return self.survey or self.stores

    @property
    def label(self) -> str:
        """Its id, such as ``names/ISO_IR_100``."""
        return self.case

    def out_of_scope(self, offered: Collection[str]) -> str:
        """Why a case of a battery is none for a site that offers these services, by their names; empty when it is.

        What it would do of other services is there for its question, and would be left at the site for nothing.
        """
        proven = self.proven_services
        if not self.of_battery or not proven or set(proven) & set(offered):
            return ""
        return f"the site names no {' or '.join(proven)} service"


def lacking(steps: Iterable[Step]) -> Iterator[tuple[int, Thing]]:
    """Yield the index of each step that can never run, with what no step before it gives."""
    given: set[Thing] = set()
    for index, step in enumerate(steps):
        yield from ((index, thing) for thing in step.needs() if thing not in given)
        given.update(step.gives)
