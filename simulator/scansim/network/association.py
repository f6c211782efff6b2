"""An association as its requestor drives it: negotiate, request, responses, release; synchronous."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.network.bounds import Bound, Bounds, Meter
from scansim.network.channel import Channel, Elided
from scansim.network.elided import Streamed
from scansim.network.failures import (
    AssociationError,
    ConnectionLost,
    Endless,
    NotAccepted,
    Rejected,
    Silent,
    Unexpected,
    Unreachable,
)
from scansim.network.recording import Recorder
from scansim.network.sockets import connect
from scansim.site import Timeouts, endpoint
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.status import is_pending, shown
from scansim.wire import pdu as p
from scansim.wire.dimse import COMMAND_FIELDS, FIELD_OF, Buffer, Value
from scansim.wire.stream import Message

#: A-ABORT (PS3.8 Table 9-26): of the service user; of the provider for a PDU that has no place there, or is malformed.
_USER_ABORT, _UNEXPECTED, _INVALID = p.Abort(0, 0), p.Abort(2, 2), p.Abort(2, 6)
#: What C-CANCEL ends (PS3.7 9.3.2.3, 9.3.3.3, 9.3.4.3), and how long its final response is waited for, in s.
_CANCELLABLE, _GRACE = ("C-FIND-RQ", "C-GET-RQ", "C-MOVE-RQ"), 3.0
#: How often to look elsewhere during an operation, in s.
_GLANCE = 0.05
#: Bytes of the variable field of a P-DATA-TF that we can receive (PS3.8 D.1).
OUR_MAX_LENGTH = 131_072


@dataclass(frozen=True)
class Proposal:
    """A Presentation Context to propose."""

    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True)
class Agreed:
    """An accepted Presentation Context."""

    context_id: int
    abstract_syntax: str
    transfer_syntax: str


class Association(Channel):
    """An association that we requested."""

    def __init__(
        self, sock: socket.socket, recorder: Recorder, timeouts: Timeouts, bounds: Bounds | None = None
    ) -> None:
        super().__init__(sock, recorder, timeouts, bounds)
        self.contexts: dict[str, Agreed] = {}
        self.accepted: list[Agreed] = []
        self.roles: dict[str, p.RoleSelection] = {}
        self.on_request: Callable[[Message], None] | None = None
        self._message_id = 0

    @property
    def upcoming_id(self) -> int:
        """The Message ID that the next request will have."""
        return self._message_id % 0xFFFF + 1

    @classmethod
    def bare(cls, host: str, port: int, recorder: Recorder, timeouts: Timeouts, bounds: Bounds) -> Self:
        """A connection without an association; Unreachable when there is none."""
        try:
            sock = connect(host, port, timeouts.connect, bounds.stop)
        except KeyboardInterrupt:
            recorder.close()
            raise
        except OSError as error:
            reason = "timed out" if isinstance(error, TimeoutError) else (error.strerror or str(error))
            recorder.event(Happening.CONNECT_FAILED, reason=reason)
            recorder.close()
            raise Unreachable(f"no connection to {endpoint(host, port)}: {reason}") from None
        return cls(sock, recorder, timeouts, bounds)

    @classmethod
    def request(
        cls,
        host: str,
        port: int,
        rq: p.AssociateRQ,
        recorder: Recorder,
        timeouts: Timeouts,
        bounds: Bounds | None = None,
        sent_as: p.PDU | None = None,
        intent: Intent | None = None,
    ) -> Self:
        """Connect and negotiate.

        `sent_as` is what goes out in place of `rq` where no `AssociateRQ` can say it, `rq` then what can be read in it;
        `intent` says in what it is meant to deviate.

        Raises
        ------
        AssociationError
            When there is no association in the end; the record then holds why.
        KeyboardInterrupt
            When the run is to end (``bounds.stop``), after an A-ABORT where there is a connection.
        """
        association = cls.bare(host, port, recorder, timeouts, bounds or Bounds())
        try:
            association._negotiate(rq, sent_as or rq, intent)
        except KeyboardInterrupt:
            association.abort()
            raise
        except BaseException:
            association.close()
            raise
        return association

    def _negotiate(self, rq: p.AssociateRQ, sent_as: p.PDU, intent: Intent | None) -> None:
        waiting = "A-ASSOCIATE-AC or A-ASSOCIATE-RJ"
        self.begin(waiting)
        if intent is not None:
            self.recorder.event(Happening.INTENT, **intent.facts)
        self.send_pdu(sent_as)
        answer = self.next_pdu(self.timeouts.associate, waiting)
        if isinstance(answer, p.AssociateRJ):
            raise Rejected(answer)
        if not isinstance(answer, p.AssociateAC):
            self._pdus.insert(0, answer)
            self._raise_if_aborted()
            self.send_abort(_INVALID if isinstance(answer, p.Unknown) else _UNEXPECTED)
            raise Unexpected(f"the answer to A-ASSOCIATE-RQ was {p.name_of(answer)}")
        self.established = True
        proposed = {context.context_id: context for context in rq.contexts}
        for result in answer.contexts:
            context = proposed.get(result.context_id)
            if result.result == 0 and context is not None and result.transfer_syntax in context.transfer_syntaxes:
                agreed = Agreed(result.context_id, context.abstract_syntax, result.transfer_syntax)
                self.accepted.append(agreed)
                self.contexts.setdefault(context.abstract_syntax, agreed)
        self.roles = {role.sop_class_uid: role for role in answer.user.roles}
        if answer.user.max_length is not None:
            self.peer_max_length = answer.user.max_length

    def context(self, abstract_syntax: str) -> Agreed:
        """The accepted context of an abstract syntax; NotAccepted when there is none."""
        agreed = self.contexts.get(abstract_syntax)
        if agreed is None:
            raise NotAccepted(f"the target accepted no Presentation Context for {abstract_syntax}")
        return agreed

    def next_id(self) -> int:
        """A Message ID that no outstanding request has (PS3.7 E.1)."""
        self._message_id = self._message_id % 0xFFFF + 1
        return self._message_id

    def operation(
        self,
        context: Agreed,
        command: Mapping[str, Value],
        dataset: Sequence[Buffer] = (),
        elided: Elided | Streamed | None = None,
        intent: Intent | None = None,
        expected: int = 0,
        expected_bytes: int = 0,
        purpose: Mapping[str, str] | None = None,
        cancel: bool = False,
        meanwhile: Callable[[], bool] | None = None,
        pause: float = 0.0,
    ) -> Iterator[Message]:
        """Send a request and yield its responses up to the final one; `intent` says in what it is meant to deviate.

        `purpose` is told beside the request: what it is called, and what it is compared with. `cancel` sends C-CANCEL
        behind it, before anything is answered. `meanwhile` is called from time to time while nothing comes, and says
        whether something has come elsewhere, so that the wait for a response begins anew.

        `pause` is how long an answer is waited for before the data set ends, in s, which nobody owes then.

        `expected` is how many answers it may well have, and `expected_bytes` how much: so many more are taken before
        the operation is ended, by C-CANCEL where there is one, else by A-ABORT. Nothing sets back the absolute end of
        an operation.

        A request of the peer that comes in between (an N-EVENT-REPORT) goes to ``on_request`` at once, for the peer may
        wait for its answer; without one it is left for `next_message`.
        """
        # What came before the request does not answer it: a second final response, which the record holds.
        self._arrived = [message for message in self._arrived if not message.command.is_response]
        if intent is not None:
            self.recorder.event(Happening.INTENT, **intent.facts)
        if purpose:
            self.recorder.event(Happening.PURPOSE, **purpose)
        name = COMMAND_FIELDS.get(int(str(command["CommandField"])), "the request")
        self.begin(f"the final response to {name}", more=expected, more_bytes=expected_bytes)
        self.send_message(context.context_id, {"MessageID": self.next_id(), **command}, dataset, elided, pause)
        if cancel:
            self.cancel(context)
        aside: list[Message] = []
        try:
            while True:
                message = self._next_of_operation(meanwhile)
                if not message.command.is_response:
                    if self.on_request is not None:
                        self.on_request(message)
                    else:
                        aside.append(message)
                    continue
                yield message
                if not is_pending(message.command.status):
                    return
        except Endless as error:
            how = self._end(context, name)
            raise Endless(f"{error}; {how}") from None
        finally:
            self._arrived = aside + self._arrived

    def _next_of_operation(self, meanwhile: Callable[[], bool] | None = None) -> Message:
        """Wait for the next message while a response is owed; AssociationError when none comes."""
        message = self.next_message(self.timeouts.response) if meanwhile is None else self._glancing(meanwhile)
        if message is None:
            if self.release_asked:
                raise ConnectionLost("the target asked for release instead of answering")
            if self.unexpected:
                what = self.unexpected
                self.send_abort(_UNEXPECTED)
                self.open = False
                raise Unexpected(f"the target sent {what} instead of answering")
            seconds = min(self.timeouts.response, self.timeouts.operation)
            self.recorder.event(Happening.TIMEOUT, waiting="the response", seconds=seconds)
            raise Silent(f"no response within {seconds:g} s")
        if self.meter.messages > self.meter.answers:
            raise self.overrun(Bound.ANSWERS)
        return message

    def _glancing(self, meanwhile: Callable[[], bool]) -> Message | None:
        """Wait for the next message and look elsewhere meanwhile."""
        until = time.monotonic() + self.timeouts.response
        while (left := until - time.monotonic()) > 0:
            message = self.next_message(min(_GLANCE, left))
            if message is not None or self._pdus:
                return message
            if meanwhile():
                until = time.monotonic() + self.timeouts.response
        return None

    def _end(self, context: Agreed, name: str) -> str:
        """End an operation that does not end itself: by C-CANCEL where there is one, else by A-ABORT; says how."""
        status = self._cancelled(context) if name in _CANCELLABLE and self.open and not self._unsent else None
        if status is None:
            self.abort()
            return "A-ABORT ended it"
        self.overran = False
        return f"C-CANCEL ended it with {shown(status)}"

    def _cancelled(self, context: Agreed) -> int | None:
        """Status of the final response that C-CANCEL brings; None when none comes soon."""
        self.meter = Meter.begin(Bounds(self.bounds.budget), "a final response after C-CANCEL", _GRACE)
        self.overran = False
        try:
            self.cancel(context)
            while (message := self.next_message(_GRACE)) is not None:
                if message.command.is_response and not is_pending(message.command.status):
                    return message.command.status
                if not message.command.is_response and self.on_request is not None:
                    self.on_request(message)  # a sub-operation under way, whose answer the peer waits for
        except AssociationError:
            pass
        return None

    def response(
        self,
        context: Agreed,
        command: Mapping[str, Value],
        dataset: Sequence[Buffer] = (),
        elided: Elided | Streamed | None = None,
        intent: Intent | None = None,
        purpose: Mapping[str, str] | None = None,
        pause: float = 0.0,
    ) -> Message:
        """Send a request and return its final response."""
        *_, final = self.operation(context, command, dataset, elided, intent, purpose=purpose, pause=pause)
        return final

    def cancel(self, context: Agreed) -> None:
        """Send C-CANCEL for the operation that goes on; its final response is still to come (PS3.7 9.3.2.3)."""
        command = {"CommandField": FIELD_OF["C-CANCEL-RQ"], "MessageIDBeingRespondedTo": self._message_id}
        self.send_message(context.context_id, command)

    def release(self) -> None:
        """Release in an orderly way and close; a peer that does not answer is recorded, not raised."""
        try:
            if self.overran:
                self.send_abort(_USER_ABORT)
            elif self.open and self.release_asked:
                self.send_pdu(p.ReleaseRP())
            elif self.open:
                self._ask_for_release()
        except Endless:
            self.send_abort(_USER_ABORT)
        except KeyboardInterrupt:
            self.send_abort(_USER_ABORT)
            raise
        except AssociationError:
            pass
        finally:
            self.close()

    def _ask_for_release(self) -> None:
        self.begin("A-RELEASE-RP", self.timeouts.associate)
        self.send_pdu(p.ReleaseRQ())
        collided = False
        while True:
            answer = self.next_pdu(self.timeouts.associate, "A-RELEASE-RP")
            if isinstance(answer, p.ReleaseRP | p.Abort):
                return
            if not isinstance(answer, p.ReleaseRQ) or collided:
                self.send_abort(_UNEXPECTED)
                return
            collided = True
            self.send_pdu(p.ReleaseRP())  # release collision, PS3.8 9.2.3: the requestor answers first

    def abort(self) -> None:
        """Abort as service user and close."""
        self.send_abort(_USER_ABORT)
        self.close()


def propose(
    called_ae: str,
    calling_ae: str,
    proposals: Sequence[Proposal],
    roles: Sequence[p.RoleSelection] = (),
) -> p.AssociateRQ:
    """Make an A-ASSOCIATE-RQ with one odd Presentation Context ID per proposal, ascending from 1."""
    if len(proposals) > 128:
        raise ValueError(f"{len(proposals)} Presentation Contexts; an association has 128 at most (PS3.8 9.3.2.2)")
    contexts = tuple(
        p.ProposedContext(2 * index + 1, proposal.abstract_syntax, proposal.transfer_syntaxes)
        for index, proposal in enumerate(proposals)
    )
    user = p.UserInformation(OUR_MAX_LENGTH, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME, tuple(roles), None)
    return p.AssociateRQ(called_ae, calling_ae, contexts, user)
