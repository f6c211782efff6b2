"""What the whole run showed."""

from __future__ import annotations

from dataclasses import dataclass, field

from scanproof.declarations import Declarations
from scanproof.evidence.scenario import Evidence


@dataclass(frozen=True)
class RunEvidence:
    """The evidence of every scenario that was begun, in the order of the run, and what is declared of the target.

    Scenarios may have gone on side by side, so that their order is not one of time.
    """

    scenarios: tuple[Evidence, ...]
    declarations: Declarations = field(default_factory=Declarations)
