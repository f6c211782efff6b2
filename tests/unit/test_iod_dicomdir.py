"""What `scanproof check` says of a DICOMDIR: its offsets, its records and their keys, the files that they name."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import date
from pathlib import Path

import pytest
from pydicom import dcmread, dcmwrite
from pydicom.filebase import DicomBytesIO
from pydicom.uid import ImplicitVRLittleEndian

from scanproof.iod.command import Options, check_paths
from scanproof.iod.finding import IodLevel
from scansim.generate import Order, choose, generate


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("medium") / "exam"
    generate(Order(choose("ct", None, 3), seed=1, day=date(2026, 1, 2), dicomdir=True), folder)
    return folder


@pytest.fixture
def medium(tmp_path, made):
    return Path(shutil.copytree(made, tmp_path / "medium"))


def run(*paths, **options):
    out, notes = [], []
    code = check_paths([Path(path) for path in paths], Options(**options), out.append, notes.append)
    return code, "".join(out), notes


def said(medium, rule):
    """Whether the rule is told of, and is all that is wrong."""
    code, text, _ = run(medium, only=("directory-*",))
    assert {line.split()[1] for line in text.splitlines() if line.startswith(("ERROR", "WARNING", "INFO"))} == {rule}, (
        text
    )
    return code, text


def rewritten(medium, change):
    """Change the records; where that keeps their lengths the offsets stay right."""
    path = medium / "DICOMDIR"
    dataset = dcmread(path)
    change(dataset, dataset.DirectoryRecordSequence)
    buffer = DicomBytesIO()
    dcmwrite(buffer, dataset)
    path.write_bytes(buffer.getvalue())


def record(records, kind):
    return next(each for each in records if each.DirectoryRecordType == kind)


def replaced(medium, old, new):
    data = (medium / "DICOMDIR").read_bytes()
    assert old in data
    assert len(old) == len(new)
    (medium / "DICOMDIR").write_bytes(data.replace(old, new, 1))


def test_a_file_set_of_ours_is_right(medium):
    code, text, notes = run(medium, fail_on=IodLevel.WARNING)
    assert (code, notes) == (0, [])
    assert "directory-" not in text
    assert run(medium / "DICOMDIR", fail_on=IodLevel.WARNING)[0] == 0


def test_small_letters_of_a_file_system_are_no_fault(medium):
    for folder, folders, names in os.walk(medium, topdown=False):
        for name in (*folders, *names):
            if name != "DICOMDIR":
                (Path(folder) / name).rename(Path(folder) / name.lower())
    assert run(medium, only=("directory-*",))[:2] == (
        0,
        "4 files checked against edition 2026b, 4 without error or warning: no finding\n"
        + "left out: 1 finding: 1 of other rules than --only names\n",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity", 5),
        ("OffsetOfTheLastDirectoryRecordOfTheRootDirectoryEntity", 5),
        ("OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity", 0),
    ],
)
def test_offsets_of_the_root(medium, name, value):
    rewritten(medium, lambda dataset, _: setattr(dataset, name, value))
    assert said(medium, "directory-offsets")[0] == 1


def test_offsets_between_records(medium):
    def loop(dataset, records):
        first = dataset.OffsetOfTheFirstDirectoryRecordOfTheRootDirectoryEntity
        record(records, "SERIES").OffsetOfReferencedLowerLevelDirectoryEntity = first

    rewritten(medium, loop)
    code, text = said(medium, "directory-offsets")
    assert code == 1
    assert "to which another record leads already" in text


@pytest.mark.parametrize(
    ("kind", "key", "value"),
    [
        ("PATIENT", "PatientID", None),
        ("STUDY", "StudyDate", ""),
        ("SERIES", "SeriesNumber", ""),
        ("IMAGE", "InstanceNumber", ""),
    ],
)
def test_keys(medium, kind, key, value):
    def change(_, records):
        of_kind = record(records, kind)
        if value is None:
            del of_kind[key]
        else:
            setattr(of_kind, key, value)

    rewritten(medium, change)
    code, text, _ = run(medium, only=("directory-record",))
    assert code == 1
    assert f"{key}: a key of Type 1 of {kind} records, and {'absent' if value is None else 'empty'}" in text


def test_types_of_records(medium):
    replaced(medium, b"SERIES", b"STUDY ")
    code, text, _ = run(medium, only=("directory-record-type",))
    assert code == 1
    assert "STUDY below STUDY, where SERIES, PRIVATE may stand" in text


def test_a_type_that_is_not_known_is_a_warning(medium):
    replaced(medium, b"IMAGE ", b"HOLOGR")
    assert run(medium, only=("directory-record-type",))[0] == 0
    assert run(medium, only=("directory-record-type",), fail_on=IodLevel.WARNING)[0] == 1


def first_image(medium):
    return next(path for path in sorted(medium.rglob("*")) if path.is_file() and path.name != "DICOMDIR")


def test_a_file_that_is_gone(medium):
    first_image(medium).unlink()
    code, text = said(medium, "directory-file")
    assert code == 1
    assert "is not there" in text


def test_one_that_was_taken_from_its_file_set_is_told_once(medium, tmp_path):
    (tmp_path / "alone").mkdir()
    shutil.copy(medium / "DICOMDIR", tmp_path / "alone")
    code, text = said(tmp_path / "alone", "directory-file")
    assert code == 0
    assert "WARNING directory-file  once" in text
    assert "none of the 3 files that records name is there" in text


def test_a_file_of_a_record_that_is_not_in_use_may_be_gone(medium):
    def out_of_use(_, records):
        for each in records:
            if each.DirectoryRecordType == "IMAGE":
                each.RecordInUseFlag = 0

    rewritten(medium, out_of_use)
    first_image(medium).unlink()
    assert "is not there" not in run(medium, only=("directory-*",))[1]


@pytest.mark.parametrize(
    "name", ["ReferencedSOPInstanceUIDInFile", "ReferencedSOPClassUIDInFile", "ReferencedTransferSyntaxUIDInFile"]
)
def test_a_file_that_is_another_one(medium, name):
    def change(_, records):
        uid = getattr(record(records, "IMAGE"), name)
        setattr(record(records, "IMAGE"), name, uid[:-1] + ("1" if uid[-1] != "1" else "2"))

    rewritten(medium, change)
    code, text = said(medium, "directory-file")
    assert code == 1
    assert name in text


def test_a_file_that_is_no_dicom(medium):
    first_image(medium).write_bytes(b"x" * 500)
    assert "is no DICOM file" in said(medium, "directory-file")[1]


def test_two_records_of_one_file(medium):
    def change(_, records):
        images = [each for each in records if each.DirectoryRecordType == "IMAGE"]
        images[1].ReferencedFileID = images[0].ReferencedFileID

    rewritten(medium, change)
    text = run(medium, only=("directory-*",))[1]
    assert "a file is named by one record at most" in text
    assert "is named by no record" in text


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_names_of_files(medium):
    path = first_image(medium)
    path.rename(path.with_name(path.name.lower()))

    def change(_, records):
        image = record(records, "IMAGE")
        image.ReferencedFileID = [*image.ReferencedFileID[:-1], image.ReferencedFileID[-1].lower()]

    rewritten(medium, change)
    code, text = said(medium, "directory-file-id")
    assert code == 0
    assert "one to eight components" in text


@pytest.mark.filterwarnings("ignore:Invalid value for VR CS")
def test_no_file_outside_of_the_file_set_is_looked_at(medium):
    def change(_, records):
        image = record(records, "IMAGE")
        image.ReferencedFileID = ["..", "medium", "DICOMDIR"]

    rewritten(medium, change)
    assert "is not there" in run(medium / "DICOMDIR", only=("directory-file",))[1]


def test_files_that_no_record_names_are_a_note(medium):
    shutil.copy(first_image(medium), medium / "more.dcm")
    (medium / "README").write_text("hello")
    code, text = said(medium, "directory-unnamed")
    assert code == 0
    assert "1 DICOM file of the folder is named by no record, more.dcm" in text


def test_another_encoding(medium):
    dataset = dcmread(medium / "DICOMDIR")
    dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    dataset.save_as(medium / "DICOMDIR", implicit_vr=True, little_endian=True)
    assert said(medium, "directory-file-set")[0] == 1


def test_items_of_undefined_length_are_read(medium):
    def change(_, records):
        for each in records:
            each.is_undefined_length_sequence_item = True

    rewritten(medium, change)
    text = run(medium, only=("directory-*",))[1]
    assert "where no record begins" in text, "offsets are those of defined lengths"
    assert "directory-record" not in text.replace("directory-records", "")


@pytest.mark.parametrize("cut", [200, 700, 1500, -1])
def test_a_broken_one_is_no_crash(medium, cut):
    data = (medium / "DICOMDIR").read_bytes()
    (medium / "DICOMDIR").write_bytes(data[:cut])
    assert run(medium)[0] == 1


def test_in_an_archive(medium, tmp_path):
    def archive(name):
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as file:
            for path in sorted(medium.rglob("*")):
                if path.is_file():
                    file.write(path, f"disc/{path.relative_to(medium)}")
        return tmp_path / name

    assert run(archive("a.zip"), fail_on=IodLevel.WARNING)[0] == 0
    shutil.copy(first_image(medium), medium / "more.dcm")
    assert "is named by no record, more.dcm" in run(archive("b.zip"))[1]
    (medium / "more.dcm").unlink()
    first_image(medium).unlink()
    code, text, _ = run(archive("c.zip"))
    assert code == 1
    assert "is not there" in text
