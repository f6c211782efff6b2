"""Answers of storage, performed steps, commitment and queries that say what is not so."""

from __future__ import annotations

import struct

from pydicom.dataset import Dataset

from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE
from scansim.wire import pdu as p
from scansim.wire.encoding import encode
from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, asked_of, report, report_dataset, study_answer
from tests.hostile.peers import Line, answer, behaviour, message

ACTION = "N-ACTION-RQ"
REPORTED = "commitment.report-received"
RECEIVED = "dimse.response-received"
EVENT = {"CommandField": 0x0100, "AffectedSOPClassUID": COMMITMENT, "AffectedSOPInstanceUID": COMMITMENT_INSTANCE}


def reference(uid: str, sop_class: str = "1.2.840.10008.5.1.4.1.1.2") -> Dataset:
    found = Dataset()
    found.ReferencedSOPClassUID = sop_class
    found.ReferencedSOPInstanceUID = uid
    return found


def event(line: Line, request: Message, content: bytes, **values: object) -> bytes:
    return message(request.context_id, {**EVENT, "MessageID": 1, "EventTypeID": 2, **values}, content)


def many_failed(number: int) -> bytes:
    """A Failed SOP Sequence in Explicit VR Little Endian, of instances that nobody asked for."""
    items = []
    for index in range(number):
        uid = f"1.2.3.{index}".encode()
        uid += b"\0" * (len(uid) % 2)
        body = struct.pack("<HH2sH", 8, 0x1155, b"UI", len(uid)) + uid + b"\x08\0\x97\x11US\x02\0\x12\x01"
        items.append(struct.pack("<HHI", 0xFFFE, 0xE000, len(body)) + body)
    whole = b"".join(items)
    return struct.pack("<HH2s2xI", 8, 0x1198, b"SQ", len(whole)) + whole


# --- commitment -------------------------------------------------------------------------------------------------------


@behaviour(ACTION, "commit", "INCONCLUSIVE")
def takes_a_request_and_never_reports(line: Line, request: Message) -> None:
    line.say(answer(request))


@behaviour(ACTION, "commit", "PASS")
def reports_before_it_answers(line: Line, request: Message) -> None:
    line.say(report(line, request))
    line.hear()
    line.say(answer(request))


@behaviour(ACTION, "commit", "FAIL", ["commitment.never-sent"])
def commits_what_was_never_sent(line: Line, request: Message) -> None:
    wanted = asked_of(line, request)
    good = [*wanted.ReferencedSOPSequence]
    content = Dataset()
    content.TransactionUID = wanted.TransactionUID
    content.ReferencedSOPSequence = good
    line.say(answer(request), event(line, request, encode(content, line.syntax(request.context_id)), EventTypeID=1))


@behaviour(ACTION, "commit", "FAIL", ["commitment.event-type"])
def reports_an_event_that_is_none(line: Line, request: Message) -> None:
    content = report_dataset(asked_of(line, request), set())
    line.say(answer(request), event(line, request, encode(content, line.syntax(request.context_id)), EventTypeID=77))


@behaviour(ACTION, "commit", "FAIL", may=["commitment.transaction-uid", REPORTED], fails=["commitment.transaction-uid"])
def reports_on_a_transaction_of_another(line: Line, request: Message) -> None:
    line.say(answer(request), report(line, request, TransactionUID="1.2.3.4"))


@behaviour(
    ACTION, "commit", "FAIL", may=["commitment.transaction-uid", REPORTED, "dataset.commitment-report"], fails=[]
)
def reports_on_no_transaction(line: Line, request: Message) -> None:
    line.say(answer(request), report(line, request, TransactionUID=""))


@behaviour(ACTION, "commit", "FAIL", ["commitment.union"])
def reports_on_instances_of_another(line: Line, request: Message) -> None:
    bad = reference("1.2.3.4")
    bad.FailureReason = 0x0112
    line.say(answer(request), report(line, request, FailedSOPSequence=[bad]))


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    ["commitment.union"],
    may=["commitment.sop-class", "dataset.commitment-report"],
    heavy=True,
)
def reports_on_10000_instances_of_others(line: Line, request: Message) -> None:
    line.say(answer(request))
    wanted = asked_of(line, request)
    head = Dataset()
    head.TransactionUID = wanted.TransactionUID
    line.say(event(line, request, encode(head, line.syntax(request.context_id)) + many_failed(10_000)))


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    may=["commitment.union", "dataset.commitment-report", "commitment.sop-class", REPORTED],
    fails=["commitment.union"],
)
def reports_on_paths(line: Line, request: Message) -> None:
    bad = reference("../../../../etc/shadow")
    bad.FailureReason = 0x0112
    line.say(answer(request), report(line, request, FailedSOPSequence=[bad]))


@behaviour(ACTION, "commit", "FAIL", ["commitment.failure-reason"])
def fails_for_a_reason_that_is_none(line: Line, request: Message) -> None:
    content = report_dataset(asked_of(line, request), set())
    for each in content.FailedSOPSequence:
        each.FailureReason = 0xFFFF
    line.say(answer(request), event(line, request, encode(content, line.syntax(request.context_id))))


@behaviour(ACTION, "commit", "FAIL", ["commitment.no-overlap"], may=["commitment.never-sent"])
def reports_each_as_committed_and_failed(line: Line, request: Message) -> None:
    wanted = asked_of(line, request)
    good = [reference(each.ReferencedSOPInstanceUID) for each in wanted.ReferencedSOPSequence]
    line.say(answer(request), report(line, request, ReferencedSOPSequence=good))


@behaviour(ACTION, "commit", "FAIL", ["commitment.sop-class"])
def reports_other_classes(line: Line, request: Message) -> None:
    content = report_dataset(asked_of(line, request), set())
    for each in content.FailedSOPSequence:
        each.ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"
    line.say(answer(request), event(line, request, encode(content, line.syntax(request.context_id))))


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    may=["dimse.data-set-type", REPORTED, "commitment.event-type", "commitment.union", "commitment.transaction-uid"],
    fails=[],
)
def reports_without_a_data_set(line: Line, request: Message) -> None:
    line.say(answer(request), message(request.context_id, {**EVENT, "MessageID": 1, "EventTypeID": 2}))


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    ["dimse.dataset-well-formed"],
    may=[REPORTED, "commitment.event-type", "commitment.union", "commitment.transaction-uid"],
)
def reports_in_noise(line: Line, request: Message) -> None:
    line.say(answer(request), event(line, request, b"\xee" * 400))


@behaviour(
    ACTION, "commit", "FAIL", may=["commitment.well-known-instance", REPORTED], fails=["commitment.well-known-instance"]
)
def reports_on_an_instance_that_is_not_known(line: Line, request: Message) -> None:
    content = encode(report_dataset(asked_of(line, request), set()), line.syntax(request.context_id))
    line.say(answer(request), event(line, request, content, AffectedSOPInstanceUID="1.2.3"))


@behaviour(ACTION, "commit", "PASS", may=["commitment.report-received"])
def reports_twice(line: Line, request: Message) -> None:
    line.say(answer(request), report(line, request), report(line, request, 2))


@behaviour(ACTION, "commit", "PASS", may=["commitment.report-received"])
def reports_again_and_again(line: Line, request: Message) -> None:
    line.say(answer(request), *(report(line, request, number) for number in range(1, 60)))


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    ["dimse.presentation-context"],
    xfail="what came on no accepted context is read as if it were Implicit VR, and accused of what it says then",
)
def reports_on_another_context(line: Line, request: Message) -> None:
    content = encode(report_dataset(asked_of(line, request), set()), line.syntax(request.context_id))
    line.say(answer(request), message(77, {**EVENT, "MessageID": 1, "EventTypeID": 2}, content))


@behaviour(ACTION, "commit", "INCONCLUSIVE")
def takes_a_request_and_dies(line: Line, request: Message) -> None:
    line.say(answer(request))
    line.close()


@behaviour(ACTION, "commit", "FAIL", ["commitment.request-accepted"], may=[REPORTED])
def refuses_a_request_and_reports_all_the_same(line: Line, request: Message) -> None:
    line.say(answer(request, 0x0110), report(line, request))


@behaviour(ACTION, "commit", "FAIL|INCONCLUSIVE", may=["association.pdu-well-formed", "dimse.data-set-type"])
def reports_half_and_closes(line: Line, request: Message) -> None:
    line.say(answer(request), report(line, request)[:120])
    line.close()


@behaviour(ACTION, "commit", "PASS")
def reports_and_asks_for_release(line: Line, request: Message) -> None:
    line.say(answer(request), report(line, request))
    line.hear()
    line.say(p.ReleaseRQ())
    while not isinstance(heard := line.hear(), p.ReleaseRP):
        if isinstance(heard, p.ReleaseRQ):
            line.say(p.ReleaseRP())


@behaviour(
    ACTION,
    "commit",
    "FAIL",
    ["dimse.one-final-response"],
    may=[REPORTED, "association.release", "dimse.operation-ends"],
)
def takes_a_request_and_answers_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request), 0.01)


# --- storage ----------------------------------------------------------------------------------------------------------


@behaviour("C-STORE-RQ", "store", "FAIL", ["storage.accepted"])
def refuses_every_image(line: Line, request: Message) -> None:
    line.say(answer(request, 0xA700))


@behaviour("C-STORE-RQ", "archive", "FAIL", ["storage.found"], may=["query.study-found", "query.required-keys"])
def takes_images_and_forgets_them(line: Line, request: Message) -> None:
    line.say(answer(request))


@behaviour("C-STORE-RQ", "store", "FAIL", [RECEIVED, "dimse.one-final-response"])
def answers_an_image_twice_and_the_next_never(line: Line, request: Message) -> None:
    line.say(answer(request), answer(request))
    line.hear()
    line.listen()


@behaviour("C-STORE-RQ", "store", "WARN", may=["storage.warning"])
def coerces_every_image(line: Line, request: Message) -> None:
    line.say(answer(request, 0xB000))


@behaviour(
    "A-ASSOCIATE-RQ",
    "store",
    "FAIL|INCONCLUSIVE",
    may=[RECEIVED, "dimse.one-final-response", "dimse.operation-ends", "storage.early-success"],
)
def answers_an_image_before_it_comes(line: Line, _: object) -> None:
    line.say(line.ac())
    values = {"CommandField": 0x8001, "MessageIDBeingRespondedTo": 1, "Status": 0}
    line.say(message(1, values))
    line.listen()


# --- performed steps --------------------------------------------------------------------------------------------------


@behaviour("N-CREATE-RQ", "mpps", "FAIL", ["mpps.create-accepted"])
def refuses_every_step(line: Line, request: Message) -> None:
    line.say(answer(request, 0x0110))


@behaviour("N-CREATE-RQ", "mpps", "PASS")
def creates_a_step_with_a_data_set_of_a_megabyte(line: Line, request: Message) -> None:
    filler = struct.pack("<HH2s2xI", 0x0040, 0x0280, b"UT", 1 << 20) + b"x" * (1 << 20)
    line.say(answer(request, 0, filler))


@behaviour("N-SET-RQ", "mpps", "FAIL", ["mpps.final-accepted"])
def forgets_the_step(line: Line, request: Message) -> None:
    line.say(answer(request, 0x0112))


@behaviour("N-SET-RQ", "mpps", "FAIL", may=["dimse.command-field"], fails=["dimse.command-field"])
def answers_a_change_as_a_creation(line: Line, request: Message) -> None:
    line.say(answer(request, CommandField=0x8140))


# --- queries of the archive -------------------------------------------------------------------------------------------


@behaviour(
    "C-FIND-RQ",
    "archive",
    "FAIL",
    ["query.study-found"],
    may=["storage.found", "query.required-keys", "query.unique-keys"],
)
def finds_nothing_of_what_it_took(line: Line, request: Message) -> None:
    line.say(answer(request))


@behaviour(
    "C-FIND-RQ",
    "archive",
    "FAIL",
    may=["query.study-found", "query.found-by-patient", "query.unique-keys", "storage.stored-once"],
    fails=[],
)
def finds_each_study_five_times(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, study_answer(line, request)) * 5, answer(request))


@behaviour("C-FIND-RQ", "archive", "FAIL", ["query.accepted"], may=["storage.found", "query.study-found"])
def refuses_every_query(line: Line, request: Message) -> None:
    line.say(answer(request, 0xC001))


@behaviour(
    "C-FIND-RQ",
    "archive",
    "FAIL",
    may=["query.final-no-identifier", "query.study-found", "storage.found"],
    fails=["query.final-no-identifier"],
)
def ends_a_query_with_the_study(line: Line, request: Message) -> None:
    line.say(answer(request, 0, study_answer(line, request)))


@behaviour(
    "C-FIND-RQ",
    "archive",
    "FAIL",
    ["dimse.dataset-well-formed"],
    may=[
        "query.study-found",
        "storage.found",
        "query.required-keys",
        "query.unique-keys",
        "query.level",
        "dataset.query-response",
    ],
)
def finds_noise(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, b"\x99" * 500), answer(request))


@behaviour("C-FIND-RQ", "query", "PASS")
def finds_a_study_that_nobody_stored(line: Line, request: Message) -> None:
    keys = asked_of(line, request)
    keys.PatientName = "NOBODY^KNOWS"
    keys.StudyInstanceUID = keys.get("StudyInstanceUID") or "1.2.3"
    line.say(answer(request, PENDING, encode(keys, line.syntax(request.context_id))), answer(request))


@behaviour(ACTION, "commit", "FAIL|INCONCLUSIVE", may=["association.release"])
def asks_for_echoes_while_a_report_is_awaited(line: Line, request: Message) -> None:
    line.say(answer(request))
    echo = {"CommandField": 0x0030, "MessageID": 1, "AffectedSOPClassUID": "1.2.840.10008.1.1"}
    line.for_ever(message(request.context_id, echo), 0.01)


@behaviour(ACTION, "commit", "FAIL|INCONCLUSIVE", may=["association.pdu-well-formed", REPORTED])
def accepts_again_while_a_report_is_awaited(line: Line, request: Message) -> None:
    line.say(answer(request), line.ac())
    line.listen()


@behaviour(ACTION, "commit", "INCONCLUSIVE|FAIL", may=[REPORTED])
def asks_for_release_while_a_report_is_awaited(line: Line, request: Message) -> None:
    line.say(answer(request), p.ReleaseRQ())
    line.listen()


@behaviour(ACTION, "commit", "INCONCLUSIVE|FAIL", may=[REPORTED, "association.no-abort"])
def aborts_while_a_report_is_awaited(line: Line, request: Message) -> None:
    line.say(answer(request), p.Abort(2, 0))
    line.close()
