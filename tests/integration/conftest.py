"""Fixtures: a real server each, with its site file in a folder of its own and everything in one network namespace.

A test asks for ``orthanc_peer`` and runs ``orthanc_peer.scanproof("run", "…", "--site", orthanc_peer.site)``.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support import peers
from tests.support.netns import Namespace
from tests.support.peers import SITES, Peer


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
