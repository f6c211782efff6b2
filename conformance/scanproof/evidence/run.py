"""What the whole run showed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from scanproof.declarations import Declarations
from scanproof.evidence.admissions import Admission, admissions
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
