"""Tables that several chapters have: matching keys, status codes, negotiated options."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field, model_validator

from scanproof.statements.form.cells import Attributes, Cell, Code, Open, Some, Text, is_private, ours, words
from scanproof.statements.form.writer import Writer
from scansim.inputs import Location, Strict

Matching = Annotated[
    str,
    words(
        "SINGLE_VALUE", "UID", "WILDCARD", "RANGE", "SEQUENCE", "UNIVERSAL", LIST_OF_UID="UID", SINGLE="SINGLE_VALUE"
    ),
]
#: How the end of a query that was cancelled is told.
Cancel = Annotated[str | None, words("honoured", "ignored", Y="honoured", N="ignored")]


class KeyRow(Strict):
    """One or several attributes that are matched alike; or, with ``in``, the keys in the items of a sequence."""

    attribute: Attributes | None = None
    within: Attributes | None = Field(None, alias="in", description="the sequence, or sequences, whose items have them")
    attributes: Some[KeyRow] | None = None
    matching: Some[Matching] | None = None
    case_sensitive: Cell | None = ours()
    tag: Open = None

    @model_validator(mode="after")
    def _one_or_the_other(self) -> KeyRow:
        if (self.attribute is None) == (self.within is None):
            raise ValueError("either attribute, or in with attributes, is wanted here")
        if self.within is not None and self.attributes is None:
            raise ValueError("in has no attributes")
        if self.attribute is not None and self.attributes is not None:
            raise ValueError("attributes belong to in, not to attribute")
        return self


class StatusRow(Strict):
    """A row of the tables 7-10 to 7-89: a code, and when it is answered or what is done about it."""

    code: Code
    status: Annotated[str, words("Success", "Warning", "Failure", "Refused", "Cancel", "Pending", "Error")]
    operation: Annotated[
        str | None,
        words("N-CREATE", "N-SET", "N-GET", "N-ACTION", "N-EVENT-REPORT", "C-FIND", "C-MOVE", "C-GET", "C-STORE"),
    ] = None
    condition: Text | None = None
    behavior: Text | None = None
    further_meaning: Text | None = None
    related_fields: Open = None


def each_key(rows: tuple[KeyRow, ...], at: Location, above: str = "") -> Iterator[tuple[str, KeyRow, Location]]:
    """Yield each key of a table by its path, with its row and the row's place; sequences among them."""
    for index, row in enumerate(rows):
        here = (*at, index)
        for keyword in (*(row.attribute or ()), *(row.within or ())):
            path = f"{above}.{keyword}" if above else keyword
            yield path, row, here
            if row.attributes is not None:
                yield from each_key(row.attributes, (*here, "attributes"), path)


def key_claims(
    to: Writer,
    rows: tuple[KeyRow, ...],
    at: Location,
    *,
    kinds: tuple[str, str],
    name: str,
    where: str,
    facts: dict[str, Any],
) -> None:
    """Make a claim of each Matching Type of each key; UNIVERSAL by itself says that it is returned.

    `kinds` are those of matching and of return keys, `name` what their ids begin with, `where` what is asked.
    """
    matched, returned = kinds
    for path, row, place in each_key(rows, at):
        if is_private(path.rpartition(".")[2]):
            if row.matching is not None:
                to.undriven("private keys", {path: list(row.matching)}, place, "SCP", name=f"{name}.private")
            continue
        if row.matching == ("UNIVERSAL",):
            to.add(returned, f"{name}.return.{path}", f"returns {path} in {where}", place, {**facts, "path": path})
        else:
            for term in row.matching or ():
                told = f"matches {path} by {term} in {where}"
                to.add(matched, f"{name}.key.{path}.{term}", told, place, {**facts, "path": path, "matching": term})


def negotiation_claims(
    to: Writer, kind: str, said: Strict | None, at: Location, name: str, where: str, facts: dict[str, Any]
) -> None:
    """Make a claim of each option that can be negotiated: supported, or not."""
    if said is None:
        return
    for aspect in type(said).model_fields:
        cell = getattr(said, aspect)
        if cell is not None:
            supported = cell != "N"
            words = aspect.replace("_", " ")
            told = f"{'supports' if supported else 'does not support'} {words} in {where}"
            data = {**facts, "aspect": aspect, "supported": supported}
            to.add(kind, f"{name}.negotiation.{aspect}", told, (*at, aspect), data, cell=cell)


def cancel_claim(
    to: Writer, kind: str, said: str | None, at: Location, name: str, where: str, facts: dict[str, Any]
) -> None:
    """Make the claim that C-CANCEL is honoured, or ignored."""
    if said is not None:
        honoured = said == "honoured"
        told = f"{'honours' if honoured else 'ignores'} C-CANCEL of {where}"
        to.add(kind, f"{name}.cancel", told, at, {**facts, "honoured": honoured})


def undriven_fields(
    to: Writer, said: Strict, names: tuple[str, ...], at: Location, chapter: str, role: Any = "", of: str = ""
) -> None:
    """Make undriven claims of the fields of a model that are stated."""
    for name in names:
        value = getattr(said, name)
        if value is not None:
            to.undriven(chapter, {name: value.model_dump() if isinstance(value, Strict) else value}, at, role, of)
