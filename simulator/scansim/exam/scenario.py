"""Scenarios: what a virtual scanner does, step by step, as YAML files validated before a socket opens."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, model_validator

from scansim.builtin_files import builtin_folder
from scansim.images import MAKERS, builtin_protocols, find_protocol
from scansim.inputs import Document, InputError, Strict, load, validate
from scansim.site import ServiceName

Modality = Literal["CT", "MR", "CR", "DX", "US"]


class Verify(Strict):
    """C-ECHO to each AE of the site; also shows afterwards whether the target is still there."""

    verb: ClassVar[str] = "verify"
    service: ClassVar[ServiceName | None] = None


class QueryWorklist(Strict):
    """C-FIND of the Modality Worklist as a console sends it."""

    verb: ClassVar[str] = "query-worklist"
    service: ClassVar[ServiceName | None] = "worklist"
    station: Literal["ours", "any"] = Field(
        "ours", description="Scheduled Station AE Title: our AE title, or universal"
    )
    day: Literal["today", "any"] = Field(
        "today", description="Scheduled Procedure Step Start Date: the run's date, or universal"
    )
    modality: Literal["ours", "any"] = Field("ours", description="Modality: the scenario's, or universal")
    patient: Literal["any", "id", "name"] = Field(
        "any", description="Patient ID or Patient's Name of the item that was chosen, or universal"
    )


class ChooseItem(Strict):
    """The operator picks the Scheduled Procedure Step; without a worklist the exam is unscheduled."""

    verb: ClassVar[str] = "choose-item"
    service: ClassVar[ServiceName | None] = "worklist"
    take: Literal["only", "first"] = Field(
        "only", description="what to do when several items match: stop, or take the first"
    )


class CreateMpps(Strict):
    """MPPS N-CREATE, IN PROGRESS; again: the same N-CREATE once more, which an SCP has to refuse."""

    verb: ClassVar[str] = "create-mpps"
    service: ClassVar[ServiceName | None] = "mpps"
    again: bool = Field(False, description="repeat the N-CREATE with the UID of the step that exists")


class SetMpps(Strict):
    """MPPS N-SET."""

    verb: ClassVar[str] = "set-mpps"
    service: ClassVar[ServiceName | None] = "mpps"
    status: Literal["IN PROGRESS", "COMPLETED", "DISCONTINUED"] = Field(description="Performed Procedure Step Status")
    step: Literal["ours", "unknown"] = Field(
        "ours", description="unknown: a step that nobody created, which an SCP has to refuse"
    )


class Acquire(Strict):
    """Make the images; nothing is sent."""

    verb: ClassVar[str] = "acquire"
    service: ClassVar[ServiceName | None] = None
    protocol: str | None = Field(
        None,
        min_length=1,
        description="id of a built-in protocol, or a protocol file beside the scenario; left out: the one that the "
        "worklist item's Scheduled Protocol Codes name, else the modality's default",
    )
    instances: int | None = Field(None, ge=1, le=100_000, description="how many images; left out: the protocol's own")


class Store(Strict):
    """C-STORE of every acquired instance on one association."""

    verb: ClassVar[str] = "store"
    service: ClassVar[ServiceName | None] = "storage"


class Commit(Strict):
    """Storage Commitment N-ACTION for every stored instance, then wait for the N-EVENT-REPORT."""

    verb: ClassVar[str] = "commit"
    service: ClassVar[ServiceName | None] = "commitment"
    add_unknown: int = Field(0, ge=0, le=100, description="instances that were never sent, to be reported as failed")


class QueryStudy(Strict):
    """C-FIND at STUDY and IMAGE level for what was stored."""

    verb: ClassVar[str] = "query-study"
    service: ClassVar[ServiceName | None] = "query"


Step = Verify | QueryWorklist | ChooseItem | CreateMpps | SetMpps | Acquire | Store | Commit | QueryStudy
STEPS: dict[str, type[Step]] = {
    step.verb: step
    for step in (Verify, QueryWorklist, ChooseItem, CreateMpps, SetMpps, Acquire, Store, Commit, QueryStudy)
}


class ProcedureCodes(Strict):
    """What is ordered: the Requested Procedure and the protocol of its Scheduled Procedure Step."""

    code: str = Field(min_length=1, max_length=16)
    meaning: str = Field(min_length=1, max_length=64)
    protocol_code: str = Field(min_length=1, max_length=16)
    protocol_meaning: str = Field(min_length=1, max_length=64)


class Scenario(Strict):
    """One scenario file."""

    id: str = Field(
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower case words joined by hyphens; the file's name"
    )
    title: str = Field(min_length=1, max_length=200)
    modality: Modality
    procedure: ProcedureCodes
    steps: tuple[Step, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _order_of_steps(self) -> Scenario:
        done: set[str] = set()
        needs = {"choose-item": "query-worklist", "store": "acquire", "commit": "store", "query-study": "store"}
        for number, step in enumerate(self.steps, 1):
            before = needs.get(step.verb)
            if before and before not in done:
                raise ValueError(f"step {number}, {step.verb}, needs {before} before it")
            if isinstance(step, QueryWorklist) and step.patient != "any" and "choose-item" not in done:
                raise ValueError(f"step {number}, query-worklist by patient, needs choose-item before it")
            if isinstance(step, SetMpps) and step.step == "ours" and "create-mpps" not in done:
                raise ValueError(f"step {number}, set-mpps, needs create-mpps before it")
            done.add(step.verb)
        return self

    @property
    def services(self) -> tuple[ServiceName, ...]:
        """The services that the steps use, in order of first use."""
        return tuple(dict.fromkeys(step.service for step in self.steps if step.service is not None))


def _step(document: Document, raw: Any, index: int) -> Step:
    known = ", ".join(STEPS)
    at = ("steps", index)
    if isinstance(raw, str):
        raw = {raw: None}
    if not isinstance(raw, dict) or len(raw) != 1:
        raise document.error(
            at, f"a step is one verb with its parameters, such as 'set-mpps: {{status: COMPLETED}}'; verbs: {known}"
        )
    verb, parameters = next(iter(raw.items()))
    model = STEPS.get(verb)
    if model is None:
        close = difflib.get_close_matches(str(verb), STEPS, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise document.error((*at, verb), f"unknown step {verb!r}{hint or ';'} allowed: {known}")
    step: Step = validate(model, document, {} if parameters is None else parameters, (*at, verb))
    if isinstance(step, Acquire) and step.protocol is not None:
        return step.model_copy(update={"protocol": _protocol(document, step.protocol, (*at, verb, "protocol"))})
    return step


def _protocol(document: Document, name: str, at: tuple[str | int, ...]) -> str:
    """Id of a built-in protocol, or the path of a protocol file, which is named as seen from the scenario."""
    if name in builtin_protocols():
        return name
    beside = document.path.parent / name
    if not beside.is_file():
        close = difflib.get_close_matches(name, builtin_protocols(), 1)
        hint = f"; did you mean {close[0]}?" if close else ";"
        built_in = ", ".join(builtin_protocols())
        raise document.error(at, f"{name}: no such protocol or file{hint} built in: {built_in}")
    return str(beside)


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
    if scenario.id != path.stem:
        raise document.error(("id",), f"id {scenario.id!r} is not the file's name {path.stem!r}")
    for index, step in enumerate(scenario.steps):
        if isinstance(step, Acquire) and step.protocol is not None:
            modality = MAKERS[find_protocol(step.protocol, MAKERS).object].modality
            if modality != scenario.modality:
                text = f"protocol {step.protocol} is for {modality}, the scenario for {scenario.modality}"
                raise document.error(("steps", index, "acquire", "protocol"), text)
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
            close = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise InputError(f"{name}: no such scenario, file or folder{hint or ';'} built in: {', '.join(known)}")
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
    for verb, model in STEPS.items():
        part = model.model_json_schema()
        definitions.update(part.pop("$defs", {}))
        definitions[model.__name__] = part
        value: dict[str, Any] = {"$ref": f"#/$defs/{model.__name__}"}
        if not part.get("required"):
            value = {"anyOf": [value, {"type": "null"}]}
        verbs.append({"type": "object", "properties": {verb: value}, "required": [verb], "additionalProperties": False})
    bare = [verb for verb, model in STEPS.items() if not any(f.is_required() for f in model.model_fields.values())]
    schema["properties"]["steps"]["items"] = {"oneOf": [*verbs, {"enum": bare}]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
