"""Acquisition and Storage (PS3.4 Annex B): the images are made, then sent by C-STORE on one association."""

from __future__ import annotations

from dataclasses import replace

from scansim.exam.scenario import Acquire, Store
from scansim.exam.state import Exam, Stopped
from scansim.identity.carried import scheduled_protocol_codes
from scansim.identity.ledger import InstanceRecord, Ledger
from scansim.images import MAKERS, Protocol, begin, choose_protocol, find_protocol, instances, resized
from scansim.network.association import Proposal
from scansim.network.channel import AssociationError
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES


def acquire_images(exam: Exam, step: Acquire) -> str:
    """Make every instance of the protocol and note it in the ledger; nothing is sent."""
    ledger = exam.known()
    protocol = _protocol(ledger, step)
    if exam.acquisition is None:
        exam.acquisition = begin(ledger, exam.identity, protocol)
    else:
        exam.acquisition.go_on(protocol)
    before = len(exam.instances)
    for instance in instances(exam.acquisition):
        exam.instances.append(instance)
        ledger.instances.append(
            InstanceRecord(instance.sop_class_uid, instance.sop_instance_uid, instance.series_instance_uid)
        )
        made = len(exam.instances) - before
        exam.progress("acquire", made, max(made, step.instances or 0))
    series = len({instance.series_instance_uid for instance in exam.instances[before:]})
    return f"{len(exam.instances) - before} instances in {series} series by protocol {protocol.id}"


def _protocol(ledger: Ledger, step: Acquire) -> Protocol:
    """The step's protocol; else the one that the worklist item's protocol codes name, else the modality's default."""
    if step.protocol is not None:
        protocol = find_protocol(step.protocol, MAKERS)
    else:
        protocol = choose_protocol(ledger.modality, scheduled_protocol_codes(ledger), MAKERS)
    return protocol if step.instances is None else resized(protocol, step.instances)


def store(exam: Exam, _step: Store) -> str:
    """C-STORE every instance; a refused one is noted and the next is sent, a broken association ends the step."""
    ledger = exam.known()
    address = exam.address("storage")
    if not exam.instances:
        raise Stopped("no images were acquired", Cause.BLOCKED)
    classes = dict.fromkeys(instance.sop_class_uid for instance in exam.instances)
    answers: dict[str, int] = {}
    with exam.association(address, "storage", [Proposal(uid, TRANSFER_SYNTAXES) for uid in classes]) as association:
        refused = [uid for uid in classes if uid not in association.contexts]
        if len(refused) == len(classes):
            raise Stopped(f"{address} accepts no Presentation Context for {', '.join(refused)}", Cause.NOT_OFFERED)
        for index, instance in enumerate(exam.instances):
            agreed = association.contexts.get(instance.sop_class_uid)
            if agreed is None:
                continue
            head, pixels = instance.encode(agreed.transfer_syntax)
            command: dict[str, Value] = {
                "CommandField": FIELD_OF["C-STORE-RQ"],
                "AffectedSOPClassUID": instance.sop_class_uid,
                "AffectedSOPInstanceUID": instance.sop_instance_uid,
                "Priority": 0,
            }
            try:
                answer = association.response(agreed, command, [head], pixels)
            except AssociationError as error:
                stored = sum(is_success(record.stored) for record in ledger.instances)
                what = f"after {stored} of {len(exam.instances)} instances: {error}"
                raise Stopped(f"{address}: {what}", error.cause) from None
            status = answer.command.status
            ledger.instances[index] = replace(ledger.instances[index], stored=status)
            answers[shown(status)] = answers.get(shown(status), 0) + 1
            exam.progress("store", index + 1, len(exam.instances))
    return ", ".join(f"{count} instances answered {status}" for status, count in answers.items())
