"""Real DICOM servers for the tests, each in the network namespace of the test process.

Orthanc, DCMTK's servers and the like listen on every address and on the fixed ports of the site files. In a namespace of
our own nothing of that leaves the machine, and parallel test processes do not meet.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, NoReturn

import pytest

HERE = Path(__file__).parent
SITES = HERE.parents[1] / "scenarios" / "sites"

#: Our own listener in every site file: where Orthanc sends commitment results and C-MOVE sub-operations go.
LISTENER = ("SCANPROOF", "127.0.0.1", 11113)
ORTHANC_HTTP_PORT = 8042
ORTHANC_PLUGINS = Path("/usr/share/orthanc/plugins")

_POLL_S = 0.02
_STOP_S = 5.0


def missing(reason: str) -> NoReturn:
    """Skip the test, or fail it where CI promises that the peers are there (SCANPROOF_REQUIRE_PEERS=1)."""
    if os.environ.get("SCANPROOF_REQUIRE_PEERS") == "1":
        pytest.fail(f"{reason} (SCANPROOF_REQUIRE_PEERS=1 forbids to skip)", pytrace=False)
    pytest.skip(reason)


def require(executable_or_file: str | Path, package: str) -> str:
    """Return the path of a program or file of Debian's `package`, or skip the test and name that package."""
    # Orthanc and ip live in sbin, which is not on every user's path
    found = shutil.which(executable_or_file, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None and not Path(executable_or_file).is_file():
        missing(f"{executable_or_file} is not there: apt-get install --no-install-recommends {package}")
    return found or str(executable_or_file)


@dataclass(frozen=True)
class Process:
    """A server that was started in a namespace, with every process that it forked."""

    namespace: Namespace
    popen: subprocess.Popen[bytes]
    log: Path

    def pids(self) -> list[int]:
        """Return the living processes of this server: they share its process group."""
        alive = []
        for pid in self.namespace.pids():
            with suppress(ProcessLookupError):
                if os.getpgid(pid) == self.popen.pid:
                    alive.append(pid)
        return alive

    def log_text(self) -> str:
        """Return what the server has printed so far."""
        return self.log.read_text(errors="replace")

    def stop(self) -> None:
        """End the server and what it forked; does nothing when it has ended already."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.pids():
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            deadline = time.monotonic() + _STOP_S
            while time.monotonic() < deadline:
                self.popen.poll()  # reaps it
                if not self.pids():
                    break
                time.sleep(_POLL_S)
        self.popen.wait(_STOP_S)


@dataclass
class Namespace:
    """A Linux network namespace with nothing in it but its own loopback interface (root, iproute2)."""

    name: str = field(default_factory=lambda: f"scanproof-{os.getpid()}-{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    _processes: list[Process] = field(default_factory=list)

    def __enter__(self) -> Namespace:
        ip = require("ip", "iproute2")
        if os.geteuid() != 0:
            missing("the peers run in a network namespace, which takes root (and the package iproute2)")
        added = subprocess.run([ip, "netns", "add", self.name], capture_output=True, text=True, timeout=30, check=False)
        if added.returncode != 0:
            missing(f"no network namespace, not even as root (package iproute2): {added.stderr.strip()}")
        self.run(["ip", "link", "set", "lo", "up"], check=True)
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.stop()
        left = self.pids()
        subprocess.run(["ip", "netns", "del", self.name], timeout=30, check=True)
        if left:  # a client of a test that outlived its command; deleting the name does not end it
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            raise RuntimeError(f"processes were left in {self.name} and have been killed: {left}")

    def pids(self) -> list[int]:
        """Return the processes that live in this namespace."""
        listed = subprocess.run(
            ["ip", "netns", "pids", self.name], capture_output=True, text=True, timeout=30, check=True
        )
        return [int(pid) for pid in listed.stdout.split()]

    def listening(self) -> set[int]:
        """Return the TCP ports that somebody listens on; nobody is connected to (that ends some servers)."""
        listed = subprocess.run(
            ["ss", "-Hltn", "-N", self.name], capture_output=True, text=True, timeout=30, check=True
        )
        return {int(line.split()[3].rpartition(":")[2]) for line in listed.stdout.splitlines()}

    def command(self, argv: Sequence[str | Path]) -> list[str]:
        """Return `argv` so that it runs in this namespace."""
        return ["ip", "netns", "exec", self.name, *map(str, argv)]

    def run(
        self,
        argv: Sequence[str | Path],
        timeout: float = 30.0,
        *,
        check: bool = False,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a client here and return its exit code and output.

        Parameters
        ----------
        argv : sequence of str or Path
            The command.
        timeout : float
            After so many s it is killed together with what it started, and TimeoutError tells what it had printed.
        check : bool
            Whether an exit code other than 0 is an AssertionError with the output.
        cwd, env
            Its working directory; environment variables on top of ours.
        """
        popen = self._popen(self.command(argv), cwd, env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = popen.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(popen.pid, signal.SIGKILL)
            out, err = popen.communicate(timeout=_STOP_S)
            raise TimeoutError(f"{argv[0]} still ran after {timeout} s\n{_text(out)}{_text(err)}") from None
        done = subprocess.CompletedProcess([*map(str, argv)], popen.returncode, _text(out), _text(err))
        if check and done.returncode != 0:
            raise AssertionError(f"{done.args} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def start(
        self,
        argv: Sequence[str | Path],
        ready: int | Callable[[], bool],
        log: Path,
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout: float = 20.0,
    ) -> Process:
        """Start a server here and wait until it is ready.

        Parameters
        ----------
        argv : sequence of str or Path
            The command; it must stay in the foreground.
        ready : int or callable
            The port that it listens on, or a function that says when it is ready.
        log : Path
            Where its output goes; the end of it stands in the error when the server does not come up.
        cwd, env
            Its working directory; environment variables on top of ours.
        timeout : float
            How long it may take to come up, in s.
        """
        if isinstance(ready, int) and ready in self.listening():
            raise RuntimeError(f"port {ready} of {self.name} is taken, so {argv[0]} was not started")
        is_ready = (lambda: ready in self.listening()) if isinstance(ready, int) else ready
        # the kernel ends the server with us, even when we are killed and no fixture gets to stop it
        tied = ["setpriv", "--pdeathsig", "KILL", "--", *argv]
        with log.open("ab") as out:
            popen = self._popen(self.command(tied), cwd, env, stdout=out, stderr=subprocess.STDOUT)
        process = Process(self, popen, log)
        self._processes.append(process)
        deadline = time.monotonic() + timeout
        while not is_ready():
            code = popen.poll()
            if code is not None or time.monotonic() > deadline:
                process.stop()
                what = f"was not ready after {timeout} s" if code is None else f"ended with {code}"
                raise RuntimeError(f"{argv[0]} {what}; its log says:\n{process.log_text()[-4000:]}")
            time.sleep(_POLL_S)
        return process

    def _popen(
        self, argv: list[str], cwd: Path | None, env: Mapping[str, str] | None, *, stdout: int | IO[bytes], stderr: int
    ) -> subprocess.Popen[bytes]:
        # a session of its own, so that a server and what it forks are one process group
        return subprocess.Popen(
            argv,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )


def _text(output: bytes) -> str:
    return output.decode(errors="replace")


@dataclass(frozen=True)
class Server:
    """A running server: its address, and the folder in which it keeps what it received or what it serves."""

    ae: str
    port: int
    folder: Path
    process: Process


@contextmanager
def orthanc(ns: Namespace, tmp: Path, *, worklist: Path | None = None, **settings: object) -> Iterator[Server]:
    """Run Orthanc with its worklist and DICOMweb plugins; `settings` go into its configuration (``OverwriteInstances=True``).

    Orders are files ``*.wl`` in `worklist` (default ``tmp/worklist``), read at each query. Its REST API listens on
    ORTHANC_HTTP_PORT. It sends commitment results to LISTENER on an association of its own.
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
    (tmp / "orthanc.json").write_text(json.dumps(configuration, indent=1))
    process = ns.start(
        [program, "--verbose", tmp / "orthanc.json"],
        lambda: {4242, ORTHANC_HTTP_PORT} <= ns.listening(),
        tmp / "orthanc.log",
        cwd=tmp,
    )
    yield from _until_done(Server("ORTHANC", 4242, worklist, process))


@contextmanager
def wlmscpfs(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run DCMTK's worklist server; orders are files ``*.wl`` in ``tmp/worklist/RIS``, named after the called AE title."""
    program = require("wlmscpfs", "dcmtk")
    orders = tmp / "worklist" / "RIS"
    orders.mkdir(parents=True, exist_ok=True)
    (orders / "lockfile").touch()
    process = ns.start(
        [program, "-v", *options, "-dfp", orders.parent, "11112"], 11112, tmp / "wlmscpfs.log", env={"TCP_NODELAY": "1"}
    )
    yield from _until_done(Server("RIS", 11112, orders, process))


@contextmanager
def dcmqrscp(ns: Namespace, tmp: Path) -> Iterator[Server]:
    """Run DCMTK's archive; it moves instances to LISTENER only."""
    program = require("dcmqrscp", "dcmtk")
    database = tmp / "qrscp"
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
QRSCP {database} RW (200, 1024mb) ANY
AETable END
"""
    )
    process = ns.start(
        [program, "-v", "-c", configuration, "11115"], 11115, tmp / "dcmqrscp.log", cwd=tmp, env={"TCP_NODELAY": "1"}
    )
    yield from _until_done(Server("QRSCP", 11115, database, process))


@contextmanager
def storescp(ns: Namespace, tmp: Path, *options: str, nodelay: bool = True) -> Iterator[Server]:
    """Run DCMTK's storescp, a process per association.

    Without `nodelay` it runs as installed: Nagle's algorithm holds back each response for about 40 ms.
    """
    program = require("storescp", "dcmtk")
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    process = ns.start(
        [program, "-v", "--fork", *options, "-od", folder, "-aet", "STORESCP", "11116"],
        11116,
        tmp / "storescp.log",
        env={"TCP_NODELAY": "1" if nodelay else "0"},
    )
    yield from _until_done(Server("STORESCP", 11116, folder, process))


@contextmanager
def pynetdicom_storescp(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run pynetdicom's own Storage and Verification SCP."""
    folder = tmp / "received"
    folder.mkdir(parents=True, exist_ok=True)
    argv = [sys.executable, "-m", "pynetdicom", "storescp", "-v", "-ba", "127.0.0.1", "-aet", "PYNETDICOM", "-od", folder]
    process = ns.start([*argv, *options, "11117"], 11117, tmp / "pynetdicom-storescp.log", cwd=tmp)
    yield from _until_done(Server("PYNETDICOM", 11117, folder, process))


@contextmanager
def dcmjs(ns: Namespace, tmp: Path, *options: str) -> Iterator[Server]:
    """Run ``dcmjs/scp.js``: MPPS, Storage and Storage Commitment; `options` make it deviate (see the head of that file)."""
    node = require("node", "nodejs")
    tmp.mkdir(parents=True, exist_ok=True)
    process = ns.start(
        [node, HERE / "dcmjs" / "scp.js", *options],
        11120,
        tmp / "dcmjs.log",
        env={"NODE_PATH": str(dcmjs_modules())},
    )
    yield from _until_done(Server("DCMJS", 11120, tmp, process))


def _until_done(server: Server) -> Iterator[Server]:
    try:
        yield server
    finally:
        server.process.stop()


def dcmjs_modules() -> Path:
    """Return the ``node_modules`` that scp.js needs, installed once per user and lock file."""
    lock_text = (HERE / "dcmjs" / "package-lock.json").read_bytes()
    version = json.loads(lock_text)["packages"]["node_modules/dcmjs-dimse"]["version"]
    cache = Path(os.environ.get("SCANPROOF_TEST_CACHE", Path.home() / ".cache" / "scanproof-tests"))
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"dcmjs-{version}-{hashlib.sha256(lock_text).hexdigest()[:8]}"
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
        subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=180, check=True)
    except subprocess.TimeoutExpired:
        missing("dcmjs-dimse could not be installed: npm ci was not done after 180 s")
    except subprocess.CalledProcessError as error:
        missing(f"dcmjs-dimse could not be installed, npm ci says: {error.stderr.strip()[-500:]}")


@contextmanager
def _locked(path: Path, timeout: float) -> Iterator[None]:
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
