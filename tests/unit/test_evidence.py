"""Evidence: what several checks ask, answered once; first of all which commitment report belongs to which request."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.results import ClaimOutcome
from scanproof.statements import Statement
from tests.support.building import COMMITMENT, CT_IMAGE, MPPS, Link, Story, claims_of, observe, stated


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path, site={"commitment": {"ae": "TARGET", "commitment": 30.0}})


def listing(transaction: str | None, instances: Sequence[str], *, failed: bool = False) -> Dataset:
    """A request, or a report of it."""
    ds = Dataset()
    if transaction is not None:
        ds.TransactionUID = transaction
    items = []
    for uid in instances:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = CT_IMAGE, uid
        items.append(item)
    setattr(ds, "FailedSOPSequence" if failed else "ReferencedSOPSequence", items)
    return ds


def request(story: Story, transaction: str, *instances: str, status: int = 0x0000) -> Link:
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", listing(transaction, instances))
    link.answer(status)
    return link


def report(
    story: Story, transaction: str | None, *instances: str, link: Link | None = None, failed: bool = False
) -> None:
    """A report on an association of the target's own, or on `link`."""
    link = link or story.associate(COMMITMENT, by_target=True, service="commitment")
    link.ask("N-EVENT-REPORT-RQ", listing(transaction, instances, failed=failed), sent=False)
    link.answer(0x0000, sent=True)


def pairs(story: Story) -> list[str | None]:
    """For each accepted request, the message of its report."""
    paired = story.evidence().transactions
    return [each.report.request.id if each.report is not None else None for each in paired]


def test_a_report_belongs_to_the_transaction_uid_that_it_names(story: Story) -> None:
    first = request(story, "2.25.1", "1.1")
    request(story, "2.25.2", "1.2")
    report(story, "2.25.2", "1.1", link=first)  # whatever it lists, and wherever it comes
    report(story, "2.25.1", "1.2")
    assert pairs(story) == ["a03.r1", "a01.r2"]


def test_else_to_the_request_whose_instances_it_lists(story: Story) -> None:
    first = request(story, "2.25.1", "1.1", "1.2")
    request(story, "2.25.2", "1.3", "1.4")
    report(story, "2.25.8", "1.4", link=first)
    report(story, None, "1.2", failed=True)
    assert pairs(story) == ["a03.r1", "a01.r2"]


def test_else_to_the_request_on_the_same_association(story: Story) -> None:
    request(story, "2.25.1", "1.1")
    second = request(story, "2.25.2", "1.2")
    report(story, "2.25.8", link=second)
    assert pairs(story) == [None, "a02.r2"]


def test_else_to_none(story: Story) -> None:
    """Whose report it is nobody knows, also where one request alone waits."""
    for number in (1, 2):
        request(story, f"2.25.{number}", f"1.{number}")
    report(story, "2.25.1", "1.1")
    report(story, "2.25.8")
    report(story, None, "1.7")
    assert pairs(story) == ["a03.r1", None]


def test_a_request_that_was_sent_later_is_not_reported_before(story: Story) -> None:
    request(story, "2.25.1", "1.1", status=0x0110)
    report(story, "2.25.8", "1.2")
    request(story, "2.25.2", "1.2")
    assert pairs(story) == [None]


def test_the_report_of_a_refused_request_is_nobody_elses(story: Story) -> None:
    request(story, "2.25.1", "1.1", status=0x0110)
    request(story, "2.25.2", "1.1")
    report(story, "2.25.1", "1.1")
    assert pairs(story) == [None]


def test_reports_of_a_transaction_uid_that_was_used_twice(story: Story) -> None:
    request(story, "2.25.1", "1.1")
    request(story, "2.25.1", "1.1")
    report(story, "2.25.1", "1.1")
    assert pairs(story) == ["a03.r1", None]
    report(story, "2.25.1", "1.1")
    assert pairs(story) == ["a03.r1", "a04.r1"]


# --- checks and claims read the same ----------------------------------------------------------------------------------


def declared(**commitment: object) -> Statement:
    contexts = [{"sop_classes": [COMMITMENT], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}]
    entity = {"ae": "TARGET", "presentation_contexts": contexts, "commitment": commitment}
    return stated({"product": {"name": "P", "version": "1"}, "application_entities": [entity]})


def verdicts(check: str, evidence: Evidence) -> list[Verdict]:
    return [seen.verdict for seen in observe(check, evidence)]


def test_two_reports_under_wrong_transaction_uids_have_come_for_every_check_and_claim(story: Story) -> None:
    """Once commitment.report-received said PASS, and statement.commitment-time beside it that no report came."""
    request(story, "2.25.1", "1.1")
    request(story, "2.25.2", "1.2")
    report(story, "2.25.8", "1.1")
    report(story, "2.25.9", "1.2")
    silent = story.evidence(declared(delivery="new"))
    assert verdicts("commitment.report-received", silent) == [Verdict.PASS] * 2
    assert verdicts("commitment.transaction-uid", silent) == [Verdict.FAIL] * 2
    assert verdicts("statement.commitment-time", silent) == []
    statement = declared(delivery="new", max_seconds=20)
    evidence = story.evidence(statement)
    assert verdicts("commitment.report-received", evidence) == [Verdict.PASS] * 2
    assert verdicts("statement.commitment-time", evidence) == [Verdict.PASS] * 2
    assert verdicts("statement.commitment-delivery", evidence) == [Verdict.PASS] * 2
    outcomes = {claim.id: claim.outcome for claim in claims_of(RunEvidence((evidence,), evidence.declarations))}
    assert outcomes["TARGET.commitment.maximum"] is ClaimOutcome.OBSERVED
    assert outcomes["TARGET.commitment.delivery"] is ClaimOutcome.OBSERVED


def test_a_report_that_did_not_come_has_not_come_for_every_check_and_claim(story: Story) -> None:
    request(story, "2.25.1", "1.1")
    request(story, "2.25.2", "1.2")
    report(story, "2.25.8", "1.2")
    statement = declared(delivery="new")
    evidence = story.evidence(statement)
    assert verdicts("commitment.report-received", evidence) == [Verdict.INCONCLUSIVE, Verdict.PASS]
    assert verdicts("statement.commitment-time", evidence) == [Verdict.WARN]
    assert verdicts("statement.commitment-delivery", evidence) == [Verdict.PASS]


# --- performed procedure steps, instances, times ---------------------------------------------------------------------


def test_what_each_request_about_a_step_means(story: Story) -> None:
    def told(name: str, uid: str, status: int | None = 0x0000, state: str = "IN PROGRESS") -> None:
        dataset = Dataset()
        dataset.PerformedProcedureStepStatus = state
        link = story.associate(MPPS, service="mpps")
        role = "Affected" if name == "N-CREATE-RQ" else "Requested"
        link.ask(name, dataset, **{f"{role}SOPInstanceUID": uid})
        if status is not None:
            link.answer(status)

    told("N-CREATE-RQ", "1.1")
    told("N-CREATE-RQ", "1.1", 0x0111)
    told("N-SET-RQ", "1.1")
    told("N-SET-RQ", "1.1", 0x0110, "COMPLETED")
    told("N-SET-RQ", "1.1", 0x0000, "DISCONTINUED")
    told("N-SET-RQ", "1.1", 0x0110)
    told("N-SET-RQ", "1.2", 0x0112)
    told("N-CREATE-RQ", "1.3", 0x0110)
    told("N-SET-RQ", "1.3", 0x0112)
    told("N-CREATE-RQ", "1.3")
    told("N-CREATE-RQ", "1.4", None)
    told("N-SET-RQ", "1.4")
    told("N-CREATE-RQ", "1.4")
    found = story.evidence().step_requests
    assert [(each.kind.value, each.status) for each in found] == [
        ("create", "IN PROGRESS"),
        ("create again", "IN PROGRESS"),
        ("progress", "IN PROGRESS"),
        ("final", "COMPLETED"),
        ("final", "DISCONTINUED"),
        ("after final", "IN PROGRESS"),
        ("unknown step", "IN PROGRESS"),
        ("create", "IN PROGRESS"),
        ("unsure", "IN PROGRESS"),
        ("create", "IN PROGRESS"),
        ("unsure", "IN PROGRESS"),
        ("unsure", "IN PROGRESS"),
    ]


def test_an_instance_that_was_stored_without_its_uids_in_the_command_has_none(story: Story) -> None:
    dataset = Dataset()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.1", "1.2"
    link = story.associate(CT_IMAGE, service="storage")
    for status in (0x0000, 0xB000, 0xA700):
        link.ask("C-STORE-RQ", dataset, AffectedSOPClassUID=None)
        link.answer(status)
    found = story.evidence().stored
    assert [(each.sop_class_uid, each.sop_instance_uid, each.study, each.series) for each in found] == [
        ("", "", "1.1", "1.2")
    ] * 2
    assert [each.clean for each in found] == [True, False]


def test_a_report_is_timed_from_the_end_of_its_request(story: Story) -> None:
    story.wait(1000)
    request(story, "2.25.1", "1.1")
    story.wait(30)
    report(story, "2.25.1", "1.1")
    (seen,) = story.evidence().transactions
    assert seen.seconds == pytest.approx(30, abs=1)
