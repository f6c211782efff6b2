"""The heavy ones: 300 MiB of memory, 200 MiB of transcript, 20 MiB of reports, whatever they send."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile import ALL_SCU, CALLERS

ROOT = Path(__file__).parents[2]
HEAVY = [each.name for each in (*ALL_SCU.values(), *CALLERS.values()) if each.heavy]
MEMORY, DISK, REPORTS = 300, 200, 20
#: Processes that they share; peak memory is that of the worst.
PROCESSES = 4


@pytest.mark.long
@pytest.mark.parametrize("part", range(PROCESSES))
def test_memory_and_disk(part: int) -> None:
    command = [sys.executable, "-m", "tests.hostile.measure", *HEAVY[part::PROCESSES]]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        _, peak, written, told = line.split()
        assert float(peak) < MEMORY, done.stdout
        assert float(written) < DISK, done.stdout
        assert float(told) < REPORTS, done.stdout
