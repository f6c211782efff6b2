"""Zip archives that are given to `scanproof check`."""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import pytest

from scanproof.iod.command import Options, check_paths, sources
from scanproof.iod.command.sources import find_sources, same_file
from scansim.mutants import mutate
from tests.support.others import dicom3tools
from tests.support.small_exam import small_exam


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return small_exam("ct", tmp_path_factory.mktemp("ct"))


def archive(path, held):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in held.items():
            file.writestr(name, data)
    return path


def run(*paths, **options):
    out, notes = [], []
    code = check_paths([Path(path) for path in paths], Options(**options), out.append, notes.append)
    return code, "".join(out), notes


def test_files_in_an_archive_are_named_by_it(tmp_path, files):
    held = {f"a/{number}": data for number, data in enumerate(files)}
    held["a/0"] = mutate("enumerated-value-patient-sex", files[0])
    path = archive(tmp_path / "exam.zip", {**held, "README.TXT": b"hello"})
    code, text, notes = run(path, as_json=True)
    report = json.loads(text)
    assert code == 1
    assert [each["path"] for each in report["files"]] == [f"{path}!/a/{number}" for number in range(5)]
    assert [each["rule"] for each in report["files"][0]["findings"]] == ["enumerated-value"]
    assert "README.TXT" in notes[0]
    plain = tmp_path / "plain"
    plain.mkdir()
    for number, data in enumerate(held.values()):
        (plain / str(number)).write_bytes(data)
    apart = json.loads(run(plain, as_json=True)[1])
    assert [each["findings"] for each in report["files"]] == [each["findings"] for each in apart["files"]]


def test_an_archive_in_a_folder_is_opened(tmp_path, files):
    archive(tmp_path / "EXAM.ZIP", {"1": files[0]})
    (tmp_path / "1.dcm").write_bytes(files[0])
    code, text, _ = run(tmp_path)
    assert code == 0
    assert "the same file 2 times" in text


def test_names_that_look_like_those_in_archives(tmp_path, files):
    odd = tmp_path / "x.zip!"
    odd.mkdir()
    (odd / "1").write_bytes(files[0])
    path = archive(tmp_path / "x.zip", {"y.zip!/1": files[0], "2": files[1]})
    assert same_file(f"{path}!/y.zip!/1", str(odd / "1"))
    assert not same_file(f"{path}!/2", str(odd / "1"))
    assert not same_file(f"{path}!/3", f"{path}!/2")


def problem(path):
    code, _, notes = run(path)
    return code, notes[0]


def test_one_that_is_encrypted_is_told(tmp_path, files):
    path = archive(tmp_path / "a.zip", {"1": files[0]})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[6] |= 1
    data[at + 8] |= 1
    path.write_bytes(data)
    assert problem(path) == (3, f"scanproof: {path}!/1: encrypted: unpack the archive with its password first")


def test_one_that_is_broken_is_told(tmp_path, files):
    path = archive(tmp_path / "a.zip", {"1": files[0], "2": files[1]})
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    code, said = problem(path)
    assert code == 3
    assert "no archive that can be read" in said
    spoiled = bytearray(whole)
    spoiled[2000] ^= 0xFF
    path.write_bytes(spoiled)
    code, said = problem(path)
    assert code == 3, "the other file was right"
    assert f"{path}!/1: cannot be unpacked" in said
    (tmp_path / "b.zip").write_bytes(b"")
    assert problem(tmp_path / "b.zip")[0] == 3


def test_an_archive_in_an_archive_is_told(tmp_path, files):
    inner = archive(tmp_path / "inner.zip", {"1": files[0]})
    path = archive(tmp_path / "outer.zip", {"in.zip": inner.read_bytes(), "1": files[1]})
    code, said = problem(path)
    assert code == 3
    assert "an archive in an archive" in said


def test_a_bomb_is_not_unpacked(tmp_path, files, monkeypatch):
    path = archive(tmp_path / "a.zip", {"1": b"\0" * 5_000_000})
    monkeypatch.setattr(sources, "_LONGEST", 1 << 20)
    assert "unpacked it has 4 MiB, more than 1" in problem(path)[1]
    data = path.read_bytes()
    at = data.index(b"PK\x01\x02")
    # many entries that say the same bytes are theirs
    end = data.index(b"PK\x05\x06")
    entry, count = data[at:end], 20_000
    total = struct.pack("<HHII", count, count, len(entry) * count, at)
    path.write_bytes(data[:at] + entry * count + data[end : end + 8] + total + b"\0\0")
    code, said = problem(path)
    assert code == 3
    assert "as in no archive made in earnest" in said


def test_one_that_states_too_few_bytes_is_no_way_around(tmp_path):
    path = archive(tmp_path / "a.zip", {"1": b"\0" * 5_000_000})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 100)
    path.write_bytes(data)
    (source,) = find_sources([path])
    with pytest.raises(sources.ArchiveError, match="cannot be unpacked"):
        sources.read_member(source.path, source.member)


def test_an_empty_archive(tmp_path):
    path = archive(tmp_path / "a.zip", {})
    assert run(path)[0] == 2


@pytest.mark.peer
def test_a_second_opinion_of_a_file_in_an_archive(tmp_path, files):
    assert dicom3tools("dciodvfy")
    path = archive(tmp_path / "a.zip", {"1": mutate("type1-missing-modality", files[1])})
    code, text, _ = run(path, second_opinion=True)
    assert code == 1
    assert "dciodvfy sees the same errors" in text
