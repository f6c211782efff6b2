"""Hostile peers and callers in a process of their own, with the limits of a site that says nothing of them.

For each name it prints a line: peak memory of the process so far, transcript and reports, in MiB.
"""

from __future__ import annotations

import resource
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
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, outcome.bytes / (1 << 20), told / (1 << 20)


if __name__ == "__main__":
    for each in sys.argv[1:]:
        print(each, *(f"{figure:.1f}" for figure in measured(each)), flush=True)
