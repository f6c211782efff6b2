"""What a plan says: cases, what they leave, how long they take, and what is not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.plan import duration, leaves, planned, plural, seconds
from scansim.exam.cases import exams
from scansim.exam.disturbing import Disturb
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.selection import Selection, select
from scansim.site import single_target

BATTERY = """\
id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
leaves: two steps, and no images
orders: [{id: plain}, {id: many, count: 20}]
cases:
  - {id: asks, title: It asks, steps: [query-worklist]}
  - id: performs
    title: It performs
    steps: [create-mpps, {create-mpps: {again: true}}, {create-mpps: {name: other}}, {set-mpps: {status: COMPLETED}}]
  - {id: says, title: It says what it leaves, leaves: "nothing, it is refused", odd: true, steps: [create-mpps]}
  - {id: big, title: It is big, heavy: true, steps: [query-worklist]}
"""


@pytest.fixture
def mine(tmp_path: Path) -> Scenario:
    path = tmp_path / "mine.yaml"
    path.write_text(BATTERY)
    return load_scenario(path)


def plan(*scenarios: Scenario, places: bool = True, odd: bool = True, only: tuple[str, ...] = ()) -> list[str]:
    selected = select(exams(scenarios), Selection(only, odd=odd), None, places_orders=places)
    return planned(scenarios, *selected, places_orders=places).splitlines()


def test_a_battery(mine: Scenario) -> None:
    assert plan(mine) == [
        "mine: Mine, 3 cases, about 1 s",
        "  leaves two steps, and no images",
        "  puts 21 orders into the worklist",
        "  mine/asks      It asks",
        "  mine/performs  It performs (leaves 2 performed procedure steps)",
        "  mine/says      It says what it leaves (odd; leaves nothing, it is refused)",
        "  not run: it is heavy: --heavy",
        "    mine/big",
        "3 exams in all, about 1 s where the target answers at once; 1 not run",
        "nothing was sent",
    ]


def test_a_battery_that_is_none_for_the_site() -> None:
    battery = find_scenarios(["commitment-battery"])
    site = single_target("T", "127.0.0.1", 1)
    site = site.model_copy(update={"services": {"storage": site.services["storage"]}})
    selected = select(exams(battery), Selection(odd=True), site, places_orders=True)
    first, *_, last = planned(battery, *selected, places_orders=True, site=site).splitlines()
    assert first == f"commitment-battery: {battery[0].title}: out of scope, for the site names no commitment service"
    assert last == "nothing was sent"
    assert "commitment-battery/in-turn" not in first


@pytest.mark.parametrize(("writes", "told"), [("set of images", "2 sets of images"), ("step", "2 steps")])
def test_several_of_what_is_left(writes: str, told: str) -> None:
    assert plural(2, writes) == told
    assert plural(1, writes) == f"1 {writes}"


def test_where_no_orders_are_placed(mine: Scenario) -> None:
    told = plan(mine, places=False)
    assert "  puts 21 orders into the worklist" not in told
    assert "  mine/survey    What the worklist holds, up to 500 items" in told


def test_scenarios_beside_it(mine: Scenario) -> None:
    told = plan(*find_scenarios(["ct-routine", "names"]), mine, only=("ct-routine", "names/GB18030", "mine/asks"))
    assert told[0] == "ct-routine: Routine CT, from the order to committed images, about 1 s"
    assert told[1] == (
        "  ct-routine     Routine CT, from the order to committed images "
        "(leaves 1 performed procedure step, 1 set of images)"
    )
    assert told[2].startswith("names: A name in each character set")
    assert told[-2].startswith("3 exams in all, ")


def test_nothing_to_do(mine: Scenario) -> None:
    assert plan(mine, odd=False, only=("mine/says",)) == [
        "mine: Mine, 0 cases",
        "  not run: it sends odd data: --odd-data, or odd_data: true in the site file",
        "    mine/says",
        "0 exams in all; 1 not run",
        "nothing was sent",
    ]


@pytest.mark.parametrize(
    ("time", "told"), [(0.01, "1 s"), (1.6, "2 s"), (119, "119 s"), (120, "2 min"), (3600, "60 min")]
)
def test_times(time: float, told: str) -> None:
    assert duration(time) == told


@pytest.mark.parametrize(("way", "least"), [("idle-before-request", 48), ("close-at-once", 0)])
def test_a_step_that_waits_takes_as_long(way: str, least: float) -> None:
    assert least <= Disturb.model_validate({"way": way, "wait": 48}).seconds < least + 2


def test_what_an_exam_takes_and_leaves() -> None:
    (routine,) = find_scenarios(["ct-routine"])
    assert 0.5 < seconds(routine) < 2
    assert list(leaves(routine)) == ["1 performed procedure step", "1 set of images"]
