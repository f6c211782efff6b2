"""Steps of a scenario, as far as it went."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from scansim.network.transcript import AssociationRecord, StepRecord
from scansim.vocabulary.outcome import Cause, Outcome


@dataclass(frozen=True)
class Steps:
    """Every step that was begun, and how many there were to be."""

    begun: tuple[StepRecord, ...]
    planned: int

    @cached_property
    def _by_association(self) -> dict[str, StepRecord]:
        found: dict[str, StepRecord] = {}
        for step in self.begun:
            for association in step.associations:
                found.setdefault(association, step)
        return found

    def of(self, association: AssociationRecord) -> StepRecord | None:
        """The step that an association was used in; None when that step has not come to its end."""
        return self._by_association.get(association.id)

    def of_service(self, service: str) -> tuple[StepRecord, ...]:
        """Steps of a service, or all of them when it is empty."""
        return tuple(step for step in self.begun if service in ("", step.service))

    def broken_off(self, association: AssociationRecord) -> bool:
        """Whether the run was interrupted before the step of an association had come to its end."""
        step = self.of(association)
        return step.cause is Cause.INTERRUPTED if step is not None else len(self.begun) < self.planned

    def done_before(self, verb: str, later: str) -> bool:
        """Whether a step of one verb was done before the first one of another was."""
        done = [step.verb for step in self.begun if step.outcome is Outcome.DONE]
        return later in done and verb in done[: done.index(later)]
