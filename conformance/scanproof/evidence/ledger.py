"""The exam's identity as the harness knows it: the order that it placed, the worklist item that it chose."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from scanproof.evidence.queries import Answers
from scansim.wire.dataset import DataSet, keyword

_STEP = "ScheduledProcedureStepSequence"


@dataclass(frozen=True)
class Held:
    """One level of a data set in DICOM JSON: values as text, and items, by keyword."""

    values: Mapping[str, tuple[str, ...]]
    items: Mapping[str, tuple[Held, ...]]

    def first(self, name: str) -> str:
        """First value of an attribute; empty when it has none."""
        return next(iter(self.values.get(name, ())), "")


def from_json(level: object) -> Held:
    """Read DICOM JSON (PS3.18 F.2) as text; what is no element is left out."""
    values: dict[str, tuple[str, ...]] = {}
    items: dict[str, tuple[Held, ...]] = {}
    for tag, element in level.items() if isinstance(level, dict) else ():
        if not (isinstance(tag, str) and re.fullmatch("[0-9A-Fa-f]{8}", tag) and isinstance(element, dict)):
            continue
        name, held = keyword(int(tag, 16)), element.get("Value")
        held = held if isinstance(held, list) else []
        if element.get("vr") == "SQ":
            items[name] = tuple(from_json(item) for item in held)
        else:
            texts = tuple(_text_of(value) for value in held)
            values[name] = texts if any(texts) else ()
    return Held(values, items)


def _text_of(value: object) -> str:
    if isinstance(value, dict):
        groups = [str(value.get(name) or "") for name in ("Alphabetic", "Ideographic", "Phonetic")]
        return "=".join(groups).rstrip("=")
    return "" if value is None else str(value).strip()


@dataclass(frozen=True)
class Order:
    """The order that the harness put into the worklist, and what tells it from others."""

    held: Held

    @property
    def accession(self) -> str:
        """Accession Number."""
        return self.held.first("AccessionNumber")

    @cached_property
    def _step_and_study(self) -> tuple[str, str]:
        steps = self.held.items.get(_STEP, ())
        return (steps[0].first("ScheduledProcedureStepID") if steps else "", self.held.first("StudyInstanceUID"))

    def among(self, answers: Answers) -> Answers:
        """The items that are this order.

        A run before with the same seed ordered another study under the same numbers: where an item has our Study
        Instance UID, those without it are of such a run.
        """
        found = answers.where(self._is_in)
        study = self.held.first("StudyInstanceUID")
        ours = found.where(lambda item: item.text("StudyInstanceUID") == study)
        return ours if len(ours) else found

    def _is_in(self, item: DataSet) -> bool:
        """Whether a worklist item is this order: by Accession Number, or by Scheduled Procedure Step ID with study."""
        if self.accession and item.text("AccessionNumber") == self.accession:
            return True
        step_id, study = self._step_and_study
        steps = [step.text("ScheduledProcedureStepID") for step in item.items(_STEP)]
        return bool(step_id and study) and step_id in steps and item.text("StudyInstanceUID") == study
