"""The retrieve battery on the embedded target and on real archives: what comes back, and that nothing wrong is said."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from scanproof.results import Results
from scansim.network.transcript import load_transcript
from tests.support import peers
from tests.support.command_line import command, deviations, main, results
from tests.support.netns import Namespace
from tests.support.peers import Server
from tests.support.processes import environment

Start = Callable[[Namespace, Path], AbstractContextManager[Server]]

#: What the step says of some cases of each kind.
TOLD = {
    "study[get]": "C-GET was answered 0000H, 3 of 3 instances came",
    "study[move-patient-root]": "C-MOVE was answered 0000H, 3 of 3 instances came",
    "patient[move]": "C-MOVE was answered 0000H, 2 of 2 instances came",
    "series[get+one]": "C-GET was answered 0000H, 2 of 2 instances came",
    "image[move+several]": "C-MOVE was answered 0000H, 2 of 2 instances came",
    "some-unknown[move+IMAGE]": "C-MOVE was answered 0000H, 1 of 1 instances came",
    "unknown-destination": "C-MOVE was answered A801H, 0 of 2 instances came",
    "answered[get+fail-all]": "C-GET was answered A702H, 3 of 3 instances came",
    "answered[move+warn-some]": "C-MOVE was answered B000H, 3 of 3 instances came",
    "not-taken[move+none]": "C-MOVE was answered A702H, 0 of 2 instances came",
    "not-taken[get+no-role]": "C-GET was answered A702H, 0 of 2 instances came",
    "cancel-after-one[get]": "C-GET was answered FE00H, 1 of 4 instances came",
    "cancel-after-one[move]": "C-MOVE was answered FE00H, 1 of 4 instances came",
    "level[get-none]": "C-GET was answered A900H, 0 of 2 instances came",
    "lacks-key[move+IMAGE+SOPInstanceUID]": "C-MOVE was answered A900H, 0 of 2 instances came",
}


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Results]:
    """Cases of each kind."""
    out = tmp_path_factory.mktemp("retrieve") / "out"
    only = [word for case in TOLD for word in ("--only", f"retrieve-battery/{case}")]
    done = main("run", "retrieve-battery", *only, "--odd-data", "--out", out)
    assert done.returncode == 0, done.stdout
    return out, results(out)


@pytest.mark.long
def test_what_comes_back(some: tuple[Path, Results]) -> None:
    told = {
        case.case.partition("/")[2]: [step.detail for step in case.steps if step.verb == "retrieve"]
        for case in some[1].scenarios
    }
    assert {case: steps for case, steps in told.items() if case in TOLD} == {
        case: [text] for case, text in TOLD.items()
    }


@pytest.mark.long
def test_nothing_wrong_is_told(some: tuple[Path, Results]) -> None:
    assert deviations(some[1]) == set()


@pytest.mark.long
def test_what_came_stands_in_the_transcript_of_its_case(some: tuple[Path, Results]) -> None:
    transcript = load_transcript(some[0] / "transcript" / "retrieve-battery" / "study[move-patient-root]")
    (brought,) = [association for association in transcript.associations if not association.ours]
    assert brought.service == "retrieve"
    assert [each.request.name for each in brought.operations] == ["C-STORE-RQ"] * 3
    assert all(each.request.dataset is not None and "PixelData" in each.request.dataset for each in brought.operations)


@pytest.mark.whole
@pytest.mark.long
def test_the_whole_battery_passes(tmp_path: Path) -> None:
    done = main("run", "retrieve-battery", "--odd-data", "--out", tmp_path / "out")
    assert done.returncode == 0, done.stdout
    found = results(tmp_path / "out")
    assert deviations(found) == set()
    assert {case.verdict.value for case in found.scenarios} == {"PASS"}


@pytest.mark.long
def test_no_case_asks_for_a_whole_archive(some: tuple[Path, Results]) -> None:
    """An archive that takes an Identifier without a unique key sends all that it has, whoever's that is."""
    keys = ("PatientID", "StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID")
    for case in (some[0] / "transcript" / "retrieve-battery").iterdir():
        for operation in load_transcript(case).operations if case.is_dir() else ():
            if operation.request.name in ("C-MOVE-RQ", "C-GET-RQ"):
                ds = operation.request.dataset
                assert ds is not None
                assert any(ds.text(key) for key in keys)


@pytest.mark.long
def test_a_request_without_a_key_is_not_sent(tmp_path: Path) -> None:
    battery = tmp_path / "own.yaml"
    battery.write_text(
        """\
id: own
title: Everything, please
modality: MR
procedure: {code: A, meaning: B, protocol_code: C, protocol_meaning: D}
proves: [retrieve]
cases:
  - id: everything
    title: Everything
    steps:
      - acquire: {protocol: mr-small, instances: 1}
      - store
      - retrieve: {by: get, remove: [StudyInstanceUID], means: retrieve.no-unique-key}
"""
    )
    main("run", battery, "--odd-data", "--out", tmp_path / "out")
    (case,) = results(tmp_path / "out").scenarios
    (step,) = [step for step in case.steps if step.verb == "retrieve"]
    assert "may send all that it has" in step.detail
    operations = load_transcript(tmp_path / "out" / "transcript" / "own" / "everything").operations
    assert all(each.request.name != "C-GET-RQ" for each in operations)


# --- real servers -----------------------------------------------------------------------------------------------------

SITE = """\
calling_ae: {ours[0]}
listener: {{ae: {ours[0]}, host: {ours[1]}, port: {ours[2]}}}
services:
  storage: &archive {{ae: {ae}, host: 127.0.0.1, port: {port}, timeouts: {{settle: 3}}}}
  retrieve: *archive
"""


def failed(ns: Namespace, start: Start, folder: Path, *options: str) -> dict[str, set[str]]:
    """Of each check that says FAIL of a real archive the cases in which it does."""
    with start(ns, folder) as server:
        site = folder / "retrieve.yaml"
        site.write_text(SITE.format(ours=peers.LISTENER, ae=server.ae, port=server.port))
        argv = command("run", "retrieve-battery", "--site", site, "--out", folder / "out", *options)
        done = ns.run(argv, 400.0, env=environment())
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    found: dict[str, set[str]] = {}
    for finding in results(folder / "out").all_findings:
        assert finding.verdict.value != "INCONCLUSIVE", finding
        if finding.verdict.value == "FAIL" and finding.root is None:
            found.setdefault(finding.check, set()).add(finding.case.partition("/")[2])
    return found


@pytest.mark.peer
@pytest.mark.long
@pytest.mark.whole
def test_dcmqrscp(namespace: Namespace, tmp_path: Path) -> None:
    found = failed(namespace, peers.dcmqrscp, tmp_path, "--odd-data")
    # DCMTK answers one role item twice, when the SOP Class stands in two contexts.
    assert found.pop("association.pdu-well-formed") == {"syntax[big-endian+get]"}
    assert found == {}


@pytest.mark.peer
@pytest.mark.long
def test_orthanc(namespace: Namespace, tmp_path: Path) -> None:
    found = failed(namespace, peers.orthanc, tmp_path, "--skip", "retrieve-battery/cancel-at-once")
    # The list of a C-GET stands in its command set.
    assert found.pop("dimse.command-set-encoding") == {
        *("answered[get+fail-all]", "answered[get+fail-some]", "not-taken[get+none]", "not-taken[get+no-role]"),
        *("decompressed[j2k]", "decompressed[j2k-lossy]"),
    }
    # A C-MOVE ends with its first failure, which is not counted, and a warning is none.
    refused = {"answered[move+fail-all]", "answered[move+fail-some]"}
    warned = {"answered[move+warn-all]", "answered[move+warn-some]"}
    assert found.pop("retrieve.failed-list") == refused
    assert found.pop("retrieve.final-status") == warned
    assert found.pop("retrieve.counts-agree") == refused | warned
    assert found.pop("retrieve.role") == {"not-taken[get+no-role]"}
    # It is built on DCMTK, which answers one role item twice, when the SOP Class stands in two contexts.
    doubled = found.pop("association.pdu-well-formed")
    assert doubled
    assert all(case.startswith("syntax[") and case.endswith("+get]") for case in doubled)
    assert found == {}


@pytest.mark.peer
@pytest.mark.long
@pytest.mark.whole
def test_pynetdicom(namespace: Namespace, tmp_path: Path) -> None:
    found = failed(namespace, peers.pynetdicom_qrscp, tmp_path, "--skip", "retrieve-battery/cancel-at-once")
    assert "study[move]" in found.pop("retrieve.originator")  # it names itself
    assert found.pop("retrieve.accepted") == {f"{level}[{by}+several]" for level in ("series", "image") for by in BY}
    assert found.pop("retrieve.no-data-set") == {
        f"answered[{by}+{how}]" for by in BY for how in ("warn-all", "warn-some")
    }
    assert found == {}


BY = ("get", "move")
