"""What all services of the reference target share."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from threading import Event

from scansim.reference.config import ReferenceConfig
from scansim.reference.store import Store


@dataclass(frozen=True)
class Target:
    """Configuration, data and end of one running target.

    ``returned`` counts how often each Accession Number was returned, for a defect that wants to know.
    """

    config: ReferenceConfig
    store: Store
    stopping: Event = field(default_factory=Event)
    returned: Counter[str] = field(default_factory=Counter)

    def planted(self, defect: str) -> bool:
        """Whether the wrong behaviour `defect` is to be shown."""
        return self.config.planted(defect)
