"""Run one scenario against a site: steps in order, everything recorded, nothing judged."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset

from scansim import __version__
from scansim.exam.scenario import STEPS, Scenario, Step
from scansim.exam.state import Exam, Stopped
from scansim.identity.ids import Identity
from scansim.identity.people import Person
from scansim.inputs import InputError
from scansim.network.listener import Listener
from scansim.network.recording import TranscriptWriter
from scansim.services import commitment, mpps, query, storage, verification, worklist
from scansim.site import Site
from scansim.vocabulary.outcome import Cause, Outcome

#: What each verb does.
VERBS: Mapping[str, Callable[[Exam, Any], str]] = {
    "verify": verification.verify,
    "query-worklist": worklist.query_worklist,
    "choose-item": worklist.choose_item,
    "create-mpps": mpps.create_mpps,
    "set-mpps": mpps.set_mpps,
    "acquire": storage.acquire_images,
    "store": storage.store,
    "commit": commitment.commit,
    "query-study": query.query_study,
}
assert VERBS.keys() == STEPS.keys()

INTERRUPTED = "interrupted by the user"

#: A step that needs what another one gave.
NEEDS = {
    "choose-item": "query-worklist",
    "create-mpps": "choose-item",
    "set-mpps": "create-mpps",
    "acquire": "choose-item",
    "store": "acquire",
    "commit": "store",
    "query-study": "store",
}


@dataclass(frozen=True)
class RunSettings:
    """What all scenarios of one run share.

    ``patient`` gives the patient of an exam, where it is not to be any; ``stop`` ends the scenarios that run in other
    threads at their next step.
    """

    site: Site
    seed: int
    day: date
    listener: Listener | None
    orders: Callable[[Dataset], None] | None = None
    progress: Callable[[str, str, int, int], None] | None = None
    patient: Callable[[Identity], Person] | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def _facts(scenario: Scenario, settings: RunSettings) -> dict[str, Any]:
    site = settings.site
    return {
        "harness": f"scanproof {__version__}",
        "id": scenario.id,
        "title": scenario.title,
        "modality": scenario.modality,
        "services": list(scenario.services),
        "verbs": [step.verb for step in scenario.steps],
        "seed": settings.seed,
        "date": settings.day.isoformat(),
        "started": datetime.now().astimezone().isoformat(timespec="seconds"),
        "calling_ae": site.calling_ae,
        "listener": (
            {"ae": settings.listener.ae, "port": settings.listener.port} if settings.listener is not None else None
        ),
        "site": {
            name: {"ae": address.ae, "host": address.host, "port": address.port, **address.timeouts.model_dump()}
            for name, address in site.offered().items()
        },
    }


def _ledger_facts(exam: Exam) -> dict[str, Any]:
    """The exam's identity for the judge: what was ordered, what was made, what it was called."""
    facts: dict[str, Any] = {"order": _json(exam.order)}
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
        "instances": [asdict(record) for record in ledger.instances],
    }


def _json(ds: Dataset | None) -> Any:
    if ds is None:
        return None
    try:
        return ds.to_json_dict(suppress_invalid_tags=True)
    except Exception as error:  # a target's malformed values raise a dozen kinds; the wire still holds them
        return {"unreadable": f"{type(error).__name__}: {error}"}


def run_scenario(scenario: Scenario, settings: RunSettings, folder: Path) -> None:
    """Run `scenario` and leave its transcript in `folder`.

    A step that cannot go on is noted with its reason, and what needs it is noted as blocked. Our own failure is noted
    as the harness's.

    Raises
    ------
    InputError
        When the transcript cannot be written.
    """
    writer = TranscriptWriter(folder, _facts(scenario, settings))

    def progress(what: str, done: int, total: int) -> None:
        if settings.stop.is_set():
            raise Stopped(INTERRUPTED, Cause.INTERRUPTED)
        if settings.progress is not None:
            settings.progress(scenario.id, what, done, total)

    exam = Exam(
        scenario=scenario,
        site=settings.site,
        day=settings.day,
        identity=Identity(settings.seed, settings.day, scenario.id),
        writer=writer,
        listener=settings.listener,
        orders=settings.orders,
        patient=settings.patient,
        progress=progress,
    )
    worklist.schedule(exam)
    outcomes: dict[str, Outcome] = {}
    for number, step in enumerate(scenario.steps, 1):
        if settings.stop.is_set():
            return
        if settings.progress is not None:
            settings.progress(scenario.id, step.verb, number - 1, len(scenario.steps))
        try:
            outcomes[step.verb] = _run_step(exam, number, step, outcomes)
        finally:
            writer.ledger(_ledger_facts(exam))


def _run_step(exam: Exam, number: int, step: Step, outcomes: Mapping[str, Outcome]) -> Outcome:
    began = exam.writer.seconds()
    before = len(exam.opened)
    cause = Cause.NONE
    interrupt: KeyboardInterrupt | None = None
    try:
        _require(step, outcomes)
        detail = VERBS[step.verb](exam, step)
        outcome = Outcome.DONE
    except Stopped as error:
        detail, cause = str(error), error.cause
        outcome = cause.outcome
        if outcome is Outcome.NOT_OFFERED and step.service is not None:
            exam.not_offered.add(step.service)
    except InputError:
        raise
    except KeyboardInterrupt as error:
        detail, cause, outcome, interrupt = INTERRUPTED, Cause.INTERRUPTED, Outcome.STOPPED, error
    except Exception as error:  # whatever else it is, it is our own failure and never the target's
        place = traceback.extract_tb(error.__traceback__)[-1]
        detail = f"{type(error).__name__}: {error} ({Path(place.filename).name}:{place.lineno})"
        cause, outcome = Cause.HARNESS, Outcome.STOPPED
    exam.writer.step(
        number=number,
        verb=step.verb,
        service=step.service or "",
        outcome=outcome,
        detail=detail,
        cause=cause,
        began=began,
        ended=exam.writer.seconds(),
        associations=exam.opened[before:],
    )
    if interrupt is not None:
        raise interrupt
    return outcome


def _require(step: Step, outcomes: Mapping[str, Outcome]) -> None:
    """Stop a step that needs what an earlier one did not give."""
    needed = NEEDS.get(step.verb)
    outcome = outcomes.get(needed or "", Outcome.DONE)
    if needed is None or outcome is Outcome.DONE:
        return
    if step.verb == "choose-item" and outcome is Outcome.NOT_OFFERED:
        return  # without a worklist the exam is unscheduled
    if outcome is Outcome.NOT_OFFERED and needed in ("create-mpps", "store"):
        raise Stopped(f"{needed} is not offered", Cause.NOT_OFFERED if step.verb == "set-mpps" else Cause.BLOCKED)
    raise Stopped(f"it needs {needed}, which did not come about", Cause.BLOCKED)
