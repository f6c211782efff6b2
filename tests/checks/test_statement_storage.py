"""Claims about an archive against the wire: what contradicts each of them, and what must not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.statement_storage as module
from scanproof.check import _CHECKS, Proof
from scanproof.finding import Verdict
from scanproof.statements.codes import fits, is_of, service_class
from scansim.vocabulary.deviations import Intent
from tests.support.building import CT_IMAGE, Story, facts
from tests.support.exam_messages import ledger, whole_image
from tests.support.saying import result, said, saying

LEVEL, COERCION, DUPLICATE, STATUS = CHECKS = (
    "statement.storage-level",
    "statement.storage-coercion",
    "statement.storage-duplicate",
    "statement.storage-status",
)
UID = "2.25.7101"
Change = Callable[[Dataset], object]
FAIL = Verdict.FAIL


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path, ledger=ledger())


def private(ds: Dataset) -> None:
    ds.add_new(0x00090010, "LO", "ACME 1.0")
    ds.add_new(0x00091001, "LO", "private value")


def described(ds: Dataset) -> None:
    ds.SeriesDescription = "as it was"


def without(name: str) -> Change:
    return lambda ds: delattr(ds, name)


def put(name: str, value: object) -> Change:
    return lambda ds: setattr(ds, name, value)


def no_private(ds: Dataset) -> None:
    ds.remove_private_tags()


def recorded(name: str) -> Change:
    """The Original Attributes Sequence tells of an attribute as it was sent."""

    def change(ds: Dataset) -> None:
        item, before = Dataset(), Dataset()
        described(before)
        item.ModifiedAttributesSequence = [before]
        item.AttributeModificationDateTime, item.ModifyingSystem = "20260102100000", "ARCHIVE"
        item.SourceOfPreviousValues, item.ReasonForTheAttributeModification = "", "COERCE"
        ds.OriginalAttributesSequence = [item]
        setattr(ds, name, "another")

    return change


def sent(story: Story, *changes: Change, status: int = 0, deviation: str = "") -> None:
    link = story.associate(CT_IMAGE, service="storage")
    intent = Intent.of(deviation) if deviation else None
    whole = whole_image(UID, described, *changes)
    link.ask("C-STORE-RQ", whole, AffectedSOPInstanceUID=UID, intent=intent)
    link.answer(status)
    link.release()


def came(story: Story, *changes: Change, port: int = 104) -> None:
    link = story.associate(CT_IMAGE, service="retrieve", port=port)
    whole = whole_image(UID, described, *changes)
    link.ask("C-STORE-RQ", whole, sent=False, AffectedSOPInstanceUID=UID)
    link.answer(sent=True)
    link.release()


def back(story: Story, *changes: Change, before: Sequence[Change] = (private,), status: int = 0) -> None:
    sent(story, *before, status=status)
    came(story, *before, *changes)


def test_each_check_is_proven_here():
    assert {each.id for each in _CHECKS.values() if each.function.__module__ == module.__name__} == set(CHECKS)
    assert {_CHECKS[name].proven_by for name in CHECKS} == {Proof.STATEMENTS}


@pytest.mark.parametrize("check", CHECKS)
def test_nothing_is_said_without_a_claim(story, check):
    back(story, put("SeriesDescription", "another"), without("ProtocolName"))
    sent(story)
    assert said(story, check) == ([], [])


# --- what is kept -----------------------------------------------------------------------------------------------------

#: What becomes of an image with private elements, the level that is stated, and what is seen of it.
LEVELS: dict[str, tuple[tuple[Change, ...], int, bool | None]] = {
    "everything, level 2": ((), 2, True),
    "everything, level 0": ((), 0, True),
    "without private elements, level 2": ((no_private,), 2, False),
    "without private elements, level 1": ((no_private,), 1, True),
    "without Type 3, level 2": ((without("SeriesDescription"),), 2, False),
    "without Type 3, level 1": ((without("SeriesDescription"),), 1, True),
    "without Type 1, level 1": ((without("Modality"),), 1, False),
    "without Type 1, level 0": ((without("Modality"),), 0, True),
    "another value, level 2": ((put("SeriesDescription", "another"),), 2, True),
}


@pytest.mark.parametrize("what", LEVELS)
def test_the_level(story, what):
    changes, level, kept = LEVELS[what]
    back(story, *changes)
    assert said(story, LEVEL, storage_level={"level": level}) == result("storage-level", kept)


def test_level_2_is_not_seen_of_what_has_nothing_private(story):
    back(story, before=())
    assert said(story, LEVEL, storage_level={"level": 2}) == ([], [])


def test_what_is_declared_to_be_removed_does_not_count(story):
    back(story, without("SeriesDescription"))
    row = {"path": "SeriesDescription", "sop_class": "ALL", "change": "REMOVED"}
    assert said(story, LEVEL, storage_level={"level": 2}, storage_coercion=row) == ([], [("storage-level", True)])


def test_without_a_way_back_nothing_is_seen(story):
    sent(story, private)
    assert said(story, LEVEL, storage_level={"level": 2}) == ([], [])
    assert said(story, COERCION, storage_no_coercion={}) == ([], [])


def test_what_was_stored_twice_with_other_content_says_nothing(story):
    sent(story)
    sent(story, put("PatientID", "OTHER"), deviation="storage.changed-again")
    came(story, without("ProtocolName"))
    assert said(story, LEVEL, storage_level={"level": 2}) == ([], [])


# --- what is changed --------------------------------------------------------------------------------------------------

NONE: dict[str, tuple[tuple[Change, ...], bool]] = {
    "nothing": ((), True),
    "another value": ((put("SeriesDescription", "another"),), False),
    "one more": ((put("InstitutionName", "Hospital"),), False),
    "one less": ((without("SeriesDescription"),), True),  # that is the level's
}


@pytest.mark.parametrize("what", NONE)
def test_no_coercion(story, what):
    changes, kept = NONE[what]
    back(story, *changes)
    assert said(story, COERCION, storage_no_coercion={}) == result("storage-no-coercion", kept)


@pytest.mark.parametrize(("status", "kept"), [(0xB000, False), (0xB007, None), (0xA700, None), (0, None)])
def test_a_warning_of_coercion_where_there_is_none(story, status, kept):
    sent(story, status=status)
    assert said(story, COERCION, storage_no_coercion={}) == result("storage-no-coercion", kept)


def row(path: str, change: str, **more: Any) -> dict[str, Any]:
    return {"path": path, "sop_class": "ALL", "change": change, **more}


#: What becomes of an image, the row that is stated, and what is seen of it.
ROWS: dict[str, tuple[tuple[Change, ...], dict[str, Any], bool | None]] = {
    "modified": ((put("SeriesDescription", "another"),), row("SeriesDescription", "MODIFIED"), True),
    "not modified": ((), row("SeriesDescription", "MODIFIED", condition="ALWAYS"), None),
    "of another class": (
        (put("SeriesDescription", "another"),),
        row("SeriesDescription", "MODIFIED", sop_class="1.2.840.10008.5.1.4.1.1.4"),
        None,
    ),
    "added": ((put("InstitutionName", "H"),), row("InstitutionName", "ADDED", condition="ALWAYS"), True),
    "not added": ((), row("InstitutionalDepartmentName", "ADDED", condition="ALWAYS"), False),
    "not added, and not always": ((), row("InstitutionalDepartmentName", "ADDED", condition="EXTERNAL"), None),
    "removed": ((without("SeriesDescription"),), row("SeriesDescription", "REMOVED"), True),
    "not removed": ((), row("SeriesDescription", "REMOVED", condition="ALWAYS"), False),
    "recorded": ((recorded("SeriesDescription"),), row("SeriesDescription", "MODIFIED", recorded=True), True),
    "not recorded": (
        (put("SeriesDescription", "another"),), row("SeriesDescription", "MODIFIED", recorded=True), False),
}  # fmt: skip


@pytest.mark.parametrize("what", ROWS)
def test_coercions_that_are_listed(story, what):
    changes, stated, kept = ROWS[what]
    back(story, *changes, before=(lambda ds: ds.pop("InstitutionName", None),))
    assert said(story, COERCION, storage_coercion=stated) == result("storage-coercion", kept)


def test_a_coercion_beside_a_list_is_a_note(story):
    back(story, put("SeriesDescription", "another"))
    evidence = story.evidence(saying(**{"storage-coercion": row("PatientID", "MODIFIED")}))
    assert facts(COERCION, evidence) == ["seen, not stated: SeriesDescription is changed"]


# --- twice ------------------------------------------------------------------------------------------------------------


def stated(content: str, does: str, code: str | None = None) -> dict[str, Any]:
    return {"content": content, "does": does, "code": code}


#: The second status, what is stated of the same content, and what is seen of that.
SAME: dict[str, tuple[int, dict[str, Any], bool | None]] = {
    "kept": (0x0000, stated("same", "keep_first"), True),
    "kept, with its code": (0xB007, stated("same", "keep_first", "B007"), True),
    "kept, with another code": (0x0000, stated("same", "keep_first", "B007"), False),
    "refused, and so the first is kept": (0x0111, stated("same", "keep_first"), None),
    "replaced": (0x0000, stated("same", "replace"), True),
    "refused instead": (0x0111, stated("same", "replace"), False),
    "refused": (0xC001, stated("same", "refuse", "C001"), True),
    "refused by a class of codes": (0xC001, stated("same", "refuse", "Cxxx"), True),
    "refused otherwise": (0x0111, stated("same", "refuse", "C001"), False),
    "taken": (0x0000, stated("same", "refuse"), False),
    "another content": (0x0000, stated("other", "refuse"), None),
}


@pytest.mark.parametrize("what", SAME)
def test_the_same_again(story, what):
    status, claim, kept = SAME[what]
    sent(story)
    sent(story, status=status)
    assert said(story, DUPLICATE, storage_duplicate=claim) == result("storage-duplicate", kept)


OTHER = put("PatientID", "OTHER")


@pytest.mark.parametrize(("status", "kept"), [(0xC001, True), (0x0000, False), (0x0111, False)])
def test_other_content_is_refused(story, status, kept):
    sent(story)
    sent(story, OTHER, status=status, deviation="storage.changed-again")
    claim = stated("other", "refuse", "C001")
    assert said(story, DUPLICATE, storage_duplicate=claim) == result("storage-duplicate", kept)


@pytest.mark.parametrize("does", ["keep_first", "replace"])
@pytest.mark.parametrize("changes", [(), (OTHER,)], ids=["the first", "the second"])
def test_which_content_is_kept_is_seen_when_it_comes_back(story, does, changes):
    sent(story)
    sent(story, OTHER, deviation="storage.changed-again")
    claim = stated("other", does)
    assert said(story, DUPLICATE, storage_duplicate=claim) == ([], [])
    came(story, *changes)
    kept = (does == "replace") == bool(changes)
    assert said(story, DUPLICATE, storage_duplicate=claim) == result("storage-duplicate", kept)


# --- statuses ---------------------------------------------------------------------------------------------------------


def test_codes_as_statements_state_them():
    assert [fits(code, 0xA7FF) for code in ("A7FF", "a7ff", "A7xx", "AXXX", "A700-A7FF", "A700", "A9xx", "7FF")] == [
        *(True, True, True, True, True, False, False, False)
    ]
    assert [service_class(each) for each in (0, 0xB000, 0x0107, 0xA700, 0x0110, 0xFE00, 0xFF00)] == [
        *("success", "warning", "warning", "failure", "failure", "cancel", "pending")
    ]
    assert [is_of(word, 0xA700) for word in ("Failure", "Refused", "Error", "Warning", "", "?")] == [
        *(True, True, True, False, True, True)
    ]


def code(status: str, code: str, condition: str = "") -> dict[str, Any]:
    return {"status": status, "code": code, "condition": condition}


#: What a C-STORE is answered, the row that is stated, and what is seen of it.
STATUSES: dict[str, tuple[int, str, dict[str, Any], bool | None]] = {
    "seen": (0x0000, "", code("Success", "0000"), True),
    "not seen": (0x0000, "", code("Failure", "A700"), None),
    "a class of codes": (0xA701, "", code("Refused", "A7xx"), True),
    "of another service class": (0xA701, "", code("Warning", "A7xx"), None),
    "for its condition": (0x0117, "storage.malformed-uid", code("Failure", "0117", "invalid SOP Instance UID"), True),
    "for another one": (0x0117, "", code("Failure", "0117", "invalid SOP Instance UID"), None),
    "another one for its condition": (
        0xC000, "storage.malformed-uid", code("Failure", "0117", "invalid SOP Instance UID"), False),
    "one of the exchange itself": (
        0x0212,
        "storage.malformed-uid",
        code("Failure", "0117", "invalid SOP Instance UID"),
        None,
    ),
    "taken in spite of it": (
        0x0000, "storage.malformed-uid", code("Failure", "0117", "invalid SOP Instance UID"), None),
}  # fmt: skip


@pytest.mark.parametrize("what", STATUSES)
def test_statuses(story, what):
    status, deviation, claim, kept = STATUSES[what]
    wrong = "1.2.03.4711"
    link = story.associate(CT_IMAGE, service="storage")
    uid = wrong if deviation else UID
    intent = Intent.of(deviation) if deviation else None
    link.ask("C-STORE-RQ", whole_image(uid), AffectedSOPInstanceUID=uid, intent=intent)
    link.answer(status)
    assert said(story, STATUS, storage_status=claim) == result("storage-status", kept)


def test_a_status_that_is_not_stated_is_a_note(story):
    sent(story, status=0xA700)
    evidence = story.evidence(saying(**{"storage-status": code("Success", "0000")}))
    assert facts(STATUS, evidence) == ["seen, not stated: C-STORE-RQ answered A700H"]
