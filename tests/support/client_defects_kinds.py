"""Wrong clients that checks of scenarios notice as well, once a kind: which proves that clients are asked them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from scansim.wire import pdu as p
from tests.support import exam_messages
from tests.support.building import (
    COMMITMENT,
    CT_IMAGE,
    VERIFICATION,
    WORKLIST,
    Link,
    Story,
    encode,
)
from tests.support.client_defect import Defects
from tests.support.client_drives import (
    command_set,
    reporting,
    user,
)
from tests.support.raw_client import pdata
from tests.support.reference_client import EXPLICIT, IMPLICIT

CLIENT_DEFECTS = Defects()
at_target, as_story = CLIENT_DEFECTS.at_target, CLIENT_DEFECTS.as_story

# --- what checks of scenarios notice of clients as well ---------------------------------------------------------------


def _echoing(name: str, tell: Callable[[Link], object], *noticed: str) -> None:
    @as_story(name, *noticed)
    def _(story: Story) -> None:
        link = story.associate(VERIFICATION, WORKLIST, by_target=True)
        tell(link)
        link.release()


def _echo_of(*pdvs: tuple[int, int, bytes]) -> Callable[[Link], object]:
    """A C-ECHO in a P-DATA-TF that is not right, and its answer."""

    def tell(link: Link) -> None:
        link.raw(pdata(*pdvs), sent=False)
        link.answer(sent=True)

    return tell


def _finds(data: bytes) -> Callable[[Link], object]:
    """A query of these bytes, and its answer."""

    def tell(link: Link) -> None:
        link.ask("C-FIND-RQ", data, sent=False, context=3)
        link.answer(sent=True)

    return tell


_ECHO = command_set("C-ECHO-RQ", VERIFICATION)
_KEYS_AS_THEY_ARE = encode(exam_messages.keys(), EXPLICIT)
_echoing("empty-fragment", _echo_of((1, 1, b""), (1, 3, _ECHO)), "association.pdv-not-empty")
_echoing("odd-fragments", _echo_of((1, 1, _ECHO[:31]), (1, 3, _ECHO[31:])), "association.pdv-even")
_echoing("two-contexts-in-a-message", _echo_of((1, 1, _ECHO[:30]), (3, 3, _ECHO[30:])), "association.pdata-one-message")
_echoing("query-in-another-syntax", _finds(encode(exam_messages.keys(), IMPLICIT)), "dimse.dataset-well-formed")
_echoing("command-element-among-keys", _finds(b"\0\0\2\x09LO\2\0no" + _KEYS_AS_THEY_ARE), "dataset.no-command-groups")


@as_story("pdu-too-long", "association.pdu-length-limit")
def _(story: Story) -> None:
    link = story.associate(CT_IMAGE, by_target=True, ac={"user": user(max_length=128)})
    exam_uid = "2.25.7101"
    link.ask("C-STORE-RQ", exam_messages.whole_image(exam_uid), sent=False, AffectedSOPInstanceUID=exam_uid)
    link.answer(sent=True)
    link.release()


@as_story("announced-data-set-missing", "association.closed-with-a-word", "dimse.data-set-type")
def _(story: Story) -> None:
    link = story.associate(WORKLIST, by_target=True)
    link.ask("C-FIND-RQ", sent=False, CommandDataSetType=1)
    link.event("closed-by-peer")


def _answering(name: str, *noticed: str, **answer: Any) -> None:
    @as_story(name, *noticed)
    def _(story: Story) -> None:
        link = reporting(story)
        link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
        link.answer(**answer)
        link.release()


_answering("report-answer-without-status", "dimse.required-elements", status=None)
_answering("report-answer-of-another-operation", "dimse.command-field", CommandField=0x8130)
_answering("report-answer-pending", "dimse.status-legal", status=0xFF00)
_answering("report-answer-of-another-instance", "dimse.affected-sop-instance", AffectedSOPInstanceUID="2.25.1")


@as_story("report-not-answered", "dimse.response-received")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.event("closed-by-peer")


def _accepting(name: str, *noticed: str, **accept: Any) -> None:
    @as_story(name, *noticed)
    def _(story: Story) -> None:
        reporting(story, ac={"user": user(roles=(p.RoleSelection(COMMITMENT, 0, 1),)), **accept}).release()


_CONFIRMED = p.RoleSelection(COMMITMENT, 0, 1)
_accepting(
    "accepts-a-syntax-of-its-own", "association.accepted-syntax-offered", contexts=(p.ContextResult(1, 0, "1.2.3"),)
)
_accepting("no-result-for-the-context", "association.context-results", contexts=(p.ContextResult(3, 0, EXPLICIT),))
_accepting("answers-other-titles", "association.echoed-fields", called_ae="OTHER")
_accepting(
    "answers-no-implementation",
    "association.implementation-class-uid",
    user=user(roles=(_CONFIRMED,), implementation_class_uid=None),
)
_accepting("answers-an-unasked-window", "association.async-window", user=user(roles=(_CONFIRMED,), async_window=(1, 1)))


@as_story("rejects-for-no-defined-reason", "association.answered-properly", "client.takes-reports")
def _(story: Story) -> None:
    reporting(story, answer=p.AssociateRJ(1, 1, 9))


@as_story("release-not-answered", "association.release")
def _(story: Story) -> None:
    link = reporting(story)
    link.pdu(p.ReleaseRQ(), sent=True)
    link.event("closed-by-peer")


@as_story("abort-behind-the-release", "association.nothing-after-release")
def _(story: Story) -> None:
    link = reporting(story)
    link.pdu(p.ReleaseRQ(), sent=True)
    link.pdu(p.ReleaseRP(), sent=False)
    link.pdu(p.Abort(0, 0), sent=False)


_REFUSED = (p.ContextResult(1, 4, EXPLICIT),)
_OTHER = (_CONFIRMED, p.RoleSelection("1.2.840.10008.1.1", 1, 1))
_EXTENDED = (0x56, len(COMMITMENT).to_bytes(2) + COMMITMENT.encode() + b"\1")
_accepting("answers-another-context-name", "association.application-context", application_context="1.2.3")
_accepting(
    *("result-9", "association.context-result-defined", "client.takes-reports"),
    contexts=(p.ContextResult(1, 9, EXPLICIT),),
)
_accepting(*("result-4", "association.default-syntax-accepted", "client.takes-reports"), contexts=_REFUSED)
_accepting(
    *("refused-without-syntax", "association.rejected-context-item", "client.takes-reports"),
    contexts=(p.ContextResult(1, 3, None),),
)
_accepting("answers-no-maximum-length", "association.max-length-item", user=user(roles=(_CONFIRMED,), max_length=None))
_accepting("answers-an-unasked-role", "association.role-selection", user=user(roles=_OTHER))
_accepting(
    "answers-an-extension-of-commitment",
    "commitment.extended-negotiation",
    user=user(roles=(_CONFIRMED,), other=(_EXTENDED,)),
)
_accepting(
    "answers-an-unasked-identity",
    "association.user-identity",
    user=user(roles=(_CONFIRMED,), other=((0x59, b"\0\0"),)),
)
_answering("report-answer-of-another-class", "dimse.affected-sop-class", AffectedSOPClassUID="2.25.1")
_answering("report-answer-with-a-long-comment", "dimse.error-comment", ErrorComment="x" * 70)


@as_story("answers-an-unasked-extension", "association.extended-negotiation")
def _(story: Story) -> None:
    extended = (0x56, len(CT_IMAGE).to_bytes(2) + CT_IMAGE.encode() + b"\1")
    story.associate(CT_IMAGE, ac={"user": user(other=(extended,))}).release()


@as_story("report-answered-twice", "dimse.one-final-response")
def _(story: Story) -> None:
    link = reporting(story)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.answer()
    link.answer()
    link.release()
