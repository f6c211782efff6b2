"""pynetdicom's timers on a clock that does not jump: theirs is the one on the wall."""

from __future__ import annotations

import time

from pynetdicom import timer


class _Steady:
    time = staticmethod(time.monotonic)


def steady_timers() -> None:
    """Let all timers of this process go by the monotonic clock; those that run already would be lost."""
    setattr(timer, "time", _Steady)  # noqa: B010 - it does not export what it imports
