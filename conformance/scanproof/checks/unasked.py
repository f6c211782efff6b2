"""Checks of User Information that answers ours: nothing that nobody asked for (PS3.7 D.3.3.3 to D.3.3.7)."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.user_items import IDENTITY, IDENTITY_ANSWER, extended_classes, has_item, identity_wants_answer
from scanproof.finding import Level
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import COMMITMENT, uid_name
from scansim.wire import pdu as p

#: Types of sub-items.
_WINDOW, _ROLE = 0x53, 0x54


def _answers(evidence: Evidence) -> Iterator[tuple[AssociationRecord, p.UserInformation, p.UserInformation]]:
    """Associations of ours that were accepted: what we asked for, and what was answered."""
    for association in evidence.associations:
        request = association.request.pdu if association.ours and association.request is not None else None
        if association.accepted is not None and isinstance(request, p.AssociateRQ):
            yield association, request.user, association.accepted.user


def _is_unclear(association: AssociationRecord, kind: int) -> bool:
    """Whether a request had a sub-item in a form in which nobody can say what it asks for."""
    event = association.request
    return event is not None and any(problem.item == kind for problem in event.problems)


@check(
    "association.async-window",
    title="The answer about asynchronous operations keeps to what was proposed",
    clause="PS3.7 D.3.3.3 (2013; 2020; 2024d)",
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
    for association, request, accept in _answers(evidence):
        asked, answered = request.async_window, accept.async_window
        if _is_unclear(association, _WINDOW):
            continue
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
    title="The answer about roles keeps to what was proposed",
    clause="PS3.7 D.3.3.4 (2020; 2024e)",
    level=Level.SHALL,
    expected="role items only for SOP Classes whose roles we proposed, each role 0 or 1, and 0 where we proposed 0",
    hint="Answer a role item with the roles that were proposed and are supported; leave the others out.",
)
def role_selection(evidence: Evidence) -> Iterator[Observation]:
    """Without a role item in the request there is none in the answer; where there was, a proposed 0 is answered by 0, a
    proposed 1 by 1 or 0.

    Storage Commitment depends on it: a wrong role makes the modality drop the report, and images are never released
    from its disk.

    The role items of each A-ASSOCIATE-AC are compared with those that we sent. An item without a role, for a class
    that had none while others did, only warns.
    """
    for association, request, accept in _answers(evidence):
        if _is_unclear(association, _ROLE):
            continue
        proposed = {role.sop_class_uid: role for role in request.roles}
        for role in accept.roles:
            mine = proposed.get(role.sop_class_uid)
            shown = f"{role.sop_class_uid}: SCU {role.scu}, SCP {role.scp}"
            if mine is None and proposed and not (role.scu or role.scp):
                yield warn(f"{shown}, although no role was proposed for it", where=association.id)
            elif mine is None:
                yield fail(f"{shown}, although no role was proposed", where=association.id)
            elif role.scu > mine.scu or role.scp > mine.scp:
                yield fail(f"{shown} to a proposed SCU {mine.scu}, SCP {mine.scp}", where=association.id)
            else:
                yield ok(shown, where=association.id)
        if not accept.roles:
            yield ok("no role item", where=association.id)


@check(
    "association.extended-negotiation",
    title="Extended negotiation is answered only where it was proposed",
    clause="PS3.7 D.3.3.5 (2020; 2024d); PS3.4 K.5.1 (2020)",
    level=Level.SHALL,
    expected="no sub-item 56H for a SOP Class for which the request had none",
    hint="Leave SOP Class Extended Negotiation out of A-ASSOCIATE-AC unless the request had it.",
)
def extended_negotiation(evidence: Evidence) -> Iterator[Observation]:
    """SOP Class Extended Negotiation changes how a service works, such as how names are matched. The acceptor answers
    it only to a requestor that proposed it.

    A console that never asked cannot know that its worklist is matched in another way than it expects.

    The sub-items 56H of each A-ASSOCIATE-AC are compared with those of the request. One for another class than was
    proposed only warns. Those for Storage Commitment are judged by commitment.extended-negotiation.
    """
    for association, request, accept in _answers(evidence):
        asked = extended_classes(request)
        answered = [uid for uid in extended_classes(accept) if uid != COMMITMENT]
        for uid in answered:
            if uid in asked:
                yield ok(f"{uid_name(uid)}, as proposed", where=association.id)
            elif asked:
                yield warn(f"{uid_name(uid)}, although it was proposed for others only", where=association.id)
            else:
                yield fail(f"{uid_name(uid) or 'no SOP Class'}, although none was proposed", where=association.id)
        if not answered:
            yield ok("none", where=association.id)


@check(
    "commitment.extended-negotiation",
    title="There is no extended negotiation for Storage Commitment",
    clause="PS3.4 J.2.1 (2020)",
    level=Level.SHALL,
    expected="no sub-item 56H for the Storage Commitment Push Model SOP Class",
    hint="Leave SOP Class Extended Negotiation out for Storage Commitment, in A-ASSOCIATE-AC and -RQ alike.",
    service="commitment",
)
def commitment_extended_negotiation(evidence: Evidence) -> Iterator[Observation]:
    """Storage Commitment has no extended negotiation: nothing of it can be agreed on.

    A modality that meets an item it has no meaning for may end the association, and keeps its images for ever.

    The sub-items 56H of each A-ASSOCIATE-AC of the target are read; proposed in its own A-ASSOCIATE-RQ one warns, as
    nothing comes of it.
    """
    for association in evidence.associations:
        if association.accepted is None or association.request is None:
            continue
        request = association.request.pdu
        if not isinstance(request, p.AssociateRQ) or all(c.abstract_syntax != COMMITMENT for c in request.contexts):
            continue
        theirs = association.accepted if association.ours else request
        if COMMITMENT not in extended_classes(theirs.user):
            yield ok("none", where=association.id)
        elif association.ours:
            yield fail("answered for Storage Commitment", where=association.id)
        else:
            yield warn("proposed for Storage Commitment", where=association.id)


@check(
    "association.user-identity",
    title="A user identity is answered only where one was presented",
    clause="PS3.7 D.3.3.7 (2020)",
    level=Level.SHALL,
    expected="no sub-item 59H unless the request had sub-item 58H and wanted an answer",
    hint="Leave the sub-item out of A-ASSOCIATE-AC unless the request had 58H and asked for a response.",
)
def user_identity(evidence: Evidence) -> Iterator[Observation]:
    """The acceptor confirms a user's identity only to a requestor that presented one; to one that wanted no response it
    gives none.

    A requestor may take the answer of a server that authenticates nobody for a login.

    Sub-item 59H of each A-ASSOCIATE-AC is compared with 58H of the request. None at all is right always: the target
    does not support it.
    """
    for association, request, accept in _answers(evidence):
        if not has_item(accept, IDENTITY_ANSWER):
            yield ok("none", where=association.id)
        elif not has_item(request, IDENTITY):
            yield fail("answered although no identity was presented", where=association.id)
        elif not identity_wants_answer(request):
            yield warn("answered although no response was asked for", where=association.id)
        else:
            yield ok("as asked for", where=association.id)
