"""Claims about worklist queries: kept at the correct target, broken by planted defects, silent in between."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

from scanproof.evidence import RunEvidence
from scanproof.observing import all_observing, laid_out
from scanproof.statements import Claim
from scansim.exam.scenario_files import find_scenarios
from scansim.vocabulary.uids import WORKLIST
from scansim.wire import pdu as p
from tests.support.building import Story
from tests.support.reference_queries import order
from tests.support.stated import Outcome, outcome, recorded, run_of, stated

SINGLE, WILD, RANGE, UID, UNIVERSAL, SEQUENCE = "SINGLE_VALUE", "WILDCARD", "RANGE", "UID", "UNIVERSAL", "SEQUENCE"
STEP = "ScheduledProcedureStepSequence"


def key(path: str, matching: str) -> tuple[str, Mapping[str, Any]]:
    return "worklist-key", {"path": path, "matching": matching}


def named(path: str, matching: str) -> str:
    return f"worklist-key {path} {matching}"


def seen(story: Story, *claims: tuple[str, Mapping[str, Any]]) -> Outcome:
    evidence = story.evidence(stated(claims, WORKLIST, ae="TARGET"))
    return outcome(RunEvidence((evidence,), evidence.declarations), "statement.worklist")


def query(story: Story, keys: Mapping[str, Any], *answers: Dataset, status: int = 0) -> None:
    link = story.associate(WORKLIST, service="worklist")
    ds = Dataset()
    for name in ("PatientName", "PatientID", "AccessionNumber", "StudyInstanceUID"):
        setattr(ds, name, keys.get(name))
    step = Dataset()
    step.ScheduledProcedureStepID, step.Modality = None, keys.get("Modality")
    ds.ScheduledProcedureStepSequence = [step]
    link.ask("C-FIND-RQ", ds)
    for answer in answers:
        link.answer(0xFF00, answer)
    link.answer(status)
    link.release()


ONE, TWO = order(1), order(2)


@pytest.mark.parametrize(
    ("answers", "kept", "broken"),
    [((ONE,), True, False), ((ONE, TWO), False, True), ((TWO,), False, True)],
)
def test_a_key_is_kept_or_broken_by_what_came(
    tmp_path: Path, answers: tuple[Dataset, ...], kept: bool, broken: bool
) -> None:
    story = Story(tmp_path)
    query(story, {}, ONE, TWO)
    query(story, {"AccessionNumber": "A1"}, *answers)
    query(story, {}, ONE, TWO)
    found = seen(story, key("AccessionNumber", SINGLE))
    assert (bool(found.kept), bool(found.broken)) == (kept, broken)
    assert [each.check for each in found.fails] == ["statement.worklist-key"] * broken


def test_a_key_that_is_not_claimed_is_not_accused(tmp_path: Path) -> None:
    story = Story(tmp_path)
    query(story, {}, ONE, TWO)
    query(story, {"AccessionNumber": "A1"}, ONE, TWO)
    query(story, {}, ONE, TWO)
    assert seen(story, key("StudyInstanceUID", UID)) == Outcome(frozenset(), frozenset(), ())


@pytest.mark.parametrize(("comes", "sensitive", "broken"), [(True, True, True), (True, False, False),
                                                            (False, True, False), (False, False, True)])  # fmt: skip
def test_case(tmp_path: Path, comes: bool, sensitive: bool, broken: bool) -> None:
    story = Story(tmp_path)
    query(story, {}, ONE, TWO)
    query(story, {"PatientName": "SYNTHETIC-1^JANE"}, *([ONE] if comes else []))
    query(story, {}, ONE, TWO)
    found = seen(story, ("worklist-case-sensitive", {"path": "PatientName", "sensitive": sensitive}))
    assert (len(found.broken), len(found.kept), len(found.fails)) == (broken, not broken, broken)


def test_extended_negotiation(tmp_path: Path) -> None:
    uid = WORKLIST.encode()
    item = len(uid).to_bytes(2, "big") + uid
    asked, answer = (p.UserInformation(16384, "2.25.1", "TEST", other=((0x56, item + each),))
                     for each in (b"\1\1\1\1", b"\1\1\0"))  # fmt: skip
    story = Story(tmp_path)
    story.associate(WORKLIST, rq={"user": asked}, ac={"user": answer}).release()
    claims = [
        ("worklist-negotiation", {"aspect": aspect, "supported": True})
        for aspect in ("fuzzy_matching", "timezone_adjustment", "date_time_matching")
    ]
    found = seen(story, *claims)
    assert found.broken == {
        "worklist-negotiation fuzzy_matching True",
        "worklist-negotiation timezone_adjustment True",
    }  # the first two bytes are reserved there
    assert found.kept == frozenset()


@pytest.mark.parametrize(("final", "honoured", "broken"), [(0xFE00, True, False), (0xFE00, False, True),
                                                          (0x0000, False, False)])  # fmt: skip
def test_cancel(tmp_path: Path, final: int, honoured: bool, broken: bool) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    ds = Dataset()
    ds.PatientID = "SYN-1"
    link.ask("C-FIND-RQ", ds)
    link.answer(0xFF00, ONE)
    link.ask("C-CANCEL-RQ")
    link.answer(0xFF00, ONE)
    link.answer(final)
    link.release()
    found = seen(story, ("worklist-cancel", {"honoured": honoured}))
    assert (len(found.broken), len(found.kept)) == (broken, not broken)


@pytest.mark.parametrize("before", [0, 1])
def test_many_items_behind_a_cancel_tell_only_where_none_stood_before_it(tmp_path: Path, before: int) -> None:
    story = Story(tmp_path)
    link = story.associate(WORKLIST, service="worklist")
    ds = Dataset()
    ds.PatientID = "SYN-1"
    link.ask("C-FIND-RQ", ds)
    for _ in range(before):
        link.answer(0xFF00, ONE)
    link.ask("C-CANCEL-RQ")
    for _ in range(101):
        link.answer(0xFF00, ONE)
    link.answer(0x0000)
    link.release()
    found = seen(story, ("worklist-cancel", {"honoured": True}))
    assert (len(found.broken), len(found.kept)) == (1 - before, 0)


# --- the reference target ---------------------------------------------------------------------------------------------

CLAIMS = (
    *(key(name, SINGLE) for name in ("PatientID", "AccessionNumber")),
    *(key(name, WILD) for name in ("PatientName", f"{STEP}.ScheduledPerformingPhysicianName")),
    key(f"{STEP}.ScheduledProcedureStepStartDate", RANGE),
    key("AccessionNumber", UNIVERSAL),
    key("StudyInstanceUID", UID),
    key(STEP, SEQUENCE),
    ("worklist-case-sensitive", {"path": "PatientID", "sensitive": True}),
    ("worklist-cancel", {"honoured": True}),
)
CASES = (
    *("single-value[PatientID]", "single-value[AccessionNumber]", "wildcard[PatientName]", "date-range[from-to]"),
    *("wildcard[ScheduledPerformingPhysicianName]", "uid-list[one-of-two]", "universal[AccessionNumber]"),
    *("sequence-empty", "other-case[PatientID]", "cancel-late", "date-range[one-day]"),
)


def at_target(folder: Path, defect: str | None) -> Outcome:
    with recorded(folder, "worklist-battery", CASES, defect) as folders:
        return outcome(run_of(folders, stated(CLAIMS, WORKLIST), ("worklist",)), "statement.worklist")


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
        (
            "worklist-names-to-the-letter",
            {named(name, WILD) for name in ("PatientName", f"{STEP}.ScheduledPerformingPhysicianName")},
        ),
        ("worklist-uid-list", {named("StudyInstanceUID", UID)}),
        ("worklist-zero-length", {named("AccessionNumber", UNIVERSAL)}),
    ],
)
def test_a_planted_defect_breaks_its_claims(tmp_path: Path, defect: str, broken: set[str]) -> None:
    found = at_target(tmp_path / "t", defect)
    assert found.broken == broken
    assert len(found.fails) == 1


# --- cases ------------------------------------------------------------------------------------------------------------


def claim(kind: str, **data: Any) -> Claim:
    return Claim(f"{kind} {data}", kind, kind, "REFERENCE", "SCP", data)


@pytest.mark.parametrize("matching", [SINGLE, WILD, RANGE, UID, UNIVERSAL, SEQUENCE])
@pytest.mark.parametrize(
    ("kind", "facts"),
    [("worklist-key", {}), ("query-key", {"model": "study_root", "level": "STUDY"})],
)
def test_every_key_has_a_case_for_each_matching_that_it_can_have(
    kind: str, facts: Mapping[str, Any], matching: str
) -> None:
    paths = {
        SINGLE: ("PatientName", "PatientComments", "PatientWeight", "PatientSex"),
        WILD: ("PatientName", "PatientComments", "PatientID"),
        RANGE: ("PatientBirthDate", "PatientBirthTime"),
        UID: ("StudyInstanceUID",),
        UNIVERSAL: ("PatientName", "PatientComments"),
        SEQUENCE: ("ReferencedPatientSequence", "ReasonForRequestedProcedureCodeSequence"),
    }[matching]
    claims = [claim(kind, path=path, matching=matching, **facts) for path in paths]
    made = [*all_observing()[kind].made(claims)]
    assert {name for each in made for name in each.claims} == {each.id for each in claims}
    text = str([each.document for each in made])
    assert "PatientID" in text or "StudyInstanceUID" in text  # narrowed by what is ours


def test_orders_and_studies_have_what_is_claimed() -> None:
    path = "ReasonForTheRequestedProcedure"
    full = next(each for each in laid_out("ORDERS", [claim("worklist-key", path=path, matching=SINGLE)])
                if each["id"] == "full")  # fmt: skip
    assert full["set"][path]
    data = {"model": "study_root", "level": "SERIES", "path": "BodyPartExamined", "matching": SINGLE}
    study = next(each for each in laid_out("STUDIES", [claim("query-key", **data)]) if each["id"] == "keys")
    assert study["set"]["BodyPartExamined"] == "HEAD"


@pytest.mark.long
def test_built_in_cases_exist() -> None:
    names = ("worklist-battery", "query-battery", "retrieve-battery")
    known = {str(case.id).partition("[")[0] for each in find_scenarios(names) for case in each.cases}
    assert known
    codes = ("0000", "FF00", "FE00", "A900", "C000", "A801", "B000")
    claims = [claim(kind, code=code, model="study_root") for code in codes
              for kind in ("worklist-status", "query-status", "retrieve-status")]  # fmt: skip
    claims += [Claim(named(*each), kind, kind, "X", "SCP", data) for kind, data in CLAIMS
               for each in [(data.get("path", ""), data.get("matching", ""))]]  # fmt: skip
    for each in claims:
        for name in all_observing()[each.kind].built_in(each):
            assert name.partition("[")[0].partition("/")[2] in known, name
