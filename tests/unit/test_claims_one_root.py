"""A defect that breaks the standard and the statement at once is one entry: what the statement says follows from it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.results import ClaimOutcome
from scanproof.session import collect, open_session
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.site import Timeouts

TIMEOUTS = Timeouts(connect=5, associate=3, response=4, commitment=6, hold=0.5, settle=0.1, again=0.1, operation=7)
#: Defect to the cases that come across it, the only check whose FAIL counts, and a claim that is contradicted.
DEFECTS = {
    "worklist-ignores-patient-name": (
        ("worklist-battery/single-value[PatientName]", "worklist-battery/wildcard[PatientName]"),
        "worklist.matches-keys",
        "REFERENCE.worklist.key.PatientName.SINGLE_VALUE",
    ),
    "mpps-duplicate-create-accepted": (
        ("mpps-battery/duplicate", "mpps-battery/duplicate-changed"),
        "mpps.duplicate-create",
        "REFERENCE.mpps.duplicate",
    ),
}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize("name", DEFECTS)
def test_what_the_statement_says_is_no_second_root(tmp_path: Path, name: str) -> None:
    cases, check, claim = DEFECTS[name]
    folder = tmp_path / "transcript"
    with open_session(None, defect=name, timeouts=TIMEOUTS) as session:
        session.run(
            find_scenarios(list(dict.fromkeys(case.partition("/")[0] for case in cases))),
            folder,
            seed=3,
            day=date(2026, 1, 2),
            statements=[builtin_folder() / "statements" / "reference.yaml"],
            selection=Selection(cases, odd=True),
        )
    results = collect(folder)
    failed = [each for each in results.all_findings if each.verdict is Verdict.FAIL]
    assert {each.check for each in failed if each.root is None} == {check}
    assert any(each.check.startswith("statement.") for each in failed)
    assert claim in {each.id for each in results.claims if each.outcome is ClaimOutcome.CONTRADICTED}
