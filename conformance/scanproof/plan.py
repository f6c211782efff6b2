"""What a run will do: its cases, what they leave at the target, and about how long they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scansim.exam.scenario import Case, Scenario
from scansim.exam.selection import NotRun


def planned(named: Sequence[Scenario], exams: Sequence[Scenario], others: Sequence[NotRun]) -> str:
    """Return the plan as text, a line for each case."""
    lines: list[str] = []
    width = max([0, *(len(each.label) for each in exams), *(len(each.label) for each in others)])
    for scenario in named:
        mine = [exam for exam in exams if exam.id == scenario.id]
        left_out = [each for each in others if each.scenario == scenario.id]
        if not mine and not left_out:
            continue
        of = f", {len(mine)} cases" if scenario.cases or len(mine) > 1 else ""
        lines.append(f"{scenario.id}: {scenario.title}{of}, about {_told(sum(map(_seconds, mine)))}")
        if scenario.leaves:
            lines.append(f"  leaves {scenario.leaves}")
        lines += [f"  {exam.label:<{width}}  {exam.title}{_writes(exam)}" for exam in mine]
        lines += [f"  {each.label:<{width}}  not run: {each.reason}" for each in left_out]
    total = sum(map(_seconds, exams))
    rest = f"; {len(others)} are not run" if others else ""
    lines.append(f"{len(exams)} exams and cases, about {_told(total)} where the target answers at once{rest}")
    lines.append("nothing was sent")
    return "\n".join(lines)


def _seconds(exam: Scenario) -> float:
    return sum(step.seconds for step in exam.steps)


def _told(seconds: float) -> str:
    return f"{max(1, round(seconds))} s" if seconds < 120 else f"{round(seconds / 60)} min"


def _writes(exam: Scenario) -> str:
    marks = [name for name in ("odd", "heavy") if isinstance(exam, Case) and getattr(exam, name)]
    told = [exam.leaves] if isinstance(exam, Case) and exam.leaves else _counted(exam)
    parts = [*marks, *(f"leaves {each}" for each in told)]
    return f" ({'; '.join(parts)})" if parts else ""


def _counted(exam: Scenario) -> Iterable[str]:
    written: dict[str, int] = {}
    for step in exam.steps:
        if step.writes:
            written[step.writes] = written.get(step.writes, 0) + 1
    return [what if count == 1 else f"{count} times {what}" for what, count in written.items()]
