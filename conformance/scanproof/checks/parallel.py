"""Checks of associations side by side, and of contexts that nobody can serve (PS3.8 7.1.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Fact, Observation, check, ok, warn
from scanproof.evidence import Evidence
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import PRIVATE_SYNTAX, uid_name
from scansim.wire import pdu as p

_TRANSIENT = 2


@check(
    "association.several",
    title="Several associations are open at a time",
    clause="",
    level=Level.EXPECTED,
    service="storage",
    expected="a second association while one is open",
    hint="Let the archive take several associations: one scanner that sends a long study keeps all others waiting.",
)
def several(evidence: Evidence) -> Iterator[Observation | Fact]:
    """No text says how many associations an acceptor has to take at a time. One that takes a single one is of use to a
    single scanner.

    While one scanner sends its thousand slices, the emergency room's waits, and gives up.

    Associations that we asked for while others of ours were open are looked at. That a second one was turned away for
    the moment, or not answered, is a warning; how many were taken before one was is told.
    """
    for association in evidence.associations:
        held = association.facts.get("beside")
        if not association.ours or not isinstance(held, int) or association.request is None:
            continue
        if association.accepted is not None:
            yield ok(f"let in beside {held}", where=association.id)
        elif (how := _turned_away(association)) and held == 1:
            yield warn(f"{how} while one other was open", where=association.id)
        elif how:
            yield Fact(f"{held} associations were open when the next one was {how}")


def _turned_away(association: AssociationRecord) -> str:
    """How an association was not let in for the moment; empty where it was turned away for good, or something else."""
    answer = association.answer.pdu if association.answer is not None else None
    if answer is None:
        return "not answered"
    if isinstance(answer, p.AssociateRJ) and answer.result == _TRANSIENT:
        return f"rejected with {answer.result}/{answer.source}/{answer.reason}"
    return ""


@check(
    "association.unknown-syntax",
    title="A transfer syntax that nobody can know is not accepted",
    clause="PS3.5 10 (2024e); PS3.8 9.3.3.2 (2019a)",
    level=Level.SHOULD,
    expected="result 4, or one of the other transfer syntaxes, for a private transfer syntax that was made up",
    hint="Accept the transfer syntaxes that the archive can read or pass on as they are, and no other one.",
)
def unknown_syntax(evidence: Evidence) -> Iterator[Observation]:
    """A transfer syntax says how a data set is encoded, and both sides have to know that. A private one is known to
    those who were told.

    An archive that accepts what it does not know reads it as what it knows, and files the image of a patient whom there
    is not.

    A private transfer syntax that we made up is proposed; acceptance is a warning, as an archive may pass on data sets
    without reading them. Nothing is sent in it.
    """
    for context in evidence.contexts:
        if PRIVATE_SYNTAX not in context.proposed:
            continue
        if context.agreed == PRIVATE_SYNTAX:
            text = f"{uid_name(context.sop_class)} is accepted in {PRIVATE_SYNTAX}, which was made up"
            yield warn(text, where=context.association.id)
        else:
            yield ok(f"result {context.result}", where=context.association.id)
