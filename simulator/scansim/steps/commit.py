"""commit: N-ACTION, then the N-EVENT-REPORT on whichever association (PS3.4 Annex J)."""

from __future__ import annotations

import time

from pydantic import Field
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from scansim.exam.registry import step
from scansim.exam.state import Exam, Stopped
from scansim.exam.step import Step, Thing
from scansim.identity.ledger import InstanceRecord
from scansim.network.association import Agreed, Association
from scansim.network.failures import AssociationError, Endless
from scansim.network.recording import Recorder
from scansim.network.reports import Expectation, Told, event_report_response
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
    if exam.listener is not None:
        expectation = exam.listener.expect(transaction_uid, instances, exam.writer)
    else:
        expectation = Expectation(transaction_uid, instances, exam.writer)
    wait = _Wait(exam, expectation)
    try:
        with exam.use(services.COMMITMENT, COMMITMENT, [RoleSelection(COMMITMENT, 1, 0)]) as (association, agreed):
            action = action_dataset(transaction_uid, wanted)
            intent = Intent.of("commitment.unknown-instance", "ReferencedSOPSequence") if unknown else None
            how = wait.ask(association, agreed, address, action, intent)
        if wait.crossed(association, agreed) and not how:
            how = "the report crossed our release of the association"
        if not how:
            how = wait.elsewhere(address)
    finally:
        wait.end()
    return alone + how


class _Wait:
    """A request, and the wait for its report, wherever that comes; reports of other requests do not end it."""

    def __init__(self, exam: Exam, expectation: Expectation) -> None:
        self._exam = exam
        self._listener = exam.listener
        self._expectation = expectation
        self._until = 0.0
        self._others = 0
        self._lent: list[tuple[Expectation, Recorder]] = []

    def ask(
        self, association: Association, agreed: Agreed, address: Address, action: Dataset, intent: Intent | None
    ) -> str:
        """N-ACTION, then hold the association for a while; returns how the report came, or nothing."""
        here: list[Message] = []

        def take(message: Message) -> None:
            if message.command.name == "N-EVENT-REPORT-RQ":
                association.send_message(agreed.context_id, event_report_response(message))
                if self._is_mine(message, association, agreed):
                    here.append(message)

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
        began = time.monotonic()
        self._until = began + address.timeouts.commitment
        until = min(began + address.timeouts.hold, self._until)
        association.begin("the N-EVENT-REPORT", until - began + 1)
        while time.monotonic() < until and not here and not self._expectation.came.is_set():
            try:
                message = association.next_message(_POLL)
                if message is not None:
                    take(message)
            except Endless:
                association.abort()
            except AssociationError:
                pass  # what is wrong is in the record, and the report may come on another association
            if not association.open or association.unexpected:
                break
        return "the report came on the same association" + self._beside if here else ""

    def crossed(self, association: Association, agreed: Agreed) -> bool:
        """Whether the report came while we were releasing: there it cannot be answered any more."""
        left = [message for message in association.unread if message.command.name == "N-EVENT-REPORT-RQ"]
        mine = [self._is_mine(message, association, agreed) for message in left]  # each of them is looked at
        return any(mine)

    def elsewhere(self, address: Address) -> str:
        """Wait for the report on a new association, and for the end of that."""
        expectation = self._expectation
        if self._listener is None:
            raise Stopped("no report on the N-ACTION's association, and no listener for another", Cause.SETUP)
        if not self._exam.stop.wait_for(expectation.came, max(0.0, self._until - time.monotonic())):
            seconds = address.timeouts.commitment
            raise Stopped(f"no N-EVENT-REPORT within {seconds:g} s{self._beside}", Cause.TARGET)
        self._exam.stop.wait_for(expectation.closed, address.timeouts.associate)
        return f"the report came on a new association{self._beside}"

    def end(self) -> None:
        """Wait no longer; the exams whose reports came here get the record of the association."""
        if self._listener is not None:
            self._listener.forget(self._expectation)
            for other, recorder in self._lent:
                self._listener.ended(other, recorder)

    @property
    def _beside(self) -> str:
        return f"; {self._others} of other transactions came on this one's association" if self._others else ""

    def _is_mine(self, message: Message, association: Association, agreed: Agreed) -> bool:
        told = Told.by(message, agreed.transfer_syntax)
        whose = self._listener.whose(told) if self._listener is not None else None
        if whose is self._expectation or (whose is None and self._expectation.is_answered_by(told)):
            return True
        self._others += 1
        if whose is not None and self._listener is not None:
            self._listener.lend(whose, association.recorder, self._exam.writer)
            self._lent.append((whose, association.recorder))
        return False
