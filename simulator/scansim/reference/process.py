"""Run the reference target as a process of its own."""

from __future__ import annotations

import os
import queue
import sqlite3
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydicom.dataset import Dataset

from scansim.files import refused, temporary_folder
from scansim.inputs import InputError
from scansim.reference.config import TROUBLE, ReferenceConfig
from scansim.reference.store import Store
from scansim.stopping import GLANCE, Flag

_STOP_TIMEOUT = 5.0  # s from SIGTERM to SIGKILL
_ADVICE = "make room there, or set TMPDIR to another folder"
_LINES = 200  # of what it wrote to standard error, the last ones


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
    _told: _Told

    def add_order(self, item: Dataset) -> None:
        """Put an order into the worklist; the next query sees it. InputError when it cannot be written."""
        try:
            self._store.add_order(item)
        except sqlite3.Error as error:
            raise _no_room(self.folder, error) from None

    def trouble(self) -> str:
        """What the target could not write, and what to do about it; empty when it could: its refusals are its own."""
        lines = self._told.trouble
        return f"{lines[0]}; {_ADVICE}" if lines else ""

    def stop(self) -> int:
        """End the process, by SIGKILL when it does not go; returns its exit code, 0 when it went in good order."""
        if self._process.poll() is None:
            self._process.terminate()
        try:
            return self._process.wait(_STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


class _Told:
    """What a target writes to standard error; it is kept in memory, for its disk may be full."""

    def __init__(self) -> None:
        self.trouble: list[str] = []
        self._lines: deque[str] = deque(maxlen=_LINES)

    def read(self, pipe: IO[bytes]) -> None:
        """Read until it ends; runs on a thread of its own."""
        with suppress(OSError, ValueError):
            for line in pipe:
                text = line.decode(errors="replace").rstrip()
                self._lines.append(text)
                if text.startswith(TROUBLE):
                    self.trouble.append(f"the embedded target cannot write {text.removeprefix(TROUBLE)}")

    def __str__(self) -> str:
        text = "\n".join(self._lines).strip()
        return f"; it wrote:\n{text}" if text else ""


def _no_room(folder: Path, error: Exception) -> InputError:
    return InputError(f"{folder}: the embedded target cannot keep its data there: {error}; {_ADVICE}")


@contextmanager
def start(config: ReferenceConfig, timeout: float = 30, stop: Flag | None = None) -> Iterator[RunningTarget]:
    """Start a reference target, and end it when the context is left.

    Parameters
    ----------
    config : ReferenceConfig
        What to run.
    timeout : float
        How long it may take to come up, in s; ReferenceTargetError after that.
    stop : Flag, optional
        Ends the wait for it, with KeyboardInterrupt.

    Raises
    ------
    InputError
        When there is no place for its data.
    ReferenceTargetError
        When it does not come up.
    """
    with temporary_folder("scansim-reference-") as temporary:
        folder = config.folder or temporary
        try:
            store = Store(folder)
        except OSError as error:
            raise refused(folder, error) from None
        except sqlite3.Error as error:
            raise _no_room(folder, error) from None
        try:
            try:
                process = subprocess.Popen(
                    _command(config, folder),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    process_group=0,  # Ctrl-C is for whoever started it, who has to see it answer to the end
                    env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                )
            except OSError as error:
                raise ReferenceTargetError(f"the reference target cannot be started: {error}") from None
            told = _Told()
            listening = threading.Thread(target=told.read, args=(process.stderr,), daemon=True)
            listening.start()
            try:
                ae, host, port = _await_ready(process, timeout, told, listening, stop or Flag())
                target = RunningTarget(ae, host, port, folder, process.pid, process, store, told)
                try:
                    yield target
                finally:
                    target.stop()
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()
                listening.join(1)
                for pipe in (process.stdin, process.stdout, process.stderr):
                    if pipe is not None:
                        with suppress(OSError):
                            pipe.close()
        finally:
            store.close()


def _command(config: ReferenceConfig, folder: Path) -> list[str]:
    command = [sys.executable, "-m", "scansim.reference", "--exit-with-parent", "--ae", config.ae]
    command += ["--host", config.host, "--port", str(config.port), "--folder", str(folder)]
    command += ["--commitment", config.commitment, "--delay", str(config.commitment_delay)]
    for title, (host, port) in config.peers.items():
        command += ["--peer", f"{title}={host}:{port}"]
    command += ["--artim", str(config.artim), "--longest", str(config.longest)]
    if config.defect is not None:
        command += ["--defect", config.defect]
    return command


def _await_ready(
    process: subprocess.Popen[bytes], timeout: float, told: _Told, listening: threading.Thread, stop: Flag
) -> tuple[str, str, int]:
    """Read the one line that tells the address."""
    lines: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    threading.Thread(target=lambda pipe: lines.put(pipe.readline()), args=(process.stdout,), daemon=True).start()
    until = time.monotonic() + timeout
    line = None
    while line is None:
        stop.check()
        if time.monotonic() > until:
            raise ReferenceTargetError(f"the reference target was not ready within {timeout} s{told}")
        with suppress(queue.Empty):
            line = lines.get(timeout=GLANCE).decode().strip()
    if not line.endswith(" ready"):
        listening.join(1)
        raise ReferenceTargetError(f"the reference target ended before it was ready{told}")
    ae, _, address = line.removesuffix(" ready").rpartition("@")
    host, _, port = address.rpartition(":")
    return ae, host, int(port)
