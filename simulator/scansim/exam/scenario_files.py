"""Scenario files: YAML, loaded and validated before a socket opens, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from scansim.builtin_files import builtin_folder
from scansim.exam.battery import CLAIMED, BatteryOrder, BatteryStudy
from scansim.exam.case_files import (
    Placed,
    read_cases,
    read_steps,
    refuse_lacking,
    refuse_unknown_orders,
    refuse_unnamed,
    refuse_words,
)
from scansim.exam.order_book import unwritable
from scansim.exam.scenario import Scenario
from scansim.exam.study_book import unwritable_studies
from scansim.identity.chosen import conflict
from scansim.inputs import Document, InputError, did_you_mean, load, validate
from scansim.steps import VERBS


def _with_steps(document: Document, data: dict[str, Any]) -> tuple[dict[str, Any], tuple[Placed, ...]]:
    """The file's data with its steps and cases read, and the cases; InputError with a line for each mistake in them."""
    parsed, cases = dict(data), tuple[Placed, ...]()
    errors: list[str] = []
    for key in ("steps", "between"):
        if key in data:
            try:
                refuse_words(document, data[key], (key,))
                parsed[key] = read_steps(document, data[key], (key,))
                refuse_lacking(document, parsed[key], (key,))
                refuse_unnamed(document, parsed[key], (key,))
            except InputError as error:
                errors.append(str(error))
    if "cases" in data:
        between = parsed.setdefault("between", read_steps(document, ["verify"], ("between",)))
        if not errors:
            try:
                cases = read_cases(
                    document, data["cases"], between, [*_ids(data.get("orders")), *_ids(data.get("studies"))]
                )
                parsed["cases"] = tuple(case for _, case in cases)
            except InputError as error:
                errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
    return parsed, cases


def _ids(raw: Any) -> list[str]:
    """Ids of the orders or studies that a file has, as far as they can be read."""
    return [str(one["id"]) for one in raw if isinstance(one, dict) and "id" in one] if isinstance(raw, list) else []


def load_scenario(path: Path) -> Scenario:
    """Load one scenario file; InputError names file, line and what is allowed, one line per mistake."""
    document = load(path)
    data = document.data
    if not isinstance(data, dict):
        raise document.error((), f"a scenario is a mapping; keys: {', '.join(Scenario.model_fields)}")
    parsed, cases = _with_steps(document, data)
    scenario = validate(Scenario, document, parsed)
    if (found := conflict(scenario, synthetic=True)) is not None:
        raise document.error(*found)
    if scenario.each is not None and scenario.character_set is not None:
        raise document.error(("character_set",), "character_set: the cases have one each, so there is none beside each")
    if scenario.each is not None and scenario.cases:
        raise document.error(("each",), "each: a battery has tables in its cases")
    if scenario.id != path.stem:
        raise document.error(("id",), f"id {scenario.id!r} is not the file's name {path.stem!r}")
    for key, steps in (("steps", scenario.steps), ("between", scenario.between)):
        refuse_unknown_orders(document, steps, (key,), scenario.orders)
    errors: list[str] = []
    for at, case in cases:
        try:
            refuse_unknown_orders(document, case.steps, (*at, "steps"), (*scenario.orders, *scenario.studies))
            if unknown := [name for name in case.needs if name not in {order.id for order in scenario.orders}]:
                raise document.error((*at, "needs"), f"needs: no order {unknown[0]!r}")
        except InputError as error:
            errors.append(str(error))
    specs: list[tuple[str, str, Sequence[BatteryOrder | BatteryStudy]]]
    specs = [("orders", "order", scenario.orders), ("studies", "study", scenario.studies)]
    for key, noun, named in specs:
        for index, each in enumerate(named):
            if (found := conflict(each, synthetic=True)) is not None:
                errors.append(str(document.error((key, index, *found[0]), f"{noun} {each.id}: {found[1]}")))
    if not errors:
        errors = [str(document.error(("orders", place, "set"), text)) for place, text in unwritable(scenario)]
        errors += [str(document.error(("studies", place, "set"), text)) for place, text in unwritable_studies(scenario)]
    if errors:
        raise InputError("\n".join(dict.fromkeys(errors)))
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
    for verb in VERBS.values():
        part = verb.model.model_json_schema()
        definitions.update(part.pop("$defs", {}))
        for field, model in part.get("properties", {}).items():
            part["properties"][field] = {"anyOf": [model, _OF_A_TABLE], "description": model.get("description", "")}
        definitions[verb.model.__name__] = part
        filled = {name: _or_filled(told) for name, told in part.get("properties", {}).items()}
        definitions[f"{verb.model.__name__}OfTable"] = {**part, "properties": filled}
    definitions["Step"], definitions["StepOfTable"] = _any_step(""), _any_step("OfTable")
    for key in ("steps", "between"):
        schema["properties"][key].update(_list_of("Step"))
    schema["properties"]["cases"]["minItems"] = 1
    schema["oneOf"] = [{"required": ["steps"]}, {"required": ["cases"]}]
    case = definitions["BatteryCase"]
    case["properties"]["id"].update(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", maxLength=80)
    case["properties"]["steps"] = _list_of("StepOfTable")
    case["properties"]["each"] = {
        "description": "a table: $name in its steps is a value of the row; the case is run once for each row",
        "anyOf": [
            {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": {"anyOf": [{"type": "array", "minItems": 1}, {"const": CLAIMED}]},
            },
            {"type": "array", "minItems": 1, "items": {"type": "object", "minProperties": 1}},
        ],
    }
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _any_step(suffix: str) -> dict[str, Any]:
    """Schema of a step: one verb with its parameters, or alone where it needs none."""
    verbs = []
    for name, verb in VERBS.items():
        values: list[dict[str, Any]] = [{"$ref": f"#/$defs/{verb.model.__name__}{suffix}"}]
        values += [{"type": "null"}] if verb.bare else []
        values += [_FILLED] if suffix else []
        value = {"anyOf": values} if values[1:] else values[0]
        verbs.append({"type": "object", "properties": {name: value}, "required": [name], "additionalProperties": False})
    return {"oneOf": [*verbs, {"enum": [name for name, verb in VERBS.items() if verb.bare]}]}


def _list_of(definition: str) -> dict[str, Any]:
    return {"type": "array", "minItems": 1, "items": {"$ref": f"#/$defs/{definition}"}}


def _or_filled(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter of a step in a case: as anywhere, or what a table fills in."""
    told = {key: value for key, value in schema.items() if key in ("description", "title", "default")}
    return {**told, "anyOf": [schema, _FILLED]}


_FILLED = {"type": "string", "pattern": "^\\$[A-Za-z]"}
