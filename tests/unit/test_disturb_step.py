"""disturb: what a case may say, that every way is asked for, and that it is safe where nothing odd is wanted."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from scansim.exam.disturbing import Disturb
from scansim.exam.scenario_files import builtin_scenarios, load_scenario
from scansim.reference.state_defects import BATTERY, STATE_DEFECTS
from scansim.vocabulary.disturbances import PDUS, WAYS, Way

CASES = {
    case.id: step
    for case in load_scenario(builtin_scenarios()[BATTERY]).cases
    for step in case.steps
    if isinstance(step, Disturb)
}


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"way": "slam"}, "way"),
        ({"way": "unexpected"}, "pdu goes with"),
        ({"way": "abort", "pdu": "unknown"}, "pdu goes with"),
        ({"way": "unexpected", "pdu": "p-data"}, "allowed: a-associate-rq"),
        ({"way": "unexpected", "pdu": "p-data-tf"}, "not unexpected there"),
        ({"way": "unexpected-before-request", "pdu": "a-associate-rq"}, "not unexpected there"),
        ({"way": "close-at-once", "inside": "data"}, "inside goes with"),
        ({"way": "idle-established", "wait": 0}, "wait"),
        ({"way": "slots", "count": 1001}, "count"),
        ({"way": "close", "ends": "release"}, "ends goes with way: slots"),
        ({"way": "close", "at": "nowhere"}, "unknown service"),
    ],
)
def test_what_does_not_go_together_is_refused(says: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Disturb.model_validate(says)


def test_every_way_is_described() -> None:
    assert set(WAYS) == set(Way)
    told = Disturb.model_fields["way"].description or ""
    assert all(f"{way}: {kind.told}" in told for way, kind in WAYS.items())


def test_the_battery_asks_for_every_way_and_every_pdu() -> None:
    assert {step.way for step in CASES.values()} == set(Way)
    assert {step.pdu for step in CASES.values() if step.way is Way.UNEXPECTED_BEFORE} == set(PDUS) - {"a-associate-rq"}
    both = {*(step.pdu for step in CASES.values() if step.way is Way.UNEXPECTED), "p-data-tf"}
    assert both | {"a-release-rq", "a-release-rp", "a-abort"} == set(PDUS), (
        "those are right there, or ways of their own"
    )


def test_what_breaks_no_rule_is_not_odd() -> None:
    legal = {step.way for step in CASES.values() if not step.odd}
    lost = {Way.CLOSE_AT_ONCE, Way.ABORT, Way.CLOSE, Way.RESET, Way.HALF_CLOSE}
    idle = {Way.IDLE_BEFORE_REQUEST, Way.HALF_REQUEST, Way.IDLE_ESTABLISHED, Way.SLOTS}
    assert legal == lost | idle | {Way.COMMAND_AND_DATA, Way.TWO_FRAGMENTS, Way.SMALL_FRAGMENTS}


def test_nobody_else_is_at_the_target_meanwhile() -> None:
    assert all(step.alone for step in CASES.values())


def test_defects_name_cases_that_there_are() -> None:
    named = {case.partition("/")[2] for defect in STATE_DEFECTS for case in defect.cases}
    assert named <= {case.id for case in load_scenario(builtin_scenarios()[BATTERY]).cases}
