"""The main job with the real command line: exams against the embedded target, and against ``scanproof target``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import pytest

from scanproof.check import Proof, Scope
from scanproof.checks import all_checks
from scanproof.declarations import of_transcript
from scanproof.evidence import Evidence
from scanproof.judge import judge
from scanproof.results import Results
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.network.transcript import load_transcript
from scansim.reference import DEFECTS
from tests.support.command_line import TIMEOUT, command, deviations, main, results, scanproof, target
from tests.support.processes import environment, free_port

EMBEDDED = ["ct-routine", "mr-routine", "refusals", "final-state"]


# --- one run of everything --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    out: Path
    done: subprocess.CompletedProcess[str]
    results: Results


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """``scanproof run`` as the README has it but for its names, with a seed so that it can be repeated."""
    out = tmp_path_factory.mktemp("embedded") / "out"
    began = time.monotonic()
    done = scanproof("run", *EMBEDDED, "--out", out, "--seed", 71, "--date", "2026-03-04")
    print(f"scanproof run took {time.monotonic() - began:.1f} s")
    return Run(out, done, results(out))


EMBEDDED_AND_NAMES = [*EMBEDDED[:3], "names", *EMBEDDED[3:]]


def ids(of: Results) -> list[str]:
    """Ids of the scenarios, one of several cases once."""
    return list(dict.fromkeys(scenario.id for scenario in of.scenarios))


def test_the_embedded_target_passes(embedded: Run) -> None:
    assert embedded.done.returncode == 0, embedded.done.stdout
    assert ids(embedded.results) == EMBEDDED
    assert {scenario.verdict.value for scenario in embedded.results.scenarios} == {"PASS"}
    assert deviations(embedded.results) == set()
    assert embedded.results.complete
    assert embedded.results.notes == []
    for scenario in EMBEDDED:
        assert re.search(rf"^PASS +{scenario}: ", embedded.done.stdout, re.MULTILINE)
    assert "the same exams again with --seed 71 --date 2026-03-04" in embedded.done.stdout
    assert f"the same UIDs too with --run-id {embedded.results.run_id}\n" in embedded.done.stdout
    steps = [step for scenario in embedded.results.scenarios for step in scenario.steps]
    assert {step.outcome for step in steps} == {"done"}


@pytest.mark.whole
@pytest.mark.long
def test_the_default_run_has_a_name_in_each_claimed_set_as_well(tmp_path: Path) -> None:
    done = scanproof("run", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    of = results(tmp_path / "out")
    assert ids(of) == EMBEDDED_AND_NAMES
    assert {scenario.verdict.value for scenario in of.scenarios} == {"PASS"}
    assert len([scenario for scenario in of.scenarios if scenario.id == "names"]) > 20


def test_every_check_comes_to_a_pass(embedded: Run) -> None:
    passed = {finding.check for finding in embedded.results.all_findings if finding.verdict == "PASS"}
    of_batteries = {check for defect in DEFECTS.values() if defect.cases for check in defect.checks}
    of_clients = {check.id for check in all_checks().values() if check.judges is Scope.CLIENT}
    of_claims = {check.id for check in all_checks().values() if check.proven_by is Proof.STATEMENTS}
    # it has one AE, retrieves nothing, and no A-ASSOCIATE-RQ of an exam is unusual
    others = {"site.chain", "dataset.retrieve-request", "association.request-as-meant"}
    assert set(all_checks()) - passed - of_batteries - of_clients - of_claims == others


def test_every_finding_can_be_followed_up(embedded: Run) -> None:
    for scenario in embedded.results.scenarios:
        shown = {exchange.id for exchange in scenario.exchanges} | {link.id for link in scenario.associations}
        for finding in scenario.findings:
            assert (finding.scenario, finding.case) == (scenario.id, scenario.case)
            assert bool(finding.clause) is finding.level.cites
            assert finding.title
            assert finding.expected
            if finding.verdict == "PASS":
                assert finding.exchange, finding
                assert finding.exchange.split(".")[0] in shown


def test_the_results_are_valid_for_their_schema(embedded: Run) -> None:
    schema = json.loads(main("schema", "results").stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads((embedded.out / "results.json").read_bytes()), schema)


def test_the_junit_report_can_be_read(embedded: Run) -> None:
    suites = junitparser.JUnitXml.fromfile(str(embedded.out / "junit.xml"))
    cases = [case for suite in suites for case in suite]
    assert len(cases) >= 100
    assert suites.failures == 0
    assert suites.errors == 0


class _References(HTMLParser):
    """Everything that a browser would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fetched = {"src", "srcset", "data", "poster", "action", "background"} | ({"href"} if tag == "link" else set())
        self.found += [f"{tag} {name}={value}" for name, value in attrs if name in fetched and value]


def test_the_html_report_is_one_file_that_needs_no_network(embedded: Run) -> None:
    text = (embedded.out / "report.html").read_text(encoding="utf-8")
    references = _References()
    references.feed(text)
    assert [found for found in references.found if "=data:" not in found] == []
    assert "@import" not in text
    assert not re.search(r"url\((?!['\"]?(data:|#))", text)
    for scenario in embedded.results.scenarios:
        assert scenario.title in text


def test_judging_again_gives_the_same_bytes(embedded: Run, tmp_path: Path) -> None:
    done = main("judge", embedded.out, "--out", tmp_path / "judged")
    assert done.returncode == 0
    for name in ("results.json", "junit.xml", "report.html"):
        assert (tmp_path / "judged" / name).read_bytes() == (embedded.out / name).read_bytes(), name


@pytest.mark.long
def test_judging_goes_to_a_folder_of_its_own(embedded: Run) -> None:
    done = main("judge", embedded.out / "transcript")
    assert done.returncode == 0
    assert (embedded.out / "transcript" / "judged" / "results.json").is_file()
    assert main("judge", embedded.out).returncode == 0  # what was written there disturbs nobody
    assert (embedded.out / "judged" / "results.json").read_bytes() == (embedded.out / "results.json").read_bytes()


def test_an_out_folder_that_holds_a_transcript_is_left_alone(embedded: Run) -> None:
    before = (embedded.out / "results.json").read_bytes()
    done = main("run", "ct-routine", "--out", embedded.out)
    assert done.returncode == 2
    assert "holds a transcript already; give another --out" in done.stderr
    assert (embedded.out / "results.json").read_bytes() == before


@pytest.mark.long
@pytest.mark.parametrize("scenario", ["ct-routine", pytest.param("mr-routine", marks=pytest.mark.whole), "refusals"])
def test_a_run_that_was_broken_off_anywhere_holds_nothing_against_the_target(
    scenario: str, embedded: Run, tmp_path: Path
) -> None:
    facts = json.loads((embedded.out / "transcript" / "run.json").read_bytes())
    declared = of_transcript(embedded.out / "transcript", facts)
    whole = embedded.out / "transcript" / scenario
    steps = json.loads((whole / "steps.json").read_bytes())
    records = sorted(whole.glob("a*.wire"))
    assert len(records) > 8
    ours = {association.id for association in load_transcript(whole).associations if association.ours}
    for index, last in enumerate(records):
        if last.stem not in ours:  # it was taken over whole
            continue
        size = last.stat().st_size
        for kept in sorted({size, *(size * part // 7 for part in range(7))}):
            folder = tmp_path / f"{last.stem}-{kept}"
            folder.mkdir()
            for name in ("scenario.json", "ledger.json"):
                shutil.copy(whole / name, folder)
            for record in records[:index]:
                shutil.copy(record, folder)
            (folder / last.name).write_bytes(last.read_bytes()[:kept])
            began = [step for step in steps if any(name >= last.stem for name in step["associations"])]
            (folder / "steps.json").write_text(json.dumps(steps[: steps.index(began[0])] if began else steps))
            judgement = judge(Evidence(load_transcript(folder), declared))
            assert judgement.crashed == ()
            against = [finding for finding in judgement.findings if finding.verdict in ("FAIL", "WARN")]
            assert against == [], folder.name
            shutil.rmtree(folder)


# --- identity ---------------------------------------------------------------------------------------------------------


def identity(out: Path, *scenarios: str) -> dict[str, set[str]]:
    """What tells one run, or some scenarios of one, from another: its UIDs, its patients, its pixels."""
    chosen = [each for each in results(out).scenarios if not scenarios or each.id in scenarios]
    digests = {
        exchange.digest
        for scenario in chosen
        for association in load_transcript(out / "transcript" / scenario.label).associations
        for exchange in association.exchanges
        if exchange.digest
    }
    created = {entry.uid for scenario in chosen for entry in scenario.created}
    return {"uids": created, "patients": {scenario.patient for scenario in chosen}, "pixels": digests}


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_seed_and_date_reproduce_a_run_and_another_seed_shares_nothing(embedded: Run, tmp_path: Path) -> None:
    def run(name: str, seed: int, *more: str | int) -> None:
        argv = ("run", *EMBEDDED[:3], "--out", tmp_path / name, "--seed", seed, "--date", "2026-03-04", *more)
        assert main(*argv).returncode == 0

    first = embedded.results
    wanted = identity(embedded.out, *EMBEDDED[:3])
    made = [scenario for scenario in first.scenarios if scenario.id in EMBEDDED[:3]]
    images = [entry for scenario in made for entry in scenario.created if entry.kind == "Instance"]
    assert len(wanted["patients"]) == 3
    assert len(wanted["pixels"]) == len(images) > 20  # no two alike
    assert len(wanted["uids"]) > len(images)
    run("same", 71, "-j", 3, "--run-id", first.run_id)
    assert identity(tmp_path / "same") == wanted
    # without the run id the people and the pixels are the same, and every UID is new
    run("again", 71)
    again = identity(tmp_path / "again")
    assert (again["patients"], again["pixels"]) == (wanted["patients"], wanted["pixels"])
    assert again["uids"].isdisjoint(wanted["uids"])
    run("other", 72)
    for kind, values in identity(tmp_path / "other").items():
        assert values.isdisjoint(wanted[kind]), kind


@pytest.mark.long
def test_two_runs_at_the_same_time_do_not_disturb_each_other(tmp_path: Path) -> None:
    running = [
        subprocess.Popen(
            command("run", "ct-routine", "refusals", "--out", tmp_path / name, "-j", 2),
            env=environment(),
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("one", "two")
    ]
    told = [process.communicate(timeout=TIMEOUT)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    one, two = (identity(tmp_path / name) for name in ("one", "two"))
    assert one["uids"].isdisjoint(two["uids"])
    for name in ("one", "two"):
        assert {scenario.verdict.value for scenario in results(tmp_path / name).scenarios} == {"PASS"}


@pytest.mark.long
def test_side_by_side_the_scenarios_are_the_same(embedded: Run, tmp_path: Path) -> None:
    done = main("run", *EMBEDDED, "-j", 3, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    of = results(tmp_path / "out")
    assert ids(of) == EMBEDDED

    def outline(of: Results) -> list[Any]:
        return [
            # how often is left out: the order of the exams decides how many items the worklist holds
            {(finding.check, finding.verdict) for finding in scenario.findings}
            for scenario in of.scenarios
            if scenario.id in EMBEDDED
        ]

    assert outline(of) == outline(embedded.results)


# --- other scenarios, other targets -----------------------------------------------------------------------------------

SCENARIO = """\
id: {id}
title: {id}, one of our own
modality: MR
procedure: {{code: MRHEAD, meaning: MR head, protocol_code: MRHEAD-N, protocol_meaning: MR head native}}
steps:
  - query-worklist
  - choose-item
  - acquire: {{protocol: mr-small, instances: 2}}
  - store
"""


def test_a_folder_of_scenarios_of_ones_own(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("first", "second"):
        (folder / f"{name}.yaml").write_text(SCENARIO.format(id=name))
    done = main("run", folder, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    assert [(scenario.id, scenario.verdict.value) for scenario in results(tmp_path / "out").scenarios] == [
        ("first", "PASS"),
        ("second", "PASS"),
    ]


@pytest.mark.long
def test_a_discontinued_exam_passes(tmp_path: Path) -> None:
    done = main("run", "exam-discontinued", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    (scenario,) = results(tmp_path / "out").scenarios
    assert "N-SET DISCONTINUED was answered 0000H" in [step.detail for step in scenario.steps]


@pytest.mark.long
@pytest.mark.parametrize(
    ("declared", "contradicted"), [(False, set()), (True, {("statement.commitment-delivery", "FAIL")})]
)
def test_a_commitment_result_on_the_same_association(
    declared: bool, contradicted: set[tuple[str, str]], tmp_path: Path
) -> None:
    statement = Path(__file__).parents[2] / "scenarios" / "statements" / "reference.yaml"  # it promises a new one
    with open_session(None, commitment="same") as session:
        assert session.run(
            find_scenarios(["ct-routine"]),
            tmp_path / "transcript",
            seed=3,
            day=date(2026, 3, 4),
            statements=[statement] if declared else [],
        )
    of = collect(tmp_path / "transcript")
    assert "the report came on the same association" in [step.detail for step in of.scenarios[0].steps]
    assert deviations(of) == contradicted


@pytest.mark.long
def test_a_target_of_its_own_that_has_its_orders_already(tmp_path: Path) -> None:
    listener = free_port()
    with target("--orders", 2, listener=listener) as (address, _):
        done = main("run", "--target", address, "--listen", listener, "--out", tmp_path / "out")
        assert done.returncode == 0, done.stdout
    of = results(tmp_path / "out")
    assert ids(of) == ["ct-routine", "mr-routine", "refusals"]  # nothing that changes what is there
    assert deviations(of) == set()
    for scenario in of.scenarios:
        details = {step.verb: step.detail for step in scenario.steps}
        assert details["commit"] == "the report came on a new association"
        assert "Order" not in {entry.kind for entry in scenario.created}  # the order was there, we made none
    judged = {finding.check: finding.verdict.value for finding in of.findings}
    assert judged["identity.order-item"] == "NOT_TESTED"  # nobody told us what was ordered
    assert judged["statement.context-accepted"] == "NOT_APPLICABLE"  # nor what is claimed


@pytest.mark.long
def test_a_report_that_cannot_reach_the_listener_is_inconclusive(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    with target("--orders", 2, listener=free_port()) as (address, _):  # it knows us under another port
        ae, _, port = address.partition("@127.0.0.1:")
        times = "{connect: 2, associate: 2, response: 5, commitment: 1, hold: 0.2}"
        services = "".join(
            f"  {name}: {{ae: {ae}, host: 127.0.0.1, port: {port}, timeouts: {times}}}\n"
            for name in ("worklist", "mpps", "storage", "commitment", "query")
        )
        site.write_text(f"listener: {{port: 0}}\nservices:\n{services}")
        done = main("run", "ct-routine", "--site", site, "--out", tmp_path / "out")
    assert done.returncode == 3
    of = results(tmp_path / "out")
    assert deviations(of) == {("commitment.report-received", "INCONCLUSIVE")}
    (root,) = [each for each in of.scenarios[0].findings if each.check == "commitment.report-received"]
    behind = {each.check for each in of.all_findings if each.root == root.group}
    assert {"commitment.union", "commitment.event-type", "dataset.commitment-report", "site.steps"} <= behind
    assert "no N-EVENT-REPORT within 1 s" in [step.detail for step in of.scenarios[0].steps]
    assert "Is our listener's AE title known to the target" in " ".join(done.stdout.split())
