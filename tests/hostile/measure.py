"""Hostile peers and callers in a process of their own, with the limits of a site that says nothing of them.

For each name it prints a line: peak memory of the process so far, transcript and reports, in MiB.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from scansim.site import Limits
from tests.hostile import ALL_SCU, CALLERS, calling, meeting
from tests.hostile.reading import reports


def measured(name: str) -> tuple[float, float, float]:
    """What one of them comes to."""
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "transcript"
        if name in ALL_SCU:
            outcome = meeting.meet(ALL_SCU[name], where, limits=Limits())
        else:
            outcome = calling.meet(CALLERS[name], where, limits=Limits()).outcome
    told = sum(map(len, reports(outcome.results).values()))
    return _peak(), outcome.bytes / (1 << 20), told / (1 << 20)


def _peak() -> float:
    """Of this program alone: what getrusage tells may be its parent's, up to the start of the program."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(each, *(f"{figure:.1f}" for figure in measured(each)), flush=True)
