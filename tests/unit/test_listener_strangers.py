"""What strangers may cost our listener, and what it outlives: no thread, no memory, no disk, and never the report."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scansim.inputs import InputError
from scansim.network import listener as module
from scansim.network.acceptor import Names, plain_host, rejection
from scansim.network.call import _MOST_PDUS
from scansim.network.listener import Listener
from scansim.network.recording import Recorder, TranscriptWriter
from scansim.network.strays import _MOST_LINES
from scansim.network.transcript import load_transcript
from scansim.site import Limits, ListenerAddress, Timeouts
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.uids import COMMITMENT, VERIFICATION
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from scansim.wire.dimse import FIELD_OF, NO_DATASET, encode_command
from tests.support.reporter import Reporter

NAMES = Names(frozenset(("SCANPROOF", "CT1")), frozenset(("PACS",)))
FAST = Timeouts(connect=1, associate=1, response=1, commitment=1, hold=0.2)
FEW = Limits(strangers=2, operation=8)


@contextlib.contextmanager
def opened(limits: Limits = FEW, **timeouts: float) -> Iterator[Listener]:
    times = FAST.model_copy(update=timeouts)
    with Listener(ListenerAddress(port=0), times, NAMES, limits) as one:
        yield one


def connect(listener: Listener) -> socket.socket:
    sock = socket.create_connection(("127.0.0.1", listener.port), 2)
    sock.settimeout(5)
    return sock


def request(called: str = "SCANPROOF", calling: str = "STRANGER") -> bytes:
    contexts = (
        p.ProposedContext(1, COMMITMENT, (IMPLICIT_LITTLE,)),
        p.ProposedContext(3, VERIFICATION, (IMPLICIT_LITTLE,)),
    )
    return p.encode(p.AssociateRQ(called, calling, contexts, p.UserInformation(16384, "1.2")))


def associated(listener: Listener, calling: str = "STRANGER") -> socket.socket:
    sock = connect(listener)
    sock.sendall(request(calling=calling))
    assert sock.recv(4096)[:1] == bytes((p.ASSOCIATE_AC,))
    return sock


def end_of(sock: socket.socket, most: float = 3.0) -> tuple[bytes, float]:
    """What still comes until the connection ends, and how long that takes."""
    began, came = time.monotonic(), b""
    sock.settimeout(most)
    with contextlib.suppress(ConnectionError):
        while data := sock.recv(65536):
            came += data
    return came, time.monotonic() - began


def soon(condition: Callable[[], object], seconds: float = 3.0) -> bool:
    until = time.monotonic() + seconds
    while not condition() and time.monotonic() < until:
        time.sleep(0.01)
    return bool(condition())


def reports(listener: Listener, folder: Path) -> float:
    """A correct target's report gets through; how long that takes."""
    began = time.monotonic()
    writer = TranscriptWriter(folder / f"exam{len(list(folder.iterdir()))}", {"id": "exam"})
    waiting = listener.expect("1.9", frozenset({"1.5"}), writer)
    peer = Reporter(listener, folder)
    assert peer.report("1.9", "1.5") == 0
    peer.association.release()
    assert waiting.closed.wait(3)
    listener.forget(waiting)
    return time.monotonic() - began


# --- who may call -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("called", "calling", "host", "taken"),
    [
        ("SCANPROOF", "ANYBODY", "127.0.0.1", True),
        ("CT1", "ANYBODY", "127.0.0.1", True),
        ("SOMEBODY", "PACS", "127.0.0.1", True),
        ("", "PACS", "127.0.0.1", True),
        ("SOMEBODY", "ANYBODY", "192.0.2.7", True),
        ("SOMEBODY", "ANYBODY", "192.0.2.8", False),
        ("SOMEBODY", "ANYBODY", "127.0.0.1", False),
        ("scanproof", "ANYBODY", "127.0.0.1", False),
        ("", "", "127.0.0.1", False),
    ],
)
def test_who_may_call_whom(called: str, calling: str, host: str, taken: bool) -> None:
    """On this machine anybody may be at the address of who is to report, so that there it says nothing."""
    names = Names(NAMES.ours, NAMES.reporters, frozenset(("127.0.0.1", "192.0.2.7")))
    rq = p.AssociateRQ(called, calling, (p.ProposedContext(1, COMMITMENT, (IMPLICIT_LITTLE,)),))
    assert rejection(rq, names, host) == (None if taken else p.AssociateRJ(1, 1, 7))


@pytest.mark.parametrize(
    ("host", "plain"),
    [("::ffff:192.0.2.7", "192.0.2.7"), ("192.0.2.7", "192.0.2.7"), ("fe80::1%lo", "fe80::1%lo"), ("x", "x")],
)
def test_ipv4_looks_like_ipv4(host: str, plain: str) -> None:
    assert plain_host(host) == plain


def test_who_calls_somebody_else_is_rejected_and_told(tmp_path: Path) -> None:
    with opened() as listener, connect(listener) as sock:
        sock.sendall(request(called="SOMEBODY"))
        assert sock.recv(100) == p.encode(p.AssociateRJ(1, 1, 7))
        sock.close()
        assert soon(lambda: listener.strays)
        (told,) = listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        assert told.startswith("STRANGER@127.0.0.1:")
        assert told.endswith("it called SOMEBODY")
        assert load_transcript(tmp_path / "s").associations[0].request is not None


# --- what strangers cost ----------------------------------------------------------------------------------------------


def test_who_says_nothing_costs_no_thread_and_no_record(tmp_path: Path) -> None:
    before = threading.active_count()
    with opened(associate=5) as listener, contextlib.ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(connect(listener))
        assert reports(listener, tmp_path) < 1
        assert threading.active_count() <= before + 2
        assert soon(lambda: len(listener.strays) > _MOST_LINES)
        assert listener.strays[-1].endswith("connections more brought nothing for us")
        assert len(list(Path(listener._spool.name).iterdir())) == 1


def test_who_says_nothing_is_let_go_after_a_while() -> None:
    with opened() as listener, connect(listener) as sock:
        assert end_of(sock)[0] == b""
        assert "said nothing for 1 s" in listener.strays[0]


def test_one_byte_at_a_time_is_not_waited_for_longer() -> None:
    with opened() as listener, connect(listener) as sock:
        began = time.monotonic()
        with contextlib.suppress(OSError):
            for byte in request():
                sock.sendall(bytes((byte,)))
                time.sleep(0.05)
                if time.monotonic() - began > 3:
                    break
        assert time.monotonic() - began < 2.5
        assert "brought no A-ASSOCIATE-RQ within 1 s" in listener.strays[0]


def flood(sock: socket.socket, data: bytes, most: int) -> int:
    """Send again and again until we are let go of; bytes that were taken."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < most:
            sock.sendall(data)
            sent += len(data)
    return sent


@pytest.mark.parametrize(
    ("head", "data", "reason"),
    [
        (struct.pack(">BxI", 1, 1 << 30), bytes(65536), "sent more than 1024 KiB"),
        (struct.pack(">BxI", 1, 0xFFFFFFFF), b"", "brought no awaited report"),  # no PDU is so long
        (request() + struct.pack(">BxI", 4, 1 << 30), bytes(65536), "sent more than 1024 KiB"),
        (request(), p.encode(p.PData((p.PDV(3, True, False, bytes(60000)),))), "sent more than 1024 KiB"),
        (request(), p.encode(p.PData((p.PDV(3, True, False, b"\0\0"),))) * 100, f"more than {_MOST_PDUS} PDUs"),
    ],
    ids=["a request without end", "no length at all", "a PDU without end", "a command set without end", "small PDUs"],
)
def test_a_flood_is_ended_and_told(tmp_path: Path, head: bytes, data: bytes, reason: str) -> None:
    with opened() as listener, connect(listener) as sock:
        sock.sendall(head)
        if head.startswith(request()):
            assert sock.recv(4096)[:1] == bytes((p.ASSOCIATE_AC,))
        if data:
            assert flood(sock, data, 64 << 20) < 32 << 20
        assert soon(lambda: listener.strays)
        assert reason in listener.strays[0]
        assert sum(each.stat().st_size for each in Path(listener._spool.name).iterdir()) < 2 << 20
        assert reports(listener, tmp_path) < 1


def test_messages_without_end_are_ended(tmp_path: Path) -> None:
    command = encode_command(
        {
            "AffectedSOPClassUID": VERIFICATION,
            "CommandField": FIELD_OF["C-ECHO-RQ"],
            "MessageID": 1,
            "CommandDataSetType": NO_DATASET,
        }
    )
    ping = p.encode(p.PData((p.PDV(3, True, True, command),)))
    limits = Limits(strangers=2, answers=50)
    with opened(limits) as listener, associated(listener) as sock:
        sock.sendall(ping * 60)
        came, _ = end_of(sock)
        assert came.endswith(p.encode(p.Abort(0, 0)))
        assert soon(lambda: listener.strays)
        assert "brought more than 50 messages" in listener.strays[0]
        listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        (stray,) = load_transcript(tmp_path / "s").associations
        assert stray.overrun is not None
        assert stray.overrun.facts["bound"] == "answers"


def test_all_callers_together_may_not_send_more_than_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight megabytes for all: each is let go of before it has sent its own part of them."""
    with opened(Limits(strangers=8, operation=1)) as listener:
        listener._purse._most = 100_000
        socks = [associated(listener) for _ in range(3)]
        for sock in socks:
            sock.sendall(struct.pack(">BxI", 4, 1 << 20) + bytes(40_000))
        assert soon(lambda: listener.strays)
        assert "sent more than there is room for" in listener.strays[0]
        for sock in socks:
            sock.close()


# --- who gets a place -------------------------------------------------------------------------------------------------


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_OPENING", "_STRANGER", "_REPORTER"):
        monkeypatch.setattr(module, name, 0.3)


def test_who_brought_nothing_goes_first(tmp_path: Path, impatient: None) -> None:
    with opened(associate=5) as listener:
        first, second = associated(listener), associated(listener)
        third = associated(listener)  # waits for a place
        came, _ = end_of(first)
        assert came == p.encode(p.Abort(0, 0))
        assert soon(lambda: listener.strays)
        assert "brought nothing of ours while others waited for the place" in listener.strays[0]
        listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        strays = load_transcript(tmp_path / "s").associations
        ends = {each.event(Happening.TURNED_AWAY) is not None for each in strays}
        assert ends == {True, False}
        for sock in (first, second, third):
            sock.close()


def test_who_is_to_report_has_a_place_of_his_own(tmp_path: Path) -> None:
    """Strangers are not even asked to go."""
    with opened(associate=5) as listener:
        strangers = [associated(listener) for _ in range(2)]
        waiting = connect(listener)
        waiting.sendall(request())  # one more waits in front
        assert reports(listener, tmp_path) < 1
        assert listener.strays == ()
        for sock in (*strangers, waiting):
            sock.close()


def test_who_finds_no_place_in_time_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with opened() as listener:
        strangers = [associated(listener) for _ in range(2)]
        with connect(listener) as sock:
            sock.sendall(request())
            assert end_of(sock)[0] == b""
            assert any("was turned away: every place was taken" in stray for stray in listener.strays)
        for stranger in strangers:
            stranger.close()


def test_what_brought_the_report_holds_no_place(tmp_path: Path) -> None:
    with opened(Limits(strangers=1), associate=5) as listener:
        writer = TranscriptWriter(tmp_path / "exam", {"id": "exam"})
        waiting = listener.expect("1.9", frozenset(), writer)
        peer = Reporter(listener, tmp_path)
        assert peer.report("1.9") == 0
        assert waiting.came.wait(1)
        began = time.monotonic()
        associated(listener).close()
        assert time.monotonic() - began < 0.5
        peer.association.release()


# --- what it outlives -------------------------------------------------------------------------------------------------


def test_it_outlives_a_lack_of_file_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And of anything else that keeps a connection from being taken."""
    accept, errors = socket.socket.accept, [errno.EMFILE, errno.ENFILE, errno.ECONNABORTED, errno.ENOMEM, errno.EINVAL]

    def failing(self: socket.socket) -> object:
        if errors:
            number = errors.pop(0)
            raise OSError(number, os.strerror(number))
        return accept(self)

    monkeypatch.setattr(socket.socket, "accept", failing)
    with opened() as listener:
        assert reports(listener, tmp_path) < 3
        assert errors == []
        told = listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        assert told == ("no connection could be taken 4 times for a moment: Too many open files",)


def test_whoever_was_silent_longest_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    accept, errors = socket.socket.accept, [errno.EMFILE]
    with opened(associate=5) as listener, connect(listener) as silent:
        assert soon(lambda: listener._lobby._waiting)

        def failing(self: socket.socket) -> object:
            if errors:
                raise OSError(errors.pop(), "Too many open files")
            return accept(self)

        monkeypatch.setattr(socket.socket, "accept", failing)
        associated(listener).close()
        assert end_of(silent)[0] == b""
        assert any("had to make room: Too many open files" in line for line in listener.strays)


@pytest.mark.parametrize("what", ["thread", "memory", "record"])
def test_it_outlives_a_lack_of(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [1, 1]

    def start(self: threading.Thread) -> None:
        if failures and self.name.startswith("l0"):
            failures.pop()
            raise RuntimeError("can't start new thread") if what == "thread" else MemoryError
        original(self)

    def record(self: Recorder, path: Path, began: int, facts: dict[str, object]) -> None:
        if failures and path.name.startswith("l0"):
            failures.pop()
            raise InputError(f"{path}: cannot be written: Too many open files")
        begin(self, path, began, facts)

    original, begin = threading.Thread.start, Recorder.__init__
    if what == "record":
        monkeypatch.setattr(Recorder, "__init__", record)
    else:
        monkeypatch.setattr(threading.Thread, "start", start)
    with opened() as listener:
        assert reports(listener, tmp_path) < 2
        assert failures == []
        (told,) = listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        assert told.startswith("no connection could be taken 2 times for a moment: ")


# --- IPv6 -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("host", "from_host", "seen"), [("::1", "::1", "[::1]:"), ("::", "127.0.0.1", "127.0.0.1:")])
def test_it_listens_on_ipv6(host: str, from_host: str, seen: str) -> None:
    with Listener(ListenerAddress(host=host, port=0), FAST) as listener:
        with socket.create_connection((from_host, listener.port), 2) as sock:
            sock.sendall(request())
            assert sock.recv(4096)[:1] == bytes((p.ASSOCIATE_AC,))
        assert soon(lambda: listener.strays)
        assert listener.strays[0].startswith(f"STRANGER@{seen}")


def test_a_name_is_ipv4_first() -> None:
    """A target on this machine calls 127.0.0.1, whatever else localhost is."""
    with Listener(ListenerAddress(host="localhost", port=0), FAST) as listener:
        assert listener._lobby._listening.family == socket.AF_INET


def test_stray_records_are_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scansim.network.strays._MOST_RECORDS", 4)
    with opened(Limits(strangers=16)) as listener:
        for _ in range(6):
            with connect(listener) as sock:
                sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert soon(lambda: len(listener.strays) == 6)
        assert len(listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})) == 6
    assert len(load_transcript(tmp_path / "s").associations) == 2  # half of it for those whom nobody knows


def test_an_end_of_ours_is_in_the_record(tmp_path: Path) -> None:
    with opened() as listener:
        sock = associated(listener)
        flood(sock, struct.pack(">BxI", 4, 1 << 30) + bytes(65536), 16 << 20)
        sock.close()
        assert soon(lambda: listener.strays)
        listener.hand_over_strays(tmp_path / "s", {"id": "_strays"})
        (stray,) = load_transcript(tmp_path / "s").associations
        event = stray.event(Happening.OVERRUN)
        assert event is not None
        assert (event.facts["bound"], event.facts["waiting"]) == ("bytes", "a message")


def test_explicit_little_endian_is_what_we_take_first(tmp_path: Path) -> None:
    with opened() as listener:
        peer = Reporter(listener, tmp_path)
        assert peer.association.context(COMMITMENT).transfer_syntax == EXPLICIT_LITTLE
        peer.association.release()


@pytest.mark.long
def test_reports_without_end_are_not_all_kept(tmp_path: Path) -> None:
    """What they bring is taken from what targets may send in the run; beyond that they are strangers."""
    with opened(Limits(transcript=4)) as listener:
        listener.budget.spend(3 << 20)
        writer = TranscriptWriter(tmp_path / "exam", {"id": "exam"})
        waiting = listener.expect("1.9", frozenset(), writer)
        for _ in range(2):
            peer = Reporter(listener, tmp_path)
            assert peer.report("1.9", *[f"1.5.{number}" for number in range(9000)]) == 0
            peer.association.release()
        assert soon(lambda: len(listener.strays) == 2)
        assert not waiting.came.is_set()
        listener.forget(waiting)
        assert all("longer than what may still be kept" in line for line in listener.strays)
        assert reports(listener, tmp_path) < 1
