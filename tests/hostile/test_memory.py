"""The heavy ones, each in a process of its own: 300 MiB of memory 200 MiB of transcript, whatever they send."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import ALL_SCU, CALLERS

ROOT = Path(__file__).parents[2]
HEAVY = [each.name for each in (*ALL_SCU.values(), *CALLERS.values()) if each.heavy]
MEMORY, DISK, REPORTS = 300, 200, 20
#: A run of a few steps, and its judge.
SECONDS = 20


@pytest.mark.long
@pytest.mark.parametrize("name", HEAVY)
def test_memory_and_disk(name: str) -> None:
    command = [sys.executable, "-m", "tests.hostile.measure", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    peak, written, told, _, ran, judged = map(float, done.stdout.split())
    assert peak < MEMORY, done.stdout
    assert written < DISK, done.stdout
    assert told < REPORTS, done.stdout
    assert max(ran, judged) < SECONDS, done.stdout
