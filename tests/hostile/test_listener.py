"""Our listener against hostile callers: the report of the target is taken all the same, and nothing grows."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.hostile import CALLERS
from tests.hostile.calling import THREADS, meet
from tests.hostile.calls import Caller
from tests.hostile.meeting import BOUND, ROOM_ON_DISK


def _marked(caller: Caller) -> object:
    marks = [] if zlib.crc32(caller.name.encode()) % 5 == 0 else [pytest.mark.long]
    if caller.xfail:
        marks.append(pytest.mark.xfail(reason=caller.xfail, strict=True))
    return pytest.param(caller, id=caller.name, marks=marks)


@pytest.mark.parametrize("caller", [_marked(each) for each in CALLERS.values()])
def test_a_hostile_caller(caller: Caller, tmp_path: Path) -> None:
    outcome, alive, threads = meet(caller, tmp_path / "transcript")
    told = outcome.told()
    assert alive, told
    assert threads <= THREADS, f"{threads} threads{told}"
    assert outcome.own_failures == [], told
    assert outcome.seconds < BOUND, told
    assert outcome.judged < BOUND, told
    assert outcome.bytes < ROOM_ON_DISK, told
    assert outcome.fails >= caller.fails, told
    assert outcome.fails <= caller.fails | caller.may, told
    (exam,) = outcome.results.scenarios
    verdict = outcome.verdict if caller.reports else exam.verdict
    assert verdict in caller.verdict.split("|"), told


def test_there_are_enough_of_them() -> None:
    assert len(CALLERS) >= 40
