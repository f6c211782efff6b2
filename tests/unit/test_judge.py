from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanproof.check import Check, Fact, Observation, Scope, fail, inconclusive, ok, warn
from scanproof.checks import all_checks
from scanproof.declarations import Bound, Declarations
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Finding, Level, Verdict, worst
from scanproof.judge import Judgement, judge, judge_run
from scanproof.statements import load_statement
from scansim.network.transcript import StepRecord, Transcript
from scansim.vocabulary.outcome import Cause, Outcome

WORKLIST_ONLY = """\
product: {name: RIS, version: "1"}
application_entities:
  - ae: RIS
    presentation_contexts:
      - {sop_classes: [Verification, ModalityWorklistInformationModelFind], transfer_syntaxes: [ImplicitVRLittleEndian]}
"""


def a_check(*seen: Observation, **other: Any) -> Check:
    facts: dict[str, Any] = {
        "id": "worklist.example",
        "title": "An example",
        "clause": "PS3.4 K (2024d)",
        "level": Level.SHALL,
        "service": "worklist",
        "expected": "what is right",
        "hint": "mend it",
        "requirement": "",
        "reason": "",
        "method": "",
        "function": lambda evidence: iter(seen),
    }
    return Check(**{**facts, **other})


def a_step(number: int, verb: str, service: str = "", outcome: str = "done", cause: str = "") -> StepRecord:
    went = f"{verb} went so"
    return StepRecord(number, verb, service, Outcome(outcome), went, Cause(cause), 0.0, 1.0, ())


def a_transcript(*steps: StepRecord, services: tuple[str, ...] = ("worklist", "mpps")) -> Transcript:
    return Transcript(Path("nowhere"), {"id": "unit", "title": "unit", "services": services}, steps, {}, ())


def declared(statement: Any) -> Declarations:
    """A statement of a RIS that the site names for worklist and MPPS, beside an archive without any."""
    site = {"worklist": "RIS@127.0.0.1:104", "mpps": "RIS@127.0.0.1:104", "storage": "PACS@127.0.0.1:105"}
    return Declarations((Bound(statement),) if statement is not None else (), site)


def judged(*checks: Check, steps: tuple[StepRecord, ...] = (), statement: Any = None) -> Judgement:
    return judge(Evidence(a_transcript(*steps), declared(statement)), checks)


def only(*checks: Check, **more: Any) -> Finding:
    (finding,) = judged(*checks, **more).findings
    return finding


# --- grouping ---------------------------------------------------------------------------------------------------------


def test_many_passes_are_one_finding() -> None:
    finding = only(a_check(ok("one", where="a01"), ok("two", where="a02"), ok("three")))
    assert (finding.verdict, finding.count, finding.actual, finding.exchange) == (Verdict.PASS, 3, "one", "a01")
    assert (finding.check, finding.title, finding.level) == ("worklist.example", "An example", Level.SHALL)
    assert (finding.clause, finding.scenario) == ("PS3.4 K (2024d)", "unit")
    assert finding.expected == "what is right"
    assert finding.hint == ""  # nothing is to be done


def test_passes_of_different_claims_stay_apart() -> None:
    findings = judged(a_check(ok("x", claim="ae.one"), ok("y", claim="ae.two"), ok("z", claim="ae.one"))).findings
    assert [(finding.claim, finding.count) for finding in findings] == [("ae.one", 2), ("ae.two", 1)]


def test_equal_deviations_are_counted_and_different_ones_are_not_mixed() -> None:
    seen = [fail("absent", tag="A"), fail("absent", tag="A"), fail("empty", tag="A"), fail("absent", tag="B")]
    findings = judged(a_check(*seen, warn("absent", tag="A"))).findings
    assert [(finding.verdict.value, finding.actual, finding.tag, finding.count) for finding in findings] == [
        ("FAIL", "absent", "A", 2),
        ("FAIL", "empty", "A", 1),
        ("FAIL", "absent", "B", 1),
        ("WARN", "absent", "A", 1),
    ]


def test_beside_a_deviation_passes_are_not_shown() -> None:
    assert only(a_check(ok("right"), fail("wrong"), ok("right"))).verdict is Verdict.FAIL


def test_an_observation_may_expect_and_advise_more_than_its_check() -> None:
    finding = only(a_check(fail("wrong", expected="this", hint="do that", claim="ae.one", where="a07")))
    assert (finding.expected, finding.hint, finding.claim, finding.exchange) == ("this", "do that", "ae.one", "a07")
    assert only(a_check(inconclusive("who knows"))).hint == "mend it"


def test_findings_come_in_the_order_of_the_checks() -> None:
    findings = judged(a_check(ok("x"), id="worklist.b"), a_check(ok("y"), id="worklist.a")).findings
    assert [finding.check for finding in findings] == ["worklist.b", "worklist.a"]
    assert list(all_checks()) == sorted(all_checks())


def test_the_worst_verdict_stands_for_all() -> None:
    assert worst([]) is Verdict.NOT_APPLICABLE
    assert worst([Verdict.NOT_APPLICABLE, Verdict.PASS]) is Verdict.PASS
    assert worst([Verdict.PASS, Verdict.NOT_DECLARED, Verdict.WARN]) is Verdict.WARN
    assert worst([Verdict.WARN, Verdict.INCONCLUSIVE]) is Verdict.INCONCLUSIVE
    assert worst([Verdict.INCONCLUSIVE, Verdict.FAIL, Verdict.PASS]) is Verdict.FAIL


# --- a check that fails itself ----------------------------------------------------------------------------------------


def _crashes(evidence: Evidence) -> Iterator[Observation]:
    yield fail("seen before the crash")
    raise ZeroDivisionError("of our own")


@pytest.mark.parametrize("statement", [False, True])
def test_a_check_that_crashes_says_nothing_about_the_target(statement: bool, tmp_path: Path) -> None:
    of = None
    if statement:  # also one whose service is not declared at all
        (tmp_path / "ris.yaml").write_text(WORKLIST_ONLY)
        of = load_statement(tmp_path / "ris.yaml")
    steps = (a_step(1, "create-mpps", "mpps"),)
    result = judge(
        Evidence(a_transcript(*steps), declared(of)),
        [a_check(function=_crashes, id="mpps.crashes", service="mpps"), a_check(ok("still judged"))],
    )
    assert result.crashed == ("mpps.crashes",)
    crash, other = result.findings
    assert crash.verdict is Verdict.INCONCLUSIVE
    assert crash.actual.startswith("the check itself failed: ZeroDivisionError: of our own (test_judge.py:")
    assert crash.hint == "report this as a defect of scanproof"
    assert other.verdict is Verdict.PASS


# --- nothing was observed: what is said then is in test_coverage.py ---------------------------------------------------


def test_a_check_that_saw_nothing_is_silent() -> None:
    judgement = judged(a_check(), steps=(a_step(1, "query-worklist", "worklist"),))
    assert judgement.findings == ()
    assert [check.id for check in judgement.silent] == ["worklist.example"]


def test_what_was_observed_counts_whatever_became_of_the_step() -> None:
    steps = (a_step(2, "query-worklist", "worklist", "stopped", "target"),)
    assert only(a_check(fail("wrong")), steps=steps).verdict is Verdict.FAIL
    assert only(a_check(ok("right")), steps=steps).verdict is Verdict.PASS


# --- the statement ----------------------------------------------------------------------------------------------------


@pytest.fixture
def ris(tmp_path: Path) -> Any:
    (tmp_path / "ris.yaml").write_text(WORKLIST_ONLY)
    return load_statement(tmp_path / "ris.yaml")


@pytest.mark.parametrize("service", ["worklist", "mpps", "storage", "verification", ""])
def test_every_service_is_judged_by_the_standard(service: str, ris: Any) -> None:
    """Also MPPS, which the RIS has and does not declare, and storage, whose AE has no statement."""
    assert only(a_check(fail("wrong"), service=service), statement=ris).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("service", "why"),
    [
        ("mpps", "the Conformance Statement of RIS does not offer mpps"),
        ("storage", "no Conformance Statement was given for PACS"),
    ],
)
def test_what_nobody_declared_is_held_against_nobody(service: str, why: str, ris: Any) -> None:
    check = a_check(fail("wrong"), level=Level.DECLARED, service=service)
    result = judged(check, statement=ris)
    assert (result.findings, result.silent) == ((), (check,))
    assert declared(ris).silent(service) == why


@pytest.mark.parametrize("service", ["worklist", ""])
def test_what_is_declared_is_held_against_its_ae(service: str, ris: Any) -> None:
    check = a_check(fail("wrong"), level=Level.DECLARED, service=service)
    assert only(check, statement=ris).verdict is Verdict.FAIL


def test_without_a_statement_nothing_is_held_against_it() -> None:
    judgement = judged(a_check(fail("wrong"), level=Level.DECLARED, service=""), steps=(a_step(1, "verify"),))
    assert judgement.findings == ()
    assert len(judgement.silent) == 1


# --- whom it is about -------------------------------------------------------------------------------------------------


def test_a_finding_may_rest_on_what_the_site_promised_and_then_cites_no_clause() -> None:
    finding = only(a_check(fail("refused", level=Level.SITE, party="worklist RIS@127.0.0.1:104")))
    assert (finding.level, finding.clause, finding.party) == (Level.SITE, "", "worklist RIS@127.0.0.1:104")
    assert only(a_check(fail("refused", clause="PS3.4 F (2024e)"))).clause == "PS3.4 F (2024e)"


def test_two_parties_with_the_same_fault_are_two_findings() -> None:
    ris, pacs = "worklist RIS@127.0.0.1:1", "storage PACS@127.0.0.1:2"
    findings = judged(a_check(fail("wrong", party=ris), fail("wrong", party=pacs), fail("wrong", party=ris))).findings
    assert [(finding.party, finding.count) for finding in findings] == [(ris, 2), (pacs, 1)]
    again = judged(a_check(fail("wrong", party=ris), fail("wrong", party=ris.replace("worklist", "mpps")))).findings
    assert [(finding.party, finding.count) for finding in again] == [(ris, 2)]  # one AE, whatever it was asked for


def test_facts_are_told_and_are_no_verdict() -> None:
    judgement = judged(a_check(Fact("somebody else sees it too", clause="PS3.4 F.7.2.1")))  # type: ignore[arg-type]
    assert judgement.findings == ()
    assert [(label, note.text, note.clause) for label, note in judgement.notes] == [
        ("unit", "somebody else sees it too", "PS3.4 F.7.2.1")
    ]


# --- the whole run ----------------------------------------------------------------------------------------------------


def of_run(*seen: Observation, **other: Any) -> Check:
    return a_check(*seen, **{"judges": Scope.RUN, "id": "worklist.of-the-run", **other})


def a_run(*steps: tuple[StepRecord, ...], statement: Any = None) -> RunEvidence:
    transcripts = [replace(a_transcript(*each), scenario={"id": f"s{at}"}) for at, each in enumerate(steps)]
    of = declared(statement)
    return RunEvidence(tuple(Evidence(transcript, of) for transcript in transcripts), of)


def test_a_check_is_asked_for_what_it_judges() -> None:
    checks = [a_check(ok("one scenario")), of_run(ok("every scenario"))]
    assert [finding.actual for finding in judged(*checks).findings] == ["one scenario"]
    assert [finding.actual for finding in judge_run(a_run((), ()), checks).findings] == ["every scenario"]


def test_a_finding_of_the_run_names_the_scenario_that_its_first_message_is_of() -> None:
    seen = [fail("x", where="a01", scenario="s1"), fail("x", where="a02", scenario="s2"), fail("y")]
    one, two = judge_run(a_run(()), [of_run(*seen)]).findings
    assert (one.scenario, one.exchange, one.count) == ("s1", "a01", 2)
    assert (two.scenario, two.exchange) == ("", None)


def test_a_check_of_the_run_may_crash_too() -> None:
    result = judge_run(a_run((), ()), [of_run(function=_crashes)])
    assert (result.crashed, result.findings[0].verdict) == (("worklist.of-the-run",), Verdict.INCONCLUSIVE)


def test_a_check_takes_what_it_says_that_it_judges() -> None:
    takes = {Scope.SCENARIO: "Evidence", Scope.RUN: "RunEvidence", Scope.CLIENT: "ClientEvidence"}
    for check in all_checks().values():
        (evidence,) = inspect.signature(check.function).parameters.values()
        assert evidence.annotation == takes[check.judges], check.id


# --- the registered checks --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda transcript: transcript,
        lambda transcript: replace(transcript, steps=()),
        lambda transcript: replace(transcript, ledger={"order": None, "item": None, "instances": []}),
        lambda transcript: replace(transcript, scenario={"id": "unit", "title": "unit"}),
    ],
)
def test_no_check_stumbles_over_a_run_that_saw_nothing(change: Callable[[Transcript], Transcript], ris: Any) -> None:
    empty = a_transcript(
        a_step(1, "verify", "verification", "stopped", "unreachable"), services=("worklist", "storage")
    )
    for statement in (None, ris):
        result = judge(Evidence(change(empty), declared(statement)))
        assert result.crashed == ()
        assert {finding.check for finding in result.findings} <= {"site.steps", "site.chain"}
