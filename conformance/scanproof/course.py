"""The course of a run: its exams one after the other, or several at a time; a target that dies ends its battery."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from scansim.exam.run import Gone, RunSettings, run_scenario
from scansim.exam.scenario import Case, Scenario
from scansim.exam.scenario_set import Limit
from scansim.exam.selection import NotRun
from scansim.stopping import GLANCE, Flag
from scansim.vocabulary.services import QUERY

#: How long exams side by side may take to end in good order when the run is interrupted, in s; and in a hurry.
_GOOD_ORDER, _HURRY = 8.0, 1.0


@dataclass
class Course:
    """Exams that are run, with a transcript each in `folder`.

    ``not_run`` are those that a dead target ended, or for which there was no time left `within` what all may take.
    """

    scenarios: Sequence[Scenario]
    settings: RunSettings
    folder: Path
    within: Sequence[Limit] = ()
    not_run: list[NotRun] = field(default_factory=list)
    _dead: dict[str, str] = field(default_factory=dict)
    _last: dict[str, str] = field(default_factory=dict)
    _running: dict[str, Scenario] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, jobs: int) -> None:
        """Run them all, `jobs` at a time: first what finds out what a worklist holds, or stores studies, and behind the
        others, one by one, what has to be alone.

        Raises
        ------
        KeyboardInterrupt
            When the run was ended before.
        """
        first = [each for each in self.scenarios if isinstance(each, Case) and each.prepares]
        alone = [each for each in self.scenarios if any(step.alone for step in each.steps)]
        apart = {each.label for each in (*first, *alone)}
        others = [each for each in self.scenarios if each.label not in apart]
        self._one_by_one(first if jobs > 1 else self.scenarios)
        if jobs > 1:
            _side_by_side(others, self, jobs)
            self._one_by_one(alone)
        self.settings.stop.check()

    def _one_by_one(self, scenarios: Sequence[Scenario]) -> None:
        for scenario in scenarios:
            self.settings.stop.check()
            self._run(scenario)

    def _run(self, scenario: Scenario) -> None:
        of_battery = isinstance(scenario, Case) and scenario.of_battery
        with self._lock:
            if why := self._why_not(scenario):
                self.not_run.append(NotRun(scenario.label, scenario.id, scenario.title, why))
                return
            self._running[scenario.label] = scenario
        try:
            gone = run_scenario(scenario, self.settings, self.folder / scenario.label)
        finally:
            with self._lock:
                del self._running[scenario.label]
        with self._lock:
            if of_battery and gone is not None:
                self._dead.setdefault(scenario.id, self._told(scenario, gone))
            elif of_battery:
                self._last[scenario.id] = scenario.label

    def _why_not(self, scenario: Scenario) -> str:
        """Why an exam is not run after all: its target is gone, its time is over, or there is nothing for it to ask."""
        now = time.monotonic()
        over = [why for limit in self.within if (why := limit.over(scenario.id, now))]
        if not (isinstance(scenario, Case) and scenario.of_battery):
            return over[0] if over else ""
        if gone := self._dead.get(scenario.id):
            return gone
        if over:  # what would have found out what there is may not have been run either
            return over[0]
        asks = not scenario.stores and self.settings.site.address(QUERY) is not None
        studies = self.settings.studies(scenario) if asks else None
        lacking = studies.lacking(scenario.steps) if studies is not None else ""
        return lacking or self.settings.book(scenario).lacking(scenario.steps)

    def _told(self, scenario: Scenario, gone: Gone) -> str:
        last = self._last.get(scenario.id)
        since = f"since {scenario.label}" if not gone.before else f"after {last}" if last else "from the first case on"
        beside = [each.label for each in self._running.values() if each.id == scenario.id]
        others = f" (side by side with {', '.join(sorted(beside))})" if beside else ""
        return f"the target does not answer any more {since}{others}: {gone.reason}"


def _side_by_side(scenarios: Sequence[Scenario], course: Course, jobs: int) -> None:
    """Run in threads that do not keep the process alive: after Ctrl-C nobody waits for a target that is silent."""
    settings = course.settings
    waiting: queue.SimpleQueue[Scenario] = queue.SimpleQueue()
    for scenario in scenarios:
        waiting.put(scenario)
    # Not Thread.join: after Ctrl-C, Python 3.11 takes the thread that was waited for as ended.
    ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()
    broken = Flag()

    def work() -> None:
        error = None
        try:
            while not (settings.stop.is_set() or broken.is_set()):
                scenario = waiting.get_nowait()
                course._run(scenario)
        except (queue.Empty, KeyboardInterrupt):
            pass
        except Exception as failure:  # it is raised again where the threads were started
            error = failure
            broken.set()
        ended.put(error)

    for number in range(jobs):
        threading.Thread(target=work, name=f"exam-{number}", daemon=True).start()
    errors: list[Exception] = []
    left = jobs
    until: float | None = None
    while left:
        if until is None and settings.stop.is_set():
            until = time.monotonic() + _GOOD_ORDER
        if until is not None and settings.hurry.is_set():
            until = min(until, time.monotonic() + _HURRY)
        if until is not None and time.monotonic() > until:
            break
        with contextlib.suppress(queue.Empty):
            error = ended.get(timeout=GLANCE)
            left -= 1
            errors += [error] if error is not None else []
    if left:
        settings.seal()
    settings.stop.check()
    if errors:
        raise errors[0]
