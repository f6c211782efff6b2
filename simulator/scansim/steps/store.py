"""store: C-STORE of the acquired instances on one association (PS3.4 Annex B)."""

from __future__ import annotations

import threading
from dataclasses import replace

from scansim.ahead import ahead
from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.images import Instance
from scansim.network.association import Agreed, Proposal
from scansim.network.channel import Elided
from scansim.network.failures import AssociationError
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import is_success, shown
from scansim.wire.dimse import FIELD_OF, Value
from scansim.wire.encoding import TRANSFER_SYNTAXES

#: Exams side by side paint in turns: their painters would only take the interpreter's lock from each other and from
#: those who send, and paint the same section of the same phantom at the same time, each its own (decision 0012).
_PAINTING = threading.Lock()


class Store(Step):
    """C-STORE of every acquired instance on one association."""

    verb = "store"
    service = services.STORAGE
    gives = (Thing.STORED,)
    writes = "set of images"
    seconds = 0.5

    def needs(self) -> tuple[Thing, ...]:
        """What it sends."""
        return (Thing.INSTANCES,)


@step(Store)
def store(exam: Exam, _step: Store) -> str:
    """C-STORE every instance; a refused one is noted and the next is sent, a broken association ends the step."""
    ledger = exam.known()
    address = exam.address(services.STORAGE)
    if not len(exam.instances):
        raise Stopped("no images were acquired", Cause.BLOCKED)
    classes = dict.fromkeys(record.sop_class_uid for record in ledger.instances)
    answers: dict[str, int] = {}
    with exam.association(
        address, services.STORAGE, [Proposal(uid, TRANSFER_SYNTAXES) for uid in classes]
    ) as association:
        refused = [uid for uid in classes if uid not in association.contexts]
        if len(refused) == len(classes):
            raise Stopped(f"{address} accepts no Presentation Context for {', '.join(refused)}", Cause.REFUSED)
        wanted = (
            (index, instance, association.contexts[instance.sop_class_uid])
            for index, instance in enumerate(exam.instances)
            if instance.sop_class_uid in association.contexts
        )
        # A second painter would take the interpreter's lock from the first one and from the sender.
        with ahead(_painted, wanted, threads=1) as painted:
            for index, agreed, head, pixels in painted:
                named = ledger.instances[index]
                command: dict[str, Value] = {
                    "CommandField": FIELD_OF["C-STORE-RQ"],
                    "AffectedSOPClassUID": named.sop_class_uid,
                    "AffectedSOPInstanceUID": named.sop_instance_uid,
                    "Priority": 0,
                }
                try:
                    again = is_success(named.stored)
                    intent = Intent.of("storage.same-instance-again") if again else None
                    answer = association.response(agreed, command, [head], pixels, intent)
                except AssociationError as error:
                    stored = sum(is_success(record.stored) for record in ledger.instances)
                    what = f"after {stored} of {len(exam.instances)} instances: {error}"
                    raise Stopped(f"{address}: {what}", error.cause) from None
                status = answer.command.status
                if not again:  # what was taken once stays stored, whatever a repeat is answered
                    ledger.instances[index] = replace(named, stored=status)
                answers[shown(status)] = answers.get(shown(status), 0) + 1
                if is_success(status):
                    exam.note_stored(named.sop_class_uid, agreed.transfer_syntax)
                exam.progress("store", index + 1, len(exam.instances))
    return ", ".join(f"{count} instances answered {status}" for status, count in answers.items())


def _painted(wanted: tuple[int, Instance, Agreed]) -> tuple[int, Agreed, bytes, Elided]:
    """Paint and encode an instance, and digest its pixels; runs on a thread of its own, two images ahead."""
    index, instance, agreed = wanted
    with _PAINTING:
        head, pixels = instance.encode(agreed.transfer_syntax)
    return index, agreed, head, Elided.of(pixels)
