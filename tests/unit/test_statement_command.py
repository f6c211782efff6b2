"""scanproof statement lint, claims, render, upgrade: what is printed, and the exit codes."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from scanproof.cli import app
from scansim.inputs import InputError
from tests.support.statement_example import RIGHT

CLASSIC = """\
product: {name: P, version: "1"}
application_entities:
  - ae: A
    presentation_contexts: [{sop_classes: [Verification], transfer_syntaxes: [ImplicitVRLittleEndian]}]
"""


@pytest.fixture
def statement(tmp_path):
    def statement(*words: str, text: str = RIGHT):
        file = tmp_path / "statement.yaml"
        file.write_text(text, encoding="utf-8")
        return CliRunner().invoke(app, ["statement", *(str(file) if word == "FILE" else word for word in words)])

    return statement


def test_lint_of_a_right_statement(statement):
    result = statement("lint", "FILE")
    assert (result.exit_code, result.stdout) == (0, "0 errors, 0 warnings, 0 notes\n")


def test_lint_tells_place_level_and_rule(statement, tmp_path):
    result = statement("lint", "FILE", text=RIGHT.replace("B000", "A900"))
    assert result.exit_code == 1
    first, last = result.stdout.splitlines()
    assert first.startswith(f"{tmp_path / 'statement.yaml'}:47: error: status-class: Warning with A900")
    assert last == "1 error, 0 warnings, 0 notes"


def test_lint_as_json(statement):
    result = statement("lint", "FILE", "--json", text=RIGHT.replace("closed_list: Y", "closed_list: N"))
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)
    assert found.keys() == {"file", "line", "level", "rule", "text"}
    assert (found["level"], found["rule"]) == ("note", "open-list")


def test_what_cannot_be_read_does_not_keep_the_other_files_back(statement, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text("conformance_statement: [\n")
    result = statement("lint", str(other), "FILE")
    assert "0 errors" in result.stdout
    assert type(result.exception).__name__ == "InputError"  # the command line makes exit code 2 of it
    assert "other.yaml:2" in str(result.exception)


def test_lint_explains_a_rule(statement):
    assert "Hint:" in statement("lint", "--explain", "verification").stdout
    assert "give a file" in str(statement("lint").exception)


def test_claims_fold_contexts(statement):
    result = statement("claims", "FILE")
    assert result.exit_code == 0
    assert result.stdout.startswith("Small Archive 2.4.1: ")
    assert result.stdout.count("MR Image Storage") == 1
    assert "ARCHIVE" in result.stdout
    assert "no driver yet" in result.stdout


def test_claims_as_json(statement):
    claims = json.loads(statement("claims", "FILE", "--json").stdout)
    by_id = {claim["id"]: claim for claim in claims}
    assert len(by_id) == len(claims)
    claim = by_id["ARCHIVE.scp.MRImageStorage.ImplicitVRLittleEndian"]
    assert (claim["role"], claim["kind"], claim["section"]) == ("SCP", "context", "presentation contexts")
    assert all(bool(claim["cases"]) != bool(claim["reason"]) for claim in claims)
    assert all(claim["line"] > 0 for claim in claims)


@pytest.mark.parametrize("extra", [(), ("--html",)], ids=["text", "html"])
def test_render_shows_every_chapter(statement, extra):
    text = RIGHT.replace("services:\n  basic", "services:\n  web: {studies: {retrieve: Y}}\n  basic")
    shown = statement("render", "FILE", *extra, text=f'{text}security: {{audit: "<none> & nothing"}}\n').stdout
    chapters = (
        "Cover page",
        "1 Overview",
        "5 Service and Interoperability",
        "6 Configuration",
        "7 Network",
        "8 Security",
    )
    for word in (*chapters, "Small Archive", "B000", "WORKLIST", "0119", "retrieve"):
        assert word.casefold() in shown.casefold()
    assert "ScheduledProcedureStepSequence > " in shown or "ScheduledProcedureStepSequence &gt; " in shown
    if extra:
        assert "&lt;none&gt; &amp; nothing" in shown
        assert "<none>" not in shown
        assert "http" not in shown
    else:
        assert max(map(len, shown.split("\n"))) <= 120


def test_render_takes_the_first_form(statement):
    assert "Verification" in statement("render", "FILE", text=CLASSIC).stdout


def test_upgrade_to_standard_output_and_to_a_file(statement, tmp_path):
    out = tmp_path / "new.yaml"
    shown = statement("upgrade", "FILE", text=CLASSIC)
    assert shown.exit_code == 0
    assert 'conformance_statement: "1"' in shown.stdout
    assert statement("upgrade", "FILE", "-o", str(out), text=CLASSIC).exit_code == 0
    assert out.read_text() == shown.stdout
    assert "there already" in str(statement("upgrade", "FILE", "-o", str(out), text=CLASSIC).exception)
    assert "newer form already" in str(statement("upgrade", str(out)).exception)


@pytest.mark.parametrize("command", ["lint", "claims", "render", "upgrade"])
def test_help_has_examples(command):
    shown = CliRunner().invoke(app, ["statement", command, "--help"])
    assert shown.exit_code == 0
    assert f"scanproof statement {command} " in shown.stdout.partition("Examples:")[2]


def test_a_run_that_refuses_a_statement_says_how_to_see_all_of_it(tmp_path):
    path = tmp_path / "statement.yaml"
    path.write_text(RIGHT.replace('"1.2.840.10008.5.1.4.1.1.2",', '"1.2.840.10008.5.1.4.1.1.4",'), encoding="utf-8")
    result = CliRunner().invoke(app, ["run", "--statement", str(path), "--plan"])
    assert isinstance(result.exception, InputError)
    first, last = str(result.exception).splitlines()
    assert "statement.yaml:11:" in first
    assert last.endswith("scanproof statement lint FILE")
