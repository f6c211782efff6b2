"""The embedded target on a thread of this process: as it is elsewhere, without the start of Python and its imports."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pydicom.dataset import Dataset

from scansim.files import temporary_folder
from scansim.reference.config import ReferenceConfig
from scansim.reference.server import serve
from scansim.reference.store import Store
from scansim.stopping import Flag


@dataclass(frozen=True)
class Here:
    """What a session asks of the target that it started."""

    ae: str
    host: str
    port: int
    store: Store

    def add_order(self, item: Dataset) -> None:
        self.store.add_order(item)

    def trouble(self) -> str:
        return ""


@contextmanager
def start(config: ReferenceConfig, timeout: float = 10, stop: Flag | None = None) -> Iterator[Here]:
    """Stands for `scansim.reference.process.start`."""
    with temporary_folder("scansim-reference-") as folder:
        store = Store(folder)
        ready: queue.Queue[str] = queue.Queue()
        end = threading.Event()
        serving = threading.Thread(target=serve, args=(replace(config, folder=folder), ready.put, end), daemon=True)
        serving.start()
        try:
            ae, _, address = ready.get(timeout=timeout).rpartition("@")
            host, _, port = address.rpartition(":")
            yield Here(ae, host, int(port), store)
        finally:
            end.set()
            serving.join(10)
            store.close()
            assert not serving.is_alive()
