"""Several exams at a time."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from scansim.exam.run import RunSettings, run_scenario
from scansim.exam.scenario import Scenario
from scansim.stopping import GLANCE, Flag

#: How long exams side by side may take to end in good order when the run is interrupted, in s; and in a hurry.
_GOOD_ORDER, _HURRY = 8.0, 1.0


def run_side_by_side(scenarios: Sequence[Scenario], settings: RunSettings, folder: Path, jobs: int) -> None:
    """Run in threads that do not keep the process alive: after Ctrl-C nobody waits for a target that is silent."""
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
                run_scenario(scenario, settings, folder / scenario.label)
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
