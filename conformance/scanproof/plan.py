"""What a run will do: its cases, what they leave at the target, and about how long they take."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_set import Limit
from scansim.exam.selection import NotRun, own_of
from scansim.site import Site
from scansim.vocabulary.services import ADDRESSED


def planned(
    named: Sequence[Scenario],
    exams: Sequence[Scenario],
    others: Sequence[NotRun],
    *,
    places_orders: bool,
    site: Site | None = None,
) -> str:
    """Return the plan as text, a line for each case; `site` is None for one that offers everything."""
    lines: list[str] = []
    offered = site.offered() if site is not None else ADDRESSED
    apart = {exam.label: why for exam in exams if isinstance(exam, Case) and (why := exam.out_of_scope(offered))}
    exams = [exam for exam in exams if exam.label not in apart]
    width = max([0, *(len(each.label) for each in exams)])
    for scenario in named:
        mine = [exam for exam in exams if exam.id == scenario.id]
        left_out = [each for each in others if each.scenario == scenario.id]
        for why in dict.fromkeys(why for label, why in apart.items() if label.partition("/")[0] == scenario.id):
            lines.append(f"{scenario.id}: {scenario.title}: out of scope, for {why}")
        if not mine and not left_out:
            continue
        of = f", {plural(len(mine), 'case')}" if scenario.cases or len(mine) > 1 else ""
        takes = f", about {duration(sum(map(seconds, mine)))}" if mine else ""
        lines.append(f"{scenario.id}: {scenario.title}{of}{takes}")
        if mine and scenario.leaves:
            lines.append(f"  leaves {scenario.leaves}")
        if mine and mine[0].orders and places_orders:
            number = sum(order.count for order in mine[0].orders)
            lines.append(f"  puts {plural(number, 'order')} into the worklist")
        lines += [f"  {exam.label:<{width}}  {exam.title}{_writes(exam)}" for exam in mine]
        lines += not_run_lines(left_out)
    takes = f", about {duration(sum(map(seconds, exams)))} where the target answers at once" if exams else ""
    rest = f"; {len(others)} not run" if others else ""
    lines.append(f"{plural(len(exams), 'exam')} in all{takes}{rest}")
    lines.append("nothing was sent")
    return "\n".join(lines)


def within_lines(limits: Iterable[Limit], exams: Sequence[Scenario]) -> Iterator[str]:
    """Yield a line for each time within which exams are to be run: how much of it they will take."""
    for limit in limits:
        takes = sum(seconds(exam) for exam in exams if limit.holds(exam.id))
        rest = (
            "; what has not begun by then is not tested"
            if takes < limit.span.seconds
            else (", which is too little: what comes last will not be tested")
        )
        yield f"about {duration(takes)} where the target answers at once, within {limit.told}{rest}"


def seconds(exam: Scenario) -> float:
    """About how long an exam takes on a target that answers at once, in s."""
    return sum(step.seconds for step in exam.steps)


def duration(time: float) -> str:
    """A time in s as people say it."""
    return f"{max(1, round(time))} s" if time < 120 else f"{round(time / 60)} min"


def plural(number: int, noun: str) -> str:
    """A number with its noun: ``2 sets of images``."""
    first, of, rest = noun.partition(" of ")
    return f"{number} {noun}" if number == 1 else f"{number} {first}s{of}{rest}"


def not_run_lines(others: Sequence[NotRun]) -> Iterator[str]:
    """Yield lines that tell why cases are not run, those of one reason together, and of one table."""
    alike: dict[str, list[str]] = {}
    for each in others:
        alike.setdefault(each.reason, []).append(each.label)
    for reason, labels in alike.items():
        tables = Counter(map(_table, labels))
        told = [
            f"{_table(each)} ({tables[_table(each)]} cases)" if tables[_table(each)] > 1 else each for each in labels
        ]
        yield f"  not run: {reason}"
        yield from _LINES.wrap(", ".join(dict.fromkeys(told)))


def _table(label: str) -> str:
    """The id of a case without what stands in brackets."""
    return label.partition("[")[0]


_LINES = textwrap.TextWrapper(
    118, initial_indent="    ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
)


def _writes(exam: Scenario) -> str:
    marks = [name for name in ("odd", "heavy") if isinstance(exam, Case) and getattr(exam, name)]
    marks += [f"sends {own}" for own in [own_of(exam)] if own]
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
    return [plural(count, what) for what, count in written.items()]
