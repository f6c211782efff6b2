"""The real servers come up, answer and leave nothing behind. What the scenarios find in them is tested elsewhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import yaml
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian

from tests.support import peers
from tests.support.netns import Namespace
from tests.support.others import require
from tests.support.peers import SITES, Peer
from tests.support.pynetdicom_scu import IDENTITY

pytestmark = pytest.mark.peer

MODALITY_WORKLIST_FIND = "1.2.840.10008.5.1.4.31"

Run = Callable[[Namespace, Path], AbstractContextManager[peers.Server]]
SERVERS: dict[str, Run] = {
    "orthanc": peers.orthanc,
    "wlmscpfs": peers.wlmscpfs,
    "dcmqrscp": peers.dcmqrscp,
    "storescp": peers.storescp,
    "dcmrecv": peers.dcmrecv,
    "simple_storage": peers.simple_storage,
    "pixelmed": peers.pixelmed,
    "dcmjs": peers.dcmjs,
    "pynetdicom_storescp": peers.pynetdicom_storescp,
    "pynetdicom_qrscp": peers.pynetdicom_qrscp,
}


def write(ds: Dataset, sop_class_uid: str, file: Path) -> Path:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.MediaStorageSOPClassUID = UID(sop_class_uid)
    ds.file_meta.MediaStorageSOPInstanceUID = UID(IDENTITY.uid("instance"))
    file.parent.mkdir(parents=True, exist_ok=True)
    ds.save_as(file, enforce_file_format=True)
    return file


def instance() -> Dataset:
    """A CT instance with one pixel, just enough for a Storage SCP."""
    ds = Dataset()
    ds.SOPClassUID = CTImageStorage
    ds.SOPInstanceUID = IDENTITY.uid("instance")
    ds.PatientName = "SYNTHETIC^PEER"
    ds.PatientID = "SYN-1"
    ds.StudyInstanceUID = IDENTITY.uid("study")
    ds.SeriesInstanceUID = IDENTITY.uid("series")
    ds.Modality = "CT"
    ds.StudyDate = ds.StudyTime = ds.StudyID = ds.AccessionNumber = ""
    ds.SeriesNumber = ds.InstanceNumber = 1
    ds.Rows = ds.Columns = ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = 16
    ds.HighBit, ds.PixelRepresentation = 15, 0
    ds.PixelData = b"\0\0"
    ds["PixelData"].VR = "OW"
    return ds


def order() -> Dataset:
    """A worklist item with all that wlmscpfs insists on."""
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 100"
    ds.PatientName = "SYNTHETIC^ORDER"
    ds.PatientID = "SYN-2"
    ds.PatientBirthDate, ds.PatientSex = "19700101", "O"
    ds.AccessionNumber = "ACC-2"
    ds.StudyInstanceUID = IDENTITY.uid("study")
    ds.RequestedProcedureID = "RP-2"
    ds.RequestedProcedureDescription = "CT HEAD"
    step = Dataset()
    step.Modality = "CT"
    step.ScheduledStationAETitle = "SCANPROOF"
    step.ScheduledProcedureStepStartDate, step.ScheduledProcedureStepStartTime = "20260102", "101112"
    step.ScheduledPerformingPhysicianName = "SYNTHETIC^DOCTOR"
    step.ScheduledProcedureStepDescription = "CT HEAD"
    step.ScheduledProcedureStepID = "SPS-2"
    ds.ScheduledProcedureStepSequence = [step]
    return ds


def dcmtk(peer: Peer, server: peers.Server, program: str, *options: str | Path) -> str:
    """Run a client of DCMTK against `server` and return what it printed; it must succeed."""
    argv = [require(program, "dcmtk"), "-v", "-aet", "SCANPROOF", "-aec", server.ae, "127.0.0.1", str(server.port)]
    done = peer.run(*argv, *options, timeout=20, check=True)
    return done.stdout + done.stderr


def store(peer: Peer, server: peers.Server) -> None:
    printed = dcmtk(peer, server, "storescu", write(instance(), CTImageStorage, peer.folder / "ct.dcm"))
    assert "Received Store Response (Success)" in printed


def assert_found_in_study_root(peer: Peer, server: peers.Server) -> None:
    keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", "PatientID=SYN-1", "-k", "StudyInstanceUID"]
    assert IDENTITY.uid("study") in dcmtk(peer, server, "findscu", "-S", *keys)


def assert_found_in_worklist(peer: Peer, server: peers.Server) -> None:
    write(order(), MODALITY_WORKLIST_FIND, server.folder / "order.wl")
    keys = ["-k", "PatientName", "-k", "(0040,0100)[0].Modality=CT", "-k", "(0040,0100)[0].ScheduledProcedureStepID"]
    printed = dcmtk(peer, server, "findscu", "-W", *keys)
    assert "SYNTHETIC^ORDER" in printed
    assert "SPS-2" in printed


def answers(peer: Peer, server: peers.Server) -> dict[str, object]:
    """What it answers to MPPS and Storage Commitment."""
    argv = [sys.executable, "-m", "tests.support.pynetdicom_scu", server.ae, str(server.port)]
    done = peer.run(*argv, timeout=30)
    assert done.returncode == 0, f"{done.stderr}\n{peer.logs()}"
    parsed: dict[str, object] = json.loads(done.stdout)
    return parsed


def commitment(*, same_association: bool) -> list[dict[str, object]]:
    """What a right SCP answers: event 1 for what it has, then event 2 with reason 0112H (no such object instance)."""
    common = {"status": 0x0000, "transaction": True, "committed": 1, "same association": same_association}
    return [{**common, "event": 1, "failed": []}, {**common, "event": 2, "failed": [0x0112]}]


# --- the servers


def test_orthanc_serves_worklist_storage_query_and_commitment(orthanc_peer: Peer) -> None:
    server = orthanc_peer.server
    dcmtk(orthanc_peer, server, "echoscu")
    assert_found_in_worklist(orthanc_peer, server)
    store(orthanc_peer, server)
    assert_found_in_study_root(orthanc_peer, server)
    assert answers(orthanc_peer, server) == {"commitment": commitment(same_association=False)}
    url = f"http://127.0.0.1:{peers.ORTHANC_HTTP_PORT}/dicom-web/studies"
    fetch = f"import urllib.request; print(urllib.request.urlopen({url!r}, timeout=10).read().decode())"
    assert IDENTITY.uid("study") in orthanc_peer.run(sys.executable, "-c", fetch, check=True).stdout


def test_wlmscpfs_serves_the_worklist_and_orthanc_the_rest(wlmscpfs_peer: Peer) -> None:
    ris, pacs = wlmscpfs_peer.servers
    assert_found_in_worklist(wlmscpfs_peer, ris)
    store(wlmscpfs_peer, pacs)


def test_dcmqrscp_stores_and_is_queried(dcmqrscp_peer: Peer) -> None:
    store(dcmqrscp_peer, dcmqrscp_peer.server)
    assert_found_in_study_root(dcmqrscp_peer, dcmqrscp_peer.server)


@pytest.mark.parametrize("fixture", ["storescp_peer", "pynetdicom_storescp_peer"])
def test_a_storescp_keeps_what_it_received(fixture: str, request: pytest.FixtureRequest) -> None:
    peer: Peer = request.getfixturevalue(fixture)
    store(peer, peer.server)
    assert [IDENTITY.uid("instance") in file.name for file in peer.server.folder.iterdir()] == [True]


@pytest.mark.parametrize("name", ["dcmrecv", "simple_storage", "pixelmed"])
def test_a_storage_scp_of_another_maker_keeps_what_it_received(name: str, namespace: Namespace, folder: Path) -> None:
    with SERVERS[name](namespace, folder) as server:
        peer = Peer(namespace, folder, folder / "site.yaml", (server,))
        dcmtk(peer, server, "echoscu")
        store(peer, server)
        kept = [file for file in server.folder.rglob("*") if file.is_file()]
        assert [IDENTITY.uid("instance").encode() in file.read_bytes() for file in kept] == [True]


def test_dcmjs_serves_mpps_storage_and_commitment_on_one_association(dcmjs_peer: Peer) -> None:
    dcmtk(dcmjs_peer, dcmjs_peer.server, "echoscu")
    store(dcmjs_peer, dcmjs_peer.server)
    got = answers(dcmjs_peer, dcmjs_peer.server)
    # created, duplicate, without the attributes of an N-CREATE, unknown, completed, final already
    assert got["mpps"] == [0x0000, 0x0111, 0x0120, 0x0112, 0x0000, 0x0110]
    assert got["commitment"] == commitment(same_association=True)
    assert "N-EVENT-REPORT-RSP 0000 to event 2" in dcmjs_peer.server.process.log_text()


def test_dcmjs_rejects_a_called_ae_title_that_is_not_its_own(dcmjs_peer: Peer) -> None:
    argv = [require("echoscu", "dcmtk"), "-aec", "OTHER", "127.0.0.1", str(dcmjs_peer.server.port)]
    assert "Called AE Title Not Recognized" in dcmjs_peer.run(*argv).stderr


@pytest.mark.parametrize("site", sorted(SITES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_site_file_names_addresses_that_a_server_has(site: Path) -> None:
    addresses = {("ORTHANC", 4242), ("RIS", 11112), ("QRSCP", 11115), ("STORESCP", 11116), ("PYNETDICOM", 11117)}
    described = yaml.safe_load(site.read_text())
    assert (described["listener"]["ae"], "127.0.0.1", described["listener"]["port"]) == peers.LISTENER
    for service in described["services"].values():
        assert service["host"] == "127.0.0.1"
        assert (service["ae"], service["port"]) in {*addresses, ("DCMJS", 11120)}


# --- the namespace


def lives(pid: int) -> bool:
    """Whether the process runs; an orphan that ended stays a zombie where process 1 does not collect it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.long
@pytest.mark.parametrize("name", SERVERS)
def test_nothing_is_left_of_a_server(name: str, namespace: Namespace, tmp_path: Path) -> None:
    with SERVERS[name](namespace, tmp_path) as server:
        pids = server.process.pids()
        assert pids
        assert server.port in namespace.listening()
    assert not namespace.pids()
    assert not [pid for pid in pids if lives(pid)]


def test_nothing_is_left_of_a_namespace(tmp_path: Path) -> None:
    # what a server forks is ended with it
    with Namespace(f"scanproof-{os.getpid()}-test") as ns:
        process = ns.start(["sh", "-c", "sleep 60 & sleep 60"], lambda: len(ns.pids()) > 1, tmp_path / "log")
        pids = ns.pids()
        assert set(pids) <= process.pids()
    assert not [pid for pid in pids if lives(pid)]
    assert ns.name not in subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True, timeout=10).stdout


def test_a_server_that_does_not_come_up_shows_its_log(namespace: Namespace, tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"ended with 3; its log says:\nno licence"):
        namespace.start(["sh", "-c", "echo no licence; exit 3"], 11200, tmp_path / "log")
    with pytest.raises(RuntimeError, match=r"was not ready after 0.2 s"):
        namespace.start(["sleep", "60"], 11200, tmp_path / "log", timeout=0.2)
    assert not namespace.pids()


def test_a_client_that_hangs_is_killed(namespace: Namespace) -> None:
    with pytest.raises(TimeoutError, match=r"still ran after 0.5 s\nbefore"):
        namespace.run(["sh", "-c", "echo before; sleep 60 & sleep 60"], timeout=0.5)
    assert not namespace.pids()


def test_a_missing_peer_skips_and_names_the_package_or_fails_in_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCANPROOF_REQUIRE_PEERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match=r"no-such-server is not there: .*no-such-package"):
        require("no-such-server", "no-such-package")
    monkeypatch.setenv("SCANPROOF_REQUIRE_PEERS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"no-such-server is not there: .*no-such-package"):
        require("no-such-server", "no-such-package")


def test_without_root_a_namespace_says_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCANPROOF_REQUIRE_PEERS", raising=False)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="root"):
        Namespace("never-made").__enter__()
