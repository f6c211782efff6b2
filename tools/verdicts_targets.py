"""The real targets of docs/verdicts.md: how each is started, what a site file says of it, and which product it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import scanproof
from scanproof.results import Results
from tests.support import peers
from tests.support.command_line import command
from tests.support.netns import Namespace
from tests.support.others import require
from tests.support.peers import Peer, Server
from tests.support.processes import environment

#: Who the patients are and which day it is; UIDs are new each time, and the page has none.
REPEATABLE = ("--seed", "1", "--date", "2026-01-02")
TIMEOUT_S = 900
#: Not that of the tests, which may be there in the same process.
NAMESPACE = f"scanproof-{os.getpid()}-verdicts"

Start = Callable[[Namespace, Path], AbstractContextManager[Server]]


@dataclass(frozen=True)
class Target:
    """A column of the page.

    Parameters
    ----------
    product : callable
        Name and version, as the program itself or its package says; skips where it is not installed.
    started : str
        How, for the reader.
    services : sequence of str
        What the site file names.
    start : callable, optional
        Runs it in a namespace; the embedded reference target when left out.
    site : str
        More lines of the site file, such as where orders go.
    """

    product: Callable[[], str]
    started: str
    services: Sequence[str] = ()
    start: Start | None = None
    site: str = ""

    @property
    def runs(self) -> Sequence[Sequence[str]]:
        """The command lines: what is large by itself, or each query of the others would have to do with it as well."""
        many = ("--only", "worklist-battery/many", "--heavy", "worklist-battery")
        return [("worklist-battery", "mpps-battery", "names"), *([many] if self.start is None or self.site else [])]

    def site_file(self, server: Server) -> str:
        """The site file that names its services, all of them on one AE."""
        address = f"{{ae: {server.ae}, host: 127.0.0.1, port: {server.port}}}"
        lines = ["calling_ae: SCANPROOF", "listener: {ae: SCANPROOF, port: 11113}", "odd_data: true", "services:"]
        return "\n".join([*lines, *(f"  {name}: {address}" for name in self.services), self.site, ""])

    def run(self, *options: str | Path) -> Results:
        """Start it, run what the options say against it, and stop it; RuntimeError if nothing came of it."""
        with TemporaryDirectory(prefix="scanproof-verdicts-") as temporary:
            folder, out = Path(temporary) / "peer", Path(temporary) / "out"
            folder.mkdir()
            argv = ["run", *options, *REPEATABLE, "--out", out]
            if self.start is None:
                line = command(*argv)
                done = subprocess.run(
                    line, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
                )
            else:
                with Namespace(NAMESPACE) as ns, self.start(ns, folder) as server:
                    site = folder / "site.yaml"
                    site.write_text(self.site_file(server))
                    peer = Peer(ns, folder, site, (server,))
                    done = peer.scanproof(*argv, "--site", site, timeout=TIMEOUT_S)
            if not (out / "results.json").is_file():
                raise RuntimeError(f"no results of {self.product()}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
            return Results.model_validate_json((out / "results.json").read_bytes())


def _said(program: str, package: str, pattern: str) -> str:
    """What a program says of its own version."""
    argv = [require(program, package), "--version"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout
    found = re.search(pattern, said)
    if found is None:
        raise RuntimeError(f"{program} --version says no version: {said[:200]}")
    return found[1]


def _wlmscpfs() -> str:
    return f"DCMTK wlmscpfs {_said('wlmscpfs', 'dcmtk', r' v([0-9.]+)')}"


def _orthanc() -> str:
    return f"Orthanc {_said('Orthanc', 'orthanc', r'Orthanc ([0-9.]+)')}"


def _dcmjs() -> str:
    packages = json.loads((peers.HERE / "dcmjs" / "package-lock.json").read_bytes())["packages"]
    return f"dcmjs-dimse {packages['node_modules/dcmjs-dimse']['version']}"


def _pynetdicom() -> str:
    return f"pynetdicom {version('pynetdicom')}"


_ARCHIVE = ("worklist", "storage", "commitment", "query")
_RIS = "orders: {folder: worklist/RIS/}"
_PACS = "orders: {folder: worklist/}"

TARGETS: Mapping[str, Target] = {
    "reference": Target(
        lambda: f"scanproof {scanproof.__version__}, its reference target", "embedded: no --target, no --site"
    ),
    "wlmscpfs": Target(
        _wlmscpfs, "as installed: `wlmscpfs -v -dfp worklist 11112`", ("worklist",), peers.wlmscpfs, _RIS
    ),
    "wlmscpfs-csk": Target(
        _wlmscpfs,
        "keeping the character set of each file: `wlmscpfs -v -csk -dfp worklist 11112`",
        ("worklist",),
        lambda ns, folder: peers.wlmscpfs(ns, folder, "-csk"),
        _RIS,
    ),
    "wlmscpfs-cs1": Target(
        _wlmscpfs,
        "saying ISO_IR 100 of whatever is in a file: `wlmscpfs -v -cs1 -dfp worklist 11112`",
        ("worklist",),
        lambda ns, folder: peers.wlmscpfs(ns, folder, "-cs1"),
        _RIS,
    ),
    "orthanc": Target(
        _orthanc,
        "as installed, with its worklist plugin: `Orthanc --verbose orthanc.json`",
        _ARCHIVE,
        peers.orthanc,
        _PACS,
    ),
    "orthanc-utf8": Target(
        _orthanc,
        'the same with `"DefaultEncoding": "Utf8"`',
        _ARCHIVE,
        lambda ns, folder: peers.orthanc(ns, folder, DefaultEncoding="Utf8"),
        _PACS,
    ),
    "strict-manager": Target(
        _dcmjs,
        "`node tests/support/dcmjs/scp.js`: the library moves messages, `mpps.js` beside it decides from PS3.4 F.7",
        ("mpps", "storage", "commitment"),
        peers.dcmjs,
    ),
    "lenient-manager": Target(
        _dcmjs,
        "`node tests/support/dcmjs/scp.js --mpps lenient`: whatever comes is answered 0000H",
        ("mpps",),
        lambda ns, folder: peers.dcmjs(ns, folder, "--mpps", "lenient"),
    ),
    "stub-worklist": Target(
        _pynetdicom,
        "`python -m pynetdicom qrscp -c qrscp.ini`; its worklist is a stub that finds nothing",
        ("worklist", "storage", "query"),
        peers.pynetdicom_qrscp,
    ),
}
