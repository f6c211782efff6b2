"""Requests that are meant to deviate: each row of the table, with targets that answer rightly, tolerably and wrongly.

The judge believes the bytes: an intent that is not in them is our defect, and so is a deviation that nobody meant.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

import scanproof.checks.commitment_exchange
import scanproof.checks.mpps
import scanproof.checks.mpps_refusals
import scanproof.checks.mpps_retrieve
import scanproof.checks.worklist_answers  # noqa: F401 - importing registers
from scanproof.checks import all_checks
from scanproof.evidence import Evidence
from scanproof.evidence.fault import Whose
from scanproof.finding import Level, Verdict
from scanproof.standard.association_answers import ADMITTING
from scanproof.standard.deviations import ROWS
from scanproof.statements import load_statement
from scansim.network.transcript import Exchange
from scansim.vocabulary.deviations import ASSOCIATIONS, DEVIATIONS, Intent
from scansim.wire.encoding import encode
from tests.support import exam_messages as exam
from tests.support.building import COMMITMENT, MPPS, STUDY_ROOT_FIND, WORKLIST, Story, facts, observe

CREATE, SET = "N-CREATE-RQ", "N-SET-RQ"
#: Said beside the verdicts, or not said at all.
NOTE, NOTHING = "note", "nothing"


def no_sex(ds: Dataset) -> None:
    del ds.PatientSex


def no_study(ds: Dataset) -> None:
    ds.ScheduledStepAttributesSequence[0].StudyInstanceUID = ""


def completed(ds: Dataset) -> None:
    ds.PerformedProcedureStepStatus = "COMPLETED"
    for element in exam.modification("COMPLETED"):
        ds[element.tag] = element


def empty_item(ds: Dataset) -> None:
    ds.ProcedureCodeSequence = [Dataset()]


def with_patient(ds: Dataset) -> None:
    ds.PatientID = exam.ORDER.PatientID


def with_comments(ds: Dataset) -> None:
    ds.CommentsOnThePerformedProcedureStep = "late"


def in_utf8(ds: Dataset) -> None:
    ds.SpecificCharacterSet = "ISO_IR 192"


def ready(ds: Dataset) -> None:
    ds.PerformedProcedureStepStatus = "READY"


def no_protocol(ds: Dataset) -> None:
    del ds.PerformedSeriesSequence[0].ProtocolName


def empty_series_uid(ds: Dataset) -> None:
    ds.PerformedSeriesSequence[0].SeriesInstanceUID = ""


def no_series(ds: Dataset) -> None:
    ds.PerformedSeriesSequence = []


def no_end(ds: Dataset) -> None:
    del ds.PerformedProcedureStepEndTime


def create(story: Story, change: Callable[[Dataset], None], intent: str, status: int, **answer: Any) -> None:
    exam.mpps(story, CREATE, exam.performed(change), status, intent=intent, **answer)


def again(story: Story, change: Callable[[Dataset], None], intent: str, status: int) -> None:
    exam.mpps(story, CREATE, exam.performed())
    exam.mpps(story, CREATE, exam.performed(change), status, intent=intent)


def unknown(story: Story, change: Callable[[Dataset], None], intent: str, status: int, uid: str = "2.25.9999") -> None:
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), status, uid=uid, intent=intent)


def read(story: Story, change: Callable[[Dataset], None], intent: str, status: int) -> None:
    exam.get(story, None, status, uid="2.25.9999", intent=intent)


def ended(story: Story, change: Callable[[Dataset], None], intent: str, status: int) -> None:
    exam.mpps(story, CREATE, exam.performed())
    exam.mpps(story, SET, exam.modification("COMPLETED"))
    exam.mpps(story, SET, exam.modification("COMPLETED"), status, intent=intent)


def changed(story: Story, change: Callable[[Dataset], None], intent: str, status: int, to: str = "IN PROGRESS") -> None:
    exam.mpps(story, CREATE, exam.performed())
    ds = exam.modification(to)
    change(ds)
    exam.mpps(story, SET, ds, status, intent=intent)


def commit(story: Story, change: Callable[[Dataset], Any], intent: str, status: int, **command: Any) -> None:
    exam.store(story)
    ds = exam.action()
    change(ds)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", ds, intent=Intent.of(intent) if intent else None, **command)
    link.answer(status)
    link.release()


def commit_again(story: Story, change: Callable[[Dataset], Any], intent: str, status: int) -> None:
    commit(story, change, "", 0x0000)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", exam.action(), intent=Intent.of(intent) if intent else None)
    link.answer(status)
    link.release()


def commit_as_a_stranger(story: Story, change: Callable[[Dataset], Any], intent: str, status: int) -> None:
    exam.store(story)
    link = story.associate(COMMITMENT, service="commitment", calling_ae="WHOISTHIS")
    link.ask("N-ACTION-RQ", exam.action(), intent=Intent.of(intent) if intent else None)
    link.answer(status)
    link.release()


def query(story: Story, change: Callable[[Dataset], Any], intent: str, status: int) -> None:
    keys = exam.keys()
    change(keys)
    link = story.associate(WORKLIST, service="worklist")
    link.ask("C-FIND-RQ", keys, intent=Intent.of(intent) if intent else None)
    link.answer(status)
    link.release()


def of_the_13th_month(ds: Dataset) -> None:
    ds.ScheduledProcedureStepSequence[0].add(
        DataElement("ScheduledProcedureStepStartDate", "DA", "20261345", validation_mode=0)
    )


def two_steps(ds: Dataset) -> None:
    ds.ScheduledProcedureStepSequence.append(ds.ScheduledProcedureStepSequence[0])


def search(story: Story, change: Callable[[Dataset], Any], intent: str, status: int, level: str = "STUDY") -> None:
    keys = Dataset()
    keys.QueryRetrieveLevel, keys.StudyInstanceUID, keys.StudyDate = level, exam.ORDER.StudyInstanceUID, None
    if level == "SERIES":
        keys.SeriesInstanceUID = None
        del keys.StudyDate
    change(keys)
    link = story.associate(STUDY_ROOT_FIND, service="query")
    link.ask("C-FIND-RQ", keys, intent=Intent.of(intent) if intent else None)
    link.answer(status)
    link.release()


def no_level(ds: Dataset) -> None:
    del ds.QueryRetrieveLevel


def level_of_frames(ds: Dataset) -> None:
    ds.QueryRetrieveLevel = "FRAME"


def level_of_patients(ds: Dataset) -> None:
    ds.QueryRetrieveLevel = "PATIENT"


def two_studies(ds: Dataset) -> None:
    ds.StudyInstanceUID = ["2.25.1", "2.25.2"]


def with_name(ds: Dataset) -> None:
    ds.PatientName = None


def study_of_the_13th_month(ds: Dataset) -> None:
    ds.add(DataElement("StudyDate", "DA", "20261345", validation_mode=0))


def as_it_is(ds: Dataset) -> None:
    pass


def no_transaction(ds: Dataset) -> None:
    del ds.TransactionUID


def no_list(ds: Dataset) -> None:
    del ds.ReferencedSOPSequence


def empty_list(ds: Dataset) -> None:
    ds.ReferencedSOPSequence = []


def twice(ds: Dataset) -> None:
    ds.ReferencedSOPSequence.append(ds.ReferencedSOPSequence[0])


def no_class(ds: Dataset) -> None:
    del ds.ReferencedSOPSequence[0].ReferencedSOPClassUID


def other_class(ds: Dataset) -> None:
    ds.ReferencedSOPSequence[0].ReferencedSOPClassUID = "1.2.840.10008.5.1.4.1.1.7"


def never_sent(ds: Dataset) -> None:
    ds.ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "2.25.9999"


ACTION, QUERY, SEARCH = "commitment.invalid-request", "worklist.query-accepted", "query.accepted"
#: Deviation: how it is asked, the check that judges it, and what statuses come to.
CASES: dict[str, tuple[Callable[..., None], Callable[[Dataset], Any], dict[str, Any], str, dict[int, Any]]] = {
    "worklist.malformed-key": (query, of_the_13th_month, {}, QUERY,
        {0xA900: "PASS", 0xC000: "PASS", 0x0110: "PASS", 0x0000: NOTE}),
    "worklist.two-steps": (query, two_steps, {}, QUERY, {0xA900: "PASS", 0xC000: "PASS", 0x0000: NOTE}),
    "query.no-level": (search, no_level, {}, SEARCH, {0xA900: "PASS", 0xC000: "PASS", 0x0000: NOTE}),
    "query.unknown-level": (search, level_of_frames, {}, SEARCH, {0xA900: "PASS", 0x0000: NOTE}),
    "query.level-of-other-model": (search, level_of_patients, {}, SEARCH, {0xA900: "PASS", 0x0000: NOTE}),
    "query.no-unique-key": (search, two_studies, {"level": "SERIES"}, SEARCH, {0xA900: "PASS", 0x0000: NOTE}),
    "query.key-of-level-above": (search, with_name, {"level": "SERIES"}, SEARCH, {0xA900: "PASS", 0x0000: NOTE}),
    "query.malformed-key": (search, study_of_the_13th_month, {}, SEARCH,
        {0xA900: "PASS", 0xC000: "PASS", 0x0110: "PASS", 0x0000: NOTE}),
    "mpps.create-again": (again, as_it_is, {}, "mpps.duplicate-create",
        {0x0111: "PASS", 0x0110: NOTE, 0x0000: "WARN"}),
    "mpps.create-again-changed": (again, no_sex, {}, "mpps.duplicate-create", {}),
    "mpps.create-lacks-mandatory": (create, no_sex, {}, "mpps.missing-attribute",
        {0x0120: "PASS", 0x0110: "WARN", 0x0000: "FAIL", 0x0107: "FAIL"}),
    "mpps.create-empty-mandatory": (create, no_study, {}, "mpps.empty-attribute",
        {0x0121: "PASS", 0x0120: "WARN", 0x0000: "FAIL", 0x0107: "FAIL"}),
    "mpps.create-empty-item": (create, empty_item, {}, "mpps.empty-item",
        {0x0106: "PASS", 0x0110: "PASS", 0x0000: "WARN"}),
    "mpps.create-without-uid": (create, as_it_is, {"uid": ""}, "mpps.create-uid",
        {0x0120: "PASS", 0x0000: "FAIL"}),
    "mpps.create-malformed-uid": (create, as_it_is, {"uid": "1.2.03.4"}, "mpps.uid-rules",
        {0x0117: "PASS", 0x0110: NOTE, 0x0000: "WARN"}),
    "mpps.create-not-in-progress": (create, completed, {}, "mpps.first-status",
        {0x0106: "PASS", 0x0110: "WARN", 0x0000: "FAIL", 0x0107: "FAIL"}),
    "mpps.set-unknown-step": (unknown, as_it_is, {}, "mpps.unknown-step",
        {0x0112: "PASS", 0x0110: "WARN", 0x0117: "WARN", 0x0000: "FAIL", 0x0107: "FAIL"}),
    "mpps.set-unknown-step-malformed": (unknown, as_it_is, {"uid": "1.2.03.4"}, "mpps.unknown-step",
        {0x0112: "PASS", 0x0117: "PASS", 0x0110: "WARN", 0x0000: "FAIL"}),
    "mpps.set-after-final": (ended, as_it_is, {}, "mpps.final-is-final",
        {0x0110: "PASS", 0x0112: "WARN", 0xA501: "WARN", 0x0000: "FAIL", 0x0116: "FAIL"}),
    "mpps.set-not-allowed": (changed, with_patient, {}, "mpps.not-allowed",
        {0x0105: "PASS", 0x0106: "PASS", 0x0110: "PASS", 0x0000: NOTE}),
    "mpps.set-not-created": (changed, with_comments, {}, "mpps.progress-accepted",
        {0x0105: NOTHING, 0x0107: NOTHING, 0x0110: NOTHING, 0x0000: NOTE}),
    "mpps.set-empty-value": (changed, no_series, {}, "mpps.progress-accepted",
        {0x0106: NOTHING, 0x0121: NOTHING, 0x0000: NOTE}),
    "mpps.set-final-incomplete": (changed, no_end, {"to": "COMPLETED"}, "mpps.final-accepted",
        {0x0106: NOTHING, 0x0110: NOTHING, 0x0120: NOTHING, 0x0121: NOTHING, 0x0000: NOTE}),
    "mpps.set-other-character-set": (changed, in_utf8, {}, "mpps.progress-accepted",
        {0x0000: NOTHING, 0x0106: NOTHING, 0x0110: NOTE}),
    "mpps.set-status-unknown": (changed, ready, {}, "mpps.set-status",
        {0x0106: "PASS", 0x0110: "PASS", 0x0116: "PASS", 0x0000: "WARN", 0x0107: "WARN"}),
    "mpps.set-lacks-mandatory": (changed, no_protocol, {"to": "COMPLETED"}, "mpps.missing-attribute",
        {0x0120: "PASS", 0x0121: "PASS", 0x0106: "WARN", 0x0000: "FAIL"}),
    "mpps.set-empty-mandatory": (changed, empty_series_uid, {}, "mpps.empty-attribute",
        {0x0120: "PASS", 0x0121: "PASS", 0x0110: "WARN", 0x0000: "FAIL"}),
    "mpps.get-unknown-step": (read, as_it_is, {}, "mpps.get-unknown",
        {0x0112: "PASS", 0x0110: NOTE, 0x0000: "FAIL", 0x0001: "FAIL"}),
    "commitment.no-transaction": (commit, no_transaction, {}, ACTION,
        {0x0120: "PASS", 0x0115: "PASS", 0x0000: "FAIL"}),
    "commitment.no-list": (commit, no_list, {}, ACTION, {0x0120: "PASS", 0x0110: "PASS", 0x0000: "FAIL"}),
    "commitment.empty-list": (commit, empty_list, {}, ACTION, {0x0121: "PASS", 0x0115: "PASS", 0x0000: "FAIL"}),
    "commitment.wrong-action-type": (commit, as_it_is, {"ActionTypeID": 2}, ACTION,
        {0x0123: "PASS", 0x0110: "WARN", 0x0000: "FAIL"}),
    "commitment.wrong-instance": (commit, as_it_is, {"RequestedSOPInstanceUID": "2.25.1"}, ACTION,
        {0x0112: "PASS", 0x0000: "WARN"}),
    "commitment.item-lacks-mandatory": (commit, no_class, {}, ACTION,
        {0x0120: "PASS", 0x0110: "PASS", 0x0000: "WARN"}),
    "commitment.wrong-requested-class": (commit, as_it_is, {"RequestedSOPClassUID": MPPS}, ACTION,
        {0x0118: "PASS", 0x0119: "PASS", 0x0000: "WARN"}),
    "commitment.wrong-class": (commit, other_class, {}, ACTION,
        {0x0000: "PASS", 0x0119: "WARN", 0x0110: NOTE}),
    "commitment.transaction-again": (commit_again, as_it_is, {}, ACTION,
        {0x0000: "PASS", 0x0131: "PASS", 0x0213: "PASS"}),
    "commitment.unknown-requester": (commit_as_a_stranger, as_it_is, {}, ACTION,
        {0x0000: "PASS", 0x0124: "PASS", 0x0110: "PASS"}),
    "commitment.duplicates": (commit, twice, {}, ACTION, {0x0115: "PASS", 0x0000: "PASS"}),
    "commitment.unknown-instance": (commit, never_sent, {}, "commitment.request-accepted",
        {0x0000: "PASS", 0x0112: "WARN", 0x0110: "FAIL", 0xA700: "FAIL"}),
}  # fmt: skip
#: Proven in test_mpps.py, test_storage.py, test_storage_requests.py and test_retrieve.py.
ELSEWHERE = {
    "mpps.create-again-changed",
    *(name for name in DEVIATIONS if name.startswith(("storage.", "retrieve."))),
}
#: Legal by themselves: the bytes alone tell them, whoever meant them.
BY_STATE = (
    *("mpps.create-again", "mpps.set-unknown-step", "mpps.set-unknown-step-malformed", "mpps.set-after-final"),
    *("mpps.get-unknown-step", "commitment.unknown-instance"),
)
ROWS_AND_STATUSES = [(name, status) for name, case in CASES.items() for status in case[4]]


def asked(folder: Path, deviation: str, status: int, *, intent: str | None = None, **scenario: Any) -> Story:
    """A story with one request that deviates; `intent` is what it is said to be, where that is something else."""
    ask, change, how, _, _ = CASES[deviation]
    story = Story(folder, **{"listener": {"ae": "SCANNER", "titles": ["SCANNER"]}, **scenario})
    ask(story, change, deviation if intent is None else intent, status, **how)
    return story


def said(check: str, evidence: Evidence) -> str:
    """What a check says last: a verdict, that it tells something, or nothing."""
    seen = [each.verdict.value for each in observe(check, evidence)]
    return seen[-1] if seen else NOTE if facts(check, evidence) else NOTHING


def test_each_deviation_has_its_row_and_its_cases() -> None:
    assert ROWS.keys() | ADMITTING.keys() == DEVIATIONS.keys()
    assert ADMITTING.keys() == {*ASSOCIATIONS}  # tested in test_admitting
    assert CASES.keys() | ELSEWHERE == ROWS.keys()
    assert all(row.clause or row.level is Level.EXPECTED for row in ROWS.values())


@pytest.mark.parametrize(("deviation", "status"), ROWS_AND_STATUSES)
def test_a_row(tmp_path: Path, deviation: str, status: int) -> None:
    check, expected = CASES[deviation][3], CASES[deviation][4][status]
    evidence = asked(tmp_path, deviation, status).evidence()
    assert said(check, evidence) == expected
    assert bool(facts(check, evidence)) is (expected == NOTE)


@pytest.mark.parametrize("deviation", [name for name in CASES if name not in ELSEWHERE])
def test_a_deviation_that_is_meant_is_no_defect_of_ours(tmp_path: Path, deviation: str) -> None:
    evidence = asked(tmp_path, deviation, next(iter(CASES[deviation][4]))).evidence()
    found = [evidence.asked(operation) for operation in evidence.operations]
    assert [each.deviation for each in found if each.deviation] == [deviation]
    assert not [str(fault) for each in found for fault in each.of(Whose.OURS)]


@pytest.mark.parametrize(("deviation", "status"), ROWS_AND_STATUSES)
def test_a_deviation_that_nobody_meant_is_ours_unless_it_is_legal(tmp_path: Path, deviation: str, status: int) -> None:
    evidence = asked(tmp_path, deviation, status, intent="").evidence()
    ours = [each for operation in evidence.operations for each in evidence.asked(operation).of(Whose.OURS)]
    assert bool(ours) is (deviation not in BY_STATE)
    if ours:
        checks = ("mpps.create-accepted", "mpps.progress-accepted", "mpps.final-accepted")
        checks = (*checks, "commitment.request-accepted", QUERY, SEARCH)
        seen = [each for check in checks for each in observe(check, evidence)][-1]
        assert seen.verdict is Verdict.INCONCLUSIVE
        assert "not to blame" in seen.hint


@pytest.mark.parametrize(("deviation", "status"), ROWS_AND_STATUSES)
def test_a_capture_is_judged_by_its_bytes(tmp_path: Path, deviation: str, status: int) -> None:
    check, expected = CASES[deviation][3], CASES[deviation][4][status]
    evidence = asked(tmp_path, deviation, status, intent="", capture=True).evidence()
    if deviation == "commitment.unknown-requester":
        expected = NOTHING  # who else's titles a target knows, nobody says
    assert said(check, evidence) == expected


@pytest.mark.parametrize("deviation", [name for name in DEVIATIONS if name.startswith("mpps.create")])
@pytest.mark.parametrize("status", [0x0000, 0x0110, 0x0111, 0x0120])
def test_an_intent_that_is_not_in_the_bytes_is_our_defect(tmp_path: Path, deviation: str, status: int) -> None:
    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(), status, intent=deviation)
    (seen,) = observe("mpps.create-accepted", story.evidence())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert f"meant to be {deviation}, and its bytes are not" in seen.actual
    refusals = [check for check in all_checks() if all_checks()[check].function.__module__.endswith("mpps_refusals")]
    assert not any(observe(check, story.evidence()) for check in refusals)


def test_an_intent_of_which_nothing_can_be_known_is_no_defect(tmp_path: Path) -> None:
    """The first N-CREATE was not answered: whether the second one is a repeat, nobody knows."""
    story = Story(tmp_path)
    link = story.associate(MPPS, service="mpps")
    link.ask(CREATE, exam.performed(), AffectedSOPInstanceUID=exam.MPPS_UID)
    link.event("timeout", waiting="the response", seconds=5)
    exam.mpps(story, CREATE, exam.performed(), 0x0000, intent="mpps.create-again")
    evidence = story.evidence()
    assert not any(evidence.asked(operation).faults for operation in evidence.operations)
    assert observe("mpps.duplicate-create", evidence) == []


def test_what_is_wrong_beside_the_deviation_is_ours(tmp_path: Path) -> None:
    def both(ds: Dataset) -> None:
        no_sex(ds)
        ds.Modality = ""

    story = Story(tmp_path)
    exam.mpps(story, CREATE, exam.performed(both), 0x0120, intent="mpps.create-lacks-mandatory")
    (seen,) = observe("mpps.missing-attribute", story.evidence())
    assert seen.verdict is Verdict.INCONCLUSIVE
    assert "Modality: present without a value" in seen.actual


def test_a_deviation_with_a_fault_that_was_given_to_us_may_be_refused_otherwise(tmp_path: Path) -> None:
    story = Story(tmp_path, ledger=exam.ledger(origin={"exchange": "a01.r1", "requests": {}}))
    item = exam.item()
    exam.put("PatientSex", "X")(item)
    exam.worklist(story, [item])
    exam.mpps(story, SET, exam.modification("IN PROGRESS"), 0x0110, uid="2.25.9999", intent="mpps.set-unknown-step")
    exam.mpps(story, CREATE, exam.performed(exam.put("PatientSex", "X")), uid="2.25.1")
    again = exam.performed(exam.put("PatientSex", "X"))
    exam.mpps(story, CREATE, again, 0x0110, uid="2.25.1", intent="mpps.create-again")
    (plain,) = observe("mpps.unknown-step", story.evidence())
    assert (plain.verdict, plain.because) == (Verdict.WARN, None)
    (given,) = observe("mpps.duplicate-create", story.evidence())
    assert isinstance(given.because, Exchange)
    assert given.because.id == "a01.r1"


def test_a_refused_requester_is_right_where_that_is_declared(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "scenarios/statements/reference.yaml").read_text()
    path = tmp_path / "statement.yaml"
    for known, expected in ((False, Verdict.FAIL), (True, Verdict.PASS)):
        line = f"same_association: N, known_requesters_only: {'Y' if known else 'N'}"
        path.write_text(text.replace("same_association: N", line).replace("REFERENCE:", "TARGET:"))
        story = asked(tmp_path, "commitment.duplicates", 0x0000)
        link = story.associate(COMMITMENT, service="commitment")
        link.ask("N-ACTION-RQ", exam.action("2.25.2"))
        link.answer(0x0110, ErrorComment="unknown AE title")
        link.release()
        seen = observe("commitment.request-accepted", story.evidence(load_statement(path)))[-1]
        assert seen.verdict is expected


def test_data_sets_are_compared_and_not_their_encoding(tmp_path: Path) -> None:
    story = Story(tmp_path)
    for syntax, status in (("1.2.840.10008.1.2", 0x0000), ("1.2.840.10008.1.2.1", 0x0000)):
        link = story.associate(MPPS, service="mpps", transfer_syntax=syntax)
        link.ask(CREATE, encode(exam.performed(), syntax), AffectedSOPInstanceUID=exam.MPPS_UID)
        link.answer(status)
    (seen,) = observe("mpps.duplicate-create", story.evidence())
    assert seen.verdict is Verdict.WARN
