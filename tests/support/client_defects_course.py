"""Wrong clients of the network side: in what turn they ask, for what, what they take, and how they end."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from tests.support import exam_messages
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
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
    leave,
    reporting,
    study_keys,
    user,
    with_window,
)
from tests.support.raw_client import associated, pdata, request
from tests.support.reference_client import EXPLICIT

CLIENT_DEFECTS = Defects()
at_target, as_story = CLIENT_DEFECTS.at_target, CLIENT_DEFECTS.as_story

# --- in what turn -----------------------------------------------------------------------------------------------------


@at_target("two-requests-at-once", "client.outstanding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.send(echo(1) + echo(2))
        assert (raw.status(), raw.status()) == (0, 0)


@at_target("one-message-id-at-once", "client.message-id", "client.outstanding")
def _(port: int) -> None:
    with client(port, VERIFICATION) as raw:
        raw.send(echo(1) + echo(1))
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
    with associated(port, VERIFICATION, **TITLES) as raw:
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
    with associated(port, VERIFICATION, **TITLES) as raw:
        leave(raw, 1)


@at_target("closes-without-a-word", "association.closed-with-a-word")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **TITLES) as raw:
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


@at_target("asks-for-the-association-again", "client.pdu-in-place")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **TITLES) as raw:
        raw.send(p.encode(request(VERIFICATION, **TITLES)))
        raw.pdu()


@as_story("confirms-what-nobody-asked", "client.pdu-in-place")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.pdu(p.ReleaseRP(), sent=False)
    link.abort(sent=True, source=2)


@as_story("aborts-long-after-the-release", "client.pdu-in-place")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.pdu(p.ReleaseRQ(), sent=False)
    link.pdu(p.ReleaseRP(), sent=True)
    story.wait(3)
    link.abort()


@as_story("never-releases", "client.releases")
def _(story: Story) -> None:
    link = story.associate(VERIFICATION, by_target=True)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    story.wait(60)
    link.abort(sent=True, source=2)


# --- what they take ---------------------------------------------------------------------------------------------------


@at_target("rejects-other-titles", "client.ignores", defect="association-titles-not-echoed")
def _(port: int) -> None:
    with associated(port, VERIFICATION, **TITLES) as raw:
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
_query(
    "query-of-empty-key-above", "client.query-level", QueryRetrieveLevel="SERIES", SeriesInstanceUID="", StudyDate=""
)


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
