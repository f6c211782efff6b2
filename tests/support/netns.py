"""A network namespace for the real servers of the tests, and the programs that run in it.

Orthanc, DCMTK's servers and the like listen on every address, and on the fixed ports of the site files. In a namespace
of our own nothing of that leaves the machine, and parallel test processes do not meet.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tests.support.others import missing, require

_POLL_S = 0.02
_STOP_S = 5.0
#: A server gets so long to end politely. What it keeps is thrown away, and Orthanc would take 2 to 3 s.
_GRACE_S = 0.3


@dataclass(frozen=True, eq=False)
class Process:
    """A server that was started in a namespace, with every process that it forked."""

    namespace: Namespace
    popen: subprocess.Popen[bytes]
    log: Path

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pids(self) -> set[int]:
        """Return the living processes of this server: they share its process group."""
        alive = {self.popen.pid} if self.popen.poll() is None else set()
        for pid in self.namespace.pids():
            with suppress(ProcessLookupError):
                if os.getpgid(pid) == self.popen.pid:
                    alive.add(pid)
        return alive

    def log_text(self) -> str:
        """Return what the server has printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """End the server and what it forked; does nothing when it has ended already."""
        for number, patience in ((signal.SIGTERM, _GRACE_S), (signal.SIGKILL, _STOP_S)):
            for pid in self.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + patience
            while self.pids() and time.monotonic() < deadline:
                time.sleep(_POLL_S)
        self.namespace.running.discard(self)


@dataclass(frozen=True, eq=False)
class Namespace:
    """A Linux network namespace with nothing in it but its own loopback interface (root, iproute2).

    Leaving it ends every process in it: the servers that still run, and whatever else was started in it.
    """

    name: str = field(
        default_factory=lambda: f"scanproof-{os.getpid()}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    )
    running: set[Process] = field(default_factory=set)

    def __enter__(self) -> Namespace:
        require("ip", "iproute2")
        if os.geteuid() != 0:
            missing("the peers run in a network namespace, which takes root (and the package iproute2)")
        try:
            _ask("ip", "netns", "add", self.name)
        except subprocess.CalledProcessError as error:
            missing(f"no network namespace, not even as root (package iproute2): {error.stderr.strip()}")
        _ask("ip", "-n", self.name, "link", "set", "lo", "up")
        return self

    def __exit__(self, *_: object) -> None:
        for process in list(self.running):
            process.stop()
        left = self.pids()
        _ask("ip", "netns", "del", self.name)
        if left:  # a client of a test that outlived its command; deleting the name does not end it
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise RuntimeError(f"processes were left in {self.name} and have been killed: {left}")

    def pids(self) -> list[int]:
        """Return the processes that live in this namespace."""
        return [int(pid) for pid in _ask("ip", "netns", "pids", self.name).split()]

    def listening(self) -> set[int]:
        """Return the TCP ports that somebody listens on; nobody is connected to (that ends some servers)."""
        lines = _ask("ss", "-Hltn", "-N", self.name).splitlines()
        return {int(line.split()[3].rpartition(":")[2]) for line in lines}

    def command(self, argv: Sequence[str | Path]) -> list[str]:
        """Return `argv` so that it runs in this namespace."""
        return [require("ip", "iproute2"), "netns", "exec", self.name, *map(str, argv)]

    def run(
        self,
        argv: Sequence[str | Path],
        timeout: float = 30.0,
        *,
        check: bool = False,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a client here and return its exit code and output.

        Parameters
        ----------
        argv : sequence of str or Path
            The command.
        timeout : float
            After so many s it is killed together with what it started, and TimeoutError tells what it had printed.
        check : bool
            Whether an exit code other than 0 is an AssertionError with the output.
        cwd, env
            Its working directory; environment variables on top of ours.
        """
        popen = self._popen(self.command(argv), cwd, env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = popen.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(popen.pid, signal.SIGKILL)
            out, err = popen.communicate(timeout=_STOP_S)
            raise TimeoutError(f"{argv[0]} still ran after {timeout} s\n{_text(out)}{_text(err)}") from None
        done = subprocess.CompletedProcess([*map(str, argv)], popen.returncode, _text(out), _text(err))
        if check and done.returncode != 0:
            raise AssertionError(f"{done.args} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def start(
        self,
        argv: Sequence[str | Path],
        ready: int | Callable[[], bool],
        log: Path,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 20.0,
    ) -> Process:
        """Start a server here and wait until it is ready.

        Parameters
        ----------
        argv : sequence of str or Path
            The command; it must stay in the foreground.
        ready : int or callable
            The port that it listens on, or a function that says when it is ready.
        log : Path
            Where its output goes; the end of it stands in the error when the server does not come up.
        cwd, env
            Its working directory; environment variables on top of ours.
        timeout : float
            How long it may take to come up, in s.
        """
        if isinstance(ready, int) and ready in self.listening():
            raise RuntimeError(f"port {ready} of {self.name} is taken, so {argv[0]} was not started")
        # the kernel ends the server with the thread that started it, even when we are killed and no fixture can stop it
        tied = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
        with log.open("ab") as out:
            popen = self._popen(self.command(tied), cwd, env, stdout=out, stderr=subprocess.STDOUT)
        process = Process(self, popen, log)
        self.running.add(process)
        deadline = time.monotonic() + timeout
        while not (ready in self.listening() if isinstance(ready, int) else ready()):
            code = popen.poll()
            if code is not None or time.monotonic() > deadline:
                process.stop()
                what = f"was not ready after {timeout} s" if code is None else f"ended with {code}"
                raise RuntimeError(f"{argv[0]} {what}; its log says:\n{process.log_text()[-4000:]}")
            time.sleep(_POLL_S)
        return process

    def _popen(
        self, argv: list[str], cwd: Path | None, env: Mapping[str, str] | None, *, stdout: int | IO[bytes], stderr: int
    ) -> subprocess.Popen[bytes]:
        # a session of its own, so that a server and what it forks are one process group
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )


def _ask(program: str, *arguments: str) -> str:
    """Run a tool of iproute2 and return what it prints."""
    argv = [require(program, "iproute2"), *arguments]
    return subprocess.run(argv, capture_output=True, text=True, timeout=30, check=True).stdout


def _text(output: bytes) -> str:
    return output.decode(errors="replace")
