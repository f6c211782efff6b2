"""Checks of Storage Commitment against hand-made conversations (SC-01, SC-02, SC-04, SC-06)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pydicom.dataset import Dataset

import scanproof.checks  # noqa: F401 - importing registers
from scanproof.check import _CHECKS, Fact
from scanproof.conclude import conclude
from scanproof.evidence import Evidence, RunEvidence
from scanproof.finding import Verdict
from scanproof.judge import judge, judge_run
from scanproof.statements import Statement
from scansim.vocabulary.outcome import BROUGHT_ELSEWHERE
from scansim.wire import pdu as p
from scansim.wire.dataset import IMPLICIT_LITTLE
from tests.support.building import COMMITMENT, CT_IMAGE, Link, Story, deviations, observe, stated, verdict

PASS, FAIL, WARN = Verdict.PASS, Verdict.FAIL, Verdict.WARN
INCONCLUSIVE, NOT_APPLICABLE = Verdict.INCONCLUSIVE, Verdict.NOT_APPLICABLE
MODULES = ("scanproof.checks.commitment_exchange", "scanproof.checks.commitment_report")
#: What no right conversation has is proven with the deviations, in test_deviations.py.
IDS = sorted(
    check.id
    for check in _CHECKS.values()
    if check.function.__module__ in MODULES and check.id != "commitment.invalid-request"
)
STORED = ["1.2.3.1", "1.2.3.2", "1.2.3.3"]
NEVER = "1.2.3.9"
TRANSACTION = "2.25.111"
MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"


def statement(maximum: float | None) -> Statement:
    return stated(
        {
            "product": {"name": "Some Archive", "version": "1"},
            "application_entities": [
                {
                    "ae": "TARGET",
                    "presentation_contexts": [
                        {"sop_classes": ["StorageCommitmentPushModel"], "transfer_syntaxes": ["ImplicitVRLittleEndian"]}
                    ],
                    "commitment": {"delivery": "either", "max_seconds": maximum},
                }
            ],
        }
    )


def references(uids: Sequence[str], sop_class: str = CT_IMAGE, reason: int | None = None) -> list[Dataset]:
    items = []
    for uid in uids:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
        if reason is not None:
            item.FailureReason = reason
        items.append(item)
    return items


def content(
    transaction: str | None = TRANSACTION,
    good: Sequence[Dataset] | None = (),
    failed: Sequence[Dataset] | None = None,
) -> Dataset:
    ds = Dataset()
    if transaction is not None:
        ds.TransactionUID = transaction
    if good is not None:
        ds.ReferencedSOPSequence = list(good)
    if failed is not None:
        ds.FailedSOPSequence = list(failed)
    return ds


ALL = references(STORED)
PARTIAL = content(good=ALL, failed=references([NEVER], reason=0x0112))


def stored(story: Story) -> None:
    """Every image has been stored with Success."""
    story.ledger["instances"] = [
        {"sop_class_uid": CT_IMAGE, "sop_instance_uid": uid, "series_instance_uid": "1.2", "stored": 0}
        for uid in STORED
    ]


def request(story: Story, *, transaction: str = TRANSACTION, unknown: bool = False, status: int = 0) -> Link:
    """The N-ACTION and its response."""
    stored(story)
    link = story.associate(COMMITMENT, service="commitment", transfer_syntax=IMPLICIT_LITTLE)
    wanted = [*STORED, NEVER] if unknown else STORED
    link.ask("N-ACTION-RQ", content(transaction, references(wanted)))
    link.answer(status)
    link.release()
    story.step("commit", "commitment", associations=[link.recorder.name])
    return link


def report(
    story: Story,
    dataset: Dataset,
    *,
    kind: int | None = 1,
    roles: tuple[p.RoleSelection, ...] = (p.RoleSelection(COMMITMENT, 0, 1),),
    titles: tuple[str, str] = ("SCANNER", "TARGET"),
    **command: Any,
) -> None:
    """The N-EVENT-REPORT on an association of the target's own."""
    user = p.UserInformation(16384, "1.2.3", roles=roles)
    rq = {"user": user, "called_ae": titles[0], "calling_ae": titles[1]}
    link = story.associate(COMMITMENT, service="commitment", by_target=True, rq=rq)
    link.ask("N-EVENT-REPORT-RQ", dataset, sent=False, **{"EventTypeID": kind, **command})
    link.answer(0, sent=True)
    link.release()


def both(story: Story, dataset: Dataset, *, unknown: bool = False, **how: Any) -> None:
    request(story, unknown=unknown)
    report(story, dataset, **how)


def partly(story: Story, dataset: Dataset, *, kind: int = 2) -> None:
    both(story, dataset, unknown=True, kind=kind)


def same_association(story: Story, *, early: bool = False) -> None:
    stored(story)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", content(good=ALL))
    if early:
        link.ask("N-EVENT-REPORT-RQ", content(good=ALL), sent=False)
        link.answer(0)
    else:
        link.answer(0)
        link.ask("N-EVENT-REPORT-RQ", content(good=ALL), sent=False)
    link.answer(0, sent=True)
    link.release()


def foreign_report_first(story: Story) -> None:
    """On the association of the request comes what an earlier run asked for, and half a second later the right one."""
    stored(story)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", content(good=ALL))
    link.answer(0)
    link.ask("N-EVENT-REPORT-RQ", content("2.25.777", references(["1.9.9"])), sent=False)
    link.answer(0, sent=True)
    story.wait(0.5)
    report(story, content(good=ALL))
    link.release()


def on_another_association_of_ours(story: Story) -> None:
    """The report of the first request comes on the association of the second one."""
    request(story, transaction="2.25.1")
    stored(story)
    link = story.associate(COMMITMENT, service="commitment")
    link.ask("N-ACTION-RQ", content("2.25.2", ALL))
    link.answer(0)
    for transaction in ("2.25.1", "2.25.2"):
        link.ask("N-EVENT-REPORT-RQ", content(transaction, ALL), sent=False)
        link.answer(0, sent=True)
    link.release()


def two_transactions(story: Story) -> None:
    """Reports in the other order than the requests."""
    request(story, transaction="2.25.1")
    request(story, transaction="2.25.2")
    for transaction in ("2.25.2", "2.25.1"):
        report(story, content(transaction, ALL))


def own_listener_title(story: Story) -> None:
    both(story, content(good=ALL), titles=("LISTENER", "TARGET"))


RIGHT: dict[str, Callable[[Story], None]] = {
    "on a new association": lambda s: both(s, content(good=ALL)),
    "on the same association": same_association,
    "before the N-ACTION-RSP": lambda s: same_association(s, early=True),
    "three committed, one that is not there": lambda s: partly(s, PARTIAL),
    "in another order": lambda s: both(s, content(good=references(STORED[::-1]))),
    "two transactions, reports crossed": two_transactions,
    "another run's before it": foreign_report_first,
    "on another association of ours": on_another_association_of_ours,
    "two of the same": lambda s: [both(s, content(good=ALL)), report(s, content(good=ALL))],  # type: ignore[dict-item]
    "the title of our listener is called": own_listener_title,
    "both roles proposed": lambda s: both(s, content(good=ALL), roles=(p.RoleSelection(COMMITMENT, 1, 1),)),
    "with a place to fetch it from": lambda s: both(s, with_retrieve_ae()),
}


def with_retrieve_ae() -> Dataset:
    ds = content(good=references(STORED))
    ds.RetrieveAETitle = "TARGET"
    ds.ReferencedSOPSequence[0].RetrieveAETitle = "ARCHIVE"
    return ds


def all_failed(story: Story) -> None:
    """Nothing was ever stored, and all of it is reported as failed: no list of committed ones is needed."""
    request(story)
    story.ledger["instances"] = []
    report(story, content(good=None, failed=references(STORED, reason=0x0112)), kind=2)


RIGHT["all failed"] = all_failed

WRONG: list[tuple[str, str, Verdict, Callable[[Story], object]]] = [
    ("commitment.request-accepted", "refused", FAIL, lambda s: request(s, status=0x0110)),
    ("commitment.transaction-uid", "another", FAIL, lambda s: both(s, content("2.25.999", ALL))),
    ("commitment.transaction-uid", "absent", FAIL, lambda s: both(s, content(None, ALL))),
    ("commitment.transaction-uid", "empty", FAIL, lambda s: both(s, content("", ALL))),
    ("commitment.event-type", "type 1 with a failure", FAIL, lambda s: partly(s, PARTIAL, kind=1)),
    ("commitment.event-type", "type 2 without one", FAIL, lambda s: both(s, content(good=ALL), kind=2)),
    ("commitment.event-type", "type 2 with an empty list", FAIL, lambda s: both(
        s, content(good=ALL, failed=[]), kind=2)),
    ("commitment.event-type", "type 3", FAIL, lambda s: both(s, content(good=ALL), kind=3)),
    ("commitment.event-type", "absent", FAIL, lambda s: both(s, content(good=ALL), kind=None)),
    ("commitment.union", "failures only", FAIL, lambda s: partly(
        s, content(good=None, failed=PARTIAL.FailedSOPSequence))),
    ("commitment.union", "good ones only", FAIL, lambda s: partly(s, content(good=ALL), kind=1)),
    ("commitment.union", "one that nobody asked for", FAIL, lambda s: both(
        s, content(good=[*ALL, *references(["1.9"])]))),
    ("commitment.union", "nothing", FAIL, lambda s: both(s, content(good=None))),
    ("commitment.no-overlap", "in both lists", FAIL, lambda s: both(
        s, content(good=ALL, failed=references(STORED[:1], reason=0x0110)), kind=2)),
    ("commitment.no-overlap", "twice in one", FAIL, lambda s: both(s, content(good=[*ALL, *references(STORED[:1])]))),
    ("commitment.sop-class", "another", FAIL, lambda s: both(s, content(good=references(STORED, MR_IMAGE)))),
    ("commitment.sop-class", "another among the failed", FAIL, lambda s: partly(
        s, content(good=ALL, failed=references([NEVER], MR_IMAGE, 0x0112)))),
    ("commitment.failure-reason", "absent", FAIL, lambda s: partly(s, content(good=ALL, failed=references([NEVER])))),
    ("commitment.failure-reason", "undefined", FAIL, lambda s: partly(
        s, content(good=ALL, failed=references([NEVER], reason=0xA700)))),
    ("commitment.committed", "a stored one is not there", FAIL, lambda s: both(
        s, content(good=ALL[1:], failed=references(STORED[:1], reason=0x0112)), kind=2)),
    ("commitment.committed", "no room for a stored one", WARN, lambda s: both(
        s, content(good=ALL[1:], failed=references(STORED[:1], reason=0x0213)), kind=2)),
    ("commitment.committed", "its class is not committed", WARN, lambda s: both(
        s, content(good=ALL[1:], failed=references(STORED[:1], reason=0x0122)), kind=2)),
    ("commitment.well-known-instance", "an image", FAIL, lambda s: both(
        s, content(good=ALL), AffectedSOPInstanceUID=STORED[0])),
    ("commitment.well-known-instance", "absent", FAIL, lambda s: both(
        s, content(good=ALL), AffectedSOPInstanceUID=None)),
    ("commitment.well-known-instance", "another class", FAIL, lambda s: both(
        s, content(good=ALL), AffectedSOPClassUID=CT_IMAGE)),
    ("commitment.role-selection", "no item", FAIL, lambda s: both(s, content(good=ALL), roles=())),
    ("commitment.role-selection", "SCU", FAIL, lambda s: both(
        s, content(good=ALL), roles=(p.RoleSelection(COMMITMENT, 1, 0),))),
    ("commitment.role-selection", "for another class", FAIL, lambda s: both(
        s, content(good=ALL), roles=(p.RoleSelection(CT_IMAGE, 0, 1),))),
    ("commitment.calling-ae", "another one calls", WARN, lambda s: both(s, content(good=ALL), titles=("SCANNER", "X"))),
    ("commitment.calling-ae", "another one is called", WARN, lambda s: both(
        s, content(good=ALL), titles=("X", "TARGET"))),
    ("commitment.report-received", "nothing came", INCONCLUSIVE, request),
    ("commitment.refused-not-reported", "reported", WARN, lambda s: [
        request(s, status=0x0110), report(s, content(good=ALL))]),
]  # fmt: skip


def evidence(tmp_path, build: Callable[[Story], object], declared: Statement | None = None) -> Evidence:
    site = {"commitment": {"ae": "TARGET", "commitment": 30.0}}
    story = Story(tmp_path, site=site, listener={"ae": "LISTENER", "port": 1})
    build(story)
    return story.evidence(declared)


@pytest.mark.parametrize("what", RIGHT)
def test_right_conversations_pass(tmp_path, what):
    found = evidence(tmp_path, RIGHT[what])
    assert {check: deviations(check, found) for check in IDS} == {check: [] for check in IDS}
    assert {check: verdict(check, found) for check in IDS} == {
        **dict.fromkeys(IDS, PASS),
        "commitment.committed": NOT_APPLICABLE if what == "all failed" else PASS,
        "commitment.failure-reason": PASS if _has_failures(found) else NOT_APPLICABLE,
    }


def _has_failures(found: Evidence) -> bool:
    return any(transaction.listed("FailedSOPSequence") for transaction in found.transactions)


@pytest.mark.parametrize(("check", "what", "wanted", "build"), WRONG, ids=[f"{w[0]}-{w[1]}" for w in WRONG])
def test_wrong_conversations_are_told(tmp_path, check, what, wanted, build):
    assert verdict(check, evidence(tmp_path, build)) is wanted


def test_every_check_has_a_conversation_that_it_objects_to():
    assert {case[0] for case in WRONG} == set(IDS)


@pytest.mark.parametrize(
    ("maximum", "wanted"), [(None, INCONCLUSIVE), (20.0, FAIL), (30.0, FAIL), (31.0, INCONCLUSIVE)]
)
def test_a_report_that_does_not_come_fails_only_past_a_declared_maximum(tmp_path, maximum, wanted):
    """SC-09: without a maximum nobody knows how long to wait; we wait 30 s here."""
    assert verdict("commitment.report-received", evidence(tmp_path, request, statement(maximum))) is wanted


@pytest.mark.parametrize("cause", ["setup", "harness"])
def test_a_report_that_could_not_come_for_our_own_reasons_is_no_deviation(tmp_path, cause):
    def build(story: Story) -> None:
        request(story)
        story.writer._steps[-1] |= {"outcome": "stopped", "cause": cause, "detail": "no listener"}
        story.step("verify")

    found = evidence(tmp_path, build, statement(1.0))
    assert [(seen.verdict, seen.actual) for seen in observe("commitment.report-received", found)] == [
        (INCONCLUSIVE, "no listener")
    ]


def test_the_report_of_one_transaction_is_not_held_against_another(tmp_path):
    """Of two requests, only the second one was reported: the first one got no report, and not a wrong one."""

    def build(story: Story) -> None:
        request(story, transaction="2.25.1")
        request(story, transaction="2.25.2")
        report(story, content("2.25.2", ALL))

    found = evidence(tmp_path, build)
    assert deviations("commitment.transaction-uid", found) == []
    assert [seen.verdict for seen in observe("commitment.report-received", found)] == [INCONCLUSIVE, PASS]


@pytest.mark.parametrize("told", ["2.25.999", TRANSACTION], ids=["nobody's", "that of both"])
def test_one_report_answers_one_request(tmp_path, told):
    """Counted for two requests, it would hide that one of them was never answered."""

    def build(story: Story) -> None:
        for transaction in (TRANSACTION, TRANSACTION if told == TRANSACTION else "2.25.2"):
            request(story, transaction=transaction)
        report(story, content(told, ALL))

    seen = [each.verdict for each in observe("commitment.report-received", evidence(tmp_path, build))]
    assert sorted(seen) == [INCONCLUSIVE, PASS]


def test_a_refused_request_needs_no_report(tmp_path):
    found = evidence(tmp_path, lambda s: request(s, status=0x0110), statement(1.0))
    assert {check: verdict(check, found) for check in IDS} == {
        **dict.fromkeys(IDS, NOT_APPLICABLE),
        "commitment.request-accepted": FAIL,
    }


def test_paths_name_the_attribute(tmp_path):
    found = evidence(tmp_path, lambda s: partly(s, content(good=ALL, failed=references([NEVER]))))
    assert deviations("commitment.failure-reason", found) == [("FAIL", "FailedSOPSequence[1] > FailureReason")]
    found = evidence(tmp_path, lambda s: both(s, content("2.25.9", ALL)))
    assert deviations("commitment.transaction-uid", found) == [("FAIL", "TransactionUID")]


def test_a_target_that_dies_of_our_sparse_response_is_told(tmp_path):
    """SC-06: after N-EVENT-REPORT-RSP without a data set, the target aborts."""

    def build(story: Story) -> None:
        request(story)
        link = story.associate(COMMITMENT, by_target=True)
        link.ask("N-EVENT-REPORT-RQ", content(good=ALL), sent=False)
        link.answer(0, sent=True)
        link.abort(source=2)

    assert verdict("association.no-abort", evidence(tmp_path, build)) is Verdict.WARN


def test_of_a_report_without_a_data_set_nothing_is_right(tmp_path):
    """Neither that nothing failed, nor that what it does not name was not committed."""

    def build(story: Story) -> None:
        stored(story)
        link = story.associate(COMMITMENT, service="commitment", transfer_syntax=IMPLICIT_LITTLE)
        link.ask("N-ACTION-RQ", content(good=ALL))
        link.answer(0)
        link.ask("N-EVENT-REPORT-RQ", None, sent=False)
        link.answer(0, sent=True)

    found = evidence(tmp_path, build)
    for check in ("failure-reason", "committed", "never-sent", "discarded", "no-empty-list", "sop-class"):
        assert observe(f"commitment.{check}", found) == []
    assert verdict("commitment.union", found) is FAIL
    assert verdict("commitment.transaction-uid", found) is FAIL


def test_the_class_of_an_instance_that_nobody_asked_for_is_of_no_interest(tmp_path):
    found = evidence(tmp_path, lambda s: both(s, content(good=[*ALL, *references(["1.9"], MR_IMAGE)])))
    assert [seen.verdict for seen in observe("commitment.sop-class", found)] == [PASS] * 3


def test_a_request_that_was_not_answered_is_left_to_others(tmp_path):
    def build(story: Story) -> None:
        link = story.associate(COMMITMENT, service="commitment")
        link.ask("N-ACTION-RQ", content(good=ALL))

    assert observe("commitment.request-accepted", evidence(tmp_path, build)) == []


def test_a_report_that_came_too_late_contradicts_the_declared_maximum(tmp_path):
    (seen,) = observe("commitment.report-received", evidence(tmp_path, request, statement(20.0)))
    assert (seen.verdict, seen.claim) == (FAIL, "TARGET.commitment.maximum")
    (seen,) = observe("commitment.report-received", evidence(tmp_path, request, statement(None)))
    assert (seen.verdict, seen.claim) == (INCONCLUSIVE, None)


@pytest.mark.parametrize(("build", "where"), [(same_association, "the same"), (RIGHT["on a new association"], "a new")])
def test_where_a_report_came_is_told(tmp_path, build, where):
    (seen,) = observe("commitment.report-received", evidence(tmp_path, build))
    assert seen.actual == f"on {where} association"


@pytest.mark.parametrize(("seconds", "wanted"), [(29.0, PASS), (31.0, WARN)])
def test_a_report_that_came_after_we_had_given_up_came_all_the_same(tmp_path, seconds, wanted):
    def build(story: Story) -> None:
        request(story)
        story.wait(seconds)
        report(story, content(good=ALL))

    found = evidence(tmp_path, build)
    assert {check: verdict(check, found) for check in IDS} == {
        **dict.fromkeys(IDS, PASS),
        "commitment.report-received": wanted,
        "commitment.failure-reason": NOT_APPLICABLE,
    }


def test_a_report_from_another_title_is_a_note_of_the_standard(tmp_path):
    """R2-12."""
    found = evidence(tmp_path, lambda s: both(s, content(good=ALL), titles=("SCANNER", "OTHER")))
    assert {check: verdict(check, found) for check in IDS} == {
        **dict.fromkeys(IDS, PASS),
        "commitment.calling-ae": WARN,
        "commitment.failure-reason": NOT_APPLICABLE,
    }


def test_a_report_that_nothing_ties_to_a_request_is_charged_to_none(tmp_path):
    def build(story: Story) -> None:
        request(story)
        report(story, content("2.25.999", references(["1.2.77"])))

    found = evidence(tmp_path, build)
    assert observe("commitment.transaction-uid", found) == []
    assert verdict("commitment.report-received", found) is INCONCLUSIVE


@pytest.mark.parametrize(("repeated", "told"), [(True, Verdict.INCONCLUSIVE), (False, Verdict.FAIL)])
def test_a_transaction_that_an_earlier_run_may_have_had(repeated: bool, told: Verdict, tmp_path) -> None:
    story = Story(tmp_path, repeated=repeated)
    request(story, status=0x0110)
    assert verdict("commitment.request-accepted", story.evidence()) is told


def facts(found: Evidence) -> list[str]:
    return [each.text for each in _CHECKS["commitment.report-received"].function(found) if isinstance(each, Fact)]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        (foreign_report_first, "a report of transaction 2.25.777 came on our own association"),
    ],
)
def test_a_report_that_is_not_waited_for_is_told(tmp_path, what, text):
    (told,) = facts(evidence(tmp_path, what))
    assert told.startswith(text)
    assert facts(evidence(tmp_path / "other", RIGHT["on a new association"])) == []


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        (content("2.25.777", references(["1.9.9"])), NOT_APPLICABLE),  # an earlier run's, for all we know
        (content(None, references(["1.9.9"])), FAIL),
        (content("2.25.777", None), FAIL),
        (content("2.25.777", ALL), FAIL),
    ],
    ids=["another's", "no transaction", "no instances", "our instances"],
)
def test_what_comes_on_the_association_of_the_request_is_its_report_unless_it_is_anothers(tmp_path, told, wanted):
    def build(story: Story) -> None:
        stored(story)
        link = story.associate(COMMITMENT, service="commitment")
        link.ask("N-ACTION-RQ", content(good=ALL))
        link.answer(0)
        link.ask("N-EVENT-REPORT-RQ", told, sent=False)
        link.answer(0, sent=True)
        link.release()

    found = evidence(tmp_path, build)
    assert verdict("commitment.transaction-uid", found) is wanted
    received = INCONCLUSIVE if wanted is NOT_APPLICABLE else PASS
    assert verdict("commitment.report-received", found) is received


def brought(story: Story, told: Dataset) -> None:
    """A record that stands here because another exam's association brought the report."""
    request(story)
    link = story.associate(COMMITMENT, service="commitment", purpose=BROUGHT_ELSEWHERE)
    link.ask("N-ACTION-RQ", content("2.25.2", references(["1.2.8"])))
    link.answer(0x0110)
    link.ask("N-EVENT-REPORT-RQ", told, sent=False)
    link.answer(0, sent=True)
    link.release()


@pytest.mark.parametrize("transaction", [TRANSACTION, "2.25.9"])
def test_a_report_that_another_exam_got_is_judged_and_nothing_else_of_it(tmp_path, transaction):
    found = evidence(tmp_path, lambda s: brought(s, content(transaction, ALL)))
    wrong = {check for check in IDS if verdict(check, found) not in (PASS, NOT_APPLICABLE)}
    assert wrong == ({"commitment.transaction-uid"} if transaction != TRANSACTION else set())
    (seen,) = observe("commitment.report-received", found)
    assert (seen.verdict, seen.actual) == (PASS, "on another association of ours")
    assert found.party(seen.exchange.id) == "commitment TARGET@127.0.0.1:104"


def test_a_report_for_a_third_is_nothing_here(tmp_path):
    found = evidence(tmp_path, lambda s: brought(s, content("2.25.9", references(["1.2.8"]))))
    assert verdict("commitment.report-received", found) is INCONCLUSIVE
    assert facts(found) == []


def test_each_of_our_titles_may_be_called(tmp_path):
    site = {"commitment": {"ae": "TARGET", "commitment": 30.0}}
    story = Story(tmp_path, site=site, listener={"ae": "LISTENER", "port": 1, "titles": ["LISTENER", "CT1"]})
    both(story, content(good=ALL), titles=("CT1", "TARGET"))
    assert verdict("commitment.calling-ae", story.evidence()) is PASS


def test_the_wait_begins_with_the_response(tmp_path):
    def build(story: Story) -> None:
        stored(story)
        link = story.associate(COMMITMENT, service="commitment")
        link.ask("N-ACTION-RQ", content(good=ALL))
        story.wait(20)
        link.answer(0)
        story.wait(20)
        link.ask("N-EVENT-REPORT-RQ", content(good=ALL), sent=False)

    assert verdict("commitment.report-received", evidence(tmp_path, build)) is PASS


def test_a_result_that_comes_in_parts_is_one_cause(tmp_path: Path) -> None:
    """What was committed in one report, what was not in another: neither has all, which is the whole of it."""
    story = Story(tmp_path)
    request(story, unknown=True)
    report(story, content(good=ALL))
    report(story, content(good=None, failed=references([NEVER], reason=0x0112)), kind=2)
    evidence = story.evidence()
    found = conclude([(evidence, judge(evidence))], judge_run(RunEvidence((evidence,)))).of_scenario[evidence.label]
    wrong = [each for each in found if each.verdict in (Verdict.FAIL, Verdict.WARN)]
    assert {each.check for each in wrong if each.root is None} == {"commitment.union"}
    assert {each.check for each in wrong} >= {"commitment.reported-once", "commitment.same-report"}
