"""Whose report it is, in whole runs: what comes for others is answered, told, and held against nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.results import Results
from scanproof.session import Session, collect, open_session
from scansim.exam.scenario import ProcedureCodes, Scenario
from scansim.network.listener import Listener
from scansim.reference import ReferenceConfig, process
from scansim.site import Address, ListenerAddress, Orders, Site, Timeouts, parse_target, single_target
from scansim.steps.commit import Commit
from scansim.steps.verify import Verify
from scansim.vocabulary.outcome import Outcome
from tests.support.commitment_target import Asked, commitment_target

PASS, FAIL, WARN, INCONCLUSIVE = Verdict.PASS, Verdict.FAIL, Verdict.WARN, Verdict.INCONCLUSIVE
CODES = {"code": "CTABD", "meaning": "CT", "protocol_code": "CTABD-N", "protocol_meaning": "CT native"}
#: Another transaction, and an instance of it: of an earlier run, or of whoever else calls himself as we do.
FOREIGN = ("2.25.777", ["1.9.9"])


def scenario(name: str, commits: int = 1, verifies: int = 1) -> Scenario:
    steps = (*(Commit(add_unknown=1) for _ in range(commits)), *(Verify() for _ in range(verifies)))
    return Scenario(
        id=name, title=name, modality="CT", procedure=ProcedureCodes(**CODES), steps=steps, proves=("commitment",)
    )


def run(
    folder: Path,
    script: Callable[[Asked], None],
    *scenarios: Scenario,
    jobs: int = 1,
    host: str = "127.0.0.1",
    calling_ae: str = "SCANPROOF",
    **timeouts: float,
) -> Results:
    times = Timeouts(**{"connect": 2, "associate": 2, "response": 2, "commitment": 2, "hold": 0.5, **timeouts})
    with commitment_target(script, host) as target:
        site = Site(
            listener=ListenerAddress(port=0, host=host),
            services={
                "commitment": Address(ae="PACS", host=host, port=target.port, timeouts=times, calling_ae=calling_ae)
            },
            orders=Orders(existing=True),
        )
        with open_session(site) as session:
            assert session.listener is not None
            target.listener = session.listener.port
            assert session.run(scenarios or (scenario("one"),), folder, seed=1, day=date(2026, 1, 2), jobs=jobs)
    return collect(folder)


def told(results: Results) -> set[tuple[str, str, Verdict]]:
    quiet = (PASS, Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED)
    roots = [each for each in results.all_findings if each.root is None and each.verdict not in quiet]
    return {(each.scenario, each.check, each.verdict) for each in roots}


def notes(results: Results) -> list[str]:
    return [*results.notes, *(note.text for each in results.scenarios for note in each.notes)]


def foreign_here_then_right_there(asked: Asked) -> None:
    asked.answer()
    assert asked.here(*FOREIGN) == 0
    time.sleep(0.5)
    assert asked.there() == 0


def foreign_there_then_right_here(asked: Asked) -> None:
    asked.answer()
    assert asked.there(*FOREIGN) == 0
    assert asked.here() == 0


def foreign_there_then_right_there(asked: Asked) -> None:
    asked.answer()
    assert asked.there(*FOREIGN, calling="STRANGER") == 0
    time.sleep(0.5)
    assert asked.there() == 0


def before_the_response(asked: Asked) -> None:
    assert asked.here(*FOREIGN) == 0
    assert asked.here() == 0
    asked.answer()


def before_the_response_elsewhere(asked: Asked) -> None:
    assert asked.there() == 0
    asked.answer()


def twice(asked: Asked) -> None:
    asked.answer()
    assert asked.here() == 0
    assert asked.there() == 0


@pytest.mark.parametrize(
    ("script", "note"),
    [
        (foreign_here_then_right_there, "a report of transaction 2.25.777 came on our own association"),
        (foreign_there_then_right_here, "brought no awaited report, but one of transaction 2.25.777"),
        (foreign_there_then_right_there, "listener: STRANGER@127.0.0.1"),
        (before_the_response, "a report of transaction 2.25.777 came on our own association"),
        (before_the_response_elsewhere, ""),
    ],
)
def test_a_report_of_another_transaction_does_not_end_the_wait(
    tmp_path: Path, script: Callable[[Asked], None], note: str
) -> None:
    results = run(tmp_path / "t", script)
    assert told(results) == set()
    assert [note in text for text in notes(results)] == ([True] if note else [])
    assert all(step.outcome is Outcome.DONE for step in results.scenarios[0].steps)


def test_a_report_that_comes_again_though_it_was_taken_warns(tmp_path: Path) -> None:
    results = run(tmp_path / "t", twice)
    assert told(results) == {("one", "commitment.reported-once", Verdict.WARN)}


def test_a_report_after_we_gave_up_warns(tmp_path: Path) -> None:
    """On a new association, while the next exam asks for its own."""
    first: list[Asked] = []

    def script(asked: Asked) -> None:
        if asked.number == 0:
            first.append(asked)
            asked.answer()
        else:
            assert first[0].there() == 0
            asked.answer()
            assert asked.there() == 0

    results = run(tmp_path / "t", script, scenario("one"), scenario("two"), commitment=0.3, hold=0.1)
    assert told(results) == {("one", "commitment.report-received", WARN)}


def test_a_late_report_on_the_association_of_the_next_exam_is_that_of_its_own(tmp_path: Path) -> None:
    """The target reports wherever an association is open: that of the exam which happens to wait."""
    first: list[Asked] = []

    def script(asked: Asked) -> None:
        asked.answer()
        if asked.number == 0:
            first.append(asked)
        else:
            assert asked.here(first[0].transaction, first[0].instances) == 0
            assert asked.here() == 0

    results = run(tmp_path / "t", script, scenario("one"), scenario("two"), commitment=0.3, hold=0.3)
    assert told(results) == {("one", "commitment.report-received", WARN)}
    (finding,) = [each for each in results.all_findings if each.verdict is WARN]
    assert finding.actual.startswith("on another association of ours, after")
    assert finding.party.startswith("commitment PACS@127.0.0.1:")
    assert [note.startswith("a report of transaction") for note in notes(results)] == [True]
    assert collect(tmp_path / "t") == results


def test_exams_side_by_side_get_each_their_own(tmp_path: Path) -> None:
    """Each report comes on the association of the other exam."""
    both = threading.Barrier(2, timeout=5)
    asked_by: list[Asked] = []

    def script(asked: Asked) -> None:
        asked_by.append(asked)
        asked.answer()
        both.wait()
        other = next(each for each in asked_by if each is not asked)
        asked.here(other.transaction, other.instances)  # whoever has his own by now releases, and answers no more

    results = run(tmp_path / "t", script, scenario("one"), scenario("two"), jobs=2)
    assert told(results) == set()
    assert all(step.outcome is Outcome.DONE for each in results.scenarios for step in each.steps)


def test_two_requests_of_one_exam_get_each_their_own(tmp_path: Path) -> None:
    first: list[Asked] = []

    def script(asked: Asked) -> None:
        asked.answer()
        if asked.number == 0:
            first.append(asked)
        else:
            assert asked.here(first[0].transaction, []) == 0
            assert asked.here() == 0

    results = run(tmp_path / "t", script, scenario("one", commits=2), commitment=0.3, hold=0.3)
    # what it lacks is held against the report, and not against the second request
    assert told(results) == {
        ("one", "commitment.report-received", WARN),
        ("one", "commitment.union", FAIL),
        ("one", "commitment.event-type", FAIL),
    }


def test_a_report_that_is_nobodys_is_no_deviation_of_who_asked(tmp_path: Path) -> None:
    """Nothing but another one's comes: nobody knows how long to wait, as if nothing had come."""

    def script(asked: Asked) -> None:
        asked.answer()
        assert asked.here(*FOREIGN) == 0

    results = run(tmp_path / "t", script, commitment=0.5)
    assert told(results) == {("one", "commitment.report-received", INCONCLUSIVE)}
    (finding,) = [each for each in results.all_findings if each.verdict is INCONCLUSIVE and each.root is None]
    assert "1 reports of other transactions came" in finding.actual


def test_what_is_refused_and_reported_warns(tmp_path: Path) -> None:
    def script(asked: Asked) -> None:
        asked.answer(0x0110)
        assert asked.there() == 0

    checks = {check: verdict for _, check, verdict in told(run(tmp_path / "t", script, scenario("one", verifies=5)))}
    assert checks["commitment.refused-not-reported"] is WARN


@pytest.mark.parametrize(("called", "wanted"), [("CT1", None), ("SCANPROOF", None), ("SOMEBODY", WARN)])
def test_whom_the_report_calls(tmp_path: Path, called: str, wanted: Verdict | None) -> None:
    """Each of our titles will do; another one warns, as a strict modality rejects it."""

    def script(asked: Asked) -> None:
        asked.answer()
        assert asked.there(called=called) == 0

    expected = {("one", "commitment.calling-ae", wanted)} if wanted else set()
    assert told(run(tmp_path / "t", script, calling_ae="CT1")) == expected


def test_a_stranger_who_calls_somebody_else_is_rejected_and_told(tmp_path: Path) -> None:
    def script(asked: Asked) -> None:
        asked.answer()
        assert asked.there(called="SOMEBODY", calling="STRANGER") is None
        assert asked.here() == 0

    results = run(tmp_path / "t", script)
    assert told(results) == set()
    (note,) = notes(results)
    assert "STRANGER@127.0.0.1" in note
    assert "called AE title not recognized" in note
    assert note.endswith("it called SOMEBODY")


def test_everything_works_over_ipv6(tmp_path: Path) -> None:
    def script(asked: Asked) -> None:
        asked.answer()
        assert asked.there() == 0

    results = run(tmp_path / "t", script, host="::1")
    assert told(results) == set()
    assert results.target[0].startswith("commitment: PACS@[::1]:")
    parties = {each.party for each in results.all_findings if each.check == "commitment.union"}
    assert parties == {"commitment PACS@::1"}


@pytest.mark.long
def test_an_exam_over_ipv6(tmp_path: Path) -> None:
    """The reference target on ::1, as --target names it, and our listener there as well."""
    with Listener(ListenerAddress(port=0, host="::1")) as ours:
        port = ours.port
    config = ReferenceConfig(host="::1", peers={"SCANPROOF": ("::1", port)})
    with process.start(config) as target:
        ae, host, number = parse_target(f"{target.ae}@[{target.host}]:{target.port}")
        listener = ListenerAddress(port=port, host="::1")
        site = single_target(ae, host, number, listener=listener, timeouts=Timeouts(commitment=5, hold=0.2))
        with open_session(site) as session:
            whole = Session(session.site, session.listener, target.add_order)
            assert whole.run([scenario("one")], tmp_path / "t", seed=1, day=date(2026, 1, 2))
    results = collect(tmp_path / "t")
    assert told(results) == set()
    assert all(step.outcome is Outcome.DONE for step in results.scenarios[0].steps)
    assert results.scenarios[0].steps[0].detail.endswith("the report came on a new association")
