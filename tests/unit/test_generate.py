"""Exams as files: manifest, transfer syntaxes, character sets, special patients, defects, DICOMDIR, reproducibility."""

from __future__ import annotations

import hashlib
import json
import threading
import warnings
from datetime import date
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.fileset import FileSet

from scanproof.iod import Checker
from scansim import generate as generating
from scansim.generate import Order, choose, generate, manifest_of, syntax
from scansim.identity.people import SPECIAL, faker_version
from scansim.images import MAKERS
from scansim.inputs import InputError
from scansim.vocabulary.syntaxes import SYNTAXES
from tests.support.others import package
from tests.support.small_exam import small_exam

DAY = date(2026, 1, 2)
CT = choose("ct", None, 3)

#: Whose pictures take seconds to make; one module makes both.
MARKS = {"dx": [pytest.mark.long], "cr": [pytest.mark.long, pytest.mark.whole]}

#: SHA-256 over all files of a small exam of each object, with seed 1; names come from this release of Faker.
PINNED_FAKER = "40.63.0"
PINNED = {
    "ct": "5ea0386ffad43d12",
    "enhanced-ct": "06bb945e183da902",
    "mr": "bd815f0836ea8fc1",
    "enhanced-mr": "f00350f34f5e7719",
    "dx": "0a5fe954d04bf86b",
    "cr": "9f1ce04186d7bd49",
    "us": "a687b81fa2f1874f",
}


def make(folder, protocol=CT, **changes):
    return generate(Order(**{"protocol": protocol, "seed": 1, "day": DAY, **changes}), folder)


def read(folder, written):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return [pydicom.dcmread(folder / file.file) for file in written]


def manifest(folder):
    return json.loads(manifest_of(folder).read_text(encoding="utf-8"))


def digest(folder, written):
    return hashlib.sha256("".join(file.sha256 for file in written).encode()).hexdigest()[:16]


def test_files_are_readable_reproducible_and_listed(tmp_path):
    done = []
    order = Order(CT, seed=4, day=DAY)
    written = generate(order, tmp_path / "a", done.append)
    assert done == [1, 2, 3]
    assert [file.file for file in written] == ["IMG0001.dcm", "IMG0002.dcm", "IMG0003.dcm"]
    assert generate(order, tmp_path / "b") == written
    assert manifest_of(tmp_path / "a").read_bytes() == manifest_of(tmp_path / "b").read_bytes()
    facts = manifest(tmp_path / "a")
    assert (facts["seed"], facts["date"], facts["protocol"]) == (4, "2026-01-02", "ct-abdomen")
    assert facts["faker"] == faker_version()
    for listed, file, ds in zip(facts["files"], written, read(tmp_path / "a", written), strict=True):
        data = (tmp_path / "a" / file.file).read_bytes()
        assert listed["sha256"] == hashlib.sha256(data).hexdigest()
        assert listed["sop_instance_uid"] == ds.SOPInstanceUID == ds.file_meta.MediaStorageSOPInstanceUID
        assert listed["series_instance_uid"] == ds.SeriesInstanceUID
        assert listed["transfer_syntax_uid"] == ds.file_meta.TransferSyntaxUID
        assert ds.pixel_array.shape == (ds.Rows, ds.Columns)
        assert ds.PatientName.family_name.startswith("Synthetic-")
    other = generate(Order(CT, seed=5, day=DAY), tmp_path / "c")
    assert not {file.sop_instance_uid for file in written} & {file.sop_instance_uid for file in other}


@pytest.mark.skipif(
    faker_version() != PINNED_FAKER, reason=f"names are those of Faker {PINNED_FAKER}, this is {faker_version()}"
)
@pytest.mark.parametrize("object_", [pytest.param(made, marks=MARKS.get(made, [])) for made in MAKERS])
def test_the_bytes_of_a_small_exam_are_pinned_and_our_check_is_silent(object_, tmp_path):
    assert object_ in PINNED, "pin its digest"
    written = make(tmp_path, choose(object_, None, 2))
    assert digest(tmp_path, written) == PINNED[object_]
    found = [each for file in written for each in Checker().check_bytes((tmp_path / file.file).read_bytes()).findings]
    assert [each.rule for each in found if each.level.value != "info"] == []


def frames(ds):
    return ds.pixel_array.astype(int)


@pytest.mark.parametrize("name", [name for name in SYNTAXES if name != "jpeg"])
def test_every_transfer_syntax_decodes_to_the_same_pixels(name, tmp_path):
    if SYNTAXES[name].needs_extra:
        package("imagecodecs", "imagecodecs")
    if name == "jpeg-lossless":
        package("gdcm", "python-gdcm")  # pydicom decodes it by that
    plain, coded = tmp_path / "plain", tmp_path / "coded"
    protocol = choose("ct", None, 2)
    good = read(plain, make(plain, protocol))
    made = read(coded, make(coded, protocol, syntax=syntax(name)))
    for before, after in zip(good, made, strict=True):
        assert after.file_meta.TransferSyntaxUID == SYNTAXES[name].uid
        assert after.PatientName == before.PatientName
        if name == "htj2k":
            continue  # what decodes it differs from machine to machine; test_pixels compares
        difference = np.abs(frames(before) - frames(after)).max()
        assert difference == 0 if not SYNTAXES[name].lossy else 0 < difference < 200
        assert after.LossyImageCompression == ("01" if SYNTAXES[name].lossy else "00")


def test_what_has_no_pixels_stays_uncompressed(tmp_path):
    protocol = choose("ct", "ct-head", 1)
    written = make(tmp_path, protocol, syntax=syntax("rle"))
    assert [SYNTAXES["rle"].uid, SYNTAXES["explicit"].uid] == [file.transfer_syntax_uid for file in written]


@pytest.mark.parametrize(
    ("name", "locale", "group"),
    [("ISO_IR 192", "ja_JP", 3), (r"\ISO 2022 IR 87", "", 3), ("ISO_IR 100", "de_DE", 1), ("ISO_IR 6", "", 1)],
)
def test_character_sets(name, locale, group, tmp_path):
    ds = read(tmp_path, make(tmp_path, character_set=name, locale=locale))[1]
    terms = ds.get("SpecificCharacterSet", "ISO_IR 6")
    assert ("\\".join(terms) if not isinstance(terms, str) else terms) == name
    assert len(str(ds.PatientName).split("=")) == group
    assert manifest(tmp_path)["character_set"] == name


@pytest.mark.parametrize("special", SPECIAL)
def test_every_special_patient_can_be_scanned(special, tmp_path):
    ds = read(tmp_path, make(tmp_path, choose("ct", "ct-scout", 1), special=special))[0]
    assert manifest(tmp_path)["patient"] == special
    assert "SpecificCharacterSet" in ds or str(ds.PatientName).isascii()


def test_a_defect_is_made_in_one_file_and_named(tmp_path):
    good, bad = tmp_path / "good", tmp_path / "bad"
    before, after = make(good), make(bad, mutant="type1-missing-modality")
    changed = [n for n, (a, b) in enumerate(zip(before, after, strict=True)) if a.sha256 != b.sha256]
    assert changed == [n for n, file in enumerate(after) if file.mutant == "type1-missing-modality"] == [1]
    assert "Modality" not in pydicom.dcmread(bad / after[1].file)
    assert hashlib.sha256((bad / after[1].file).read_bytes()).hexdigest() == after[1].sha256


def test_a_defect_of_a_series(tmp_path):
    protocol = choose("ct", None, 6)
    good = make(tmp_path / "good", protocol)
    gap = make(tmp_path / "gap", protocol, mutant="series-gap")
    assert len(gap) == len(good) - 1 == len(list((tmp_path / "gap").glob("*.dcm")))
    assert {file.sha256 for file in gap} < {file.sha256 for file in good}
    other = make(tmp_path / "other", protocol, mutant="series-patient-name")
    assert any(file.mutant for file in other)
    for file in other:
        assert hashlib.sha256((tmp_path / "other" / file.file).read_bytes()).hexdigest() == file.sha256


def test_a_file_set_lists_every_file_and_leaves_its_bytes(tmp_path):
    protocol = choose("ct", "ct-head", 4)  # with a report
    plain = make(tmp_path / "plain", protocol)
    for _ in range(2):  # over an older one too
        written = make(tmp_path / "set", protocol, dicomdir=True)
    assert [file.sha256 for file in written] == [file.sha256 for file in plain]
    listed = FileSet(tmp_path / "set" / "DICOMDIR")
    assert {instance.SOPInstanceUID for instance in listed} == {file.sop_instance_uid for file in written}
    for file in written:
        data = (tmp_path / "set" / file.file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == file.sha256
    assert sorted(path.name for path in (tmp_path / "set").iterdir()) == ["DICOMDIR", "PT000000"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"special": "nobody"}, "no special patient 'nobody'; there are: kanji-3d, "),
        ({"special": "kanji-3d", "character_set": "ISO_IR 100"}, "patient kanji-3d in ISO_IR 100: "),
        ({"character_set": "ISO_IR 999"}, "no character set 'ISO_IR 999'; there are: ISO_IR 6, "),
        ({"locale": "xx_XX"}, "xx_XX"),
        ({"mutant": "type1-missing-modalty"}, "did you mean type1-missing-modality"),
        ({"mutant": "type1-missing-scanning-sequence"}, "the defect cannot be made here: .*MR Image Storage"),
        ({"syntax": SYNTAXES["jpeg"]}, "ct in transfer syntax jpeg: "),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(changes, told, tmp_path):
    with pytest.raises(InputError, match=told):
        make(tmp_path, **changes)


def test_objects_protocols_and_syntaxes_are_found_by_name():
    assert choose("ct", "ct-qc", None).id == "ct-qc"
    with pytest.raises(InputError, match="'pet' is not one of ct, "):
        choose("pet", None, None)
    with pytest.raises(InputError, match="protocol ct-qc makes ct, not mr"):
        choose("mr", "ct-qc", None)
    with pytest.raises(InputError, match="no transfer syntax 'zip'; there are: implicit, "):
        syntax("zip")


def test_the_folder_holds_dicom_files_only_and_the_manifest_stands_beside_it(tmp_path, monkeypatch):
    written = make(tmp_path / "exam")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam", "exam.manifest.json"]
    assert sorted(path.name for path in (tmp_path / "exam").iterdir()) == [file.file for file in written]
    (tmp_path / "link").symlink_to(tmp_path / "exam")
    monkeypatch.chdir(tmp_path / "exam")
    for out, name in ((".", "exam"), ("sub/..", "exam"), ("../link", "link"), ("v1.2/", "v1.2")):
        expected = (tmp_path / "exam" if name == "v1.2" else tmp_path) / f"{name}.manifest.json"
        assert manifest_of(Path(out)) == expected
    with pytest.raises(InputError, match="a folder of their own"):
        make(Path("/"))


def state(folder):
    """Every file and folder under a folder, hidden ones too, with what is in the files."""
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


REFUSED = (InputError("too wide"), OSError(28, "No space left on device"), KeyboardInterrupt())


@pytest.mark.parametrize("error", REFUSED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("number", [1, 4], ids=["first", "later"])
@pytest.mark.parametrize("out", ["exam", "new", "a/b/new"])
def test_what_is_refused_or_interrupted_leaves_everything_as_it_was(out, number, error, tmp_path, monkeypatch):
    make(tmp_path / "exam", choose("ct", "ct-small", 3))
    (tmp_path / "exam" / "own.txt").write_text("of the user")
    before, write = state(tmp_path), generating.part10.write

    def failing(path, *chunks):
        if path.name == f"IMG{number:04}.dcm":
            raise error
        write(path, *chunks)

    monkeypatch.setattr(generating.part10, "write", failing)
    with pytest.raises(type(error)):
        make(tmp_path / out, choose("ct", "ct-small", 6), dicomdir=True)
    assert state(tmp_path) == before
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("ahead")]
    monkeypatch.undo()
    assert len(make(tmp_path / out, choose("ct", "ct-small", 6))) == 6
    assert (tmp_path / "exam" / "own.txt").read_text() == "of the user"


@pytest.mark.parametrize(("out", "last"), [("exam", 0), ("exam", 2), ("exam", 3), ("new", 0), ("new", 1)])
def test_who_interrupts_the_last_moment_has_a_whole_exam(out, last, tmp_path, monkeypatch):
    """Files go one by one into a folder that is there: those of two exams must not be mixed."""
    small = choose("ct", "ct-small", 3)
    make(tmp_path / "exam", small)
    moved, replace = [], Path.replace

    def interrupted(path, target):
        done = replace(path, target)
        if not target.parent.name.endswith(".tmp"):  # which is where files are written
            moved.append(path)
            if len(moved) == last + 1:
                raise KeyboardInterrupt
        return done

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / out, small, seed=2)
    monkeypatch.undo()
    left = state(tmp_path)
    again = make(tmp_path / out, small, seed=2)
    assert len(again) == 3
    assert state(tmp_path) == left


@pytest.mark.parametrize("mutant", ["type1-missing-scanning-sequence", "series-gap"])
def test_a_defect_that_cannot_be_made_leaves_nothing(mutant, tmp_path):
    with pytest.raises(InputError, match="cannot be made here"):
        make(tmp_path / "new", choose("ct", "ct-small", 1), mutant=mutant)
    assert not state(tmp_path)


def test_a_manifest_that_cannot_be_written_leaves_no_files(tmp_path, monkeypatch):
    (tmp_path / "exam.manifest.json").mkdir()
    with pytest.raises(OSError, match="directory"):
        make(tmp_path / "exam", choose("ct", "ct-small", 1))
    assert not state(tmp_path / "exam.manifest.json")
    assert [path.name for path in tmp_path.iterdir()] == ["exam.manifest.json"]


def uids(folder, **changes):
    """SOP Instance UIDs and Series Instance UIDs of an exam of plates or slices."""
    written = make(folder, **changes)
    return {file.sop_instance_uid for file in written}, {file.series_instance_uid for file in written}


def test_uids_are_others_where_pixels_are_others_and_the_same_where_they_are_not(tmp_path):
    whole = choose("ct", "ct-small", None)
    plain, series = uids(tmp_path / "plain", protocol=whole)
    for name in ("implicit", "deflated", "rle", "jpegls"):
        assert uids(tmp_path / name, protocol=whole, syntax=syntax(name)) == (plain, series), name
    lossy = [uids(tmp_path / name, protocol=whole, syntax=syntax(name)) for name in ("jpegls-near", "j2k-lossy")]
    for one, other in ((lossy[0], (plain, series)), (lossy[1], (plain, series)), (lossy[0], lossy[1])):
        assert not one[0] & other[0]
        assert not one[1] & other[1]
    first, last = (read(tmp_path / name, make(tmp_path / name, protocol=whole))[0] for name in ("x", "y"))
    coarse = read(tmp_path / "z", make(tmp_path / "z", protocol=whole, syntax=syntax("jpegls-near")))[0]
    assert first.SOPInstanceUID == last.SOPInstanceUID != coarse.SOPInstanceUID
    for keyword in ("StudyInstanceUID", "FrameOfReferenceUID", "IrradiationEventUID", "PatientID"):
        assert first[keyword] == coarse[keyword], keyword  # one irradiation, kept in another way
    assert coarse.ImageType[0] == "ORIGINAL"  # compressed as it was acquired: it is no version of another instance


@pytest.mark.parametrize("counts", [(3, 4), (4, None)])
def test_other_slices_have_other_uids_and_another_irradiation(counts, tmp_path):
    """What covers another part of the patient was another scan; the localizer before it is the same one."""
    few, many = (choose("ct", "ct-qc", count) for count in counts)
    views = [[i.view() for i in generating.exam_instances(Order(each, seed=1, day=DAY))] for each in (few, many)]
    first, second = ({view.SOPInstanceUID: view for view in exam} for exam in views)
    for uid in first.keys() & second.keys():
        assert first[uid] == second[uid]
    assert not {v.IrradiationEventUID for v in views[0][-1:]} & {v.IrradiationEventUID for v in views[1]}


def test_another_patient_of_the_same_seed_has_other_uids(tmp_path):
    small = choose("ct", "ct-small", 1)
    whose = (
        {},
        {"special": "name-64"},
        {"special": "no-birth-date"},
        {"locale": "de_DE"},
        {"character_set": "ISO_IR 192"},
    )
    exams = [uids(tmp_path / str(number), protocol=small, **changes) for number, changes in enumerate(whose)]
    assert len(set.union(*(instances for instances, _ in exams))) == len(whose)


def test_a_folder_that_cannot_be_made_raises(tmp_path):
    (tmp_path / "file").write_text("")
    for out in (tmp_path / "file", tmp_path / "file" / "exam"):
        with pytest.raises(OSError, match="file") as caught:
            make(out)
        assert caught.value.filename == str(out)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_exam_for_tests_is_five_images_in_two_series(tmp_path):
    assert len(small_exam("mr", tmp_path)) == 5


def test_the_catalogue_has_every_protocol():
    assert {row["object"] for row in generating.protocol_rows()} == set(MAKERS)
