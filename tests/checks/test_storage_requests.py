"""C-STOREs that are not as they should be, answers that come too early, and associations side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks.answered
import scanproof.checks.endings
import scanproof.checks.iod
import scanproof.checks.messages
import scanproof.checks.parallel
import scanproof.checks.query
import scanproof.checks.site
import scanproof.checks.storage
import scanproof.checks.storage_requests  # noqa: F401 - importing registers
from scanproof.evidence.fault import Whose
from scanproof.finding import Verdict
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.uids import PRIVATE_SYNTAX
from scansim.wire import pdu as p
from scansim.wire.dataset import EXPLICIT_LITTLE, IMPLICIT_LITTLE
from tests.support import exam_messages as exam
from tests.support.building import CT_IMAGE, Link, Story, deviations, encode, facts, observe, verdict

UID, OTHER, MR = exam.INSTANCES[0], "2.25.4711", "1.2.840.10008.5.1.4.1.1.4"
CHECK = "storage.invalid-request"
NOTE = "note"


def spoil(
    link: Link, deviation: str, *changes: Callable[[Dataset], Any], pixels: bool = True, none: bool = False, **more: Any
) -> None:
    """Record a C-STORE-RQ that is meant to deviate."""
    ds = exam.image(UID, *changes)
    length = ds.Rows * ds.Columns * 2
    data = encode(ds, EXPLICIT_LITTLE)
    if pixels:
        data += b"\xe0\x7f\x10\x00OW\0\0" + length.to_bytes(4, "little")
    link.ask(
        "C-STORE-RQ",
        None if none else data,
        elided=length if pixels and not none else 0,
        intent=Intent.of(deviation) if deviation else None,
        **{"AffectedSOPInstanceUID": UID, **more},
    )


def other_uid(ds: Dataset) -> None:
    ds.SOPInstanceUID = OTHER


def other_class(ds: Dataset) -> None:
    ds.SOPClassUID = MR


def no_modality(ds: Dataset) -> None:
    del ds.Modality


#: Deviation: how it is sent, and what statuses come to.
CASES: Mapping[str, tuple[dict[str, Any], dict[int, str]]] = {
    "storage.uid-conflict": ({"changes": (other_uid,)}, {0xA900: "PASS", 0x0117: "PASS", 0x0000: "WARN"}),
    "storage.class-conflict": (
        {"changes": (other_class,)},
        {0xA900: "PASS", 0xB007: "PASS", 0x0000: NOTE, 0xB000: NOTE},
    ),
    "storage.command-incomplete": (
        {"AffectedSOPInstanceUID": None},
        {0x0212: "PASS", 0x0117: "PASS", 0x0000: NOTE},
    ),
    "storage.no-data-set": ({"none": True}, {0x0212: "PASS", 0xC000: "PASS", 0x0000: "FAIL", 0xB007: "FAIL"}),
    "storage.malformed-uid": ({"AffectedSOPInstanceUID": "1.2.03.4"}, {0x0117: "PASS", 0x0000: NOTE}),
    "storage.faulty-object": (
        {"changes": (no_modality,)},
        {0x0000: "PASS", 0xB007: "PASS", 0xA900: "PASS", 0xC000: "PASS"},
    ),
}


def asked(folder: Path, deviation: str, status: int | None, intent: str | None = None) -> Story:
    """One such request with a good one before it and one behind."""
    how = dict(CASES[deviation][0])
    changes = how.pop("changes", ())
    story = Story(folder)
    link = story.associate(CT_IMAGE, service="storage")
    exam.send(link, "2.25.7000")
    link.answer()
    spoil(link, deviation if intent is None else intent, *changes, **how)
    if status is not None:
        link.answer(status)
    exam.send(link, "2.25.7009")
    link.answer()
    link.release()
    return story


@pytest.mark.parametrize(
    ("deviation", "status"), [(name, status) for name, (_, statuses) in CASES.items() for status in statuses]
)
def test_what_a_status_comes_to(tmp_path: Path, deviation: str, status: int) -> None:
    expected = CASES[deviation][1][status]
    evidence = asked(tmp_path, deviation, status).evidence()
    seen = [each.verdict.value for each in observe(CHECK, evidence)]
    assert seen == ([] if expected == NOTE else [expected])
    assert bool(facts(CHECK, evidence)) is (expected == NOTE)


@pytest.mark.parametrize("deviation", CASES)
def test_what_is_meant_accuses_nobody_else(tmp_path: Path, deviation: str) -> None:
    evidence = asked(tmp_path, deviation, 0xA900).evidence()
    found = [evidence.asked(operation) for operation in evidence.operations]
    assert [each.deviation for each in found if each.deviation] == [deviation]
    assert not [str(fault) for each in found for fault in each.of(Whose.OURS)]
    assert deviations("storage.accepted", evidence) == []
    assert deviations("storage.warning", evidence) == []
    assert deviations("exam.instances", evidence) == []
    assert deviations("iod.ours", evidence) == []


@pytest.mark.parametrize("deviation", CASES)
def test_what_nobody_meant_is_our_defect(tmp_path: Path, deviation: str) -> None:
    evidence = asked(tmp_path, deviation, 0xA900, intent="").evidence()
    assert [seen.verdict for seen in observe("storage.accepted", evidence)][1] is Verdict.INCONCLUSIVE
    assert observe(CHECK, evidence) == []


@pytest.mark.parametrize("deviation", CASES)
def test_an_intent_that_is_not_in_the_bytes_is_our_defect(tmp_path: Path, deviation: str) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    spoil(link, deviation)
    link.answer(0xA900)
    (seen,) = observe("storage.accepted", story.evidence())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert f"meant to be {deviation}, and its bytes are not" in seen.actual
    assert observe(CHECK, story.evidence()) == []


def test_another_content_under_the_same_uid_is_answered_as_the_archive_likes(tmp_path: Path) -> None:
    for status in (0x0000, 0xB000, 0x0111, 0xC000):
        story = Story(tmp_path)
        exam.store(story)
        link = story.associate(CT_IMAGE, service="storage")
        spoil(link, "storage.changed-again", exam.put("PatientID", "OTHER"))
        link.answer(status)
        evidence = story.evidence()
        assert [seen.verdict for seen in observe(CHECK, evidence)] == [Verdict.PASS]
        assert deviations("storage.accepted", evidence) == []


def test_of_an_instance_with_two_uids_nobody_says_that_it_is_stored(tmp_path: Path) -> None:
    evidence = asked(tmp_path, "storage.uid-conflict", 0x0000).evidence()
    assert [image.sop_instance_uid for image in evidence.stored] == ["2.25.7000", "2.25.7009"]


def test_a_refusal_of_the_good_one_behind_is_told(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    spoil(link, "storage.uid-conflict", other_uid)
    link.answer(0xA900)
    exam.send(link, "2.25.7009")
    link.answer(0xC001)
    link.release()
    assert deviations("storage.accepted", story.evidence()) == [("FAIL", None)]


# --- no answer --------------------------------------------------------------------------------------------------------

NO_ABORT, RECEIVED = "association.no-abort", "dimse.response-received"


def unanswered(folder: Path, end: Callable[[Link], Any], deviation: str = "storage.faulty-object") -> Story:
    story = Story(folder)
    link = story.associate(CT_IMAGE, service="storage")
    exam.send(link, "2.25.7000")
    link.answer()
    spoil(link, deviation, *((no_modality,) if deviation else ()))
    end(link)
    return story


def closed(link: Link) -> None:
    link.event("closed-by-peer")


def silent(link: Link) -> None:
    link.event("timeout", waiting="the response", seconds=30)


@pytest.mark.parametrize(
    ("end", "wrong"),
    [
        (lambda link: link.abort(), {NO_ABORT: "WARN"}),
        (closed, {CHECK: "WARN"}),
        (silent, {CHECK: "WARN"}),
    ],
)
def test_an_association_that_ends_with_a_spoiled_instance_is_a_warning(
    tmp_path: Path, end: Callable[[Link], Any], wrong: dict[str, str]
) -> None:
    evidence = unanswered(tmp_path, end).evidence()
    found = {name: deviations(name, evidence) for name in (NO_ABORT, CHECK, RECEIVED)}
    assert {name: verdicts[0][0] for name, verdicts in found.items() if verdicts} == wrong


@pytest.mark.parametrize(
    ("end", "check"), [(lambda link: link.abort(), NO_ABORT), (closed, RECEIVED), (silent, RECEIVED)]
)
def test_one_that_ends_with_a_good_instance_fails(tmp_path: Path, end: Callable[[Link], Any], check: str) -> None:
    evidence = unanswered(tmp_path, end, deviation="").evidence()
    assert deviations(check, evidence) == [("FAIL", None)]
    assert deviations(CHECK, evidence) == []


def test_a_spoiled_instance_that_did_not_go_out_whole(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    exam.send(link, "2.25.7000")
    link.answer()
    link.event("intent", **Intent.of("storage.faulty-object").facts)
    link.raw(p.encode(p.PData((p.PDV(1, True, True, bytes(100)),)))[:20], sent=True)
    link.event("connection-lost", reason="Broken pipe", by_peer=True)
    assert [seen[0] for seen in deviations(CHECK, story.evidence())] == ["WARN"]
    assert deviations(RECEIVED, story.evidence()) == []


# --- early ------------------------------------------------------------------------------------------------------------


def test_an_answer_before_the_last_fragment(tmp_path: Path) -> None:
    """The response stands in the record before the end of its request, and belongs to it all the same."""
    for status, expected in ((0x0000, [("FAIL", None)]), (0xB000, [("FAIL", None)]), (0xA700, [])):
        story = Story(tmp_path)
        link = story.associate(CT_IMAGE, service="storage")
        exam.send(link, "2.25.7000")
        link.answer()
        early(link, status)
        exam.send(link, "2.25.7009")
        link.answer()
        link.release()
        evidence = story.evidence()
        assert deviations("storage.early-success", evidence) == expected
        assert [len(operation.responses) for operation in evidence.operations] == [1, 1, 1]
        assert deviations("dimse.one-final-response", evidence) == []
        assert deviations("dimse.response-received", evidence) == []


def early(link: Link, status: int) -> None:
    whole: list[tuple[bytes, bool]] = []
    raw, link.raw = link.raw, lambda data, *, sent: whole.append((data, sent))  # type: ignore[method-assign]
    link.max_length = 512
    link.ask("C-STORE-RQ", encode(exam.image(UID), EXPLICIT_LITTLE), AffectedSOPInstanceUID=UID)
    *before, last = whole
    whole.clear()
    link.answer(status)
    link.raw = raw  # type: ignore[method-assign]
    for data, sent in (*before, *whole, last):
        raw(data, sent=sent)


# --- once, side by side, unknown --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("copies", "expected"), [(1, []), (2, [("FAIL", "SOPInstanceUID")])])
def test_an_instance_is_found_once(tmp_path: Path, copies: int, expected: list[tuple[str, str]]) -> None:
    story = Story(tmp_path)
    exam.store(story)
    exam.store(story, instances=exam.INSTANCES[:1])
    exam.find(story, [exam.image_answer(uid) for uid in (*exam.INSTANCES, *[UID] * (copies - 1))], "IMAGE")
    assert deviations("storage.stored-once", story.evidence()) == expected


def test_what_others_have_twice_is_not_looked_at(tmp_path: Path) -> None:
    story = Story(tmp_path)
    exam.store(story)
    exam.find(story, [exam.image_answer("2.25.1"), exam.image_answer("2.25.1")], "IMAGE")
    assert observe("storage.stored-once", story.evidence()) == []


SEVERAL = "association.several"


@pytest.mark.parametrize(
    ("beside", "answer", "expected", "told"),
    [
        (1, None, [], False),
        (1, p.AssociateRJ(2, 3, 2), [("WARN", None)], False),
        (1, p.AssociateRJ(2, 1, 1), [("WARN", None)], False),
        (3, p.AssociateRJ(2, 3, 2), [], True),
        (1, p.AssociateRJ(1, 1, 7), [], False),
    ],
)
def test_one_more_association(
    tmp_path: Path, beside: int, answer: p.PDU | None, expected: list[tuple[str, None]], told: bool
) -> None:
    story = Story(tmp_path)
    story.associate(CT_IMAGE, service="storage").release()
    story.associate(CT_IMAGE, service="storage", answer=answer, beside=beside)
    evidence = story.evidence()
    assert deviations(SEVERAL, evidence) == expected
    assert bool(facts(SEVERAL, evidence)) is told


def test_one_more_association_that_is_not_answered_is_no_other_fault(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(CT_IMAGE, service="storage").release()
    link = story.associate(CT_IMAGE, service="storage", answered=False, beside=1)
    link.event("timeout", waiting="A-ASSOCIATE-AC", seconds=10)
    evidence = story.evidence()
    assert deviations(SEVERAL, evidence) == [("WARN", None)]
    assert deviations("association.answered-properly", evidence) == []


def test_associations_one_after_the_other_say_nothing_of_several(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.associate(CT_IMAGE, service="storage").release()
    assert verdict(SEVERAL, story.evidence()) is Verdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("accepted", "expected"), [(PRIVATE_SYNTAX, [("WARN", None)]), (EXPLICIT_LITTLE, []), (None, [])]
)
def test_a_syntax_that_nobody_knows(tmp_path: Path, accepted: str | None, expected: list[tuple[str, None]]) -> None:
    proposed = (p.ProposedContext(1, CT_IMAGE, (PRIVATE_SYNTAX, EXPLICIT_LITTLE, IMPLICIT_LITTLE)),)
    result = p.ContextResult(1, 0 if accepted else 3, accepted or IMPLICIT_LITTLE)
    story = Story(tmp_path)
    story.associate(CT_IMAGE, service="storage", rq={"contexts": proposed}, ac={"contexts": (result,)}).release()
    assert deviations("association.unknown-syntax", story.evidence()) == expected


def test_a_form_that_nobody_has_to_take_breaks_no_promise(tmp_path: Path) -> None:
    refused = {"contexts": (p.ContextResult(1, 4, EXPLICIT_LITTLE),)}
    for optional, expected in (([CT_IMAGE], []), ([], [("FAIL", None)])):
        story = Story(tmp_path, promised={"storage": "site"})
        story.associate(CT_IMAGE, service="storage", ac=refused, optional=optional).release()
        assert deviations("site.service-offered", story.evidence()) == expected


def test_a_study_with_an_instance_that_was_altered_need_not_be_one(tmp_path: Path) -> None:
    for altered, expected in ((True, []), (False, [("FAIL", None)])):
        story = Story(tmp_path)
        exam.store(story)
        if altered:
            link = story.associate(CT_IMAGE, service="storage")
            spoil(link, "storage.faulty-object", no_modality, AffectedSOPInstanceUID=UID)
            link.answer()
            link.release()
        exam.find(story, [exam.study_answer(), exam.study_answer()], "STUDY")
        assert deviations("query.study-found", story.evidence()) == expected


def test_how_an_archive_counts_what_was_altered_is_its_affair(tmp_path: Path) -> None:
    for altered, expected in ((True, []), (False, [("WARN", "NumberOfStudyRelatedInstances")])):
        story = Story(tmp_path)
        exam.store(story)
        if altered:
            link = story.associate(CT_IMAGE, service="storage")
            spoil(link, "storage.faulty-object", no_modality, AffectedSOPInstanceUID=UID)
            link.answer()
            link.release()
        answer = exam.study_answer()
        answer.NumberOfStudyRelatedInstances = "1"
        exam.find(story, [answer], "STUDY")
        assert deviations("query.counts", story.evidence()) == expected


# --- files of the user's own ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status", "expected"),
    [
        ((), 0x0000, None),
        ((no_modality,), 0x0000, "PASS"),
        ((no_modality,), 0xA900, "PASS"),
        ((other_uid,), 0x0000, "WARN"),
        ((other_uid,), 0xA900, "PASS"),
    ],
)
def test_a_file_is_sent_as_it_is(
    tmp_path: Path, changes: tuple[Callable[[Dataset], Any], ...], status: int, expected: str | None
) -> None:
    """What is wrong with it is nobody's defect, and excuses a refusal; it need not belong to the exam."""
    story = Story(tmp_path, ledger=exam.ledger())
    link = story.associate(CT_IMAGE, service="storage")
    link.event("purpose", file="mine.dcm")
    spoil(link, "", *changes, exam.put("PatientID", "OTHER"))
    link.answer(status)
    link.release()
    evidence = story.evidence()
    assert [seen.verdict.value for seen in observe(CHECK, evidence)] == ([expected] if expected else [])
    for check in ("iod.ours", "exam.instances", "exam.images", "storage.accepted"):
        assert deviations(check, evidence) == []


def test_a_right_file_that_is_refused_is_a_refusal(tmp_path: Path) -> None:
    story = Story(tmp_path)
    link = story.associate(CT_IMAGE, service="storage")
    link.event("purpose", file="mine.dcm")
    spoil(link, "")
    link.answer(0xA900)
    link.release()
    assert deviations("storage.accepted", story.evidence()) == [("FAIL", None)]
