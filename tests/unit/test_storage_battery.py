"""The storage battery as a file: what is sent without being asked for, and how its step is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from scansim.exam.cases import exams
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import find_scenarios, load_scenario
from scansim.exam.selection import Selection, select
from scansim.exam.storing import Store
from scansim.inputs import InputError
from scansim.site import single_target
from scansim.vocabulary.deviations import DEVIATIONS
from scansim.vocabulary.syntaxes import SYNTAXES


@pytest.fixture(scope="module")
def battery() -> Scenario:
    return find_scenarios(["storage-battery"])[0]


def stores(battery: Scenario) -> dict[str, list[Store]]:
    return {case.id: [step for step in case.steps if isinstance(step, Store)] for case in battery.cases}


def test_each_transfer_syntax_has_its_case(battery: Scenario) -> None:
    labels = {case.id for case in battery.cases}
    assert {f"syntax[{name}]" for name in SYNTAXES if name != "jpeg"} <= labels
    assert "syntax-of-colour[jpeg]" in labels


def test_each_deviation_has_its_case(battery: Scenario) -> None:
    meant = {step.means or step.looks_like for steps in stores(battery).values() for step in steps}
    of_storage = {name for name in DEVIATIONS if name.startswith("storage.")}
    assert of_storage - meant == set()


def test_what_is_sent_to_a_live_system(battery: Scenario) -> None:
    """What every scanner sends; nothing that contradicts itself, and nothing large."""
    site = single_target("PACS", "127.0.0.1", 104)
    run, others = select(exams([battery]), Selection(), site, places_orders=True)
    for exam in run:
        assert not any(step.odd for step in exam.steps), exam.label
    left_out = {each.label.partition("/")[2].partition("[")[0] for each in others}
    odd = {"changed", "conflict", "conflict-with-context", "malformed-uid", "command-lacks", "data-set", "lacks"}
    assert left_out == odd | {"faulty", "compressed-alone", "many", "multi-frame", "saturation"}


def test_behind_each_spoiled_instance_comes_a_good_one(battery: Scenario) -> None:
    for label, steps in stores(battery).items():
        for step in steps:
            if step.odd and step.offer != "alone" and not step.again:
                assert step.which == "middle", label
                assert step.chosen(2, 3)
                assert not step.chosen(3, 3)


@pytest.mark.parametrize(
    ("which", "expected"), [("all", "12345"), ("first", "1"), ("middle", "3"), ("last", "5"), (2, "2"), (9, "")]
)
def test_which_is_meant(which: object, expected: str) -> None:
    step = Store(which=which)
    assert "".join(str(number) for number in range(1, 6) if step.chosen(number, 5)) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, None),
        ({"again": True}, "storage.same-instance-again"),
        ({"again": "pixels"}, "storage.changed-again"),
        ({"data": "none"}, "storage.no-data-set"),
        ({"data": "cut"}, "storage.faulty-object"),
        ({"set": {"SOPInstanceUID": "1.2"}}, "storage.uid-conflict"),
        ({"command": {"AffectedSOPInstanceUID": "1.2"}}, "storage.uid-conflict"),
        ({"set": {"SOPInstanceUID": "1.2"}, "command": {"AffectedSOPInstanceUID": "1.2"}}, "storage.faulty-object"),
        ({"set": {"SOPClassUID": "1.2"}}, "storage.class-conflict"),
        ({"command": {"AffectedSOPClassUID": None}}, "storage.command-incomplete"),
        ({"remove": ("Modality",)}, "storage.faulty-object"),
        ({"mutant": "da-dashes"}, "storage.faulty-object"),
        ({"mutant": "vr-un"}, None),
    ],
)
def test_what_edits_look_like(parameters: dict[str, object], expected: str | None) -> None:
    assert Store(**parameters).looks_like == expected


@pytest.mark.parametrize(
    ("parameters", "odd"),
    [
        ({}, False),
        ({"again": True}, False),
        ({"again": "identity"}, True),
        ({"syntax": "all", "offer": "each"}, False),
        ({"syntax": "j2k-lossy", "offer": "alone"}, False),
        ({"syntax": ("j2k-lossy", "rle"), "offer": "alone"}, True),
        ({"syntax": "private", "offer": "alone"}, True),
        ({"mutant": "da-dashes"}, True),
        ({"mutant": "vr-un"}, False),
        ({"set": {"PatientID": "X"}}, True),
        ({"set": {"PatientID": "X"}, "means": "valid"}, False),
        ({"data": "cut"}, True),
        ({"sop_class": "private"}, False),
    ],
)
def test_what_is_odd(parameters: dict[str, object], odd: bool) -> None:
    assert Store(**parameters).odd is odd


SCENARIO = """\
id: mine
title: Mine
modality: {modality}
procedure: {{code: C, meaning: M, protocol_code: P, protocol_meaning: PM}}
steps:
  - acquire
  - store: {{{parameters}}}
"""


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        ("syntax: jpg", "no transfer syntax 'jpg'; did you mean jpeg?"),
        ("syntax: [rle, jp2k]", "no transfer syntax 'jp2k'"),
        ("mutant: da-dash", "no mutant 'da-dash'; did you mean da-dashes?"),
        ("mutant: meta-prefix", "meta-prefix changes the File Meta Information of a file"),
        ("mutant: da-dashes, remove: [Modality]", "a mutant has one defect: no edits beside it"),
        ("frames: 10, syntax: rle", "a multi-frame image is made and sent as it is"),
        ("contexts: 129", "less than or equal to 128"),
        ("which: 0", "which"),
        ("offer: compressed", "offer"),
        ("means: storage.uid-conflicts", "no deviation 'storage.uid-conflicts'; did you mean storage.uid-conflict?"),
    ],
)
def test_a_step_that_is_wrong_is_told_with_its_line(tmp_path: Path, parameters: str, told: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SCENARIO.format(modality="CT", parameters=parameters))
    with pytest.raises(InputError) as caught:
        load_scenario(path)
    assert str(caught.value).startswith(f"{path}:7: ")
    assert told in str(caught.value)


def test_mutants_are_of_ct_and_mr(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(SCENARIO.format(modality="US", parameters="mutant: da-dashes"))
    with pytest.raises(InputError, match="mutants are made of CT and MR images, not of US"):
        load_scenario(path)
