"""Whole set-ups on real servers: what a site file promises, what it leaves out, and what is behind one cause."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.peers import Peer

pytestmark = pytest.mark.long

RIS, PACS, STRANGER = ("RIS", 11112), ("ORTHANC", 4242), ("NOBODY", 11112)
ORDERS = "orders: {folder: worklist/RIS/}\n"


class Run:
    """One run: its exit code, what it printed, and its results."""

    def __init__(self, peer: Peer, name: str, *argv: str | Path) -> None:
        out = peer.folder / f"out-{name}"
        done = peer.scanproof("run", *argv, "--out", out)
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        self.code, self.text = done.returncode, done.stdout
        self.results: dict[str, Any] = json.loads((out / "results.json").read_bytes())
        self.page = (out / "report.html").read_text(encoding="utf-8")

    @property
    def findings(self) -> list[dict[str, Any]]:
        scenarios = self.results["scenarios"]
        return [*(each for scenario in scenarios for each in scenario["findings"]), *self.results["findings"]]

    def entries(self, *verdicts: str) -> list[dict[str, Any]]:
        """The first finding of each root of some verdicts."""
        found: dict[str, dict[str, Any]] = {}
        for each in self.findings:
            if each["root"] is None and each["verdict"] in verdicts:
                found.setdefault(each["group"], each)
        return list(found.values())

    @property
    def verdicts(self) -> dict[str, str]:
        return {scenario["id"]: scenario["verdict"] for scenario in self.results["scenarios"]}

    def outcome(self, scenario: str, verb: str) -> str:
        """How the first step of a verb went."""
        (found,) = [each for each in self.results["scenarios"] if each["id"] == scenario]
        return next(str(step["outcome"]) for step in found["steps"] if step["verb"] == verb)


def site(peer: Peer, services: Mapping[str, tuple[str, int]], more: str = "", calling: str = "SCANPROOF") -> Path:
    """A site file that names these services."""
    path = peer.folder / "site.yaml"
    times = "timeouts: {commitment: 5, settle: 2}"
    lines = [f"  {name}: {{ae: {ae}, host: 127.0.0.1, port: {port}, {times}}}" for name, (ae, port) in services.items()]
    head = f"calling_ae: {calling}\nlistener: {{ae: SCANPROOF, port: 11113}}\n"
    path.write_text(head + "services:\n" + "\n".join(lines) + "\n" + more)
    return path


ARCHIVE = {"storage": PACS, "commitment": PACS, "query": PACS}


def test_a_ris_alone_is_green(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "ris", "--site", site(wlmscpfs_peer, {"worklist": RIS}, ORDERS))
    assert run.code == 0, run.text
    assert run.entries("FAIL", "INCONCLUSIVE") == []
    assert run.verdicts["ct-routine"] == run.verdicts["mr-routine"] == "PASS"
    assert run.verdicts["refusals"] == "NOT_APPLICABLE"  # nothing that is to be refused could be sent
    out_of_scope = {each["actual"] for each in run.findings if each["verdict"] == "NOT_APPLICABLE"}
    assert "the site names no storage service" in out_of_scope


def test_a_pacs_alone_is_green(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "pacs", "--site", site(wlmscpfs_peer, ARCHIVE))
    assert run.code == 0, run.text
    assert run.entries("FAIL", "INCONCLUSIVE") == []
    assert run.verdicts["ct-routine"] == "PASS"


@pytest.mark.parametrize("service", ["storage", "commitment", "query"])
def test_one_service_alone_gets_its_green(wlmscpfs_peer: Peer, service: str) -> None:
    run = Run(wlmscpfs_peer, service, "ct-routine", "--site", site(wlmscpfs_peer, {service: PACS}))
    assert run.code == 0, run.text
    # Orthanc sends an empty list of committed instances where none was, which is a warning
    told = {each["check"] for each in run.entries("WARN", "FAIL", "INCONCLUSIVE")}
    assert told == ({"commitment.no-empty-list"} if service == "commitment" else set())
    assert run.verdicts == {"ct-routine": "WARN" if told else "PASS"}
    assert {each["name"]: each["state"] for each in run.results["services"]} == {
        "verification": "exercised",
        service: "exercised",
    }


def test_a_service_that_the_site_promises_and_the_target_lacks(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "lacks", "--site", site(wlmscpfs_peer, {"worklist": RIS, "mpps": PACS, **ARCHIVE}, ORDERS))
    assert run.code == 1
    (entry,) = run.entries("FAIL", "INCONCLUSIVE")
    assert (entry["check"], entry["level"], entry["clause"]) == ("site.service-offered", "SITE", "")
    assert entry["actual"].startswith("the site file names ORTHANC for mpps; ORTHANC refuses Modality Performed")
    assert entry["party"] == "mpps ORTHANC@127.0.0.1:4242"
    # everything else was tested all the same, and what could not be is told behind its cause
    for verb in ("query-worklist", "store", "commit", "query-study"):
        assert run.outcome("ct-routine", verb) == "done"
    behind = [each for each in run.findings if each["root"] == entry["group"]]
    assert {each["verdict"] for each in behind} == {"NOT_TESTED"}
    assert run.results["summary"]["FAIL"] == 1
    assert "Nothing: of what was tested" not in run.page


def test_a_worklist_that_is_another_kind_of_ae(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "kind", "ct-routine", "--site", site(wlmscpfs_peer, {"worklist": RIS, "storage": RIS}))
    assert run.code == 1
    (entry,) = run.entries("FAIL")
    assert entry["actual"].startswith("the site file names RIS for storage; RIS refuses CT Image Storage")


def test_an_ae_that_the_ris_does_not_know_ends_nothing_else(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "nobody", "ct-routine", "--site", site(wlmscpfs_peer, {"worklist": STRANGER, **ARCHIVE}))
    assert run.code == 1
    (entry,) = run.entries("FAIL", "INCONCLUSIVE")
    assert entry["check"] == "site.association-accepted"
    assert "the site file names NOBODY for worklist; NOBODY rejects the association of SCANPROOF" in entry["actual"]
    for verb in ("store", "commit", "query-study"):
        assert run.outcome("ct-routine", verb) == "done"
    assert "unscheduled" in next(
        step["detail"] for step in run.results["scenarios"][0]["steps"] if step["verb"] == "choose-item"
    )


def test_a_host_where_nobody_listens_is_no_fault_of_a_target(wlmscpfs_peer: Peer) -> None:
    services = {"worklist": ("RIS", 11199), **ARCHIVE}
    run = Run(wlmscpfs_peer, "gone", "ct-routine", "--site", site(wlmscpfs_peer, services))
    assert run.code == 3
    (entry,) = run.entries("FAIL", "INCONCLUSIVE")
    assert (entry["check"], entry["verdict"]) == ("site.reachable", "INCONCLUSIVE")
    assert run.outcome("ct-routine", "commit") == "done"


def test_an_empty_worklist_says_what_was_asked_and_what_keeps_an_item_out(wlmscpfs_peer: Peer) -> None:
    path = site(wlmscpfs_peer, {"worklist": RIS, "storage": PACS})
    run = Run(wlmscpfs_peer, "empty", "ct-routine", "--site", path)
    assert run.code == 3
    (entry,) = run.entries("FAIL", "INCONCLUSIVE")
    assert entry["check"] == "site.worklist-item"
    assert "station SCANPROOF, modality CT, date" in entry["actual"]
    assert "it has none either" in entry["actual"]
    assert run.outcome("ct-routine", "store") == "done"


def test_a_target_alone_promises_nothing(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "target", "--target", "ORTHANC@127.0.0.1:4242")
    assert run.entries("FAIL") == []
    assert "refused: mpps" in " ".join(run.text.split())
    states = {each["name"]: each["state"] for each in run.results["services"]}
    assert states["mpps"] == "refused"
    assert states["storage"] == "exercised"


def test_services_of_the_command_line_are_promises(wlmscpfs_peer: Peer) -> None:
    target = ("--target", "ORTHANC@127.0.0.1:4242", "--services", "storage,mpps")
    run = Run(wlmscpfs_peer, "services", "ct-routine", *target)
    assert run.code == 1
    (entry,) = run.entries("FAIL")
    assert entry["actual"].startswith("--services names mpps, of ORTHANC; ORTHANC refuses")


def test_a_named_scenario_promises_what_it_proves(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "proves", "ct-routine", "--target", "RIS@127.0.0.1:11112")
    assert run.code == 1
    (entry,) = run.entries("FAIL")
    assert (entry["check"], entry["level"]) == ("site.service-offered", "EXPECTED")
    assert entry["actual"].startswith("ct-routine proves Storage, of RIS; RIS refuses CT Image Storage")


def test_an_ae_title_that_is_wrong_decides_nothing_of_a_target(wlmscpfs_peer: Peer) -> None:
    run = Run(wlmscpfs_peer, "title", "--target", "WRONG@127.0.0.1:11112")
    assert run.code == 3
    (entry,) = run.entries("FAIL", "INCONCLUSIVE")
    assert entry["check"] == "site.association-accepted"
    assert run.results["summary"]["INCONCLUSIVE"] == 1
    assert run.text.count("INCONCLUSIVE 1.") == 1
    assert "INCONCLUSIVE 2." not in run.text
