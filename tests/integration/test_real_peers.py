"""Exams against real servers: what is said of each of them, finding by finding, and why that is true."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydicom.dataset import Dataset

from scanproof.checks import all_checks
from scanproof.finding import Finding, Level, Verdict
from scanproof.results import Results, ScenarioResult
from scansim.identity.ids import Identity
from scansim.identity.orders import write_worklist_file
from scansim.reference import DEFECTS
from tests.support import peers
from tests.support.command_line import deviations, main, results
from tests.support.netns import Namespace
from tests.support.peers import SITES, Peer

pytestmark = [pytest.mark.peer, pytest.mark.long]

STATEMENTS = SITES.parent / "statements"
ROUTINE = ("ct-routine", "mr-routine")
#: Cases of the scenario `names` whose names have letters that ISO_IR 100 has not.
BEYOND_LATIN_1 = {
    *("names/ISO_IR_101", "names/ISO_IR_144", "names/ISO_IR_126", "names/ISO_IR_192"),
    *("names/ISO_2022_IR_87", "names/ISO_2022_IR_149", "names/GB18030"),
}
#: Names that all have such letters there.
SAME_NAMES = ("--seed", 4, "--date", "2026-03-04")
SERVICES = {"worklist", "mpps", "storage", "commitment", "query"}

#: Console work up to the choice of the patient.
LOOK = """\
id: look
title: A look at the worklist
modality: CT
procedure: {code: CTABD, meaning: CT abdomen, protocol_code: CTABD-N, protocol_meaning: CT abdomen native}
steps: [verify, query-worklist, choose-item, verify]
"""


@dataclass(frozen=True)
class Examined:
    """One run against a peer: how it ended, and what results.json says."""

    done: subprocess.CompletedProcess[str]
    results: Results

    @property
    def code(self) -> int:
        return self.done.returncode

    @property
    def deviations(self) -> set[tuple[str, str]]:
        return deviations(self.results)

    @property
    def told(self) -> str:
        """What it printed, on one line."""
        return " ".join(self.done.stdout.split())

    def findings(self, check: str, *verdicts: str) -> list[Finding]:
        """What a check found, with these verdicts if any are given."""
        found = [finding for finding in self.results.all_findings if finding.check == check]
        return [finding for finding in found if not verdicts or finding.verdict.value in verdicts]

    def seen_in(self, check: str, verdict: str) -> set[str]:
        """Labels of the scenarios and cases in which a check found it."""
        return {finding.label for finding in self.findings(check, verdict)}

    def services(self) -> dict[str, str]:
        """State of each service that the site names, and of Verification."""
        return {service.name: service.state.value for service in self.results.services}

    def said(self, verb: str) -> set[str]:
        """What the steps of a verb said, over all scenarios."""
        return {step.detail for scenario in self.results.scenarios for step in scenario.steps if step.verb == verb}


def examine(
    peer: Peer, *scenarios: str | Path, out: str = "out", options: Iterable[str | Path | int] = (), site: bool = True
) -> Examined:
    """Run scenarios against a peer, all of the default run if none is named; without `site`, `options` name it.

    Judging the transcript again, offline, has to give the same bytes.
    """
    folder = peer.folder / out
    where = ["--site", peer.site] if site else []
    done = peer.scanproof("run", *scenarios, *where, "--out", folder, *map(str, options))
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    assert (folder / "results.json").is_file(), done.stderr + peer.logs()
    again = main("judge", folder, "--out", peer.folder / f"{out}-again")
    assert again.returncode == done.returncode
    for name in ("results.json", "junit.xml", "report.html"):
        assert (peer.folder / f"{out}-again" / name).read_bytes() == (folder / name).read_bytes(), name
    return Examined(done, results(folder))


def assert_not_named(of: Results, *services: str) -> None:
    """Checks of services that the site does not name are out of scope and say so; so are their steps."""
    out_of_scope = [
        finding
        for finding in of.all_findings
        if all_checks()[finding.check].service in services and finding.level is not Level.DECLARED
    ]
    assert {all_checks()[finding.check].service for finding in out_of_scope} == set(services)
    for finding in out_of_scope:
        service = all_checks()[finding.check].service
        assert (finding.verdict, finding.actual) == ("NOT_APPLICABLE", f"the site names no {service} service"), finding
        assert (finding.scenario, finding.root) == ("", None)  # once for the run
    outcomes = {step.outcome for scenario in of.scenarios for step in scenario.steps}
    assert outcomes == {"done", "not-offered"}


def assert_nothing_blocked(of: Results) -> None:
    """What was not tested applies and was not provoked; nothing stood in its way, and no check of a claim was due."""
    for finding in of.all_findings:
        if finding.verdict is Verdict.NOT_TESTED:
            assert (finding.actual, finding.root) == ("nothing in this run exercised it", None), finding
        if finding.level is Level.DECLARED and of.statement is None:
            assert (finding.verdict, finding.actual) == ("NOT_APPLICABLE", "no Conformance Statement was given")


def assert_created(scenario: ScenarioResult, *kinds: str) -> None:
    assert {entry.kind for entry in scenario.created} == {"Study", "Series", "Instance", *kinds}


# --- the default run --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fixture", "named"),
    [
        ("wlmscpfs_peer", SERVICES - {"mpps"}),
        pytest.param("orthanc_peer", SERVICES - {"mpps"}, marks=pytest.mark.whole),
        pytest.param("dcmqrscp_peer", {"storage", "query"}, marks=pytest.mark.whole),
        pytest.param("storescp_peer", {"storage"}, marks=pytest.mark.whole),
        pytest.param("pynetdicom_storescp_peer", {"storage"}, marks=pytest.mark.whole),
        ("dcmjs_peer", {"mpps", "storage", "commitment"}),
    ],
)
def test_default_run(fixture: str, named: set[str], request: pytest.FixtureRequest) -> None:
    peer: Peer = request.getfixturevalue(fixture)
    examined = examine(peer)
    assert examined.code == 0, examined.done.stdout + peer.logs()
    assert examined.deviations == set()
    assert_not_named(examined.results, *SERVICES - named)
    assert_nothing_blocked(examined.results)
    retrieves = {"retrieve": "not-exercised"} if "retrieve" in examined.services() else {}  # no exam does
    assert examined.services() == dict.fromkeys(("verification", *named), "exercised") | retrieves
    # nobody has declared a character set, so none is gone through
    proved = {"mpps", "commitment"} & named
    assert {scenario.id: scenario.verdict.value for scenario in examined.results.scenarios} == {
        **dict.fromkeys(ROUTINE, "PASS"),
        "refusals": "PASS" if proved else "NOT_APPLICABLE",
    }


# --- a RIS and a PACS: wlmscpfs and Orthanc ---------------------------------------------------------------------------


def test_wlmscpfs_and_orthanc(wlmscpfs_peer: Peer) -> None:
    examined = examine(wlmscpfs_peer, *ROUTINE)
    assert examined.code == 0, examined.done.stdout + wlmscpfs_peer.logs()
    # The names of these orders are in ISO 646, so no Specific Character Set is due. It fills in
    # Pregnancy Status 0004H (unknown) where the order has none, which adds to the order and changes nothing in it.
    # Orthanc stores, finds and commits, see below.
    assert examined.deviations == set()
    assert_not_named(examined.results, "mpps")
    assert examined.said("commit") == {"the report came on a new association"}
    for scenario in examined.results.scenarios:
        assert_created(scenario, "Order", "Storage Commitment transaction")
        called = {link.called_ae for link in scenario.associations if link.service == "worklist"}
        assert called == {"RIS"}
    assert [path.name for path in wlmscpfs_peer.server.folder.iterdir()] == ["lockfile"]  # no order stays behind


@pytest.mark.whole  # as by way of wlmscpfs and Orthanc
def test_names_at_wlmscpfs(wlmscpfs_peer: Peer) -> None:
    examined = examine(wlmscpfs_peer, "names", options=SAME_NAMES)
    assert examined.code == 1
    # Without -csk it drops (0008,0005) of its files, and their bytes say nothing of the language any more. What the
    # names read then, and what was made of them at the archive, follows from that.
    assert examined.deviations == {("worklist.character-set", "FAIL")}
    assert examined.seen_in("worklist.character-set", "FAIL") == {"names/ISO_IR_100", *BEYOND_LATIN_1}
    (group,) = {finding.group for finding in examined.findings("worklist.character-set", "FAIL")}
    assert {finding.root for finding in examined.findings("identity.order-item", "FAIL")} == {group}
    assert examined.seen_in("identity.text-kept", "FAIL") == set()  # it gives back what it got


def test_names_by_way_of_wlmscpfs_and_orthanc(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    running.enter_context(peers.wlmscpfs(namespace, folder, "-csk"))
    running.enter_context(peers.orthanc(namespace, folder, worklist=folder / "orthanc-worklist"))
    site = folder / "site.yaml"
    site.write_text((SITES / "wlmscpfs-orthanc.yaml").read_text())
    examined = examine(Peer(namespace, folder, site, ()), "names", options=SAME_NAMES)
    assert examined.code == 1
    # wlmscpfs is right now. Orthanc gets every name as it is, and answers in Latin-1 what that has of it. A query with
    # escape sequences wlmscpfs refuses with A900H, "Invalid Character Repertoire": how an SCP treats a character set
    # that it does not support is undefined (PS3.4 C.2.2.2), and nobody has said which ones it does.
    assert examined.deviations == {("identity.text-kept", "FAIL"), ("worklist.query-accepted", "INCONCLUSIVE")}
    assert examined.seen_in("identity.text-kept", "FAIL") == BEYOND_LATIN_1
    assert {finding.level for finding in examined.findings("identity.text-kept", "FAIL")} == {Level.EXPECTED}
    refused = examined.findings("worklist.query-accepted", "INCONCLUSIVE")
    assert {finding.label for finding in refused} == {"names/ISO_2022_IR_87", "names/ISO_2022_IR_149"}
    assert all("A900H (Invalid Character Repertoire for datatype PN" in finding.actual for finding in refused)
    # the archive finds the study of each of them by that name all the same
    assert examined.seen_in("query.found-by-patient", "PASS") == {"names/ISO_IR_100", *BEYOND_LATIN_1}


# --- Orthanc ----------------------------------------------------------------------------------------------------------


def test_orthanc(orthanc_peer: Peer) -> None:
    examined = examine(orthanc_peer, *ROUTINE)
    assert examined.code == 0, examined.done.stdout + orthanc_peer.logs()
    # Orthanc answers with the file's own attributes, and our orders have every one of Type 1 and 2; it opens an
    # association of its own for the report, with the SCP role and its AE title (targets.md, 3).
    assert examined.deviations == set()
    assert_not_named(examined.results, "mpps")
    assert_nothing_blocked(examined.results)
    assert examined.said("commit") == {"the report came on a new association"}
    for scenario in examined.results.scenarios:
        details = {step.verb: step.detail for step in scenario.steps}
        stored = sum(entry.kind == "Instance" for entry in scenario.created)
        assert stored > 1
        assert details["store"] == f"{stored} instances answered 0000H"
        assert details["query-study"] == f"1 study, {stored} instances found"
    for scenario in examined.results.scenarios:
        by_target = [link for link in scenario.associations if link.initiator == "target"]
        assert [(link.calling_ae, link.called_ae, link.ended) for link in by_target] == [
            ("ORTHANC", "SCANPROOF", "released")
        ]
        roles = [finding for finding in scenario.findings if finding.check == "commitment.role-selection"]
        assert [finding.actual for finding in roles] == ["SCU 0, SCP 1"]
    assert list(orthanc_peer.server.folder.iterdir()) == []


@pytest.mark.whole  # as by way of wlmscpfs and Orthanc
def test_names_at_orthanc(orthanc_peer: Peer) -> None:
    examined = examine(orthanc_peer, "names", options=SAME_NAMES)
    assert examined.code == 1
    assert examined.deviations == {("identity.order-item", "FAIL"), ("worklist.character-set", "FAIL")}
    # Which sets a worklist supports no clause says, so what is lost is an expectation; a label that does not fit is a
    # fault. Of ISO 2022 IR 149 its escape sequences are left over under ISO_IR 100, and explain what the name reads.
    lost = examined.findings("identity.order-item", "FAIL")
    assert {finding.label for finding in lost} == BEYOND_LATIN_1
    assert {(finding.level, finding.clause) for finding in lost} == {(Level.EXPECTED, "")}
    korean, allergies = sorted(
        examined.findings("worklist.character-set", "FAIL"), key=lambda each: each.tag != "PatientName"
    )
    assert (korean.label, korean.tag, korean.level) == ("names/ISO_2022_IR_149", "PatientName", Level.SHALL)
    assert (allergies.label, allergies.tag) == (korean.label, "Allergies")
    assert korean.actual.endswith("no escape sequence that ISO_IR 100 declares, under ISO_IR 100")
    assert {finding.root for finding in lost if finding.label == korean.label} == {korean.group}


def test_orthanc_against_its_statement(orthanc_peer: Peer) -> None:
    examined = examine(orthanc_peer, *ROUTINE, options=["--statement", STATEMENTS / "orthanc-1.10.1.yaml"])
    assert examined.code == 0, examined.done.stdout + orthanc_peer.logs()
    assert examined.deviations == set()  # the statement was written down from what this version does
    assert examined.results.statement == "Orthanc 1.10.1"
    assert_not_named(examined.results, "mpps")
    outcomes = {claim.id: claim.outcome.value for claim in examined.results.claims}
    assert set(outcomes.values()) == {"observed", "not_tested"}
    for name in (
        "scp.Verification.ExplicitVRLittleEndian",
        "scp.ModalityWorklistInformationModelFind.ExplicitVRLittleEndian",
        "scp.StorageCommitmentPushModel.ExplicitVRLittleEndian",
        "scp.StudyRootQueryRetrieveInformationModelFind.ExplicitVRLittleEndian",
        "scp.CTImageStorage.ExplicitVRLittleEndian",
        "scp.MRImageStorage.ExplicitVRLittleEndian",
        "commitment.delivery",
    ):
        assert outcomes[f"ORTHANC.{name}"] == "observed", name
    assert outcomes["ORTHANC.scp.CTImageStorage.JPEG2000Lossless"] == "not_tested"  # never offered
    times = examined.findings("statement.commitment-time")
    assert {finding.verdict.value for finding in times} == {"NOT_APPLICABLE"}  # it states none, and kept us not waiting


def test_a_service_that_orthanc_does_not_declare(orthanc_peer: Peer) -> None:
    without = "orthanc-1.10.1-own"  # Orthanc's own text leaves Storage Commitment out
    examined = examine(orthanc_peer, "ct-routine", options=["--statement", without])
    assert examined.code == 0  # it works: that nobody claimed it is told, and is no failure
    assert examined.deviations == {("statement.undeclared", "NOT_DECLARED")}
    (finding,) = examined.findings("statement.undeclared")
    assert finding.actual == "Storage Commitment works at ORTHANC, undeclared"
    # undeclared is not non-conformant: it is judged by the standard
    assert {f.verdict.value for f in examined.findings("commitment.union")} == {"PASS"}
    assert (
        examine(orthanc_peer, "ct-routine", out="warn", options=["--statement", without, "--fail-on", "never"]).code
        == 0
    )


def test_two_exams_at_a_time_on_orthanc(orthanc_peer: Peer) -> None:
    examined = examine(orthanc_peer, *ROUTINE, "refusals", options=["-j", 2])
    assert examined.code == 0, examined.done.stdout
    assert examined.deviations == set()
    assert [scenario.id for scenario in examined.results.scenarios] == [*ROUTINE, "refusals"]


def test_orthanc_drops_the_association_of_a_requester_that_it_does_not_know(orthanc_peer: Peer) -> None:
    site = yaml.safe_load(orthanc_peer.site.read_text())
    site["calling_ae"] = "STRANGER"
    orthanc_peer.site.write_text(yaml.safe_dump(site))
    examined = examine(orthanc_peer, "ct-routine")
    assert examined.code == 1
    # To verify and to store needs no permission. A query, or a commitment request of an AE title that it has no address
    # for, makes Orthanc drop the association with no response (targets.md, 3; its log says "Unknown modality").
    assert examined.deviations == {("association.no-abort", "FAIL")}
    aborted = examined.findings("association.no-abort", "FAIL")
    (scenario,) = examined.results.scenarios
    services = {link.id: link.service for link in scenario.associations}
    at = {services[(finding.exchange or "").partition(".")[0]] for finding in aborted}
    assert at >= {"worklist", "commitment"}
    assert all(finding.hint.startswith("STRANGER may have to be registered at the target") for finding in aborted)
    # What could not be judged behind it, and what was not tested, follows from it.
    groups = {finding.group for finding in aborted}
    behind = [finding for finding in examined.results.all_findings if finding.root is not None]
    assert {finding.root for finding in behind} == groups
    assert {"worklist.order-returned", "commitment.report-received", "query.accepted"} <= {
        finding.check for finding in behind
    }
    assert {finding.verdict.value for finding in examined.findings("storage.accepted")} == {"PASS"}


# --- what the two worklists do with an item that is not complete, or not in ISO 646 -----------------------------------


def item(name: str) -> Dataset:
    """An order of somebody else, with what wlmscpfs insists on and hardly more."""
    identity = Identity(5, date.today(), name)
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.AccessionNumber = "A5"
    ds.ReferringPhysicianName = "Synthetic-Referrer^Rita"
    ds.PatientName = f"Synthetic-{name}^Test"
    ds.PatientID, ds.PatientBirthDate, ds.PatientSex = "SP5", "19700101", "O"
    ds.StudyInstanceUID = identity.uid("study")
    ds.RequestingPhysician = "Synthetic-Requester^Ruth"
    ds.RequestedProcedureDescription, ds.RequestedProcedureID = "CT abdomen", "RP5"
    step = Dataset()
    step.Modality, step.ScheduledStationAETitle = "CT", "SCANPROOF"
    step.ScheduledProcedureStepStartDate = date.today().strftime("%Y%m%d")
    step.ScheduledProcedureStepStartTime = "101500"
    step.ScheduledPerformingPhysicianName = "Synthetic-Performer^Pia"
    step.ScheduledProcedureStepDescription, step.ScheduledProcedureStepID = "CT abdomen native", "SPS5"
    ds.ScheduledProcedureStepSequence = [step]
    return ds


Run = Callable[[Namespace, Path], AbstractContextManager[peers.Server]]


def worklist_peer(run: Run, namespace: Namespace, folder: Path, running: ExitStack, order: Dataset) -> Peer:
    """One worklist server that holds `order`, which its own administrator put there."""
    server = running.enter_context(run(namespace, folder))
    write_worklist_file(order, server.folder)
    site = folder / "site.yaml"
    address = {"ae": server.ae, "host": "127.0.0.1", "port": server.port}
    site.write_text(yaml.safe_dump({"services": {"worklist": address}, "orders": {"existing": True}}))
    (folder / "look.yaml").write_text(LOOK)
    return Peer(namespace, folder, site, (server,))


def test_orthanc_leaves_out_what_an_item_lacks(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    peer = worklist_peer(peers.orthanc, namespace, folder, running, item("Sparse"))
    examined = examine(peer, "look.yaml")
    assert examined.code == 1
    # Asked for, Type 2 in Table K.6-1, not in the item's file: due with zero length (PS3.4 K.2.2.1.2), and absent.
    # Referenced Study Sequence and Admission ID only warn, as the texts of the table that were at hand differ.
    assert examined.deviations == {("worklist.return-type2", "FAIL"), ("worklist.return-type2", "WARN")}
    seen = {(finding.tag, finding.verdict.value) for finding in examined.findings("worklist.return-type2")}
    assert seen == {
        *(("ReferencedStudySequence", "WARN"), ("AdmissionID", "WARN"), ("ReferencedPatientSequence", "FAIL")),
        *(("PatientWeight", "FAIL"), ("MedicalAlerts", "FAIL"), ("Allergies", "FAIL"), ("PregnancyStatus", "FAIL")),
        *(("SpecialNeeds", "FAIL"), ("CurrentPatientLocation", "FAIL"), ("PatientState", "FAIL")),
        *(("RequestedProcedurePriority", "FAIL"), ("PatientTransportArrangements", "FAIL")),
        ("ConfidentialityConstraintOnPatientDataDescription", "FAIL"),
        ("ScheduledProcedureStepSequence[1] > ScheduledProcedureStepLocation", "FAIL"),
        ("ScheduledProcedureStepSequence[1] > ScheduledStationName", "FAIL"),
    }
    assert examined.said("choose-item") == {"A5 (SPS5)"}


def test_wlmscpfs_returns_empty_what_an_item_lacks(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    peer = worklist_peer(peers.wlmscpfs, namespace, folder, running, item("Sparse"))
    examined = examine(peer, "look.yaml")
    assert examined.code == 0, examined.done.stdout
    assert examined.deviations == set()


def test_wlmscpfs_names_no_character_set(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    peer = worklist_peer(peers.wlmscpfs, namespace, folder, running, item("Müller"))
    examined = examine(peer, "look.yaml")
    assert examined.code == 1
    # Without -csk it drops (0008,0005) of the file and sends the Latin-1 byte all the same (targets.md, 3).
    assert examined.deviations == {("worklist.character-set", "FAIL")}
    (finding,) = examined.findings("worklist.character-set")
    assert finding.tag == "PatientName"
    assert finding.actual == "bytes above 7FH, 'Synthetic-Müller^Test' as Latin-1, and no Specific Character Set"


def test_wlmscpfs_can_be_told_to_keep_the_character_set(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    def keeping(ns: Namespace, tmp: Path) -> AbstractContextManager[peers.Server]:
        return peers.wlmscpfs(ns, tmp, "-csk")

    examined = examine(worklist_peer(keeping, namespace, folder, running, item("Müller")), "look.yaml")
    assert examined.code == 0, examined.done.stdout
    assert examined.deviations == set()


# --- archives without a worklist --------------------------------------------------------------------------------------


def assert_unscheduled(examined: Examined) -> None:
    assert examined.said("choose-item") == {"unscheduled exam: the site names no worklist"}
    assert {finding.verdict.value for finding in examined.findings("identity.sent")} == {"PASS"}


def test_dcmqrscp(dcmqrscp_peer: Peer) -> None:
    examined = examine(dcmqrscp_peer, *ROUTINE, "names", options=SAME_NAMES)
    assert examined.code == 0, examined.done.stdout + dcmqrscp_peer.logs()
    assert examined.deviations == set()  # it takes, indexes and finds what it gets
    assert_unscheduled(examined)
    assert_not_named(examined.results, "worklist", "mpps", "commitment")
    assert_nothing_blocked(examined.results)
    assert examined.said("commit") == {"the site names no commitment service"}
    assert {finding.verdict.value for finding in examined.findings("storage.found")} == {"PASS"}
    for scenario in examined.results.scenarios:
        assert_created(scenario)
    cases = {"names/ISO_IR_100", *BEYOND_LATIN_1}
    assert examined.seen_in("query.found-by-patient", "PASS") == cases
    assert examined.seen_in("identity.text-kept", "PASS") == {*ROUTINE, *cases}


@pytest.mark.parametrize(
    "fixture", ["storescp_peer", pytest.param("pynetdicom_storescp_peer", marks=pytest.mark.whole)]
)
def test_storage_and_nothing_else(fixture: str, request: pytest.FixtureRequest) -> None:
    peer: Peer = request.getfixturevalue(fixture)
    examined = examine(peer, *ROUTINE, "exam-discontinued")
    assert examined.code == 0, examined.done.stdout + peer.logs()
    # Of the two, storescp prefers Explicit VR, pynetdicom's takes what is offered first: the choice is the acceptor's.
    assert examined.deviations == set()
    assert_unscheduled(examined)
    assert_not_named(examined.results, "worklist", "mpps", "commitment", "query")
    assert_nothing_blocked(examined.results)
    # whatever else is run: a target that is asked to store only opens no association
    told = " ".join(examined.told.partition("PASS: ")[2].split())
    assert re.search(r"'scanproof run association-battery storage-battery' tests \d+ of them", told)
    kept = list(peer.server.folder.iterdir())
    stored = [
        entry for scenario in examined.results.scenarios for entry in scenario.created if entry.kind == "Instance"
    ]
    assert len(kept) == len(stored) > 10
    assert all(any(entry.uid in path.name for path in kept) for entry in stored)


# --- an address and no more: nothing is promised, and what is there is told -------------------------------------------


@pytest.mark.parametrize(
    ("fixture", "address", "tested"),
    [
        pytest.param("storescp_peer", "STORESCP@127.0.0.1:11116", {"storage"}, marks=pytest.mark.whole),
        ("dcmjs_peer", "DCMJS@127.0.0.1:11120", {"mpps", "storage", "commitment"}),
        pytest.param("orthanc_peer", "ORTHANC@127.0.0.1:4242", SERVICES - {"mpps"}, marks=pytest.mark.whole),
        ("wlmscpfs_peer", "RIS@127.0.0.1:11112", {"worklist"}),
    ],
)
def test_an_address_promises_nothing(
    fixture: str, address: str, tested: set[str], request: pytest.FixtureRequest
) -> None:
    peer: Peer = request.getfixturevalue(fixture)
    examined = examine(peer, options=["--target", address], site=False)
    empty = {("site.worklist-item", "INCONCLUSIVE")}  # nobody scheduled anything, so no order can be followed
    assert examined.deviations == (empty if "worklist" in tested else set())
    assert examined.code == (3 if "worklist" in tested else 0), examined.done.stdout
    refused = SERVICES - tested
    states = dict.fromkeys(tested, "exercised") | dict.fromkeys(refused, "refused") | {"verification": "exercised"}
    states["retrieve"] = "not-exercised"  # the exams retrieve nothing
    assert examined.services() == states
    order = ("verification", "worklist", "mpps", "storage", "commitment", "query")
    for word, those in (("tested", {"verification", *tested}), ("refused", refused)):
        assert f"{word}: {', '.join(name for name in order if name in those)}" in examined.told
    # a refusal is no fault, and what it left untested does not apply; only its negotiation was looked at
    for finding in examined.results.all_findings:
        if all_checks()[finding.check].service in refused and finding.verdict != "PASS":
            assert finding.verdict == "NOT_APPLICABLE", finding
            assert finding.level is Level.DECLARED or finding.actual.startswith("refused, and nobody promised it: ")


# --- dcmjs-dimse: MPPS and commitment ---------------------------------------------------------------------------------


def test_dcmjs(dcmjs_peer: Peer) -> None:
    examined = examine(dcmjs_peer, *ROUTINE, "names", "refusals", "exam-discontinued", "final-state")
    assert examined.code == 0, examined.done.stdout + dcmjs_peer.logs()
    # Each status is what scp.js was written to answer, from PS3.4 F.7 and PS3.7 Annex C: 0111H for the second N-CREATE,
    # 0112H for the unknown step, 0110H with A710H and the comment of Table F.7.2-2 for the step that has ended.
    assert examined.deviations == set()
    assert_unscheduled(examined)
    assert_not_named(examined.results, "worklist", "query")
    assert_nothing_blocked(examined.results)
    assert examined.said("commit") == {"the report came on the same association"}
    passed = {finding.check for finding in examined.results.all_findings if finding.verdict == "PASS"}
    own = {check for check in all_checks() if check.startswith(("mpps.", "commitment."))}
    # the batteries send what is invalid, and no association of its own came whose Transaction UID could be another's
    of_batteries = {check for defect in DEFECTS.values() if defect.cases for check in defect.checks}
    assert own - passed - of_batteries == set()
    assert {scenario.verdict.value for scenario in examined.results.scenarios} == {"PASS"}
    assert all(link.initiator == "harness" for scenario in examined.results.scenarios for link in scenario.associations)


def dcmjs_with(namespace: Namespace, folder: Path, running: ExitStack, *options: str) -> Peer:
    server = running.enter_context(peers.dcmjs(namespace, folder, *options))
    site = yaml.safe_load((SITES / "dcmjs.yaml").read_text())
    site["services"]["commitment"]["timeouts"] = {"commitment": 2, "hold": 0.5}
    path = folder / "dcmjs.yaml"
    path.write_text(yaml.safe_dump(site))
    return Peer(namespace, folder, path, (server,))


@pytest.mark.parametrize(
    "options",
    [("--report", "new"), ("--delay", "1200")],
    ids=["it opens a new one", "ours is released before it comes"],
)
def test_dcmjs_reports_on_a_new_association(
    options: tuple[str, ...], namespace: Namespace, folder: Path, running: ExitStack
) -> None:
    examined = examine(dcmjs_with(namespace, folder, running, *options), "ct-routine")
    assert examined.code == 0, examined.done.stdout
    assert examined.deviations == set()
    assert examined.said("commit") == {"the report came on a new association"}


def test_dcmjs_never_reports(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    peer = dcmjs_with(namespace, folder, running, "--report", "never")
    examined = examine(peer, "ct-routine")
    # Nobody has said how long this SCP may take, so that nothing came in 2 s decides nothing.
    assert examined.code == 3
    assert examined.said("commit") == {"no N-EVENT-REPORT within 2 s"}
    assert examined.deviations == {("commitment.report-received", "INCONCLUSIVE")}
    (root,) = examined.findings("commitment.report-received")
    # what could not be tested without the report is behind it
    behind = {finding.check for finding in examined.results.all_findings if finding.root == root.group}
    assert behind >= {"site.steps", "commitment.union", "commitment.transaction-uid", "dataset.commitment-report"}
    # With a maximum in its Conformance Statement, it does.
    statement = folder / "statement.yaml"
    contexts = [
        {
            "sop_classes": [
                "Verification",
                "ModalityPerformedProcedureStep",
                "StorageCommitmentPushModel",
                "CTImageStorage",
            ],
            "transfer_syntaxes": ["ExplicitVRLittleEndian", "ImplicitVRLittleEndian"],
        }
    ]
    entity = {"ae": "DCMJS", "presentation_contexts": contexts, "commitment": {"delivery": "same", "max_seconds": 1}}
    product = {"name": "scp.js", "version": "0"}
    statement.write_text(yaml.safe_dump({"product": product, "application_entities": [entity]}))
    judged = examine(peer, "ct-routine", out="declared", options=["--statement", statement])
    assert judged.code == 1
    assert {check for check, verdict in judged.deviations if verdict == "FAIL"} == {"commitment.report-received"}
    (finding,) = judged.findings("commitment.report-received")
    assert finding.claim == "DCMJS.commitment.maximum"


def test_dcmjs_fails_an_instance_that_it_had_stored(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    same = ["--seed", 11, "--date", "2026-03-04", "--run-id", "twice"]
    with ExitStack() as first:
        examined = examine(dcmjs_with(namespace, folder, first), "ct-routine", options=same)
    assert examined.code == 0
    uid = next(entry.uid for entry in examined.results.scenarios[0].created if entry.kind == "Instance")
    peer = dcmjs_with(namespace, folder, running, "--fail", uid)
    examined = examine(replace(peer), "ct-routine", out="fails", options=same)
    assert examined.code == 1
    # 0110H is a defined reason, the report is in order; that an instance of C-STORE 0000H is not kept is the finding.
    assert examined.deviations == {("commitment.committed", "FAIL")}
    (finding,) = examined.findings("commitment.committed")
    assert finding.actual == "a stored instance is reported as failed with 0110H"
