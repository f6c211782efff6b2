"""Built-in statements of real products, run against them: what is decided, what they contradict, and by what cause."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pynetdicom
import pytest
import yaml

from scanproof.results import ClaimCounts, Results
from tests.support import peers
from tests.support.command_line import results
from tests.support.netns import Namespace
from tests.support.peers import SITES, Peer

pytestmark = [pytest.mark.peer, pytest.mark.long, pytest.mark.whole]

STATEMENTS = SITES.parent / "statements"
CONTEXTS = "presentation contexts"
#: Sites that no file of scenarios/sites describes.
HEAD = "calling_ae: SCANPROOF\nlistener: {ae: SCANPROOF, port: 11113}\nservices:\n"
RIS = f"{HEAD}  worklist: {{ae: RIS, host: 127.0.0.1, port: 11112}}\norders: {{folder: worklist/RIS/}}\n"
QRSCP = HEAD + "".join(
    f"  {service}: {{ae: PYNETDICOM, host: 127.0.0.1, port: 11118}}\n"
    for service in ("worklist", "storage", "query", "retrieve")
)

installed = pytest.mark.skipif(pynetdicom.__version__ != "3.0.4", reason="the statements are those of pynetdicom 3.0.4")


def peer_of(ns: Namespace, folder: Path, server: peers.Server, site: str) -> Peer:
    """A server with its site, which is the name of a built-in one or the text of another."""
    path = folder / "site.yaml"
    path.write_text(site if "\n" in site else (SITES / site).read_text())
    return Peer(ns, folder, path, (server,))


def run(peer: Peer, statement: str | Path) -> Results:
    """The plan of a statement, with its odd data."""
    done = peer.scanproof(
        "run", "--statement", statement, "--site", peer.site, "--odd-data", "--out", "out", timeout=400
    )
    assert "Traceback" not in done.stderr, done.stderr
    assert (peer.folder / "out" / "results.json").is_file(), done.stderr + peer.logs()
    return results(peer.folder / "out")


def counts(of: Results, role: str, *, contexts: bool) -> ClaimCounts:
    """Claims of one role together, those of Presentation Contexts or all others."""
    those = [each for each in of.claim_counts if each.role == role and (each.section == CONTEXTS) is contexts]
    names = ("stated", "observed", "contradicted", "not_tested")
    return ClaimCounts(role=role, section="", **{name: sum(getattr(each, name) for each in those) for name in names})


def contradicted(of: Results) -> list[str]:
    """Ids of claims that were seen not to hold."""
    return [claim.id for claim in of.claims if claim.outcome.value == "contradicted"]


def causes(of: Results) -> list[str]:
    """What each failed check of the statement tells: one entry for each cause."""
    return [
        " ".join(finding.actual.split())
        for finding in of.all_findings
        if finding.verdict.value == "FAIL" and finding.check.startswith("statement.")
    ]


def assert_decided(of: Results, contexts: int, *, others: int = 90) -> None:
    """Every context claim as SCP was decided, and so many of a hundred of all others that have a driver."""
    of_contexts = counts(of, "SCP", contexts=True)
    assert (of_contexts.stated, of_contexts.not_tested) == (contexts, 0)
    left = [counts(of, role, contexts=False) for role in ("SCP", "")]
    stated, open_ones = sum(each.stated for each in left), sum(each.not_tested for each in left)
    assert 100 * (stated - open_ones) >= others * stated, [
        (claim.id, claim.reason) for claim in of.claims if claim.outcome.value == "not_tested"
    ]


def test_orthanc_as_observed(orthanc_peer: Peer) -> None:
    of = run(orthanc_peer, "orthanc-1.10.1")
    assert (contradicted(of), causes(of)) == ([], [])
    assert_decided(of, 7468)
    as_requestor = counts(of, "SCU", contexts=True)
    assert (as_requestor.stated, as_requestor.observed) == (189, 189)  # it was asked to move


def test_orthanc_by_its_own_text(orthanc_peer: Peer) -> None:
    of = run(orthanc_peer, "orthanc-1.10.1-own")
    assert_decided(of, 4191)
    templates, services = sorted(causes(of), key=len)
    assert templates.startswith(
        "Generic Implant Template Storage, Implant Assembly Template Storage and Implant Template"
    )
    assert "result 3, abstract syntax not supported" in templates
    assert services.startswith("8 SOP Classes (Verification SOP Class, Modality Worklist Information Model - FIND, ")
    assert "take only uncompressed Transfer Syntaxes, and not 30 others" in services
    refused = contradicted(of)
    assert len(refused) == 3 * 33 + 8 * 30
    assert sum("ImplantTemplate" in name or "ImplantAssembly" in name for name in refused) == 3 * 33


@pytest.mark.parametrize("option", [False, True], ids=["default", "+xa"])
def test_storescp(option: bool, namespace: Namespace, folder: Path, running: ExitStack) -> None:
    server = running.enter_context(peers.storescp(namespace, folder, *["+xa"] * option))
    peer = peer_of(namespace, folder, server, "storescp.yaml")
    statement: str | Path = "storescp-3.6.7"
    if option:
        text = (STATEMENTS / "storescp-3.6.7.yaml").read_text()
        assert "options: {xa: off}" in text
        statement = folder / "with-xa.yaml"
        statement.write_text(text.replace("options: {xa: off}", "options: {xa: on}"))
    of = run(peer, statement)
    assert (contradicted(of), causes(of)) == ([], [])
    of_contexts = counts(of, "SCP", contexts=True)
    assert of_contexts.observed == (3928 if option else 562)
    open_ones = [claim for claim in of.claims if claim.outcome.value == "not_tested" and claim.kind == "context"]
    assert {claim.reason for claim in open_ones} == (
        set() if option else {"it holds with the option xa, which is not on"}
    )
    assert len(open_ones) == (0 if option else 3366)


def test_dcmqrscp(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    server = running.enter_context(peers.dcmqrscp(namespace, folder))
    peer = peer_of(namespace, folder, server, "dcmqrscp.yaml")
    of = run(peer, "dcmqrscp-3.6.7")
    assert (contradicted(of), causes(of)) == ([], [])
    assert_decided(of, 589)


def test_keys_of_the_manual_page_that_dcmqrscp_has_not(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    server = running.enter_context(peers.dcmqrscp(namespace, folder))
    peer = peer_of(namespace, folder, server, "dcmqrscp.yaml")
    statement = folder / "page.yaml"
    statement.write_text(
        'conformance_statement: "1"\ncover_page: {product: dcmqrscp, versions: ["3.6.7"]}\n'
        "overview:\n  dimse_services:\n    query_retrieve:\n"
        "      - {sop_class: StudyRootQueryRetrieveInformationModelFind, scp: Y}\n"
        "application_entities: {QRSCP: {services: [query_retrieve]}}\n"
        "services:\n  query_retrieve:\n    study_root:\n      find_scp:\n        keys:\n          STUDY:\n"
        "            - {attribute: [PatientID, StudyInstanceUID, EthnicGroup], matching: [SINGLE_VALUE]}\n"
        "            - {attribute: [PatientComments, AdditionalPatientHistory], matching: [UNIVERSAL]}\n"
    )
    of = run(peer, statement)  # both are of VR LT, and are neither matched nor returned
    assert {name.rpartition(".")[2] for name in contradicted(of)} == {"PatientComments", "AdditionalPatientHistory"}
    (cause,) = causes(of)
    assert cause == "no answer has PatientComments, which is 'Scanproof Keys'"


def test_wlmscpfs(namespace: Namespace, folder: Path, running: ExitStack) -> None:
    server = running.enter_context(peers.wlmscpfs(namespace, folder))
    of = run(peer_of(namespace, folder, server, RIS), "wlmscpfs-3.6.7")
    assert (contradicted(of), causes(of)) == ([], [])
    open_ones = [claim.id for claim in of.claims if claim.outcome.value == "not_tested" and claim.kind == "context"]
    assert open_ones == [
        f"RIS.scp.{name}.DeflatedExplicitVRLittleEndian"
        for name in ("Verification", "ModalityWorklistInformationModelFind")
    ]
    matched = {claim.id: claim.outcome.value for claim in of.claims if claim.kind.startswith("worklist-")}
    assert len(matched) > 100
    assert [name for name, outcome in matched.items() if outcome != "observed"] == [
        "RIS.worklist.negotiation.date_time_matching"
    ]
    # its files were ours, and nothing in them may be held against it
    assert not [
        each for each in of.all_findings if each.check == "dataset.worklist-response" and each.verdict == "FAIL"
    ]


SERVERS = {
    "pynetdicom-storescp": (peers.pynetdicom_storescp, "pynetdicom-storescp.yaml"),
    "pynetdicom-qrscp": (peers.pynetdicom_qrscp, QRSCP),
}


def fewer_classes(name: str, folder: Path) -> Path:
    """A built-in statement with one of seven of its storage classes, which are all alike to that server."""
    data = yaml.safe_load((STATEMENTS / f"{name}.yaml").read_text())
    content = data["overview"]["content_and_transfer"]
    content["storage_sop_classes"] = [
        row
        for number, row in enumerate(content["storage_sop_classes"])
        if number % 7 == 0 or row["sop_class"] in ("CTImageStorage", "MRImageStorage")
    ]
    content["closed_list"] = "?"
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(data))
    return path


@installed
@pytest.mark.parametrize("name", SERVERS)
def test_pynetdicom(name: str, namespace: Namespace, folder: Path, running: ExitStack) -> None:
    program, site = SERVERS[name]
    server = running.enter_context(program(namespace, folder))
    of = run(peer_of(namespace, folder, server, site), fewer_classes(name, folder))
    assert (contradicted(of), causes(of)) == ([], [])
    stated = counts(of, "SCP", contexts=True).stated
    assert stated > 25 * 41
    assert_decided(of, stated, others=80)  # how many associations it takes is tried with --heavy
