"""A commitment whose report comes on a new association, while somebody else calls our listener."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from scanproof.session import Session, collect
from scansim.network.listener import Listener
from scansim.site import Address, Limits, ListenerAddress, Site
from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.hostile.calls import Act, Caller, Stage
from tests.hostile.correct import DAY, asked_of, report_dataset, right
from tests.hostile.meeting import LIMITS, RUNS, TIMEOUTS, Outcome, causes_of, patient, scenario_of
from tests.hostile.peers import PATIENCE, Gone, Line, Peer, answer

#: Threads that a listener may have beside its own: those of strangers that are let in, and of who is to report.
THREADS = LIMITS.strangers + 8
#: A report on a new association takes its time.
LONGER = {"commitment": 2.0, "operation": 3.0, "step": 4.0, "hold": 0.05}
#: Seconds that strangers have before the target reports.
AHEAD = 0.15


@dataclass
class Meeting:
    """A commitment whose report is to come on a new association; whoever calls does so when it has been asked for."""

    caller: Caller
    port: int = 0
    stage: Stage | None = None
    most: int = 0

    def __post_init__(self) -> None:
        self.ending = threading.Event()
        self.threads: list[threading.Thread] = []

    def answer(self, line: Line, request: Message) -> None:
        """As a correct peer, but for an N-ACTION: answered, and released by us before the report comes."""
        if request.command.name != "N-ACTION-RQ":
            right(line, request)
            return
        content = report_dataset(asked_of(line, request), set())
        self.stage = Stage(self.port, line.peer, content, self.ending)
        if self.caller.early:
            self._act(0.0, self.caller.act)
        line.say(answer(request))
        acts = [] if self.caller.early else [(0.0, self.caller.act)]
        for wait, act in [*acts, *([] if self.caller.reports else [(AHEAD, Stage.right)])]:
            thread = threading.Thread(target=self._act, args=(wait, act), daemon=True)
            self.threads.append(thread)
            thread.start()

    def _act(self, wait: float, act: Act) -> None:
        with contextlib.suppress(Gone, OSError):
            if self.stage is not None and not self.ending.wait(wait):
                act(self.stage)

    def close(self) -> None:
        """End whatever goes on."""
        self.ending.set()
        if self.stage is not None:
            self.stage.close()
        for thread in self.threads:
            thread.join(3)


@dataclass(frozen=True)
class Met:
    """What came of it, whether our listener is there afterwards, and the threads that it had."""

    outcome: Outcome
    alive: bool
    threads: int


def meet(caller: Caller, folder: Path, *, limits: Limits = LIMITS, patience: float = 1.0) -> Met:
    """Run a commitment while somebody calls."""
    services, steps = RUNS["commit"]
    meeting = Meeting(caller)
    with Peer(meeting.answer, patience=PATIENCE * patience) as peer:
        timeouts = patient(TIMEOUTS.model_copy(update=LONGER), patience)
        address = Address(ae="HOSTILE", host="127.0.0.1", port=peer.port, timeouts=timeouts)
        site = Site(listener=ListenerAddress(port=0), services=dict.fromkeys(services, address), limits=limits)
        began, before = time.monotonic(), threading.active_count()
        with Listener.of_site(site) as listener:
            meeting.port = listener.port
            session = Session(site, listener, None)
            session.run([scenario_of(steps)], folder, seed=1, day=DAY, run_id="hostile", repeated=False)
            ran = time.monotonic() - began
            threads = threading.active_count() - before - len(meeting.threads)
            meeting.close()
            alive = _is_there(listener.port, peer)
        assert not peer.failures, peer.failures
    closed = time.monotonic()
    results = collect(folder)
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    outcome = Outcome(results, ran, time.monotonic() - closed, written, causes_of(folder), folder)
    return Met(outcome, alive, threads)


def _is_there(port: int, peer: Peer) -> bool:
    """Whether the listener takes an association, which it may have to make room for."""
    until = time.monotonic() + 5
    while time.monotonic() < until:
        stage = Stage(port, peer, None, threading.Event())  # type: ignore[arg-type]
        with contextlib.suppress(Gone):
            line = stage.call()
            line.sock.settimeout(2)
            line.say(stage.request())
            if isinstance(line.hear(), p.AssociateAC):
                line.close()
                return True
        stage.close()
    return False
