"""`scanproof check` by several processes: the same report, and an honest one when it ends early."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from scanproof.iod.command import Options, check_paths, workers
from scanproof.iod.command.judging import Judging
from scanproof.iod.command.sources import Source
from scansim.mutants import mutate
from tests.support.processes import environment
from tests.support.small_exam import small_exam


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Seventy files in folders, some of them at fault, some no DICOM files, some alike."""
    folder = tmp_path_factory.mktemp("study")
    files = small_exam("ct", tmp_path_factory.mktemp("ct"))
    for number in range(70):
        data = files[number % 5]
        if number % 7 == 3:
            data = mutate("enumerated-value-patient-sex", data)
        if number % 20 == 9:
            data = b"no file of ours"
        place = folder / str(number // 20)
        place.mkdir(exist_ok=True)
        (place / f"{number:03}{'.dcm' if number % 3 else ''}").write_bytes(data)
    return folder


@pytest.fixture
def soon(monkeypatch):
    """Processes are started for few files."""
    monkeypatch.setattr(workers, "_WORTH_IT", 8)
    monkeypatch.setattr(workers, "_PARCEL", 4)


def run(*paths, stopped=lambda: False, **options):
    out, notes = [], []
    code = check_paths([Path(path) for path in paths], Options(**options), out.append, notes.append, None, stopped)
    return code, "".join(out), notes


def alive():
    return [each for each in Path("/proc").glob(f"{os.getpid()}/task/*/children") for _ in each.read_text().split()]


@pytest.mark.parametrize("as_json", [True, False])
def test_several_processes_say_what_one_says(study, soon, as_json):
    alone = run(study, jobs=1, as_json=as_json)
    assert run(study, jobs=3, as_json=as_json) == alone
    assert alone[0] == 1
    assert not alive()


def test_processes_share_no_place_in_a_file():
    """What is open when they begin has one place for all of them, and each would read where another one was."""
    Judging(Options(), None, None).judge(Source(__file__))
    places = [str(link.readlink()) for link in Path("/proc/self/fd").iterdir() if link.exists()]
    assert places
    assert [place for place in places if "/scanproof/" in place] == []


def test_for_few_files_nothing_is_started(study, monkeypatch):
    monkeypatch.setattr(workers, "_Crew", None)
    assert run(study, jobs=8)[0] == 1


def test_a_process_that_dies_is_told(study, soon, monkeypatch):
    judge = Judging.judge

    def dying(self, source):
        if source.path.endswith("041.dcm"):
            os.kill(os.getpid(), signal.SIGKILL)
        return judge(self, source)

    monkeypatch.setattr(Judging, "judge", dying)
    code, text, notes = run(study, jobs=2, as_json=True)
    report = json.loads(text)
    assert code == 3
    assert "a process was ended by signal 9" in report["partial"]
    assert "040" in report["partial"]
    assert 25 < len(report["files"]) < 41
    assert any("this report is of the first" in note for note in notes)
    assert not alive()
    code, text, _ = run(study, jobs=2)
    assert code == 3
    assert "files checked against edition" in text


def test_an_error_of_ours_is_not_hidden(study, soon, monkeypatch):
    def failing(self, source):
        raise ZeroDivisionError(source.path)

    monkeypatch.setattr(Judging, "judge", failing)
    with pytest.raises(ZeroDivisionError):
        run(study, jobs=2)
    assert not alive()


@pytest.mark.parametrize("jobs", [1, 3])
def test_one_that_is_to_end_leaves_a_report(study, soon, jobs):
    asked = iter(range(10**6))
    code, text, notes = run(study, jobs=jobs, as_json=True, stopped=lambda: next(asked) > 10)
    report = json.loads(text)
    assert code == 3
    assert report["partial"].startswith("interrupted: ")
    assert 0 < len(report["files"]) < 60
    assert any("interrupted: this report is of the first" in note for note in notes)
    assert not alive()


def test_processes_end_with_whoever_stops_reading(study, soon):
    sources = (Source(str(path)) for path in sorted(study.rglob("*")) if path.is_file())
    judged = workers.judge_all(sources, partial(Judging, Options(), None, None), 3, lambda: False, opinions=False)
    assert next(judged).name.endswith("000")
    assert alive()
    judged.close()
    assert not alive()


def test_a_path_that_is_long_fits_into_a_line(tmp_path, soon, monkeypatch):
    monkeypatch.setattr(workers, "_PARCEL", 64)
    sources = (Source("/" + "x" * 4000 + str(number)) for number in range(500))
    judged = list(workers.judge_all(sources, partial(Judging, Options(), None, None), 2, lambda: False, opinions=False))
    assert [each.name[4001:] for each in judged] == [str(number) for number in range(500)]
    assert all(each.remark for each in judged)


@pytest.mark.long
def test_a_signal_ends_all_and_the_report_is_whole(study, tmp_path):
    folders = [str(study)] * 1000  # 70,000 files, which take their time
    command = [sys.executable, "-m", "scanproof", "check", "--json", "-j", "2", *folders]
    report = tmp_path / "report.json"
    with report.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.PIPE, env=environment(), start_new_session=True
        )
        until = time.monotonic() + 30
        while report.stat().st_size < 100_000 and time.monotonic() < until:
            os.sched_yield()
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 3
    assert json.loads(report.read_text())["partial"].startswith("interrupted: ")
    assert b"this report is of the first" in said
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
