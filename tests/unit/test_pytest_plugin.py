"""The pytest plugin: what it collects, what passes, fails and is skipped, and what its options refuse."""

from __future__ import annotations

import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

# imported here, so that runs in this process find it loaded: numpy and pydantic cannot be imported twice
import scanproof.checks as _checks  # noqa: F401
import scanproof.session as _loaded  # noqa: F401
from scansim.reference import process
from scansim.reference.config import ReferenceConfig

pytest_plugins = ["pytester"]

SCENARIO = """\
id: {id}
title: A look at the worklist
modality: CT
procedure: {{code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}}
steps:
{steps}
"""
ALIVE = ("verify",)
WORKLIST = ("verify", "query-worklist", "choose-item")

DECLARED = """\
product: {{name: P, version: "1"}}
application_entities:
  - ae: REFERENCE
    presentation_contexts:
      - {{sop_classes: [{classes}], transfer_syntaxes: [{syntaxes}]}}
"""


@pytest.fixture
def scenario(pytester: pytest.Pytester):
    def scenario(name: str, steps: tuple[str, ...] = ALIVE) -> Path:
        text = SCENARIO.format(id=name, steps="\n".join(f"  - {step}" for step in steps))
        path = pytester.path / f"{name}.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return scenario


@pytest.fixture
def reference(tmp_path):
    with process.start(ReferenceConfig(folder=tmp_path)) as target:
        yield target


def declare(pytester: pytest.Pytester, classes: str = "Verification", syntaxes: str = "ExplicitVRLittleEndian") -> Path:
    path = pytester.path / "declared.yaml"
    path.write_text(DECLARED.format(classes=classes, syntaxes=syntaxes), encoding="utf-8")
    return path


def site(pytester: pytest.Pytester, port: int, *services: str) -> Path:
    path = pytester.path / "site.yaml"
    lines = [f"  {name}: {{ae: REFERENCE, host: 127.0.0.1, port: {port}}}" for name in services]
    path.write_text("\n".join(["listener: {port: 0}", "services:", *lines, ""]), encoding="utf-8")
    return path


# --- collecting -------------------------------------------------------------------------------------------------------


def test_a_scenario_file_is_a_test(pytester, scenario):
    scenario("alive")
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["alive.yaml::alive PASSED*"])


SET = "id: mine\ntitle: Mine\nscenarios: [alive.yaml, other.yaml]\n"


@pytest.mark.long
def test_each_scenario_of_a_set_is_a_test(pytester, scenario):
    (pytester.mkdir("below") / "mine.yaml").write_text(SET)
    for name in ("alive", "other"):
        scenario(name).rename(pytester.path / "below" / f"{name}.yaml")
    result = pytester.runpytest_inprocess("-v", "below/mine.yaml")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*mine.yaml::mine?alive? PASSED*", "*mine.yaml::mine?other? PASSED*"])


PLAN = """\
id: plan
title: Plan
scenarios: [own, refusals]
only: [own/a]
made:
  - id: own
    title: Made
    modality: CT
    procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
    cases: [{id: a, title: A, steps: [verify]}, {id: b, title: B, steps: [verify]}]
"""


@pytest.mark.long
def test_a_plan_is_collected_with_what_stands_in_it(pytester):
    """Its file may have any name; of the scenario in it the chosen case is run."""
    (pytester.path / "any.yaml").write_text(PLAN)
    result = pytester.runpytest_inprocess("-v", "any.yaml", "-k", "own")
    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["any.yaml::any?own? PASSED*"])
    done = [each.parent.name for each in pytester.path.parent.rglob("own/*/scenario.json")]
    assert done in ([], ["a"])


def test_the_time_of_a_set_is_that_of_all_its_tests(pytester, scenario, monkeypatch):
    """What has not begun by then is skipped, with the reason."""
    scenario("alive"), scenario("other")
    (pytester.path / "mine.yaml").write_text(SET + "within: 10 s\n")
    times = iter([0.0, 10.0])
    monkeypatch.setattr("scanproof.course.time", SimpleNamespace(monotonic=lambda: next(times)))
    result = pytester.runpytest_inprocess("-rs", "mine.yaml")
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*other: not run: not begun: the 10 seconds of mine were over*"])


def test_a_set_is_refused_as_a_whole(pytester, scenario):
    scenario("alive")
    (pytester.path / "mine.yaml").write_text(SET)
    result = pytester.runpytest_inprocess("mine.yaml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*mine.yaml:3: scenarios: no scenario 'other.yaml'*"])


@pytest.mark.parametrize(
    "text",
    [
        "services:\n  storage: {ae: A, host: 127.0.0.1, port: 104}\n",
        "id: a\nsteps: []\n",
        "build:\n  id: a\n  modality: CT\n  steps: []\n",
        "- id: a\n- modality: CT\n- steps: []\n",
        "",
        ": : :\n\t",
    ],
)
def test_other_yaml_is_left_alone(pytester, text):
    (pytester.path / "other.yaml").write_text(text, encoding="utf-8")
    (pytester.path / "binary.yml").write_bytes(bytes(range(256)))
    assert pytester.runpytest_inprocess().ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_the_sites_and_statements_that_come_with_the_package_are_no_tests(pytester):
    from scansim.builtin_files import builtin_folder

    folders = [str(builtin_folder() / name) for name in ("sites", "statements")]
    result = pytester.runpytest_inprocess("--collect-only", *folders)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_scenario_that_is_not_valid_is_a_collection_error_with_its_line(pytester, scenario):
    scenario("wrong", ("verify", "query-worklits"))
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*wrong.yaml:7: unknown step 'query-worklits'; did you mean query-worklist?*"])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_a_project_without_scenarios_imports_nothing(pytester):
    pytester.makepyfile(
        """
        import sys

        def test_light():
            assert not {"scansim", "pydicom", "pynetdicom", "scanproof.session", "scanproof.judge"} & sys.modules.keys()
        """
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest").assert_outcomes(passed=1)


def test_the_plugin_module_is_light(pytester):
    heavy = "'numpy pydantic pydicom pynetdicom yaml jinja2 faker scansim'"
    code = f"import sys, scanproof.pytest_plugin; print(sorted(sys.modules.keys() & set({heavy}.split())))"
    assert pytester.run(sys.executable, "-c", code).outlines == ["[]"]


# --- verdicts ---------------------------------------------------------------------------------------------------------

OWN_TARGET = """
import pytest
from scansim.reference import process
from scansim.reference.config import ReferenceConfig
from scansim.site import ListenerAddress, single_target

@pytest.fixture(scope="session")
def dicom_site():
    with process.start(ReferenceConfig(defect={defect!r})) as target:
        yield single_target(target.ae, target.host, target.port, listener=ListenerAddress(port=0))
"""


@pytest.mark.long
def test_a_finding_that_fails_is_shown_whole_and_without_our_traceback(pytester, scenario, monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # ours; a worker would derive a seed of its own
    scenario("alive")
    pytester.makeconftest(OWN_TARGET.format(defect="echo-fails"))
    result = pytester.runpytest_inprocess("--dicom-seed=7")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "alive: 1 FAIL*",
            "FAIL verification.success: *",
            "    expected: *",
            "    actual:   *0122*",
            "    clause:   PS3.* (SHALL)",
            "    at:       a01.r1",
            "    hint:     *",
            "seed 7, run id *; transcript in *dicom-alive-*",
        ]
    )
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


@pytest.mark.long
def test_in_python_the_same_findings_are_an_assertion(pytester):
    pytester.makeconftest(OWN_TARGET.format(defect="echo-fails"))
    pytester.makepyfile(
        """
        import pytest
        from scanproof.pytest_plugin import NotConformant
        from scansim.vocabulary import services

        def test_it(dicom_target):
            assert dicom_target.site.address(services.STORAGE).ae == "REFERENCE"
            with pytest.raises(NotConformant, match="verification.success") as caught:
                dicom_target.check("exam-discontinued")
            assert caught.value.result.verdict == "FAIL"
            assert dicom_target.run("exam-discontinued").verdict == "FAIL"
        """
    )
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_what_could_not_be_judged_fails_and_says_so(pytester, scenario):
    scenario("alive")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    result = pytester.runpytest_inprocess(f"--dicom-site={site(pytester, port, 'storage')}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["alive: * INCONCLUSIVE", "INCONCLUSIVE *", "    actual:   *no connection to 127.0.0.1:*"]
    )


def test_what_the_site_does_not_offer_is_skipped_with_its_reason(pytester, scenario, reference):
    scenario("worklist", ("verify", "query-worklist"))
    result = pytester.runpytest_inprocess("-rs", f"--dicom-site={site(pytester, reference.port, 'storage')}")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(
        [
            "no scenario proved anything: this is no green",
            "SKIPPED*not applicable: query-worklist: the site names no worklist service*",
        ]
    )
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_failure_outweighs_what_is_not_offered(pytester, scenario, tmp_path):
    scenario("worklist", ("verify", "query-worklist"))
    with process.start(ReferenceConfig(folder=tmp_path, defect="echo-fails")) as target:
        result = pytester.runpytest_inprocess(f"--dicom-site={site(pytester, target.port, 'storage')}")
    result.assert_outcomes(failed=1)


def test_a_warning_passes_and_is_told(pytester, scenario):
    scenario("alive")
    statement = declare(pytester, syntaxes="ImplicitVRLittleEndian")
    result = pytester.runpytest_inprocess(f"--dicom-statement={statement}")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*DicomWarning: alive: WARN statement.transfer-syntax: *Explicit VR Little Endian*"])


@pytest.mark.long
def test_a_statement_is_judged_against(pytester, scenario):
    scenario("alive")
    result = pytester.runpytest_inprocess(f"--dicom-statement={declare(pytester, 'CTImageStorage')}")
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*NOT_DECLARED statement.undeclared: Verification works at REFERENCE, undeclared*"])


def test_a_listener_port_that_is_taken_is_an_error_that_names_it(pytester, scenario, reference):
    scenario("alive")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        path = site(pytester, reference.port, "commitment")
        port = taken.getsockname()[1]
        path.write_text(path.read_text().replace("{port: 0}", f"{{port: {port}}}"))
        result = pytester.runpytest_inprocess(f"--dicom-site={path}")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*the listener cannot have 127.0.0.1:{port}: *give listener.port another value*"])


# --- running ----------------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_each_run_has_patients_of_its_own_and_the_same_again_with_the_same_seed(pytester, scenario):
    scenario("worklist", WORKLIST)
    pytester.makepyfile(
        """
        def test_it(dicom_target):
            runs = [dicom_target.run("worklist.yaml") for _ in range(2)] + [dicom_target.run("worklist.yaml", seed=1)]
            patients = [run.patient for run in runs]
            assert all(patients) and len(set(patients)) == 3
            print("PATIENTS", patients)
        """
    )
    runs = [pytester.runpytest_inprocess("-s", "--dicom-seed=5", "-k", "test_it") for _ in range(2)]
    lines = [next(line for line in run.outlines if "PATIENTS" in line) for run in runs]
    assert lines[0] == lines[1]


def test_a_scenario_that_is_not_there_is_named(pytester):
    pytester.makepyfile("def test_it(dicom_target): dicom_target.run('ct-rotine')")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*InputError: ct-rotine: no such scenario, *did you mean ct-routine?*"])


@pytest.mark.long
def test_workers_have_a_target_each(pytester, scenario):
    for name in ("one", "two", "three", "four"):
        scenario(name, WORKLIST)
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("number", range(2))
        def test_it(dicom_target, number):
            dicom_target.check("exam-discontinued")
        """
    )
    result = pytester.runpytest_subprocess("-n2", timeout=120)
    result.assert_outcomes(passed=6)


BATTERY = """\
id: mine
title: A battery
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
proves: [mpps]
orders: [{id: plain}]
cases:
  - id: right
    title: A performed step
    steps: [{create-mpps: {order: plain}}, {set-mpps: {status: COMPLETED}}]
  - id: lacks
    title: An N-CREATE without $attribute
    odd: true
    each: {attribute: [Modality, PerformedProcedureStepID]}
    steps: [{create-mpps: {order: plain, remove: [$attribute]}}]
"""


@pytest.mark.long
def test_a_battery_is_a_test_as_well(pytester):
    (pytester.path / "mine.yaml").write_text(BATTERY)
    pytester.makepyfile(
        """
        def test_it(dicom_target):
            found = dicom_target.check("mine.yaml", only=["mine/lacks"])
            assert {finding.case for finding in found.findings if finding.case} == {
                "mine/lacks[Modality]", "mine/lacks[PerformedProcedureStepID]"
            }
        """
    )
    result = pytester.runpytest_inprocess("-v")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["mine.yaml::mine PASSED*"])


@pytest.mark.long
def test_a_target_that_is_given_is_sent_odd_data_only_where_that_is_allowed(pytester, reference):
    (pytester.path / "mine.yaml").write_text(BATTERY)
    pytester.makepyfile(
        """
        def test_it(dicom_target):
            found = dicom_target.check("mine.yaml", only=["mine/lacks"])
            assert found.findings
        """
    )
    target = f"--dicom-site={site(pytester, reference.port, 'mpps')}"
    result = pytester.runpytest_inprocess("-rs", target)
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED*mine: not run: it sends odd data: --odd-data, or odd_data: true in the*"])
    pytester.runpytest_inprocess(target, "--dicom-odd-data").assert_outcomes(passed=2)


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--dicom-target=A@127.0.0.1:104", "--dicom-site=x.yaml"], "give either --dicom-target or --dicom-site"),
        (["--dicom-target=127.0.0.1:104"], "--dicom-target '127.0.0.1:104': the form is AET@HOST:PORT*"),
        (["--dicom-target=A@127.0.0.1:0"], "--dicom-target *: the form is AET@HOST:PORT*"),
        (["--dicom-target=A@192.0.2.1:104"], "--dicom-target *192.0.2.1* is not this machine*"),
        (["--dicom-site=nowhere.yaml"], "nowhere.yaml: cannot be read*"),
        (["--dicom-site=empty.yaml"], "empty.yaml:1: the file is empty"),
        (["--dicom-patient=kanji5c"], "--dicom-patient: no special patient 'kanji5c'; did you mean kanji-5c?*"),
        (["--dicom-character-set=ISO_IR 149"], "--dicom-character-set: 'ISO_IR 149' is not a defined term*"),
        (["--dicom-statement=empty.yaml"], "empty.yaml:1: the file is empty"),
        (["--dicom-seed=-1"], "--dicom-seed: a seed is 0 or more"),
        (["--dicom-seed=x"], "argument --dicom-seed: invalid int value: 'x'"),
    ],
)
def test_an_option_that_cannot_be_used_is_a_usage_error(pytester, options, told):
    (pytester.path / "empty.yaml").touch()
    result = pytester.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*: {told}"])


def test_the_target_that_was_given_is_named(pytester):
    result = pytester.runpytest_inprocess("--dicom-target=PACS@127.0.0.1:11112", "--dicom-seed=0")
    result.stdout.fnmatch_lines(["scanproof: target PACS@127.0.0.1:11112, seed 0"])


@pytest.mark.long
def test_cases_are_one_test_and_the_patient_is_chosen(pytester):
    pytester.makepyfile(
        """
        def test_it(dicom_target):
            result = dicom_target.check("names")
            assert (result.id, result.case, result.patient) == ("names", "", "TEST^HOSPITAL (12345)")
            assert {finding.case for finding in result.findings} >= {"names/ISO_IR_144"}
        """
    )
    options = ("--dicom-patient=name=TEST^HOSPITAL,id=12345", "--dicom-character-set=ISO_IR 144")
    pytester.runpytest_inprocess(*options).assert_outcomes(passed=1)
