"""What is wrong with an N-CREATE or N-SET of a performed procedure step, read from its bytes (PS3.4 F.7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from scanproof.evidence.associations import succeeded
from scanproof.evidence.fault import Found
from scanproof.standard import mpps_table
from scanproof.standard.attribute_types import lacking
from scanproof.standard.datasets import value_findings
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange, Operation
from scansim.wire.dataset import DataSet, Element, keyword

_CHARACTER_SET = 0x00080005
_STATUS = "PerformedProcedureStepStatus"


@dataclass
class StepFaults:
    """Faults of one request after another: the message by itself, and what the final state of its step lacks."""

    _states: dict[str, dict[int, Element]] = field(default_factory=dict)

    def of(self, operation: Operation, dataset: DataSet) -> Iterator[Found]:
        """What is wrong with one request."""
        creates = operation.request.name == "N-CREATE-RQ"
        uid = operation.request.command.sop_instance_uid or ""
        yield from _lacking(dataset, "create" if creates else "set")
        yield from (Found(finding.tag, finding.message, finding.rule) for finding in value_findings(dataset))
        known: dict[int, Element] | None = {}
        if creates:
            yield from _create(operation.request, dataset)
        else:
            known = self._states.get(uid)
            yield from _set(dataset, known)
        if known is None:
            return
        kept = {tag: each for tag, each in known.items() if tag == _CHARACTER_SET}  # an N-SET does not replace it
        after = DataSet({**known, **dataset.elements, **kept})
        if not creates and dataset.text(_STATUS) in mpps_table.FINAL_STATES:
            for path, what in lacking(after, mpps_table.FINAL):
                yield Found(path, what, "type", "mpps.set-final-incomplete")
        done = succeeded(operation)
        if done is not None:
            self._states[uid or done.command.sop_instance_uid or ""] = after.elements


def _lacking(dataset: DataSet, verb: str) -> Iterator[Found]:
    """What is absent or empty; of an item without an attribute in an N-CREATE only that it is one."""
    hollow = set(_hollow_items(dataset)) if verb == "create" else set()
    for item in hollow:
        yield Found(item, "an item without an attribute", deviation="mpps.create-empty-item")
    types = {**(mpps_table.CREATE if verb == "create" else {}), **mpps_table.IN_ITEMS}
    for path, what in lacking(dataset, types):
        if path.rpartition(" > ")[0] not in hollow:
            kind = "lacks" if what == "absent" else "empty"
            yield Found(path, what, "type", f"mpps.{verb}-{kind}-mandatory")


def _hollow_items(dataset: DataSet) -> Iterator[str]:
    for path, _, element in dataset.walk():
        for number, item in enumerate(element.items or (), 1):
            if not item.elements:
                yield f"{path}[{number}]"


def _create(request: Exchange, dataset: DataSet) -> Iterator[Found]:
    status = dataset.text(_STATUS)
    if status and status != mpps_table.IN_PROGRESS:
        yield Found(_STATUS, status, deviation="mpps.create-not-in-progress")
    uid = request.command.text("AffectedSOPInstanceUID")
    if not uid:
        yield Found("", "no Affected SOP Instance UID", deviation="mpps.create-without-uid")
    elif not is_uid(uid):
        yield Found("", f"Affected SOP Instance UID {uid}", deviation="mpps.create-malformed-uid")


def _other_character_set(dataset: DataSet, element: Element, known: dict[int, Element] | None) -> Iterator[Found]:
    created = known.get(element.tag) if known is not None else None
    before = () if created is None else dataset.values_of(created)
    if known is not None and dataset.values_of(element) != before:
        yield Found("SpecificCharacterSet", "not that of the N-CREATE", deviation="mpps.set-other-character-set")


def _set(dataset: DataSet, known: dict[int, Element] | None) -> Iterator[Found]:
    """What an N-SET may not set: by the table, because it was not created, or because it is no value."""
    status = dataset.text(_STATUS)
    ends = status in mpps_table.FINAL_STATES  # what the final state lacks is one fault
    for tag, element in dataset.elements.items():
        name = keyword(tag)
        if name in mpps_table.NOT_IN_SET:
            yield Found(name, "an N-SET may not set it", deviation="mpps.set-not-allowed")
        elif name == "SpecificCharacterSet":
            yield from _other_character_set(dataset, element, known)
        elif known is not None and tag not in known and tag & 0xFFFF:
            yield Found(name, "the N-CREATE did not create it", deviation="mpps.set-not-created")
        elif name in mpps_table.NOT_EMPTY_IN_SET and element.is_empty and not (ends and name in mpps_table.FINAL):
            yield Found(name, "present without a value", "type", "mpps.set-empty-value")
    if status and status not in mpps_table.STATES:
        yield Found(_STATUS, f"{status} is no state of a step", deviation="mpps.set-status-unknown")
