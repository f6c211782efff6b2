"""Scenario files: YAML, loaded and validated before a socket opens, with errors that name file and line."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
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
from scansim.exam.scenario_set import Limit, ScenarioSet, Span
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
    return _scenario(load(path))


def _scenario(document: Document, *, within: bool = False) -> Scenario:
    """The scenario of a file, or one that stands within that of a set."""
    path, data = document.path, document.data
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
    if scenario.id != path.stem and not within:
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


def load_set(path: Path) -> ScenarioSet:
    """Load the file of a set, without the scenarios in it; InputError as for those."""
    return _told(load(path))


def _told(document: Document) -> ScenarioSet:
    told = validate(ScenarioSet, document, document.data)
    if told.id != document.path.stem and not told.made:
        raise document.error(("id",), f"id {told.id!r} is not the file's name {document.path.stem!r}")
    return told


def builtin_scenarios() -> dict[str, Path]:
    """Id to file of every scenario that comes with the package."""
    return {path.stem: path for path in sorted(builtin_folder().glob("*.yaml"))}


def builtin_sets() -> dict[str, Path]:
    """Id to file of every set of scenarios that comes with the package."""
    return {path.stem: path for path in sorted((builtin_folder() / "sets").glob("*.yaml"))}


@dataclass(frozen=True)
class Named:
    """What somebody named: scenarios, each once, in order, and the sets that they are of.

    ``files`` tells where those are that do not come with the package, by their ids; ``sets`` which scenarios each set
    comes to, those of sets in it included; ``limits`` how long they may take together; ``by_name`` has the ids of
    those that were named for themselves. ``only`` are the cases that sets choose; ``within`` tells the file of the
    set that a scenario stands in, empty for one that stands in none.
    """

    scenarios: tuple[Scenario, ...]
    files: Mapping[str, Path]
    sets: Mapping[str, tuple[str, ...]]
    limits: tuple[Limit, ...]
    by_name: frozenset[str] = frozenset()
    only: tuple[str, ...] = ()
    within: Mapping[str, str] = field(default_factory=dict)

    @property
    def promising(self) -> tuple[Scenario, ...]:
        """Those that somebody named for themselves, and so takes to be served: a set is asked to see what is there."""
        of_sets = {one for scenarios in self.sets.values() for one in scenarios} - self.by_name
        return tuple(scenario for scenario in self.scenarios if scenario.id not in of_sets)

    def each(self, names: Sequence[str]) -> tuple[str, ...]:
        """The names, with its scenarios in place of each set."""
        return tuple(one for name in names for one in self.sets.get(name, (name,)))


def find_scenarios(names: Sequence[str]) -> list[Scenario]:
    """Load what the user named: ids of built-in scenarios, files, or folders of files, or sets of them.

    Raises
    ------
    InputError
        For an unknown id, with the ids that there are; for a file that is not valid; for one id from two files.
    """
    return [*find_named(names).scenarios]


def find_named(names: Sequence[str], within: Span | None = None, known: Mapping[str, Document] | None = None) -> Named:
    """Load what the user named, as `find_scenarios` does, with what is to be known of the sets among them.

    `within` is how long all of it may take, in place of what sets say. `known` are documents that are no files, by the
    names that they are called by.
    """
    search = _Search(known or {})
    for name in names:
        search.name(name)
    limits = [Limit("--within", within)] if within is not None else search.limits
    files = {
        one.id: path
        for path, one in search.scenarios.items()
        if builtin_scenarios().get(one.id) != path and one.id not in search.within
    }
    by_name = frozenset(Path(name).stem for name in names)  # the id of a file is its name
    sets, only = search.sets, tuple(search.only)
    return Named(tuple(search.scenarios.values()), files, sets, tuple(limits), by_name, only, search.within)


class _Search:
    """Scenarios by their files, as names lead to them, and the sets on the way."""

    def __init__(self, known: Mapping[str, Document]) -> None:
        self.scenarios: dict[Path, Scenario] = {}
        self.sets: dict[str, tuple[str, ...]] = {}
        self.limits: list[Limit] = []
        self.only: dict[str, None] = {}
        self.within: dict[str, str] = {}
        self._documents = known
        self._known = {name: path.resolve() for name, path in {**builtin_sets(), **builtin_scenarios()}.items()}
        self._of_file: dict[Path, tuple[str, ...]] = {}  # ids of the scenarios that a file comes to
        self._within: list[Path] = []  # the set that is being read, and those around it

    def name(self, name: str) -> None:
        """What a name on a command line stands for."""
        path = Path(name)
        if name in self._documents:
            document = self._documents[name]
            own = self._document(path, document, within=True)
            self.within.update(dict.fromkeys(own if "scenarios" not in document.data else (), ""))
        elif name in self._known:
            self._file(self._known[name])
        elif path.is_dir():
            found = sorted(file for file in path.iterdir() if file.suffix in (".yaml", ".yml"))
            if not found:
                raise InputError(f"{path}: no scenario (*.yaml) in this folder")
            for file in found:
                self._file(file.resolve())
        elif path.is_file():
            self._file(path.resolve())
        else:
            hint = did_you_mean(name, self._known) or ";"
            told = ", ".join([*builtin_scenarios(), *builtin_sets()])
            raise InputError(f"{name}: no such scenario, file or folder{hint} built in: {told}")

    def _file(self, path: Path) -> tuple[str, ...]:
        """Take a file, of a scenario or of a set, once; the ids of the scenarios that it comes to."""
        return self._of_file[path] if path in self._of_file else self._document(path, load(path))

    def _document(self, path: Path, document: Document, *, within: bool = False) -> tuple[str, ...]:
        """Take what a file holds, or what stands `within` one of a set."""
        if isinstance(document.data, dict) and "scenarios" in document.data:
            self._of_file[path] = self._set(document)
        else:
            self.scenarios[path] = scenario = _scenario(document, within=within)
            self._of_file[path] = (scenario.id,)
            self._once(path, scenario.id, [one.id for other, one in self.scenarios.items() if other != path])
        return self._of_file[path]

    def _set(self, document: Document) -> tuple[str, ...]:
        path, told = document.path, _told(document)
        self._within.append(path)
        found: dict[str, None] = {}
        made = self._made(document, told)
        for place, name in enumerate(told.scenarios):
            if name in made:
                own = self._document(path / name, document.part(("made", made[name])), within=True)
                self.within[name] = "" if str(path) in self._documents else str(path)
            else:
                own = self._file(self._member(document, place, name))
            found.update(dict.fromkeys(own))
        self._within.pop()
        self._chosen(document, told, found)
        self._once(path, told.id, [one.id for one in self.scenarios.values()])
        self.sets[told.id] = tuple(found)
        if told.within is not None:
            self.limits.append(Limit(told.id, told.within, frozenset(found)))
        return tuple(found)

    def _made(self, document: Document, told: ScenarioSet) -> dict[str, int]:
        """Place of each scenario that stands in a set by its id; InputError for one that is not run, or not its own."""
        places: dict[str, int] = {}
        for place, each in enumerate(told.made):
            name = each.get("id")
            if not isinstance(name, str):
                raise document.error(("made", place), "made: a scenario as its file has it is wanted here, with its id")
            if name in self._known or name in places:
                what = "that of one that is built in" if name in self._known else "that of another one"
                raise document.error(("made", place, "id"), f"made: the id {name!r} is {what}")
            if name not in told.scenarios:
                raise document.error(
                    ("made", place, "id"), f"made: {name!r} stands nowhere in scenarios: it is not run"
                )
            places[name] = place
        return places

    def _chosen(self, document: Document, told: ScenarioSet, members: Collection[str]) -> None:
        """Take the cases that a set chooses; InputError with the line of one that none of its scenarios has."""
        labels = {one.id: {case.id.partition("[")[0] for case in one.cases} for one in self.scenarios.values()}
        full = {f"{one.id}/{case.id}" for one in self.scenarios.values() for case in one.cases}
        for place, name in enumerate(told.only):
            scenario, _, case = name.partition("/")
            plain, of_row, _ = case.partition("[")
            cases = labels.get(scenario, set())
            claimed = f"{scenario}/{plain}" in full  # a case for each claimed character set: which, a run knows
            there = not case or not cases or (plain in cases and (not of_row or name in full or claimed))
            if scenario not in members or not there:
                near = did_you_mean(name, [*members, *full, *(each.partition("[")[0] for each in full)])
                near = near or f"; scenarios: {', '.join(members)}, whose cases --plan shows"
                raise document.error(("only", place), f"only: none of its scenarios has a case {name!r}{near}")
            self.only.setdefault(name)

    def _member(self, document: Document, place: int, name: str) -> Path:
        """The file of a member of a set; InputError with the line of one that there is not, or that holds the set."""
        beside = document.path.parent / name
        if name not in self._known and not beside.is_file():
            hint = did_you_mean(name, self._known) or ";"
            allowed = f"a file beside {document.path.name}, or built in: {', '.join(self._known)}"
            raise document.error(("scenarios", place), f"scenarios: no scenario {name!r}{hint} {allowed}")
        path = self._known.get(name, beside.resolve())
        if path in self._within:
            circle = " holds ".join(each.stem for each in [*self._within[self._within.index(path) :], path])
            raise document.error(("scenarios", place), f"scenarios: a set cannot hold itself: {circle}")
        return path

    def _once(self, path: Path, name: str, others: Sequence[str]) -> None:
        if name in others or name in self.sets:
            raise InputError(f"{path}: the id {name!r} is taken by another of the named scenarios")


#: What stands for a value of a row, where a case is a table.
_OF_A_TABLE = {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_-]*$"}


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors."""
    schema = Scenario.model_json_schema()
    definitions = schema.setdefault("$defs", {})
    for verb in VERBS.values():
        part = verb.model.model_json_schema()
        definitions.update({name: _fillable(told) for name, told in part.pop("$defs", {}).items()})
        for parameter, model in part.get("properties", {}).items():
            part["properties"][parameter] = {"anyOf": [model, _OF_A_TABLE], "description": model.get("description", "")}
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
    # a set of scenarios has a file of the same kind
    several = ScenarioSet.model_json_schema()
    several["properties"]["made"]["items"] = {"$ref": "#"}
    own = {key: schema.pop(key) for key in list(schema) if key != "$defs"}
    schema["$defs"].update(several.pop("$defs", {}))
    choice = {"if": {"type": "object", "required": ["scenarios"]}, "then": several, "else": own}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **choice, **schema}


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


def _fillable(schema: dict[str, Any]) -> dict[str, Any]:
    """What a parameter consists of: each value in it may stand in a table as well."""
    told = {**schema}
    if "properties" in told:
        told["properties"] = {name: _or_filled(_fillable(value)) for name, value in told["properties"].items()}
    if "prefixItems" in told:
        told["prefixItems"] = [_or_filled(value) for value in told["prefixItems"]]
    if "anyOf" in told:
        told["anyOf"] = [_fillable(value) for value in told["anyOf"]]
    return told


_FILLED = {"type": "string", "pattern": "^\\$[A-Za-z]"}
