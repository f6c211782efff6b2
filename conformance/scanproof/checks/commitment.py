"""Checks of Storage Commitment Push Model (PS3.4 Annex J): the request, and what its report says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from scanproof.check import Evidence, Observation, check, fail, inconclusive, ok, warn
from scanproof.finding import Level
from scanproof.statement import commitment_claim_id
from scansim.network.transcript import Operation
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire.dataset import DataSet

#: Failure Reason values of PS3.3 C.14.1.1, a closed list.
_REASONS = {0x0110, 0x0112, 0x0119, 0x0122, 0x0131, 0x0213}

Pair = tuple[str, str]


@dataclass(frozen=True)
class Transaction:
    """One accepted N-ACTION and the report that came for it, if any."""

    action: Operation
    requested: dict[str, str]
    report: Operation | None

    @property
    def content(self) -> DataSet | None:
        """Event Information of the report."""
        return self.report.request.dataset if self.report is not None else None

    def listed(self, sequence: str) -> list[Pair]:
        """(SOP Instance UID, SOP Class UID) of each item of a sequence of the report."""
        items = self.content.items(sequence) if self.content is not None else ()
        return [(item.text("ReferencedSOPInstanceUID"), item.text("ReferencedSOPClassUID")) for item in items]


def _pairs(dataset: DataSet | None) -> dict[str, str]:
    items = dataset.items("ReferencedSOPSequence") if dataset is not None else ()
    return {item.text("ReferencedSOPInstanceUID"): item.text("ReferencedSOPClassUID") for item in items}


def _transaction_uid(operation: Operation) -> str:
    return operation.request.dataset.text("TransactionUID") if operation.request.dataset is not None else ""


def transactions(evidence: Evidence) -> Iterator[Transaction]:
    """N-ACTIONs that were answered with Success, each with its report: of its Transaction UID, else of nobody's."""
    reports = list(evidence.reports())
    actions = evidence.requests("N-ACTION-RQ", COMMITMENT)
    asked = {_transaction_uid(action) for action in actions}
    for action in actions:
        if action.final is None or not is_success(action.final.command.status):
            continue
        transaction_uid = _transaction_uid(action)
        mine = [report for report in reports if _transaction_uid(report) == transaction_uid]
        nobodys = [report for report in reports if _transaction_uid(report) not in asked]
        report = next(iter(mine or nobodys), None)
        if report is not None:
            reports.remove(report)
        yield Transaction(action, _pairs(action.request.dataset), report)


def reported(evidence: Evidence) -> Iterator[tuple[Transaction, Operation]]:
    """Transactions that were reported, with their reports."""
    for transaction in transactions(evidence):
        if transaction.report is not None:
            yield transaction, transaction.report


@check(
    "commitment.request-accepted",
    title="A valid N-ACTION is answered with Success",
    clause="PS3.4 J.3.2.1.2, J.3.2.1.3 (2013); PS3.7 10.1.4",
    level=Level.SHALL,
    expected="N-ACTION-RSP with 0000H",
    hint="Error Comment and the target's log should tell why; it may not know our AE title's host and port.",
    service="commitment",
)
def request_accepted(evidence: Evidence) -> Iterator[Observation]:
    """The SCP answers a request whose Action Information is complete with Success, which says only that it was
    received; what becomes of the instances is told by the report.

    Without it the modality never may delete, and its disk is full on Friday evening.

    The status of each N-ACTION-RSP is read. A failure may come from a requester that the target does not know, which
    the hint says.
    """
    for operation in evidence.requests("N-ACTION-RQ", COMMITMENT):
        if operation.final is None:
            continue
        status = operation.final.command.status
        if is_success(status):
            yield ok(shown(status), operation.final)
        else:
            comment = operation.final.command.text("ErrorComment")
            yield fail(shown(status) + (f" ({comment})" if comment else ""), operation.final)


def broken_off(evidence: Evidence, action: Operation) -> bool:
    """Whether the run was interrupted before the step of an N-ACTION had come to its end."""
    steps = evidence.transcript.steps
    mine = [step for step in steps if action.association.id in step.associations]
    if mine:
        return mine[0].cause is Cause.INTERRUPTED
    return len(steps) < len(evidence.transcript.scenario.get("verbs", ()))


@check(
    "commitment.report-received",
    title="The result of an accepted request is reported",
    clause="PS3.4 J.3.3.1.2, J.3.3.1.3 (2013); PS3.2 N.5.2.6.2 (2024c)",
    level=Level.SHALL,
    expected="an N-EVENT-REPORT on the same association or on a new one to our listener",
    hint="Is our listener's AE title known to the target with this machine's address and the listener's port?",
    service="commitment",
)
def report_received(evidence: Evidence) -> Iterator[Observation]:
    """For each accepted request the SCP sends an N-EVENT-REPORT, on the association of the request while that is open
    or on one that it opens; it must be able to do the latter.

    A lost report means images that stay on the scanner for ever, or that are deleted on trust.

    The associations are searched for a report while the site file's time has not passed. When it has, only a
    Conformance Statement that names a maximum makes that a deviation; without one nobody knows how long to wait.
    """
    for transaction in transactions(evidence):
        final = transaction.action.final
        if transaction.report is not None:
            same = transaction.report.association.id == transaction.action.association.id
            yield ok("on the same association" if same else "on a new association", transaction.report.request)
            continue
        if broken_off(evidence, transaction.action):
            yield inconclusive("none before the run was broken off", final, hint="run again, to the end")
            continue
        step = next((s for s in evidence.transcript.steps if transaction.action.association.id in s.associations), None)
        if step is not None and step.cause in (Cause.SETUP, Cause.HARNESS):
            yield inconclusive(step.detail, final)
            continue
        address = evidence.transcript.scenario.get("site", {}).get("commitment", {})
        waited = float(address.get("commitment", 0))
        entity = evidence.statement.entity(str(address.get("ae", ""))) if evidence.statement is not None else None
        maximum = entity.commitment.max_seconds if entity is not None and entity.commitment is not None else None
        opened = sum(not association.ours for association in evidence.associations)
        note = f"; {opened} associations that were opened to us brought none" if opened else ""
        if maximum is not None and waited >= maximum:
            claim = commitment_claim_id(entity.ae, "maximum") if entity is not None else None
            expected = f"a report within {maximum:g} s, as declared"
            yield fail(f"none within {waited:g} s{note}", final, expected=expected, claim=claim)
        else:
            yield inconclusive(f"none within {waited:g} s, and no shorter maximum is declared{note}", final)


@check(
    "commitment.transaction-uid",
    title="The report carries the Transaction UID of the request",
    clause="PS3.4 J.3.3.1.1 Table J.3-2 (2013)",
    level=Level.SHALL,
    expected="the Transaction UID of the N-ACTION",
    hint="Copy (0008,1195) of the N-ACTION into the report.",
    service="commitment",
)
def transaction_uid(evidence: Evidence) -> Iterator[Observation]:
    """The report carries the Transaction UID that the request carried.

    It is how the modality finds out which request is answered: with another one, none is.

    (0008,1195) of each report is compared with that of the N-ACTION.
    """
    for transaction, report in reported(evidence):
        wanted, got = _transaction_uid(transaction.action), _transaction_uid(report)
        if got == wanted:
            yield ok(got, report.request)
        else:
            yield fail(got or "absent or empty", report.request, expected=wanted, tag="TransactionUID")


@check(
    "commitment.event-type",
    title="Event Type ID agrees with the lists: 1 without failures, 2 with at least one",
    clause="PS3.4 J.3.3.1.2, Table J.3-2 (2013; 2024c)",
    level=Level.SHALL,
    expected="type 1 and no Failed SOP Sequence, or type 2 and a Failed SOP Sequence with at least one item",
    hint="Send type 1 only when every instance was committed; list the failed ones with type 2.",
    service="commitment",
)
def event_type(evidence: Evidence) -> Iterator[Observation]:
    """Event Type 1 says that every instance was committed, and has no failed ones; type 2 says that some were not, and
    lists those, and the committed ones if there are any.

    A modality that looks at the type alone deletes images that were not committed.

    Event Type ID of each report is compared with the presence and the number of items of both sequences.
    """
    for transaction, report in reported(evidence):
        kind = report.request.command.number("EventTypeID")
        content = transaction.content
        failed = len(transaction.listed("FailedSOPSequence"))
        has_failed = content is not None and "FailedSOPSequence" in content
        if kind == 1 and not has_failed:
            yield ok("type 1, no failure", report.request)
        elif kind == 2 and failed:
            yield ok(f"type 2, {failed} failed", report.request)
        elif kind == 1:
            yield fail(f"type 1 with a Failed SOP Sequence of {failed} items", report.request, tag="FailedSOPSequence")
        elif kind == 2:
            yield fail("type 2 without a failed instance", report.request, tag="FailedSOPSequence")
        else:
            yield fail(f"Event Type ID {kind if kind is not None else 'absent'}", report.request)


@check(
    "commitment.union",
    title="Every instance of the request is in the report, and no other",
    clause="PS3.4 J.3.3.1.2 (2013; 2018-2024)",
    level=Level.SHALL,
    expected="Referenced and Failed SOP Sequence together name exactly the instances of the N-ACTION",
    hint="Report each requested instance once, as committed or as failed.",
    service="commitment",
)
def union(evidence: Evidence) -> Iterator[Observation]:
    """The report names every instance of the request, in the list of committed or in that of failed ones.

    An instance that is in neither stays on the scanner, and nobody knows why.

    The SOP Instance UIDs of both sequences are put together and compared with those of the N-ACTION.
    """
    for transaction, report in reported(evidence):
        told = {uid for name in ("ReferencedSOPSequence", "FailedSOPSequence") for uid, _ in transaction.listed(name)}
        missing, extra = set(transaction.requested) - told, told - set(transaction.requested)
        parts = [
            f"{len(uids)} {what}: {', '.join(sorted(uids)[:3])}{', …' if len(uids) > 3 else ''}"
            for uids, what in ((missing, "missing"), (extra, "never asked for"))
            if uids
        ]
        if parts:
            yield fail("; ".join(parts), report.request)
        else:
            yield ok(f"{len(told)} instances", report.request)


@check(
    "commitment.no-overlap",
    title="No instance is reported twice",
    clause="PS3.4 J.3.3.1.2, J.3.2.1.1 (2013)",
    level=Level.SHALL,
    expected="each instance once, in one of the two lists",
    hint="Decide for each instance: committed or failed.",
    service="commitment",
)
def no_overlap(evidence: Evidence) -> Iterator[Observation]:
    """An instance is reported as committed or as failed, and once.

    Reported as both, it is deleted by one modality and kept by another.

    The SOP Instance UIDs of both sequences are counted.
    """
    for transaction, report in reported(evidence):
        told = [uid for name in ("ReferencedSOPSequence", "FailedSOPSequence") for uid, _ in transaction.listed(name)]
        double = sorted(uid for uid, count in Counter(told).items() if count > 1)
        if double:
            yield fail(f"{len(double)} twice: {', '.join(double[:3])}", report.request)
        else:
            yield ok("each once", report.request)


@check(
    "commitment.sop-class",
    title="The report names each instance with the SOP Class of the request",
    clause="PS3.4 Table J.3-2 (2013); PS3.3 C.14.1.1",
    level=Level.SHALL,
    expected="the Referenced SOP Class UID that the N-ACTION gave for the instance",
    hint="Copy class and instance together.",
    service="commitment",
)
def sop_class(evidence: Evidence) -> Iterator[Observation]:
    """The pair of SOP Class and SOP Instance UID in the report is that of the request.

    A modality that compares pairs takes the instance for not committed.

    Each item's Referenced SOP Class UID is compared with that of the N-ACTION for the same instance.
    """
    for transaction, report in reported(evidence):
        for name in ("ReferencedSOPSequence", "FailedSOPSequence"):
            for index, (instance, got) in enumerate(transaction.listed(name), 1):
                wanted = transaction.requested.get(instance)
                if wanted is None:
                    continue
                if got == wanted:
                    yield ok(got, report.request)
                else:
                    tag = f"{name}[{index}] > ReferencedSOPClassUID"
                    yield fail(got or "absent or empty", report.request, expected=wanted, tag=tag)


@check(
    "commitment.failure-reason",
    title="Each failed instance has a defined Failure Reason",
    clause="PS3.3 C.14.1.1 (2020a); PS3.4 Table J.3-2 (2013)",
    level=Level.SHALL,
    expected="0110H, 0112H, 0119H, 0122H, 0131H or 0213H in each item of Failed SOP Sequence",
    hint="Use 0112H for an instance that is not there, 0110H when nothing else fits.",
    service="commitment",
)
def failure_reason(evidence: Evidence) -> Iterator[Observation]:
    """Each item of Failed SOP Sequence has Failure Reason, one of a closed list.

    The reason decides whether sending again helps; without one it is sent again for ever.

    (0008,1197) of each failed item is read. Where nothing failed, its absence is what is right, and that is seen too.
    """
    for transaction, report in reported(evidence):
        items = transaction.content.items("FailedSOPSequence") if transaction.content is not None else ()
        for index, item in enumerate(items, 1):
            value = item.text("FailureReason")
            tag = f"FailedSOPSequence[{index}] > FailureReason"
            if value.isdigit() and int(value) in _REASONS:
                yield ok(shown(int(value)), report.request)
            else:
                got = shown(int(value)) if value.isdigit() else value or "absent or empty"
                yield fail(got, report.request, tag=tag)
        if not items and transaction.content is not None:
            yield ok("no failed instance", report.request)


@check(
    "commitment.committed",
    title="What was stored is committed, and what was never sent is not",
    clause="PS3.4 J.3.3.1.2 (2013); B.2.2 (2013)",
    level=Level.SHALL,
    expected="instances that C-STORE took are committed; an instance that was never sent is reported as failed",
    hint="Compare the archive's index with its commitment log for the instance.",
    service="commitment",
)
def committed(evidence: Evidence) -> Iterator[Observation]:
    """Committing an instance means taking responsibility for keeping it; an instance that the SCP never got cannot be
    committed, and one that it has just stored with Success should be.

    Commitment of what is not there is the worst answer of all: the modality deletes the only copy.

    The report's lists are compared with the C-STORE statuses. A stored instance that fails for lack of resources
    (0213H) or because its class is not supported for commitment (0122H) is the SCP's own decision and warns.
    """
    records = evidence.transcript.ledger.get("instances", ())
    stored = {record["sop_instance_uid"] for record in records if is_success(record.get("stored"))}
    for transaction, report in reported(evidence):
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for uid in sorted(good & set(transaction.requested)):
            if uid in stored:
                yield ok("stored and committed", report.request)
            else:
                yield fail(f"{uid} was never sent, and is reported as committed", report.request)
        items = transaction.content.items("FailedSOPSequence") if transaction.content is not None else ()
        for item in items:
            uid, reason = item.text("ReferencedSOPInstanceUID"), item.text("FailureReason")
            if uid not in stored:
                yield ok("never sent and not committed", report.request)
                continue
            why = shown(int(reason)) if reason.isdigit() else "no reason"
            say = warn if reason in (str(0x0213), str(0x0122)) else fail
            yield say(f"a stored instance is reported as failed with {why}", report.request)
