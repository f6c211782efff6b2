"""What is said with whoever calls us: from the A-ASSOCIATE-RQ to the end, each message answered."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from scansim.inputs import InputError
from scansim.network.acceptor import Names, acceptance, rejection
from scansim.network.bounds import Budget
from scansim.network.call import Call, Ended
from scansim.network.failures import AssociationError, Endless
from scansim.network.manner import Manner
from scansim.network.reports import Expectation, Expectations, Told, event_report_response
from scansim.network.retrievals import Awaited, Retrievals, proposes_storage, refused
from scansim.network.strays import Stray, Strays
from scansim.site import Timeouts, endpoint
from scansim.vocabulary.status import SUCCESS
from scansim.vocabulary.uids import VERIFICATION, is_storage_class
from scansim.wire import dataset as wire_dataset
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF
from scansim.wire.stream import Message

#: How long an association may bring no message, in seconds.
_IDLE = 60.0
#: How long a rejected peer may take to close, in seconds (PS3.8 9.2.3, AE-4).
_CLOSING = 2.0
_ABORT = p.Abort(0, 0)


@dataclass(frozen=True)
class Account:
    """What is kept of those who brought nothing of ours, and what all that came counts against."""

    strays: Strays
    budget: Budget


class Conversation:
    """One association that somebody opened to us, held on a thread of its own."""

    def __init__(
        self,
        call: Call,
        names: Names,
        timeouts: Timeouts,
        expectations: Expectations,
        account: Account,
        retrievals: Retrievals,
        manner: Manner | None = None,
    ) -> None:
        self._call = call
        self._names = names
        self._timeouts = timeouts
        self._expectations = expectations
        self._account = account
        self._retrievals = retrievals
        self._storage: frozenset[int] = frozenset()
        self._manner = manner
        self._idle = _IDLE
        self._stray = Stray(call.recorder, endpoint(call.visitor.host, call.visitor.port))
        self._taken: list[Expectation] = []
        account.strays.begin(self._stray)

    def hold(self) -> None:
        """Serve the association until it ends, whatever comes."""
        call, stray = self._call, self._stray
        try:
            self._converse()
        except Ended as error:
            stray.told = f"was ended: it {error}"
            call.send_abort(_ABORT)
        except Endless as error:
            stray.told = f"was ended: {error}"
            call.send_abort(_ABORT)
        except (AssociationError, InputError):
            pass
        except MemoryError:
            stray.told = "was ended: no memory"
        finally:
            with contextlib.suppress(InputError):
                call.close()

    def end(self) -> None:
        """Hand the record over to whom it concerns, when the association has ended."""
        call, stray = self._call, self._stray
        if self._taken:
            self._account.budget.spend(call.bytes)
        stray.pdus, stray.bytes = call.pdus, call.bytes
        stray.told = stray.told or "opened an association that brought no awaited report"
        for expectation in self._taken:
            with contextlib.suppress(InputError):  # `forget` tries again, and fails in the exam's own thread
                self._expectations.ended(expectation, call.recorder)
        self._account.strays.ended(stray)

    def _converse(self) -> None:
        call, stray = self._call, self._stray
        host = call.visitor.host
        rq = call.opening(self._timeouts.associate)
        if not isinstance(rq, p.AssociateRQ):
            call.send_abort(_ABORT)  # PS3.8 9.2.3, AA-1
            return
        stray.calling_ae = rq.calling_ae
        stray.known = call.known = self._names.reports(rq.calling_ae, host)
        refused = rejection(rq, self._names, host)
        if refused is None and self._manner is not None:
            refused = self._manner.rejection(rq)
            self._keep(self._manner, refused)
        if refused is not None:
            called = f"; it called {rq.called_ae or 'nobody'}" if refused.source == 1 else ""
            stray.told = f"was rejected: {p.describe_rejection(refused)}{called}"
            call.send_pdu(refused)
            with contextlib.suppress(AssociationError):  # the requestor closes, AE-4
                call.opening(_CLOSING)
            return
        call.request = rq
        awaited = self._retrievals.waiting(rq.calling_ae) if proposes_storage(rq) else None
        answer = acceptance(rq, awaited.taking if awaited is not None else None)
        if awaited is not None and rq.calling_ae == awaited.asked:
            self._bring(awaited)  # what brings nothing, because we refuse it or else, belongs to it as well
        if self._manner is not None:
            without = self._manner.acceptance(rq, answer)
            self._keep(self._manner, without)
            answer = without or answer
        syntaxes = {c.context_id: c.transfer_syntax or "" for c in answer.contexts if c.result == 0}
        classes = {context.context_id: context.abstract_syntax for context in rq.contexts}
        self._storage = frozenset(each for each in syntaxes if is_storage_class(classes[each]))
        call.peer_max_length = rq.user.max_length or 0
        call.send_pdu(answer)
        while (message := call.message(self._idle)) is not None:
            stray.pdus, stray.bytes = call.pdus, call.bytes
            self._respond(message, syntaxes.get(message.context_id) or wire_dataset.IMPLICIT_LITTLE)
        call.send_pdu(p.ReleaseRP() if call.release_asked else _ABORT)

    def _respond(self, message: Message, transfer_syntax: str) -> None:
        name = message.command.name
        if name == "N-EVENT-REPORT-RQ":
            found = self._take(Told.by(message, transfer_syntax))
            status, self._idle = SUCCESS, _IDLE
            if (manner := self._manner) is not None:
                if manner.is_silent(found):
                    self._idle = manner.seconds
                    return
                self._call.pause(manner.delay(found))
                status = manner.status(found)
            try:
                self._call.send_message(message.context_id, event_report_response(message, status))
            finally:
                if found is not None and status == SUCCESS:
                    found.came.set()  # behind the answer, so that whoever waited finds it in the record
        elif name == "C-STORE-RQ" and message.context_id in self._storage:
            self._store(message)
        elif name == "C-ECHO-RQ":
            self._call.send_message(
                message.context_id,
                {
                    "AffectedSOPClassUID": VERIFICATION,
                    "CommandField": FIELD_OF["C-ECHO-RSP"],
                    "MessageIDBeingRespondedTo": message.command.number("MessageID") or 0,
                    "Status": SUCCESS,
                },
            )
        elif not message.command.is_response:
            raise Ended(f"sent {name}, for which the association was not opened")

    def _store(self, message: Message) -> None:
        """Take an instance for the exam that has asked for it; one of nobody's is refused."""
        call = self._call
        found = self._retrievals.whose(message)
        if found is None:
            self._stray.reported = f", but sent {(message.command.sop_instance_uid or 'an instance')[:64]}"
            call.send_message(message.context_id, refused(message, known=False))
            return
        self._bring(found)
        if call.bytes > (share := self._account.budget.share() + call.allowed):
            call.outgrow(share)
        answer = found.taking.answer(message)
        found.taking.hold()
        try:
            call.send_message(message.context_id, answer)
        finally:
            found.came.set()

    def _bring(self, awaited: Awaited) -> None:
        """It is no stranger's association any more."""
        if awaited not in self._taken and self._retrievals.bring(awaited, self._call.recorder):
            self._call.brought = True
            self._call.allow(awaited.taking.expected_bytes)
            self._taken.append(awaited)
            self._account.strays.taken(self._stray)

    def _keep(self, manner: Manner, shown: object) -> None:
        """What met a manner is of the exam that the manner is for, when it came from who is to report."""
        if shown is not None and self._call.known and self._expectations.bring(manner.expectation, self._call.recorder):
            self._call.brought = True
            self._taken.append(manner.expectation)
            self._account.strays.taken(self._stray)

    def _take(self, told: Told) -> Expectation | None:
        """Find out whose report it is; the first one for an exam makes its association no stranger's any more."""
        call, stray, budget = self._call, self._stray, self._account.budget
        found = self._expectations.whose(told)
        if found is None:
            named = f"transaction {told.transaction_uid[:64]}" if told.transaction_uid else "no transaction"
            stray.reported = f", but one of {named}"
        elif call.bytes > budget.share():
            stray.reported = ", but one that is longer than what may still be kept"
            return None
        elif found not in self._taken and self._expectations.bring(found, call.recorder):
            call.brought = call.brought or not found.came.is_set()
            self._taken.append(found)
            self._account.strays.taken(stray)
        return found
