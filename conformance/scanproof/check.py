"""Checks: pure functions from evidence to observations, registered with what a reader has to know of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from scanproof.finding import Level, Verdict
from scansim.network.transcript import AssociationRecord, Exchange, Operation, Transcript
from scansim.vocabulary.services import SERVICES

if TYPE_CHECKING:
    from scanproof.statement import Statement


@dataclass(frozen=True)
class Observation:
    """What a check saw once; ``expected`` and ``hint`` fall back on the check's own."""

    verdict: Verdict
    actual: str
    exchange: Exchange | None = None
    expected: str = ""
    tag: str | None = None
    claim: str | None = None
    hint: str = ""
    where: str = ""


def ok(actual: str, exchange: Exchange | None = None, *, claim: str | None = None, where: str = "") -> Observation:
    """The requirement was seen to be met."""
    return Observation(Verdict.PASS, actual, exchange, claim=claim, where=where)


def fail(
    actual: str,
    exchange: Exchange | None = None,
    *,
    expected: str = "",
    tag: str | None = None,
    claim: str | None = None,
    hint: str = "",
    where: str = "",
) -> Observation:
    """The requirement was seen to be broken; ``where`` names an association when there is no exchange."""
    return Observation(Verdict.FAIL, actual, exchange, expected, tag, claim, hint, where)


def warn(
    actual: str,
    exchange: Exchange | None = None,
    *,
    expected: str = "",
    tag: str | None = None,
    hint: str = "",
    where: str = "",
) -> Observation:
    """Something that the standard allows, or leaves open, and that is likely to hurt."""
    return Observation(Verdict.WARN, actual, exchange, expected, tag, None, hint, where)


def inconclusive(actual: str, exchange: Exchange | None = None, *, hint: str = "", where: str = "") -> Observation:
    """What was seen cannot decide."""
    return Observation(Verdict.INCONCLUSIVE, actual, exchange, hint=hint, where=where)


@dataclass(frozen=True)
class Evidence:
    """What checks look at: one scenario's transcript, and the target's statement if there is one."""

    transcript: Transcript
    statement: Statement | None = None

    @property
    def associations(self) -> tuple[AssociationRecord, ...]:
        """Every association, whoever opened it."""
        return self.transcript.associations

    @cached_property
    def received(self) -> tuple[Exchange, ...]:
        """Every message of the target."""
        return tuple(e for association in self.associations for e in association.exchanges if not e.sent)

    def requests(self, name: str, abstract_syntax: str | None = None) -> tuple[Operation, ...]:
        """Our requests of a name, such as ``C-FIND-RQ``, with their responses."""
        return tuple(
            operation
            for operation in self.transcript.operations
            if operation.request.sent
            and operation.request.name == name
            and abstract_syntax in (None, operation.request.abstract_syntax)
        )

    def reports(self, name: str = "N-EVENT-REPORT-RQ") -> tuple[Operation, ...]:
        """The target's requests of a name, with our responses."""
        return tuple(
            operation
            for operation in self.transcript.operations
            if not operation.request.sent and operation.request.name == name
        )

    def association(self, exchange: Exchange) -> AssociationRecord:
        """The association of an exchange."""
        return next(a for a in self.associations if a.id == exchange.association)

    @property
    def ledger(self) -> dict[str, object]:
        """The exam's identity as the harness knows it."""
        return dict(self.transcript.ledger)


CheckFunction = Callable[[Evidence], Iterator[Observation]]


class Proof(StrEnum):
    """What proves that a check notices what it is for: defects of the reference target, or else mutated transcripts."""

    DEFECTS = "defects"
    OURSELVES = "ourselves"
    NOT_RETRIEVED = "not-retrieved"

    @property
    def reason(self) -> str:
        """Why it is mutated transcripts; empty for defects."""
        return {
            Proof.DEFECTS: "",
            Proof.OURSELVES: "it judges what we send ourselves, which no defect of a target can spoil",
            Proof.NOT_RETRIEVED: "no scenario retrieves yet, so no target sends an instance",
        }[self]


@dataclass(frozen=True)
class Check:
    """One check.

    ``service`` is the service whose steps give it something to look at, empty for every service; ``requirement``,
    ``reason`` and ``method`` are the three paragraphs of its docstring.
    """

    id: str
    title: str
    clause: str
    level: Level
    service: str
    expected: str
    hint: str
    requirement: str
    reason: str
    method: str
    proven_by: Proof
    function: CheckFunction


_CHECKS: dict[str, Check] = {}


def check(
    id: str,
    *,
    title: str,
    clause: str,
    level: Level,
    expected: str,
    hint: str,
    service: str = "",
    proven_by: Proof = Proof.DEFECTS,
) -> Callable[[CheckFunction], CheckFunction]:
    """Register a check.

    Parameters
    ----------
    id : str
        Stable id, ``service.words``; never renamed, never reused.
    title : str
        The requirement in one line.
    clause : str
        Clause and edition, such as ``PS3.4 K.4.1.3 (2024d)``.
    level : Level
        What the requirement rests on.
    expected : str
        What a right target shows.
    hint : str
        What to do about a finding.
    service : str
        Name of one of :data:`scansim.vocabulary.services.SERVICES`, or empty.
    proven_by : Proof
        What proves it, when that is no defect of the reference target.

    The function's docstring has three paragraphs: the requirement, why it matters in a hospital, how it is tested.
    """

    def register(function: CheckFunction) -> CheckFunction:
        paragraphs = [" ".join(part.split()) for part in inspect.cleandoc(function.__doc__ or "").split("\n\n")]
        if len(paragraphs) != 3:
            raise ValueError(
                f"{id}: the docstring needs three paragraphs: requirement, why it matters, how it is tested"
            )
        if service and service not in SERVICES:
            raise ValueError(f"{id}: no service {service!r}; there are {', '.join(SERVICES)}")
        if id in _CHECKS:
            raise ValueError(f"{id}: registered twice")
        requirement, reason, method = paragraphs
        _CHECKS[id] = Check(
            id, title, clause, level, service, expected, hint, requirement, reason, method, proven_by, function
        )
        return function

    return register


def registered() -> dict[str, Check]:
    """Checks that have been registered so far, by id, sorted; :func:`scanproof.checks.all_checks` has all of them."""
    return dict(sorted(_CHECKS.items()))
