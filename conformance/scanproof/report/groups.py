"""The cases of one scenario together: a battery has very many, and one line says that all of them are right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from scanproof.finding import QUIET, SEVERITY, Verdict, worst
from scanproof.report import words
from scanproof.results import Results, ScenarioResult


@dataclass(frozen=True)
class Group:
    """One scenario as it was run: by itself, or with its cases in the place of the first of them."""

    name: str
    scenarios: tuple[ScenarioResult, ...]

    @property
    def folded(self) -> bool:
        """Whether it is shown as one, with its cases behind it."""
        return len(self.scenarios) > 1

    @property
    def run(self) -> tuple[ScenarioResult, ...]:
        """The cases that were run."""
        return tuple(each for each in self.scenarios if not each.not_run)

    @property
    def verdict(self) -> Verdict:
        """The worst of what was run; of nothing, NOT_TESTED."""
        return worst([each.verdict for each in self.run or self.scenarios])

    @property
    def shown(self) -> tuple[ScenarioResult, ...]:
        """Cases that somebody has to look at."""
        return tuple(each for each in self.run if each.verdict in words.TO_DO)

    @property
    def quiet(self) -> list[tuple[str, str]]:
        """Cases that showed nothing, those of one reason together: what they are called, which and why."""
        found: dict[tuple[str, str], list[str]] = {}
        for each in self.scenarios:
            if each.not_run:
                found.setdefault(("not run", each.not_run), []).append(each.label)
            elif each.verdict in QUIET:
                reason = (words.word(each.verdict), words.steps_in_words(each))
                found.setdefault(reason, []).append(each.label)
        return [
            (mark, f"{labels[0] if len(labels) == 1 else f'{len(labels)} cases, such as {labels[0]}'}: {reason}")
            for (mark, reason), labels in found.items()
        ]

    @property
    def told(self) -> str:
        """How many cases came to what, in one line."""
        counts = Counter(each.verdict for each in self.run)
        parts = [f"{counts[verdict]} {words.word(verdict)}" for verdict in SEVERITY if counts[verdict]]
        left_out = len(self.scenarios) - len(self.run)
        parts += [f"{left_out} not run"] if left_out else []
        return f"{words.plural(len(self.scenarios), 'case')}: {', '.join(parts)}"


def groups(results: Results) -> list[Group]:
    """Every scenario of a run, the cases of one together, in the order of the first of each."""
    found: dict[str, list[ScenarioResult]] = {}
    for scenario in results.scenarios:
        found.setdefault(scenario.id if scenario.case else f" {scenario.label}", []).append(scenario)
    return [Group(each[0].id if len(each) > 1 else each[0].label, tuple(each)) for each in found.values()]
