"""Our listener: negotiates, answers, and gives each commitment report to the exam that waits for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scansim.inputs import InputError
from scansim.network.listener import Listener
from scansim.network.recording import TranscriptWriter
from scansim.network.transcript import Transcript, load_transcript, read_association
from scansim.site import ListenerAddress, Timeouts
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF
from scansim.wire.stream import PduDecoder
from tests.support.reporter import Reporter

FAST = Timeouts(connect=1, associate=1, response=1, commitment=1, hold=0.2)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(ListenerAddress(port=0), FAST) as one:
        yield one


@pytest.fixture
def writer(tmp_path) -> TranscriptWriter:
    return TranscriptWriter(tmp_path / "exam", {"id": "exam"})


def load(writer: TranscriptWriter) -> Transcript:
    return load_transcript(writer.folder)


def soon(condition, seconds: float = 2.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return condition()


def raw(listener: Listener) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", listener.port), 1)
    sock.settimeout(2)
    return sock


def test_negotiation_echoes_the_role_and_refuses_what_is_not_ours(listener, tmp_path):
    peer = Reporter(
        listener,
        tmp_path,
        (COMMITMENT, (IMPLICIT_LITTLE, EXPLICIT_LITTLE)),
        ("1.2.840.10008.5.1.4.1.1.2", (EXPLICIT_LITTLE,)),
        (VERIFICATION, ("1.2.840.10008.1.2.4.50",)),
    )
    peer.association.release()
    accept = read_association(peer.path).accepted
    assert [(c.context_id, c.result, c.transfer_syntax) for c in accept.contexts] == [
        (1, 0, EXPLICIT_LITTLE),
        (3, 3, IMPLICIT_LITTLE),
        (5, 4, IMPLICIT_LITTLE),
    ]
    assert accept.user.roles == (p.RoleSelection(COMMITMENT, 0, 1),)
    assert accept.user.implementation_class_uid.startswith("2.25.")
    assert (accept.called_ae, accept.calling_ae) == ("SCANPROOF", "PACS")


def test_no_role_item_is_echoed_where_none_came_and_the_report_is_answered_all_the_same(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset(), writer)
    peer = Reporter(listener, tmp_path, role=False)
    assert peer.report("1.9") == 0
    peer.association.release()
    assert waiting.closed.wait(2)
    assert load(writer).associations[0].accepted.user.roles == ()


def test_a_role_that_was_proposed_twice_is_answered_once(listener):
    role = p.RoleSelection(COMMITMENT, 0, 1)
    context = p.ProposedContext(1, COMMITMENT, (IMPLICIT_LITTLE,))
    user = p.UserInformation(16384, "1.2", roles=(role, p.RoleSelection(COMMITMENT, 1, 1)))
    with raw(listener) as sock:
        sock.sendall(p.encode(p.AssociateRQ("SCANPROOF", "PACS", (context,), user)))
        (answer,) = PduDecoder().feed(sock.recv(4096), 0)
    assert (answer.pdu.user.roles, answer.problems) == ((role,), ())


def test_a_report_reaches_its_exam_with_every_byte(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset({"1.5"}), writer)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9", "1.5") == 0
    assert waiting.came.wait(2)
    peer.association.release()
    assert waiting.closed.wait(2)
    listener.forget(waiting)
    (record,) = load(writer).associations
    assert not record.ours
    assert record.service == "commitment"
    (operation,) = record.operations
    assert operation.request.dataset.text("TransactionUID") == "1.9"
    assert operation.final.name == "N-EVENT-REPORT-RSP"
    assert 0 <= record.events[0].time < 5e9
    theirs = read_association(peer.path)
    assert [event.pdu for event in theirs.sent] == [event.pdu for event in record.received]
    assert [event.pdu for event in theirs.received] == [event.pdu for event in record.sent]
    assert listener.strays == ()


def test_a_report_without_event_type_gets_an_answer_without(listener, writer, tmp_path):
    listener.expect("1.9", frozenset(), writer)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9", event_type=None) == 0
    peer.association.release()


@pytest.mark.parametrize("reverse", [False, True])
def test_two_reports_at_once_go_to_the_right_exams(listener, tmp_path, reverse):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset({f"1.5.{i}"}), writers[i]) for i in range(2)]
    peers = [Reporter(listener, tmp_path) for _ in range(2)]
    for i in (1, 0) if reverse else (0, 1):
        assert peers[i].report(f"1.9.{i}", f"1.5.{i}") == 0
    for peer in peers:
        peer.association.release()
    for i in range(2):
        assert waiting[i].closed.wait(2)
        (record,) = load(writers[i]).associations
        assert record.operations[0].request.dataset.text("TransactionUID") == f"1.9.{i}"


def test_two_reports_on_one_association_go_to_both_exams(listener, tmp_path):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset(), writers[i]) for i in range(2)]
    peer = Reporter(listener, tmp_path)
    assert [peer.report(f"1.9.{i}") for i in range(2)] == [0, 0]
    peer.association.release()
    for i in range(2):
        assert waiting[i].closed.wait(2)
        assert len(load(writers[i]).associations) == 1


def test_two_reports_for_one_exam_are_both_recorded(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset(), writer)
    peers = [Reporter(listener, tmp_path) for _ in range(2)]
    for peer in peers:
        assert peer.report("1.9") == 0
    for peer in peers:
        peer.association.release()
    assert waiting.closed.wait(2)
    assert soon(lambda: len(list(writer.folder.glob("a*.wire"))) == 2)


def test_an_association_that_stays_open_is_taken_over_as_far_as_it_went(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset(), writer)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9") == 0
    assert waiting.came.wait(2)
    assert not waiting.closed.is_set()
    listener.forget(waiting)
    (record,) = load(writer).associations
    assert record.operations[0].final is not None
    peer.association.release()
    assert waiting.closed.wait(2)
    assert len(load(writer).associations) == 1


def test_a_report_of_foreign_instances_is_not_that_of_the_exam_that_happens_to_wait(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset({"1.5"}), writer)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.666") == 0
    peer.association.release()
    assert soon(lambda: len(listener.strays) == 1)
    assert "transaction 1.777" in listener.strays[0]
    assert not waiting.came.is_set()  # and the wait goes on
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9", "1.5") == 0
    peer.association.release()
    assert waiting.closed.wait(2)
    assert len(load(writer).associations) == 1


def test_a_wrong_transaction_uid_goes_by_the_instances(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset({"1.5"}), writer)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.5") == 0
    peer.association.release()
    assert waiting.closed.wait(2)


def test_a_wrong_transaction_uid_with_two_waiting_goes_by_its_instances(listener, tmp_path):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset({f"1.5.{i}"}), writers[i]) for i in range(2)]
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.5.1") == 0
    peer.association.release()
    assert waiting[1].closed.wait(2)
    assert not waiting[0].came.is_set()


def test_a_report_that_could_be_of_either_exam_is_a_stray(listener, tmp_path):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset({f"1.5.{i}"}), writers[i]) for i in range(2)]
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.666") == 0
    peer.association.release()
    assert soon(lambda: len(listener.strays) == 1)
    assert not any(expectation.came.is_set() for expectation in waiting)


def test_a_report_that_comes_too_late_still_goes_to_its_exam(listener, writer, tmp_path):
    late = listener.expect("1.9", frozenset({"1.5"}), writer)
    listener.forget(late)
    other = TranscriptWriter(tmp_path / "other", {"id": "other"})
    waiting = listener.expect("1.10", frozenset({"1.6"}), other)
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9", "1.5") == 0
    peer.association.release()
    assert late.closed.wait(2)
    assert len(load(writer).associations) == 1
    assert not waiting.came.is_set()
    assert listener.strays == ()


def test_a_late_report_whose_association_is_open_at_the_end_is_kept(listener, writer, tmp_path):
    listener.forget(listener.expect("1.9", frozenset(), writer))
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.9") == 0
    assert listener.hand_over_strays(tmp_path / "_strays", {"id": "_strays"}) == ()
    assert len(load(writer).associations) == 1
    assert not (tmp_path / "_strays").exists()
    peer.association.release()


def test_of_two_requests_for_the_same_instances_the_one_that_waits_is_meant(listener, tmp_path):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset({"1.5"}), writers[i]) for i in range(2)]
    listener.forget(waiting[0])
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.5") == 0
    peer.association.release()
    assert waiting[1].closed.wait(2)
    assert not waiting[0].came.is_set()


def test_strays_are_kept_with_every_byte_and_once(listener, writer, tmp_path):
    waiting = listener.expect("1.9", frozenset(), writer)
    silent, asked = Reporter(listener, tmp_path), Reporter(listener, tmp_path)
    assert asked.report("1.9") == 0
    asked.association.release()
    open_still = Reporter(listener, tmp_path)
    silent.association.release()
    assert waiting.closed.wait(2)
    assert soon(lambda: len(listener.strays) == 1)
    told = listener.hand_over_strays(tmp_path / "_strays", {"id": "_strays"})
    assert len(told) == 2
    assert all(line.startswith("PACS@127.0.0.1:") for line in told)
    strays = load_transcript(tmp_path / "_strays").associations
    assert [len(stray.received) for stray in strays] == [2, 1]
    assert all(0 <= stray.events[0].time < 20e9 and stray.request is not None for stray in strays)
    assert listener.hand_over_strays(tmp_path / "again", {"id": "_strays"}) == ()
    open_still.association.release()


def answered(listener: Listener, rq: p.AssociateRQ) -> p.PDU:
    with raw(listener) as sock:
        sock.sendall(p.encode(rq))
        (event,) = PduDecoder().feed(sock.recv(4096), 0)
    return event.pdu


@pytest.mark.parametrize(
    ("numbers", "version", "expected"),
    [
        ((), 1, p.AssociateRJ(1, 2, 1)),
        ((1, 1), 1, p.AssociateRJ(1, 2, 1)),
        ((1,), 2, p.AssociateRJ(1, 2, 2)),
        ((1,), 3, None),
        ((2,), 1, None),  # wrong, and still it can be answered
    ],
)
def test_a_request_that_cannot_be_answered_is_rejected_with_a_reason(listener, tmp_path, numbers, version, expected):
    contexts = tuple(p.ProposedContext(number, VERIFICATION, (IMPLICIT_LITTLE,)) for number in numbers)
    answer = answered(listener, p.AssociateRQ("SCANPROOF", "PACS", contexts, protocol_version=version))
    assert answer == expected if expected is not None else isinstance(answer, p.AssociateAC)
    assert soon(lambda: len(listener.strays) == 1)
    if expected is not None:
        assert "was rejected" in listener.strays[0]
    listener.hand_over_strays(tmp_path / "_strays", {"id": "_strays"})
    (stray,) = load_transcript(tmp_path / "_strays").associations
    assert stray.request is not None


@pytest.mark.parametrize(
    ("uid", "proposed", "granted"),
    [
        (COMMITMENT, (0, 1), (0, 1)),
        (COMMITMENT, (1, 1), (0, 1)),  # we ask for commitment, and commit nothing
        (COMMITMENT, (1, 0), (0, 0)),
        (VERIFICATION, (1, 0), (1, 0)),
        (VERIFICATION, (1, 1), (1, 0)),
    ],
)
def test_a_role_is_granted_as_proposed_and_as_far_as_we_have_the_other(listener, uid, proposed, granted):
    user = p.UserInformation(16384, "1.2", roles=(p.RoleSelection(uid, *proposed),))
    context = p.ProposedContext(1, uid, (IMPLICIT_LITTLE,))
    answer = answered(listener, p.AssociateRQ("SCANPROOF", "PACS", (context,), user))
    assert answer.user.roles == (p.RoleSelection(uid, *granted),)


def test_echo_is_answered(listener, tmp_path):
    peer = Reporter(listener, tmp_path, (VERIFICATION, (IMPLICIT_LITTLE,)))
    agreed = peer.association.context(VERIFICATION)
    answer = peer.association.response(agreed, {"CommandField": FIELD_OF["C-ECHO-RQ"]})
    assert (answer.command.status, answer.command.number("MessageIDBeingRespondedTo")) == (0, 1)
    peer.association.release()


def test_an_operation_that_was_never_negotiated_is_aborted(listener, tmp_path):
    peer = Reporter(listener, tmp_path)
    agreed = peer.association.context(COMMITMENT)
    peer.association.send_message(agreed.context_id, {"CommandField": FIELD_OF["C-STORE-RQ"], "MessageID": 1})
    assert peer.association.next_pdu(1, "A-ABORT") == p.Abort(0, 0)
    peer.association.close()


@pytest.mark.parametrize("data", [b"GET / HTTP/1.0\r\n\r\n", b"\0" * 100, p.encode(p.ReleaseRQ()), b"", b"\x01\0\0\0"])
def test_garbage_is_survived_and_noted(listener, tmp_path, data):
    with raw(listener) as sock:
        sock.sendall(data)
    assert soon(lambda: len(listener.strays) == 1)
    peer = Reporter(listener, tmp_path)
    peer.association.release()


def test_garbage_in_the_middle_of_an_association_is_survived(listener, tmp_path):
    peer = Reporter(listener, tmp_path)
    peer.association.send([b"garbage!"])
    peer.association.close()
    assert soon(lambda: len(listener.strays) == 1)


def test_a_second_request_on_an_association_is_aborted(listener, tmp_path):
    peer = Reporter(listener, tmp_path)
    peer.association.send_pdu(p.AssociateRQ("A", "B", ()))
    assert peer.association.next_pdu(1, "A-ABORT") == p.Abort(0, 0)
    peer.association.close()


def test_a_port_in_use_is_an_input_error_that_says_what_to_do(listener):
    with pytest.raises(InputError, match=r"cannot have 127\.0\.0\.1:\d+: Address already in use.*listener\.port"):
        Listener(ListenerAddress(port=listener.port))


def test_an_address_that_is_not_ours_is_an_input_error():
    with pytest.raises(InputError, match=r"cannot have 192\.0\.2\.1"):
        Listener(ListenerAddress(host="192.0.2.1", port=0))


def test_a_host_name_that_is_none_is_an_input_error():
    with pytest.raises(InputError, match="cannot have"):
        Listener(ListenerAddress(host="no.such.host.invalid", port=0))


def test_closing_frees_the_port_and_ends_open_associations_with_an_abort(tmp_path):
    listener = Listener(ListenerAddress(port=0), FAST)
    peer = Reporter(listener, tmp_path)
    began = time.monotonic()
    listener.close()
    assert time.monotonic() - began < 1.5
    assert isinstance(peer.association.next_pdu(1, "A-ABORT"), p.Abort)
    peer.association.close()
    Listener(ListenerAddress(port=listener.port), FAST).close()


def test_what_has_ended_is_kept_no_longer(listener, tmp_path):
    for _ in range(3):
        Reporter(listener, tmp_path).association.release()
        assert soon(lambda: not any(thread.is_alive() for thread in listener._threads))
    assert soon(lambda: len(listener._threads) <= 1)


def test_closing_closes_the_socket(tmp_path):
    listener = Listener(ListenerAddress(port=0), FAST)
    listener.close()
    assert listener._lobby._listening.fileno() == -1


def test_a_report_of_failures_goes_by_its_instances_too(listener, tmp_path):
    writers = [TranscriptWriter(tmp_path / f"exam{i}", {"id": f"exam{i}"}) for i in range(2)]
    waiting = [listener.expect(f"1.9.{i}", frozenset({f"1.5.{i}"}), writers[i]) for i in range(2)]
    peer = Reporter(listener, tmp_path)
    assert peer.report("1.777", "1.5.1", sequence="FailedSOPSequence") == 0
    peer.association.release()
    assert waiting[1].closed.wait(2)
    assert not waiting[0].came.is_set()


def test_closing_leaves_no_files(tmp_path):
    listener = Listener(ListenerAddress(port=0), FAST)
    folder = Path(listener._spool.name)
    assert folder.is_dir()
    listener.close()
    assert not folder.exists()


def test_an_association_may_be_silent_for_a_while(listener, writer, tmp_path):
    listener.expect("1.9", frozenset(), writer)
    peer = Reporter(listener, tmp_path)
    time.sleep(0.3)  # more than one look whether to close
    assert peer.report("1.9") == 0
    time.sleep(0.3)
    assert peer.report("1.9") == 0
    peer.association.release()


def test_what_is_no_request_is_answered_with_an_abort(listener):
    with raw(listener) as sock:
        sock.sendall(p.encode(p.ReleaseRQ()))
        assert sock.recv(100) == p.encode(p.Abort(0, 0))  # PS3.8 9.2.3, action AA-1
