"""One hostile peer or caller in a process of its own, with the limits of a site that says nothing of them.

It prints what the run came to: peak memory, transcript and reports in MiB, exit code, seconds of run and judge.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from scansim.site import Limits
from tests.hostile import ALL_SCU, CALLERS, calling, meeting
from tests.hostile.reading import reports

if __name__ == "__main__":
    name = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "transcript"
        if name in ALL_SCU:
            outcome = meeting.meet(ALL_SCU[name], where, limits=Limits())
        else:
            outcome = calling.meet(CALLERS[name], where, limits=Limits()).outcome
    told = sum(map(len, reports(outcome.results).values()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sizes = f"{outcome.bytes / (1 << 20):.1f} {told / (1 << 20):.1f}"
    print(f"{peak:.0f} {sizes} {outcome.code} {outcome.seconds:.1f} {outcome.judged:.1f}")
