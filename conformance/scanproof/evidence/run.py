"""What the whole run showed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from scanproof.declarations import Declarations
from scanproof.evidence.admissions import Admission, admissions
from scanproof.evidence.contexts import Acted, Negotiated, acted_on_ours, negotiated, proposed_by_target
from scanproof.evidence.implementations import Implementation, implementations
from scanproof.evidence.scenario import Evidence
from scanproof.evidence.strays import Opened, opened_by_target


@dataclass(frozen=True)
class RunEvidence:
    """The evidence of every scenario that was begun, in the order of the run, and what is declared of the target.

    Scenarios may have gone on side by side, so that their order is not one of time. ``strays`` are associations that
    somebody opened to our listener and that brought no report of the run; None when there were none.
    """

    scenarios: tuple[Evidence, ...]
    declarations: Declarations = field(default_factory=Declarations)
    strays: Evidence | None = None

    @cached_property
    def opened(self) -> tuple[Opened, ...]:
        """Associations that the target opened to us, those that brought no report last."""
        return tuple(opened_by_target(self.scenarios, self.strays, self.declarations))

    @cached_property
    def implementations(self) -> tuple[Implementation, ...]:
        """What counts as one implementation, with the AEs that took an association of ours."""
        return tuple(implementations(self.scenarios, self.declarations))

    @cached_property
    def admissions(self) -> tuple[Admission, ...]:
        """Our requests for an association that were accepted or rejected, in the order of time."""
        return tuple(admissions(self.scenarios))

    @cached_property
    def negotiated(self) -> tuple[Negotiated, ...]:
        """Presentation Contexts that we proposed, by the Application Entity of a statement."""
        return tuple(negotiated((each.label, each.contexts) for each in self.scenarios))

    @cached_property
    def acted(self) -> tuple[tuple[str, str, Acted], ...]:
        """What the target did, or offered, as requestor: the label of the scenario, the association, and what."""
        found = [
            (each.scenario, each.where, acted)
            for each in self.opened
            for acted in proposed_by_target(each.association, each.request, self.declarations)
        ]
        for evidence in self.scenarios:
            acts = acted_on_ours(evidence.associations, self.declarations)
            found += [(evidence.label, acted.association.id, acted) for acted in acts]
        return tuple(found)
