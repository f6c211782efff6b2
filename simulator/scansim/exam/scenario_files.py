"""Scenario files: YAML, loaded and validated before a socket opens, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scansim.builtin_files import builtin_folder
from scansim.exam.scenario import Scenario
from scansim.exam.step import Step
from scansim.identity.chosen import conflict
from scansim.inputs import Document, InputError, did_you_mean, load, validate
from scansim.steps import VERBS


def _step(document: Document, raw: Any, index: int) -> Step:
    known = ", ".join(VERBS)
    at = ("steps", index)
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        raise document.error(
            at, f"a step is one verb with its parameters, such as 'set-mpps: {{status: COMPLETED}}'; verbs: {known}"
        )
    name, parameters = next(iter(raw.items()))
    verb = VERBS.get(name)
    if verb is None:
        raise document.error(
            (*at, name), f"unknown step {name!r}{did_you_mean(str(name), VERBS) or ';'} allowed: {known}"
        )
    step: Step = validate(verb.model, document, {} if parameters is None else parameters, (*at, name))
    return step.resolved(document, (*at, name), document.data.get("modality"))


def load_scenario(path: Path) -> Scenario:
    """Load one scenario file; InputError names file, line and what is allowed, one line per mistake."""
    document = load(path)
    data = document.data
    if not isinstance(data, dict):
        raise document.error((), f"a scenario is a mapping; keys: {', '.join(Scenario.model_fields)}")
    errors: list[str] = []
    steps: list[Step] = []
    raw_steps = data.get("steps")
    if isinstance(raw_steps, list):
        for index, raw in enumerate(raw_steps):
            try:
                steps.append(_step(document, raw, index))
            except InputError as error:
                errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
    scenario = validate(Scenario, document, {**data, "steps": tuple(steps)} if isinstance(raw_steps, list) else data)
    if (found := conflict(scenario, synthetic=True)) is not None:
        raise document.error(*found)
    if scenario.each is not None and scenario.character_set is not None:
        raise document.error(("character_set",), "character_set: the cases have one each, so there is none beside each")
    if scenario.id != path.stem:
        raise document.error(("id",), f"id {scenario.id!r} is not the file's name {path.stem!r}")
    for index, thing in scenario.lacking():
        verb = scenario.steps[index].verb
        givers = " or ".join(name for name, each in VERBS.items() if thing in each.model.gives)
        text = f"step {index + 1}, {verb}, needs {thing.value}: {givers} before it"
        raise document.error(("steps", index), text)
    return scenario


def builtin_scenarios() -> dict[str, Path]:
    """Id to file of every scenario that comes with the package."""
    return {path.stem: path for path in sorted(builtin_folder().glob("*.yaml"))}


def find_scenarios(names: Sequence[str]) -> list[Scenario]:
    """Load what the user named: ids of built-in scenarios, files, or folders of files.

    Raises
    ------
    InputError
        For an unknown id, with the ids that there are; for a file that is not valid; for one id from two files.
    """
    known = builtin_scenarios()
    paths: list[Path] = []
    for name in names:
        path = Path(name)
        if name in known:
            paths.append(known[name])
        elif path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
            if not found:
                raise InputError(f"{path}: no scenario (*.yaml) in this folder")
            paths += found
        elif path.is_file():
            paths.append(path)
        else:
            hint = did_you_mean(name, known) or ";"
            raise InputError(f"{name}: no such scenario, file or folder{hint} built in: {', '.join(known)}")
    scenarios: dict[str, Scenario] = {}
    for path in dict.fromkeys(path.resolve() for path in paths):
        scenario = load_scenario(path)
        if scenario.id in scenarios:
            raise InputError(f"{path}: the id {scenario.id!r} is taken by another of the named scenarios")
        scenarios[scenario.id] = scenario
    return list(scenarios.values())


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors."""
    schema = Scenario.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    verbs = []
    for name, verb in VERBS.items():
        part = verb.model.model_json_schema()
        definitions.update(part.pop("$defs", {}))
        definitions[verb.model.__name__] = part
        value: dict[str, Any] = {"$ref": f"#/$defs/{verb.model.__name__}"}
        if verb.bare:
            value = {"anyOf": [value, {"type": "null"}]}
        verbs.append({"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False})
    bare = [name for name, verb in VERBS.items() if verb.bare]
    schema["properties"]["steps"]["items"] = {"oneOf": [*verbs, {"enum": bare}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
