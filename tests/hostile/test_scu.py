"""Our side as SCU against hostile peers: it ends, says what is so, and accuses of nothing else."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.hostile import ALL_SCU
from tests.hostile.meeting import BOUND, ROOM_ON_DISK, RUNS, Outcome, meet
from tests.hostile.peers import Behaviour
from tests.hostile.reading import harm

#: Words in the names of those that say what could harm a reader.
HARM = ("markup", "escapes", "nul", "path", "sql", "colours", "line-feeds", "noise", "emoji")


def _marked(behaviour: Behaviour) -> object:
    """A fifth of them, by their names, is no long battery."""
    marks = [] if zlib.crc32(behaviour.name.encode()) % 5 == 0 else [pytest.mark.long, pytest.mark.whole]
    if behaviour.xfail:
        marks.append(pytest.mark.xfail(reason=behaviour.xfail, strict=True))
    return pytest.param(behaviour, id=behaviour.name, marks=marks)


def _wrong(behaviour: Behaviour, outcome: Outcome, patience: float) -> list[str]:
    """What is not as it has to be."""
    wrong = list(outcome.own_failures)
    for what, measured, most in (
        ("seconds", outcome.seconds, BOUND * patience),
        ("seconds of the judge", outcome.judged, 2 * BOUND * patience),
        ("bytes", outcome.bytes, ROOM_ON_DISK),
    ):
        if measured > most:
            wrong.append(f"{measured:.1f} {what}")
    wrong += [f"misses {check}" for check in sorted(behaviour.fails - outcome.fails)]
    wrong += [f"accuses of {check}" for check in sorted(outcome.fails - behaviour.fails - behaviour.may)]
    if outcome.verdict not in behaviour.verdict.split("|"):
        wrong.append(f"{outcome.verdict} is not {behaviour.verdict}")
    if outcome.code != {"FAIL": 1, "INCONCLUSIVE": 3}.get(outcome.verdict, 0):
        wrong.append(f"exit code {outcome.code}")
    if any(word in behaviour.name for word in HARM):
        wrong += harm(outcome.results)
    return wrong


@pytest.mark.parametrize("behaviour", [_marked(each) for each in ALL_SCU.values()])
def test_a_hostile_peer(behaviour: Behaviour, tmp_path: Path) -> None:
    for patience in (1.0, 4.0):  # a machine that is busy with other things may be late once
        outcome = meet(behaviour, tmp_path / f"{patience}", patience=patience)
        wrong = _wrong(behaviour, outcome, patience)
        if not wrong or behaviour.xfail:
            break
    assert wrong == [], outcome.told()


@pytest.mark.parametrize("run", RUNS)
def test_a_correct_peer(run: str, tmp_path: Path) -> None:
    outcome = meet(None, tmp_path / "transcript", run)
    assert outcome.verdict == "PASS", outcome.told()
    assert outcome.code == (3 if run == "echo-only" else 0), outcome.told()


def test_there_are_enough_of_them_and_few_of_one_hand() -> None:
    assert len(ALL_SCU) >= 200
    shared = [each for each in ALL_SCU.values() if each.shared]
    assert len(shared) <= len(ALL_SCU) / 3
