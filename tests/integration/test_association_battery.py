"""The association battery on the embedded target: every case is served, and nothing wrong is said of a right target."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command_line import main, results

#: Of some cases, what their step says.
TOLD = {
    "title-before": "accepted; C-ECHO answered 0000H",
    "wrong-title[other]": "called AE title not recognized",
    "malformed-title[blank-calling]": "calling AE title not recognized",
    "more-versions[65535]": "accepted; C-ECHO answered 0000H",
    "other-version[2]": "protocol version not supported",
    "other-application-context[1.2.3.4]": "application context name not supported",
    "full": "accepted; C-ECHO answered 0000H",
    "unknown-class[private]": "accepted; released",
    "max-length[14]": "accepted; C-ECHO answered 0000H",
    "malformed[too-long]": "the target aborted the association",
    "ends[abort]": "accepted; aborted",
    "ends[nothing]": "accepted; the connection was closed",
}


@pytest.mark.long
def test_the_whole_battery(tmp_path: Path) -> None:
    done = main("run", "association-battery", "--odd-data", "--seed", "1", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert {each.verdict.value for each in found.scenarios} == {"PASS"}
    told = {
        each.case.partition("/")[2]: next(step.detail for step in each.steps if step.verb == "associate")
        for each in found.scenarios
    }
    assert [name for name, text in TOLD.items() if text not in told[name]] == []
    assert {each.steps[-1].outcome for each in found.scenarios} == {"done"}
