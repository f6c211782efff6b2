"""What is unusual in an A-ASSOCIATE-RQ that breaks no rule: what an acceptor may not have met yet, in words."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence.user_items import EXTENDED, IDENTITY
from scansim.network.transcript import AssociationRecord
from scansim.wire import pdu as p

#: More Presentation Contexts than scanners have, of the 128 that there may be.
_MANY = 100
#: Maximum Lengths that scanners do not have: below the first, and above the second.
_SMALL, _LARGE = 1024, 1 << 24
#: Root of the UIDs that DICOM defines itself (PS3.5 9, Annex A).
_DICOM = "1.2.840.10008."
_COMMON = 0x57
_NAMED = {EXTENDED: "Extended Negotiation", _COMMON: "Common Extended Negotiation", IDENTITY: "a User Identity"}


def unusual(association: AssociationRecord) -> str:
    """What stands out in the A-ASSOCIATE-RQ of an association; empty for nothing."""
    event = association.request
    if event is None or not isinstance(event.pdu, p.AssociateRQ):
        return ""
    undefined = any(problem.code == "item-undefined" for problem in event.problems)
    return ", ".join((*_contexts(event.pdu.contexts), *_user(event.pdu.user), *(["an undefined item"] * undefined)))


def _contexts(contexts: tuple[p.ProposedContext, ...]) -> Iterator[str]:
    ids, classes = [each.context_id for each in contexts], [each.abstract_syntax for each in contexts]
    if len(contexts) > _MANY:
        yield f"{len(contexts)} Presentation Contexts"
    elif ids != sorted(ids):
        yield "Presentation-context-IDs that do not ascend"
    elif len(set(classes)) < len(classes):
        yield "several Presentation Contexts of one SOP Class"
    if any(not each.startswith(_DICOM) for each in classes):
        yield "a private Abstract Syntax"
    if any(not each.startswith(_DICOM) for context in contexts for each in context.transfer_syntaxes):
        yield "a private Transfer Syntax"


def _user(user: p.UserInformation) -> Iterator[str]:
    length = user.max_length
    if length is not None and (length < _SMALL or length > _LARGE or length % 2):
        yield f"Maximum Length {length}"
    if user.implementation_version is None:
        yield "no Implementation Version Name"
    if user.async_window is not None:
        yield "an Asynchronous Operations Window of {}/{}".format(*user.async_window)
    if user.roles:
        yield "Role Selection"
    yield from dict.fromkeys(_NAMED[kind] for kind, _ in user.other if kind in _NAMED)
