"""Disks that are full, read-only, over quota, broken or gone: a message with path and advice, exit code 2, no rest."""

from __future__ import annotations

import builtins
import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from scanproof.results import Results
from scansim.reference.store import Store
from tests.support.command_line import TIMEOUT, command, main, results, target
from tests.support.processes import environment, free_port

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES, errno.ENOENT)

EXAM = """\
id: short
title: an exam of two images
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps:
  - create-mpps
  - acquire: {protocol: ct-abdomen, instances: 2}
  - store
  - set-mpps: {status: COMPLETED}
"""


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Address and folder of a target that runs."""
    folder = tmp_path_factory.mktemp("target") / "data"
    with target("--orders", 0, "--folder", folder) as (address, _):
        yield address, folder


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "short.yaml"
    path.write_text(EXAM)
    return path


class Disk:
    """From its n-th write on, nothing can be written below a folder; what is there can be read and removed."""

    def __init__(self, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.place = str(place)
        self.calls, self.fails_at, self.error = 0, -1, errno.ENOSPC
        original_open = builtins.open

        def opened(path: Any, mode: str = "r", *args: Any, **named: Any) -> Any:
            if not self.holds(path) or mode in ("r", "rb"):
                return original_open(path, mode, *args, **named)
            self.write(path)
            return File(self, original_open(path, mode, *args, **named))

        monkeypatch.setattr(builtins, "open", opened)
        for name in ("replace", "mkdir"):
            monkeypatch.setattr(os, name, self.guarded(getattr(os, name)))

    def holds(self, path: Any) -> bool:
        return isinstance(path, str | os.PathLike) and str(path).startswith(self.place)

    def guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def guarded(path: Any, *args: Any, **named: Any) -> Any:
            if self.holds(path):
                self.write(path)
            return call(path, *args, **named)

        return guarded

    def write(self, path: Any = None) -> None:
        self.calls += 1
        if 0 < self.fails_at <= self.calls:
            raise (
                OSError(self.error, os.strerror(self.error), path)
                if path
                else OSError(self.error, os.strerror(self.error))
            )


class File:
    """A file on such a disk; what it could not write it still holds when it is closed, as files do."""

    def __init__(self, disk: Disk, file: Any) -> None:
        self._disk, self._file = disk, file

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> File:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: Any) -> int:
        self._disk.write()
        return int(self._file.write(data))

    def flush(self) -> None:
        self._disk.write()
        self._file.flush()

    def close(self) -> None:
        self._file.close()


def broken(out: Path, *argv: str | Path | int) -> str:
    """Run where something cannot be written; returns what was said. What was written before can be judged."""
    done = main("run", "--out", out, *argv)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr.startswith("scanproof: ")
    assert not list(out.rglob(".*"))
    return done.stderr


def judged(out: Path) -> Results | None:
    """What `judge` says of what such a run has left; None where it had not begun."""
    if not (out / "transcript" / "run.json").is_file():
        return None
    done = main("judge", out, "--out", out.parent / "judged")
    of = results(out.parent / "judged")
    assert done.returncode == (0 if of.complete else 3), done.stdout + done.stderr
    assert {each.verdict for each in of.all_findings} & {"FAIL", "WARN"} == set()
    return of


def open_steps(folder: Path) -> list[str]:
    store = Store(folder)
    try:
        return [str(s.PerformedProcedureStepStatus) for s in store.steps() if s.PerformedProcedureStepStatus[0] == "I"]
    finally:
        store.close()


def positions(calls: int, count: int) -> list[int]:
    return [1 + number * (calls - 1) // (count - 1) for number in range(count)]


@pytest.mark.parametrize("count", [6, pytest.param(16, marks=[pytest.mark.long, pytest.mark.whole])])
def test_writing_fails_at_any_moment(
    count: int, there: tuple[str, Path], scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, folder = there
    argv = (scenario, "--target", address, "--listen", free_port())
    disk = Disk(tmp_path / "out", monkeypatch)
    assert main("run", "--out", tmp_path / "out", *argv).returncode == 0
    assert disk.calls > 40
    kinds = cycle(ERRORS)
    for at in positions(disk.calls, count):
        shutil.rmtree(tmp_path / "out", ignore_errors=True)
        disk.calls, disk.fails_at, disk.error = 0, at, next(kinds)
        told = broken(tmp_path / "out", *argv)
        assert f"{tmp_path / 'out'}" in told, (at, told)
        assert ": cannot be " in told
        assert os.strerror(disk.error) in told
        assert "with --out" in told
        disk.fails_at = -1
        assert (judged(tmp_path / "out") is not None) == ("is judged by: scanproof judge " in told)
        assert open_steps(folder) == []  # the step was ended, although it could not be recorded


def test_places_that_cannot_be_written(there: tuple[str, Path], scenario: Path, tmp_path: Path) -> None:
    argv = (scenario, "--target", there[0], "--listen", free_port())
    (tmp_path / "file").write_text("in the way")
    for out, told in (
        (tmp_path / "file", "a file is in the way: move it"),
        (tmp_path / "file" / "below", "a file is in the way: move it"),
        (Path("/proc/nowhere"), "its folder is gone"),
        (tmp_path / ("x" * 300), "give a shorter path with --out"),
    ):
        done = main("run", *argv, "--out", out)
        assert done.returncode == 2
        assert f"{out}" in done.stderr
        assert "cannot be made: " in done.stderr
        assert told in done.stderr, done.stderr
    done = main("generate", "ct", "--instances", 1, "--out", tmp_path / "file" / "below")
    assert done.returncode == 2
    assert "a file is in the way: move it, or give another place with --out" in done.stderr


def test_a_folder_that_vanishes_meanwhile(
    there: tuple[str, Path], scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from scansim.exam import run as run_module

    original = run_module._run_step

    def run_step(exam: Any, number: int, *args: Any) -> Any:
        if number == 3:
            shutil.rmtree(tmp_path / "out")
        return original(exam, number, *args)

    monkeypatch.setattr(run_module, "_run_step", run_step)
    told = broken(tmp_path / "out", scenario, "--target", there[0], "--listen", free_port())
    assert "No such file or directory; its folder is gone: keep it while this runs" in told
    assert open_steps(there[1]) == []


@pytest.mark.long
def test_a_listener_that_cannot_record_accuses_nobody(
    tmp_path: Path, scenario: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.write_text(f"{EXAM}  - commit\n")
    temporary, port = tmp_path / "temporary", free_port()
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    disk = Disk(temporary, monkeypatch)
    with target("--orders", 0, listener=port) as (address, _):
        disk.fails_at = 2  # its folder can be made
        argv = ("run", scenario, "--target", address, "--listen", port, "--timeout", "commitment=1")
        done = main(*argv, "--out", tmp_path / "out")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "l00001.wire: cannot be written: No space left on device; make room there" in done.stderr
    assert "or give another place with TMPDIR" in done.stderr
    assert not (tmp_path / "out" / "results.json").exists()
    assert list(temporary.iterdir()) == []


@pytest.mark.long
def test_output_that_goes_to_a_full_disk() -> None:
    with Path("/dev/full").open("w") as full:
        argv = command("list", "checks", "--json")
        done = subprocess.run(argv, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 2
    told = "standard output: cannot be written: No space left on device; send it somewhere else"
    assert done.stderr == f"scanproof: {told}\n"


# --- real file systems ------------------------------------------------------------------------------------------------

pytestmark_root = pytest.mark.skipif(os.geteuid() != 0, reason="a file system of its own takes root")


def on_small_disk(pages: int, place: Path, *argv: str | Path | int, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the real command line where a folder is a file system of so many pages of 4 KiB."""
    place.mkdir(exist_ok=True)
    mounted = f'mount -t tmpfs -o size={4 * pages}k none {place} && exec "$@"'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mounted, "sh", *command(*argv)],
        env=environment(**more),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.mark.long
@pytestmark_root
def test_a_disk_that_is_full_during_the_run(there: tuple[str, Path], scenario: Path, tmp_path: Path) -> None:
    argv = ("run", scenario, "--target", there[0], "--listen", free_port(), "--out")
    assert main(*argv, tmp_path / "room").returncode == 0
    recorded, reported = _pages(tmp_path / "room" / "transcript"), _pages(tmp_path / "room")
    for pages in (3, recorded // 2, (recorded + reported) // 2):  # full at once, in the images, in the reports
        done = on_small_disk(pages, tmp_path / "disk", *argv, tmp_path / "disk" / "out")
        assert done.returncode == 2, done.stdout + done.stderr
        assert "No space left on device; make room there, or give another place with --out" in done.stderr


def _pages(folder: Path) -> int:
    """What the files of a folder take of a tmpfs, in pages of 4 KiB."""
    return sum(1 + path.stat().st_size // 4096 for path in folder.rglob("*") if path.is_file())


@pytest.mark.long
@pytestmark_root
def test_a_full_temporary_folder_is_our_own_trouble(scenario: Path, tmp_path: Path) -> None:
    """The embedded target has no room: nobody is accused of that."""
    for pages in (1, 20, 180, 250):  # from nothing at all to the first image
        out = tmp_path / f"out-{pages}"
        done = on_small_disk(pages, tmp_path / "disk", "run", scenario, "--out", out, TMPDIR=str(tmp_path / "disk"))
        assert done.returncode == 2, (pages, done.stdout + done.stderr)
        assert str(tmp_path / "disk") in done.stderr
        assert "TMPDIR" in done.stderr
        assert not (out / "results.json").exists()


@pytest.mark.long
@pytestmark_root
@pytest.mark.parametrize("more", [(), ("--dicomdir",)])
def test_a_disk_that_is_full_while_files_are_generated(more: tuple[str, ...], tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    script = f'"$@"; code=$?; find {disk}; exit $code'
    argv = ["generate", "ct", "--instances", "5", "--out", disk / "ct", *more]
    disk.mkdir()
    mounted = f"mount -t tmpfs -o size=1200k none {disk} && {script}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", mounted, "sh", *command(*argv)],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert f"{disk}/ct" in done.stderr
    assert "No space left on device; make room there, or give another place with --out" in done.stderr
    assert "Traceback" not in done.stderr
    assert "tmp" not in done.stdout.replace(str(tmp_path), "")
    assert "manifest" not in done.stdout
