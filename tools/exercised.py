"""Print, as JSON, which checks each built-in scenario exercises on the embedded target; see tools/regenerate."""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path

from scanproof.coverage import EXERCISED
from scanproof.selftest import _TIMEOUTS
from scanproof.session import collect, open_session
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario_files import builtin_scenarios, find_scenarios


def exercised(name: str) -> list[str]:
    """Ids of the checks that looked at something in a run of one scenario."""
    statement = builtin_folder() / "statements" / "reference.yaml"
    with tempfile.TemporaryDirectory(prefix="scanproof-exercised-") as temporary:
        folder = Path(temporary) / "transcript"
        with open_session(None, timeouts=_TIMEOUTS) as session:
            session.run(find_scenarios([name]), folder, seed=1, day=date(2026, 1, 2), statements=[statement])
        return sorted({each.check for each in collect(folder).all_findings if each.verdict in EXERCISED})


if __name__ == "__main__":
    print(json.dumps({name: exercised(name) for name in builtin_scenarios()}, indent=1))
