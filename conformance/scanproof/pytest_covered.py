"""What the scenarios of a pytest session covered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scanproof.results import Results


@dataclass
class Covered:
    """What the scenarios of a session tested, and what they did not."""

    runs: int = 0
    proved: int = 0
    tested: set[str] = field(default_factory=set)
    untested: set[str] = field(default_factory=set)

    def add(self, results: Results) -> None:
        """Add the results of one run."""
        from scanproof.finding import QUIET, Verdict

        self.runs += 1
        self.proved += any(scenario.verdict not in QUIET for scenario in results.scenarios)
        for finding in results.all_findings:
            if finding.verdict is Verdict.NOT_TESTED:
                self.untested.add(finding.check)
            elif finding.verdict is not Verdict.NOT_APPLICABLE:
                self.tested.add(finding.check)

    @property
    def line(self) -> str:
        """What was covered, in one line."""
        left = self.untested - self.tested
        return f"{len(self.tested)} requirements tested in {self.runs} runs; {len(left)} that apply were not tested"
