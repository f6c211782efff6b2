"""Checks: pure functions from evidence to observations, registered with what a reader has to know of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

from scanproof.evidence import ClientEvidence, Evidence, RunEvidence
from scanproof.finding import Level, Verdict
from scansim.network.transcript import Exchange
from scansim.vocabulary.services import SERVICES
from scansim.vocabulary.status import shown
from scansim.wire.dataset import keyword

#: What to do about a mistake in what we sent ourselves.
OUR_DEFECT = "report this as a defect of scanproof, with the transcript folder: the target is not to blame"

#: What a refusal means of what a run before sent with the same UIDs.
THERE_ALREADY = "it is there already: --run-id repeats UIDs"
#: What to do about it.
FRESH_UIDS = "leave --run-id out for UIDs that are new to the target, or empty it first"


@dataclass(frozen=True, slots=True)
class Observation:
    """What a check saw once; ``expected``, ``hint``, ``level`` and ``clause`` fall back on the check's own.

    ``scenario`` is for a check that judges the run: the scenario that ``exchange`` or ``where`` is of. ``party`` is
    whom it is about, when that is not who was at the other end of the message or association. ``because`` is the
    message whose own finding explains this one, which then is its consequence. ``times`` is how often it was seen, of
    what a record keeps once for all that are alike.
    """

    verdict: Verdict
    actual: str
    exchange: Exchange | None = None
    expected: str = ""
    tag: str | None = None
    claim: str | None = None
    hint: str = ""
    where: str = ""
    scenario: str = ""
    level: Level | None = None
    clause: str = ""
    party: str = ""
    because: Exchange | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Fact:
    """Something worth telling that is no verdict: what clauses call a note, and plain facts."""

    text: str
    exchange: Exchange | None = None
    clause: str = ""
    scenario: str = ""
    party: str = ""


#: How far a Presentation Context was tried: it was accepted or refused, or an operation on it succeeded.
Depth = Literal["", "negotiated", "exchanged"]


@dataclass(frozen=True, slots=True)
class Kept:
    """A claim of the statement that was seen to be kept, or broken: what becomes of claims is made of these alone.

    It is no finding: a check that yields one for a broken claim yields a FAIL too, one for all claims that one cause
    breaks. ``exchange`` or ``where`` is what it rests on, ``scenario`` as of an `Observation`, ``depth`` how far a
    Presentation Context was tried.
    """

    claim: str
    exchange: Exchange | None = None
    where: str = ""
    scenario: str = ""
    kept: bool = True
    depth: Depth = ""


def ok(
    actual: str,
    exchange: Exchange | None = None,
    *,
    claim: str | None = None,
    where: str = "",
    scenario: str = "",
    party: str = "",
    times: int = 1,
) -> Observation:
    """The requirement was seen to be met."""
    return Observation(
        Verdict.PASS, actual, exchange, claim=claim, where=where, scenario=scenario, party=party, times=times
    )


def fail(
    actual: str,
    exchange: Exchange | None = None,
    *,
    expected: str = "",
    tag: str | None = None,
    claim: str | None = None,
    hint: str = "",
    where: str = "",
    scenario: str = "",
    level: Level | None = None,
    clause: str = "",
    party: str = "",
    because: Exchange | None = None,
    times: int = 1,
) -> Observation:
    """The requirement was seen to be broken; ``where`` names an association when there is no exchange."""
    of = (hint, where, scenario, level, clause, party, because, times)
    return Observation(Verdict.FAIL, actual, exchange, expected, tag, claim, *of)


def warn(
    actual: str,
    exchange: Exchange | None = None,
    *,
    expected: str = "",
    tag: str | None = None,
    hint: str = "",
    where: str = "",
    scenario: str = "",
    level: Level | None = None,
    clause: str = "",
    party: str = "",
    because: Exchange | None = None,
) -> Observation:
    """Something that the standard allows, or leaves open, and that is likely to hurt."""
    return Observation(
        Verdict.WARN, actual, exchange, expected, tag, None, hint, where, scenario, level, clause, party, because
    )


def inconclusive(
    actual: str,
    exchange: Exchange | None = None,
    *,
    hint: str = "",
    where: str = "",
    scenario: str = "",
    level: Level | None = None,
    party: str = "",
    because: Exchange | None = None,
) -> Observation:
    """What was seen cannot decide."""
    return Observation(
        Verdict.INCONCLUSIVE,
        actual,
        exchange,
        hint=hint,
        where=where,
        scenario=scenario,
        level=level,
        party=party,
        because=because,
    )


def consequence(
    actual: str, exchange: Exchange | None, because: Exchange, *, tag: str | None = None, where: str = ""
) -> Observation:
    """What was seen follows from a value that another message gave: it says nothing of whom it was seen at."""
    text = f"{actual}; this follows from what {because.id} gave"
    hint = f"Nothing here: what {because.id} gave is to be mended."
    return Observation(Verdict.INCONCLUSIVE, text, exchange, hint=hint, tag=tag, where=where, because=because)


def blamed(seen: Observation, because: Exchange | None) -> Observation:
    """The observation, or what is left of it when a value that another message gave explains it."""
    if because is None or seen.verdict not in (Verdict.FAIL, Verdict.WARN):
        return seen
    return consequence(seen.actual, seen.exchange, because, tag=seen.tag, where=seen.where)


def deviation(surely: bool, what: str, exchange: Exchange, tag: str) -> Observation:
    """FAIL for what surely breaks a rule, WARN where the standard leaves room."""
    return fail(what, exchange, tag=tag) if surely else warn(what, exchange, tag=tag)


def told(response: Exchange) -> str:
    """The status of a response with what goes along with it: comment, Error ID, offending elements."""
    command = response.command
    if command.status is None:
        return "no Status"
    parts = [command.text("ErrorComment") or ""]
    if (error_id := command.number("ErrorID")) is not None:
        parts.append(f"Error ID {shown(error_id)}")
    for name, label in (("OffendingElement", "Offending Element"), ("AttributeIdentifierList", "attributes")):
        tags = command.values.get(name)
        if isinstance(tags, tuple) and tags:
            parts.append(f"{label} {', '.join(keyword(tag) for tag in tags)}")
    more = "; ".join(part for part in parts if part)
    return shown(command.status) + (f" ({more})" if more else "")


class Scope(StrEnum):
    """What a check judges.

    One scenario by its :class:`Evidence`, the whole run by its :class:`RunEvidence`, or what a client did at our target
    by its :class:`ClientEvidence`.
    """

    SCENARIO = "scenario"
    RUN = "run"
    CLIENT = "client"


Seen = Iterator[Observation | Fact] | Iterator[Observation | Kept] | Iterator[Observation | Fact | Kept]
CheckFunction = Callable[[Evidence], Seen] | Callable[[RunEvidence], Seen] | Callable[[ClientEvidence], Seen]
F = TypeVar("F", bound=CheckFunction)


class Proof(StrEnum):
    """What proves that a check notices what it is for: defects of the reference target, or else mutated transcripts."""

    DEFECTS = "defects"
    SET_UP = "set-up"
    OURSELVES = "ourselves"
    CLIENTS = "clients"
    STATEMENTS = "statements"

    @property
    def reason(self) -> str:
        """Why it is mutated transcripts; empty for defects."""
        return {
            Proof.DEFECTS: "",
            Proof.SET_UP: "it judges what the site file says, which is spoiled in tests/checks/test_site.py",
            Proof.OURSELVES: "it judges what we send ourselves, which no defect of a target can spoil",
            Proof.CLIENTS: "it judges clients, which are spoiled one at a time in tests/clients/test_client_defects.py",
            Proof.STATEMENTS: "it holds a statement against the wire: what contradicts it is made in "
            "tests/checks/test_statement_*.py",
        }[self]


@dataclass(frozen=True)
class Check:
    """One check.

    ``service`` is the service whose steps give it something to look at, empty for every service; ``judges`` what its
    ``function`` is given; ``requirement``, ``reason`` and ``method`` are the three paragraphs of its docstring.
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
    function: Callable[..., Seen]
    judges: Scope = Scope.SCENARIO
    proven_by: Proof = Proof.DEFECTS


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
    judges: Scope = Scope.SCENARIO,
    proven_by: Proof = Proof.DEFECTS,
) -> Callable[[F], F]:
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
    judges : Scope
        Whether it is given each scenario by itself, the run once, or each client of a recording.
    proven_by : Proof
        What proves it, when that is no defect of the reference target.

    The function's docstring has three paragraphs: the requirement, why it matters in a hospital, how it is tested.
    """

    def register(function: F) -> F:
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
            id, title, clause, level, service, expected, hint, requirement, reason, method, function, judges, proven_by
        )
        return function

    return register


def registered() -> dict[str, Check]:
    """Checks that have been registered so far, by id, sorted; :func:`scanproof.checks.all_checks` has all of them."""
    return dict(sorted(_CHECKS.items()))
