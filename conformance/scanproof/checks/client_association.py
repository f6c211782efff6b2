"""Checks of what a client proposes: its A-ASSOCIATE-RQ (PS3.8 9.3.2, D.1; PS3.7 D.3.3; PS3.5 10.1).

That its items add up, stand in order and are as many as they may be, the checks of PDUs tell of clients too; those of
requestors tell of context IDs, of the default transfer syntax and of room for answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.check import Observation, Proof, Scope, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.association_faults import association_faults
from scanproof.evidence.user_items import IDENTITY, has_item
from scanproof.finding import Level
from scanproof.standard.value_grammar import is_uid
from scansim.network.transcript import AssociationRecord
from scansim.vocabulary.uids import is_storage_class, uid_name
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE

#: Type of the Abstract Syntax sub-item.
_ABSTRACT_SYNTAX = 0x30
#: What UIDs begin with of Storage SOP Classes whose instances have no pixels (PS3.4 B.5).
_WITHOUT_PIXELS = tuple(
    f"1.2.840.10008.5.1.4.1.1.{number}" for number in ("11.", "88.", "104.1", "104.2", "481.3", "481.5")
)


def _proposals(client: ClientEvidence) -> Iterator[tuple[AssociationRecord, p.AssociateRQ]]:
    """Each A-ASSOCIATE-RQ of the client."""
    for association in client.received.associations:
        request = association.request.pdu if association.request is not None else None
        if not association.ours and isinstance(request, p.AssociateRQ):
            yield association, request


@check(
    "client.application-context",
    title="The client proposes the DICOM application context",
    clause="PS3.8 9.3.2.1, 7.1.1.2, Annex A (2013; 2019a)",
    level=Level.SHALL,
    expected=p.APPLICATION_CONTEXT,
    hint="Send item 10H with the DICOM application context name; DICOM has no other.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def application_context(client: ClientEvidence) -> Iterator[Observation]:
    """A request names the application context of DICOM, of which there is one.

    A strict server rejects every other name, and the scanner shows a failed connection without a reason.

    Item 10H of each A-ASSOCIATE-RQ is read. That it is missing the check of PDUs tells.
    """
    for association, request in _proposals(client):
        if request.application_context == p.APPLICATION_CONTEXT:
            yield ok(request.application_context, where=association.id)
        elif request.application_context is not None:
            yield fail(request.application_context or "of no name", where=association.id)


@check(
    "client.proposed-uids",
    title="Abstract and transfer syntaxes that the client proposes are UIDs",
    clause="PS3.8 9.3.2.2.1, 9.3.2.2.2 (2013); PS3.5 9.1 (2013)",
    level=Level.SHALL,
    expected="numbers without leading zeros, joined by dots, 64 characters at most",
    hint="Correct the UID in the client's configuration, or in its tables.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def proposed_uids(client: ClientEvidence) -> Iterator[Observation]:
    """Abstract Syntax and Transfer Syntax names are UIDs by the rules of PS3.5.

    Toolkits that check them end the association, and with it every other thing that was to be sent on it.

    Each name of each proposed Presentation Context is looked at, private ones and empty ones too. An absent one the
    check of PDUs tells of.
    """
    for association, request in _proposals(client):
        uids = {uid for each in request.contexts for uid in (each.abstract_syntax, *each.transfer_syntaxes) if uid}
        wrong = sorted(uid for uid in uids if not is_uid(uid))
        problems = association.request.problems if association.request is not None else ()
        missing = any(problem.item == _ABSTRACT_SYNTAX for problem in problems)
        if any("" in each.transfer_syntaxes or not (each.abstract_syntax or missing) for each in request.contexts):
            wrong.append("")
        for uid in wrong:
            yield fail(f"{uid!r} is no UID", where=association.id)
        if uids and not wrong:
            yield ok(f"{len(uids)} UIDs", where=association.id)


@check(
    "client.default-syntax",
    title="The client proposes Implicit VR Little Endian for objects that have no pixels",
    clause="PS3.5 10.1 a (2020; 2024e in part)",
    level=Level.SHALL,
    service="storage",
    expected="Implicit VR Little Endian in one of the contexts of each SOP Class for reports, plans and presentations",
    hint="Propose Implicit VR Little Endian beside whatever else the client can send.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def default_syntax(client: ClientEvidence) -> Iterator[Observation]:
    """A requestor offers DICOM's default transfer syntax for each abstract syntax that it proposes, unless it has pixel
    data in no other form. A report, a plan or a presentation state has none.

    An archive that takes the default alone stores the images, and the dose report that belongs to them is lost.

    The transfer syntaxes of each A-ASSOCIATE-RQ are put together by abstract syntax, for SOP Classes of structured
    reports, encapsulated documents, softcopy presentation states, RT plans and structure sets. What the client may have
    in compressed form alone is left out.
    """
    for association, request in _proposals(client):
        for uid in dict.fromkeys(context.abstract_syntax for context in request.contexts):
            if not uid.startswith(_WITHOUT_PIXELS) or not is_storage_class(uid):
                continue
            mine = [context for context in request.contexts if context.abstract_syntax == uid]
            offered = dict.fromkeys(syntax for context in mine for syntax in context.transfer_syntaxes)
            if IMPLICIT_LITTLE in offered:
                yield ok(uid_name(uid), where=association.id)
            elif offered:
                yield fail(f"{uid_name(uid)}: {', '.join(map(uid_name, offered))} only", where=association.id)


@check(
    "client.ae-titles",
    title="The client names itself and whom it calls by AE titles that are legal",
    clause="PS3.8 9.3.2 Table 9-11 (2019a); PS3.5 6.2 Table 6.2-1 (2013; 2020)",
    level=Level.SHALL,
    expected="up to 16 characters of the default repertoire, no control character and no backslash, not blanks alone",
    hint="Enter the AE title in the client's configuration; pad it with blanks to 16 characters.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def ae_titles(client: ClientEvidence) -> Iterator[Observation]:
    """Both titles have 16 characters of the default repertoire, with blanks around them that mean nothing; a title of
    blanks is not used. Small letters are legal, and mean another title than capitals.

    A server that looks up who is calling finds nobody, and the scanner's images go nowhere.

    The 32 bytes of both titles of each A-ASSOCIATE-RQ are read; one that is padded with NULs is none.
    """
    for association, request in _proposals(client):
        wrong = [each for each in association_faults(request, ()) if each.deviation == "association.malformed-title"]
        if wrong:
            yield fail(", ".join(f"{each.path}: {each.what}" for each in wrong), where=association.id)
        else:
            yield ok(f"{request.calling_ae} calls {request.called_ae}", where=association.id)


@check(
    "client.protocol-version",
    title="The client speaks version 1 of the upper layer protocol",
    clause="PS3.8 9.3.2 Table 9-11 (2019a)",
    level=Level.SHALL,
    expected="bit 0 of Protocol-version set",
    hint="Send 0001H as Protocol-version.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def protocol_version(client: ClientEvidence) -> Iterator[Observation]:
    """Version 1, the only one that there is, is identified by bit 0 of Protocol-version. What other bits stand there no
    receiver looks at.

    A server that tests the bit rejects the association: protocol version not supported.

    Bit 0 of the field in each A-ASSOCIATE-RQ is read.
    """
    for association, request in _proposals(client):
        shown = f"{request.protocol_version:04X}H"
        yield (ok if request.protocol_version & 1 else fail)(shown, where=association.id)


@check(
    "client.implementation-class-uid",
    title="The client's Implementation Class UID is a UID",
    clause="PS3.7 D.3.3.2 (2013)",
    level=Level.SHALL,
    expected="one Implementation Class UID sub-item (52H) with a valid UID",
    hint="Take a UID of the manufacturer's own root for each implementation.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def implementation_class_uid(client: ClientEvidence) -> Iterator[Observation]:
    """Both sides identify their implementation by a UID in the User Information item.

    Support finds out by it which software called, when a hospital has three generations of one scanner.

    Sub-item 52H of each A-ASSOCIATE-RQ is read. That it is missing the check of PDUs tells.
    """
    for association, request in _proposals(client):
        uid = request.user.implementation_class_uid
        if uid is None:
            continue
        if uid and is_uid(uid):
            yield ok(uid, where=association.id)
        else:
            yield fail(f"{uid!r} is no UID", where=association.id)


@check(
    "client.proposed-roles",
    title="Roles that the client proposes are of SOP Classes that it proposes",
    clause="PS3.7 D.3.3.4 (2020; 2024e)",
    level=Level.SHALL,
    expected="role items for proposed abstract syntaxes, each role 0 or 1, and one of them 1",
    hint="Send role items for SOP Classes of this association only, with the roles that the client wants.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def proposed_roles(client: ClientEvidence) -> Iterator[Observation]:
    """A role item names an Abstract Syntax and, of each of the two roles, whether the requestor wants it: 1 or 0.

    A role that cannot be read is not confirmed; images that were asked for then cannot come.

    Sub-items 54H of each A-ASSOCIATE-RQ are read. A value that is neither 0 nor 1 is a deviation. An item for a class
    that is not proposed, or that wants no role, does no harm, and warns.
    """
    for association, request in _proposals(client):
        proposed = {context.abstract_syntax for context in request.contexts}
        for role in request.user.roles:
            shown = f"{uid_name(role.sop_class_uid)}: SCU {role.scu}, SCP {role.scp}"
            if role.scu > 1 or role.scp > 1:
                yield fail(shown, where=association.id)
            elif role.sop_class_uid not in proposed:
                yield warn(f"{shown}, which is not proposed", where=association.id)
            elif not role.scu and not role.scp:
                yield warn(f"{shown}, so no role at all", where=association.id)
            else:
                yield ok(shown, where=association.id)


@check(
    "client.user-identity",
    title="A user identity that the client sends is of a type that there is",
    clause="PS3.7 D.3.3.7.1 (2020)",
    level=Level.SHALL,
    expected="User-Identity-Type 1 to 5, Positive-response-requested 0 or 1",
    hint="Send the type of what stands in the primary field, or leave the sub-item out.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def user_identity(client: ClientEvidence) -> Iterator[Observation]:
    """The User Identity sub-item says of what type its credentials are, and whether they are to be confirmed.

    A server that takes no unknown type rejects the scanner, for a password that nobody had asked for.

    Type and response of each sub-item 58H are read; the credentials are not shown.
    """
    for association, request in _proposals(client):
        if not has_item(request.user, IDENTITY):
            continue
        wrong = [each for each in association_faults(request, ()) if each.deviation == "association.user-identity"]
        if wrong:
            yield fail(wrong[0].what, where=association.id)
        else:
            yield ok("of a type that there is", where=association.id)


@check(
    "client.speaks-dicom",
    title="A connection of the client begins with an A-ASSOCIATE-RQ",
    clause="PS3.8 9.1.1, 9.2.2 (2013), 9.3.2 (2019a)",
    level=Level.SHALL,
    expected="A-ASSOCIATE-RQ as the first PDU",
    hint="Check what calls this port: a web browser, a monitor, or a client that is set to TLS.",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
)
def speaks_dicom(client: ClientEvidence) -> Iterator[Observation]:
    """Whoever opens a connection asks for an association on it first; anything else has no place there.

    The scanner is set to TLS, or to the wrong port, and all that it shows is that it cannot connect.

    The first bytes of each connection on which no A-ASSOCIATE-RQ came. Another PDU, or one that cannot be read, is a
    deviation; other bytes warn, as whoever sends them may be no DICOM node; a connection without a byte is nothing.
    """
    for association in client.received.associations:
        if association.ours:
            continue
        first = next(iter(association.received), None)
        if association.request is not None and first is association.request:
            yield ok("A-ASSOCIATE-RQ", where=association.id)
        elif first is not None and not isinstance(first.pdu, p.Unknown):
            yield fail(f"{first.name} came first", where=association.id)
        elif first is not None and first.pdu_type == p.ASSOCIATE_RQ:
            yield fail(f"an A-ASSOCIATE-RQ that cannot be read: {first.problems[0].text}", where=association.id)
        elif first is not None or association.unparsed:
            yield warn(_shown(association), where=association.id, level=Level.EXPECTED)


def _shown(association: AssociationRecord) -> str:
    """The first bytes of what is no DICOM, and what they look like."""
    body = b"".join(
        bytes((event.pdu_type,)) + event.pdu.body for event in association.received if isinstance(event.pdu, p.Unknown)
    )
    start = association.unparsed or body
    tls = "a TLS handshake: " if start[:1] == b"\x16" else ""
    return f"{tls}{len(start)} bytes that are no PDU, such as {start[:24]!r}"
