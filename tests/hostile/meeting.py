"""A run against a hostile peer, and what came of it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

from scanproof.conclude import exit_code
from scanproof.finding import Finding, Verdict
from scanproof.results import Results
from scanproof.session import Session, collect
from scansim.exam.scenario import ProcedureCodes, Scenario
from scansim.exam.step import Step
from scansim.network.listener import Listener
from scansim.site import Address, Limits, ListenerAddress, Site, Timeouts
from scansim.steps import VERBS
from scansim.vocabulary.outcome import Cause
from tests.hostile.correct import DAY, right
from tests.hostile.peers import PATIENCE, Behaviour, Peer

TIMEOUTS = Timeouts(
    connect=0.5,
    associate=0.8,
    response=0.8,
    operation=1.2,
    step=3,
    commitment=0.5,
    hold=0.1,
    settle=0.1,
    again=0.05,
)
LIMITS = Limits(answers=60, operation=4, transcript=16, strangers=4)
#: Seconds that a run may take: each step its own three, and the judge.
BOUND = 8.0
#: What a run may write, in bytes: the limit on the transcript, and the rest of it.
ROOM_ON_DISK = 20 << 20


def _step(verb: str, **parameters: object) -> Step:
    return VERBS[verb].model.model_validate(parameters)


#: What an exam does, and the services that it is run against.
RUNS: dict[str, tuple[tuple[str, ...], tuple[Step, ...]]] = {
    "echo": (("worklist",), (_step("verify"),)),
    "worklist": (("worklist",), (_step("query-worklist"),)),
    "item": (("worklist", "mpps"), (_step("query-worklist"), _step("choose-item"), _step("create-mpps"))),
    "mpps": (
        ("mpps",),
        (
            _step("create-mpps"),
            _step("acquire", protocol="ct-scout", instances=1),
            _step("set-mpps", status="DISCONTINUED"),
        ),
    ),
    "store": (("storage",), (_step("acquire", protocol="ct-scout", instances=2), _step("store"))),
    "commit": (("commitment",), (_step("commit", add_unknown=2),)),
    "query": (("query",), (_step("query-study"),)),
    "archive": (
        ("storage", "query"),
        (_step("acquire", protocol="ct-scout", instances=1), _step("store"), _step("query-study")),
    ),
    "exam": (
        ("worklist", "mpps", "storage", "commitment"),
        (
            _step("query-worklist"),
            _step("choose-item"),
            _step("create-mpps"),
            _step("acquire", protocol="ct-scout", instances=1),
            _step("store"),
            _step("set-mpps", status="COMPLETED"),
            _step("commit"),
        ),
    ),
}


@dataclass(frozen=True)
class Outcome:
    """What came of a run."""

    results: Results
    seconds: float
    judged: float
    bytes: int
    causes: frozenset[str]
    folder: Path

    @property
    def code(self) -> int:
        """The exit code."""
        return exit_code(self.results, "fail")

    @property
    def verdict(self) -> str:
        """The worst that is found."""
        counted = self.results.summary
        order = (Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN, Verdict.PASS)
        return next((verdict.value for verdict in order if counted.get(verdict)), "")

    def of(self, *verdicts: Verdict) -> list[Finding]:
        """The findings of some verdicts that count."""
        return [each for each in self.results.all_findings if each.verdict in verdicts and each.root is None]

    @property
    def fails(self) -> frozenset[str]:
        """The checks that say FAIL."""
        return frozenset(each.check for each in self.of(Verdict.FAIL))

    @property
    def own_failures(self) -> list[str]:
        """What is our own failure, which a peer must never bring about."""
        found = [each.actual for each in self.results.all_findings if "check itself failed" in each.actual]
        found += [note for note in self.results.notes if "failed itself" in note]
        if Cause.HARNESS in self.causes:
            found += [step.detail for each in self.results.scenarios for step in each.steps]
        return found

    def told(self) -> str:
        """All of it in words, for an assertion that fails."""
        found = [
            f"{each.verdict} {each.check} [{each.exchange}] x{each.count}: {each.actual[:160]!r}"
            for each in self.of(Verdict.FAIL, Verdict.INCONCLUSIVE, Verdict.WARN)
        ]
        steps = [f"{s.verb}: {s.outcome} {s.detail[:160]}" for each in self.results.scenarios for s in each.steps]
        times = f"{self.seconds:.2f} s, judged in {self.judged:.2f} s, {self.bytes} bytes"
        return "\n".join(["", f"exit code {self.code}; {times}", *steps, *found, *self.results.notes])


def scenario_of(steps: tuple[Step, ...]) -> Scenario:
    """A scenario of some steps."""
    codes = ProcedureCodes(
        code="CTABD", meaning="CT abdomen", protocol_code="CTABD-N", protocol_meaning="CT abdomen native"
    )
    return Scenario(id="hostile", title="A small exam", modality="CT", procedure=codes, steps=steps)


def causes_of(folder: Path) -> frozenset[str]:
    """Why steps did not go on."""
    return frozenset(step["cause"] for path in folder.rglob("steps.json") for step in json.loads(path.read_bytes()))


def patient(timeouts: Timeouts, times: float) -> Timeouts:
    """Timeouts that are so many times as long."""
    return Timeouts(**{name: min(value * times, 3600) for name, value in timeouts.model_dump().items()})


def meet(
    behaviour: Behaviour | None, folder: Path, run: str = "", *, limits: Limits = LIMITS, patience: float = 1.0
) -> Outcome:
    """Run an exam against a peer with a behaviour, or a correct one, and judge it."""
    services, steps = RUNS[behaviour.run if behaviour is not None else run]
    at, act = (behaviour.at, behaviour.act) if behaviour is not None else ("", None)
    with Peer(right, at, act, patience=PATIENCE * patience) as peer:
        address = Address(ae="HOSTILE", host="127.0.0.1", port=peer.port, timeouts=patient(TIMEOUTS, patience))
        site = Site(listener=ListenerAddress(port=0), services=dict.fromkeys(services, address), limits=limits)
        began = time.monotonic()
        listener = Listener.of_site(site) if "commitment" in services else None
        try:
            Session(site, listener, None).run(
                [scenario_of(steps)], folder, seed=1, day=DAY, run_id="hostile", repeated=False
            )
        finally:
            if listener is not None:
                listener.close()
        ran = time.monotonic() - began
        assert not peer.failures, peer.failures
    results = collect(folder)
    judged = time.monotonic() - began - ran
    written = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Outcome(results, ran, judged, written, causes_of(folder), folder)
