"""Claims as they are made of a form: ids of what is claimed, the line, the option that each depends on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha1
from json import dumps
from typing import Any

from scanproof.statements.claim import Claim, Role
from scanproof.statements.form.cells import Named
from scanproof.statements.form.plain import Plain
from scanproof.statements.remarks import Mistake, Mistakes
from scansim.inputs import Location

#: The option of a cell that says OPTION and not which.
UNNAMED = "to be switched on"
_LONGEST = 300


@dataclass
class Writer:
    """Makes the claims of one Application Entity.

    ``on`` are the options that are on; ``mistakes`` what is wrong in a file that loads all the same.
    """

    ae: str
    source: Plain
    on: frozenset[str]
    mistakes: Mistakes
    claims: dict[str, Claim] = field(default_factory=dict)

    def add(
        self,
        kind: str,
        name: str,
        text: str,
        at: Location,
        data: Mapping[str, Any] | None = None,
        *,
        role: Role = "SCP",
        cell: str = "Y",
        of: str = "",
    ) -> None:
        """Make a claim.

        Parameters
        ----------
        kind, role, data
            See `Claim`.
        name : str
            Its id without the AE title: made of what is claimed.
        text : str
            What comes after the AE title.
        at : tuple
            Its place in the plain data.
        cell : str
            What its cell says: OPTION is an option without a name.
        of : str
            What the id begins with in place of the AE title, for what holds of the product as a whole.
        """
        option = self.source.needs(at, self.on) or (UNNAMED if cell == "OPTION" else "")
        line = self.source.document.line(at)
        made = Claim(
            f"{of or self.ae}.{name}", f"{of or self.ae} {text}", kind, self.ae, role, data or {}, line, option
        )
        before = self.claims.get(made.id)
        if before is None or (before.data == made.data and before.option and not option):
            self.claims[made.id] = made
        elif before.data != made.data:
            text = f"{made.id}: {text}, but line {before.line} says otherwise: {before.text}"
            self.mistakes.append(Mistake("error", "contradiction", line, text))

    def named(self, value: Named, at: Location) -> bool:
        """Whether a UID can be used; what is wrong with it is told."""
        if value.mistake:
            self.mistakes.append(Mistake("error", value.rule, self.source.document.line(at), value.mistake))
        return value.rule != "uid-form"

    def statuses(
        self, kind: str, name: str, rows: Sequence[Any] | None, at: Location, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Make a claim of each code of a status table; the conditions of one code are put together."""
        found: dict[tuple[str, str], tuple[str, dict[str, None], Location]] = {}
        for index, row in enumerate(rows or ()):
            operation = row.operation or ""
            status, conditions, place = found.setdefault((operation, row.code), (row.status, {}, (*at, index)))
            if row.condition:
                conditions.setdefault(row.condition)
            if status != row.status:
                line, first = self.source.document.line((*at, index)), self.source.document.line(place)
                text = f"{row.code} is {row.status} here and {status} on line {first}"
                self.mistakes.append(Mistake("error", "contradiction", line, text))
        for (operation, code), (status, conditions, place) in found.items():
            data = {"status": status, "code": code, "condition": "; ".join(conditions), **(facts or {})}
            if operation:
                data["operation"] = operation
            of = f"{operation}." if operation else ""
            text = f"answers {of.rstrip('.') or 'requests'} with {code} ({status}): {data['condition'] or 'always'}"
            self.add(kind, f"{name}.{of}{code}", text, place, data)

    def undriven(self, chapter: str, value: Any, at: Location, role: Role = "", of: str = "", name: str = "") -> None:
        """Make claims of tables and prose that nothing here drives: one a row, or a single cell."""
        for what, said, place in _leaves(value, (), at):
            path = ".".join((name or chapter, *what))
            text = f"{' '.join((chapter, *what)).replace('_', ' ')}: {said}"
            data = {"chapter": chapter, "what": ".".join(what), "said": said}
            self.add("undriven", path, text, place, data, role=role, of=of)


_NAMING = (
    *("attribute", "sop_class", "parameter", "resource", "service", "profile", "transfer_syntax", "media_type"),
    *("name", "code", "iod", "query_parameter", "header_field"),
)


def _short(value: Any) -> str:
    if isinstance(value, dict | list):
        if isinstance(value, list) and all(isinstance(each, str | int | float) for each in value):
            text = ", ".join(map(str, value)) or "none"
        else:
            text = dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _row_name(row: Mapping[str, Any]) -> str:
    for key in _NAMING:
        if isinstance(row.get(key), str | int):
            return str(row[key]).replace(" ", "_")[:64]
    return ""


def _digest(row: Any) -> str:
    return sha1(dumps(row, sort_keys=True, default=str).encode(), usedforsecurity=False).hexdigest()[:8]


def _leaves(value: Any, what: tuple[str, ...], at: Location) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    """Yield path, text and place of each cell, and of each row of a list, which is called by what it is about."""
    if isinstance(value, dict) and value:
        for key, inside in value.items():
            yield from _leaves(inside, (*what, str(key).replace(" ", "_")), (*at, key))
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        yield from _rows(value, what, at)
    elif value is not None:
        yield what, _short(value) if value != {} else "none", at


def _rows(rows: Iterable[Any], what: tuple[str, ...], at: Location) -> Iterator[tuple[tuple[str, ...], str, Location]]:
    names = [_row_name(row) if isinstance(row, dict) else _short(row)[:64].replace(" ", "_") for row in rows]
    counts = Counter(names)
    for index, (row, name) in enumerate(zip(rows, names, strict=True)):
        if not name or counts[name] > 1:
            name = f"{name}.{_digest(row)}" if name else _digest(row)
        yield (*what, name), _short(row), (*at, index)
