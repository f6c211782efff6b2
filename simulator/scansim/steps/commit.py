"""commit: N-ACTION, then the N-EVENT-REPORT on whichever association (PS3.4 Annex J)."""

from __future__ import annotations

import contextlib
import time

from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.identity.ledger import InstanceRecord
from scansim.network.association import Agreed, Association
from scansim.network.failures import AssociationError
from scansim.network.listener import Expectation, event_report_response
from scansim.site import Address
from scansim.vocabulary import services
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS, is_success, shown
from scansim.vocabulary.uids import COMMITMENT, COMMITMENT_INSTANCE
from scansim.wire.dimse import FIELD_OF
from scansim.wire.encoding import encode
from scansim.wire.pdu import RoleSelection
from scansim.wire.stream import Message

_POLL = 0.05


class Commit(Step):
    """Storage Commitment N-ACTION for every stored instance, then wait for the N-EVENT-REPORT.

    Where none was stored it is asked for one instance that was never sent, which has to be reported as failed.
    """

    verb = "commit"
    service = services.COMMITMENT
    listens = True
    without = (Thing.STORED,)

    add_unknown: int = Field(0, ge=0, le=100, description="instances that were never sent, to be reported as failed")

    def needs(self) -> tuple[Thing, ...]:
        """What is to be committed, unless that is only what was never sent."""
        return () if self.add_unknown else (Thing.STORED,)


def action_dataset(transaction_uid: str, instances: list[InstanceRecord]) -> Dataset:
    """Action Information of the N-ACTION (PS3.4 Table J.3-1)."""
    ds = Dataset()
    ds.TransactionUID = transaction_uid
    ds.ReferencedSOPSequence = []
    for record in instances:
        reference = Dataset()
        reference.ReferencedSOPClassUID = record.sop_class_uid
        reference.ReferencedSOPInstanceUID = record.sop_instance_uid
        ds.ReferencedSOPSequence.append(reference)
    return ds


@step(Commit)
def commit(exam: Exam, step: Commit) -> str:
    """Ask for commitment of every stored instance and wait for the report as long as the site file says."""
    ledger = exam.known()
    address = exam.address(services.COMMITMENT)
    wanted = [record for record in ledger.instances if is_success(record.stored)]
    sop_class = next((record.sop_class_uid for record in (*wanted, *ledger.instances)), CTImageStorage)
    unknown = [
        InstanceRecord(sop_class, exam.identity.uid("never sent", index), "")
        for index in range(step.add_unknown or (0 if wanted else 1))
    ]
    alone = "" if wanted else "nothing was stored, so one instance was asked for that was never sent; "
    transaction_uid = exam.identity.uid("transaction", len(exam.opened))
    ledger.transaction_uid = transaction_uid
    wanted += unknown
    instances = frozenset(record.sop_instance_uid for record in wanted)
    expectation = exam.listener.expect(transaction_uid, instances, exam.writer) if exam.listener else None
    try:
        with exam.use(services.COMMITMENT, COMMITMENT, [RoleSelection(COMMITMENT, 1, 0)]) as (association, agreed):
            action = action_dataset(transaction_uid, wanted)
            intent = Intent.of("commitment.unknown-instance", "ReferencedSOPSequence") if unknown else None
            how = _ask_and_wait(exam, association, agreed, address, action, expectation, intent)
        if not how:
            how = _wait(exam, expectation, address)
    finally:
        if expectation is not None and exam.listener is not None:
            exam.listener.forget(expectation)
    return alone + how


def _ask_and_wait(
    exam: Exam,
    association: Association,
    agreed: Agreed,
    address: Address,
    action: Dataset,
    expectation: Expectation | None,
    intent: Intent | None,
) -> str:
    """N-ACTION, then hold the association for a while; returns how the report came, or nothing."""
    reports: list[Message] = []

    def take(message: Message) -> None:
        if message.command.name == "N-EVENT-REPORT-RQ":
            association.send_message(agreed.context_id, event_report_response(message))
            reports.append(message)

    association.on_request = take  # a target may report before it answers, and wait for our response
    answer = association.response(
        agreed,
        {
            "CommandField": FIELD_OF["N-ACTION-RQ"],
            "RequestedSOPClassUID": COMMITMENT,
            "RequestedSOPInstanceUID": COMMITMENT_INSTANCE,
            "ActionTypeID": 1,
        },
        [encode(action, agreed.transfer_syntax)],
        intent=intent,
    )
    if answer.command.status != SUCCESS:
        raise Stopped(f"N-ACTION was answered {shown(answer.command.status)}", Cause.TARGET)
    hold = min(address.timeouts.hold, address.timeouts.commitment)
    association.begin("the N-EVENT-REPORT", hold + 1)
    until = time.monotonic() + hold
    while time.monotonic() < until and not reports:
        if expectation is not None and expectation.came.is_set():
            return _wait(exam, expectation, address)
        with contextlib.suppress(AssociationError):
            message = association.next_message(_POLL)
            if message is not None:
                take(message)
        if not association.open or association.release_asked:
            break
    return "the report came on the same association" if reports else ""


def _wait(exam: Exam, expectation: Expectation | None, address: Address) -> str:
    """Wait for the report on a new association, and for the end of that."""
    if expectation is None:
        raise Stopped("no report on the N-ACTION's association, and no listener for another", Cause.SETUP)
    if not exam.stop.wait_for(expectation.came, address.timeouts.commitment):
        raise Stopped(f"no N-EVENT-REPORT within {address.timeouts.commitment:g} s", Cause.TARGET)
    exam.stop.wait_for(expectation.closed, address.timeouts.associate)
    return "the report came on a new association"
