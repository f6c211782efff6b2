"""Files judged by several processes at once, the results in the order of the files.

Each process has a line of its own, gets every n-th parcel of files, and has two of them at most before it. What a
process learns of a series serves the next files of its parcels; nothing of it changes what is found. For few files
nothing is started: one process has judged them before others have begun.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator
from itertools import chain, count, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from scanproof.iod.command.judging import Judged, Judging
from scanproof.iod.command.sources import Source, forget_archives

#: Fewer files than this are judged here; with a second opinion, which is a process a file, fewer.
_WORTH_IT, _WORTH_AN_OPINION = 256, 8
_PARCEL, _OPINION_PARCEL = 32, 2
#: Bytes of names in a parcel at most: two of them have to fit into a line while nobody reads it.
_NAMES = 1 << 14
_WAIT_S = 0.2
_GRACE_S = 2.0


class WorkerDiedError(Exception):
    """A process ended before it had answered; the message says how, and which files it had."""


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def judge_all(
    sources: Iterator[Source],
    make: Callable[[], Judging],
    jobs: int,
    stopped: Callable[[], bool],
    *,
    opinions: bool,
) -> Generator[Judged]:
    """Judge files, here or by several processes, and yield what became of each in their order.

    Parameters
    ----------
    sources : iterator of Source
        The files.
    make : callable
        Makes what judges, in each process.
    jobs : int
        Processes at most.
    stopped : callable
        Whether this is to end early.
    opinions : bool
        Whether each file costs a process of dciodvfy.

    Raises
    ------
    WorkerDiedError
        After the results of the files before those that it had.
    """
    first = list(islice(sources, _WORTH_AN_OPINION if opinions else _WORTH_IT)) if jobs > 1 else []
    few = len(first) < (_WORTH_AN_OPINION if opinions else _WORTH_IT)
    if jobs < 2 or few:
        judging = make()
        for source in chain(first, sources):
            if stopped():
                return
            yield judging.judge(source)
        return
    crew = _Crew(make, jobs)
    try:
        yield from crew.judge(_parcels(chain(first, sources), _OPINION_PARCEL if opinions else _PARCEL), stopped)
    finally:
        crew.end()


def _parcels(sources: Iterator[Source], most: int) -> Iterator[list[Source]]:
    parcel: list[Source] = []
    size = 0
    for source in sources:
        parcel.append(source)
        size += len(source.path) + len(source.member)
        if len(parcel) >= most or size > _NAMES:
            yield parcel
            parcel, size = [], 0
    if parcel:
        yield parcel


class _Crew:
    """The processes, and the line to each."""

    def __init__(self, make: Callable[[], Judging], jobs: int) -> None:
        forked = sys.platform.startswith("linux")  # elsewhere a fork is not safe, and a process begins anew
        context = multiprocessing.get_context("fork") if forked else multiprocessing.get_context("spawn")
        self._lines: list[Connection] = []
        self._processes: list[BaseProcess] = []
        for _ in range(jobs):
            here, there = context.Pipe()
            others = (*self._lines, here) if forked else ()
            process = context.Process(target=_work, args=(there, others, make), daemon=True)
            process.start()
            there.close()
            self._lines.append(here)
            self._processes.append(process)

    def judge(self, parcels: Iterator[list[Source]], stopped: Callable[[], bool]) -> Iterator[Judged]:
        """Send parcels out in turn, and take the answers in the same turn."""
        turn = count()
        away: deque[tuple[int, list[Source]]] = deque()

        def send(number: int, parcel: list[Source]) -> None:
            with contextlib.suppress(OSError):  # it is gone, which is told where its answer is missing
                self._lines[number].send(parcel)
            away.append((number, parcel))

        for parcel in islice(parcels, 2 * len(self._lines)):
            send(next(turn) % len(self._lines), parcel)
        while away and not stopped():
            number, parcel = away[0]
            done = self._answer(number, parcel, stopped)
            if done is None:
                return
            away.popleft()
            following = next(parcels, None)
            if following is not None:
                send(number, following)
            yield from done

    def _answer(self, number: int, parcel: list[Source], stopped: Callable[[], bool]) -> list[Judged] | None:
        """Answer of a process; None when the work is to end before it comes."""
        line = self._lines[number]
        while not wait([line], _WAIT_S):
            if stopped():
                return None
        try:
            answer: list[Judged] | Exception = line.recv()
        except (EOFError, OSError):
            if stopped():
                return None
            raise WorkerDiedError(self._died(number, parcel)) from None
        if isinstance(answer, Exception):
            raise answer
        return answer

    def _died(self, number: int, parcel: list[Source]) -> str:
        process = self._processes[number]
        process.join(_GRACE_S)
        code = process.exitcode or 0
        how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
        if -code == signal.SIGKILL:
            how += ", as by a system that is out of memory"
        return f"a process {how} while it had {parcel[0].name} to {parcel[-1].name}"

    def end(self) -> None:
        """End the processes; they hold nothing that has to be put in order."""
        for line in self._lines:
            line.close()
        for process in self._processes:
            process.terminate()
        for process in self._processes:
            process.join(_GRACE_S)
            if process.is_alive():
                process.kill()
                process.join()


def _work(line: Connection, others: tuple[Connection, ...], make: Callable[[], Judging]) -> None:
    """Judge parcels until nobody is at the other end of the line."""
    for number in (signal.SIGINT, signal.SIGHUP):  # of a terminal: whoever began this is asked, and ends it
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:  # or the line would have an end here as well, and never be closed
        other.close()
    forget_archives()  # of the process before: their places in the files are shared with it
    try:
        judging = make()
        while True:
            parcel = line.recv()
            try:
                answer: list[Judged] | Exception = [judging.judge(source) for source in parcel]
            except Exception as error:  # an error of ours: told where all errors are
                answer = error
            line.send(answer)
    except (EOFError, OSError):
        return
