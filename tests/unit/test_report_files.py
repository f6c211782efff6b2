from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scanproof.report import write_reports
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


def test_reports_that_cannot_all_be_written_leave_the_old_ones_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write_reports(report_example.results(), tmp_path)
    for path in written:
        path.write_bytes(b"old")
    synced = []

    def full_the_third_time(file: int) -> None:
        synced.append(file)
        if len(synced) == 3:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full_the_third_time)
    told = (
        r"report\.html: cannot be written: No space left on device; make room there, or give another place with --out"
    )
    with pytest.raises(InputError, match=told):
        write_reports(report_example.results(), tmp_path)
    assert [path.read_bytes() for path in written] == [b"old"] * 3
    assert sorted(tmp_path.iterdir()) == sorted(written)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match=r"file: cannot be made: File exists"):
        write_reports(report_example.results(), tmp_path / "file")


def test_a_report_that_cannot_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "junit.xml" / "inside").mkdir(parents=True)
    with pytest.raises(InputError, match=r"junit\.xml: cannot be written: Is a directory"):
        write_reports(report_example.results(), tmp_path)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o277])
def test_the_files_are_for_nobody_else(mask: int, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir(0o755)
    before = os.umask(mask)
    try:
        written = [*write_reports(report_example.results(), tmp_path / "new" / "reports")]
        written += write_reports(report_example.results(), tmp_path / "there")
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in written} == {0o600}
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in ("new", "new/reports", "there")] == [
        *(0o700, 0o700),
        0o755,
    ]


def test_importing_the_reports_loads_neither_jinja2_nor_rich() -> None:
    code = (
        "import sys, scanproof.report, scanproof.report.terminal, scanproof.report.html\n"
        "print(sorted({'jinja2', 'rich', 'markupsafe'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment(), check=True
    )
    assert run.stdout == "[]\n"
