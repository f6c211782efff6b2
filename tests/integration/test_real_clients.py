"""Clients that others wrote, at our target while it records: what is told of each is true, and nothing else is told.

All clients of one maker call one target, each with an AE title of its own, and the recording is judged once.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pydicom
import pytest

from scanproof.collected_clients import collect_recording
from scanproof.finding import Verdict
from scanproof.results import ScenarioResult
from tests.support import peers
from tests.support.command_line import command
from tests.support.netns import Namespace
from tests.support.others import package, require
from tests.support.processes import environment

pytestmark = [pytest.mark.peer, pytest.mark.long]

PORT = 11112
HOST = "127.0.0.1"
QUIET = (Verdict.PASS, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE, Verdict.NOT_DECLARED)
SYNTAXES = ("jpeg-lossless", "rle", "j2k", "deflated", "implicit", "big-endian")
#: Files with one fault each.
MUTANTS = (
    "type1-missing-pixel-spacing",
    "type2-missing-patient-sex",
    "enumerated-value-rotation-direction",
    "ds-comma",
)


@dataclass(frozen=True)
class Files:
    """Synthetic images, made once."""

    folder: Path

    def of(self, name: str, *options: str, made: str = "ct") -> Path:
        """A folder with two images."""
        folder = self.folder / name
        if not folder.is_dir():
            argv = command("generate", made, "--out", folder, "--instances", "2", "--seed", "3", *options)
            subprocess.run([*argv, "--date", "2026-01-02"], env=environment(), check=True, capture_output=True)
        return folder

    @cached_property
    def first(self) -> pydicom.Dataset:
        """The first image of the usual ones."""
        return pydicom.dcmread(self.images()[0], stop_before_pixels=True)

    def images(self, name: str = "ct") -> list[Path]:
        """The files of one of the folders."""
        return sorted(self.of(name).glob("*.dcm"))


@dataclass(frozen=True)
class Told:
    """What has to be told of a client: each deviation as VERDICT check attribute; and what it did, if that is said."""

    deviations: frozenset[str] = frozenset()
    did: str = ""


def told(*deviations: str, did: str = "") -> Told:
    return Told(frozenset(deviations), did)


@dataclass
class Target:
    """Our target in a namespace, recording; `run` starts a client there."""

    ns: Namespace
    folder: Path
    files: Files

    def run(self, *argv: str | Path, env: dict[str, str] | None = None, timeout: float = 60) -> str:
        """Run a client to its end; what it prints."""
        done = self.ns.run([*map(str, argv)], timeout=timeout, env=env, cwd=self.folder)
        return f"exit {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}"

    def results(self) -> dict[str, ScenarioResult]:
        """What is told of each client, by its AE title."""
        found = collect_recording(self.folder / "recorded")
        assert [note for note in found.notes if "failed itself" in note or "killed" in note] == []
        return {each.id.removeprefix("client:").partition("@")[0]: each for each in found.scenarios}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("images"))


Clients = Callable[[Target], None]


def recording(folder: Path, files: Files, clients: Clients, *options: str) -> dict[str, ScenarioResult]:
    """Let clients call our target, end it as a person does, and judge what it has recorded."""
    with Namespace(f"scanproof-{os.getpid()}-clients") as ns:
        argv = command("target", "--port", str(PORT), "--record", folder / "recorded", *options)
        with ns.start(argv, PORT, folder / "target.log", env=environment(), timeout=90) as process:
            clients(Target(ns, folder, files))
            process.popen.send_signal(signal.SIGINT)
            assert process.popen.wait(60) in (0, 1), process.log_text()[-2000:]
            assert (folder / "recorded" / "report.html").is_file() or list((folder / "recorded").rglob("results.json"))
    return Target(ns, folder, files).results()


def deviations(result: ScenarioResult) -> set[str]:
    return {
        f"{each.verdict} {each.check} {each.tag or ''}".strip()
        for each in result.findings
        if each.verdict not in QUIET and each.root is None
    }


def compare(found: dict[str, ScenarioResult], expected: dict[str, Told]) -> None:
    assert {title: deviations(result) for title, result in found.items()} == {
        title: {*each.deviations} for title, each in expected.items()
    }
    assert {title: found[title].title for title, each in expected.items() if each.did} == {
        title: each.did for title, each in expected.items() if each.did
    }
    for title, result in found.items():
        assert any(each.verdict is Verdict.PASS for each in result.findings), title
        assert {each.party for each in result.findings if each.verdict not in QUIET} <= {f"client {title}@{HOST}"}


# --- DCMTK ---

ABORT = "WARN client.no-abort"
CLOSED = "WARN association.closed-with-a-word"
IDENTITY = {"FAIL client.instances-agree SeriesTime", "FAIL client.instances-agree SeriesDescription"}


def dcmtk(target: Target) -> None:
    files = target.files
    usual = files.images()
    study = files.first.StudyInstanceUID

    def echo(title: str, *options: str) -> None:
        target.run(require("echoscu", "dcmtk"), "-aec", "REFERENCE", "-aet", title, *options, HOST, str(PORT))

    def store(title: str, *options: str, of: Sequence[Path] = usual) -> None:
        argv = ["-aec", "REFERENCE", "-aet", title, *options, HOST, str(PORT), *of]
        target.run(require("storescu", "dcmtk"), *argv)

    def ask(program: str, title: str, *options: str) -> None:
        argv = ["-aec", "REFERENCE", "-aet", title, *options, HOST, str(PORT)]
        target.run(require(program, "dcmtk"), *argv)

    def keys(*pairs: str) -> list[str]:
        return [word for pair in pairs for word in ("-k", pair)]

    echo("ECHO")
    echo("ECHO-MANY", "--repeat", "3", "--propose-ts", "38", "--propose-pc", "64")
    echo("ECHO-ABORT", "--abort")
    store("STORE")
    for option in ("-xe", "-xb", "-xi", "-xs", "-xy", "-xd", "-R"):
        store(f"STORE{option}", option)
    store("STORE-COMBINE", "-R", "+C")
    store("STORE-SMALL", "-pdu", "4096", "--max-send-pdu", "4096")
    store("STORE-ABORT", "--abort")
    store("STORE-USER", "-usr", "joe", "-pwd", "x")
    store("STORE-USER-RSP", "-usr", "joe", "-rsp")
    store("STORE-MPEG", "-xm")
    store("STORE-INVENTS", "+IR", "2")
    for syntax, option in zip(SYNTAXES, ("-xs", "-xr", "-xv", "-xd", "-xi", "-xb"), strict=True):
        store(f"FILES-{syntax[:8]}".upper(), option, of=[*files.of(syntax, "--transfer-syntax", syntax).glob("*.dcm")])
    for number, mutant in enumerate(MUTANTS):
        store(f"MUTANT{number}", "-xe", of=sorted(files.of(mutant, "--mutant", mutant).glob("*.dcm")))
    target.run(require("dcmsend", "dcmtk"), "-aet", "SEND", "-aec", "REFERENCE", "+sd", HOST, str(PORT), files.of("ct"))
    ask("findscu", "FIND-W", "-W", *keys("PatientName", "ScheduledProcedureStepSequence[0].Modality=CT"))
    two = ("ScheduledProcedureStepSequence[0].Modality=CT", "ScheduledProcedureStepSequence[1].Modality=MR")
    ask("findscu", "FIND-TWO", "-W", *keys(*two))
    level = "QueryRetrieveLevel=STUDY"
    ask("findscu", "FIND-P", "-P", *keys("QueryRetrieveLevel=PATIENT", "PatientID", "PatientName=S*"))
    ask("findscu", "FIND-S", "-S", *keys(level, "StudyInstanceUID", "StudyDate=20250101-", "PatientName=S*"))
    ask("findscu", "FIND-NO-PATIENT", "-P", *keys(level, "StudyInstanceUID"))
    ask("findscu", "FIND-NO-LEVEL", "-S", *keys("StudyInstanceUID", "PatientName=S*"))
    ask("findscu", "FIND-LOWER", "-S", *keys("QueryRetrieveLevel=study", "StudyInstanceUID"))
    ask("findscu", "FIND-DATE", "-S", *keys(level, "StudyInstanceUID", "StudyDate=02.01.2026"))
    ask("findscu", "FIND-UTF8", "-S", *keys(level, "StudyInstanceUID", "PatientName=M\u00fcller*"))
    ask("findscu", "FIND-CANCEL", "-S", "--cancel", "1", *keys(level, "StudyInstanceUID"))
    ask("findscu", "FIND-RETIRED", "-O", *keys(level, "PatientID=1", "StudyInstanceUID"))
    ask("getscu", "GET", "-od", str(target.folder), "-S", *keys(level, f"StudyInstanceUID={study}"))
    ask("getscu", "GET-NO-UID", "-od", str(target.folder), "-S", *keys(level))
    move = ("-aem", "MOVE", "+P", "11200", "-od", str(target.folder), "-S")
    ask("movescu", "MOVE", *move, *keys(level, f"StudyInstanceUID={study}"))
    ask("movescu", "MOVE-NOWHERE", "-aem", "NOBODY", "-S", *keys(level, f"StudyInstanceUID={study}"))


DCMTK = {
    "ECHO": told(did="1 association, 1 C-ECHO"),
    "ECHO-MANY": told(),
    "ECHO-ABORT": told(ABORT),
    "STORE": told(did="1 association, 2 C-STORE"),
    **{f"STORE{option}": told() for option in ("-xe", "-xb", "-xi", "-xs", "-xy", "-xd", "-R")},
    **{f"STORE-{name}": told() for name in ("COMBINE", "SMALL", "USER")},
    "STORE-ABORT": told(ABORT),
    "STORE-USER-RSP": told(CLOSED),
    # reports and presentation states as well are proposed in MPEG2 alone; the image that is none is not sent
    "STORE-MPEG": told(ABORT, "FAIL client.default-syntax"),
    "STORE-INVENTS": told(*IDENTITY),
    **{f"FILES-{syntax[:8]}".upper(): told() for syntax in SYNTAXES},
    "MUTANT0": told("FAIL client.iod PixelSpacing"),
    "MUTANT1": told("FAIL client.iod PatientSex"),
    "MUTANT2": told("FAIL client.iod RotationDirection"),
    "MUTANT3": told("FAIL client.iod SliceThickness"),
    "SEND": told(),
    **{f"FIND-{name}": told() for name in ("W", "P", "S", "CANCEL")},
    "FIND-TWO": told("FAIL client.query-keys ScheduledProcedureStepSequence"),
    "FIND-NO-PATIENT": told("FAIL client.query-level PatientID"),
    "FIND-NO-LEVEL": told("FAIL client.query-level QueryRetrieveLevel"),
    "FIND-LOWER": told("FAIL client.query-level QueryRetrieveLevel"),
    "FIND-DATE": told("FAIL client.query-keys StudyDate"),
    "FIND-UTF8": told("FAIL client.query-character-set PatientName"),
    "FIND-RETIRED": told(CLOSED),
    "GET": told(),
    "GET-NO-UID": told("FAIL client.retrieve-keys StudyInstanceUID"),
    "MOVE": told(),
    "MOVE-NOWHERE": told(),
}


@pytest.mark.whole
def test_clients_of_dcmtk(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, dcmtk, "--peer", f"MOVE={HOST}:11200"), DCMTK)


# --- pynetdicom ---


def pynetdicom(target: Target) -> None:
    package("sqlalchemy", "sqlalchemy")
    study = target.files.first.StudyInstanceUID

    def app(name: str, title: str, *options: str | Path) -> None:
        argv = [sys.executable, "-m", "pynetdicom", name, HOST, str(PORT), "-aec", "REFERENCE", "-aet", title]
        target.run(*argv, *options)

    app("echoscu", "ECHO")
    app("storescu", "STORE", target.files.of("ct"), "-r")
    app("storescu", "STORE-ONLY", target.files.of("ct"), "-r", "-cx")
    app("findscu", "FIND-W", "-W", "-k", "PatientName=*", "-k", "ScheduledProcedureStepSequence[0].Modality=CT")
    level = ("-k", "QueryRetrieveLevel=STUDY")
    app("findscu", "FIND-S", "-S", *level, "-k", "StudyInstanceUID=", "-k", "PatientName=*")
    app("findscu", "FIND-P", "-P", *level, "-k", "StudyInstanceUID=", "-k", "PatientName=*")
    app("getscu", "GET", "-S", *level, "-k", f"StudyInstanceUID={study}")
    store = ("--store", "--store-port", "11200", "--store-aet", "MOVE")
    app("movescu", "MOVE", "-aem", "MOVE", *store, "-S", *level, "-k", f"StudyInstanceUID={study}")


PYNETDICOM = {
    **{title: told() for title in ("ECHO", "STORE", "STORE-ONLY", "FIND-W", "FIND-S", "GET", "MOVE")},
    # a key of a level above has no place there (PS3.4 C.4.1.2.1), and the one that has to be there is missing
    "FIND-P": told("FAIL client.query-level PatientID", "FAIL client.query-level PatientName"),
}


@pytest.mark.whole
def test_clients_of_pynetdicom(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, pynetdicom, "--peer", f"MOVE={HOST}:11200"), PYNETDICOM)


# --- CTN, PixelMed ---


def ctn(target: Target) -> None:
    to = ("-c", "REFERENCE", "-a")
    for title, options in (("ECHO", ()), ("ECHO-BOTH", ("-m", "SCUSCP")), ("ECHO-DROPS", ("-d",))):
        target.run(require("dicom_echo", "ctn"), *to, title, *options, HOST, str(PORT))
    images = sorted(target.files.of("implicit", "--transfer-syntax", "implicit").glob("*.dcm"))
    target.run(require("send_image", "ctn"), *to, "SEND", HOST, str(PORT), *images)


#: It ends each data set with a fragment of a header alone (PS3.8 E.1), which is looked at in its bytes.
CTN = {
    "ECHO": told(),
    "ECHO-BOTH": told(),
    "ECHO-DROPS": told(CLOSED),
    "SEND": told("FAIL association.pdv-not-empty"),
}


def test_clients_of_ctn(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, ctn), CTN)


def pixelmed(target: Target) -> None:
    require(peers.PIXELMED, "libpixelmed-java")
    java = (require("java", "default-jre-headless"), "-cp", f"{peers.PIXELMED}:{peers.PIXELMED.parent}/*")
    to = (HOST, str(PORT), "REFERENCE")
    network = "com.pixelmed.network"
    target.run(*java, f"{network}.VerificationSOPClassSCU", *to, "ECHO", "0")
    target.run(*java, f"{network}.StorageSOPClassSCU", *to, "STORE", target.files.images()[0], "0")
    target.run(*java, f"{network}.FindSOPClassSCU", *to, "FIND")


@pytest.mark.whole
def test_clients_of_pixelmed(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, pixelmed), {title: told() for title in ("ECHO", "STORE", "FIND")})


# --- dcmjs-dimse ---


def dcmjs(target: Target) -> None:
    node, env = require("node", "nodejs"), {"NODE_PATH": str(peers.dcmjs_modules())}
    first = target.files.first

    def scu(title: str, *what: str | Path) -> None:
        target.run(node, peers.HERE / "dcmjs" / "scu.js", str(PORT), title, *what, env=env)

    scu("ECHO", "echo")
    scu("STORE", "store", *target.files.images())
    scu("FIND-W", "find-worklist")
    scu("FIND-S", "find-study")
    scu("GET", "get", first.StudyInstanceUID)
    scu("MPPS", "mpps")
    scu("COMMIT", "commit", first.SOPClassUID, first.SOPInstanceUID)


LACKING = (
    *("ScheduledStepAttributesSequence", "PerformedProcedureStepID", "PerformedStationAETitle"),
    *("PerformedProcedureStepStartDate", "PerformedProcedureStepStartTime", "PatientBirthDate", "PatientSex"),
    *("ReferencedPatientSequence", "PerformedStationName", "PerformedLocation", "PerformedProcedureStepDescription"),
    *("PerformedProcedureTypeDescription", "ProcedureCodeSequence", "PerformedProcedureStepEndDate"),
    *("PerformedProcedureStepEndTime", "StudyID", "PerformedProtocolCodeSequence", "PerformedSeriesSequence"),
)
#: A performed step of four attributes lacks all others that Table F.7.2-1 wants. The request for commitment is right,
#: and nobody can say of a client without a listener that a report did not reach it.
DCMJS = {
    **{title: told() for title in ("ECHO", "STORE", "FIND-W", "FIND-S", "GET", "COMMIT")},
    "MPPS": told(*(f"FAIL client.mpps-create {name}" for name in LACKING)),
}


@pytest.mark.whole
def test_clients_of_dcmjs(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, dcmjs), DCMJS)


# --- Orthanc ---


def asked(ns: Namespace, path: str, body: bytes | str | None = None) -> str:
    """What Orthanc's REST interface answers; it is reached from within the namespace alone."""
    program = (
        "import sys, urllib.request as u\n"
        "data = sys.stdin.buffer.read() or None\n"
        "try: print(u.urlopen(u.Request(sys.argv[1], data=data), timeout=40).read().decode())\n"
        "except u.HTTPError as error: print(error.code)\n"
    )
    url = f"http://{HOST}:{peers.ORTHANC_HTTP_PORT}{path}"
    data = body.encode() if isinstance(body, str) else body or b""
    argv = ns.command([sys.executable, "-c", program, url])
    done = subprocess.run(argv, input=data, capture_output=True, timeout=60, check=False)
    return done.stdout.decode()


def orthanc(target: Target) -> None:
    ns, files = target.ns, target.files
    modality = {"AET": "REFERENCE", "Host": HOST, "Port": PORT, "AllowStorageCommitment": True}
    with peers.orthanc(ns, target.folder / "orthanc", DicomModalities={"ours": modality}):
        ids = [json.loads(asked(ns, "/instances", file.read_bytes()))["ID"] for file in files.images()]
        ours = "/modalities/ours"
        assert asked(ns, f"{ours}/echo", "{}").strip() == "{}"
        stored = {"Resources": ids, "Synchronous": True, "StorageCommitment": True}
        assert '"FailedInstancesCount" : 0' in asked(ns, f"{ours}/store", json.dumps(stored))
        uid = files.first.StudyInstanceUID
        found = json.loads(
            asked(ns, f"{ours}/query", json.dumps({"Level": "Study", "Query": {"StudyDate": "20260101-"}}))
        )
        to = json.dumps({"TargetAet": "ORTHANC", "Synchronous": True})
        asked(ns, f"/queries/{found['ID']}/answers/0/retrieve", to)
        move = {"Level": "Study", "TargetAet": "ORTHANC", "Resources": [{"StudyInstanceUID": uid}]}
        asked(ns, f"{ours}/move", json.dumps({**move, "Synchronous": True}))
        asked(ns, f"{ours}/find-worklist", json.dumps({"PatientName": "*"}))
        asked(ns, f"{ours}/query", json.dumps({"Level": "Series", "Query": {"StudyInstanceUID": uid}}))
        stored_all = '"Success"'
        until = time.monotonic() + 20
        while stored_all not in asked(ns, "/jobs?expand") and time.monotonic() < until:
            time.sleep(0.1)


#: At SERIES level it asks for keys of the study as well, all without a value (PS3.4 C.4.1.2.1).
ORTHANC = {
    "ORTHANC": told("WARN client.query-level AccessionNumber"),
}


@pytest.mark.whole
def test_orthanc_as_a_client(tmp_path: Path, files: Files) -> None:
    compare(recording(tmp_path, files, orthanc, "--peer", f"ORTHANC={HOST}:4242"), ORTHANC)


# --- our own scanner ---


def scanner(target: Target) -> None:
    argv = ["run", "ct-routine", "mr-routine", "--target", f"REFERENCE@{HOST}:{PORT}", "--out", target.folder / "out"]
    done = target.run(*command(*argv), env=environment())
    assert done.startswith("exit 0"), done


def test_our_own_scanner_has_no_fault(tmp_path: Path, files: Files) -> None:
    """Exams from worklist to commitment: what is right of the target is right of the client as well."""
    found = recording(tmp_path, files, scanner, "--peer", f"SCANPROOF={HOST}:11113")
    compare(found, {"SCANPROOF": told()})
    met = {each.check for each in found["SCANPROOF"].findings if each.verdict is Verdict.PASS}
    assert {"client.iod", "client.mpps-create", "client.mpps-end", "client.commitment-request"} <= met


# --- who speaks no DICOM ---

SAYS = (
    "import socket, sys\n"
    "for line in sys.argv[2:]:\n"
    "    with socket.create_connection(('127.0.0.1', int(sys.argv[1])), 5) as peer:\n"
    "        peer.sendall(bytes.fromhex(line)); peer.shutdown(socket.SHUT_WR); peer.settimeout(5)\n"
    "        try:\n"
    "            while peer.recv(4096): pass\n"
    "        except OSError: pass\n"
)
STRANGE = {
    "http": b"GET / HTTP/1.1\r\nHost: target\r\n\r\n",
    "tls": bytes.fromhex("16030100c8010000c40303") + bytes(190),
    "ssh": b"SSH-2.0-OpenSSH_9.2\r\n",
    "half": bytes.fromhex("0100000000cd0001"),
    "endless": bytes.fromhex("0100ffffffff0001"),
    "nothing": b"",
}


def strangers(target: Target) -> None:
    target.run(sys.executable, "-c", SAYS, str(PORT), *(each.hex() for each in STRANGE.values()))
    target.run(require("echoscu", "dcmtk"), "-aec", "REFERENCE", "-aet", "ECHO", HOST, str(PORT))


def test_who_speaks_no_dicom_hides_nobody_who_does(tmp_path: Path, files: Files) -> None:
    found = recording(tmp_path, files, strangers)
    assert deviations(found["ECHO"]) == set()
    (title,) = {*found} - {"ECHO"}
    assert title == "(no A-ASSOCIATE-RQ)"
    assert "6 connections" in found[title].title
    # nothing that stands on DIMSE is said of what was none
    assert {each for each in deviations(found[title]) if "dimse." in each or "client.iod" in each} == set()
