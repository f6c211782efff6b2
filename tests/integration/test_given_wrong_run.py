"""A RIS whose items are at fault, an MPPS manager and an archive that take what they are given: one entry fails."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.selftest import SCENARIO
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.reference.given_wrong import GIVEN_WRONG

QUIET = (Verdict.PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)


@pytest.mark.long
@pytest.mark.parametrize("defect", GIVEN_WRONG)
def test_one_entry_fails_and_it_is_the_worklists(tmp_path: Path, defect: str) -> None:
    folder = tmp_path / "transcript"
    with open_session(None, defect=defect) as session:
        session.run(find_scenarios([SCENARIO]), folder, seed=7, day=date(2026, 1, 2))
    found = [each for each in collect(folder).all_findings if each.root is None and each.verdict not in QUIET]
    assert {(each.check, each.verdict) for each in found} == {(GIVEN_WRONG[defect].check, Verdict.FAIL)}
    assert len({each.group for each in found}) == 1
    assert all(each.party.startswith("worklist ") for each in found)
