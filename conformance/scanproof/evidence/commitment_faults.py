"""What is wrong with a Storage Commitment request of ours, by PS3.4 Table J.3-1 and what was sent before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from scanproof.evidence.fault import Found
from scanproof.standard import commitment_table
from scanproof.standard.attribute_types import lacking
from scanproof.standard.datasets import value_findings
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE
from scansim.wire.dataset import DataSet

_LIST = "ReferencedSOPSequence"


def commitment_faults(
    operation: Operation,
    dataset: DataSet,
    classes: Mapping[str, str],
    transactions: set[str],
    titles: frozenset[str] = frozenset(),
) -> Iterator[Found]:
    """Yield what is wrong with one N-ACTION.

    Parameters
    ----------
    operation, dataset : Operation, DataSet
        The N-ACTION and its Action Information.
    classes : mapping
        SOP Class UID by SOP Instance UID of what was sent before.
    transactions : set of str
        Transaction UIDs that were used before; that of this one is added.
    titles : frozenset of str
        Our AE titles; empty when nobody says which.
    """
    command = operation.request.command
    for path, what in lacking(dataset, commitment_table.REQUEST):
        yield Found(path, what, rule="type", deviation=_lack(path, what))
    for finding in value_findings(dataset):
        yield Found(finding.tag, finding.message, finding.rule)
    items = dataset.items(_LIST)
    uids = [item.text("ReferencedSOPInstanceUID") for item in items]
    if len(set(uids)) < len(uids):
        yield Found(_LIST, "an instance is named twice", deviation="commitment.duplicates")
    for index, (item, uid) in enumerate(zip(items, uids, strict=True), 1):
        named, sent = item.text("ReferencedSOPClassUID"), classes.get(uid, "")
        if named and sent and named != sent:
            path = f"{_LIST}[{index}]>ReferencedSOPClassUID"
            yield Found(path, f"{named}, and it was sent as {sent}", deviation="commitment.wrong-class")
    if (kind := command.number("ActionTypeID")) != 1:
        yield Found("", f"Action Type ID {kind}", deviation="commitment.wrong-action-type")
    if (uid := command.text("RequestedSOPInstanceUID") or "") != COMMITMENT_INSTANCE:
        yield Found("", f"Requested SOP Instance UID {uid}", deviation="commitment.wrong-instance")
    if (uid := command.text("RequestedSOPClassUID") or "") != COMMITMENT:
        yield Found("", f"Requested SOP Class UID {uid}", deviation="commitment.wrong-requested-class")
    transaction = dataset.text("TransactionUID")
    if transaction and transaction in transactions:
        yield Found("TransactionUID", "used before", deviation="commitment.transaction-again")
    transactions.add(transaction)
    calling = str(operation.association.facts.get("calling_ae") or "")
    if titles and calling and calling not in titles:
        yield Found("", f"calling AE title {calling}", deviation="commitment.unknown-requester")


def _lack(path: str, what: str) -> str:
    """The deviation that an attribute makes which is absent, or has no value."""
    if path == "TransactionUID":
        return "commitment.no-transaction"
    if path == _LIST:
        return "commitment.no-list" if what == "absent" else "commitment.empty-list"
    return "commitment.item-lacks-mandatory"
