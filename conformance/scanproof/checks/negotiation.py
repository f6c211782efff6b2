"""Checks of association negotiation: what the A-ASSOCIATE-AC of the target holds (PS3.8 9.3.3; PS3.7 D.3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.association_requests import deviates
from scanproof.evidence.beginnings import items_are_cut
from scanproof.finding import Level
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import uid_name
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE

#: What a request was meant to be, or is without our meaning it, that has no answer of which more can be said.
_NOT_UNDERSTOOD = (
    *(f"association.{name}" for name in ("application-context", "context-ids", "context-incomplete", "malformed")),
    "unmeant",
)
#: So many Presentation Context IDs are told of, where there are more.
_SHOWN = 10
#: PS3.8 Table 9-18: the result that blames the transfer syntaxes.
_SYNTAXES_NOT_SUPPORTED = 4


def _requests(evidence: Evidence) -> Iterator[AssociationRecord]:
    """Associations that we asked for and whose A-ASSOCIATE-RQ went out."""
    return (a for a in evidence.associations if a.ours and a.request is not None)


def _negotiated(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.AssociateRQ, p.AssociateAC]]:
    """Accepted associations: with what we proposed and what the target answered.

    What answers a request that cannot be understood as it should is not looked at: nobody can say what it answers.
    """
    for association in _requests(evidence):
        if deviates(association) in _NOT_UNDERSTOOD:
            continue
        request = association.request
        if association.accepted is not None and request is not None and isinstance(request.pdu, p.AssociateRQ):
            yield association, request.pdu, association.accepted


def _informed(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.AssociateAC]]:
    """Accepted associations whose answer has User Information; association.pdu-well-formed tells of one that has none,
    or whose items were cut.
    """
    for association, _, accept in _negotiated(evidence):
        problems = association.answer.problems if association.answer is not None else ()
        missing = any((problem.code, problem.item) == ("item-missing", 0x50) for problem in problems)
        cut = items_are_cut(association) and accept.user.max_length is None
        if not missing and not cut:
            yield association, accept


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
            if not items_are_cut(association):
                yield fail("no application context", where=association.id)
        else:
            yield warn(f"application context {accept.application_context or 'of no name'}", where=association.id)


@check(
    "association.accepted-version",
    title="A-ASSOCIATE-AC says that the target speaks version 1 of the protocol",
    clause="PS3.8 9.3.3 Table 9-17 (2019a)",
    level=Level.SHALL,
    expected="bit 0 of Protocol-version set",
    hint="Send 0001H as Protocol-version in A-ASSOCIATE-AC, whatever the request has there.",
)
def accepted_version(evidence: Evidence) -> Iterator[Observation]:
    """Version 1 of the upper layer protocol, the only one that there is, is identified by bit 0 of Protocol-version, in
    the answer as in the request. Other bits no receiver looks at.

    A scanner that tests the bit ends an association that the target believes to be open.

    Bit 0 of the field in each A-ASSOCIATE-AC is read, but for those that answer a request without it.
    """
    for association, request, accept in _negotiated(evidence):
        if request.protocol_version & 1:
            shown = f"Protocol-version {accept.protocol_version:04X}H"
            yield (ok if accept.protocol_version & 1 else fail)(shown, where=association.id)


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

    The IDs of the A-ASSOCIATE-AC are compared with those of the A-ASSOCIATE-RQ as multisets. Where its items were cut,
    what is missing says nothing; association.pdu-well-formed tells.
    """
    for association, request, accept in _negotiated(evidence):
        proposed = [context.context_id for context in request.contexts]
        results = Counter(context.context_id for context in accept.contexts)
        missing = [str(i) for i in proposed if not results[i] and not items_are_cut(association)]
        extra = [str(i) for i in results if i not in proposed]
        double = [str(i) for i, count in results.items() if count > 1]
        problems = [
            f"{what} {', '.join(ids[:_SHOWN])}{f' and {len(ids) - _SHOWN} more' if len(ids) > _SHOWN else ''}"
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
            elif not items_are_cut(association):
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
            elif context.result and not items_are_cut(association):
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

    Sub-item 52H of each A-ASSOCIATE-AC is read; it has to be there, and be a UID (PS3.5 9.1).
    """
    for association, accept in _informed(evidence):
        uid = accept.user.implementation_class_uid
        if uid is None:
            yield fail("absent", where=association.id)
        elif not uid or not is_uid(uid):
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

    Sub-item 51H of each A-ASSOCIATE-AC is read. A value below 8 leaves no room for a fragment of even length; no text
    names a minimum, so it only warns.
    """
    for association, accept in _informed(evidence):
        length = accept.user.max_length
        if length is None:
            yield fail("absent, or not 4 bytes long", where=association.id)
        elif 0 < length < 8:
            yield warn(f"{length} bytes leave no room for a fragment", where=association.id, level=Level.EXPECTED)
        else:
            yield ok(f"{length} bytes", where=association.id)


@check(
    "association.default-syntax-accepted",
    title="No SOP Class is refused for its transfer syntaxes where Implicit VR Little Endian was among them",
    clause="PS3.5 10.1 b (2020)",
    level=Level.SHALL,
    expected="acceptance, or another result than 4, where Implicit VR Little Endian was proposed",
    hint="Take Implicit VR Little Endian for every SOP Class that is supported; it is DICOM's default.",
)
def default_syntax_accepted(evidence: Evidence) -> Iterator[Observation]:
    """Implicit VR Little Endian is the default transfer syntax, which whoever supports a SOP Class takes. Where it was
    proposed, the SOP Class as a whole cannot be refused because of transfer syntaxes.

    It is the one encoding that an old modality has; where it is refused, nothing is left to agree on.

    For each SOP Class for which we proposed it, result 4 in the context that held it is a deviation when no other
    context of the class was accepted either. Every other result says that the class itself is not supported.
    """
    for association, request, accept in _negotiated(evidence):
        results = {context.context_id: context.result for context in accept.contexts}
        for uid in dict.fromkeys(context.abstract_syntax for context in request.contexts):
            mine = [context for context in request.contexts if context.abstract_syntax == uid]
            default = [context for context in mine if IMPLICIT_LITTLE in context.transfer_syntaxes]
            if not default:
                continue
            refused = all(results.get(context.context_id) != 0 for context in mine)
            four = next((c for c in default if results.get(c.context_id) == _SYNTAXES_NOT_SUPPORTED), None)
            if refused and four is not None:
                yield fail(f"context {four.context_id}, {uid_name(uid)}: result 4", where=association.id)
            else:
                yield ok("not result 4", where=association.id)


@check(
    "association.echoed-fields",
    title="AE titles and reserved bytes of A-ASSOCIATE-AC are those of the request",
    clause="PS3.8 9.3.3 Table 9-17 (2019a; 2020)",
    level=Level.SHALL,
    expected="bytes 11 to 74 as they were received",
    hint="Copy bytes 11 to 74 of the A-ASSOCIATE-RQ into the A-ASSOCIATE-AC.",
)
def echoed_fields(evidence: Evidence) -> Iterator[Observation]:
    """The acceptor sends back the fields that hold AE titles and 32 reserved bytes as it received them. No receiver is
    to look at them.

    Some modalities look all the same, and drop an association whose titles are not theirs.

    Bytes 11 to 74 of each A-ASSOCIATE-AC are compared with those that we sent, titles without their padding. As nobody
    may rest anything on them, a difference only warns.
    """
    for association, request, accept in _negotiated(evidence):
        fields = (
            ("called AE title", request.called_ae, accept.called_ae),
            ("calling AE title", request.calling_ae, accept.calling_ae),
            ("reserved bytes", request.reserved.hex(), accept.reserved.hex()),
        )
        other = [f"{name} {got!r}" for name, sent, got in fields if sent != got]
        if other:
            yield warn(", ".join(other), where=association.id)
        else:
            yield ok("as sent", where=association.id)
