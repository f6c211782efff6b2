"""Files of the user's own: looked at before anything is sent, told with file and line where they cannot be sent."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydicom.filereader import dcmread
from pydicom.uid import MediaStorageDirectoryStorage

from scanproof.plan import planned
from scansim.exam import own_files
from scansim.exam.cases import exams
from scansim.exam.scenario import Scenario
from scansim.exam.scenario_files import load_scenario
from scansim.exam.selection import Selection, select
from scansim.inputs import InputError
from scansim.site import load_site
from tests.support.command_line import main

SCENARIO = """\
id: mine
title: Files of our own
modality: CT
procedure: {code: C, meaning: M, protocol_code: P, protocol_meaning: PM}
cases:
  - id: own
    title: Own files
    steps:
      - store: {files: files}
"""
WHY = "it sends 2 own files of 1 patient: --own-files, or own_files: true in the site file"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two CT images of one patient."""
    folder = tmp_path_factory.mktemp("made") / "files"
    done = main("generate", "ct", "--protocol", "ct-small", "--instances", 2, "--seed", 1, "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def files(made: Path, tmp_path: Path) -> Path:
    """The same beside a scenario."""
    (tmp_path / "mine.yaml").write_text(SCENARIO)
    folder = tmp_path / "files"
    folder.mkdir()
    for path in made.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    own_files.read_folder.cache_clear()
    return folder


def loaded(files: Path) -> Scenario:
    return load_scenario(files.parent / "mine.yaml")


def refused(files: Path) -> str:
    with pytest.raises(InputError, match=re.escape(f"{files.parent / 'mine.yaml'}:9: files: ")) as caught:
        loaded(files)
    return str(caught.value).partition("files: ")[2]


def test_a_file_is_what_it_says(files: Path) -> None:
    for one in own_files.read_folder(files):
        ds = dcmread(one.path)
        assert one.sop_instance_uid == ds.SOPInstanceUID
        assert (one.study_instance_uid, one.series_instance_uid) == (ds.StudyInstanceUID, ds.SeriesInstanceUID)
        assert one.whose == (ds.PatientID, str(ds.PatientName))
        assert one.head() + b"".join(one.chunks()) == one.path.read_bytes()[one.data :]
        assert b"".join(one.chunks()) == ds.PixelData


@pytest.mark.parametrize("syntax", ["implicit", "big-endian", "deflated", "rle"])
def test_a_file_in_another_transfer_syntax(tmp_path: Path, syntax: str) -> None:
    folder = tmp_path / "files"
    argv = ("--protocol", "ct-small", "--instances", 1, "--transfer-syntax", syntax, "--out", folder)
    assert main("generate", "ct", *argv).returncode == 0
    (one,) = own_files.read_folder(folder)
    ds = dcmread(one.path)
    assert one.study_instance_uid == ds.StudyInstanceUID
    assert b"".join(one.chunks()).startswith(b"" if syntax == "deflated" else ds.PixelData)


def test_a_dicomdir_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    argv = ("--protocol", "ct-small", "--instances", 2, "--dicomdir", "--out", folder)
    assert main("generate", "ct", *argv).returncode == 0
    assert (folder / "DICOMDIR").is_file()
    assert len(own_files.read_folder(folder)) == 2


def test_no_folder(files: Path) -> None:
    for path in files.iterdir():
        path.unlink()
    assert refused(files) == f"{files} has no file"
    files.rmdir()
    assert refused(files) == f"{files} is no folder"
    files.write_text("a file")
    assert refused(files) == f"{files} is no folder"


def test_a_dicomdir_alone_is_no_file_to_send(files: Path) -> None:
    one, other = sorted(files.iterdir())
    other.unlink()
    ds = dcmread(one)
    ds.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    ds.save_as(one, enforce_file_format=False)
    assert refused(files) == f"{files} has no file, but a DICOMDIR, which is not sent"


def test_what_is_no_dicom_file(files: Path) -> None:
    (files / "a.txt").write_text("hello")
    (files / "b.dcm").write_bytes(bytes(500))
    (files / "c.dcm").write_bytes(b"")
    (files / ".hidden").write_text("not looked at")
    why = "no DICOM file: no DICM after a preamble"
    assert refused(files) == f"a.txt: {why}; b.dcm: {why}; c.dcm: an empty file"


def test_of_many_the_first_are_named(files: Path) -> None:
    for number in range(9):
        (files / f"{number}.txt").write_text("hello")
    assert refused(files).endswith("; and 4 more")


def test_a_file_without_its_meta_information(files: Path) -> None:
    first = min(files.iterdir())
    data = first.read_bytes()
    (one, _) = own_files.read_folder(files)
    first.write_bytes(data[:132] + data[one.data :])
    own_files.read_folder.cache_clear()
    assert "its File Meta Information has no MediaStorageSOPClassUID" in refused(files)


def test_a_file_that_cannot_be_read(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = min(files.iterdir())
    opened = Path.open

    def refusing(self: Path, *args: str, **more: object) -> object:
        if self == first:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **more)

    monkeypatch.setattr(Path, "open", refusing)
    assert refused(files) == f"{first.name}: Permission denied"


@pytest.mark.parametrize(
    "more", ["again: true", "mutant: da-dashes", "syntax: rle", "set: {PatientID: X}", "sop_class: private"]
)
def test_files_are_sent_as_they_are(files: Path, more: str) -> None:
    path = files.parent / "mine.yaml"
    path.write_text(SCENARIO.replace("files: files", f"files: files, {more}"))
    with pytest.raises(InputError, match="files are sent as they are"):
        load_scenario(path)


# --- consent ----------------------------------------------------------------------------------------------------------


def test_they_are_sent_where_that_is_allowed_alone(files: Path) -> None:
    every = exams([loaded(files)])
    run, others = select(every, Selection(odd=True, heavy=True), None, places_orders=True)
    assert (run, [each.reason for each in others]) == ([], [WHY])
    run, others = select(every, Selection(own_files=True), None, places_orders=True)
    assert ([exam.label for exam in run], others) == (["mine/own"], [])
    run, _ = select(every, Selection(("mine/own",)), None, places_orders=True)
    assert run == [], "to name a case is no permission"


def test_the_plan_says_whose_they_are(files: Path) -> None:
    scenario = loaded(files)
    run, others = select(exams([scenario]), Selection(own_files=True), None, places_orders=True)
    text = planned([scenario], run, others, places_orders=True)
    assert "mine/own  Own files (sends 2 own files of 1 patient; leaves 1 set of own files)" in text
    run, others = select(exams([scenario]), Selection(), None, places_orders=True)
    assert f"  not run: {WHY}\n" in planned([scenario], run, others, places_orders=True)


def test_a_site_file_may_allow_it(tmp_path: Path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("services: {storage: {ae: PACS, host: 127.0.0.1, port: 104}}\nown_files: true\n")
    assert load_site(path).own_files
    path.write_text("services: {storage: {ae: PACS, host: 127.0.0.1, port: 104}}\n")
    assert not load_site(path).own_files
