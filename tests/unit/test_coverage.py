"""What was not tested, and why; what is a consequence of what; what makes one entry."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from scanproof import exercised
from scanproof.causes import attributed
from scanproof.check import Check, Observation, Scope, fail, inconclusive, ok, warn
from scanproof.conclude import conclude, verdict_of
from scanproof.coverage import refuse_unknown_proofs, unexercised
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Finding, Level, Verdict
from scanproof.judge import Judged, Judgement, judge, judge_run
from scansim.exam.scenario_files import load_scenario
from scansim.inputs import InputError
from scansim.network.transcript import StepRecord, Transcript
from scansim.vocabulary.outcome import Cause, Outcome

NAMED = {
    "worklist": {"ae": "RIS", "host": "127.0.0.1", "port": 1},
    "mpps": {"ae": "RIS", "host": "127.0.0.1", "port": 1},
}


def a_check(id: str, *seen: Observation, level: Level = Level.SHALL, **other: Any) -> Check:
    service = other.pop("service", id.partition(".")[0])
    facts: dict[str, Any] = {"function": lambda _evidence: iter(seen), "judges": Scope.SCENARIO, **other}
    return Check(id, "An example", "PS3.4", level, service, "right", "mend it", "", "", "", **facts)


def a_step(number: int, verb: str, service: str, outcome: str = "done", root: int = 0, *links: str) -> StepRecord:
    cause = {"stopped": "target", "refused": "refused", "blocked": "blocked", "not-offered": "not-offered"}
    why = Cause(cause.get(outcome, ""))
    return StepRecord(number, verb, service, Outcome(outcome), f"{verb} went so", why, 0.0, 1.0, links, root)


def a_scenario(name: str, *steps: StepRecord, site: Any = None, promised: Any = None) -> Evidence:
    facts = {"id": name, "title": name, "services": ["worklist", "mpps"], "site": NAMED if site is None else site}
    facts |= {"promised": promised or {}, "verbs": ["x"] * max(len(steps), 3)}
    return Evidence(Transcript(Path("nowhere"), facts, steps, {}, ()))


def said(checks: list[Check], *scenarios: Evidence) -> list[Judged]:
    """Everything that is said of some scenarios, attributed."""
    judged = [(evidence, judge(evidence, checks)) for evidence in scenarios]
    of_run = judge_run(RunEvidence(scenarios), checks)
    silent = list(unexercised(checks, judged, of_run))
    found = [each for _, judgement in judged for each in judgement.judged]
    return attributed([*found, *of_run.judged, *silent], scenarios)


def findings(checks: list[Check], *scenarios: Evidence) -> list[Finding]:
    return [each.finding for each in said(checks, *scenarios)]


DONE = a_step(1, "query-worklist", "worklist")


# --- why nothing was seen ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "site", "promised", "verdict", "text"),
    [
        ((DONE,), None, {}, "NOT_TESTED", "nothing in this run exercised it"),
        ((), None, {}, "NOT_TESTED", "the run ended before it came to this"),
        ((DONE,), {}, {}, "NOT_APPLICABLE", "the site names no worklist service"),
        (
            (a_step(1, "query-worklist", "worklist", "refused", 1),),
            None,
            {},
            "NOT_APPLICABLE",
            "refused, and nobody promised it: query-worklist went so",
        ),
        (
            (a_step(1, "query-worklist", "worklist", "refused", 1),),
            None,
            {"worklist": "site"},
            "NOT_TESTED",
            "step 1, query-worklist: query-worklist went so",
        ),
        (
            (a_step(1, "query-worklist", "worklist", "stopped", 1), a_step(2, "choose-item", "worklist", "blocked", 1)),
            None,
            {},
            "NOT_TESTED",
            "step 1, query-worklist: query-worklist went so",
        ),
        (
            (a_step(1, "create-mpps", "mpps", "stopped", 1), a_step(2, "query-worklist", "worklist", "done", 1)),
            None,
            {},
            "NOT_TESTED",
            "step 1, create-mpps: create-mpps went so",
        ),
    ],
)
def test_why_a_check_saw_nothing(steps: Any, site: Any, promised: Any, verdict: str, text: str) -> None:
    (finding,) = findings([a_check("worklist.example")], a_scenario("one", *steps, site=site, promised=promised))
    assert (finding.verdict.value, finding.actual) == (verdict, text)
    assert finding.hint == ""


def test_what_one_scenario_tested_was_tested() -> None:
    sees = [True, False]
    check = a_check("worklist.example", function=lambda _evidence: iter([ok("seen")] if sees.pop(0) else []))
    assert [each.verdict for each in findings([check], a_scenario("one", DONE), a_scenario("two", DONE))] == [
        Verdict.PASS
    ]


def test_what_nobody_tested_is_told_once_for_the_run() -> None:
    (finding,) = findings([a_check("worklist.example")], a_scenario("one", DONE), a_scenario("two", DONE))
    assert (finding.scenario, finding.verdict) == ("", Verdict.NOT_TESTED)


def test_a_scenario_without_the_service_does_not_hide_that_it_was_refused() -> None:
    refused = a_scenario("one", a_step(1, "create-mpps", "mpps", "refused", 1))
    (finding,) = findings([a_check("mpps.example")], a_scenario("none", DONE), refused)
    assert (finding.verdict.value, finding.actual) == (
        "NOT_APPLICABLE",
        "refused, and nobody promised it: create-mpps went so",
    )


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((a_step(1, "create-mpps", "mpps", "refused", 1), a_step(2, "set-mpps", "mpps", "blocked", 1)), "refused"),
        ((a_step(1, "create-mpps", "mpps"), a_step(2, "set-mpps", "mpps", "refused", 2)), "exercised"),
        ((a_step(1, "create-mpps", "mpps", "stopped", 1),), "exercised"),
        ((), "exercised"),  # what the target brought of its own
    ],
)
def test_what_a_refused_service_negotiated_does_not_test_it(steps: Any, state: str) -> None:
    """Something of its association was judged; a target that refuses the service has not shown it."""
    evidence = a_scenario("one", *steps)
    judged = judge(evidence, [a_check("mpps.create-accepted", ok("negotiated"))])
    services = {each.name: each.state.value for each in conclude([(evidence, judged)], Judgement((), ())).services}
    assert services["mpps"] == state


def test_scenarios_to_try_are_not_those_whose_like_was_run() -> None:
    """What a scenario tests of a correct target, and did not here, another one of the same will not test either."""
    wanted = ("association.brings-something", "mpps.final-is-final")
    assert exercised.tests_most(wanted, [], ("mpps",))[1] == 2
    assert exercised.tests_most(wanted, ["ct-routine"], ("mpps",)) == (["final-state"], 1)
    assert exercised.tests_most(wanted[:1], ["ct-routine"], ("storage",)) == ([], 0)


def test_without_a_statement_what_is_declared_does_not_apply() -> None:
    check = a_check("worklist.example", level=Level.DECLARED)
    (finding,) = findings([check], a_scenario("one", DONE))
    assert (finding.verdict, finding.actual) == (Verdict.NOT_APPLICABLE, "no Conformance Statement was given")


def test_a_check_of_the_run_that_saw_nothing_is_told_once() -> None:
    check = a_check("worklist.example", judges=Scope.RUN)
    (finding,) = findings([check], a_scenario("one", DONE), a_scenario("two", DONE))
    assert finding.verdict is Verdict.NOT_TESTED


# --- roots ------------------------------------------------------------------------------------------------------------


def stopped(*others: StepRecord) -> Evidence:
    return a_scenario("one", a_step(1, "create-mpps", "mpps", "stopped", 1, "a01"), *others)


def test_what_a_step_blocked_is_a_consequence_of_why_it_stopped() -> None:
    cause = a_check("mpps.cause", fail("refused", where="a01"))
    blocked = a_check("mpps.blocked")
    steps = a_check("site.steps", inconclusive("step 1, create-mpps: create-mpps went so", where="a01"), service="")
    root, told, step = findings([cause, steps, blocked], stopped(a_step(2, "set-mpps", "mpps", "blocked", 1)))
    by_check = {each.check: each for each in (root, told, step)}
    assert by_check["mpps.cause"].root is None
    assert by_check["mpps.blocked"].verdict is Verdict.NOT_TESTED
    assert by_check["mpps.blocked"].root == by_check["site.steps"].root == by_check["mpps.cause"].group


def test_a_warning_blocks_nothing_so_the_step_itself_is_the_root() -> None:
    mild = a_check("mpps.mild", warn("odd", where="a01"))
    steps = a_check("site.steps", inconclusive("step 1, create-mpps: create-mpps went so", where="a01"), service="")
    found = {each.check: each for each in findings([mild, steps, a_check("mpps.blocked")], stopped())}
    assert found["site.steps"].root is None
    assert found["mpps.blocked"].root == found["site.steps"].group
    assert found["mpps.mild"].root is None


def test_the_last_association_of_a_step_tells_why_it_stopped() -> None:
    evidence = a_scenario("one", a_step(1, "create-mpps", "mpps", "stopped", 1, "a01", "a02"))
    first, last = a_check("mpps.first", fail("x", where="a01")), a_check("mpps.last", fail("y", where="a02"))
    found = {each.check: each for each in findings([first, last, a_check("mpps.blocked")], evidence)}
    assert found["mpps.blocked"].root == found["mpps.last"].group


def test_what_could_not_be_judged_on_an_association_that_broke_is_a_consequence() -> None:
    broke = a_check("association.no-abort", fail("A-ABORT", where="a03"), service="")
    open_ = a_check("dimse.open", inconclusive("not answered", where="a03"), service="")
    other = a_check("dimse.other", inconclusive("not answered", where="a04"), service="")
    found = {each.check: each for each in findings([broke, open_, other], a_scenario("one", DONE))}
    assert found["dimse.open"].root == found["association.no-abort"].group
    assert found["dimse.other"].root is None


@pytest.mark.parametrize(("attribute", "follows"), [("PatientName", True), ("PatientBirthDate", False)])
def test_a_warning_of_text_that_nobody_can_read_is_a_consequence(attribute: str, follows: bool) -> None:
    """Another case or accent is a warning, and comes of a character set that there is none of as a failure does."""
    terms = a_check("worklist.character-set-terms", fail("ISO_IR 149", where="a03"))
    read = a_check("identity.order-item", warn("another accent", where="a03", tag=attribute), service="worklist")
    found = {each.check: each for each in findings([terms, read], a_scenario("one", DONE))}
    assert (found["identity.order-item"].root == found["worklist.character-set-terms"].group) is follows


# --- entries ----------------------------------------------------------------------------------------------------------


def test_one_fault_in_many_attributes_is_one_entry() -> None:
    check = a_check("worklist.example", *(fail("absent", tag=f"Attribute{n}") for n in range(13)))
    assert len({each.group for each in findings([check], a_scenario("one", DONE))}) == 1


def test_one_fault_with_many_values_is_one_entry() -> None:
    values = [fail(f"'{n}' where '{n + 1}' was sent", tag=f"Sequence[{n}] > PatientID") for n in range(400)]
    assert len({each.group for each in findings([a_check("worklist.example", *values)], a_scenario("one", DONE))}) == 1


def test_one_fault_in_several_scenarios_is_one_entry() -> None:
    check = a_check("worklist.example", fail("absent", tag="PatientID"))
    found = findings([check], *(a_scenario(name, DONE) for name in ("one", "two", "three", "four")))
    assert [each.scenario for each in found] == ["one", "two", "three", "four"]
    assert len({each.group for each in found}) == 1


@pytest.mark.parametrize(
    "other",
    [
        fail("another thing", tag="StudyID"),
        warn("absent", tag="PatientID"),
        fail("absent", tag="PatientID", party="worklist OTHER@127.0.0.1:9"),
        fail("absent", tag="PatientID", level=Level.SITE),
    ],
)
def test_different_faults_are_different_entries(other: Observation) -> None:
    check = a_check("worklist.example", fail("absent", tag="PatientID"), other)
    assert len({each.group for each in findings([check], a_scenario("one", DONE))}) == 2


def test_a_requirement_that_is_met_in_two_scenarios_is_one() -> None:
    found = findings([a_check("worklist.example", ok("seen"))], a_scenario("one", DONE), a_scenario("two", DONE))
    assert len({each.group for each in found}) == 1


# --- what a scenario proves -------------------------------------------------------------------------------------------


def test_what_is_to_be_proved_has_to_exist(tmp_path: Path) -> None:
    text = (
        "id: mine\ntitle: Mine\nmodality: CT\nproves: [{}]\n"
        "procedure: {{code: A, meaning: B, protocol_code: C, protocol_meaning: D}}\nsteps: [verify]\n"
    )
    path = tmp_path / "mine.yaml"
    path.write_text(text.format("storag"))
    with pytest.raises(InputError, match=r"mine.yaml:4: proves: no service 'storag'; did you mean storage"):
        load_scenario(path)
    path.write_text(text.format("mpps.unknown-stp"))
    with pytest.raises(InputError, match=r"scenario mine: proves: no check 'mpps.unknown-stp'; did you mean"):
        refuse_unknown_proofs([load_scenario(path)])
    path.write_text(text.format("storage, mpps.unknown-step"))
    refuse_unknown_proofs([load_scenario(path)])


PROVES = ["mpps.unknown-step", "commitment.committed"]


@pytest.mark.parametrize(
    ("proves", "seen", "site", "steps", "verdict"),
    [
        (PROVES, ["mpps.unknown-step"], NAMED, (), "PASS"),
        (PROVES, ["worklist.query-accepted"], NAMED, (), "NOT_TESTED"),
        (PROVES, ["worklist.query-accepted"], {"worklist": NAMED["worklist"]}, (), "NOT_APPLICABLE"),
        (PROVES, ["worklist.query-accepted"], NAMED, (a_step(1, "set-mpps", "mpps", "refused", 1),), "NOT_APPLICABLE"),
        (["storage"], ["worklist.query-accepted"], NAMED, (), "PASS"),  # an exam takes what is there
        (["storage"], ["verification.success"], NAMED, (), "NOT_APPLICABLE"),
        ([], ["worklist.query-accepted"], NAMED, (), "PASS"),
    ],
)
def test_a_scenario_that_proved_nothing_is_no_pass(
    proves: list[str], seen: list[str], site: Any, steps: Any, verdict: str
) -> None:
    evidence = a_scenario("one", *steps, site=site)
    evidence = Evidence(replace(evidence.transcript, scenario={**evidence.transcript.scenario, "proves": proves}))
    found = findings([a_check(name, ok("seen"), service="") for name in seen], evidence)
    assert verdict_of(evidence, found).value == verdict


def test_a_case_of_a_battery_proves_nothing_by_the_way() -> None:
    """What it stores is there for its question, which is of a service that the site does not name."""
    evidence = a_scenario("one")
    facts = {**evidence.transcript.scenario, "proves": ["storage"], "orders": True}
    evidence = Evidence(replace(evidence.transcript, scenario=facts))
    found = findings([a_check("worklist.query-accepted", ok("seen"), service="")], evidence)
    assert verdict_of(evidence, found) is Verdict.NOT_APPLICABLE


def test_a_fault_counts_whatever_was_to_be_proved() -> None:
    evidence = a_scenario("one")
    assert verdict_of(evidence, findings([a_check("worklist.query-accepted", fail("bad"))], evidence)) is Verdict.FAIL
