"""Wrong clients of the network side: what they propose, how they ask and in what turn, what they ask for, how they end.

What checks of scenarios notice as well stands here once a kind: that they are asked of clients is proven by it.
"""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, NO_DATASET, Value, encode_command
from tests.support import exam_messages
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
    MPPS,
    STUDY_ROOT_FIND,
    VERIFICATION,
    WORKLIST,
    Link,
    Story,
    encode,
)
from tests.support.client_defect import CLIENT, TARGET, Defects
from tests.support.raw_client import Raw, associated, connected, items_of, pdata, raw_request, request
from tests.support.reference_client import EXPLICIT

CLIENT_DEFECTS = Defects()
at_target, as_story = CLIENT_DEFECTS.at_target, CLIENT_DEFECTS.as_story

_REQUESTED = ("N-SET-RQ", "N-ACTION-RQ", "N-GET-RQ")
_TITLES = {"called_ae": TARGET, "calling_ae": CLIENT}


def command_set(name: str, sop_class: str, *, dataset: bool = False, **fields: Value | None) -> bytes:
    """A right command set of a request, but for `fields`; None leaves one out."""
    role = "Requested" if name in _REQUESTED else "Affected"
    values: dict[str, Value | None] = {"CommandField": FIELD_OF[name], "MessageID": 1, f"{role}SOPClassUID": sop_class}
    if name in ("C-STORE-RQ", "C-FIND-RQ", "C-MOVE-RQ"):
        values["Priority"] = 0
    if name == "C-CANCEL-RQ":
        values = {"CommandField": FIELD_OF[name]}
    values["CommandDataSetType"] = 1 if dataset else NO_DATASET
    return encode_command({key: value for key, value in {**values, **fields}.items() if value is not None})


def release(raw: Raw) -> None:
    """Release what is still there."""
    raw.send(p.encode(p.ReleaseRQ()))
    raw.pdu()


def leave(raw: Raw, source: int = 0) -> None:
    """Abort, and wait until our target has taken it."""
    raw.send(p.encode(p.Abort(source, 0)))
    raw.ended()


@contextmanager
def client(port: int, *classes: str, **changes: Any) -> Iterator[Raw]:
    """An association of a right client, released at the end."""
    with associated(port, *classes, **{**_TITLES, **changes}) as raw:
        yield raw
        release(raw)


def asks(port: int, name: str, sop_class: str, dataset: Dataset | bytes | None = None, **fields: Value | None) -> None:
    """A right client but for one request."""
    data = encode(dataset, EXPLICIT) if isinstance(dataset, Dataset) else dataset
    with client(port, sop_class) as raw:
        raw.ask(1, command_set(name, sop_class, dataset=data is not None, **fields), data)


def proposes(port: int, *classes: str, **changes: Any) -> None:
    """A client that does nothing but ask for an association."""
    with connected(port) as raw:
        answer = raw.associate(request(*classes, **{**_TITLES, **changes}))
        if isinstance(answer, p.AssociateAC):
            release(raw)


def user(**changes: Any) -> p.UserInformation:
    """Right User Information, but for `changes`."""
    return replace(p.UserInformation(16384, "2.25.1"), **changes)


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
    context, *middle, information = items_of(request(**_TITLES))
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
        raw.send(_echo(1))
        raw.pdu()


@at_target("role-of-2", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, COMMITMENT, user=user(roles=(p.RoleSelection(COMMITMENT, 2, 0),)))


@at_target("role-of-another-class", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, VERIFICATION, user=user(roles=(p.RoleSelection(COMMITMENT, 1, 1),)))


@at_target("no-role-at-all", "client.proposed-roles")
def _(port: int) -> None:
    proposes(port, COMMITMENT, user=user(roles=(p.RoleSelection(COMMITMENT, 0, 0),)))


@at_target("extended-commitment", "client.extended-negotiation")
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


@at_target("get-with-affected-uids", "client.required-fields", "client.other-fields")
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


@at_target("command-set-of-odd-length", "association.pdv-even", "dimse.command-set-encoding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION) + b"\0")


@at_target("message-id-of-one-byte", "association.pdv-even", "dimse.command-set-encoding")
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


def study_keys(**changes: str) -> Dataset:
    """Keys of a study; None leaves one out, and what is added may be wrong."""
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = "STUDY", "2.25.4"
    return changed(ds, **changes)


def changed(ds: Dataset, **changes: Any) -> Dataset:
    """A copy with attributes changed, unvalidated; None leaves one out."""
    ds = copy.deepcopy(ds)
    for name, value in changes.items():
        if value is None:
            delattr(ds, name)
        else:
            setattr(ds, name, value if name == "PatientName" else "")
            ds[name]._value = ds[name].value or value
    return ds


def store(port: int, **fields: Value | None) -> None:
    """Store a right image by a request that is not."""
    image = exam_messages.whole_image("2.25.7101")
    asks(port, "C-STORE-RQ", CT_IMAGE, image, **{"AffectedSOPInstanceUID": "2.25.7101", **fields})


# --- in what turn -----------------------------------------------------------------------------------------------------


def _echo(number: int) -> bytes:
    return pdata((1, 3, command_set("C-ECHO-RQ", VERIFICATION, MessageID=number)))


@at_target("two-requests-at-once", "client.outstanding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.send(_echo(1) + _echo(2))
        assert (raw.status(), raw.status()) == (0, 0)


@at_target("one-message-id-at-once", "client.message-id", "client.outstanding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.send(_echo(1) + _echo(1))
        assert (raw.status(), raw.status()) == (0, 0)


@at_target("cancels-an-echo", "client.cancel")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION))
        raw.send(pdata((1, 3, command_set("C-CANCEL-RQ", "", MessageIDBeingRespondedTo=1))))


@at_target("cancels-nothing", "client.cancel")
def _(port: int) -> None:
    with client(port, WORKLIST) as raw:
        raw.ask(1, command_set("C-FIND-RQ", WORKLIST, dataset=True), encode(exam_messages.keys(), EXPLICIT))
        raw.send(pdata((1, 3, command_set("C-CANCEL-RQ", "", MessageIDBeingRespondedTo=77))))


@as_story("more-than-the-window", "client.outstanding")
def _(story: Story) -> None:
    link = with_window(story, 2)
    for _number in range(3):
        link.ask("C-ECHO-RQ", sent=False)
    for number in (3, 2, 1):
        link.answer(sent=True, MessageIDBeingRespondedTo=number)
    link.release()


@as_story("one-message-id-in-the-window", "client.message-id")
def _(story: Story) -> None:
    link = with_window(story, 2)
    link.ask("C-ECHO-RQ", sent=False, MessageID=5)
    link.ask("C-ECHO-RQ", sent=False, MessageID=5)
    link.answer(sent=True)
    link.answer(sent=True)
    link.release()


def with_window(story: Story, number: int) -> Link:
    """An association with a window of so many operations."""
    window = user(async_window=(number, 1))
    return story.associate(VERIFICATION, by_target=True, rq={"user": window}, ac={"user": window})


@at_target("reports-as-scu", "client.role")
def _(port: int) -> None:
    report = {"AffectedSOPInstanceUID": "1.2.840.10008.1.20.1.1", "EventTypeID": 1}
    asks(port, "N-EVENT-REPORT-RQ", COMMITMENT, exam_messages.action(), **report)


@as_story("stores-as-scp", "client.role")
def _(story: Story) -> None:
    roles = user(roles=(p.RoleSelection(CT_IMAGE, 0, 1),))
    link = story.associate(CT_IMAGE, by_target=True, rq={"user": roles}, ac={"user": roles})
    link.ask("C-STORE-RQ", exam_messages.whole_image("2.25.7101"), sent=False, AffectedSOPInstanceUID="2.25.7101")
    link.answer(0xA700, sent=True)
    link.release()


# --- how they end -----------------------------------------------------------------------------------------------------


@at_target("aborts-when-it-is-done", "client.no-abort")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **_TITLES) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION))
        leave(raw)


@as_story("aborts-its-request", "client.no-abort")
def _(story: Story) -> None:
    link = story.associate(WORKLIST, by_target=True)
    link.ask("C-FIND-RQ", exam_messages.keys(), sent=False)
    link.abort()


@as_story("aborts-at-a-report", "client.no-abort")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.abort()


@at_target("abort-of-no-source", "association.abort-defined", "client.no-abort")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **_TITLES) as raw:
        leave(raw, 1)


@at_target("closes-without-a-word", "association.closed-with-a-word")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **_TITLES) as raw:
        raw.ask(1, command_set("C-ECHO-RQ", VERIFICATION))
        raw.sock.shutdown(socket.SHUT_WR)
        raw.ended()


@as_story("releases-before-the-answer", "client.release")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.ask("C-ECHO-RQ", sent=False)
    link.pdu(p.ReleaseRQ(), sent=False)
    link.answer(sent=True)
    link.pdu(p.ReleaseRP(), sent=True)


@as_story("asks-behind-the-release", "client.release")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.pdu(p.ReleaseRQ(), sent=False)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    link.pdu(p.ReleaseRP(), sent=True)


@as_story("never-releases", "client.releases")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    story.wait(60)
    link.abort(sent=True, source=2)


# --- what they take ---------------------------------------------------------------------------------------------------


def reporting(story: Story, *roles: p.RoleSelection, **changes: Any) -> Link:
    """An association of our target for a commitment report; `roles` are those of the client, the SCP role by itself."""
    proposed = p.RoleSelection(COMMITMENT, 0, 1)
    answered = {"ac": {"user": user(roles=roles or (proposed,))}}
    return story.associate(COMMITMENT, rq={"user": user(roles=(proposed,))}, **{**answered, **changes})


@at_target("rejects-other-titles", "client.ignores", defect="association-titles-not-echoed")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **_TITLES) as raw:
        leave(raw)


@as_story("rejects-roles-that-it-did-not-propose", "client.ignores")
def _(story: Story) -> None:
    unasked = {"user": user(roles=(p.RoleSelection(VERIFICATION, 1, 0),))}
    story.associate(VERIFICATION, by_target=True, ac=unasked).abort()


@as_story("closes-at-an-unknown-item", "client.ignores", "association.closed-with-a-word")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True, ac={"user": user(other=((0x6A, b"new"),))})
    link.event("closed-by-peer")


@as_story("role-not-confirmed", "client.confirms-scp-role")
def _(story: Story) -> None:
    reporting(story, ac={}).release()


@as_story("role-turned-down", "client.confirms-scp-role")
def _(story: Story) -> None:
    reporting(story, p.RoleSelection(COMMITMENT, 0, 0)).release()


@as_story("report-association-rejected", "client.takes-reports")
def _(story: Story) -> None:
    reporting(story, answer=p.AssociateRJ(1, 1, 3))


@as_story("report-context-refused", "client.takes-reports")
def _(story: Story) -> None:
    reporting(story, ac={"contexts": (p.ContextResult(1, 3, EXPLICIT),)}).release()


@as_story("report-refused", "client.answers-well")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.answer(0x0110)
    link.release()


@as_story("report-answered-under-another-number", "dimse.message-id")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.answer(MessageIDBeingRespondedTo=99)
    link.release()


# --- what they ask for ------------------------------------------------------------------------------------------------


def _worklist(name: str, change: Callable[[Dataset], object], *noticed: str) -> None:
    @at_target(name, *noticed)
    def _(port: int) -> None:
        keys = exam_messages.keys()
        change(keys)
        asks(port, "C-FIND-RQ", WORKLIST, keys)


def _put(name: str, value: Any) -> Callable[[Dataset], None]:
    def change(ds: Dataset) -> None:
        level = ds.ScheduledProcedureStepSequence[0] if name in ds.ScheduledProcedureStepSequence[0] else ds
        setattr(level, name, "")
        level[name]._value = value

    return change


def _at_root(ds: Dataset) -> None:
    ds.ScheduledProcedureStepStartDate = ds.ScheduledProcedureStepSequence[0].ScheduledProcedureStepStartDate


_KEYS, _TEXT = "client.query-keys", "client.query-character-set"
_worklist("worklist-day-with-wild-card", _put("ScheduledProcedureStepStartDate", "202601*"), _KEYS)
_worklist("worklist-time-of-25-hours", _put("ScheduledProcedureStepStartTime", "250000"), _KEYS)
_worklist("worklist-several-modalities", _put("Modality", ["CT", "MR"]), _KEYS)
_worklist("worklist-any-station", _put("ScheduledStationAETitle", "SCAN*"), _KEYS)
_worklist("worklist-two-steps", lambda ds: ds.ScheduledProcedureStepSequence.append(Dataset()), _KEYS)
_worklist("worklist-private-key", lambda ds: ds.add_new(0x00091001, "LO", ""), _KEYS)
_worklist("worklist-empty-character-set", lambda ds: setattr(ds, "SpecificCharacterSet", ""), _TEXT)
_worklist("worklist-day-outside-of-the-step", _at_root, "client.worklist-keys")


@at_target("worklist-umlaut-of-no-set", _TEXT)
def _(port: int) -> None:
    keys = exam_messages.keys()
    keys.PatientName = "M_ller*"
    asks(port, "C-FIND-RQ", WORKLIST, encode(keys, EXPLICIT).replace(b"M_ller", b"M\xfcller"))


def _query(name: str, noticed: str, **changes: Any) -> None:
    @at_target(name, noticed)
    def _(port: int) -> None:
        asks(port, "C-FIND-RQ", STUDY_ROOT_FIND, study_keys(**changes))


_query("query-of-a-year", _KEYS, StudyDate="2026*")
_query("query-empty-character-set", _TEXT, SpecificCharacterSet="")
_query("query-without-level", "client.query-level", QueryRetrieveLevel=None)
_query("query-of-the-other-model", "client.query-level", QueryRetrieveLevel="PATIENT")
_query("query-without-study", "client.query-level", QueryRetrieveLevel="SERIES", StudyInstanceUID=None)
_query("query-of-key-above", "client.query-level", QueryRetrieveLevel="SERIES", SeriesInstanceUID="", PatientName="A*")


def _retrieval(name: str, noticed: str, **changes: Any) -> None:
    @at_target(name, noticed)
    def _(port: int) -> None:
        asks(port, "C-MOVE-RQ", STUDY_ROOT_MOVE, study_keys(**changes), MoveDestination=CLIENT)


_retrieval("retrieval-without-level", "client.retrieve-keys", QueryRetrieveLevel=None)
_retrieval("retrieval-without-study", "client.retrieve-keys", StudyInstanceUID="")
_retrieval("retrieval-without-study-above", "client.retrieve-keys", QueryRetrieveLevel="SERIES", StudyInstanceUID=None)
_retrieval("retrieval-of-uid-with-wild-card", _KEYS, StudyInstanceUID="2.25.*")


@at_target("action-of-type-2", "client.action-type")
def _(port: int) -> None:
    uid = {"RequestedSOPInstanceUID": "1.2.840.10008.1.20.1.1", "ActionTypeID": 2}
    asks(port, "N-ACTION-RQ", COMMITMENT, exam_messages.action(), **uid)
