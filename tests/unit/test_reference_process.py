"""The reference target as a process of its own."""

from __future__ import annotations

import resource
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from scansim.reference import ReferenceConfig, ReferenceTargetError, process, start
from scansim.reference.__main__ import main
from tests.support.processes import environment, free_port
from tests.support.reference_client import COMMITMENT, CT, WORKLIST, Scu, instance
from tests.support.reference_commitment import ask_for, request
from tests.support.reference_queries import order, query


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet waited for does not."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def test_start_serve_and_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "_STOP_TIMEOUT", 30.0)  # on a busy machine it needs more than 5 s
    with start(ReferenceConfig("ARCHIVE", folder=tmp_path, commitment="same")) as running:
        assert (running.ae, running.host, running.folder) == ("ARCHIVE", "127.0.0.1", tmp_path)
        with Scu(running.port, (WORKLIST, CT, COMMITMENT), called="ARCHIVE") as scu:
            assert scu.find(query())[0] == []
            running.add_order(order(1))
            assert [item.AccessionNumber for item in scu.find(query())[0]] == ["A1"]
            scu.store(instance())
            assert ask_for(scu, request((CT, "2.25.1001"))).command.status == 0
            assert scu.message().command.number("EventTypeID") == 1
        assert running.stop() == 0
        assert not is_alive(running.pid)


def test_a_temporary_folder_goes_away() -> None:
    with start(ReferenceConfig()) as running:
        assert (running.folder / "reference.sqlite").is_file()
    assert not running.folder.exists()
    assert not is_alive(running.pid)


def test_a_target_that_does_not_come_up_says_why() -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(ReferenceTargetError, match="Address already in use"),
        start(ReferenceConfig(port=port)),
    ):
        pass


def test_no_orphan_stays_when_the_parent_is_killed(tmp_path: Path) -> None:
    code = textwrap.dedent("""
        import time
        from scansim.reference import ReferenceConfig, start
        with start(ReferenceConfig()) as running:
            print(running.pid, flush=True)
            time.sleep(30)
    """)
    env = environment(TMPDIR=str(tmp_path))  # a killed process leaves its temporary folder behind
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, env=env)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert is_alive(pid)
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)
    parent.stdout.close()


def test_the_command_seeds_orders_and_ends_on_sigterm() -> None:
    command = [sys.executable, "-m", "scansim.reference", "--orders", "6", "--ae", "RIS", "--peer", "X=127.0.0.1:1"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment())
    assert process.stdout is not None
    line = process.stdout.readline().decode()
    ae, _, address = line.removesuffix(" ready\n").partition("@")
    assert ae == "RIS"
    with Scu(int(address.rpartition(":")[2]), (WORKLIST,), called="RIS") as scu:
        items = scu.find(query())[0]
    assert [item.ScheduledProcedureStepSequence[0].Modality for item in items] == ["CT", "MR"] * 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout.read() == b"", "one line and no more"
    process.stdout.close()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 5  # of a processor, whoever else has some of it; 1 s where nobody has


@pytest.mark.parametrize("wrong", [["--peer", "X=nowhere"], ["--defect", "no-such"], ["--commitment", "later"]])
def test_wrong_options(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        main(wrong)
    assert error.value.code == 2
    assert wrong[1] in capsys.readouterr().err
