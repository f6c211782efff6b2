"""Checks of the target as requestor: the associations that it opens to us, strays among them (PS3.8 9.3.2)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, Scope, check, ok
from scanproof.evidence import RunEvidence
from scanproof.evidence.commitment import transaction_uid
from scanproof.evidence.strays import Opened
from scanproof.finding import Level, Verdict
from scansim.vocabulary.services import SERVICES, STORAGE
from scansim.vocabulary.uids import COMMITMENT, uid_name
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE

#: Bytes of a P-DATA-TF's variable field with one fragment of two bytes (PS3.8 9.3.5.1, E.1).
_SMALLEST = 8


def _seen(opened: Opened, verdict: Verdict, text: str, times: int = 1) -> Observation:
    where, scenario, party = opened.where, opened.scenario, opened.party
    return Observation(verdict, text, where=where, scenario=scenario, party=party, times=times)


@check(
    "association.proposed-ids",
    title="Presentation Context IDs that the target proposes are odd, each another one",
    clause="PS3.8 9.3.2.2 (2013; 2019a), 7.1.1.13",
    level=Level.SHALL,
    expected="odd numbers from 1 to 255, none of them twice",
    hint="Number the Presentation Contexts 1, 3, 5 and so on.",
    judges=Scope.RUN,
)
def proposed_ids(run: RunEvidence) -> Iterator[Observation]:
    """The requestor gives each Presentation Context an odd number of its own, by which the acceptor answers it and
    every message names it.

    With a number that stands twice nobody knows what was accepted; the report is read in the wrong encoding, or lost.

    The IDs of each A-ASSOCIATE-RQ that the target sent to our listener are looked at.
    """
    for opened in run.opened:
        ids = [context.context_id for context in opened.request.contexts]
        even = sorted({each for each in ids if each % 2 == 0})
        double = sorted({each for each in ids if ids.count(each) > 1})
        if even:
            yield _seen(opened, Verdict.FAIL, f"even: {', '.join(map(str, even))}")
        if double:
            yield _seen(opened, Verdict.FAIL, f"twice: {', '.join(map(str, double))}")
        if ids and not even and not double:
            yield _seen(opened, Verdict.PASS, f"{len(ids)} contexts")


@check(
    "association.default-syntax-proposed",
    title="The target proposes Implicit VR Little Endian for every SOP Class without pixels",
    clause="PS3.5 10.1 a (2020; 2024e in part)",
    level=Level.SHALL,
    expected="Implicit VR Little Endian in one of the contexts of each abstract syntax",
    hint="Propose Implicit VR Little Endian beside whatever else the target can send.",
    judges=Scope.RUN,
)
def default_syntax_proposed(run: RunEvidence) -> Iterator[Observation]:
    """A requestor offers DICOM's default transfer syntax for each abstract syntax that it proposes. Only pixel data
    that it has in no other form is a reason not to.

    A modality that takes the default alone never hears what became of its images.

    The transfer syntaxes of each A-ASSOCIATE-RQ that the target sent to our listener are put together by abstract
    syntax. Storage is left out, as nobody can see what images the target has.
    """
    judged = [service for service in SERVICES.values() if service is not STORAGE]
    for opened in run.opened:
        for uid in dict.fromkeys(context.abstract_syntax for context in opened.request.contexts):
            if not any(service.has(uid) for service in judged):
                continue
            offered = [
                syntax
                for context in opened.request.contexts
                if context.abstract_syntax == uid
                for syntax in context.transfer_syntaxes
            ]
            if IMPLICIT_LITTLE in offered:
                yield _seen(opened, Verdict.PASS, uid_name(uid))
            elif offered:
                syntaxes = ", ".join(map(uid_name, dict.fromkeys(offered)))
                yield _seen(opened, Verdict.FAIL, f"{uid_name(uid)}: {syntaxes} only")


@check(
    "association.room-for-answers",
    title="The target's A-ASSOCIATE-RQ leaves room for a fragment",
    clause="",
    level=Level.EXPECTED,
    expected="a Maximum Length of 0, or of 8 at least",
    hint="State how long the P-DATA-TFs may be that the target can receive; 0 says that there is no limit.",
    judges=Scope.RUN,
)
def room_for_answers(run: RunEvidence) -> Iterator[Observation]:
    """Whoever opens an association says how long a P-DATA-TF he can receive. No text names a minimum; below 8 bytes no
    fragment of even length fits in.

    Nothing can be answered to such a request: its report is sent again and again.

    The Maximum Length of each A-ASSOCIATE-RQ of the target is read. That it has one the checks of PDUs tell.
    """
    for opened in run.opened:
        length = opened.request.user.max_length
        if length is not None and 0 < length < _SMALLEST:
            yield _seen(opened, Verdict.WARN, f"{length} bytes")
        elif length is not None:
            yield _seen(opened, Verdict.PASS, f"{length} bytes")


def _strays(run: RunEvidence) -> Iterator[Opened]:
    return (opened for opened in run.opened if opened.stray)


def _none(run: RunEvidence) -> Iterator[Observation]:
    """Where our listener was open, nothing strayed to it, and the target was there, that is what was seen."""
    listened = any(
        evidence.transcript.scenario.get("listener") and any(each.accepted for each in evidence.associations)
        for evidence in run.scenarios
    )
    if listened and not any(True for _ in _strays(run)):
        yield ok("no association but those that brought a report of the run")


@check(
    "association.stray-well-formed",
    title="PDUs of the target are well formed on associations that brought no report, too",
    clause="PS3.8 9.3.1 to 9.3.8 (2013; 2024d), D.1 (2019a); PS3.7 D.3.3 (2020; 2024)",
    level=Level.SHALL,
    expected="PDUs of a defined type whose lengths add up, each item where it belongs, as often as it may be there",
    hint="The offset counts from the first byte after the PDU's 6-byte header; the transcript holds the bytes.",
    judges=Scope.RUN,
)
def stray_well_formed(run: RunEvidence) -> Iterator[Observation]:
    """What association.pdu-well-formed asks of every PDU holds for an association that no exam is concerned with: a
    request has one Presentation Context at least, among others.

    Where the request is broken the report behind it never comes, and nobody looks for the cause in there.

    The PDUs of each association to our listener that belongs to no exam, and by its AE title or host to the target.
    """
    yield from _none(run)
    for opened in _strays(run):
        for event in opened.association.received:
            faults = [problem for problem in event.problems if problem.grade is p.Grade.FAULT]
            for problem in faults:
                yield _seen(opened, Verdict.FAIL, f"{event.name}, byte {problem.offset}: {problem.text}", event.times)
            if not faults:
                yield _seen(opened, Verdict.PASS, "well formed", event.times)


@check(
    "association.calls-our-title",
    title="The target calls us by our AE title",
    clause="",
    level=Level.EXPECTED,
    expected="called AE title = that of our listener, or one that we call with",
    hint="Correct our AE title in the target's configuration.",
    judges=Scope.RUN,
)
def calls_our_title(run: RunEvidence) -> Iterator[Observation]:
    """Whom a target calls is what it was configured to call; no text says more.

    Most modalities reject an association that calls somebody else, so that its report never arrives.

    The called AE title of each association to our listener that brought no report of the run. Of those that did,
    commitment.calling-ae tells.
    """
    yield from _none(run)
    ours = set()
    for evidence in (*run.scenarios, *([run.strays] if run.strays is not None else [])):
        facts = evidence.transcript.scenario
        listener = facts.get("listener") or {}
        ours |= {facts.get("calling_ae"), listener.get("ae"), *listener.get("titles", ())}
        ours |= {association.facts.get("calling_ae") for association in evidence.associations if association.ours}
    for opened in _strays(run):
        called = opened.request.called_ae
        if called in ours:
            yield _seen(opened, Verdict.PASS, called)
        else:
            yield _seen(opened, Verdict.WARN, f"{opened.request.calling_ae} calls {called or 'nobody'}")


@check(
    "commitment.stray-role",
    title="Where the target opens an association for Storage Commitment, it proposes the SCP role",
    clause="PS3.7 D.3.3.4 (2020, 2024e); PS3.4 J.2.1 (2020)",
    level=Level.SHALL,
    expected=f"a role item for {COMMITMENT} with SCP role 1",
    hint="Without the item, the side that opens the association is SCU only, and may not send the report.",
    judges=Scope.RUN,
)
def stray_role(run: RunEvidence) -> Iterator[Observation]:
    """Without role selection the requestor of an association is SCU, and an SCU sends no report.

    A modality that is strict lets the association end without a word, and the report is never seen.

    Associations to our listener that propose Storage Commitment and brought no report of the run. One that brought
    another report in the wrong role is a deviation; one that brought none warns, as it may have wanted to ask. Of
    those that brought a report of the run commitment.role-selection tells.
    """
    yield from _none(run)
    for opened in _strays(run):
        if all(context.abstract_syntax != COMMITMENT for context in opened.request.contexts):
            continue
        if opened.turned_away:
            continue
        mine = [role for role in opened.request.user.roles if role.sop_class_uid == COMMITMENT]
        shown = f"SCU {mine[0].scu}, SCP {mine[0].scp}" if mine else "no role item"
        if mine and mine[0].scp == 1:
            yield _seen(opened, Verdict.PASS, shown)
        elif "N-EVENT-REPORT-RQ" in opened.brought:
            yield _seen(opened, Verdict.FAIL, f"{shown}, and a report")
        elif not opened.brought:
            yield _seen(opened, Verdict.WARN, f"{shown}, and no message")


@check(
    "commitment.stray-transaction",
    title="A commitment report that belongs to no exam names its transaction",
    clause="PS3.4 J.3.3.1.1, Table J.3-2 (2013)",
    level=Level.SHALL,
    expected="Transaction UID (0008,1195) in the Event Information",
    hint="A report carries the Transaction UID of its request; without it nobody knows what was committed.",
    judges=Scope.RUN,
)
def stray_transaction(run: RunEvidence) -> Iterator[Observation]:
    """A report carries the Transaction UID of the request that it answers, Type 1.

    Without it a modality drops the report, and keeps the images for ever.

    N-EVENT-REPORTs on associations to our listener that belong to no exam. One that names a transaction which is not
    of this run may answer an earlier one, and is no fault.
    """
    yield from _none(run)
    for opened in _strays(run):
        for operation in opened.association.operations:
            if operation.request.sent or operation.request.name != "N-EVENT-REPORT-RQ":
                continue
            named = transaction_uid(operation)
            if named:
                yield _seen(opened, Verdict.PASS, named)
            else:
                yield _seen(opened, Verdict.FAIL, "a report without Transaction UID")


@check(
    "association.brings-something",
    title="An association that the target opens brings a message",
    clause="",
    level=Level.EXPECTED,
    expected="a request on each association whose contexts were accepted",
    hint="See in the target's log what it wanted to send, and what kept it from doing so.",
    judges=Scope.RUN,
)
def brings_something(run: RunEvidence) -> Iterator[Observation]:
    """Whoever opens an association has something to send; nothing obliges him.

    Each one takes a place at the modality, and a report that never comes is often behind it.

    Associations to our listener of which a context was accepted, and the role that was proposed and confirmed. One
    without a request warns, unless the missing role explains it, we ended it ourselves, or cancelled what it was opened
    for.
    """
    for opened in run.opened:
        if not opened.granted:
            continue
        if opened.brought:
            yield _seen(opened, Verdict.PASS, ", ".join(dict.fromkeys(opened.brought)))
        elif opened.turned_away or opened.association.id in _broken_off(opened):
            continue
        elif COMMITMENT not in opened.granted or opened.may_report:
            yield _seen(opened, Verdict.WARN, f"nothing, for {', '.join(map(uid_name, opened.granted))}")


def _broken_off(opened: Opened) -> set[str]:
    """Associations that were opened for a retrieval which we cancelled, in the scenario of one of them."""
    found = (each for each in opened.evidence.retrievals if each.is_cancelled)
    return {association.id for retrieval in found for association in retrieval.opened}
