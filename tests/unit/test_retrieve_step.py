"""The step that retrieves: which parameters fit each other, and what its Identifier holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from scansim.network.transcript import load_transcript
from scansim.steps.retrieve import Retrieve
from scansim.wire.dataset import DataSet
from tests.support.command_line import main, results


@pytest.mark.parametrize(
    ("parameters", "why"),
    [
        ({"by": "move", "level": "STUDY", "which": "one"}, "an exam has one study"),
        ({"by": "get", "level": "PATIENT", "model": "patient-root", "which": "mixed"}, "one patient is asked for"),
        ({"by": "get", "level": "PATIENT"}, "Study Root has no PATIENT level"),
        ({"by": "get", "destination": "unknown"}, "C-GET has no destination"),
        ({"by": "move", "accept": "no-role"}, "no-role goes with C-GET"),
        ({"by": "get", "cancel": True, "cancel_after": 1}, "give cancel or cancel_after"),
        ({"by": "get", "means": "retrieve.nothing"}, "no deviation 'retrieve.nothing'"),
    ],
)
def test_parameters_that_do_not_fit(parameters: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Retrieve.model_validate(parameters, strict=False)


def test_only_edits_are_odd() -> None:
    made = [
        Retrieve.model_validate(parameters, strict=False)
        for parameters in (
            {"by": "get"},
            {"by": "move", "destination": "unknown"},
            {"by": "get", "which": "unknown", "cancel": True},
            {"by": "get", "remove": ["StudyInstanceUID"]},
            {"by": "get", "level": "PATIENT", "means": "retrieve.unknown-level"},
        )
    ]
    assert [step.odd for step in made] == [False, False, False, True, True]
    assert [bool(step.needs()) for step in made] == [True, True, False, True, True]
    assert not any(step.leaves for step in made)


BATTERY = """\
id: own
title: What is asked for
modality: MR
procedure: {code: A, meaning: B, protocol_code: C, protocol_meaning: D}
proves: [retrieve]
cases:
  - id: keys
    title: Keys
    steps:
      - acquire: {protocol: mr-small, instances: 2}
      - acquire: {protocol: mr-small, instances: 1}
      - store
      - retrieve: {by: get, model: patient-root, level: PATIENT}
      - retrieve: {by: get, model: patient-root, level: SERIES, which: one}
      - retrieve: {by: get, level: SERIES}
      - retrieve: {by: get, level: IMAGE, which: several}
      - retrieve: {by: get, level: IMAGE, which: mixed}
      - retrieve: {by: get, which: mixed}
"""


@pytest.mark.long
def test_the_identifier(tmp_path: Path) -> None:
    battery = tmp_path / "own.yaml"
    battery.write_text(BATTERY)
    done = main("run", battery, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    transcript = load_transcript(tmp_path / "out" / "transcript" / "own" / "keys")
    assert results(tmp_path / "out").summary["PASS"]
    asked = [each.request.dataset for each in transcript.operations if each.request.name == "C-GET-RQ"]
    names = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")

    def counted(ds: DataSet | None) -> tuple[int, ...]:
        assert ds is not None
        return tuple(len([value for value in ds.values(name) if value]) for name in names)

    assert [counted(ds) for ds in asked] == [
        (1, 0, 0, 0),
        (1, 1, 1, 0),
        (0, 1, 2, 0),
        (0, 1, 1, 2),
        (0, 1, 1, 2),
        (0, 2, 0, 0),
    ]


LARGE = """\
id: large
title: More than an operation may bring
modality: MR
procedure: {code: A, meaning: B, protocol_code: C, protocol_meaning: D}
proves: [retrieve]
cases:
  - id: large
    title: By $by
    each: {by: [get, move]}
    steps:
      - acquire: {protocol: mr-head, instances: 12}
      - store
      - retrieve: {by: $by}
"""


@pytest.mark.long
def test_what_was_stored_may_come_back_whatever_the_limits(tmp_path: Path) -> None:
    battery = tmp_path / "large.yaml"
    battery.write_text(LARGE)
    done = main("run", battery, "--limit", "operation=1", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    told = [
        step.detail for case in results(tmp_path / "out").scenarios for step in case.steps if step.verb == "retrieve"
    ]
    assert told == [f"C-{by} was answered 0000H, 12 of 12 instances came" for by in ("GET", "MOVE")]
    came = [
        each.request.encoded or b""
        for each in load_transcript(tmp_path / "out" / "transcript" / "large" / "large[get]").operations
        if each.request.name == "C-STORE-RQ" and not each.request.sent
    ]
    assert sum(map(len, came)) > 1 << 20
