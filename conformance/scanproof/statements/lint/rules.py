"""Rules of the lint of statements: functions from a statement to what is wrong in it, registered with what to know."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from scanproof.statements import Claim, Statement
from scanproof.statements.form import Form
from scanproof.statements.form.plain import plain as without_marks
from scansim.inputs import Document, InputError, Location, did_you_mean, validate


class Severity(StrEnum):
    """How much it matters: an error makes the exit code 1; a note is worth knowing, and may be meant so."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Found:
    """One thing that a rule found: the line, and what is there.

    ``field`` is the dotted path of the form that it rests on, where it rests on one: when nobody could read the table
    of Annex N that the field is of, this is no more than a note.
    """

    line: int
    text: str
    field: str = ""


@dataclass(frozen=True)
class Subject:
    """The statement that is looked at: as it stands in its file, and as it is understood."""

    document: Document
    statement: Statement

    def at(self, *place: str | int) -> Any:
        """The value at a place of the file, None where there is none."""
        value = self.document.data
        for part in place:
            value = plain(value)
            inside = isinstance(value, Mapping) and part in value
            if not inside and not (isinstance(value, list) and isinstance(part, int) and part < len(value)):
                return None
            value = value[part]
        return plain(value)

    def line(self, *place: str | int) -> int:
        """The line of a place."""
        return self.document.line(place)

    @property
    def is_classic(self) -> bool:
        """Whether the file has the first form, which says nothing but contexts, commitment and character sets."""
        return self.at("conformance_statement") is None

    @cached_property
    def form(self) -> Form | None:
        """The chapters of the newer form; None of the first one."""
        if self.is_classic:
            return None
        source = without_marks(self.document)
        return validate(Form, source.document, source.document.data)

    @cached_property
    def leaves(self) -> tuple[tuple[Location, Any], ...]:
        """Every value of the file that is no list and no mapping, with its place."""
        return tuple(_leaves(self.document.data, ()))

    @cached_property
    def mappings(self) -> tuple[tuple[Location, Mapping[str, Any]], ...]:
        """Every mapping of the file, with its place."""
        return tuple(_mappings(self.document.data, ()))

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Every claim."""
        return self.statement.claims()

    def asks(self, *place: str, besides: Collection[str] = ()) -> bool:
        """Whether something at a place, or all around it, is a question, so that it is not known to be missing.

        Questions whose last key is one of `besides` are about something else.
        """
        wanted = ".".join(place)
        asked = (each.place for each in self.statement.questions if each.place.rpartition(".")[2] not in besides)
        return any(f"{each}.".startswith(f"{wanted}.") or f"{wanted}.".startswith(f"{each}.") for each in asked)

    def of(self, *kinds: str) -> Iterator[Claim]:
        """Claims of some kinds."""
        return (claim for claim in self.claims if claim.kind in kinds)


def plain(value: Any) -> Any:
    """A value without what may stand beside it: any leaf may be ``{value: …, ref: …, comment: …}``."""
    if isinstance(value, Mapping) and "value" in value and value.keys() <= {"value", "ref", "comment", "option"}:
        return value["value"]
    return value


def _leaves(value: Any, place: Location) -> Iterator[tuple[Location, Any]]:
    if isinstance(value, Mapping):
        for key, inside in value.items():
            yield from _leaves(inside, (*place, str(key)))
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from _leaves(inside, (*place, index))
    else:
        yield place, value


def _mappings(value: Any, place: Location) -> Iterator[tuple[Location, Mapping[str, Any]]]:
    if isinstance(value, Mapping):
        yield place, value
        for key, inside in value.items():
            yield from _mappings(inside, (*place, str(key)))
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from _mappings(inside, (*place, index))


Finds = Callable[[Subject], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """One rule. ``what`` it demands, ``why`` it matters, and what to do; ``clause`` where it rests on the standard."""

    id: str
    severity: Severity
    what: str
    why: str
    hint: str
    clause: str
    finds: Finds


_RULES: dict[str, Rule] = {}


def rule(id: str, severity: Severity, *, what: str, hint: str, clause: str = "") -> Callable[[Finds], Finds]:
    """Register a rule; its docstring says why."""

    def register(finds: Finds) -> Finds:
        if id in _RULES:
            raise ValueError(f"{id}: registered twice")
        why = " ".join((inspect.getdoc(finds) or "").split())
        if not why:
            raise ValueError(f"{id}: its docstring has to say why")
        _RULES[id] = Rule(id, severity, what, why, hint, clause, finds)
        return finds

    return register


def registered() -> Mapping[str, Rule]:
    """Every rule that was registered, by id."""
    return _RULES


def rule_of(id: str) -> Rule:
    """The rule of an id; InputError for one that there is not."""
    if id not in _RULES:
        raise InputError(f"no rule {id!r}{did_you_mean(id, _RULES)}; rules: {', '.join(sorted(_RULES))}")
    return _RULES[id]


def explain(of: Rule) -> str:
    """What a rule demands, and why, for people."""
    parts = [f"{of.id} ({of.severity})", of.what, of.why, f"Hint: {of.hint}"]
    return "\n".join([*parts, *([f"Clause: {of.clause}"] if of.clause else ())])
