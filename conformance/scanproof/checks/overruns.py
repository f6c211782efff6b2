"""Checks of what never comes to its end: operations that we had to break off (PS3.7 9.1, 10.1)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok
from scanproof.evidence import Evidence
from scanproof.evidence.endings import ending_of
from scanproof.evidence.overruns import COUNTED, STEP, Overrun, Phase, overrun_of, response_name
from scanproof.finding import Level
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import shown

#: What to raise where the bound was too low for what is right, by the bound.
_RAISE = {
    "operation": "timeouts.operation",
    STEP: "timeouts.step",
    "answers": "limits.answers",
    "bytes": "limits.operation",
    "pdus": "limits.answers",
}


@check(
    "dimse.operation-ends",
    title="An operation comes to its end",
    clause="PS3.7 9.1, 10.1 (2013), C (2024e); PS3.4 C.4.1.3, K.4.1.3 (c. 2020)",
    level=Level.SHALL,
    expected="a final response; after C-CANCEL at the latest",
    hint="Look in the target's log what it was doing; each request gets one final response, and C-CANCEL ends a query.",
)
def operation_ends(evidence: Evidence) -> Iterator[Observation]:
    """Each operation ends with one response that is not Pending. Pending responses belong to queries and retrievals;
    those come to their end, when their matches do or when they are cancelled.

    A console that is sent matches for ever shows an hourglass for ever, and fills up until it has to be restarted.

    Each operation that we ended by a bound of ours is looked at: on time, answers, bytes or PDUs. It is a deviation
    when a query went on after C-CANCEL as well, when FF00H answered what has one response, when requests came in place
    of the response, or responses to other requests. A query that ended when it was cancelled, one message that was too
    long for us, and a step that took too long decide nothing: then the bound may have been too low. An answer that
    broke off because the network did is no fault.
    """
    for operation in evidence.operations:
        if operation.request.sent and operation.final is not None and operation.association.overrun is None:
            yield ok("it ended", operation.final)
    for association in evidence.associations:
        overrun = overrun_of(association)
        if overrun is None or (association.ours and overrun.phase in (Phase.NEGOTIATION, Phase.RELEASE)):
            continue  # association.answered-properly and association.release tell
        request = overrun.operation.request if overrun.operation is not None else None
        cut = evidence.cuts.get(association.id)
        if cut is not None:
            yield inconclusive(f"{_how_much(overrun)}; {cut.text}", request, where=association.id, hint=_NETWORK)
        elif request is None or not overrun.endless:
            yield _undecided(overrun, request)
        else:
            yield _endless(overrun, request)


#: What to do about a network that went away.
_NETWORK = "Check the network between this machine and the target, then run again."


def _endless(overrun: Overrun, request: Exchange) -> Observation:
    """What to say of an operation of ours that had no end."""
    assert overrun.operation is not None
    responses, requests, wanted = overrun.operation.responses, overrun.requests, response_name(overrun.operation)
    much = _how_much(overrun)
    if overrun.bound in COUNTED and (part := overrun.in_one_message) == "command set":
        text = f"{much} of one command set, which did not end"
        return fail(text, request, expected="a command set of the fields of its message", level=Level.EXPECTED)
    if (overrun.bound in COUNTED and part) or not (responses or requests):
        return _undecided(overrun, request)
    if not responses:
        names = ", ".join(requests)
        return fail(f"{much}: {names} instead of {wanted}", request)
    if overrun.only_elsewhere:
        number = request.command.number("MessageID")
        return fail(f"{much}: responses to other Message IDs than {number}, and no {wanted}", request)
    if not overrun.several:
        statuses = ", ".join(dict.fromkeys(shown(each.command.status) for each in responses))
        return fail(f"{much}: {wanted} with {statuses}, which is no status of it, and never a final one", request)
    if overrun.cancelled and overrun.association.closed_by_peer is not None:
        return fail(f"{much}, and after C-CANCEL the target closed the connection without a final {wanted}", request)
    if overrun.cancelled and overrun.given_up:
        return fail(f"{much}, and never a final {wanted}, not even after C-CANCEL", request)
    return _undecided(overrun, request)


def _undecided(overrun: Overrun, request: Exchange | None) -> Observation:
    """What to say where the bound may have been too low."""
    much, name = _how_much(overrun), request.name if request is not None else ""
    if overrun.bound == STEP:
        text = f"the time for the whole step was over: {much}"
    elif overrun.ended is not None:
        text = f"{much}; {name} ended with {shown(overrun.ended.command.status)} when we broke it off"
    elif name:
        text = f"{much}, and {name} was not answered by then"
    elif ending_of(overrun.association).cut_off:
        text = f"in {overrun.seconds:.3g} s no message of ours went out whole, and {overrun.waiting} was waited for"
    else:
        text = f"{much}, while {overrun.waiting} was waited for"
    key = _RAISE.get(overrun.bound, "limits and timeouts")
    hint = f"If that is right for this target, raise {key} in the site file, and run again."
    return inconclusive(text, request, where=overrun.association.id, hint=hint, level=Level.EXPECTED)


def _how_much(overrun: Overrun) -> str:
    """What came, and how fast, such as ``30,000 messages in 60 s, 500 a second``."""
    count, seconds = overrun.messages, overrun.seconds
    if count < 2:
        pdus = f"{overrun.pdus:,} PDUs, " if overrun.pdus > 1 else ""
        return f"{pdus}{overrun.bytes:,} bytes in {seconds:.3g} s"
    rate = count / seconds if seconds else 0.0
    if rate >= 1.5:
        return f"{count:,} messages in {seconds:.3g} s, {rate:,.0f} a second"
    return f"{count:,} messages in {seconds:.3g} s" + (f", one every {1 / rate:.2g} s" if rate else "")
