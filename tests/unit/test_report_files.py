from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanproof.report import write_reports
from scanproof.report.files import write_atomically
from scansim.inputs import InputError
from tests.support import report_example
from tests.support.processes import environment


def test_three_files_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    written = write_reports(report_example.results(), folder)
    assert [path.name for path in written] == ["results.json", "junit.xml", "report.html"]
    assert sorted(folder.iterdir()) == sorted(written)


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    one = write_reports(report_example.results(), tmp_path / "one")
    two = write_reports(report_example.results(), tmp_path / "two")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "results.json"
    write_atomically(path, b"old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(InputError, match=r"results\.json: cannot be written: No space left on device"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file: cannot be made: File exists"):
        write_reports(report_example.results(), tmp_path / "file")


def test_a_report_that_cannot_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "junit.xml" / "inside").mkdir(parents=True)
    with pytest.raises(InputError, match=r"junit\.xml: cannot be written: Is a directory"):
        write_reports(report_example.results(), tmp_path)
    assert not list(tmp_path.glob(".*"))


def test_the_files_have_the_permissions_of_ordinary_files(tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.write_text("")
    write_atomically(tmp_path / "atomic", b"")
    assert (tmp_path / "atomic").stat().st_mode == ordinary.stat().st_mode


def test_importing_the_reports_loads_neither_jinja2_nor_rich() -> None:
    code = (
        "import sys, scanproof.report, scanproof.report.terminal, scanproof.report.html\n"
        "print(sorted({'jinja2', 'rich', 'markupsafe'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment(), check=True
    )
    assert run.stdout == "[]\n"
