"""An association as its requestor drives it: negotiate, request, responses, release; synchronous."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from scansim import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from scansim.network.channel import (
    AssociationError,
    Channel,
    ConnectionLost,
    Elided,
    NotAccepted,
    NotDicom,
    Rejected,
    Silent,
    Unreachable,
)
from scansim.network.recording import Recorder
from scansim.site import Timeouts
from scansim.vocabulary.deviations import Intent
from scansim.vocabulary.outcome import Happening
from scansim.vocabulary.status import is_pending
from scansim.wire import pdu as p
from scansim.wire.dimse import FIELD_OF, Buffer, Value
from scansim.wire.stream import Message

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

    def __init__(self, sock: socket.socket, recorder: Recorder, timeouts: Timeouts) -> None:
        super().__init__(sock, recorder, timeouts)
        self.contexts: dict[str, Agreed] = {}
        self.on_request: Callable[[Message], None] | None = None
        self._message_id = 0

    @classmethod
    def request(
        cls,
        host: str,
        port: int,
        rq: p.AssociateRQ,
        recorder: Recorder,
        timeouts: Timeouts,
    ) -> Association:
        """Connect and negotiate.

        Raises
        ------
        AssociationError
            When there is no association in the end; the record then holds why.
        """
        try:
            sock = socket.create_connection((host, port), timeouts.connect)
        except OSError as error:
            reason = "timed out" if isinstance(error, TimeoutError) else (error.strerror or str(error))
            recorder.event(Happening.CONNECT_FAILED, reason=reason)
            recorder.close()
            raise Unreachable(f"no connection to {host}:{port}: {reason}") from None
        association = cls(sock, recorder, timeouts)
        try:
            association._negotiate(rq)
        except BaseException:
            association.close()
            raise
        return association

    def _negotiate(self, rq: p.AssociateRQ) -> None:
        self.send_pdu(rq)
        answer = self.next_pdu(self.timeouts.associate, "A-ASSOCIATE-AC or A-ASSOCIATE-RJ")
        if isinstance(answer, p.AssociateRJ):
            raise Rejected(answer)
        if not isinstance(answer, p.AssociateAC):
            self._pdus.insert(0, answer)
            self._raise_if_aborted()
            raise NotDicom(f"the answer to A-ASSOCIATE-RQ was {type(answer).__name__}")
        proposed = {context.context_id: context for context in rq.contexts}
        for result in answer.contexts:
            context = proposed.get(result.context_id)
            if result.result == 0 and context is not None and result.transfer_syntax in context.transfer_syntaxes:
                agreed = Agreed(result.context_id, context.abstract_syntax, result.transfer_syntax)
                self.contexts.setdefault(context.abstract_syntax, agreed)
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
        elided: Elided | None = None,
        intent: Intent | None = None,
    ) -> Iterator[Message]:
        """Send a request and yield its responses up to the final one; `intent` says in what it is meant to deviate.

        A request of the peer that comes in between (an N-EVENT-REPORT) goes to ``on_request`` at once, for the peer may
        wait for its answer; without one it is left for `next_message`.
        """
        # What came before the request does not answer it: a second final response, which the record holds.
        self._arrived = [message for message in self._arrived if not message.command.is_response]
        if intent is not None:
            self.recorder.event(Happening.INTENT, **intent.facts)
        self.send_message(context.context_id, {"MessageID": self.next_id(), **command}, dataset, elided)
        aside: list[Message] = []
        try:
            while True:
                message = self.next_message(self.timeouts.response)
                if message is None:
                    if self.release_asked:
                        raise ConnectionLost("the target asked for release instead of answering")
                    if self.unexpected:
                        raise NotDicom(f"the target sent {self.unexpected} instead of answering")
                    name = "the response"
                    self.recorder.event(Happening.TIMEOUT, waiting=name, seconds=self.timeouts.response)
                    raise Silent(f"no response within {self.timeouts.response:g} s")
                if not message.command.is_response:
                    if self.on_request is not None:
                        self.on_request(message)
                    else:
                        aside.append(message)
                    continue
                yield message
                if not is_pending(message.command.status):
                    return
        finally:
            self._arrived = aside + self._arrived

    def response(
        self,
        context: Agreed,
        command: Mapping[str, Value],
        dataset: Sequence[Buffer] = (),
        elided: Elided | None = None,
        intent: Intent | None = None,
    ) -> Message:
        """Send a request and return its final response."""
        *_, final = self.operation(context, command, dataset, elided, intent)
        return final

    def cancel(self, context: Agreed) -> None:
        """Send C-CANCEL for the operation that goes on; its final response is still to come (PS3.7 9.3.2.3)."""
        command = {"CommandField": FIELD_OF["C-CANCEL-RQ"], "MessageIDBeingRespondedTo": self._message_id}
        self.send_message(context.context_id, command)

    def release(self) -> None:
        """Release in an orderly way and close; a peer that does not answer is recorded, not raised."""
        try:
            if self.open and self.release_asked:
                self.send_pdu(p.ReleaseRP())
            elif self.open:
                self.send_pdu(p.ReleaseRQ())
                while True:
                    answer = self.next_pdu(self.timeouts.associate, "A-RELEASE-RP")
                    if isinstance(answer, p.ReleaseRQ):  # release collision, PS3.8 9.2.3: the requestor answers first
                        self.send_pdu(p.ReleaseRP())
                    elif isinstance(answer, p.ReleaseRP | p.Abort):
                        break
        except AssociationError:
            pass
        finally:
            self.close()

    def abort(self) -> None:
        """Abort as service user and close."""
        with contextlib.suppress(AssociationError):
            if self.open:
                self.send_pdu(p.Abort(0, 0))
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
