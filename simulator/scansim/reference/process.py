"""Run the reference target as a process of its own."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pydicom.dataset import Dataset

from scansim.reference.config import ReferenceConfig
from scansim.reference.store import Store

_STOP_TIMEOUT = 5.0  # s from SIGTERM to SIGKILL


class ReferenceTargetError(Exception):
    """The reference target did not come up; the text holds what it wrote to standard error."""


@dataclass(frozen=True)
class RunningTarget:
    """A reference target that takes associations; ``folder`` holds its database and its files."""

    ae: str
    host: str
    port: int
    folder: Path
    pid: int
    _process: subprocess.Popen[bytes]
    _store: Store

    def add_order(self, item: Dataset) -> None:
        """Put an order into the worklist; the next query sees it."""
        self._store.add_order(item)

    def stop(self) -> int:
        """End the process, by SIGKILL when it does not go; returns its exit code, 0 when it went in good order."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


@contextmanager
def start(config: ReferenceConfig, timeout: float = 10) -> Iterator[RunningTarget]:
    """Start a reference target, and end it when the context is left.

    Parameters
    ----------
    config : ReferenceConfig
        What to run.
    timeout : float
        How long it may take to come up, in s; ReferenceTargetError after that.
    """
    with tempfile.TemporaryDirectory(prefix="scansim-reference-") as temporary:
        folder = config.folder or Path(temporary)
        store = Store(folder)
        log = Path(temporary) / "log"
        try:
            with log.open("wb") as errors:
                process = subprocess.Popen(
                    _command(config, folder),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    process_group=0,  # Ctrl-C is for whoever started it, who has to see it answer to the end
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                )
            try:
                ae, host, port = _await_ready(process, timeout, log)
                target = RunningTarget(ae, host, port, folder, process.pid, process, store)
                try:
                    yield target
                finally:
                    target.stop()
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                for pipe in (process.stdin, process.stdout):
                    if pipe is not None:
                        pipe.close()
        finally:
            store.close()


def _command(config: ReferenceConfig, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "scansim.reference", "--exit-with-parent", "--ae", config.ae]
    command += ["--host", config.host, "--port", str(config.port), "--folder", str(folder)]
    command += ["--commitment", config.commitment, "--delay", str(config.commitment_delay)]
    for title, (host, port) in config.peers.items():
        command += ["--peer", f"{title}={host}:{port}"]
    if config.defect is not None:
        command += ["--defect", config.defect]
    return command


def _await_ready(process: subprocess.Popen[bytes], timeout: float, log: Path) -> tuple[str, str, int]:
    """Read the one line that tells the address."""
    lines: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda pipe: lines.put(pipe.readline()), args=(process.stdout,), daemon=True).start()
    try:
        line = lines.get(timeout=timeout).decode().strip()
    except queue.Empty:
        raise ReferenceTargetError(f"the reference target was not ready within {timeout} s{_told(log)}") from None
    if not line.endswith(" ready"):
        raise ReferenceTargetError(f"the reference target ended before it was ready{_told(log)}")
    ae, _, address = line.removesuffix(" ready").rpartition("@")
    host, _, port = address.rpartition(":")
    return ae, host, int(port)


def _told(log: Path) -> str:
    text = log.read_text(errors="replace").strip()
    return f"; it wrote:\n{text}" if text else ""
