"""The model of a scenario: what a virtual scanner does, step by step. Files of them: `scenario_files`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, SerializeAsAny, field_validator

from scansim.exam.step import Step, Thing
from scansim.inputs import Strict, did_you_mean
from scansim.vocabulary.services import SERVICES

Modality = Literal["CT", "MR", "CR", "DX", "US"]


class ProcedureCodes(Strict):
    """What is ordered: the Requested Procedure and the protocol of its Scheduled Procedure Step."""

    code: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)
    protocol_code: str = Field(min_length=1, max_length=16)
    protocol_meaning: str = Field(min_length=1, max_length=64)


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
    steps: tuple[SerializeAsAny[Step], ...] = Field(min_length=1)

    @field_validator("proves")
    @classmethod
    def _known(cls, proves: tuple[str, ...]) -> tuple[str, ...]:
        for name in proves:
            if "." not in name and name not in SERVICES:
                hint = did_you_mean(name, SERVICES) or ";"
                raise ValueError(f"no service {name!r}{hint} allowed: {', '.join(SERVICES)}, or the id of a check")
        return proves

    def lacking(self) -> Iterator[tuple[int, Thing]]:
        """Yield the index of each step that can never run, with what no step before it gives."""
        given: set[Thing] = set()
        for index, step in enumerate(self.steps):
            yield from ((index, thing) for thing in step.needs() if thing not in given)
            given.update(step.gives)

    @property
    def services(self) -> tuple[str, ...]:
        """Names of the services that the steps find by the site file, in order of first use."""
        used = [step.service for step in self.steps if step.service is not None and step.service.addressed]
        return tuple(dict.fromkeys(service.name for service in used))

    @property
    def proven_services(self) -> tuple[str, ...]:
        """Names of the services among what the scenario proves."""
        return tuple(name for name in self.proves if name in SERVICES)

    @property
    def listens(self) -> bool:
        """Whether a step needs our listener."""
        return any(step.listens for step in self.steps)
