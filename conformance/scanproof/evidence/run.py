"""What the whole run showed."""

from __future__ import annotations

from dataclasses import dataclass

from scanproof.evidence.scenario import Evidence
from scanproof.statement import Statement


@dataclass(frozen=True)
class RunEvidence:
    """The evidence of every scenario that was begun, in the order of the run; the target's statement if there is one.

    Scenarios may have gone on side by side, so that their order is not one of time.
    """

    scenarios: tuple[Evidence, ...]
    statement: Statement | None = None
