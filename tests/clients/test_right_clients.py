"""Clients of whom nothing is said: what they do is right, or left open by the text, or our own target's doing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.check import Fact
from scanproof.checks import all_checks
from scanproof.judged_clients import judged_client
from scansim.vocabulary.uids import PATIENT_ROOT_FIND, STUDY_ROOT_GET, STUDY_ROOT_MOVE
from scansim.wire import pdu as p
from tests.support import exam_messages
from tests.support.building import COMMITMENT, CT_IMAGE, STUDY_ROOT_FIND, VERIFICATION, WORKLIST, Link, Story
from tests.support.client_drives import study_keys, user, with_window
from tests.support.clients import client_of, deviations

RIGHT: dict[str, Callable[[Story], object]] = {}


def right(tell: Callable[[Story], object]) -> Callable[[Story], object]:
    """A client that nothing is to be said of."""
    RIGHT[tell.__name__] = tell
    return tell


def opened(story: Story, *classes: str, **how: Any) -> Link:
    """An association that the client opened."""
    return story.associate(*classes, by_target=True, **how)


def found(folder: Path, tell: Callable[[Story], object]) -> list[tuple[str, str]]:
    story = Story(folder)
    tell(story)
    judged = judged_client(client_of(story))
    assert judged.crashed == ()
    return [(each.check, each.verdict.value) for each in deviations(judged)]


# --- our own doing ----------------------------------------------------------------------------------------------------


@right
def gives_up_when_we_are_silent(story: Story) -> None:
    link = opened(story, WORKLIST)
    link.ask("C-FIND-RQ", exam_messages.keys(), sent=False)
    story.wait(30)
    link.abort()


@right
def releases_when_we_are_silent(story: Story) -> None:
    link = opened(story, VERIFICATION)
    link.ask("C-ECHO-RQ", sent=False)
    story.wait(30)
    link.release()


@right
def asks_again_when_we_are_silent(story: Story) -> None:
    link = opened(story, VERIFICATION)
    link.ask("C-ECHO-RQ", sent=False)
    story.wait(30)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    link.release()


@right
def is_aborted_by_us(story: Story) -> None:
    link = opened(story, CT_IMAGE)
    link.ask("C-STORE-RQ", exam_messages.whole_image("2.25.7101"), sent=False, AffectedSOPInstanceUID="2.25.7101")
    link.abort(sent=True, source=2)


@right
def asks_for_release_while_we_abort(story: Story) -> None:
    link = opened(story, VERIFICATION)
    link.ask("C-ECHO-RQ", sent=False)
    link.pdu(p.Abort(2, 0), sent=True)
    link.pdu(p.ReleaseRQ(), sent=False)


@right
def aborts_as_our_answer_to_its_release_is_late(story: Story) -> None:
    link = opened(story, VERIFICATION)
    link.pdu(p.ReleaseRQ(), sent=False)
    link.pdu(p.ReleaseRP(), sent=True)
    link.abort()


@right
def is_answered_under_another_number(story: Story) -> None:
    link = opened(story, VERIFICATION)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True, MessageIDBeingRespondedTo=99)
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    link.release()


@right
def takes_a_report_that_we_may_not_send(story: Story) -> None:
    link = story.associate(COMMITMENT)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action())
    link.answer()
    link.release()


@right
def aborts_as_nothing_was_accepted(story: Story) -> None:
    opened(story, WORKLIST, ac={"contexts": (p.ContextResult(1, 3, None),)}).abort()


# --- what is right ----------------------------------------------------------------------------------------------------


@right
def has_small_letters_and_other_version_bits(story: Story) -> None:
    link = opened(story, VERIFICATION, rq={"calling_ae": "mod_Sim-1", "protocol_version": 0xFFFF})
    link.ask("C-ECHO-RQ", sent=False)
    link.answer(sent=True)
    link.release()


@right
def proposes_images_in_jpeg_alone(story: Story) -> None:
    opened(story, CT_IMAGE, rq={"contexts": (p.ProposedContext(1, CT_IMAGE, ("1.2.840.10008.1.2.4.70",)),)}).release()


@right
def fills_its_window(story: Story) -> None:
    link = with_window(story, 0)
    for _number in range(5):
        link.ask("C-ECHO-RQ", sent=False)
    for number in (5, 4, 3, 2, 1):
        link.answer(sent=True, MessageIDBeingRespondedTo=number)
    link.release()


@right
def has_one_message_id_for_all(story: Story) -> None:
    link = opened(story, VERIFICATION)
    for _number in range(2):
        link.ask("C-ECHO-RQ", sent=False, MessageID=1)
        link.answer(sent=True)
    link.release()


@right
def cancels_too_late(story: Story) -> None:
    link = opened(story, WORKLIST)
    link.ask("C-FIND-RQ", exam_messages.keys(), sent=False)
    link.answer(sent=True)
    link.ask("C-CANCEL-RQ", sent=False)
    link.release()


@right
def answers_a_report_while_its_own_request_is_open(story: Story) -> None:
    roles = user(roles=(p.RoleSelection(COMMITMENT, 1, 0),))
    link = opened(story, COMMITMENT, WORKLIST, rq={"user": roles}, ac={"user": roles})
    link.ask("C-FIND-RQ", exam_messages.keys(), sent=False, context=3)
    link.ask("N-EVENT-REPORT-RQ", exam_messages.action(), context=1)
    link.answer()
    link.answer(sent=True)
    link.release()


@right
def takes_images_as_scp(story: Story) -> None:
    roles = user(roles=(p.RoleSelection(CT_IMAGE, 0, 1),))
    link = opened(story, STUDY_ROOT_GET, CT_IMAGE, rq={"user": roles}, ac={"user": roles})
    link.ask("C-GET-RQ", study_keys(), sent=False)
    link.ask("C-STORE-RQ", exam_messages.image("2.25.7101"), context=3, AffectedSOPInstanceUID="2.25.7101")
    link.answer()
    link.answer(sent=True)
    link.release()


@right
def passes_on_what_a_third_one_asked_for(story: Story) -> None:
    link = opened(story, CT_IMAGE)
    origin = {"MoveOriginatorApplicationEntityTitle": "VIEWER", "MoveOriginatorMessageID": 7}
    uid = "2.25.7101"
    link.ask("C-STORE-RQ", exam_messages.whole_image(uid), sent=False, AffectedSOPInstanceUID=uid, **origin)
    link.answer(sent=True)
    link.release()


@right
def asks_a_printer_by_its_meta_class(story: Story) -> None:
    link = opened(story, "1.2.840.10008.5.1.1.9")
    uids = {"RequestedSOPClassUID": "1.2.840.10008.5.1.1.16", "RequestedSOPInstanceUID": "1.2.840.10008.5.1.1.17"}
    link.ask("N-GET-RQ", sent=False, **uids)
    link.answer(sent=True)
    link.release()


# --- queries ----------------------------------------------------------------------------------------------------------


def asks(story: Story, syntax: str, keys: Dataset, **how: Any) -> None:
    name = "C-MOVE-RQ" if syntax == STUDY_ROOT_MOVE else "C-FIND-RQ"
    link = opened(story, syntax, **how)
    link.ask(name, keys, sent=False, **({"MoveDestination": "MODSIM"} if name == "C-MOVE-RQ" else {}))
    link.answer(sent=True)
    link.release()


def _worklist(**values: Any) -> Dataset:
    keys = exam_messages.keys()
    for name, value in values.items():
        step = keys.ScheduledProcedureStepSequence[0]
        setattr(step if name in step else keys, name, value)
    return keys


QUERIES: dict[str, tuple[str, Dataset]] = {
    "ranges": (WORKLIST, _worklist(ScheduledProcedureStepStartDate="20260101-", ScheduledProcedureStepStartTime="-12")),
    "wild-card-in-a-name": (WORKLIST, _worklist(PatientName="M?ller*")),
    "announced-umlaut": (WORKLIST, _worklist(SpecificCharacterSet="ISO_IR 100", PatientName="Müller*")),
    "announced-ascii": (WORKLIST, _worklist(SpecificCharacterSet="ISO_IR 192")),
    "no-step-at-all": (WORKLIST, _worklist(ScheduledProcedureStepSequence=[])),
    "several-uids": (STUDY_ROOT_FIND, study_keys(StudyInstanceUID=["2.25.4", "2.25.5"])),
    "without-own-key": (STUDY_ROOT_FIND, study_keys(StudyInstanceUID=None, AccessionNumber="A*")),
    "patient-level": (PATIENT_ROOT_FIND, study_keys(QueryRetrieveLevel="PATIENT", StudyInstanceUID=None, PatientID="")),
    "retrieves-several": (STUDY_ROOT_MOVE, study_keys(StudyInstanceUID=["2.25.4", "2.25.5"])),
    "retrieves-one-series": (STUDY_ROOT_MOVE, study_keys(QueryRetrieveLevel="SERIES", SeriesInstanceUID="2.25.6")),
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_or_our_own_doing_is_no_fault(name: str, tmp_path: Path) -> None:
    assert found(tmp_path, RIGHT[name]) == []


@pytest.mark.parametrize("name", QUERIES)
def test_a_right_query_is_no_fault(name: str, tmp_path: Path) -> None:
    syntax, keys = QUERIES[name]
    assert found(tmp_path, lambda story: asks(story, syntax, keys)) == []


def test_relational_queries_that_were_agreed_need_no_keys_above(tmp_path: Path) -> None:
    uid = STUDY_ROOT_FIND.encode()
    agreed = user(other=((0x56, len(uid).to_bytes(2) + uid + b"\1"),))
    keys = study_keys(QueryRetrieveLevel="SERIES", StudyInstanceUID=None, SeriesInstanceUID="", PatientName="A*")

    def tell(story: Story) -> None:
        asks(story, STUDY_ROOT_FIND, keys, rq={"user": agreed}, ac={"user": agreed})

    assert found(tmp_path, tell) == []
    assert ("client.query-level", "FAIL") in found(tmp_path, lambda story: asks(story, STUDY_ROOT_FIND, keys))


def test_who_leaves_in_the_same_way_elsewhere_does_not_leave_for_the_titles(tmp_path: Path) -> None:
    def tell(story: Story) -> None:
        opened(story, VERIFICATION, ac={"called_ae": "OTHER"}).abort()
        opened(story, VERIFICATION).abort()

    assert set(found(tmp_path, tell)) == {("client.no-abort", "WARN")}


def test_who_leaves_as_not_all_was_accepted_does_not_leave_for_the_titles(tmp_path: Path) -> None:
    def tell(story: Story) -> None:
        results = (p.ContextResult(1, 0, "1.2.840.10008.1.2"), p.ContextResult(3, 3, None))
        opened(story, VERIFICATION, WORKLIST, ac={"called_ae": "OTHER", "contexts": results}).abort()

    assert set(found(tmp_path, tell)) == {("client.no-abort", "WARN")}


def test_giving_up_on_a_silent_target_is_told(tmp_path: Path) -> None:
    story = Story(tmp_path)
    gives_up_when_we_are_silent(story)
    seen = [*all_checks()["client.no-abort"].function(client_of(story))]
    assert [type(each) for each in seen] == [Fact]


def test_whoever_hangs_up_on_a_silent_target_is_not_to_blame(tmp_path: Path) -> None:
    def tell(story: Story) -> None:
        link = opened(story, VERIFICATION)
        link.ask("C-ECHO-RQ", sent=False)
        story.wait(30)
        link.event("closed-by-peer")

    assert found(tmp_path, tell) == [("association.closed-with-a-word", "INCONCLUSIVE")]
