"""Ctrl-C, SIGTERM and SIGHUP are the same: somebody wants this to end.

Where nothing is to be put in order the first one raises KeyboardInterrupt. A run notes it, ends its associations and
performed steps, and reports what it saw; a second one cuts that short, and the report is still written; a third one
ends the process at once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from scansim.stopping import Flag

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FIRST = "scanproof: interrupted: what is open is being ended, and what was seen is reported; once more: sooner"
_SECOND = "scanproof: interrupted again: nothing more is waited for; once more: at once, without a report"
_SHOW_CURSOR = b"\x1b[?25h"  # a progress bar hides it


class Signals:
    """What was asked for so far: ``stop`` is raised by the first signal, ``hurry`` by the second."""

    def __init__(self) -> None:
        self._came = 0
        self._noting = 0
        self._flags: tuple[Flag, Flag] | None = None

    @property
    def stop(self) -> Flag:
        """Whether what runs is to end, in good order."""
        return self._raised()[0]

    @property
    def hurry(self) -> Flag:
        """Whether good order takes too long."""
        return self._raised()[1]

    def _raised(self) -> tuple[Flag, Flag]:
        if self._flags is None:
            from scansim.stopping import Flag  # not at start: --help has to answer fast

            self._flags = (Flag(), Flag())
        for number, flag in enumerate(self._flags):
            if self._came > number:
                flag.set()
        return self._flags

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Raise nothing in here: whoever works looks at the flags."""
        self._raised()
        count = int(threading.current_thread() is threading.main_thread())  # where signals are handled
        self._noting += count
        try:
            yield
        finally:
            self._noting -= count

    def take(self, _number: int, _frame: Any) -> None:
        """Handle a signal; between two instructions of the main thread, so nothing here may take a lock."""
        self._came += 1
        if self._came > 2:
            _leave()
        if self._noting:
            self._raised()
            _tell(_FIRST if self._came == 1 else _SECOND)
        elif self._came == 1:
            raise KeyboardInterrupt


def _tell(line: str) -> None:
    with contextlib.suppress(OSError):  # the terminal may be gone: that is what SIGHUP says
        os.write(2, f"{line}\n".encode())


def _leave() -> NoReturn:
    """End the process now; what it started sees that its standard input has ended, and follows."""
    with contextlib.suppress(OSError):
        if os.isatty(2):
            os.write(2, _SHOW_CURSOR)
    os._exit(3)


#: Those of the process while it takes signals; set and reset in the main thread alone.
_taking: Signals | None = None


@contextlib.contextmanager
def taking_signals(*, to_the_end: bool = False) -> Iterator[Signals]:
    """Take the signals in here; inside of another such place, and in its threads, they are the outer one's.

    Where the process ends behind it (`to_the_end`) they are ignored from there on: its exit code stands.

    SIGINT is taken where a shell lets its background ignore it, too: whoever sends it means this process. SIGHUP stays
    ignored where it is, which is what nohup is for.
    """
    global _taking
    if _taking is not None or threading.current_thread() is not threading.main_thread():
        yield _taking or Signals()
        return
    _taking = Signals()
    before = {}
    for number in SIGNALS:
        handler = signal.getsignal(number)
        if handler is not None and not (number == signal.SIGHUP and handler == signal.SIG_IGN):
            before[number] = signal.signal(number, _taking.take)
    try:
        yield _taking
    finally:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if to_the_end else handler)
        _taking = None
