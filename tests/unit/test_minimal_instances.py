"""Minimal instances: made from the tables, and valid by our checker and dciodvfy in whatever holds them."""

from __future__ import annotations

import re
import subprocess
import zipfile

import pytest

from scanproof.iod import Checker
from scansim.images import minimal
from scansim.vocabulary.syntaxes import SYNTAXES
from scansim.vocabulary.uids import uid_name
from tests.support.minimal_files import exam, file_of, made
from tests.support.others import dicom3tools
from tests.support.sample import sample
from tools import minimal_instances

CLASSES = sorted(minimal.sop_classes())
CT, RT_PLAN, SINGLE_BIT = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.481.5", "1.2.840.10008.5.1.4.1.1.7.1"
HANGING_PROTOCOL, PDF = "1.2.840.10008.5.1.4.38.1", "1.2.840.10008.5.1.4.1.1.104.1"

#: What dciodvfy says is wrong and is right, by SOP Class: the text of the error, and what the standard says.
_CONCATENATION = {
    r"(ConcatenationFrameOffsetNumber|InConcatenation(Total)?Number)": (
        "PS3.3 C.8.17.7 and C.8.17.16 enumerate 1 to prevent concatenations; C.7.6.16 names both as exceptions"
    )
}
WRONG = {
    "1.2.840.10008.5.1.4.1.1.77.1.5.4": _CONCATENATION,
    "1.2.840.10008.5.1.4.1.1.77.1.5.8": _CONCATENATION,
}
#: It has no IOD of the SOP Class: a third of them, the newest ones.
UNKNOWN = "Information Object Not found"


@pytest.fixture(scope="module")
def checker():
    return Checker()


def kind(sop_class):
    """One of each kind is in the sample: images, documents, and what is of no patient."""
    content = minimal.content(sop_class)
    return "PixelData" in content, "ContentSequence" in content, "PatientID" in content


@pytest.mark.long
def test_the_tool_makes_the_archive_anew():
    with zipfile.ZipFile(minimal_instances.TARGET) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    assert kept == minimal_instances.build()


@pytest.mark.parametrize("sop_class", sample(CLASSES, every=20, kind=kind), ids=uid_name)
def test_our_checker_finds_no_error(sop_class, checker):
    for name, syntax in SYNTAXES.items():
        if not minimal.obstacle(sop_class, syntax.uid):
            errors = checker.check(file_of(made(sop_class), name)).errors
            assert [f"{name}: {each.rule} {each.tag} {each.message}" for each in errors] == []


@pytest.mark.peer
@pytest.mark.parametrize("sop_class", sample(CLASSES, every=20, kind=kind), ids=uid_name)
def test_dciodvfy_finds_no_error(sop_class, tmp_path):
    path = tmp_path / "minimal.dcm"
    path.write_bytes(file_of(made(sop_class)))
    done = subprocess.run([dicom3tools("dciodvfy"), "-new", path], capture_output=True, timeout=20)
    lines = [line for line in (done.stderr + done.stdout).decode("latin-1").splitlines() if line.startswith("Error")]
    explained = [UNKNOWN, *WRONG.get(sop_class, {})]
    assert [line for line in lines if not any(re.search(pattern, line) for pattern in explained)] == []


@pytest.mark.whole
@pytest.mark.peer
def test_what_dciodvfy_gets_wrong_it_still_gets_wrong(tmp_path):
    path = tmp_path / "minimal.dcm"
    for sop_class, patterns in WRONG.items():
        path.write_bytes(file_of(made(sop_class)))
        done = subprocess.run([dicom3tools("dciodvfy"), "-new", path], capture_output=True, timeout=20)
        said = (done.stderr + done.stdout).decode("latin-1")
        assert all(re.search(f"Error.*{pattern}", said) for pattern in patterns), f"{sop_class}: take the label away"


def test_identity_is_of_the_exam():
    ds = made(CT).dataset()
    assert (ds.PatientID, ds.StudyInstanceUID) == (exam().PatientID, exam().StudyInstanceUID)
    assert "SYNTHETIC" in ds.PatientComments
    uids = [ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID, ds.FrameOfReferenceUID]
    assert len({*uids}) == 4
    assert all(uid.startswith("2.25.") for uid in uids)


def test_what_is_of_no_patient_gets_none():
    ds = made(HANGING_PROTOCOL).dataset()
    assert "PatientID" not in ds
    assert "StudyInstanceUID" not in ds
    assert made(HANGING_PROTOCOL).series_instance_uid == ""


@pytest.mark.parametrize(
    ("sop_class", "syntax", "words"),
    [
        (CT, "rle", ""),
        (CT, "explicit", ""),
        (CT, "jpeg", "12 bits"),
        (RT_PLAN, "deflated", ""),
        (RT_PLAN, "j2k", "no pixels"),
        (PDF, "big-endian", ""),
        (SINGLE_BIT, "implicit", ""),
        (SINGLE_BIT, "rle", "single bit"),
    ],
)
def test_what_can_be_encoded_and_why_not(sop_class, syntax, words):
    why = minimal.obstacle(sop_class, SYNTAXES[syntax].uid)
    assert words in why
    assert bool(why) == bool(words)


def test_no_instance_of_what_is_retired_private_or_unknown():
    assert "no instance" in minimal.obstacle("1.2.840.10008.5.1.4.1.1.5", SYNTAXES["explicit"].uid)
    assert "no instance" in minimal.obstacle("1.2.3.4", SYNTAXES["explicit"].uid)
    assert "nothing is encoded" in minimal.obstacle(CT, "1.2.840.10008.1.2.4.102")
