"""What a refusal of C-STORE means by its code, beside what it says (R2-13)."""

from __future__ import annotations

from pathlib import Path

import pytest

import scanproof.checks.storage_statuses  # noqa: F401 - importing registers
from scanproof.check import _CHECKS
from scanproof.evidence import Evidence
from scanproof.finding import Level, Verdict
from tests.support import exam_messages as exam
from tests.support.building import CT_IMAGE, Story, observe, verdict

CHECK = "storage.refusal-meaning"


def refused(folder: Path, status: int, comment: str | None) -> Evidence:
    story = Story(folder)
    link = story.associate(CT_IMAGE, service="storage")
    link.ask("C-STORE-RQ", exam.image("1.2.3"), elided=100, AffectedSOPInstanceUID="1.2.3")
    link.answer(status, ErrorComment=comment)
    link.release()
    return story.evidence()


@pytest.mark.parametrize(
    "comment", ["Patient ID differs from stored one", "accession conflict", "instance already exists"]
)
def test_a_code_of_resources_for_another_cause(tmp_path: Path, comment: str) -> None:
    (seen,) = observe(CHECK, refused(tmp_path, 0xA779, comment))
    assert seen.verdict is Verdict.WARN
    assert seen.actual == f"A779H ({comment}), where the code means that resources ran out"


@pytest.mark.parametrize(
    ("status", "comment"),
    [
        (0xA700, "disk full"),
        (0xA701, "no room for patient 17"),
        (0xA700, None),
        (0xA700, "planted defect: no room today"),
        (0xA779, "E-4711"),
        (0xC123, "Patient ID differs from stored one"),
        (0x0124, "patient not authorized"),
        (0xA900, "Patient ID is missing"),
    ],
)
def test_a_code_that_means_what_is_said(tmp_path: Path, status: int, comment: str | None) -> None:
    assert verdict(CHECK, refused(tmp_path, status, comment)) is Verdict.PASS


def test_of_a_stored_instance_any_comment_is_right(tmp_path: Path) -> None:
    for status in (0x0000, 0xB000):
        assert verdict(CHECK, refused(tmp_path, status, "patient changed")) is Verdict.PASS


@pytest.mark.parametrize(
    "comment", ["Patient unknown, not stored", "image rejected", "unable to store", "could not be saved", "FAILED"]
)
def test_success_that_says_that_nothing_was_stored(tmp_path: Path, comment: str) -> None:
    assert verdict(CHECK, refused(tmp_path, 0x0000, comment)) is Verdict.WARN
    assert verdict(CHECK, refused(tmp_path, 0xC000, comment)) is Verdict.PASS


@pytest.mark.parametrize(
    "comment", ["stored", "no failover configured", "elements discarded", "already stored", "not found in worklist"]
)
def test_success_may_say_what_else_it_likes(tmp_path: Path, comment: str) -> None:
    assert verdict(CHECK, refused(tmp_path, 0x0000, comment)) is Verdict.PASS


def test_no_clause_forbids_it_outright() -> None:
    assert _CHECKS[CHECK].level is Level.SHOULD
