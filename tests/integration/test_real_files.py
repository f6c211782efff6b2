"""Real files of some sixty makers, beside dciodvfy: every disagreement is of one kind in tests/real/kinds.yaml.

The files that pydicom and pynetdicom ship are checked always; the others, which are no part of this repository, where
SCANPROOF_REAL_FILES names the folders that hold them (joined as in PATH, with any names and depth).
"""

from __future__ import annotations

import os
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.others import dicom3tools, missing
from tools.real_files import Kind, Listed, compare, document, find, kinds, listed

FOLDERS = "SCANPROOF_REAL_FILES"
DOCUMENT = Path(__file__).parents[2] / "docs" / "iod-disagreements.md"


def shipped(entry: Listed) -> bool:
    """Whether an installed package has the file; other sources are repositories, with an owner."""
    return "/" not in entry.source


@pytest.mark.long
def test_files_that_packages_ship():
    dicom3tools("dciodvfy")
    packages = {entry.path.split("/")[0] for entry in listed() if shipped(entry)}
    folders = [Path(folder) for name in packages for folder in find_spec(name).submodule_search_locations]
    files = find(folders, filter(shipped, listed()))
    if len(files) < 190:
        missing(f"{len(files)} of the listed files: pip install 'pydicom>=3,<4' 'pynetdicom>=3,<4'")
    result = compare(files, kinds("files"))
    assert result.wrong == []
    silent = {kind.name for kind in kinds("files") if kind.shipped} - result.counts.keys()
    assert silent == set(), "a kind that explains nothing any more"


@pytest.mark.long
def test_files_of_repositories():
    dicom3tools("dciodvfy")
    folders = [Path(folder) for folder in os.environ.get(FOLDERS, "").split(os.pathsep) if folder]
    files = find(folders, (entry for entry in listed() if not shipped(entry)))
    if not files:
        pytest.skip(f"clone the repositories of tests/real/files.tsv, and name their folders in {FOLDERS}")
    result = compare(files, kinds("files"))
    assert result.wrong == []
    if len(files) == sum(not shipped(entry) for entry in listed()):
        silent = {kind.name for kind in kinds("files") if not kind.shipped} - result.counts.keys()
        assert silent == set(), "a kind that explains nothing any more"


def test_the_list_names_each_file_once_and_varies():
    rows = listed()
    assert len({row.digest for row in rows}) == len(rows) > 500
    assert sum(not shipped(row) for row in rows) >= 300
    assert max(Counter(row.source for row in rows if not shipped(row)).values()) <= 22
    assert len({row.sop_class for row in rows}) >= 40


def test_the_document_has_the_tables():
    assert document() in DOCUMENT.read_text(encoding="utf-8"), "python -m tools.real_files --document"
    assert {kind.right for kind in kinds()} <= {"dciodvfy", "checker", "both", "undecided"}
    assert len({kind.name for kind in kinds()}) == len(kinds())


def test_a_line_is_explained_by_who_said_it_and_by_the_state_of_the_file():
    kind = Kind("odd", "scanproof", "odd-length", "checker", "…")
    assert kind.explains("only scanproof: odd-length PatientID: 3 bytes", "whole")
    assert not kind.explains("only scanproof: odd-length PatientID: 3 bytes", "unreadable")
    assert not kind.explains("only dciodvfy: Error - odd-length", "whole")
    assert not kind.explains("only scanproof: vm Rows: 2 values", "whole")
