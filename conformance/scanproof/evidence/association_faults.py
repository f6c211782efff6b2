"""What is wrong with an A-ASSOCIATE-RQ, whoever sent it: read from its bytes, by PS3.8 9.3.2, D.1 and PS3.7 D.3.3.

Each fault has the name of the deviation that it is when somebody means it. Two of them break no rule: what is legal by
itself, and yet leaves an acceptor every answer, such as a user whom it need not know.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from scanproof.evidence.fault import Found
from scanproof.evidence.user_items import IDENTITY
from scanproof.standard.value_grammar import is_uid
from scansim.wire import pdu as p
from scansim.wire.items import Item, fields

#: Faults that break no rule.
LEGAL = frozenset({"association.no-room", "association.unknown-classes", "association.unknown-user"})

#: An AE title of 16 bytes (PS3.8 Table 9-11): characters of ISO 646, not all of them spaces, no backslash (PS3.5 6.2).
_TITLE = re.compile(rb"(?! *\Z)[ -\[\]-~]{16}\Z")
_TITLES = ("Called-AE-title", "Calling-AE-title")
#: The smallest Maximum Length in which a fragment of two bytes has room (PS3.8 9.3.5.1, E.1).
_ROOM = 8
#: Root of the UIDs that DICOM defines itself (PS3.5 9, Annex A).
_DICOM = "1.2.840.10008."
#: User-Identity-Type (PS3.7 Table D.3-14): 1 to 4, and 5 of later editions.
_IDENTITIES = range(1, 6)
_NAME = re.compile(r"[ -~]{1,16}")

#: Items whose faults are those of a context, and of User Information (59H is one that only an answer has).
_CONTEXT, _USER = (0x30, 0x40), range(0x51, 0x5A)


def association_faults(
    request: p.AssociateRQ, problems: Sequence[p.Problem], *, called: str = "", calling: str = ""
) -> Iterator[Found]:
    """Yield what is wrong with an A-ASSOCIATE-RQ.

    Parameters
    ----------
    request : AssociateRQ
        As it was decoded.
    problems : sequence of Problem
        What was malformed in its bytes; notes are no faults.
    called, calling : str
        The AE titles of both sides, as whoever is asked knows them; empty where that is not known.
    """
    yield from _titles(request, called, calling)
    if not request.protocol_version & 1:
        text = f"{request.protocol_version:04X}H: bit 0, which is version 1, is not set"
        yield _found("Protocol-version", text, "protocol-version")
    if request.application_context not in (None, p.APPLICATION_CONTEXT):
        yield _found("Application Context", f"{request.application_context!r} is not DICOM's", "application-context")
    for problem in problems:
        if problem.grade is p.Grade.FAULT:
            yield _found("", problem.text, _kind_of(problem))
    yield from _contexts(request.contexts)
    yield from _user(request.user)


def _found(path: str, what: str, deviation: str) -> Found:
    return Found(path, what, "", f"association.{deviation}")


def _titles(request: p.AssociateRQ, called: str, calling: str) -> Iterator[Found]:
    for index, (name, wanted) in enumerate(zip(_TITLES, (called, calling), strict=True)):
        raw = request.titles[16 * index : 16 * index + 16]
        title = (request.called_ae, request.calling_ae)[index]
        if raw and not _TITLE.match(raw):
            what = "16 spaces name nobody" if not raw.strip(b" ") else f"{raw!r} is no AE title"
            yield _found(name, what, "malformed-title")
        elif wanted and title != wanted.strip(" "):
            yield _found(name, f"{title!r} where {wanted!r} is known", ("called-title", "calling-title")[index])


def _kind_of(problem: p.Problem) -> str:
    if problem.code == "item-order":
        return "item-order"
    if problem.item in _CONTEXT:
        return "context-incomplete"
    if problem.item is not None and problem.item in _USER:
        return "user-information"
    return "malformed"


def _contexts(contexts: Sequence[p.ProposedContext]) -> Iterator[Found]:
    counts = Counter(context.context_id for context in contexts)
    for name, wrong in (
        ("even", [each for each in counts if each % 2 == 0]),
        ("more than once", [each for each, count in counts.items() if count > 1]),
    ):
        if wrong:
            yield _found("Presentation-context-ID", f"{name}: {', '.join(map(str, wrong))}", "context-ids")
    for uid in dict.fromkeys(uid for each in contexts for uid in (each.abstract_syntax, *each.transfer_syntaxes)):
        if uid and not is_uid(uid):
            yield _found("Presentation Context", f"{uid!r} is no UID", "malformed-uid")
    if any(not context.abstract_syntax or "" in context.transfer_syntaxes for context in contexts):
        yield _found("Presentation Context", "an Abstract or Transfer Syntax without a value", "context-incomplete")
    if contexts and not any(context.abstract_syntax.startswith(_DICOM) for context in contexts):
        yield _found("Presentation Context", "no Abstract Syntax is DICOM's", "unknown-classes")


def _user(user: p.UserInformation) -> Iterator[Found]:
    if user.max_length is not None and 0 < user.max_length < _ROOM:
        yield _found("Maximum Length", f"{user.max_length} bytes, in which no fragment has room", "no-room")
    implementation, name = user.implementation_class_uid, user.implementation_version
    if implementation == "" or (implementation is not None and not is_uid(implementation)):
        yield _found("Implementation Class UID", f"{implementation!r} is no UID", "malformed-uid")
    if name is not None and not _NAME.fullmatch(name):
        yield _found("Implementation Version Name", f"{name!r} has {len(name)} characters", "version-name")
    for role in user.roles:
        if role.scu > 1 or role.scp > 1:
            yield _found("Role Selection", f"SCU {role.scu}, SCP {role.scp}", "role-value")
    for kind, value in user.other:
        parts = fields(Item(kind, value, 0)) if kind == IDENTITY else None
        if parts is None:
            continue
        identity, response = parts[0]
        if identity not in _IDENTITIES or response > 1:
            text = f"type {identity}, positive response {response}"
            yield _found("User Identity", text, "user-identity")
        else:
            yield _found("User Identity", f"a user of type {identity}", "unknown-user")
