"""Templates with what they include put in its place: at each level the slots that content items go into."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from scanproof.iod.tables.templates.rows import Row, Template, When
from scansim.wire.dataset import DataSet

Belongs = Callable[[DataSet], bool]


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

    @property
    def name(self) -> str:
        """Where it stands in the standard."""
        return f"TID {self.template.tid} row {self.row.number}"


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
