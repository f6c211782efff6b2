"""A session: exit codes, transcripts of a run, orders as files. Whole runs are in tests/integration."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from scanproof import course
from scanproof.conclude import exit_code
from scanproof.finding import Verdict
from scanproof.results import Results, Tool
from scanproof.session import Session, collect, fresh_seed, open_session
from scansim.exam.run import RunSettings
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_scenarios
from scansim.identity.ids import Identity
from scansim.identity.orders import Procedure, order
from scansim.inputs import InputError
from scansim.network.recording import TranscriptWriter
from scansim.site import ListenerAddress, Orders, Site, Timeouts, single_target

DAY = date(2026, 3, 4)
SITE = single_target(
    "TARGET", "127.0.0.1", 1, timeouts=Timeouts(connect=0.2, associate=0.2), listener=ListenerAddress(port=0)
)


def a_run(complete: bool = True, **counts: int) -> Results:
    return Results(
        tool=Tool(version="0", edition="x"),
        started="2026-03-04T00:00:00+00:00",
        seed=1,
        date="2026-03-04",
        target=[],
        statement=None,
        complete=complete,
        summary={Verdict(name): count for name, count in counts.items()},
        scenarios=[],
    )


@pytest.mark.parametrize(
    ("run", "fail", "warn", "never"),
    [
        (a_run(), 0, 0, 0),
        (a_run(PASS=5, NOT_APPLICABLE=2), 0, 0, 0),
        (a_run(PASS=5, WARN=1), 0, 1, 0),
        (a_run(PASS=5, NOT_DECLARED=1), 0, 1, 0),
        (a_run(FAIL=1), 1, 1, 0),
        (a_run(FAIL=1, INCONCLUSIVE=1), 1, 1, 3),
        (a_run(WARN=1, INCONCLUSIVE=1), 3, 1, 3),
        (a_run(INCONCLUSIVE=1), 3, 3, 3),
        (a_run(complete=False, PASS=5), 3, 3, 3),
        (a_run(complete=False, FAIL=1), 1, 1, 3),
        (a_run(PASS=5, FAIL=0, WARN=0, INCONCLUSIVE=0, NOT_DECLARED=0), 0, 0, 0),
    ],
)
def test_the_exit_code(run: Results, fail: int, warn: int, never: int) -> None:
    assert [exit_code(run, on) for on in ("fail", "warn", "never")] == [fail, warn, never]


def test_seeds_differ() -> None:
    assert len({fresh_seed() for _ in range(100)}) == 100


# --- a run's folder ---------------------------------------------------------------------------------------------------


def run(folder: Path, *names: str, jobs: int = 1, **other: Any) -> bool:
    scenarios = find_scenarios(names or ["ct-routine"])
    return Session(SITE, None, None).run(scenarios, folder, seed=1, day=DAY, jobs=jobs, **other)


def replace_runner(monkeypatch: pytest.MonkeyPatch, runner: Callable[[Scenario, RunSettings, Path], None]) -> None:
    """Let something else stand in the place of `run_scenario`."""
    monkeypatch.setattr(course, "run_scenario", runner)


def noted(scenario: Scenario, settings: RunSettings, folder: Path) -> None:
    """In place of `run_scenario`: a transcript with no step in it."""
    TranscriptWriter(folder, {"id": scenario.id, "title": scenario.title, "services": [], "verbs": []})


def test_a_run_leaves_what_judging_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_runner(monkeypatch, noted)
    statement = tmp_path / "s.yaml"
    statement.write_text(STATEMENT)
    assert run(tmp_path / "t", "ct-routine", "mr-routine", statements=[statement])
    facts = json.loads((tmp_path / "t" / "run.json").read_bytes())
    assert facts["scenarios"] == ["ct-routine", "mr-routine"]
    assert (facts["seed"], facts["date"], facts["complete"], facts["notes"]) == (1, "2026-03-04", True, [])
    assert facts["target"][0] == "worklist: TARGET@127.0.0.1:1"
    statement.unlink()  # the run has its own copy
    results = collect(tmp_path / "t")
    assert results.statement == "RIS 1"
    assert [scenario.id for scenario in results.scenarios] == ["ct-routine", "mr-routine"]
    assert results.complete


STATEMENT = """\
product: {name: RIS, version: "1"}
application_entities:
  - {ae: RIS, presentation_contexts: [{sop_classes: [Verification], transfer_syntaxes: [ImplicitVRLittleEndian]}]}
"""


def test_another_statement_can_be_judged_against(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_runner(monkeypatch, noted)
    run(tmp_path / "t")
    assert collect(tmp_path / "t").statement is None
    (tmp_path / "later.yaml").write_text(STATEMENT.replace('"1"', '"2"'))
    assert collect(tmp_path / "t", [tmp_path / "later.yaml"]).statement == "RIS 2"


def test_a_transcript_is_never_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_runner(monkeypatch, noted)
    run(tmp_path / "t")
    with pytest.raises(InputError, match="holds a transcript already; give another --out"):
        run(tmp_path / "t")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_was_not_begun_is_noted(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(scenario: Scenario, settings: RunSettings, folder: Path) -> None:
        if scenario.id == "ct-routine":
            noted(scenario, settings, folder)
            return
        os.kill(os.getpid(), signal.SIGTERM)
        settings.stop.sleep(20)

    replace_runner(monkeypatch, interrupted)
    assert not run(tmp_path / "t", "ct-routine", "mr-routine", jobs=jobs)
    results = collect(tmp_path / "t")
    assert not results.complete
    assert results.notes == [
        "interrupted by the user: what follows is what had been observed by then",
        "mr-routine was not begun",
    ]
    assert [scenario.id for scenario in results.scenarios] == ["ct-routine"]


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_run_whose_transcript_is_lost_ends(jobs: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    def full(scenario: Scenario, settings: RunSettings, folder: Path) -> None:
        begun.append(scenario.id)
        raise InputError(f"{folder}: cannot be written: No space left on device")

    replace_runner(monkeypatch, full)
    with pytest.raises(InputError, match="No space left on device"):
        run(tmp_path / "t", "ct-routine", "mr-routine", "refusals", "exam-discontinued", jobs=jobs)
    assert 1 <= len(begun) <= jobs


def test_side_by_side_every_scenario_runs_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []
    together = threading.Barrier(2, timeout=20)

    def meet(scenario: Scenario, settings: RunSettings, folder: Path) -> None:
        begun.append(scenario.id)
        noted(scenario, settings, folder)
        together.wait()

    replace_runner(monkeypatch, meet)
    names = ("ct-routine", "mr-routine", "refusals", "exam-discontinued")
    assert run(tmp_path / "t", *names, jobs=2)
    assert sorted(begun) == sorted(names)
    assert [scenario.id for scenario in collect(tmp_path / "t").scenarios] == list(names)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda facts: "[", "damaged: not JSON"),
        (lambda facts: "[" * 100_000, "damaged: not JSON"),
        (lambda facts: "3", "damaged: seed is not what a run writes there"),
        (lambda facts: json.dumps({**facts, "seed": "x"}), "damaged: seed"),
        (lambda facts: json.dumps({**facts, "complete": 1}), "damaged: complete"),
        (lambda facts: json.dumps({**facts, "notes": None}), "damaged: notes"),
        (lambda facts: json.dumps({**facts, "scenarios": [3]}), "damaged: scenarios"),
        (lambda facts: json.dumps({**facts, "target": "x"}), "damaged: target"),
    ],
)
def test_facts_that_no_run_has_written(
    change: Callable[[Any], str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_runner(monkeypatch, noted)
    run(tmp_path / "t")
    path = tmp_path / "t" / "run.json"
    path.write_text(change(json.loads(path.read_bytes())))
    with pytest.raises(InputError, match=told):
        collect(tmp_path / "t")


def test_no_transcript_at_all(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no transcript of a run here: run\.json: No such file or directory"):
        collect(tmp_path)


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_listener_is_there_when_a_commitment_result_or_an_image_may_come() -> None:
    with open_session(SITE) as session:
        assert session.listener is not None
    with open_session(SITE, listening=False) as session:
        assert session.listener is None
    for left_out, listens in ((("commitment",), True), (("retrieve",), True), (("commitment", "retrieve"), False)):
        without = SITE.model_copy(update={"services": {**SITE.services, **dict.fromkeys(left_out)}})
        with open_session(without) as session:
            assert (session.listener is not None) is listens


def an_order(accession: str) -> Dataset:
    identity = Identity(1, DAY, accession)
    made = order(
        identity,
        modality="CT",
        station_ae="SCANPROOF",
        start=datetime(2026, 3, 4, 9),
        procedure=Procedure("CTABD", "99X", "CT abdomen", "CT abdomen", "CTABD-N", "CT abdomen native"),
    )
    made.AccessionNumber = accession
    return made


def test_orders_are_files_for_the_time_of_a_session(tmp_path: Path) -> None:
    (tmp_path / "theirs.wl").write_bytes(b"not ours")
    site = Site(**{**SITE.model_dump(), "orders": Orders(folder=tmp_path)})
    with open_session(site, listening=False) as session:
        assert session.orders is not None
        session.orders(an_order("A1"))
        (written,) = (path for path in tmp_path.glob("*.wl") if path.name != "theirs.wl")
        assert dcmread(written).AccessionNumber == "A1"
        session.orders(an_order("A2"))
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.wl"]


def test_orders_are_taken_away_when_the_run_breaks_off(tmp_path: Path) -> None:
    site = Site(**{**SITE.model_dump(), "orders": Orders(folder=tmp_path)})

    def breaks_off() -> None:
        with open_session(site, listening=False) as session:
            assert session.orders is not None
            session.orders(an_order("A1"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        breaks_off()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_takes_no_orders(tmp_path: Path) -> None:
    site = Site(**{**SITE.model_dump(), "orders": Orders(folder=tmp_path / "gone")})
    with open_session(site, listening=False) as session:
        assert session.orders is not None
        with pytest.raises(InputError, match=r"gone: cannot be written: .* with orders\.folder in the site file"):
            session.orders(an_order("A1"))


def test_a_target_that_is_not_there_is_inconclusive(tmp_path: Path) -> None:
    assert run(tmp_path / "t")  # the run itself came to its end
    results = collect(tmp_path / "t")
    assert set(results.summary) == set(Verdict)
    # one cause is one entry, and the rest was not tested behind it
    assert (results.summary[Verdict.INCONCLUSIVE], results.summary[Verdict.FAIL]) == (1, 0)
    assert results.coverage.blocked > 20
    assert exit_code(results, "fail") == 3
