"""DCMTK's clients against the reference target: an implementation that shares no code with it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from scansim.identity.ids import Identity
from scansim.identity.orders import PROCEDURES, order
from scansim.reference import ReferenceConfig, RunningTarget, start
from tests.support.netns import Namespace
from tests.support.others import require
from tests.support.processes import environment

pytestmark = pytest.mark.peer

CT = "1.2.840.10008.5.1.4.1.1.2"
IDENTITY = Identity(1, date(2026, 1, 2), "dcmtk")
PORT, RECEIVER = 11112, 11113  # in a network namespace of their own


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningTarget]:
    with start(ReferenceConfig(folder=tmp_path_factory.mktemp("reference"))) as running:
        for number, modality in enumerate(("CT", "MR")):
            running.add_order(
                order(
                    IDENTITY,
                    modality=modality,
                    station_ae="SCANPROOF",
                    start=datetime(2026, 1, 2 + number, 9, 30),
                    procedure=PROCEDURES[modality],
                    key=modality,
                )
            )
        yield running


def dcmtk(running: RunningTarget, tool: str, *arguments: str | Path) -> str:
    """Run a client and return what it prints, in English whatever the locale; it must succeed."""
    command = [require(tool, "dcmtk"), "-v", "-aet", "SCANPROOF", "-aec", running.ae]
    command += [running.host, str(running.port), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return output


def write(folder: Path, number: int = 1) -> Path:
    """A small CT instance."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID = CT, IDENTITY.uid("instance", number)
    ds.StudyInstanceUID, ds.SeriesInstanceUID = IDENTITY.uid("study"), IDENTITY.uid("series")
    ds.PatientName, ds.PatientID, ds.AccessionNumber = "Synthetic-Doe^Jane", "SYN-1", "A1"
    ds.StudyDate, ds.StudyTime, ds.StudyID, ds.Modality = "20260102", "093000", "1", "CT"
    ds.SeriesNumber, ds.InstanceNumber = 1, number
    ds.Rows = ds.Columns = 32
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PixelRepresentation = 1, "MONOCHROME2", 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    ds.PixelData = bytes(2048)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    path = folder / f"{number}.dcm"
    ds.save_as(path, enforce_file_format=True)
    return path


def test_echoscu(running: RunningTarget) -> None:
    assert "Received Echo Response (Success)" in dcmtk(running, "echoscu")


def test_echoscu_with_another_called_title(running: RunningTarget) -> None:
    command = [require("echoscu", "dcmtk"), "-aec", "NOBODY", running.host, str(running.port)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert done.returncode != 0
    assert "Called AE Title Not Recognized" in done.stdout + done.stderr


def found(folder: Path) -> list[Dataset]:
    """What findscu wrote with ``-X``."""
    return [dcmread(path) for path in sorted(folder.glob("rsp*.dcm"))]


STEP = "ScheduledProcedureStepSequence[0]"


@pytest.mark.parametrize(
    ("keys", "modalities"),
    [
        ([], ["CT", "MR"]),
        ([f"{STEP}.Modality=CT"], ["CT"]),
        ([f"{STEP}.ScheduledProcedureStepStartDate=20260103-"], ["MR"]),
        ([f"{STEP}.ScheduledProcedureStepStartDate=-20260102"], ["CT"]),
        ([f"{STEP}.ScheduledStationAETitle=OTHER"], []),
        (["PatientName=synthetic*"], ["CT", "MR"]),
        (["PatientID=NOBODY"], []),
    ],
)
def test_findscu_worklist(running: RunningTarget, tmp_path: Path, keys: list[str], modalities: list[str]) -> None:
    asked = ["PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID", "ReferencedStudySequence"]
    asked += [f"{STEP}.{name}" for name in ("Modality", "ScheduledStationAETitle", "ScheduledProcedureStepStartDate")]
    options = [part for key in [*asked, *keys] for part in ("-k", key)]
    output = dcmtk(running, "findscu", "-W", "-X", "-od", tmp_path, *options)
    assert "Received Final Find Response (Success)" in output
    assert "W:" not in output, "DCMTK has nothing to complain about"
    items = found(tmp_path)
    assert [item.ScheduledProcedureStepSequence[0].Modality for item in items] == modalities
    for item in items:
        made = order(
            IDENTITY,
            modality=item.ScheduledProcedureStepSequence[0].Modality,
            station_ae="SCANPROOF",
            start=datetime(2026, 1, 2),
            procedure=PROCEDURES["CT"],
            key=item.ScheduledProcedureStepSequence[0].Modality,
        )
        assert (item.PatientName, item.AccessionNumber) == (made.PatientName, made.AccessionNumber)
        assert (item.StudyInstanceUID, list(item.ReferencedStudySequence)) == (made.StudyInstanceUID, [])


def test_storescu_findscu_getscu(running: RunningTarget, tmp_path: Path) -> None:
    files = [write(tmp_path, number) for number in (1, 2, 3)]
    output = dcmtk(running, "storescu", *files)
    assert output.count("Received Store Response (Success)") == 3

    answers = tmp_path / "answers"
    answers.mkdir()
    keys = ("QueryRetrieveLevel=STUDY", "PatientName=SYNTHETIC*", "StudyInstanceUID", "NumberOfStudyRelatedInstances")
    options = [part for key in (*keys, "ModalitiesInStudy") for part in ("-k", key)]
    output = dcmtk(running, "findscu", "-S", "-X", "-od", answers, *options)
    assert "Received Final Find Response (Success)" in output
    (study,) = found(answers)
    assert (study.StudyInstanceUID, study.PatientName) == (IDENTITY.uid("study"), "Synthetic-Doe^Jane")
    assert (study.NumberOfStudyRelatedInstances, study.ModalitiesInStudy) == (3, "CT")
    assert study.RetrieveAETitle == running.ae

    got = tmp_path / "got"
    got.mkdir()
    wanted = ("-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={IDENTITY.uid('study')}")
    output = dcmtk(running, "getscu", "-S", "-od", got, *wanted)
    assert "Received C-GET Response (Success)" in output
    assert "Number of Completed Suboperations : 3" in output
    sent = {ds.SOPInstanceUID: ds for ds in map(dcmread, files)}
    received = {ds.SOPInstanceUID: ds for ds in map(dcmread, got.iterdir())}
    assert received == sent


@pytest.mark.long
def test_movescu(namespace: Namespace, tmp_path: Path) -> None:
    """In a network namespace: the receiving port of movescu is open on every address."""
    for tool in ("storescu", "movescu"):
        require(tool, "dcmtk")
    target = [sys.executable, "-m", "scansim.reference", "--port", str(PORT), "--folder", tmp_path / "reference"]
    peer = ["--peer", f"MOVER=127.0.0.1:{RECEIVER}"]
    got = tmp_path / "got"
    got.mkdir()
    file = write(tmp_path)
    called = ("-aec", "REFERENCE", "127.0.0.1", str(PORT))
    with namespace.start([*target, *peer], PORT, tmp_path / "log", env=environment()):
        namespace.run(["storescu", "-v", *called, file], check=True)
        move = ["movescu", "-v", "-S", "-aet", "MOVER", "-aem", "MOVER", "+P", str(RECEIVER), *called, "-od", got]
        keys = ["-k", "QueryRetrieveLevel=STUDY", "-k", f"StudyInstanceUID={IDENTITY.uid('study')}"]
        done = namespace.run([*move, *keys], check=True)
        assert "Received Final Move Response (Success)" in done.stdout + done.stderr
        nowhere = namespace.run([*(part if part != "MOVER" else "NOBODY" for part in move), *keys])
        assert "MoveDestinationUnknown" in nowhere.stdout + nowhere.stderr
    (received,) = map(dcmread, got.iterdir())
    assert received == dcmread(file)
