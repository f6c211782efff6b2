"""Our side as SCU against hostile peers: it ends, says what is so, and accuses of nothing else."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.hostile import ALL_SCU
from tests.hostile.meeting import BOUND, ROOM_ON_DISK, RUNS, meet
from tests.hostile.peers import Behaviour


def _marked(behaviour: Behaviour) -> object:
    """A fifth of them, by their names, is no long battery."""
    marks = [] if zlib.crc32(behaviour.name.encode()) % 5 == 0 else [pytest.mark.long]
    if behaviour.xfail:
        marks.append(pytest.mark.xfail(reason=behaviour.xfail, strict=True))
    return pytest.param(behaviour, id=behaviour.name, marks=marks)


@pytest.mark.parametrize("behaviour", [_marked(each) for each in ALL_SCU.values()])
def test_a_hostile_peer(behaviour: Behaviour, tmp_path: Path) -> None:
    outcome = meet(behaviour, tmp_path / "transcript")
    told = outcome.told()
    assert outcome.own_failures == [], told
    assert outcome.seconds < BOUND, told
    assert outcome.judged < BOUND, told
    assert outcome.bytes < ROOM_ON_DISK, told
    assert outcome.fails >= behaviour.fails, told
    assert outcome.fails <= behaviour.fails | behaviour.may, told
    assert outcome.verdict in behaviour.verdict.split("|"), told
    assert outcome.code == {"FAIL": 1, "INCONCLUSIVE": 3}.get(outcome.verdict, 0), told


@pytest.mark.parametrize("run", RUNS)
def test_a_correct_peer(run: str, tmp_path: Path) -> None:
    outcome = meet(None, tmp_path / "transcript", run)
    assert outcome.verdict == "PASS", outcome.told()
    assert outcome.code == (3 if run == "echo-only" else 0), outcome.told()


def test_there_are_enough_of_them_and_few_of_one_hand() -> None:
    assert len(ALL_SCU) >= 200
    shared = [each for each in ALL_SCU.values() if each.shared]
    assert len(shared) <= len(ALL_SCU) / 3
