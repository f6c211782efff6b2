"""Run one scenario against a site: steps in order, everything recorded, nothing judged."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from scansim import __version__
from scansim.exam.edited import Edited
from scansim.exam.left_open import put_in_order
from scansim.exam.order_book import OrderBook
from scansim.exam.origin import origin
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scheduling import schedule
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.exam.study_book import StudyBook
from scansim.identity.chosen import merged
from scansim.identity.ids import Identity
from scansim.identity.ledger import Ledger
from scansim.identity.people import Person
from scansim.inputs import InputError
from scansim.network.bounds import Budget
from scansim.network.listener import Listener
from scansim.network.recording import TranscriptWriter
from scansim.site import Site
from scansim.steps import VERBS
from scansim.stopping import Flag
from scansim.vocabulary.outcome import Cause, Outcome, Promiser
from scansim.wire.charsets import CharacterSetError

INTERRUPTED = "interrupted by the user"


@dataclass(frozen=True)
class RunSettings:
    """What all scenarios of one run share.

    ``patient`` gives the patient of every exam, whatever its scenario chooses; ``run_id`` is what UIDs depend on beside
    the seed; ``repeated`` says that a run before had it, so that a target may have what we send; ``promises`` holds who
    promised each service that has to be there, by its name. ``books`` are the orders of batteries by their ids,
    ``study_books`` their studies. ``exams`` are those that run; ``stop`` ends them, in good order, at their next wait,
    and ``hurry`` without good order. ``began`` is the run's begin by `time.perf_counter_ns`.
    """

    site: Site
    seed: int
    day: date
    listener: Listener | None
    orders: Callable[[Dataset], None] | None = None
    progress: Callable[[str, str, int, int], None] | None = None
    patient: Callable[[Identity], Person] | None = None
    run_id: str = ""
    repeated: bool = False
    promises: Mapping[str, Promiser] = field(default_factory=dict)
    stop: Flag = field(default_factory=Flag)
    hurry: Flag = field(default_factory=Flag)
    exams: list[Exam] = field(default_factory=list)
    books: dict[str, OrderBook] = field(default_factory=dict)
    study_books: dict[str, StudyBook] = field(default_factory=dict)
    began: int = field(default_factory=time.perf_counter_ns)

    def __post_init__(self) -> None:
        if self.listener is not None:  # what comes there counts as well
            self.listener.budget = self.budget

    @cached_property
    def budget(self) -> Budget:
        """What targets may send in all of them."""
        return Budget(self.site.limits)

    def book(self, battery: Scenario) -> OrderBook:
        """The orders of a battery, which all of its cases share."""
        identity = Identity(self.seed, self.day, battery.id, self.run_id)
        return self.books.setdefault(battery.id, OrderBook(battery, self.site, self.day, identity, self.orders))

    def studies(self, battery: Scenario) -> StudyBook | None:
        """The studies of a battery, which all of its cases share; None for one that has none."""
        if not battery.studies:
            return None
        identity = Identity(self.seed, self.day, battery.id, self.run_id)
        return self.study_books.setdefault(battery.id, StudyBook(battery, self.day, identity))

    def seal(self) -> None:
        """Take nothing more from exams that still run in other threads: what was seen of them is judged."""
        for exam in [*self.exams]:
            exam.writer.seal()


@dataclass(frozen=True)
class Gift:
    """Which step was to give something, and how that went; ``root`` is the number of the step that is to blame."""

    verb: str
    outcome: Outcome
    root: int


def _facts(scenario: Scenario, settings: RunSettings) -> dict[str, Any]:
    site = settings.site
    return {
        "harness": f"scanproof {__version__}",
        "id": scenario.id,
        **({"case": scenario.case} if isinstance(scenario, Case) else {}),
        **({"orders": True} if isinstance(scenario, Case) and scenario.of_battery else {}),
        "title": scenario.title,
        "modality": scenario.modality,
        "services": list(scenario.services),
        "verbs": [step.verb for step in scenario.steps],
        "seed": settings.seed,
        "date": settings.day.isoformat(),
        "run_id": settings.run_id,
        "repeated": settings.repeated,
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "began_ns": time.perf_counter_ns() - settings.began,  # the clock on the wall may jump
        "calling_ae": site.calling_ae,
        "proves": list(scenario.proves),
        "promised": dict(settings.promises),
        "all_aes": site.all_aes,
        "listener": (settings.listener.facts if settings.listener is not None else None),
        "site": {
            name: {"ae": address.ae, "host": address.host, "port": address.port, **address.timeouts.model_dump()}
            for name, address in site.offered().items()
        },
    }


class LedgerFile:
    """The exam's identity, written for the judge when it has changed: it may be big, and most steps leave it alone."""

    def __init__(self, exam: Exam) -> None:
        self.exam = exam
        self._written: tuple[object, ...] | None = None
        self._ledger: Ledger | None = None
        self._origin: dict[str, Any] | None = None

    def write(self) -> None:
        """Write it, unless it stands there as it is."""
        exam, ledger = self.exam, self.exam.ledger
        made = (exam.acquisition is not None,)  # what an MPPS takes from the worklist depends on it too
        state: tuple[object, ...] = (*made, exam.unscheduled)
        if ledger is not None:
            named = (ledger.study_instance_uid, ledger.mpps_uid, ledger.pps_id, ledger.transaction_uid)
            others = tuple((each.mpps_uid, each.asked_uid) for each in exam.ledgers.values())
            state = (*state, *named, *others, tuple(record.stored for record in ledger.instances))
        if self._written is not None and self._ledger is ledger and state == self._written:
            return
        if ledger is not None and (self._ledger is not ledger or (self._written or ())[:1] != made):
            self._origin = origin(exam, ledger)
        exam.writer.ledger(ledger_facts(exam, self._origin))
        self._written, self._ledger = state, ledger


def ledger_facts(exam: Exam, taken: dict[str, Any] | None) -> dict[str, Any]:
    """The exam's identity for the judge: what was ordered, what was made, what it was called, what was `taken` over."""
    facts: dict[str, Any] = {"order": _json(exam.order)}
    if exam.unscheduled is not None:
        facts["unscheduled"] = asdict(exam.unscheduled)
    if exam.ledger is None:
        return facts
    ledger = exam.ledger
    return {
        **facts,
        "scheduled": ledger.scheduled,
        "station_ae": ledger.station_ae,
        "item": _json(ledger.item),
        "study_instance_uid": ledger.study_instance_uid,
        "mpps_uid": ledger.mpps_uid,
        "pps_id": ledger.pps_id,
        "transaction_uid": ledger.transaction_uid,
        "origin": taken,
        "performed": _performed(exam),
        "instances": [
            {name: value for name, value in asdict(record).items() if value or name != "study_instance_uid"}
            for record in ledger.instances
        ],
    }


def _performed(exam: Exam) -> dict[str, list[dict[str, Any]]]:
    """Performed steps that are not of the exam's own item, by UID, with the items that each is of."""
    return {
        uid: [
            {"study_instance_uid": ledger.study_instance_uid, "item": _json(ledger.item)},
            *({"study_instance_uid": str(item.StudyInstanceUID), "item": _json(item)} for item in ledger.others),
        ]
        for ledger in exam.ledgers.values()
        for uid in dict.fromkeys((ledger.mpps_uid, ledger.asked_uid))
        if uid
    }


def _json(ds: Dataset | None) -> Any:
    if ds is None:
        return None
    try:
        return ds.to_json_dict(suppress_invalid_tags=True)
    except Exception as error:  # a target's malformed values raise a dozen kinds; the wire still holds them
        return {"unreadable": f"{type(error).__name__}: {error}"}


@dataclass(frozen=True)
class Gone:
    """The target answers no more: why, and whether that was so before the exam's own steps began."""

    reason: str
    before: bool


def run_scenario(scenario: Scenario, settings: RunSettings, folder: Path) -> Gone | None:
    """Run `scenario` and leave its transcript in `folder`.

    A step that cannot go on is noted with its reason, and what needs it is noted as blocked. Our own failure is noted
    as the harness's. Whatever happens, a performed step that is left open is ended where the target still answers.

    Returns
    -------
    Gone, optional
        Why no other case of its battery can be run: an AE that it uses answers no more.

    Raises
    ------
    InputError
        When the transcript cannot be written.
    KeyboardInterrupt
        When somebody wants the run to end; what was left open has been ended then, where that could be.
    """
    writer = TranscriptWriter(folder, _facts(scenario, settings))

    def progress(what: str, done: int, total: int) -> None:
        settings.stop.check()
        if settings.progress is not None:
            settings.progress(scenario.label, what, done, total)

    exam = Exam(
        scenario=scenario,
        site=settings.site,
        day=settings.day,
        identity=Identity(settings.seed, settings.day, scenario.label, settings.run_id),
        writer=writer,
        listener=settings.listener,
        orders=settings.orders,
        patient=settings.patient or merged(scenario).maker(),
        progress=progress,
        budget=settings.budget,
        stop=settings.stop,
        hurry=settings.hurry,
    )
    if isinstance(scenario, Case) and scenario.of_battery:
        exam.book = settings.book(scenario)
        exam.book.make(folder.parent)
        exam.studies = settings.studies(scenario)
    else:
        schedule(exam)
    given: dict[Thing, Gift] = {}
    ledger = LedgerFile(exam)
    first = scenario.first if isinstance(scenario, Case) else 0
    before = False
    with put_in_order(exam, settings.exams):
        for number, step in enumerate(scenario.steps, 1):
            settings.stop.check()
            if settings.progress is not None:
                settings.progress(scenario.label, step.verb, number - 1, len(scenario.steps))
            try:
                outcome, root = _run_step(exam, number, step, given)
                given.update(dict.fromkeys(step.gives, Gift(step.verb, outcome, root)))
            finally:
                ledger.write()
            before = before or (number == first and bool(exam.down))
    if exam.book is not None and isinstance(scenario, Case) and scenario.survey:
        exam.book.items = exam.items
    named = scenario.services or (tuple(settings.site.offered()) if exam.book is not None else ())
    used = [settings.site.offered().get(name) for name in named]
    down = [exam.down.get((address.host, address.port)) for address in used if address is not None]
    return next((Gone(found[0], before) for found in down if found is not None), None)


def _run_step(exam: Exam, number: int, step: Step, given: Mapping[Thing, Gift]) -> tuple[Outcome, int]:
    """Run one step; returns how it went, and the number of the step that is to blame when it was not done."""
    began = exam.writer.seconds()
    exam.number, exam.step_began = number, time.monotonic()
    before = len(exam.opened)
    cause = Cause.NONE
    root = number
    interrupt: KeyboardInterrupt | None = None
    try:
        if isinstance(exam.scenario, Case) and (why := exam.scenario.out_of_scope(exam.site.offered())):
            raise Stopped(why, Cause.NOT_OFFERED)
        if exam.ended and step.verb != "verify":
            raise Stopped("the exam has ended", Cause.BLOCKED, exam.ended)
        exam.missing = _missing(step, given)
        detail = VERBS[step.verb].run(exam, step)
        outcome = Outcome.DONE
        root = next(iter(exam.missing.values()), 0)
    except Stopped as error:
        detail, cause = str(error), error.cause
        root = error.by or number
        outcome = cause.outcome
    except InputError:
        raise
    except CharacterSetError as error:  # nothing was sent; a text of the scenario's own is not our failure
        own = isinstance(step, Edited)
        detail, cause = f"it cannot be written: {error}", Cause.SETUP if own else Cause.HARNESS
        outcome = Outcome.STOPPED
    except KeyboardInterrupt as error:
        detail, cause, outcome, interrupt = INTERRUPTED, Cause.INTERRUPTED, Outcome.STOPPED, error
    except Exception as error:  # whatever else it is, it is our own failure and never the target's
        place = traceback.extract_tb(error.__traceback__)[-1]
        detail = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        cause, outcome = Cause.HARNESS, Outcome.STOPPED
    exam.writer.step(
        number=number,
        verb=step.verb,
        service=step.service.name if step.service is not None else "",
        outcome=outcome,
        root=root,
        detail=detail,
        cause=cause,
        began=began,
        ended=exam.writer.seconds(),
        associations=exam.opened[before:],
    )
    if interrupt is not None:
        raise interrupt
    return outcome, root


def _missing(step: Step, given: Mapping[Thing, Gift]) -> dict[Thing, int]:
    """What a step has to do without, each with the step to blame; Stopped when it cannot do without."""
    missing = {}
    for thing in dict.fromkeys((*step.needs(), *step.without)):
        giver = given.get(thing)
        if giver is None or giver.outcome is Outcome.DONE:
            continue
        if thing in step.without:
            if giver.outcome is not Outcome.NOT_OFFERED:
                missing[thing] = giver.root
        elif giver.outcome is Outcome.NOT_OFFERED:
            raise Stopped(
                f"it needs {giver.verb}, which is of a service that the site does not name", Cause.NOT_OFFERED
            )
        else:
            raise Stopped(f"it needs {giver.verb}, which did not come about", Cause.BLOCKED, giver.root)
    return missing
