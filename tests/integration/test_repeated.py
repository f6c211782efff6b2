"""The same seed again, on a target that kept everything: its verdicts are the same, and nobody is accused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from datetime import date, datetime
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from scanproof.results import Results
from scanproof.session import EMBEDDED_TIMEOUTS, Session, collect, open_session
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario_files import find_scenarios
from scansim.identity.ids import Identity
from scansim.identity.orders import Procedure, order
from scansim.network.listener import Listener
from scansim.reference import process
from scansim.reference.config import ReferenceConfig
from scansim.site import ListenerAddress, single_target
from tests.support.command_line import deviations, main

DAY = date(2026, 3, 4)
STATEMENT = builtin_folder() / "statements" / "reference.yaml"
EVERYTHING = ("ct-routine", "mr-routine", "refusals")

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def kept() -> Iterator[Session]:
    """A target that keeps everything for all tests of this module."""
    with open_session(None) as session:
        yield session


def run(session: Session, folder: Path, *names: str, run_id: str | None = None, again: bool = False) -> Results:
    session.run(find_scenarios(names), folder, seed=5, day=DAY, statements=[STATEMENT], run_id=run_id, repeated=again)
    return collect(folder)


def verdicts(of: Results) -> tuple[set[tuple[str, str, str]], set[tuple[str, str]]]:
    """Check and verdict of each finding of a scenario, and of the run: which scenario shows those is chance."""
    of_scenarios = {(each.id, found.check, found.verdict.value) for each in of.scenarios for found in each.findings}
    return of_scenarios, {(finding.check, finding.verdict.value) for finding in of.findings}


def test_the_same_seed_twice_gives_the_same_verdicts_twice(kept: Session, tmp_path: Path) -> None:
    first, second = (run(kept, tmp_path / name, *EVERYTHING) for name in ("first", "second"))
    assert deviations(first) == set()
    assert verdicts(second) == verdicts(first)
    assert first.run_id != second.run_id
    assert [scenario.patient for scenario in second.scenarios] == [scenario.patient for scenario in first.scenarios]
    uids = [{entry.uid for scenario in of.scenarios for entry in scenario.created} for of in (first, second)]
    assert uids[0].isdisjoint(uids[1])


def test_with_the_same_run_id_it_is_there_already(kept: Session, tmp_path: Path) -> None:
    assert deviations(run(kept, tmp_path / "first", "ct-routine", run_id="mine")) == set()
    again = run(kept, tmp_path / "again", "ct-routine", run_id="mine", again=True)
    assert again.run_id == "mine"
    assert {verdict for _, verdict in deviations(again)} <= {"INCONCLUSIVE", "NOT_TESTED"}
    (create,) = (finding for finding in again.all_findings if finding.check == "mpps.create-accepted")
    assert create.verdict == "INCONCLUSIVE"
    assert create.actual == "N-CREATE was answered 0111H: it is there already: --run-id repeats UIDs"
    assert create.hint == "leave --run-id out for UIDs that are new to the target, or empty it first"


def test_a_run_id_that_is_none() -> None:
    done = main("run", "--run-id", "a b")
    assert (done.returncode, "--run-id 'a b': 1 to 32 letters, digits, dots, hyphens" in done.stderr) == (2, True)


# --- an order that somebody corrected ---------------------------------------------------------------------------------


def a_ct() -> Dataset:
    codes = Procedure("CTABD", "99X", "CT abdomen", "CT abdomen", "CTABD-N", "CT abdomen native")
    start = datetime(2026, 3, 4, 9)
    return order(Identity(9, DAY, "ris"), modality="CT", station_ae="SCANPROOF", start=start, procedure=codes)


def corrected(item: Dataset, changes: Sequence[tuple[str, str]]) -> Dataset:
    item = deepcopy(item)
    for keyword, value in changes:
        setattr(item, keyword, value)
    return item


@pytest.mark.parametrize(
    "changes",
    [
        [("PatientName", "Synthetic-Married^Ann")],
        [("PatientName", "Synthetic-Other^Ben"), ("PatientID", "SP77"), ("PatientBirthDate", "19500101")],
    ],
    ids=["name", "patient"],
)
def test_an_order_whose_patient_changed_between_two_runs_accuses_nobody(
    changes: list[tuple[str, str]], tmp_path: Path
) -> None:
    with Listener(ListenerAddress(port=0)) as listener:
        config = ReferenceConfig(peers={listener.ae: ("127.0.0.1", listener.port)})
        with process.start(config) as target:
            address = ListenerAddress(ae=listener.ae, port=listener.port)
            site = single_target(target.ae, target.host, target.port, listener=address, timeouts=EMBEDDED_TIMEOUTS)
            session = Session(site, listener, None)
            target.add_order(a_ct())
            assert deviations(run(session, tmp_path / "first", "ct-routine")) == set()
            target._store._rows("DELETE FROM orders")
            target.add_order(corrected(a_ct(), changes))
            second = run(session, tmp_path / "second", "ct-routine")
    assert changes[0][1] in second.scenarios[0].patient
    assert [finding for finding in second.all_findings if finding.verdict == "FAIL"] == []
    # the archive has the study from before, as it was then: that is worth a look, and no fault of anybody
    assert deviations(second) == {("identity.study", "WARN")}
    told = [finding.actual for finding in second.all_findings if finding.verdict == "WARN"]
    assert all(text.endswith("was the order edited meanwhile?") for text in told)
