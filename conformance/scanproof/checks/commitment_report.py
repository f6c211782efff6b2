"""Checks of what a Storage Commitment report says: of which request, of which instances, and what (PS3.4 J.3.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from scanproof.check import Fact, Observation, check, fail, ok, warn
from scanproof.evidence import Evidence
from scanproof.evidence.commitment import LISTS
from scanproof.evidence.commitment import transaction_uid as transaction_uid_of
from scanproof.evidence.kept import failed_items, rightly_asked
from scanproof.finding import Level
from scansim.vocabulary.status import shown
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE

#: Failure Reason values of PS3.3 C.14.1.1, a closed list.
_REASONS = {0x0110, 0x0112, 0x0119, 0x0122, 0x0131, 0x0213}
#: C-STORE status: elements were discarded (Table B.2-1).
_DISCARDED = 0xB006


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
    for transaction, report in evidence.every_report:
        wanted, got = transaction.uid, transaction_uid_of(report)
        if got == wanted:
            yield ok(got, report.request)
        else:
            yield fail(got or "absent or empty", report.request, expected=wanted, tag="TransactionUID")


@check(
    "commitment.well-known-instance",
    title="The report names the well-known SOP Instance",
    clause="PS3.4 J.3.4, J.3.5 (2018-2024)",
    level=Level.SHALL,
    expected=f"Affected SOP Class UID {COMMITMENT}, Affected SOP Instance UID {COMMITMENT_INSTANCE}",
    hint="The report is about the well-known instance, not about an image.",
    service="commitment",
)
def well_known_instance(evidence: Evidence) -> Iterator[Observation]:
    """The N-EVENT-REPORT is addressed with the class and the well-known instance of Storage Commitment Push Model.

    A modality that dispatches by instance drops the report.

    Affected SOP Class UID and Affected SOP Instance UID of each report's command set are read.
    """
    for _, report in evidence.every_report:
        command = report.request.command
        got = (command.text("AffectedSOPClassUID"), command.text("AffectedSOPInstanceUID"))
        if got == (COMMITMENT, COMMITMENT_INSTANCE):
            yield ok("well-known instance", report.request)
        else:
            yield fail(f"class {got[0] or 'absent'}, instance {got[1] or 'absent'}", report.request)


@check(
    "commitment.event-type",
    title="Event Type ID agrees with the lists",
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
    for transaction, report in evidence.reported:
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
    for transaction, report in evidence.reported:
        told = {uid for name in LISTS for uid, _ in transaction.listed(name)}
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
def no_overlap(evidence: Evidence) -> Iterator[Observation | Fact]:
    """An instance is reported as committed or as failed, and once.

    Reported as both, it is deleted by one modality and kept by another.

    The SOP Instance UIDs of both sequences are counted. One that the request names twice, which it must not, may be
    repeated as often in one of the lists.
    """
    for transaction, report in evidence.reported:
        told = [uid for name in LISTS for uid, _ in transaction.listed(name)]
        double = sorted(uid for uid, count in Counter(told).items() if count > 1)
        echoed = [uid for uid in double if transaction.echoes(uid)]
        if double and echoed == double:
            text = f"{len(double)} twice, as in the request: {', '.join(double[:3])}"
            yield Fact(text, report.request, "PS3.4 J.3.2.1.1.3 (c. 2020)")
        elif double:
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
    for transaction, report in evidence.reported:
        for name in LISTS:
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

    (0008,1197) of each failed item is read. Where nothing failed, nothing is seen of this.
    """
    for transaction, report in evidence.reported:
        items = transaction.content.items("FailedSOPSequence") if transaction.content is not None else ()
        for index, item in enumerate(items, 1):
            value = item.text("FailureReason")
            tag = f"FailedSOPSequence[{index}] > FailureReason"
            if value.isdigit() and int(value) in _REASONS:
                yield ok(shown(int(value)), report.request)
            else:
                got = shown(int(value)) if value.isdigit() else value or "absent or empty"
                yield fail(got, report.request, tag=tag)


@check(
    "commitment.committed",
    title="What was stored is committed",
    clause="PS3.4 J.3.3.1.2 (2013); B.2.2 (2013)",
    level=Level.SHALL,
    service="commitment",
    expected="instances that C-STORE took with 0000H are committed",
    hint="Compare the archive's index with its commitment log for the instance.",
)
def committed(evidence: Evidence) -> Iterator[Observation]:
    """Committing an instance means taking responsibility for keeping it; what the SCP has just stored with Success it
    should be able to commit.

    What is not committed stays on the scanner, until its disk is full.

    The report's lists are compared with the C-STORE statuses of what had been stored when it was asked for by its own
    SOP Class; once taken, an instance stays stored, whatever a repeat was answered. A stored instance that fails for
    lack of resources (0213H) or because its class is not supported for commitment (0122H) is the SCP's own decision and
    warns. One of which elements were discarded (B006H) need not be committed. Where the site stores at another AE, what
    that did not pass on is not there (0112H) by nobody's fault but the site's, which site.chain judges.
    """
    elsewhere = evidence.elsewhere("commitment")
    for transaction, report in evidence.reported:
        stored = rightly_asked(evidence, transaction)
        good = {uid for uid, _ in transaction.listed("ReferencedSOPSequence")}
        for _ in sorted(good & stored.keys()):
            yield ok("stored and committed", report.request)
        for uid, reason in failed_items(transaction.content):
            if uid in stored and stored[uid] != _DISCARDED:
                if elsewhere and reason == str(0x0112):
                    continue
                why = shown(int(reason)) if reason.isdigit() else "no reason"
                say = warn if reason in (str(0x0213), str(0x0122)) else fail
                yield say(f"a stored instance is reported as failed with {why}", report.request)
