"""Our listener against hostile callers: the report of the target is taken all the same, and nothing grows."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.hostile import CALLERS
from tests.hostile.calling import THREADS, Met, meet
from tests.hostile.calls import Caller
from tests.hostile.meeting import BOUND, ROOM_ON_DISK


def _marked(caller: Caller) -> object:
    marks = [] if zlib.crc32(caller.name.encode()) % 5 == 0 else [pytest.mark.long, pytest.mark.whole]
    if caller.xfail:
        marks.append(pytest.mark.xfail(reason=caller.xfail, strict=True))
    return pytest.param(caller, id=caller.name, marks=marks)


def _wrong(caller: Caller, met: Met, patience: float) -> list[str]:
    """What is not as it has to be."""
    outcome = met.outcome
    wrong = list(outcome.own_failures)
    for what, measured, most in (
        ("threads", met.threads, THREADS),
        ("seconds", outcome.seconds, BOUND * patience),
        ("seconds of the judge", outcome.judged, BOUND * patience),
        ("bytes", outcome.bytes, ROOM_ON_DISK),
    ):
        if measured > most:
            wrong.append(f"{measured:.1f} {what}")
    if not met.alive:
        wrong.append("the listener takes no association any more")
    wrong += [f"misses {check}" for check in sorted(caller.fails - outcome.fails)]
    wrong += [f"accuses of {check}" for check in sorted(outcome.fails - caller.fails - caller.may)]
    (exam,) = outcome.results.scenarios
    verdict = outcome.verdict if caller.reports else exam.verdict
    if verdict not in caller.verdict.split("|"):
        wrong.append(f"{verdict} is not {caller.verdict}")
    return wrong


@pytest.mark.parametrize("caller", [_marked(each) for each in CALLERS.values()])
def test_a_hostile_caller(caller: Caller, tmp_path: Path) -> None:
    for patience in (1.0, 4.0):  # a machine that is busy with other things may be late once
        met = meet(caller, tmp_path / f"{patience}", patience=patience)
        wrong = _wrong(caller, met, patience)
        if not wrong or caller.xfail:
            break
    assert wrong == [], met.outcome.told()


def test_there_are_enough_of_them() -> None:
    assert len(CALLERS) >= 40
