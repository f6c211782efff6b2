"""Absolute bounds: whatever keeps coming, a conversation ends, within its time and its size."""

import contextlib
import itertools
import re
import threading
import time

import pytest

from scansim.inputs import InputError
from scansim.network.association import Association, Proposal, propose
from scansim.network.bounds import Bounds, Budget, Meter
from scansim.network.channel import Elided
from scansim.network.failures import AssociationError, Endless, Silent, Unexpected
from scansim.network.recording import Recorder
from scansim.network.transcript import read_association
from scansim.site import Limits, Timeouts, adjustment, single_target
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import WORKLIST
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF
from tests.unit.test_channel import Peer

FAST = Timeouts(connect=1, associate=0.4, response=0.3, operation=0.6, hold=0.2)
FIND = {"CommandField": FIELD_OF["C-FIND-RQ"], "AffectedSOPClassUID": WORKLIST, "Priority": 0}
STORE = {"CommandField": FIELD_OF["C-STORE-RQ"], "AffectedSOPClassUID": WORKLIST, "Priority": 0}
SMALL = Limits(answers=50, operation=1, transcript=4)


class Bench:
    """Our side, with bounds, and what was recorded of it."""

    def __init__(self, folder) -> None:
        self.path = folder / "a01.wire"

    def open(self, script, timeouts=FAST, limits=None, step=60.0) -> Association:
        recorder = Recorder(self.path, time.perf_counter_ns(), {"initiator": "harness", "service": "worklist"})
        rq = propose("PEER", "US", [Proposal(WORKLIST, (EXPLICIT_LITTLE,))])
        bounds = Bounds(Budget(limits), time.monotonic() + step)
        self.peer = Peer(script)
        return Association.request("127.0.0.1", self.peer.port, rq, recorder, timeouts, bounds)

    def overruns(self):
        return [dict(event.facts) for event in read_association(self.path).events if event.name == Happening.OVERRUN]

    def sent(self):
        record = read_association(self.path)
        return [exchange.name for exchange in record.exchanges if exchange.sent], [e.name for e in record.sent]


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def ask(association, command=FIND, **options):
    return list(association.operation(association.context(WORKLIST), command, [b"x" * 8], **options))


def cancelled(peer):
    """Wait for the C-CANCEL on a thread of its own."""
    seen = threading.Event()

    def look():
        with contextlib.suppress(OSError):
            while (pdu := peer.hear()) is not None:
                if isinstance(pdu, p.PData) and FIELD_OF["C-CANCEL-RQ"].to_bytes(2, "little") in pdu.pdvs[0].data:
                    seen.set()

    threading.Thread(target=look, daemon=True).start()
    return seen


def pending_for_ever(pause, obeys, final=0xFE00):
    def script(peer):
        peer.accept()
        peer.hear()
        stop = cancelled(peer)
        with contextlib.suppress(OSError):
            while not (obeys and stop.is_set()):
                peer.message("C-FIND-RSP", b"\x08\0\5\0CS\0\0", MessageIDBeingRespondedTo=1, Status=0xFF00)
                time.sleep(pause)
            peer.message("C-FIND-RSP", MessageIDBeingRespondedTo=1, Status=final)
            time.sleep(1)

    return script


def test_pending_for_ever_is_cancelled_and_then_aborted(bench):
    association = bench.open(pending_for_ever(0.05, obeys=False), FAST)
    began = time.monotonic()
    with pytest.raises(Endless, match=r"messages, .* and not the final response to C-FIND-RQ: it may last"):
        ask(association)
    association.release()
    assert time.monotonic() - began < 6
    first, second = bench.overruns()
    assert (first["bound"], first["waiting"]) == ("operation", "the final response to C-FIND-RQ")
    assert first["messages"] > 5
    assert first["seconds"] >= 0.6
    assert second["waiting"] == "a final response after C-CANCEL"
    messages, pdus = bench.sent()
    assert messages == ["C-FIND-RQ", "C-CANCEL-RQ"]
    assert pdus[-1] == "A-ABORT"


def test_an_end_after_the_cancel_leaves_an_association_that_is_released(bench):
    association = bench.open(pending_for_ever(0.05, obeys=True))
    with pytest.raises(Endless, match="C-CANCEL ended it with FE00H"):
        ask(association)
    association.release()
    assert [each["bound"] for each in bench.overruns()] == ["operation"]
    assert bench.sent()[1][-1] == "A-RELEASE-RQ"


def test_a_flood_of_answers_is_ended_by_their_number(bench):
    association = bench.open(pending_for_ever(0, obeys=True), FAST.model_copy(update={"operation": 30.0}), SMALL)
    began = time.monotonic()
    with pytest.raises(Endless, match=r"no more than 50 are taken .limits.answers.; C-CANCEL"):
        ask(association)
    assert time.monotonic() - began < 4
    assert bench.overruns()[0]["bound"] == "answers"
    association.release()


def test_answers_that_were_to_be_expected_come_on_top(bench):
    def script(peer):
        peer.accept()
        peer.hear()
        for _ in range(120):
            peer.message("C-FIND-RSP", b"\x08\0\5\0CS\0\0", MessageIDBeingRespondedTo=1, Status=0xFF00)
        peer.message("C-FIND-RSP", MessageIDBeingRespondedTo=1, Status=0)
        peer.until_end()

    association = bench.open(script, limits=SMALL)
    assert len(ask(association, expected=120)) == 121
    association.release()
    assert not bench.overruns()


def _flood(data):
    def script(peer):
        peer.accept()
        peer.hear()
        with contextlib.suppress(OSError):
            for each in itertools.repeat(data):
                peer.say(each)

    return script


#: A response that never ends, in fragments; empty PDVs; a PDU of 1 GiB.
COMMAND_WITHOUT_END = p.encode(p.PData((p.PDV(1, True, False, bytes(1 << 16)),)))
EMPTY_PDVS = p.encode(p.PData((p.PDV(1, False, False, b""),))) * 100


@pytest.mark.parametrize(
    ("data", "bound"),
    [(COMMAND_WITHOUT_END, "bytes"), (EMPTY_PDVS, "pdus"), (b"\x04\0\x3f\xff\xff\xff" + bytes(1 << 16), "bytes")],
)
def test_bytes_and_pdus_without_end(bench, data, bound):
    association = bench.open(_flood(data), FAST.model_copy(update={"operation": 30.0, "response": 30.0}), SMALL)
    with pytest.raises(Endless, match="A-ABORT ended it"):
        ask(association, STORE)
    assert bench.overruns()[0]["bound"] == bound
    assert bench.path.stat().st_size < 3 << 20


def test_requests_instead_of_the_answer(bench):
    def script(peer):
        peer.accept()
        peer.hear()
        with contextlib.suppress(OSError):
            for number in range(1, 10_000):
                peer.message("C-ECHO-RQ", MessageID=number, AffectedSOPClassUID="1.2.840.10008.1.1")
                time.sleep(0.01)

    association = bench.open(script)
    with pytest.raises(Endless, match="A-ABORT ended it"):
        ask(association, STORE)
    assert bench.sent()[1][-1] == "A-ABORT"


def test_the_time_of_a_step_is_an_end_of_its_own(bench):
    association = bench.open(pending_for_ever(0.02, obeys=True), step=0.3)
    with pytest.raises(Endless, match=r"timeouts\.step"):
        ask(association)
    assert bench.overruns()[0]["bound"] == "step"
    association.release()


def test_silence_at_the_end_of_a_step_is_no_overrun_of_the_targets_time(bench):
    association = bench.open(lambda peer: (peer.accept(), peer.hear(), time.sleep(1)), step=0.2)
    with pytest.raises(Endless, match=r"timeouts\.step"):
        ask(association)


def test_a_reader_that_takes_a_little_now_and_then_has_an_absolute_end(bench):
    def script(peer):
        peer.accept(0)
        with contextlib.suppress(OSError):
            while peer.sock.recv(1 << 18):
                time.sleep(0.1)

    association = bench.open(script)
    began = time.monotonic()
    with pytest.raises(Endless):
        association.response(association.context(WORKLIST), STORE, [b"HEAD"], Elided.of(bytes(64 << 20)))
    association.release()
    assert time.monotonic() - began < 3
    assert bench.sent()[1][-1] != "A-ABORT", "not in the middle of a P-DATA-TF"


def test_a_peer_that_reads_only_when_it_is_read_from(bench):
    """Both sides' buffers are full: we read, or we would wait for each other for ever."""

    def script(peer):
        peer.accept(0)
        peer.message("C-ECHO-RQ", bytes(24 << 20), MessageID=1, AffectedSOPClassUID="1.2.840.10008.1.1")
        while b"TAIL" not in peer.seen[-64:]:
            peer.seen = (peer.seen + peer.sock.recv(1 << 18))[-64:]
        peer.message("C-STORE-RSP", MessageIDBeingRespondedTo=1, Status=0)
        peer._decoder = type(peer._decoder)()
        peer.until_end()

    slow = FAST.model_copy(update={"operation": 20.0, "response": 10.0})
    association = bench.open(script, slow)
    got = association.response(association.context(WORKLIST), STORE, [b"HEAD"], Elided.of(bytes(24 << 20) + b"TAIL"))
    assert got.command.status == 0
    association.release()
    record = read_association(bench.path)
    assert [exchange.name for exchange in record.exchanges] == ["C-STORE-RQ", "C-ECHO-RQ", "C-STORE-RSP"]


@pytest.mark.parametrize("answer", [p.ReleaseRQ(), p.AssociateRQ("A", "B", ()), p.PData((p.PDV(1, True, True, b"x"),))])
def test_anything_but_the_answer_to_the_release_has_an_end(bench, answer):
    def script(peer):
        peer.accept()
        peer.hear()
        with contextlib.suppress(OSError):
            while True:
                peer.say(answer)
                time.sleep(0.02)

    association = bench.open(script)
    began = time.monotonic()
    association.release()
    assert time.monotonic() - began < 1.5
    assert bench.sent()[1][-1] == "A-ABORT"


def test_p_data_instead_of_the_answer_to_the_request_ends_at_once(bench):
    with pytest.raises(Unexpected, match="P-DATA-TF"):
        bench.open(_before_the_answer, FAST.model_copy(update={"associate": 20.0}))
    assert bench.sent()[1] == ["A-ASSOCIATE-RQ", "A-ABORT"]


def _before_the_answer(peer):
    with contextlib.suppress(OSError):
        for each in itertools.repeat(EMPTY_PDVS):
            peer.say(each)


def test_a_trickle_of_one_message_is_silence(bench):
    def script(peer):
        peer.accept()
        peer.hear()
        with contextlib.suppress(OSError):
            for byte in b"\x04\0\0\0\x10\0" + bytes(100):
                peer.say(bytes((byte,)))
                time.sleep(0.05)

    association = bench.open(script)
    with pytest.raises(Silent, match=r"no response within 0\.3 s"):
        ask(association, STORE)
    association.release()


def test_a_budget_is_never_used_up_and_never_passed():
    budget = Budget(Limits(operation=32, transcript=160))
    took = 0
    for _ in range(60):
        share = budget.share()
        assert share >= 1 << 18
        budget.spend(share)
        took += share
    assert took < 176 << 20
    assert Meter.begin(Bounds(budget), "x", 1).most_bytes == 1 << 18


def test_timeouts_and_limits_of_the_command_line():
    site = adjustment(["operation=7.5", "step=70"], ["answers=12"])(single_target("X", "127.0.0.1", 104))
    assert {(each.timeouts.operation, each.timeouts.step) for each in site.offered().values()} == {(7.5, 70.0)}
    assert (site.limits.answers, site.limits.operation) == (12, 32)


@pytest.mark.parametrize(
    ("timeouts", "limits", "told"),
    [
        (["operations=3"], [], "--timeout 'operations=3': allowed: connect, associate, response, "),
        (["operation=0"], [], "--timeout 'operation=0': Input should be greater than 0"),
        (["operation"], [], "the form is NAME=NUMBER"),
        ([], ["answers=many"], "--limit 'answers=many': Input should be a valid integer"),
    ],
)
def test_a_wrong_timeout_or_limit_is_refused_with_what_is_allowed(timeouts, limits, told):
    with pytest.raises(InputError, match=re.escape(told)):
        adjustment(timeouts, limits)


def test_after_an_operation_without_end_the_next_one_gets_half_the_time():
    budget = Budget()
    for _ in range(2):
        budget.note_overrun("SLOW")
    assert [budget.patience(who, 120) for who in ("OTHER", "SLOW")] == [120, 30]
    for _ in range(5):
        budget.note_overrun("SLOW")
    assert [budget.patience("SLOW", seconds) for seconds in (120, 4)] == [10, 4]


def test_a_wait_in_another_association_is_an_association_error():
    assert issubclass(Endless, AssociationError)
    assert issubclass(Unexpected, AssociationError)
