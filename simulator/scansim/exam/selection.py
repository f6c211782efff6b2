"""Which cases of a run are run, and why others are not."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from scansim.exam.battery import STORED, SURVEY, BatteryOrder
from scansim.exam.order_book import described
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_set import Limit
from scansim.exam.worklist import MOST_ITEMS
from scansim.inputs import InputError, did_you_mean
from scansim.site import Site
from scansim.steps.query_images import Query
from scansim.steps.query_worklist import QueryWorklist
from scansim.steps.store_studies import StoreStudies
from scansim.vocabulary.services import QUERY, WORKLIST


@dataclass(frozen=True)
class Selection:
    """What the user wants of the scenarios that were named.

    ``only`` and the keys of ``skip`` are ids of scenarios or cases, with or without what stands in brackets; ``skip``
    gives the reason of each. ``odd`` and ``heavy`` say that such cases are wanted, ``own_files`` that files of the
    user's own may be sent, ``within`` how long what is run may take. ``of_sets`` are cases that sets choose: of the
    scenarios that have some of them, no others are run.
    """

    only: tuple[str, ...] = ()
    skip: Mapping[str, str] = field(default_factory=dict)
    odd: bool = False
    heavy: bool = False
    own_files: bool = False
    within: tuple[Limit, ...] = ()
    of_sets: tuple[str, ...] = ()


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

    Where orders cannot be placed, a battery that asks the worklist begins with a survey of what it holds. `site` is
    None for one that offers everything.

    Raises
    ------
    InputError
        For an id that nothing has.
    """
    if not places_orders and (site is None or site.address(WORKLIST) is not None):
        exams = _surveyed(exams)
    if site is None or site.address(QUERY) is not None:  # nobody would look for them
        exams = _with_studies(exams)
    chosen = {name.partition("/")[0] for name in selection.of_sets}
    exams = [
        exam
        for exam in exams
        if exam.id not in chosen or _prepares(exam) or any(_is(exam, name) for name in selection.of_sets)
    ]
    for option, names in (("--only", selection.only), ("--skip", selection.skip)):
        for name in names:
            if not any(_is(exam, name) for exam in exams):
                raise InputError(f"{option} {name!r}: no scenario or case of that id{_near(name, exams)}")
    run: list[Scenario] = []
    others: list[NotRun] = []
    for exam in exams:
        if selection.only and not any(_is(exam, name) for name in selection.only) and not _prepares(exam):
            continue
        if reason := _why_not(exam, selection, site, places_orders):
            others.append(NotRun(exam.label, exam.id, exam.title, reason))
        else:
            run.append(exam)
    run = _with_their_orders(run, exams)
    asked = {exam.id for exam in run if not _prepares(exam) and WORKLIST.name in exam.services}
    looked_for = {exam.id for exam in run if not _prepares(exam) and isinstance(exam, Case) and exam.studies}
    wanted = [
        exam
        for exam in run
        if not _prepares(exam) or exam.label in selection.only or exam.id in (asked if _is_survey(exam) else looked_for)
    ]
    return wanted, others


def _with_their_orders(run: Sequence[Scenario], exams: Sequence[Scenario]) -> list[Scenario]:
    """The exams that are run; the orders of a battery that only heavy cases are about are spared where none of them is.

    All others are there whichever cases are run: most queries are about what they must not bring.
    """
    light = {(exam.id, name) for exam in exams if isinstance(exam, Case) and not exam.heavy for name in _orders(exam)}
    needed = {(exam.id, name) for exam in run if isinstance(exam, Case) for name in _orders(exam)}
    spared = {(exam.id, name) for exam in exams if isinstance(exam, Case) for name in _orders(exam)} - light - needed
    return [
        exam.model_copy(update={"orders": tuple(spec for spec in exam.orders if (exam.id, spec.id) not in spared)})
        if spared and isinstance(exam, Case)
        else exam
        for exam in run
    ]


def _orders(exam: Case) -> Iterator[str]:
    """Ids of the orders that a case is about, of several alike that of all."""
    return (name.partition("[")[0] for name in exam.needs)


def _near(name: str, exams: Sequence[Scenario]) -> str:
    """What may have been meant by an id that nothing has."""
    known = dict.fromkeys(each for exam in exams for each in _names(exam))
    ends = [each for each in known if each.rpartition("/")[2] == name]
    return f"; did you mean {ends[0]}?" if ends else did_you_mean(name, known) or "; --plan shows them"


def _names(exam: Scenario) -> Collection[str]:
    return (exam.label, exam.label.partition("[")[0], exam.id)


def _is(exam: Scenario, name: str) -> bool:
    return name in _names(exam)


def _is_survey(exam: Scenario) -> bool:
    return isinstance(exam, Case) and exam.survey


def _prepares(exam: Scenario) -> bool:
    return isinstance(exam, Case) and exam.prepares


def _why_not(exam: Scenario, selection: Selection, site: Site | None, places_orders: bool) -> str:
    for name, reason in selection.skip.items():
        if _is(exam, name):
            return f"skipped: {reason}" if reason else "skipped by --skip"
    if not selection.odd and (_is_odd(exam) or any(step.odd for step in exam.steps)):
        return "it sends odd data: --odd-data, or odd_data: true in the site file"
    if not selection.own_files and (own := own_of(exam)):
        return f"it sends {own}: --own-files, or own_files: true in the site file"
    if not isinstance(exam, Case):
        return ""
    if exam.heavy and not selection.heavy:
        return "it is heavy: --heavy"
    special = None if places_orders else next(_cannot_be_had(exam, site), None)
    return f"{described(special)}; with orders.folder in the site file it is placed" if special else ""


def own_of(exam: Scenario) -> str:
    """What of the user's own an exam sends; empty for nothing."""
    return ", ".join(dict.fromkeys(filter(None, (step.own for step in exam.steps))))


def _is_odd(exam: Scenario) -> bool:
    return isinstance(exam, Case) and exam.odd


def _cannot_be_had(exam: Case, site: Site | None) -> Iterator[BatteryOrder]:
    """Yield the orders that no item of a worklist stands for: special ones, and whatever is not just asked for.

    What the user named by its Accession Number may be taken. A service that the site does not name needs none.
    """
    named = site is not None and bool(site.orders.accession)
    specs = {spec.id: spec for spec in exam.orders}
    for step in exam.steps:
        if site is not None and step.service is not None and step.service.addressed and not site.address(step.service):
            continue
        for name in step.orders_needed():
            spec = specs[name.partition("[")[0]]
            if not spec.plain or not (step.only_asks or (named and step.verb == "choose-item")):
                yield spec
    if site is not None and site.address(WORKLIST) is None:
        return
    of_steps = {name for step in exam.steps for name in step.orders_needed()}
    yield from (specs[name] for name in exam.needs if name not in of_steps and not specs[name].plain)


def _surveyed(exams: Sequence[Scenario]) -> list[Scenario]:
    """The exams, each battery that asks the worklist with its survey before it."""
    asking = {
        exam.id for exam in exams if isinstance(exam, Case) and exam.of_battery and WORKLIST.name in exam.services
    }
    found: list[Scenario] = []
    for exam in exams:
        if exam.id in asking:
            asking.remove(exam.id)
            everything = QueryWorklist(scope="all", cancel="late", cancel_after=MOST_ITEMS)
            survey = {
                "case": f"{exam.id}/{SURVEY}",
                "title": f"What the worklist holds, up to {MOST_ITEMS} items",
                "steps": (everything,),
                "leaves": "",
                "first": 0,
                "odd": False,
                "heavy": False,
                "needs": (),
                "survey": True,
            }
            found.append(exam.model_copy(update=survey))
        found.append(exam)
    return found


def _with_studies(exams: Sequence[Scenario]) -> list[Scenario]:
    """The exams, each battery that looks for studies with the case before it that stores them and waits for them."""
    found: list[Scenario] = []
    seen: set[str] = set()
    for exam in exams:
        if isinstance(exam, Case) and exam.studies and not exam.survey and exam.id not in seen:
            seen.add(exam.id)
            stores = {
                "case": f"{exam.id}/{STORED}",
                "title": "The studies that the other cases look for are stored, and found",
                "steps": (*exam.steps[: exam.first], StoreStudies(), *_looks(exam), *exam.steps[: exam.first]),
                "leaves": f"{len(exam.studies)} studies with {sum(each.count for each in exam.studies)} small images",
                "odd": False,
                "heavy": False,
                "needs": (),
                "stores": True,
            }
            found.append(exam.model_copy(update=stores))
        found.append(exam)
    return found


def _looks(exam: Case) -> Iterator[Query]:
    """Queries for the images of each series that is stored: an archive gets time to index before the cases."""
    for study in exam.studies:
        for number in range(len(study.series)):
            first = f"${study.id}[{number * study.instances + 1}]" if study.count > 1 else f"${study.id}"
            keys = {name: f"{first}.{name}" for name in ("StudyInstanceUID", "SeriesInstanceUID")}
            yield Query(level="IMAGE", keys=keys, at_least=study.instances)
