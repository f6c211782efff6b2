"""Claims about queries of the archive: kept at the correct target, broken by planted defects, silent in between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence import RunEvidence
from scanproof.statements import Statement
from scansim.vocabulary.uids import STUDY_ROOT_FIND
from scansim.wire import pdu as p
from tests.support import exam_messages as exam
from tests.support.building import Story
from tests.support.stated import Outcome, outcome, recorded, run_of, stated

SINGLE, WILD, RANGE, UID, UNIVERSAL = "SINGLE_VALUE", "WILDCARD", "RANGE", "UID", "UNIVERSAL"


def key(path: str, matching: str, level: str = "STUDY") -> tuple[str, Mapping[str, Any]]:
    return "query-key", {"model": "study_root", "level": level, "path": path, "matching": matching}


def named(path: str, matching: str, level: str = "STUDY") -> str:
    return f"query-key study_root {level} {path} {matching}"


def said(*claims: tuple[str, Mapping[str, Any]]) -> Statement:
    return stated(claims, STUDY_ROOT_FIND, ae="TARGET")


def seen(story: Story, statement: Statement) -> Outcome:
    evidence = story.evidence(statement)
    return outcome(RunEvidence((evidence,), evidence.declarations), "statement.query")


def query(story: Story, keys: Mapping[str, Any], *answers: Dataset, level: str = "STUDY", status: int = 0) -> None:
    link = story.associate(STUDY_ROOT_FIND, service="query")
    ds = Dataset()
    ds.QueryRetrieveLevel, ds.StudyInstanceUID = level, exam.ORDER.StudyInstanceUID
    for name, value in keys.items():
        setattr(ds, name, value)
    link.ask("C-FIND-RQ", ds)
    for answer in answers:
        link.answer(0xFF00, answer)
    link.answer(status)
    link.release()


OURS = str(exam.ORDER.AccessionNumber)
ACCESSION = named("AccessionNumber", SINGLE)


def asked(folder: Path, *queries: tuple[Mapping[str, Any], bool]) -> Story:
    """An exam that is stored, and queries for its study with what is asked for beside, and whether it comes."""
    story = Story(folder, ledger=exam.ledger())
    exam.store(story)
    for keys, comes in queries:
        query(story, keys, *([exam.study_answer()] if comes else []))
    return story


@pytest.mark.parametrize(
    ("queries", "kept", "broken"),
    [
        ([({"AccessionNumber": OURS}, True), ({"AccessionNumber": "OTHER"}, False)], True, False),
        ([({"AccessionNumber": OURS}, True)], False, False),  # nothing shows that it is matched at all
        ([({"AccessionNumber": "OTHER"}, False)], False, False),
        ([({"AccessionNumber": OURS}, True), ({"AccessionNumber": "OTHER"}, True)], False, True),
        ([({"AccessionNumber": ""}, True)], False, False),
        ([({"AccessionNumber": OURS.lower()}, True)], False, True),
        ([({"AccessionNumber": OURS}, True), ({"AccessionNumber": "Ä", "SpecificCharacterSet": "ISO_IR 100"}, True)],
         False, False),  # letters decide nothing
    ],
)  # fmt: skip
def test_a_key_is_kept_or_broken_by_what_tells(
    tmp_path: Path, queries: list[tuple[Mapping[str, Any], bool]], kept: bool, broken: bool
) -> None:
    found = seen(asked(tmp_path, *queries), said(key("AccessionNumber", SINGLE)))
    assert (ACCESSION in found.kept, ACCESSION in found.broken) == (kept, broken)
    assert bool(found.fails) is broken


def test_a_key_that_is_not_claimed_is_not_accused(tmp_path: Path) -> None:
    story = asked(tmp_path, ({"AccessionNumber": "OTHER"}, True), ({"StudyDescription": "OTHER"}, True))
    found = seen(story, said(key("StudyID", SINGLE)))
    assert (found.kept, found.broken, found.fails) == (frozenset(), frozenset(), ())


def test_an_optional_key_that_is_claimed_is_matched(tmp_path: Path) -> None:
    def described(text: str) -> Dataset:
        answer = exam.study_answer()
        answer.StudyDescription = text
        return answer

    story = Story(tmp_path, ledger=exam.ledger())
    exam.store(story)
    query(story, {"StudyDescription": "OTHER"}, described("HEAD"))
    found = seen(story, said(key("StudyDescription", SINGLE)))
    assert found.broken == {named("StudyDescription", SINGLE)}
    assert [each.check for each in found.fails] == ["statement.query-key"]


def test_several_broken_claims_of_one_way_are_one_finding(tmp_path: Path) -> None:
    story = asked(tmp_path, ({"AccessionNumber": "OTHER*"}, True), ({"StudyID": "OTHER*"}, True))
    found = seen(story, said(key("AccessionNumber", WILD), key("StudyID", WILD)))
    assert found.broken == {named("AccessionNumber", WILD), named("StudyID", WILD)}
    assert len(found.fails) == 1
    assert "AccessionNumber, StudyID" in (found.fails[0].expected or "")


def returned(path: str) -> tuple[str, Mapping[str, Any]]:
    return "query-return-key", {"model": "study_root", "level": "STUDY", "path": path}


def test_return_keys(tmp_path: Path) -> None:
    lacking = exam.study_answer()
    del lacking.StudyID
    story = Story(tmp_path, ledger=exam.ledger())
    exam.store(story)
    query(story, {"AccessionNumber": None, "StudyID": None, "OtherPatientNames": None}, lacking)
    found = seen(story, said(returned("AccessionNumber"), returned("StudyID"), returned("OtherPatientNames")))
    assert found.kept == {"query-return-key study_root STUDY AccessionNumber"}
    assert found.broken == {"query-return-key study_root STUDY StudyID"}
    assert [each.check for each in found.fails] == ["statement.query-return-key"]


@pytest.mark.parametrize(
    ("answer", "supported", "broken"),
    [(b"\1\0\0\0", True, False), (b"\1\0\0\0", False, True), (b"\0\0\0\0", True, True), (None, True, True),
     (None, False, False)],
)  # fmt: skip
def test_extended_negotiation(tmp_path: Path, answer: bytes | None, supported: bool, broken: bool) -> None:
    def user(information: bytes | None) -> p.UserInformation:
        uid = STUDY_ROOT_FIND.encode()
        other = ((0x56, len(uid).to_bytes(2, "big") + uid + information),) if information is not None else ()
        return p.UserInformation(16384, "2.25.1", "TEST", other=other)

    story = Story(tmp_path)
    story.associate(STUDY_ROOT_FIND, rq={"user": user(b"\1\1\1\1")}, ac={"user": user(answer)}).release()
    aspect = {"model": "study_root", "aspect": "relational_queries", "supported": supported}
    found = seen(story, said(("query-negotiation", aspect)))
    assert len(found.broken) == broken
    assert len(found.kept) == (not broken)
    assert len(found.fails) == broken


def test_negotiation_that_was_not_proposed_decides_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(STUDY_ROOT_FIND).release()
    aspect = {"model": "study_root", "aspect": "fuzzy_matching", "supported": True}
    assert seen(story, said(("query-negotiation", aspect))) == Outcome(frozenset(), frozenset(), ())


def status(code: str) -> tuple[str, Mapping[str, Any]]:
    return "query-status", {"status": "", "code": code, "condition": "", "model": "study_root"}


def test_statuses(tmp_path: Path) -> None:
    story = Story(tmp_path)
    query(story, {}, status=0xA700)
    found = seen(story, said(status("0000"), status("A7xx")))
    assert found.kept == {"query-status  A7xx  study_root"}
    assert found.fails == ()
    found = seen(story, said(status("0000")))
    assert (found.kept, found.broken) == (frozenset(), frozenset())
    assert [each.verdict.value for each in found.fails] == ["NOT_DECLARED"]


# --- the reference target ---------------------------------------------------------------------------------------------

CLAIMS = (
    *(key(name, SINGLE) for name in ("AccessionNumber", "StudyID")),
    *(key(name, WILD) for name in ("AccessionNumber", "StudyID")),
    key("StudyDate", RANGE),
    key("AccessionNumber", UNIVERSAL),
    ("query-cancel", {"model": "study_root", "honoured": True}),
)
CASES = (
    *("required-key[AccessionNumber]", "required-key[StudyID]", "wildcard-one[AccessionNumber]"),
    *("wildcard-one[StudyID]", "date-range[from-to]", "cancel-late"),
)


def at_target(folder: Path, defect: str | None) -> Outcome:
    with recorded(folder, "query-battery", CASES, defect) as folders:
        return outcome(run_of(folders, stated(CLAIMS, STUDY_ROOT_FIND), ("query", "storage")), "statement.query")


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
def test_the_correct_target_keeps_every_claim(tmp_path: Path) -> None:
    found = at_target(tmp_path / "t", None)
    assert found.broken == frozenset()
    assert found.fails == ()
    assert len(found.kept) == len(CLAIMS)


@pytest.mark.long
@pytest.mark.usefixtures("on_a_thread")
@pytest.mark.parametrize(
    ("defect", "broken"),
    [
        ("query-ignores-accession", {named("AccessionNumber", SINGLE), named("AccessionNumber", WILD)}),
        ("query-wild-cards-as-letters", {named(name, WILD) for name in ("AccessionNumber", "StudyID")}),
        ("query-range-end-ignored", {named("StudyDate", RANGE)}),
        ("query-cancel-ignored", {"query-cancel study_root True"}),
    ],
)
def test_a_planted_defect_breaks_its_claims(tmp_path: Path, defect: str, broken: set[str]) -> None:
    found = at_target(tmp_path / "t", defect)
    assert found.broken == broken
    assert len(found.fails) == 1
