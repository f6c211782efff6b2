"""Associations over real sockets against a scripted peer: every ending is told and every byte is recorded."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from scansim.network import channel as channel_module
from scansim.network.association import OUR_MAX_LENGTH, Agreed, Association, Proposal, propose
from scansim.network.channel import Channel, Elided
from scansim.network.failures import (
    Aborted,
    AssociationError,
    ConnectionLost,
    NotAccepted,
    NotDicom,
    Rejected,
    Silent,
    Unexpected,
    Unreachable,
)
from scansim.network.recording import Recorder
from scansim.network.transcript import AssociationRecord, read_association, records
from scansim.site import Timeouts
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command, fragments
from scansim.wire.stream import MessageAssembler, PduDecoder

ECHO, FIND, COMMIT = "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.31", "1.2.840.10008.1.20.1"
FAST = Timeouts(connect=1, associate=0.4, response=0.4, commitment=0.4, hold=0.2)


class Peer:
    """One accepted connection and what it does, in a thread; ``seen`` and ``said`` are the bytes that passed."""

    def __init__(self, script: Callable[[Peer], None]) -> None:
        self.seen, self.said = b"", b""
        self._decoder, self._pdus = PduDecoder(), []
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.settimeout(2)
        self.port = self._server.getsockname()[1]
        self.done = threading.Event()
        self.failure: BaseException | None = None
        self._script = script
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            self.sock, _ = self._server.accept()
            self.sock.settimeout(2)
            with self.sock:
                self._script(self)
        except BaseException as error:
            self.failure = error
        finally:
            self._server.close()
            self.done.set()

    def say(self, data: bytes | p.PDU) -> None:
        data = data if isinstance(data, bytes) else p.encode(data)
        self.sock.sendall(data)
        self.said += data

    def hear(self) -> p.PDU | None:
        """The next PDU, or None at the end."""
        while not self._pdus:
            data = self.sock.recv(1 << 16)
            if not data:
                return None
            self.seen += data
            self._pdus += [event.pdu for event in self._decoder.feed(data, 0)]
        return self._pdus.pop(0)

    def accept(self, max_length: int = 16384, result: int = 0) -> None:
        rq = self.hear()
        assert isinstance(rq, p.AssociateRQ)
        contexts = tuple(p.ContextResult(c.context_id, result, EXPLICIT_LITTLE) for c in rq.contexts)
        self.say(p.AssociateAC(rq.called_ae, rq.calling_ae, contexts, p.UserInformation(max_length, "1.2")))

    def message(self, name: str, dataset: bytes | None = None, **values: int | str) -> None:
        """Send a message on context 1 whose command and data set share a P-DATA-TF."""
        kind = NO_DATASET if dataset is None else 1
        command = encode_command({"CommandField": FIELD_OF[name], "CommandDataSetType": kind, **values})
        pdvs = [p.PDV(1, True, True, command)]
        if dataset is not None:
            pdvs.append(p.PDV(1, False, True, dataset))
        self.say(p.PData(tuple(pdvs)))

    def until_end(self) -> None:
        """Take what comes until the other side closes; answer a release."""
        with contextlib.suppress(OSError):
            while (pdu := self.hear()) is not None:
                if isinstance(pdu, p.ReleaseRQ):
                    self.say(p.ReleaseRP())

    def join(self) -> Peer:
        assert self.done.wait(3)
        if self.failure is not None:
            raise self.failure
        return self


class Bench:
    """Our side: opens associations to a peer and reads back what was recorded."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "a01.wire"

    def open(self, port: int, *classes: str, timeouts: Timeouts = FAST) -> Association:
        recorder = Recorder(self.path, time.perf_counter_ns(), {"initiator": "harness", "service": "x"})
        rq = propose("PEER", "US", [Proposal(uid, (EXPLICIT_LITTLE,)) for uid in classes or (FIND,)])
        return Association.request("127.0.0.1", port, rq, recorder, timeouts)

    def record(self) -> AssociationRecord:
        return read_association(self.path)

    def bytes_of(self, kind: str) -> bytes:
        return b"".join(payload for k, _, _, payload in records(self.path.read_bytes()) if k == kind)

    def events(self) -> list[str]:
        return [event.name for event in self.record().events][1:]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def ask(association: Association, dataset: bytes = b"") -> list[int | None]:
    command = {"CommandField": FIELD_OF["C-FIND-RQ"], "AffectedSOPClassUID": FIND, "Priority": 0}
    found = association.operation(association.context(FIND), command, [dataset] if dataset else ())
    return [message.command.status for message in found]


# -- no association comes about ------------------------------------------------------------------------------------


def test_a_closed_port(bench):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match=r"no connection to 127\.0\.0\.1:\d+: Connection refused") as caught:
        bench.open(port)
    assert caught.value.cause == "unreachable"
    assert bench.events() == ["connect-failed"]


def test_a_name_that_is_none(bench):
    recorder = Recorder(bench.path, 0, {})
    with pytest.raises(Unreachable, match="no connection to"):
        Association.request("no.such.host.invalid", 104, propose("A", "B", []), recorder, FAST)


def test_a_port_that_takes_the_connection_and_says_nothing(bench):
    peer = Peer(Peer.until_end)
    with pytest.raises(Silent, match=r"no A-ASSOCIATE-AC or A-ASSOCIATE-RJ within 0\.4 s"):
        bench.open(peer.port)
    peer.join()
    assert bench.events() == ["timeout"]
    assert bench.bytes_of("S") == peer.seen


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x15\x03\x03\x00\x02\x02\x32", bytes(64)])
def test_another_protocol(bench, answer):
    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(answer)

    peer = Peer(script)
    with pytest.raises(NotDicom) as caught:
        bench.open(peer.port)
    assert repr(answer[:6])[2:-1] in str(caught.value)
    assert bench.record().unparsed == answer
    assert bench.bytes_of("R") == answer


def test_a_rejection(bench):
    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(p.AssociateRJ(1, 1, 7))

    with pytest.raises(Rejected, match=r"called AE title not recognized .result 1, source 1, reason 7") as caught:
        bench.open(Peer(script).port)
    assert (caught.value.pdu, caught.value.cause) == (p.AssociateRJ(1, 1, 7), "rejected")
    assert isinstance(bench.record().answer.pdu, p.AssociateRJ)


def test_a_rejection_with_numbers_that_mean_nothing():
    assert "does not define" in p.describe_rejection(p.AssociateRJ(3, 9, 9))


@pytest.mark.parametrize(
    ("source", "reason", "meaning"),
    [
        (1, 1, "no reason given"),
        (1, 2, "application context name not supported"),
        (1, 3, "calling AE title not recognized"),
        (1, 7, "called AE title not recognized"),
        (2, 1, "no reason given (ACSE)"),
        (2, 2, "protocol version not supported"),
        (3, 1, "temporary congestion"),
        (3, 2, "local limit exceeded"),
        (1, 4, "a source and reason that PS3.8 does not define"),
        (2, 7, "a source and reason that PS3.8 does not define"),
    ],
)
def test_a_rejection_in_the_words_of_the_standard(source, reason, meaning):
    """PS3.8 Table 9-21."""
    told = f"{meaning} (result 2, source {source}, reason {reason})"
    assert p.describe_rejection(p.AssociateRJ(2, source, reason)) == told


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (p.Abort(2, 1), Aborted),
        (p.ReleaseRQ(), Unexpected),
        (p.AssociateRQ("A", "B", ()), Unexpected),
        (p.PData((p.PDV(1, True, True, b"early"),)), Unexpected),
        (b"\x02\0\0\0\0\0", Unexpected),
        (b"\x02\0\0\0\0\x02\0\1", Unexpected),
        (None, ConnectionLost),
    ],
)
def test_other_answers_to_the_request(bench, answer, error):
    def script(peer: Peer) -> None:
        peer.hear()
        if answer is not None:
            peer.say(answer)

    with pytest.raises(error):
        bench.open(Peer(script).port)


def test_part_of_an_answer_and_then_silence(bench):
    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(p.encode(p.AssociateRJ(1, 1, 1))[:7])
        peer.until_end()

    with pytest.raises(Silent):
        bench.open(Peer(script).port)
    assert bench.record().unparsed == p.encode(p.AssociateRJ(1, 1, 1))[:7]


# -- negotiation -----------------------------------------------------------------------------------------------------


def test_what_was_accepted_can_be_used_and_the_rest_not(bench):
    def script(peer: Peer) -> None:
        peer.hear()
        results = (
            p.ContextResult(1, 0, EXPLICIT_LITTLE),
            p.ContextResult(3, 3, None),
            p.ContextResult(5, 0, "1.2.3"),  # a transfer syntax that nobody proposed
            p.ContextResult(9, 0, EXPLICIT_LITTLE),  # a context that nobody proposed
        )
        peer.say(p.AssociateAC("PEER", "US", results, p.UserInformation(None)))
        peer.until_end()

    peer = Peer(script)
    association = bench.open(peer.port, ECHO, FIND, COMMIT)
    assert association.context(ECHO) == Agreed(1, ECHO, EXPLICIT_LITTLE)
    for uid in (FIND, COMMIT):
        with pytest.raises(NotAccepted, match=uid):
            association.context(uid)
    assert association.peer_max_length == 16384
    association.release()
    peer.join()


def test_more_than_128_contexts_are_refused_here():
    assert propose("A", "B", [Proposal("1.2", ("1.2",))] * 128).contexts[-1].context_id == 255
    with pytest.raises(ValueError, match="129 Presentation Contexts"):
        propose("A", "B", [Proposal("1.2", ("1.2",))] * 129)


def test_our_limit_is_announced(bench):
    peer = Peer(lambda peer: (peer.accept(), peer.until_end()))
    bench.open(peer.port).release()
    assert bench.record().request.pdu.user.max_length == OUR_MAX_LENGTH


# -- operations ------------------------------------------------------------------------------------------------------


def test_pending_responses_up_to_the_final_one_and_every_byte_recorded(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear(), peer.hear()
        peer.message("C-FIND-RSP", b"\x10\0\x10\0PN\x02\0AB", MessageIDBeingRespondedTo=1, Status=0xFF00)
        peer.message("C-FIND-RSP", b"\x10\0\x10\0PN\x02\0CD", MessageIDBeingRespondedTo=1, Status=0xFF01)
        peer.message("C-FIND-RSP", MessageIDBeingRespondedTo=1, Status=0)
        peer.until_end()

    peer = Peer(script)
    association = bench.open(peer.port)
    assert ask(association, b"\x10\0\x10\0PN\0\0") == [0xFF00, 0xFF01, 0]
    association.release()
    peer.join()
    assert (bench.bytes_of("S"), bench.bytes_of("R")) == (peer.seen, peer.said)
    record = bench.record()
    (operation,) = record.operations
    assert [rsp.id for rsp in operation.pending] == ["a01.r1", "a01.r2"]
    assert operation.final.id == "a01.r3"
    assert record.exchanges[1].dataset.text("PatientName") == "AB"
    assert isinstance(record.received[-1].pdu, p.ReleaseRP)
    assert bench.events() == []


def test_every_response_in_one_segment_and_in_single_bytes(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        command = {"CommandField": FIELD_OF["C-FIND-RSP"], "CommandDataSetType": NO_DATASET, "Status": 0}
        for byte in p.encode(p.PData((p.PDV(1, True, True, encode_command(command)),))):
            peer.say(bytes((byte,)))
        peer.until_end()

    association = bench.open(Peer(script).port)
    assert ask(association) == [0]
    association.release()


def test_no_response(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.until_end()

    association = bench.open(Peer(script).port)
    with pytest.raises(Silent, match=r"no response within 0\.4 s"):
        ask(association)
    association.release()
    assert bench.events() == ["timeout"]


def test_part_of_a_response_and_then_silence(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(struct.pack(">BxI", 4, 100) + bytes(50))
        peer.until_end()

    association = bench.open(Peer(script).port)
    with pytest.raises(Silent):
        ask(association)
    association.release()
    assert len(bench.record().unparsed) > 50


def test_an_abort_in_mid_operation(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.message("C-FIND-RSP", b"", Status=0xFF00)
        peer.say(p.Abort(2, 6))

    association = bench.open(Peer(script).port)
    found = association.operation(association.context(FIND), {"CommandField": FIELD_OF["C-FIND-RQ"]})
    assert next(found).command.status == 0xFF00
    with pytest.raises(Aborted, match="service provider, reason 6"):
        next(found)
    assert not association.open
    association.release()
    assert isinstance(bench.record().received[-1].pdu, p.Abort)


@pytest.mark.parametrize(
    ("source", "who"), [(0, "service user"), (1, "source 1"), (2, "service provider"), (3, "source 3")]
)
def test_who_aborted(bench, source, who):
    def script(peer: Peer) -> None:
        peer.hear()
        peer.say(p.Abort(source, 4))

    with pytest.raises(Aborted, match=rf"the target aborted the association \({who}, reason 4\)"):
        bench.open(Peer(script).port)


def test_small_messages_are_not_held_back(bench):
    """Nagle's algorithm would hold a command back until the last data set is acknowledged."""
    association = bench.open(Peer(lambda peer: (peer.accept(), peer.until_end())).port)
    assert association._socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    association.release()


def test_a_close_in_mid_operation(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()

    association = bench.open(Peer(script).port)
    with pytest.raises(ConnectionLost, match="without A-RELEASE or A-ABORT"):
        ask(association)
    association.release()
    assert bench.events() == ["closed-by-peer"]


def test_a_reset_in_mid_operation(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    association = bench.open(Peer(script).port)
    with pytest.raises(ConnectionLost):
        ask(association)
    association.release()
    assert bench.events() == ["connection-lost"]


def test_another_pdu_where_a_response_belongs_is_told_at_once(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(p.AssociateAC("A", "B", ()))
        peer.until_end()

    association = bench.open(Peer(script).port, timeouts=FAST.model_copy(update={"response": 5.0}))
    began = time.monotonic()
    with pytest.raises(Unexpected, match="A-ASSOCIATE-AC instead of answering"):
        ask(association)
    assert time.monotonic() - began < 2
    association.abort()
    assert bench.events() == []


def test_garbage_where_a_response_belongs(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(b"garbage!" * 10)
        peer.until_end()

    association = bench.open(Peer(script).port)
    with pytest.raises(NotDicom) as caught:
        ask(association)
    assert str(caught.value).endswith(f": {b'garbage!' * 5!r}")
    assert not association.open
    association.release()


def test_release_by_the_peer_instead_of_a_response_is_answered(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.say(p.ReleaseRQ())
        assert isinstance(peer.hear(), p.ReleaseRP)
        assert peer.hear() is None

    peer = Peer(script)
    association = bench.open(peer.port)
    with pytest.raises(ConnectionLost, match="asked for release"):
        ask(association)
    assert association.release_asked
    association.release()
    peer.join()
    assert bench.bytes_of("S") == peer.seen


def test_both_sides_release_at_once(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        assert isinstance(peer.hear(), p.ReleaseRQ)
        peer.say(p.ReleaseRQ())
        assert isinstance(peer.hear(), p.ReleaseRP)
        peer.say(p.ReleaseRP())

    peer = Peer(script)
    bench.open(peer.port).release()
    peer.join()


@pytest.mark.parametrize("script", [lambda peer: None, lambda peer: peer.say(p.Abort(0, 0)), Peer.until_end])
def test_a_release_that_goes_wrong_is_recorded_and_not_raised(bench, script):
    def whole(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        script(peer)

    association = bench.open(Peer(whole).port)
    association.release()
    assert not association.open
    assert isinstance(bench.record().sent[-1].pdu, p.ReleaseRQ)


def test_a_report_before_the_response_is_kept_for_afterwards(bench):
    def script(peer: Peer) -> None:
        peer.accept()
        peer.hear()
        peer.message("N-EVENT-REPORT-RQ", b"ab", MessageID=9, EventTypeID=1)
        peer.message("N-ACTION-RSP", MessageIDBeingRespondedTo=1, Status=0)
        peer.until_end()

    association = bench.open(Peer(script).port, COMMIT)
    answer = association.response(association.context(COMMIT), {"CommandField": FIELD_OF["N-ACTION-RQ"]})
    assert (answer.command.name, answer.command.status) == ("N-ACTION-RSP", 0)
    report = association.next_message(0.4)
    assert (report.command.name, report.dataset) == ("N-EVENT-REPORT-RQ", b"ab")
    association.release()
    action, event = bench.record().operations
    assert action.final.name == "N-ACTION-RSP"
    assert event.request.name == "N-EVENT-REPORT-RQ"


def test_waiting_for_a_message_that_does_not_come_is_no_error(bench):
    association = bench.open(Peer(lambda peer: (peer.accept(), peer.until_end())).port)
    assert association.next_message(0.05) is None
    association.release()
    assert bench.events() == []


def test_message_ids_are_never_zero_and_wrap(bench):
    association = bench.open(Peer(lambda peer: (peer.accept(), peer.until_end())).port)
    assert [association.next_id(), association.next_id()] == [1, 2]
    association._message_id = 0xFFFF
    assert association.next_id() == 1
    association.abort()
    assert isinstance(bench.record().sent[-1].pdu, p.Abort)


# -- sending ---------------------------------------------------------------------------------------------------------

STORE = {"CommandField": FIELD_OF["C-STORE-RQ"], "Priority": 0}


@pytest.mark.parametrize("limit", [0, 8, 50, 16384])
def test_the_limit_of_the_peer_is_kept_and_elided_bytes_are_a_gap_with_their_digest(bench, limit):
    pixels = bytes(range(256)) * 8
    lengths: list[int] = []
    datasets: list[bytes] = []

    def script(peer: Peer) -> None:
        peer.accept(limit)
        assembler, decoder = MessageAssembler(), PduDecoder()
        while not datasets:
            data = peer.sock.recv(1 << 16)
            peer.seen += data
            for event in decoder.feed(data, 0):
                lengths.append(event.length - 6)
                datasets.extend(message.dataset for message in assembler.feed(event))
        peer.message("C-STORE-RSP", Status=0)
        peer.until_end()

    peer = Peer(script)
    association = bench.open(peer.port)
    association.response(association.context(FIND), STORE, [b"HEADER", b"MORE"], Elided.of(pixels))
    association.release()
    peer.join()
    assert datasets == [b"HEADERMORE" + pixels]
    assert not limit or max(lengths) <= limit
    store = bench.record().exchanges[0]
    assert (store.message.dataset, store.message.elided) == (b"HEADERMORE", len(pixels))
    assert store.digest == hashlib.sha256(pixels).hexdigest()
    assert sum(event.length * event.times for event in bench.record().sent) == len(peer.seen)


@pytest.mark.parametrize("limit", [1, 7])
def test_a_limit_that_leaves_no_room_is_the_targets_fault_and_no_crash(bench, limit):
    association = bench.open(Peer(lambda peer: (peer.accept(limit), peer.until_end())).port)
    with pytest.raises(AssociationError, match=f"{limit} bytes only"):
        ask(association)
    association.release()


def test_a_peer_that_stops_reading_and_the_bytes_that_it_took(bench):
    def script(peer: Peer) -> None:
        peer.accept(0)
        association_over.wait(3)
        peer.until_end()

    association_over = threading.Event()
    peer = Peer(script)
    association = bench.open(peer.port)
    began = time.monotonic()
    with pytest.raises(Silent, match=r"took no more bytes for 0\.4 s"):
        association.response(association.context(FIND), STORE, [b"HEAD"], Elided.of(bytes(64 << 20)))
    assert not association.open
    association.release()
    assert time.monotonic() - began < 2
    association_over.set()
    peer.join()
    assert bench.events() == ["send-timeout"]
    parts = [(kind, length, payload) for kind, _, length, payload in records(bench.path.read_bytes()) if kind in "SG"]
    assert b"".join(payload if kind == "S" else bytes(length) for kind, length, payload in parts) == peer.seen


class Narrow:
    """A socket that takes a number of bytes, some at a time, and then fails."""

    def __init__(self, takes: int, failure: OSError, at_once: int = 7) -> None:
        self.at_once = at_once
        self.left, self.failure, self.taken = takes, failure, b""
        self.end, other = os.pipe()
        os.close(other)

    def setsockopt(self, *_: int) -> None: ...

    def setblocking(self, blocking: bool) -> None:
        assert not blocking

    def fileno(self) -> int:
        return self.end

    def sendmsg(self, buffers: list[bytes]) -> int:
        count = min(self.at_once, self.left, sum(len(buffer) for buffer in buffers))
        if not count:
            raise self.failure
        self.taken += b"".join(buffers)[:count]
        self.left -= count
        return count

    def recv(self, _: int) -> bytes:
        return b""

    def close(self) -> None:
        os.close(self.end)


@pytest.mark.parametrize(
    ("failure", "raised", "event"),
    [
        (TimeoutError(), Silent, "send-timeout"),
        (ConnectionResetError(104, "Connection reset by peer"), ConnectionLost, "connection-lost"),
    ],
)
@pytest.mark.parametrize("takes", range(0, 24, 2))
def test_of_what_was_sent_in_part_the_record_has_the_bytes_that_went_out(bench, takes, failure, raised, event):
    """Six bytes and ten are kept; of eight more, the record has the number."""
    sock = Narrow(takes, failure)
    channel = Channel(sock, Recorder(bench.path, time.perf_counter_ns(), {}), FAST)
    with pytest.raises(raised):
        channel.send([b"first-", b"", b"and second"], [b"elided!!"])
    assert not channel.open
    channel.close()
    assert sock.taken == b"first-and secondelided!!"[:takes]
    assert bench.bytes_of("S") == sock.taken[:16]
    gaps = [length for kind, _, length, _ in records(bench.path.read_bytes()) if kind == "G"]
    assert gaps == ([takes - 16] if takes > 16 else [])
    assert bench.events() == [event]


@pytest.mark.parametrize("at_once", [1, 2, 3, 5, 8, 13, 100])
def test_however_little_a_socket_takes_at_once_everything_goes_out_in_order(bench, at_once):
    sock = Narrow(1000, TimeoutError(), at_once)
    channel = Channel(sock, Recorder(bench.path, time.perf_counter_ns(), {}), FAST)
    channel.send([b"ab", b"cdefghij", b"klm", b"n"], [b"opqrst", b"uvwxyz"])
    channel.close()
    assert sock.taken == b"abcdefghijklmnopqrstuvwxyz"
    assert bench.bytes_of("S") == b"abcdefghijklmn"
    assert [length for kind, _, length, _ in records(bench.path.read_bytes()) if kind == "G"] == [12]


def test_a_peer_that_aborts_while_we_send(bench):
    def script(peer: Peer) -> None:
        peer.accept(0)
        peer.sock.recv(1 << 16)
        peer.say(p.Abort(2, 0))
        peer.sock.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while peer.sock.recv(1 << 20):
                pass

    association = bench.open(Peer(script).port)
    with pytest.raises(Aborted):
        association.response(association.context(FIND), STORE, [b"HEAD"], Elided.of(bytes(8 << 20)))
    association.release()


def test_a_peer_that_closes_while_we_send_leaves_only_what_went_out_in_the_record(bench):
    def script(peer: Peer) -> None:
        peer.accept(0)
        peer.sock.recv(1000)

    association = bench.open(Peer(script).port)
    with pytest.raises(AssociationError):
        association.response(association.context(FIND), STORE, [b"HEAD"], Elided.of(bytes(50 << 20)))
    association.release()
    assert bench.record().event("connection-lost") or bench.record().event("closed-by-peer")


def test_last_words_without_end_are_read_in_part_and_the_record_says_so(bench, monkeypatch):
    def script(peer: Peer) -> None:
        peer.accept()
        assert opened.wait(3)
        peer.say(p.PData((p.PDV(1, False, False, bytes(4000)),)))
        peer.until_end()

    monkeypatch.setattr(channel_module, "_LAST_BYTES", 1000)
    opened = threading.Event()
    association = bench.open(Peer(script).port)
    opened.set()
    with pytest.raises(ConnectionLost):
        association._lost(ConnectionResetError(104, "Connection reset by peer"))
    association.close()
    assert bench.events() == ["not-kept", "connection-lost"]


def test_the_fragments_that_we_send_are_those_of_the_codec(bench):
    peer = Peer(lambda peer: (peer.accept(64), peer.until_end()))
    association = bench.open(peer.port)
    association.send_message(1, STORE, [b"x" * 200])
    association.release()
    peer.join()
    wanted = b"".join(h + b"".join(v) for h, v in fragments(1, False, [b"x" * 200], 64))
    assert wanted in peer.seen
