"""Wrong clients of the network side: what they propose, and the command sets of their requests."""

from __future__ import annotations

from scansim.vocabulary.uids import STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from tests.support import exam_messages
from tests.support.building import (
    COMMITMENT,
    MPPS,
    STUDY_ROOT_FIND,
    VERIFICATION,
    WORKLIST,
    Story,
    encode,
)
from tests.support.client_defect import CLIENT, Defects
from tests.support.client_drives import (
    TITLES,
    asks,
    client,
    command_set,
    echo,
    proposes,
    release,
    store,
    study_keys,
    user,
)
from tests.support.raw_client import connected, items_of, raw_request, request
from tests.support.reference_client import EXPLICIT

CLIENT_DEFECTS = Defects()
at_target, as_story = CLIENT_DEFECTS.at_target, CLIENT_DEFECTS.as_story

# --- what they propose ------------------------------------------------------------------------------------------------


@at_target("other-application-context", "client.application-context")
def _(port: int) -> None:
    proposes(port, application_context="1.2.840.10008.3.1.1.9")


@at_target("even-context-id", "association.proposed-ids")
def _(port: int) -> None:
    proposes(port, contexts=(p.ProposedContext(2, VERIFICATION, (EXPLICIT, "1.2.840.10008.1.2")),))


@at_target("context-id-twice", "association.proposed-ids")
def _(port: int) -> None:
    proposes(port, contexts=2 * (p.ProposedContext(1, VERIFICATION, (EXPLICIT, "1.2.840.10008.1.2")),))


@at_target("abstract-syntax-no-uid", "client.proposed-uids")
def _(port: int) -> None:
    proposes(port, VERIFICATION, "1.2.840.10008.5.1.4.1.1.2A")


@at_target("transfer-syntax-no-uid", "client.proposed-uids")
def _(port: int) -> None:
    proposes(port, VERIFICATION, syntaxes=("1.2.840.10008.1.2", "1.2.840.10008.1.02.1"))


@at_target("explicit-only", "association.default-syntax-proposed")
def _(port: int) -> None:
    proposes(port, WORKLIST, syntaxes=(EXPLICIT,))


@at_target("report-in-explicit-only", "client.default-syntax")
def _(port: int) -> None:
    proposes(port, "1.2.840.10008.5.1.4.1.1.88.67", syntaxes=(EXPLICIT,))


@at_target("calling-title-blank", "client.ae-titles")
def _(port: int) -> None:
    proposes(port, calling_ae="")


@at_target("called-title-with-backslash", "client.ae-titles")
def _(port: int) -> None:
    proposes(port, called_ae="A\\B")


@at_target("calling-title-with-control-character", "client.ae-titles")
def _(port: int) -> None:
    proposes(port, calling_ae="MOD\tSIM")


@at_target("protocol-version-2", "client.protocol-version")
def _(port: int) -> None:
    proposes(port, protocol_version=2)


@at_target("implementation-class-no-uid", "client.implementation-class-uid")
def _(port: int) -> None:
    proposes(port, user=user(implementation_class_uid="ACME.1"))


@at_target("no-implementation-class", "association.pdu-well-formed")
def _(port: int) -> None:
    proposes(port, user=user(implementation_class_uid=None))


@as_story("version-name-too-long", "association.implementation-version")
def _(story: Story) -> None:
    story.associate(
        VERIFICATION, by_target=True, rq={"user": user(implementation_version="ACME_2026_RELEASE")}
    ).release()


@at_target("no-room-for-answers", "association.room-for-answers")
def _(port: int) -> None:
    proposes(port, user=user(max_length=4))


@at_target("items-out-of-order", "association.pdu-well-formed")
def _(port: int) -> None:
    context, *middle, information = items_of(request(**TITLES))
    with connected(port) as raw:
        raw.send(raw_request(context, information, *middle))
        raw.pdu()
        release(raw)


@at_target("web-browser", "client.speaks-dicom")
def _(port: int) -> None:
    with connected(port) as raw:
        raw.send(b"GET / HTTP/1.1\r\nHost: archive\r\n\r\n")
        raw.pdu()


@at_target("tls-handshake", "client.speaks-dicom")
def _(port: int) -> None:
    with connected(port) as raw:
        raw.send(bytes.fromhex("160301020001") + bytes(511))
        raw.pdu()


@at_target("data-before-association", "client.speaks-dicom")
def _(port: int) -> None:
    with connected(port) as raw:
        raw.send(echo(1))
        raw.pdu()


@at_target("calling-title-padded-with-nul", "client.ae-titles")
def _(port: int) -> None:
    whole = p.encode(request(**TITLES))
    with connected(port) as raw:
        raw.send(whole.replace(f"{CLIENT:16}".encode(), CLIENT.encode().ljust(16, b"\0")))
        if isinstance(raw.pdu(), p.AssociateAC):
            release(raw)


@at_target("empty-transfer-syntax", "client.proposed-uids")
def _(port: int) -> None:
    proposes(port, VERIFICATION, syntaxes=("1.2.840.10008.1.2", ""))


@at_target("user-identity-of-type-9", "client.user-identity")
def _(port: int) -> None:
    proposes(port, user=user(other=((0x58, b"\x09\0\0\1x\0\0"),)))


@at_target("role-of-2", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, COMMITMENT, user=user(roles=(p.RoleSelection(COMMITMENT, 2, 0),)))


@at_target("role-of-another-class", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, VERIFICATION, user=user(roles=(p.RoleSelection(COMMITMENT, 1, 1),)))


@at_target("no-role-at-all", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, COMMITMENT, user=user(roles=(p.RoleSelection(COMMITMENT, 0, 0),)))


@at_target("extended-commitment", "commitment.extended-negotiation")
def _(port: int) -> None:
    uid = COMMITMENT.encode()
    proposes(port, COMMITMENT, user=user(other=((0x56, len(uid).to_bytes(2) + uid + b"\1"),)))


# --- command sets -----------------------------------------------------------------------------------------------------


@at_target("echo-without-class", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, AffectedSOPClassUID=None)


@at_target("echo-without-message-id", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, MessageID=None)


@at_target("request-without-command-field", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, CommandField=None)


@at_target("request-of-no-operation", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, CommandField=0x0099)


@at_target("request-without-data-set-type", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, CommandDataSetType=None)


@at_target("find-without-priority", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-FIND-RQ", WORKLIST, exam_messages.keys(), Priority=None)


@at_target("move-without-destination", "client.required-fields")
def _(port: int) -> None:
    asks(port, "C-MOVE-RQ", STUDY_ROOT_MOVE, study_keys(), MoveDestination="")


@at_target("store-without-priority", "client.required-fields")
def _(port: int) -> None:
    store(port, Priority=None)


@at_target("store-without-instance", "client.required-fields")
def _(port: int) -> None:
    store(port, AffectedSOPInstanceUID=None)


@at_target("get-with-affected-uids", "client.required-fields", "client.operation")
def _(port: int) -> None:
    uids = {"AffectedSOPClassUID": MPPS, "RequestedSOPClassUID": None, "AffectedSOPInstanceUID": "2.25.7"}
    asks(port, "N-GET-RQ", MPPS, **uids)


@at_target("find-of-priority-3", "client.field-values")
def _(port: int) -> None:
    asks(port, "C-FIND-RQ", WORKLIST, exam_messages.keys(), Priority=3)


@at_target("move-to-two-titles", "client.field-values")
def _(port: int) -> None:
    asks(port, "C-MOVE-RQ", STUDY_ROOT_MOVE, study_keys(), MoveDestination="ONE\\TWO")


@at_target("echo-with-status", "client.other-fields")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, Status=0)


@at_target("store-with-half-an-originator", "client.other-fields")
def _(port: int) -> None:
    store(port, MoveOriginatorMessageID=7)


@at_target("echo-with-data-set", "client.data-set")
def _(port: int) -> None:
    asks(port, "C-ECHO-RQ", VERIFICATION, study_keys())


@at_target("find-without-data-set", "client.data-set")
def _(port: int) -> None:
    asks(port, "C-FIND-RQ", WORKLIST)


@at_target("find-of-another-class", "client.sop-class-of-context")
def _(port: int) -> None:
    asks(port, "C-FIND-RQ", STUDY_ROOT_FIND, study_keys(), AffectedSOPClassUID=WORKLIST)


@at_target("command-set-of-odd-length", "dimse.command-set-encoding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION) + b"\0")


@at_target("message-id-of-one-byte", "dimse.command-set-encoding")
def _(port: int) -> None:
    whole = command_set("C-ECHO-RQ", VERIFICATION)
    with client(port, VERIFICATION) as raw:
        raw.ask(1, whole.replace(b"\x10\x01\2\0\0\0\1\0", b"\x10\x01\1\0\0\0\1"))


@at_target("no-group-length", "dimse.command-set-encoding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION)[12:])


@at_target("context-that-was-refused", "dimse.presentation-context")
def _(port: int) -> None:
    with client(port, VERIFICATION, "1.2.840.10008.5.1.4.34.6.4") as raw:
        raw.ask(3, command_set("C-FIND-RQ", "1.2.840.10008.5.1.4.34.6.4", dataset=True), encode(study_keys(), EXPLICIT))
