"""The flag that ends a run, and what looks at it: waits, connections, host names, a sealed transcript."""

from __future__ import annotations

import socket
import threading
import time
from pathlib import Path

import pytest

from scansim.inputs import InputError
from scansim.network.recording import TranscriptWriter
from scansim.network.sockets import connect
from scansim.network.transcript import load_transcript
from scansim.stopping import Flag


def raised_after(seconds: float) -> Flag:
    flag = Flag()
    threading.Timer(seconds, flag.set).start()
    return flag


def test_waiting_ends_with_the_event_the_time_or_the_flag() -> None:
    came = threading.Event()
    assert not Flag().wait_for(came, 0.05)
    threading.Timer(0.05, came.set).start()
    assert Flag().wait_for(came, 20)
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        raised_after(0.05).sleep(20)
    assert time.monotonic() - began < 2
    flag = Flag()
    flag.check()
    flag.set()
    with pytest.raises(KeyboardInterrupt):
        flag.check()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_connecting(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        connect(host, port, 5, Flag()).close()
        raised = Flag()
        raised.set()
        with pytest.raises(KeyboardInterrupt):
            connect(host, port, 5, raised)
    with pytest.raises(ConnectionRefusedError, match="Connection refused"):
        connect(host, port, 5, Flag())


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_args: object, **_named: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(socket.gaierror, match="Name or service not known"):
        connect("no-such-host", 104, 20, Flag())


def test_a_resolver_that_hangs_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    original, over = socket.getaddrinfo, threading.Event()

    def resolve(*args: object, flags: int = 0, **named: object) -> object:
        if not flags & socket.AI_NUMERICHOST:
            over.wait(20)
        return original(*args, flags=flags, **named)  # type: ignore[call-overload]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    try:
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            connect("a-name", 104, 20, raised_after(0.05))
        with pytest.raises(TimeoutError):
            connect("a-name", 104, 0.2, Flag())
        assert time.monotonic() - began < 3
    finally:
        over.set()


def test_a_sealed_transcript_takes_nothing_more(tmp_path: Path) -> None:
    writer = TranscriptWriter(tmp_path / "exam", {"id": "exam"})
    recorder = writer.recorder(initiator="harness")
    recorder.received(b"before")
    writer.seal()
    before = {path: path.read_bytes() for path in writer.folder.iterdir()}
    for write in (
        lambda: recorder.received(b"after"),
        lambda: recorder.event("timeout"),
        lambda: writer.step(number=1),
        lambda: writer.ledger({}),
        lambda: writer.recorder(initiator="harness"),
        lambda: writer.adopt(recorder.path),
    ):
        with pytest.raises(InputError, match="the run has ended"):
            write()
    recorder.flush()
    recorder.close()
    assert {path: path.read_bytes() for path in writer.folder.iterdir()} == before
    assert load_transcript(writer.folder).associations[0].unparsed == b"before"
