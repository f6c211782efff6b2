"""What C-STOREs left at the target, and what a commitment report says of it."""

from __future__ import annotations

from collections.abc import Iterator

from scanproof.evidence.commitment import Transaction
from scanproof.evidence.scenario import Evidence
from scansim.network.transcript import Exchange
from scansim.vocabulary.status import is_success
from scansim.wire.dataset import DataSet


def stored_statuses(evidence: Evidence, before: int | None = None) -> dict[str, int]:
    """Status of each instance that was stored, by UID: of several C-STOREs, the first that was taken.

    Only those stored by a moment, in ns of the transcript, when `before` gives one.
    """
    found = {
        str(record["sop_instance_uid"]): int(record["stored"])
        for record in evidence.ledger.get("instances", ())
        if is_success(record.get("stored"))
    }
    for image in reversed(evidence.stored):
        found[image.sop_instance_uid] = image.status or 0
        final = image.operation.final
        if before is not None and final is not None and final.message.ended > before:
            found.pop(image.sop_instance_uid)
    return found


def committed_instances(evidence: Evidence) -> dict[str, Exchange]:
    """Instances that a commitment report says are there, by UID, with that report."""
    return {
        item.text("ReferencedSOPInstanceUID"): report.request
        for transaction, report in evidence.reported
        for item in (transaction.content.items("ReferencedSOPSequence") if transaction.content is not None else ())
    }


def stored_classes(evidence: Evidence) -> dict[str, str]:
    """SOP Class UID that each instance was stored with, by SOP Instance UID."""
    return {image.sop_instance_uid: image.sop_class_uid for image in reversed(evidence.stored)}


def rightly_asked(evidence: Evidence, transaction: Transaction) -> dict[str, int]:
    """Status of each instance that had been stored when its commitment was asked for, by its own SOP Class."""
    if transaction.reused:
        return {}
    classes = stored_classes(evidence)
    stored = stored_statuses(evidence, transaction.action.request.message.ended)
    return {
        uid: stored[uid]
        for uid, sop_class in transaction.requested.items()
        if uid in stored and classes.get(uid, sop_class) == sop_class
    }


def failed_items(content: DataSet | None) -> Iterator[tuple[str, str]]:
    """(SOP Instance UID, Failure Reason) of each failed item."""
    for item in content.items("FailedSOPSequence") if content is not None else ():
        yield item.text("ReferencedSOPInstanceUID"), item.text("FailureReason")
