"""Profiles: one line between FAIL and WARN for every check, moved in one place; a judgement by each is repeatable."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from scanproof.check import Proof, inconclusive, ok, warn
from scanproof.checks import all_checks
from scanproof.conclude import exit_code
from scanproof.finding import Level, Verdict
from scanproof.profile import BY_LETTER, Profile, measured, told
from scanproof.report import html, json_report
from scanproof.results import Results
from scanproof.session import collect, open_session
from scansim.exam.scenario_files import find_scenarios
from scansim.inputs import InputError
from tests.support.command_line import main

SHALL, SHOULD = "association.abort-defined", "storage.warning"
LEFT_OPEN = "dimse.status-legal"  # the lists of a service do not forbid other codes


def of(check: str, level: Level | None = None, profile: Profile = Profile.STRICT) -> Verdict:
    return measured(profile, all_checks()[check], warn("seen", level=level)).verdict


def test_strict_demands_what_the_standard_recommends() -> None:
    assert of(SHOULD) is Verdict.FAIL
    assert of(LEFT_OPEN, Level.SHOULD) is Verdict.FAIL


def test_strict_goes_by_the_letter_of_a_shall() -> None:
    assert of(SHALL) is Verdict.FAIL
    assert of(LEFT_OPEN) is Verdict.WARN


@pytest.mark.parametrize("level", [Level.SITE, Level.EXPECTED, Level.DECLARED, Level.INFO])
def test_what_no_text_demands_stays_a_warning(level: Level) -> None:
    assert of(SHALL, level) is Verdict.WARN


@pytest.mark.parametrize("profile", [Profile.DICOM, Profile.IHE_SWF])
@pytest.mark.parametrize("check", [SHALL, SHOULD, LEFT_OPEN])
def test_no_other_profile_changes_a_verdict(profile: Profile, check: str) -> None:
    assert of(check, profile=profile) is Verdict.WARN


def test_no_profile_makes_a_fault_of_what_is_right_or_open() -> None:
    for seen in (ok("seen"), inconclusive("seen")):
        assert measured(Profile.STRICT, all_checks()[SHALL], seen) is seen


def test_checks_that_go_by_the_letter_exist_and_are_of_a_shall() -> None:
    for name in BY_LETTER:
        assert all_checks()[name].level is Level.SHALL, name
        assert all_checks()[name].proven_by is not Proof.OURSELVES


def test_ihe_says_that_no_rule_of_it_is_coded() -> None:
    assert told(Profile.DICOM) == []
    (note,) = told(Profile.IHE_SWF)
    assert "no rule of the IHE Radiology Technical Framework is coded" in note


# --- a run and its judgements -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An exam by the profile strict, on a target that answers every C-STORE with a warning."""
    folder = tmp_path_factory.mktemp("strict") / "transcript"
    with open_session(None, defect="storage-warns") as session:
        scenarios = find_scenarios(["ct-routine"])
        session.run(scenarios, folder, seed=1, day=date(2026, 1, 5), profile=Profile.STRICT)
    return folder


def warned(results: Results) -> Verdict:
    (finding,) = (each for each in results.all_findings if each.check == "storage.warning")
    return finding.verdict


@pytest.mark.long
def test_a_run_keeps_its_profile_and_the_judge_may_take_another(recorded: Path) -> None:
    assert json.loads((recorded / "run.json").read_text())["profile"] == "strict"
    strict, dicom = collect(recorded), collect(recorded, profile=Profile.DICOM)
    assert (strict.profile, warned(strict), exit_code(strict, "fail")) == ("strict", Verdict.FAIL, 1)
    assert (dicom.profile, warned(dicom), exit_code(dicom, "fail")) == ("dicom", Verdict.WARN, 0)
    assert any("profile strict" in note for note in strict.notes)
    assert b"profile strict" in html.render(strict)


@pytest.mark.parametrize("profile", [None, *Profile])
def test_each_judgement_is_the_same_again_byte_for_byte(recorded: Path, profile: Profile | None) -> None:
    first, second = (json_report.render(collect(recorded, profile=profile)) for _ in range(2))
    assert first == second
    results = Results.model_validate_json(first)
    assert {each.operation for each in results.times.operations} >= {"C-STORE", "N-EVENT-REPORT", "C-FIND"}
    assert results.times.storage[0].images == 13


@pytest.mark.long
def test_the_command_line_takes_a_profile(recorded: Path, tmp_path: Path) -> None:
    assert main("judge", recorded.parent, "--out", tmp_path / "own").returncode == 1
    assert main("judge", recorded.parent, "--out", tmp_path / "dicom", "--profile", "dicom").returncode == 0
    scenario = {
        "id": "echo",
        "title": "C-ECHO",
        "modality": "CT",
        "procedure": {"code": "C", "meaning": "CT", "protocol_code": "P", "protocol_meaning": "CT"},
        "steps": ["verify"],
    }
    (tmp_path / "echo.yaml").write_text(json.dumps(scenario))
    out = tmp_path / "out"
    done = main("run", tmp_path / "echo.yaml", "--out", out, "--profile", "ihe-swf")
    assert "no rule of the IHE Radiology Technical Framework is coded" in " ".join(done.stdout.split())
    facts = json.loads((out / "transcript" / "run.json").read_text())
    assert facts["profile"] == "ihe-swf"
    assert " --profile ihe-swf" in facts["again"]["echo"]
    assert b'name="profile" value="ihe-swf"' in (out / "junit.xml").read_bytes()


def test_a_run_from_before_there_were_profiles_is_of_dicom(recorded: Path, tmp_path: Path) -> None:
    facts = json.loads((recorded / "run.json").read_text())
    folder = tmp_path / "old"
    folder.symlink_to(recorded, target_is_directory=True)
    del facts["profile"]
    (recorded / "run.json").write_text(json.dumps(facts))
    assert collect(folder).profile == "dicom"
    (recorded / "run.json").write_text(json.dumps({**facts, "profile": "none"}))
    with pytest.raises(InputError, match="profile is not what a run writes there"):
        collect(folder)
    (recorded / "run.json").write_text(json.dumps({**facts, "profile": "strict"}))
