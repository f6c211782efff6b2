"""The command line: its help, its options and what it prints. Runs against targets are in tests/integration."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from scanproof import cli
from scanproof.catalogue import checks_markdown, steps_markdown
from scanproof.checks import all_checks
from scanproof.cli.application import day_of
from scansim.builtin_files import builtin_folder
from scansim.exam.scenario_files import builtin_scenarios, builtin_sets
from scansim.inputs import InputError
from scansim.reference.defects import DEFECTS
from scansim.reference.process import ReferenceTargetError
from scansim.steps import VERBS
from tests.support.command_line import command
from tests.support.processes import environment

COMMANDS = ("run", "judge", "generate", "target", "list", "schema", "selftest")


def invoke(*argv: str | Path) -> tuple[int, str]:
    """Exit code and output; an InputError comes out as it does in `main`."""
    result = CliRunner().invoke(cli.app, [*map(str, argv)])
    if isinstance(result.exception, InputError):
        return 2, f"scanproof: {result.exception}"
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *argv: str | Path) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["scanproof", *map(str, argv)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    captured = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return ended.value.code, captured.err


# --- help -------------------------------------------------------------------------------------------------------------


def test_the_help_lists_every_command_and_the_exit_codes() -> None:
    code, text = invoke("--help")
    assert code == 0
    for name in COMMANDS:
        assert f"  {name} " in text
    codes = "Exit codes: 0 nothing found; 1 findings; 2 bad input or usage; 3 could not test, or interrupted."
    assert codes in " ".join(text.split())
    assert invoke()[1] == text  # without a command


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_every_command_shows_examples(name: str) -> None:
    code, text = invoke(name, "--help")
    assert code == 0
    examples = text.partition("Examples:\n")[2].partition("\n\n")[0].splitlines()
    assert examples
    assert all(line.strip().startswith(f"scanproof {name}") for line in examples)
    assert invoke(name, "-h") == (code, text)


def test_help_is_quick_because_it_imports_nothing_heavy() -> None:
    program = (
        "import sys; from scanproof import cli\n"
        "try: cli.main()\n"
        "except SystemExit: print(sorted({'numpy', 'pydicom', 'pynetdicom', 'jinja2'} & sys.modules.keys()))"
    )
    argv = [sys.executable, "-c", program, "run", "--help"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=True, env=environment())
    assert done.stdout.splitlines()[-1] == "[]"


# --- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["run", "--target", "PACS"], "--target 'PACS': the form is AET@HOST:PORT, such as PACS@127.0.0.1:11112"),
        (["run", "--target", "PACS@127.0.0.1:0"], "the form is AET@HOST:PORT"),
        (
            ["run", "--target", "PACS@192.0.2.1:104"],
            "is not this machine; to send there on purpose, give",
        ),
        (["run", "--target", "PACS@127.0.0.1:104", "--site", "x.yaml"], "give --target or --site, not both"),
        (["run", "--target", "PACS@127.0.0.1:104", "--calling-ae", "MORE_THAN_SIXTEEN"], "--calling-ae: "),
        (["run", "--date", "01.02.2026"], "--date '01.02.2026': the form is YYYY-MM-DD"),
        (["run", "--date", "2026-02-30"], "--date '2026-02-30': the form is YYYY-MM-DD"),
        (["run", "no-such"], "no-such: no such scenario, file or folder"),
        (["run", "--site", "none.yaml"], "none.yaml: cannot be read"),
        (["run", "--statement", "none.yaml"], "none.yaml: cannot be read"),
        (["judge", "nowhere"], "nowhere: no transcript of a run here"),
        (["generate", "xx", "--out", "x"], "ct, mr"),
        (["generate", "ct", "--out", "x", "--date", "soon"], "--date 'soon': the form is YYYY-MM-DD"),
        (["target", "--defect", "none"], "--defect none: not known; there are: admission-any-context-name, "),
        (["selftest", "none"], "no such defect: none; there are: "),
    ],
)
def test_input_that_cannot_be_used(argv: list[str], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = invoke(*argv)
    assert code == 2
    assert told in text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("argv", "told"),
    [
        (["rum"], "No such command 'rum'"),
        (["run", "--no-such-option"], "No such option: --no-such-option"),
        (["run", "--seed", "-1"], "Invalid value for '--seed'"),
        (["run", "--seed", "x"], "Invalid value for '--seed'"),
        (["run", "-j", "0"], "Invalid value for '-j' / '--jobs'"),
        (["run", "--fail-on", "sometimes"], "'sometimes' is not one of 'fail', 'warn', 'not-tested', 'never'"),
        (["run", "--profile", "lax"], "'lax' is not one of 'dicom', 'ihe-swf', 'strict'"),
        (["run", "--listen", "70000"], "Invalid value for '--listen'"),
        (["judge"], "Missing argument"),
        (["generate", "ct"], "Missing option '--out'"),
        (["generate", "ct", "--out", "x", "--instances", "0"], "--instances 0: allowed are 1 to 100000, or all"),
        (["target", "--port", "70000"], "Invalid value for '--port'"),
        (["target", "--commitment", "never"], "'never' is not one of 'same', 'new'"),
        (["list", "patients"], "'patients' is not one of 'scenarios', "),
        (["schema", "report"], "'report' is not one of 'scenario', "),
    ],
)
def test_usage_that_is_wrong(argv: list[str], told: str) -> None:
    code, text = invoke(*argv)
    assert code == 2
    assert told in " ".join(text.split())


# --- the outermost layer ----------------------------------------------------------------------------------------------


def test_expected_failures_end_with_a_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends_with(error: BaseException) -> tuple[int, str]:
        def fails(what: str) -> None:
            raise error

        monkeypatch.setattr("scanproof.catalogue.catalogue", fails)
        return main(monkeypatch, capsys, "list", "checks")

    assert ends_with(InputError("x.yaml:3: wrong")) == (2, "scanproof: x.yaml:3: wrong\n")
    assert ends_with(ReferenceTargetError("it did not come up")) == (3, "scanproof: it did not come up\n")
    assert ends_with(KeyboardInterrupt()) == (3, "scanproof: interrupted\n")
    assert ends_with(BrokenPipeError()) == (3, "")
    assert ends_with(OSError(28, "No space left on device")) == (
        2,
        "scanproof: standard output: cannot be written: No space left on device; send it somewhere else\n",
    )
    assert ends_with(OSError(13, "Permission denied", "x")) == (2, "scanproof: x: Permission denied\n")


def test_a_defect_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(what: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("scanproof.catalogue.catalogue", fails)
    monkeypatch.setattr(sys, "argv", ["scanproof", "list", "checks"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_a_pipe_that_closes_early_is_no_failure_of_ours() -> None:
    env = environment()
    env.pop("PYTHONUNBUFFERED", None)  # Python would lose the rest of a write that was cut short, and not notice
    argv = command("list", "checks", "--json")
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        process.stdout.read(10)
        process.stdout.close()
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.wait(60) == 3
    assert told == ""


# --- lists and schemas ------------------------------------------------------------------------------------------------


@pytest.mark.long
def test_lists_as_json_and_as_text() -> None:
    rows = {what: json.loads(invoke("list", what, "--json")[1]) for what in ("scenarios", "checks", "defects")}
    assert [row["id"] for row in rows["checks"]] == list(all_checks())
    assert [row["id"] for row in rows["scenarios"]] == [*builtin_scenarios(), *builtin_sets()]
    assert [row["name"] for row in rows["defects"]] == list(DEFECTS)
    for what, wanted in rows.items():
        text = invoke("list", what)[1]
        assert text.rstrip().endswith(f"{len(wanted)} {what}")
        assert all((row.get("id") or row["name"]) in text for row in wanted)


@pytest.mark.parametrize(
    ("of", "folder"),
    [
        ("scenario", "."),
        ("scenario", "sets"),
        ("site", "sites"),
        ("statement", "statements"),
        ("results", None),
        ("profile", None),
    ],
)
def test_schemas_are_valid_and_fit_what_comes_with_the_package(of: str, folder: str | None) -> None:
    code, text = invoke("schema", of)
    assert code == 0
    schema = json.loads(text)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    files = sorted((builtin_folder() / folder).glob("*.yaml")) if folder else []
    assert bool(files) == bool(folder)
    for path in files:
        validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


# --- generate ---------------------------------------------------------------------------------------------------------


def test_generate_writes_files_and_says_how_to_make_them_again(tmp_path: Path) -> None:
    argv = ("generate", "mr", "--instances", "3", "--seed", "5", "--date", "2026-01-31")
    code, text = invoke(*argv, "--out", tmp_path / "one")
    assert code == 0
    seed, files = text.splitlines()
    assert seed.startswith("seed 5, date 2026-01-31")
    assert files == f"3 files in {tmp_path / 'one'}"
    assert invoke(*argv, "--out", tmp_path / "two")[0] == 0

    def content(folder: Path) -> dict[Path, bytes]:
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert content(tmp_path / "one") == content(tmp_path / "two")
    (tmp_path / "file").write_text("in the way")
    assert invoke(*argv, "--out", tmp_path / "file" / "below")[0] == 2


def test_today_is_the_default() -> None:
    assert day_of(None) == date.today()
    assert day_of("2026-01-31") == date(2026, 1, 31)


def test_the_printed_catalogue_of_checks_is_that_of_the_checks():
    printed = Path(__file__).parents[2] / "docs" / "checks.md"
    assert printed.read_text() == checks_markdown(), "tools/regenerate"


def test_the_printed_steps_are_those_of_the_registry():
    printed = Path(__file__).parents[2] / "docs" / "steps.md"
    assert printed.read_text() == steps_markdown(), "tools/regenerate"
    for verb, registered in VERBS.items():
        assert f"## `{verb}`" in printed.read_text()
        assert all(f"`{parameter}`" in printed.read_text() for parameter in registered.model.model_fields)
