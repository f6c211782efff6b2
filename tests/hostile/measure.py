"""One hostile peer or caller in a process of its own, with the limits of a site that says nothing of them.

It prints what the run came to: peak memory in MiB, transcript in MiB, exit code.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from scansim.site import Limits
from tests.hostile import ALL_SCU, CALLERS, calling, meeting

if __name__ == "__main__":
    name = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        where = Path(folder) / "transcript"
        if name in ALL_SCU:
            outcome = meeting.meet(ALL_SCU[name], where, limits=Limits())
        else:
            outcome, _, _ = calling.meet(CALLERS[name], where, limits=Limits())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{peak:.0f} {outcome.bytes / (1 << 20):.1f} {outcome.code} {outcome.seconds:.1f} {outcome.judged:.1f}")
