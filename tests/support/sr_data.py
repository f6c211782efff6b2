"""Content trees for the tests of SR templates: the fewest items that a template's rows allow, and faults in them."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.iod.tables.templates.slots import Slot, root_slot
from tests.support.iod_data import CT

#: Values of CODE items that conditions look at, where a row leaves them open.
_CHOSEN = {"DCM:113820": "SCT:116152004", "DCM:121058": "DCM:113704", "DCM:113854": "DCM:113856"}


def coded(code):
    scheme, _, value = code.partition(":")
    return {"CodeValue": value, "CodingSchemeDesignator": scheme, "CodeMeaning": "x"}


def content(value_type, concept="", relation="CONTAINS", *children, value="99X:1", unit="UCUM:mm"):
    """One content item."""
    item = {"RelationshipType": relation, "ValueType": value_type}
    if concept:
        item["ConceptNameCodeSequence"] = [coded(concept)]
    if children:
        item["ContentSequence"] = list(children)
    return item | {
        "TEXT": {"TextValue": "x"},
        "CODE": {"ConceptCodeSequence": [coded(value)]},
        "NUM": {"MeasuredValueSequence": [{"NumericValue": "1", "MeasurementUnitsCodeSequence": [coded(unit)]}]},
        "DATE": {"Date": "20260102"},
        "TIME": {"Time": "12"},
        "DATETIME": {"DateTime": "20260102"},
        "UIDREF": {"UID": "2.25.1"},
        "PNAME": {"PersonName": "Synthetic^A"},
        "CONTAINER": {"ContinuityOfContent": "SEPARATE"},
        "IMAGE": {"ReferencedSOPSequence": [{"ReferencedSOPClassUID": CT, "ReferencedSOPInstanceUID": "2.25.9"}]},
        "SCOORD": {"GraphicType": "POINT", "GraphicData": [1.0, 1.0]},
    }.get(value_type, {})


def of_slot(slot: Slot):
    """An item that goes into a slot, with the children that its row may demand."""
    row = slot.row
    value = row.values[0] if row.values else _CHOSEN.get(row.concept, "99X:1")
    children = [of_slot(inner) for inner in demanded(slot)]
    return content(row.value_type, row.concept, slot.relation or "CONTAINS", *children, value=value, unit=unit_of(slot))


def unit_of(slot: Slot) -> str:
    """The unit of a row."""
    return f"UCUM:{slot.row.unit or 'mm'}"


def demanded(slot: Slot) -> list[Slot]:
    """The slots below one that are demanded in some case, of each kind the first."""
    found = {}
    for inner in slot.inside:
        if all(need in ("M", "MC") for need, _ in inner.asks):
            found.setdefault((inner.row.concept, inner.row.value_type, inner.relation), inner)
    return list(found.values())


def document(tid, *more):
    """Attributes of a document that follows a template and has each row that it may demand, and further items."""
    root = of_slot(root_slot(tid))
    del root["RelationshipType"]
    root["ContentSequence"] = [*root.get("ContentSequence", ()), *more]
    root.setdefault("ConceptNameCodeSequence", [coded("DCM:126000")])
    root["ContentTemplateSequence"] = names(tid)
    return root


def names(tid):
    """Content Template Sequence."""
    return [{"MappingResource": "DCMR", "TemplateIdentifier": tid}]


def group(tid, *more):
    """A measurement group (TID 1410, 1411, 1501) that names its template."""
    item = of_slot(root_slot(tid)) | {"RelationshipType": "CONTAINS", "ContentTemplateSequence": names(tid)}
    return item | {"ContentSequence": [*item["ContentSequence"], *more]}


def places(slot: Slot, path=()) -> Iterator[tuple[tuple[int, ...], Slot]]:
    """Where each demanded slot of a made document stands: the positions from the root, from 0."""
    for number, inner in enumerate(demanded(slot)):
        yield (*path, number), inner
        yield from places(inner, (*path, number))


def without(root, path):
    """A copy of a document without the item at a place."""
    number, *deeper = path
    items = list(root["ContentSequence"])
    if deeper:
        items[number] = without(items[number], deeper)
    else:
        del items[number]
    return root | {"ContentSequence": items}


def changed(root, path, **values):
    """A copy of a document whose item at a place has other attributes."""
    number, *deeper = path
    items = list(root["ContentSequence"])
    items[number] = changed(items[number], deeper, **values) if deeper else items[number] | values
    return root | {"ContentSequence": items}


def repeated(root, path, times):
    """A copy of a document whose item at a place stands so many times more."""
    number, *deeper = path
    items = list(root["ContentSequence"])
    if deeper:
        items[number] = repeated(items[number], deeper, times)
    else:
        items += [items[number]] * times
    return root | {"ContentSequence": items}
