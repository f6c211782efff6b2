"""What a probe saw, by the cases that it ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence import Evidence, RunEvidence
from scanproof.evidence.queries import Query
from scansim.network.transcript import AssociationRecord, Exchange, StepRecord
from scansim.vocabulary.outcome import Cause, Outcome


@dataclass(frozen=True)
class Seen:
    """The evidence of a probe.

    ``run`` is that of all phases.
    """

    run: RunEvidence

    @cached_property
    def _by_label(self) -> dict[str, Evidence]:
        return {evidence.label: evidence for evidence in self.run.scenarios}

    def case(self, label: str) -> Evidence | None:
        """The evidence of a case; None when it was not begun."""
        return self._by_label.get(label)

    def associations(self, label: str) -> tuple[AssociationRecord, ...]:
        """Associations of ours in a case, in order; none when it was not begun."""
        evidence = self.case(label)
        return tuple(each for each in evidence.associations if each.ours) if evidence is not None else ()

    def disturbed(self, label: str) -> tuple[AssociationRecord, ...]:
        """Every connection of ours in a case, those that were disturbed as well."""
        evidence = self.case(label)
        return tuple(each for each in evidence.transcript.associations if each.ours) if evidence is not None else ()

    def first(self, label: str) -> AssociationRecord | None:
        """The first association of ours of a case that the target answered."""
        return next((each for each in self.associations(label) if each.answer is not None), None)

    def steps(self, label: str, verb: str = "") -> tuple[StepRecord, ...]:
        """Steps of a case, those of a verb alone when there is one."""
        evidence = self.case(label)
        begun = evidence.steps.begun if evidence is not None else ()
        return tuple(step for step in begun if verb in ("", step.verb))

    def asked(self, label: str) -> dict[str, Query]:
        """Queries of a case by the names that it gave them, of those asked again the last."""
        evidence = self.case(label)
        if evidence is None:
            return {}
        found = (*evidence.worklist_queries, *evidence.archive_queries)
        return {query.name: query for query in found if query.name}

    @property
    def reached(self) -> bool:
        """Whether anything came from the target: an A-ASSOCIATE-AC or -RJ."""
        return any(each.answer is not None for each in self._ours)

    @property
    def unreachable(self) -> str:
        """Why the target was not reached, as the first step says it."""
        steps = (step for evidence in self.run.scenarios for step in evidence.steps.begun)
        return next((step.detail for step in steps if step.cause is Cause.UNREACHABLE), "nothing came from the target")

    @property
    def _ours(self) -> Iterator[AssociationRecord]:
        for evidence in self.run.scenarios:
            yield from (each for each in evidence.associations if each.ours)


def stopped(step: StepRecord) -> bool:
    """Whether a step did not do its part."""
    return step.outcome is not Outcome.DONE


def cite(label: str, seen: AssociationRecord | Exchange | str) -> str:
    """How a line cites an association, a message, or an id of either."""
    return f"{label} {seen if isinstance(seen, str) else seen.id}"
