"""Our listener when a step wants it to misbehave: once, to whoever brings that exam's report, and never afterwards."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from scansim.network.acceptor import Names
from scansim.network.failures import AssociationError, Rejected, Unreachable
from scansim.network.listener import Listener
from scansim.network.manner import Manner, Way
from scansim.network.recording import TranscriptWriter
from scansim.network.reports import Expectation
from scansim.network.transcript import load_transcript
from scansim.site import ListenerAddress, Timeouts
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from tests.support.reporter import Reporter

FAST = Timeouts(connect=1, associate=1, response=1, commitment=1, hold=0.2)


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener(ListenerAddress(port=0), FAST, Names(frozenset(("SCANPROOF",)), frozenset(("PACS",)))) as one:
        yield one


@pytest.fixture
def writer(tmp_path: Path) -> TranscriptWriter:
    return TranscriptWriter(tmp_path / "exam", {"id": "exam"})


@pytest.fixture
def waiting(listener: Listener, writer: TranscriptWriter) -> Expectation:
    return listener.expect("1.9", frozenset({"1.5"}), writer)


def manner(way: Way, waiting: Expectation, seconds: float = 0.05) -> Manner:
    return Manner(way, seconds, waiting)


def report_again(listener: Listener, folder: Path) -> int | None:
    peer = Reporter(listener, folder)
    status = peer.report("1.9", "1.5")
    peer.association.release()
    return status


def records(waiting: Expectation, writer: TranscriptWriter, count: int) -> list[object]:
    """What the exam's transcript has of the associations, whose records have all come to their end."""
    assert waiting.closed.wait(2)
    while waiting.busy:
        threading.Event().wait(0.01)
    found = load_transcript(writer.folder).associations
    assert len(found) == count
    return [record.answer.pdu if record.answer is not None else None for record in found]


def test_rejecting_for_the_moment_once(listener, writer, waiting, tmp_path):
    with listener.behaving(manner(Way.REJECTING, waiting)):
        with pytest.raises(Rejected) as told:
            Reporter(listener, tmp_path)
        assert told.value.pdu == p.AssociateRJ(2, 3, 1)
        assert not waiting.came.is_set()
        assert report_again(listener, tmp_path) == 0
    rejection, acceptance = records(waiting, writer, 2)
    assert isinstance(rejection, p.AssociateRJ)
    assert isinstance(acceptance, p.AssociateAC)
    assert listener.strays == ()


def test_what_meets_a_stranger_stays_with_the_strangers(writer, tmp_path):
    with Listener(ListenerAddress(port=0), FAST, Names(frozenset(("SCANPROOF",)))) as listener:
        waiting = listener.expect("1.9", frozenset({"1.5"}), writer)
        with listener.behaving(manner(Way.REJECTING, waiting)):
            with pytest.raises(Rejected):
                Reporter(listener, tmp_path)
            assert report_again(listener, tmp_path) == 0
        (acceptance,) = records(waiting, writer, 1)
        assert isinstance(acceptance, p.AssociateAC)
        assert "was rejected" in listener.strays[0]


def test_no_role_once(listener, writer, waiting, tmp_path):
    with listener.behaving(manner(Way.NO_ROLE, waiting)):
        Reporter(listener, tmp_path).association.release()
        assert report_again(listener, tmp_path) == 0
    first, second = records(waiting, writer, 2)
    assert first.user.roles == ()
    assert second.user.roles == (p.RoleSelection(COMMITMENT, 0, 1),)


def test_a_failure_once(listener, waiting, tmp_path):
    with listener.behaving(manner(Way.FAILING, waiting)):
        assert report_again(listener, tmp_path) == 0x0110
        assert not waiting.came.is_set()
        assert report_again(listener, tmp_path) == 0
    assert waiting.came.wait(2)


def test_no_answer_once_and_then_an_abort(listener, writer, waiting, tmp_path):
    with listener.behaving(manner(Way.SILENT, waiting)):
        with pytest.raises(AssociationError, match="abort"):
            Reporter(listener, tmp_path).report("1.9", "1.5")
        assert not waiting.came.is_set()
        assert report_again(listener, tmp_path) == 0
    records(waiting, writer, 2)
    first, second = load_transcript(writer.folder).associations
    assert [len(each.operations[0].responses) for each in (first, second)] == [0, 1]
    assert first.went(p.Abort)


def test_a_late_answer_once(listener, waiting, tmp_path):
    slow = manner(Way.SLOW, waiting)
    with listener.behaving(slow):
        assert report_again(listener, tmp_path) == 0
        assert slow.shown.is_set()
        assert waiting.came.is_set()


def test_who_leaves_before_the_late_answer_has_none(listener, waiting, tmp_path):
    slow = manner(Way.SLOW, waiting, seconds=30)
    with listener.behaving(slow):
        peer = Reporter(listener, tmp_path)
        peer.association.timeouts = peer.association.timeouts.model_copy(update={"response": 0.2})
        with pytest.raises(AssociationError):
            peer.report("1.9", "1.5")
        peer.association.abort()
        assert waiting.closed.wait(5)  # 30 s are not waited for
        assert not waiting.came.is_set()
        assert report_again(listener, tmp_path) == 0


@pytest.mark.parametrize("way", [Way.FAILING, Way.SILENT, Way.SLOW])
def test_reports_of_other_exams_are_taken_as_always(listener, waiting, tmp_path, way):
    other = listener.expect("1.8", frozenset({"1.6"}), TranscriptWriter(tmp_path / "other", {"id": "other"}))
    mine = manner(way, waiting, seconds=30)
    with listener.behaving(mine):
        assert Reporter(listener, tmp_path).report("1.8", "1.6") == 0
        assert other.came.wait(2)
        assert not mine.shown.is_set()


def test_whoever_asks_for_something_else_is_let_in(listener, waiting, tmp_path):
    mine = manner(Way.REJECTING, waiting)
    with listener.behaving(mine):
        Reporter(listener, tmp_path, (VERIFICATION, (IMPLICIT_LITTLE,)), role=False).association.release()
        assert not mine.shown.is_set()


@pytest.mark.long
def test_a_port_that_is_closed_for_a_while(listener, waiting, tmp_path):
    port = listener.port
    with listener.behaving(manner(Way.DOWN_THEN_UP, waiting)):
        listener.shut(30)
        with pytest.raises(Unreachable):
            Reporter(listener, tmp_path)
        listener.shut(0)
        assert listener.port == port
        assert report_again(listener, tmp_path) == 0
        listener.shut(30)
    assert report_again(listener, tmp_path) == 0  # it is open again when the step is over


@pytest.mark.long
def test_a_port_that_opens_by_itself(listener, waiting, tmp_path):
    with listener.behaving(manner(Way.DOWN_THEN_UP, waiting)):
        listener.shut(0.05)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", listener.port), 1).close()
                break
            except ConnectionRefusedError:
                threading.Event().wait(0.01)
        assert report_again(listener, tmp_path) == 0


def test_a_listener_that_is_closed_while_its_port_is(waiting):
    other = Listener(ListenerAddress(port=0), FAST)
    other.shut(30)
    other.close()
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", other.port))
