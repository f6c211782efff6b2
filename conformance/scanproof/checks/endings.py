"""Checks of how associations end: by release, by abort, or by silence (PS3.8 7.2 to 7.4, 9.1.4, 9.3.6 to 9.3.8)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.apart import spoken
from scanproof.evidence.association_requests import deviates
from scanproof.evidence.breaks import all_kept, half_come, still_coming
from scanproof.evidence.endings import after_release, ending_of, instead_of_release
from scanproof.evidence.overruns import STEP
from scanproof.evidence.store_faults import began_wrong, is_meant_wrong
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p

#: PS3.8 Table 9-26: the reasons of an abort by the service provider.
_PROVIDER_REASONS = (0, 1, 2, 4, 5, 6)
#: What to do about a network that may have been cut.
_NETWORK = "Check the network between this machine and the target, then run again."


def _established(evidence: Evidence) -> Iterator[AssociationRecord]:
    return (association for association in evidence.associations if association.accepted is not None)


@check(
    "association.release",
    title="A-RELEASE-RQ is answered by A-RELEASE-RP",
    clause="PS3.8 7.2, 9.3.7 (2013; 2020)",
    level=Level.SHALL,
    expected="A-RELEASE-RP within the configured time",
    hint="The acceptor has to confirm the release before it closes the connection.",
)
def release(evidence: Evidence) -> Iterator[Observation]:
    """The side that receives A-RELEASE-RQ confirms it with A-RELEASE-RP; only then the connection is closed.

    Without it a modality reports a transfer error although every image arrived, and sends the study again.

    For each A-RELEASE-RQ that we sent, the following PDUs are searched for A-RELEASE-RP. The acceptor may abort
    instead, so an abort says nothing here; association.no-abort tells of it. Messages may still come before it, but
    not for ever. Where the network may have been cut, nothing is decided, nor where an instance that was spoiled on
    purpose was not answered before.
    """
    for association in evidence.associations:
        if not association.went(p.ReleaseRQ):
            continue
        if association.came(p.ReleaseRP):
            yield ok("A-RELEASE-RP", where=association.id)
        elif not association.came(p.Abort) and not _spoiled(association):
            yield from _not_released(evidence, association)


def _not_released(evidence: Evidence, association: AssociationRecord) -> Iterator[Observation]:
    """What to say of an A-RELEASE-RQ of ours to which neither A-RELEASE-RP nor A-ABORT came."""
    other, overrun = instead_of_release(association), association.overrun
    waited, half = association.event(Happening.TIMEOUT), half_come(association)
    if not all_kept(association):
        return
    if other is not None:
        same = sum(event.name == other.name for event in association.received)
        times = f", {same:,} times" if same > 1 else ""
        yield fail(f"{other.name} came instead{times}", where=association.id)
    elif (cut := evidence.cuts.get(association.id)) is not None:
        yield inconclusive(f"it was not answered: {cut.text}", where=association.id, hint=_NETWORK)
    elif association.closed_by_peer is not None:
        yield fail("the connection was closed without it", where=association.id)
    elif overrun is not None and overrun.facts.get("bound") != STEP:
        facts = overrun.facts
        much = f"{facts['messages']:,} messages" if facts.get("messages") else f"{facts.get('bytes') or 0:,} bytes"
        text = f"{much} came in {facts.get('seconds') or 0:.3g} s, and no end of them"
        yield fail(f"{text}; {half}" if half else text, where=association.id)
    elif still_coming(association):
        yield inconclusive(f"not answered in time; {half}, and more was coming", where=association.id)
    elif waited is not None:
        yield fail(f"no whole answer in time; {half}" if half else "nothing came in time", where=association.id)


@check(
    "association.nothing-after-release",
    title="Nothing follows A-RELEASE-RP",
    clause="PS3.8 7.2.2.4 (2020; 2024e)",
    level=Level.SHALL,
    expected="no PDU behind A-RELEASE-RP",
    hint="Behind A-RELEASE-RP the acceptor only waits for the connection to be closed.",
)
def nothing_after_release(evidence: Evidence) -> Iterator[Observation]:
    """With the answer to the release the association is over: its sender issues no further primitive on it.

    A console that reads an abort there reports a failed transfer of images which all arrived.

    The PDUs that came behind each A-RELEASE-RP of the target are looked at. Where we had sent something behind it
    ourselves, which may call for an abort, nothing is said.
    """
    for association in _established(evidence):
        if not association.came(p.ReleaseRP):
            continue
        more = after_release(association)
        if more:
            yield fail(f"{more[0].name} behind A-RELEASE-RP", where=association.id)
        else:
            yield ok("nothing behind it", where=association.id)


def _any_context(accept: p.AssociateAC) -> bool:
    return any(context.result == 0 for context in accept.contexts)


@check(
    "association.no-abort",
    title="The target does not abort an association",
    clause="PS3.8 7.2.2.2, 7.3 (2020; 2024e); PS3.7 A.6 (2020)",
    level=Level.SHALL,
    expected="associations that end by release",
    hint="The target's log should tell why it ended the association; nothing that we sent calls for it.",
)
def no_abort(evidence: Evidence) -> Iterator[Observation]:
    """An association ends by release. An abort is a service that both sides have, also in answer to A-RELEASE-RQ; but a
    request that is not answered yet fails with it, and every confirmed request is to be answered.

    A scanner that is cut off in mid-series retries, and fills the archive with fragments of studies.

    Each established association is looked at for an A-ABORT of the target. It is a deviation when a request of ours was
    under way or not answered; it warns when nothing was, in answer to the release, and where the request was an
    instance that was spoiled on purpose: no text says what becomes of one that cannot be read. An association of the
    target's of which we took no Presentation Context is of no use, however it ends, and one of ours whose request was
    at fault on purpose may be ended.
    """
    for association in _established(evidence):
        if not association.ours and association.accepted is not None and not _any_context(association.accepted):
            continue
        if deviates(association):
            continue
        ending = ending_of(association)
        released = bool(association.went(p.ReleaseRP) or association.came(p.ReleaseRP))
        if ending.abort is not None and isinstance(ending.abort.pdu, p.Abort) and not released:
            shown = f"A-ABORT, source {ending.abort.pdu.source}, reason {ending.abort.pdu.reason}"
            if ending.owed and _spoiled(association):
                text = f"{shown}, before C-STORE-RQ was answered, which was at fault on purpose"
                yield warn(text, ending.last_sent, where=association.id, level=Level.SHOULD, hint=_ONE_AT_FAULT)
            elif ending.owed:
                text = f"{shown}, before {ending.owed} was answered"
                yield fail(text, ending.last_sent, where=association.id, hint=_why(association))
            elif ending.release_asked:
                yield warn(f"{shown}, in answer to A-RELEASE-RQ", where=association.id, level=Level.SHOULD)
            else:
                text = f"{shown}, while nothing was under way"
                yield warn(text, ending.last_sent, where=association.id, level=Level.SHOULD)
        elif released:
            yield ok("released", where=association.id)


_ONE_AT_FAULT = (
    "Answer what cannot be read or stored with a failure: the images behind it are lost with the association."
)


def _spoiled(association: AssociationRecord) -> bool:
    """Whether the request that was not answered, or did not go out whole, was an instance spoiled on purpose."""
    unanswered = [each.request for each in association.operations if each.request.sent and each.final is None]
    return began_wrong(association) or (bool(unanswered) and is_meant_wrong(unanswered[-1]))


def _why(association: AssociationRecord) -> str:
    """What to look for where the very first request met the abort; else the check's own hint."""
    if any(operation.responses for operation in association.operations):
        return ""
    calling = association.facts.get("calling_ae")
    known = f"{calling} may have to be registered at the target, with host and port, before it may ask for this"
    return f"{known}; the target's log should tell why it ended the association."


@check(
    "association.abort-defined",
    title="An A-ABORT has a defined source and reason",
    clause="PS3.8 9.3.8 Table 9-26 (2018-2024)",
    level=Level.SHALL,
    expected="source 0 with reason 0, or source 2 with reason 0, 1, 2, 4, 5 or 6",
    hint="Source 0 is the service user, which has no reasons; 2 the service provider, with those of Table 9-26.",
)
def abort_defined(evidence: Evidence) -> Iterator[Observation]:
    """The source of an abort is the service user, 0, or the service provider, 2. The provider has six reasons; with
    the user the reason is not significant, and sent as 0.

    The two numbers are all that is left of the cause when a service engineer comes the next day.

    Each received A-ABORT is read. A reason beside source 0 only warns, since no receiver is to look at it.
    """
    for association in spoken(evidence.transcript):
        aborts = association.came(p.Abort)
        if association.received and not aborts:
            yield ok("none came", where=association.id)
        for event in aborts:
            if not isinstance(event.pdu, p.Abort):
                continue
            shown = f"source {event.pdu.source}, reason {event.pdu.reason}"
            if (event.pdu.source, event.pdu.reason) == (0, 0):
                yield ok(shown, where=association.id)
            elif event.pdu.source == 0:
                yield warn(f"{shown}, where the user has none", where=association.id)
            elif event.pdu.source == 2 and event.pdu.reason in _PROVIDER_REASONS:
                yield ok(shown, where=association.id)
            else:
                yield fail(f"{shown}, which is not defined", where=association.id)


@check(
    "association.closed-with-a-word",
    title="The target does not close the connection of an association without a PDU",
    clause="PS3.8 9.1.4 note 1 (2013; 2020)",
    level=Level.SHOULD,
    expected="A-RELEASE or A-ABORT before the connection is closed",
    hint="The target's log should tell why it dropped the connection; a firewall between may have done it as well.",
)
def closed_with_a_word(evidence: Evidence) -> Iterator[Observation]:
    """Closing TCP is no way to end an association, unless resources ran out; the text is a note.

    The other side cannot tell it from a broken cable, and tries again and again.

    Each established association is looked at for a connection that ended before anybody asked for release or aborted.
    Where a request was not answered by then, dimse.response-received tells. A connection that broke without a word of
    the target decides nothing.
    """
    for association in _established(evidence):
        endings = (p.ReleaseRQ, p.ReleaseRP, p.Abort)
        if deviates(association):
            continue
        if association.went(*endings) or association.came(*endings):
            yield ok("ended by a PDU", where=association.id)
        elif association.lost is not None:
            ending = ending_of(association)
            cut = evidence.cuts.get(association.id)
            if ending.owed:
                continue
            if cut is not None:
                yield inconclusive(f"while nothing was under way, {cut.text}", where=association.id, hint=_NETWORK)
            else:
                text = "the connection was closed without A-RELEASE or A-ABORT"
                yield warn(text, ending.last_sent, where=association.id)
