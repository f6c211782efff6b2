"""What all services of the reference target share."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event

from scansim.reference.config import ReferenceConfig
from scansim.reference.store import Store


@dataclass(frozen=True)
class Target:
    """Configuration, data and end of one running target."""

    config: ReferenceConfig
    store: Store
    stopping: Event = field(default_factory=Event)

    def planted(self, defect: str) -> bool:
        """Whether the wrong behaviour `defect` is to be shown."""
        return self.config.planted(defect)
