"""Ctrl-C, SIGTERM and SIGHUP at every phase of a run: A-ABORT, a report of what was seen, exit code 3, nothing left."""

from __future__ import annotations

import os
import pty
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from scanproof import session as session_module
from scanproof.results import Results
from scansim import files
from scansim.exam import run as run_module
from scansim.network import association as association_module
from scansim.steps import VERBS
from scansim.wire import pdu as p
from scansim.wire.dimse import NO_DATASET, encode_command, fragments
from scansim.wire.stream import MessageAssembler, PduDecoder
from tests.support.command_line import TIMEOUT, command, main, results, target
from tests.support.processes import environment, free_port

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXAM = """\
id: {id}
title: an exam
modality: CT
procedure: {{code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}}
steps:
  - create-mpps
  - acquire: {{protocol: ct-abdomen, instances: 2}}
  - store
  - set-mpps: {{status: COMPLETED}}
  - commit
  - verify
"""


def exam(folder: Path, name: str = "short") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(EXAM.format(id=name))
    return path


def send(number: signal.Signals) -> None:
    """Send a signal to this process, and let its main thread take it."""
    os.kill(os.getpid(), number)
    time.sleep(0)


@pytest.fixture(scope="module")
def there() -> Iterator[tuple[str | int, ...]]:
    """Options that name a target which knows where we listen."""
    port = free_port()
    with target("--orders", 0, listener=port) as (address, _):
        yield ("--target", address, "--listen", port)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the run makes its temporary folders; none is left there."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def interrupted(out: Path, *argv: str | Path | int, within: float = 10) -> Results:
    """Run in this process, where something sends a signal; the report is there, says so, and can be judged again."""
    before = [signal.getsignal(number) for number in SIGNALS]
    began = time.monotonic()
    done = main("run", "--out", out, *argv)
    assert time.monotonic() - began < within
    assert [signal.getsignal(number) for number in SIGNALS] == before
    assert done.returncode == 3, done.stdout + done.stderr
    of = results(out)
    assert any("interrupted by the user" in note for note in of.notes), of.notes
    assert "interrupted by the user" in (out / "report.html").read_text()
    assert "interrupted by the user" in " ".join(done.stdout.split())
    assert (out / "junit.xml").is_file()
    assert not list(out.rglob(".*"))  # nothing half-written
    written = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    assert main("judge", out, "--out", out.parent / "judged").returncode in (0, 3)
    assert (out.parent / "judged" / "results.json").read_bytes() == (out / "results.json").read_bytes()
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == written
    assert [each.name for each in threading.enumerate() if each.name.startswith(("exam-", "ahead", "l0"))] == []
    return of


def before_call(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, number: signal.Signals, call: int = 1) -> None:
    """Send a signal just before a function is called for the n-th time."""
    original, calls = getattr(place, name), []

    def replaced(*args: Any, **named: Any) -> Any:
        calls.append(1)
        if len(calls) == call:
            send(number)
        return original(*args, **named)

    monkeypatch.setattr(place, name, replaced)


# --- phases of a run --------------------------------------------------------------------------------------------------


@pytest.mark.long
@pytest.mark.parametrize(
    ("place", "name", "call", "number"),
    [
        (association_module, "connect", 1, signal.SIGTERM),
        (association_module, "connect", 3, signal.SIGHUP),
        (run_module, "TranscriptWriter", 1, signal.SIGINT),
        (run_module, "TranscriptWriter", 2, signal.SIGTERM),
        (session_module, "load_transcript", 1, signal.SIGTERM),
        (session_module, "judge", 2, signal.SIGHUP),
        (session_module, "conclude", 1, signal.SIGINT),
    ],
)
def test_a_signal_at_a_place(
    place: Any,
    name: str,
    call: int,
    number: signal.Signals,
    there: tuple[str | int, ...],
    temporary: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before_call(monkeypatch, place, name, number, call)
    scenarios = (exam(tmp_path, "one"), exam(tmp_path, "two"))
    of = interrupted(tmp_path / "out", *scenarios, *there)
    assert list(temporary.iterdir()) == []
    late = place is session_module
    assert of.complete == late  # all had been observed
    assert not [each for each in of.all_findings if each.verdict == "FAIL"]
    for scenario in of.scenarios:
        assert all(step.ended for step in scenario.left_open)


@pytest.mark.parametrize("name", ["results.json", "report.html"])
def test_a_signal_while_reports_are_written(
    name: str, there: tuple[str | int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original, sent = files._write, []

    def write(path: Path, content: bytes, sync: bool) -> None:
        if name in path.name and not sent:
            sent.append(name)
            send(signal.SIGTERM)
        original(path, content, sync)

    monkeypatch.setattr(files, "_write", write)
    assert interrupted(tmp_path / "out", exam(tmp_path), *there).complete


@pytest.mark.long
@pytest.mark.parametrize("jobs", [1, 4])
@pytest.mark.parametrize("verb", ["acquire", "store", "commit"])
def test_a_signal_in_a_step(
    verb: str, jobs: int, there: tuple[str | int, ...], temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exam has its step open: it is ended, for the target still answers."""
    step = VERBS[verb]
    original, sent = step.run, []

    def run(exam: Any, parameters: Any) -> str:
        if not sent:
            sent.append(verb)
            send(signal.SIGTERM)
            time.sleep(0.05)  # in threads: the main thread takes it
        return original(exam, parameters)

    monkeypatch.setitem(VERBS, verb, replace(step, run=run))
    scenarios = [exam(tmp_path, f"exam-{number}") for number in range(jobs)]
    of = interrupted(tmp_path / "out", *scenarios, *there, "-j", jobs)
    assert list(temporary.iterdir()) == []
    assert not of.complete
    left = [step for scenario in of.scenarios for step in scenario.left_open]
    assert all(step.ended for step in left)
    assert bool(left) == (verb != "commit") or jobs > 1


@pytest.mark.long
def test_a_signal_while_a_commitment_report_is_waited_for(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, port = VERBS["commit"], free_port()

    def run(exam: Any, parameters: Any) -> str:
        threading.Timer(0.8, send, [signal.SIGTERM]).start()
        return step.run(exam, parameters)

    monkeypatch.setitem(VERBS, "commit", replace(step, run=run))
    with target("--orders", 0, "--defect", "commitment-no-report", listener=port) as (address, _):
        argv = (exam(tmp_path), "--target", address, "--listen", port, "--timeout", "hold=0.2")
        of = interrupted(tmp_path / "out", *argv, within=8)
    (scenario,) = of.scenarios
    assert (scenario.steps[-1].verb, scenario.steps[-1].detail) == ("commit", "interrupted by the user")
    assert not [each for each in of.all_findings if each.verdict == "FAIL"]
    assert list(temporary.iterdir()) == []


def test_a_signal_while_the_embedded_target_starts(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scansim.reference import process

    before_call(monkeypatch, process, "_await_ready", signal.SIGTERM)
    done = main("run", exam(tmp_path), "--out", tmp_path / "out")
    assert (done.returncode, done.stderr) == (3, "scanproof: interrupted\n")
    assert not (tmp_path / "out").exists()
    assert list(temporary.iterdir()) == []


def test_orders_in_a_worklist_folder_are_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before_call(monkeypatch, association_module, "connect", signal.SIGTERM)
    orders, site = tmp_path / "orders", tmp_path / "site.yaml"
    orders.mkdir()
    address = f"{{ae: RIS, host: 127.0.0.1, port: {free_port()}}}"
    site.write_text(f"orders: {{folder: {orders}}}\nservices: {{worklist: {address}, mpps: {address}}}\n")
    of = interrupted(tmp_path / "out", exam(tmp_path), "--site", site)
    assert of.scenarios[0].created[0].kind == "Order"
    assert list(orders.iterdir()) == []


def test_judging_that_is_interrupted_leaves_nothing(
    there: tuple[str | int, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main("run", exam(tmp_path), "--out", tmp_path / "out", *there).returncode == 0
    with monkeypatch.context() as patch:
        before_call(patch, session_module, "judge", signal.SIGTERM)
        done = main("judge", tmp_path / "out")
        assert (done.returncode, done.stdout, done.stderr) == (3, "", "scanproof: interrupted\n")
        assert not (tmp_path / "out" / "judged").exists()
    with monkeypatch.context() as patch:  # what is being written is written
        before_call(patch, files, "_write", signal.SIGTERM, 2)
        assert main("judge", tmp_path / "out").returncode == 3
        names = sorted(path.name for path in (tmp_path / "out" / "judged").iterdir())
        assert names == ["junit.xml", "report.html", "results.json"]


# --- what the peer sees -----------------------------------------------------------------------------------------------


@dataclass
class Watcher:
    """An SCP that accepts what is offered, answers what comes, and notes every PDU; ``at`` is asked with each."""

    at: Callable[[Watcher, p.PDU], None]
    pdus: list[p.PDU] = field(default_factory=list)
    rest: bytes = b""
    closed: threading.Event = field(default_factory=threading.Event)

    def serve(self, connection: socket.socket) -> None:
        decoder, assembler = PduDecoder(), MessageAssembler()
        while data := connection.recv(1 << 20):
            for event in decoder.feed(data, 0):
                self.pdus.append(event.pdu)
                self.at(self, event.pdu)
                if isinstance(event.pdu, p.AssociateRQ):
                    rq = event.pdu
                    contexts = tuple(p.ContextResult(c.context_id, 0, c.transfer_syntaxes[0]) for c in rq.contexts)
                    user = p.UserInformation(16384, "1.2.3.4", "PEER")
                    connection.sendall(p.encode(p.AssociateAC(rq.called_ae, rq.calling_ae, contexts, user)))
                elif isinstance(event.pdu, p.PData):
                    for message in assembler.feed(event):
                        connection.sendall(self._answer(message))
                elif isinstance(event.pdu, p.ReleaseRQ):
                    connection.sendall(p.encode(p.ReleaseRP()))
        self.rest = bytes(decoder.pending)
        self.closed.set()

    @staticmethod
    def _answer(message: Any) -> bytes:
        values = {
            "CommandField": (message.command.number("CommandField") or 0) | 0x8000,
            "MessageIDBeingRespondedTo": message.command.number("MessageID") or 0,
            "CommandDataSetType": NO_DATASET,
            "Status": 0,
        }
        for keyword in ("AffectedSOPClassUID", "AffectedSOPInstanceUID"):
            if uid := message.command.text(keyword):
                values[keyword] = uid
        parts = [part for head, views in fragments(message.context_id, True, [encode_command(values)], 16384)
                 for part in (head, *views)]  # fmt: skip
        return b"".join(bytes(part) for part in parts)


@contextmanager
def watched(at: Callable[[Watcher, p.PDU], None]) -> Iterator[tuple[str, list[Watcher]]]:
    """Listen on a free port, with a Watcher for each connection."""
    listener, watchers = socket.create_server(("127.0.0.1", 0)), list[Watcher]()

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                watchers.append(Watcher(at))
                threading.Thread(target=_serve, args=(watchers[-1], connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"TARGET@127.0.0.1:{listener.getsockname()[1]}", watchers
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def _serve(watcher: Watcher, connection: socket.socket) -> None:
    with connection, suppress(OSError):
        watcher.serve(connection)


def test_a_wait_for_the_answer_to_an_association_request_ends_with_an_abort(tmp_path: Path) -> None:
    seen: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        connection.settimeout(20)
        connection.recv(1 << 16)
        send(signal.SIGHUP)
        seen.append(connection.recv(1 << 16))  # no answer
        connection.close()

    threading.Thread(target=serve, daemon=True).start()
    address = f"TARGET@127.0.0.1:{listener.getsockname()[1]}"
    of = interrupted(tmp_path / "out", exam(tmp_path), "--target", address, "--listen", free_port(), within=4)
    listener.close()
    assert seen == [p.encode(p.Abort(0, 0))]
    assert [link.ended for link in of.scenarios[0].associations] == ["aborted by the harness"]


@pytest.mark.long
@pytest.mark.parametrize("stuck", [False, True], ids=["reading", "stuck"])
def test_a_signal_in_the_middle_of_an_image_is_followed_by_whole_pdus(stuck: bool, tmp_path: Path) -> None:
    """The P-DATA-TF on its way is finished, then comes A-ABORT; where the peer takes no more, the connection is closed.

    Never is there an A-ABORT inside of a P-DATA-TF.
    """
    wake = threading.Event()

    def at(watcher: Watcher, pdu: p.PDU) -> None:
        if not wake.is_set() and sum(isinstance(each, p.PData) for each in watcher.pdus) == 8:
            time.sleep(0.5)  # our buffers are full by then, and a P-DATA-TF is on its way
            send(signal.SIGTERM)
            wake.set()
            if stuck:
                time.sleep(2.5)

    with watched(at) as (address, watchers):
        path = exam(tmp_path)
        path.write_text(path.read_text().replace("instances: 2", "instances: 40"))
        site = tmp_path / "site.yaml"
        ae, _, port = address.partition("@127.0.0.1:")
        at_port = f"{{ae: {ae}, host: 127.0.0.1, port: {port}}}"
        site.write_text(f"services: {{mpps: {at_port}, storage: {at_port}}}\n")
        of = interrupted(tmp_path / "out", path, "--site", site)
        storing = next(w for w in watchers if sum(isinstance(each, p.PData) for each in w.pdus) >= 8)
        assert storing.closed.wait(10)
    if stuck:
        assert not isinstance(storing.pdus[-1], p.Abort) or storing.rest == b""
    else:
        assert storing.rest == b""
        assert storing.pdus[-1] == p.Abort(0, 0)
    (left,) = of.scenarios[0].left_open
    assert left.ended


# --- once more --------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_second_signal_cuts_the_clean_up_short(tmp_path: Path) -> None:
    """The target is silent when its step is to be ended: nobody waits for that who asks twice."""
    with target("--orders", 0) as (address, process):

        def stop(seconds: float) -> None:
            time.sleep(seconds)
            send(signal.SIGTERM)

        step = VERBS["store"]

        def run(exam: Any, parameters: Any) -> str:
            process.send_signal(signal.SIGSTOP)
            threading.Thread(target=lambda: (stop(0.2), stop(0.6)), daemon=True).start()
            return step.run(exam, parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(VERBS, "store", replace(step, run=run))
            try:
                of = interrupted(
                    tmp_path / "out", exam(tmp_path), "--target", address, "--listen", free_port(), within=4
                )
            finally:
                process.send_signal(signal.SIGCONT)
    (left,) = of.scenarios[0].left_open
    assert (left.ended, left.detail) == (False, "interrupted by the user")
    assert left.why == "the run was interrupted in step 3, store"


def start(*argv: str | Path | int, prepare: Callable[[], object] = bool, **more: str) -> subprocess.Popen[str]:
    def prepared() -> None:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        prepare()

    return subprocess.Popen(
        command(*argv),
        env=environment(**more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepared,
    )


def wait_for(what: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + TIMEOUT
    while not what() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.long
@pytest.mark.whole
def test_a_third_signal_ends_it_at_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # whose backlog takes the connection
        address = f"TARGET@127.0.0.1:{silent.getsockname()[1]}"
        process = start("run", "ct-routine", "--target", address, "--out", tmp_path / "out", "--listen", free_port())
        wait_for((tmp_path / "out" / "transcript" / "ct-routine" / "a01.wire").exists, process)
        for _ in range(3):
            process.send_signal(signal.SIGTERM)
            time.sleep(0.001)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert time.monotonic() - began < 5
    assert process.returncode == 3
    assert "Traceback" not in stdout + stderr
    assert stderr.count("scanproof: interrupted") in (1, 2)


@pytest.mark.long
@pytest.mark.whole
@pytest.mark.parametrize(
    ("ignored", "number"),
    [(None, signal.SIGHUP), (signal.SIGINT, signal.SIGINT)],  # as a shell does with what it runs in the background
)
def test_the_real_command_line_is_interrupted(
    ignored: signal.Signals | None, number: signal.Signals, tmp_path: Path
) -> None:
    (tmp_path / "tmp").mkdir()
    process = start(
        *("run", "--out", tmp_path / "out", "-j", 4),
        prepare=lambda: ignored and signal.signal(ignored, signal.SIG_IGN),
        TMPDIR=str(tmp_path / "tmp"),
    )
    wait_for((tmp_path / "out" / "transcript" / "ct-routine" / "a03.wire").exists, process)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 3, stdout + stderr
    assert "Traceback" not in stdout + stderr
    assert any("interrupted by the user" in note for note in results(tmp_path / "out").notes)
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not any(Path(f"/proc/{child}").exists() for child in children)


@pytest.mark.long
@pytest.mark.whole
def test_nohup_is_honoured(tmp_path: Path) -> None:
    process = start(
        *("run", "ct-routine", "--out", tmp_path / "out"), prepare=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)
    )
    wait_for((tmp_path / "out" / "transcript" / "ct-routine" / "a01.wire").exists, process)
    process.send_signal(signal.SIGHUP)
    stdout, stderr = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, stdout + stderr


@pytest.mark.long
@pytest.mark.whole
def test_other_commands_end_at_once(tmp_path: Path) -> None:
    """They have nothing to put in order but what they write, which is whole or not there."""
    for argv, begun in (
        (
            ("generate", "ct", "--out", tmp_path / "ct", "--instances", 2000),
            lambda: any(tmp_path.glob(".*/**/IMG0010.dcm")),
        ),
        (("selftest", "-j", 2), lambda: any((tmp_path / "tmp").glob("scanproof-selftest-*/transcript/*/a01.wire"))),
        (("target", "--port", 0), lambda: True),
    ):
        (tmp_path / "tmp").mkdir(exist_ok=True)
        process = start(*argv, TMPDIR=str(tmp_path / "tmp"))
        if argv[0] == "target":
            assert process.stdout is not None
            process.stdout.readline()
        wait_for(begun, process)
        process.send_signal(signal.SIGTERM if argv[0] == "generate" else signal.SIGHUP)
        began = time.monotonic()
        stdout, stderr = process.communicate(timeout=TIMEOUT)
        assert time.monotonic() - began < 15
        assert "Traceback" not in stdout + stderr
        assert process.returncode == (0 if argv[0] == "target" else 3), stdout + stderr
        assert list((tmp_path / "tmp").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir()] == ["tmp"]  # no exam, no manifest, no hidden folder


@pytest.mark.long
@pytest.mark.whole
def test_a_terminal_that_is_closed(tmp_path: Path) -> None:
    """SIGHUP, and nothing can be printed any more: the reports are there all the same."""
    out = tmp_path / "out"
    argv = command("run", "ct-routine", "--out", out)
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(argv[0], argv, environment())
    began = out / "transcript" / "ct-routine" / "a03.wire"
    until = time.monotonic() + TIMEOUT
    while not began.exists() and time.monotonic() < until:
        if select.select([terminal], [], [], 0.01)[0]:
            os.read(terminal, 1 << 16)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 3
    assert not results(out).complete
    assert any("interrupted by the user" in note for note in results(out).notes)
