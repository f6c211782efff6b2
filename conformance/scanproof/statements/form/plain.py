"""A statement's data without what may stand around every cell: ``?``, ``{value: ..., ref: ..., option: ...}``.

The models of the form see plain values only. What was taken off is kept by its place: questions, options, and the line
of each place that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scanproof.statements.remarks import Question
from scansim.inputs import Document, InputError, Location

#: What may stand beside any cell of a row or around a single one; none of it is part of the cell.
BESIDE = ("ref", "comment", "option")
_AROUND = frozenset(("value", *BESIDE))
#: How a cell says that it is a question to the vendor.
UNSTATED = "?"
#: How Annex N has it that a section, or a cell, is about nothing that the product has: nothing is stated by it.
NOT_APPLICABLE = ("N/A", "n/a")


@dataclass
class Plain:
    """Plain data, and what stood around it by the locations of the plain data."""

    document: Document
    options: dict[Location, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def needs(self, location: Location, on: frozenset[str]) -> str:
        """The option that a place depends on and that is not on; empty when there is none."""
        for length in range(len(location), -1, -1) if self.options else ():
            option = self.options.get(location[:length])
            if option is not None and option not in on:
                return option
        return ""


#: What stands in place of a question without which there would be no statement.
_IN_PLACE: Mapping[Location, Any] = {
    ("conformance_statement",): "1",
    ("cover_page",): {"product": "unstated", "versions": ["unstated"]},
    ("cover_page", "product"): "unstated",
    ("cover_page", "versions"): ["unstated"],
    ("application_entities",): {"UNSTATED": {}},
}
#: Cells without which a row says nothing, where another one stands beside them, or in any case.
_NEEDED = {
    **dict.fromkeys(("sop_class", "attribute", "in", "code", "type_of_change", "parameter"), ""),
    **dict.fromkeys(("result", "source", "reason"), "result"),
    "attributes": "in",
    "status": "code",
    "sop_classes": "transfer_syntaxes",
    "transfer_syntaxes": "sop_classes",
    "invoked": "performed",
    "performed": "invoked",
}


class _Nothing:
    """In place of what is not stated."""


_NOTHING, _ABSENT = _Nothing(), _Nothing()


class _Taking:
    def __init__(self, document: Document) -> None:
        self.given = document
        self.lines: dict[Location, int] = {}
        self.found = Plain(document)
        self.wrong: list[str] = []

    def take(self, value: Any, there: Location, here: Location) -> Any:
        """Plain data of a value that stands at `there` in the file and comes to stand at `here`."""
        if isinstance(value, str):
            if value.strip() == UNSTATED:
                place = ".".join(str(part) for part in here)
                self.found.questions.append(Question(place, self.given.line(there)))
                return _NOTHING
            if value.strip() in NOT_APPLICABLE:
                return _ABSENT
            if there in self.given.octal:
                self._quote(there, value)
        if value is None:  # a key with nothing behind it
            return _ABSENT
        self.lines[here] = self.given.line(there)
        if isinstance(value, dict):
            if "value" in value and _AROUND.issuperset(value):
                self._beside(value, there, here)
                return self.take(value["value"], (*there, "value"), here)
            return self._mapping(value, there, here)
        if isinstance(value, list):
            taken: list[Any] = []
            for index, item in enumerate(value):
                stands = (*here, len(taken))
                plain = self.take(item, (*there, index), stands)
                if isinstance(plain, _Nothing):
                    self._forget(stands)  # the next item comes to stand there
                else:
                    taken.append(plain)
            return taken if taken or not value else _NOTHING
        return value

    def _mapping(self, value: Mapping[Any, Any], there: Location, here: Location) -> dict[str, Any] | _Nothing:
        taken: dict[str, Any] = {}
        lost = False
        self._beside(value, there, here)
        for key, inside in value.items():
            name = str(key)
            if name in BESIDE and isinstance(inside, str):
                continue
            if (*there, name, "key") in self.given.octal:
                self._quote((*there, name), name)
            if inside is None and " " in name:  # {condition: one thing, and another}
                place = f"{self.given.path}:{self.given.line((*there, name))}"
                self.wrong.append(f"{place}: {name!r} is no key; within braces a text with a comma wants quotes")
            plain = self.take(inside, (*there, name), (*here, name))
            if plain is _NOTHING:
                plain = self._in_place((*here, name))
                beside = _NEEDED.get(name)
                lost = lost or (isinstance(plain, _Nothing) and (beside == "" or beside in value))
            if not isinstance(plain, _Nothing):
                taken[name] = plain
        return _NOTHING if lost else taken

    def _in_place(self, here: Location) -> Any:
        """What stands in place of a question; that of an AE, or of its services, says that it has none of them."""
        if here[:1] == ("application_entities",) and len(self.given.data["application_entities"]) > 1:
            if len(here) == 2:
                return {"services": []}
            if len(here) == 3 and here[2] == "services":
                return []
        elif here[:1] == ("application_entities",) and len(here) == 2:
            return {}
        return _IN_PLACE.get(here, _NOTHING)

    def _beside(self, value: Mapping[Any, Any], there: Location, here: Location) -> None:
        for name in BESIDE:
            given = value.get(name)
            if isinstance(given, str) and given.strip() == UNSTATED:
                self.take(given, (*there, name), (*here, name))
                given = "unstated"
            if name == "option" and isinstance(given, str):
                self.found.options[here] = given

    def _forget(self, here: Location) -> None:
        options = self.found.options
        while options and next(reversed(options))[: len(here)] == here:  # what was found last stands last
            options.popitem()

    def _quote(self, there: Location, text: str) -> None:
        self.wrong.append(
            f"{self.given.path}:{self.given.line(there)}: {'.'.join(map(str, there))}: {text} without quotes is "
            f'another number to other readers of YAML; write "{text}"'
        )


def plain(document: Document) -> Plain:
    """Take off what stands around the cells of a document; InputError for numbers that want quotes."""
    taking = _Taking(document)
    data = taking.take(document.data, (), ())
    if taking.wrong:
        raise InputError("\n".join(taking.wrong[:20]))
    taking.found.document = Document(document.path, {} if isinstance(data, _Nothing) else data, taking.lines)
    return taking.found
