"""Fixtures: a real server each, with its site file in a folder of its own and everything in one network namespace.

A test asks for ``orthanc_peer`` and runs ``orthanc_peer.scanproof("run", "…", "--site", orthanc_peer.site)``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support import peers
from tests.support.netns import Namespace

SITES = Path(__file__).parents[2] / "scenarios" / "sites"


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
    servers : tuple of peers.Server
        The running servers.
    """

    ns: Namespace
    folder: Path
    site: Path
    servers: tuple[peers.Server, ...]

    @property
    def server(self) -> peers.Server:
        """The only server, or the first one of the site file."""
        return self.servers[0]

    def run(self, *argv: str | Path, timeout: float = 60.0, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a client in the namespace with the peer's folder as its working directory.

        A Python client imports from where this process does, so a package that is not installed is found as well.
        """
        env = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        return self.ns.run(argv, timeout, check=check, cwd=self.folder, env=env)

    def scanproof(
        self, *argv: str | Path, timeout: float = 120.0, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Run the command line tool, ``python -m scanproof``, in the same way."""
        return self.run(sys.executable, "-m", "scanproof", *argv, timeout=timeout, check=check)

    def logs(self) -> str:
        """Return what all servers have printed, for the message of an assertion."""
        return "\n".join(f"--- {server.ae}\n{server.process.log_text()}" for server in self.servers)


@pytest.fixture(scope="session")
def namespace() -> Iterator[Namespace]:
    """The network namespace of this test process."""
    with Namespace() as ns:
        yield ns


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The peer's folder, apart from what the test itself writes into ``tmp_path``."""
    folder = tmp_path / "peer"
    folder.mkdir()
    return folder


@pytest.fixture
def running() -> Iterator[ExitStack]:
    """Where fixtures enter their servers, so that they end after the test."""
    with ExitStack() as stack:
        yield stack


def _peer(ns: Namespace, folder: Path, site: str, *servers: peers.Server) -> Peer:
    return Peer(ns, folder, Path(shutil.copy(SITES / site, folder)), servers)


@pytest.fixture
def orthanc_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """Worklist, storage, commitment and query on Orthanc; orders go into ``folder/worklist``."""
    server = running.enter_context(peers.orthanc(namespace, folder))
    return _peer(namespace, folder, "orthanc.yaml", server)


@pytest.fixture
def wlmscpfs_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """Worklist on wlmscpfs, everything else on Orthanc; orders go into ``folder/worklist/RIS``."""
    ris = running.enter_context(peers.wlmscpfs(namespace, folder))
    # its own worklist folder stays empty, so an order that is found came from wlmscpfs
    pacs = running.enter_context(peers.orthanc(namespace, folder, worklist=folder / "orthanc-worklist"))
    return _peer(namespace, folder, "wlmscpfs-orthanc.yaml", ris, pacs)


@pytest.fixture
def dcmqrscp_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """Storage and query on DCMTK's archive."""
    server = running.enter_context(peers.dcmqrscp(namespace, folder))
    return _peer(namespace, folder, "dcmqrscp.yaml", server)


@pytest.fixture
def storescp_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """Storage on DCMTK's storescp."""
    server = running.enter_context(peers.storescp(namespace, folder))
    return _peer(namespace, folder, "storescp.yaml", server)


@pytest.fixture
def dcmjs_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """MPPS, storage and commitment on dcmjs-dimse; results come on the association of the request."""
    server = running.enter_context(peers.dcmjs(namespace, folder))
    return _peer(namespace, folder, "dcmjs.yaml", server)


@pytest.fixture
def pynetdicom_storescp_peer(namespace: Namespace, folder: Path, running: ExitStack) -> Peer:
    """Storage on pynetdicom's storescp."""
    server = running.enter_context(peers.pynetdicom_storescp(namespace, folder))
    return _peer(namespace, folder, "pynetdicom-storescp.yaml", server)
