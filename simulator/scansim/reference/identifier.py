"""Identifiers of C-FIND responses: what was asked for, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from scansim.reference.matching import NOT_KEYS


@dataclass(frozen=True)
class Returns:
    """Attributes that a response carries whenever they are asked for, without a value when none is known.

    ``always`` are tags of this level, ``nested`` the same for the items of a sequence. Other attributes that are asked
    for are left out when no value is held (Types 1C, 2C and 3 of PS3.4 K.2.2.1.2), or with ``every`` set come back
    empty as well.
    """

    always: frozenset[BaseTag] = frozenset()
    nested: Mapping[BaseTag, Returns] | None = None
    every: bool = False

    def keeps(self, tag: BaseTag) -> bool:
        """Whether an attribute without value is returned."""
        return self.every or tag in self.always

    def inside(self, tag: BaseTag) -> Returns:
        """The rule for the items of a sequence."""
        return (self.nested or {}).get(tag, Returns(every=self.every))


def project(request: Dataset, entity: Dataset, returns: Returns) -> Dataset:
    """Return the identifier that answers `request` about `entity`.

    Parameters
    ----------
    request : Dataset
        The identifier of the request: each of its keys is also a return key. A sequence of zero length, or with one
        empty item, asks for the whole sequence (PS3.4 K.2.2.1.2 note 4).
    entity : Dataset
        What is held. It is taken over unread, so that its values keep their bytes and its character set.
    returns : Returns
        What is returned although it has no value.
    """
    answer = Dataset()
    if "SpecificCharacterSet" in entity:
        answer["SpecificCharacterSet"] = entity["SpecificCharacterSet"]
    for key in request:
        if key.tag in NOT_KEYS or not key.tag.element:
            continue
        if key.tag not in entity:
            if returns.keeps(key.tag) and not key.tag.is_private:  # nothing is known of those that nobody holds
                answer.add(_empty(key))
        elif key.VR != "SQ":
            answer[key.tag] = entity.get_item(key.tag)
        else:
            held = entity[key.tag]
            items = list(held.value or []) if held.VR == "SQ" else []
            if items and key.value and len(key.value[0]):
                items = [project(key.value[0], item, returns.inside(key.tag)) for item in items]
            if items or returns.keeps(key.tag):
                answer.add(DataElement(key.tag, "SQ", Sequence(items)))
    return answer


def _empty(key: DataElement) -> DataElement:
    return DataElement(key.tag, key.VR, Sequence() if key.VR == "SQ" else None)
