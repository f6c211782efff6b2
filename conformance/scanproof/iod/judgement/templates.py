"""SR documents beside the templates that they say they follow (PS3.16): content items against rows.

What a document does not name a template for is not judged, but Key Objects, which have one (PS3.3 A.35.4.3.1.3). Rows
whose condition a document does not decide demand nothing; an extensible template takes any further item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.judgement.content_references import item_at
from scanproof.iod.tables.evidence import content_items
from scanproof.iod.tables.templates.codes import Code, code_in, concept_of, shown_code, value_of
from scanproof.iod.tables.templates.conditions import template_of
from scanproof.iod.tables.templates.rows import Level, Place, Truth
from scanproof.iod.tables.templates.slots import Kind, Slot, root_slot
from scansim.wire.dataset import DataSet

_KO = "key-object-selection-document"


def template_findings(iod: str, root: DataSet) -> Iterator[IodFinding]:
    """Judge a document that is all there against its template, and the containers in it that name their own."""
    yield from _Document(root).judge("2010" if iod == _KO else template_of(root))


class _Document:
    """One document under judgement: its tree, and the values of its concepts."""

    def __init__(self, root: DataSet) -> None:
        self._root = root
        self._values: dict[Code, list[Code]] = {}
        for item, _ in content_items(root):
            self._values.setdefault(concept_of(item), []).append(value_of(item))

    def judge(self, tid: str) -> Iterator[IodFinding]:
        slot = root_slot(tid)
        if slot is None:
            yield from self._unnamed(self._root, "", ())
            return
        title, wanted = concept_of(self._root), slot.row.concept
        if wanted and title and title != wanted:
            text = f"{shown_code(title)}, where {slot.name} has {shown_code(wanted)}"
            yield _error("sr-template-value", "ConceptNameCodeSequence", text, slot)
        yield from self._level(slot, self._root, "", ())

    def _unnamed(self, item: DataSet, path: str, around: tuple[Level, ...]) -> Iterator[IodFinding]:
        """Look for templates below an item that no row describes."""
        for number, child in enumerate(item.items("ContentSequence"), 1):
            here = f"{path}ContentSequence[{number}] > "
            slot = root_slot(template_of(child)) if child.text("ValueType") == "CONTAINER" else None
            if slot is None:
                yield from self._unnamed(child, here, (Level(item), *around))
            else:
                yield from self._level(slot, child, here, (Level(item), *around))

    def _level(self, owner: Slot, item: DataSet, path: str, around: tuple[Level, ...]) -> Iterator[IodFinding]:
        """Judge the children of an item against the slots of its row."""
        place = Place((Level(item), *around), self._values)
        taken: dict[Kind, list[int]] = {}
        for number, child in enumerate(item.items("ContentSequence"), 1):
            here = f"{path}ContentSequence[{number}] > "
            target = self._target(child)
            if target is None or not child.elements:
                continue
            slot, fault = _match(owner, child, target)
            if slot is None:
                yield from _extra(owner, child, target, here)
                yield from self._unnamed_item(child, here, place.levels)
                continue
            taken.setdefault(slot.kind, []).append(number)
            if fault:
                yield _error(_RULES[fault], f"{here}{fault}", _differs(slot, child, target, fault), slot)
            elif target is child:
                yield from _value(slot, child, here)
                yield from self._level(slot, child, here, place.levels)
        yield from _counted(owner.kinds, taken, place, path)

    def _unnamed_item(self, child: DataSet, here: str, around: tuple[Level, ...]) -> Iterator[IodFinding]:
        slot = root_slot(template_of(child)) if child.text("ValueType") == "CONTAINER" else None
        if slot is None:
            yield from self._unnamed(child, here, around)
        else:
            yield from self._level(slot, child, here, around)

    def _target(self, child: DataSet) -> DataSet | None:
        """The item itself, or the one that it points to; None when that cannot be found."""
        if "ReferencedContentItemIdentifier" not in child:
            return child
        try:
            place = tuple(int(step) for step in child.values("ReferencedContentItemIdentifier"))
        except ValueError:
            return None
        return item_at(self._root, place)


#: The attribute that is at fault, and what the rule about it is called.
_RULES = {"ValueType": "sr-template-type", "RelationshipType": "sr-template-relationship"}


def _match(owner: Slot, child: DataSet, target: DataSet) -> tuple[Slot | None, str]:
    """The slot that an item goes into, and which attribute keeps it from fitting there."""
    concept, kind, relation = concept_of(target), target.text("ValueType"), child.text("RelationshipType")
    named = [slot for slot in owner.named.get(concept, ()) if _belongs(slot, target)] if concept else []
    for slot in named:
        if slot.row.value_type == kind and slot.relation in ("", relation):
            return slot, ""
    for slot in owner.named.get("", ()):
        fits = slot.row.value_type == kind and slot.relation in ("", relation)
        if fits and _belongs(slot, target):
            return slot, ""
    if not kind or not relation:
        return (named[0], "") if named else (None, "")
    for slot in named:
        if slot.row.value_type == kind:
            return slot, "RelationshipType"
    return (named[0], "ValueType") if named else (None, "")


def _belongs(slot: Slot, item: DataSet) -> bool:
    return slot.belongs is None or slot.belongs(item)


def _differs(slot: Slot, child: DataSet, target: DataSet, fault: str) -> str:
    found = target.text("ValueType") if fault == "ValueType" else child.text("RelationshipType")
    wanted = slot.row.value_type if fault == "ValueType" else slot.relation
    return f"{found}, where {slot.name} has {wanted} for {shown_code(slot.row.concept)}"


def _extra(owner: Slot, child: DataSet, target: DataSet, here: str) -> Iterator[IodFinding]:
    """An item that no row describes: of a template that is not extensible, unless one that it includes is.

    Any concept may have further modifiers (PS3.16 6.2.4).
    """
    relation = child.text("RelationshipType")
    if (
        owner.template.extensible
        or relation in ("", "HAS CONCEPT MOD")
        or any(slot.template.extensible and slot.relation in ("", relation) for slot in owner.inside)
    ):
        return
    concept = concept_of(target)
    what = f"{relation} {target.text('ValueType')} {shown_code(concept) if concept else 'without a concept name'}"
    text = f"{what}: no row of TID {owner.template.tid} describes it, and the template is not extensible"
    yield _error("sr-template-extra", here.removesuffix(" > "), text, owner)


def _value(slot: Slot, item: DataSet, here: str) -> Iterator[IodFinding]:
    """The value of an item: its code, and the unit of a number."""
    row = slot.row
    if row.bare and "ConceptNameCodeSequence" in item:
        text = f"a purpose of reference, which {slot.name} does not allow"
        yield _error("sr-template-value", f"{here}ConceptNameCodeSequence", text, slot)
    if row.values:
        value = value_of(item)
        if value and value not in row.values:
            listed = ", ".join(map(shown_code, row.values))
            text = f"{shown_code(value)}, not one of {listed} ({slot.name})"
            yield _error("sr-template-value", f"{here}ConceptCodeSequence", text, slot)
    if row.unit:
        for measured in item.items("MeasuredValueSequence")[:1]:
            unit, wanted = code_in(measured, "MeasurementUnitsCodeSequence"), f"UCUM:{row.unit}"
            if unit and unit != wanted:
                text = f"the unit is {shown_code(unit)}, where {slot.name} has {shown_code(wanted)}"
                # Braces hold annotation, and editions before wrote Gym2 for Gy.m2: the same unit in another form.
                level = IodLevel.WARNING if _same_unit(unit, wanted) else IodLevel.ERROR
                path = f"{here}MeasuredValueSequence[1] > MeasurementUnitsCodeSequence"
                yield IodFinding("sr-template-unit", level, path, text, _clause(slot))


def _same_unit(unit: Code, wanted: Code) -> bool:
    """Whether two units differ in their form alone: dots, capitals, and annotations, which count for nothing."""
    forms = {re.sub(r"[{}. -]", "", each).casefold() for each in (unit, wanted)}
    return len(forms) == 1 or all(re.fullmatch(r"UCUM:(1|\{[^}]*\})", each) for each in (unit, wanted))


def _counted(
    kinds: Mapping[Kind, Sequence[Slot]], taken: Mapping[Kind, Sequence[int]], place: Place, path: str
) -> Iterator[IodFinding]:
    """How many items there are of each kind: none that has to be there, too many, or some that must not.

    Rows of several templates at one level may be of one kind, such as a total of two: one item serves them all.
    """
    missing: list[Slot] = []
    for kind, same in kinds.items():
        numbers, slot = taken.get(kind, ()), same[0]
        most = 0 if any(each.most == 0 for each in same) else sum(each.most for each in same)
        if not numbers:
            missing += [each for each in same if _demanded(each, place)][:1]
        elif most and len(numbers) > most:
            text = f"item {len(numbers)} of {_words(slot)}, where {slot.name} allows {most}"
            yield _error("sr-template-count", f"{path}ContentSequence[{numbers[most]}]", text, slot)
        elif all(each.row.only and each.row.when and each.row.when.decide(place) is False for each in same):
            assert slot.row.when is not None
            text = f"{_words(slot)}: {slot.name} has it only if {_told(slot.row.when.text)}"
            yield _error("sr-template-forbidden", f"{path}ContentSequence[{numbers[0]}]", text, slot)
    # a document does not name its edition: what not all of them ask for is told apart
    for later, level in ((False, IodLevel.ERROR), (True, IodLevel.WARNING)):
        told = [slot for slot in missing if slot.row.later is later]
        if told:
            listed = "; ".join(f"{_words(slot)} ({slot.name}{_why(slot)})" for slot in told)
            text = f"missing: {listed}" + ("; not every edition asks for it" if later else "")
            yield IodFinding("sr-template-missing", level, f"{path}ContentSequence", text, _clause(told[0]))


def _demanded(slot: Slot, place: Place) -> bool:
    """Whether the row, and all that include it, have to be there for sure."""
    return all(_asked(need, when.decide(place) if when is not None else None) for need, when in slot.asks)


def _asked(need: str, holds: Truth) -> bool:
    return need == "M" or (need == "MC" and holds is True)


def _words(slot: Slot) -> str:
    concept = f" {shown_code(slot.row.concept)}" if slot.row.concept else ""
    return f"{slot.row.value_type}{concept}"


def _why(slot: Slot) -> str:
    need, when = slot.asks[-1]
    return f", since {_told(when.text)}" if need == "MC" and when is not None else ""


def _told(text: str) -> str:
    """The words of a condition with codes as they are shown."""
    return re.sub(r"[A-Za-z]+:[\w.-]+", lambda match: shown_code(match[0]), text)


def _clause(slot: Slot) -> str:
    return f"PS3.16 {slot.name} (2020)"


def _error(rule: str, tag: str, text: str, slot: Slot) -> IodFinding:
    return IodFinding(rule, IodLevel.ERROR, tag, text, _clause(slot))
