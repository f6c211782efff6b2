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

#: How long exams side by side may go on with what they are at when the run is interrupted, in s.
_LAST_MESSAGES = 2.0


def run_side_by_side(scenarios: Sequence[Scenario], settings: RunSettings, folder: Path, jobs: int) -> None:
    """Run in threads that do not keep the process alive: after Ctrl-C nobody waits for a target that is silent."""
    waiting: queue.SimpleQueue[Scenario] = queue.SimpleQueue()
    for scenario in scenarios:
        waiting.put(scenario)
    # Not Thread.join: after Ctrl-C, Python 3.11 takes the thread that was waited for as ended.
    ended: queue.SimpleQueue[Exception | None] = queue.SimpleQueue()

    def work() -> None:
        error = None
        try:
            while not settings.stop.is_set():
                scenario = waiting.get_nowait()
                run_scenario(scenario, settings, folder / scenario.label)
        except queue.Empty:
            pass
        except Exception as failure:  # it is raised again where the threads were started
            error = failure
            settings.stop.set()
        ended.put(error)

    for number in range(jobs):
        threading.Thread(target=work, name=f"exam-{number}", daemon=True).start()
    errors: list[Exception] = []
    left = jobs
    try:
        while left:
            error = ended.get()
            left -= 1
            errors += [error] if error is not None else []
    except KeyboardInterrupt:
        settings.stop.set()
        until = time.monotonic() + _LAST_MESSAGES
        with contextlib.suppress(queue.Empty):
            for _ in range(left):
                ended.get(timeout=max(0.0, until - time.monotonic()))
        # for exams that wait for a target which is silent; those that come to their end do it themselves
        settings.put_in_order()
        raise
    if errors:
        raise errors[0]
