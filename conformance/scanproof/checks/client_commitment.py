"""Check of the commitment requests of a client (PS3.4 Annex J)."""

from __future__ import annotations

from scanproof.check import Fact, Observation, Proof, Scope, Seen, check, fail, ok, warn
from scanproof.evidence import ClientEvidence
from scanproof.evidence.associations import succeeded
from scanproof.evidence.commitment import transaction_uid
from scanproof.finding import Level
from scansim.network.transcript import Operation
from scansim.vocabulary.uids import COMMITMENT
from scansim.wire.dataset import DataSet

_LIST = "ReferencedSOPSequence"


@check(
    "client.commitment-request",
    title="A client's commitment request names its transaction, and each instance once as it was sent",
    clause="PS3.4 J.3.2.1.1, J.3.2.1.2, Table J.3-1 (2013, 2018-2024); PS3.3 C.14 (2013)",
    level=Level.SHALL,
    service="commitment",
    judges=Scope.CLIENT,
    proven_by=Proof.CLIENTS,
    expected="a Transaction UID of its own, the well-known SOP Instance, and class and UID of each instance",
    hint="Make a Transaction UID for each request, and fill the list from the instances that were sent.",
)
def commitment_request(client: ClientEvidence) -> Seen:
    """A request has a Transaction UID of its own, asks the well-known SOP Instance, and names each
    instance with the SOP Class that it has.

    Its report cannot be matched, or says that an image which is there does not exist: the scanner keeps its images for
    ever, or deletes what nobody has.

    Each N-ACTION is compared with the table, and with what the client sent before. A Transaction UID that is used again
    fails; where the request before was refused or not answered and asked for the same instances it is a warning: it may
    be the same transaction. An instance that is named twice is a warning, as no text forbids it; one that was never
    sent here is told: it may have been sent before.
    """
    before: dict[str, Operation] = {}
    sent = {
        uid
        for operation in client.asked.requests("C-STORE-RQ")
        for uid in (operation.request.command.sop_instance_uid or "", _instance(operation.request.dataset))
    }
    for operation in client.asked.requests("N-ACTION-RQ", COMMITMENT):
        request, uid = operation.request, transaction_uid(operation)
        seen: list[Observation | Fact] = []
        for fault in client.asked.asked(operation).faults:
            if fault.deviation == "commitment.duplicates":
                seen.append(warn(fault.what, request, tag=fault.path))
            elif fault.deviation == "commitment.transaction-again":
                seen.append(_again(operation, before[uid]))
            elif fault.deviation == "commitment.wrong-action-type" or _is_missing(operation, fault.deviation):
                continue  # the checks of command sets tell
            elif fault.deviation.startswith("commitment.") or fault.what == "there is no data set":
                seen.append(fail(fault.what, request, tag=fault.path or None))
        if uid:
            before[uid] = operation
        named = _named(operation)
        strange = [each for each in named if each and each not in sent]
        if strange:
            seen.append(Fact(f"{len(strange)} of {len(named)} instances that it names were not sent here", request))
        yield from seen
        if not any(isinstance(each, Observation) for each in seen):
            yield ok(f"{len(named)} instances", request)


def _is_missing(operation: Operation, deviation: str) -> bool:
    """Whether a Requested UID is not wrong, but absent."""
    names = {
        "commitment.wrong-instance": "RequestedSOPInstanceUID",
        "commitment.wrong-requested-class": "RequestedSOPClassUID",
    }
    return deviation in names and not operation.request.command.text(names[deviation])


def _again(operation: Operation, before: Operation) -> Observation:
    text = f"the Transaction UID of {before.request.id} is used again"
    if succeeded(before) is None and _named(before) == _named(operation):
        why = "was not answered" if before.final is None else "was refused"
        return warn(f"{text}; that {why}, and asked for the same", operation.request, tag="TransactionUID")
    return fail(text, operation.request, tag="TransactionUID")


def _named(operation: Operation) -> list[str]:
    dataset = operation.request.dataset
    return [each.text("ReferencedSOPInstanceUID") for each in dataset.items(_LIST)] if dataset is not None else []


def _instance(dataset: DataSet | None) -> str:
    return dataset.text("SOPInstanceUID") if dataset is not None else ""
