"""Condition of Common Instance Reference, which asks what the rest of the instance refers to (PS3.3 C.12.2)."""

from __future__ import annotations

from scanproof.iod.tables.conditions.shorthand import of
from scanproof.iod.tables.logic import ALWAYS, Condition, Expression, Scope, present, required_if
from scansim.wire.dataset import DataSet, tag_of

_STUDIES = "StudiesContainingOtherReferencedInstancesSequence"
_THEMSELVES = frozenset(map(tag_of, ("ReferencedSeriesSequence", _STUDIES)))
#: Sequences whose items are references to instances, whatever module has them; procedure steps and studies are none.
_REFERENCES = frozenset(
    map(
        tag_of,
        ("ReferencedImageSequence", "SourceImageSequence", "ReferencedInstanceSequence", "SourceInstanceSequence"),
    )
)


def _is_there(level: DataSet) -> bool:
    for tag, element in level.elements.items():
        if not element.items or tag in _THEMSELVES:
            continue
        if tag in _REFERENCES and any("ReferencedSOPInstanceUID" in item for item in element.items):
            return True
        if any(_is_there(item) for item in element.items):
            return True
    return False


def _refers(scope: Scope) -> bool:
    return _is_there(scope[-1])


_instances = Expression(_refers, frozenset(), "the instance refers to others", "the instance refers to no other")

# What is referred to is of this study or of another; of the two attributes the first alone is asked for.
INSTANCE_REFERENCES: dict[tuple[str, str], Condition] = of(
    "common-instance-reference", required_if(_instances & ~present(_STUDIES), ALWAYS), "ReferencedSeriesSequence"
)
