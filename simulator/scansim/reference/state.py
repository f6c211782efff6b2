"""What all services of the reference target share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Timer

from scansim.network.tap import Recording
from scansim.reference.config import ReferenceConfig
from scansim.reference.store import Store


@dataclass(frozen=True)
class Target:
    """Configuration, data and end of one running target.

    ``returned`` counts how often each Accession Number was returned, or series asked for, and ``arrivals`` the requests
    for an association, for defects that want to know. ``recording`` is where it records what passes, if it does.
    """

    config: ReferenceConfig
    store: Store
    stopping: Event = field(default_factory=Event)
    returned: Counter[str] = field(default_factory=Counter)
    arrivals: Iterator[int] = field(default_factory=count)
    recording: Recording | None = None
    _background: list[Timer] = field(default_factory=list)

    def planted(self, defect: str) -> bool:
        """Whether the wrong behaviour `defect` is to be shown."""
        return self.config.planted(defect)

    def later(self, delay: float, run: Callable[[], None]) -> None:
        """Have something done in the background after `delay` s, unless the target ends before."""
        timer = Timer(delay, run)
        timer.daemon = True
        self._background[:] = [one for one in self._background if one.is_alive()] + [timer]
        timer.start()

    def end_background(self) -> None:
        """Call off what has not begun, and wait a moment for what has."""
        for timer in self._background:
            timer.cancel()
        for timer in self._background:
            timer.join(1)
