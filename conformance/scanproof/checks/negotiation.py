"""Checks of association negotiation: what the target answers to A-ASSOCIATE-RQ (PS3.8 9.3.3, 9.3.4; PS3.7 D.3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scanproof.check import Observation, check, fail, inconclusive, ok, warn
from scanproof.evidence import Evidence
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.outcome import Happening
from scansim.wire import pdu as p

#: PS3.8 Table 9-21: the reasons that are defined for each source.
_DEFINED_REASONS = {1: (1, 2, 3, 7), 2: (1, 2), 3: (1, 2)}


def _requests(evidence: Evidence) -> Iterator[AssociationRecord]:
    """Associations that we asked for and whose A-ASSOCIATE-RQ went out."""
    return (a for a in evidence.associations if a.ours and a.request is not None)


def _negotiated(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.AssociateRQ, p.AssociateAC]]:
    """Accepted associations: with what we proposed and what the target answered."""
    for association in _requests(evidence):
        request = association.request
        if association.accepted is not None and request is not None and isinstance(request.pdu, p.AssociateRQ):
            yield association, request.pdu, association.accepted


def _informed(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.AssociateAC]]:
    """Accepted associations whose answer has User Information; its absence association.pdu-well-formed tells."""
    for association, _, accept in _negotiated(evidence):
        problems = association.answer.problems if association.answer is not None else ()
        if not any((problem.code, problem.item) == ("item-missing", 0x50) for problem in problems):
            yield association, accept


def _answered_before(evidence: Evidence, association: AssociationRecord) -> bool:
    """Whether the same host and port has spoken DICOM in this run already."""
    where = (association.facts.get("host"), association.facts.get("port"))
    return any(
        other.ours
        and other.id != association.id
        and (other.facts.get("host"), other.facts.get("port")) == where
        and other.answer is not None
        and not isinstance(other.answer.pdu, p.Unknown)
        for other in evidence.associations
    )


@check(
    "association.answered-properly",
    title="A-ASSOCIATE-RQ is answered by A-ASSOCIATE-AC, or by A-ASSOCIATE-RJ with a defined reason",
    clause="PS3.8 9.3.4 Table 9-21 (2024e); 7.1.1, 9.2.2 (2013)",
    level=Level.SHALL,
    expected="A-ASSOCIATE-AC; or A-ASSOCIATE-RJ with result 1 or 2 and a source and reason of Table 9-21",
    hint="Look in the target's log for this association; a refusal needs A-ASSOCIATE-RJ with a reason that is defined.",
)
def answered_properly(evidence: Evidence) -> Iterator[Observation]:
    """An acceptor answers each A-ASSOCIATE-RQ with A-ASSOCIATE-AC or A-ASSOCIATE-RJ. A rejection carries result 1 or 2,
    a source of 1, 2 or 3, and a reason that is defined for that source; the others are reserved. A rejection
    that gives no reason is legal, and warned of.

    The reason is all that an engineer sees in front of a scanner that cannot connect: a wrong number sends him to the
    wrong AE title, and silence sends him to the firewall.

    The first PDU after each of our A-ASSOCIATE-RQs is looked at. Where a peer never spoke DICOM in this run, nothing
    says that it is a DICOM node at all, so silence or other bytes decide nothing.
    """
    for association in _requests(evidence):
        answer = association.answer
        spoke = _answered_before(evidence, association)
        if answer is None:
            if association.lost:
                text = "the target closed the connection without answering"
            elif association.event(Happening.TIMEOUT):
                text = "no answer came in time"
            else:
                continue  # the run was broken off while it waited
            yield (
                fail(text, where=association.id)
                if spoke
                else inconclusive(
                    f"{text}; whether a DICOM node listens there is not known",
                    where=association.id,
                    hint="Check host and port; another program, or a node that takes only TLS, may be listening there.",
                )
            )
        elif isinstance(answer.pdu, p.AssociateAC):
            yield ok("A-ASSOCIATE-AC", where=association.id)
        elif isinstance(answer.pdu, p.AssociateRJ):
            yield _rejection(association, answer.pdu)
        elif isinstance(answer.pdu, p.Abort):
            yield warn(
                f"A-ABORT (source {answer.pdu.source}, reason {answer.pdu.reason}) instead of a rejection",
                where=association.id,
            )
        elif isinstance(answer.pdu, p.Unknown) and not spoke:
            start = association.unparsed[:40] or bytes((answer.pdu_type,))
            yield inconclusive(
                f"the port answers, but not with DICOM: {start!r}",
                where=association.id,
                hint="Check host and port: another program (a web server?) listens there.",
            )
        else:
            yield fail(f"answered by PDU type {answer.pdu_type:02X}H", where=association.id)


def _rejection(association: AssociationRecord, pdu: p.AssociateRJ) -> Observation:
    shown = f"result {pdu.result}, source {pdu.source}, reason {pdu.reason}"
    if pdu.result not in (1, 2) or pdu.reason not in _DEFINED_REASONS.get(pdu.source, ()):
        return fail(f"A-ASSOCIATE-RJ with {shown}", where=association.id)
    if (pdu.source, pdu.reason) == (1, 1):
        return warn(f"A-ASSOCIATE-RJ with {shown}: no reason given", where=association.id)
    return ok(f"A-ASSOCIATE-RJ with {shown}", where=association.id)


@check(
    "association.application-context",
    title="A-ASSOCIATE-AC names the DICOM application context",
    clause="PS3.8 9.3.3 Table 9-17 (2018-2024), 7.1.1.2, Annex A (2013; 2019a)",
    level=Level.SHALL,
    expected=f"one Application Context item with {p.APPLICATION_CONTEXT}",
    hint="The acceptor's association code has to send item 10H with the DICOM application context name.",
)
def application_context(evidence: Evidence) -> Iterator[Observation]:
    """The acceptance carries one Application Context item. The name in it may be another one than was proposed, and
    then holds for the association; as DICOM has no other, no requestor can go on with it.

    A peer that checks the name ends the association, and a modality shows nothing but a failed connection.

    Item 10H of each A-ASSOCIATE-AC is compared with the name that we proposed. Absence is a deviation, another name
    only warns, since the acceptor may offer it.
    """
    for association, _, accept in _negotiated(evidence):
        if accept.application_context == p.APPLICATION_CONTEXT:
            yield ok(accept.application_context, where=association.id)
        elif accept.application_context is None:
            yield fail("no application context", where=association.id)
        else:
            yield warn(f"application context {accept.application_context or 'of no name'}", where=association.id)


@check(
    "association.context-results",
    title="Each proposed Presentation Context gets exactly one result",
    clause="PS3.8 7.1.1.14, 9.3.3.2 (2013)",
    level=Level.SHALL,
    expected="one Presentation Context item for each proposed Presentation Context ID, and no other",
    hint="The acceptor has to answer refused contexts too, each with its own ID.",
)
def context_results(evidence: Evidence) -> Iterator[Observation]:
    """For every Presentation Context of the request, the acceptance has one result item with the same ID, in any order;
    it has none for an ID that was not proposed.

    A modality that waits for the result of its MPPS context and does not find it disables MPPS for the whole site.

    The IDs of the A-ASSOCIATE-AC are compared with those of the A-ASSOCIATE-RQ as multisets.
    """
    for association, request, accept in _negotiated(evidence):
        proposed = [context.context_id for context in request.contexts]
        results = Counter(context.context_id for context in accept.contexts)
        missing = [str(i) for i in proposed if not results[i]]
        extra = [str(i) for i in results if i not in proposed]
        double = [str(i) for i, count in results.items() if count > 1]
        problems = [
            f"{what} {', '.join(ids)}"
            for what, ids in (("no result for", missing), ("a result for unproposed", extra), ("twice", double))
            if ids
        ]
        if problems:
            yield fail(f"Presentation Context IDs: {'; '.join(problems)}", where=association.id)
        else:
            yield ok(f"{len(proposed)} contexts, each with one result", where=association.id)


@check(
    "association.context-result-defined",
    title="The result of a Presentation Context is one of 0 to 4",
    clause="PS3.8 Table 9-18 (2013)",
    level=Level.SHALL,
    expected="result 0 (acceptance), 1, 2, 3 or 4",
    hint="Use 3 for an abstract syntax that is not supported and 4 for transfer syntaxes that are not.",
)
def context_result_defined(evidence: Evidence) -> Iterator[Observation]:
    """Result/Reason of a Presentation Context item is 0 for acceptance, 1 to 4 for the defined kinds of refusal.

    Toolkits map an unknown number to acceptance or to a crash; both lose images.

    The result byte of each item of each A-ASSOCIATE-AC is read. All four refusals are legal for any cause.
    """
    for association, _, accept in _negotiated(evidence):
        for context in accept.contexts:
            if context.result <= 4:
                yield ok(f"result {context.result}", where=association.id)
            else:
                yield fail(f"context {context.context_id} has result {context.result}", where=association.id)


@check(
    "association.accepted-syntax-offered",
    title="An accepted Presentation Context names a transfer syntax that was proposed for it",
    clause="PS3.8 7.1.1.14, 9.3.3.2 (2013)",
    level=Level.SHALL,
    expected="exactly one transfer syntax, out of those proposed for that context",
    hint="The acceptor has to choose among the proposed transfer syntaxes, or refuse the context with result 4.",
)
def accepted_syntax_offered(evidence: Evidence) -> Iterator[Observation]:
    """An accepted context carries the one transfer syntax that the acceptor chose; the choice is free among those that
    were proposed for this context.

    A sender that obeys would send in an encoding that it does not have; one that does not, sends what the archive
    will misread.

    The Transfer Syntax sub-item of each accepted context is looked up among those we proposed under the same ID.
    """
    for association, request, accept in _negotiated(evidence):
        offered = {context.context_id: context.transfer_syntaxes for context in request.contexts}
        for context in accept.contexts:
            if context.result or context.context_id not in offered:
                continue
            if context.transfer_syntax in offered[context.context_id]:
                yield ok(f"{context.transfer_syntax}", where=association.id)
            else:
                yield fail(
                    f"context {context.context_id} was accepted with {context.transfer_syntax or 'no transfer syntax'}",
                    where=association.id,
                    expected=f"one of {', '.join(offered[context.context_id])}",
                )


@check(
    "association.rejected-context-item",
    title="A refused Presentation Context still carries a Transfer Syntax sub-item",
    clause="PS3.8 9.3.3.2 Table 9-18 (2013)",
    level=Level.SHOULD,
    expected="one Transfer Syntax sub-item, whatever its value, in each Presentation Context item",
    hint="Send the sub-item in refused contexts too; its value is not significant there.",
)
def rejected_context_item(evidence: Evidence) -> Iterator[Observation]:
    """The item of a refused context has the same form as that of an accepted one: one Transfer Syntax sub-item, whose
    value has no meaning.

    Some older consoles read the sub-item before the result and drop the association when it is not there.

    Each Presentation Context item of the A-ASSOCIATE-AC is looked at; absence only warns, since receivers are not to
    test the value.
    """
    for association, _, accept in _negotiated(evidence):
        for context in accept.contexts:
            if context.transfer_syntax is not None:
                yield ok("sub-item present", where=association.id)
            elif context.result:
                yield warn(f"context {context.context_id} (result {context.result}) has none", where=association.id)


@check(
    "association.implementation-class-uid",
    title="A-ASSOCIATE-AC carries the Implementation Class UID",
    clause="PS3.7 D.3.3.2 (2013)",
    level=Level.SHALL,
    expected="one Implementation Class UID sub-item (52H) with a valid UID",
    hint="The acceptor has to identify its implementation in the User Information of A-ASSOCIATE-AC.",
)
def implementation_class_uid(evidence: Evidence) -> Iterator[Observation]:
    """Both sides identify their implementation by a UID in the User Information item; the version name is optional.

    Support finds out by it which software answered, when a hospital has three generations of one product.

    Sub-item 52H of each A-ASSOCIATE-AC is read; it has to be there, of digits and dots, with 64 characters at most.
    """
    for association, accept in _informed(evidence):
        uid = accept.user.implementation_class_uid
        if uid is None:
            yield fail("absent", where=association.id)
        elif not uid or len(uid) > 64 or set(uid) - set("0123456789."):
            yield fail(f"{uid!r} is no UID", where=association.id)
        else:
            yield ok(uid, where=association.id)


@check(
    "association.max-length-item",
    title="A-ASSOCIATE-AC states the Maximum Length that the target can receive",
    clause="PS3.8 D.1 (2018-2024); PS3.7 D.3.3.1",
    level=Level.SHALL,
    expected="one Maximum Length sub-item (51H) of 4 bytes: 0, or room for a fragment",
    hint="The acceptor has to state its Maximum Length; 0 says that there is none.",
)
def max_length_item(evidence: Evidence) -> Iterator[Observation]:
    """The acceptor states how long the variable field of a P-DATA-TF sent to it may be; 0 means no limit.

    Without it the sender guesses, and large images arrive broken or not at all.

    Sub-item 51H of each A-ASSOCIATE-AC is read. A value below 8 leaves no room for a fragment of even length (PS3.8
    E.1), so it is a deviation too.
    """
    for association, accept in _informed(evidence):
        length = accept.user.max_length
        if length is None:
            yield fail("absent, or not 4 bytes long", where=association.id)
        elif 0 < length < 8:
            yield fail(f"{length} bytes leave no room for a fragment", where=association.id)
        else:
            yield ok(f"{length} bytes", where=association.id)


@check(
    "association.async-window",
    title="The asynchronous operations window is answered only when proposed, and not above the proposal",
    clause="PS3.7 D.3.3.3 (2013)",
    level=Level.SHALL,
    expected="no sub-item 53H when none was proposed; otherwise numbers not above those proposed (0 is unlimited)",
    hint="Leave the sub-item out of A-ASSOCIATE-AC unless the request had it.",
)
def async_window(evidence: Evidence) -> Iterator[Observation]:
    """The acceptor may answer an asynchronous operations window only to a requestor that proposed one, with numbers
    that are not above the proposed ones; absence means one operation at a time.

    A requestor that never asked for it may take the answer for permission, or end the association.

    Sub-item 53H of each A-ASSOCIATE-AC is compared with the request.
    """
    for association, request, accept in _negotiated(evidence):
        asked, answered = request.user.async_window, accept.user.async_window
        if answered is None:
            yield ok("none", where=association.id)
        elif asked is None:
            yield fail(f"answered {answered[0]}/{answered[1]} although none was proposed", where=association.id)
        elif any(want and (got > want or not got) for want, got in zip(asked, answered, strict=True)):
            yield fail(f"answered {answered[0]}/{answered[1]} to {asked[0]}/{asked[1]}", where=association.id)
        else:
            yield ok(f"{answered[0]}/{answered[1]}", where=association.id)


@check(
    "association.role-selection",
    title="Role selection is answered only where proposed, and grants no role that was not proposed",
    clause="PS3.7 D.3.3.4 (2024e)",
    level=Level.SHALL,
    expected="role items only for SOP Classes whose roles we proposed, each role 0 or 1, and 0 where we proposed 0",
    hint="Answer a role item with the roles that were proposed and are supported; leave the others out.",
)
def role_selection(evidence: Evidence) -> Iterator[Observation]:
    """The acceptor answers SCP/SCU role selection only for SOP Classes for which it was proposed; a proposed 0 is
    answered by 0, a proposed 1 by 1 or 0.

    Storage Commitment depends on it: a wrong role makes the modality drop the report, and images are never released
    from its disk.

    The role items of each A-ASSOCIATE-AC are compared with those that we sent.
    """
    for association, request, accept in _negotiated(evidence):
        proposed = {role.sop_class_uid: role for role in request.user.roles}
        for role in accept.user.roles:
            mine = proposed.get(role.sop_class_uid)
            shown = f"{role.sop_class_uid}: SCU {role.scu}, SCP {role.scp}"
            if mine is None:
                yield fail(f"{shown}, although no role was proposed", where=association.id)
            elif role.scu > mine.scu or role.scp > mine.scp:
                yield fail(f"{shown} to a proposed SCU {mine.scu}, SCP {mine.scp}", where=association.id)
            else:
                yield ok(shown, where=association.id)
        if not accept.user.roles:
            yield ok("no role item", where=association.id)
