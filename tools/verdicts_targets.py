"""The targets of docs/verdicts.md: which product each is, how it is started, what its site file says, what is run."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import scanproof
from scanproof.results import Results
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import builtin_scenarios, load_scenario
from scansim.vocabulary.services import SERVICES
from tests.support import peers
from tests.support.command_line import command
from tests.support.netns import Namespace
from tests.support.others import require
from tests.support.peers import Peer, Server
from tests.support.processes import environment

#: Who the patients are and which day it is; UIDs are new each time, and the page has none.
REPEATABLE = ("--seed", "1", "--date", "2026-01-02")
#: On this machine a target answers at once, or never.
PATIENCE = tuple(f"--timeout={what}" for what in ("associate=3", "response=6", "settle=1", "commitment=5"))
TIMEOUT_S = 600

#: What is large by itself, or each query of the other cases would have to do with it as well.
MANY = ("--only", "worklist-battery/many", "--heavy", "worklist-battery")
#: Whole exams, run together: which services they are for, any of them.
EXAMS: Mapping[tuple[str, ...], tuple[str, ...]] = {
    ("ct-routine", "mr-routine"): ("storage",),
    ("names",): ("worklist", "storage"),
}


@cache
def tables() -> Mapping[tuple[str, ...], tuple[str, ...]]:
    """What is run of a target, and for which services, any of them: each battery that there is, and exams.

    One that is for whoever takes associations names none.
    """
    loaded = [load_scenario(path) for name, path in builtin_scenarios().items() if name.endswith("-battery")]
    return {**{(battery.id,): _addressed(battery) for battery in loaded}, **EXAMS}


def _addressed(battery: Scenario) -> tuple[str, ...]:
    return tuple(name for name in battery.proven_services if SERVICES[name].addressed)


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
    only : sequence of str
        Batteries and exams that are run; all that it serves when left out.
    more : sequence of sequence of str
        More command lines.
    moment : sequence of str
        Cases of which it says now this and now that, and which stand on no page.
    """

    product: Callable[[], str]
    started: str
    services: Sequence[str] = ()
    start: Start | None = None
    site: str = ""
    only: Sequence[str] = ()
    more: Sequence[Sequence[str]] = ()
    moment: Sequence[str] = ()

    def runs(self) -> Sequence[Sequence[str]]:
        """The command lines, each for the target started anew: what one leaves behind is nothing of the next one."""
        lines = [names for names, services in tables().items() if self.serves(*services) and self.runs_all(names)]
        return [*lines, *self.more]

    def serves(self, *services: str) -> bool:
        """Whether it serves one of these, or they are none; the embedded target serves all."""
        return self.start is None or not services or not set(self.services).isdisjoint(services)

    def runs_all(self, names: Sequence[str]) -> bool:
        """Whether these are among what is run of it."""
        return not self.only or set(names) <= {*self.only}

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
            argv = ["run", *options, *REPEATABLE, *PATIENCE, "--out", out]
            if self.start is None:
                line = command(*argv)
                done = subprocess.run(
                    line, env=environment(), capture_output=True, text=True, timeout=TIMEOUT_S, check=False
                )
            else:
                with Namespace(_namespace()) as ns, self.start(ns, folder) as server:
                    site = folder / "site.yaml"
                    site.write_text(self.site_file(server))
                    peer = Peer(ns, folder, site, (server,))
                    done = peer.scanproof(*argv, "--site", site, timeout=TIMEOUT_S)
            if not (out / "results.json").is_file():
                raise RuntimeError(f"no results of {self.product()}:\n{done.stdout[-2000:]}{done.stderr[-4000:]}")
            return Results.model_validate_json((out / "results.json").read_bytes())


def _namespace() -> str:
    """A name for this thread; not that of the tests, whose namespace may be there in the same process."""
    return f"scanproof-{os.getpid()}-verdicts-{threading.get_ident() % 10000}"


def _said(program: str, package: str, pattern: str) -> str:
    """What a program says of its own version."""
    argv = [require(program, package), "--version"]
    said = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout
    found = re.search(pattern, said)
    if found is None:
        raise RuntimeError(f"{program} --version says no version: {said[:200]}")
    return found[1]


def _orthanc() -> str:
    return f"Orthanc {_said('Orthanc', 'orthanc', r'Orthanc ([0-9.]+)')}"


def _dcmjs() -> str:
    packages = json.loads((peers.HERE / "dcmjs" / "package-lock.json").read_bytes())["packages"]
    return f"dcmjs-dimse {packages['node_modules/dcmjs-dimse']['version']}"


def _pynetdicom() -> str:
    return f"pynetdicom {version('pynetdicom')}"


def _dcmtk(program: str) -> Callable[[], str]:
    return lambda: f"DCMTK {program} {_said(program, 'dcmtk', r' v([0-9.]+)')}"


def _debian(package: str, product: str, of: str | Path) -> Callable[[], str]:
    """What Debian calls the version of a program that does not say it."""

    def asked() -> str:
        require(of, package)
        argv = [require("dpkg-query", "dpkg"), "-W", "-f", "${Version}", package]
        return f"{product} {subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout}"

    return asked


_ARCHIVE = ("worklist", "storage", "commitment", "query", "retrieve")
_STORES = ("storage",)
_STORES_AND_FINDS = ("storage", "query", "retrieve")
#: What differs between settings of one product; its associations do not.
_OF_WORKLISTS = ("worklist-battery", "names")
_RIS = "orders: {folder: worklist/RIS/}"
_PACS = "orders: {folder: worklist/}"

#: pynetdicom has ten places, and those of associations that hang in it are given back after seconds: whether one is
#: free for the cases behind is the moment's affair.
_TEN_PLACES = tuple(
    f"association-battery/{table}"
    for table in (
        "other-version",
        "other-application-context",
        "reserved-bytes",
        "user-information",
        "version-name",
        "no-items",
        "malformed",
        "unexpected-before",
    )
)


TARGETS: dict[str, Target] = {
    "reference": Target(
        lambda: f"scanproof {scanproof.__version__}, its reference target",
        "embedded: no --target, no --site",
        more=[MANY],
    ),
    "wlmscpfs": Target(
        _dcmtk("wlmscpfs"),
        "as installed: `wlmscpfs -v -dfp worklist 11112`",
        ("worklist",),
        peers.wlmscpfs,
        _RIS,
        more=[MANY],
    ),
    "wlmscpfs-csk": Target(
        _dcmtk("wlmscpfs"),
        "keeping the character set of each file: `wlmscpfs -v -csk -dfp worklist 11112`",
        ("worklist",),
        lambda ns, folder: peers.wlmscpfs(ns, folder, "-csk"),
        _RIS,
        _OF_WORKLISTS,
    ),
    "wlmscpfs-cs1": Target(
        _dcmtk("wlmscpfs"),
        "saying ISO_IR 100 of whatever is in a file: `wlmscpfs -v -cs1 -dfp worklist 11112`",
        ("worklist",),
        lambda ns, folder: peers.wlmscpfs(ns, folder, "-cs1"),
        _RIS,
        _OF_WORKLISTS,
    ),
    "orthanc": Target(
        _orthanc,
        "as installed, with its worklist plugin: `Orthanc --verbose orthanc.json`",
        _ARCHIVE,
        peers.orthanc,
        _PACS,
        more=[MANY],
    ),
    "orthanc-utf8": Target(
        _orthanc,
        'the same with `"DefaultEncoding": "Utf8"`',
        _ARCHIVE,
        lambda ns, folder: peers.orthanc(ns, folder, DefaultEncoding="Utf8"),
        _PACS,
        ("worklist-battery", "query-battery", "names"),
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
        only=("mpps-battery",),
    ),
    "stub-worklist": Target(
        _pynetdicom,
        "`python -m pynetdicom qrscp -c qrscp.ini`; its worklist is a stub that finds nothing",
        ("worklist", "storage", "query"),
        peers.pynetdicom_qrscp,
        only=("worklist-battery", "names"),
    ),
    "qrscp": Target(
        _pynetdicom,
        "the same, as the archive that it is: sqlite, a fresh database for each battery, `acse_timeout: 5`",
        _STORES_AND_FINDS,
        peers.pynetdicom_qrscp,
        moment=_TEN_PLACES,
    ),
    "dcmqrscp": Target(
        _dcmtk("dcmqrscp"),
        "`dcmqrscp -v -c dcmqrscp.cfg 11115`, 200 studies of up to 1024 MB",
        _STORES_AND_FINDS,
        peers.dcmqrscp,
        moment=("storage-battery/parallel",),
    ),
    "dcmqrscp-quota": Target(
        _dcmtk("dcmqrscp"),
        "the same with room for 3 studies of up to 1 MB",
        _STORES_AND_FINDS,
        lambda ns, folder: peers.dcmqrscp(ns, folder, quota="3, 1mb"),
        # in storage-battery it would be full in every third case; what query-battery still finds is the moment's
        # affair: the oldest goes, and of several that came in one second any one
        only=("ct-routine", "mr-routine", "names", "retrieve-battery"),
        more=[("--only", "storage-battery/plain", "--only", "storage-battery/frames", "storage-battery")],
    ),
    "storescp": Target(
        _dcmtk("storescp"),
        "as installed: `storescp -v -od received -aet STORESCP 11116`, one association after the other",
        _STORES,
        lambda ns, folder: peers.storescp(ns, folder, fork=False),
    ),
    "storescp-fork": Target(
        _dcmtk("storescp"),
        "the same with `--fork`: a process per association",
        _STORES,
        peers.storescp,
        only=("storage-battery", "association-battery"),
    ),
    "storescp-xa": Target(
        _dcmtk("storescp"),
        "the same with `--fork +xa`: all transfer syntaxes that it knows",
        _STORES,
        lambda ns, folder: peers.storescp(ns, folder, "+xa"),
        only=("storage-battery",),
    ),
    "dcmrecv": Target(
        _dcmtk("dcmrecv"),
        "`dcmrecv -v -xf /etc/dcmtk/storescp.cfg Default -od received -aet DCMRECV 11119`",
        _STORES,
        peers.dcmrecv,
    ),
    "pynetdicom-storescp": Target(
        _pynetdicom,
        "`python -m pynetdicom storescp -v -ta 5 -ba 127.0.0.1 -aet PYNETDICOM -od received 11117`",
        _STORES,
        peers.pynetdicom_storescp,
        moment=_TEN_PLACES,
    ),
    "ctn": Target(
        _debian("ctn", "CTN simple_storage", "simple_storage"),
        "`simple_storage -f -p -x received -c CTN 11121`: a process per association",
        _STORES,
        peers.simple_storage,
    ),
    "pixelmed": Target(
        _debian("libpixelmed-java", "PixelMed StorageSOPClassSCPDispatcher", peers.PIXELMED),
        "`java -cp pixelmed.jar com.pixelmed.network.StorageSOPClassSCPDispatcher 11122 PIXELMED received`",
        _STORES,
        peers.pixelmed,
    ),
}
