"""Steps and cases as a scenario file has them: a table of a case is one case for each of its rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from scansim.exam import edits
from scansim.exam.battery import (
    CHARACTER_SET,
    CLAIMED,
    MOST_CASES,
    BatteryCase,
    BatteryOrder,
    BatteryStudy,
    Row,
    check_case_id,
    check_row_name,
)
from scansim.exam.scenario import lacking
from scansim.exam.step import Step
from scansim.identity.chosen import check_character_set
from scansim.inputs import Document, InputError, Location, did_you_mean, validate
from scansim.steps import VERBS

#: A case before its orders are looked at, with where it stands.
Placed = tuple[Location, BatteryCase]

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


def refuse_unnamed(document: Document, steps: tuple[Step, ...], at: Location, first: int = 0) -> None:
    """InputError for a step that refers to one by a name that no earlier one of its service has."""
    for index, step in enumerate(steps):
        known = [each.named for each in steps[:index] if each.named and each.service is step.service]
        if step.refers_to and step.refers_to not in known:
            hint = did_you_mean(step.refers_to, known) or ";"
            text = f"step {index + 1 - first}, {step.verb}: no step before it is called {step.refers_to!r}{hint}"
            raise document.error((*at, index - first), f"{text} there are: {', '.join(known) or 'none'}")


def refuse_unknown_orders(
    document: Document, steps: Iterable[Step], at: Location, orders: Collection[BatteryOrder | BatteryStudy]
) -> None:
    """InputError for an order that a step names and that there is not; a line for each."""
    errors: list[str] = []
    for index, step in enumerate(steps):
        errors += [
            str(document.error((*at, index, step.verb), f"{step.verb}: {text}"))
            for name in dict.fromkeys(step.orders_named())
            if (text := _unknown(name, orders))
        ]
        for reference in edits.references(step.model_dump()):
            try:
                edits.check_reference(reference)
            except ValueError as error:
                errors.append(str(document.error((*at, index, step.verb), f"{step.verb}: {reference}: {error}")))
    if errors:
        raise InputError("\n".join(dict.fromkeys(errors)))


def _unknown(name: str, orders: Collection[BatteryOrder | BatteryStudy]) -> str:
    """What is wrong with what a step calls an order; empty when nothing is."""
    known = {order.id: order.count for order in orders}
    plain, _, number = name.partition("[")
    if plain not in known:
        hint = did_you_mean(plain, known) or ";"
        there = f" there are: {', '.join(known)}" if known else " only a battery has orders, and this one has none"
        return f"no order {name!r}{hint}{there}"
    if not number and any(order.id == plain and isinstance(order, BatteryStudy) for order in orders):
        return ""  # its first image
    if known[plain] == 1:
        return f"there is one order {plain}: no number goes behind it" if number else ""
    if not number.removesuffix("]").isdecimal() or not 1 <= int(number.removesuffix("]")) <= known[plain]:
        return f"no order {name!r}; there are {plain}[1] to {plain}[{known[plain]}]"
    return ""


def read_cases(
    document: Document, raw: Any, between: tuple[Step, ...], orders: Collection[str] = ()
) -> tuple[Placed, ...]:
    """Read the cases of a battery, of a table one for each row; InputError with a line for each mistake.

    `orders` are the ids of its orders.
    """
    if not isinstance(raw, list):
        raise document.error(("cases",), "a list of cases is wanted here, each with id, title and steps")
    cases: list[Placed] = []
    errors: list[str] = []
    for index, one in enumerate(raw):
        at: Location = ("cases", index)
        try:
            cases += ((at, case) for case in _case(document, one, at, between, orders))
        except InputError as error:
            errors.append(str(error))
    if len(cases) > MOST_CASES:
        text = f"{len(cases)} cases, and a battery has {MOST_CASES} at most"
        errors.append(str(document.error(("cases",), text)))
    seen: set[str] = set()
    for at, case in cases:
        if case.id in seen:
            what = "give its rows an id each" if "[" in case.id else "give it another id"
            errors.append(str(document.error((*at, "id"), f"the case {case.id} stands twice; {what}")))
        seen.add(case.id)
    if errors:
        raise InputError("\n".join(dict.fromkeys(errors)))
    return tuple(cases)


def _case(
    document: Document, raw: Any, at: Location, between: tuple[Step, ...], orders: Collection[str]
) -> Iterator[BatteryCase]:
    if not isinstance(raw, dict):
        raise document.error(at, f"a case is a mapping; keys: {', '.join(_KEYS)}")
    name = raw.get("id")
    try:
        check_case_id(name)
    except ValueError as error:
        raise document.error((*at, "id"), f"id {error}") from None
    for key in raw:
        if key not in _KEYS:
            hint = did_you_mean(str(key), _KEYS) or ";"
            raise document.error((*at, key), f"unknown key {key!r}{hint} allowed here: {', '.join(_KEYS)}")
    rows = _rows(document, raw["each"], (*at, "each"), orders) if "each" in raw else [{}]
    for number, values in enumerate(rows, 1):
        row = Row(values, orders)
        if unused := row.unused([raw.get(key) for key in _FILLED]):
            raise document.error((*at, "each"), f"${unused[0]} stands nowhere in the case")
        own = {**raw, **{key: row.put_into(raw[key]) for key in _FILLED if key in raw}}
        _refuse_unknown_words(document, own, at, [*values])
        own["steps"] = steps = read_steps(document, own.get("steps"), (*at, "steps"))
        refuse_lacking(document, (*between, *steps), (*at, "steps"), len(between))
        refuse_unnamed(document, (*between, *steps), (*at, "steps"), len(between))
        own[CHARACTER_SET] = values.get(CHARACTER_SET, raw.get(CHARACTER_SET))
        own.pop("each", None)
        if values and values != {CHARACTER_SET: CLAIMED}:
            own["id"] = f"{name}[{row.name or number}]"
        yield validate(BatteryCase, document, own, at)


#: What of a case the rows of its table are put into.
_FILLED = ("title", "leaves", "steps")


def _refuse_unknown_words(document: Document, raw: Any, at: Location, names: Collection[str] = ()) -> None:
    """InputError for each ``$name`` that nothing stands for."""
    if isinstance(raw, Mapping):
        for key, value in raw.items():
            _refuse_unknown_words(document, key, at, names)
            _refuse_unknown_words(document, value, (*at, key), names)
    elif isinstance(raw, list):
        for index, value in enumerate(raw):
            _refuse_unknown_words(document, value, (*at, index), names)
    elif isinstance(raw, str):
        for word in edits.unknown_words(raw):
            known = [f"${name}" for name in (*names, *edits.WORDS)]
            hint = did_you_mean(word, known) or ";"
            told = f"{', '.join(known)}, or $ID.Keyword for a value of an order"
            raise document.error(at, f"{raw!r}: nothing is called {word}{hint} there are {told}")


def refuse_words(document: Document, raw: Any, at: Location) -> None:
    """InputError for each ``$name`` in steps that no table stands above."""
    _refuse_unknown_words(document, raw, at)


def _rows(document: Document, raw: Any, at: Location, orders: Collection[str]) -> list[Mapping[str, Any]]:
    """The rows of a table: a name with its values, or a list of mappings."""
    if isinstance(raw, dict) and len(raw) == 1:
        name, values = next(iter(raw.items()))
        if name == CHARACTER_SET and values == CLAIMED:
            return [{name: CLAIMED}]
        rows: list[Mapping[str, Any]] = [{name: value} for value in values] if isinstance(values, list) else []
    elif isinstance(raw, list):
        rows = [row for row in raw if isinstance(row, dict) and row] if raw else []
        for index, row in enumerate(rows if len(rows) == len(raw) else []):
            if row.keys() != rows[0].keys():
                wanted, given = ", ".join(map(str, rows[0])), ", ".join(map(str, row))
                raise document.error((*at, index), f"a row has the keys of the first one, {wanted}, and not {given}")
        rows = [{name: row[name] for name in rows[0]} for row in rows] if len(rows) == len(raw) else []
    else:
        rows = []
    if not rows:
        form = "each: {attribute: [PatientID, Modality]}, or a list of mappings with the same keys"
        raise document.error(at, f"a table is one name with a list of values, or rows of several; such as {form}")
    try:
        for name in rows[0]:
            check_row_name(name, orders)
        for row in rows:
            if (named := row.get(CHARACTER_SET)) is not None:
                check_character_set(str(named))
    except ValueError as error:
        raise document.error(at, str(error)) from None
    return rows
