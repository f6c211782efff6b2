"""Scenario files: every mistake by file and line, and a JSON Schema that agrees with the loader."""

from __future__ import annotations

import copy
from functools import cache
from pathlib import Path

import jsonschema
import pytest
import yaml

from scansim.exam.scenario_files import builtin_scenarios, find_scenarios, json_schema, load_scenario
from scansim.inputs import InputError
from scansim.steps import VERBS

HEAD = """id: mine
title: Mine
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
steps:
"""
GOOD = HEAD + "  - query-worklist\n  - choose-item\n  - acquire\n  - store\n  - commit\n"


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def error(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as caught:
        load_scenario(write(folder, text))
    return str(caught.value).replace(f"{folder}/", "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            HEAD + "  - verfy\n",
            "mine.yaml:6: unknown step 'verfy'; did you mean verify? allowed: acquire, associate, choose-item",
        ),
        (HEAD + "  - verify\n  - dance: {}\n", "mine.yaml:7: unknown step 'dance'; allowed: acquire, "),
        (HEAD + "  - {verify: ~, store: ~}\n", "mine.yaml:6: a step is one verb with its parameters"),
        (HEAD + "  - 7\n", "mine.yaml:6: a step is one verb with its parameters"),
        (HEAD + "  - [verify]\n", "mine.yaml:6: a step is one verb with its parameters"),
        (HEAD + "  - 1: x\n", "mine.yaml:6: unknown step 1; allowed: acquire, "),
        (
            HEAD + "  - query-worklist: {statoin: any}\n",
            "mine.yaml:6: steps.0.query-worklist.statoin: unknown key; allowed",
        ),
        (
            HEAD + "  - query-worklist:\n      station: all\n",
            "mine.yaml:7: steps.0.query-worklist.station: Input should be 'ours' or 'any', not 'all'",
        ),
        (HEAD + "  - set-mpps\n", "mine.yaml:6: steps.0.set-mpps.status: required, but not there"),
        (
            HEAD + "  - set-mpps: COMPLETED\n",
            "mine.yaml:6: a mapping is wanted here, not 'COMPLETED'; keys: remove, empty, set,",
        ),
        (
            HEAD + "  - acquire: {instances: 0}\n",
            "mine.yaml:6: steps.0.acquire.instances: allowed are 1 to 100000, or all",
        ),
        (
            HEAD + "  - acquire:\n      instances: 2\n      protocol: ct-abdomn\n",
            "mine.yaml:8: ct-abdomn: no such protocol or file; did you mean ct-abdomen? built in: ",
        ),
        (
            HEAD + "  - choose-item\n",
            "mine.yaml:6: step 1, choose-item, needs worklist items: query-worklist before it",
        ),
        (HEAD + "  - store\n", "mine.yaml:6: step 1, store, needs instances: acquire before it"),
        (HEAD + "  - verify\n  - commit\n", "mine.yaml:7: step 2, commit, needs stored instances: store before it"),
        (
            HEAD + "  - create-mpps: {again: true}\n",
            "mine.yaml:6: step 1, create-mpps, needs a performed procedure step: create-mpps before it",
        ),
        (
            HEAD + "  - set-mpps: {status: COMPLETED}\n",
            "mine.yaml:6: step 1, set-mpps, needs a performed procedure step: create-mpps before it",
        ),
        (
            HEAD + "  - acquire\n  - store\n  - query-study: {by: name, model: patient-study-only}\n",
            "mine.yaml:8: steps.2.query-study: by: name goes with model: study-root",
        ),
        (HEAD + "  []\n", "mine.yaml:5: a list of steps is wanted here, such as [verify, query-worklist]"),
        (HEAD + "  verify\n", "mine.yaml:5: a list of steps is wanted here, such as [verify, query-worklist]"),
        (
            HEAD.replace("steps:", "stepz: []"),
            "mine.yaml:5: stepz: unknown key; allowed here: between, cases, character_set, each, id, ",
        ),
        (GOOD.replace("modality: CT", "modality: XX"), "mine.yaml:3: modality: Input should be 'CT', "),
        (GOOD.replace("id: mine", "id: Mine"), "mine.yaml:1: id: String should match pattern"),
        (GOOD.replace("id: mine", "id: other"), "mine.yaml:1: id 'other' is not the file's name 'mine'"),
        (
            GOOD.replace("code: C,", "code: SEVENTEEN_LETTERS,"),
            "mine.yaml:4: procedure.code: String should have at most 16",
        ),
        ("- verify\n", "mine.yaml:1: a scenario is a mapping; keys: id, title, modality, procedure, proves, steps"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_what_is_allowed(tmp_path, text, told):
    assert any(line.startswith(told) for line in error(tmp_path, text).splitlines())


def test_every_wrong_step_is_told_at_once(tmp_path):
    lines = error(tmp_path, HEAD + "  - verfy\n  - verify\n  - set-mpps: {status: DONE}\n").splitlines()
    assert [line.split(":")[1] for line in lines] == ["6", "8"]


def test_a_good_one_loads(tmp_path):
    scenario = load_scenario(write(tmp_path, GOOD))
    assert [step.verb for step in scenario.steps] == ["query-worklist", "choose-item", "acquire", "store", "commit"]
    assert scenario.services == ("worklist", "storage", "commitment")


def test_an_unknown_step_at_the_target_needs_no_create(tmp_path):
    load_scenario(write(tmp_path, HEAD + "  - set-mpps: {status: COMPLETED, step: unknown}\n"))


@cache
def schema() -> jsonschema.Draft202012Validator:
    """The schema, looked at once: whether it is one takes longer than what it says of a file."""
    return jsonschema.Draft202012Validator(json_schema())


@pytest.mark.parametrize("path", builtin_scenarios().values(), ids=lambda path: path.stem)
def test_shipped_scenarios_load_and_fit_the_schema(path):
    assert load_scenario(path).id == path.stem
    schema().validate(yaml.safe_load(path.read_text()))


def test_the_schema_is_one_and_knows_every_step():
    jsonschema.Draft202012Validator.check_schema(json_schema())
    assert {verb.model.__name__ for verb in VERBS.values()} <= json_schema()["$defs"].keys()


MUTATIONS = {
    "unknown step": lambda data: data["steps"].append("verfy"),
    "two verbs in a step": lambda data: data["steps"].append({"verify": None, "store": None}),
    "unknown parameter": lambda data: data["steps"].append({"verify": {"x": 1}}),
    "missing parameter": lambda data: data["steps"].append("set-mpps"),
    "null for a required parameter": lambda data: data["steps"].append({"set-mpps": None}),
    "wrong value": lambda data: data["steps"].append({"set-mpps": {"status": "DONE"}}),
    "no steps": lambda data: data.update(steps=[]),
    "unknown key": lambda data: data.update(colour="red"),
    "wrong id": lambda data: data.update(id="No Id"),
    "no procedure": lambda data: data.pop("procedure"),
    "a modality that is none": lambda data: data.update(modality="XX"),
}


@pytest.mark.parametrize("what", MUTATIONS)
def test_the_schema_refuses_what_loading_refuses(what, tmp_path):
    data = copy.deepcopy(yaml.safe_load(GOOD))
    schema().validate(data)
    MUTATIONS[what](data)
    with pytest.raises(jsonschema.ValidationError):
        schema().validate(data)
    error(tmp_path, yaml.safe_dump(data))


def test_scenarios_are_found_by_id_file_and_folder(tmp_path):
    path = write(tmp_path, GOOD)
    assert [s.id for s in find_scenarios(["ct-routine", str(path), "ct-routine"])] == ["ct-routine", "mine"]
    assert [s.id for s in find_scenarios([str(tmp_path)])] == ["mine"]


def test_what_cannot_be_found_is_told_with_what_there_is(tmp_path):
    with pytest.raises(InputError, match=r"ct-rutine: no such scenario.*did you mean ct-routine.*built in: .*refusals"):
        find_scenarios(["ct-rutine"])
    with pytest.raises(InputError, match="no scenario"):
        find_scenarios([str(tmp_path)])
    (tmp_path / "a").mkdir()
    first, second = write(tmp_path, GOOD), write(tmp_path / "a", GOOD)
    with pytest.raises(InputError, match="taken by another"):
        find_scenarios([str(first), str(second)])
