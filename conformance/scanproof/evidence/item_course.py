"""When the exam's worklist item was in the list and when not, for whom, beside what was told of the step meanwhile."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from scanproof.evidence.ledger import Held
from scanproof.evidence.mpps import StepRequest
from scanproof.evidence.oracle import Outcome, known
from scanproof.evidence.queries import Query
from scanproof.evidence.scenario import Evidence
from scanproof.standard.mpps_table import FINAL_STATES
from scansim.network.transcript import Exchange
from scansim.wire.dataset import DataSet, keyword

_STEP = "ScheduledProcedureStepSequence"
_STATION, _MODALITY, _DAY = "ScheduledStationAETitle", "Modality", "ScheduledProcedureStepStartDate"
_BEFORE = "before N-CREATE"
#: Requests that tell something of a performed step.
_TELLS = ("N-CREATE-RQ", "N-SET-RQ")
#: Characters of a value of a query that are told.
_LONGEST = 64


@dataclass(frozen=True)
class Sighting:
    """One query that might bring an item: whether it did, and ``when``, such as ``after COMPLETED``.

    ``item`` names the item, ``query`` says who asked for what. ``expected`` says that the item has every key.
    """

    exchange: Exchange
    when: str
    present: bool
    item: str
    query: str
    expected: bool


@dataclass(frozen=True)
class _Item:
    """An item of the exam; its performed steps are those `uids`, or all but those `others`."""

    held: Held
    uids: frozenset[str] = frozenset()
    others: frozenset[str] | None = None

    def has(self, step: StepRequest) -> bool:
        """Whether a request is of a performed step of the item."""
        uid = step.operation.request.command.sop_instance_uid or step.answer.command.sop_instance_uid or ""
        return uid in self.uids if self.others is None else uid not in self.others


def sightings(evidence: Evidence) -> Iterator[Sighting]:
    """Yield each query that ended with Success and that an item of the exam answers to, whatever station asked.

    Items are the one that was chosen, or else ordered, and then those that performed steps of their own are of. A query
    whose keys leave open whether it brings the item counts where the same keys brought it once.
    """
    for item in _items(evidence):
        told = _Told(evidence, item)
        asked = [
            (query, final, any(_is(item.held, answer) for _, answer in query.answers))
            for query in evidence.worklist_queries
            if (final := query.operation.final) is not None and query.succeeded
        ]
        brought = {_asked(query) for query, _, present in asked if present}
        for query, final, present in asked:
            if present or _asked(query) in brought or _answers_to(evidence, item.held, query, but=_STATION):
                expected = present or _answers_to(evidence, item.held, query)
                words = _words(evidence, query)
                yield Sighting(final, told.before(query), present, _named(item.held), words, expected)


def _asked(query: Query) -> bytes:
    return query.operation.request.encoded or b""


def _items(evidence: Evidence) -> Iterator[_Item]:
    main = evidence.item if evidence.item.values else (evidence.order.held if evidence.order is not None else None)
    own: dict[str, tuple[Held, set[str]]] = {}
    for uid, items in evidence.performed.items():
        for held, _ in items:
            own.setdefault(_named(held), (held, set()))[1].add(uid)
    if main is not None:
        _, uids = own.pop(_named(main), (main, set()))
        yield _Item(main, others=frozenset(evidence.performed) - uids)
    for held, uids in own.values():
        yield _Item(held, frozenset(uids))


def _named(held: Held) -> str:
    parts = (held.first("AccessionNumber"), _step(held).first("ScheduledProcedureStepID"))
    return ", ".join(part for part in parts if part)


def _words(evidence: Evidence, query: Query) -> str:
    """Who asked for what: station, modality, day, and whatever other key had a value."""
    step = next(iter(query.keys.items(_STEP)), None)
    values = {name: "\\".join(step.values(name)) if step is not None else "" for name in (_STATION, _MODALITY, _DAY)}
    ours = {str(evidence.ledger.get("station_ae") or ""), str(query.operation.association.facts.get("calling_ae", ""))}
    station = values[_STATION]
    words = [
        f"our station ({station})" if station and station in ours else f"station {station or 'any'}",
        f"modality {values[_MODALITY] or 'any'}",
        f"day {values[_DAY] or 'any'}",
    ]
    for level in (query.keys, *query.keys.items(_STEP)):
        for element in level.elements.values():
            name = keyword(element.tag)
            text = "\\".join(level.values_of(element))
            if text and name not in (_STATION, _MODALITY, _DAY, "SpecificCharacterSet"):
                words.append(f"{name} {text[:_LONGEST]}")
    return ", ".join(words)


def _is(held: Held, item: DataSet) -> bool:
    steps = {step.text("ScheduledProcedureStepID") for step in item.items(_STEP)}
    names = [name for name in ("StudyInstanceUID", "AccessionNumber") if held.first(name)]
    return _step(held).first("ScheduledProcedureStepID") in steps and any(
        item.text(name) == held.first(name) for name in names
    )


def _step(held: Held) -> Held:
    return next(iter(held.items.get(_STEP, ())), Held({}, {}))


def _answers_to(evidence: Evidence, held: Held, query: Query, but: str = "") -> bool:
    """Whether an item has to be in the answer to a query, whatever its one key `but` has."""
    account = evidence.oracle(query).account(known(held, whole=True))
    return all(seen.outcome is Outcome.IN or (but != "" and seen.path.endswith(but)) for seen in account)


class _Told:
    """What was told of an item's performed steps, by when."""

    def __init__(self, evidence: Evidence, item: _Item) -> None:
        told = (step for step in evidence.step_requests if step.done and step.operation.request.name in _TELLS)
        self._steps = [step for step in told if item.has(step)]
        answered = sorted((step.answer.message.ended, at) for at, step in enumerate(self._steps))
        self._times = [when for when, _ in answered]
        self._last = [*accumulate((at for _, at in answered), max)]

    def before(self, query: Query) -> str:
        """The last thing that was told before a query."""
        known = bisect_right(self._times, query.operation.request.message.ended)
        if not known:
            return _BEFORE
        step = self._steps[self._last[known - 1]]
        if step.status in FINAL_STATES:
            return f"after {step.status}"
        return "after N-CREATE" if step.operation.request.name == "N-CREATE-RQ" else "after IN PROGRESS"


def course(evidence: Evidence) -> tuple[str, Exchange] | None:
    """In one line who saw the item when, with the last query's end; None when nothing was told of a step between."""
    every = list(sightings(evidence))
    seen = [each for each in every if each.expected and each.item == every[0].item]
    if len({each.when for each in seen}) < 2:
        return None
    parts: list[str] = []
    for each in seen:
        part = f"{'in' if each.present else 'not in'} the list {each.when}"
        parts += [part] if part not in parts else []
    return f"the worklist item was {', '.join(parts)}", seen[-1].exchange
