"""Orders as worklist files: what a run puts into a folder for its time."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from pydicom.dataset import Dataset

from scansim.files import refused
from scansim.identity.orders import write_worklist_file


class OrderFolder:
    """Worklist files for the time of a run; what was written is taken away afterwards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.written: list[Path] = []
        self._lock = threading.Lock()

    def __call__(self, order: Dataset) -> None:
        """Write one order; InputError when the folder takes none."""
        try:
            path = write_worklist_file(order, self.folder)
        except OSError as error:
            raise refused(self.folder, error, setting="orders.folder in the site file") from None
        with self._lock:
            self.written.append(path)

    def remove(self) -> None:
        """Take away what was written."""
        for path in self.written:
            with contextlib.suppress(OSError):
                path.unlink()
