"""A line for each association that a target records, as soon as it has ended: who, what it did, and its verdict.

Judged on a thread of its own that gives way to those that serve; what is long, or too much at a time, is left to the
judge of the whole recording.
"""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from scanproof.finding import Finding, Verdict
from scanproof.judged_clients import JudgedClient, judged_client
from scanproof.recording import did, evidence_of, label_of, read_facts
from scanproof.report.words import plural, printable
from scansim.inputs import InputError
from scansim.network.transcript import read_association

_LONGEST = 1 << 24  # bytes of a record that is judged here, those of the same client before it included
_MOST_BEFORE = 20  # associations of the same client that are judged along with it
_MOST_WAITING = 200  # associations
_PATIENCE = 10.0  # s for what waits when the target has ended
_LINE = 240  # characters


def line_of(path: Path, facts: Mapping[str, object], before: Sequence[Path] = ()) -> str:
    """Who opened an association, what it did, and what is wrong on it; a pure function of the records.

    `before` are associations of the same client: what began on one of them may end on this one.
    """
    name = label_of(read_association(path))
    client = evidence_of(facts, path.parent, name, [path])
    known = evidence_of(facts, path.parent, name, [*before, path]) if before else client
    return f"{name}: {did(client)}: {in_short(judged_client(known).on(path.stem))}"


def in_short(found: JudgedClient) -> str:
    """The verdict of a client in a few words, with the first of its faults."""
    faults, warnings = found.faults, found.warnings
    if faults:
        return f"{plural(len(faults), 'fault')}: {_told(faults[0])}"
    if found.verdict is Verdict.INCONCLUSIVE:
        return "could not be judged"
    if warnings:
        return f"{plural(len(warnings), 'warning')}: {_told(warnings[0])}"
    return "pass" if found.verdict is Verdict.PASS else "nothing to judge"


def _told(finding: Finding) -> str:
    where = f"{finding.tag}: " if finding.tag else ""
    return f"{finding.title}: {where}{finding.actual}"


class LiveLines:
    """Judges each association that has ended, and puts a line.

    Parameters
    ----------
    folder : pathlib.Path
        Of the recording.
    put : callable
        Given each line; what it raises ends nothing.
    """

    def __init__(self, folder: Path, put: Callable[[str], None]) -> None:
        self._folder = folder
        self._put = put
        self._waiting: queue.Queue[tuple[datetime, Path] | None] = queue.Queue(_MOST_WAITING)
        self._passed_over = 0
        self._over = False
        self._begun = threading.Event()
        self._before: dict[str, deque[Path]] = {}
        self._thread = threading.Thread(target=self._run, name="live-judge", daemon=True)
        self._thread.start()

    def begin(self, line: str) -> None:
        """Say what stands before the first line; until then there is none."""
        self._say(line)
        self._begun.set()

    def ended(self, path: Path) -> None:
        """Take the record of an association that has ended; whoever served it goes on at once."""
        try:
            self._waiting.put_nowait((datetime.now(), path))
        except queue.Full:
            self._passed_over += 1

    def finish(self) -> None:
        """Judge what still waits, as long as somebody may want to wait for it."""
        self._begun.set()
        with contextlib.suppress(queue.Full):
            self._waiting.put(None, timeout=_PATIENCE)
        self._thread.join(_PATIENCE)
        self._over = True
        self._passed_over += sum(each is not None for each in self._waiting.queue)
        if self._passed_over:
            self._say(f"{plural(self._passed_over, 'association')} more, judged at the end")

    def _run(self) -> None:
        with contextlib.suppress(AttributeError, OSError):  # only Linux has priorities of threads
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        self._begun.wait()
        while (item := self._waiting.get()) is not None and not self._over:
            when, path = item
            try:
                told = self._told(path)
            except InputError as error:
                told = f"{path.stem}: {error}"
            except Exception as error:  # a judge that is broken ends no target
                told = f"{path.stem}: could not be judged here: {type(error).__name__}"
            self._say(f"{when:%H:%M:%S} {told}")

    def _told(self, path: Path) -> str:
        room = _LONGEST - path.stat().st_size
        if room < 0:
            return f"{path.stem}: {path.stat().st_size >> 20} MiB, judged at the end"
        before = self._before.setdefault(label_of(read_association(path)), deque(maxlen=_MOST_BEFORE))
        taken: list[Path] = []
        for other in reversed(before):
            room -= other.stat().st_size
            if room >= 0:
                taken.insert(0, other)
        before.append(path)
        return line_of(path, read_facts(self._folder), taken)

    def _say(self, line: str) -> None:
        text = " ".join(printable(line).split())
        with contextlib.suppress(OSError, ValueError):
            self._put(text if len(text) <= _LINE else f"{text[:_LINE]}…")
