"""The query battery on the embedded target: what its queries bring, and that nothing wrong is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from scanproof.results import Results
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.network.transcript import load_transcript
from tests.support.command_line import deviations, main, results
from tests.support.peers import Peer

DAY = date(2026, 3, 4)
#: Of each case what its queries bring: counted by hand from the studies in the file.
BROUGHT = {
    "unique-key[patient]": ["1 answers"],
    "unique-key[image]": ["1 answers"],
    "below[studies-of-patient]": ["2 answers"],
    "below[images]": ["2 answers"],
    "not-below[series]": ["0 answers"],
    "uid-list[study]": ["3 answers"],
    "required-key-of-patient[StudyDate]": ["1 answers"],
    "required-key-below[Modality]": ["1 answers"],
    "other-value[AccessionNumber]": ["0 answers"],
    "nobody[patient]": ["0 answers"],
    "unknown-value[AccessionNumber]": ["1 answers"],
    "unknown-patient[value]": ["1 answers"],
    "unknown-value-below[InstanceNumber]": ["1 answers"],
    "other-case[AccessionNumber]": ["1 answers"],  # of whom no number is known
    "wildcard-one[PatientID]": ["3 answers"],  # and the one without an ID
    "date-range-of-patient": ["2 answers"],
    "time-range[fraction]": ["1 answers"],
    "both-models": ["3 answers", "2 answers"],
    "counts": ["1 answers", "2 answers", "2 answers"],
    "letters[kanji]": ["1 answers"],
    "cancel-after": ["1 answers, then 0000H"],
    "unknown-level[FRAME]": ["0 answers, then A900H"],
    "level-of-other-model": ["0 answers, then A900H"],
    "no-unique-key[image]": ["0 answers, then A900H"],
    "key-of-level-above[PatientName]": ["0 answers, then A900H"],
    "malformed-key[wild-date]": ["0 answers, then A900H"],
}


@dataclass(frozen=True)
class Run:
    out: Path
    results: Results

    def brought(self) -> dict[str, list[str]]:
        """What the queries of each case say that they brought."""
        return {
            case.case.partition("/")[2]: [step.detail for step in case.steps if step.verb == "query"]
            for case in self.results.scenarios
        }


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Cases of each kind."""
    out = tmp_path_factory.mktemp("query") / "out"
    only = [word for case in BROUGHT for word in ("--only", f"query-battery/{case}")]
    done = main("run", "query-battery", *only, "--odd-data", "--out", out, "--seed", 5, "--date", DAY.isoformat())
    assert done.returncode == 0, done.stdout
    return Run(out, results(out))


@pytest.mark.long
def test_what_each_query_brings(some: Run) -> None:
    assert {case: steps for case, steps in some.brought().items() if case in BROUGHT} == BROUGHT


@pytest.mark.long
def test_nothing_wrong_is_told(some: Run) -> None:
    assert deviations(some.results) == set()
    assert {case.verdict.value for case in some.results.scenarios} == {"PASS"}


@pytest.mark.long
def test_the_studies_are_stored_once_before_the_cases(some: Run) -> None:
    first, *others = [case.case for case in some.results.scenarios]
    assert first == "query-battery/stored"
    assert len(others) == len(BROUGHT)
    folder = some.out / "transcript" / "query-battery"
    stores = [
        operation.request.name
        for case in folder.iterdir()
        if case.is_dir() and case.name != "stored"
        for operation in load_transcript(case).operations
        if operation.request.name == "C-STORE-RQ"
    ]
    assert stores == []


@pytest.mark.long
def test_what_was_stored_is_told_as_left_behind(some: Run) -> None:
    created = [each.kind for case in some.results.scenarios for each in case.created]
    assert (created.count("Study"), created.count("Instance")) == (18, 52)


@pytest.mark.whole
@pytest.mark.long
def test_side_by_side_and_once_more(tmp_path: Path) -> None:
    """The studies are there before any case, and a second run stores others."""
    only = ("--only", "query-battery/required-key", "--only", "query-battery/counts")
    shared = ("run", "query-battery", *only, "--seed", 5, "--jobs", 3)
    for out in ("first", "second"):
        done = main(*shared, "--out", tmp_path / out)
        assert done.returncode == 0, done.stdout
        assert deviations(results(tmp_path / out)) == set()


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_without_its_studies_a_case_is_not_tested(tmp_path: Path) -> None:
    """One cause, one finding: the archive takes nothing."""
    cases = ("query-battery/required-key", "query-battery/counts")
    with open_session(None, defect="storage-refuses") as session:
        (scenario,) = find_scenarios(["query-battery"])
        session.run([scenario], tmp_path / "transcript", seed=1, day=DAY, statements=[], selection=Selection(cases))
    found = collect(tmp_path / "transcript")
    first, *others = found.scenarios
    assert (first.case, first.verdict.value) == ("query-battery/stored", "FAIL")
    assert {case.verdict.value for case in others} == {"NOT_TESTED"}
    assert {(each.check, each.verdict.value) for each in found.all_findings if each.root is None} & {
        ("storage.accepted", "FAIL"),
        ("site.steps", "INCONCLUSIVE"),
    } == {("storage.accepted", "FAIL")}


@pytest.mark.whole
@pytest.mark.long
def test_the_whole_battery_passes(tmp_path: Path) -> None:
    done = main("run", "query-battery", "--odd-data", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert deviations(found) == set()
    assert {case.verdict.value for case in found.scenarios} == {"PASS"}


# --- real servers -----------------------------------------------------------------------------------------------------

#: What an archive that takes the rule of the worklist for its own gets wrong.
UNKNOWN = {
    *(f"unknown-value[{key}]" for key in ("StudyDate", "StudyTime", "AccessionNumber", "StudyID")),
    *(f"unknown-value-in-range[{key}]" for key in ("StudyDate", "StudyTime")),
    *(f"unknown-value-below[{key}]" for key in ("SeriesNumber", "InstanceNumber")),
    *("unknown-value-of-patient", "unknown-patient[value]", "unknown-patient[wildcard]"),
}


def failed(peer: Peer) -> dict[str, set[str]]:
    """Of each check that says FAIL the cases in which it does."""
    done = peer.scanproof("run", "query-battery", "--site", peer.site, "--out", peer.folder / "out", "--odd-data")
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found: dict[str, set[str]] = {}
    for finding in results(peer.folder / "out").all_findings:
        if finding.verdict.value == "FAIL":
            found.setdefault(finding.check, set()).add(finding.case.partition("/")[2])
    return found


@pytest.mark.peer
@pytest.mark.long
def test_dcmqrscp(dcmqrscp_peer: Peer) -> None:
    assert failed(dcmqrscp_peer) == {"query.unknown-matches": UNKNOWN}


@pytest.mark.peer
@pytest.mark.long
def test_orthanc(orthanc_peer: Peer) -> None:
    found = failed(orthanc_peer)
    # The Cancel has the last answer with it, when it comes in time.
    assert found.pop("query.final-no-identifier", set()) <= {"cancel-early", "cancel-late"}
    # 1930 is compared with 193000 as text; SOP Classes in Study is neither matched nor left out of matching.
    assert found.pop("query.matches-complete") == {"time-range[short]", "optional-key[SOPClassesInStudy]"}
    # It answers in Latin-1, and drops what that has not.
    foreign = {f"letters{how}[{study}]" for how in ("", "-returned") for study in ("cyrillic", "kanji", "utf-8")}
    foreign |= {f"letters-in-utf-8[{study}]" for study in ("cyrillic", "kanji")}
    assert found.pop("query.values") == foreign
    assert found == {"query.unknown-matches": UNKNOWN}
