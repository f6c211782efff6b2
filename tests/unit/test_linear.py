"""Judging and reporting take as many steps as there is more to judge, never as many squared.

Steps are calls of functions, which no load of the machine changes. Four times as much may take five times as many.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TypeVar

import pytest

from scanproof.check import Scope
from scanproof.checks import all_checks
from scanproof.claims import evaluate
from scanproof.conclude import conclude
from scanproof.declarations import Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.judge import Judgement, judge, judge_run
from scanproof.left_behind import created_uids, left_open
from scanproof.report.files import RENDERERS
from scanproof.session import collect, open_session
from scanproof.timings import times_of
from scanproof.view import association_views, exchange_views, item_course
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import load_transcript
from tests.support.big_exam import enlarge

FEW, FACTOR, MOST = 40, 4, 5.0
#: Calls that something may take besides, however much there is.
BESIDES = 400

T = TypeVar("T")


class Steps:
    """Counts of calls by what they were made for."""

    def __init__(self) -> None:
        self.of: dict[str, int] = {}

    def count(self, what: str, work: Callable[[], T]) -> T:
        calls = 0

        def called(frame: FrameType, event: str, argument: object) -> None:
            nonlocal calls
            calls += event in ("call", "c_call")

        sys.setprofile(called)
        try:
            return work()
        finally:
            sys.setprofile(None)
            self.of[what] = calls


def steps_of(folder: Path) -> dict[str, int]:
    """How many steps each part of judging and reporting takes."""
    steps = Steps()
    (label,) = (path.parent.name for path in folder.glob("*/scenario.json"))
    transcript = steps.count("reading", lambda: load_transcript(folder / label))
    evidence = Evidence(transcript, Declarations())
    judged: list[Judgement] = []
    run = RunEvidence((evidence,))
    for check in all_checks().values():
        if check.judges is Scope.SCENARIO:
            judged.append(steps.count(check.id, lambda: judge(evidence, [check])))  # noqa: B023
        elif check.judges is Scope.RUN:
            steps.count(check.id, lambda: judge_run(run, [check]))  # noqa: B023
    of_scenario = Judgement(
        tuple(each for judgement in judged for each in judgement.judged),
        silent=tuple(each for judgement in judged for each in judgement.silent),
    )
    of_run = judge_run(run)
    conclusion = steps.count("causes", lambda: conclude([(evidence, of_scenario)], of_run))
    findings = conclusion.of_scenario[label]
    steps.count("claims", lambda: evaluate(run, (), findings))
    steps.count("created", lambda: (created_uids(transcript), left_open(transcript)))
    steps.count("associations", lambda: association_views(transcript))
    steps.count("times", lambda: times_of([evidence]))
    steps.count("course of the item", lambda: item_course(evidence))
    steps.count("messages", lambda: exchange_views(transcript, {each.exchange or "" for each in findings}))
    results = collect(folder)
    for name, render in RENDERERS.items():
        steps.count(name, lambda: render(results))  # noqa: B023
    return steps.of


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small") / "transcript"
    with open_session(None) as session:
        assert session.run(find_scenarios(["ct-routine"]), folder, seed=1, day=date(2026, 1, 5))
    return folder


@pytest.mark.long
@pytest.mark.parametrize("kind", ["images", "images with faults", "associations"])
def test_steps_grow_as_what_is_judged(small: Path, tmp_path: Path, kind: str) -> None:
    for number in (FEW, FEW * FACTOR):
        if kind == "associations":
            enlarge(small, tmp_path / str(number), 3, again=number // 8)
        else:
            enlarge(small, tmp_path / str(number), number, spoilt=kind != "images")
    few, many = (steps_of(tmp_path / str(number)) for number in (FEW, FEW * FACTOR))
    more = {what: (few[what], many[what]) for what in few if many[what] > MOST * few[what] + BESIDES}
    assert more == {}
