#!/usr/bin/env python3
"""Exams side by side: a default `scanproof run` with -j 1, -j 2 and -j 8, on two targets.

    .venv/bin/python -m tests.bench.jobs [--rounds 3] [--delay 0.02] [--json]

One target is the embedded one as it is; the other is the same behind a relay that holds every answer back for 20 ms, as
a target does that is busy, or far away. Each is the whole command, as a user starts it, from the first import to the
last report. They run in turns and the best of each counts: machines are noisy, and only the ratios mean anything.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import queue
import resource
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
SOURCES = [str(ROOT), str(ROOT / "simulator"), str(ROOT / "conformance")]
SCENARIOS = ("ct-routine", "mr-routine", "refusals", "names", "final-state")
JOBS = (1, 2, 8)


class Took(NamedTuple):
    """Seconds by the clock, and of a processor (the embedded target's too, where there is one)."""

    wall: float
    cpu: float


# --- a target that answers late ---------------------------------------------------------------------------------------


def relay(server: tuple[str, int], delay: float) -> None:
    """Forward connections to a server, its answers `delay` s later, until standard input ends; prints its port."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener, server, delay), daemon=True).start()
        os.read(0, 1)


def _accept(listener: socket.socket, server: tuple[str, int], delay: float) -> None:
    while True:
        client, _ = listener.accept()
        behind = socket.create_connection(server)
        for sock in (client, behind):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        held: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        for work in ((_forward, client, behind), (_hold, behind, held, delay), (_let_go, held, client)):
            threading.Thread(target=work[0], args=work[1:], daemon=True).start()


def _forward(source: socket.socket, to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 18):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)


def _hold(source: socket.socket, held: queue.SimpleQueue[tuple[float, bytes]], delay: float) -> None:
    data = b""
    with contextlib.suppress(OSError):
        while data := source.recv(1 << 18):
            held.put((time.monotonic() + delay, data))
    held.put((time.monotonic() + delay, b""))


def _let_go(held: queue.SimpleQueue[tuple[float, bytes]], to: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            due, data = held.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if not data:
                to.shutdown(socket.SHUT_WR)
                return
            to.sendall(data)


@contextlib.contextmanager
def late(server: tuple[str, int], delay: float) -> Iterator[int]:
    """Start a relay in a process of its own, where it takes nobody's lock; gives its port."""
    argv = [sys.executable, "-m", "tests.bench.jobs", "--relay", f"{server[0]}:{server[1]}", "--delay", str(delay)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        try:
            yield int(running.stdout.readline())
        finally:
            running.stdin.close()


def run_late(jobs: int, out: Path, delay: float) -> None:
    """What `scanproof run` does, against a target of our own behind a relay: run, judge, report."""
    from scanproof.report import write_reports
    from scanproof.session import EMBEDDED_TIMEOUTS, Session, collect
    from scansim.builtin_files import builtin_folder
    from scansim.exam.scenario_files import find_scenarios
    from scansim.network.listener import Listener
    from scansim.reference import process
    from scansim.reference.config import ReferenceConfig
    from scansim.site import ListenerAddress, single_target

    scenarios, statement = find_scenarios(SCENARIOS), builtin_folder() / "statements" / "reference.yaml"
    with Listener(ListenerAddress(port=0)) as listener:
        config = ReferenceConfig(peers={listener.ae: ("127.0.0.1", listener.port)})
        with process.start(config) as target, late((target.host, target.port), delay) as port:
            ours = ListenerAddress(ae=listener.ae, port=listener.port)
            site = single_target(target.ae, target.host, port, listener=ours, timeouts=EMBEDDED_TIMEOUTS, promised=True)
            session = Session(site, listener, target.add_order)
            session.run(scenarios, out / "transcript", seed=1, day=date(2026, 1, 2), statements=[statement], jobs=jobs)
    write_reports(collect(out / "transcript"), out)


# --- measuring --------------------------------------------------------------------------------------------------------


def timed(argv: Sequence[str], env: Mapping[str, str]) -> Took:
    """Run a program to its end, which has to be a good one."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=600, check=False)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return Took(wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def measure(work: Path, rounds: int, delay: float) -> dict[str, dict[int, Took]]:
    """Time each number of jobs in turns; the first turn compiles our modules and does not count."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPATH": os.pathsep.join(SOURCES), "PYTHONPYCACHEPREFIX": str(work / "compiled")}
    best: dict[str, dict[int, Took]] = {"the embedded target": {}, f"one that is {delay * 1000:.0f} ms late": {}}
    for number in range(rounds + 1):
        for name, took in best.items():
            for jobs in JOBS if number else JOBS[:1]:
                out = work / f"out-{len(best)}-{number}-{jobs}-{name[:3]}"
                if name.startswith("the"):
                    argv = [sys.executable, "-m", "scanproof", "run", *SCENARIOS, "--seed", "1", "--date", "2026-01-02"]
                    argv += ["-j", str(jobs), "--out", str(out)]
                else:
                    argv = [sys.executable, "-m", "tests.bench.jobs", "--late", str(jobs), "--out", str(out)]
                    argv += ["--delay", str(delay)]
                one = timed(argv, env)
                if number:
                    known = took.get(jobs, one)
                    took[jobs] = Took(min(one.wall, known.wall), min(one.cpu, known.cpu))
    return best


def show(best: Mapping[str, Mapping[int, Took]]) -> str:
    """Times and ratios, a line each."""
    lines = []
    for name, took in best.items():
        lines.append(name)
        for jobs, one in took.items():
            ratio = f"-j 1 / -j {jobs}: {took[1].wall / one.wall:.2f}"
            lines.append(f"  -j {jobs}{one.wall:>8.2f} s{one.cpu:>8.2f} s of a processor   {ratio}")
    return "\n".join(lines)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--delay", type=float, default=0.02, help="of the late target's answers, in s")
    parser.add_argument("--json", action="store_true", help="print the times as JSON")
    parser.add_argument("--relay", help=argparse.SUPPRESS)
    parser.add_argument("--late", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.relay is not None:
        host, _, port = given.relay.rpartition(":")
        relay((host, int(port)), given.delay)
        return
    if given.late is not None:
        run_late(given.late, given.out, given.delay)
        return
    with tempfile.TemporaryDirectory(prefix="scanproof-bench-") as work:
        best = measure(Path(work), max(1, given.rounds), given.delay)
    plain = {name: {jobs: one._asdict() for jobs, one in took.items()} for name, took in best.items()}
    print(json.dumps(plain, indent=2) if given.json else show(best))


if __name__ == "__main__":
    main()
