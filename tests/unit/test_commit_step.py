"""The commit step: what its parameters make of the request, and what it needs for that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.step import Thing
from scansim.inputs import InputError
from scansim.network.manner import Way
from scansim.reference.commitment_defects import COMMITMENT_DEFECTS
from scansim.steps.commit import Commit, commit
from scansim.vocabulary.deviations import DEVIATIONS
from tests.unit.test_steps import exam_with

LIST = "ReferencedSOPSequence"


@pytest.mark.parametrize(
    ("parameters", "deviation", "odd"),
    [
        ({}, None, False),
        ({"add_unknown": 2}, None, False),  # that it is unknown, the exam knows
        ({"instances": "never-sent"}, None, False),
        ({"instances": "acquired"}, None, False),
        ({"instances": "wrong-class"}, "wrong-class", True),
        ({"instances": "twice"}, "duplicates", True),
        ({"instances": "none"}, "empty-list", True),
        ({"transaction": "again"}, "transaction-again", True),
        ({"calling_ae": "WHOISTHIS"}, "unknown-requester", False),
        ({"remove": ["TransactionUID"]}, "no-transaction", True),
        ({"empty": ["TransactionUID"]}, "no-transaction", True),
        ({"remove": [LIST]}, "no-list", True),
        ({"empty": [LIST]}, "empty-list", True),
        ({"remove": [f"{LIST}[1].ReferencedSOPClassUID"]}, "item-lacks-mandatory", True),
        ({"command": {"ActionTypeID": 2}}, "wrong-action-type", True),
        ({"command": {"RequestedSOPInstanceUID": "1.2"}}, "wrong-instance", True),
        ({"command": {"RequestedSOPClassUID": "1.2"}}, "wrong-requested-class", True),
        ({"set": {"TransactionUID": "1.2.3"}, "means": "valid"}, None, False),
    ],
)
def test_what_it_looks_like(parameters: dict[str, Any], deviation: str | None, odd: bool) -> None:
    step = Commit.model_validate(parameters)
    assert step.looks_like == (deviation and f"commitment.{deviation}")
    assert step.odd is odd
    assert deviation is None or step.looks_like in DEVIATIONS


@pytest.mark.parametrize("way", Way)
def test_only_a_listener_as_always_has_company(way: Way) -> None:
    assert Commit(listener=way).alone is (way is not Way.UP)


@pytest.mark.parametrize(
    ("parameters", "needed"),
    [
        ({}, (Thing.STORED,)),
        ({"add_unknown": 1}, ()),
        ({"instances": "never-sent"}, ()),
        ({"instances": "none"}, ()),
        ({"instances": "acquired"}, (Thing.INSTANCES,)),
        ({"instances": "wrong-class"}, (Thing.STORED,)),
    ],
)
def test_what_it_needs(parameters: dict[str, Any], needed: tuple[Thing, ...]) -> None:
    assert Commit.model_validate(parameters).needs() == needed


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({"transaction": "again"}, "there was no request before"),
        ({"instances": "wrong-class"}, "nothing was stored whose class could be another one"),
        ({"listener": "slow"}, "our listener is to be slow, and there is none"),
    ],
)
def test_what_it_cannot_do(tmp_path: Path, parameters: dict[str, Any], reason: str) -> None:
    exam = exam_with(tmp_path, 0xA700)
    with pytest.raises(Exception, match=reason):
        commit(exam, Commit.model_validate(parameters))
    assert not exam.opened


def test_a_mistake_is_told_with_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    head = "id: mine\ntitle: T\nmodality: CT\n"
    head += "procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}\n"
    path.write_text(head + "steps:\n  - commit: {instances: never-sent, listener: asleep}\n")
    with pytest.raises(InputError, match=r"'up', 'down-then-up', 'rejecting'"):
        load_scenario(path)


def test_each_case_that_a_defect_names_is_in_the_battery() -> None:
    (battery,) = find_scenarios(["commitment-battery"])
    cases = {f"commitment-battery/{case.id}" for case in battery.cases}
    named = {case for defect in COMMITMENT_DEFECTS for case in defect.cases}
    assert named
    assert named <= cases


def test_an_item_keeps_its_place() -> None:
    """Edits of single items find them in the order of the instances."""
    ds = Dataset()
    first, second = Dataset(), Dataset()
    first.ReferencedSOPInstanceUID, second.ReferencedSOPInstanceUID = "1.2", "1.3"
    ds.ReferencedSOPSequence = [first, second]
    edited = Commit.model_validate({"remove": [f"{LIST}[2].ReferencedSOPInstanceUID"]}).edit(None, ds)  # type: ignore[arg-type]
    assert [item.get("ReferencedSOPInstanceUID") for item in edited.ReferencedSOPSequence] == ["1.2", None]
