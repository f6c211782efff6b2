"""The step store-each on the reference target and on real servers: what is stored, and what is told of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from scanproof.results import Results, ScenarioResult
from tests.support.command_line import deviations, main, results, target
from tests.support.peers import Peer

BATTERY = """
id: each
title: Small instances
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
proves: [storage]
leaves: a study of a few small instances
cases:
  - id: pairs
    title: Several kinds of objects
    steps:
      - store-each:
          contexts:
            - sop_classes: [CTImageStorage, MRImageStorage, EncapsulatedPDFStorage]
              transfer_syntaxes: [ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, MPEG2MPML]
            - sop_classes: ["1.2.840.10008.5.1.4.1.1.5"]
              transfer_syntaxes: [ExplicitVRLittleEndian]
"""
#: Ultrasound of before 1996 is of no class that we make, PDF is not compressed, and nothing is encoded as MPEG2.
MADE, NOT_MADE = 8, 5


def run(tmp_path: Path, *argv: str | Path) -> tuple[Results, ScenarioResult]:
    file = tmp_path / "each.yaml"
    file.write_text(BATTERY)
    main("run", file, *argv, "--out", tmp_path / "out", "--seed", 5)
    found = results(tmp_path / "out")
    return found, found.scenarios[0]


@pytest.mark.long
def test_each_pair_is_stored_and_what_is_not_made_is_told(tmp_path: Path) -> None:
    found, case = run(tmp_path)
    (step,) = [step for step in case.steps if step.verb == "store-each"]
    assert step.detail.startswith(f"{MADE} instances answered 0000H; not encodable are {NOT_MADE} pairs: ")
    for words in ("no instance of the SOP Class is made", "no pixels to compress", "nothing is encoded"):
        assert words in step.detail
    assert deviations(found) == set()
    kinds = [each.kind for each in case.created]
    assert (kinds.count("Study"), kinds.count("Series"), kinds.count("Instance")) == (1, 3, MADE)
    exchanged = [each for each in found.claims if each.kind == "context" and each.depth == "exchanged"]
    assert len([each for each in exchanged if "Verification" not in each.id]) == MADE


@pytest.mark.long
def test_a_syntax_that_is_accepted_and_not_stored_contradicts_its_claims_once(tmp_path: Path) -> None:
    with target("--defect", "storage-refuses-class") as (where, _):
        found, case = run(
            tmp_path, "--target", where, "--services", "storage", "--statement", "scenarios/statements/reference.yaml"
        )
    said = [each for each in found.all_findings if each.check == "statement.context-works" and each.verdict == "FAIL"]
    assert [each.actual.partition(":")[0] for each in said] == ["no instance of MR Image Storage is stored"]
    contradicted = [each.id for each in found.claims if each.outcome == "contradicted"]
    assert len(contradicted) == 3
    assert all("MRImageStorage" in each for each in contradicted)
    assert {check for check, _ in deviations(found)} == {"storage.accepted"}
    assert "3 instances answered C000H" in next(step.detail for step in case.steps if step.verb == "store-each")


@pytest.mark.long
@pytest.mark.peer
def test_orthanc_takes_what_it_accepts(tmp_path: Path, orthanc_peer: Peer) -> None:
    (orthanc_peer.folder / "each.yaml").write_text(BATTERY)
    out = orthanc_peer.folder / "each"
    argv = ("each.yaml", "--target", "ORTHANC@127.0.0.1:4242", "--services", "storage", "--out", out)
    done = orthanc_peer.scanproof("run", *argv)
    found = results(out)
    told = next(step.detail for step in found.scenarios[0].steps if step.verb == "store-each")
    assert told.startswith(f"{MADE} instances answered 0000H"), done.stdout
    assert {verdict for _, verdict in deviations(found)} <= {"NOT_DECLARED"}
