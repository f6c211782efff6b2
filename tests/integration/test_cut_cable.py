"""A cut cable is nobody's fault, a target that dies is the target's (issue 9): in a network namespace of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanproof.finding import Finding, Verdict
from scanproof.results import Results
from tests.support.command_line import command, results
from tests.support.netns import Namespace
from tests.support.processes import environment

PORT = 11112
TIMES = "{connect: 0.6, associate: 1, response: 1, operation: 5}"
SCENARIO = """\
id: cut
title: A cable is cut
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps: [%s]
"""
FIND = "verify, query-worklist, query-worklist, verify"
STORE = "verify, acquire: {protocol: ct-scout}, store, verify"

pytestmark = pytest.mark.long


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    """One whose interface may go down."""
    with Namespace(f"scanproof-cable-{os.getpid()}") as ns:
        yield ns


def run(namespace: Namespace, tmp_path: Path, steps: str, name: str, number: int, how: str) -> tuple[int, Results]:
    scenario, site, out = tmp_path / "cut.yaml", tmp_path / "site.yaml", tmp_path / "out"
    listed = "".join(f"\n  - {step}" for step in steps.split(", "))
    scenario.write_text(SCENARIO.replace("[%s]", listed))
    services = ("worklist", "storage")
    lines = [f"  {each}: {{ae: REFERENCE, host: 127.0.0.1, port: {PORT}, timeouts: {TIMES}}}" for each in services]
    site.write_text("\n".join(["services:", *lines, "orders: {existing: true}"]) + "\n")
    peer = [sys.executable, "-m", "tests.support.cable", str(PORT), name, str(number), how]
    with namespace.start(peer, PORT, tmp_path / "peer.log", env=environment()):
        argv = command("run", scenario, "--site", site, "--out", out)
        done = namespace.run(argv, timeout=60, env=environment())
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.returncode, results(out)


def roots(found: Results, *verdicts: Verdict) -> list[Finding]:
    every = [finding for scenario in found.scenarios for finding in scenario.findings]
    return [each for each in every if each.root is None and each.verdict in verdicts]


@pytest.mark.parametrize(("steps", "name", "number"), [(FIND, "C-FIND-RQ", 1), (STORE, "C-STORE-RQ", 2)])
def test_a_cable_that_is_cut_accuses_nobody(namespace, tmp_path, steps, name, number):
    code, found = run(namespace, tmp_path, steps, name, number, "link")
    assert code == 3
    assert roots(found, Verdict.FAIL) == []
    (root,) = roots(found, Verdict.INCONCLUSIVE)
    assert root.check == "site.reachable"
    assert "no connection to 127.0.0.1:11112: timed out" in root.actual
    every = [finding for scenario in found.scenarios for finding in scenario.findings]
    (lost,) = [each for each in every if each.check == "dimse.response-received"]
    assert (lost.verdict, lost.root) == (Verdict.INCONCLUSIVE, root.group)
    told = "within 1.0 s; then there was no connection to 127.0.0.1:11112 (timed out)"
    assert lost.actual == f"no final response to {name} {told}"


def test_a_program_that_dies_is_the_targets_fault(namespace, tmp_path):
    code, found = run(namespace, tmp_path, FIND, "C-FIND-RQ", 1, "program")
    assert code == 1
    assert [each.check for each in roots(found, Verdict.FAIL)] == ["dimse.response-received"]
    assert [each.check for each in roots(found, Verdict.INCONCLUSIVE)] == []
