"""A Storage Commitment request that is sent, and the wait for its report, wherever that comes (PS3.4 Annex J)."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from scansim.exam.state import Exam, Stopped
from scansim.identity.ledger import InstanceRecord
from scansim.network.association import Agreed, Association
from scansim.network.failures import AssociationError, Endless
from scansim.network.manner import Manner, Way
from scansim.network.recording import Recorder
from scansim.network.reports import Expectation, Told, event_report_response
from scansim.site import Address
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Cause
from scansim.vocabulary.status import SUCCESS
from scansim.wire.dimse import Value
from scansim.wire.encoding import encode
from scansim.wire.stream import Message

_POLL = 0.05
#: How long a report is waited for that nobody owes us, in s.
_NOT_OWED = 1.0


def action_dataset(transaction_uid: str, instances: Sequence[InstanceRecord]) -> Dataset:
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


@dataclass(frozen=True)
class Request:
    """One N-ACTION; ``owed`` says whether an SCP that takes it has to report, ``held`` whether its association stays.

    ``calling_ae`` is our AE title there, when it is not that of the site; ``purpose`` is told beside the message.
    """

    command: Mapping[str, Value]
    action: Dataset
    intent: Intent | None = None
    owed: bool = True
    held: bool = True
    calling_ae: str = ""
    purpose: Mapping[str, str] = field(default_factory=dict)


class ReportWait:
    """A request, and the wait for its report, wherever that comes; reports of other requests do not end it."""

    def __init__(self, exam: Exam, expectation: Expectation, manner: Manner) -> None:
        self._exam = exam
        self._listener = exam.listener
        self._expectation = expectation
        self._manner = manner
        self._until = 0.0
        self._here: list[Message] = []
        self._others = 0
        self._silent_until = 0.0
        self._lent: list[tuple[Expectation, Recorder]] = []

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Let our listener behave as it is to; at the end wait no longer.

        The exams whose reports came here then get the record of the association.
        """
        if self._listener is None:
            yield
            return
        try:
            with self._listener.behaving(self._manner if self._manner.way is not Way.UP else None):
                self._close_port()
                yield
        finally:
            self._listener.forget(self._expectation)
            for other, recorder in self._lent:
                self._listener.ended(other, recorder)

    def _close_port(self) -> None:
        if self._listener is not None and self._manner.way is Way.DOWN_THEN_UP:
            self._listener.shut(self._manner.seconds)

    def ask(self, association: Association, agreed: Agreed, request: Request) -> Message:
        """Send the N-ACTION; returns its response."""

        def take(message: Message) -> None:
            if message.command.name == "N-EVENT-REPORT-RQ":
                self._answer(message, association, agreed)

        association.on_request = take  # a target may report before it answers, and wait for our response
        *_, answer = association.operation(
            agreed,
            request.command,
            [encode(request.action, agreed.transfer_syntax)],
            intent=request.intent,
            purpose=request.purpose,
        )
        self._close_port()  # it is to be closed for so long from now on
        return answer

    def here(self, association: Association, agreed: Agreed, address: Address) -> str:
        """Hold the association for a while; returns how the report came, or nothing."""
        began = time.monotonic()
        self._until = began + address.timeouts.commitment
        until = min(began + address.timeouts.hold, self._until)
        association.begin("the N-EVENT-REPORT", until - began + self._manner.seconds + 1)
        while (time.monotonic() < until or self._silent_until) and not (self._here or self._expectation.came.is_set()):
            try:
                message = association.next_message(_POLL)
                if message is not None and message.command.name == "N-EVENT-REPORT-RQ":
                    self._answer(message, association, agreed)
            except Endless:
                association.abort()
            except AssociationError:
                pass  # what is wrong is in the record, and the report may come on another association
            if self._silent_until and time.monotonic() > self._silent_until:
                association.abort()
            if not association.open or association.unexpected or self._has_failed:
                break
        return "the report came on the same association" + self._beside if self._here else ""

    def _answer(self, message: Message, association: Association, agreed: Agreed) -> None:
        """Answer a report on the N-ACTION's association, in the manner of our listener."""
        told = Told.by(message, agreed.transfer_syntax)
        mine = self._is_mine(told)
        concerns = self._expectation if mine else None
        if self._manner.is_silent(concerns):
            self._silent_until = time.monotonic() + self._manner.seconds
            return
        self._exam.stop.sleep(self._manner.delay(concerns))
        status = self._manner.status(concerns)
        association.send_message(agreed.context_id, event_report_response(message, status))
        if not mine:
            self._lend(told, association)
        elif status == SUCCESS:
            self._here.append(message)

    def crossed(self, association: Association, agreed: Agreed) -> bool:
        """Whether the report came while we were releasing: there it cannot be answered any more."""
        left = [message for message in association.unread if message.command.name == "N-EVENT-REPORT-RQ"]
        told = [Told.by(message, agreed.transfer_syntax) for message in left]
        mine = [self._is_mine(each) for each in told]  # each of them is looked at
        for each, is_mine in zip(told, mine, strict=True):
            if not is_mine:
                self._lend(each, association)
        return any(mine)

    def elsewhere(self, address: Address, *, owed: bool) -> str:
        """Wait for the report on a new association, and for the end of that."""
        expectation, way = self._expectation, self._manner.way
        if self._listener is None:
            raise Stopped("no report on the N-ACTION's association, and no listener for another", Cause.SETUP)
        began = time.monotonic()
        until = (self._until or began + address.timeouts.commitment) if owed else began + _NOT_OWED
        came = self._came(until)
        leave = time.monotonic() + address.timeouts.associate
        while time.monotonic() < leave and (expectation.busy or (came and not expectation.closed.is_set())):
            self._exam.stop.sleep(_POLL)
        if came:
            return f"the report came on a new association{self._beside}"
        if self._has_failed:
            return f"the report was answered with a failure, and did not come again{self._beside}"
        if way is not Way.UP:
            return f"our listener was {way}, and no report came that was answered with Success{self._beside}"
        if not owed:
            return f"no N-EVENT-REPORT came{self._beside}"
        raise Stopped(f"no N-EVENT-REPORT within {address.timeouts.commitment:g} s{self._beside}", Cause.TARGET)

    def _came(self, until: float) -> bool:
        """Wait for the report, and no longer than a moment after one that was answered with a failure."""
        while (now := time.monotonic()) < until:
            if self._has_failed:
                until = min(until, now + self._manner.seconds)
                return self._exam.stop.wait_for(self._expectation.came, until - now)
            if self._exam.stop.wait_for(self._expectation.came, min(_POLL, until - now)):
                return True
        return self._expectation.came.is_set()

    @property
    def _has_failed(self) -> bool:
        return self._manner.way is Way.FAILING and self._manner.shown.is_set()

    @property
    def _beside(self) -> str:
        return f"; {self._others} of other transactions came on this one's association" if self._others else ""

    def _is_mine(self, told: Told) -> bool:
        whose = self._listener.whose(told) if self._listener is not None else None
        mine = whose is self._expectation or (whose is None and self._expectation.is_answered_by(told))
        self._others += not mine
        return mine

    def _lend(self, told: Told, association: Association) -> None:
        """Note whose report it is that came on the association of this request."""
        whose = self._listener.whose(told) if self._listener is not None else None
        if whose is not None and self._listener is not None:
            self._listener.lend(whose, association.recorder, self._exam.writer)
            self._lent.append((whose, association.recorder))
