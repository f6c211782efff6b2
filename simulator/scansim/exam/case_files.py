"""Steps and cases as a scenario file has them: a table of a case is one case for each of its rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from scansim.exam.battery import MOST_CASES, BatteryCase, row_name, substituted
from scansim.exam.scenario import CLAIMED, lacking
from scansim.exam.step import Step
from scansim.identity.chosen import check_character_set
from scansim.inputs import Document, InputError, Location, did_you_mean, validate
from scansim.steps import VERBS

#: A name of a table that gives the exam its character set.
_CHARACTER_SET = "character_set"
_KEYS = (*BatteryCase.model_fields, "each")


def read_steps(document: Document, raw: Any, at: Location) -> tuple[Step, ...]:
    """Read a list of steps; InputError with a line for each mistake."""
    if not isinstance(raw, list) or not raw:
        raise document.error(at, "a list of steps is wanted here, such as [verify, query-worklist]")
    steps: list[Step] = []
    errors: list[str] = []
    for index, one in enumerate(raw):
        try:
            steps.append(_step(document, one, (*at, index)))
        except InputError as error:
            errors.append(str(error))
    if errors:
        raise InputError("\n".join(errors))
    return tuple(steps)


def _step(document: Document, raw: Any, at: Location) -> Step:
    known = ", ".join(VERBS)
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


def refuse_lacking(document: Document, steps: tuple[Step, ...], at: Location, first: int = 0) -> None:
    """InputError for a step that can never run; `first` steps of them stand elsewhere."""
    for index, thing in lacking(steps):
        verb = steps[index].verb
        givers = " or ".join(name for name, each in VERBS.items() if thing in each.model.gives)
        text = f"step {index + 1 - first}, {verb}, needs {thing.value}: {givers} before it"
        raise document.error((*at, index - first), text)


def read_cases(document: Document, raw: Any, between: tuple[Step, ...]) -> tuple[BatteryCase, ...]:
    """Read the cases of a battery, of a table one for each row; InputError with a line for each mistake."""
    if not isinstance(raw, list):
        raise document.error(("cases",), "a list of cases is wanted here, each with id, title and steps")
    cases: list[BatteryCase] = []
    errors: list[str] = []
    for index, one in enumerate(raw):
        try:
            cases += _case(document, one, ("cases", index), between)
        except InputError as error:
            errors.append(str(error))
    if len(cases) > MOST_CASES:
        errors.append(f"{document.path}: {len(cases)} cases, and a battery has {MOST_CASES} at most")
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            errors.append(f"{document.path}: the case {case.id} stands twice; give its rows an id each")
        seen.add(case.id)
    if errors:
        raise InputError("\n".join(dict.fromkeys(errors)))
    return tuple(cases)


def _case(document: Document, raw: Any, at: Location, between: tuple[Step, ...]) -> Iterator[BatteryCase]:
    if not isinstance(raw, dict):
        raise document.error(at, f"a case is a mapping; keys: {', '.join(_KEYS)}")
    name = raw.get("id")
    if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
        raise document.error((*at, "id"), f"id {name!r}: lower case words joined by hyphens")
    for key in raw:
        if key not in _KEYS:
            hint = did_you_mean(str(key), _KEYS) or ";"
            raise document.error((*at, key), f"unknown key {key!r}{hint} allowed here: {', '.join(_KEYS)}")
    rows = _rows(document, raw["each"], (*at, "each")) if "each" in raw else [{}]
    for row in rows:
        steps = read_steps(document, substituted(raw.get("steps"), row), (*at, "steps"))
        refuse_lacking(document, (*between, *steps), (*at, "steps"), len(between))
        character_set = row.get(_CHARACTER_SET, raw.get(_CHARACTER_SET))
        own = {**raw, "steps": steps, _CHARACTER_SET: character_set}
        own.pop("each", None)
        if row and row != {_CHARACTER_SET: CLAIMED}:
            own["id"] = f"{name}[{row_name(row)}]"
            own["title"] = substituted(raw.get("title"), row)
        yield validate(BatteryCase, document, own, at)


def _rows(document: Document, raw: Any, at: Location) -> list[Mapping[str, Any]]:
    """The rows of a table: a name with its values, or a list of mappings."""
    if isinstance(raw, dict) and len(raw) == 1:
        name, values = next(iter(raw.items()))
        if name == _CHARACTER_SET and values == CLAIMED:
            return [{name: CLAIMED}]
        rows: list[Mapping[str, Any]] = [{name: value} for value in values] if isinstance(values, list) else []
    elif isinstance(raw, list):
        rows = [row for row in raw if isinstance(row, dict) and row]
        rows = rows if len(rows) == len(raw) and len({tuple(row) for row in rows}) == 1 else []
    else:
        rows = []
    if not rows:
        form = "each: {attribute: [PatientID, Modality]}, or a list of mappings with the same keys"
        raise document.error(at, f"a table is one name with a list of values, or rows of several; such as {form}")
    for row in rows:
        if (named := row.get(_CHARACTER_SET)) is not None:
            try:
                check_character_set(str(named))
            except ValueError as error:
                raise document.error(at, str(error)) from None
    return rows
