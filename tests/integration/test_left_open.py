"""Performed steps that a run leaves IN PROGRESS: told, and ended where the target still answers."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanproof.results import Results, ScenarioResult
from scanproof.session import EMBEDDED_TIMEOUTS, Session, collect
from scansim.exam.scenario_files import find_scenarios
from scansim.network.listener import Listener
from scansim.reference import process
from scansim.reference.config import ReferenceConfig
from scansim.reference.store import Store
from scansim.site import ListenerAddress, single_target
from tests.support.command_line import TIMEOUT, command, main, results, target
from tests.support.processes import environment

DAY = date(2026, 3, 4)
VERBS = [step.verb for step in find_scenarios(["ct-routine"])[0].steps]

NEVER_ENDED = """\
id: never-ended
title: an exam whose step nobody ends
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps:
  - query-worklist
  - choose-item
  - create-mpps
  - acquire: {protocol: ct-abdomen, instances: 2}
  - store
"""

pytestmark = pytest.mark.long


def states(folder: Path, of: ScenarioResult) -> dict[str, str]:
    """Performed Procedure Step Status at the target of each step that the scenario created or left open."""
    store = Store(folder)
    try:
        uids = [entry.uid for entry in of.created if entry.kind.startswith("Modality")]
        found = {uid: store.step(uid) for uid in uids}
        return {uid: str(step.PerformedProcedureStepStatus) for uid, step in found.items() if step is not None}
    finally:
        store.close()


def verdicts(of: Results, verdict: str) -> set[str]:
    return {finding.check for finding in of.all_findings if finding.verdict == verdict}


# --- a target that dies -----------------------------------------------------------------------------------------------


def run_until(folder: Path, number: int) -> Results:
    """Run an exam whose target is killed when a step of it begins."""
    with Listener(ListenerAddress(port=0)) as listener:
        config = ReferenceConfig(peers={listener.ae: ("127.0.0.1", listener.port)})
        with process.start(config) as running:
            address = ListenerAddress(ae=listener.ae, port=listener.port)
            site = single_target(running.ae, running.host, running.port, listener=address, timeouts=EMBEDDED_TIMEOUTS)

            def kill(_scenario: str, what: str, done: int, _total: int) -> None:
                if what == VERBS[number] and done == number and running._process.poll() is None:
                    os.kill(running.pid, signal.SIGKILL)
                    running._process.wait(10)

            session = Session(site, listener, running.add_order)
            session.run(find_scenarios(["ct-routine"]), folder, seed=3, day=DAY, progress=kill)
    return collect(folder)


@pytest.mark.parametrize("number", range(len(VERBS)), ids=[f"{at}-{verb}" for at, verb in enumerate(VERBS)])
def test_a_target_that_dies_in_a_step(number: int, tmp_path: Path) -> None:
    (scenario,) = run_until(tmp_path / "t", number).scenarios
    created, ended = VERBS.index("create-mpps"), VERBS.index("set-mpps")
    kinds = {entry.kind for entry in scenario.created}
    assert ("Modality Performed Procedure Step" in kinds) == (number > created)
    assert ("Instance" in kinds) == (number > VERBS.index("store"))
    assert ("Storage Commitment transaction" in kinds) == (number > VERBS.index("commit"))
    if not created < number <= ended:
        assert scenario.left_open == []
        return
    (left,) = scenario.left_open
    assert [left.uid] == [entry.uid for entry in scenario.created if entry.kind.startswith("Modality")]
    assert (left.ae, left.ended) == ("REFERENCE", False)
    assert left.why.startswith(f"step {ended + 1}, set-mpps: ")
    assert "Connection refused" in left.detail
    assert scenario.steps[-1].verb == "end-open-step"
    assert scenario.steps[-1].outcome == "stopped"


# --- a target that lives ----------------------------------------------------------------------------------------------


def run_to_the_end(folder: Path, scenario: Path | str, defect: str | None = None) -> tuple[Results, dict[str, str]]:
    """Run against a target of its own; returns the results, and the state of each step at the target."""
    with Listener(ListenerAddress(port=0)) as listener:
        config = ReferenceConfig(peers={listener.ae: ("127.0.0.1", listener.port)}, defect=defect)
        with process.start(config) as running:
            address = ListenerAddress(ae=listener.ae, port=listener.port)
            site = single_target(running.ae, running.host, running.port, listener=address, timeouts=EMBEDDED_TIMEOUTS)
            session = Session(site, listener, running.add_order)
            session.run(find_scenarios([str(scenario)]), folder, seed=3, day=DAY)
            of = collect(folder)
            return of, states(running.folder, of.scenarios[0])


def test_a_scenario_that_never_ends_its_step(tmp_path: Path) -> None:
    path = tmp_path / "never-ended.yaml"
    path.write_text(NEVER_ENDED)
    of, at_target = run_to_the_end(tmp_path / "t", path)
    (left,) = of.scenarios[0].left_open
    assert (left.why, left.ended) == ("the scenario does not end it", True)
    assert left.detail == "N-SET DISCONTINUED was answered 0000H"
    assert at_target == {left.uid: "DISCONTINUED"}
    assert verdicts(of, "FAIL") | verdicts(of, "WARN") | verdicts(of, "INCONCLUSIVE") == set()
    assert of.scenarios[0].steps[-1].detail == f"{left.uid}: N-SET DISCONTINUED was answered 0000H"


def test_a_final_request_that_is_refused_is_judged_once(tmp_path: Path) -> None:
    of, at_target = run_to_the_end(tmp_path / "t", "ct-routine", defect="mpps-final-refused")
    (left,) = of.scenarios[0].left_open
    assert left.why == "the N-SET COMPLETED was answered 0110H"
    assert not left.ended
    assert left.detail.startswith("N-SET DISCONTINUED was answered 0110H")
    assert at_target == {left.uid: "IN PROGRESS"}
    (finding,) = (each for each in of.all_findings if each.check == "mpps.final-accepted")
    assert finding.verdict in ("FAIL", "WARN")
    assert finding.count == 1  # the one that put it in order is no test


def test_an_exam_that_ends_its_step_leaves_nothing_open(tmp_path: Path) -> None:
    for name in ("ct-routine", "exam-discontinued"):
        of, at_target = run_to_the_end(tmp_path / name, name)
        assert of.scenarios[0].left_open == []
        assert set(at_target.values()) <= {"COMPLETED", "DISCONTINUED"}
        assert "end-open-step" not in {step.verb for step in of.scenarios[0].steps}


# --- a run that is broken off -----------------------------------------------------------------------------------------


def broken_off(
    out: Path,
    how: signal.Signals,
    jobs: int,
    moment: Callable[[Path], bool],
    *argv: str | Path,
    ae: str = "REFERENCE",
) -> Results:
    """Run with the real command line, and send a signal as soon as `moment` has come."""
    argv = ("run", "--out", str(out), "-j", str(jobs), *map(str, argv))
    running = subprocess.Popen(
        command(*argv),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + TIMEOUT
    while running.poll() is None and time.monotonic() < deadline and not moment(out / "transcript"):
        time.sleep(0.002)
    running.send_signal(how)
    began = time.monotonic()
    stdout, stderr = running.communicate(timeout=TIMEOUT)
    assert time.monotonic() - began < 20
    assert running.returncode == 3, stdout + stderr
    assert "Traceback" not in stderr
    of = results(out)
    assert not of.complete
    assert any("interrupted" in note for note in of.notes)
    for scenario in of.scenarios:
        for left in scenario.left_open:
            assert f"performed step {left.uid} at {ae} was left IN PROGRESS" in " ".join(stdout.split())
            assert left.uid in (out / "report.html").read_text()
            assert "Left open:" in (out / "report.html").read_text()
    return of


def sending(folder: Path) -> bool:
    """Whether images are on their way: the step exists, and nobody has ended it."""
    record = folder / "many" / "a03.wire"
    return record.exists() and record.stat().st_size > 50_000


def many(folder: Path) -> Path:
    path = folder / "many.yaml"
    text = NEVER_ENDED.replace("never-ended", "many").replace("instances: 2", "instances: 120")
    path.write_text(f"{text}  - set-mpps: {{status: COMPLETED}}\n")
    return path


@pytest.mark.parametrize(
    ("how", "jobs"),
    [(signal.SIGINT, 1), pytest.param(signal.SIGTERM, 1, marks=pytest.mark.whole), (signal.SIGTERM, 2)],
)
def test_a_run_that_is_broken_off_ends_its_step(how: signal.Signals, jobs: int, tmp_path: Path) -> None:
    of = broken_off(tmp_path / "out", how, jobs, sending, many(tmp_path))
    (scenario,) = of.scenarios
    (left,) = scenario.left_open
    assert left.why == "the run was interrupted in step 5, store"
    assert (left.ended, left.detail) == (True, "N-SET DISCONTINUED was answered 0000H")
    assert {step.verb: step.outcome.value for step in scenario.steps}["store"] == "stopped"
    assert scenario.steps[-1].verb == "end-open-step"
    assert verdicts(of, "FAIL") == verdicts(of, "WARN") == set()
    # judged again, it is the same
    assert main("judge", tmp_path / "out", "--out", tmp_path / "again").returncode == 3
    assert (tmp_path / "again" / "results.json").read_bytes() == (tmp_path / "out" / "results.json").read_bytes()


def test_an_exam_that_waits_for_a_silent_archive_is_put_in_order_at_the_ris(tmp_path: Path) -> None:
    """Side by side: the exam hangs in its own thread, which ends it: whoever pressed Ctrl-C waits for no archive."""
    with (
        target("--ae", "RIS", "--orders", 2) as (ris, _),
        target("--ae", "PACS", "--orders", 0) as (pacs, archive),
    ):
        site = tmp_path / "site.yaml"
        lines = []
        for address, services in ((ris, ("worklist", "mpps")), (pacs, ("storage",))):
            ae, _, port = address.partition("@127.0.0.1:")
            lines += [f"  {name}: {{ae: {ae}, host: 127.0.0.1, port: {port}}}\n" for name in services]
        site.write_text(f"services:\n{''.join(lines)}")

        def waiting(folder: Path) -> bool:
            if not sending(folder):
                return False
            archive.send_signal(signal.SIGSTOP)
            time.sleep(1)  # what could be sent has been, and an answer is waited for
            return True

        try:
            of = broken_off(tmp_path / "out", signal.SIGINT, 2, waiting, many(tmp_path), "--site", site, ae="RIS")
        finally:
            archive.kill()  # it cannot end in good order
    (scenario,) = of.scenarios
    (left,) = scenario.left_open
    assert (left.ae, left.ended, left.why) == ("RIS", True, "the run was interrupted in step 5, store")
