"""Answers that never come to their end: Pending for ever, requests in the place of answers, floods."""

from __future__ import annotations

from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.stream import Message
from tests.hostile.correct import PENDING, report, study_answer, worklist_item
from tests.hostile.peers import Act, Line, answer, behaviour, command, message, pdata

ENDS = "dimse.operation-ends"
RECEIVED = "dimse.response-received"
STATUS = "dimse.status-legal"
RELEASE = "association.release"
LEFT = "dimse.data-set-type"
ECHO = {"CommandField": 0x0030, "MessageID": 7, "AffectedSOPClassUID": VERIFICATION}
EVENT = {
    "CommandField": 0x0100,
    "MessageID": 9,
    "EventTypeID": 1,
    "AffectedSOPClassUID": COMMITMENT,
    "AffectedSOPInstanceUID": COMMITMENT_INSTANCE,
}


def pending_for_ever(seconds: float) -> Act:
    def act(line: Line, request: Message) -> None:
        line.for_ever(answer(request, PENDING), seconds)

    return act


for _request, _run in {
    "C-STORE-RQ": "store",
    "C-ECHO-RQ": "echo",
    "N-CREATE-RQ": "mpps",
    "N-SET-RQ": "mpps",
    "N-ACTION-RQ": "commit",
}.items():
    behaviour(
        _request, _run, "FAIL", [ENDS], may=[STATUS, RELEASE], shared="pending_for_ever",
        name=f"pending_for_ever_on_{_request[:-3].lower()}",
    )(pending_for_ever(0.0))  # fmt: skip
    behaviour(
        _request, _run, "FAIL", [ENDS], may=[STATUS, RELEASE], shared="pending_for_ever",
        name=f"pending_slowly_on_{_request[:-3].lower()}",
    )(pending_for_ever(0.15))  # fmt: skip


@behaviour("C-FIND-RQ", "worklist", "FAIL", [ENDS])
def floods_with_one_item(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING, worklist_item(line, request)))


@behaviour("C-FIND-RQ", "worklist", "FAIL", [ENDS])
def gives_an_item_now_and_then(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING, worklist_item(line, request)), 0.2)


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=["worklist.pending-has-identifier"])
def gives_items_of_nothing_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING), 0.02)


@behaviour("C-FIND-RQ", "worklist", "FAIL", [ENDS])
def gives_new_items_for_ever(line: Line, request: Message) -> None:
    for number in range(1_000_000):
        line.say(answer(request, PENDING, worklist_item(line, request, AccessionNumber=f"A{number}")))


@behaviour("C-FIND-RQ", "query", "FAIL", [ENDS], may=["query.pending-has-identifier", "query.study-found"])
def gives_studies_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING), 0.01)


@behaviour("C-FIND-RQ", "archive", "FAIL", [ENDS])
def gives_the_same_study_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING, study_answer(line, request)), 0.01)


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=[])
def ignores_the_cancel(line: Line, request: Message) -> None:
    item = answer(request, PENDING, worklist_item(line, request))
    for _ in range(200):
        line.say(item)
        line.wait(0.01)
    line.for_ever(item, 0.05)


@behaviour("C-CANCEL-RQ", "worklist", "PASS")
def aborts_at_a_cancel(line: Line, _: object) -> None:
    line.say(p.Abort(0, 0))


def requests_for_ever(values: dict[str, object]) -> Act:
    def act(line: Line, request: Message) -> None:
        line.for_ever(message(request.context_id, dict(values)), 0.01)

    return act


for _request, _run in {
    "C-ECHO-RQ": "echo",
    "C-FIND-RQ": "worklist",
    "C-STORE-RQ": "store",
    "N-ACTION-RQ": "commit",
}.items():
    behaviour(
        _request, _run, "FAIL", [], may=[ENDS, RECEIVED, RELEASE], shared="requests_for_ever",
        name=f"echoes_instead_of_answering_{_request[:-3].lower()}",
    )(requests_for_ever(ECHO))  # fmt: skip


@behaviour("N-ACTION-RQ", "commit", "FAIL", may=[ENDS, RECEIVED, RELEASE, "dimse.data-set-type"], fails=[])
def reports_for_ever_before_it_answers(line: Line, request: Message) -> None:
    told = report(line, request)
    line.for_ever(told, 0.01)


@behaviour("N-ACTION-RQ", "commit", "FAIL", may=[ENDS, RECEIVED, RELEASE, "dimse.data-set-type"], fails=[])
def reports_of_nothing_for_ever(line: Line, request: Message) -> None:
    line.for_ever(message(request.context_id, EVENT), 0.01)


@behaviour("N-CREATE-RQ", "mpps", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=[])
def cancels_for_ever(line: Line, request: Message) -> None:
    line.for_ever(message(request.context_id, {"CommandField": 0x0FFF, "MessageIDBeingRespondedTo": 1}), 0.01)


@behaviour("C-STORE-RQ", "store", "FAIL", [ENDS], may=["dimse.dataset-well-formed", "iod.received"])
def asks_to_store_at_ours_for_ever(line: Line, request: Message) -> None:
    values = {
        "CommandField": 1,
        "MessageID": 3,
        "Priority": 0,
        "AffectedSOPClassUID": request.command.sop_class_uid,
        "AffectedSOPInstanceUID": "1.2.3",
    }
    line.for_ever(message(request.context_id, values, bytes(2000)), 0.01)


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=[ENDS, RECEIVED, "dimse.message-id", "worklist.pending-has-identifier"])
def answers_another_request_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request, PENDING, MessageIDBeingRespondedTo=4711), 0.02)


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["association.pdv-not-empty"], may=[ENDS, RECEIVED, RELEASE])
def empty_fragments_for_ever(line: Line, _: object) -> None:
    line.for_ever(p.PData((p.PDV(1, True, False, b""),)), 0.005)


@behaviour("C-ECHO-RQ", "echo", "FAIL", may=[ENDS, RECEIVED, RELEASE, "association.pdu-well-formed"], fails=[])
def pdus_of_no_length_for_ever(line: Line, _: object) -> None:
    line.for_ever(b"\x04\0\0\0\0\0" * 20, 0.01)


@behaviour("C-FIND-RQ", "worklist", "FAIL|INCONCLUSIVE", may=[ENDS, RECEIVED, RELEASE], heavy=True)
def a_command_set_without_end(line: Line, request: Message) -> None:
    line.say(pdata(request.context_id, True, bytes(1000), whole=False))
    line.for_ever(pdata(request.context_id, True, bytes(16_000), whole=False))


@behaviour("C-FIND-RQ", "worklist", "FAIL|INCONCLUSIVE", may=[ENDS, RECEIVED, RELEASE], heavy=True)
def a_data_set_without_end(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, worklist_item(line, request)))
    values = {"CommandField": 0x8020, "MessageIDBeingRespondedTo": 1, "Status": PENDING}
    line.say(pdata(request.context_id, True, command(values, b"")))
    line.for_ever(pdata(request.context_id, False, bytes(16_000), whole=False))


@behaviour("C-ECHO-RQ", "echo", "FAIL", may=[ENDS, RECEIVED, RELEASE, "dimse.data-set-type"], fails=[])
def a_command_set_by_and_by(line: Line, _: object) -> None:
    line.for_ever(p.PData((p.PDV(1, True, False, b"\0\0"),)), 0.02)


@behaviour(
    "C-FIND-RQ",
    "worklist",
    "FAIL",
    may=[ENDS, RECEIVED, RELEASE, "dimse.data-set-type", "association.pdv-even"],
    fails=[],
)
def a_data_set_of_single_bytes(line: Line, request: Message) -> None:
    values = {"CommandField": 0x8020, "MessageIDBeingRespondedTo": 1, "Status": PENDING}
    line.say(pdata(request.context_id, True, command(values, b"")))
    line.for_ever(p.PData((p.PDV(request.context_id, False, False, b"\x08"),)), 0.01)


@behaviour("C-FIND-RQ", "worklist", "PASS", may=[])
def many_fragments_in_one_pdu(line: Line, request: Message) -> None:
    item = worklist_item(line, request)
    pieces = [item[at : at + 2] for at in range(0, len(item), 2)]
    head = pdata(request.context_id, True, command({
        "CommandField": 0x8020, "MessageIDBeingRespondedTo": request.command.number("MessageID"), "Status": PENDING,
        "AffectedSOPClassUID": request.command.sop_class_uid,
    }, item))  # fmt: skip
    last = len(pieces) - 1
    pdvs = tuple(p.PDV(request.context_id, False, at == last, piece) for at, piece in enumerate(pieces))
    line.say(head, p.PData(pdvs), answer(request))


@behaviour("C-FIND-RQ", "worklist", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=[])
def acceptances_instead_of_items(line: Line, _: object) -> None:
    line.for_ever(line.ac(), 0.02)


@behaviour("N-SET-RQ", "mpps", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=[])
def rejections_instead_of_an_answer(line: Line, _: object) -> None:
    line.for_ever(p.AssociateRJ(1, 1, 1), 0.02)


@behaviour("C-STORE-RQ", "store", "FAIL", may=[ENDS, RECEIVED, RELEASE], fails=[])
def requests_for_associations_instead_of_an_answer(line: Line, _: object) -> None:
    line.for_ever(line.rq, 0.02)


@behaviour("C-FIND-RQ", "worklist", "FAIL", [ENDS])
def five_thousand_equal_items(line: Line, request: Message) -> None:
    item = answer(request, PENDING, worklist_item(line, request))
    for _ in range(50):
        line.say(item * 100)
    line.say(answer(request))


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.one-final-response"])
def a_hundred_final_responses(line: Line, request: Message) -> None:
    line.say(answer(request) * 100)


@behaviour("C-ECHO-RQ", "echo", "FAIL", ["dimse.one-final-response"], may=[RELEASE, ENDS])
def final_responses_for_ever(line: Line, request: Message) -> None:
    line.for_ever(answer(request))


@behaviour(
    "C-STORE-RQ",
    "store",
    "FAIL",
    ["dimse.one-final-response"],
    may=["dimse.message-id", RECEIVED, "dimse.affected-sop-instance"],
)
def answers_all_images_at_the_first(line: Line, request: Message) -> None:
    number = request.command.number("MessageID") or 0
    line.say(answer(request), answer(request, MessageIDBeingRespondedTo=number + 1))


@behaviour("C-ECHO-RQ", "echo", "FAIL", [RECEIVED], may=[RELEASE])
def half_an_answer_and_silence(line: Line, request: Message) -> None:
    line.say(answer(request)[:20])
    line.silence()


@behaviour("C-FIND-RQ", "worklist", "FAIL", [RECEIVED], may=["association.pdu-well-formed", LEFT])
def half_an_item_and_a_close(line: Line, request: Message) -> None:
    line.say(answer(request, PENDING, worklist_item(line, request))[:200])
    line.close()


@behaviour("C-STORE-RQ", "store", "FAIL", [RECEIVED], may=["association.pdu-well-formed"])
def half_an_answer_and_a_reset(line: Line, request: Message) -> None:
    line.say(answer(request)[:50])
    line.wait(0.05)
    line.reset()


@behaviour("N-CREATE-RQ", "mpps", "FAIL", [RECEIVED])
def silence_for_a_step(line: Line, _: object) -> None:
    line.listen()


@behaviour("C-STORE-RQ", "store", "FAIL", [RECEIVED])
def silence_for_an_image(line: Line, _: object) -> None:
    line.listen()


@behaviour("N-ACTION-RQ", "commit", "FAIL", [RECEIVED])
def silence_for_a_commitment(line: Line, _: object) -> None:
    line.listen()


@behaviour("N-SET-RQ", "mpps", "FAIL", [RECEIVED], may=[RELEASE])
def silence_for_the_end_of_a_step(line: Line, _: object) -> None:
    line.silence()
