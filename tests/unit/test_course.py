"""The course of a run: one after the other or side by side, and what ends a battery."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof import course
from scanproof.course import Course
from scansim.exam.cases import exams
from scansim.exam.run import Gone, RunSettings
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import load_scenario
from scansim.exam.selection import Selection, select
from scansim.site import ListenerAddress, single_target

SITE = single_target("TARGET", "127.0.0.1", 1, listener=ListenerAddress(port=0))
HEAD = """\
id: %s
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
"""
DEAD = Gone("Connection refused", before=False)
Runs = Callable[[Scenario], Gone | None]


def battery(folder: Path, name: str, cases: int = 6, steps: str = "verify", orders: str = "") -> list[Scenario]:
    path = folder / f"{name}.yaml"
    lines = [f"  - {{id: c{number}, title: T, steps: [{steps}]}}\n" for number in range(cases)]
    path.write_text(HEAD % name + orders + "cases:\n" + "".join(lines))
    run, _ = select(exams([load_scenario(path)]), Selection(), SITE, places_orders=False)
    return run


def plain(folder: Path, name: str) -> Scenario:
    path = folder / f"{name}.yaml"
    path.write_text(HEAD % name + "steps: [verify]\n")
    return load_scenario(path)


@pytest.fixture
def done(
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[Sequence[Scenario], Runs, int], tuple[list[str], dict[str, str]]]:
    """Run scenarios that something else stands for; returns the labels of those begun, and why others were not."""

    def run(scenarios: Sequence[Scenario], how: Runs, jobs: int = 1) -> tuple[list[str], dict[str, str]]:
        begun: list[str] = []

        def runner(scenario: Scenario, _settings: RunSettings, folder: Path) -> Gone | None:
            assert folder.name == scenario.label.rpartition("/")[2]
            begun.append(scenario.label)
            return how(scenario)

        monkeypatch.setattr(course, "run_scenario", runner)
        whole = Course(scenarios, RunSettings(SITE, 1, date(2026, 3, 4), None), Path("t"))
        whole.run(jobs)
        assert sorted([*begun, *(each.label for each in whole.not_run)]) == sorted(each.label for each in scenarios)
        return begun, {each.label: each.reason for each in whole.not_run}

    return run


def dies_at(label: str, *, before: bool = False) -> Runs:
    return lambda scenario: Gone("it is gone", before) if scenario.label == label else None


def test_all_are_run_in_their_order(tmp_path, done):
    every = [*battery(tmp_path, "a"), plain(tmp_path, "p"), *battery(tmp_path, "b")]
    begun, others = done(every, lambda _: None)
    assert begun == [each.label for each in every]
    assert others == {}


def test_a_target_that_dies_in_a_case_ends_its_battery_alone(tmp_path, done):
    every = [*battery(tmp_path, "a"), plain(tmp_path, "p"), *battery(tmp_path, "b")]
    begun, others = done(every, dies_at("a/c2"))
    assert begun == ["a/c0", "a/c1", "a/c2", "p", *(f"b/c{number}" for number in range(6))]
    told = "the target does not answer any more since a/c2: it is gone"
    assert others == {"a/c3": told, "a/c4": told, "a/c5": told}


def test_one_that_was_gone_before_the_case_began_died_after_the_one_before(tmp_path, done):
    _, others = done(battery(tmp_path, "a"), dies_at("a/c2", before=True))
    assert set(others.values()) == {"the target does not answer any more after a/c1: it is gone"}
    _, others = done(battery(tmp_path, "a"), dies_at("a/c0", before=True))
    assert set(others.values()) == {"the target does not answer any more from the first case on: it is gone"}


def test_a_scenario_that_is_no_battery_ends_nothing(tmp_path, done):
    every = [plain(tmp_path, "p"), *battery(tmp_path, "a")]
    begun, others = done(every, dies_at("p"))
    assert begun == [each.label for each in every]
    assert others == {}


@pytest.mark.parametrize("jobs", [2, 4])
def test_side_by_side_those_that_run_go_on_and_are_named(tmp_path, done, jobs):
    every = battery(tmp_path, "a", 12)
    together = threading.Barrier(jobs)

    def how(scenario: Scenario) -> Gone | None:
        number = int(scenario.label.removeprefix("a/c"))
        if number < jobs:
            together.wait(10)
            if number:
                time.sleep(0.2)
            return None if number else Gone("it is gone", before=False)
        return None

    begun, others = done(every, how, jobs)
    assert sorted(begun) == sorted(f"a/c{number}" for number in range(jobs))
    beside = ", ".join(f"a/c{number}" for number in range(1, jobs))
    told = f"the target does not answer any more since a/c0 (side by side with {beside}): it is gone"
    assert set(others.values()) == {told}


@pytest.mark.parametrize("jobs", [1, 4])
def test_each_is_run_once(tmp_path, done, jobs):
    every = [*battery(tmp_path, "a", 20), *battery(tmp_path, "b", 20)]
    begun, others = done(every, lambda _: None, jobs)
    assert sorted(begun) == sorted(each.label for each in every)
    assert others == {}


@pytest.mark.parametrize("jobs", [1, 4])
def test_what_a_survey_finds_is_known_before_the_cases_begin(tmp_path, done, monkeypatch, jobs):
    orders = "orders: [{id: plain}]\n"
    every = battery(tmp_path, "a", 4, "{query-worklist: {keys: {PatientID: $plain.PatientID}}}", orders)
    books = []
    make = RunSettings.book
    monkeypatch.setattr(RunSettings, "book", lambda self, case: books.append(make(self, case)) or books[-1])

    def how(items: list[Dataset]) -> Runs:
        def surveyed(scenario: Scenario) -> None:
            if scenario.label == "a/survey":
                time.sleep(0.05)
                books[-1].items = items

        return surveyed

    held = Dataset()
    held.PatientID = "A"
    begun, others = done(every, how([held]), jobs)
    assert begun[0] == "a/survey"
    assert len(begun) == 5
    begun, others = done(every, how([]), jobs)
    assert begun == ["a/survey"]
    assert set(others.values()) == {"it needs the order plain, and the worklist holds none"}


def test_what_changes_what_exams_share_runs_alone_and_last(tmp_path, done):
    """One by one in their order, whatever runs side by side before; one after the other, all in the file's order."""
    steps = "commit: {instances: never-sent, listener: slow}"
    alone = battery(tmp_path, "alone", cases=3, steps=steps)
    every = [*alone, *battery(tmp_path, "others", cases=4)]
    running: set[str] = set()
    together: list[set[str]] = []

    def run(scenario: Scenario) -> Gone | None:
        running.add(scenario.label)
        together.append({*running})
        running.discard(scenario.label)
        return None

    begun, _ = done(every, run, 3)
    assert begun[-3:] == [each.label for each in alone]
    assert all(len(each) == 1 for each in together[-3:])
    begun, _ = done(every, run)
    assert begun == [each.label for each in every]
