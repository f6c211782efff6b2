"""``scanproof target --record`` and ``judge`` of what it wrote, as commands, with DCMTK's clients and by a kill."""

from __future__ import annotations

import io
import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.live import LiveLines, line_of
from scanproof.recording import read_facts
from tests.clients.test_recorded_clients import echo
from tests.support.building import VERIFICATION
from tests.support.clients import recorded, target_that_records
from tests.support.command_line import command, main, results, scanproof
from tests.support.others import require
from tests.support.processes import environment
from tests.support.raw_client import associated, connected, request
from tests.support.raw_client import command as command_set
from tests.support.reference_client import CT, Scu, instance


@contextmanager
def recording(folder: Path, *argv: str | Path | int) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The command; yields its port and the process, whose output is still to be read."""
    process = subprocess.Popen(
        command("target", "--port", 0, "--record", folder, *argv),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.endswith(" ready\n"), line + process.stdout.read()
        yield int(line.removesuffix(" ready\n").rpartition(":")[2]), process
    finally:
        process.kill()
        process.wait(20)
        process.stdout.close()


def ended(process: subprocess.Popen[str]) -> list[str]:
    """End the target as an administrator does; the lines that it had still to say."""
    process.send_signal(signal.SIGTERM)
    assert process.stdout is not None
    out = process.stdout.read()  # not communicate, which leaves what was read ahead
    assert process.wait(60) == 0, out
    return out.splitlines()


# --- lines ------------------------------------------------------------------------------------------------------------


def odd(port: int) -> None:
    with associated(port, VERIFICATION, calling_ae="MODSIM") as raw:
        raw.ask(1, command_set("C-ECHO-RQ") + b"\0")


def test_a_line_tells_who_what_and_the_first_fault(tmp_path: Path) -> None:
    at = recorded(tmp_path, odd)
    line = line_of(at.folder / "a01.wire", read_facts(at.folder))
    assert re.match(r"MODSIM@127\.0\.0\.1: 1 association.*: \d+ faults?: ", line), line
    at = recorded(tmp_path, echo)
    told = line_of(at.folder / "a01.wire", read_facts(at.folder))
    assert told == "MODSIM@127.0.0.1: 1 association, 1 C-ECHO: pass"


def test_lines_come_in_the_background_and_a_reader_that_is_gone_ends_nothing(tmp_path: Path) -> None:
    at, lines = recorded(tmp_path, echo), list[str]()

    def put(line: str) -> None:
        lines.append(line)
        raise BrokenPipeError

    live = LiveLines(at.folder, put)
    for _ in range(3):
        live.ended(at.folder / "a01.wire")
    (at.folder / "a02.wire").write_bytes(b"no record")
    live.ended(at.folder / "a02.wire")
    live.finish()
    assert len(lines) == 4
    assert all(line.endswith("1 C-ECHO: pass") for line in lines[:3])
    assert "not a transcript of an association" in lines[3]


def test_a_title_cannot_steer_the_terminal(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        with connected(port) as raw:
            raw.associate(request(VERIFICATION, calling_ae="A\x1b[2JB"))

    at, out = recorded(tmp_path, drive), io.StringIO()
    live = LiveLines(at.folder, lambda line: print(line, file=out))
    live.ended(at.folder / "a01.wire")
    live.finish()
    assert "\x1b" not in out.getvalue()
    assert "A?[2JB@127.0.0.1: 1 association" in out.getvalue()


# --- commands ---------------------------------------------------------------------------------------------------------


def test_judge_of_a_recording(tmp_path: Path) -> None:
    good, bad = recorded(tmp_path, echo), recorded(tmp_path, odd)
    done = main("judge", good.folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "client:MODSIM@127.0.0.1: 1 association, 1 C-ECHO; no fault" in " ".join(done.stdout.split())
    assert "0 NOT TESTED" in " ".join(done.stdout.split())
    done = main("judge", bad.folder, "--out", tmp_path / "out")
    assert done.returncode == 1
    judged = results(tmp_path / "out")
    assert judged.recorded
    assert {each.party for each in judged.all_findings} == {"client MODSIM@127.0.0.1"}
    html = (tmp_path / "out" / "report.html").read_text()
    assert "our target" in html
    assert "To repeat it" not in html
    assert 'name="client:MODSIM@127.0.0.1"' in (tmp_path / "out" / "junit.xml").read_text()


def test_a_statement_says_nothing_of_clients(tmp_path: Path) -> None:
    at = recorded(tmp_path, echo)
    done = main("judge", at.folder, "--statement", tmp_path / "x.yaml")
    assert done.returncode == 2
    assert "--statement goes with a run" in done.stderr


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (("--whole",), "--whole goes with --record"),
        (("--strict",), "--strict goes with --record"),
        (("--record", "{}/new", "--host", "0.0.0.0"), "--host 0.0.0.0: not this machine's loopback"),
        (("--record", "{}"), "is not empty; give another --record"),
        (("--record", "{}/file/x"), "a file is in the way: move it, or give another place with --record"),
    ],
)
def test_what_is_refused_before_anybody_can_call(argv: tuple[str, ...], told: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = main("target", *(word.format(tmp_path) for word in argv))
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "new").exists()


@pytest.mark.long
def test_the_target_says_a_line_for_each_and_leaves_a_report(tmp_path: Path) -> None:
    with recording(tmp_path / "rec") as (port, process):
        echo(port)
        with Scu(port, (CT,), called="ANYBODY", calling="CT1") as scu:
            scu.store(instance(uid="2.25.9901"))
        lines = ended(process)
    assert "for you alone: what clients send may be real people's data" in lines[0]
    told = [line.partition(" ")[2] for line in lines]
    assert "MODSIM@127.0.0.1: 1 association, 1 C-ECHO: pass" in told
    assert any(line.startswith("CT1@127.0.0.1: 1 association, 1 C-STORE: ") for line in told)
    assert lines[-1] == f"report: {tmp_path / 'rec' / 'report.html'}"
    assert {each.id for each in results(tmp_path / "rec").scenarios} == {
        "client:MODSIM@127.0.0.1",
        "client:CT1@127.0.0.1",
    }
    judged = scanproof("judge", tmp_path / "rec", "--out", tmp_path / "again")
    assert judged.returncode in (0, 1)
    for name in ("results.json", "junit.xml", "report.html"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "rec" / name).read_bytes()


@pytest.mark.long
def test_what_is_killed_leaves_what_had_been_recorded(tmp_path: Path) -> None:
    with recording(tmp_path / "rec") as (port, process), Scu(port, calling="MODSIM") as scu:
        scu.echo()
        os.kill(process.pid, signal.SIGKILL)
        process.wait(20)
        scu.open = False
    done = main("judge", tmp_path / "rec")
    assert done.returncode == 0, done.stdout
    assert "client:MODSIM@127.0.0.1: 1 association, 1 C-ECHO" in " ".join(done.stdout.split())
    assert "has not ended, or was killed" in " ".join(done.stdout.split())


@pytest.mark.peer
@pytest.mark.long
def test_clients_of_dcmtk_are_right(tmp_path: Path) -> None:
    echoscu, storescu, findscu = (require(name, "dcmtk") for name in ("echoscu", "storescu", "findscu"))
    file = tmp_path / "image.dcm"
    ds = instance(uid="2.25.9902", SOPClassUID=CT)
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(file, enforce_file_format=True)
    with target_that_records(tmp_path) as at:
        where = ("-aet", "DCMTK", "127.0.0.1", str(at.port))
        for program, *more in ((echoscu,), (storescu, str(file)), (findscu, "-W", "-k", "PatientName")):
            options = [each for each in more if each.startswith("-") or each == "PatientName"]
            files = [each for each in more if each not in options]
            done = subprocess.run([program, *options, *where, *files], capture_output=True, timeout=30, check=False)
            assert done.returncode == 0, done.stderr
    (client,) = at.results().scenarios
    assert client.title == "3 associations, 1 C-ECHO, 1 C-STORE, 1 C-FIND"
    of_protocol = [each for each in client.findings if each.check.startswith(("association.", "dimse."))]
    assert of_protocol
    assert {each.verdict.value for each in of_protocol} == {"PASS"}


def test_a_line_tells_of_its_own_association_alone_and_knows_those_before(tmp_path: Path) -> None:
    def drive(port: int) -> None:
        odd(port)
        echo(port)
        odd(port)

    at, lines = recorded(tmp_path, drive), list[str]()
    live = LiveLines(at.folder, lines.append)
    for number in (1, 2, 3):
        live.ended(at.folder / f"a{number:02d}.wire")
    live.finish()
    assert [line.partition("C-ECHO: ")[2].partition(":")[0].partition(" ")[2] for line in lines] == [
        "faults",
        "",
        "faults",
    ]
    assert lines[1].endswith(": pass")


@pytest.mark.long
def test_our_own_scanner_is_a_right_client(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with target_that_records(tmp_path, peers={"SCANPROOF": ("127.0.0.1", port)}) as at:
        where = (
            "--target",
            f"REFERENCE@127.0.0.1:{at.port}",
            "--services",
            "mpps,storage,commitment",
            "--listen",
            port,
        )
        main("run", "ct-routine", *where, "--out", tmp_path / "out")
    (client,) = at.results().scenarios
    assert "1 N-CREATE" in client.title
    assert "1 N-ACTION" in client.title
    assert client.verdict is Verdict.PASS, [f"{each.check}: {each.actual}" for each in client.findings]
