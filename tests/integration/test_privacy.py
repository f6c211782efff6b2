"""What a site's own systems answer is people's data: a run keeps it for whoever runs it, whatever the umask says."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.command_line import main, target
from tests.support.processes import free_port

EXAM = """\
id: short
title: a look at the worklist
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps:
  - query-worklist
  - choose-item
"""


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Permissions of a folder and of everything in it, but for those that are right."""
    found = {str(path.relative_to(folder.parent)): path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*"))}
    return {name: mode for name, mode in found.items() if mode != (0o700 if (folder.parent / name).is_dir() else 0o600)}


@pytest.mark.long
def test_a_run_against_somebody_elses_systems(umask: int, tmp_path: Path) -> None:
    scenario = tmp_path / "short.yaml"
    scenario.write_text(EXAM)
    data = tmp_path / "data"
    wide = tmp_path / "wide"
    wide.mkdir()
    wide.chmod(0o755)
    with target("--folder", data) as (address, _):
        for out in (tmp_path / "new" / "out", wide):
            done = main("run", scenario, "--target", address, "--listen", free_port(), "--out", out)
            assert done.returncode == 0, done.stdout + done.stderr
            assert done.stdout.count(f"private: {out} holds what the site's systems answered") == 1
            assert (f"others may list the folder: chmod 700 {out}" in done.stdout) == (out == wide)
            assert main("judge", out).returncode == 0
            assert modes(out) == ({"wide": 0o755} if out == wide else {})
        assert modes(tmp_path / "new") == {}
        assert modes(data) == {}


def test_nothing_is_said_of_what_is_made_up(tmp_path: Path) -> None:
    scenario = tmp_path / "short.yaml"
    scenario.write_text(EXAM)
    done = main("run", scenario, "--out", tmp_path / "out")
    assert done.returncode == 0
    assert "private:" not in done.stdout
    assert modes(tmp_path / "out") == {}


def test_generated_files_are_for_everybody(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        assert main("generate", "ct", "--instances", 1, "--out", tmp_path / "ct").returncode == 0
    finally:
        os.umask(before)
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "ct").iterdir()} == {0o644}
    shutil.rmtree(tmp_path / "ct")
