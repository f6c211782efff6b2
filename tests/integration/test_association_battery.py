"""The association battery on the embedded target: each described request is served, and nothing is found fault with."""

from __future__ import annotations

from pathlib import Path

import pytest

from scansim.exam.scenario_files import find_scenarios
from scansim.steps.associate import Associate
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
def test_what_a_case_describes_is_served(tmp_path: Path) -> None:
    (battery,) = find_scenarios(["association-battery"])
    described = [case.id for case in battery.cases if any(isinstance(step, Associate) for step in case.steps)]
    only = [argument for name in described for argument in ("--only", f"association-battery/{name}")]
    done = main("run", "association-battery", *only, "--odd-data", "--seed", "1", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = [each for each in results(tmp_path / "out").scenarios if not each.not_run]
    assert [each.case.partition("/")[2] for each in found] == described
    assert {each.verdict.value for each in found} == {"PASS"}
    assert {step.outcome for each in found for step in each.steps} == {"done"}
    told = {each.case.partition("/")[2]: each.steps[1].detail for each in found}
    assert [name for name, text in TOLD.items() if text not in told[name]] == []
