"""Real DICOM servers for the tests: context managers that run one in a namespace and end it again."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.command_line import command
from tests.support.netns import Namespace, Process
from tests.support.others import missing, package, require
from tests.support.processes import environment

HERE = Path(__file__).parent
SITES = HERE.parents[1] / "scenarios" / "sites"

#: Our own listener in every site file: where Orthanc sends commitment results and C-MOVE sub-operations go.
LISTENER = ("SCANPROOF", "127.0.0.1", 11113)
ORTHANC_HTTP_PORT = 8042
ORTHANC_PLUGINS = Path("/usr/share/orthanc/plugins")
DCMTK_PROFILES = Path("/etc/dcmtk/storescp.cfg")
PIXELMED = Path("/usr/share/java/pixelmed.jar")

#: DCMTK's own switch: without it Nagle's algorithm and the peer's delayed ACK hold each response back for about 40 ms.
NODELAY = {"TCP_NODELAY": "1"}


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the folder in which it keeps what it received or what it serves."""

    ae: str
    port: int
    folder: Path
    process: Process


@dataclass(frozen=True)
class Peer:
    """What a site file describes, running.

    Parameters
    ----------
    ns : Namespace
        Where the servers run, and where clients must.
    folder : Path
        A copy of the site file is in it, and the folder of orders that the site file names.
    site : Path
        That copy.
    servers : tuple of Server
        The running servers.
    """

    ns: Namespace
    folder: Path
    site: Path
    servers: tuple[Server, ...]

    @property
    def server(self) -> Server:
        """The only server, or the first one of the site file."""
        return self.servers[0]

    def run(self, *argv: str | Path, timeout: float = 60.0, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a client in the namespace with the peer's folder as its working directory.

        A Python client imports from where this process does, so a package that is not installed is found as well.
        """
        return self.ns.run(argv, timeout, check=check, cwd=self.folder, env=environment())

    def scanproof(
        self, *argv: str | Path, timeout: float = 120.0, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line tool, ``python -m scanproof``, in the same way."""
        return self.run(*command(*argv), timeout=timeout, check=check)

    def logs(self) -> str:
        """Return what all servers have printed, for the message of an assertion."""
        return "\n".join(f"--- {server.ae}\n{server.process.log_text()}" for server in self.servers)


@contextmanager
def orthanc(ns: Namespace, tmp: Path, *, worklist: Path | None = None, **settings: object) -> Iterator[Server]:
    """Run Orthanc with its worklist and DICOMweb plugins.

    Orders are files ``*.wl`` in `worklist` (default ``tmp/worklist``), read at each query. `settings` go into its
    configuration (``OverwriteInstances=True``). Its REST API listens on ORTHANC_HTTP_PORT. It sends commitment results
    to LISTENER, on an association of its own.
    """
    program = require("Orthanc", "orthanc")
    plugins = [
        require(ORTHANC_PLUGINS / "libModalityWorklists.so", "orthanc"),
        require(ORTHANC_PLUGINS / "libOrthancDicomWeb.so", "orthanc-dicomweb"),
    ]
    worklist = worklist or tmp / "worklist"
    database = tmp / "database"
    for folder in (worklist, database):
        folder.mkdir(parents=True, exist_ok=True)
    ae, host, port = LISTENER
    allowed = ("Echo", "Store", "Find", "FindWorklist", "Move", "Get", "StorageCommitment")
    configuration = {
        "Name": "ORTHANC",
        "StorageDirectory": str(database),
        "IndexDirectory": str(database),
        "Plugins": plugins,
        "HttpPort": ORTHANC_HTTP_PORT,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomAet": "ORTHANC",
        "DicomPort": 4242,
        "DicomCheckCalledAet": True,
        "DicomModalities": {
            "scanproof": {"AET": ae, "Host": host, "Port": port, **{f"Allow{verb}": True for verb in allowed}}
        },
        "Worklists": {"Enable": True, "Database": str(worklist)},
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        **settings,
    }
    file = tmp / "orthanc.json"
    file.write_text(json.dumps(configuration, indent=1))

    def both_ports() -> bool:
        return {4242, ORTHANC_HTTP_PORT} <= ns.listening()

    with ns.start([program, "--verbose", file], both_ports, tmp / "orthanc.log") as process:
        yield Server("ORTHANC", 4242, worklist, process)


@contextmanager
def wlmscpfs(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run DCMTK's worklist server; orders are files ``*.wl`` in ``tmp/worklist/RIS``, a folder per called AE title."""
    program = require("wlmscpfs", "dcmtk")
    orders = tmp / "worklist" / "RIS"
    orders.mkdir(parents=True, exist_ok=True)
    (orders / "lockfile").touch()
    argv: list[str | Path] = [program, "-v", *options, "-dfp", orders.parent, "11112"]
    with ns.start(argv, 11112, tmp / "wlmscpfs.log", env=NODELAY) as process:
        yield Server("RIS", 11112, orders, process)


@contextmanager
def dcmqrscp(ns: Namespace, tmp: Path, *, quota: str = "200, 1024mb") -> Iterator[Server]:
    """Run DCMTK's archive, which keeps as many studies of as much each as `quota` says, and moves to LISTENER only."""
    program = require("dcmqrscp", "dcmtk")
    database = tmp / "database"
    database.mkdir(parents=True, exist_ok=True)
    ae, host, port = LISTENER
    configuration = tmp / "dcmqrscp.cfg"
    configuration.write_text(
        f"""\
NetworkTCPPort = 11115
MaxPDUSize = 16384
MaxAssociations = 16
HostTable BEGIN
scanproof = ({ae}, {host}, {port})
HostTable END
VendorTable BEGIN
VendorTable END
AETable BEGIN
QRSCP {database} RW ({quota}) ANY
AETable END
"""
    )
    with ns.start([program, "-v", "-c", configuration, "11115"], 11115, tmp / "dcmqrscp.log", env=NODELAY) as process:
        yield Server("QRSCP", 11115, database, process)


@contextmanager
def storescp(ns: Namespace, tmp: Path, *options: str, fork: bool = True, nodelay: bool = True) -> Iterator[Server]:
    """Run DCMTK's storescp, with `fork` a process per association, else one association after the other.

    Without `nodelay` it is as slow as it is when just installed.
    """
    program = require("storescp", "dcmtk")
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    forks = ["--fork"] if fork else []
    argv: list[str | Path] = [program, "-v", *forks, *options, "-od", folder, "-aet", "STORESCP", "11116"]
    with ns.start(argv, 11116, tmp / "storescp.log", env=NODELAY if nodelay else {}) as process:
        yield Server("STORESCP", 11116, folder, process)


@contextmanager
def dcmrecv(ns: Namespace, tmp: Path, profile: str = "Default") -> Iterator[Server]:
    """Run DCMTK's dcmrecv, one association after the other. Without a profile it would take Verification only."""
    program = require("dcmrecv", "dcmtk")
    profiles = require(DCMTK_PROFILES, "dcmtk")
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    argv: list[str | Path] = [program, "-v", "-xf", profiles, profile, "-od", folder, "-aet", "DCMRECV", "11119"]
    with ns.start(argv, 11119, tmp / "dcmrecv.log", env=NODELAY) as process:
        yield Server("DCMRECV", 11119, folder, process)


@contextmanager
def simple_storage(ns: Namespace, tmp: Path) -> Iterator[Server]:
    """Run the Storage SCP of the Central Test Node, a process per association.

    Without ``-f`` whoever connects and closes again ends it; an HTTP request does so even then.
    """
    program = require("simple_storage", "ctn")
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    argv: list[str | Path] = [program, "-f", "-p", "-x", folder, "-c", "CTN", "11121"]
    with ns.start(argv, 11121, tmp / "simple_storage.log", cwd=tmp) as process:
        yield Server("CTN", 11121, folder, process)


@contextmanager
def pixelmed(ns: Namespace, tmp: Path) -> Iterator[Server]:
    """Run PixelMed's Storage SCP."""
    java = require("java", "default-jre-headless")
    library = require(PIXELMED, "libpixelmed-java")
    folder = (tmp / "received").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    main = "com.pixelmed.network.StorageSOPClassSCPDispatcher"
    argv: list[str | Path] = [java, "-cp", library, main, "11122", "PIXELMED", folder]
    with ns.start(argv, 11122, tmp / "pixelmed.log", cwd=tmp) as process:
        yield Server("PIXELMED", 11122, folder, process)


@contextmanager
def pynetdicom_storescp(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run pynetdicom's own Storage and Verification SCP."""
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "pynetdicom", "storescp", "-v", "-ta", "5", "-ba", "127.0.0.1"]
    argv += ["-aet", "PYNETDICOM", *options]
    with ns.start([*argv, "-od", folder, "11117"], 11117, tmp / "pynetdicom-storescp.log") as process:
        yield Server("PYNETDICOM", 11117, folder, process)


@contextmanager
def pynetdicom_qrscp(ns: Namespace, tmp: Path) -> Iterator[Server]:
    """Run pynetdicom's archive, whose Modality Worklist is a stub: it finds nothing, whatever it is asked."""
    package("sqlalchemy", "sqlalchemy")
    tmp.mkdir(parents=True, exist_ok=True)
    ae, host, port = LISTENER
    configuration = tmp / "qrscp.ini"
    configuration.write_text(
        f"""\
[DEFAULT]
ae_title: PYNETDICOM
bind_address: 127.0.0.1
port: 11118
max_pdu: 16382
acse_timeout: 5
dimse_timeout: 30
network_timeout: 30
instance_location: {tmp / "instances"}
database_location: {tmp / "instances.sqlite"}
[{ae}]
address: {host}
port: {port}
"""
    )
    argv: list[str | Path] = [sys.executable, "-m", "pynetdicom", "qrscp", "-c", configuration]
    with ns.start(argv, 11118, tmp / "pynetdicom-qrscp.log", env=environment()) as process:
        yield Server("PYNETDICOM", 11118, tmp, process)


@contextmanager
def dcmjs(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run ``dcmjs/scp.js``: MPPS, Storage and Storage Commitment; `options` stand at the head of that file."""
    node = require("node", "nodejs")
    tmp.mkdir(parents=True, exist_ok=True)
    argv: list[str | Path] = [node, HERE / "dcmjs" / "scp.js", *options]
    with ns.start(argv, 11120, tmp / "dcmjs.log", env={"NODE_PATH": str(dcmjs_modules())}) as process:
        yield Server("DCMJS", 11120, tmp, process)


def dcmjs_modules() -> Path:
    """Return the ``node_modules`` that scp.js needs, installed once per user and lock file, outside of the checkout."""
    lock_file = (HERE / "dcmjs" / "package-lock.json").read_bytes()
    version = json.loads(lock_file)["packages"]["node_modules/dcmjs-dimse"]["version"]
    cache = Path(os.environ.get("SCANPROOF_TEST_CACHE", Path.home() / ".cache" / "scanproof-tests"))
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"dcmjs-{version}-{hashlib.sha256(lock_file).hexdigest()[:8]}"
    with _locked(cache / "dcmjs.lock", timeout=240):
        if not folder.is_dir():
            npm = require("npm", "npm")
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                fresh = Path(scratch) / "fresh"
                fresh.mkdir()
                for name in ("package.json", "package-lock.json"):
                    shutil.copy(HERE / "dcmjs" / name, fresh)
                _npm_ci(npm, fresh)
                fresh.rename(folder)  # all of it or nothing
    return folder / "node_modules"


def _npm_ci(npm: str, folder: Path) -> None:
    argv = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    except subprocess.TimeoutExpired:
        missing("dcmjs-dimse could not be installed: npm ci was not done after 180 s")
    if done.returncode != 0:
        missing(f"dcmjs-dimse could not be installed, npm ci says: {done.stderr.strip()[:500]}")


@contextmanager
def _locked(path: Path, timeout: float) -> Iterator[None]:
    """Hold `path` against the other test processes; they wait at most `timeout` s."""
    deadline = time.monotonic() + timeout
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{path} was still held after {timeout} s") from None
                time.sleep(0.1)
        yield
