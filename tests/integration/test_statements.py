"""A RIS and a PACS, each with its Conformance Statement or without: whose promise is held against whom."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from scanproof.results import Results
from tests.support.command_line import main, results, target
from tests.support.processes import free_port

#: What a RIS declares here, and what a PACS.
RIS = "Verification, ModalityWorklistInformationModelFind, ModalityPerformedProcedureStep"
PACS = "Verification, CTImageStorage, XRayRadiationDoseSRStorage, StudyRootQueryRetrieveInformationModelFind"

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("on_a_thread")]


def declare(path: Path, ae: str, classes: str) -> Path:
    path.write_text(
        f'product: {{name: {ae}, version: "1"}}\napplication_entities:\n'
        f"  - ae: {ae}\n    presentation_contexts:\n"
        f"      - {{sop_classes: [{classes}], transfer_syntaxes: [ExplicitVRLittleEndian, ImplicitVRLittleEndian]}}\n"
    )
    return path


@contextmanager
def hospital(folder: Path, *defect: str, statement: str = "") -> Iterator[Path]:
    """A RIS with worklist and MPPS, a PACS with storage, commitment and query; yields the site file."""
    listener = free_port()
    with (
        target("--ae", "RIS", "--orders", 2, *defect) as (ris, _),
        target("--ae", "PACS", "--orders", 0, listener=listener) as (pacs, _),
    ):
        lines = [f"listener: {{port: {listener}}}", "services:"]
        for address, services in ((ris, ("worklist", "mpps")), (pacs, ("storage", "commitment", "query"))):
            ae, _, port = address.partition("@127.0.0.1:")
            more = statement if ae == "PACS" else ""
            lines += [f"  {service}: {{ae: {ae}, host: 127.0.0.1, port: {port}{more}}}" for service in services]
        site = folder / "site.yaml"
        site.write_text("\n".join(lines) + "\n")
        yield site


def verdicts(of: Results, prefix: str) -> dict[str, set[str]]:
    """Check to the verdicts of its findings, of the checks whose ids begin so."""
    found: dict[str, set[str]] = {}
    for finding in of.all_findings:
        if finding.check.startswith(prefix):
            found.setdefault(finding.check, set()).add(finding.verdict.value)
    return found


def claims(of: Results) -> dict[str, set[str]]:
    """AE of the statement to what was said of its claims."""
    found: dict[str, set[str]] = {}
    for claim in of.claims:
        found.setdefault(claim.id.partition(".")[0], set()).add(claim.outcome.value)
    return found


def test_the_statement_of_the_pacs_hides_nothing_of_the_ris(tmp_path: Path) -> None:
    pacs = declare(tmp_path / "pacs.yaml", "PACS", PACS)
    with hospital(tmp_path, "--defect", "worklist-ignores-modality") as site:
        done = main("run", "ct-routine", "--site", site, "--statement", pacs, "--out", tmp_path / "out")
    assert done.returncode == 1, done.stdout
    of = results(tmp_path / "out")
    assert {name for name, seen in verdicts(of, "worklist.").items() if "FAIL" in seen} == {"worklist.matches-keys"}
    # commitment works, and the PACS does not declare it: judged by the standard, and told once
    told = [finding for finding in of.all_findings if finding.verdict == "NOT_DECLARED"]
    assert [(each.check, each.actual) for each in told] == [
        ("statement.undeclared", "Storage Commitment works at PACS, undeclared")
    ]
    assert verdicts(of, "commitment.report-received") == {"commitment.report-received": {"PASS"}}
    # nobody declared anything for the RIS: nothing of it is evidence, nothing of it undeclared
    assert {claim.id.partition(".")[0] for claim in of.claims} == {"PACS"}
    assert of.statement == "PACS 1"


def test_an_association_with_the_ris_is_no_evidence_for_the_pacs(tmp_path: Path) -> None:
    # Verification and worklist work at the RIS; the PACS declares them for itself, where the site has no worklist
    pacs = declare(tmp_path / "pacs.yaml", "PACS", f"{PACS}, ModalityWorklistInformationModelFind")
    with hospital(tmp_path) as site:
        done = main("run", "ct-routine", "--site", site, "--statement", pacs, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    of = results(tmp_path / "out")
    worklist = [claim for claim in of.claims if "ModalityWorklist" in claim.id]
    assert {(claim.outcome.value, claim.reason) for claim in worklist} == {
        (
            "not_tested",
            "the site names RIS for worklist; scanproof run --statement FILE --only claims/contexts tests it",
        )
    }
    links = {link.id: link.called_ae for scenario in of.scenarios for link in scenario.associations}
    shown = [claim.evidence.partition("/")[2].partition(".")[0] for claim in of.claims if claim.evidence]
    assert shown
    assert {links[name] for name in shown} <= {"PACS", "SCANPROOF"}  # ours is what the PACS itself calls


@pytest.mark.parametrize("bound", [False, True], ids=["by title", "by the site file"])
def test_two_statements(bound: bool, tmp_path: Path) -> None:
    ris = declare(tmp_path / "ris.yaml", "RIS", RIS)
    pacs = declare(tmp_path / "pacs.yaml", "ARCHIVE" if bound else "PACS", PACS)
    given = ["--statement", ris] if bound else ["--statement", pacs, "--statement", ris]
    with hospital(tmp_path, statement=", statement: pacs.yaml" if bound else "") as site:
        done = main("run", "ct-routine", "--site", site, *given, "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    of = results(tmp_path / "out")
    assert of.statement == ("ARCHIVE 1; RIS 1" if bound else "PACS 1; RIS 1")
    archive = "ARCHIVE" if bound else "PACS"
    assert claims(of) == {archive: {"observed", "not_tested", "not_declared"}, "RIS": {"observed", "not_tested"}}
    facts = json.loads((tmp_path / "out" / "transcript" / "run.json").read_bytes())
    services = ["storage", "commitment", "query"] if bound else []
    assert facts["statements"] == [
        {"file": "statement-01.yaml", "services": services},
        {"file": "statement-02.yaml", "services": []},
    ]
    # both are in the transcript: judged again, anywhere, it is the same
    for path in (ris, pacs):
        path.unlink()
    assert main("judge", tmp_path / "out", "--out", tmp_path / "again").returncode == 0
    assert (tmp_path / "again" / "results.json").read_bytes() == (tmp_path / "out" / "results.json").read_bytes()
    newer = declare(tmp_path / "newer.yaml", archive, "Verification")
    judged = main("judge", tmp_path / "out", "--statement", newer, "--out", tmp_path / "newer")
    assert judged.returncode == 0
    told = {finding.actual for finding in results(tmp_path / "newer").all_findings if finding.verdict == "NOT_DECLARED"}
    assert told == {f"{name} works at PACS, undeclared" for name in ("Storage", "Storage Commitment", "Query")}


def test_one_statement_for_one_ae_under_another_title(tmp_path: Path) -> None:
    pacs = declare(tmp_path / "pacs.yaml", "ARCHIVE", PACS)
    with target("--orders", 0) as (address, _):
        ae, _, port = address.partition("@127.0.0.1:")
        site = tmp_path / "site.yaml"
        site.write_text(
            f"services:\n  storage: {{ae: {ae}, host: 127.0.0.1, port: {port}}}\n"
            f"  query: {{ae: {ae}, host: 127.0.0.1, port: {port}}}\n"
        )
        done = main("run", "ct-routine", "--site", site, "--statement", pacs, "--out", tmp_path / "out")
    of = results(tmp_path / "out")
    assert f"the Conformance Statement of ARCHIVE 1 stands for {ae}, the only AE of the site" in of.notes
    assert "the only AE of the site" in " ".join(done.stdout.split())
    assert claims(of)["ARCHIVE"] == {"observed", "not_tested"}


def test_a_statement_of_the_site_file_that_cannot_be_used(tmp_path: Path) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("services:\n  storage: {ae: PACS, host: 127.0.0.1, port: 1, statement: gone.yaml}\n")
    done = main("run", "--site", site, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert f"{site}:2: services.storage.statement: {tmp_path / 'gone.yaml'} is no file" in done.stderr
    (tmp_path / "gone.yaml").write_text("product: [\n")
    done = main("run", "--site", site, "--out", tmp_path / "out")
    assert (done.returncode, "gone.yaml:2: not YAML" in done.stderr) == (2, True)
    assert not (tmp_path / "out").exists()  # nothing was begun
