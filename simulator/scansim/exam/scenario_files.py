"""Scenario files: YAML, loaded and validated before a socket opens, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scansim.builtin_files import builtin_folder
from scansim.exam.case_files import read_cases, read_steps, refuse_lacking
from scansim.exam.scenario import Scenario
from scansim.identity.chosen import conflict
from scansim.inputs import Document, InputError, did_you_mean, load, validate
from scansim.steps import VERBS


def _with_steps(document: Document, data: dict[str, Any]) -> dict[str, Any]:
    """The file's data with its steps and cases read; InputError with a line for each mistake in them."""
    parsed = dict(data)
    errors: list[str] = []
    for key in ("steps", "between"):
        if key in data:
            try:
                parsed[key] = read_steps(document, data[key], (key,))
            except InputError as error:
                errors.append(str(error))
    if "cases" in data:
        between = parsed.setdefault("between", read_steps(document, ["verify"], ("between",)))
        if not errors:
            try:
                parsed["cases"] = read_cases(document, data["cases"], between)
            except InputError as error:
                errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
    return parsed


def load_scenario(path: Path) -> Scenario:
    """Load one scenario file; InputError names file, line and what is allowed, one line per mistake."""
    document = load(path)
    data = document.data
    if not isinstance(data, dict):
        raise document.error((), f"a scenario is a mapping; keys: {', '.join(Scenario.model_fields)}")
    parsed = _with_steps(document, data)
    scenario = validate(Scenario, document, parsed)
    if (found := conflict(scenario, synthetic=True)) is not None:
        raise document.error(*found)
    if scenario.each is not None and scenario.character_set is not None:
        raise document.error(("character_set",), "character_set: the cases have one each, so there is none beside each")
    if scenario.each is not None and scenario.cases:
        raise document.error(("each",), "each: a battery has tables in its cases")
    if scenario.id != path.stem:
        raise document.error(("id",), f"id {scenario.id!r} is not the file's name {path.stem!r}")
    refuse_lacking(document, scenario.steps, ("steps",))
    known = {order.id for order in scenario.orders}
    for case in scenario.cases:
        for name in case.needs_orders:
            if name.partition("[")[0] not in known:
                hint = did_you_mean(name, known) or ";"
                raise document.error(
                    ("cases",), f"case {case.id}: no order {name!r}{hint} there are: {', '.join(known)}"
                )
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


#: What stands for a value of a row, where a case is a table.
_OF_A_TABLE = {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_-]*$"}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors."""
    schema = Scenario.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    verbs = []
    for name, verb in VERBS.items():
        part = verb.model.model_json_schema()
        definitions.update(part.pop("$defs", {}))
        for field, model in part.get("properties", {}).items():
            part["properties"][field] = {"anyOf": [model, _OF_A_TABLE], "description": model.get("description", "")}
        definitions[verb.model.__name__] = part
        value: dict[str, Any] = {"$ref": f"#/$defs/{verb.model.__name__}"}
        if verb.bare:
            value = {"anyOf": [value, {"type": "null"}]}
        verbs.append({"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False})
    bare = [name for name, verb in VERBS.items() if verb.bare]
    definitions["Step"] = {"oneOf": [*verbs, {"enum": bare}]}
    steps = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Step"}}
    for key in ("steps", "between"):
        schema["properties"][key].update(steps)
    schema["required"] = [key for key in schema["required"] if key != "steps"]
    case = definitions["BatteryCase"]
    case["properties"]["steps"] = steps
    case["properties"]["each"] = {
        "description": "a table: $name in its steps is a value of the row; the case is run once for each row",
        "anyOf": [
            {"type": "object", "minProperties": 1, "maxProperties": 1},
            {"type": "array", "minItems": 1, "items": {"type": "object"}},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
