"""What C-STOREs left at the target, and what a commitment report says of it."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import is_success
from scansim.wire.dataset import DataSet


def stored_statuses(evidence: Evidence) -> dict[str, int]:
    """Status of each instance that was stored, by UID: of several C-STOREs, the first that was taken."""
    found = {
        str(record["sop_instance_uid"]): int(record["stored"])
        for record in evidence.ledger.get("instances", ())
        if is_success(record.get("stored"))
    }
    for image in reversed(evidence.stored):
        found[image.sop_instance_uid] = image.status or 0
    return found


def committed_instances(evidence: Evidence) -> dict[str, Exchange]:
    """Instances that a commitment report says are there, by UID, with that report."""
    return {
        item.text("ReferencedSOPInstanceUID"): report.request
        for transaction, report in evidence.reported
        for item in (transaction.content.items("ReferencedSOPSequence") if transaction.content is not None else ())
    }


def failed_items(content: DataSet | None) -> Iterator[tuple[str, str]]:
    """(SOP Instance UID, Failure Reason) of each failed item."""
    for item in content.items("FailedSOPSequence") if content is not None else ():
        yield item.text("ReferencedSOPInstanceUID"), item.text("FailureReason")
