"""The commitment battery on the embedded target, reporting either way: what its cases bring, and nothing wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from scanproof.finding import Verdict
from scanproof.results import Results, ScenarioResult
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.exam.selection import Selection
from scansim.network.exchange import Exchange
from scansim.network.transcript import Transcript, load_transcript
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire import pdu as p
from tests.support.command_line import deviations

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("on_a_thread")]

NEW, SAME = "the report came on a new association", "the report came on the same association"
FAILED = "the report was answered with a failure, and did not come again"
#: What the last N-ACTION of a case brings where the target reports on new associations, and where on the same one.
BROUGHT = {
    "all-stored[stays]": (NEW, SAME),
    "all-stored[released]": (NEW, NEW),
    "never-sent[stays]": (NEW, SAME),
    "some-missing": (NEW, SAME),
    "before-storing": (NEW, SAME),
    "in-turn": (NEW, SAME),
    "listener-beside[down-then-up]": (NEW, SAME),
    "listener-released[rejecting]": (NEW, NEW),
    "listener[failing]": (FAILED, FAILED),
    "listener[silent]": (NEW, NEW),  # where it came first, it was aborted
    "listener-beside[no-role]": (NEW, SAME),
    "listener-released[down-then-up]": (NEW, NEW),
    "listener-released[no-role]": (NEW, NEW),
    "lacks[TransactionUID]": ("N-ACTION was answered 0120H",) * 2,
    "empty[ReferencedSOPSequence]": ("N-ACTION was answered 0121H",) * 2,
    "wrong-action-type[2]": ("N-ACTION was answered 0123H",) * 2,
    "wrong-instance": ("N-ACTION was answered 0112H",) * 2,
    "wrong-requested-class": ("N-ACTION was answered 0118H",) * 2,
    "twice[stored+0]": (NEW, SAME),
    "wrong-class": (NEW, SAME),
    "transaction-again": (NEW, SAME),
    "unknown-requester": ("N-ACTION was answered 0110H (no address known for AE WHOISTHIS)", SAME),
}


@dataclass(frozen=True)
class Run:
    folder: Path
    results: Results
    column: int

    def case(self, name: str) -> ScenarioResult:
        return next(each for each in self.results.scenarios if each.case == f"commitment-battery/{name}")

    def transcript(self, name: str) -> Transcript:
        return load_transcript(self.folder / "commitment-battery" / name)

    def actions(self, name: str) -> list[Exchange]:
        return self._messages(name, "N-ACTION-RQ")

    def reports(self, name: str) -> list[Exchange]:
        return self._messages(name, "N-EVENT-REPORT-RQ")

    def _messages(self, name: str, of: str) -> list[Exchange]:
        associations = self.transcript(name).associations
        return [each for association in associations for each in association.exchanges if each.name == of]


@pytest.fixture(scope="module", params=["new", "same"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("commitment") / "transcript"
    only = tuple(f"commitment-battery/{case}" for case in BROUGHT)
    with open_session(None, commitment=request.param) as session:
        selection = Selection(only, odd=True, heavy=True)
        assert session.run(
            find_scenarios(["commitment-battery"]), folder, seed=5, day=date(2026, 3, 4), selection=selection
        )
    return Run(folder, collect(folder), ("new", "same").index(request.param))


def test_what_each_case_brings(run: Run) -> None:
    brought = {
        case.case.partition("/")[2]: [step.detail for step in case.steps if step.verb == "commit"][-1]
        for case in run.results.scenarios
    }
    assert brought == {name: both[run.column] for name, both in BROUGHT.items()}


def test_nothing_wrong_is_told(run: Run) -> None:
    assert deviations(run.results) == set()
    assert {case.verdict for case in run.results.scenarios} == {Verdict.PASS}
    notes = [note.text for case in run.results.scenarios for note in case.notes if note.text.startswith("a report")]
    assert notes == ["a report was answered 0110H; it did not come again while we waited"]


def test_what_is_asked_for(run: Run) -> None:
    def named(case: str, at: int = 0) -> list[tuple[str, str]]:
        dataset = run.actions(case)[at].dataset
        assert dataset is not None
        keys = ("ReferencedSOPClassUID", "ReferencedSOPInstanceUID")
        return [(item.text(keys[0]), item.text(keys[1])) for item in dataset.items("ReferencedSOPSequence")]

    assert len(named("all-stored[stays]")) == 2
    assert len(named("some-missing")) == 4
    assert named("before-storing") == named("before-storing", 1)
    twice = named("twice[stored+0]")
    assert (len(twice), len(set(twice))) == (3, 2)
    wrong, right = named("wrong-class"), named("wrong-class", 1)
    assert [uid for _, uid in wrong] == [uid for _, uid in right]
    assert [one == other for one, other in zip(wrong, right, strict=True)] == [False, True]
    first, again = run.actions("transaction-again")
    assert first.dataset is not None
    assert again.dataset is not None
    assert first.dataset.text("TransactionUID") == again.dataset.text("TransactionUID")
    (stranger,) = run.actions("unknown-requester")
    association = next(each for each in run.transcript("unknown-requester").associations if stranger in each.exchanges)
    assert association.facts["calling_ae"] == "WHOISTHIS"


def test_what_is_reported(run: Run) -> None:
    def reasons(case: str, at: int = 0) -> list[str]:
        dataset = run.reports(case)[at].dataset
        assert dataset is not None
        return [item.text("FailureReason") for item in dataset.items("FailedSOPSequence")]

    assert reasons("all-stored[stays]") == []
    assert reasons("some-missing") == [str(0x0112)] * 2
    assert reasons("before-storing") == [str(0x0112)] * 2
    assert reasons("before-storing", 1) == []
    assert reasons("wrong-class") == [str(0x0119)]
    assert len(run.reports("listener[silent]")) == 2


def test_what_our_listener_did_is_in_the_bytes(run: Run) -> None:
    """Of the cases in which the report cannot come on the association of the request."""
    target = [each for each in run.transcript("listener-released[no-role]").associations if not each.ours]
    roles = [each.accepted.user.roles for each in target if each.accepted is not None]
    assert roles == [(), (p.RoleSelection(COMMITMENT, 0, 1),)]
    silent = run.transcript("listener[silent]")
    brought = [
        each for each in silent.associations if any(op.request.name == "N-EVENT-REPORT-RQ" for op in each.operations)
    ]
    assert brought[0].went(p.Abort)
    rejected = [each for each in run.transcript("listener-released[rejecting]").associations if not each.ours]
    assert [type(each.answer.pdu) for each in rejected if each.answer] == [p.AssociateRJ, p.AssociateAC]
