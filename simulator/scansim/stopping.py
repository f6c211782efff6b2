"""A run that is to end before its time: somebody raises a flag, and every wait of every thread looks at it."""

from __future__ import annotations

import threading
import time

#: How long nobody looks, in s.
GLANCE = 0.1


class Flag:
    """Raised once, never lowered; there is no lock in it, so that a signal handler may raise it."""

    def __init__(self) -> None:
        self._raised = False

    def set(self) -> None:
        """Raise it."""
        self._raised = True

    def is_set(self) -> bool:
        """Whether it is raised."""
        return self._raised

    def check(self) -> None:
        """Raise KeyboardInterrupt when it is: here is a good place to end."""
        if self._raised:
            raise KeyboardInterrupt

    def sleep(self, seconds: float) -> None:
        """Sleep; KeyboardInterrupt as soon as the flag is raised."""
        self.wait_for(threading.Event(), seconds)

    def wait_for(self, event: threading.Event, seconds: float) -> bool:
        """Wait for an event and return whether it came; KeyboardInterrupt as soon as the flag is raised."""
        until = time.monotonic() + seconds
        while not event.is_set():
            self.check()
            left = until - time.monotonic()
            if left <= 0:
                return False
            event.wait(min(left, GLANCE))
        return True
