"""Which cases of a run are run, and why others are not."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from scansim.exam.order_book import described
from scansim.exam.scenario import Case, Scenario
from scansim.exam.worklist import MOST_ITEMS
from scansim.inputs import InputError, did_you_mean
from scansim.site import Site
from scansim.steps.query_worklist import QueryWorklist
from scansim.vocabulary.services import WORKLIST

#: Name of the case that finds out what a worklist holds.
SURVEY = "survey"


@dataclass(frozen=True)
class Selection:
    """What the user wants of the scenarios that were named.

    ``only`` and the keys of ``skip`` are ids of scenarios or cases, with or without what stands in brackets; ``skip``
    gives the reason of each. ``odd`` and ``heavy`` say that such cases are wanted.
    """

    only: tuple[str, ...] = ()
    skip: Mapping[str, str] = field(default_factory=dict)
    odd: bool = True
    heavy: bool = False


@dataclass(frozen=True)
class NotRun:
    """A case that is not run, and why."""

    label: str
    scenario: str
    title: str
    reason: str

    @property
    def facts(self) -> dict[str, str]:
        """As the run's own file holds it."""
        return {"label": self.label, "scenario": self.scenario, "title": self.title, "reason": self.reason}


def select(
    exams: Sequence[Scenario], selection: Selection, site: Site | None, *, places_orders: bool
) -> tuple[list[Scenario], list[NotRun]]:
    """Part exams into those that are run and those that are not.

    Where orders cannot be placed, a battery that asks the worklist begins with a survey of what it holds.

    Raises
    ------
    InputError
        For an id that nothing has; when nothing is left to run.
    """
    for option, names in (("--only", selection.only), ("--skip", selection.skip)):
        for name in names:
            if not any(_is(exam, name) for exam in exams):
                known = dict.fromkeys(each for exam in exams for each in _names(exam))
                hint = did_you_mean(name, known) or "; --plan shows them"
                raise InputError(f"{option} {name!r}: no scenario or case of that id{hint}")
    wanted = [exam for exam in exams if not selection.only or any(_is(exam, name) for name in selection.only)]
    run: list[Scenario] = []
    others: list[NotRun] = []
    for exam in wanted:
        reason = _why_not(exam, selection, places_orders)
        if reason:
            others.append(NotRun(exam.label, exam.id, exam.title, reason))
        else:
            run.append(exam)
    if not run and not others:
        raise InputError("nothing is left to run")
    asks = site is None or site.address(WORKLIST) is not None
    return (run if places_orders or not asks else _surveyed(run)), others


def _names(exam: Scenario) -> Collection[str]:
    return (exam.label, exam.label.partition("[")[0], exam.id)


def _is(exam: Scenario, name: str) -> bool:
    return name in _names(exam)


def _why_not(exam: Scenario, selection: Selection, places_orders: bool) -> str:
    for name, reason in selection.skip.items():
        if _is(exam, name):
            return f"skipped: {reason}" if reason else "skipped by --skip"
    if not isinstance(exam, Case):
        return ""
    if exam.odd and not selection.odd:
        return "it sends odd data: --odd-data, or odd_data: true in the site file"
    if exam.heavy and not selection.heavy:
        return "it is heavy: --heavy"
    specs = {spec.id: spec for spec in exam.orders}
    lacking = [specs[name.partition("[")[0]] for name in exam.needs if not places_orders]
    special = [spec for spec in lacking if not spec.plain]
    if special:
        return f"{described(special[0])}; with orders.folder in the site file it is placed"
    return ""


def _surveyed(run: Sequence[Scenario]) -> list[Scenario]:
    """The exams, each battery that asks the worklist with its survey before it."""
    found: list[Scenario] = []
    seen: set[str] = set()
    for exam in run:
        of_battery = isinstance(exam, Case) and exam.of_battery
        if of_battery and exam.id not in seen and WORKLIST.name in exam.services:
            seen.add(exam.id)
            everything = QueryWorklist(station="any", modality="any", day="any", cancel="late", cancel_after=MOST_ITEMS)
            found.append(
                exam.model_copy(
                    update={
                        "case": f"{exam.id}/{SURVEY}",
                        "title": f"What the worklist holds, up to {MOST_ITEMS} items",
                        "steps": (everything,),
                        "needs": (),
                        "survey": True,
                    }
                )
            )
        found.append(exam)
    return found
