"""What is known to be in the worklist: what was ordered, and what answers showed.

An order of the exam or of its battery is known whole, and to be there. An item that an answer brought is known as far
as it was asked for, and may have been edited or taken out since. Whether an item stays in the list once its step is
performed is the SCP's affair (PS3.4 F.7.2.1), so that one is not reckoned with any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from scanproof.beside import Beside
from scanproof.evidence.ledger import Held, Order, from_json
from scanproof.evidence.oracle import Item, Oracle, known
from scanproof.evidence.queries import Answers, Query, queries
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import Exchange, Operation, Transcript
from scansim.vocabulary.uids import WORKLIST
from scansim.wire.dataset import DataSet, keyword

_STEP = "ScheduledProcedureStepSequence"
#: So many items of one answer are kept.
_MOST = 1000


def held_of(level: DataSet) -> Held:
    """A data set as text, by keyword."""
    values: dict[str, tuple[str, ...]] = {}
    items: dict[str, tuple[Held, ...]] = {}
    for element in level.elements.values():
        if element.items is not None:
            items[keyword(element.tag)] = tuple(map(held_of, element.items))
        else:
            found = level.values_of(element)
            values[keyword(element.tag)] = found if any(found) else ()
    return Held(values, items)


@dataclass(frozen=True)
class KnownItem:
    """One item of the worklist; ``placed`` when the harness ordered it, else an answer showed it.

    ``name`` is what it is called in the scenario, or by its numbers; ``held`` what it has, all of it when ``placed``;
    ``shown_by`` the requests that brought it, with an empty one for the survey.
    """

    name: str
    held: Held
    placed: bool
    shown_by: frozenset[str] = frozenset()

    @property
    def item(self) -> Item:
        """For the oracle."""
        return known(self.held, whole=self.placed)

    @cached_property
    def study(self) -> str:
        """Study Instance UID; empty for a damaged one, which tells nothing."""
        study = self.held.first("StudyInstanceUID")
        return study if is_uid(study) else ""

    @cached_property
    def accession(self) -> str:
        """Accession Number."""
        return self.held.first("AccessionNumber")

    @cached_property
    def step(self) -> str:
        """Scheduled Procedure Step ID."""
        steps = self.held.items.get(_STEP, ())
        return steps[0].first("ScheduledProcedureStepID") if steps else ""

    @property
    def identity(self) -> tuple[str, str]:
        """Study Instance UID and Scheduled Procedure Step ID."""
        return self.study, self.step


class Present:
    """Which items the answers to a query are; ``strangers`` counts those that do not say."""

    def __init__(self, answers: Answers) -> None:
        self._pairs: set[tuple[str, str]] = set()
        self._studies: set[str] = set()
        self._steps: set[str] = set()
        self._accessions: set[str] = set()
        self.strangers = 0
        for _, item in answers:
            study, step, accession = identity_of(item)
            self._pairs.add((study, step))
            self._studies.add(study)
            self._steps.add(step)
            self._accessions.add(accession)
            self.strangers += not accession and not (study or step)

    def has(self, study: str, step: str, accession: str) -> bool:
        """Whether an item is among them, by Accession Number or by step and study, as far as answers have them."""
        if accession and accession in self._accessions:
            return True
        if study and step:
            return not self._pairs.isdisjoint({(study, step), (study, ""), ("", step)})
        return study in self._studies if study else bool(step) and step in self._steps

    def shows(self, item: KnownItem) -> bool:
        """Whether a known item is among them."""
        return self.has(*item.identity, item.accession)


def identity_of(item: DataSet) -> tuple[str, str, str]:
    """Study Instance UID, Scheduled Procedure Step ID and Accession Number of an answer; damaged UIDs tell nothing."""
    steps = item.items(_STEP)
    step = steps[0].text("ScheduledProcedureStepID") if steps else ""
    study = item.text("StudyInstanceUID")
    return study if is_uid(study) else "", step, item.text("AccessionNumber")


class KnownItems:
    """Items of the worklist that one scenario knows of.

    Parameters
    ----------
    transcript : Transcript
        The scenario's; what its battery ordered, and what other cases of it did, stands beside it.
    order : Order or None
        The exam's own.
    asked : sequence of Query
        Its worklist queries.
    creates : sequence of Operation
        Its N-CREATEs of performed steps.
    """

    def __init__(
        self, transcript: Transcript, order: Order | None, asked: Sequence[Query], creates: Sequence[Operation]
    ) -> None:
        self._transcript = transcript
        self._order = order
        self._asked = asked
        self._creates = creates

    @cached_property
    def items(self) -> tuple[KnownItem, ...]:
        """Each item once: as it was ordered, with what a query of everything showed of it, else as it was shown."""
        if self._is_alone:
            return ()
        everything = _by_identity(self._shown(universal=True))
        placed = [_merged(each, everything.get(each.identity)) for each in self._placed]
        shown = _by_identity((*self._shown(universal=False), *everything.values()))
        ordered = {each.identity for each in placed}
        return (*placed, *(each for identity, each in shown.items() if identity not in ordered))

    @cached_property
    def own(self) -> KnownItem | None:
        """The order of the exam itself."""
        return KnownItem("that was placed", self._order.held, True) if self._order is not None else None

    @cached_property
    def ordered(self) -> Mapping[tuple[str, str], KnownItem]:
        """What was ordered, as it was ordered, by Study Instance UID and Scheduled Procedure Step ID."""
        return {each.identity: each for each in self._placed if all(each.identity)}

    @property
    def _placed(self) -> Iterator[KnownItem]:
        if self.own is not None:
            yield self.own
        own = self.own.identity if self.own is not None else None
        if self._beside is not None:
            yield from (each for each in _ordered(self._beside) if each.identity != own)

    @cached_property
    def _beside(self) -> Beside | None:
        return Beside.of(self._transcript)

    @property
    def _is_alone(self) -> bool:
        """Whether nothing but one answer could show anything."""
        return len(self._asked) < 2 and self._order is None and self._beside is None

    def _shown(self, *, universal: bool) -> Iterator[KnownItem]:
        """Items that answers brought: of queries of everything, the survey among them, or of the others."""
        if universal and self._beside is not None:
            yield from _surveyed(self._beside)
        for query in self._asked:
            if Oracle(query.keys).universal is universal:
                yield from _shown_by(query, query.operation.request.id)

    def steady(self, query: Query) -> Iterator[KnownItem]:
        """Items of which no performed step was created before a query, and that more than its own answer showed."""
        when = query.operation.request.message.ended
        touched = {study for operation in self._creates if operation.request.message.ended <= when
                   for study in _studies(operation.request)}  # fmt: skip
        touched |= self._touched_beside(when)
        return (
            each
            for each in self.items
            if (each.placed or self._was_there(each, query)) and (not touched or each.study not in touched)
        )

    def _was_there(self, item: KnownItem, query: Query) -> bool:
        """Whether an item that answers showed was there for a query: in an exam, others before and after it showed it.

        Meanwhile orders come, and other scanners perform what is in the list, and it goes.
        """
        if self._beside is not None:
            return item.shown_by != {query.operation.request.id}
        when = _asked_at(query)
        showing = [_asked_at(each) for each in self._asked if each.operation.request.id in item.shown_by]
        return min(showing, default=when) < when < max(showing, default=when)

    def _touched_beside(self, when: int) -> frozenset[str]:
        """Studies of which other cases of the battery may have created a performed step by then."""
        if self._beside is None:
            return frozenset()
        began, name = self._transcript.scenario.get("began_ns"), self._transcript.folder.name
        limit = began + when if isinstance(began, int) else None
        others = [case for case in _performed(self._beside) if case[0] != name]
        return frozenset[str]().union(
            *(studies for _, since, studies in others if limit is None or since is None or since <= limit)
        )


def _by_identity(items: Iterable[KnownItem]) -> dict[tuple[str, str], KnownItem]:
    """Items that say which they are; of one that came several times, the last."""
    found: dict[tuple[str, str], KnownItem] = {}
    for each in items:
        if all(each.identity):
            before = found.get(each.identity, each)
            found[each.identity] = replace(each, shown_by=each.shown_by | before.shown_by)
    return found


def _merged(ordered: KnownItem, shown: KnownItem | None) -> KnownItem:
    """An order as the worklist shows it, which may have made something else of it."""
    if shown is None:
        return ordered
    mine, its = ordered.held, shown.held
    items = dict(mine.items)
    for name, levels in its.items.items():
        before = mine.items.get(name, ())
        if name == _STEP and len(before) == len(levels) == 1:
            step = Held({**before[0].values, **levels[0].values}, {**before[0].items, **levels[0].items})
            items[name] = (step,)
        else:
            items[name] = levels
    return replace(ordered, held=Held({**mine.values, **its.values}, items))


def _shown_by(query: Query, name: str) -> Iterator[KnownItem]:
    for _, item in islice(query.answers, _MOST):
        study, step, accession = identity_of(item)
        called = f"accession {accession}" if accession else f"step {step} of {study}"
        yield KnownItem(called, held_of(item), False, frozenset((name,)))


def _asked_at(query: Query) -> int:
    return query.operation.request.message.ended


def _studies(create: Exchange) -> Iterator[str]:
    if create.dataset is not None:
        for item in create.dataset.items("ScheduledStepAttributesSequence"):
            yield item.text("StudyInstanceUID")


# --- what stands beside a case, read once for all of them -------------------------------------------------------------


@lru_cache(maxsize=4)
def _ordered(beside: Beside) -> tuple[KnownItem, ...]:
    """Orders of a battery that were placed."""
    return tuple(
        KnownItem(str(each.get("id", "")), from_json(each.get("item")), True)
        for each in beside.orders()
        if each.get("placed") is True
    )


@lru_cache(maxsize=4)
def _surveyed(beside: Beside) -> tuple[KnownItem, ...]:
    """Items that the survey of a battery showed."""
    transcript = beside.survey()
    finds = (
        each
        for each in (transcript.operations if transcript is not None else ())
        if each.request.sent and each.request.name == "C-FIND-RQ" and each.request.abstract_syntax == WORKLIST
    )
    return tuple(item for query in queries(finds) for item in _shown_by(query, ""))


@lru_cache(maxsize=4)
def _performed(beside: Beside) -> tuple[tuple[str, int | None, frozenset[str]], ...]:
    """Cases of a battery that asked for performed steps: name, begin in ns of the run, studies that they were of."""
    return tuple((case.name, case.began, frozenset(_studies_of(case.ledger)) - {""}) for case in beside.performing())


def _studies_of(ledger: dict[str, Any]) -> Iterator[str]:
    performed = ledger.get("performed")
    lists = performed.values() if isinstance(performed, dict) else ()
    for each in (ledger, *(item for held in lists if isinstance(held, list) for item in held)):
        if isinstance(each, dict):
            yield str(each.get("study_instance_uid") or "")
            yield from_json(each.get("item")).first("StudyInstanceUID")
