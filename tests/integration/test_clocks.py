"""The clock on the wall jumps: nothing waits longer for that, and nobody is accused."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pynetdicom import timer

from scanproof import session as session_module
from scanproof.results import Results
from scansim.exam import run as run_module
from scansim.reference.steady import steady_timers
from tests.support.command_line import main, results, target
from tests.support.processes import free_port

pytestmark = pytest.mark.usefixtures("on_a_thread")

DAY = 86_400.0


@pytest.fixture(scope="module")
def there() -> Iterator[tuple[str | int, ...]]:
    port = free_port()
    with target("--orders", 2, listener=port) as (address, _):
        yield ("--target", address, "--listen", port)


def jumping(monkeypatch: pytest.MonkeyPatch, *days: int) -> None:
    """Let each look at the clock find it some days off, one after the other."""
    off, real = itertools.cycle(days), time.time

    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(days=next(off))

    monkeypatch.setattr(time, "time", lambda: real() + DAY * next(off))
    for module in (session_module, run_module):
        monkeypatch.setattr(module, "datetime", Clock)


def verdicts(of: Results) -> list[tuple[str, str, str]]:
    return sorted((each.scenario, each.check, each.verdict.value) for each in of.all_findings)


@pytest.mark.long
@pytest.mark.parametrize("days", [(0, 1), (0, -1, 1)])
def test_a_clock_that_jumps_changes_nothing(
    days: tuple[int, ...], there: tuple[str | int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("ct-routine", "mr-routine")
    assert main("run", *names, *there, "--out", tmp_path / "steady").returncode == 0
    began = time.monotonic()
    with monkeypatch.context() as patch:
        jumping(patch, *days)
        done = main("run", *names, *there, "--out", tmp_path / "jumping")
    assert time.monotonic() - began < 30
    assert done.returncode == 0, done.stdout
    assert verdicts(results(tmp_path / "jumping")) == verdicts(results(tmp_path / "steady"))
    facts = [json.loads((tmp_path / "jumping/transcript" / name / "scenario.json").read_bytes()) for name in names]
    assert all(0 <= each["began_ns"] < 30e9 for each in facts)


def test_the_reference_targets_timers_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timer, "time", timer.time)  # to have it back
    steady_timers()
    artim = timer.Timer(30)
    artim.start()
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + DAY)
    assert not artim.expired
    assert artim.remaining > 29
