"""Templates with what they include put in its place: at each level the slots that content items go into."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TypeVar

from scanproof.iod.tables.templates.codes import Code
from scanproof.iod.tables.templates.rows import Row, Template, When
from scansim.wire.dataset import DataSet

Belongs = Callable[[DataSet], bool]
_Key = TypeVar("_Key")
Kind = tuple[Code, str, str]


@dataclass(frozen=True, eq=False)
class Slot:
    """A row where it stands.

    ``asks`` are the requirements of the rows that include it, outermost first, and its own: it is demanded where all
    of them are. ``most`` counts for all inclusions together; ``inside`` are the slots of its children.
    """

    template: Template
    row: Row
    relation: str
    most: int
    asks: tuple[tuple[str, When | None], ...]
    belongs: Belongs | None
    inside: tuple[Slot, ...]

    @cached_property
    def named(self) -> Mapping[Code, Sequence[Slot]]:
        """The slots of its children by their concepts; those without one under none."""
        return _grouped(self.inside, lambda slot: slot.row.concept)

    @cached_property
    def kinds(self) -> Mapping[Kind, Sequence[Slot]]:
        """The slots of its children by their kinds."""
        return _grouped(self.inside, lambda slot: slot.kind)

    @property
    def kind(self) -> Kind:
        """Concept, Value Type and relationship."""
        return self.row.concept, self.row.value_type, self.relation

    @property
    def name(self) -> str:
        """Where it stands in the standard."""
        return f"TID {self.template.tid} row {self.row.number}"


def _grouped(slots: Sequence[Slot], key: Callable[[Slot], _Key]) -> Mapping[_Key, Sequence[Slot]]:
    found: dict[_Key, list[Slot]] = {}
    for slot in slots:
        found.setdefault(key(slot), []).append(slot)
    return found


@lru_cache(maxsize=1)
def templates() -> Mapping[str, Template]:
    """Every template by its number."""
    from scanproof.iod.tables.templates import ct_dose, key_objects, measurements, shared, x_ray_dose

    families = (ct_dose, x_ray_dose, measurements, key_objects, shared)
    return {template.tid: template for family in families for template in family.TEMPLATES}


@lru_cache(maxsize=64)
def root_slot(tid: str) -> Slot | None:
    """The one slot of a template that is a single container; None of another, and of one that is not written here."""
    template = templates().get(tid)
    slots = _slots(template, template.rows, "", 1, (), None) if template is not None else ()
    return slots[0] if len(slots) == 1 and slots[0].row.value_type == "CONTAINER" else None


def _slots(
    template: Template,
    rows: tuple[Row, ...],
    relation: str,
    most: int,
    asks: tuple[tuple[str, When | None], ...],
    belongs: Belongs | None,
) -> tuple[Slot, ...]:
    found: list[Slot] = []
    for row in rows:
        here, asked = row.relation or relation, (*asks, (row.need, row.when))
        together, whose = most * row.most, row.belongs or belongs
        if row.includes:
            included = templates()[row.includes]
            found += _slots(included, included.rows, here, together, asked, whose)
        else:
            inside = _slots(template, row.rows, "", 1, (), None)
            found.append(Slot(template, row, here, together, asked, whose, inside))
    return tuple(found)
