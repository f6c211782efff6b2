"""What a run will do: its cases, what they leave at the target, and about how long they take."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from scansim.exam.scenario import Case, Scenario
from scansim.exam.selection import NotRun


def planned(
    named: Sequence[Scenario], exams: Sequence[Scenario], others: Sequence[NotRun], *, places_orders: bool
) -> str:
    """Return the plan as text, a line for each case."""
    lines: list[str] = []
    width = max([0, *(len(each.label) for each in exams), *(len(each.label) for each in others)])
    for scenario in named:
        mine = [exam for exam in exams if exam.id == scenario.id]
        left_out = [each for each in others if each.scenario == scenario.id]
        if not mine and not left_out:
            continue
        of = f", {_plural(len(mine), 'case')}" if scenario.cases or len(mine) > 1 else ""
        takes = f", about {duration(sum(map(seconds, mine)))}" if mine else ""
        lines.append(f"{scenario.id}: {scenario.title}{of}{takes}")
        if mine and scenario.leaves:
            lines.append(f"  leaves {scenario.leaves}")
        if mine and scenario.orders and places_orders:
            number = sum(order.count for order in scenario.orders)
            lines.append(f"  puts {_plural(number, 'order')} into the worklist")
        lines += [f"  {exam.label:<{width}}  {exam.title}{_writes(exam)}" for exam in mine]
        lines += [f"  {each.label:<{width}}  not run: {each.reason}" for each in left_out]
    takes = f", about {duration(sum(map(seconds, exams)))} where the target answers at once" if exams else ""
    rest = f"; {len(others)} not run" if others else ""
    lines.append(f"{_plural(len(exams), 'exam')} in all{takes}{rest}")
    lines.append("nothing was sent")
    return "\n".join(lines)


def seconds(exam: Scenario) -> float:
    """About how long an exam takes on a target that answers at once, in s."""
    return sum(step.seconds for step in exam.steps)


def duration(time: float) -> str:
    """A time in s as people say it."""
    return f"{max(1, round(time))} s" if time < 120 else f"{round(time / 60)} min"


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _writes(exam: Scenario) -> str:
    marks = [name for name in ("odd", "heavy") if isinstance(exam, Case) and getattr(exam, name)]
    left = ", ".join(leaves(exam))
    parts = [*marks, *([f"leaves {left}"] if left else [])]
    return f" ({'; '.join(parts)})" if parts else ""


def leaves(exam: Scenario) -> Iterable[str]:
    """What an exam leaves at the target."""
    if isinstance(exam, Case) and exam.leaves:
        return [exam.leaves]
    written: dict[str, int] = {}
    for what in filter(None, (step.leaves for step in exam.steps)):
        written[what] = written.get(what, 0) + 1
    return [_plural(count, what) for what, count in written.items()]
