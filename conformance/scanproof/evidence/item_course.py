"""When the exam's worklist item was in the list and when not, beside what was told of the step meanwhile."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from scanproof.evidence.ledger import Held
from scanproof.evidence.queries import Query
from scanproof.evidence.scenario import Evidence
from scanproof.standard.mpps_table import FINAL_STATES
from scansim.network.transcript import Exchange
from scansim.wire.dataset import DataSet, keyword

_STEP = "ScheduledProcedureStepSequence"
_BEFORE = "before N-CREATE"


@dataclass(frozen=True)
class Sighting:
    """One query that the item answers to: whether it came, and ``when``, such as ``after COMPLETED``."""

    exchange: Exchange
    when: str
    present: bool


def sightings(evidence: Evidence) -> Iterator[Sighting]:
    """Yield each query that ended with Success and whose keys the chosen item has, or the order's where none was
    chosen.
    """
    held = evidence.item if evidence.item.values else (evidence.order.held if evidence.order is not None else None)
    if held is None:
        return
    told = _Told(evidence)
    for query in evidence.worklist_queries:
        final = query.operation.final
        if final is None or not query.succeeded:
            continue
        present = any(_is(held, item) for _, item in query.answers)
        if present or _answers_to(held, query.keys):
            yield Sighting(final, told.before(query), present)


def _is(held: Held, item: DataSet) -> bool:
    steps = {step.text("ScheduledProcedureStepID") for step in item.items(_STEP)}
    names = [name for name in ("StudyInstanceUID", "AccessionNumber") if held.first(name)]
    return _step(held).first("ScheduledProcedureStepID") in steps and any(
        item.text(name) == held.first(name) for name in names
    )


def _step(held: Held) -> Held:
    return next(iter(held.items.get(_STEP, ())), Held({}, {}))


def _answers_to(held: Held, keys: DataSet) -> bool:
    """Whether every key that has a value is one of the item's, letter by letter: no range and no wild card."""
    for level, values in ((keys, held), *((step, _step(held)) for step in keys.items(_STEP))):
        for element in level.elements.values():
            name = keyword(element.tag)
            wanted = level.values_of(element)
            if wanted and name != "SpecificCharacterSet" and not set(wanted) & set(values.values.get(name, ())):
                return False
            if any(re.search(r"[*?]", value) for value in wanted):
                return False
    return True


class _Told:
    """What was told of the exam's step, by when."""

    def __init__(self, evidence: Evidence) -> None:
        self._steps = [step for step in evidence.step_requests if step.done]
        answered = sorted((step.answer.message.ended, at) for at, step in enumerate(self._steps))
        self._times = [when for when, _ in answered]
        self._last = [*accumulate((at for _, at in answered), max)]

    def before(self, query: Query) -> str:
        """The last thing that was told before a query."""
        known = bisect_right(self._times, query.operation.request.message.ended)
        if not known:
            return _BEFORE
        status = self._steps[self._last[known - 1]].status
        return f"after {status}" if status in FINAL_STATES else "after N-CREATE"


def course(evidence: Evidence) -> tuple[str, Exchange] | None:
    """In one line who saw the item when, with the last query's end; None when nothing was told of a step between."""
    seen = list(sightings(evidence))
    if len({each.when for each in seen}) < 2:
        return None
    parts: list[str] = []
    for each in seen:
        part = f"{'in' if each.present else 'not in'} the list {each.when}"
        parts += [part] if part not in parts else []
    return f"the worklist item was {', '.join(parts)}", seen[-1].exchange
